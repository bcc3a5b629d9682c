/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Large packets of the host: any packet and any description of it. What comes out is whole packets with right checksums, and all the
 * payload in order. */
#include "fuzz/fuzz.h"

#include "unit/wire/traffic.h"
#include "wire/ip.h"
#include "wire/offload.h"

#define ROOM 65536u
#define MOST 64u

/* What was cut is whole, in order, and sound. */
static size_t check(const l2tpsec_packet *p, const uint8_t *buf, const uint8_t *payload, uint16_t size)
{
    struct l2s_ip ip;

    FUZZ_CHECK(p->headroom >= L2TPSEC_HEADROOM && p->tailroom >= L2TPSEC_TAILROOM);
    FUZZ_CHECK(p->data >= buf + p->headroom && p->data + p->len + p->tailroom <= buf + ROOM);
    FUZZ_CHECK(l2s_ip_parse(p->data, p->len, &ip) && ip.total_len == p->len);
    size_t head = traffic_head(p->data);
    FUZZ_CHECK(head <= p->len);
    FUZZ_CHECK(p->len - head <= size);
    FUZZ_CHECK(fuzz_same(p->data + head, p->len - head, payload, p->len - head));
    return p->len - head;
}

static void cut(const l2tpsec_offload *o, l2tpsec_packet *large, size_t n)
{
    static uint8_t buf[ROOM];
    static l2tpsec_packet pkts[MOST];
    size_t done = 0, before = large->len;
    uint8_t version = large->len ? large->data[0] >> 4 : 0;
    uint8_t transport = (o->gso & 0x7f) == L2TPSEC_GSO_UDP ? L2S_IP_UDP : L2S_IP_TCP;
    bool six_plain = version == 6 && o->checksum_start == 40 && large->len >= 40 && large->data[6] == transport;

    for (unsigned rounds = 0; rounds < 4 && done < large->len; rounds++) {
        size_t from = done;
        int32_t got = l2s_segment(o, large, &done, buf, sizeof buf, pkts, n);
        FUZZ_CHECK(got != 0 && got <= (int32_t)n);
        if (got < 0) {
            FUZZ_CHECK(got == L2TPSEC_EINVAL || got == L2TPSEC_EUNSUP || got == L2TPSEC_ERANGE);
            FUZZ_CHECK(done == from);
            return;
        }
        FUZZ_CHECK(done > from && done <= large->len);
        if ((o->gso & ~L2TPSEC_GSO_ECN) == L2TPSEC_GSO_NONE) {
            FUZZ_CHECK(got == 1 && pkts[0].len == before && pkts[0].data == large->data);
            return;
        }
        if (version != 4 && !six_plain)
            continue;
        const uint8_t *payload = large->data + traffic_head(large->data) + from;
        for (int32_t i = 0; i < got; i++) {
            payload += check(&pkts[i], buf, payload, o->gso_size);
            FUZZ_CHECK(traffic_sound(pkts[i].data, pkts[i].len));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    l2tpsec_offload o = {.flags = l2s_rd_u8(&r)};
    l2tpsec_packet large;

    memset(&large, 0, sizeof large);
    o.gso = l2s_rd_u8(&r);
    o.gso_size = l2s_rd_u8(&r);
    o.checksum_start = l2s_rd_u8(&r);
    o.checksum_offset = l2s_rd_u8(&r);
    uint8_t n = l2s_rd_u8(&r) % MOST + 1;
    if (r.bad || r.left > 4000)
        return 0;
    uint8_t *copy = malloc(r.left ? r.left : 1);
    if (!copy)
        return 0;
    large.data = copy;
    large.len = r.left;
    l2s_rd_copy(&r, copy, r.left);
    cut(&o, &large, n);
    free(copy);
    return 0;
}
