/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Bad networks: 30 % of the datagrams lost each way, some doubled, some late. */
#include "pair/pair.h"

#define LONGEST (60 * SECOND) /* half of all exchanges fail, and a connect has about nine of them */

static bool connects(uint64_t seed, uint64_t *took)
{
    struct net n;

    net_init(&n, seed);
    struct host *server = net_host(&n, "192.0.2.1");
    struct host *client = net_host(&n, "198.51.100.7");
    l2tpsec_profile *cp = net_client_profile(client), *sp = net_server_profile(server);
    /* cheap groups: this is about messages, not about arithmetic */
    assert_int_equal(l2tpsec_profile_set_str(cp, "ike.proposals", "aes128-sha256-x25519"), L2TPSEC_OK);
    n.loss = 30;
    n.duplicate = 10;
    n.reorder = 20;
    assert_int_equal(l2tpsec_listen(server->ctx, sp, n.now), L2TPSEC_OK);
    uint64_t start = n.now;
    net_connect(client, server, cp);
    int at = net_wait(&n, client, L2TPSEC_EVENT_UP, 0, LONGEST);
    *took = n.now - start;
    if (at < 0) {
        const struct said *f = net_last(client, L2TPSEC_EVENT_FAILED);
        print_message("# seed %llu: %s\n", (unsigned long long)seed, f ? f->text : "still trying");
    }
    net_fini(&n);
    return at >= 0;
}

#define CONNECTS (FEW ? 100u : 1000u)

static void every_one_of_a_thousand_connects_succeeds_at_30_percent_loss(void **state)
{
    unsigned up = 0;
    uint64_t longest = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= CONNECTS; seed++) {
        uint64_t took;
        up += connects(seed, &took);
        if (took > longest)
            longest = took;
    }
    print_message("# longest: %llu ms\n", (unsigned long long)(longest / 1000));
    assert_int_equal(up, CONNECTS);
}

/* One datagram of all, by its number: lost, or overtaken by those of the next two round trips. */
struct stray {
    unsigned at, seen;
    bool late;
    uint64_t delay; /* of all others */
};

static bool lead_astray(struct net *n, l2tpsec_packet *p)
{
    struct stray *s = n->test;
    bool it = s->seen++ == s->at;

    (void)p;
    n->delay = it ? 5 * s->delay : s->delay;
    return s->late || !it;
}

/* Whichever datagram it is that goes astray: how long it takes at most until both ends are up. */
static uint64_t longest_way_up(bool late)
{
    uint64_t longest = 0;
    unsigned all = 1;

    for (unsigned at = 0; at <= all; at++) { /* at last one too many, and none goes astray */
        struct stray s = {.at = at, .late = late};
        struct pair p;
        pair_setup(&p, 7);
        pair_set(p.cp, "ike.proposals", "aes128-sha256-x25519");
        pair_set(p.cp, "esp.encap", "always");
        pair_listen(&p);
        s.delay = p.net.delay;
        p.net.spy = lead_astray;
        p.net.test = &s;
        uint64_t start = p.net.now;
        net_connect(p.client, p.server, p.cp);
        assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, LONGEST) >= 0);
        assert_true(net_wait(&p.net, p.server, L2TPSEC_EVENT_UP, 0, LONGEST) >= 0);
        if (p.net.now - start > longest)
            longest = p.net.now - start;
        all = s.seen;
        net_fini(&p.net);
    }
    print_message("# %u datagrams, longest: %llu ms\n", all, (unsigned long long)(longest / 1000));
    return longest;
}

static void no_datagram_that_is_lost_costs_more_than_two_seconds(void **state)
{
    (void)state;
    assert_in_range(longest_way_up(false), 1, 2 * SECOND);
}

/* What comes too early is kept or does no harm, or is the only one that is waited for. */
static void no_datagram_that_is_overtaken_costs_more_than_a_second(void **state)
{
    (void)state;
    assert_in_range(longest_way_up(true), 1, SECOND);
}

static unsigned downs;

/* The link as each end has it. */
static struct end {
    l2tpsec_id link;
    l2tpsec_addr own, peer;
} ends[2];

static void look(struct host *h, const l2tpsec_event *ev)
{
    if (ev->type == L2TPSEC_EVENT_UP)
        ends[h - h->net->host] = (struct end){ev->link, ev->address, ev->peer_address};
    downs += ev->type == L2TPSEC_EVENT_DOWN && h != h->net->host;
}

/* A packet a minute, each way. */
static void live(struct pair *p, unsigned minutes)
{
    for (unsigned i = 0; i < 2 * minutes; i++) {
        const struct end *e = &ends[i % 2];
        (void)net_send(&p->net.host[i % 2], e->link, &e->own, &e->peer, 100, i);
        net_run(&p->net, 30 * SECOND);
    }
}

static void quiet_day(struct pair *p, uint64_t seed)
{
    struct said cs, ss;

    pair_setup(p, seed);
    p->client->behind_nat = true;
    p->net.nat = p->client->address;
    p->client->on_event = p->server->on_event = look;
    downs = 0;
    pair_set(p->cp, "ike.proposals", "aes128-sha256-x25519");
    pair_set(p->sp, "ike.proposals", "aes128-sha256-x25519");
    pair_listen(p);
    pair_up(p, p->client, p->cp, &cs, &ss);
}

/* Each end asks the other for a sign of life when it has heard nothing for a while. At this loss that is often, and half of the
 * questions get no answer: a few in a row are no reason to hang up. */
static void a_quiet_link_lives_through_a_day_of_30_percent_loss(void **state)
{
    struct pair p;

    (void)state;
    quiet_day(&p, 3);
    p.net.loss = 30;
    live(&p, 24 * 60);
    print_message("# down %u times\n", downs);
    assert_in_range(downs, 0, 4);
    net_fini(&p.net);
}

/* The server cannot reach its client until that speaks, which may be half a minute later. */
static void a_quiet_link_lives_through_a_day_of_nat_that_rebinds(void **state)
{
    struct pair p;

    (void)state;
    quiet_day(&p, 4);
    for (unsigned i = 0; i < 24 * 6; i++) {
        live(&p, 10);
        p.net.nat_shift = (uint16_t)(p.net.nat_shift ^ 1000);
    }
    assert_int_equal(downs, 0);
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_one_of_a_thousand_connects_succeeds_at_30_percent_loss),
        cmocka_unit_test(no_datagram_that_is_lost_costs_more_than_two_seconds),
        cmocka_unit_test(no_datagram_that_is_overtaken_costs_more_than_a_second),
        cmocka_unit_test(a_quiet_link_lives_through_a_day_of_30_percent_loss),
        cmocka_unit_test(a_quiet_link_lives_through_a_day_of_nat_that_rebinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
