/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "wire/rd.h"
#include "wire/wr.h"

#include <string.h>

static void the_reader_latches_after_the_first_bad_read(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5};
    struct l2s_rd r = fake_rd_exact(bytes, sizeof bytes);
    (void)state;

    assert_int_equal(l2s_rd_u32(&r), 0x01020304);
    assert_int_equal(l2s_rd_u16(&r), 0);
    assert_true(r.bad);
    assert_int_equal(l2s_rd_u8(&r), 0); /* though one byte was left */
    assert_null(l2s_rd_take(&r, 0));
    fake_rd_free();
}

static void a_part_is_bounded_by_its_own_length(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct l2s_rd r = fake_rd_exact(bytes, sizeof bytes);
    (void)state;

    struct l2s_rd part = l2s_rd_sub(&r, 3);
    assert_int_equal(l2s_rd_u16(&part), 0x0102);
    assert_int_equal(l2s_rd_u16(&part), 0);
    assert_true(part.bad);
    assert_false(r.bad);
    assert_int_equal(l2s_rd_u8(&r), 4);
    part = l2s_rd_sub(&r, 5);
    assert_true(part.bad && r.bad);
    fake_rd_free();
}

static void nothing_can_be_read_of_nothing(void **state)
{
    struct l2s_rd r = l2s_rd_init(NULL, 7);
    uint8_t out[2] = {9, 9};
    (void)state;

    assert_true(l2s_rd_done(&r));
    l2s_rd_copy(&r, out, 2);
    assert_int_equal(out[0] | out[1], 0);
    assert_true(r.bad);
}

static void wide_numbers_are_big_endian(void **state)
{
    uint8_t buf[15];
    struct l2s_wr w = l2s_wr_init(buf, sizeof buf);
    (void)state;

    l2s_wr_u8(&w, 1);
    l2s_wr_u16(&w, 0x0203);
    l2s_wr_u32(&w, 0x04050607);
    l2s_wr_u64(&w, UINT64_C(0x08090a0b0c0d0e0f));
    assert_false(w.bad);
    for (uint8_t i = 0; i < 15; i++)
        assert_int_equal(buf[i], i + 1);
    struct l2s_rd r = l2s_rd_init(buf + 7, 8);
    assert_true(l2s_rd_u64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
}

static void the_writer_never_passes_its_end_and_latches(void **state)
{
    uint8_t buf[8] = {0};
    struct l2s_wr w = l2s_wr_init(buf, 5);
    (void)state;

    l2s_wr_u32(&w, 1);
    l2s_wr_u32(&w, 0xffffffff);
    assert_true(w.bad);
    assert_int_equal(w.len, 4);
    l2s_wr_u8(&w, 0xff);
    assert_int_equal(w.len, 4);
    assert_int_equal(buf[4] | buf[5], 0);
    assert_null(l2s_wr_room(&w, 0));
}

static void a_length_too_long_for_its_field_turns_the_writer_bad(void **state)
{
    uint8_t buf[100];
    struct l2s_wr w = l2s_wr_init(buf, sizeof buf);
    (void)state;

    size_t at = l2s_wr_open(&w, 2);
    l2s_wr_zeros(&w, 10);
    l2s_wr_close16(&w, at, 0x3ff, 0x8000);
    assert_false(w.bad);
    assert_int_equal(buf[0] << 8 | buf[1], 0x8000 | 12);
    l2s_wr_zeros(&w, 52);
    l2s_wr_close16(&w, at, 0x3f, 0);
    assert_true(w.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reader_latches_after_the_first_bad_read),
        cmocka_unit_test(a_part_is_bounded_by_its_own_length),
        cmocka_unit_test(nothing_can_be_read_of_nothing),
        cmocka_unit_test(wide_numbers_are_big_endian),
        cmocka_unit_test(the_writer_never_passes_its_end_and_latches),
        cmocka_unit_test(a_length_too_long_for_its_field_turns_the_writer_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
