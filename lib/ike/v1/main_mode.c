/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/main_mode.h"

#include "ike/v1/aggressive.h"

#define MANY 60 /* payloads of a kind that stacks send as they like */

#define SOME_VID                                                                                                       \
    {L2S_PK_VID, 0, MANY}, {L2S_PK_NOTIFY, 0, MANY},                                                                   \
    {                                                                                                                  \
        L2S_PK_CERTREQ, 0, MANY                                                                                        \
    }

const struct l2s_payload_rule l2s_v1_rules_sa[] = {{L2S_PK_SA, 1, 1}, SOME_VID, {L2S_PK_NONE, 0, 0}};
const struct l2s_payload_rule l2s_v1_rules_ke[] = {
    {L2S_PK_KE, 1, 1}, {L2S_PK_NONCE, 1, 1}, {L2S_PK_NATD, 0, MANY}, SOME_VID, {L2S_PK_NONE, 0, 0}};
const struct l2s_payload_rule l2s_v1_rules_auth[] = {
    {L2S_PK_ID, 1, 1}, {L2S_PK_HASH, 1, 1}, {L2S_PK_CERT, 0, MANY}, SOME_VID, {L2S_PK_NONE, 0, 0}};

static const char *const states[L2S_MM_STATES] = {
    "-",           "key asked",           "SA sent", "KE sent",         "proof sent",
    "KE answered", "key asked for proof", "up",      "signature asked", "signature asked for proof",
};
static const char *const events[L2S_ME_EVENTS] = {"begin", "key", "SA", "KE", "ID HASH", "signature"};

static const struct l2s_edge edges[L2S_MM_STATES][L2S_ME_EVENTS] = {
    [L2S_MM_NONE] =
        {[L2S_ME_BEGIN] = {L2S_MM_I_KEY, l2s_v1_main_begin_sa}, [L2S_ME_KE] = {L2S_MM_R_KE, l2s_v1_main_recv_ke_r}},
    [L2S_MM_I_KEY] = {[L2S_ME_KEY] = {L2S_MM_I_SA, l2s_v1_main_send_offer}},
    [L2S_MM_I_SA] = {[L2S_ME_SA] = {L2S_MM_I_KE, l2s_v1_main_recv_answer}},
    [L2S_MM_I_KE] = {[L2S_ME_KE] = {L2S_MM_I_AUTH, l2s_v1_main_recv_ke_i}},
    [L2S_MM_I_AUTH] = {[L2S_ME_AUTH] = {L2S_MM_UP, l2s_v1_main_recv_proof_i}},
    [L2S_MM_R_KE] = {[L2S_ME_AUTH] = {L2S_MM_R_KEY, l2s_v1_main_recv_proof_r}},
    [L2S_MM_R_KEY] = {[L2S_ME_KEY] = {L2S_MM_UP, l2s_v1_main_try_key}},
    [L2S_MM_I_SIGN] = {[L2S_ME_SIGNED] = {L2S_MM_I_AUTH, l2s_v1_main_send_proof}},
    [L2S_MM_R_SIGN] = {[L2S_ME_SIGNED] = {L2S_MM_UP, l2s_v1_main_send_proof_r}},
};

static const struct l2s_fsm_def machine = {
    .wing = "ike",
    .name = "main-mode",
    .states = states,
    .events = events,
    .n_states = L2S_MM_STATES,
    .n_events = L2S_ME_EVENTS,
    .edges = &edges[0][0],
};

void l2s_v1_main_fsm(struct l2s_v1_sa *sa)
{
    sa->fsm.def = &machine;
    sa->fsm.state = L2S_MM_NONE;
}

/* ---- messages ---------------------------------------------------------------------------------------- */

int l2s_v1_message_seal(struct l2s_v1_sa *sa, uint8_t *iv, struct l2s_chain *c)
{
    l2s_chain_end(c);
    if (c->w->bad)
        return L2TPSEC_EINTERNAL;
    l2s_v1_show(sa->e, l2s_v1_sa_channel(sa), l2s_v1_sa_path(sa), true, c->w->p + c->start, c->w->len - c->start);
    return l2s_v1_seal(&sa->keys, sa->e->crypto, iv, c);
}

int l2s_v1_message_open(struct l2s_v1_message *m, const struct l2s_v1_sa *sa, uint8_t *iv)
{
    uint8_t *body = m->p + L2S_ISAKMP_HEADER;
    size_t n = m->n - L2S_ISAKMP_HEADER;
    int rc = l2s_v1_open(&sa->keys, sa->e->crypto, iv, body, n);

    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_payloads_collect(l2s_rd_init(body, n), m->h->first, sa->natt, &m->payloads);
    if (rc == L2TPSEC_OK)
        l2s_v1_show(sa->e, l2s_v1_sa_channel(sa), &m->from, false, m->p, m->n);
    return rc;
}

