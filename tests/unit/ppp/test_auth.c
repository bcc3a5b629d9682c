/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Authentication with packets that are not what they should be, and with a host and a provider that fail. */
#include "ppp/link.h"
#include "unit/ppp/desk.h"

#include <stdio.h>
#include <string.h>

#define EAP 0xc227
#define CHALLENGE "10 00112233445566778899aabbccddeeff 6c6e73"

static const uint32_t methods[] = {L2S_AUTH_CHAP_MD5, L2S_AUTH_MSCHAPV2};

static const char *option_of(uint32_t auth)
{
    return auth & L2S_AUTH_EAP         ? "0304c227"
           : auth == L2S_AUTH_PAP      ? "0304c023"
           : auth == L2S_AUTH_CHAP_MD5 ? "0305c22305"
                                       : "0305c22381";
}

static void client_with(struct desk *d, uint32_t auth, const char *password)
{
    *d = (struct desk){.n = 0, .password = password};
    desk_up(d, false, auth, "alice");
    desk_ask(d, LCP, 1, option_of(auth), ACK, option_of(auth));
    desk_ack(d, LCP);
}

static void server_with(struct desk *d, uint32_t auth)
{
    static const uint8_t ours[4] = {10, 0, 0, 1}, theirs[4] = {10, 0, 0, 2};

    *d = (struct desk){.n = 0};
    memcpy(d->give.local, ours, 4);
    memcpy(d->give.peer, theirs, 4);
    desk_up(d, true, auth, "lns");
    desk_ask(d, LCP, 1, "", ACK, "");
    desk_ack(d, LCP);
}

static void hangs_up(struct desk *d, uint32_t cause)
{
    assert_int_equal(desk_count(d, LCP, TERM_REQ), 1);
    assert_int_equal(d->authenticated, 0);
    fake_advance(&d->f, 60 * L2S_SECOND);
    assert_int_equal(d->why.cause, cause);
    desk_down(d);
}

static void fill(char *body, const char *begin, size_t n)
{
    (void)strcpy(body, begin);
    while (n--)
        (void)strcat(body, "61");
}

/* ---- PAP ----------------------------------------------------------------------------------------------------------- */

static void pap_lengths_must_fit(void **state)
{
    static const char *const broken[] = {"", "05616c6963", "05616c696365", "05616c696365 0a776f6e", "ff"};
    static uint8_t endless[300];
    struct desk d;

    (void)state;
    server_with(&d, L2S_AUTH_PAP);
    for (unsigned i = 0; i < L2S_COUNT_OF(broken); i++)
        assert_int_equal(desk_hear_packet(&d, PAP, 1, 7, broken[i]), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(d.asked, 0);
    d.later = true;
    assert_int_equal(desk_hear_packet(&d, PAP, 1, 7, "05616c696365 00"), 0);
    assert_int_equal(l2s_ppp_answer(d.ppp, endless, sizeof endless, false), L2TPSEC_OK); /* no password is as long */
    assert_int_equal(desk_count(&d, PAP, 3), 1);
    hangs_up(&d, L2TPSEC_CAUSE_AUTH_REFUSED);
}

static void a_password_that_pap_cannot_say_is_not_said(void **state)
{
    char endless[L2S_PPP_SECRET_MAX + 1];
    struct desk d;

    (void)state;
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    client_with(&d, L2S_AUTH_PAP, endless);
    assert_int_equal(desk_count(&d, PAP, 1), 0);
    hangs_up(&d, L2TPSEC_CAUSE_NO_SECRET);
    endless[sizeof endless - 2] = 0;
    client_with(&d, L2S_AUTH_PAP, endless);
    assert_int_equal(desk_count(&d, PAP, 1), 1);
    assert_int_equal(desk_last(&d, PAP, 1)->body[6], 255);
    desk_down(&d);
}

static void a_refusal_counts_whatever_its_words(void **state)
{
    struct desk d;

    (void)state;
    client_with(&d, L2S_AUTH_PAP, NULL);
    desk_reply(&d, PAP, 3, "ff6e6f");
    assert_string_equal(l2s_ppp_why(d.ppp)->message, "");
    hangs_up(&d, L2TPSEC_CAUSE_AUTH_REFUSED);
    client_with(&d, L2S_AUTH_PAP, NULL);
    d.f.fail_alloc_at = 1; /* for what is said of it */
    desk_reply(&d, PAP, 3, "026e6f");
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
    desk_down(&d);
    client_with(&d, L2S_AUTH_CHAP_MD5, NULL);
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, CHALLENGE), 0);
    d.f.fail_alloc_at = 1;
    assert_int_equal(desk_hear_packet(&d, CHAP, 4, 7, "6e6f"), 0);
    assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
    desk_down(&d);
}

