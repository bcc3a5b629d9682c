/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Bursts of ESP packets. GCM fills the vectors with one packet and is done at once. CBC and HMAC go in two steps over all the
 * packets of a burst, first grouped by cipher, then by hash (to open: the other way round), so that packets of many SAs and
 * suites share lanes, and so that nothing is decrypted before its ICV was found right. */
#include "base/errors.h"
#include "base/expect.h"
#include "base/wipe.h"
#include "crypto/ipsecmb/backend.h"

#include <emmintrin.h>
#include <string.h>

#define ESP_HDR 8 /* SPI, sequence number */
#define CBC_IV 16
#define GCM_IV 8
#define SALT 4
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

/* Salt and IV. Nonces of all packets are made before the first is enciphered: what was stored just now cannot be loaded in one
 * piece, and each packet would wait for the one before it to retire (15 ns). */
static inline void set_nonce(struct l2s_imb *mb, const struct l2s_esp_job *job, const uint8_t *iv)
{
    uint32_t salt, high, low;

    memcpy(&salt, job->key->salt, SALT);
    memcpy(&high, iv, 4);
    memcpy(&low, iv + 4, 4);
    _mm_storeu_si128((__m128i *)(void *)mb->nonce[mb->n_gcm], _mm_set_epi32(0, (int)low, (int)high, (int)salt));
    mb->gcm_of[mb->n_gcm++] = (uint8_t)(job - mb->from);
}

static inline void gcm(struct l2s_imb *mb, const struct l2s_esp_job *job, const uint8_t *nonce, uint8_t *tag)
{
    const struct l2s_esp_key *k = job->key;
    uint8_t *text = job->pkt + ESP_HDR + GCM_IV;

    k->gcm(k->schedule, &mb->gcm, text, text, job->text_len, nonce, job->pkt, ESP_HDR, tag, GCM_ICV);
}

/* The next packet's schedule is far away when it is another SA's, and a kilobyte long: fetched during this packet. */
static inline void expect_next(const struct l2s_imb *mb, uint32_t i)
{
    const void *next = i + 1 < mb->n_gcm ? mb->from[mb->gcm_of[i + 1]].key->schedule : NULL;

    if (next && next != mb->from[mb->gcm_of[i]].key->schedule)
        l2s_expect_all(next, sizeof(struct gcm_key_data));
}

static void gcm_seal(struct l2s_imb *mb)
{
    for (uint32_t i = 0; i < mb->n_gcm; i++) {
        expect_next(mb, i);
        const struct l2s_esp_job *job = &mb->from[mb->gcm_of[i]];
        gcm(mb, job, mb->nonce[i], job->pkt + ESP_HDR + GCM_IV + job->text_len);
    }
}

/* Decrypted while the tag is computed. Of a packet it does not fit nothing is left to be used. */
static void gcm_open(struct l2s_imb *mb)
{
    for (uint32_t i = 0; i < mb->n_gcm; i++) {
        struct l2s_esp_job *job = &mb->from[mb->gcm_of[i]];
        uint8_t *text = job->pkt + ESP_HDR + GCM_IV;
        expect_next(mb, i);
        gcm(mb, job, mb->nonce[i], mb->mac[0]);
        if (icv_equal(mb->mac[0], text + job->text_len, GCM_ICV))
            continue;
        job->result = L2TPSEC_EAUTH;
        memset(text, 0, job->text_len);
        l2s_wipe(mb->mac[0], GCM_ICV); /* the one its sender could not make */
    }
}

/* ---- CBC and HMAC ---- */

/* All that either step wants to know: most bursts have one cipher and one hash, and need no second look. The MAC goes over
 * everything from the SPI to the next header (RFC 4303, 3.3.2.1 and 3.4.4.1). */
