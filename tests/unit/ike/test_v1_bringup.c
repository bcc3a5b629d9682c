/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"

#include <string.h>

static void a_client_and_a_server_make_a_pair(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    rig_up(&r);
    assert_int_equal(r.end[0].channels_up, 1);
    assert_int_equal(r.end[1].channels_up, 1);
    assert_ptr_equal(r.end[0].owner, &rig_owner);
    assert_null(r.end[1].owner);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_and_a_server_make_a_pair),
    };

    return cmocka_run_group_tests_name("IKEv1 bring-up", tests, NULL, NULL);
}
