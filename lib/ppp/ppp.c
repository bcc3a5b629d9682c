/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One link through its phases (RFC 1661, 3): establish, authenticate, network, terminate. */
#include "ppp/ppp.h"

#include "base/errors.h"
#include "base/expect.h"
#include "base/wipe.h"
#include "ppp/link.h"

#define THINK (180 * L2S_SECOND) /* for typing another password (RFC 2759, 6) */
#define SETTLE_TRIES 3u
#define SETTLE_EACH (500 * L2S_MS)
#define ASKS 3u /* each question is asked so often: one that is lost, or its answer, is no sign of death */

static void echo_due(void *owner);
static void setup_over(void *owner);

int l2s_ppp_new(struct l2s_sys *sys, struct l2s_crypto *crypto, const struct l2s_ppp_config *cfg,
                const struct l2s_ppp_line *line, const struct l2s_ppp_port *port, void *self, struct l2s_ppp **out)
{
    if (l2s_timers_reserve(&sys->timers, L2S_PPP_TIMERS) != L2TPSEC_OK)
        return L2TPSEC_ENOMEM;
    struct l2s_ppp *p = l2s_mem_new(&sys->mem, sizeof *p);
    if (!p) {
        l2s_timers_release(&sys->timers, L2S_PPP_TIMERS);
        return L2TPSEC_ENOMEM;
    }
    p->sys = sys;
    p->crypto = crypto;
    p->cfg = cfg;
    memcpy(p->wish, line->wish, sizeof p->wish);
    p->port = port;
    p->self = self;
    p->terms = (struct l2s_cp_terms){.sys = sys,
                                     .peer_mru = L2S_PPP_MRU,
                                     .link = line->link,
                                     .restart_us = line->restart_ms * L2S_MS,
                                     .max_configure = cfg->max_configure,
                                     .max_terminate = cfg->max_terminate,
                                     .max_failure = cfg->max_failure};
    l2s_cp_init(&p->lcp.cp, &l2s_lcp_ops, p, &p->terms);
    l2s_cp_init(&p->ipcp.cp, &l2s_ipcp_ops, p, &p->terms);
    l2s_timer_init(&p->echo, echo_due, p);
    l2s_timer_init(&p->setup, setup_over, p);
    *out = p;
    return L2TPSEC_OK;
}

void *l2s_ppp_extra(struct l2s_ppp *p, size_t n, const struct l2s_cp_ops *ops)
{
    if (l2s_timers_reserve(&p->sys->timers, 1) != L2TPSEC_OK)
        return NULL;
    struct l2s_cp *cp = l2s_mem_new(&p->sys->mem, n);
    if (cp)
        l2s_cp_init(cp, ops, p, &p->terms);
    else
        l2s_timers_release(&p->sys->timers, 1);
    return cp;
}

void l2s_ppp_extra_free(struct l2s_ppp *p, void *cp)
{
    if (!cp)
        return;
    l2s_cp_fini(cp);
    l2s_timers_release(&p->sys->timers, 1);
    l2s_mem_free(&p->sys->mem, cp);
}

static void silence(struct l2s_ppp *p)
{
    l2s_cp_fini(&p->lcp.cp);
    l2s_cp_fini(&p->ipcp.cp);
    if (p->ipv6cp)
        l2s_cp_fini(&p->ipv6cp->cp);
    if (p->ccp)
        l2s_cp_fini(&p->ccp->cp);
    l2s_timer_cancel(&p->sys->timers, &p->echo);
    l2s_timer_cancel(&p->sys->timers, &p->setup);
}

void l2s_ppp_free(struct l2s_ppp *p)
{
    if (!p)
        return;
    silence(p);
    l2s_auth_free(p);
    l2s_ccp_free(p);
    l2s_ppp_extra_free(p, p->ipv6cp);
    l2s_timers_release(&p->sys->timers, L2S_PPP_TIMERS);
    l2s_mem_free(&p->sys->mem, p->why);
    l2s_mem_free(&p->sys->mem, p->early);
    l2s_mem_free(&p->sys->mem, p);
}

