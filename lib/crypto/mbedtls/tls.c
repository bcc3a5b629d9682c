/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One TLS 1.2 handshake with certificates on both sides, for EAP-TLS. Each handshake has a configuration of its own:
 * in 2.28 the keys are given out by it. mbedTLS never learns a name or what time it is: whom to believe is judged as
 * for IKE. */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/mbedtls/judge.h"
#include "wire/rd.h"
#include "wire/wr.h"

#if L2S_MBEDTLS_TLS
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <string.h>

#define MASTER 48u
#define RANDOM 32u
#define FIRST_ROOM 4096u

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22 }; /* RFC 5246, 6.2.1 */
enum { FATAL = 2 };
enum { CERTIFICATE = 11 }; /* RFC 5246, 7.4 */

struct l2s_tls {
    struct l2s_crypto *c;
    struct l2s_tls_terms terms;
    struct l2s_tls_why why;
    struct l2s_mbedtls_inquiry inquiry;
    mbedtls_x509_crt_profile profile;
    mbedtls_ssl_config conf;
    mbedtls_ssl_context ssl;
    enum l2s_tls_state state;
    struct l2s_rd in; /* the peer's turn, as far as it was not read */
    uint8_t *said;    /* ours */
    size_t said_len, room;
    uint8_t *cert; /* the peer's */
    bool sealed;   /* the peer's records are encrypted from now on */
    bool judged;
    uint8_t master[MASTER], randoms[2 * RANDOM];
    mbedtls_tls_prf_types prf;
};

/* Forward secrecy, and no SHA-1 anywhere. */
static const int suites[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
                             0};

/* ---- what differs between the versions --------------------------------------------------------------------------- */

static void keep_keys(struct l2s_tls *t, const uint8_t *master, const uint8_t *client_random,
                      const uint8_t *server_random, mbedtls_tls_prf_types prf)
{
    memcpy(t->master, master, MASTER);
    memcpy(t->randoms, client_random, RANDOM);
    memcpy(t->randoms + RANDOM, server_random, RANDOM);
    t->prf = prf;
}

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
static void take_keys(void *user, mbedtls_ssl_key_export_type type, const unsigned char *secret, size_t n,
                      const unsigned char client_random[RANDOM], const unsigned char server_random[RANDOM],
                      mbedtls_tls_prf_types prf)
{
    if (type == MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET && n == MASTER)
        keep_keys(user, secret, client_random, server_random, prf);
}

static void restrict_algorithms(struct l2s_tls *t)
{
    static const uint16_t groups[] = {
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED)
        MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
#endif
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED)
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED)
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
#endif
        MBEDTLS_SSL_IANA_TLS_GROUP_NONE
    };
    static const uint16_t signatures[] = {
#if defined(MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED)
        MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
        MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
        MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512,
#endif
        MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
        MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
        MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
        MBEDTLS_TLS1_3_SIG_NONE
    };

    mbedtls_ssl_conf_min_tls_version(&t->conf, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(&t->conf, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_groups(&t->conf, groups);
    mbedtls_ssl_conf_sig_algs(&t->conf, signatures);
    mbedtls_ssl_set_export_keys_cb(&t->ssl, take_keys, t);
}
#else
static int take_keys(void *user, const unsigned char *master, const unsigned char *block, size_t mac_len,
                     size_t key_len, size_t iv_len, const unsigned char client_random[RANDOM],
                     const unsigned char server_random[RANDOM], mbedtls_tls_prf_types prf)
{
    (void)block, (void)mac_len, (void)key_len, (void)iv_len;
    keep_keys(user, master, client_random, server_random, prf);
    return 0;
}

static void restrict_algorithms(struct l2s_tls *t)
{
    static const mbedtls_ecp_group_id groups[] = {
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED)
        MBEDTLS_ECP_DP_CURVE25519,
#endif
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
        MBEDTLS_ECP_DP_SECP256R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED)
        MBEDTLS_ECP_DP_SECP384R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED)
        MBEDTLS_ECP_DP_SECP521R1,
