/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "l2tp/order.h"

#include <string.h>

struct rig {
    struct fake_sys f;
    struct l2s_l2tp_order *o;
};

static void init(struct rig *r)
{
    fake_sys_init(&r->f);
    r->o = l2s_l2tp_order_new(&r->f.sys.mem);
    assert_non_null(r->o);
}

static void fini(struct rig *r)
{
    fake_rd_free();
    l2s_l2tp_order_free(&r->f.sys.mem, r->o);
    fake_sys_fini(&r->f);
}

/* A frame of two bytes that says its number. */
static enum l2s_l2tp_turn take(struct rig *r, unsigned number)
{
    uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};

    return l2s_l2tp_order_take(r->o, (uint16_t)number, fake_rd_exact(bytes, sizeof bytes));
}

/* The number of the frame that comes out, or -1. */
static int pull(struct rig *r)
{
    uint8_t out[L2S_L2TP_ORDER_FRAME];
    size_t n = l2s_l2tp_order_pull(r->o, out);

    if (!n)
        return -1;
    assert_int_equal(n, 2);
    return out[0] << 8 | out[1];
}

static void frames_in_order_pass_at_once(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    for (unsigned i = 0; i < 0x20005; i++) { /* round the numbers twice */
        assert_int_equal(take(&r, i & 0xffff), L2S_L2TP_NOW);
        assert_int_equal(pull(&r), -1);
        if (i % 256 == 0)
            fake_rd_free();
    }
    fini(&r);
}

static void a_frame_that_overtook_others_waits_for_them(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    assert_int_equal(take(&r, 2), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 1), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 4), L2S_L2TP_WAIT);
    assert_int_equal(pull(&r), -1);
    assert_int_equal(take(&r, 0), L2S_L2TP_NOW);
    assert_int_equal(pull(&r), 1);
    assert_int_equal(pull(&r), 2);
    assert_int_equal(pull(&r), -1);
    assert_int_equal(take(&r, 3), L2S_L2TP_NOW);
    assert_int_equal(pull(&r), 4);
    assert_int_equal(r.o->held, 0);
    fini(&r);
}

static void numbers_wrap_within_the_window(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    r.o->next = 0xffff;
    assert_int_equal(take(&r, 1), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 0), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 0xffff), L2S_L2TP_NOW);
    assert_int_equal(pull(&r), 0);
    assert_int_equal(pull(&r), 1);
    assert_int_equal(take(&r, 2), L2S_L2TP_NOW);
    fini(&r);
}

static void a_frame_beyond_the_window_gives_up_what_is_missing(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    for (unsigned i = 1; i < L2S_L2TP_ORDER_WINDOW; i++)
        assert_int_equal(take(&r, i), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, L2S_L2TP_ORDER_WINDOW), L2S_L2TP_AFTER);
    for (unsigned i = 1; i < L2S_L2TP_ORDER_WINDOW; i++)
        assert_int_equal(pull(&r), (int)i);
    assert_int_equal(pull(&r), -1);
    assert_int_equal(take(&r, L2S_L2TP_ORDER_WINDOW + 1), L2S_L2TP_NOW);
    assert_int_equal(take(&r, 0), L2S_L2TP_LATE);
    fini(&r);
}

static void patience_ends_at_the_first_frame_that_is_there(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    assert_int_equal(take(&r, 6), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 3), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 4), L2S_L2TP_WAIT);
    l2s_l2tp_order_give_up(r.o);
    assert_int_equal(pull(&r), 3);
    assert_int_equal(pull(&r), 4);
    assert_int_equal(pull(&r), -1); /* 5 may still come */
    assert_int_equal(take(&r, 2), L2S_L2TP_LATE);
    assert_int_equal(take(&r, 5), L2S_L2TP_NOW);
    assert_int_equal(pull(&r), 6);
    l2s_l2tp_order_give_up(r.o); /* with nothing to wait for, nothing changes */
    assert_int_equal(take(&r, 7), L2S_L2TP_NOW);
    fini(&r);
}

static void the_same_number_twice_is_late(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    assert_int_equal(take(&r, 0), L2S_L2TP_NOW);
    assert_int_equal(take(&r, 0), L2S_L2TP_LATE);
    assert_int_equal(take(&r, 2), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 2), L2S_L2TP_LATE);
    assert_int_equal(r.o->held, 1);
    fini(&r);
}

static void a_peer_that_counts_anew_is_believed_after_four_frames(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(take(&r, i), L2S_L2TP_NOW);
    assert_int_equal(take(&r, 1002), L2S_L2TP_WAIT); /* of the old count: lost with it */
    assert_int_equal(take(&r, 0), L2S_L2TP_LATE);
    assert_int_equal(take(&r, 7), L2S_L2TP_LATE); /* old ones by chance: not in a row */
    assert_int_equal(take(&r, 5), L2S_L2TP_LATE);
    assert_int_equal(take(&r, 6), L2S_L2TP_LATE);
    assert_int_equal(take(&r, 7), L2S_L2TP_LATE);
    assert_int_equal(take(&r, 8), L2S_L2TP_NOW);
    assert_int_equal(pull(&r), -1);
    assert_int_equal(r.o->held, 0);
    assert_int_equal(take(&r, 9), L2S_L2TP_NOW);
    fini(&r);
}

