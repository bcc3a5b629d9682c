/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/v1/keys.h"
#include "unit/fakes/fakes.h"
#include "unit/fakes/records.h"

#include <string.h>

static struct fake_sys f;
static struct l2s_crypto *crypto;

static enum l2s_hash_id hash_of(const struct records *r)
{
    static const char *const names[] = {
        [L2S_MD5] = "md5",       [L2S_SHA1] = "sha1",     [L2S_SHA256] = "sha256",
        [L2S_SHA384] = "sha384", [L2S_SHA512] = "sha512",
    };

    for (size_t i = L2S_MD5; i < L2S_COUNT_OF(names); i++)
        if (strcmp(names[i], records_text(r, "hash")) == 0)
            return (enum l2s_hash_id)i;
    fail_msg("no hash %s", records_text(r, "hash"));
    return L2S_HASH_NONE;
}

static struct l2s_bytes value(const struct records *r, const char *name, uint8_t *room, size_t cap)
{
    struct l2s_bytes b = {room, 0};

    if (records_text(r, name))
        b.n = records_hex(r, name, room, cap);
    return b;
}

static uint32_t be32(const uint8_t p[4])
{
    struct l2s_rd r = l2s_rd_init(p, 4);

    return l2s_rd_u32(&r);
}

/* What a record says a value is. */
static void is(const struct records *r, const char *name, const uint8_t *got, size_t n)
{
    uint8_t want[512];

    assert_int_equal(records_hex(r, name, want, sizeof want), n);
    assert_memory_equal(got, want, n);
}

static void skeyids_are_those_of_cavs(void **state)
{
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "ike/cavs_psk.txt"); records_next(&r); n++) {
        uint8_t ni[256], nr[256], gxy[1024], psk[256], icookie[8], rcookie[8];
        struct l2s_v1_said said = {.icookie = icookie, .rcookie = rcookie};
        struct l2s_ike_proposal p = {.cipher = L2S_AES_CBC, .hash = (uint8_t)hash_of(&r), .key_len = 16};
        struct l2s_v1_keys k;
        uint8_t skeyid[L2S_HASH_MAX];
        uint8_t e[L2S_HASH_MAX];

        assert_int_equal(records_hex(&r, "CKY_I", icookie, 8), 8);
        assert_int_equal(records_hex(&r, "CKY_R", rcookie, 8), 8);
        said.ni = value(&r, "Ni", ni, sizeof ni);
        said.nr = value(&r, "Nr", nr, sizeof nr);
        assert_int_equal(l2s_v1_keys_make(&k, skeyid, crypto, &p, &said, value(&r, "pre-shared-key", psk, sizeof psk),
                                          value(&r, "g^xy", gxy, sizeof gxy)),
                         L2TPSEC_OK);
        is(&r, "SKEYID", skeyid, k.hash_len);
        is(&r, "SKEYID_d", k.d, k.hash_len);
        is(&r, "SKEYID_a", k.a, k.hash_len);
        assert_int_equal(records_hex(&r, "SKEYID_e", e, sizeof e), k.hash_len);
        assert_memory_equal(k.key, e, 16); /* short enough to be its beginning (appendix B) */
    }
    assert_int_equal(n, 102);
}

/* Every cipher key and every KEYMAT length that can be asked for, computed by Python's hmac. */
static void long_keys_are_stretched_block_by_block(void **state)
{
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "ike/stretch.txt"); records_next(&r); n++) {
        uint8_t e[L2S_HASH_MAX], key[L2S_CIPHER_KEY_MAX], want[L2S_CIPHER_KEY_MAX];
        enum l2s_hash_id hash = hash_of(&r);

        if (!crypto->ops->has_hash(crypto, hash))
            continue;
        assert_int_equal(records_hex(&r, "SKEYID_e", e, sizeof e), l2s_hash_len(hash));
        assert_int_equal(records_hex(&r, "Ka", want, sizeof want), sizeof want);
        for (size_t len = 16; len <= sizeof key; len++) {
            bool whole = len > l2s_hash_len(hash);
            memset(key, 0xee, sizeof key);
            assert_int_equal(l2s_v1_cipher_key(crypto, hash, e, key, len), L2TPSEC_OK);
            assert_memory_equal(key, whole ? want : e, len);
            for (size_t i = len; i < sizeof key; i++)
                assert_int_equal(key[i], 0xee);
        }
    }
    assert_int_equal(n, 10);
}

