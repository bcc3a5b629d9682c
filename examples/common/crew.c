/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crew.h"

#include "astray.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRAY_PACKETS = 1024,
    TRAY_BYTES = 2 << 20,
};

/* What was handed over and not yet taken up: outer packets and inner ones, each in order, their bytes behind each other. */
struct tray {
    l2tpsec_packet pkts[2][TRAY_PACKETS];
    size_t n[2];
    size_t used;
    uint8_t bytes[TRAY_BYTES];
};

static const struct host_crew together;

/* ---- handing over ---------------------------------------------------------------------------------------------- */

/* The one copy. False: there is no room. */
static bool put(struct tray *t, const l2tpsec_packet *p, bool inner)
{
    enum { ALIGN = 16 };
    size_t room = inner ? L2TPSEC_HEADROOM + L2TPSEC_TAILROOM : 0;
    size_t size = (p->len + room + ALIGN - 1) & ~(size_t)(ALIGN - 1);

    if (t->n[inner] == TRAY_PACKETS || size > TRAY_BYTES - t->used)
        return false;
    l2tpsec_packet *to = &t->pkts[inner][t->n[inner]++];
    *to = *p;
    to->headroom = inner ? L2TPSEC_HEADROOM : 0;
    to->tailroom = inner ? L2TPSEC_TAILROOM : 0;
    to->data = t->bytes + t->used + to->headroom;
    memcpy(to->data, p->data, p->len);
    t->used += size;
    return true;
}

/* Those of the packets that are w's. */
static void hand_over(struct worker *from, struct worker *w, const l2tpsec_packet *pkts, const uint8_t *whose, size_t n,
                      bool inner)
{
    uint64_t handed = 0, overflow = 0;

    uv_mutex_lock(&w->lock);
    bool idle = w->in->n[0] + w->in->n[1] == 0;
    for (size_t i = 0; i < n; i++) {
        if (whose[i] != w->index)
            continue;
        if (put(w->in, &pkts[i], inner))
            handed++;
        else
            overflow++;
    }
    uv_mutex_unlock(&w->lock);
    from->handed += handed;
    from->overflow += overflow;
    if (idle && handed)
        uv_async_send(&w->wake);
}

static uint32_t owner_of(const struct worker *w, const l2tpsec_packet *p, bool inner)
{
    struct crew *c = w->crew;
    uint32_t shard = inner ? l2tpsec_shard_of_inner(p, c->n) : l2tpsec_shard_of(p, c->n);

    if (inner && atomic_load_explicit(&c->n_astray, memory_order_relaxed)) {
        uv_rwlock_rdlock(&c->routes);
        shard = astray_find(c->astray, p, shard);
        uv_rwlock_rdunlock(&c->routes);
    }
    return shard == L2TPSEC_SHARD_ANY ? w->index : shard;
}

static size_t share(struct host *h, l2tpsec_packet *pkts, size_t n, bool inner)
{
    struct worker *w = (struct worker *)h;
    uint8_t whose[HOST_BURST];
    uint64_t others = 0;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        whose[i] = (uint8_t)owner_of(w, &pkts[i], inner);
        if (whose[i] == w->index)
            continue;
        if (!inner && pkts[i].transport == L2TPSEC_TRANSPORT_ESP)
            whose[i] = UINT8_MAX; /* every worker's raw socket hears everything: the other one has it already */
        else
            others |= UINT64_C(1) << whose[i];
    }
    for (unsigned i = 0; others >> i; i++) {
        if (others >> i & 1)
            hand_over(w, w->crew->worker[i], pkts, whose, n, inner);
    }
    for (size_t i = 0; i < n; i++) {
        if (whose[i] == w->index)
            pkts[kept++] = pkts[i];
    }
    return kept;
}

static void take_up(struct worker *w)
{
    uv_mutex_lock(&w->lock);
    struct tray *t = w->in;
    w->in = w->out;
    w->out = t;
    uv_mutex_unlock(&w->lock);
    for (size_t at = 0; at < t->n[0]; at += HOST_BURST)
        l2tpsec_input(w->host.ctx, t->pkts[0] + at, t->n[0] - at < HOST_BURST ? t->n[0] - at : HOST_BURST, host_now());
    for (size_t at = 0; at < t->n[1]; at += HOST_BURST)
        l2tpsec_output(w->host.ctx, t->pkts[1] + at, t->n[1] - at < HOST_BURST ? t->n[1] - at : HOST_BURST, host_now());
    t->n[0] = t->n[1] = t->used = 0;
}

/* ---- what all do together -------------------------------------------------------------------------------------- */

static void wake_all(struct crew *c)
{
    for (unsigned i = 0; i < c->n; i++)
        uv_async_send(&c->worker[i]->wake);
}

/* Each adds its own; the last one says it. */
static void tell(struct worker *w)
{
    struct crew *c = w->crew;

    uv_mutex_lock(&c->lock);
    if (c->to_tell && !w->told) {
        host_add_stats(&w->host, &c->stats, &c->drops);
        c->drops.handed_on += w->handed;
        c->drops.overflow += w->overflow;
        w->told = true;
        if (--c->to_tell == 0)
            events_stats(&w->host.events, host_now(), &c->stats, &c->drops);
    }
    uv_mutex_unlock(&c->lock);
}

static void ask_all(struct crew *c)
{
    uv_mutex_lock(&c->lock);
    if (c->to_tell == 0) {
        memset(&c->stats, 0, sizeof c->stats);
        memset(&c->drops, 0, sizeof c->drops);
        for (unsigned i = 0; i < c->n; i++)
            c->worker[i]->told = false;
        c->to_tell = c->n;
    }
    uv_mutex_unlock(&c->lock);
}

