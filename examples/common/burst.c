/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Many datagrams a system call, both ways, and many in one message of it. */
#include "net.h"

#include <errno.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    SEGMENTS = 64,         /* datagrams in one message: what every kernel takes that takes more than one */
    SEGMENTS_LEN = 65507,  /* bytes of all of them */
    PAUSE = 256,           /* bursts sent one by one after a message was refused */
    LARGE_MESSAGE = 16384, /* bytes: then fewer are read at a time */
};

/* Room for an address and a segment size, aligned as the kernel wants it. */
union control {
    struct cmsghdr align;
    uint8_t space[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

/* What the last system call brought, and how far it was given on. */
struct net_inbox {
    const struct net_socket *socket;
    unsigned n, at; /* messages */
    unsigned most;  /* to be read in one call */
    size_t done;    /* bytes of message at */
    size_t size;    /* of its datagrams */
    l2tpsec_packet next;
    struct mmsghdr msgs[NET_BURST];
    struct iovec iov[NET_BURST];
    struct sockaddr_storage from[NET_BURST];
    union control control[NET_BURST];
    uint8_t data[NET_BURST][NET_SLOT];
};

static struct net_inbox *inbox_new(void)
{
    struct net_inbox *in = calloc(1, sizeof *in); /* pages that no message ever reaches are never there */

    for (unsigned i = 0; in && i < NET_BURST; i++) {
        in->iov[i] = (struct iovec){.iov_base = in->data[i], .iov_len = NET_DATAGRAM};
        in->msgs[i].msg_hdr = (struct msghdr){.msg_name = &in->from[i], .msg_iov = &in->iov[i], .msg_iovlen = 1};
        in->msgs[i].msg_hdr.msg_control = &in->control[i];
    }
    if (in)
        in->most = NET_BURST;
    return in;
}

bool net_recv(struct net *net, const struct net_socket *s)
{
    if (!net->inbox)
        net->inbox = inbox_new();
    struct net_inbox *in = net->inbox;
    if (!in)
        return false;
    for (unsigned i = 0; i < in->most; i++) {
        in->msgs[i].msg_hdr.msg_namelen = sizeof in->from[i];
        in->msgs[i].msg_hdr.msg_controllen = sizeof in->control[i];
        in->msgs[i].msg_hdr.msg_flags = 0;
    }
    int got = recvmmsg(s->fd, in->msgs, in->most, 0, NULL);
    in->socket = s;
    in->n = got > 0 ? (unsigned)got : 0;
    in->at = 0;
    in->done = in->size = 0;
    bool more = in->n == in->most;
    in->most = in->n && in->msgs[0].msg_len > LARGE_MESSAGE ? NET_LARGE : NET_BURST;
    return more;
}

/* Which of our addresses the datagrams were sent to, and their size if there are many. */
static void read_control(struct msghdr *m, l2tpsec_addr *local, size_t *size)
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
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int each = 0;
            memcpy(&each, CMSG_DATA(c), sizeof each);
            if (each > 0)
                *size = (size_t)each;
        }
    }
}

/* What all datagrams of the message have in common; false: it is none for us. */
static bool read_message(struct net_inbox *in)
{
    const struct net_socket *s = in->socket;
    struct mmsghdr *m = &in->msgs[in->at];
    const uint8_t *data = in->data[in->at];
    bool raw = s->transport == L2TPSEC_TRANSPORT_ESP;

    in->size = m->msg_len;
    in->done = 0;
    if (raw && s->local.family == 4 && m->msg_len > 0)
        in->done = (size_t)(data[0] & 0x0fu) * 4; /* IPv4 raw sockets give the IP header too, IPv6 ones do not */
    if ((m->msg_hdr.msg_flags & MSG_TRUNC) || in->done > m->msg_len)
        return false;
    in->next = (l2tpsec_packet){.transport = s->transport, .local = s->local};
    addr_from_sockaddr(m->msg_hdr.msg_name, &in->next.remote);
    if (raw)
        in->next.remote.port = 0;
    read_control(&m->msg_hdr, &in->next.local, &in->size);
    return true;
}

size_t net_next(struct net *net, l2tpsec_packet *pkts, size_t max)
{
    struct net_inbox *in = net->inbox;
    size_t n = 0;

    while (in && n < max && in->at < in->n) {
        size_t len = in->msgs[in->at].msg_len;
        bool fresh = in->size == 0, good = !fresh || read_message(in);
        if (good && fresh && n > 0 && len > in->size && (len - 1) / in->size >= max - n) {
            in->size = 0; /* what came in one message goes in one burst: it may become one packet for the host then */
            return n;
        }
        net->counters.truncated += !good;
        while (good && n < max && (in->done < len || len == 0)) {
            pkts[n] = in->next;
            pkts[n].data = in->data[in->at] + in->done;
            pkts[n].len = len - in->done < in->size ? len - in->done : in->size;
            in->done += pkts[n++].len;
            good = len != 0;
        }
        if (!good || in->done >= len) {
            in->at++;
            in->size = 0;
        }
    }
    return n;
}

