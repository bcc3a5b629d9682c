/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What happened, as codes and numbers; words only from our own string constants, never from peer bytes (a log line
 * on the error path must not be what breaks). A sink may be absent; every call takes that. */
#ifndef L2S_BASE_TRACE_H
#define L2S_BASE_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum l2s_trace_kind {
    L2S_TRACE_EDGE,    /* a machine stepped: a = from state, b = event, c = to state, value = result */
    L2S_TRACE_DROP,    /* a packet was dropped: a = what, value = L2TPSEC_DROP_ */
    L2S_TRACE_NOTE,    /* anything else worth a line at debug level: a = what, b = detail */
    L2S_TRACE_MESSAGE, /* a control message passed: a = direction ("recv"/"send"), b = its name */
};

struct l2s_trace_record {
    enum l2s_trace_kind kind;
    const char *wing;    /* "ike", "esp", "l2tp", "ppp", "core" */
    const char *machine; /* "main-mode", "tunnel", "LCP" ... */
    const char *a, *b, *c;
    int64_t value;
    uint64_t link; /* 0 when it is of no link (yet) */
};

struct l2s_trace {
    void (*sink)(void *user, const struct l2s_trace_record *rec);
    void *user;
};

static inline void l2s_trace_put(const struct l2s_trace *t, const struct l2s_trace_record *rec)
{
    if (t && t->sink)
        t->sink(t->user, rec);
}

void l2s_trace_edge(const struct l2s_trace *t, const char *wing, const char *machine, uint64_t link, const char *from,
                    const char *event, const char *to, int rc);
void l2s_trace_drop(const struct l2s_trace *t, const char *wing, uint64_t link, const char *what, uint32_t reason);
void l2s_trace_note(const struct l2s_trace *t, const char *wing, uint64_t link, const char *what, const char *detail,
                    int64_t value);
void l2s_trace_message(const struct l2s_trace *t, const char *wing, uint64_t link, const char *direction,
                       const char *name, int64_t value);

#endif
