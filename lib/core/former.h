/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A server's user who comes up again: the links that were its before. One that is silent now is the same device come back from
 * another network, and ends; one that answers is another device, and stays. */
#ifndef L2S_CORE_FORMER_H
#define L2S_CORE_FORMER_H

#include "core/link.h"

/* The peer has proven that it is this user: its other links are asked, and until that is decided its address waits. */
void l2s_former_ask(struct l2s_link *l);
/* The link's timer, while it is up: ask again, or end it. */
int l2s_former_probe(struct l2s_link *l);
/* Something of the peer's came by a link that is asked. */
void l2s_former_answered(struct l2s_link *l);
/* It is decided otherwise: the link goes. */
void l2s_former_gone(struct l2s_link *l);

#endif
