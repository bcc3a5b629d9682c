/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The options of LCP, IPCP, IPV6CP and CCP, one by one: what is taken, corrected, refused, and given up when the peer insists. */
#include "ppp/link.h"
#include "unit/ppp/desk.h"

#include <stdio.h>
#include <string.h>

static void client(struct desk *d, uint32_t auth)
{
    *d = (struct desk){.n = 0};
    desk_up(d, false, auth, "alice");
}

static void server(struct desk *d, uint32_t auth)
{
    static const uint8_t ours[4] = {10, 0, 0, 1}, theirs[4] = {10, 0, 0, 2}, dns[4] = {10, 0, 0, 3};

    *d = (struct desk){.n = 0};
    memcpy(d->give.local, ours, 4);
    memcpy(d->give.peer, theirs, 4);
    memcpy(d->give.dns[0], dns, 4);
    desk_up(d, true, auth, "lns");
}

/* LCP is open, and nobody has to prove anything. */
static void client_in_network(struct desk *d)
{
    client(d, L2S_AUTH_PAP);
    desk_ask(d, LCP, 1, "", ACK, "");
    desk_ack(d, LCP);
}

static void server_in_network(struct desk *d)
{
    server(d, 0);
    desk_ask(d, LCP, 1, "", ACK, "");
    desk_ack(d, LCP);
}

static void hangs_up(struct desk *d, uint32_t cause)
{
    assert_int_equal(desk_count(d, LCP, TERM_REQ), 1);
    fake_advance(&d->f, 60 * L2S_SECOND);
    assert_int_equal(d->downs, 1);
    assert_int_equal(d->why.cause, cause);
    desk_down(d);
}

/* ---- LCP ---------------------------------------------------------------------------------------------------------- */

static void lcp_options_of_a_wrong_length_are_rejected(void **state)
{
    static const char *const options[] = {"010305",     "010505dc00",     "0203aa", "0207aabbccddee",
                                          "0505aabbcc", "0507aabbccddee", "070300", "080300"};
    struct desk d;

    (void)state;
    client(&d, L2S_AUTH_PAP);
    for (unsigned i = 0; i < L2S_COUNT_OF(options); i++)
        desk_ask(&d, LCP, (uint8_t)i, options[i], REJ, options[i]);
    desk_ask(&d, LCP, 100, "0206ffffffff 0702 0802", ACK,
             "0206ffffffff 0702 0802"); /* any map is fine without octets */
    desk_down(&d);
}

static void an_mru_too_small_is_corrected(void **state)
{
    struct desk d;

    (void)state;
    client(&d, L2S_AUTH_PAP);
    desk_ask(&d, LCP, 1, "0104007f", NAK, "01040080");
    desk_ask(&d, LCP, 2, "01040080", ACK, "01040080");
    desk_down(&d);
}

/* RFC 1661, 6.4: our own number may have come round a loop, and zero is none. */
static void a_magic_number_that_is_ours_or_none_is_corrected(void **state)
{
    char option[16] = "0506";
    struct desk d;

    (void)state;
    client(&d, L2S_AUTH_PAP);
    for (unsigned i = 0; i < 4; i++)
        (void)snprintf(option + strlen(option), 3, "%02x", desk_last(&d, LCP, REQ)->body[6 + i]);
    for (unsigned i = 0; i < 2; i++) {
        const char *said = i ? "050600000000" : option;
        assert_int_equal(desk_hear_packet(&d, LCP, REQ, (uint8_t)i, said), 0);
        assert_int_equal(desk_count(&d, LCP, NAK), 1 + i);
        assert_int_equal(desk_last(&d, LCP, NAK)->n, 6);
        d.f.fail_random_at = 1; /* without chance there is nothing to offer */
        desk_ask(&d, LCP, (uint8_t)(10 + i), said, REJ, said);
    }
    assert_int_equal(d.ppp->lcp.loops, 2);
    desk_reply(&d, LCP, REJ, "050600000000"); /* who has none himself is told nothing by another's */
    desk_ask(&d, LCP, 20, option, ACK, option);
    desk_down(&d);
}

