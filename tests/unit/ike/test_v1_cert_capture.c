/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Main mode with certificates as two strongSwans had it (tests/vectors/ike/certificates.txt), read and proven by our code. */
#include "base/errors.h"
#include "ike/common/cert.h"
#include "ike/common/sa.h"
#include "ike/v1/crypt.h"
#include "unit/fakes/fakes.h"
#include "unit/fakes/records.h"

#include <string.h>

#define MESSAGE_MAX 4096
#define LATE_2026 1796000000 /* after the certificates were made */

static struct fake_sys f;
static struct l2s_crypto *crypto;

struct session {
    struct records r;
    struct l2s_v1_said said;
    struct l2s_v1_keys k;
    uint8_t skeyid[L2S_HASH_MAX];
    struct l2s_ike_choice choice;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX];
    uint8_t p[6][MESSAGE_MAX]; /* the six messages */
    size_t n[6];
    struct l2s_isakmp h[6];
    struct l2s_payloads s[6];
};

static struct l2s_bytes bytes_of(struct l2s_rd r)
{
    assert_false(r.bad);
    return (struct l2s_bytes){r.p, r.left};
}

static struct l2s_bytes payload(const struct session *t, unsigned message, enum l2s_payload_kind kind)
{
    return bytes_of(l2s_payloads_get(&t->s[message], kind, 0));
}

static void key_is(const struct session *t, const char *name, const uint8_t *got)
{
    uint8_t want[L2S_HASH_MAX];

    assert_int_equal(records_hex(&t->r, name, want, sizeof want), t->k.hash_len);
    assert_memory_equal(got, want, t->k.hash_len);
}

static void make_keys(struct session *t)
{
    uint8_t secret[512];
    struct l2s_bytes none = {NULL, 0}, shared = {secret, records_hex(&t->r, "secret", secret, sizeof secret)};

    t->said = (struct l2s_v1_said){.icookie = t->h[0].icookie,
                                   .rcookie = t->h[1].rcookie,
                                   .ni = payload(t, 2, L2S_PK_NONCE),
                                   .nr = payload(t, 3, L2S_PK_NONCE),
                                   .gxi = payload(t, 2, L2S_PK_KE),
                                   .gxr = payload(t, 3, L2S_PK_KE),
                                   .sai = payload(t, 0, L2S_PK_SA)};
    assert_int_equal(l2s_v1_keys_make(&t->k, t->skeyid, crypto, &t->choice.p, &t->said, none, shared), L2TPSEC_OK);
    assert_int_equal(l2s_v1_iv_phase1(&t->k, crypto, t->said.gxi, t->said.gxr, t->iv), L2TPSEC_OK);
}

static void read_message(struct session *t, unsigned i, const char *hex)
{
    struct l2s_rd rest;

    t->n[i] = fake_hex(hex, t->p[i], sizeof t->p[i]);
    assert_int_equal(l2s_isakmp_read(l2s_rd_init(t->p[i], t->n[i]), &t->h[i], &rest), L2TPSEC_DROP_NONE);
    if (t->h[i].flags & L2S_FLAG_ENCRYPTED)
        assert_int_equal(l2s_v1_open(&t->k, crypto, t->iv, t->p[i] + L2S_ISAKMP_HEADER, rest.left), L2TPSEC_OK);
    assert_int_equal(l2s_payloads_collect(rest, t->h[i].first, L2S_NATT_RFC3947, &t->s[i]), L2TPSEC_OK);
}

static void open_session(struct session *t)
{
    struct l2s_ike_policy policy;
    unsigned n = 0;

    memset(t, 0, sizeof *t);
    records_open(&t->r, "ike/certificates.txt");
    assert_true(records_next(&t->r));
    assert_int_equal(l2s_ike_policy_parse(records_text(&t->r, "ike"), &policy, NULL, NULL), L2TPSEC_OK);
    policy.methods = 1 << L2S_BY_RSA;
    for (size_t i = 0; i < t->r.n; i++) {
        if (strcmp(t->r.line[i].name, "i") != 0 && strcmp(t->r.line[i].name, "r") != 0)
            continue;
        assert_true(n < 6);
        assert_string_equal(t->r.line[i].name, n % 2 ? "r" : "i");
        if (n == 2)
            assert_int_equal(l2s_ike_sa_choose(l2s_payloads_get(&t->s[0], L2S_PK_SA, 0), &policy, &t->choice),
                             L2TPSEC_OK);
        if (n == 4)
            make_keys(t);
        read_message(t, n, t->r.line[i].value);
        n++;
    }
    assert_int_equal(n, 6);
}

