/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/call.h"

#include "l2tp/data.h"
#include "l2tp/result.h"

#define FAREWELL (3 * L2S_SECOND) /* for the answer to our CDN, as far as the host waits for it */
#define SPEED 1000000000u         /* some peers shape to Tx Connect Speed: name a high one */

enum { C_NONE, C_IDLE, C_WAIT_TUNNEL, C_WAIT_REPLY, C_WAIT_CONNECT, C_UP, C_CLOSING, C_OVER, C_COUNT };
static const char *const state_names[C_COUNT] = {
    [C_NONE] = "none",
    [C_IDLE] = "idle",
    [C_WAIT_TUNNEL] = "wait-tunnel",
    [C_WAIT_REPLY] = "wait-reply",
    [C_WAIT_CONNECT] = "wait-connect",
    [C_UP] = "established",
    [C_CLOSING] = "closing",
    [C_OVER] = "over",
};

enum { E_OPEN, E_TUNNEL, E_ICRQ, E_ICRP, E_ICCN, E_CDN, E_CLOSE, E_ACKED, E_TIMER, E_COUNT };
static const char *const event_names[E_COUNT] = {
    [E_OPEN] = "open",   [E_TUNNEL] = "tunnel-open",
    [E_ICRQ] = "ICRQ",   [E_ICRP] = "ICRP",
    [E_ICCN] = "ICCN",   [E_CDN] = "CDN",
    [E_CLOSE] = "close", [E_ACKED] = "CDN acknowledged",
    [E_TIMER] = "timer",
};

static int send_icrq(void *self, const void *arg);
static int send_icrp(void *self, const void *arg);
static int recv_icrp(void *self, const void *arg);
static int recv_iccn(void *self, const void *arg);
static int recv_cdn(void *self, const void *arg);
static int send_cdn(void *self, const void *arg);
static int wrong_time(void *self, const void *arg);
static int too_late(void *self, const void *arg);
static int clean_up(void *self, const void *arg);

/* RFC 2661, 7.4.1 and 7.4.2 in one: a LAC is never in wait-connect, an LNS never in the two before. The RFC's idle
 * behind a CDN of ours is closing until it is acknowledged. */
static const struct l2s_edge edges[C_COUNT * E_COUNT] = {
#define ON(state, event) [(state)*E_COUNT + (event)]
    ON(C_IDLE, E_OPEN) = {C_WAIT_TUNNEL, NULL},
    ON(C_IDLE, E_ICRQ) = {C_WAIT_CONNECT, send_icrp},

    ON(C_WAIT_TUNNEL, E_TUNNEL) = {C_WAIT_REPLY, send_icrq},
    ON(C_WAIT_TUNNEL, E_CLOSE) = {C_OVER, clean_up},
    ON(C_WAIT_TUNNEL, E_TIMER) = {C_OVER, too_late},

    ON(C_WAIT_REPLY, E_ICRP) = {C_UP, recv_icrp},
    ON(C_WAIT_REPLY, E_ICRQ) = {C_CLOSING, wrong_time},
    ON(C_WAIT_REPLY, E_ICCN) = {C_CLOSING, wrong_time},
    ON(C_WAIT_REPLY, E_CDN) = {C_OVER, recv_cdn},
    ON(C_WAIT_REPLY, E_CLOSE) = {C_CLOSING, send_cdn},
    ON(C_WAIT_REPLY, E_TIMER) = {C_CLOSING, too_late},

    ON(C_WAIT_CONNECT, E_ICCN) = {C_UP, recv_iccn},
    ON(C_WAIT_CONNECT, E_ICRQ) = {C_CLOSING, wrong_time},
    ON(C_WAIT_CONNECT, E_ICRP) = {C_CLOSING, wrong_time},
    ON(C_WAIT_CONNECT, E_CDN) = {C_OVER, recv_cdn},
    ON(C_WAIT_CONNECT, E_CLOSE) = {C_CLOSING, send_cdn},
    ON(C_WAIT_CONNECT, E_TIMER) = {C_CLOSING, too_late},

    ON(C_UP, E_ICRQ) = {C_CLOSING, wrong_time},
    ON(C_UP, E_ICRP) = {C_CLOSING, wrong_time},
    ON(C_UP, E_ICCN) = {C_CLOSING, wrong_time},
    ON(C_UP, E_CDN) = {C_OVER, recv_cdn},
    ON(C_UP, E_CLOSE) = {C_CLOSING, send_cdn},

    ON(C_CLOSING, E_CDN) = {C_OVER, clean_up},
    ON(C_CLOSING, E_ACKED) = {C_OVER, clean_up},
    ON(C_CLOSING, E_TIMER) = {C_OVER, clean_up},
#undef ON
};

