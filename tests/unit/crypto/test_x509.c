/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "unit/crypto/rig.h"
#include "unit/fakes/papers.h"

#include <stdlib.h>
#include <string.h>

#define NEW_YEAR_2026 1767225600 /* 2026-01-01 00:00:00 UTC */
#define SUMMER_2026 1782864000   /* 2026-07-01 */

static struct paper paper_of(const char *file)
{
    return file ? paper_open(file) : (struct paper){NULL, 0};
}

static int load_own(struct rig *r, const char *cert, const char *key, struct l2s_own **out)
{
    struct paper c = paper_of(cert), k = paper_of(key);
    int rc = r->c->ops->own_new(r->c, paper_bytes(&c), paper_bytes(&k), out);

    paper_close(&c);
    paper_close(&k);
    return rc;
}

static struct l2s_own *own_of(struct rig *r, const char *cert, const char *key)
{
    struct l2s_own *own = NULL;

    assert_int_equal(load_own(r, cert, key, &own), L2TPSEC_OK);
    return own;
}

static struct l2s_trust *trust_of(struct rig *r, const char *ca, const char *crl)
{
    struct paper a = paper_of(ca), l = paper_of(crl);
    struct l2s_trust *trust = NULL;

    assert_int_equal(r->c->ops->trust_new(r->c, paper_bytes(&a), paper_bytes(&l), &trust), L2TPSEC_OK);
    paper_close(&a);
    paper_close(&l);
    return trust;
}

static struct l2s_cert_verdict judge(struct rig *r, const char *certs, const char *ca, const char *crl,
                                     struct l2s_cert_terms terms)
{
    struct l2s_own *own = own_of(r, certs, NULL);
    struct l2s_trust *trust = trust_of(r, ca, crl);
    struct l2s_bytes chain[L2S_CHAIN_MAX];
    struct l2s_cert_verdict v;
    size_t n = 0;

    while (n < L2S_CHAIN_MAX && (chain[n] = r->c->ops->own_cert(own, n)).p)
        n++;
    assert_int_equal(r->c->ops->cert_judge(r->c, chain, n, trust, &terms, &v), L2TPSEC_OK);
    r->c->ops->own_free(own);
    r->c->ops->trust_free(trust);
    return v;
}

static const struct l2s_cert_terms server_terms = {.now = SUMMER_2026, .server = true};

static void a_signature_of_each_kind_is_verified_by_the_certificate(void **state)
{
    static const struct {
        const char *cert, *key;
        enum l2s_key_kind kind;
        size_t hash, sig;
    } cases[] = {
        {"server.pem", "server.key", L2S_KEY_RSA, 20, 256},
        {"server.pem", "server.key", L2S_KEY_RSA, 32, 256},
        {"server.der", "server.key.der", L2S_KEY_RSA, 64, 256},
        {"server256.pem", "server256.key", L2S_KEY_P256, 32, 64},
        {"server384.pem", "server384.key", L2S_KEY_P384, 48, 96},
        {"server521.pem", "server521.key", L2S_KEY_P521, 64, 132},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_own *own = own_of(r, cases[i].cert, cases[i].key);
        struct l2s_bytes cert = r->c->ops->own_cert(own, 0);
        assert_int_equal(r->c->ops->own_kind(own), cases[i].kind);
        assert_int_equal(r->c->ops->cert_kind(r->c, cert), cases[i].kind);
        assert_true(r->c->ops->own_has_key(own));
        for (unsigned round = 0; round < (FEW ? 3u : 40u);
             round++) { /* numbers with leading zeros come by now and then */
            uint8_t hash[64], sig[L2S_SIGNATURE_MAX];
            size_t len = 0;
            for (size_t b = 0; b < sizeof hash; b++)
                hash[b] = (uint8_t)(round * 7 + b);
            assert_int_equal(r->c->ops->sign(own, hash, cases[i].hash, sig, &len), L2TPSEC_OK);
            assert_int_equal(len, cases[i].sig);
            assert_int_equal(r->c->ops->cert_verify(r->c, cert, hash, cases[i].hash, sig, len), L2TPSEC_OK);
            if (cases[i].kind == L2S_KEY_RSA && round)
                break; /* the same each time */
            assert_int_equal(r->c->ops->cert_verify(r->c, cert, hash, cases[i].hash, sig, len - 1), L2TPSEC_EAUTH);
            sig[len / 2 + 3] ^= 1;
            assert_int_equal(r->c->ops->cert_verify(r->c, cert, hash, cases[i].hash, sig, len), L2TPSEC_EAUTH);
            sig[len / 2 + 3] ^= 1;
            hash[5] ^= 1;
            assert_int_equal(r->c->ops->cert_verify(r->c, cert, hash, cases[i].hash, sig, len), L2TPSEC_EAUTH);
            memset(sig, 0, len);
            assert_int_equal(r->c->ops->cert_verify(r->c, cert, hash, cases[i].hash, sig, len), L2TPSEC_EAUTH);
        }
        r->c->ops->own_free(own);
    }
}

