/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What an attacker's packet costs, with real cryptography, and what that leaves of a core for everybody else:
 *
 *     forged   ESP packets that name an SA, and fit but for the ICV; beside the same ones unforged. And what they leave of a core when
 *              the SA has neighbours
 *     first    spoofed first messages of main mode: no two cookies and no two addresses are alike
 *     unknown  ESP for no SA; and L2TP in the clear
 *
 *     bench_attack [--quick]
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "bench/bench.h"
#include "bench/memory_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N 256u
#define ROOM 2048u
#define AROUND 128u
#define LINKS 8u
#define FORGED_A_SLICE 5120u /* 500 000 a second, and some */
#define SLICE 10000u         /* microseconds */
#define SLICES 10u

struct attack {
    struct memory_net net;
    size_t size;
    uint32_t step; /* of what varies */
    l2tpsec_packet in[N];
    uint8_t bytes[N][ROOM];
};

static void make_packets(struct attack *a)
{
    struct memory_end *from = &a->net.client;

    for (unsigned i = 0; i < N; i++) {
        uint8_t *ip = a->bytes[i] + AROUND;
        memset(ip, 0, 28);
        ip[0] = 0x45;
        ip[2] = (uint8_t)(a->size >> 8);
        ip[3] = (uint8_t)a->size;
        ip[8] = 64;
        ip[9] = 17;
        memcpy(ip + 12, from->inner[0], 4);
        memcpy(ip + 16, "\x0a\x00\x00\x01", 4);
        a->in[i] = (l2tpsec_packet){.data = ip,
                                    .len = a->size,
                                    .headroom = L2TPSEC_HEADROOM,
                                    .tailroom = L2TPSEC_TAILROOM,
                                    .link = from->link[0]};
    }
    from->n_caught = 0;
    (void)l2tpsec_output(a->net.client.ctx, a->in, N, a->net.now);
    if (from->n_caught != N)
        abort();
}

static void make_datagrams(void *arg)
{
    struct attack *a = arg;
    const struct memory_end *from = &a->net.client;

    make_packets(a);
    for (unsigned i = 0; i < N; i++) {
        const l2tpsec_packet *c = &from->caught[i];
        a->in[i] = (l2tpsec_packet){
            .data = c->data, .len = c->len, .transport = c->transport, .local = c->remote, .remote = c->local};
    }
}

static void make_forgeries(void *arg)
{
    struct attack *a = arg;

    make_datagrams(a);
    for (unsigned i = 0; i < N; i++)
        a->in[i].data[a->in[i].len - 1] ^= 1;
}

static void make_strangers(void *arg)
{
    struct attack *a = arg;

    make_datagrams(a);
    for (unsigned i = 0; i < N; i++)
        a->in[i].data[1] ^= 0x55;
}

static void make_cleartext(void *arg)
{
    struct attack *a = arg;

    make_datagrams(a);
    for (unsigned i = 0; i < N; i++) {
        a->in[i].transport = L2TPSEC_TRANSPORT_UDP;
        a->in[i].local.port = 1701;
    }
}

static void vary(uint8_t *p, size_t n, uint64_t by)
{
    for (size_t i = 0; i < n; i++, by >>= 8)
        p[i] = (uint8_t)by;
}

/* One message 1 as a client of ours says it, and many like it. */
static void make_firsts(void *arg)
{
    struct attack *a = arg;

    for (unsigned i = 0; i < N; i++) {
        uint64_t chance = (++a->step) * UINT64_C(0x9e3779b97f4a7c15);
        vary(a->in[i].data, 8, (chance ^ chance >> 32) | 1);
        vary(a->in[i].remote.ip, 4, chance >> 16);
    }
}

