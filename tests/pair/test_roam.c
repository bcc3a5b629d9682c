/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A client whose address changes, whose network comes back, who sleeps. */
#include "pair/pair.h"

#define HOUR (3600 * SECOND)

static l2tpsec_addr elsewhere(uint8_t last)
{
    l2tpsec_addr a = {.family = 4, .ip = {203, 0, 113, last}};

    return a;
}

static void setup(struct pair *p, uint64_t seed, bool nat, struct said *c, struct said *s)
{
    pair_setup(p, seed);
    if (nat) {
        p->net.nat = (l2tpsec_addr){.family = 4, .ip = {192, 0, 2, 99}};
        p->client->behind_nat = true;
    }
    pair_listen(p);
    pair_up(p, p->client, p->cp, c, s);
}

static void move(struct pair *p, const l2tpsec_addr *to)
{
    p->client->address = *to;
    p->net.nat_shift += 7; /* another NAT, as far as the server can tell */
    assert_int_equal(l2tpsec_network_changed(p->client->ctx, 0, to, p->net.now), L2TPSEC_OK);
}

static void behind_nat_the_link_moves_without_a_new_negotiation(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 900, true, &c, &s);
    size_t from = p.client->n_said;
    l2tpsec_addr to = elsewhere(9);
    move(&p, &to);
    net_run(&p.net, SECOND);
    assert_int_equal(pair_pings(&p, p.client, &c, 10, 100), 10);
    assert_int_equal(net_wait(&p.net, p.client, L2TPSEC_EVENT_DOWN, from, 60 * SECOND), -1);
    const struct said *moved = net_last(p.server, L2TPSEC_EVENT_MOVED);
    assert_non_null(moved);
    assert_true(moved->link == s.link);
    moved = net_last(p.client, L2TPSEC_EVENT_MOVED); /* and the client, that it speaks from elsewhere now */
    assert_non_null(moved);
    assert_true(moved->link == c.link);
    net_fini(&p.net);
}

static void without_nat_it_is_dialled_anew_at_once_and_keeps_its_address_inside(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 901, false, &c, &s);
    size_t from = p.client->n_said;
    uint64_t then = p.net.now;
    l2tpsec_addr to = elsewhere(10);
    move(&p, &to);
    int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, from, 5 * SECOND);
    assert_true(at >= 0);
    assert_true(p.net.now - then < 2 * SECOND);
    const struct said *again = &p.client->said[at % NET_EVENTS];
    const struct said *down = net_last(p.client, L2TPSEC_EVENT_DOWN);
    assert_non_null(down);
    assert_true(down->retry_in_us > 0);
    assert_true(again->link == c.link);
    assert_memory_equal(again->address.ip, c.address.ip, 4);
    assert_int_equal(pair_pings(&p, p.client, again, 5, 100), 5);
    net_run(&p.net, 60 * SECOND);
    l2tpsec_stats stats = {.size = sizeof stats};
    assert_int_equal(l2tpsec_get_stats(p.server->ctx, 0, &stats), L2TPSEC_OK);
    assert_int_equal(stats.links, 1); /* the old one was told */
    net_fini(&p.net);
}

static void what_brings_no_answer_is_dialled_anew_after_two_seconds(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 902, true, &c, &s);
    p.server->off = true;
    size_t from = p.client->n_said;
    uint64_t then = p.net.now;
    assert_int_equal(l2tpsec_network_changed(p.client->ctx, c.link, NULL, p.net.now), L2TPSEC_OK);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_DOWN, from, 10 * SECOND) >= 0);
    assert_in_range(p.net.now - then, 15 * SECOND / 10, 25 * SECOND / 10);
    net_run(&p.net, 5 * SECOND);
    p.server->off = false;
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, from, 30 * SECOND) >= 0);
    net_fini(&p.net);
}

static void a_link_that_waits_is_dialled_when_there_is_a_network_again(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 903, false, &c, &s);
    p.server->off = true;
    assert_int_equal(l2tpsec_network_changed(p.client->ctx, 0, NULL, p.net.now), L2TPSEC_OK);
    size_t downs = 0;
    do { /* until it waits for long */
        net_run(&p.net, SECOND / 10);
        const struct said *last = net_last(p.client, L2TPSEC_EVENT_FAILED);
        downs = last && last->retry_in_us > 20 * SECOND && last->time + SECOND > p.net.now;
    } while (!downs);
    p.server->off = false;
    size_t from = p.client->n_said;
    assert_int_equal(l2tpsec_resume(p.client->ctx, p.net.now), L2TPSEC_OK);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, from, 3 * SECOND) >= 0);
    net_fini(&p.net);
}

