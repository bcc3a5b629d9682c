/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include <string.h>

static void two_ends_come_up_carry_data_and_part_in_order(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    rig_up(&r);
    assert_true(r.f.sys.now >= 1001 * L2S_SECOND);

    uint8_t frame[8 + 5];
    struct l2s_l2tp_data_header head;
    struct l2s_l2tp_rx rx;
    assert_true(l2s_l2tp_data_header(r.end[0].e, r.end[0].session, &head));
    assert_int_equal(head.len, 8);
    assert_int_equal(head.peer_port, 1701);
    memcpy(frame, head.bytes, 8);
    memcpy(frame + 8, "frame", 5);
    l2s_put16(frame + head.length_at, sizeof frame);
    assert_int_equal(rig_input(&r, 1, RIG_CHANNEL, frame, sizeof frame, &rx), L2S_L2TP_DATA);
    assert_ptr_equal(rx.owner, &r.end[1]);
    assert_true(rx.session == r.end[1].session);
    assert_true(l2s_rd_equals(&rx.frame, "frame", 5));

    uint64_t before = r.f.sys.now;
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "bye");
    rig_run(&r, L2S_SECOND);
    assert_int_equal(r.end[0].downs, 1);
    assert_true(r.end[0].silent_down);
    assert_int_equal(r.end[0].idles, 1);
    assert_true(r.end[0].idle_at - before <= 40 * L2S_MS);
    assert_int_equal(r.end[1].downs, 1);
    assert_int_equal(r.end[1].why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    assert_int_equal(r.end[1].why.peer_code, 3);
    assert_string_equal(r.end[1].why.message, "bye");
    assert_int_equal(r.end[1].idles, 1);
    rig_run(&r, 60 * L2S_SECOND);
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

/* What must hold of both ends when all is over, however it went. */
static void assert_over(const struct rig *r)
{
    for (int i = 0; i < 2; i++) {
        const struct rig_end *e = &r->end[i];
        assert_int_equal(e->ups, 1);
        assert_int_equal(e->downs, 1);
        assert_int_equal(e->fails, 0);
        assert_int_equal(e->idles, 1);
    }
    assert_int_equal(r->f.sys.timers.n, 0);
    assert_int_equal(r->f.sys.timers.reserved, 0);
}

/* What a close is at the other end, and at our own. */
static void assert_closed_by(const struct rig *r, int who)
{
    assert_true(r->end[who].silent_down);
    if (!r->end[!who].silent_down)
        assert_true(r->end[!who].why.cause == L2TPSEC_CAUSE_CLOSED_BY_PEER);
}

static void over_a_bad_network_all_comes_up_and_down_in_order(void **state)
{
    (void)state;

    for (unsigned seed = 1; seed <= 200; seed++) {
        struct rig r;
        rig_init(&r);
        r.seed = seed * UINT64_C(0x9e3779b97f4a7c15);
        r.f.seed = seed;
        r.loss = 30;
        r.doubled = 10;
        r.jitter = 50 * L2S_MS;
        for (int i = 0; i < 2; i++) { /* so bad a network needs patience: 9 tries in vain are not rare enough */
            r.end[i].cfg.retries = 20;
            r.end[i].cfg.setup_s = 300;
        }
        assert_int_equal(rig_dial(&r), L2TPSEC_OK);
        rig_run(&r, 300 * L2S_SECOND);
        assert_int_equal(r.end[0].ups, 1);
        assert_int_equal(r.end[1].ups, 1);
        assert_int_equal(r.end[0].downs + r.end[1].downs, 0);
        int who = seed % 2;
        uint64_t before = r.f.sys.now;
        l2s_l2tp_close(r.end[who].e, r.end[who].session, 3, "bye");
        rig_run(&r, 300 * L2S_SECOND);
        assert_true(r.end[who].idle_at - before <= 4 * L2S_SECOND); /* whatever is lost */
        assert_over(&r);
        assert_closed_by(&r, who);
        rig_fini(&r);
    }
}

static void reordering_alone_costs_no_retransmission(void **state)
{
    (void)state;

    for (unsigned seed = 1; seed <= 50; seed++) {
        struct rig r;
        rig_init(&r);
        r.seed = seed * UINT64_C(0x9e3779b97f4a7c15);
        r.jitter = 200 * L2S_MS;
        r.doubled = 50;
        assert_int_equal(rig_dial(&r), L2TPSEC_OK);
        rig_run(&r, 20 * L2S_SECOND);
        assert_int_equal(r.end[0].ups, 1);
        assert_int_equal(r.end[1].ups, 1);
        assert_int_equal(rig_count(&r, 0, L2S_L2TP_SCCRQ), 1);
        assert_int_equal(rig_count(&r, 0, L2S_L2TP_ICCN), 1);
        assert_int_equal(rig_count(&r, 1, L2S_L2TP_ICRP), 1);
        assert_true(rig_count(&r, 0, 0) + rig_count(&r, 1, 0) < 12); /* no war of ZLBs */
        l2s_l2tp_close(r.end[1].e, r.end[1].session, 3, "");
        rig_run(&r, 60 * L2S_SECOND);
        assert_over(&r);
        rig_fini(&r);
    }
}

static void a_call_lasts_for_days_over_a_bad_network(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    r.loss = 20;
    r.end[0].cfg.retries = r.end[1].cfg.retries = 20;
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    rig_run(&r, 100 * L2S_SECOND);
    assert_int_equal(r.end[0].ups, 1);
    for (int i = 0; i < 500; i++) { /* idle but for the Hellos: over 65536 of a number's circle is in test_channel */
        rig_run(&r, 600 * L2S_SECOND);
        assert_int_equal(r.end[0].downs + r.end[1].downs, 0);
    }
    size_t held = r.f.sys.mem.held;
    rig_run(&r, 6000 * L2S_SECOND);
    assert_true(r.f.sys.mem.held <= held + 256);
    rig_fini(&r);
}

static void an_engine_woken_only_at_its_deadlines_does_the_same(void **state)
{
    static struct rig a, b;
    (void)state;

    rig_init(&a);
    rig_init(&b);
    a.loss = b.loss = 25;
    assert_int_equal(rig_dial(&a), L2TPSEC_OK);
    assert_int_equal(rig_dial(&b), L2TPSEC_OK);
    rig_run(&a, 40 * L2S_SECOND);
    for (int i = 0; i < 40000; i++) {
        rig_run(&b, L2S_MS);
        l2s_timers_run(&b.f.sys.timers, b.f.sys.now);
    }
    assert_int_equal(a.logged, b.logged);
    for (unsigned i = 0; i < a.logged; i++) {
        assert_int_equal(a.log[i].n, b.log[i].n);
        assert_memory_equal(a.log[i].bytes, b.log[i].bytes, a.log[i].n);
        assert_true(a.log[i].at == b.log[i].at);
    }
    rig_fini(&a);
    rig_fini(&b);
}

/* ---- shortage -------------------------------------------------------------------------------------------------- */

/* A whole life with one fault in it: it may fail, but it ends, every owner is told once, and nothing is left. */
static bool life(uint64_t alloc_at, uint64_t random_at, bool secret)
{
    struct rig r;

    rig_init(&r);
    r.loss = 0;
    for (int i = 0; i < 2 && secret; i++) {
        memcpy(r.end[i].cfg.secret, "pw", 2);
        r.end[i].cfg.secret_len = 2;
    }
    r.f.fail_alloc_at = alloc_at;
    r.f.fail_random_at = random_at;
    int rc = rig_dial(&r);
    assert_true(rc == L2TPSEC_OK || rc == L2TPSEC_ENOMEM || rc == L2TPSEC_ERANDOM);
    rig_run(&r, 30 * L2S_SECOND);
    if (r.end[0].ups && !r.end[0].downs)
        l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "bye");
    rig_run(&r, 300 * L2S_SECOND);
    assert_int_equal(r.end[0].downs + r.end[0].fails, rc == L2TPSEC_OK);
    assert_int_equal(r.end[1].downs + r.end[1].fails, r.end[1].ups);
    assert_int_equal(r.end[0].idles, rc == L2TPSEC_OK);
    assert_int_equal(r.f.sys.timers.n, 0);
    bool hit = (alloc_at && !r.f.fail_alloc_at) || (random_at && !r.f.fail_random_at);
    rig_fini(&r);
    return hit;
}

