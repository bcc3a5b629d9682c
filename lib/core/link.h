/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A link: one PPP session to one peer, from dial or first call to hang-up. */
#ifndef L2S_CORE_LINK_H
#define L2S_CORE_LINK_H

#include "base/fsm.h"
#include "core/channel.h"
#include "core/way.h"
#include "ppp/ppp.h"

struct l2s_secret {
    size_t n;
    uint8_t p[];
};

/* What a link has that we dialled. */
struct l2s_dial {
    struct l2s_shared_profile *shared;
    struct l2s_secret *password; /* that took the place of the profile's; NULL: none did */
    l2tpsec_addr local, remote;  /* as connect was given */
    uint32_t attempts;           /* of redialling */
    bool urgent;                 /* redial at once */
    bool raw;                    /* protocol 50 gets through here: a link was up by it */
    bool encap;                  /* it does not, it seems */
    bool cut;                    /* the server cuts HMAC-SHA-256 at 96 bits */
    uint32_t unheard;            /* how often nothing had come back by a fresh SA pair */
    struct {
        struct l2s_timer timer; /* ask again */
        struct l2s_told *told;  /* NULL: nothing yet */
        uint32_t xid, tries;
        bool asking;
    } inform;
};

/* Where the profile wants IPv6. */
struct l2s_link_ipv6 {
    struct l2s_link *link;
    struct l2s_hnode route; /* server: by prefix */
    struct l2s_timer timer; /* server: the next advertisement */
    uint8_t local[8], peer[8], prefix[8];
    bool open, has_prefix;
};

struct l2s_link_stats {
    uint64_t packets_in, bytes_in, packets_out, bytes_out, rekeys;
};

struct l2s_link {
    struct l2s_grave grave; /* first */
    struct l2s_way_out way; /* from here to fsm: what every packet looks at */
    l2tpsec_id id;
    struct l2s_link_stats stats;
    struct l2s_fsm fsm;
    bool client, was_up, closing;
    bool has_head;    /* way has the headers of the packets we send */
    bool leased;      /* net.peer is its own: in context->routes, and taken in the pool */
    bool proven;      /* the peer proved to be the user whose name hashes to same_user.hash */
    uint8_t awaited;  /* server: links of its user that are asked before it gets its address (core/former.h) */
    uint8_t untold;   /* DOWN or FAILED, which the host does not know yet; else 0 */
    uint16_t data_ns; /* of the next data message that is numbered (RFC 2661, 5.4) */
    uint16_t mtu;
    uint32_t probes; /* still to be sent, after the network changed or the user came again */
    struct l2tpsec *c;
    const struct l2s_profile *prof; /* client: the shared; server: the channel's */
    struct l2s_dial *dial;          /* client; else NULL */
    struct l2s_channel *channel;    /* NULL: none (yet, any more) */
    struct l2s_node node;           /* of channel->links, or of context->untold */
    struct l2s_hnode route;         /* by inner address */
    struct l2s_hnode same_user;     /* server: in context->users; its hash is the user's, there or not */
    l2tpsec_id asked_for; /* server: the link of the same user that came up after it; 0: none (core/former.h) */
    uint64_t probed_at;   /* when the probes began */
    uint64_t session;     /* L2TP's; 0: none */
    struct l2s_ppp *ppp;
    struct l2s_ppp *ppp_over;   /* ended, perhaps in mid-step: freed at the next dial or with the link */
    struct l2s_ppp_net net;     /* before a lease net.peer is the address to try first; zeros: none */
    struct l2s_link_ipv6 *ipv6; /* NULL: without */
    uint64_t alive_told;        /* when L2TP and PPP were last told of a sign of life */
    uint64_t token;             /* of the open question: it says which; 0: none */
    uint64_t heard;             /* last frame that came by it */
    struct l2s_timer timer;     /* redial, the first packet, the next probe, or the end of a polite close: waited for */
    struct l2s_failure *why;    /* first thing that went wrong; NULL: nothing */
    struct l2s_history *history;
    char *user;                         /* as much as can be shown; NULL: none, or no memory for it */
    uint32_t drops[L2TPSEC_DROP_COUNT]; /* UINT32_MAX: or more */
};

/* One use of the profile is the link's from then on; on failure it is given back. */
int32_t l2s_link_connect(struct l2tpsec *c, struct l2s_shared_profile *p, const l2tpsec_addr *local,
                         const l2tpsec_addr *remote, l2tpsec_id *out);
void l2s_link_close(struct l2s_link *l);
void l2s_link_tell(struct l2s_link *l);                    /* its end, for which there was no memory before */
void l2s_link_free(struct l2tpsec *c, struct l2s_link *l); /* nobody is told */
bool l2s_link_up(const struct l2s_link *l);
/* The peer came back while its old link still stands: the old one goes at once. */
void l2s_link_replace(struct l2s_link *old);

/* The channel below is gone, or never came up. */
void l2s_link_channel_down(struct l2s_link *l, const struct l2s_failure *why);

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
/* Make the headers in way anew (the link is up). */
bool l2s_link_template(struct l2s_link *l);
/* L2TP's data header changed: the link's MTU may be smaller now. */
void l2s_link_reheaded(struct l2s_link *l);

extern const struct l2s_l2tp_port l2s_link_l2tp_port; /* self is filled in by the context */
extern const struct l2s_ppp_port l2s_link_ppp_port;   /* self is the link */

#endif
