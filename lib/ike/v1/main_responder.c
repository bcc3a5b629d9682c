/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Main mode, the side that is dialled. Strangers get one answer to each request, no longer than it by much, and nothing is
 * repeated by itself; before message 3 brings our cookie back there is no Diffie-Hellman and no IKE SA. */
#include "ike/v1/info.h"
#include "ike/v1/main_mode.h"

#define CANDIDATES 16 /* keys tried on one message 5 */
#define IKE_PORT 500  /* of a server that is not behind a NAT of its own */
#define BAD_PROOFS 8  /* different messages 5 that are looked at */

static const char step_1[] = "main mode, message 1";
static const char step_5[] = "main mode, message 5";

/* ---- refusals -------------------------------------------------------------------------------------------------- */

void l2s_v1_main_refuse(struct l2s_ike *e, const struct l2tpsec_addr *remote, const struct l2s_failure *why)
{
    e->stats.refused++;
    if (l2s_v1_bucket_take(&e->events, e->sys->now))
        e->port.failed(e->port.self, NULL, remote, why);
}

/* The repetition of a refused message is refused again, but reported once. */
static bool reported(struct l2s_ike *e, const struct l2s_v1_message *m)
{
    uint64_t mark = l2s_hash_of(&e->sas, m->h->icookie, L2S_COOKIE) | 1;

    for (size_t i = 0; i < L2S_V1_REFUSED_MARKS; i++)
        if (e->refused[i] == mark)
            return true;
    e->refused[e->next_refused] = mark;
    e->next_refused = (e->next_refused + 1) % L2S_V1_REFUSED_MARKS;
    return false;
}

void l2s_v1_main_turn_away(struct l2s_v1_sa *sa, const struct l2s_failure *why)
{
    struct l2tpsec_addr remote = sa->talk->held_from.remote;
    struct l2s_failure reason = *why;
    struct l2s_ike *e = sa->e;

    l2s_v1_sa_end(sa);
    l2s_v1_main_refuse(e, &remote, &reason);
}

void l2s_v1_main_refuse_offer(struct l2s_ike *e, const struct l2s_v1_message *m, const struct l2s_ike_config *cfg,
                              int rc)
{
    struct l2s_failure why = l2s_v1_failure(L2TPSEC_CAUSE_PHASE1_PROPOSAL, step_1, NULL);
    struct l2s_rd body = l2s_payloads_get(&m->payloads, L2S_PK_SA, 0), doi = body;
    uint16_t notify = rc == L2TPSEC_ENOENT                ? L2S_N_NO_PROPOSAL_CHOSEN
                      : l2s_rd_u32(&doi) != L2S_DOI_IPSEC ? L2S_N_DOI_NOT_SUPPORTED
                                                          : L2S_N_SITUATION_NOT_SUPPORTED;

    l2s_v1_info_clear(e, m, notify);
    if (reported(e, m)) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_DUPLICATE, "refused offer again");
        return;
    }
    l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_PROTOCOL, "no proposal chosen");
    e->stats.refused++;
    if (!l2s_v1_bucket_take(&e->events, e->sys->now)) /* before the words, which cost more than all the rest */
        return;
    l2s_v1_main_offers(e, cfg, body, &why);
    e->port.failed(e->port.self, NULL, &m->from.remote, &why);
}

/* ---- messages 1 and 2 ------------------------------------------------------------------------------------------ */

/* Message 2. Nothing is kept of it: the same question gets the same answer. */
static void answer_offer(struct l2s_ike *e, const struct l2s_v1_message *m, const struct l2s_ike_config *cfg,
                         const struct l2s_ike_choice *choice, const struct l2s_vendors *theirs,
                         const uint8_t rcookie[L2S_COOKIE])
{
    struct l2s_isakmp h = {.exchange = L2S_EXCHANGE_MAIN};
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c;

    memcpy(h.icookie, m->h->icookie, L2S_COOKIE);
    memcpy(h.rcookie, rcookie, L2S_COOKIE);
    c = l2s_chain_begin(&w, &h);
    l2s_chain_open(&c, L2S_PT_SA);
    l2s_ike_sa_put_answer(&w, choice);
    l2s_chain_close(&c);
    l2s_v1_main_put_vendors(&c, cfg, theirs);
    l2s_chain_end(&c);
    if (w.bad)
        return;
    l2s_v1_say(e, 0, "send", "main mode, message 2", (int64_t)w.len);
    l2s_v1_emit(e, &m->from, w.p, w.len);
}