static const struct l2s_fsm_def call_fsm = {.wing = "l2tp",
                                            .name = "call",
                                            .states = state_names,
                                            .events = event_names,
                                            .n_states = C_COUNT,
                                            .n_events = E_COUNT,
                                            .edges = edges};

bool l2s_l2tp_call_up(const struct l2s_l2tp_call *c)
{
    return c->fsm.state == C_UP;
}

bool l2s_l2tp_call_connecting(const struct l2s_l2tp_call *c)
{
    return c->fsm.state == C_WAIT_REPLY || c->fsm.state == C_WAIT_CONNECT;
}

bool l2s_l2tp_call_closing(const struct l2s_l2tp_call *c)
{
    return c->fsm.state == C_CLOSING;
}

bool l2s_l2tp_call_active(const struct l2s_l2tp_call *c)
{
    return c->fsm.state != C_CLOSING && c->fsm.state != C_OVER;
}

bool l2s_l2tp_call_waiting(const struct l2s_l2tp_call *c)
{
    return c->fsm.state == C_WAIT_TUNNEL;
}

bool l2s_l2tp_call_cdn_acked(const struct l2s_l2tp_call *c)
{
    return c->fsm.state == C_CLOSING && l2s_l2tp_chan_has_acked(&c->tunnel->chan, c->cdn_ns);
}

