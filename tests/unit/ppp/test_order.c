/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What comes twice, too late, broken, or all over again. */
#include "ppp/link.h"
#include "unit/ppp/desk.h"

#include <string.h>

#define WONDERLAND ((const uint8_t *)"wonderland"), 10

static void dial(struct desk *d, uint32_t auth)
{
    *d = (struct desk){.n = 0};
    desk_up(d, false, auth, "alice");
}

/* The server asks for this method, and LCP opens. */
static void open_lcp(struct desk *d, const char *method)
{
    desk_ask(d, LCP, 0, method, ACK, method);
    desk_ack(d, LCP);
}

static void agree_on_ipcp(struct desk *d)
{
    desk_reply(d, IPCP, NAK, "03060a000007 810609090909 83060909090a");
    desk_ack(d, IPCP);
    desk_ask(d, IPCP, 1, "03060a000001", ACK, "03060a000001");
    assert_true(l2s_ppp_open(d->ppp));
}

static void open_ipcp(struct desk *d)
{
    agree_on_ipcp(d);
    assert_int_equal(d->ups, 1);
}

/* A client that is up, by PAP. */
static void up(struct desk *d)
{
    dial(d, L2S_AUTH_PAP);
    open_lcp(d, "0304c023");
    desk_reply(d, PAP, ACK, "00");
    open_ipcp(d);
}

static void a_second_copy_of_an_acknowledgement_is_no_event(void **state)
{
    static const uint16_t protocols[] = {LCP, IPCP};
    struct desk d;

    (void)state;
    up(&d);
    for (unsigned i = 0; i < L2S_COUNT_OF(protocols); i++) {
        const struct said *ours = desk_last(&d, protocols[i], REQ);
        uint8_t copy[sizeof ours->frame];
        size_t before = d.n;
        assert_non_null(ours);
        memcpy(copy, ours->frame, ours->frame_len);
        copy[4] = ACK; /* behind address, control and protocol */
        assert_int_equal(desk_hear(&d, copy, ours->frame_len), L2TPSEC_DROP_UNEXPECTED);
        assert_int_equal(d.n, before);
        assert_true(l2s_ppp_open(d.ppp));
    }
    desk_down(&d);
}

/* RFC 1661, 5.2: an acknowledged request is all that holds; what it leaves out is at its default. */
static void what_a_later_request_leaves_out_is_at_its_default(void **state)
{
    struct desk d;
    uint8_t header[4];

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    desk_ask(&d, LCP, 0, "01040500 0304c023 0702 0802", ACK, "01040500 0304c023 0702 0802");
    desk_ask(&d, LCP, 1, "0304c023", ACK, "0304c023");
    desk_ack(&d, LCP);
    desk_reply(&d, PAP, ACK, "00");
    open_ipcp(&d);
    assert_int_equal(d.net.mtu, 1500);
    assert_int_equal(l2s_ppp_data_header(d.ppp, header), 4);
    desk_down(&d);
}

static void a_malformed_request_changes_nothing(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    desk_ask(&d, LCP, 0, "01040514 0304c023", ACK, "01040514 0304c023");
    size_t before = d.n;
    assert_int_equal(desk_hear_packet(&d, LCP, REQ, 1, "010403e8 0506"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, LCP, REQ, 1, "010403e8 0501"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, LCP, NAK, desk_last(&d, LCP, REQ)->id, "010403e8 05"),
                     L2TPSEC_DROP_MALFORMED);
    assert_int_equal(d.n, before);
    desk_ack(&d, LCP);
    assert_int_equal(desk_count(&d, PAP, REQ), 1); /* it is open, with what was agreed */
    desk_reply(&d, PAP, ACK, "00");
    open_ipcp(&d);
    assert_int_equal(d.net.mtu, 1300);
    desk_down(&d);
}

static void a_peer_that_begins_anew_has_no_more_time_than_the_first(void **state)
{
    struct desk d;

    (void)state;
    up(&d);
    fake_advance(&d.f, 20 * L2S_SECOND);
    desk_ask(&d, LCP, 9, "0304c023", ACK, "0304c023");
    assert_false(l2s_ppp_open(d.ppp)); /* no packet passes what is not proven again */
    desk_ack(&d, LCP);
    fake_advance(&d.f, 61 * L2S_SECOND);
    assert_int_equal(d.downs, 1);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    desk_down(&d);
}

