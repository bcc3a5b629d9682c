/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From the host: find the link, put the header template in front, seal in bursts, send. */
#include "core/context.h"

#include "core/host.h"
#include "core/ipv6.h"
#include "core/lease.h"
#include "wire/ip.h"
#include "wire/wr.h"

#include <string.h>

#define IPV4_HEADER 20u
#define IPV4_DST_AT 16u

/* Packets ready to seal together, and the links they belong to. */
struct run {
    struct l2tpsec *c;
    struct l2s_esp_tx tx[L2S_CORE_BURST];
    struct l2s_link *link[L2S_CORE_BURST];
    l2tpsec_packet *from[L2S_CORE_BURST];
    uint16_t ip_len[L2S_CORE_BURST];
    size_t n;
    uint64_t bytes;             /* of IP, that go out */
    unsigned scratch;           /* first copy that is ours: a send callback may call us again */
    uint8_t to_version, to[16]; /* inner destination that was last looked up; 0: none */
    struct l2s_link *found;     /* for it */
    l2tpsec_packet out[L2S_CORE_BURST];
};

static void drop(struct l2tpsec *c, l2tpsec_packet *p, struct l2s_link *l, uint32_t reason)
{
    p->drop = reason;
    l2s_host_drop(c, "core", l, reason);
}

static struct l2s_link *only_client(struct l2tpsec *c)
{
    struct l2s_link *l = l2s_idtab_get(&c->links, c->client_hint);
    uint32_t at = 0;

    if (c->links.n - c->links_server != 1)
        return NULL;
    if (l && l->client)
        return l;
    while ((l = l2s_idtab_next(&c->links, &at)) != NULL && !l->client)
        continue;
    c->client_hint = l ? l->id : 0;
    return l;
}

/* Packets for one place come in a row: it is looked up once. */
static struct l2s_link *link_for(struct run *r, const l2tpsec_packet *p, const struct l2s_ip *ip)
{
    struct l2tpsec *c = r->c;
    size_t len = ip->version == 4 ? 4 : 16;

    if (p->link)
        return l2s_idtab_get(&c->links, p->link);
    if (r->to_version == ip->version && memcmp(r->to, ip->dst, len) == 0)
        return r->found;
    struct l2s_link *l = ip->version == 4 ? l2s_lease_holder(c, ip->dst) : l2s_ipv6_holder(c, ip->dst);
    memcpy(r->to, ip->dst, len);
    r->to_version = ip->version;
    r->found = l ? l : only_client(c);
    return r->found;
}

/* An ICMP error for the host, as a router inside the tunnel would send it. */
static void say_too_big(struct l2tpsec *c, struct l2s_link *l, const l2tpsec_packet *p)
{
    uint8_t from[16] = {0};
    l2tpsec_packet *out;
    uint8_t icmp[1280];

    if (p->data[0] >> 4 == 6)
        l2s_ipv6_peer(l, from);
    else
        memcpy(from, l->net.peer, 4);
    size_t n = l2s_ip_too_big(p->data, p->len, from, l->mtu, icmp, sizeof icmp);
    if (!n)
        return;
    uint8_t *at = l2s_packets_add(&c->deliver, &c->sys.mem, 0, n, &out);
    if (!at)
        return;
    memcpy(at, icmp, n);
    out->link = l->id;
}

/* The packet with room around it: where it lies, or copied once. NULL when our own room is used up. */
static uint8_t *with_room(struct l2tpsec *c, const l2tpsec_packet *p)
{
    if (p->headroom >= L2TPSEC_HEADROOM && p->tailroom >= L2TPSEC_TAILROOM)
        return p->data;
    if (c->scratch_used == L2S_SCRATCH_PACKETS || p->len > L2S_SCRATCH_BYTES - L2TPSEC_HEADROOM - L2TPSEC_TAILROOM)
        return NULL;
    uint8_t *copy = c->scratch[c->scratch_used++] + L2TPSEC_HEADROOM;
    memcpy(copy, p->data, p->len);
    c->stats.copied++;
    return copy;
}

