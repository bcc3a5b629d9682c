/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Settings from text: what is taken, what is refused and with which words. A refused one changes nothing. */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "core/profile.h"

#include <string.h>

struct bench {
    struct fake_sys f;
    struct l2s_crypto *crypto;
    struct l2s_profile p;
    char error[L2S_PROFILE_ERROR];
};

static struct bench b;

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&b.f);
    l2s_profile_init(&b.p);
    int rc = l2s_crypto_mbedtls_new(&b.f.sys, &b.crypto);
    b.p.papers.crypto = b.p.ppp_papers.crypto = b.crypto;
    return rc;
}

static int teardown(void **state)
{
    (void)state;
    l2s_profile_fini(&b.p);
    l2s_crypto_free(b.crypto);
    fake_sys_fini(&b.f);
    return 0;
}

static void taken(const char *name, const char *value)
{
    if (l2s_setting_set(&b.p, name, value, b.error) != L2TPSEC_OK)
        fail_msg("%s=\"%s\": %s", name, value, b.error);
    assert_string_equal(b.error, "");
}

static void refused(const char *name, const char *value, int32_t why)
{
    static struct l2s_profile before;

    before = b.p;
    int32_t rc = l2s_setting_set(&b.p, name, value, b.error);
    if (rc != why)
        fail_msg("%s=\"%s\": %d, not %d: %s", name, value, (int)rc, (int)why, b.error);
    assert_memory_equal(b.error, name, strlen(name));
    if (memcmp(&before, &b.p, sizeof before) != 0)
        fail_msg("%s=\"%s\" was refused and changed something", name, value);
}

/* ---- each setting of words ----------------------------------------------------------------------------------------- */

static void only_words_that_are_known_are_taken(void **state)
{
    static const struct {
        const char *name, *good[4], *bad[8];
    } cases[] = {
        {"preset", {"modern", "compatible", "legacy"}, {"", "Modern", "modern "}},
        {"ike.proposals",
         {"aes256-sha256-modp2048", "aes128-sha1-x25519, aes256-sha256-ecp256"},
         {"", "aes256", "aes256-sha256-modp2049", "aes256-sha256-modp2048,"}},
        {"esp.proposals", {"aes256-sha256", "aes128gcm16-x25519"}, {"", "aes256", "rot13-sha256", ",aes256-sha256"}},
        {"esp.encap", {"auto", "always", "never"}, {"", "perhaps", "auto,never"}},
        {"esp.sha256_96", {"never", "auto", "always"}, {"", "perhaps"}},
        {"ike.mode", {"aggressive", "main"}, {"", "base", "mainly"}},
        {"ppp.auth",
         {"none", "pap", "mschapv2, eap-tls chap", "eap-md5,eap-mschapv2"},
         {"", ",", "eap", "none, none", "mschapv2x", "pap none x"}},
        {"ppp.mppe",
         {"never", "allow", "require, 128 stateful", "allow 40"},
         {"", "128", "never, allow", "never 128", "require, 64", "allow, require"}},
        {"ike.vendor_ids",
         {"none", "dpd", "rfc3947, drafts, fragmentation, name"},
         {"", "none, none", "dpd, cisco", "nonesuch"}},
        {"ike.auth", {"psk", "cert", "cert, psk"}, {"", ",", "kerberos", "psk, none"}},
        {"ike.id", {"", "10.0.0.1", "@vpn", "keyid:00ff"}, {"keyid:0", "dn:", "CN=", "a b"}},
        {"ike.peer_id", {"", "2001:db8::1", "bob@example"}, {"keyid:zz", "@"}},
        {"server.address", {"10.0.0.1"}, {"", "10.0.0", "10.0.0.1/8", "10.0.0.256", "::1"}},
        {"server.pool",
         {"10.0.0.0/8", "10.9.8.7/30"},
         {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/24x", "10.0.0.0/7", "10.0.0.0/31", "10.0/16"}},
        {"server.pool6",
         {"", "2001:db8::/16", "2001:db8::/64"},
         {"2001:db8::", "2001:db8::/", "2001:db8::/15", "2001:db8::/65", "2001:db8::/40x", "10.0.0.0/24", "vpn/40"}},
        {"server.dns", {"", "10.0.0.1", "10.0.0.1, 10.0.0.2"}, {"10.0.0.1,10.0.0.2,10.0.0.3", "10.0.0.x", "::1"}},
        {"server.routes", {"", "10.0.0.0/8", "10.0.0.0/8, 192.0.2.0/24"}, {"10.0.0.0/33", "10.0.0.0/8 x"}},
    };

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++) {
        for (unsigned k = 0; k < 4 && cases[i].good[k]; k++)
            taken(cases[i].name, cases[i].good[k]);
        for (unsigned k = 0; k < 8 && cases[i].bad[k]; k++)
            refused(cases[i].name, cases[i].bad[k], L2TPSEC_EINVAL);
    }
    refused("server.pool6", "0000000000000000000000000000000000000000000000000000000000000000000000000::/40",
            L2TPSEC_EINVAL);
}

static void the_word_that_is_wrong_is_named(void **state)
{
    (void)state;
    refused("ppp.auth", "mschapv2, kerberos, pap", L2TPSEC_EINVAL);
    assert_non_null(strstr(b.error, "\"kerberos\" is not known"));
    refused("server.dns", "10.0.0.1, elsewhere", L2TPSEC_EINVAL);
    assert_non_null(strstr(b.error, "\"elsewhere\""));
    refused("ppp.auth", "anotherwordthatislongerthanfortylettersofwhichforty", L2TPSEC_EINVAL);
    assert_non_null(strstr(b.error, "\"anotherwordthatislongerthanfortyletterso\""));
}

/* ---- what the build or the host lacks ------------------------------------------------------------------------------- */

static void certificates_need_a_clock(void **state)
{
    (void)state;
    b.p.clock_missing = true;
    refused("ike.auth", "psk, cert", L2TPSEC_ESTATE);
    assert_non_null(strstr(b.error, "wall_clock"));
    refused("ppp.auth", "eap-tls", L2TPSEC_ESTATE);
    taken("ike.auth", "psk");
    taken("ppp.auth", "eap-mschapv2");
}

static int odd_key(struct l2s_crypto *c, struct l2s_bytes certs, struct l2s_bytes key, struct l2s_own **out)
{
    (void)c, (void)certs, (void)key, (void)out;
    return L2TPSEC_EUNSUP;
}

static void what_the_provider_lacks_is_refused_by_name(void **state)
{
    const struct l2s_crypto_ops *whole = b.crypto->ops;
    struct l2s_crypto_ops less = *whole;

    (void)state;
    less.tls_new = NULL;
    less.own_new = odd_key;
    b.crypto->ops = &less;
    refused("ppp.auth", "chap, eap-tls", L2TPSEC_EUNSUP);
    assert_non_null(strstr(b.error, "\"eap-tls\" is left out of this build"));
    refused("ike.certificate", "x", L2TPSEC_EUNSUP);
    assert_non_null(strstr(b.error, "keys only"));
    b.crypto->ops = whole;
    refused("ike.certificate", "x", L2TPSEC_EINVAL);
    assert_non_null(strstr(b.error, "PEM or DER"));
}

/* ---- numbers, bytes, texts ------------------------------------------------------------------------------------------ */

static void numbers_are_digits_within_their_bounds(void **state)
{
    static const char *const no_numbers[] = {"", "-1", "+1", "1.5", "0x10", " 1", "1 ", "184467440737095516159999"};

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(no_numbers); i++)
        refused("ike.lifetime", no_numbers[i], L2TPSEC_EINVAL);
    refused("ike.lifetime", "19", L2TPSEC_ERANGE);
    refused("ike.lifetime", "18446744073709551615", L2TPSEC_EINVAL); /* read to ten below that */
    assert_non_null(strstr(b.error, "from 20 to 604800 is allowed, in s"));
    taken("ike.lifetime", "000020");
    assert_int_equal(b.p.ike.ike_lifetime_s, 20);
    taken("ppp.mru", "128");
    assert_int_equal(b.p.ppp.mru, 128);
    taken("ppp.ipv6", "1");
    assert_true(b.p.ppp.ipv6);
    refused("ppp.ipv6", "2", L2TPSEC_ERANGE);
    assert_null(strstr(b.error, ", in"));
}

