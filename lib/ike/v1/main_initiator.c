/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Main mode, the side that dials. Until message 6 proves the peer nothing it says ends the attempt: refusals in clear text are
 * remembered as what it may be, and shorten the time we wait for better. */
#include "ike/common/id.h"
#include "ike/v1/aggressive.h"
#include "ike/v1/info.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/quick_mode.h"

#define GRACE_NEXT (500 * L2S_MS) /* for a better answer, before the next slice of the policy is offered */
#define GRACE_LAST (2 * L2S_SECOND)
#define GRACE_HINT (5 * L2S_SECOND)
#define THINK (180 * L2S_SECOND) /* for the host to answer; a person may be asked */

static const char step_1[] = "main mode, message 1";
static const char step_3[] = "main mode, message 3";
static const char step_5[] = "main mode, message 5";
static const char step_6[] = "main mode, message 6";

static const char hint_psk[] = "compare ike.psk with the server's; it may also have none for our address";
static const char hint_psk_nat[] = "compare ike.psk with the server's; or UDP port 4500 is blocked on the way";

static const char hint_cert[] =
    "the server may not trust our certificate; or long messages, or UDP port 4500, are blocked on the way";

/* Fail by timer, at the latest then. */
void l2s_v1_main_lose_patience(struct l2s_v1_sa *sa, uint64_t after)
{
    uint64_t due = sa->e->sys->now + after;

    if (!l2s_timer_armed(&sa->timer) || due < sa->timer.due)
        l2s_timer_arm(&sa->e->sys->timers, &sa->timer, due);
}

void l2s_v1_main_suppose(struct l2s_v1_sa *sa, uint32_t cause, const char *step, const char *hint, uint16_t notify)
{
    sa->talk->cause = cause;
    sa->talk->step = step;
    sa->talk->hint = hint;
    sa->talk->notify = notify;
}

/* Message 5 did not convince the server. */
static void suppose_unproven(struct l2s_v1_sa *sa, const char *psk, uint16_t notify)
{
    if (l2s_v1_auth_signed(sa))
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_CERTIFICATE, step_5, hint_cert, notify);
    else
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PSK, step_5, psk, notify);
}

/* An answer came after all. */
void l2s_v1_main_go_on(struct l2s_v1_sa *sa)
{
    l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_NONE, NULL, NULL, 0);
    l2s_timer_cancel(&sa->e->sys->timers, &sa->timer);
}

int l2s_v1_main_begin(struct l2s_v1_peer *p, uint16_t first)
{
    static const uint8_t none[L2S_COOKIE];
    struct l2s_ike *e = p->e;
    uint8_t cookie[L2S_COOKIE];
    struct l2s_v1_sa *sa;
    int rc = l2s_v1_random_cookie(e, cookie);

    if (rc != L2TPSEC_OK)
        return rc;
    sa = l2s_v1_sa_new(e, true, cookie, none);
    if (!sa)
        return L2TPSEC_ENOMEM;
    sa->peer = p;
    sa->cfg = p->cfg;
    sa->talk->first = first;
    if (p->client && p->cfg->aggressive && p->method == L2S_BY_PSK)
        l2s_v1_aggressive_fsm(sa);
    l2s_list_add_tail(&p->sas, &sa->node);
    p->attempt = e->sys->now;

    rc = l2s_v1_sa_step(sa, L2S_ME_BEGIN, NULL);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_sa_step(sa, L2S_ME_KEY, NULL);
    if (rc == L2TPSEC_OK || sa->gone)
        return L2TPSEC_OK;
    if (rc == L2TPSEC_ENOENT || rc == L2S_PENDING)
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_NO_SECRET, "main mode, pre-shared key", "set ike.psk", 0);
    else
        l2s_v1_main_suppose(sa, l2s_v1_cause_of(rc), step_1, NULL, 0);
    l2s_v1_main_lose_patience(sa, rc == L2S_PENDING ? THINK : 0);
    return L2TPSEC_OK;
}

