/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From the network: demultiplex, open ESP in bursts, hand control to the wings and IP to the host. */
#include "core/context.h"

#include "base/wipe.h"
#include "core/former.h"
#include "core/host.h"
#include "core/inform.h"
#include "core/ipv6.h"
#include "core/link.h"
#include "core/shard.h"
#include "core/tap.h"
#include "l2tp/plain.h"
#include "wire/ip.h"

#include <string.h>

#define AHEAD 4u /* packets, in which what is far away arrives */

enum kind { KIND_DROP, KIND_KEEPALIVE, KIND_IKE, KIND_IKE_MARKED, KIND_ESP, KIND_ESP_UDP };

/* The datagrams of a call that wait to be opened together, and what comes out of them. */
struct run {
    struct l2tpsec *c;
    struct l2s_esp_rx rx[L2S_CORE_BURST];
    l2tpsec_packet *from[L2S_CORE_BURST];
    size_t n;
    l2tpsec_packet out[L2S_CORE_BURST];
    size_t n_out;
    uint64_t bytes; /* of these */
};

static void drop(struct l2tpsec *c, l2tpsec_packet *p, const char *wing, struct l2s_link *l, uint32_t reason)
{
    p->drop = reason;
    l2s_host_drop(c, wing, l, reason);
}

/* RFC 3948, 2.2 and 2.3, but on every socket we own and whatever the port (peers answer to the port of the first
 * message): four zero bytes are the marker, one byte FF a keepalive, what looks like IKE from end to end is that, a known SPI is ESP,
 * the rest may be IKE. The cookie of one client in 43 000 begins like one of 100 000 SPIs, and it would never get through; of ESP
 * packets one in 2^40 looks like IKE, and only that one is lost. */
static enum kind classify(struct l2tpsec *c, const l2tpsec_packet *p)
{
    struct l2s_rd r = l2s_rd_init(p->data, p->len);

    if (p->transport == L2TPSEC_TRANSPORT_ESP)
        return KIND_ESP;
    if (p->local.port == L2S_L2TP_PORT)
        return KIND_DROP;
    if (p->len == 1 && p->data[0] == 0xff)
        return KIND_KEEPALIVE;
    uint32_t first = l2s_rd_u32(&r);
    if (r.bad)
        return KIND_ESP_UDP; /* too short for anything: counted where ESP counts it */
    if (first == 0)
        return p->len == 5 && p->data[4] == 0xff ? KIND_KEEPALIVE : KIND_IKE_MARKED;
    if (l2s_looks_like_ike(p->data, p->len))
        return KIND_IKE;
    return p->local.port == L2S_IKE_PORT && !l2s_esp_find(c->esp, first) ? KIND_IKE : KIND_ESP_UDP;
}

static bool source_is_right(const struct l2s_way_in *way, const struct l2s_ip *ip)
{
    if (ip->version == 6)
        return l2s_ipv6_source_is_right(way->link, ip->src);
    return way->any_source || memcmp(ip->src, way->source, sizeof way->source) == 0;
}

/* Out of line, that the header need not be kept for it: few packets get here. */
static bool hear(struct l2s_link *l, const uint8_t *data, size_t n)
{
    struct l2s_ip ip;

    if (!l2s_ip_parse(data, n, &ip))
        return false;
    return ip.version == 6 ? l2s_ipv6_hear(l, data, &ip) : l2s_inform_hear(l, data, &ip);
}

/* It may be for us, not for the host. */
static inline bool concerns_us(const uint8_t *data, const struct l2s_ip *ip)
{
    if (ip->version == 6)
        return ip->protocol == L2S_IP_ICMP6;
    uint16_t port = l2s_ip_udp_port(data, ip);
    return port == L2S_DHCP_CLIENT_PORT || port == L2S_DHCP_SERVER_PORT;
}

/* An IP packet from a link for the host. False: it was not one. */
L2S_IN_LINE bool deliver(struct run *r, const struct l2s_way_in *way, l2tpsec_packet *from, struct l2s_rd packet,
                         uint8_t version)
{
    struct l2tpsec *c = r->c;
    struct l2s_link *l = way->link;
    uint8_t *data = from->data + (packet.p - from->data);
    struct l2s_ip ip;

    if (L2S_RARE(!l2s_ip_parse(data, packet.left, &ip) || ip.version != version)) { /* what the PPP protocol said */
        drop(c, from, "ppp", l, L2TPSEC_DROP_MALFORMED);
        return false;
    }
    if (L2S_RARE(!source_is_right(way, &ip))) {
        drop(c, from, "core", l, L2TPSEC_DROP_SPOOFED);
        return false;
    }
    if (L2S_RARE(concerns_us(data, &ip)) && hear(l, data, ip.total_len))
        return false;
    if (L2S_RARE(l2s_ip_is_syn(data, &ip)) && way->clamp)
        l2s_ip_clamp_mss(data, ip.total_len, way->clamp);
    l2s_packet_put_inner(&r->out[r->n_out++], data, ip.total_len, way->id);
    r->bytes += ip.total_len;
    l->stats.packets_in++;
    l->stats.bytes_in += ip.total_len;
    return true;
}

