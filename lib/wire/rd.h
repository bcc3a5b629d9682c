/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The bounded reader, the only way to look at peer bytes. It latches: after the first bad read it yields zeros and stays
 * bad, so code checks once, at the end. Read in statements, never inside initialisers or arguments: their order is
 * unspecified. */
#ifndef L2S_WIRE_RD_H
#define L2S_WIRE_RD_H

#include "base/expect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct l2s_rd {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static inline struct l2s_rd l2s_rd_init(const void *p, size_t n)
{
    struct l2s_rd r = {.p = p, .left = p ? n : 0, .bad = false};

    return r;
}

/* What was read so far makes no sense: nothing more is. */
static inline void l2s_rd_spoil(struct l2s_rd *r)
{
    r->bad = true;
    r->left = 0;
    r->p = NULL;
}

/* The only place where the pointer moves. */
static inline const uint8_t *l2s_rd_take(struct l2s_rd *r, size_t n)
{
    const uint8_t *at = r->p;

    if (L2S_RARE(n > r->left)) { /* a bad one has nothing left */
        l2s_rd_spoil(r);
        return NULL;
    }
    if (n)
        r->p += n;
    r->left -= n;
    return at;
}

static inline bool l2s_rd_done(const struct l2s_rd *r)
{
    return r->left == 0;
}

static inline uint8_t l2s_rd_u8(struct l2s_rd *r)
{
    const uint8_t *p = l2s_rd_take(r, 1);

    return p ? p[0] : 0;
}

static inline uint16_t l2s_rd_u16(struct l2s_rd *r)
{
    const uint8_t *p = l2s_rd_take(r, 2);

    return (uint16_t)(p ? (p[0] << 8) | p[1] : 0);
}

static inline uint32_t l2s_rd_u32(struct l2s_rd *r)
{
    const uint8_t *p = l2s_rd_take(r, 4);

    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint64_t l2s_rd_u64(struct l2s_rd *r)
{
    uint64_t high = l2s_rd_u32(r);
    uint64_t low = l2s_rd_u32(r);

    return high << 32 | low;
}

static inline void l2s_rd_skip(struct l2s_rd *r, size_t n)
{
    (void)l2s_rd_take(r, n);
}

/* Copy n bytes out; zeros when they are not there. */
static inline void l2s_rd_copy(struct l2s_rd *r, void *out, size_t n)
{
    const uint8_t *p = l2s_rd_take(r, n);

    if (!n)
        return;
    if (p)
        memcpy(out, p, n);
    else
        memset(out, 0, n);
}

/* A reader over the next n bytes, which this one skips; both are bad if they are not there. */
static inline struct l2s_rd l2s_rd_sub(struct l2s_rd *r, size_t n)
{
    const uint8_t *p = l2s_rd_take(r, n);
    struct l2s_rd sub = {.p = p, .left = r->bad ? 0 : n, .bad = r->bad};

    return sub;
}

/* The rest equals these bytes (not for secrets). */
static inline bool l2s_rd_equals(const struct l2s_rd *r, const void *p, size_t n)
{
    return !r->bad && r->left == n && (n == 0 || memcmp(r->p, p, n) == 0);
}

#endif