static inline IMB_JOB *add(struct l2s_imb *mb, const struct l2s_esp_job *job)
{
    const struct l2s_esp_key *k = job->key;
    uint32_t m = mb->n_cbc++;
    IMB_JOB *to = &mb->job[m];

    to->enc_keys = to->dec_keys = k->schedule;
    to->src = job->pkt;
    to->msg_len_to_hash_in_bytes = ESP_HDR + CBC_IV + job->text_len;
    to->auth_tag_output = mb->mac[m];
    to->auth_tag_output_len_in_bytes = k->tag_len;
    to->u.HMAC._hashed_auth_key_xor_ipad = k->inner;
    to->u.HMAC._hashed_auth_key_xor_opad = k->outer;
    mb->of[m] = (uint8_t)(job - mb->from);
    return to;
}

/* What stands there is the first block of the chain and an IV of zeros stands before it: what the block becomes is the IV of the
 * packet, unpredictable to all who lack the key (SP 800-38A, appendix C). */
static inline void add_to_seal(struct l2s_imb *mb, const struct l2s_esp_job *job)
{
    const struct l2s_esp_key *k = job->key;
    IMB_JOB *to = add(mb, job);

    to->iv = mb->zeros;
    to->dst = job->pkt + ESP_HDR;
    to->cipher_start_src_offset_in_bytes = ESP_HDR;
    to->msg_len_to_cipher_in_bytes = CBC_IV + job->text_len;
    if (k->icv_len == k->tag_len)
        to->auth_tag_output = job->pkt + ESP_HDR + CBC_IV + job->text_len;
}

static inline void add_to_open(struct l2s_imb *mb, const struct l2s_esp_job *job)
{
    IMB_JOB *to = add(mb, job);

    to->iv = job->pkt + ESP_HDR;
    to->dst = job->pkt + ESP_HDR + CBC_IV;
    to->cipher_start_src_offset_in_bytes = ESP_HDR + CBC_IV;
    to->msg_len_to_cipher_in_bytes = job->text_len;
}

static void failed(const struct l2s_imb *mb)
{
    for (uint32_t i = 0; i < mb->n_cbc; i++)
        mb->from[mb->of[i]].result = L2TPSEC_EINTERNAL;
}

static void encrypt(struct l2s_imb *mb, uint8_t cipher)
{
    if (!l2s_imb_cbc(mb, cipher, IMB_DIR_ENCRYPT, mb->n_cbc))
        failed(mb);
}

static void decrypt(struct l2s_imb *mb, uint8_t cipher)
{
    if (!l2s_imb_cbc(mb, cipher, IMB_DIR_DECRYPT, mb->n_cbc))
        failed(mb);
}

static void authenticate(struct l2s_imb *mb, uint8_t hash)
{
    if (!l2s_imb_hmac(mb, hash, mb->n_cbc))
        failed(mb);
    for (uint32_t i = 0; mb->cut && i < mb->n_cbc; i++) {
        const struct l2s_esp_job *job = &mb->from[mb->of[i]];
        const struct l2s_esp_key *k = job->key;
        if (k->icv_len != k->tag_len)
            memcpy(job->pkt + ESP_HDR + CBC_IV + job->text_len, mb->mac[i], k->icv_len);
    }
}

static void verify(struct l2s_imb *mb, uint8_t hash)
{
    if (!l2s_imb_hmac(mb, hash, mb->n_cbc)) {
        failed(mb);
        return;
    }
    for (uint32_t i = 0; i < mb->n_cbc; i++) {
        struct l2s_esp_job *job = &mb->from[mb->of[i]];
        const struct l2s_esp_key *k = job->key;
        if (icv_equal(mb->mac[i], job->pkt + ESP_HDR + CBC_IV + job->text_len, k->icv_len))
            continue;
        job->result = L2TPSEC_EAUTH;
        mb->forged = true;
        l2s_wipe(mb->mac[i], sizeof mb->mac[i]); /* the one its sender could not make */
    }
}

/* ---- suites of the provider below ---- */