static void after_a_sleep_the_link_is_back_within_seconds(void **state)
{
    static const uint64_t slept[] = {20 * SECOND, 600 * SECOND, 10 * HOUR};
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        struct pair p;
        struct said c, s;
        setup(&p, 910 + i, true, &c, &s);
        net_run(&p.net, 60 * SECOND);
        p.client->asleep = true;
        net_run(&p.net, slept[i]);
        p.client->asleep = false;
        size_t from = p.client->n_said;
        assert_int_equal(l2tpsec_resume(p.client->ctx, p.net.now), L2TPSEC_OK);
        net_run(&p.net, 6 * SECOND);
        int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, from, 0);
        assert_true(i == 0 || at >= 0); /* after the short one it still was there */
        struct said now = at >= 0 ? p.client->said[at % NET_EVENTS] : c;
        assert_true(now.link == c.link);
        assert_int_equal(pair_pings(&p, p.client, &now, 5, 100), 5);
        net_fini(&p.net);
    }
}

static void a_dial_under_way_begins_again_from_the_new_address(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 12; i++) { /* in every phase of it */
        struct pair p;
        pair_setup(&p, 920 + i);
        pair_listen(&p);
        net_connect(p.client, p.server, p.cp);
        net_run(&p.net, i * 20000);
        l2tpsec_addr to = elsewhere(20);
        move(&p, &to);
        assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 5 * SECOND) >= 0);
        assert_null(net_last(p.client, L2TPSEC_EVENT_FAILED));
        net_fini(&p.net);
    }
}

/* A server that renewed phase 1 knows of the client's NAT as before. */
static void after_a_renewal_by_the_server_a_nat_may_still_move(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 941);
    p.net.nat = (l2tpsec_addr){.family = 4, .ip = {192, 0, 2, 99}};
    p.client->behind_nat = true;
    pair_set(p.sp, "ike.lifetime", "60");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, 90 * SECOND);
    p.net.nat_shift += 7;
    assert_true(pair_pings(&p, p.client, &c, 10, 100) >= 9);
    assert_non_null(net_last(p.server, L2TPSEC_EVENT_MOVED));
    net_fini(&p.net);
}

static void mistakes_of_the_host_are_told_and_change_nothing(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 940, false, &c, &s);
    l2tpsec_addr six = {.family = 6, .ip = {0x20, 1}}, none = {0}, to = elsewhere(1);
    assert_int_equal(l2tpsec_network_changed(NULL, 0, NULL, 0), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_resume(NULL, 0), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_network_changed(p.client->ctx, c.link, &six, p.net.now), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_network_changed(p.client->ctx, c.link, &none, p.net.now), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_network_changed(p.client->ctx, c.link + 1, &to, p.net.now), L2TPSEC_ENOENT);
    assert_int_equal(l2tpsec_network_changed(p.server->ctx, s.link, NULL, p.net.now), L2TPSEC_ENOENT);
    assert_int_equal(l2tpsec_network_changed(p.server->ctx, 0, &to, p.net.now), L2TPSEC_OK);  /* no client there */
    assert_int_equal(l2tpsec_network_changed(p.client->ctx, 0, &six, p.net.now), L2TPSEC_OK); /* asks, moves nothing */
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_fini(&p.net);
}

/* ---- a user who comes up again at the server --------------------------------------------------------------------- */

static uint64_t links_of(const struct host *server)
{
    l2tpsec_stats stats = {.size = sizeof stats};

    assert_int_equal(l2tpsec_get_stats(server->ctx, 0, &stats), L2TPSEC_OK);
    return stats.links;
}

/* The same phone after it left its network without a good-bye: another host of the simulation, for the old one is mute. */
static struct host *elsewhere_again(struct pair *p, l2tpsec_profile **profile)
{
    struct host *again = net_host(&p->net, "203.0.113.50");

    *profile = net_client_profile(again);
    return again;
}

static const struct said *down_of(const struct host *h, l2tpsec_id link)
{
    for (size_t i = 0; i < h->n_said && i < NET_EVENTS; i++)
        if (h->said[i].type == L2TPSEC_EVENT_DOWN && h->said[i].link == link)
            return &h->said[i];
    return NULL;
}

static void a_phone_from_another_network_replaces_its_silent_link_and_has_its_address_again(void **state)
{
    struct pair p;
    struct said c, s, c2, s2;
    l2tpsec_profile *profile;
    (void)state;

    setup(&p, 950, false, &c, &s);
    net_run(&p.net, 5 * SECOND);
    p.client->off = true;
    struct host *again = elsewhere_again(&p, &profile);
    uint64_t then = p.net.now;
    pair_up(&p, again, profile, &c2, &s2);
    assert_true(p.net.now - then < 4 * SECOND);
    assert_memory_equal(c2.address.ip, c.address.ip, 4);
    const struct said *down = down_of(p.server, s.link);
    assert_non_null(down);
    assert_int_equal(down->cause, L2TPSEC_CAUSE_REPLACED);
    assert_int_equal(down->windows_code, 629);
    assert_int_equal(links_of(p.server), 1);
    assert_int_equal(pair_pings(&p, again, &c2, 5, 100), 5);
    net_fini(&p.net);
}

