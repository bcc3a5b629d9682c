/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Inner IP packets: headers, MSS clamping with its checksum, ICMP errors about them. */
#include "fuzz/fuzz.h"

#include "wire/ip.h"

/* RFC 1071, 1, the slow way: a second opinion. */
static uint16_t sum_of(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

/* Clamping changes the option and the checksum so that the sum over both stays. */
static void clamp(const uint8_t *data, size_t size, uint16_t mtu, const struct l2s_ip *ip)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        return;
    memcpy(copy, data, size);
    bool changed = l2s_ip_clamp_mss(copy, size, mtu);
    if (changed) {
        size_t at = ip->header_len, n = ip->total_len - at, differ = 0;
        FUZZ_CHECK(l2s_ip_is_syn(data, ip));
        uint16_t a = sum_of(data + at, n), b = sum_of(copy + at, n);
        FUZZ_CHECK(a == b || (a % 0xffff == 0 && b % 0xffff == 0));
        for (size_t i = 0; i < size; i++)
            differ += data[i] != copy[i];
        FUZZ_CHECK(differ > 0 && differ <= 4);
        FUZZ_CHECK(!l2s_ip_clamp_mss(copy, size, mtu));
    } else {
        FUZZ_CHECK(memcmp(copy, data, size) == 0);
    }
    free(copy);
}

static void error_about(const uint8_t *data, size_t size, uint16_t mtu)
{
    static const uint8_t from[16] = {0xfe, 0x80, [15] = 1};
    uint8_t out[1280], small[64];
    struct l2s_ip ip;
    size_t n = l2s_ip_too_big(data, size, from, mtu, out, sizeof out);

    FUZZ_CHECK(l2s_ip_too_big(data, size, from, mtu, small, sizeof small) <= sizeof small);
    if (n == 0)
        return;
    FUZZ_CHECK(n <= sizeof out && l2s_ip_parse(out, n, &ip) && ip.total_len == n);
    if (ip.version == 4) {
        FUZZ_CHECK(sum_of(out, 20) == 0xffff && sum_of(out + 20, n - 20) == 0xffff);
        FUZZ_CHECK(l2s_ip_too_big(out, n, from, mtu, small, sizeof small) == 0); /* no error about an error */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    uint16_t mtu = l2s_rd_u16(&r);
    struct l2s_ip ip = {0};

    if (r.bad || size > 2000)
        return 0;
    data = r.p;
    size = r.left;
    uint16_t fast = (uint16_t)~l2s_checksum_fold(l2s_checksum_add(0, data, size)), slow = sum_of(data, size);
    FUZZ_CHECK(fast == slow || (fast % 0xffff == 0 && slow % 0xffff == 0));
    bool whole = l2s_ip_parse(data, size, &ip);
    if (whole) {
        FUZZ_CHECK(ip.header_len >= 20 && ip.header_len <= ip.total_len && ip.total_len <= size);
        FUZZ_CHECK(ip.version == 4 || ip.version == 6);
        (void)l2s_ip_udp_port(data, &ip);
        (void)l2s_ip_is_syn(data, &ip);
        if (ip.protocol == L2S_IP_UDP && ip.total_len - ip.header_len >= 8)
            FUZZ_CHECK(
                l2s_udp_checksum(ip.version, ip.src, ip.dst, data + ip.header_len, ip.total_len - ip.header_len) != 0);
    }
    clamp(data, size, mtu, &ip);
    error_about(data, size, mtu);
    return 0;
}