static void keymat_is_that_of_the_spi_with_and_without_pfs(void **state)
{
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "ike/stretch.txt"); records_next(&r); n++) {
        uint8_t ni[256], nr[256], secret[512], spi[4], out[L2S_V1_KEYMAT_MAX], want[L2S_V1_KEYMAT_MAX];
        struct l2s_v1_keys k = {.hash = (uint8_t)hash_of(&r)};

        if (!crypto->ops->has_hash(crypto, k.hash))
            continue;
        k.hash_len = (uint8_t)l2s_hash_len(k.hash);
        assert_int_equal(records_hex(&r, "SKEYID_d", k.d, sizeof k.d), k.hash_len);
        assert_int_equal(records_hex(&r, "spi", spi, sizeof spi), 4);
        assert_int_equal(records_hex(&r, "KEYMAT", want, sizeof want), sizeof want);
        for (size_t len = 1; len <= sizeof out; len++) {
            memset(out, 0xee, sizeof out);
            assert_int_equal(l2s_v1_keymat(&k, crypto, value(&r, "g(qm)^xy", secret, sizeof secret), be32(spi),
                                           value(&r, "Ni", ni, sizeof ni), value(&r, "Nr", nr, sizeof nr), out, len),
                             L2TPSEC_OK);
            assert_memory_equal(out, want, len);
            for (size_t i = len; i < sizeof out; i++)
                assert_int_equal(out[i], 0xee);
        }
    }
    assert_int_equal(n, 10);
}

static void what_does_not_fit_together_is_refused(void **state)
{
    static const uint8_t cookie[8] = {1};
    static const struct l2s_ike_proposal bad[] = {
        {.cipher = L2S_AES_CBC, .hash = L2S_HASH_NONE, .key_len = 16},
        {.cipher = L2S_CIPHER_NONE, .hash = L2S_SHA1, .key_len = 16},
        {.cipher = L2S_AES_CBC, .hash = L2S_SHA1, .key_len = 33},
    };
    struct l2s_v1_said said = {.icookie = cookie, .rcookie = cookie};
    struct l2s_v1_keys k;
    uint8_t skeyid[L2S_HASH_MAX];

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(bad); i++)
        assert_int_equal(l2s_v1_keys_make(&k, skeyid, crypto, &bad[i], &said, (struct l2s_bytes){"psk", 3},
                                          (struct l2s_bytes){"secret", 6}),
                         L2TPSEC_EUNSUP);
}

/* With signatures the nonces are the key (RFC 2409, 5.1), so there must be room for both. */
static void nonces_of_more_than_256_bytes_make_no_key(void **state)
{
    static const struct l2s_ike_proposal p = {
        .cipher = L2S_AES_CBC, .hash = L2S_SHA1, .key_len = 16, .method = L2S_BY_RSA};
    static const size_t sizes[][2] = {{256, 256}, {257, 8}, {8, 257}, {257, 257}};
    static const uint8_t cookie[8] = {1}, nonce[257] = {2};
    struct l2s_v1_keys k;
    uint8_t skeyid[L2S_HASH_MAX];

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(sizes); i++) {
        struct l2s_v1_said said = {
            .icookie = cookie, .rcookie = cookie, .ni = {nonce, sizes[i][0]}, .nr = {nonce, sizes[i][1]}};
        assert_int_equal(l2s_v1_keys_make(&k, skeyid, crypto, &p, &said, (struct l2s_bytes){NULL, 0},
                                          (struct l2s_bytes){"secret", 6}),
                         i == 0 ? L2TPSEC_OK : L2TPSEC_EPROTO);
    }
}

static int up(void **state)
{
    (void)state;
    fake_sys_init(&f);
    return l2s_crypto_mbedtls_new(&f.sys, &crypto);
}

static int down(void **state)
{
    (void)state;
    l2s_crypto_free(crypto);
    fake_sys_fini(&f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skeyids_are_those_of_cavs),
        cmocka_unit_test(long_keys_are_stretched_block_by_block),
        cmocka_unit_test(keymat_is_that_of_the_spi_with_and_without_pfs),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(nonces_of_more_than_256_bytes_make_no_key),
    };

    return cmocka_run_group_tests(tests, up, down);
}
