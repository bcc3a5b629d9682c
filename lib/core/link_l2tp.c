/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What L2TP asks and tells its links. */
#include "base/errors.h"
#include "core/events.h"
#include "core/link.h"

#define REFUSALS 16u /* events at once */
/* Calls of one peer in which no user is proven yet: who has a group's key and no password takes no more places than that. */
#define UNPROVEN 8u

static void l2tp_emit(void *self, uint64_t channel, uint16_t peer_port, const uint8_t *p, size_t n)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);

    if (ch)
        l2s_channel_send(ch, peer_port, NULL, 0, p, n);
}

static const struct l2s_l2tp_config *l2tp_accept(void *self, uint64_t channel)
{
    struct l2tpsec *c = self;
    struct l2s_channel *ch = l2s_channel_find(c, channel);

    return ch && !ch->client ? &ch->shared->p.l2tp : NULL;
}

/* Sixteen, then one a second: as IKE tells of who has no key. */
static bool may_tell(struct l2tpsec *c)
{
    struct l2s_ration *r = &c->refusals;
    uint64_t passed = (c->sys.now - r->since) / L2S_SECOND;

    if (passed) {
        r->given -= passed < r->given ? (uint32_t)passed : r->given;
        r->since = c->sys.now;
    }
    if (r->given == REFUSALS)
        return false;
    r->given++;
    return true;
}

static bool proves_nothing(const struct l2s_channel *ch)
{
    unsigned n = 0;

    L2S_LIST_EACH (&ch->links, node, after)
        n += !l2s_link_up(L2S_LIST_ENTRY(node, struct l2s_link, node));
    return n >= UNPROVEN;
}

/* The peer hears a CDN, the host this. */
static int refuse(struct l2tpsec *c, const struct l2s_channel *ch, int rc, const char *hint)
{
    struct l2s_failure why = {.layer = rc == L2TPSEC_ENOMEM ? L2TPSEC_LAYER_HOST : L2TPSEC_LAYER_L2TP,
                              .cause = rc == L2TPSEC_ENOMEM ? L2TPSEC_CAUSE_NO_MEMORY : L2TPSEC_CAUSE_LIMIT,
                              .step = "ICCN",
                              .hint = hint};

    if (may_tell(c))
        l2s_channel_refused(c, &ch->remote, &why);
    else
        c->stats.refused++;
    return rc;
}

static int l2tp_session_up(void *self, uint64_t channel, uint64_t session, bool lns, void **owner)
{
    struct l2tpsec *c = self;
    struct l2s_channel *ch = l2s_channel_find(c, channel);
    struct l2s_link *l = *owner;

    if (!ch)
        return L2TPSEC_ENOENT;
    if (lns) {
        if (c->links_server >= ch->shared->p.links_max)
            return refuse(c, ch, L2TPSEC_ERANGE, "raise link.max");
        if (proves_nothing(ch))
            return refuse(c, ch, L2TPSEC_ERANGE, "that peer opens calls and never authenticates in them");
        l = l2s_link_incoming(c, ch);
        if (!l)
            return refuse(c, ch, L2TPSEC_ENOMEM, NULL);
        *owner = l;
        l2s_timer_cancel(&c->sys.timers, &ch->idle);
        l2s_event_weak(l);
    }
    l->session = session;
    l->data_ns = 0;
    l2s_link_step(l, L2S_LINK_SESSION);
    return L2TPSEC_OK;
}

static void l2tp_session_down(void *self, void *owner, const struct l2s_failure *why)
{
    (void)self;
    l2s_link_blame(owner, why);
    l2s_link_step(owner, L2S_LINK_SESSION_DOWN);
}

static void l2tp_reheaded(void *self, void *owner)
{
    struct l2tpsec *c = self;

    c->epoch++; /* the way that packets know has the old header */
    l2s_link_reheaded(owner);
}

static void l2tp_overdue(void *self, void *owner, uint64_t session)
{
    (void)owner;
    l2s_core_overdue(self, session);
}

static void l2tp_channel_idle(void *self, uint64_t channel)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);

    if (!ch)
        return;
    if (l2s_list_empty(&ch->links))
        l2s_channel_idle(ch, L2S_LINK_AFTER_CALL);
    L2S_LIST_EACH (&ch->links, n, after)
        l2s_link_step(L2S_LIST_ENTRY(n, struct l2s_link, node), L2S_LINK_IDLE);
}

const struct l2s_l2tp_port l2s_link_l2tp_port = {
    .emit = l2tp_emit,
    .accept = l2tp_accept,
    .session_up = l2tp_session_up,
    .session_down = l2tp_session_down,
    .failed = l2tp_session_down,
    .reheaded = l2tp_reheaded,
    .overdue = l2tp_overdue,
    .channel_idle = l2tp_channel_idle,
};
