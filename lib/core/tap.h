/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the host's tap sees: control messages, in the clear. */
#ifndef L2S_CORE_TAP_H
#define L2S_CORE_TAP_H

#include "core/channel.h"
#include "core/context.h"

/* For IKE's port, if the host has a tap. */
void l2s_tap_ike(void *c, uint64_t traced, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool sent,
                 const uint8_t *p, size_t n);
/* A message of L2TP, as it is inside of UDP; of data only what is control inside of that. The host has a tap. l: NULL when it is
 * for the channel's. */
void l2s_tap_l2tp(struct l2tpsec *c, const struct l2s_channel *ch, struct l2s_link *l, uint16_t peer_port, bool sent,
                  const uint8_t *p, size_t n);

#endif
