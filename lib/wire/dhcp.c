/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "wire/dhcp.h"

#include "wire/ip.h"

#include <string.h>

#define IP_HEADER 20u
#define UDP_HEADER 8u
#define NAMES 192u         /* sname and file, empty here */
#define LEAST (300u + 28u) /* older than DHCP: BOOTP messages have 300 bytes (RFC 1542, 2.1) */
#define COOKIE 0x63825363u
enum { PAD = 0, END = 255 };

bool l2s_dhcp_get(const uint8_t *ip, size_t header_len, size_t total_len, uint16_t port, struct l2s_dhcp *out)
{
    struct l2s_rd r = l2s_rd_init(ip, total_len);

    memset(out, 0, sizeof *out);
    l2s_rd_skip(&r, header_len + 2);
    uint16_t to = l2s_rd_u16(&r), len = l2s_rd_u16(&r);
    l2s_rd_skip(&r, 2);
    r = l2s_rd_sub(&r, len >= UDP_HEADER ? len - UDP_HEADER : 0);
    out->op = l2s_rd_u8(&r);
    out->hardware.type = l2s_rd_u8(&r);
    out->hardware.len = l2s_rd_u8(&r);
    l2s_rd_skip(&r, 1);
    out->xid = l2s_rd_u32(&r);
    l2s_rd_skip(&r, 4);
    l2s_rd_copy(&r, out->client, 4);
    l2s_rd_skip(&r, 12);
    l2s_rd_copy(&r, out->hardware.addr, 16);
    l2s_rd_skip(&r, NAMES);
    uint32_t cookie = l2s_rd_u32(&r);
    if (r.bad || to != port || cookie != COOKIE || out->hardware.len > 16)
        return false;
    out->options = r;
    struct l2s_rd type = l2s_dhcp_option(out, L2S_DHCP_OPT_TYPE);
    out->type = l2s_rd_u8(&type);
    return true;
}

struct l2s_rd l2s_dhcp_option(const struct l2s_dhcp *m, uint8_t type)
{
    struct l2s_rd r = m->options, none = {.bad = true};

    while (!r.bad && r.left) {
        uint8_t t = l2s_rd_u8(&r);
        if (t == PAD)
            continue;
        if (t == END)
            break;
        struct l2s_rd value = l2s_rd_sub(&r, l2s_rd_u8(&r));
        if (t == type && !r.bad)
            return value;
    }
    return none;
}

unsigned l2s_dhcp_get_routes(struct l2s_rd option, struct l2s_dhcp_route *out, unsigned most)
{
    unsigned n = 0;

    while (!option.bad && option.left) {
        struct l2s_dhcp_route r = {.len = l2s_rd_u8(&option)};
        if (r.len > 32)
            return 0;
        l2s_rd_copy(&option, r.net, (r.len + 7u) / 8u);
        l2s_rd_copy(&option, r.gateway, 4);
        if (!option.bad && n < most)
            out[n++] = r;
    }
    return option.bad ? 0 : n;
}

void l2s_dhcp_begin(struct l2s_wr *w, const struct l2s_dhcp *m, const uint8_t *from, const uint8_t *to)
{
    bool asks = m->op == L2S_DHCP_REQUEST;

    l2s_wr_u32(w, 0x45000000);
    l2s_wr_u32(w, 0);
    l2s_wr_u32(w, 64u << 24 | 17u << 16);
    l2s_wr_bytes(w, from, 4);
    l2s_wr_bytes(w, to, 4);
    l2s_wr_u16(w, asks ? L2S_DHCP_CLIENT_PORT : L2S_DHCP_SERVER_PORT);
    l2s_wr_u16(w, asks ? L2S_DHCP_SERVER_PORT : L2S_DHCP_CLIENT_PORT);
    l2s_wr_u32(w, 0);
    l2s_wr_u8(w, m->op);
    l2s_wr_u8(w, m->hardware.type);
    l2s_wr_u8(w, m->hardware.len);
    l2s_wr_u8(w, 0);
    l2s_wr_u32(w, m->xid);
    l2s_wr_u32(w, 0);
    l2s_wr_bytes(w, m->client, 4);
    l2s_wr_zeros(w, 12);
    l2s_wr_bytes(w, m->hardware.addr, 16);
    l2s_wr_zeros(w, NAMES);
    l2s_wr_u32(w, COOKIE);
    l2s_dhcp_put(w, L2S_DHCP_OPT_TYPE, &m->type, 1);
}

void l2s_dhcp_put(struct l2s_wr *w, uint8_t option, const void *p, size_t n)
{
    l2s_wr_u8(w, option);
    l2s_wr_u8(w, (uint8_t)n);
    l2s_wr_bytes(w, p, n);
    w->bad = w->bad || n > UINT8_MAX;
}

void l2s_dhcp_put_routes(struct l2s_wr *w, uint8_t option, const struct l2s_dhcp_route *r, unsigned n)
{
    uint8_t value[9 * L2S_DHCP_ROUTES];
    struct l2s_wr v = l2s_wr_init(value, sizeof value);

    for (unsigned i = 0; i < n; i++) {
        l2s_wr_u8(&v, r[i].len);
        l2s_wr_bytes(&v, r[i].net, (r[i].len + 7u) / 8u);
        l2s_wr_bytes(&v, r[i].gateway, 4);
    }
    w->bad = w->bad || v.bad;
    l2s_dhcp_put(w, option, value, v.len);
}

void l2s_dhcp_end(struct l2s_wr *w)
{
    l2s_wr_u8(w, END);
    if (w->len < LEAST)
        l2s_wr_zeros(w, LEAST - w->len);
    if (w->bad)
        return;
    uint8_t *ip = w->p, *udp = ip + IP_HEADER;
    size_t n = w->len - IP_HEADER;
    l2s_put16(ip + 2, (uint16_t)w->len);
    l2s_put16(ip + 10, l2s_checksum_fold(l2s_checksum_add(0, ip, IP_HEADER)));
    l2s_put16(udp + 4, (uint16_t)n);
    l2s_put16(udp + 6, l2s_udp_checksum(4, ip + 12, ip + 16, udp, n));
}