struct l2s_l2tp_call *l2s_l2tp_call_first(const struct l2s_l2tp_tunnel *t, bool (*is)(const struct l2s_l2tp_call *c))
{
    L2S_LIST_EACH (&t->calls, n, after) {
        struct l2s_l2tp_call *c = L2S_LIST_ENTRY(n, struct l2s_l2tp_call, node);
        if (is(c))
            return c;
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

/* Channel, tunnel and session: all of them numbers of ours. */
static uint64_t hash_of(uint64_t channel, uint16_t tunnel, uint16_t session)
{
    return l2s_hash_ours(channel << 32 ^ channel >> 32 ^ ((uint32_t)tunnel << 16 | session));
}

struct l2s_l2tp_call *l2s_l2tp_call_find(struct l2s_l2tp *e, uint64_t channel, uint16_t tunnel, uint16_t session)
{
    struct l2s_hnode *n = l2s_hash_first(&e->sessions, hash_of(channel, tunnel, session));

    for (; n; n = l2s_hash_next(n)) {
        struct l2s_l2tp_call *c = L2S_CONTAINER(n, struct l2s_l2tp_call, hnode);
        if (c->id == session && c->tunnel->id == tunnel && c->tunnel->path->channel == channel)
            return c;
    }
    return NULL;
}

static struct l2s_l2tp_call *find_here(const struct l2s_l2tp_tunnel *t, uint16_t session)
{
    return session ? l2s_l2tp_call_find(t->e, t->path->channel, t->id, session) : NULL;
}

static struct l2s_l2tp_call *find_of_peer(const struct l2s_l2tp_tunnel *t, uint16_t peer_id)
{
    L2S_LIST_EACH (&t->calls, n, after) {
        struct l2s_l2tp_call *c = L2S_LIST_ENTRY(n, struct l2s_l2tp_call, node);
        if (peer_id && c->peer_id == peer_id)
            return c;
    }
    return NULL;
}

static bool id_taken(const void *where, uint16_t id)
{
    return find_here(where, id) != NULL;
}

static int step(struct l2s_l2tp_call *c, unsigned event, const void *arg)
{
    return l2s_fsm_step(&c->fsm, c, &c->e->sys->trace, c->handle, event, arg);
}

static void on_timer(void *self)
{
    struct l2s_l2tp_call *c = self;
    struct l2s_l2tp *e = c->e;
    struct l2s_l2tp_tunnel *t = c->tunnel;

    l2s_l2tp_enter(e);
    (void)step(c, E_TIMER, NULL);
    l2s_l2tp_tunnel_settle(t, false);
    l2s_l2tp_leave(e);
}

static void arm(struct l2s_l2tp_call *c, uint64_t after)
{
    l2s_timer_arm(&c->e->sys->timers, &c->timer, c->e->sys->now + after);
}

static int enlist(struct l2s_l2tp_call *c)
{
    struct l2s_l2tp_tunnel *t = c->tunnel;

    int rc = l2s_hash_add(&c->e->sessions, &c->hnode, hash_of(t->path->channel, t->id, c->id));
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_list_add_tail(&t->calls, &c->node);
    t->n_calls++;
    return L2TPSEC_OK;
}

static void delist(struct l2s_l2tp_call *c)
{
    l2s_hash_remove(&c->e->sessions, &c->hnode);
    l2s_list_remove(&c->node);
    c->tunnel->n_calls--;
}

struct l2s_l2tp_call *l2s_l2tp_call_new(struct l2s_l2tp_tunnel *t, bool lns, int *rc)
{
    struct l2s_l2tp *e = t->e;
    uint16_t id = l2s_l2tp_pick(e, id_taken, t);

    *rc = L2TPSEC_ERANDOM;
    if (!id)
        return NULL;
    *rc = L2TPSEC_ENOMEM;
    struct l2s_l2tp_call *c = l2s_mem_new(&e->sys->mem, sizeof *c);
    if (!c)
        return NULL;
    c->e = e;
    c->tunnel = t;
    c->id = id;
    c->lns = lns;
    l2s_timer_init(&c->timer, on_timer, c);
    l2s_l2tp_data_init(c);
    c->handle = l2s_idtab_add(&e->calls, c);
    if (!c->handle)
        goto no_handle;
    c->fsm = (struct l2s_fsm){.def = &call_fsm, .state = C_IDLE};
    if (l2s_timers_reserve(&e->sys->timers, 2) != L2TPSEC_OK)
        goto no_timer;
    if (enlist(c) != L2TPSEC_OK)
        goto no_place;
    arm(c, l2s_l2tp_setup_time(t->cfg));
    *rc = L2TPSEC_OK;
    return c;

no_place:
    l2s_timers_release(&e->sys->timers, 2);
no_timer:
    l2s_idtab_remove(&e->calls, c->handle);
no_handle:
    l2s_mem_free(&e->sys->mem, c);
    return NULL;
}

void l2s_l2tp_call_remove(struct l2s_l2tp_call *c)
{
    struct l2s_l2tp *e = c->e;

    if (c->ended)
        return;
    c->ended = true;
    c->owned = false;
    c->fsm.state = C_OVER;
    delist(c);
    l2s_idtab_remove(&e->calls, c->handle);
    l2s_timer_cancel(&e->sys->timers, &c->timer);
    l2s_l2tp_data_fini(c);
    l2s_timers_release(&e->sys->timers, 2);
    l2s_list_add_tail(&e->dead_calls, &c->node);
}

/* The owner is told once: of a session that it is down, of a connect that it failed. Its own close is no failure. */
static void tell(struct l2s_l2tp_call *c, const struct l2s_failure *why)
{
    const struct l2s_l2tp_port *port = c->e->port;

    if (!c->owned)
        return;
    c->owned = false;
    if (why && !c->was_up)
        port->failed(port->self, c->owner, why);
    else
        port->session_down(port->self, c->owner, why);
}

void l2s_l2tp_call_end(struct l2s_l2tp_call *c, const struct l2s_failure *why)
{
    bool owned = c->owned;

    l2s_l2tp_call_remove(c);
    c->owned = owned;
    tell(c, why);
}

void l2s_l2tp_call_move(struct l2s_l2tp_call *c, struct l2s_l2tp_tunnel *to)
{
    struct l2s_failure f;

    delist(c);
    c->tunnel = to;
    c->id = l2s_l2tp_pick(c->e, id_taken, to); /* the old one was told to nobody */
    if (c->id && enlist(c) == L2TPSEC_OK)
        return;
    l2s_list_add_tail(&to->calls, &c->node); /* where end expects it */
    to->n_calls++;
    l2s_l2tp_blame(&f, c->id ? L2TPSEC_CAUSE_NO_MEMORY : L2TPSEC_CAUSE_NO_RANDOM, "SCCRQ", NULL);
    l2s_l2tp_call_end(c, &f);
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static int send(struct l2s_l2tp_call *c, struct l2s_l2tp_msg *m, uint16_t *ns)
{
    return l2s_l2tp_tunnel_send(c->tunnel, c->peer_id, m, ns);
}

/* We cannot go on: no memory for a message, or the queue is full. */
static int fail(struct l2s_l2tp_call *c, int rc, const char *at)
{
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = L2S_L2TP_CDN_RESOURCES, .why = &f};

    l2s_l2tp_blame(&f,
                   rc == L2TPSEC_ENOMEM    ? L2TPSEC_CAUSE_NO_MEMORY
                   : rc == L2TPSEC_ERANDOM ? L2TPSEC_CAUSE_NO_RANDOM
                                           : L2TPSEC_CAUSE_LIMIT,
                   at, NULL);
    if (!c->owner) /* nobody else is told */
        c->e->drop = rc == L2TPSEC_ENOMEM    ? L2TPSEC_DROP_NO_MEMORY
                     : rc == L2TPSEC_ERANDOM ? L2TPSEC_DROP_INTERNAL
                                             : L2TPSEC_DROP_LIMIT;
    l2s_l2tp_call_close(c, &how);
    return rc;
}

static int send_icrq(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_ICRQ, .session_id = c->id, .serial = ++c->e->serial};

    (void)arg;
    l2s_l2tp_msg_add(&m, L2S_AVP_SESSION_ID);
    l2s_l2tp_msg_add(&m, L2S_AVP_SERIAL);
    int rc = send(c, &m, NULL);
    return rc == L2TPSEC_OK ? rc : fail(c, rc, "ICRQ");
}

static int send_icrp(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_ICRP, .session_id = c->id};

