/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "core/pool.h"
#include "core/shard.h"
#include "ike/common/shard.h"
#include "wire/wr.h"

#include <stdlib.h>
#include <string.h>

#define MOST L2TPSEC_SHARDS_MAX

static const l2tpsec_addr here = {.family = 4, .port = 4500, .ip = {192, 0, 2, 1}};
static const l2tpsec_addr there = {.family = 4, .port = 31337, .ip = {198, 51, 100, 7}};

static uint64_t seed = 1;

static uint64_t chance(void)
{
    seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 27);
}

static void random_cookie(uint8_t out[L2S_COOKIE])
{
    for (unsigned i = 0; i < L2S_COOKIE; i++)
        out[i] = (uint8_t)(chance() >> 32);
}

/* The public functions, on an exact-size copy: sanitizers see one byte over. */
static uint32_t of(const void *p, size_t n, uint32_t transport, const l2tpsec_addr *local, const l2tpsec_addr *remote,
                   uint32_t count)
{
    uint8_t *copy = malloc(n ? n : 1);
    l2tpsec_packet pkt = {.len = n, .transport = transport, .local = *local, .remote = *remote};

    assert_non_null(copy);
    if (n)
        memcpy(copy, p, n);
    pkt.data = copy;
    uint32_t shard = l2s_shard_of_outer(&pkt, count);
    assert_true(n == 0 || memcmp(copy, p, n) == 0);
    assert_true(shard < count || shard == L2TPSEC_SHARD_ANY);
    free(copy);
    return shard;
}

struct message {
    uint8_t bytes[8 + 28 + 64];
    size_t n;
};

/* An IKE message behind as many markers, with so much behind its header. */
static struct message message(unsigned markers, const uint8_t i[L2S_COOKIE], const uint8_t r[L2S_COOKIE],
                              uint8_t exchange, size_t body)
{
    struct message m = {.n = markers * 4 + 28 + body};
    uint8_t *h = m.bytes + (size_t)markers * 4;

    memcpy(h, i, L2S_COOKIE);
    memcpy(h + L2S_COOKIE, r, L2S_COOKIE);
    h[16] = 132; /* whole or in fragments: the header is the same */
    h[17] = 0x10;
    h[18] = exchange;
    l2s_put32(h + 24, (uint32_t)(28 + body));
    return m;
}

static uint32_t of_message(const struct message *m, const l2tpsec_addr *local, uint32_t count)
{
    return of(m->bytes, m->n, L2TPSEC_TRANSPORT_UDP, local, &there, count);
}

static void every_mark_leads_back_and_little_chance_is_lost(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= MOST; count += FEW ? 9 : 1) {
        uint32_t seen = 0;
        for (uint32_t index = 0; index < count; index++) {
            const struct l2s_shard s = {.index = index, .count = count};
            uint32_t last = UINT32_MAX, values = 0;
            for (uint32_t r = 0; r < 65536; r++) {
                uint16_t v = l2s_shard_mark_16(&s, (uint16_t)r);
                assert_int_equal(l2s_shard_of_16(v, count), index);
                values += v != last;
                last = v;
            }
            assert_in_range(values, 65536 / count, 65536 / count + 1);
            seen += values;
        }
        assert_int_equal(seen, 65536);
    }
}

static void a_header_alone_is_a_message(void **state)
{
    uint8_t header[L2S_IKE_HEADER] = {[17] = 0x10, [27] = L2S_IKE_HEADER};
    (void)state;

    assert_true(l2s_looks_like_ike(header, sizeof header));
    header[27]--;
    assert_false(l2s_looks_like_ike(header, sizeof header - 1));
}

static void alone_nothing_is_marked(void **state)
{
    static const struct l2s_shard none, one = {.count = 1};
    uint8_t cookie[8], was[8];
    (void)state;

    random_cookie(cookie);
    memcpy(was, cookie, sizeof was);
    l2s_ike_shard_mark_responder(&none, &here, cookie);
    l2s_ike_shard_mark_responder(&one, &here, cookie);
    assert_memory_equal(cookie, was, sizeof was);
    assert_int_equal(l2s_shard_mark_32(&none, 0xdeadbeef), 0xdeadbeef);
}

