/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Is the peer alive (RFC 3706)? Asked only when we send and nothing comes back. */
#ifndef L2S_IKE_V1_DPD_H
#define L2S_IKE_V1_DPD_H

#include "ike/v1/peer.h"

void l2s_v1_dpd_traffic(struct l2s_v1_peer *p, bool in);
/* Ask for a sign of life now: R-U-THERE, or a short exchange when there is no IKE SA any more. */
void l2s_v1_dpd_probe(struct l2s_v1_peer *p);
void l2s_v1_dpd_alive(struct l2s_v1_peer *p); /* it was heard: no need to ask */
/* So often a message had to be sent until its answer was here; 0: it wanted none. */
void l2s_v1_dpd_learn(struct l2s_v1_peer *p, uint32_t asked);
void l2s_v1_dpd_fire(void *owner); /* the peer's timer */
void l2s_v1_dpd_input(struct l2s_v1_sa *sa, const struct l2s_notify *n, const struct l2s_v1_path *from);

#endif
