/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The data path in memory, from the public interface to the cipher and back, beside the crypto libraries called directly with the
 * same ESP packets in the same run. Packets go from client to server; size is that of the IP packet inside.
 *
 *   bench_path [--quick] [SUITE]
 */
#include "base/errors.h"
#include "bench/bench.h"
#include "bench/memory_net.h"
#include "bench/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AROUND 128u /* bytes in front of a packet; the library asks for L2TPSEC_HEADROOM */

static const struct suite {
    const char *name;
    struct l2s_esp_suite suite;
} suites[] = {
    {"aes256gcm16", {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32}},
    {"aes256-sha1", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32}},
    {"aes256-sha256", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 32}},
};

struct path {
    struct memory_net net;
    unsigned links, next; /* each packet is of the next link */
    size_t size, n, burst;
    l2tpsec_packet in[POOL_MAX];
    uint8_t bytes[POOL_MAX][POOL_PACKET];
};

static void fail(const char *what, uint32_t drop)
{
    (void)fprintf(stderr, "%s: %s\n", what, l2tpsec_drop_name(drop));
    exit(1);
}

/* Fresh IP packets: sealing has overwritten the last ones. */
static void make_packets(void *arg)
{
    struct path *p = arg;
    struct memory_end *from = &p->net.client;

    for (size_t i = 0; i < p->n; i++) {
        uint8_t *ip = p->bytes[i] + AROUND;
        unsigned k = p->next++ % p->links;
        memset(ip, 0, 28);
        ip[0] = 0x45;
        ip[2] = (uint8_t)(p->size >> 8);
        ip[3] = (uint8_t)p->size;
        ip[8] = 64;
        ip[9] = 17;
        memcpy(ip + 12, from->inner[k], 4);
        memcpy(ip + 16, "\x0a\x00\x00\x01", 4);
        p->in[i] = (l2tpsec_packet){.data = ip,
                                    .len = p->size,
                                    .headroom = L2TPSEC_HEADROOM,
                                    .tailroom = L2TPSEC_TAILROOM,
                                    .link = from->link[k]};
    }
    from->n_caught = 0;
}

static void seal(void *arg)
{
    struct path *p = arg;

    for (size_t at = 0; at < p->n; at += p->burst)
        (void)l2tpsec_output(p->net.client.ctx, p->in + at, p->burst, p->net.now);
}

/* Fresh datagrams: the ones before are old for ever. */
static void make_datagrams(void *arg)
{
    struct path *p = arg;
    const struct memory_end *from = &p->net.client;

    make_packets(p);
    seal(p);
    if (from->n_caught != p->n)
        fail("not all were sealed", p->in[0].drop);
    for (size_t i = 0; i < p->n; i++) {
        const l2tpsec_packet *c = &from->caught[i];
        p->in[i] = (l2tpsec_packet){
            .data = c->data, .len = c->len, .transport = c->transport, .local = c->remote, .remote = c->local};
    }
    p->net.server.delivered = 0;
}

static void open(void *arg)
{
    struct path *p = arg;

    for (size_t at = 0; at < p->n; at += p->burst)
        (void)l2tpsec_input(p->net.server.ctx, p->in + at, p->burst, p->net.now);
}

/* Bytes between IV and ICV of the packets under way. */
static size_t text_of(struct path *p, const struct l2s_esp_suite *s)
{
    make_datagrams(p);
    return p->in[0].len - 8 - l2s_esp_iv_len(s) - l2s_esp_icv_len(s);
}

/* The first packet of each link finds its way, which is no longer so when many follow. */
static void warm_up(struct path *p)
{
    p->size = 64;
    p->burst = p->n = POOL_MAX;
    for (unsigned i = 0; i < 2 * p->links; i += POOL_MAX) {
        make_datagrams(p);
        open(p);
    }
}

static void line(const struct bench_options *o, const struct suite *what, struct path *p, struct pool *pool,
                 struct raw *raw, bool ipsecmb, bool sealing)
{
    struct bench_side sides[RAW_WAYS + 1];
    size_t n = 0, best = 1;

