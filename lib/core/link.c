/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A link's life, and the table of its machine. */
#include "core/link_machine.h"

#include "base/errors.h"
#include "base/failure.h"
#include "core/inform.h"
#include "core/ipv6.h"
#include "core/lease.h"
#include "core/roam.h"

static const char *const state_names[L_COUNT] = {
    [L_NONE] = "none",
    [L_IKE] = "securing",
    [L_SETTLE] = "settling",
    [L_L2TP] = "calling",
    [L_PPP] = "negotiating",
    [L_UP] = "up",
    [L_CLOSE_PPP] = "closing PPP",
    [L_CLOSE_L2TP] = "closing L2TP",
    [L_PART] = "parting",
    [L_WAIT] = "waiting",
    [L_OVER] = "over",
};

static const char *const event_names[L2S_LINK_EVENTS] = {
    [L2S_LINK_SECURE] = "SA pair up",
    [L2S_LINK_SESSION] = "call up",
    [L2S_LINK_PPP_UP] = "IP up",
    [L2S_LINK_PPP_DOWN] = "PPP down",
    [L2S_LINK_SESSION_DOWN] = "call down",
    [L2S_LINK_IDLE] = "last tunnel gone",
    [L2S_LINK_CHANNEL_DOWN] = "IPsec down",
    [L2S_LINK_CLOSE] = "close",
    [L2S_LINK_TIMER] = "timer",
    [L2S_LINK_CHANGED] = "network changed",
    [L2S_LINK_MOVED] = "address changed",
};

static const struct l2s_edge edges[L_COUNT * L2S_LINK_EVENTS] = {
#define ON(state, event) [(state)*L2S_LINK_EVENTS + L2S_LINK_##event]
    ON(L_IKE, SECURE) = {L_SETTLE, l2s_link_settle},
    ON(L_IKE, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},
    ON(L_IKE, CLOSE) = {L_OVER, l2s_link_finish},
    ON(L_IKE, MOVED) = {L_IKE, l2s_link_dial_again},

    ON(L_SETTLE, TIMER) = {L_L2TP, l2s_link_call},
    ON(L_SETTLE, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},
    ON(L_SETTLE, CLOSE) = {L_OVER, l2s_link_finish},
    ON(L_SETTLE, MOVED) = {L_IKE, l2s_link_dial_again},

    ON(L_L2TP, SESSION) = {L_PPP, l2s_link_start_ppp},
    ON(L_L2TP, TIMER) = {L_L2TP, l2s_link_unheard},
    ON(L_L2TP, SESSION_DOWN) = {L_CLOSE_L2TP, l2s_link_call_gone},
    ON(L_L2TP, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},
    ON(L_L2TP, CLOSE) = {L_CLOSE_L2TP, l2s_link_close_l2tp},
    ON(L_L2TP, MOVED) = {L_IKE, l2s_link_dial_again},

    ON(L_PPP, PPP_UP) = {L_UP, l2s_link_announce},
    ON(L_PPP, PPP_DOWN) = {L_CLOSE_L2TP, l2s_link_close_l2tp},
    ON(L_PPP, SESSION_DOWN) = {L_CLOSE_L2TP, l2s_link_call_gone},
    ON(L_PPP, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},
    ON(L_PPP, CLOSE) = {L_CLOSE_PPP, l2s_link_close_ppp},
    ON(L_PPP, MOVED) = {L_IKE, l2s_link_dial_again},

    ON(L_UP, PPP_UP) = {L_UP, l2s_link_announce},
    ON(L_UP, PPP_DOWN) = {L_CLOSE_L2TP, l2s_link_close_l2tp},
    ON(L_UP, SESSION_DOWN) = {L_CLOSE_L2TP, l2s_link_call_gone},
    ON(L_UP, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},
    ON(L_UP, CLOSE) = {L_CLOSE_PPP, l2s_link_close_ppp},
    ON(L_UP, CHANGED) = {L_UP, l2s_roam_begin},
    ON(L_UP, MOVED) = {L_UP, l2s_roam_begin},
    ON(L_UP, TIMER) = {L_UP, l2s_link_probe},

    ON(L_CLOSE_PPP, PPP_DOWN) = {L_CLOSE_L2TP, l2s_link_close_l2tp},
    ON(L_CLOSE_PPP, TIMER) = {L_CLOSE_L2TP, l2s_link_close_l2tp},
    ON(L_CLOSE_PPP, SESSION_DOWN) = {L_CLOSE_L2TP, l2s_link_call_gone},
    ON(L_CLOSE_PPP, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},

    ON(L_CLOSE_L2TP, SESSION_DOWN) = {L_CLOSE_L2TP, l2s_link_call_gone},
    ON(L_CLOSE_L2TP, IDLE) = {L_PART, l2s_link_part},
    ON(L_CLOSE_L2TP, TIMER) = {L_PART, l2s_link_part},
    ON(L_CLOSE_L2TP, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},

    ON(L_PART, TIMER) = {L_OVER, l2s_link_finish},
    ON(L_PART, CHANNEL_DOWN) = {L_OVER, l2s_link_finish},

    ON(L_WAIT, TIMER) = {L_IKE, l2s_link_dial},
    ON(L_WAIT, CLOSE) = {L_OVER, l2s_link_finish},
    ON(L_WAIT, CHANGED) = {L_IKE, l2s_link_dial},
    ON(L_WAIT, MOVED) = {L_IKE, l2s_link_dial},
#undef ON
};

