/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/proposal.h"
#include "unit/ike/common_rig.h"

#include <stdio.h>
#include <string.h>

static void ike(const char *text, struct l2s_ike_policy *p)
{
    const char *wrong;
    size_t len;

    assert_int_equal(l2s_ike_policy_parse(text, p, &wrong, &len), L2TPSEC_OK);
}

static void esp(const char *text, struct l2s_esp_policy *p)
{
    const char *wrong;
    size_t len;

    assert_int_equal(l2s_esp_policy_parse(text, p, &wrong, &len), L2TPSEC_OK);
}

static void words_of_phase_1_are_understood(void **state)
{
    struct l2s_ike_policy p;

    (void)state;
    ike("aes256-sha1-modp2048", &p);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.p[0].cipher, L2S_AES_CBC);
    assert_int_equal(p.p[0].key_len, 32);
    assert_int_equal(p.p[0].hash, L2S_SHA1);
    assert_int_equal(p.p[0].group, L2S_MODP2048);
    ike(" aes-sha2_256-curve25519 , aes192-sha512-ecp521 !", &p);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.p[0].key_len, 16);
    assert_int_equal(p.p[0].hash, L2S_SHA256);
    assert_int_equal(p.p[0].group, L2S_X25519);
    assert_int_equal(p.p[1].key_len, 24);
    assert_int_equal(p.p[1].group, L2S_ECP521);
    ike("modp2048-aes256-sha", &p); /* in any order */
    assert_int_equal(p.p[0].hash, L2S_SHA1);
}

static void words_of_a_kind_multiply_out_the_first_first(void **state)
{
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;
    char text[256];

    (void)state;
    ike("aes256-aes128-sha256-sha1-modp2048-ecp256", &p);
    assert_int_equal(p.n, 8);
    (void)l2s_ike_policy_text(&p, text, sizeof text);
    assert_string_equal(text, "aes256-sha256-modp2048,aes256-sha256-ecp256,aes256-sha1-modp2048,aes256-sha1-ecp256,"
                              "aes128-sha256-modp2048,aes128-sha256-ecp256,aes128-sha1-modp2048,aes128-sha1-ecp256");
    esp("aes256gcm16-aes128-sha256-sha1", &q);
    (void)l2s_esp_policy_text(&q, text, sizeof text);
    assert_string_equal(text, "aes256gcm16,aes128-sha256,aes128-sha1");
    esp("aesgcm-sha256-ecp256-modp2048", &q); /* an AEAD needs no MAC, and takes none */
    (void)l2s_esp_policy_text(&q, text, sizeof text);
    assert_string_equal(text, "aes128gcm16-ecp256,aes128gcm16-modp2048");
    ike("aes128-sha1-modp2048,aes-sha-modp2048", &p); /* said twice */
    assert_int_equal(p.n, 1);
}

static void phase_2_knows_aeads_and_pfs(void **state)
{
    static const char *const gcm[] = {"aes256gcm16", "aes256gcm128", "aes256gcm"};
    struct l2s_esp_policy p;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(gcm); i++) {
        esp(gcm[i], &p);
        assert_int_equal(p.p[0].suite.cipher, L2S_ESP_AES_GCM16);
        assert_int_equal(p.p[0].suite.key_len, 32);
        assert_int_equal(p.p[0].suite.auth, L2S_ESP_AUTH_NONE);
        assert_int_equal(p.p[0].group, L2S_GROUP_NONE);
        assert_true(l2s_esp_suite_valid(&p.p[0].suite));
    }
    esp("aes128-sha384-ecp384,aes192-sha1", &p);
    assert_int_equal(p.p[0].group, L2S_ECP384);
    assert_int_equal(p.p[0].suite.auth, L2S_ESP_HMAC_SHA384_192);
    assert_int_equal(p.p[1].suite.key_len, 24);
    assert_int_equal(p.p[1].group, L2S_GROUP_NONE);
#if RIG_LEGACY
    esp("3des-md5", &p);
    assert_int_equal(p.p[0].suite.cipher, L2S_ESP_DES3_CBC);
    assert_int_equal(p.p[0].suite.key_len, 24);
    assert_int_equal(p.p[0].suite.auth, L2S_ESP_HMAC_MD5_96);
