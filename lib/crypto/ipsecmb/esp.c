/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Bursts of ESP packets. GCM fills the vectors with one packet and is done at once. CBC and HMAC go in two steps over all the
 * packets of a burst, first grouped by cipher, then by hash (to open: the other way round), so that packets of many SAs and
 * suites share lanes, and so that nothing is decrypted before its ICV was found right. */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/ipsecmb/backend.h"

#include <string.h>

#define ESP_HDR 8 /* SPI, sequence number */
#define GCM_IV 8
#define GCM_ICV 16

/* The key must be one for this, and the text whole blocks of a datagram: else it is our own mistake. */
static inline bool fits(const struct l2s_esp_job *job, bool seal)
{
    const struct l2s_esp_key *k = job->key;

    return k->seal == seal && job->text_len - 1 < L2S_IMB_TEXT_MAX && (job->text_len & (k->block - 1u)) == 0;
}

/* As l2s_ct_equal, in words: an ICV is 12 to 32 bytes. */
static inline bool icv_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint32_t diff = 0;

    for (size_t i = 0; i < n; i += 4) {
        uint32_t x, y;
        memcpy(&x, a + i, 4);
        memcpy(&y, b + i, 4);
        diff |= x ^ y;
    }
    return diff == 0;
}

/* ---- GCM (RFC 4106) ---- */

static inline void gcm(struct l2s_imb *mb, const struct l2s_esp_job *job, uint8_t *tag)
{
    const struct l2s_esp_key *k = job->key;
    uint8_t *text = job->pkt + ESP_HDR + GCM_IV;
    uint8_t nonce[12];

    memcpy(nonce, k->salt, sizeof k->salt); /* 4 */
    memcpy(nonce + sizeof k->salt, job->pkt + ESP_HDR, GCM_IV);
    k->gcm(k->schedule, &mb->gcm, text, text, job->text_len, nonce, job->pkt, ESP_HDR, tag, GCM_ICV);
}

static inline void gcm_seal(struct l2s_imb *mb, struct l2s_esp_job *job)
{
    memcpy(job->pkt + ESP_HDR, job->iv_seed + sizeof job->iv_seed - GCM_IV, GCM_IV);
    gcm(mb, job, job->pkt + ESP_HDR + GCM_IV + job->text_len);
}

/* Decrypted while the tag is computed. Of a packet it does not fit nothing is left to be used. */
static inline void gcm_open(struct l2s_imb *mb, struct l2s_esp_job *job)
{
    uint8_t *text = job->pkt + ESP_HDR + GCM_IV;
    uint8_t tag[GCM_ICV];

    gcm(mb, job, tag);
    if (icv_equal(tag, text + job->text_len, GCM_ICV))
        return;
    job->result = L2TPSEC_EAUTH;
    memset(text, 0, job->text_len);
    l2s_wipe(tag, sizeof tag); /* the one its sender could not make */
}

/* ---- CBC and HMAC ---- */

static void failed(const struct l2s_imb *mb, struct l2s_esp_job *jobs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        jobs[mb->of[i]].result = L2TPSEC_EINTERNAL;
}

/* The seed is the first block of the chain and an IV of zeros stands before it: what the block becomes is the IV of the
 * packet, unpredictable to all who lack the key (SP 800-38A, appendix C). */
static void encrypt(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, uint8_t cipher)
{
    uint32_t m = 0;

    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        const struct l2s_esp_key *k = job->key;
        if (job->result != L2TPSEC_OK || k->cipher != cipher)
            continue;
        IMB_JOB *to = &mb->job[m];
        uint8_t *iv = job->pkt + ESP_HDR;
        memcpy(iv, job->iv_seed + sizeof job->iv_seed - k->iv_len, k->iv_len);
        to->src = to->dst = iv;
        to->enc_keys = to->dec_keys = k->schedule;
        to->iv = mb->zeros;
        to->msg_len_to_cipher_in_bytes = k->iv_len + job->text_len;
        mb->of[m++] = (uint8_t)i;
    }
    if (!l2s_imb_cbc(mb, cipher, IMB_DIR_ENCRYPT, m))
        failed(mb, jobs, m);
}

