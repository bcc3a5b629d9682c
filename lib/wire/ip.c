/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "wire/ip.h"

#include "wire/rd.h"
#include "wire/wr.h"

#define OPTION_END 0u
#define OPTION_NOP 1u
#define OPTION_MSS 2u

#define TTL 64u
#define ICMP 1u
#define QUOTE4 (576u - 28u)       /* RFC 1812, 4.3.2.3, less the headers in front */
#define IPV6_LEAST 1280u          /* MTU of every link (RFC 8200, 5) */
#define QUOTE6 (IPV6_LEAST - 48u) /* RFC 4443, 3.2, likewise */
#define MULTICAST4 224u           /* first byte, and all above it */
#define MULTICAST6 0xffu
#define LOOPBACK4 127u
#define ICMP6_INFORMATIONAL 128u /* and above; below it are errors (RFC 4443, 2.1) */

/* Two words at once, where the compiler knows how to. */
#ifdef __GNUC__
typedef uint64_t lanes __attribute__((vector_size(16)));

static uint64_t across(lanes v)
{
    return v[0] + v[1];
}
#else
typedef uint64_t lanes;

static uint64_t across(lanes v)
{
    return v;
}
#endif

/* The sum does not care for the order of bytes but at its end (RFC 1071, 2 B), so whole words of this machine are added, in two
 * chains that do not wait for each other. Upper halves are added once more on the side: what they carried away is mended by that. */
uint32_t l2s_checksum_add(uint32_t sum, const void *p, size_t n)
{
    lanes v[2], a = {0}, b = {0}, upper_a = {0}, upper_b = {0};
    const uint8_t *at = p;
    uint16_t last[4] = {0}, native;
    uint8_t bytes[2];

    for (; n >= sizeof v; n -= sizeof v, at += sizeof v) {
        memcpy(v, at, sizeof v);
        a += v[0];
        upper_a += v[0] >> 32;
        b += v[1];
        upper_b += v[1] >> 32;
    }
    uint64_t upper = across(upper_a + upper_b);
    uint64_t wide = across(a + b) - (upper << 32) + upper;
    for (; n > 0; n -= n < sizeof last ? n : sizeof last, at += sizeof last) {
        memset(last, 0, sizeof last);
        memcpy(last, at, n < sizeof last ? n : sizeof last);
        wide += (uint64_t)last[0] + last[1] + last[2] + last[3];
    }
    while (wide >> 16)
        wide = (wide & 0xffffu) + (wide >> 16);
    native = (uint16_t)wide;
    memcpy(bytes, &native, sizeof bytes);
    wide = (uint64_t)sum + (uint32_t)(bytes[0] << 8 | bytes[1]);
    return (uint32_t)((wide & 0xffffffffu) + (wide >> 32));
}

uint16_t l2s_checksum_fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffffu) + (sum >> 16);
    return (uint16_t)~sum;
}

uint16_t l2s_udp_checksum(uint8_t family, const uint8_t *src, const uint8_t *dst, const uint8_t *udp, size_t n)
{
    size_t len = family == 6 ? 16 : 4;
    uint8_t tail[8] = {0};

    l2s_put32(tail, (uint32_t)n);
    tail[7] = L2S_IP_UDP;
    uint32_t sum = l2s_checksum_add(0, src, len);
    sum = l2s_checksum_add(sum, dst, len);
    sum = l2s_checksum_add(sum, tail, sizeof tail);
    sum = l2s_checksum_add(sum, udp, n < 6 ? n : 6); /* not the checksum field itself */
    if (n > 8)
        sum = l2s_checksum_add(sum, udp + 8, n - 8);
    uint16_t c = l2s_checksum_fold(sum);
    return c ? c : 0xffff;
}

/* The MSS option's value in a TCP header's options; NULL: none. */
static uint8_t *find_mss(uint8_t *opt, size_t n)
{
    size_t at = 0;

    while (at < n && opt[at] != OPTION_END) {
        if (opt[at] == OPTION_NOP) {
            at++;
            continue;
        }
        if (at + 2 > n || opt[at + 1] < 2 || opt[at + 1] > n - at)
            return NULL;
        if (opt[at] == OPTION_MSS && opt[at + 1] == 4)
            return opt + at + 2;
        at += opt[at + 1];
    }
    return NULL;
}

bool l2s_ip_clamp_mss(uint8_t *p, size_t n, uint16_t mtu)
{
    struct l2s_ip ip;

    if (!l2s_ip_parse(p, n, &ip) || ip.protocol != L2S_IP_TCP || ip.fragment || ip.total_len < ip.header_len + 20u)
        return false;
    uint8_t *tcp = p + ip.header_len;
    size_t room = ip.total_len - ip.header_len, head = (size_t)(tcp[12] >> 4) * 4;
    size_t least = ip.header_len + 20u;
    if (!(tcp[13] & L2S_IP_TCP_SYN) || head < 20 || head > room || mtu <= least)
        return false;
    uint8_t *mss = find_mss(tcp + 20, head - 20);
    uint16_t most = (uint16_t)(mtu - (ip.version == 4 ? 40u : 60u));
    if (!mss || (mss[0] << 8 | mss[1]) <= most)
        return false;

    /* RFC 1624, eqn. 3: HC' = ~(~HC + ~m + m'). The option may stand at an odd place: then its bytes are swapped. */
    uint32_t old = (uint32_t)(mss[0] << 8 | mss[1]), now = most;
    if ((size_t)(mss - tcp) % 2) {
        old = (old & 0xff) << 8 | old >> 8;
        now = (now & 0xff) << 8 | now >> 8;
    }
    uint32_t sum = (uint16_t) ~(tcp[16] << 8 | tcp[17]);
    sum += (uint16_t)~old;
    sum += now;
    l2s_put16(tcp + 16, l2s_checksum_fold(sum));
    l2s_put16(mss, most);
    return true;
}