static const struct l2s_fsm_def link_fsm = {.wing = "core",
                                            .name = "link",
                                            .states = state_names,
                                            .events = event_names,
                                            .n_states = L_COUNT,
                                            .n_events = L2S_LINK_EVENTS,
                                            .edges = edges};

void l2s_link_step(struct l2s_link *l, enum l2s_link_event event)
{
    l->c->epoch++;
    (void)l2s_fsm_step(&l->fsm, l, &l->c->sys.trace, l->id, event, NULL);
}

bool l2s_link_up(const struct l2s_link *l)
{
    return l->fsm.state == L_UP;
}

void l2s_link_arm(struct l2s_link *l, uint64_t after)
{
    l2s_timer_arm(&l->c->sys.timers, &l->timer, l->c->sys.now + after);
}

/* Keep the first thing that went wrong: what follows is its consequence. */
void l2s_link_blame(struct l2s_link *l, const struct l2s_failure *why)
{
    if (!l->why && l->ppp && l2s_ppp_why(l->ppp)) /* PPP was about to end for its own reason */
        why = l2s_ppp_why(l->ppp);
    if (why && !l->why)
        l->why = l2s_mem_dup(&l->c->sys.mem, why, sizeof *why);
}

void l2s_link_blame_cause(struct l2s_link *l, uint32_t layer, uint32_t cause, const char *at)
{
    struct l2s_failure f = {.layer = layer, .cause = cause, .step = at};

    l2s_link_blame(l, &f);
}

void l2s_link_forget_blame(struct l2s_link *l)
{
    l2s_mem_free(&l->c->sys.mem, l->why);
    l->why = NULL;
}

static void timer_fired(void *owner)
{
    l2s_link_step(owner, L2S_LINK_TIMER);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

/* Its own, and DHCPINFORM's. */
static size_t timers_of(bool client)
{
    return client ? 2 : 1;
}

/* In one block with what it has because we dialled it. */
struct dialled {
    struct l2s_link link;
    struct l2s_dial dial;
};

struct l2s_link *l2s_link_new(struct l2tpsec *c, const struct l2s_profile *prof, bool client)
{
    struct l2s_link *l = l2s_mem_new(&c->sys.mem, client ? sizeof(struct dialled) : sizeof *l);

    if (!l || l2s_timers_reserve(&c->sys.timers, timers_of(client)) != L2TPSEC_OK) {
        l2s_mem_free(&c->sys.mem, l);
        return NULL;
    }
    l->c = c;
    l->prof = prof;
    l->client = client;
    if (l2s_ipv6_init(l) == L2TPSEC_OK)
        l->id = l2s_idtab_add(&c->links, l);
    if (!l->id) {
        l2s_ipv6_fini(l);
        l2s_timers_release(&c->sys.timers, timers_of(client));
        l2s_mem_free(&c->sys.mem, l);
        return NULL;
    }
    if (client) {
        l->dial = &L2S_CONTAINER(l, struct dialled, link)->dial;
        l2s_inform_init(l);
    }
    l->fsm = (struct l2s_fsm){.def = &link_fsm, .state = L_NONE};
    l2s_timer_init(&l->timer, timer_fired, l);
    l2s_list_init(&l->node);
    c->stats.links++;
    if (!client)
        c->links_server++;
    return l;
}

static void bury_link(struct l2tpsec *c, struct l2s_grave *g)
{
    struct l2s_link *l = L2S_CONTAINER(g, struct l2s_link, grave);

    l2s_ppp_free(l->ppp);
    l2s_ppp_free(l->ppp_over);
    l2s_link_forget_blame(l);
    l2s_mem_free(&c->sys.mem, l->history);
    l2s_mem_free(&c->sys.mem, l->user);
    if (l->dial) {
        l2s_shared_put(c, l->dial->shared);
        l2s_mem_free(&c->sys.mem, l->dial->password);
    }
    l2s_mem_free(&c->sys.mem, l);
}

void l2s_link_free(struct l2tpsec *c, struct l2s_link *l)
{
    l2s_timer_cancel(&c->sys.timers, &l->timer);
    l2s_ipv6_fini(l);
    l2s_inform_fini(l);
    l2s_timers_release(&c->sys.timers, timers_of(l->client));
    l2s_lease_give_back(l);
    l2s_hash_remove(&c->users, &l->same_user);
    l2s_list_remove(&l->node);
    l->channel = NULL;
    l2s_idtab_remove(&c->links, l->id);
    c->stats.links--;
    if (!l->client)
        c->links_server--;
    if (l->client)
        l2s_ike_abandon(c->ike, l);
    l->fsm.state = L_OVER;
    l2s_core_doom(c, &l->grave, bury_link);
}