/* RFC 2409, 5.1: private key encryption in PKCS #1 format, with no hint at which hash it is. */
static void an_rsa_signature_is_the_padded_hash_alone(void **state)
{
    struct rig *r = *state;
    struct l2s_own *own = own_of(r, "server.pem", "server.key");
    uint8_t hash[20] = {1, 2, 3}, sig[L2S_SIGNATURE_MAX], again[L2S_SIGNATURE_MAX];
    struct paper made = paper_open("server.rsa-of-010203");
    size_t len = 0;

    assert_int_equal(r->c->ops->sign(own, hash, sizeof hash, sig, &len), L2TPSEC_OK);
    assert_int_equal(len, made.n);
    assert_memory_equal(sig, made.p, len); /* by openssl pkeyutl -sign with no digest */
    assert_int_equal(r->c->ops->sign(own, hash, sizeof hash, again, &len), L2TPSEC_OK);
    assert_memory_equal(sig, again, len);
    paper_close(&made);
    r->c->ops->own_free(own);
}

static void chains_lead_to_an_authority_or_are_refused(void **state)
{
    static const struct l2s_cert_terms weak = {.now = SUMMER_2026, .server = true, .weak = true};
    static const struct l2s_cert_terms early = {.now = NEW_YEAR_2026, .server = true};
    static const struct l2s_cert_terms earlier = {.now = 1500000000, .server = true};
    static const struct l2s_cert_terms later = {.now = 4200000000, .server = true};
    static const struct l2s_cert_terms strict = {.now = SUMMER_2026, .server = true, .crl_required = true};
    static const struct l2s_cert_terms strict_early = {.now = NEW_YEAR_2026 - 1, .server = true, .crl_required = true};
    static const struct l2s_cert_terms user = {.now = SUMMER_2026};
    static const struct {
        const char *certs, *ca, *crl;
        const struct l2s_cert_terms *terms;
        enum l2s_cert_fault fault;
        int64_t when;
        bool issuer;
    } cases[] = {
        {"server.pem", "ca.pem", NULL, &server_terms, L2S_CERT_GOOD, 0, false},
        {"server256.pem", "ca.pem", "crl.pem", &server_terms, L2S_CERT_GOOD, 0, false},
        {"deep.pem", "ca.pem", NULL, &server_terms, L2S_CERT_GOOD, 0, false},
        {"plain.pem", "ca.pem", NULL, &server_terms, L2S_CERT_GOOD, 0, false},
        {"server.pem", "other-ca.pem", NULL, &server_terms, L2S_CERT_UNTRUSTED, 0, false},
        {"stranger.pem", "ca.pem", NULL, &server_terms, L2S_CERT_UNTRUSTED, 0, false},
        {"sub.pem", "other-ca.pem", NULL, &server_terms, L2S_CERT_UNTRUSTED, 0, false},
        {"expired.pem", "ca.pem", NULL, &server_terms, L2S_CERT_EXPIRED, NEW_YEAR_2026 + 86400 + 11045, false},
        {"expired.pem", "ca.pem", NULL, &early, L2S_CERT_GOOD, 0, false},
        {"server.pem", "ca.pem", NULL, &earlier, L2S_CERT_NOT_YET, 1577836800, true},
        {"server.pem", "ca.pem", NULL, &later, L2S_CERT_EXPIRED, 4102444799, true},
        {"revoked.pem", "ca.pem", "crl.pem", &server_terms, L2S_CERT_REVOKED, 0, false},
        {"revoked.pem", "ca.pem", "crl-old.pem", &server_terms, L2S_CERT_REVOKED, 0, false},
        {"revoked.pem", "ca.pem", NULL, &server_terms, L2S_CERT_GOOD, 0, false},
        {"server.pem", "ca.pem", NULL, &strict, L2S_CERT_NO_CRL, 0, false},
        {"server.pem", "ca.pem", "crl-other.pem", &strict, L2S_CERT_NO_CRL, 0, false},
        {"server.pem", "ca.pem", "crl-old.pem", &strict, L2S_CERT_CRL_EXPIRED, NEW_YEAR_2026, false},
        {"server.pem", "ca.pem", "crl-old.pem", &strict_early, L2S_CERT_GOOD, 0, false},
        {"server.pem", "ca.pem", "crl.pem", &strict, L2S_CERT_GOOD, 0, false},
        {"deep.pem", "ca.pem", "crl.pem", &strict, L2S_CERT_NO_CRL, 0, false},
        {"encrypt.pem", "ca.pem", NULL, &server_terms, L2S_CERT_USAGE, 0, false},
        {"code.pem", "ca.pem", NULL, &server_terms, L2S_CERT_PURPOSE, 0, false},
        {"client.pem", "ca.pem", NULL, &server_terms, L2S_CERT_PURPOSE, 0, false},
        {"client.pem", "ca.pem", NULL, &user, L2S_CERT_GOOD, 0, false},
        {"short.pem", "ca.pem", NULL, &server_terms, L2S_CERT_SHORT_KEY, 0, false},
        {"short.pem", "ca.pem", NULL, &weak, L2S_CERT_GOOD, 0, false},
        {"sha1.pem", "ca.pem", NULL, &server_terms, L2S_CERT_WEAK_HASH, 0, false},
        {"sha1.pem", "ca.pem", NULL, &weak, L2S_CERT_GOOD, 0, false},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_cert_verdict v = judge(r, cases[i].certs, cases[i].ca, cases[i].crl, *cases[i].terms);
        if (v.fault != cases[i].fault)
            fail_msg("%s: fault %d instead of %d", cases[i].certs, v.fault, cases[i].fault);
        assert_int_equal(v.when, cases[i].when);
        assert_int_equal(v.issuer, cases[i].issuer);
        assert_int_equal(v.bits, v.fault == L2S_CERT_SHORT_KEY ? 1024 : 0);
    }
}

