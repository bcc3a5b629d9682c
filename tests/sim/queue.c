/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "sim/queue.h"

#include <stdlib.h>

static bool before(const struct item *a, const struct item *b)
{
    return a->due < b->due || (a->due == b->due && a->order < b->order);
}

uint64_t queue_put(struct queue *q, uint64_t due, uint32_t kind, uint32_t who, void *what)
{
    struct item it = {.due = due, .order = ++q->order, .kind = kind, .who = who, .what = what};

    if (q->n == q->room) {
        q->room = q->room ? 2 * q->room : 1024;
        q->heap = realloc(q->heap, q->room * sizeof *q->heap);
        if (!q->heap)
            abort();
    }
    size_t i = q->n++;
    while (i > 0 && before(&it, &q->heap[(i - 1) / 2])) {
        q->heap[i] = q->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    q->heap[i] = it;
    return it.order;
}

bool queue_take(struct queue *q, struct item *out)
{
    if (q->n == 0)
        return false;
    *out = q->heap[0];
    struct item last = q->heap[--q->n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= q->n)
            break;
        if (child + 1 < q->n && before(&q->heap[child + 1], &q->heap[child]))
            child++;
        if (!before(&q->heap[child], &last))
            break;
        q->heap[i] = q->heap[child];
        i = child;
    }
    q->heap[i] = last;
    return true;
}

void queue_fini(struct queue *q)
{
    free(q->heap);
    *q = (struct queue){.n = 0};
}
