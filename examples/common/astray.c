/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "astray.h"

#include <stdlib.h>
#include <string.h>

enum { KEY = 9 }; /* family, and an IPv4 address or half of an IPv6 one */

struct entry {
    uint8_t key[KEY];
    uint8_t worker;
};

/* Sorted by key; grown one by one. */
struct astray {
    size_t n;
    struct entry entry[];
};

static void make_key(uint8_t key[KEY], uint8_t family, const uint8_t *ip)
{
    memset(key, 0, KEY);
    key[0] = family;
    memcpy(key + 1, ip, family == 6 ? 8 : 4);
}

/* Where it is, or would be. */
static size_t place(const struct astray *t, const uint8_t key[KEY])
{
    size_t low = 0, high = t ? t->n : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(t->entry[middle].key, key, KEY) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool holds(const struct astray *t, size_t at, const uint8_t key[KEY])
{
    return t && at < t->n && memcmp(t->entry[at].key, key, KEY) == 0;
}

bool astray_put(struct astray **table, const l2tpsec_addr *inside, unsigned worker, bool anew)
{
    struct astray *t = *table;
    struct entry e = {.worker = (uint8_t)worker};

    make_key(e.key, inside->family, inside->ip);
    size_t at = place(t, e.key), n = t ? t->n : 0;
    if (holds(t, at, e.key)) {
        t->entry[at] = e;
        return false;
    }
    if (!anew)
        return false;
    t = realloc(t, sizeof *t + (n + 1) * sizeof e);
    if (!t)
        return false;
    memmove(&t->entry[at + 1], &t->entry[at], (n - at) * sizeof e);
    t->entry[at] = e;
    t->n = n + 1;
    *table = t;
    return true;
}

uint32_t astray_find(const struct astray *table, const l2tpsec_packet *inner, uint32_t otherwise)
{
    uint8_t version = inner->len ? inner->data[0] >> 4 : 0;
    uint8_t key[KEY];

    if (inner->len < (version == 6 ? 40 : 20) || (version != 4 && version != 6))
        return otherwise;
    make_key(key, version, inner->data + (version == 6 ? 24 : 16));
    size_t at = place(table, key);
    return holds(table, at, key) ? table->entry[at].worker : otherwise;
}

void astray_free(struct astray *table)
{
    free(table);
}
