/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* EAP in PPP (RFC 3748): dialogues word by word, and what must not be believed. */
#include "ppp/auth/mschap.h"
#include "unit/ppp/desk.h"

#include <stdio.h>
#include <string.h>

#define EAP 0xc227
#define PEER_CHALLENGE "00112233445566778899aabbccddeeff"

static const struct l2s_ppp_net pool = {.local = {10, 0, 0, 1}, .peer = {10, 0, 0, 7}};

/* Our client, LCP opened with EAP demanded of it. */
static void client(struct desk *d, uint32_t auth)
{
    desk_up(d, false, auth, "alice");
    assert_int_equal(desk_hear_packet(d, LCP, 1, 1, "0304c227"), 0);
    assert_non_null(desk_last(d, LCP, 2));
    desk_ack(d, LCP);
}

/* Our server, LCP opened with the EAP it asked for. */
static void server(struct desk *d, uint32_t auth)
{
    d->give = pool;
    desk_up(d, true, auth, "lns");
    assert_int_equal(desk_hear_packet(d, LCP, 1, 1, ""), 0);
    desk_ack(d, LCP);
}

static void pass(struct desk *d, uint64_t us)
{
    for (uint64_t until = d->f.sys.now + us; d->f.sys.now < until;) {
        d->f.sys.now += L2S_SECOND / 10;
        l2s_timers_run(&d->f.sys.timers, d->f.sys.now);
    }
}

static uint32_t request(struct desk *d, uint8_t id, const char *body)
{
    return desk_hear_packet(d, EAP, 1, id, body);
}

static uint32_t response(struct desk *d, const char *body)
{
    return desk_hear_packet(d, EAP, 2, desk_last(d, EAP, 1)->id, body);
}

static const struct said *answer(struct desk *d)
{
    const struct said *s = desk_last(d, EAP, 2);

    assert_non_null(s);
    return s;
}

static void a_client_tells_its_name_and_proves_itself_by_mschapv2(void **state)
{
    struct desk d = {0};
    char body[200], hex[2 * L2S_MSCHAP_PROOF + 1];
    uint8_t auth[16], proof[L2S_MSCHAP_PROOF];
    (void)state;

    client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(request(&d, 7, "01"), 0);
    assert_int_equal(answer(&d)->id, 7);
    assert_memory_equal(answer(&d)->body, "\1alice", 6);
    assert_int_equal(request(&d, 8, "0248656c6c6f"), 0); /* a Notification, and its empty answer */
    assert_int_equal(answer(&d)->n, 1);
    assert_int_equal(answer(&d)->body[0], 2);
    assert_int_equal(request(&d, 9,
                             "1a01090019"
                             "10" PEER_CHALLENGE "52415331"),
                     0); /* as RRAS: name RAS1 */
    const struct said *said = answer(&d);
    assert_int_equal(said->id, 9);
    assert_int_equal(said->n, 1 + 5 + 49 + 5);
    assert_memory_equal(said->body, "\x1a\x02\x09\x00\x3b\x31", 6);
    assert_memory_equal(said->body + 6 + 49, "alice", 5);

    fake_hex(PEER_CHALLENGE, auth, sizeof auth);
    struct l2s_mschap m = {.crypto = d.crypto,
                           .auth_challenge = auth,
                           .peer_challenge = said->body + 6,
                           .name = (const uint8_t *)"alice",
                           .name_len = 5,
                           .password = (const uint8_t *)"wonderland",
                           .password_len = 10};
    assert_int_equal(l2s_mschap_proof(&m, said->body + 6 + 24, proof), L2TPSEC_OK);
    for (unsigned i = 0; i < sizeof proof; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", proof[i]);
    (void)snprintf(body, sizeof body, "1a030900%02x%s", 4 + 42, hex);
    assert_int_equal(request(&d, 10, body), 0);
    assert_int_equal(answer(&d)->n, 2);
    assert_memory_equal(answer(&d)->body, "\x1a\x03", 2);
    assert_int_equal(d.authenticated, 0);
    assert_int_equal(desk_hear_packet(&d, EAP, 3, 10, ""), 0);
    assert_int_equal(d.authenticated, 1);
    assert_int_equal(d.method, L2S_AUTH_EAP_MSCHAPV2);
    desk_down(&d);
}

static void a_repeated_request_gets_the_same_answer(void **state)
{
    struct desk d = {0};
    (void)state;

    client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(request(&d, 9,
                             "1a01090019"
                             "10" PEER_CHALLENGE "52415331"),
                     0);
    struct said first = *answer(&d);
    assert_int_equal(request(&d, 9,
                             "1a01090019"
                             "10" PEER_CHALLENGE "52415331"),
                     L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(desk_count(&d, EAP, 2), 2);
    assert_memory_equal(answer(&d)->body, first.body, first.n);
    assert_int_equal(d.asked, 1);
    desk_down(&d);
}

static void a_client_is_not_content_with_a_success_of_nothing(void **state)
{
    static const char *const before[] = {"01",
                                         "1a01090019"
                                         "10" PEER_CHALLENGE "52415331",
                                         NULL};
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        struct desk d = {0};
        client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
        if (before[i])
            assert_int_equal(request(&d, 9, before[i]), 0);
        assert_int_equal(desk_hear_packet(&d, EAP, 3, 9, ""), L2TPSEC_DROP_FORGED);
        assert_int_equal(d.authenticated, 0);
        pass(&d, 10 * L2S_SECOND);
        assert_int_equal(d.downs, 1);
        assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_MUTUAL);
        desk_down(&d);
    }
}