static void only_ipcp_anew_has_its_time_too(void **state)
{
    struct desk d;

    (void)state;
    up(&d);
    desk_ask(&d, IPCP, 9, "03060a000002", ACK, "03060a000002");
    assert_false(l2s_ppp_open(d.ppp));
    desk_reply(&d, IPCP, NAK, "03060a000007 810609090909 83060909090a");
    desk_ack(&d, IPCP);
    assert_true(l2s_ppp_open(d.ppp));
    assert_int_equal(d.ups, 2);
    desk_ask(&d, IPCP, 10, "03060a000001", ACK, "03060a000001");
    for (unsigned i = 0; i < 61; i++) { /* the peer lives, but says no more of IPCP */
        (void)desk_hear_packet(&d, LCP, ECHO_REQ, (uint8_t)i, "00000000");
        fake_advance(&d.f, L2S_SECOND);
    }
    assert_int_equal(d.downs, 1);
    desk_down(&d);
}

/* ---- the peer's interface comes up a moment after IPCP --------------------------------------------------------- */

/* IPCP is open on our side, and the peer answers no echo. */
static void unsettled(struct desk *d)
{
    dial(d, L2S_AUTH_PAP);
    d->no_echo = true;
    open_lcp(d, "0304c023");
    desk_reply(d, PAP, ACK, "00");
    agree_on_ipcp(d);
    assert_int_equal(d->ups, 0);
    assert_int_equal(desk_count(d, LCP, ECHO_REQ), 1);
}

static void up_is_said_when_the_peer_answers_an_echo(void **state)
{
    struct desk d;

    (void)state;
    unsettled(&d);
    fake_advance(&d.f, 400 * L2S_MS);
    assert_int_equal(d.ups, 0);
    (void)desk_hear_packet(&d, LCP, ECHO_REP, desk_last(&d, LCP, ECHO_REQ)->id, "00000000");
    assert_int_equal(d.ups, 1);
    fake_advance(&d.f, 29 * L2S_SECOND);
    assert_int_equal(d.ups, 1);
    assert_int_equal(desk_count(&d, LCP, ECHO_REQ), 1);
    fake_advance(&d.f, 2 * L2S_SECOND); /* silence is questioned as ever */
    assert_int_equal(desk_count(&d, LCP, ECHO_REQ), 2);
    desk_down(&d);
}

static void up_is_said_when_the_peer_sends_a_packet(void **state)
{
    static const uint8_t frame[] = {0xff, 0x03, 0x00, 0x21, 0x45};
    struct desk d;

    (void)state;
    unsettled(&d);
    assert_int_equal(desk_hear(&d, frame, sizeof frame), 0);
    assert_int_equal(d.ups, 1);
    desk_down(&d);
}

static void up_is_said_though_the_peer_answers_no_echo(void **state)
{
    struct desk d;

    (void)state;
    unsettled(&d);
    fake_advance(&d.f, 1499 * L2S_MS);
    assert_int_equal(d.ups, 0);
    assert_int_equal(desk_count(&d, LCP, ECHO_REQ), 3);
    fake_advance(&d.f, 2 * L2S_MS);
    assert_int_equal(d.ups, 1);
    desk_down(&d);
}

static void a_link_that_is_closed_before_it_was_up_is_never_up(void **state)
{
    struct desk d;

    (void)state;
    unsettled(&d);
    l2s_ppp_close(d.ppp);
    (void)desk_hear_packet(&d, LCP, ECHO_REP, desk_last(&d, LCP, ECHO_REQ)->id, "00000000");
    fake_advance(&d.f, 10 * L2S_SECOND);
    assert_int_equal(d.ups, 0);
    assert_int_equal(d.downs, 1);
    desk_down(&d);
    unsettled(&d);
    desk_ask(&d, IPCP, 9, "03060a000002", ACK, "03060a000002"); /* and one that begins anew is not up yet */
    (void)desk_hear_packet(&d, LCP, ECHO_REP, desk_last(&d, LCP, ECHO_REQ)->id, "00000000");
    fake_advance(&d.f, 10 * L2S_SECOND);
    assert_int_equal(d.ups, 0);
    desk_down(&d);
}

