/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From a large packet of the host to packets of the size that fits: headers copied and mended, checksums computed. */
#include "wire/ip.h"
#include "wire/offload.h"
#include "wire/wr.h"

#define IPV4_LENGTH_AT 2u
#define IPV4_ID_AT 4u
#define IPV4_CHECKSUM_AT 10u
#define IPV4_SOURCE_AT 12u
#define IPV6_HEADER 40u
#define IPV6_LENGTH_AT 4u
#define IPV6_SOURCE_AT 8u
#define TCP_SEQUENCE_AT 4u
#define TCP_OFFSET_AT 12u
#define TCP_FLAGS_AT 13u
#define UDP_LENGTH_AT 4u

/* A large packet, understood. */
struct cut {
    const uint8_t *data;
    size_t head;      /* bytes of headers */
    size_t transport; /* where the TCP or UDP header begins */
    size_t payload, size;
    uint8_t version, protocol;
    uint16_t id; /* IPv4 */
    uint32_t sequence;
    uint8_t flags;
};

uint32_t l2s_pseudo_header(uint8_t version, const uint8_t *addresses, uint8_t protocol, size_t len)
{
    uint32_t sum = (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff) + protocol;

    return l2s_checksum_add(sum, addresses, version == 6 ? 32 : 8);
}

/* Zero means "none" in UDP, and the other zero does as well in TCP. */
static uint16_t checksum(uint32_t sum)
{
    uint16_t c = l2s_checksum_fold(sum);

    return c ? c : 0xffff;
}

/* Finish a packet in place whose checksum the device left to us. */
static bool finish(const l2tpsec_offload *o, uint8_t *data, size_t len)
{
    size_t start = o->checksum_start, at = start + o->checksum_offset;

    if (!(o->flags & L2TPSEC_OFFLOAD_CHECKSUM))
        return true;
    if (at + 2 > len)
        return false;
    l2s_put16(data + at, checksum(l2s_checksum_add(0, data + start, len - start)));
    return true;
}

static bool read_transport(struct cut *c, struct l2s_rd r)
{
    uint8_t words = 2;

    if (c->protocol == L2S_IP_UDP) {
        l2s_rd_skip(&r, L2S_UDP_HEADER);
    } else {
        l2s_rd_skip(&r, TCP_SEQUENCE_AT);
        c->sequence = l2s_rd_u32(&r);
        l2s_rd_skip(&r, TCP_OFFSET_AT - TCP_SEQUENCE_AT - 4);
        words = l2s_rd_u8(&r) >> 4;
        c->flags = l2s_rd_u8(&r);
        if (words < L2S_TCP_HEADER / 4)
            return false;
        l2s_rd_skip(&r, words * 4u - TCP_FLAGS_AT - 1);
    }
    c->head = c->transport + words * 4u;
    c->payload = r.left;
    return !r.bad && c->payload > 0;
}

/* What the descriptor says must be what the packet is. */
static bool understand(struct cut *c, const l2tpsec_offload *o, const l2tpsec_packet *large)
{
    uint8_t gso = (uint8_t)(o->gso & ~L2TPSEC_GSO_ECN);
    struct l2s_rd r = l2s_rd_init(large->data, large->len);
    const uint8_t *head = l2s_rd_take(&r, o->checksum_start);

    if (!head || o->checksum_start < 20 || !(o->flags & L2TPSEC_OFFLOAD_CHECKSUM) || !o->gso_size)
        return false;
    c->data = large->data;
    c->size = o->gso_size;
    c->transport = o->checksum_start;
    c->version = head[0] >> 4;
    c->protocol = gso == L2TPSEC_GSO_UDP ? L2S_IP_UDP : L2S_IP_TCP;
    c->id = (uint16_t)(head[IPV4_ID_AT] << 8 | head[IPV4_ID_AT + 1]);
    if (gso != L2TPSEC_GSO_UDP && c->version != (gso == L2TPSEC_GSO_TCP4 ? 4 : 6))
        return false;
    if (c->version == 4 && ((head[0] & 15u) * 4u != c->transport || head[9] != c->protocol))
        return false;
    if (c->version == 6 ? c->transport < IPV6_HEADER : c->version != 4)
        return false;
    size_t at = c->protocol == L2S_IP_UDP ? L2S_UDP_CHECKSUM_AT : L2S_TCP_CHECKSUM_AT;
    return o->checksum_offset == at && read_transport(c, r);
}

