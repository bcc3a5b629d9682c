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
    l2s_pages_fini(&t->slots, t->mem);
    l2s_idtab_init(t, t->mem);
}

uint64_t l2s_idtab_add(struct l2s_idtab *t, void *obj)
{
    if (!t->free_head &&
        (t->used == SLOTS_MAX || !l2s_pages_grow(&t->slots, t->mem, t->used + 1, sizeof(struct l2s_idslot))))
        return 0;

    uint32_t i = t->free_head ? t->free_head : ++t->used;
    struct l2s_idslot *s = l2s_idtab_used(t, i);
    t->free_head = s->next_free;
    s->obj = obj;
    s->generation++;
    t->n++;
    return (uint64_t)s->generation << 32 | i;
}

void *l2s_idtab_at(const struct l2s_idtab *t, uint32_t slot)
{
    const struct l2s_idslot *s = l2s_idtab_place(t, slot);

    return s ? s->obj : NULL;
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
    while (*at < t->used) {
        void *obj = l2s_idtab_used(t, ++*at)->obj;
        if (obj)
            return obj;
    }
    return NULL;
}
