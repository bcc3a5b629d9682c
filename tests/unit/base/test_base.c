/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "base/hash.h"
#include "base/idtab.h"
#include "base/serial.h"
#include "base/wipe.h"

#include <string.h>

static void a_stale_handle_finds_nothing(void **state)
{
    struct fake_sys f;
    struct l2s_idtab t;
    int one = 1, two = 2;
    (void)state;

    fake_sys_init(&f);
    l2s_idtab_init(&t, &f.sys.mem);
    uint64_t a = l2s_idtab_add(&t, &one);
    assert_ptr_equal(l2s_idtab_get(&t, a), &one);
    l2s_idtab_remove(&t, a);
    uint64_t b = l2s_idtab_add(&t, &two);
    assert_int_equal((uint32_t)a, (uint32_t)b); /* the same slot */
    assert_null(l2s_idtab_get(&t, a));
    assert_ptr_equal(l2s_idtab_get(&t, b), &two);
    l2s_idtab_remove(&t, a); /* of no effect */
    assert_ptr_equal(l2s_idtab_get(&t, b), &two);
    assert_null(l2s_idtab_get(&t, 0));
    assert_ptr_equal(l2s_idtab_at(&t, (uint32_t)b), &two); /* of any generation */
    l2s_idtab_remove(&t, b);
    assert_null(l2s_idtab_at(&t, (uint32_t)b));
    assert_null(l2s_idtab_at(&t, 0));
    assert_null(l2s_idtab_at(&t, 0x20000000));
    l2s_idtab_fini(&t);
    fake_sys_fini(&f);
}

static void a_walk_over_handles_meets_each_once(void **state)
{
    struct fake_sys f;
    struct l2s_idtab t;
    int obj[100];
    (void)state;

    fake_sys_init(&f);
    l2s_idtab_init(&t, &f.sys.mem);
    for (int i = 0; i < 100; i++) {
        obj[i] = 0;
        assert_int_not_equal(l2s_idtab_add(&t, &obj[i]), 0);
    }
    uint32_t at = 0;
    for (int *o; (o = l2s_idtab_next(&t, &at)) != NULL;)
        ++*o;
    for (int i = 0; i < 100; i++)
        assert_int_equal(obj[i], 1);
    l2s_idtab_fini(&t);
    fake_sys_fini(&f);
}

struct item {
    struct l2s_hnode node;
    uint32_t key;
};

static void a_hash_table_finds_what_went_in_and_nothing_else(void **state)
{
    struct fake_sys f;
    struct l2s_hash h;
    struct item item[500];
    static const uint8_t key[16] = {7};
    (void)state;

    fake_sys_init(&f);
    l2s_hash_init(&h, &f.sys.mem, key);
    assert_null(l2s_hash_first(&h, 0));
    for (uint32_t i = 0; i < 500; i++) {
        item[i].key = i * 17;
        assert_int_equal(l2s_hash_add(&h, &item[i].node, l2s_hash_of(&h, &item[i].key, 4)), L2TPSEC_OK);
    }
    for (uint32_t i = 0; i < 500; i += 2)
        l2s_hash_remove(&h, &item[i].node);
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t k = i * 17;
        struct l2s_hnode *n = l2s_hash_first(&h, l2s_hash_of(&h, &k, 4));
        assert_int_equal(n != NULL, i % 2);
    }
    assert_int_equal(h.n, 250);
    for (size_t at = 0; l2s_hash_pop(&h, &at);)
        continue;
    assert_int_equal(h.n, 0);
    l2s_hash_fini(&h);
    fake_sys_fini(&f);
}

