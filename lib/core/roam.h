/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A client whose network changed under it, or who slept: ask at once whether the link still carries, dial anew if not. */
#ifndef L2S_CORE_ROAM_H
#define L2S_CORE_ROAM_H

#include "core/link.h"

/* local: where we are now; NULL: where we were, but perhaps by another way. */
void l2s_roam(struct l2s_link *l, const l2tpsec_addr *local);

/* Actions of the link's machine, while it is up. */
int l2s_roam_begin(void *self, const void *arg);
int l2s_roam_probe(void *self, const void *arg);

#endif
