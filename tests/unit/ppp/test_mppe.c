/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "ppp/auth/mschap.h"
#include "ppp/mppe.h"

#include <string.h>

static struct fake_sys f;
static struct l2s_crypto *crypto;
static struct l2s_mppe out, in;

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&f);
    return l2s_crypto_mbedtls_new(&f.sys, &crypto);
}

static int teardown(void **state)
{
    (void)state;
    l2s_crypto_free(crypto);
    fake_sys_fini(&f);
    return 0;
}

static void begin(uint32_t bits)
{
    uint8_t master[16];

    fake_hex("FDECE3717A8C838CB388E527AE3CDD31", master, sizeof master);
    assert_int_equal(l2s_mppe_begin(&out, crypto, master, bits, true, true), L2TPSEC_OK);
    assert_int_equal(l2s_mppe_begin(&in, crypto, master, bits, false, false), L2TPSEC_OK);
}

static uint8_t header[2], text[32];

static void seal(uint32_t mark)
{
    memset(text, 0, sizeof text);
    memcpy(text, &mark, sizeof mark);
    assert_int_equal(l2s_mppe_seal(&out, header, text, sizeof text), L2TPSEC_OK);
}

static enum l2s_mppe_read open(uint32_t mark)
{
    enum l2s_mppe_read verdict = l2s_mppe_open(&in, header, text, sizeof text);

    if (verdict == L2S_MPPE_READ)
        assert_memory_equal(text, &mark, sizeof mark);
    return verdict;
}

static void the_master_key_is_that_of_rfc_3079(void **state)
{
    uint8_t auth[16], peer[16], response[24], master[16], want[16];
    (void)state;

    fake_hex("5B5D7C7D7B3F2F3E3C2C602132262628", auth, sizeof auth);
    fake_hex("21402324255E262A28295F2B3A337C7E", peer, sizeof peer);
    fake_hex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF", response, sizeof response);
    fake_hex("FDECE3717A8C838CB388E527AE3CDD31", want, sizeof want);
    struct l2s_mschap m = {.crypto = crypto,
                           .auth_challenge = auth,
                           .peer_challenge = peer,
                           .name = (const uint8_t *)"User",
                           .name_len = 4,
                           .password = (const uint8_t *)"clientPass",
                           .password_len = 10};
    assert_int_equal(l2s_mschap_master(&m, response, master), L2TPSEC_OK);
    assert_memory_equal(master, want, 16);
}

static void the_samples_of_rfc_3079_come_out_for_each_strength(void **state)
{
    /* The RFC prints 58 for the last byte of the 56-bit sample; RC4 under its own key says B8. */
    static const struct {
        uint32_t bits;
        const char *start, *session, *sealed;
    } samples[] = {
        {L2S_MPPE_40, "8B7CDC149B993A1B", "D1269EC49FA62E3E", "929137917E5803D668D75898"},
        {L2S_MPPE_56, "8B7CDC149B993A1B", "D15C00C49FA62E3E", "3F106833FA448DA842BC57B8"},
        {L2S_MPPE_128, "8B7CDC149B993A1BA118CB153F56DCCB", "405CB2247A7956E6E211007AE27B22D4",
         "81848317DF68846272FB5ABE"},
    };
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(samples); i++) {
        uint8_t want[16], data[12];
        begin(samples[i].bits);
        size_t n = strlen(samples[i].start) / 2;
        fake_hex(samples[i].start, want, n);
        assert_int_equal(out.key_len, n);
        assert_memory_equal(out.start, want, n);
        fake_hex(samples[i].session, want, n);
        assert_memory_equal(out.session, want, n);
        memcpy(data, "test message", 12);
        assert_int_equal(l2s_mppe_seal(&out, header, data, 12), L2TPSEC_OK);
        fake_hex(samples[i].sealed, want, 12);
        assert_memory_equal(data, want, 12);
        assert_memory_equal(header, "\x10\x00", 2);
        assert_int_equal(l2s_mppe_open(&in, header, data, 12), L2S_MPPE_READ);
        assert_memory_equal(data, "test message", 12);
    }
}

static void the_two_directions_have_different_keys(void **state)
{
    uint8_t master[16] = {1};
    struct l2s_mppe other;
    (void)state;

    begin(L2S_MPPE_128);
    assert_int_equal(l2s_mppe_begin(&out, crypto, master, L2S_MPPE_128, true, false), L2TPSEC_OK);
    assert_int_equal(l2s_mppe_begin(&other, crypto, master, L2S_MPPE_128, true, true), L2TPSEC_OK);
    assert_memory_not_equal(out.session, other.session, 16);
}

