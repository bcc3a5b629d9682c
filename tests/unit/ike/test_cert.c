/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/cert.h"
#include "unit/fakes/papers.h"
#include "unit/ike/common_rig.h"
#include "wire/der.h"

#include <stdlib.h>
#include <string.h>

static struct l2s_id id_of(const char *text, uint8_t data[L2S_ID_DATA_MAX])
{
    struct l2s_id id = {.type = 0};
    size_t len = 0;

    assert_int_equal(l2s_id_parse(text, &id.type, data, &len), L2TPSEC_OK);
    id.data = l2s_rd_init(data, len);
    return id;
}

static bool names(const struct l2s_cert_names *n, const char *text)
{
    uint8_t data[L2S_ID_DATA_MAX];
    struct l2s_id id = id_of(text, data);

    return l2s_cert_is(n, &id);
}

static void a_certificate_names_what_it_names_and_nothing_else(void **state)
{
    struct paper cert = paper_open("server.der");
    struct l2s_cert_names n;
    char text[64];

    (void)state;
    assert_int_equal(l2s_cert_names(l2s_rd_init(cert.p, cert.n), &n), L2TPSEC_OK);
    assert_true(names(&n, "@vpn.example"));
    assert_true(names(&n, "@VPN.EXAMPLE"));
    assert_true(names(&n, "vpn2.example"));
    assert_true(names(&n, "192.0.2.1"));
    assert_true(names(&n, "2001:db8::1"));
    assert_false(names(&n, "@vpn.example.org"));
    assert_false(names(&n, "@pn.example"));
    assert_false(names(&n, "@vpn.exampl"));
    assert_false(names(&n, "192.0.2.2"));
    assert_false(names(&n, "2001:db8::2"));
    assert_false(names(&n, "vpn@vpn.example"));
    assert_false(names(&n, "keyid:76706e2e6578616d706c65"));
    assert_int_equal(l2s_cert_text(&n, text, sizeof text), 14);
    assert_string_equal(text, "CN=vpn.example");

    struct l2s_id dn = {.type = L2S_ID_DER_ASN1_DN, .data = n.subject};
    assert_true(l2s_cert_is(&n, &dn));
    dn.data.left--;
    assert_false(l2s_cert_is(&n, &dn));
    paper_close(&cert);
}

static void a_distinguished_name_is_read_back_from_its_text(void **state)
{
    struct paper cert = paper_open("server.der");
    struct l2s_cert_names n;
    char text[600];

    (void)state;
    assert_int_equal(l2s_cert_names(l2s_rd_init(cert.p, cert.n), &n), L2TPSEC_OK);
    struct l2s_id dn = {.type = L2S_ID_DER_ASN1_DN, .data = n.subject};
    (void)l2s_id_text(&dn, text, sizeof text);
    assert_true(names(&n, text));
    paper_close(&cert);
}

