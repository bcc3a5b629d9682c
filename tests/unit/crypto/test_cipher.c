/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "unit/crypto/rig.h"

#include <string.h>

static struct vectors v;

static enum l2s_cipher_id cipher_named(const char *name)
{
    return strcmp(name, " aes") == 0 ? L2S_AES_CBC : L2S_DES3_CBC;
}

/* Also that iv is left holding the last ciphertext block, both ways. */
static void cbc_is_that_of_the_standards(void **state)
{
    struct rig *r = *state;
    uint8_t key[32], iv[16], chain[16], text[64], coded[64], buf[64];
    size_t seen = 0;

    vectors_open(&v, "cbc.txt");
    while (vectors_next(&v)) {
        enum l2s_cipher_id id = cipher_named(vectors_text(&v, "cipher"));
        size_t key_len = vectors_hex(&v, "key", key, sizeof key);
        size_t block = vectors_hex(&v, "iv", iv, sizeof iv);
        size_t n = vectors_hex(&v, "text", text, sizeof text);
        assert_int_equal(vectors_hex(&v, "coded", coded, sizeof coded), n);
        if (!r->c->ops->has_cipher(r->c, id, key_len))
            continue;

        memcpy(chain, iv, block);
        memcpy(buf, text, n);
        assert_int_equal(r->c->ops->cbc(r->c, id, true, key, key_len, chain, buf, n), L2TPSEC_OK);
        assert_memory_equal(buf, coded, n);
        assert_memory_equal(chain, coded + n - block, block);

        memcpy(chain, iv, block);
        assert_int_equal(r->c->ops->cbc(r->c, id, false, key, key_len, chain, buf, n), L2TPSEC_OK);
        assert_memory_equal(buf, text, n);
        assert_memory_equal(chain, coded + n - block, block);
        seen++;
    }
    assert_int_equal(seen, L2S_WITH_LEGACY_3DES ? 7 : 4);
}

static void the_chain_may_be_cut_anywhere(void **state)
{
    struct rig *r = *state;
    static const uint8_t key[32] = {1, 2, 3};
    uint8_t whole[96], parts[96], iv[16] = {9}, iv2[16] = {9};

    for (size_t key_len = 16; key_len <= 32; key_len += 8) {
        for (size_t i = 0; i < sizeof whole; i++)
            whole[i] = parts[i] = (uint8_t)i;
        assert_int_equal(r->c->ops->cbc(r->c, L2S_AES_CBC, true, key, key_len, iv, whole, sizeof whole), L2TPSEC_OK);
        assert_int_equal(r->c->ops->cbc(r->c, L2S_AES_CBC, true, key, key_len, iv2, parts, 32), L2TPSEC_OK);
        assert_int_equal(r->c->ops->cbc(r->c, L2S_AES_CBC, true, key, key_len, iv2, parts + 32, 0), L2TPSEC_OK);
        assert_int_equal(r->c->ops->cbc(r->c, L2S_AES_CBC, true, key, key_len, iv2, parts + 32, 64), L2TPSEC_OK);
        assert_memory_equal(whole, parts, sizeof whole);
        assert_memory_equal(iv, iv2, sizeof iv);
    }
}

static void half_a_block_is_refused(void **state)
{
    struct rig *r = *state;
    uint8_t key[32] = {1}, iv[16] = {0}, data[48] = {0};

    for (size_t n = 1; n < sizeof data; n++)
        assert_int_equal(r->c->ops->cbc(r->c, L2S_AES_CBC, n % 2, key, 16, iv, data, n),
                         n % 16 ? L2TPSEC_EINVAL : L2TPSEC_OK);
}

static void other_keys_and_ciphers_are_not_there(void **state)
{
    struct rig *r = *state;
    uint8_t key[40] = {1}, iv[16] = {0}, data[16] = {0};

    for (size_t n = 0; n <= sizeof key; n++) {
        bool aes = n == 16 || n == 24 || n == 32;
        assert_int_equal(r->c->ops->has_cipher(r->c, L2S_AES_CBC, n), aes);
        assert_int_equal(r->c->ops->has_cipher(r->c, L2S_DES3_CBC, n), L2S_WITH_LEGACY_3DES && n == 24);
        assert_int_equal(r->c->ops->cbc(r->c, L2S_AES_CBC, true, key, n, iv, data, sizeof data),
                         aes ? L2TPSEC_OK : L2TPSEC_EUNSUP);
        assert_int_equal(r->c->ops->cbc(r->c, L2S_DES3_CBC, true, key, n, iv, data, sizeof data),
                         L2S_WITH_LEGACY_3DES && n == 24 ? L2TPSEC_OK : L2TPSEC_EUNSUP);
    }
    assert_false(r->c->ops->has_cipher(r->c, L2S_CIPHER_NONE, 16));
    assert_false(r->c->ops->has_cipher(r->c, L2S_CIPHER_COUNT, 16));
    assert_int_equal(r->c->ops->cbc(r->c, L2S_CIPHER_COUNT, true, key, 16, iv, data, sizeof data), L2TPSEC_EUNSUP);
}

/* RFC 2759, 8.5 and 9.2: three DES blocks under the padded password hash. */
static void des_makes_the_nt_response_of_rfc_2759(void **state)
{
    struct rig *r = *state;
    uint8_t challenge[8], hash[21] = {0}, want[24], got[24];

    fake_hex("D02E4386BCE91226", challenge, sizeof challenge);
    fake_hex("44EBBA8D5312B8D611474411F56989AE", hash, 16);
    fake_hex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF", want, sizeof want);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(r->c->ops->des_block(r->c, hash + 7 * i, challenge, got + 8 * i), L2TPSEC_OK);
    assert_memory_equal(got, want, sizeof want);
}

/* RFC 2759, 9.3 prints the keys with their parity; under those OpenSSL made these blocks of "KGS!@#$%". */
static void des_keys_get_the_parity_of_rfc_2759(void **state)
{
    static const struct {
        const char *raw, *block;
    } keys[] = {{"FC156AF7EDCD6C", "d30d12f63b4e08b8"}, {"0EDDE3337D427F", "70bb2d7d4cfec33c"}};
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(keys); i++) {
        uint8_t key[7], want[8], got[8];
        fake_hex(keys[i].raw, key, sizeof key);
        fake_hex(keys[i].block, want, sizeof want);
        assert_int_equal(r->c->ops->des_block(r->c, key, (const uint8_t *)"KGS!@#$%", got), L2TPSEC_OK);
        assert_memory_equal(got, want, sizeof want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cbc_is_that_of_the_standards, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(the_chain_may_be_cut_anywhere, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(half_a_block_is_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(other_keys_and_ciphers_are_not_there, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(des_makes_the_nt_response_of_rfc_2759, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(des_keys_get_the_parity_of_rfc_2759, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
