/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How l2tpsec-client ends: one exit status for each place where a link can fail. */
#ifndef EXAMPLES_OUTCOME_H
#define EXAMPLES_OUTCOME_H

#include <stdint.h>

enum outcome {
    OUTCOME_CLOSED = 0,    /* hung up as asked */
    OUTCOME_INTERNAL = 1,  /* this host: memory, random numbers, TUN device */
    OUTCOME_USAGE = 2,     /* a flag or file */
    OUTCOME_NO_ANSWER = 3, /* nothing came back */
    OUTCOME_PHASE1 = 4,    /* IKE phase 1 refused: proposal, pre-shared key, identity */
    OUTCOME_PHASE2 = 5,    /* IKE phase 2 refused */
    OUTCOME_L2TP = 6,      /* tunnel or call refused */
    OUTCOME_AUTH = 7,      /* user, password, method or mutual proof refused */
    OUTCOME_PPP = 8,       /* options or address not agreed */
    OUTCOME_ENDED = 9,     /* the server hung up */
};

/* For a L2TPSEC_CAUSE_ value; OUTCOME_INTERNAL for one this program does not know. */
enum outcome outcome_of(uint32_t cause, uint32_t layer);

#endif