static void frames_that_are_too_long_to_wait_do_not(void **state)
{
    struct rig r;
    static const uint8_t big[L2S_L2TP_ORDER_FRAME + 1];
    (void)state;

    init(&r);
    assert_int_equal(take(&r, 1), L2S_L2TP_WAIT);
    assert_int_equal(l2s_l2tp_order_take(r.o, 3, l2s_rd_init(big, sizeof big)), L2S_L2TP_AFTER);
    assert_int_equal(pull(&r), 1);
    assert_int_equal(take(&r, 5), L2S_L2TP_WAIT);
    assert_int_equal(l2s_l2tp_order_take(r.o, 6, l2s_rd_init(big, L2S_L2TP_ORDER_FRAME)), L2S_L2TP_WAIT);
    assert_int_equal(take(&r, 4), L2S_L2TP_NOW);
    assert_int_equal(pull(&r), 5);
    assert_int_equal(l2s_l2tp_order_pull(r.o, (uint8_t[L2S_L2TP_ORDER_FRAME]){0}), L2S_L2TP_ORDER_FRAME);
    fini(&r);
}

/* Odd numbers never come, so that no late frames are believed to be a new count. */
static void nothing_comes_out_twice_or_in_disorder(void **state)
{
    struct rig r;
    uint32_t seed = 1;
    int last = -1;
    (void)state;

    init(&r);
    for (unsigned i = 0; i < 20000; i++) {
        seed = seed * 1103515245u + 12345u;
        unsigned number = (i / 2 + (seed >> 16) % 12) * 2; /* up to 12 places early, twice or never */
        enum l2s_l2tp_turn turn = take(&r, number);
        int got;

        if (turn == L2S_L2TP_NOW) {
            assert_true((int)number > last);
            last = (int)number;
        }
        if (i % 64 == 0 && turn == L2S_L2TP_WAIT)
            l2s_l2tp_order_give_up(r.o);
        while ((got = pull(&r)) >= 0) {
            assert_true(got > last);
            last = got;
        }
        if (turn == L2S_L2TP_AFTER) {
            assert_true((int)number > last);
            last = (int)number;
        }
        if (i % 64 == 0)
            fake_rd_free();
    }
    assert_true(last > 19900);
    fini(&r);
}

/* RFC 2661, 5.8: half of the numbers lie behind, and the one half way round is one of them. */
static void half_the_numbers_are_late(void **state)
{
    static const unsigned late[] = {0xffff, 0x9000, 0x8001, 0x8000}, early[] = {1, 0x1000, 0x7fff};
    struct rig r;
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(late); i++) {
        init(&r);
        assert_int_equal(take(&r, late[i]), L2S_L2TP_LATE);
        assert_int_equal(take(&r, 0), L2S_L2TP_NOW);
        fini(&r);
    }
    for (unsigned i = 0; i < L2S_COUNT_OF(early); i++) {
        init(&r);
        assert_int_not_equal(take(&r, early[i]), L2S_L2TP_LATE);
        fini(&r);
    }
}

/* To count anew means to count: late frames of any numbers are no such peer, however many come. */
static void late_frames_that_do_not_follow_one_another_are_not_believed(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(take(&r, i), L2S_L2TP_NOW);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(take(&r, i % 2 ? 10 + i : 500 + i), L2S_L2TP_LATE);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(take(&r, 77), L2S_L2TP_LATE);
    assert_int_equal(take(&r, 1000), L2S_L2TP_NOW);
    fini(&r);
}

static void with_nothing_held_there_is_nothing_to_give_up(void **state)
{
    struct rig r;
    (void)state;

    init(&r);
    assert_int_equal(take(&r, 0), L2S_L2TP_NOW);
    l2s_l2tp_order_give_up(r.o);
    assert_int_equal(pull(&r), -1);
    assert_int_equal(take(&r, 1), L2S_L2TP_NOW);
    fini(&r);
}

/* All that waits is forgotten then, and nothing that is not of it touched. */
static void counting_anew_empties_the_window_and_nothing_behind_it(void **state)
{
    struct {
        struct l2s_l2tp_order o;
        uint16_t behind[4];
    } at = {.behind = {1, 2, 3, 4}};
    static const uint16_t untouched[4] = {1, 2, 3, 4};
    static const uint8_t frame[2] = {1, 2};
    (void)state;

    at.o.next = 100;
    for (uint16_t i = 1; i < L2S_L2TP_ORDER_WINDOW; i++)
        assert_int_equal(l2s_l2tp_order_take(&at.o, (uint16_t)(100 + i), fake_rd_exact(frame, 2)), L2S_L2TP_WAIT);
    for (uint16_t i = 1; i <= L2S_L2TP_ORDER_RESYNC; i++)
        assert_int_equal(l2s_l2tp_order_take(&at.o, i, fake_rd_exact(frame, 2)),
                         i < L2S_L2TP_ORDER_RESYNC ? L2S_L2TP_LATE : L2S_L2TP_NOW);
    assert_int_equal(at.o.held, 0);
    for (unsigned i = 0; i < L2S_L2TP_ORDER_WINDOW; i++)
        assert_int_equal(at.o.slot[i].len, 0);
    assert_memory_equal(at.behind, untouched, sizeof untouched);
    fake_rd_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_in_order_pass_at_once),
        cmocka_unit_test(a_frame_that_overtook_others_waits_for_them),
        cmocka_unit_test(numbers_wrap_within_the_window),
        cmocka_unit_test(a_frame_beyond_the_window_gives_up_what_is_missing),
        cmocka_unit_test(patience_ends_at_the_first_frame_that_is_there),
        cmocka_unit_test(the_same_number_twice_is_late),
        cmocka_unit_test(a_peer_that_counts_anew_is_believed_after_four_frames),
        cmocka_unit_test(frames_that_are_too_long_to_wait_do_not),
        cmocka_unit_test(nothing_comes_out_twice_or_in_disorder),
        cmocka_unit_test(half_the_numbers_are_late),
        cmocka_unit_test(late_frames_that_do_not_follow_one_another_are_not_believed),
        cmocka_unit_test(with_nothing_held_there_is_nothing_to_give_up),
        cmocka_unit_test(counting_anew_empties_the_window_and_nothing_behind_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
