/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a datagram costs: processor time of this thread, the least of several runs, since everything else only adds to it. */
#ifndef TESTS_ATTACK_COST_H
#define TESTS_ATTACK_COST_H

#include <stddef.h>
#include <stdint.h>

#define COST_MOST 65507u /* what UDP over IPv4 carries */

/* Write a datagram of about n bytes; returns how many. */
typedef size_t (*cost_make)(uint8_t *p, size_t n);
typedef void (*cost_run)(uint8_t *p, size_t n);

/* Eight times the bytes cost at most twice as much for each, and the longest no more than a datagram may. */
void cost_is_linear(const char *name, cost_make make, cost_run run);

#endif
