/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/quick_mode.h"

#include "ike/common/attr.h"
#include "ike/common/transform.h"
#include "ike/v1/child.h"
#include "ike/v1/dpd.h"

#define LINGER (60 * L2S_SECOND)
#define DONE_MAX 16 /* exchanges under one IKE SA that are over and still answered */
#define OPEN_MAX 16 /* exchanges under one IKE SA that are not over */

static const struct l2s_payload_rule rules_sa[] = {
    {L2S_PK_HASH, 1, 1},  {L2S_PK_SA, 1, 1},      {L2S_PK_NONCE, 1, 1}, {L2S_PK_KE, 0, 1},   {L2S_PK_ID, 0, 2},
    {L2S_PK_NATOA, 0, 4}, {L2S_PK_NOTIFY, 0, 16}, {L2S_PK_VID, 0, 16},  {L2S_PK_NONE, 0, 0},
};
static const struct l2s_payload_rule rules_hash[] = {
    {L2S_PK_HASH, 1, 1}, {L2S_PK_NOTIFY, 0, 16}, {L2S_PK_VID, 0, 16}, {L2S_PK_NONE, 0, 0}};

static const char *const states[L2S_QM_STATES] = {"-", "SA sent", "SA answered", "done"};
static const char *const events[L2S_QE_EVENTS] = {"begin", "SA", "HASH"};

static const struct l2s_edge edges[L2S_QM_STATES][L2S_QE_EVENTS] = {
    [L2S_QM_NONE] = {[L2S_QE_BEGIN] = {L2S_QM_I_SENT, l2s_v1_quick_send_offer},
                     [L2S_QE_SA] = {L2S_QM_R_SENT, l2s_v1_quick_recv_offer}},
    [L2S_QM_I_SENT] = {[L2S_QE_SA] = {L2S_QM_DONE, l2s_v1_quick_recv_answer},
                       [L2S_QE_HASH] = {L2S_QM_I_SENT, l2s_v1_quick_recv_refusal}},
    [L2S_QM_R_SENT] = {[L2S_QE_HASH] = {L2S_QM_DONE, l2s_v1_quick_recv_proof}},
    [L2S_QM_DONE] = {[L2S_QE_HASH] = {L2S_QM_DONE, NULL}}, /* a fourth message, with CONNECTED */
};

static const struct l2s_fsm_def machine = {
    .wing = "ike",
    .name = "quick-mode",
    .states = states,
    .events = events,
    .n_states = L2S_QM_STATES,
    .n_events = L2S_QE_EVENTS,
    .edges = &edges[0][0],
};

/* ---- life ------------------------------------------------------------------------------------------------------ */

static void resend(void *self, const uint8_t *p, size_t n)
{
    struct l2s_v1_quick *q = self;
    struct l2s_ike *e = q->sa->e;

    l2s_v1_enter(e);
    l2s_v1_emit(e, q->initiator ? l2s_v1_sa_path(q->sa) : &q->path, p, n);
    l2s_v1_leave(e);
}

void l2s_v1_quick_fail(struct l2s_v1_quick *q, const struct l2s_failure *why, bool silent)
{
    struct l2s_v1_peer *peer = q->sa->peer;
    bool ours = q->initiator;

    l2s_v1_quick_end(q);
    if (ours)
        l2s_v1_peer_failed(peer, why, silent);
}

static void give_up(void *self)
{
    struct l2s_v1_quick *q = self;
    struct l2s_ike *e = q->sa->e;
    struct l2s_failure why = l2s_v1_failure(L2TPSEC_CAUSE_PEER_VANISHED, "quick mode, message 1", NULL);

    l2s_v1_enter(e);
    l2s_v1_quick_fail(q, &why, true);
    l2s_v1_leave(e);
}

static void forgotten(void *owner)
{
    struct l2s_v1_quick *q = owner;
    struct l2s_ike *e = q->sa->e;

    l2s_v1_enter(e);
    l2s_v1_quick_end(q);
    l2s_v1_leave(e);
}

