/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/peer.h"

#include "base/wipe.h"
#include "ike/common/shard.h"
#include "ike/v1/child.h"
#include "ike/v1/dpd.h"
#include "ike/v1/info.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/quick_mode.h"

#define TIMERS 3
#define GRACE_FIRST (60 * L2S_SECOND) /* a responder's channel waits for its first pair */
#define GRACE_LAST (5 * L2S_SECOND)   /* and for the next one, when the last was deleted: some delete first */
#define RETIRE (5 * L2S_SECOND)       /* a renewed IKE SA still answers what is under way */
#define SAS_MAX 4                     /* of one peer; then the oldest goes */

uint64_t l2s_v1_margin(const struct l2s_ike_config *cfg, uint64_t life_s)
{
    uint64_t life = life_s * L2S_SECOND;
    uint64_t margin = cfg->rekey_margin_s ? cfg->rekey_margin_s * L2S_SECOND : life / 10;

    if (margin < 3 * L2S_SECOND)
        margin = 3 * L2S_SECOND;
    return margin < life / 3 ? margin : life / 3; /* with the jitter of half as much, half of the life remains */
}

/* ---- where it is ----------------------------------------------------------------------------------------------- */

/* One that dialled us is known by all of where it is: thousands of them may be behind one NAT. One that we dialled may dial back from
 * any port, but only to the address it was dialled from, and many links may lead to the same server from addresses of their own. */
static uint64_t hash_of(const struct l2s_ike *e, bool client, const l2tpsec_addr *local, const l2tpsec_addr *remote)
{
    uint8_t key[sizeof local->ip + sizeof remote->ip + 2];

    memcpy(key, local->ip, sizeof local->ip);
    memcpy(key + sizeof local->ip, remote->ip, sizeof remote->ip);
    l2s_put16(key + sizeof local->ip + sizeof remote->ip, client ? 0 : remote->port);
    return l2s_hash_of(&e->peers, key, sizeof key);
}

static void settle_at(struct l2s_v1_peer *p, const struct l2s_v1_path *path)
{
    struct l2s_ike *e = p->e;

    l2s_hash_remove(&e->peers, &p->hnode); /* and adding cannot fail: there is a table */
    (void)l2s_hash_add(&e->peers, &p->hnode, hash_of(e, p->client, &path->local, &path->remote));
    p->path = *path;
    l2s_trace_note(&e->sys->trace, "ike", p->channel, "the peer moved", NULL, path->remote.port);
    e->port.channel_moved(e->port.self, p->channel, &path->local, &path->remote, path->marker);
}

/* What this peer begins from there comes to another engine, which knows nothing of it. So phase 1 is ours to renew from now on, in
 * time before the peer would do it: under an IKE SA that we began, its turn comes after ours (l2s_v1_sa_schedule). */
static void keep_from_straying(struct l2s_v1_peer *p)
{
    const struct l2s_shard *s = &p->e->sys->shard;
    const struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);

    if (p->client || !sa || sa->initiator || !l2s_sharded(s) ||
        l2s_ike_shard_of_source(&p->path.remote, s->count) == s->index)
        return;
    p->life_s = sa->life_s;
    l2s_v1_peer_dial(p);
}

void l2s_v1_peer_move(struct l2s_v1_peer *p, const struct l2s_v1_path *to)
{
    if (!p->channel || p->gone || l2s_v1_same_path(&p->path, to) || p->path.marker != to->marker)
        return;
    if (p->nat.local && !p->nat.remote)
        return;
    p->hearsay = true;
    settle_at(p, to);
    if (!p->gone)
        keep_from_straying(p);
}

void l2s_v1_peer_roam(struct l2s_v1_peer *p, const struct l2s_v1_path *to)
{
    if (p->channel && !p->gone)
        settle_at(p, to);
}

void l2s_v1_peer_heard(struct l2s_v1_peer *p, const struct l2s_v1_path *from)
{
    l2s_v1_dpd_alive(p);
    l2s_v1_peer_move(p, from);
}

