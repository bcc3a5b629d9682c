/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* DER through the bounded reader: tags of one byte, definite lengths in their shortest form (X.690, 10.1). What nests is the
 * caller's to walk, so nothing here recurses. */
#ifndef L2S_WIRE_DER_H
#define L2S_WIRE_DER_H

#include "wire/rd.h"

enum {
    L2S_DER_BOOLEAN = 0x01,
    L2S_DER_INTEGER = 0x02,
    L2S_DER_OCTETS = 0x04,
    L2S_DER_OID = 0x06,
    L2S_DER_SEQUENCE = 0x30,
    L2S_DER_SET = 0x31,
};

static inline size_t l2s_der_length(struct l2s_rd *r)
{
    uint8_t first = l2s_rd_u8(r);
    size_t n = 0;

    if (first < 0x80)
        return first;
    uint8_t bytes = first & 0x7f;
    if (bytes == 0 || bytes > 3) { /* indefinite, or more than any packet holds */
        l2s_rd_spoil(r);
        return 0;
    }
    for (uint8_t i = 0; i < bytes; i++)
        n = n << 8 | l2s_rd_u8(r);
    if (n < 0x80 || n >> 8 * (bytes - 1u) == 0)
        l2s_rd_spoil(r);
    return n;
}

/* The next element, whatever it is; both are bad if there is none. */
static inline struct l2s_rd l2s_der_any(struct l2s_rd *r, uint8_t *tag)
{
    *tag = l2s_rd_u8(r);
    size_t n = l2s_der_length(r);
    if ((*tag & 0x1f) == 0x1f)
        l2s_rd_spoil(r);
    return l2s_rd_sub(r, n);
}

/* The body of the next element, which has this tag. */
static inline struct l2s_rd l2s_der_take(struct l2s_rd *r, uint8_t tag)
{
    uint8_t got;
    struct l2s_rd body = l2s_der_any(r, &got);

    if (got != tag) {
        l2s_rd_spoil(&body);
        l2s_rd_spoil(r);
    }
    return body;
}

/* The same element with tag and length in front. */
static inline struct l2s_rd l2s_der_whole(struct l2s_rd *r, uint8_t tag)
{
    struct l2s_rd whole = *r;

    (void)l2s_der_take(r, tag);
    whole.left -= r->left;
    whole.bad = r->bad;
    if (whole.bad)
        whole.left = 0;
    return whole;
}

/* Is this what comes next? */
static inline bool l2s_der_is(const struct l2s_rd *r, uint8_t tag)
{
    return !r->bad && r->left && r->p[0] == tag;
}

#endif