/* A server we dialled may begin an exchange, too. Behind its address there may also be clients of ours: they come from other
 * ports. NULL: it is not that server. */
static struct l2s_v1_peer *dials_back(struct l2s_ike *e, const struct l2s_v1_message *m)
{
    struct l2s_v1_peer *p = l2s_v1_peer_client_at(e, &m->from.local, &m->from.remote);
    uint16_t port = m->from.remote.port;

    return p && (!e->listening || port == p->path.remote.port || port == IKE_PORT) ? p : NULL;
}

/* The server we dialled: there is one of it, and a record does. */
static const uint8_t *record_offer(struct l2s_ike *e, const struct l2s_v1_message *m, const struct l2s_v1_peer *known,
                                   const struct l2s_vendors *theirs, struct l2s_rd body)
{
    struct l2s_half *half =
        l2s_half_open_add(&e->half, m->h->icookie, &m->from.remote, body.left, known->cfg->half_open_max);

    if (!half) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_NO_MEMORY, "half-open");
        return NULL;
    }
    half->cfg = known->cfg;
    half->channel = known->channel;
    half->local = m->from.local;
    half->marker = m->from.marker;
    half->vendors = *theirs;
    l2s_rd_copy(&body, half->sai, half->n);
    if (l2s_v1_random_rcookie(e, &half->local, half->rcookie) != L2TPSEC_OK) {
        l2s_half_open_remove(&e->half, half);
        l2s_v1_drop(e, 0, L2TPSEC_DROP_INTERNAL, "no random cookie");
        return NULL;
    }
    return half->rcookie;
}

static void recv_offer(struct l2s_ike *e, const struct l2s_v1_message *m)
{
    struct l2s_v1_peer *known = dials_back(e, m);
    const struct l2s_ike_config *cfg = known ? known->cfg : e->listening ? e->server : NULL;
    const struct l2s_half *half = l2s_half_open_find(&e->half, m->h->icookie, &m->from.remote);
    struct l2s_rd body = l2s_payloads_get(&m->payloads, L2S_PK_SA, 0);
    const uint8_t *rcookie = half ? half->rcookie : NULL;
    uint8_t fresh[L2S_COOKIE];
    struct l2s_ike_choice choice;
    struct l2s_vendors theirs;

    if (half) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_DUPLICATE, "message 1 again");
        if (half->sa || !l2s_rd_equals(&body, half->sai, half->n))
            return;
        cfg = half->cfg;
    }
    if (!cfg) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_COOKIE, "not listening");
        return;
    }
    l2s_v1_say(e, 0, "recv", step_1, (int64_t)m->n);
    int rc = l2s_ike_sa_choose(body, &cfg->ike, &choice);
    if (rc == L2TPSEC_ENOENT || rc == L2TPSEC_EUNSUP) {
        l2s_v1_main_refuse_offer(e, m, cfg, rc);
        return;
    }
    if (rc != L2TPSEC_OK || body.left > L2S_HALF_OPEN_SA_MAX) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_MALFORMED, "offer");
        return;
    }
    l2s_vendors_read(&m->payloads, &theirs);
    if (!rcookie && known && !(rcookie = record_offer(e, m, known, &theirs, body)))
        return;
    if (!rcookie) {
        struct l2s_offer *o = l2s_offers_note(&e->offers, &theirs, body);
        if (!o) {
            l2s_v1_drop(e, 0, L2TPSEC_DROP_NO_MEMORY, "offer");
            return;
        }
        l2s_offers_cookie(&e->offers, o, m->h->icookie, &m->from, fresh);
        rcookie = fresh;
    }
    answer_offer(e, m, cfg, &choice, &theirs, rcookie);
}

/* ---- messages 3 and 4 ------------------------------------------------------------------------------------------ */

/* What message 1 agreed, into an IKE SA. */
int l2s_v1_main_adopt(struct l2s_v1_sa *sa, const struct l2s_half *half)
{
    struct l2s_ike_choice choice;
    int rc = l2s_ike_sa_choose(l2s_rd_init(half->sai, half->n), &half->cfg->ike, &choice);
    const struct l2s_v1_peer *dialled = l2s_idtab_get(&sa->e->channels, half->channel);

    if (rc != L2TPSEC_OK)
        return rc;
    sa->cfg = half->cfg;
    sa->dialled_back = half->channel != 0;
    sa->encap = dialled && dialled->encap;
    sa->proposal = choice.p;
    sa->life_s = choice.life_s;
    sa->vendors = half->vendors;
    sa->natt = l2s_v1_main_natt(half->cfg, &half->vendors);
    sa->talk->path.local = half->local;
    sa->talk->path.remote = half->remote;
    sa->talk->path.marker = half->marker;
    return l2s_v1_blob_set(sa->e, &sa->talk->sai, half->sai, half->n);
}

