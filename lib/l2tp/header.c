/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/header.h"

#include "base/errors.h"
#include "l2tp/plain.h"

/* What stands between the flags and the body; r is cut to Length first. Reserved bits and P are ignored. */
static uint32_t get_fields(struct l2s_rd r, uint16_t flags, struct l2s_l2tp_header *out)
{
    out->tunnel = l2s_rd_u16(&r);
    out->session = l2s_rd_u16(&r);
    if (flags & L2S_L2TP_FLAG_S) {
        out->ns = l2s_rd_u16(&r);
        out->nr = l2s_rd_u16(&r);
    }
    if (flags & L2S_L2TP_FLAG_O) {
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
    if ((flags & L2S_L2TP_VERSION_MASK) != L2S_L2TP_FORMAT)
        return L2TPSEC_DROP_VERSION; /* 1 would be L2F, 3 an L2TPv3 that was not asked for */
    out->control = flags & L2S_L2TP_FLAG_T;
    out->numbered = flags & L2S_L2TP_FLAG_S;
    if (out->control && (flags & (L2S_L2TP_FLAG_L | L2S_L2TP_FLAG_S)) != (L2S_L2TP_FLAG_L | L2S_L2TP_FLAG_S))
        return L2TPSEC_DROP_MALFORMED;
    if (!(flags & L2S_L2TP_FLAG_L))
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
    l2s_wr_u16(w, L2S_L2TP_FLAG_T | L2S_L2TP_FLAG_L | L2S_L2TP_FLAG_S | L2S_L2TP_FORMAT);
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
    l2s_wr_u16(w, L2S_L2TP_FLAG_L | L2S_L2TP_FORMAT | (numbered ? L2S_L2TP_FLAG_S : 0));
    l2s_wr_u16(w, 0);
    l2s_wr_u16(w, tunnel);
    l2s_wr_u16(w, session);
    if (numbered)
        l2s_wr_u32(w, 0); /* Nr is reserved here (RFC 2661, 3.1) */
}
