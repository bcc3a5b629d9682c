/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/link.h"

#include "base/errors.h"
#include "base/failure.h"
#include "base/wipe.h"
#include "core/events.h"
#include "core/former.h"
#include "core/history.h"
#include "core/inform.h"
#include "core/ipv6.h"
#include "core/lease.h"
#include "core/roam.h"
#include "wire/wr.h"

#include <stdio.h>
#include <string.h>

#define SETTLE (30 * L2S_MS)        /* the peer installs its SAs after our last quick mode message */
#define CLOSE_PPP (2 * L2S_SECOND)  /* for the answer to our Terminate-Request */
#define CLOSE_L2TP (3 * L2S_SECOND) /* for the acknowledgement of StopCCN */
#define PART (50 * L2S_MS)          /* between the DELETE of the pairs and that of the IKE SA */
#define TRIES 3u                    /* of a first dial that lost touch on the way */
#define REDIAL_MAX (60 * L2S_SECOND)
#define RESTART_LEAST 500u /* ms, of PPP's restart timer */
#define RESTART_MOST 3000u /* RFC 1661, 4.6 */
#define UDP_HEADER 8u
#define UDP_LENGTH_AT 4u

enum { L_NONE, L_IKE, L_SETTLE, L_L2TP, L_PPP, L_UP, L_CLOSE_PPP, L_CLOSE_L2TP, L_PART, L_WAIT, L_OVER, L_COUNT };

static const char *const state_names[L_COUNT] = {
    [L_NONE] = "none",
    [L_IKE] = "securing",
    [L_SETTLE] = "settling",
    [L_L2TP] = "calling",
    [L_PPP] = "negotiating",
    [L_UP] = "up",
    [L_CLOSE_PPP] = "closing PPP",
    [L_CLOSE_L2TP] = "closing L2TP",
    [L_PART] = "parting",
    [L_WAIT] = "waiting",
    [L_OVER] = "over",
};

static const char *const event_names[L2S_LINK_EVENTS] = {
    [L2S_LINK_SECURE] = "SA pair up",
    [L2S_LINK_SESSION] = "call up",
    [L2S_LINK_PPP_UP] = "IP up",
    [L2S_LINK_PPP_DOWN] = "PPP down",
    [L2S_LINK_SESSION_DOWN] = "call down",
    [L2S_LINK_IDLE] = "last tunnel gone",
    [L2S_LINK_CHANNEL_DOWN] = "IPsec down",
    [L2S_LINK_CLOSE] = "close",
    [L2S_LINK_TIMER] = "timer",
    [L2S_LINK_CHANGED] = "network changed",
    [L2S_LINK_MOVED] = "address changed",
};

static int settle(void *self, const void *arg);
static int call(void *self, const void *arg);
static int start_ppp(void *self, const void *arg);
static int announce(void *self, const void *arg);
static int probe(void *self, const void *arg);
static int close_ppp(void *self, const void *arg);
static int close_l2tp(void *self, const void *arg);
static int call_gone(void *self, const void *arg);
static int part(void *self, const void *arg);
static int dial(void *self, const void *arg);
static int dial_again(void *self, const void *arg);
static int finish(void *self, const void *arg);

