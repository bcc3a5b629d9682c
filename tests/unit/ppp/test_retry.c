/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What follows a Failure of MS-CHAPv2 (RFC 2759, 6, 7 and 9.1), bare and in EAP. */
#include "unit/ppp/couple.h"

#include "wire/wr.h"

#include <string.h>

static const uint32_t methods[] = {L2S_AUTH_MSCHAPV2, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2};

static void both_are_up(struct couple *p)
{
    for (unsigned k = 0; k < 2; k++) {
        assert_int_equal(p->end[k].ups, 1);
        assert_int_equal(p->end[k].downs, 0);
        assert_null(l2s_ppp_why(p->end[k].ppp));
    }
}

static void client_is_told(struct couple *p, uint32_t code)
{
    for (unsigned k = 0; k < 2; k++) {
        assert_int_equal(p->end[k].ups, 0);
        assert_int_equal(p->end[k].downs, 1);
        assert_int_equal(p->end[k].why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    }
    assert_int_equal(p->end[1].why.peer_code, code);
    assert_string_equal(p->end[1].why.message, "Access denied");
}

static void another_password_may_follow_in_the_same_call(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i], methods[i]);
        p.end[0].cfg.retries = 2;
        p.end[1].password = "guess";
        p.end[1].next[0] = "guess again";
        p.end[1].next[1] = "wonderland";
        couple_start(&p);
        couple_run(&p, 5 * L2S_SECOND);
        both_are_up(&p);
        assert_int_equal(p.end[1].asked, 3);
        assert_int_equal(p.end[0].asked, 3);
        assert_string_equal(p.end[1].kept, "wonderland"); /* for the next time */
        couple_down(&p);
    }
}

static void no_more_may_follow_than_the_server_allows(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        for (uint32_t retries = 0; retries < 3; retries++) {
            struct couple p;
            couple_up(&p, methods[i], methods[i]);
            p.end[0].cfg.retries = retries;
            p.end[1].password = "a";
            p.end[1].next[0] = "b";
            p.end[1].next[1] = "c";
            p.end[1].next[2] = "wonderland";
            couple_start(&p);
            couple_run(&p, 10 * L2S_SECOND);
            client_is_told(&p, 691);
            assert_int_equal(p.end[0].asked, 1 + retries);
            assert_string_equal(p.end[1].kept, "");
            couple_down(&p);
        }
    }
}

static void the_same_password_is_not_tried_twice(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        for (unsigned known = 0; known < 2; known++) {
            struct couple p;
            couple_up(&p, methods[i], methods[i]);
            p.end[0].cfg.retries = 5;
            p.end[1].password = "guess";
            p.end[1].next[0] = known ? "guess" : NULL;
            couple_start(&p);
            couple_run(&p, 10 * L2S_SECOND);
            client_is_told(&p, 691);
            assert_int_equal(p.end[0].asked, 1);
            couple_down(&p);
        }
    }
}

static void a_person_has_time_to_type(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i], methods[i]);
        p.end[0].cfg.retries = 1;
        p.end[1].password = "guess";
        couple_start(&p);
        while (!p.end[0].asked)
            couple_run(&p, L2S_MS);
        p.end[1].pending = true;
        couple_run(&p, 170 * L2S_SECOND);
        assert_int_equal(p.end[1].downs + p.end[0].downs, 0);
        assert_int_equal(l2s_ppp_answer(p.end[1].ppp, (const uint8_t *)"wonderland", 10, false), L2TPSEC_OK);
        couple_run(&p, 3 * L2S_SECOND);
        both_are_up(&p);
        assert_string_equal(p.end[1].kept, "wonderland");
        couple_down(&p);
    }
}

static void an_expired_password_gives_way_to_a_new_one(void **state)
{
    static const char *const passwords[] = {"through the looking-glass", "p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x94\x91",
                                            "x"};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        for (unsigned k = 0; k < L2S_COUNT_OF(passwords); k++) {
            struct couple p;
            couple_up(&p, methods[i], methods[i]);
            p.end[0].cfg.mppe = p.end[1].cfg.mppe = L2S_MPPE_128 | L2S_MPPE_REQUIRED;
            p.end[0].expired = true;
            p.end[1].renewed = passwords[k];
            couple_start(&p);
            couple_run(&p, 5 * L2S_SECOND);
            both_are_up(&p); /* with MPPE, whose keys come of the new one */
            assert_string_equal(p.end[0].kept, passwords[k]);
            assert_string_equal(p.end[1].kept, passwords[k]);
            couple_down(&p);
        }
    }
}

