/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "esp/esp.h"
#include "esp/replay.h"
#include "esp/sa.h"

#include <string.h>

static const struct l2s_esp_suite suites[] = {
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32},    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 16},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA384_192, 24}, {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA512_256, 32},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_96, 16},  {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_96, 32},
    {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 16},     {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32},
#if L2S_WITH_LEGACY_3DES
    {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24},
#endif
};

/* Two ends of one pair of SAs, in one table. */
struct ends {
    struct fake_sys f;
    struct l2s_crypto *crypto;
    struct l2s_esp *esp;
    struct l2s_esp_sa *a, *b;
    enum l2s_esp_cut cut_a, cut_b;
};

static void setup_ports(struct ends *t, const struct l2s_esp_suite *suite, uint32_t window, uint16_t local,
                        uint16_t remote)
{
    static const uint8_t enc[2][L2S_ESP_KEY_MAX] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17},
                                                    {9, 8, 7, 6, 5, 4, 3, 2, 1, 19, 18, 17, 16, 15, 14, 13, 12}};
    static const uint8_t auth[2][L2S_ESP_AUTH_KEY_MAX] = {{3}, {4}};
    struct l2s_esp_params p = {.suite = *suite, .replay_window = window, .local_port = local, .remote_port = remote};

    fake_sys_init(&t->f);
    assert_int_equal(l2s_crypto_mbedtls_new(&t->f.sys, &t->crypto), L2TPSEC_OK);
    assert_int_equal(l2s_esp_new(&t->f.sys, t->crypto, &t->esp), L2TPSEC_OK);
    p.spi_in = 0x1000;
    p.spi_out = 0x2000;
    p.enc_in = enc[0], p.auth_in = auth[0], p.enc_out = enc[1], p.auth_out = auth[1];
    p.owner = &t->a;
    p.cut = t->cut_a;
    assert_int_equal(l2s_esp_add(t->esp, &p, &t->a), L2TPSEC_OK);
    p.spi_in = 0x2000;
    p.spi_out = 0x1000;
    p.enc_in = enc[1], p.auth_in = auth[1], p.enc_out = enc[0], p.auth_out = auth[0];
    p.owner = &t->b;
    p.cut = t->cut_b;
    assert_int_equal(l2s_esp_add(t->esp, &p, &t->b), L2TPSEC_OK);
}

static void setup(struct ends *t, const struct l2s_esp_suite *suite, uint32_t window)
{
    setup_ports(t, suite, window, 1701, 0);
}

static void teardown(struct ends *t)
{
    l2s_esp_free(t->esp);
    l2s_crypto_free(t->crypto);
    fake_sys_fini(&t->f);
}

struct packet {
    uint8_t room[64 + 2048 + 64];
    uint8_t *p;
    size_t len;
};

/* Seal an inner datagram with a payload of n bytes on SA a. */
static void seal(struct ends *t, struct packet *k, size_t n, uint16_t src, uint16_t dst)
{
    uint8_t *udp = k->room + 64;
    struct l2s_esp_tx tx = {.sa = t->a, .p = udp, .len = 8 + n};

    for (size_t i = 0; i < n; i++)
        udp[8 + i] = (uint8_t)(i * 7);
    udp[0] = (uint8_t)(src >> 8), udp[1] = (uint8_t)src, udp[2] = (uint8_t)(dst >> 8), udp[3] = (uint8_t)dst;
    udp[4] = (uint8_t)((8 + n) >> 8), udp[5] = (uint8_t)(8 + n), udp[6] = udp[7] = 0;
    l2s_esp_seal(t->esp, &tx, 1);
    assert_int_equal(tx.reason, 0);
    assert_true(tx.p >= k->room && tx.p + tx.len <= k->room + sizeof k->room);
    k->p = tx.p;
    k->len = tx.len;
}

static uint32_t open_copy(struct ends *t, const struct packet *k, size_t len, struct l2s_esp_rx *rx)
{
    struct l2s_rd copy = fake_rd_exact(k->p, len);

    *rx = (struct l2s_esp_rx){.p = (uint8_t *)(uintptr_t)copy.p, .len = len};
    l2s_esp_open(t->esp, rx, 1);
    return rx->reason;
}

