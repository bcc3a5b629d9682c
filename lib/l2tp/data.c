/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/data.h"

#include "l2tp/order.h"

#define PATIENCE (L2S_SECOND / 20) /* with a frame that others have overtaken */

/* ---- ours ------------------------------------------------------------------------------------------------------ */

bool l2s_l2tp_data_header(const struct l2s_l2tp *e, uint64_t session, struct l2s_l2tp_data_header *out)
{
    const struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);
    struct l2s_wr w = l2s_wr_init(out->bytes, sizeof out->bytes);

    if (!c || !l2s_l2tp_call_up(c))
        return false;
    l2s_l2tp_header_put_data(&w, c->tunnel->chan.peer_tunnel, c->peer_id, c->data.numbered);
    out->len = (uint8_t)w.len;
    out->room = L2S_L2TP_DATA_HEADER + (c->data.ever ? L2S_L2TP_NUMBERS : 0);
    out->length_at = 2;
    out->ns_at = c->data.numbered ? L2S_L2TP_DATA_HEADER : 0;
    out->peer_port = c->tunnel->peer_port;
    return true;
}

static void number(struct l2s_l2tp_call *c, bool on)
{
    c->data.numbered = on;
    c->data.ever |= on;
}

void l2s_l2tp_data_demanded(struct l2s_l2tp_call *c)
{
    c->data.must = true;
    number(c, true);
}

/* The LNS decides for both by what it sends, as long as the LAC has not demanded numbers (5.4). */
static void follow(struct l2s_l2tp_call *c, bool numbered)
{
    const struct l2s_l2tp_port *port = c->e->port;

    if (c->lns || c->data.must || c->data.numbered == numbered)
        return;
    number(c, numbered);
    port->reheaded(port->self, c->owner);
}

/* ---- the peer's ------------------------------------------------------------------------------------------------ */

/* The first frame may overtake the message that connects the call, or that is lost: and then the peer repeats the frame after seconds. */
static bool keep_early(struct l2s_l2tp_call *c, const struct l2s_l2tp_header *h)
{
    if (!l2s_l2tp_call_connecting(c) || h->numbered || c->data.early || h->body.left > L2S_L2TP_FRAME_MAX)
        return false;
    c->data.early = l2s_mem_dup(&c->e->sys->mem, h->body.p, h->body.left);
    c->data.early_len = (uint16_t)h->body.left;
    return c->data.early != NULL;
}

static size_t take_early(struct l2s_l2tp_call *c, uint8_t out[L2S_L2TP_FRAME_MAX])
{
    size_t n = c->data.early_len;

    memcpy(out, c->data.early, n);
    l2s_mem_free(&c->e->sys->mem, c->data.early);
    c->data.early = NULL;
    return n;
}

void l2s_l2tp_data_begin(struct l2s_l2tp_call *c)
{
    if (c->data.early && l2s_l2tp_call_up(c)) /* not from within its owner's making */
        l2s_timer_arm(&c->e->sys->timers, &c->data.patience, c->e->sys->now);
}

static void be_patient(struct l2s_l2tp_call *c)
{
    struct l2s_timers *timers = &c->e->sys->timers;

    if (!c->data.order || c->data.early)
        return;
    if (!c->data.order->held)
        l2s_timer_cancel(timers, &c->data.patience);
    else if (!l2s_timer_armed(&c->data.patience))
        l2s_timer_arm(timers, &c->data.patience, c->e->sys->now + PATIENCE);
}

static void overdue(void *self)
{
    struct l2s_l2tp_call *c = self;
    const struct l2s_l2tp_port *port = c->e->port;

    if (c->data.order)
        l2s_l2tp_order_give_up(c->data.order);
    port->overdue(port->self, c->owner, c->handle);
}

void l2s_l2tp_data_init(struct l2s_l2tp_call *c)
{
    l2s_timer_init(&c->data.patience, overdue, c);
}

