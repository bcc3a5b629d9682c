/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Proof by certificate. What an unproven peer can make us compute is bounded: one signature and one chain an exchange, and only
 * behind Diffie-Hellman. */
#include "base/text.h"
#include "ike/common/cert.h"
#include "ike/v1/auth.h"
#include "ike/v1/peer.h"

#define NAME_MAX_SHOWN 96

/* ---- ours ------------------------------------------------------------------------------------------------------- */

void l2s_v1_auth_put_requests(const struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    struct l2s_crypto *crypto = sa->e->crypto;
    struct l2s_bytes name;

    if (!l2s_v1_auth_signed(sa) || !sa->cfg->trust)
        return;
    for (size_t i = 0; i < L2S_CHAIN_MAX && (name = crypto->ops->trust_name(sa->cfg->trust, i)).p; i++) {
        l2s_chain_open(c, L2S_PT_CERTREQ);
        l2s_wr_u8(c->w, L2S_ENC_X509_SIGNATURE);
        l2s_wr_bytes(c->w, name.p, name.n);
        l2s_chain_close(c);
    }
}

int l2s_v1_cert_sign(struct l2s_v1_sa *sa, const uint8_t *hash)
{
    const struct l2s_v1_path *path = l2s_v1_sa_path(sa);
    struct l2s_v1_talk *t = sa->talk;
    struct l2s_own *own = sa->cfg->own;
    struct l2s_ike *e = sa->e;

    if (!own)
        return L2TPSEC_ENOENT;
    if (e->crypto->ops->own_has_key(own))
        return e->crypto->ops->sign(own, hash, sa->keys.proof_len, t->sig, &t->sig_len);
    struct l2s_sign_query q = {.local = path->local,
                               .remote = path->remote,
                               .method = sa->proposal.method,
                               .owner = sa->peer ? sa->peer->owner : NULL,
                               .cert = e->crypto->ops->own_cert(own, 0),
                               .hash = {.p = hash, .n = sa->keys.proof_len}};
    int rc = e->port.sign ? e->port.sign(e->port.self, &q, sa->id, t->sig, &t->sig_len) : L2TPSEC_ENOENT;
    if (sa->gone)
        return L2TPSEC_ESTATE;
    if (rc != L2TPSEC_OK)
        t->sig_len = 0;
    return rc;
}

static bool self_signed(struct l2s_bytes cert)
{
    struct l2s_cert_names names;

    return l2s_cert_names(l2s_rd_init(cert.p, cert.n), &names) == L2TPSEC_OK &&
           l2s_rd_equals(&names.subject, names.issuer.p, names.issuer.left);
}

/* The peer has its authorities, or it would not believe them from us: all of the chain but its root (RFC 4945, 3.3.10). */
void l2s_v1_cert_put(struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    struct l2s_crypto *crypto = sa->e->crypto;
    struct l2s_bytes cert;

    for (size_t i = 0; i < L2S_CHAIN_MAX && (cert = crypto->ops->own_cert(sa->cfg->own, i)).p; i++) {
        if (i && self_signed(cert))
            continue;
        l2s_chain_open(c, L2S_PT_CERT);
        l2s_wr_u8(c->w, L2S_ENC_X509_SIGNATURE);
        l2s_wr_bytes(c->w, cert.p, cert.n);
        l2s_chain_close(c);
    }
    l2s_chain_put(c, L2S_PT_SIG, sa->talk->sig, sa->talk->sig_len);
    if (sa->initiator)
        l2s_v1_auth_put_requests(sa, c);
}

/* ---- theirs ----------------------------------------------------------------------------------------------------- */

/* We dialled it. */
static bool is_server(const struct l2s_v1_sa *sa)
{
    const struct l2s_v1_peer *p = sa->peer;

    if (!p && sa->half && sa->half->channel)
        p = l2s_idtab_get(&sa->e->channels, sa->half->channel);
    return p && p->client;
}