static void a_new_password_may_be_looked_at_for_a_while(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * L2S_COUNT_OF(methods); i++) {
        struct couple p;
        bool taken = i % 2 == 0;
        couple_up(&p, methods[i / 2], methods[i / 2]);
        p.end[0].expired = true;
        p.end[0].keep = L2S_PENDING;
        p.end[1].renewed = "through";
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        assert_string_equal(p.end[0].kept, "through");
        assert_int_equal(p.end[0].authenticated, 0);
        assert_int_equal(l2s_ppp_answer(p.end[0].ppp, taken ? (const uint8_t *)"" : NULL, 0, false), L2TPSEC_OK);
        couple_run(&p, 10 * L2S_SECOND);
        if (taken)
            both_are_up(&p);
        else
            client_is_told(&p, 709);
        couple_down(&p);
    }
}

static void a_new_password_that_is_refused_is_the_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i], methods[i]);
        p.end[0].cfg.retries = 5; /* none after this (9.1) */
        p.end[0].expired = true;
        p.end[0].keep = L2TPSEC_ENOENT;
        p.end[1].renewed = "through";
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        client_is_told(&p, 709);
        assert_string_equal(p.end[1].kept, "");
        couple_down(&p);
    }
}

static void who_has_no_new_password_is_told_that_it_expired(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i], methods[i]);
        p.end[0].expired = true;
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        client_is_told(&p, 648);
        couple_down(&p);
    }
}

static void a_wrong_password_is_never_said_to_have_expired(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i], methods[i]);
        p.end[0].expired = true;
        p.end[1].password = "guess";
        p.end[1].renewed = "through";
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        client_is_told(&p, 691);
        assert_string_equal(p.end[0].kept, "");
        couple_down(&p);
    }
}

static void an_expired_password_is_of_no_use_to_other_methods(void **state)
{
    static const uint32_t others[] = {L2S_AUTH_CHAP_MD5, L2S_AUTH_PAP, L2S_AUTH_EAP | L2S_AUTH_EAP_MD5};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(others); i++) {
        struct couple p;
        couple_up(&p, others[i], others[i]);
        p.end[0].expired = true;
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        assert_int_equal(p.end[0].ups + p.end[1].ups, 0);
        assert_int_equal(p.end[0].why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        couple_down(&p);
    }
}

static void all_that_survives_a_line_that_loses_every_fifth(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20 * L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i / 20], methods[i / 20]);
        p.loss = 20;
        p.end[0].cfg.retries = 1;
        p.end[1].password = "guess";
        p.end[1].next[0] = "wonderland";
        p.end[0].expired = i % 2 != 0;
        p.end[1].renewed = "through";
        p.f.seed += i;
        couple_start(&p);
        couple_run(&p, 59 * L2S_SECOND);
        if (!p.end[0].ups || !p.end[1].ups || p.end[0].downs || p.end[1].downs)
            fail_msg("case %u", i);
        assert_string_equal(p.end[0].kept, i % 2 ? "through" : "");
        couple_down(&p);
    }
}

/* A client's Change-Password to a server that expects one, with one thing altered. */
static void no_altered_change_is_taken(void **state)
{
    static const struct {
        size_t at;
        uint8_t bit;
    } flips[] = {{4, 1}, {505, 8}, {519, 1}, {521, 2}, {530, 1}, {537, 4}, {562, 1}, {580, 0x40}};
    (void)state;

    for (unsigned i = 0; i <= L2S_COUNT_OF(flips); i++) {
        struct couple p;
        couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
        p.end[0].expired = true;
        p.end[1].pending = false;
        p.end[1].renewed = "through";
        couple_start(&p);
        while (!p.end[1].last_len || p.end[1].last[4] != 7)
            couple_run(&p, L2S_MS);
        uint8_t frame[600];
        size_t n = p.end[1].last_len;
        assert_int_equal(n, 4 + 586);
        memcpy(frame, p.end[1].last, n);
        if (i < L2S_COUNT_OF(flips))
            frame[4 + flips[i].at] ^= flips[i].bit;
        for (size_t cut = 4; cut < n; cut += 97) /* none of these uses up the chance */
            assert_int_not_equal(couple_feed(&p.end[0], frame, cut), 0);
        (void)couple_feed(&p.end[0], frame, n);
        bool random_bytes = i < L2S_COUNT_OF(flips) && flips[i].at == 4; /* in front of the password */
        assert_string_equal(p.end[0].kept, i == L2S_COUNT_OF(flips) || random_bytes ? "through" : "");
        couple_down(&p);
    }
}

