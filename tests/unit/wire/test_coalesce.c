/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "traffic.h"

#include "wire/offload.h"
#include "wire/wr.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 300, SLOT = 2048, FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 0x10, ECE = 0x40, CWR = 0x80 };
enum { ALL = L2TPSEC_COALESCE_TCP4 | L2TPSEC_COALESCE_TCP6 | L2TPSEC_COALESCE_UDP };

static const struct traffic kinds[] = {
    {.version = 4, .protocol = 6, .id = 0xfffe, .options = 12, .sequence = 0xffffffc0u},
    {.version = 6, .protocol = 6, .sequence = 7},
    {.version = 4, .protocol = 17, .id = 9, .fragmentable = true},
    {.version = 6, .protocol = 17},
};

struct burst {
    uint8_t bytes[MOST][SLOT], before[MOST][SLOT];
    l2tpsec_packet pkts[MOST];
    l2tpsec_large larges[MOST];
    l2tpsec_piece pieces[MOST];
    size_t n, n_larges;
};

static struct burst b;

static void clear(void)
{
    b.n = 0;
}

static uint8_t *add(const struct traffic *t)
{
    size_t n = traffic_make(t, b.bytes[b.n], SLOT);

    b.pkts[b.n] = (l2tpsec_packet){.data = b.bytes[b.n], .len = n, .link = 42};
    return b.bytes[b.n++];
}

/* Packets of one flow, behind each other. */
static void add_run(struct traffic t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add(&t);
        t.id++;
        t.sequence += (uint32_t)t.payload;
    }
}

/* Cut up again, a large packet is the packets it was made of. */
static void check_cut(const l2tpsec_large *l, const l2tpsec_piece *pieces, size_t first)
{
    static uint8_t whole[65536 + SLOT], buf[65536 * 4];
    static l2tpsec_packet out[MOST];
    l2tpsec_packet large = {.data = whole};
    size_t done = 0;

    for (uint32_t i = 0; i < l->pieces; i++) {
        assert_true(large.len + pieces[i].len <= 65535);
        memcpy(whole + large.len, pieces[i].data, pieces[i].len);
        large.len += pieces[i].len;
    }
    size_t at = traffic_transport(whole);
    assert_int_equal(l->offload.checksum_start, at);
    assert_int_equal(l->offload.header_len, traffic_head(whole));
    size_t field = at + l->offload.checksum_offset;
    assert_int_equal(whole[field] << 8 | whole[field + 1], traffic_pseudo(whole, large.len));
    assert_int_equal(l2tpsec_segment(&l->offload, &large, &done, buf, sizeof buf, out, MOST), l->pieces);
    for (uint32_t i = 0; i < l->pieces; i++) {
        const uint8_t *was = b.before[first];
        assert_int_equal(out[i].len, b.pkts[first].len);
        if (was[0] >> 4 == 4 && was[6] & 0x40) { /* the identification of what is never cut means nothing */
            memcpy(out[i].data + 4, was + 4, 2);
            memcpy(out[i].data + 10, was + 10, 2);
        }
        assert_memory_equal(out[i].data, was, out[i].len);
        /* the next one that went into it */
        do
            first++;
        while (i + 1 < l->pieces && (pieces[i + 1].data < b.bytes[first] || pieces[i + 1].data >= b.bytes[first + 1]));
    }
}

/* All packets are there, once. */
static void coalesce(uint32_t allow)
{
    size_t used = 0;

    memcpy(b.before, b.bytes, sizeof b.bytes[0] * b.n);
    int32_t n = l2tpsec_coalesce(b.pkts, b.n, allow, b.larges, b.pieces);
    assert_true(n >= 0 && (size_t)n <= b.n);
    b.n_larges = (size_t)n;
    for (size_t i = 0; i < b.n_larges; i++) {
        const l2tpsec_piece *p = &b.pieces[used];
        size_t first = (size_t)(p->data - b.bytes[0]) / SLOT;
        assert_int_equal(b.larges[i].link, b.pkts[first].link);
        assert_int_equal(b.larges[i].reserved, 0);
        assert_int_equal(p->len, b.pkts[first].len);
        if (b.larges[i].pieces > 1) {
            check_cut(&b.larges[i], p, first);
        } else {
            assert_memory_equal(p->data, b.before[first], p->len);
            assert_int_equal(b.larges[i].offload.gso | b.larges[i].offload.flags, 0);
        }
        used += b.larges[i].pieces;
    }
    assert_int_equal(used, b.n);
}

