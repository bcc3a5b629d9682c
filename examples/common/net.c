/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "net.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET_BUFFER = 2 << 20 };

/* Room for one packet-info record of either family, aligned as the kernel wants it. */
union control {
    struct cmsghdr align;
    uint8_t space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

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
    if (tune(s.fd, ip->family == 6) != 0 || bind(s.fd, (struct sockaddr *)&sa, len) != 0) {
        int error = errno;
        close(s.fd);
        return explain(p, &s.local, transport, error);
    }
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
}

/* Which of our addresses the datagram was sent to. */
static void read_local(struct msghdr *m, l2tpsec_addr *local)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(local->ip, &info.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(local->ip, &info.ipi6_addr, 16);
        }
    }
}

static bool read_packet(const struct net_socket *s, struct mmsghdr *m, l2tpsec_packet *out)
{
    uint8_t *data = m->msg_hdr.msg_iov->iov_base;
    size_t len = m->msg_len, skip = 0;

    if (s->transport == L2TPSEC_TRANSPORT_ESP && s->local.family == 4 && len > 0)
        skip = (size_t)(data[0] & 0x0fu) * 4; /* IPv4 raw sockets give the IP header too, IPv6 ones do not */
    if ((m->msg_hdr.msg_flags & MSG_TRUNC) || skip > len)
        return false;

    memset(out, 0, sizeof *out);
    out->data = data + skip;
    out->len = len - skip;
    out->transport = s->transport;
    addr_from_sockaddr(m->msg_hdr.msg_name, &out->remote);
    if (s->transport == L2TPSEC_TRANSPORT_ESP)
        out->remote.port = 0;
    out->local = s->local;
    read_local(&m->msg_hdr, &out->local);
    return true;
}

size_t net_recv(struct net *net, const struct net_socket *s, l2tpsec_packet *pkts, size_t max)
{
    struct mmsghdr msgs[NET_BURST];
    struct iovec iov[NET_BURST];
    struct sockaddr_storage from[NET_BURST];
    union control control[NET_BURST];
    size_t n = 0;

    memset(msgs, 0, sizeof msgs);
    for (unsigned i = 0; i < NET_BURST; i++) {
        iov[i] = (struct iovec){.iov_base = net->data[i], .iov_len = NET_DATAGRAM};
        msgs[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                          .msg_namelen = sizeof from[i],
                                          .msg_iov = &iov[i],
                                          .msg_iovlen = 1,
                                          .msg_control = &control[i],
                                          .msg_controllen = sizeof control[i]};
    }
    int got = recvmmsg(s->fd, msgs, (unsigned)(max < NET_BURST ? max : NET_BURST), 0, NULL);
    for (int i = 0; i < got; i++) {
        if (read_packet(s, &msgs[i], &pkts[n]))
            n++;
        else
            net->counters.truncated++;
    }
    return n;
}

/* Leave from this address, whatever the routing table would choose. */
static void write_local(struct msghdr *m, union control *c, const l2tpsec_addr *local)
{
    memset(c, 0, sizeof *c);
    m->msg_control = c;
    m->msg_controllen = sizeof *c;
    struct cmsghdr *head = CMSG_FIRSTHDR(m);
    if (local->family == 6) {
        struct in6_pktinfo info = {.ipi6_ifindex = 0};
        memcpy(&info.ipi6_addr, local->ip, 16);
        head->cmsg_level = IPPROTO_IPV6;
        head->cmsg_type = IPV6_PKTINFO;
        head->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(head), &info, sizeof info);
        m->msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        struct in_pktinfo info = {.ipi_ifindex = 0};
        memcpy(&info.ipi_spec_dst, local->ip, 4);
        head->cmsg_level = IPPROTO_IP;
        head->cmsg_type = IP_PKTINFO;
        head->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(head), &info, sizeof info);
        m->msg_controllen = CMSG_SPACE(sizeof info);
    }
}

static const struct net_socket *socket_for(const struct net *net, const l2tpsec_packet *pkt)
{
    for (unsigned i = 0; i < net->n; i++) {
        const struct net_socket *s = &net->sockets[i];
        if (s->transport == pkt->transport && s->local.family == pkt->local.family &&
            (s->transport == L2TPSEC_TRANSPORT_ESP || s->local.port == pkt->local.port) &&
            (addr_is_any(&s->local) || addr_equal(&s->local, &pkt->local)))
            return s;
    }
    return NULL;
}

/* One burst of at most NET_BURST packets, all for one socket. */
static void send_burst(struct net *net, const struct net_socket *s, const l2tpsec_packet *pkts, size_t n)
{
    struct mmsghdr msgs[NET_BURST];
    struct iovec iov[NET_BURST];
    struct sockaddr_storage to[NET_BURST];
    union control control[NET_BURST];

    memset(msgs, 0, sizeof msgs);
    for (size_t i = 0; i < n; i++) {
        struct msghdr *m = &msgs[i].msg_hdr;
        iov[i] = (struct iovec){.iov_base = pkts[i].data, .iov_len = pkts[i].len};
        m->msg_namelen = addr_to_sockaddr(&pkts[i].remote, &to[i]);
        m->msg_name = &to[i];
        m->msg_iov = &iov[i];
        m->msg_iovlen = 1;
        write_local(m, &control[i], &pkts[i].local);
    }
    for (size_t done = 0; done < n;) {
        int sent = sendmmsg(s->fd, msgs + done, (unsigned)(n - done), 0);
        if (sent > 0) {
            done += (size_t)sent;
        } else if (errno != EINTR) { /* this one is lost, the next may have another destination */
            net->counters.last_error = errno;
            net->counters.unsent++;
            done++;
        }
    }
}

void net_send(struct net *net, const l2tpsec_packet *pkts, size_t n)
{
    for (size_t from = 0, to = 0; from < n; from = to) {
        const struct net_socket *s = socket_for(net, &pkts[from]);
        to = from + 1;
        while (to < n && to - from < NET_BURST && socket_for(net, &pkts[to]) == s)
            to++;
        if (s)
            send_burst(net, s, pkts + from, to - from);
        else
            net->counters.no_socket += to - from;
    }
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