static void every_suite_carries_every_size(void **state)
{
    (void)state;
    for (unsigned s = 0; s < L2S_COUNT_OF(suites); s++) {
        struct ends t = {0};
        setup(&t, &suites[s], 1024);
        for (size_t n = 0; n < 1500; n += n < 70 ? 1 : 97) {
            struct packet k;
            struct l2s_esp_rx rx;
            seal(&t, &k, n, 1701, 1701);
            assert_int_equal(k.len, l2s_esp_sealed_len(&suites[s], 8 + n));
            assert_int_equal(open_copy(&t, &k, k.len, &rx), 0);
            assert_ptr_equal(rx.sa, t.b);
            assert_ptr_equal(rx.owner, &t.b);
            assert_int_equal(rx.len, n);
            assert_int_equal(rx.dst_port, 1701);
            assert_true(rx.newest);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(rx.p[i], (uint8_t)(i * 7));
        }
        fake_rd_free();
        teardown(&t);
    }
}

/* ---- HMAC-SHA-256 cut at 96 bits -------------------------------------------------------------------------------- */

static const struct l2s_esp_suite cuttable[] = {
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 32},
#if L2S_WITH_LEGACY_3DES
    {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA256_128, 24},
#endif
};

static void setup_cut(struct ends *t, const struct l2s_esp_suite *suite, enum l2s_esp_cut a, enum l2s_esp_cut b)
{
    t->cut_a = a;
    t->cut_b = b;
    setup_ports(t, suite, 1024, 0, 0);
}

static void turn_round(struct ends *t)
{
    struct l2s_esp_sa *a = t->a;

    t->a = t->b;
    t->b = a;
}

static uint32_t carried(struct ends *t, size_t n, bool turned)
{
    struct packet k;
    struct l2s_esp_rx rx;

    if (turned)
        turn_round(t);
    seal(t, &k, n, 1701, 1701);
    if (turned)
        turn_round(t);
    (void)open_copy(t, &k, k.len, &rx);
    fake_rd_free();
    return rx.reason;
}

static void an_icv_of_96_bits_is_learnt_from_the_first_packet_and_answered(void **state)
{
    (void)state;
    for (unsigned s = 0; s < L2S_COUNT_OF(cuttable); s++) {
        for (size_t n = 0; n < 40; n++) {
            struct ends t = {0};
            setup_cut(&t, &cuttable[s], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_LEARN);
            assert_int_equal(carried(&t, n, true), L2TPSEC_DROP_MALFORMED); /* nothing learnt yet */
            assert_int_equal(carried(&t, n, false), 0);
            assert_true(l2s_esp_is_cut(t.b));
            for (size_t m = 0; m < 20; m++) {
                assert_int_equal(carried(&t, m, false), 0);
                assert_int_equal(carried(&t, m, true), 0);
            }
            teardown(&t);
        }
    }
}

static void a_whole_icv_settles_that_none_is_cut(void **state)
{
    static const enum l2s_esp_cut begun[] = {L2S_ESP_CUT_LEARN, L2S_ESP_CUT_FOUND};

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(begun); i++) {
        struct ends t = {0};
        struct packet k;
        struct l2s_esp_rx rx;
        setup_cut(&t, &cuttable[0], L2S_ESP_CUT_NEVER, begun[i]);
        assert_int_equal(l2s_esp_is_cut(t.b), begun[i] == L2S_ESP_CUT_FOUND);
        assert_int_equal(carried(&t, 30, false), 0);
        assert_false(l2s_esp_is_cut(t.b));
        assert_int_equal(carried(&t, 30, true), 0);
        seal(&t, &k, 30, 1701, 1701);
        assert_int_equal(open_copy(&t, &k, k.len - 4, &rx), L2TPSEC_DROP_MALFORMED); /* cut by somebody on the way */
        assert_int_equal(open_copy(&t, &k, k.len, &rx), 0);
        fake_rd_free();
        teardown(&t);
    }
}

static void a_packet_shortened_on_its_way_harms_until_the_next_one_only(void **state)
{
    struct ends t = {0};
    struct packet k;
    struct l2s_esp_rx rx;

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_NEVER, L2S_ESP_CUT_LEARN);
    seal(&t, &k, 30, 1701, 1701);
    assert_int_equal(open_copy(&t, &k, k.len - 4, &rx), 0);
    assert_true(l2s_esp_is_cut(t.b));
    assert_int_equal(carried(&t, 31, false), 0);
    assert_false(l2s_esp_is_cut(t.b));
    assert_int_equal(carried(&t, 32, true), 0);
    fake_rd_free();
    teardown(&t);
}

