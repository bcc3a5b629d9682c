/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* ECP groups (RFC 5903) and Curve25519 (RFC 8031). */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/mbedtls/backend.h"

#include <mbedtls/ecp.h>

#include <string.h>

#if defined(MBEDTLS_ECP_C)

/* A curve's order is so near the power of two above it that even one refused draw is beyond belief; a generator which
 * is refused that often is broken. */
#define DRAWS 8

#define POINT_MAX (1 + 2 * L2S_MBEDTLS_DH_PRIVATE_MAX) /* 0x04, X, Y */

static mbedtls_ecp_group_id curve_of(enum l2s_group_id id)
{
    switch (id) {
    case L2S_ECP256:
        return MBEDTLS_ECP_DP_SECP256R1;
    case L2S_ECP384:
        return MBEDTLS_ECP_DP_SECP384R1;
    case L2S_ECP521:
        return MBEDTLS_ECP_DP_SECP521R1;
    case L2S_X25519:
        return MBEDTLS_ECP_DP_CURVE25519;
    default:
        return MBEDTLS_ECP_DP_NONE;
    }
}

static bool has(enum l2s_group_id id)
{
    return mbedtls_ecp_curve_info_from_grp_id(curve_of(id)) != NULL;
}

static int load(enum l2s_group_id id, mbedtls_ecp_group *grp)
{
    return l2s_mbedtls_result(mbedtls_ecp_group_load(grp, curve_of(id)));
}

static int read_private(const struct l2s_dh *dh, mbedtls_mpi *d)
{
    size_t n = l2s_group_secret_len(dh->id);

    return l2s_mbedtls_result(dh->id == L2S_X25519 ? mbedtls_mpi_read_binary_le(d, dh->private_key, n)
                                                   : mbedtls_mpi_read_binary(d, dh->private_key, n));
}

/* Cut to what the curve takes: RFC 7748, 5 for X25519; the bits of the order for the others. */
static void trim(struct l2s_dh *dh)
{
    if (dh->id == L2S_X25519) {
        dh->private_key[0] &= 0xf8;
        dh->private_key[31] = (uint8_t)((dh->private_key[31] & 0x7f) | 0x40);
    } else if (dh->id == L2S_ECP521) {
        dh->private_key[0] &= 0x01;
    }
}

static int draw_once(struct l2s_dh *dh, const mbedtls_ecp_group *grp, bool *good)
{
    mbedtls_mpi d;

    if (l2s_random(dh->c->sys, dh->private_key, l2s_group_secret_len(dh->id)) != 0)
        return L2TPSEC_ERANDOM;
    trim(dh);
    mbedtls_mpi_init(&d);
    int rc = read_private(dh, &d);
    if (rc == L2TPSEC_OK)
        *good = mbedtls_ecp_check_privkey(grp, &d) == 0;
    mbedtls_mpi_free(&d);
    return rc;
}

/* Drawn here and not by mbedTLS, so that 0 < d < order is all that stands between the random bytes and the key. */
static int draw(struct l2s_dh *dh)
{
    mbedtls_ecp_group grp;
    bool good = false;

    mbedtls_ecp_group_init(&grp);
    int rc = load(dh->id, &grp);
    for (int i = 0; rc == L2TPSEC_OK && !good && i < DRAWS; i++)
        rc = draw_once(dh, &grp, &good);
    mbedtls_ecp_group_free(&grp);
    return rc == L2TPSEC_OK && !good ? L2TPSEC_ERANDOM : rc;
}

/* On the wire X and Y stand alone (RFC 5903, 7), as mbedTLS has them behind a 0x04; Curve25519 has its X only, least
 * significant byte first (RFC 8031, 3.1), in both. */
static int read_peer(const struct l2s_dh *dh, const mbedtls_ecp_group *grp, const uint8_t *peer, mbedtls_ecp_point *q)
{
    size_t n = l2s_group_len(dh->id);
    uint8_t point[POINT_MAX] = {0x04};
    int rc;

    if (dh->id == L2S_X25519) {
        rc = mbedtls_ecp_point_read_binary(grp, q, peer, n);
    } else {
        memcpy(point + 1, peer, n);
        rc = mbedtls_ecp_point_read_binary(grp, q, point, n + 1);
    }
    if (rc == 0)
        rc = mbedtls_ecp_check_pubkey(grp, q);
    if (rc == MBEDTLS_ERR_ECP_INVALID_KEY || rc == MBEDTLS_ERR_ECP_BAD_INPUT_DATA)
        return L2TPSEC_EPROTO;
    return l2s_mbedtls_result(rc);
}

/* d times a point: everything of the product in point, X first. */
static int multiply(const struct l2s_dh *dh, mbedtls_ecp_group *grp, const mbedtls_ecp_point *q,
                    uint8_t point[POINT_MAX])
{
    mbedtls_ecp_point z;
    mbedtls_mpi d;
    size_t len = 0;

    mbedtls_ecp_point_init(&z);
    mbedtls_mpi_init(&d);
    int rc = read_private(dh, &d);
    if (rc == L2TPSEC_OK)
        rc = l2s_mbedtls_result(mbedtls_ecp_mul(grp, &z, &d, q, l2s_mbedtls_random, dh->c));
    if (rc == L2TPSEC_OK)
        rc = l2s_mbedtls_result(
            mbedtls_ecp_point_write_binary(grp, &z, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, point, POINT_MAX));
    mbedtls_ecp_point_free(&z);
    mbedtls_mpi_free(&d);
    if (rc == L2TPSEC_OK && dh->id != L2S_X25519)
        memmove(point, point + 1, len - 1);
    return rc;
}

static int compute(const struct l2s_dh *dh, const uint8_t *peer, uint8_t *out)
{
    static const uint8_t zero[32];
    uint8_t point[POINT_MAX];
    mbedtls_ecp_group grp;
    mbedtls_ecp_point q;

    mbedtls_ecp_group_init(&grp);
    mbedtls_ecp_point_init(&q);
    int rc = load(dh->id, &grp);
    if (rc == L2TPSEC_OK && peer)
        rc = read_peer(dh, &grp, peer, &q);
    if (rc == L2TPSEC_OK)
        rc = multiply(dh, &grp, peer ? &q : &grp.G, point); /* G is among the fields which 3.x left public */
    if (rc == L2TPSEC_OK && dh->id == L2S_X25519 && l2s_ct_equal(point, zero, sizeof zero))
        rc = L2TPSEC_EPROTO; /* RFC 7748, 6.1: a peer of small order */
    if (rc == L2TPSEC_OK)
        memcpy(out, point, peer ? l2s_group_secret_len(dh->id) : l2s_group_len(dh->id));
    mbedtls_ecp_group_free(&grp);
    mbedtls_ecp_point_free(&q);
    l2s_wipe(point, sizeof point);
    return rc;
}

const struct l2s_mbedtls_dh_kind l2s_mbedtls_ec = {.has = has, .draw = draw, .compute = compute};

#else

static bool has(enum l2s_group_id id)
{
    (void)id;
    return false;
}

const struct l2s_mbedtls_dh_kind l2s_mbedtls_ec = {.has = has};

#endif