int l2s_v1_main_begin_sa(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;

    (void)arg;
    return sa->peer->method == L2S_BY_PSK ? l2s_v1_main_ask(sa, sa->peer->candidate) : L2TPSEC_OK;
}

int l2s_v1_main_send_offer(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    struct l2s_ike *e = sa->e;
    struct l2s_v1_talk *t = sa->talk;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_MAIN, 0, 0);
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_ike_proposal offer[L2S_OFFER_MAX];
    size_t at = w.len + 4;

    (void)arg;
    t->n = (uint16_t)l2s_v1_auth_offer(sa, offer);
    l2s_chain_open(&c, L2S_PT_SA);
    l2s_ike_sa_put_offer(&w, offer, t->n, sa->peer->life_s ? l2s_v1_sa_wanted_life(sa) : sa->cfg->ike_lifetime_s);
    l2s_chain_close(&c);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    int rc = l2s_v1_blob_set(e, &t->sai, w.p + at, w.len - at);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_put_vendors(&c, sa->cfg, NULL);
    l2s_chain_end(&c);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", step_1, (int64_t)w.len);
    return l2s_retransmit_start(&sa->talk->ours, w.p, w.len, sa->cfg->retry_ms, sa->cfg->retries);
}

int l2s_v1_main_recv_answer(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    const struct l2s_v1_message *m = arg;
    struct l2s_ike *e = sa->e;
    struct l2s_rd body = l2s_payloads_get(&m->payloads, L2S_PK_SA, 0);
    struct l2s_ike_proposal offer[L2S_OFFER_MAX];
    struct l2s_ike_choice choice;
    int rc;

    if (l2s_cookie_zero(m->h->rcookie) || memcmp(m->h->rcookie, sa->icookie, L2S_COOKIE) == 0)
        return L2TPSEC_EPROTO;
    rc = l2s_ike_sa_check_answer(body, offer, l2s_v1_auth_offer(sa, offer), &choice);
    if (rc != L2TPSEC_OK) {
        (void)l2s_ike_sa_text(body, sa->talk->offered, sizeof sa->talk->offered);
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PHASE1_PROPOSAL, "main mode, message 2",
                            "the server chose what was not offered", 0);
        l2s_v1_main_lose_patience(sa, GRACE_HINT);
        return L2TPSEC_EPROTO;
    }
    rc = l2s_v1_sa_name(sa, m->h->rcookie);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_go_on(sa);
    sa->proposal = choice.p;
    sa->life_s = choice.life_s;
    l2s_vendors_read(&m->payloads, &sa->vendors);
    sa->natt = l2s_v1_main_natt(sa->cfg, &sa->vendors);
    (void)l2s_repeat_keep(&sa->theirs, m->mark, NULL, 0);

    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_MAIN, 0, 0);
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    rc = l2s_v1_main_put_ke(sa, &c, l2s_v1_sa_path(sa), NULL);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_chain_end(&c);
    if (w.bad)
        return L2TPSEC_EINTERNAL;
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", step_3, (int64_t)w.len);
    return l2s_retransmit_start(&sa->talk->ours, w.p, w.len, sa->cfg->retry_ms, sa->cfg->retries);
}

/* RFC 3947, 4: message 5 and all behind it go between the NAT-T ports, if there is a NAT or is to seem one. */
void l2s_v1_main_move_ports(struct l2s_v1_sa *sa)
{
    struct l2s_v1_peer *p = sa->peer;

    if (p->channel) /* a renewal goes where the channel goes: nothing is proven yet */
        return;
    p->nat = sa->nat;
    if (sa->natt == L2S_NATT_NONE || p->path.marker || !(l2s_v1_main_forces(sa) || sa->nat.local || sa->nat.remote) ||
        !p->client)
        return;
    p->path.local.port = p->local_nat_port;
    p->path.remote.port = p->remote_nat_port;
    p->path.marker = true;
}

