/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Who has a key, and speaks L2TP and PPP to us: challenges thrown back, and messages that would be long to read. */
#include "attack/cost.h"
#include "unit/l2tp/rig.h"
#include "unit/ppp/desk.h"
#include "wire/wr.h"

#include <stdio.h>
#include <string.h>

#define EAP 0xc227

/* ---- challenges thrown back ------------------------------------------------------------------------------------ */

static void server(struct desk *d, uint32_t auth)
{
    static const struct l2s_ppp_net pool = {.local = {10, 0, 0, 1}, .peer = {10, 0, 0, 7}};

    d->give = pool;
    desk_up(d, true, auth, "lns");
    assert_int_equal(desk_hear_packet(d, LCP, REQ, 1, ""), 0);
    desk_ack(d, LCP);
}

static void hex_of(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    *out = 0;
}

/* Schneier and Mudge, 1999: with the server's challenge as the peer's, its own proof could be had as the response to it. */
static void our_challenge_thrown_back_by_mschapv2_is_refused(void **state)
{
    char challenge[33], body[256];

    (void)state;
    for (unsigned eap = 0; eap < 2; eap++) {
        struct desk d = {0};
        server(&d, eap ? L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2 : L2S_AUTH_MSCHAPV2);
        if (eap)
            assert_int_equal(desk_hear_packet(&d, EAP, 2, desk_last(&d, EAP, 1)->id, "01616c696365"), 0);
        const struct said *ask = desk_last(&d, eap ? EAP : CHAP, 1);
        assert_non_null(ask);
        hex_of(ask->body + (eap ? 6 : 1), 16, challenge);
        (void)snprintf(body, sizeof body, "%s%s%s%s616c696365",
                       eap ? "1a020000"
                             "3b31"
                           : "31",
                       challenge, "0000000000000000",
                       "222222222222222222222222222222222222222222222222"
                       "00");
        uint32_t why = desk_hear_packet(&d, eap ? EAP : CHAP, 2, ask->id, body);
        assert_int_equal(why, L2TPSEC_DROP_FORGED);
        assert_int_equal(d.asked, 0); /* the password is not even looked for */
        assert_int_equal(d.authenticated, 0);
        desk_down(&d);
    }
}

/* Who asks for the password proves itself: a server answers no challenge, in whatever words. */
static void a_server_answers_no_challenge(void **state)
{
    static const uint32_t methods[] = {L2S_AUTH_MSCHAPV2, L2S_AUTH_CHAP_MD5, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2,
                                       L2S_AUTH_EAP | L2S_AUTH_EAP_MD5};

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct desk d = {0};
        server(&d, methods[i]);
        for (uint8_t id = 0; id < 8; id++) {
            (void)desk_hear_packet(&d, CHAP, 1, id, "1000112233445566778899aabbccddeeff6c6e73");
            (void)desk_hear_packet(&d, EAP, 1, id, "01");
            (void)desk_hear_packet(&d, EAP, 1, id, "041000112233445566778899aabbccddeeff");
            (void)desk_hear_packet(&d, EAP, 1, id, "1a010000191000112233445566778899aabbccddeeff6c6e73");
        }
        assert_int_equal(desk_count(&d, CHAP, 2), 0);
        assert_int_equal(desk_count(&d, EAP, 2), 0);
        assert_int_equal(d.asked, 0);
        desk_down(&d);
    }
}

/* ---- messages without end -------------------------------------------------------------------------------------- */

static struct desk desk;
static uint16_t protocol;
static uint8_t code, option_len;

static size_t options(uint8_t *p, size_t n)
{
    size_t at = 8;

    n = n < 65000 ? n : 65000;
    for (uint8_t type = 1; at + option_len <= n; at += option_len, type++) {
        memset(p + at, 0x5a, option_len);
        p[at] = type;
        p[at + 1] = option_len;
    }
    l2s_put16(p, 0xff03);
    l2s_put16(p + 2, protocol);
    p[4] = code;
    p[5] = 1;
    l2s_put16(p + 6, (uint16_t)(at - 4));
    return at;
}

static void hear(uint8_t *p, size_t n)
{
    struct l2s_rd packet;
    uint32_t reason;

    desk.n = desk.echoed = 0;
    p[5]++;
    (void)l2s_ppp_input(desk.ppp, l2s_rd_init(p, n), &packet, &reason);
}

static void no_ppp_packet_costs_much(void **state)
{
    static const uint16_t protocols[] = {LCP, IPCP, IPV6CP, CCP, PAP, CHAP, EAP, 0x0281};
    static const uint8_t lengths[] = {2, 3, 6, 255};
    char name[64];

    (void)state;
    server(&desk, L2S_AUTH_MSCHAPV2);
    for (unsigned i = 0; i < L2S_COUNT_OF(protocols); i++) {
        for (code = 1; code < 16; code++) {
            protocol = protocols[i];
            option_len = lengths[code % L2S_COUNT_OF(lengths)];
            (void)snprintf(name, sizeof name, "PPP %04x, code %u, options of %u", protocol, code, option_len);
            cost_is_linear(name, options, hear);
        }
    }
    desk_down(&desk);
}

static struct rig rig;
static bool mandatory, known;

static size_t avps(uint8_t *p, size_t n)
{
    size_t at = 20;
    uint16_t type = 0;

    memset(p, 0, at);
    l2s_put16(p, 0xc802);
    memcpy(p + 12, "\x80\x08\0\0\0\0\0\1", 8); /* SCCRQ */
    for (; at + 8 <= n && at + 8 < 65535; at += 8) {
        l2s_put16(p + at, (uint16_t)(8 | (mandatory ? 0x8000 : 0)));
        l2s_put16(p + at + 2, known ? 0 : 4711);
        l2s_put16(p + at + 4, known ? type++ % 40 : 200);
        l2s_put16(p + at + 6, 1);
    }
    l2s_put16(p + 2, (uint16_t)at);
    return at;
}

static void say(uint8_t *p, size_t n)
{
    struct l2s_l2tp_rx rx;

    rig.logged = 0;
    (void)l2s_l2tp_input(rig.end[0].e, RIG_CHANNEL, 1701, p, n, &rx);
}

static size_t avps_of_no_length(uint8_t *p, size_t n)
{
    n = avps(p, n);
    memset(p + 20, 0, n - 20);
    return n;
}

static void no_l2tp_message_costs_much(void **state)
{
    char name[64];

    (void)state;
    rig_solo(&rig);
    for (unsigned i = 0; i < 4; i++) {
        mandatory = i & 1;
        known = i & 2;
        (void)snprintf(name, sizeof name, "L2TP, AVPs that are %s%s", known ? "known" : "unknown",
                       mandatory ? " and mandatory" : "");
        cost_is_linear(name, avps, say);
    }
    cost_is_linear("L2TP, AVPs of no length", avps_of_no_length, say);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_challenge_thrown_back_by_mschapv2_is_refused),
        cmocka_unit_test(a_server_answers_no_challenge),
        cmocka_unit_test(no_ppp_packet_costs_much),
        cmocka_unit_test(no_l2tp_message_costs_much),
    };

    return cmocka_run_group_tests_name("inside", tests, NULL, NULL);
}