static void authentication_is_agreed_to_only_as_far_as_it_is_allowed(void **state)
{
    struct desk d;

    (void)state;
    server(&d, L2S_AUTH_CHAP_MD5);
    desk_ask(&d, LCP, 1, "0304c023", REJ, "0304c023"); /* a server is nobody's client */
    desk_down(&d);
    client(&d, 0);
    desk_ask(&d, LCP, 1, "0304c023", REJ, "0304c023"); /* nothing is allowed */
    desk_down(&d);
    client(&d, L2S_AUTH_CHAP_MD5);
    desk_ask(&d, LCP, 1, "0304c123", NAK, "0305c22305");
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "an unknown method");
    desk_ask(&d, LCP, 2, "0305c22381", NAK, "0305c22305");
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "an unknown method"); /* the first counts */
    desk_down(&d);
    client(&d, L2S_AUTH_CHAP_MD5);
    d.f.fail_alloc_at = 1; /* no memory for the words, but for the answer */
    desk_ask(&d, LCP, 1, "0304c023", NAK, "0305c22305");
    desk_down(&d);
}

static void a_nak_moves_only_what_may_be_moved(void **state)
{
    static const char *const useless[] = {"0104007f", "010405dd", "010305", "0304c023", "0d0306"};
    struct desk d;

    (void)state;
    client(&d, L2S_AUTH_PAP);
    for (unsigned i = 0; i < L2S_COUNT_OF(useless); i++) {
        desk_reply(&d, LCP, NAK, useless[i]);
        desk_wants(&d, LCP, "01040578 050600000000");
    }
    desk_reply(&d, LCP, NAK, "01040500 050601020304");
    desk_wants(&d, LCP, "01040500 050600000000");
    d.f.fail_random_at = 1;
    desk_reply(&d, LCP, NAK, "050601020304");
    desk_wants(&d, LCP, "01040500"); /* no chance, no magic number */
    desk_down(&d);
}

static void a_reject_takes_an_option_away(void **state)
{
    struct desk d;

    (void)state;
    client(&d, L2S_AUTH_PAP);
    desk_reply(&d, LCP, REJ, "01040578");
    desk_wants(&d, LCP, "050600000000");
    desk_reply(&d, LCP, REJ, "0304c023 0d0306"); /* what was not asked for */
    desk_wants(&d, LCP, "050600000000");
    desk_reply(&d, LCP, REJ, "050600000000");
    desk_wants(&d, LCP, "");
    desk_down(&d);
}

static void a_server_goes_down_its_list_and_no_further(void **state)
{
    struct desk d;

    (void)state;
    server(&d, L2S_AUTH_MSCHAPV2 | L2S_AUTH_PAP);
    desk_reply(&d, LCP, NAK, "0304c227"); /* EAP: not allowed, so the next one is tried */
    desk_wants(&d, LCP, "01040578 0304c023 050600000000");
    desk_reply(&d, LCP, NAK, "0304c123");
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "another method");
    hangs_up(&d, L2TPSEC_CAUSE_AUTH_METHOD);
    server(&d, L2S_AUTH_MSCHAPV2);
    desk_reply(&d, LCP, NAK, "0304c023");
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "pap");
    hangs_up(&d, L2TPSEC_CAUSE_AUTH_METHOD);
    server(&d, L2S_AUTH_MSCHAPV2);
    desk_reply(&d, LCP, REJ, "0305c22381");
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "none");
    hangs_up(&d, L2TPSEC_CAUSE_AUTH_METHOD);
    server(&d, L2S_AUTH_MSCHAPV2);
    d.f.fail_alloc_at = 1; /* it hangs up without words, too */
    desk_reply(&d, LCP, REJ, "0305c22381");
    assert_null(l2s_ppp_why(d.ppp));
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
    desk_down(&d);
}

