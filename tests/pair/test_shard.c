/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two server contexts share an address; what comes to it goes to the one that l2tpsec_shard_of() names. */
#include "pair/pair.h"

#define SHARDS 2u
#define CLIENTS 6u

struct many {
    struct net net;
    struct host *server; /* the first of SHARDS */
    struct host *client[CLIENTS];
    l2tpsec_profile *profile[CLIENTS], *sp[SHARDS];
    struct said up[CLIENTS], served[CLIENTS];
    struct host *at[CLIENTS]; /* the shard it landed on */
    unsigned strangers;       /* messages that reached a context which knows nothing of them */
};

static struct many m; /* too large for the stack */

/* The last word on an IKE SA that has ended at the other side, too, is lost on it: that is not a stranger. */
static void count_strangers(struct host *h, const l2tpsec_record *rec)
{
    (void)h;
    if (rec->kind == L2TPSEC_RECORD_DROP && strcmp(rec->a, "informational for no SA of ours") != 0)
        m.strangers += rec->value == L2TPSEC_DROP_UNKNOWN_SPI || rec->value == L2TPSEC_DROP_UNKNOWN_COOKIE ||
                       rec->value == L2TPSEC_DROP_UNKNOWN_TUNNEL;
}

/* What comes from one address outside goes to one shard, first messages and all. */
static bool one_source_one_shard(struct net *n, l2tpsec_packet *p)
{
    static uint32_t shard_of[256];
    l2tpsec_packet q = *p;
    (void)n;

    q.local = p->remote;
    q.remote = p->local;
    if (memcmp(q.local.ip, m.server->address.ip, 4) != 0)
        return true;
    uint32_t shard = l2tpsec_shard_of(&q, SHARDS), *known = &shard_of[q.remote.ip[3]];
    if (shard != L2TPSEC_SHARD_ANY && *known == 0)
        *known = 1 + shard;
    assert_true(shard == L2TPSEC_SHARD_ANY || shard + 1 == *known);
    return true;
}

static void setup(uint64_t seed, unsigned behind_nat)
{
    memset(&m, 0, sizeof m);
    net_init(&m.net, seed);
    m.net.nat = (l2tpsec_addr){.family = 4, .ip = {192, 0, 2, 97}};
    m.server = net_shards(&m.net, "192.0.2.1", SHARDS);
    for (unsigned i = 0; i < SHARDS; i++)
        m.sp[i] = net_server_profile(&m.server[i]);
    for (unsigned i = 0; i < SHARDS; i++)
        m.server[i].on_log = count_strangers;
    for (unsigned i = 0; i < CLIENTS; i++) {
        char address[16];
        snprintf(address, sizeof address, "198.51.100.%u", 10 + i);
        m.client[i] = net_host(&m.net, address);
        m.client[i]->behind_nat = i < behind_nat;
        m.profile[i] = net_client_profile(m.client[i]);
        pair_set(m.profile[i], "ike.proposals", "aes128-sha256-x25519");
    }
}

static void set_all(const char *name, const char *client, const char *server)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        pair_set(m.profile[i], name, client);
    for (unsigned i = 0; i < SHARDS; i++)
        pair_set(m.sp[i], name, server);
}

static void listen(void)
{
    for (unsigned i = 0; i < SHARDS; i++)
        assert_int_equal(l2tpsec_listen(m.server[i].ctx, m.sp[i], m.net.now), L2TPSEC_OK);
}

/* The server's last word on who has this address inside. */
static struct said served(const struct host *h, const l2tpsec_addr *inside)
{
    struct said none = {.type = 0};

    for (size_t i = h->n_said; i > 0 && i + NET_EVENTS > h->n_said; i--) {
        const struct said *s = &h->said[(i - 1) % NET_EVENTS];
        if (s->type == L2TPSEC_EVENT_UP && memcmp(s->peer_address.ip, inside->ip, 4) == 0)
            return *s;
    }
    return none;
}

static void up(unsigned i)
{
    size_t from = m.client[i]->n_said;

    net_connect(m.client[i], m.server, m.profile[i]);
    int at = net_wait(&m.net, m.client[i], L2TPSEC_EVENT_UP, from, 60 * SECOND);
    assert_true(at >= 0);
    net_run(&m.net, SECOND);
    m.up[i] = m.client[i]->said[at % NET_EVENTS];
    uint32_t shard = l2tpsec_shard_of_address(&m.up[i].address, SHARDS);
    assert_true(shard < SHARDS);
    m.at[i] = &m.server[shard];
    m.served[i] = served(m.at[i], &m.up[i].address);
    assert_int_equal(m.served[i].type, L2TPSEC_EVENT_UP);
}