#endif
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *text, *wrong;
        bool esp;
        int rc;
    } cases[] = {
        {"aes256-sha1-modp2048,aes256-sha3-modp2048", "sha3", false, L2TPSEC_EINVAL},
        {"aes256gcm16-sha256-ecp256", "aes256gcm16", false, L2TPSEC_EINVAL}, /* none in phase 1 */
        {"aes256-sha1", "aes256-sha1", false, L2TPSEC_EINVAL},
        {"aes256-modp2048", "aes256-modp2048", false, L2TPSEC_EINVAL},
        {"sha1-modp2048", "sha1-modp2048", false, L2TPSEC_EINVAL},
        {"aes256-sha1-modp2048, aes128-sha1 ", "aes128-sha1", false, L2TPSEC_EINVAL},
        {"", "", false, L2TPSEC_EINVAL},
        {"aes256-sha1-modp2048,", "", false, L2TPSEC_EINVAL},
        {"aes256--sha1-modp2048", "", false, L2TPSEC_EINVAL},
        {"AES256-sha1-modp2048", "AES256", false, L2TPSEC_EINVAL},
        {"aes256 -sha1-modp2048", "aes256 ", false, L2TPSEC_EINVAL},
        {"des-sha1-modp1024", "des", false, L2TPSEC_EINVAL},
        {"aes256-sha1-modp768", "modp768", false, L2TPSEC_EINVAL},
        {"!", "", false, L2TPSEC_EINVAL},
        {"aes256", "aes256", true, L2TPSEC_EINVAL}, /* no encryption without a MAC */
        {"aes256gcm16-aes128", "aes256gcm16-aes128", true, L2TPSEC_EINVAL},
        {"null-sha1", "null", true, L2TPSEC_EINVAL},
        {"sha1", "sha1", true, L2TPSEC_EINVAL},
        {"aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes192-sha1-modp2048", "aes192", false, L2TPSEC_EINVAL},
        {"aes256-aes192-aes128-sha1-sha256-sha384-sha512-modp2048-modp3072-modp4096-ecp256-ecp384-ecp521",
         "aes256-aes192-aes128-sha1-sha256-sha384-sha512-modp2048-modp3072-modp4096-ecp256-ecp384-ecp521", false,
         L2TPSEC_ERANGE},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_ike_policy p = {.n = 77};
        struct l2s_esp_policy q = {.n = 77};
        const char *wrong = NULL;
        size_t len = 99;
        int rc = cases[i].esp ? l2s_esp_policy_parse(cases[i].text, &q, &wrong, &len)
                              : l2s_ike_policy_parse(cases[i].text, &p, &wrong, &len);
        assert_int_equal(rc, cases[i].rc);
        assert_int_equal(len, strlen(cases[i].wrong));
        assert_memory_equal(wrong, cases[i].wrong, len);
        assert_in_range(wrong - cases[i].text, 0, strlen(cases[i].text));
        assert_int_equal(p.n, 77); /* left alone */
        assert_int_equal(q.n, 77);
        assert_int_equal(cases[i].esp ? l2s_esp_policy_parse(cases[i].text, &q, NULL, NULL)
                                      : l2s_ike_policy_parse(cases[i].text, &p, NULL, NULL),
                         rc);
    }
}

static bool lists(const struct l2s_ike_policy *p, const char *text)
{
    struct l2s_ike_policy one;

    ike(text, &one);
    for (size_t i = 0; i < p->n; i++)
        if (memcmp(&p->p[i], &one.p[0], sizeof one.p[0]) == 0)
            return true;
    return false;
}

static void presets_keep_their_promises(void **state)
{
    static const char *const stock[] = {
        "aes128-sha256-x25519",                                                       /* strongSwan */
        "aes256-sha256-modp2048",                                                     /* libreswan */
        "aes256-sha1-ecp384",                                                         /* Windows */
        "aes128-sha1-ecp256",     "aes256-sha1-modp2048",   "aes128-sha256-modp3072", /* ChromeOS */
        "aes128-sha1-modp2048",   "aes256-sha384-modp2048", "aes128-sha384-modp2048", "aes128-sha256-modp2048",
        "aes256-sha256-ecp256",   "aes256-sha384-ecp384",   "aes256-sha256-modp4096", "aes256-sha512-modp2048"};
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;

    (void)state;
    assert_int_equal(l2s_policy_preset("compatible", &p, &q), L2TPSEC_OK);
    for (size_t i = 0; i < L2S_COUNT_OF(stock); i++)
        assert_true(lists(&p, stock[i]));
    for (size_t i = 0; i < p.n; i++)
        assert_false(l2s_ike_proposal_legacy(&p.p[i]));
    for (size_t i = 0; i < q.n; i++) {
        assert_false(l2s_esp_proposal_legacy(&q.p[i]));
        assert_true(l2s_esp_suite_valid(&q.p[i].suite));
    }

    assert_int_equal(l2s_policy_preset("modern", &p, &q), L2TPSEC_OK);
    assert_true(lists(&p, "aes128-sha256-x25519"));
    for (size_t i = 0; i < p.n; i++) {
        assert_true(p.p[i].hash >= L2S_SHA256);
        assert_false(l2s_ike_proposal_legacy(&p.p[i]));
    }
    for (size_t i = 0; i < q.n; i++)
        assert_true(q.p[i].suite.auth == L2S_ESP_AUTH_NONE || q.p[i].suite.auth >= L2S_ESP_HMAC_SHA256_128);

    p.n = 5;
    assert_int_equal(l2s_policy_preset("Modern", &p, &q), L2TPSEC_ENOENT);
    assert_int_equal(l2s_policy_preset("", &p, &q), L2TPSEC_ENOENT);
    assert_int_equal(p.n, 5);
}

