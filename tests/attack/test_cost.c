/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* No datagram of a stranger's, or of somebody on the line, costs a server more than its length warrants, whatever is in it. With the
 * real cryptography; nothing here gets as far as a Diffie-Hellman. */
#include "attack/cost.h"
#include "attack/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

#define HEADER 28u
#define SECOND UINT64_C(1000000)

enum {
    SA = 1,
    ID = 5,
    CERT = 6,
    CERTREQ = 7,
    NONCE = 10,
    NOTIFY = 11,
    DELETE = 12,
    VENDOR = 13,
    NAT_D = 20,
    FRAGMENT = 132
};
enum { MAIN = 2, AGGRESSIVE = 4, INFORMATIONAL = 5, QUICK = 32 };

static struct crowd c;
static uint8_t cookies[16]; /* of an IKE SA that is up */
static uint8_t sealed[2048];
static size_t sealed_n;
static uint16_t to_port;

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static size_t head(uint8_t *p, size_t n, uint8_t exchange, uint8_t first)
{
    memset(p, 0, HEADER);
    memset(p, 0x33, 8);
    p[16] = first;
    p[17] = 0x10;
    p[18] = exchange;
    put16(p + 26, n);
    return n;
}

static size_t payload(uint8_t *p, uint8_t next, size_t n)
{
    p[0] = next;
    p[1] = 0;
    put16(p + 2, n);
    return n;
}

/* ---- what strangers send --------------------------------------------------------------------------------------- */

static size_t transforms_without_end(uint8_t *p, size_t n)
{
    size_t at = HEADER + 4 + 8;

    memset(p, 0, n);
    p[HEADER + 7] = p[HEADER + 11] = 1;
    while (at + 8 + 255 * 16 < n) { /* proposals of 255 transforms that nobody takes */
        size_t from = at;
        at += 8;
        for (unsigned k = 0; k < 255; k++, at += 16) {
            static const uint8_t transform[] = {3, 0, 0, 16, 1, 1, 0, 0, 0x80, 1, 0, 99, 0x80, 2, 0, 99};
            memcpy(p + at, transform, sizeof transform);
            p[at] = k < 254 ? 3 : 0;
            p[at + 4] = (uint8_t)(k + 1);
        }
        memset(p + from, 0, 8);
        p[from] = 2;
        put16(p + from + 2, at - from);
        p[from + 4] = (uint8_t)(from >> 12);
        p[from + 5] = 1;
        p[from + 7] = 255;
        n = at + 8 + 255 * 16 < n ? n : at;
        if (n == at)
            p[from] = 0;
    }
    (void)payload(p + HEADER, 0, at - HEADER);
    return head(p, at, MAIN, SA);
}

static size_t attributes_without_end(uint8_t *p, size_t n)
{
    n &= ~(size_t)3;
    for (size_t at = HEADER; at < n; at += 4)
        memcpy(p + at, "\x80\x01\x00\x07", 4);
    memcpy(p + HEADER + 4, "\0\0\0\1\0\0\0\1", 8);
    (void)payload(p + HEADER, 0, n - HEADER);
    (void)payload(p + HEADER + 12, 0, n - HEADER - 12);
    memcpy(p + HEADER + 16, "\1\1\0\1", 4);
    (void)payload(p + HEADER + 20, 0, n - HEADER - 20);
    memcpy(p + HEADER + 24, "\1\1\0\0", 4);
    return head(p, n, MAIN, SA);
}

/* Chains of the shortest payloads there are, of each kind that may come more than once. */
static uint8_t kind, exchange;

static size_t payloads_without_end(uint8_t *p, size_t n)
{
    size_t at = HEADER;

    for (; at + 4 <= n; at += 4)
        (void)payload(p + at, at + 8 <= n ? kind : 0, 4);
    return head(p, at, exchange, kind);
}

static size_t one_long_payload(uint8_t *p, size_t n)
{
    memset(p, 0x5a, n);
    (void)payload(p + HEADER, 0, n - HEADER);
    return head(p, n, exchange, kind);
}

static size_t spis_without_end(uint8_t *p, size_t n)
{
    n &= ~(size_t)3;
    memset(p, 0x5a, n);
    (void)payload(p + HEADER, 0, n - HEADER);
    memcpy(p + HEADER + 4, "\0\0\0\1\3\4", 6);
    put16(p + HEADER + 10, (n - HEADER - 12) / 4);
    return head(p, n, INFORMATIONAL, DELETE);
}

static size_t zeros(uint8_t *p, size_t n)
{
    memset(p, 0, n);
    return n;
}

static size_t noise(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i * 167 + (i >> 7));
    return n;
}

static void stranger(uint8_t *p, size_t n)
{
    static uint32_t last;
    uint32_t who = ++last;
    l2tpsec_addr from = {.family = 4, .port = 500, .ip = {8, (uint8_t)(who >> 16), (uint8_t)(who >> 8), (uint8_t)who}};

    (void)crowd_send(&c, &from, to_port, p, n);
}

