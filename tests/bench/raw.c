/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "bench/raw.h"

#include <mbedtls/aes.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>

#include <stdlib.h>
#include <string.h>

#if L2S_WITH_IPSECMB
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#endif

#define HDR 8u

void pool_init(struct pool *p, const struct l2s_esp_suite *suite, size_t text_len, size_t burst)
{
    p->burst = burst;
    p->n = burst < 64 ? 64 : burst;
    p->text_len = text_len;
    p->iv_len = l2s_esp_iv_len(suite);
    p->icv_len = l2s_esp_icv_len(suite);
    p->len = HDR + p->iv_len + text_len + p->icv_len;
    for (size_t i = 0; i < sizeof p->bytes; i++)
        p->bytes[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t i = 0; i < POOL_MAX; i++)
        p->pkt[i] = p->bytes + i * POOL_PACKET + 64 - HDR - p->iv_len;
    pool_keep(p);
}

void pool_keep(struct pool *p)
{
    memcpy(p->kept, p->bytes, sizeof p->kept);
}

void pool_refresh(struct pool *p)
{
    for (size_t i = 0; i < p->n; i++)
        memcpy(p->pkt[i], p->kept + (p->pkt[i] - p->bytes), p->len);
}

struct mbed {
    mbedtls_aes_context aes[2]; /* to decrypt, to encrypt */
    mbedtls_gcm_context gcm;
    mbedtls_md_context_t hmac;
};

/* One way of ipsec-mb, ready to run; raw_refresh finds the pool first. */
struct way {
    struct pool *pool;
    struct raw *raw;
    bool seal;
    unsigned way;
};

struct raw {
    struct l2s_esp_suite suite;
    struct way mbedtls, ipsecmb[RAW_WAYS];
    struct mbed m;
    uint8_t salt[4];
#if L2S_WITH_IPSECMB
    IMB_MGR *wide, *narrow;
    uint8_t enc[15 * 16] __attribute__((aligned(64)));
    uint8_t dec[15 * 16] __attribute__((aligned(64)));
    uint8_t inner[64] __attribute__((aligned(64)));
    uint8_t outer[64] __attribute__((aligned(64)));
    struct gcm_key_data gcm __attribute__((aligned(64)));
    aes_gcm_enc_dec_t gcm_call[2];
    uint8_t nonce[POOL_MAX][16];
    uint8_t tag[POOL_MAX][64];
    uint8_t zeros[16];
    IMB_JOB cipher[POOL_MAX], hash[POOL_MAX], both[POOL_MAX];
#endif
};

static bool is_gcm(const struct raw *r)
{
    return r->suite.cipher == L2S_ESP_AES_GCM16;
}

void raw_refresh(void *arg)
{
    struct way *w = arg;

    pool_refresh(w->pool);
}

/* ---- mbedTLS ---- */

static mbedtls_md_type_t md_of(uint8_t auth)
{
    if (auth == L2S_ESP_HMAC_SHA1_96)
        return MBEDTLS_MD_SHA1;
    return auth == L2S_ESP_HMAC_SHA512_256 ? MBEDTLS_MD_SHA512 : MBEDTLS_MD_SHA256;
}

static void mbed_setup(struct raw *r, const uint8_t *enc, const uint8_t *auth)
{
    unsigned bits = r->suite.key_len * 8u;

    mbedtls_aes_init(&r->m.aes[0]);
    mbedtls_aes_init(&r->m.aes[1]);
    mbedtls_gcm_init(&r->m.gcm);
    mbedtls_md_init(&r->m.hmac);
    memcpy(r->salt, enc + r->suite.key_len, sizeof r->salt);
    if (is_gcm(r)) {
        (void)mbedtls_gcm_setkey(&r->m.gcm, MBEDTLS_CIPHER_ID_AES, enc, bits);
        return;
    }
    (void)mbedtls_aes_setkey_dec(&r->m.aes[0], enc, bits);
    (void)mbedtls_aes_setkey_enc(&r->m.aes[1], enc, bits);
    (void)mbedtls_md_setup(&r->m.hmac, mbedtls_md_info_from_type(md_of(r->suite.auth)), 1);
    (void)mbedtls_md_hmac_starts(&r->m.hmac, auth, l2s_esp_auth_key_len(&r->suite));
}

static void mbed_mac(struct raw *r, const uint8_t *pkt, size_t len, uint8_t *mac)
{
    (void)mbedtls_md_hmac_reset(&r->m.hmac);
    (void)mbedtls_md_hmac_update(&r->m.hmac, pkt, len);
    (void)mbedtls_md_hmac_finish(&r->m.hmac, mac);
}

