/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/aggressive.h"
#include "ike/v1/child.h"
#include "ike/v1/dpd.h"
#include "ike/v1/info.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/quick_mode.h"

#define EVENTS_AT_ONCE 16   /* refusals that are reported; then one a second */
#define NOTIFIES_AT_ONCE 32 /* errors said in clear text */
#define AGGRESSIVE_AT_ONCE 64
#define AGGRESSIVE_RATE 16

static int tables_init(struct l2s_ike *e, const uint8_t key[16])
{
    int rc = l2s_offers_init(&e->offers, e, key);

    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_half_open_init(&e->half, e, key);
    if (rc == L2TPSEC_OK && (rc = l2s_v1_fragments_init(e)) != L2TPSEC_OK)
        l2s_half_open_fini(&e->half);
    if (rc != L2TPSEC_OK)
        l2s_offers_fini(&e->offers);
    return rc;
}

int l2s_ike_new(struct l2s_sys *sys, struct l2s_crypto *crypto, const struct l2s_ike_port *port, struct l2s_ike **out)
{
    uint8_t key[16];
    struct l2s_ike *e;
    int rc;

    if (l2s_random(sys, key, sizeof key) != 0)
        return L2TPSEC_ERANDOM;
    e = l2s_mem_new(&sys->mem, sizeof *e);
    if (!e)
        return L2TPSEC_ENOMEM;
    e->sys = sys;
    e->crypto = crypto;
    e->port = *port;
    rc = tables_init(e, key);
    if (rc != L2TPSEC_OK) {
        l2s_mem_free(&sys->mem, e);
        return rc;
    }
    l2s_hash_init(&e->sas, &sys->mem, key);
    l2s_hash_init(&e->peers, &sys->mem, key);
    l2s_hash_init(&e->owners, &sys->mem, key);
    l2s_idtab_init(&e->sa_ids, &sys->mem);
    l2s_idtab_init(&e->channels, &sys->mem);
    e->events.most = e->events.tokens = EVENTS_AT_ONCE;
    e->notifies.most = e->notifies.tokens = NOTIFIES_AT_ONCE;
    e->events.filled_at = e->notifies.filled_at = e->aggressive.filled_at = sys->now;
    e->aggressive.most = e->aggressive.tokens = AGGRESSIVE_AT_ONCE;
    e->aggressive.rate = AGGRESSIVE_RATE;
    l2s_wipe(key, sizeof key);
    *out = e;
    return L2TPSEC_OK;
}

/* Those we dialled may have no channel yet; the others have one. */
static void end_all(struct l2s_ike *e)
{
    struct l2s_v1_peer *p;
    size_t bucket = 0;
    uint32_t slot = 0;

    for (struct l2s_hnode *n; (n = l2s_hash_pop(&e->owners, &bucket)) != NULL;)
        l2s_v1_peer_end(L2S_CONTAINER(n, struct l2s_v1_peer, by_owner));
    while ((p = l2s_idtab_next(&e->channels, &slot)) != NULL)
        l2s_v1_peer_end(p);
}

static void nobody_spi(void *self, uint32_t spi)
{
    (void)self;
    (void)spi;
}

void l2s_ike_free(struct l2s_ike *e)
{
    struct l2s_sys *sys;

    if (!e)
        return;
    sys = e->sys;
    e->port.spi_release = nobody_spi; /* calls nobody */
    l2s_v1_enter(e);
    end_all(e);
    l2s_half_open_fini(&e->half);
    l2s_offers_fini(&e->offers);
    l2s_v1_fragments_fini(e);
    l2s_v1_leave(e);
    l2s_hash_fini(&e->sas);
    l2s_hash_fini(&e->peers);
    l2s_hash_fini(&e->owners);
    l2s_idtab_fini(&e->sa_ids);
    l2s_idtab_fini(&e->channels);
    l2s_mem_free(&sys->mem, e);
}

/* All of the settings that message 2 depends on. */
static uint64_t terms_of(const struct l2s_ike *e, const struct l2s_ike_config *cfg)
{
    uint64_t words[] = {cfg->ike.n, cfg->ike.methods, cfg->untold,
                        l2s_hash_of(&e->sas, cfg->ike.p, cfg->ike.n * sizeof cfg->ike.p[0])};

    return l2s_hash_of(&e->sas, words, sizeof words);
}

void l2s_ike_listen(struct l2s_ike *e, const struct l2s_ike_config *cfg)
{
    e->listening = cfg != NULL;
    if (!cfg)
        return;
    uint64_t terms = terms_of(e, cfg);
    if (!e->server || terms != e->terms)
        e->listened++;
    e->server = cfg;
    e->terms = terms;
}

