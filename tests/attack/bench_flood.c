/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* test_flood in real time, with the real cryptography: a hundred clients connect over two seconds, alone, and then while one core does
 * nothing but take first messages of strangers, as many as it can. Clients and server are one thread, so that what the clients
 * compute counts, too; a round trip is 20 ms.
 *
 *     bench_flood [--quick]
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "attack/crowd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CLIENTS 100u
#define BUFFER 512u /* what a socket holds: so many are ahead of a datagram */

static struct crowd c;
static struct crowd_flood flood;

static uint64_t now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* Returns how many strangers were answered a second. */
static double run(unsigned clients, bool flooded, bool differ)
{
    uint64_t began = now_us(), base = c.now, sent = flood.sent, end = 20000u * clients + 5000000u;

    for (uint64_t at = 0; at < end; at = now_us() - began) {
        c.now = base + at;
        if (c.n < clients && at >= 20000u * c.n)
            crowd_dial(&c);
        if (flooded)
            crowd_flood(&c, &flood, differ, BUFFER);
        c.now = base + (now_us() - began);
        crowd_run(&c, 0);
    }
    return (double)(flood.sent - sent) * 1e6 / (double)end;
}

int main(int argc, char **argv)
{
    unsigned clients = argc > 1 && strcmp(argv[1], "--quick") == 0 ? 20 : CLIENTS;
    uint64_t alone = 0;

    crowd_init(&c, NULL);
    crowd_learn(&c, &flood);
    for (unsigned i = 0; i < 3; i++) {
        double rate = run(clients, i > 0, i > 1);
        unsigned up = 0;
        for (unsigned k = 0; k < c.n; k++)
            up += c.took[k] != 0;
        uint64_t took = crowd_took(&c, 0, 99);
        alone = i ? alone : took;
        (void)printf("%-34s %8.0f a second; %3u of %3u clients up, 99 %% within %6.1f ms, %.2f times as long\n",
                     i == 0   ? "no flood"
                     : i == 1 ? "first messages"
                              : "first messages that all differ",
                     rate, up, c.n, (double)took / 1e3, (double)took / (double)alone);
        crowd_hang_up(&c);
    }
    crowd_fini(&c);
    return 0;
}
