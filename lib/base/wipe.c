/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/wipe.h"

#include <stdint.h>

void l2s_wipe(void *p, size_t n)
{
    volatile uint8_t *v = p; /* volatile: a store nobody reads must not be optimised away */

    while (n--)
        *v++ = 0;
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
