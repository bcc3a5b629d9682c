/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/keylog.h"

#include "base/wipe.h"

#include <stdio.h>

static char *hex(char *out, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    *out = 0;
    return out;
}

static void log_line(struct l2tpsec *c, const char *file, const char *line)
{
    c->asking++;
    c->cb.keylog(c->user, file, line);
    c->asking--;
}

void l2s_keylog_ike(struct l2tpsec *c, const uint8_t icookie[8], const uint8_t *key, size_t len)
{
    char line[16 + 1 + 2 * L2S_CIPHER_KEY_MAX + 1];

    if (!c->cb.keylog || c->doomed || len > L2S_CIPHER_KEY_MAX)
        return;
    char *at = hex(line, icookie, 8);
    *at++ = ',';
    hex(at, key, len);
    log_line(c, "ikev1_decryption_table", line);
    l2s_wipe(line, sizeof line);
}

static void log_esp(struct l2tpsec *c, const struct l2s_ike_child *k, uint32_t spi, const uint8_t *enc,
                    const uint8_t *auth)
{
    static const char *const ciphers[L2S_ESP_CIPHER_COUNT] = {
        [L2S_ESP_DES3_CBC] = "TripleDES-CBC [RFC2451]",
        [L2S_ESP_AES_CBC] = "AES-CBC [RFC3602]",
        [L2S_ESP_AES_GCM16] = "AES-GCM with 16 octet ICV [RFC4106]",
    };
    static const char *const auths[L2S_ESP_AUTH_COUNT] = {
        [L2S_ESP_AUTH_NONE] = "NULL",
        [L2S_ESP_HMAC_MD5_96] = "HMAC-MD5-96 [RFC2403]",
        [L2S_ESP_HMAC_SHA1_96] = "HMAC-SHA-1-96 [RFC2404]",
        [L2S_ESP_HMAC_SHA256_128] = "HMAC-SHA-256-128 [RFC4868]",
        [L2S_ESP_HMAC_SHA384_192] = "HMAC-SHA-384-192 [RFC4868]",
        [L2S_ESP_HMAC_SHA512_256] = "HMAC-SHA-512-256 [RFC4868]",
        [L2S_ESP_HMAC_SHA256_96] = "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
    };
    char enc_hex[2 * L2S_ESP_KEY_MAX + 1], auth_hex[2 * L2S_ESP_AUTH_KEY_MAX + 1], line[400];

    hex(enc_hex, enc, l2s_esp_enc_key_len(&k->suite));
    hex(auth_hex, auth, l2s_esp_auth_key_len(&k->suite));
    snprintf(line, sizeof line, "\"%s\",\"*\",\"*\",\"0x%08x\",\"%s\",\"0x%s\",\"%s\",\"%s%s\"",
             k->remote.family == 6 ? "IPv6" : "IPv4", (unsigned)spi, ciphers[k->suite.cipher], enc_hex,
             auths[k->suite.auth], *auth_hex ? "0x" : "", auth_hex);
    log_line(c, "esp_sa", line);
    l2s_wipe(line, sizeof line);
    l2s_wipe(enc_hex, sizeof enc_hex);
    l2s_wipe(auth_hex, sizeof auth_hex);
}

void l2s_keylog_esp(struct l2tpsec *c, const struct l2s_ike_child *k)
{
    if (!c->cb.keylog || c->doomed)
        return;
    log_esp(c, k, k->spi_in, k->enc_in, k->auth_in);
    log_esp(c, k, k->spi_out, k->enc_out, k->auth_out);
}
