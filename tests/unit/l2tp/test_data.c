/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "wire/wr.h"

#include <string.h>

#define MS (L2S_SECOND / 1000)

/* The peer's data with this number, its last byte the same number. */
static enum l2s_l2tp_kind numbered(struct rig *r, const struct rig_lac *l, unsigned ns, struct l2s_l2tp_rx *rx)
{
    uint8_t d[12] = {0x08, 2};

    l2s_put16(d + 2, l->tunnel);
    l2s_put16(d + 4, l->session);
    l2s_put16(d + 6, (uint16_t)ns);
    l2s_put16(d + 8, 0x1234); /* Nr is reserved */
    d[10] = 0xff;
    d[11] = (uint8_t)ns;
    return rig_input(r, 0, RIG_CHANNEL, d, sizeof d, rx);
}

static enum l2s_l2tp_kind plain(struct rig *r, const struct rig_lac *l, struct l2s_l2tp_rx *rx)
{
    uint8_t d[8] = {0, 2};

    l2s_put16(d + 2, l->tunnel);
    l2s_put16(d + 4, l->session);
    return rig_input(r, 0, RIG_CHANNEL, d, sizeof d, rx);
}

/* The last byte of the frame that waits no longer, or -1. */
static int pull(struct rig *r)
{
    uint8_t out[L2S_L2TP_FRAME_MAX];
    struct l2s_l2tp_rx rx;

    if (!l2s_l2tp_pull(r->end[0].e, r->end[0].session, out, &rx))
        return -1;
    assert_ptr_equal(rx.owner, &r->end[0]);
    assert_true(rx.session == r->end[0].session);
    assert_int_equal(rx.frame.left, 2);
    return out[1];
}

static struct l2s_l2tp_data_header header(struct rig *r)
{
    struct l2s_l2tp_data_header h;

    assert_true(l2s_l2tp_data_header(r->end[0].e, r->end[0].session, &h));
    return h;
}

/* As rig_lac_up, but ICCN says Sequencing Required. */
static void lac_that_demands_numbers(struct rig *r, struct rig_lac *l)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);
    static const uint8_t iccn[] = {0x80, 8,    0,  0, 0, 0, 0,  12, 0x80, 10, 0, 0,    0, 24, 0, 1, 0,
                                   0,    0x80, 10, 0, 0, 0, 19, 0,  0,    0,  1, 0x80, 6, 0,  0, 0, 39};

    rig_lac_tunnel(r, l);
    assert_int_equal(rig_say(r, l->tunnel, 0, 2, 1, &m), 0);
    rig_sent(r, 0, &h, &m);
    l->session = m.session_id;
    assert_int_equal(rig_say_raw(r, l->tunnel, l->session, 3, 2, iccn, sizeof iccn), 0);
    assert_int_equal(r->end[0].ups, 1);
}

static void data_for_a_lac_that_demands_it_is_numbered_for_good(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    lac_that_demands_numbers(&r, &l);
    struct l2s_l2tp_data_header h = header(&r);
    assert_int_equal(h.len, 12);
    assert_int_equal(h.room, 12);
    assert_int_equal(h.ns_at, 8);
    assert_memory_equal(h.bytes, "\x48\x02\0\0\0\x4d\0\x58\0\0\0\0", 12);
    assert_int_equal(plain(&r, &l, &rx), L2S_L2TP_DATA); /* it does not number its own: tolerated */
    assert_int_equal(header(&r).len, 12);
    assert_int_equal(r.end[0].reheaded, 0);
    rig_fini(&r);
}

