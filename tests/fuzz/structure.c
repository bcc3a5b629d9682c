/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "fuzz/structure.h"

#include "wire/wr.h"

#include <string.h>

enum { ISAKMP_HEADER = 28, PT_SA = 1, PT_PROPOSAL, PT_TRANSFORM };

/* ---- records ---- */

bool record_next(const uint8_t **p, size_t *left, struct record *out)
{
    if (*left < RECORD_HEADER)
        return false;
    const uint8_t *at = *p;
    out->op = at[0];
    out->arg = at[1];
    out->n = (size_t)(at[2] << 8 | at[3]);
    out->body = at + RECORD_HEADER;
    *left -= RECORD_HEADER;
    if (out->n > *left)
        out->n = *left;
    *left -= out->n;
    *p = out->body + out->n;
    return true;
}

size_t record_put(uint8_t *out, size_t at, size_t cap, uint8_t op, uint8_t arg, const void *body, size_t n)
{
    if (n > 0xffff || cap - at < RECORD_HEADER + n)
        return at;
    out[at] = op;
    out[at + 1] = arg;
    l2s_put16(out + at + 2, (uint16_t)n);
    if (n)
        memmove(out + at + RECORD_HEADER, body, n);
    return at + RECORD_HEADER + n;
}

/* ---- where lengths stand ---- */

struct map {
    const uint8_t *p;
    struct span *out;
    size_t n;
};

static size_t get16(const uint8_t *p)
{
    return (size_t)(p[0] << 8 | p[1]);
}

static void add(struct map *m, size_t start, size_t end, size_t length_at, unsigned width, size_t less, size_t named_at)
{
    if (m->n < SPANS_MAX)
        m->out[m->n++] = (struct span){.start = start,
                                       .end = end,
                                       .length_at = length_at,
                                       .width = (uint8_t)width,
                                       .less = (uint8_t)less,
                                       .named_at = named_at};
}

/* Attributes (RFC 2408, 3.3): those whose first bit is clear have a length. */
static void attributes(struct map *m, size_t at, size_t end)
{
    while (end - at >= 4) {
        size_t size = m->p[at] & 0x80 ? 4 : 4 + get16(m->p + at + 2);
        if (size > end - at)
            return;
        if (!(m->p[at] & 0x80))
            add(m, at, at + size, at + 2, 2, 4, 0);
        at += size;
    }
}

/* A chain of payloads, and what is in an SA. No deeper than three levels. */
static void chain(struct map *m, size_t at, size_t end, uint8_t type, size_t named_at)
{
    while (type && end - at >= 4) {
        size_t size = get16(m->p + at + 2);
        if (size < 4 || size > end - at)
            return;
        add(m, at, at + size, at + 2, 2, 0, named_at);
        if (type == PT_SA && size >= 12 && named_at)
            chain(m, at + 12, at + size, PT_PROPOSAL, 0);
        else if (type == PT_PROPOSAL && size >= 8 && !named_at && size >= 8u + m->p[at + 6])
            chain(m, at + 8 + m->p[at + 6], at + size, PT_TRANSFORM, 0);
        else if (type == PT_TRANSFORM && size >= 8 && !named_at)
            attributes(m, at + 8, at + size);
        type = m->p[at];
        if (named_at)
            named_at = at;
        at += size;
    }
}

static void avps(struct map *m, size_t at, size_t end)
{
    while (end - at >= 6) {
        size_t size = get16(m->p + at) & 0x3ff;
        if (size < 6 || size > end - at)
            return;
        add(m, at, at + size, at, 10, 0, 0);
        at += size;
    }
}

static void frame(struct map *m, size_t at, size_t end)
{
    if (end - at >= 2 && m->p[at] == 0xff && m->p[at + 1] == 3)
        at += 2;
    if (end - at < 2)
        return;
    size_t protocol = m->p[at] & 1 ? m->p[at] : get16(m->p + at);
    at += protocol < 0x100 && m->p[at] & 1 ? 1 : 2;
    if (protocol < 0x8000 || end - at < 4)
        return;
    size_t size = get16(m->p + at + 2);
    if (size < 4 || size > end - at)
        return;
    add(m, at, at + size, at + 2, 2, 0, 0);
    bool options = m->p[at] >= 1 && m->p[at] <= 4 && protocol != 0xc223 && protocol != 0xc227;
    for (size_t o = at + 4; options && at + size - o >= 2;) {
        size_t len = protocol == 0xc023 ? (size_t)m->p[o] + 1 : m->p[o + 1];
        if (len < 2 || len > at + size - o)
            return;
        add(m, o, o + len, protocol == 0xc023 ? o : o + 1, 1, protocol == 0xc023 ? 1 : 0, 0);
        o += len;
    }
}

static void l2tp(struct map *m, size_t n)
{
    if (n < 6)
        return;
    size_t flags = get16(m->p), at = 2;
    if (flags & 0x4000) {
        size_t size = get16(m->p + 2);
        if (size >= 4 && size <= n)
            n = size;
        add(m, 0, n, 2, 2, 0, 0);
        at += 2;
    }
    at += 4;
    if (flags & 0x0800)
        at += 4;
    if (flags & 0x0200)
        at += 2; /* an offset of zero is meant */
    if (at > n)
        return;
    if (flags & 0x8000)
        avps(m, at, n);
    else
        frame(m, at, n);
}

/* Off by a little, or any. */
static size_t wrong_length(const struct span *at, const uint8_t *e)
{
    size_t n = at->end - at->start;

    if (e[5] & 1)
        return e[3] & 0x80 ? n - (0x100u - e[3]) : n + e[3];
    return get16(e + 3);
}

