/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Chains of certificates. mbedTLS builds and proves the path; what it would ask the machine's clock is asked of the terms, and
 * names are not its business: versions differ in what they make of them. */
#include "base/errors.h"
#include "crypto/mbedtls/judge.h"

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/rsa.h>
#include <string.h>

#if MBEDTLS_VERSION_NUMBER < 0x03000000 &&                                                                             \
    (!defined(MBEDTLS_X509_CHECK_KEY_USAGE) || !defined(MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE))
#error "an mbedTLS that overlooks key usage: build with -Dcertificates=false"
#endif

#define RSA_BITS 2048u
#define RSA_BITS_WEAK 1024u
#define RSA_BITS_MOST 4096u /* of certificates a peer sends: what they cost us is bounded */
#define EXPONENT_BITS_MOST 64u
#define EXPONENT_BITS 17u /* 65537 */

static int parsed(int rc)
{
    if (rc == 0)
        return L2TPSEC_OK;
    return rc == MBEDTLS_ERR_X509_ALLOC_FAILED ? L2TPSEC_ENOMEM : L2TPSEC_EINVAL;
}

static int parse_certs(struct l2s_crypto *c, mbedtls_x509_crt *out, struct l2s_bytes in)
{
    size_t len = 0;
    uint8_t *copy = l2s_mbedtls_text(c, in, &len);

    if (!copy)
        return L2TPSEC_ENOMEM;
    int rc = parsed(mbedtls_x509_crt_parse(out, copy, len));
    l2s_mem_free(&c->sys->mem, copy);
    return rc;
}

/* ---- what is ours ----------------------------------------------------------------------------------------------- */

static int load(struct l2s_own *own, struct l2s_bytes certs, struct l2s_bytes key)
{
    int rc = parse_certs(own->c, &own->chain, certs);

    if (rc != L2TPSEC_OK)
        return rc;
    if (l2s_mbedtls_pk_kind(&own->chain.pk) == L2S_KEY_NONE)
        return L2TPSEC_EUNSUP;
    if (key.n == 0)
        return L2TPSEC_OK;
    rc = l2s_mbedtls_pk_parse(own->c, &own->key, key);
    if (rc != L2TPSEC_OK)
        return rc;
    own->has_key = true;
    return l2s_mbedtls_pk_fits(own->c, &own->chain.pk, &own->key) ? L2TPSEC_OK : L2TPSEC_EAUTH;
}

int l2s_mbedtls_own_new(struct l2s_crypto *c, struct l2s_bytes certs, struct l2s_bytes key, struct l2s_own **out)
{
    struct l2s_own *own = l2s_mem_new(&c->sys->mem, sizeof *own);

    if (!own)
        return L2TPSEC_ENOMEM;
    own->c = c;
    mbedtls_x509_crt_init(&own->chain);
    mbedtls_pk_init(&own->key);
    int rc = load(own, certs, key);
    if (rc != L2TPSEC_OK) {
        l2s_mbedtls_own_free(own);
        return rc;
    }
    *out = own;
    return L2TPSEC_OK;
}

void l2s_mbedtls_own_free(struct l2s_own *own)
{
    if (!own)
        return;
    mbedtls_x509_crt_free(&own->chain);
    mbedtls_pk_free(&own->key);
    l2s_mem_free(&own->c->sys->mem, own);
}

enum l2s_key_kind l2s_mbedtls_own_kind(const struct l2s_own *own)
{
    return l2s_mbedtls_pk_kind(&own->chain.pk);
}

bool l2s_mbedtls_own_has_key(const struct l2s_own *own)
{
    return own->has_key;
}

struct l2s_bytes l2s_mbedtls_own_cert(const struct l2s_own *own, size_t n)
{
    const mbedtls_x509_crt *crt = &own->chain;

    while (crt && n--)
        crt = crt->next;
    struct l2s_bytes der = {.p = crt ? crt->raw.p : NULL, .n = crt ? crt->raw.len : 0};
    return der;
}

int l2s_mbedtls_sign(struct l2s_own *own, const uint8_t *hash, size_t n, uint8_t sig[L2S_SIGNATURE_MAX], size_t *len)
{
    return own->has_key ? l2s_mbedtls_pk_sign(own->c, &own->key, hash, n, sig, len) : L2TPSEC_ENOENT;
}

/* ---- whom we believe -------------------------------------------------------------------------------------------- */

