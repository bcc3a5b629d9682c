/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/inform.h"

#include "core/events.h"

#include <string.h>

#define TRIES 4u
#define FIRST_WAIT (2 * L2S_SECOND) /* doubled each time (RFC 2131, 4.1) */

static const uint8_t everybody[4] = {255, 255, 255, 255};

static void ask_again(void *owner);

void l2s_inform_init(struct l2s_link *l)
{
    l2s_timer_init(&l->dial->inform.timer, ask_again, l);
}

void l2s_inform_fini(struct l2s_link *l)
{
    if (!l->dial)
        return;
    l2s_timer_cancel(&l->c->sys.timers, &l->dial->inform.timer);
    l2s_mem_free(&l->c->sys.mem, l->dial->inform.told);
    l->dial->inform.told = NULL;
}

/* ---- client ------------------------------------------------------------------------------------------------------- */

/* From our address to everybody, as Windows does: who the server is within the tunnel is not known by all of them. */
static void ask(struct l2s_link *l)
{
    static const uint8_t wanted[] = {L2S_DHCP_OPT_DNS, L2S_DHCP_OPT_DOMAIN, L2S_DHCP_OPT_ROUTES,
                                     L2S_DHCP_OPT_MS_ROUTES};
    struct l2s_dhcp m = {.op = L2S_DHCP_REQUEST, .type = L2S_DHCP_INFORM, .xid = l->dial->inform.xid};
    uint8_t packet[L2S_DHCP_PACKET];
    struct l2s_wr w = l2s_wr_init(packet, sizeof packet);

    m.hardware.type = 8; /* what Windows says of PPP */
    m.hardware.len = 6;
    memcpy(m.hardware.addr, l->net.local, 4);
    memcpy(m.client, l->net.local, 4);
    l2s_dhcp_begin(&w, &m, l->net.local, everybody);
    l2s_dhcp_put(&w, L2S_DHCP_OPT_WANTED, wanted, sizeof wanted);
    l2s_dhcp_end(&w);
    if (!w.bad)
        l2s_link_send_ip(l, packet, w.len);
}

static void ask_again(void *owner)
{
    struct l2s_link *l = owner;

    if (!l2s_link_up(l) || l->dial->inform.tries == TRIES) {
        l->dial->inform.asking = false;
        return;
    }
    ask(l);
    l2s_timer_arm(&l->c->sys.timers, &l->dial->inform.timer, l->c->sys.now + (FIRST_WAIT << l->dial->inform.tries));
    l->dial->inform.tries++;
}

void l2s_inform_begin(struct l2s_link *l)
{
    if (!l->client || !l->prof->inform || l2s_random(&l->c->sys, &l->dial->inform.xid, sizeof l->dial->inform.xid) != 0)
        return;
    l->dial->inform.asking = true;
    l->dial->inform.tries = 0;
    ask_again(l);
}

void l2s_inform_end(struct l2s_link *l)
{
    if (l->dial)
        l->dial->inform.asking = false;
    l2s_inform_fini(l);
}

static void read_domain(struct l2s_rd r, char out[L2S_DOMAIN_MAX])
{
    size_t n = 0;

    while (!r.bad && r.left && n + 1 < L2S_DOMAIN_MAX) {
        uint8_t c = l2s_rd_u8(&r);
        if (c <= ' ' || c > '~') /* some end it with NUL */
            break;
        out[n++] = (char)c;
    }
    out[n] = 0;
}

/* Option 121 is the one that counts where there are both (RFC 3442: it goes before all older ones). */
static void take(struct l2s_link *l, const struct l2s_dhcp *m)
{
    struct l2s_told *t = l2s_mem_new(&l->c->sys.mem, sizeof *t);
    struct l2s_rd routes = l2s_dhcp_option(m, L2S_DHCP_OPT_ROUTES), dns = l2s_dhcp_option(m, L2S_DHCP_OPT_DNS);

    if (!t)
        return; /* the next try may find some */
    if (routes.bad)
        routes = l2s_dhcp_option(m, L2S_DHCP_OPT_MS_ROUTES);
    t->n = l2s_dhcp_get_routes(routes, t->route, L2S_COUNT_OF(t->route));
    for (unsigned i = 0; i < 2; i++)
        l2s_rd_copy(&dns, t->dns[i], 4);
    read_domain(l2s_dhcp_option(m, L2S_DHCP_OPT_DOMAIN), t->domain);
    l2s_inform_fini(l);
    l->dial->inform.asking = false;
    l->dial->inform.told = t;
    l2s_event_routes(l);
}

