/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Toy cryptography carries a whole session, and still refuses what was changed on the way. */
#include "pair/pair.h"
#include "toy/toy.h"

#include <string.h>

static uint64_t opened;

static void count(const struct l2s_esp_job *job)
{
    (void)job;
    opened++;
}

static void a_session_comes_up_and_carries_data(void **state)
{
    struct pair p;
    struct said cs, ss;

    (void)state;
    toy.opened = count;
    pair_setup(&p, 1);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &cs, &ss);
    assert_string_equal(l2tpsec_engine_name(p.client->ctx), "toy");
    assert_int_equal(pair_pings(&p, p.client, &cs, 100, 1000), 100);
    assert_true(opened >= 200);
    assert_int_equal(p.net.plaintext, 0);
    toy.opened = NULL;
    net_fini(&p.net);
}

static void what_was_changed_is_refused(void **state)
{
    struct pair p;
    struct said cs, ss;
    uint64_t drops[L2TPSEC_DROP_COUNT];

    (void)state;
    pair_setup(&p, 2);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &cs, &ss);
    p.net.corrupt = 50;
    unsigned back = pair_pings(&p, p.client, &cs, 100, 1000);
    assert_in_range(back, 10, 40);
    assert_int_equal(l2tpsec_get_drops(p.server->ctx, 0, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    /* Of a change to the SPI alone it cannot be seen. */
    assert_in_range(drops[L2TPSEC_DROP_FORGED], 30, 70);
    p.net.corrupt = 0;
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_comes_up_and_carries_data),
        cmocka_unit_test(what_was_changed_is_refused),
    };

    return cmocka_run_group_tests_name("toy", tests, NULL, NULL);
}