static const struct l2s_edge edges[L_COUNT * L2S_LINK_EVENTS] = {
#define ON(state, event) [(state)*L2S_LINK_EVENTS + L2S_LINK_##event]
    ON(L_IKE, SECURE) = {L_SETTLE, settle},
    ON(L_IKE, CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_IKE, CLOSE) = {L_OVER, finish},
    ON(L_IKE, MOVED) = {L_IKE, dial_again},

    ON(L_SETTLE, TIMER) = {L_L2TP, call},
    ON(L_SETTLE, CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_SETTLE, CLOSE) = {L_OVER, finish},
    ON(L_SETTLE, MOVED) = {L_IKE, dial_again},

    ON(L_L2TP, SESSION) = {L_PPP, start_ppp},
    ON(L_L2TP, SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_L2TP, CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_L2TP, CLOSE) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_L2TP, MOVED) = {L_IKE, dial_again},

    ON(L_PPP, PPP_UP) = {L_UP, announce},
    ON(L_PPP, PPP_DOWN) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_PPP, SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_PPP, CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_PPP, CLOSE) = {L_CLOSE_PPP, close_ppp},
    ON(L_PPP, MOVED) = {L_IKE, dial_again},

    ON(L_UP, PPP_UP) = {L_UP, announce},
    ON(L_UP, PPP_DOWN) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_UP, SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_UP, CHANNEL_DOWN) = {L_OVER, finish},
    ON(L_UP, CLOSE) = {L_CLOSE_PPP, close_ppp},
    ON(L_UP, CHANGED) = {L_UP, l2s_roam_begin},
    ON(L_UP, MOVED) = {L_UP, l2s_roam_begin},
    ON(L_UP, TIMER) = {L_UP, probe},

    ON(L_CLOSE_PPP, PPP_DOWN) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_CLOSE_PPP, TIMER) = {L_CLOSE_L2TP, close_l2tp},
    ON(L_CLOSE_PPP, SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_CLOSE_PPP, CHANNEL_DOWN) = {L_OVER, finish},

    ON(L_CLOSE_L2TP, SESSION_DOWN) = {L_CLOSE_L2TP, call_gone},
    ON(L_CLOSE_L2TP, IDLE) = {L_PART, part},
    ON(L_CLOSE_L2TP, TIMER) = {L_PART, part},
    ON(L_CLOSE_L2TP, CHANNEL_DOWN) = {L_OVER, finish},

    ON(L_PART, TIMER) = {L_OVER, finish},
    ON(L_PART, CHANNEL_DOWN) = {L_OVER, finish},

    ON(L_WAIT, TIMER) = {L_IKE, dial},
    ON(L_WAIT, CLOSE) = {L_OVER, finish},
    ON(L_WAIT, CHANGED) = {L_IKE, dial},
    ON(L_WAIT, MOVED) = {L_IKE, dial},
#undef ON
};

static const struct l2s_fsm_def link_fsm = {.wing = "core",
                                            .name = "link",
                                            .states = state_names,
                                            .events = event_names,
                                            .n_states = L_COUNT,
                                            .n_events = L2S_LINK_EVENTS,
                                            .edges = edges};