/* What it sent, the one that names the ID it claims in front: their order is not to be relied upon (RFC 4945, 3.3.11). */
static size_t collect(const struct l2s_payloads *s, const struct l2s_id *who, struct l2s_bytes out[L2S_CHAIN_MAX])
{
    struct l2s_rd certs[L2S_CHAIN_MAX];
    struct l2s_cert_names names;
    size_t n = l2s_certs_of(s, certs, L2S_CHAIN_MAX), leaf = 0;

    for (size_t i = n; i-- > 0;)
        if (l2s_cert_names(certs[i], &names) == L2TPSEC_OK && l2s_cert_is(&names, who))
            leaf = i;
    for (size_t i = 0; i < n; i++)
        out[i] = l2s_v1_bytes_rd(&certs[i == 0 ? leaf : i == leaf ? 0 : i]);
    return n;
}

/* Remember why: the exchange is over. */
static struct l2s_failure *refuse(struct l2s_v1_sa *sa, uint16_t notify, const char *hint)
{
    struct l2s_failure *why = l2s_mem_new(&sa->e->sys->mem, sizeof *why);

    if (why)
        *why = l2s_v1_failure(L2TPSEC_CAUSE_CERTIFICATE,
                              sa->initiator ? "main mode, message 6" : "main mode, message 5", hint);
    l2s_mem_free(&sa->e->sys->mem, sa->talk->refused);
    sa->talk->refused = why;
    sa->talk->refused_notify = notify;
    return why;
}

static int refuse_cert(struct l2s_v1_sa *sa, struct l2s_bytes cert, const char *words, const char *hint)
{
    struct l2s_failure *why = refuse(sa, L2S_N_INVALID_CERTIFICATE, hint);

    if (!why)
        return L2TPSEC_ENOMEM;
    struct l2s_text t = l2s_text_init(why->detail, sizeof why->detail);
    l2s_cert_mention(&t, is_server(sa), cert, false);
    l2s_text_put(&t, words);
    return L2TPSEC_EAUTH;
}

static int refuse_verdict(struct l2s_v1_sa *sa, struct l2s_bytes cert, const struct l2s_cert_verdict *v)
{
    static const char *const hints[L2S_CERT_FAULT_COUNT] = {
        [L2S_CERT_UNTRUSTED] = "ike.ca holds those who are trusted",
        [L2S_CERT_EXPIRED] = "is the clock right?",
        [L2S_CERT_NOT_YET] = "is the clock right?",
        [L2S_CERT_NO_CRL] = "add its CA's list to ike.crl, or set ike.crl_required to 0",
        [L2S_CERT_CRL_EXPIRED] = "renew ike.crl",
        [L2S_CERT_CRL_FORGED] = "renew ike.crl",
    };
    struct l2s_failure *why = refuse(
        sa, v->fault == L2S_CERT_UNTRUSTED ? L2S_N_INVALID_CERT_AUTHORITY : L2S_N_INVALID_CERTIFICATE, hints[v->fault]);

    if (!why)
        return L2TPSEC_ENOMEM;
    struct l2s_text t = l2s_text_init(why->detail, sizeof why->detail);
    l2s_cert_complain(&t, is_server(sa), cert, v, "IKE");
    return L2TPSEC_EAUTH;
}

static int refuse_name(struct l2s_v1_sa *sa, struct l2s_bytes cert, const struct l2s_id *id, const char *hint)
{
    struct l2s_failure *why = refuse(sa, L2S_N_INVALID_ID_INFORMATION, hint);

    if (!why)
        return L2TPSEC_ENOMEM;
    struct l2s_text t = l2s_text_init(why->detail, sizeof why->detail);
    l2s_cert_mention(&t, is_server(sa), cert, false);
    char name[NAME_MAX_SHOWN];
    (void)l2s_id_text(id, name, sizeof name);
    l2s_text_put(&t, "does not name ");
    l2s_text_put(&t, name);
    return L2TPSEC_EAUTH;
}