static void a_lac_numbers_its_data_while_the_lns_does(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    rig_lns_up(&r, &l);
    assert_int_equal(header(&r).len, 8);
    assert_int_equal(numbered(&r, &l, 0, &rx), L2S_L2TP_DATA);
    assert_int_equal(r.end[0].reheaded, 1);
    assert_int_equal(header(&r).len, 12);
    assert_int_equal(numbered(&r, &l, 1, &rx), L2S_L2TP_DATA);
    assert_int_equal(r.end[0].reheaded, 1);
    assert_int_equal(plain(&r, &l, &rx), L2S_L2TP_DATA);
    assert_int_equal(r.end[0].reheaded, 2);
    assert_int_equal(header(&r).len, 8);
    assert_int_equal(header(&r).room, 12); /* the MTU has to leave room for the next change of mind */
    rig_fini(&r);
}

static void an_lns_does_not_follow_what_the_lac_does(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(numbered(&r, &l, 0, &rx), L2S_L2TP_DATA);
    assert_int_equal(r.end[0].reheaded, 0);
    assert_int_equal(header(&r).len, 8);
    rig_fini(&r);
}

static void data_is_put_in_order_again(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(numbered(&r, &l, 2, &rx), L2S_L2TP_HELD);
    assert_int_equal(numbered(&r, &l, 1, &rx), L2S_L2TP_HELD);
    assert_int_equal(pull(&r), -1);
    assert_int_equal(numbered(&r, &l, 0, &rx), L2S_L2TP_DATA);
    assert_int_equal(rx.pull, L2S_L2TP_PULL_BEHIND);
    assert_int_equal(pull(&r), 1);
    assert_int_equal(pull(&r), 2);
    assert_int_equal(pull(&r), -1);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(r.end[0].overdue, 0);
    assert_int_equal(numbered(&r, &l, 1, &rx), L2S_L2TP_DROP);
    assert_int_equal(rx.reason, L2TPSEC_DROP_LATE);
    rig_fini(&r);
}

static void lost_data_is_waited_for_no_longer_than_50_ms(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(numbered(&r, &l, 1, &rx), L2S_L2TP_HELD);
    rig_run(&r, 49 * MS);
    assert_int_equal(numbered(&r, &l, 3, &rx), L2S_L2TP_HELD);
    assert_int_equal(r.end[0].overdue, 0);
    rig_run(&r, 1 * MS);
    assert_int_equal(r.end[0].overdue, 1);
    assert_int_equal(pull(&r), 1);
    assert_int_equal(pull(&r), -1);
    rig_run(&r, 50 * MS);
    assert_int_equal(r.end[0].overdue, 2);
    assert_int_equal(pull(&r), 3);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(r.end[0].overdue, 2);
    rig_fini(&r);
}

static void data_far_ahead_comes_behind_what_waited(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(numbered(&r, &l, 3, &rx), L2S_L2TP_HELD);
    assert_int_equal(numbered(&r, &l, 200, &rx), L2S_L2TP_DATA);
    assert_int_equal(rx.pull, L2S_L2TP_PULL_BEFORE);
    assert_int_equal(pull(&r), 3);
    assert_int_equal(pull(&r), -1);
    rig_fini(&r);
}

static void without_memory_numbered_data_passes_as_it_comes(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    r.f.fail_alloc_at = 1;
    assert_int_equal(numbered(&r, &l, 5, &rx), L2S_L2TP_DATA);
    assert_int_equal(pull(&r), -1);
    rig_fini(&r);
}