static void forget(struct l2s_v1_quick *q)
{
    struct l2s_ike *e = q->sa->e;

    l2s_v1_blob_free(e, &q->ni);
    l2s_v1_blob_free(e, &q->nr);
    l2s_v1_blob_free(e, &q->gx);
    l2s_v1_blob_free(e, &q->idci);
    l2s_v1_blob_free(e, &q->idcr);
    l2s_v1_blob_free(e, &q->secret);
    e->crypto->ops->dh_free(q->dh);
    q->dh = NULL;
}

static void bury(struct l2s_ike *e, struct l2s_v1_grave *g)
{
    struct l2s_v1_quick *q = L2S_CONTAINER(g, struct l2s_v1_quick, grave);

    l2s_retransmit_fini(&q->ours);
    l2s_repeat_fini(&q->theirs);
    l2s_timers_release(&e->sys->timers, 1);
    l2s_mem_free(&e->sys->mem, q);
}

int l2s_v1_quick_step(struct l2s_v1_quick *q, unsigned event, const void *arg)
{
    return l2s_fsm_step(&q->fsm, q, &q->sa->e->sys->trace, l2s_v1_sa_channel(q->sa), event, arg);
}

struct l2s_v1_quick *l2s_v1_quick_new(struct l2s_v1_sa *sa, bool initiator, uint32_t id)
{
    struct l2s_ike *e = sa->e;
    struct l2s_v1_quick *q;

    if (l2s_timers_reserve(&e->sys->timers, 1) != L2TPSEC_OK)
        return NULL;
    q = l2s_mem_new(&e->sys->mem, sizeof *q);
    if (!q) {
        l2s_timers_release(&e->sys->timers, 1);
        return NULL;
    }
    q->sa = sa;
    q->initiator = initiator;
    q->id = id;
    q->fsm.def = &machine;
    q->fsm.state = L2S_QM_NONE;
    l2s_timer_init(&q->linger, forgotten, q);
    l2s_repeat_init(&q->theirs, e->sys, e->sas.key);
    if (l2s_retransmit_init(&q->ours, e->sys, resend, give_up, q) != L2TPSEC_OK) {
        bury(e, &q->grave);
        return NULL;
    }
    l2s_list_add_tail(&sa->quicks, &q->node);
    return q;
}

void l2s_v1_quick_end(struct l2s_v1_quick *q)
{
    struct l2s_ike *e = q->sa->e;

    if (q->gone)
        return;
    q->gone = true;
    if (!q->unspent && (!q->initiator || q->fsm.state != L2S_QM_NONE))
        l2s_v1_use(&q->sa->quick_ids, q->id);
    l2s_timer_cancel(&e->sys->timers, &q->linger);
    l2s_retransmit_stop(&q->ours);
    l2s_list_remove(&q->node);
    if (!q->initiator && q->child && !q->proven)
        l2s_v1_child_unproven(q->sa->peer, q->child);
    if (q->spi_in)
        e->port.spi_release(e->port.self, q->spi_in);
    q->spi_in = 0;
    forget(q);
    l2s_v1_bury(e, &q->grave, bury);
}

/* Repetitions come soon or not at all; who begins many exchanges is not remembered the longer for it. */
static void keep_few_done(struct l2s_v1_sa *sa)
{
    struct l2s_v1_quick *oldest = NULL;
    unsigned done = 0;

    L2S_LIST_EACH (&sa->quicks, n, after) {
        struct l2s_v1_quick *q = L2S_LIST_ENTRY(n, struct l2s_v1_quick, node);
        if (q->fsm.state != L2S_QM_DONE)
            continue;
        if (!oldest)
            oldest = q;
        done++;
    }
    if (done > DONE_MAX)
        l2s_v1_quick_end(oldest);
}

void l2s_v1_quick_done(struct l2s_v1_quick *q)
{
    struct l2s_ike *e = q->sa->e;

    l2s_v1_dpd_learn(q->sa->peer, q->ours.sent);
    l2s_retransmit_stop(&q->ours);
    forget(q);
    l2s_timer_arm(&e->sys->timers, &q->linger, e->sys->now + LINGER);
    keep_few_done(q->sa);
}

