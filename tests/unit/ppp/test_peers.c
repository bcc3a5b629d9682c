/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The dialogues of Windows, Apple, Android, MikroTik and RRAS, as logs in public show them. */
#include "ppp/auth/mschap.h"
#include "ppp/link.h"
#include "unit/ppp/desk.h"

#include <stdio.h>
#include <string.h>

#define PASSWORD "wonderland"
#define PEER_CHALLENGE "00112233445566778899aabbccddeeff"

static const struct l2s_ppp_net pool = {
    .local = {10, 0, 0, 1}, .peer = {10, 0, 0, 7}, .dns = {{9, 9, 9, 9}, {9, 9, 9, 10}}};

static void hex(char *out, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", ((const uint8_t *)p)[i]);
}

static struct l2s_mschap proof_of(struct desk *d, const uint8_t *ours, const uint8_t *theirs)
{
    return (struct l2s_mschap){.crypto = d->crypto,
                               .auth_challenge = ours,
                               .peer_challenge = theirs,
                               .name = (const uint8_t *)"alice",
                               .name_len = 5,
                               .password = (const uint8_t *)PASSWORD,
                               .password_len = sizeof PASSWORD - 1};
}

/* A client answers our server's challenge, with a domain in front of its name or not. */
static void prove_flagged(struct desk *d, const char *name, const char *flags)
{
    const struct said *challenge = desk_last(d, CHAP, 1);
    uint8_t peer[16], response[L2S_MSCHAP_RESPONSE];
    char body[300], tail[2 * sizeof response + 1], who[100];

    assert_non_null(challenge);
    assert_int_equal(challenge->body[0], 16);
    fake_hex(PEER_CHALLENGE, peer, sizeof peer);
    struct l2s_mschap m = proof_of(d, challenge->body + 1, peer);
    assert_int_equal(l2s_mschap_response(&m, response), L2TPSEC_OK);
    hex(tail, response, sizeof response);
    hex(who, name, strlen(name));
    (void)snprintf(body, sizeof body, "31" PEER_CHALLENGE "0000000000000000%s%s%s", tail, flags, who);
    assert_int_equal(desk_hear_packet(d, CHAP, 2, challenge->id, body), 0);
    assert_int_equal(desk_count(d, CHAP, 3), 1);
    assert_int_equal(d->authenticated, 1);
}

static void prove(struct desk *d, const char *name)
{
    prove_flagged(d, name, "00");
    assert_int_equal(desk_last(d, CHAP, 3)->n, L2S_MSCHAP_PROOF + 17); /* " M=Access granted" */
}

/* A server challenges our client, and is content. Microsoft's has no name. */
static void challenge_of(struct desk *d, const char *name)
{
    char body[100], who[60];

    hex(who, name, strlen(name));
    if (name[0] == '\0')
        who[0] = '\0';
    (void)snprintf(body, sizeof body, "10" PEER_CHALLENGE "%s", who);
    assert_int_equal(desk_hear_packet(d, CHAP, 1, 0x2a, body), 0);
}

static void success(struct desk *d)
{
    const struct said *response = desk_last(d, CHAP, 2);
    uint8_t challenge[16], proof[L2S_MSCHAP_PROOF];
    char body[200], words[2 * sizeof proof + 1];

    assert_non_null(response);
    assert_int_equal(response->body[0], 49);
    fake_hex(PEER_CHALLENGE, challenge, sizeof challenge);
    struct l2s_mschap m = proof_of(d, challenge, response->body + 1);
    assert_int_equal(l2s_mschap_proof(&m, response->body + 25, proof), L2TPSEC_OK);
    hex(words, proof, sizeof proof);
    (void)snprintf(body, sizeof body, "%s204d3d57656c636f6d65", words); /* " M=Welcome" */
    assert_int_equal(desk_hear_packet(d, CHAP, 3, response->id, body), 0);
    assert_int_equal(d->authenticated, 1);
}

static void serve(struct desk *d)
{
    *d = (struct desk){.give = pool};
    desk_up(d, true, L2S_AUTH_MSCHAPV2, "lns");
    desk_wants(d, LCP, "01040578 0305c22381 050600000000");
}

static void dial(struct desk *d, uint32_t auth)
{
    *d = (struct desk){.n = 0};
    desk_up(d, false, auth, "alice");
    desk_wants(d, LCP, "01040578 050600000000");
}