/* Any valid packet is proof of life: no echo, no Hello while traffic flows. Told once a second. */
static void link_alive(struct l2s_link *l)
{
    l->heard = l->c->sys.now;
    if (l->c->sys.now < l->alive_told + L2S_SECOND)
        return;
    l->alive_told = l->c->sys.now;
    if (l->session)
        l2s_l2tp_alive(l->c->l2tp, l->session);
    if (l->ppp)
        l2s_ppp_alive(l->ppp);
}

static void mark(struct l2s_mark *m, const struct l2s_esp_rx *rx, size_t len)
{
    uint8_t mask[L2S_MARK_MAX] = {0};
    size_t l2tp = l2s_l2tp_plain_mask(l2s_rd_init(rx->p, rx->len), mask, &m->length);

    m->len = 0;
    if (!l2tp || len < l2tp || len > L2S_MARK_MAX || rx->len < L2S_MARK_MAX)
        return;
    memset(mask + l2tp, 0xff, len - l2tp);
    memcpy(m->mask, mask, sizeof mask);
    memcpy(m->want, rx->p, sizeof m->want);
    for (unsigned i = 0; i < L2S_COUNT_OF(m->want); i++)
        m->want[i] &= m->mask[i];
    m->len = (uint8_t)len;
}

/* The next packet of its kind is spared all that was asked on the way of this one. */
static void remember(const struct l2s_way_in *way, struct l2s_child *by, const l2tpsec_packet *from,
                     const struct l2s_esp_rx *rx, const uint8_t *ip, bool v6)
{
    struct l2tpsec *c = way->link->c;
    struct l2s_way_in *kept = &by->way;

    if (by->unconfirmed || by->channel->out != by)
        return;
    if (kept->epoch != c->epoch || kept->link != way->link) {
        *kept = *way;
        kept->epoch = c->epoch;
        kept->remote = from->remote;
    }
    mark(v6 ? &kept->ipv6 : &kept->ipv4, rx, (size_t)(ip - rx->p));
}

static bool marked(const struct l2s_mark *m, const uint8_t *p)
{
    uint64_t is[2];

    memcpy(is, p, sizeof is);
    return m->len && (((is[0] & m->mask[0]) ^ m->want[0]) | ((is[1] & m->mask[1]) ^ m->want[1])) == 0;
}

/* What is not for the host is not left in its buffers: with PAP there is a password in it. */
static void wipe(l2tpsec_packet *from, const struct l2s_esp_rx *rx)
{
    l2s_wipe(from->data + (rx->p - from->data), rx->len);
}

/* The way that the last packet of this pair went. */
static bool known_way(struct run *r, const struct l2s_esp_rx *rx, l2tpsec_packet *from)
{
    struct l2s_child *by = rx->owner;
    const struct l2s_way_in *way = &by->way;
    struct l2s_rd frame = l2s_rd_init(rx->p, rx->len);

    if (way->epoch != r->c->epoch || memcmp(&from->remote, &way->remote, sizeof way->remote) != 0 ||
        rx->len < L2S_MARK_MAX)
        return false;
    bool v4 = marked(&way->ipv4, rx->p);
    if (!v4 && !marked(&way->ipv6, rx->p))
        return false;
    const struct l2s_mark *m = v4 ? &way->ipv4 : &way->ipv6;
    if (m->length) { /* what follows it is padding */
        struct l2s_rd at = l2s_rd_init(rx->p + L2S_L2TP_LENGTH_AT, 2);
        size_t length = l2s_rd_u16(&at);
        if (length > rx->len)
            return false;
        frame.left = length;
    }
    l2s_rd_skip(&frame, m->len);
    if (L2S_RARE(!deliver(r, way, from, frame, v4 ? 4 : 6)))
        wipe(from, rx);
    if (L2S_RARE(rx->spent))
        l2s_channel_spent(by->channel, by);
    return true;
}

static void give(struct run *r);

/* A packet may be the peer's proof that the link is up, before any echo was answered, or come in one call with the answer: the host gets to
 * know of the link ahead of what comes by it, and behind what came before. */
static void tell_up(struct run *r)
{
    give(r);
    l2s_core_flush_events(r->c);
}

/* rx: the pair it came by is to remember the way; NULL: the frame has waited, and the next one will come another way. True: it is
 * given to the host. */
