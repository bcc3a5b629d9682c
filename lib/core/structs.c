/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/structs.h"

#include <string.h>

static uint32_t size_of(const void *any)
{
    uint32_t size;

    memcpy(&size, any, sizeof size);
    return size;
}

void l2s_struct_give(void *theirs, const void *ours, size_t size)
{
    uint32_t room = size_of(theirs);
    uint8_t *to = theirs;

    memcpy(to, ours, room < size ? room : size);
    memcpy(to, &room, sizeof room);
    if (room > size)
        memset(to + size, 0, room - size);
}

int32_t l2s_struct_take(void *ours, const void *theirs, size_t size, size_t least)
{
    uint32_t given = size_of(theirs);
    const uint8_t *from = theirs;

    if (given < least)
        return L2TPSEC_EINVAL;
    for (size_t i = size; i < given; i++) {
        if (from[i])
            return L2TPSEC_EVERSION;
    }
    memset(ours, 0, size);
    memcpy(ours, theirs, given < size ? given : size);
    return L2TPSEC_OK;
}