static void mend_ip(const struct cut *c, uint8_t *ip, size_t len, size_t number)
{
    if (c->version == 6) {
        l2s_put16(ip + IPV6_LENGTH_AT, (uint16_t)(len - IPV6_HEADER));
        return;
    }
    l2s_put16(ip + IPV4_LENGTH_AT, (uint16_t)len);
    l2s_put16(ip + IPV4_ID_AT, (uint16_t)(c->id + number));
    l2s_put16(ip + IPV4_CHECKSUM_AT, 0);
    l2s_put16(ip + IPV4_CHECKSUM_AT, l2s_checksum_fold(l2s_checksum_add(0, ip, c->transport)));
}

static void mend_transport(const struct cut *c, uint8_t *ip, size_t len, size_t from)
{
    uint8_t *transport = ip + c->transport, flags = c->flags;
    size_t n = len - c->transport;
    uint8_t *sum = transport + (c->protocol == L2S_IP_UDP ? L2S_UDP_CHECKSUM_AT : L2S_TCP_CHECKSUM_AT);

    if (c->protocol == L2S_IP_UDP) {
        l2s_put16(transport + UDP_LENGTH_AT, (uint16_t)n);
    } else {
        if (from > 0)
            flags &= (uint8_t)~L2S_TCP_CWR;
        if (from + c->size < c->payload)
            flags &= (uint8_t) ~(L2S_TCP_FIN | L2S_TCP_PSH);
        l2s_put32(transport + TCP_SEQUENCE_AT, c->sequence + (uint32_t)from);
        transport[TCP_FLAGS_AT] = flags;
    }
    l2s_put16(sum, 0);
    const uint8_t *addresses = ip + (c->version == 6 ? IPV6_SOURCE_AT : IPV4_SOURCE_AT);
    uint32_t pseudo = l2s_pseudo_header(c->version, addresses, c->protocol, n);
    l2s_put16(sum, checksum(l2s_checksum_add(pseudo, transport, n)));
}

/* One packet with the payload from there on; false: no room. */
static bool put(const struct cut *c, size_t from, struct l2s_wr *w, l2tpsec_packet *out)
{
    size_t rest = c->payload - from, n = rest < c->size ? rest : c->size;

    (void)l2s_wr_room(w, L2TPSEC_HEADROOM);
    uint8_t *ip = l2s_wr_room(w, c->head + n);
    (void)l2s_wr_room(w, L2TPSEC_TAILROOM);
    if (w->bad) /* else there is an ip */
        return false;
    memcpy(ip, c->data, c->head);
    memcpy(ip + c->head, c->data + c->head + from, n);
    mend_ip(c, ip, c->head + n, from / c->size);
    mend_transport(c, ip, c->head + n, from);
    memset(out, 0, sizeof *out);
    out->data = ip;
    out->len = c->head + n;
    out->headroom = L2TPSEC_HEADROOM;
    out->tailroom = L2TPSEC_TAILROOM;
    return true;
}

static int32_t whole(const l2tpsec_offload *o, const l2tpsec_packet *large, size_t *done, l2tpsec_packet *pkts,
                     size_t n)
{
    if (n == 0)
        return L2TPSEC_ERANGE;
    if (*done != 0 || !finish(o, large->data, large->len))
        return L2TPSEC_EINVAL;
    pkts[0] = *large;
    *done = large->len;
    return 1;
}

int32_t l2s_segment(const l2tpsec_offload *o, const l2tpsec_packet *large, size_t *done, uint8_t *buf, size_t cap,
                    l2tpsec_packet *pkts, size_t n)
{
    uint8_t gso = (uint8_t)(o->gso & ~L2TPSEC_GSO_ECN);
    struct l2s_wr w = l2s_wr_init(buf, cap);
    struct cut c = {.data = NULL};
    size_t made = 0;

    if (gso == L2TPSEC_GSO_NONE)
        return whole(o, large, done, pkts, n);
    if (gso != L2TPSEC_GSO_TCP4 && gso != L2TPSEC_GSO_TCP6 && gso != L2TPSEC_GSO_UDP)
        return L2TPSEC_EUNSUP;
    if (!understand(&c, o, large) || *done >= c.payload || *done % c.size || c.head + c.size > L2S_PACKET_MOST)
        return L2TPSEC_EINVAL;
    size_t at = *done;
    while (made < n && made < INT32_MAX && at < c.payload && put(&c, at, &w, &pkts[made])) {
        pkts[made++].link = large->link;
        at += c.payload - at < c.size ? c.payload - at : c.size;
    }
    *done = at == c.payload ? large->len : at;
    return made ? (int32_t)made : L2TPSEC_ERANGE;
}
