/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* MD4 (RFC 1320), for the password hash of MS-CHAP (RFC 2759, 8.3) and nothing else: newer crypto libraries have none.
 */
#ifndef L2S_CRYPTO_LEGACY_MD4_H
#define L2S_CRYPTO_LEGACY_MD4_H

#include "crypto/provider.h"

#define L2S_MD4_LEN 16

void l2s_md4(const struct l2s_bytes *in, size_t n_in, uint8_t out[L2S_MD4_LEN]);

#endif