static void an_echo_without_a_magic_number_is_not_answered(void **state)
{
    struct desk d;

    (void)state;
    client_in_network(&d);
    assert_int_equal(desk_hear_packet(&d, LCP, ECHO_REQ, 1, "000000"), 0);
    assert_int_equal(desk_count(&d, LCP, ECHO_REP), 0);
    desk_down(&d);
}

static void a_protocol_that_is_rejected_is_given_up(void **state)
{
    struct desk d;

    (void)state;
    client(&d, L2S_AUTH_PAP);
    d.cfg.ipv6 = true;
    assert_int_equal(desk_hear_packet(&d, LCP, PROTO_REJ, 1, "8021"),
                     0); /* nothing is rejected before LCP is open (5.7) */
    desk_ask(&d, LCP, 1, "", ACK, "");
    desk_ack(&d, LCP);
    assert_int_equal(desk_hear_packet(&d, LCP, PROTO_REJ, 2, "80fd"), 0); /* which was never begun */
    assert_int_equal(d.ppp->ipv6cp->cp.state, L2S_CP_REQ_SENT);
    assert_int_equal(desk_hear_packet(&d, LCP, PROTO_REJ, 3, "8057"), 0);
    assert_int_equal(d.ppp->ipv6cp->cp.state, L2S_CP_STOPPED);
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 0);
    assert_int_equal(desk_hear_packet(&d, LCP, PROTO_REJ, 4, "8021"), 0);
    hangs_up(&d, L2TPSEC_CAUSE_PPP_OPTIONS);
    client_in_network(&d);
    assert_int_equal(desk_hear_packet(&d, LCP, PROTO_REJ, 1, "8057"), 0); /* neither was this */
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 0);
    desk_down(&d);
}

/* ---- IPCP ---------------------------------------------------------------------------------------------------------- */

static void an_address_no_host_can_have_is_corrected(void **state)
{
    static const char *const odd[] = {"030600000001", "03067f000001", "0306e0000001", "0306ffffffff"};
    struct desk d;

    (void)state;
    client_in_network(&d);
    for (unsigned i = 0; i < L2S_COUNT_OF(odd); i++)
        desk_ask(&d, IPCP, (uint8_t)i, odd[i], NAK, "03060a404040");
    desk_ask(&d, IPCP, 10, "0305000001", REJ, "0305000001");
    desk_down(&d);
}

static void a_client_takes_the_address_and_servers_it_is_told(void **state)
{
    struct desk d;

    (void)state;
    client_in_network(&d);
    desk_wants(&d, IPCP, "030600000000 810600000000 830600000000");
    desk_reply(&d, IPCP, NAK, "03050a0000 03067f000001 0206002d0f01 81060a000003 83060a000004");
    desk_wants(&d, IPCP, "030600000000 81060a000003 83060a000004"); /* but for an address nobody can have */
    desk_reply(&d, IPCP, REJ, "0206002d0f01 81060a000003");
    desk_wants(&d, IPCP, "030600000000 83060a000004");
    desk_ack(&d, IPCP);
    desk_ask(&d, IPCP, 1, "03060a000001", ACK, "03060a000001");
    hangs_up(&d, L2TPSEC_CAUSE_NO_ADDRESS); /* the server has none for it */
}