static void ask_in_vain(struct desk *d, uint16_t protocol, const char *options)
{
    unsigned said = desk_refusals(d, protocol), lcp = desk_count(d, LCP, PROTO_REJ);

    assert_int_equal(desk_hear_packet(d, protocol, REQ, 5, options), L2TPSEC_DROP_UNKNOWN_PROTOCOL);
    assert_int_equal(desk_refusals(d, protocol), said + 1);
    assert_int_equal(desk_count(d, LCP, PROTO_REJ), lcp + 1);
    assert_int_equal(d->downs, 0);
}

/* The addresses are right on our side, and nothing was said that hangs up. */
static void is_up(const struct desk *d, const uint8_t local[4], const uint8_t peer[4], uint16_t mtu)
{
    assert_int_equal(d->ups, 1);
    assert_int_equal(d->downs, 0);
    assert_memory_equal(d->net.local, local, 4);
    assert_memory_equal(d->net.peer, peer, 4);
    assert_int_equal(d->net.mtu, mtu);
    assert_int_equal(desk_count(d, LCP, TERM_REQ), 0);
    assert_int_equal(desk_count(d, LCP, CODE_REJ), 0);
    assert_int_equal(desk_count(d, IPCP, CODE_REJ), 0);
    assert_int_equal(desk_count(d, IPCP, TERM_ACK), 0);
}

static void served(const struct desk *d, uint16_t mtu)
{
    is_up(d, pool.local, pool.peer, mtu);
    assert_int_equal(d->user_len >= 5, 1);
}

/* ---- clients ---- */

#define ENDPOINT "1317 01 00000000000000000000000000000000000000aa"

static void windows_dials_in(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    /* MRU, magic, PFC, ACFC; callback 6, MRRU 1614, endpoint discriminator */
    desk_ask(&d, LCP, 0, "01040578 050621436587 0702 0802 0d0306 1104064e" ENDPOINT, REJ, "0d0306 1104064e" ENDPOINT);
    desk_ask(&d, LCP, 1, "01040578 050621436587 0702 0802", ACK, "01040578 050621436587 0702 0802");
    desk_ack(&d, LCP);
    size_t before = d.n;
    assert_int_equal(desk_hear_packet(&d, LCP, 12, 2, "21436587 4d535241535635 2e3230"), 0);  /* MSRASV5.20 */
    assert_int_equal(desk_hear_packet(&d, LCP, 12, 3, "21436587 4d535241532d302d504331"), 0); /* MSRAS-0-PC1 */
    assert_int_equal(desk_hear_packet(&d, LCP, 12, 4, "21436587 6b1fd0a9f3b4c84e8d1d0f2e6a7b8c9d"), 0);
    assert_int_equal(d.n, before); /* not a word */
    prove(&d, "OFFICE\\alice");
    assert_int_equal(d.user_len, 12);
    ask_in_vain(&d, IPV6CP, "010a 0123456789abcdef");
    ask_in_vain(&d, CCP, "1206 01000001");
    ask_in_vain(&d, IPV6CP, "010a 0123456789abcdef"); /* it repeats */
    desk_ask(&d, IPCP, 6, "030600000000 810600000000 820600000000 830600000000 840600000000", REJ,
             "820600000000 840600000000"); /* WINS */
    desk_ask(&d, IPCP, 7, "030600000000 810600000000 830600000000", NAK, "03060a000007 810609090909 83060909090a");
    desk_wants(&d, IPCP, "03060a000001");
    desk_ack(&d, IPCP);
    assert_int_equal(d.ups, 0);
    desk_ask(&d, IPCP, 8, "03060a000007 810609090909 83060909090a", ACK, "03060a000007 810609090909 83060909090a");
    served(&d, 1400);
    /* and ends CCP, which it was told is not there; the link stays */
    (void)desk_hear_packet(&d, CCP, TERM_REQ, 9, "21436587 003ccd74 000002de");
    served(&d, 1400);
    /* its goodbye says why */
    assert_int_equal(desk_hear_packet(&d, LCP, TERM_REQ, 10, "21436587 003ccd74 000002dc"), 0);
    assert_int_equal(desk_count(&d, LCP, TERM_ACK), 1);
    fake_advance(&d.f, 10 * L2S_SECOND);
    assert_int_equal(d.downs, 1);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    assert_int_equal(d.why.peer_code, 732);
    desk_down(&d);
}

/* At the end of LCP and of the proof. */
static void serve_until_ipcp(struct desk *d)
{
    desk_ack(d, LCP);
    desk_ask(d, LCP, 0, "01040578 050621436587", ACK, "01040578 050621436587");
    prove(d, "alice");
    desk_ack(d, IPCP);
}

