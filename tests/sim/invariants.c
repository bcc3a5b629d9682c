/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#define _GNU_SOURCE /* memmem */
#include "sim/invariants.h"

#include "toy/toy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "never seen on the wire" /* in every inner packet */
#define HEADERS 28u                   /* IPv4, UDP */
#define REFUSED_MOST 10u
#define SHORT (3 * MINUTE) /* a redial or two take that long at worst: of a few hours that is more than one per cent */
/* Bytes. A client's context with its profile; a server's, and for each link of it, those included that are not yet known to be dead. */
#define CLIENT_MOST (96u * 1024)
#define SERVER_BASE (2u * 1024 * 1024)
#define SERVER_EACH (64u * 1024)

/* One direction of one SA pair, by its key. */
struct key {
    uint64_t number; /* 0: free */
    uint64_t iv, window;
    uint32_t spi, sealed, opened;
    uint32_t sealer; /* 1 + index; servers count on from the clients */
};

struct invariants {
    struct key *keys;
    size_t n, room; /* a power of two */
    unsigned violated;
};

static struct sim *watched;

static void tell_again(const struct options *o, const struct client *c)
{
    printf("#  again: tests/sim/sim --seed %llu --hosts %u", (unsigned long long)o->seed, o->clients);
    if (o->connects)
        printf(" --connects %llu", (unsigned long long)o->connects);
    else
        printf(" --hours %llu%s --traffic %llu", (unsigned long long)o->hours, o->calm ? " --calm" : "",
               (unsigned long long)(o->traffic / SECOND));
    printf(" --loss %u --duplicate %u --reorder %u --corrupt %u", o->loss, o->duplicate, o->reorder, o->corrupt);
    if (o->within)
        printf(" --within %llu", (unsigned long long)(o->within / SECOND));
    for (unsigned i = 0; i < o->n_set; i++)
        printf(" --set %s=%s", o->set[i].name, o->set[i].value);
    if (c)
        printf(" --watch %u", c->h.index);
    printf("\n");
}

void violated(struct sim *s, const struct client *c, const char *format, ...)
{
    uint64_t at = (s->now - SIM_START) / SECOND;
    va_list more;

    printf("# VIOLATION after %llu h %02llu min %02llu s", (unsigned long long)(at / 3600),
           (unsigned long long)(at / 60 % 60), (unsigned long long)(at % 60));
    if (c)
        printf(", client %u", c->h.index);
    printf(": ");
    va_start(more, format);
    vprintf(format, more);
    va_end(more);
    printf("\n");
    tell_again(s->o, c);
    (void)fflush(stdout);
    if (++s->inv->violated >= s->o->violations)
        s->over = true;
}

/* ---- keys ---- */

static struct key *find(struct invariants *inv, uint64_t number)
{
    size_t i = (size_t)number & (inv->room - 1);

    while (inv->keys[i].number && inv->keys[i].number != number)
        i = (i + 1) & (inv->room - 1);
    return &inv->keys[i];
}