int l2s_ike_connect(struct l2s_ike *e, const struct l2s_ike_config *cfg, const l2tpsec_addr *local,
                    const l2tpsec_addr *remote, uint16_t local_nat_port, uint16_t remote_nat_port, void *owner)
{
    struct l2s_v1_path path = {.local = *local, .remote = *remote};
    struct l2s_v1_peer *p;
    int rc;

    if (cfg->ike.n == 0 || cfg->esp.n == 0)
        return L2TPSEC_EINVAL;
    l2s_v1_enter(e);
    p = l2s_v1_peer_new(e, cfg, &path, true, owner);
    rc = p ? L2TPSEC_OK : L2TPSEC_ENOMEM;
    if (p) {
        p->method = cfg->method;
        p->local_nat_port = local_nat_port;
        p->remote_nat_port = remote_nat_port;
        p->rekey = true; /* a first pair is wanted */
        rc = l2s_v1_main_begin(p, 0);
        if (rc != L2TPSEC_OK)
            l2s_v1_peer_end(p);
    }
    l2s_v1_leave(e);
    return rc;
}

void l2s_ike_encapsulate(struct l2s_ike *e, void *owner)
{
    struct l2s_v1_peer *p = l2s_v1_peer_of(e, owner);

    if (p)
        p->encap = true;
}

void l2s_ike_abandon(struct l2s_ike *e, void *owner)
{
    struct l2s_v1_peer *p = l2s_v1_peer_of(e, owner);

    l2s_v1_enter(e);
    if (p)
        l2s_v1_peer_close(p);
    l2s_v1_leave(e);
}

void *l2s_ike_owner(const struct l2s_ike *e, uint64_t traced)
{
    const struct l2s_v1_sa *sa = l2s_idtab_get(&e->sa_ids, traced & ~L2S_V1_NOT_A_CHANNEL);

    return traced & L2S_V1_NOT_A_CHANNEL && sa && sa->peer ? sa->peer->owner : NULL;
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

/* The SA of a message. An initiator's first answer brings the responder's cookie, so it is found without. */
static struct l2s_v1_sa *find(struct l2s_ike *e, const struct l2s_isakmp *h)
{
    static const uint8_t none[L2S_COOKIE];
    struct l2s_v1_sa *sa = l2s_v1_sa_find(e, h->icookie, h->rcookie);

    return sa ? sa : l2s_v1_sa_find(e, h->icookie, none);
}

static void dispatch(struct l2s_ike *e, struct l2s_v1_message *m)
{
    struct l2s_v1_sa *sa = find(e, m->h);

    if (!(m->h->flags & L2S_FLAG_ENCRYPTED))
        l2s_v1_show(e, sa ? l2s_v1_sa_channel(sa) : 0, &m->from, false, m->p, m->n);
    switch (m->h->exchange) {
    case L2S_EXCHANGE_MAIN:
        if (m->h->message_id != 0)
            l2s_v1_drop(e, 0, L2TPSEC_DROP_MALFORMED, "main mode with a message id");
        else if (sa && sa->aggressive)
            l2s_v1_drop(e, 0, L2TPSEC_DROP_UNEXPECTED, "main mode within aggressive mode");
        else if (sa)
            l2s_v1_main_input(sa, m);
        else
            l2s_v1_main_knock(e, m);
        break;
    case L2S_EXCHANGE_QUICK:
        if (sa && sa->aggressive && !sa->up)
            l2s_v1_aggressive_again(sa);
        else if (sa)
            l2s_v1_quick_input(sa, m);
        else
            l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_COOKIE, "quick mode for no SA of ours");
        break;
    case L2S_EXCHANGE_INFO:
        if (sa)
            l2s_v1_info_input(sa, m);
        else
            l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_COOKIE, "informational for no SA of ours");
        break;
    case L2S_EXCHANGE_AGGRESSIVE:
        if (m->h->message_id != 0)
            l2s_v1_drop(e, 0, L2TPSEC_DROP_MALFORMED, "aggressive mode with a message id");
        else if (sa && !sa->aggressive)
            l2s_v1_drop(e, 0, L2TPSEC_DROP_UNEXPECTED, "aggressive mode within main mode");
        else if (sa)
            l2s_v1_main_input(sa, m);
        else
            l2s_v1_aggressive_knock(e, m);
        break;
    default:
        l2s_v1_drop(e, 0, L2TPSEC_DROP_UNKNOWN_PROTOCOL, l2s_exchange_name(m->h->exchange));
        break;
    }
}

#define MARKER 4u
static const uint8_t no_marker[MARKER];

/* A piece of a message. The whole is handled as if it had come in one datagram with the last piece. */
static void reassemble(struct l2s_ike *e, const struct l2s_v1_message *m, struct l2s_rd body)
{
    struct l2s_isakmp h;
    size_t n = 0;
    uint8_t *whole = l2s_v1_fragments_take(e, &m->from, m->h, body, &n);

    if (!whole)
        return;
    uint32_t drop = l2s_isakmp_read(l2s_rd_init(whole, n), &h, &body);
    bool same = memcmp(h.icookie, m->h->icookie, L2S_COOKIE) == 0 && memcmp(h.rcookie, m->h->rcookie, L2S_COOKIE) == 0;
    if (drop != L2TPSEC_DROP_NONE || h.first == L2S_PT_FRAGMENT || !same) {
        l2s_v1_drop(e, 0, drop ? drop : L2TPSEC_DROP_MALFORMED, "message in fragments");
    } else {
        struct l2s_v1_message all = {.from = m->from, .h = &h, .p = whole, .n = L2S_ISAKMP_HEADER + body.left};
        dispatch(e, &all);
    }
    l2s_mem_free(&e->sys->mem, whole);
}

