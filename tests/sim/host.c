/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "sim/host.h"

#include "sim/invariants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN (5 * SECOND) /* a person, or a program, dials again after a link was reported gone */
#define HANG_UP SECOND
#define CALLED(h) ((void)((h)->s->running = (h)))

uint64_t sim_host_now(const struct host *h)
{
    return h->s->now + h->ahead;
}

static struct client *client_of(struct host *h)
{
    return h->server ? NULL : &h->s->clients[h->index];
}

static bool told(const struct host *h, uint32_t client)
{
    return h->s->o->watch == client + 1;
}

bool client_up(const struct client *c)
{
    return c->phase == P_UP && c->server_link && memcmp(c->address.ip, c->server_peer.ip, 4) == 0;
}

/* ---- what the library asks for ---- */

union block {
    size_t n;
    max_align_t align;
};

static void *on_alloc(void *user, size_t n)
{
    struct host *h = user;
    union block *b = malloc(sizeof *b + n);

    if (!b)
        return NULL;
    b->n = n;
    h->bytes += n;
    h->blocks++;
    if (h->bytes > h->peak)
        h->peak = h->bytes;
    return b + 1;
}

static void on_release(void *user, void *p)
{
    struct host *h = user;
    union block *b = (union block *)p - 1;

    h->bytes -= b->n;
    h->blocks--;
    free(b);
}

