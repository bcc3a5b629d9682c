/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "pair/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

static uint64_t chance64(uint64_t *seed)
{
    *seed += 0x9e3779b97f4a7c15u;
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static bool dice(struct net *n, unsigned percent)
{
    return percent && chance64(&n->seed) % 100 < percent;
}

static void put_flight(struct net *n, const l2tpsec_packet *p)
{
    struct flight *f = malloc(sizeof *f); /* a test that counts callocs is not to count this */

    assert_non_null(f);
    assert_true(p->len <= NET_PAYLOAD);
    f->pkt = *p;
    memcpy(f->bytes, p->data, p->len);
    f->due = n->now + n->delay;
    if (dice(n, n->reorder))
        f->due += 1 + chance64(&n->seed) % (4 * n->delay + 50000);
    f->order = n->order++;
    if (p->len && dice(n, n->corrupt))
        f->bytes[chance64(&n->seed) % p->len] ^= (uint8_t)(1u << (chance64(&n->seed) % 8));
    struct flight **at = &n->flights;
    while (*at && ((*at)->due < f->due || ((*at)->due == f->due && (*at)->order < f->order)))
        at = &(*at)->next;
    f->next = *at;
    *at = f;
}

static void hash_in(struct net *n, const void *p, size_t len)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < len; i++)
        n->trace_hash = (n->trace_hash ^ b[i]) * 0x100000001b3u;
}

static bool same_ip(const l2tpsec_addr *a, const l2tpsec_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, 16) == 0;
}

/* One NAT for all hosts behind it: the host's index keeps their ports apart. */
static uint16_t nat_port(const struct net *n, const struct host *h, uint16_t port)
{
    return (uint16_t)(20000 + (h - n->host) * 4000 + n->nat_shift + (port == 4500 ? 1 : port == 500 ? 0 : port % 1000));
}

static void called(struct host *h)
{
    if (h->on_call)
        h->on_call(h);
}

static bool fails(struct host *h, enum net_call what)
{
    return h->fails && h->fails(h, what);
}

static void host_send(void *user, const l2tpsec_packet *pkts, size_t count)
{
    struct host *h = user;
    struct net *n = h->net;

    called(h);
    for (size_t i = 0; i < count; i++) {
        l2tpsec_packet p = pkts[i];
        uint8_t copy[NET_PAYLOAD];
        n->sent++;
        hash_in(n, &n->now, sizeof n->now);
        hash_in(n, p.data, p.len);
        assert_true(p.len <= sizeof copy);
        memcpy(copy, p.data, p.len);
        p.data = copy;
        h->sending = &pkts[i];
        if (fails(h, NET_SEND) || h->off || (h->behind_nat && p.transport == L2TPSEC_TRANSPORT_ESP)) {
            n->lost++;
            continue;
        }
        if (h->behind_nat) {
            uint16_t port = p.local.port;
            p.local = n->nat;
            p.local.port = nat_port(n, h, port);
        }
        if ((n->spy && !n->spy(n, &p)) || dice(n, n->loss)) {
            n->lost++;
            continue;
        }
        put_flight(n, &p);
        if (dice(n, n->duplicate))
            put_flight(n, &p);
    }
}

static void reply(struct host *h, const l2tpsec_packet *p)
{
    uint8_t room[64 + NET_PAYLOAD + 64];
    uint8_t *ip = room + 64;
    uint8_t swap[4];
    l2tpsec_packet out;

    memcpy(ip, p->data, p->len);
    memcpy(swap, ip + 12, 4);
    memcpy(ip + 12, ip + 16, 4);
    memcpy(ip + 16, swap, 4);
    memset(&out, 0, sizeof out);
    out.data = ip;
    out.len = p->len;
    out.headroom = out.tailroom = 64;
    out.link = p->link;
    assert_int_equal(l2tpsec_output(h->ctx, &out, 1, h->net->now), L2TPSEC_OK);
}