static void esp_goes_by_its_spi_raw_and_in_udp_on_any_port(void **state)
{
    static const uint16_t ports[] = {500, 4500, 10500};
    uint8_t esp[64] = {0};
    (void)state;

    for (uint32_t count = 1; count <= MOST; count++) {
        for (uint32_t index = 0; index < count; index++) {
            const struct l2s_shard s = {.index = index, .count = count};
            uint32_t spi = l2s_shard_mark_32(&s, (uint32_t)(chance() >> 16));
            if (spi == 0)
                continue;
            l2s_put32(esp, spi);
            for (size_t n = 4; n <= sizeof esp; n += 20)
                assert_int_equal(of(esp, n, L2TPSEC_TRANSPORT_ESP, &here, &there, count), index);
            for (unsigned i = 0; i < 3; i++) {
                l2tpsec_addr local = here;
                local.port = ports[i];
                assert_int_equal(of(esp, sizeof esp, L2TPSEC_TRANSPORT_UDP, &local, &there, count), index);
            }
        }
    }
}

static void an_exchange_goes_by_the_cookie_of_ours_in_either_role(void **state)
{
    uint8_t ours[8], theirs[8];
    unsigned astray = 0, n = 0;
    (void)state;

    for (uint32_t count = 2; count <= MOST; count++) {
        for (uint32_t index = 0; index < count; index++, n++) {
            const struct l2s_shard s = {.index = index, .count = count};
            const uint8_t exchange = (uint8_t)(chance() % 2 ? 32 : 2);
            unsigned markers = (unsigned)(chance() % 3);
            random_cookie(ours);
            random_cookie(theirs);
            l2s_ike_shard_mark_responder(&s, &here, ours);
            struct message m = message(markers, theirs, ours, exchange, 40);
            assert_int_equal(of_message(&m, &here, count), index);
            random_cookie(ours);
            l2s_ike_shard_mark(&s, ours);
            m = message(markers, ours, theirs, exchange, 40);
            astray += of_message(&m, &here, count) != index;
        }
    }
    print_message("# %u of %u exchanges that we began are led astray by the peer's cookie\n", astray, n);
    assert_in_range(astray, 0, 2); /* one of 65536 is to be expected */
}

/* Both sides count in shards, and each knows which of the two cookies is its own. */
static void two_ends_in_shards_each_know_their_own_cookie(void **state)
{
    uint8_t i[8], r[8];
    unsigned astray = 0;
    (void)state;

    for (unsigned n = 0; n < 4096; n++) {
        const struct l2s_shard a = {.index = n % 7, .count = 7}, b = {.index = n % 5, .count = 5};
        random_cookie(i);
        random_cookie(r);
        l2s_ike_shard_mark(&a, i);
        l2s_ike_shard_mark_responder(&b, &there, r);
        struct message m = message(1, i, r, 5, 20);
        assert_int_equal(of(m.bytes, m.n, L2TPSEC_TRANSPORT_UDP, &there, &here, b.count), b.index);
        astray += of(m.bytes, m.n, L2TPSEC_TRANSPORT_UDP, &here, &there, a.count) != a.index;
    }
    assert_in_range(astray, 0, 3);
}

static void a_first_message_goes_by_its_source_whatever_its_port_and_cookie(void **state)
{
    static const uint8_t none[8];
    static const uint8_t exchanges[] = {L2S_EXCHANGE_MAIN, L2S_EXCHANGE_AGGRESSIVE};
    uint8_t cookie[8];
    (void)state;

    for (uint32_t count = 1; count <= MOST; count++) {
        uint32_t shard = l2s_ike_shard_of_source(&there, count);
        for (unsigned k = 0; k < 16; k++) {
            l2tpsec_addr from = there, to = here;
            from.port = (uint16_t)chance();
            to.port = k % 2 ? 500 : 4500;
            random_cookie(cookie);
            struct message m = message(k % 2 ? 0 : 1, cookie, none, exchanges[k / 2 % 2], 60);
            assert_int_equal(of(m.bytes, m.n, L2TPSEC_TRANSPORT_UDP, &to, &from, count), shard);
        }
    }
}

