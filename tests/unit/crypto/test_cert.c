/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Whom a certificate names: hosts and users. */
#include "crypto/cert.h"

#include "base/errors.h"
#include "crypto/mbedtls/backend.h"
#include "unit/crypto/rig.h"
#include "unit/fakes/der.h"
#include "unit/fakes/papers.h"

#include <string.h>

struct named {
    struct l2s_own *own; /* reads the PEM */
    struct l2s_cert_names names;
};

static struct named read_names(struct l2s_crypto *c, const char *file)
{
    struct paper paper = paper_open(file);
    struct l2s_bytes none = {NULL, 0};
    struct named n = {NULL, {{NULL, 0, false}, {NULL, 0, false}, {NULL, 0, false}}};

    assert_int_equal(c->ops->own_new(c, paper_bytes(&paper), none, &n.own), L2TPSEC_OK);
    struct l2s_bytes der = c->ops->own_cert(n.own, 0);
    assert_int_equal(l2s_cert_names(l2s_rd_init(der.p, der.n), &n.names), L2TPSEC_OK);
    paper_close(&paper);
    return n;
}

static void a_host_is_its_dns_names_or_without_them_its_common_name(void **state)
{
    static const struct {
        const char *file, *host;
        bool is;
    } cases[] = {
        {"server.pem", "vpn.example", true},
        {"server.pem", "VPN2.example", true},
        {"server.pem", "vpn.example.org", false},
        {"server.pem", "example", false},
        {"server.pem", "", false},
        {"names.pem", "a.wild.example", true},
        {"names.pem", "A.Wild.Example", true},
        {"names.pem", "a.b.wild.example", false},
        {"names.pem", "wild.example", false},
        {"names.pem", ".wild.example", false},
        {"names.pem", "*.wild.example", true},
        {"names.pem", "Bob B. Builder", false},
        {"plain.pem", "plain.example", true},
        {"plain.pem", "other.example", false},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct named n = read_names(r->c, cases[i].file);
        if (l2s_cert_is_host(&n.names, cases[i].host) != cases[i].is)
            fail_msg("%s and \"%s\"", cases[i].file, cases[i].host);
        r->c->ops->own_free(n.own);
    }
}

static void a_user_is_found_by_each_name_and_spelt_as_in_the_certificate(void **state)
{
    static const struct {
        const char *file, *claimed, *is; /* NULL: nobody */
    } cases[] = {
        {"names.pem", "bob@corp.example", "bob@corp.example"},
        {"names.pem", "BOB@CORP.example", "bob@corp.example"},
        {"names.pem", "bob@mail.example", "bob@mail.example"},
        {"names.pem", "pc7.example", "pc7.example"},
        {"names.pem", "host/PC7.example", "pc7.example"},
        {"names.pem", "bob b. builder", "Bob B. Builder"},
        {"names.pem", "", "bob@corp.example"},
        {"names.pem", "bob", NULL},
        {"names.pem", "a.wild.example", NULL},
        {"names.pem", "*.wild.example", NULL},
        {"names.pem", "host/bob@corp.example", NULL},
        {"names.pem", "host/", NULL},
        {"names.pem", "host-pc7.example", NULL},
        {"names.pem", "bob@corp.exampl", NULL},
        {"names.pem", "CORP\\bob", NULL},
        {"client.pem", "", "alice@example.org"},
        {"client.pem", "alice", "Alice"},
        {"server.pem", "", "vpn.example"},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct named n = read_names(r->c, cases[i].file);
        struct l2s_rd user;
        bool found = l2s_cert_user(&n.names, l2s_rd_init(cases[i].claimed, strlen(cases[i].claimed)), &user);
        if (found != (cases[i].is != NULL) || (found && !l2s_rd_equals(&user, cases[i].is, strlen(cases[i].is))))
            fail_msg("%s and \"%s\"", cases[i].file, cases[i].claimed);
        r->c->ops->own_free(n.own);
    }
}

/* ---- what no tool would write ------------------------------------------------------------------------------------------ */

enum { OCTETS = 0x04, UTF8 = 0x0c, SEQUENCE = 0x30, SET = 0x31, MAIL = 0x81, DNS = 0x82, OTHER = 0xa0 };
#define ALT_NAME "551d11"
#define PRINCIPAL "2b060104018237140203"

