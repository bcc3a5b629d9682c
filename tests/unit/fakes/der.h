/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* DER made by hand, from the inside out: what no tool would write. */
#ifndef TESTS_DER_H
#define TESTS_DER_H

#include "unit/fakes/fakes.h"

#include <string.h>

struct der {
    uint8_t p[1200];
    size_t n;
};

/* An element; its length in the shortest form. */
static inline struct der der_of(uint8_t tag, const void *p, size_t n)
{
    struct der d = {.p = {tag}, .n = 1};

    assert_true(n + 4 <= sizeof d.p);
    if (n > 0x7f)
        d.p[d.n++] = n > 0xff ? 0x82 : 0x81;
    if (n > 0xff)
        d.p[d.n++] = (uint8_t)(n >> 8);
    d.p[d.n++] = (uint8_t)n;
    if (n)
        memcpy(d.p + d.n, p, n);
    d.n += n;
    return d;
}

static inline struct der der_text(uint8_t tag, const char *text)
{
    return der_of(tag, text, strlen(text));
}

/* One behind the other. */
static inline void der_add(struct der *to, struct der d)
{
    assert_true(to->n + d.n <= sizeof to->p);
    memcpy(to->p + to->n, d.p, d.n);
    to->n += d.n;
}

static inline struct der der_wrap(uint8_t tag, const struct der *inside)
{
    return der_of(tag, inside->p, inside->n);
}

static inline struct l2s_rd der_read(const struct der *d)
{
    return fake_rd_exact(d->p, d->n);
}

/* { OID, string }, as in a name. */
static inline struct der der_attribute(const char *oid, uint8_t tag, const char *value)
{
    uint8_t bytes[16];
    struct der one = der_of(0x06, bytes, fake_hex(oid, bytes, sizeof bytes));

    der_add(&one, der_text(tag, value));
    return der_wrap(0x30, &one);
}

/* A name of one RDN of one attribute. */
static inline struct der der_name(const char *oid, uint8_t tag, const char *value)
{
    struct der one = der_attribute(oid, tag, value);
    struct der set = der_wrap(0x31, &one);

    return der_wrap(0x30, &set);
}

#define DER_CN "550403"
#define DER_OU "55040b"

#endif
