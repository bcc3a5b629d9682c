/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The sender's half of AVP hiding (RFC 2661, 4.3), written a second time. */
#ifndef TESTS_L2TP_HIDE_H
#define TESTS_L2TP_HIDE_H

#include "crypto/provider.h"
#include "wire/rd.h"

/* The value of the hidden AVP; returns its length: 2 + n + pad. */
size_t hide(struct l2s_crypto *c, const uint8_t *secret, size_t secret_len, struct l2s_rd vector, uint16_t type,
            const uint8_t *value, size_t n, size_t pad, uint8_t *out);

#endif