static void every_allocation_may_fail_once(void **state)
{
    uint64_t n = 1;
    (void)state;

    while (life(n, 0, false))
        n++;
    assert_true(n > 15);
    for (n = 1; life(n, 0, true); n++)
        continue;
}

static void chance_may_fail_at_any_time(void **state)
{
    uint64_t n = 1;
    (void)state;

    while (life(0, n, true))
        n++;
    assert_true(n > 5);
}

static void every_allocation_may_fail_from_some_time_on(void **state)
{
    (void)state;

    for (uint64_t n = 1; n < 40; n++) {
        struct rig r;
        rig_init(&r);
        r.f.fail_alloc_at = n;
        int rc = rig_dial(&r);
        for (int i = 0; i < 3000; i++) {
            rig_run(&r, 10 * L2S_MS);
            if (!r.f.fail_alloc_at)
                r.f.fail_alloc_at = 1; /* and the next one, too */
        }
        if (r.end[0].ups)
            l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
        for (int i = 0; i < 30000; i++) {
            rig_run(&r, 10 * L2S_MS);
            if (!r.f.fail_alloc_at)
                r.f.fail_alloc_at = 1;
        }
        assert_int_equal(r.end[0].downs + r.end[0].fails, rc == L2TPSEC_OK);
        r.f.fail_alloc_at = 0;
        rig_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_ends_come_up_carry_data_and_part_in_order),
        cmocka_unit_test(over_a_bad_network_all_comes_up_and_down_in_order),
        cmocka_unit_test(reordering_alone_costs_no_retransmission),
        cmocka_unit_test(a_call_lasts_for_days_over_a_bad_network),
        cmocka_unit_test(an_engine_woken_only_at_its_deadlines_does_the_same),
        cmocka_unit_test(every_allocation_may_fail_once),
        cmocka_unit_test(chance_may_fail_at_any_time),
        cmocka_unit_test(every_allocation_may_fail_from_some_time_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
