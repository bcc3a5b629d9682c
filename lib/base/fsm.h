/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A state machine is a table: rows are states, columns events, as the RFC prints them. An empty cell means "not allowed
 * here": it is traced and reported, nothing else happens. */
#ifndef L2S_BASE_FSM_H
#define L2S_BASE_FSM_H

#include "base/trace.h"

#include <stdint.h>

struct l2s_edge {
    uint8_t next;                            /* the state it leads to; 0 (no state): not allowed here */
    int (*act)(void *self, const void *arg); /* NULL: just go there */
};

struct l2s_fsm_def {
    const char *wing, *name;
    const char *const *states; /* names from the same list as their enum; state 0 is none */
    const char *const *events;
    uint8_t n_states, n_events;
    const struct l2s_edge *edges; /* [state][event] */
};

struct l2s_fsm {
    const struct l2s_fsm_def *def;
    uint8_t state;
};

/* Returns what the action returned, 0 without one, L2S_UNEXPECTED for an empty cell. The action sees the state it
 * leads to and may set another. It must not free the machine: owners are freed by whoever called the step. self is for
 * the action, trace and link (0: none) say where the step is told. */
int l2s_fsm_step(struct l2s_fsm *m, void *self, const struct l2s_trace *trace, uint64_t link, unsigned event,
                 const void *arg);

#endif