static void all_up(void)
{
    unsigned landed[SHARDS] = {0};

    listen();
    for (unsigned i = 0; i < CLIENTS; i++) {
        up(i);
        landed[m.at[i] - m.server]++;
    }
    print_message("# %u and %u clients\n", landed[0], landed[1]);
    assert_true(landed[0] && landed[1]);
}

/* Packets each way for each client; how many did not come through. */
static unsigned lost(unsigned rounds, uint64_t each)
{
    size_t before[CLIENTS], served_before = m.server[0].n_inbox + m.server[1].n_inbox, came = 0;

    for (unsigned i = 0; i < CLIENTS; i++)
        before[i] = m.client[i]->n_inbox;
    for (unsigned k = 0; k < rounds; k++) {
        for (unsigned i = 0; i < CLIENTS; i++) {
            const struct said *c = &m.up[i];
            (void)net_send(m.client[i], c->link, &c->address, &c->peer_address, 100, k);
            (void)net_send(m.at[i], 0, &c->peer_address, &c->address, 100, k); /* by inner destination */
        }
        net_run(&m.net, each);
    }
    net_run(&m.net, SECOND);
    for (unsigned i = 0; i < CLIENTS; i++)
        came += m.client[i]->n_inbox - before[i];
    came += m.server[0].n_inbox + m.server[1].n_inbox - served_before;
    return 2 * CLIENTS * rounds - (unsigned)came;
}

static void nobody_went_down(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_null(net_last(m.client[i], L2TPSEC_EVENT_DOWN));
    for (unsigned i = 0; i < SHARDS; i++)
        assert_null(net_last(&m.server[i], L2TPSEC_EVENT_DOWN));
}

