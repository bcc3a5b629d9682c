/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crypto/legacy/md4.h"

#include "base/wipe.h"

#include <string.h>

#define BLOCK 64

struct md4 {
    uint32_t state[4];
    uint64_t length; /* bytes so far */
    uint8_t block[BLOCK];
};

static uint32_t get32le(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void put32le(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t rotl(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

/* RFC 1320, 3.4: F chooses, G is the majority, H the parity. */
static uint32_t mix(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
    switch (round) {
    case 0:
        return (x & y) | (~x & z);
    case 1:
        return (x & y) | (x & z) | (y & z);
    default:
        return x ^ y ^ z;
    }
}

static void compress(struct md4 *m)
{
    static const uint32_t added[3] = {0, 0x5a827999, 0x6ed9eba1};
    static const uint8_t shift[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    static const uint8_t word[3][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
        {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
    };
    uint32_t a = m->state[0], b = m->state[1], c = m->state[2], d = m->state[3];

    for (unsigned i = 0; i < 48; i++) {
        unsigned round = i / 16;
        uint32_t x = get32le(m->block + (size_t)4 * word[round][i % 16]);
        uint32_t next = rotl(a + mix(round, b, c, d) + x + added[round], shift[round][i % 4]);

        a = d;
        d = c;
        c = b;
        b = next;
    }
    m->state[0] += a;
    m->state[1] += b;
    m->state[2] += c;
    m->state[3] += d;
}

static void update(struct md4 *m, const uint8_t *p, size_t n)
{
    while (n) {
        size_t at = (size_t)(m->length % BLOCK);
        size_t part = n < BLOCK - at ? n : BLOCK - at;

        memcpy(m->block + at, p, part);
        p += part;
        n -= part;
        m->length += part;
        if (at + part == BLOCK)
            compress(m);
    }
}

static void finish(struct md4 *m, uint8_t *out)
{
    static const uint8_t pad[BLOCK] = {0x80};
    uint64_t bits = m->length * 8;
    size_t at = (size_t)(m->length % BLOCK);
    uint8_t count[8];

    put32le(count, (uint32_t)bits);
    put32le(count + 4, (uint32_t)(bits >> 32));
    update(m, pad, (at < 56 ? 56 : 56 + BLOCK) - at);
    update(m, count, sizeof count);
    for (size_t i = 0; i < 4; i++)
        put32le(out + 4 * i, m->state[i]);
}

void l2s_md4(const struct l2s_bytes *in, size_t n_in, uint8_t out[L2S_MD4_LEN])
{
    struct md4 m = {.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};

    for (size_t i = 0; i < n_in; i++)
        update(&m, in[i].p, in[i].n);
    finish(&m, out);
    l2s_wipe(&m, sizeof m);
}