size_t structure_spans(enum shape shape, const uint8_t *p, size_t n, struct span out[SPANS_MAX])
{
    struct map m = {.p = p, .out = out};

    switch (shape) {
    case SHAPE_ISAKMP:
        if (n >= ISAKMP_HEADER) {
            add(&m, 0, n, 24, 4, 0, 0);
            chain(&m, ISAKMP_HEADER, n, p[16], 16);
        }
        break;
    case SHAPE_CHAIN:
        if (n >= 4)
            chain(&m, 4, n, p[2], 2);
        break;
    case SHAPE_L2TP:
        l2tp(&m, n);
        break;
    case SHAPE_AVPS:
        avps(&m, 0, n);
        break;
    case SHAPE_PPP:
        frame(&m, 0, n);
        break;
    case SHAPE_BYTES:
    case SHAPE_EDITS:
        break;
    }
    return m.n;
}

/* ---- edits ---- */

static void set_length(uint8_t *p, const struct span *s, size_t bytes)
{
    size_t says = bytes - s->less;

    if (s->width == 1)
        p[s->length_at] = (uint8_t)says;
    else if (s->width == 2)
        l2s_put16(p + s->length_at, (uint16_t)says);
    else if (s->width == 4)
        l2s_put32(p + s->length_at, (uint32_t)says);
    else
        l2s_put16(p + s->length_at, (uint16_t)((get16(p + s->length_at) & 0xfc00) | (says & 0x3ff)));
}

/* Put more bytes in at a place, or take some out; every span around it says so. The place of a length stays. */
static size_t resize(enum shape shape, uint8_t *p, size_t n, size_t cap, size_t at, size_t more, size_t fewer)
{
    struct span s[SPANS_MAX];
    size_t spans = structure_spans(shape, p, n, s);

    if (at > n || more > cap - n || fewer > n - at)
        return n;
    for (size_t i = 0; i < spans; i++)
        if (s[i].length_at + (s[i].width == 10 ? 2u : s[i].width) <= at && s[i].start < at && at < s[i].end &&
            at + fewer <= s[i].end)
            set_length(p, &s[i], s[i].end - s[i].start + more - fewer);
    memmove(p + at + more, p + at + fewer, n - at - fewer);
    if (more)
        memset(p + at, 0, more);
    return n + more - fewer;
}

static size_t drop_span(enum shape shape, uint8_t *p, size_t n, size_t cap, const struct span *s)
{
    if (s->named_at)
        p[s->named_at] = p[s->start];
    return resize(shape, p, n, cap, s->start, 0, s->end - s->start);
}

static size_t double_span(enum shape shape, uint8_t *p, size_t n, size_t cap, const struct span *s)
{
    size_t size = s->end - s->start;

    if (size > cap - n)
        return n;
    size_t grown = resize(shape, p, n, cap, s->start, size, 0);
    memcpy(p + s->start, p + s->start + size, size);
    if (s->named_at)
        p[s->start] = p[s->named_at];
    return grown;
}

enum edit_kind {
    EDIT_SET,
    EDIT_FLIP,
    EDIT_SET16,
    EDIT_GROW,
    EDIT_SHRINK,
    EDIT_DROP,
    EDIT_DOUBLE,
    EDIT_CUT,
    EDIT_TAIL,
    EDIT_LENGTH,
    EDIT_FIELD, /* a byte of a span */
    EDIT_TYPE,  /* what names a span */
    EDIT_KINDS
};

static size_t edit_span(enum shape shape, uint8_t *p, size_t n, size_t cap, const uint8_t *e)
{
    struct span s[SPANS_MAX];
    size_t spans = structure_spans(shape, p, n, s);

    if (!spans)
        return n;
    const struct span *at = &s[get16(e + 1) % spans];
    switch (e[0] % EDIT_KINDS) {
    case EDIT_DROP:
        return drop_span(shape, p, n, cap, at);
    case EDIT_DOUBLE:
        return double_span(shape, p, n, cap, at);
    case EDIT_LENGTH:
        set_length(p, at, wrong_length(at, e));
        return n;
    case EDIT_TYPE:
        p[at->named_at ? at->named_at : at->start] = e[3];
        return n;
    default:
        p[at->start + e[3] % (at->end - at->start)] = e[4];
        return n;
    }
}

static size_t edit(enum shape shape, uint8_t *p, size_t n, size_t cap, const uint8_t *e)
{
    size_t at = n ? get16(e + 1) % n : 0;

    switch (e[0] % EDIT_KINDS) {
    case EDIT_SET:
        if (n)
            p[at] = e[3];
        return n;
    case EDIT_FLIP:
        if (n)
            p[at] ^= (uint8_t)(1u << e[3] % 8);
        return n;
    case EDIT_SET16:
        if (n >= at + 2)
            l2s_put16(p + at, (uint16_t)get16(e + 3));
        return n;
    case EDIT_GROW: {
        size_t grown = resize(shape, p, n, cap, at, (e[5] & 3) == 3 ? e[3] * 8u : e[3] % 32u, 0);
        if (grown > n)
            memset(p + at, e[4], grown - n);
        return grown;
    }
    case EDIT_SHRINK:
        return resize(shape, p, n, cap, at, 0, e[3] % 32u <= n - at ? e[3] % 32u : 0);
    case EDIT_CUT:
        return at;
    case EDIT_TAIL:
        if (e[3] > cap - n)
            return n;
        memset(p + n, e[4], e[3]);
        return n + e[3];
    default:
        return edit_span(shape, p, n, cap, e);
    }
}

size_t structure_edit(enum shape shape, uint8_t *p, size_t n, size_t cap, const uint8_t *edits, size_t edits_len)
{
    if (cap < n)
        cap = n; /* longer than it may become: it may stay so */
    for (; edits_len >= EDIT; edits += EDIT, edits_len -= EDIT)
        n = edit(shape, p, n, cap, edits);
    return n;
}
