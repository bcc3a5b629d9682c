/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IPv6 inside the tunnel: IPV6CP, prefixes by Router Advertisement, the packet path. */
#include "pair/pair.h"

static void both_with_ipv6(struct pair *p, uint64_t seed)
{
    pair_setup(p, seed);
    pair_set(p->cp, "ppp.ipv6", "1");
    pair_set(p->sp, "ppp.ipv6", "1");
    pair_set(p->sp, "server.pool6", "2001:db8::/40");
}

/* The last IPV6 event; what it says must be of this link. */
static struct said ipv6_of(struct host *h, l2tpsec_id link)
{
    const struct said *s = net_last(h, L2TPSEC_EVENT_IPV6);

    assert_non_null(s);
    assert_true(s->link == link);
    assert_int_equal(s->address6.family, 6);
    assert_memory_equal(s->address6.ip, "\xfe\x80\0\0\0\0\0\0", 8);
    return *s;
}

static l2tpsec_addr global(const struct said *client)
{
    l2tpsec_addr a = client->prefix6;

    assert_int_equal(a.family, 6);
    memcpy(a.ip + 8, client->address6.ip + 8, 8);
    return a;
}

static int32_t send6(struct host *h, l2tpsec_id link, const l2tpsec_addr *src, const l2tpsec_addr *dst, size_t len,
                     uint8_t mark)
{
    uint8_t room[64 + 1600 + 64] = {0};
    uint8_t *ip = room + 64;

    ip[0] = 0x60;
    ip[4] = (uint8_t)((len - 40) >> 8);
    ip[5] = (uint8_t)(len - 40);
    ip[6] = 17;
    ip[7] = 64;
    memcpy(ip + 8, src->ip, 16);
    memcpy(ip + 24, dst->ip, 16);
    ip[48] = mark;
    l2tpsec_packet p = {.data = ip, .len = len, .headroom = 64, .tailroom = 64, .link = link};
    assert_int_equal(l2tpsec_output(h->ctx, &p, 1, h->net->now), L2TPSEC_OK);
    return (int32_t)p.drop;
}

static void packets_pass_both_ways_by_link_local_and_by_prefix(void **state)
{
    static const char *const manners[] = {"never", "require"};
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct said c, s;
        both_with_ipv6(&p, 800 + i);
        pair_set(p.cp, "ppp.mppe", manners[i]);
        pair_set(p.sp, "ppp.mppe", manners[i]);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        net_run(&p.net, SECOND);
        struct said c6 = ipv6_of(p.client, c.link), s6 = ipv6_of(p.server, s.link);
        assert_memory_equal(c6.address6.ip, s6.peer_address6.ip, 16);
        assert_memory_equal(c6.peer_address6.ip, s6.address6.ip, 16);
        assert_memory_equal(c6.prefix6.ip, s6.prefix6.ip, 16);
        assert_memory_equal(c6.prefix6.ip, "\x20\x01\x0d\xb8\x00", 5);
        l2tpsec_addr mine = global(&c6), far = {.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb9, [15] = 1}};

        size_t at_c = p.client->n_inbox, at_s = p.server->n_inbox;
        assert_int_equal(send6(p.client, c.link, &c6.address6, &c6.peer_address6, 100, 1), 0);
        assert_int_equal(send6(p.client, 0, &mine, &far, c.mtu, 2), 0);
        assert_int_equal(send6(p.server, 0, &far, &mine, s.mtu, 3), 0); /* by prefix */
        assert_int_equal(send6(p.server, s.link, &s6.address6, &s6.peer_address6, 100, 4), 0);
        assert_int_equal(net_send(p.client, c.link, &c.address, &c.peer_address, 100, 5), 0); /* and IPv4 beside it */
        net_run(&p.net, SECOND);
        assert_int_equal(p.server->n_inbox - at_s, 3);
        assert_int_equal(p.client->n_inbox - at_c, 2);
        assert_int_equal(p.server->inbox[at_s + 1].bytes[48], 2);
        assert_int_equal(p.server->inbox[at_s + 1].len, c.mtu);
        assert_int_equal(p.client->inbox[at_c].bytes[48], 3);
        net_fini(&p.net);
    }
}

