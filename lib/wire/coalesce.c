/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From packets of a burst to large ones for the host. Two packets are put together only when cutting gives them back
 * as they were, so what a peer sends decides about nothing but how many of its packets travel in one. */
#include "wire/ip.h"
#include "wire/offload.h"
#include "wire/wr.h"

#define BLOCK 256u /* packets looked at together */
#define FLOWS 16u  /* that may grow at once */
#define NONE UINT16_MAX

#define IPV4_HEADER 20u
#define IPV6_HEADER 40u
#define IPV4_ID_AT 4u
#define IPV4_TTL_AT 8u
#define IPV4_CHECKSUM_AT 10u
#define IPV4_SOURCE_AT 12u
#define IPV6_LENGTH_AT 4u
#define IPV6_SOURCE_AT 8u
#define TCP_SEQUENCE_AT 4u
#define TCP_ACK_AT 8u
#define TCP_FLAGS_AT 13u
#define TCP_WINDOW_AT 14u
#define UDP_LENGTH_AT 4u
#define TCP_ENDS (L2S_TCP_FIN | L2S_TCP_PSH) /* flags that only the last may have */
#define DONT_FRAGMENT 0x40u

/* A packet of a flow. */
struct part {
    uint8_t *ip, *transport;
    size_t head, payload; /* bytes */
    uint8_t version, protocol, flags;
    bool fits; /* it may stand beside others; else it ends what came before */
    uint32_t sequence;
};

/* A large packet that may still grow. */
struct flow {
    struct part first;
    l2tpsec_id link;
    size_t total;     /* bytes, headers too */
    uint32_t next;    /* sequence number */
    uint16_t large;   /* which it is */
    uint16_t n, last; /* packets in it, and the last of them */
    bool sound;       /* the first one's checksums are right */
};

/* The packets of a block, and where they go. */
struct block {
    const l2tpsec_packet *pkts;
    size_t n, n_larges;
    uint32_t allow;
    uint16_t behind[BLOCK]; /* the packet that follows in the same large one */
    uint16_t heads[BLOCK];  /* bytes of its headers */
    struct flow flows[FLOWS];
    size_t n_flows, victim;
    l2tpsec_large *larges;
    uint16_t begins[BLOCK]; /* the first packet of each large one */
};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* TCP that carries nothing but payload; what the rest of its header says is compared later. */
static bool read_tcp(struct part *p, struct l2s_rd *r)
{
    const uint8_t *tcp = l2s_rd_take(r, L2S_TCP_HEADER);

    if (!tcp || tcp[12] >> 4 < 5)
        return false;
    size_t options = (size_t)(tcp[12] >> 4) * 4 - L2S_TCP_HEADER;
    l2s_rd_skip(r, options);
    if (r->bad)
        return false;
    p->head += L2S_TCP_HEADER + options;
    p->payload = r->left;
    p->sequence = get32(tcp + TCP_SEQUENCE_AT);
    p->flags = tcp[TCP_FLAGS_AT];
    uint8_t plain = (uint8_t)(p->flags & ~(TCP_ENDS | L2S_TCP_ECE));
    p->fits = p->fits && plain == L2S_TCP_ACK && !(tcp[12] & 15u) && p->payload > 0;
    return true;
}

static bool read_udp(struct part *p, struct l2s_rd *r)
{
    const uint8_t *udp = l2s_rd_take(r, L2S_UDP_HEADER);

    if (!udp)
        return false;
    p->head += L2S_UDP_HEADER;
    p->payload = r->left;
    p->fits = p->fits && get16(udp + UDP_LENGTH_AT) == L2S_UDP_HEADER + p->payload && p->payload > 0 &&
              get16(udp + L2S_UDP_CHECKSUM_AT) != 0;
    return true;
}

/* False: not of a TCP or UDP flow that may grow. */
static bool read_part(const struct block *b, const l2tpsec_packet *pkt, struct part *p)
{
    struct l2s_rd r = l2s_rd_init(pkt->data, pkt->len);
    struct l2s_ip ip;

    if (!l2s_ip_parse(pkt->data, pkt->len, &ip))
        return false;
    uint32_t tcp = ip.version == 4 ? L2TPSEC_COALESCE_TCP4 : L2TPSEC_COALESCE_TCP6;
    uint32_t needs = ip.protocol == L2S_IP_TCP ? tcp : ip.protocol == L2S_IP_UDP ? L2TPSEC_COALESCE_UDP : 0;
    size_t plain = ip.version == 4 ? IPV4_HEADER : IPV6_HEADER;
    if (!(needs & b->allow) || ip.header_len != plain || ip.fragment)
        return false;
    l2s_rd_skip(&r, plain);
    p->ip = pkt->data;
    p->transport = pkt->data + plain;
    p->head = plain;
    p->version = ip.version;
    p->protocol = ip.protocol;
    p->flags = 0;
    p->sequence = 0;
    p->fits = ip.total_len == pkt->len;
    if (ip.version == 4) /* more fragments, or the bit that is to be zero */
        p->fits = p->fits && !(p->ip[6] & 0xa0u);
    return ip.protocol == L2S_IP_TCP ? read_tcp(p, &r) : read_udp(p, &r);
}