static void keepalive(void *owner)
{
    struct l2s_v1_peer *p = owner;
    struct l2s_ike *e = p->e;
    uint64_t every = p->cfg->keepalive_s * L2S_SECOND;

    l2s_v1_enter(e);
    if (e->sys->now >= p->sent + every) {
        p->sent = e->sys->now;
        struct l2s_v1_path to = p->path;
        l2s_timer_arm(&e->sys->timers, &p->keepalive, e->sys->now + every);
        e->port.keepalive(e->port.self, p->channel, &to.local, &to.remote);
    } else {
        l2s_timer_arm(&e->sys->timers, &p->keepalive, p->sent + every);
    }
    l2s_v1_leave(e);
}

/* RFC 3948, 4: whoever is behind a NAT keeps its mapping alive. */
static void keep_alive(struct l2s_v1_peer *p)
{
    struct l2s_ike *e = p->e;

    l2s_timer_cancel(&e->sys->timers, &p->keepalive);
    if (p->nat.local && p->path.marker && p->cfg->keepalive_s)
        l2s_timer_arm(&e->sys->timers, &p->keepalive, e->sys->now + p->cfg->keepalive_s * L2S_SECOND);
}

void l2s_v1_peer_float(struct l2s_v1_peer *p, const struct l2s_v1_path *to)
{
    if (!p->channel || p->client || p->path.marker || !to->marker || !(p->nat.local || p->nat.remote) ||
        !l2s_list_empty(&p->children))
        return;
    settle_at(p, to);
    if (!p->gone)
        keep_alive(p);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static bool negotiating(const struct l2s_v1_peer *p)
{
    L2S_LIST_EACH (&p->sas, n, after)
        if (l2s_v1_quick_open_ones(L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)))
            return true;
    return false;
}

/* The last pair ended by its lifetime, by our clock or by the peer's: what its renewal died of says more. */
static struct l2s_failure end_of(const struct l2s_v1_peer *p, uint32_t cause)
{
    if (p->why && (cause == L2TPSEC_CAUSE_EXPIRED || cause == L2TPSEC_CAUSE_CLOSED_BY_PEER))
        return *p->why;
    return l2s_v1_failure(cause, "quick mode", NULL);
}

/* Tell the peer that its IKE SAs go. */
static void delete_sas(struct l2s_v1_peer *p)
{
    for (struct l2s_node *n = p->sas.next; n != &p->sas && !p->gone; n = n->next)
        if (L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)->up)
            l2s_v1_info_delete_ike(L2S_LIST_ENTRY(n, struct l2s_v1_sa, node));
}

static void out_of_grace(void *owner)
{
    struct l2s_v1_peer *p = owner;
    struct l2s_ike *e = p->e;
    struct l2s_failure why = end_of(p, p->end_cause);

    if (negotiating(p)) {
        l2s_timer_arm(&e->sys->timers, &p->grace, e->sys->now + GRACE_LAST);
        return;
    }
    l2s_v1_enter(e);
    delete_sas(p);
    l2s_v1_peer_down(p, &why);
    l2s_v1_leave(e);
}

static void bury(struct l2s_ike *e, struct l2s_v1_grave *g)
{
    struct l2s_v1_peer *p = L2S_CONTAINER(g, struct l2s_v1_peer, grave);

    l2s_v1_blob_free(e, &p->id_data);
    l2s_v1_blob_free(e, &p->own_name);
    l2s_v1_blob_free(e, &p->its_name);
    l2s_mem_free(&e->sys->mem, p->why);
    l2s_timers_release(&e->sys->timers, TIMERS);
    l2s_mem_free(&e->sys->mem, p);
}

static uint64_t of_owner(const void *owner)
{
    return l2s_hash_ours((uintptr_t)owner);
}