static void host_deliver(void *user, const l2tpsec_packet *pkts, size_t count)
{
    struct host *h = user;

    called(h);
    for (size_t i = 0; i < count; i++) {
        struct inner *in = &h->inbox[h->n_inbox++ % NET_INBOX];
        assert_true(pkts[i].len <= NET_PAYLOAD);
        in->link = pkts[i].link;
        in->len = pkts[i].len;
        memcpy(in->bytes, pkts[i].data, pkts[i].len);
        if (h->echo)
            reply(h, &pkts[i]);
    }
}

static void copy_text(char *out, size_t cap, const char *text)
{
    assert_non_null(text);
    snprintf(out, cap, "%s", text);
}

static void host_event(void *user, const l2tpsec_event *ev)
{
    struct host *h = user;
    struct said *s = &h->said[h->n_said % NET_EVENTS];

    called(h);
    h->n_said++;
    memset(s, 0, sizeof *s);
    s->type = ev->type;
    s->cause = ev->cause;
    s->layer = ev->layer;
    s->mtu = ev->mtu;
    s->link = ev->link;
    s->time = ev->time;
    s->retry_in_us = ev->retry_in_us;
    s->address = ev->address;
    s->peer_address = ev->peer_address;
    s->remote = ev->remote;
    memcpy(s->dns, ev->dns, sizeof s->dns);
    s->address6 = ev->address6;
    s->peer_address6 = ev->peer_address6;
    s->prefix6 = ev->prefix6;
    copy_text(s->step, sizeof s->step, ev->step);
    copy_text(s->text, sizeof s->text, ev->text);
    copy_text(s->offered, sizeof s->offered, ev->offered);
    copy_text(s->allowed, sizeof s->allowed, ev->allowed);
    copy_text(s->user, sizeof s->user, ev->user);
    copy_text(s->hint, sizeof s->hint, ev->hint);
    copy_text(s->domain, sizeof s->domain, ev->domain);
    copy_text(s->fits, sizeof s->fits, ev->fits);
    copy_text(s->advice, sizeof s->advice, ev->advice);
    s->windows_code = ev->windows_code;
    if (h->verbose)
        fprintf(stderr, "# %llu.%06llu %u.%u.%u.%u %s: %s\n", (unsigned long long)(h->net->now / 1000000),
                (unsigned long long)(h->net->now % 1000000), h->address.ip[0], h->address.ip[1], h->address.ip[2],
                h->address.ip[3], l2tpsec_event_name(ev->type), ev->text);
    if (h->on_event)
        h->on_event(h, ev);
}

static void host_tap(void *user, const l2tpsec_tap *t)
{
    struct host *h = user;

    called(h);
    assert_int_equal(t->size, sizeof *t);
    assert_true(t->len >= (t->kind == L2TPSEC_TAP_IKE ? 28 : 6));
    if (h->on_tap)
        h->on_tap(h, t);
}

static void host_log(void *user, const l2tpsec_record *rec)
{
    struct host *h = user;
    char line[256];

    called(h);
    if (h->on_log)
        h->on_log(h, rec);
    if (!h->verbose)
        return;
    l2tpsec_format(rec, line, sizeof line);
    fprintf(stderr, "# .%u %s\n", h->address.ip[3], line);
}

static int32_t host_random(void *user, uint8_t *buf, size_t len)
{
    struct host *h = user;

    called(h);
    if (fails(h, NET_RANDOM))
        return -1;
    if (h->randoms_failing_at && --h->randoms_failing_at == 0)
        return -1;
    if (h->random_untouched)
        return 0;
    for (size_t i = 0; i < len; i++)
        buf[i] = (uint8_t)chance64(&h->seed);
    return 0;
}