static void count(struct run *r, struct l2s_link *l, size_t bytes)
{
    l->stats.packets_out++;
    l->stats.bytes_out += bytes;
    r->bytes += bytes;
}

static void seal_run(struct run *r)
{
    struct l2tpsec *c = r->c;
    size_t n_out = 0;

    if (!r->n || c->doomed)
        return;
    l2s_esp_seal(c->esp, r->tx, r->n);
    r->bytes = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct l2s_link *l = r->link[i];
        const struct l2s_way_out *way = &l->way;
        if (L2S_RARE(r->tx[i].reason)) {
            drop(c, r->from[i], l, r->tx[i].reason);
            continue;
        }
        l2s_packet_put(&r->out[n_out++], r->tx[i].p, r->tx[i].len, l->id, &way->local, &way->remote, way->transport);
        count(r, l, r->ip_len[i]);
        if (L2S_RARE(r->tx[i].spent) && l->channel)
            l2s_channel_spent(l->channel, way->by);
    }
    c->stats.packets_out += n_out;
    c->stats.bytes_out += r->bytes;
    r->n = 0;
    r->to_version = 0;
    if (n_out)
        c->cb.send(c->user, r->out, n_out);
    c->scratch_used = r->scratch;
}

/* UDP, L2TP and PPP headers in front, with the two lengths and the number of this packet. */
static void put_headers(struct l2s_link *l, uint8_t *data, size_t total)
{
    const struct l2s_way_out *way = &l->way;
    uint8_t *head = data - L2S_WAY_HEAD;

    memcpy(head, way->head, L2S_WAY_HEAD);
    l2s_put16(head + way->length_at, (uint16_t)total);
    if (way->l2tp_length_at)
        l2s_put16(head + way->l2tp_length_at, (uint16_t)(total - 8));
    if (way->ns_at)
        l2s_put16(head + way->ns_at, l->data_ns++);
}

static void add(struct run *r, l2tpsec_packet *p, struct l2s_link *l, const struct l2s_ip *ip)
{
    const struct l2s_way_out *way = &l->way;
    struct l2tpsec *c = r->c;
    uint8_t *data = with_room(c, p);
    size_t len = ip->total_len;

    if (L2S_RARE(!data)) {
        drop(c, p, l, c->scratch_used == L2S_SCRATCH_PACKETS ? L2TPSEC_DROP_NO_MEMORY : L2TPSEC_DROP_TOO_BIG);
        return;
    }
    if (L2S_RARE(l2s_ip_is_syn(data, ip)) && way->clamp)
        l2s_ip_clamp_mss(data, len, way->clamp);
    if (way->sealed) {
        if (!l2s_ppp_seal(l->ppp, data, len)) {
            drop(c, p, l, L2TPSEC_DROP_INTERNAL);
            return;
        }
        data -= L2S_PPP_EXPANSION;
        len += L2S_PPP_EXPANSION;
    }
    size_t total = way->len + len;
    put_headers(l, data, total);
    uint8_t *head = data - way->len;
    if (ip->version == 6 && !way->sealed)
        data[-1] = L2S_PPP_IPV6_BYTE;
    if (way->checksum)
        l2s_put16(head + 6, l2s_udp_checksum(6, l->channel->local_inner.ip, l->channel->remote_inner.ip, head, total));
    r->tx[r->n] = (struct l2s_esp_tx){.sa = way->sa, .p = head, .len = total};
    r->link[r->n] = l;
    r->from[r->n] = p;
    r->ip_len[r->n++] = (uint16_t)ip->total_len;
}

/* What exceeds the MTU but may be fragmented still goes, up to the peer's MRU: the outer packet is fragmented instead. */
static bool fits(const struct l2s_way_out *way, const struct l2s_ip *ip)
{
    return ip->total_len <= (ip->dont_fragment ? way->mtu : way->mtu_flexible);
}

