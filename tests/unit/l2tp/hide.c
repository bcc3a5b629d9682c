/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "hide.h"

#include "unit/fakes/fakes.h"

#include "base/errors.h"

#include <string.h>

size_t hide(struct l2s_crypto *c, const uint8_t *secret, size_t secret_len, struct l2s_rd vector, uint16_t type,
            const uint8_t *value, size_t n, size_t pad, uint8_t *out)
{
    uint8_t attribute[2] = {(uint8_t)(type >> 8), (uint8_t)type}, b[16];
    struct l2s_bytes first[3] = {{attribute, 2}, {secret, secret_len}, {vector.p, vector.left}};
    size_t len = 2 + n + pad;

    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
    if (n)
        memcpy(out + 2, value, n);
    memset(out + 2 + n, 0xa5, pad);
    assert_int_equal(l2s_hash(c, L2S_MD5, first, 3, b), L2TPSEC_OK);
    for (size_t at = 0; at < len; at += 16) {
        size_t chunk = len - at < 16 ? len - at : 16;
        for (size_t i = 0; i < chunk; i++)
            out[at + i] ^= b[i];
        struct l2s_bytes next[2] = {{secret, secret_len}, {out + at, chunk}};
        assert_int_equal(l2s_hash(c, L2S_MD5, next, 2, b), L2TPSEC_OK);
    }
    return len;
}