static void stateless_reads_whatever_arrives_across_the_wrap(void **state)
{
    (void)state;
    begin(L2S_MPPE_128 | L2S_MPPE_STATELESS);
    for (uint32_t i = 0; i < 9000; i++) {
        seal(i);
        assert_true(header[0] & 0x80);
        if (i % 7 && (i < 3000 || i > 3200)) /* a gap of 200, too */
            assert_int_equal(open(i), L2S_MPPE_READ);
    }
}

static void stateless_does_not_read_a_packet_twice_or_late(void **state)
{
    uint8_t first_header[2], first[32], copy[32];
    (void)state;

    begin(L2S_MPPE_40 | L2S_MPPE_STATELESS);
    seal(1);
    memcpy(first_header, header, 2);
    memcpy(first, text, sizeof text);
    seal(2);
    memcpy(copy, text, sizeof text);
    assert_int_equal(open(2), L2S_MPPE_READ);
    memcpy(text, copy, sizeof text);
    assert_int_equal(open(2), L2S_MPPE_LATE);
    assert_int_equal(l2s_mppe_open(&in, first_header, first, sizeof first), L2S_MPPE_LATE);
    seal(3);
    assert_int_equal(open(3), L2S_MPPE_READ);
    header[0] &= 0x7f; /* never without the FLUSHED bit, nor in the clear */
    assert_int_equal(open(3), L2S_MPPE_LATE);
    header[0] = 0x80;
    assert_int_equal(open(3), L2S_MPPE_LATE);
}

static void a_long_gap_costs_little_for_each_packet_and_is_closed(void **state)
{
    unsigned late = 0;
    (void)state;

    begin(L2S_MPPE_128 | L2S_MPPE_STATELESS);
    for (uint32_t i = 0; i < 1500; i++)
        seal(i);
    for (uint32_t i = 1500; i < 1520; i++) {
        seal(i);
        late += open(i) == L2S_MPPE_LATE;
    }
    assert_int_equal(late, 5); /* 256 of the 1500 at a time */
}

static void with_state_a_loss_is_reported_once_and_mended_by_a_reset(void **state)
{
    (void)state;
    begin(L2S_MPPE_128);
    for (uint32_t i = 0; i < 3000; i++) {
        seal(i);
        if (i % 1000 == 700)
            continue; /* lost */
        enum l2s_mppe_read verdict = open(i);
        if (i % 1000 == 701)
            assert_int_equal(verdict, L2S_MPPE_RESET);
        else if (i % 1000 > 701 && i % 1000 <= 705)
            assert_int_equal(verdict, L2S_MPPE_LATE);
        else
            assert_int_equal(verdict, L2S_MPPE_READ);
        if (i % 1000 == 705) /* the Reset-Request arrives */
            l2s_mppe_reset(&out);
    }
}

static void with_state_a_lost_flag_packet_still_changes_the_key(void **state)
{
    (void)state;
    begin(L2S_MPPE_56);
    for (uint32_t i = 0; i < 2000; i++) {
        seal(i);
        if (i >= 250 && i <= 1300) /* several of them */
            continue;
        if (i == 1301)
            assert_int_equal(open(i), L2S_MPPE_RESET);
        else
            assert_int_equal(open(i), L2S_MPPE_READ);
        if (i == 1301)
            l2s_mppe_reset(&out);
    }
}

/* 4096 numbers: up to 2048 ahead is a gap, which is closed; more is behind. */
static void a_gap_is_half_of_the_numbers_at_most(void **state)
{
    (void)state;
    for (unsigned ahead = 2047; ahead <= 2049; ahead++) {
        unsigned tries = 0;
        begin(L2S_MPPE_128 | L2S_MPPE_STATELESS);
        seal(0);
        assert_int_equal(open(0), L2S_MPPE_READ);
        for (uint32_t i = 1; i <= ahead; i++)
            seal(i);
        while (tries < 20 && open(ahead) != L2S_MPPE_READ)
            tries++;
        assert_int_equal(tries, ahead <= 2048 ? 7 : 20); /* 256 at a time */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_master_key_is_that_of_rfc_3079),
        cmocka_unit_test(the_samples_of_rfc_3079_come_out_for_each_strength),
        cmocka_unit_test(the_two_directions_have_different_keys),
        cmocka_unit_test(stateless_reads_whatever_arrives_across_the_wrap),
        cmocka_unit_test(stateless_does_not_read_a_packet_twice_or_late),
        cmocka_unit_test(a_long_gap_costs_little_for_each_packet_and_is_closed),
        cmocka_unit_test(with_state_a_loss_is_reported_once_and_mended_by_a_reset),
        cmocka_unit_test(with_state_a_lost_flag_packet_still_changes_the_key),
        cmocka_unit_test(a_gap_is_half_of_the_numbers_at_most),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
