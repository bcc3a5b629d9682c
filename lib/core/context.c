/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/context.h"

#include "core/channel.h"
#include "core/host.h"
#include "core/link.h"
#include "core/server.h"
#include "core/structs.h"
#include "core/tap.h"

#include <stdlib.h>
#include <string.h>

static void *c_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void c_release(void *user, void *p)
{
    (void)user;
    free(p);
}

static int32_t adopt(l2tpsec_callbacks *out, const l2tpsec_callbacks *cb)
{
    int32_t rc = l2s_struct_take(out, cb, sizeof *out, offsetof(l2tpsec_callbacks, log));

    if (rc != L2TPSEC_OK)
        return rc;
    if (out->reserved || out->reserved2 || !out->send || !out->deliver || !out->random || !out->alloc != !out->release)
        return L2TPSEC_EINVAL;
    if (!out->alloc) {
        out->alloc = c_alloc;
        out->release = c_release;
    }
    return L2TPSEC_OK;
}

static int32_t build(struct l2tpsec *c)
{
    uint8_t key[32];

    if (l2s_random(&c->sys, key, sizeof key) != 0)
        return L2TPSEC_ERANDOM;
    l2s_hash_init(&c->channels, &c->sys.mem, key);
    l2s_hash_init(&c->routes, &c->sys.mem, key + 16);
    l2s_hash_init(&c->routes6, &c->sys.mem, key + 16);
    l2s_hash_init(&c->users, &c->sys.mem, key + 16);
    l2s_idtab_init(&c->links, &c->sys.mem);

    c->ike_port = l2s_channel_ike_port;
    c->ike_port.tap = c->cb.tap ? l2s_tap_ike : NULL;
    c->ike_port.self = c;
    c->l2tp_port = l2s_link_l2tp_port;
    c->l2tp_port.self = c;
    c->spare = l2s_mem_new(&c->sys.mem, sizeof *c->spare);
    c->shown = l2s_mem_new(&c->sys.mem, sizeof *c->shown);
    c->scratch = l2s_mem_new(&c->sys.mem, (size_t)L2S_SCRATCH_PACKETS * L2S_SCRATCH_BYTES);
    if (!c->spare || !c->shown || !c->scratch)
        return L2TPSEC_ENOMEM;

    int rc = l2s_crypto_new(&c->sys, c->cb.engine, &c->crypto);
    if (rc == L2TPSEC_OK)
        rc = l2s_esp_new(&c->sys, c->crypto, &c->esp);
    if (rc == L2TPSEC_OK)
        rc = l2s_ike_new(&c->sys, c->crypto, &c->ike_port, &c->ike);
    if (rc == L2TPSEC_OK)
        rc = l2s_l2tp_new(&c->sys, c->crypto, &c->l2tp_port, &c->l2tp);
    return rc;
}

static void bury_all(struct l2tpsec *c)
{
    while (!l2s_list_empty(&c->graves)) {
        struct l2s_grave *g = L2S_LIST_ENTRY(c->graves.next, struct l2s_grave, node);
        l2s_list_remove(&g->node);
        g->bury(c, g);
    }
}

static void drop_events(struct l2tpsec *c)
{
    while (!l2s_list_empty(&c->events)) {
        struct l2s_event *e = L2S_LIST_ENTRY(c->events.next, struct l2s_event, node);
        l2s_list_remove(&e->node);
        l2s_mem_free(&c->sys.mem, e->history);
        l2s_mem_free(&c->sys.mem, e);
    }
}

static void free_profiles(struct l2tpsec *c)
{
    while (!l2s_list_empty(&c->profiles))
        l2s_server_unlist(L2S_LIST_ENTRY(c->profiles.next, struct l2tpsec_profile, node));
    while (!l2s_list_empty(&c->servers))
        l2s_shared_put(c, L2S_LIST_ENTRY(c->servers.next, struct l2s_shared_profile, node));
}

static void destroy(struct l2tpsec *c)
{
    void (*release)(void *, void *) = c->cb.release;
    void *user = c->user;
    uint32_t at = 0;
    size_t bucket = 0;

    c->doomed = true; /* nobody is called back from here on, but release */
    for (struct l2s_link *l; (l = l2s_idtab_next(&c->links, &at)) != NULL;)
        l2s_link_free(c, l);
    for (struct l2s_hnode *n; (n = l2s_hash_pop(&c->channels, &bucket)) != NULL;)
        l2s_channel_free(L2S_CONTAINER(n, struct l2s_channel, hnode));
    bury_all(c);
    l2s_l2tp_free(c->l2tp);
    l2s_ike_free(c->ike);
    l2s_esp_free(c->esp);
    drop_events(c);
    free_profiles(c);
    l2s_crypto_free(c->crypto);
    l2s_pool_fini(&c->pool, &c->sys.mem);
    l2s_packets_fini(&c->send, &c->sys.mem);
    l2s_packets_fini(&c->deliver, &c->sys.mem);
    l2s_hash_fini(&c->channels);
    l2s_hash_fini(&c->routes);
    l2s_hash_fini(&c->routes6);
    l2s_hash_fini(&c->users);
    l2s_idtab_fini(&c->links);
    l2s_timers_fini(&c->sys.timers);
    l2s_mem_free(&c->sys.mem, c->spare);
    l2s_mem_free(&c->sys.mem, c->shown);
    l2s_mem_free(&c->sys.mem, c->scratch);
    release(user, c);
}

