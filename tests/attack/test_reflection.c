/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a server says to somebody who may be the victim of whoever forged the source address: at most twice the bytes of the question,
 * an error at most one and a half times, once; and to most of it nothing at all. */
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
#define MOST 65535u

enum { SA = 1, KE = 4, ID = 5, NONCE = 10, NOTIFY = 11, VENDOR = 13 };
enum { MAIN = 2, AGGRESSIVE = 4, INFORMATIONAL = 5 };

static struct crowd c;
static unsigned tried, answered, errors;
static double worst, worst_error;

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* Send it from an address that nobody has used, and weigh what comes back. */
static void ask(const uint8_t *message, size_t n, uint16_t port)
{
    static uint8_t copy[MOST];
    uint64_t where = ++tried, before = c.astray, bytes = c.astray_bytes;
    l2tpsec_addr from = {
        .family = 4, .port = 500, .ip = {8, (uint8_t)(where >> 16), (uint8_t)(where >> 8), (uint8_t)where}};

    memcpy(copy, message, n);
    for (size_t i = 0; n >= 8 && i < 8 && (message[0] | message[1]); i++) /* each with a cookie of its own */
        copy[i] = (uint8_t)(where >> 8 * i);
    if (port == 4500) {
        memmove(copy + 4, copy, n);
        memset(copy, 0, 4);
        n += 4;
    }
    if (tried % 8 == 0)
        crowd_run(&c, SECOND); /* what is rationed has its turn */
    (void)crowd_send(&c, &from, port, copy, n);
    if (c.astray == before)
        return;
    size_t got = (size_t)(c.astray_bytes - bytes), skip = port == 4500 ? 4 : 0;
    double ratio = (double)got / (double)n;
    bool error = c.astray_last[skip + 18] == INFORMATIONAL;
    answered++;
    errors += error;
    worst = ratio > worst ? ratio : worst;
    worst_error = error && ratio > worst_error ? ratio : worst_error;
    if (c.astray - before > 1 || got > 2 * n || (error && 2 * got > 3 * n))
        fail_msg("question %u: %zu bytes, exchange %u; %u answers of %zu bytes, exchange %u", tried, n, message[18],
                 (unsigned)(c.astray - before), got, c.astray_last[skip + 18]);
}

static void set(const char *name, const char *value)
{
    if (l2tpsec_profile_set_str(c.sp, name, value) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(c.sp));
    assert_int_equal(l2tpsec_listen(c.server.ctx, c.sp, c.now), L2TPSEC_OK);
}

static void begin(void)
{
    crowd_init(&c, NULL);
    tried = answered = errors = 0;
    worst = worst_error = 0;
}

static void end(void)
{
    uint64_t said = c.astray;

    crowd_run(&c, 120 * SECOND); /* and nothing is said again by itself */
    assert_int_equal(c.astray, said);
    print_message("# %u questions, %u answers at most %.2f times as long, %u of them errors, at most %.2f times\n",
                  tried, answered, worst, errors, worst_error);
    crowd_fini(&c);
}

/* ---- questions ------------------------------------------------------------------------------------------------- */

struct message {
    uint8_t p[MOST];
    size_t n, last; /* where the last payload begins */
};

static void message_begin(struct message *m, uint8_t exchange)
{
    memset(m->p, 0, HEADER);
    m->p[0] = 1;
    m->p[17] = 0x10;
    m->p[18] = exchange;
    m->n = HEADER;
    m->last = 0;
}

static uint8_t *message_add(struct message *m, uint8_t type, const void *body, size_t n)
{
    uint8_t *at = m->p + m->n;

    assert_true(m->n + 4 + n <= sizeof m->p);
    m->p[m->last ? m->last : 16] = type;
    m->last = m->n;
    memset(at, 0, 4);
    put16(at + 2, 4 + n);
    if (body)
        memcpy(at + 4, body, n);
    else
        memset(at + 4, 0x41, n);
    m->n += 4 + n;
    return at;
}

static const uint8_t *message_end(struct message *m)
{
    m->p[24] = 0;
    m->p[25] = 0;
    put16(m->p + 26, m->n);
    return m->p;
}

struct terms {
    uint8_t cipher, bits, hash, method, group;
};

static const struct terms usual = {7, 0, 4, 1, 31}; /* AES, SHA-256, PSK, x25519 */