static uint8_t success[2][128];
static unsigned n_success;

static bool keeps_successes(struct end *from, uint8_t *frame, size_t *n)
{
    if (from->index == 1 || *n < 5 || frame[2] != 0xc2 || frame[3] != 0x23 || frame[4] != 3)
        return true;
    assert_in_range(*n, 5, sizeof success[0]);
    memcpy(success[n_success++ % 2], frame, *n);
    return false;
}

/* A client that says it again did not hear the answer. */
static void the_same_change_again_has_the_same_answer(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    p.end[0].expired = true;
    p.end[1].renewed = "through";
    p.meddle = keeps_successes;
    n_success = 0;
    couple_start(&p);
    while (!p.end[1].last_len || p.end[1].last[4] != 7)
        couple_run(&p, L2S_MS);
    uint8_t frame[600];
    size_t n = p.end[1].last_len;
    memcpy(frame, p.end[1].last, n);
    assert_int_equal(couple_feed(&p.end[0], frame, n), L2TPSEC_DROP_NONE);
    assert_string_equal(p.end[0].kept, "through");
    assert_int_equal(n_success, 1);
    memset(p.end[0].kept, 0, sizeof p.end[0].kept);
    assert_int_equal(couple_feed(&p.end[0], frame, n), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(n_success, 2);
    assert_memory_equal(success[0], success[1], sizeof success[0]);
    assert_string_equal(p.end[0].kept, "");
    couple_down(&p);
}

static void a_change_nobody_asked_for_is_not_heard(void **state)
{
    uint8_t frame[4 + 586] = {0xff, 0x03, 0xc2, 0x23, 7, 0, 0x02, 0x4a};
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    p.end[1].pending = true;
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    for (unsigned id = 0; id < 256; id++) {
        frame[5] = (uint8_t)id;
        assert_int_not_equal(couple_feed(&p.end[0], frame, sizeof frame), 0);
    }
    assert_string_equal(p.end[0].kept, "");
    l2s_ppp_answer(p.end[1].ppp, (const uint8_t *)"wonderland", 10, false);
    couple_run(&p, 3 * L2S_SECOND);
    both_are_up(&p);
    couple_down(&p);
}

static void any_allocation_or_random_number_may_fail(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        for (unsigned n = 0; n < 40; n++) {
            struct couple p;
            couple_up(&p, methods[i], methods[i]);
            p.end[0].expired = true;
            p.end[1].renewed = "through";
            p.f.fail_alloc_at = n % 2 ? 1 + n / 2 : 0;
            p.f.fail_random_at = n % 2 ? 0 : 1 + n / 2;
            couple_start(&p);
            couple_run(&p, 300 * L2S_SECOND);
            assert_true(p.end[0].ups || p.end[0].downs);
            couple_down(&p);
        }
    }
}

