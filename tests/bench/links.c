/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "bench/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 32u /* dials under way */
#define DATAGRAM 2048u

/* A datagram on its way. */
struct flight {
    struct links_end *to;
    l2tpsec_packet p;
    uint8_t bytes[DATAGRAM];
};

static void check(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s\n", what);
    exit(1);
}

double links_processor_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void count_call(struct links_end *e, double *longest, double from)
{
    double took = links_processor_ns() - from;

    e->busy_ns += took;
    *longest = took > *longest ? took : *longest;
}

static void tick(struct links_end *e)
{
    double from = links_processor_ns();

    (void)l2tpsec_tick(e->ctx, e->all->now);
    count_call(e, &e->longest_tick_ns, from);
    e->ticks++;
}

static void keep(struct links_end *e, const l2tpsec_packet *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        e->kept[e->n_kept++ % LINKS_KEPT] = p[i];
}

static void on_send(void *user, const l2tpsec_packet *p, size_t n)
{
    struct links_end *e = user;
    struct links *l = e->all;

    if (l->keep) {
        keep(e, p, n);
        return;
    }
    if (l->n_flights + n > l->room) {
        l->room = 2 * (l->n_flights + n);
        l->flights = realloc(l->flights, l->room * sizeof *l->flights);
        check(l->flights, "no memory");
    }
    for (size_t i = 0; i < n; i++) {
        struct flight *f = &l->flights[l->n_flights++];
        check(p[i].len <= DATAGRAM, "a datagram is too long");
        memcpy(f->bytes, p[i].data, p[i].len);
        f->to = e->peer;
        f->p =
            (l2tpsec_packet){.len = p[i].len, .local = p[i].remote, .remote = p[i].local, .transport = p[i].transport};
    }
}

static void on_deliver(void *user, const l2tpsec_packet *p, size_t n)
{
    struct links_end *e = user;

    (void)p;
    e->delivered += n;
}

static void on_event(void *user, const l2tpsec_event *ev)
{
    struct links_end *e = user;
    uint32_t slot = (uint32_t)ev->link;

    check(ev->type != L2TPSEC_EVENT_FAILED, ev->text);
    if (ev->type == L2TPSEC_EVENT_UP && e == &e->all->client && slot <= e->all->max)
        memcpy(e->inner[slot], ev->address.ip, 4);
}

/* Cheap, and good enough for what is measured: xorshift64*. */
static int32_t on_random(void *user, uint8_t *buf, size_t n)
{
    static uint64_t x = UINT64_C(0x853c49e6748fea9b);

    (void)user;
    for (size_t i = 0; i < n; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        buf[i] = (uint8_t)((x * UINT64_C(0x2545f4914f6cdd1d)) >> 56);
    }
    return L2TPSEC_OK;
}

static int32_t on_secret(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len)
{
    static const char password[] = "wonderland";

    (void)user;
    if (q->kind != L2TPSEC_SECRET_PASSWORD || cap < sizeof password)
        return L2TPSEC_ENOENT;
    *len = sizeof password - 1;
    memcpy(secret, password, *len);
    return L2TPSEC_OK;
}

/* Blocks with their length in front. */
union block {
    size_t n;
    uint8_t pad[16];
};

static void *counting_alloc(void *user, size_t n)
{
    struct links_end *e = user;
    union block *b = malloc(sizeof *b + n);

    if (!b)
        return NULL;
    b->n = n;
    e->counts(e == &e->all->client, n, true);
    return b + 1;
}

static void counting_release(void *user, void *p)
{
    struct links_end *e = user;
    union block *b = (union block *)p - 1;

    e->counts(e == &e->all->client, b->n, false);
    free(b);
}

static void set(l2tpsec_profile *p, const char *name, const char *value)
{
    check(l2tpsec_profile_set_str(p, name, value) == L2TPSEC_OK, l2tpsec_profile_error(p));
}

static void init_end(struct links *l, struct links_end *e, struct links_end *peer, uint32_t engine,
                     void (*counts)(bool ours, size_t n, bool more))
{
    l2tpsec_callbacks cb = {.size = sizeof cb,
                            .send = on_send,
                            .deliver = on_deliver,
                            .event = on_event,
                            .random = on_random,
                            .secret = on_secret,
                            .engine = engine};

    e->all = l;
    e->peer = peer;
    e->counts = counts;
    if (counts) {
        cb.alloc = counting_alloc;
        cb.release = counting_release;
    }
    check(l2tpsec_new(&e->ctx, &cb, e, l->now) == L2TPSEC_OK, "no context");
    check(l2tpsec_profile_new(e->ctx, &e->profile) == L2TPSEC_OK, "no profile");
}