static void a_client_speaks_from_its_own_prefix_only(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    both_with_ipv6(&p, 810);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    struct said c6 = ipv6_of(p.client, c.link);
    l2tpsec_addr forged[] = {global(&c6), c6.peer_address6, {.family = 6}};
    forged[0].ip[7] ^= 1;
    size_t before = p.server->n_inbox;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(send6(p.client, c.link, &forged[i], &c6.peer_address6, 100, 1), 0);
    net_run(&p.net, SECOND);
    assert_int_equal(p.server->n_inbox, before);
    uint64_t drops[L2TPSEC_DROP_COUNT];
    assert_int_equal(l2tpsec_get_drops(p.server->ctx, s.link, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    assert_int_equal(drops[L2TPSEC_DROP_SPOOFED], 3);
    net_fini(&p.net);
}

static void two_clients_have_two_prefixes_of_their_own(void **state)
{
    struct pair p;
    struct said c1, c2, s;
    (void)state;

    both_with_ipv6(&p, 811);
    struct host *second = net_host(&p.net, "198.51.100.8");
    l2tpsec_profile *cp2 = net_client_profile(second);
    pair_set(cp2, "ppp.ipv6", "1");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c1, &s);
    pair_up(&p, second, cp2, &c2, &s);
    net_run(&p.net, SECOND);
    struct said one = ipv6_of(p.client, c1.link), two = ipv6_of(second, c2.link);
    assert_memory_not_equal(one.prefix6.ip, two.prefix6.ip, 8);
    l2tpsec_addr a = global(&one), b = global(&two);
    size_t before = second->n_inbox;
    assert_int_equal(send6(p.server, 0, &a, &b, 100, 7), 0); /* routed to the right one */
    net_run(&p.net, SECOND);
    assert_int_equal(second->n_inbox - before, 1);
    assert_int_equal(l2tpsec_close(p.client->ctx, c1.link, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 5 * SECOND);
    assert_int_equal(send6(p.server, 0, &b, &a, 100, 7), L2TPSEC_DROP_NO_ROUTE);
    net_fini(&p.net);
}

static void without_the_peer_there_is_ipv4_and_nothing_is_lost(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        pair_setup(&p, 812 + i);
        pair_set(i ? p.cp : p.sp, "ppp.ipv6", "1");
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        net_run(&p.net, 10 * SECOND);
        assert_null(net_last(p.client, L2TPSEC_EVENT_IPV6));
        assert_int_equal(c.address6.family, 0);
        l2tpsec_addr any = {.family = 6, .ip = {0xfe, 0x80, [15] = 1}};
        assert_int_equal(send6(p.client, c.link, &any, &any, 100, 1), L2TPSEC_DROP_UNKNOWN_PROTOCOL);
        assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
        net_fini(&p.net);
    }
}

static int32_t own_prefix(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    (void)h, (void)q;
    out->prefix6 = (l2tpsec_addr){.family = 6, .ip = {0xfd, 1, 2, 3, 4, 5, 6, 7}};
    return L2TPSEC_OK;
}

static void the_host_may_choose_the_prefix(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    both_with_ipv6(&p, 814);
    p.server->address_cb = own_prefix;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    assert_memory_equal(ipv6_of(p.client, c.link).prefix6.ip, "\xfd\1\2\3\4\5\6\7", 8);
    net_fini(&p.net);
}

static void it_comes_up_over_a_lossy_line_too(void **state)
{
    unsigned with = 0;
    (void)state;

    for (uint64_t seed = 0; seed < 20; seed++) {
        struct pair p;
        struct said c, s;
        both_with_ipv6(&p, 820 + seed);
        p.net.loss = 20;
        pair_listen(&p);
        net_connect(p.client, p.server, p.cp);
        int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 60 * SECOND);
        assert_true(at >= 0);
        c = p.client->said[at % NET_EVENTS];
        (void)s;
        net_run(&p.net, 20 * SECOND);
        p.net.loss = 0;
        const struct said *six = net_last(p.client, L2TPSEC_EVENT_IPV6);
        with += six && six->link == c.link;
        net_fini(&p.net);
    }
    assert_int_equal(with, 20);
}

