/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Many contexts behind one address: which of them a packet is for. Pure functions: they know no context. */
#ifndef L2S_CORE_SHARD_H
#define L2S_CORE_SHARD_H

#include "wire/rd.h"

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>

#define L2S_IKE_HEADER 28u
#define L2S_IKE_PORT 500u

/* An ISAKMP header which speaks of this datagram: version 1.0 and its own length (RFC 2408, 3.1). */
static inline bool l2s_looks_like_ike(const uint8_t *p, size_t n)
{
    if (n < L2S_IKE_HEADER || p[17] != 0x10)
        return false;
    struct l2s_rd r = l2s_rd_init(p + 24, 4);
    return l2s_rd_u32(&r) == n;
}

int32_t l2s_shard_set(l2tpsec *c, uint32_t index, uint32_t count);

uint32_t l2s_shard_of_outer(const l2tpsec_packet *p, uint32_t count);
uint32_t l2s_shard_of_inner(const l2tpsec_packet *p, uint32_t count);
uint32_t l2s_shard_of_address(const l2tpsec_addr *inside, uint32_t count);

#endif