static void distinguished_names_are_written_as_people_do(void **state)
{
    static const char *const bad[] = {
        "CN=", "=x", "XX=1", "CN=a,", "CN=a, ,O=b", "CN=a+O=b", "CN=\"quoted\"", "cn = spaced ", "CN=a\\,b, C=XX"};
    struct paper cert = paper_open("server.der");
    struct l2s_cert_names n;
    uint8_t data[L2S_ID_DATA_MAX], type;
    char text[600], endless[400];
    size_t len;

    (void)state;
    assert_int_equal(l2s_cert_names(l2s_rd_init(cert.p, cert.n), &n), L2TPSEC_OK);
    struct l2s_id dn = {.type = L2S_ID_DER_ASN1_DN, .data = n.subject};
    (void)l2s_id_text(&dn, text, sizeof text);
    assert_string_equal(text, "C=XX, O=Test, CN=vpn.example");
    assert_true(names(&n, text));
    assert_true(names(&n, "C=xx,O=TEST,  CN=VPN.example"));
    assert_false(names(&n, "C=XX, O=Test, CN=vpn.example2"));
    assert_false(names(&n, "C=XX, O=Test"));
    assert_false(names(&n, "C=XX, O=Test, CN=vpn.example, CN=vpn.example"));
    assert_false(names(&n, "O=Test, C=XX, CN=vpn.example"));
    for (size_t i = 0; i < L2S_COUNT_OF(bad); i++)
        assert_int_equal(l2s_id_parse(bad[i], &type, data, &len), L2TPSEC_EINVAL);
    memset(endless, 'x', sizeof endless);
    memcpy(endless, "CN=", 3);
    for (size_t at = 120; at < sizeof endless; at++) { /* no length in between is a surprise */
        endless[at] = 0;
        int rc = l2s_id_parse(endless, &type, data, &len);
        assert_true(rc == L2TPSEC_OK ? at < 256 : rc == L2TPSEC_ERANGE && at > 230);
        if (rc == L2TPSEC_OK) {
            struct l2s_id id = {.type = type, .data = fake_rd_exact(data, len)};
            (void)l2s_id_text(&id, text, sizeof text);
            assert_string_equal(text, endless);
        }
        endless[at] = 'x';
    }
    fake_rd_free();
    paper_close(&cert);
}

static void every_truncation_is_malformed(void **state)
{
    struct paper cert = paper_open("server.der"), chain = paper_open("deep.p7b");
    struct l2s_cert_names n;
    struct l2s_rd out[8];

    (void)state;
    for (size_t len = 0; len < cert.n; len++)
        assert_int_equal(l2s_cert_names(fake_rd_exact(cert.p, len), &n), L2TPSEC_EPROTO);
    for (size_t len = 0; len < chain.n; len++)
        assert_int_equal(l2s_cert_unwrap(fake_rd_exact(chain.p, len), out, 8), 0);
    fake_rd_free();
    paper_close(&cert);
    paper_close(&chain);
}

/* Whatever a byte becomes, nothing outside is read (sanitizers see it), and what is found lies inside. */
static void every_byte_may_be_wrong(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff};
    struct paper papers[] = {paper_open("server.der"), paper_open("deep.p7b")};

    (void)state;
    for (size_t p = 0; p < L2S_COUNT_OF(papers); p++) {
        for (size_t at = 0; at < papers[p].n; at++) {
            for (size_t v = 0; v < sizeof values; v++) {
                uint8_t was = papers[p].p[at];
                struct l2s_cert_names n;
                struct l2s_rd out[8];
                char text[32];
                papers[p].p[at] = values[v];
                struct l2s_rd r = fake_rd_exact(papers[p].p, papers[p].n);
                const uint8_t *end = r.p + r.left;
                if (l2s_cert_names(r, &n) == L2TPSEC_OK) {
                    assert_true(n.subject.p >= r.p && n.subject.p + n.subject.left <= end);
                    assert_true(!n.alt.left || (n.alt.p >= r.p && n.alt.p + n.alt.left <= end));
                    (void)names(&n, "@vpn.example");
                    (void)names(&n, "192.0.2.1");
                    assert_true(l2s_cert_text(&n, text, sizeof text) < sizeof text);
                }
                size_t found = l2s_cert_unwrap(r, out, 8);
                for (size_t i = 0; i < found; i++)
                    assert_true(out[i].p >= r.p && out[i].p + out[i].left <= end);
                fake_rd_free();
                papers[p].p[at] = was;
            }
        }
        paper_close(&papers[p]);
    }
}

static void lengths_are_in_their_shortest_form(void **state)
{
    static const struct {
        const char *hex;
        bool good;
    } cases[] = {
        {"0400", true},       {"040161", true},      {"04", false},   {"0402 61", false},
        {"048101 61", false}, {"0482000161", false}, {"0480", false}, {"048400000001 61", false},
        {"1f0161", false},    {"", false},           {"0481", false}, {"0482 01", false},
        {"05 00", false},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t bytes[16];
        size_t n = fake_hex(cases[i].hex, bytes, sizeof bytes);
        struct l2s_rd r = fake_rd_exact(bytes, n);
        struct l2s_rd body = l2s_der_take(&r, L2S_DER_OCTETS);
        assert_int_equal(!r.bad && !body.bad, cases[i].good);
    }
    fake_rd_free();
}

