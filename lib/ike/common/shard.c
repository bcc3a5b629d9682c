/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/shard.h"

#include "wire/rd.h"
#include "wire/wr.h"

#define SUM_AT (L2S_COOKIE - 2u)
#define EXCHANGE_AT 18u

static uint64_t load(const uint8_t *p, size_t n)
{
    struct l2s_rd r = l2s_rd_init(p, n);

    return l2s_rd_u64(&r);
}

static uint32_t upper(const uint8_t *cookie)
{
    return (uint32_t)cookie[0] << 8 | cookie[1];
}

/* Every bit of it, and those at the top most. Not for what an attacker must not foresee. */
static uint64_t stir(uint64_t v)
{
    v ^= v >> 32;
    v *= UINT64_C(0x9e3779b97f4a7c15);
    v ^= v >> 32;
    return v * UINT64_C(0xd6e8feb86659fd93);
}

static uint16_t sum(const uint8_t *cookie, const l2tpsec_addr *local)
{
    uint64_t rest = load(cookie, L2S_COOKIE) >> 16;

    return (uint16_t)(stir(stir(load(local->ip, 8)) ^ load(local->ip + 8, 8) ^ rest) >> 48);
}

static bool is_ours(const uint8_t *rcookie, const l2tpsec_addr *local)
{
    return ((uint32_t)rcookie[SUM_AT] << 8 | rcookie[SUM_AT + 1]) == sum(rcookie, local);
}

void l2s_ike_shard_mark(const struct l2s_shard *s, uint8_t cookie[L2S_COOKIE])
{
    l2s_put16(cookie, l2s_shard_mark_16(s, (uint16_t)upper(cookie)));
}

void l2s_ike_shard_mark_responder(const struct l2s_shard *s, const l2tpsec_addr *local, uint8_t cookie[L2S_COOKIE])
{
    l2s_ike_shard_mark(s, cookie);
    if (l2s_sharded(s))
        l2s_put16(cookie + SUM_AT, sum(cookie, local));
}

uint32_t l2s_ike_shard_of_source(const l2tpsec_addr *remote, uint32_t count)
{
    return l2s_shard_of_16((uint32_t)(stir(load(remote->ip, 8)) >> 48), count);
}

/* A responder's cookie of zero: the first message of an exchange that somebody begins with us. Or, in any other exchange than
 * phase 1, a complaint about the first message of one that we began: some peers find no cookie for that. */
uint32_t l2s_ike_shard_of(const uint8_t *header, const l2tpsec_addr *local, const l2tpsec_addr *remote, uint32_t count)
{
    const uint8_t *rcookie = header + L2S_COOKIE;

    if (load(rcookie, L2S_COOKIE) == 0) {
        uint8_t exchange = header[EXCHANGE_AT];
        if (exchange == L2S_EXCHANGE_MAIN || exchange == L2S_EXCHANGE_AGGRESSIVE)
            return l2s_ike_shard_of_source(remote, count);
        return l2s_shard_of_16(upper(header), count);
    }
    return l2s_shard_of_16(upper(is_ours(rcookie, local) ? rcookie : header), count);
}