void l2s_link_step(struct l2s_link *l, enum l2s_link_event event)
{
    l->c->epoch++;
    (void)l2s_fsm_step(&l->fsm, l, &l->c->sys.trace, l->id, event, NULL);
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
void l2s_link_blame(struct l2s_link *l, const struct l2s_failure *why)
{
    if (!l->why && l->ppp && l2s_ppp_why(l->ppp)) /* PPP was about to end for its own reason */
        why = l2s_ppp_why(l->ppp);
    if (why && !l->why)
        l->why = l2s_mem_dup(&l->c->sys.mem, why, sizeof *why);
}

static void blame_cause(struct l2s_link *l, uint32_t layer, uint32_t cause, const char *at)
{
    struct l2s_failure f = {.layer = layer, .cause = cause, .step = at};

    l2s_link_blame(l, &f);
}

static uint32_t cause_of(int rc)
{
    return rc == L2TPSEC_ENOMEM    ? L2TPSEC_CAUSE_NO_MEMORY
           : rc == L2TPSEC_ERANDOM ? L2TPSEC_CAUSE_NO_RANDOM
                                   : L2TPSEC_CAUSE_INTERNAL;
}

static void forget_blame(struct l2s_link *l)
{
    l2s_mem_free(&l->c->sys.mem, l->why);
    l->why = NULL;
}

static void timer_fired(void *owner)
{
    l2s_link_step(owner, L2S_LINK_TIMER);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

/* Its own, and DHCPINFORM's. */
static size_t timers_of(bool client)
{
    return client ? 2 : 1;
}

/* In one block with what it has because we dialled it. */
struct dialled {
    struct l2s_link link;
    struct l2s_dial dial;
};

static struct l2s_link *link_new(struct l2tpsec *c, const struct l2s_profile *prof, bool client)
{
    struct l2s_link *l = l2s_mem_new(&c->sys.mem, client ? sizeof(struct dialled) : sizeof *l);

    if (!l || l2s_timers_reserve(&c->sys.timers, timers_of(client)) != L2TPSEC_OK) {
        l2s_mem_free(&c->sys.mem, l);
        return NULL;
    }
    l->c = c;
    l->prof = prof;
    l->client = client;
    if (l2s_ipv6_init(l) == L2TPSEC_OK)
        l->id = l2s_idtab_add(&c->links, l);
    if (!l->id) {
        l2s_ipv6_fini(l);
        l2s_timers_release(&c->sys.timers, timers_of(client));
        l2s_mem_free(&c->sys.mem, l);
        return NULL;
    }
    if (client) {
        l->dial = &L2S_CONTAINER(l, struct dialled, link)->dial;
        l2s_inform_init(l);
    }
    l->fsm = (struct l2s_fsm){.def = &link_fsm, .state = L_NONE};
    l2s_timer_init(&l->timer, timer_fired, l);
    l2s_list_init(&l->node);
    c->stats.links++;
    if (!client)
        c->links_server++;
    return l;
}

static void bury_link(struct l2tpsec *c, struct l2s_grave *g)
{
    struct l2s_link *l = L2S_CONTAINER(g, struct l2s_link, grave);

    l2s_ppp_free(l->ppp);
    l2s_ppp_free(l->ppp_over);
    forget_blame(l);
    l2s_mem_free(&c->sys.mem, l->history);
    l2s_mem_free(&c->sys.mem, l->user);
    if (l->dial) {
        l2s_shared_put(c, l->dial->shared);
        l2s_mem_free(&c->sys.mem, l->dial->password);
    }
    l2s_mem_free(&c->sys.mem, l);
}

void l2s_link_free(struct l2tpsec *c, struct l2s_link *l)
{
    l2s_timer_cancel(&c->sys.timers, &l->timer);
    l2s_ipv6_fini(l);
    l2s_inform_fini(l);
    l2s_timers_release(&c->sys.timers, timers_of(l->client));
    l2s_lease_give_back(l);
    l2s_hash_remove(&c->users, &l->same_user);
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
    int rc = l2s_ike_connect(l->c->ike, &p->ike, &l->dial->local, &l->dial->remote, p->nat_port, p->peer_nat_port, l);
    if (rc != L2TPSEC_OK) {
        blame_cause(l, L2TPSEC_LAYER_HOST, cause_of(rc), "dial");
    }
    return rc;
}

static int dial(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    int rc = dial_now(l);
    if (rc != L2TPSEC_OK)
        l2s_link_step(l, L2S_LINK_CHANNEL_DOWN);
    return rc;
}

int32_t l2s_link_connect(struct l2tpsec *c, struct l2s_shared_profile *p, const l2tpsec_addr *local,
                         const l2tpsec_addr *remote, l2tpsec_id *out)
{
    struct l2s_link *l = link_new(c, &p->p, true);

    if (!l) {
        l2s_shared_put(c, p);
        return L2TPSEC_ENOMEM;
    }
    l->dial->shared = p;
    l->dial->local = *local;
    l->dial->remote = *remote;
    if (!l->dial->local.port)
        l->dial->local.port = l->prof->ike_port;
    if (!l->dial->remote.port)
        l->dial->remote.port = 500;
    l->history = l2s_history_new(&c->sys.mem, l->prof->messages);
    l->fsm.state = L_IKE;
    int32_t rc = dial_now(l);
    if (rc != L2TPSEC_OK) {
        l2s_link_free(c, l);
        return rc;
    }
    *out = l->id;
    return L2TPSEC_OK;
}

struct l2s_link *l2s_link_incoming(struct l2tpsec *c, struct l2s_channel *ch)
{
    struct l2s_link *l = link_new(c, &ch->shared->p, false);

    if (!l)
        return NULL;
    l->channel = ch;
    l->history = ch->history ? ch->history : l2s_history_new(&c->sys.mem, l->prof->messages);
    ch->history = NULL;
    l2s_list_add_tail(&ch->links, &l->node);
    l->fsm.state = L_L2TP;
    return l;
}

void l2s_link_channel_up(struct l2s_link *l, struct l2s_channel *ch)
{
    (void)ch;
    l2s_link_step(l, L2S_LINK_SECURE);
}

static int settle(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    char words[80], text[128];
    l2s_channel_text(l->channel, words, sizeof words);
    snprintf(text, sizeof text, "IKE: phase 2 is up: %s", words);
    l2s_event_progress(l, L2TPSEC_LAYER_ESP, "quick mode", text);
    l2s_event_weak(l);
    arm(l, SETTLE);
    return L2TPSEC_OK;
}

static int call(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    int rc = l2s_l2tp_connect(l->c->l2tp, &l->prof->l2tp, l->channel->id, l, &l->session);
    if (rc != L2TPSEC_OK) {
        blame_cause(l, L2TPSEC_LAYER_HOST, cause_of(rc), "SCCRQ");
        l2s_link_step(l, L2S_LINK_CHANNEL_DOWN);
    }
    return rc;
}

/* PPP repeats what is unanswered. Earlier than an answer can be here it must not: a repetition that finds the peer's layer
 * open takes it down again (RFC 1661, 4.1). L2TP has seen the round trip. */
static uint32_t patience_ms(const struct l2s_link *l)
{
    uint64_t ms = l2s_l2tp_round_trip(l->c->l2tp, l->session) / L2S_MS;

    ms += ms / 2 + 100;
    return (uint32_t)(ms < RESTART_LEAST ? RESTART_LEAST : ms > RESTART_MOST ? RESTART_MOST : ms);
}

static int start_ppp(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2s_ppp_line line = {.link = l->id, .restart_ms = patience_ms(l)};

    (void)arg;
    l2s_ipv6_identifiers(l, NULL, NULL); /* of a PPP before this one */
    l2s_inform_end(l);
    if (l->client)
        memcpy(line.wish, l->net.local, sizeof line.wish);
    l2s_event_progress(l, L2TPSEC_LAYER_L2TP, "ICCN", "L2TP: the call is up");
    int rc = l2s_ppp_new(&l->c->sys, l->c->crypto, &l->prof->ppp, &line, &l2s_link_ppp_port, l, &l->ppp);
    if (rc != L2TPSEC_OK) {
        blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_NO_MEMORY, "PPP");
        l2s_link_step(l, L2S_LINK_PPP_DOWN);
        return rc;
    }
    l2s_ppp_start(l->ppp);
    return L2TPSEC_OK;
}

void l2s_link_replace(struct l2s_link *old)
{
    blame_cause(old, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_REPLACED, "IPCP");
    if (old->session)
        l2s_l2tp_close(old->c->l2tp, old->session, 3, "replaced");
    l2s_link_step(old, L2S_LINK_CHANNEL_DOWN);
}

static uint16_t least(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

bool l2s_link_template(struct l2s_link *l)
{
    struct l2s_way_out *w = &l->way;
    struct l2s_l2tp_data_header h;
    uint8_t ppp[4];

    if (!l2s_l2tp_data_header(l->c->l2tp, l->session, &h))
        return false;
    size_t ppp_len = l2s_ppp_data_header(l->ppp, ppp);
    w->len = (uint8_t)(UDP_HEADER + h.len + ppp_len);
    size_t udp = L2S_WAY_HEAD - w->len, l2tp = udp + UDP_HEADER;
    memset(w->head, 0, sizeof w->head);
    l2s_put16(w->head + udp, 1701);
    l2s_put16(w->head + udp + 2, h.peer_port);
    memcpy(w->head + l2tp, h.bytes, h.len);
    memcpy(w->head + l2tp + h.len, ppp, ppp_len);
    w->length_at = (uint8_t)(udp + UDP_LENGTH_AT);
    w->l2tp_length_at = h.length_at ? (uint8_t)(l2tp + h.length_at) : 0;
    w->ns_at = h.ns_at ? (uint8_t)(l2tp + h.ns_at) : 0;
    l->has_head = true;
    return true;
}

/* What fits the channel, after what L2TP and PPP take of it in this call. */
static uint16_t mtu_of(const struct l2s_link *l)
{
    struct l2s_l2tp_data_header h;
    size_t taken = l->prof->ppp.mppe ? L2S_PPP_EXPANSION : 0;

    if (l2s_l2tp_data_header(l->c->l2tp, l->session, &h))
        taken += h.room - L2S_L2TP_DATA_PLAIN;
    return least(least(l->net.mtu, l->prof->mtu), (uint16_t)(l2s_channel_mtu(l->channel) - taken));
}

void l2s_link_reheaded(struct l2s_link *l)
{
    if (!l->has_head || !l->channel || !l2s_link_template(l))
        return;
    uint16_t mtu = mtu_of(l);
    if (mtu >= l->mtu)
        return;
    l->mtu = mtu;
    (void)l2s_event_up(l);
}

/* The host has not heard that it is up, and so it is not. */
static int not_announced(struct l2s_link *l, bool again, bool was_up)
{
    blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_NO_MEMORY, "IPCP");
    if (!again) {
        l->c->links_up--;
        l->has_head = false;
        l->was_up = was_up;
    }
    l2s_link_step(l, L2S_LINK_CLOSE);
    return L2TPSEC_ENOMEM;
}

static int announce(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2tpsec *c = l->c;
    bool again = l->has_head, was_up = l->was_up;

    (void)arg;
    l->mtu = mtu_of(l);
    if (!l2s_link_template(l)) {
        blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_INTERNAL, "IPCP");
        l2s_link_step(l, L2S_LINK_CLOSE);
        return L2TPSEC_EINVAL;
    }
    if (!again)
        c->links_up++;
    l->was_up = true;
    if (l->dial)
        l->dial->attempts = 0;
    if (!l->client)
        l2s_timer_cancel(&c->sys.timers, &l->channel->idle);
    if (!l2s_event_up(l))
        return not_announced(l, again, was_up);
    l2s_ipv6_link_up(l);
    l2s_inform_begin(l);
    return L2TPSEC_OK;
}

