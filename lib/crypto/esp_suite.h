/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What an ESP SA is made of, and the geometry that follows. IKE takes the key lengths from here, ESP the packet layout,
 * providers both. */
#ifndef L2S_CRYPTO_ESP_SUITE_H
#define L2S_CRYPTO_ESP_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum l2s_esp_cipher { L2S_ESP_CIPHER_NONE, L2S_ESP_DES3_CBC, L2S_ESP_AES_CBC, L2S_ESP_AES_GCM16, L2S_ESP_CIPHER_COUNT };

enum l2s_esp_auth {
    L2S_ESP_AUTH_NONE, /* only with an AEAD */
    L2S_ESP_HMAC_MD5_96,
    L2S_ESP_HMAC_SHA1_96,
    L2S_ESP_HMAC_SHA256_128,
    L2S_ESP_HMAC_SHA384_192,
    L2S_ESP_HMAC_SHA512_256,
    L2S_ESP_HMAC_SHA256_96, /* of some Linux kernels, out of a draft of RFC 4868: never negotiated, but found out */
    L2S_ESP_AUTH_COUNT
};

struct l2s_esp_suite {
    uint8_t cipher;   /* enum l2s_esp_cipher */
    uint8_t auth;     /* enum l2s_esp_auth */
    uint16_t key_len; /* cipher key bytes: 16, 24, 32 (3DES: 24); GCM's salt not counted */
};

/* The parts belong together: a key length the cipher has, a MAC with a plain cipher and none with an AEAD. The figures
 * below are meant for valid suites; for others they are harmless. */
bool l2s_esp_suite_valid(const struct l2s_esp_suite *s);

size_t
l2s_esp_enc_key_len(const struct l2s_esp_suite *s); /* bytes of key material for the cipher, GCM's salt included */
size_t l2s_esp_auth_key_len(const struct l2s_esp_suite *s); /* bytes of key material for the MAC; 0 with an AEAD */
size_t l2s_esp_iv_len(const struct l2s_esp_suite *s);       /* 8 or 16 */
size_t l2s_esp_icv_len(const struct l2s_esp_suite *s);      /* 12, 16, 24, 32 */
size_t l2s_esp_block(const struct l2s_esp_suite *s);        /* padding multiple: 4, 8 or 16 (RFC 4303, 2.4) */

#define L2S_ESP_KEY_MAX 36
#define L2S_ESP_AUTH_KEY_MAX 64
#define L2S_ESP_IV_MAX 16
#define L2S_ESP_ICV_MAX 32

#endif
