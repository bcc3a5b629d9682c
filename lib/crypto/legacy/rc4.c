/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crypto/legacy/rc4.h"

static void swap(uint8_t *a, uint8_t *b)
{
    uint8_t t = *a;

    *a = *b;
    *b = t;
}

void l2s_rc4_key(struct l2s_rc4 *r, const uint8_t *key, size_t len)
{
    uint8_t j = 0;

    for (unsigned i = 0; i < 256; i++)
        r->s[i] = (uint8_t)i;
    for (unsigned i = 0; i < 256; i++) {
        j = (uint8_t)(j + r->s[i] + key[i % len]);
        swap(&r->s[i], &r->s[j]);
    }
    r->i = r->j = 0;
}

void l2s_rc4(struct l2s_rc4 *r, uint8_t *data, size_t len)
{
    for (size_t n = 0; n < len; n++) {
        r->i++;
        r->j = (uint8_t)(r->j + r->s[r->i]);
        swap(&r->s[r->i], &r->s[r->j]);
        data[n] ^= r->s[(uint8_t)(r->s[r->i] + r->s[r->j])];
    }
}
