/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The computations of MS-CHAPv2 (RFC 2759, 8): pure functions. */
#ifndef L2S_PPP_AUTH_MSCHAP_H
#define L2S_PPP_AUTH_MSCHAP_H

#include "crypto/provider.h"

#define L2S_MSCHAP_CHALLENGE 16u
#define L2S_MSCHAP_RESPONSE 24u
#define L2S_MSCHAP_MASTER 16u
#define L2S_MSCHAP_HASH 16u
#define L2S_MSCHAP_BLOCK 516u /* a new password, covered */
#define L2S_MSCHAP_PROOF 42u  /* "S=" and 40 hexadecimal digits */

struct l2s_mschap {
    struct l2s_crypto *crypto;
    const uint8_t *auth_challenge, *peer_challenge; /* 16 bytes each */
    const uint8_t *name;                            /* without a domain in front */
    size_t name_len;
    const uint8_t *password; /* UTF-8 */
    size_t password_len;
};

/* The 24 bytes that prove the password to the server. L2TPSEC_EINVAL: the password is not UTF-8. */
int l2s_mschap_response(const struct l2s_mschap *m, uint8_t out[L2S_MSCHAP_RESPONSE]);
/* What proves to the client that the server knows it too. */
int l2s_mschap_proof(const struct l2s_mschap *m, const uint8_t response[L2S_MSCHAP_RESPONSE],
                     uint8_t out[L2S_MSCHAP_PROOF]);

/* The master key that MPPE's keys come from (RFC 3079, 3.2). */
int l2s_mschap_master(const struct l2s_mschap *m, const uint8_t response[L2S_MSCHAP_RESPONSE],
                      uint8_t out[L2S_MSCHAP_MASTER]);

/* NtPasswordHash (8.3). L2TPSEC_EINVAL: not UTF-8. */
int l2s_mschap_hash(struct l2s_crypto *c, const uint8_t *password, size_t n, uint8_t out[L2S_MSCHAP_HASH]);

#if L2S_WITH_LEGACY_RC4
/* Changing a password (7): the new one under the hash of the old one, and back. The block is full of random bytes before.
 * L2TPSEC_EINVAL: not UTF-8, or too long. */
int l2s_mschap_cover_password(const uint8_t *password, size_t n, const uint8_t old_hash[L2S_MSCHAP_HASH],
                              uint8_t block[L2S_MSCHAP_BLOCK]);
/* L2TPSEC_EPROTO: another hash, or no password, or one longer than cap. */
int l2s_mschap_uncover_password(const uint8_t old_hash[L2S_MSCHAP_HASH], const uint8_t block[L2S_MSCHAP_BLOCK],
                                uint8_t *out, size_t cap, size_t *len);
/* The old hash under the new one. */
int l2s_mschap_cover_hash(struct l2s_crypto *c, const uint8_t old_hash[L2S_MSCHAP_HASH],
                          const uint8_t new_hash[L2S_MSCHAP_HASH], uint8_t out[L2S_MSCHAP_HASH]);
#endif

/* The part of a name behind its last backslash (RFC 2759, 4). */
void l2s_mschap_user(const uint8_t **name, size_t *len);

#endif