/* ---- CHAP and MS-CHAPv2 --------------------------------------------------------------------------------------------- */

static void chap_lengths_must_fit(void **state)
{
    static const char *const broken[] = {"", "10", "0f000102030405060708090a0b0c0d0e",
                                         "11000102030405060708090a0b0c0d0e0f"};
    char body[700];
    struct desk d;

    (void)state;
    for (unsigned m = 0; m < L2S_COUNT_OF(methods); m++) {
        server_with(&d, methods[m]);
        uint8_t id = desk_last(&d, CHAP, 1)->id;
        for (unsigned i = 0; i < L2S_COUNT_OF(broken); i++)
            assert_int_equal(desk_hear_packet(&d, CHAP, 2, id, broken[i]), L2TPSEC_DROP_MALFORMED);
        fill(body, "10000102030405060708090a0b0c0d0e0f", 257); /* a name of 257 */
        assert_int_equal(desk_hear_packet(&d, CHAP, 2, id, body), L2TPSEC_DROP_MALFORMED);
        assert_int_equal(d.asked, 0);
        desk_down(&d);
        client_with(&d, methods[m], NULL);
        assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, ""), L2TPSEC_DROP_MALFORMED);
        assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, "00"), L2TPSEC_DROP_MALFORMED);
        assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, "1000"), L2TPSEC_DROP_MALFORMED);
        assert_int_equal(d.asked, 0);
        assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, CHALLENGE), 0);
        assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, "10 ff112233445566778899aabbccddeeff"), 0); /* another */
        assert_int_equal(d.asked, 2);
        desk_down(&d);
    }
}

static void half_a_proof_is_none(void **state)
{
    char body[100] = "";
    struct desk d;

    (void)state;
    client_with(&d, L2S_AUTH_MSCHAPV2, NULL);
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, CHALLENGE), 0);
    for (unsigned i = 0; i < L2S_MSCHAP_PROOF - 1; i++)
        (void)snprintf(body + 2 * i, 3, "%02x", d.ppp->auth->proof[i]);
    assert_int_equal(desk_hear_packet(&d, CHAP, 3, 7, body), L2TPSEC_DROP_FORGED);
    hangs_up(&d, L2TPSEC_CAUSE_AUTH_MUTUAL);
}

static void a_password_that_is_no_text_proves_nothing(void **state)
{
    struct desk d;

    (void)state;
    client_with(&d, L2S_AUTH_MSCHAPV2, "\xff");
    assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, CHALLENGE), 0);
    assert_int_equal(desk_count(&d, CHAP, 2), 0);
    hangs_up(&d, L2TPSEC_CAUSE_NO_SECRET);
}

/* ---- EAP ------------------------------------------------------------------------------------------------------------ */

