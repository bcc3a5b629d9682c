/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One side loses its power at a message: at each one of a whole life, just before it goes out or just after, for a moment, for a
 * while, or for long. The other side notices in its time, and the client is up again soon after the power is back. */
#include "pair/pair.h"

#define LIFE_S 48u /* up, and phase 1 and 2 are renewed in it */
#define LONG_S 600u

/* What a host's events said of its only link. */
struct news {
    enum { QUIET, UP, DOWN_FOR_NOW, GONE } state;
    unsigned ends;
};

struct cut {
    unsigned at; /* the message; 0: none */
    bool server; /* whose power */
    bool after;  /* the message still goes out, if it is the victim's */
    unsigned outage_s;
};

struct life {
    struct pair p;
    struct cut cut;
    unsigned messages;
    bool happened;
    l2tpsec_id id; /* the client's link */
    struct news client, server;
};

static struct life life; /* too large for the stack */

static void heard(struct host *h, const l2tpsec_event *ev)
{
    struct news *news = h == life.p.client ? &life.client : &life.server;

    if (ev->link == 0)
        return;
    if (ev->type == L2TPSEC_EVENT_UP) {
        news->state = UP;
    } else if (ev->type == L2TPSEC_EVENT_DOWN || ev->type == L2TPSEC_EVENT_FAILED) {
        news->state = ev->retry_in_us ? DOWN_FOR_NOW : GONE;
        news->ends++;
        assert_int_not_equal(ev->cause, L2TPSEC_CAUSE_NONE);
    }
}

static bool counts_messages(struct net *n, l2tpsec_packet *pkt)
{
    struct host *victim = life.cut.server ? life.p.server : life.p.client;
    bool its_own = memcmp(pkt->local.ip, victim->address.ip, 4) == 0;

    (void)n;
    if (life.happened || ++life.messages != life.cut.at)
        return true;
    life.happened = true;
    victim->off = victim->asleep = true;
    return !its_own || life.cut.after;
}

static void set_client(void)
{
    life.p.cp = net_client_profile(life.p.client);
    pair_set(life.p.cp, "ike.lifetime", "40");
    pair_set(life.p.cp, "esp.lifetime", "40");
}

static void set_server(void)
{
    life.p.sp = net_server_profile(life.p.server);
    pair_listen(&life.p);
}

static void dial(void)
{
    life.client.state = QUIET;
    life.id = net_connect(life.p.client, life.p.server, life.p.cp);
}

static void ping(void)
{
    struct host *h = life.p.client;
    l2tpsec_event up = {.size = sizeof up};

    if (!h->asleep && l2tpsec_get_link(h->ctx, life.id, &up) == L2TPSEC_OK)
        (void)net_send(h, life.id, &up.address, &up.peer_address, 100, 0);
}

/* A second passes. Who uses the client sends something, and dials when the link is gone. */
static void second(bool wants_link)
{
    ping();
    net_run(&life.p.net, SECOND);
    if (wants_link && life.client.state == GONE && !life.p.client->asleep)
        dial();
}

/* Up to the cut, or to the end. */
static void live(void)
{
    dial();
    for (unsigned i = 0; i < LIFE_S && !life.happened; i++)
        second(true);
    if (!life.happened)
        (void)l2tpsec_close(life.p.client->ctx, 0, life.p.net.now);
    for (unsigned i = 0; i < 10 && !life.happened; i++)
        net_run(&life.p.net, SECOND);
}

static uint64_t links_of(const struct host *h)
{
    l2tpsec_stats st = {.size = sizeof st};

    assert_int_equal(l2tpsec_get_stats(h->ctx, 0, &st), L2TPSEC_OK);
    return st.links + st.half_open;
}

static void be_dark(void)
{
    bool was_up = life.client.state == UP;

    for (unsigned i = 0; i < life.cut.outage_s; i++)
        second(life.cut.server);
    if (life.cut.outage_s < LONG_S)
        return;
    if (life.cut.server)
        assert_true(life.client.state != UP && (!was_up || life.client.ends > 0));
    else
        assert_int_equal(links_of(life.p.server), 0);
}

