/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Aggressive mode with a pre-shared key (RFC 2409, 5.4):
 *
 *      Initiator                          Responder
 *      HDR, SA, KE, Ni, IDii, VID   -->                                        message 1
 *                                   <--   HDR, SA, KE, Nr, IDir, HASH_R, VID, NAT-D     2
 *      HDR(*), HASH_I, NAT-D        -->                                                 3
 *
 * The identity comes first, so it can choose the key; and whoever dials, or listens, takes a hash home by which keys can be guessed.
 * Apple with a group name and Android with an IPSec identifier want it: only where it is asked for by name.
 *
 * A stranger's message 1 costs a Diffie-Hellman and an answer not much longer than itself: so many at once, then so many a
 * second, and within the table of half-open ones. Nothing is repeated by itself. Message 3 has no answer that would tell its sender
 * that it came: a quick mode in its place shows that it did not, and message 2 goes out again, to fetch it. */
#ifndef L2S_IKE_V1_AGGRESSIVE_H
#define L2S_IKE_V1_AGGRESSIVE_H

#include "ike/v1/main_mode.h"

extern const char l2s_v1_aggressive_step_1[];

void l2s_v1_aggressive_fsm(struct l2s_v1_sa *sa); /* this SA is made so */
/* Initiator: where in our policy the first proposal of the next group is; its end: there is none. */
uint16_t l2s_v1_aggressive_next(const struct l2s_v1_sa *sa);
/* Which message it is (enum l2s_v1_main_event). -1: none of these. */
int l2s_v1_aggressive_event(struct l2s_v1_sa *sa, struct l2s_v1_message *m);
/* Message 1. */
void l2s_v1_aggressive_knock(struct l2s_ike *e, struct l2s_v1_message *m);
/* Quick mode, before message 3. */
void l2s_v1_aggressive_again(struct l2s_v1_sa *sa);

#endif
