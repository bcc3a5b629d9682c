/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/child.h"
#include "ike/v1/info.h"
#include "ike/v1/quick_mode.h"

static const char step_1[] = "quick mode, message 1";

/* The refusal is kept as the answer to message 1, for when that comes again. */
static int refuse(struct l2s_v1_quick *q, const struct l2s_v1_message *m, uint16_t notify,
                  const struct l2s_failure *why)
{
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_ike *e = sa->e;
    uint32_t spi = q->choice.spi;
    struct l2s_wr w;
    int rc = l2s_v1_info_write_notify(sa, notify, spi, &w);

    e->stats.refused++;
    l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_UNKNOWN_PROTOCOL, "quick mode refused");
    q->fsm.state = L2S_QM_DONE;
    l2s_v1_quick_done(q);
    if (rc == L2TPSEC_OK) {
        (void)l2s_repeat_keep(&q->theirs, m->mark, w.p, w.len);
        l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", l2s_notify_name(notify), (int64_t)w.len);
        l2s_v1_emit(e, &q->path, w.p, w.len);
    }
    if (!sa->gone && !sa->peer->client && l2s_v1_bucket_take(&e->events, e->sys->now))
        e->port.failed(e->port.self, NULL, &q->path.remote, why);
    return L2TPSEC_OK;
}

static int refuse_offer(struct l2s_v1_quick *q, const struct l2s_v1_message *m)
{
    struct l2s_failure why = l2s_v1_failure(L2TPSEC_CAUSE_PHASE2_PROPOSAL, step_1, NULL);
    struct l2s_rd body = l2s_payloads_get(&m->payloads, L2S_PK_SA, 0);
    struct l2s_esp_terms terms = {.modes = L2S_MODES_UDP_OR_PLAIN};
    struct l2s_crypto *c = q->sa->e->crypto;
    struct l2s_esp_choice choice;
    struct l2s_ike_policy ike;
    struct l2s_esp_policy esp;

    (void)l2s_esp_sa_text(body, why.offered, sizeof why.offered);
    (void)l2s_esp_policy_text(&q->sa->cfg->esp, why.allowed, sizeof why.allowed);
    terms.ke_len = l2s_payloads_get(&m->payloads, L2S_PK_KE, 0).left;
    for (size_t i = 0; i < L2S_V1_PRESETS && !why.hint; i++) {
        if (l2s_policy_preset(l2s_v1_presets[i].name, &ike, &esp) != L2TPSEC_OK)
            continue;
        l2s_esp_policy_fit(&esp, c);
        terms.pfs_groups = l2s_ike_policy_groups(&ike);
        if (l2s_esp_sa_choose(body, &esp, &terms, &choice) == L2TPSEC_OK) {
            why.hint = l2s_v1_presets[i].hint;
            why.fits = l2s_v1_presets[i].fits;
        }
    }
    return refuse(q, m, L2S_N_NO_PROPOSAL_CHOSEN, &why);
}

static int refuse_selectors(struct l2s_v1_quick *q, const struct l2s_v1_message *m)
{
    struct l2s_failure why = l2s_v1_failure(L2TPSEC_CAUSE_PHASE2_REFUSED, step_1,
                                            "the peer asks for other traffic than L2TP (UDP port 1701)");

    return refuse(q, m, L2S_N_INVALID_ID_INFORMATION, &why);
}

/* L2TP and nothing else, whatever the addresses: UDP, and 1701 at one end; the peer may leave its own port open. */
static int take_ids(struct l2s_v1_quick *q, const struct l2s_payloads *s)
{
    struct l2s_rd i = l2s_payloads_get(s, L2S_PK_ID, 0), r = l2s_payloads_get(s, L2S_PK_ID, 1);
    struct l2s_ike *e = q->sa->e;
    struct l2s_id idci, idcr;
    int rc;

    if (s->count[L2S_PK_ID] != 2 || l2s_id_read(i, &idci) != L2TPSEC_OK || l2s_id_read(r, &idcr) != L2TPSEC_OK)
        return L2TPSEC_ENOENT;
    if (idci.protocol != L2S_V1_UDP || idcr.protocol != L2S_V1_UDP ||
        (idci.port != L2S_V1_L2TP_PORT && idcr.port != L2S_V1_L2TP_PORT))
        return L2TPSEC_ENOENT;
    q->local_port = idcr.port;
    q->remote_port = idci.port < L2S_V1_PORTS_USED ? 0 : idci.port; /* TP-Link says 17/1 and uses another */
    q->local_inner = q->sa->peer->path.local;
    q->remote_inner = q->sa->peer->path.remote;
    rc = l2s_v1_blob_set(e, &q->idci, i.p, i.left);
    return rc == L2TPSEC_OK ? l2s_v1_blob_set(e, &q->idcr, r.p, r.left) : rc;
}

