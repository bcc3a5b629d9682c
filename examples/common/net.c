/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "net.h"

#include <errno.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET_BUFFER = 8 << 20 }; /* more than a hundred messages of 64 KiB */

/* Kernel's buffers and header options; none of them is worth giving up for, but that we are told our own address. */
static int tune(int fd, bool v6)
{
    int on = 1, size = SOCKET_BUFFER;
    int never = IP_PMTUDISC_DONT; /* IPv6 has the same number; what became too big inside ESP is cut up, not lost */

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (v6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &never, sizeof never);
        return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    }
    (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof never);
    return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

/* Many datagrams in one message, where the kernel can. Returns whether it does so for what we send. */
static bool tune_udp(int fd)
{
    int on = 1, off = 0;

    (void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
    return setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &off, sizeof off) == 0;
}

/* The usual reasons, in words that say what to do. */
static int explain(struct problem *p, const l2tpsec_addr *local, uint32_t transport, int error)
{
    l2tpsec_addr ip = *local;
    char text[ADDR_TEXT];

    ip.port = 0;
    const char *where = addr_text(&ip, text);
    if (transport == L2TPSEC_TRANSPORT_ESP && error == EPERM)
        return problem(p, "raw ESP socket on %s: needs CAP_NET_RAW; ESP in UDP only (encap \"always\") does without",
                       where);
    if (transport == L2TPSEC_TRANSPORT_ESP)
        return problem(p, "raw ESP socket on %s: %s", where, strerror(error));
    if (error == EADDRINUSE)
        return problem(p, "UDP port %u of %s is taken, most likely by another IKE daemon: stop it first", local->port,
                       where);
    if (error == EACCES)
        return problem(p, "UDP port %u of %s: needs CAP_NET_BIND_SERVICE", local->port, where);
    if (error == EADDRNOTAVAIL)
        return problem(p, "%s is not an address of this host", where);
    return problem(p, "UDP port %u of %s: %s", local->port, where, strerror(error));
}

static int open_socket(struct net *net, const l2tpsec_addr *ip, uint32_t transport, uint16_t port, struct problem *p)
{
    bool raw = transport == L2TPSEC_TRANSPORT_ESP;
    int type = (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    struct net_socket s = {.transport = transport, .local = *ip};
    struct sockaddr_storage sa;

    if (net->n == NET_SOCKETS)
        return problem(p, "too many addresses to listen on: at most %d", NET_SOCKETS / 3);
    s.local.port = port;
    socklen_t len = addr_to_sockaddr(&s.local, &sa);
    s.fd = socket(sa.ss_family, type, raw ? IPPROTO_ESP : 0);
    if (s.fd < 0)
        return explain(p, &s.local, transport, errno);
    if (net->shared && setsockopt(s.fd, SOL_SOCKET, SO_REUSEPORT, &(int){1}, sizeof(int)) != 0) {
        int error = errno;
        close(s.fd);
        return explain(p, &s.local, transport, error);
    }
    if (tune(s.fd, ip->family == 6) != 0 || bind(s.fd, (struct sockaddr *)&sa, len) != 0) {
        int error = errno;
        close(s.fd);
        return explain(p, &s.local, transport, error);
    }
    if (!raw)
        s.segments = tune_udp(s.fd);
    net->sockets[net->n++] = s;
    return 0;
}

int net_open(struct net *net, const l2tpsec_addr *local, const struct net_ports *ports, struct problem *p)
{
    if (open_socket(net, local, L2TPSEC_TRANSPORT_UDP, ports->ike, p) != 0 ||
        open_socket(net, local, L2TPSEC_TRANSPORT_UDP, ports->nat, p) != 0)
        return -1;
    return ports->esp ? open_socket(net, local, L2TPSEC_TRANSPORT_ESP, 0, p) : 0;
}

void net_close(struct net *net)
{
    while (net->n > 0)
        close(net->sockets[--net->n].fd);
    free(net->inbox);
    net->inbox = NULL;
}

int net_local_address(const l2tpsec_addr *remote, l2tpsec_addr *out, struct problem *p)
{
    struct sockaddr_storage sa;
    l2tpsec_addr to = *remote;
    char text[ADDR_TEXT];

    to.port = 500; /* any: connecting a UDP socket sends nothing, but asks the routing table */
    socklen_t len = addr_to_sockaddr(&to, &sa);
    int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : 0;
    if (!error && (connect(fd, (struct sockaddr *)&sa, len) != 0 ||
                   getsockname(fd, (struct sockaddr *)&sa, &(socklen_t){sizeof sa}) != 0))
        error = errno;
    if (fd >= 0)
        close(fd);
    if (error)
        return problem(p, "no way to %s: %s", addr_text(remote, text), strerror(error));
    addr_from_sockaddr(&sa, out);
    out->port = 0;
    return 0;
}