struct l2s_v1_quick *l2s_v1_quick_find(const struct l2s_v1_sa *sa, uint32_t id)
{
    L2S_LIST_EACH (&sa->quicks, n, after) {
        struct l2s_v1_quick *q = L2S_LIST_ENTRY(n, struct l2s_v1_quick, node);
        if (q->id == id)
            return q;
    }
    return NULL;
}

bool l2s_v1_quick_busy(const struct l2s_v1_sa *sa)
{
    L2S_LIST_EACH (&sa->quicks, n, after) {
        const struct l2s_v1_quick *q = L2S_LIST_ENTRY(n, struct l2s_v1_quick, node);
        if (q->initiator && q->fsm.state != L2S_QM_DONE)
            return true;
    }
    return false;
}

unsigned l2s_v1_quick_open_ones(const struct l2s_v1_sa *sa)
{
    unsigned count = 0;

    L2S_LIST_EACH (&sa->quicks, n, after)
        count += L2S_LIST_ENTRY(n, struct l2s_v1_quick, node)->fsm.state != L2S_QM_DONE;
    return count;
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

struct l2s_bytes l2s_v1_quick_rest(const struct l2s_payloads *s)
{
    struct l2s_rd rest = l2s_payloads_behind_first(s);

    return l2s_v1_bytes_rd(&rest);
}

bool l2s_v1_quick_verify(const struct l2s_v1_sa *sa, const struct l2s_payloads *s, const uint8_t *hash)
{
    struct l2s_rd theirs = l2s_payloads_get(s, L2S_PK_HASH, 0);

    return theirs.left == sa->keys.hash_len && l2s_ct_equal(theirs.p, hash, theirs.left);
}

void l2s_v1_quick_open(struct l2s_v1_quick *q, struct l2s_v1_sealed *out)
{
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_QUICK, L2S_FLAG_ENCRYPTED, q->id);

    out->w = l2s_wr_init(sa->e->buf, sizeof sa->e->buf);
    out->c = l2s_chain_begin(&out->w, &h);
    out->hash_at = l2s_chain_put_room(&out->c, L2S_PT_HASH, sa->keys.hash_len);
}

int l2s_v1_quick_close(struct l2s_v1_quick *q, struct l2s_v1_sealed *s, bool first)
{
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_ike *e = sa->e;
    size_t from = s->hash_at + sa->keys.hash_len;
    int rc;

    if (s->w.bad)
        return L2TPSEC_EINTERNAL;
    struct l2s_bytes rest = {.p = s->w.p + from, .n = s->w.len - from};
    uint8_t *hash = s->w.p + s->hash_at;
    if (first)
        rc = l2s_v1_hash1(&sa->keys, e->crypto, q->id, rest, hash);
    else if (!q->initiator)
        rc = l2s_v1_hash2(&sa->keys, e->crypto, q->id, l2s_v1_bytes(&q->ni), rest, hash);
    else
        rc = l2s_v1_hash3(&sa->keys, e->crypto, q->id, l2s_v1_bytes(&q->ni), l2s_v1_bytes(&q->nr), hash);
    return rc == L2TPSEC_OK ? l2s_v1_message_seal(sa, q->iv, &s->c) : rc;
}

static void account(struct l2s_v1_sa *sa, int rc)
{
    struct l2s_ike *e = sa->e;
    uint64_t channel = l2s_v1_sa_channel(sa);

    switch (rc) {
    case L2TPSEC_OK:
        break;
    case L2S_UNEXPECTED:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_UNEXPECTED, "quick mode message out of turn");
        break;
    case L2TPSEC_EPROTO:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_MALFORMED, "quick mode message malformed");
        break;
    case L2TPSEC_EAUTH:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_FORGED, "quick mode hash does not fit");
        break;
    case L2TPSEC_ENOENT:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_UNKNOWN_PROTOCOL, "quick mode refused");
        break;
    case L2TPSEC_ENOMEM:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_NO_MEMORY, "quick mode message, no memory for it");
        break;
    default:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_INTERNAL, "quick mode message, internal failure");
        break;
    }
}

