/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/header.h"

#include "base/errors.h"

#define BIT_T 0x8000u
#define BIT_L 0x4000u
#define BIT_S 0x0800u
#define BIT_O 0x0200u
#define VERSION_MASK 0x000fu
#define VERSION 2u

/* What stands between the flags and the body; r is cut to Length first. Reserved bits and P are ignored. */
static uint32_t get_fields(struct l2s_rd r, uint16_t flags, struct l2s_l2tp_header *out)
{
    out->tunnel = l2s_rd_u16(&r);
    out->session = l2s_rd_u16(&r);
    if (flags & BIT_S) {
        out->ns = l2s_rd_u16(&r);
        out->nr = l2s_rd_u16(&r);
    }
    if (flags & BIT_O) {
        uint16_t pad = l2s_rd_u16(&r);
        l2s_rd_skip(&r, pad);
    }
    out->body = r;
    return r.bad ? L2TPSEC_DROP_MALFORMED : L2TPSEC_DROP_NONE;
}

uint32_t l2s_l2tp_header_get(const uint8_t *p, size_t n, struct l2s_l2tp_header *out)
{
    struct l2s_rd r = l2s_rd_init(p, n);

    memset(out, 0, sizeof *out);
    uint16_t flags = l2s_rd_u16(&r);
    if (r.bad)
        return L2TPSEC_DROP_SHORT;
    if ((flags & VERSION_MASK) != VERSION)
        return L2TPSEC_DROP_VERSION; /* 1 would be L2F, 3 an L2TPv3 that was not asked for */
    out->control = flags & BIT_T;
    out->numbered = flags & BIT_S;
    if (out->control && (flags & (BIT_L | BIT_S)) != (BIT_L | BIT_S))
        return L2TPSEC_DROP_MALFORMED;
    if (!(flags & BIT_L))
        return get_fields(r, flags, out);

    uint16_t length = l2s_rd_u16(&r);
    if (r.bad)
        return L2TPSEC_DROP_SHORT;
    if (length < 4 || length > n)
        return L2TPSEC_DROP_MALFORMED;
    return get_fields(l2s_rd_sub(&r, length - 4u), flags, out);
}

void l2s_l2tp_header_open(struct l2s_wr *w, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr)
{
    l2s_wr_u16(w, BIT_T | BIT_L | BIT_S | VERSION);
    l2s_wr_u16(w, 0);
    l2s_wr_u16(w, tunnel);
    l2s_wr_u16(w, session);
    l2s_wr_u16(w, ns);
    l2s_wr_u16(w, nr);
}

void l2s_l2tp_header_close(struct l2s_wr *w)
{
    l2s_wr_close16_from(w, 2, 0);
}

void l2s_l2tp_header_put_data(struct l2s_wr *w, uint16_t tunnel, uint16_t session, bool numbered)
{
    l2s_wr_u16(w, BIT_L | VERSION | (numbered ? BIT_S : 0));
    l2s_wr_u16(w, 0);
    l2s_wr_u16(w, tunnel);
    l2s_wr_u16(w, session);
    if (numbered)
        l2s_wr_u32(w, 0); /* Nr is reserved here (RFC 2661, 3.1) */
}