static void each_preset_takes_in_the_one_before_it(void **state)
{
    static const char *const names[] = {"modern", "compatible", "legacy"};
    struct l2s_ike_policy p[3];
    struct l2s_esp_policy q[3];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(l2s_policy_preset(names[i], &p[i], &q[i]), L2TPSEC_OK);
    for (size_t i = 1; i < 3; i++) {
        for (size_t k = 0; k < p[i - 1].n; k++) {
            size_t at = 0;
            while (at < p[i].n && memcmp(&p[i].p[at], &p[i - 1].p[k], sizeof p[i].p[at]) != 0)
                at++;
            assert_in_range(at, 0, p[i].n - 1);
        }
        for (size_t k = 0; k < q[i - 1].n; k++) {
            size_t at = 0;
            while (at < q[i].n && memcmp(&q[i].p[at], &q[i - 1].p[k], sizeof q[i].p[at]) != 0)
                at++;
            assert_in_range(at, 0, q[i].n - 1);
        }
    }
}

static void legacy_suits_old_peers_where_it_is_built_in(void **state)
{
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;

    (void)state;
    assert_int_equal(l2s_policy_preset("legacy", &p, &q), L2TPSEC_OK);
#if RIG_LEGACY
    assert_true(lists(&p, "aes256-sha256-modp1024")); /* Android */
    assert_true(lists(&p, "aes256-sha384-modp1024"));
    assert_true(lists(&p, "3des-sha1-modp1024")); /* routers */
    assert_true(lists(&p, "3des-md5-modp1024"));
#else
    static const char *const words[] = {L2S_WITH_LEGACY_MD5 ? NULL : "md5", L2S_WITH_LEGACY_3DES ? NULL : "3des",
                                        L2S_WITH_LEGACY_MODP ? NULL : "modp1024",
                                        L2S_WITH_LEGACY_MODP ? NULL : "modp1536"};
    char text[2048];
    for (size_t i = 0; i < L2S_COUNT_OF(words); i++) {
        const char *wrong;
        size_t len;
        if (!words[i])
            continue;
        (void)snprintf(text, sizeof text, "aes128-sha1-modp2048,aes256-%s-sha1-modp2048", words[i]);
        assert_int_equal(l2s_ike_policy_parse(text, &p, &wrong, &len), L2TPSEC_EUNSUP);
        assert_memory_equal(wrong, words[i], len);
        (void)l2s_ike_policy_text(&p, text, sizeof text);
        assert_null(strstr(text, words[i]));
        (void)l2s_esp_policy_text(&q, text, sizeof text);
        assert_null(strstr(text, words[i]));
    }
#endif
    assert_true(lists(&p, "aes128-sha256-x25519"));
}

static void legacy_is_3des_md5_and_the_short_groups(void **state)
{
    static const struct {
        struct l2s_ike_proposal ike;
        struct l2s_esp_proposal esp;
        bool legacy;
    } cases[] = {
        {{L2S_AES_CBC, L2S_SHA1, L2S_MODP2048, 0, 32}, {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32}, 0}, false},
        {{L2S_AES_CBC, L2S_SHA1, L2S_ECP256, 0, 16}, {{L2S_ESP_AES_GCM16, 0, 16}, L2S_X25519}, false},
        {{L2S_DES3_CBC, L2S_SHA1, L2S_MODP2048, 0, 24}, {{L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24}, 0}, true},
        {{L2S_AES_CBC, L2S_MD5, L2S_MODP2048, 0, 32}, {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_MD5_96, 32}, 0}, true},
        {{L2S_AES_CBC, L2S_SHA256, L2S_MODP1024, 0, 32}, {{L2S_ESP_AES_GCM16, 0, 16}, L2S_MODP1024}, true},
        {{L2S_AES_CBC, L2S_SHA256, L2S_MODP1536, 0, 32}, {{L2S_ESP_AES_GCM16, 0, 16}, L2S_MODP1536}, true},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        assert_int_equal(l2s_ike_proposal_legacy(&cases[i].ike), cases[i].legacy);
        assert_int_equal(l2s_esp_proposal_legacy(&cases[i].esp), cases[i].legacy);
    }
}