static void grow(struct invariants *inv)
{
    struct key *old = inv->keys;
    size_t room = inv->room;

    inv->room = room ? 2 * room : 1024;
    inv->keys = calloc(inv->room, sizeof *inv->keys);
    if (!inv->keys)
        abort();
    for (size_t i = 0; i < room; i++) {
        if (old[i].number)
            *find(inv, old[i].number) = old[i];
    }
    free(old);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t number_of(const struct host *h)
{
    return 1 + h->index + (h->server ? h->s->n_clients : 0);
}

static const struct client *client_of(const struct host *h)
{
    return h->server ? NULL : (const struct client *)(const void *)h;
}

/* A number, and an IV, are used once under a key; and a key is one SA's. */
static void on_sealed(const struct l2s_esp_job *job)
{
    struct sim *s = watched;
    struct invariants *inv = s->inv;
    struct host *h = s->running;
    size_t iv_len = 0;
    uint64_t number = toy_key_of(job->key, &iv_len);
    uint32_t spi = get32(job->pkt), sequence = get32(job->pkt + 4);
    const uint8_t *iv = job->pkt + 8 + iv_len - 8;
    uint64_t count = (uint64_t)get32(iv) << 32 | get32(iv + 4);

    struct key *k = find(inv, number);
    if (!k->number) {
        if (2 * ++inv->n > inv->room) {
            grow(inv);
            k = find(inv, number);
        }
        *k = (struct key){.number = number, .spi = spi, .sealer = number_of(h)};
    } else if (k->spi != spi || k->sealer != number_of(h)) {
        violated(s, client_of(h), "a key is used for two SAs, %08x and %08x", k->spi, spi);
    } else if (sequence <= k->sealed || count <= k->iv) {
        violated(s, client_of(h), "SA %08x uses sequence number %u or its IV again", spi, sequence);
    }
    k->sealed = sequence;
    k->iv = count;
}

/* The ICV was right: it must be the first time that this packet is opened. */
static void on_opened(const struct l2s_esp_job *job)
{
    struct sim *s = watched;
    struct host *h = s->running;
    size_t iv_len = 0;
    uint64_t number = toy_key_of(job->key, &iv_len);
    uint32_t sequence = get32(job->pkt + 4);
    struct key *k = find(s->inv, number);

    if (!k->number || sequence > k->sealed) {
        violated(s, client_of(h), "SA %08x opened a packet that was never sealed", get32(job->pkt));
        return;
    }
    bool at_client = k->sealer > s->n_clients;
    if (at_client == h->server || (h->server && s->clients[k->sealer - 1].server != h) ||
        (!h->server && client_of(h)->server != &s->servers[k->sealer - 1 - s->n_clients]))
        violated(s, client_of(h), "SA %08x opened a packet of somebody else", get32(job->pkt));
    uint32_t behind = k->opened - sequence;
    if (sequence > k->opened) {
        uint32_t on = sequence - k->opened;
        k->window = (on < 64 ? k->window << on : 0) | 1;
        k->opened = sequence;
    } else if (behind < 64 && k->window >> behind & 1) {
        violated(s, client_of(h), "SA %08x opened packet %u again", get32(job->pkt), sequence);
    } else if (behind < 64) {
        k->window |= UINT64_C(1) << behind;
    }
}

struct invariants *invariants_new(struct sim *s)
{
    struct invariants *inv = calloc(1, sizeof *inv);

    if (!inv)
        abort();
    grow(inv);
    watched = s;
    toy.sealed = on_sealed;
    toy.opened = on_opened;
    return inv;
}

void invariants_free(struct sim *s)
{
    toy.sealed = toy.opened = NULL;
    watched = NULL;
    free(s->inv->keys);
    free(s->inv);
    s->inv = NULL;
}

unsigned invariants_violated(const struct sim *s)
{
    return s->inv->violated;
}

/* ---- packets ---- */

struct inside { /* behind the mark */
    uint32_t client, flow;
    uint64_t number;
};

void inner_make(struct client *c, unsigned flow, uint8_t *ip, size_t len)
{
    const l2tpsec_addr *src = flow ? &c->server_address : &c->address;
    const l2tpsec_addr *dst = flow ? &c->server_peer : &c->peer;
    struct inside in = {.client = c->h.index, .flow = flow, .number = ++c->flow[flow].sent};

    memset(ip, 0, len);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(len >> 8);
    ip[3] = (uint8_t)len;
    ip[6] = 0x40; /* do not fragment */
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, src->ip, 4);
    memcpy(ip + 16, dst->ip, 4);
    memcpy(ip + HEADERS, MARK, sizeof MARK - 1);
    memcpy(ip + len - sizeof in, &in, sizeof in);
}

void check_datagram(struct sim *s, const uint8_t *p, size_t n)
{
    if (memmem(p, n, MARK, sizeof MARK - 1))
        violated(s, client_of(s->running), "an inner packet can be read on the wire");
}

