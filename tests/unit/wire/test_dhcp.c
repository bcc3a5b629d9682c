/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"
#include "wire/dhcp.h"
#include "wire/ip.h"

#include <string.h>

static const uint8_t client[4] = {10, 77, 0, 2}, server[4] = {10, 77, 0, 1};

/* A reply with DNS and three routes; its length. */
static size_t reply(uint8_t *out, size_t cap)
{
    static const struct l2s_dhcp_route routes[] = {
        {{10}, {10, 77, 0, 1}, 8}, {{192, 0, 2, 128}, {10, 77, 0, 1}, 25}, {{0}, {10, 77, 0, 1}, 0}};
    struct l2s_dhcp m = {.op = L2S_DHCP_REPLY, .type = L2S_DHCP_ACK, .xid = 0x01020304, .hardware = {8, 6, {1, 2}}};
    struct l2s_wr w = l2s_wr_init(out, cap);

    memcpy(m.client, client, 4);
    l2s_dhcp_begin(&w, &m, server, client);
    l2s_dhcp_put(&w, L2S_DHCP_OPT_DNS, server, 4);
    l2s_dhcp_put_routes(&w, L2S_DHCP_OPT_ROUTES, routes, 3);
    l2s_dhcp_end(&w);
    return w.bad ? 0 : w.len;
}

static bool get(const uint8_t *p, size_t n, uint16_t port, struct l2s_dhcp *m)
{
    struct l2s_ip ip;
    struct l2s_rd exact = fake_rd_exact(p, n);
    bool got = l2s_ip_parse(exact.p, n, &ip) && l2s_dhcp_get(exact.p, ip.header_len, ip.total_len, port, m);

    if (got)
        for (unsigned type = 0; type < 256; type++)
            (void)l2s_dhcp_option(m, (uint8_t)type);
    return got;
}

static void what_is_written_is_read_back(void **state)
{
    uint8_t p[L2S_DHCP_PACKET];
    struct l2s_dhcp_route r[4];
    struct l2s_dhcp m;
    size_t n = reply(p, sizeof p);
    (void)state;

    assert_in_range(n, 328, sizeof p); /* BOOTP's least */
    assert_int_equal(l2s_checksum_fold(l2s_checksum_add(0, p, 20)), 0);
    assert_true(get(p, n, 68, &m));
    assert_int_equal(m.op, L2S_DHCP_REPLY);
    assert_int_equal(m.type, L2S_DHCP_ACK);
    assert_int_equal(m.xid, 0x01020304);
    assert_memory_equal(m.client, client, 4);
    assert_int_equal(m.hardware.type, 8);
    assert_int_equal(m.hardware.addr[1], 2);
    struct l2s_rd dns = l2s_dhcp_option(&m, L2S_DHCP_OPT_DNS);
    assert_true(l2s_rd_equals(&dns, server, 4));
    assert_true(l2s_dhcp_option(&m, L2S_DHCP_OPT_DOMAIN).bad);
    assert_int_equal(l2s_dhcp_get_routes(l2s_dhcp_option(&m, L2S_DHCP_OPT_ROUTES), r, 4), 3);
    assert_int_equal(r[0].len, 8);
    assert_memory_equal(r[1].net, "\xc0\0\x02\x80", 4);
    assert_memory_equal(r[1].gateway, server, 4);
    assert_int_equal(r[2].len, 0);
    assert_int_equal(l2s_dhcp_get_routes(l2s_dhcp_option(&m, L2S_DHCP_OPT_ROUTES), r, 2), 2);
    assert_false(get(p, n, 67, &m)); /* for the other port */
    fake_rd_free();
}

/* RFC 3442, page 4: descriptors of its examples. */
static void routes_stand_as_in_rfc_3442(void **state)
{
    static const uint8_t option[] = {0,   10, 0,   0,  1,  8, 10, 10, 0,  0,   1,   24,  10, 0, 0, 10, 0,  0,
                                     1,   16, 10,  17, 10, 0, 0,  1,  24, 10,  27,  129, 10, 0, 0, 1,  25, 10,
                                     229, 0,  128, 10, 0,  0, 1,  32, 10, 198, 122, 47,  10, 0, 0, 1};
    static const uint8_t len[] = {0, 8, 24, 16, 24, 25, 32};
    struct l2s_dhcp_route r[8];
    (void)state;

    assert_int_equal(l2s_dhcp_get_routes(l2s_rd_init(option, sizeof option), r, 8), 7);
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(r[i].len, len[i]);
        assert_memory_equal(r[i].gateway, "\x0a\0\0\x01", 4);
    }
    assert_memory_equal(r[5].net, "\x0a\xe5\0\x80", 4);
    for (size_t cut = 1; cut < sizeof option; cut++) { /* whole routes up to there, or none of them */
        unsigned n = l2s_dhcp_get_routes(fake_rd_exact(option, cut), r, 8);
        assert_true(n < 7);
    }
    static const uint8_t long_one[] = {33, 10, 0, 0, 0, 0, 10, 0, 0, 1};
    assert_int_equal(l2s_dhcp_get_routes(l2s_rd_init(long_one, sizeof long_one), r, 8), 0);
    fake_rd_free();
}

static void truncated_and_mutated_messages_are_read_or_refused_and_nothing_else(void **state)
{
    uint8_t p[L2S_DHCP_PACKET], q[L2S_DHCP_PACKET];
    struct l2s_dhcp_route r[4];
    struct l2s_dhcp m;
    size_t n = reply(p, sizeof p);
    (void)state;

    for (size_t cut = 0; cut < n; cut++)
        assert_false(get(p, cut, 68, &m)); /* the IP header says more */
    for (size_t at = 20; at < n; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(q, p, n);
            q[at] ^= (uint8_t)(1u << bit);
            if (get(q, n, 68, &m))
                (void)l2s_dhcp_get_routes(l2s_dhcp_option(&m, L2S_DHCP_OPT_ROUTES), r, 4);
        }
        fake_rd_free();
    }
}

static void what_does_not_fit_turns_the_writer_bad(void **state)
{
    uint8_t p[L2S_DHCP_PACKET];
    (void)state;

    assert_int_equal(reply(p, 300), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(routes_stand_as_in_rfc_3442),
        cmocka_unit_test(truncated_and_mutated_messages_are_read_or_refused_and_nothing_else),
        cmocka_unit_test(what_does_not_fit_turns_the_writer_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