static void packets_of_a_flow_become_one(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        for (size_t payload = 1; payload < 200; payload += 13) {
            struct traffic t = kinds[k];
            t.payload = payload;
            clear();
            add_run(t, 20);
            coalesce(ALL);
            assert_int_equal(b.n_larges, 1);
            assert_int_equal(b.larges[0].offload.gso_size, payload);
        }
    }
}

static void only_what_the_device_takes_is_put_together(void **state)
{
    static const uint32_t bits[] = {L2TPSEC_COALESCE_TCP4, L2TPSEC_COALESCE_TCP6, L2TPSEC_COALESCE_UDP,
                                    L2TPSEC_COALESCE_UDP};
    (void)state;

    for (size_t k = 0; k < 4; k++) {
        struct traffic t = kinds[k];
        t.payload = 50;
        for (uint32_t allow = 0; allow <= ALL; allow++) {
            clear();
            add_run(t, 3);
            coalesce(allow);
            assert_int_equal(b.n_larges, allow & bits[k] ? 1 : 3);
        }
    }
}

/* Bytes that may differ: lengths, checksums and sequence numbers have values of their own, and DF frees the identification. */
static bool is_free(const struct traffic *t, size_t at)
{
    size_t from = t->version == 4 ? 20 : 40;

    if (t->version == 4 && (at == 10 || at == 11 || ((at == 4 || at == 5) && !t->fragmentable)))
        return true;
    size_t sum = from + (t->protocol == 17 ? 6 : 16);
    return at == sum || at == sum + 1;
}

static void a_header_that_differs_in_any_bit_stays_apart(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        struct traffic t = kinds[k];
        t.payload = 40;
        clear();
        size_t head = traffic_head(add(&t));
        for (size_t bit = 0; bit < head * 8; bit++) {
            size_t at = bit / 8;
            clear();
            add_run(t, 2);
            b.bytes[1][at] ^= (uint8_t)(1u << bit % 8);
            bool is_ending =
                t.protocol == 6 && at == traffic_transport(b.bytes[0]) + 13 && (bit % 8 == 0 || bit % 8 == 3);
            if (traffic_head(b.bytes[1]) <= b.pkts[1].len && traffic_transport(b.bytes[1]) >= 20)
                traffic_seal(b.bytes[1], b.pkts[1].len);
            coalesce(ALL);
            if (is_free(&t, at) || is_ending)
                assert_int_equal(b.n_larges, 1);
            else
                assert_int_equal(b.n_larges, 2);
        }
    }
}

static void a_wrong_checksum_stays_apart(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        struct traffic t = kinds[k];
        t.payload = 41;
        clear();
        size_t head = traffic_head(add(&t));
        for (size_t at = head - 1; at < head + t.payload; at++) {
            for (size_t which = 0; which < 3; which++) {
                clear();
                add_run(t, 3);
                if (at < head)
                    b.bytes[which][traffic_transport(b.bytes[0]) + (t.protocol == 17 ? 7 : 17)] ^= 1;
                else
                    b.bytes[which][at] ^= 0x10;
                coalesce(ALL);
                assert_int_equal(b.n_larges, which == 1 ? 3 : 2);
            }
        }
    }
    clear();
    add_run((struct traffic){.version = 4, .protocol = 6, .payload = 9}, 2);
    b.bytes[1][10] ^= 1; /* that of IPv4 */
    coalesce(ALL);
    assert_int_equal(b.n_larges, 2);
}

static void push_and_fin_end_a_run(void **state)
{
    static const uint8_t ends[] = {PSH, FIN, PSH | FIN};
    (void)state;

    for (size_t i = 0; i < sizeof ends; i++) {
        struct traffic t = kinds[0];
        t.payload = 100;
        clear();
        add_run(t, 2);
        t.sequence += 200;
        t.id = (uint16_t)(t.id + 2);
        t.flags = ACK | ends[i];
        add(&t);
        t.sequence += 100;
        t.id++;
        t.flags = 0;
        add_run(t, 2);
        coalesce(ALL);
        assert_int_equal(b.n_larges, 2);
        assert_int_equal(b.larges[0].pieces, 3);
        assert_int_equal(b.larges[1].pieces, 2);
    }
}

static void flags_that_mean_more_stay_apart(void **state)
{
    static const uint8_t flags[] = {SYN, SYN | ACK, RST, RST | ACK, ACK | 0x20, ACK | CWR, ACK | CWR | ECE, PSH, 0xff};
    (void)state;

    for (size_t i = 0; i < sizeof flags; i++) {
        struct traffic t = kinds[1];
        t.payload = 100;
        t.flags = flags[i];
        clear();
        add_run(t, 2);
        coalesce(ALL);
        assert_int_equal(b.n_larges, 2);
    }
    struct traffic t = kinds[1];
    t.flags = ACK | ECE;
    t.payload = 100;
    clear();
    add_run(t, 2);
    coalesce(ALL);
    assert_int_equal(b.n_larges, 1);
}

