/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "sim/sim.h"

#include "sim/host.h"
#include "sim/invariants.h"
#include "sim/nat.h"
#include "sim/weather.h"

#include <stdlib.h>
#include <string.h>

#define LAST_WORDS (2 * MINUTE)
#define NO_FLOW 2u

uint64_t sim_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t sim_below(struct sim *s, uint64_t n)
{
    return sim_random(&s->random) % n;
}

bool sim_dice(struct sim *s, unsigned percent)
{
    return percent && sim_below(s, 100) < percent;
}

/* ---- accounts ---- */

static bool allowed(const struct client *c, uint64_t at)
{
    return c->h.ctx && !c->h.asleep && c->server->ctx && c->h.cut_until <= at && c->server->cut_until <= at;
}

void sim_account(struct client *c)
{
    uint64_t now = c->h.s->now, from = c->since > c->calm_from ? c->since : c->calm_from;
    bool up = client_up(c);

    if (allowed(c, c->since)) {
        c->total += now - c->since;
        c->total_up += up ? now - c->since : 0;
        if (from < now) {
            c->allowed += now - from;
            c->up += up ? now - from : 0;
        }
    }
    if (up)
        c->last_up = now;
    c->since = now;
}

void sim_disturb(struct client *c)
{
    sim_account(c);
    c->calm_from = c->h.s->now + GRACE;
    c->disturbed = true;
}

/* ---- the network ---- */

bool sim_allowed(const struct client *c)
{
    return allowed(c, c->h.s->now);
}

static void trace(struct sim *s, const uint8_t *p, size_t n)
{
    uint64_t first = 0, last = 0;

    for (size_t i = 0; i < n && i < 8; i++) {
        first = first << 8 | p[i];
        last = last << 8 | p[n - 1 - i];
    }
    uint64_t x = s->trace ^ s->now ^ (uint64_t)n << 48 ^ first;
    x = sim_random(&x) ^ last;
    s->trace = sim_random(&x);
}

/* A main mode begins: what it is to renew is counted, not its repetitions. */
static void count_phase1(struct client *c, const l2tpsec_packet *p)
{
    const uint8_t *m = p->data + (p->local.port == 4500 ? 4 : 0);
    static const uint8_t none[8];

    if (p->transport != L2TPSEC_TRANSPORT_UDP || p->len < 32 || m[18] != 2 || memcmp(m + 8, none, 8) != 0 ||
        (p->local.port == 4500 && memcmp(p->data, none, 4) != 0) || memcmp(m, c->cookie, 8) == 0)
        return;
    memcpy(c->cookie, m, 8);
    c->h.s->n.phase1++;
}

static bool is_esp(const l2tpsec_packet *p)
{
    static const uint8_t none[4];

    return p->transport == L2TPSEC_TRANSPORT_ESP ||
           (p->len > 8 && p->local.port != 500 && p->remote.port != 500 && memcmp(p->data, none, 4) != 0);
}

static void corrupt(struct sim *s, struct datagram *d)
{
    d->flow = NO_FLOW;
    if (sim_below(s, 4) == 0) {
        d->len = (size_t)sim_below(s, d->len);
        return;
    }
    for (uint64_t n = 1 + sim_below(s, 3); n; n--)
        d->bytes[sim_below(s, d->len)] ^= (uint8_t)(1u << sim_below(s, 8));
}

static void fly(struct sim *s, const struct datagram *like, const l2tpsec_packet *p)
{
    struct datagram *d = malloc(sizeof *d + p->len);
    uint64_t delay = like->client ? like->client->delay : 50 * MS;

    if (!d)
        abort();
    *d = *like;
    memcpy(d->bytes, p->data, p->len);
    if (sim_dice(s, s->o->reorder))
        delay += sim_below(s, 4 * delay + 50 * MS);
    if (p->len && sim_dice(s, s->o->corrupt))
        corrupt(s, d);
    (void)queue_put(&s->queue, s->now + delay, K_DATAGRAM, 0, d);
}

static bool gets_through(struct sim *s, const struct host *h, const struct datagram *d)
{
    size_t headers = d->transport == L2TPSEC_TRANSPORT_ESP ? 20 : 28;

    if (!d->client) {
        s->n.astray++;
        return false;
    }
    if (d->client->h.cut_until > s->now || h->cut_until > s->now || d->client->server->cut_until > s->now ||
        sim_dice(s, s->o->loss)) {
        s->n.lost++;
        s->n.inner_lost += d->flow != NO_FLOW;
        return false;
    }
    if (d->len + headers > d->client->path_mtu) {
        s->n.too_long++;
        s->n.inner_lost += d->flow != NO_FLOW;
        return false;
    }
    return true;
}