/* Which message it is shows by what is in it. -1: none of main mode's. */
static int event_of(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_rd body = l2s_rd_init(m->p + L2S_ISAKMP_HEADER, m->n - L2S_ISAKMP_HEADER);
    struct l2s_payloads *s = &m->payloads;

    if (m->h->flags & L2S_FLAG_ENCRYPTED)
        return L2S_ME_AUTH;
    if (l2s_payloads_collect(body, m->h->first, sa->natt, s) != L2TPSEC_OK)
        return -1;
    if (s->count[L2S_PK_SA])
        return l2s_payloads_check(s, l2s_v1_rules_sa, NULL) == L2TPSEC_OK ? L2S_ME_SA : -1;
    if (s->count[L2S_PK_HASH] && sa->cfg->clear_proof && !sa->initiator && !l2s_v1_auth_signed(sa))
        return l2s_payloads_check(s, l2s_v1_rules_auth, NULL) == L2TPSEC_OK ? L2S_ME_AUTH : -1;
    return l2s_payloads_check(s, l2s_v1_rules_ke, NULL) == L2TPSEC_OK ? L2S_ME_KE : -1;
}

static void account(struct l2s_v1_sa *sa, int rc)
{
    struct l2s_ike *e = sa->e;
    uint64_t channel = l2s_v1_sa_channel(sa);

    switch (rc) {
    case L2TPSEC_OK:
    case L2S_PENDING:
        break;
    case L2S_UNEXPECTED:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_UNEXPECTED, "phase 1 message out of turn");
        break;
    case L2TPSEC_EEXIST:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_DUPLICATE, "phase 1 message again");
        break;
    case L2TPSEC_EPROTO:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_MALFORMED, "phase 1 message malformed");
        break;
    case L2TPSEC_EAUTH:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_FORGED, "phase 1 proof does not fit");
        break;
    case L2TPSEC_ENOMEM:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_NO_MEMORY, "phase 1 message, no memory for it");
        break;
    default:
        l2s_v1_drop(e, channel, L2TPSEC_DROP_INTERNAL, "phase 1 message, internal failure");
        break;
    }
}

/* Nobody repeats for an initiator what it could not deal with, so our own shortages end it. */
static void our_fault(struct l2s_v1_sa *sa, int rc)
{
    struct l2s_failure why;

    if (!sa->initiator ||
        (rc != L2TPSEC_ENOMEM && rc != L2TPSEC_ERANDOM && rc != L2TPSEC_EINTERNAL && rc != L2TPSEC_EUNSUP))
        return;
    why = l2s_v1_failure(l2s_v1_cause_of(rc), "main mode", NULL);
    why.layer = L2TPSEC_LAYER_HOST;
    l2s_v1_main_fail(sa, &why);
}

/* What the peer sent, as the RFC counts (RFC 2409, 5). */
static const char *name_of(const struct l2s_v1_sa *sa, int event)
{
    if (sa->aggressive)
        return sa->initiator ? "aggressive mode, message 2" : "aggressive mode, message 3";
    if (event == L2S_ME_AUTH)
        return sa->initiator ? "main mode, message 6" : "main mode, message 5";
    return event == L2S_ME_SA ? "main mode, message 2"
           : sa->initiator    ? "main mode, message 4"
                              : "main mode, message 3";
}

void l2s_v1_main_input(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_ike *e = sa->e;
    uint8_t state = sa->fsm.state;
    struct l2s_bytes answer;
    int event, rc;

    m->mark = l2s_repeat_mark(&sa->theirs, m->p, m->n);
    if (l2s_repeat_find(&sa->theirs, m->mark, &answer)) {
        account(sa, L2TPSEC_EEXIST);
        if (answer.n)
            l2s_v1_emit(e, l2s_v1_sa_path(sa), answer.p, answer.n);
        return;
    }
    event = sa->aggressive ? l2s_v1_aggressive_event(sa, m) : event_of(sa, m);
    if (event < 0) {
        account(sa, L2TPSEC_EPROTO);
        return;
    }
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "recv", name_of(sa, event), (int64_t)m->n);
    rc = l2s_v1_sa_step(sa, (unsigned)event, m);
    account(sa, rc);
    if (rc == L2TPSEC_OK || rc == L2S_PENDING || sa->gone)
        return;
    sa->fsm.state = state; /* what was refused changes nothing */
    our_fault(sa, rc);
}