struct l2s_v1_peer *l2s_v1_peer_of(const struct l2s_ike *e, const void *owner)
{
    for (struct l2s_hnode *n = l2s_hash_first(&e->owners, of_owner(owner)); n; n = l2s_hash_next(n)) {
        struct l2s_v1_peer *p = L2S_CONTAINER(n, struct l2s_v1_peer, by_owner);
        if (p->owner == owner)
            return p;
    }
    return NULL;
}

struct l2s_v1_peer *l2s_v1_peer_new(struct l2s_ike *e, const struct l2s_ike_config *cfg, const struct l2s_v1_path *path,
                                    bool client, void *owner)
{
    struct l2s_v1_peer *p;

    if (l2s_timers_reserve(&e->sys->timers, TIMERS) != L2TPSEC_OK)
        return NULL;
    p = l2s_mem_new(&e->sys->mem, sizeof *p);
    if (!p || (client && l2s_hash_add(&e->owners, &p->by_owner, of_owner(owner)) != L2TPSEC_OK)) {
        l2s_mem_free(&e->sys->mem, p);
        l2s_timers_release(&e->sys->timers, TIMERS);
        return NULL;
    }
    p->e = e;
    p->cfg = cfg;
    p->path = *path;
    p->client = client;
    p->owner = owner;
    l2s_list_init(&p->sas);
    l2s_list_init(&p->children);
    l2s_timer_init(&p->dpd, l2s_v1_dpd_fire, p);
    l2s_timer_init(&p->keepalive, keepalive, p);
    l2s_timer_init(&p->grace, out_of_grace, p);
    return p;
}

void l2s_v1_peer_named(struct l2s_v1_peer *p, struct l2s_v1_blob *its, struct l2s_v1_blob *own)
{
    l2s_v1_blob_free(p->e, &p->its_name);
    l2s_v1_blob_free(p->e, &p->own_name);
    p->its_name = *its;
    p->own_name = *own;
    *its = *own = (struct l2s_v1_blob){.n = 0};
}

void l2s_v1_peer_end(struct l2s_v1_peer *p)
{
    struct l2s_ike *e = p->e;

    if (p->gone)
        return;
    p->gone = true;
    while (!l2s_list_empty(&p->sas))
        l2s_v1_sa_end(L2S_LIST_ENTRY(p->sas.next, struct l2s_v1_sa, node));
    while (!l2s_list_empty(&p->children))
        l2s_v1_child_end(L2S_LIST_ENTRY(p->children.next, struct l2s_v1_child, node));
    l2s_timer_cancel(&e->sys->timers, &p->dpd);
    l2s_timer_cancel(&e->sys->timers, &p->keepalive);
    l2s_timer_cancel(&e->sys->timers, &p->grace);
    if (p->channel) {
        l2s_hash_remove(&e->peers, &p->hnode);
        l2s_idtab_remove(&e->channels, p->channel);
        if (p->client)
            l2s_half_open_forget(&e->half, p->channel);
    }
    if (p->client)
        l2s_hash_remove(&e->owners, &p->by_owner);
    l2s_v1_bury(e, &p->grave, bury);
}

void l2s_v1_peer_down(struct l2s_v1_peer *p, const struct l2s_failure *why)
{
    struct l2s_ike *e = p->e;
    struct l2s_failure because = *why;
    struct l2s_v1_child *c;

    while (!p->gone && (c = l2s_v1_child_newest(p)) != NULL)
        l2s_v1_child_down(c);
    if (p->gone)
        return;
    l2s_v1_peer_end(p);
    if (p->channel)
        e->port.channel_down(e->port.self, p->channel, p->owner, &because);
    else if (p->client)
        e->port.failed(e->port.self, p->owner, &p->path.remote, &because);
}

void l2s_v1_peer_part(struct l2s_v1_peer *p)
{
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);

    if (p->parted)
        return;
    p->parted = true;
    for (struct l2s_node *n = p->children.next; sa && n != &p->children && !p->gone; n = n->next)
        l2s_v1_info_delete_esp(sa, L2S_LIST_ENTRY(n, struct l2s_v1_child, node)->spi_in);
}

