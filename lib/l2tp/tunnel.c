/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/tunnel.h"

#include "base/wipe.h"
#include "l2tp/call.h"
#include "l2tp/result.h"
#include "l2tp/start.h"
#include "l2tp/tunnel_table.h"

#define LINGER (31 * L2S_SECOND)  /* a full retransmission cycle (5.7) */
#define FAREWELL (3 * L2S_SECOND) /* for the answer to our StopCCN, as far as the host waits for it */
#define SETTLED (10 * L2S_SECOND) /* after SCCCN; no SCCRQ of before arrives so late */
#define TIMERS (L2S_L2TP_CHAN_TIMERS + 2u)

static int step(struct l2s_l2tp_tunnel *t, unsigned event, const void *arg)
{
    return t->removed ? L2S_UNEXPECTED : l2s_fsm_step(&t->fsm, t, &t->e->sys->trace, 0, event, arg);
}

bool l2s_l2tp_tunnel_up(const struct l2s_l2tp_tunnel *t)
{
    return t->fsm.state == L2S_TUNNEL_UP;
}

bool l2s_l2tp_tunnel_waiting(const struct l2s_l2tp_tunnel *t)
{
    return t->fsm.state == L2S_TUNNEL_WAIT_REPLY;
}

bool l2s_l2tp_tunnel_over(const struct l2s_l2tp_tunnel *t)
{
    return t->fsm.state == L2S_TUNNEL_OVER || t->removed;
}

static void arm(struct l2s_l2tp_tunnel *t, struct l2s_timer *tm, uint64_t after)
{
    l2s_timer_arm(&t->e->sys->timers, tm, t->e->sys->now + after);
}