/* Whatever its size: half split, and without memory for what is to be split next. */
static void a_hash_table_finds_all_of_them_at_every_size(void **state)
{
    struct fake_sys f;
    struct l2s_hash h;
    static struct item item[3000];
    static const uint8_t key[16] = {7};
    (void)state;

    fake_sys_init(&f);
    l2s_hash_init(&h, &f.sys.mem, key);
    for (uint32_t i = 0; i < 3000; i++) {
        f.fail_alloc_at = i > 1000 && i < 2000;
        item[i].key = i;
        assert_int_equal(l2s_hash_add(&h, &item[i].node, l2s_hash_ours(i)), L2TPSEC_OK);
        for (uint32_t k = 0; k <= i; k += i < 100 ? 1 : 97)
            assert_ptr_equal(l2s_hash_first(&h, l2s_hash_ours(k)), &item[k].node);
    }
    assert_true(h.used >= 3000);
    for (uint32_t k = 0; k < 3000; k++) {
        unsigned chain = 0;
        for (struct l2s_hnode *n = *l2s_hash_bucket(&h, l2s_hash_ours(k)); n; n = n->next)
            chain++;
        assert_true(chain > 0 && chain <= 12);
    }
    l2s_hash_fini(&h);
    fake_sys_fini(&f);
}