/* It asks for its old address again, and for nothing else. */
static void windows_is_given_the_address_that_is_its_own(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    serve_until_ipcp(&d);
    desk_ask(&d, IPCP, 1, "0306c0a80105", NAK, "03060a000007");
    desk_ask(&d, IPCP, 2, "03060a000007", ACK, "03060a000007");
    served(&d, 1400);
    desk_down(&d);
}

/* RFC 1877, 1: zeros ask for a server's address; acknowledged they would be one. */
static void a_dns_server_there_is_not_is_rejected(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    memset(d.give.dns[1], 0, 4);
    serve_until_ipcp(&d);
    desk_ask(&d, IPCP, 1, "030600000000 810600000000 830600000000", REJ, "830600000000");
    desk_ask(&d, IPCP, 2, "03060a000007 810609090909 830601020304", REJ, "830601020304");
    desk_ask(&d, IPCP, 3, "03060a000007 810609090909", ACK, "03060a000007 810609090909");
    served(&d, 1400);
    desk_down(&d);
}

/* One that was corrected has not agreed by leaving the address out. */
static void a_client_without_an_address_may_not_come_in(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    serve_until_ipcp(&d);
    desk_ask(&d, IPCP, 1, "", NAK, "03060a000007");
    desk_ask(&d, IPCP, 2, "0306c0a80105", NAK, "03060a000007");
    desk_ask(&d, IPCP, 3, "", NAK, "03060a000007");
    assert_int_equal(d.ups, 0);
    desk_ask(&d, IPCP, 4, "03060a000007", ACK, "03060a000007");
    served(&d, 1400);
    desk_down(&d);
}

static void windows_98_gets_the_proof_without_words(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    desk_ack(&d, LCP);
    desk_ask(&d, LCP, 0, "01040578 050621436587", ACK, "01040578 050621436587");
    prove_flagged(&d, "alice", "04");
    assert_int_equal(desk_last(&d, CHAP, 3)->n, L2S_MSCHAP_PROOF);
    desk_down(&d);
}

static void an_apple_dials_in(void **state)
{
    struct desk d;
    uint8_t header[4];

    (void)state;
    serve(&d);
    desk_ack(&d, LCP);
    desk_ask(&d, LCP, 1, "020600000000 0506076a3f11 0702 0802", ACK, "020600000000 0506076a3f11 0702 0802");
    assert_int_equal(desk_hear_packet(&d, LCP, ECHO_REQ, 0, "076a3f11"), 0); /* pppd, before it has proven itself */
    assert_int_equal(desk_count(&d, LCP, ECHO_REP), 1);
    prove(&d, "alice");
    desk_ask(&d, IPCP, 1, "030600000000 810600000000 830600000000", NAK, "03060a000007 810609090909 83060909090a");
    ask_in_vain(&d, IPV6CP, "010a 021b63fffea7b2c1");
    ask_in_vain(&d, ACSP, "010600000001 020600000001");
    desk_ask(&d, IPCP, 2, "03060a000007 810609090909 83060909090a", ACK, "03060a000007 810609090909 83060909090a");
    desk_ack(&d, IPCP);
    served(&d, 1500); /* it named no MRU */
    assert_int_equal(l2s_ppp_data_header(d.ppp, header), 1);
    assert_int_equal(header[0], 0x21);
    desk_down(&d);
}

static void an_android_dials_in(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    desk_ask(&d, LCP, 1, "01040578 020600000000 0506a1b2c3d4 0702 0802", ACK,
             "01040578 020600000000 0506a1b2c3d4 0702 0802");
    desk_ack(&d, LCP);
    prove(&d, "alice");
    ask_in_vain(&d, CCP, "1a047800 1804780015032f"); /* deflate, and bsd */
    desk_ask(&d, IPCP, 1, "0206002d0f01 030600000000 810600000000 830600000000", REJ, "0206002d0f01");
    desk_ask(&d, IPCP, 2, "030600000000 810600000000 830600000000", NAK, "03060a000007 810609090909 83060909090a");
    desk_ack(&d, IPCP);
    desk_ask(&d, IPCP, 3, "03060a000007 810609090909 83060909090a", ACK, "03060a000007 810609090909 83060909090a");
    served(&d, 1400);
    /* idle for half an hour: it hangs up */
    assert_int_equal(desk_hear_packet(&d, LCP, TERM_REQ, 2, "4c696e6b20696e616374697665"), 0);
    fake_advance(&d.f, 10 * L2S_SECOND);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    desk_down(&d);
}

