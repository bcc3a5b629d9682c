/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IPv6 on a link: link-local addresses from IPV6CP, a prefix of 64 bits from the server by Router Advertisements (RFC 4861), from
 * which the client makes its address (RFC 4862). */
#ifndef L2S_CORE_IPV6_H
#define L2S_CORE_IPV6_H

#include "core/link.h"
#include "wire/ip.h"

int l2s_ipv6_init(struct l2s_link *l); /* if the profile wants it; L2TPSEC_ENOMEM */
void l2s_ipv6_fini(struct l2s_link *l);

/* Server: choose the link's prefix; wanted (8 bytes): the host's choice, NULL: of the pool. Without one there is none. */
void l2s_ipv6_grant(struct l2s_link *l, const uint8_t *wanted);
void l2s_ipv6_give_back(struct l2s_link *l);
/* The server link whose prefix this address has; NULL: none. */
struct l2s_link *l2s_ipv6_holder(struct l2tpsec *c, const uint8_t addr[16]);

/* IPV6CP opened or closed (NULL). The link may not be up yet. */
void l2s_ipv6_identifiers(struct l2s_link *l, const uint8_t *local, const uint8_t *peer);
/* The link came up. */
void l2s_ipv6_link_up(struct l2s_link *l);

bool l2s_ipv6_passes(const struct l2s_link *l);
bool l2s_ipv6_source_is_right(const struct l2s_link *l, const uint8_t src[16]);
void l2s_ipv6_peer(const struct l2s_link *l, uint8_t out[16]); /* link-local */
/* A packet from the peer: solicitations are answered, advertisements read. True: it is not for the host. */
bool l2s_ipv6_hear(struct l2s_link *l, const uint8_t *p, const struct l2s_ip *ip);

#endif