void l2s_ike_input(struct l2s_ike *e, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool nat_t, uint8_t *p,
                   size_t n)
{
    struct l2s_v1_message m = {.from = {.local = *local, .remote = *remote, .marker = nat_t}};
    struct l2s_isakmp h;
    struct l2s_rd body;
    uint32_t drop = l2s_isakmp_read(l2s_rd_init(p, n), &h, &body);

    if (drop != L2TPSEC_DROP_NONE && nat_t && n > MARKER && memcmp(p, no_marker, MARKER) == 0) {
        p += MARKER; /* iOS is seen to send the non-ESP marker twice */
        n -= MARKER;
        drop = l2s_isakmp_read(l2s_rd_init(p, n), &h, &body);
    }
    if (drop != L2TPSEC_DROP_NONE) {
        l2s_v1_drop(e, 0, drop, "header");
        return;
    }
    m.h = &h;
    l2s_v1_enter(e);
    if (h.first == L2S_PT_FRAGMENT) {
        reassemble(e, &m, body);
    } else {
        m.p = p;
        m.n = L2S_ISAKMP_HEADER + body.left;
        dispatch(e, &m);
    }
    l2s_v1_leave(e);
}

int l2s_ike_psk_answer(struct l2s_ike *e, uint64_t token, const uint8_t *psk, size_t len)
{
    struct l2s_v1_sa *sa = l2s_idtab_get(&e->sa_ids, token);

    if (!sa || !l2s_v1_main_waits_for_psk(sa))
        return L2TPSEC_ENOENT;
    l2s_v1_enter(e);
    l2s_v1_main_psk(sa, psk, len);
    l2s_v1_leave(e);
    return L2TPSEC_OK;
}

int l2s_ike_signature_answer(struct l2s_ike *e, uint64_t token, const uint8_t *sig, size_t len)
{
    struct l2s_v1_sa *sa = l2s_idtab_get(&e->sa_ids, token);

    if (!sa || !l2s_v1_main_waits_for_signature(sa))
        return L2TPSEC_ENOENT;
    l2s_v1_enter(e);
    l2s_v1_main_signature(sa, sig, len);
    l2s_v1_leave(e);
    return L2TPSEC_OK;
}

/* ---- channels -------------------------------------------------------------------------------------------------- */

void l2s_ike_part(struct l2s_ike *e, uint64_t channel)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->channels, channel);

    if (!p)
        return;
    l2s_v1_enter(e);
    l2s_v1_peer_part(p);
    l2s_v1_leave(e);
}

void l2s_ike_close(struct l2s_ike *e, uint64_t channel)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->channels, channel);

    if (!p)
        return;
    l2s_v1_enter(e);
    l2s_v1_peer_close(p);
    l2s_v1_leave(e);
}

void l2s_ike_rekey(struct l2s_ike *e, uint64_t channel, uint64_t child)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->channels, channel);
    struct l2s_v1_child *newest = p ? l2s_v1_child_newest(p) : NULL;

    if (!newest || newest->id != child) /* an older one has its successor already */
        return;
    l2s_v1_enter(e);
    l2s_v1_peer_rekey(p);
    l2s_v1_leave(e);
}

void l2s_ike_used(struct l2s_ike *e, uint64_t channel, uint64_t child)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->channels, channel);

    if (p)
        l2s_v1_child_used(p, child);
}

void l2s_ike_traffic(struct l2s_ike *e, uint64_t channel, bool in)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->channels, channel);

    if (p)
        l2s_v1_dpd_traffic(p, in);
}

void l2s_ike_moved(struct l2s_ike *e, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->channels, channel);
    struct l2s_v1_path to;

    if (!p)
        return;
    to = p->path;
    to.local = *local;
    to.remote = *remote;
    l2s_v1_enter(e);
    l2s_v1_peer_move(p, &to);
    l2s_v1_leave(e);
}

void l2s_ike_roam(struct l2s_ike *e, uint64_t channel, const l2tpsec_addr *local)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->channels, channel);
    struct l2s_v1_path to;

    if (!p)
        return;
    to = p->path;
    to.local = *local;
    to.local.port = p->path.local.port;
    l2s_v1_enter(e);
    l2s_v1_peer_roam(p, &to);
    l2s_v1_leave(e);
}

const struct l2s_ike_stats *l2s_ike_stats(const struct l2s_ike *e)
{
    return &e->stats;
}
