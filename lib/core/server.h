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

/* Free one of the host's profiles. */
void l2s_server_unlist(struct l2tpsec_profile *p);
/* A setting changed: links dialled from now on get a fresh copy. */
void l2s_profile_changed(struct l2tpsec_profile *p);
/* The copy for one more link, which gives it back by l2s_shared_put. */
int32_t l2s_profile_dial(struct l2tpsec_profile *p, struct l2s_shared_profile **out);
const struct l2s_profile *l2s_profile_of(const struct l2tpsec_profile *p);

/* Answer new clients with this profile, which is copied; NULL: answer none. */
int32_t l2s_server_listen(struct l2tpsec *c, const struct l2s_profile *p);
/* Free the copies, and the secrets in them, that no link and no exchange uses; the one in force only when nobody is to be
 * answered any more. */
void l2s_server_drop_unused(struct l2tpsec *c);

#endif
