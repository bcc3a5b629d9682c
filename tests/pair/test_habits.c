/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What peers do that no standard has: datagrams on ports where nobody expects them. */
#include "pair/pair.h"

static const uint8_t no_marker[4];

/* Back to the port of the first message, marker and all: RRAS was seen to do that. */
static bool to_port_500(struct net *n, l2tpsec_packet *p)
{
    const struct host *who = n->test;

    if (p->transport == L2TPSEC_TRANSPORT_UDP && p->remote.port == 4500 &&
        (!who || memcmp(p->remote.ip, who->address.ip, 4) == 0))
        p->remote.port = 500;
    return true;
}

static uint64_t dropped(const struct host *h)
{
    uint64_t drops[L2TPSEC_DROP_COUNT], sum = 0;

    assert_int_equal(l2tpsec_get_drops(h->ctx, 0, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    for (unsigned i = 0; i < L2TPSEC_DROP_COUNT; i++)
        sum += drops[i];
    return sum;
}

static void what_comes_to_the_other_port_is_heard(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) { /* to the client, to the server, to both */
        struct pair p;
        struct said c, s;
        pair_setup(&p, 51 + i);
        pair_set(p.cp, "esp.encap", "always");
        pair_set(p.cp, "esp.lifetime", "60");
        p.net.spy = to_port_500;
        p.net.test = i == 0 ? p.client : i == 1 ? p.server : NULL;
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        for (unsigned k = 0; k < 15; k++) { /* through two renewals */
            assert_int_equal(pair_pings(&p, p.client, &c, 3, 84), 3);
            assert_int_equal(pair_pings(&p, p.server, &s, 3, 84), 3);
            net_run(&p.net, 10 * SECOND);
        }
        l2tpsec_stats st = {.size = sizeof st};
        assert_int_equal(l2tpsec_get_stats(p.client->ctx, c.link, &st), L2TPSEC_OK);
        assert_true(st.rekeys >= 2);
        assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
        assert_int_equal(dropped(p.client) + dropped(p.server), 0);
        assert_int_equal(l2tpsec_close(p.client->ctx, c.link, p.net.now), L2TPSEC_OK);
        assert_true(net_wait(&p.net, p.server, L2TPSEC_EVENT_DOWN, 0, 2 * SECOND) >= 0);
        net_fini(&p.net);
    }
}

/* One byte FF (RFC 3948, 2.3), which some put behind a non-ESP marker. */
static void a_keepalive_in_either_form_is_no_packet_that_was_dropped(void **state)
{
    static const uint8_t forms[][5] = {{0xff}, {0, 0, 0, 0, 0xff}};
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 54);
    pair_set(p.cp, "esp.encap", "always");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    for (unsigned i = 0; i < 8; i++) {
        struct host *to = i & 1 ? p.client : p.server, *from = i & 1 ? p.server : p.client;
        size_t n = i & 2 ? 1 : 5;
        uint8_t *bytes = malloc(n); /* so that sanitizers see one byte over */
        assert_non_null(bytes);
        memcpy(bytes, forms[n == 5], n);
        l2tpsec_packet pkt = {.data = bytes, .len = n, .local = to->address, .remote = from->address};
        pkt.local.port = pkt.remote.port = i & 4 ? 500 : 4500;
        assert_int_equal(l2tpsec_input(to->ctx, &pkt, 1, p.net.now), L2TPSEC_OK);
        assert_int_equal(pkt.drop, L2TPSEC_DROP_NONE);
        free(bytes);
    }
    assert_int_equal(dropped(p.client) + dropped(p.server), 0);
    assert_int_equal(pair_pings(&p, p.client, &c, 3, 84), 3);
    net_fini(&p.net);
}

/* Of the first messages, copies that come late or by another way: the port of a NAT, or none any more. */
struct copies {
    unsigned n;
    size_t len[3];
    uint8_t bytes[3][NET_PAYLOAD];
};

static bool keep_copies(struct net *n, l2tpsec_packet *p)
{
    struct copies *c = n->test;

    if (c->n < 3 && p->remote.ip[3] == 1 && p->remote.port == 500) {
        memcpy(c->bytes[c->n], p->data, p->len);
        c->len[c->n++] = p->len;
    }
    return true;
}

static void late_copies_of_the_first_messages_disturb_nobody(void **state)
{
    static const uint16_t ports[] = {500, 4500, 31500};
    static struct copies copies;
    struct pair p;
    struct said c, s;
    (void)state;

    copies.n = 0;
    pair_setup(&p, 55);
    pair_set(p.cp, "esp.encap", "always");
    p.net.spy = keep_copies;
    p.net.test = &copies;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(copies.n, 2); /* messages 1 and 3: behind them it is at 4500 */
    for (unsigned i = 0; i < 18; i++) {
        unsigned which = i % 2;
        bool marked = i / 2 % 3 == 1;
        uint8_t bytes[4 + NET_PAYLOAD];
        size_t head = marked ? sizeof no_marker : 0;
        memcpy(bytes, no_marker, head);
        memcpy(bytes + head, copies.bytes[which], copies.len[which]);
        l2tpsec_packet pkt = {
            .data = bytes, .len = head + copies.len[which], .local = p.server->address, .remote = p.client->address};
        pkt.local.port = marked ? 4500 : 500;
        pkt.remote.port = ports[i / 2 % 3];
        assert_int_equal(l2tpsec_input(p.server->ctx, &pkt, 1, p.net.now), L2TPSEC_OK);
        net_run(&p.net, i < 9 ? SECOND / 10 : 20 * SECOND);
        assert_int_equal(pair_pings(&p, p.client, &c, 2, 84), 2);
        assert_int_equal(pair_pings(&p, p.server, &s, 2, 84), 2);
    }
    assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
    assert_null(net_last(p.server, L2TPSEC_EVENT_DOWN));
    assert_null(net_last(p.server, L2TPSEC_EVENT_MOVED));
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_to_the_other_port_is_heard),
        cmocka_unit_test(a_keepalive_in_either_form_is_no_packet_that_was_dropped),
        cmocka_unit_test(late_copies_of_the_first_messages_disturb_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
