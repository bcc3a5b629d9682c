/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/history.h"

#include "base/errors.h"

#include <stdbool.h>
#include <string.h>

/* Wings whose messages and drops are kept. Those of the others come by the thousand when somebody floods, and would push out what
 * matters. */
static const char *const wings[] = {"ike", "l2tp", "ppp"};

enum { DROPPED, RECEIVED, SENT };

struct entry {
    uint64_t time;
    const char *what;
    int32_t value;
    uint8_t wing, how;
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

void l2s_history_add(struct l2s_history *h, const struct l2s_trace_record *r, uint64_t now)
{
    bool drop = r->kind == L2S_TRACE_DROP;
    uint8_t wing = 0;

    if (!h || (!drop && r->kind != L2S_TRACE_MESSAGE))
        return;
    while (wing < L2S_COUNT_OF(wings) && strcmp(r->wing, wings[wing]) != 0)
        wing++;
    if (wing == L2S_COUNT_OF(wings))
        return;
    h->entry[h->at++ % h->room] = (struct entry){
        .time = now,
        .what = drop ? r->a : r->b,
        .value = (int32_t)r->value, /* a length, a number of the protocol's or a reason */
        .wing = wing,
        .how = drop                        ? DROPPED
               : strcmp(r->a, "send") == 0 ? SENT
                                           : RECEIVED,
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
                            .kind = e->how == DROPPED ? L2TPSEC_RECORD_DROP : L2TPSEC_RECORD_MESSAGE,
                            .time = e->time,
                            .link = link,
                            .value = e->value,
                            .wing = wings[e->wing],
                            .a = e->how == DROPPED ? e->what
                                 : e->how == SENT  ? "send"
                                                   : "recv",
                            .b = e->how == DROPPED ? NULL : e->what};
}