int l2s_v1_main_send_proof(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    struct l2s_ike *e = sa->e;
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_MAIN, L2S_FLAG_ENCRYPTED, 0);
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    int rc = l2s_v1_auth_put(sa, &c);

    (void)arg;
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_put_contact(sa, &c);
    rc = l2s_v1_message_seal(sa, sa->iv, &c);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", step_5, (int64_t)w.len);
    return l2s_retransmit_start(&sa->talk->ours, w.p, w.len, sa->cfg->retry_ms, sa->cfg->retries);
}

static int no_signature(struct l2s_v1_sa *sa)
{
    struct l2s_failure why =
        l2s_v1_failure(L2TPSEC_CAUSE_NO_SECRET, "main mode, signature", "set ike.key, or answer the sign callback");

    why.layer = L2TPSEC_LAYER_HOST;
    why.windows_code = L2S_V1_NO_CERTIFICATE;
    l2s_v1_main_fail(sa, &why);
    return L2TPSEC_OK;
}

int l2s_v1_main_recv_ke_i(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    const struct l2s_v1_message *m = arg;
    struct l2s_ike *e = sa->e;
    struct l2s_v1_talk *t = sa->talk;
    int rc = l2s_v1_main_take_ke(sa, &m->payloads);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_main_check_nat(sa, &m->payloads, &m->from);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_main_agree(sa);
    if (rc != L2TPSEC_OK)
        return rc;
    struct l2s_v1_said said = l2s_v1_sa_said(sa);
    struct l2s_bytes psk = {.p = t->psk, .n = t->psk_len}, secret = {.p = t->secret, .n = t->secret_len};
    rc = l2s_v1_keys_make(&sa->keys, t->skeyid, e->crypto, &sa->proposal, &said, psk, secret);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_iv_phase1(&sa->keys, e->crypto, said.gxi, said.gxr, sa->iv);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_wipe(t->psk, sizeof t->psk);
    l2s_wipe(t->secret, sizeof t->secret);
    l2s_v1_main_go_on(sa);
    (void)l2s_repeat_keep(&sa->theirs, m->mark, NULL, 0);
    l2s_v1_main_log_key(sa);
    l2s_v1_main_move_ports(sa);
    rc = l2s_v1_auth_sign(sa);
    if (rc == L2TPSEC_OK)
        return l2s_v1_main_send_proof(sa, NULL);
    if (rc == L2S_PENDING) {
        l2s_retransmit_stop(&sa->talk->ours);
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_NO_SECRET, "main mode, signature", NULL, 0);
        l2s_v1_main_lose_patience(sa, THINK);
        sa->fsm.state = L2S_MM_I_SIGN;
    }
    if (rc == L2TPSEC_ENOENT)
        return no_signature(sa);
    return rc;
}

static struct l2s_id view(const struct l2s_ike_id *id)
{
    struct l2s_id v = {.type = id->type, .data = l2s_rd_init(id->data, id->len)};

    return v;
}

static bool is(const struct l2s_id *wanted, const struct l2s_id *got)
{
    return wanted->type == 0 || l2s_id_equal(wanted, got);
}

/* The peer is proven not to be who we want. */
static int turn_down(struct l2s_v1_sa *sa, const struct l2s_failure *reason, uint16_t notify)
{
    struct l2s_failure why = *reason;
    struct l2s_ike *e = sa->e;
    uint64_t id = sa->id;

    l2s_v1_info_notify(sa, notify, 0);
    if (l2s_idtab_get(&e->sa_ids, id) == sa)
        l2s_v1_info_delete_ike(sa);
    if (l2s_idtab_get(&e->sa_ids, id) == sa)
        l2s_v1_main_fail(sa, &why);
    return L2TPSEC_OK;
}

static int wrong_identity(struct l2s_v1_sa *sa, const struct l2s_id *wanted, const struct l2s_id *got)
{
    struct l2s_failure why =
        l2s_v1_failure(L2TPSEC_CAUSE_IDENTITY, step_6, "ike.peer_id must be what the server says it is");

    (void)l2s_id_text(got, why.offered, sizeof why.offered);
    (void)l2s_id_text(wanted, why.allowed, sizeof why.allowed);
    return turn_down(sa, &why, L2S_N_INVALID_ID_INFORMATION);
}