/* The client's own address, and (RFC 3947) ours as it knows it: inner checksums are made of them. */
static void note_addresses(struct l2s_v1_quick *q, const struct l2s_payloads *s)
{
    l2tpsec_addr a;

    if (s->count[L2S_PK_NATOA] > 0 && l2s_natoa_read(l2s_payloads_get(s, L2S_PK_NATOA, 0), &a) == L2TPSEC_OK)
        q->remote_inner = a;
    if (s->count[L2S_PK_NATOA] > 1 && l2s_natoa_read(l2s_payloads_get(s, L2S_PK_NATOA, 1), &a) == L2TPSEC_OK)
        q->local_inner = a;
    q->local_inner.port = q->remote_inner.port = 0;
}

/* Ours is for when to renew. The peer was not told of it, and if it answers no renewals (Android), the pair lives as long as it
 * believes (RFC 2407, 4.5.4, leaves us that). */
static void shorten(struct l2s_v1_quick *q)
{
    const struct l2s_ike_config *cfg = q->sa->cfg;

    q->renew_s = cfg->esp_lifetime_s;
    if (cfg->esp_lifetime_kb && (!q->choice.life_kb || cfg->esp_lifetime_kb < q->choice.life_kb))
        q->choice.life_kb = cfg->esp_lifetime_kb;
}

/* NAT-OA only for those who sent some; drafts: ours alone. */
static void put_natoa(struct l2s_v1_quick *q, struct l2s_chain *c, const struct l2s_payloads *theirs)
{
    const struct l2s_v1_path *path = &q->sa->peer->path;
    enum l2s_natt natt = q->sa->natt;

    if (!theirs->count[L2S_PK_NATOA] || natt == L2S_NATT_NONE || !l2s_mode_udp(q->choice.mode))
        return;
    if (natt == L2S_NATT_RFC3947)
        l2s_natoa_put(c, natt, &path->remote);
    l2s_natoa_put(c, natt, &path->local);
}

static int answer(struct l2s_v1_quick *q, const struct l2s_v1_message *m)
{
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_ike *e = sa->e;
    struct l2s_v1_sealed s;
    struct l2s_bytes kept;
    int rc;

    q->spi_in = e->port.spi_reserve(e->port.self);
    if (q->spi_in == 0)
        return L2TPSEC_ENOMEM;
    l2s_v1_quick_open(q, &s);
    l2s_chain_open(&s.c, L2S_PT_SA);
    l2s_esp_sa_put_answer(&s.w, &q->choice, q->spi_in);
    l2s_chain_close(&s.c);
    l2s_chain_put(&s.c, L2S_PT_NONCE, q->nr.p, q->nr.n);
    if (q->gx.n)
        l2s_chain_put(&s.c, L2S_PT_KE, q->gx.p, q->gx.n);
    l2s_chain_put(&s.c, L2S_PT_ID, q->idci.p, q->idci.n);
    l2s_chain_put(&s.c, L2S_PT_ID, q->idcr.p, q->idcr.n);
    put_natoa(q, &s.c, &m->payloads);
    rc = l2s_v1_quick_close(q, &s, false);
    if (rc == L2TPSEC_OK)
        rc = l2s_repeat_keep(&q->theirs, m->mark, s.w.p, s.w.len);
    if (rc != L2TPSEC_OK)
        return rc;
    shorten(q);                   /* behind the answer, which says what was offered */
    rc = l2s_v1_quick_install(q); /* first: the peer sends with it as soon as it has message 2 */
    if (rc != L2TPSEC_OK || q->gone)
        return rc;
    if (!l2s_repeat_find(&q->theirs, m->mark, &kept)) /* on the way another message may have been built over it */
        return L2TPSEC_ENOMEM;
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "send", "quick mode, message 2", (int64_t)kept.n);
    return l2s_retransmit_start(&q->ours, kept.p, kept.n, sa->cfg->retry_ms, sa->cfg->retries);
}