static void the_middle_of_a_chain_is_needed(void **state)
{
    struct rig *r = *state;
    struct l2s_own *own = own_of(r, "deep.pem", "deep.key");
    struct l2s_trust *trust = trust_of(r, "ca.pem", NULL);
    struct l2s_bytes chain[] = {r->c->ops->own_cert(own, 0), {"junk", 4}, r->c->ops->own_cert(own, 1)};
    struct l2s_cert_verdict v;

    assert_int_equal(r->c->ops->cert_judge(r->c, chain, 3, trust, &server_terms, &v), L2TPSEC_OK);
    assert_int_equal(v.fault, L2S_CERT_GOOD);
    assert_int_equal(r->c->ops->cert_judge(r->c, chain, 2, trust, &server_terms, &v), L2TPSEC_OK);
    assert_int_equal(v.fault, L2S_CERT_UNTRUSTED);
    assert_int_equal(r->c->ops->cert_judge(r->c, chain + 1, 2, trust, &server_terms, &v), L2TPSEC_OK);
    assert_int_equal(v.fault, L2S_CERT_UNREADABLE);
    assert_null(r->c->ops->own_cert(own, 2).p);
    r->c->ops->own_free(own);
    r->c->ops->trust_free(trust);
}

static void every_truncation_of_a_certificate_is_unreadable(void **state)
{
    struct rig *r = *state;
    struct paper cert = paper_open("server.der");
    struct l2s_trust *trust = trust_of(r, "ca.pem", NULL);
    struct l2s_cert_verdict v;

    for (size_t n = 0; n < cert.n; n++) {
        uint8_t *cut = malloc(n + 1);
        assert_non_null(cut);
        memcpy(cut + 1, cert.p, n);
        struct l2s_bytes one = {cut + 1, n};
        assert_int_equal(r->c->ops->cert_judge(r->c, &one, 1, trust, &server_terms, &v), L2TPSEC_OK);
        assert_int_equal(v.fault, L2S_CERT_UNREADABLE);
        assert_int_equal(r->c->ops->cert_kind(r->c, one), L2S_KEY_NONE);
        free(cut);
    }
    r->c->ops->trust_free(trust);
    paper_close(&cert);
}

