/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What IPCP cannot say: routes into the tunnel and the domain, asked for and told by DHCPINFORM over the link (RFC 2131, 3.4;
 * RFC 3442), as Windows does. */
#ifndef L2S_CORE_INFORM_H
#define L2S_CORE_INFORM_H

#include "core/link.h"
#include "wire/dhcp.h"
#include "wire/ip.h"

#define L2S_DOMAIN_MAX 128

/* Client: what the server told. */
struct l2s_told {
    struct l2s_dhcp_route route[2 * L2S_DHCP_ROUTES];
    unsigned n;
    uint8_t dns[2][4];
    char domain[L2S_DOMAIN_MAX]; /* printable ASCII */
};

void l2s_inform_init(struct l2s_link *l); /* of a link we dialled, which reserves its timer */
void l2s_inform_fini(struct l2s_link *l);
/* The link came up: a client that is to asks; it is not up any more. */
void l2s_inform_begin(struct l2s_link *l);
void l2s_inform_end(struct l2s_link *l);
/* An IPv4 packet from the peer. True: it was for us, not for the host. */
bool l2s_inform_hear(struct l2s_link *l, const uint8_t *p, const struct l2s_ip *ip);

#endif
