/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Signatures as IKEv1 makes them, and the private keys they are made with. */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/mbedtls/backend.h"
#include "wire/rd.h"
#include "wire/wr.h"

#include <mbedtls/asn1.h>
#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>
#include <string.h>

#define EC_BYTES_MAX 66
#define EC_DER_MAX (2 * (EC_BYTES_MAX + 3) + 4)

uint8_t *l2s_mbedtls_text(struct l2s_crypto *c, struct l2s_bytes in, size_t *len)
{
    static const char pem[] = "-----BEGIN ";
    uint8_t *copy = l2s_mem_new(&c->sys->mem, in.n + 1);
    bool text = false;

    if (!copy)
        return NULL;
    if (in.n)
        memcpy(copy, in.p, in.n);
    for (size_t i = 0; !text && i + sizeof pem - 1 <= in.n; i++)
        text = memcmp(copy + i, pem, sizeof pem - 1) == 0;
    *len = in.n + (text ? 1 : 0);
    return copy;
}

static mbedtls_ecp_group_id curve_of(const mbedtls_pk_context *pk)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03060000
    return mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(*pk));
#elif MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_pk_ec(*pk)->MBEDTLS_PRIVATE(grp).id;
#else
    return mbedtls_pk_ec(*pk)->grp.id;
#endif
}

enum l2s_key_kind l2s_mbedtls_pk_kind(const mbedtls_pk_context *pk)
{
    switch (mbedtls_pk_get_type(pk)) {
    case MBEDTLS_PK_RSA:
        return L2S_KEY_RSA;
    case MBEDTLS_PK_ECKEY:
    case MBEDTLS_PK_ECDSA:
        switch (curve_of(pk)) {
        case MBEDTLS_ECP_DP_SECP256R1:
            return L2S_KEY_P256;
        case MBEDTLS_ECP_DP_SECP384R1:
            return L2S_KEY_P384;
        case MBEDTLS_ECP_DP_SECP521R1:
            return L2S_KEY_P521;
        default:
            return L2S_KEY_NONE;
        }
    default:
        return L2S_KEY_NONE;
    }
}

int l2s_mbedtls_pk_parse(struct l2s_crypto *c, mbedtls_pk_context *pk, struct l2s_bytes text)
{
    size_t len = 0;
    uint8_t *copy = l2s_mbedtls_text(c, text, &len);

    if (!copy)
        return L2TPSEC_ENOMEM;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    int rc = mbedtls_pk_parse_key(pk, copy, len, NULL, 0, l2s_mbedtls_random, c);
#else
    int rc = mbedtls_pk_parse_key(pk, copy, len, NULL, 0);
#endif
    l2s_mem_free(&c->sys->mem, copy);
    l2s_wipe_stack();
    if (rc == 0)
        return L2TPSEC_OK;
    rc = l2s_mbedtls_result(rc);
    return rc == L2TPSEC_ENOMEM || rc == L2TPSEC_ERANDOM ? rc : L2TPSEC_EINVAL;
}

bool l2s_mbedtls_pk_fits(struct l2s_crypto *c, const mbedtls_pk_context *pub, const mbedtls_pk_context *key)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_pk_check_pair(pub, key, l2s_mbedtls_random, c) == 0;
#else
    (void)c;
    return mbedtls_pk_check_pair(pub, key) == 0;
#endif
}

/* ---- ECDSA: mbedTLS speaks DER, IKE r | s (RFC 4754, 7) ---- */

static size_t ec_bytes(enum l2s_key_kind kind)
{
    return kind == L2S_KEY_P256 ? 32 : kind == L2S_KEY_P384 ? 48 : kind == L2S_KEY_P521 ? EC_BYTES_MAX : 0;
}

/* mbedTLS wants a name for the hash, though it is given the hash. */
static mbedtls_md_type_t md_of_length(size_t n)
{
    return n == 32 ? MBEDTLS_MD_SHA256 : n == 48 ? MBEDTLS_MD_SHA384 : n == 64 ? MBEDTLS_MD_SHA512 : MBEDTLS_MD_NONE;
}

static size_t der_length(struct l2s_rd *r)
{
    uint8_t first = l2s_rd_u8(r);

    return first == 0x81 ? l2s_rd_u8(r) : first;
}