static void recv_ke(struct l2s_ike *e, struct l2s_v1_message *m, struct l2s_half *half)
{
    struct l2s_rd body = l2s_rd_init(m->p + L2S_ISAKMP_HEADER, m->n - L2S_ISAKMP_HEADER);
    struct l2s_v1_sa *sa = l2s_v1_sa_new(e, false, half->icookie, half->rcookie);
    int rc = L2TPSEC_ENOMEM;

    if (sa)
        rc = l2s_v1_main_adopt(sa, half);
    if (rc == L2TPSEC_OK) /* once more: what 15 and 16 mean depends on the vendor ids */
        rc = l2s_payloads_collect(body, m->h->first, sa->natt, &m->payloads);
    if (rc == L2TPSEC_OK)
        rc = l2s_payloads_check(&m->payloads, l2s_v1_rules_ke, NULL);
    if (rc == L2TPSEC_OK) {
        m->mark = l2s_repeat_mark(&sa->theirs, m->p, m->n);
        l2s_v1_say(e, 0, "recv", "main mode, message 3", (int64_t)m->n);
        rc = l2s_v1_sa_step(sa, L2S_ME_KE, m);
    }
    if (rc == L2TPSEC_OK && !sa->gone) {
        sa->half = half;
        half->sa = sa->id;
        l2s_half_open_warm(&e->half, half);
        return;
    }
    l2s_v1_drop(e, 0,
                rc == L2TPSEC_ENOMEM   ? L2TPSEC_DROP_NO_MEMORY
                : rc == L2TPSEC_EPROTO ? L2TPSEC_DROP_MALFORMED
                                       : L2TPSEC_DROP_INTERNAL,
                "message 3");
    if (sa)
        l2s_v1_sa_end(sa);
    if (!half->channel)
        l2s_half_open_remove(&e->half, half);
}

/* Somebody brings our cookie back: it is where it says, and from now on it costs us something. NULL: it is not our cookie, or
 * there is no room; counted. */
static struct l2s_half *admit(struct l2s_ike *e, const struct l2s_v1_message *m)
{
    const struct l2s_offer *o =
        e->listening ? l2s_offers_find(&e->offers, m->h->icookie, m->h->rcookie, &m->from) : NULL;
    struct l2s_half *half;

    if (!o) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_COOKIE, "main mode, for no SA of ours");
        return NULL;
    }
    if (l2s_half_open_crowded(&e->half, &m->from.remote, e->server->half_open_max)) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_LIMIT, "exchanges of one source at a time");
        return NULL;
    }
    half = l2s_half_open_add(&e->half, m->h->icookie, &m->from.remote, o->n, e->server->half_open_max);
    if (!half) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_NO_MEMORY, "half-open");
        return NULL;
    }
    half->cfg = e->server;
    memcpy(half->rcookie, m->h->rcookie, L2S_COOKIE);
    half->local = m->from.local;
    half->marker = m->from.marker;
    half->vendors = o->vendors;
    memcpy(half->sai, o->sai, o->n);
    return half;
}

void l2s_v1_main_knock(struct l2s_ike *e, struct l2s_v1_message *m)
{
    struct l2s_rd body = l2s_rd_init(m->p + L2S_ISAKMP_HEADER, m->n - L2S_ISAKMP_HEADER);
    struct l2s_half *half;

    if (m->h->flags & L2S_FLAG_ENCRYPTED) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_COOKIE, "encrypted, for no SA of ours");
        return;
    }
    if (l2s_cookie_zero(m->h->rcookie)) {
        if (l2s_payloads_collect(body, m->h->first, L2S_NATT_NONE, &m->payloads) != L2TPSEC_OK ||
            l2s_payloads_check(&m->payloads, l2s_v1_rules_sa, NULL) != L2TPSEC_OK)
            l2s_v1_drop(e, 0, L2TPSEC_DROP_MALFORMED, "message 1");
        else
            recv_offer(e, m);
        return;
    }
    half = l2s_half_open_find(&e->half, m->h->icookie, &m->from.remote);
    if (half && (half->sa || memcmp(half->rcookie, m->h->rcookie, L2S_COOKIE) != 0))
        l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_COOKIE, "main mode, for no SA of ours");
    else if (half || (half = admit(e, m)) != NULL)
        recv_ke(e, m, half);
}

