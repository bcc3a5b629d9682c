/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a client of ours says in a whole session, in the clear: recorded once for every setup, from the library itself. */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

#include "fuzz/scene.h"

#define LINES_MAX 160

struct line {
    bool ike;    /* an ISAKMP message without the marker; else one of L2TP */
    bool marked; /* it goes to the other port, with the marker */
    uint8_t *p;
    size_t n;
};

struct script {
    struct line line[LINES_MAX];
    size_t n;
    size_t secured; /* the first in ESP */
};

const struct script *script_of(const struct setup *setup);

#endif