static void bytes_and_texts_have_their_bounds(void **state)
{
    static uint8_t bytes[L2S_PSK_MAX + 1];
    char text[1100];

    (void)state;
    memset(bytes, 7, sizeof bytes);
    assert_int_equal(l2s_setting_set_bytes(&b.p, "ike.psk", bytes, L2S_PSK_MAX, b.error), L2TPSEC_OK);
    assert_int_equal(b.p.psk_len, L2S_PSK_MAX);
    assert_int_equal(l2s_setting_set_bytes(&b.p, "ike.psk", bytes, 0, b.error), L2TPSEC_ERANGE);
    assert_int_equal(l2s_setting_set_bytes(&b.p, "ike.psk", bytes, L2S_PSK_MAX + 1, b.error), L2TPSEC_ERANGE);
    assert_int_equal(b.p.psk_len, L2S_PSK_MAX);
    assert_int_equal(l2s_setting_set_bytes(&b.p, "ppp.mru", bytes, 2, b.error), L2TPSEC_EINVAL);
    assert_int_equal(l2s_setting_set_bytes(&b.p, "no.such", bytes, 2, b.error), L2TPSEC_ENOENT);
    taken("ike.psk", "short");
    assert_int_equal(b.p.psk_len, 5);
    assert_int_equal(b.p.psk[5], 0); /* nothing of the longer one is left */
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    refused("ppp.user", text, L2TPSEC_ERANGE);
    refused("ike.proposals", text, L2TPSEC_ERANGE);
    taken("ppp.user", "alice");
    assert_string_equal(b.p.user, "alice");
}

static void there_is_a_setting_at_every_place_and_none_behind_them(void **state)
{
    l2tpsec_setting s;
    uint32_t n = 0;

    (void)state;
    while (l2s_setting_at(n, &s) == L2TPSEC_OK)
        n++;
    assert_int_not_equal(n, 0);
    assert_int_equal(l2s_setting_at(UINT32_MAX, &s), L2TPSEC_ENOENT);
    assert_int_equal(l2s_setting_set(&b.p, "nosuch", "1", b.error), L2TPSEC_ENOENT);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(only_words_that_are_known_are_taken),
        T(the_word_that_is_wrong_is_named),
        T(certificates_need_a_clock),
        T(what_the_provider_lacks_is_refused_by_name),
        T(numbers_are_digits_within_their_bounds),
        T(bytes_and_texts_have_their_bounds),
        T(there_is_a_setting_at_every_place_and_none_behind_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