static void a_frame_ahead_of_iccn_comes_behind_it(void **state)
{
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);
    struct l2s_l2tp_header h;
    struct l2s_l2tp_rx rx;
    struct rig_lac l;
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        struct rig r;
        rig_solo(&r);
        rig_lac_tunnel(&r, &l);
        m = rig_session(L2S_L2TP_ICRQ, 88);
        assert_int_equal(rig_say(&r, l.tunnel, 0, 2, 1, &m), 0);
        rig_sent(&r, 0, &h, &m);
        l.session = m.session_id;
        assert_int_equal(plain(&r, &l, &rx), L2S_L2TP_HELD);
        assert_int_equal(numbered(&r, &l, 0, &rx), L2S_L2TP_DROP);
        assert_int_equal(pull(&r), -1);
        if (i == 0) { /* the call never comes */
            rig_fini(&r);
            continue;
        }
        m = rig_plain(L2S_L2TP_ICCN);
        assert_int_equal(rig_say(&r, l.tunnel, l.session, 3, 2, &m), 0);
        assert_int_equal(r.end[0].overdue, 0);
        if (i == 1) /* the next one does not send it away */
            assert_int_equal(numbered(&r, &l, 0, &rx), L2S_L2TP_DATA);
        rig_run(&r, 0);
        assert_int_equal(r.end[0].overdue, 1);
        assert_int_equal(pull(&r), 0);
        assert_int_equal(pull(&r), -1);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(r.end[0].overdue, 1);
        assert_int_equal(plain(&r, &l, &rx), L2S_L2TP_DATA);
        assert_int_equal(rx.plain, i == 2);
        rig_fini(&r);
    }
}

static void a_lac_keeps_a_frame_ahead_of_icrp(void **state)
{
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRP, 88);
    struct l2s_l2tp_rx rx;
    struct rig_lac l;
    struct rig r;
    (void)state;

    rig_solo(&r);
    rig_lns_tunnel(&r, &l);
    r.f.fail_alloc_at = 1;
    assert_int_equal(plain(&r, &l, &rx), L2S_L2TP_DROP);
    assert_int_equal(plain(&r, &l, &rx), L2S_L2TP_HELD);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), 0);
    rig_run(&r, 0);
    assert_int_equal(r.end[0].overdue, 1);
    assert_int_equal(pull(&r), 0);
    rig_fini(&r);
}

static void a_session_that_ends_takes_what_waited_with_it(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(numbered(&r, &l, 5, &rx), L2S_L2TP_HELD);
    l2s_l2tp_channel_down(r.end[0].e, RIG_CHANNEL);
    assert_int_equal(pull(&r), -1);
    assert_int_equal(r.f.sys.timers.n, 0);
    assert_int_equal(r.f.sys.timers.reserved, 0);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(r.end[0].overdue, 0);
    rig_fini(&r);
}

/* Its owner may be gone, although the tunnel still waits for the acknowledgement of the CDN. */
static void a_session_that_is_closing_says_nothing_of_what_waited(void **state)
{
    static const uint8_t iccn[] = {0x80, 8, 0, 0, 0, 0, 0, 12};
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    (void)state;

    for (unsigned how = 0; how < 3; how++) { /* the host closes or abandons it, or the peer says ICCN twice */
        rig_solo(&r);
        rig_lac_up(&r, &l);
        assert_int_equal(numbered(&r, &l, 5, &rx), L2S_L2TP_HELD);
        if (how == 0)
            l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
        else if (how == 1)
            l2s_l2tp_abandon(r.end[0].e, r.end[0].session);
        else
            assert_int_equal(rig_say_raw(&r, l.tunnel, l.session, l.ns, l.nr, iccn, sizeof iccn),
                             L2TPSEC_DROP_UNEXPECTED);
        assert_int_equal(pull(&r), -1);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(r.end[0].overdue, 0);
        rig_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_for_a_lac_that_demands_it_is_numbered_for_good),
        cmocka_unit_test(a_lac_numbers_its_data_while_the_lns_does),
        cmocka_unit_test(an_lns_does_not_follow_what_the_lac_does),
        cmocka_unit_test(data_is_put_in_order_again),
        cmocka_unit_test(lost_data_is_waited_for_no_longer_than_50_ms),
        cmocka_unit_test(data_far_ahead_comes_behind_what_waited),
        cmocka_unit_test(without_memory_numbered_data_passes_as_it_comes),
        cmocka_unit_test(a_frame_ahead_of_iccn_comes_behind_it),
        cmocka_unit_test(a_lac_keeps_a_frame_ahead_of_icrp),
        cmocka_unit_test(a_session_that_ends_takes_what_waited_with_it),
        cmocka_unit_test(a_session_that_is_closing_says_nothing_of_what_waited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
