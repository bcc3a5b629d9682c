/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The packet path: routing, spoofing, sizes, bursts, memory. */
#include "pair/pair.h"

static l2tpsec_addr inner(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    l2tpsec_addr addr = {.family = 4, .ip = {a, b, c, d}};

    return addr;
}

static void the_server_routes_by_inner_destination(void **state)
{
    struct pair p;
    struct said c1, c2, s;
    (void)state;

    pair_setup(&p, 50);
    struct host *second = net_host(&p.net, "198.51.100.8");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c1, &s);
    pair_up(&p, second, net_client_profile(second), &c2, &s);
    assert_int_equal(net_send(p.server, 0, &s.address, &c2.address, 100, 7), L2TPSEC_DROP_NONE);
    assert_int_equal(net_send(p.server, 0, &s.address, &c1.address, 100, 8), L2TPSEC_DROP_NONE);
    l2tpsec_addr nobody = inner(10, 77, 9, 9);
    assert_int_equal(net_send(p.server, 0, &s.address, &nobody, 100, 9), L2TPSEC_DROP_NO_ROUTE);
    net_run(&p.net, SECOND);
    assert_int_equal(p.client->n_inbox, 1);
    assert_int_equal(second->n_inbox, 1);
    assert_int_equal(second->inbox[0].bytes[28], 7);
    assert_int_equal(p.client->inbox[0].bytes[28], 8);
    net_fini(&p.net);
}

static void a_client_cannot_send_in_anothers_name(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 51);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    l2tpsec_addr forged = inner(10, 77, 0, 99);
    assert_int_equal(net_send(p.client, c.link, &forged, &c.peer_address, 100, 1), L2TPSEC_DROP_NONE);
    net_run(&p.net, SECOND);
    assert_int_equal(p.server->n_inbox, 0);
    for (unsigned i = 0; i < 2; i++) { /* of the context, and of the link */
        uint64_t drops[L2TPSEC_DROP_COUNT + 1] = {[L2TPSEC_DROP_COUNT] = 7};
        assert_int_equal(l2tpsec_get_drops(p.server->ctx, i ? s.link : 0, drops, L2TPSEC_DROP_COUNT + 1), L2TPSEC_OK);
        assert_int_equal(drops[L2TPSEC_DROP_SPOOFED], 1);
        assert_int_equal(drops[L2TPSEC_DROP_COUNT], 0);
    }
    assert_int_equal(l2tpsec_get_drops(p.server->ctx, s.link + 1, NULL, 0), L2TPSEC_ENOENT);
    net_fini(&p.net);
}

static void what_does_not_fit_comes_back_as_icmp(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 52);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(net_send(p.client, c.link, &c.address, &c.peer_address, c.mtu + 1u, 1), L2TPSEC_DROP_TOO_BIG);
    assert_int_equal(p.client->n_inbox, 1);
    const uint8_t *icmp = p.client->inbox[0].bytes;
    assert_int_equal(icmp[9], 1);
    assert_int_equal(icmp[20], 3);
    assert_int_equal(icmp[21], 4);
    assert_int_equal(icmp[26] << 8 | icmp[27], c.mtu);
    assert_memory_equal(icmp + 12, c.peer_address.ip, 4);
    assert_memory_equal(icmp + 16, c.address.ip, 4);
    assert_int_equal(net_send(p.client, c.link, &c.address, &c.peer_address, c.mtu, 1), L2TPSEC_DROP_NONE);
    net_fini(&p.net);
}

static bool small_enough(struct net *n, l2tpsec_packet *p)
{
    size_t ip_udp = 20 + (p->transport == L2TPSEC_TRANSPORT_UDP ? 8 : 0);
    size_t *largest = n->test;

    if (p->len + ip_udp > *largest)
        *largest = p->len + ip_udp;
    return true;
}

