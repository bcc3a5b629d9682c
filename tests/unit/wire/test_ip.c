/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "wire/ip.h"
#include "wire/wr.h"

#include <string.h>

/* A TCP SYN with an MSS of 1460, checksum right. */
static size_t syn4(uint8_t *p, bool odd)
{
    static const uint8_t pseudo[] = {10, 0, 0, 1, 10, 0, 0, 2, 0, 6, 0, 28};
    size_t n = 48;

    memset(p, 0, n);
    p[0] = 0x45, p[3] = 48, p[6] = 0x40, p[8] = 64, p[9] = 6;
    memcpy(p + 12, pseudo, 8);
    p[32] = 7 << 4, p[33] = 2;
    if (odd)
        memcpy(p + 40, "\x01\x02\x04\x05\xb4\x01\x00\x00", 8);
    else
        memcpy(p + 40, "\x02\x04\x05\xb4\x01\x01\x00\x00", 8);
    l2s_put16(p + 36, l2s_checksum_fold(l2s_checksum_add(l2s_checksum_add(0, pseudo, sizeof pseudo), p + 20, 28)));
    return n;
}

static bool tcp_sum_is_right(const uint8_t *p)
{
    static const uint8_t pseudo[] = {10, 0, 0, 1, 10, 0, 0, 2, 0, 6, 0, 28};

    return l2s_checksum_fold(l2s_checksum_add(l2s_checksum_add(0, pseudo, sizeof pseudo), p + 20, 28)) == 0;
}

static void lengths_that_contradict_each_other_are_no_packet(void **state)
{
    uint8_t p[60] = {0x45, 0, 0, 40};
    struct l2s_ip ip;
    (void)state;

    assert_true(l2s_ip_parse(p, 40, &ip));
    assert_int_equal(ip.header_len, 20);
    assert_true(l2s_ip_parse(p, 60, &ip)); /* padding behind */
    assert_int_equal(ip.total_len, 40);
    for (size_t n = 0; n < 40; n++) {
        struct l2s_rd r = fake_rd_exact(p, n);
        assert_false(l2s_ip_parse(r.p, n, &ip));
    }
    p[0] = 0x44;
    assert_false(l2s_ip_parse(p, 40, &ip));
    p[0] = 0x4f;
    assert_false(l2s_ip_parse(p, 40, &ip)); /* header longer than the whole */
    p[0] = 0x55;
    assert_false(l2s_ip_parse(p, 40, &ip));
    uint8_t six[48] = {0x60, 0, 0, 0, 0, 8, 17, 64};
    assert_true(l2s_ip_parse(six, 48, &ip));
    assert_int_equal(ip.protocol, 17);
    for (size_t n = 0; n < 48; n++) {
        struct l2s_rd r = fake_rd_exact(six, n);
        assert_false(l2s_ip_parse(r.p, n, &ip));
    }
    fake_rd_free();
}

static void the_checksum_is_that_of_rfc_1071(void **state)
{
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}; /* RFC 1071, 3 */
    (void)state;

    assert_int_equal(l2s_checksum_fold(l2s_checksum_add(0, example, 8)), (uint16_t)~0xddf2);
    assert_int_equal(l2s_checksum_fold(l2s_checksum_add(0, "\xff", 1)), 0x00ff);
}

/* Every length and alignment, against a sum made a byte at a time. */
static void the_checksum_is_the_same_however_the_bytes_lie(void **state)
{
    uint8_t p[200];
    (void)state;

    for (unsigned pattern = 0; pattern < 2; pattern++) {
        for (size_t i = 0; i < sizeof p; i++)
            p[i] = pattern ? 0xff : (uint8_t)(i * 37);
        for (size_t from = 0; from < 9; from++) {
            uint32_t sum = 0;
            for (size_t n = 0; from + n <= sizeof p; n++) {
                assert_int_equal(l2s_checksum_fold(l2s_checksum_add(0, p + from, n)), l2s_checksum_fold(sum));
                assert_int_equal(l2s_checksum_fold(l2s_checksum_add(0xffffffff, p + from, n)),
                                 l2s_checksum_fold(sum + 0xffff));
                if (from + n < sizeof p)
                    sum += n % 2 ? p[from + n] : (uint32_t)p[from + n] << 8;
            }
        }
    }
}

