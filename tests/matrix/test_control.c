/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The control protocols of a real link (LCP, IPCP, IPV6CP, CCP), either role: every packet in every state of RFC 1661, 4.1, as it
 * comes from the wire. (tests/unit/ppp/test_automaton.c has the automaton's own table, timeouts included.)
 *
 * Where the wire and the table differ: an answer counts once. The id of an answered request is no longer outstanding, so a second
 * Ack, Nak or Reject is invalid and discarded (5.2: "MUST match that of the last transmitted"), where the table has "crossed"; and
 * states in which no request is outstanding see no answers. */
#include "matrix/matrix.h"
#include "unit/ppp/desk.h"

#include "ppp/link.h"

#include <stdio.h>
#include <string.h>

static const char *const states[] = {"Initial",  "Starting", "Closed",   "Stopped",  "Closing",
                                     "Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened"};

/* ---- columns ------------------------------------------------------------------------------------------------------ */

enum column {
    GOOD,    /* a request that is acceptable */
    AGAIN,   /* the very request that was acknowledged, if one was */
    BAD,     /* one with an option nobody knows */
    ACKED,   /* to our last request */
    STRANGE, /* an Ack of another id */
    NAKED,
    REJECTED,
    RTR,
    RTA,
    RXJ_BAD,  /* Code-Reject of Configure-Request */
    RXJ_GOOD, /* of Identification */
    BASE,     /* from here on it is the protocol's */
    PROTREJ = BASE,
    ECHOREQ,
    ECHOREP,
    DISCARD,
    IDENT,
    TIME,
    RESETREQ,
    RESETACK,
    NOCODE,
    UNKNOWN,
    TRUNCATED,
    COLUMNS
};

static const struct {
    const char *name;
    uint8_t code;
} columns[COLUMNS] = {
    [GOOD] = {"Configure-Request", 1},
    [AGAIN] = {"the same Configure-Request again", 1},
    [BAD] = {"unacceptable Configure-Request", 1},
    [ACKED] = {"Configure-Ack", 2},
    [STRANGE] = {"Configure-Ack of another id", 2},
    [NAKED] = {"Configure-Nak", 3},
    [REJECTED] = {"Configure-Reject", 4},
    [RTR] = {"Terminate-Request", 5},
    [RTA] = {"Terminate-Ack", 6},
    [RXJ_BAD] = {"Code-Reject of what is needed", 7},
    [RXJ_GOOD] = {"Code-Reject of what is not", 7},
    [PROTREJ] = {"Protocol-Reject", 8},
    [ECHOREQ] = {"Echo-Request", 9},
    [ECHOREP] = {"Echo-Reply", 10},
    [DISCARD] = {"Discard-Request", 11},
    [IDENT] = {"Identification", 12},
    [TIME] = {"Time-Remaining", 13},
    [RESETREQ] = {"Reset-Request", 14},
    [RESETACK] = {"Reset-Ack", 15},
    [NOCODE] = {"code 0", 0},
    [UNKNOWN] = {"code 77", 77},
    [TRUNCATED] = {"a truncated packet", 1},
};

/* RFC 1661, 4.1: what a code is does not depend on the protocol, up to Code-Reject. */
static const char *const rfc[L2S_CP_STATES][BASE] = {
    /* The lower layer is not there: nothing can come. */
    [L2S_CP_INITIAL] = {"!phase", "!phase", "!phase", "!phase", "!phase", "!phase", "!phase", "!phase", "!phase",
                        "!phase", "!phase"},
    [L2S_CP_STARTING] = {"!phase", "!phase", "!phase", "!phase", "!phase", "!phase", "!phase", "!phase", "!phase",
                         "!phase", "!phase"},
    /* sta for everything that wants an answer */
    [L2S_CP_CLOSED] = {"TermAck", "TermAck", "TermAck", "!unexpected", "!unexpected", "!unexpected", "!unexpected",
                       "TermAck", "-", "-", "-"},
    /* a request begins anew: irc,scr,sca/8 and irc,scr,scn/6 */
    [L2S_CP_STOPPED] = {"Req Ack > Ack-Sent", "Req Ack > Ack-Sent", "Req Rej > Req-Sent", "!unexpected", "!unexpected",
                        "!unexpected", "!unexpected", "TermAck", "-", "-", "-"},
    [L2S_CP_CLOSING] = {"-", "-", "-", "!unexpected", "!unexpected", "!unexpected", "!unexpected", "TermAck",
                        "> Closed", "> Closed", "-"},
    [L2S_CP_STOPPING] = {"-", "-", "-", "!unexpected", "!unexpected", "!unexpected", "!unexpected", "TermAck",
                         "> Stopped", "> Stopped", "-"},
    [L2S_CP_REQ_SENT] = {"Ack > Ack-Sent", "Ack > Ack-Sent", "Rej", "> Ack-Rcvd", "!unexpected", "Req", "Req",
                         "TermAck", "-", "> Stopped", "-"},
    [L2S_CP_ACK_RCVD] = {"Ack > Opened", "Ack > Opened", "Rej", "!unexpected", "!unexpected", "!unexpected",
                         "!unexpected", "TermAck > Req-Sent", "> Req-Sent", "> Stopped", "> Req-Sent"},
    [L2S_CP_ACK_SENT] = {"Ack", "Ack", "Rej > Req-Sent", "> Opened", "!unexpected", "Req", "Req", "TermAck > Req-Sent",
                         "-", "> Stopped", "-"},
    /* A new request takes it down. The same one means that our Ack was lost: it gets that again, and nothing else. */
    [L2S_CP_OPENED] = {"Req Ack > Ack-Sent", "Ack !duplicate", "Req Rej > Req-Sent", "!unexpected", "!unexpected",
                       "!unexpected", "!unexpected", "TermAck > Stopping", "Req > Req-Sent", "TermReq > Stopping", "-"},
};

/* ---- protocols ------------------------------------------------------------------------------------------------------ */

struct protocol {
    const char *name;
    uint16_t number;
    bool server;
    const char *good, *bad, *nak, *reject; /* options */
};

static const struct protocol protocols[] = {
    {"LCP, client", LCP, false, "0304c023", "0d0306", "01040500", "01040578"},
    {"LCP, server", LCP, true, "01040500", "0d0306", "01040500", "01040578"},
    {"IPCP, client", IPCP, false, "03060a000001", "0206002d0f01", "03060a000007", "810600000000"},
    {"IPCP, server", IPCP, true, "03060a000002", "0206002d0f01", "03060a000009", "810600000000"},
    {"IPV6CP, client", IPV6CP, false, "010a1122334455667788", "0204004f", "010a0102030405060708", "0204004f"},
    {"IPV6CP, server", IPV6CP, true, "010a1122334455667788", "0204004f", "010a0102030405060708", "0204004f"},
    {"CCP, client", CCP, false, "120601000040", "120600000001", "120601000020", "110400ff"},
    {"CCP, server", CCP, true, "120601000040", "120600000001", "120601000020", "110400ff"},
};

static struct l2s_cp *automaton(const struct desk *d, uint16_t number)
{
    switch (number) {
    case LCP:
        return &d->ppp->lcp.cp;
    case IPCP:
        return &d->ppp->ipcp.cp;
    case IPV6CP:
        return d->ppp->ipv6cp ? &d->ppp->ipv6cp->cp : NULL;
    default:
        return d->ppp->ccp ? &d->ppp->ccp->cp : NULL;
    }
}

static enum l2s_cp_state now(const struct desk *d, uint16_t number)
{
    const struct l2s_cp *cp = automaton(d, number);

    return cp ? (enum l2s_cp_state)cp->state : L2S_CP_INITIAL;
}

/* Does a link get packets of this protocol to an automaton in this state? LCP's end is the link's; IPCP's takes the link down; before
 * LCP and authentication there are no others (RFC 1661, 3.4 and 3.5). CCP is begun by the peer, if it is to be at all. */
static bool seen(const struct protocol *p, enum l2s_cp_state s)
{
    if (p->number == CCP)
        return true;
    if (p->number == IPV6CP)
        return s > L2S_CP_STARTING;
    return s > L2S_CP_STOPPED;
}

/* What the peer's codes beyond the seven mean: LCP has its own (5.7 to 5.9; RFC 1570, 2), CCP two (RFC 1962, 5); all the rest
 * is unknown, and rejected as a code (5.6). */
static const char *beyond(const struct protocol *p, enum l2s_cp_state s, enum column c)
{
    if (c == TRUNCATED)
        return "!short";
    if (p->number == LCP && c == ECHOREQ)
        return s == L2S_CP_OPENED ? "EchoRep" : "-"; /* 5.8: replied to in Opened, discarded elsewhere */
    if (p->number == LCP && c <= TIME)
        return "-";
    if (p->number == CCP && c == RESETREQ)
        return s == L2S_CP_OPENED ? "ResetAck" : "-";
    if (p->number == CCP && c == RESETACK)
        return "-";
    return "CodeRej !unknown";
}

/* An IPCP that has ended takes the link with it, in the same step. */
static enum l2s_cp_state in_the_end(const struct protocol *p, enum l2s_cp_state s)
{
    if (p->number != IPCP || (s != L2S_CP_CLOSED && s != L2S_CP_STOPPED))
        return s;
    return s == L2S_CP_CLOSED ? L2S_CP_INITIAL : L2S_CP_STARTING;
}

/* A CCP that was not there yet begins with its own request, and then the packet finds it in Req-Sent. */
static const char *awakened(const char *in_req_sent, char text[64])
{
    if (in_req_sent[0] == '-')
        return "Req > Req-Sent";
    if (strcmp(in_req_sent, "> Ack-Rcvd") == 0) /* there was nothing to acknowledge */
        return "Req > Req-Sent !unexpected";
    const char *drop = strchr(in_req_sent, '!');
    bool moves = strchr(in_req_sent, '>') != NULL;
    (void)snprintf(text, 64, "Req %.*s%s%s", drop ? (int)(drop - in_req_sent) : (int)strlen(in_req_sent), in_req_sent,
                   moves                         ? ""
                   : drop && drop != in_req_sent ? "> Req-Sent "
                   : drop                        ? "> Req-Sent "
                                                 : " > Req-Sent",
                   drop ? drop : "");
    return text;
}

static const char *wanted(const struct protocol *p, enum l2s_cp_state s, enum column c, char text[64])
{
    enum l2s_cp_state as = p->number == CCP && s <= L2S_CP_STARTING ? L2S_CP_REQ_SENT : s;

    if (!seen(p, s))
        return "!phase"; /* counted before it is looked at, however short */
    const char *cell = c < BASE ? rfc[as][c] : beyond(p, as, c);
    if (as != s && (c == NAKED || c == REJECTED))
        cell = "!unexpected"; /* nor to refuse */
    if (p->number == IPCP && cell && strcmp(cell, "> Closed") == 0)
        return "> Initial";
    if (p->number == IPCP && cell && strcmp(cell, "> Stopped") == 0)
        return "> Starting";
    return as != s && cell ? awakened(cell, text) : cell;
}

/* ---- the way there -------------------------------------------------------------------------------------------------- */

#define ASKED 50 /* id of the peer's request */

static void raise_link(struct desk *d, const struct protocol *p)
{
    static const uint8_t ours[4] = {10, 0, 0, 7}, theirs[4] = {10, 0, 0, 2};

    *d = (struct desk){.n = 0};
    memcpy(d->give.local, ours, 4);
    memcpy(d->give.peer, theirs, 4);
    desk_up(d, p->server, p->server ? 0 : L2S_AUTH_PAP, "alice");
    memcpy(d->ppp->wish, ours, 4);
    d->cfg.ipv6 = p->number == IPV6CP;
    d->cfg.mppe = p->number == CCP ? L2S_MPPE_128 | L2S_MPPE_40 : 0;
    if (p->number == LCP)
        return;
    (void)desk_hear_packet(d, LCP, REQ, 1, p->server ? "01040500" : "0304c023");
    desk_ack(d, LCP);
    if (!p->server)
        desk_reply(d, PAP, ACK, "00");
    if (p->number == CCP)
        d->ppp->auth->has_master = true; /* as MS-CHAPv2 leaves it */
}

/* LCP that was not started; a network protocol while the client is not authenticated. */
static void stay_initial(struct desk *d, const struct protocol *p)
{
    if (p->number == CCP)
        return;
    const struct l2s_ppp_port *port = d->ppp->port;
    const struct l2s_ppp_line line = {.restart_ms = 1000};
    l2s_ppp_free(d->ppp);
    assert_int_equal(l2s_ppp_new(&d->f.sys, d->crypto, &d->cfg, &line, port, d, &d->ppp), L2TPSEC_OK);
    if (p->number == LCP)
        return;
    l2s_ppp_start(d->ppp);
}

static void packet(struct desk *d, const struct protocol *p, uint8_t code, uint8_t id, const char *body)
{
    (void)desk_hear_packet(d, p->number, code, id, body);
}

static void reach(struct desk *d, const struct protocol *p, enum l2s_cp_state s)
{
    raise_link(d, p);
    if (s == L2S_CP_INITIAL) {
        stay_initial(d, p);
        return;
    }
    if (p->number == CCP) { /* the peer begins; with something that takes it nowhere */
        packet(d, p, TERM_ACK, 1, "");
    }
    struct l2s_cp *cp = automaton(d, p->number);
    assert_non_null(cp);
    if (s == L2S_CP_STARTING && p->number == LCP) {
        stay_initial(d, p);
        l2s_cp_event(automaton(d, LCP), L2S_CP_OPEN);
        return;
    }
    if (s == L2S_CP_STARTING && p->number == CCP)
        l2s_cp_event(cp, L2S_CP_DOWN);
    else if (s == L2S_CP_STARTING)
        (void)desk_hear_packet(d, LCP, REQ, 9, "01040501"); /* LCP anew takes it down */
    if (s == L2S_CP_ACK_RCVD || s == L2S_CP_OPENED || s == L2S_CP_STOPPING)
        desk_ack(d, p->number);
    if (s == L2S_CP_ACK_SENT || s == L2S_CP_OPENED || s == L2S_CP_STOPPING)
        packet(d, p, REQ, ASKED, p->good);
    if (s == L2S_CP_STOPPING)
        packet(d, p, TERM_REQ, 60, "");
    if (s == L2S_CP_STOPPED)
        packet(d, p, CODE_REJ, 61, "01010004");
    if ((s == L2S_CP_CLOSING || s == L2S_CP_CLOSED) && p->number == LCP)
        l2s_ppp_close(d->ppp);
    else if (s == L2S_CP_CLOSING || s == L2S_CP_CLOSED)
        l2s_cp_event(cp, L2S_CP_CLOSE);
    if (s == L2S_CP_CLOSED)
        packet(d, p, TERM_ACK, cp->id, "");
}

/* ---- what comes of it ------------------------------------------------------------------------------------------------ */

static uint32_t answer(struct desk *d, const struct protocol *p, uint8_t code, const char *body)
{
    const struct said *ours = desk_last(d, p->number, REQ);
    uint8_t id = ours ? ours->id : 200; /* nothing that was asked yet */
    uint8_t frame[512];

    if (code != ACK || !ours)
        return desk_hear_packet(d, p->number, code, id, body);
    memcpy(frame, ours->frame, ours->frame_len); /* an Ack repeats what was asked for */
    frame[4] = ACK;
    return desk_hear(d, frame, ours->frame_len);
}

static uint32_t say(struct desk *d, const struct protocol *p, enum column c)
{
    static const uint8_t magic[] = "00000000";
    uint8_t frame[] = {0xff, 0x03, (uint8_t)(p->number >> 8), (uint8_t)p->number, 1, 7, 0};

    switch (c) {
    case GOOD:
        return desk_hear_packet(d, p->number, REQ, ASKED + 1, p->good);
    case AGAIN:
        return desk_hear_packet(d, p->number, REQ, ASKED, p->good);
    case BAD:
        return desk_hear_packet(d, p->number, REQ, ASKED + 2, p->bad);
    case ACKED:
        return answer(d, p, ACK, "");
    case STRANGE:
        return desk_hear_packet(d, p->number, ACK, 200, "");
    case NAKED:
        return answer(d, p, NAK, p->nak);
    case REJECTED:
        return answer(d, p, REJ, p->reject);
    case RXJ_BAD:
        return desk_hear_packet(d, p->number, CODE_REJ, 70, "01010004");
    case RXJ_GOOD:
        return desk_hear_packet(d, p->number, CODE_REJ, 71, "0c010004");
    case PROTREJ:
        return desk_hear_packet(d, p->number, PROTO_REJ, 72, "8235");
    case TRUNCATED:
        return desk_hear(d, frame, sizeof frame);
    default:
        return desk_hear_packet(d, p->number, columns[c].code, 73, c == RTR || c == RTA ? "" : (const char *)magic);
    }
}

static void note(const struct desk *d, size_t from, uint16_t number, struct outcome *o)
{
    static const char *const names[] = {"?",       "Req",     "Ack",      "Nak",     "Rej",     "TermReq",
                                        "TermAck", "CodeRej", "ProtRej",  "EchoReq", "EchoRep", "Discard",
                                        "Ident",   "Time",    "ResetReq", "ResetAck"};

    for (size_t i = from; i < d->n; i++) {
        const struct said *s = &d->said[i];
        if (s->protocol == number && s->code != ECHO_REQ)
            outcome_add(o, "%s", names[s->code < L2S_COUNT_OF(names) ? s->code : 0]);
    }
}

static void assert_complete(struct matrix *m)
{
    assert_int_equal(L2S_COUNT_OF(states), L2S_CP_STATES);
    for (uint8_t code = L2S_CP_CONF_REQ; code <= L2S_CP_TIME_REMAINING; code++) {
        bool found = false;
        for (unsigned c = 0; c < COLUMNS; c++)
            found = found || columns[c].code == code;
        if (!found)
            matrix_gap(m, "column", "a code");
    }
}

static void every_packet_in_every_state_of_every_control_protocol(void **state)
{
    char text[64];

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(protocols); i++) {
        const struct protocol *p = &protocols[i];
        struct matrix m = {.machine = p->name};
        for (unsigned s = 0; s < L2S_CP_STATES; s++) {
            for (unsigned c = 0; c < COLUMNS; c++) {
                struct outcome o = {""};
                static struct desk d;
                reach(&d, p, s);
                enum l2s_cp_state at = now(&d, p->number);
                if (at != in_the_end(p, s))
                    matrix_gap(&m, "way there", states[s]);
                size_t before = d.n;
                uint32_t drop = say(&d, p, c);
                note(&d, before, p->number, &o);
                outcome_moved(&o, states[at], states[now(&d, p->number)]);
                outcome_drop(&o, drop);
                matrix_cell(&m, states[s], columns[c].name, wanted(p, s, c, text), &o);
                desk_down(&d);
            }
        }
        assert_complete(&m);
        matrix_end(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packet_in_every_state_of_every_control_protocol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
