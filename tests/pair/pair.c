/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "pair/pair.h"

void pair_setup(struct pair *p, uint64_t seed)
{
    net_init(&p->net, seed);
    p->server = net_host(&p->net, "192.0.2.1");
    p->client = net_host(&p->net, "198.51.100.7");
    p->cp = net_client_profile(p->client);
    p->sp = net_server_profile(p->server);
}

void pair_set(l2tpsec_profile *p, const char *name, const char *value)
{
    if (l2tpsec_profile_set_str(p, name, value) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(p));
}

void pair_listen(struct pair *p)
{
    assert_int_equal(l2tpsec_listen(p->server->ctx, p->sp, p->net.now), L2TPSEC_OK);
}

void pair_up(struct pair *p, struct host *client, l2tpsec_profile *cp, struct said *cs, struct said *ss)
{
    size_t from_c = client->n_said, from_s = p->server->n_said;

    net_connect(client, p->server, cp);
    int at = net_wait(&p->net, client, L2TPSEC_EVENT_UP, from_c, 60 * SECOND);
    assert_true(at >= 0);
    *cs = client->said[at % NET_EVENTS];
    at = net_wait(&p->net, p->server, L2TPSEC_EVENT_UP, from_s, SECOND);
    assert_true(at >= 0);
    *ss = p->server->said[at % NET_EVENTS];
}

unsigned pair_pings(struct pair *p, struct host *from, const struct said *up, unsigned n, size_t len)
{
    size_t before = from->n_inbox;

    p->server->echo = from != p->server;
    p->client->echo = from == p->server;
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(net_send(from, up->link, &up->address, &up->peer_address, len, i), L2TPSEC_DROP_NONE);
        net_run(&p->net, SECOND / 100);
    }
    net_run(&p->net, SECOND / 10);
    return (unsigned)(from->n_inbox - before);
}

const struct said *pair_fails(struct pair *p, uint64_t within)
{
    net_connect(p->client, p->server, p->cp);
    int at = net_wait(&p->net, p->client, L2TPSEC_EVENT_FAILED, 0, within);
    assert_true(at >= 0);
    return &p->client->said[at % NET_EVENTS];
}
