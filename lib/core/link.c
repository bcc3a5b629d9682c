/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/link.h"

#include "base/errors.h"
#include "base/failure.h"
#include "base/wipe.h"
#include "core/events.h"
#include "wire/wr.h"

#include <string.h>

#define SETTLE (30 * L2S_MS)        /* the peer installs its SAs after our last quick mode message */
#define CLOSE_PPP (2 * L2S_SECOND)  /* for the answer to our Terminate-Request */
#define CLOSE_L2TP (3 * L2S_SECOND) /* for the acknowledgement of StopCCN */
#define CANDIDATES 4096u            /* addresses of the pool the host may refuse for one peer */
#define TRIES 3u                    /* of a first dial that lost touch on the way */
#define REDIAL_MAX (60 * L2S_SECOND)
#define AFTER_CALL (30 * L2S_SECOND) /* server: SAs without a tunnel are closed after this, unless the peer does */

enum { L_NONE, L_IKE, L_SETTLE, L_L2TP, L_PPP, L_UP, L_CLOSE_PPP, L_CLOSE_L2TP, L_WAIT, L_OVER, L_COUNT };
enum { E_SECURE, E_SESSION, E_PPP_UP, E_PPP_DOWN, E_SESSION_DOWN, E_IDLE, E_CHANNEL_DOWN, E_CLOSE, E_TIMER, E_COUNT };

static const char *const state_names[L_COUNT] = {
    [L_NONE] = "none",       [L_IKE] = "securing", [L_SETTLE] = "settling",       [L_L2TP] = "calling",
    [L_PPP] = "negotiating", [L_UP] = "up",        [L_CLOSE_PPP] = "closing PPP", [L_CLOSE_L2TP] = "closing L2TP",
    [L_WAIT] = "waiting",    [L_OVER] = "over",
};

static const char *const event_names[E_COUNT] = {
    [E_SECURE] = "SA pair up",
    [E_SESSION] = "call up",
    [E_PPP_UP] = "IP up",
    [E_PPP_DOWN] = "PPP down",
    [E_SESSION_DOWN] = "call down",
    [E_IDLE] = "last tunnel gone",
    [E_CHANNEL_DOWN] = "IPsec down",
    [E_CLOSE] = "close",
    [E_TIMER] = "timer",
};

static int settle(void *self, const void *arg);
static int call(void *self, const void *arg);
static int start_ppp(void *self, const void *arg);
static int announce(void *self, const void *arg);
static int close_ppp(void *self, const void *arg);
static int close_l2tp(void *self, const void *arg);
static int call_gone(void *self, const void *arg);
static int dial(void *self, const void *arg);
static int finish(void *self, const void *arg);

static const struct l2s_edge edges[L_COUNT * E_COUNT] = {
#define ON(state, event) [(state)*E_COUNT + (event)]
    ON(L_IKE, E_SECURE) = {L_SETTLE, settle},
    ON(L_IKE, E_CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_IKE, E_CLOSE) = {L_OVER, finish},

    ON(L_SETTLE, E_TIMER) = {L_L2TP, call},
    ON(L_SETTLE, E_CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_SETTLE, E_CLOSE) = {L_OVER, finish},

    ON(L_L2TP, E_SESSION) = {L_PPP, start_ppp},
    ON(L_L2TP, E_SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_L2TP, E_CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_L2TP, E_CLOSE) = {L_CLOSE_L2TP, close_l2tp},

    ON(L_PPP, E_PPP_UP) = {L_UP, announce},
    ON(L_PPP, E_PPP_DOWN) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_PPP, E_SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_PPP, E_CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_PPP, E_CLOSE) = {L_CLOSE_PPP, close_ppp},

    ON(L_UP, E_PPP_UP) = {L_UP, announce},
    ON(L_UP, E_PPP_DOWN) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_UP, E_SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_UP, E_CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_UP, E_CLOSE) = {L_CLOSE_PPP, close_ppp},

    ON(L_CLOSE_PPP, E_PPP_DOWN) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_CLOSE_PPP, E_TIMER) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_CLOSE_PPP, E_SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_CLOSE_PPP, E_CHANNEL_DOWN) = {L_OVER, finish},

    ON(L_CLOSE_L2TP, E_SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_CLOSE_L2TP, E_IDLE) = {L_OVER, finish},
    ON(L_CLOSE_L2TP, E_TIMER) = {L_OVER, finish},
    ON(L_CLOSE_L2TP, E_CHANNEL_DOWN) = {L_OVER, finish},

    ON(L_WAIT, E_TIMER) = {L_IKE, dial},
    ON(L_WAIT, E_CLOSE) = {L_OVER, finish},
