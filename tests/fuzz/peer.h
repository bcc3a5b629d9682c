/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A server, and peers written by hand: they know what a client of ours would say, message by message, and may say it in any order,
 * changed, or say something of their own. What a message must know of the one before (cookies, SPI, ids, numbers) is put in. */
#ifndef TESTS_FUZZ_PEER_H
#define TESTS_FUZZ_PEER_H

#include "fuzz/scene.h"

/* Secured: the first peer has a pair of SAs when the input begins. */
void peer_play(bool secured, const uint8_t *data, size_t size);
extern const struct grammar peer_grammar;

enum peer_op {
    PEER_SAY,       /* a message of the script, changed */
    PEER_GO_ON,     /* the next few of it, as they are */
    PEER_CHAIN,     /* an IKE message of these payloads */
    PEER_AVPS,      /* a control message of these */
    PEER_FRAME,     /* this PPP frame */
    PEER_L2TP,      /* this message of L2TP */
    PEER_RAW,       /* any datagram */
    PEER_WAIT,      /* time passes */
    PEER_ACT,       /* the host does something */
    PEER_FAIL,      /* something fails it */
    PEER_TURN,      /* to another peer, or this one becomes another */
    PEER_ANSWER,    /* what PPP was asked last */
    PEER_FRAGMENTS, /* a message of the script in pieces */
    PEER_STORM,     /* the last of all that again and again */
    PEER_OPS
};

#endif