static void skeyid_is_made_of_the_nonces_and_the_secret(void **state)
{
    static struct session t;

    (void)state;
    open_session(&t);
    assert_int_equal(t.choice.p.method, L2S_BY_RSA);
    key_is(&t, "SKEYID", t.skeyid);
    key_is(&t, "SKEYID_d", t.k.d);
    key_is(&t, "SKEYID_a", t.k.a);
    records_close(&t.r);
}

static void the_server_asked_in_message_4_and_the_client_in_5(void **state)
{
    static struct session t;

    (void)state;
    open_session(&t);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(t.s[i].count[L2S_PK_CERTREQ], i == 3 || i == 4);
        if (t.s[i].count[L2S_PK_CERTREQ])
            assert_int_equal(*(const uint8_t *)payload(&t, i, L2S_PK_CERTREQ).p, L2S_ENC_X509_SIGNATURE);
    }
    records_close(&t.r);
}

static void both_signatures_and_chains_are_good(void **state)
{
    static struct session t;
    uint8_t ca[2048], hash[L2S_HASH_MAX];
    struct l2s_trust *trust = NULL;

    (void)state;
    open_session(&t);
    struct l2s_bytes root = {ca, records_hex(&t.r, "ca", ca, sizeof ca)};
    assert_int_equal(crypto->ops->trust_new(crypto, root, (struct l2s_bytes){NULL, 0}, &trust), L2TPSEC_OK);
    for (unsigned i = 4; i < 6; i++) {
        struct l2s_bytes sig = payload(&t, i, L2S_PK_SIG), raw = payload(&t, i, L2S_PK_ID);
        struct l2s_rd body = l2s_payloads_get(&t.s[i], L2S_PK_CERT, 0);
        struct l2s_cert_terms terms = {.now = LATE_2026, .server = i == 5};
        struct l2s_cert_verdict verdict;
        struct l2s_cert_names names;
        struct l2s_id id;
        char text[64];

        assert_int_equal(l2s_rd_u8(&body), L2S_ENC_X509_SIGNATURE);
        struct l2s_bytes cert = bytes_of(body);
        assert_int_equal(l2s_v1_hash_phase1(&t.k, t.skeyid, crypto, &t.said, i == 4, raw, hash), L2TPSEC_OK);
        assert_int_equal(crypto->ops->cert_verify(crypto, cert, hash, t.k.proof_len, sig.p, sig.n), L2TPSEC_OK);
        hash[0] ^= 1;
        assert_int_equal(crypto->ops->cert_verify(crypto, cert, hash, t.k.proof_len, sig.p, sig.n), L2TPSEC_EAUTH);
        assert_int_equal(crypto->ops->cert_judge(crypto, &cert, 1, trust, &terms, &verdict), L2TPSEC_OK);
        assert_int_equal(verdict.fault, L2S_CERT_GOOD);

        assert_int_equal(l2s_id_read(l2s_payloads_get(&t.s[i], L2S_PK_ID, 0), &id), L2TPSEC_OK);
        assert_int_equal(l2s_cert_names(body, &names), L2TPSEC_OK);
        assert_true(l2s_cert_is(&names, &id));
        (void)l2s_cert_text(&names, text, sizeof text);
        assert_string_equal(text, i == 4 ? "CN=lac.example" : "CN=lns.example");
    }
    crypto->ops->trust_free(trust);
    records_close(&t.r);
}

static int set_up(void **state)
{
    (void)state;
    fake_sys_init(&f);
    return l2s_crypto_mbedtls_new(&f.sys, &crypto);
}

static int tear_down(void **state)
{
    (void)state;
    l2s_crypto_free(crypto);
    fake_sys_fini(&f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(skeyid_is_made_of_the_nonces_and_the_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_server_asked_in_message_4_and_the_client_in_5, set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_signatures_and_chains_are_good, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
