/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/channel.h"

#include "base/serial.h"

#define RETRY_CAP (8 * L2S_SECOND) /* no less is allowed (5.8) */
#define ACK_WAIT L2S_SECOND        /* for the peer's (5.8): Windows takes half of it */
#define ACK_DELAY (5 * L2S_MS)     /* long enough for a burst to get one ZLB, short enough for lock-step peers */

/* A message of ours until it is acknowledged, or one of the peer's that came early. */
struct item {
    struct l2s_node node;
    uint16_t ns, nr, session;
    uint8_t answer; /* queued: enum l2s_l2tp_answer */
    size_t n;
    uint8_t bytes[]; /* queued: the whole datagram; held: the AVPs */
};

static struct item *item_new(struct l2s_l2tp_chan *c, size_t n)
{
    struct item *it = l2s_mem_new(&c->sys->mem, sizeof *it + n);

    if (it)
        it->n = n;
    return it;
}

static void item_free(struct l2s_l2tp_chan *c, struct item *it)
{
    l2s_list_remove(&it->node);
    l2s_mem_free(&c->sys->mem, it);
}

static void drain(struct l2s_l2tp_chan *c, struct l2s_node *list)
{
    while (!l2s_list_empty(list))
        item_free(c, L2S_LIST_ENTRY(list->next, struct item, node));
}

void l2s_l2tp_chan_init(struct l2s_l2tp_chan *c, struct l2s_sys *sys, const struct l2s_l2tp_chan_ops *ops, void *self,
                        void (*retransmit)(void *self), void (*ack)(void *self))
{
    memset(c, 0, sizeof *c);
    c->sys = sys;
    c->ops = ops;
    c->self = self;
    l2s_list_init(&c->queue);
    l2s_list_init(&c->held);
    l2s_timer_init(&c->retransmit, retransmit, self);
    l2s_timer_init(&c->ack, ack, self);
    c->retry_first = c->retry = L2S_SECOND;
    c->retry_cap = RETRY_CAP;
    c->retries = 9;
    c->window = 8;
    c->cwnd = 1;
    c->peer_window = c->ssthresh = L2S_L2TP_WINDOW_ASSUMED;
}

void l2s_l2tp_chan_peer_window(struct l2s_l2tp_chan *c, uint16_t window)
{
    c->peer_window = c->ssthresh = window ? window : 1; /* 0 is invalid (4.4.3), and is seen */
}

/* ---- acknowledging --------------------------------------------------------------------------------------------- */

static void acknowledged(struct l2s_l2tp_chan *c)
{
    c->ack_due = false;
    l2s_timer_cancel(&c->sys->timers, &c->ack);
}

static void owe_ack(struct l2s_l2tp_chan *c)
{
    c->ack_due = true;
    if (!l2s_timer_armed(&c->ack))
        l2s_timer_arm(&c->sys->timers, &c->ack, c->sys->now + ACK_DELAY);
}