static bool ppp_frame(struct run *r, const struct l2s_esp_rx *rx, l2tpsec_packet *from, const struct l2s_l2tp_rx *in)
{
    struct l2s_link *l = in->owner;
    struct l2s_way_in way;
    struct l2s_rd packet;
    uint32_t reason = 0;
    bool given = false;

    if (!l->ppp) {
        drop(r->c, from, "ppp", l, L2TPSEC_DROP_NOT_UP);
        return false;
    }
    link_alive(l);
    enum l2s_ppp_kind kind = l2s_ppp_input(l->ppp, in->frame, &packet, &reason);
    bool plain = in->plain && kind != L2S_PPP_SEALED;
    if (kind == L2S_PPP_SEALED)
        kind = l2s_ppp_unseal(l->ppp, from->data + (packet.p - from->data), packet.left, &packet, &reason);
    switch (kind) {
    case L2S_PPP_IPV4:
    case L2S_PPP_IPV6:
        if (L2S_RARE(!l2s_list_empty(&r->c->events)))
            tell_up(r);
        if (!l2s_link_up(l)) {
            drop(r->c, from, "ppp", l, L2TPSEC_DROP_PHASE);
            break;
        }
        l2s_way_in(l, &way);
        given = deliver(r, &way, from, packet, kind == L2S_PPP_IPV6 ? 6 : 4);
        if (given && plain && rx)
            remember(&way, rx->owner, from, rx, packet.p, kind == L2S_PPP_IPV6);
        break;
    case L2S_PPP_SEALED: /* not twice */
    case L2S_PPP_DROP:
        drop(r->c, from, "ppp", l, reason);
        break;
    case L2S_PPP_CONTROL:
        r->c->epoch++;
        if (l->asked_for)
            l2s_former_answered(l);
        break;
    }
    return given;
}

/* A channel with more than one does not tell whose packet it was. */
static struct l2s_link *only_link(const struct l2s_channel *ch)
{
    return ch->links.next != &ch->links && ch->links.next == ch->links.prev
               ? L2S_LIST_ENTRY(ch->links.next, struct l2s_link, node)
               : NULL;
}

/* To the host now: what these packets are in does not last. */
static void give(struct run *r)
{
    l2s_core_flush_sends(r->c);
    r->c->stats.packets_in += r->n_out;
    r->c->stats.bytes_in += r->bytes;
    r->bytes = 0;
    if (r->n_out && !r->c->doomed)
        r->c->cb.deliver(r->c->user, r->out, r->n_out);
    r->n_out = 0;
}

/* Frames that waited for others, one after the other: each may end the session. */
static void pull(struct run *r, uint64_t session)
{
    uint8_t frame[L2S_L2TP_FRAME_MAX];
    struct l2s_l2tp_rx in;

    for (bool first = true; !r->c->doomed && l2s_l2tp_pull(r->c->l2tp, session, frame, &in); first = false) {
        struct l2s_link *l = in.owner;
        l2tpsec_packet from = {.data = frame, .len = in.frame.left};

        if (first)
            give(r);
        if (l->channel) { /* else an earlier one ended it */
            l2s_channel_address(l->channel, &from);
            (void)ppp_frame(r, NULL, &from, &in);
            give(r);
        }
        l2s_wipe(frame, from.len);
    }
}

void l2s_core_overdue(struct l2tpsec *c, uint64_t session)
{
    struct run r;

    r.c = c;
    r.n = r.n_out = 0;
    r.bytes = 0;
    pull(&r, session);
}

static void opened(struct run *r, struct l2s_esp_rx *rx, l2tpsec_packet *from)
{
    struct l2tpsec *c = r->c;
    struct l2s_l2tp_rx in;
    bool given = false;

    if (!rx->reason && known_way(r, rx, from))
        return;
    if (!rx->sa) {
        drop(c, from, "esp", NULL, rx->reason);
        return;
    }
    struct l2s_child *child = rx->owner;
    struct l2s_channel *ch = child->channel;
    if (rx->reason || ch->gone) { /* gone: ended by an earlier packet of this burst */
        drop(c, from, "esp", ch->gone ? NULL : only_link(ch), rx->reason ? rx->reason : L2TPSEC_DROP_UNKNOWN_SPI);
        bool open = !rx->reason || rx->reason == L2TPSEC_DROP_SELECTOR || rx->reason == L2TPSEC_DROP_MALFORMED;
        if (open && rx->p)
            wipe(from, rx);
        return;
    }
    if (!rx->len && !rx->p)
        return; /* a dummy packet (RFC 4303, 2.6) */
    if (rx->spent)
        l2s_channel_spent(ch, child);
    l2s_channel_heard(ch, child, &from->local, &from->remote, rx->newest, from->transport == L2TPSEC_TRANSPORT_UDP);
    if (c->cb.tap && rx->len && rx->p[0] & 0x80) /* now, ahead of the answer to it */
        l2s_tap_l2tp(c, ch, NULL, rx->src_port, false, rx->p, rx->len);
    enum l2s_l2tp_kind kind = l2s_l2tp_input(c->l2tp, ch->id, rx->src_port, rx->p, rx->len, &in);
    if (c->cb.tap && (kind == L2S_L2TP_DATA || kind == L2S_L2TP_HELD))
        l2s_tap_l2tp(c, ch, in.owner, rx->src_port, false, rx->p, rx->len);
    switch (kind) {
    case L2S_L2TP_DATA:
        if (in.pull == L2S_L2TP_PULL_BEFORE)
            pull(r, in.session);
        given = ppp_frame(r, rx, from, &in);
        if (in.pull == L2S_L2TP_PULL_BEHIND)
            pull(r, in.session);
        break;
    case L2S_L2TP_DROP:
        drop(c, from, "l2tp", only_link(ch), in.reason);
        break;
    case L2S_L2TP_CONTROL:
        c->epoch++;
        break;
    case L2S_L2TP_HELD:
        break;
    }
    if (!given)
        wipe(from, rx);
}

