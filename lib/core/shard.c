/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/shard.h"

#include "base/shard.h"
#include "core/context.h"
#include "ike/common/shard.h"

#define LAST_OF_IPV4 3u
#define LAST_OF_PREFIX 7u /* of 64 bits, which is what a client has */

int32_t l2s_shard_set(l2tpsec *c, uint32_t index, uint32_t count)
{
    if (count == 0 || count > L2TPSEC_SHARDS_MAX || index >= count)
        return L2TPSEC_EINVAL;
    if (c->asking || c->doomed)
        return L2TPSEC_EBUSY;
    if (c->begun)
        return L2TPSEC_ESTATE;
    c->sys.shard = (struct l2s_shard){.index = index, .count = count};
    return L2TPSEC_OK;
}

/* A header that is whole, as IKE reads it: what follows the length it tells is ignored there. */
static bool has_ike_header(const uint8_t *p, size_t n)
{
    uint32_t length = l2s_ike_length(p, n);

    return length >= L2S_IKE_HEADER && length <= n;
}

/* Behind a non-ESP marker, or two of them: iOS is seen to send that. */
static uint32_t of_marked(const l2tpsec_packet *p, uint32_t count)
{
    const uint8_t *at = p->data + 4;
    size_t n = p->len - 4;

    if (!has_ike_header(at, n) && n > 4 && !(at[0] | at[1] | at[2] | at[3])) {
        at += 4;
        n -= 4;
    }
    return has_ike_header(at, n) ? l2s_ike_shard_of(at, &p->local, &p->remote, count) : L2TPSEC_SHARD_ANY;
}

/* The same order as data_in.c, which also knows the SPIs. */
static uint32_t of_udp(const l2tpsec_packet *p, uint32_t first, uint32_t count)
{
    if (p->local.port == L2S_L2TP_PORT)
        return L2TPSEC_SHARD_ANY;
    if (first == 0)
        return of_marked(p, count);
    if (l2s_looks_like_ike(p->data, p->len) || (p->local.port == L2S_IKE_PORT && has_ike_header(p->data, p->len)))
        return l2s_ike_shard_of(p->data, &p->local, &p->remote, count);
    return l2s_shard_of_16(first >> 16, count);
}

uint32_t l2s_shard_of_outer(const l2tpsec_packet *p, uint32_t count)
{
    struct l2s_rd r = l2s_rd_init(p->data, p->len);
    uint32_t first = l2s_rd_u32(&r);

    if (r.bad)
        return L2TPSEC_SHARD_ANY;
    return p->transport == L2TPSEC_TRANSPORT_UDP ? of_udp(p, first, count) : l2s_shard_of_16(first >> 16, count);
}

uint32_t l2s_shard_of_inner(const l2tpsec_packet *p, uint32_t count)
{
    uint32_t version = p->len ? p->data[0] >> 4 : 0;

    if (version == 4 && p->len >= 20)
        return l2s_shard_of_byte(p->data[16 + LAST_OF_IPV4], count);
    if (version == 6 && p->len >= 40)
        return l2s_shard_of_byte(p->data[24 + LAST_OF_PREFIX], count);
    return L2TPSEC_SHARD_ANY;
}

uint32_t l2s_shard_of_address(const l2tpsec_addr *inside, uint32_t count)
{
    if (inside->family == 4)
        return l2s_shard_of_byte(inside->ip[LAST_OF_IPV4], count);
    return inside->family == 6 ? l2s_shard_of_byte(inside->ip[LAST_OF_PREFIX], count) : L2TPSEC_SHARD_ANY;
}
