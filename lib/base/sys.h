/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What every machine stands on: memory, timers, the time of this call, chance, and the trace. Core supplies the real one,
 * a test its own; a wing keeps a pointer to it and asks nobody else. */
#ifndef L2S_BASE_SYS_H
#define L2S_BASE_SYS_H

#include "base/mem.h"
#include "base/shard.h"
#include "base/timers.h"
#include "base/trace.h"

struct l2s_sys {
    struct l2s_mem mem;
    struct l2s_timers timers;
    struct l2s_trace trace;
    uint64_t now;                                   /* microseconds, monotonic; set when the host calls in */
    int (*random)(void *user, void *buf, size_t n); /* 0, or anything else for failure: the caller must check */
    void *random_user;
    struct l2s_shard shard; /* does not change once the first number is chosen */
};

static inline int l2s_random(struct l2s_sys *s, void *buf, size_t n)
{
    return s->random(s->random_user, buf, n);
}

#define L2S_MS UINT64_C(1000)
#define L2S_SECOND UINT64_C(1000000)

#endif
