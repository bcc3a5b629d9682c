/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "uplink.h"

#include <errno.h>
#include <string.h>

int uplink_init(struct uplink *u, struct problem *p)
{
    if (netlink_open(&u->netlink) != 0)
        return problem(p, "rtnetlink: %s", strerror(errno));
    u->script.device = u->tun->name;
    u->script.routes = u->routes;
    u->script.n_routes = u->n_routes;
    return u->script.path ? script_run(&u->script, "pre-init", &u->server, NULL, p) : 0;
}

/* The peer's end, unless it is the server's outer address too, as some servers have it: a route to that into the tunnel
 * would be the tunnel's end. */
static const l2tpsec_addr *peer_of(const struct uplink *u, const l2tpsec_event *ev)
{
    bool use = ev->peer_address.family == 4 && !addr_equal(&ev->peer_address, &u->server);

    return use ? &ev->peer_address : NULL;
}

static bool same_addresses(const l2tpsec_event *a, const l2tpsec_event *b)
{
    return addr_equal(&a->address, &b->address) && addr_equal(&a->peer_address, &b->peer_address);
}

/* The old address goes first: the kernel would take a second one towards the same peer for an appendix of the first. */
static int set_address(struct uplink *u, const l2tpsec_event *ev, struct problem *p)
{
    struct netlink *nl = &u->netlink;
    unsigned index = u->tun->index;
    char text[ADDR_TEXT];

    if (u->is_up)
        (void)netlink_address_del(nl, index, &u->last.address, peer_of(u, &u->last), 32);
    if (netlink_address_add(nl, index, &ev->address, peer_of(u, ev), 32) != 0)
        return problem(p, "address %s on %s: %s", addr_text(&ev->address, text), u->tun->name, strerror(errno));
    return 0;
}

/* Before a route that would take our own packets into the tunnel: the server stays where it is. */
static int keep_server_outside(struct uplink *u, struct problem *p)
{
    char text[ADDR_TEXT];

    if (netlink_route_get(&u->netlink, &u->server, &u->outside) != 0)
        return errno == EHOSTUNREACH ? 0 : problem(p, "the route to the server: %s", strerror(errno));
    if (netlink_route_add(&u->netlink, &u->outside) == 0)
        u->has_outside = true;
    else if (errno != EEXIST)
        return problem(p, "route to %s: %s", addr_text(&u->outside.to.net, text), strerror(errno));
    return 0;
}

static int add_route(struct uplink *u, const struct subnet *to, struct problem *p)
{
    struct route r = {.to = *to, .index = u->tun->index};
    char text[ADDR_TEXT];

    if (to->prefix == 0) { /* two halves: more specific than the default route, which stays and needs no repair later */
        struct subnet half = {.net = {.family = 4}, .prefix = 1};
        if (add_route(u, &half, p) != 0)
            return -1;
        half.net.ip[0] = 128;
        return add_route(u, &half, p);
    }
    if (netlink_route_add(&u->netlink, &r) != 0 && !(u->is_up && errno == EEXIST)) /* again: some may have stayed */
        return problem(p, "route %s/%u: %s", addr_text(&to->net, text), to->prefix, strerror(errno));
    return 0;
}

static int add_routes(struct uplink *u, struct problem *p)
{
    bool covered = false;
    int rc = 0;

    for (unsigned i = 0; i < u->n_routes; i++)
        covered = covered || subnet_has(&u->routes[i], &u->server);
    if (covered)
        rc = keep_server_outside(u, p);
    for (unsigned i = 0; rc == 0 && i < u->n_routes; i++) {
        if (u->routes[i].net.family == 4)
            rc = add_route(u, &u->routes[i], p);
    }
    return rc;
}

int uplink_routes(struct uplink *u, const l2tpsec_route *routes, size_t n, struct problem *p)
{
    bool again = u->is_up;
    int rc = 0;

    u->is_up = true; /* one that is there is no problem */
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct subnet to = {.net = routes[i].net, .prefix = routes[i].prefix_len};
        if (subnet_has(&to, &u->server) && !u->has_outside)
            rc = keep_server_outside(u, p);
        if (rc == 0)
            rc = add_route(u, &to, p);
    }
    u->is_up = again;
    return rc;
}

static int tell_script(struct uplink *u, const l2tpsec_event *ev, struct problem *p)
{
    if (!u->is_up)
        return script_run(&u->script, "connect", &u->server, ev, p);
    if (same_addresses(&u->last, ev))
        return script_run(&u->script, "reconnect", &u->server, ev, p);
    if (script_run(&u->script, "disconnect", &u->server, &u->last, p) != 0)
        return -1;
    return script_run(&u->script, "connect", &u->server, ev, p);
}

static int set_up_device(struct uplink *u, const l2tpsec_event *ev, struct problem *p)
{
    struct link_size size = {.mtu = ev->mtu, .queue = TUN_QUEUE, .large = tun_large(ev->mtu)};

    if (netlink_link_up(&u->netlink, u->tun->index, &size) != 0)
        return problem(p, "%s up: %s", u->tun->name, strerror(errno));
    if (u->is_up && same_addresses(&u->last, ev))
        return 0;
    return set_address(u, ev, p) == 0 ? add_routes(u, p) : -1;
}

int uplink_up(struct uplink *u, const l2tpsec_event *ev, struct problem *p)
{
    int rc = u->script.path ? tell_script(u, ev, p) : set_up_device(u, ev, p);

    u->last = *ev;
    u->is_up = true; /* even if not all of it worked: so far as it did, it is to be undone */
    return rc;
}

void uplink_fini(struct uplink *u)
{
    struct problem unused;

    if (u->is_up && u->script.path)
        (void)script_run(&u->script, "disconnect", &u->server, &u->last, &unused);
    if (u->has_outside)
        (void)netlink_route_del(&u->netlink, &u->outside);
    netlink_close(&u->netlink);
}
