/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Inner addresses whose links are not where l2tpsec_shard_of_address() says: those that users have for good. A few, as
 * a rule none. */
#ifndef EXAMPLES_ASTRAY_H
#define EXAMPLES_ASTRAY_H

#include "l2tpsec/l2tpsec.h"

#include <stdbool.h>

struct astray;

/* This address, or prefix of 64 bits, is at this worker; anew: also when it was not in the table so far. True: it was
 * added. Without memory for it nothing is remembered. */
bool astray_put(struct astray **table, const l2tpsec_addr *inside, unsigned worker, bool anew);
/* Whose the destination of an IP packet is; otherwise, when the table does not know it. */
uint32_t astray_find(const struct astray *table, const l2tpsec_packet *inner, uint32_t otherwise);
void astray_free(struct astray *table);

#endif
