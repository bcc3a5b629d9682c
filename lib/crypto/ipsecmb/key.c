/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Keys, scheduled. Schedules do not depend on which manager made them. */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/ipsecmb/backend.h"

#include <string.h>

#define ROUND_KEYS (15u * 16u)
#define ALIGN_CBC 16u
#define ALIGN_GCM 64u /* rows of hash keys in one cache line each */

static const struct hash {
    uint8_t block, state, tag_len; /* state: rounded up to 16 */
} hashes[L2S_IMB_HASH_COUNT] = {
    [L2S_IMB_SHA1] = {64, 32, 12},
    [L2S_IMB_SHA256] = {64, 32, 16},
    [L2S_IMB_SHA384] = {128, 64, 24},
    [L2S_IMB_SHA512] = {128, 64, 32},
};

static uint8_t cipher_of(const struct l2s_esp_suite *s)
{
    if (s->cipher == L2S_ESP_AES_GCM16)
        return L2S_IMB_GCM;
    return s->cipher == L2S_ESP_AES_CBC ? (uint8_t)(L2S_IMB_AES128 + s->key_len / 8 - 2) : L2S_IMB_NO_CIPHER;
}

static uint8_t hash_of(const struct l2s_esp_suite *s)
{
    static const uint8_t of[L2S_ESP_AUTH_COUNT] = {
        [L2S_ESP_AUTH_NONE] = L2S_IMB_NO_HASH,      [L2S_ESP_HMAC_MD5_96] = L2S_IMB_NO_HASH,
        [L2S_ESP_HMAC_SHA1_96] = L2S_IMB_SHA1,      [L2S_ESP_HMAC_SHA256_128] = L2S_IMB_SHA256,
        [L2S_ESP_HMAC_SHA384_192] = L2S_IMB_SHA384, [L2S_ESP_HMAC_SHA512_256] = L2S_IMB_SHA512,
        [L2S_ESP_HMAC_SHA256_96] = L2S_IMB_SHA256,
    };

    return of[s->auth];
}

/* The legacy algorithms are not. */
static bool ours(const struct l2s_esp_suite *s)
{
    return l2s_esp_suite_valid(s) && cipher_of(s) != L2S_IMB_NO_CIPHER && s->auth != L2S_ESP_HMAC_MD5_96;
}

bool l2s_imb_has_esp(const struct l2s_crypto *c, const struct l2s_esp_suite *s)
{
    const struct l2s_crypto *base = l2s_imb_of_const(c)->base;

    return ours(s) || base->ops->has_esp(base, s);
}

static void one_block(IMB_MGR *m, uint8_t hash, const uint8_t *block, uint8_t *state)
{
    switch (hash) {
    case L2S_IMB_SHA1:
        IMB_SHA1_ONE_BLOCK(m, block, state);
        break;
    case L2S_IMB_SHA256:
        IMB_SHA256_ONE_BLOCK(m, block, state);
        break;
    case L2S_IMB_SHA384:
        IMB_SHA384_ONE_BLOCK(m, block, state);
        break;
    default:
        IMB_SHA512_ONE_BLOCK(m, block, state);
        break;
    }
}

