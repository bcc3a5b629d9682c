/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "pair/pair.h"

/* A steady stream each way for a while; counts what did not come through. */
static unsigned lost_in(struct pair *p, const struct said *c, const struct said *s, unsigned seconds,
                        unsigned per_second)
{
    size_t client_before = p->client->n_inbox, server_before = p->server->n_inbox;
    unsigned sent = seconds * per_second;

    p->client->echo = p->server->echo = false;
    for (unsigned i = 0; i < sent; i++) {
        if (net_send(p->client, c->link, &c->address, &c->peer_address, 100, i) != 0 ||
            net_send(p->server, s->link, &s->address, &s->peer_address, 100, i) != 0)
            return UINT32_MAX;
        net_run(&p->net, SECOND / per_second);
    }
    net_run(&p->net, SECOND);
    return 2 * sent - (unsigned)(p->client->n_inbox - client_before) - (unsigned)(p->server->n_inbox - server_before);
}

static void hours_of_rekeys(const char *client_esp, const char *client_ike, const char *server_esp,
                            const char *server_ike, unsigned seconds, unsigned least_rekeys)
{
    struct pair p;
    struct said c, s;

    pair_setup(&p, 20);
    pair_set(p.cp, "preset", "modern");
    pair_set(p.cp, "ike.proposals", "aes128-sha256-x25519");
    pair_set(p.cp, "esp.proposals", "aes128gcm16");
    pair_set(p.cp, "esp.lifetime", client_esp);
    pair_set(p.cp, "ike.lifetime", client_ike);
    pair_set(p.sp, "esp.lifetime", server_esp);
    pair_set(p.sp, "ike.lifetime", server_ike);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(lost_in(&p, &c, &s, FEW ? seconds / 4 : seconds, 10), 0);
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, c.link, &st), L2TPSEC_OK);
    print_message("# %llu rekeys\n", (unsigned long long)st.rekeys);
    assert_true(st.rekeys >= (FEW ? least_rekeys / 4 : least_rekeys));
    assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
    assert_null(net_last(p.server, L2TPSEC_EVENT_DOWN));
    net_fini(&p.net);
}

static void the_client_rekeys_both_phases_and_loses_nothing(void **state)
{
    (void)state;
    hours_of_rekeys("30", "60", "3600", "28800", 3600, 100);
}

static void the_server_rekeys_both_phases_and_loses_nothing(void **state)
{
    (void)state;
    hours_of_rekeys("3600", "28800", "30", "60", 3600, 100);
}

static void both_rekey_at_the_same_moments_and_lose_nothing(void **state)
{
    (void)state;
    hours_of_rekeys("30", "60", "30", "60", 1800, 50);
}

static void a_day_with_ordinary_lifetimes_passes(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 21);
    pair_set(p.cp, "ike.proposals", "aes128-sha256-x25519");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    for (unsigned minute = 0; minute < 24 * 60; minute++) {
        assert_int_equal(pair_pings(&p, p.client, &c, 1, 100), 1);
        net_run(&p.net, 60 * SECOND);
    }
    assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
    net_fini(&p.net);
}

static void an_idle_day_passes_too(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 22);
    pair_set(p.cp, "ike.proposals", "aes128-sha256-x25519");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, 24 * 3600 * SECOND);
    assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_fini(&p.net);
}

static void a_byte_lifetime_brings_new_keys_before_it_ends(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 23);
    pair_set(p.cp, "esp.lifetime_kb", "300");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 1000, 1000), 1000); /* two megabytes */
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, c.link, &st), L2TPSEC_OK);
    assert_true(st.rekeys >= 6);
    net_fini(&p.net);
}

/* A limit that a packet exceeds is obeyed, but not with a quick mode for every packet. */
static void a_tiny_byte_lifetime_is_obeyed_at_a_bounded_rate(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 27);
    pair_set(p.cp, "esp.lifetime_kb", "1");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 1000, 1000), 1000); /* in ten seconds */
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, c.link, &st), L2TPSEC_OK);
    assert_in_range(st.rekeys, 5, 2 * 12); /* either end may have asked */
    net_fini(&p.net);
}

/* Of the client's messages of one quick mode only the first gets through. */
static bool lose_third_messages(struct net *n, l2tpsec_packet *p)
{
    uint8_t *last = n->test;

    if (p->transport != L2TPSEC_TRANSPORT_UDP || p->local.port != 500 || p->local.ip[3] != 7 || p->data[18] != 32)
        return true;
    bool again = memcmp(last, p->data + 20, 4) == 0;
    memcpy(last, p->data + 20, 4);
    return !again;
}

/* What comes by the new pair shows that the client has it: the server sends by it, and keeps it. */
static void a_new_pair_in_use_needs_no_third_message(void **state)
{
    struct pair p;
    struct said c, s;
    uint8_t last[4] = {0};
    (void)state;

    pair_setup(&p, 26);
    pair_set(p.cp, "esp.lifetime", "120");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    p.net.spy = lose_third_messages;
    p.net.test = last;
    for (unsigned i = 0; i < 200; i++) { /* longer than message 2 is repeated, and than the old pair lives */
        assert_int_equal(pair_pings(&p, p.client, &c, 1, 100), 1);
        net_run(&p.net, SECOND);
    }
    assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.server->ctx, s.link, &st), L2TPSEC_OK);
    assert_true(st.rekeys >= 1);
    net_fini(&p.net);
}

static void rekeys_survive_a_bad_network(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 24);
    pair_set(p.cp, "ike.proposals", "aes128-sha256-x25519");
    pair_set(p.cp, "esp.lifetime", "120");
    pair_set(p.cp, "ike.lifetime", "300");
    pair_set(p.cp, "ike.retries", "8");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    p.net.loss = 10;
    p.net.duplicate = 5;
    p.net.reorder = 10;
    (void)lost_in(&p, &c, &s, 3600, 2);
    p.net.loss = p.net.duplicate = p.net.reorder = 0;
    net_run(&p.net, 10 * SECOND);
    assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
    assert_int_equal(pair_pings(&p, p.client, &c, 20, 100), 20);
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_rekeys_both_phases_and_loses_nothing),
        cmocka_unit_test(the_server_rekeys_both_phases_and_loses_nothing),
        cmocka_unit_test(both_rekey_at_the_same_moments_and_lose_nothing),
        cmocka_unit_test(a_day_with_ordinary_lifetimes_passes),
        cmocka_unit_test(an_idle_day_passes_too),
        cmocka_unit_test(a_byte_lifetime_brings_new_keys_before_it_ends),
        cmocka_unit_test(a_tiny_byte_lifetime_is_obeyed_at_a_bounded_rate),
        cmocka_unit_test(a_new_pair_in_use_needs_no_third_message),
        cmocka_unit_test(rekeys_survive_a_bad_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