static int probe(void *self, const void *arg)
{
    struct l2s_link *l = self;

    return l->client ? l2s_roam_probe(l, arg) : l2s_former_probe(l);
}

/* ---- the way down ---------------------------------------------------------------------------------------------- */

void l2s_link_close(struct l2s_link *l)
{
    l->closing = true;
    blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_CLOSED_BY_HOST, "close");
    l2s_link_step(l, L2S_LINK_CLOSE);
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
           cause != L2TPSEC_CAUSE_AUTH_REFUSED && cause != L2TPSEC_CAUSE_AUTH_METHOD &&
           cause != L2TPSEC_CAUSE_AUTH_MUTUAL && cause != L2TPSEC_CAUSE_PSK && cause != L2TPSEC_CAUSE_NO_SECRET &&
           cause != L2TPSEC_CAUSE_IDENTITY && cause != L2TPSEC_CAUSE_CERTIFICATE && cause != L2TPSEC_CAUSE_L2TP_AUTH;
}

/* 1, 2, 4 ... 60 seconds, and up to a quarter more so that not all clients of a server come back at once */
static uint64_t redial_after(struct l2s_link *l)
{
    uint64_t wait = L2S_SECOND << (l->dial->attempts < 6 ? l->dial->attempts : 6);
    uint16_t jitter = 0;

    if (l->dial->urgent) { /* there is a network, and it is another one */
        l->dial->urgent = false;
        return L2S_MS;
    }

    if (wait > REDIAL_MAX)
        wait = REDIAL_MAX;
    l->dial->attempts++;
    if (l2s_random(&l->c->sys, &jitter, sizeof jitter) != 0)
        jitter = 0;
    return wait + wait / 4 * jitter / 65536;
}

