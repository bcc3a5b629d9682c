/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "uplink.h"

#include <errno.h>
#include <string.h>

/* RFC 4862, 5.5.3: the prefix, and the identifier that IPV6CP agreed on. */
static bool global_of(const l2tpsec_event *ev, l2tpsec_addr *out)
{
    *out = ev->prefix6;
    out->port = 0;
    memcpy(out->ip + 8, ev->address6.ip + 8, 8);
    return ev->prefix6.family == 6;
}

static int add_address(struct uplink *u, const l2tpsec_addr *a, unsigned prefix, struct problem *p)
{
    char text[ADDR_TEXT];

    if (netlink_address_add(&u->netlink, u->tun->index, a, NULL, prefix) != 0 && errno != EEXIST)
        return problem(p, "address %s on %s: %s", addr_text(a, text), u->tun->name, strerror(errno));
    return 0;
}

/* What another event gave, and this one does not. */
static void forget(struct uplink *u, const l2tpsec_addr *had, const l2tpsec_addr *has, unsigned prefix)
{
    if (had->family == 6 && !addr_equal(had, has))
        (void)netlink_address_del(&u->netlink, u->tun->index, had, NULL, prefix);
}

int uplink_ipv6(struct uplink *u, const l2tpsec_event *ev, struct problem *p)
{
    l2tpsec_addr global;
    bool has_global = global_of(ev, &global);
    char text[ADDR_TEXT];

    forget(u, &u->global6, &global, 128);
    forget(u, &u->local6, &ev->address6, 64);
    u->local6 = ev->address6;
    u->global6 = has_global ? global : (l2tpsec_addr){.family = 0};
    if (add_address(u, &u->local6, 64, p) != 0 || (has_global && add_address(u, &global, 128, p) != 0))
        return -1;
    for (unsigned i = 0; i < u->n_routes; i++) {
        struct route r = {.to = u->routes[i], .index = u->tun->index};
        if (r.to.net.family == 6 && netlink_route_add(&u->netlink, &r) != 0 && errno != EEXIST)
            return problem(p, "route %s/%u: %s", addr_text(&r.to.net, text), r.to.prefix, strerror(errno));
    }
    return 0;
}
