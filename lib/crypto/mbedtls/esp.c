/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* ESP packets, one after the other. All that depends on the keys alone is done when they come. */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/mbedtls/backend.h"

#include <mbedtls/aes.h>
#include <mbedtls/des.h>
#include <mbedtls/gcm.h>

#include <string.h>

#define ESP_HDR 8 /* SPI, sequence number */
#define SALT 4
#define GCM_ICV 16

struct l2s_esp_key {
    const struct mode *mode;
    bool seal;
    uint8_t block, iv_len, icv_len;
    uint8_t salt[SALT];
    union {
        mbedtls_aes_context aes;
        mbedtls_des3_context des3;
        mbedtls_gcm_context gcm;
    } u;
    mbedtls_md_context_t hmac;
};

/* One cipher of ESP. Nothing of it is called but key_free after a set_key which failed. */
struct mode {
    int (*set_key)(struct l2s_esp_key *k, const uint8_t *key, size_t len);
    void (*key_free)(struct l2s_esp_key *k);
    int (*cbc)(struct l2s_esp_key *k, uint8_t *iv, uint8_t *data, size_t len); /* as the key's direction says */
    int (*seal)(struct l2s_esp_key *k, const struct l2s_esp_job *job);
    int (*open)(struct l2s_esp_key *k, const struct l2s_esp_job *job);
};

/* CBC and HMAC: encrypt, then MAC */

/* RFC 4303, 3.3.2.1 and 3.4.4.1: over everything from the SPI to the next header. Begins with the reset, so that a
 * packet which failed halfway leaves nothing to the next. */
static int compute_icv(struct l2s_esp_key *k, const uint8_t *pkt, size_t len, uint8_t mac[L2S_HASH_MAX])
{
    int rc = mbedtls_md_hmac_reset(&k->hmac);

    if (rc == 0)
        rc = mbedtls_md_hmac_update(&k->hmac, pkt, len);
    if (rc == 0)
        rc = mbedtls_md_hmac_finish(&k->hmac, mac);
    return l2s_mbedtls_result(rc);
}

/* What stands there is the first block of the chain and an IV of zeros stands before it: what the block becomes is the IV of the
 * packet, unpredictable to all who lack the key (SP 800-38A, appendix C), and costs one block more. */
static int cbc_seal(struct l2s_esp_key *k, const struct l2s_esp_job *job)
{
    uint8_t *iv = job->pkt + ESP_HDR;
    size_t covered = ESP_HDR + k->iv_len + job->text_len;
    uint8_t zeros[L2S_ESP_IV_MAX] = {0};
    uint8_t mac[L2S_HASH_MAX];

    int rc = k->mode->cbc(k, zeros, iv, k->iv_len + job->text_len);
    if (rc == L2TPSEC_OK)
        rc = compute_icv(k, job->pkt, covered, mac);
    if (rc == L2TPSEC_OK)
        memcpy(job->pkt + covered, mac, k->icv_len);
    return rc;
}

static int cbc_open(struct l2s_esp_key *k, const struct l2s_esp_job *job)
{
    size_t covered = ESP_HDR + k->iv_len + job->text_len;
    uint8_t iv[L2S_ESP_IV_MAX];
    uint8_t mac[L2S_HASH_MAX];

    int rc = compute_icv(k, job->pkt, covered, mac);
    if (rc != L2TPSEC_OK)
        return rc;
    bool good = l2s_ct_equal(mac, job->pkt + covered, k->icv_len);
    l2s_wipe(mac, sizeof mac); /* of a forged packet it is the MAC its sender could not make */
    if (!good)
        return L2TPSEC_EAUTH;
    memcpy(iv, job->pkt + ESP_HDR, k->iv_len);
    return k->mode->cbc(k, iv, job->pkt + ESP_HDR + k->iv_len, job->text_len);
}

static int aes_set_key(struct l2s_esp_key *k, const uint8_t *key, size_t len)
{
    unsigned bits = (unsigned)len * 8;

    mbedtls_aes_init(&k->u.aes);
    return l2s_mbedtls_result(k->seal ? mbedtls_aes_setkey_enc(&k->u.aes, key, bits)
                                      : mbedtls_aes_setkey_dec(&k->u.aes, key, bits));
}