/* An extension: OID, perhaps that it is critical, value. */
static struct der extension(const char *oid, bool critical, const struct der *value)
{
    uint8_t bytes[16];
    struct der e = der_of(0x06, bytes, fake_hex(oid, bytes, sizeof bytes));

    if (critical)
        der_add(&e, der_of(0x01, "\xff", 1));
    der_add(&e, der_of(OCTETS, value->p, value->n));
    return der_wrap(SEQUENCE, &e);
}

/* A certificate with this subject, and these alternative names or none; unsigned, for nobody asks here. */
static struct der certificate(const struct der *subject, const struct der *extensions)
{
    struct der tbs = der_of(0xa0, "\2\1\2", 3), whole;

    der_add(&tbs, der_of(0x02, "\1", 1));
    der_add(&tbs, der_of(SEQUENCE, "", 0));
    der_add(&tbs, der_name(DER_CN, UTF8, "CA"));
    der_add(&tbs, der_of(SEQUENCE, "", 0));
    der_add(&tbs, *subject);
    der_add(&tbs, der_of(SEQUENCE, "", 0));
    der_add(&tbs, der_of(0x81, "", 0)); /* something nobody reads */
    if (extensions) {
        struct der list = der_wrap(SEQUENCE, extensions);
        der_add(&tbs, der_wrap(0xa3, &list));
    }
    whole = der_wrap(SEQUENCE, &tbs);
    der_add(&whole, der_of(SEQUENCE, "", 0));
    return der_wrap(SEQUENCE, &whole);
}

static struct der alt_names(const struct der *names)
{
    struct der list = der_wrap(SEQUENCE, names);

    return extension(ALT_NAME, false, &list);
}

static struct l2s_cert_names names_of(const struct der *cert)
{
    struct l2s_cert_names names;

    assert_int_equal(l2s_cert_names(der_read(cert), &names), L2TPSEC_OK);
    return names;
}

static void an_extension_that_is_broken_or_there_twice_is_refused(void **state)
{
    struct der subject = der_name(DER_CN, UTF8, "a"), dns = der_text(DNS, "a.example");
    struct der alt = alt_names(&dns), twice = alt, other, behind = der_wrap(SEQUENCE, &dns);
    struct l2s_cert_names names;

    (void)state;
    der_add(&twice, alt);
    der_add(&behind, dns);
    struct der trailing = extension(ALT_NAME, true, &behind), unwrapped = extension(ALT_NAME, true, &dns);
    other = extension("551d13", true, &dns);
    der_add(&other, alt);
    struct der octets = der_of(OCTETS, "", 0), oid = der_of(0x06, "\x55\x1d\x11", 3);
    struct der valueless = der_wrap(SEQUENCE, &oid);
    const struct der *refused[] = {&twice, &trailing, &unwrapped, &octets, &valueless};
    for (unsigned i = 0; i < L2S_COUNT_OF(refused); i++) {
        struct der cert = certificate(&subject, refused[i]);
        assert_int_equal(l2s_cert_names(der_read(&cert), &names), L2TPSEC_EPROTO);
    }
    struct der cert = certificate(&subject, &other); /* what is not known is passed over */
    assert_true(l2s_cert_next_alt(&(struct l2s_rd){names_of(&cert).alt.p, names_of(&cert).alt.left, false}, L2S_ALT_DNS,
                                  &(struct l2s_rd){NULL, 0, false}));
    struct der tail = cert;
    der_add(&tail, dns);
    assert_int_equal(l2s_cert_names(der_read(&tail), &names), L2TPSEC_EPROTO);
    for (size_t n = 0; n < cert.n; n++)
        assert_int_equal(l2s_cert_names(fake_rd_exact(cert.p, n), &names), L2TPSEC_EPROTO);
    fake_rd_free();
}

static bool is_host(const char *name, const char *host)
{
    struct der subject = der_name(DER_OU, UTF8, "a"), dns = der_text(DNS, name), alt = alt_names(&dns);
    struct der cert = certificate(&subject, &alt);
    struct l2s_cert_names names = names_of(&cert);
    bool is = l2s_cert_is_host(&names, host);

    fake_rd_free();
    return is;
}

static void a_wildcard_is_a_label_and_nothing_else(void **state)
{
    (void)state;
    assert_true(is_host("*.example", "a.example"));
    assert_false(is_host("*.example", "example"));
    assert_false(is_host("*.example", ""));
    assert_false(is_host("*.", "a."));
    assert_false(is_host("*a.example", "ba.example"));
    assert_false(is_host("", ""));
}