static void an_mss_is_lowered_never_raised_and_the_checksum_stays_right(void **state)
{
    uint8_t p[48];
    (void)state;

    for (unsigned odd = 0; odd < 2; odd++) {
        size_t n = syn4(p, odd);
        assert_true(tcp_sum_is_right(p));
        assert_true(l2s_ip_clamp_mss(p, n, 1400));
        assert_int_equal(p[42 + odd] << 8 | p[43 + odd], 1360);
        assert_true(tcp_sum_is_right(p));
        assert_false(l2s_ip_clamp_mss(p, n, 1400));
        assert_false(l2s_ip_clamp_mss(p, n, 1500));
        assert_true(tcp_sum_is_right(p));
    }
}

static void only_whole_syn_segments_are_touched(void **state)
{
    uint8_t p[48], before[48];
    (void)state;

    size_t n = syn4(p, false);
    p[33] = 0x10; /* ACK */
    memcpy(before, p, n);
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
    assert_memory_equal(p, before, n);
    n = syn4(p, false);
    p[7] = 1; /* a later fragment */
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
    n = syn4(p, false);
    p[41] = 0; /* an option without length */
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
    n = syn4(p, false);
    p[41] = 40; /* longer than the header */
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
    n = syn4(p, false);
    p[32] = 0xf0; /* header longer than the packet */
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
    struct l2s_ip ip = {.version = 0};
    assert_true(l2s_ip_parse(p, syn4(p, false), &ip));
    assert_true(l2s_ip_is_syn(p, &ip));
    ip.total_len = 40;
    assert_true(l2s_ip_is_syn(p, &ip));
    ip.total_len = 39; /* not a whole header */
    assert_false(l2s_ip_is_syn(p, &ip));
    n = syn4(p, false);
    for (size_t cut = 0; cut < n; cut++) {
        struct l2s_rd r = fake_rd_exact(p, cut);
        assert_false(l2s_ip_clamp_mss((uint8_t *)(uintptr_t)r.p, cut, 1000));
    }
    fake_rd_free();
}

static void what_does_not_fit_is_answered_by_icmp(void **state)
{
    uint8_t p[1500] = {0x45, 0, 0x05, 0xdc}, out[1280];
    uint8_t from[16] = {10, 0, 0, 1};
    (void)state;

    p[9] = 17;
    memcpy(p + 12, "\x0a\x00\x00\x02\x08\x08\x08\x08", 8);
    size_t n = l2s_ip_too_big(p, sizeof p, from, 1400, out, sizeof out);
    assert_int_equal(n, 28 + 548);
    assert_int_equal(l2s_checksum_fold(l2s_checksum_add(0, out, 20)), 0);
    assert_int_equal(l2s_checksum_fold(l2s_checksum_add(0, out + 20, n - 20)), 0);
    assert_int_equal(out[20] << 8 | out[21], 0x0304);
    assert_int_equal(out[26] << 8 | out[27], 1400);
    assert_memory_equal(out + 16, p + 12, 4);
    assert_memory_equal(out + 28, p, 548);
    assert_int_equal(l2s_ip_too_big(p, sizeof p, from, 1400, out, 100), 0);

    p[2] = 547 >> 8;
    p[3] = 547 & 0xff; /* all of it, and nothing behind it */
    assert_int_equal(l2s_ip_too_big(p, sizeof p, from, 500, out, sizeof out), 28 + 547);

    uint8_t six[1300] = {0x60, 0, 0, 0, 0x04, 0xec, 17, 64, 0x20, 1};
    n = l2s_ip_too_big(six, sizeof six, from, 1280, out, sizeof out);
    assert_int_equal(n, 1280);
    assert_int_equal(out[40], 2);
    assert_int_equal(out[46] << 8 | out[47], 1280);
    uint8_t tail[8] = {0, 0, (1280 - 40) >> 8, (1280 - 40) & 0xff, 0, 0, 0, 58};
    uint32_t sum = l2s_checksum_add(l2s_checksum_add(0, out + 8, 32), tail, 8);
    assert_int_equal(l2s_checksum_fold(l2s_checksum_add(sum, out + 40, n - 40)), 0);
}

