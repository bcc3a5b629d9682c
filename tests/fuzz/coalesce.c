/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Bursts of the tunnel put together, and cut again: the packets come back to the bit but for what RFC 6864 lets change, in the order of
 * each flow. The burst is made of the input: packets of a few flows, some of them bent afterwards. */
#include "fuzz/fuzz.h"

#include "unit/wire/traffic.h"
#include "wire/ip.h"
#include "wire/offload.h"

#define BURST 12u
#define ROOM 65536u

struct kept {
    uint8_t *now, was[1700];
    size_t n;
    bool back;
};
static struct kept burst[BURST];

/* "kind, payload, sequence step, flags, bend at, bend by": kind: bit 0 IPv6, 1 UDP, 2 fragmentable, 3 another flow, 4 options,
 * 5 checksums made anew after bending, 6, 7 bend. */
static size_t make(struct l2s_rd *r, struct traffic *t, struct kept *k)
{
    uint8_t kind = l2s_rd_u8(r), payload = l2s_rd_u8(r), step = l2s_rd_u8(r), flags = l2s_rd_u8(r), at = l2s_rd_u8(r),
            by = l2s_rd_u8(r);

    t->version = kind & 1 ? 6 : 4;
    t->protocol = kind & 2 ? 17 : 6;
    t->fragmentable = kind & 4;
    t->port = kind & 8 ? 7 : 9;
    t->options = kind & 16 ? 12 : 0;
    t->flags = flags & 1 ? flags : 0;
    t->payload = payload;
    k->n = traffic_make(t, k->was, sizeof k->was);
    t->sequence += step & 1 ? step : (uint32_t)t->payload;
    t->id = (uint16_t)(t->id + (step & 2 ? step : 1));
    if ((kind & 0xc0) == 0xc0) {
        k->was[at % k->n] ^= by;
        if (kind & 32 && k->was[0] >> 4 == t->version && (t->version == 6 || (k->was[0] & 15) == 5) &&
            k->was[t->version == 6 ? 6 : 9] == t->protocol)
            traffic_seal(k->was, k->n);
    }
    k->back = false;
    return k->n;
}

/* The identification of what may not be fragmented may differ, and the header checksum with it. */
static bool same(const struct kept *k, const uint8_t *p, size_t n)
{
    uint8_t copy[1700];

    if (k->n != n || k->back)
        return false;
    memcpy(copy, p, n);
    if (copy[0] >> 4 == 4 && copy[6] & 0x40) {
        memcpy(copy + 4, k->was + 4, 2);
        memcpy(copy + 10, k->was + 10, 2);
    }
    return memcmp(copy, k->was, n) == 0;
}

static bool find(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < BURST; i++) {
        if (burst[i].now && same(&burst[i], p, n)) {
            burst[i].back = true;
            return true;
        }
    }
    return false;
}

static void cut_again(const l2tpsec_large *l, const l2tpsec_piece *pieces)
{
    static uint8_t whole[ROOM], buf[ROOM];
    static l2tpsec_packet pkts[BURST];
    l2tpsec_packet large;
    size_t done = 0;

    memset(&large, 0, sizeof large);
    large.data = whole;
    for (uint32_t i = 0; i < l->pieces; i++) {
        FUZZ_CHECK(large.len + pieces[i].len <= sizeof whole);
        memcpy(whole + large.len, pieces[i].data, pieces[i].len);
        large.len += pieces[i].len;
    }
    if (l->offload.gso == L2TPSEC_GSO_NONE) {
        FUZZ_CHECK(l->pieces == 1 && l->offload.flags == 0);
        FUZZ_CHECK(find(whole, large.len));
        return;
    }
    FUZZ_CHECK(l->pieces > 1);
    int32_t got = l2s_segment(&l->offload, &large, &done, buf, sizeof buf, pkts, BURST);
    FUZZ_CHECK(got == (int32_t)l->pieces && done == large.len);
    for (int32_t i = 0; i < got; i++) {
        FUZZ_CHECK(traffic_sound(pkts[i].data, pkts[i].len));
        FUZZ_CHECK(find(pkts[i].data, pkts[i].len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    uint32_t allow = l2s_rd_u8(&r) & 7u;
    struct traffic t = {.sequence = 1000, .id = 1};
    l2tpsec_packet pkts[BURST];
    l2tpsec_large larges[BURST];
    l2tpsec_piece pieces[BURST];
    size_t n = 0, used = 0;

    memset(pkts, 0, sizeof pkts);
    memset(burst, 0, sizeof burst);
    for (; n < BURST && r.left >= 6; n++) {
        struct kept *k = &burst[n];
        pkts[n].len = make(&r, &t, k);
        k->now = pkts[n].data = malloc(k->n);
        FUZZ_CHECK(k->now);
        memcpy(k->now, k->was, k->n);
    }
    size_t made = l2s_coalesce(pkts, n, allow, larges, pieces);
    FUZZ_CHECK(made <= n && (n == 0 || made > 0));
    for (size_t i = 0; i < made; i++) {
        cut_again(&larges[i], pieces + used);
        used += larges[i].pieces;
    }
    FUZZ_CHECK(used == n);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(burst[i].back);
        free(burst[i].now);
    }
    return 0;
}
