/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "traffic.h"

#include "wire/offload.h"
#include "wire/wr.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 128, ROOM = L2TPSEC_HEADROOM + L2TPSEC_TAILROOM };
enum { FIN = 1, PSH = 8, ACK = 0x10, ECE = 0x40, CWR = 0x80 };

static const struct traffic kinds[] = {
    {.version = 4, .protocol = 6, .id = 0xfffe, .options = 12},
    {.version = 6, .protocol = 6, .options = 0},
    {.version = 4, .protocol = 17, .id = 9, .fragmentable = true},
    {.version = 6, .protocol = 17},
};

struct bench {
    uint8_t large[65536], buf[65536 * 4];
    l2tpsec_packet pkt, pkts[MOST];
    l2tpsec_offload o;
    size_t done;
};

static struct bench bench;

/* As the kernel gives it: lengths of the whole, the checksum begun. */
static void lay(struct traffic t, uint16_t size)
{
    size_t n = traffic_make(&t, bench.large, sizeof bench.large);
    size_t at = traffic_transport(bench.large), sum = t.protocol == 17 ? 6 : 16;

    l2s_put16(bench.large + at + sum, traffic_pseudo(bench.large, n));
    bench.pkt = (l2tpsec_packet){.data = bench.large, .len = n, .link = 42};
    bench.o = (l2tpsec_offload){.flags = L2TPSEC_OFFLOAD_CHECKSUM,
                                .gso = t.protocol == 17 ? L2TPSEC_GSO_UDP
                                                        : (t.version == 4 ? L2TPSEC_GSO_TCP4 : L2TPSEC_GSO_TCP6),
                                .gso_size = size,
                                .checksum_start = (uint16_t)at,
                                .checksum_offset = (uint16_t)sum};
    bench.done = 0;
}

static int32_t cut(size_t cap, size_t n)
{
    return l2tpsec_segment(&bench.o, &bench.pkt, &bench.done, bench.buf, cap, bench.pkts, n);
}

/* Each packet is what its place in the large one wants. */
static void check(const struct traffic *t, int32_t n, uint16_t size, size_t from)
{
    size_t head = traffic_head(bench.large), at = traffic_transport(bench.large);

    for (int32_t i = 0; i < n; i++) {
        const l2tpsec_packet *p = &bench.pkts[i];
        size_t rest = t->payload - from, want = rest < size ? rest : size, number = from / size;
        assert_int_equal(p->len, head + want);
        assert_int_equal(p->link, 42);
        assert_int_equal(p->headroom, L2TPSEC_HEADROOM);
        assert_int_equal(p->tailroom, L2TPSEC_TAILROOM);
        assert_true(p->data >= bench.buf + p->headroom);
        assert_memory_equal(p->data + head, bench.large + head + from, want);
        assert_true(traffic_sound(p->data, p->len));
        struct traffic alone = *t;
        alone.id = (uint16_t)(t->id + number);
        alone.sequence = t->sequence + (uint32_t)from;
        alone.payload = want;
        alone.flags = t->flags ? t->flags : ACK;
        if (from > 0)
            alone.flags &= (uint8_t)~CWR;
        if (rest > size)
            alone.flags &= (uint8_t) ~(FIN | PSH);
        static uint8_t expected[65536];
        size_t m = traffic_make(&alone, expected, sizeof expected);
        assert_int_equal(m, p->len);
        if (t->protocol == 17) /* the payload is made of the sequence number, which UDP has none of: compare headers */
            m = at + 6;
        assert_memory_equal(p->data, expected, m);
        from += want;
    }
}

static void a_large_packet_becomes_what_its_sender_would_have_sent(void **state)
{
    static const size_t payloads[] = {1, 99, 100, 101, 199, 200, 1000, 4321};
    static const uint16_t sizes[] = {100, 101, 1348};
    (void)state;

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (size_t i = 0; i < 8 * 3; i++) {
            struct traffic t = kinds[k];
            uint16_t size = sizes[i % 3];
            t.payload = payloads[i / 3];
            t.sequence = t.protocol == 6 ? 0xfffffff0u : 0; /* it wraps */
            lay(t, size);
            int32_t n = cut(sizeof bench.buf, MOST);
            assert_int_equal(n, (t.payload + size - 1) / size);
            assert_int_equal(bench.done, bench.pkt.len);
            check(&t, n, size, 0);
        }
    }
}