void l2s_v1_peer_close(struct l2s_v1_peer *p)
{
    if (p->gone)
        return;
    l2s_v1_peer_part(p);
    delete_sas(p);
    l2s_v1_peer_end(p);
}

void l2s_v1_peer_check(struct l2s_v1_peer *p, uint32_t cause)
{
    struct l2s_ike *e = p->e;
    struct l2s_failure why = end_of(p, cause);

    if (p->gone || !p->channel || !l2s_list_empty(&p->children))
        return;
    if (l2s_list_empty(&p->sas)) {
        l2s_v1_peer_down(p, &why);
        return;
    }
    p->end_cause = cause;
    if (!l2s_timer_armed(&p->grace))
        l2s_timer_arm(&e->sys->timers, &p->grace, e->sys->now + GRACE_LAST);
}

/* ---- proven ---------------------------------------------------------------------------------------------------- */

struct l2s_id l2s_v1_peer_id(const struct l2s_v1_peer *p)
{
    struct l2s_id id = {.type = p->id_type, .data = l2s_rd_init(p->id_data.p, p->id_data.n)};

    return id;
}

void l2s_v1_peer_show_id(const struct l2s_v1_peer *p, struct l2s_ike_id *out)
{
    if (!p->id_type)
        return;
    out->type = p->id_type;
    out->len = (uint16_t)p->id_data.n;
    memcpy(out->data, p->id_data.p, p->id_data.n);
}

static bool is(const struct l2s_v1_peer *p, const struct l2s_ike_id *id)
{
    return p->id_type == id->type && p->id_data.n == id->len && memcmp(p->id_data.p, id->data, id->len) == 0;
}

static int know(struct l2s_v1_peer *p, const struct l2s_ike_id *id)
{
    int rc = is(p, id) ? L2TPSEC_OK : l2s_v1_blob_set(p->e, &p->id_data, id->data, id->len);

    if (rc == L2TPSEC_OK)
        p->id_type = id->type;
    return rc;
}

static bool is_named(const struct l2s_v1_peer *p)
{
    return p->id_type == L2S_ID_FQDN || p->id_type == L2S_ID_USER_FQDN || p->id_type == L2S_ID_DER_ASN1_DN ||
           p->id_type == L2S_ID_DER_ASN1_GN || p->id_type == L2S_ID_KEY_ID;
}

bool l2s_ike_differ(const struct l2s_ike *e, uint64_t a, uint64_t b)
{
    const struct l2s_v1_peer *one = l2s_idtab_get(&e->channels, a), *other = l2s_idtab_get(&e->channels, b);

    if (!one || !other || !is_named(one) || !is_named(other))
        return false;
    return one->id_type != other->id_type || one->id_data.n != other->id_data.n ||
           memcmp(one->id_data.p, other->id_data.p, one->id_data.n) != 0;
}

/* One that is only said to be there may be an impostor. Who is up and renews phase 1 is known by the port for it: a first dial begins at
 * another one, or has no other (RFC 3947, 4). */
static bool may_renew(const struct l2s_v1_peer *p, const struct l2s_v1_sa *sa)
{
    return p->path.marker == sa->talk->path.marker && sa->half->marker == sa->talk->path.marker;
}

/* A channel with the same addresses, port, identity and key: then it is that peer again, if it can be reached there. */
static struct l2s_v1_peer *find(struct l2s_ike *e, const struct l2s_v1_sa *sa, const struct l2s_ike_id *id)
{
    const struct l2s_v1_path *path = &sa->talk->path;
    struct l2s_hnode *n = l2s_hash_first(&e->peers, hash_of(e, false, &path->local, &path->remote));
    struct l2s_v1_peer *found = NULL;

    for (; n; n = l2s_hash_next(n)) {
        struct l2s_v1_peer *p = L2S_CONTAINER(n, struct l2s_v1_peer, hnode);
        if (!p->client && l2s_v1_same_ip(&p->path.local, &path->local) &&
            l2s_v1_same_addr(&p->path.remote, &path->remote) && is(p, id) && p->method == sa->proposal.method &&
            l2s_ct_equal(&p->key, &sa->talk->key, sizeof p->key) && (!p->hearsay || may_renew(p, sa)) &&
            (!found || found->hearsay))
            found = p;
    }
    return found;
}

