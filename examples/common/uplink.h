/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a client makes of its link on this host: the TUN device's address and MTU, routes into the tunnel, and a route
 * to the server that stays outside of it. With a script, the script does all that. */
#ifndef EXAMPLES_UPLINK_H
#define EXAMPLES_UPLINK_H

#include "netlink.h"
#include "problem.h"
#include "script.h"
#include "tun.h"

enum { UPLINK_ROUTES = 64 };

struct uplink {
    const struct tun *tun;
    l2tpsec_addr server;  /* outside */
    struct script script; /* path NULL: none */
    struct subnet routes[UPLINK_ROUTES];
    unsigned n_routes;

    struct netlink netlink;
    struct route outside; /* to the server, if we had to add one */
    bool has_outside;
    l2tpsec_event last; /* the UP event that holds; its texts are gone */
    bool is_up;
    l2tpsec_addr local6, global6; /* ours inside; family 0: none */
};

/* Before there is a device: the script's "pre-init". tun, server, script.path and routes are set by the caller. */
int uplink_init(struct uplink *u, struct problem *p);
/* The link is up, for the first time or again: a new address replaces the old one. */
int uplink_up(struct uplink *u, const l2tpsec_event *ev, struct problem *p);
/* What the server told to reach through the tunnel, beside the routes at hand; with a script, the script does not hear of it. */
int uplink_routes(struct uplink *u, const l2tpsec_route *routes, size_t n, struct problem *p);
/* IPv6 passes, too, or our prefix is another: addresses, and the routes that are IPv6's; with a script, too. */
int uplink_ipv6(struct uplink *u, const l2tpsec_event *ev, struct problem *p);
/* For good. What is on the TUN device goes with it. */
void uplink_fini(struct uplink *u);

#endif
