/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* DHCP inside the tunnel: an IP packet read, its options, its routes; and written again. */
#include "fuzz/fuzz.h"

#include "wire/dhcp.h"
#include "wire/ip.h"

static void routes(struct l2s_rd option)
{
    struct l2s_dhcp_route r[L2S_DHCP_ROUTES], r2[L2S_DHCP_ROUTES];
    uint8_t out[1024];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    unsigned n = l2s_dhcp_get_routes(option, r, L2S_DHCP_ROUTES);

    FUZZ_CHECK(n <= L2S_DHCP_ROUTES && (!option.bad || n == 0));
    for (unsigned i = 0; i < n; i++)
        FUZZ_CHECK(r[i].len <= 32);
    l2s_dhcp_put_routes(&w, L2S_DHCP_OPT_ROUTES, r, n);
    FUZZ_CHECK(!w.bad && w.len >= 2 && out[1] == w.len - 2);
    FUZZ_CHECK(l2s_dhcp_get_routes(l2s_rd_init(out + 2, w.len - 2), r2, L2S_DHCP_ROUTES) == n);
    FUZZ_CHECK(n == 0 || memcmp(r, r2, n * sizeof r[0]) == 0);
}

static void again(const struct l2s_dhcp *m)
{
    uint8_t out[2048];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    static const uint8_t from[4] = {10, 0, 0, 1}, to[4] = {10, 0, 0, 2};
    struct l2s_dhcp m2;
    struct l2s_ip ip;

    l2s_dhcp_begin(&w, m, from, to);
    l2s_dhcp_end(&w);
    FUZZ_CHECK(!w.bad && l2s_ip_parse(out, w.len, &ip) && ip.total_len == w.len);
    FUZZ_CHECK(l2s_checksum_fold(l2s_checksum_add(0, out, 20)) == 0);
    uint16_t port = m->op == L2S_DHCP_REQUEST ? L2S_DHCP_SERVER_PORT : L2S_DHCP_CLIENT_PORT;
    FUZZ_CHECK(l2s_ip_udp_port(out, &ip) == port);
    FUZZ_CHECK(l2s_dhcp_get(out, ip.header_len, ip.total_len, port, &m2));
    FUZZ_CHECK(m2.op == m->op && m2.type == m->type && m2.xid == m->xid);
    FUZZ_CHECK(memcmp(m2.client, m->client, 4) == 0 && memcmp(&m2.hardware, &m->hardware, sizeof m->hardware) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_ip ip;
    struct l2s_dhcp m;

    if (size > 1500)
        return 0;
    if (size && data[0] >> 4 != 4) /* just a list of routes */
        routes(l2s_rd_init(data + 1, size - 1));
    if (!l2s_ip_parse(data, size, &ip) || ip.version != 4 || ip.protocol != L2S_IP_UDP || ip.fragment)
        return 0;
    if (!l2s_dhcp_get(data, ip.header_len, ip.total_len, l2s_ip_udp_port(data, &ip), &m))
        return 0;
    FUZZ_CHECK(m.hardware.len <= 16);
    fuzz_within(m.options, data, size);
    static const uint8_t types[] = {
        0, 1, L2S_DHCP_OPT_DNS, L2S_DHCP_OPT_DOMAIN, L2S_DHCP_OPT_TYPE, L2S_DHCP_OPT_SERVER, L2S_DHCP_OPT_WANTED, 255};
    for (size_t i = 0; i < sizeof types; i++) {
        struct l2s_rd o = l2s_dhcp_option(&m, types[i]);
        fuzz_within(o, data, size);
        FUZZ_CHECK(o.bad || o.left <= 255);
    }
    routes(l2s_dhcp_option(&m, L2S_DHCP_OPT_ROUTES));
    routes(l2s_dhcp_option(&m, L2S_DHCP_OPT_MS_ROUTES));
    again(&m);
    return 0;
}
