/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/retransmit.h"
#include "unit/fakes/fakes.h"

#include <string.h>

struct owner {
    struct fake_sys f;
    struct l2s_retransmit r;
    uint64_t at[16]; /* when it was sent, in ms from the start */
    unsigned sent, given_up;
    uint64_t gave_up_at;
    bool free_itself;
};

static void send(void *self, const uint8_t *p, size_t n)
{
    struct owner *o = self;

    assert_int_equal(n, 5);
    assert_memory_equal(p, "hello", 5);
    assert_in_range(o->sent, 0, 15);
    o->at[o->sent++] = (o->f.sys.now - 1000 * L2S_SECOND) / L2S_MS;
}

static void give_up(void *self)
{
    struct owner *o = self;

    o->given_up++;
    o->gave_up_at = (o->f.sys.now - 1000 * L2S_SECOND) / L2S_MS;
    if (o->free_itself)
        l2s_retransmit_fini(&o->r);
}

static void begin(struct owner *o)
{
    memset(o, 0, sizeof *o);
    fake_sys_init(&o->f);
    assert_int_equal(l2s_retransmit_init(&o->r, &o->f.sys, send, give_up, o), L2TPSEC_OK);
}

static void end(struct owner *o)
{
    l2s_retransmit_fini(&o->r);
    l2s_retransmit_fini(&o->r); /* twice does no harm */
    assert_int_equal(o->f.sys.timers.reserved, 0);
    fake_sys_fini(&o->f);
}

static void waits_grow_by_a_quarter_up_to_two_seconds_and_then_it_gives_up(void **state)
{
    static const uint64_t when[] = {0, 1000, 2250, 3812, 5764, 7764, 9764};
    struct owner o;

    (void)state;
    begin(&o);
    assert_int_equal(l2s_retransmit_start(&o.r, (const uint8_t *)"hello", 5, 1000, 6), L2TPSEC_OK);
    fake_advance(&o.f, 100 * L2S_SECOND);
    assert_int_equal(o.sent, L2S_COUNT_OF(when));
    for (size_t i = 0; i < L2S_COUNT_OF(when); i++)
        assert_int_equal(o.at[i], when[i]);
    assert_int_equal(o.given_up, 1);
    assert_int_equal(o.gave_up_at, 11764);
    assert_null(o.r.msg);
    end(&o);
}

static void an_answer_stops_it(void **state)
{
    struct owner o;

    (void)state;
    begin(&o);
    assert_null(o.r.msg);
    assert_int_equal(l2s_retransmit_start(&o.r, (const uint8_t *)"hello", 5, 0, 5), L2TPSEC_OK);
    fake_advance(&o.f, 1500 * L2S_MS);
    assert_int_equal(o.sent, 2);
    assert_non_null(o.r.msg);
    l2s_retransmit_stop(&o.r);
    l2s_retransmit_stop(&o.r);
    assert_null(o.r.msg);
    fake_advance(&o.f, 100 * L2S_SECOND);
    assert_int_equal(o.sent, 2);
    assert_int_equal(o.given_up, 0);
    end(&o);
}

static void a_new_message_takes_the_place_of_the_old(void **state)
{
    struct owner o;

    (void)state;
    begin(&o);
    assert_int_equal(l2s_retransmit_start(&o.r, (const uint8_t *)"hello", 5, 1000, 0), L2TPSEC_OK);
    fake_advance(&o.f, 900 * L2S_MS);
    assert_int_equal(l2s_retransmit_start(&o.r, o.r.msg, 5, 60000, 0), L2TPSEC_OK); /* even from itself */
    fake_advance(&o.f, 1900 * L2S_MS);
    assert_int_equal(o.given_up, 0);
    fake_advance(&o.f, 200 * L2S_MS);
    assert_int_equal(o.given_up, 1); /* a wait above 2 s is cut */
    assert_int_equal(o.sent, 2);
    end(&o);
}

static void the_owner_may_be_freed_when_it_gives_up(void **state)
{
    struct owner o;

    (void)state;
    begin(&o);
    o.free_itself = true;
    assert_int_equal(l2s_retransmit_start(&o.r, (const uint8_t *)"hello", 5, 500, 2), L2TPSEC_OK);
    fake_advance(&o.f, 60 * L2S_SECOND);
    assert_int_equal(o.given_up, 1);
    end(&o);
}