bool l2s_v1_main_welcome(struct l2s_v1_sa *sa, const struct l2s_ike_id *id)
{
    struct l2s_id got = view(id), wanted = view(&sa->cfg->remote_id), before = l2s_v1_peer_id(sa->peer);

    if (!l2s_v1_auth_signed(sa) && !is(&wanted, &got)) { /* else it is in the certificate, whatever the ID */
        (void)wrong_identity(sa, &wanted, &got);
        return false;
    }
    if (!is(&before, &got)) { /* a channel is one identity */
        (void)wrong_identity(sa, &before, &got);
        return false;
    }
    return true;
}

/* RFC 2407, 4.6.3.1: the responder keeps it for less time. */
static void shorten(struct l2s_v1_sa *sa, const struct l2s_payloads *s)
{
    struct l2s_notify n;
    uint32_t kb = 0;

    for (unsigned i = 0; i < s->count[L2S_PK_NOTIFY]; i++)
        if (l2s_notify_read(l2s_payloads_get(s, L2S_PK_NOTIFY, i), &n) == L2TPSEC_OK &&
            n.type == L2S_N_RESPONDER_LIFETIME)
            l2s_v1_shorten(n.data, &sa->life_s, &kb);
}

int l2s_v1_main_recv_proof_i(void *self, const void *arg)
{
    struct l2s_v1_sa *sa = self;
    struct l2s_v1_message m = *(const struct l2s_v1_message *)arg;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX];
    struct l2s_ike_id id;

    memcpy(iv, sa->iv, sizeof iv);
    int rc = l2s_v1_message_open(&m, sa, iv);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_auth_check(sa, &sa->keys, sa->talk->skeyid, &m.payloads, &id);
    if (rc == L2TPSEC_EAUTH && sa->talk->refused) {
        memcpy(sa->iv, iv, sizeof iv);
        return turn_down(sa, sa->talk->refused, sa->talk->refused_notify);
    }
    if (rc == L2TPSEC_EPROTO || rc == L2TPSEC_EAUTH) {
        l2s_v1_main_noise(sa);
        return L2TPSEC_EAUTH;
    }
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_main_go_on(sa);
    memcpy(sa->iv, iv, sizeof iv);
    l2s_retransmit_stop(&sa->talk->ours);
    (void)l2s_repeat_keep(&sa->theirs, m.mark, NULL, 0);
    shorten(sa, &m.payloads);
    if (!l2s_v1_main_welcome(sa, &id))
        return L2TPSEC_OK;
    l2s_v1_peer_heard(sa->peer, &m.from);
    return sa->gone ? L2TPSEC_OK : l2s_v1_peer_bind(sa, &id, false);
}

/* Where the offer that follows this one begins, in our policy; its end: there is none. */
static uint16_t next_slice(const struct l2s_v1_sa *sa)
{
    return sa->aggressive ? l2s_v1_aggressive_next(sa) : (uint16_t)(sa->talk->first + sa->talk->n);
}

/* ---- failures -------------------------------------------------------------------------------------------------- */

void l2s_v1_main_hint(struct l2s_v1_sa *sa, uint16_t notify)
{
    uint64_t grace = GRACE_HINT;
    const char *first = sa->aggressive ? l2s_v1_aggressive_step_1 : step_1;

    if (notify >= L2S_NOTIFY_ERRORS_END)
        return;
    switch (sa->fsm.state) {
    case L2S_MM_I_SA:
        if (notify == L2S_N_NO_PROPOSAL_CHOSEN) {
            bool more = next_slice(sa) < sa->cfg->ike.n;
            l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PHASE1_PROPOSAL, first,
                                "the server allows none of our proposals; try another preset", notify);
            grace = more ? GRACE_NEXT : GRACE_LAST;
        } else {
            l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PHASE1_REFUSED, first, NULL, notify);
        }
        break;
    case L2S_MM_I_KE:
        l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PHASE1_REFUSED, step_3, NULL, notify);
        break;
    case L2S_MM_I_AUTH:
        suppose_unproven(sa, hint_psk, notify);
        break;
    default:
        return;
    }
    l2s_v1_main_lose_patience(sa, grace);
}

