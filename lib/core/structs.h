/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Structs that cross the border of the library, and may be older or newer on the other side: they begin with a size of four
 * bytes and only grow at their end. */
#ifndef L2S_CORE_STRUCTS_H
#define L2S_CORE_STRUCTS_H

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copy ours to theirs as far as theirs goes; its size stays its own, what it has beyond ours is zero. */
void l2s_struct_give(void *theirs, const void *ours, size_t size);

/* Copy theirs to ours, which is zero where theirs is shorter. L2TPSEC_EINVAL: shorter than least; L2TPSEC_EVERSION: longer
 * than ours, and not zero there: it asks for what we cannot do. */
int32_t l2s_struct_take(void *ours, const void *theirs, size_t size, size_t least);

/* None, or IPv4 with zeros behind it, or IPv6: equal addresses are equal bytes then. */
static inline bool l2s_addr_sane(const l2tpsec_addr *a)
{
    uint64_t behind;
    uint32_t end;

    memcpy(&behind, a->ip + 4, sizeof behind);
    memcpy(&end, a->ip + 12, sizeof end);
    return !a->reserved && (a->family == 4 ? !(behind | end) : a->family == 6 || a->family == 0);
}

#endif
