/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/wipe.h"

#include <stdint.h>
#include <string.h>

void l2s_wipe(void *p, size_t n)
{
    /* a store nobody reads must not be optimised away */
#if defined(__GNUC__) || defined(__clang__)
    if (n)
        memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory");
#else
    volatile uint8_t *v = p;

    while (n--)
        *v++ = 0;
#endif
}

/* Its frame lies where those of the functions lay that were called before. */
#if defined(__GNUC__) || defined(__clang__)
__attribute__((noinline))
#endif
void l2s_wipe_stack(void)
{
    uint8_t below[L2S_STACK_WIPED];

    l2s_wipe(below, sizeof below);
}

bool l2s_ct_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t diff = 0;

    for (size_t i = 0; i < n; i++)
        diff = (uint8_t)(diff | (x[i] ^ y[i]));
    return diff == 0;
}
