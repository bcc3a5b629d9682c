/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Of five clients one has an address of its own, one shares a NAT with all of its kind (up to 25), three have a NAT each. Addresses
 * hold the index of who has them, and a generation: nobody is where he was. */
#include "sim/nat.h"

#define SHARED 25u
#define PORT_LEAST 1024u

enum { NET_PUBLIC = 11, NET_NAT = 100 };

static l2tpsec_addr address(uint8_t net, uint32_t generation, uint32_t index)
{
    return (l2tpsec_addr){.family = 4, .ip = {net, (uint8_t)generation, (uint8_t)(index >> 8), (uint8_t)index}};
}

static void join(struct sim *s, struct client *c, uint32_t nat)
{
    c->nat = nat + 1;
    c->next_behind = s->nats[nat].first;
    s->nats[nat].first = c->h.index + 1;
}

void nat_build(struct sim *s)
{
    uint32_t shared = 0, in_shared = SHARED;

    for (uint32_t i = 0; i < s->n_clients; i++) {
        struct client *c = &s->clients[i];
        if (i % 5 == 0)
            continue;
        if (i % 5 > 1) {
            join(s, c, s->n_nats++);
            continue;
        }
        if (in_shared++ == SHARED) {
            in_shared = 1;
            shared = s->n_nats++;
        }
        join(s, c, shared);
    }
    for (uint32_t i = 0; i < s->n_nats; i++)
        s->nats[i].port = (uint16_t)(PORT_LEAST + sim_below(s, 60000));
}

l2tpsec_addr sim_client_address(const struct client *c)
{
    if (!c->nat)
        return address(NET_PUBLIC, c->generation, c->h.index);
    return (l2tpsec_addr){.family = 4, .ip = {192, 168, 1, (uint8_t)(2 + c->h.index % 200)}};
}

static bool expired(const struct sim *s, const struct mapping *m)
{
    return s->o->expiry && s->now > m->used + s->o->expiry;
}

l2tpsec_addr nat_out(struct client *c, const l2tpsec_addr *local)
{
    struct sim *s = c->h.s;

    if (!c->nat)
        return *local;
    struct nat *nat = &s->nats[c->nat - 1];
    struct mapping *m = &c->map[local->port == 4500];
    if (!m->port || expired(s, m)) {
        nat->port = (uint16_t)(nat->port + 1 + sim_below(s, 7));
        if (nat->port < PORT_LEAST)
            nat->port = PORT_LEAST;
        m->port = nat->port;
    }
    m->used = s->now;
    l2tpsec_addr a = address(NET_NAT, nat->generation, c->nat - 1);
    a.port = m->port;
    return a;
}

struct client *nat_in(struct sim *s, const l2tpsec_addr *outside, l2tpsec_addr *inside)
{
    uint32_t index = (uint32_t)outside->ip[2] << 8 | outside->ip[3];

    if (outside->ip[0] == NET_PUBLIC && index < s->n_clients) {
        struct client *c = &s->clients[index];
        *inside = *outside;
        return !c->nat && (uint8_t)c->generation == outside->ip[1] ? c : NULL;
    }
    if (outside->ip[0] != NET_NAT || index >= s->n_nats || (uint8_t)s->nats[index].generation != outside->ip[1])
        return NULL;
    for (uint32_t i = s->nats[index].first; i; i = s->clients[i - 1].next_behind) {
        struct client *c = &s->clients[i - 1];
        for (unsigned k = 0; k < 2; k++) {
            if (c->map[k].port != outside->port || !outside->port || expired(s, &c->map[k]))
                continue;
            *inside = sim_client_address(c);
            inside->port = k ? 4500 : 500;
            return c;
        }
    }
    return NULL;
}

void nat_forget(struct sim *s, uint32_t nat, bool address_too)
{
    for (uint32_t i = s->nats[nat].first; i; i = s->clients[i - 1].next_behind)
        s->clients[i - 1].map[0].port = s->clients[i - 1].map[1].port = 0;
    s->nats[nat].port = (uint16_t)(s->nats[nat].port + sim_below(s, 5000));
    if (address_too)
        s->nats[nat].generation++;
}