#undef ON
};

static const struct l2s_fsm_def link_fsm = {
    .wing = "core", .name = "link", .states = state_names, .events = event_names, .n_events = E_COUNT, .edges = edges};

static void step(struct l2s_link *l, unsigned event)
{
    (void)l2s_fsm_step(&l->fsm, event, NULL);
}

bool l2s_link_up(const struct l2s_link *l)
{
    return l->fsm.state == L_UP;
}

static void arm(struct l2s_link *l, uint64_t after)
{
    l2s_timer_arm(&l->c->sys.timers, &l->timer, l->c->sys.now + after);
}

/* Keep the first thing that went wrong: what follows is its consequence. */
static void blame(struct l2s_link *l, const struct l2s_failure *why)
{
    if (!l->why && l->ppp && l2s_ppp_why(l->ppp)) /* PPP was about to end for its own reason */
        why = l2s_ppp_why(l->ppp);
    if (why && !l->why)
        l->why = l2s_mem_dup(&l->c->sys.mem, why, sizeof *why);
}

static void blame_cause(struct l2s_link *l, uint32_t layer, uint32_t cause, const char *at)
{
    struct l2s_failure f = {.layer = layer, .cause = cause, .step = at};

    blame(l, &f);
}

static void forget_blame(struct l2s_link *l)
{
    l2s_mem_free(&l->c->sys.mem, l->why);
    l->why = NULL;
}