static void catch_first(struct attack *a)
{
    const l2tpsec_addr from = {.family = 4, .ip = {172, 20, 1, 1}}, to = {.family = 4, .ip = {192, 0, 2, 1}};
    l2tpsec_profile *p = NULL;
    l2tpsec_id id;

    if (l2tpsec_profile_new(a->net.client.ctx, &p) != L2TPSEC_OK ||
        l2tpsec_profile_set_str(p, "ike.psk", "a key for both") != L2TPSEC_OK ||
        l2tpsec_profile_set_str(p, "ike.proposals", "aes256-sha256-x25519") != L2TPSEC_OK ||
        l2tpsec_profile_set_str(p, "ppp.user", "alice") != L2TPSEC_OK)
        abort();
    a->net.client.n_caught = 0;
    if (l2tpsec_connect(a->net.client.ctx, p, &from, &to, a->net.now, &id) != L2TPSEC_OK || !a->net.client.n_caught)
        abort();
    const l2tpsec_packet *c = &a->net.client.caught[0];
    for (unsigned i = 0; i < N; i++) {
        memcpy(a->bytes[i], c->data, c->len);
        a->in[i] = (l2tpsec_packet){
            .data = a->bytes[i], .len = c->len, .transport = c->transport, .local = c->remote, .remote = c->local};
    }
    l2tpsec_profile_free(p);
}

static void input(void *arg)
{
    struct attack *a = arg;

    a->net.server.n_caught = 0;
    for (unsigned at = 0; at < N; at += 32)
        (void)l2tpsec_input(a->net.server.ctx, a->in + at, 32, a->net.now);
}

/* Of this thread: what others do on this machine does not count. */
static double processor_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What a flood of forgeries for one SA leaves of a core, in per cent. */
static double left(struct attack *a)
{
    double ns = 0;

    for (unsigned slice = 0; slice < SLICES; slice++) {
        a->net.now += SLICE;
        for (unsigned n = 0; n < FORGED_A_SLICE; n += N) {
            make_forgeries(a);
            double from = processor_ns();
            input(a);
            ns += processor_ns() - from;
        }
    }
    return 100 - ns / (SLICES * SLICE * 1e3) * 100;
}

static void esp(const struct bench_options *o, struct attack *a, const char *engine, const char *suite)
{
    static const size_t sizes[] = {64, 1408};

    for (unsigned i = 0; i < 2; i++) {
        a->size = sizes[i];
        struct bench_side sides[] = {{make_datagrams, input, a, N, 0},
                                     {make_forgeries, input, a, N, 0},
                                     {make_strangers, input, a, N, 0},
                                     {make_cleartext, input, a, N, 0}};
        bench_compare(o, sides, 4);
        (void)printf("%-8s %-14s %5zu %9.0f %9.0f %9.0f %9.0f\n", engine, suite, a->size, sides[0].ns, sides[1].ns,
                     sides[2].ns, sides[3].ns);
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static const char *const suites[] = {"aes256gcm16", "aes256-sha1", "aes256-sha256"};
    static const uint32_t engines[] = {L2TPSEC_ENGINE_AUTO, L2TPSEC_ENGINE_PORTABLE};
    static struct attack a;
    struct bench_options o = bench_options(argc, argv);

    (void)printf("%-8s %-14s %5s %9s %9s %9s %9s\n", "engine", "suite", "bytes", "true ns", "forged ns", "unknown",
                 "clear");
    for (size_t i = 0; i < 6; i++) {
        char setting[64];
        const char *settings[] = {setting, NULL};
        (void)snprintf(setting, sizeof setting, "esp.proposals=%s", suites[i % 3]);
        memory_net_up(&a.net, 1, engines[i / 3], settings);
        a.net.catching = true;
        esp(&o, &a, l2tpsec_engine_name(a.net.server.ctx), suites[i % 3]);
        memory_net_down(&a.net);
        memory_net_up(&a.net, LINKS, engines[i / 3], settings);
        a.net.catching = true;
        a.size = 64;
        double small = left(&a);
        a.size = 1408;
        (void)printf("%-8s %-14s left of a core at 500 000 forged packets a second, small: %.1f %%, large: %.1f %%\n",
                     l2tpsec_engine_name(a.net.server.ctx), suites[i % 3], small, left(&a));
        if (i == 5) {
            catch_first(&a);
            struct bench_side side = {make_firsts, input, &a, N, 0};
            bench_compare(&o, &side, 1);
            (void)printf("first message: %.0f ns, %.0f of them a second\n", side.ns, 1e9 / side.ns);
        }
        memory_net_down(&a.net);
    }
    return 0;
}
