/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "sim/report.h"

#include "sim/invariants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

uint32_t tally_part(struct series *r, unsigned of_10000)
{
    if (!r->n)
        return 0;
    qsort(r->ms, r->n, sizeof *r->ms, by_size);
    size_t i = (size_t)((uint64_t)r->n * of_10000 / 10000);
    return r->ms[i < r->n ? i : r->n - 1];
}

static double percent(uint64_t part, uint64_t of)
{
    return of ? 100.0 * (double)part / (double)of : 100.0;
}

/* ---- adding up ---- */

static void join(struct series *to, const struct series *from)
{
    if (to->n + from->n > to->room) {
        to->room = 2 * (to->n + from->n);
        to->ms = realloc(to->ms, to->room * sizeof *to->ms);
        if (!to->ms)
            abort();
    }
    if (from->n)
        memcpy(to->ms + to->n, from->ms, from->n * sizeof *to->ms);
    to->n += from->n;
}

static void join_reasons(struct reason *to, const struct reason *from)
{
    for (const struct reason *f = from; f < from + REASONS && f->n; f++) {
        struct reason *r = to;
        while (r < to + REASONS && r->n && strcmp(r->words, f->words) != 0)
            r++;
        if (r == to + REASONS)
            continue;
        memcpy(r->words, f->words, sizeof r->words);
        r->n += f->n;
    }
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void join_counts(struct counts *to, const struct counts *from)
{
    uint64_t *sum = (uint64_t *)(void *)to;
    const uint64_t *more = (const uint64_t *)(const void *)from;

    for (size_t i = 0; i < offsetof(struct counts, needless) / sizeof *sum; i++)
        sum[i] += more[i];
    join_reasons(to->needless, from->needless);
    to->peak_client = larger(to->peak_client, from->peak_client);
    to->peak_server = larger(to->peak_server, from->peak_server);
    to->held_after_close = larger(to->held_after_close, from->held_after_close);
}

static void join_availability(struct tally *t, const struct sim *s)
{
    for (uint32_t i = 0; i < s->n_clients; i++) {
        const struct client *c = &s->clients[i];
        double a = percent(c->up, c->allowed), b = percent(c->total_up, c->total);
        t->lowest = a < t->lowest ? a : t->lowest;
        t->lowest_total = b < t->lowest_total ? b : t->lowest_total;
        t->up += c->up;
        t->allowed += c->allowed;
        t->total_up += c->total_up;
        t->total += c->total;
    }
}

static void run_region(struct tally *t, const struct options *o)
{
    struct sim *s = sim_new(o);

    sim_run(s);
    t->clients += s->n_clients;
    t->servers += s->n_servers;
    t->trace = t->trace * 31 + s->trace;
    t->violated += invariants_violated(s);
    join(&t->connect, &s->connect);
    join(&t->recover, &s->recover);
    join_counts(&t->n, &s->n);
    join_availability(t, s);
    sim_free(s);
}

void tally_run(struct tally *t, const struct options *o)
{
    struct options region = *o;
    uint32_t left = o->clients;

    *t = (struct tally){.lowest = 100, .lowest_total = 100};
    for (uint32_t i = 0; left; i++) {
        region.clients = left > REGION ? REGION : left;
        region.seed = o->clients > REGION ? o->seed * 1000 + i : o->seed;
        run_region(t, &region);
        left -= region.clients;
    }
}

void tally_fini(struct tally *t)
{
    free(t->connect.ms);
    free(t->recover.ms);
}

/* ---- telling ---- */

#define U(x) ((unsigned long long)(x))

static void times(const char *of, struct series *r)
{
    printf("  %s: %zu, median %.1f s, 99 %% %.1f s, 99.9 %% %.1f s, longest %.1f s\n", of, r->n,
           tally_part(r, 5000) / 1e3, tally_part(r, 9900) / 1e3, tally_part(r, 9990) / 1e3, tally_part(r, 10000) / 1e3);
}

static void tell_links(struct tally *t, const struct options *o)
{
    const struct counts *n = &t->n;

    times("connects in calm", &t->connect);
    times("reconnects", &t->recover);
    if (!o->connects)
        printf("  up: %.3f %% of what the network allowed, the worst client %.3f %%; without %llu s of grace %.3f %%, "
               "%.3f "
               "%%\n",
               percent(t->up, t->allowed), t->lowest, U(GRACE / SECOND), percent(t->total_up, t->total),
               t->lowest_total);
    printf("  %llu dials, %llu failed, %llu times down, %llu restarts of servers, %llu moves followed\n", U(n->dials),
           U(n->failures), U(n->downs), U(n->restarts), U(n->moved));
    printf("  down in calm:");
    for (const struct reason *r = n->needless; r < n->needless + REASONS && r->n; r++)
        printf(" %llu %s;", U(r->n), r->words);
    printf("\n");
}

static void tell_packets(const struct counts *n)
{
    printf("  %llu datagrams, %llu lost, %llu too long for the path, %llu to where nobody is, %llu to who was off\n",
           U(n->datagrams), U(n->lost), U(n->too_long), U(n->astray), U(n->unheard));
    printf("  refused:");
    for (uint32_t i = 0; i < L2TPSEC_DROP_COUNT; i++) {
        if (n->refused_by[i])
            printf(" %llu %s", U(n->refused_by[i]), i ? l2tpsec_drop_name(i) : "no reason");
    }
    printf(", not sent %llu\n", U(n->inner_unsent));
}

void tally_report(struct tally *t, const struct options *o, double seconds)
{
    const struct counts *n = &t->n;

    printf(
        "seed %llu: %llu clients, %llu servers, %llu h: trace %016llx, %u violations; %llu connects, %llu renewals of "
        "phase 2, %llu main modes, %llu inner packets sent, %llu delivered, %llu lost, %llu refused, %llu events, "
        "longest connect %.1f s\n",
        U(o->seed), U(t->clients), U(t->servers), U(o->hours), U(t->trace), t->violated, U(n->connects), U(n->rekeys),
        U(n->phase1), U(n->inner_sent), U(n->inner_delivered), U(n->inner_lost), U(n->inner_refused), U(n->events),
        tally_part(&t->connect, 10000) / 1e3);
    tell_links(t, o);
    tell_packets(n);
    printf("  most memory: client %zu bytes, server %zu; a client held %zu more after close than when fresh; "
           "%llu ticks, %llu steps, %.1f s\n",
           n->peak_client, n->peak_server, n->held_after_close, U(n->ticks), U(n->items), seconds);
    (void)fflush(stdout);
}
