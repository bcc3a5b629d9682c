/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/mem.h"

#include "base/wipe.h"

#include <string.h>

/* In front of every block, so that the wipe knows its length; 16 bytes keep the block aligned for any type. */
union header {
    size_t n;
    uint8_t pad[16];
};

void *l2s_mem_new(struct l2s_mem *m, size_t n)
{
    if (n == 0 || n > SIZE_MAX - sizeof(union header))
        return NULL;

    union header *h = m->alloc(m->user, sizeof *h + n);
    if (!h)
        return NULL;
    memset(h, 0, sizeof *h + n);
    h->n = n;
    m->held += n;
    m->allocs++;
    return h + 1;
}

void l2s_mem_free(struct l2s_mem *m, void *p)
{
    if (!p)
        return;

    union header *h = (union header *)p - 1;
    m->held -= h->n;
    l2s_wipe(h, sizeof *h + h->n);
    m->release(m->user, h);
}

void *l2s_mem_dup(struct l2s_mem *m, const void *p, size_t n)
{
    void *copy = l2s_mem_new(m, n);

    if (copy)
        memcpy(copy, p, n);
    return copy;
}
