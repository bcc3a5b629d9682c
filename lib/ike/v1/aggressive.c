/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/aggressive.h"

#include "ike/v1/info.h"

#define MANY 60
#define BAD_PROOFS 8 /* messages that bring a hash which does not fit, and are looked at */
#define GRACE_HINT (5 * L2S_SECOND)

const char l2s_v1_aggressive_step_1[] = "aggressive mode, message 1";
static const char step_2[] = "aggressive mode, message 2";
static const char step_3[] = "aggressive mode, message 3";

#define SOME_VID                                                                                                       \
    {L2S_PK_VID, 0, MANY}, {L2S_PK_NOTIFY, 0, MANY}, {L2S_PK_CERTREQ, 0, MANY},                                        \
    {                                                                                                                  \
        L2S_PK_NONE, 0, 0                                                                                              \
    }

static const struct l2s_payload_rule rules_1[] = {
    {L2S_PK_SA, 1, 1}, {L2S_PK_KE, 1, 1}, {L2S_PK_NONCE, 1, 1}, {L2S_PK_ID, 1, 1}, SOME_VID};
static const struct l2s_payload_rule rules_2[] = {{L2S_PK_SA, 1, 1}, {L2S_PK_KE, 1, 1},   {L2S_PK_NONCE, 1, 1},
                                                  {L2S_PK_ID, 1, 1}, {L2S_PK_HASH, 1, 1}, {L2S_PK_NATD, 0, MANY},
                                                  SOME_VID};
static const struct l2s_payload_rule rules_3[] = {{L2S_PK_HASH, 1, 1}, {L2S_PK_NATD, 0, MANY}, SOME_VID};

static int send_first(void *self, const void *arg);
static int recv_second(void *self, const void *arg);
static int recv_first(void *self, const void *arg);
static int send_second(void *self, const void *arg);
static int recv_third(void *self, const void *arg);

static const char *const states[L2S_MM_STATES] = {
    "-", "key asked", "SA KE ID sent", NULL, NULL, "SA KE ID answered", "key asked", "up", NULL, NULL,
};
static const char *const events[L2S_ME_EVENTS] = {"begin", "key", "SA KE ID", NULL, "HASH", NULL};

static const struct l2s_edge edges[L2S_MM_STATES][L2S_ME_EVENTS] = {
    [L2S_MM_NONE] = {[L2S_ME_BEGIN] = {L2S_MM_I_KEY, l2s_v1_main_begin_sa}, [L2S_ME_SA] = {L2S_MM_R_KEY, recv_first}},
    [L2S_MM_I_KEY] = {[L2S_ME_KEY] = {L2S_MM_I_SA, send_first}},
    [L2S_MM_I_SA] = {[L2S_ME_SA] = {L2S_MM_UP, recv_second}},
    [L2S_MM_R_KEY] = {[L2S_ME_KEY] = {L2S_MM_R_KE, send_second}},
    [L2S_MM_R_KE] = {[L2S_ME_AUTH] = {L2S_MM_UP, recv_third}},
};

static const struct l2s_fsm_def machine = {
    .wing = "ike",
    .name = "aggressive-mode",
    .states = states,
    .events = events,
    .n_states = L2S_MM_STATES,
    .n_events = L2S_ME_EVENTS,
    .edges = &edges[0][0],
};

void l2s_v1_aggressive_fsm(struct l2s_v1_sa *sa)
{
    sa->aggressive = true;
    sa->fsm.def = &machine;
}

int l2s_v1_aggressive_event(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_rd body = l2s_rd_init(m->p + L2S_ISAKMP_HEADER, m->n - L2S_ISAKMP_HEADER);

    if (m->h->flags & L2S_FLAG_ENCRYPTED)
        return sa->initiator ? -1 : L2S_ME_AUTH;
    if (l2s_payloads_collect(body, m->h->first, sa->natt, &m->payloads) != L2TPSEC_OK)
        return -1;
    if (m->payloads.count[L2S_PK_SA])
        return L2S_ME_SA;
    return m->payloads.count[L2S_PK_HASH] ? L2S_ME_AUTH : -1;
}