uint64_t l2s_l2tp_setup_time(const struct l2s_l2tp_config *cfg)
{
    return (cfg->setup_s ? cfg->setup_s : 60) * L2S_SECOND;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static void emit(void *self, const uint8_t *p, size_t n)
{
    struct l2s_l2tp_tunnel *t = self;

    t->e->port->emit(t->e->port->self, t->path->channel, t->peer_port, p, n);
}

static void deliver(void *self, const struct l2s_l2tp_header *msg);

static void acked(void *self)
{
    struct l2s_l2tp_tunnel *t = self;

    for (struct l2s_l2tp_call *c; (c = l2s_l2tp_call_first(t, l2s_l2tp_call_cdn_acked)) != NULL;)
        l2s_l2tp_call_acked(c);
    if (t->fsm.state == L2S_TUNNEL_CLOSING && l2s_l2tp_chan_has_acked(&t->chan, t->stop_ns))
        (void)step(t, L2S_TUNNEL_E_STOP_ACKED, NULL);
}

static void dead(void *self)
{
    (void)step(self, L2S_TUNNEL_E_DEAD, NULL);
}

static const struct l2s_l2tp_chan_ops chan_ops = {.emit = emit, .deliver = deliver, .acked = acked, .dead = dead};

static void on_retransmit(void *self)
{
    struct l2s_l2tp_tunnel *t = self;
    struct l2s_l2tp *e = t->e;

    l2s_l2tp_enter(e);
    l2s_l2tp_chan_retransmit(&t->chan);
    l2s_l2tp_leave(e);
}

static void on_ack(void *self)
{
    struct l2s_l2tp_tunnel *t = self;

    l2s_l2tp_chan_acknowledge(&t->chan);
}

static void on_life(void *self)
{
    struct l2s_l2tp_tunnel *t = self;
    struct l2s_l2tp *e = t->e;
    static const struct l2s_l2tp_farewell no_call = {.result = L2S_L2TP_STOP_CLEAR, .words = "no call"};

    l2s_l2tp_enter(e);
    (void)step(t, L2S_TUNNEL_E_TIMER, &no_call);
    l2s_l2tp_leave(e);
}

static void on_hello(void *self);

static bool id_taken(const void *where, uint16_t id)
{
    return l2s_l2tp_path_tunnel(where, id) != NULL;
}

static void configure(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_config *cfg)
{
    t->cfg = cfg;
    t->chan.window = cfg->window == 0 ? 8 : cfg->window < L2S_L2TP_WINDOW_MAX ? cfg->window : L2S_L2TP_WINDOW_MAX;
    if (cfg->retry_ms)
        t->chan.retry_first = t->chan.retry = (uint32_t)(cfg->retry_ms * L2S_MS);
    if (t->chan.retry_cap < t->chan.retry_first)
        t->chan.retry_cap = t->chan.retry_first;
    if (cfg->retries)
        t->chan.retries = cfg->retries;
}

struct l2s_l2tp_tunnel *l2s_l2tp_tunnel_new(struct l2s_l2tp *e, struct l2s_l2tp_path *p,
                                            const struct l2s_l2tp_config *cfg, bool initiator, int *rc)
{
    uint16_t id = l2s_l2tp_pick_tunnel(e, id_taken, p);

    *rc = L2TPSEC_ERANDOM;
    if (!id)
        return NULL;
    *rc = L2TPSEC_ENOMEM;
    if (l2s_timers_reserve(&e->sys->timers, TIMERS) != L2TPSEC_OK)
        return NULL;
    struct l2s_l2tp_tunnel *t = l2s_mem_new(&e->sys->mem, sizeof *t);
    if (!t) {
        l2s_timers_release(&e->sys->timers, TIMERS);
        return NULL;
    }
    t->e = e;
    t->path = p;
    t->id = id;
    t->initiator = initiator;
    t->peer_port = L2S_L2TP_PORT; /* until the peer answers from another (RFC 2661, 8.1; RFC 3193, 4) */
    t->fsm = (struct l2s_fsm){.def = &l2s_l2tp_tunnel_fsm, .state = L2S_TUNNEL_IDLE};
    l2s_l2tp_chan_init(&t->chan, e->sys, &chan_ops, t, on_retransmit, on_ack);
    configure(t, cfg);
    l2s_timer_init(&t->life, on_life, t);
    l2s_timer_init(&t->hello, on_hello, t);
    l2s_list_init(&t->calls);
    l2s_list_add_tail(&p->tunnels, &t->node);
    p->n++;
    p->live++;
    t->live = true;
    *rc = L2TPSEC_OK;
    return t;
}

static void not_live(struct l2s_l2tp_tunnel *t)
{
    if (!t->live)
        return;
    t->live = false;
    t->path->live--;
    l2s_l2tp_path_touch(t->e, t->path);
}

void l2s_l2tp_tunnel_remove(struct l2s_l2tp_tunnel *t)
{
    struct l2s_l2tp *e = t->e;

    if (t->removed)
        return;
    while (!l2s_list_empty(&t->calls))
        l2s_l2tp_call_remove(L2S_LIST_ENTRY(t->calls.next, struct l2s_l2tp_call, node));
    not_live(t);
    t->removed = true;
    t->cfg = NULL;
    l2s_l2tp_chan_fini(&t->chan);
    l2s_timer_cancel(&e->sys->timers, &t->life);
    l2s_timer_cancel(&e->sys->timers, &t->hello);
    l2s_timers_release(&e->sys->timers, TIMERS);
    t->path->n--;
    l2s_l2tp_path_touch(e, t->path);
    l2s_list_remove(&t->node);
    l2s_list_add_tail(&e->dead_tunnels, &t->node);
}

/* Both ends are done, or have waited enough: as far as the channel below is concerned this tunnel is no more. */
static void let_go(struct l2s_l2tp_tunnel *t)
{
    if (t->live)
        t->path->tell = true;
    not_live(t);
}

static void end_calls(struct l2s_l2tp_tunnel *t, const struct l2s_failure *why)
{
    while (!l2s_list_empty(&t->calls))
        l2s_l2tp_call_end(L2S_LIST_ENTRY(t->calls.next, struct l2s_l2tp_call, node), why);
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

/* An SCCRQ comes before the ends know each other (Cisco wants none hidden in it), and a good-bye must be understood
 * even when the secrets differ. */
static bool in_the_clear(const struct l2s_l2tp_tunnel *t, uint16_t type)
{
    return !t->hides || type == L2S_L2TP_SCCRQ || type == L2S_L2TP_STOPCCN || type == L2S_L2TP_CDN;
}

static int put_hidden(const struct l2s_l2tp_tunnel *t, struct l2s_wr *w, const struct l2s_l2tp_msg *m)
{
    uint8_t chance[2 * L2S_L2TP_VECTOR];
    struct l2s_l2tp_hiding h = {.crypto = t->e->crypto,
                                .secret = t->cfg->secret,
                                .secret_len = t->cfg->secret_len,
                                .vector = l2s_rd_init(chance, L2S_L2TP_VECTOR),
                                .padding = chance + L2S_L2TP_VECTOR};

    return l2s_random(t->e->sys, chance, sizeof chance) != 0 ? L2TPSEC_ERANDOM : l2s_l2tp_msg_put_hidden(w, m, &h);
}

static int encode(const struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *m, struct l2s_wr *w)
{
    int rc = L2TPSEC_OK;

    if (in_the_clear(t, m->type))
        l2s_l2tp_msg_put(w, m);
    else
        rc = put_hidden(t, w, m);
    return rc == L2TPSEC_OK && w->bad ? L2TPSEC_ERANGE : rc;
}

/* What the trace calls it: its call, which is the only one as a rule. */
static uint64_t traced(const struct l2s_l2tp_tunnel *t)
{
    return t->n_calls ? L2S_LIST_ENTRY(t->calls.next, struct l2s_l2tp_call, node)->handle : 0;
}

/* An LNS sends no LCP packet ahead of ICCN (7.4.2), and the first right behind it. */
static enum l2s_l2tp_answer answer_to(uint16_t type)
{
    switch (type) {
    case L2S_L2TP_SCCRQ:
    case L2S_L2TP_SCCRP:
    case L2S_L2TP_ICRQ:
    case L2S_L2TP_ICRP:
        return L2S_L2TP_BY_MESSAGE;
    case L2S_L2TP_ICCN:
        return L2S_L2TP_BY_DATA;
    default:
        return L2S_L2TP_BY_ACK;
    }
}

int l2s_l2tp_tunnel_send(struct l2s_l2tp_tunnel *t, uint16_t session, const struct l2s_l2tp_msg *m, uint16_t *ns)
{
    uint8_t avps[L2S_L2TP_MESSAGE_MAX];
    struct l2s_wr w = l2s_wr_init(avps, sizeof avps);

    int rc = encode(t, m, &w);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_trace_message(&t->e->sys->trace, "l2tp", traced(t), "send", l2s_l2tp_msg_name(m->type), t->id);
    return l2s_l2tp_chan_send(&t->chan, session, avps, w.len, answer_to(m->type), ns);
}

int l2s_tunnel_send_sccrq(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;

    (void)arg;
    arm(t, &t->life, l2s_l2tp_setup_time(t->cfg));
    return l2s_l2tp_start_sccrq(t);
}

int l2s_tunnel_send_sccrp(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;

    arm(t, &t->life, l2s_l2tp_setup_time(t->cfg));
    return l2s_l2tp_start_sccrp(t, arg);
}

int l2s_l2tp_tunnel_open(struct l2s_l2tp_tunnel *t)
{
    return step(t, L2S_TUNNEL_E_OPEN, NULL);
}

int l2s_l2tp_tunnel_answer(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *sccrq, uint16_t ns, uint16_t port)
{
    t->peer_port = port;
    t->chan.peer_tunnel = sccrq->tunnel_id;
    if (l2s_l2tp_msg_has(sccrq, L2S_AVP_WINDOW))
        l2s_l2tp_chan_peer_window(&t->chan, sccrq->window);
    l2s_l2tp_chan_begin(&t->chan, ns);
    return step(t, L2S_TUNNEL_E_SCCRQ, sccrq);
}

/* ---- the way up ------------------------------------------------------------------------------------------------ */

/* Close for something the peer's message lacks, or we do. */
static int refuse(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_objection *o, const char *at)
{
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = o->result, .error = o->error, .words = o->words, .why = &f};

    l2s_l2tp_blame(&f, o->cause, at, o->hint);
    l2s_l2tp_tunnel_close(t, &how);
    return L2TPSEC_EPROTO;
}

static void opened(struct l2s_l2tp_tunnel *t)
{
    t->chan.patient = true;
    t->up_at = t->e->sys->now;
    l2s_timer_cancel(&t->e->sys->timers, &t->life);
    if (t->cfg->hello_s)
        arm(t, &t->hello, t->cfg->hello_s * L2S_SECOND);
    for (struct l2s_l2tp_call *c; (c = l2s_l2tp_call_first(t, l2s_l2tp_call_waiting)) != NULL;)
        l2s_l2tp_call_tunnel_open(c);
    l2s_l2tp_tunnel_settle(t, false);
}

bool l2s_l2tp_tunnel_settled(const struct l2s_l2tp_tunnel *t)
{
    return t->up_at && t->e->sys->now >= t->up_at + SETTLED;
}

static const struct l2s_l2tp_objection *object(const struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *m)
{
    return l2s_l2tp_start_object(t->e->crypto, t->cfg, t->challenged ? t->challenge : NULL, m);
}

int l2s_tunnel_recv_sccrp(void *self, const void *arg)
{
    static const struct l2s_l2tp_objection stuck = {L2S_L2TP_STOP_ERROR, L2S_L2TP_ERROR_RESOURCES, "",
                                                    L2TPSEC_CAUSE_NO_MEMORY, NULL};
    struct l2s_l2tp_tunnel *t = self;
    const struct l2s_l2tp_msg *m = arg;

    t->chan.peer_tunnel = m->tunnel_id;
    if (l2s_l2tp_msg_has(m, L2S_AVP_WINDOW))
        l2s_l2tp_chan_peer_window(&t->chan, m->window);
    const struct l2s_l2tp_objection *o = object(t, m);
    if (!o && l2s_l2tp_start_scccn(t, m) != L2TPSEC_OK)
        o = &stuck;
    if (o)
        return refuse(t, o, "SCCRP");
    opened(t);
    return L2TPSEC_OK;
}

int l2s_tunnel_recv_scccn(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;
    const struct l2s_l2tp_objection *o = object(t, arg);

    if (o)
        return refuse(t, o, "SCCCN");
    opened(t);
    return L2TPSEC_OK;
}

struct call_message {
    uint16_t session;
    const struct l2s_l2tp_msg *m;
};

int l2s_tunnel_recv_call(void *self, const void *arg)
{
    const struct call_message *cm = arg;

    l2s_l2tp_call_recv(self, cm->session, cm->m);
    return L2TPSEC_OK;
}

/* ---- staying up ------------------------------------------------------------------------------------------------ */

/* Only after a time without any word, and not while something waits for an answer anyway (5.5, 6.5). */
static void on_hello(void *self)
{
    struct l2s_l2tp_tunnel *t = self;
    struct l2s_l2tp *e = t->e;
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_HELLO};

    if (!l2s_l2tp_tunnel_up(t))
        return;
    l2s_l2tp_enter(e);
    uint64_t period = t->cfg->hello_s * L2S_SECOND;
    uint64_t quiet = e->sys->now - t->chan.heard;
    if (quiet < period) {
        arm(t, &t->hello, period - quiet);
    } else {
        if (!t->chan.queued)
            (void)l2s_l2tp_tunnel_send(t, 0, &m, NULL); /* without memory: next time */
        arm(t, &t->hello, period);
    }
    l2s_l2tp_leave(e);
}