struct l2s_v1_peer *l2s_v1_peer_client_at(struct l2s_ike *e, const l2tpsec_addr *local, const l2tpsec_addr *remote)
{
    struct l2s_hnode *n = l2s_hash_first(&e->peers, hash_of(e, true, local, remote));

    for (; n; n = l2s_hash_next(n)) {
        struct l2s_v1_peer *p = L2S_CONTAINER(n, struct l2s_v1_peer, hnode);
        if (p->client && l2s_v1_same_ip(&p->path.local, local) && l2s_v1_same_ip(&p->path.remote, remote))
            return p;
    }
    return NULL;
}

/* Its first messages came from there, and our answers did: whoever has the key may say the last one from any address, and needs no answer
 * to know what it is. (From another port: RFC 3947, 4.) */
static bool answers_there(const struct l2s_v1_sa *sa)
{
    return sa->half && l2s_v1_same_ip(&sa->half->remote, &sa->talk->path.remote);
}

/* Whose SA is this? NULL: nobody's that we may or can have. */
static struct l2s_v1_peer *peer_of(struct l2s_v1_sa *sa, const struct l2s_ike_id *id)
{
    struct l2s_ike *e = sa->e;
    struct l2s_v1_peer *p;

    if (sa->peer)
        return sa->peer;
    if (sa->half && sa->half->channel) { /* a server we dialled dials back */
        p = l2s_idtab_get(&e->channels, sa->half->channel);
        return p && is(p, id) ? p : NULL;
    }
    p = answers_there(sa) ? find(e, sa, id) : NULL;
    return p ? p : l2s_v1_peer_new(e, e->server, &sa->talk->path, false, NULL);
}

static void unannounce(struct l2s_v1_peer *p)
{
    l2s_hash_remove(&p->e->peers, &p->hnode);
    l2s_idtab_remove(&p->e->channels, p->channel);
    p->channel = 0;
}

/* Core hears of a channel for the first time. Without it there must not be a peer: that would stand in the way of the same one's
 * next attempt, with settings which nobody knows to be in use. */
static int announce(struct l2s_v1_peer *p, const struct l2s_v1_sa *sa, const struct l2s_ike_id *who)
{
    struct l2s_ike *e = p->e;
    char agreed[L2S_PROPOSAL_TEXT];
    uint64_t id = l2s_idtab_add(&e->channels, p);

    if (id == 0)
        return L2TPSEC_ENOMEM;
    if (l2s_hash_add(&e->peers, &p->hnode, hash_of(e, p->client, &p->path.local, &p->path.remote)) != L2TPSEC_OK) {
        l2s_idtab_remove(&e->channels, id);
        return L2TPSEC_ENOMEM;
    }
    p->channel = id;
    (void)l2s_ike_proposal_text(&sa->proposal, agreed, sizeof agreed);
    int rc = e->port.channel_up(e->port.self, id, p->owner, who, agreed);
    if (rc != L2TPSEC_OK && !p->gone)
        unannounce(p);
    return rc;
}

/* The SA is the newest of a channel that has others. */
static void supersede(struct l2s_v1_peer *p, struct l2s_v1_sa *sa)
{
    unsigned count = 0;

    L2S_LIST_EACH (&p->sas, n, after) {
        struct l2s_v1_sa *old = L2S_LIST_ENTRY(n, struct l2s_v1_sa, node);
        count += old->up;
        if (old == sa || !old->up || old->up_at > sa->born) /* not one that both began at the same time */
            continue;
        old->soft_due = 0;
        if (sa->initiator)
            l2s_v1_sa_retire(old, RETIRE);
    }
    if (count > SAS_MAX)
        l2s_v1_sa_delete(L2S_LIST_ENTRY(p->sas.next, struct l2s_v1_sa, node));
}