/* Both halves are here, and the key. What it was made of is wiped. */
static int make_keys(struct l2s_v1_sa *sa)
{
    struct l2s_v1_talk *t = sa->talk;
    int rc = l2s_v1_main_agree(sa);

    if (rc != L2TPSEC_OK)
        return rc;
    struct l2s_v1_said said = l2s_v1_sa_said(sa);
    struct l2s_bytes psk = {.p = t->psk, .n = t->psk_len}, secret = {.p = t->secret, .n = t->secret_len};
    rc = l2s_v1_keys_make(&sa->keys, t->skeyid, sa->e->crypto, &sa->proposal, &said, psk, secret);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_iv_phase1(&sa->keys, sa->e->crypto, said.gxi, said.gxr, sa->iv);
    l2s_wipe(t->secret, sizeof t->secret);
    t->secret_len = 0;
    return rc;
}

/* ---- initiator ------------------------------------------------------------------------------------------------- */

uint16_t l2s_v1_aggressive_next(const struct l2s_v1_sa *sa)
{
    const struct l2s_ike_policy *p = &sa->cfg->ike;

    for (uint16_t i = (uint16_t)(sa->talk->first + 1); i < p->n; i++) {
        uint16_t j = 0;
        while (j < i && p->p[j].group != p->p[i].group)
            j++;
        if (j == i)
            return i;
    }
    return p->n;
}

static int send_first(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    struct l2s_ike *e = sa->e;
    struct l2s_v1_talk *t = sa->talk;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_AGGRESSIVE, 0, 0);
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_ike_proposal offer[L2S_OFFER_MAX];
    size_t at = w.len + 4;

    (void)arg;
    t->n = (uint16_t)l2s_v1_auth_offer(sa, offer);
    sa->proposal = offer[0]; /* its group is that of all */
    l2s_chain_open(&c, L2S_PT_SA);
    l2s_ike_sa_put_offer(&w, offer, t->n, sa->cfg->ike_lifetime_s);
    l2s_chain_close(&c);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    int rc = l2s_v1_blob_set(e, &t->sai, w.p + at, w.len - at);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_main_put_half(sa, &c);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_put_id(sa, &c);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_put_vendors(&c, sa->cfg, NULL);
    l2s_chain_end(&c);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", l2s_v1_aggressive_step_1, (int64_t)w.len);
    return l2s_retransmit_start(&sa->talk->ours, w.p, w.len, sa->cfg->retry_ms, sa->cfg->retries);
}

/* Message 3, kept for when message 2 comes again. */
static int send_third(struct l2s_v1_sa *sa, uint64_t mark)
{
    struct l2s_ike *e = sa->e;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_AGGRESSIVE, L2S_FLAG_ENCRYPTED, 0);
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    int rc = l2s_v1_auth_put_hash(sa, &c);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_main_put_natd(sa, &c, l2s_v1_sa_path(sa), NULL);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_put_contact(sa, &c);
    rc = l2s_v1_message_seal(sa, sa->iv, &c);
    if (rc == L2TPSEC_OK)
        rc = l2s_repeat_keep(&sa->theirs, mark, w.p, w.len);
    if (rc != L2TPSEC_OK)
        return rc; /* without it a lost message 3 would be lost for ever */
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", step_3, (int64_t)w.len);
    l2s_v1_emit(e, l2s_v1_sa_path(sa), w.p, w.len);
    return L2TPSEC_OK;
}

/* Take from message 2 what the keys are made of, and try its hash. Anybody may have sent it: until the hash fits the SA has no
 * name, and what is written here is written over by a better one. */
static int try_second(struct l2s_v1_sa *sa, const struct l2s_v1_message *m, struct l2s_payloads *s,
                      struct l2s_ike_id *id)
{
    struct l2s_rd body = l2s_rd_init(m->p + L2S_ISAKMP_HEADER, m->n - L2S_ISAKMP_HEADER);
    struct l2s_ike_proposal offer[L2S_OFFER_MAX];
    struct l2s_ike_choice choice;

