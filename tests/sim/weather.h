/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What happens to the network and the hosts, and when. */
#ifndef TESTS_SIM_WEATHER_H
#define TESTS_SIM_WEATHER_H

#include "sim/sim.h"

void weather_begin(struct sim *s);
void weather_change(struct sim *s, uint32_t kind, uint32_t who); /* an item of K_WEATHER and above is due */

#endif
