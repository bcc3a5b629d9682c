/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/attr.h"
#include "unit/fakes/fakes.h"

static int first(const char *hex, struct l2s_attr *a)
{
    uint8_t bytes[64];
    size_t n = fake_hex(hex, bytes, sizeof bytes);
    struct l2s_rd r = fake_rd_exact(bytes, n);

    return l2s_attr_next(&r, a);
}

static void lifetimes_of_any_length_are_numbers(void **state)
{
    static const struct {
        const char *hex;
        uint64_t value;
        bool basic, wide;
    } cases[] = {
        {"800c 7080", 28800, true, false},
        {"000c 0002 7080", 28800, false, false},
        {"000c 0004 00007080", 28800, false, false},
        {"000c 0003 007080", 28800, false, false},
        {"000c 0008 0000000000007080", 28800, false, false},
        {"000c 000a 00000000000000007080", 28800, false, false},
        {"000c 0008 ffffffffffffffff", UINT64_MAX, false, false},
        {"000c 0009 010000000000000000", UINT64_MAX, false, true},
        {"000c 000c 010000000000000000000000", UINT64_MAX, false, true},
        {"000c 0000", 0, false, false},
    };
    struct l2s_attr a;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        assert_int_equal(first(cases[i].hex, &a), 1);
        assert_int_equal(a.type, 12);
        assert_true(a.value == cases[i].value);
        assert_int_equal(a.basic, cases[i].basic);
        assert_int_equal(a.wide, cases[i].wide);
    }
    fake_rd_free();
}

static void a_list_ends_cleanly_and_only_there(void **state)
{
    uint8_t bytes[32];
    size_t n = fake_hex("80010007 000c000400007080 800e0100", bytes, sizeof bytes);
    struct l2s_attr a;

    (void)state;
    for (size_t cut = 0; cut <= n; cut++) {
        struct l2s_rd r = fake_rd_exact(bytes, cut);
        int rc, seen = 0;
        while ((rc = l2s_attr_next(&r, &a)) == 1)
            seen++;
        bool whole = cut == 0 || cut == 4 || cut == 12 || cut == 16;
        assert_int_equal(rc, whole ? 0 : L2TPSEC_EPROTO);
        assert_int_equal(l2s_attr_next(&r, &a), rc); /* and stays so */
        assert_in_range(seen, 0, 3);
    }
    fake_rd_free();
}

static void what_is_written_is_read_back(void **state)
{
    static const uint32_t values[] = {0, 1, 255, 65535, 65536, 0x7fffffff, 0xffffffffu};
    struct l2s_attr a;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(values); i++) {
        uint8_t out[32];
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        l2s_attr_put_number(&w, 12, values[i]);
        l2s_attr_put32(&w, 2, values[i]);
        l2s_attr_put(&w, 0x7fff, (uint16_t)values[i]);
        assert_false(w.bad);
        struct l2s_rd r = fake_rd_exact(out, w.len);
        assert_int_equal(l2s_attr_next(&r, &a), 1);
        assert_int_equal(a.type, 12);
        assert_int_equal(a.value, values[i]);
        assert_int_equal(a.basic, values[i] <= 65535);
        assert_int_equal(l2s_attr_next(&r, &a), 1);
        assert_int_equal(a.type, 2);
        assert_int_equal(a.value, values[i]);
        assert_false(a.basic);
        assert_int_equal(l2s_attr_next(&r, &a), 1);
        assert_int_equal(a.type, 0x7fff);
        assert_int_equal(a.value, (uint16_t)values[i]);
        assert_int_equal(l2s_attr_next(&r, &a), 0);
    }
    fake_rd_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lifetimes_of_any_length_are_numbers),
        cmocka_unit_test(a_list_ends_cleanly_and_only_there),
        cmocka_unit_test(what_is_written_is_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