/* A server without DNS ought to reject the option. One that corrects it to zero instead, for ever, is not asked for ever. */
static void a_server_that_never_tires_of_correcting_is_asked_without(void **state)
{
    struct desk d;

    (void)state;
    client_in_network(&d);
    desk_reply(&d, IPCP, NAK, "03060a000007 810600000000 830600000000");
    for (unsigned i = 1; i < 10; i++) {
        desk_wants(&d, IPCP, "03060a000007 810600000000 830600000000");
        desk_reply(&d, IPCP, NAK, "810600000000 830600000000");
    }
    desk_wants(&d, IPCP, "03060a000007 810600000000 830600000000");
    desk_reply(&d, IPCP, NAK, "810600000000");
    desk_wants(&d, IPCP, "03060a000007 830600000000");
    desk_reply(&d, IPCP, NAK, "830600000000");
    desk_wants(&d, IPCP, "03060a000007");
    desk_ack(&d, IPCP);
    desk_ask(&d, IPCP, 1, "03060a000001", ACK, "03060a000001");
    assert_true(l2s_ppp_open(d.ppp));
    desk_hear_packet(&d, IPCP, REQ, 2, "03060a000001"); /* anew: it is asked again */
    desk_wants(&d, IPCP, "030600000000 810600000000 830600000000");
    desk_down(&d);
}

static void a_server_that_gives_no_address_however_often_is_left(void **state)
{
    struct desk d;

    (void)state;
    client_in_network(&d);
    desk_ask(&d, IPCP, 1, "03060a000001", ACK, "03060a000001");
    for (unsigned i = 0; i < 11; i++)
        desk_reply(&d, IPCP, NAK, "030600000000");
    desk_wants(&d, IPCP, "810600000000 830600000000");
    desk_ack(&d, IPCP);
    hangs_up(&d, L2TPSEC_CAUSE_NO_ADDRESS);
}

static void without_the_option_a_client_keeps_the_address_it_had(void **state)
{
    static const uint8_t wish[4] = {10, 0, 0, 7};
    struct desk d;

    (void)state;
    client(&d, L2S_AUTH_PAP);
    d.cfg.ask_dns = false;
    memcpy(d.ppp->wish, wish, 4);
    desk_ask(&d, LCP, 1, "", ACK, "");
    desk_ack(&d, LCP);
    desk_wants(&d, IPCP, "03060a000007");
    desk_reply(&d, IPCP, REJ, "03060a000007");
    desk_wants(&d, IPCP, "");
    desk_ack(&d, IPCP);
    desk_ask(&d, IPCP, 1, "03060a000001", ACK, "03060a000001");
    assert_true(l2s_ppp_open(d.ppp));
    assert_memory_equal(d.net.local, wish, 4);
    desk_down(&d);
}

static void a_server_gives_what_it_has_and_keeps_its_own(void **state)
{
    struct desk d;

    (void)state;
    server_in_network(&d);
    desk_ask(&d, IPCP, 1, "03060a000009 810600000000 830600000000", REJ, "830600000000"); /* it has one DNS server */
    desk_ask(&d, IPCP, 2, "03060a000009 810600000000", NAK, "03060a000002 81060a000003");
    desk_ask(&d, IPCP, 3, "82060a000009", REJ, "82060a000009");
    desk_reply(&d, IPCP, NAK, "03060a000009");
    desk_wants(&d, IPCP, "03060a000001");
    desk_down(&d);
}

/* It must say the address that is routed to it, at last: after as many Naks as it gets nothing is said any more. */
static void a_client_that_never_says_its_address_gets_no_link(void **state)
{
    struct desk d;

    (void)state;
    server_in_network(&d);
    for (uint8_t i = 0; i < 5; i++) /* Windows counts from 0 */
        desk_ask(&d, IPCP, i, "", NAK, "03060a000002");
    desk_ack(&d, IPCP);
    desk_ask(&d, IPCP, 9, "", ACK, "");
    assert_false(l2s_ppp_open(d.ppp));
    hangs_up(&d, L2TPSEC_CAUSE_NO_ADDRESS);
}

/* ---- IPV6CP -------------------------------------------------------------------------------------------------------- */

static void with_ipv6(struct desk *d)
{
    client(d, L2S_AUTH_PAP);
    d->cfg.ipv6 = true;
    desk_ask(d, LCP, 1, "", ACK, "");
    desk_ack(d, LCP);
}

