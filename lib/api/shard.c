/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The exported functions for many contexts behind one address. */
#include "core/shard.h"

static bool sensible(const void *what, uint32_t count)
{
    return what && count && count <= L2TPSEC_SHARDS_MAX;
}

int32_t l2tpsec_set_shard(l2tpsec *ctx, uint32_t index, uint32_t count)
{
    return ctx ? l2s_shard_set(ctx, index, count) : L2TPSEC_EINVAL;
}

uint32_t l2tpsec_shard_of(const l2tpsec_packet *pkt, uint32_t count)
{
    return sensible(pkt, count) ? l2s_shard_of_outer(pkt, count) : L2TPSEC_SHARD_ANY;
}

uint32_t l2tpsec_shard_of_inner(const l2tpsec_packet *pkt, uint32_t count)
{
    return sensible(pkt, count) ? l2s_shard_of_inner(pkt, count) : L2TPSEC_SHARD_ANY;
}

uint32_t l2tpsec_shard_of_address(const l2tpsec_addr *inside, uint32_t count)
{
    return sensible(inside, count) ? l2s_shard_of_address(inside, count) : L2TPSEC_SHARD_ANY;
}