static void a_forger_teaches_nothing(void **state)
{
    struct ends t = {0};
    struct packet k;
    struct l2s_esp_rx rx;

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_LEARN);
    seal(&t, &k, 30, 1701, 1701);
    for (size_t bit = 64; bit < k.len * 8; bit++) { /* the number may be wrong, but is not forged */
        k.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(open_copy(&t, &k, k.len, &rx), L2TPSEC_DROP_FORGED);
        assert_false(l2s_esp_is_cut(t.b));
        k.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(open_copy(&t, &k, k.len, &rx), 0);
    assert_int_equal(open_copy(&t, &k, k.len, &rx), L2TPSEC_DROP_REPLAYED);
    assert_true(l2s_esp_is_cut(t.b));
    fake_rd_free();
    teardown(&t);
}

static void a_pair_that_follows_a_cut_one_begins_cut(void **state)
{
    struct ends t = {0};

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_FOUND);
    assert_int_equal(carried(&t, 30, true), 0); /* before it has heard a word */
    assert_int_equal(carried(&t, 30, false), 0);
    teardown(&t);
}

static void both_lengths_in_one_burst_end_with_the_whole_one(void **state)
{
    struct ends t = {0};
    struct packet k[4];
    struct l2s_esp_rx rx[4];

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_NEVER, L2S_ESP_CUT_LEARN);
    for (unsigned i = 0; i < 4; i++) {
        seal(&t, &k[i], 30, 1701, 1701);
        rx[i] = (struct l2s_esp_rx){.p = k[i].p, .len = i % 2 ? k[i].len : k[i].len - 4};
    }
    l2s_esp_open(t.esp, rx, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(rx[i].reason, 0);
    assert_false(l2s_esp_is_cut(t.b));
    assert_int_equal(carried(&t, 30, true), 0);
    teardown(&t);
}

static void only_hmac_sha256_is_ever_cut(void **state)
{
    (void)state;
    for (unsigned s = 0; s < L2S_COUNT_OF(suites); s++) {
        struct ends t = {0};
        if (suites[s].auth == L2S_ESP_HMAC_SHA256_128 || suites[s].auth == L2S_ESP_HMAC_SHA256_96)
            continue;
        setup_cut(&t, &suites[s], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_NEVER);
        assert_int_equal(carried(&t, 30, false), 0);
        assert_int_equal(carried(&t, 30, true), 0);
        teardown(&t);
    }
}

static void the_largest_inner_size_is_the_inverse_of_the_sealed_length(void **state)
{
    (void)state;
    for (unsigned s = 0; s < L2S_COUNT_OF(suites); s++) {
        for (size_t room = 100; room < 1600; room++) {
            size_t n = l2s_esp_room_for(&suites[s], room);
            assert_true(l2s_esp_sealed_len(&suites[s], n) <= room);
            assert_true(l2s_esp_sealed_len(&suites[s], n + 1) > room);
        }
    }
}

static void every_truncation_and_every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (unsigned s = 0; s < L2S_COUNT_OF(suites); s++) {
        struct ends t = {0};
        struct packet k;
        struct l2s_esp_rx rx;
        setup(&t, &suites[s], 64);
        seal(&t, &k, 40, 1701, 1701);
        for (size_t n = 0; n < k.len; n++)
            assert_int_not_equal(open_copy(&t, &k, n, &rx), 0);
        for (size_t bit = 0; bit < 8 * k.len; bit++) {
            k.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            assert_int_not_equal(open_copy(&t, &k, k.len, &rx), 0);
            k.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        assert_true(l2s_esp_stats(t.b)->forged > 0);
        assert_int_equal(l2s_esp_stats(t.b)->packets_in, 0);
        assert_int_equal(open_copy(&t, &k, k.len, &rx), 0); /* and the window did not move */
        fake_rd_free();
        teardown(&t);
    }
}

static void a_packet_is_taken_once_even_within_a_burst(void **state)
{
    struct ends t = {0};
    struct packet k, twin;
    (void)state;

    setup(&t, &suites[0], 64);
    seal(&t, &k, 10, 1701, 1701);
    twin = k;
    twin.p = twin.room + (k.p - k.room);
    struct l2s_esp_rx rx[2] = {{.p = k.p, .len = k.len}, {.p = twin.p, .len = twin.len}};
    l2s_esp_open(t.esp, rx, 2);
    assert_int_equal(rx[0].reason, 0);
    assert_int_equal(rx[1].reason, L2TPSEC_DROP_REPLAYED);
    assert_int_equal(l2s_esp_stats(t.b)->replayed, 1);
    teardown(&t);
}

