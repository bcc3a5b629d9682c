/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/dpd.h"

#include "ike/v1/info.h"

#define ASK_EVERY L2S_SECOND
#define JUST_NOW L2S_SECOND
#define NEEDED_MOST 4u /* times as long as is set, on the worst line */
#define QUARTERS 4u
#define STRAY_EVERY (4 * L2S_SECOND)

/* A line that loses every third datagram leaves five questions in a row unanswered once in thirty times, and a busy
 * link asks every minute. So a peer that was heard only after several questions, or repetitions in quick mode, will be
 * asked as many times more often before it counts as dead; each time it is heard sooner takes a little of it back. On
 * a good line who is gone is found as soon as is set. */
void l2s_v1_dpd_learn(struct l2s_v1_peer *p, uint32_t asked)
{
    uint32_t needed = QUARTERS * (asked < NEEDED_MOST ? asked : NEEDED_MOST);

    if (needed == 0)
        return;
    if (needed >= p->dpd_needed)
        p->dpd_needed = (uint8_t)needed;
    else
        p->dpd_needed--;
}

/* Behind a NAT that rebound, or was rebooted, a client cannot be reached until it speaks: by LCP echoes after half a minute of
 * silence as a rule. Not to be taken for dead until then. For a server there is no hurry: who comes back replaces what is left of
 * him. */
static bool may_have_strayed(const struct l2s_v1_peer *p)
{
    return !p->client && p->nat.remote;
}

static uint32_t retries(const struct l2s_v1_peer *p)
{
    uint32_t times = (p->dpd_needed + QUARTERS - 1) / QUARTERS;

    return p->cfg->dpd_retries * (may_have_strayed(p) ? NEEDED_MOST : times ? times : 1);
}

void l2s_v1_dpd_alive(struct l2s_v1_peer *p)
{
    if (p->dpd_asking)
        l2s_v1_dpd_learn(p, p->dpd_seq - p->dpd_first + 1);
    p->heard = p->e->sys->now;
    p->dpd_asking = false;
    l2s_timer_cancel(&p->e->sys->timers, &p->dpd);
}

void l2s_v1_dpd_traffic(struct l2s_v1_peer *p, bool in)
{
    struct l2s_ike *e = p->e;

    if (in) {
        l2s_v1_dpd_alive(p);
        return;
    }
    p->sent = e->sys->now;
    if (e->sys->now < p->heard + JUST_NOW) /* an answer, more likely than a question */
        return;
    if (p->cfg->dpd_s && p->dpd_able && !l2s_timer_armed(&p->dpd))
        l2s_timer_arm(&e->sys->timers, &p->dpd, e->sys->now + p->cfg->dpd_s * L2S_SECOND);
}

static void ask(struct l2s_v1_peer *p, struct l2s_v1_sa *sa)
{
    p->dpd_seq++;
    bool late = may_have_strayed(p) && p->dpd_seq - p->dpd_first >= p->cfg->dpd_retries;
    l2s_timer_arm(&p->e->sys->timers, &p->dpd, p->e->sys->now + (late ? STRAY_EVERY : ASK_EVERY));
    l2s_v1_info_dpd(sa, L2S_N_R_U_THERE, p->dpd_seq);
}

void l2s_v1_dpd_probe(struct l2s_v1_peer *p)
{
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);
    struct l2s_ike *e = p->e;

    if (p->dpd_asking)
        return;
    if (!sa) { /* IPsec SAs outlive their IKE SA: a new one answers the question too */
        l2s_v1_peer_dial(p);
        return;
    }
    if (!p->dpd_able)
        return;
    if (p->dpd_seq == 0 && l2s_random(e->sys, &p->dpd_seq, sizeof p->dpd_seq) == 0)
        p->dpd_seq &= 0x7fffffff; /* RFC 3706, 6.2 */
    if (!p->dpd_base)
        p->dpd_base = p->dpd_seq + 1;
    p->dpd_asking = true;
    p->dpd_left = retries(p);
    p->dpd_first = p->dpd_seq + 1;
    ask(p, sa);
}

static void ask_again(struct l2s_v1_peer *p)
{
    struct l2s_failure why = l2s_v1_failure(L2TPSEC_CAUSE_PEER_VANISHED, "dead peer detection", NULL);
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);

    if (p->dpd_left && sa) {
        p->dpd_left--;
        ask(p, sa);
    } else if (sa) {
        l2s_v1_peer_down(p, &why);
    } else { /* the IKE SA went in between */
        p->dpd_asking = false;
        l2s_v1_dpd_probe(p);
    }
}

void l2s_v1_dpd_fire(void *owner)
{
    struct l2s_v1_peer *p = owner;
    struct l2s_ike *e = p->e;

    l2s_v1_enter(e);
    if (p->dpd_asking)
        ask_again(p);
    else
        l2s_v1_dpd_probe(p);
    l2s_v1_leave(e);
}

/* R-U-THERE: numbers grow, a repeated one is answered again, an older one is a replay (RFC 3706, 6.2). */
static void asked(struct l2s_v1_sa *sa, uint32_t sequence, const struct l2s_v1_path *from)
{
    struct l2s_v1_peer *p = sa->peer;

    if (p->dpd_base &&
        sequence - p->dpd_base <= p->dpd_seq - p->dpd_base) { /* the hash has no direction: ours came back */
        l2s_v1_drop(sa->e, p->channel, L2TPSEC_DROP_REPLAYED, "R-U-THERE of our own");
        return;
    }
    if (sa->dpd_seen && sequence - sa->dpd_in >= 0x80000000u) {
        l2s_v1_drop(sa->e, p->channel, L2TPSEC_DROP_REPLAYED, "R-U-THERE");
        return;
    }
    bool fresh = !sa->dpd_seen || sequence != sa->dpd_in;
    sa->dpd_seen = true;
    sa->dpd_in = sequence;
    if (fresh)
        l2s_v1_peer_heard(p, from);
    if (!sa->gone)
        l2s_v1_info_dpd(sa, L2S_N_R_U_THERE_ACK, sequence);
}

void l2s_v1_dpd_input(struct l2s_v1_sa *sa, const struct l2s_notify *n, const struct l2s_v1_path *from)
{
    struct l2s_v1_peer *p = sa->peer;
    struct l2s_rd data = n->data;
    uint32_t sequence = l2s_rd_u32(&data);

    if (data.bad || (n->spi.left == 2 * L2S_COOKIE && !l2s_v1_sa_named(sa, &n->spi))) {
        l2s_v1_drop(sa->e, p->channel, L2TPSEC_DROP_MALFORMED, "dead peer detection");
        return;
    }
    if (n->type == L2S_N_R_U_THERE)
        asked(sa, sequence, from);
    else if (p->dpd_asking && sequence - p->dpd_first <= p->dpd_seq - p->dpd_first)
        l2s_v1_peer_heard(p, from);
    else
        l2s_v1_drop(sa->e, p->channel, L2TPSEC_DROP_UNEXPECTED, "R-U-THERE-ACK");
}