static void what_does_not_fit_together_is_refused(void **state)
{
    struct rig *r = *state;
    struct l2s_own *own = NULL;
    struct l2s_trust *trust = NULL;
    struct l2s_bytes rubbish = {"rubbish", 7}, nothing = {NULL, 0};
    struct paper cert = paper_open("server.pem"), ca = paper_open("ca.pem");

    assert_int_equal(load_own(r, "server.pem", "client.key", &own), L2TPSEC_EAUTH);
    assert_int_equal(load_own(r, "server.pem", "server256.key", &own), L2TPSEC_EAUTH);
    assert_int_equal(load_own(r, "server.key", "server.key", &own), L2TPSEC_EINVAL);
    assert_int_equal(load_own(r, "server.pem", "server.pem", &own), L2TPSEC_EINVAL);
    assert_int_equal(r->c->ops->own_new(r->c, nothing, nothing, &own), L2TPSEC_EINVAL);
    assert_int_equal(r->c->ops->own_new(r->c, paper_bytes(&cert), rubbish, &own), L2TPSEC_EINVAL);
    assert_int_equal(r->c->ops->trust_new(r->c, rubbish, nothing, &trust), L2TPSEC_EINVAL);
    assert_int_equal(r->c->ops->trust_new(r->c, paper_bytes(&ca), rubbish, &trust), L2TPSEC_EINVAL);
    assert_null(own);
    assert_null(trust);
    paper_close(&cert);
    paper_close(&ca);
    r->c->ops->own_free(NULL);
    r->c->ops->trust_free(NULL);
}

static void the_names_of_the_authorities_are_known(void **state)
{
    struct rig *r = *state;
    struct l2s_trust *trust = trust_of(r, "ca.pem", NULL);
    struct l2s_bytes name = r->c->ops->trust_name(trust, 0);

    assert_true(name.n > 8 && memcmp((const uint8_t *)name.p + name.n - 7, "Test CA", 7) == 0);
    assert_null(r->c->ops->trust_name(trust, 1).p);
    r->c->ops->trust_free(trust);
}

/* The list of an authority whose name differs in its last letter is not this one's list. */
static void a_list_of_nearly_the_same_authority_is_none(void **state)
{
    static const char name[] = "VGVzdCBDQRcN"; /* "Test CA", and what follows it, in base 64 */
    static const struct l2s_cert_terms strict = {.now = SUMMER_2026, .server = true, .crl_required = true};
    struct rig *r = *state;
    struct paper ca = paper_open("ca.pem"), list = paper_open("crl.pem");
    struct l2s_own *own = own_of(r, "server.pem", NULL);
    struct l2s_cert_verdict v;

    for (unsigned near = 0; near < 2; near++) {
        struct l2s_trust *trust = NULL;
        if (near) {
            size_t at = 0;
            while (at + sizeof name - 1 < list.n && memcmp(list.p + at, name, sizeof name - 1) != 0)
                at++;
            assert_true(at + sizeof name - 1 < list.n);
            list.p[at + 9] = 'h'; /* "Test CB" */
        }
        assert_int_equal(r->c->ops->trust_new(r->c, paper_bytes(&ca), paper_bytes(&list), &trust), L2TPSEC_OK);
        struct l2s_bytes chain = r->c->ops->own_cert(own, 0);
        assert_int_equal(r->c->ops->cert_judge(r->c, &chain, 1, trust, &strict, &v), L2TPSEC_OK);
        assert_int_equal(v.fault, near ? L2S_CERT_NO_CRL : L2S_CERT_GOOD);
        r->c->ops->trust_free(trust);
    }
    r->c->ops->own_free(own);
    paper_close(&ca);
    paper_close(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_signature_of_each_kind_is_verified_by_the_certificate, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(an_rsa_signature_is_the_padded_hash_alone, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(chains_lead_to_an_authority_or_are_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(the_middle_of_a_chain_is_needed, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(every_truncation_of_a_certificate_is_unreadable, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_together_is_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(the_names_of_the_authorities_are_known, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_list_of_nearly_the_same_authority_is_none, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
