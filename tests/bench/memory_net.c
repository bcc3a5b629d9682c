/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "bench/memory_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER 32u /* clients that dial at a time */
#define SECOND UINT64_C(1000000)

struct flight {
    struct flight *next;
    struct memory_end *to;
    l2tpsec_packet p;
    uint8_t bytes[];
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s\n", what);
    abort();
}

static void put_flight(struct memory_end *e, const l2tpsec_packet *p)
{
    struct flight *f = calloc(1, sizeof *f + p->len);

    must(f != NULL, "no memory");
    memcpy(f->bytes, p->data, p->len);
    f->to = e->other;
    f->p = (l2tpsec_packet){
        .data = f->bytes, .len = p->len, .transport = p->transport, .local = p->remote, .remote = p->local};
    *e->net->last = f;
    e->net->last = &f->next;
}

static void on_send(void *user, const l2tpsec_packet *p, size_t n)
{
    struct memory_end *e = user;

    for (size_t i = 0; i < n; i++) {
        if (!e->net->catching)
            put_flight(e, &p[i]);
        else if (e->n_caught < NET_CAUGHT)
            e->caught[e->n_caught++] = p[i];
    }
}

static void on_deliver(void *user, const l2tpsec_packet *p, size_t n)
{
    struct memory_end *e = user;

    (void)p;
    e->delivered += n;
}

static void on_event(void *user, const l2tpsec_event *ev)
{
    struct memory_end *e = user;
    bool client = e == &e->net->client;

    if (ev->type == L2TPSEC_EVENT_FAILED || ev->type == L2TPSEC_EVENT_REFUSED)
        must(false, ev->text);
    if (ev->type != L2TPSEC_EVENT_UP || e->n_up == e->n_max)
        return;
    memcpy(e->inner[e->n_up], client ? ev->address.ip : ev->peer_address.ip, 4);
    e->link[e->n_up++] = ev->link;
}

static int32_t on_random(void *user, uint8_t *buf, size_t n)
{
    static uint64_t seed = 1; /* the same links in every run */

    (void)user;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        buf[i] = (uint8_t)(seed >> 56);
    }
    return L2TPSEC_OK;
}

static int32_t on_secret(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len)
{
    (void)user, (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    memcpy(secret, "wonderland", *len = 10);
    return L2TPSEC_OK;
}

static void set(l2tpsec_profile *p, const char *setting)
{
    char name[64];
    const char *value = strchr(setting, '=');

    must(value && (size_t)(value - setting) < sizeof name, setting);
    memcpy(name, setting, (size_t)(value - setting));
    name[value - setting] = 0;
    must(l2tpsec_profile_set_str(p, name, value + 1) == L2TPSEC_OK, setting);
}

static l2tpsec_profile *begin(struct memory_end *e, struct memory_end *other, struct memory_net *n, unsigned links,
                              uint32_t engine, const char *const *settings)
{
    const l2tpsec_callbacks cb = {.size = sizeof cb,
                                  .send = on_send,
                                  .deliver = on_deliver,
                                  .event = on_event,
                                  .secret = on_secret,
                                  .random = on_random,
                                  .engine = engine};
    l2tpsec_profile *p = NULL;

    *e = (struct memory_end){.net = n, .other = other, .n_max = links};
    e->link = calloc(links, sizeof *e->link);
    e->inner = calloc(links, sizeof *e->inner);
    must(e->link && e->inner && l2tpsec_new(&e->ctx, &cb, e, n->now) == L2TPSEC_OK &&
             l2tpsec_profile_new(e->ctx, &p) == L2TPSEC_OK,
         "no context");
    set(p, "ike.psk=a key for both");
    set(p, "ike.proposals=aes256-sha256-x25519");
    set(p, "ppp.mtu=1500");
    set(p, "ppp.mru=1500");
    for (; *settings; settings++)
        set(p, *settings);
    return p;
}

void memory_net_run(struct memory_net *n, uint64_t us)
{
    uint64_t end = n->now + us;

    while (n->now < end) {
        while (n->first) {
            struct flight *f = n->first;
            n->first = f->next;
            if (!n->first)
                n->last = &n->first;
            (void)l2tpsec_input(f->to->ctx, &f->p, 1, n->now);
            free(f);
        }
        uint64_t a = l2tpsec_next_timeout(n->client.ctx), b = l2tpsec_next_timeout(n->server.ctx);
        uint64_t next = a < b ? a : b;
        n->now = next < end ? (next > n->now ? next : n->now + 1) : end;
        (void)l2tpsec_tick(n->client.ctx, n->now);
        (void)l2tpsec_tick(n->server.ctx, n->now);
    }
}

void memory_net_up(struct memory_net *n, unsigned links, uint32_t engine, const char *const *settings)
{
    const l2tpsec_addr to = {.family = 4, .ip = {192, 0, 2, 1}};

    memset(n, 0, sizeof *n);
    n->now = SECOND;
    n->last = &n->first;
    l2tpsec_profile *client = begin(&n->client, &n->server, n, links, engine, settings);
    l2tpsec_profile *server = begin(&n->server, &n->client, n, links, engine, settings);
    set(client, "ppp.user=alice");
    set(client, "ppp.password=wonderland");
    set(server, "server.address=10.0.0.1");
    set(server, "server.pool=10.0.0.0/8");
    must(l2tpsec_listen(n->server.ctx, server, n->now) == L2TPSEC_OK, "no server");
    for (unsigned i = 0; i < links; i++) {
        const l2tpsec_addr from = {.family = 4, .ip = {172, (uint8_t)(16 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i}};
        l2tpsec_id id;
        must(l2tpsec_connect(n->client.ctx, client, &from, &to, n->now, &id) == L2TPSEC_OK, "no connect");
        if (i % TOGETHER == TOGETHER - 1)
            memory_net_run(n, SECOND / 4);
    }
    memory_net_run(n, 5 * SECOND);
    must(n->client.n_up == links && n->server.n_up == links, "not all links came up");
}

static void end(struct memory_end *e)
{
    l2tpsec_free(e->ctx);
    free(e->link);
    free(e->inner);
}

void memory_net_down(struct memory_net *n)
{
    end(&n->client);
    end(&n->server);
    while (n->first) {
        struct flight *f = n->first;
        n->first = f->next;
        free(f);
    }
}