void net_send(struct host *h, const l2tpsec_packet *p)
{
    struct sim *s = h->s;
    struct datagram d = {.from = p->local, .to = p->remote, .transport = p->transport, .flow = NO_FLOW, .len = p->len};
    l2tpsec_addr inside;
    struct client *sender = h->server ? NULL : &s->clients[h->index];

    s->running = h;
    s->n.datagrams++;
    s->n.bytes += p->len;
    trace(s, p->data, p->len);
    check_datagram(s, p->data, p->len);
    if (s->sending && p->len > s->sending_len && is_esp(p)) {
        d.flow = (uint8_t)s->sending_flow;
        d.client = s->sending;
        s->sending = NULL;
    }
    struct client *inner = d.client;
    d.to_server = !h->server;
    if (sender) {
        count_phase1(sender, p);
        d.client = sender;
        d.from = nat_out(sender, &p->local);
    } else {
        d.client = nat_in(s, &p->remote, &inside);
    }
    if (!gets_through(s, h, &d)) {
        if (inner && !d.client) {
            s->n.inner_refused++;
            check_refusal(inner, d.flow, false);
        }
        return;
    }
    fly(s, &d, p);
    if (sim_dice(s, s->o->duplicate)) {
        d.flow = NO_FLOW;
        fly(s, &d, p);
    }
}

static void land(struct sim *s, struct datagram *d)
{
    struct host *h = d->to_server ? d->client->server : &d->client->h;
    l2tpsec_addr local = d->to;

    if (!d->to_server && nat_in(s, &d->to, &local) != d->client)
        s->n.astray++;
    else if (!h->ctx || h->asleep || h->cut_until > s->now)
        s->n.unheard++;
    else
        host_input(h, d, local);
}

/* ---- what happens ---- */

static uint64_t after(struct sim *s, uint64_t mean)
{
    return mean / 2 + sim_below(s, mean + 1);
}

static void traffic(struct sim *s, uint32_t kind, struct client *c)
{
    uint64_t mean = s->o->traffic * (c->h.index % 10 == 9 ? 10 : 1); /* one in ten has little to say */
    struct host *h = kind == K_TRAFFIC ? &c->h : c->server;

    if (s->closing)
        return;
    (void)queue_put(&s->queue, s->now + after(s, mean), kind, c->h.index, NULL);
    if (h->ctx && !h->asleep && (kind == K_TRAFFIC ? c->phase == P_UP : c->server_link != 0))
        host_output(c, kind != K_TRAFFIC);
}

static void dial_or_hang_up(struct sim *s, struct client *c)
{
    if (s->closing || !c->h.ctx)
        return;
    if (c->h.asleep) {
        (void)queue_put(&s->queue, s->now + MINUTE, K_DIAL, c->h.index, NULL);
    } else if (c->phase == P_IDLE) {
        sim_dial(c);
    } else if (c->phase == P_UP && s->o->connects) {
        s->running = &c->h;
        (void)l2tpsec_close(c->h.ctx, c->link, sim_host_now(&c->h));
        host_arm(&c->h);
    }
}

static void watch(struct sim *s, struct client *c)
{
    if (!s->closing)
        (void)queue_put(&s->queue, s->now + MINUTE, K_WATCH, c->h.index, NULL);
    sim_account(c);
    check_memory(&c->h);
    check_memory(c->server);
    if (sim_allowed(c))
        check_alive(c);
}

static void wake(struct sim *s, const struct item *it)
{
    struct host *h = it->who < s->n_clients ? &s->clients[it->who].h : &s->servers[it->who - s->n_clients];

    if (it->order != h->armed_order || h->armed == L2TPSEC_NEVER)
        return;
    h->armed = L2TPSEC_NEVER;
    if (h->ctx && !h->asleep && l2tpsec_next_timeout(h->ctx) > sim_host_now(h))
        host_arm(h); /* it was put off */
    else
        sim_host_woken(h);
}

static void happen(struct sim *s, const struct item *it)
{
    s->now = it->due;
    s->n.items++;
    switch (it->kind) {
    case K_DATAGRAM:
        land(s, it->what);
        free(it->what);
        break;
    case K_TIMER:
        wake(s, it);
        break;
    case K_TRAFFIC:
    case K_ANSWER:
        traffic(s, it->kind, &s->clients[it->who]);
        break;
    case K_DIAL:
        dial_or_hang_up(s, &s->clients[it->who]);
        break;
    case K_WATCH:
        watch(s, &s->clients[it->who]);
        break;
    default:
        weather_change(s, it->kind, it->who);
        break;
    }
}