/* An SA payload of so many proposals with so many transforms, the last of which has these terms and the others ones that nobody takes. */
static size_t offer(uint8_t *p, size_t cap, unsigned proposals, unsigned transforms, const struct terms *last,
                    bool life)
{
    size_t at = 8;

    memset(p, 0, 8);
    p[3] = p[7] = 1;
    for (unsigned i = 0; i < proposals; i++) {
        size_t head = at;
        at += 8;
        for (unsigned k = 0; k < transforms && at + 40 < cap; k++) {
            const struct terms none = {99, 0, 98, 97, 96},
                               *t = i + 1 == proposals && k + 1 == transforms ? last : &none;
            const uint8_t attributes[] = {0x80, 1,       0,    t->cipher, 0x80, 14,        1,    0,   0x80, 2,
                                          0,    t->hash, 0x80, 3,         0,    t->method, 0x80, 4,   0,    t->group,
                                          0x80, 11,      0,    1,         0x80, 12,        0x70, 0x80};
            size_t n = life ? sizeof attributes : sizeof attributes - 8;
            uint8_t *transform = p + at;
            transform[0] = k + 1 < transforms ? 3 : 0;
            transform[1] = 0;
            put16(transform + 2, 8 + n);
            transform[4] = (uint8_t)(k + 1);
            transform[5] = 1;
            put16(transform + 6, 0);
            memcpy(transform + 8, attributes, n);
            at += 8 + n;
        }
        p[head] = i + 1 < proposals ? 2 : 0;
        p[head + 1] = 0;
        put16(p + head + 2, at - head);
        p[head + 4] = (uint8_t)(i + 1);
        p[head + 5] = 1;
        p[head + 6] = 0;
        p[head + 7] = (uint8_t)transforms;
    }
    return at;
}

static void add_offer(struct message *m, unsigned proposals, unsigned transforms, const struct terms *last, bool life)
{
    static uint8_t sa[MOST];

    message_add(m, SA, sa, offer(sa, 60000, proposals, transforms, last, life));
}

static struct message m;

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static void all_lengths_and_exchanges(const uint8_t *first, size_t n)
{
    uint8_t copy[2048];

    for (unsigned exchange = 0; exchange < 256; exchange++) {
        for (unsigned flags = 0; flags < 8; flags++) {
            memcpy(copy, first, n);
            copy[18] = (uint8_t)exchange;
            copy[19] = (uint8_t)flags;
            ask(copy, n, flags & 1 ? 500 : 4500);
        }
    }
    for (size_t cut = 0; cut <= n; cut++) {
        memcpy(copy, first, n);
        ask(copy, cut, 500);
        if (cut < HEADER)
            continue;
        put16(copy + 26, cut); /* and the header says so */
        ask(copy, cut, 500);
    }
}

static void no_first_message_gets_more_than_twice_its_bytes(void **state)
{
    uint8_t first[2048];

    (void)state;
    begin();
    size_t n = crowd_first_message(&c, first, sizeof first);
    ask(first, n, 500);
    assert_int_equal(answered, 1); /* this one is meant well */
    all_lengths_and_exchanges(first, n);
    for (size_t bit = 8 * 16; bit < 8 * n; bit++) {
        first[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ask(first, n, 500);
        first[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(answered > 100);
    end();
}

static void no_offer_gets_more_than_twice_its_bytes(void **state)
{
    static const unsigned counts[] = {1, 2, 16, 255};
    static const uint8_t vendor[] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45,
                                     0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f}; /* RFC 3947 */

    (void)state;
    begin();
    set("ike.proposals", "aes256-sha256-x25519");
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 4; k++) {
            for (unsigned vendors = 0; vendors < 40; vendors += 13) {
                for (unsigned good = 0; good < 4; good++) {
                    struct terms t = usual;
                    t.hash = good & 1 ? t.hash : 1;
                    message_begin(&m, MAIN);
                    if ((size_t)counts[i] * counts[k] > 1500)
                        continue;
                    add_offer(&m, counts[i], counts[k], &t, good & 2);
                    for (unsigned v = 0; v < vendors; v++)
                        message_add(&m, VENDOR, vendor, sizeof vendor);
                    ask(message_end(&m), m.n, 500);
                }
            }
        }
    }
    assert_true(answered > 20);
    assert_true(errors > 5);
    end();
}

/* RSA encryption (RFC 2409, 5.2) and what else there is: signatures without certificates of ours, XAUTH, DSS. */
static void no_method_but_those_configured_is_agreed_on(void **state)
{
    (void)state;
    begin();
    set("ike.proposals", "aes256-sha256-x25519");
    for (unsigned method = 0; method < 256; method++) {
        struct terms t = usual;
        t.method = (uint8_t)method;
        message_begin(&m, MAIN);
        add_offer(&m, 1, 1, &t, true);
        unsigned before = answered - errors;
        ask(message_end(&m), m.n, 500);
        assert_int_equal(answered - errors - before, method == 1);
    }
    end();
}

