/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "tapfile.h"

#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { UDP_HEADER = 8, IPV4_HEADER = 20, IPV6_HEADER = 40, IKE_PORT = 500, MOST = 0xffff - IPV4_HEADER - UDP_HEADER };

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

int tapfile_open(struct tapfile *t, const char *path, struct problem *p)
{
    /* https://www.tcpdump.org/manpages/pcap-savefile.5.html: in our byte order; packets begin with their IP header (101). */
    static const struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, longest, link_type;
    } header = {0xa1b2c3d4, 2, 4, 0, 0, 0x10000, 101};

    t->f = NULL;
    if (!path)
        return 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool ours =
        fd >= 0 && secret_file(fd) == 0 && (ftruncate(fd, 0) == 0 || errno == EINVAL); /* a pipe has no length */
    t->f = ours ? fdopen(fd, "wb") : NULL;
    if (!t->f && fd >= 0) {
        int error = errno;
        close(fd);
        errno = error;
    }
    if (!t->f || fwrite(&header, sizeof header, 1, t->f) != 1 || fflush(t->f) != 0)
        return problem(p, "%s: %s", path, strerror(errno));
    return 0;
}

void tapfile_close(struct tapfile *t)
{
    if (t->f)
        fclose(t->f);
    t->f = NULL;
}

/* Their UDP header, and before it the IP header: checksums zero, which says that there are none, or that nobody looked. */
static size_t make_headers(uint8_t *p, const l2tpsec_tap *m, size_t len)
{
    const l2tpsec_addr *from = m->sent ? &m->local : &m->remote, *to = m->sent ? &m->remote : &m->local;
    size_t ip = from->family == 6 ? IPV6_HEADER : IPV4_HEADER;
    size_t udp = UDP_HEADER + len;

    memset(p, 0, ip + UDP_HEADER);
    if (from->family == 6) {
        p[0] = 0x60;
        put16(p + 4, (unsigned)udp);
        p[6] = 17;
        p[7] = 64;
        memcpy(p + 8, from->ip, 16);
        memcpy(p + 24, to->ip, 16);
    } else {
        p[0] = 0x45;
        put16(p + 2, (unsigned)(ip + udp));
        p[8] = 64;
        p[9] = 17;
        memcpy(p + 12, from->ip, 4);
        memcpy(p + 16, to->ip, 4);
    }
    /* on port 4500 a reader would look for the marker */
    put16(p + ip, m->kind == L2TPSEC_TAP_IKE ? IKE_PORT : from->port);
    put16(p + ip + 2, m->kind == L2TPSEC_TAP_IKE ? IKE_PORT : to->port);
    put16(p + ip + 4, (unsigned)udp);
    return ip + UDP_HEADER;
}

void tapfile_write(struct tapfile *t, const l2tpsec_tap *m)
{
    uint8_t head[IPV6_HEADER + UDP_HEADER];
    size_t len = m->len > MOST ? MOST : (size_t)m->len;
    struct timespec now;

    if (!t->f)
        return;
    size_t n = make_headers(head, m, len);
    clock_gettime(CLOCK_REALTIME, &now);
    const uint32_t frame[] = {(uint32_t)now.tv_sec, (uint32_t)(now.tv_nsec / 1000), (uint32_t)(n + len),
                              (uint32_t)(n + len)};
    flockfile(t->f);
    if (fwrite(frame, sizeof frame, 1, t->f) == 1 && fwrite(head, n, 1, t->f) == 1)
        fwrite(m->data, len, 1, t->f);
    fflush(t->f);
    funlockfile(t->f);
}
