/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/mbedtls/backend.h"

#include <mbedtls/aes.h>
#include <mbedtls/des.h>

static bool has_aes(size_t key_len)
{
#if defined(MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH)
    return key_len == 16;
#else
    return key_len == 16 || key_len == 24 || key_len == 32;
#endif
}

static int aes_cbc(bool encrypt, const uint8_t *key, size_t key_len, uint8_t *iv, uint8_t *data, size_t len)
{
    unsigned bits = (unsigned)key_len * 8;
    mbedtls_aes_context aes;

    mbedtls_aes_init(&aes);
    int rc = encrypt ? mbedtls_aes_setkey_enc(&aes, key, bits) : mbedtls_aes_setkey_dec(&aes, key, bits);
    if (rc == 0)
        rc = mbedtls_aes_crypt_cbc(&aes, encrypt ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT, len, iv, data, data);
    mbedtls_aes_free(&aes);
    return l2s_mbedtls_result(rc);
}

#if defined(MBEDTLS_DES_C) && L2S_WITH_LEGACY_3DES
static bool has_des3(size_t key_len)
{
    return key_len == MBEDTLS_DES_KEY_SIZE * 3;
}

static int des3_cbc(bool encrypt, const uint8_t *key, uint8_t *iv, uint8_t *data, size_t len)
{
    mbedtls_des3_context des;

    mbedtls_des3_init(&des);
    int rc = encrypt ? mbedtls_des3_set3key_enc(&des, key) : mbedtls_des3_set3key_dec(&des, key);
    if (rc == 0)
        rc = mbedtls_des3_crypt_cbc(&des, encrypt ? MBEDTLS_DES_ENCRYPT : MBEDTLS_DES_DECRYPT, len, iv, data, data);
    mbedtls_des3_free(&des);
    return l2s_mbedtls_result(rc);
}
#else
static bool has_des3(size_t key_len)
{
    (void)key_len;
    return false;
}

static int des3_cbc(bool encrypt, const uint8_t *key, uint8_t *iv, uint8_t *data, size_t len)
{
    (void)encrypt, (void)key, (void)iv, (void)data, (void)len;
    return L2TPSEC_EUNSUP;
}
#endif

bool l2s_mbedtls_has_cipher(const struct l2s_crypto *c, enum l2s_cipher_id id, size_t key_len)
{
    (void)c;
    switch (id) {
    case L2S_DES3_CBC:
        return has_des3(key_len);
    case L2S_AES_CBC:
        return has_aes(key_len);
    default:
        return false;
    }
}

int l2s_mbedtls_cbc(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
                    uint8_t *iv, uint8_t *data, size_t len)
{
    if (!l2s_mbedtls_has_cipher(c, id, key_len))
        return L2TPSEC_EUNSUP;
    if (len % l2s_cipher_block(id) != 0)
        return L2TPSEC_EINVAL;
    if (len == 0)
        return L2TPSEC_OK;
    return id == L2S_AES_CBC ? aes_cbc(encrypt, key, key_len, iv, data, len) : des3_cbc(encrypt, key, iv, data, len);
}

/* Seven bits to a byte, and the eighth makes the number of ones odd (RFC 2759, 8.6 and 9.3). */
int l2s_mbedtls_des_block(struct l2s_crypto *c, const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
    (void)c;
#if defined(MBEDTLS_DES_C)
    uint8_t wide[MBEDTLS_DES_KEY_SIZE];
    uint64_t bits = 0;
    mbedtls_des_context des;

    for (size_t i = 0; i < 7; i++)
        bits = bits << 8 | key[i];
    for (size_t i = 0; i < sizeof wide; i++)
        wide[i] = (uint8_t)((bits >> (49 - 7 * i) & 0x7f) << 1);
    mbedtls_des_key_set_parity(wide);

    mbedtls_des_init(&des);
    int rc = mbedtls_des_setkey_enc(&des, wide);
    if (rc == 0)
        rc = mbedtls_des_crypt_ecb(&des, in, out);
    mbedtls_des_free(&des);
    l2s_wipe(wide, sizeof wide);
    l2s_wipe(&bits, sizeof bits);
    return l2s_mbedtls_result(rc);
#else
    (void)key, (void)in, (void)out;
    return L2TPSEC_EUNSUP;
#endif
}