static void hex_of(const uint8_t *id, char out[24])
{
    (void)strcpy(out, "010a");
    for (unsigned i = 0; i < 8; i++)
        (void)snprintf(out + strlen(out), 3, "%02x", id[i]);
}

/* RFC 5072, 4.1 */
static void an_identifier_that_is_ours_or_none_is_corrected(void **state)
{
    char option[24];
    struct desk d;

    (void)state;
    with_ipv6(&d);
    hex_of(d.ppp->ipv6cp->local, option);
    for (unsigned i = 0; i < 3; i++) {
        const char *said = i == 0 ? option : i == 1 ? "010a0000000000000000" : "";
        assert_int_equal(desk_hear_packet(&d, IPV6CP, REQ, (uint8_t)i, said), 0);
        assert_int_equal(desk_count(&d, IPV6CP, NAK), 1 + i);
        assert_int_equal(desk_last(&d, IPV6CP, NAK)->n, 10);
        d.f.fail_random_at = 1; /* without chance there is none to offer */
        desk_ask(&d, IPV6CP, (uint8_t)(10 + i), said, i == 2 ? ACK : REJ, said);
    }
    desk_ask(&d, IPV6CP, 20, "010900000000000001", REJ, "010900000000000001");
    desk_ask(&d, IPV6CP, 21, "0204004f", REJ, "0204004f");
    desk_down(&d);
}

static void a_nak_of_an_identifier_is_taken_if_it_is_one(void **state)
{
    char option[24];
    struct desk d;

    (void)state;
    with_ipv6(&d);
    hex_of(d.ppp->ipv6cp->local, option);
    desk_reply(&d, IPV6CP, NAK, "010a0000000000000000 010900000000000001 020a1122334455667788");
    desk_wants(&d, IPV6CP, option);
    desk_reply(&d, IPV6CP, NAK, "010a1122334455667788");
    desk_wants(&d, IPV6CP, "010a1122334455667788");
    desk_reply(&d, IPV6CP, REJ, "0204004f");
    desk_wants(&d, IPV6CP, "010a1122334455667788");
    desk_reply(&d, IPV6CP, REJ, "010a1122334455667788");
    desk_wants(&d, IPV6CP, "");
    desk_down(&d);
}

/* Nobody could say who is who: IPv6 is closed, and the link goes on. */
static void without_two_identifiers_there_is_no_ipv6(void **state)
{
    struct desk d;

    (void)state;
    with_ipv6(&d);
    for (uint8_t i = 1; i <= 5; i++)
        assert_int_equal(desk_hear_packet(&d, IPV6CP, REQ, i, ""), 0);
    desk_ack(&d, IPV6CP);
    desk_ask(&d, IPV6CP, 9, "", ACK, "");
    assert_int_equal(d.ppp->ipv6cp->cp.state, L2S_CP_CLOSING);
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 0);
    desk_down(&d);
    client(&d, L2S_AUTH_PAP);
    d.cfg.ipv6 = true;
    desk_ask(&d, LCP, 1, "", ACK, "");
    d.f.fail_random_at = 1; /* of which it would make its own */
    desk_ack(&d, LCP);
    desk_wants(&d, IPV6CP, "010a0000000000000000");
    desk_ask(&d, IPV6CP, 1, "010a1122334455667788", ACK, "010a1122334455667788");
    desk_ack(&d, IPV6CP);
    assert_int_equal(d.ppp->ipv6cp->cp.state, L2S_CP_CLOSING);
    desk_down(&d);
}

/* ---- CCP ----------------------------------------------------------------------------------------------------------- */

/* A client with a key for MPPE, as MS-CHAPv2 leaves it. */
static void with_mppe(struct desk *d, uint32_t mppe)
{
    client(d, L2S_AUTH_CHAP_MD5);
    d->cfg.mppe = mppe;
    desk_ask(d, LCP, 1, "0305c22305", ACK, "0305c22305");
    desk_ack(d, LCP);
    d->ppp->auth->has_master = true;
    assert_int_equal(desk_hear_packet(d, CHAP, 1, 7, "10 00112233445566778899aabbccddeeff 6c6e73"), 0);
    assert_int_equal(desk_hear_packet(d, CHAP, 3, 7, ""), 0);
}

