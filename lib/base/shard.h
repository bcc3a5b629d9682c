/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which of several contexts behind one address this is. Numbers that we choose, and that peers give back to us, tell
 * it: their upper 16 bits lie in the shard's part of 0..65535. One multiplication finds the shard; a socket filter of
 * the kernel can do it, too. */
#ifndef L2S_BASE_SHARD_H
#define L2S_BASE_SHARD_H

#include <stdbool.h>
#include <stdint.h>

struct l2s_shard {
    uint32_t index, count; /* count 0 or 1: there is only this one, and nothing is marked */
};

static inline uint32_t l2s_shard_of_16(uint32_t upper, uint32_t count)
{
    return upper * count >> 16;
}

static inline bool l2s_sharded(const struct l2s_shard *s)
{
    return s->count > 1;
}

/* A random number, moved into our part: (65536 / count) values are left of it, 1024 at least. */
static inline uint16_t l2s_shard_mark_16(const struct l2s_shard *s, uint16_t random)
{
    if (!l2s_sharded(s))
        return random;
    uint32_t from = (s->index * 65536u + s->count - 1) / s->count;
    uint32_t to = ((s->index + 1) * 65536u + s->count - 1) / s->count;
    return (uint16_t)(from + (random * (to - from) >> 16));
}

static inline uint32_t l2s_shard_mark_32(const struct l2s_shard *s, uint32_t random)
{
    return (uint32_t)l2s_shard_mark_16(s, (uint16_t)(random >> 16)) << 16 | (random & 0xffffu);
}

/* Inner addresses are dealt out by their last byte (of an IPv6 prefix of 64 bits: the byte at its end), in an order in which the
 * smallest of pools has some for everybody: 157 is 256 divided by the golden ratio. */
static inline uint32_t l2s_shard_of_byte(uint8_t last, uint32_t count)
{
    return (uint8_t)(last * 157u) * count >> 8;
}

#endif
