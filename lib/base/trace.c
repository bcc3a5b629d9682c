/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/trace.h"

void l2s_trace_edge(const struct l2s_trace *t, const char *wing, const char *machine, uint64_t link, const char *from,
                    const char *event, const char *to, int rc)
{
    struct l2s_trace_record rec = {.kind = L2S_TRACE_EDGE,
                                   .wing = wing,
                                   .machine = machine,
                                   .a = from,
                                   .b = event,
                                   .c = to,
                                   .value = rc,
                                   .link = link};

    l2s_trace_put(t, &rec);
}

void l2s_trace_drop(const struct l2s_trace *t, const char *wing, uint64_t link, const char *what, uint32_t reason)
{
    struct l2s_trace_record rec = {.kind = L2S_TRACE_DROP, .wing = wing, .a = what, .value = reason, .link = link};

    l2s_trace_put(t, &rec);
}

void l2s_trace_note(const struct l2s_trace *t, const char *wing, uint64_t link, const char *what, const char *detail,
                    int64_t value)
{
    struct l2s_trace_record rec = {
        .kind = L2S_TRACE_NOTE, .wing = wing, .a = what, .b = detail, .value = value, .link = link};

    l2s_trace_put(t, &rec);
}

void l2s_trace_message(const struct l2s_trace *t, const char *wing, uint64_t link, const char *direction,
                       const char *name, int64_t value)
{
    struct l2s_trace_record rec = {
        .kind = L2S_TRACE_MESSAGE, .wing = wing, .a = direction, .b = name, .value = value, .link = link};

    l2s_trace_put(t, &rec);
}
