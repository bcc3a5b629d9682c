/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What must hold at all times. What does not is told with the time, the link, and the command that shows it again. */
#ifndef TESTS_SIM_INVARIANTS_H
#define TESTS_SIM_INVARIANTS_H

#include "sim/sim.h"

#define INNER_LEAST 72u
#define INNER_MOST 1300u

struct invariants *invariants_new(struct sim *s); /* one at a time: toy cryptography's hooks are of the process */
void invariants_free(struct sim *s);
unsigned invariants_violated(const struct sim *s);

void violated(struct sim *s, const struct client *c, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Write the next inner packet of a flow. */
void inner_make(struct client *c, unsigned flow, uint8_t *ip, size_t len);

void check_datagram(struct sim *s, const uint8_t *p, size_t n); /* nothing in it can be read */
void check_delivery(struct host *h, const l2tpsec_packet *p);   /* right place, first time */
void check_refusal(struct client *c, unsigned flow, bool delivered);
void check_deadline(struct host *h); /* after tick() at it, the next one is later */
void check_memory(struct host *h);
void check_alive(struct client *c); /* it is up, being retried, or reported */
void check_over(struct host *h, bool after_close);
void check_availability(struct client *c);

#endif