    (void)arg;
    l2s_l2tp_msg_add(&m, L2S_AVP_SESSION_ID);
    int rc = send(c, &m, NULL);
    return rc == L2TPSEC_OK ? rc : fail(c, rc, "ICRP");
}

static int put_cdn(struct l2s_l2tp_tunnel *t, uint16_t id, uint16_t peer_id, const struct l2s_l2tp_farewell *how,
                   uint16_t *ns)
{
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_CDN,
                             .session_id = id,
                             .result = how->result,
                             .result_error = how->error,
                             .words = l2s_l2tp_words(how->words)};

    l2s_l2tp_msg_add(&m, L2S_AVP_RESULT);
    l2s_l2tp_msg_add(&m, L2S_AVP_SESSION_ID);
    return l2s_l2tp_tunnel_send(t, peer_id, &m, ns);
}

static int send_cdn(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;
    const struct l2s_l2tp_farewell *how = arg;

    l2s_l2tp_data_fini(c); /* what waited waits for nobody: its owner may go before the call does */
    int rc = put_cdn(c->tunnel, c->id, c->peer_id, how, &c->cdn_ns);
    if (rc != L2TPSEC_OK) {
        l2s_l2tp_call_end(c, how->why);
        return rc;
    }
    arm(c, FAREWELL);
    if (how->why)
        tell(c, how->why);
    return L2TPSEC_OK;
}

/* ---- the way up ------------------------------------------------------------------------------------------------ */

/* Ours to give, and the host may refuse it. */
static void up(struct l2s_l2tp_call *c)
{
    const struct l2s_l2tp_port *port = c->e->port;
    static const struct l2s_l2tp_farewell refused = {.result = L2S_L2TP_CDN_RESOURCES};

    l2s_timer_cancel(&c->e->sys->timers, &c->timer);
    c->was_up = true;
    if (c->lns)
        c->owned = true; /* so that a session_down from within finds its owner */
    int rc = port->session_up(port->self, c->tunnel->path->channel, c->handle, c->lns, &c->owner);
    if (rc == L2TPSEC_OK || !l2s_l2tp_call_active(c)) {
        l2s_l2tp_data_begin(c);
        return;
    }
    if (c->lns)
        c->owned = false;
    l2s_l2tp_call_close(c, &refused);
    l2s_l2tp_tunnel_settle(c->tunnel, false);
}

static int recv_icrp(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;
    const struct l2s_l2tp_msg *m = arg;
    const struct l2s_l2tp_config *cfg = c->tunnel->cfg;
    struct l2s_l2tp_msg iccn = {.type = L2S_L2TP_ICCN, .framing = L2S_L2TP_FRAMING_SYNC};

    if (!m->session_id) {
        struct l2s_failure f;
        struct l2s_l2tp_farewell how = {.result = L2S_L2TP_CDN_ERROR, .error = L2S_L2TP_ERROR_RANGE, .why = &f};
        l2s_l2tp_blame(&f, L2TPSEC_CAUSE_L2TP_REFUSED, "ICRP", NULL);
        l2s_l2tp_call_close(c, &how);
        return L2TPSEC_EPROTO;
    }
    c->peer_id = m->session_id;
    iccn.tx_speed = cfg->connect_speed ? cfg->connect_speed : SPEED;
    l2s_l2tp_msg_add(&iccn, L2S_AVP_TX_SPEED);
    l2s_l2tp_msg_add(&iccn, L2S_AVP_FRAMING_TYPE);
    int rc = send(c, &iccn, NULL);
    if (rc != L2TPSEC_OK)
        return fail(c, rc, "ICCN");
    up(c);
    return L2TPSEC_OK;
}