static void a_server_that_cannot_prove_itself_is_left(void **state)
{
    struct desk d = {0};
    char body[200] = "1a0309002e533d";
    (void)state;

    client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(request(&d, 9,
                             "1a01090019"
                             "10" PEER_CHALLENGE "52415331"),
                     0);
    for (unsigned i = 0; i < 40; i++)
        strcat(body, "30");
    assert_int_equal(request(&d, 10, body), L2TPSEC_DROP_FORGED);
    pass(&d, 10 * L2S_SECOND);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_MUTUAL);
    desk_down(&d);
}

static void a_method_that_is_not_allowed_is_naked_and_named(void **state)
{
    struct desk d = {0};
    (void)state;

    client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(request(&d, 1, "01"), 0);
    assert_int_equal(request(&d, 2, "0d20"), 0); /* EAP-TLS */
    assert_memory_equal(answer(&d)->body, "\x03\x1a", 2);
    assert_int_equal(answer(&d)->n, 2);
    assert_int_equal(request(&d, 3, "0410" PEER_CHALLENGE), 0); /* MD5, not allowed */
    assert_memory_equal(answer(&d)->body, "\x03\x1a", 2);
    assert_int_equal(d.asked, 0);
    assert_int_equal(desk_hear_packet(&d, EAP, 4, 3, ""), 0);
    pass(&d, 10 * L2S_SECOND);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_METHOD);
    assert_string_equal(d.why.offered, "eap-tls");
    assert_string_equal(d.why.allowed, "eap-mschapv2");
    desk_down(&d);
}

static void the_servers_words_reach_the_failure(void **state)
{
    struct desk d = {0};
    (void)state;

    client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(request(&d, 9,
                             "1a01090019"
                             "10" PEER_CHALLENGE "52415331"),
                     0);
    assert_int_equal(request(&d, 10, "1a04090015453d36343620523d30204d3d6c61746572"), 0); /* E=646 R=0 M=later */
    assert_memory_equal(answer(&d)->body, "\x1a\x04", 2);
    assert_int_equal(desk_hear_packet(&d, EAP, 4, 10, ""), 0);
    pass(&d, 10 * L2S_SECOND);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    assert_int_equal(d.why.peer_code, 646);
    assert_string_equal(d.why.message, "later");
    assert_string_equal(d.why.step, "EAP-MSCHAPv2");
    desk_down(&d);
}

static void a_lost_success_is_made_up_for_by_the_next_layer(void **state)
{
    struct desk d = {0};
    (void)state;

    client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MD5);
    assert_int_equal(desk_hear_packet(&d, IPCP, 1, 1, "03060a000001"), L2TPSEC_DROP_PHASE); /* too early */
    assert_int_equal(request(&d, 4, "0410" PEER_CHALLENGE), 0);
    assert_int_equal(answer(&d)->body[0], 4);
    assert_int_equal(d.authenticated, 0);
    assert_int_equal(desk_hear_packet(&d, IPCP, 1, 2, "03060a000001"), 0);
    assert_int_equal(d.authenticated, 1);
    desk_down(&d);
}

static void a_server_follows_the_peers_nak_to_what_it_allows_and_no_further(void **state)
{
    struct desk d = {0};
    (void)state;

    server(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_EAP_MD5);
    assert_int_equal(desk_last(&d, EAP, 1)->body[0], 1);
    assert_int_equal(response(&d, "01616c696365"), 0);
    assert_int_equal(desk_last(&d, EAP, 1)->body[0], 0x1a);
    assert_int_equal(response(&d, "030d04"), 0);
    assert_int_equal(desk_last(&d, EAP, 1)->body[0], 4);
    assert_int_equal(response(&d, "031a"), 0); /* which it refused before */
    assert_int_equal(desk_count(&d, EAP, 4), 1);
    pass(&d, 10 * L2S_SECOND);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_METHOD);
    assert_int_equal(d.authenticated, 0);
    desk_down(&d);
}

static void a_server_repeats_its_request_until_it_is_answered(void **state)
{
    struct desk d = {0};
    (void)state;

    server(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    uint8_t id = desk_last(&d, EAP, 1)->id;
    pass(&d, 3 * L2S_SECOND + L2S_SECOND / 2); /* half a second apart at first, on a line as quick as this one */
    assert_int_equal(desk_count(&d, EAP, 1), 6);
    assert_int_equal(desk_last(&d, EAP, 1)->id, id);
    assert_int_equal(response(&d, "01616c696365"), 0);
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, "01616c696365"), L2TPSEC_DROP_UNEXPECTED);
    desk_down(&d);
}

