/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What comes twice, too late, broken, or all over again. */
#include "ppp/link.h"
#include "unit/ppp/desk.h"

#include <stdio.h>
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

/* More options than an answer has room for, in a layer that is open: what was agreed on stays agreed on. */
static void a_request_too_long_to_answer_changes_nothing(void **state)
{
    uint8_t frame[4 + 4 + 516] = {0xff, 0x03, 0xc0, 0x21, REQ, 9, 0, 4 + 4};
    struct desk d = {0};

    (void)state;
    d.give = (struct l2s_ppp_net){.local = {10, 0, 0, 1}, .peer = {10, 0, 0, 7}};
    desk_up(&d, true, L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5, "lns");
    desk_ask(&d, LCP, 0, "", ACK, "");
    desk_reply(&d, LCP, NAK, "0305c22305");
    desk_ack(&d, LCP);
    assert_int_equal(d.ppp->lcp.ask_auth, L2S_AUTH_CHAP_MD5);
    uint32_t magic = d.ppp->lcp.magic;
    for (size_t i = 0; i < 516; i += 4)
        memcpy(frame + 8 + i, "\x63\4\0\0", 4);
    frame[6] = (4 + 516) >> 8;
    frame[7] = (4 + 516) & 0xff;
    assert_int_equal(desk_hear(&d, frame, sizeof frame), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(d.ppp->lcp.ask_auth, L2S_AUTH_CHAP_MD5);
    assert_int_equal(d.ppp->lcp.magic, magic);
    assert_int_equal(d.ppp->lcp.cp.state, L2S_CP_OPENED);
    desk_down(&d);
}

/* A Nak may be longer than what it is about; what it has no room for is rejected. */
static void a_request_whose_nak_would_be_too_long_is_answered(void **state)
{
    uint8_t frame[4 + 4 + 508] = {0xff, 0x03, 0xc0, 0x21, REQ, 9, (4 + 508) >> 8, (4 + 508) & 0xff};
    struct desk d;

    (void)state;
    up(&d);
    for (size_t i = 0; i < 508; i += 2)
        memcpy(frame + 8 + i, "\3\2", 2); /* an authentication protocol of no bytes */
    assert_int_equal(desk_hear(&d, frame, sizeof frame), 0);
    assert_int_equal(desk_count(&d, LCP, REJ), 1);
    assert_int_equal(d.ppp->lcp.cp.state, L2S_CP_REQ_SENT);
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

/* What a host that knows no such user says is no password at all. */
static void a_server_may_find_out_later_that_a_pap_user_is_unknown(void **state)
{
    struct desk d;

    (void)state;
    memset(&d, 0, sizeof d);
    desk_up(&d, true, L2S_AUTH_PAP, "lns");
    d.later = true;
    desk_ask(&d, LCP, 1, "01040578", ACK, "01040578");
    desk_ack(&d, LCP);
    assert_int_equal(desk_hear_packet(&d, PAP, REQ, 7, "05616c696365 0a776f6e6465726c616e64"), 0);
    assert_int_equal(desk_count(&d, PAP, NAK), 0);
    assert_int_equal(l2s_ppp_answer(d.ppp, NULL, 0, false), L2TPSEC_OK);
    assert_int_equal(desk_count(&d, PAP, NAK), 1);
    assert_int_equal(d.authenticated, 0);
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

/* The memory of a Change-Password is used again for the next one; that none is lost is seen when the link goes. */
static void a_challenge_behind_a_change_of_password_has_another_change(void **state)
{
    enum { CHALLENGE = 1, FAILURE = 4, CHANGE = 7 };
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2);
    open_lcp(&d, "0305c22381");
    assert_int_equal(desk_hear_packet(&d, CHAP, CHALLENGE, 5, "10 000102030405060708090a0b0c0d0e0f 6c6e73"), 0);
    d.password = "looking glass";
    assert_int_equal(desk_hear_packet(&d, CHAP, FAILURE, 5, /* E=648 R=0 C=... V=3 M=old */
                                      "453d36343820523d3020433d"
                                      "3030313132323333343435353636373738383939414142424343444445454646"
                                      "20563d33204d3d6f6c64"),
                     0);
    assert_int_equal(desk_count(&d, CHAP, CHANGE), 1);
    d.password = "red queen";
    assert_int_equal(desk_hear_packet(&d, CHAP, CHALLENGE, 9, "10 0f0e0d0c0b0a09080706050403020100 6c6e73"), 0);
    assert_int_equal(desk_count(&d, CHAP, CHANGE), 2);
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

/* ---- out of place ------------------------------------------------------------------------------------------------ */

static void only_an_ack_or_a_nak_is_a_verdict(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    open_lcp(&d, "0304c023");
    uint8_t id = desk_last(&d, PAP, REQ)->id;
    for (unsigned code = 0; code < 256; code++)
        if (code != ACK && code != NAK)
            assert_int_equal(desk_hear_packet(&d, PAP, (uint8_t)code, id, "00"), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(d.downs, 0);
    assert_int_equal(desk_hear_packet(&d, PAP, ACK, id, "00"), 0);
    assert_int_equal(d.authenticated, 1);
    desk_down(&d);
}

/* Once we know why it failed, what the peer says when it hangs up is not the reason. */
static void a_goodbye_after_a_failure_is_not_its_reason(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    open_lcp(&d, "0304c023");
    desk_reply(&d, PAP, NAK, "00");
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
    (void)desk_hear_packet(&d, LCP, TERM_REQ, 9, "21436587 003ccd74 000002dc");
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
    fake_advance(&d.f, 30 * L2S_SECOND);
    assert_int_equal(d.downs, 1);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    assert_int_equal(d.why.peer_code, 0);
    desk_down(&d);
}

static void what_is_over_says_no_more(void **state)
{
    struct desk d;

    (void)state;
    up(&d);
    l2s_ppp_close(d.ppp);
    (void)desk_hear_packet(&d, LCP, TERM_ACK, desk_last(&d, LCP, TERM_REQ)->id, "");
    fake_advance(&d.f, 30 * L2S_SECOND);
    assert_int_equal(d.downs, 1);
    size_t before = d.n;
    l2s_ppp_close(d.ppp);
    assert_int_equal(desk_hear_packet(&d, LCP, REQ, 1, "0304c023"), L2TPSEC_DROP_PHASE);
    assert_int_equal(desk_hear_packet(&d, LCP, ECHO_REQ, 1, "00000000"), L2TPSEC_DROP_PHASE);
    l2s_ppp_emit(d.ppp, LCP, (const uint8_t *)"\x09\x01\x00\x08\x00\x00\x00\x00", 8);
    fake_advance(&d.f, 60 * L2S_SECOND);
    assert_int_equal(d.n, before);
    assert_int_equal(d.downs, 1);
    desk_down(&d);
}

/* The length inside counts from the code on, so it is four at least, and no longer than what came. */
static void a_length_that_cannot_be_is_told_from_one_that_does_not_fit(void **state)
{
    static const struct {
        const char *packet;
        uint32_t drop;
    } cases[] = {
        {"01 07 0000 10", L2TPSEC_DROP_SHORT},     {"01 07 0003 10", L2TPSEC_DROP_SHORT},
        {"01 07 00", L2TPSEC_DROP_SHORT},          {"01 07 0004", L2TPSEC_DROP_MALFORMED},
        {"01 07 0006 10", L2TPSEC_DROP_MALFORMED},
    };
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_CHAP_MD5);
    desk_ask(&d, LCP, 0, "0305c22305", ACK, "0305c22305");
    desk_ack(&d, LCP);
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t frame[32] = {0xff, 0x03, 0xc2, 0x23};
        size_t n = fake_hex(cases[i].packet, frame + 4, sizeof frame - 4);
        assert_int_equal(desk_hear(&d, frame, 4 + n), cases[i].drop);
    }
    assert_int_equal(d.asked, 0);
    desk_down(&d);
}

static void an_mru_of_another_length_than_two_bytes_is_rejected(void **state)
{
    static const char *const options[] = {"0102", "010305", "01050578 00"};
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    for (uint8_t i = 0; i < L2S_COUNT_OF(options); i++)
        desk_ask(&d, LCP, i, options[i], REJ, options[i]);
    desk_down(&d);
}

/* PAP: any other password is refused, also one as long as the right one. */
static void a_password_that_differs_in_one_letter_is_refused(void **state)
{
    static const char *const requests[] = {
        "05 616c696365 0a 776f6e6465726c616e64",   "05 616c696365 0a 776f6e6465726c616e65",
        "05 616c696365 0a 576f6e6465726c616e64",   "05 616c696365 09 776f6e6465726c616e",
        "05 616c696365 0b 776f6e6465726c616e6431", "05 616c696365 00"};

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(requests); i++) { /* "wonderland", and what is not */
        struct desk d = {.n = 0};
        desk_up(&d, true, L2S_AUTH_PAP, "lns");
        desk_ask(&d, LCP, 0, "01040578", ACK, "01040578");
        desk_ack(&d, LCP);
        assert_int_equal(desk_hear_packet(&d, PAP, REQ, 1, requests[i]), 0);
        assert_int_equal(d.authenticated, i == 0);
        assert_int_equal(desk_count(&d, PAP, ACK), i == 0);
        assert_int_equal(desk_count(&d, PAP, NAK), i != 0);
        desk_down(&d);
    }
}

static void an_ipcp_option_of_another_length_than_four_bytes_is_rejected(void **state)
{
    static const char *const options[] = {"0302", "0305 0a0000", "0307 0a000001 00", "8105 090909"};
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    open_lcp(&d, "0304c023");
    desk_reply(&d, PAP, ACK, "00");
    for (uint8_t i = 0; i < L2S_COUNT_OF(options); i++)
        desk_ask(&d, IPCP, i, options[i], REJ, options[i]);
    open_ipcp(&d);
    desk_down(&d);
}

static void an_ipv6_identifier_is_taken_over_if_it_is_one(void **state)
{
    struct desk d;
    char ours[2 * 8 + 1];

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    d.cfg.ipv6 = true;
    open_lcp(&d, "0304c023");
    desk_reply(&d, PAP, ACK, "00");
    const struct said *s = desk_last(&d, IPV6CP, REQ);
    assert_non_null(s);
    assert_int_equal(s->n, 10);
    for (unsigned i = 0; i < 8; i++)
        (void)snprintf(ours + 2 * i, 3, "%02x", s->body[2 + i]);
    char same[24];
    (void)snprintf(same, sizeof same, "010a%s", ours);
    desk_reply(&d, IPV6CP, NAK, "010a 0000000000000000");
    desk_wants(&d, IPV6CP, same);
    desk_reply(&d, IPV6CP, NAK, "0109 01020304050607");
    desk_wants(&d, IPV6CP, same);
    desk_reply(&d, IPV6CP, NAK, "010b 010203040506070809");
    desk_wants(&d, IPV6CP, same);
    desk_reply(&d, IPV6CP, NAK, "010a 0102030405060708");
    desk_wants(&d, IPV6CP, "010a 0102030405060708");
    desk_down(&d);
}

/* RFC 1661, 5.7: what is rejected is told, as far as it goes. */
static void a_rejection_has_all_of_what_is_rejected(void **state)
{
    static const uint8_t frame[] = {0xff, 0x03, 0x82, 0x35, 0x7e, 0x7d};
    struct desk d;

    (void)state;
    up(&d);
    for (size_t n = 0; n <= 2; n++) {
        assert_int_equal(desk_hear(&d, frame, 4 + n), L2TPSEC_DROP_UNKNOWN_PROTOCOL);
        const struct said *s = desk_last(&d, LCP, PROTO_REJ);
        assert_non_null(s);
        assert_int_equal(s->n, 2 + n);
        assert_memory_equal(s->body, frame + 2, 2 + n);
    }
    desk_down(&d);
}

static void a_magic_number_that_is_refused_gives_way_to_another(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_PAP);
    const struct said *s = desk_last(&d, LCP, REQ);
    uint8_t before[sizeof s->body];
    size_t n = s->n;
    memcpy(before, s->body, n);
    desk_reply(&d, LCP, NAK, "0506 11223344");
    desk_wants(&d, LCP, "01040578 050600000000");
    assert_int_equal(desk_last(&d, LCP, REQ)->n, n);
    assert_memory_not_equal(desk_last(&d, LCP, REQ)->body, before, n);
    desk_down(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_later_request_leaves_out_is_at_its_default),
        cmocka_unit_test(a_malformed_request_changes_nothing),
        cmocka_unit_test(a_request_too_long_to_answer_changes_nothing),
        cmocka_unit_test(a_request_whose_nak_would_be_too_long_is_answered),
        cmocka_unit_test(a_second_copy_of_an_acknowledgement_is_no_event),
        cmocka_unit_test(a_peer_that_begins_anew_has_no_more_time_than_the_first),
        cmocka_unit_test(only_ipcp_anew_has_its_time_too),
        cmocka_unit_test(up_is_said_when_the_peer_answers_an_echo),
        cmocka_unit_test(up_is_said_when_the_peer_sends_a_packet),
        cmocka_unit_test(up_is_said_though_the_peer_answers_no_echo),
        cmocka_unit_test(a_link_that_is_closed_before_it_was_up_is_never_up),
        cmocka_unit_test(a_client_may_know_its_pap_password_later),
        cmocka_unit_test(a_server_may_find_out_later_that_a_pap_user_is_unknown),
        cmocka_unit_test(a_pap_verdict_may_be_of_any_request_sent),
        cmocka_unit_test(a_challenge_in_session_may_be_answered_later),
        cmocka_unit_test(a_challenge_in_session_finds_what_was_put_away),
        cmocka_unit_test(a_challenge_behind_a_change_of_password_has_another_change),
        cmocka_unit_test(the_longest_challenge_is_answered),
        cmocka_unit_test(a_server_that_asks_for_nothing_does_not_get_past_mutual_proof),
        cmocka_unit_test(only_an_ack_or_a_nak_is_a_verdict),
        cmocka_unit_test(a_goodbye_after_a_failure_is_not_its_reason),
        cmocka_unit_test(what_is_over_says_no_more),
        cmocka_unit_test(a_length_that_cannot_be_is_told_from_one_that_does_not_fit),
        cmocka_unit_test(an_mru_of_another_length_than_two_bytes_is_rejected),
        cmocka_unit_test(a_password_that_differs_in_one_letter_is_refused),
        cmocka_unit_test(an_ipcp_option_of_another_length_than_four_bytes_is_rejected),
        cmocka_unit_test(an_ipv6_identifier_is_taken_over_if_it_is_one),
        cmocka_unit_test(a_rejection_has_all_of_what_is_rejected),
        cmocka_unit_test(a_magic_number_that_is_refused_gives_way_to_another),
    };

    return cmocka_run_group_tests_name("PPP in the wrong order", tests, NULL, NULL);
}
