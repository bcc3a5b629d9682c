/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/ipv6.h"

#include "base/errors.h"
#include "core/events.h"
#include "wire/rd.h"
#include "wire/wr.h"

#include <string.h>

#define HOPS 255u                          /* nobody further away can have sent it (RFC 4861, 6.1) */
#define ROUTER_LIFETIME 9000u              /* seconds, the most there is (RFC 4861, 6.2.1) */
#define ADVERTISE_EACH (3000 * L2S_SECOND) /* a lost one or two do no harm */
#define FOREVER UINT32_MAX                 /* of a prefix (RFC 4861, 4.6.2) */

enum { SOLICITATION = 133, ADVERTISEMENT = 134 }; /* RFC 4861, 4.1 and 4.2 */
enum { OPT_PREFIX = 3, OPT_MTU = 5 };             /* RFC 4861, 4.6 */
enum { FLAG_AUTONOMOUS = 0x40 };

static const uint8_t link_local[8] = {0xfe, 0x80};
static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};

static void advertisement_due(void *owner);

int l2s_ipv6_init(struct l2s_link *l)
{
    struct l2s_sys *sys = &l->c->sys;

    if (!l->prof->ppp.ipv6)
        return L2TPSEC_OK;
    if (l2s_timers_reserve(&sys->timers, 1) != L2TPSEC_OK)
        return L2TPSEC_ENOMEM;
    l->ipv6 = l2s_mem_new(&sys->mem, sizeof *l->ipv6);
    if (!l->ipv6) {
        l2s_timers_release(&sys->timers, 1);
        return L2TPSEC_ENOMEM;
    }
    l->ipv6->link = l;
    l2s_timer_init(&l->ipv6->timer, advertisement_due, l->ipv6);
    return L2TPSEC_OK;
}

void l2s_ipv6_fini(struct l2s_link *l)
{
    struct l2s_sys *sys = &l->c->sys;

    if (!l->ipv6)
        return;
    l2s_ipv6_give_back(l);
    l2s_timer_cancel(&sys->timers, &l->ipv6->timer);
    l2s_timers_release(&sys->timers, 1);
    l2s_mem_free(&sys->mem, l->ipv6);
    l->ipv6 = NULL;
}

/* ---- prefixes ----------------------------------------------------------------------------------------------------- */

struct l2s_link *l2s_ipv6_holder(struct l2tpsec *c, const uint8_t addr[16])
{
    for (struct l2s_hnode *n = l2s_hash_first(&c->routes6, l2s_hash_of(&c->routes6, addr, 8)); n;
         n = l2s_hash_next(n)) {
        struct l2s_link_ipv6 *v = L2S_CONTAINER(n, struct l2s_link_ipv6, route);
        if (memcmp(v->prefix, addr, 8) == 0)
            return v->link;
    }
    return NULL;
}

/* The pool's prefix, and in the bits up to 64 the end of the peer's IPv4 address: nobody else has that, and the same
 * user often has it again. False: there is no pool. */
static bool of_pool(const struct l2s_link *l, uint8_t out[8])
{
    unsigned len = l->prof->pool6_len;

    if (!len)
        return false;
    memcpy(out, l->prof->pool6, 8);
    for (unsigned bit = 63; bit >= len && bit >= 32; bit--) {
        unsigned from = bit - 32; /* of the IPv4 address */
        uint8_t one = (uint8_t)(l->net.peer[from / 8] >> (7 - from % 8) & 1);
        out[bit / 8] = (uint8_t)((out[bit / 8] & ~(0x80u >> bit % 8)) | (unsigned)one << (7 - bit % 8));
    }
    return true;
}

void l2s_ipv6_grant(struct l2s_link *l, const uint8_t *wanted)
{
    struct l2tpsec *c = l->c;
    uint8_t prefix[16] = {0};

    l2s_ipv6_give_back(l);
    if (!l->ipv6 || (!wanted && !of_pool(l, prefix)))
        return;
    if (wanted)
        memcpy(prefix, wanted, 8);
    if (l2s_ipv6_holder(c, prefix))
        return;
    memcpy(l->ipv6->prefix, prefix, 8);
    l->ipv6->has_prefix = l2s_hash_add(&c->routes6, &l->ipv6->route, l2s_hash_of(&c->routes6, prefix, 8)) == L2TPSEC_OK;
}

void l2s_ipv6_give_back(struct l2s_link *l)
{
    if (!l->ipv6)
        return;
    if (l->ipv6->has_prefix && !l->client)
        l2s_hash_remove(&l->c->routes6, &l->ipv6->route);
    l->ipv6->has_prefix = false;
}

/* ---- advertisements ----------------------------------------------------------------------------------------------- */

static void put_option_prefix(struct l2s_wr *w, const uint8_t prefix[8])
{
    l2s_wr_u8(w, OPT_PREFIX);
    l2s_wr_u8(w, 4); /* times 8 bytes */
    l2s_wr_u8(w, 64);
    l2s_wr_u8(w, FLAG_AUTONOMOUS); /* not on-link: everybody else's address is behind us */
    l2s_wr_u32(w, FOREVER);
    l2s_wr_u32(w, FOREVER);
    l2s_wr_u32(w, 0);
    l2s_wr_bytes(w, prefix, 8);
    l2s_wr_zeros(w, 8);
}