static void a_full_packet_fits_an_ordinary_path_in_one_piece(void **state)
{
    static const char *const suites[] = {"aes256-sha1", "aes256-sha512", "aes256gcm16", "3des-sha1"};
    (void)state;

    for (unsigned i = 0; i < 4; i++) {
        for (unsigned encap = 0; encap < 2; encap++) {
            struct pair p;
            struct said c, s;
            size_t largest = 0;
            pair_setup(&p, 53);
            pair_set(p.cp, "esp.proposals", suites[i]);
            pair_set(p.sp, "esp.proposals", suites[i]);
            pair_set(p.cp, "esp.encap", encap ? "always" : "auto");
            pair_set(p.cp, "ppp.mtu", "1500");
            pair_set(p.sp, "ppp.mru", "1500");
            pair_listen(&p);
            pair_up(&p, p.client, p.cp, &c, &s);
            p.net.spy = small_enough;
            p.net.test = &largest;
            assert_int_equal(net_send(p.client, c.link, &c.address, &c.peer_address, c.mtu, 1), L2TPSEC_DROP_NONE);
            net_run(&p.net, SECOND);
            assert_int_equal(p.server->n_inbox, 1);
            assert_true(largest <= 1500);
            assert_true(largest > 1500 - 20); /* and wastes no more than a cipher block */
            net_fini(&p.net);
        }
    }
}

static void a_burst_of_mixed_packets_arrives_whole_and_in_order(void **state)
{
    enum { BURST = 300 };
    struct pair p;
    struct said c, s;
    static uint8_t room[BURST][64 + 1500 + 64];
    l2tpsec_packet pkts[BURST];
    (void)state;

    pair_setup(&p, 54);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    memset(pkts, 0, sizeof pkts);
    for (unsigned i = 0; i < BURST; i++) {
        uint8_t *ip = room[i] + 64;
        size_t len = 40 + i * 4;
        memset(ip, 0, len);
        ip[0] = 0x45;
        ip[2] = (uint8_t)(len >> 8);
        ip[3] = (uint8_t)len;
        ip[9] = 17;
        memcpy(ip + 12, c.address.ip, 4);
        memcpy(ip + 16, c.peer_address.ip, 4);
        ip[28] = (uint8_t)i;
        pkts[i].data = ip;
        pkts[i].len = len;
        pkts[i].link = c.link;
        if (i % 3) /* every third has no room around it */
            pkts[i].headroom = pkts[i].tailroom = 64;
    }
    assert_int_equal(l2tpsec_output(p.client->ctx, pkts, BURST, p.net.now), L2TPSEC_OK);
    net_run(&p.net, SECOND);
    assert_int_equal(p.server->n_inbox, BURST);
    for (unsigned i = BURST - NET_INBOX; i < BURST; i++) {
        assert_int_equal(p.server->inbox[i % NET_INBOX].bytes[28], i & 0xff);
        assert_int_equal(p.server->inbox[i % NET_INBOX].len, 40 + i * 4);
    }
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, 0, &st), L2TPSEC_OK);
    assert_int_equal(st.copied, BURST / 3);
    net_fini(&p.net);
}

static void the_data_path_allocates_nothing(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 55);
    pair_set(p.cp, "ppp.echo", "0");
    pair_set(p.sp, "ppp.echo", "0");
    pair_set(p.cp, "l2tp.hello", "0");
    pair_set(p.sp, "l2tp.hello", "0");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, 5 * SECOND);
    size_t before = p.client->allocs + p.server->allocs;
    assert_int_equal(pair_pings(&p, p.client, &c, 5000, 1000), 5000);
    assert_int_equal(p.client->allocs + p.server->allocs, before);
    net_fini(&p.net);
}

static void traffic_on_a_link_that_is_not_up_is_dropped_and_counted(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 56);
    pair_listen(&p);
    l2tpsec_id id = net_connect(p.client, p.server, p.cp);
    l2tpsec_addr a = inner(10, 77, 0, 2), b = inner(10, 77, 0, 1);
    assert_int_equal(net_send(p.client, id, &a, &b, 100, 1), L2TPSEC_DROP_NOT_UP);
    assert_int_equal(net_send(p.client, id + 1, &a, &b, 100, 1), L2TPSEC_DROP_NO_ROUTE);
    net_fini(&p.net);
}

struct flip {
    size_t bit;
    bool armed;
};

static bool flip_one(struct net *n, l2tpsec_packet *p)
{
    struct flip *f = n->test;

    if (f->armed && f->bit < p->len * 8) {
        p->data[f->bit / 8] ^= (uint8_t)(1u << (f->bit % 8));
        f->armed = false;
    }
    return true;
}

