/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The inner address a server gives a link: chosen by the host or from the pool, held from then until the link ends. */
#ifndef L2S_CORE_LEASE_H
#define L2S_CORE_LEASE_H

#include "core/link.h"

/* Have the host, or the pool, choose for this user. L2S_PENDING: the host answers later. */
int l2s_lease_ask(struct l2s_link *l, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net);
/* Take what the host chose (NULL: any of the pool), and say what PPP is to agree on. */
int l2s_lease_grant(struct l2s_link *l, const l2tpsec_addresses *a, struct l2s_ppp_net *net);
void l2s_lease_give_back(struct l2s_link *l);

/* The server link that has this inner address, up or on its way there; NULL: none. */
struct l2s_link *l2s_lease_holder(struct l2tpsec *c, const uint8_t addr[4]);
/* Both proved to be the same user. */
bool l2s_lease_same_user(const struct l2s_link *a, const struct l2s_link *b);
/* Mark the addresses links hold as taken in a fresh pool. */
void l2s_leases_retake(struct l2tpsec *c, struct l2s_pool *pool);

#endif
