/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/hash.h"

#include "base/errors.h"

#include <string.h>

static uint64_t rotl(uint64_t x, unsigned b)
{
    return (x << b) | (x >> (64 - b));
}

static uint64_t le64(const uint8_t *p)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void sip_rounds(uint64_t v[4], unsigned n)
{
    while (n--) {
        v[0] += v[1];
        v[1] = rotl(v[1], 13) ^ v[0];
        v[0] = rotl(v[0], 32);
        v[2] += v[3];
        v[3] = rotl(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotl(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotl(v[1], 17) ^ v[2];
        v[2] = rotl(v[2], 32);
    }
}

/* SipHash-2-4 (Aumasson and Bernstein, 2012) */
uint64_t l2s_siphash(const uint8_t key[16], const void *data, size_t n)
{
    const uint8_t *p = data;
    uint64_t k0 = le64(key), k1 = le64(key + 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                     k1 ^ 0x7465646279746573u};
    uint8_t tail[8] = {0};
    size_t whole = n & ~(size_t)7;

    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m = le64(p + i);
        v[3] ^= m;
        sip_rounds(v, 2);
        v[0] ^= m;
    }
    if (n > whole)
        memcpy(tail, p + whole, n - whole);
    tail[7] = (uint8_t)n;
    uint64_t last = le64(tail);
    v[3] ^= last;
    sip_rounds(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void l2s_hash_init(struct l2s_hash *h, struct l2s_mem *mem, const uint8_t key[16])
{
    memset(h, 0, sizeof *h);
    h->mem = mem;
    memcpy(h->key, key, sizeof h->key);
}

void l2s_hash_fini(struct l2s_hash *h)
{
    l2s_pages_fini(&h->buckets, h->mem);
    h->used = h->mask = h->n = 0;
}

uint64_t l2s_hash_of(const struct l2s_hash *h, const void *key, size_t n)
{
    return l2s_siphash(h->key, key, n);
}

/* One bucket more, and to it what of the one half as far belongs there. */
static bool split(struct l2s_hash *h)
{
    if (!l2s_pages_grow(&h->buckets, h->mem, h->used + 1, sizeof(struct l2s_hnode *)))
        return false;
    if (h->used > h->mask)
        h->mask = 2 * h->mask + 1;
    struct l2s_hnode **from = l2s_hash_bucket(h, h->used);
    h->used++;
    struct l2s_hnode **to = l2s_hash_bucket(h, h->used - 1);
    while (*from) {
        struct l2s_hnode *n = *from;
        if ((n->hash & h->mask) != h->used - 1) {
            from = &n->next;
            continue;
        }
        *from = n->next;
        n->next = *to;
        *to = n;
    }
    return true;
}

int l2s_hash_add(struct l2s_hash *h, struct l2s_hnode *node, uint64_t hash)
{
    if (!h->used && !l2s_pages_grow(&h->buckets, h->mem, 1, sizeof(struct l2s_hnode *)))
        return L2TPSEC_ENOMEM;
    if (!h->used)
        h->used = 1;
    for (unsigned i = 0; i < 2 && 3 * h->used < 4 * (h->n + 1) && split(h); i++) /* three nodes to four buckets */
        continue;
    struct l2s_hnode **at = l2s_hash_bucket(h, hash);
    node->hash = hash;
    node->next = *at;
    *at = node;
    h->n++;
    return L2TPSEC_OK;
}

void l2s_hash_remove(struct l2s_hash *h, struct l2s_hnode *node)
{
    if (!h->used)
        return;
    for (struct l2s_hnode **at = l2s_hash_bucket(h, node->hash); *at; at = &(*at)->next) {
        if (*at == node) {
            *at = node->next;
            node->next = NULL;
            h->n--;
            return;
        }
    }
}

struct l2s_hnode *l2s_hash_pop(struct l2s_hash *h, size_t *at)
{
    for (; *at < h->used; (*at)++) {
        struct l2s_hnode **first = l2s_pages_at(&h->buckets, *at, sizeof(struct l2s_hnode *)), *n = *first;
        if (!n)
            continue;
        *first = n->next;
        n->next = NULL;
        h->n--;
        return n;
    }
    return NULL;
}