/* ---- the way down ---------------------------------------------------------------------------------------------- */

/* Everything but the tunnel's own state. A peer that has never been heard gets one StopCCN, in case our SCCRQ reached
 * it, and is not waited for. */
static void say_stop(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_farewell *how)
{
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_STOPCCN,
                             .tunnel_id = t->id,
                             .result = how->result,
                             .result_error = how->error,
                             .words = l2s_l2tp_words(how->words)};

    l2s_l2tp_msg_add(&m, L2S_AVP_TUNNEL_ID);
    l2s_l2tp_msg_add(&m, L2S_AVP_RESULT);
    t->cfg = NULL;
    t->chan.patient = false;
    l2s_timer_cancel(&t->e->sys->timers, &t->hello);
    if (t->chan.heard && l2s_l2tp_tunnel_send(t, 0, &m, &t->stop_ns) == L2TPSEC_OK) {
        l2s_l2tp_chan_hurry(&t->chan);
        arm(t, &t->life, FAREWELL);
        return;
    }
    uint8_t avps[L2S_L2TP_MESSAGE_MAX];
    struct l2s_wr w = l2s_wr_init(avps, sizeof avps);
    if (encode(t, &m, &w) == L2TPSEC_OK)
        l2s_l2tp_chan_send_once(&t->chan, avps, w.len);
    (void)l2s_tunnel_linger(t, NULL);
}