static int recv_iccn(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;

    if (l2s_l2tp_msg_has(arg, L2S_AVP_SEQUENCING))
        l2s_l2tp_data_demanded(c);
    up(c);
    return L2TPSEC_OK;
}

/* ---- the way down ---------------------------------------------------------------------------------------------- */

static int recv_cdn(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;
    struct l2s_failure f;

    l2s_l2tp_blame_peer(&f, arg, c->was_up);
    l2s_l2tp_call_end(c, &f);
    return L2TPSEC_OK;
}

static int clean_up(void *self, const void *arg)
{
    (void)arg;
    l2s_l2tp_call_end(self, NULL);
    return L2TPSEC_OK;
}

static int wrong_time(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = L2S_L2TP_CDN_ERROR, .error = L2S_L2TP_ERROR_RANGE, .why = &f};
    const struct l2s_l2tp_msg *m = arg;

    c->e->drop = L2TPSEC_DROP_UNEXPECTED;
    l2s_l2tp_blame(&f, L2TPSEC_CAUSE_L2TP_REFUSED, l2s_l2tp_msg_name(m->type), NULL);
    return send_cdn(c, &how);
}

static const char *step_name(const struct l2s_l2tp_call *c)
{
    switch (c->fsm.state) {
    case C_WAIT_TUNNEL:
        return c->tunnel->initiator ? "SCCRQ" : "SCCRP";
    case C_WAIT_REPLY:
        return "ICRQ";
    case C_WAIT_CONNECT:
        return "ICRP";
    default:
        return "Hello";
    }
}

static void blame_silence(const struct l2s_l2tp_call *c, struct l2s_failure *f, const char *at)
{
    l2s_l2tp_blame(f, c->tunnel->chan.heard ? L2TPSEC_CAUSE_PEER_VANISHED : L2TPSEC_CAUSE_NO_ANSWER, at, NULL);
}

static int too_late(void *self, const void *arg)
{
    struct l2s_l2tp_call *c = self;
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = L2S_L2TP_CDN_TIME, .why = &f};
    bool begun = c->fsm.state == C_CLOSING; /* the peer knows of the call */

    (void)arg;
    blame_silence(c, &f, !begun ? "SCCRQ" : c->lns ? "ICRP" : "ICRQ");
    if (begun)
        return send_cdn(c, &how);
    l2s_l2tp_call_end(c, &f);
    return L2TPSEC_OK;
}

void l2s_l2tp_call_lost(struct l2s_l2tp_call *c)
{
    struct l2s_failure f;

    blame_silence(c, &f, step_name(c));
    l2s_l2tp_call_end(c, l2s_l2tp_call_closing(c) ? NULL : &f);
}

void l2s_l2tp_call_close(struct l2s_l2tp_call *c, const struct l2s_l2tp_farewell *how)
{
    if (!c->ended)
        (void)step(c, E_CLOSE, how);
}

void l2s_l2tp_call_open(struct l2s_l2tp_call *c, void *owner)
{
    c->owner = owner;
    c->owned = true;
    (void)step(c, E_OPEN, NULL);
}

void l2s_l2tp_call_tunnel_open(struct l2s_l2tp_call *c)
{
    (void)step(c, E_TUNNEL, NULL);
}

void l2s_l2tp_call_acked(struct l2s_l2tp_call *c)
{
    (void)step(c, E_ACKED, NULL);
}

/* ---- receiving ------------------------------------------------------------------------------------------------- */

/* No session of ours is behind this: the id in the CDN is made up, for it must not be zero. */
static void turn_away(struct l2s_l2tp_tunnel *t, uint16_t peer_id, uint16_t result, uint16_t error, const char *words)
{
    struct l2s_l2tp_farewell how = {.result = result, .error = error, .words = words};
    uint16_t id = l2s_l2tp_pick(t->e, id_taken, t);

    t->e->drop = L2TPSEC_DROP_UNEXPECTED;
    if (id && peer_id)
        (void)put_cdn(t, id, peer_id, &how, NULL);
}