static void take_down(struct l2s_link *l)
{
    struct l2tpsec *c = l->c;
    struct l2s_channel *ch = l->channel;

    l2s_timer_cancel(&c->sys.timers, &l->timer);
    if (l->has_head)
        c->links_up--;
    l->has_head = false;
    l2s_lease_give_back(l);
    l2s_former_gone(l);
    if (l->ppp) { /* else the one before is still there: closed while it waited to be dialled */
        l->ppp_over = l->ppp;
        l->ppp = NULL;
    }
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
        l2s_channel_idle(ch, L2S_LINK_AFTER_CALL);
    }
}

/* What was under way from the old address is of no use any more. */
static int dial_again(void *self, const void *arg)
{
    struct l2s_link *l = self;

    l2s_event_progress(l, L2TPSEC_LAYER_HOST, "network changed", "our address changed: dialling anew");
    if (l->channel)
        l2s_ike_roam(l->c->ike, l->channel->id, &l->dial->local);
    take_down(l);
    return dial(l, arg);
}

/* A first dial that got answers and then lost touch is a bad line: a person would try again, so we do. */
static bool worth_another_try(const struct l2s_link *l)
{
    const struct l2s_failure *why = l->why;

    if (!l->client || l->was_up || l->closing || !why || l->dial->attempts >= TRIES)
        return false;
    return why->cause == L2TPSEC_CAUSE_PEER_VANISHED ||
           (why->cause == L2TPSEC_CAUSE_CLOSED_BY_PEER && why->layer == L2TPSEC_LAYER_IKE);
}