/* Decrypt with the exchange's IV, and look whether all is there that must be. */
static int open_message(struct l2s_v1_sa *sa, struct l2s_v1_message *m, uint8_t *iv)
{
    struct l2s_payloads *s = &m->payloads;
    int rc = l2s_v1_message_open(m, sa, iv);

    if (rc != L2TPSEC_OK)
        return rc;
    if (m->h->first != L2S_PT_HASH) /* RFC 2409, 5.5: it must be first, for it covers what follows it */
        return L2TPSEC_EPROTO;
    return l2s_payloads_check(s, s->count[L2S_PK_SA] ? rules_sa : rules_hash, NULL);
}

/* Message 1: an exchange of the peer's begins, if it is proven that it is the peer's. */
static void recv_first(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_ike *e = sa->e;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX], hash[L2S_HASH_MAX];
    struct l2s_v1_quick *q;
    int rc;

    if (l2s_v1_used(&sa->quick_ids, m->h->message_id)) {
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_REPLAYED, "message id used up");
        return;
    }
    rc = l2s_v1_iv_phase2(&sa->keys, e->crypto, sa->iv, m->h->message_id, iv);
    if (rc == L2TPSEC_OK)
        rc = open_message(sa, m, iv);
    if (rc == L2TPSEC_OK && !m->payloads.count[L2S_PK_SA])
        rc = L2S_UNEXPECTED;
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_hash1(&sa->keys, e->crypto, m->h->message_id, l2s_v1_quick_rest(&m->payloads), hash);
    if (rc == L2TPSEC_OK && !l2s_v1_quick_verify(sa, &m->payloads, hash))
        rc = L2TPSEC_EAUTH;
    if (rc != L2TPSEC_OK) {
        account(sa, rc);
        return;
    }
    if (l2s_v1_quick_open_ones(sa) >= OPEN_MAX) {
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_LIMIT, "too many quick modes");
        return;
    }
    l2s_v1_peer_float(sa->peer, &m->from);
    q = sa->gone ? NULL : l2s_v1_quick_new(sa, false, m->h->message_id);
    if (!q) {
        account(sa, L2TPSEC_ENOMEM);
        return;
    }
    memcpy(q->iv, iv, sizeof q->iv);
    q->path = m->from;
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "recv", "quick mode, message 1", (int64_t)m->n);
    rc = l2s_v1_quick_step(q, L2S_QE_SA, m);
    account(sa, rc);
    if (rc == L2TPSEC_OK)
        return;
    /* We were short of something for a moment, and said nothing: the peer's repetition is welcome. */
    q->unspent = rc == L2TPSEC_ENOMEM || rc == L2TPSEC_ERANDOM;
    l2s_v1_quick_end(q);
}

static void recv_next(struct l2s_v1_quick *q, struct l2s_v1_message *m)
{
    struct l2s_v1_sa *sa = q->sa;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX], was[L2S_CIPHER_BLOCK_MAX];
    uint8_t state = q->fsm.state;
    int rc;

    memcpy(was, q->iv, sizeof was);
    memcpy(iv, q->iv, sizeof iv);
    rc = open_message(sa, m, iv);
    if (rc == L2TPSEC_OK) {
        bool answer = m->payloads.count[L2S_PK_SA] != 0;
        l2s_v1_say(sa->e, l2s_v1_sa_channel(sa), "recv",
                   answer         ? "quick mode, message 2"
                   : q->initiator ? "quick mode, message 4"
                                  : "quick mode, message 3",
                   (int64_t)m->n);
        memcpy(q->iv, iv, sizeof q->iv);
        rc = l2s_v1_quick_step(q, answer ? L2S_QE_SA : L2S_QE_HASH, m);
    }
    account(sa, rc);
    if (rc == L2TPSEC_OK || q->gone)
        return;
    memcpy(q->iv, was, sizeof q->iv); /* what was refused changes nothing */
    q->fsm.state = state;
    if (q->initiator && rc != L2S_UNEXPECTED && rc != L2TPSEC_EPROTO && rc != L2TPSEC_EAUTH && rc != L2TPSEC_ENOENT) {
        struct l2s_failure why = l2s_v1_failure(l2s_v1_cause_of(rc), "quick mode", NULL);
        why.layer = L2TPSEC_LAYER_HOST;
        l2s_v1_quick_fail(q, &why, false);
    }
}

