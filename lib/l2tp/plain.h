/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The data message that nearly all are (RFC 2661, 3.1): not numbered, no offset. Whoever knows the session of the last one finds out
 * at once whether the next is of the same. */
#ifndef L2S_L2TP_PLAIN_H
#define L2S_L2TP_PLAIN_H

#include "wire/rd.h"

struct l2s_l2tp_ids {
    uint16_t tunnel, session; /* ours */
};

#define L2S_L2TP_FLAG_T 0x8000u
#define L2S_L2TP_FLAG_L 0x4000u
#define L2S_L2TP_FLAG_S 0x0800u
#define L2S_L2TP_FLAG_O 0x0200u
#define L2S_L2TP_VERSION_MASK 0x000fu
#define L2S_L2TP_FORMAT 2u /* the version of the header */

/* False: some other message, or one that is not well formed, for l2s_l2tp_input to judge. */
static inline bool l2s_l2tp_plain(struct l2s_rd r, struct l2s_l2tp_ids ids, struct l2s_rd *frame)
{
    size_t n = r.left;
    uint16_t flags = l2s_rd_u16(&r);
    uint16_t odd = L2S_L2TP_FLAG_T | L2S_L2TP_FLAG_S | L2S_L2TP_FLAG_O | L2S_L2TP_VERSION_MASK;

    if ((flags & odd) != L2S_L2TP_FORMAT)
        return false;
    if (flags & L2S_L2TP_FLAG_L) {
        uint16_t length = l2s_rd_u16(&r);
        if (length < 4 || length > n)
            return false;
        r.left -= n - length; /* what follows Length is padding */
    }
    uint16_t tunnel = l2s_rd_u16(&r);
    uint16_t session = l2s_rd_u16(&r);
    *frame = r;
    return !r.bad && tunnel == ids.tunnel && session == ids.session;
}

#endif
