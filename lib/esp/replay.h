/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The anti-replay window (RFC 4303, 3.4.3) as a ring of words (RFC 6479): advancing clears whole words, never shifts bits. */
#ifndef L2S_ESP_REPLAY_H
#define L2S_ESP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct l2s_replay {
    uint64_t *ring; /* mask + 1 words */
    uint32_t size;  /* packets; a multiple of 64 */
    uint32_t mask;  /* l2s_replay_words(size) - 1 */
    uint32_t top;   /* highest number accepted; 0: none */
};

/* More words than the window has: the one being entered is not part of it. A power of two, so that a place costs no division. */
static inline uint32_t l2s_replay_words(uint32_t size)
{
    uint32_t words = 2;

    while (words <= size / 64)
        words *= 2;
    return words;
}

static inline uint64_t *l2s_replay_word(const struct l2s_replay *w, uint32_t seq)
{
    return &w->ring[seq / 64 & w->mask];
}

/* Not seen, and not too old. */
static inline bool l2s_replay_fresh(const struct l2s_replay *w, uint32_t seq)
{
    if (seq == 0) /* never sent (3.3.3) */
        return false;
    if (seq > w->top)
        return true;
    if (w->top - seq >= w->size)
        return false;
    return !(*l2s_replay_word(w, seq) >> (seq % 64) & 1);
}

/* Accept a fresh one; true when it is the newest so far. */
static inline bool l2s_replay_accept(struct l2s_replay *w, uint32_t seq)
{
    bool newest = seq > w->top;

    if (newest) {
        uint32_t ahead = seq / 64 - w->top / 64;
        for (uint32_t i = 0; i < ahead && i <= w->mask; i++)
            w->ring[(seq / 64 - i) & w->mask] = 0;
        w->top = seq;
    }
    *l2s_replay_word(w, seq) |= UINT64_C(1) << (seq % 64);
    return newest;
}

#endif