static void nothing_is_spoken_in_ccp_but_mppe(void **state)
{
    static const char *const odd[] = {"110400ff", "1205010000", "120701000040ff", "120600000001"};
    struct desk d;

    (void)state;
    with_mppe(&d, L2S_MPPE_128);
    for (unsigned i = 0; i < L2S_COUNT_OF(odd); i++)
        desk_ask(&d, CCP, (uint8_t)i, odd[i], REJ, odd[i]);
    desk_ask(&d, CCP, 10, "120600000020", NAK, "120601000040"); /* 40 bits */
    desk_ask(&d, CCP, 11, "120600000040", NAK, "120601000040"); /* with state */
    desk_reply(&d, CCP, NAK, "110400ff 1205010000 120600000020");
    desk_wants(&d, CCP, "120601000040");
    desk_reply(&d, CCP, REJ, "110400ff");
    desk_wants(&d, CCP, "120601000040");
    desk_reply(&d, CCP, REJ, "120601000040");
    desk_wants(&d, CCP, "");
    desk_ack(&d, CCP); /* we cannot be sent any; so there is none, and it was not required */
    desk_ask(&d, CCP, 12, "120601000040", ACK, "120601000040");
    assert_null(d.ppp->mppe);
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 0);
    desk_down(&d);
}

static void where_mppe_is_required_a_peer_without_is_asked_for_it_and_then_left(void **state)
{
    struct desk d;

    (void)state;
    with_mppe(&d, L2S_MPPE_128 | L2S_MPPE_REQUIRED);
    for (uint8_t i = 1; i <= 5; i++)
        desk_ask(&d, CCP, i, "", NAK, "120601000040");
    desk_ack(&d, CCP);
    desk_ask(&d, CCP, 9, "", ACK, "");
    hangs_up(&d, L2TPSEC_CAUSE_PPP_OPTIONS);
    with_mppe(&d, L2S_MPPE_128 | L2S_MPPE_REQUIRED);
    d.f.fail_alloc_at = 1; /* it hangs up without words, too */
    assert_int_equal(desk_hear_packet(&d, LCP, PROTO_REJ, 1, "80fd"), 0);
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
    desk_down(&d);
}

static int no_hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in, uint8_t *out)
{
    (void)c, (void)id, (void)in, (void)n_in, (void)out;
    return L2TPSEC_EINTERNAL;
}

static void without_memory_or_digests_there_is_no_mppe(void **state)
{
    static uint8_t packet[16] = {0x90};
    struct l2s_crypto_ops broken;
    struct l2s_rd inside;
    uint32_t reason;
    struct desk d;

    (void)state;
    with_mppe(&d, L2S_MPPE_128);
    d.f.fail_alloc_at = 1; /* for the automaton */
    assert_int_equal(desk_hear_packet(&d, CCP, REQ, 1, "120601000040"), L2TPSEC_DROP_NO_MEMORY);
    hangs_up(&d, L2TPSEC_CAUSE_NO_MEMORY);
    with_mppe(&d, L2S_MPPE_128);
    desk_ask(&d, CCP, 1, "120601000040", ACK, "120601000040");
    d.f.fail_alloc_at = 1; /* for the keys */
    desk_ack(&d, CCP);
    hangs_up(&d, L2TPSEC_CAUSE_NO_MEMORY);
    with_mppe(&d, L2S_MPPE_128);
    desk_ask(&d, CCP, 1, "120601000040", ACK, "120601000040");
    const struct l2s_crypto_ops *real = d.crypto->ops;
    broken = *real;
    broken.hash = no_hash;
    d.crypto->ops = &broken; /* for the keys */
    desk_ack(&d, CCP);
    d.crypto->ops = real;
    hangs_up(&d, L2TPSEC_CAUSE_INTERNAL);
    with_mppe(&d, L2S_MPPE_128);
    desk_ask(&d, CCP, 1, "120601000040", ACK, "120601000040");
    desk_ack(&d, CCP);
    d.crypto->ops = &broken; /* for the next key */
    assert_int_equal(l2s_ppp_unseal(d.ppp, packet, sizeof packet, &inside, &reason), L2S_PPP_DROP);
    assert_int_equal(reason, L2TPSEC_DROP_INTERNAL);
    d.crypto->ops = real;
    desk_down(&d);
}