static void a_shorter_one_ends_a_run_and_a_longer_one_begins_another(void **state)
{
    static const size_t payloads[] = {100, 100, 60, 60, 60, 100, 0, 100};
    static const uint32_t made_of[] = {3, 2, 1, 1, 1};
    struct traffic t = kinds[0];
    (void)state;

    clear();
    for (size_t i = 0; i < 8; i++) {
        t.payload = payloads[i];
        add(&t);
        t.sequence += (uint32_t)t.payload;
    }
    coalesce(ALL);
    assert_int_equal(b.n_larges, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(b.larges[i].pieces, made_of[i]);
}

static void flows_are_kept_apart_and_each_in_order(void **state)
{
    struct traffic t[40];
    (void)state;

    clear();
    for (size_t i = 0; i < 40; i++) {
        t[i] = kinds[i % 4];
        t[i].payload = 10;
        t[i].port = (uint16_t)(100 + i);
    }
    for (size_t i = 0; i < 5 * 8; i++) { /* eight flows in turn */
        struct traffic *one = &t[i % 8];
        add(one);
        one->sequence += 10;
        one->id++;
    }
    coalesce(ALL);
    assert_int_equal(b.n_larges, 8);
    clear();
    for (size_t i = 0; i < 5 * 40; i++) { /* more than are held open: fewer go together, none is lost */
        struct traffic *one = &t[i % 40];
        add(one);
        one->sequence += 10;
        one->id++;
    }
    coalesce(ALL);
}

static void what_comes_between_is_not_overtaken(void **state)
{
    struct traffic t = kinds[0], reset = kinds[0];
    (void)state;

    t.payload = 10;
    reset.flags = RST | ACK;
    clear();
    add_run(t, 2);
    add(&reset);
    t.sequence += 20;
    add_run(t, 2);
    coalesce(ALL);
    assert_int_equal(b.n_larges, 3);
    assert_int_equal(b.larges[0].pieces, 2);
    assert_ptr_equal(b.pieces[2].data, b.bytes[2]);
    assert_int_equal(b.larges[2].pieces, 2);
}

static void packets_of_different_links_stay_apart(void **state)
{
    struct traffic t = kinds[3];
    (void)state;

    t.payload = 10;
    clear();
    add_run(t, 2);
    b.pkts[1].link = 43;
    coalesce(ALL);
    assert_int_equal(b.n_larges, 2);
}

static void none_becomes_larger_than_a_packet_can_be(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        struct traffic t = kinds[k];
        t.payload = 1348;
        clear();
        add_run(t, 100);
        coalesce(ALL); /* which checks it */
        assert_int_equal(b.n_larges, 3);
        assert_int_equal(b.larges[0].pieces, 48);
    }
    struct traffic t = kinds[0];
    t.payload = 1;
    clear();
    add_run(t, MOST);
    coalesce(ALL);
    assert_int_equal(b.n_larges, 2); /* no more than 256 are looked at together */
}

static void datagrams_without_a_checksum_stay_apart(void **state)
{
    struct traffic t = kinds[2];
    (void)state;

    t.payload = 10;
    clear();
    add_run(t, 2);
    memset(b.bytes[0] + 26, 0, 2);
    memset(b.bytes[1] + 26, 0, 2);
    coalesce(ALL);
    assert_int_equal(b.n_larges, 2);
}

static void every_truncation_stays_apart(void **state)
{
    static l2tpsec_large larges[3];
    static l2tpsec_piece pieces[3];
    (void)state;

    for (size_t k = 0; k < 4; k++) {
        struct traffic t = kinds[k];
        t.payload = 10;
        clear();
        add_run(t, 3);
        for (size_t n = 0; n < b.pkts[1].len; n++) {
            l2tpsec_packet pkts[3] = {b.pkts[0], b.pkts[1], b.pkts[2]};
            struct l2s_rd r = fake_rd_exact(b.bytes[1], n);
            pkts[1].data = (uint8_t *)(uintptr_t)r.p;
            pkts[1].len = n;
            assert_true(l2tpsec_coalesce(pkts, 3, ALL, larges, pieces) >= 2);
            traffic_make(&t, b.bytes[0], SLOT); /* what an earlier round may have changed */
        }
        fake_rd_free();
    }
    assert_int_equal(l2tpsec_coalesce(NULL, 0, ALL, NULL, NULL), 0);
    assert_int_equal(l2tpsec_coalesce(NULL, 1, ALL, larges, pieces), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_coalesce(b.pkts, 1, ALL, NULL, pieces), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_coalesce(b.pkts, 1, ALL, larges, NULL), L2TPSEC_EINVAL);
}

