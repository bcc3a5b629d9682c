/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Where clients are seen from outside. */
#ifndef TESTS_SIM_NAT_H
#define TESTS_SIM_NAT_H

#include "sim/sim.h"

void nat_build(struct sim *s);
/* As a datagram from here leaves. */
l2tpsec_addr nat_out(struct client *c, const l2tpsec_addr *local);
/* Whose this address and port outside are now, and what they are inside; NULL: nobody's. */
struct client *nat_in(struct sim *s, const l2tpsec_addr *outside, l2tpsec_addr *inside);
void nat_forget(struct sim *s, uint32_t nat, bool address_too);

#endif