static void an_array_of_pages_grows_without_moving(void **state)
{
    struct fake_sys f;
    struct l2s_pages a = {0};
    (void)state;

    fake_sys_init(&f);
    for (size_t i = 0; i < 5000; i++) {
        assert_true(l2s_pages_grow(&a, &f.sys.mem, i + 1, sizeof(uint32_t)));
        uint32_t *at = l2s_pages_at(&a, i, sizeof(uint32_t));
        assert_int_equal(*at, 0);
        *at = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(*(uint32_t *)l2s_pages_at(&a, i, sizeof(uint32_t)), i + 1);
    f.fail_alloc_at = 1;
    assert_false(l2s_pages_grow(&a, &f.sys.mem, a.n + 1, sizeof(uint32_t)));
    assert_int_equal(*(uint32_t *)l2s_pages_at(&a, 4999, sizeof(uint32_t)), 5000);
    l2s_pages_fini(&a, &f.sys.mem);
    fake_sys_fini(&f);
}

/* The first vectors of the SipHash paper's appendix A: key 00..0f, input 00..0e */
static void siphash_gives_the_published_value(void **state)
{
    uint8_t key[16], in[15];
    (void)state;

    for (uint8_t i = 0; i < 16; i++)
        key[i] = i;
    for (uint8_t i = 0; i < 15; i++)
        in[i] = i;
    assert_true(l2s_siphash(key, in, 15) == UINT64_C(0xa129ca6149be45e5));
}

struct bell {
    struct l2s_timer t;
    unsigned *order;
    unsigned rang;
};

static void ring(void *owner)
{
    struct bell *b = owner;

    b->rang = ++*b->order;
}

static void timers_fire_in_order_of_their_time(void **state)
{
    struct fake_sys f;
    struct bell bell[64];
    unsigned order = 0;
    (void)state;

    fake_sys_init(&f);
    assert_int_equal(l2s_timers_reserve(&f.sys.timers, 64), L2TPSEC_OK);
    uint64_t start = f.sys.now;
    for (unsigned i = 0; i < 64; i++) {
        bell[i].order = &order;
        bell[i].rang = 0;
        l2s_timer_init(&bell[i].t, ring, &bell[i]);
        l2s_timer_arm(&f.sys.timers, &bell[i].t, start + ((i * 37) % 64 + 1) * L2S_SECOND);
    }
    l2s_timer_cancel(&f.sys.timers, &bell[5].t);
    l2s_timer_arm(&f.sys.timers, &bell[9].t, start + 100 * L2S_SECOND); /* moved */
    fake_advance(&f, 99 * L2S_SECOND);
    assert_int_equal(order, 62);
    assert_int_equal(bell[5].rang, 0);
    assert_int_equal(bell[9].rang, 0);
    for (unsigned i = 0; i < 64; i++) {
        for (unsigned j = 0; j < 64; j++) {
            if (bell[i].rang && bell[j].rang && bell[i].t.due < bell[j].t.due)
                assert_true(bell[i].rang < bell[j].rang);
        }
    }
    fake_advance(&f, L2S_SECOND);
    assert_int_equal(bell[9].rang, 63);
    assert_true(l2s_timers_next(&f.sys.timers) == L2TPSEC_NEVER);
    fake_sys_fini(&f);
}

/* Arms the other one each time. */
struct clock {
    struct fake_sys f;
    struct l2s_timer t[2];
    unsigned turn;
};

static void again(void *owner)
{
    struct clock *c = owner;
    struct l2s_timer *t = &c->t[++c->turn % 2];

    l2s_timer_init(t, again, c);
    l2s_timer_arm(&c->f.sys.timers, t, c->f.sys.now);
}

static void a_timer_that_rearms_for_now_does_not_hang_the_caller(void **state)
{
    struct clock c = {.turn = 0};
    (void)state;

    fake_sys_init(&c.f);
    assert_int_equal(l2s_timers_reserve(&c.f.sys.timers, 2), L2TPSEC_OK);
    l2s_timer_init(&c.t[0], again, &c);
    l2s_timer_arm(&c.f.sys.timers, &c.t[0], c.f.sys.now);
    l2s_timers_run(&c.f.sys.timers, c.f.sys.now); /* comes back */
    assert_int_equal(c.f.sys.timers.n, 1);
    l2s_timer_cancel(&c.f.sys.timers, &c.t[c.turn % 2]);
    fake_sys_fini(&c.f);
}

static void sequence_numbers_compare_modulo_65536(void **state)
{
    (void)state;
    assert_true(l2s_serial16_lt(65535, 0));
    assert_true(l2s_serial16_lt(0, 1));
    assert_false(l2s_serial16_lt(1, 0));
    assert_false(l2s_serial16_lt(3, 3));
    assert_true(l2s_serial16_le(3, 3));
}

static void memory_comes_zeroed_and_counted(void **state)
{
    struct fake_sys f;
    (void)state;

    fake_sys_init(&f);
    uint8_t *p = l2s_mem_new(&f.sys.mem, 100);
    assert_non_null(p);
    for (int i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    assert_int_equal(f.sys.mem.held, 100);
    l2s_mem_free(&f.sys.mem, p);
    f.fail_alloc_at = 1;
    assert_null(l2s_mem_new(&f.sys.mem, 1));
    assert_null(l2s_mem_new(&f.sys.mem, SIZE_MAX));
    assert_null(l2s_mem_new(&f.sys.mem, 0));
    fake_sys_fini(&f);
}

static void comparing_sees_every_byte(void **state)
{
    uint8_t a[33] = {0}, b[33] = {0};
    (void)state;

    assert_true(l2s_ct_equal(a, b, 33));
    for (size_t i = 0; i < 33; i++) {
        b[i] = 0x80;
        assert_false(l2s_ct_equal(a, b, 33));
        b[i] = 0;
    }
    memset(a, 9, sizeof a);
    l2s_wipe(a, sizeof a);
    assert_true(l2s_ct_equal(a, b, 33));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stale_handle_finds_nothing),
        cmocka_unit_test(a_walk_over_handles_meets_each_once),
        cmocka_unit_test(a_hash_table_finds_what_went_in_and_nothing_else),
        cmocka_unit_test(a_hash_table_finds_all_of_them_at_every_size),
        cmocka_unit_test(an_array_of_pages_grows_without_moving),
        cmocka_unit_test(siphash_gives_the_published_value),
        cmocka_unit_test(timers_fire_in_order_of_their_time),
        cmocka_unit_test(a_timer_that_rearms_for_now_does_not_hang_the_caller),
        cmocka_unit_test(sequence_numbers_compare_modulo_65536),
        cmocka_unit_test(memory_comes_zeroed_and_counted),
        cmocka_unit_test(comparing_sees_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
