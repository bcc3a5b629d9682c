/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "esp/replay.h"

static uint64_t *word(const struct l2s_replay *w, uint32_t seq)
{
    return &w->ring[seq / 64 & w->mask];
}

bool l2s_replay_fresh(const struct l2s_replay *w, uint32_t seq)
{
    if (seq == 0) /* never sent (3.3.3) */
        return false;
    if (seq > w->top)
        return true;
    if (w->top - seq >= w->size)
        return false;
    return !(*word(w, seq) >> (seq % 64) & 1);
}

bool l2s_replay_accept(struct l2s_replay *w, uint32_t seq)
{
    bool newest = seq > w->top;

    if (newest) {
        uint32_t ahead = seq / 64 - w->top / 64;
        for (uint32_t i = 0; i < ahead && i <= w->mask; i++)
            w->ring[(seq / 64 - i) & w->mask] = 0;
        w->top = seq;
    }
    *word(w, seq) |= UINT64_C(1) << (seq % 64);
    return newest;
}