static int32_t host_secret(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len)
{
    struct host *h = user;
    static const char word[] = "wonderland";

    called(h);
    if (fails(h, NET_SECRET))
        return h->fails_with;
    if (h->secret)
        return h->secret(h, q, secret, cap, len);
    if (q->kind != L2TPSEC_SECRET_PASSWORD || q->name_len != 5 || memcmp(q->name, "alice", 5) != 0)
        return L2TPSEC_ENOENT;
    memcpy(secret, word, sizeof word - 1);
    *len = sizeof word - 1;
    return L2TPSEC_OK;
}

static int32_t host_new_password(void *user, const l2tpsec_query *q, const uint8_t *password, size_t len)
{
    struct host *h = user;

    called(h);
    if (fails(h, NET_NEW_PASSWORD))
        return h->fails_with;
    return h->new_password ? h->new_password(h, q, password, len) : L2TPSEC_ENOENT;
}

static int32_t host_address(void *user, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    struct host *h = user;

    called(h);
    if (fails(h, NET_ADDRESS))
        return h->fails_with;
    return h->address_cb ? h->address_cb(h, q, out) : L2TPSEC_ENOENT;
}

static void host_keylog(void *user, const char *file, const char *line)
{
    struct host *h = user;
    size_t used = strlen(h->keylog);

    called(h);
    snprintf(h->keylog + used, sizeof h->keylog - used, "%s:%s\n", file, line);
}

static void *host_alloc(void *user, size_t size)
{
    struct host *h = user;

    called(h);
    h->allocs++;
    if (fails(h, NET_ALLOC))
        return NULL;
    if (h->allocs_failing_at && --h->allocs_failing_at == 0) {
        if (h->allocs_failing_on)
            h->allocs_failing_at = 1;
        return NULL;
    }
    void *p = malloc(size);
    if (p)
        h->blocks++;
    return p;
}

static void host_release(void *user, void *p)
{
    struct host *h = user;

    h->blocks--;
    free(p);
}

void net_init(struct net *n, uint64_t seed)
{
    memset(n, 0, sizeof *n);
    n->now = 1000000000;
    n->seed = seed;
    n->delay = 10000;
}

void net_fini(struct net *n)
{
    while (n->flights) {
        struct flight *f = n->flights;
        n->flights = f->next;
        free(f);
    }
    for (size_t i = 0; i < n->n_hosts; i++) {
        l2tpsec_free(n->host[i].ctx);
        free(n->host[i].inbox);
        assert_int_equal(n->host[i].blocks, 0);
    }
}

static l2tpsec_addr ipv4(const char *text)
{
    l2tpsec_addr a;
    unsigned q[4];

    memset(&a, 0, sizeof a);
    assert_int_equal(sscanf(text, "%u.%u.%u.%u", &q[0], &q[1], &q[2], &q[3]), 4);
    a.family = 4;
    for (unsigned i = 0; i < 4; i++)
        a.ip[i] = (uint8_t)q[i];
    return a;
}

