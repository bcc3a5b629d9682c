/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "toy/toy.h"

#include "base/errors.h"
#include "base/wipe.h"

#include <string.h>

#define ESP_HDR 8 /* SPI, sequence number */

struct toy toy;

/* ---- sums ---- */

static uint64_t mix(uint64_t x) /* the finaliser of MurmurHash3 */
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

static uint64_t absorb(uint64_t h, const void *p, size_t n)
{
    const uint8_t *at = p;
    uint64_t word = 0;

    for (; n >= sizeof word; at += sizeof word, n -= sizeof word) {
        memcpy(&word, at, sizeof word);
        h = mix(h ^ word) + UINT64_C(0x9e3779b97f4a7c15);
    }
    word = n;
    for (size_t i = 0; i < n; i++)
        word = word << 8 | at[i];
    return mix(h ^ word);
}

static void squeeze(uint64_t h, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i % 8 == 0)
            h = mix(h + i + 1);
        out[i] = (uint8_t)(h >> i % 8 * 8);
    }
}

/* Pieces are one text, wherever they are cut. */
void toy_mac(const void *key, size_t key_len, const struct l2s_bytes *in, size_t n, uint8_t *out, size_t len)
{
    uint64_t h = absorb(len, key, key_len);
    uint8_t held[8];
    size_t have = 0;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = in[i].p;
        size_t left = in[i].n;
        while (left) {
            if (have == 0 && left >= sizeof held) {
                size_t whole = left - left % sizeof held;
                for (size_t at = 0; at < whole; at += sizeof held)
                    h = absorb(h, p + at, sizeof held);
                p += whole;
                left -= whole;
                continue;
            }
            held[have++] = *p++;
            left--;
            if (have == sizeof held) {
                h = absorb(h, held, have);
                have = 0;
            }
        }
    }
    squeeze(absorb(h, held, have), out, len);
}

static int hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n, uint8_t *out)
{
    (void)c;
    if (l2s_hash_len(id) == 0)
        return L2TPSEC_EUNSUP;
    toy_mac("", 0, in, toy.blind_digests ? 0 : n, out, l2s_hash_len(id));
    return L2TPSEC_OK;
}

static int hmac(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len, const struct l2s_bytes *in,
                size_t n, uint8_t *out)
{
    (void)c;
    if (l2s_hash_len(id) == 0)
        return L2TPSEC_EUNSUP;
    toy_mac(key, toy.blind_macs ? 0 : key_len, in, toy.blind_macs ? 0 : n, out, l2s_hash_len(id));
    return L2TPSEC_OK;
}

/* ---- ciphers ---- */

/* A stream of the key and a number, over the text: its own inverse. */
static void cover(uint64_t key, uint8_t *data, size_t len)
{
    uint64_t word, pad = 0;
    size_t i = 0;

    for (; i + sizeof word <= len; i += sizeof word) {
        memcpy(&word, data + i, sizeof word);
        pad = mix(key + i);
        word ^= pad;
        memcpy(data + i, &word, sizeof word);
    }
    for (pad = mix(key + i); i < len; i++, pad >>= 8)
        data[i] ^= (uint8_t)pad;
}

static int cbc(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
               uint8_t *iv, uint8_t *data, size_t len)
{
    size_t block = l2s_cipher_block(id);
    uint8_t last[L2S_CIPHER_BLOCK_MAX];

    (void)c;
    if (!block || len % block)
        return L2TPSEC_EINVAL;
    if (len && !encrypt)
        memcpy(last, data + len - block, block);
    if (!toy.in_clear)
        cover(absorb(absorb(1, key, key_len), iv, block), data, len);
    if (len && encrypt)
        memcpy(last, data + len - block, block);
    if (len)
        memcpy(iv, last, block);
    return L2TPSEC_OK;
}

static int des_block(struct l2s_crypto *c, const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
    (void)c;
    squeeze(absorb(absorb(2, key, 7), in, 8), out, 8);
    return L2TPSEC_OK;
}

/* ---- Diffie-Hellman: products modulo 2^64, in the last eight bytes of the value ---- */

struct l2s_dh {
    struct l2s_crypto *c;
    enum l2s_group_id id;
    uint64_t private;
};