/* ---- passwords that come later --------------------------------------------------------------------------------- */

static void a_client_may_know_its_pap_password_later(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    d.later = true;
    open_lcp(&d, "0304c023");
    fake_advance(&d.f, 20 * L2S_SECOND);
    assert_int_equal(d.asked, 1);
    assert_int_equal(desk_count(&d, PAP, REQ), 0);
    assert_int_equal(l2s_ppp_answer(d.ppp, WONDERLAND, false), L2TPSEC_OK);
    assert_int_equal(desk_count(&d, PAP, REQ), 1);
    assert_memory_equal(desk_last(&d, PAP, REQ)->body, "\5alice\12wonderland", 17);
    assert_int_equal(l2s_ppp_answer(d.ppp, WONDERLAND, false), L2TPSEC_ENOENT);
    desk_reply(&d, PAP, ACK, "00");
    assert_int_equal(d.authenticated, 1);
    desk_down(&d);
}

/* RFC 1334, 2.2.1: each repetition has an id of its own; the peer may be slow to answer the first. */
static void a_pap_verdict_may_be_of_any_request_sent(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    open_lcp(&d, "0304c023");
    uint8_t first = desk_last(&d, PAP, REQ)->id;
    fake_advance(&d.f, 2500 * L2S_MS);
    uint8_t last = desk_last(&d, PAP, REQ)->id;
    assert_int_equal((uint8_t)(last - first), 2);
    assert_int_equal(desk_hear_packet(&d, PAP, ACK, (uint8_t)(first - 1), "00"), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(desk_hear_packet(&d, PAP, ACK, (uint8_t)(last + 1), "00"), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(d.authenticated, 0);
    assert_int_equal(desk_hear_packet(&d, PAP, ACK, first, "00"), 0);
    assert_int_equal(d.authenticated, 1);
    desk_down(&d);
}

/* RFC 1994, 2: the peer may be challenged again at any time. */
static void a_challenge_in_session_may_be_answered_later(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_CHAP_MD5);
    open_lcp(&d, "0305c22305");
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, "10 00112233445566778899aabbccddeeff 6c6e73"), 0);
    assert_int_equal(desk_count(&d, CHAP, 2), 1);
    assert_int_equal(desk_hear_packet(&d, CHAP, 3, 7, ""), 0);
    open_ipcp(&d);
    d.later = true;
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 8, "10 ffeeddccbbaa99887766554433221100 6c6e73"), 0);
    assert_int_equal(desk_count(&d, CHAP, 2), 1);
    assert_true(l2s_ppp_open(d.ppp));
    assert_int_equal(l2s_ppp_answer(d.ppp, WONDERLAND, false), L2TPSEC_OK);
    assert_int_equal(desk_count(&d, CHAP, 2), 2);
    assert_int_equal(desk_last(&d, CHAP, 2)->id, 8);
    assert_int_equal(l2s_ppp_answer(d.ppp, WONDERLAND, false), L2TPSEC_ENOENT);
    assert_int_equal(desk_hear_packet(&d, CHAP, 3, 8, ""), 0);
    assert_int_equal(d.downs, 0);
    desk_down(&d);
}

static void be_silent_until_asked(struct desk *d)
{
    unsigned before = desk_count(d, LCP, ECHO_REQ);

    fake_advance(&d->f, 31 * L2S_SECOND);
    assert_int_equal(desk_count(d, LCP, ECHO_REQ), before + 1);
    (void)desk_hear_packet(d, LCP, ECHO_REP, desk_last(d, LCP, ECHO_REQ)->id, "00000000");
}

