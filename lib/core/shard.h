/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Many contexts behind one address: which of them a packet is for. Pure functions: they know no context. */
#ifndef L2S_CORE_SHARD_H
#define L2S_CORE_SHARD_H

#include "wire/rd.h"

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>

#define L2S_IKE_HEADER 28u
#define L2S_IKE_PORT 500u

/* The length that an ISAKMP header of version 1.0 tells (RFC 2408, 3.1); 0: these bytes are none. */
static inline uint32_t l2s_ike_length(const uint8_t *p, size_t n)
{
    enum { VERSION_AT = 17, LENGTH_AT = 24 };

    if (n < L2S_IKE_HEADER || p[VERSION_AT] != 0x10)
        return 0;
    struct l2s_rd r = l2s_rd_init(p + LENGTH_AT, 4);
    return l2s_rd_u32(&r);
}

/* It speaks of this datagram, from end to end. */
static inline bool l2s_looks_like_ike(const uint8_t *p, size_t n)
{
    return n && l2s_ike_length(p, n) == n;
}

int32_t l2s_shard_set(l2tpsec *c, uint32_t index, uint32_t count);

uint32_t l2s_shard_of_outer(const l2tpsec_packet *p, uint32_t count);
uint32_t l2s_shard_of_inner(const l2tpsec_packet *p, uint32_t count);
uint32_t l2s_shard_of_address(const l2tpsec_addr *inside, uint32_t count);

#endif