static void try_again(struct l2s_link *l)
{
    l2s_event_progress(l, l->why->layer, l->why->step, "no answer any more: trying again");
    l->dial->attempts++;
    take_down(l);
    forget_blame(l);
    l->fsm.state = L_WAIT;
    arm(l, L2S_SECOND);
}

/* Before the IKE SA goes with the channel, its pairs do: deletes are not acknowledged, and strongSwan's threads may take up the
 * second first, which leaves nothing that the first one could be read with. */
static int part(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2s_channel *ch = l->channel;

    (void)arg;
    if (!ch || ch->gone || ch->links.next != ch->links.prev) {
        l->fsm.state = L_OVER;
        return finish(l, NULL);
    }
    l2s_ike_part(l->c->ike, ch->id);
    arm(l, PART);
    return L2TPSEC_OK;
}

/* Gone when the host has heard of it, or to be redialled; or dialled already, by what the host did when it heard of another link. */
static void told(struct l2s_link *l, struct l2s_event *e)
{
    if (l->fsm.state == L_OVER) {
        e->history = l->history;
        l->history = NULL;
    } else if (l->fsm.state == L_WAIT) {
        e->ev.retry_in_us = l->timer.due - l->c->sys.now;
        forget_blame(l);
    } else {
        e->ev.retry_in_us = 1;
    }
}

void l2s_link_tell(struct l2s_link *l)
{
    uint32_t type = l->untold;

    l->untold = 0;
    l2s_list_remove(&l->node);
    struct l2s_event *e = l2s_event_put(l->c, type, l, l->why);
    if (e)
        told(l, e);
}

static int finish(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2tpsec *c = l->c;
    bool down = l->has_head || l->closing; /* a hang-up always ends in DOWN, whatever it interrupted */
    uint8_t type = down ? L2TPSEC_EVENT_DOWN : L2TPSEC_EVENT_FAILED;

    (void)arg;
    if (worth_another_try(l)) {
        try_again(l);
        return L2TPSEC_OK;
    }
    bool again = worth_redialling(l);
    struct l2s_event *e = l2s_event_put(c, type, l, l->why);
    if (!l->client && !down)
        c->stats.refused++;
    take_down(l);
    if (again) {
        l->fsm.state = L_WAIT;
        arm(l, redial_after(l));
    } else {
        l2s_link_free(c, l);
    }
    l->untold = e ? 0 : type;
    if (e)
        told(l, e);
    else
        l2s_list_add_tail(&c->untold, &l->node);
    return L2TPSEC_OK;
}

void l2s_link_channel_down(struct l2s_link *l, const struct l2s_failure *why)
{
    l2s_link_blame(l, why);
    l2s_link_step(l, L2S_LINK_CHANNEL_DOWN);
}

void l2s_link_failed(struct l2s_link *l, const struct l2s_failure *why)
{
    l2s_link_blame(l, why);
    l2s_link_step(l, L2S_LINK_CHANNEL_DOWN);
}