static void one(struct run *r, l2tpsec_packet *p)
{
    struct l2tpsec *c = r->c;
    struct l2s_ip ip;

    p->drop = L2TPSEC_DROP_NONE;
    if (L2S_RARE(!l2s_ip_parse(p->data, p->len, &ip))) {
        drop(c, p, NULL, L2TPSEC_DROP_MALFORMED);
        return;
    }
    struct l2s_link *l = link_for(r, p, &ip);
    if (L2S_RARE(!l)) {
        drop(c, p, NULL, L2TPSEC_DROP_NO_ROUTE);
        return;
    }
    uint32_t reason = l->way.epoch == c->epoch ? L2TPSEC_DROP_NONE : l2s_way_out(l);
    if (!reason && ip.version == 6 && !l->way.ipv6)
        reason = L2TPSEC_DROP_UNKNOWN_PROTOCOL;
    if (reason) {
        drop(c, p, l, reason);
    } else if (!fits(&l->way, &ip)) {
        say_too_big(c, l, p);
        drop(c, p, l, L2TPSEC_DROP_TOO_BIG);
    } else {
        add(r, p, l, &ip);
    }
}

/* Of one packet: where it goes, if that is to be looked up by an IPv4 address. */
static const uint8_t *destination(const l2tpsec_packet *p)
{
    return !p->link && p->len >= IPV4_HEADER && p->data[0] >> 4 == 4 ? p->data + IPV4_DST_AT : NULL;
}

/* The links of packets for many places, found step by step for all together. */
static void expect_routes(struct l2tpsec *c, const l2tpsec_packet *pkts, size_t n, struct l2s_link **l)
{
    uint64_t hash[L2S_CORE_BURST];

    for (size_t i = 0; i < n; i++) {
        const uint8_t *to = destination(&pkts[i]);
        hash[i] = to ? l2s_hash_of(&c->routes, to, 4) : 0;
        if (to)
            l2s_hash_expect(&c->routes, hash[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (destination(&pkts[i]))
            l2s_hash_expect_first(&c->routes, hash[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct l2s_hnode *node = destination(&pkts[i]) ? l2s_hash_first(&c->routes, hash[i]) : NULL;
        if (node)
            l[i] = L2S_CONTAINER(node, struct l2s_link, route);
    }
}

/* Packets of many links: what is far away is fetched for all at once. */
static void expect(struct l2tpsec *c, const l2tpsec_packet *pkts, size_t n)
{
    struct l2s_link *l[L2S_CORE_BURST];

    for (size_t i = 0; i < n; i++)
        l[i] = l2s_idtab_get(&c->links, pkts[i].link);
    expect_routes(c, pkts, n, l);
    for (size_t i = 0; i < n; i++) {
        if (l[i])
            l2s_expect_all(l[i], sizeof *l[i] - sizeof l[i]->drops);
    }
    for (size_t i = 0; i < n; i++) {
        if (!l[i] || !l[i]->way.sa || !l[i]->channel || !l[i]->ppp)
            continue;
        l2s_esp_expect(l[i]->way.sa); /* as it was, and most often is still; nobody looks into it here */
        if (l[i]->way.epoch != c->epoch) {
            l2s_expect_all(l[i]->channel, sizeof *l[i]->channel);
            l2s_ppp_expect(l[i]->ppp);
        }
    }
}

/* These two belong to different links, as far as can be told. */
static bool differ(const l2tpsec_packet *a, const l2tpsec_packet *b)
{
    const uint8_t *to_a = destination(a), *to_b = destination(b);

    return a->link != b->link || (to_a && to_b && memcmp(to_a, to_b, 4) != 0);
}

void l2s_core_output(struct l2tpsec *c, l2tpsec_packet *pkts, size_t n)
{
    struct run r;

    r.c = c;
    r.n = 0;
    r.to_version = 0;
    r.scratch = c->scratch_used;
    for (size_t i = 0; i < n && !c->doomed; i++) {
        if (i % L2S_CORE_BURST == 0 && i + 1 < n && differ(&pkts[i], &pkts[i + 1]))
            expect(c, &pkts[i], n - i < L2S_CORE_BURST ? n - i : L2S_CORE_BURST);
        one(&r, &pkts[i]);
        /* between packets only: the host may take a link away while it sends */
        if (r.n == L2S_CORE_BURST || c->scratch_used == L2S_SCRATCH_PACKETS)
            seal_run(&r);
    }
    seal_run(&r);
}