static void no_datagram_of_a_strangers_costs_much(void **state)
{
    static const uint8_t kinds[] = {SA, ID, CERT, CERTREQ, NONCE, NOTIFY, DELETE, VENDOR, NAT_D, FRAGMENT};
    static const uint8_t exchanges[] = {MAIN, AGGRESSIVE, INFORMATIONAL, QUICK};
    static const uint16_t ports[] = {0, 500, 1701, 4500};
    char name[64];

    (void)state;
    to_port = 500;
    cost_is_linear("transforms without end", transforms_without_end, stranger);
    cost_is_linear("attributes without end", attributes_without_end, stranger);
    cost_is_linear("SPIs without end", spis_without_end, stranger);
    for (unsigned i = 0; i < sizeof kinds * sizeof exchanges; i++) {
        kind = kinds[i / sizeof exchanges];
        exchange = exchanges[i % sizeof exchanges];
        (void)snprintf(name, sizeof name, "payloads %u without end, exchange %u", kind, exchange);
        cost_is_linear(name, payloads_without_end, stranger);
        (void)snprintf(name, sizeof name, "one payload %u, exchange %u", kind, exchange);
        cost_is_linear(name, one_long_payload, stranger);
    }
    for (unsigned i = 0; i < 4; i++) {
        to_port = ports[i];
        (void)snprintf(name, sizeof name, "zeros to port %u", to_port);
        cost_is_linear(name, zeros, stranger);
        (void)snprintf(name, sizeof name, "noise to port %u", to_port);
        cost_is_linear(name, noise, stranger);
    }
}

/* ---- and who sees what passes ---------------------------------------------------------------------------------- */

static void from_the_client(uint8_t *p, size_t n)
{
    const l2tpsec_addr from = {.family = 4, .port = to_port, .ip = {172, 16, 0, 0}};
    static uint8_t message;

    c.now += SECOND / 100;
    if (to_port) {
        memcpy(p, cookies, sizeof cookies);
        p[19] = 1;
        p[20] = ++message;
    }
    uint32_t why = crowd_send(&c, &from, to_port, p, n);
    if (!to_port && why != L2TPSEC_DROP_FORGED)
        fail_msg("%s", l2tpsec_drop_name(why));
}

static size_t forged_esp(uint8_t *p, size_t n)
{
    memset(p, 0x5a, n);
    memcpy(p, sealed, 8);
    p[6]++; /* a number to come */
    return sealed_n + (n - sealed_n) / 16 * 16;
}

static size_t forged_quick_mode(uint8_t *p, size_t n)
{
    n = HEADER + (n - HEADER) / 16 * 16;
    memset(p, 0x5a, n);
    return head(p, n, QUICK, 8);
}

static size_t forged_informational(uint8_t *p, size_t n)
{
    n = forged_quick_mode(p, n);
    p[18] = INFORMATIONAL;
    return n;
}

static void see_the_client(void)
{
    uint8_t room[256] = {0}, *ip = room + 64;

    crowd_dial(&c);
    while (!c.took[0]) {
        crowd_run(&c, 1000);
        if (c.last_n > HEADER && c.last[17] == 0x10 && c.last[18] == QUICK)
            memcpy(cookies, c.last, sizeof cookies);
    }
    assert_int_not_equal(cookies[0] | cookies[1], 0);
    l2tpsec_packet p = {.data = ip, .len = 60, .headroom = 64, .tailroom = 64, .link = c.link[0]};
    ip[0] = 0x45;
    ip[3] = 60;
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, c.inner[0].ip, 4);
    memcpy(ip + 16, "\x0a\x4d\x00\x01", 4);
    assert_int_equal(l2tpsec_output(c.clients.ctx, &p, 1, c.now), L2TPSEC_OK);
    memcpy(sealed, c.last, sealed_n = c.last_n);
    crowd_run(&c, SECOND);
}

static void no_datagram_of_an_onlookers_costs_much(void **state)
{
    (void)state;
    see_the_client();
    to_port = 0;
    cost_is_linear("ESP that fits but for the ICV", forged_esp, from_the_client);
    to_port = 500;
    cost_is_linear("quick mode that makes no sense", forged_quick_mode, from_the_client);
    cost_is_linear("informational that makes no sense", forged_informational, from_the_client);
    assert_int_equal(c.server.down + c.clients.down, 0);
}

/* Fragments are kept for who has a cookie of ours: so many, from however many, in the worst order. */
static void hoarded_fragments_are_bounded(void **state)
{
    static uint8_t p[4096];
    uint8_t first[1024];

    (void)state;
    size_t n = crowd_first_message(&c, first, sizeof first), held = c.server.held;
    for (unsigned who = 0; who < 300; who++) {
        l2tpsec_addr from = {.family = 4, .port = 500, .ip = {7, 7, (uint8_t)(who >> 8), (uint8_t)who}};
        uint8_t copy[sizeof first];
        memcpy(copy, first, n);
        copy[0] = (uint8_t)(1 + who); /* cookies do not begin with zeros, which would be a marker */
        copy[1] = (uint8_t)((1 + who) >> 8);
        (void)crowd_send(&c, &from, 500, copy, n);
        for (unsigned i = 32; i > 1; i--) { /* never the first one */
            size_t len = 1200;
            memset(p, 0x5a, len);
            (void)payload(p + HEADER, 0, len - HEADER);
            memcpy(p + HEADER + 4, (uint8_t[]){0, 1, (uint8_t)i, i == 32}, 4);
            (void)head(p, len, MAIN, FRAGMENT);
            memcpy(p, c.astray_last, 16);
            (void)crowd_send(&c, &from, 500, p, len);
        }
    }
    print_message("# 300 strangers with 31 fragments each: %zu bytes\n", c.server.held - held);
    assert_in_range(c.server.held - held, 65536, 640 * 1024);
    crowd_run(&c, 60 * SECOND);
    assert_in_range(c.server.held, 0, held + 16384); /* tables */
}

static int begin(void **state)
{
    (void)state;
    crowd_init(&c, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    crowd_fini(&c);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_datagram_of_a_strangers_costs_much, begin, end),
        cmocka_unit_test_setup_teardown(no_datagram_of_an_onlookers_costs_much, begin, end),
        cmocka_unit_test_setup_teardown(hoarded_fragments_are_bounded, begin, end),
    };

    return cmocka_run_group_tests_name("costs", tests, NULL, NULL);
}