    l2s_vendors_read(&m->payloads, &sa->vendors);
    sa->natt = l2s_v1_main_natt(sa->cfg, &sa->vendors);
    if (l2s_payloads_collect(body, m->h->first, sa->natt, s) != L2TPSEC_OK || /* what 15 and 16 mean is known now */
        l2s_payloads_check(s, rules_2, NULL) != L2TPSEC_OK)
        return L2TPSEC_EPROTO;
    struct l2s_rd sa_body = l2s_payloads_get(s, L2S_PK_SA, 0), id_body = l2s_payloads_get(s, L2S_PK_ID, 0);
    int rc = l2s_ike_sa_check_answer(sa_body, offer, l2s_v1_auth_offer(sa, offer), &choice);
    if (rc != L2TPSEC_OK) {
        (void)l2s_ike_sa_text(sa_body, sa->talk->offered, sizeof sa->talk->offered);
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PHASE1_PROPOSAL, step_2, "the server chose what was not offered", 0);
        l2s_v1_main_lose_patience(sa, GRACE_HINT);
        return L2TPSEC_EPROTO;
    }
    sa->proposal = choice.p;
    sa->life_s = choice.life_s;
    rc = l2s_v1_main_take_ke(sa, s);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_read_id(id_body, id);
    if (rc == L2TPSEC_OK)
        rc = make_keys(sa);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_check_hash(sa, id_body, l2s_payloads_get(s, L2S_PK_HASH, 0));
    return rc == L2TPSEC_OK ? l2s_v1_main_check_nat(sa, s, &m->from) : rc;
}

static int recv_second(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    const struct l2s_v1_message *m = arg;
    struct l2s_payloads s;
    struct l2s_ike_id id;
    int rc;

    if (l2s_cookie_zero(m->h->rcookie) || memcmp(m->h->rcookie, sa->icookie, L2S_COOKIE) == 0 ||
        sa->talk->bad >= BAD_PROOFS)
        return L2TPSEC_EPROTO;
    memcpy(sa->rcookie, m->h->rcookie, L2S_COOKIE); /* for the hashes; it is found without it until it is named */
    rc = try_second(sa, m, &s, &id);
    if (rc != L2TPSEC_OK) {
        memset(sa->rcookie, 0, L2S_COOKIE);
        sa->natt = L2S_NATT_NONE;
        if (rc != L2TPSEC_EAUTH)
            return rc;
        sa->talk->bad++;
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PSK, step_2, "compare ike.psk with the server's for our ike.id", 0);
        l2s_v1_main_lose_patience(sa, GRACE_HINT);
        return rc;
    }
    rc = l2s_v1_sa_name(sa, m->h->rcookie);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_go_on(sa);
    l2s_retransmit_stop(&sa->talk->ours);
    l2s_wipe(sa->talk->psk, sizeof sa->talk->psk);
    l2s_v1_main_log_key(sa);
    if (!l2s_v1_main_welcome(sa, &id))
        return L2TPSEC_OK;
    l2s_v1_main_move_ports(sa);
    rc = send_third(sa, m->mark);
    if (rc != L2TPSEC_OK || sa->gone)
        return rc;
    l2s_v1_peer_heard(sa->peer, &m->from);
    return sa->gone ? L2TPSEC_OK : l2s_v1_peer_bind(sa, &id, false);
}

/* ---- responder ------------------------------------------------------------------------------------------------- */

static void refuse_mode(struct l2s_ike *e, const struct l2s_v1_message *m)
{
    struct l2s_failure why = l2s_v1_failure(
        L2TPSEC_CAUSE_PHASE1_REFUSED, l2s_v1_aggressive_step_1,
        "the client has a group name or IPSec identifier set: leave it empty there, or set ike.aggressive here");

    l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_PROTOCOL, "aggressive mode");
    if (!e->listening || !l2s_cookie_zero(m->h->rcookie))
        return;
    l2s_v1_info_clear(e, m, L2S_N_UNSUPPORTED_EXCHANGE_TYPE);
    l2s_v1_main_refuse(e, &m->from.remote, &why);
}

