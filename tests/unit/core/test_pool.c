/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "core/pool.h"

#include <string.h>

static const uint8_t ten[4] = {10, 77, 0, 0};

static void every_host_address_is_given_once(void **state)
{
    struct fake_sys f;
    struct l2s_pool p;
    uint8_t seen[256] = {0}, a[4];
    (void)state;

    fake_sys_init(&f);
    assert_int_equal(l2s_pool_init(&p, &f.sys.mem, ten, 24), L2TPSEC_OK);
    for (unsigned i = 0; i < 254; i++) {
        assert_true(l2s_pool_any(&p, a));
        assert_memory_equal(a, ten, 3);
        assert_true(a[3] != 0 && a[3] != 255);
        assert_int_equal(seen[a[3]]++, 0);
    }
    assert_false(l2s_pool_any(&p, a));
    l2s_pool_fini(&p, &f.sys.mem);
    fake_sys_fini(&f);
}

static void an_address_given_back_rests_before_it_is_given_again(void **state)
{
    struct fake_sys f;
    struct l2s_pool p;
    uint8_t a[4], b[4];
    (void)state;

    fake_sys_init(&f);
    assert_int_equal(l2s_pool_init(&p, &f.sys.mem, ten, 16), L2TPSEC_OK);
    assert_true(l2s_pool_any(&p, a));
    l2s_pool_give(&p, a);
    assert_true(l2s_pool_any(&p, b));
    assert_memory_not_equal(a, b, 4);
    assert_true(l2s_pool_take(&p, a));
    assert_false(l2s_pool_take(&p, a));
    l2s_pool_fini(&p, &f.sys.mem);
    fake_sys_fini(&f);
}

static void the_last_free_address_of_a_full_pool_is_found(void **state)
{
    struct fake_sys f;
    struct l2s_pool p;
    uint8_t a[4];
    (void)state;

    fake_sys_init(&f);
    for (unsigned len = 16; len <= 30; len++) {
        assert_int_equal(l2s_pool_init(&p, &f.sys.mem, ten, len), L2TPSEC_OK);
        unsigned n = 0;
        while (l2s_pool_any(&p, a))
            n++;
        assert_int_equal(n, (1u << (32 - len)) - 2);
        uint8_t back[4] = {10, 77, 0, 2};
        l2s_pool_give(&p, back);
        assert_true(l2s_pool_any(&p, a));
        assert_memory_equal(a, back, 4);
        l2s_pool_fini(&p, &f.sys.mem);
    }
    fake_sys_fini(&f);
}

static void network_and_broadcast_cannot_be_given_back_nor_taken(void **state)
{
    struct fake_sys f;
    struct l2s_pool p;
    uint8_t broadcast[4] = {10, 77, 0, 3}, outside[4] = {172, 16, 0, 1};
    (void)state;

    fake_sys_init(&f);
    assert_int_equal(l2s_pool_init(&p, &f.sys.mem, ten, 30), L2TPSEC_OK);
    l2s_pool_give(&p, ten);
    l2s_pool_give(&p, broadcast);
    assert_false(l2s_pool_take(&p, ten));
    assert_false(l2s_pool_take(&p, broadcast));
    assert_true(l2s_pool_take(&p, outside)); /* none of the pool's business */
    assert_true(l2s_pool_take(&p, outside));
    l2s_pool_give(&p, outside);
    l2s_pool_fini(&p, &f.sys.mem);
    assert_int_equal(l2s_pool_init(&p, &f.sys.mem, ten, 31), L2TPSEC_EINVAL);
    fake_sys_fini(&f);
}

static void a_pool_is_neither_too_large_nor_too_small(void **state)
{
    struct fake_sys f;
    struct l2s_pool p;
    (void)state;

    fake_sys_init(&f);
    for (unsigned len = 0; len <= 33; len++) {
        bool fits = len >= 8 && len <= 30;
        if (len >= 8 && len < 16)
            continue; /* a megabyte or two */
        assert_int_equal(l2s_pool_init(&p, &f.sys.mem, ten, len), fits ? L2TPSEC_OK : L2TPSEC_EINVAL);
        if (fits)
            l2s_pool_fini(&p, &f.sys.mem);
    }
    fake_sys_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_host_address_is_given_once),
        cmocka_unit_test(an_address_given_back_rests_before_it_is_given_again),
        cmocka_unit_test(the_last_free_address_of_a_full_pool_is_found),
        cmocka_unit_test(network_and_broadcast_cannot_be_given_back_nor_taken),
        cmocka_unit_test(a_pool_is_neither_too_large_nor_too_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