static void nothing_weaker_than_configured_is_agreed_on(void **state)
{
    (void)state;
    begin();
    set("ike.proposals", "aes256-sha256-x25519");
    for (unsigned field = 0; field < 3; field++) {
        for (unsigned v = 0; v < 256; v++) {
            struct terms t = usual;
            *(field == 0 ? &t.cipher : field == 1 ? &t.hash : &t.group) = (uint8_t)v;
            message_begin(&m, MAIN);
            add_offer(&m, 1, 1, &t, true);
            unsigned before = answered - errors;
            ask(message_end(&m), m.n, 500);
            bool same = memcmp(&t, &usual, sizeof t) == 0;
            assert_int_equal(answered - errors - before, same);
        }
    }
    end();
}

/* Aggressive mode, where it is answered at all, answers with a public value: a short question must not get a long answer. */
static void no_aggressive_mode_gets_more_than_twice_its_bytes(void **state)
{
    static const struct {
        const char *words;
        struct terms t;
        size_t ke;
    } offers[] = {{"aes256-sha256-x25519", {7, 0, 4, 1, 31}, 32},
                  {"aes256-sha512-x25519", {7, 0, 6, 1, 31}, 32},
                  {"aes256-sha512-ecp256", {7, 0, 6, 1, 19}, 64},
                  {"aes256-sha256-modp2048", {7, 0, 4, 1, 14}, 256}};
    static const uint8_t id[] = {2, 0, 0, 0, 'a'};
    static const uint8_t natt[] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45,
                                   0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f};
    static const uint8_t dpd[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9,
                                  0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00};

    (void)state;
    begin();
    set("ike.aggressive", "1");
    for (unsigned i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        set("ike.proposals", offers[i].words);
        for (unsigned shape = 0; shape < 16; shape++) {
            message_begin(&m, AGGRESSIVE);
            add_offer(&m, 1, 1, &offers[i].t, shape & 1);
            message_add(&m, KE, NULL, offers[i].ke);
            message_add(&m, NONCE, NULL, shape & 2 ? 8 : 32);
            message_add(&m, ID, id, sizeof id);
            if (shape & 4)
                message_add(&m, VENDOR, natt, sizeof natt);
            if (shape & 8)
                message_add(&m, VENDOR, dpd, sizeof dpd);
            ask(message_end(&m), m.n, 500);
            crowd_run(&c, SECOND);
        }
    }
    assert_true(answered - errors > 20);
    end();
}

/* ESP for nobody, L2TP in the clear, keepalives, and IKE of a version that we do not speak: not a word. */
static void what_is_nobodys_gets_no_answer(void **state)
{
    static const uint16_t ports[] = {0, 500, 1701, 4500};
    uint8_t p[2048];

    (void)state;
    begin();
    for (unsigned i = 0; i < 20000; i++) {
        l2tpsec_addr from = {.family = 4, .port = (uint16_t)(i | 1), .ip = {9, 9, (uint8_t)(i >> 8), (uint8_t)i}};
        size_t n = (size_t)crowd_chance(&c) % (i % 10 ? 200 : sizeof p);
        for (size_t k = 0; k < n; k++)
            p[k] = (uint8_t)crowd_chance(&c);
        if (ports[i % 4] == 1701 && n > 12) /* as SCCRQ, StopCCN, CDN, Hello would begin */
            memcpy(p, "\xc8\x02\x00\x20\0\0\0\0\0\0\0\0", 12);
        if (i % 3 == 0 && n > HEADER && ports[i % 4] != 1701) { /* IKEv2 */
            p[17] = 0x20;
            p[18] = (uint8_t)(34 + i % 4);
            memset(p + 8, 0, 8);
        }
        (void)crowd_send(&c, &from, ports[i % 4], p, n);
    }
    assert_int_equal(c.astray, 0);
    crowd_run(&c, 60 * SECOND);
    assert_int_equal(c.astray, 0);
    crowd_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_first_message_gets_more_than_twice_its_bytes),
        cmocka_unit_test(no_offer_gets_more_than_twice_its_bytes),
        cmocka_unit_test(no_method_but_those_configured_is_agreed_on),
        cmocka_unit_test(nothing_weaker_than_configured_is_agreed_on),
        cmocka_unit_test(no_aggressive_mode_gets_more_than_twice_its_bytes),
        cmocka_unit_test(what_is_nobodys_gets_no_answer),
    };

    return cmocka_run_group_tests_name("reflection", tests, NULL, NULL);
}
