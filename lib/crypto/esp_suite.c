/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crypto/esp_suite.h"

#include "base/errors.h"

/* An index out of range finds row 0, whose figures fit no suite. */
static const struct cipher {
    uint8_t iv_len, block, icv_len; /* icv_len: of an AEAD */
    uint8_t salt_len;
    uint8_t key_min, key_max; /* in steps of 8 bytes */
} ciphers[L2S_ESP_CIPHER_COUNT] = {
    [L2S_ESP_CIPHER_NONE] = {.block = 4},                                          /* RFC 4303, 2.4 */
    [L2S_ESP_DES3_CBC] = {.iv_len = 8, .block = 8, .key_min = 24, .key_max = 24},  /* RFC 2451, 2.2 and 3 */
    [L2S_ESP_AES_CBC] = {.iv_len = 16, .block = 16, .key_min = 16, .key_max = 32}, /* RFC 3602, 2 and 3 */
    [L2S_ESP_AES_GCM16] = {.iv_len = 8, .block = 4, .icv_len = 16, .salt_len = 4, .key_min = 16, .key_max = 32},
};

static const struct auth {
    uint8_t key_len, icv_len;
} auths[L2S_ESP_AUTH_COUNT] = {
    [L2S_ESP_HMAC_MD5_96] = {16, 12},     /* RFC 2403 */
    [L2S_ESP_HMAC_SHA1_96] = {20, 12},    /* RFC 2404 */
    [L2S_ESP_HMAC_SHA256_128] = {32, 16}, /* RFC 4868, 2.1 */
    [L2S_ESP_HMAC_SHA384_192] = {48, 24}, [L2S_ESP_HMAC_SHA512_256] = {64, 32}, [L2S_ESP_HMAC_SHA256_96] = {32, 12},
};

static const struct cipher *cipher_of(const struct l2s_esp_suite *s)
{
    return &ciphers[s->cipher < L2S_COUNT_OF(ciphers) ? s->cipher : L2S_ESP_CIPHER_NONE];
}

static const struct auth *auth_of(const struct l2s_esp_suite *s)
{
    return &auths[s->auth < L2S_COUNT_OF(auths) ? s->auth : L2S_ESP_AUTH_NONE];
}

bool l2s_esp_suite_valid(const struct l2s_esp_suite *s)
{
    const struct cipher *c = cipher_of(s);
    bool aead = c->icv_len != 0;

    if (c->key_max == 0 || s->key_len < c->key_min || s->key_len > c->key_max || s->key_len % 8 != 0)
        return false;
    return aead ? s->auth == L2S_ESP_AUTH_NONE : auth_of(s)->key_len != 0;
}

size_t l2s_esp_enc_key_len(const struct l2s_esp_suite *s)
{
    return (size_t)s->key_len + cipher_of(s)->salt_len;
}

size_t l2s_esp_auth_key_len(const struct l2s_esp_suite *s)
{
    return auth_of(s)->key_len;
}

size_t l2s_esp_iv_len(const struct l2s_esp_suite *s)
{
    return cipher_of(s)->iv_len;
}

size_t l2s_esp_icv_len(const struct l2s_esp_suite *s)
{
    const struct cipher *c = cipher_of(s);

    return c->icv_len ? c->icv_len : auth_of(s)->icv_len;
}

size_t l2s_esp_block(const struct l2s_esp_suite *s)
{
    return cipher_of(s)->block;
}
