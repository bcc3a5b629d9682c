/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The data message that nearly all are (RFC 2661, 3.1): not numbered, no offset. Whoever has seen the header of one
 * knows those of all others of the session. */
#ifndef L2S_L2TP_PLAIN_H
#define L2S_L2TP_PLAIN_H

#include "wire/rd.h"
#include "wire/wr.h"

#define L2S_L2TP_FLAG_T 0x8000u
#define L2S_L2TP_FLAG_L 0x4000u
#define L2S_L2TP_FLAG_S 0x0800u
#define L2S_L2TP_FLAG_O 0x0200u
#define L2S_L2TP_VERSION_MASK 0x000fu
#define L2S_L2TP_LENGTH_AT 2u
#define L2S_L2TP_FORMAT 2u /* the version of the header */

#define L2S_L2TP_PLAIN_MAX 8u /* bytes of its header */

/* Which bits of this header all plain messages of the session have in common: neither P and what is reserved, nor
 * Length. Returns the bytes of the header; 0: it is none of a plain message. */
static inline size_t l2s_l2tp_plain_mask(struct l2s_rd r, uint8_t mask[L2S_L2TP_PLAIN_MAX], bool *length)
{
    uint16_t odd = L2S_L2TP_FLAG_T | L2S_L2TP_FLAG_S | L2S_L2TP_FLAG_O | L2S_L2TP_VERSION_MASK;
    uint16_t flags = l2s_rd_u16(&r);

    if (r.bad || (flags & odd) != L2S_L2TP_FORMAT)
        return 0;
    memset(mask, 0xff, L2S_L2TP_PLAIN_MAX);
    l2s_put16(mask, odd | L2S_L2TP_FLAG_L);
    *length = flags & L2S_L2TP_FLAG_L;
    if (*length)
        memset(mask + L2S_L2TP_LENGTH_AT, 0, 2);
    return *length ? 8 : 6;
}

#endif
