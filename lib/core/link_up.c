/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The way up: IKE, L2TP, PPP, and what is set up when IP may pass. */
#include "core/link_machine.h"

#include "base/errors.h"
#include "core/events.h"
#include "core/former.h"
#include "core/history.h"
#include "core/inform.h"
#include "core/ipv6.h"
#include "core/roam.h"
#include "core/shard.h"
#include "wire/wr.h"

#include <stdio.h>
#include <string.h>

#define SETTLE (30 * L2S_MS) /* the peer installs its SAs after our last quick mode message */
#define RESTART_LEAST 500u   /* ms, of PPP's restart timer */
#define RESTART_MOST 3000u   /* RFC 1661, 4.6 */
#define UDP_HEADER 8u
#define UDP_LENGTH_AT 4u

static uint32_t cause_of(int rc)
{
    return rc == L2TPSEC_ENOMEM    ? L2TPSEC_CAUSE_NO_MEMORY
           : rc == L2TPSEC_ERANDOM ? L2TPSEC_CAUSE_NO_RANDOM
                                   : L2TPSEC_CAUSE_INTERNAL;
}

static int dial_now(struct l2s_link *l)
{
    const struct l2s_profile *p = l->prof;

    l2s_ppp_free(l->ppp_over);
    l->ppp_over = NULL;
    l2s_link_forget_blame(l);
    int rc = l2s_ike_connect(l->c->ike, &p->ike, &l->dial->local, &l->dial->remote, p->nat_port, p->peer_nat_port, l);
    if (rc != L2TPSEC_OK)
        l2s_link_blame_cause(l, L2TPSEC_LAYER_HOST, cause_of(rc), "dial");
    else if (l->dial->encap)
        l2s_ike_encapsulate(l->c->ike, l);
    return rc;
}

int l2s_link_dial(void *self, const void *arg)
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
    struct l2s_link *l = l2s_link_new(c, &p->p, true);

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
        l->dial->remote.port = L2S_IKE_PORT;
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
    struct l2s_link *l = l2s_link_new(c, &ch->shared->p, false);

    if (!l)
        return NULL;
    l->channel = ch;
    l->history = ch->history ? ch->history : l2s_history_new(&c->sys.mem, l->prof->messages);
    ch->history = NULL;
    l2s_list_add_tail(&ch->links, &l->node);
    l->fsm.state = L_L2TP;
    return l;
}

int l2s_link_settle(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    char words[80], text[128];
    l2s_channel_text(l->channel, words, sizeof words);
    snprintf(text, sizeof text, "IKE: phase 2 is up: %s", words);
    l2s_event_progress(l, L2TPSEC_LAYER_ESP, "quick mode", text);
    l2s_event_weak(l);
    l2s_link_arm(l, SETTLE);
    return L2TPSEC_OK;
}

int l2s_link_call(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    int rc = l2s_l2tp_connect(l->c->l2tp, &l->prof->l2tp, l->channel->id, l, &l->session);
    if (rc != L2TPSEC_OK) {
        l2s_link_blame_cause(l, L2TPSEC_LAYER_HOST, cause_of(rc), "SCCRQ");
        l2s_link_step(l, L2S_LINK_CHANNEL_DOWN);
        return rc;
    }
    l->dial->unheard = 0;
    l2s_link_arm(l, L2S_LINK_UNHEARD);
    return L2TPSEC_OK;
}

/* PPP's restart timer, in ms. It must not run out before an answer can be here: a repetition that finds the peer's layer open
 * takes that down again (RFC 1661, 4.1). L2TP has measured the round trip. */
static uint32_t patience_ms(const struct l2s_link *l)
{
    uint64_t ms = l2s_l2tp_round_trip(l->c->l2tp, l->session) / L2S_MS;

    ms += ms / 2 + 100;
    return (uint32_t)(ms < RESTART_LEAST ? RESTART_LEAST : ms > RESTART_MOST ? RESTART_MOST : ms);
}

int l2s_link_start_ppp(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2s_ppp_line line = {.link = l->id, .restart_ms = patience_ms(l)};

    (void)arg;
    l2s_timer_cancel(&l->c->sys.timers, &l->timer);
    l2s_ipv6_identifiers(l, NULL, NULL); /* of a PPP before this one */
    l2s_inform_end(l);
    if (l->client)
        memcpy(line.wish, l->net.local, sizeof line.wish);
    l2s_event_progress(l, L2TPSEC_LAYER_L2TP, "ICCN", "L2TP: the call is up");
    int rc = l2s_ppp_new(&l->c->sys, l->c->crypto, &l->prof->ppp, &line, &l2s_link_ppp_port, l, &l->ppp);
    if (rc != L2TPSEC_OK) {
        l2s_link_blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_NO_MEMORY, "PPP");
        l2s_link_step(l, L2S_LINK_PPP_DOWN);
        return rc;
    }
    l2s_ppp_start(l->ppp);
    return L2TPSEC_OK;
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
    l2s_put16(w->head + udp, L2S_L2TP_PORT);
    l2s_put16(w->head + udp + 2, h.peer_port);
    memcpy(w->head + l2tp, h.bytes, h.len);
    memcpy(w->head + l2tp + h.len, ppp, ppp_len);
    w->length_at = (uint8_t)(udp + UDP_LENGTH_AT);
    w->l2tp_length_at = h.length_at ? (uint8_t)(l2tp + h.length_at) : 0;
    w->ns_at = h.ns_at ? (uint8_t)(l2tp + h.ns_at) : 0;
    l->has_head = true;
    return true;
}

/* The channel's MTU, less what L2TP and PPP headers take in this call beyond the least. */
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
    l2s_link_blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_NO_MEMORY, "IPCP");
    if (!again) {
        l->c->links_up--;
        l->has_head = false;
        l->was_up = was_up;
    }
    l2s_link_step(l, L2S_LINK_CLOSE);
    return L2TPSEC_ENOMEM;
}

int l2s_link_announce(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2tpsec *c = l->c;
    bool again = l->has_head, was_up = l->was_up;

    (void)arg;
    l->mtu = mtu_of(l);
    if (!l2s_link_template(l)) {
        l2s_link_blame_cause(l, L2TPSEC_LAYER_HOST, L2TPSEC_CAUSE_INTERNAL, "IPCP");
        l2s_link_step(l, L2S_LINK_CLOSE);
        return L2TPSEC_EINTERNAL;
    }
    if (!again)
        c->links_up++;
    l->was_up = true;
    if (l->dial) {
        l->dial->attempts = 0;
        l->dial->raw = !l->channel->udp_encap;
        l->dial->cut = l2s_channel_is_cut(l->channel);
    }
    if (!l->client)
        l2s_timer_cancel(&c->sys.timers, &l->channel->idle);
    if (!l2s_event_up(l))
        return not_announced(l, again, was_up);
    l2s_ipv6_link_up(l);
    l2s_inform_begin(l);
    return L2TPSEC_OK;
}

int l2s_link_probe(void *self, const void *arg)
{
    struct l2s_link *l = self;

    return l->client ? l2s_roam_probe(l, arg) : l2s_former_probe(l);
}
