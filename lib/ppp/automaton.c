/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ppp/automaton.h"

#include "base/errors.h"
#include "base/hash.h"

#define RESTART_LEAST (400 * L2S_MS)
#define RESTART_MAX (700 * L2S_MS)      /* of the doubling; one that starts higher stays there */
#define OPTIONS_MAX 512u                /* bytes of one request or answer */
#define ANSWERED_MAX (OPTIONS_MAX - 4u) /* of a request that is judged: whatever the answer, there is room for it */
#define NAKS_MAX 10u                    /* that we follow without an Ack: who does not tire of them means a Reject */

/* Actions of a cell, in the order they are carried out. */
enum {
    TLD = 1 << 0,
    IRC = 1 << 1, /* initialise restart count */
    ZRC = 1 << 2,
    SCR = 1 << 3,
    SCA = 1 << 4,
    SCN = 1 << 5,
    STR = 1 << 6,
    STA = 1 << 7,
    SCJ = 1 << 8,
    SER = 1 << 9,
    TLU = 1 << 10,
    TLS = 1 << 11,
    TLF = 1 << 12,
    OK = 1 << 13, /* the cell exists */
};

static const char *const state_names[L2S_CP_STATES] = {"Initial",  "Starting", "Closed",   "Stopped",  "Closing",
                                                       "Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened"};
static const char *const event_names[L2S_CP_EVENTS] = {"Up",  "Down", "Open", "Close", "TO+", "TO-",  "RCR+", "RCR-",
                                                       "RCA", "RCN",  "RTR",  "RTA",   "RUC", "RXJ+", "RXJ-", "RXR"};

struct cell {
    uint16_t acts;
    uint8_t next;
};

#define TO(state, acts)                                                                                                \
    {                                                                                                                  \
        OK | (acts), (state)                                                                                           \
    }
#define NO                                                                                                             \
    {                                                                                                                  \
        0, 0                                                                                                           \
    }

/* RFC 1661, 4.1, line by line: states 0 to 9 across. Cells the RFC leaves empty cannot happen. */
static const struct cell table[L2S_CP_EVENTS][L2S_CP_STATES] = {
    [L2S_CP_UP] = {TO(2, 0), TO(6, IRC | SCR), NO, NO, NO, NO, NO, NO, NO, NO},
    [L2S_CP_DOWN] = {NO, NO, TO(0, 0), TO(1, TLS), TO(0, 0), TO(1, 0), TO(1, 0), TO(1, 0), TO(1, 0), TO(1, TLD)},
    [L2S_CP_OPEN] = {TO(1, TLS), TO(1, 0), TO(6, IRC | SCR), TO(3, 0), TO(5, 0), TO(5, 0), TO(6, 0), TO(7, 0), TO(8, 0),
                     TO(9, 0)},
    [L2S_CP_CLOSE] = {TO(0, 0), TO(0, TLF), TO(2, 0), TO(2, 0), TO(4, 0), TO(4, 0), TO(4, IRC | STR), TO(4, IRC | STR),
                      TO(4, IRC | STR), TO(4, TLD | IRC | STR)},
    [L2S_CP_TO_PLUS] = {NO, NO, NO, NO, TO(4, STR), TO(5, STR), TO(6, SCR), TO(6, SCR), TO(8, SCR), NO},
    [L2S_CP_TO_MINUS] = {NO, NO, NO, NO, TO(2, TLF), TO(3, TLF), TO(3, TLF), TO(3, TLF), TO(3, TLF), NO},
    [L2S_CP_RCR_PLUS] = {NO, NO, TO(2, STA), TO(8, IRC | SCR | SCA), TO(4, 0), TO(5, 0), TO(8, SCA), TO(9, SCA | TLU),
                         TO(8, SCA), TO(8, TLD | SCR | SCA)},
    [L2S_CP_RCR_MINUS] = {NO, NO, TO(2, STA), TO(6, IRC | SCR | SCN), TO(4, 0), TO(5, 0), TO(6, SCN), TO(7, SCN),
                          TO(6, SCN), TO(6, TLD | SCR | SCN)},
    [L2S_CP_RCA] = {NO, NO, TO(2, STA), TO(3, STA), TO(4, 0), TO(5, 0), TO(7, IRC), TO(6, SCR), TO(9, IRC | TLU),
                    TO(6, TLD | SCR)},
    [L2S_CP_RCN] = {NO, NO, TO(2, STA), TO(3, STA), TO(4, 0), TO(5, 0), TO(6, IRC | SCR), TO(6, SCR), TO(8, IRC | SCR),
                    TO(6, TLD | SCR)},
    [L2S_CP_RTR] = {NO, NO, TO(2, STA), TO(3, STA), TO(4, STA), TO(5, STA), TO(6, STA), TO(6, STA), TO(6, STA),
                    TO(5, TLD | ZRC | STA)},
    [L2S_CP_RTA] = {NO, NO, TO(2, 0), TO(3, 0), TO(2, TLF), TO(3, TLF), TO(6, 0), TO(6, 0), TO(8, 0), TO(6, TLD | SCR)},
    [L2S_CP_RUC] = {NO, NO, TO(2, SCJ), TO(3, SCJ), TO(4, SCJ), TO(5, SCJ), TO(6, SCJ), TO(7, SCJ), TO(8, SCJ),
                    TO(9, SCJ)},
    [L2S_CP_RXJ_PLUS] = {NO, NO, TO(2, 0), TO(3, 0), TO(4, 0), TO(5, 0), TO(6, 0), TO(6, 0), TO(8, 0), TO(9, 0)},
    [L2S_CP_RXJ_MINUS] = {NO, NO, TO(2, TLF), TO(3, TLF), TO(2, TLF), TO(3, TLF), TO(3, TLF), TO(3, TLF), TO(3, TLF),
                          TO(5, TLD | IRC | STR)},
    [L2S_CP_RXR] = {NO, NO, TO(2, 0), TO(3, 0), TO(4, 0), TO(5, 0), TO(6, 0), TO(7, 0), TO(8, 0), TO(9, SER)},
};