/* What the packet of another link is going to need. */
static void expect(const struct l2s_esp_rx *rx)
{
    const struct l2s_child *by = rx->owner;

    if (rx->sa && by->way.link)
        l2s_expect_all(&by->way.link->stats, offsetof(struct l2s_link_stats, packets_out));
}

/* Packets of many links, after something that may have changed any of them: all of it is looked up anew, so it is fetched for all at
 * once. */
static void expect_all(const struct run *r)
{
    const struct l2tpsec *c = r->c;
    const struct l2s_link *l[L2S_CORE_BURST];

    for (size_t i = 0; i < r->n; i++) {
        const struct l2s_child *by = r->rx[i].owner;
        l[i] = NULL;
        if (!r->rx[i].sa || by->way.epoch == c->epoch)
            continue;
        l2s_expect_all(by->channel, sizeof *by->channel);
        l[i] = l2s_idtab_get(&c->links, by->way.id);
        if (l[i])
            l2s_expect_all(l[i], sizeof *l[i] - sizeof l[i]->drops);
    }
    for (unsigned step = 0; step < L2S_L2TP_EXPECT_STEPS; step++) {
        for (size_t i = 0; i < r->n; i++) {
            if (!l[i] || !l[i]->ppp)
                continue;
            if (step == 0)
                l2s_ppp_expect(l[i]->ppp);
            l2s_l2tp_expect(c->l2tp, l[i]->session, step);
        }
    }
}

/* Open what waits. SAs, channels and links that end on the way stay in memory until the call is over. */
static void open_run(struct run *r)
{
    if (!r->n)
        return;
    l2s_esp_open(r->c->esp, r->rx, r->n);
    if (r->n > 1 && r->rx[0].owner != r->rx[1].owner)
        expect_all(r);
    for (size_t i = 0; i < r->n; i++) {
        if (i + AHEAD < r->n && r->rx[i + AHEAD].owner != r->rx[i].owner)
            expect(&r->rx[i + AHEAD]);
        opened(r, &r->rx[i], r->from[i]);
    }
    r->n = 0;
}

static void hand_over(struct run *r)
{
    open_run(r);
    give(r);
}

static void ike(struct run *r, l2tpsec_packet *p, bool marked)
{
    size_t skip = marked ? 4 : 0;

    open_run(r); /* what came earlier goes first */
    l2s_ike_input(r->c->ike, &p->local, &p->remote, marked, p->data + skip, p->len - skip);
    r->c->epoch++;
}

void l2s_core_input(struct l2tpsec *c, l2tpsec_packet *pkts, size_t n)
{
    struct run r;

    r.c = c;
    r.n = r.n_out = 0;
    r.bytes = 0;
    for (size_t i = 0; i < n && !c->doomed; i++) {
        l2tpsec_packet *p = &pkts[i];
        enum kind kind = classify(c, p);

        p->drop = L2TPSEC_DROP_NONE;
        switch (kind) {
        case KIND_DROP:
            drop(c, p, "core", NULL, L2TPSEC_DROP_CLEARTEXT);
            break;
        case KIND_KEEPALIVE:
            break;
        case KIND_IKE:
        case KIND_IKE_MARKED:
            ike(&r, p, kind == KIND_IKE_MARKED);
            break;
        case KIND_ESP:
        case KIND_ESP_UDP:
            r.rx[r.n].p = p->data; /* the rest is written by ESP */
            r.rx[r.n].len = p->len;
            r.from[r.n++] = p;
            break;
        }
        if (r.n + r.n_out >= L2S_CORE_BURST)
            hand_over(&r);
    }
    hand_over(&r);
}
