/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/pool.h"

#include "base/errors.h"
#include "wire/wr.h"

#include <string.h>

static uint32_t number(const uint8_t a[4])
{
    return (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
}

static bool is_taken(const struct l2s_pool *p, uint32_t i)
{
    return p->taken[i / 8] & (1u << (i % 8));
}

static bool is_ours(const struct l2s_pool *p, uint32_t i)
{
    uint8_t last = (uint8_t)(p->base + i);

    return p->ours[last / 8] & (1u << (last % 8));
}

/* Of the eight addresses around this one, in a pool of eight or more, none is left for us. */
static bool nothing_around(const struct l2s_pool *p, uint32_t i)
{
    uint8_t ours = p->ours[(uint8_t)(p->base + i) / 8];

    return (ours & ~p->taken[i / 8]) == 0;
}

int l2s_pool_init(struct l2s_pool *p, struct l2s_mem *mem, const uint8_t prefix[4], unsigned len)
{
    memset(p, 0, sizeof *p);
    if (len < 8 || len > 30)
        return L2TPSEC_EINVAL;
    p->size = 1u << (32 - len);
    p->base = number(prefix) & ~(p->size - 1);
    p->taken = l2s_mem_new(mem, (p->size + 7) / 8);
    if (!p->taken) {
        p->size = 0;
        return L2TPSEC_ENOMEM;
    }
    memset(p->ours, 0xff, sizeof p->ours);
    p->taken[0] |= 1;
    p->taken[(p->size - 1) / 8] = (uint8_t)(p->taken[(p->size - 1) / 8] | 1u << ((p->size - 1) % 8));
    return L2TPSEC_OK;
}

void l2s_pool_fini(struct l2s_pool *p, struct l2s_mem *mem)
{
    l2s_mem_free(mem, p->taken);
    memset(p, 0, sizeof *p);
}

bool l2s_pool_take(struct l2s_pool *p, const uint8_t addr[4])
{
    uint32_t i = number(addr) - p->base;

    if (i >= p->size)
        return true;
    if (is_taken(p, i))
        return false;
    p->taken[i / 8] = (uint8_t)(p->taken[i / 8] | 1u << (i % 8));
    return true;
}

void l2s_pool_share(struct l2s_pool *p, const struct l2s_shard *s)
{
    for (unsigned last = 0; l2s_sharded(s) && last < 256; last++) {
        if (l2s_shard_of_byte((uint8_t)last, s->count) != s->index)
            p->ours[last / 8] = (uint8_t)(p->ours[last / 8] & ~(1u << (last % 8)));
    }
}

void l2s_pool_seek(struct l2s_pool *p, uint64_t hash)
{
    if (p->size)
        p->next = (uint32_t)(hash % p->size);
}

void l2s_pool_seek_address(struct l2s_pool *p, const uint8_t addr[4])
{
    uint32_t i = number(addr) - p->base;

    if (i < p->size)
        p->next = i;
}

bool l2s_pool_next(struct l2s_pool *p, uint8_t addr[4])
{
    for (uint32_t n = 0; n < p->size; n++) {
        uint32_t i = (p->next + n) & (p->size - 1);
        if (i % 8 == 0 && p->size - n > 8 && nothing_around(p, i)) {
            n += 7; /* eight at a time over full ground */
            continue;
        }
        if (!is_taken(p, i) && is_ours(p, i)) {
            l2s_put32(addr, p->base + i);
            p->next = (i + 1) & (p->size - 1);
            return true;
        }
    }
    return false;
}

bool l2s_pool_any(struct l2s_pool *p, uint8_t addr[4])
{
    return l2s_pool_next(p, addr) && l2s_pool_take(p, addr);
}

void l2s_pool_give(struct l2s_pool *p, const uint8_t addr[4])
{
    uint32_t i = number(addr) - p->base;

    if (i > 0 && i + 1 < p->size)
        p->taken[i / 8] = (uint8_t)(p->taken[i / 8] & ~(1u << (i % 8)));
}
