/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Memory that is going to be looked at soon: many of these at once are fetched in the time of one. */
#ifndef L2S_BASE_EXPECT_H
#define L2S_BASE_EXPECT_H

#include <stddef.h>

#define L2S_CACHE_LINE 64u

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