static void sixty_four_kibibytes_are_cut(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct traffic t = kinds[k];
        t.payload = 65535 - 20 - 20 - t.options - (t.version == 6 ? 20 : 0);
        lay(t, 1348);
        int32_t n = cut(sizeof bench.buf, MOST);
        assert_int_equal(n, 49);
        check(&t, n, 1348, 0);
    }
}

static void flags_stay_where_they_mean_something(void **state)
{
    struct traffic t = {.version = 4, .protocol = 6, .payload = 250, .flags = ACK | PSH | FIN | CWR | ECE};
    (void)state;

    lay(t, 100);
    bench.o.gso |= L2TPSEC_GSO_ECN;
    assert_int_equal(cut(sizeof bench.buf, MOST), 3);
    check(&t, 3, 100, 0);
    assert_int_equal(bench.pkts[0].data[33], ACK | CWR | ECE);
    assert_int_equal(bench.pkts[1].data[33], ACK | ECE);
    assert_int_equal(bench.pkts[2].data[33], ACK | ECE | PSH | FIN);
}

static void what_finds_no_room_is_cut_by_the_next_call(void **state)
{
    struct traffic t = {.version = 6, .protocol = 6, .payload = 1050, .sequence = 5};
    size_t one = ROOM + 60 + 100, from = 0;
    (void)state;

    lay(t, 100);
    assert_int_equal(cut(one - 1, MOST), L2TPSEC_ERANGE);
    assert_int_equal(cut(sizeof bench.buf, 0), L2TPSEC_ERANGE);
    assert_int_equal(bench.done, 0);
    while (bench.done < bench.pkt.len) {
        from = bench.done;
        int32_t n = from < 500 ? cut(2 * one + 7, MOST) : cut(sizeof bench.buf, 3);
        assert_true(n == 2 || n == 3);
        check(&t, n, 100, from);
    }
    assert_int_equal(cut(sizeof bench.buf, MOST), L2TPSEC_EINVAL); /* it was done */
}

static void a_packet_that_is_not_to_be_cut_is_finished_where_it_lies(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct traffic t = kinds[k];
        for (t.payload = 0; t.payload < 70; t.payload++) {
            lay(t, 0);
            bench.o.gso = L2TPSEC_GSO_NONE;
            bench.pkt.headroom = 3;
            assert_false(traffic_sound(bench.large, bench.pkt.len));
            assert_int_equal(l2tpsec_segment(&bench.o, &bench.pkt, &bench.done, NULL, 0, bench.pkts, 1), 1);
            assert_ptr_equal(bench.pkts[0].data, bench.large);
            assert_int_equal(bench.pkts[0].headroom, 3);
            assert_true(traffic_sound(bench.large, bench.pkt.len));
            assert_int_equal(bench.done, bench.pkt.len);
        }
    }
    lay(kinds[0], 0);
    bench.o = (l2tpsec_offload){.flags = 0};
    static uint8_t before[65536];
    memcpy(before, bench.large, bench.pkt.len);
    assert_int_equal(cut(0, 1), 1);
    assert_memory_equal(before, bench.large, bench.pkt.len);
    bench.done = 0;
    assert_int_equal(cut(0, 0), L2TPSEC_ERANGE);
}

static void a_descriptor_that_lies_is_refused(void **state)
{
    struct traffic t = kinds[0];
    l2tpsec_offload good;
    (void)state;

    t.payload = 300;
    lay(t, 100);
    good = bench.o;
#define REFUSED(field, value)                                                                                          \
    bench.o = good;                                                                                                    \
    bench.o.field = value;                                                                                             \
    assert_int_equal(cut(sizeof bench.buf, MOST), L2TPSEC_EINVAL)
    REFUSED(gso_size, 0);
    REFUSED(gso_size, 65535); /* no packet is as large */
    REFUSED(flags, 0);
    REFUSED(gso, L2TPSEC_GSO_TCP6);
    REFUSED(gso, L2TPSEC_GSO_UDP);
    REFUSED(checksum_start, 0);
    REFUSED(checksum_start, 24);
    REFUSED(checksum_start, 65535);
    REFUSED(checksum_offset, 6);
#undef REFUSED
    bench.o = good;
    bench.o.gso = 3; /* fragments of UDP */
    assert_int_equal(cut(sizeof bench.buf, MOST), L2TPSEC_EUNSUP);
    bench.o = good;
    bench.large[32] = 0x40; /* a TCP header of 16 bytes */
    assert_int_equal(cut(sizeof bench.buf, MOST), L2TPSEC_EINVAL);
    bench.done = 1; /* no place where one was cut */
    assert_int_equal(cut(sizeof bench.buf, MOST), L2TPSEC_EINVAL);
    bench.done = SIZE_MAX;
    assert_int_equal(cut(sizeof bench.buf, MOST), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_segment(NULL, &bench.pkt, &bench.done, NULL, 0, bench.pkts, 1), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_segment(&good, NULL, &bench.done, NULL, 0, bench.pkts, 1), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_segment(&good, &bench.pkt, NULL, NULL, 0, bench.pkts, 1), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_segment(&good, &bench.pkt, &bench.done, NULL, 9, bench.pkts, 1), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_segment(&good, &bench.pkt, &bench.done, bench.buf, 9, NULL, 1), L2TPSEC_EINVAL);
}