/* Control frames always have the full header: what was negotiated is for data (RFC 1661, 6.5 and 6.6 for LCP). */
void l2s_ppp_emit(struct l2s_ppp *p, uint16_t protocol, const uint8_t *packet, size_t n)
{
    uint8_t frame[L2S_PPP_FRAME_MAX];
    struct l2s_wr w = l2s_wr_init(frame, sizeof frame);

    l2s_wr_u16(&w, 0xff03);
    l2s_wr_u16(&w, protocol);
    l2s_wr_bytes(&w, packet, n);
    if (!w.bad && p->phase != L2S_PHASE_OVER)
        p->port->emit(p->self, frame, w.len);
    l2s_wipe(frame, w.len);
}

struct l2s_failure *l2s_ppp_blame(struct l2s_ppp *p, uint32_t cause, const char *step)
{
    if (!p->why)
        p->why = l2s_mem_new(&p->sys->mem, sizeof *p->why);
    if (!p->why || p->why->cause)
        return p->why;
    p->why->layer = L2TPSEC_LAYER_PPP;
    p->why->cause = cause;
    p->why->step = step;
    if (cause == L2TPSEC_CAUSE_AUTH_METHOD) {
        static const uint32_t methods[] = {L2S_AUTH_MSCHAPV2, L2S_AUTH_EAP_TLS, L2S_AUTH_EAP_MSCHAPV2,
                                           L2S_AUTH_CHAP_MD5, L2S_AUTH_EAP_MD5, L2S_AUTH_PAP};
        struct l2s_wr w = l2s_wr_init(p->why->allowed, sizeof p->why->allowed - 1);
        for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
            if (!(p->cfg->auth & methods[i]))
                continue;
            if (w.len)
                l2s_wr_bytes(&w, ", ", 2);
            l2s_wr_bytes(&w, l2s_auth_name(methods[i]), strlen(l2s_auth_name(methods[i])));
        }
        p->why->hint = "set ppp.auth to what the peer offers, if that is acceptable";
    }
    return p->why;
}

static void arm_setup(struct l2s_ppp *p)
{
    l2s_timer_arm(&p->sys->timers, &p->setup, p->sys->now + p->cfg->setup_s * L2S_SECOND);
}

void l2s_ppp_start(struct l2s_ppp *p)
{
    p->phase = L2S_PHASE_ESTABLISH;
    p->alive = p->sys->now;
    arm_setup(p);
    l2s_cp_event(&p->lcp.cp, L2S_CP_OPEN);
    l2s_cp_event(&p->lcp.cp, L2S_CP_UP);
}

void l2s_ppp_quit(struct l2s_ppp *p)
{
    if (p->phase == L2S_PHASE_TERMINATE || p->phase == L2S_PHASE_OVER || p->phase == L2S_PHASE_DEAD)
        return;
    p->phase = L2S_PHASE_TERMINATE;
    p->unsettled = 0;
    l2s_cp_event(&p->lcp.cp, L2S_CP_CLOSE);
}

void l2s_ppp_close(struct l2s_ppp *p)
{
    p->closing = true;
    l2s_ppp_quit(p);
    if (p->phase == L2S_PHASE_DEAD)
        l2s_ppp_over(p);
}

/* The end. Without anybody to blame: the peer did not answer, or said goodbye. */
void l2s_ppp_over(struct l2s_ppp *p)
{
    if (p->phase == L2S_PHASE_OVER)
        return;
    if (!p->closing && !p->why)
        (void)l2s_ppp_blame(p, p->lcp.cp.timed_out ? L2TPSEC_CAUSE_PEER_VANISHED : L2TPSEC_CAUSE_CLOSED_BY_PEER, "LCP");
    p->phase = L2S_PHASE_OVER;
    silence(p);
    l2s_auth_stop(p);
    p->port->down(p->self, p->closing && (!p->why || p->why->cause == L2TPSEC_CAUSE_CLOSED_BY_PEER) ? NULL : p->why);
}