static void every_policy_is_the_same_after_text_and_back(void **state)
{
    static const char *const names[] = {"modern", "compatible", "legacy"};
    char text[2048];

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(names); i++) {
        struct l2s_ike_policy p, p2;
        struct l2s_esp_policy q, q2;
        assert_int_equal(l2s_policy_preset(names[i], &p, &q), L2TPSEC_OK);
        assert_int_equal(p.pfs != 0, i != 0);
        p.pfs = 0; /* has no words: groups that are named are all there are */
        size_t n = l2s_ike_policy_text(&p, text, sizeof text);
        assert_int_equal(n, strlen(text));
        ike(text, &p2);
        assert_memory_equal(&p, &p2, sizeof p);
        n = l2s_esp_policy_text(&q, text, sizeof text);
        assert_int_equal(n, strlen(text));
        esp(text, &q2);
        assert_memory_equal(&q, &q2, sizeof q);
    }
}

static void text_is_cut_where_it_does_not_fit(void **state)
{
    struct l2s_ike_policy p = {0};
    static const char whole[] = "aes256-sha1-modp2048,aes128-sha1-modp2048";

    (void)state;
    ike(whole, &p);
    for (size_t cap = 0; cap <= sizeof whole; cap++) {
        char *out = test_malloc(cap ? cap : 1);
        size_t n = l2s_ike_policy_text(&p, out, cap);
        assert_true(cap == 0 ? n == 0 : n < cap && strlen(out) == n);
        if (cap >= sizeof whole)
            assert_string_equal(out, whole);
        else if (cap > 3)
            assert_string_equal(out + n - 3, "...");
        test_free(out);
    }
    p.n = 0;
    char none[8] = "x";
    assert_int_equal(l2s_ike_policy_text(&p, none, sizeof none), 0);
    assert_string_equal(none, "");
}

/* A provider that lacks things. */
static bool has_hash(const struct l2s_crypto *c, enum l2s_hash_id id)
{
    (void)c;
    return id != L2S_SHA1;
}

static bool has_cipher(const struct l2s_crypto *c, enum l2s_cipher_id id, size_t key_len)
{
    (void)c;
    return id == L2S_AES_CBC && key_len == 32;
}

static bool has_group(const struct l2s_crypto *c, enum l2s_group_id id)
{
    (void)c;
    return id != L2S_X25519 && id != L2S_GROUP_NONE;
}

static bool has_esp(const struct l2s_crypto *c, const struct l2s_esp_suite *suite)
{
    (void)c;
    return suite->cipher != L2S_ESP_AES_GCM16;
}

static void what_the_provider_lacks_is_left_out(void **state)
{
    static const struct l2s_crypto_ops ops = {
        .has_hash = has_hash, .has_cipher = has_cipher, .has_group = has_group, .has_esp = has_esp};
    const struct l2s_crypto c = {.ops = &ops};
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;
    char text[128];

    (void)state;
    ike("aes256-sha1-modp2048,aes256-sha256-modp2048,aes128-sha256-modp2048,aes256-sha256-x25519,aes256-sha384-ecp256",
        &p);
    l2s_ike_policy_fit(&p, &c);
    (void)l2s_ike_policy_text(&p, text, sizeof text);
    assert_string_equal(text, "aes256-sha256-modp2048,aes256-sha384-ecp256");
    esp("aes256gcm16,aes256-sha1,aes128-sha256-x25519,aes128-sha1-modp2048", &q);
    l2s_esp_policy_fit(&q, &c);
    (void)l2s_esp_policy_text(&q, text, sizeof text);
    assert_string_equal(text, "aes256-sha1,aes128-sha1-modp2048");
}

