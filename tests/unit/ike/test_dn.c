/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Distinguished names: when two are the same, which can be shown, and which can be written. */
#include "ike/common/dn.h"

#include "base/errors.h"
#include "unit/fakes/der.h"

enum { UTF8 = 0x0c, PRINTABLE = 0x13, T61 = 0x14, IA5 = 0x16, OCTETS = 0x04, SEQUENCE = 0x30, SET = 0x31 };

static bool same(const struct der *a, const struct der *b)
{
    bool is = l2s_dn_equal(der_read(a), der_read(b));

    assert_int_equal(l2s_dn_equal(der_read(b), der_read(a)), is); /* whichever comes first */
    fake_rd_free();
    return is;
}

static bool shown(const struct der *d, const char *as)
{
    char out[100] = "";
    struct l2s_text t = l2s_text_init(out, sizeof out);
    bool is = l2s_dn_text(der_read(d), &t);

    fake_rd_free();
    assert_string_equal(out, is ? as : "");
    return is;
}

static void names_are_the_same_whatever_the_strings_are_made_of(void **state)
{
    static const uint8_t kinds[] = {UTF8, PRINTABLE, T61, IA5};

    (void)state;
    struct der name = der_name(DER_CN, UTF8, "vpn.Example");
    for (unsigned i = 0; i < L2S_COUNT_OF(kinds); i++) {
        struct der other = der_name(DER_CN, kinds[i], "VPN.example");
        assert_true(same(&name, &other));
    }
    struct der octets = der_name(DER_CN, OCTETS, "vpn.example"), again = der_name(DER_CN, OCTETS, "VPN.example");
    assert_true(same(&octets, &octets)); /* what is no string is compared byte by byte */
    assert_false(same(&octets, &again));
    assert_false(same(&octets, &name));
}

static void names_differ_by_a_letter_an_attribute_or_how_they_are_grouped(void **state)
{
    (void)state;
    struct der name = der_name(DER_CN, UTF8, "vpn"), letter = der_name(DER_CN, UTF8, "vpm");
    struct der longer = der_name(DER_CN, UTF8, "vpns"), kind = der_name(DER_OU, UTF8, "vpn");
    assert_false(same(&name, &letter));
    assert_false(same(&name, &longer));
    assert_false(same(&name, &kind));

    struct der one = der_attribute(DER_CN, UTF8, "a"), other = der_attribute(DER_OU, UTF8, "b"), both = one;
    der_add(&both, other);
    struct der set = der_wrap(SET, &both);
    struct der together = der_wrap(SEQUENCE, &set);
    struct der apart = der_wrap(SET, &one);
    der_add(&apart, der_wrap(SET, &other));
    struct der two = der_wrap(SEQUENCE, &apart);
    struct der first = der_name(DER_CN, UTF8, "a");
    assert_true(same(&together, &together)); /* an RDN of two */
    assert_false(same(&together, &two));
    assert_false(same(&two, &first));
    assert_false(shown(&together, "")); /* that has no short form */
    assert_true(shown(&two, "CN=a, OU=b"));
}

static void what_is_no_name_is_the_same_as_nothing(void **state)
{
    static const char *const broken[] = {
        "3100",                                  /* no SEQUENCE */
        "3000",                                  /* of nothing */
        "300031",                                /* with something behind it */
        "3002 0400",                             /* of no SET */
        "3004 3102 0400",                        /* of no SEQUENCE */
        "3006 3104 3002 0400",                   /* of no OID */
        "3009 3107 3005 0603550403",             /* of no value */
        "300e 310c 300a 0603550403 0c0161 0500", /* of two values */
        "300b 3109 3007 0603550403 0c",          /* cut */
    };

    (void)state;
    struct der good = der_name(DER_CN, UTF8, "a");
    for (unsigned i = 0; i < L2S_COUNT_OF(broken); i++) {
        struct der d = {.n = 0};
        d.n = fake_hex(broken[i], d.p, sizeof d.p);
        assert_false(same(&d, &d));
        assert_false(same(&d, &good));
        assert_false(shown(&d, ""));
    }
}

static void only_what_can_be_read_back_is_shown(void **state)
{
    static const char *const odd[] = {"", " a", "a ", "a,b", "a=b", "a+b", "a\"b", "a\\b", "a\x7f", "a\tb"};

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(odd); i++) {
        struct der d = der_name(DER_CN, UTF8, odd[i]);
        assert_false(shown(&d, ""));
    }
    struct der unknown = der_name("55047f", UTF8, "a"), octets = der_name(DER_CN, OCTETS, "a");
    assert_false(shown(&unknown, ""));
    assert_false(shown(&octets, ""));
    struct der good = der_name(DER_CN, PRINTABLE, "a b");
    assert_true(shown(&good, "CN=a b"));
}

static void names_are_written_as_far_as_there_is_room(void **state)
{
    char text[1000] = "CN=";
    uint8_t out[700];
    size_t n;

    (void)state;
    assert_int_equal(l2s_dn_parse("", out, sizeof out, &n), L2TPSEC_EINVAL);
    assert_int_equal(l2s_dn_parse("CN=a\"b", out, sizeof out, &n), L2TPSEC_EINVAL);
    assert_int_equal(l2s_dn_parse("CN=\xc3\xa4", out, sizeof out, &n), L2TPSEC_OK); /* other scripts are UTF-8 */
    assert_memory_equal(out + n - 4, "\x0c\x02\xc3\xa4", 4);
    assert_int_equal(l2s_dn_parse("CN=a", out, 13, &n), L2TPSEC_ERANGE);
    assert_int_equal(l2s_dn_parse("CN=a", out, 14, &n), L2TPSEC_OK);
    for (size_t len = 200; len < 300; len++) { /* an attribute of up to 256 bytes, with all around it */
        memset(text + 3, 'x', len);
        text[3 + len] = 0;
        int rc = l2s_dn_parse(text, out, sizeof out, &n);
        assert_int_equal(rc, len <= 245 ? L2TPSEC_OK : L2TPSEC_ERANGE);
    }
    for (unsigned i = 0; i < 3; i++) { /* three of 200 bytes are too many */
        memset(text + 204 * i, 'x', 203);
        memcpy(text + 204 * i, "CN=", 3);
        text[204 * i + 203] = i == 2 ? 0 : ',';
    }
    assert_int_equal(l2s_dn_parse(text, out, sizeof out, &n), L2TPSEC_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_same_whatever_the_strings_are_made_of),
        cmocka_unit_test(names_differ_by_a_letter_an_attribute_or_how_they_are_grouped),
        cmocka_unit_test(what_is_no_name_is_the_same_as_nothing),
        cmocka_unit_test(only_what_can_be_read_back_is_shown),
        cmocka_unit_test(names_are_written_as_far_as_there_is_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
