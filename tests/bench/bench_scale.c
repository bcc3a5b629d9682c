/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One context with a hundred thousand links: what a packet, a tick, a connect and the end of all cost, beside the same with one link
 * and with a thousand. Each link has a user of its own. After the connects that are timed, a stand-in takes the place of
 * Diffie-Hellman, or the bench would measure little else.
 *
 *   bench_scale [--quick]
 */
#include "base/errors.h"
#include "bench/bench.h"
#include "bench/links.h"
#include "core/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKET 64u /* bytes inside */
#define ROOM 512u
#define PLACE 128u /* of a packet in its room */
#define STRIDE 7919u

/* ---- a stand-in for Diffie-Hellman ---- */

struct l2s_dh {
    uint8_t value[L2S_DH_MAX];
    size_t n;
};

static int cheap_new(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                     size_t *len)
{
    struct l2s_dh *dh = calloc(1, sizeof *dh);

    if (!dh)
        return L2TPSEC_ENOMEM;
    *len = dh->n = l2s_group_len(id);
    if (dh->n > cap || l2s_random(c->sys, dh->value, dh->n) != 0)
        abort();
    memcpy(pub, dh->value, dh->n);
    *out = dh;
    return L2TPSEC_OK;
}

/* The same from both sides, and no secret. */
static int cheap_agree(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap,
                       size_t *len)
{
    if (peer_len != dh->n || peer_len > cap)
        return L2TPSEC_EPROTO;
    for (size_t i = 0; i < peer_len; i++)
        secret[i] = dh->value[i] ^ peer[i];
    *len = peer_len;
    return L2TPSEC_OK;
}

static void cheap_free(struct l2s_dh *dh)
{
    free(dh);
}

static struct l2s_crypto_ops cheap[2];

static void make_cheap(struct links *l)
{
    struct l2tpsec *c[] = {l->client.ctx, l->server.ctx};

    for (unsigned i = 0; i < 2; i++) {
        cheap[i] = *c[i]->crypto->ops;
        cheap[i].dh_new = cheap_new;
        cheap[i].dh_agree = cheap_agree;
        cheap[i].dh_free = cheap_free;
        c[i]->crypto->ops = &cheap[i];
    }
}

/* ---- packets ---- */

/* Bursts whose packets belong to all different links, as far as there are so many. */
struct load {
    struct links *l;
    struct links_end *from, *to;
    size_t burst, next;
    bool anew; /* something else happened since the last burst, so that nothing is known of the links */
    l2tpsec_packet out[LINKS_KEPT], in[LINKS_KEPT];
    uint8_t bytes[LINKS_KEPT][ROOM];
};

static void fill(struct load *o)
{
    static const uint8_t server[4] = {10, 0, 0, 1};
    struct links *l = o->l;

    o->from->n_kept = 0;
    for (size_t i = 0; i < o->burst; i++, o->next++) {
        l2tpsec_id id = l->client.link[o->next * STRIDE % l->n];
        const uint8_t *inner = l->client.inner[(uint32_t)id];
        bool up = o->from == &l->client;
        uint8_t *p = o->bytes[i] + PLACE;
        memset(p, 0, PACKET);
        p[0] = 0x45;
        p[3] = PACKET;
        p[8] = 64;
        p[9] = 17;
        memcpy(p + 12, up ? inner : server, 4);
        memcpy(p + 16, up ? server : inner, 4);
        o->out[i] = (l2tpsec_packet){
            .data = p, .len = PACKET, .headroom = PLACE, .tailroom = ROOM - PLACE - PACKET, .link = up ? id : 0};
    }
    o->from->ctx->epoch += o->anew;
    o->to->ctx->epoch += o->anew;
}

static void seal(void *arg)
{
    struct load *o = arg;

    (void)l2tpsec_output(o->from->ctx, o->out, o->burst, o->l->now);
}

static void prepare_seal(void *arg)
{
    fill(arg);
}

static void prepare_open(void *arg)
{
    struct load *o = arg;

    fill(o);
    seal(o);
    if (o->from->n_kept != o->burst)
        abort();
    for (size_t i = 0; i < o->burst; i++) {
        const l2tpsec_packet *p = &o->from->kept[i];
        o->in[i] = (l2tpsec_packet){
            .data = p->data, .len = p->len, .local = p->remote, .remote = p->local, .transport = p->transport};
    }
    o->to->delivered = 0;
}

static void unseal(void *arg)
{
    struct load *o = arg;

    (void)l2tpsec_input(o->to->ctx, o->in, o->burst, o->l->now);
    if (o->to->delivered != o->burst)
        abort();
}

static void packets(const struct bench_options *o, struct links *l)
{
    static struct load loads[8];
    struct bench_side sides[8];
    static const size_t bursts[] = {32, 256};
    size_t n = 0;

    l->keep = true;
    for (unsigned i = 0; i < 8; i++) {
        struct load *at = &loads[i];
        at->l = l;
        at->from = i & 1 ? &l->client : &l->server; /* the server seals, or opens what the client sealed */
        at->to = i & 1 ? &l->server : &l->client;
        at->burst = bursts[i >> 1 & 1];
        at->anew = i >> 2 & 1;
        sides[n++] = (struct bench_side){i & 1 ? prepare_open : prepare_seal, i & 1 ? unseal : seal, at, at->burst, 0};
    }
    bench_compare(o, sides, n);
    l->keep = false;
    (void)printf("%7zu links, ns a packet: seal %6.0f %6.0f  open %6.0f %6.0f   looked up anew: seal %6.0f %6.0f  open "
                 "%6.0f %6.0f   (bursts of 32, 256)\n",
                 l->n, sides[0].ns, sides[2].ns, sides[1].ns, sides[3].ns, sides[4].ns, sides[6].ns, sides[5].ns,
                 sides[7].ns);
    (void)fflush(stdout);
}

