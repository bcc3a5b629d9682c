/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is the same for all providers: lengths, geometry, primes. */
#include "base/errors.h"
#include "crypto/modp.h"
#include "crypto/provider.h"
#include "unit/crypto/rig.h"

#include <string.h>

static struct vectors v;

static void lengths_are_those_of_the_standards(void **state)
{
    static const size_t hash[L2S_HASH_COUNT] = {0, 16, 16, 20, 32, 48, 64};
    static const size_t public_value[L2S_GROUP_COUNT] = {0, 128, 192, 256, 384, 512, 768, 1024, 64, 96, 132, 32};
    static const size_t secret[L2S_GROUP_COUNT] = {0, 128, 192, 256, 384, 512, 768, 1024, 32, 48, 66, 32};

    (void)state;
    for (size_t i = 0; i < L2S_HASH_COUNT; i++)
        assert_int_equal(l2s_hash_len((enum l2s_hash_id)i), hash[i]);
    for (size_t i = 0; i < L2S_GROUP_COUNT; i++) {
        assert_int_equal(l2s_group_len((enum l2s_group_id)i), public_value[i]);
        assert_int_equal(l2s_group_secret_len((enum l2s_group_id)i), secret[i]);
        assert_true(public_value[i] <= L2S_DH_MAX);
    }
    assert_int_equal(l2s_cipher_block(L2S_AES_CBC), 16);
    assert_int_equal(l2s_cipher_block(L2S_DES3_CBC), 8);
    assert_int_equal(l2s_cipher_block(L2S_CIPHER_NONE), 0);
}

static void ids_out_of_range_have_no_length(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        assert_true(i < L2S_HASH_COUNT || l2s_hash_len((enum l2s_hash_id)i) == 0);
        assert_true(i < L2S_CIPHER_COUNT || l2s_cipher_block((enum l2s_cipher_id)i) == 0);
        assert_true(i < L2S_GROUP_COUNT || l2s_group_len((enum l2s_group_id)i) == 0);
        assert_true(i < L2S_GROUP_COUNT || l2s_group_secret_len((enum l2s_group_id)i) == 0);
        assert_true((i >= L2S_MODP1024 && i <= L2S_MODP8192) || l2s_modp_find((enum l2s_group_id)i) == NULL);
    }
}

static void geometry_follows_the_rfcs(void **state)
{
    static const struct {
        struct l2s_esp_suite suite;
        size_t enc_key, auth_key, iv, icv, block;
    } rows[] = {
        {{L2S_ESP_DES3_CBC, L2S_ESP_HMAC_MD5_96, 24}, 24, 16, 8, 12, 8},      /* RFC 2451, RFC 2403 */
        {{L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24}, 24, 20, 8, 12, 8},     /* RFC 2404 */
        {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16}, 16, 20, 16, 12, 16},    /* RFC 3602 */
        {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 24}, 24, 32, 16, 16, 16}, /* RFC 4868, 2.6 */
        {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA384_192, 32}, 32, 48, 16, 24, 16},
        {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA512_256, 32}, 32, 64, 16, 32, 16},
        {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_96, 32}, 32, 32, 16, 12, 16}, /* as some kernels have it */
        {{L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 16}, 20, 0, 8, 16, 4},       /* RFC 4106 */
        {{L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 24}, 28, 0, 8, 16, 4},
        {{L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32}, 36, 0, 8, 16, 4},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(rows); i++) {
        const struct l2s_esp_suite *s = &rows[i].suite;
        assert_true(l2s_esp_suite_valid(s));
        assert_int_equal(l2s_esp_enc_key_len(s), rows[i].enc_key);
        assert_int_equal(l2s_esp_auth_key_len(s), rows[i].auth_key);
        assert_int_equal(l2s_esp_iv_len(s), rows[i].iv);
        assert_int_equal(l2s_esp_icv_len(s), rows[i].icv);
        assert_int_equal(l2s_esp_block(s), rows[i].block);
    }
}

