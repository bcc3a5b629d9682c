/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/auth.h"

#include "ike/v1/main_mode.h"

#define MANY 60

static const struct l2s_payload_rule rules_signed[] = {
    {L2S_PK_ID, 1, 1},        {L2S_PK_SIG, 1, 1},        {L2S_PK_CERT, 0, MANY}, {L2S_PK_VID, 0, MANY},
    {L2S_PK_NOTIFY, 0, MANY}, {L2S_PK_CERTREQ, 0, MANY}, {L2S_PK_NONE, 0, 0}};

/* Aggressive mode brings a public value with the offer: one group for all of it (RFC 2409, 5). */
static size_t of_one_group(const struct l2s_v1_sa *sa, struct l2s_ike_proposal out[L2S_OFFER_MAX])
{
    const struct l2s_ike_proposal *first = &sa->cfg->ike.p[sa->talk->first];
    size_t n = 0;

    for (size_t i = sa->talk->first; i < sa->cfg->ike.n && n < L2S_OFFER_MAX; i++) {
        if (sa->cfg->ike.p[i].group != first->group)
            continue;
        out[n] = sa->cfg->ike.p[i];
        out[n++].method = L2S_BY_PSK;
    }
    return n;
}

size_t l2s_v1_auth_offer(const struct l2s_v1_sa *sa, struct l2s_ike_proposal out[L2S_OFFER_MAX])
{
    if (sa->aggressive)
        return of_one_group(sa, out);

    size_t left = sa->cfg->ike.n - sa->talk->first;
    size_t n = left < L2S_OFFER_MAX ? left : L2S_OFFER_MAX;

    for (size_t i = 0; i < n; i++) {
        out[i] = sa->cfg->ike.p[sa->talk->first + i];
        out[i].method = sa->peer->method;
    }
    return n;
}

/* Who we say we are: what is configured, or the name in our certificate, or our address. */
static struct l2s_id own_id(struct l2s_v1_sa *sa)
{
    struct l2s_id id = l2s_id_of_addr(&l2s_v1_sa_path(sa)->local, 0, 0);
    const struct l2s_ike_config *cfg = sa->cfg;

    if (cfg->local_id.type) {
        id.type = cfg->local_id.type;
        id.data = l2s_rd_init(cfg->local_id.data, cfg->local_id.len);
    } else if (l2s_v1_auth_signed(sa) && cfg->own_name.type) {
        id.type = cfg->own_name.type;
        id.data = l2s_rd_init(cfg->own_name.data, cfg->own_name.len);
    }
    return id;
}

static int own_hash(struct l2s_v1_sa *sa, struct l2s_bytes id, uint8_t *hash)
{
    struct l2s_v1_said said = l2s_v1_sa_said(sa);

    return l2s_v1_hash_phase1(&sa->keys, sa->talk->skeyid, sa->e->crypto, &said, sa->initiator, id, hash);
}

int l2s_v1_auth_sign(struct l2s_v1_sa *sa)
{
    uint8_t body[4 + L2S_ID_MAX], hash[L2S_HASH_MAX];
    struct l2s_wr w = l2s_wr_init(body, sizeof body);
    struct l2s_id id = own_id(sa);

    if (!l2s_v1_auth_signed(sa) || sa->talk->sig_len)
        return L2TPSEC_OK;
    l2s_id_put(&w, &id);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    struct l2s_bytes said = {.p = body, .n = w.len};
    int rc = own_hash(sa, said, hash);
#if L2S_WITH_CERTIFICATES
    return rc == L2TPSEC_OK ? l2s_v1_cert_sign(sa, hash) : rc;
#else
    return rc == L2TPSEC_OK ? L2TPSEC_EUNSUP : rc;
#endif
}

void l2s_v1_auth_signature(struct l2s_v1_sa *sa, const uint8_t *sig, size_t len)
{
    struct l2s_v1_talk *t = sa->talk;

    t->sig_len = sig && len <= sizeof t->sig ? len : 0;
    if (t->sig_len)
        memcpy(t->sig, sig, len);
}

int l2s_v1_auth_put_id(struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    struct l2s_id id = own_id(sa);

    l2s_chain_open(c, L2S_PT_ID);
    l2s_id_put(c->w, &id);
    l2s_chain_close(c);
    return c->w->bad ? L2TPSEC_EINTERNAL : L2TPSEC_OK;
}