static bool same_flow(const struct flow *f, l2tpsec_id link, const struct part *p)
{
    const struct part *a = &f->first;

    if (a->version != p->version || a->protocol != p->protocol || f->link != link ||
        memcmp(a->transport, p->transport, 4) != 0)
        return false;
    return p->version == 4 ? memcmp(a->ip + IPV4_SOURCE_AT, p->ip + IPV4_SOURCE_AT, 8) == 0
                           : memcmp(a->ip + IPV6_SOURCE_AT, p->ip + IPV6_SOURCE_AT, 32) == 0;
}

/* The IP header is what cutting would make of the first one (mend_ip() in segment.c, and the host's own). */
static bool ip_continues(const struct flow *f, const struct part *p)
{
    const struct part *a = &f->first;

    if (p->version == 6) /* version, class, label; next header and hop limit */
        return memcmp(a->ip, p->ip, 4) == 0 && memcmp(a->ip + 6, p->ip + 6, 2) == 0;
    if (memcmp(a->ip, p->ip, 2) != 0 || memcmp(a->ip + 6, p->ip + 6, 2) != 0 ||
        a->ip[IPV4_TTL_AT] != p->ip[IPV4_TTL_AT])
        return false;
    uint16_t due = (uint16_t)(get16(a->ip + IPV4_ID_AT) + f->n);
    return p->ip[6] & DONT_FRAGMENT || get16(p->ip + IPV4_ID_AT) == due;
}

static bool tcp_continues(const struct flow *f, const struct part *p)
{
    const uint8_t *a = f->first.transport, *b = p->transport;
    size_t header = p->head - (size_t)(p->transport - p->ip);

    return p->sequence == f->next && f->first.head == p->head && memcmp(a + TCP_ACK_AT, b + TCP_ACK_AT, 5) == 0 &&
           ((f->first.flags ^ p->flags) & ~TCP_ENDS) == 0 && !(f->first.flags & TCP_ENDS) &&
           memcmp(a + TCP_WINDOW_AT, b + TCP_WINDOW_AT, 2) == 0 &&
           memcmp(a + TCP_WINDOW_AT + 4, b + TCP_WINDOW_AT + 4, header - TCP_WINDOW_AT - 4) == 0;
}

/* Of a packet that is put together with others nobody will look at the checksums again. */
static bool sound(const struct part *p)
{
    size_t n = p->head + p->payload - (size_t)(p->transport - p->ip);
    const uint8_t *addresses = p->ip + (p->version == 4 ? IPV4_SOURCE_AT : IPV6_SOURCE_AT);
    uint32_t pseudo = l2s_pseudo_header(p->version, addresses, p->protocol, n);

    if (p->version == 4 && l2s_checksum_fold(l2s_checksum_add(0, p->ip, IPV4_HEADER)) != 0)
        return false;
    return l2s_checksum_fold(l2s_checksum_add(pseudo, p->transport, n)) == 0;
}

static bool continues(struct flow *f, const struct part *p)
{
    if (!p->fits || p->payload > f->first.payload || f->total + p->payload > L2S_PACKET_MOST || !ip_continues(f, p) ||
        (p->protocol == L2S_IP_TCP && !tcp_continues(f, p)))
        return false;
    f->sound = f->sound || sound(&f->first);
    return f->sound && sound(p);
}

static struct flow *find(struct block *b, l2tpsec_id link, const struct part *p)
{
    for (size_t i = 0; i < b->n_flows; i++) {
        if (same_flow(&b->flows[i], link, p))
            return &b->flows[i];
    }
    return NULL;
}

static void close_flow(struct block *b, struct flow *f)
{
    *f = b->flows[--b->n_flows];
}

/* A large packet that begins with this one. */
static uint16_t begin(struct block *b, size_t i)
{
    l2tpsec_large *l = &b->larges[b->n_larges];

    memset(l, 0, sizeof *l);
    l->link = b->pkts[i].link;
    l->pieces = 1;
    b->begins[b->n_larges] = (uint16_t)i;
    return (uint16_t)b->n_larges++;
}

static void open_flow(struct block *b, const struct part *p, size_t i, uint16_t large)
{
    struct flow *f = &b->flows[b->n_flows < FLOWS ? b->n_flows++ : b->victim++ % FLOWS];

    *f = (struct flow){.first = *p, .link = b->pkts[i].link, .total = p->head + p->payload, .large = large, .n = 1};
    f->next = p->sequence + (uint32_t)p->payload;
    f->last = (uint16_t)i;
}