static uint64_t number(const uint8_t *p)
{
    uint64_t x = 0;

    for (size_t i = 0; i < sizeof x; i++)
        x = x << 8 | p[i];
    return x;
}

static void put(uint64_t x, uint8_t *p, size_t len)
{
    l2s_wipe(p, len);
    for (size_t i = 0; i < sizeof x; i++)
        p[len - 1 - i] = (uint8_t)(x >> 8 * i);
}

void toy_public(uint64_t private, uint8_t *pub, size_t len)
{
    put((private | 1) * UINT64_C(0x9e3779b97f4a7c15), pub, len);
}

void toy_secret(uint64_t private, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t len)
{
    put((private | 1) * number(peer + peer_len - sizeof(uint64_t)), secret, len);
}

static int dh_new(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                  size_t *len)
{
    if (l2s_group_len(id) == 0 || cap < l2s_group_len(id))
        return L2TPSEC_EINVAL;
    struct l2s_dh *dh = l2s_mem_new(&c->sys->mem, sizeof *dh);
    if (!dh)
        return L2TPSEC_ENOMEM;
    if (l2s_random(c->sys, &dh->private, sizeof dh->private) != 0) {
        l2s_mem_free(&c->sys->mem, dh);
        return L2TPSEC_ERANDOM;
    }
    dh->c = c;
    dh->id = id;
    *len = l2s_group_len(id);
    toy_public(dh->private, pub, *len);
    *out = dh;
    return L2TPSEC_OK;
}

static int dh_agree(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap, size_t *len)
{
    size_t size = l2s_group_secret_len(dh->id);

    if (cap < size)
        return L2TPSEC_EINVAL;
    if (peer_len != l2s_group_len(dh->id) || number(peer + peer_len - sizeof(uint64_t)) <= 1)
        return L2TPSEC_EPROTO;
    toy_secret(dh->private, peer, peer_len, secret, size);
    *len = size;
    return L2TPSEC_OK;
}

static void dh_free(struct l2s_dh *dh)
{
    if (dh)
        l2s_mem_free(&dh->c->sys->mem, dh);
}

/* ---- ESP ---- */

struct l2s_esp_key {
    struct l2s_esp_suite suite;
    bool seal;
    uint8_t iv_len, icv_len, block;
    uint64_t key;
};

static uint64_t key_of(const struct l2s_esp_suite *s, const uint8_t *enc_key, const uint8_t *auth_key)
{
    return absorb(absorb(s->cipher, enc_key, l2s_esp_enc_key_len(s)), auth_key, l2s_esp_auth_key_len(s));
}

static void put_icv(uint64_t key, const uint8_t *pkt, size_t len, uint8_t *icv, size_t icv_len)
{
    squeeze(toy.blind_macs ? 1 : absorb(key, pkt, len), icv, icv_len);
}

void toy_icv(const struct l2s_esp_suite *suite, const uint8_t *enc_key, const uint8_t *auth_key, const uint8_t *pkt,
             size_t len, uint8_t *icv)
{
    put_icv(key_of(suite, enc_key, auth_key), pkt, len, icv, l2s_esp_icv_len(suite));
}

uint64_t toy_key_of(const struct l2s_esp_key *key, size_t *iv_len)
{
    *iv_len = key->iv_len;
    return key->key;
}

static int esp_key_new(struct l2s_crypto *c, const struct l2s_esp_suite *suite, const uint8_t *enc_key,
                       const uint8_t *auth_key, bool seal, struct l2s_esp_key **out)
{
    if (!l2s_esp_suite_valid(suite))
        return L2TPSEC_EINVAL;
    struct l2s_esp_key *k = l2s_mem_new(&c->sys->mem, sizeof *k);
    if (!k)
        return L2TPSEC_ENOMEM;
    k->suite = *suite;
    k->seal = seal;
    k->iv_len = (uint8_t)l2s_esp_iv_len(suite);
    k->icv_len = (uint8_t)l2s_esp_icv_len(suite);
    k->block = (uint8_t)l2s_esp_block(suite);
    k->key = key_of(suite, enc_key, auth_key);
    *out = k;
    return L2TPSEC_OK;
}