/* ---- servers ---- */

static void a_mikrotik_is_dialled(void **state)
{
    static const uint8_t client[] = {192, 168, 89, 254}, server[] = {192, 168, 88, 1};
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2);
    /* MRU 1450, MS-CHAPv2, magic, MRRU 1600 */
    desk_ask(&d, LCP, 1, "010405aa 0305c22381 0506deadbeef 11040640", REJ, "11040640");
    desk_ask(&d, LCP, 2, "010405aa 0305c22381 0506deadbeef", ACK, "010405aa 0305c22381 0506deadbeef");
    desk_ack(&d, LCP);
    challenge_of(&d, "MikroTik");
    /* IPCP comes before we are told that all is well: neither answered nor ended */
    assert_int_equal(desk_hear_packet(&d, IPCP, REQ, 1, "0306c0a85801"), L2TPSEC_DROP_PHASE);
    assert_int_equal(desk_count(&d, IPCP, TERM_ACK) + desk_count(&d, IPCP, ACK), 0);
    success(&d);
    ask_in_vain(&d, CCP, "1206 01000060");
    ask_in_vain(&d, 0x8031, ""); /* BCP */
    ask_in_vain(&d, 0x8281, ""); /* MPLSCP */
    ask_in_vain(&d, IPV6CP, "010a 0000000000000001");
    ask_in_vain(&d, CCP, "1206 01000060");
    desk_wants(&d, IPCP, "030600000000 810600000000 830600000000");
    desk_ask(&d, IPCP, 2, "0306c0a85801", ACK, "0306c0a85801");
    desk_reply(&d, IPCP, REJ, "830600000000");
    desk_wants(&d, IPCP, "030600000000 810600000000");
    desk_reply(&d, IPCP, NAK, "0306c0a859fe 8106c0a85801");
    desk_wants(&d, IPCP, "0306c0a859fe 8106c0a85801");
    desk_ack(&d, IPCP);
    is_up(&d, client, server, 1450);
    assert_memory_equal(d.net.dns[0], server, 4);
    assert_int_equal(d.net.dns[1][0], 0);
    desk_down(&d);
}

static void a_mikrotik_without_dns_or_an_address_of_its_own_is_dialled(void **state)
{
    static const uint8_t client[] = {192, 168, 89, 254}, stub[] = {10, 64, 64, 64};
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2);
    desk_ask(&d, LCP, 1, "010405aa 0305c22381 0506deadbeef", ACK, "010405aa 0305c22381 0506deadbeef");
    desk_ack(&d, LCP);
    challenge_of(&d, "MikroTik");
    success(&d);
    desk_reply(&d, IPCP, REJ, "810600000000 830600000000");
    desk_reply(&d, IPCP, NAK, "0306c0a859fe");
    desk_wants(&d, IPCP, "0306c0a859fe");
    desk_ack(&d, IPCP);
    desk_ask(&d, IPCP, 1, "", ACK, "");
    is_up(&d, client, stub, 1450);
    assert_int_equal(d.net.dns[0][0] + d.net.dns[1][0], 0);
    desk_down(&d);
}

/* It was told of our stub, and would rather name none: the stub it is. */
static void a_server_whose_address_is_zero_gets_the_stub(void **state)
{
    static const uint8_t client[] = {192, 168, 89, 254}, stub[] = {10, 64, 64, 64};
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2);
    desk_ask(&d, LCP, 1, "0305c22381 0506deadbeef", ACK, "0305c22381 0506deadbeef");
    desk_ack(&d, LCP);
    challenge_of(&d, "lns");
    success(&d);
    desk_ask(&d, IPCP, 1, "030600000000", NAK, "03060a404040");
    desk_reply(&d, IPCP, NAK, "0306c0a859fe 8106c0a85801 8306c0a85801");
    desk_ack(&d, IPCP);
    desk_ask(&d, IPCP, 2, "", ACK, "");
    is_up(&d, client, stub, 1500);
    desk_down(&d);
}