static void pkcs7_brings_the_chain(void **state)
{
    struct paper chain = paper_open("deep.p7b");
    struct l2s_cert_names n;
    struct l2s_rd out[8];
    char text[64];

    (void)state;
    struct l2s_rd r = l2s_rd_init(chain.p, chain.n);
    assert_int_equal(l2s_cert_unwrap(r, out, 8), 2);
    assert_int_equal(l2s_cert_names(out[0], &n), L2TPSEC_OK);
    (void)l2s_cert_text(&n, text, sizeof text);
    assert_string_equal(text, "CN=deep.example");
    assert_int_equal(l2s_cert_names(out[1], &n), L2TPSEC_OK);
    (void)l2s_cert_text(&n, text, sizeof text);
    assert_string_equal(text, "CN=Test Sub CA");
    assert_int_equal(l2s_cert_unwrap(r, out, 1), 1);
    size_t oid = 0; /* of signed data: what else PKCS #7 may hold is none of it */
    while (oid + 9 < chain.n && memcmp(chain.p + oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9) != 0)
        oid++;
    chain.p[oid + 8] = 3;
    assert_int_equal(l2s_cert_unwrap(r, out, 8), 0);
    paper_close(&chain);
}

static void put_cert(struct l2s_chain *c, uint8_t encoding, const void *p, size_t n)
{
    l2s_chain_open(c, L2S_PT_CERT);
    l2s_wr_u8(c->w, encoding);
    l2s_wr_bytes(c->w, p, n);
    l2s_chain_close(c);
}

static void payloads_bring_them_plain_and_wrapped(void **state)
{
    struct paper chain = paper_open("deep.p7b"), cert = paper_open("server.der");
    struct l2s_isakmp h = {.exchange = L2S_EXCHANGE_MAIN}, got;
    uint8_t bytes[4096];
    struct l2s_wr w = l2s_wr_init(bytes, sizeof bytes);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_payloads s;
    struct l2s_rd rest, out[8];

    (void)state;
    l2s_chain_put(&c, L2S_PT_CERT, NULL, 0);
    put_cert(&c, 7, "a revocation list", 17);
    put_cert(&c, L2S_ENC_PKCS7, "rubbish", 7);
    put_cert(&c, L2S_ENC_PKCS7, chain.p, chain.n);
    put_cert(&c, L2S_ENC_X509_SIGNATURE, NULL, 0);
    put_cert(&c, L2S_ENC_X509_SIGNATURE, cert.p, cert.n);
    l2s_chain_end(&c);
    bytes[0] = 'i';
    assert_int_equal(l2s_isakmp_read(l2s_rd_init(bytes, w.len), &got, &rest), L2TPSEC_DROP_NONE);
    assert_int_equal(l2s_payloads_collect(rest, got.first, L2S_NATT_NONE, &s), L2TPSEC_OK);
    assert_int_equal(l2s_certs_of(&s, out, 8), 3);
    assert_true(l2s_rd_equals(&out[2], cert.p, cert.n));
    assert_int_equal(l2s_certs_of(&s, out, 1), 1);
    assert_int_equal(l2s_certs_of(&s, out, 2), 2);
    paper_close(&chain);
    paper_close(&cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_names_what_it_names_and_nothing_else),
        cmocka_unit_test(a_distinguished_name_is_read_back_from_its_text),
        cmocka_unit_test(distinguished_names_are_written_as_people_do),
        cmocka_unit_test(every_truncation_is_malformed),
        cmocka_unit_test(every_byte_may_be_wrong),
        cmocka_unit_test(lengths_are_in_their_shortest_form),
        cmocka_unit_test(pkcs7_brings_the_chain),
        cmocka_unit_test(payloads_bring_them_plain_and_wrapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