static void append(struct block *b, struct flow *f, const struct part *p, size_t i)
{
    l2tpsec_large *l = &b->larges[f->large];

    l->pieces++;
    f->total += p->payload;
    f->next += (uint32_t)p->payload;
    f->n++;
    b->behind[f->last] = (uint16_t)i;
    b->heads[i] = (uint16_t)p->head;
    f->last = (uint16_t)i;
}

/* What the device is told, and the header of all of them. After the last one: until then the headers are compared.
 * ends: the flags of the last one that only it may have. */
static void seal_large(const struct part *a, l2tpsec_large *l, size_t total, uint8_t ends)
{
    bool udp = a->protocol == L2S_IP_UDP;
    size_t transport = (size_t)(a->transport - a->ip);
    size_t at = udp ? L2S_UDP_CHECKSUM_AT : L2S_TCP_CHECKSUM_AT;
    uint8_t tcp = a->version == 4 ? L2TPSEC_GSO_TCP4 : L2TPSEC_GSO_TCP6;

    l->offload = (l2tpsec_offload){.flags = L2TPSEC_OFFLOAD_CHECKSUM,
                                   .gso = udp ? L2TPSEC_GSO_UDP : tcp,
                                   .header_len = (uint16_t)a->head,
                                   .gso_size = (uint16_t)a->payload,
                                   .checksum_start = (uint16_t)transport,
                                   .checksum_offset = (uint16_t)at};
    if (a->version == 4) {
        l2s_put16(a->ip + 2, (uint16_t)total);
        l2s_put16(a->ip + IPV4_CHECKSUM_AT, 0);
        l2s_put16(a->ip + IPV4_CHECKSUM_AT, l2s_checksum_fold(l2s_checksum_add(0, a->ip, IPV4_HEADER)));
    } else {
        l2s_put16(a->ip + IPV6_LENGTH_AT, (uint16_t)(total - IPV6_HEADER));
    }
    if (udp)
        l2s_put16(a->transport + UDP_LENGTH_AT, (uint16_t)(total - transport));
    else
        a->transport[TCP_FLAGS_AT] |= ends;
    const uint8_t *addresses = a->ip + (a->version == 4 ? IPV4_SOURCE_AT : IPV6_SOURCE_AT);
    uint32_t pseudo = l2s_pseudo_header(a->version, addresses, a->protocol, total - transport);
    l2s_put16(a->transport + at, (uint16_t)~l2s_checksum_fold(pseudo));
}

static void sort(struct block *b, size_t i)
{
    const l2tpsec_packet *pkt = &b->pkts[i];
    struct part p;

    b->behind[i] = NONE;
    if (!b->allow || !read_part(b, pkt, &p)) {
        (void)begin(b, i);
        return;
    }
    struct flow *f = find(b, pkt->link, &p);
    if (f && continues(f, &p)) {
        append(b, f, &p, i);
        if (p.payload < f->first.payload || p.flags & TCP_ENDS)
            close_flow(b, f);
        return;
    }
    if (f) /* the order in a flow is kept: nothing may go to the one that began before this */
        close_flow(b, f);
    uint16_t large = begin(b, i);
    if (p.fits && !(p.flags & TCP_ENDS))
        open_flow(b, &p, i, large);
}

/* The pieces of one large packet, in order; how many. */
static size_t collect(struct block *b, l2tpsec_large *l, uint16_t i, l2tpsec_piece *pieces)
{
    const l2tpsec_packet *pkt = &b->pkts[i];
    size_t n = 1, total = pkt->len;
    struct part first;

    pieces[0] = (l2tpsec_piece){.data = pkt->data, .len = pkt->len};
    if (l->pieces == 1 || !read_part(b, pkt, &first))
        return 1;
    while (b->behind[i] != NONE) {
        i = b->behind[i];
        pkt = &b->pkts[i];
        pieces[n] = (l2tpsec_piece){.data = pkt->data + b->heads[i], .len = pkt->len - b->heads[i]};
        total += pieces[n++].len;
    }
    /* A datagram may end before the place where TCP has its flags. */
    uint8_t ends =
        first.protocol == L2S_IP_TCP ? pkt->data[(size_t)(first.transport - first.ip) + TCP_FLAGS_AT] & TCP_ENDS : 0;
    seal_large(&first, l, total, ends);
    return n;
}

size_t l2s_coalesce(const l2tpsec_packet *pkts, size_t n, uint32_t allow, l2tpsec_large *larges, l2tpsec_piece *pieces)
{
    size_t made = 0, used = 0;
    struct block b;

    for (size_t at = 0; at < n; at += BLOCK) {
        b.pkts = pkts + at;
        b.n = n - at < BLOCK ? n - at : BLOCK;
        b.n_larges = b.n_flows = b.victim = 0;
        b.allow = allow;
        b.larges = larges + made;
        for (size_t i = 0; i < b.n; i++)
            sort(&b, i);
        for (size_t i = 0; i < b.n_larges; i++)
            used += collect(&b, &b.larges[i], b.begins[i], pieces + used);
        made += b.n_larges;
    }
    return made;
}
