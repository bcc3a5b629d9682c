/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/child.h"
#include "ike/v1/quick_mode.h"

/* One KE payload, so one group for all of an offer (RFC 2409, 5.5): a policy with several is offered in as many. */
uint8_t l2s_v1_quick_next_group(const struct l2s_ike_config *cfg, uint8_t group)
{
    bool seen[L2S_GROUP_COUNT] = {false};

    for (size_t i = 0; i < cfg->esp.n; i++) {
        uint8_t g = cfg->esp.p[i].group;
        if (g >= L2S_GROUP_COUNT || seen[g])
            continue;
        if (group == L2S_GROUP_COUNT)
            return g;
        seen[g] = true;
        if (g == group)
            group = L2S_GROUP_COUNT;
    }
    return L2S_GROUP_COUNT;
}

static void policy_of(const struct l2s_v1_quick *q, struct l2s_esp_policy *out)
{
    const struct l2s_esp_policy *all = &q->sa->cfg->esp;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < all->n; i++)
        if (all->p[i].group == q->group)
            out->p[out->n++] = all->p[i];
}

int l2s_v1_quick_begin(struct l2s_v1_sa *sa, uint8_t group)
{
    struct l2s_v1_peer *p = sa->peer;
    const struct l2s_v1_child *old;
    struct l2s_v1_quick *q;
    uint32_t id;
    int rc = l2s_v1_sa_fresh_id(sa, &id);

    if (rc != L2TPSEC_OK)
        return rc;
    q = l2s_v1_quick_new(sa, true, id);
    if (!q)
        return L2TPSEC_ENOMEM;
    q->group = group == L2S_GROUP_COUNT ? l2s_v1_quick_next_group(sa->cfg, group) : group;
    q->offer.life_kb = sa->cfg->esp_lifetime_kb;
    old = l2s_v1_child_newest(p);
    if (old) {
        q->replaces = old->id;
        if (old->life_kb && (!q->offer.life_kb || old->life_kb < q->offer.life_kb))
            q->offer.life_kb = old->life_kb; /* the peer's limit, too: its policy is what it was */
    }
    p->attempt = sa->e->sys->now;
    rc = l2s_v1_quick_step(q, L2S_QE_BEGIN, NULL);
    if (rc != L2TPSEC_OK)
        l2s_v1_quick_end(q);
    return rc;
}

/* RFC 3947, 5.2: what we call ourselves, and what we see of the peer. A client that dialled us has its own words for both (an
 * address behind its NAT, a port that is not 1701), and knows no others. */
static void put_ids(struct l2s_v1_quick *q, struct l2s_chain *c)
{
    const struct l2s_v1_peer *p = q->sa->peer;
    const struct l2s_v1_path *path = &p->path;

    if (p->its_name.n) {
        l2s_chain_put(c, L2S_PT_ID, p->own_name.p, p->own_name.n);
        l2s_chain_put(c, L2S_PT_ID, p->its_name.p, p->its_name.n);
    } else {
        struct l2s_id own = l2s_id_of_addr(&path->local, L2S_V1_UDP, q->sa->cfg->local_port);
        struct l2s_id theirs = l2s_id_of_addr(&path->remote, L2S_V1_UDP, q->sa->cfg->remote_port);
        l2s_chain_open(c, L2S_PT_ID);
        l2s_id_put(c->w, &own);
        l2s_chain_close(c);
        l2s_chain_open(c, L2S_PT_ID);
        l2s_id_put(c->w, &theirs);
        l2s_chain_close(c);
    }
    if (path->marker) {
        l2s_natoa_put(c, q->sa->natt, &path->local);
        if (q->sa->natt == L2S_NATT_RFC3947)
            l2s_natoa_put(c, q->sa->natt, &path->remote);
    }
}

int l2s_v1_quick_send_offer(void *self, const void *arg)
{
    struct l2s_v1_quick *q = self;
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_ike *e = sa->e;
    struct l2s_esp_policy policy;
    struct l2s_v1_sealed s;
    int rc;

    (void)arg;
    policy_of(q, &policy);
    rc = l2s_v1_iv_phase2(&sa->keys, e->crypto, sa->iv, q->id, q->iv);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_quick_own_half(q, q->group);
    if (rc != L2TPSEC_OK)
        return rc;
    q->spi_in = e->port.spi_reserve(e->port.self);
    if (q->spi_in == 0)
        return L2TPSEC_ENOMEM;
    q->offer.spi = q->spi_in;
    q->offer.mode = l2s_natt_mode(sa->natt, sa->peer->path.marker);
    q->offer.life_s = sa->cfg->esp_lifetime_s ? sa->cfg->esp_lifetime_s : 3600;

    l2s_v1_quick_open(q, &s);
    l2s_chain_open(&s.c, L2S_PT_SA);
    l2s_esp_sa_put_offer(&s.w, &policy, &q->offer);
    l2s_chain_close(&s.c);
    l2s_chain_put(&s.c, L2S_PT_NONCE, q->ni.p, q->ni.n);
    if (q->gx.n)
        l2s_chain_put(&s.c, L2S_PT_KE, q->gx.p, q->gx.n);
    put_ids(q, &s.c);
    rc = l2s_v1_quick_close(q, &s, true);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", "quick mode, message 1", (int64_t)s.w.len);
    return l2s_retransmit_start(&q->ours, s.w.p, s.w.len, sa->cfg->retry_ms, sa->cfg->retries);
}

