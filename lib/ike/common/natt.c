/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/natt.h"

#include "base/errors.h"
#include "ike/common/sa.h"

static const struct numbers {
    uint8_t natd, natoa;
    uint16_t udp_transport;
} numbers[L2S_NATT_COUNT] = {
    [L2S_NATT_NONE] = {0, 0, L2S_MODE_UDP_TRANSPORT},
    [L2S_NATT_RFC3947] = {L2S_PT_NATD, L2S_PT_NATOA, L2S_MODE_UDP_TRANSPORT},
    [L2S_NATT_DRAFT00] = {L2S_PT_NATD_DRAFT00, L2S_PT_NATOA_DRAFT00, L2S_MODE_UDP_TRANSPORT_DRAFT},
    [L2S_NATT_DRAFT04] = {L2S_PT_NATD_DRAFT04, L2S_PT_NATOA_DRAFT04, L2S_MODE_UDP_TRANSPORT},
};

static const struct numbers *numbers_of(enum l2s_natt v)
{
    return &numbers[(unsigned)v < L2S_NATT_COUNT ? v : L2S_NATT_NONE];
}

uint8_t l2s_natt_natd(enum l2s_natt v)
{
    return numbers_of(v)->natd;
}

uint8_t l2s_natt_natoa(enum l2s_natt v)
{
    return numbers_of(v)->natoa;
}

uint16_t l2s_natt_mode(enum l2s_natt v, bool udp)
{
    return udp ? numbers_of(v)->udp_transport : L2S_MODE_TRANSPORT;
}

static size_t ip_len(const l2tpsec_addr *a)
{
    return a->family == 6 ? 16 : 4;
}

/* ---- NAT-D ---- */

int l2s_natd_hash(const struct l2s_natd *n, const l2tpsec_addr *addr, uint8_t out[L2S_HASH_MAX])
{
    uint8_t port[2];
    const struct l2s_bytes in[] = {
        {n->icookie, L2S_COOKIE}, {n->rcookie, L2S_COOKIE}, {addr->ip, ip_len(addr)}, {port, sizeof port}};

    l2s_put16(port, addr->port);
    return l2s_hash(n->crypto, n->hash, in, L2S_COUNT_OF(in), out);
}

int l2s_natd_check(const struct l2s_natd *n, const struct l2s_payloads *s, struct l2s_nat *out)
{
    uint8_t ours[L2S_HASH_MAX], theirs[L2S_HASH_MAX];
    size_t len = l2s_hash_len(n->hash);
    unsigned count = s->count[L2S_PK_NATD];

    memset(out, 0, sizeof *out);
    if (count < 2)
        return L2TPSEC_OK;
    int rc = l2s_natd_hash(n, n->local, ours);
    if (rc == L2TPSEC_OK)
        rc = l2s_natd_hash(n, n->remote, theirs);
    if (rc != L2TPSEC_OK)
        return rc;

    struct l2s_rd first = l2s_payloads_get(s, L2S_PK_NATD, 0);
    out->known = true;
    out->local = !l2s_rd_equals(&first, ours, len);
    out->remote = true;
    for (unsigned i = 1; i < count; i++) {
        struct l2s_rd other = l2s_payloads_get(s, L2S_PK_NATD, i);
        if (l2s_rd_equals(&other, theirs, len))
            out->remote = false;
    }
    return L2TPSEC_OK;
}

int l2s_natd_put(struct l2s_chain *c, const struct l2s_natd *n, enum l2s_natt v, const struct l2s_natd_manner *how)
{
    uint8_t theirs[L2S_HASH_MAX], ours[L2S_HASH_MAX];
    size_t len = l2s_hash_len(n->hash);
    uint8_t *falsified = how->initiator ? ours : theirs; /* the client's */
    bool falsify = how->force;
    int rc = l2s_natd_hash(n, n->remote, theirs);

    if (rc == L2TPSEC_OK)
        rc = l2s_natd_hash(n, n->local, ours);
    if (rc != L2TPSEC_OK)
        return rc;
    if (!how->initiator && !how->echo.bad && how->echo.left == len && !l2s_rd_equals(&how->echo, ours, len)) {
        memcpy(ours, how->echo.p, len); /* we are behind a NAT, and do not say so */
        falsify = true;
    }
    if (falsify && l2s_random(n->crypto->sys, falsified, len) != 0)
        return L2TPSEC_ERANDOM;
    l2s_chain_put(c, l2s_natt_natd(v), theirs, len);
    l2s_chain_put(c, l2s_natt_natd(v), ours, len);
    return L2TPSEC_OK;
}

struct l2s_rd l2s_natd_echo(const struct l2s_vendors *peer, const struct l2s_payloads *s)
{
    bool wanted = (peer->seen & (L2S_VID_FRAGMENTATION | L2S_VID_MS_NT5 | L2S_VID_MS_INITIAL_CONTACT)) != 0;

    return l2s_payloads_get(s, wanted ? L2S_PK_NATD : L2S_PK_NONE, 0);
}

/* ---- NAT-OA ---- */

int l2s_natoa_read(struct l2s_rd body, l2tpsec_addr *out)
{
    uint8_t type = l2s_rd_u8(&body);

    memset(out, 0, sizeof *out);
    l2s_rd_skip(&body, 3); /* reserved */
    size_t len = type == L2S_ID_IPV4_ADDR ? 4 : type == L2S_ID_IPV6_ADDR ? 16 : 0;
    if (body.bad || len == 0 || body.left != len)
        return L2TPSEC_EPROTO;
    l2s_rd_copy(&body, out->ip, len);
    out->family = len == 4 ? 4 : 6;
    return L2TPSEC_OK;
}

void l2s_natoa_put(struct l2s_chain *c, enum l2s_natt v, const l2tpsec_addr *addr)
{
    l2s_chain_open(c, l2s_natt_natoa(v));
    l2s_wr_u8(c->w, addr->family == 6 ? L2S_ID_IPV6_ADDR : L2S_ID_IPV4_ADDR);
    l2s_wr_zeros(c->w, 3);
    l2s_wr_bytes(c->w, addr->ip, ip_len(addr));
    l2s_chain_close(c);
}