/* All 16 million would take a while: every id, every key length that one byte can say. */
static void nothing_else_is_a_suite(void **state)
{
    size_t valid = 0;

    (void)state;
    for (unsigned cipher = 0; cipher < 256; cipher++) {
        for (unsigned auth = 0; auth < 256; auth += auth < 8 ? 1 : 31) {
            for (unsigned key_len = 0; key_len < 80; key_len++) {
                struct l2s_esp_suite s = {(uint8_t)cipher, (uint8_t)auth, (uint16_t)key_len};
                bool ok = l2s_esp_suite_valid(&s);
                valid += ok;
                assert_true(l2s_esp_block(&s) != 0);
                assert_true(l2s_esp_auth_key_len(&s) <= L2S_ESP_AUTH_KEY_MAX);
                assert_true(!ok || l2s_esp_enc_key_len(&s) <= L2S_ESP_KEY_MAX);
                assert_true(l2s_esp_iv_len(&s) <= L2S_ESP_IV_MAX);
                assert_true(l2s_esp_icv_len(&s) <= L2S_ESP_ICV_MAX);
            }
        }
    }
    assert_int_equal(valid, 6 + 3 * 6 + 3); /* 3DES and AES with each MAC, GCM */
}

static void primes_are_as_the_rfcs_print_them(void **state)
{
    uint8_t want[L2S_DH_MAX], got[L2S_DH_MAX + 1];

    (void)state;
    vectors_open(&v, "modp.txt");
    while (vectors_next(&v)) {
        enum l2s_group_id id = group_named(vectors_text(&v, "group"));
        const struct l2s_modp *g = l2s_modp_find(id);
        bool off = !L2S_WITH_LEGACY_MODP && (id == L2S_MODP1024 || id == L2S_MODP1536);
        assert_int_equal(g == NULL, off);
        if (!g)
            continue;
        got[g->len] = 0x5a;
        l2s_modp_prime(g, got);
        assert_int_equal(vectors_hex(&v, "prime", want, sizeof want), g->len);
        assert_int_equal(g->len, l2s_group_len(id));
        assert_memory_equal(got, want, g->len);
        assert_int_equal(got[g->len], 0x5a);
    }
}

/* RFC 3526, 8: the first estimate of strength, twice. RFC 2409 says nothing; SP 800-57 gives MODP-1024 80 bits. */
static void exponents_are_twice_the_strength(void **state)
{
    static const size_t bits[] = {
        [L2S_MODP1024] = 160, [L2S_MODP1536] = 180, [L2S_MODP2048] = 220, [L2S_MODP3072] = 260,
        [L2S_MODP4096] = 300, [L2S_MODP6144] = 340, [L2S_MODP8192] = 380};

    (void)state;
    for (size_t i = L2S_MODP1024; i < L2S_COUNT_OF(bits); i++) {
        const struct l2s_modp *g = l2s_modp_find((enum l2s_group_id)i);
        if (!g)
            continue;
        assert_true((size_t)g->exponent_len * 8 > bits[i]);
        assert_true(g->exponent_len <= L2S_MODP_EXPONENT_MAX);
    }
}

static void what_is_in_no_table_has_no_length(void **state)
{
    (void)state;
    assert_int_equal(l2s_hash_len(L2S_HASH_COUNT), 0);
    assert_int_equal(l2s_cipher_block(L2S_CIPHER_COUNT), 0);
    assert_int_equal(l2s_group_len(L2S_GROUP_COUNT), 0);
    assert_int_equal(l2s_group_secret_len(L2S_GROUP_COUNT), 0);
    assert_int_equal(l2s_hash_len((enum l2s_hash_id)255), 0);
    assert_int_equal(l2s_group_secret_len((enum l2s_group_id)255), 0);
    for (unsigned i = 1; i < L2S_GROUP_COUNT; i++)
        assert_true(l2s_group_len((enum l2s_group_id)i) >= l2s_group_secret_len((enum l2s_group_id)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_those_of_the_standards), cmocka_unit_test(ids_out_of_range_have_no_length),
        cmocka_unit_test(geometry_follows_the_rfcs),          cmocka_unit_test(nothing_else_is_a_suite),
        cmocka_unit_test(primes_are_as_the_rfcs_print_them),  cmocka_unit_test(exponents_are_twice_the_strength),
        cmocka_unit_test(what_is_in_no_table_has_no_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