int l2s_v1_auth_put_hash(struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    uint8_t body[4 + L2S_ID_MAX], hash[L2S_HASH_MAX];
    struct l2s_wr w = l2s_wr_init(body, sizeof body);
    struct l2s_id id = own_id(sa);

    l2s_id_put(&w, &id);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    struct l2s_bytes said = {.p = body, .n = w.len};
    int rc = own_hash(sa, said, hash);
    if (rc == L2TPSEC_OK)
        l2s_chain_put(c, L2S_PT_HASH, hash, sa->keys.proof_len);
    return rc;
}

int l2s_v1_auth_put(struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    int rc = l2s_v1_auth_put_id(sa, c);

    if (rc != L2TPSEC_OK)
        return rc;
#if L2S_WITH_CERTIFICATES
    if (l2s_v1_auth_signed(sa)) {
        l2s_v1_cert_put(sa, c);
        return c->w->bad ? L2TPSEC_EINTERNAL : L2TPSEC_OK;
    }
#endif
    return l2s_v1_auth_put_hash(sa, c);
}

_Static_assert(L2S_ID_DATA_MAX <= L2S_ID_MAX, "room for every identity that can be read");

static void keep_id(const struct l2s_id *who, struct l2s_ike_id *id)
{
    struct l2s_rd data = who->data;

    memset(id, 0, sizeof *id);
    id->type = who->type;
    id->len = (uint16_t)data.left;
    l2s_rd_copy(&data, id->data, id->len);
}

int l2s_v1_auth_read_id(struct l2s_rd body, struct l2s_ike_id *id)
{
    struct l2s_id who;

    if (l2s_id_read(body, &who) != L2TPSEC_OK)
        return L2TPSEC_EPROTO;
    keep_id(&who, id);
    return L2TPSEC_OK;
}

int l2s_v1_auth_check_hash(struct l2s_v1_sa *sa, struct l2s_rd id, struct l2s_rd proof)
{
    struct l2s_v1_said said = l2s_v1_sa_said(sa);
    const struct l2s_v1_keys *k = &sa->keys;
    uint8_t hash[L2S_HASH_MAX];
    int rc = l2s_v1_hash_phase1(k, sa->talk->skeyid, sa->e->crypto, &said, !sa->initiator, l2s_v1_bytes_rd(&id), hash);

    if (rc != L2TPSEC_OK)
        return rc;
    return proof.left == k->proof_len && l2s_ct_equal(proof.p, hash, k->proof_len) ? L2TPSEC_OK : L2TPSEC_EAUTH;
}

int l2s_v1_auth_check(struct l2s_v1_sa *sa, const struct l2s_v1_keys *k, const uint8_t *skeyid,
                      const struct l2s_payloads *s, struct l2s_ike_id *id)
{
    const struct l2s_payload_rule *rules = l2s_v1_auth_signed(sa) ? rules_signed : l2s_v1_rules_auth;
    struct l2s_v1_said said = l2s_v1_sa_said(sa);
    struct l2s_rd body = l2s_payloads_get(s, L2S_PK_ID, 0);
    struct l2s_rd proof = l2s_payloads_get(s, L2S_PK_HASH, 0);
    uint8_t hash[L2S_HASH_MAX];
    struct l2s_id who;

    if (l2s_payloads_check(s, rules, NULL) != L2TPSEC_OK || l2s_id_read(body, &who) != L2TPSEC_OK)
        return L2TPSEC_EPROTO;
    int rc = l2s_v1_hash_phase1(k, skeyid, sa->e->crypto, &said, !sa->initiator, l2s_v1_bytes_rd(&body), hash);
    if (rc != L2TPSEC_OK)
        return rc;
#if L2S_WITH_CERTIFICATES
    if (l2s_v1_auth_signed(sa))
        rc = l2s_v1_cert_check(sa, s, &who, (struct l2s_bytes){hash, k->proof_len});
    else
#endif
        if (proof.left != k->proof_len || !l2s_ct_equal(proof.p, hash, k->proof_len))
        rc = L2TPSEC_EAUTH;
    if (rc != L2TPSEC_OK)
        return rc;
    keep_id(&who, id);
    return L2TPSEC_OK;
}

#if !L2S_WITH_CERTIFICATES
void l2s_v1_auth_put_requests(const struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    (void)sa, (void)c;
}
#endif
