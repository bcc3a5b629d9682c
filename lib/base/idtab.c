/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/idtab.h"

#include <string.h>

#define SLOTS_MAX 0x20000000u /* two bits are left for whoever packs a slot with more */

void l2s_idtab_init(struct l2s_idtab *t, struct l2s_mem *mem)
{
    memset(t, 0, sizeof *t);
    t->mem = mem;
}

void l2s_idtab_fini(struct l2s_idtab *t)
{
    l2s_mem_free(t->mem, t->slot);
    l2s_idtab_init(t, t->mem);
}

static int grow(struct l2s_idtab *t)
{
    uint32_t cap = t->cap ? t->cap * 2 : 8;

    if (cap > SLOTS_MAX)
        return -1;
    struct l2s_idslot *slot = l2s_mem_new(t->mem, cap * sizeof *slot);
    if (!slot)
        return -1;
    if (t->cap)
        memcpy(slot, t->slot, t->cap * sizeof *slot);
    for (uint32_t i = cap; i > t->cap; i--) {
        slot[i - 1].next_free = t->free_head;
        t->free_head = i;
    }
    l2s_mem_free(t->mem, t->slot);
    t->slot = slot;
    t->cap = cap;
    return 0;
}

uint64_t l2s_idtab_add(struct l2s_idtab *t, void *obj)
{
    if (!t->free_head && grow(t) != 0)
        return 0;

    uint32_t i = t->free_head - 1;
    struct l2s_idslot *s = &t->slot[i];
    t->free_head = s->next_free;
    s->obj = obj;
    s->generation++;
    t->n++;
    return (uint64_t)s->generation << 32 | (i + 1);
}

void *l2s_idtab_at(const struct l2s_idtab *t, uint32_t slot)
{
    return slot == 0 || slot > t->cap ? NULL : t->slot[slot - 1].obj;
}

void l2s_idtab_remove(struct l2s_idtab *t, uint64_t id)
{
    struct l2s_idslot *s = l2s_idtab_slot(t, id);

    if (!s)
        return;
    s->obj = NULL;
    s->generation++;
    s->next_free = t->free_head;
    t->free_head = (uint32_t)id;
    t->n--;
}

void *l2s_idtab_next(const struct l2s_idtab *t, uint32_t *at)
{
    while (*at < t->cap) {
        void *obj = t->slot[(*at)++].obj;
        if (obj)
            return obj;
    }
    return NULL;
}