/* What is needed for authenticating is not there while nobody asks for it. */
static void a_challenge_in_session_finds_what_was_put_away(void **state)
{
    static const char challenge[] = "10 ffeeddccbbaa99887766554433221100 6c6e73";
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_CHAP_MD5);
    open_lcp(&d, "0305c22305");
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, "10 00112233445566778899aabbccddeeff 6c6e73"), 0);
    assert_int_equal(desk_hear_packet(&d, CHAP, 3, 7, ""), 0);
    assert_non_null(d.ppp->auth);
    open_ipcp(&d);
    assert_int_equal(d.ups, 1);
    assert_null(d.ppp->auth);
    assert_int_equal(l2s_ppp_auth_method(d.ppp), L2S_AUTH_CHAP_MD5);
    assert_int_equal(l2s_ppp_answer(d.ppp, WONDERLAND, false), L2TPSEC_ENOENT);
    assert_int_equal(desk_hear_packet(&d, CHAP, 3, 7, ""), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(desk_hear_packet(&d, CHAP, 4, 7, ""), L2TPSEC_DROP_DUPLICATE); /* nor does a late Failure count */
    d.f.fail_alloc_at = 1;
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 8, challenge), L2TPSEC_DROP_NO_MEMORY);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(desk_hear_packet(&d, CHAP, 1, (uint8_t)(8 + i), challenge), 0);
        assert_int_equal(desk_count(&d, CHAP, 2), 1 + i);
        assert_non_null(d.ppp->auth);
        assert_int_equal(desk_hear_packet(&d, CHAP, 3, (uint8_t)(8 + i), ""), 0);
        be_silent_until_asked(&d);
        assert_null(d.ppp->auth);
    }
    assert_true(l2s_ppp_open(d.ppp));
    assert_int_equal(d.authenticated, 1);
    desk_down(&d);
}

static void the_longest_challenge_is_answered(void **state)
{
    struct desk d;
    uint8_t frame[2 + 2 + 4 + 1 + 255] = {
        0xff, 3, CHAP >> 8, CHAP & 0xff, 1, 7, (4 + 1 + 255) >> 8, (4 + 1 + 255) & 0xff, 255};

    (void)state;
    dial(&d, L2S_AUTH_CHAP_MD5);
    open_lcp(&d, "0305c22305");
    assert_int_equal(desk_hear(&d, frame, sizeof frame), 0);
    assert_int_equal(desk_count(&d, CHAP, 2), 1);
    desk_down(&d);
}

/* Only MS-CHAPv2 shows that the server knows the password, too; without any it may be anybody with the group's PSK. */
static void a_server_that_asks_for_nothing_does_not_get_past_mutual_proof(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2);
    open_lcp(&d, "");
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
    fake_advance(&d.f, 10 * L2S_SECOND);
    assert_int_equal(d.downs, 1);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_MUTUAL);
    assert_int_equal(d.authenticated, 0);
    desk_down(&d);
    dial(&d, L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5); /* who would do without that proof may do without any */
    open_lcp(&d, "");
    assert_int_equal(d.authenticated, 1);
    desk_down(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_later_request_leaves_out_is_at_its_default),
        cmocka_unit_test(a_malformed_request_changes_nothing),
        cmocka_unit_test(a_second_copy_of_an_acknowledgement_is_no_event),
        cmocka_unit_test(a_peer_that_begins_anew_has_no_more_time_than_the_first),
        cmocka_unit_test(only_ipcp_anew_has_its_time_too),
        cmocka_unit_test(up_is_said_when_the_peer_answers_an_echo),
        cmocka_unit_test(up_is_said_when_the_peer_sends_a_packet),
        cmocka_unit_test(up_is_said_though_the_peer_answers_no_echo),
        cmocka_unit_test(a_link_that_is_closed_before_it_was_up_is_never_up),
        cmocka_unit_test(a_client_may_know_its_pap_password_later),
        cmocka_unit_test(a_pap_verdict_may_be_of_any_request_sent),
        cmocka_unit_test(a_challenge_in_session_may_be_answered_later),
        cmocka_unit_test(a_challenge_in_session_finds_what_was_put_away),
        cmocka_unit_test(the_longest_challenge_is_answered),
        cmocka_unit_test(a_server_that_asks_for_nothing_does_not_get_past_mutual_proof),
    };

    return cmocka_run_group_tests_name("PPP in the wrong order", tests, NULL, NULL);
}
