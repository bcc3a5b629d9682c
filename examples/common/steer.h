/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Has the kernel do for ESP what l2tpsec_shard_of() does, as far as a socket filter can: most packets then arrive
 * where they belong. Nothing depends on it. */
#ifndef EXAMPLES_STEER_H
#define EXAMPLES_STEER_H

#include "net.h"

/* The sockets of the index-th of count workers, opened in their order. */
void steer(const struct net *net, unsigned index, unsigned count);

#endif