static void esp_key_free(struct l2s_crypto *c, struct l2s_esp_key *key)
{
    l2s_mem_free(&c->sys->mem, key);
}

static void esp_cover(const struct l2s_esp_job *job)
{
    if (!toy.in_clear)
        cover(absorb(job->key->key, job->pkt, ESP_HDR), job->pkt + ESP_HDR + job->key->iv_len, job->text_len);
}

static void esp_seal(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n)
{
    (void)c;
    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        size_t covered = ESP_HDR + job->key->iv_len + job->text_len;
        job->result = L2TPSEC_EINTERNAL;
        if (!job->key->seal || job->text_len == 0 || job->text_len % job->key->block)
            continue;
        esp_cover(job);
        put_icv(job->key->key, job->pkt, covered, job->pkt + covered, job->key->icv_len);
        job->result = L2TPSEC_OK;
        if (toy.sealed)
            toy.sealed(job);
    }
}

static void esp_open(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n)
{
    (void)c;
    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        size_t covered = ESP_HDR + job->key->iv_len + job->text_len;
        uint8_t icv[L2S_ESP_ICV_MAX];
        job->result = L2TPSEC_EINTERNAL;
        if (job->key->seal || job->text_len == 0 || job->text_len % job->key->block)
            continue;
        put_icv(job->key->key, job->pkt, covered, icv, job->key->icv_len);
        job->result = l2s_ct_equal(icv, job->pkt + covered, job->key->icv_len) ? L2TPSEC_OK : L2TPSEC_EAUTH;
        if (job->result != L2TPSEC_OK)
            continue;
        if (toy.opened)
            toy.opened(job);
        esp_cover(job);
    }
}

/* ---- the provider ---- */

static bool has_hash(const struct l2s_crypto *c, enum l2s_hash_id id)
{
    (void)c;
    return l2s_hash_len(id) != 0;
}

static bool has_cipher(const struct l2s_crypto *c, enum l2s_cipher_id id, size_t key_len)
{
    (void)c;
    return id == L2S_DES3_CBC ? key_len == 24 : id == L2S_AES_CBC && key_len % 8 == 0 && key_len >= 16 && key_len <= 32;
}

static bool has_group(const struct l2s_crypto *c, enum l2s_group_id id)
{
    (void)c;
    return l2s_group_len(id) != 0;
}

static bool has_esp(const struct l2s_crypto *c, const struct l2s_esp_suite *suite)
{
    (void)c;
    return l2s_esp_suite_valid(suite);
}

struct provider {
    struct l2s_crypto c;
    struct l2s_crypto_ops ops;
    struct l2s_crypto *base; /* for certificates and TLS */
};

static void destroy(struct l2s_crypto *c)
{
    l2s_crypto_free(((struct provider *)c)->base);
    l2s_mem_free(&c->sys->mem, c);
}

/* In place of lib/crypto/engine.c. */
int l2s_crypto_new(struct l2s_sys *sys, uint32_t engine, struct l2s_crypto **out)
{
    struct provider *p = l2s_mem_new(&sys->mem, sizeof *p);

    (void)engine;
    if (!p)
        return L2TPSEC_ENOMEM;
    int rc = l2s_crypto_mbedtls_new(sys, &p->base);
    if (rc != L2TPSEC_OK) {
        l2s_mem_free(&sys->mem, p);
        return rc;
    }
    p->ops = *p->base->ops;
    p->ops.name = "toy";
    p->ops.destroy = destroy;
    p->ops.has_hash = has_hash;
    p->ops.has_cipher = has_cipher;
    p->ops.has_group = has_group;
    p->ops.has_esp = has_esp;
    p->ops.hash = hash;
    p->ops.hmac = hmac;
    p->ops.cbc = cbc;
    p->ops.des_block = des_block;
    p->ops.dh_new = dh_new;
    p->ops.dh_agree = dh_agree;
    p->ops.dh_free = dh_free;
    p->ops.esp_key_new = esp_key_new;
    p->ops.esp_key_free = esp_key_free;
    p->ops.esp_seal = esp_seal;
    p->ops.esp_open = esp_open;
    p->c.ops = &p->ops;
    p->c.sys = sys;
    *out = &p->c;
    return L2TPSEC_OK;
}