void l2s_v1_quick_input(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_v1_quick *q = l2s_v1_quick_find(sa, m->h->message_id);
    struct l2s_ike *e = sa->e;
    struct l2s_bytes answer;

    if (!sa->up || !(m->h->flags & L2S_FLAG_ENCRYPTED) || m->h->message_id == 0) {
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_UNEXPECTED, "quick mode without phase 1");
        return;
    }
    m->mark = l2s_repeat_mark(&sa->theirs, m->p, m->n); /* before it is decrypted in place */
    if (!q) {
        recv_first(sa, m);
        return;
    }
    if (!l2s_repeat_find(&q->theirs, m->mark, &answer)) {
        recv_next(q, m);
        return;
    }
    l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_DUPLICATE, "quick mode message again");
    if (answer.n)
        l2s_v1_emit(e, q->initiator ? l2s_v1_sa_path(sa) : &q->path, answer.p, answer.n);
}

/* ---- what both sides do ---------------------------------------------------------------------------------------- */

int l2s_v1_quick_own_half(struct l2s_v1_quick *q, uint8_t group)
{
    struct l2s_ike *e = q->sa->e;
    uint8_t value[L2S_DH_MAX];
    size_t len = 0;
    int rc;

    if (l2s_random(e->sys, value, L2S_V1_NONCE) != 0)
        return L2TPSEC_ERANDOM;
    rc = l2s_v1_blob_set(e, q->initiator ? &q->ni : &q->nr, value, L2S_V1_NONCE);
    if (rc != L2TPSEC_OK || group == L2S_GROUP_NONE)
        return rc;
    rc = e->crypto->ops->dh_new(e->crypto, (enum l2s_group_id)group, &q->dh, value, sizeof value, &len);
    return rc == L2TPSEC_OK ? l2s_v1_blob_set(e, &q->gx, value, len) : rc;
}

int l2s_v1_quick_agree(struct l2s_v1_quick *q, struct l2s_rd ke)
{
    struct l2s_ike *e = q->sa->e;
    uint8_t secret[L2S_DH_MAX];
    size_t len = 0;
    int rc = e->crypto->ops->dh_agree(q->dh, ke.p, ke.left, secret, sizeof secret, &len);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_blob_set(e, &q->secret, secret, len);
    l2s_wipe(secret, sizeof secret);
    return rc;
}

static bool legacy(const struct l2s_v1_quick *q)
{
    struct l2s_ike_proposal pfs = {
        .cipher = L2S_AES_CBC, .hash = L2S_SHA256, .group = q->choice.p.group, .key_len = 16};

    return l2s_ike_proposal_legacy(&q->sa->proposal) || l2s_esp_proposal_legacy(&q->choice.p) ||
           (q->choice.p.group != L2S_GROUP_NONE && l2s_ike_proposal_legacy(&pfs));
}

int l2s_v1_quick_install(struct l2s_v1_quick *q)
{
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_ike *e = sa->e;
    const struct l2s_v1_path *path = &sa->peer->path;
    const struct l2s_esp_suite *suite = &q->choice.p.suite;
    size_t enc = l2s_esp_enc_key_len(suite), auth = l2s_esp_auth_key_len(suite);
    uint8_t in[L2S_V1_KEYMAT_MAX], out[L2S_V1_KEYMAT_MAX];
    struct l2s_bytes ni = l2s_v1_bytes(&q->ni), nr = l2s_v1_bytes(&q->nr), secret = l2s_v1_bytes(&q->secret);
    int rc = l2s_v1_keymat(&sa->keys, e->crypto, secret, q->spi_in, ni, nr, in, enc + auth);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_keymat(&sa->keys, e->crypto, secret, q->choice.spi, ni, nr, out, enc + auth);
    struct l2s_ike_child child = {
        .id = ++e->last_child,
        .spi_in = q->spi_in,
        .spi_out = q->choice.spi,
        .suite = *suite,
        .enc_in = in,
        .auth_in = in + enc,
        .enc_out = out,
        .auth_out = out + enc,
        .initiator = q->initiator,
        .unconfirmed = !q->initiator,
        .udp_encap = path->marker,
        .local = path->local,
        .remote = path->remote,
        .local_inner = q->local_inner,
        .remote_inner = q->remote_inner,
        .local_port = q->local_port,
        .remote_port = q->remote_port,
        .lifetime_s = q->renew_s && q->renew_s < q->choice.life_s ? q->renew_s : q->choice.life_s,
        .lifetime_bytes = (uint64_t)q->choice.life_kb * 1024,
        .sha256_96 = l2s_vendors_short_sha256(&sa->vendors),
        .legacy = legacy(q),
        .aggressive = sa->aggressive,
    };
    if (rc == L2TPSEC_OK) {
        q->spi_in = 0; /* the pair's now: core may end all of this in the call */
        q->child = child.id;
        rc = l2s_v1_child_up(sa->peer, &child, q->choice.life_s, q->replaces);
        if (rc != L2TPSEC_OK) {
            q->spi_in = child.spi_in;
            q->child = 0;
        }
    }
    l2s_wipe(in, sizeof in);
    l2s_wipe(out, sizeof out);
    return rc;
}