static int32_t on_random(void *user, uint8_t *buf, size_t n)
{
    struct host *h = user;
    uint64_t r = 0;

    for (size_t i = 0; i < n; i++, r >>= 8) {
        if (i % 8 == 0)
            r = sim_random(&h->random);
        buf[i] = (uint8_t)r;
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

static void on_send(void *user, const l2tpsec_packet *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        net_send(user, &p[i]);
}

static void on_deliver(void *user, const l2tpsec_packet *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_delivery(user, &p[i]);
}

static void on_log(void *user, const l2tpsec_record *rec)
{
    struct host *h = user;
    char line[256];

    (void)l2tpsec_format(rec, line, sizeof line);
    printf("%12.6f %s: %s\n", (double)h->s->now / 1e6, h->server ? "server" : "client", line);
}

/* ---- events ---- */

static void record(struct series *r, uint64_t us)
{
    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 1024;
        r->ms = realloc(r->ms, r->room * sizeof *r->ms);
        if (!r->ms)
            abort();
    }
    r->ms[r->n++] = (uint32_t)(us / MS);
}

static void up_at_client(struct client *c, const l2tpsec_event *ev)
{
    struct sim *s = c->h.s;

    sim_account(c);
    if (c->phase == P_DIALLING) {
        s->n.connects++;
        if (s->o->within && !c->disturbed && s->now > c->dialled_at + s->o->within)
            violated(s, c, "a connect took %.1f s", (double)(s->now - c->dialled_at) / 1e6);
        if (!c->disturbed)
            record(&s->connect, s->now - c->dialled_at);
        c->dialled_at = 0;
    } else if (c->phase == P_WAITING) {
        uint64_t from = c->calm_from > GRACE && c->calm_from - GRACE > c->down_at ? c->calm_from - GRACE : c->down_at;
        if (s->now >= from)
            record(&s->recover, s->now - from);
    }
    c->phase = P_UP;
    c->disturbed = false;
    c->address = ev->address;
    c->peer = ev->peer_address;
    if (s->o->connects) {
        (void)queue_put(&s->queue, s->now + HANG_UP, K_DIAL, c->h.index, NULL);
        s->over = s->over || s->n.connects >= s->o->connects;
    }
}

/* The network let packets pass, and nothing had happened for a while. */
static void count_needless(struct client *c, const l2tpsec_event *ev)
{
    struct sim *s = c->h.s;
    char words[sizeof s->n.needless[0].words];

    if (c->phase != P_UP || s->now < c->calm_from || !sim_allowed(c))
        return;
    (void)snprintf(words, sizeof words, "%s (%s)", ev->step, l2tpsec_cause_name(ev->cause));
    for (struct reason *r = s->n.needless; r < s->n.needless + REASONS; r++) {
        if (r->n && strcmp(r->words, words) != 0)
            continue;
        memcpy(r->words, words, sizeof words);
        r->n++;
        return;
    }
}

static void down_at_client(struct client *c, const l2tpsec_event *ev)
{
    struct sim *s = c->h.s;

    sim_account(c);
    if (!s->closing)
        count_needless(c, ev);
    if (ev->type == L2TPSEC_EVENT_DOWN)
        s->n.downs++;
    else
        s->n.failures++;
    if (c->phase == P_UP)
        c->down_at = s->now;
    if (ev->retry_in_us) {
        c->phase = P_WAITING;
        return;
    }
    c->link = 0;
    c->phase = P_IDLE;
    if (!s->closing)
        (void)queue_put(&s->queue, s->now + (s->o->connects ? HANG_UP : AGAIN), K_DIAL, c->h.index, NULL);
}

static void client_event(struct client *c, const l2tpsec_event *ev)
{
    struct sim *s = c->h.s;

    if (ev->type == L2TPSEC_EVENT_REFUSED && !ev->link) /* of a phase 1 that the server began: no link was touched */
        return;
    if (ev->link != c->link) {
        violated(s, c, "event %s of a link that is over, or never was", l2tpsec_event_name(ev->type));
        return;
    }
    if (ev->type == L2TPSEC_EVENT_UP)
        up_at_client(c, ev);
    else if (ev->type == L2TPSEC_EVENT_DOWN || ev->type == L2TPSEC_EVENT_FAILED)
        down_at_client(c, ev);
    else if (ev->type == L2TPSEC_EVENT_REKEYED)
        s->n.rekeys++;
}

static struct client *whose(struct host *h, const l2tpsec_event *ev)
{
    struct sim *s = h->s;
    unsigned long index = ev->user[0] == 'c' ? strtoul(ev->user + 1, NULL, 10) : s->n_clients;

    return index < s->n_clients ? &s->clients[index] : NULL;
}

static void server_event(struct host *h, const l2tpsec_event *ev)
{
    struct client *c = whose(h, ev);

    if (!c)
        return;
    if (ev->type == L2TPSEC_EVENT_UP) {
        sim_account(c);
        c->server_link = ev->link;
        c->server_address = ev->address;
        c->server_peer = ev->peer_address;
    } else if ((ev->type == L2TPSEC_EVENT_DOWN || ev->type == L2TPSEC_EVENT_FAILED) && c->server_link == ev->link) {
        sim_account(c);
        c->server_link = 0;
    } else if (ev->type == L2TPSEC_EVENT_MOVED) {
        h->s->n.moved++;
    }
}

static void on_event(void *user, const l2tpsec_event *ev)
{
    struct host *h = user;
    struct client *c = h->server ? whose(h, ev) : client_of(h);

    CALLED(h);
    h->s->n.events++;
    if (c && told(h, c->h.index))
        printf("%12.6f %s %s (%s): %s\n", (double)h->s->now / 1e6, h->server ? "server" : "client",
               l2tpsec_event_name(ev->type), l2tpsec_cause_name(ev->cause), ev->text);
    if (h->server)
        server_event(h, ev);
    else
        client_event(c, ev);
}

/* ---- life ---- */

static void set(l2tpsec_profile *p, const char *name, const char *value)
{
    if (l2tpsec_profile_set_str(p, name, value) != L2TPSEC_OK) {
        (void)fprintf(stderr, "%s: %s\n", name, l2tpsec_profile_error(p));
        exit(2);
    }
}

static void settings(struct host *h)
{
    const struct options *o = h->s->o;
    char user[16];

    set(h->profile, "ike.psk", "a long enough test key");
    if (h->server) {
        set(h->profile, "server.address", "10.77.0.1");
        set(h->profile, "server.pool", "10.77.0.0/16");
    } else {
        (void)snprintf(user, sizeof user, "c%u", h->index);
        set(h->profile, "ppp.user", user);
        set(h->profile, "ppp.password", "wonderland");
    }
    for (unsigned i = 0; i < o->n_set; i++)
        set(h->profile, o->set[i].name, o->set[i].value);
}

void sim_host_start(struct host *h)
{
    l2tpsec_callbacks cb = {.size = sizeof cb,
                            .send = on_send,
                            .deliver = on_deliver,
                            .event = on_event,
                            .secret = on_secret,
                            .random = on_random,
                            .alloc = on_alloc,
                            .release = on_release};

    if (!h->server && told(h, h->index))
        cb.log = on_log;
    CALLED(h);
    h->asleep = false;
    h->armed = L2TPSEC_NEVER;
    if (l2tpsec_new(&h->ctx, &cb, h, sim_host_now(h)) != L2TPSEC_OK || l2tpsec_profile_new(h->ctx, &h->profile))
        abort();
    settings(h);
    h->fresh = h->bytes;
    if (h->server && l2tpsec_listen(h->ctx, h->profile, sim_host_now(h)) != L2TPSEC_OK)
        abort();
    if (!h->server)
        client_of(h)->phase = P_IDLE;
    host_arm(h);
}

static void forget_links(struct sim *s, const struct host *server)
{
    for (uint32_t i = 0; i < s->n_clients; i++) {
        if (s->clients[i].server == server)
            s->clients[i].server_link = 0;
    }
}

void sim_host_stop(struct host *h)
{
    struct client *c = client_of(h);
    struct counts *n = &h->s->n;
    size_t *peak = h->server ? &n->peak_server : &n->peak_client;

    l2tpsec_free(h->ctx);
    h->ctx = NULL;
    h->profile = NULL;
    h->armed = L2TPSEC_NEVER;
    if (c) {
        c->phase = P_OFF;
        c->link = 0;
        c->dialled_at = 0;
    } else {
        forget_links(h->s, h);
    }
    *peak = h->peak > *peak ? h->peak : *peak;
    check_over(h, false);
}

l2tpsec_addr host_server_address(const struct host *h)
{
    return (l2tpsec_addr){.family = 4, .ip = {192, 0, 2, (uint8_t)(1 + h->index)}};
}

void sim_dial(struct client *c)
{
    struct sim *s = c->h.s;
    l2tpsec_addr local = sim_client_address(c), remote = host_server_address(c->server);

    if (!c->dialled_at) {
        c->dialled_at = s->now;
        c->disturbed = false;
    }
    CALLED(&c->h);
    s->n.dials++;
    int32_t rc = l2tpsec_connect(c->h.ctx, c->h.profile, &local, &remote, sim_host_now(&c->h), &c->link);
    if (rc != L2TPSEC_OK)
        violated(s, c, "cannot dial: %s", l2tpsec_strerror(rc));
    else if (c->phase == P_IDLE)
        c->phase = P_DIALLING;
    host_arm(&c->h);
}

/* ---- calls into the library ---- */

void host_arm(struct host *h)
{
    struct sim *s = h->s;
    uint64_t next = l2tpsec_next_timeout(h->ctx);

    if (next == L2TPSEC_NEVER)
        return;
    next = next > sim_host_now(h) ? next - h->ahead : s->now;
    if (next >= h->armed)
        return;
    h->armed = next;
    h->armed_order = queue_put(&s->queue, next, K_TIMER, h->index + (h->server ? s->n_clients : 0), NULL);
}

void sim_host_woken(struct host *h)
{
    struct sim *s = h->s;

    if (!h->ctx || h->asleep)
        return;
    CALLED(h);
    s->n.ticks++;
    (void)l2tpsec_tick(h->ctx, sim_host_now(h));
    check_deadline(h);
    host_arm(h);
}

void host_input(struct host *h, struct datagram *d, l2tpsec_addr local)
{
    struct sim *s = h->s;
    l2tpsec_packet p = {.data = d->bytes, .len = d->len, .transport = d->transport, .local = local, .remote = d->from};

    CALLED(h);
    s->delivered = false;
    if (l2tpsec_input(h->ctx, &p, 1, sim_host_now(h)) != L2TPSEC_OK)
        violated(s, d->client, "a datagram is no input");
    if (d->flow < 2) {
        bool in = s->delivered || p.drop == L2TPSEC_DROP_REPLAYED; /* its twin was quicker */
        s->n.inner_delivered += in;
        s->n.inner_refused += !in;
        s->n.refused_by[p.drop < L2TPSEC_DROP_COUNT ? p.drop : 0] += !in;
        check_refusal(d->client, d->flow, in);
    }
    host_arm(h);
}

void host_output(struct client *c, unsigned flow)
{
    struct sim *s = c->h.s;
    struct host *h = flow ? c->server : &c->h;
    uint8_t room[L2TPSEC_HEADROOM + INNER_MOST + L2TPSEC_TAILROOM];
    size_t len = INNER_LEAST + 4 * (size_t)sim_below(s, sim_dice(s, 95) ? 16 : (INNER_MOST - INNER_LEAST) / 4);
    l2tpsec_packet p = {.data = room + L2TPSEC_HEADROOM,
                        .len = len,
                        .headroom = L2TPSEC_HEADROOM,
                        .tailroom = L2TPSEC_TAILROOM,
                        .link = flow ? c->server_link : c->link};

    inner_make(c, flow, p.data, len);
    CALLED(h);
    s->sending = c;
    s->sending_flow = flow;
    s->sending_len = len;
    if (l2tpsec_output(h->ctx, &p, 1, sim_host_now(h)) != L2TPSEC_OK)
        violated(s, c, "a packet is no output");
    s->sending = NULL;
    s->n.inner_sent++;
    if (p.drop) {
        s->n.inner_unsent++;
        check_refusal(c, flow, false);
    }
    host_arm(h);
}