void links_init(struct links *l, size_t max, uint32_t engine, const char *ike, const char *esp,
                void (*counts)(bool ours, size_t n, bool more))
{
    struct links_end *ends[] = {&l->client, &l->server};

    memset(l, 0, sizeof *l);
    l->now = LINKS_SECOND;
    l->max = max;
    init_end(l, &l->client, &l->server, engine, counts);
    init_end(l, &l->server, &l->client, engine, counts);
    l->client.link = calloc(max, sizeof *l->client.link);
    l->client.inner = calloc(max + 1, sizeof *l->client.inner);
    check(l->client.link && l->client.inner, "no memory");
    for (unsigned i = 0; i < 2; i++) {
        set(ends[i]->profile, "ike.psk", "k");
        set(ends[i]->profile, "ike.proposals", ike);
        set(ends[i]->profile, "esp.proposals", esp);
    }
    set(l->client.profile, "ppp.user", "alice");
    set(l->client.profile, "ppp.password", "wonderland");
    set(l->server.profile, "server.pool", "10.0.0.0/8");
    set(l->server.profile, "server.address", "10.0.0.1");
    check(l2tpsec_listen(l->server.ctx, l->server.profile, l->now) == L2TPSEC_OK, "cannot listen");
}

void links_fini(struct links *l)
{
    l2tpsec_free(l->client.ctx);
    l2tpsec_free(l->server.ctx);
    free(l->client.link);
    free(l->client.inner);
    free(l->flights);
}

l2tpsec_stats links_stats(const struct links_end *e)
{
    l2tpsec_stats st = {.size = sizeof st};

    check(l2tpsec_get_stats(e->ctx, 0, &st) == L2TPSEC_OK, "no statistics");
    return st;
}

/* All that is on its way arrives, and what is answered, too. */
static void carry(struct links *l)
{
    struct flight *now;

    while (l->n_flights) {
        size_t n = l->n_flights;
        now = l->flights;
        l->flights = NULL;
        l->n_flights = l->room = 0;
        for (size_t i = 0; i < n; i++) {
            now[i].p.data = now[i].bytes;
            double from = links_processor_ns();
            (void)l2tpsec_input(now[i].to->ctx, &now[i].p, 1, l->now);
            count_call(now[i].to, &now[i].to->longest_ns, from);
        }
        free(now);
    }
}

void links_pass(struct links *l, uint64_t us)
{
    uint64_t end = l->now + us;

    carry(l);
    while (l->now < end) {
        uint64_t a = l2tpsec_next_timeout(l->client.ctx), b = l2tpsec_next_timeout(l->server.ctx);
        uint64_t due = a < b ? a : b;
        l->now = due <= l->now ? l->now + 1 : due < end ? due : end;
        if (a <= l->now)
            tick(&l->client);
        if (b <= l->now)
            tick(&l->server);
        carry(l);
    }
}

static void dial(struct links *l)
{
    static const l2tpsec_addr server = {.family = 4, .ip = {192, 0, 2, 1}};
    size_t i = l->n++;
    l2tpsec_addr local = {.family = 4, .ip = {172, (uint8_t)(16 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i}};
    char user[32];

    if (l->users) {
        (void)snprintf(user, sizeof user, "user%zu", i);
        set(l->client.profile, "ppp.user", user);
    }
    double from = links_processor_ns();
    check(l2tpsec_connect(l->client.ctx, l->client.profile, &local, &server, l->now, &l->client.link[i]) == L2TPSEC_OK,
          "cannot dial");
    count_call(&l->client, &l->client.longest_ns, from);
}

void links_connect(struct links *l, size_t n)
{
    size_t end = l->n + n;

    while (l->n < end) {
        for (unsigned i = 0; i < AT_ONCE && l->n < end; i++)
            dial(l);
        for (unsigned tries = 0; links_stats(&l->client).links_up < l->n || links_stats(&l->server).links_up < l->n;
             tries++) {
            check(tries < 1000, "links do not come up");
            links_pass(l, LINKS_SECOND / 20);
        }
    }
}

void links_reset(struct links *l)
{
    struct links_end *ends[] = {&l->client, &l->server};

    for (unsigned i = 0; i < 2; i++) {
        ends[i]->busy_ns = ends[i]->longest_ns = ends[i]->longest_tick_ns = 0;
        ends[i]->ticks = 0;
    }
}

void links_close(struct links *l)
{
    double from = links_processor_ns();

    check(l2tpsec_close(l->client.ctx, 0, l->now) == L2TPSEC_OK, "cannot close");
    count_call(&l->client, &l->client.longest_ns, from);
    for (unsigned tries = 0; links_stats(&l->client).links || links_stats(&l->server).links; tries++) {
        check(tries < 1000, "links do not end");
        links_pass(l, LINKS_SECOND);
    }
}
