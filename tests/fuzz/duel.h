/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A client and a server, and somebody on the wire between them who may change what one of them is told, as if the other had said
 * it: with blind MACs all of it is believed. */
#ifndef TESTS_FUZZ_DUEL_H
#define TESTS_FUZZ_DUEL_H

#include "fuzz/scene.h"

void duel_play(bool victim_is_server, const uint8_t *data, size_t size);
extern const struct grammar duel_grammar;

enum duel_op {
    DUEL_PASS,    /* the next few datagrams, as they are */
    DUEL_EDIT,    /* one for the victim, changed */
    DUEL_DROP,    /* one of them */
    DUEL_REPLAY,  /* one that it had before, changed, with a number of its own */
    DUEL_REFLECT, /* one of its own comes back */
    DUEL_RAW,     /* any bytes */
    DUEL_L2TP,    /* a message sealed as the other would */
    DUEL_WAIT,    /* time passes, nothing is delivered */
    DUEL_RUN,     /* time passes, all is delivered */
    DUEL_ACT,     /* the victim's host does something */
    DUEL_OTHER,   /* the other's does */
    DUEL_FAIL,    /* something fails the victim */
    DUEL_REBIND,  /* a NAT takes another port for the other */
    DUEL_OPS
};

#endif
