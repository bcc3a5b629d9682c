/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The bounded writer, the only way to build a packet. It latches like the reader, never passes cap, and lengths are opened
 * and closed, never computed. */
#ifndef L2S_WIRE_WR_H
#define L2S_WIRE_WR_H

#include "base/expect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct l2s_wr {
    uint8_t *p; /* start of the buffer */
    size_t len; /* written so far */
    size_t cap;
    bool bad;
};

static inline struct l2s_wr l2s_wr_init(void *p, size_t cap)
{
    struct l2s_wr w = {.p = p, .len = 0, .cap = p ? cap : 0, .bad = false};

    return w;
}

/* Room for n bytes, to be filled by the caller; NULL and bad when there is none. */
static inline uint8_t *l2s_wr_room(struct l2s_wr *w, size_t n)
{
    if (L2S_RARE(w->bad || n > w->cap - w->len)) {
        w->bad = true;
        return NULL;
    }
    uint8_t *at = w->p + w->len;
    w->len += n;
    return at;
}

static inline void l2s_wr_u8(struct l2s_wr *w, uint8_t v)
{
    uint8_t *p = l2s_wr_room(w, 1);

    if (p)
        p[0] = v;
}

static inline void l2s_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void l2s_put32(uint8_t *p, uint32_t v)
{
    l2s_put16(p, (uint16_t)(v >> 16));
    l2s_put16(p + 2, (uint16_t)v);
}

static inline void l2s_wr_u16(struct l2s_wr *w, uint16_t v)
{
    uint8_t *p = l2s_wr_room(w, 2);

    if (p)
        l2s_put16(p, v);
}

static inline void l2s_wr_u32(struct l2s_wr *w, uint32_t v)
{
    uint8_t *p = l2s_wr_room(w, 4);

    if (p)
        l2s_put32(p, v);
}

static inline void l2s_wr_u64(struct l2s_wr *w, uint64_t v)
{
    l2s_wr_u32(w, (uint32_t)(v >> 32));
    l2s_wr_u32(w, (uint32_t)v);
}

static inline void l2s_wr_bytes(struct l2s_wr *w, const void *src, size_t n)
{
    uint8_t *p = l2s_wr_room(w, n);

    if (p && n)
        memcpy(p, src, n);
}

static inline void l2s_wr_zeros(struct l2s_wr *w, size_t n)
{
    uint8_t *p = l2s_wr_room(w, n);

    if (p && n)
        memset(p, 0, n);
}

/* Leave n bytes for a length known later; returns where. */
static inline size_t l2s_wr_open(struct l2s_wr *w, size_t n)
{
    size_t at = w->len;

    l2s_wr_zeros(w, n);
    return at;
}

/* Fill the two bytes at at with the distance from at to here (the length counts itself), which must fit mask; the other
 * bits are set to flags. */
static inline void l2s_wr_close16(struct l2s_wr *w, size_t at, uint16_t mask, uint16_t flags)
{
    if (w->bad || w->len - at > mask) {
        w->bad = true;
        return;
    }
    l2s_put16(w->p + at, (uint16_t)((w->len - at) | flags));
}

/* The same, counting from start: for lengths that stand behind other fields of their header. */
static inline void l2s_wr_close16_from(struct l2s_wr *w, size_t at, size_t start)
{
    if (w->bad || w->len - start > 0xffff) {
        w->bad = true;
        return;
    }
    l2s_put16(w->p + at, (uint16_t)(w->len - start));
}

static inline void l2s_wr_close32_from(struct l2s_wr *w, size_t at, size_t start)
{
    if (w->bad || w->len - start > 0xffffffffu) {
        w->bad = true;
        return;
    }
    l2s_put32(w->p + at, (uint32_t)(w->len - start));
}

#endif