static void no_error_is_answered_by_an_error(void **state)
{
    uint8_t p[100] = {0x45, 0, 0, 100}, out[1280], from[16] = {10, 0, 0, 1};
    static const uint8_t errors[] = {3, 4, 5, 11, 12};
    (void)state;

    memcpy(p + 12, "\x0a\x00\x00\x02\x08\x08\x08\x08", 8);
    p[9] = 1;
    for (unsigned i = 0; i < sizeof errors; i++) {
        p[20] = errors[i];
        assert_int_equal(l2s_ip_too_big(p, 100, from, 80, out, sizeof out), 0);
    }
    p[20] = 8; /* an echo request may have one */
    assert_int_not_equal(l2s_ip_too_big(p, 100, from, 80, out, sizeof out), 0);
    p[7] = 9;
    assert_int_equal(l2s_ip_too_big(p, 100, from, 80, out, sizeof out), 0);
    p[7] = 0;
    p[16] = 224;
    assert_int_equal(l2s_ip_too_big(p, 100, from, 80, out, sizeof out), 0);
}

static void a_udp_checksum_verifies_and_is_never_zero(void **state)
{
    uint8_t src[16] = {0x20, 1}, dst[16] = {0x20, 2}, udp[12] = {0x06, 0xa5, 0x06, 0xa5, 0, 12, 0, 0, 1, 2, 3, 4};
    uint8_t tail[8] = {0, 0, 0, 12, 0, 0, 0, 17};
    (void)state;

    l2s_put16(udp + 6, l2s_udp_checksum(6, src, dst, udp, sizeof udp));
    uint32_t sum = l2s_checksum_add(l2s_checksum_add(l2s_checksum_add(0, src, 16), dst, 16), tail, 8);
    assert_int_equal(l2s_checksum_fold(l2s_checksum_add(sum, udp, sizeof udp)), 0);
    for (uint32_t i = 0; i < 0x10000; i++) {
        l2s_put16(udp + 8, (uint16_t)i);
        assert_int_not_equal(l2s_udp_checksum(6, src, dst, udp, sizeof udp), 0);
    }
}

/* The SYN with these options behind its header of 20 bytes, clamped. */
static bool clamped(const char *options, uint16_t mtu)
{
    uint8_t p[48];
    size_t n = syn4(p, false);

    memset(p + 40, 0, 8);
    (void)fake_hex(options, p + 40, 8);
    return l2s_ip_clamp_mss(p, n, mtu);
}

static void an_mss_is_found_behind_other_options_or_not_at_all(void **state)
{
    uint8_t p[48];
    (void)state;

    assert_true(clamped("0402020405b40000", 1000));
    assert_false(clamped("0402010101010101", 1000)); /* none */
    assert_false(clamped("0402000000000000", 1000)); /* the end before it */
    assert_false(clamped("0101010101010102", 1000)); /* an option without a length */
    assert_false(clamped("0203050101010101", 1000)); /* an MSS of one byte */
    assert_false(clamped("02040400", 20));           /* less than there is room for headers */
    size_t n = syn4(p, false);
    p[32] = 4 << 4; /* a header of 16 bytes */
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
    n = syn4(p, false);
    p[9] = 17;
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
    n = syn4(p, false);
    p[3] = 39; /* less than a TCP header */
    assert_false(l2s_ip_clamp_mss(p, n, 1000));
}

/* In IPv6 it is 20 bytes less. */
static void an_mss_in_ipv6_is_lowered_too(void **state)
{
    uint8_t p[64] = {0x60, 0, 0, 0, 0, 24, 6, 64};
    (void)state;

    p[40 + 12] = 6 << 4, p[40 + 13] = 2;
    memcpy(p + 60, "\x02\x04\x05\xb4", 4);
    assert_true(l2s_ip_clamp_mss(p, sizeof p, 1280));
    assert_int_equal(p[62] << 8 | p[63], 1220);
}

