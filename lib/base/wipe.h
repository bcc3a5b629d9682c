/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Forgetting secrets, and comparing them without telling how far they agree. */
#ifndef L2S_BASE_WIPE_H
#define L2S_BASE_WIPE_H

#include <stdbool.h>
#include <stddef.h>

#define L2S_STACK_WIPED 8192 /* bytes */

void l2s_wipe(void *p, size_t n);

/* The stack below the caller: what a function of another library that was just called left there. */
void l2s_wipe_stack(void);

/* Constant time in the contents; the length is no secret. */
bool l2s_ct_equal(const void *a, const void *b, size_t n);

#endif
