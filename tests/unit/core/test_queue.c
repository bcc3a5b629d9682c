/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "core/queue.h"

#include <string.h>

static void packets_keep_their_bytes_while_the_queue_grows(void **state)
{
    struct fake_sys f;
    struct l2s_packets q;
    l2tpsec_packet *p;
    (void)state;

    fake_sys_init(&f);
    memset(&q, 0, sizeof q);
    for (unsigned i = 0; i < 100; i++) {
        uint8_t *at = l2s_packets_add(&q, &f.sys.mem, 24, 100 + i, &p);
        assert_non_null(at);
        memset(at, (int)i, 100 + i);
    }
    l2s_packets_settle(&q);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(q.pkt[i].len, 100 + i);
        assert_int_equal(q.pkt[i].data[0], i);
        assert_int_equal(q.pkt[i].data[99 + i], i);
        assert_int_equal(q.pkt[i].reserved[0], 0);
    }
    l2s_packets_fini(&q, &f.sys.mem);
    fake_sys_fini(&f);
}

static void shortage_loses_one_packet_and_no_other(void **state)
{
    struct fake_sys f;
    struct l2s_packets q;
    l2tpsec_packet *p;
    (void)state;

    fake_sys_init(&f);
    memset(&q, 0, sizeof q);
    uint8_t *at = l2s_packets_add(&q, &f.sys.mem, 0, 10, &p);
    memset(at, 7, 10);
    f.fail_alloc_at = 1;
    assert_null(l2s_packets_add(&q, &f.sys.mem, 0, 100000, &p));
    assert_int_equal(q.n, 1);
    l2s_packets_settle(&q);
    assert_int_equal(q.pkt[0].data[9], 7);
    l2s_packets_fini(&q, &f.sys.mem);
    fake_sys_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_keep_their_bytes_while_the_queue_grows),
        cmocka_unit_test(shortage_loses_one_packet_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
