/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a peer may seal that no honest one does, and what we are not to do ourselves. */
#include "rig.h"

#include "base/errors.h"
#include "esp/replay.h"

#include <string.h>

/* The text as it is, under the right key and with the next number. */
static uint32_t open_text(struct rig *t, const uint8_t *text, size_t n, struct l2s_esp_rx *rx)
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

    for (unsigned s = 0; s < rig_n_suites; s++) {
        struct rig t = {0};
        struct l2s_esp_rx rx;
        uint8_t text[32];
        rig_set_up(&t, &rig_suites[s], 1024);
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
        rig_tear_down(&t);
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
    struct rig t = {0};
    struct l2s_esp_rx rx;
    struct rig_packet k;
    (void)state;

    rig_set_up(&t, &rig_suites[0], 1024);
    rig_seal(&t, &k, 10, 1701, 1701);
    const struct l2s_crypto_ops *sane = t.crypto->ops;
    failing = *sane;
    failing.esp_open = fail_to_open;
    t.crypto->ops = &failing;
    assert_int_equal(rig_open(&t, &k, k.len, &rx), L2TPSEC_DROP_INTERNAL);
    assert_int_equal(t.b->stats.forged, 0);
    t.crypto->ops = sane;
    assert_int_equal(rig_open(&t, &k, k.len, &rx), 0); /* nor did it use up the number */
    fake_rd_free();
    rig_tear_down(&t);
}

static void strangers_in_a_burst_of_many_sas_harm_nobody(void **state)
{
    struct rig t = {0};
    struct l2s_esp_rx rx[3];
    struct rig_packet k;
    uint8_t stranger[2][64] = {{1, 2, 3, 4}, {4, 3, 2, 1}};
    (void)state;

    rig_set_up(&t, &rig_suites[0], 1024);
    rig_seal(&t, &k, 10, 1701, 1701);
    rx[0] = (struct l2s_esp_rx){.p = stranger[0], .len = sizeof stranger[0]};
    rx[1] = (struct l2s_esp_rx){.p = k.p, .len = k.len};
    rx[2] = (struct l2s_esp_rx){.p = stranger[1], .len = 3};
    l2s_esp_open(t.esp, rx, 3);
    assert_int_equal(rx[0].reason, L2TPSEC_DROP_UNKNOWN_SPI);
    assert_int_equal(rx[1].reason, 0);
    assert_int_equal(rx[2].reason, L2TPSEC_DROP_SHORT);
    rig_tear_down(&t);
}

/* What the peer sealed may be wrong all the same: a datagram shorter than its own header, or longer than there is. */
static void a_datagram_inside_has_a_length_that_fits(void **state)
{
    static const struct {
        uint8_t says;
        uint32_t drop;
    } cases[] = {{0, L2TPSEC_DROP_MALFORMED}, {7, L2TPSEC_DROP_MALFORMED}, {8, 0}, {9, 0}, {28, 0},
                 {29, L2TPSEC_DROP_MALFORMED}};
    struct rig t = {0};

    (void)state;
    rig_set_up(&t, &rig_suites[0], 64);
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct rig_packet k;
        struct l2s_esp_rx rx;
        uint8_t *udp = k.room + 64;
        struct l2s_esp_tx tx = {.sa = t.a, .p = udp, .len = 28};
        memset(udp, 0, 28);
        udp[0] = udp[2] = 1701 >> 8, udp[1] = udp[3] = 1701 & 0xff, udp[5] = cases[i].says;
        l2s_esp_seal(t.esp, &tx, 1);
        k.p = tx.p;
        k.len = tx.len;
        assert_int_equal(rig_open(&t, &k, k.len, &rx), cases[i].drop);
        if (!cases[i].drop)
            assert_int_equal(rx.len, cases[i].says - 8);
    }
    fake_rd_free();
    rig_tear_down(&t);
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
    struct rig t = {0};
    struct rig_packet k;
    struct l2s_esp_rx rx;
    (void)state;

    rig_set_up(&t, &rig_suites[0], 64);
    rig_seal(&t, &k, 40, 1701, 1701);
    assert_int_equal(rig_open(&t, &k, k.len, &rx), 0);
    struct l2s_rd copy = fake_rd_exact(k.p, k.len);
    rx = (struct l2s_esp_rx){.p = (uint8_t *)(uintptr_t)copy.p, .len = k.len};
    l2s_esp_open(t.esp, &rx, 1);
    assert_int_equal(rx.reason, L2TPSEC_DROP_REPLAYED);
    assert_memory_equal(copy.p, k.p, k.len);
    fake_rd_free();
    rig_tear_down(&t);
}

static int adds(struct rig *t, uint32_t spi, uint32_t window)
{
    static const uint8_t key[64] = {1};
    struct l2s_esp_sa *sa = NULL;
    struct l2s_esp_params p = {.spi_in = spi,
                               .spi_out = 0x6000,
                               .suite = rig_suites[0],
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
    struct rig t = {0};
    (void)state;

    rig_set_up(&t, &rig_suites[0], 64);
    for (unsigned i = 0; i < L2S_COUNT_OF(wrong); i++)
        assert_int_equal(adds(&t, 0x5000, wrong[i]), L2TPSEC_EINVAL);
    assert_int_equal(adds(&t, 0x5000, 64), L2TPSEC_OK);
    assert_int_equal(adds(&t, 0x5000, 1024), L2TPSEC_OK);
    assert_int_equal(adds(&t, 0x5000, 32768), L2TPSEC_OK);
    assert_int_equal(adds(&t, 255, 64), L2TPSEC_EINVAL);
    assert_int_equal(adds(&t, 256, 64), L2TPSEC_OK);
    t.f.fail_random_at = 1;
    assert_int_equal(adds(&t, 0x5000, 64), L2TPSEC_ERANDOM);
    rig_tear_down(&t);
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
    struct rig t = {0};
    (void)state;

    rig_set_up(&t, &rig_suites[0], 64);
    int (*chance)(void *user, void *buf, size_t n) = t.f.sys.random;
    t.f.sys.random = draw_in_turn;
    memcpy(drawn, (uint32_t[]){0, 255, 0x1000, 256, 257}, sizeof drawn); /* the third is in use */
    draws = 0;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 256);
    draws = 3;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 257);
    t.f.sys.random = chance;
    rig_tear_down(&t);
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
        cmocka_unit_test(padding_and_inner_lengths_must_fit_though_the_icv_does),
        cmocka_unit_test(a_provider_that_fails_is_no_forger),
        cmocka_unit_test(strangers_in_a_burst_of_many_sas_harm_nobody),
        cmocka_unit_test(a_datagram_inside_has_a_length_that_fits),
        cmocka_unit_test(a_leap_costs_no_more_than_the_window_is_long),
        cmocka_unit_test(a_packet_outside_the_window_is_not_decrypted),
        cmocka_unit_test(a_window_is_of_whole_words_and_bounded_and_an_spi_is_not_reserved),
        cmocka_unit_test(a_reserved_number_is_never_drawn_for_an_spi),
        cmocka_unit_test(numbers_and_bytes_each_spend_an_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