static void eap_lengths_must_fit(void **state)
{
    char body[700];
    struct desk d;

    (void)state;
    server_with(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MD5);
    fill(body, "01", 257);
    assert_int_equal(desk_hear_packet(&d, EAP, 2, desk_last(&d, EAP, 1)->id, body), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, EAP, 2, desk_last(&d, EAP, 1)->id, "01616c696365"), 0);
    uint8_t id = desk_last(&d, EAP, 1)->id;
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, "04"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, "0410 00"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, "0401 00"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(d.asked, 0);
    desk_down(&d);
    server_with(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
    assert_int_equal(desk_hear_packet(&d, EAP, 2, desk_last(&d, EAP, 1)->id, "01616c696365"), 0);
    id = desk_last(&d, EAP, 1)->id;
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, "1a"), L2TPSEC_DROP_SHORT);
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, "1a02"), L2TPSEC_DROP_MALFORMED);
    fill(body, "1a020100360130", 49); /* one byte of a value */
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, body), L2TPSEC_DROP_MALFORMED);
    fill(body, "1a0201003731", 49); /* a byte more than came */
    assert_int_equal(desk_hear_packet(&d, EAP, 2, id, body), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(d.asked, 0);
    desk_down(&d);
    client_with(&d, L2S_AUTH_EAP | L2S_AUTH_EAP_MD5 | L2S_AUTH_EAP_MSCHAPV2, NULL);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 1, "04"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 2, "0400"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 3, "1a01"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 4, "1a01010007 0200 00"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 5, "1a01010006 0100"), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(d.asked, 0);
    desk_down(&d);
}

static void a_client_without_a_method_says_so(void **state)
{
    struct desk d;

    (void)state;
    client_with(&d, L2S_AUTH_EAP, NULL);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 1, "1920"), 0);
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "eap-peap");
    assert_memory_equal(desk_last(&d, EAP, 2)->body, "\3\0", 2);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 2, "4d"), 0); /* the first counts */
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "eap-peap");
    desk_down(&d);
    client_with(&d, L2S_AUTH_EAP, NULL);
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 1, "4d"), 0);
    assert_string_equal(l2s_ppp_why(d.ppp)->offered, "another eap method");
    desk_down(&d);
    client_with(&d, L2S_AUTH_EAP, NULL);
    d.f.fail_alloc_at = 1; /* for what is said of it */
    assert_int_equal(desk_hear_packet(&d, EAP, 1, 1, "4d"), 0);
    assert_int_equal(desk_count(&d, EAP, 2), 1);
    desk_down(&d);
}

/* ---- a provider that fails ----------------------------------------------------------------------------------------- */

static const struct l2s_crypto_ops *sane;
static unsigned good; /* so many calls, then one fails */

static int count_down(void)
{
    return good-- == 0 ? L2TPSEC_EINTERNAL : L2TPSEC_OK;
}

static int hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in, uint8_t *out)
{
    return count_down() == L2TPSEC_OK ? sane->hash(c, id, in, n_in, out) : L2TPSEC_EINTERNAL;
}

static int des_block(struct l2s_crypto *c, const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
    return count_down() == L2TPSEC_OK ? sane->des_block(c, key, in, out) : L2TPSEC_EINTERNAL;
}

static struct l2s_crypto_ops failing_ops(const struct desk *d)
{
    struct l2s_crypto_ops ops = *d->crypto->ops;

    sane = d->crypto->ops;
    ops.hash = hash;
    ops.des_block = des_block;
    return ops;
}

/* A right response to the server's challenge, which it reads with these operations. */
static void respond(struct desk *d, bool ms, const struct l2s_crypto_ops *ops)
{
    struct l2s_auth *a = d->ppp->auth;
    uint8_t value[49] = {0};
    char body[140];
    struct l2s_bytes in[] = {{&a->id, 1}, {(const uint8_t *)"wonderland", 10}, {a->challenge, 16}};
    struct l2s_mschap m = {.crypto = d->crypto,
                           .name = (const uint8_t *)"alice",
                           .name_len = 5,
                           .password = (const uint8_t *)"wonderland",
                           .password_len = 10,
                           .auth_challenge = a->challenge,
                           .peer_challenge = value};

    if (ms)
        assert_int_equal(l2s_mschap_response(&m, value + 24), L2TPSEC_OK);
    else
        assert_int_equal(l2s_hash(d->crypto, L2S_MD5, in, 3, value), L2TPSEC_OK);
    (void)strcpy(body, ms ? "31" : "10");
    for (unsigned i = 0; i < (ms ? 49u : 16u); i++)
        (void)snprintf(body + strlen(body), 3, "%02x", value[i]);
    (void)strcat(body, "616c696365");
    d->crypto->ops = ops;
    assert_int_equal(desk_hear_packet(d, CHAP, 2, a->id, body), 0);
    d->crypto->ops = sane;
}