void l2s_l2tp_data_fini(struct l2s_l2tp_call *c)
{
    l2s_timer_cancel(&c->e->sys->timers, &c->data.patience);
    l2s_mem_free(&c->e->sys->mem, c->data.early);
    c->data.early = NULL;
    l2s_l2tp_order_free(&c->e->sys->mem, c->data.order);
    c->data.order = NULL;
}

/* One probe; only a D-Link's tunnel id 0 costs a second look. */
static struct l2s_l2tp_call *find_session(struct l2s_l2tp *e, uint64_t channel, const struct l2s_l2tp_header *h)
{
    if (h->tunnel)
        return l2s_l2tp_call_find(e, channel, h->tunnel, h->session);

    struct l2s_l2tp_path *p = l2s_l2tp_path_find(e, channel);
    struct l2s_l2tp_tunnel *t = p ? l2s_l2tp_path_only(p) : NULL;
    return t ? l2s_l2tp_call_find(e, channel, t->id, h->session) : NULL;
}

static enum l2s_l2tp_kind drop(struct l2s_l2tp_rx *out, uint32_t reason)
{
    out->reason = reason;
    return L2S_L2TP_DROP;
}

/* Made for the first that is numbered; without memory for it they pass as they come. */
static enum l2s_l2tp_turn turn_of(struct l2s_l2tp_call *c, const struct l2s_l2tp_header *h)
{
    if (!c->data.order)
        c->data.order = l2s_l2tp_order_new(&c->e->sys->mem);
    if (!c->data.order)
        return L2S_L2TP_NOW;
    enum l2s_l2tp_turn turn = l2s_l2tp_order_take(c->data.order, h->ns, h->body);
    be_patient(c);
    return turn;
}

enum l2s_l2tp_kind l2s_l2tp_data_recv(struct l2s_l2tp *e, uint64_t channel, const struct l2s_l2tp_header *h,
                                      struct l2s_l2tp_rx *out)
{
    struct l2s_l2tp_call *c = find_session(e, channel, h);

    if (!c)
        return drop(out, L2TPSEC_DROP_UNKNOWN_SESSION);
    if (l2s_rd_done(&h->body))
        return drop(out, L2TPSEC_DROP_SHORT);
    if (!l2s_l2tp_call_up(c))
        return keep_early(c, h) ? L2S_L2TP_HELD : drop(out, L2TPSEC_DROP_NOT_UP);
    c->tunnel->chan.heard = e->sys->now;
    c->tunnel->chan.traffic = true;
    follow(c, h->numbered);
    out->owner = c->owner;
    out->session = c->handle;
    out->frame = h->body;
    out->plain = !h->numbered && !c->data.order;
    if (!h->numbered)
        return L2S_L2TP_DATA;
    switch (turn_of(c, h)) {
    case L2S_L2TP_LATE:
        return drop(out, L2TPSEC_DROP_LATE);
    case L2S_L2TP_WAIT:
        return L2S_L2TP_HELD;
    case L2S_L2TP_AFTER:
        out->pull = L2S_L2TP_PULL_BEFORE;
        break;
    case L2S_L2TP_NOW:
        out->pull = L2S_L2TP_PULL_BEHIND;
        break;
    }
    return L2S_L2TP_DATA;
}

bool l2s_l2tp_pull(struct l2s_l2tp *e, uint64_t session, uint8_t out[L2S_L2TP_FRAME_MAX], struct l2s_l2tp_rx *rx)
{
    struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);
    size_t n = 0;

    if (c && c->data.early && l2s_l2tp_call_up(c))
        n = take_early(c, out);
    else if (c && c->data.order)
        n = l2s_l2tp_order_pull(c->data.order, out);
    if (!n)
        return false;
    be_patient(c);
    memset(rx, 0, sizeof *rx);
    rx->owner = c->owner;
    rx->session = session;
    rx->frame = l2s_rd_init(out, n);
    return true;
}