static void malformed_packets_change_nothing_in_either_role(void **state)
{
    static const char *const to_client[] = {"",
                                            "1a",
                                            "1a0109",
                                            "1a01090018",
                                            "1a0109001910",
                                            "1a01090007100011",
                                            ("1a0109001920" PEER_CHALLENGE "52415331"),
                                            "1a01090005ff",
                                            "04",
                                            "0400",
                                            ("0411" PEER_CHALLENGE),
                                            "1a03090004",
                                            "1a05090004"};
    static const char *const to_server[] = {
        "",     "1a",   "1a02", "1a02010036",           "1a0201003631", ("1a0201003631" PEER_CHALLENGE),
        "1a03", "1a04", "04",   ("0410" PEER_CHALLENGE)};
    (void)state;

    struct desk c = {0};
    client(&c, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_EAP_MD5);
    for (unsigned i = 0; i < L2S_COUNT_OF(to_client); i++)
        assert_int_not_equal(request(&c, (uint8_t)(100 + i), to_client[i]), 0);
    assert_int_equal(desk_count(&c, EAP, 2), 0);
    assert_int_equal(c.asked, 0);
    assert_int_equal(desk_hear_packet(&c, EAP, 2, 1, "01616c"), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(desk_hear_packet(&c, EAP, 9, 1, "01"), L2TPSEC_DROP_UNEXPECTED);
    desk_down(&c);

    struct desk s = {0};
    server(&s, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(response(&s, "01616c696365"), 0);
    for (unsigned i = 0; i < L2S_COUNT_OF(to_server); i++)
        assert_int_not_equal(response(&s, to_server[i]), 0);
    assert_int_equal(desk_hear_packet(&s, EAP, 3, 1, ""), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(s.asked, 0);
    assert_int_equal(s.authenticated, 0);
    desk_down(&s);
}

/* While the host looks for the password another challenge comes: it is asked once, and answers the newest. */
static void a_newer_challenge_is_answered_with_one_question(void **state)
{
    struct desk d = {0};
    (void)state;

    client(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MD5);
    d.later = true;
    assert_int_equal(request(&d, 4, "0410" PEER_CHALLENGE), 0);
    assert_int_equal(request(&d, 5,
                             "0410"
                             "ffeeddccbbaa99887766554433221100"),
                     0);
    assert_int_equal(d.asked, 1);
    assert_int_equal(desk_count(&d, EAP, 2), 0);
    assert_int_equal(l2s_ppp_answer(d.ppp, (const uint8_t *)"wonderland", 10, false), L2TPSEC_OK);
    assert_int_equal(desk_count(&d, EAP, 2), 1);
    assert_int_equal(answer(&d)->id, 5);
    assert_int_equal(l2s_ppp_answer(d.ppp, (const uint8_t *)"wonderland", 10, false), L2TPSEC_ENOENT);
    desk_down(&d);
}

/* A change of password is heard where one was asked for, and nowhere else. */
static void a_change_in_place_of_the_last_word_is_unexpected(void **state)
{
    struct desk d = {0};
    char body[200] = "1a0201003b31";
    (void)state;

    server(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(response(&d, "01616c696365"), 0);
    for (unsigned i = 0; i < 49; i++)
        (void)snprintf(body + strlen(body), 3, "%02x", i < 16 ? i : 0);
    (void)snprintf(body + strlen(body), 11, "616c696365");
    assert_int_equal(response(&d, body), 0);
    assert_int_equal(d.asked, 1);
    assert_int_equal(desk_last(&d, EAP, 1)->body[1], 4); /* Failure, which is to be confirmed */
    assert_int_equal(response(&d, "1a070100eeee"), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(response(&d, "1a03"), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(d.downs, 0);
    assert_int_equal(response(&d, "1a04"), 0);
    assert_int_equal(desk_count(&d, EAP, 4), 1);
    assert_int_equal(d.authenticated, 0);
    desk_down(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_tells_its_name_and_proves_itself_by_mschapv2),
        cmocka_unit_test(a_repeated_request_gets_the_same_answer),
        cmocka_unit_test(a_client_is_not_content_with_a_success_of_nothing),
        cmocka_unit_test(a_server_that_cannot_prove_itself_is_left),
        cmocka_unit_test(a_method_that_is_not_allowed_is_naked_and_named),
        cmocka_unit_test(the_servers_words_reach_the_failure),
        cmocka_unit_test(a_lost_success_is_made_up_for_by_the_next_layer),
        cmocka_unit_test(a_server_follows_the_peers_nak_to_what_it_allows_and_no_further),
        cmocka_unit_test(a_server_repeats_its_request_until_it_is_answered),
        cmocka_unit_test(malformed_packets_change_nothing_in_either_role),
        cmocka_unit_test(a_newer_challenge_is_answered_with_one_question),
        cmocka_unit_test(a_change_in_place_of_the_last_word_is_unexpected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
