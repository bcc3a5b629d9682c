/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* An array that grows without moving what is in it, a page at a time: the hundred-thousandth element costs no more than the
 * hundredth, and no call stalls while a large table is copied. A small one is a part of a page, and moves until that is full. */
#ifndef L2S_BASE_PAGES_H
#define L2S_BASE_PAGES_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define L2S_PAGE 512u /* elements */

struct l2s_pages {
    void **page;
    size_t n;    /* elements there is room for */
    size_t room; /* in page */
};

/* Room for n elements, the new ones zero; false: no memory, and all is as it was. The size of an element is the same
 * in all calls. */
bool l2s_pages_grow(struct l2s_pages *a, struct l2s_mem *mem, size_t n, size_t size);
void l2s_pages_fini(struct l2s_pages *a, struct l2s_mem *mem);

static inline void *l2s_pages_at(const struct l2s_pages *a, size_t i, size_t size)
{
    return (uint8_t *)a->page[i / L2S_PAGE] + i % L2S_PAGE * size;
}

#endif
