/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A link: one PPP session to one peer, from dial or first call to hang-up. */
#ifndef L2S_CORE_LINK_H
#define L2S_CORE_LINK_H

#include "base/fsm.h"
#include "core/channel.h"
#include "core/way.h"
#include "ppp/ppp.h"

struct l2s_link {
    struct l2s_grave grave; /* first */
    struct l2s_way_out way; /* what is looked at with every packet begins here */
    l2tpsec_id id;
    l2tpsec_stats stats;
    struct l2s_fsm fsm; /* so far */
    struct l2tpsec *c;
    bool client, was_up, closing;
    bool leased;      /* net.peer is its own: in context->routes, and taken in the pool */
    bool proven;      /* the peer proved to be the user whose name hashes to user_hash */
    bool urgent;      /* redial at once */
    uint16_t data_ns; /* of the next data message that is numbered (RFC 2661, 5.4) */
    uint16_t mtu;
    const struct l2s_profile *prof; /* client: own; server: the channel's */
    struct l2s_profile *own;
    struct l2s_channel *channel; /* NULL: none (yet, any more) */
    struct l2s_node node;        /* of channel->links */
    struct l2s_hnode route;      /* by inner address */
    struct l2s_hnode same_user;  /* server: in context->users */
    l2tpsec_id asked_for;        /* server: the link of the same user that came up after it; 0: none (core/former.h) */
    uint8_t awaited;             /* server: links that are asked for this one */
    uint64_t session;            /* L2TP's; 0: none */
    struct l2s_ppp *ppp;
    struct l2s_ppp *ppp_over; /* ended, perhaps in mid-step: freed at the next dial or with the link */
    struct l2s_ppp_net net;   /* before a lease net.peer is the address to try first; zeros: none */
    struct {
        struct l2s_hnode route; /* server: by prefix */
        struct l2s_timer timer; /* server: the next advertisement */
        uint8_t local[8], peer[8], prefix[8];
        bool open, has_prefix;
    } ipv6;
    struct {
        struct l2s_timer timer; /* client: ask again */
        struct l2s_told *told;  /* NULL: nothing yet */
        uint32_t xid, tries;
        bool asking;
    } inform;
    uint64_t alive_told;
    uint64_t secret_token, address_token; /* of the open questions; 0: none */
    l2tpsec_addr local, remote;           /* client: as connect was given */
    uint32_t attempts;                    /* of redialling */
    uint32_t probes;                      /* still to be sent, after the network changed or the user came again */
    uint64_t heard, probed_at;            /* last frame that came by it; when the probing began */
    struct l2s_timer timer;               /* redial, the next probe, or the end of waiting for a polite close */
    struct l2s_failure *why;              /* first thing that went wrong; NULL: nothing */
    struct l2s_history *history;
    uint64_t user_hash;
    char user[128];                            /* as much as can be shown */
    uint8_t tmpl[24];                          /* UDP, L2TP and PPP headers of every packet we send */
    uint8_t tmpl_len, l2tp_len_at, l2tp_ns_at; /* ..._at 0: the template has none */
    uint64_t drops[L2TPSEC_DROP_COUNT];
};

int32_t l2s_link_connect(struct l2tpsec *c, const struct l2s_profile *p, const l2tpsec_addr *local,
                         const l2tpsec_addr *remote, l2tpsec_id *out);
void l2s_link_close(struct l2s_link *l);
void l2s_link_free(struct l2tpsec *c, struct l2s_link *l); /* without a word to anybody */
bool l2s_link_up(const struct l2s_link *l);
/* The peer came back while its old link still stands: the old one goes at once. */
void l2s_link_replace(struct l2s_link *old);

/* What the channel below tells its links. */
void l2s_link_channel_up(struct l2s_link *l, struct l2s_channel *ch); /* the first SA pair is there */
void l2s_link_channel_down(struct l2s_link *l, const struct l2s_failure *why);
void l2s_link_failed(struct l2s_link *l, const struct l2s_failure *why);

/* What happens to a link; PPP, L2TP and the channel say it. */
enum l2s_link_event {
    L2S_LINK_SECURE,
    L2S_LINK_SESSION,
    L2S_LINK_PPP_UP,
    L2S_LINK_PPP_DOWN,
    L2S_LINK_SESSION_DOWN,
    L2S_LINK_IDLE, /* the last tunnel of its channel is gone */
    L2S_LINK_CHANNEL_DOWN,
    L2S_LINK_CLOSE,
    L2S_LINK_TIMER,
    L2S_LINK_CHANGED, /* client: the network did, our address did not */
    L2S_LINK_MOVED,   /* client: our address did */
    L2S_LINK_EVENTS,
};
void l2s_link_step(struct l2s_link *l, enum l2s_link_event event);
/* Keep the first thing that went wrong: what follows is its consequence. */
void l2s_link_blame(struct l2s_link *l, const struct l2s_failure *why);
/* A server's link for a call that came in. NULL: no memory. */
struct l2s_link *l2s_link_incoming(struct l2tpsec *c, struct l2s_channel *ch);

#define L2S_LINK_AFTER_CALL                                                                                            \
    (30 * L2S_SECOND) /* server: SAs without a tunnel are closed after this, unless the peer does */

/* An IP packet of our own for the peer. */
void l2s_link_send_ip(struct l2s_link *l, uint8_t *ip, size_t n);
/* Make the header template anew (the link is up). */
bool l2s_link_template(struct l2s_link *l);
/* L2TP's header is another now: it may have grown. */
void l2s_link_reheaded(struct l2s_link *l);

extern const struct l2s_l2tp_port l2s_link_l2tp_port; /* self is filled in by the context */
extern const struct l2s_ppp_port l2s_link_ppp_port;   /* self is filled in by the link */

#endif