/* ---- the rest ---- */

static void memory(struct links *l, const uint64_t before[2], size_t links)
{
    (void)printf("%7zu links, bytes of one: server %.0f, client %.0f\n", l->n,
                 (double)(links_stats(&l->server).memory - before[1]) / (double)links,
                 (double)(links_stats(&l->client).memory - before[0]) / (double)links);
}

/* Both halves of an exchange: what is in a connect twice, once at each end. */
static double dh_ns(struct l2tpsec *c, unsigned times)
{
    uint8_t pub[2][L2S_DH_MAX], secret[L2S_DH_MAX];
    const struct l2s_crypto_ops *ops = c->crypto->ops;
    double from = links_processor_ns();

    for (unsigned i = 0; i < times; i++) {
        struct l2s_dh *dh;
        size_t n, len;
        if (ops->dh_new(c->crypto, L2S_X25519, &dh, pub[i % 2], sizeof pub[0], &n) != L2TPSEC_OK ||
            ops->dh_agree(dh, i ? pub[(i + 1) % 2] : pub[0], n, secret, sizeof secret, &len) != L2TPSEC_OK)
            abort();
        ops->dh_free(dh);
    }
    return (links_processor_ns() - from) / times;
}

static void connects(struct links *l, size_t n, const char *what, double dh)
{
    links_reset(l);
    links_connect(l, n);
    double server = l->server.busy_ns / (double)n, client = l->client.busy_ns / (double)n;
    (void)printf("connects, %s: server %.0f us each, %.0f a second, client %.0f us each", what, server / 1e3,
                 1e9 / server, client / 1e3);
    if (dh > 0)
        (void)printf("; Diffie-Hellman alone %.0f us, %.0f a second", dh / 1e3, 1e9 / dh);
    (void)printf("\n  longest call: server %.2f ms, client %.2f ms; longest tick: %.2f and %.2f ms\n",
                 l->server.longest_ns / 1e6, l->client.longest_ns / 1e6, l->server.longest_tick_ns / 1e6,
                 l->client.longest_tick_ns / 1e6);
    (void)fflush(stdout);
}

static void idle(struct links *l, uint64_t us)
{
    unsigned times = 1000000;
    uint64_t sum = 0;

    links_reset(l);
    links_pass(l, us);
    (void)printf("%7zu links idle for %.0f s: server %lu ticks of %.1f us, longest %.2f ms; %.2f %% of a core\n", l->n,
                 (double)us / 1e6, l->server.ticks, l->server.busy_ns / 1e3 / (double)l->server.ticks,
                 l->server.longest_tick_ns / 1e6, l->server.busy_ns / (double)us / 10);
    double from = links_processor_ns();
    for (unsigned i = 0; i < times; i++)
        sum += l2tpsec_next_timeout(l->server.ctx) & 1;
    (void)printf("%7zu links, next_timeout: %.1f ns%s\n", l->n, (links_processor_ns() - from) / times,
                 sum > times ? "!" : "");
    double nothing = links_processor_ns();
    for (unsigned i = 0; i < times; i++)
        (void)l2tpsec_tick(l->server.ctx, l->now);
    (void)printf("%7zu links, tick with nothing due: %.1f ns\n", l->n, (links_processor_ns() - nothing) / times);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct bench_options o = bench_options(argc, argv);
    bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    size_t most = quick ? 5000 : 100000, real = quick ? 64 : 512;
    static struct links l;
    uint64_t before[2];

    links_init(&l, most, L2TPSEC_ENGINE_AUTO, "aes256-sha256-x25519", "aes256gcm16", NULL);
    l.users = true;
    links_connect(&l, 1);
    links_pass(&l, 20 * LINKS_SECOND);
    packets(&o, &l);
    connects(&l, real, "x25519", dh_ns(l.server.ctx, (unsigned)real));
    make_cheap(&l);
    connects(&l, 1000 - l.n, "no Diffie-Hellman", 0);
    links_pass(&l, 20 * LINKS_SECOND);
    packets(&o, &l);
    idle(&l, 60 * LINKS_SECOND);
    before[0] = links_stats(&l.client).memory;
    before[1] = links_stats(&l.server).memory;
    connects(&l, most - l.n, "no Diffie-Hellman", 0);
    links_pass(&l, 60 * LINKS_SECOND);
    memory(&l, before, most - 1000);
    packets(&o, &l);
    idle(&l, 60 * LINKS_SECOND);

    links_reset(&l);
    links_close(&l);
    (void)printf(
        "%7zu links closed: server %.1f us each, client %.1f us each; longest call: server %.1f ms, client %.1f "
        "ms (the one that closes them all)\n",
        most, l.server.busy_ns / 1e3 / (double)most, l.client.busy_ns / 1e3 / (double)most, l.server.longest_ns / 1e6,
        l.client.longest_ns / 1e6);
    l.n = 0;
    links_connect(&l, most);
    double from = links_processor_ns();
    l2tpsec_free(l.server.ctx);
    (void)printf("%7zu links freed: %.1f us each\n", most, (links_processor_ns() - from) / 1e3 / (double)most);
    l.server.ctx = NULL;
    links_fini(&l);
    return 0;
}
