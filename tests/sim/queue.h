/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is to happen when: a binary heap. What is due at the same time comes in the order it was put in. */
#ifndef TESTS_SIM_QUEUE_H
#define TESTS_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item {
    uint64_t due, order;
    uint32_t kind, who;
    void *what;
};

struct queue {
    struct item *heap;
    size_t n, room;
    uint64_t order;
};

/* The order it got, by which it can be told from others. */
uint64_t queue_put(struct queue *q, uint64_t due, uint32_t kind, uint32_t who, void *what);
bool queue_take(struct queue *q, struct item *out); /* false: empty */
void queue_fini(struct queue *q);

static inline uint64_t queue_next(const struct queue *q)
{
    return q->n ? q->heap[0].due : UINT64_MAX;
}

#endif