int l2s_tunnel_send_stop(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;
    const struct l2s_l2tp_farewell *how = arg;

    say_stop(t, how);
    if (how->why || l2s_l2tp_tunnel_over(t))
        end_calls(t, how->why);
    if (!t->chan.heard)
        l2s_l2tp_tunnel_remove(t);
    return L2TPSEC_OK;
}

void l2s_l2tp_tunnel_close(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_farewell *how)
{
    (void)step(t, L2S_TUNNEL_E_CLOSE, how);
}

void l2s_l2tp_tunnel_settle(struct l2s_l2tp_tunnel *t, bool by_host)
{
    static const struct l2s_l2tp_farewell last = {.result = L2S_L2TP_STOP_CLEAR};

    if ((t->fsm.state != L2S_TUNNEL_UP && t->fsm.state != L2S_TUNNEL_WAIT_REPLY) || t->removed ||
        l2s_l2tp_call_first(t, l2s_l2tp_call_active))
        return;
    if (t->initiator || by_host)
        l2s_l2tp_tunnel_close(t, &last);
    else
        arm(t, &t->life, l2s_l2tp_setup_time(t->cfg));
}

int l2s_tunnel_wrong_time(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = L2S_L2TP_STOP_FSM, .why = &f};

    (void)arg;
    t->e->drop = L2TPSEC_DROP_UNEXPECTED;
    l2s_l2tp_blame(&f, L2TPSEC_CAUSE_L2TP_REFUSED, "control connection", NULL);
    return l2s_tunnel_send_stop(t, &how);
}