static void every_flipped_bit_of_a_data_packet_is_refused(void **state)
{
    struct pair p;
    struct said c, s;
    struct flip f = {0, false};
    (void)state;

    pair_setup(&p, 57);
    pair_set(p.sp, "l2tp.hello", "0");
    pair_set(p.sp, "ppp.echo", "0");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    p.net.spy = flip_one;
    p.net.test = &f;
    for (f.bit = 0; f.bit < 8 * 100; f.bit++) {
        f.armed = true;
        (void)net_send(p.client, c.link, &c.address, &c.peer_address, 60, 1);
        net_run(&p.net, SECOND / 50);
        assert_false(f.armed);
        assert_int_equal(p.server->n_inbox, 0);
    }
    uint64_t drops[L2TPSEC_DROP_COUNT];
    assert_int_equal(l2tpsec_get_drops(p.server->ctx, s.link, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    /* all but those whose SPI names no SA */
    assert_int_equal(drops[L2TPSEC_DROP_FORGED] + drops[L2TPSEC_DROP_REPLAYED], 8 * (100 - 4));
    net_fini(&p.net);
}

#define HELD 100

static struct {
    uint8_t bytes[HELD][256];
    l2tpsec_packet pkt[HELD];
    size_t n;
} held;

static bool hold_back(struct net *n, l2tpsec_packet *p)
{
    (void)n;
    if (held.n < HELD && p->len <= sizeof held.bytes[0]) {
        memcpy(held.bytes[held.n], p->data, p->len);
        held.pkt[held.n] = (l2tpsec_packet){.data = held.bytes[held.n],
                                            .len = p->len,
                                            .local = p->remote,
                                            .remote = p->local,
                                            .transport = p->transport};
        held.n++;
    }
    return false;
}

/* However many come in one call, they are opened so many at a time. */
static void a_hundred_packets_may_come_in_one_call(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 717);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    held.n = 0;
    p.net.spy = hold_back;
    for (uint32_t i = 0; i < HELD; i++)
        assert_int_equal(net_send(p.client, c.link, &c.address, &c.peer_address, 100, i), 0);
    net_run(&p.net, SECOND / 10);
    assert_int_equal(held.n, HELD);
    size_t before = p.server->n_inbox;
    assert_int_equal(l2tpsec_input(p.server->ctx, held.pkt, HELD, p.net.now), L2TPSEC_OK);
    assert_int_equal(p.server->n_inbox - before, HELD);
    p.net.spy = NULL;
    net_fini(&p.net);
}

/* ---- the order of what the host is told ---- */

static l2tpsec_id first_by;
static bool reply_leaves;

/* IPCP is open at both ends, but no answer to the server's echoes arrives: the client's first packet tells that it is up. */
static void note_reply(struct host *h, const l2tpsec_record *rec)
{
    (void)h;
    reply_leaves = reply_leaves || (rec->kind == L2TPSEC_RECORD_MESSAGE && strcmp(rec->a, "send") == 0 &&
                                    strcmp(rec->b, "LCP") == 0 && rec->value == 10);
}

static bool lose_replies(struct net *n, l2tpsec_packet *p)
{
    bool reply = reply_leaves && p->local.ip[3] == ((struct pair *)n->test)->client->address.ip[3];

    reply_leaves = reply_leaves && !reply;
    return !reply;
}

static void send_at_once(struct host *h, const l2tpsec_event *ev)
{
    if (ev->type == L2TPSEC_EVENT_UP)
        (void)net_send(h, ev->link, &ev->address, &ev->peer_address, 100, 7);
}

static void note_first(struct host *h, const l2tpsec_event *ev)
{
    if (ev->type == L2TPSEC_EVENT_UP) {
        first_by = ev->link;
        assert_int_equal(h->n_inbox, 0);
    }
}

static void a_server_hears_of_a_link_before_its_first_packet(void **state)
{
    struct pair p;

    (void)state;
    first_by = 0;
    reply_leaves = false;
    pair_setup(&p, 77);
    p.net.test = &p;
    p.net.spy = lose_replies;
    p.client->on_log = note_reply;
    p.client->on_event = send_at_once;
    p.server->on_event = note_first;
    pair_listen(&p);
    net_connect(p.client, p.server, p.cp);
    assert_true(net_wait(&p.net, p.server, L2TPSEC_EVENT_UP, 0, 60 * SECOND) >= 0);
    net_run(&p.net, SECOND);
    assert_int_equal(p.server->n_inbox, 1);
    assert_true(p.server->inbox[0].link == first_by);
    net_fini(&p.net);
}

/* The client's answer to the server's echo, and its first packet behind it. */
static bool hold_reply_and_data(struct net *n, l2tpsec_packet *p)
{
    struct host *client = ((struct pair *)n->test)->client;

    if (p->local.ip[3] != client->address.ip[3] || !(reply_leaves || net_last(client, L2TPSEC_EVENT_UP)))
        return true;
    reply_leaves = false;
    return hold_back(n, p);
}

static void a_server_hears_of_a_link_before_a_packet_that_comes_in_the_same_call(void **state)
{
    struct pair p;

    (void)state;
    first_by = 0;
    reply_leaves = false;
    held.n = 0;
    pair_setup(&p, 78);
    p.net.test = &p;
    p.net.spy = hold_reply_and_data;
    p.client->on_log = note_reply;
    p.client->on_event = send_at_once;
    p.server->on_event = note_first;
    pair_listen(&p);
    net_connect(p.client, p.server, p.cp);
    for (unsigned i = 0; i < 10000 && held.n < 2; i++)
        net_run(&p.net, 1000);
    assert_int_equal(held.n, 2);
    assert_int_equal(first_by, 0);
    assert_int_equal(l2tpsec_input(p.server->ctx, held.pkt, held.n, p.net.now), L2TPSEC_OK);
    assert_int_not_equal(first_by, 0);
    assert_int_equal(p.server->n_inbox, 1);
    assert_true(p.server->inbox[0].link == first_by);
    p.net.spy = NULL;
    net_fini(&p.net);
}

static bool catch_all(struct net *n, l2tpsec_packet *p)
{
    struct host *client = ((struct pair *)n->test)->client;

    return p->local.ip[3] != client->address.ip[3] || hold_back(n, p);
}

static bool has(const uint8_t *p, size_t n, const void *what, size_t len)
{
    for (size_t i = 0; i + len <= n; i++)
        if (memcmp(p + i, what, len) == 0)
            return true;
    return false;
}

/* What the host does not get is not left where it was opened, whether the packets before it went the same way or not. */
static void what_is_dropped_is_not_left_in_the_hosts_buffer(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    for (unsigned known = 0; known < 2; known++) {
        pair_setup(&p, 79);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        held.n = 0;
        p.net.test = &p;
        p.net.spy = catch_all;
        for (unsigned i = 0; i < 2 * known; i++)
            assert_int_equal(net_send(p.client, c.link, &c.address, &c.peer_address, 100, i), L2TPSEC_DROP_NONE);
        l2tpsec_addr forged = inner(10, 77, 0, 99);
        uint8_t addresses[8];
        memcpy(addresses, forged.ip, 4);
        memcpy(addresses + 4, c.peer_address.ip, 4);
        assert_int_equal(net_send(p.client, c.link, &forged, &c.peer_address, 100, 1), L2TPSEC_DROP_NONE);
        assert_int_equal(held.n, 1 + 2 * known);
        const l2tpsec_packet *last = &held.pkt[2 * known];
        assert_int_equal(l2tpsec_input(p.server->ctx, held.pkt, held.n, p.net.now), L2TPSEC_OK);
        assert_int_equal(last->drop, L2TPSEC_DROP_SPOOFED);
        assert_false(has(last->data, last->len, addresses, sizeof addresses));
        p.net.spy = NULL;
        net_fini(&p.net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_routes_by_inner_destination),
        cmocka_unit_test(a_client_cannot_send_in_anothers_name),
        cmocka_unit_test(what_does_not_fit_comes_back_as_icmp),
        cmocka_unit_test(a_full_packet_fits_an_ordinary_path_in_one_piece),
        cmocka_unit_test(a_burst_of_mixed_packets_arrives_whole_and_in_order),
        cmocka_unit_test(the_data_path_allocates_nothing),
        cmocka_unit_test(traffic_on_a_link_that_is_not_up_is_dropped_and_counted),
        cmocka_unit_test(every_flipped_bit_of_a_data_packet_is_refused),
        cmocka_unit_test(a_server_hears_of_a_link_before_its_first_packet),
        cmocka_unit_test(a_server_hears_of_a_link_before_a_packet_that_comes_in_the_same_call),
        cmocka_unit_test(a_hundred_packets_may_come_in_one_call),
        cmocka_unit_test(what_is_dropped_is_not_left_in_the_hosts_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