void l2s_ppp_think(struct l2s_ppp *p)
{
    l2s_timer_arm(&p->sys->timers, &p->setup, p->sys->now + p->cfg->setup_s * L2S_SECOND + THINK);
}

static void setup_over(void *owner)
{
    struct l2s_ppp *p = owner;
    static const char *const steps[] = {"PPP", "LCP", "authentication", "IPCP", "LCP", "LCP"};
    bool silent = p->phase == L2S_PHASE_AUTHENTICATE;

    (void)l2s_ppp_blame(p, silent ? L2TPSEC_CAUSE_PEER_VANISHED : L2TPSEC_CAUSE_PPP_OPTIONS, steps[p->phase]);
    l2s_ppp_quit(p);
}

/* ---- echo -------------------------------------------------------------------------------------------------------- */

static void arm_echo(struct l2s_ppp *p, uint64_t at)
{
    if (p->cfg->echo_s)
        l2s_timer_arm(&p->sys->timers, &p->echo, at);
}

static void ask_echo(struct l2s_ppp *p)
{
    uint8_t magic[4];

    l2s_put32(magic, p->lcp.no_magic ? 0 : p->lcp.magic);
    l2s_cp_send(&p->lcp.cp, L2S_CP_ECHO_REQ, l2s_cp_next_id(&p->lcp.cp), magic, 4);
}

/* IPCP open is our view. The peer has yet to read our last word and set up its interface, and until then its kernel drops
 * what comes, although it has an address: pppd takes tens of milliseconds. An echo is answered by whoever does that, and
 * after it. A peer that does not answer is up after the last try. */
static void settle(struct l2s_ppp *p)
{
    if (p->unsettled++ < SETTLE_TRIES) {
        ask_echo(p);
        l2s_timer_arm(&p->sys->timers, &p->echo, p->sys->now + SETTLE_EACH);
    } else {
        l2s_ppp_settled(p);
    }
}

void l2s_ppp_settled(struct l2s_ppp *p)
{
    if (!p->unsettled)
        return;
    p->unsettled = 0;
    l2s_auth_rest(p);
    l2s_timer_cancel(&p->sys->timers, &p->echo);
    arm_echo(p, p->sys->now + p->cfg->echo_s * L2S_SECOND);
    p->port->up(p->self, &p->ipcp.net);
}

/* A server leaves it to the client, which knows when it is awake anyway. */
static uint64_t patience(const struct l2s_ppp *p)
{
    uint64_t interval = p->cfg->echo_s * L2S_SECOND;

    return p->cfg->server ? interval + interval / 6 : interval;
}

/* From now on a question each fifth of the interval until the answer or the end. */
static void question(struct l2s_ppp *p)
{
    p->echoes++;
    l2s_auth_rest(p);
    ask_echo(p);
    arm_echo(p, p->sys->now + (p->cfg->echo_s * L2S_SECOND / 5 + L2S_SECOND) / ASKS);
}

bool l2s_ppp_ask_early(struct l2s_ppp *p)
{
    uint64_t early = patience(p) / 2;

    if (p->lcp.cp.state != L2S_CP_OPENED || !p->cfg->echo_s || p->unsettled || p->echoes ||
        p->sys->now + early < p->alive + patience(p))
        return false;
    question(p);
    return true;
}

void l2s_ppp_answered(struct l2s_ppp *p)
{
    p->alive = p->sys->now;
    if (p->echoes) {
        p->echoes = 0;
        arm_echo(p, p->alive + patience(p));
    }
    l2s_ppp_settled(p);
}