static void the_window_accepts_each_number_within_it_once(void **state)
{
    static const uint32_t sizes[] = {64, 1024, 32768};
    static uint64_t ring[1024];
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        memset(ring, 0, sizeof ring);
        struct l2s_replay w = {.ring = ring, .size = sizes[i], .mask = l2s_replay_words(sizes[i]) - 1};
        assert_false(l2s_replay_fresh(&w, 0));
        assert_true(l2s_replay_fresh(&w, 1));
        assert_true(l2s_replay_accept(&w, 1));
        assert_false(l2s_replay_fresh(&w, 1));
        uint32_t top = 5 * sizes[i] + 17;
        assert_true(l2s_replay_accept(&w, top));
        assert_false(l2s_replay_fresh(&w, top));
        assert_false(l2s_replay_fresh(&w, top - sizes[i]));
        assert_true(l2s_replay_fresh(&w, top - sizes[i] + 1));
        for (uint32_t seq = top - 1; seq > top - sizes[i]; seq--) {
            assert_true(l2s_replay_fresh(&w, seq));
            assert_false(l2s_replay_accept(&w, seq));
            assert_false(l2s_replay_fresh(&w, seq));
        }
        assert_true(l2s_replay_accept(&w, top + 1));
        assert_false(l2s_replay_fresh(&w, top - 5));
        assert_true(l2s_replay_accept(&w, UINT32_MAX));
        assert_false(l2s_replay_fresh(&w, UINT32_MAX));
        assert_true(l2s_replay_fresh(&w, UINT32_MAX - 1));
    }
}

/* The same answer as the plain definition gives, for random walks with jumps. */
static void the_window_agrees_with_a_list_of_everything_seen(void **state)
{
    static uint8_t seen[20000];
    static uint64_t ring[4];
    struct fake_sys f;
    (void)state;

    fake_sys_init(&f);
    memset(ring, 0, sizeof ring);
    memset(seen, 0, sizeof seen);
    struct l2s_replay w = {.ring = ring, .size = 128, .mask = 3};
    uint32_t top = 0;
    for (unsigned i = 0; i < 50000; i++) {
        uint16_t r;
        assert_int_equal(l2s_random(&f.sys, &r, sizeof r), 0);
        uint32_t low = top > 150 ? top - 150 : 0, seq = low + r % 160;
        if (seq >= sizeof seen)
            break;
        bool fresh = seq && !seen[seq] && (seq > top || top - seq < 128);
        assert_int_equal(l2s_replay_fresh(&w, seq), fresh);
        if (fresh) {
            (void)l2s_replay_accept(&w, seq);
            seen[seq] = 1;
            top = seq > top ? seq : top;
        }
    }
    assert_true(top > 1000);
    fake_sys_fini(&f);
}

static void the_last_sequence_number_ends_the_sa(void **state)
{
    struct ends t = {0};
    struct packet k;
    struct l2s_esp_rx rx;
    (void)state;

    setup(&t, &suites[4], 64);
    t.a->sequence = UINT32_MAX - 1;
    seal(&t, &k, 10, 1701, 1701);
    assert_int_equal(open_copy(&t, &k, k.len, &rx), 0);
    assert_int_equal(t.a->sequence, UINT32_MAX);
    struct l2s_esp_tx tx = {.sa = t.a, .p = k.room + 64, .len = 18};
    l2s_esp_seal(t.esp, &tx, 1);
    assert_int_equal(tx.reason, L2TPSEC_DROP_SEQUENCE);
    fake_rd_free();
    teardown(&t);
}

static void ports_outside_the_selectors_are_refused(void **state)
{
    struct ends t = {0};
    struct packet k;
    struct l2s_esp_rx rx;
    (void)state;

    setup(&t, &suites[0], 64);
    seal(&t, &k, 10, 1701, 1702);
    assert_int_equal(open_copy(&t, &k, k.len, &rx), L2TPSEC_DROP_SELECTOR);
    seal(&t, &k, 10, 50000, 1701); /* the peer may use any port */
    assert_int_equal(open_copy(&t, &k, k.len, &rx), 0);
    assert_int_equal(rx.src_port, 50000);
    assert_int_equal(l2s_esp_stats(t.b)->refused, 1);
    teardown(&t);
    setup_ports(&t, &suites[0], 64, 1701, 1701);
    seal(&t, &k, 10, 50000, 1701);
    assert_int_equal(open_copy(&t, &k, k.len, &rx), L2TPSEC_DROP_SELECTOR);
    fake_rd_free();
    teardown(&t);
}