static void run_until(struct sim *s, uint64_t until)
{
    struct item it;

    while (!s->over && queue_next(&s->queue) <= until && queue_take(&s->queue, &it))
        happen(s, &it);
    if (s->now < until)
        s->now = until;
}

/* ---- the beginning and the end ---- */

struct sim *sim_new(const struct options *o)
{
    struct sim *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->o = o;
    s->now = SIM_START;
    s->random = o->seed;
    s->n_clients = o->clients;
    s->n_servers = (o->clients + o->per_server - 1) / o->per_server;
    s->clients = calloc(s->n_clients, sizeof *s->clients);
    s->servers = calloc(s->n_servers, sizeof *s->servers);
    s->nats = calloc(s->n_clients, sizeof *s->nats);
    if (!s->clients || !s->servers || !s->nats)
        abort();
    s->inv = invariants_new(s);
    for (uint32_t i = 0; i < s->n_servers; i++) {
        s->servers[i] = (struct host){.s = s, .index = i, .server = true, .random = sim_random(&s->random)};
        sim_host_start(&s->servers[i]);
    }
    for (uint32_t i = 0; i < s->n_clients; i++) {
        struct client *c = &s->clients[i];
        c->h = (struct host){.s = s, .index = i, .random = sim_random(&s->random)};
        c->server = &s->servers[i % s->n_servers];
        c->delay = 5 * MS + sim_below(s, 100 * MS);
        c->path_mtu = 1500;
        c->since = s->now;
    }
    nat_build(s);
    return s;
}

static void begin(struct sim *s)
{
    for (uint32_t i = 0; i < s->n_clients; i++) {
        struct client *c = &s->clients[i];
        sim_host_start(&c->h);
        sim_disturb(c);
        (void)queue_put(&s->queue, s->now + sim_below(s, 30 * SECOND), K_DIAL, i, NULL);
        (void)queue_put(&s->queue, s->now + sim_below(s, MINUTE), K_WATCH, i, NULL);
        if (!s->o->traffic)
            continue;
        (void)queue_put(&s->queue, s->now + after(s, s->o->traffic), K_TRAFFIC, i, NULL);
        (void)queue_put(&s->queue, s->now + after(s, s->o->traffic), K_ANSWER, i, NULL);
    }
    weather_begin(s);
}

static void hang_up(struct host *h)
{
    if (!h->ctx)
        return;
    h->asleep = false;
    h->s->running = h;
    if (h->server)
        (void)l2tpsec_listen(h->ctx, NULL, sim_host_now(h));
    (void)l2tpsec_close(h->ctx, 0, sim_host_now(h));
    host_arm(h);
}

static void end(struct sim *s)
{
    for (uint32_t i = 0; i < s->n_clients; i++) {
        sim_account(&s->clients[i]);
        if (!s->o->connects && invariants_violated(s) < s->o->violations)
            check_availability(&s->clients[i]);
    }
    s->closing = true;
    s->over = false;
    for (uint32_t i = 0; i < s->n_clients; i++)
        hang_up(&s->clients[i].h);
    run_until(s, s->now + LAST_WORDS);
    for (uint32_t i = 0; i < s->n_clients; i++)
        check_over(&s->clients[i].h, true);
    for (uint32_t i = 0; i < s->n_servers; i++)
        hang_up(&s->servers[i]);
    run_until(s, s->now + LAST_WORDS);
    for (uint32_t i = 0; i < s->n_servers; i++)
        check_over(&s->servers[i], true);
    for (uint32_t i = 0; i < s->n_clients + s->n_servers; i++)
        sim_host_stop(i < s->n_clients ? &s->clients[i].h : &s->servers[i - s->n_clients]);
}

void sim_run(struct sim *s)
{
    begin(s);
    run_until(s, SIM_START + s->o->hours * HOUR);
    end(s);
}

void sim_free(struct sim *s)
{
    struct item it;

    while (queue_take(&s->queue, &it)) {
        if (it.kind == K_DATAGRAM)
            free(it.what);
    }
    queue_fini(&s->queue);
    invariants_free(s);
    free(s->connect.ms);
    free(s->recover.ms);
    free(s->clients);
    free(s->servers);
    free(s->nats);
    free(s);
}