static void odd_failures_do_not_lead_to_another_try(void **state)
{
    static const char *const words[] = {
        "E=691 R=1 V=3 M=no challenge",
        "E=691 R=1 C=00112233445566778899AABBCCDDEEF V=3 M=short",
        "E=691 R=1 C=00112233445566778899AABBCCDDEEFF0 V=3 M=long",
        "E=691 R=1 C=0011223344556677889 AABBCCDDEEFF V=3 M=blank",
        "E=691 R=1 C=00112233445566778899AABBCCDDEEFG V=3 M=digit",
        "E=691 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=no retry",
        "E=648 R=0 C=00112233445566778899AABBCCDDEEFF V=2 M=version",
        "M=R=1 C=00112233445566778899AABBCCDDEEFF",
        "R=1",
        "",
        "=",
        "E=99999999999999999999 R=",
    };
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(words); i++) {
        struct couple p;
        uint8_t frame[128];
        struct l2s_wr w = l2s_wr_init(frame, sizeof frame);
        couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
        p.end[1].next[0] = p.end[1].renewed = "through";
        couple_start(&p);
        while (p.end[1].last_len < 8 || p.end[1].last[2] != 0xc2)
            couple_run(&p, L2S_MS);
        l2s_wr_bytes(&w, "\xff\x03\xc2\x23\x04", 5);
        l2s_wr_u8(&w, p.end[1].last[5]);
        l2s_wr_u16(&w, (uint16_t)(4 + strlen(words[i])));
        l2s_wr_bytes(&w, words[i], strlen(words[i]));
        assert_int_equal(couple_feed(&p.end[1], frame, w.len), 0);
        couple_run(&p, 10 * L2S_SECOND);
        assert_int_equal(p.end[1].asked, 1);
        assert_int_equal(p.end[1].downs, 1);
        assert_int_equal(p.end[1].why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        couple_down(&p);
    }
}

/* ---- chance ------------------------------------------------------------------------------------------------------ */

static int (*real_chance)(void *user, void *buf, size_t n);
static struct couple *pair;
static unsigned reflected;

static int no_long_chance(void *user, void *buf, size_t n)
{
    return n == L2S_MSCHAP_BLOCK ? -1 : real_chance(user, buf, n);
}

/* What hides a new password is random: without chance it is not said at all. */
static void without_chance_no_new_password_is_told(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i], methods[i]);
        real_chance = p.f.sys.random;
        p.f.sys.random = no_long_chance;
        p.end[0].expired = true;
        p.end[1].renewed = "through";
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        assert_int_equal(p.end[1].ups, 0);
        assert_int_equal(p.end[1].why.cause, L2TPSEC_CAUSE_NO_RANDOM);
        assert_string_equal(p.end[0].kept, "");
        couple_down(&p);
    }
}

/* The client draws as its own challenge the one it was given, once it is to change its password. */
static int reflecting(void *user, void *buf, size_t n)
{
    const struct l2s_auth *server = pair->end[0].ppp->auth;

    if (n != L2S_MSCHAP_CHALLENGE || !server || !server->renew)
        return real_chance(user, buf, n);
    memcpy(buf, server->challenge, n);
    reflected++;
    return 0;
}

static void our_own_challenge_does_not_change_a_password(void **state)
{
    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        couple_up(&p, methods[i], methods[i]);
        real_chance = p.f.sys.random;
        p.f.sys.random = reflecting;
        pair = &p;
        reflected = 0;
        p.end[0].expired = true;
        p.end[1].renewed = "through";
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        assert_int_equal(reflected, 1);
        assert_int_equal(p.end[0].ups + p.end[1].ups, 0);
        assert_string_equal(p.end[0].kept, "");
        couple_down(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_password_may_follow_in_the_same_call),
        cmocka_unit_test(no_more_may_follow_than_the_server_allows),
        cmocka_unit_test(the_same_password_is_not_tried_twice),
        cmocka_unit_test(a_person_has_time_to_type),
        cmocka_unit_test(an_expired_password_gives_way_to_a_new_one),
        cmocka_unit_test(a_new_password_may_be_looked_at_for_a_while),
        cmocka_unit_test(a_new_password_that_is_refused_is_the_end),
        cmocka_unit_test(who_has_no_new_password_is_told_that_it_expired),
        cmocka_unit_test(a_wrong_password_is_never_said_to_have_expired),
        cmocka_unit_test(an_expired_password_is_of_no_use_to_other_methods),
        cmocka_unit_test(all_that_survives_a_line_that_loses_every_fifth),
        cmocka_unit_test(no_altered_change_is_taken),
        cmocka_unit_test(the_same_change_again_has_the_same_answer),
        cmocka_unit_test(a_change_nobody_asked_for_is_not_heard),
        cmocka_unit_test(any_allocation_or_random_number_may_fail),
        cmocka_unit_test(odd_failures_do_not_lead_to_another_try),
        cmocka_unit_test(without_chance_no_new_password_is_told),
        cmocka_unit_test(our_own_challenge_does_not_change_a_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