/* The ID it claims must be in its certificate (RFC 4945, 3.1), and so must the one we demand. */
static int check_names(struct l2s_v1_sa *sa, struct l2s_bytes cert, const struct l2s_id *who)
{
    const struct l2s_ike_id *wanted = &sa->cfg->remote_id;
    struct l2s_id demanded = {.type = wanted->type, .data = l2s_rd_init(wanted->data, wanted->len)};
    struct l2s_cert_names names;

    if (l2s_cert_names(l2s_rd_init(cert.p, cert.n), &names) != L2TPSEC_OK)
        return refuse_cert(sa, cert, "cannot be read", NULL);
    if (demanded.type && !l2s_cert_is(&names, &demanded))
        return refuse_name(sa, cert, &demanded, "ike.peer_id must be what the certificate names");
    if (!l2s_cert_is(&names, who))
        return refuse_name(sa, cert, who, "a peer's ID must be in its certificate");
    return L2TPSEC_OK;
}

static int judge(struct l2s_v1_sa *sa, const struct l2s_bytes *chain, size_t n)
{
    const struct l2s_ike_config *cfg = sa->cfg;
    struct l2s_ike *e = sa->e;
    struct l2s_cert_terms terms = {
        .server = is_server(sa), .crl_required = cfg->crl_required, .weak = cfg->weak_certificates};
    struct l2s_cert_verdict v;

    if (!cfg->trust)
        return refuse_cert(sa, chain[0], "leads to no trusted CA", "set ike.ca");
    if (!e->port.wall_clock || e->port.wall_clock(e->port.self, &terms.now) != L2TPSEC_OK)
        return refuse_cert(sa, chain[0], "cannot be judged: the host does not know what time it is", NULL);
    int rc = e->crypto->ops->cert_judge(e->crypto, chain, n, cfg->trust, &terms, &v);
    if (rc != L2TPSEC_OK)
        return rc;
    return v.fault ? refuse_verdict(sa, chain[0], &v) : L2TPSEC_OK;
}

static bool kind_fits(enum l2s_key_kind kind, uint8_t method)
{
    static const uint8_t kinds[L2S_BY_COUNT] = {[L2S_BY_RSA] = L2S_KEY_RSA,
                                                [L2S_BY_ECDSA256] = L2S_KEY_P256,
                                                [L2S_BY_ECDSA384] = L2S_KEY_P384,
                                                [L2S_BY_ECDSA521] = L2S_KEY_P521};

    return kind != L2S_KEY_NONE && kinds[method] == kind;
}

int l2s_v1_cert_check(struct l2s_v1_sa *sa, const struct l2s_payloads *s, const struct l2s_id *who,
                      struct l2s_bytes hash)
{
    struct l2s_rd sig = l2s_payloads_get(s, L2S_PK_SIG, 0);
    struct l2s_crypto *crypto = sa->e->crypto;
    struct l2s_bytes chain[L2S_CHAIN_MAX] = {{NULL, 0}};
    size_t n = collect(s, who, chain);

    if (n == 0) {
        int none = refuse_cert(sa, chain[0], "did not come", "the peer must send its certificate");
        if (sa->talk->refused)
            sa->talk->refused->windows_code = L2S_V1_NO_CERTIFICATE;
        return none;
    }
    if (!kind_fits(crypto->ops->cert_kind(crypto, chain[0]), sa->proposal.method))
        return refuse_cert(sa, chain[0], "cannot be read, or is not of the kind that was agreed", NULL);
    int rc = crypto->ops->cert_verify(crypto, chain[0], hash.p, hash.n, sig.p, sig.left);
    if (rc == L2TPSEC_EPROTO)
        return refuse_cert(sa, chain[0], "has a key of a kind that is not accepted", NULL);
    if (rc == L2TPSEC_EAUTH) {
        rc = refuse_cert(sa, chain[0], "is not that of the key which signed", NULL);
        sa->talk->refused_notify = L2S_N_INVALID_SIGNATURE;
        return rc;
    }
    if (rc == L2TPSEC_OK)
        rc = judge(sa, chain, n);
    return rc == L2TPSEC_OK ? check_names(sa, chain[0], who) : rc;
}