static void come_back(void)
{
    struct host *victim = life.cut.server ? life.p.server : life.p.client;

    net_reboot(victim);
    victim->off = victim->asleep = false;
    if (life.cut.server) {
        set_server();
    } else {
        set_client();
        dial();
    }
}

static bool carries(void)
{
    size_t before = life.p.client->n_inbox;

    if (life.client.state == UP)
        second(true);
    return life.client.state == UP && life.p.client->n_inbox > before;
}

/* How many seconds until it is up again. */
static unsigned recover(void)
{
    unsigned s = 0;

    life.p.server->echo = true;
    for (; s < 300 && !carries(); s++)
        second(true);
    for (unsigned i = 0; i < 300 && links_of(life.p.server) > 1; i++)
        second(true);
    if (links_of(life.p.server) != 1)
        fail_msg("at the server %llu links are left", (unsigned long long)links_of(life.p.server));
    assert_true(carries());
    return s;
}

static void begin(const struct cut *cut)
{
    memset(&life, 0, sizeof life);
    life.cut = *cut;
    net_init(&life.p.net, 600);
    life.p.server = net_host(&life.p.net, "192.0.2.1");
    life.p.client = net_host(&life.p.net, "198.51.100.7");
    life.p.server->on_event = life.p.client->on_event = heard;
    life.p.net.spy = counts_messages;
    set_client();
    set_server();
}

static void end(void)
{
    (void)l2tpsec_close(life.p.client->ctx, 0, life.p.net.now);
    net_run(&life.p.net, 60 * SECOND);
    assert_int_equal(links_of(life.p.client), 0);
    assert_int_equal(links_of(life.p.server), 0);
    assert_int_equal(life.client.state, GONE);
    net_fini(&life.p.net);
}

static unsigned messages_of_a_life(void)
{
    struct cut none = {0};

    begin(&none);
    live();
    unsigned n = life.messages;
    end();
    return n;
}

/* The longest wait of all. */
static void cut_at_each_message(bool server, unsigned outage_s, unsigned within_s)
{
    unsigned n = messages_of_a_life(), longest = 0, cuts = 0;

    for (unsigned at = 1; at <= n; at++) {
        for (unsigned after = 0; after < 2; after++) {
            struct cut cut = {.at = at, .server = server, .after = after, .outage_s = outage_s};
            begin(&cut);
            live();
            assert_true(life.happened);
            be_dark();
            come_back();
            unsigned s = recover();
            if (s > within_s)
                fail_msg("%s's power is cut %s message %u for %u s: it takes %u s until the client is up again",
                         server ? "the server" : "the client", after ? "after" : "at", at, outage_s, s);
            longest = s > longest ? s : longest;
            cuts++;
            end();
        }
    }
    assert_true(n > 50);
    print_message("# the %s's power cut %u times for %u s: up again after %u s at most\n", server ? "server" : "client",
                  cuts, outage_s, longest);
}

static void the_client_for_a_moment(void **state)
{
    (void)state;
    cut_at_each_message(false, 1, 15);
}

static void the_client_for_a_while(void **state)
{
    (void)state;
    cut_at_each_message(false, 30, 15);
}

static void the_client_for_long(void **state)
{
    (void)state;
    cut_at_each_message(false, LONG_S, 15);
}

static void the_server_for_a_moment(void **state)
{
    (void)state;
    cut_at_each_message(true, 1, 75); /* who waits to be asked for a password notices by ppp.setup */
}

static void the_server_for_a_while(void **state)
{
    (void)state;
    cut_at_each_message(true, 30, 90);
}

static void the_server_for_long(void **state)
{
    (void)state;
    cut_at_each_message(true, LONG_S, 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_for_a_moment), cmocka_unit_test(the_client_for_a_while),
        cmocka_unit_test(the_client_for_long),     cmocka_unit_test(the_server_for_a_moment),
        cmocka_unit_test(the_server_for_a_while),  cmocka_unit_test(the_server_for_long),
    };

    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
