/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "crypto/mbedtls/backend.h"
#include "crypto/modp.h"

#include <mbedtls/bignum.h>

static bool has(enum l2s_group_id id)
{
    const struct l2s_modp *g = l2s_modp_find(id);

    return g && g->len <= MBEDTLS_MPI_MAX_SIZE;
}

/* The topmost bit is set: the exponent, and with it the time an exponentiation takes, is always of the same length. */
static int draw(struct l2s_dh *dh)
{
    if (l2s_random(dh->c->sys, dh->private_key, l2s_modp_find(dh->id)->exponent_len) != 0)
        return L2TPSEC_ERANDOM;
    dh->private_key[0] |= 0x80;
    return L2TPSEC_OK;
}

static int read_prime(const struct l2s_modp *g, mbedtls_mpi *p)
{
    uint8_t prime[L2S_DH_MAX];

    l2s_modp_prime(g, prime);
    return l2s_mbedtls_result(mbedtls_mpi_read_binary(p, prime, g->len));
}

/* 1 < y < p - 1 (RFC 6989, 2.1): these primes are safe ones, there is no other small subgroup. */
static int read_peer(const struct l2s_modp *g, const uint8_t *peer, const mbedtls_mpi *p, mbedtls_mpi *y)
{
    mbedtls_mpi top;

    mbedtls_mpi_init(&top);
    int rc = mbedtls_mpi_read_binary(y, peer, g->len);
    if (rc == 0)
        rc = mbedtls_mpi_sub_int(&top, p, 1);
    rc = l2s_mbedtls_result(rc);
    if (rc == L2TPSEC_OK && (mbedtls_mpi_cmp_int(y, 1) <= 0 || mbedtls_mpi_cmp_mpi(y, &top) >= 0))
        rc = L2TPSEC_EPROTO;
    mbedtls_mpi_free(&top);
    return rc;
}

static int power(const struct l2s_dh *dh, const struct l2s_modp *g, const mbedtls_mpi *base, const mbedtls_mpi *p,
                 uint8_t *out)
{
    mbedtls_mpi x, z;

    mbedtls_mpi_init(&x);
    mbedtls_mpi_init(&z);
    int rc = mbedtls_mpi_read_binary(&x, dh->private_key, g->exponent_len);
    if (rc == 0)
        rc = mbedtls_mpi_exp_mod(&z, base, &x, p, NULL);
    if (rc == 0 && mbedtls_mpi_cmp_int(&z, 0) == 0)
        rc = MBEDTLS_ERR_MPI_ALLOC_FAILED; /* 2.28 forgets to check its last copy: 0 is no power, and must be no secret
                                            */
    if (rc == 0)
        rc = mbedtls_mpi_write_binary(&z, out, g->len);
    mbedtls_mpi_free(&x);
    mbedtls_mpi_free(&z);
    return l2s_mbedtls_result(rc);
}

static int compute(const struct l2s_dh *dh, const uint8_t *peer, uint8_t *out)
{
    const struct l2s_modp *g = l2s_modp_find(dh->id);
    mbedtls_mpi p, base;

    mbedtls_mpi_init(&p);
    mbedtls_mpi_init(&base);
    int rc = read_prime(g, &p);
    if (rc == L2TPSEC_OK)
        rc = peer ? read_peer(g, peer, &p, &base) : l2s_mbedtls_result(mbedtls_mpi_lset(&base, L2S_MODP_GENERATOR));
    if (rc == L2TPSEC_OK)
        rc = power(dh, g, &base, &p, out);
    mbedtls_mpi_free(&p);
    mbedtls_mpi_free(&base);
    return rc;
}

const struct l2s_mbedtls_dh_kind l2s_mbedtls_modp = {.has = has, .draw = draw, .compute = compute};
