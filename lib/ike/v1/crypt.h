/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The encryption of ISAKMP messages (RFC 2409, appendix B): CBC over all that follows the header, each message's IV being
 * the last block of the one before. */
#ifndef L2S_IKE_V1_CRYPT_H
#define L2S_IKE_V1_CRYPT_H

#include "ike/common/payload.h"
#include "ike/v1/keys.h"

/* Finish a chain whose header says it is encrypted: pad it, fill in its length, encrypt it in place. iv moves on to its last
 * block. */
int l2s_v1_seal(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint8_t *iv, struct l2s_chain *chain);

/* Decrypt a body in place. On L2TPSEC_OK iv moves on; EPROTO: no whole number of blocks. Whether the key was the right one shows
 * later. */
int l2s_v1_open(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint8_t *iv, uint8_t *body, size_t n);

#endif
