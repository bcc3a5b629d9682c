/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/failure.h"

#include <stddef.h>

void l2s_failure_say(struct l2s_failure *f, const void *words, unsigned long n)
{
    const uint8_t *p = words;
    size_t i = 0;

    for (; i < n && i + 1 < sizeof f->message; i++)
        f->message[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '?';
    f->message[i] = 0;
}
