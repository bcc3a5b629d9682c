/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* DHCPINFORM over the link: a client that asks, a server that answers. */
#include "pair/pair.h"

static const struct said *told(struct host *h)
{
    return net_last(h, L2TPSEC_EVENT_ROUTES);
}

static void a_client_is_told_routes_dns_and_domain(void **state)
{
    static const char *const manners[] = {"never", "require"};
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct said c, s;
        l2tpsec_route r[4] = {{.size = sizeof r[0]}};

        pair_setup(&p, 990 + i);
        pair_set(p.cp, "ppp.mppe", manners[i]);
        pair_set(p.sp, "ppp.mppe", manners[i]);
        pair_set(p.cp, "link.inform", "1");
        pair_set(p.sp, "server.routes", "10.0.0.0/8, 192.168.77.9, 0.0.0.0/0");
        pair_set(p.sp, "server.domain", "corp.example");
        pair_set(p.sp, "server.dns", "10.1.1.1, 10.1.1.2");
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        net_run(&p.net, SECOND);
        const struct said *t = told(p.client);
        assert_non_null(t);
        assert_true(t->link == c.link);
        assert_string_equal(t->domain, "corp.example");
        assert_string_equal(t->text, "the server gave 3 routes, domain corp.example");
        assert_memory_equal(t->dns[1].ip, "\x0a\x01\x01\x02", 4);
        assert_int_equal(l2tpsec_get_routes(p.client->ctx, c.link, r, 4), 3);
        assert_int_equal(r[0].prefix_len, 8);
        assert_memory_equal(r[0].net.ip, "\x0a\0\0\0", 4);
        assert_memory_equal(r[0].gateway.ip, c.peer_address.ip, 4);
        assert_int_equal(r[1].prefix_len, 32);
        assert_memory_equal(r[1].net.ip, "\xc0\xa8\x4d\x09", 4);
        assert_int_equal(r[2].prefix_len, 0);
        assert_int_equal(r[2].size, sizeof r[2]);
        assert_int_equal(r[3].size, 0);
        assert_int_equal(l2tpsec_get_routes(p.client->ctx, c.link, NULL, 0), 3);
        assert_int_equal(l2tpsec_get_routes(p.server->ctx, s.link, NULL, 0), 0);
        assert_int_equal(l2tpsec_get_routes(p.client->ctx, c.link + 1, NULL, 0), L2TPSEC_ENOENT);
        assert_int_equal(l2tpsec_get_routes(p.client->ctx, c.link, NULL, 1), L2TPSEC_EINVAL);
        r[0].size = 4;
        assert_int_equal(l2tpsec_get_routes(p.client->ctx, c.link, r, 4), L2TPSEC_EINVAL);
        assert_null(told(p.server));
        assert_int_equal(p.server->n_inbox + p.client->n_inbox, 0); /* none of it reached the hosts */
        net_fini(&p.net);
    }
}

static bool lose_some(struct net *n, l2tpsec_packet *p)
{
    unsigned *left = n->test;

    if (p->transport != L2TPSEC_TRANSPORT_ESP || p->len < 300 || *left == 0)
        return true;
    --*left;
    return false;
}

static void a_lost_question_is_repeated_and_silence_is_borne(void **state)
{
    static const struct {
        unsigned lost;
        bool heard;
    } t[] = {{2, true}, {1000, false}};
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct said c, s;
        unsigned lost = t[i].lost;

        pair_setup(&p, 993 + i);
        pair_set(p.cp, "link.inform", "1");
        pair_set(p.sp, "server.routes", "10.0.0.0/8");
        pair_listen(&p);
        p.net.spy = lose_some;
        p.net.test = &lost;
        pair_up(&p, p.client, p.cp, &c, &s);
        net_run(&p.net, 60 * SECOND);
        assert_int_equal(told(p.client) != NULL, t[i].heard);
        assert_int_equal(t[i].lost - lost, t[i].heard ? 2 : 4); /* then it gives up */
        net_fini(&p.net);
    }
}

static void a_server_with_nothing_to_tell_leaves_the_question_to_its_host(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 995);
    pair_set(p.cp, "link.inform", "1");
    pair_set(p.sp, "server.dns", "");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    assert_null(told(p.client));
    assert_int_equal(p.server->n_inbox, 1);
    assert_memory_equal(p.server->inbox[0].bytes + 16, "\xff\xff\xff\xff", 4);
    assert_int_equal(p.server->inbox[0].bytes[23], 67);
    net_fini(&p.net);
}

static void who_is_not_asked_to_ask_does_not(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 996);
    pair_set(p.sp, "server.routes", "10.0.0.0/8");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, 10 * SECOND);
    assert_null(told(p.client));
    net_fini(&p.net);
}

static void routes_are_prefixes_and_at_most_twelve(void **state)
{
    static const char *const bad[] = {
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0/8",
        "host",
        "10.0.0.0/8 x",
        "10.0.0.0/1a",
        "1.2.3.4/008",
        "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9 1.1.1.10 1.1.1.11 1.1.1.12 1.1.1.13"};
    struct pair p;
    (void)state;

    pair_setup(&p, 997);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(l2tpsec_profile_set_str(p.sp, "server.routes", bad[i]), L2TPSEC_EINVAL);
    pair_set(p.sp, "server.routes", "10.1.2.3/8");
    pair_set(p.sp, "server.routes", "");
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_told_routes_dns_and_domain),
        cmocka_unit_test(a_lost_question_is_repeated_and_silence_is_borne),
        cmocka_unit_test(a_server_with_nothing_to_tell_leaves_the_question_to_its_host),
        cmocka_unit_test(who_is_not_asked_to_ask_does_not),
        cmocka_unit_test(routes_are_prefixes_and_at_most_twelve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
