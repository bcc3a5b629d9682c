/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a client of this library never does and other peers do, brought about from the inside: several calls in one tunnel;
 * a good-bye with Windows' reason. */
#include "core/link.h"
#include "l2tp/call.h"
#include "l2tp/tunnel.h"
#include "pair/pair.h"
#include "ppp/link.h"

/* A second call of the same user in the tunnel of this link. */
static struct l2s_link *call_beside(struct pair *p, l2tpsec_id link)
{
    static struct l2s_dial dial; /* of the second, which is as if we had dialled it */
    struct l2tpsec *ctx = p->client->ctx;
    struct l2s_link *first = l2s_idtab_get(&ctx->links, link);
    struct l2s_l2tp_call *there = l2s_idtab_get(&ctx->l2tp->calls, first->session);
    int rc;

    assert_int_equal(l2s_core_enter(ctx, p->net.now, true), L2TPSEC_OK);
    struct l2s_link *l = l2s_link_incoming(ctx, first->channel);
    assert_non_null(l);
    ctx->links_server--;
    l->client = true;
    assert_int_equal(l2s_timers_reserve(&ctx->sys.timers, 1), L2TPSEC_OK); /* a client's link has one more */
    dial = *first->dial;
    dial.shared->users++;
    dial.password = NULL;
    l->dial = &dial;
    l2s_l2tp_enter(ctx->l2tp);
    struct l2s_l2tp_call *c = l2s_l2tp_call_new(there->tunnel, false, &rc);
    assert_non_null(c);
    l2s_l2tp_call_open(c, l);
    l2s_l2tp_call_tunnel_open(c);
    l->session = c->handle;
    l2s_l2tp_leave(ctx->l2tp);
    l2s_core_leave(ctx);
    return l;
}

static void setup(struct pair *p, uint64_t seed, struct said c[2], struct said s[2])
{
    pair_setup(p, seed);
    pair_listen(p);
    pair_up(p, p->client, p->cp, &c[0], &s[0]);
    size_t from_c = p->client->n_said, from_s = p->server->n_said;
    l2tpsec_id second = call_beside(p, c[0].link)->id;
    int at = net_wait(&p->net, p->client, L2TPSEC_EVENT_UP, from_c, 10 * SECOND);
    assert_true(at >= 0);
    c[1] = p->client->said[at % NET_EVENTS];
    assert_true(c[1].link == second);
    at = net_wait(&p->net, p->server, L2TPSEC_EVENT_UP, from_s, SECOND);
    assert_true(at >= 0);
    s[1] = p->server->said[at % NET_EVENTS];
}

static uint64_t links_of(struct host *server)
{
    l2tpsec_stats stats = {.size = sizeof stats};

    assert_int_equal(l2tpsec_get_stats(server->ctx, 0, &stats), L2TPSEC_OK);
    return stats.links;
}

static void calls_of_one_user_in_one_tunnel_carry_packets_both_ways_beside_each_other(void **state)
{
    struct pair p;
    struct said c[2], s[2];
    (void)state;

    setup(&p, 960, c, s);
    net_run(&p.net, 10 * SECOND);
    assert_int_equal(links_of(p.server), 2);
    assert_null(net_last(p.server, L2TPSEC_EVENT_DOWN));
    assert_memory_not_equal(c[0].address.ip, c[1].address.ip, 4);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(pair_pings(&p, p.client, &c[i], 10, 100), 10);
        assert_true(p.server->inbox[(p.server->n_inbox - 1) % NET_INBOX].link == s[i].link);
        assert_int_equal(pair_pings(&p, p.server, &s[i], 10, 100), 10);
        assert_true(p.client->inbox[(p.client->n_inbox - 1) % NET_INBOX].link == c[i].link);
    }
    net_fini(&p.net);
}

static void one_call_ends_and_the_other_goes_on(void **state)
{
    struct pair p;
    struct said c[2], s[2];
    (void)state;

    setup(&p, 961, c, s);
    assert_int_equal(l2tpsec_close(p.server->ctx, s[1].link, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 10 * SECOND);
    assert_int_equal(links_of(p.server), 1);
    assert_int_equal(pair_pings(&p, p.client, &c[0], 10, 100), 10);
    net_fini(&p.net);
}

static int32_t keeps_waiting(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)q, (void)out, (void)cap, (void)len;
    return L2TPSEC_EAGAIN;
}

/* Whoever has a group's key may open calls, and need not prove a user in them for a minute. */
static void calls_that_prove_no_user_take_eight_places(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 962);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    p.server->secret = keeps_waiting;
    for (unsigned i = 0; i < 20; i++)
        (void)call_beside(&p, c.link);
    net_run(&p.net, 2 * SECOND);
    assert_int_equal(links_of(p.server), 1 + 8);
    const struct said *refused = net_last(p.server, L2TPSEC_EVENT_REFUSED);
    assert_non_null(refused);
    assert_int_equal(refused->cause, L2TPSEC_CAUSE_LIMIT);
    assert_int_equal(pair_pings(&p, p.client, &c, 3, 100), 3);
    net_run(&p.net, 300 * SECOND); /* until nobody waits any more */
    assert_int_equal(links_of(p.server), 1);
    p.server->secret = NULL;
    size_t from = p.client->n_said;
    (void)call_beside(&p, c.link);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, from, 10 * SECOND) >= 0);
    net_fini(&p.net);
}

/* As Windows ends PPP: magic, its mark, and the error its user sees. */
static void windows_says_why_and_the_event_has_its_code(void **state)
{
    static const struct {
        uint8_t code[4];
        uint32_t seen;
        const char *title; /* of the diagnosis, by words of its advice */
    } cases[] = {{{0, 0, 2, 0xd0}, 720, "address"},
                 {{0, 0, 2, 0xb3}, 691, "type both again"},
                 {{0, 0, 3, 0x2c}, 812, "ppp.auth"},
                 {{0, 0, 2, 0x8d}, 653, "idle limit"}, /* nothing is known of it but the number */
                 {{0, 0, 0, 0}, 629, "idle limit"}};
    (void)state;

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t words[12] = {1, 2, 3, 4, 0x00, 0x3c, 0xcd, 0x74};
        struct pair p;
        struct said c, s;
        pair_setup(&p, 970 + i);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        struct l2tpsec *ctx = p.client->ctx;
        struct l2s_link *l = l2s_idtab_get(&ctx->links, c.link);
        memcpy(words + 8, cases[i].code, 4);
        assert_int_equal(l2s_core_enter(ctx, p.net.now, true), L2TPSEC_OK);
        l2s_cp_send(&l->ppp->lcp.cp, L2S_CP_TERM_REQ, 99, words, sizeof words);
        l2s_core_leave(ctx);
        assert_true(net_wait(&p.net, p.server, L2TPSEC_EVENT_DOWN, 0, 10 * SECOND) >= 0);
        const struct said *down = net_last(p.server, L2TPSEC_EVENT_DOWN);
        assert_int_equal(down->cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
        assert_int_equal(down->layer, L2TPSEC_LAYER_PPP);
        assert_int_equal(down->windows_code, cases[i].seen);
        assert_non_null(strstr(down->advice, cases[i].title));
        net_fini(&p.net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_one_user_in_one_tunnel_carry_packets_both_ways_beside_each_other),
        cmocka_unit_test(one_call_ends_and_the_other_goes_on),
        cmocka_unit_test(calls_that_prove_no_user_take_eight_places),
        cmocka_unit_test(windows_says_why_and_the_event_has_its_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