void l2s_v1_shorten(struct l2s_rd attrs, uint32_t *life_s, uint32_t *life_kb)
{
    uint64_t type = 0;
    struct l2s_attr a;

    while (l2s_attr_next(&attrs, &a) == 1) {
        uint64_t v = a.value;
        bool life =
            a.type == L2S_A2_LIFE || a.type == L2S_A1_LIFE; /* of either phase's numbers: vpnc knows 11 and 12 only */
        if (a.type == L2S_A2_LIFE_TYPE || a.type == L2S_A1_LIFE_TYPE) {
            type = v;
        } else if (life && type == L2S_LIFE_SECONDS && v && v < *life_s) {
            *life_s = v < L2S_LIFE_MIN ? L2S_LIFE_MIN : (uint32_t)v;
        } else if (life && type == L2S_LIFE_KILOBYTES && v && (!*life_kb || v < *life_kb)) {
            *life_kb = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
        }
    }
}

void l2s_v1_quick_refused(struct l2s_v1_sa *sa, uint16_t notify, struct l2s_rd spi)
{
    struct l2s_v1_quick *found = NULL;
    uint32_t named = spi.left == 4 ? l2s_rd_u32(&spi) : 0;
    bool fits = false;

    L2S_LIST_EACH (&sa->quicks, n, after) {
        struct l2s_v1_quick *q = L2S_LIST_ENTRY(n, struct l2s_v1_quick, node);
        if (!q->initiator || q->fsm.state != L2S_QM_I_SENT)
            continue;
        fits = fits || q->spi_in == named;
        if (!found || q->spi_in == named)
            found = q;
    }
    if (!found || (notify == L2S_N_INVALID_SPI && !fits)) /* of a pair that is gone over there, not of this one */
        return;
    struct l2s_v1_peer *peer = sa->peer;
    uint8_t next =
        notify == L2S_N_NO_PROPOSAL_CHOSEN ? l2s_v1_quick_next_group(sa->cfg, found->group) : L2S_GROUP_COUNT;
    uint32_t cause = notify == L2S_N_NO_PROPOSAL_CHOSEN ? L2TPSEC_CAUSE_PHASE2_PROPOSAL : L2TPSEC_CAUSE_PHASE2_REFUSED;
    struct l2s_failure why = l2s_v1_failure(cause, "quick mode, message 1",
                                            cause == L2TPSEC_CAUSE_PHASE2_PROPOSAL
                                                ? "the server allows none of our esp.proposals; try another preset"
                                                : NULL);
    why.peer_code = notify;
    if (cause == L2TPSEC_CAUSE_PHASE2_PROPOSAL)
        (void)l2s_esp_policy_text(&sa->cfg->esp, why.allowed, sizeof why.allowed);
    l2s_v1_quick_end(found);
    if (next != L2S_GROUP_COUNT && l2s_v1_quick_begin(sa, next) == L2TPSEC_OK)
        return;
    l2s_v1_peer_failed(peer, &why, false);
}