static void timer_fired(void *owner)
{
    step(owner, E_TIMER);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static struct l2s_link *link_new(struct l2tpsec *c, bool client)
{
    struct l2s_link *l = l2s_mem_new(&c->sys.mem, sizeof *l);

    if (!l || l2s_timers_reserve(&c->sys.timers, 1) != L2TPSEC_OK) {
        l2s_mem_free(&c->sys.mem, l);
        return NULL;
    }
    l->id = l2s_idtab_add(&c->links, l);
    if (!l->id) {
        l2s_timers_release(&c->sys.timers, 1);
        l2s_mem_free(&c->sys.mem, l);
        return NULL;
    }
    l->c = c;
    l->client = client;
    l->fsm = (struct l2s_fsm){.def = &link_fsm, .trace = &c->sys.trace, .self = l, .link = l->id, .state = L_NONE};
    l2s_timer_init(&l->timer, timer_fired, l);
    l2s_list_init(&l->node);
    c->stats.links++;
    if (!client)
        c->links_server++;
    return l;
}

static void bury_link(struct l2tpsec *c, struct l2s_grave *g)
{
    struct l2s_link *l = (struct l2s_link *)g;

    l2s_ppp_free(l->ppp);
    l2s_ppp_free(l->ppp_over);
    forget_blame(l);
    l2s_mem_free(&c->sys.mem, l->own);
    l2s_mem_free(&c->sys.mem, l);
}

static void give_address_back(struct l2s_link *l)
{
    struct l2tpsec *c = l->c;

    if (l->routed)
        l2s_hash_remove(&c->routes, &l->route);
    if (l->pooled)
        l2s_pool_give(&c->pool, l->net.peer);
    l->routed = l->pooled = false;
}

void l2s_link_free(struct l2tpsec *c, struct l2s_link *l)
{
    l2s_timer_cancel(&c->sys.timers, &l->timer);
    l2s_timers_release(&c->sys.timers, 1);
    give_address_back(l);
    l2s_list_remove(&l->node);
    l->channel = NULL;
    l2s_idtab_remove(&c->links, l->id);
    c->stats.links--;
    if (!l->client)
        c->links_server--;
    if (l->client)
        l2s_ike_abandon(c->ike, l);
    l->fsm.state = L_OVER;
    l2s_core_doom(c, &l->grave, bury_link);
}

/* ---- the way up ------------------------------------------------------------------------------------------------ */

static int dial_now(struct l2s_link *l)
{
    const struct l2s_profile *p = l->prof;

    l2s_ppp_free(l->ppp_over);
    l->ppp_over = NULL;
    forget_blame(l);
    int rc = l2s_ike_connect(l->c->ike, &p->ike, &l->local, &l->remote, p->nat_port, p->peer_nat_port, l);
    if (rc != L2TPSEC_OK) {
        blame_cause(l, L2TPSEC_LAYER_HOST, rc == L2TPSEC_ENOMEM ? L2TPSEC_CAUSE_NO_MEMORY : L2TPSEC_CAUSE_INTERNAL,
                    "dial");
    }
    return rc;
}

static int dial(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    int rc = dial_now(l);
    if (rc != L2TPSEC_OK)
        step(l, E_CHANNEL_DOWN);
    return rc;
}

int32_t l2s_link_connect(struct l2tpsec *c, const struct l2s_profile *p, const l2tpsec_addr *local,
                         const l2tpsec_addr *remote, l2tpsec_id *out)
{
    struct l2s_link *l = link_new(c, true);

    if (!l)
        return L2TPSEC_ENOMEM;
    l->own = l2s_mem_dup(&c->sys.mem, p, sizeof *p);
    if (!l->own) {
        l2s_link_free(c, l);
        return L2TPSEC_ENOMEM;
    }
    l->prof = l->own;
    l->own->ppp.server = false;
    memcpy(l->own->ppp.name, l->own->user, sizeof l->own->ppp.name);
    l2s_ike_policy_fit(&l->own->ike.ike, c->crypto);
    l2s_esp_policy_fit(&l->own->ike.esp, c->crypto);
    if (!l->own->ike.ike.n || !l->own->ike.esp.n) {
        l2s_link_free(c, l);
        return L2TPSEC_EUNSUP;
    }
    l->local = *local;
    l->remote = *remote;
    if (!l->local.port)
        l->local.port = p->ike_port;
    if (!l->remote.port)
        l->remote.port = 500;
    l->fsm.state = L_IKE;
    int rc = dial_now(l);
    if (rc != L2TPSEC_OK) {
        l2s_link_free(c, l);
        return rc;
    }
    *out = l->id;
    return L2TPSEC_OK;
}

void l2s_link_channel_up(struct l2s_link *l, struct l2s_channel *ch)
{
    (void)ch;
    step(l, E_SECURE);
}

static int settle(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    l2s_event_progress(l, L2TPSEC_LAYER_ESP, "quick mode", "IKE: phase 2 is up, the ESP SA pair is installed");
    if (l->channel->legacy)
        l2s_event_legacy(l);
    arm(l, SETTLE);
    return L2TPSEC_OK;
}

static int call(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    int rc = l2s_l2tp_connect(l->c->l2tp, &l->prof->l2tp, l->channel->id, l, &l->session);
    if (rc != L2TPSEC_OK) {
        blame_cause(l, L2TPSEC_LAYER_HOST, rc == L2TPSEC_ENOMEM ? L2TPSEC_CAUSE_NO_MEMORY : L2TPSEC_CAUSE_INTERNAL,
                    "SCCRQ");
        step(l, E_CHANNEL_DOWN);
    }
    return rc;
}

static void ppp_emit(void *self, const uint8_t *frame, size_t n)
{
    struct l2s_link *l = self;
    uint8_t head[8];
    uint16_t port;
    bool has_length;

    if (!l->channel || !l->session)
        return;
    size_t len = l2s_l2tp_data_header(l->c->l2tp, l->session, head, &port, &has_length);
    if (!len)
        return;
    if (has_length)
        l2s_put16(head + 2, (uint16_t)(len + n));
    l2s_channel_send(l->channel, port, head, len, frame, n);
}

static int ppp_secret(void *self, const uint8_t *name, size_t name_len, uint8_t secret[L2S_PPP_SECRET_MAX], size_t *len)
{
    struct l2s_link *l = self;
    struct l2tpsec *c = l->c;

    if (l->client && l->prof->password_len) {
        memcpy(secret, l->prof->password, l->prof->password_len);
        *len = l->prof->password_len;
        return L2TPSEC_OK;
    }
    if (!c->cb.secret)
        return L2TPSEC_ENOENT;
    l2tpsec_query q = {.size = sizeof q,
                       .kind = L2TPSEC_SECRET_PASSWORD,
                       .token = l->id << 2 | L2S_TOKEN_SECRET,
                       .link = l->id,
                       .name = name,
                       .name_len = name_len};
    if (l->channel) {
        q.local = l->channel->local;
        q.remote = l->channel->remote;
    }
    c->asking++;
    int32_t rc = c->cb.secret(c->user, &q, secret, L2S_PPP_SECRET_MAX, len);
    c->asking--;
    if (rc == L2TPSEC_EAGAIN)
        return L2S_PENDING;
    return rc == L2TPSEC_OK && *len <= L2S_PPP_SECRET_MAX ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

static struct l2s_link *route_to(struct l2tpsec *c, const uint8_t addr[4])
{
    for (struct l2s_hnode *n = l2s_hash_first(&c->routes, l2s_hash_of(&c->routes, addr, 4)); n; n = l2s_hash_next(n)) {
        struct l2s_link *l = L2S_CONTAINER(n, struct l2s_link, route);
        if (memcmp(l->net.peer, addr, 4) == 0)
            return l;
    }
    return NULL;
}

struct l2s_link *l2s_link_route(struct l2tpsec *c, const uint8_t addr[4])
{
    return route_to(c, addr);
}

void l2s_links_retake(struct l2tpsec *c, struct l2s_pool *pool)
{
    uint32_t at = 0;

    for (struct l2s_link *l; (l = l2s_idtab_next(&c->links, &at)) != NULL;) {
        if (l->pooled)
            (void)l2s_pool_take(pool, l->net.peer);
    }
}

static bool same_user(const struct l2s_link *a, const struct l2s_link *b)
{
    return strcmp(a->user, b->user) == 0;
}

/* The peer came back while its old link still stands: the old one goes at once. */
static void replace(struct l2s_link *old)
{
    blame_cause(old, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_REPLACED, "IPCP");
    if (old->session)
        l2s_l2tp_close(old->c->l2tp, old->session, 3, "replaced");
    step(old, E_CHANNEL_DOWN);
}

/* Give the peer its address: the host's choice, or one of the pool. */
static int grant(struct l2s_link *l, const l2tpsec_addresses *a, struct l2s_ppp_net *net)
{
    struct l2tpsec *c = l->c;
    const struct l2s_profile *p = l->prof;
    bool given_dns = a && (a->dns[0].family == 4 || a->dns[1].family == 4);

    memset(net, 0, sizeof *net);
    memcpy(net->local, a && a->local.family == 4 ? a->local.ip : p->address, 4);
    for (unsigned i = 0; i < 2; i++)
        memcpy(net->dns[i], given_dns ? a->dns[i].ip : p->dns[i], 4);
    give_address_back(l);
    if (a && a->peer.family == 4) {
        struct l2s_link *holder = route_to(c, a->peer.ip);
        if (holder && holder != l && same_user(holder, l))
            replace(holder);
        if (!l2s_pool_take(&c->pool, a->peer.ip))
            return L2TPSEC_EEXIST;
        memcpy(net->peer, a->peer.ip, 4);
    } else if (!l2s_pool_any(&c->pool, net->peer)) {
        return L2TPSEC_ENOENT;
    }
    memcpy(l->net.peer, net->peer, 4);
    l->pooled = true;
    return L2TPSEC_OK;
}

static int ppp_addresses(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    struct l2s_link *l = self;
    struct l2tpsec *c = l->c;
    l2tpsec_addresses a;

    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    if (!c->cb.address)
        return grant(l, NULL, net);
    l2tpsec_address_query q = {
        .size = sizeof q, .token = l->id << 2 | L2S_TOKEN_ADDRESS, .link = l->id, .user = user, .user_len = user_len};
    int32_t rc = L2TPSEC_EEXIST;
    if (l->channel)
        q.remote = l->channel->remote;
    for (unsigned tries = 0; rc == L2TPSEC_EEXIST && tries < CANDIDATES; tries++) {
        q.candidate.family = l2s_pool_next(&c->pool, q.candidate.ip) ? 4 : 0;
        c->asking++;
        rc = c->cb.address(c->user, &q, &a);
        c->asking--;
    }
    if (rc == L2TPSEC_EAGAIN)
        return L2S_PENDING;
    if (rc != L2TPSEC_OK && rc != L2TPSEC_ENOENT)
        return L2TPSEC_ENOENT;
    if (!(rc == L2TPSEC_OK && a.peer.family == 4))
        a.peer = q.candidate;
    return grant(l, &a, net);
}

static void ppp_authenticated(void *self, const uint8_t *user, size_t user_len, uint32_t method)
{
    static const struct {
        uint32_t method;
        const char *step;
    } names[] = {{L2S_AUTH_MSCHAPV2, "MS-CHAPv2"}, {L2S_AUTH_CHAP_MD5, "CHAP"}, {L2S_AUTH_PAP, "PAP"}};
    struct l2s_link *l = self;
    size_t n = 0;

    for (; n < user_len && n + 1 < sizeof l->user; n++)
        l->user[n] = user[n] >= 0x20 && user[n] < 0x7f ? (char)user[n] : '?';
    l->user[n] = 0;
    for (unsigned i = 0; i < L2S_COUNT_OF(names); i++) {
        if (names[i].method == method)
            l2s_event_progress(l, L2TPSEC_LAYER_PPP, names[i].step, "PPP: authenticated");
    }
}

static void ppp_up(void *self, const struct l2s_ppp_net *net)
{
    struct l2s_link *l = self;

    l->net = *net;
    step(l, E_PPP_UP);
}

static void ppp_down(void *self, const struct l2s_failure *why)
{
    struct l2s_link *l = self;

    blame(l, why);
    step(l, E_PPP_DOWN);
}

static const struct l2s_ppp_port ppp_port = {.emit = ppp_emit,
                                             .secret = ppp_secret,
                                             .addresses = ppp_addresses,
                                             .authenticated = ppp_authenticated,
                                             .up = ppp_up,
                                             .down = ppp_down};

static int start_ppp(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2s_ppp_port port = ppp_port;

    (void)arg;
    port.self = l;
    l2s_event_progress(l, L2TPSEC_LAYER_L2TP, "ICCN", "L2TP: the call is up");
    int rc = l2s_ppp_new(&l->c->sys, l->c->crypto, &l->prof->ppp, &port, &l->ppp);
    if (rc != L2TPSEC_OK) {
        blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_NO_MEMORY, "PPP");
        step(l, E_PPP_DOWN);
        return rc;
    }
    l2s_ppp_start(l->ppp);
    return L2TPSEC_OK;
}

static uint16_t least(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

bool l2s_link_template(struct l2s_link *l)
{
    uint16_t port;
    bool has_length;
    uint8_t *t = l->tmpl;

    memset(t, 0, sizeof l->tmpl);
    size_t l2tp = l2s_l2tp_data_header(l->c->l2tp, l->session, t + 8, &port, &has_length);
    if (!l2tp)
        return false;
    l2s_put16(t, 1701);
    l2s_put16(t + 2, port);
    l->l2tp_len_at = has_length ? 8 + 2 : 0;
    l->tmpl_len = (uint8_t)(8 + l2tp + l2s_ppp_data_header(l->ppp, t + 8 + l2tp));
    return true;
}

static int announce(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2tpsec *c = l->c;
    bool again = l->tmpl_len != 0;

    (void)arg;
    l->mtu = least(least(l->net.mtu, l->prof->mtu), l2s_channel_mtu(l->channel));
    if (!l2s_link_template(l) ||
        (!l->client && !l->routed &&
         l2s_hash_add(&c->routes, &l->route, l2s_hash_of(&c->routes, l->net.peer, 4)) != L2TPSEC_OK)) {
        if (!again)
            l->tmpl_len = 0; /* never was up */
        blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_NO_MEMORY, "IPCP");
        step(l, E_CLOSE);
        return L2TPSEC_ENOMEM;
    }
    l->routed = !l->client;
    if (!again)
        c->links_up++;
    l->was_up = true;
    l->attempts = 0;
    if (!l->client) {
        l2s_timer_cancel(&c->sys.timers, &l->channel->idle);
        L2S_LIST_EACH (&l->channel->links, n, after) {
            struct l2s_link *old = L2S_LIST_ENTRY(n, struct l2s_link, node);
            if (old != l && l2s_link_up(old) && same_user(old, l))
                replace(old);
        }
    }
    l2s_event_put(c, L2TPSEC_EVENT_UP, l, NULL);
    return L2TPSEC_OK;
}

/* ---- the way down ---------------------------------------------------------------------------------------------- */

void l2s_link_close(struct l2s_link *l)
{
    l->closing = true;
    blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_CLOSED_BY_HOST, "close");
    step(l, E_CLOSE);
}