/* RFC 1122, 3.2.2 */
static bool is_icmp_error(uint8_t type)
{
    switch (type) {
    case 3:  /* destination unreachable */
    case 4:  /* source quench */
    case 5:  /* redirect */
    case 11: /* time exceeded */
    case 12: /* parameter problem */
        return true;
    default:
        return false;
    }
}

/* An error is never said about an error, a later fragment, or to many (RFC 1122, 3.2.2; RFC 4443, 2.4 e). */
static bool deserves_error(const uint8_t *p, const struct l2s_ip *ip)
{
    const uint8_t *inner = p + ip->header_len;
    size_t n = ip->total_len - ip->header_len;

    if (ip->version == 4) {
        bool error = ip->protocol == ICMP && (n < 1 || is_icmp_error(inner[0]));
        bool many = ip->dst[0] >= MULTICAST4 || ip->src[0] >= MULTICAST4 || ip->src[0] == 0 || ip->src[0] == LOOPBACK4;
        return !error && !many && !ip->fragment;
    }
    bool error = ip->protocol == L2S_IP_ICMP6 && (n < 1 || inner[0] < ICMP6_INFORMATIONAL);
    return !error && ip->src[0] != MULTICAST6;
}

static size_t too_big4(const uint8_t *p, const struct l2s_ip *ip, const uint8_t *from, uint16_t mtu, struct l2s_wr *w)
{
    size_t quote = ip->total_len < QUOTE4 ? ip->total_len : QUOTE4;

    l2s_wr_u16(w, 0x45c0);
    l2s_wr_u16(w, (uint16_t)(28 + quote));
    l2s_wr_u32(w, 0);
    l2s_wr_u16(w, TTL << 8 | ICMP);
    l2s_wr_u16(w, 0);
    l2s_wr_bytes(w, from, 4);
    l2s_wr_bytes(w, ip->src, 4);
    l2s_wr_u16(w, 3 << 8 | 4); /* destination unreachable, fragmentation needed */
    l2s_wr_u32(w, 0);
    l2s_wr_u16(w, mtu); /* RFC 1191, 4 */
    l2s_wr_bytes(w, p, quote);
    if (w->bad)
        return 0;
    l2s_put16(w->p + 10, l2s_checksum_fold(l2s_checksum_add(0, w->p, 20)));
    l2s_put16(w->p + 22, l2s_checksum_fold(l2s_checksum_add(0, w->p + 20, w->len - 20)));
    return w->len;
}

static size_t too_big6(const uint8_t *p, const struct l2s_ip *ip, const uint8_t *from, uint16_t mtu, struct l2s_wr *w)
{
    size_t quote = ip->total_len < QUOTE6 ? ip->total_len : QUOTE6;
    uint8_t pseudo[8] = {0};

    l2s_wr_u32(w, 0x60000000);
    l2s_wr_u16(w, (uint16_t)(8 + quote));
    l2s_wr_u16(w, L2S_IP_ICMP6 << 8 | TTL);
    l2s_wr_bytes(w, from, 16);
    l2s_wr_bytes(w, ip->src, 16);
    l2s_wr_u32(w, 2u << 24); /* Packet Too Big */
    l2s_wr_u32(w, mtu < IPV6_LEAST ? IPV6_LEAST : mtu);
    l2s_wr_bytes(w, p, quote);
    if (w->bad)
        return 0;
    l2s_put32(pseudo, (uint32_t)(8 + quote));
    pseudo[7] = L2S_IP_ICMP6;
    uint32_t sum = l2s_checksum_add(0, w->p + 8, 32);
    sum = l2s_checksum_add(sum, pseudo, sizeof pseudo);
    l2s_put16(w->p + 42, l2s_checksum_fold(l2s_checksum_add(sum, w->p + 40, w->len - 40)));
    return w->len;
}

size_t l2s_ip_too_big(const uint8_t *p, size_t n, const uint8_t from[16], uint16_t mtu, uint8_t *out, size_t cap)
{
    struct l2s_wr w = l2s_wr_init(out, cap);
    struct l2s_ip ip;

    if (!l2s_ip_parse(p, n, &ip) || !deserves_error(p, &ip))
        return 0;
    return ip.version == 4 ? too_big4(p, &ip, from, mtu, &w) : too_big6(p, &ip, from, mtu, &w);
}