void l2s_v1_main_noise(struct l2s_v1_sa *sa)
{
    if (sa->fsm.state != L2S_MM_I_AUTH && sa->fsm.state != L2S_MM_UP)
        return;
    suppose_unproven(sa, hint_psk, 0);
    l2s_v1_main_lose_patience(sa, GRACE_HINT);
}

void l2s_v1_main_refused(struct l2s_v1_sa *sa, uint16_t notify)
{
    uint32_t cause = notify == L2S_N_INVALID_ID_INFORMATION ? L2TPSEC_CAUSE_IDENTITY : L2TPSEC_CAUSE_PHASE1_REFUSED;
    struct l2s_failure why =
        l2s_v1_failure(cause, step_5, cause == L2TPSEC_CAUSE_IDENTITY ? "the server wants another ike.id" : NULL);

    if (l2s_v1_auth_signed(sa) && cause != L2TPSEC_CAUSE_IDENTITY)
        why = l2s_v1_failure(L2TPSEC_CAUSE_CERTIFICATE, step_5, "the server does not accept our certificate");

    why.peer_code = notify;
    l2s_v1_main_fail(sa, &why);
}

static void fail_as_supposed(struct l2s_v1_sa *sa)
{
    const struct l2s_v1_talk *t = sa->talk;
    struct l2s_failure why = l2s_v1_failure(t->cause, t->step, t->hint);

    why.peer_code = t->notify;
    if (t->cause == L2TPSEC_CAUSE_NO_MEMORY || t->cause == L2TPSEC_CAUSE_NO_RANDOM ||
        t->cause == L2TPSEC_CAUSE_NO_SECRET)
        why.layer = L2TPSEC_LAYER_HOST;
    if (t->cause == L2TPSEC_CAUSE_PHASE1_PROPOSAL) {
        memcpy(why.offered, t->offered, sizeof why.offered);
        (void)l2s_ike_policy_text(&sa->cfg->ike, why.allowed, sizeof why.allowed);
    }
    l2s_v1_main_fail(sa, &why);
}

void l2s_v1_main_impatient(struct l2s_v1_sa *sa)
{
    const struct l2s_v1_talk *t = sa->talk;
    uint16_t next = next_slice(sa);

    if (t->notify == L2S_N_NO_PROPOSAL_CHOSEN && sa->fsm.state == L2S_MM_I_SA && next < sa->cfg->ike.n) {
        struct l2s_v1_peer *p = sa->peer;
        l2s_v1_sa_end(sa);
        int rc = l2s_v1_main_begin(p, next);
        if (rc != L2TPSEC_OK) {
            struct l2s_failure why = l2s_v1_failure(l2s_v1_cause_of(rc), step_1, NULL);
            l2s_v1_peer_failed(p, &why, false);
        }
        return;
    }
    fail_as_supposed(sa);
}

void l2s_v1_main_silence(struct l2s_v1_sa *sa)
{
    if (sa->talk->cause == L2TPSEC_CAUSE_NONE) {
        if (sa->fsm.state == L2S_MM_I_SA && sa->aggressive)
            l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_NO_ANSWER, l2s_v1_aggressive_step_1,
                                "does the server accept aggressive mode, and does it know our ike.id?", 0);
        else if (sa->fsm.state == L2S_MM_I_SA)
            l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_NO_ANSWER, step_1,
                                "is the address right, and do UDP ports 500 and 4500 pass?", 0);
        else if (sa->fsm.state == L2S_MM_I_KE)
            l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_PEER_VANISHED, step_3, NULL, 0);
        else if (sa->peer->encap) /* the proof did for the attempt before */
            l2s_v1_main_suppose(sa, L2TPSEC_CAUSE_NO_ANSWER, step_5,
                                "let IP protocol 50 or UDP port 4500 pass: nothing comes back by either", 0);
        else
            suppose_unproven(sa, sa->peer->path.marker ? hint_psk_nat : hint_psk, 0);
    }
    fail_as_supposed(sa);
}