/* What the policy has in the group of this public value. */
static void within_group(struct l2s_ike_policy *out, const struct l2s_ike_policy *p, size_t ke_len)
{
    out->n = 0;
    out->methods = 0; /* PSK alone */
    for (size_t i = 0; i < p->n; i++)
        if (l2s_group_len((enum l2s_group_id)p->p[i].group) == ke_len)
            out->p[out->n++] = p->p[i];
}

/* Message 1 again, or another one under its cookie: message 2, if there is one. */
static void recv_again(struct l2s_ike *e, const struct l2s_half *half, const struct l2s_v1_message *m)
{
    struct l2s_v1_sa *sa = l2s_idtab_get(&e->sa_ids, half->sa);
    struct l2s_bytes answer;

    l2s_v1_drop(e, 0, L2TPSEC_DROP_DUPLICATE, "message 1 again");
    if (sa && sa->aggressive && l2s_repeat_find(&sa->theirs, l2s_repeat_mark(&sa->theirs, m->p, m->n), &answer) &&
        answer.n)
        l2s_v1_emit(e, &sa->talk->path, answer.p, answer.n);
}

/* Room for it among the half-open ones, and the IKE SA that goes with it. NULL: none, counted. */
static struct l2s_v1_sa *open_half(struct l2s_ike *e, const struct l2s_v1_message *m,
                                   const struct l2s_ike_choice *choice)
{
    struct l2s_rd body = l2s_payloads_get(&m->payloads, L2S_PK_SA, 0);
    struct l2s_half *half =
        l2s_half_open_add(&e->half, m->h->icookie, &m->from.remote, body.left, e->server->half_open_max);
    struct l2s_v1_sa *sa = NULL;
    int rc = half ? l2s_v1_random_rcookie(e, &m->from.local, half->rcookie) : L2TPSEC_ENOMEM;

    if (rc == L2TPSEC_OK) {
        half->cfg = e->server;
        half->local = m->from.local;
        half->marker = m->from.marker;
        l2s_vendors_read(&m->payloads, &half->vendors);
        l2s_rd_copy(&body, half->sai, half->n);
        sa = l2s_v1_sa_new(e, false, half->icookie, half->rcookie);
        rc = sa ? l2s_v1_main_adopt(sa, half) : L2TPSEC_ENOMEM;
    }
    if (rc == L2TPSEC_OK) {
        l2s_v1_aggressive_fsm(sa);
        sa->half = half;
        half->sa = sa->id;
        sa->proposal = choice->p;
        sa->life_s = choice->life_s;
        return sa;
    }
    l2s_v1_drop(e, 0, rc == L2TPSEC_ENOMEM ? L2TPSEC_DROP_NO_MEMORY : L2TPSEC_DROP_INTERNAL, "half-open");
    if (sa)
        l2s_v1_sa_end(sa);
    if (half)
        l2s_half_open_remove(&e->half, half);
    return NULL;
}

static void recv_offer(struct l2s_ike *e, struct l2s_v1_message *m)
{
    struct l2s_rd body = l2s_payloads_get(&m->payloads, L2S_PK_SA, 0);
    struct l2s_ike_policy policy;
    struct l2s_ike_choice choice;
    struct l2s_v1_sa *sa;

    within_group(&policy, &e->server->ike, l2s_payloads_get(&m->payloads, L2S_PK_KE, 0).left);
    int rc = l2s_ike_sa_choose(body, &policy, &choice);
    if (rc == L2TPSEC_ENOENT || rc == L2TPSEC_EUNSUP) {
        l2s_v1_main_refuse_offer(e, m, e->server, rc);
        return;
    }
    if (rc != L2TPSEC_OK || body.left > L2S_HALF_OPEN_SA_MAX) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_MALFORMED, "offer");
        return;
    }
    if (!l2s_v1_bucket_take(&e->aggressive, e->sys->now)) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_LIMIT, "aggressive modes at a time");
        return;
    }
    sa = open_half(e, m, &choice);
    if (!sa)
        return;
    uint64_t id = sa->id;
    m->mark = l2s_repeat_mark(&sa->theirs, m->p, m->n);
    l2s_v1_say(e, 0, "recv", l2s_v1_aggressive_step_1, (int64_t)m->n);
    rc = l2s_v1_sa_step(sa, L2S_ME_SA, m);
    if (rc == L2TPSEC_OK || rc == L2S_PENDING || l2s_idtab_get(&e->sa_ids, id) != sa)
        return;
    l2s_v1_drop(e, 0,
                rc == L2TPSEC_ENOMEM   ? L2TPSEC_DROP_NO_MEMORY
                : rc == L2TPSEC_EPROTO ? L2TPSEC_DROP_MALFORMED
                                       : L2TPSEC_DROP_INTERNAL,
                "aggressive mode, message 1");
    l2s_v1_sa_end(sa);
}

