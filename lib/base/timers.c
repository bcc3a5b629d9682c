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
    l2s_mem_free(t->mem, t->heap);
    l2s_timers_init(t, t->mem);
}

int l2s_timers_reserve(struct l2s_timers *t, size_t n)
{
    size_t want = t->reserved + n;

    if (want > t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 16;
        while (cap < want)
            cap *= 2;
        struct l2s_timer **heap = l2s_mem_new(t->mem, cap * sizeof *heap);
        if (!heap)
            return L2TPSEC_ENOMEM;
        if (t->n)
            memcpy(heap, t->heap, t->n * sizeof *heap);
        l2s_mem_free(t->mem, t->heap);
        t->heap = heap;
        t->cap = cap;
    }
    t->reserved = want;
    return L2TPSEC_OK;
}

void l2s_timers_release(struct l2s_timers *t, size_t n)
{
    t->reserved -= n < t->reserved ? n : t->reserved;
}

static void put(struct l2s_timers *t, size_t i, struct l2s_timer *tm)
{
    t->heap[i] = tm;
    tm->at = i + 1;
}

static void up(struct l2s_timers *t, size_t i)
{
    struct l2s_timer *tm = t->heap[i];

    while (i > 0 && t->heap[(i - 1) / 2]->due > tm->due) {
        put(t, i, t->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(t, i, tm);
}

static void down(struct l2s_timers *t, size_t i)
{
    struct l2s_timer *tm = t->heap[i];

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= t->n)
            break;
        if (child + 1 < t->n && t->heap[child + 1]->due < t->heap[child]->due)
            child++;
        if (t->heap[child]->due >= tm->due)
            break;
        put(t, i, t->heap[child]);
        i = child;
    }
    put(t, i, tm);
}

void l2s_timer_arm(struct l2s_timers *t, struct l2s_timer *tm, uint64_t due)
{
    tm->due = due;
    if (!tm->at) {
        if (t->n == t->cap)
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
    struct l2s_timer *last = t->heap[t->n];
    put(t, i, last);
    up(t, i);
    down(t, last->at - 1);
}

uint64_t l2s_timers_next(const struct l2s_timers *t)
{
    return t->n ? t->heap[0]->due : L2TPSEC_NEVER;
}

void l2s_timers_run(struct l2s_timers *t, uint64_t now)
{
    size_t most = 4 * t->n + 64;

    while (most-- && t->n && t->heap[0]->due <= now) {
        struct l2s_timer *tm = t->heap[0];
        l2s_timer_cancel(t, tm);
        tm->fire(tm->owner);
    }
}
