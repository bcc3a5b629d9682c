/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Hash table with intrusive nodes, keyed with a secret (SipHash-2-4): a peer that chooses its cookies, SPIs or
 * addresses cannot choose its bucket. Grows by a bucket at a time (linear hashing: Litwin, 1980), at insertion only,
 * so no insertion pays for all the others; a growth that finds no memory is done without. */
#ifndef L2S_BASE_HASH_H
#define L2S_BASE_HASH_H

#include "base/expect.h"
#include "base/pages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct l2s_hnode {
    struct l2s_hnode *next;
    uint64_t hash;
};

struct l2s_hash {
    struct l2s_mem *mem;
    struct l2s_pages buckets; /* struct l2s_hnode * */
    size_t used;              /* of the buckets; 0 before the first insertion */
    size_t mask; /* the next power of two, less one: those beyond used are still part of the one half as far */
    size_t n;
    uint8_t key[16];
};

void l2s_hash_init(struct l2s_hash *h, struct l2s_mem *mem, const uint8_t key[16]);
void l2s_hash_fini(struct l2s_hash *h); /* the nodes are their owners' */

uint64_t l2s_hash_of(const struct l2s_hash *h, const void *key, size_t n);

/* For numbers that we chose ourselves, and that nobody can have us choose alike: no secret, and a twentieth of the time. */
static inline uint64_t l2s_hash_ours(uint64_t v)
{
    v *= UINT64_C(0x9e3779b97f4a7c15);
    return v ^ v >> 32;
}

/* Insert a node under a hash; L2TPSEC_ENOMEM only when there is no table at all yet. Equal keys may coexist. */
int l2s_hash_add(struct l2s_hash *h, struct l2s_hnode *node, uint64_t hash);
void l2s_hash_remove(struct l2s_hash *h, struct l2s_hnode *node); /* not in: nothing */

/* Any node, no longer in; NULL: it is empty. For those who empty it: *at begins at 0. */
struct l2s_hnode *l2s_hash_pop(struct l2s_hash *h, size_t *at);

static inline struct l2s_hnode **l2s_hash_bucket(const struct l2s_hash *h, uint64_t hash)
{
    size_t i = (size_t)hash & h->mask;

    if (i >= h->used)
        i &= h->mask >> 1;
    return l2s_pages_at(&h->buckets, i, sizeof(struct l2s_hnode *));
}

/* First node of the chain with this hash, and the next of the same: the caller compares the full key. */
static inline struct l2s_hnode *l2s_hash_same(struct l2s_hnode *n, uint64_t hash)
{
    while (n && n->hash != hash)
        n = n->next;
    return n;
}

static inline struct l2s_hnode *l2s_hash_first(const struct l2s_hash *h, uint64_t hash)
{
    return h->used ? l2s_hash_same(*l2s_hash_bucket(h, hash), hash) : NULL;
}

static inline struct l2s_hnode *l2s_hash_next(const struct l2s_hnode *node)
{
    return l2s_hash_same(node->next, node->hash);
}

/* A look-up is going to follow: have the beginning of its chain at hand. */
static inline void l2s_hash_expect(const struct l2s_hash *h, uint64_t hash)
{
    if (h->used)
        l2s_expect(l2s_hash_bucket(h, hash));
}

/* And the first node of it, when that is at hand. */
static inline void l2s_hash_expect_first(const struct l2s_hash *h, uint64_t hash)
{
    if (h->used)
        l2s_expect(*l2s_hash_bucket(h, hash));
}

uint64_t l2s_siphash(const uint8_t key[16], const void *data, size_t n);

#endif