static int parse_crls(struct l2s_crypto *c, mbedtls_x509_crl *out, struct l2s_bytes in)
{
    size_t len = 0;
    uint8_t *copy = l2s_mbedtls_text(c, in, &len);

    if (!copy)
        return L2TPSEC_ENOMEM;
    int rc = parsed(mbedtls_x509_crl_parse(out, copy, len));
    l2s_mem_free(&c->sys->mem, copy);
    return rc;
}

int l2s_mbedtls_trust_new(struct l2s_crypto *c, struct l2s_bytes cas, struct l2s_bytes crls, struct l2s_trust **out)
{
    struct l2s_trust *trust = l2s_mem_new(&c->sys->mem, sizeof *trust);

    if (!trust)
        return L2TPSEC_ENOMEM;
    trust->c = c;
    mbedtls_x509_crt_init(&trust->cas);
    mbedtls_x509_crl_init(&trust->crls);
    int rc = parse_certs(c, &trust->cas, cas);
    if (rc == L2TPSEC_OK && crls.n) {
        rc = parse_crls(c, &trust->crls, crls);
        trust->has_crl = true;
    }
    if (rc != L2TPSEC_OK) {
        l2s_mbedtls_trust_free(trust);
        return rc;
    }
    *out = trust;
    return L2TPSEC_OK;
}

void l2s_mbedtls_trust_free(struct l2s_trust *trust)
{
    if (!trust)
        return;
    mbedtls_x509_crt_free(&trust->cas);
    mbedtls_x509_crl_free(&trust->crls);
    l2s_mem_free(&trust->c->sys->mem, trust);
}

struct l2s_bytes l2s_mbedtls_trust_name(const struct l2s_trust *trust, size_t n)
{
    const mbedtls_x509_crt *crt = &trust->cas;

    while (crt && n--)
        crt = crt->next;
    struct l2s_bytes der = {.p = crt ? crt->subject_raw.p : NULL, .n = crt ? crt->subject_raw.len : 0};
    return der;
}

/* ---- what the peer shows ---------------------------------------------------------------------------------------- */

static int parse_one(mbedtls_x509_crt *out, struct l2s_bytes der)
{
    return parsed(mbedtls_x509_crt_parse_der(out, der.p, der.n));
}

enum l2s_key_kind l2s_mbedtls_cert_kind(struct l2s_crypto *c, struct l2s_bytes cert)
{
    mbedtls_x509_crt crt;

    (void)c;
    mbedtls_x509_crt_init(&crt);
    enum l2s_key_kind kind = parse_one(&crt, cert) == L2TPSEC_OK ? l2s_mbedtls_pk_kind(&crt.pk) : L2S_KEY_NONE;
    mbedtls_x509_crt_free(&crt);
    return kind;
}

/* Bits of the public exponent; 0: too large to care. */
static size_t exponent_bits(const mbedtls_pk_context *pk)
{
    size_t bits = 0;
    mbedtls_mpi e;

    mbedtls_mpi_init(&e);
    if (mbedtls_rsa_export(mbedtls_pk_rsa(*pk), NULL, NULL, NULL, NULL, &e) == 0)
        bits = mbedtls_mpi_bitlen(&e);
    mbedtls_mpi_free(&e);
    return bits > EXPONENT_BITS_MOST ? 0 : bits;
}

enum l2s_cert_fault l2s_mbedtls_judge_key(const mbedtls_pk_context *pk, bool weak)
{
    enum l2s_key_kind kind = l2s_mbedtls_pk_kind(pk);
    size_t bits = mbedtls_pk_get_bitlen(pk);

    if (kind != L2S_KEY_RSA)
        return kind == L2S_KEY_NONE ? L2S_CERT_ODD_KEY : L2S_CERT_GOOD;
    if (bits < (weak ? RSA_BITS_WEAK : RSA_BITS))
        return L2S_CERT_SHORT_KEY;
    return bits > RSA_BITS_MOST || exponent_bits(pk) < EXPONENT_BITS ? L2S_CERT_ODD_KEY : L2S_CERT_GOOD;
}

bool l2s_mbedtls_key_is_dear(const mbedtls_pk_context *pk)
{
    return l2s_mbedtls_pk_kind(pk) == L2S_KEY_RSA &&
           (mbedtls_pk_get_bitlen(pk) > 2 * RSA_BITS_MOST || exponent_bits(pk) == 0);
}