static void a_port_and_a_syn_are_those_of_whole_packets(void **state)
{
    uint8_t p[48];
    struct l2s_ip ip = {.version = 0};
    (void)state;

    assert_true(l2s_ip_parse(p, syn4(p, false), &ip));
    assert_true(l2s_ip_is_syn(p, &ip));
    assert_int_equal(l2s_ip_udp_port(p, &ip), 0);
    p[33] = 0x10;
    assert_false(l2s_ip_is_syn(p, &ip));
    ip.total_len = 39;
    assert_false(l2s_ip_is_syn(p, &ip));
    ip.total_len = 48;
    ip.fragment = true;
    assert_false(l2s_ip_is_syn(p, &ip));
    ip.protocol = L2S_IP_UDP;
    assert_false(l2s_ip_is_syn(p, &ip));
    assert_int_equal(l2s_ip_udp_port(p, &ip), 0);
    ip.fragment = false;
    p[22] = 1, p[23] = 2;
    assert_int_equal(l2s_ip_udp_port(p, &ip), 0x0102);
    ip.total_len = 27;
    assert_int_equal(l2s_ip_udp_port(p, &ip), 0);
}

static void nobody_who_is_many_or_nobody_gets_an_error(void **state)
{
    static const uint8_t sources[] = {0, 127, 224};
    uint8_t p[100] = {0x45, 0, 0, 100}, six[100] = {0x60, 0, 0, 0, 0, 60, 58, 64, 0x20}, out[1280];
    uint8_t from[16] = {10, 0, 0, 1};
    (void)state;

    memcpy(p + 12, "\x0a\x00\x00\x02\x08\x08\x08\x08", 8);
    for (unsigned i = 0; i < sizeof sources; i++) {
        p[12] = sources[i];
        assert_int_equal(l2s_ip_too_big(p, sizeof p, from, 80, out, sizeof out), 0);
    }
    p[12] = 10;
    p[9] = 1;
    p[3] = 20; /* an ICMP message of no bytes may be any */
    assert_int_equal(l2s_ip_too_big(p, sizeof p, from, 80, out, sizeof out), 0);
    p[0] = 0x55;
    assert_int_equal(l2s_ip_too_big(p, sizeof p, from, 80, out, sizeof out), 0);

    six[40] = 128; /* an echo request */
    assert_int_not_equal(l2s_ip_too_big(six, sizeof six, from, 1280, out, sizeof out), 0);
    assert_int_equal(l2s_ip_too_big(six, sizeof six, from, 1280, out, 60), 0);
    six[40] = 2; /* an error */
    assert_int_equal(l2s_ip_too_big(six, sizeof six, from, 1280, out, sizeof out), 0);
    six[5] = 0; /* none that can be told */
    assert_int_equal(l2s_ip_too_big(six, sizeof six, from, 1280, out, sizeof out), 0);
    six[6] = 17;
    assert_int_not_equal(l2s_ip_too_big(six, sizeof six, from, 1000, out, sizeof out), 0);
    assert_int_equal(out[46] << 8 | out[47], 1280);
    six[8] = 0xff;
    assert_int_equal(l2s_ip_too_big(six, sizeof six, from, 1280, out, sizeof out), 0);
}

static void a_udp_checksum_of_less_than_a_header_is_of_what_there_is(void **state)
{
    static const uint8_t none[16] = {0}, udp[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    (void)state;

    assert_int_equal(l2s_udp_checksum(4, none, none, udp, 4), (uint16_t) ~(0x0102 + 0x0304 + 4 + 17));
    assert_int_equal(l2s_udp_checksum(4, none, none, udp, 8), (uint16_t) ~(0x0102 + 0x0304 + 0x0506 + 8 + 17));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_that_contradict_each_other_are_no_packet),
        cmocka_unit_test(the_checksum_is_that_of_rfc_1071),
        cmocka_unit_test(the_checksum_is_the_same_however_the_bytes_lie),
        cmocka_unit_test(an_mss_is_lowered_never_raised_and_the_checksum_stays_right),
        cmocka_unit_test(only_whole_syn_segments_are_touched),
        cmocka_unit_test(what_does_not_fit_is_answered_by_icmp),
        cmocka_unit_test(no_error_is_answered_by_an_error),
        cmocka_unit_test(a_udp_checksum_verifies_and_is_never_zero),
        cmocka_unit_test(an_mss_is_found_behind_other_options_or_not_at_all),
        cmocka_unit_test(an_mss_in_ipv6_is_lowered_too),
        cmocka_unit_test(a_port_and_a_syn_are_those_of_whole_packets),
        cmocka_unit_test(nobody_who_is_many_or_nobody_gets_an_error),
        cmocka_unit_test(a_udp_checksum_of_less_than_a_header_is_of_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
