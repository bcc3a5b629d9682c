/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Table of handles: slot and generation in 64 bits. A handle of something gone finds nothing, never something else:
 * that is what callers keep across callbacks instead of pointers. Zero is never a handle. */
#ifndef L2S_BASE_IDTAB_H
#define L2S_BASE_IDTAB_H

#include "base/pages.h"

#include <stddef.h>
#include <stdint.h>

struct l2s_idslot {
    void *obj;           /* NULL: free */
    uint32_t generation; /* odd while taken */
    uint32_t next_free;  /* slot plus one */
};

struct l2s_idtab {
    struct l2s_mem *mem;
    struct l2s_pages slots; /* struct l2s_idslot */
    uint32_t used;          /* of them, at one time or another */
    uint32_t free_head, n;
};

void l2s_idtab_init(struct l2s_idtab *t, struct l2s_mem *mem);
void l2s_idtab_fini(struct l2s_idtab *t);
uint64_t l2s_idtab_add(struct l2s_idtab *t, void *obj); /* 0 on shortage */

/* One that was used before. */
static inline struct l2s_idslot *l2s_idtab_used(const struct l2s_idtab *t, uint32_t slot)
{
    return l2s_pages_at(&t->slots, slot - 1, sizeof(struct l2s_idslot));
}

/* NULL: beyond those that were ever used. */
static inline struct l2s_idslot *l2s_idtab_place(const struct l2s_idtab *t, uint32_t slot)
{
    if (slot == 0 || slot > t->used)
        return NULL;
    return l2s_idtab_used(t, slot);
}

static inline struct l2s_idslot *l2s_idtab_slot(const struct l2s_idtab *t, uint64_t id)
{
    struct l2s_idslot *s = l2s_idtab_place(t, (uint32_t)id);

    return s && s->generation == id >> 32 && s->obj ? s : NULL;
}

static inline void *l2s_idtab_get(const struct l2s_idtab *t, uint64_t id)
{
    struct l2s_idslot *s = l2s_idtab_slot(t, id);

    return s ? s->obj : NULL;
}

/* What is in a slot, the low 32 bits of a handle, whatever its generation. */
void *l2s_idtab_at(const struct l2s_idtab *t, uint32_t slot);
void l2s_idtab_remove(struct l2s_idtab *t, uint64_t id);

/* Walk in slot order: start with *at = 0; NULL at the end. Removing the current one is safe. */
void *l2s_idtab_next(const struct l2s_idtab *t, uint32_t *at);

#endif