void l2s_v1_peer_reset(struct l2s_v1_peer *p, struct l2s_v1_sa *keep)
{
    struct l2s_ike *e = p->e;
    bool had = !l2s_list_empty(&p->children);
    struct l2s_v1_child *c;

    L2S_LIST_EACH (&p->sas, n, after) {
        struct l2s_v1_sa *sa = L2S_LIST_ENTRY(n, struct l2s_v1_sa, node);
        if (sa != keep) {
            had = true;
            l2s_v1_sa_end(sa);
        }
    }
    while (!p->gone && (c = l2s_v1_child_newest(p)) != NULL)
        l2s_v1_child_down(c);
    if (!p->gone && had)
        e->port.channel_reset(e->port.self, p->channel);
}

/* What follows when phase 1 is done. */
static void go_on(struct l2s_v1_peer *p, struct l2s_v1_sa *sa)
{
    struct l2s_ike *e = p->e;

    if (p->rekey && !l2s_v1_quick_busy(sa)) {
        l2s_v1_peer_rekey(p);
    } else if (l2s_list_empty(&p->children) && !sa->initiator) {
        p->end_cause = L2TPSEC_CAUSE_PEER_VANISHED;
        l2s_timer_arm(&e->sys->timers, &p->grace, e->sys->now + GRACE_FIRST);
    }
}

int l2s_v1_peer_bind(struct l2s_v1_sa *sa, const struct l2s_ike_id *id, bool initial_contact)
{
    struct l2s_ike *e = sa->e;
    struct l2s_v1_peer *p = peer_of(sa, id);
    struct l2s_v1_path path = sa->peer ? sa->peer->path : sa->talk->path;
    bool fresh = p && !p->channel, there = answers_there(sa);

    if (!p) {
        bool stranger = sa->half && sa->half->channel;
        if (!sa->initiator) /* the peer has message 6: it must not believe that all is well */
            l2s_v1_info_delete_ike(sa);
        l2s_v1_sa_end(sa);
        return stranger ? L2TPSEC_EAUTH : L2TPSEC_ENOMEM;
    }
    if (!sa->peer) {
        sa->peer = p;
        sa->cfg = p->cfg; /* what it was answered with may be replaced by now */
        l2s_list_add_tail(&p->sas, &sa->node);
        p->candidate = sa->talk->candidate;
        p->key = sa->talk->key;
        p->method = sa->proposal.method;
    }
    if (sa->half) {
        l2s_offers_proven(&e->offers, &sa->half->vendors, l2s_rd_init(sa->half->sai, sa->half->n));
        l2s_half_open_remove(&e->half, sa->half);
    }
    sa->half = NULL;
    int rc = know(p, id);
    p->nat = sa->nat;
    p->dpd_able = p->dpd_able || (sa->vendors.seen & L2S_VID_DPD);
    sa->contact_over = initial_contact;
    l2s_v1_dpd_learn(p, sa->talk->ours.sent);
    l2s_v1_sa_up(sa);
    l2s_v1_dpd_alive(p);
    if (rc == L2TPSEC_OK && fresh)
        rc = announce(p, sa, id);
    if (rc != L2TPSEC_OK) {
        struct l2s_failure why = l2s_v1_failure(L2TPSEC_CAUSE_NO_MEMORY, "main mode, message 6", NULL);
        l2s_v1_info_delete_ike(sa);
        l2s_v1_peer_down(p, &why);
        return L2TPSEC_ENOMEM;
    }
    if (!fresh && initial_contact)
        l2s_v1_peer_reset(p, sa);
    if (!sa->initiator)
        p->hearsay = !there;
    if (!fresh && !p->gone && !l2s_v1_same_path(&p->path, &path))
        settle_at(p, &path);
    if (p->gone)
        return L2TPSEC_OK;
    supersede(p, sa);
    keep_alive(p);
    if (!sa->gone)
        go_on(p, sa);
    return L2TPSEC_OK;
}

