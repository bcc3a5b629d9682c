/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the compiler cannot know of the way of a packet. Memory that is going to be looked at soon: many of these at once are
 * fetched in the time of one. */
#ifndef L2S_BASE_EXPECT_H
#define L2S_BASE_EXPECT_H

#include <stddef.h>

#define L2S_CACHE_LINE 64u

/* On the way of every packet, from more than one place. */
#if defined(__GNUC__) || defined(__clang__)
#define L2S_IN_LINE static inline __attribute__((always_inline))
#else
#define L2S_IN_LINE static inline
#endif

/* A condition that is false for nearly every packet. */
#if defined(__GNUC__) || defined(__clang__)
#define L2S_RARE(x) __builtin_expect(!!(x), 0)
#else
#define L2S_RARE(x) (x)
#endif

static inline void l2s_expect(const void *p)
{
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}

static inline void l2s_expect_all(const void *p, size_t n)
{
    for (size_t at = 0; at < n; at += L2S_CACHE_LINE)
        l2s_expect((const char *)p + at);
}

#endif