static int close_ppp(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    arm(l, CLOSE_PPP);
    l2s_ppp_close(l->ppp);
    return L2TPSEC_OK;
}

/* CDN result 3: administrative reasons; 2 would need an error code (RFC 2661, 4.4.2) */
static int close_l2tp(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    arm(l, CLOSE_L2TP);
    l2s_l2tp_close(l->c->l2tp, l->session, 3, "");
    return L2TPSEC_OK;
}

/* The call is over. Who hangs up waits for the tunnel, so that the SAs go last; a client always does, for the SAs are its
 * own. A server's link that the peer hung up is over at once. */
static int call_gone(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    l->session = 0;
    if (!l->client && !l->closing) {
        l->fsm.state = L_OVER;
        return finish(l, NULL);
    }
    arm(l, CLOSE_L2TP);
    return L2TPSEC_OK;
}

static bool worth_redialling(const struct l2s_link *l)
{
    uint32_t cause = l->why ? l->why->cause : L2TPSEC_CAUSE_NO_MEMORY;

    return l->client && l->was_up && !l->closing && l->prof->reconnect && cause != L2TPSEC_CAUSE_CLOSED_BY_HOST &&
           cause != L2TPSEC_CAUSE_AUTH_REFUSED && cause != L2TPSEC_CAUSE_AUTH_METHOD && cause != L2TPSEC_CAUSE_PSK;
}