int l2s_v1_main_recv_ke_r(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    const struct l2s_v1_message *m = arg;
    struct l2s_ike *e = sa->e;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_MAIN, 0, 0);
    int rc = l2s_v1_main_take_ke(sa, &m->payloads);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_main_check_nat(sa, &m->payloads, &m->from);
    if (rc != L2TPSEC_OK)
        return rc;
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    rc = l2s_v1_main_put_ke(sa, &c, &m->from, &m->payloads);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_chain_end(&c);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    rc = l2s_repeat_keep(&sa->theirs, m->mark, w.p, w.len);
    if (rc != L2TPSEC_OK)
        return rc; /* without it a lost message 4 would be lost for ever */
    l2s_v1_say(e, 0, "send", "main mode, message 4", (int64_t)w.len);
    l2s_v1_emit(e, &sa->talk->path, w.p, w.len);
    return L2TPSEC_OK;
}

/* ---- messages 5 and 6 ------------------------------------------------------------------------------------------ */

/* What a message 5 that a key fits said. */
struct proof {
    struct l2s_v1_keys keys;
    uint8_t skeyid[L2S_HASH_MAX];
    uint8_t iv[L2S_CIPHER_BLOCK_MAX];
    struct l2s_ike_id id;
    bool initial_contact;
};

bool l2s_v1_main_says(const struct l2s_payloads *s, uint16_t notify)
{
    struct l2s_notify n;

    for (unsigned i = 0; i < s->count[L2S_PK_NOTIFY]; i++)
        if (l2s_notify_read(l2s_payloads_get(s, L2S_PK_NOTIFY, i), &n) == L2TPSEC_OK && n.type == notify)
            return true;
    return false;
}

/* INITIAL-CONTACT stands behind the hash, which does not cover it; but it names the SA (RFC 2407, 4.6.3.3), so that a message 5 that
 * was altered there is known, and does not lead to a message 6 that its sender cannot read. EPROTO: it names another. */
int l2s_v1_main_contact(const struct l2s_v1_sa *sa, const struct l2s_payloads *s, bool *said)
{
    struct l2s_notify n;

    *said = l2s_v1_main_says(s, L2S_N_INITIAL_CONTACT);
    for (unsigned i = 0; *said && i < s->count[L2S_PK_NOTIFY]; i++) {
        if (l2s_notify_read(l2s_payloads_get(s, L2S_PK_NOTIFY, i), &n) != L2TPSEC_OK ||
            n.type != L2S_N_INITIAL_CONTACT || n.spi.left != 2 * L2S_COOKIE)
            continue;
        if (!l2s_v1_sa_named(sa, &n.spi))
            return L2TPSEC_EPROTO;
    }
    return L2TPSEC_OK;
}

/* Decrypt a copy with the key on trial. EPROTO, EAUTH: it is not the one. */
static int try_psk(struct l2s_v1_sa *sa, struct proof *out)
{
    struct l2s_v1_talk *t = sa->talk;
    struct l2s_ike *e = sa->e;
    struct l2s_v1_said said = l2s_v1_sa_said(sa);
    struct l2s_bytes psk = {.p = t->psk, .n = t->psk_len}, secret = {.p = t->secret, .n = t->secret_len};
    struct l2s_payloads s;
    size_t n = t->held.n - L2S_ISAKMP_HEADER;
    int rc = l2s_v1_keys_make(&out->keys, out->skeyid, e->crypto, &sa->proposal, &said, psk, secret);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_iv_phase1(&out->keys, e->crypto, said.gxi, said.gxr, out->iv);
    if (rc != L2TPSEC_OK)
        return rc;
    uint8_t *copy = l2s_mem_dup(&e->sys->mem, t->held.p, t->held.n);
    if (!copy)
        return L2TPSEC_ENOMEM;
    uint8_t *body = copy + L2S_ISAKMP_HEADER;
    if (!t->held_clear)
        rc = l2s_v1_open(&out->keys, e->crypto, out->iv, body, n);
    if (rc == L2TPSEC_OK)
        rc = l2s_payloads_collect(l2s_rd_init(body, n), t->held_first, sa->natt, &s);
    if (rc == L2TPSEC_OK)
        l2s_v1_show(e, l2s_v1_sa_channel(sa), &t->held_from, false, copy, t->held.n);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_check(sa, &out->keys, out->skeyid, &s, &out->id);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_main_contact(sa, &s, &out->initial_contact);
    l2s_mem_free(&e->sys->mem, copy);
    return rc;
}