/* RFC 2104, 4: the states behind the first block of either hash. ESP's keys are never longer than a block. */
static void set_hmac(IMB_MGR *m, struct l2s_esp_key *k, uint8_t *at, const uint8_t *key, size_t len)
{
    const struct hash *h = &hashes[k->hash];
    uint8_t pad[L2S_HASH_BLOCK];

    k->inner = at;
    k->outer = at + h->state;
    memset(pad, 0x36, sizeof pad);
    for (size_t i = 0; i < len; i++)
        pad[i] ^= key[i];
    one_block(m, k->hash, pad, at);
    for (size_t i = 0; i < h->block; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    one_block(m, k->hash, pad, at + h->state);
    l2s_wipe(pad, sizeof pad);
}

/* Both directions are made at once, and one is kept. */
static void set_aes(IMB_MGR *m, struct l2s_esp_key *k, uint8_t *at, const uint8_t *key)
{
    uint8_t other[ROUND_KEYS + ALIGN_CBC];
    uint8_t *spare = other + (ALIGN_CBC - (uintptr_t)other % ALIGN_CBC) % ALIGN_CBC;
    uint8_t *encrypt = k->seal ? at : spare;
    uint8_t *decrypt = k->seal ? spare : at;

    if (k->cipher == L2S_IMB_AES128)
        IMB_AES_KEYEXP_128(m, key, encrypt, decrypt);
    else if (k->cipher == L2S_IMB_AES192)
        IMB_AES_KEYEXP_192(m, key, encrypt, decrypt);
    else
        IMB_AES_KEYEXP_256(m, key, encrypt, decrypt);
    k->schedule = at;
    l2s_wipe(other, sizeof other);
}

static void set_gcm(IMB_MGR *m, struct l2s_esp_key *k, void *at, const uint8_t *key, size_t len)
{
    struct gcm_key_data *data = at;

    memcpy(k->salt, key + len, sizeof k->salt); /* RFC 4106, 8.1 */
    k->schedule = data;
    if (len == 16) {
        IMB_AES128_GCM_PRE(m, key, data);
        k->gcm = k->seal ? m->gcm128_enc : m->gcm128_dec;
    } else if (len == 24) {
        IMB_AES192_GCM_PRE(m, key, data);
        k->gcm = k->seal ? m->gcm192_enc : m->gcm192_dec;
    } else {
        IMB_AES256_GCM_PRE(m, key, data);
        k->gcm = k->seal ? m->gcm256_enc : m->gcm256_dec;
    }
}

/* Bytes of what lies behind the key, without what alignment takes. */
static size_t room(uint8_t cipher, uint8_t hash, size_t key_len)
{
    if (cipher == L2S_IMB_GCM)
        return sizeof(struct gcm_key_data);
    return 2u * hashes[hash].state + (key_len / 4 + 7) * 16; /* FIPS 197, 5.2: so many rounds, and one more key */
}

static int base_key(struct l2s_crypto *c, const struct l2s_esp_suite *s, const uint8_t *enc_key,
                    const uint8_t *auth_key, bool seal, struct l2s_esp_key **out)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;
    struct l2s_esp_key *k = l2s_mem_new(&c->sys->mem, sizeof *k);

    if (!k)
        return L2TPSEC_ENOMEM;
    int rc = base->ops->esp_key_new(base, s, enc_key, auth_key, seal, &k->base);
    if (rc != L2TPSEC_OK) {
        l2s_mem_free(&c->sys->mem, k);
        return rc;
    }
    k->cipher = L2S_IMB_NO_CIPHER;
    k->hash = L2S_IMB_NO_HASH;
    k->seal = seal;
    k->block = (uint8_t)l2s_esp_block(s);
    *out = k;
    return L2TPSEC_OK;
}

int l2s_imb_esp_key_new(struct l2s_crypto *c, const struct l2s_esp_suite *s, const uint8_t *enc_key,
                        const uint8_t *auth_key, bool seal, struct l2s_esp_key **out)
{
    IMB_MGR *m = l2s_imb_of(c)->wide;

    if (!l2s_imb_has_esp(c, s))
        return L2TPSEC_EUNSUP;
    if (!ours(s))
        return base_key(c, s, enc_key, auth_key, seal, out);
    uint8_t cipher = cipher_of(s);
    uint8_t hash = hash_of(s);
    size_t align = cipher == L2S_IMB_GCM ? ALIGN_GCM : ALIGN_CBC;
    struct l2s_esp_key *k = l2s_mem_new(&c->sys->mem, sizeof *k + room(cipher, hash, s->key_len) + align - 1);
    if (!k)
        return L2TPSEC_ENOMEM;
    k->seal = seal;
    k->cipher = cipher;
    k->hash = hash;
    k->block = (uint8_t)l2s_esp_block(s);
    k->icv_len = (uint8_t)l2s_esp_icv_len(s);

    uint8_t *at = (uint8_t *)(k + 1);
    at += (align - (uintptr_t)at % align) % align;
    if (hash != L2S_IMB_NO_HASH) {
        k->tag_len = hashes[hash].tag_len;
        set_hmac(m, k, at, auth_key, l2s_esp_auth_key_len(s));
        at += 2u * hashes[hash].state;
    }
    if (cipher == L2S_IMB_GCM)
        set_gcm(m, k, at, enc_key, s->key_len);
    else
        set_aes(m, k, at, enc_key);
    *out = k;
    return L2TPSEC_OK;
}

void l2s_imb_esp_key_free(struct l2s_crypto *c, struct l2s_esp_key *k)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    if (k)
        base->ops->esp_key_free(base, k->base);
    l2s_mem_free(&c->sys->mem, k);
}
