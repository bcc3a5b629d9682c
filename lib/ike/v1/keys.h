/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The keys of an IKE SA and of what is negotiated under it (RFC 2409, 5, 5.5 and appendix B). Functions of their arguments
 * only; each returns L2TPSEC_OK or what the provider said. */
#ifndef L2S_IKE_V1_KEYS_H
#define L2S_IKE_V1_KEYS_H

#include "crypto/provider.h"
#include "ike/common/header.h"
#include "ike/common/proposal.h"

#include <stddef.h>
#include <stdint.h>

struct l2s_v1_keys {
    uint8_t hash;       /* enum l2s_hash_id; also the PRF, as its HMAC */
    uint8_t cipher;     /* enum l2s_cipher_id */
    uint8_t proof_hash; /* HMAC of HASH_I and HASH_R; ECDSA methods bring their own (RFC 4754, 4) */
    uint8_t hash_len, key_len, block, proof_len;
    uint8_t d[L2S_HASH_MAX], a[L2S_HASH_MAX]; /* SKEYID_d and _a */
    uint8_t key[L2S_CIPHER_KEY_MAX];          /* made of SKEYID_e */
};

/* What both sides said in messages 1 to 4. */
struct l2s_v1_said {
    const uint8_t *icookie, *rcookie;
    struct l2s_bytes ni, nr;   /* nonces, bodies only */
    struct l2s_bytes gxi, gxr; /* public values */
    struct l2s_bytes sai;      /* body of the initiator's SA payload */
};

/* SKEYID from a pre-shared key, or with signatures from the secret (RFC 2409, 5), SKEYID_d, _a, _e from it and the
 * shared secret, and the cipher's key from the last of them. */
int l2s_v1_keys_make(struct l2s_v1_keys *k, uint8_t skeyid[L2S_HASH_MAX], struct l2s_crypto *c,
                     const struct l2s_ike_proposal *p, const struct l2s_v1_said *said, struct l2s_bytes psk,
                     struct l2s_bytes secret);

/* SKEYID_e stretched to a cipher's key (appendix B). */
int l2s_v1_cipher_key(struct l2s_crypto *c, enum l2s_hash_id hash, const uint8_t *skeyid_e, uint8_t *key, size_t len);

/* IV of message 5, and of the first message of anything after phase 1; iv has l2s_v1_keys.block bytes. */
int l2s_v1_iv_phase1(const struct l2s_v1_keys *k, struct l2s_crypto *c, struct l2s_bytes gxi, struct l2s_bytes gxr,
                     uint8_t *iv);
int l2s_v1_iv_phase2(const struct l2s_v1_keys *k, struct l2s_crypto *c, const uint8_t *last_block, uint32_t message_id,
                     uint8_t *iv);

/* HASH_I (of_initiator) or HASH_R; id is the body of that side's ID payload. proof_len bytes. */
int l2s_v1_hash_phase1(const struct l2s_v1_keys *k, const uint8_t *skeyid, struct l2s_crypto *c,
                       const struct l2s_v1_said *said, bool of_initiator, struct l2s_bytes id, uint8_t *out);

/* HASH(1), also of informational exchanges; HASH(2); HASH(3). rest: the message behind its HASH payload, without padding. */
int l2s_v1_hash1(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint32_t message_id, struct l2s_bytes rest,
                 uint8_t *out);
int l2s_v1_hash2(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint32_t message_id, struct l2s_bytes ni,
                 struct l2s_bytes rest, uint8_t *out);
int l2s_v1_hash3(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint32_t message_id, struct l2s_bytes ni,
                 struct l2s_bytes nr, uint8_t *out);

#define L2S_V1_KEYMAT_MAX (L2S_ESP_KEY_MAX + L2S_ESP_AUTH_KEY_MAX)

/* KEYMAT of the ESP SA that this SPI names; secret is empty without PFS. */
int l2s_v1_keymat(const struct l2s_v1_keys *k, struct l2s_crypto *c, struct l2s_bytes secret, uint32_t spi,
                  struct l2s_bytes ni, struct l2s_bytes nr, uint8_t *out, size_t n);

#endif