/* ---- vendor IDs ------------------------------------------------------------------------------------------------- */

static uint64_t sayable(const struct l2s_ike_config *cfg, uint64_t which)
{
    which &= ~cfg->untold;
    if (cfg->encap == L2S_ENCAP_NEVER)
        which &= ~L2S_VIDS_NATT;
    return cfg->fragment ? which : which & ~L2S_VID_FRAGMENTATION;
}

void l2s_v1_main_put_vendors(struct l2s_chain *c, const struct l2s_ike_config *cfg, const struct l2s_vendors *theirs)
{
    const struct l2s_vendors both = {.seen = theirs ? sayable(cfg, theirs->seen) : 0};

    l2s_vendors_put(c, theirs ? l2s_vendors_answer(&both) : sayable(cfg, L2S_VENDORS_INITIATOR));
}

enum l2s_natt l2s_v1_main_natt(const struct l2s_ike_config *cfg, const struct l2s_vendors *theirs)
{
    const struct l2s_vendors both = {.seen = sayable(cfg, theirs->seen)};

    return l2s_vendors_natt(&both);
}

/* ---- what both sides do ---------------------------------------------------------------------------------------- */

int l2s_v1_main_take_ke(struct l2s_v1_sa *sa, const struct l2s_payloads *s)
{
    struct l2s_rd ke = l2s_payloads_get(s, L2S_PK_KE, 0);
    struct l2s_rd nonce = l2s_payloads_get(s, L2S_PK_NONCE, 0);
    struct l2s_v1_talk *t = sa->talk;
    struct l2s_bytes own = l2s_v1_bytes(sa->initiator ? &t->gxi : &t->gxr);
    int rc;

    if (own.n && l2s_rd_equals(&ke, own.p, own.n)) /* a mirror: with equal IDs the proofs would be the same */
        return L2TPSEC_EPROTO;
    if (ke.left != l2s_group_len((enum l2s_group_id)sa->proposal.group) || nonce.left < L2S_V1_NONCE_MIN ||
        nonce.left > L2S_V1_NONCE_MAX)
        return L2TPSEC_EPROTO;
    rc = l2s_v1_blob_set(sa->e, sa->initiator ? &t->gxr : &t->gxi, ke.p, ke.left);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_blob_set(sa->e, sa->initiator ? &t->nr : &t->ni, nonce.p, nonce.left);
    return rc;
}

static struct l2s_natd natd(struct l2s_v1_sa *sa, const struct l2s_v1_path *path)
{
    struct l2s_natd n = {
        .crypto = sa->e->crypto,
        .hash = (enum l2s_hash_id)sa->proposal.hash,
        .icookie = sa->icookie,
        .rcookie = sa->rcookie,
        .local = &path->local,
        .remote = &path->remote,
    };

    return n;
}

int l2s_v1_main_check_nat(struct l2s_v1_sa *sa, const struct l2s_payloads *s, const struct l2s_v1_path *path)
{
    struct l2s_natd n = natd(sa, path);

    memset(&sa->nat, 0, sizeof sa->nat);
    return sa->natt == L2S_NATT_NONE ? L2TPSEC_OK : l2s_natd_check(&n, s, &sa->nat);
}

/* Our public value and nonce, made once. */
static int own_half(struct l2s_v1_sa *sa)
{
    struct l2s_v1_blob *gx = sa->initiator ? &sa->talk->gxi : &sa->talk->gxr;
    struct l2s_v1_blob *nonce = sa->initiator ? &sa->talk->ni : &sa->talk->nr;
    struct l2s_ike *e = sa->e;
    uint8_t value[L2S_DH_MAX];
    size_t len = 0;
    int rc;

    if (sa->talk->dh && gx->n && nonce->n)
        return L2TPSEC_OK;
    e->crypto->ops->dh_free(sa->talk->dh);
    sa->talk->dh = NULL;
    rc = e->crypto->ops->dh_new(e->crypto, (enum l2s_group_id)sa->proposal.group, &sa->talk->dh, value, sizeof value,
                                &len);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_blob_set(e, gx, value, len);
    if (rc == L2TPSEC_OK && l2s_random(e->sys, value, L2S_V1_NONCE) != 0)
        rc = L2TPSEC_ERANDOM;
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_blob_set(e, nonce, value, L2S_V1_NONCE);
    return rc;
}