/* What peers make of their packets: whatever it is, coalesce() finds that cutting gives back what was there. */
static void no_mutation_is_changed_on_the_way(void **state)
{
    uint32_t seed = 1;
    (void)state;

    for (unsigned round = 0; round < 3000; round++) {
        clear();
        for (size_t k = 0; k < 4; k++) {
            struct traffic t = kinds[k];
            t.payload = 1 + round % 60;
            add_run(t, 5);
        }
        for (unsigned i = 0; i < 1 + round % 8; i++) {
            seed = seed * 1664525u + 1013904223u;
            size_t which = (seed >> 8) % b.n;
            uint8_t *p = b.bytes[which], was = p[0];
            p[(seed >> 16) % b.pkts[which].len] ^= (uint8_t)(1u << (seed >> 5) % 8);
            if (p[0] == was && seed >> 31 && traffic_head(p) <= b.pkts[which].len)
                traffic_seal(p, b.pkts[which].len);
        }
        coalesce(ALL);
    }
}

/* Its IP header is honest about it. */
static void a_packet_too_short_for_its_transport_stays_apart(void **state)
{
    static l2tpsec_large larges[3];
    static l2tpsec_piece pieces[3];
    (void)state;

    for (size_t k = 0; k < 4; k++) {
        struct traffic t = kinds[k];
        t.payload = 10;
        clear();
        add_run(t, 3);
        size_t head = traffic_transport(b.bytes[1]);
        for (size_t n = 0; n < (t.protocol == 17 ? 8u : 20u); n++) {
            uint8_t *p = b.bytes[1];
            l2s_put16(p + (t.version == 4 ? 2 : 4), (uint16_t)(t.version == 4 ? head + n : n));
            b.pkts[1].len = head + n;
            traffic_make(&t, b.bytes[0], SLOT);
            assert_true(l2tpsec_coalesce(b.pkts, 3, ALL, larges, pieces) >= 2);
        }
    }
}

/* In blocks of just their size, so that a sanitizer sees one byte over: the last one ends before TCP would have its flags. */
static void datagrams_shorter_than_a_tcp_header_are_not_read_beyond(void **state)
{
    struct traffic t = {.version = 4, .protocol = 17, .payload = 3};
    uint8_t *exact[3];

    (void)state;
    clear();
    for (size_t i = 0; i < 3; i++, t.id++, t.payload = i < 2 ? 3 : 2) {
        add(&t);
        exact[i] = malloc(b.pkts[i].len);
        assert_non_null(exact[i]);
        memcpy(exact[i], b.pkts[i].data, b.pkts[i].len);
        b.pkts[i].data = exact[i];
    }
    assert_int_equal(l2tpsec_coalesce(b.pkts, 3, ALL, b.larges, b.pieces), 1);
    assert_int_equal(b.larges[0].pieces, 3);
    assert_int_equal(b.larges[0].offload.gso, L2TPSEC_GSO_UDP);
    for (size_t i = 0; i < 3; i++)
        free(exact[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_of_a_flow_become_one),
        cmocka_unit_test(only_what_the_device_takes_is_put_together),
        cmocka_unit_test(a_header_that_differs_in_any_bit_stays_apart),
        cmocka_unit_test(a_wrong_checksum_stays_apart),
        cmocka_unit_test(push_and_fin_end_a_run),
        cmocka_unit_test(flags_that_mean_more_stay_apart),
        cmocka_unit_test(a_shorter_one_ends_a_run_and_a_longer_one_begins_another),
        cmocka_unit_test(flows_are_kept_apart_and_each_in_order),
        cmocka_unit_test(what_comes_between_is_not_overtaken),
        cmocka_unit_test(packets_of_different_links_stay_apart),
        cmocka_unit_test(none_becomes_larger_than_a_packet_can_be),
        cmocka_unit_test(datagrams_without_a_checksum_stay_apart),
        cmocka_unit_test(every_truncation_stays_apart),
        cmocka_unit_test(datagrams_shorter_than_a_tcp_header_are_not_read_beyond),
        cmocka_unit_test(no_mutation_is_changed_on_the_way),
        cmocka_unit_test(a_packet_too_short_for_its_transport_stays_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
