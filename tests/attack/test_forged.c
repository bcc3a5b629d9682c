/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Half a million forged ESP packets a second that name one client's SA: the others lose nothing, the work that the forgeries cause is
 * bounded, and so is what the log says of them. bench_attack measures what is left of a core. */
#include "attack/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

#define CLIENTS 8u
#define SECOND UINT64_C(1000000)
#define STEP 1000u
#define A_STEP 500u
#define STEPS (FORGED / A_STEP)
#define SIZE 1000u

struct prey {
    l2tpsec_addr from;
    uint8_t packet[2048];
    size_t n;
};

static struct prey prey;

static uint32_t send_inner(struct crowd *c, unsigned client, size_t len)
{
    uint8_t room[64 + 2048 + 64], *ip = room + 64;
    l2tpsec_packet p = {.data = ip, .len = len, .headroom = 64, .tailroom = 64, .link = c->link[client]};

    memset(room, 0, sizeof room);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(len >> 8);
    ip[3] = (uint8_t)len;
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, c->inner[client].ip, 4);
    memcpy(ip + 16, "\x0a\x4d\x00\x01", 4);
    assert_int_equal(l2tpsec_output(c->clients.ctx, &p, 1, c->now), L2TPSEC_OK);
    return p.drop;
}

/* A packet of the first client's, to be altered. */
static void choose_prey(struct crowd *c)
{
    assert_int_equal(send_inner(c, 0, SIZE), L2TPSEC_DROP_NONE);
    memcpy(prey.packet, c->last, prey.n = c->last_n);
    prey.from = (l2tpsec_addr){.family = 4, .ip = {172, 16, 0, 0}};
    crowd_run(c, SECOND);
    assert_int_equal(c->server.delivered, 1);
}

static void set_up(struct crowd *c)
{
    crowd_init(c, NULL);
    for (unsigned i = 0; i < CLIENTS; i++)
        crowd_dial(c);
    crowd_run(c, 5 * SECOND);
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_not_equal(c->took[i], 0);
    choose_prey(c);
}

static void forge(struct crowd *c, unsigned n)
{
    uint8_t copy[sizeof prey.packet];

    for (unsigned i = 0; i < n; i++) {
        memcpy(copy, prey.packet, prey.n);
        copy[6] = (uint8_t)(0x80 + i % 64); /* a number to come */
        copy[prey.n - 1] ^= 1;
        uint32_t why = crowd_send(c, &prey.from, 0, copy, prey.n);
        if (why != L2TPSEC_DROP_FORGED && why != L2TPSEC_DROP_LIMIT)
            fail_msg("%s", l2tpsec_drop_name(why));
    }
}

static uint64_t dropped(const struct crowd *c, unsigned reason)
{
    uint64_t drops[L2TPSEC_DROP_COUNT];

    assert_int_equal(l2tpsec_get_drops(c->server.ctx, 0, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    return drops[reason];
}

static void forgeries_for_one_sa_leave_the_others_alone(void **state)
{
    static struct crowd c;

    (void)state;
    set_up(&c);
    unsigned records = c.server.records;
    size_t got = c.server.delivered, sent = 0, own = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        forge(&c, A_STEP);
        for (unsigned k = 0; k < CLIENTS; k++) {
            sent += k != 0 && send_inner(&c, k, SIZE) == L2TPSEC_DROP_NONE;
            own += k == 0 && i % 10 == 0 && send_inner(&c, k, SIZE) == L2TPSEC_DROP_NONE;
        }
        crowd_run(&c, STEP);
    }
    crowd_run(&c, SECOND);
    uint64_t costly = dropped(&c, L2TPSEC_DROP_FORGED), cheap = dropped(&c, L2TPSEC_DROP_LIMIT);
    print_message("# of %u forged packets %llu were looked at; the log had %u lines\n", STEPS * A_STEP,
                  (unsigned long long)costly, c.server.records - records);
    assert_int_equal(sent, (CLIENTS - 1) * STEPS);
    assert_true(c.server.delivered - got >= sent); /* and some of the client's own */
    assert_in_range(cheap + costly, STEPS * A_STEP, STEPS * A_STEP + own);
    /* A sixteenth of the time, as the provider says how much it opens in a millisecond; a burst may be too much. */
    assert_in_range(costly, 1, 200000u / 16 * STEPS / (prey.n + 256) + STEPS);
    assert_in_range(c.server.records - records, 1, 300 * (STEPS * STEP / SECOND + 2));
    /* No harm lasts. */
    assert_int_equal(c.server.down + c.clients.down, 0);
    got = c.server.delivered;
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(send_inner(&c, 0, SIZE), L2TPSEC_DROP_NONE);
        crowd_run(&c, STEP);
    }
    crowd_run(&c, SECOND);
    assert_int_equal(c.server.delivered - got, 50);
    crowd_fini(&c);
}

/* A client has nobody beside it, so it hears as long as it has the time. */
static void who_is_alone_hears_through_all_forgeries(void **state)
{
    static struct crowd c;

    (void)state;
    crowd_init(&c, NULL);
    crowd_dial(&c);
    crowd_run(&c, 5 * SECOND);
    choose_prey(&c);
    size_t got = c.server.delivered;
    for (unsigned i = 0; i < 100; i++) {
        forge(&c, A_STEP);
        assert_int_equal(send_inner(&c, 0, SIZE), L2TPSEC_DROP_NONE);
        crowd_run(&c, STEP);
    }
    crowd_run(&c, SECOND);
    assert_int_equal(c.server.delivered - got, 100);
    assert_int_equal(dropped(&c, L2TPSEC_DROP_LIMIT), 0);
    crowd_fini(&c);
}

/* Nobody's ESP, ESP that is too short, cleartext L2TP: a word in the log now and then, and no answer. */
static void strangers_fill_no_log(void **state)
{
    static struct crowd c;
    uint8_t p[64] = {0xc8, 2};

    (void)state;
    set_up(&c);
    unsigned records = c.server.records;
    for (unsigned i = 0; i < 30000; i++) {
        l2tpsec_addr from = {.family = 4, .port = (uint16_t)(1 + i), .ip = {9, 9, (uint8_t)(i >> 8), (uint8_t)i}};
        static const uint16_t ports[] = {0, 500, 1701, 4500};
        (void)crowd_send(&c, &from, ports[i % 4], p, i % sizeof p);
        if (i % 3000 == 0)
            crowd_run(&c, SECOND / 10);
    }
    assert_int_equal(c.astray, 0);
    assert_in_range(c.server.records - records, 1, 600);
    assert_int_equal(c.server.down, 0);
    crowd_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forgeries_for_one_sa_leave_the_others_alone),
        cmocka_unit_test(who_is_alone_hears_through_all_forgeries),
        cmocka_unit_test(strangers_fill_no_log),
    };

    return cmocka_run_group_tests_name("forged packets", tests, NULL, NULL);
}