static uint16_t port_in(const struct l2s_v1_blob *name, uint16_t otherwise)
{
    struct l2s_id id;

    return l2s_id_read(l2s_rd_init(name->p, name->n), &id) == L2TPSEC_OK ? id.port : otherwise;
}

/* The answer's IDs may be others than ours (servers send addresses as they see them, or other ports): what counts is
 * that it is UDP. */
static int check_ids(struct l2s_v1_quick *q, const struct l2s_payloads *s)
{
    const struct l2s_v1_peer *p = q->sa->peer;
    struct l2s_id idci, idcr;

    q->local_port = port_in(&p->own_name, q->sa->cfg->local_port);
    q->remote_port = port_in(&p->its_name, q->sa->cfg->remote_port);
    if (s->count[L2S_PK_ID] != 2)
        return L2TPSEC_OK;
    if (l2s_id_read(l2s_payloads_get(s, L2S_PK_ID, 0), &idci) != L2TPSEC_OK ||
        l2s_id_read(l2s_payloads_get(s, L2S_PK_ID, 1), &idcr) != L2TPSEC_OK)
        return L2TPSEC_EPROTO;
    if ((idci.protocol != L2S_V1_UDP && idci.protocol != 0) || (idcr.protocol != L2S_V1_UDP && idcr.protocol != 0))
        return L2TPSEC_EPROTO;
    if (idcr.protocol == L2S_V1_UDP)
        q->remote_port = idcr.port;
    return L2TPSEC_OK;
}

static void note_addresses(struct l2s_v1_quick *q, const struct l2s_payloads *s)
{
    const struct l2s_v1_path *path = &q->sa->peer->path;
    unsigned n = s->count[L2S_PK_NATOA];

    q->local_inner = path->local;
    q->remote_inner = path->remote;
    if (n) /* the responder's own is the last, or the only one (drafts) */
        (void)l2s_natoa_read(l2s_payloads_get(s, L2S_PK_NATOA, n - 1), &q->remote_inner);
    q->local_inner.port = q->remote_inner.port = 0;
}

static void shorten_by_notifies(struct l2s_v1_quick *q, const struct l2s_payloads *s)
{
    struct l2s_notify n;

    if (q->offer.life_s < q->choice.life_s)
        q->choice.life_s = q->offer.life_s;
    if (q->offer.life_kb && (!q->choice.life_kb || q->offer.life_kb < q->choice.life_kb))
        q->choice.life_kb = q->offer.life_kb;
    for (unsigned i = 0; i < s->count[L2S_PK_NOTIFY]; i++)
        if (l2s_notify_read(l2s_payloads_get(s, L2S_PK_NOTIFY, i), &n) == L2TPSEC_OK &&
            n.type == L2S_N_RESPONDER_LIFETIME)
            l2s_v1_shorten(n.data, &q->choice.life_s, &q->choice.life_kb);
}

void l2s_v1_quick_shorten(struct l2s_v1_sa *sa, struct l2s_rd attrs)
{
    L2S_LIST_EACH (&sa->quicks, n, after) {
        struct l2s_v1_quick *q = L2S_LIST_ENTRY(n, struct l2s_v1_quick, node);
        if (q->initiator && q->fsm.state == L2S_QM_I_SENT)
            l2s_v1_shorten(attrs, &q->offer.life_s, &q->offer.life_kb);
    }
}

/* Message 3, kept for when message 2 comes again. */
static int send_proof(struct l2s_v1_quick *q, uint64_t mark)
{
    struct l2s_ike *e = q->sa->e;
    struct l2s_v1_sealed s;
    int rc;

    l2s_v1_quick_open(q, &s);
    rc = l2s_v1_quick_close(q, &s, false);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_repeat_keep(&q->theirs, mark, s.w.p, s.w.len);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_v1_quick_install(q); /* first, so that the peer's first packets find it */
    if (rc != L2TPSEC_OK || q->gone)
        return rc;
    struct l2s_bytes answer;
    if (l2s_repeat_find(&q->theirs, mark, &answer)) {
        l2s_v1_say(e, l2s_v1_sa_channel(q->sa), "send", "quick mode, message 3", (int64_t)answer.n);
        l2s_v1_emit(e, l2s_v1_sa_path(q->sa), answer.p, answer.n);
    }
    return L2TPSEC_OK;
}

