/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The weather that links are to live through. */
#ifndef TESTS_SIM_OPTIONS_H
#define TESTS_SIM_OPTIONS_H

#include "sim/sim.h"

struct options options_short(void);
void options_calm(struct options *o);
void options_connects(struct options *o, uint64_t n);

#endif