    sides[n++] = (struct bench_side){sealing ? make_packets : make_datagrams, sealing ? seal : open, p, p->n, 0};
    if (!ipsecmb)
        sides[n++] = (struct bench_side){raw_refresh, raw_mbedtls_run, raw_mbedtls(raw, pool, sealing), pool->n, 0};
    for (unsigned way = 0; ipsecmb && way < RAW_WAYS; way++) {
        void *arg = raw_ipsecmb(raw, pool, sealing, way);
        if (arg)
            sides[n++] = (struct bench_side){raw_refresh, raw_ipsecmb_run, arg, pool->n, 0};
    }
    bench_compare(o, sides, n);
    if (!sealing && p->net.server.delivered < p->n)
        fail("not all were opened", p->in[0].drop);
    for (size_t i = best; i < n; i++)
        best = sides[i].ns < sides[best].ns ? i : best;
    (void)printf("%-8s %-14s %-4s %5zu %5zu %6u %9.1f %7.2f %9.1f %7.2f %6.2f\n", ipsecmb ? "ipsecmb" : "mbedtls",
                 what->name, sealing ? "seal" : "open", p->size, p->burst, p->links, sides[best].ns,
                 bench_gbit(sides[best].ns, p->size), sides[0].ns, bench_gbit(sides[0].ns, p->size),
                 sides[best].ns / sides[0].ns);
    (void)fflush(stdout);
}

static void measure(const struct bench_options *o, const struct suite *what, unsigned links, bool ipsecmb,
                    struct path *p, struct pool *pool)
{
    static const size_t sizes[] = {64, 576, 1408}, bursts[] = {1, 8, 32, 256};
    static const uint8_t enc[L2S_ESP_KEY_MAX] = {1, 2, 3}, auth[L2S_ESP_AUTH_KEY_MAX] = {4, 5, 6};
    char esp[64];
    const char *settings[] = {esp, NULL};

    (void)snprintf(esp, sizeof esp, "esp.proposals=%s", what->name);
    p->links = links;
    memory_net_up(&p->net, links, ipsecmb ? L2TPSEC_ENGINE_IPSECMB : L2TPSEC_ENGINE_PORTABLE, settings);
    p->net.catching = true;
    struct raw *raw = raw_new(&what->suite, enc, auth, ipsecmb);
    warm_up(p);
    for (size_t k = 0; k < L2S_COUNT_OF(sizes) * L2S_COUNT_OF(bursts); k++) {
        p->size = sizes[k / L2S_COUNT_OF(bursts)];
        p->burst = bursts[k % L2S_COUNT_OF(bursts)];
        if (links > 1 && p->burst < 32)
            continue;
        pool_init(pool, &what->suite, 16, p->burst); /* for its number of packets */
        p->n = pool->n;
        pool_init(pool, &what->suite, text_of(p, &what->suite), p->burst);
        line(o, what, p, pool, raw, ipsecmb, true);
        line(o, what, p, pool, raw, ipsecmb, false);
    }
    raw_free(raw);
    memory_net_down(&p->net);
}

static bool has_ipsecmb(void)
{
    struct memory_net n;
    const char *const none[] = {NULL};

    memory_net_up(&n, 1, L2TPSEC_ENGINE_AUTO, none);
    bool has = strcmp(l2tpsec_engine_name(n.client.ctx), "ipsecmb") == 0;
    memory_net_down(&n);
    return has;
}

int main(int argc, char **argv)
{
    static const unsigned links[] = {1, 1000};
    static struct path path;
    static struct pool pool;
    struct bench_options o = bench_options(argc, argv);
    bool ipsecmb = has_ipsecmb();

    (void)printf("%-8s %-14s %-4s %5s %5s %6s %9s %7s %9s %7s %6s\n", "engine", "suite", "", "bytes", "burst", "links",
                 "raw ns", "Gbit/s", "path ns", "Gbit/s", "ratio");
    for (size_t i = 0; i < L2S_COUNT_OF(suites); i++) {
        if (argc > 1 && argv[argc - 1][0] != '-' && strcmp(suites[i].name, argv[argc - 1]) != 0)
            continue;
        for (size_t k = 0; k < L2S_COUNT_OF(links); k++) {
            if (ipsecmb)
                measure(&o, &suites[i], links[k], true, &path, &pool);
            measure(&o, &suites[i], links[k], false, &path, &pool);
        }
    }
    return 0;
}