static void every_truncation_of_the_headers_is_refused(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct traffic t = kinds[k];
        t.payload = 10;
        lay(t, 5);
        size_t head = traffic_head(bench.large);
        for (size_t n = 1; n <= head; n++) {
            struct l2s_rd r = fake_rd_exact(bench.large, n);
            bench.pkt.data = (uint8_t *)(uintptr_t)r.p;
            bench.pkt.len = n;
            bench.done = 0;
            assert_int_equal(cut(sizeof bench.buf, MOST), L2TPSEC_EINVAL);
        }
        fake_rd_free();
    }
}

/* Whatever descriptor and packet say, nothing is read or written outside (sanitizers look on), and what comes out is inside buf. */
static void no_mixture_leaves_the_buffers(void **state)
{
    uint32_t seed = 1;
    (void)state;

    for (unsigned round = 0; round < 20000; round++) {
        struct traffic t = kinds[round % 4];
        t.payload = round % 97;
        lay(t, (uint16_t)(round % 31));
        for (unsigned i = 0; i < 1 + round % 3; i++) {
            seed = seed * 1664525u + 1013904223u;
            uint8_t *where = seed >> 31 ? (uint8_t *)&bench.o : bench.large;
            size_t span = seed >> 31 ? sizeof bench.o : bench.pkt.len;
            where[(seed >> 8) % span] = (uint8_t)(seed >> 3);
        }
        size_t len = bench.pkt.len - (seed >> 4) % 3, cap = (seed >> 6) % 4096;
        uint8_t *buf = malloc(cap + 1);
        struct l2s_rd r = fake_rd_exact(bench.large, len);
        l2tpsec_packet pkt = {.data = (uint8_t *)(uintptr_t)r.p, .len = len};
        int32_t n = l2tpsec_segment(&bench.o, &pkt, &bench.done, buf, cap, bench.pkts, MOST);
        for (int32_t i = 0; i < n && bench.o.gso; i++) {
            const l2tpsec_packet *p = &bench.pkts[i];
            assert_true(p->data >= buf + p->headroom && p->data + p->len + p->tailroom <= buf + cap);
        }
        free(buf);
        fake_rd_free();
    }
}

static void a_checksum_that_lies_outside_is_not_finished(void **state)
{
    static uint8_t data[64];
    (void)state;

    bench.pkt = (l2tpsec_packet){.data = data, .len = sizeof data};
    bench.o = (l2tpsec_offload){
        .flags = L2TPSEC_OFFLOAD_CHECKSUM, .gso = L2TPSEC_GSO_NONE, .checksum_start = 40, .checksum_offset = 23};
    bench.done = 0;
    assert_int_equal(cut(0, 1), L2TPSEC_EINVAL);
    bench.o.checksum_offset = 22;
    bench.done = 1;
    assert_int_equal(cut(0, 1), L2TPSEC_EINVAL);
    bench.done = 0;
    data[40] = data[41] = 0xff; /* all ones add up to zero, which would mean that there is none */
    assert_int_equal(cut(0, 1), 1);
    assert_memory_equal(data + 62, "\xff\xff", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_packet_becomes_what_its_sender_would_have_sent),
        cmocka_unit_test(sixty_four_kibibytes_are_cut),
        cmocka_unit_test(flags_stay_where_they_mean_something),
        cmocka_unit_test(what_finds_no_room_is_cut_by_the_next_call),
        cmocka_unit_test(a_packet_that_is_not_to_be_cut_is_finished_where_it_lies),
        cmocka_unit_test(a_descriptor_that_lies_is_refused),
        cmocka_unit_test(every_truncation_of_the_headers_is_refused),
        cmocka_unit_test(no_mixture_leaves_the_buffers),
        cmocka_unit_test(a_checksum_that_lies_outside_is_not_finished),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
