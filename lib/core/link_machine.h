/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the files of a link share: the states of its machine, the actions of its table, and small means to write them. */
#ifndef L2S_CORE_LINK_MACHINE_H
#define L2S_CORE_LINK_MACHINE_H

#include "core/link.h"

enum { L_NONE, L_IKE, L_SETTLE, L_L2TP, L_PPP, L_UP, L_CLOSE_PPP, L_CLOSE_L2TP, L_PART, L_WAIT, L_OVER, L_COUNT };

#define L2S_LINK_UNHEARD (4 * L2S_SECOND) /* by a fresh SA pair, until something else is tried */

/* link.c */
struct l2s_link *l2s_link_new(struct l2tpsec *c, const struct l2s_profile *prof, bool client); /* NULL: no memory */
void l2s_link_arm(struct l2s_link *l, uint64_t after);
void l2s_link_blame_cause(struct l2s_link *l, uint32_t layer, uint32_t cause, const char *at);
void l2s_link_forget_blame(struct l2s_link *l);

/* Actions of the way up: link_up.c */
int l2s_link_dial(void *self, const void *arg);
int l2s_link_settle(void *self, const void *arg);
int l2s_link_call(void *self, const void *arg);
int l2s_link_unheard(void *self, const void *arg);
int l2s_link_start_ppp(void *self, const void *arg);
int l2s_link_announce(void *self, const void *arg);
int l2s_link_probe(void *self, const void *arg);

/* Actions of the way down: link_down.c */
int l2s_link_close_ppp(void *self, const void *arg);
int l2s_link_close_l2tp(void *self, const void *arg);
int l2s_link_call_gone(void *self, const void *arg);
int l2s_link_part(void *self, const void *arg);
int l2s_link_dial_again(void *self, const void *arg);
int l2s_link_finish(void *self, const void *arg);

#endif
