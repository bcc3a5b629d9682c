/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A pool of inner IPv4 addresses: one bit each. */
#ifndef L2S_CORE_POOL_H
#define L2S_CORE_POOL_H

#include "base/mem.h"
#include "base/shard.h"

#include <stdbool.h>
#include <stdint.h>

struct l2s_pool {
    uint32_t base, size; /* host order; size 0: no pool */
    uint32_t next;       /* where to look first: an address that was just freed rests a while */
    uint8_t *taken;
    uint8_t ours[32]; /* by the last byte of the address: of our shard */
};

/* A prefix of len bits; network and broadcast address are never given. */
int l2s_pool_init(struct l2s_pool *p, struct l2s_mem *mem, const uint8_t prefix[4], unsigned len);
void l2s_pool_fini(struct l2s_pool *p, struct l2s_mem *mem);

/* Mark an address as taken; false: it is already. An address outside the pool is always free. */
bool l2s_pool_take(struct l2s_pool *p, const uint8_t addr[4]);
/* Give only those of this shard; others can still be taken by hand. */
void l2s_pool_share(struct l2s_pool *p, const struct l2s_shard *s);
/* Look first where this user's hash points: who comes back has the same address again, if it is free. */
void l2s_pool_seek(struct l2s_pool *p, uint64_t hash);
/* Look first at this address. */
void l2s_pool_seek_address(struct l2s_pool *p, const uint8_t addr[4]);
/* A free one, not yet marked, the next time another: false: all are taken. */
bool l2s_pool_next(struct l2s_pool *p, uint8_t addr[4]);
bool l2s_pool_any(struct l2s_pool *p, uint8_t addr[4]); /* the same, marked */
void l2s_pool_give(struct l2s_pool *p, const uint8_t addr[4]);

#endif