void raw_mbedtls_run(void *arg)
{
    struct way *w = arg;
    struct raw *r = w->raw;
    struct pool *p = w->pool;
    int direction = w->seal ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT;

    for (size_t i = 0; i < p->n; i++) {
        uint8_t *iv = p->pkt[i] + HDR, *text = iv + p->iv_len, mac[64], first[16] = {0};
        size_t covered = HDR + p->iv_len + p->text_len;
        if (is_gcm(r)) {
            memcpy(first, r->salt, 4);
            memcpy(first + 4, iv, 8);
            (void)mbedtls_gcm_crypt_and_tag(&r->m.gcm, w->seal ? MBEDTLS_GCM_ENCRYPT : MBEDTLS_GCM_DECRYPT, p->text_len,
                                            first, 12, p->pkt[i], HDR, text, text, 16,
                                            w->seal ? text + p->text_len : mac);
        } else if (w->seal) {
            (void)mbedtls_aes_crypt_cbc(&r->m.aes[1], direction, 16 + p->text_len, first, iv, iv);
            mbed_mac(r, p->pkt[i], covered, mac);
            memcpy(p->pkt[i] + covered, mac, p->icv_len);
        } else {
            mbed_mac(r, p->pkt[i], covered, mac);
            memcpy(first, iv, 16);
            (void)mbedtls_aes_crypt_cbc(&r->m.aes[0], direction, p->text_len, first, text, text);
        }
    }
}

void *raw_mbedtls(struct raw *r, struct pool *p, bool seal)
{
    r->mbedtls = (struct way){p, r, seal, 0};
    return &r->mbedtls;
}

/* ---- ipsec-mb ---- */

#if L2S_WITH_IPSECMB
static IMB_HASH_ALG alg_of(uint8_t auth)
{
    if (auth == L2S_ESP_HMAC_SHA1_96)
        return IMB_AUTH_HMAC_SHA_1;
    return auth == L2S_ESP_HMAC_SHA512_256 ? IMB_AUTH_HMAC_SHA_512 : IMB_AUTH_HMAC_SHA_256;
}

static void imb_setup(struct raw *r, const uint8_t *enc)
{
    r->wide = alloc_mb_mgr(0);
    r->narrow = alloc_mb_mgr(0);
    if (!r->wide || !r->narrow)
        abort();
    init_mb_mgr_auto(r->wide, NULL);
    init_mb_mgr_sse(r->narrow);
    memset(r->inner, 1, sizeof r->inner);
    memset(r->outer, 2, sizeof r->outer);
    switch (r->suite.key_len) {
    case 16:
        IMB_AES_KEYEXP_128(r->wide, enc, r->enc, r->dec);
        IMB_AES128_GCM_PRE(r->wide, enc, &r->gcm);
        r->gcm_call[0] = r->wide->gcm128_dec;
        r->gcm_call[1] = r->wide->gcm128_enc;
        break;
    default:
        IMB_AES_KEYEXP_256(r->wide, enc, r->enc, r->dec);
        IMB_AES256_GCM_PRE(r->wide, enc, &r->gcm);
        r->gcm_call[0] = r->wide->gcm256_dec;
        r->gcm_call[1] = r->wide->gcm256_enc;
    }
}

static void imb_jobs(struct raw *r, const struct pool *p, bool seal)
{
    for (size_t i = 0; i < p->n; i++) {
        size_t covered = HDR + p->iv_len + p->text_len;
        IMB_JOB *j = &r->both[i];
        memset(j, 0, sizeof *j);
        j->enc_keys = r->enc;
        j->dec_keys = r->dec;
        j->key_len_in_bytes = r->suite.key_len;
        j->iv_len_in_bytes = 16;
        j->cipher_mode = IMB_CIPHER_CBC;
        j->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
        j->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
        j->hash_alg = alg_of(r->suite.auth);
        j->auth_tag_output = seal ? p->pkt[i] + covered : r->tag[i];
        j->auth_tag_output_len_in_bytes = p->icv_len;
        j->u.HMAC._hashed_auth_key_xor_ipad = r->inner;
        j->u.HMAC._hashed_auth_key_xor_opad = r->outer;
        j->msg_len_to_hash_in_bytes = covered;
        j->msg_len_to_cipher_in_bytes = p->text_len + (seal ? 16 : 0);
        j->iv = seal ? r->zeros : p->pkt[i] + HDR;
        r->hash[i] = r->cipher[i] = *j;
        r->hash[i].src = p->pkt[i];
        r->cipher[i].src = r->cipher[i].dst = p->pkt[i] + HDR + (seal ? 0 : 16);
        j->src = p->pkt[i];
        j->dst = r->cipher[i].dst;
        j->cipher_start_src_offset_in_bytes = HDR + (seal ? 0 : 16u);
        memcpy(r->nonce[i], r->salt, 4);
        memcpy(r->nonce[i] + 4, p->pkt[i] + HDR, 8);
    }
}

