/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A million spoofed first messages of main mode while a hundred clients connect. In virtual time: the server's core is busy all the
 * time, and in front of each datagram of a client there is a socket buffer full of strangers'. What one of them costs is said here
 * as COST; bench_attack measures it. Toy cryptography, so that a million takes seconds. */
#include "attack/crowd.h"
#include "toy/toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

#define CLIENTS 100u
#define COST_NS 2500u /* 400 000 a second on a core */
#define BUFFER 512u   /* datagrams in the socket's buffer */
#define STEP 1000u    /* microseconds */
#define A_STEP (STEP * 1000u / COST_NS)
#define SECOND UINT64_C(1000000)
#define HALF_OPEN_MOST ((size_t)16 << 20)
#define INITIATOR_MOST 256u

/* A hundred dial within two seconds. The flood goes on until all of it was sent. */
static void all_dial(struct crowd *c, struct crowd_flood *f, bool differ, uint64_t total)
{
    unsigned from = c->n;

    c->queue = f ? BUFFER * COST_NS / 1000 : 0;
    for (uint64_t at = 0; at < 4 * SECOND || (f && f->sent < total); at += STEP) {
        if (at % (2 * SECOND / CLIENTS) == 0 && c->n - from < CLIENTS)
            crowd_dial(c);
        if (f && f->sent < total)
            crowd_flood(c, f, differ, A_STEP);
        crowd_run(c, STEP);
    }
    c->queue = 0;
    for (unsigned i = from; i < c->n; i++)
        if (!c->took[i])
            fail_msg("client %u did not get through", i - from);
}

static void clients_connect_through(bool differ)
{
    static struct crowd c;
    static struct crowd_flood f;

    crowd_init(&c, NULL);
    crowd_learn(&c, &f);
    all_dial(&c, NULL, false, 0);
    uint64_t alone = crowd_took(&c, 0, 99);
    crowd_hang_up(&c);
    size_t quiet = c.server.peak;
    c.server.records = c.server.refused = 0;
    all_dial(&c, &f, differ, FLOOD);
    uint64_t flooded = crowd_took(&c, 0, 99);
    size_t more = c.server.peak > quiet ? c.server.peak - quiet : 0;
    print_message("# %llu messages, %llu answered; 99 of 100 up after %.1f ms, without them %.1f ms; %zu bytes more\n",
                  (unsigned long long)f.sent, (unsigned long long)c.astray, (double)flooded / 1e3, (double)alone / 1e3,
                  more);
    assert_true(f.sent >= FLOOD);
    assert_in_range(flooded, 1, 2 * alone - 1);
    assert_in_range(more, 0, HALF_OPEN_MOST);
    assert_true(more <= INITIATOR_MOST * f.sent);
    assert_true(c.astray_bytes <= f.sent * f.n); /* nobody gains by it */
    /* The log can be read all the same, and nobody is told of strangers who said nothing wrong. */
    assert_in_range(c.server.records, 0, 1000 * (c.now / SECOND));
    assert_int_equal(c.server.refused, 0);
    crowd_hang_up(&c);
    crowd_fini(&c);
}

static void a_hundred_clients_connect_through_a_million_first_messages(void **state)
{
    (void)state;
    clients_connect_through(false);
}

static void clients_of_a_known_kind_connect_through_offers_that_all_differ(void **state)
{
    (void)state;
    clients_connect_through(true);
}

/* What one stranger costs in memory: nothing, however many there are; of offers that differ, so much in all. */
static void strangers_leave_nothing_behind(void **state)
{
    static struct crowd c;
    static struct crowd_flood f;

    (void)state;
    crowd_init(&c, NULL);
    crowd_learn(&c, &f);
    crowd_flood(&c, &f, false, 1);
    size_t held = c.server.held;
    crowd_flood(&c, &f, false, 20000);
    assert_int_equal(c.server.held, held);
    crowd_flood(&c, &f, true, 20000);
    size_t most = c.server.held - held;
    assert_in_range(most, 1, 300000);
    crowd_flood(&c, &f, true, 20000);
    assert_in_range(c.server.held - held, 1, most + 4096);
    crowd_run(&c, 60 * SECOND);
    assert_in_range(c.server.held, 0, held + 65536); /* tables */
    crowd_fini(&c);
}

/* Fragments, proofs, quick modes and informationals for cookies that nobody has, and aggressive modes: none keeps anything. */
static void whatever_else_strangers_send_leaves_nothing_behind(void **state)
{
    static const uint8_t exchanges[] = {0, 1, 2, 3, 4, 5, 6, 32, 33, 34, 35, 36, 37, 255};
    static struct crowd c;
    static struct crowd_flood f;
    uint8_t copy[sizeof f.first];

    (void)state;
    crowd_init(&c, NULL);
    crowd_learn(&c, &f);
    crowd_flood(&c, &f, false, 1);
    size_t held = c.server.held;
    for (unsigned i = 0; i < 40000; i++) {
        l2tpsec_addr from = {.family = 4, .port = 500, .ip = {7, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        uint64_t cookies[2] = {crowd_chance(&c) | 1, i % 3 ? crowd_chance(&c) : 0};
        memcpy(copy, f.first, f.n);
        memcpy(copy, cookies, sizeof cookies);
        copy[16] = i % 5 ? copy[16] : 132; /* a fragment */
        copy[17] = i % 7 ? 0x10 : 0x20;    /* of IKEv2 */
        copy[18] = exchanges[i % sizeof exchanges];
        copy[19] = (uint8_t)(i >> 3 & 7);
        copy[23] = i % 2 ? 0 : (uint8_t)i; /* message id */
        if (copy[18] == 2 && !cookies[1])
            continue;
        (void)crowd_send(&c, &from, i % 2 ? 500 : 4500, copy, f.n);
    }
    assert_in_range(c.server.held, 0, held + 8192);
    crowd_run(&c, 60 * SECOND);
    assert_in_range(c.server.held, 0, held + 8192);
    crowd_fini(&c);
}

/* Who has a key and finds no place is reported as sparingly as who has none. */
static void refusals_of_a_server_that_is_full_can_be_read(void **state)
{
    static struct crowd c;

    (void)state;
    crowd_init(&c, NULL);
    assert_int_equal(l2tpsec_profile_set_str(c.sp, "link.max", "10"), L2TPSEC_OK);
    assert_int_equal(l2tpsec_listen(c.server.ctx, c.sp, c.now), L2TPSEC_OK);
    for (unsigned i = 0; i < CLIENTS; i++)
        crowd_dial(&c);
    crowd_run(&c, 3 * SECOND);
    l2tpsec_stats stats = {.size = sizeof stats};
    assert_int_equal(l2tpsec_get_stats(c.server.ctx, 0, &stats), L2TPSEC_OK);
    assert_in_range(stats.refused, CLIENTS - 10, 2 * CLIENTS);
    assert_in_range(c.server.refused, 16, 16 + 3);
    crowd_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_clients_connect_through_a_million_first_messages),
        cmocka_unit_test(clients_of_a_known_kind_connect_through_offers_that_all_differ),
        cmocka_unit_test(strangers_leave_nothing_behind),
        cmocka_unit_test(whatever_else_strangers_send_leaves_nothing_behind),
        cmocka_unit_test(refusals_of_a_server_that_is_full_can_be_read),
    };

    return cmocka_run_group_tests_name("floods", tests, NULL, NULL);
}