void l2s_v1_aggressive_knock(struct l2s_ike *e, struct l2s_v1_message *m)
{
    struct l2s_rd body = l2s_rd_init(m->p + L2S_ISAKMP_HEADER, m->n - L2S_ISAKMP_HEADER);
    struct l2s_half *half;

    if (!e->listening || !e->server->aggressive) {
        refuse_mode(e, m);
        return;
    }
    if ((m->h->flags & L2S_FLAG_ENCRYPTED) || !l2s_cookie_zero(m->h->rcookie)) {
        l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_COOKIE, "aggressive mode, for no SA of ours");
        return;
    }
    half = l2s_half_open_find(&e->half, m->h->icookie, &m->from.remote);
    if (half)
        recv_again(e, half, m);
    else if (l2s_payloads_collect(body, m->h->first, L2S_NATT_NONE, &m->payloads) != L2TPSEC_OK ||
             l2s_payloads_check(&m->payloads, rules_1, NULL) != L2TPSEC_OK)
        l2s_v1_drop(e, 0, L2TPSEC_DROP_MALFORMED, "aggressive mode, message 1");
    else
        recv_offer(e, m);
}

static int no_key(struct l2s_v1_sa *sa)
{
    struct l2s_failure why = l2s_v1_failure(L2TPSEC_CAUSE_NO_SECRET, l2s_v1_aggressive_step_1,
                                            "there is no PSK for the identity this client claims");
    struct l2s_id id = {.type = sa->talk->proven.type,
                        .data = l2s_rd_init(sa->talk->proven.data, sa->talk->proven.len)};

    (void)l2s_id_text(&id, why.offered, sizeof why.offered);
    l2s_v1_info_clear_sa(sa, &sa->talk->held_from, L2S_N_INVALID_ID_INFORMATION);
    if (!sa->gone)
        l2s_v1_main_turn_away(sa, &why);
    return L2TPSEC_OK;
}

static int recv_first(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    const struct l2s_v1_message *m = arg;
    struct l2s_rd id = l2s_payloads_get(&m->payloads, L2S_PK_ID, 0);
    int rc = l2s_v1_main_take_ke(sa, &m->payloads);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_read_id(id, &sa->talk->proven); /* not yet: it is what is claimed */
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_blob_set(sa->e, &sa->talk->its_id, id.p, id.left);
    if (rc != L2TPSEC_OK)
        return rc;
    sa->talk->held_from = m->from;
    sa->talk->held_mark = m->mark;
    sa->talk->question = (uint32_t)m->n;
    rc = l2s_v1_main_ask(sa, 0);
    if (sa->gone || rc == L2S_PENDING)
        return rc;
    sa->fsm.state = L2S_MM_R_KE;
    return rc == L2TPSEC_OK || rc == L2TPSEC_ENOENT ? send_second(sa, NULL) : rc;
}

