/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Links, addresses and routes of the kernel, through rtnetlink. Each call waits for the kernel's verdict: 0, or -1 with
 * errno set. */
#ifndef EXAMPLES_NETLINK_H
#define EXAMPLES_NETLINK_H

#include "addr.h"

struct mnl_socket;

struct netlink {
    struct mnl_socket *socket;
    uint32_t seq;
};

struct route {
    struct subnet to;
    l2tpsec_addr gateway; /* family 0: directly on the link */
    unsigned index;       /* the link */
};

int netlink_open(struct netlink *nl);
void netlink_close(struct netlink *nl);

struct link_size {
    uint32_t mtu;
    uint32_t queue; /* packets */
    uint32_t large; /* bytes of the largest packet that is cut up later (GSO); 0: as it is */
};

/* Up, of this size, and without an IPv6 link-local address: router solicitations have no place in these tunnels. */
int netlink_link_up(struct netlink *nl, unsigned index, const struct link_size *size);
/* With a peer at the other end (prefix length 32), or with a subnet (peer NULL). */
int netlink_address_add(struct netlink *nl, unsigned index, const l2tpsec_addr *a, const l2tpsec_addr *peer,
                        unsigned prefix);
int netlink_address_del(struct netlink *nl, unsigned index, const l2tpsec_addr *a, const l2tpsec_addr *peer,
                        unsigned prefix);
int netlink_route_add(struct netlink *nl, const struct route *r);
int netlink_route_del(struct netlink *nl, const struct route *r);
/* The way to an address as it is now, as a route for it alone. */
int netlink_route_get(struct netlink *nl, const l2tpsec_addr *to, struct route *out);

#endif
