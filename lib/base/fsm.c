/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/fsm.h"

#include "base/errors.h"

int l2s_fsm_step(struct l2s_fsm *m, void *self, const struct l2s_trace *trace, uint64_t link, unsigned event,
                 const void *arg)
{
    const struct l2s_fsm_def *d = m->def;
    const struct l2s_edge *e = &d->edges[m->state * d->n_events + event];
    uint8_t from = m->state;
    int rc = L2S_UNEXPECTED;

    if (e->next != 0) {
        m->state = e->next; /* actions see the state they lead to */
        rc = e->act ? e->act(self, arg) : L2TPSEC_OK;
    }
    l2s_trace_edge(trace, d->wing, d->name, link, d->states[from], d->events[event], d->states[m->state], rc);
    return rc;
}