static void gcm_run(const struct way *w)
{
    struct raw *r = w->raw;
    struct pool *p = w->pool;
    struct gcm_context_data ctx;

    for (size_t i = 0; i < p->n; i++) {
        uint8_t *text = p->pkt[i] + HDR + 8;
        r->gcm_call[w->seal](&r->gcm, &ctx, text, text, p->text_len, r->nonce[i], p->pkt[i], HDR,
                             w->seal ? text + p->text_len : r->tag[i], 16);
    }
}

static void cbc_hmac_run(const struct way *w, IMB_MGR *cipher, IMB_MGR *hash)
{
    struct raw *r = w->raw;
    struct pool *p = w->pool;
    IMB_KEY_SIZE_BYTES size = r->suite.key_len == 16 ? IMB_KEY_128_BYTES : IMB_KEY_256_BYTES;
    IMB_HASH_ALG alg = alg_of(r->suite.auth);

    for (size_t at = 0; at < p->n; at += p->burst) {
        for (size_t some = 0; some < p->burst; some += 64) {
            uint32_t n = (uint32_t)(p->burst - some < 64 ? p->burst - some : 64);
            IMB_JOB *c = r->cipher + at + some, *h = r->hash + at + some;
            if (w->seal)
                IMB_SUBMIT_CIPHER_BURST_NOCHECK(cipher, c, n, IMB_CIPHER_CBC, IMB_DIR_ENCRYPT, size);
            IMB_SUBMIT_HASH_BURST_NOCHECK(hash, h, n, alg);
            if (!w->seal)
                IMB_SUBMIT_CIPHER_BURST_NOCHECK(cipher, c, n, IMB_CIPHER_CBC, IMB_DIR_DECRYPT, size);
        }
    }
}

/* Both in one job; copied into the queue, for which there is no other way. */
static void queue_run(const struct way *w)
{
    struct raw *r = w->raw;
    struct pool *p = w->pool;

    for (size_t at = 0; at < p->n; at += p->burst) {
        for (size_t i = 0; i < p->burst; i++) {
            IMB_JOB *job = IMB_GET_NEXT_JOB(r->wide);
            *job = r->both[at + i];
            for (job = IMB_SUBMIT_JOB_NOCHECK(r->wide); job;)
                job = IMB_GET_COMPLETED_JOB(r->wide);
        }
        while (IMB_FLUSH_JOB(r->wide))
            continue;
    }
}

void raw_ipsecmb_run(void *arg)
{
    const struct way *w = arg;

    switch (w->way) {
    case 0:
        gcm_run(w);
        break;
    case 1:
        cbc_hmac_run(w, w->raw->wide, w->raw->wide);
        break;
    case 2:
        cbc_hmac_run(w, w->raw->wide, w->raw->narrow);
        break;
    case 3:
        cbc_hmac_run(w, w->seal ? w->raw->narrow : w->raw->wide, w->raw->narrow);
        break;
    default:
        queue_run(w);
    }
}

void *raw_ipsecmb(struct raw *r, struct pool *p, bool seal, unsigned way)
{
    if ((way == 0) != is_gcm(r))
        return NULL;
    r->ipsecmb[way] = (struct way){p, r, seal, way};
    imb_jobs(r, p, seal);
    return &r->ipsecmb[way];
}
#else
void raw_ipsecmb_run(void *arg)
{
    (void)arg;
}

void *raw_ipsecmb(struct raw *r, struct pool *p, bool seal, unsigned way)
{
    (void)r, (void)p, (void)seal, (void)way;
    return NULL;
}
#endif

struct raw *raw_new(const struct l2s_esp_suite *suite, const uint8_t *enc, const uint8_t *auth, bool ipsecmb)
{
    struct raw *r = aligned_alloc(64, (sizeof *r + 63) / 64 * 64);

    if (!r)
        abort();
    memset(r, 0, sizeof *r);
    r->suite = *suite;
    mbed_setup(r, enc, auth);
#if L2S_WITH_IPSECMB
    if (ipsecmb)
        imb_setup(r, enc);
#else
    (void)ipsecmb;
#endif
    return r;
}

void raw_free(struct raw *r)
{
    mbedtls_aes_free(&r->m.aes[0]);
    mbedtls_aes_free(&r->m.aes[1]);
    mbedtls_gcm_free(&r->m.gcm);
    mbedtls_md_free(&r->m.hmac);
#if L2S_WITH_IPSECMB
    if (r->wide)
        free_mb_mgr(r->wide);
    if (r->narrow)
        free_mb_mgr(r->narrow);
#endif
    free(r);
}
