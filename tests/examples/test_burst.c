/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Datagrams over the machine's own loopback: what goes out in few messages comes in as it was. */
#include "files.h"

#include "common/net.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MOST = 300, BYTES = 1 << 20 };

static struct net from, to;
static l2tpsec_packet pkts[MOST];
static uint8_t bytes[BYTES];
static size_t n_pkts, used;
static uint16_t port;

static int open_both(void **state)
{
    const l2tpsec_addr here = {.family = 4, .ip = {127, 0, 0, 1}};
    const struct net_ports any = {.ike = 0, .nat = 0, .esp = false};
    struct sockaddr_storage sa;
    l2tpsec_addr at;
    struct problem p;
    (void)state;

    if (net_open(&from, &here, &any, &p) != 0 || net_open(&to, &here, &any, &p) != 0 ||
        getsockname(to.sockets[1].fd, (struct sockaddr *)&sa, &(socklen_t){sizeof sa}) != 0)
        return -1;
    addr_from_sockaddr(&sa, &at);
    port = at.port;
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    net_close(&from);
    net_close(&to);
    return 0;
}

static void add(size_t len)
{
    assert_true(n_pkts < MOST && used + len <= BYTES);
    pkts[n_pkts] = (l2tpsec_packet){.data = bytes + used, .len = len};
    pkts[n_pkts].local = pkts[n_pkts].remote = (l2tpsec_addr){.family = 4, .ip = {127, 0, 0, 1}};
    pkts[n_pkts].remote.port = port;
    memset(bytes + used, (int)(n_pkts % 251 + 1), len);
    used += len;
    n_pkts++;
}

/* All of them, in order, at most max at a time. */
static void expect_all(size_t max)
{
    struct pollfd p = {.fd = to.sockets[1].fd, .events = POLLIN};
    l2tpsec_packet got[MOST];
    size_t n = 0;

    while (n < n_pkts) {
        assert_int_equal(poll(&p, 1, 5000), 1);
        (void)net_recv(&to, &to.sockets[1]);
        for (size_t m = 0; (m = net_next(&to, got, max)) > 0;) {
            assert_true(m <= max && n + m <= n_pkts);
            for (size_t i = 0; i < m; i++, n++) {
                assert_int_equal(got[i].len, pkts[n].len);
                assert_memory_equal(got[i].data, pkts[n].data, pkts[n].len);
                assert_int_equal(got[i].local.ip[0], 127);
                assert_int_equal(got[i].remote.family, 4);
                assert_int_equal(got[i].headroom | got[i].tailroom | got[i].reserved[0] | got[i].link, 0);
            }
        }
    }
    assert_int_equal(to.counters.truncated, 0);
    assert_int_equal(from.counters.unsent | from.counters.no_socket, 0);
}

static void check(size_t max)
{
    net_send(&from, pkts, n_pkts);
    expect_all(max);
    n_pkts = used = 0;
}

static void a_burst_arrives_as_it_was_sent(void **state)
{
    static const size_t limits[] = {1, 7, 64, MOST};
    (void)state;

    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
        for (size_t i = 0; i < 200; i++)
            add(1452);
        check(limits[l]);
        for (size_t i = 0; i < 200; i++) /* shorter ones end a run, longer ones begin another */
            add(100 + i * 37 % 5 * 300);
        check(limits[l]);
        for (size_t i = 0; i < 300; i++)
            add(1 + i / 100);
        check(limits[l]);
    }
}

static void a_datagram_alone_may_be_as_large_as_can_be(void **state)
{
    (void)state;
    add(65507);
    add(1);
    add(40000); /* IKE with certificates, and the kernel fragments it */
    check(64);
}

static void what_the_kernel_does_not_cut_goes_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        add(30000);
    add(9); /* two in one message, and then some */
    check(64);
    from.sockets[0].segments = from.sockets[1].segments = false;
    for (size_t i = 0; i < 100; i++)
        add(500);
    check(64);
    from.sockets[0].segments = from.sockets[1].segments = true;
}

static void datagrams_to_several_peers_find_each_of_them(void **state)
{
    struct sockaddr_storage sa;
    l2tpsec_addr other, nobody = {.family = 4, .ip = {127, 0, 0, 2}};
    (void)state;

    assert_int_equal(getsockname(to.sockets[0].fd, (struct sockaddr *)&sa, &(socklen_t){sizeof sa}), 0);
    addr_from_sockaddr(&sa, &other);
    for (size_t i = 0; i < 100; i++)
        add(200);
    for (size_t i = 0; i < 100; i += 2)
        pkts[i].remote.port = other.port;
    net_send(&from, pkts, n_pkts);
    for (size_t s = 0, n = 0; s < 2; s++, n = 0) {
        struct pollfd p = {.fd = to.sockets[s].fd, .events = POLLIN};
        l2tpsec_packet got[MOST];
        while (n < 50) {
            assert_int_equal(poll(&p, 1, 5000), 1);
            (void)net_recv(&to, &to.sockets[s]);
            for (size_t m = 0; (m = net_next(&to, got, MOST)) > 0;) {
                for (size_t i = 0; i < m; i++, n++)
                    assert_memory_equal(got[i].data, pkts[2 * n + s].data, 200);
            }
        }
        assert_int_equal(n, 50);
    }
    pkts[0].local = nobody;
    net_send(&from, pkts, 1);
    assert_int_equal(from.counters.no_socket, 1);
    from.counters.no_socket = 0;
    n_pkts = used = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_arrives_as_it_was_sent),
        cmocka_unit_test(a_datagram_alone_may_be_as_large_as_can_be),
        cmocka_unit_test(what_the_kernel_does_not_cut_goes_one_by_one),
        cmocka_unit_test(datagrams_to_several_peers_find_each_of_them),
    };

    return cmocka_run_group_tests(tests, open_both, close_both);
}
