/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IP and UDP headers of the packets inside and outside: what core needs to look at, clamp and answer. */
#ifndef L2S_WIRE_IP_H
#define L2S_WIRE_IP_H

#include "wire/rd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What core wants to know of an inner packet, from its fixed header; false: not a whole IPv4 or IPv6 packet. */
struct l2s_ip {
    uint8_t version;  /* 4 or 6 */
    uint8_t protocol; /* IPv4 protocol, or IPv6 next header of the fixed header */
    bool fragment;    /* IPv4: offset not zero (no transport header here) */
    bool dont_fragment;
    size_t header_len, total_len;
    const uint8_t *src, *dst; /* 4 or 16 bytes, in the packet */
};

#define L2S_IP_TCP 6u
#define L2S_IP_UDP 17u
#define L2S_IP_ICMP6 58u
#define L2S_IP_TCP_SYN 0x02u

/* Seen for every packet: in line. */
static inline bool l2s_ip_parse(const uint8_t *p, size_t n, struct l2s_ip *out)
{
    struct l2s_rd r = l2s_rd_init(p, n);
    const uint8_t *head = l2s_rd_take(&r, 20);

    if (!head)
        return false;
    out->version = head[0] >> 4;
    if (out->version == 4) {
        unsigned flags = (unsigned)(head[6] << 8 | head[7]);
        out->header_len = (head[0] & 15u) * 4u;
        out->total_len = (size_t)(head[2] << 8 | head[3]);
        out->dont_fragment = flags & 0x4000;
        out->fragment = flags & 0x1fff;
        out->protocol = head[9];
        out->src = head + 12;
        out->dst = head + 16;
        return out->header_len >= 20 && out->header_len <= out->total_len && out->total_len <= n;
    }
    if (out->version != 6 || !l2s_rd_take(&r, 20))
        return false;
    out->header_len = 40;
    out->total_len = 40 + (size_t)(head[4] << 8 | head[5]);
    out->dont_fragment = true; /* routers never fragment (RFC 8200, 5) */
    out->fragment = false;
    out->protocol = head[6];
    out->src = head + 8;
    out->dst = head + 24;
    return out->total_len <= n;
}

/* The port a whole UDP datagram is for; 0: it is none. */
static inline uint16_t l2s_ip_udp_port(const uint8_t *p, const struct l2s_ip *ip)
{
    const uint8_t *udp = p + ip->header_len;

    if (ip->protocol != L2S_IP_UDP || ip->fragment || ip->total_len < ip->header_len + 8)
        return 0;
    return (uint16_t)(udp[2] << 8 | udp[3]);
}

/* It may promise an MSS. */
static inline bool l2s_ip_is_syn(const uint8_t *p, const struct l2s_ip *ip)
{
    return ip->protocol == L2S_IP_TCP && !ip->fragment && ip->total_len >= ip->header_len + 20 &&
           p[ip->header_len + 13] & L2S_IP_TCP_SYN;
}

/* The Internet checksum (RFC 1071) over bytes, folded and inverted; sum lets a pseudo header in. */
uint32_t l2s_checksum_add(uint32_t sum, const void *p, size_t n);
uint16_t l2s_checksum_fold(uint32_t sum);

/* Lower the MSS option of a TCP SYN in place to what fits mtu, mending the TCP checksum (RFC 1624); true if changed. */
bool l2s_ip_clamp_mss(uint8_t *p, size_t n, uint16_t mtu);

/* Build the ICMP error for a packet that does not fit: IPv4 "fragmentation needed" (RFC 792, 1191) from address from,
 * or ICMPv6 Packet Too Big (RFC 4443, 3.2). None for ICMP errors, fragments with offset, or broadcast and multicast
 * sources and destinations. Returns its length, 0 when none is due or it does not fit. */
size_t l2s_ip_too_big(const uint8_t *p, size_t n, const uint8_t from[16], uint16_t mtu, uint8_t *out, size_t cap);

/* UDP checksum over a whole UDP datagram with an IPv6 or IPv4 pseudo header (addresses of 4 or 16 bytes); never 0. */
uint16_t l2s_udp_checksum(uint8_t family, const uint8_t *src, const uint8_t *dst, const uint8_t *udp, size_t n);

#endif
