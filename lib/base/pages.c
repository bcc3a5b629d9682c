/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/pages.h"

#include <string.h>

#define FIRST 8u

static size_t pages_of(const struct l2s_pages *a)
{
    return (a->n + L2S_PAGE - 1) / L2S_PAGE;
}

/* A longer list of pages. It is short itself. */
static bool widen(struct l2s_pages *a, struct l2s_mem *mem)
{
    size_t room = a->room ? 2 * a->room : 1;
    void **page = l2s_mem_new(mem, room * sizeof *page);

    if (!page)
        return false;
    if (a->page)
        memcpy(page, a->page, a->room * sizeof *page);
    l2s_mem_free(mem, a->page);
    a->page = page;
    a->room = room;
    return true;
}

/* The only page, while it is not full, in a longer block. */
static bool lengthen(struct l2s_pages *a, struct l2s_mem *mem, size_t n, size_t size)
{
    size_t more = a->n ? a->n : FIRST;

    while (more < n && more < L2S_PAGE)
        more *= 2;
    void *page = l2s_mem_new(mem, more * size);
    if (!page)
        return false;
    if (a->n)
        memcpy(page, a->page[0], a->n * size);
    l2s_mem_free(mem, a->page[0]);
    a->page[0] = page;
    a->n = more;
    return true;
}

bool l2s_pages_grow(struct l2s_pages *a, struct l2s_mem *mem, size_t n, size_t size)
{
    while (a->n < n) {
        size_t pages = pages_of(a);
        if (a->n < L2S_PAGE) {
            if ((!a->room && !widen(a, mem)) || !lengthen(a, mem, n, size))
                return false;
            continue;
        }
        if (pages == a->room && !widen(a, mem))
            return false;
        a->page[pages] = l2s_mem_new(mem, L2S_PAGE * size);
        if (!a->page[pages])
            return false;
        a->n += L2S_PAGE;
    }
    return true;
}

void l2s_pages_fini(struct l2s_pages *a, struct l2s_mem *mem)
{
    for (size_t i = pages_of(a); i-- > 0;)
        l2s_mem_free(mem, a->page[i]);
    l2s_mem_free(mem, a->page);
    memset(a, 0, sizeof *a);
}