/* ---- renewal --------------------------------------------------------------------------------------------------- */

struct l2s_v1_sa *l2s_v1_peer_sa(const struct l2s_v1_peer *p)
{
    for (struct l2s_node *n = p->sas.prev; n != &p->sas; n = n->prev)
        if (L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)->up)
            return L2S_LIST_ENTRY(n, struct l2s_v1_sa, node);
    return NULL;
}

struct l2s_v1_sa *l2s_v1_peer_dialling(const struct l2s_v1_peer *p)
{
    for (struct l2s_node *n = p->sas.prev; n != &p->sas; n = n->prev)
        if (!L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)->up)
            return L2S_LIST_ENTRY(n, struct l2s_v1_sa, node);
    return NULL;
}

static void begin_failed(struct l2s_v1_peer *p, int rc, const char *step)
{
    struct l2s_failure why = l2s_v1_failure(l2s_v1_cause_of(rc), step, NULL);

    why.layer = L2TPSEC_LAYER_HOST;
    l2s_v1_peer_failed(p, &why, false);
}

void l2s_v1_peer_dial(struct l2s_v1_peer *p)
{
    int rc;

    if (l2s_v1_peer_dialling(p))
        return;
    rc = l2s_v1_main_begin(p, 0);
    if (rc != L2TPSEC_OK)
        begin_failed(p, rc, "main mode, message 1");
}

void l2s_v1_peer_renew(struct l2s_v1_peer *p, struct l2s_v1_sa *sa)
{
    if (!p->gone && sa == l2s_v1_peer_sa(p))
        l2s_v1_peer_dial(p);
}

void l2s_v1_peer_rekey(struct l2s_v1_peer *p)
{
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);
    int rc;

    if (p->gone)
        return;
    p->rekey = true;
    if (!sa) {
        l2s_v1_peer_dial(p);
        return;
    }
    L2S_LIST_EACH (&p->sas, n, after)
        if (l2s_v1_quick_busy(L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)))
            return;
    rc = l2s_v1_quick_begin(sa, L2S_GROUP_COUNT);
    if (rc != L2TPSEC_OK && !p->gone)
        begin_failed(p, rc, "quick mode, message 1");
}

void l2s_v1_peer_rekeyed(struct l2s_v1_peer *p)
{
    p->rekey = p->anew = false;
    l2s_mem_free(&p->e->sys->mem, p->why);
    p->why = NULL;
}

void l2s_v1_peer_failed(struct l2s_v1_peer *p, const struct l2s_failure *why, bool silent)
{
    struct l2s_failure vanished = l2s_v1_failure(L2TPSEC_CAUSE_PEER_VANISHED, why->step, NULL);
    struct l2s_v1_child *c = l2s_v1_child_newest(p);
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);
    struct l2s_ike *e = p->e;

    if (p->gone)
        return;
    if (!p->channel || !c) { /* never came up, or nothing is left that a renewal could keep */
        if (p->client) {
            delete_sas(p);
            l2s_v1_peer_down(p, why);
        } else
            l2s_v1_peer_check(p, L2TPSEC_CAUSE_EXPIRED);
        return;
    }
    /* Mobile peers answer no renewals of ours: theirs end when they end. A server that says nothing at all is gone. */
    if (silent && p->client && p->heard < p->attempt) {
        l2s_v1_peer_down(p, &vanished);
        return;
    }
    l2s_trace_note(&e->sys->trace, "ike", p->channel, "renewal failed", why->step, why->cause);
    if (silent && p->client && p->rekey && !p->anew) { /* it sends, but may have forgotten this IKE SA */
        p->anew = true;
        l2s_v1_peer_dial(p);
        return;
    }
    p->anew = false;
    if (!p->why)
        p->why = l2s_mem_new(&e->sys->mem, sizeof *p->why);
    if (p->why)
        *p->why = *why;
    if (p->rekey)
        l2s_v1_child_retry(c);
    else if (sa)
        l2s_v1_sa_retry(sa);
    p->rekey = false;
}