int l2s_mbedtls_cert_verify(struct l2s_crypto *c, struct l2s_bytes cert, const uint8_t *hash, size_t n,
                            const uint8_t *sig, size_t len)
{
    mbedtls_x509_crt crt;

    (void)c;
    mbedtls_x509_crt_init(&crt);
    int rc = parse_one(&crt, cert);
    if (rc == L2TPSEC_EINVAL || (rc == L2TPSEC_OK && l2s_mbedtls_judge_key(&crt.pk, true) != L2S_CERT_GOOD))
        rc = L2TPSEC_EPROTO;
    if (rc == L2TPSEC_OK)
        rc = l2s_mbedtls_pk_verify(&crt.pk, hash, n, sig, len);
    mbedtls_x509_crt_free(&crt);
    return rc;
}

/* Days since 1970 of a date of the Gregorian calendar, years beginning in March. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int64_t seconds_of(const mbedtls_x509_time *t)
{
    return days_of(t->year, t->mon, t->day) * 86400 + t->hour * 3600 + t->min * 60 + t->sec;
}

static void find_fault(struct l2s_mbedtls_inquiry *q, enum l2s_cert_fault fault, int64_t when, int depth)
{
    if (q->out->fault != L2S_CERT_GOOD)
        return;
    q->out->fault = fault;
    q->out->when = when;
    q->out->issuer = depth > 0;
}

static bool same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* A list that is out of date still revokes; whether it is good enough otherwise is for the terms to say. */
static void judge_lists(struct l2s_mbedtls_inquiry *q, const mbedtls_x509_crt *crt, int depth)
{
    enum l2s_cert_fault fault = L2S_CERT_NO_CRL;
    int64_t since = 0;

    if (!q->terms->crl_required || same(&crt->subject_raw, &crt->issuer_raw))
        return;
    for (const mbedtls_x509_crl *l = q->trust->has_crl ? &q->trust->crls : NULL; l; l = l->next) {
        if (!same(&l->issuer_raw, &crt->issuer_raw))
            continue;
        if (l->next_update.year == 0 || seconds_of(&l->next_update) >= q->terms->now)
            return;
        fault = L2S_CERT_CRL_EXPIRED;
        since = seconds_of(&l->next_update);
    }
    find_fault(q, fault, since, depth);
}

/* RFC 4945, 5.1.3.12, and what else is found in the certificates of VPN gateways and users: one of these, if there is the
 * extension at all. A user's certificate does not make a server. */
static bool purpose_fits(const mbedtls_x509_crt *crt, const struct l2s_cert_terms *terms)
{
    static const struct {
        const char *oid;
        size_t n;
        bool user;
    } purposes[] = {
        {MBEDTLS_OID_SERVER_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH), false},
        {MBEDTLS_OID_CLIENT_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH), true},
        {"\x2b\x06\x01\x05\x05\x07\x03\x11", 8, false}, /* ipsecIKE */
        {"\x2b\x06\x01\x05\x05\x07\x03\x05", 8, false}, /* ipsecEndSystem */
        {"\x2b\x06\x01\x05\x05\x07\x03\x06", 8, false}, /* ipsecTunnel */
        {"\x2b\x06\x01\x05\x05\x07\x03\x07", 8, true},  /* ipsecUser */
        {"\x2b\x06\x01\x05\x05\x08\x02\x02", 8, false}, /* iKEIntermediate */
    };

    if (terms->tls) /* RFC 5216, 5.3 */
        return mbedtls_x509_crt_check_extended_key_usage(crt, purposes[!terms->server].oid,
                                                         purposes[!terms->server].n) == 0;
    for (size_t i = 0; i < L2S_COUNT_OF(purposes); i++)
        if (!(terms->server && purposes[i].user) &&
            mbedtls_x509_crt_check_extended_key_usage(crt, purposes[i].oid, purposes[i].n) == 0)
            return true;
    return false;
}

/* RFC 4945, 5.1.3.2: either will do. */
static bool may_sign(const mbedtls_x509_crt *crt)
{
    return mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0 ||
           mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_NON_REPUDIATION) == 0;
}

/* mbedTLS's complaints about its own clock are not listened to. */
#define CLOCK_FLAGS                                                                                                    \
    (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE | MBEDTLS_X509_BADCRL_EXPIRED |                        \
     MBEDTLS_X509_BADCRL_FUTURE)