int l2s_v1_quick_recv_offer(void *self, const void *arg)
{
    struct l2s_v1_quick *q = self;
    const struct l2s_v1_message *m = arg;
    const struct l2s_payloads *s = &m->payloads;
    struct l2s_v1_sa *sa = q->sa;
    struct l2s_rd nonce = l2s_payloads_get(s, L2S_PK_NONCE, 0);
    struct l2s_rd ke = l2s_payloads_get(s, L2S_PK_KE, 0);
    struct l2s_esp_terms terms = {
        .modes = sa->peer->path.marker ? L2S_MODES_UDP_OR_PLAIN : L2S_MODES_PLAIN,
        .ke_len = s->count[L2S_PK_KE] ? ke.left : 0,
        .pfs_groups = l2s_ike_policy_groups(&sa->cfg->ike),
        .sha256_last = l2s_vendors_short_sha256(&sa->vendors),
    };
    int rc;

    if (nonce.left < L2S_V1_NONCE_MIN || nonce.left > L2S_V1_NONCE_MAX)
        return L2TPSEC_EPROTO;
    rc = l2s_esp_sa_choose(l2s_payloads_get(s, L2S_PK_SA, 0), &sa->cfg->esp, &terms, &q->choice);
    if (rc == L2TPSEC_ENOENT || rc == L2TPSEC_EUNSUP)
        return refuse_offer(q, m);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = take_ids(q, s);
    if (rc == L2TPSEC_ENOENT)
        return refuse_selectors(q, m);
    note_addresses(q, s);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_blob_set(sa->e, &q->ni, nonce.p, nonce.left);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_quick_own_half(q, q->choice.p.group);
    if (rc == L2TPSEC_OK && q->choice.p.group != L2S_GROUP_NONE)
        rc = l2s_v1_quick_agree(q, ke);
    if (rc == L2TPSEC_OK && !sa->initiator) /* it has message 6, then, which may be long and need not be kept */
        (void)l2s_repeat_keep(&sa->theirs, sa->theirs.mark, NULL, 0);
    return rc == L2TPSEC_OK ? answer(q, m) : rc;
}

int l2s_v1_quick_recv_proof(void *self, const void *arg)
{
    struct l2s_v1_quick *q = self;
    const struct l2s_v1_message *m = arg;
    struct l2s_v1_sa *sa = q->sa;
    uint8_t hash[L2S_HASH_MAX];
    int rc = l2s_v1_hash3(&sa->keys, sa->e->crypto, q->id, l2s_v1_bytes(&q->ni), l2s_v1_bytes(&q->nr), hash);

    if (rc != L2TPSEC_OK)
        return rc;
    if (!l2s_v1_quick_verify(sa, &m->payloads, hash))
        return L2TPSEC_EAUTH;
    l2s_retransmit_stop(&q->ours);
    (void)l2s_repeat_keep(&q->theirs, m->mark, NULL, 0);
    l2s_v1_peer_heard(sa->peer, &m->from);
    if (q->gone)
        return L2TPSEC_OK;
    if (l2s_v1_same_addr(&q->path.remote, &sa->peer->path.remote)) /* our nonce went there */
        sa->peer->hearsay = false;
    q->proven = true;
    if (!sa->peer->client)
        l2s_v1_peer_named(sa->peer, &q->idci, &q->idcr);
    l2s_v1_child_confirm(sa->peer, q->child);
    if (q->gone)
        return L2TPSEC_OK;
    l2s_v1_quick_done(q);
    return L2TPSEC_OK;
}
