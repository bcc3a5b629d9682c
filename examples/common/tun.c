/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int tun_open(struct tun *tun, const char *name, struct problem *p)
{
    struct ifreq req;

    tun->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun->fd < 0)
        return problem(p, "/dev/net/tun: %s", strerror(errno));
    memset(&req, 0, sizeof req);
    req.ifr_flags = IFF_TUN | IFF_NO_PI;
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", name);
    if (ioctl(tun->fd, TUNSETIFF, &req) != 0) {
        int error = errno;
        tun_close(tun);
        if (error == EPERM)
            return problem(p, "TUN device %s: needs CAP_NET_ADMIN", name);
        return problem(p, "TUN device %s: %s%s", name, strerror(error), error == EBUSY ? ": the name is in use" : "");
    }
    snprintf(tun->name, sizeof tun->name, "%s", req.ifr_name);
    tun->index = if_nametoindex(tun->name);
    return 0;
}

void tun_close(struct tun *tun)
{
    if (tun->fd >= 0)
        close(tun->fd);
    tun->fd = -1;
}

size_t tun_read(struct tun *tun, l2tpsec_packet *pkts, size_t max)
{
    size_t n = 0;

    while (n < max && n < TUN_BURST) {
        uint8_t *at = tun->data[n] + L2TPSEC_HEADROOM;
        ssize_t len = read(tun->fd, at, TUN_PACKET);
        if (len <= 0) {
            tun->gone = len < 0 && errno == EBADFD;
            break;
        }
        memset(&pkts[n], 0, sizeof pkts[n]);
        pkts[n].data = at;
        pkts[n].len = (size_t)len;
        pkts[n].headroom = L2TPSEC_HEADROOM;
        pkts[n].tailroom = sizeof tun->data[n] - L2TPSEC_HEADROOM - (size_t)len;
        n++;
    }
    return n;
}

void tun_write(struct tun *tun, const l2tpsec_packet *pkts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (write(tun->fd, pkts[i].data, pkts[i].len) != (ssize_t)pkts[i].len)
            tun->unwritten++;
    }
}