static bool is_common_name(uint8_t tag, const char *name)
{
    struct der subject = der_name(DER_CN, tag, name), cert = certificate(&subject, NULL);
    struct l2s_cert_names names = names_of(&cert);
    bool is = l2s_cert_is_host(&names, name);

    fake_rd_free();
    return is;
}

static void a_common_name_is_text_or_none(void **state)
{
    struct der set = der_of(SET, "", 0), none = der_wrap(SEQUENCE, &set), cert = certificate(&none, NULL);
    char text[40];

    (void)state;
    assert_true(is_common_name(UTF8, "a.example"));
    assert_true(is_common_name(0x13, "a.example"));
    assert_true(is_common_name(0x16, "a.example"));
    assert_false(is_common_name(0x1e, "a.example")); /* two bytes a letter */
    struct l2s_cert_names names = names_of(&cert);
    assert_false(l2s_cert_is_host(&names, "a.example"));
    assert_int_equal(l2s_cert_text(&names, text, sizeof text), 0);
    fake_rd_free();
}

/* The user of a certificate with this alternative name and no common name; length of it, 0: nobody. */
static size_t user_of(uint8_t tag, const void *name, size_t n, const char *claimed)
{
    struct der subject = der_name(DER_OU, UTF8, "a"), alt = der_of(tag, name, n), ext = alt_names(&alt);
    struct der cert = certificate(&subject, &ext);
    struct l2s_cert_names names = names_of(&cert);
    struct l2s_rd user = l2s_rd_init(NULL, 0);
    bool is = l2s_cert_user(&names, l2s_rd_init(claimed, strlen(claimed)), &user);

    fake_rd_free();
    return is ? user.left : 0;
}

static void a_name_that_could_deceive_is_nobodys(void **state)
{
    char endless[300];

    (void)state;
    memset(endless, 'a', sizeof endless);
    assert_int_equal(user_of(MAIL, "a@b", 3, ""), 3);
    assert_int_equal(user_of(MAIL, "a\0b", 3, ""), 0);
    assert_int_equal(user_of(MAIL, "a\x7f", 2, ""), 0);
    assert_int_equal(user_of(MAIL, "*", 1, ""), 0);
    assert_int_equal(user_of(MAIL, "", 0, ""), 0);
    assert_int_equal(user_of(MAIL, endless, 255, ""), 255);
    assert_int_equal(user_of(MAIL, endless, 256, ""), 0);
    assert_int_equal(user_of(DNS, "pc7", 3, "host/pc7"), 3);
    assert_int_equal(user_of(MAIL, "pc7", 3, "host/pc7"), 0);
}

static void an_other_name_is_a_principal_name_or_of_no_use(void **state)
{
    uint8_t oid[16];
    struct der text = der_text(UTF8, "a@b"), octets = der_text(OCTETS, "a@b");
    struct der good = der_of(0x06, oid, fake_hex(PRINCIPAL, oid, sizeof oid)), odd = good;
    struct der stranger = der_of(0x06, "\x2a", 1);

    (void)state;
    der_add(&good, der_wrap(0xa0, &text));
    der_add(&odd, der_wrap(0xa0, &octets));
    der_add(&stranger, der_wrap(0xa0, &text));
    assert_int_equal(user_of(OTHER, good.p, good.n, "a@b"), 3);
    assert_int_equal(user_of(OTHER, odd.p, odd.n, "a@b"), 0);
    assert_int_equal(user_of(OTHER, stranger.p, stranger.n, "a@b"), 0);
    assert_int_equal(user_of(OTHER, "", 0, "a@b"), 0);
}