static void shortage_of_memory_leaves_nothing_behind(void **state)
{
    struct owner o;

    (void)state;
    memset(&o, 0, sizeof o);
    fake_sys_init(&o.f);
    o.f.fail_alloc_at = 1;
    assert_int_equal(l2s_retransmit_init(&o.r, &o.f.sys, send, give_up, &o), L2TPSEC_ENOMEM);
    l2s_retransmit_fini(&o.r);
    fake_sys_fini(&o.f);

    begin(&o);
    assert_int_equal(l2s_retransmit_start(&o.r, (const uint8_t *)"hello", 5, 1000, 3), L2TPSEC_OK);
    o.f.fail_alloc_at = 1;
    assert_int_equal(l2s_retransmit_start(&o.r, (const uint8_t *)"hello", 5, 1000, 3), L2TPSEC_ENOMEM);
    assert_null(o.r.msg);
    assert_int_equal(o.sent, 1);
    fake_advance(&o.f, 60 * L2S_SECOND);
    assert_int_equal(o.sent, 1);
    end(&o);
}

static const uint8_t key[17] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};

static void the_last_message_is_known_again_with_its_answer(void **state)
{
    struct fake_sys f;
    struct l2s_repeat d;
    struct l2s_bytes got;

    (void)state;
    fake_sys_init(&f);
    l2s_repeat_init(&d, &f.sys, key);
    uint64_t one = l2s_repeat_mark(&d, (const uint8_t *)"one", 3);
    uint64_t two = l2s_repeat_mark(&d, (const uint8_t *)"two", 3);
    assert_true(one != two);
    assert_true(one == l2s_repeat_mark(&d, (const uint8_t *)"one", 3));
    assert_false(l2s_repeat_find(&d, one, &got));

    assert_int_equal(l2s_repeat_keep(&d, one, (const uint8_t *)"answer", 6), L2TPSEC_OK);
    assert_true(l2s_repeat_find(&d, one, &got));
    assert_int_equal(got.n, 6);
    assert_memory_equal(got.p, "answer", 6);
    assert_false(l2s_repeat_find(&d, two, &got));
    assert_int_equal(got.n, 0);

    assert_int_equal(l2s_repeat_keep(&d, two, NULL, 0), L2TPSEC_OK); /* it had no answer */
    assert_true(l2s_repeat_find(&d, two, &got));
    assert_int_equal(got.n, 0);
    assert_false(l2s_repeat_find(&d, one, &got));
    l2s_repeat_fini(&d);
    l2s_repeat_fini(&d);
    fake_sys_fini(&f);
}

static void another_key_marks_differently(void **state)
{
    struct fake_sys f;
    struct l2s_repeat a, b;

    (void)state;
    fake_sys_init(&f);
    l2s_repeat_init(&a, &f.sys, key);
    l2s_repeat_init(&b, &f.sys, key + 1);
    assert_true(l2s_repeat_mark(&a, (const uint8_t *)"one", 3) != l2s_repeat_mark(&b, (const uint8_t *)"one", 3));
    l2s_repeat_fini(&a);
    l2s_repeat_fini(&b);
    fake_sys_fini(&f);
}

static void what_could_not_be_kept_is_not_known(void **state)
{
    struct fake_sys f;
    struct l2s_repeat d;
    struct l2s_bytes got;

    (void)state;
    fake_sys_init(&f);
    l2s_repeat_init(&d, &f.sys, key);
    assert_int_equal(l2s_repeat_keep(&d, 7, (const uint8_t *)"answer", 6), L2TPSEC_OK);
    f.fail_alloc_at = 1;
    assert_int_equal(l2s_repeat_keep(&d, 8, (const uint8_t *)"answer", 6), L2TPSEC_ENOMEM);
    assert_false(l2s_repeat_find(&d, 8, &got)); /* it will be answered anew */
    assert_true(l2s_repeat_find(&d, 7, &got));
    assert_int_equal(got.n, 6);
    l2s_repeat_fini(&d);
    fake_sys_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_by_a_quarter_up_to_two_seconds_and_then_it_gives_up),
        cmocka_unit_test(an_answer_stops_it),
        cmocka_unit_test(a_new_message_takes_the_place_of_the_old),
        cmocka_unit_test(the_owner_may_be_freed_when_it_gives_up),
        cmocka_unit_test(shortage_of_memory_leaves_nothing_behind),
        cmocka_unit_test(the_last_message_is_known_again_with_its_answer),
        cmocka_unit_test(another_key_marks_differently),
        cmocka_unit_test(what_could_not_be_kept_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
