/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is counted by tests/bench/instructions: packets through the data path, in calls that callgrind is told to look at. */
#include "bench/memory_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST 32u
#define TIMES 64u
#define SIZE 576u
#define AROUND 128u

static uint8_t bytes[BURST][AROUND + SIZE + L2TPSEC_TAILROOM];
static l2tpsec_packet pkts[BURST];

void count_seal(struct memory_net *n);
void count_open(struct memory_net *n);

__attribute__((noinline)) void count_seal(struct memory_net *n)
{
    (void)l2tpsec_output(n->client.ctx, pkts, BURST, n->now);
}

__attribute__((noinline)) void count_open(struct memory_net *n)
{
    (void)l2tpsec_input(n->server.ctx, pkts, BURST, n->now);
}

static void make_packets(const struct memory_net *n)
{
    for (unsigned i = 0; i < BURST; i++) {
        uint8_t *ip = bytes[i] + AROUND;
        memset(ip, 0, 28);
        memcpy(ip, "\x45\x00\x02\x40\x00\x00\x00\x00\x40\x11", 10);
        memcpy(ip + 12, n->client.inner[0], 4);
        memcpy(ip + 16, "\x0a\x00\x00\x01", 4);
        pkts[i] = (l2tpsec_packet){.data = ip,
                                   .len = SIZE,
                                   .headroom = L2TPSEC_HEADROOM,
                                   .tailroom = L2TPSEC_TAILROOM,
                                   .link = n->client.link[0]};
    }
}

static void take_datagrams(struct memory_net *n)
{
    for (unsigned i = 0; i < BURST; i++) {
        const l2tpsec_packet *c = &n->client.caught[i];
        pkts[i] = (l2tpsec_packet){
            .data = c->data, .len = c->len, .transport = c->transport, .local = c->remote, .remote = c->local};
    }
    n->client.n_caught = 0;
}

int main(void)
{
    static struct memory_net net;
    const char *const settings[] = {"esp.proposals=aes256gcm16", NULL};

    memory_net_up(&net, 1, L2TPSEC_ENGINE_PORTABLE, settings);
    net.catching = true;
    for (unsigned i = 0; i < TIMES; i++) {
        make_packets(&net);
        count_seal(&net);
        take_datagrams(&net);
        count_open(&net);
    }
    (void)printf("%zu of %u packets\n", net.server.delivered, TIMES * BURST);
    size_t delivered = net.server.delivered;
    memory_net_down(&net);
    return delivered == TIMES * BURST ? 0 : 1;
}
