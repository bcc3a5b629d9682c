/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The exported functions on large packets: check, do. */
#include "wire/offload.h"

int32_t l2tpsec_segment(const l2tpsec_offload *o, const l2tpsec_packet *large, size_t *done, uint8_t *buf, size_t cap,
                        l2tpsec_packet *pkts, size_t n)
{
    if (!o || !large || !large->data || !done || (!buf && cap) || (!pkts && n))
        return L2TPSEC_EINVAL;
    return l2s_segment(o, large, done, buf, cap, pkts, n);
}

int32_t l2tpsec_coalesce(const l2tpsec_packet *pkts, size_t n, uint32_t allow, l2tpsec_large *larges,
                         l2tpsec_piece *pieces)
{
    if (n > INT32_MAX || (n && (!pkts || !larges || !pieces)))
        return L2TPSEC_EINVAL;
    return (int32_t)l2s_coalesce(pkts, n, allow, larges, pieces);
}