/* Message 6, kept for when message 5 comes again. */
static int answer_proof(struct l2s_v1_sa *sa)
{
    struct l2s_ike *e = sa->e;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_MAIN, L2S_FLAG_ENCRYPTED, 0);
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    int rc = l2s_v1_auth_put(sa, &c);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_message_seal(sa, sa->iv, &c);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_repeat_keep(&sa->theirs, sa->talk->held_mark, w.p, w.len);
    if (rc != L2TPSEC_OK)
        return rc; /* without it a lost message 6 would be lost for ever */
    l2s_v1_say(e, 0, "send", "main mode, message 6", (int64_t)w.len);
    l2s_v1_emit(e, &sa->talk->path, w.p, w.len);
    return L2TPSEC_OK;
}

static int proven(struct l2s_v1_sa *sa, const struct proof *p)
{
    struct l2s_v1_path was = sa->talk->path;

    sa->keys = p->keys;
    memcpy(sa->talk->skeyid, p->skeyid, sizeof p->skeyid);
    memcpy(sa->iv, p->iv, sizeof sa->iv);
    sa->talk->path = sa->talk->held_from; /* RFC 3947, 4: it may have moved to the NAT-T port */
    int rc = answer_proof(sa);
    if (rc != L2TPSEC_OK) {
        sa->talk->path = was;
        return rc;
    }
    if (sa->gone)
        return L2TPSEC_OK;
    sa->fsm.state = L2S_MM_UP;
    l2s_v1_main_log_key(sa);
    return l2s_v1_peer_bind(sa, &p->id, p->initial_contact);
}

/* No key fits. It may have been damaged or forged on the way, so the exchange stays open for a better one. */
static int unproven(struct l2s_v1_sa *sa, bool tried)
{
    struct l2s_failure why =
        l2s_v1_failure(tried ? L2TPSEC_CAUSE_PSK : L2TPSEC_CAUSE_NO_SECRET, step_5,
                       tried ? "compare the PSK for this address with the client's" : "set a PSK for this address");
    struct l2s_ike *e = sa->e;
    struct l2s_half *half = sa->half;

    sa->fsm.state = L2S_MM_R_KE;
    sa->talk->bad++;
    sa->talk->bad_mark = sa->talk->held_mark;
    l2s_v1_blob_free(e, &sa->talk->held);
    if (half && !half->complained) {
        half->complained = true;
        l2s_v1_info_clear_sa(sa, &sa->talk->held_from, L2S_N_AUTHENTICATION_FAILED);
        if (!sa->gone)
            l2s_v1_main_refuse(e, &sa->talk->held_from.remote, &why);
    }
    return L2TPSEC_EAUTH;
}

/* Try the key at hand, then further candidates, until one fits, the host has to think, or there are no more. */
static int try_keys(struct l2s_v1_sa *sa, int have)
{
    struct l2s_v1_talk *t = sa->talk;
    bool tried = t->candidate > 0;
    struct proof proof;
    int rc = have;

    while (rc == L2TPSEC_OK && t->psk_len) {
        memset(&proof, 0, sizeof proof);
        tried = true;
        rc = try_psk(sa, &proof);
        t->key = l2s_v1_key_mark(t, sa->e);
        l2s_wipe(t->psk, sizeof t->psk);
        if (rc == L2TPSEC_OK)
            rc = proven(sa, &proof);
        else if ((rc == L2TPSEC_EPROTO || rc == L2TPSEC_EAUTH) && t->candidate + 1 < CANDIDATES) {
            rc = l2s_v1_main_ask(sa, t->candidate + 1);
            continue;
        }
        l2s_wipe(&proof, sizeof proof);
        if (rc == L2TPSEC_EPROTO || rc == L2TPSEC_EAUTH)
            break;
        if (rc != L2TPSEC_OK && !sa->gone)
            sa->fsm.state = L2S_MM_R_KE;
        return rc;
    }
    l2s_wipe(&proof, sizeof proof);
    if (sa->gone)
        return L2TPSEC_OK;
    if (rc == L2S_PENDING) {
        if (sa->half)
            l2s_half_open_warm(&sa->e->half, sa->half); /* it is the host that takes its time */
        return rc;
    }
    return unproven(sa, tried);
}

/* ---- with signatures: there is one key, so what decrypts is final ---- */