static void a_burst_over_many_sas_gives_what_single_packets_give(void **state)
{
    enum { N = 150 };
    static struct packet k[N];
    struct l2s_esp_rx rx[N + 1];
    struct ends t = {0};
    (void)state;

    setup(&t, &suites[1], 1024);
    for (unsigned i = 0; i < N; i++) {
        seal(&t, &k[i], 10 + i, 1701, 1701);
        rx[i] = (struct l2s_esp_rx){.p = k[i].p, .len = k[i].len};
    }
    uint8_t stray[60] = {0, 0, 0x77, 0x77};
    rx[N] = (struct l2s_esp_rx){.p = stray, .len = sizeof stray};
    k[70].p[20] ^= 1;
    l2s_esp_open(t.esp, rx, N + 1);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(rx[i].reason, i == 70 ? L2TPSEC_DROP_FORGED : 0);
        if (i != 70)
            assert_int_equal(rx[i].len, 10 + i);
    }
    assert_int_equal(rx[N].reason, L2TPSEC_DROP_UNKNOWN_SPI);
    assert_null(rx[N].sa);
    teardown(&t);
}

static void reserved_spis_are_unused_and_come_back(void **state)
{
    struct ends t = {0};
    (void)state;

    setup(&t, &suites[0], 64);
    uint32_t a = l2s_esp_spi_reserve(t.esp), b = l2s_esp_spi_reserve(t.esp);
    assert_true(a > 255 && b > 255 && a != b);
    l2s_esp_spi_release(t.esp, a);
    l2s_esp_spi_release(t.esp, a);
    l2s_esp_spi_release(t.esp, 12345);
    t.f.fail_random_at = 1;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 0);
    t.f.fail_alloc_at = 1;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 0);
    teardown(&t); /* b goes with the table */
}

static void a_failing_allocation_adds_no_sa(void **state)
{
    static const uint8_t key[64] = {1};
    (void)state;

    for (uint64_t n = 1; n < 24; n++) {
        struct ends t = {0};
        struct l2s_esp_sa *sa = NULL;
        struct l2s_esp_params p = {.spi_in = 0x5000,
                                   .spi_out = 0x6000,
                                   .suite = cuttable[0],
                                   .cut = L2S_ESP_CUT_LEARN,
                                   .enc_in = key,
                                   .auth_in = key,
                                   .enc_out = key,
                                   .auth_out = key,
                                   .replay_window = 64};
        setup(&t, &suites[0], 64);
        t.f.fail_alloc_at = n;
        int rc = l2s_esp_add(t.esp, &p, &sa);
        t.f.fail_alloc_at = 0;
        assert_true(rc == L2TPSEC_OK ? l2s_esp_find(t.esp, 0x5000) == sa : !l2s_esp_find(t.esp, 0x5000));
        if (n == 1)
            assert_int_equal(rc, L2TPSEC_ENOMEM);
        assert_int_equal(l2s_esp_add(t.esp, &p, &sa), rc == L2TPSEC_OK ? L2TPSEC_EEXIST : L2TPSEC_OK);
        p.replay_window = 65;
        assert_int_equal(l2s_esp_add(t.esp, &p, &sa), L2TPSEC_EINVAL);
        teardown(&t);
    }
}

/* ---- what a peer may seal that no honest one does ----------------------------------------------------------------- */

/* The text as it is, under the right key and with the next number. */
static uint32_t open_text(struct ends *t, const uint8_t *text, size_t n, struct l2s_esp_rx *rx)
{
    struct l2s_esp_sa *sa = t->a;
    uint8_t pkt[256] = {0};
    struct l2s_esp_job job = {.key = sa->key_out, .pkt = pkt, .text_len = n};
    size_t at = 8u + sa->iv_len;

    pkt[2] = (uint8_t)(sa->spi_out >> 8);
    pkt[7] = (uint8_t)++sa->sequence;
    memcpy(pkt + at, text, n);
    t->crypto->ops->esp_seal(t->crypto, &job, 1);
    assert_int_equal(job.result, L2TPSEC_OK);
    struct l2s_rd copy = fake_rd_exact(pkt, at + n + sa->icv_len);
    *rx = (struct l2s_esp_rx){.p = (uint8_t *)(uintptr_t)copy.p, .len = copy.left};
    l2s_esp_open(t->esp, rx, 1);
    return rx->reason;
}

