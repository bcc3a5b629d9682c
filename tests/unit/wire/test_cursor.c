/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "unit/fakes/fakes.h"
#include "wire/der.h"
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

/* Lengths are said in as few bytes as they take, and in no more than three. */
static void a_length_of_der_has_one_form_only(void **state)
{
    static const struct {
        uint8_t head[6];
        size_t n, len; /* of the head; of what follows it: SIZE_MAX: refused */
    } cases[] = {
        {{0x30, 0x00}, 2, 0},
        {{0x30, 0x7f}, 2, 127},
        {{0x30, 0x81, 0x80}, 3, 128},
        {{0x30, 0x81, 0xff}, 3, 255},
        {{0x30, 0x82, 0x01, 0x00}, 4, 256},
        {{0x30, 0x83, 0x01, 0x00, 0x00}, 5, 65536},
        {{0x30, 0x80}, 2, SIZE_MAX},
        {{0x30, 0x81, 0x00}, 3, SIZE_MAX},
        {{0x30, 0x81, 0x7f}, 3, SIZE_MAX},
        {{0x30, 0x82, 0x00, 0x80}, 4, SIZE_MAX},
        {{0x30, 0x82, 0x00, 0xff}, 4, SIZE_MAX},
        {{0x30, 0x83, 0x00, 0xff, 0xff}, 5, SIZE_MAX},
        {{0x30, 0x84, 0x00, 0x00, 0x01, 0x00}, 6, SIZE_MAX},
        {{0x3f, 0x01}, 2, SIZE_MAX},
    };
    static uint8_t bytes[70000];
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t tag;
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, cases[i].head, cases[i].n);
        struct l2s_rd r = l2s_rd_init(bytes, sizeof bytes);
        struct l2s_rd body = l2s_der_any(&r, &tag);
        assert_int_equal(body.bad, cases[i].len == SIZE_MAX);
        if (!body.bad)
            assert_int_equal(body.left, cases[i].len);
        if (!body.bad) { /* and one byte less than that is too little */
            r = l2s_rd_init(bytes, cases[i].n + cases[i].len);
            assert_false(l2s_der_any(&r, &tag).bad);
            r = l2s_rd_init(bytes, cases[i].n + cases[i].len - 1);
            assert_true(l2s_der_any(&r, &tag).bad);
        }
    }
}

static void a_length_beyond_its_field_is_not_closed(void **state)
{
    static uint8_t room[0x10010];
    struct l2s_wr w = l2s_wr_init(room, sizeof room);
    struct l2s_rd spoiled = l2s_rd_init(room, 4);
    (void)state;

    size_t at = l2s_wr_open(&w, 2);
    l2s_wr_bytes(&w, NULL, 0); /* nothing of nothing is fine */
    l2s_wr_zeros(&w, 0);
    l2s_wr_zeros(&w, 0xffff - 2);
    l2s_wr_close16_from(&w, at, 0);
    assert_false(w.bad);
    assert_memory_equal(room, "\xff\xff", 2);
    l2s_wr_u8(&w, 1);
    l2s_wr_close16_from(&w, at, 0);
    assert_true(w.bad);
    l2s_rd_spoil(&spoiled);
    assert_false(l2s_rd_equals(&spoiled, "", 0));
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
        cmocka_unit_test(a_length_beyond_its_field_is_not_closed),
        cmocka_unit_test(a_length_of_der_has_one_form_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
