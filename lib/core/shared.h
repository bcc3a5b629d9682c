/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A profile in use: a copy as it was when a link was dialled or the server was told to listen, shared by all that were
 * made of it. */
#ifndef L2S_CORE_SHARED_H
#define L2S_CORE_SHARED_H

#include "core/context.h"

struct l2s_shared_profile {
    struct l2s_node node; /* server: of context->servers */
    uint32_t users;
    struct l2s_profile p;
};

/* With one user. EUNSUP: the provider has nothing of what it allows; and what l2s_profile_open says. */
int32_t l2s_shared_new(struct l2tpsec *c, const struct l2s_profile *p, bool server, struct l2s_shared_profile **out);
void l2s_shared_put(struct l2tpsec *c, struct l2s_shared_profile *s); /* one user less; NULL allowed */

#endif