static void aes_key_free(struct l2s_esp_key *k)
{
    mbedtls_aes_free(&k->u.aes);
}

static int aes_cbc(struct l2s_esp_key *k, uint8_t *iv, uint8_t *data, size_t len)
{
    int direction = k->seal ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT;

    return l2s_mbedtls_result(mbedtls_aes_crypt_cbc(&k->u.aes, direction, len, iv, data, data));
}

#if defined(MBEDTLS_DES_C) && L2S_WITH_LEGACY_3DES
static int des3_set_key(struct l2s_esp_key *k, const uint8_t *key, size_t len)
{
    (void)len;
    mbedtls_des3_init(&k->u.des3);
    return l2s_mbedtls_result(k->seal ? mbedtls_des3_set3key_enc(&k->u.des3, key)
                                      : mbedtls_des3_set3key_dec(&k->u.des3, key));
}

static void des3_key_free(struct l2s_esp_key *k)
{
    mbedtls_des3_free(&k->u.des3);
}

static int des3_cbc(struct l2s_esp_key *k, uint8_t *iv, uint8_t *data, size_t len)
{
    int direction = k->seal ? MBEDTLS_DES_ENCRYPT : MBEDTLS_DES_DECRYPT;

    return l2s_mbedtls_result(mbedtls_des3_crypt_cbc(&k->u.des3, direction, len, iv, data, data));
}
#endif

/* GCM (RFC 4106) */

#if defined(MBEDTLS_GCM_C)
static int gcm_set_key(struct l2s_esp_key *k, const uint8_t *key, size_t len)
{
    mbedtls_gcm_init(&k->u.gcm);
    memcpy(k->salt, key + len, SALT); /* RFC 4106, 8.1 */
    return l2s_mbedtls_result(mbedtls_gcm_setkey(&k->u.gcm, MBEDTLS_CIPHER_ID_AES, key, (unsigned)len * 8));
}

static void gcm_key_free(struct l2s_esp_key *k)
{
    mbedtls_gcm_free(&k->u.gcm);
}

/* RFC 4106, 4: salt and IV. */
static void gcm_nonce(const struct l2s_esp_key *k, const struct l2s_esp_job *job, uint8_t nonce[12])
{
    memcpy(nonce, k->salt, SALT);
    memcpy(nonce + SALT, job->pkt + ESP_HDR, k->iv_len);
}

static int gcm_seal(struct l2s_esp_key *k, const struct l2s_esp_job *job)
{
    uint8_t *iv = job->pkt + ESP_HDR;
    uint8_t *text = iv + k->iv_len;
    uint8_t nonce[12];

    gcm_nonce(k, job, nonce);
    return l2s_mbedtls_result(mbedtls_gcm_crypt_and_tag(&k->u.gcm, MBEDTLS_GCM_ENCRYPT, job->text_len, nonce,
                                                        sizeof nonce, job->pkt, ESP_HDR, text, text, GCM_ICV,
                                                        text + job->text_len));
}

/* The tag is computed while decrypting; of a packet it does not fit, mbedTLS leaves zeros. */
static int gcm_open(struct l2s_esp_key *k, const struct l2s_esp_job *job)
{
    uint8_t *text = job->pkt + ESP_HDR + k->iv_len;
    uint8_t nonce[12];

    gcm_nonce(k, job, nonce);
    int rc = mbedtls_gcm_auth_decrypt(&k->u.gcm, job->text_len, nonce, sizeof nonce, job->pkt, ESP_HDR,
                                      text + job->text_len, GCM_ICV, text, text);
    return rc == MBEDTLS_ERR_GCM_AUTH_FAILED ? L2TPSEC_EAUTH : l2s_mbedtls_result(rc);
}
#endif

static const struct mode modes[L2S_ESP_CIPHER_COUNT] = {
    [L2S_ESP_AES_CBC] =
        {.set_key = aes_set_key, .key_free = aes_key_free, .cbc = aes_cbc, .seal = cbc_seal, .open = cbc_open},
#if defined(MBEDTLS_DES_C) && L2S_WITH_LEGACY_3DES
    [L2S_ESP_DES3_CBC] =
        {.set_key = des3_set_key, .key_free = des3_key_free, .cbc = des3_cbc, .seal = cbc_seal, .open = cbc_open},
#endif
#if defined(MBEDTLS_GCM_C)
    [L2S_ESP_AES_GCM16] = {.set_key = gcm_set_key, .key_free = gcm_key_free, .seal = gcm_seal, .open = gcm_open},
#endif
};