void check_delivery(struct host *h, const l2tpsec_packet *p)
{
    struct sim *s = h->s;
    struct inside in;

    if (p->len < INNER_LEAST || memcmp(p->data + HEADERS, MARK, sizeof MARK - 1) != 0) {
        if (p->len < 28 || p->data[9] != 1) /* ICMP of the library itself may come */
            violated(s, client_of(h), "a packet came out of a link that nobody put into one");
        return;
    }
    memcpy(&in, p->data + p->len - sizeof in, sizeof in);
    if (in.client >= s->n_clients || in.flow > 1) {
        violated(s, client_of(h), "an inner packet was changed on the way");
        return;
    }
    struct client *c = &s->clients[in.client];
    if (h != (in.flow ? &c->h : c->server) || (in.flow == 0) != h->server)
        violated(s, c, "packet %llu came to another host", (unsigned long long)in.number);
    if (p->link != (h->server ? c->server_link : c->link))
        violated(s, c, "packet %llu came by another link", (unsigned long long)in.number);
    struct flow *f = &c->flow[in.flow];
    uint64_t behind = f->top - in.number;
    if (in.number > f->sent) {
        violated(s, c, "packet %llu was never sent", (unsigned long long)in.number);
    } else if (in.number > f->top) {
        uint64_t on = in.number - f->top;
        f->window = (on < 64 ? f->window << on : 0) | 1;
        f->top = in.number;
    } else if (behind >= 64 || f->window >> behind & 1) {
        violated(s, c, "packet %llu was delivered again", (unsigned long long)in.number);
    } else {
        f->window |= UINT64_C(1) << behind;
    }
    s->delivered = true;
}

void check_refusal(struct client *c, unsigned flow, bool delivered)
{
    struct flow *f = &c->flow[flow];
    struct sim *s = c->h.s;

    if (delivered) {
        f->refused = 0;
        return;
    }
    if (f->refused++ == 0)
        f->refused_since = s->now;
    uint64_t since = f->refused_since > c->calm_from ? f->refused_since : c->calm_from;
    if (f->refused > REFUSED_MOST && s->now > since + STUCK) {
        violated(s, c, "stuck: %llu packets to the %s in a row came to nothing in %llu s",
                 (unsigned long long)f->refused, flow ? "client" : "server",
                 (unsigned long long)((s->now - f->refused_since) / SECOND));
        f->refused = 0;
    }
}

/* ---- hosts and links ---- */

void check_deadline(struct host *h)
{
    if (l2tpsec_next_timeout(h->ctx) <= sim_host_now(h))
        violated(h->s, client_of(h), "after a tick at the deadline the next one is not later");
}

void check_memory(struct host *h)
{
    struct sim *s = h->s;
    size_t most = CLIENT_MOST;
    l2tpsec_stats st = {.size = sizeof st};

    if (h->server && h->ctx) {
        (void)l2tpsec_get_stats(h->ctx, 0, &st);
        most = SERVER_BASE + (size_t)(st.links + st.half_open) * SERVER_EACH;
    }
    if (h->bytes > most)
        violated(s, client_of(h), "a %s holds %zu bytes", h->server ? "server" : "client", h->bytes);
}

void check_alive(struct client *c)
{
    struct sim *s = c->h.s;
    uint64_t since = c->last_up > c->calm_from ? c->last_up : c->calm_from;
    static const char *const words[] = {"off", "idle", "dialling", "up", "waiting"};

    if (s->closing || c->phase == P_OFF || s->now <= since + STUCK)
        return;
    violated(s, c, "stuck: not up at both ends for %llu s, the client is %s, the server %s",
             (unsigned long long)((s->now - since) / SECOND), words[c->phase],
             c->server_link ? "has a link" : "has none");
    sim_disturb(c);
}

void check_over(struct host *h, bool after_close)
{
    l2tpsec_stats st = {.size = sizeof st};

    if (h->ctx) {
        (void)l2tpsec_get_stats(h->ctx, 0, &st);
        if (st.links || st.half_open)
            violated(h->s, client_of(h), "%llu links are left of a %s after close",
                     (unsigned long long)(st.links + st.half_open), h->server ? "server" : "client");
        size_t more = h->bytes > h->fresh ? h->bytes - h->fresh : 0;
        if (after_close && !h->server && more > h->s->n.held_after_close)
            h->s->n.held_after_close = more;
        return;
    }
    if (h->bytes || h->blocks)
        violated(h->s, client_of(h), "%zu bytes in %zu blocks are left after l2tpsec_free()", h->bytes, h->blocks);
}

void check_availability(struct client *c)
{
    if (c->up * 100 < c->allowed * 99 && c->allowed - c->up > SHORT)
        violated(c->h.s, c, "up %llu s of the %llu s that the network allowed: %.2f %%",
                 (unsigned long long)(c->up / SECOND), (unsigned long long)(c->allowed / SECOND),
                 100.0 * (double)c->up / (double)c->allowed);
}