/* ---- server ------------------------------------------------------------------------------------------------------- */

static bool has_something_to_tell(const struct l2s_profile *p)
{
    return p->n_routes || p->domain[0] || p->dns[0][0];
}

static bool wants(const struct l2s_dhcp *m, uint8_t option)
{
    struct l2s_rd r = l2s_dhcp_option(m, L2S_DHCP_OPT_WANTED);

    if (r.bad)
        return option != L2S_DHCP_OPT_MS_ROUTES;
    while (r.left)
        if (l2s_rd_u8(&r) == option)
            return true;
    return false;
}

static void put_routes(const struct l2s_link *l, struct l2s_wr *w, const struct l2s_dhcp *request)
{
    const struct l2s_profile *p = l->prof;
    struct l2s_dhcp_route route[L2S_DHCP_ROUTES];

    for (unsigned i = 0; i < p->n_routes; i++) {
        route[i] = p->routes[i];
        memcpy(route[i].gateway, l->net.local, 4);
    }
    if (p->n_routes && wants(request, L2S_DHCP_OPT_ROUTES))
        l2s_dhcp_put_routes(w, L2S_DHCP_OPT_ROUTES, route, p->n_routes);
    if (p->n_routes && wants(request, L2S_DHCP_OPT_MS_ROUTES))
        l2s_dhcp_put_routes(w, L2S_DHCP_OPT_MS_ROUTES, route, p->n_routes);
}

/* DHCPACK without an address of ours in it (RFC 2131, 4.3.5). */
static void answer(struct l2s_link *l, const struct l2s_dhcp *request)
{
    const struct l2s_profile *p = l->prof;
    struct l2s_dhcp m = *request;
    uint8_t packet[L2S_DHCP_PACKET];
    struct l2s_wr w = l2s_wr_init(packet, sizeof packet);
    size_t dns = p->dns[1][0] ? 8 : p->dns[0][0] ? 4 : 0;

    m.op = L2S_DHCP_REPLY;
    m.type = L2S_DHCP_ACK;
    memcpy(m.client, l->net.peer, 4);
    l2s_dhcp_begin(&w, &m, l->net.local, l->net.peer);
    l2s_dhcp_put(&w, L2S_DHCP_OPT_SERVER, l->net.local, 4);
    if (dns && wants(request, L2S_DHCP_OPT_DNS))
        l2s_dhcp_put(&w, L2S_DHCP_OPT_DNS, p->dns, dns);
    if (p->domain[0] && wants(request, L2S_DHCP_OPT_DOMAIN))
        l2s_dhcp_put(&w, L2S_DHCP_OPT_DOMAIN, p->domain, strlen(p->domain));
    put_routes(l, &w, request);
    l2s_dhcp_end(&w);
    if (!w.bad)
        l2s_link_send_ip(l, packet, w.len);
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

bool l2s_inform_hear(struct l2s_link *l, const uint8_t *p, const struct l2s_ip *ip)
{
    uint16_t port = l->client ? L2S_DHCP_CLIENT_PORT : L2S_DHCP_SERVER_PORT;
    struct l2s_dhcp m;

    if (ip->protocol != L2S_IP_UDP || ip->fragment ||
        (l->client ? !l->dial->inform.asking : !has_something_to_tell(l->prof)) ||
        !l2s_dhcp_get(p, ip->header_len, ip->total_len, port, &m))
        return false;
    if (l->client) {
        if (m.op != L2S_DHCP_REPLY || m.type != L2S_DHCP_ACK || m.xid != l->dial->inform.xid)
            return false;
        take(l, &m);
        return true;
    }
    if (m.op != L2S_DHCP_REQUEST || m.type != L2S_DHCP_INFORM)
        return false;
    answer(l, &m);
    return true;
}