#endif
        MBEDTLS_ECP_DP_NONE
    };
    static const int hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512, MBEDTLS_MD_NONE};

    mbedtls_ssl_conf_min_version(&t->conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(&t->conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_curves(&t->conf, groups);
    mbedtls_ssl_conf_sig_hashes(&t->conf, hashes);
    mbedtls_ssl_conf_export_keys_ext_cb(&t->conf, take_keys, t);
}
#endif

/* ---- the peer's certificate -------------------------------------------------------------------------------------- */

/* So that mbedTLS says the right alert (RFC 5246, 7.2.2). */
static uint32_t flag_of(enum l2s_cert_fault fault)
{
    switch (fault) {
    case L2S_CERT_EXPIRED:
    case L2S_CERT_NOT_YET:
        return MBEDTLS_X509_BADCERT_EXPIRED;
    case L2S_CERT_REVOKED:
        return MBEDTLS_X509_BADCERT_REVOKED;
    case L2S_CERT_UNTRUSTED:
        return MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    case L2S_CERT_USAGE:
        return MBEDTLS_X509_BADCERT_KEY_USAGE;
    case L2S_CERT_PURPOSE:
        return MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
    default:
        return MBEDTLS_X509_BADCERT_BAD_KEY;
    }
}

/* mbedTLS's verification asks this of each certificate of the path, the peer's own last. */
static int judge(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    struct l2s_tls *t = user;
    struct l2s_tls_why *w = &t->why;

    (void)l2s_mbedtls_judge_one(&t->inquiry, crt, depth, flags);
    if (depth > 0)
        return 0;
    l2s_mem_free(&t->c->sys->mem, t->cert);
    t->cert = l2s_mem_dup(&t->c->sys->mem, crt->raw.p, crt->raw.len);
    if (!t->cert) {
        w->rc = L2TPSEC_ENOMEM;
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    }
    w->cert = (struct l2s_bytes){t->cert, crt->raw.len};
    if (w->verdict.fault == L2S_CERT_GOOD)
        w->verdict.fault = l2s_mbedtls_judge_key(&crt->pk, t->terms.cert.weak);
    if (w->verdict.fault == L2S_CERT_GOOD && *flags)
        w->verdict.fault = L2S_CERT_UNTRUSTED;
    if (w->verdict.fault != L2S_CERT_GOOD)
        *flags |= flag_of(w->verdict.fault);
    else if (!t->terms.accept(t->terms.self, w->cert))
        w->refused = true;
    if (w->refused)
        *flags |= MBEDTLS_X509_BADCERT_OTHER;
    t->judged = w->verdict.fault == L2S_CERT_GOOD && !w->refused;
    return 0;
}

static bool too_dear(struct l2s_tls *t, struct l2s_rd der, bool first)
{
    mbedtls_x509_crt crt;
    enum l2s_cert_fault fault = L2S_CERT_GOOD;

    mbedtls_x509_crt_init(&crt);
    if (mbedtls_x509_crt_parse_der(&crt, der.p, der.left) != 0)
        fault = L2S_CERT_UNREADABLE;
    else if (first)
        fault = l2s_mbedtls_judge_key(&crt.pk, t->terms.cert.weak);
    else if (l2s_mbedtls_key_is_dear(&crt.pk))
        fault = L2S_CERT_ODD_KEY;
    if (fault != L2S_CERT_GOOD) {
        t->why.verdict = (struct l2s_cert_verdict){
            fault, !first, 0, fault == L2S_CERT_SHORT_KEY ? (unsigned)mbedtls_pk_get_bitlen(&crt.pk) : 0};
        t->why.rc = L2TPSEC_EAUTH;
        if (first && fault != L2S_CERT_UNREADABLE && (t->cert = l2s_mem_dup(&t->c->sys->mem, der.p, der.left)))
            t->why.cert = (struct l2s_bytes){t->cert, der.left};
    }
    mbedtls_x509_crt_free(&crt);
    return fault != L2S_CERT_GOOD;
}

static bool look_at_certificates(struct l2s_tls *t, struct l2s_rd body)
{
    uint32_t len = (uint32_t)l2s_rd_u8(&body) << 16;
    len |= l2s_rd_u16(&body);
    struct l2s_rd list = l2s_rd_sub(&body, len);

    for (size_t n = 0; !l2s_rd_done(&list); n++) {
        len = (uint32_t)l2s_rd_u8(&list) << 16;
        len |= l2s_rd_u16(&list);
        struct l2s_rd der = l2s_rd_sub(&list, len);
        if (der.bad || n == L2S_CHAIN_MAX || too_dear(t, der, n == 0))
            return false;
    }
    return !list.bad && !body.bad && l2s_rd_done(&body);
}

/* What mbedTLS does with certificates costs as much as their keys say. So what is in the clear is looked at first: a
 * turn is whole records, with whole handshake messages in them, and certificates with keys that are dear go no
 * further. Alerts are read here, too: mbedTLS keeps them to itself. */
static bool look(struct l2s_tls *t, struct l2s_bytes in, uint8_t *room)
{
    struct l2s_rd r = l2s_rd_init(in.p, in.n);
    struct l2s_wr w = l2s_wr_init(room, in.n);

    while (!t->sealed && !l2s_rd_done(&r)) {
        uint8_t type = l2s_rd_u8(&r);
        (void)l2s_rd_u16(&r); /* version */
        uint16_t n = l2s_rd_u16(&r);
        struct l2s_rd body = l2s_rd_sub(&r, n);
        if (body.bad)
            return false;
        t->sealed = type == CHANGE_CIPHER_SPEC;
        if (type == HANDSHAKE) {
            l2s_wr_bytes(&w, body.p, body.left);
        } else if (type == ALERT && l2s_rd_u8(&body) == FATAL) {
            t->why.alert = l2s_rd_u8(&body);
        }
    }
    struct l2s_rd messages = l2s_rd_init(room, w.len);
    while (!w.bad && !l2s_rd_done(&messages)) {
        uint8_t type = l2s_rd_u8(&messages);
        uint32_t n = (uint32_t)l2s_rd_u8(&messages) << 16;
        n |= l2s_rd_u16(&messages);
        struct l2s_rd body = l2s_rd_sub(&messages, n);
        if (body.bad || (type == CERTIFICATE && !look_at_certificates(t, body)))
            return false;
    }
    return !w.bad;
}

static bool survey(struct l2s_tls *t, struct l2s_bytes in)
{
    if (in.n == 0 || t->sealed)
        return true;
    uint8_t *room = l2s_mem_new(&t->c->sys->mem, in.n); /* as much as came */
    if (!room) {
        t->why.rc = L2TPSEC_ENOMEM;
        return false;
    }
    bool good = look(t, in, room);
    l2s_mem_free(&t->c->sys->mem, room);
    return good;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

static int give(void *user, unsigned char *buf, size_t n)
{
    struct l2s_tls *t = user;

    if (n > t->in.left)
        n = t->in.left;
    if (n == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    l2s_rd_copy(&t->in, buf, n);
    return (int)n;
}

static int take(void *user, const unsigned char *buf, size_t n)
{
    struct l2s_tls *t = user;
    struct l2s_mem *mem = &t->c->sys->mem;

    if (n > L2S_TLS_MESSAGE_MAX - t->said_len)
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    if (n > t->room - t->said_len) {
        size_t room = t->room ? t->room : FIRST_ROOM;
        while (room < t->said_len + n)
            room *= 2;
        uint8_t *more = l2s_mem_new(mem, room);
        if (!more) {
            t->why.rc = L2TPSEC_ENOMEM;
            return MBEDTLS_ERR_SSL_ALLOC_FAILED;
        }
        if (t->said_len)
            memcpy(more, t->said, t->said_len);
        l2s_mem_free(mem, t->said);
        t->said = more;
        t->room = room;
    }
    memcpy(t->said + t->said_len, buf, n);
    t->said_len += n;
    return (int)n;
}

/* ---- the handshake ----------------------------------------------------------------------------------------------- */

static int configure(struct l2s_tls *t)
{
    struct l2s_trust *trust = t->terms.trust;
    struct l2s_own *own = t->terms.own;
    int endpoint = t->terms.server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT;
    int rc = mbedtls_ssl_config_defaults(&t->conf, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

    if (rc != 0)
        return rc;
    t->profile = l2s_mbedtls_profile(&t->terms.cert);
    mbedtls_ssl_conf_rng(&t->conf, l2s_mbedtls_random, t->c);
    mbedtls_ssl_conf_ciphersuites(&t->conf, suites);
    mbedtls_ssl_conf_authmode(&t->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&t->conf, &trust->cas, trust->has_crl ? &trust->crls : NULL);
    mbedtls_ssl_conf_cert_profile(&t->conf, &t->profile);
    mbedtls_ssl_conf_verify(&t->conf, judge, t);
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
    mbedtls_ssl_conf_session_tickets(&t->conf, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_conf_renegotiation(&t->conf, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
    restrict_algorithms(t);
    rc = mbedtls_ssl_conf_own_cert(&t->conf, &own->chain, &own->key);
    if (rc == 0)
        rc = mbedtls_ssl_setup(&t->ssl, &t->conf);
    if (rc == 0)
        rc = mbedtls_ssl_set_hostname(
            &t->ssl, NULL); /* accept looks at names; newer versions want to hear that nobody else is to */
    mbedtls_ssl_set_bio(&t->ssl, t, take, give, NULL);
    return rc;
}

static int result(int rc)
{
    switch (rc) {
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
        return L2TPSEC_ENOMEM;
    default:
        rc = l2s_mbedtls_result(rc);
        return rc == L2TPSEC_EINTERNAL ? L2TPSEC_EPROTO : rc;
    }
}

/* The peer is to know why, unless it said so itself. */
static void fail(struct l2s_tls *t, int rc, uint8_t alert)
{
    struct l2s_tls_why *w = &t->why;

    t->state = L2S_TLS_FAILED;
    if (w->rc == L2TPSEC_OK && (w->verdict.fault || w->refused || rc == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE))
        w->rc = L2TPSEC_EAUTH;
    if (w->rc == L2TPSEC_OK)
        w->rc = result(rc);
    if (w->rc == L2TPSEC_OK)
        w->rc = L2TPSEC_EPROTO;
    if (!w->alert && rc != MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && t->said_len == 0)
        (void)mbedtls_ssl_send_alert_message(&t->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
}

enum l2s_tls_state l2s_mbedtls_tls_step(struct l2s_tls *t, struct l2s_bytes in, struct l2s_bytes *out)
{
    bool due = in.n > 0 || (!t->terms.server && t->said_len == 0); /* a client speaks first */

    t->said_len = 0;
    t->in = l2s_rd_init(in.p, in.n);
    if (t->state == L2S_TLS_MORE && due && survey(t, in)) {
        int rc = mbedtls_ssl_handshake(&t->ssl);
        l2s_wipe_stack();
        if (rc == 0 && t->judged)
            t->state = L2S_TLS_DONE;
        else if (rc != MBEDTLS_ERR_SSL_WANT_READ || t->said_len == 0) /* its turn was no whole turn */
            fail(t, rc, MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
    } else if (t->state == L2S_TLS_MORE) {
        bool bad = t->why.verdict.fault != L2S_CERT_GOOD;
        fail(t, 0, bad ? MBEDTLS_SSL_ALERT_MSG_BAD_CERT : MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR);
    } else if (in.n > 0) { /* behind the end there can only be complaints */
        t->state = L2S_TLS_FAILED;
        t->why.rc = L2TPSEC_EPROTO;
    }
    t->in = l2s_rd_init(NULL, 0);
    *out = (struct l2s_bytes){t->said, t->said_len};
    return t->state;
}

/* ---- for the table ----------------------------------------------------------------------------------------------- */

void l2s_mbedtls_tls_free(struct l2s_tls *t)
{
    if (!t)
        return;
    struct l2s_mem *mem = &t->c->sys->mem;
    mbedtls_ssl_free(&t->ssl);
    mbedtls_ssl_config_free(&t->conf);
    l2s_mem_free(mem, t->said);
    l2s_mem_free(mem, t->cert);
    l2s_mem_free(mem, t);
}

int l2s_mbedtls_tls_new(struct l2s_crypto *c, const struct l2s_tls_terms *terms, struct l2s_tls **out)
{
    if (!terms->own->has_key)
        return L2TPSEC_EINVAL;
    struct l2s_tls *t = l2s_mem_new(&c->sys->mem, sizeof *t);
    if (!t)
        return L2TPSEC_ENOMEM;
    t->c = c;
    t->terms = *terms;
    t->terms.cert.tls = true;
    t->terms.cert.server = !terms->server;
    t->inquiry = (struct l2s_mbedtls_inquiry){&t->terms.cert, terms->trust, &t->why.verdict};
    mbedtls_ssl_config_init(&t->conf);
    mbedtls_ssl_init(&t->ssl);
    int rc = configure(t);
    if (rc != 0) {
        l2s_mbedtls_tls_free(t);
        return result(rc) == L2TPSEC_ENOMEM ? L2TPSEC_ENOMEM : L2TPSEC_EUNSUP;
    }
    *out = t;
    return L2TPSEC_OK;
}

const struct l2s_tls_why *l2s_mbedtls_tls_why(const struct l2s_tls *t)
{
    return &t->why;
}

int l2s_mbedtls_tls_export(const struct l2s_tls *t, const char *label, uint8_t *out, size_t n)
{
    if (t->state != L2S_TLS_DONE || t->prf == MBEDTLS_SSL_TLS_PRF_NONE)
        return L2TPSEC_ESTATE;
    int rc = mbedtls_ssl_tls_prf(t->prf, t->master, MASTER, label, t->randoms, sizeof t->randoms, out, n);
    return rc == 0 ? L2TPSEC_OK : L2TPSEC_EINTERNAL;
}
#endif