static void padding_and_inner_lengths_must_fit_though_the_icv_does(void **state)
{
    static const uint8_t good[32] = {6,   165, 6,   165, 0, 20, 0, 0, 'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o',
                                     'r', 'l', 'd', '!', 1, 2,  3, 4, 5,   6,   7,   8,   9,   10,  10,  17};
    static const struct {
        uint8_t at, value;
        uint32_t why;
    } odd[] = {
        {30, 31, L2TPSEC_DROP_MALFORMED},                                   /* more padding than there is text */
        {30, 255, L2TPSEC_DROP_MALFORMED}, {24, 6, L2TPSEC_DROP_MALFORMED}, /* not 1, 2, 3 */
        {5, 7, L2TPSEC_DROP_MALFORMED},                                     /* less than a UDP header */
        {5, 21, L2TPSEC_DROP_MALFORMED},                                    /* more than came */
        {31, 6, L2TPSEC_DROP_SELECTOR},                                     /* TCP */
        {31, 4, L2TPSEC_DROP_SELECTOR},                                     /* a tunnel */
        {2, 7, L2TPSEC_DROP_SELECTOR},                                      /* another port */
    };
    (void)state;

    for (unsigned s = 0; s < L2S_COUNT_OF(suites); s++) {
        struct ends t = {0};
        struct l2s_esp_rx rx;
        uint8_t text[32];
        setup(&t, &suites[s], 1024);
        for (unsigned i = 0; i < L2S_COUNT_OF(odd); i++) {
            memcpy(text, good, sizeof text);
            text[odd[i].at] = odd[i].value;
            assert_int_equal(open_text(&t, text, sizeof text, &rx), odd[i].why);
        }
        assert_int_equal(open_text(&t, good, sizeof good, &rx), 0);
        assert_int_equal(rx.len, 12);
        memcpy(text, good, sizeof text);
        text[5] = 15; /* the rest is there to hide how long it is (RFC 4303, 2.7) */
        assert_int_equal(open_text(&t, text, sizeof text, &rx), 0);
        assert_int_equal(rx.len, 7);
        memset(text, 0, sizeof text);
        text[31] = 59; /* a dummy: nothing, and no fault */
        assert_int_equal(open_text(&t, text, sizeof text, &rx), 0);
        assert_null(rx.p);
        assert_int_equal(rx.len, 0);
        assert_int_equal(t.b->stats.packets_in, 2);
        fake_rd_free();
        teardown(&t);
    }
}

static void fail_to_open(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n)
{
    (void)c;
    for (size_t i = 0; i < n; i++)
        jobs[i].result = L2TPSEC_EINTERNAL;
}

static void a_provider_that_fails_is_no_forger(void **state)
{
    struct l2s_crypto_ops failing;
    struct ends t = {0};
    struct l2s_esp_rx rx;
    struct packet k;
    (void)state;

    setup(&t, &suites[0], 1024);
    seal(&t, &k, 10, 1701, 1701);
    const struct l2s_crypto_ops *sane = t.crypto->ops;
    failing = *sane;
    failing.esp_open = fail_to_open;
    t.crypto->ops = &failing;
    assert_int_equal(open_copy(&t, &k, k.len, &rx), L2TPSEC_DROP_INTERNAL);
    assert_int_equal(t.b->stats.forged, 0);
    t.crypto->ops = sane;
    assert_int_equal(open_copy(&t, &k, k.len, &rx), 0); /* nor did it use up the number */
    fake_rd_free();
    teardown(&t);
}

static void strangers_in_a_burst_of_many_sas_harm_nobody(void **state)
{
    struct ends t = {0};
    struct l2s_esp_rx rx[3];
    struct packet k;
    uint8_t stranger[2][64] = {{1, 2, 3, 4}, {4, 3, 2, 1}};
    (void)state;

    setup(&t, &suites[0], 1024);
    seal(&t, &k, 10, 1701, 1701);
    rx[0] = (struct l2s_esp_rx){.p = stranger[0], .len = sizeof stranger[0]};
    rx[1] = (struct l2s_esp_rx){.p = k.p, .len = k.len};
    rx[2] = (struct l2s_esp_rx){.p = stranger[1], .len = 3};
    l2s_esp_open(t.esp, rx, 3);
    assert_int_equal(rx[0].reason, L2TPSEC_DROP_UNKNOWN_SPI);
    assert_int_equal(rx[1].reason, 0);
    assert_int_equal(rx[2].reason, L2TPSEC_DROP_SHORT);
    teardown(&t);
}