void l2s_l2tp_chan_acknowledge(struct l2s_l2tp_chan *c)
{
    uint8_t zlb[L2S_L2TP_CONTROL_HEADER];
    struct l2s_wr w = l2s_wr_init(zlb, sizeof zlb);

    if (!c->ack_due || c->gone)
        return;
    acknowledged(c);
    l2s_l2tp_header_open(&w, c->peer_tunnel, 0, c->sent, c->nr);
    l2s_l2tp_header_close(&w);
    c->ops->emit(c->self, zlb, w.len);
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static void transmit(struct l2s_l2tp_chan *c, struct item *it)
{
    l2s_put16(it->bytes + L2S_L2TP_NR_AT, c->nr);
    acknowledged(c);
    c->ops->emit(c->self, it->bytes, it->n);
}

static bool outstanding(const struct l2s_l2tp_chan *c)
{
    return c->una != c->next;
}

/* Something that was sent is answered at once, if it arrived: by a message, or by traffic that has not begun. */
static bool prompt(const struct l2s_l2tp_chan *c)
{
    L2S_LIST_EACH (&c->queue, n, after) {
        const struct item *it = L2S_LIST_ENTRY(n, struct item, node);
        if (!l2s_serial16_lt(it->ns, c->sent))
            break;
        if (it->answer == L2S_L2TP_BY_MESSAGE || (it->answer == L2S_L2TP_BY_DATA && !c->traffic))
            return true;
    }
    return false;
}

/* A mere acknowledgement takes its time, so for that no less than what 5.8 recommends is waited. */
static uint64_t patience(const struct l2s_l2tp_chan *c)
{
    return c->retry < ACK_WAIT && !prompt(c) ? ACK_WAIT : c->retry;
}

static void set_timer(struct l2s_l2tp_chan *c)
{
    if (outstanding(c))
        l2s_timer_arm(&c->sys->timers, &c->retransmit, c->sys->now + patience(c));
    else
        l2s_timer_cancel(&c->sys->timers, &c->retransmit);
}

/* Whatever lies between next and the window's edge. */
static void push(struct l2s_l2tp_chan *c)
{
    uint16_t limit = c->cwnd < c->peer_window ? c->cwnd : c->peer_window;

    L2S_LIST_EACH (&c->queue, n, after) {
        struct item *it = L2S_LIST_ENTRY(n, struct item, node);
        if (l2s_serial16_lt(it->ns, c->next))
            continue;
        if ((uint16_t)(it->ns - c->una) >= limit)
            break;
        if (!outstanding(c)) {
            c->since = c->sys->now;
            c->timed = true;
            c->traffic = false;
        }
        c->next = (uint16_t)(it->ns + 1);
        if (l2s_serial16_lt(c->sent, c->next))
            c->sent = c->next;
        transmit(c, it);
        if (!l2s_timer_armed(&c->retransmit) || c->retransmit.due > c->sys->now + patience(c))
            set_timer(c);
    }
}

/* The header's Nr is filled in by transmit. */
static size_t build(const struct l2s_l2tp_chan *c, uint8_t *out, size_t cap, uint16_t session, const uint8_t *avps,
                    size_t n)
{
    struct l2s_wr w = l2s_wr_init(out, cap);

    l2s_l2tp_header_open(&w, c->peer_tunnel, session, c->ns, c->nr);
    l2s_wr_bytes(&w, avps, n);
    l2s_l2tp_header_close(&w);
    return w.bad ? 0 : w.len;
}

int l2s_l2tp_chan_send(struct l2s_l2tp_chan *c, uint16_t session, const uint8_t *avps, size_t n,
                       enum l2s_l2tp_answer answer, uint16_t *ns)
{
    if (c->closed || c->queued >= L2S_L2TP_QUEUE_MAX || n > L2S_L2TP_MESSAGE_MAX)
        return L2TPSEC_ERANGE;
    struct item *it = item_new(c, L2S_L2TP_CONTROL_HEADER + n);
    if (!it)
        return L2TPSEC_ENOMEM;
    (void)build(c, it->bytes, it->n, session, avps, n);
    it->ns = c->ns;
    it->answer = (uint8_t)answer;
    if (ns)
        *ns = c->ns;
    c->ns++;
    c->queued++;
    l2s_list_add_tail(&c->queue, &it->node);
    push(c);
    return L2TPSEC_OK;
}

void l2s_l2tp_chan_send_once(struct l2s_l2tp_chan *c, const uint8_t *avps, size_t n)
{
    uint8_t out[L2S_L2TP_MESSAGE_MAX];
    size_t len = build(c, out, sizeof out, 0, avps, n);

    if (len)
        c->ops->emit(c->self, out, len);
}

void l2s_l2tp_chan_hurry(struct l2s_l2tp_chan *c)
{
    c->cwnd = c->ssthresh = c->peer_window;
    c->retry = c->retry_first;
    c->tries = 0;
    push(c);
    set_timer(c);
}

/* Slow start up to ssthresh, then one more for each window acknowledged (appendix A). */
static void grow(struct l2s_l2tp_chan *c)
{
    if (c->cwnd >= c->peer_window)
        return;
    if (c->cwnd < c->ssthresh) {
        c->cwnd++;
    } else if (++c->grown >= c->cwnd) {
        c->grown = 0;
        c->cwnd++;
    }
}

/* The oldest message was acknowledged: since its first transmission no less than a round trip has passed. Of those sent
 * behind it nobody noted the time. */
static void measure(struct l2s_l2tp_chan *c)
{
    uint64_t took = c->sys->now - c->since;

    if (c->timed && (!c->round_trip || took < c->round_trip))
        c->round_trip = took ? took : 1;
    c->timed = false;
}

static void take_nr(struct l2s_l2tp_chan *c, uint16_t nr)
{
    if (!l2s_serial16_lt(c->una, nr) || !l2s_serial16_le(nr, c->sent))
        return; /* nothing new, or something that was never sent */
    while (!l2s_list_empty(&c->queue)) {
        struct item *it = L2S_LIST_ENTRY(c->queue.next, struct item, node);
        if (!l2s_serial16_lt(it->ns, nr))
            break;
        item_free(c, it);
        c->queued--;
    }
    c->una = nr;
    if (l2s_serial16_lt(c->next, nr))
        c->next = nr;
    measure(c);
    c->tries = 0;
    c->retry = c->retry_first;
    c->since = c->sys->now;
    c->traffic = false;
    grow(c);
    set_timer(c);
    c->ops->acked(c->self);
}

void l2s_l2tp_chan_retransmit(struct l2s_l2tp_chan *c)
{
    if (c->closed || !outstanding(c))
        return;
    if (!c->tries && c->sys->now < c->since + patience(c)) { /* traffic has begun meanwhile */
        l2s_timer_arm(&c->sys->timers, &c->retransmit, c->since + patience(c));
        return;
    }
    if (c->tries >= c->retries) {
        if (!c->patient || c->heard <= c->since) {
            l2s_l2tp_chan_close(c);
            c->ops->dead(c->self);
            return;
        }
        c->tries = 0;
        c->since = c->sys->now;
    }
    c->tries++;
    c->retry = c->retry * 5 / 4 < c->retry_cap ? c->retry * 5 / 4 : c->retry_cap;
    c->ssthresh = c->cwnd > 1 ? c->cwnd / 2 : 1;
    c->cwnd = 1;
    c->grown = 0;
    uint64_t since = c->since;
    bool timed = c->timed, traffic = c->traffic;
    c->next = c->una;
    push(c);
    c->since = since;
    c->timed = timed;
    c->traffic = traffic;
}

/* ---- receiving ------------------------------------------------------------------------------------------------- */

/* Keep an early message, at its place; without memory the peer sends it again. */
static uint32_t hold(struct l2s_l2tp_chan *c, const struct l2s_l2tp_header *msg)
{
    struct l2s_node *at = c->held.next;

    while (at != &c->held && l2s_serial16_lt(L2S_LIST_ENTRY(at, struct item, node)->ns, msg->ns))
        at = at->next;
    if (at != &c->held && L2S_LIST_ENTRY(at, struct item, node)->ns == msg->ns)
        return L2TPSEC_DROP_DUPLICATE;
    if (msg->body.left > L2S_L2TP_HOLD_BYTES)
        return L2TPSEC_DROP_TOO_BIG;
    struct item *it = item_new(c, msg->body.left);
    if (!it)
        return L2TPSEC_DROP_NO_MEMORY;
    it->ns = msg->ns;
    it->nr = msg->nr;
    it->session = msg->session;
    memcpy(it->bytes, msg->body.p, it->n);
    l2s_list_add_tail(at, &it->node); /* in front of at */
    return L2TPSEC_DROP_NONE;
}

static void count(struct l2s_l2tp_chan *c)
{
    c->nr++;
    owe_ack(c);
}

static void deliver(struct l2s_l2tp_chan *c, const struct l2s_l2tp_header *msg)
{
    if (!c->closed)
        c->ops->deliver(c->self, msg);
}

static void deliver_held(struct l2s_l2tp_chan *c)
{
    while (!c->gone && !l2s_list_empty(&c->held)) {
        struct item *it = L2S_LIST_ENTRY(c->held.next, struct item, node);
        if (it->ns != c->nr)
            break;
        struct l2s_l2tp_header msg = {
            .control = true, .session = it->session, .ns = it->ns, .nr = it->nr, .body = l2s_rd_init(it->bytes, it->n)};
        l2s_list_remove(&it->node); /* ours while it is delivered, whatever becomes of the channel */
        count(c);
        deliver(c, &msg);
        l2s_mem_free(&c->sys->mem, it);
    }
}

void l2s_l2tp_chan_begin(struct l2s_l2tp_chan *c, uint16_t ns)
{
    c->nr = (uint16_t)(ns + 1);
    l2s_l2tp_chan_repeated(c);
}

void l2s_l2tp_chan_repeated(struct l2s_l2tp_chan *c)
{
    c->heard = c->sys->now;
    owe_ack(c);
}

uint32_t l2s_l2tp_chan_recv(struct l2s_l2tp_chan *c, const struct l2s_l2tp_header *msg)
{
    uint16_t ahead = (uint16_t)(msg->ns - c->nr);

    c->heard = c->sys->now;
    if (l2s_rd_done(&msg->body)) { /* a ZLB: takes no number, gets no answer */
        take_nr(c, msg->nr);
        if (!c->gone)
            push(c);
        return L2TPSEC_DROP_NONE;
    }
    if (l2s_serial16_le(msg->ns, (uint16_t)(c->nr - 1))) { /* had it (5.8); our acknowledgement may have been lost */
        owe_ack(c);
        take_nr(c, msg->nr); /* up to date even in a repetition (5.8) */
        if (!c->gone)
            push(c);
        return L2TPSEC_DROP_DUPLICATE;
    }
    if (ahead >= c->window)
        return L2TPSEC_DROP_UNEXPECTED;
    if (!ahead)
        count(c); /* first: its Nr may be the last word to us, and then only what is owed by now is still paid */
    take_nr(c, msg->nr);
    if (c->gone)
        return L2TPSEC_DROP_NONE;
    if (ahead)
        return c->closed ? L2TPSEC_DROP_UNEXPECTED : hold(c, msg);
    deliver(c, msg);
    deliver_held(c);
    if (!c->gone)
        push(c);
    return L2TPSEC_DROP_NONE;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

void l2s_l2tp_chan_close(struct l2s_l2tp_chan *c)
{
    c->closed = true;
    drain(c, &c->queue);
    drain(c, &c->held);
    c->queued = 0;
    c->next = c->una;
    l2s_timer_cancel(&c->sys->timers, &c->retransmit);
}

void l2s_l2tp_chan_fini(struct l2s_l2tp_chan *c)
{
    l2s_l2tp_chan_close(c);
    acknowledged(c);
    c->gone = true;
}

bool l2s_l2tp_chan_has_acked(const struct l2s_l2tp_chan *c, uint16_t ns)
{
    return l2s_serial16_lt(ns, c->una);
}