static void sources_spread_evenly(void **state)
{
    unsigned hits4[MOST] = {0}, hits6[MOST] = {0};
    (void)state;

    for (unsigned n = 0; n < 64000; n++) {
        l2tpsec_addr v4 = {.family = 4, .ip = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
        l2tpsec_addr v6 = {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, 0, 0, (uint8_t)(n >> 8), (uint8_t)n}};
        hits4[l2s_ike_shard_of_source(&v4, MOST)]++;
        uint32_t shard = l2s_ike_shard_of_source(&v6, MOST);
        hits6[shard]++;
        v6.ip[15] = (uint8_t)chance(); /* another address of the same network */
        assert_int_equal(l2s_ike_shard_of_source(&v6, MOST), shard);
    }
    for (unsigned i = 0; i < MOST; i++) {
        assert_in_range(hits4[i], 500, 2000);
        assert_in_range(hits6[i], 500, 2000);
    }
}

/* A complaint about our first message, by a peer that makes no cookie for it. */
static void an_informational_without_responder_cookie_goes_by_the_other_one(void **state)
{
    static const uint8_t none[8];
    uint8_t cookie[8];
    (void)state;

    for (uint32_t index = 0; index < MOST; index++) {
        const struct l2s_shard s = {.index = index, .count = MOST};
        random_cookie(cookie);
        l2s_ike_shard_mark(&s, cookie);
        struct message m = message(0, cookie, none, L2S_EXCHANGE_INFO, 12);
        assert_int_equal(of_message(&m, &here, MOST), index);
    }
}

static void what_nobody_takes_is_for_anybody(void **state)
{
    static const uint8_t keepalive[1] = {0xff}, marked_keepalive[5] = {0, 0, 0, 0, 0xff};
    l2tpsec_addr l2tp = here;
    uint8_t junk[64];
    (void)state;

    l2tp.port = 1701;
    memset(junk, 0x5a, sizeof junk);
    assert_int_equal(of(keepalive, 1, L2TPSEC_TRANSPORT_UDP, &here, &there, 5), L2TPSEC_SHARD_ANY);
    assert_int_equal(of(marked_keepalive, 5, L2TPSEC_TRANSPORT_UDP, &here, &there, 5), L2TPSEC_SHARD_ANY);
    assert_int_equal(of(junk, sizeof junk, L2TPSEC_TRANSPORT_UDP, &l2tp, &there, 5), L2TPSEC_SHARD_ANY);
    for (size_t n = 0; n < 4; n++) {
        assert_int_equal(of(junk, n, L2TPSEC_TRANSPORT_ESP, &here, &there, 5), L2TPSEC_SHARD_ANY);
        assert_int_equal(of(junk, n, L2TPSEC_TRANSPORT_UDP, &here, &there, 5), L2TPSEC_SHARD_ANY);
    }
}