/* RFC 4861, 4.2 */
static void advertise(struct l2s_link *l)
{
    uint8_t ip[128], pseudo[8] = {0};
    struct l2s_wr w = l2s_wr_init(ip, sizeof ip);

    l2s_wr_u32(&w, 0x60000000);
    l2s_wr_u16(&w, 16 + 8 + 32);
    l2s_wr_u8(&w, L2S_IP_ICMP6);
    l2s_wr_u8(&w, HOPS);
    l2s_wr_bytes(&w, link_local, 8);
    l2s_wr_bytes(&w, l->ipv6->local, 8);
    l2s_wr_bytes(&w, all_nodes, 16);
    l2s_wr_u8(&w, ADVERTISEMENT);
    l2s_wr_u8(&w, 0);
    l2s_wr_u16(&w, 0); /* checksum */
    l2s_wr_u8(&w, 64);
    l2s_wr_u8(&w, 0); /* no DHCPv6 */
    l2s_wr_u16(&w, ROUTER_LIFETIME);
    l2s_wr_u32(&w, 0);
    l2s_wr_u32(&w, 0);
    l2s_wr_u8(&w, OPT_MTU);
    l2s_wr_u8(&w, 1);
    l2s_wr_u16(&w, 0);
    l2s_wr_u32(&w, l->mtu < 1280 ? 1280 : l->mtu);
    put_option_prefix(&w, l->ipv6->prefix);
    l2s_put32(pseudo, (uint32_t)(w.len - 40));
    pseudo[7] = L2S_IP_ICMP6;
    uint32_t sum = l2s_checksum_add(0, ip + 8, 32);
    sum = l2s_checksum_add(sum, pseudo, sizeof pseudo);
    l2s_put16(ip + 42, l2s_checksum_fold(l2s_checksum_add(sum, ip + 40, w.len - 40)));
    l2s_link_send_ip(l, ip, w.len);
}

static void advertise_again(struct l2s_link *l)
{
    if (l->client || !l->ipv6->has_prefix || !l2s_ipv6_passes(l))
        return;
    advertise(l);
    l2s_timer_arm(&l->c->sys.timers, &l->ipv6->timer, l->c->sys.now + ADVERTISE_EACH);
}

static void advertisement_due(void *owner)
{
    struct l2s_link_ipv6 *v = owner;

    advertise_again(v->link);
}

/* The client's address is the prefix and its identifier. */
static void recv_advertisement(struct l2s_link *l, struct l2s_rd r)
{
    l2s_rd_skip(&r, 12);
    while (!r.bad && r.left) {
        uint8_t type = l2s_rd_u8(&r), len = l2s_rd_u8(&r);
        struct l2s_rd o = l2s_rd_sub(&r, len ? len * 8u - 2 : r.left + 1); /* 0 makes it malformed (4.6) */
        if (o.bad || type != OPT_PREFIX || len != 4)
            continue;
        uint8_t bits = l2s_rd_u8(&o), flags = l2s_rd_u8(&o);
        uint32_t valid = l2s_rd_u32(&o);
        l2s_rd_skip(&o, 8);
        const uint8_t *prefix = l2s_rd_take(&o, 8);
        bool ours = bits == 64 && (flags & FLAG_AUTONOMOUS) && valid && prefix && memcmp(prefix, link_local, 8) != 0;
        if (!ours || (l->ipv6->has_prefix && memcmp(l->ipv6->prefix, prefix, 8) == 0))
            continue;
        memcpy(l->ipv6->prefix, prefix, 8);
        l->ipv6->has_prefix = true;
        l2s_event_ipv6(l);
        return;
    }
}

bool l2s_ipv6_hear(struct l2s_link *l, const uint8_t *p, const struct l2s_ip *ip)
{
    struct l2s_rd r = l2s_rd_init(p, ip->total_len);

    if (ip->protocol != L2S_IP_ICMP6)
        return false;
    l2s_rd_skip(&r, 7);
    uint8_t hops = l2s_rd_u8(&r);
    l2s_rd_skip(&r, 32);
    uint8_t type = l2s_rd_u8(&r);
    l2s_rd_skip(&r, 3);
    if (!l->ipv6 || r.bad || hops != HOPS || memcmp(ip->src, link_local, 8) != 0)
        return false;
    if (type == SOLICITATION && !l->client && l->ipv6->has_prefix) {
        advertise(l);
        return true;
    }
    if (type == ADVERTISEMENT && l->client)
        recv_advertisement(l, r);
    return false;
}

/* ---- the link ----------------------------------------------------------------------------------------------------- */

static void begin(struct l2s_link *l)
{
    l2s_event_ipv6(l);
    advertise_again(l);
}

void l2s_ipv6_identifiers(struct l2s_link *l, const uint8_t *local, const uint8_t *peer)
{
    if (!l->ipv6)
        return;
    l->ipv6->open = local != NULL;
    if (l->client)
        l->ipv6->has_prefix = false;
    if (!l->ipv6->open)
        return;
    memcpy(l->ipv6->local, local, 8);
    memcpy(l->ipv6->peer, peer, 8);
    if (l2s_link_up(l))
        begin(l);
}

void l2s_ipv6_link_up(struct l2s_link *l)
{
    if (l->ipv6 && l->ipv6->open)
        begin(l);
}

bool l2s_ipv6_passes(const struct l2s_link *l)
{
    return l->ipv6 && l->ipv6->open && l2s_link_up(l);
}

bool l2s_ipv6_source_is_right(const struct l2s_link *l, const uint8_t src[16])
{
    if (l->client || !l->ipv6)
        return l->client;
    if (memcmp(src, link_local, 8) == 0)
        return memcmp(src + 8, l->ipv6->peer, 8) == 0;
    return l->ipv6->has_prefix && memcmp(src, l->ipv6->prefix, 8) == 0;
}

void l2s_ipv6_peer(const struct l2s_link *l, uint8_t out[16])
{
    memcpy(out, link_local, 8);
    if (l->ipv6)
        memcpy(out + 8, l->ipv6->peer, 8);
    else
        memset(out + 8, 0, 8);
}