static int send_second(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    struct l2s_ike *e = sa->e;
    struct l2s_v1_talk *t = sa->talk;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_AGGRESSIVE, 0, 0);
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_ike_choice choice;
    struct l2s_ike_policy policy;

    (void)arg;
    if (!t->psk_len)
        return no_key(sa);
    within_group(&policy, &sa->cfg->ike, t->gxi.n);
    int rc = l2s_ike_sa_choose(l2s_rd_init(t->sai.p, t->sai.n), &policy, &choice);
    if (rc != L2TPSEC_OK)
        return L2TPSEC_EINTERNAL;
    l2s_chain_open(&c, L2S_PT_SA);
    l2s_ike_sa_put_answer(&w, &choice);
    l2s_chain_close(&c);
    rc = l2s_v1_main_put_half(sa, &c);
    if (rc == L2TPSEC_OK)
        rc = make_keys(sa);
    t->key = l2s_v1_key_mark(t, e);
    l2s_wipe(t->psk, sizeof t->psk);
    t->psk_len = 0;
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_put(sa, &c);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_put_vendors(&c, sa->cfg, &sa->vendors);
    rc = l2s_v1_main_put_natd(sa, &c, &sa->talk->path, NULL);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_chain_end(&c);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    if (w.len > 2u * t->question) { /* whoever asks so shortly may have somebody else flooded */
        l2s_v1_drop(e, 0, L2TPSEC_DROP_LIMIT, "aggressive mode, message 1 much shorter than its answer");
        l2s_v1_sa_end(sa);
        return L2TPSEC_OK;
    }
    rc = l2s_repeat_keep(&sa->theirs, t->held_mark, w.p, w.len);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_say(e, 0, "send", step_2, (int64_t)w.len);
    l2s_v1_emit(e, &sa->talk->path, w.p, w.len);
    return L2TPSEC_OK;
}

void l2s_v1_aggressive_again(struct l2s_v1_sa *sa)
{
    struct l2s_bytes answer;

    l2s_v1_drop(sa->e, 0, L2TPSEC_DROP_UNEXPECTED, "quick mode before aggressive mode, message 3");
    if (!sa->initiator && l2s_repeat_find(&sa->theirs, sa->talk->held_mark, &answer) && answer.n)
        l2s_v1_emit(sa->e, &sa->talk->path, answer.p, answer.n);
}

/* It may have been damaged or forged on the way, so the exchange stays open for a better one. */
static int unproven(struct l2s_v1_sa *sa, const struct l2s_v1_message *m)
{
    struct l2s_failure why =
        l2s_v1_failure(L2TPSEC_CAUSE_PSK, step_3, "compare the PSK for this identity with the client's");
    struct l2s_half *half = sa->half;

    sa->talk->bad++;
    if (half && !half->complained) {
        half->complained = true;
        l2s_v1_main_refuse(sa->e, &m->from.remote, &why);
    }
    return L2TPSEC_EAUTH;
}

static int recv_third(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    struct l2s_v1_message m = *(const struct l2s_v1_message *)arg;
    bool encrypted = m.h->flags & L2S_FLAG_ENCRYPTED; /* RFC 2409 shows it in clear, nearly all encrypt it */
    uint8_t iv[L2S_CIPHER_BLOCK_MAX];
    struct l2s_v1_talk *t = sa->talk;
    int rc = L2TPSEC_OK;
    bool contact = false;

    if (t->bad >= BAD_PROOFS)
        return L2TPSEC_EPROTO;
    memcpy(iv, sa->iv, sizeof iv);
    if (encrypted)
        rc = l2s_v1_message_open(&m, sa, iv);
    if (rc == L2TPSEC_OK)
        rc = l2s_payloads_check(&m.payloads, rules_3, NULL);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_check_hash(sa, l2s_rd_init(t->its_id.p, t->its_id.n),
                                    l2s_payloads_get(&m.payloads, L2S_PK_HASH, 0));
    if (rc == L2TPSEC_OK && encrypted)
        rc = l2s_v1_main_contact(sa, &m.payloads, &contact);
    if (rc == L2TPSEC_EPROTO || rc == L2TPSEC_EAUTH)
        return unproven(sa, &m);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_main_check_nat(sa, &m.payloads, &m.from);
    if (rc != L2TPSEC_OK)
        return rc;
    struct l2s_ike_id id = t->proven;
    memcpy(sa->iv, iv, sizeof iv);
    sa->talk->path = m.from; /* RFC 3947, 4: it may have moved to the NAT-T port */
    (void)l2s_repeat_keep(&sa->theirs, m.mark, NULL, 0);
    l2s_v1_main_log_key(sa);
    return l2s_v1_peer_bind(sa, &id, contact);
}