int l2s_v1_main_put_half(struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    struct l2s_v1_talk *t = sa->talk;
    int rc = own_half(sa);

    if (rc != L2TPSEC_OK)
        return rc;
    const struct l2s_v1_blob *gx = sa->initiator ? &t->gxi : &t->gxr;
    const struct l2s_v1_blob *nonce = sa->initiator ? &t->ni : &t->nr;
    l2s_chain_put(c, L2S_PT_KE, gx->p, gx->n);
    l2s_chain_put(c, L2S_PT_NONCE, nonce->p, nonce->n);
    return L2TPSEC_OK;
}

bool l2s_v1_main_forces(const struct l2s_v1_sa *sa)
{
    return sa->cfg->encap == L2S_ENCAP_ALWAYS || sa->encap || (sa->peer && sa->peer->encap);
}

int l2s_v1_main_put_natd(struct l2s_v1_sa *sa, struct l2s_chain *c, const struct l2s_v1_path *path,
                         const struct l2s_payloads *theirs)
{
    if (sa->natt == L2S_NATT_NONE)
        return L2TPSEC_OK;

    struct l2s_natd n = natd(sa, path);
    struct l2s_natd_manner how = {.initiator = sa->initiator, .force = l2s_v1_main_forces(sa)};
    if (!sa->initiator && !sa->dialled_back && theirs) /* a server is told the truth: it has to follow our NAT */
        how.echo = l2s_natd_echo(&sa->vendors, theirs);
    return l2s_natd_put(c, &n, sa->natt, &how);
}

int l2s_v1_main_put_ke(struct l2s_v1_sa *sa, struct l2s_chain *c, const struct l2s_v1_path *path,
                       const struct l2s_payloads *theirs)
{
    int rc = l2s_v1_main_put_half(sa, c);

    if (rc != L2TPSEC_OK)
        return rc;
    if (!sa->initiator)
        l2s_v1_auth_put_requests(sa, c);
    return l2s_v1_main_put_natd(sa, c, path, theirs);
}

int l2s_v1_main_agree(struct l2s_v1_sa *sa)
{
    struct l2s_v1_talk *t = sa->talk;
    const struct l2s_v1_blob *peer = sa->initiator ? &t->gxr : &t->gxi;

    if (t->secret_len)
        return L2TPSEC_OK;
    return sa->e->crypto->ops->dh_agree(t->dh, peer->p, peer->n, t->secret, sizeof t->secret, &t->secret_len);
}

int l2s_v1_main_ask(struct l2s_v1_sa *sa, uint32_t candidate)
{
    const struct l2s_v1_path *path = l2s_v1_sa_path(sa);
    struct l2s_ike *e = sa->e;
    struct l2s_v1_peer *known = sa->peer;
    struct l2s_psk_query q = {
        .local = path->local, .remote = path->remote, .initiator = sa->initiator, .candidate = candidate};
    size_t len = 0;

    if (!known && sa->half && sa->half->channel)
        known = l2s_idtab_get(&e->channels, sa->half->channel);
    if (known) {
        q.owner = known->owner;
        q.id = sa->cfg->remote_id;
        l2s_v1_peer_show_id(known, &q.id);
    } else if (sa->aggressive) {
        q.id = sa->talk->proven;
    }
    int rc = e->port.psk(e->port.self, &q, sa->id, sa->talk->psk, &len);
    if (sa->gone)
        return L2TPSEC_ESTATE;
    sa->talk->psk_len = rc == L2TPSEC_OK && len <= L2S_PSK_MAX ? len : 0;
    sa->talk->candidate = candidate;
    return rc == L2TPSEC_OK && !sa->talk->psk_len ? L2TPSEC_ENOENT : rc;
}

bool l2s_v1_main_waits_for_psk(const struct l2s_v1_sa *sa)
{
    return sa->fsm.state == L2S_MM_I_KEY || sa->fsm.state == L2S_MM_R_KEY;
}

void l2s_v1_main_psk(struct l2s_v1_sa *sa, const uint8_t *psk, size_t len)
{
    struct l2s_failure why;
    int rc;

    if (!l2s_v1_main_waits_for_psk(sa))
        return;
    sa->talk->psk_len = psk && len <= L2S_PSK_MAX ? len : 0;
    if (sa->talk->psk_len)
        memcpy(sa->talk->psk, psk, len);
    if (sa->initiator && !sa->talk->psk_len) {
        why = l2s_v1_failure(L2TPSEC_CAUSE_NO_SECRET, "main mode, pre-shared key", "set ike.psk");
        l2s_v1_main_fail(sa, &why);
        return;
    }
    if (sa->initiator)
        l2s_v1_main_go_on(sa);
    rc = l2s_v1_sa_step(sa, L2S_ME_KEY, NULL);
    account(sa, rc);
    if (rc != L2TPSEC_OK && rc != L2S_PENDING && !sa->gone)
        our_fault(sa, rc);
}