int l2s_cp_option_next(struct l2s_rd *r, struct l2s_cp_option *out)
{
    if (l2s_rd_done(r) && !r->bad)
        return 0;
    out->type = l2s_rd_u8(r);
    uint8_t len = l2s_rd_u8(r);
    if (r->bad || len < 2)
        return L2TPSEC_EPROTO;
    out->value = l2s_rd_sub(r, len - 2u);
    return r->bad ? L2TPSEC_EPROTO : 1;
}

void l2s_cp_option_put(struct l2s_wr *w, uint8_t type, const void *value, size_t n)
{
    l2s_wr_u8(w, type);
    l2s_wr_u8(w, (uint8_t)(n + 2));
    l2s_wr_bytes(w, value, n);
}

uint8_t l2s_cp_next_id(struct l2s_cp *c)
{
    return ++c->last_id;
}

void l2s_cp_send(struct l2s_cp *c, uint8_t code, uint8_t id, const void *data, size_t n)
{
    uint8_t out[L2S_PPP_FRAME_MAX];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    l2s_wr_u8(&w, code);
    l2s_wr_u8(&w, id);
    size_t at = l2s_wr_open(&w, 2);
    l2s_wr_bytes(&w, data, n);
    l2s_wr_close16_from(&w, at, 0);
    if (w.bad)
        return;
    l2s_trace_message(&c->terms->sys->trace, "ppp", c->terms->link, "send", c->ops->name, code);
    c->ops->emit(c->self, c->ops->protocol, out, w.len);
}

size_t l2s_cp_room(const struct l2s_cp *c, size_t n)
{
    return n < c->terms->peer_mru - 4u ? n : c->terms->peer_mru - 4u;
}

static void arm(struct l2s_cp *c, uint64_t after)
{
    l2s_timer_arm(&c->terms->sys->timers, &c->restart, c->terms->sys->now + after);
}

/* A repetition keeps its id (RFC 1661, 5.1): an answer to an earlier copy counts, and the peer sees what it is. So does one of a request
 * that was acknowledged already (Ack-Rcvd, TO+): a peer that is open by then would take a new one for a new negotiation. */
