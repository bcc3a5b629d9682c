/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/history.h"

#include <stdbool.h>
#include <string.h>

struct entry {
    uint64_t time;
    int64_t value;
    const char *wing, *a, *b;
    uint32_t kind;
};

struct l2s_history {
    uint64_t at; /* how many there were in all */
    uint32_t room;
    struct entry entry[];
};

struct l2s_history *l2s_history_new(struct l2s_mem *mem, uint32_t room)
{
    struct l2s_history *h = room ? l2s_mem_new(mem, sizeof *h + room * sizeof h->entry[0]) : NULL;

    if (h)
        h->room = room;
    return h;
}

/* What comes by the thousand when somebody floods would push out what matters. */
static bool worth_it(const struct l2s_trace_record *r)
{
    if (r->kind == L2S_TRACE_DROP)
        return strcmp(r->wing, "esp") != 0 && strcmp(r->wing, "core") != 0;
    return r->kind == L2S_TRACE_MESSAGE;
}

void l2s_history_add(struct l2s_history *h, const struct l2s_trace_record *r, uint64_t now)
{
    if (!h || !worth_it(r))
        return;
    h->entry[h->at++ % h->room] = (struct entry){
        .time = now,
        .value = r->value,
        .wing = r->wing,
        .a = r->a,
        .b = r->b,
        .kind = r->kind == L2S_TRACE_DROP ? L2TPSEC_RECORD_DROP : L2TPSEC_RECORD_MESSAGE,
    };
}

uint32_t l2s_history_count(const struct l2s_history *h)
{
    return !h ? 0 : h->at < h->room ? (uint32_t)h->at : h->room;
}

l2tpsec_record l2s_history_at(const struct l2s_history *h, uint32_t i, l2tpsec_id link)
{
    const struct entry *e = &h->entry[(h->at - l2s_history_count(h) + i) % h->room];

    return (l2tpsec_record){.size = sizeof(l2tpsec_record),
                            .kind = e->kind,
                            .time = e->time,
                            .link = link,
                            .value = e->value,
                            .wing = e->wing,
                            .a = e->a,
                            .b = e->b};
}