static void decrypt(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, uint8_t cipher)
{
    uint32_t m = 0;

    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        const struct l2s_esp_key *k = job->key;
        if (job->result != L2TPSEC_OK || k->cipher != cipher)
            continue;
        IMB_JOB *to = &mb->job[m];
        to->iv = job->pkt + ESP_HDR;
        to->src = to->dst = job->pkt + ESP_HDR + k->iv_len;
        to->enc_keys = to->dec_keys = k->schedule;
        to->msg_len_to_cipher_in_bytes = job->text_len;
        mb->of[m++] = (uint8_t)i;
    }
    if (!l2s_imb_cbc(mb, cipher, IMB_DIR_DECRYPT, m))
        failed(mb, jobs, m);
}

/* MACs over everything from the SPI to the next header (RFC 4303, 3.3.2.1 and 3.4.4.1), into our own memory. */
static uint32_t macs(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, uint8_t hash)
{
    uint8_t tag_len = l2s_imb_tag_len(hash);
    uint32_t m = 0;

    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        const struct l2s_esp_key *k = job->key;
        if (job->result != L2TPSEC_OK || k->hash != hash)
            continue;
        IMB_JOB *to = &mb->job[m];
        to->src = job->pkt;
        to->msg_len_to_hash_in_bytes = ESP_HDR + k->iv_len + job->text_len;
        to->u.HMAC._hashed_auth_key_xor_ipad = k->inner;
        to->u.HMAC._hashed_auth_key_xor_opad = k->outer;
        to->auth_tag_output = mb->mac[m];
        to->auth_tag_output_len_in_bytes = tag_len;
        mb->of[m++] = (uint8_t)i;
    }
    if (l2s_imb_hmac(mb, hash, m))
        return m;
    failed(mb, jobs, m);
    return 0;
}

static void authenticate(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, uint8_t hash)
{
    uint32_t m = macs(mb, jobs, n, hash);

    for (uint32_t i = 0; i < m; i++) {
        const struct l2s_esp_job *job = &jobs[mb->of[i]];
        const struct l2s_esp_key *k = job->key;
        memcpy(job->pkt + ESP_HDR + k->iv_len + job->text_len, mb->mac[i], k->icv_len);
    }
}

static void verify(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, uint8_t hash)
{
    uint32_t m = macs(mb, jobs, n, hash);

    for (uint32_t i = 0; i < m; i++) {
        struct l2s_esp_job *job = &jobs[mb->of[i]];
        const struct l2s_esp_key *k = job->key;
        if (icv_equal(mb->mac[i], job->pkt + ESP_HDR + k->iv_len + job->text_len, k->icv_len))
            continue;
        job->result = L2TPSEC_EAUTH;
        l2s_wipe(mb->mac[i], sizeof mb->mac[i]); /* the one its sender could not make */
    }
}

/* ---- bursts ---- */

typedef void step(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, uint8_t which);

/* One step for each kind that occurs. */
static void each(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, unsigned kinds, step *f)
{
    for (uint8_t which = 0; kinds; which++, kinds >>= 1) {
        if (kinds & 1)
            f(mb, jobs, n, which);
    }
}

static void seal_some(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n)
{
    unsigned ciphers = 0, hashes = 0;

    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        const struct l2s_esp_key *k = job->key;
        job->result = fits(job, true) ? L2TPSEC_OK : L2TPSEC_EINTERNAL;
        if (job->result != L2TPSEC_OK)
            continue;
        if (k->gcm) {
            gcm_seal(mb, job);
        } else {
            ciphers |= 1u << k->cipher;
            hashes |= 1u << k->hash;
        }
    }
    each(mb, jobs, n, ciphers, encrypt);
    each(mb, jobs, n, hashes, authenticate);
}

static void open_some(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n)
{
    unsigned ciphers = 0, hashes = 0;

    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        const struct l2s_esp_key *k = job->key;
        job->result = fits(job, false) ? L2TPSEC_OK : L2TPSEC_EINTERNAL;
        if (job->result != L2TPSEC_OK)
            continue;
        if (k->gcm) {
            gcm_open(mb, job);
        } else {
            ciphers |= 1u << k->cipher;
            hashes |= 1u << k->hash;
        }
    }
    each(mb, jobs, n, hashes, verify);
    each(mb, jobs, n, ciphers, decrypt);
}

void l2s_imb_esp_seal(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n)
{
    for (size_t at = 0; at < n; at += L2S_IMB_BURST)
        seal_some(l2s_imb_of(c), jobs + at, n - at < L2S_IMB_BURST ? n - at : L2S_IMB_BURST);
}

void l2s_imb_esp_open(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n)
{
    for (size_t at = 0; at < n; at += L2S_IMB_BURST)
        open_some(l2s_imb_of(c), jobs + at, n - at < L2S_IMB_BURST ? n - at : L2S_IMB_BURST);
}
