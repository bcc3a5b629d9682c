/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "unit/ike/common_rig.h"

#include <string.h>

static void message(uint8_t out[L2S_ISAKMP_HEADER + 8], uint32_t length)
{
    size_t n = fake_hex("0102030405060708 1112131415161718 01 10 02 03 aabbccdd 00000000 f0f1f2f3f4f5f6f7", out, 36);

    assert_int_equal(n, 36);
    l2s_put32(out + 24, length);
}

static void every_field_of_a_header_is_read(void **state)
{
    uint8_t m[36];
    struct l2s_isakmp h;
    struct l2s_rd body;

    (void)state;
    message(m, 36);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, 36), &h, &body), L2TPSEC_DROP_NONE);
    assert_memory_equal(h.icookie, m, 8);
    assert_memory_equal(h.rcookie, m + 8, 8);
    assert_int_equal(h.first, L2S_PT_SA);
    assert_int_equal(h.exchange, L2S_EXCHANGE_MAIN);
    assert_int_equal(h.flags, L2S_FLAG_ENCRYPTED | L2S_FLAG_COMMIT);
    assert_int_equal(h.message_id, 0xaabbccddu);
    assert_int_equal(h.length, 36);
    assert_int_equal(body.left, 8);
    assert_memory_equal(body.p, m + 28, 8);
    fake_rd_free();
}

static void a_datagram_shorter_than_a_header_is_short(void **state)
{
    uint8_t m[36];
    struct l2s_isakmp h;
    struct l2s_rd body;

    (void)state;
    message(m, 36);
    for (size_t n = 0; n < L2S_ISAKMP_HEADER; n++) {
        assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, n), &h, &body), L2TPSEC_DROP_SHORT);
        assert_int_equal(body.left, 0);
    }
    fake_rd_free();
}

static void a_length_beyond_the_datagram_or_below_the_header_is_malformed(void **state)
{
    static const uint32_t bad[] = {0, 1, 27, 37, 0x80000000u, 0xffffffffu};
    uint8_t m[36];
    struct l2s_isakmp h;
    struct l2s_rd body;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(bad); i++) {
        message(m, bad[i]);
        assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, 36), &h, &body), L2TPSEC_DROP_MALFORMED);
        assert_int_equal(body.left, 0);
        assert_int_equal(h.exchange, L2S_EXCHANGE_MAIN);
    }
    for (size_t n = L2S_ISAKMP_HEADER; n < 36; n++) {
        message(m, 36);
        assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, n), &h, &body), L2TPSEC_DROP_MALFORMED);
    }
    fake_rd_free();
}

static void bytes_behind_the_announced_length_are_ignored(void **state)
{
    uint8_t m[36];
    struct l2s_isakmp h;
    struct l2s_rd body;

    (void)state;
    message(m, 30);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, 36), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(body.left, 2);
    message(m, 28);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, 36), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(body.left, 0);
    fake_rd_free();
}

static void only_version_1_0_is_spoken(void **state)
{
    uint8_t m[36];
    struct l2s_isakmp h;
    struct l2s_rd body;

    (void)state;
    for (unsigned v = 0; v < 256; v++) {
        message(m, 36);
        m[17] = (uint8_t)v;
        assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, 36), &h, &body),
                         v == 0x10 ? L2TPSEC_DROP_NONE : L2TPSEC_DROP_VERSION);
    }
    fake_rd_free();
}

static void an_initiator_without_a_cookie_is_malformed(void **state)
{
    uint8_t m[36];
    struct l2s_isakmp h;
    struct l2s_rd body;

    (void)state;
    message(m, 36);
    memset(m, 0, 8);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, 36), &h, &body), L2TPSEC_DROP_MALFORMED);
    m[7] = 1;
    memset(m + 8, 0, 8); /* the responder's is zero in the first message */
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(m, 36), &h, &body), L2TPSEC_DROP_NONE);
    assert_true(l2s_cookie_zero(h.rcookie));
    assert_false(l2s_cookie_zero(h.icookie));
    fake_rd_free();
}

static void what_is_written_is_read_back(void **state)
{
    struct l2s_isakmp h = {
        .icookie = {1, 2}, .rcookie = {3}, .exchange = L2S_EXCHANGE_QUICK, .flags = 1, .message_id = 0x01000000};
    uint8_t out[64];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_isakmp got;
    struct l2s_rd body;

    (void)state;
    size_t start = l2s_isakmp_open(&w, &h);
    l2s_wr_zeros(&w, 12);
    l2s_isakmp_close(&w, start);
    assert_false(w.bad);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(out, w.len), &got, &body), L2TPSEC_DROP_NONE);
    assert_memory_equal(got.icookie, h.icookie, 8);
    assert_memory_equal(got.rcookie, h.rcookie, 8);
    assert_int_equal(got.exchange, h.exchange);
    assert_int_equal(got.flags, h.flags);
    assert_int_equal(got.message_id, h.message_id);
    assert_int_equal(got.length, 40);
    assert_int_equal(body.left, 12);
    fake_rd_free();
}

static void a_header_that_does_not_fit_turns_the_writer_bad(void **state)
{
    struct l2s_isakmp h = {.exchange = 2};
    uint8_t out[L2S_ISAKMP_HEADER];

    (void)state;
    for (size_t cap = 0; cap < sizeof out; cap++) {
        struct l2s_wr w = l2s_wr_init(out, cap);
        l2s_isakmp_close(&w, l2s_isakmp_open(&w, &h));
        assert_true(w.bad);
    }
}

static void every_number_has_a_name_and_the_rest_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(l2s_exchange_name(L2S_EXCHANGE_QUICK), "quick mode");
    assert_string_equal(l2s_exchange_name(34), "unknown"); /* IKE_SA_INIT of the other version */
    assert_string_equal(l2s_notify_name(14), "NO-PROPOSAL-CHOSEN");
    assert_string_equal(l2s_notify_name(36137), "R-U-THERE-ACK");
    assert_string_equal(l2s_notify_name(31), "unknown");
    for (unsigned i = 0; i <= 0xffff; i++)
        assert_non_null(l2s_notify_name((uint16_t)i));
    for (uint16_t i = L2S_N_INVALID_PAYLOAD_TYPE; i <= L2S_N_UNEQUAL_PAYLOAD_LENGTHS; i++)
        assert_string_not_equal(l2s_notify_name(i), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_header_is_read),
        cmocka_unit_test(a_datagram_shorter_than_a_header_is_short),
        cmocka_unit_test(a_length_beyond_the_datagram_or_below_the_header_is_malformed),
        cmocka_unit_test(bytes_behind_the_announced_length_are_ignored),
        cmocka_unit_test(only_version_1_0_is_spoken),
        cmocka_unit_test(an_initiator_without_a_cookie_is_malformed),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_header_that_does_not_fit_turns_the_writer_bad),
        cmocka_unit_test(every_number_has_a_name_and_the_rest_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
