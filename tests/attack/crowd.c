/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "attack/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

#define ALIGNED 16u

struct crowd_flight {
    struct crowd_flight *next;
    uint64_t due;
    struct crowd_end *to;
    l2tpsec_packet p;
    uint8_t bytes[];
};

static const l2tpsec_addr server_at = {.family = 4, .ip = {192, 0, 2, 1}};

uint64_t crowd_chance(struct crowd *c)
{
    uint64_t z = (c->seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool is_ours(const l2tpsec_addr *a)
{
    return a->ip[0] == 172 && a->ip[1] == 16;
}

static void on_send(void *user, const l2tpsec_packet *p, size_t n)
{
    struct crowd_end *e = user;
    struct crowd *c = e->crowd;
    bool from_server = e == &c->server;

    for (size_t i = 0; i < n; i++) {
        if (from_server && !is_ours(&p[i].remote)) {
            c->astray++;
            c->astray_bytes += p[i].len;
            c->astray_longest = p[i].len > c->astray_longest ? p[i].len : c->astray_longest;
            memcpy(c->astray_last, p[i].data, p[i].len < sizeof c->astray_last ? p[i].len : sizeof c->astray_last);
            continue;
        }
        if (!from_server && p[i].len <= sizeof c->last)
            memcpy(c->last, p[i].data, c->last_n = p[i].len);
        struct crowd_flight *f = malloc(sizeof *f + p[i].len);
        assert_non_null(f);
        memcpy(f->bytes, p[i].data, p[i].len);
        f->next = NULL;
        f->due = c->now + CROWD_DELAY + (from_server ? 0 : c->queue);
        f->to = from_server ? &c->clients : &c->server;
        f->p = (l2tpsec_packet){
            .data = f->bytes, .len = p[i].len, .transport = p[i].transport, .local = p[i].remote, .remote = p[i].local};
        struct crowd_flight **at = &c->flights;
        while (*at && (*at)->due <= f->due)
            at = &(*at)->next;
        f->next = *at;
        *at = f;
    }
}

static void on_deliver(void *user, const l2tpsec_packet *p, size_t n)
{
    struct crowd_end *e = user;

    (void)p;
    e->delivered += n;
}

static void on_event(void *user, const l2tpsec_event *ev)
{
    struct crowd_end *e = user;
    struct crowd *c = e->crowd;

    e->up += ev->type == L2TPSEC_EVENT_UP;
    e->down += ev->type == L2TPSEC_EVENT_DOWN;
    e->refused += ev->type == L2TPSEC_EVENT_REFUSED;
    if (ev->type != L2TPSEC_EVENT_UP)
        return;
    for (unsigned i = 0; i < c->n; i++) {
        if (e == &c->clients && c->link[i] == ev->link) {
            c->took[i] = c->now - c->dialled[i];
            c->inner[i] = ev->address;
        }
    }
    if (e == &c->server)
        c->server_link[(e->up - 1) % CROWD_MOST] = ev->link;
}

static int32_t on_random(void *user, uint8_t *buf, size_t n)
{
    struct crowd_end *e = user;

    for (size_t i = 0; i < n; i++)
        buf[i] = (uint8_t)crowd_chance(e->crowd);
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

static void on_log(void *user, const l2tpsec_record *rec)
{
    struct crowd_end *e = user;

    (void)rec;
    e->records++;
}

static void *on_alloc(void *user, size_t n)
{
    struct crowd_end *e = user;
    uint8_t *p = malloc(n + ALIGNED);

    assert_non_null(p);
    memcpy(p, &n, sizeof n);
    e->held += n;
    e->peak = e->held > e->peak ? e->held : e->peak;
    return p + ALIGNED;
}

static void on_release(void *user, void *p)
{
    struct crowd_end *e = user;
    size_t n;

    memcpy(&n, (uint8_t *)p - ALIGNED, sizeof n);
    e->held -= n;
    free((uint8_t *)p - ALIGNED);
}

static void set(l2tpsec_profile *p, const char *name, const char *value)
{
    if (l2tpsec_profile_set_str(p, name, value) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(p));
}

static l2tpsec_profile *begin(struct crowd *c, struct crowd_end *e)
{
    const l2tpsec_callbacks cb = {.size = sizeof cb,
                                  .send = on_send,
                                  .deliver = on_deliver,
                                  .event = on_event,
                                  .secret = on_secret,
                                  .random = on_random,
                                  .log = on_log,
                                  .alloc = on_alloc,
                                  .release = on_release,
                                  .engine = L2TPSEC_ENGINE_PORTABLE};
    l2tpsec_profile *p = NULL;

    e->crowd = c;
    assert_int_equal(l2tpsec_new(&e->ctx, &cb, e, c->now), L2TPSEC_OK);
    assert_int_equal(l2tpsec_profile_new(e->ctx, &p), L2TPSEC_OK);
    set(p, "ike.psk", "a key for both, and long");
    return p;
}

void crowd_init(struct crowd *c, const char *half_open)
{
    memset(c, 0, sizeof *c);
    c->now = 1000000000;
    c->seed = 4711;
    c->cp = begin(c, &c->clients);
    c->sp = begin(c, &c->server);
    set(c->cp, "ppp.user", "alice");
    set(c->cp, "ppp.password", "wonderland");
    set(c->sp, "server.address", "10.77.0.1");
    set(c->sp, "server.pool", "10.77.0.0/16");
    if (half_open)
        set(c->sp, "ike.half_open", half_open);
    assert_int_equal(l2tpsec_listen(c->server.ctx, c->sp, c->now), L2TPSEC_OK);
}

void crowd_fini(struct crowd *c)
{
    l2tpsec_free(c->server.ctx);
    l2tpsec_free(c->clients.ctx);
    while (c->flights) {
        struct crowd_flight *f = c->flights;
        c->flights = f->next;
        free(f);
    }
    assert_int_equal(c->server.held, 0);
    assert_int_equal(c->clients.held, 0);
}

void crowd_dial(struct crowd *c)
{
    unsigned i = c->n++;
    l2tpsec_addr from = {.family = 4, .ip = {172, 16, (uint8_t)(i >> 8), (uint8_t)i}};

    assert_in_range(i, 0, CROWD_MOST - 1);
    c->dialled[i] = c->now;
    c->took[i] = 0;
    assert_int_equal(l2tpsec_connect(c->clients.ctx, c->cp, &from, &server_at, c->now, &c->link[i]), L2TPSEC_OK);
}

void crowd_hang_up(struct crowd *c)
{
    assert_int_equal(l2tpsec_close(c->clients.ctx, 0, c->now), L2TPSEC_OK);
    crowd_run(c, 60000000);
    c->n = 0;
}

static uint64_t next_stop(const struct crowd *c)
{
    uint64_t a = l2tpsec_next_timeout(c->server.ctx), b = l2tpsec_next_timeout(c->clients.ctx);
    uint64_t stop = a < b ? a : b;

    return c->flights && c->flights->due < stop ? c->flights->due : stop;
}

void crowd_run(struct crowd *c, uint64_t us)
{
    uint64_t until = c->now + us;

    for (uint64_t stop; (stop = next_stop(c)) <= until;) {
        c->now = stop > c->now ? stop : c->now;
        while (c->flights && c->flights->due <= c->now) {
            struct crowd_flight *f = c->flights;
            c->flights = f->next;
            assert_int_equal(l2tpsec_input(f->to->ctx, &f->p, 1, c->now), L2TPSEC_OK);
            free(f);
        }
        assert_int_equal(l2tpsec_tick(c->server.ctx, c->now), L2TPSEC_OK);
        assert_int_equal(l2tpsec_tick(c->clients.ctx, c->now), L2TPSEC_OK);
    }
    c->now = until;
}

uint32_t crowd_send(struct crowd *c, const l2tpsec_addr *from, uint16_t port, uint8_t *p, size_t n)
{
    l2tpsec_packet in = {.data = p, .len = n, .transport = L2TPSEC_TRANSPORT_UDP, .local = server_at, .remote = *from};

    if (port)
        in.local.port = port;
    else
        in.transport = L2TPSEC_TRANSPORT_ESP;
    assert_int_equal(l2tpsec_input(c->server.ctx, &in, 1, c->now), L2TPSEC_OK);
    return in.drop;
}

size_t crowd_first_message(struct crowd *c, uint8_t *out, size_t cap)
{
    const l2tpsec_addr from = {.family = 4, .ip = {172, 16, 255, 1}};
    l2tpsec_id id;

    assert_null(c->flights);
    assert_int_equal(l2tpsec_connect(c->clients.ctx, c->cp, &from, &server_at, c->now, &id), L2TPSEC_OK);
    struct crowd_flight *f = c->flights;
    assert_non_null(f);
    size_t n = f->p.len;
    assert_in_range(n, 28, cap);
    memcpy(out, f->bytes, n);
    c->flights = f->next;
    free(f);
    assert_int_equal(l2tpsec_close(c->clients.ctx, id, c->now), L2TPSEC_OK);
    crowd_run(c, 10000000);
    return n;
}

#define LIFE_DURATION 12 /* of the attributes of phase 1 */

void crowd_learn(struct crowd *c, struct crowd_flood *f)
{
    f->n = crowd_first_message(c, f->first, sizeof f->first);
    f->sent = 0;
    f->life = f->first + 28;
    while (f->life[0] != 0x80 || f->life[1] != LIFE_DURATION)
        f->life++;
    f->life += 2;
}

void crowd_flood(struct crowd *c, struct crowd_flood *f, bool differ, unsigned n)
{
    l2tpsec_addr from = {.family = 4, .port = 500};
    uint8_t copy[sizeof f->first];

    for (unsigned i = 0; i < n; i++, f->sent++) {
        uint64_t cookie = crowd_chance(c) | 1, where = crowd_chance(c);
        memcpy(f->first, &cookie, sizeof cookie);
        memcpy(from.ip, &where, 4);
        from.ip[0] = (uint8_t)(1 + from.ip[0] % 100);
        if (differ) {
            f->life[0] = (uint8_t)(0x70 | (f->sent >> 8 & 0xf));
            f->life[1] = (uint8_t)f->sent;
        }
        memcpy(copy, f->first, f->n);
        (void)crowd_send(c, &from, 500, copy, f->n);
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

uint64_t crowd_took(const struct crowd *c, unsigned from, unsigned k)
{
    uint64_t took[CROWD_MOST];
    unsigned n = c->n - from;

    memcpy(took, c->took + from, n * sizeof took[0]);
    qsort(took, n, sizeof took[0], compare);
    return took[k * n / 100 < n ? k * n / 100 : n - 1];
}
