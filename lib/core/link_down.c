/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The way down: hanging up in order, dialling again, and telling the host that it is over. */
#include "core/link_machine.h"

#include "base/errors.h"
#include "base/failure.h"
#include "core/events.h"
#include "core/former.h"
#include "core/lease.h"
#include "l2tp/result.h"

#define CLOSE_PPP (2 * L2S_SECOND)  /* for the answer to our Terminate-Request */
#define CLOSE_L2TP (3 * L2S_SECOND) /* for the acknowledgement of StopCCN */
#define PART (50 * L2S_MS)          /* between the DELETE of the pairs and that of the IKE SA */
#define TRIES 3u                    /* of a first dial that lost touch on the way */
#define REDIAL_MAX (60 * L2S_SECOND)

void l2s_link_close(struct l2s_link *l)
{
    l->closing = true;
    l2s_link_blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_CLOSED_BY_HOST, "close");
    l2s_link_step(l, L2S_LINK_CLOSE);
}

void l2s_link_replace(struct l2s_link *old)
{
    l2s_link_blame_cause(old, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_REPLACED, "IPCP");
    if (old->session)
        l2s_l2tp_close(old->c->l2tp, old->session, L2S_L2TP_CDN_ADMIN, "replaced");
    l2s_link_step(old, L2S_LINK_CHANNEL_DOWN);
}

void l2s_link_channel_down(struct l2s_link *l, const struct l2s_failure *why)
{
    l2s_link_blame(l, why);
    l2s_link_step(l, L2S_LINK_CHANNEL_DOWN);
}

int l2s_link_close_ppp(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    l2s_link_arm(l, CLOSE_PPP);
    l2s_ppp_close(l->ppp);
    return L2TPSEC_OK;
}

/* Result 3, administrative reasons: 2 would need an error code (RFC 2661, 4.4.2). */
int l2s_link_close_l2tp(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    l2s_link_arm(l, CLOSE_L2TP);
    l2s_l2tp_close(l->c->l2tp, l->session, L2S_L2TP_CDN_ADMIN, "");
    return L2TPSEC_OK;
}

/* The call is over. The side that hangs up waits for the tunnel to end, so that the SAs go last; a client always waits, for
 * the SAs are its own. A server's link that the peer hung up is over at once. */
int l2s_link_call_gone(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    l->session = 0;
    if (!l->client && !l->closing) {
        l->fsm.state = L_OVER;
        return l2s_link_finish(l, NULL);
    }
    l2s_link_arm(l, CLOSE_L2TP);
    return L2TPSEC_OK;
}

/* Causes that waiting does not heal: a server that refuses us once more may lock the account. */
static bool heals(uint32_t cause)
{
    switch (cause) {
    case L2TPSEC_CAUSE_CLOSED_BY_HOST:
    case L2TPSEC_CAUSE_PSK:
    case L2TPSEC_CAUSE_IDENTITY:
    case L2TPSEC_CAUSE_CERTIFICATE:
    case L2TPSEC_CAUSE_L2TP_AUTH:
    case L2TPSEC_CAUSE_AUTH_METHOD:
    case L2TPSEC_CAUSE_AUTH_REFUSED:
    case L2TPSEC_CAUSE_AUTH_MUTUAL:
    case L2TPSEC_CAUSE_NO_SECRET:
        return false;
    default:
        return true;
    }
}

static bool worth_redialling(const struct l2s_link *l)
{
    return l->client && l->was_up && !l->closing && l->prof->reconnect &&
           heals(l->why ? l->why->cause : L2TPSEC_CAUSE_NO_MEMORY);
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

/* What was under way from the old address is useless now. */
int l2s_link_dial_again(void *self, const void *arg)
{
    struct l2s_link *l = self;

    l2s_event_progress(l, L2TPSEC_LAYER_HOST, "network changed", "our address changed: dialling again");
    if (l->channel)
        l2s_ike_roam(l->c->ike, l->channel->id, &l->dial->local);
    take_down(l);
    return l2s_link_dial(l, arg);
}

/* After a second, as with any other try: DELETE and the new message 1 must not meet. */
static void try_udp(struct l2s_link *l)
{
    l2s_event_progress(l, L2TPSEC_LAYER_ESP, "SCCRQ",
                       "nothing comes back as IP protocol 50: trying again, with ESP in UDP");
    l->dial->encap = true;
    take_down(l);
    l->fsm.state = L_WAIT;
    l2s_link_arm(l, L2S_SECOND);
}

static bool udp_may_help(const struct l2s_link *l)
{
    return !l->channel->udp_encap && !l->dial->encap && !l->dial->raw && l->prof->ike.encap == L2S_ENCAP_AUTO;
}

/* IPsec is up, and nothing at all came by it. The peer may cut HMAC-SHA-256 elsewhere than we do; or the way lets only such packets
 * pass as NATs and firewalls know. SCCRQ is repeated all the while. */
int l2s_link_unheard(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2s_channel *ch = l->channel;

    (void)arg;
    if (ch->heard)
        return L2TPSEC_OK;
    if (++l->dial->unheard > 1 && udp_may_help(l)) {
        try_udp(l);
        return L2TPSEC_OK;
    }
    if (l2s_channel_cut_elsewhere(ch))
        l2s_event_progress(l, L2TPSEC_LAYER_ESP, "SCCRQ",
                           l2s_channel_is_cut(ch) ? "nothing comes back: trying HMAC-SHA-256 cut at 96 bits"
                                                  : "nothing comes back: trying HMAC-SHA-256 at 128 bits again");
    l2s_link_arm(l, L2S_LINK_UNHEARD);
    return L2TPSEC_OK;
}

/* A first dial that got answers and then none is a bad line: a person would try again, and so do we. */
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
    l2s_link_forget_blame(l);
    l->fsm.state = L_WAIT;
    l2s_link_arm(l, L2S_SECOND);
}

/* The DELETE of the SA pairs goes out a while before that of the IKE SA: neither is acknowledged, and if strongSwan's threads
 * took up the second one first, there would be no IKE SA left to read the other one with. */
int l2s_link_part(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2s_channel *ch = l->channel;

    (void)arg;
    if (!ch || ch->gone || ch->links.next != ch->links.prev) {
        l->fsm.state = L_OVER;
        return l2s_link_finish(l, NULL);
    }
    l2s_ike_part(l->c->ike, ch->id);
    l2s_link_arm(l, PART);
    return L2TPSEC_OK;
}

/* What the event says of the future: the link is gone, or waits to be dialled again, or was dialled already, by what the host
 * did when it heard of another link. */
static void told(struct l2s_link *l, struct l2s_event *e)
{
    if (l->fsm.state == L_OVER) {
        e->history = l->history;
        l->history = NULL;
    } else if (l->fsm.state == L_WAIT) {
        e->ev.retry_in_us = l->timer.due - l->c->sys.now;
        l2s_link_forget_blame(l);
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

int l2s_link_finish(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2tpsec *c = l->c;
    bool down = l->has_head || l->closing; /* a hang-up always ends in DOWN, whatever it interrupted */
    uint8_t type = down ? L2TPSEC_EVENT_DOWN : L2TPSEC_EVENT_FAILED;

    (void)arg;
    if (l->client && !l->has_head) /* in UDP it did not come up either */
        l->dial->encap = false;
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
        l2s_link_arm(l, redial_after(l));
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