static void send_request(struct l2s_cp *c, bool again)
{
    uint8_t options[OPTIONS_MAX];
    struct l2s_wr w = l2s_wr_init(options, sizeof options);
    uint32_t round = c->terms->max_configure > c->counter ? c->terms->max_configure - c->counter : 0;
    uint64_t wait = c->terms->restart_us << (round < 4 ? round : 4);

    if (c->counter)
        c->counter--;
    c->ops->request(c->self, &w);
    if (!again)
        c->asked_id = l2s_cp_next_id(c);
    c->asked_ms = (uint32_t)(c->terms->sys->now / L2S_MS);
    c->id = c->asked_id;
    uint64_t most = c->terms->restart_us < RESTART_MAX ? RESTART_MAX : c->terms->restart_us;
    arm(c, wait < most ? wait : most);
    l2s_cp_send(c, L2S_CP_CONF_REQ, c->id, options, w.len);
}

static void begin(struct l2s_cp *c)
{
    c->naks = 0;
    c->ops->begin(c->self);
}

static void send_terminate(struct l2s_cp *c)
{
    if (c->counter)
        c->counter--;
    c->id = l2s_cp_next_id(c);
    arm(c, c->terms->restart_us);
    l2s_cp_send(c, L2S_CP_TERM_REQ, c->id, NULL, 0);
}

/* The packet an event came with; NULL for timeouts and the like. */
struct packet {
    uint8_t code, id;
    struct l2s_rd data;
    const uint8_t *whole;
    size_t whole_len;
    struct l2s_rd answer; /* of a Configure-Request: options of the Ack, Nak or Reject, which code says */
};

static void step(struct l2s_cp *c, enum l2s_cp_event ev, const struct packet *p)
{
    const struct cell *cell = &table[ev][c->state];
    uint8_t from = c->state;
    uint16_t a = cell->acts;

    if (!(a & OK))
        return;
    c->state = cell->next;
    l2s_trace_edge(&c->terms->sys->trace, "ppp", c->ops->name, c->terms->link, state_names[from], event_names[ev],
                   state_names[c->state], 0);
    if (a & IRC)
        c->counter = a & STR ? c->terms->max_terminate : c->terms->max_configure;
    if (a & ZRC) {
        c->counter = 0;
        arm(c, c->terms->restart_us);
    }
    if (c->state < L2S_CP_CLOSING || c->state == L2S_CP_OPENED)
        l2s_timer_cancel(&c->terms->sys->timers, &c->restart);
    if (a & TLD)
        c->ops->down(c->self);
    if (a & SCR) {
        if (ev != L2S_CP_RCR_PLUS && ev != L2S_CP_RCR_MINUS && (from <= L2S_CP_STOPPED || from == L2S_CP_OPENED))
            begin(c);
        send_request(c, ev == L2S_CP_TO_PLUS);
    }
    if (a & (SCA | SCN))
        l2s_cp_send(c, p->code, p->id, p->answer.p, p->answer.left);
    if (a & STR)
        send_terminate(c);
    if (a & STA)
        l2s_cp_send(c, L2S_CP_TERM_ACK, p->id, NULL, 0);
    if (a & SCJ)
        l2s_cp_send(c, L2S_CP_CODE_REJ, l2s_cp_next_id(c), p->whole, l2s_cp_room(c, p->whole_len));
    if ((a & SER) && c->ops->extra)
        (void)c->ops->extra(c->self, p->code, p->id, p->data);
    if (a & TLU) {
        c->failures = 0;
        c->ops->up(c->self);
    }
    if (a & TLF)
        c->ops->finished(c->self);
}

static void timeout(void *owner)
{
    struct l2s_cp *c = owner;

    if (c->counter) {
        step(c, L2S_CP_TO_PLUS, NULL);
        return;
    }
    c->timed_out = c->state >= L2S_CP_REQ_SENT;
    step(c, L2S_CP_TO_MINUS, NULL);
}

void l2s_cp_init(struct l2s_cp *c, const struct l2s_cp_ops *ops, void *self, struct l2s_cp_terms *terms)
{
    c->ops = ops;
    c->self = self;
    c->terms = terms;
    c->state = L2S_CP_INITIAL;
    l2s_timer_init(&c->restart, timeout, c);
}

void l2s_cp_fini(struct l2s_cp *c)
{
    l2s_timer_cancel(&c->terms->sys->timers, &c->restart);
}

