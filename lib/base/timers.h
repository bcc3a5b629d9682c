/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A binary heap of timers ordered by due time. The timer lives inside its owner: arming never allocates once the heap has
 * grown, and the heap grows when an owner reserves its timers (l2s_timers_reserve), not when it arms them. */
#ifndef L2S_BASE_TIMERS_H
#define L2S_BASE_TIMERS_H

#include "base/pages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct l2s_timer {
    uint64_t due;              /* microseconds */
    void (*fire)(void *owner); /* the timer is no longer armed when this is called; the owner may free itself */
    uint32_t at;               /* place in the heap plus one; 0: not armed */
    uint32_t inside;           /* so many bytes behind the owner's beginning */
};

struct l2s_timers {
    struct l2s_mem *mem;
    struct l2s_pages heap; /* struct l2s_timer * */
    size_t n;              /* armed */
    size_t reserved;
};

void l2s_timers_init(struct l2s_timers *t, struct l2s_mem *mem);
void l2s_timers_fini(struct l2s_timers *t);

/* Make room for n more timers to be armed at any time; L2TPSEC_ENOMEM on shortage. Give them back with release. */
int l2s_timers_reserve(struct l2s_timers *t, size_t n);
void l2s_timers_release(struct l2s_timers *t, size_t n);

/* It is a part of the owner's block. */
static inline void l2s_timer_init(struct l2s_timer *tm, void (*fire)(void *owner), void *owner)
{
    tm->due = 0;
    tm->at = 0;
    tm->fire = fire;
    tm->inside = (uint32_t)((uint8_t *)tm - (uint8_t *)owner);
}

static inline bool l2s_timer_armed(const struct l2s_timer *tm)
{
    return tm->at != 0;
}

/* Arms, or moves an armed one. The owner must have reserved it. */
void l2s_timer_arm(struct l2s_timers *t, struct l2s_timer *tm, uint64_t due);
void l2s_timer_cancel(struct l2s_timers *t, struct l2s_timer *tm); /* not armed: nothing */

uint64_t l2s_timers_next(const struct l2s_timers *t); /* L2TPSEC_NEVER when none is armed */

/* Fire what is due at now, in order of due time. A timer armed while firing, and due by now, fires too, but each call
 * fires at most a bounded number, so that a timer which rearms itself for the past cannot hang the host. */
void l2s_timers_run(struct l2s_timers *t, uint64_t now);

#endif
