/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* RC4, for MPPE (RFC 3078) and the password change of MS-CHAP (RFC 2759, 8.9) and nothing else: newer crypto libraries
 * have none. */
#ifndef L2S_CRYPTO_LEGACY_RC4_H
#define L2S_CRYPTO_LEGACY_RC4_H

#include <stddef.h>
#include <stdint.h>

struct l2s_rc4 {
    uint8_t s[256];
    uint8_t i, j;
};

/* len: 1 to 256 */
void l2s_rc4_key(struct l2s_rc4 *r, const uint8_t *key, size_t len);
/* Encrypt or decrypt in place. */
void l2s_rc4(struct l2s_rc4 *r, uint8_t *data, size_t len);

#endif
