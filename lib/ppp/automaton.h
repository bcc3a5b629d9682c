/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The option negotiation automaton (RFC 1661, 4), one for LCP and every network control protocol. What options mean is the
 * protocol's: a table of functions. */
#ifndef L2S_PPP_AUTOMATON_H
#define L2S_PPP_AUTOMATON_H

#include "base/sys.h"
#include "ppp/frame.h"

enum l2s_cp_state {
    L2S_CP_INITIAL,
    L2S_CP_STARTING,
    L2S_CP_CLOSED,
    L2S_CP_STOPPED,
    L2S_CP_CLOSING,
    L2S_CP_STOPPING,
    L2S_CP_REQ_SENT,
    L2S_CP_ACK_RCVD,
    L2S_CP_ACK_SENT,
    L2S_CP_OPENED,
    L2S_CP_STATES
};

enum l2s_cp_event {
    L2S_CP_UP,
    L2S_CP_DOWN,
    L2S_CP_OPEN,
    L2S_CP_CLOSE,
    L2S_CP_TO_PLUS,
    L2S_CP_TO_MINUS,
    L2S_CP_RCR_PLUS,
    L2S_CP_RCR_MINUS,
    L2S_CP_RCA,
    L2S_CP_RCN,
    L2S_CP_RTR,
    L2S_CP_RTA,
    L2S_CP_RUC,
    L2S_CP_RXJ_PLUS,
    L2S_CP_RXJ_MINUS,
    L2S_CP_RXR,
    L2S_CP_EVENTS
};

enum {
    L2S_CP_CONF_REQ = 1,
    L2S_CP_CONF_ACK,
    L2S_CP_CONF_NAK,
    L2S_CP_CONF_REJ,
    L2S_CP_TERM_REQ,
    L2S_CP_TERM_ACK,
    L2S_CP_CODE_REJ,
    L2S_CP_PROTO_REJ,
    L2S_CP_ECHO_REQ,
    L2S_CP_ECHO_REP,
    L2S_CP_DISCARD,
    L2S_CP_IDENTIFICATION,
    L2S_CP_TIME_REMAINING,
};

enum l2s_cp_verdict { L2S_CP_ACK, L2S_CP_NAK, L2S_CP_REJECT };

struct l2s_cp_option {
    uint8_t type;
    struct l2s_rd value;
};

/* The next option (RFC 1661, 6): 1, 0 at the end, L2TPSEC_EPROTO malformed. */
int l2s_cp_option_next(struct l2s_rd *r, struct l2s_cp_option *out);
void l2s_cp_option_put(struct l2s_wr *w, uint8_t type, const void *value, size_t n);

struct l2s_cp_ops {
    const char *name;
    uint16_t protocol;
    void (*begin)(void *self);                     /* a new negotiation: forget what the peer thought of our options */
    void (*forget_peer)(void *self);               /* a new request of the peer: forget what its last one said */
    void (*request)(void *self, struct l2s_wr *w); /* our options */
    /* Judge one option of the peer. For a Nak the values we would take go to nak. */
    enum l2s_cp_verdict (*judge)(void *self, const struct l2s_cp_option *o, struct l2s_wr *nak);
    /* All options were acceptable: options we insist on but the peer left out may be added to nak. */
    void (*missing)(void *self, struct l2s_wr *nak);
    void (*nak)(void *self, const struct l2s_cp_option *o); /* the peer would rather have this value of ours */
    void (*reject)(void *self, uint8_t type);               /* the peer will not have this option of ours */
    void (*up)(void *self);                                 /* this layer up (tlu) */
    void (*down)(void *self);                               /* tld */
    void (*finished)(void *self);                           /* tlf: nothing more will come of it */
    void (*said_goodbye)(void *self, struct l2s_rd data);   /* data of the peer's Terminate-Request; NULL allowed */
    /* Codes beyond Code-Reject; false: unknown. NULL allowed. */
    bool (*extra)(void *self, uint8_t code, uint8_t id, struct l2s_rd data);
    void (*emit)(void *self, uint16_t protocol, const uint8_t *p, size_t n);
};

/* The same for all automatons of a link. */
struct l2s_cp_terms {
    struct l2s_sys *sys;
    uint64_t link;
    uint64_t restart_us;
    uint16_t max_configure, max_terminate, max_failure;
    uint16_t peer_mru; /* what goes back to the peer fits it (RFC 1661, 5.6) */
};

struct l2s_cp {
    const struct l2s_cp_ops *ops;
    void *self;
    struct l2s_cp_terms *terms;
    struct l2s_timer restart;
    uint64_t acked_mark;        /* of the options last acknowledged, which came with acked_id */
    uint32_t asked_ms;          /* when our last request was said for the last time */
    uint16_t counter, failures; /* restart counter; Naks sent in a row */
    uint8_t state;              /* enum l2s_cp_state */
    uint8_t id;                 /* of our last request, while it is not answered */
    uint8_t asked_id;           /* the same, answered or not */
    uint8_t naked_id;           /* of the request we last had something against */
    uint8_t last_id;
    uint8_t acked_id;
    uint8_t naks;   /* taken since the negotiation began */
    bool acked;     /* our last answer was an Ack */
    bool timed_out; /* why it finished: the peer does not answer */
};

/* The owner reserves one timer for each. */
void l2s_cp_init(struct l2s_cp *c, const struct l2s_cp_ops *ops, void *self, struct l2s_cp_terms *terms);
void l2s_cp_fini(struct l2s_cp *c);
void l2s_cp_event(struct l2s_cp *c, enum l2s_cp_event ev);
/* One packet of this protocol. 0, or why it was dropped. */
uint32_t l2s_cp_input(struct l2s_cp *c, struct l2s_rd packet);
/* Send a packet of any code. */
void l2s_cp_send(struct l2s_cp *c, uint8_t code, uint8_t id, const void *data, size_t n);
uint8_t l2s_cp_next_id(struct l2s_cp *c);
size_t l2s_cp_room(const struct l2s_cp *c,
                   size_t n); /* n bytes of data, or as many as the peer's MRU leaves room for */

#endif
