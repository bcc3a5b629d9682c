/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/timers.h"

#include "base/errors.h"

#include <string.h>

void l2s_timers_init(struct l2s_timers *t, struct l2s_mem *mem)
{
    memset(t, 0, sizeof *t);
    t->mem = mem;
}

void l2s_timers_fini(struct l2s_timers *t)
{
    l2s_pages_fini(&t->heap, t->mem);
    l2s_timers_init(t, t->mem);
}

int l2s_timers_reserve(struct l2s_timers *t, size_t n)
{
    if (!l2s_pages_grow(&t->heap, t->mem, t->reserved + n, sizeof(struct l2s_timer *)))
        return L2TPSEC_ENOMEM;
    t->reserved += n;
    return L2TPSEC_OK;
}

void l2s_timers_release(struct l2s_timers *t, size_t n)
{
    t->reserved -= n < t->reserved ? n : t->reserved;
}

static struct l2s_timer **place(const struct l2s_timers *t, size_t i)
{
    return l2s_pages_at(&t->heap, i, sizeof(struct l2s_timer *));
}

static void put(struct l2s_timers *t, size_t i, struct l2s_timer *tm)
{
    *place(t, i) = tm;
    tm->at = (uint32_t)i + 1;
}

static void up(struct l2s_timers *t, size_t i)
{
    struct l2s_timer *tm = *place(t, i);

    while (i > 0) {
        struct l2s_timer *above = *place(t, (i - 1) / 2);
        if (above->due <= tm->due)
            break;
        put(t, i, above);
        i = (i - 1) / 2;
    }
    put(t, i, tm);
}

static void down(struct l2s_timers *t, size_t i)
{
    struct l2s_timer *tm = *place(t, i);

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= t->n)
            break;
        struct l2s_timer *below = *place(t, child);
        if (child + 1 < t->n && (*place(t, child + 1))->due < below->due)
            below = *place(t, ++child);
        if (below->due >= tm->due)
            break;
        put(t, i, below);
        i = child;
    }
    put(t, i, tm);
}

void l2s_timer_arm(struct l2s_timers *t, struct l2s_timer *tm, uint64_t due)
{
    tm->due = due;
    if (!tm->at) {
        if (t->n == t->heap.n)
            return; /* not reserved: an owner's bug, and losing a timer is milder than writing past the heap */
        t->n++;
        put(t, t->n - 1, tm);
    }
    up(t, tm->at - 1);
    down(t, tm->at - 1);
}

void l2s_timer_cancel(struct l2s_timers *t, struct l2s_timer *tm)
{
    if (!tm->at)
        return;

    size_t i = tm->at - 1;
    tm->at = 0;
    t->n--;
    if (i == t->n)
        return;
    struct l2s_timer *last = *place(t, t->n);
    put(t, i, last);
    up(t, i);
    down(t, last->at - 1);
}

uint64_t l2s_timers_next(const struct l2s_timers *t)
{
    return t->n ? (*place(t, 0))->due : L2TPSEC_NEVER;
}

void l2s_timers_run(struct l2s_timers *t, uint64_t now)
{
    size_t most = 4 * t->n + 64;

    while (most-- && t->n && l2s_timers_next(t) <= now) {
        struct l2s_timer *tm = *place(t, 0);
        l2s_timer_cancel(t, tm);
        tm->fire((uint8_t *)tm - tm->inside);
    }
}