/* 1, 2, 4 ... 60 seconds, and up to a quarter more so that not all clients of a server come back at once */
static uint64_t redial_after(struct l2s_link *l)
{
    uint64_t wait = L2S_SECOND << (l->attempts < 6 ? l->attempts : 6);
    uint16_t jitter = 0;

    if (wait > REDIAL_MAX)
        wait = REDIAL_MAX;
    l->attempts++;
    if (l2s_random(&l->c->sys, &jitter, sizeof jitter) != 0)
        jitter = 0;
    return wait + wait / 4 * jitter / 65536;
}

static void take_down(struct l2s_link *l)
{
    struct l2tpsec *c = l->c;
    struct l2s_channel *ch = l->channel;

    l2s_timer_cancel(&c->sys.timers, &l->timer);
    if (l->tmpl_len)
        c->links_up--;
    l->tmpl_len = 0;
    give_address_back(l);
    l->ppp_over = l->ppp;
    l->ppp = NULL;
    if (l->session)
        l2s_l2tp_abandon(c->l2tp, l->session);
    l->session = 0;
    l2s_list_remove(&l->node);
    l->channel = NULL;
    if (!ch || ch->gone) {
        if (l->client)
            l2s_ike_abandon(c->ike, l);
    } else if (l->client || (l->closing && l2s_list_empty(&ch->links))) {
        l2s_channel_close(ch);
    } else if (l2s_list_empty(&ch->links)) {
        l2s_channel_idle(ch, AFTER_CALL);
    }
}

