/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Large packets: what <l2tpsec/offload.h> says, arguments checked. Packets come from peers and from the host's kernel
 * alike: read by the bounded reader, built by the bounded writer. */
#ifndef L2S_WIRE_OFFLOAD_H
#define L2S_WIRE_OFFLOAD_H

#include <l2tpsec/offload.h>

#define L2S_TCP_HEADER 20u
#define L2S_UDP_HEADER 8u
#define L2S_TCP_CHECKSUM_AT 16u
#define L2S_UDP_CHECKSUM_AT 6u
#define L2S_PACKET_MOST 65535u /* bytes of a large packet */

enum {
    L2S_TCP_FIN = 0x01,
    L2S_TCP_PSH = 0x08,
    L2S_TCP_ACK = 0x10,
    L2S_TCP_ECE = 0x40,
    L2S_TCP_CWR = 0x80,
};

/* The pseudo header of TCP and UDP (RFC 9293, 3.1; RFC 8200, 8.1), to begin a sum with: addresses of 4 or 16 bytes,
 * destination right behind source. */
uint32_t l2s_pseudo_header(uint8_t version, const uint8_t *addresses, uint8_t protocol, size_t len);

int32_t l2s_segment(const l2tpsec_offload *o, const l2tpsec_packet *large, size_t *done, uint8_t *buf, size_t cap,
                    l2tpsec_packet *pkts, size_t n);
size_t l2s_coalesce(const l2tpsec_packet *pkts, size_t n, uint32_t allow, l2tpsec_large *larges, l2tpsec_piece *pieces);

#endif