int l2s_tunnel_bad_message(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;
    const struct l2s_l2tp_msg *m = arg;
    char words[L2S_L2TP_WORDS_MAX] = "";
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = L2S_L2TP_STOP_ERROR, .error = m->error, .words = words, .why = &f};

    t->e->drop = L2TPSEC_DROP_MALFORMED;
    l2s_l2tp_msg_complaint(m, words);
    l2s_l2tp_blame(&f, L2TPSEC_CAUSE_L2TP_REFUSED, l2s_l2tp_msg_name(m->type), NULL);
    memcpy(f.offered, words, sizeof words);
    return l2s_tunnel_send_stop(t, &how);
}

int l2s_tunnel_recv_stop(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;
    const struct l2s_l2tp_msg *m = arg;
    struct l2s_failure f;

    if (!t->chan.peer_tunnel)
        t->chan.peer_tunnel = m->tunnel_id;
    (void)l2s_tunnel_linger(t, NULL);
    while (!l2s_list_empty(&t->calls)) {
        struct l2s_l2tp_call *c = L2S_LIST_ENTRY(t->calls.next, struct l2s_l2tp_call, node);
        l2s_l2tp_blame_peer(&f, m, c->was_up);
        l2s_l2tp_call_end(c, l2s_l2tp_call_closing(c) ? NULL : &f);
    }
    return L2TPSEC_OK;
}

/* The last word is spoken. What the peer repeats because our acknowledgement was lost is acknowledged again for a full
 * cycle (5.7); nothing else happens here any more. */
int l2s_tunnel_linger(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;

    (void)arg;
    t->fsm.state = L2S_TUNNEL_OVER;
    t->cfg = NULL;
    l2s_l2tp_chan_acknowledge(&t->chan); /* now: the channel below may not live much longer */
    l2s_l2tp_chan_close(&t->chan);
    l2s_timer_cancel(&t->e->sys->timers, &t->hello);
    arm(t, &t->life, LINGER);
    let_go(t);
    return L2TPSEC_OK;
}

int l2s_tunnel_set_up_too_late(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;
    struct l2s_failure f;
    struct l2s_l2tp_farewell how = {.result = L2S_L2TP_STOP_CLEAR, .words = "not set up in time", .why = &f};

    (void)arg;
    l2s_l2tp_blame(&f, t->chan.heard ? L2TPSEC_CAUSE_PEER_VANISHED : L2TPSEC_CAUSE_NO_ANSWER,
                   t->initiator ? "SCCRQ" : "SCCRP", NULL);
    return l2s_tunnel_send_stop(t, &how);
}