static void recv_icrq(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *m)
{
    struct l2s_l2tp_call *c = find_of_peer(t, m->session_id);
    int rc;

    if (c) {
        if (step(c, E_ICRQ, m) == L2S_UNEXPECTED)
            t->e->drop = L2TPSEC_DROP_UNEXPECTED;
    } else if (t->initiator) { /* we are the LAC: as mtpd answers it */
        turn_away(t, m->session_id, L2S_L2TP_CDN_ERROR, L2S_L2TP_ERROR_VENDOR, "no incoming calls here");
    } else if (t->n_calls >= L2S_L2TP_SESSIONS_MAX) {
        turn_away(t, m->session_id, L2S_L2TP_CDN_RESOURCES, 0, NULL);
        t->e->drop = L2TPSEC_DROP_LIMIT;
    } else if (!m->session_id) {
        t->e->drop = L2TPSEC_DROP_MALFORMED; /* nothing to answer to */
    } else if ((c = l2s_l2tp_call_new(t, true, &rc)) != NULL) {
        c->peer_id = m->session_id;
        l2s_timer_cancel(&t->e->sys->timers, &t->life);
        (void)step(c, E_ICRQ, m);
    } else {
        turn_away(t, m->session_id, L2S_L2TP_CDN_RESOURCES, 0, NULL);
        t->e->drop = L2TPSEC_DROP_NO_MEMORY;
    }
}

/* The message has an AVP we must not pass over: the call ends, or does not begin (4.1). */
static void recv_bad(struct l2s_l2tp_tunnel *t, struct l2s_l2tp_call *c, const struct l2s_l2tp_msg *m)
{
    char words[L2S_L2TP_WORDS_MAX];
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = L2S_L2TP_CDN_ERROR, .error = m->error, .words = words, .why = &f};

    l2s_l2tp_msg_complaint(m, words);
    if (c) {
        l2s_l2tp_blame(&f, L2TPSEC_CAUSE_L2TP_REFUSED, l2s_l2tp_msg_name(m->type), NULL);
        memcpy(f.offered, words, sizeof words);
        l2s_l2tp_call_close(c, &how);
    } else if (m->type == L2S_L2TP_ICRQ || m->type == L2S_L2TP_OCRQ) {
        turn_away(t, m->session_id, L2S_L2TP_CDN_ERROR, m->error, words);
    }
    t->e->drop = L2TPSEC_DROP_MALFORMED;
}

static void recv_of_call(struct l2s_l2tp_tunnel *t, struct l2s_l2tp_call *c, const struct l2s_l2tp_msg *m)
{
    unsigned event = m->type == L2S_L2TP_ICRP ? E_ICRP : m->type == L2S_L2TP_ICCN ? E_ICCN : E_CDN;

    if (!c)
        t->e->drop = L2TPSEC_DROP_UNKNOWN_SESSION; /* idle: nothing to clean up */
    else if (step(c, event, m) == L2S_UNEXPECTED)
        t->e->drop = L2TPSEC_DROP_UNEXPECTED;
}

void l2s_l2tp_call_recv(struct l2s_l2tp_tunnel *t, uint16_t session, const struct l2s_l2tp_msg *m)
{
    struct l2s_l2tp_call *c = find_here(t, session);

    if (!c && m->type == L2S_L2TP_CDN)
        c = find_of_peer(t, m->session_id); /* sent before it knew our id */
    if (!c && m->type == L2S_L2TP_CDN && !session && !m->session_id && t->n_calls == 1)
        c = L2S_LIST_ENTRY(t->calls.next, struct l2s_l2tp_call, node); /* or with none (accel-ppp saw that) */
    if (m->error) {
        recv_bad(t, c, m);
    } else {
        switch (m->type) {
        case L2S_L2TP_ICRQ:
            recv_icrq(t, m);
            break;
        case L2S_L2TP_ICRP:
        case L2S_L2TP_ICCN:
        case L2S_L2TP_CDN:
            recv_of_call(t, c, m);
            break;
        case L2S_L2TP_OCRQ:
            turn_away(t, m->session_id, L2S_L2TP_CDN_ERROR, L2S_L2TP_ERROR_VENDOR, "no outgoing calls here");
            break;
        case L2S_L2TP_WEN:
        case L2S_L2TP_SLI:
            break; /* line statistics and the ACCM of an asynchronous line: of no use without a line (6.13, 6.14) */
        default:
            t->e->drop = L2TPSEC_DROP_UNEXPECTED;
            break;
        }
    }
    l2s_l2tp_tunnel_settle(t, false);
}