static void rras_is_dialled_though_it_would_rather_have_eap(void **state)
{
    static const uint8_t client[] = {172, 16, 0, 9}, server[] = {172, 16, 0, 1};
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5);
    desk_ask(&d, LCP, 0, "01040578 0304c227 050611111111 0702 0802 0d0306 1104064e" ENDPOINT "17040002", REJ,
             "0d0306 1104064e" ENDPOINT "17040002");
    desk_ask(&d, LCP, 1, "01040578 0304c227 050611111111 0702 0802", NAK, "0305c22381");
    desk_reply(&d, LCP, NAK, "010405dc"); /* an old one will have 1500 of us */
    desk_wants(&d, LCP, "010405dc 050600000000");
    desk_ask(&d, LCP, 2, "01040578 0305c22381 050611111111 0702 0802", ACK,
             "01040578 0305c22381 050611111111 0702 0802");
    desk_ack(&d, LCP);
    challenge_of(&d, "");
    success(&d);
    assert_int_equal(d.method, L2S_AUTH_MSCHAPV2);
    ask_in_vain(&d, CCP, "1206 010000e1");
    ask_in_vain(&d, IPV6CP, "010a 0123456789abcdef");
    desk_ask(&d, IPCP, 3, "0206002d0f01 0306ac100001", REJ, "0206002d0f01");
    desk_ask(&d, IPCP, 4, "0306ac100001", ACK, "0306ac100001");
    desk_reply(&d, IPCP, NAK, "0306ac100009 8106ac100002 8306ac100003");
    desk_ack(&d, IPCP);
    is_up(&d, client, server, 1400);
    assert_memory_equal(d.net.dns[1], "\xac\x10\x00\x03", 4);
    /* it challenges again in session, and is answered without the link moving (RFC 1994, 4) */
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 0x2b, "10" PEER_CHALLENGE), 0);
    assert_int_equal(desk_count(&d, CHAP, 2), 2);
    is_up(&d, client, server, 1400);
    desk_down(&d);
}

/* Where a server knows EAP only there is no common way: that is said, and what it offered. */
static void a_server_of_eap_alone_is_left_with_a_reason(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2);
    desk_ack(&d, LCP);
    desk_ask(&d, LCP, 0, "0304c227 050611111111", NAK, "0305c22381");
    assert_int_equal(desk_hear_packet(&d, LCP, TERM_REQ, 1, ""), 0);
    fake_advance(&d.f, 20 * L2S_SECOND);
    assert_int_equal(d.ups, 0);
    assert_int_equal(d.downs, 1);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_METHOD);
    assert_string_equal(d.why.offered, "eap");
    desk_down(&d);
}

/* pppd that was refused its method drops the demand, opens LCP, and takes leave. */
static void a_server_that_opens_without_a_method_only_to_leave_is_left_with_a_reason(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5);
    desk_ack(&d, LCP);
    desk_ask(&d, LCP, 1, "01040578 0304c023 05069ac52c0c", NAK, "0305c22381");
    desk_ask(&d, LCP, 2, "01040578 05069ac52c0c", ACK, "01040578 05069ac52c0c");
    assert_int_equal(desk_hear_packet(&d, LCP, TERM_REQ, 3, ""), 0);
    fake_advance(&d.f, 20 * L2S_SECOND);
    assert_int_equal(d.downs, 1);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_METHOD);
    assert_string_equal(d.why.offered, "pap");
    desk_down(&d);
}

/* But one that goes on without is forgiven, and what goes wrong later has its own name. */
static void a_refused_method_is_forgotten_when_the_server_goes_on_without(void **state)
{
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5);
    desk_ack(&d, LCP);
    desk_ask(&d, LCP, 1, "0304c023", NAK, "0305c22381");
    desk_ask(&d, LCP, 2, "", ACK, "");
    desk_ask(&d, IPCP, 1, "03060a000001", ACK, "03060a000001");
    assert_int_equal(desk_hear_packet(&d, LCP, TERM_REQ, 3, ""), 0);
    fake_advance(&d.f, 20 * L2S_SECOND);
    assert_int_equal(d.downs, 1);
    assert_int_equal(d.why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    desk_down(&d);
}

/* Who judges is not challenged: what was put away stays there. */
static void a_server_that_is_up_is_not_to_be_challenged(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    serve_until_ipcp(&d);
    desk_ask(&d, IPCP, 1, "03060a000007", ACK, "03060a000007");
    served(&d, 1400);
    assert_null(d.ppp->auth);
    size_t before = d.n;
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 9, "10" PEER_CHALLENGE "6c6e73"), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(desk_hear_packet(&d, CHAP, 2, 9, "10" PEER_CHALLENGE "6c6e73"), L2TPSEC_DROP_DUPLICATE);
    assert_null(d.ppp->auth);
    assert_int_equal(d.n, before);
    desk_down(&d);
}