int l2s_mbedtls_judge_one(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    static const struct {
        uint32_t flags;
        enum l2s_cert_fault fault;
    } faults[] = {
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED, L2S_CERT_UNTRUSTED},
        {MBEDTLS_X509_BADCERT_REVOKED, L2S_CERT_REVOKED},
        {MBEDTLS_X509_BADCRL_NOT_TRUSTED | MBEDTLS_X509_BADCRL_BAD_MD | MBEDTLS_X509_BADCRL_BAD_PK |
             MBEDTLS_X509_BADCRL_BAD_KEY,
         L2S_CERT_CRL_FORGED},
        {MBEDTLS_X509_BADCERT_BAD_MD, L2S_CERT_WEAK_HASH},
        {MBEDTLS_X509_BADCERT_BAD_KEY, L2S_CERT_SHORT_KEY},
        {MBEDTLS_X509_BADCERT_BAD_PK, L2S_CERT_ODD_KEY},
    };
    struct l2s_mbedtls_inquiry *q = user;
    int64_t now = q->terms->now, from = seconds_of(&crt->valid_from), to = seconds_of(&crt->valid_to);

    *flags &= ~(uint32_t)CLOCK_FLAGS;
    for (size_t i = 0; i < L2S_COUNT_OF(faults); i++)
        if (*flags & faults[i].flags)
            find_fault(q, faults[i].fault, 0, depth);
    if (q->out->fault == L2S_CERT_SHORT_KEY && !q->out->bits)
        q->out->bits = (unsigned)mbedtls_pk_get_bitlen(&crt->pk);
    if (now > to)
        find_fault(q, L2S_CERT_EXPIRED, to, depth);
    if (now < from)
        find_fault(q, L2S_CERT_NOT_YET, from, depth);
    judge_lists(q, crt, depth);
    if (depth > 0)
        return 0;
    if (!may_sign(crt))
        find_fault(q, L2S_CERT_USAGE, 0, 0);
    if (!purpose_fits(crt, q->terms))
        find_fault(q, L2S_CERT_PURPOSE, 0, 0);
    return 0;
}

mbedtls_x509_crt_profile l2s_mbedtls_profile(const struct l2s_cert_terms *terms)
{
    const mbedtls_x509_crt_profile profile = {
        .allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                       MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512) |
                       (terms->weak ? MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA1) : 0),
        .allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS) |
                       MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
        .allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
                          MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
                          MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
        .rsa_min_bitlen = terms->weak ? RSA_BITS_WEAK : RSA_BITS,
    };

    return profile;
}

static void judge_path(struct l2s_mbedtls_inquiry *q, mbedtls_x509_crt *leaf)
{
    const mbedtls_x509_crt_profile profile = l2s_mbedtls_profile(q->terms);
    struct l2s_trust *trust = (struct l2s_trust *)q->trust;
    uint32_t flags = 0;
    int rc = mbedtls_x509_crt_verify_with_profile(leaf, &trust->cas, trust->has_crl ? &trust->crls : NULL, &profile,
                                                  NULL, &flags, l2s_mbedtls_judge_one, q);

    if (rc != 0)
        find_fault(q, L2S_CERT_UNTRUSTED, 0, 0);
}

int l2s_mbedtls_cert_judge(struct l2s_crypto *c, const struct l2s_bytes *chain, size_t n, struct l2s_trust *trust,
                           const struct l2s_cert_terms *terms, struct l2s_cert_verdict *out)
{
    struct l2s_mbedtls_inquiry q = {.terms = terms, .trust = trust, .out = out};
    mbedtls_x509_crt crt;

    (void)c;
    memset(out, 0, sizeof *out);
    mbedtls_x509_crt_init(&crt);
    int rc = n ? parse_one(&crt, chain[0]) : L2TPSEC_EINVAL;
    if (rc == L2TPSEC_EINVAL)
        out->fault = L2S_CERT_UNREADABLE;
    if (rc == L2TPSEC_OK) {
        out->fault = l2s_mbedtls_judge_key(&crt.pk, terms->weak);
        out->bits = out->fault ? (unsigned)mbedtls_pk_get_bitlen(&crt.pk) : 0;
    }
    for (size_t i = 1; rc == L2TPSEC_OK && i < n && i < L2S_CHAIN_MAX; i++) {
        mbedtls_x509_crt more;
        mbedtls_x509_crt_init(&more);
        bool fit =
            parse_one(&more, chain[i]) == L2TPSEC_OK && l2s_mbedtls_judge_key(&more.pk, terms->weak) == L2S_CERT_GOOD;
        mbedtls_x509_crt_free(&more);
        if (fit) /* what is not is of no use, and no harm */
            rc = parse_one(&crt, chain[i]);
    }
    if (rc == L2TPSEC_OK && out->fault == L2S_CERT_GOOD)
        judge_path(&q, &crt);
    mbedtls_x509_crt_free(&crt);
    return rc == L2TPSEC_EINVAL ? L2TPSEC_OK : rc;
}
