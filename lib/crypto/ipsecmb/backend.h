/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the files of the ipsec-mb back end share: ESP in bursts on Intel's multi-buffer library, everything else left to the
 * provider it stands on. It builds against 1.3 and 2.0 alike: managers and key schedules by the calls both have, packets by
 * the synchronous cipher and hash bursts (jobs of our own memory, complete when the call returns) and by the direct calls for
 * GCM. The queue of jobs, the only way to MD5 and 3DES, is left alone: docs/crypto.md says why. */
#ifndef L2S_CRYPTO_IPSECMB_BACKEND_H
#define L2S_CRYPTO_IPSECMB_BACKEND_H

#include "crypto/provider.h"

#define NO_COMPAT_IMB_API_053 /* else it defines names like CBC and SHA1 */
#include <intel-ipsec-mb.h>

#if IMB_VERSION_NUM < IMB_VERSION(1, 3, 0)
#error "ipsec-mb 1.3 or newer is needed: older ones have no synchronous bursts"
#endif

#define L2S_IMB_BURST 64u       /* packets that are worked on together: jobs for them are held ready */
#define L2S_IMB_TEXT_MAX 65280u /* lanes count in 16 bits; no datagram is longer */

enum l2s_imb_cipher {
    L2S_IMB_AES128,
    L2S_IMB_AES192,
    L2S_IMB_AES256,
    L2S_IMB_CBC_COUNT,
    L2S_IMB_GCM,
    L2S_IMB_NO_CIPHER
};

enum l2s_imb_hash { L2S_IMB_SHA1, L2S_IMB_SHA256, L2S_IMB_SHA384, L2S_IMB_SHA512, L2S_IMB_HASH_COUNT, L2S_IMB_NO_HASH };

/* Schedules lie behind it, aligned, of the key's direction only. */
struct l2s_esp_key {
    aes_gcm_enc_dec_t gcm;        /* GCM alone */
    const void *schedule;         /* round keys; GCM: struct gcm_key_data */
    struct l2s_esp_key *base;     /* a suite that the provider below does: its key, and nothing else here counts */
    const uint8_t *inner, *outer; /* HMAC: states behind the padded key */
    uint8_t salt[4];              /* GCM */
    bool seal;
    uint8_t cipher, hash; /* enum l2s_imb_cipher, enum l2s_imb_hash */
    uint8_t block, icv_len;
    uint8_t tag_len; /* bytes of MAC a job writes: as many as the ICV has, but for SHA-256-96 */
};

/* One manager computes `lanes` packets in the time of one, whether there are so many or not. What is left of a group when all
 * its lanes were filled, and is no more than `spare`, is faster in the other one. */
struct l2s_imb_lanes {
    uint16_t lanes, spare;
};

struct l2s_imb {
    struct l2s_crypto crypto;
    struct l2s_crypto *base;   /* all that is not ESP */
    struct l2s_crypto_ops ops; /* its own, but for what takes the instance */
    void *memory[2];
    IMB_MGR *wide;   /* the widest vectors of this CPU */
    IMB_MGR *narrow; /* two lanes with the CPU's SHA instructions; NULL where it has none or wide is the same */
    struct l2s_imb_lanes cbc, hmac[L2S_IMB_HASH_COUNT];
    struct gcm_context_data gcm;
    uint8_t zeros[16];

    /* of the burst that is worked on */
    struct l2s_esp_job *from;
    uint32_t n_gcm, n_cbc;
    unsigned ciphers, hashes;                         /* of CBC: a bit for each that occurs */
    bool cut, forged;                                 /* there is an ICV shorter than its tag; one that is wrong */
    uint8_t gcm_of[L2S_IMB_BURST], of[L2S_IMB_BURST]; /* whose nonce, whose job it is */
    uint8_t nonce[L2S_IMB_BURST][16];
    uint8_t mac[L2S_IMB_BURST][L2S_ESP_ICV_MAX];
    IMB_JOB job[L2S_IMB_BURST];
};

static inline struct l2s_imb *l2s_imb_of(struct l2s_crypto *c)
{
    return (struct l2s_imb *)(void *)c; /* its first member */
}

static inline const struct l2s_imb *l2s_imb_of_const(const struct l2s_crypto *c)
{
    return (const struct l2s_imb *)(const void *)c;
}

/* The first n jobs of the instance, to the end. Jobs have source, length and what belongs to the key; whether all were done. */
bool l2s_imb_cbc(struct l2s_imb *mb, uint8_t cipher, IMB_CIPHER_DIRECTION direction, uint32_t n);
bool l2s_imb_hmac(struct l2s_imb *mb, uint8_t hash, uint32_t n);
void l2s_imb_tune(struct l2s_imb *mb, IMB_ARCH wide); /* fills the lanes */

bool l2s_imb_has_esp(const struct l2s_crypto *c, const struct l2s_esp_suite *suite);
int l2s_imb_esp_key_new(struct l2s_crypto *c, const struct l2s_esp_suite *suite, const uint8_t *enc_key,
                        const uint8_t *auth_key, bool seal, struct l2s_esp_key **out);
void l2s_imb_esp_key_free(struct l2s_crypto *c, struct l2s_esp_key *key);
void l2s_imb_esp_seal(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n);
void l2s_imb_esp_open(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n);

#endif