/* Message 6, and all is well. */
int l2s_v1_main_send_proof_r(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    struct proof proof = {.keys = sa->keys, .id = sa->talk->proven, .initial_contact = sa->talk->proven_contact};

    (void)arg;
    memcpy(proof.iv, sa->iv, sizeof proof.iv);
    int rc = proven(sa, &proof);
    l2s_wipe(&proof, sizeof proof);
    if (rc != L2TPSEC_OK && !sa->gone) /* ours to blame: the peer begins again */
        l2s_v1_sa_end(sa);
    return rc;
}

static int turn_away(struct l2s_v1_sa *sa, const struct l2s_failure *why, uint16_t notify)
{
    struct l2s_ike *e = sa->e;
    uint64_t id = sa->id;

    sa->talk->path = sa->talk->held_from;
    l2s_v1_info_notify(sa, notify, 0);
    if (l2s_idtab_get(&e->sa_ids, id) == sa)
        l2s_v1_main_turn_away(sa, why);
    return L2TPSEC_EAUTH;
}

static int sign(struct l2s_v1_sa *sa)
{
    struct l2s_failure why =
        l2s_v1_failure(L2TPSEC_CAUSE_NO_SECRET, "main mode, signature", "set ike.key, or answer the sign callback");
    int rc = l2s_v1_auth_sign(sa);

    if (rc == L2TPSEC_OK)
        return l2s_v1_main_send_proof_r(sa, NULL);
    if (sa->gone)
        return L2TPSEC_OK;
    if (rc == L2S_PENDING) {
        sa->fsm.state = L2S_MM_R_SIGN;
        if (sa->half)
            l2s_half_open_warm(&sa->e->half, sa->half);
        return rc;
    }
    why.layer = L2TPSEC_LAYER_HOST;
    why.windows_code = L2S_V1_NO_CERTIFICATE;
    return rc == L2TPSEC_ENOENT ? turn_away(sa, &why, L2S_N_AUTHENTICATION_FAILED) : rc;
}

static int try_signature(struct l2s_v1_sa *sa)
{
    struct proof proof = {.initial_contact = false};
    struct l2s_v1_talk *t = sa->talk;
    int rc = try_psk(sa, &proof);

    if (rc == L2TPSEC_OK || t->refused) {
        sa->keys = proof.keys;
        memcpy(t->skeyid, proof.skeyid, sizeof proof.skeyid);
        memcpy(sa->iv, proof.iv, sizeof sa->iv);
        t->proven = proof.id;
        t->proven_contact = proof.initial_contact;
    }
    l2s_wipe(&proof, sizeof proof);
    if (rc == L2TPSEC_OK)
        return sign(sa);
    if (t->refused) {
        struct l2s_failure why = *t->refused;
        return turn_away(sa, &why, t->refused_notify);
    }
    sa->fsm.state = L2S_MM_R_KE;
    l2s_v1_blob_free(sa->e, &t->held);
    if (rc == L2TPSEC_EPROTO) { /* damaged or forged on the way: a better one may come */
        t->bad++;
        t->bad_mark = t->held_mark;
    }
    return rc;
}

int l2s_v1_main_recv_proof_r(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    const struct l2s_v1_message *m = arg;
    struct l2s_v1_talk *t = sa->talk;
    int rc;

    if (t->bad && m->mark == t->bad_mark) {
        if (sa->half && sa->half->complained) /* our answer was lost, or is late */
            l2s_v1_info_clear_sa(sa, &m->from, L2S_N_AUTHENTICATION_FAILED);
        return L2TPSEC_EEXIST;
    }
    if (t->bad >= BAD_PROOFS || m->n <= L2S_ISAKMP_HEADER || m->n > L2S_V1_TAKEN_MAX)
        return L2TPSEC_EPROTO;
    rc = l2s_v1_main_agree(sa);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_v1_blob_set(sa->e, &t->held, m->p, m->n);
    if (rc != L2TPSEC_OK)
        return rc;
    t->held_first = m->h->first;
    t->held_from = m->from;
    t->held_mark = m->mark;
    t->held_clear = !(m->h->flags & L2S_FLAG_ENCRYPTED);
    if (l2s_v1_auth_signed(sa))
        return try_signature(sa);
    return try_keys(sa, l2s_v1_main_ask(sa, 0));
}

int l2s_v1_main_try_key(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;

    (void)arg;
    sa->fsm.state = L2S_MM_R_KEY;
    return try_keys(sa, sa->talk->psk_len ? L2TPSEC_OK : L2TPSEC_ENOENT);
}
