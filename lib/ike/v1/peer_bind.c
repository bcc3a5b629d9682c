/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Phase 1 is proven: who is it, and which peer's SA is this? */
#include "base/wipe.h"
#include "ike/v1/child.h"
#include "ike/v1/dpd.h"
#include "ike/v1/info.h"
#include "ike/v1/peer.h"
#include "ike/v1/quick_mode.h"

#define GRACE_FIRST (60 * L2S_SECOND) /* a responder's channel waits for its first pair */
#define RETIRE (5 * L2S_SECOND)       /* a renewed IKE SA still answers what is under way */
#define SAS_MAX 4                     /* of one peer; then the oldest goes */

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
    struct l2s_hnode *n = l2s_hash_first(&e->peers, l2s_v1_peer_hash(e, false, &path->local, &path->remote));
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
    struct l2s_hnode *n = l2s_hash_first(&e->peers, l2s_v1_peer_hash(e, true, local, remote));

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
    if (l2s_hash_add(&e->peers, &p->hnode, l2s_v1_peer_hash(e, p->client, &p->path.local, &p->path.remote)) !=
        L2TPSEC_OK) {
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
        l2s_v1_peer_settle(p, &path);
    if (p->gone)
        return L2TPSEC_OK;
    supersede(p, sa);
    l2s_v1_peer_keep_alive(p);
    if (!sa->gone)
        go_on(p, sa);
    return L2TPSEC_OK;
}
