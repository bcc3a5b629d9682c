/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The MODP groups of RFC 2409 and RFC 3526: primes and exponent sizes, for back ends that do the arithmetic. */
#ifndef L2S_CRYPTO_MODP_H
#define L2S_CRYPTO_MODP_H

#include "crypto/provider.h"

#define L2S_MODP_EXPONENT_MAX 50
#define L2S_MODP_GENERATOR 2 /* of the subgroup of order (p - 1) / 2: these primes are 7 modulo 8 */

struct l2s_modp {
    uint16_t len;          /* bytes of the prime */
    uint16_t exponent_len; /* bytes of a private exponent */
    uint32_t c;            /* see l2s_modp_prime */
};

/* NULL: not a MODP group, or switched off. */
const struct l2s_modp *l2s_modp_find(enum l2s_group_id id);

/* The prime, g->len bytes, most significant first. */
void l2s_modp_prime(const struct l2s_modp *g, uint8_t *out);

#endif