static enum l2s_hash_id hash_of(const struct l2s_esp_suite *s)
{
    switch (s->auth) {
    case L2S_ESP_HMAC_MD5_96:
        return L2S_WITH_LEGACY_MD5 ? L2S_MD5 : L2S_HASH_NONE;
    case L2S_ESP_HMAC_SHA1_96:
        return L2S_SHA1;
    case L2S_ESP_HMAC_SHA256_128:
    case L2S_ESP_HMAC_SHA256_96:
        return L2S_SHA256;
    case L2S_ESP_HMAC_SHA384_192:
        return L2S_SHA384;
    case L2S_ESP_HMAC_SHA512_256:
        return L2S_SHA512;
    default:
        return L2S_HASH_NONE;
    }
}

bool l2s_mbedtls_has_esp(const struct l2s_crypto *c, const struct l2s_esp_suite *s)
{
    if (!l2s_esp_suite_valid(s) || !modes[s->cipher].set_key)
        return false;
    if (s->cipher != L2S_ESP_DES3_CBC && !l2s_mbedtls_has_cipher(c, L2S_AES_CBC, s->key_len))
        return false; /* GCM has the key lengths AES has */
    return s->auth == L2S_ESP_AUTH_NONE || l2s_mbedtls_md(hash_of(s)) != NULL;
}

static int hmac_set_key(struct l2s_esp_key *k, const struct l2s_esp_suite *s, const uint8_t *key)
{
    int rc = mbedtls_md_setup(&k->hmac, l2s_mbedtls_md(hash_of(s)), 1);

    if (rc == 0)
        rc = mbedtls_md_hmac_starts(&k->hmac, key, l2s_esp_auth_key_len(s));
    return l2s_mbedtls_result(rc);
}

int l2s_mbedtls_esp_key_new(struct l2s_crypto *c, const struct l2s_esp_suite *s, const uint8_t *enc_key,
                            const uint8_t *auth_key, bool seal, struct l2s_esp_key **out)
{
    if (!l2s_mbedtls_has_esp(c, s))
        return L2TPSEC_EUNSUP;

    struct l2s_esp_key *k = l2s_mem_new(&c->sys->mem, sizeof *k);
    if (!k)
        return L2TPSEC_ENOMEM;
    k->mode = &modes[s->cipher];
    k->seal = seal;
    k->block = (uint8_t)l2s_esp_block(s);
    k->iv_len = (uint8_t)l2s_esp_iv_len(s);
    k->icv_len = (uint8_t)l2s_esp_icv_len(s);
    mbedtls_md_init(&k->hmac);
    int rc = k->mode->set_key(k, enc_key, s->key_len);
    if (rc == L2TPSEC_OK && s->auth != L2S_ESP_AUTH_NONE)
        rc = hmac_set_key(k, s, auth_key);
    if (rc != L2TPSEC_OK) {
        l2s_mbedtls_esp_key_free(c, k);
        return rc;
    }
    *out = k;
    return L2TPSEC_OK;
}

void l2s_mbedtls_esp_key_free(struct l2s_crypto *c, struct l2s_esp_key *k)
{
    if (!k)
        return;
    k->mode->key_free(k);
    mbedtls_md_free(&k->hmac);
    l2s_mem_free(&c->sys->mem, k);
}

/* The key must be one for this, and the text whole blocks: else it is our own mistake. */
static bool fits(const struct l2s_esp_job *job, bool seal)
{
    return job->key->seal == seal && job->text_len != 0 && job->text_len % job->key->block == 0;
}

void l2s_mbedtls_esp_seal(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n)
{
    (void)c;
    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        job->result = fits(job, true) ? job->key->mode->seal(job->key, job) : L2TPSEC_EINTERNAL;
    }
}

void l2s_mbedtls_esp_open(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n)
{
    (void)c;
    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        job->result = fits(job, false) ? job->key->mode->open(job->key, job) : L2TPSEC_EINTERNAL;
    }
}
