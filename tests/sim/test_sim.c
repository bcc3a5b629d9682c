/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The short form: a few links, a few hours. tests/sim/sim has the long one. */
#include "sim/invariants.h"
#include "sim/options.h"
#include "sim/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

/* In an emulator, with sanitizers, and otherwise. */
static const struct {
    uint32_t clients;
    uint64_t hours, connects;
} sizes[] = {{8, 2, 100}, {40, 6, 1000}, {100, 12, 2000}};

#define CLIENTS sizes[SIZE].clients
#define HOURS sizes[SIZE].hours
#define CONNECTS sizes[SIZE].connects

static void links_live_through_hours_of_bad_weather(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct options o = options_short();
        struct tally t;
        o.seed = seed;
        o.clients = CLIENTS;
        o.hours = HOURS;
        tally_run(&t, &o);
        print_message("# seed %u: %u inner packets, %u went down, the worst client was up %.2f %%\n", (unsigned)seed,
                      (unsigned)t.n.inner_sent, (unsigned)t.n.downs, t.lowest);
        assert_int_equal(t.violated, 0);
        assert_true(t.n.inner_delivered > t.n.inner_sent / 2);
        assert_true(t.n.rekeys > 0 && t.n.moved > 0 && t.n.lost > 0);
        tally_fini(&t);
    }
}

static void the_same_seed_gives_the_same_run(void **state)
{
    uint64_t trace[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct options o = options_short();
        struct tally t;
        o.seed = 7 + i / 2;
        o.clients = 8;
        o.hours = 1;
        tally_run(&t, &o);
        trace[i] = t.trace;
        tally_fini(&t);
    }
    assert_true(trace[0] == trace[1]);
    assert_true(trace[0] != trace[2]);
}

/* ---- connects ---- */

static void connects(struct tally *t, unsigned loss)
{
    struct options o = options_short();

    options_connects(&o, CONNECTS);
    o.loss = loss;
    tally_run(t, &o);
    print_message("# %u %% loss: %u connects, median %.1f s, 99 %% %.1f s, 99.9 %% %.1f s, longest %.1f s\n", loss,
                  (unsigned)t->n.connects, tally_part(&t->connect, 5000) / 1e3, tally_part(&t->connect, 9900) / 1e3,
                  tally_part(&t->connect, 9990) / 1e3, tally_part(&t->connect, 10000) / 1e3);
    assert_int_equal(t->violated, 0);
    assert_int_equal(t->n.connects, CONNECTS);
}

static void at_10_percent_loss_every_connect_takes_15_seconds_at_most(void **state)
{
    struct tally t;

    (void)state;
    connects(&t, 10);
    assert_in_range(tally_part(&t.connect, 10000), 1, 15000);
    tally_fini(&t);
}

static void at_30_percent_loss_all_but_a_thousandth_take_60_seconds_at_most(void **state)
{
    struct tally t;

    (void)state;
    connects(&t, 30);
    assert_in_range(tally_part(&t.connect, 9990), 1, 60000);
    tally_fini(&t);
}

/* ---- the simulator itself ---- */

static void what_must_not_be_is_noticed(void **state)
{
    struct options o = options_short();
    uint8_t ip[INNER_LEAST];

    (void)state;
    o.clients = 2;
    struct sim *s = sim_new(&o);
    struct client *c = &s->clients[1];
    l2tpsec_packet p = {.data = ip, .len = sizeof ip};
    s->running = &c->h;
    inner_make(c, 1, ip, sizeof ip);
    check_datagram(s, ip, sizeof ip);
    assert_int_equal(invariants_violated(s), 1); /* in the clear */
    check_delivery(&c->h, &p);
    assert_int_equal(invariants_violated(s), 1);
    check_delivery(&c->h, &p);
    assert_int_equal(invariants_violated(s), 2); /* again */
    inner_make(c, 1, ip, sizeof ip);
    check_delivery(&s->clients[0].h, &p);
    assert_int_equal(invariants_violated(s), 3); /* elsewhere */
    c->allowed = HOUR;
    c->up = HOUR / 100 * 98;
    check_availability(c);
    assert_int_equal(invariants_violated(s), 3); /* 72 s are no more than a redial */
    c->allowed = 10 * HOUR;
    c->up = HOUR / 10 * 98;
    check_availability(c);
    assert_int_equal(invariants_violated(s), 4);
    sim_host_stop(&s->servers[0]);
    sim_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_not_be_is_noticed),
        cmocka_unit_test(the_same_seed_gives_the_same_run),
        cmocka_unit_test(links_live_through_hours_of_bad_weather),
        cmocka_unit_test(at_10_percent_loss_every_connect_takes_15_seconds_at_most),
        cmocka_unit_test(at_30_percent_loss_all_but_a_thousandth_take_60_seconds_at_most),
    };

    return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
