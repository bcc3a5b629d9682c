/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/attr.h"

#include "base/errors.h"

#define FORMAT_BASIC 0x8000u

static void number(struct l2s_attr *a)
{
    struct l2s_rd r = a->data;

    a->value = 0;
    a->wide = false;
    while (!l2s_rd_done(&r)) {
        a->wide = a->wide || a->value >> 56 != 0;
        a->value = a->value << 8 | l2s_rd_u8(&r);
    }
    if (a->wide)
        a->value = UINT64_MAX;
}

int l2s_attr_next(struct l2s_rd *list, struct l2s_attr *out)
{
    uint16_t head, len = 2;

    if (list->bad)
        return L2TPSEC_EPROTO;
    if (l2s_rd_done(list))
        return 0;

    head = l2s_rd_u16(list);
    out->basic = (head & FORMAT_BASIC) != 0;
    out->type = (uint16_t)(head & ~FORMAT_BASIC);
    if (!out->basic)
        len = l2s_rd_u16(list);
    out->data = l2s_rd_sub(list, len);
    number(out);
    return list->bad ? L2TPSEC_EPROTO : 1;
}

void l2s_attr_put(struct l2s_wr *w, uint16_t type, uint16_t value)
{
    l2s_wr_u16(w, (uint16_t)(type | FORMAT_BASIC));
    l2s_wr_u16(w, value);
}

void l2s_attr_put32(struct l2s_wr *w, uint16_t type, uint32_t value)
{
    l2s_wr_u16(w, type);
    l2s_wr_u16(w, 4);
    l2s_wr_u32(w, value);
}

void l2s_attr_put_number(struct l2s_wr *w, uint16_t type, uint32_t value)
{
    if (value <= UINT16_MAX)
        l2s_attr_put(w, type, (uint16_t)value);
    else
        l2s_attr_put32(w, type, value);
}