/* StopCCN is repeated until it is acknowledged or all is in vain, but the host need not wait for that. */
int l2s_tunnel_waited_enough(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;

    (void)arg;
    let_go(t);
    end_calls(t, NULL);
    return L2TPSEC_OK;
}

int l2s_tunnel_forget(void *self, const void *arg)
{
    (void)arg;
    l2s_l2tp_tunnel_remove(self);
    return L2TPSEC_OK;
}

/* No connectivity: nothing could be delivered, nothing is said (5.8). */
int l2s_tunnel_vanished(void *self, const void *arg)
{
    struct l2s_l2tp_tunnel *t = self;

    (void)arg;
    let_go(t);
    while (!l2s_list_empty(&t->calls))
        l2s_l2tp_call_lost(L2S_LIST_ENTRY(t->calls.next, struct l2s_l2tp_call, node));
    l2s_l2tp_tunnel_remove(t);
    return L2TPSEC_OK;
}

/* ---- receiving ------------------------------------------------------------------------------------------------- */

static unsigned event_of(uint16_t type)
{
    switch (type) {
    case L2S_L2TP_SCCRQ:
        return L2S_TUNNEL_E_SCCRQ;
    case L2S_L2TP_SCCRP:
        return L2S_TUNNEL_E_SCCRP;
    case L2S_L2TP_SCCCN:
        return L2S_TUNNEL_E_SCCCN;
    case L2S_L2TP_STOPCCN:
        return L2S_TUNNEL_E_STOP;
    case L2S_L2TP_HELLO:
        return L2S_TUNNEL_E_HELLO;
    default:
        return L2S_TUNNEL_E_CALL;
    }
}

static bool known(const struct l2s_l2tp_msg *m)
{
    return l2s_l2tp_msg_name(m->type)[0] != '?';
}

/* What is wrong with a message of a call ends the call, all else the tunnel (4.1). */
static void dispatch(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_header *h, const struct l2s_l2tp_msg *m)
{
    struct call_message cm = {.session = h->session, .m = m};
    unsigned event = event_of(m->type);
    const void *arg = event == L2S_TUNNEL_E_CALL ? (const void *)&cm : m;

    if (!known(m)) {
        t->e->drop = L2TPSEC_DROP_UNKNOWN_PROTOCOL;
        if (!m->error)
            return;
    }
    if (m->error && (event != L2S_TUNNEL_E_CALL || !known(m))) {
        event = L2S_TUNNEL_E_BAD;
        arg = m;
    }
    if (step(t, event, arg) == L2S_UNEXPECTED)
        t->e->drop = L2TPSEC_DROP_UNEXPECTED;
}

static void deliver(void *self, const struct l2s_l2tp_header *h)
{
    struct l2s_l2tp_tunnel *t = self;
    struct l2s_l2tp_hiding hiding = {.crypto = t->e->crypto};
    struct l2s_l2tp_msg m;

    if (t->cfg) {
        hiding.secret = t->cfg->secret;
        hiding.secret_len = t->cfg->secret_len;
    }
    if (l2s_l2tp_msg_get(h->body, &hiding, &m) != L2TPSEC_OK) {
        memset(&m, 0, sizeof m);
        m.error = L2S_L2TP_ERROR_RANGE; /* no Message Type in front */
    }
    l2s_trace_message(&t->e->sys->trace, "l2tp", traced(t), "recv", l2s_l2tp_msg_name(m.type), t->id);
    dispatch(t, h, &m);
    l2s_wipe(&hiding, sizeof hiding);
}

uint32_t l2s_l2tp_tunnel_recv(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_header *msg, uint16_t src_port)
{
    /* Ports may move while the tunnel is set up, and are static then (RFC 2661, 8.1; RFC 3193, 4) */
    if (t->fsm.state == L2S_TUNNEL_WAIT_REPLY || t->fsm.state == L2S_TUNNEL_WAIT_CONN)
        t->peer_port = src_port;
    t->e->drop = L2TPSEC_DROP_NONE;
    uint32_t drop = l2s_l2tp_chan_recv(&t->chan, msg);
    return drop ? drop : t->e->drop;
}