static void random_text_is_refused_or_read_back_the_same(void **state)
{
    static const char *const pieces[] = {"aes256", "aes",  "sha1",   "modp2048", "ecp256",    "-",
                                         "-",      ",",    "!",      " ",        "md5",       "aes128gcm16",
                                         "x",      "3des", "sha256", "-sha256-", "-modp2048,"};
    uint64_t seed = 7;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        char text[256] = "", again[512];
        struct l2s_ike_policy p, p2;
        struct l2s_esp_policy q, q2;
        for (unsigned k = 0; k < 10; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            (void)strcat(text, pieces[(seed >> 33) % L2S_COUNT_OF(pieces)]);
        }
        if (l2s_ike_policy_parse(text, &p, NULL, NULL) == L2TPSEC_OK) {
            (void)l2s_ike_policy_text(&p, again, sizeof again);
            ike(again, &p2);
            assert_memory_equal(&p, &p2, sizeof p);
        }
        if (l2s_esp_policy_parse(text, &q, NULL, NULL) == L2TPSEC_OK) {
            (void)l2s_esp_policy_text(&q, again, sizeof again);
            esp(again, &q2);
            assert_memory_equal(&q, &q2, sizeof q);
        }
    }
}

static void any_white_space_may_stand_around_a_proposal(void **state)
{
    struct l2s_ike_policy p;

    (void)state;
    ike("\taes128-sha256-modp2048\r\n,\n aes256-sha256-modp2048\t", &p);
    assert_int_equal(p.n, 2);
}

static void more_proposals_for_esp_than_fit_are_refused(void **state)
{
    static const char *const groups[] = {"modp2048", "modp3072", "modp4096", "ecp256", "ecp384", "ecp521", "x25519"};
    static const char words[] = "aes128-aes192-aes256-sha1-sha256-sha384-sha512-";
    char text[600] = "";
    struct l2s_esp_policy p;
    const char *error;
    size_t len;

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(groups); i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s", i ? "," : "", words, groups[i]);
    assert_int_equal(l2s_esp_policy_parse(text, &p, &error, &len), L2TPSEC_ERANGE); /* 12 each */
}

/* Five of 12 each, and then some more: the last number that fits, and one more. */
static void as_many_proposals_for_esp_as_fit_are_taken_and_not_one_more(void **state)
{
    static const char *const groups[] = {"modp2048", "modp3072", "modp4096", "ecp256", "ecp384"};
    static const char words[] = "aes128-aes192-aes256-sha1-sha256-sha384-sha512-";
    static const char *const more[] = {"aes128", "aes192", "aes256", "aes128-ecp521", "aes192-ecp521"};
    char text[600] = "";
    struct l2s_esp_policy p;
    const char *error;
    size_t len;

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(groups); i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s", i ? "," : "", words, groups[i]);
    for (unsigned i = 0; i < L2S_COUNT_OF(more); i++) {
        const char *group = strchr(more[i], '-');
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), ",%.6s-sha256%s", more[i], group ? group : "");
        int rc = l2s_esp_policy_parse(text, &p, &error, &len);
        assert_int_equal(rc, i < 4 ? L2TPSEC_OK : L2TPSEC_ERANGE);
        if (i < 4)
            assert_int_equal(p.n, 61 + i);
    }
    assert_int_equal(L2S_PROPOSALS_MAX, 64);
}

/* No policy that was parsed has such, but one may be made by hand. */
static void what_has_no_word_is_left_out_of_the_text(void **state)
{
    struct l2s_ike_policy p = {.n = 1, .p = {{.cipher = 99, .hash = L2S_SHA256, .group = L2S_MODP2048, .key_len = 16}}};
    char text[60];

    (void)state;
    (void)l2s_ike_policy_text(&p, text, sizeof text);
    assert_string_equal(text, "sha256-modp2048");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_phase_1_are_understood),
        cmocka_unit_test(words_of_a_kind_multiply_out_the_first_first),
        cmocka_unit_test(phase_2_knows_aeads_and_pfs),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(presets_keep_their_promises),
        cmocka_unit_test(each_preset_takes_in_the_one_before_it),
        cmocka_unit_test(legacy_suits_old_peers_where_it_is_built_in),
        cmocka_unit_test(legacy_is_3des_md5_and_the_short_groups),
        cmocka_unit_test(every_policy_is_the_same_after_text_and_back),
        cmocka_unit_test(text_is_cut_where_it_does_not_fit),
        cmocka_unit_test(what_the_provider_lacks_is_left_out),
        cmocka_unit_test(random_text_is_refused_or_read_back_the_same),
        cmocka_unit_test(any_white_space_may_stand_around_a_proposal),
        cmocka_unit_test(more_proposals_for_esp_than_fit_are_refused),
        cmocka_unit_test(as_many_proposals_for_esp_as_fit_are_taken_and_not_one_more),
        cmocka_unit_test(what_has_no_word_is_left_out_of_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