/* RFC 3078, 8.2: with state a lost packet is asked for, and what comes meanwhile is of no use. */
static void a_gap_in_stateful_mppe_is_asked_to_be_closed(void **state)
{
    static uint8_t packet[16];
    struct l2s_rd inside;
    uint32_t reason;
    struct desk d;

    (void)state;
    with_mppe(&d, L2S_MPPE_128 | L2S_MPPE_STATEFUL);
    desk_ask(&d, CCP, 1, "120600000040", ACK, "120600000040");
    desk_reply(&d, CCP, NAK, "120600000040");
    desk_ack(&d, CCP);
    assert_non_null(d.ppp->mppe);
    assert_int_equal(l2s_ppp_unseal(d.ppp, packet, 2, &inside, &reason), L2S_PPP_DROP);
    assert_int_equal(reason, L2TPSEC_DROP_SHORT);
    packet[0] = 0x10; /* encrypted, number 5, and none before it */
    packet[1] = 5;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(l2s_ppp_unseal(d.ppp, packet, sizeof packet, &inside, &reason), L2S_PPP_DROP);
        assert_int_equal(reason, L2TPSEC_DROP_UNEXPECTED);
        assert_int_equal(desk_count(&d, CCP, 14), 1);
        packet[1]++;
    }
    desk_down(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lcp_options_of_a_wrong_length_are_rejected),
        cmocka_unit_test(an_mru_too_small_is_corrected),
        cmocka_unit_test(a_magic_number_that_is_ours_or_none_is_corrected),
        cmocka_unit_test(authentication_is_agreed_to_only_as_far_as_it_is_allowed),
        cmocka_unit_test(a_nak_moves_only_what_may_be_moved),
        cmocka_unit_test(a_reject_takes_an_option_away),
        cmocka_unit_test(a_server_goes_down_its_list_and_no_further),
        cmocka_unit_test(an_echo_without_a_magic_number_is_not_answered),
        cmocka_unit_test(a_protocol_that_is_rejected_is_given_up),
        cmocka_unit_test(an_address_no_host_can_have_is_corrected),
        cmocka_unit_test(a_client_takes_the_address_and_servers_it_is_told),
        cmocka_unit_test(a_server_that_never_tires_of_correcting_is_asked_without),
        cmocka_unit_test(a_server_that_gives_no_address_however_often_is_left),
        cmocka_unit_test(without_the_option_a_client_keeps_the_address_it_had),
        cmocka_unit_test(a_server_gives_what_it_has_and_keeps_its_own),
        cmocka_unit_test(a_client_that_never_says_its_address_gets_no_link),
        cmocka_unit_test(an_identifier_that_is_ours_or_none_is_corrected),
        cmocka_unit_test(a_nak_of_an_identifier_is_taken_if_it_is_one),
        cmocka_unit_test(without_two_identifiers_there_is_no_ipv6),
        cmocka_unit_test(nothing_is_spoken_in_ccp_but_mppe),
        cmocka_unit_test(where_mppe_is_required_a_peer_without_is_asked_for_it_and_then_left),
        cmocka_unit_test(without_memory_or_digests_there_is_no_mppe),
        cmocka_unit_test(a_gap_in_stateful_mppe_is_asked_to_be_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