/* What the peer sealed may be wrong all the same: a datagram shorter than its own header, or longer than there is. */
static void a_datagram_inside_has_a_length_that_fits(void **state)
{
    static const struct {
        uint8_t says;
        uint32_t drop;
    } cases[] = {{0, L2TPSEC_DROP_MALFORMED}, {7, L2TPSEC_DROP_MALFORMED}, {8, 0}, {9, 0}, {28, 0},
                 {29, L2TPSEC_DROP_MALFORMED}};
    struct ends t = {0};

    (void)state;
    setup(&t, &suites[0], 64);
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct packet k;
        struct l2s_esp_rx rx;
        uint8_t *udp = k.room + 64;
        struct l2s_esp_tx tx = {.sa = t.a, .p = udp, .len = 28};
        memset(udp, 0, 28);
        udp[0] = udp[2] = 1701 >> 8, udp[1] = udp[3] = 1701 & 0xff, udp[5] = cases[i].says;
        l2s_esp_seal(t.esp, &tx, 1);
        k.p = tx.p;
        k.len = tx.len;
        assert_int_equal(open_copy(&t, &k, k.len, &rx), cases[i].drop);
        if (!cases[i].drop)
            assert_int_equal(rx.len, cases[i].says - 8);
    }
    fake_rd_free();
    teardown(&t);
}

/* From one end of the numbers to the other, many times: no more words are cleared than there are. */
static void a_leap_costs_no_more_than_the_window_is_long(void **state)
{
    uint64_t ring[4];

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct l2s_replay w = {.ring = ring, .size = 128, .mask = 3};
        memset(ring, 0xff, sizeof ring);
        assert_true(l2s_replay_accept(&w, UINT32_MAX - 64));
        assert_false(l2s_replay_fresh(&w, UINT32_MAX - 64));
        assert_true(l2s_replay_fresh(&w, UINT32_MAX - 65));
    }
}

/* RFC 4303, 3.4.3: the window first, for that costs nothing. What is known to be old is left as it came. */
static void a_packet_outside_the_window_is_not_decrypted(void **state)
{
    struct ends t = {0};
    struct packet k;
    struct l2s_esp_rx rx;
    (void)state;

    setup(&t, &suites[0], 64);
    seal(&t, &k, 40, 1701, 1701);
    assert_int_equal(open_copy(&t, &k, k.len, &rx), 0);
    struct l2s_rd copy = fake_rd_exact(k.p, k.len);
    rx = (struct l2s_esp_rx){.p = (uint8_t *)(uintptr_t)copy.p, .len = k.len};
    l2s_esp_open(t.esp, &rx, 1);
    assert_int_equal(rx.reason, L2TPSEC_DROP_REPLAYED);
    assert_memory_equal(copy.p, k.p, k.len);
    fake_rd_free();
    teardown(&t);
}

static int adds(struct ends *t, uint32_t spi, uint32_t window)
{
    static const uint8_t key[64] = {1};
    struct l2s_esp_sa *sa = NULL;
    struct l2s_esp_params p = {.spi_in = spi,
                               .spi_out = 0x6000,
                               .suite = suites[0],
                               .enc_in = key,
                               .enc_out = key,
                               .auth_in = key,
                               .auth_out = key,
                               .replay_window = window};
    int rc = l2s_esp_add(t->esp, &p, &sa);

    if (rc == L2TPSEC_OK)
        l2s_esp_remove(t->esp, sa);
    return rc;
}