static void two_devices_of_one_user_stay_up_both(void **state)
{
    struct pair p;
    struct said c, s, c2, s2;
    l2tpsec_profile *profile;
    (void)state;

    setup(&p, 951, false, &c, &s);
    net_run(&p.net, 20 * SECOND); /* idle */
    struct host *other = elsewhere_again(&p, &profile);
    uint64_t then = p.net.now;
    pair_up(&p, other, profile, &c2, &s2);
    assert_true(p.net.now - then < SECOND); /* nor does it wait for long */
    net_run(&p.net, 30 * SECOND);
    assert_int_equal(links_of(p.server), 2);
    assert_null(down_of(p.server, s.link));
    assert_memory_not_equal(c2.address.ip, c.address.ip, 4);
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    other->echo = false;
    assert_int_equal(pair_pings(&p, other, &c2, 5, 100), 5);
    net_fini(&p.net);
}

static int32_t bob_too(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    memcpy(out, "wonderland", *len = 10);
    return L2TPSEC_OK;
}

static void nobody_replaces_the_link_of_another_user_nor_without_the_password(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct said c, s;
        l2tpsec_profile *profile;
        setup(&p, 952 + i, false, &c, &s);
        p.server->secret = bob_too;
        p.client->off = true;
        struct host *stranger = elsewhere_again(&p, &profile);
        if (i == 0)
            pair_set(profile, "ppp.user", "bob");
        else
            pair_set(profile, "ppp.password", "guess");
        net_connect(stranger, p.server, profile);
        net_run(&p.net, 10 * SECOND);
        assert_int_equal(net_last(stranger, L2TPSEC_EVENT_UP) != NULL, i == 0);
        assert_null(down_of(p.server, s.link));
        assert_int_equal(links_of(p.server), i == 0 ? 2 : 1);
        p.client->off = false;
        assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
        net_fini(&p.net);
    }
}

static void names_that_differ_are_two_devices_however_silent_the_one(void **state)
{
    struct pair p;
    struct said c, s, c2, s2;
    l2tpsec_profile *profile;
    (void)state;

    pair_setup(&p, 954);
    pair_listen(&p);
    pair_set(p.cp, "ike.id", "phone.example");
    pair_up(&p, p.client, p.cp, &c, &s);
    p.client->off = true;
    struct host *other = elsewhere_again(&p, &profile);
    pair_set(profile, "ike.id", "laptop.example");
    pair_up(&p, other, profile, &c2, &s2);
    net_run(&p.net, 10 * SECOND);
    assert_int_equal(links_of(p.server), 2);
    net_fini(&p.net);
}

static void a_newcomer_that_gives_up_leaves_the_silent_link_alone(void **state)
{
    struct pair p;
    struct said c, s;
    l2tpsec_profile *profile;
    (void)state;

    setup(&p, 955, false, &c, &s);
    p.client->off = true;
    struct host *again = elsewhere_again(&p, &profile);
    l2tpsec_id id = net_connect(again, p.server, profile);
    net_run(&p.net, SECOND); /* its address is waited for */
    assert_int_equal(l2tpsec_close(again->ctx, id, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 10 * SECOND);
    assert_null(down_of(p.server, s.link));
    p.client->off = false;
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behind_nat_the_link_moves_without_a_new_negotiation),
        cmocka_unit_test(without_nat_it_is_dialled_anew_at_once_and_keeps_its_address_inside),
        cmocka_unit_test(what_brings_no_answer_is_dialled_anew_after_two_seconds),
        cmocka_unit_test(a_link_that_waits_is_dialled_when_there_is_a_network_again),
        cmocka_unit_test(after_a_sleep_the_link_is_back_within_seconds),
        cmocka_unit_test(a_dial_under_way_begins_again_from_the_new_address),
        cmocka_unit_test(after_a_renewal_by_the_server_a_nat_may_still_move),
        cmocka_unit_test(mistakes_of_the_host_are_told_and_change_nothing),
        cmocka_unit_test(a_phone_from_another_network_replaces_its_silent_link_and_has_its_address_again),
        cmocka_unit_test(two_devices_of_one_user_stay_up_both),
        cmocka_unit_test(nobody_replaces_the_link_of_another_user_nor_without_the_password),
        cmocka_unit_test(names_that_differ_are_two_devices_however_silent_the_one),
        cmocka_unit_test(a_newcomer_that_gives_up_leaves_the_silent_link_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
