/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the stateful fuzz targets' inputs are made of, and how messages are changed without breaking what holds them together: the
 * lengths around a change, and the types that lead from one payload to the next, are put right again. */
#ifndef TESTS_FUZZ_STRUCTURE_H
#define TESTS_FUZZ_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the input: a few bytes of setup, then records ---- */

#define RECORD_HEADER 4u /* operation, argument, length of the body */

struct record {
    uint8_t op, arg;
    const uint8_t *body;
    size_t n;
};

/* The next one, moved past; a body that is not all there is cut. False: there is none. */
bool record_next(const uint8_t **p, size_t *left, struct record *out);
/* Behind at bytes of out; the new length, or at if there is no room. */
size_t record_put(uint8_t *out, size_t at, size_t cap, uint8_t op, uint8_t arg, const void *body, size_t n);

/* ---- messages ---- */

enum shape {
    SHAPE_BYTES,
    SHAPE_EDITS,  /* a list of edits, as below */
    SHAPE_ISAKMP, /* a message with its header, not encrypted */
    SHAPE_CHAIN,  /* exchange, flags, first payload's type, choices; then payloads */
    SHAPE_L2TP,   /* a control or data message */
    SHAPE_AVPS,   /* what stands behind a control header */
    SHAPE_PPP     /* a frame */
};

/* Part of a message that says how long it is. */
struct span {
    size_t start, end;
    size_t length_at; /* where it says so */
    uint8_t width;    /* 1, 2 or 4 bytes; 10: the lower bits of two */
    uint8_t less;     /* how much less than the span's bytes it says */
    size_t named_at;  /* 0, or where its type stands; its first byte is the next one's then */
};

#define SPANS_MAX 96

size_t structure_spans(enum shape shape, const uint8_t *p, size_t n, struct span out[SPANS_MAX]);

/* Apply a list of edits; the new length. */
#define EDIT 6u /* bytes of one: what, where (two bytes), three values */
size_t structure_edit(enum shape shape, uint8_t *p, size_t n, size_t cap, const uint8_t *edits, size_t edits_len);

/* ---- the mutator ---- */

struct grammar {
    size_t setup; /* bytes in front of the records */
    size_t ops;
    const uint8_t *shape; /* of each operation's body: enum shape */
};

size_t structure_mutate(const struct grammar *g, uint8_t *data, size_t size, size_t cap, unsigned seed);

uint64_t structure_chance(uint64_t *seed);

#endif
