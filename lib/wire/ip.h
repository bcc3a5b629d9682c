/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IP and UDP headers of the packets inside and outside: what core needs to look at, clamp and answer. */
#ifndef L2S_WIRE_IP_H
#define L2S_WIRE_IP_H

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

bool l2s_ip_parse(const uint8_t *p, size_t n, struct l2s_ip *out);

/* The Internet checksum (RFC 1071) over bytes, folded and inverted; sum lets a pseudo header in. */
uint32_t l2s_checksum_add(uint32_t sum, const void *p, size_t n);
uint16_t l2s_checksum_fold(uint32_t sum);

/* Lower the MSS option of a TCP SYN in place to what fits mtu, mending the TCP checksum (RFC 1624); true if changed. */
bool l2s_ip_clamp_mss(uint8_t *p, size_t n, uint16_t mtu);

/* Build the ICMP error for a packet that does not fit: IPv4 "fragmentation needed" (RFC 792, 1191) from address from, or ICMPv6
 * Packet Too Big (RFC 4443, 3.2). None for ICMP errors, fragments with offset, or broadcast and multicast sources and destinations.
 * Returns its length, 0 when none is due or it does not fit. */
size_t l2s_ip_too_big(const uint8_t *p, size_t n, const uint8_t from[16], uint16_t mtu, uint8_t *out, size_t cap);

/* UDP checksum over a whole UDP datagram with an IPv6 or IPv4 pseudo header (addresses of 4 or 16 bytes); never 0. */
uint16_t l2s_udp_checksum(uint8_t family, const uint8_t *src, const uint8_t *dst, const uint8_t *udp, size_t n);

#endif
