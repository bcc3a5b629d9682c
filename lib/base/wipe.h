/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Forgetting secrets, and comparing them without telling how far they agree. */
#ifndef L2S_BASE_WIPE_H
#define L2S_BASE_WIPE_H

#include <stdbool.h>
#include <stddef.h>

void l2s_wipe(void *p, size_t n);

/* Constant time in the contents; the length is no secret. */
bool l2s_ct_equal(const void *a, const void *b, size_t n);

#endif