/* A first dial that got answers and then lost touch is a bad line: a person would try again, so we do. */
static bool worth_another_try(const struct l2s_link *l)
{
    const struct l2s_failure *why = l->why;

    if (!l->client || l->was_up || l->closing || !why || l->attempts >= TRIES)
        return false;
    return why->cause == L2TPSEC_CAUSE_PEER_VANISHED ||
           (why->cause == L2TPSEC_CAUSE_NO_ANSWER && why->layer != L2TPSEC_LAYER_IKE) ||
           (why->cause == L2TPSEC_CAUSE_CLOSED_BY_PEER && why->layer == L2TPSEC_LAYER_IKE);
}

static void try_again(struct l2s_link *l)
{
    l2s_event_progress(l, l->why->layer, l->why->step, "no answer any more: trying again");
    l->attempts++;
    take_down(l);
    forget_blame(l);
    l->fsm.state = L_WAIT;
    arm(l, L2S_SECOND);
}

static int finish(void *self, const void *arg)
{
    struct l2s_link *l = self;
    bool was_up = l->was_up;

    (void)arg;
    if (worth_another_try(l)) {
        try_again(l);
        return L2TPSEC_OK;
    }
    bool again = worth_redialling(l);
    struct l2s_event *e = l2s_event_put(l->c, was_up ? L2TPSEC_EVENT_DOWN : L2TPSEC_EVENT_FAILED, l, l->why);
    if (!l->client && !was_up)
        l->c->stats.refused++;
    take_down(l);
    if (again) {
        uint64_t wait = redial_after(l);
        if (e)
            e->ev.retry_in_us = wait;
        forget_blame(l);
        l->fsm.state = L_WAIT;
        arm(l, wait);
    } else {
        l2s_link_free(l->c, l);
    }
    return L2TPSEC_OK;
}