void l2s_cp_event(struct l2s_cp *c, enum l2s_cp_event ev)
{
    step(c, ev, NULL);
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

/* What our answer to a Configure-Request is made of: all three are built side by side, the severest one is sent
 * (RFC 1661, 5.2 to 5.4: Reject before Nak before Ack). It borrows from the request or from the writers. */
static uint8_t judge(struct l2s_cp *c, struct packet *p, struct l2s_wr *reject, struct l2s_wr *nak)
{
    struct l2s_rd options = p->data;
    struct l2s_cp_option o;
    bool give_up = c->failures >= c->terms->max_failure; /* it does not converge: Reject what would be Nak'ed (4.6) */
    c->ops->forget_peer(c->self);
    while (l2s_cp_option_next(&options, &o) == 1) {
        size_t before = nak->len;
        enum l2s_cp_verdict v = c->ops->judge(c->self, &o, nak);
        if (v == L2S_CP_NAK && (give_up || nak->bad)) { /* or there is no room for it */
            nak->len = before;
            nak->bad = false;
            v = L2S_CP_REJECT;
        }
        if (v == L2S_CP_REJECT)
            l2s_cp_option_put(reject, o.type, o.value.p, o.value.left);
    }
    if (!reject->len && !nak->len && !give_up)
        c->ops->missing(c->self, nak);
    if (reject->len || nak->len) {
        const struct l2s_wr *from = reject->len ? reject : nak;
        p->answer = l2s_rd_init(from->p, from->len);
        if (!reject->len && (!c->failures || p->id != c->naked_id)) /* a repetition is no new disagreement */
            c->failures++;
        c->naked_id = p->id;
        return reject->len ? L2S_CP_CONF_REJ : L2S_CP_CONF_NAK;
    }
    p->answer = p->data;
    return L2S_CP_CONF_ACK;
}

/* Every option ends where the packet does: looked at first, as is its length, for what is dropped must change nothing. */
static bool well_formed(struct l2s_rd options)
{
    struct l2s_cp_option o;
    int rc;

    while ((rc = l2s_cp_option_next(&options, &o)) == 1)
        continue;
    return rc == 0;
}

/* Options that are known again. No secret is needed: who forges a mark only deceives itself, about what it asked for. */
static uint64_t mark(struct l2s_rd options)
{
    static const uint8_t key[16];

    return l2s_siphash(key, options.p, options.left);
}

/* In Opened, the very request we acknowledged: our Ack was lost, and the peer needs it, not a new negotiation. The RFC's
 * table would take the layer down, which on a lossy line never ends. */
static bool ack_was_lost(const struct l2s_cp *c, const struct packet *p)
{
    return c->state == L2S_CP_OPENED && c->acked && p->id == c->acked_id && mark(p->data) == c->acked_mark;
}

static uint32_t recv_request(struct l2s_cp *c, struct packet *p)
{
    uint8_t rejected[OPTIONS_MAX], naked[OPTIONS_MAX];
    struct l2s_wr reject = l2s_wr_init(rejected, sizeof rejected), nak = l2s_wr_init(naked, sizeof naked);

    if (!well_formed(p->data) || p->data.left > ANSWERED_MAX)
        return L2TPSEC_DROP_MALFORMED;
    if (ack_was_lost(c, p)) {
        l2s_cp_send(c, L2S_CP_CONF_ACK, p->id, p->data.p, p->data.left);
        return L2TPSEC_DROP_DUPLICATE;
    }
    /* A request in Opened or before ours was sent starts anew, and what was agreed is forgotten before it is judged. */
    if (c->state == L2S_CP_OPENED || c->state == L2S_CP_STOPPED)
        begin(c);
    uint8_t code = judge(c, p, &reject, &nak);
    p->code = code;
    c->acked = code == L2S_CP_CONF_ACK;
    c->acked_id = p->id;
    c->acked_mark = mark(p->data);
    step(c, code == L2S_CP_CONF_ACK ? L2S_CP_RCR_PLUS : L2S_CP_RCR_MINUS, p);
    return L2TPSEC_DROP_NONE;
}

/* A line is not known when PPP begins, and what was measured of it before may hold what was lost. Counted from the last copy of our
 * request: the answer may be one to an earlier copy, so this may be less than a round trip, and then a request goes out once or twice more
 * than it need; counted from the first copy, each loss would make all that follow wait longer. */
static void hasten(struct l2s_cp *c)
{
    uint64_t took = (uint32_t)(c->terms->sys->now / L2S_MS - c->asked_ms) * L2S_MS;
    uint64_t wait = took + took / 2 + 100 * L2S_MS;

    if (wait < RESTART_LEAST)
        wait = RESTART_LEAST;
    if (wait < c->terms->restart_us)
        c->terms->restart_us = wait;
}

/* Only answers to the last request count (5.2 to 5.4), and an Ack must repeat it. */
static uint32_t recv_answer(struct l2s_cp *c, const struct packet *p)
{
    struct l2s_rd r = p->data;
    struct l2s_cp_option o;
    uint8_t asked[OPTIONS_MAX];
    struct l2s_wr w = l2s_wr_init(asked, sizeof asked);

    if (p->id != c->id || (c->state != L2S_CP_REQ_SENT && c->state != L2S_CP_ACK_SENT && c->state != L2S_CP_ACK_RCVD &&
                           c->state != L2S_CP_OPENED))
        return L2TPSEC_DROP_UNEXPECTED;
    hasten(c);
    if (p->code == L2S_CP_CONF_ACK) {
        c->ops->request(c->self, &w);
        if (!l2s_rd_equals(&r, asked, w.len))
            return L2TPSEC_DROP_MALFORMED;
        c->id = l2s_cp_next_id(c); /* one answer counts: a second copy of it is no new event */
        step(c, L2S_CP_RCA, p);
        return L2TPSEC_DROP_NONE;
    }
    if (!well_formed(r))
        return L2TPSEC_DROP_MALFORMED;
    bool follow = p->code == L2S_CP_CONF_NAK && c->naks < NAKS_MAX;
    if (follow)
        c->naks++;
    while (l2s_cp_option_next(&r, &o) == 1) {
        if (follow)
            c->ops->nak(c->self, &o);
        else
            c->ops->reject(c->self, o.type);
    }
    c->id = l2s_cp_next_id(c);
    step(c, L2S_CP_RCN, p);
    return L2TPSEC_DROP_NONE;
}

static uint32_t dispatch(struct l2s_cp *c, struct packet *p)
{
    struct l2s_rd r = p->data;

    switch (p->code) {
    case L2S_CP_CONF_REQ:
        return recv_request(c, p);
    case L2S_CP_CONF_ACK:
    case L2S_CP_CONF_NAK:
    case L2S_CP_CONF_REJ:
        return recv_answer(c, p);
    case L2S_CP_TERM_REQ:
        step(c, L2S_CP_RTR, p);
        if (c->ops->said_goodbye)
            c->ops->said_goodbye(c->self, p->data);
        return L2TPSEC_DROP_NONE;
    case L2S_CP_TERM_ACK:
        step(c, L2S_CP_RTA, p);
        return L2TPSEC_DROP_NONE;
    case L2S_CP_CODE_REJ: /* of a code no implementation can do without: the end (5.6) */
        step(c, l2s_rd_u8(&r) <= L2S_CP_CODE_REJ && !r.bad ? L2S_CP_RXJ_MINUS : L2S_CP_RXJ_PLUS, p);
        return L2TPSEC_DROP_NONE;
    case L2S_CP_ECHO_REQ: /* LCP's alone (5.8); to CCP, which has codes of its own, too, it is unknown */
        if (c->ops->protocol == L2S_PPP_PROTO_LCP) {
            step(c, L2S_CP_RXR, p);
            return L2TPSEC_DROP_NONE;
        }
        break;
    default:
        if (c->ops->extra && c->ops->extra(c->self, p->code, p->id, p->data))
            return L2TPSEC_DROP_NONE;
        break;
    }
    step(c, L2S_CP_RUC, p);
    return L2TPSEC_DROP_UNKNOWN_PROTOCOL;
}

uint32_t l2s_cp_input(struct l2s_cp *c, struct l2s_rd packet)
{
    struct packet p = {.whole = packet.p, .whole_len = packet.left};

    p.code = l2s_rd_u8(&packet);
    p.id = l2s_rd_u8(&packet);
    uint16_t len = l2s_rd_u16(&packet);
    if (packet.bad)
        return L2TPSEC_DROP_SHORT;
    if (len < 4 || len - 4u > packet.left)
        return L2TPSEC_DROP_MALFORMED;
    p.data = l2s_rd_sub(&packet, len - 4u);
    p.whole_len = len;
    if (c->state <= L2S_CP_STARTING)
        return L2TPSEC_DROP_PHASE;
    l2s_trace_message(&c->terms->sys->trace, "ppp", c->terms->link, "recv", c->ops->name, p.code);
    return dispatch(c, &p);
}