/* A response that ends before its value does is none: nobody is asked, nothing is refused, and the whole one counts. */
static void a_response_that_is_cut_is_not_looked_at(void **state)
{
    struct desk d;

    (void)state;
    serve(&d);
    desk_ack(&d, LCP);
    desk_ask(&d, LCP, 0, "01040578 050621436587", ACK, "01040578 050621436587");
    uint8_t id = desk_last(&d, CHAP, 1)->id;
    assert_int_equal(desk_hear_packet(&d, CHAP, 2, id, ""), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, CHAP, 2, id, "31"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, CHAP, 2, id, "31" PEER_CHALLENGE), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, CHAP, 2, id, "10" PEER_CHALLENGE), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(d.asked, 0);
    assert_int_equal(desk_count(&d, CHAP, 4), 0);
    prove(&d, "alice");
    assert_int_equal(d.authenticated, 1);
    desk_down(&d);
}

/* Nobody agreed on PFC or ACFC with us, who never ask for them, and some use them all the same, or for LCP, too. */
static void frames_of_every_shape_are_read(void **state)
{
    static const char *const echoes[] = {"ff03 c021 0907000800000000", "c021 0907000800000000"};
    static const char *const packets[] = {"ff03 0021 45", "0021 45", "ff03 21 45", "21 45"};
    static const char *const broken[] = {"", "ff03", "ff", "00", "ff03 00", "ff03 0020 45", "03ff 0021 45"};
    struct l2s_rd packet;
    uint8_t frame[32];
    uint32_t reason;
    struct desk d;

    (void)state;
    dial(&d, L2S_AUTH_CHAP_MD5);
    desk_ask(&d, LCP, 1, "", ACK, "");
    desk_ack(&d, LCP);
    desk_ask(&d, IPCP, 1, "03060a000001", ACK, "03060a000001");
    desk_reply(&d, IPCP, NAK, "03060a000007");
    desk_ack(&d, IPCP);
    assert_true(l2s_ppp_open(d.ppp));
    for (unsigned i = 0; i < L2S_COUNT_OF(echoes); i++) {
        assert_int_equal(desk_hear(&d, frame, fake_hex(echoes[i], frame, sizeof frame)), 0);
        assert_int_equal(desk_count(&d, LCP, ECHO_REP), i + 1);
    }
    for (unsigned i = 0; i < L2S_COUNT_OF(packets) + L2S_COUNT_OF(broken); i++) {
        bool good = i < L2S_COUNT_OF(packets);
        const char *text = good ? packets[i] : broken[i - L2S_COUNT_OF(packets)];
        struct l2s_rd r = fake_rd_exact(frame, fake_hex(text, frame, sizeof frame));
        assert_int_equal(l2s_ppp_input(d.ppp, r, &packet, &reason), good ? L2S_PPP_IPV4 : L2S_PPP_DROP);
        assert_true(!good || (packet.left == 1 && packet.p[0] == 0x45));
        assert_true(good || reason == L2TPSEC_DROP_MALFORMED || reason == L2TPSEC_DROP_UNKNOWN_PROTOCOL);
        fake_rd_free();
    }
    desk_down(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_dials_in),
        cmocka_unit_test(windows_98_gets_the_proof_without_words),
        cmocka_unit_test(windows_is_given_the_address_that_is_its_own),
        cmocka_unit_test(a_dns_server_there_is_not_is_rejected),
        cmocka_unit_test(a_client_without_an_address_may_not_come_in),
        cmocka_unit_test(an_apple_dials_in),
        cmocka_unit_test(an_android_dials_in),
        cmocka_unit_test(a_mikrotik_is_dialled),
        cmocka_unit_test(a_mikrotik_without_dns_or_an_address_of_its_own_is_dialled),
        cmocka_unit_test(a_server_whose_address_is_zero_gets_the_stub),
        cmocka_unit_test(rras_is_dialled_though_it_would_rather_have_eap),
        cmocka_unit_test(a_server_of_eap_alone_is_left_with_a_reason),
        cmocka_unit_test(a_server_that_opens_without_a_method_only_to_leave_is_left_with_a_reason),
        cmocka_unit_test(a_refused_method_is_forgotten_when_the_server_goes_on_without),
        cmocka_unit_test(a_server_that_is_up_is_not_to_be_challenged),
        cmocka_unit_test(a_response_that_is_cut_is_not_looked_at),
        cmocka_unit_test(frames_of_every_shape_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