bool l2s_v1_main_waits_for_signature(const struct l2s_v1_sa *sa)
{
    return sa->fsm.state == L2S_MM_I_SIGN || sa->fsm.state == L2S_MM_R_SIGN;
}

void l2s_v1_main_signature(struct l2s_v1_sa *sa, const uint8_t *sig, size_t len)
{
    if (!l2s_v1_main_waits_for_signature(sa))
        return;
    l2s_v1_auth_signature(sa, sig, len);
    if (!sa->talk->sig_len) {
        struct l2s_failure why =
            l2s_v1_failure(L2TPSEC_CAUSE_NO_SECRET, "main mode, signature", "nobody has the key of ike.certificate");
        why.layer = L2TPSEC_LAYER_HOST;
        why.windows_code = L2S_V1_NO_CERTIFICATE;
        if (sa->initiator)
            l2s_v1_main_fail(sa, &why);
        else
            l2s_v1_main_turn_away(sa, &why);
        return;
    }
    if (sa->initiator)
        l2s_v1_main_go_on(sa);
    int rc = l2s_v1_sa_step(sa, L2S_ME_SIGNED, NULL);
    account(sa, rc);
    if (rc != L2TPSEC_OK && !sa->gone)
        our_fault(sa, rc);
}

void l2s_v1_main_fail(struct l2s_v1_sa *sa, const struct l2s_failure *why)
{
    struct l2s_v1_peer *peer = sa->peer;
    bool silent = why->cause == L2TPSEC_CAUSE_NO_ANSWER || why->cause == L2TPSEC_CAUSE_PEER_VANISHED;

    l2s_v1_sa_end(sa);
    if (peer)
        l2s_v1_peer_failed(peer, why, silent);
}

/* ---- what was offered and what is allowed ---------------------------------------------------------------------- */

const struct l2s_v1_preset l2s_v1_presets[L2S_V1_PRESETS] = {
    {"modern", "preset modern would allow it", "preset=modern"},
    {"compatible", "preset compatible would allow it", "preset=compatible"},
    {"legacy", "preset legacy would allow it", "preset=legacy"},
};

/* What ran on this channel before is void (RFC 2407, 4.6.3.3). */
void l2s_v1_main_put_contact(const struct l2s_v1_sa *sa, struct l2s_chain *c)
{
    uint8_t cookies[2 * L2S_COOKIE];

    if (!sa->cfg->initial_contact || sa->peer->channel) /* a renewal has SAs the peer is to keep */
        return;
    memcpy(cookies, sa->icookie, L2S_COOKIE);
    memcpy(cookies + L2S_COOKIE, sa->rcookie, L2S_COOKIE);
    l2s_chain_put_notify(c, L2S_PROTO_ISAKMP, L2S_N_INITIAL_CONTACT, cookies, sizeof cookies, NULL, 0);
}

void l2s_v1_main_log_key(const struct l2s_v1_sa *sa)
{
    if (sa->e->port.keylog)
        sa->e->port.keylog(sa->e->port.self, sa->icookie, sa->keys.key, sa->keys.key_len);
}

void l2s_v1_main_offers(struct l2s_ike *e, const struct l2s_ike_config *cfg, struct l2s_rd sa_body,
                        struct l2s_failure *f)
{
    struct l2s_ike_policy ike;
    struct l2s_esp_policy esp;
    struct l2s_ike_choice choice;

    (void)l2s_ike_sa_text(sa_body, f->offered, sizeof f->offered);
    (void)l2s_ike_policy_text(&cfg->ike, f->allowed, sizeof f->allowed);
    for (size_t i = 0; i < L2S_V1_PRESETS && !f->hint; i++) {
        if (l2s_policy_preset(l2s_v1_presets[i].name, &ike, &esp) != L2TPSEC_OK)
            continue;
        l2s_ike_policy_fit(&ike, e->crypto);
        ike.methods = cfg->ike.methods;
        if (l2s_ike_sa_choose(sa_body, &ike, &choice) == L2TPSEC_OK) {
            f->hint = l2s_v1_presets[i].hint;
            f->fits = l2s_v1_presets[i].fits;
        }
    }
}