static void put_control(struct msghdr *m, int level, int type, const void *value, size_t len)
{
    struct cmsghdr *c = (struct cmsghdr *)(void *)((uint8_t *)m->msg_control + m->msg_controllen);

    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), value, len);
    m->msg_controllen += CMSG_SPACE(len);
}

/* Leave from this address, whatever the routing table would choose. */
static void put_local(struct msghdr *m, const l2tpsec_addr *local)
{
    struct in6_pktinfo six = {.ipi6_ifindex = 0};
    struct in_pktinfo four = {.ipi_ifindex = 0};

    if (local->family == 6) {
        memcpy(&six.ipi6_addr, local->ip, 16);
        put_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &six, sizeof six);
    } else {
        memcpy(&four.ipi_spec_dst, local->ip, 4);
        put_control(m, IPPROTO_IP, IP_PKTINFO, &four, sizeof four);
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

static bool same_ends(const l2tpsec_packet *a, const l2tpsec_packet *b)
{
    return a->transport == b->transport && memcmp(&a->local, &b->local, sizeof a->local) == 0 &&
           memcmp(&a->remote, &b->remote, sizeof a->remote) == 0;
}

/* How many of these datagrams go in one message: all to one peer and of one size, the last may be shorter. */
static size_t run_of(const l2tpsec_packet *pkts, size_t n)
{
    size_t run = 1, bytes = pkts[0].len;

    while (run < n && run < SEGMENTS && pkts[run].len <= pkts[0].len && pkts[run].len > 0 &&
           bytes + pkts[run].len <= SEGMENTS_LEN && same_ends(&pkts[run], &pkts[0])) {
        bytes += pkts[run++].len;
        if (pkts[run - 1].len < pkts[0].len)
            break;
    }
    return run;
}

/* A burst on its way out: the datagrams of one socket, as messages. */
struct outbox {
    struct mmsghdr msgs[NET_BURST];
    struct iovec iov[NET_BURST];
    struct sockaddr_storage to[NET_BURST];
    union control control[NET_BURST];
    unsigned n;
};

static void put_message(struct outbox *out, const l2tpsec_packet *pkts, size_t first, size_t run)
{
    const l2tpsec_packet *p = &pkts[first];
    struct mmsghdr *head = &out->msgs[out->n];
    struct msghdr *m = &head->msg_hdr;
    uint16_t size = (uint16_t)p->len;

    memset(head, 0, sizeof *head);
    m->msg_name = &out->to[out->n];
    m->msg_namelen = addr_to_sockaddr(&p->remote, &out->to[out->n]);
    m->msg_iov = &out->iov[first];
    m->msg_iovlen = run;
    m->msg_control = &out->control[out->n++];
    put_local(m, &p->local);
    if (run > 1)
        put_control(m, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
}

/* One burst of at most NET_BURST packets, all for one socket. */
static void send_burst(struct net *net, struct net_socket *s, const l2tpsec_packet *pkts, size_t n)
{
    bool many = s->segments && s->pause == 0 && n > 1;
    struct outbox out;

    out.n = 0;
    s->pause -= s->pause > 0;
    for (size_t i = 0, run = 1; i < n; i += run) {
        run = many ? run_of(pkts + i, n - i) : 1;
        for (size_t k = i; k < i + run; k++)
            out.iov[k] = (struct iovec){.iov_base = pkts[k].data, .iov_len = pkts[k].len};
        put_message(&out, pkts, i, run);
    }
    for (unsigned done = 0; done < out.n;) {
        const struct msghdr *m = &out.msgs[done].msg_hdr;
        int sent = sendmmsg(s->fd, out.msgs + done, out.n - done, 0);
        if (sent > 0) {
            done += (unsigned)sent;
        } else if (errno == EINTR) {
            continue;
        } else if (m->msg_iovlen > 1 && (errno == EINVAL || errno == EIO || errno == EMSGSIZE)) {
            /* too large to be sent without being fragmented, or a device which does no checksums: one by one, then */
            size_t first = (size_t)(m->msg_iov - out.iov);
            s->pause = PAUSE;
            send_burst(net, s, pkts + first, n - first);
            return;
        } else { /* this one is lost, the next may have another destination */
            net->counters.last_error = errno;
            net->counters.unsent += m->msg_iovlen;
            done++;
        }
    }
}

void net_send(struct net *net, const l2tpsec_packet *pkts, size_t n)
{
    for (size_t from = 0, to = 0; from < n; from = to) {
        const struct net_socket *s = socket_for(net, &pkts[from]);
        to = from + 1;
        while (to < n && to - from < NET_BURST &&
               (same_ends(&pkts[to], &pkts[from]) || socket_for(net, &pkts[to]) == s))
            to++;
        if (s)
            send_burst(net, &net->sockets[s - net->sockets], pkts + from, to - from);
        else
            net->counters.no_socket += to - from;
    }
}
