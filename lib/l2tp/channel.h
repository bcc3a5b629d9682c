/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The reliable control channel of one tunnel (RFC 2661, 5.8 and appendix A): Ns and Nr, a send queue within the peer's
 * window with slow start, retransmission with back-off, delivery in order, and acknowledgements that are neither late
 * nor many. It knows nothing of what the messages say. */
#ifndef L2S_L2TP_CHANNEL_H
#define L2S_L2TP_CHANNEL_H

#include "base/list.h"
#include "base/sys.h"
#include "l2tp/header.h"

#define L2S_L2TP_WINDOW_MAX 64u
#define L2S_L2TP_WINDOW_ASSUMED 4u /* the peer's, when it does not say (4.4.3) */
#define L2S_L2TP_QUEUE_MAX 64u     /* messages waiting for the peer's acknowledgement */
#define L2S_L2TP_HOLD_BYTES 1500u  /* an early message longer than this is not kept */
#define L2S_L2TP_MESSAGE_MAX 1024u /* the longest we build, header and all */
#define L2S_L2TP_CHAN_TIMERS 2u

/* How the peer shows, beside an acknowledgement, which it may delay, that it has a message of ours. */
enum l2s_l2tp_answer {
    L2S_L2TP_BY_ACK,     /* not at all */
    L2S_L2TP_BY_DATA,    /* traffic begins */
    L2S_L2TP_BY_MESSAGE, /* a message of its own, at once */
};

struct l2s_l2tp_chan_ops {
    void (*emit)(void *self, const uint8_t *p, size_t n);
    /* The next message in order. It may stop or close the channel. */
    void (*deliver)(void *self, const struct l2s_l2tp_header *msg);
    /* The peer has acknowledged something new: everything before chan->una. */
    void (*acked)(void *self);
    /* All retransmissions were in vain; nothing is sent any more. */
    void (*dead)(void *self);
};

struct l2s_l2tp_chan {
    struct l2s_sys *sys;
    const struct l2s_l2tp_chan_ops *ops;
    void *self;

    struct l2s_node queue;
    unsigned queued;
    uint16_t peer_tunnel; /* in the header of what is sent; 0 until the peer has assigned it */
    uint16_t ns;          /* of the next message queued */
    uint16_t una;         /* the oldest one not acknowledged */
    uint16_t next;        /* the next to transmit: behind a timeout it goes back to una */
    uint16_t sent;        /* one more than the newest that was ever transmitted */
    uint16_t peer_window, cwnd, ssthresh, grown;
    uint16_t nr;     /* the next one expected */
    uint16_t window; /* what we offered: no more is held */
    bool timed;      /* since is also when the oldest outstanding message was first transmitted */
    bool traffic;    /* of a session came since then */
    bool patient;    /* any word of the peer since then is proof of life: begin a new round instead of dying */
    bool ack_due;
    bool closed; /* neither sends nor delivers, still acknowledges */
    bool gone;   /* nothing at all */
    uint32_t retries, tries;
    uint32_t retry_first, retry_cap, retry; /* microseconds */
    uint64_t since;                         /* when the present round of retransmissions began */
    uint64_t round_trip; /* shortest seen, microseconds: delays and losses included, so never too short; 0: none yet */
    struct l2s_node held;
    uint64_t heard; /* when anything came from the peer, data included; 0: never */
    struct l2s_timer retransmit, ack;
};

/* The timers' owner must be entered through the engine, so it gives their functions; they call the two below. */
void l2s_l2tp_chan_init(struct l2s_l2tp_chan *c, struct l2s_sys *sys, const struct l2s_l2tp_chan_ops *ops, void *self,
                        void (*retransmit)(void *self), void (*ack)(void *self));
void l2s_l2tp_chan_retransmit(struct l2s_l2tp_chan *c);
void l2s_l2tp_chan_acknowledge(struct l2s_l2tp_chan *c); /* by a ZLB, if something is to be acknowledged */

void l2s_l2tp_chan_peer_window(struct l2s_l2tp_chan *c, uint16_t window);

/* Queue a message for the peer's session and send what the window lets through; *ns (NULL allowed) gets its number.
 * L2TPSEC_ENOMEM without memory, L2TPSEC_ERANGE when the queue is full or the message too long. */
int l2s_l2tp_chan_send(struct l2s_l2tp_chan *c, uint16_t session, const uint8_t *avps, size_t n,
                       enum l2s_l2tp_answer answer, uint16_t *ns);

/* The first message was taken in otherwise (an SCCRQ makes the tunnel): count and acknowledge it. */
void l2s_l2tp_chan_begin(struct l2s_l2tp_chan *c, uint16_t ns);

/* A message that is known to be a repetition whatever its number: acknowledge again. */
void l2s_l2tp_chan_repeated(struct l2s_l2tp_chan *c);

/* Emit one message with the next number, once, and keep nothing of it. */
void l2s_l2tp_chan_send_once(struct l2s_l2tp_chan *c, const uint8_t *avps, size_t n);

/* A control message of this tunnel. 0, or why it was dropped; deliver is called for it and what it had kept back. */
uint32_t l2s_l2tp_chan_recv(struct l2s_l2tp_chan *c, const struct l2s_l2tp_header *msg);

/* Congestion does not hold back the farewell: what is queued goes out as far as the peer's window reaches. */
void l2s_l2tp_chan_hurry(struct l2s_l2tp_chan *c);

void l2s_l2tp_chan_close(struct l2s_l2tp_chan *c); /* forget what is queued and held, acknowledge on */
void l2s_l2tp_chan_fini(struct l2s_l2tp_chan *c);

/* The message with this number was acknowledged. */
bool l2s_l2tp_chan_has_acked(const struct l2s_l2tp_chan *c, uint16_t ns);

#endif