/* Only silence is questioned. */
static void echo_due(void *owner)
{
    struct l2s_ppp *p = owner;

    if (p->lcp.cp.state != L2S_CP_OPENED)
        return;
    if (p->unsettled) {
        settle(p);
        return;
    }
    if (p->sys->now < p->alive + patience(p)) {
        p->echoes = 0;
        arm_echo(p, p->alive + patience(p));
        return;
    }
    if (p->echoes >= ASKS * p->cfg->echo_failures) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_PEER_VANISHED, "LCP echo");
        l2s_ppp_quit(p);
        return;
    }
    question(p);
}

void l2s_ppp_ask(struct l2s_ppp *p)
{
    if (p->lcp.cp.state == L2S_CP_OPENED)
        ask_echo(p);
}

void l2s_ppp_alive(struct l2s_ppp *p)
{
    p->alive = p->sys->now;
}

/* ---- phases ------------------------------------------------------------------------------------------------------ */

void l2s_ppp_forgive(struct l2s_ppp *p)
{
    l2s_mem_free(&p->sys->mem, p->why);
    p->why = NULL;
}

/* A server whose methods were all refused may open LCP without one, only to hang up: pppd does. */
static bool asked_in_vain(const struct l2s_ppp *p)
{
    return !p->cfg->server && !p->lcp.give_auth && p->why && p->why->cause == L2TPSEC_CAUSE_AUTH_METHOD;
}

void l2s_ppp_lcp_up(struct l2s_ppp *p)
{
    if (p->phase == L2S_PHASE_TERMINATE)
        return;
    if (!asked_in_vain(p))
        l2s_ppp_forgive(p);
    p->terms.peer_mru = p->lcp.peer_mru < L2S_PPP_MRU ? p->lcp.peer_mru : L2S_PPP_MRU;
    p->phase = L2S_PHASE_AUTHENTICATE;
    arm_echo(p, p->sys->now + p->cfg->echo_s * L2S_SECOND);
    l2s_auth_start(p);
}

static void forget_early(struct l2s_ppp *p)
{
    l2s_mem_free(&p->sys->mem, p->early);
    p->early = NULL;
}

void l2s_ppp_lcp_down(struct l2s_ppp *p)
{
    l2s_timer_cancel(&p->sys->timers, &p->echo);
    l2s_auth_stop(p);
    l2s_cp_event(&p->ipcp.cp, L2S_CP_DOWN);
    if (p->ipv6cp)
        l2s_cp_event(&p->ipv6cp->cp, L2S_CP_DOWN);
    if (p->ccp)
        l2s_cp_event(&p->ccp->cp, L2S_CP_DOWN);
    if (p->phase != L2S_PHASE_AUTHENTICATE && p->phase != L2S_PHASE_NETWORK)
        return;
    p->phase = L2S_PHASE_ESTABLISH;
    p->addresses_pending = false;
    forget_early(p);
    if (!l2s_timer_armed(&p->setup)) /* it was up: all anew, and no slower than the first time */
        arm_setup(p);
}

static bool mppe_lacks(const struct l2s_ppp *p)
{
    return (p->cfg->mppe & L2S_MPPE_REQUIRED) && !p->mppe;
}

/* Peers repeat what is not answered after three seconds, and an address, or MPPE, may take less. */
static void keep_early(struct l2s_ppp *p, struct l2s_rd packet)
{
    forget_early(p);
    p->early = l2s_mem_dup(&p->sys->mem, packet.p, packet.left);
    p->early_len = (uint16_t)packet.left;
}

static void hear_early(struct l2s_ppp *p)
{
    uint8_t *early = p->early;

    if (!early || p->phase != L2S_PHASE_NETWORK || p->addresses_pending || mppe_lacks(p))
        return;
    p->early = NULL;
    (void)l2s_cp_input(&p->ipcp.cp, l2s_rd_init(early, p->early_len));
    l2s_mem_free(&p->sys->mem, early);
}