static void without_a_common_name_an_alternative_one_is_shown(void **state)
{
    struct der subject = der_name(DER_OU, UTF8, "a"), mail = der_text(MAIL, "a@b"), dns = der_text(DNS, "c\"d\x7f");
    struct der alt = alt_names(&mail), cert = certificate(&subject, &alt);
    struct l2s_cert_names names = names_of(&cert);
    char text[100];

    (void)state;
    assert_int_equal(l2s_cert_text(&names, text, sizeof text), 3);
    assert_string_equal(text, "a@b");
    der_add(&mail, dns);
    alt = alt_names(&mail);
    cert = certificate(&subject, &alt);
    names = names_of(&cert);
    (void)l2s_cert_text(&names, text, sizeof text);
    assert_string_equal(text, "c?d?"); /* the DNS name before the mail address, and nothing that is not printable */
    struct l2s_text t = l2s_text_init(text, sizeof text);
    struct der nobody = der_of(SEQUENCE, "", 0), unnamed = certificate(&nobody, NULL);
    l2s_cert_mention(&t, false, (struct l2s_bytes){unnamed.p, unnamed.n}, false);
    assert_string_equal(text, "the client's certificate ");
    t = l2s_text_init(text, sizeof text);
    l2s_cert_mention(&t, true, (struct l2s_bytes){nobody.p, nobody.n}, true);
    assert_string_equal(text, "an authority above the server's certificate ");
    fake_rd_free();
}

static void dates_are_those_of_the_calendar(void **state)
{
    static const struct {
        int64_t when;
        const char *date;
    } cases[] = {{0, "1970-01-01"},
                 {951782400, "2000-02-29"},
                 {1767312000, "2026-01-02"},
                 {1797552000, "2026-12-18"},
                 {4107542400, "2100-03-01"}};
    char text[100];

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_cert_verdict v = {.fault = L2S_CERT_EXPIRED, .when = cases[i].when};
        struct l2s_text t = l2s_text_init(text, sizeof text);
        l2s_cert_complain(&t, true, (struct l2s_bytes){NULL, 0}, &v, "IKE");
        assert_string_equal(text + strlen("the server's certificate expired on "), cases[i].date);
    }
}

/* An alternative name of DNS, this long. */
static bool is_found(size_t n)
{
    uint8_t alt[4 + 300] = {0x80 | L2S_ALT_DNS, 0x82, (uint8_t)(n >> 8), (uint8_t)n};
    size_t head = 4;
    struct l2s_rd user;

    if (n < 256) {
        alt[1] = 0x81;
        alt[2] = (uint8_t)n;
        head = 3;
    }
    memset(alt + head, 'a', n);
    struct l2s_cert_names names = {.alt = l2s_rd_init(alt, head + n)};
    bool found = l2s_cert_user(&names, l2s_rd_init(NULL, 0), &user);
    if (found)
        assert_int_equal(user.left, n);
    return found;
}

static void no_users_name_is_longer_than_255_bytes(void **state)
{
    (void)state;
    assert_true(is_found(128));
    assert_true(is_found(255));
    assert_false(is_found(256));
    assert_false(is_found(300));
}

/* mbedTLS knows text by the zero behind it; anything else it is given as long as it is. */
static void only_text_is_given_a_byte_more(void **state)
{
    static const struct {
        const char *in;
        size_t n, more;
    } cases[] = {{"0\3\2\1\5 and no more", 5, 0},
                 {"", 0, 0},
                 {"-----BEGIN ", 10, 0},
                 {"-----BEGIN ", 11, 1},
                 {"-----BEGIN CERTIFICATE-----", 27, 1},
                 {"words ahead\n-----BEGIN X", 24, 1},
                 {"-----begin X509", 15, 0}};
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        size_t len = 99;
        uint8_t *copy = l2s_mbedtls_text(r->c, (struct l2s_bytes){cases[i].in, cases[i].n}, &len);
        assert_non_null(copy);
        assert_int_equal(len, cases[i].n + cases[i].more);
        assert_memory_equal(copy, cases[i].in, cases[i].n);
        assert_int_equal(copy[cases[i].n], 0);
        l2s_mem_free(&r->c->sys->mem, copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_host_is_its_dns_names_or_without_them_its_common_name, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_user_is_found_by_each_name_and_spelt_as_in_the_certificate, rig_up, rig_down),
        cmocka_unit_test(an_extension_that_is_broken_or_there_twice_is_refused),
        cmocka_unit_test(a_wildcard_is_a_label_and_nothing_else),
        cmocka_unit_test(a_common_name_is_text_or_none),
        cmocka_unit_test(a_name_that_could_deceive_is_nobodys),
        cmocka_unit_test(an_other_name_is_a_principal_name_or_of_no_use),
        cmocka_unit_test(without_a_common_name_an_alternative_one_is_shown),
        cmocka_unit_test(dates_are_those_of_the_calendar),
        cmocka_unit_test_setup_teardown(no_users_name_is_longer_than_255_bytes, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(only_text_is_given_a_byte_more, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