static void what_is_too_big_comes_back_as_icmpv6(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    both_with_ipv6(&p, 850);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    struct said c6 = ipv6_of(p.client, c.link);
    l2tpsec_addr mine = global(&c6);
    size_t at = p.client->n_inbox;
    assert_int_equal(send6(p.client, c.link, &mine, &c6.peer_address6, c.mtu + 1u, 1), L2TPSEC_DROP_TOO_BIG);
    assert_int_equal(p.client->n_inbox - at, 1);
    assert_int_equal(p.client->inbox[at].bytes[6], 58);
    assert_int_equal(p.client->inbox[at].bytes[40], 2);
    assert_memory_equal(p.client->inbox[at].bytes + 8, c6.peer_address6.ip, 16);
    net_fini(&p.net);
}

/* Every bit behind the pool's own is of the client's IPv4 address. */
static void a_prefix_has_all_of_the_ipv4_address_that_fits(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    both_with_ipv6(&p, 817);
    pair_set(p.sp, "server.address", "10.77.128.1");
    pair_set(p.sp, "server.pool", "10.77.128.0/24");
    pair_set(p.sp, "server.pool6", "2001:db8:1::/48");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    uint8_t want[8] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 128, c.address.ip[3]};
    assert_memory_equal(ipv6_of(p.client, c.link).prefix6.ip, want, 8);
    net_fini(&p.net);
}

/* The advertisement is repeated, for one may be lost; what it says is told once. */
static void the_same_prefix_is_told_once(void **state)
{
    struct pair p;
    struct said c, s;
    unsigned told = 0;
    (void)state;

    both_with_ipv6(&p, 818);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, 1200 * SECOND);
    for (size_t i = 0; i < p.client->n_said; i++)
        told += p.client->said[i].type == L2TPSEC_EVENT_IPV6 && p.client->said[i].prefix6.family == 6;
    assert_int_equal(told, 1);
    net_fini(&p.net);
}

/* RFC 4861, 6.1.1: what it asks for is told to who is on the link, and has not been passed on by anybody. All else is a packet like
 * others. */
static void a_router_is_asked_for_from_a_link_local_address_only(void **state)
{
    struct pair p;
    struct said c, s;
    unsigned told = 0;
    (void)state;

    both_with_ipv6(&p, 819);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    struct said c6 = ipv6_of(p.client, c.link);
    const struct {
        l2tpsec_addr src;
        uint8_t hops;
        bool answered;
    } asked[] = {{c6.address6, 255, true}, {global(&c6), 255, false}, {c6.address6, 254, false}};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        uint8_t room[64 + 48 + 64] = {0};
        uint8_t *ip = room + 64;
        size_t before = p.server->n_inbox;
        ip[0] = 0x60;
        ip[5] = 8;
        ip[6] = 58;
        ip[7] = asked[i].hops;
        memcpy(ip + 8, asked[i].src.ip, 16);
        memcpy(ip + 24, "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
        ip[40] = 133;
        l2tpsec_packet packet = {.data = ip, .len = 48, .headroom = 64, .tailroom = 64, .link = c.link};
        assert_int_equal(l2tpsec_output(p.client->ctx, &packet, 1, p.net.now), L2TPSEC_OK);
        assert_int_equal(packet.drop, 0);
        net_run(&p.net, SECOND);
        assert_int_equal(p.server->n_inbox - before, !asked[i].answered); /* what is answered is not handed on */
    }
    for (size_t i = 0; i < p.client->n_said; i++)
        told += p.client->said[i].type == L2TPSEC_EVENT_IPV6 && p.client->said[i].prefix6.family == 6;
    assert_int_equal(told, 1); /* the answer says what was known */
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_pass_both_ways_by_link_local_and_by_prefix),
        cmocka_unit_test(a_client_speaks_from_its_own_prefix_only),
        cmocka_unit_test(two_clients_have_two_prefixes_of_their_own),
        cmocka_unit_test(without_the_peer_there_is_ipv4_and_nothing_is_lost),
        cmocka_unit_test(the_host_may_choose_the_prefix),
        cmocka_unit_test(it_comes_up_over_a_lossy_line_too),
        cmocka_unit_test(what_is_too_big_comes_back_as_icmpv6),
        cmocka_unit_test(a_prefix_has_all_of_the_ipv4_address_that_fits),
        cmocka_unit_test(the_same_prefix_is_told_once),
        cmocka_unit_test(a_router_is_asked_for_from_a_link_local_address_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
