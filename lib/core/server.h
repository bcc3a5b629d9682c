/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The profile new clients are answered with. */
#ifndef L2S_CORE_SERVER_H
#define L2S_CORE_SERVER_H

#include "core/context.h"

/* A profile as the host holds it. */
struct l2tpsec_profile {
    struct l2s_node node; /* of context->profiles; first */
    struct l2tpsec *c;
    struct l2s_profile settings;
    char error[L2S_PROFILE_ERROR];
};

/* Of the host's. */
void l2s_server_unlist(struct l2tpsec_profile *p);
/* One of context->servers. */
void l2s_server_forget(struct l2tpsec *c, struct l2s_shared_profile *s);
const struct l2s_profile *l2s_profile_of(const struct l2tpsec_profile *p);

/* NULL: no new clients. */
int32_t l2s_server_listen(struct l2tpsec *c, const struct l2s_profile *p);

#endif
