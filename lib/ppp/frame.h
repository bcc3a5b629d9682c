/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The PPP frame inside L2TP: address and control field (present or not), protocol of one or two bytes (RFC 1661, 2). */
#ifndef L2S_PPP_FRAME_H
#define L2S_PPP_FRAME_H

#include "wire/rd.h"
#include "wire/wr.h"

enum {
    L2S_PPP_PROTO_IPV4 = 0x0021,
    L2S_PPP_PROTO_IPV6 = 0x0057,
    L2S_PPP_PROTO_COMPRESSED = 0x00fd,
    L2S_PPP_PROTO_IPCP = 0x8021,
    L2S_PPP_PROTO_IPV6CP = 0x8057,
    L2S_PPP_PROTO_CCP = 0x80fd,
    L2S_PPP_PROTO_LCP = 0xc021,
    L2S_PPP_PROTO_PAP = 0xc023,
    L2S_PPP_PROTO_CHAP = 0xc223,
    L2S_PPP_PROTO_EAP = 0xc227,
};

#define L2S_PPP_MRU 1500u       /* of whoever says nothing (RFC 1661, 6.1); none of ours is more */
#define L2S_PPP_FRAME_MAX 1504u /* address, control, protocol, and an MRU of 1500 */

/* Read the protocol and leave the reader at the information; false: malformed. */
static inline bool l2s_ppp_frame_get(struct l2s_rd *r, uint16_t *protocol)
{
    struct l2s_rd look = *r;

    if (l2s_rd_u16(&look) == 0xff03) /* FF can begin no protocol: they are even in the first byte */
        *r = look;
    uint8_t first = l2s_rd_u8(r);
    *protocol = first;
    if (!(first & 1))
        *protocol = (uint16_t)(first << 8 | l2s_rd_u8(r));
    return !r->bad && (*protocol & 1);
}

#endif
