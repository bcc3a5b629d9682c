/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/words.h"

#include "base/errors.h"
#include "crypto/provider.h"

#include <string.h>

/* The first word of a meaning is the one it is rendered as. */
static const struct l2s_word words[] = {
    {"aes256", L2S_WORD_CIPHER, L2S_AES_CBC, L2S_ESP_AES_CBC, 32, 1},
    {"aes192", L2S_WORD_CIPHER, L2S_AES_CBC, L2S_ESP_AES_CBC, 24, 1},
    {"aes128", L2S_WORD_CIPHER, L2S_AES_CBC, L2S_ESP_AES_CBC, 16, 1},
    {"aes", L2S_WORD_CIPHER, L2S_AES_CBC, L2S_ESP_AES_CBC, 16, 1},
    {"3des", L2S_WORD_CIPHER, L2S_DES3_CBC, L2S_ESP_DES3_CBC, 24, L2S_WITH_LEGACY_3DES},
    {"aes256gcm16", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 32, 1},
    {"aes192gcm16", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 24, 1},
    {"aes128gcm16", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 16, 1},
    {"aes256gcm128", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 32, 1},
    {"aes192gcm128", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 24, 1},
    {"aes128gcm128", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 16, 1},
    {"aes256gcm", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 32, 1},
    {"aes192gcm", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 24, 1},
    {"aes128gcm", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 16, 1},
    {"aesgcm", L2S_WORD_AEAD, 0, L2S_ESP_AES_GCM16, 16, 1},
    {"md5", L2S_WORD_HASH, L2S_MD5, L2S_ESP_HMAC_MD5_96, 0, L2S_WITH_LEGACY_MD5},
    {"sha1", L2S_WORD_HASH, L2S_SHA1, L2S_ESP_HMAC_SHA1_96, 0, 1},
    {"sha", L2S_WORD_HASH, L2S_SHA1, L2S_ESP_HMAC_SHA1_96, 0, 1},
    {"sha256", L2S_WORD_HASH, L2S_SHA256, L2S_ESP_HMAC_SHA256_128, 0, 1},
    {"sha2_256", L2S_WORD_HASH, L2S_SHA256, L2S_ESP_HMAC_SHA256_128, 0, 1},
    {"sha384", L2S_WORD_HASH, L2S_SHA384, L2S_ESP_HMAC_SHA384_192, 0, 1},
    {"sha2_384", L2S_WORD_HASH, L2S_SHA384, L2S_ESP_HMAC_SHA384_192, 0, 1},
    {"sha512", L2S_WORD_HASH, L2S_SHA512, L2S_ESP_HMAC_SHA512_256, 0, 1},
    {"sha2_512", L2S_WORD_HASH, L2S_SHA512, L2S_ESP_HMAC_SHA512_256, 0, 1},
    {"modp1024", L2S_WORD_GROUP, L2S_MODP1024, L2S_MODP1024, 0, L2S_WITH_LEGACY_MODP},
    {"modp1536", L2S_WORD_GROUP, L2S_MODP1536, L2S_MODP1536, 0, L2S_WITH_LEGACY_MODP},
    {"modp2048", L2S_WORD_GROUP, L2S_MODP2048, L2S_MODP2048, 0, 1},
    {"modp3072", L2S_WORD_GROUP, L2S_MODP3072, L2S_MODP3072, 0, 1},
    {"modp4096", L2S_WORD_GROUP, L2S_MODP4096, L2S_MODP4096, 0, 1},
    {"modp6144", L2S_WORD_GROUP, L2S_MODP6144, L2S_MODP6144, 0, 1},
    {"modp8192", L2S_WORD_GROUP, L2S_MODP8192, L2S_MODP8192, 0, 1},
    {"ecp256", L2S_WORD_GROUP, L2S_ECP256, L2S_ECP256, 0, 1},
    {"ecp384", L2S_WORD_GROUP, L2S_ECP384, L2S_ECP384, 0, 1},
    {"ecp521", L2S_WORD_GROUP, L2S_ECP521, L2S_ECP521, 0, 1},
    {"x25519", L2S_WORD_GROUP, L2S_X25519, L2S_X25519, 0, 1},
    {"curve25519", L2S_WORD_GROUP, L2S_X25519, L2S_X25519, 0, 1},
};

const struct l2s_word *l2s_word_find(const char *at, size_t n)
{
    for (size_t i = 0; i < L2S_COUNT_OF(words); i++)
        if (strlen(words[i].word) == n && memcmp(words[i].word, at, n) == 0)
            return &words[i];
    return NULL;
}

const char *l2s_word_for(enum l2s_word_kind kind, bool esp, uint8_t id, uint16_t key_len)
{
    for (size_t i = 0; i < L2S_COUNT_OF(words); i++)
        if (id && words[i].kind == kind && (esp ? words[i].esp : words[i].ike) == id && words[i].key_len == key_len)
            return words[i].word;
    return NULL;
}