static bool take_number(struct l2s_rd *der, uint8_t *out, size_t n)
{
    if (l2s_rd_u8(der) != MBEDTLS_ASN1_INTEGER)
        l2s_rd_spoil(der);
    size_t len = der_length(der);
    struct l2s_rd v = l2s_rd_sub(der, len);
    while (v.left > n)
        if (l2s_rd_u8(&v) != 0)
            return false;
    memset(out, 0, n - v.left);
    size_t left = v.left;
    l2s_rd_copy(&v, out + n - left, left);
    return !v.bad && !der->bad;
}

static int plain_of_der(struct l2s_rd der, size_t n, uint8_t *out)
{
    if (l2s_rd_u8(&der) != (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE))
        return L2TPSEC_EINTERNAL;
    (void)der_length(&der);
    return take_number(&der, out, n) && take_number(&der, out + n, n) ? L2TPSEC_OK : L2TPSEC_EINTERNAL;
}

static void put_number(struct l2s_wr *w, const uint8_t *v, size_t n)
{
    while (n > 1 && v[0] == 0) {
        v++;
        n--;
    }
    bool high = (v[0] & 0x80) != 0; /* DER's numbers have a sign */
    l2s_wr_u8(w, MBEDTLS_ASN1_INTEGER);
    l2s_wr_u8(w, (uint8_t)(n + high));
    if (high)
        l2s_wr_u8(w, 0);
    l2s_wr_bytes(w, v, n);
}

static size_t der_of_plain(const uint8_t *sig, size_t n, uint8_t out[EC_DER_MAX])
{
    uint8_t body[EC_DER_MAX];
    struct l2s_wr inner = l2s_wr_init(body, sizeof body), w = l2s_wr_init(out, EC_DER_MAX);

    put_number(&inner, sig, n);
    put_number(&inner, sig + n, n);
    l2s_wr_u8(&w, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    if (inner.len > 127)
        l2s_wr_u8(&w, 0x81);
    l2s_wr_u8(&w, (uint8_t)inner.len);
    l2s_wr_bytes(&w, body, inner.len);
    return inner.bad || w.bad ? 0 : w.len;
}

/* ---- both kinds ---- */

int l2s_mbedtls_pk_sign(struct l2s_crypto *c, mbedtls_pk_context *key, const uint8_t *hash, size_t n,
                        uint8_t sig[L2S_SIGNATURE_MAX], size_t *len)
{
    enum l2s_key_kind kind = l2s_mbedtls_pk_kind(key);
    mbedtls_md_type_t md = kind == L2S_KEY_RSA ? MBEDTLS_MD_NONE : md_of_length(n);
    uint8_t made[L2S_SIGNATURE_MAX];
    size_t made_len = 0;

    _Static_assert(MBEDTLS_PK_SIGNATURE_MAX_SIZE <= sizeof made, "room for any signature");
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    int rc = mbedtls_pk_sign(key, md, hash, n, made, sizeof made, &made_len, l2s_mbedtls_random, c);
#else
    int rc = mbedtls_pk_sign(key, md, hash, n, made, &made_len, l2s_mbedtls_random, c);
#endif
    l2s_wipe_stack(); /* ECDSA's private number, from which mbedTLS makes the random one (RFC 6979) */
    if (rc != 0)
        return l2s_mbedtls_result(rc);
    if (kind == L2S_KEY_RSA) {
        memcpy(sig, made, made_len);
        *len = made_len;
        return L2TPSEC_OK;
    }
    *len = 2 * ec_bytes(kind);
    return plain_of_der(l2s_rd_init(made, made_len), ec_bytes(kind), sig);
}

int l2s_mbedtls_pk_verify(mbedtls_pk_context *pk, const uint8_t *hash, size_t n, const uint8_t *sig, size_t len)
{
    enum l2s_key_kind kind = l2s_mbedtls_pk_kind(pk);
    uint8_t der[EC_DER_MAX];
    int rc;

    if (kind == L2S_KEY_NONE)
        return L2TPSEC_EPROTO;
    if (kind == L2S_KEY_RSA) {
        if (len != mbedtls_pk_get_len(pk))
            return L2TPSEC_EAUTH;
        rc = mbedtls_pk_verify(pk, MBEDTLS_MD_NONE, hash, n, sig, len);
    } else {
        if (len != 2 * ec_bytes(kind))
            return L2TPSEC_EAUTH;
        len = der_of_plain(sig, ec_bytes(kind), der);
        rc = mbedtls_pk_verify(pk, md_of_length(n), hash, n, der, len);
    }
    if (rc == 0)
        return L2TPSEC_OK;
    rc = l2s_mbedtls_result(rc);
    return rc == L2TPSEC_ENOMEM ? rc : L2TPSEC_EAUTH;
}