static void a_window_is_of_whole_words_and_bounded_and_an_spi_is_not_reserved(void **state)
{
    static const uint32_t wrong[] = {0, 32, 63, 65, 96, 1000, 32767, 32769, 32832, 65536, UINT32_MAX};
    struct ends t = {0};
    (void)state;

    setup(&t, &suites[0], 64);
    for (unsigned i = 0; i < L2S_COUNT_OF(wrong); i++)
        assert_int_equal(adds(&t, 0x5000, wrong[i]), L2TPSEC_EINVAL);
    assert_int_equal(adds(&t, 0x5000, 64), L2TPSEC_OK);
    assert_int_equal(adds(&t, 0x5000, 1024), L2TPSEC_OK);
    assert_int_equal(adds(&t, 0x5000, 32768), L2TPSEC_OK);
    assert_int_equal(adds(&t, 255, 64), L2TPSEC_EINVAL);
    assert_int_equal(adds(&t, 256, 64), L2TPSEC_OK);
    t.f.fail_random_at = 1;
    assert_int_equal(adds(&t, 0x5000, 64), L2TPSEC_ERANDOM);
    teardown(&t);
}

static uint32_t drawn[5];
static unsigned draws;

static int draw_in_turn(void *user, void *buf, size_t n)
{
    (void)user;
    assert_int_equal(n, 4);
    memcpy(buf, &drawn[draws++], 4);
    return 0;
}

static void a_reserved_number_is_never_drawn_for_an_spi(void **state)
{
    struct ends t = {0};
    (void)state;

    setup(&t, &suites[0], 64);
    int (*chance)(void *user, void *buf, size_t n) = t.f.sys.random;
    t.f.sys.random = draw_in_turn;
    memcpy(drawn, (uint32_t[]){0, 255, 0x1000, 256, 257}, sizeof drawn); /* the third is in use */
    draws = 0;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 256);
    draws = 3;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 257);
    t.f.sys.random = chance;
    teardown(&t);
}

static void numbers_and_bytes_each_spend_an_sa(void **state)
{
    struct l2s_esp_sa sa = {.soft_bytes = 1000};
    (void)state;

    assert_false(l2s_esp_spent(&sa));
    sa.sequence = L2S_ESP_SOFT_SEQUENCE - 1;
    assert_false(l2s_esp_spent(&sa));
    sa.sequence = L2S_ESP_SOFT_SEQUENCE;
    assert_true(l2s_esp_spent(&sa));
    sa.sequence = 0;
    sa.stats.bytes_in = 400;
    sa.stats.bytes_out = 599;
    assert_false(l2s_esp_spent(&sa));
    sa.stats.bytes_out = 600;
    assert_true(l2s_esp_spent(&sa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_carries_every_size),
        cmocka_unit_test(an_icv_of_96_bits_is_learnt_from_the_first_packet_and_answered),
        cmocka_unit_test(a_whole_icv_settles_that_none_is_cut),
        cmocka_unit_test(a_packet_shortened_on_its_way_harms_until_the_next_one_only),
        cmocka_unit_test(a_forger_teaches_nothing),
        cmocka_unit_test(a_pair_that_follows_a_cut_one_begins_cut),
        cmocka_unit_test(both_lengths_in_one_burst_end_with_the_whole_one),
        cmocka_unit_test(only_hmac_sha256_is_ever_cut),
        cmocka_unit_test(the_largest_inner_size_is_the_inverse_of_the_sealed_length),
        cmocka_unit_test(every_truncation_and_every_flipped_bit_is_refused),
        cmocka_unit_test(a_packet_is_taken_once_even_within_a_burst),
        cmocka_unit_test(the_window_accepts_each_number_within_it_once),
        cmocka_unit_test(the_window_agrees_with_a_list_of_everything_seen),
        cmocka_unit_test(the_last_sequence_number_ends_the_sa),
        cmocka_unit_test(ports_outside_the_selectors_are_refused),
        cmocka_unit_test(a_burst_over_many_sas_gives_what_single_packets_give),
        cmocka_unit_test(reserved_spis_are_unused_and_come_back),
        cmocka_unit_test(a_failing_allocation_adds_no_sa),
        cmocka_unit_test(a_datagram_inside_has_a_length_that_fits),
        cmocka_unit_test(a_leap_costs_no_more_than_the_window_is_long),
        cmocka_unit_test(padding_and_inner_lengths_must_fit_though_the_icv_does),
        cmocka_unit_test(a_provider_that_fails_is_no_forger),
        cmocka_unit_test(strangers_in_a_burst_of_many_sas_harm_nobody),
        cmocka_unit_test(a_packet_outside_the_window_is_not_decrypted),
        cmocka_unit_test(a_window_is_of_whole_words_and_bounded_and_an_spi_is_not_reserved),
        cmocka_unit_test(a_reserved_number_is_never_drawn_for_an_spi),
        cmocka_unit_test(numbers_and_bytes_each_spend_an_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