/* What a proven answer says must be what was offered. */
static int take_answer(struct l2s_v1_quick *q, const struct l2s_payloads *s)
{
    struct l2s_ike *e = q->sa->e;
    struct l2s_rd nonce = l2s_payloads_get(s, L2S_PK_NONCE, 0);
    struct l2s_esp_policy policy;
    int rc;

    policy_of(q, &policy);
    rc = l2s_esp_sa_check_answer(l2s_payloads_get(s, L2S_PK_SA, 0), &policy, &q->offer, &q->choice);
    if (rc != L2TPSEC_OK || nonce.left < L2S_V1_NONCE_MIN || nonce.left > L2S_V1_NONCE_MAX ||
        s->count[L2S_PK_KE] != (q->group != L2S_GROUP_NONE))
        return L2TPSEC_EPROTO;
    rc = check_ids(q, s);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_blob_set(e, &q->nr, nonce.p, nonce.left);
    if (rc == L2TPSEC_OK && q->group != L2S_GROUP_NONE)
        rc = l2s_v1_quick_agree(q, l2s_payloads_get(s, L2S_PK_KE, 0));
    return rc;
}

/* It was proven, so there is no better answer to wait for. */
static int odd_answer(struct l2s_v1_quick *q, const struct l2s_payloads *s)
{
    struct l2s_failure why =
        l2s_v1_failure(L2TPSEC_CAUSE_PHASE2_PROPOSAL, "quick mode, message 2", "the server chose what was not offered");

    (void)l2s_esp_sa_text(l2s_payloads_get(s, L2S_PK_SA, 0), why.offered, sizeof why.offered);
    (void)l2s_esp_policy_text(&q->sa->cfg->esp, why.allowed, sizeof why.allowed);
    l2s_v1_quick_fail(q, &why, false);
    return L2TPSEC_EPROTO;
}

int l2s_v1_quick_recv_answer(void *self, const void *arg)
{
    struct l2s_v1_quick *q = self;
    const struct l2s_v1_message *m = arg;
    const struct l2s_payloads *s = &m->payloads;
    struct l2s_v1_sa *sa = q->sa;
    uint8_t hash[L2S_HASH_MAX];
    int rc = l2s_v1_hash2(&sa->keys, sa->e->crypto, q->id, l2s_v1_bytes(&q->ni), l2s_v1_quick_rest(s), hash);

    if (rc != L2TPSEC_OK)
        return rc;
    if (!l2s_v1_quick_verify(sa, s, hash))
        return L2TPSEC_EAUTH;
    l2s_v1_peer_heard(sa->peer, &m->from);
    if (q->gone)
        return L2TPSEC_OK;
    rc = take_answer(q, s);
    if (rc == L2TPSEC_EPROTO)
        return odd_answer(q, s);
    if (rc != L2TPSEC_OK)
        return rc;
    shorten_by_notifies(q, s);
    note_addresses(q, s);
    rc = send_proof(q, m->mark);
    if (rc != L2TPSEC_OK || q->gone)
        return rc;
    l2s_v1_quick_done(q);
    l2s_v1_peer_rekeyed(sa->peer);
    return L2TPSEC_OK;
}

/* Some say no in the exchange itself rather than in an informational one. */
int l2s_v1_quick_recv_refusal(void *self, const void *arg)
{
    struct l2s_v1_quick *q = self;
    const struct l2s_v1_message *m = arg;
    const struct l2s_payloads *s = &m->payloads;
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_crypto *c = sa->e->crypto;
    uint8_t hash[L2S_HASH_MAX];
    struct l2s_notify n;
    int rc = l2s_v1_hash1(&sa->keys, c, q->id, l2s_v1_quick_rest(s), hash);

    if (rc == L2TPSEC_OK && !l2s_v1_quick_verify(sa, s, hash)) {
        rc = l2s_v1_hash2(&sa->keys, c, q->id, l2s_v1_bytes(&q->ni), l2s_v1_quick_rest(s), hash);
        if (rc == L2TPSEC_OK && !l2s_v1_quick_verify(sa, s, hash))
            rc = L2TPSEC_EAUTH;
    }
    if (rc != L2TPSEC_OK)
        return rc;
    for (unsigned i = 0; i < s->count[L2S_PK_NOTIFY] && !q->gone; i++) {
        uint8_t spi[4];
        if (l2s_notify_read(l2s_payloads_get(s, L2S_PK_NOTIFY, i), &n) != L2TPSEC_OK || n.type >= L2S_NOTIFY_ERRORS_END)
            continue;
        l2s_put32(spi, q->spi_in);
        l2s_v1_quick_refused(sa, n.type, l2s_rd_init(spi, sizeof spi));
    }
    return L2TPSEC_OK;
}