static void every_truncation_and_every_bit_is_borne(void **state)
{
    uint8_t i[8], r[8];
    (void)state;

    random_cookie(i);
    random_cookie(r);
    for (unsigned markers = 0; markers < 3; markers++) {
        struct message m = message(markers, i, r, 2, 64);
        for (size_t n = 0; n <= m.n; n++) {
            (void)of(m.bytes, n, L2TPSEC_TRANSPORT_UDP, &here, &there, 3);
            (void)of(m.bytes, n, L2TPSEC_TRANSPORT_ESP, &here, &there, 3);
        }
        for (size_t bit = 0; bit < m.n * 8; bit++) {
            m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            (void)of_message(&m, &here, 64);
            m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* Some stacks send more than the header says. On port 500 that is still IKE, as it is for l2tpsec_input(). */
static void bytes_behind_an_ike_message_do_no_harm(void **state)
{
    const struct l2s_shard s = {.index = 3, .count = 9};
    l2tpsec_addr local = here;
    uint8_t i[8], r[8];
    (void)state;

    random_cookie(i);
    random_cookie(r);
    l2s_ike_shard_mark_responder(&s, &here, r);
    struct message m = message(0, i, r, 2, 40);
    m.n += 4;
    local.port = 500;
    assert_int_equal(of_message(&m, &local, 9), 3);
    m = message(1, i, r, 2, 40);
    m.n += 4;
    assert_int_equal(of_message(&m, &here, 9), 3);
}

static void inner_packets_go_by_their_destination(void **state)
{
    uint8_t v4[20] = {0x45}, v6[40] = {0x60};
    l2tpsec_packet p = {.data = v4};
    (void)state;

    for (unsigned last = 0; last < 256; last++) {
        l2tpsec_addr a = {.family = 4, .ip = {10, 77, 1, (uint8_t)last}};
        memcpy(v4 + 16, a.ip, 4);
        p.data = v4;
        p.len = sizeof v4;
        uint32_t shard = l2s_shard_of_inner(&p, 7);
        assert_true(shard < 7);
        assert_int_equal(l2s_shard_of_address(&a, 7), shard);
        a = (l2tpsec_addr){.family = 6, .ip = {0x20, 1, 0xd, 0xb8, 0, 0, 1, (uint8_t)last, 9, 9}};
        memcpy(v6 + 24, a.ip, 16);
        p.data = v6;
        p.len = sizeof v6;
        assert_int_equal(l2s_shard_of_inner(&p, 7), shard); /* the prefix ends as the IPv4 address does */
        assert_int_equal(l2s_shard_of_address(&a, 7), shard);
    }
    for (p.len = 0; p.len < sizeof v6; p.len++)
        assert_int_equal(l2s_shard_of_inner(&p, 7), L2TPSEC_SHARD_ANY);
    p.data = v4;
    p.len = 19;
    assert_int_equal(l2s_shard_of_inner(&p, 7), L2TPSEC_SHARD_ANY);
}

static void each_gives_its_own_part_of_a_pool_and_all_of_it_is_given(void **state)
{
    static const uint8_t ten[4] = {10, 77, 8, 0};
    (void)state;

    for (uint32_t count = 1; count <= 5; count++) {
        for (unsigned len = 22; len <= 30; len++) {
            struct fake_sys f;
            unsigned given = 0;
            fake_sys_init(&f);
            for (uint32_t index = 0; index < count; index++) {
                const struct l2s_shard s = {.index = index, .count = count};
                struct l2s_pool pool;
                l2tpsec_addr a = {.family = 4};
                unsigned n = 0;
                assert_int_equal(l2s_pool_init(&pool, &f.sys.mem, ten, len), L2TPSEC_OK);
                l2s_pool_share(&pool, &s);
                for (l2s_pool_seek(&pool, chance()); l2s_pool_any(&pool, a.ip); n++)
                    assert_int_equal(l2s_shard_of_address(&a, count), index);
                if (len <= 28 && count <= 3)
                    assert_in_range(n, 14 / count - 1, 1024);
                given += n;
                l2s_pool_fini(&pool, &f.sys.mem);
            }
            assert_int_equal(given, (1u << (32 - len)) - 2);
            fake_sys_fini(&f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mark_leads_back_and_little_chance_is_lost),
        cmocka_unit_test(a_header_alone_is_a_message),
        cmocka_unit_test(alone_nothing_is_marked),
        cmocka_unit_test(esp_goes_by_its_spi_raw_and_in_udp_on_any_port),
        cmocka_unit_test(an_exchange_goes_by_the_cookie_of_ours_in_either_role),
        cmocka_unit_test(two_ends_in_shards_each_know_their_own_cookie),
        cmocka_unit_test(a_first_message_goes_by_its_source_whatever_its_port_and_cookie),
        cmocka_unit_test(sources_spread_evenly),
        cmocka_unit_test(an_informational_without_responder_cookie_goes_by_the_other_one),
        cmocka_unit_test(what_nobody_takes_is_for_anybody),
        cmocka_unit_test(every_truncation_and_every_bit_is_borne),
        cmocka_unit_test(bytes_behind_an_ike_message_do_no_harm),
        cmocka_unit_test(inner_packets_go_by_their_destination),
        cmocka_unit_test(each_gives_its_own_part_of_a_pool_and_all_of_it_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