static void on_wake(uv_async_t *wake)
{
    struct worker *w = wake->data;
    struct crew *c = w->crew;

    take_up(w);
    tell(w);
    if (atomic_load(&c->closing))
        host_close(&w->host);
    if (atomic_load(&c->stopping))
        uv_stop(&w->host.loop);
}

static void on_signal(struct host *h, int number)
{
    struct crew *c = ((struct worker *)h)->crew;

    if (number == SIGUSR1)
        ask_all(c);
    else if (atomic_exchange(&c->closing, true)) /* asked twice: at once */
        atomic_store(&c->stopping, true);
    wake_all(c);
}

/* Who has no link left goes on handing others what is theirs, until nobody has any. */
static void on_finish(struct host *h)
{
    struct worker *w = (struct worker *)h;
    struct crew *c = w->crew;

    if (w->done)
        return;
    w->done = true;
    if (atomic_fetch_sub(&c->at_work, 1) == 1) {
        atomic_store(&c->stopping, true);
        wake_all(c);
    }
}

static const struct host_crew together = {.share = share, .signal = on_signal, .finish = on_finish};

/* An address that was pinned by its user's account may be in anybody's part. */
void crew_note(struct host *h, const l2tpsec_event *ev)
{
    struct worker *w = (struct worker *)h;
    struct crew *c = w->crew;
    const l2tpsec_addr *inside = ev->type == L2TPSEC_EVENT_UP     ? &ev->peer_address
                                 : ev->type == L2TPSEC_EVENT_IPV6 ? &ev->prefix6
                                                                  : NULL;

    if (c->n < 2 || !inside || !inside->family)
        return;
    bool home = l2tpsec_shard_of_address(inside, c->n) == w->index;
    if (home && !atomic_load(&c->n_astray))
        return;
    uv_rwlock_wrlock(&c->routes);
    if (astray_put(&c->astray, inside, w->index, !home))
        atomic_fetch_add(&c->n_astray, 1);
    uv_rwlock_wrunlock(&c->routes);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static int enlist(struct crew *c, unsigned i, struct problem *p)
{
    struct worker *w = calloc(1, sizeof *w);

    if (!w)
        return problem(p, "no memory");
    c->worker[i] = w;
    c->n = i + 1;
    w->crew = c;
    w->index = i;
    uv_mutex_init(&w->lock);
    return host_init(&w->host, c->program, p);
}

/* What it takes not to be alone. */
static int join(struct worker *w, struct problem *p)
{
    struct host *h = &w->host;

    h->crew = &together;
    h->deaf = w->index > 0;
    h->verbose = w->crew->worker[0]->host.verbose;
    h->net.shared = h->tun.queued = true;
    w->in = calloc(1, sizeof *w->in);
    w->out = calloc(1, sizeof *w->out);
    if (!w->in || !w->out)
        return problem(p, "no memory");
    w->wake.data = w;
    int rc = uv_async_init(&h->loop, &w->wake, on_wake);
    if (rc != 0)
        return problem(p, "event loop: %s", uv_strerror(rc));
    int32_t result = l2tpsec_set_shard(h->ctx, w->index, w->crew->n);
    return result == L2TPSEC_OK ? 0 : problem(p, "%s", l2tpsec_strerror(result));
}

int crew_init(struct crew *c, const struct program *program, void *arg, struct problem *p)
{
    memset(c, 0, sizeof *c);
    c->program = program;
    c->arg = arg;
    uv_mutex_init(&c->lock);
    uv_rwlock_init(&c->routes);
    return enlist(c, 0, p);
}

int crew_grow(struct crew *c, unsigned n, struct problem *p)
{
    int rc = 0;

    while (rc == 0 && c->n < n)
        rc = enlist(c, c->n, p);
    for (unsigned i = 0; rc == 0 && c->n > 1 && i < c->n; i++)
        rc = join(c->worker[i], p);
    atomic_store(&c->at_work, c->n);
    return rc;
}

void crew_fini(struct crew *c)
{
    for (unsigned i = c->n; i-- > 0;) {
        struct worker *w = c->worker[i];
        if (i > 0) /* they are the first one's */
            w->host.events.json = w->host.tap.f = NULL;
        host_fini(&w->host);
        uv_mutex_destroy(&w->lock);
        free(w->in);
        free(w->out);
        free(w);
    }
    astray_free(c->astray);
    uv_mutex_destroy(&c->lock);
    uv_rwlock_destroy(&c->routes);
}

static void work(void *arg)
{
    struct worker *w = arg;
    struct problem p;

    if (host_run(&w->host, &p) == 0)
        return;
    events_say(&w->host.events, "%s", p.text);
    atomic_store(&w->crew->closing, true);
    on_finish(&w->host);
    wake_all(w->crew);
}

int crew_run(struct crew *c, struct problem *p)
{
    int rc = 0;

    for (unsigned i = 1; rc == 0 && i < c->n; i++) {
        rc = uv_thread_create(&c->worker[i]->thread, work, c->worker[i]);
        c->worker[i]->threaded = rc == 0;
    }
    if (rc != 0)
        problem(p, "thread: %s", uv_strerror(rc));
    else
        rc = host_run(&c->worker[0]->host, p);
    if (c->n < 2)
        return rc;
    atomic_store(&c->stopping, true);
    wake_all(c);
    for (unsigned i = 1; i < c->n; i++) {
        if (c->worker[i]->threaded)
            uv_thread_join(&c->worker[i]->thread);
    }
    return rc ? -1 : 0;
}
