/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How often a link on which nothing happens wakes its host: what docs/embedding.md says of it. */
#include "pair/pair.h"

#define HOUR (3600 * SECOND)

static void an_idle_client(bool nat, const char *keepalive, unsigned wakes, unsigned datagrams)
{
    struct pair p;
    struct said c, s;

    pair_setup(&p, 970);
    if (nat) {
        p.net.nat = p.client->address;
        p.net.nat.ip[3] = 200;
        p.client->behind_nat = true;
    }
    pair_set(p.cp, "ike.keepalive", keepalive);
    pair_set(p.cp, "esp.lifetime", "28800"); /* renewals are not what this is about */
    pair_set(p.sp, "esp.lifetime", "28800");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, 60 * SECOND);

    uint64_t sent = p.net.sent;
    p.client->wakes = 0;
    net_run(&p.net, HOUR);

    assert_in_range(p.client->wakes, 1, wakes);
    assert_in_range(p.net.sent - sent, 1, datagrams);
    net_fini(&p.net);
}

static void behind_a_nat_an_idle_client_wakes_for_its_keepalive_and_nothing_else(void **state)
{
    (void)state;
    an_idle_client(true, "20", 181, 361);
}

static void without_a_nat_an_idle_client_wakes_for_its_echo_and_nothing_else(void **state)
{
    (void)state;
    an_idle_client(false, "20", 121, 241);
}

/* What is sent now and then is queued in memory that is there already. */
static void questions_and_answers_allocate_nothing(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 77);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, 60 * SECOND);
    size_t at_client = p.client->allocs, at_server = p.server->allocs;
    uint64_t sent = p.net.sent;
    net_run(&p.net, 300 * SECOND);
    assert_true(p.net.sent > sent + 10);
    assert_int_equal(p.client->allocs, at_client);
    assert_int_equal(p.server->allocs, at_server);
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behind_a_nat_an_idle_client_wakes_for_its_keepalive_and_nothing_else),
        cmocka_unit_test(without_a_nat_an_idle_client_wakes_for_its_echo_and_nothing_else),
        cmocka_unit_test(questions_and_answers_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