void l2s_link_channel_down(struct l2s_link *l, const struct l2s_failure *why)
{
    blame(l, why);
    step(l, E_CHANNEL_DOWN);
}

void l2s_link_failed(struct l2s_link *l, const struct l2s_failure *why)
{
    blame(l, why);
    step(l, E_CHANNEL_DOWN);
}

/* ---- what L2TP says -------------------------------------------------------------------------------------------- */

static void l2tp_emit(void *self, uint64_t channel, uint16_t peer_port, const uint8_t *p, size_t n)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);

    if (ch)
        l2s_channel_send(ch, peer_port, NULL, 0, p, n);
}

static const struct l2s_l2tp_config *l2tp_accept(void *self, uint64_t channel)
{
    struct l2tpsec *c = self;
    struct l2s_channel *ch = l2s_channel_find(c, channel);

    return ch && !ch->client ? &ch->prof->l2tp : NULL;
}

static int l2tp_session_up(void *self, uint64_t channel, uint64_t session, bool lns, void **owner)
{
    struct l2tpsec *c = self;
    struct l2s_channel *ch = l2s_channel_find(c, channel);
    struct l2s_link *l = *owner;

    if (!ch)
        return L2TPSEC_ENOENT;
    if (lns) {
        if (c->links_server >= ch->prof->links_max)
            return L2TPSEC_ERANGE;
        l = link_new(c, false);
        if (!l)
            return L2TPSEC_ENOMEM;
        l->prof = ch->prof;
        l->channel = ch;
        l->local = ch->local;
        l->remote = ch->remote;
        l2s_list_add_tail(&ch->links, &l->node);
        l->fsm.state = L_L2TP;
        *owner = l;
        l2s_timer_cancel(&c->sys.timers, &ch->idle);
        if (ch->legacy)
            l2s_event_legacy(l);
    }
    l->session = session;
    step(l, E_SESSION);
    return L2TPSEC_OK;
}

static void l2tp_session_down(void *self, void *owner, const struct l2s_failure *why)
{
    (void)self;
    blame(owner, why);
    step(owner, E_SESSION_DOWN);
}

static void l2tp_channel_idle(void *self, uint64_t channel)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);

    if (!ch)
        return;
    if (l2s_list_empty(&ch->links))
        l2s_channel_idle(ch, AFTER_CALL);
    L2S_LIST_EACH (&ch->links, n, after)
        step(L2S_LIST_ENTRY(n, struct l2s_link, node), E_IDLE);
}

const struct l2s_l2tp_port l2s_link_l2tp_port = {
    .emit = l2tp_emit,
    .accept = l2tp_accept,
    .session_up = l2tp_session_up,
    .session_down = l2tp_session_down,
    .failed = l2tp_session_down,
    .channel_idle = l2tp_channel_idle,
};

/* ---- answers that came later ----------------------------------------------------------------------------------- */

int32_t l2s_link_answer(struct l2tpsec *c, uint64_t token, const void *secret, size_t len)
{
    uint64_t id = token >> 2;

    if ((token & 3) == L2S_TOKEN_PSK) {
        l2s_ike_psk_answer(c->ike, id, secret, len);
        return L2TPSEC_OK;
    }
    struct l2s_link *l = l2s_idtab_get(&c->links, id);
    if ((token & 3) != L2S_TOKEN_SECRET || !l || !l->ppp)
        return L2TPSEC_ENOENT;
    l2s_ppp_answer(l->ppp, secret, len);
    return L2TPSEC_OK;
}

int32_t l2s_link_answer_address(struct l2tpsec *c, uint64_t token, const l2tpsec_addresses *a)
{
    struct l2s_link *l = l2s_idtab_get(&c->links, token >> 2);
    struct l2s_ppp_net net;

    if ((token & 3) != L2S_TOKEN_ADDRESS || !l || !l->ppp)
        return L2TPSEC_ENOENT;
    bool granted = a && grant(l, a, &net) == L2TPSEC_OK;
    l2s_ppp_addresses(l->ppp, granted ? &net : NULL);
    return L2TPSEC_OK;
}