static int32_t host_wall_clock(void *user, int64_t *seconds)
{
    struct host *h = user;

    called(h);
    if (fails(h, NET_WALL_CLOCK))
        return L2TPSEC_ENOENT;
    *seconds = h->wall_clock;
    return h->wall_clock ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

static int32_t host_sign(void *user, const l2tpsec_sign_query *q, uint8_t *out, size_t cap, size_t *len)
{
    struct host *h = user;

    called(h);
    if (fails(h, NET_SIGN))
        return h->fails_with;
    return h->sign ? h->sign(h, q, out, cap, len) : L2TPSEC_ENOENT;
}

static const l2tpsec_callbacks callbacks = {.size = sizeof callbacks,
                                            .send = host_send,
                                            .deliver = host_deliver,
                                            .event = host_event,
                                            .secret = host_secret,
                                            .address = host_address,
                                            .random = host_random,
                                            .log = host_log,
                                            .keylog = host_keylog,
                                            .alloc = host_alloc,
                                            .release = host_release,
                                            .wall_clock = host_wall_clock,
                                            .sign = host_sign,
                                            .tap = host_tap,
                                            .new_password = host_new_password};

struct host *net_host(struct net *n, const char *address)
{
    assert_true(n->n_hosts < NET_HOSTS);
    struct host *h = &n->host[n->n_hosts++];
    h->net = n;
    h->address = ipv4(address);
    h->seed = chance64(&n->seed);
    h->verbose = getenv("PAIR_VERBOSE") != NULL;
    h->inbox = calloc(NET_INBOX, sizeof *h->inbox);
    assert_non_null(h->inbox);
    l2tpsec_callbacks given = callbacks;
    if (n->bare) {
        given.tap = NULL;
        given.keylog = NULL;
    }
    assert_int_equal(l2tpsec_new(&h->ctx, &given, h, n->now), L2TPSEC_OK);
    return h;
}

int32_t net_context(struct host *h, l2tpsec **out)
{
    return l2tpsec_new(out, &callbacks, h, h->net->now);
}

void net_reboot(struct host *h)
{
    l2tpsec_free(h->ctx);
    assert_int_equal(h->blocks, 0);
    assert_int_equal(net_context(h, &h->ctx), L2TPSEC_OK);
}

struct host *net_shards(struct net *n, const char *address, uint32_t count)
{
    struct host *first = &n->host[n->n_hosts];

    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(l2tpsec_set_shard(net_host(n, address)->ctx, i, count), L2TPSEC_OK);
    first->shards = count;
    return first;
}

static void set(l2tpsec_profile *p, const char *name, const char *value)
{
    if (l2tpsec_profile_set_str(p, name, value) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(p));
}

l2tpsec_profile *net_client_profile(struct host *h)
{
    l2tpsec_profile *p = NULL;

    assert_int_equal(l2tpsec_profile_new(h->ctx, &p), L2TPSEC_OK);
    set(p, "ike.psk", "a long enough test key");
    set(p, "ppp.user", "alice");
    set(p, "ppp.password", "wonderland");
    return p;
}

l2tpsec_profile *net_server_profile(struct host *h)
{
    l2tpsec_profile *p = NULL;

    assert_int_equal(l2tpsec_profile_new(h->ctx, &p), L2TPSEC_OK);
    set(p, "ike.psk", "a long enough test key");
    set(p, "server.address", "10.77.0.1");
    set(p, "server.pool", "10.77.0.0/16");
    set(p, "server.dns", "10.77.0.1, 9.9.9.9");
    return p;
}

l2tpsec_id net_connect(struct host *h, struct host *server, l2tpsec_profile *p)
{
    l2tpsec_id id = 0;

    assert_int_equal(l2tpsec_connect(h->ctx, p, &h->address, &server->address, h->net->now, &id), L2TPSEC_OK);
    assert_true(id != 0);
    return id;
}

/* Who has this address and port now, and which port it has there. */
static struct host *host_at(struct net *n, l2tpsec_addr *to)
{
    for (size_t i = 0; i < n->n_hosts; i++) {
        struct host *h = &n->host[i];
        if (!h->behind_nat && (same_ip(&h->address, to) || same_ip(&h->second, to)))
            return h;
        if (h->behind_nat && same_ip(&n->nat, to)) {
            static const uint16_t ports[] = {500, 4500};
            for (unsigned k = 0; k < 2; k++) {
                if (nat_port(n, h, ports[k]) == to->port) {
                    *to = h->address;
                    to->port = ports[k];
                    return h;
                }
            }
        }
    }
    return NULL;
}

static void land(struct net *n, struct flight *f)
{
    l2tpsec_packet p = f->pkt;
    l2tpsec_addr to = p.remote;
    struct host *h = host_at(n, &to);

    if (!h || h->off || h->asleep || (h->behind_nat && p.transport == L2TPSEC_TRANSPORT_ESP))
        return;
    p.remote = f->pkt.local;
    p.local = to;
    p.data = f->bytes;
    if (h->shards) {
        uint32_t shard = l2tpsec_shard_of(&p, h->shards);
        h += shard == L2TPSEC_SHARD_ANY ? n->order % h->shards : shard;
    }
    /* exact-size copy: sanitizers see one byte over */
    p.data = malloc(p.len ? p.len : 1);
    assert_non_null(p.data);
    memcpy(p.data, f->bytes, p.len);
    assert_int_equal(l2tpsec_input(h->ctx, &p, 1, n->now), L2TPSEC_OK);
    free(p.data);
}

static uint64_t next_stop(struct net *n)
{
    uint64_t stop = n->flights ? n->flights->due : L2TPSEC_NEVER;

    for (size_t i = 0; i < n->n_hosts; i++) {
        uint64_t t = n->host[i].asleep ? L2TPSEC_NEVER : l2tpsec_next_timeout(n->host[i].ctx);
        if (n->step && t > n->now + n->step)
            t = n->now + n->step;
        if (t < stop)
            stop = t;
    }
    return stop;
}

void net_run(struct net *n, uint64_t us)
{
    uint64_t until = n->now + us;

    for (;;) {
        uint64_t stop = next_stop(n);
        if (stop > until)
            break;
        if (stop > n->now)
            n->now = stop;
        while (n->flights && n->flights->due <= n->now) {
            struct flight *f = n->flights;
            n->flights = f->next;
            land(n, f);
            free(f);
        }
        for (size_t i = 0; i < n->n_hosts; i++) {
            l2tpsec *ctx = n->host[i].ctx;
            uint64_t due = l2tpsec_next_timeout(ctx);
            if ((due > n->now && !n->step) || n->host[i].asleep)
                continue;
            if (n->now >= n->host[i].woken + 1000000)
                n->host[i].wakes++;
            n->host[i].woken = n->now;
            assert_int_equal(l2tpsec_tick(ctx, n->now), L2TPSEC_OK);
            assert_true(l2tpsec_next_timeout(ctx) > n->now); /* after a tick at the deadline the next one is later */
        }
    }
    n->now = until;
}

int net_wait(struct net *n, struct host *h, uint32_t type, size_t from, uint64_t us)
{
    uint64_t until = n->now + us;

    for (;;) {
        for (; from < h->n_said; from++) {
            if (h->said[from % NET_EVENTS].type == type)
                return (int)from;
        }
        uint64_t stop = next_stop(n);
        if (n->now >= until || stop > until) {
            n->now = until > n->now ? until : n->now;
            return -1;
        }
        net_run(n, stop > n->now ? stop - n->now : 0);
    }
}

const struct said *net_last(const struct host *h, uint32_t type)
{
    for (size_t i = h->n_said; i > 0 && i + NET_EVENTS > h->n_said; i--) {
        if (h->said[(i - 1) % NET_EVENTS].type == type)
            return &h->said[(i - 1) % NET_EVENTS];
    }
    return NULL;
}

int32_t net_send(struct host *h, l2tpsec_id link, const l2tpsec_addr *src, const l2tpsec_addr *dst, size_t len,
                 uint32_t mark)
{
    uint8_t room[64 + NET_PAYLOAD + 64];
    uint8_t *ip = room + 64;
    l2tpsec_packet p;

    memset(room, 0, sizeof room);
    assert_true(len >= 32 && len <= NET_PAYLOAD);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(len >> 8);
    ip[3] = (uint8_t)len;
    ip[6] = 0x40; /* do not fragment */
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, src->ip, 4);
    memcpy(ip + 16, dst->ip, 4);
    for (unsigned i = 0; i < 4; i++)
        ip[28 + i] = (uint8_t)(mark >> (8 * i));
    memset(&p, 0, sizeof p);
    p.data = ip;
    p.len = len;
    p.headroom = p.tailroom = 64;
    p.link = link;
    assert_int_equal(l2tpsec_output(h->ctx, &p, 1, h->net->now), L2TPSEC_OK);
    return (int32_t)p.drop;
}
