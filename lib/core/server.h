/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Profiles of the host, and the one new clients are answered with. */
#ifndef L2S_CORE_SERVER_H
#define L2S_CORE_SERVER_H

#include "core/shared.h"

/* A profile as the host holds it. */
struct l2tpsec_profile {
    struct l2s_node node; /* of context->profiles; first */
    struct l2tpsec *c;
    struct l2s_profile settings;
    struct l2s_shared_profile *dialled; /* what links were made of since the last change; NULL: none were */
    char error[L2S_PROFILE_ERROR];
};

/* Of the host's. */
void l2s_server_unlist(struct l2tpsec_profile *p);
/* A setting is another now: new links are. */
void l2s_profile_changed(struct l2tpsec_profile *p);
/* For one more link: l2s_shared_put when that is over. */
int32_t l2s_profile_dial(struct l2tpsec_profile *p, struct l2s_shared_profile **out);
const struct l2s_profile *l2s_profile_of(const struct l2tpsec_profile *p);

/* NULL: no new clients. */
int32_t l2s_server_listen(struct l2tpsec *c, const struct l2s_profile *p);
/* With their secrets; the last one, too, once nobody is to be answered and the clients are gone. */
void l2s_server_drop_unused(struct l2tpsec *c);

#endif