static void by_base(const struct l2s_imb *mb, struct l2s_esp_job *job, bool seal)
{
    struct l2s_esp_job theirs = *job;

    theirs.key = job->key->base;
    if (seal)
        mb->base->ops->esp_seal(mb->base, &theirs, 1);
    else
        mb->base->ops->esp_open(mb->base, &theirs, 1);
    job->result = theirs.result;
}

/* ---- bursts ---- */

typedef void step(struct l2s_imb *mb, uint8_t which);
typedef void adder(struct l2s_imb *mb, const struct l2s_esp_job *job);

/* One step for each cipher that occurs, over the packets which are still good. */
static void each_cipher(struct l2s_imb *mb, size_t n, adder *add_one, step *f)
{
    unsigned kinds = mb->ciphers;

    for (uint8_t which = 0; kinds; which++, kinds >>= 1) {
        if (!(kinds & 1))
            continue;
        mb->n_cbc = 0;
        for (size_t i = 0; i < n; i++) {
            if (mb->from[i].result == L2TPSEC_OK && mb->from[i].key->cipher == which)
                add_one(mb, &mb->from[i]);
        }
        f(mb, which);
    }
}

static void each_hash(struct l2s_imb *mb, size_t n, adder *add_one, step *f)
{
    unsigned kinds = mb->hashes;

    for (uint8_t which = 0; kinds; which++, kinds >>= 1) {
        if (!(kinds & 1))
            continue;
        mb->n_cbc = 0;
        for (size_t i = 0; i < n; i++) {
            if (mb->from[i].result == L2TPSEC_OK && mb->from[i].key->hash == which)
                add_one(mb, &mb->from[i]);
        }
        f(mb, which);
    }
}

/* Note what each job of a burst needs; those that the library of lanes is not for are done at once. */
static inline void take(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n, bool seal)
{
    mb->from = jobs;
    mb->n_gcm = mb->n_cbc = 0;
    mb->ciphers = mb->hashes = 0;
    mb->cut = mb->forged = false;
    for (size_t i = 0; i < n; i++) {
        struct l2s_esp_job *job = &jobs[i];
        const struct l2s_esp_key *k = job->key;
        job->result = fits(job, seal) ? L2TPSEC_OK : L2TPSEC_EINTERNAL;
        if (job->result != L2TPSEC_OK)
            continue;
        if (k->gcm) {
            set_nonce(mb, job, job->pkt + ESP_HDR);
            continue;
        }
        if (k->base) {
            by_base(mb, job, seal);
            continue;
        }
        mb->ciphers |= 1u << k->cipher;
        mb->hashes |= 1u << k->hash;
        mb->cut |= k->icv_len != k->tag_len;
        if (seal)
            add_to_seal(mb, job);
        else
            add_to_open(mb, job);
    }
}

/* One cipher and one hash: the jobs as they were added serve for both. */
static bool uniform(const struct l2s_imb *mb)
{
    return (mb->ciphers & (mb->ciphers - 1)) == 0 && (mb->hashes & (mb->hashes - 1)) == 0;
}

static uint8_t the_only(unsigned kinds)
{
    return (uint8_t)__builtin_ctz(kinds);
}

static void seal_some(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n)
{
    take(mb, jobs, n, true);
    gcm_seal(mb);
    if (!mb->ciphers)
        return;
    if (uniform(mb)) {
        encrypt(mb, the_only(mb->ciphers));
        authenticate(mb, the_only(mb->hashes));
    } else {
        each_cipher(mb, n, add_to_seal, encrypt);
        each_hash(mb, n, add_to_seal, authenticate);
    }
}

static void open_some(struct l2s_imb *mb, struct l2s_esp_job *jobs, size_t n)
{
    take(mb, jobs, n, false);
    gcm_open(mb);
    if (!mb->ciphers)
        return;
    bool one = uniform(mb);
    if (one)
        verify(mb, the_only(mb->hashes));
    else
        each_hash(mb, n, add_to_open, verify);
    if (one && !mb->forged)
        decrypt(mb, the_only(mb->ciphers));
    else
        each_cipher(mb, n, add_to_open, decrypt);
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