/* Where MPPE is required it comes first: IPCP would be the beginning of clear text. */
static void open_protocols(struct l2s_ppp *p)
{
    if (mppe_lacks(p)) {
        l2s_ccp_open(p);
        return;
    }
    if (p->ipcp.cp.state == L2S_CP_INITIAL)
        l2s_cp_event(&p->ipcp.cp, L2S_CP_OPEN);
    l2s_cp_event(&p->ipcp.cp, L2S_CP_UP);
    if (p->cfg->ipv6 && !p->ipv6cp)
        p->ipv6cp = l2s_ppp_extra(p, sizeof *p->ipv6cp, &l2s_ipv6cp_ops);
    if (!p->ipv6cp)
        return;
    if (p->ipv6cp->cp.state == L2S_CP_INITIAL)
        l2s_cp_event(&p->ipv6cp->cp, L2S_CP_OPEN);
    l2s_cp_event(&p->ipv6cp->cp, L2S_CP_UP);
}

void l2s_ppp_open_network(struct l2s_ppp *p)
{
    open_protocols(p);
    hear_early(p);
}

static void addressed(struct l2s_ppp *p, bool granted)
{
    p->addresses_pending = false;
    if (granted) {
        l2s_ppp_open_network(p);
    } else {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_ADDRESS, "IPCP");
        l2s_ppp_quit(p);
    }
}

void l2s_ppp_ask_addresses(struct l2s_ppp *p)
{
    if (p->phase != L2S_PHASE_NETWORK || !p->addresses_pending)
        return;
    int rc = p->port->addresses(p->self, p->auth->name, p->auth->name_len, &p->ipcp.net);
    if (rc != L2S_PENDING)
        addressed(p, rc == L2TPSEC_OK);
}

void l2s_ppp_auth_done(struct l2s_ppp *p)
{
    p->phase = L2S_PHASE_NETWORK;
    p->addresses_pending = p->cfg->server;
    if (p->cfg->server)
        l2s_ppp_ask_addresses(p);
    else
        l2s_ppp_open_network(p);
}

int l2s_ppp_addresses(struct l2s_ppp *p, const struct l2s_ppp_net *net)
{
    if (p->phase != L2S_PHASE_NETWORK || !p->addresses_pending)
        return L2TPSEC_ENOENT;
    if (net)
        p->ipcp.net = *net;
    addressed(p, net != NULL);
    return L2TPSEC_OK;
}

void l2s_ppp_expect(const struct l2s_ppp *p)
{
    l2s_expect(&p->cfg);
    l2s_expect(&p->phase);
    l2s_expect(&p->ipcp.cp.state);
    l2s_expect(&p->mppe);
}

bool l2s_ppp_open(const struct l2s_ppp *p)
{
    return p->phase == L2S_PHASE_NETWORK && p->ipcp.cp.state == L2S_CP_OPENED && !mppe_lacks(p);
}

void l2s_ppp_ipcp_down(struct l2s_ppp *p)
{
    p->unsettled = 0;
    if (p->phase == L2S_PHASE_NETWORK)
        arm_setup(p);
}

void l2s_ppp_ipcp_up(struct l2s_ppp *p)
{
    l2s_timer_cancel(&p->sys->timers, &p->setup);
    p->unsettled = 0;
    settle(p);
}

const struct l2s_failure *l2s_ppp_why(const struct l2s_ppp *p)
{
    return p->why;
}

