/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The mutator: it keeps records whole, and what is in them well-formed as a rule. */
#include "fuzz/structure.h"

#include <string.h>

#define RECORDS_MAX 512

/* libFuzzer's own, where it is there. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t cap);
#pragma weak LLVMFuzzerMutate

uint64_t structure_chance(uint64_t *seed) /* splitmix64 */
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct work {
    const struct grammar *g;
    uint64_t seed;
    uint8_t *data;
    size_t size, cap;
    size_t at[RECORDS_MAX + 1]; /* where each begins; the last: where they end */
    size_t n;
};

static size_t below(struct work *w, size_t n)
{
    return n ? (size_t)(structure_chance(&w->seed) % n) : 0;
}

static void find_records(struct work *w)
{
    const uint8_t *p = w->data + w->g->setup;
    size_t left = w->size - w->g->setup;
    struct record r;

    w->n = 0;
    w->at[0] = w->g->setup;
    while (w->n < RECORDS_MAX && record_next(&p, &left, &r))
        w->at[++w->n] = (size_t)(p - w->data);
}

/* Room for so many bytes at a place, or none. */
static bool open_gap(struct work *w, size_t at, size_t n)
{
    if (n > w->cap - w->size)
        return false;
    memmove(w->data + at + n, w->data + at, w->size - at);
    w->size += n;
    return true;
}

static void close_gap(struct work *w, size_t at, size_t n)
{
    memmove(w->data + at, w->data + at + n, w->size - at - n);
    w->size -= n;
}

static void random_edit(struct work *w, uint8_t e[EDIT])
{
    static const uint8_t odd[] = {0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x7f, 0x80, 0xfe, 0xff};

    for (size_t i = 0; i < EDIT; i++)
        e[i] = (uint8_t)below(w, 256);
    e[1] = (uint8_t)(below(w, 2) ? 0 : below(w, 6));
    if (below(w, 2))
        e[3] = odd[below(w, sizeof odd)];
    if (below(w, 2))
        e[4] = odd[below(w, sizeof odd)];
}

static void put_record(struct work *w)
{
    static uint8_t body[4 * EDIT];
    size_t at = w->at[below(w, w->n + 1)];
    uint8_t op = (uint8_t)below(w, w->g->ops);
    size_t edits = w->g->shape[op] == SHAPE_EDITS ? below(w, 4) : 0;

    for (size_t i = 0; i < edits; i++)
        random_edit(w, body + i * EDIT);
    size_t n = w->g->shape[op] == SHAPE_EDITS ? edits * EDIT : below(w, 12);
    if (w->g->shape[op] != SHAPE_EDITS)
        for (size_t i = 0; i < n; i++)
            body[i] = (uint8_t)below(w, 256);
    if (open_gap(w, at, RECORD_HEADER + n))
        (void)record_put(w->data, at, w->cap, op, (uint8_t)(below(w, 3) ? below(w, 32) : below(w, 256)), body, n);
}

/* A copy of some records, somewhere else. */
static void copy_records(struct work *w)
{
    static uint8_t held[4096];
    size_t first = below(w, w->n), last = first + 1 + below(w, 4);

    if (last > w->n)
        last = w->n;
    size_t n = w->at[last] - w->at[first], to = w->at[below(w, w->n + 1)];
    if (n > sizeof held)
        return;
    memcpy(held, w->data + w->at[first], n);
    if (open_gap(w, to, n))
        memcpy(w->data + to, held, n);
}

static void swap_records(struct work *w)
{
    static uint8_t held[4096];
    size_t i = below(w, w->n - 1);
    size_t a = w->at[i], b = w->at[i + 1], end = w->at[i + 2];

    if (b - a > sizeof held)
        return;
    memcpy(held, w->data + a, b - a);
    memmove(w->data + a, w->data + b, end - b);
    memcpy(w->data + a + (end - b), held, b - a);
}

static size_t body_bytes(struct work *w, uint8_t *body, size_t n, size_t cap)
{
    if (LLVMFuzzerMutate)
        return LLVMFuzzerMutate(body, n, cap);
    if (n)
        body[below(w, n)] = (uint8_t)below(w, 256);
    return n;
}

/* Change what is in a record, its length with it. */
static void change_body(struct work *w)
{
    static uint8_t body[8192];
    size_t i = below(w, w->n), at = w->at[i];
    size_t n = w->at[i + 1] - at - RECORD_HEADER, room = w->cap - w->size + n, old = n;
    uint8_t op = w->data[at], arg = w->data[at + 1];
    enum shape shape = (enum shape)w->g->shape[op % w->g->ops];
    uint8_t e[EDIT];

    room = room < sizeof body ? room : sizeof body;
    if (n > room)
        return;
    memcpy(body, w->data + at + RECORD_HEADER, n);
    random_edit(w, e);
    if (shape == SHAPE_EDITS && below(w, 3) && room - n >= EDIT) {
        memcpy(body + n, e, EDIT);
        n += EDIT;
    } else if (shape > SHAPE_EDITS && below(w, 4)) {
        n = structure_edit(shape, body, n, room, e, sizeof e);
    } else {
        n = body_bytes(w, body, n, room);
    }
    if (n > old ? !open_gap(w, at + RECORD_HEADER, n - old) : false)
        return;
    if (n < old)
        close_gap(w, at + RECORD_HEADER, old - n);
    (void)record_put(w->data, at, w->cap, op, arg, body, n);
}

static void one_change(struct work *w)
{
    size_t which = below(w, 16);

    find_records(w);
    if (w->n == 0 || which == 0) {
        put_record(w);
    } else if (which == 1) {
        w->data[below(w, w->g->setup)] = (uint8_t)below(w, 256);
    } else if (which <= 3) {
        put_record(w);
    } else if (which <= 5) {
        size_t i = below(w, w->n);
        close_gap(w, w->at[i], w->at[i + 1] - w->at[i]);
    } else if (which == 6) {
        copy_records(w);
    } else if (which == 7 && w->n >= 2) {
        swap_records(w);
    } else if (which == 8) {
        w->data[w->at[below(w, w->n)]] = (uint8_t)below(w, w->g->ops);
    } else if (which <= 10) {
        w->data[w->at[below(w, w->n)] + 1] = (uint8_t)(below(w, 2) ? below(w, 32) : below(w, 256));
    } else {
        change_body(w);
    }
}

size_t structure_mutate(const struct grammar *g, uint8_t *data, size_t size, size_t cap, unsigned seed)
{
    static struct work w;

    if (cap < g->setup + RECORD_HEADER)
        return size;
    if (size < g->setup) {
        memset(data + size, 0, g->setup - size);
        size = g->setup;
    }
    w = (struct work){.g = g, .seed = seed, .data = data, .size = size, .cap = cap};
    for (size_t n = 1 + below(&w, 3); n; n--)
        one_change(&w);
    return w.size;
}
