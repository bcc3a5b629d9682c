/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The context's allocator. Every block is zeroed when it comes and wiped when it goes, so no secret outlives its owner. */
#ifndef L2S_BASE_MEM_H
#define L2S_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

struct l2s_mem {
    void *(*alloc)(void *user, size_t n); /* NULL when there is none */
    void (*release)(void *user, void *p); /* never called with NULL */
    void *user;
    size_t held;     /* bytes out at the moment */
    uint64_t allocs; /* calls so far: the data path must not move it */
};

void *l2s_mem_new(struct l2s_mem *m, size_t n); /* zeroed, NULL on shortage or n == 0 */
void l2s_mem_free(struct l2s_mem *m, void *p);  /* wipes; NULL allowed */

/* A copy of n bytes; NULL on shortage. */
void *l2s_mem_dup(struct l2s_mem *m, const void *p, size_t n);

#endif