uint32_t l2s_ppp_auth_method(const struct l2s_ppp *p)
{
    return p->auth ? p->auth->inner : p->auth_method;
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

/* How often this protocol was rejected so far; NULL: the table is full of others. */
static uint8_t *rejections(struct l2s_ppp *p, uint16_t protocol)
{
    for (unsigned i = 0; i < L2S_PPP_REJECTED; i++) {
        if (!p->rejected[i].times)
            p->rejected[i].protocol = protocol;
        if (p->rejected[i].protocol == protocol)
            return &p->rejected[i].times;
    }
    return NULL;
}

/* What is not spoken here gets a Protocol-Reject (RFC 1661, 5.7), but not before the network phase (3.5). Windows takes
 * leave of the CCP we rejected with a Terminate-Request, which wants its acknowledgement. */
static void reject_protocol(struct l2s_ppp *p, uint16_t protocol, struct l2s_rd r)
{
    uint8_t out[L2S_PPP_MRU];
    size_t n = l2s_cp_room(&p->lcp.cp, 2 + r.left);
    uint8_t *times = p->phase == L2S_PHASE_NETWORK ? rejections(p, protocol) : NULL;
    struct l2s_rd head = r;
    uint8_t code = l2s_rd_u8(&head), id = l2s_rd_u8(&head);

    if (!times)
        return;
    if (*times && protocol >= 0x8000 && code == L2S_CP_TERM_REQ && !head.bad) {
        const uint8_t ack[4] = {L2S_CP_TERM_ACK, id, 0, 4};
        l2s_ppp_emit(p, protocol, ack, sizeof ack);
        return;
    }
    if (*times == L2S_PPP_REJECTS)
        return;
    (*times)++;
    l2s_put16(out, protocol);
    if (n > 2)
        memcpy(out + 2, r.p, n - 2);
    l2s_cp_send(&p->lcp.cp, L2S_CP_PROTO_REJ, l2s_cp_next_id(&p->lcp.cp), out, n);
}

static uint32_t control(struct l2s_ppp *p, uint16_t protocol, struct l2s_rd r)
{
    if (protocol >= 0x8000 && protocol < 0xc000 && p->phase == L2S_PHASE_AUTHENTICATE && l2s_eap_ripe(p))
        l2s_eap_finish(p);
    if (protocol >= 0x8000 && protocol < 0xc000 && p->phase == L2S_PHASE_NETWORK && r.left && r.p[0] == L2S_CP_CONF_REQ)
        l2s_auth_heard(p);
    bool authenticating = p->phase == L2S_PHASE_AUTHENTICATE || p->phase == L2S_PHASE_NETWORK;

    switch (protocol) {
    case L2S_PPP_PROTO_LCP:
        return l2s_cp_input(&p->lcp.cp, r);
    case L2S_PPP_PROTO_PAP:
    case L2S_PPP_PROTO_CHAP:
    case L2S_PPP_PROTO_EAP:
        return authenticating ? l2s_auth_input(p, protocol, r) : L2TPSEC_DROP_PHASE;
    case L2S_PPP_PROTO_IPCP: /* early ones are kept or dropped, never Terminate-Ack'ed */
        if (p->phase != L2S_PHASE_NETWORK)
            return L2TPSEC_DROP_PHASE;
        if (p->addresses_pending || mppe_lacks(p)) {
            keep_early(p, r);
            return L2TPSEC_DROP_NONE;
        }
        if (asked_in_vain(p)) /* it does without */
            l2s_ppp_forgive(p);
        return l2s_cp_input(&p->ipcp.cp, r);
    case L2S_PPP_PROTO_IPV6CP:
        if (p->cfg->ipv6 && (p->phase != L2S_PHASE_NETWORK || p->addresses_pending || mppe_lacks(p)))
            return L2TPSEC_DROP_PHASE;
        if (p->ipv6cp)
            return l2s_cp_input(&p->ipv6cp->cp, r);
        reject_protocol(p, protocol, r);
        return L2TPSEC_DROP_UNKNOWN_PROTOCOL;
    case L2S_PPP_PROTO_CCP:
        if (p->cfg->mppe && p->phase != L2S_PHASE_NETWORK)
            return L2TPSEC_DROP_PHASE;
        if (p->cfg->mppe && p->auth && p->auth->has_master)
            return l2s_ccp_input(p, r);
        reject_protocol(p, protocol, r);
        return L2TPSEC_DROP_UNKNOWN_PROTOCOL;
    default:
        reject_protocol(p, protocol, r);
        return L2TPSEC_DROP_UNKNOWN_PROTOCOL;
    }
}

static bool is_ip(uint16_t protocol)
{
    return protocol == L2S_PPP_PROTO_IPV4 || protocol == L2S_PPP_PROTO_IPV6;
}

static enum l2s_ppp_kind network(struct l2s_ppp *p, uint16_t protocol, uint32_t *reason)
{
    if (protocol == L2S_PPP_PROTO_IPV6) {
        if (p->phase == L2S_PHASE_NETWORK && p->ipv6cp && p->ipv6cp->cp.state == L2S_CP_OPENED && !mppe_lacks(p))
            return L2S_PPP_IPV6;
    } else if (l2s_ppp_open(p)) {
        l2s_ppp_settled(p);
        return L2S_PPP_IPV4;
    }
    *reason = L2TPSEC_DROP_PHASE;
    return L2S_PPP_DROP;
}

enum l2s_ppp_kind l2s_ppp_input(struct l2s_ppp *p, struct l2s_rd frame, struct l2s_rd *packet, uint32_t *reason)
{
    uint16_t protocol;

    *reason = L2TPSEC_DROP_NONE;
    if (!l2s_ppp_frame_get(&frame, &protocol)) {
        *reason = L2TPSEC_DROP_MALFORMED;
        return L2S_PPP_DROP;
    }
    if (p->phase == L2S_PHASE_DEAD || p->phase == L2S_PHASE_OVER) {
        *reason = L2TPSEC_DROP_PHASE;
        return L2S_PPP_DROP;
    }
    *packet = frame;
    if (protocol == L2S_PPP_PROTO_COMPRESSED && p->mppe)
        return L2S_PPP_SEALED;
    if (is_ip(protocol) && p->mppe) { /* in the clear, where it was agreed that nothing is */
        *reason = L2TPSEC_DROP_UNEXPECTED;
        return L2S_PPP_DROP;
    }
    if (protocol == L2S_PPP_PROTO_IPV4 || (protocol == L2S_PPP_PROTO_IPV6 && p->cfg->ipv6))
        return network(p, protocol, reason);
    p->alive = p->sys->now;
    *reason = control(p, protocol, frame);
    return *reason ? L2S_PPP_DROP : L2S_PPP_CONTROL;
}

enum l2s_ppp_kind l2s_ppp_unseal(struct l2s_ppp *p, uint8_t *data, size_t n, struct l2s_rd *packet, uint32_t *reason)
{
    uint16_t protocol = 0;

    *reason = l2s_ccp_unseal(p, data, n);
    if (!*reason) {
        *packet = l2s_rd_init(data + L2S_MPPE_HEADER, n - L2S_MPPE_HEADER);
        if (!l2s_ppp_frame_get(packet, &protocol))
            *reason = L2TPSEC_DROP_MALFORMED;
        else if (is_ip(protocol))
            return network(p, protocol, reason);
        else
            *reason = L2TPSEC_DROP_UNKNOWN_PROTOCOL;
    }
    return L2S_PPP_DROP;
}

bool l2s_ppp_seals(const struct l2s_ppp *p)
{
    return p->mppe != NULL;
}

bool l2s_ppp_seal(struct l2s_ppp *p, uint8_t *ip, size_t n)
{
    return l2s_ccp_seal(p, ip[0] >> 4 == 6 ? L2S_PPP_PROTO_IPV6 : L2S_PPP_PROTO_IPV4, ip, n);
}

size_t l2s_ppp_data_header(const struct l2s_ppp *p, uint8_t out[4])
{
    size_t n = 0;

    if (!p->lcp.acfc) {
        out[n++] = 0xff;
        out[n++] = 0x03;
    }
    if (!p->lcp.pfc)
        out[n++] = 0x00;
    out[n++] = p->mppe ? L2S_PPP_PROTO_COMPRESSED : L2S_PPP_PROTO_IPV4;
    return n;
}