int32_t l2s_core_new(struct l2tpsec **out, const l2tpsec_callbacks *cb, void *user, uint64_t now)
{
    l2tpsec_callbacks mine;
    int32_t rc = adopt(&mine, cb);

    if (rc != L2TPSEC_OK)
        return rc;
    struct l2tpsec *c = mine.alloc(user, sizeof *c);
    if (!c)
        return L2TPSEC_ENOMEM;
    memset(c, 0, sizeof *c);
    c->cb = mine;
    c->user = user;
    c->sys.mem = (struct l2s_mem){.alloc = l2s_host_alloc, .release = l2s_host_release, .user = c};
    c->sys.random = l2s_host_random;
    c->sys.random_user = c;
    c->sys.now = now;
    c->sys.trace.sink = l2s_host_trace;
    c->sys.trace.user = c;
    l2s_timers_init(&c->sys.timers, &c->sys.mem);
    l2s_list_init(&c->profiles);
    l2s_list_init(&c->servers);
    l2s_list_init(&c->events);
    l2s_list_init(&c->untold);
    l2s_list_init(&c->graves);

    rc = build(c);
    if (rc != L2TPSEC_OK) {
        destroy(c);
        return rc;
    }
    *out = c;
    return L2TPSEC_OK;
}

void l2s_core_free(struct l2tpsec *c)
{
    if (!c)
        return;
    if (c->depth || c->asking)
        c->doomed = true;
    else
        destroy(c);
}

void l2s_core_doom(struct l2tpsec *c, struct l2s_grave *g, void (*bury)(struct l2tpsec *c, struct l2s_grave *g))
{
    g->bury = bury;
    l2s_list_add_tail(&c->graves, &g->node);
}

int32_t l2s_core_enter_data(struct l2tpsec *c, uint64_t now, bool outer)
{
    if (c->asking || c->doomed || (outer && c->depth))
        return L2TPSEC_EBUSY;
    if (now > c->sys.now)
        c->sys.now = now;
    if (c->sys.now >= c->epoch_end) {
        c->epoch++;
        c->epoch_end = c->sys.now + L2S_SECOND;
    }
    c->depth++;
    return L2TPSEC_OK;
}

int32_t l2s_core_enter(struct l2tpsec *c, uint64_t now, bool outer)
{
    int32_t rc = l2s_core_enter_data(c, now, outer);

    c->epoch += rc == L2TPSEC_OK;
    return rc;
}

/* The queue is taken out while the host has it: what is said meanwhile goes to a fresh one. */
static void flush_packets(struct l2tpsec *c, struct l2s_packets *q,
                          void (*to)(void *user, const l2tpsec_packet *pkts, size_t n))
{
    struct l2s_packets taken = *q;

    memset(q, 0, sizeof *q);
    l2s_packets_settle(&taken);
    if (!c->doomed)
        to(c->user, taken.pkt, taken.n);
    l2s_packets_clear(&taken);
    if (q->cap == 0 && q->room == 0)
        *q = taken; /* keep its memory for the next time */
    else
        l2s_packets_fini(&taken, &c->sys.mem);
}

void l2s_core_flush_sends(struct l2tpsec *c)
{
    if (c->send.n)
        flush_packets(c, &c->send, c->cb.send);
}

static void flush_event(struct l2tpsec *c)
{
    struct l2s_event *e = L2S_LIST_ENTRY(c->events.next, struct l2s_event, node);

    l2s_list_remove(&e->node);
    c->epoch++;
    c->told = e;
    if (c->cb.event && !c->doomed)
        c->cb.event(c->user, &e->ev);
    c->told = NULL;
    l2s_mem_free(&c->sys.mem, e->history);
    e->history = NULL;
    if (!c->spare) {
        memset(e, 0, sizeof *e);
        c->spare = e;
    } else {
        l2s_mem_free(&c->sys.mem, e);
    }
}

void l2s_core_flush_events(struct l2tpsec *c)
{
    while (!l2s_list_empty(&c->events))
        flush_event(c);
}

void l2s_core_leave(struct l2tpsec *c)
{
    if (c->depth == 1) {
        for (;;) {
            if (c->send.n)
                flush_packets(c, &c->send, c->cb.send);
            else if (c->deliver.n)
                flush_packets(c, &c->deliver, c->cb.deliver);
            else if (!l2s_list_empty(&c->events))
                flush_event(c);
            else if (!l2s_list_empty(&c->untold))
                l2s_link_tell(L2S_LIST_ENTRY(c->untold.next, struct l2s_link, node));
            else
                break;
        }
        bury_all(c);
        if (!c->listening && !l2s_list_empty(&c->servers))
            l2s_server_drop_unused(c);
    }
    c->depth--;
    if (c->doomed && c->depth == 0)
        destroy(c);
}