static void whoever_cannot_be_checked_is_not_let_in(void **state)
{
    (void)state;
    for (unsigned m = 0; m < L2S_COUNT_OF(methods); m++) {
        bool failed = true;
        for (unsigned at = 0; failed; at++) { /* until the first call that fails is none of these */
            struct l2s_crypto_ops failing;
            struct desk d;
            server_with(&d, methods[m]);
            d.cfg.mppe = m ? L2S_MPPE_128 : 0;
            failing = failing_ops(&d);
            good = at;
            respond(&d, m == 1, &failing);
            failed = good > at;
            assert_int_equal(d.authenticated, !failed);
            assert_int_equal(desk_count(&d, CHAP, 4), failed);
            desk_down(&d);
        }
    }
}

static void who_cannot_prove_himself_hangs_up(void **state)
{
    (void)state;
    for (unsigned m = 0; m < L2S_COUNT_OF(methods); m++) {
        bool failed = true;
        for (unsigned at = 0; failed; at++) {
            struct l2s_crypto_ops failing;
            struct desk d;
            client_with(&d, methods[m], NULL);
            d.cfg.mppe = m ? L2S_MPPE_128 : 0;
            failing = failing_ops(&d);
            d.crypto->ops = &failing;
            good = at;
            assert_int_equal(desk_hear_packet(&d, CHAP, 1, 7, CHALLENGE), 0);
            d.crypto->ops = sane;
            failed = good > at;
            assert_int_equal(desk_count(&d, CHAP, 2), !failed);
            if (failed)
                hangs_up(&d, L2TPSEC_CAUSE_INTERNAL);
            else
                desk_down(&d);
        }
    }
}

/* As many passwords as ppp.retries allows are for the call: LCP all over again brings no others. */
static void a_new_negotiation_allows_no_more_guesses(void **state)
{
    char wrong[256];
    struct desk d;

    (void)state;
    fill(wrong, "31", 48);
    (void)strcat(wrong, "00 616c696365");
    server_with(&d, L2S_AUTH_MSCHAPV2);
    d.cfg.retries = 1;
    assert_int_equal(desk_hear_packet(&d, CHAP, 2, desk_last(&d, CHAP, 1)->id, wrong), 0);
    assert_non_null(strstr((const char *)desk_last(&d, CHAP, 4)->body, "R=1"));
    desk_ask(&d, LCP, 2, "", ACK, "");
    desk_ack(&d, LCP);
    assert_int_equal(desk_hear_packet(&d, CHAP, 2, desk_last(&d, CHAP, 1)->id, wrong), 0);
    assert_int_equal(desk_count(&d, CHAP, 4), 2);
    assert_non_null(strstr((const char *)desk_last(&d, CHAP, 4)->body, "R=0"));
    assert_int_equal(d.asked, 2);
    hangs_up(&d, L2TPSEC_CAUSE_AUTH_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pap_lengths_must_fit),
        cmocka_unit_test(a_password_that_pap_cannot_say_is_not_said),
        cmocka_unit_test(a_refusal_counts_whatever_its_words),
        cmocka_unit_test(chap_lengths_must_fit),
        cmocka_unit_test(half_a_proof_is_none),
        cmocka_unit_test(a_password_that_is_no_text_proves_nothing),
        cmocka_unit_test(eap_lengths_must_fit),
        cmocka_unit_test(a_client_without_a_method_says_so),
        cmocka_unit_test(whoever_cannot_be_checked_is_not_let_in),
        cmocka_unit_test(who_cannot_prove_himself_hangs_up),
        cmocka_unit_test(a_new_negotiation_allows_no_more_guesses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
