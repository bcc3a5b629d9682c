/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* UDP as fast as it goes, for end-to-end:
 *
 *     flood receive PORT                  counts until nothing has come for half a second; prints packets and seconds
 *     flood send ADDRESS PORT BYTES SECONDS
 *
 * iperf3 asks the kernel several times a packet, and measures itself. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BURST = 32, LARGEST = 2048, BUFFER = 8 << 20 };

static uint8_t data[BURST][LARGEST];
static struct iovec iov[BURST];
static struct mmsghdr msgs[BURST];

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void lay(size_t bytes)
{
    for (unsigned i = 0; i < BURST; i++) {
        iov[i] = (struct iovec){.iov_base = data[i], .iov_len = bytes};
        msgs[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    }
}

static int receive(int fd, const struct sockaddr_in *at)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int size = BUFFER;
    double first = 0, last = 0;
    uint64_t packets = 0;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(fd, (const struct sockaddr *)at, sizeof *at) != 0)
        return 1;
    lay(LARGEST);
    while (poll(&p, 1, packets ? 500 : 10000) > 0) {
        int n = recvmmsg(fd, msgs, BURST, MSG_DONTWAIT, NULL);
        last = now();
        if (!packets)
            first = last;
        packets += n > 0 ? (uint64_t)n : 0;
    }
    printf("%llu %.6f\n", (unsigned long long)packets, last - first);
    return 0;
}

static int send_for(int fd, const struct sockaddr_in *to, size_t bytes, double seconds)
{
    double end = now() + seconds;

    if (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0 || bytes > LARGEST)
        return 1;
    lay(bytes);
    while (now() < end)
        (void)sendmmsg(fd, msgs, BURST, 0);
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd >= 0 && argc == 3 && strcmp(argv[1], "receive") == 0) {
        sa.sin_port = htons((uint16_t)atoi(argv[2]));
        return receive(fd, &sa);
    }
    if (fd < 0 || argc != 6 || strcmp(argv[1], "send") != 0 || inet_pton(AF_INET, argv[2], &sa.sin_addr) != 1)
        return 2;
    sa.sin_port = htons((uint16_t)atoi(argv[3]));
    return send_for(fd, &sa, (size_t)atoi(argv[4]), atof(argv[5]));
}
