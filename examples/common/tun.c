/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

_Static_assert(sizeof(l2tpsec_offload) == sizeof(struct virtio_net_hdr), "the library's descriptor is the kernel's");
_Static_assert(sizeof(l2tpsec_piece) == sizeof(struct iovec), "so is its piece");

/* Let the device give and take large packets, as far as this kernel knows them. */
static void tune(struct tun *tun)
{
    static const struct {
        unsigned offload;
        uint32_t coalesce;
    } most[] = {
        {TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN | TUN_F_USO4 | TUN_F_USO6,
         L2TPSEC_COALESCE_TCP4 | L2TPSEC_COALESCE_TCP6 | L2TPSEC_COALESCE_UDP},
        {TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN, L2TPSEC_COALESCE_TCP4 | L2TPSEC_COALESCE_TCP6},
    };
    int size = sizeof tun->offload;

    tun->coalesce = 0;
    if (!tun->headers || ioctl(tun->fd, TUNSETVNETHDRSZ, &size) != 0)
        return;
    for (unsigned i = 0; i < sizeof most / sizeof most[0]; i++) {
        if (ioctl(tun->fd, TUNSETOFFLOAD, most[i].offload) == 0) {
            tun->coalesce = most[i].coalesce;
            return;
        }
    }
}

static int attach(struct tun *tun, const char *name, int flags)
{
    struct ifreq req;

    memset(&req, 0, sizeof req);
    req.ifr_flags = (short)flags;
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", name);
    if (ioctl(tun->fd, TUNSETIFF, &req) != 0)
        return -1;
    snprintf(tun->name, sizeof tun->name, "%s", req.ifr_name);
    return 0;
}

int tun_open(struct tun *tun, const char *name, struct problem *p)
{
    tun->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun->fd < 0)
        return problem(p, "/dev/net/tun: %s", strerror(errno));
    int flags = IFF_TUN | IFF_NO_PI | (tun->queued ? IFF_MULTI_QUEUE : 0);
    tun->headers = attach(tun, name, flags | IFF_VNET_HDR) == 0;
    if (!tun->headers && (errno != EINVAL || attach(tun, name, flags) != 0)) {
        int error = errno;
        tun_close(tun);
        if (error == EPERM)
            return problem(p, "TUN device %s: needs CAP_NET_ADMIN", name);
        return problem(p, "TUN device %s: %s%s", name, strerror(error), error == EBUSY ? ": the name is in use" : "");
    }
    tune(tun);
    tun->index = if_nametoindex(tun->name);
    return 0;
}

void tun_close(struct tun *tun)
{
    if (tun->fd >= 0)
        close(tun->fd);
    tun->fd = -1;
}

uint32_t tun_large(uint32_t mtu)
{
    enum { AROUND = 88, HEADERS = 40, SPARE = 512, SEGMENTS = 64, MESSAGE = 65507, LEAST = 4096 };
    uint32_t segments = MESSAGE / (mtu + AROUND);
    uint32_t large = (segments < SEGMENTS ? segments : SEGMENTS) * (mtu - HEADERS) + SPARE;

    return mtu <= HEADERS || large < LEAST ? LEAST
                                           : large; /* SPARE: the kernel takes its headers at their longest off it */
}

/* The next packet, to tun->large; false: there is none. */
static bool read_one(struct tun *tun, size_t at)
{
    uint8_t *data = tun->read + at + L2TPSEC_HEADROOM;
    struct iovec iov[2] = {{.iov_base = &tun->offload, .iov_len = sizeof tun->offload},
                           {.iov_base = data, .iov_len = TUN_PACKET}};
    size_t head = tun->headers ? sizeof tun->offload : 0;
    ssize_t len = tun->headers ? readv(tun->fd, iov, 2) : read(tun->fd, data, TUN_PACKET);

    if (len <= (ssize_t)head) {
        tun->gone = len < 0 && errno == EBADFD;
        tun->empty = true;
        return false;
    }
    if (!tun->headers)
        memset(&tun->offload, 0, sizeof tun->offload);
    tun->large = (l2tpsec_packet){.data = data, .len = (size_t)len - head};
    tun->large.headroom = L2TPSEC_HEADROOM;
    tun->large.tailroom = sizeof tun->read - (size_t)(data - tun->read) - tun->large.len;
    tun->done = 0;
    return true;
}

size_t tun_read(struct tun *tun, l2tpsec_packet *pkts, size_t max)
{
    size_t n = 0, at = 0, used = 0, most = max < TUN_BURST ? max : TUN_BURST;

    tun->empty = false;
    while (n < most && at + TUN_ROOM + TUN_PACKET <= sizeof tun->read) {
        if (!tun->large.data && !read_one(tun, at))
            break;
        size_t payload = tun->large.len, size = tun->offload.gso_size;
        if (n > 0 && tun->offload.gso && (size == 0 || payload / size + 1 > most - n))
            break; /* what was one packet goes in one burst: it may go in one message then */
        int32_t made = l2tpsec_segment(&tun->offload, &tun->large, &tun->done, tun->cut + used, sizeof tun->cut - used,
                                       pkts + n, most - n);
        if (made == L2TPSEC_ERANGE && n > 0)
            break;
        if (made < 0 || tun->done == tun->large.len)
            tun->large.data = NULL; /* a kind we did not ask for, or done */
        for (int32_t i = 0; i < made && tun->offload.gso; i++)
            used += TUN_ROOM + pkts[n + (size_t)i].len;
        if (made > 0 && !tun->offload.gso) /* it stays where it was read */
            at += TUN_ROOM + pkts[n].len;
        n += made > 0 ? (size_t)made : 0;
    }
    return n;
}

static void write_plain(struct tun *tun, const l2tpsec_packet *pkts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (write(tun->fd, pkts[i].data, pkts[i].len) != (ssize_t)pkts[i].len)
            tun->unwritten++;
    }
}

static void write_large(struct tun *tun, const l2tpsec_packet *pkts, size_t n)
{
    l2tpsec_large larges[TUN_BURST];
    l2tpsec_piece pieces[TUN_BURST];
    struct iovec iov[TUN_BURST + 1];
    const l2tpsec_piece *next = pieces;
    int32_t made = l2tpsec_coalesce(pkts, n, tun->coalesce, larges, pieces);

    for (int32_t i = 0; i < made; i++) {
        iov[0] = (struct iovec){.iov_base = &larges[i].offload, .iov_len = sizeof larges[i].offload};
        memcpy(&iov[1], next, larges[i].pieces * sizeof iov[0]);
        if (writev(tun->fd, iov, (int)larges[i].pieces + 1) < 0)
            tun->unwritten += larges[i].pieces;
        next += larges[i].pieces;
    }
}

void tun_write(struct tun *tun, const l2tpsec_packet *pkts, size_t n)
{
    if (!tun->headers) {
        write_plain(tun, pkts, n);
        return;
    }
    for (size_t at = 0; at < n; at += TUN_BURST)
        write_large(tun, pkts + at, n - at < TUN_BURST ? n - at : TUN_BURST);
}
