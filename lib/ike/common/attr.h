/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Data attributes (RFC 2408, 3.3): two bytes of value in place (basic, TV) or a length and that many bytes (variable,
 * TLV). */
#ifndef L2S_IKE_COMMON_ATTR_H
#define L2S_IKE_COMMON_ATTR_H

#include "wire/rd.h"
#include "wire/wr.h"

#include <stdbool.h>
#include <stdint.h>

struct l2s_attr {
    uint16_t type;      /* without the format bit */
    bool basic;         /* TV */
    bool wide;          /* a variable value above 64 bits: value is UINT64_MAX */
    uint64_t value;     /* as a number, in however many bytes it came (lifetimes: 2, 4 or any other number) */
    struct l2s_rd data; /* the value's bytes: two, or the variable ones */
};

/* 1: *out is an attribute; 0: clean end; L2TPSEC_EPROTO: its value is not there. */
int l2s_attr_next(struct l2s_rd *list, struct l2s_attr *out);

void l2s_attr_put(struct l2s_wr *w, uint16_t type, uint16_t value);   /* basic */
void l2s_attr_put32(struct l2s_wr *w, uint16_t type, uint32_t value); /* variable, four bytes */
/* Basic when it fits, else variable: for attributes that may be either (RFC 2407, 4.5, life duration). */
void l2s_attr_put_number(struct l2s_wr *w, uint16_t type, uint32_t value);

#endif