static void every_datagram_finds_its_context(void **state)
{
    (void)state;
    setup(1000, 3);
    m.net.spy = one_source_one_shard;
    all_up();
    for (unsigned i = 1; i < 3; i++)
        assert_ptr_equal(m.at[i], m.at[0]); /* behind one NAT: one shard */
    assert_int_equal(lost(20, SECOND / 20), 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_equal(l2tpsec_close(m.client[i]->ctx, 0, m.net.now), L2TPSEC_OK);
    net_run(&m.net, 20 * SECOND);
    for (unsigned i = 0; i < SHARDS; i++) {
        l2tpsec_stats stats = {.size = sizeof stats};
        assert_int_equal(l2tpsec_get_stats(m.server[i].ctx, 0, &stats), L2TPSEC_OK);
        assert_int_equal(stats.links, 0);
    }
    assert_int_equal(m.strangers, 0);
    net_fini(&m.net);
}

static void the_server_closes_all(void **state)
{
    (void)state;
    setup(1001, 2);
    all_up();
    for (unsigned i = 0; i < SHARDS; i++)
        assert_int_equal(l2tpsec_close(m.server[i].ctx, 0, m.net.now), L2TPSEC_OK);
    net_run(&m.net, 20 * SECOND);
    for (unsigned i = 0; i < CLIENTS; i++) {
        const struct said *down = net_last(m.client[i], L2TPSEC_EVENT_DOWN);
        assert_non_null(down);
        assert_int_equal(down->cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    }
    net_fini(&m.net);
}

static void renewals(uint64_t seed, const char *esp[2], const char *ike[2])
{
    setup(seed, 3);
    set_all("esp.lifetime", esp[0], esp[1]);
    set_all("ike.lifetime", ike[0], ike[1]);
    m.net.spy = one_source_one_shard;
    all_up();
    assert_int_equal(lost(FEW ? 300 : 900, SECOND), 0);
    nobody_went_down();
    for (unsigned i = 0; i < CLIENTS; i++) {
        l2tpsec_stats st = {.size = sizeof st};
        assert_int_equal(l2tpsec_get_stats(m.client[i]->ctx, m.up[i].link, &st), L2TPSEC_OK);
        assert_true(st.rekeys >= (FEW ? 6 : 20));
    }
    assert_int_equal(m.strangers, 0);
    net_fini(&m.net);
}

static void clients_renew_both_phases_and_lose_nothing(void **state)
{
    (void)state;
    renewals(1002, (const char *[]){"30", "3600"}, (const char *[]){"60", "28800"});
}

static void servers_renew_both_phases_and_lose_nothing(void **state)
{
    (void)state;
    renewals(1003, (const char *[]){"3600", "30"}, (const char *[]){"28800", "60"});
}

static void both_renew_at_the_same_moments_and_lose_nothing(void **state)
{
    (void)state;
    renewals(1004, (const char *[]){"30", "30"}, (const char *[]){"60", "60"});
}

static unsigned begun;

/* Message 1 of a main mode of the server's. */
static bool count_begun(struct net *n, l2tpsec_packet *p)
{
    static const uint8_t zeros[8];
    size_t at = p->local.port == 4500 ? 4 : 0;
    (void)n;

    begun += memcmp(p->local.ip, m.server->address.ip, 4) == 0 && p->transport == L2TPSEC_TRANSPORT_UDP &&
             p->len > at + 28 && (at == 0 || memcmp(p->data, zeros, 4) == 0) &&
             memcmp(p->data + at + 8, zeros, 8) == 0 && p->data[at + 18] == 2;
    return true;
}

static void behind_a_nat_that_forgot_its_ports_all_go_on(void **state)
{
    (void)state;
    setup(1005, CLIENTS - 1);
    set_all("esp.lifetime", "60", "3600");
    set_all("ike.lifetime", "90", "28800");
    begun = 0;
    m.net.spy = count_begun;
    all_up();
    for (unsigned k = 0; k < 10; k++) {
        m.net.nat_shift += 7;
        (void)lost(1, SECOND); /* what the servers send goes to the old ports still */
        assert_int_equal(lost(30, SECOND), 0);
    }
    nobody_went_down();
    assert_int_equal(begun, 0); /* they are on the same shard still: phase 1 is theirs to renew */
    assert_int_equal(m.strangers, 0);
    net_fini(&m.net);
}

/* The NAT has another address, from where first messages come to the other shard: the server renews phase 1 before they do. */
static void behind_a_nat_that_moves_to_the_other_shard_all_go_on(void **state)
{
    (void)state;
    setup(1006, CLIENTS - 1);
    set_all("esp.lifetime", "60", "3600");
    set_all("ike.lifetime", "90", "28800");
    all_up();
    const struct host *was = m.at[0];
    for (uint8_t last = 100; last < 110; last++) {
        m.net.nat.ip[3] = last;
        (void)lost(1, SECOND);
        assert_int_equal(lost(60, SECOND), 0);
    }
    nobody_went_down();
    assert_int_equal(m.strangers, 0);
    /* one of the ten, at least, was the other one's; who dials anew from there has a link there */
    unsigned elsewhere = 0;
    for (uint8_t last = 100; last < 110 && !elsewhere; last++) {
        m.net.nat.ip[3] = last;
        (void)lost(1, SECOND);
        assert_int_equal(l2tpsec_close(m.client[0]->ctx, 0, m.net.now), L2TPSEC_OK);
        net_run(&m.net, 10 * SECOND);
        up(0);
        elsewhere += m.at[0] != was;
    }
    assert_true(elsewhere);
    net_fini(&m.net);
}

/* Without a word: power was lost. */
static void who_comes_back_replaces_the_link_that_is_left(void **state)
{
    (void)state;
    setup(1007, 0);
    all_up();
    struct host *h = m.client[3], *was = m.at[3];
    struct host *again = net_host(&m.net, "198.51.100.200");
    again->address = h->address;
    h->address.ip[3] = 201;
    h->off = true;
    m.client[3] = again;
    m.profile[3] = net_client_profile(again);
    up(3);
    assert_ptr_equal(m.at[3], was);
    const struct said *down = net_last(was, L2TPSEC_EVENT_DOWN);
    assert_non_null(down);
    assert_int_equal(down->cause, L2TPSEC_CAUSE_REPLACED);
    assert_int_equal(lost(10, SECOND / 10), 0);
    net_fini(&m.net);
}

/* Clients in shards of their own, with a server in shards: each end knows its own cookies. */
static void both_ends_may_be_in_shards(void **state)
{
    (void)state;
    memset(&m, 0, sizeof m);
    net_init(&m.net, 1008);
    m.server = net_shards(&m.net, "192.0.2.1", SHARDS);
    for (unsigned i = 0; i < SHARDS; i++)
        m.sp[i] = net_server_profile(&m.server[i]);
    for (unsigned i = 0; i < SHARDS; i++)
        m.server[i].on_log = count_strangers;
    struct host *clients = net_shards(&m.net, "198.51.100.7", CLIENTS);
    for (unsigned i = 0; i < CLIENTS; i++) {
        m.client[i] = &clients[i];
        m.client[i]->on_log = count_strangers;
        m.profile[i] = net_client_profile(m.client[i]);
        pair_set(m.profile[i], "ike.proposals", "aes128-sha256-x25519");
    }
    set_all("esp.lifetime", "30", "3600");
    set_all("ike.lifetime", "60", "28800");
    listen();
    up(0); /* one link: several of one address and port are the same peer for a server without a NAT in between */
    for (unsigned i = 1; i < CLIENTS; i++) {
        m.up[i] = m.up[0];
        m.at[i] = m.at[0];
        m.client[i] = m.client[0];
    }
    assert_int_equal(lost(300, SECOND) % 2, 0);
    nobody_went_down();
    assert_int_equal(m.strangers, 0);
    net_fini(&m.net);
}

/* Whose our answers to strangers are, by the cookies in them. */
static uint64_t answered[SHARDS];

static bool count_answers(struct net *n, l2tpsec_packet *p)
{
    (void)n;
    if (l2tpsec_shard_of(p, 1) == 0 && p->len > 28 && p->data[18] == 2 && (p->data[8] | p->data[9]))
        answered[(uint32_t)(p->data[8] << 8 | p->data[9]) * SHARDS >> 16]++;
    return true;
}

static void a_main_mode_flood_spreads_and_is_answered_by_who_gets_it(void **state)
{
    (void)state;

    setup(1009, 0);
    listen();
    memset(answered, 0, sizeof answered);
    m.net.spy = count_answers;
    for (unsigned k = 0; k < 200; k++) { /* the first message of each, from everywhere */
        m.client[0]->address.ip[2] = (uint8_t)k;
        l2tpsec_id id;
        assert_int_equal(
            l2tpsec_connect(m.client[0]->ctx, m.profile[0], &m.client[0]->address, &m.server->address, m.net.now, &id),
            L2TPSEC_OK);
    }
    m.client[0]->address.ip[2] = 250; /* answers get lost */
    net_run(&m.net, SECOND / 10);
    for (unsigned i = 0; i < SHARDS; i++) {
        l2tpsec_stats st = {.size = sizeof st};
        assert_int_equal(l2tpsec_get_stats(m.server[i].ctx, 0, &st), L2TPSEC_OK);
        assert_int_equal(st.half_open, 0);
    }
    assert_int_equal(answered[0] + answered[1], 200);
    assert_in_range(answered[0], 60, 140);
    net_fini(&m.net);
}

static void a_shard_is_named_in_time_and_in_range(void **state)
{
    l2tpsec_packet none = {.len = 0};
    (void)state;

    setup(1010, 0);
    l2tpsec *ctx = m.client[0]->ctx;
    assert_int_equal(l2tpsec_set_shard(NULL, 0, 1), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_set_shard(ctx, 0, 0), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_set_shard(ctx, 2, 2), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_set_shard(ctx, 0, L2TPSEC_SHARDS_MAX + 1), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_set_shard(ctx, L2TPSEC_SHARDS_MAX - 1, L2TPSEC_SHARDS_MAX), L2TPSEC_OK);
    assert_int_equal(l2tpsec_set_shard(ctx, 0, 1), L2TPSEC_OK);
    net_connect(m.client[0], m.server, m.profile[0]);
    assert_int_equal(l2tpsec_set_shard(ctx, 0, 1), L2TPSEC_ESTATE);
    pair_set(m.sp[0], "server.pool6", "2001:db8::/60");
    assert_int_equal(l2tpsec_listen(m.server[0].ctx, m.sp[0], m.net.now), L2TPSEC_EINVAL);
    pair_set(m.sp[0], "server.pool6", "2001:db8::/56");
    assert_int_equal(l2tpsec_listen(m.server[0].ctx, m.sp[0], m.net.now), L2TPSEC_OK);
    assert_int_equal(l2tpsec_set_shard(m.server[0].ctx, 0, 1), L2TPSEC_ESTATE);

    assert_int_equal(l2tpsec_shard_of(NULL, 2), L2TPSEC_SHARD_ANY);
    assert_int_equal(l2tpsec_shard_of(&none, 0), L2TPSEC_SHARD_ANY);
    assert_int_equal(l2tpsec_shard_of(&none, L2TPSEC_SHARDS_MAX + 1), L2TPSEC_SHARD_ANY);
    assert_int_equal(l2tpsec_shard_of_inner(NULL, 2), L2TPSEC_SHARD_ANY);
    assert_int_equal(l2tpsec_shard_of_inner(&none, 2), L2TPSEC_SHARD_ANY);
    assert_int_equal(l2tpsec_shard_of_address(NULL, 2), L2TPSEC_SHARD_ANY);
    assert_int_equal(l2tpsec_shard_of_address(&none.local, 2), L2TPSEC_SHARD_ANY);
    net_fini(&m.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_datagram_finds_its_context),
        cmocka_unit_test(the_server_closes_all),
        cmocka_unit_test(clients_renew_both_phases_and_lose_nothing),
        cmocka_unit_test(servers_renew_both_phases_and_lose_nothing),
        cmocka_unit_test(both_renew_at_the_same_moments_and_lose_nothing),
        cmocka_unit_test(behind_a_nat_that_forgot_its_ports_all_go_on),
        cmocka_unit_test(behind_a_nat_that_moves_to_the_other_shard_all_go_on),
        cmocka_unit_test(who_comes_back_replaces_the_link_that_is_left),
        cmocka_unit_test(both_ends_may_be_in_shards),
        cmocka_unit_test(a_main_mode_flood_spreads_and_is_answered_by_who_gets_it),
        cmocka_unit_test(a_shard_is_named_in_time_and_in_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
