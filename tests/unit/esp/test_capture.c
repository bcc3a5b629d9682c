/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* ESP as stock Linux kernels sent it to each other, opened with their keys (tests/vectors/esp/captures.txt). */
#include "base/errors.h"
#include "esp/sa.h"
#include "unit/fakes/fakes.h"
#include "unit/fakes/records.h"

#include <stdlib.h>
#include <string.h>

#define PACKET_MAX 1500
#define SAS_MAX 16
#define L2TP 1701

static const struct {
    const char *name;
    struct l2s_esp_suite suite;
} suites[] = {
    {"aes128-sha256", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 16}},
    {"aes256-sha256", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 32}},
    {"aes128-sha1", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16}},
    {"aes128gcm16", {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 16}},
    {"3des-sha1", {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24}},
};

static struct fake_sys f;
static struct l2s_crypto *crypto;

/* The SAs of a session; each is its own opposite, so that what it seals it opens. */
struct sas {
    struct l2s_esp_suite suite;
    struct l2s_esp *esp;
    uint8_t enc[SAS_MAX][L2S_ESP_KEY_MAX], auth[SAS_MAX][L2S_ESP_AUTH_KEY_MAX];
    uint32_t spi[SAS_MAX];
    size_t n;
};

struct packet {
    uint8_t wire[PACKET_MAX], *p; /* as it came, and an exact copy that is opened in place */
    size_t len;
    struct l2s_esp_rx rx;
};

/* "SPI cipher-key MAC-key", the last missing with an AEAD */
static void add(struct sas *s, const char *value)
{
    char *at;
    size_t enc = l2s_esp_enc_key_len(&s->suite), auth = l2s_esp_auth_key_len(&s->suite);
    struct l2s_esp_sa *sa;

    assert_true(s->n < SAS_MAX);
    uint32_t spi = (uint32_t)strtoul(value, &at, 16);
    uint8_t both[L2S_ESP_KEY_MAX + L2S_ESP_AUTH_KEY_MAX];
    assert_int_equal(fake_hex(at, both, sizeof both), enc + auth);
    memcpy(s->enc[s->n], both, enc);
    memcpy(s->auth[s->n], both + enc, auth);
    s->spi[s->n] = spi;
    struct l2s_esp_params p = {
        .spi_in = spi,
        .spi_out = spi,
        .suite = s->suite,
        .enc_in = s->enc[s->n],
        .enc_out = s->enc[s->n],
        .auth_in = s->auth[s->n],
        .auth_out = s->auth[s->n],
        .local_port = L2TP,
        .remote_port = L2TP,
        .replay_window = 1024,
    };
    assert_int_equal(l2s_esp_add(s->esp, &p, &sa), L2TPSEC_OK);
    s->n++;
}

static bool setup(struct sas *s, const struct records *r)
{
    const char *name = records_text(r, "esp");

    *s = (struct sas){.n = 0};
    for (size_t i = 0; i < L2S_COUNT_OF(suites); i++)
        if (strcmp(suites[i].name, name) == 0)
            s->suite = suites[i].suite;
    assert_true(l2s_esp_suite_valid(&s->suite));
    if (!crypto->ops->has_esp(crypto, &s->suite))
        return false;
    assert_int_equal(l2s_esp_new(&f.sys, crypto, &s->esp), L2TPSEC_OK);
    for (size_t i = 0; i < r->n; i++)
        if (strncmp(r->line[i].name, "sa ", 3) == 0)
            add(s, r->line[i].value);
    return true;
}

static bool is_packet(const struct records *r, size_t i)
{
    return strncmp(r->line[i].name, "raw ", 4) == 0 || strncmp(r->line[i].name, "udp ", 4) == 0;
}

static void load(struct packet *k, const char *hex)
{
    k->len = fake_hex(hex, k->wire, sizeof k->wire);
}

/* Open a fresh copy, with a bit of it changed or not. */
static uint32_t open_copy(struct sas *s, struct packet *k, size_t flip)
{
    k->p = (uint8_t *)(uintptr_t)fake_rd_exact(k->wire, k->len).p;
    if (flip < 8 * k->len)
        k->p[flip / 8] ^= (uint8_t)(1u << flip % 8);
    k->rx = (struct l2s_esp_rx){.p = k->p, .len = k->len};
    l2s_esp_open(s->esp, &k->rx, 1);
    return k->rx.reason;
}

static uint32_t be32(const uint8_t *p)
{
    struct l2s_rd r = l2s_rd_init(p, 4);

    return l2s_rd_u32(&r);
}

typedef void for_packet(struct sas *s, struct packet *k);

/* Every packet of every session; returns how many there were. */
static unsigned each(for_packet *visit, unsigned *in_udp)
{
    static struct packet k;
    struct records r;
    unsigned n = 0;

    for (records_open(&r, "esp/captures.txt"); records_next(&r);) {
        struct sas s;
        if (!setup(&s, &r))
            continue;
        for (size_t i = 0; i < r.n; i++) {
            if (!is_packet(&r, i))
                continue;
            load(&k, r.line[i].value);
            visit(&s, &k);
            fake_rd_free();
            *in_udp += r.line[i].name[0] == 'u';
            n++;
        }
        l2s_esp_free(s.esp);
    }
    return n;
}

/* L2TP version 2, with a length that fits when there is one (RFC 2661, 3.1). */
static void is_l2tp(const struct l2s_esp_rx *rx)
{
    struct l2s_rd r = l2s_rd_init(rx->p, rx->len);
    uint16_t flags = l2s_rd_u16(&r);

    assert_int_equal(flags & 0xf, 2);
    if (flags & 0x4000)
        assert_int_equal(l2s_rd_u16(&r), rx->len);
    assert_false(r.bad);
}

static void opens(struct sas *s, struct packet *k)
{
    assert_int_equal(open_copy(s, k, SIZE_MAX), L2TPSEC_DROP_NONE);
    assert_int_equal(k->rx.src_port, L2TP);
    assert_int_equal(k->rx.dst_port, L2TP);
    assert_true(k->rx.newest);
    is_l2tp(&k->rx);
    assert_int_equal(l2s_esp_sealed_len(&s->suite, 8 + k->rx.len), k->len);
    assert_ptr_equal(k->rx.sa, l2s_esp_find(s->esp, be32(k->wire)));
}

static void every_packet_opens_to_l2tp_between_the_ports_1701(void **state)
{
    unsigned in_udp = 0, n = each(opens, &in_udp);

    (void)state;
    assert_in_range(n, 200, 400);
    assert_in_range(in_udp, 50, n - 100);
}

static void opens_once(struct sas *s, struct packet *k)
{
    assert_int_equal(open_copy(s, k, SIZE_MAX), L2TPSEC_DROP_NONE);
    uint64_t replayed = l2s_esp_stats(k->rx.sa)->replayed;
    assert_int_equal(open_copy(s, k, SIZE_MAX), L2TPSEC_DROP_REPLAYED);
    assert_int_equal(l2s_esp_stats(k->rx.sa)->replayed, replayed + 1);
}

static void no_packet_is_taken_twice(void **state)
{
    unsigned in_udp = 0;

    (void)state;
    assert_in_range(each(opens_once, &in_udp), 200, 400);
}

static void opens_unchanged_only(struct sas *s, struct packet *k)
{
    for (size_t bit = 0; bit<8 * k->len; bit += k->len> 250 ? 97 : 5) {
        f.sys.now += L2S_SECOND / 10; /* many at once are not looked at */
        uint32_t why = open_copy(s, k, bit);
        assert_int_not_equal(why, L2TPSEC_DROP_NONE);
        if (bit >= 64) /* neither SPI nor sequence number */
            assert_int_equal(why, L2TPSEC_DROP_FORGED);
        fake_rd_free();
    }
    assert_int_equal(open_copy(s, k, SIZE_MAX), L2TPSEC_DROP_NONE);
}

static void a_flipped_bit_is_refused_and_moves_no_window(void **state)
{
    unsigned in_udp = 0;

    (void)state;
    assert_in_range(each(opens_unchanged_only, &in_udp), 200, 400);
}

/* The IV of a packet is the seed enciphered, or its end (crypto/provider.h). */
static void seed_of(const struct sas *s, const uint8_t *enc, const uint8_t *wire, uint8_t seed[16])
{
    uint8_t zeros[L2S_CIPHER_BLOCK_MAX] = {0};
    size_t iv = l2s_esp_iv_len(&s->suite);

    memset(seed, 0, 16);
    if (s->suite.cipher == L2S_ESP_AES_GCM16) {
        memcpy(seed + 8, wire + L2S_ESP_HEADER, 8);
        return;
    }
    enum l2s_cipher_id cipher = s->suite.cipher == L2S_ESP_AES_CBC ? L2S_AES_CBC : L2S_DES3_CBC;
    uint8_t *at = seed + 16 - iv;
    memcpy(at, wire + L2S_ESP_HEADER, iv);
    assert_int_equal(crypto->ops->cbc(crypto, cipher, false, enc, s->suite.key_len, zeros, at, iv), L2TPSEC_OK);
}

/* With the kernel's IV the provider makes the kernel's packet, byte by byte. */
static void seals_alike(struct sas *s, struct packet *k)
{
    struct l2s_esp_job job = {.pkt = k->p, .result = 1};
    size_t i = 0, iv = l2s_esp_iv_len(&s->suite);
    uint8_t seed[L2S_ESP_IV_MAX];

    opens(s, k); /* decrypted in place */
    while (s->spi[i] != be32(k->wire))
        i++;
    job.pkt = k->p;
    job.text_len = k->len - L2S_ESP_HEADER - iv - l2s_esp_icv_len(&s->suite);
    memset(k->p + k->len - l2s_esp_icv_len(&s->suite), 0, l2s_esp_icv_len(&s->suite));
    seed_of(s, s->enc[i], k->wire, seed);
    memcpy(k->p + L2S_ESP_HEADER, seed + sizeof seed - iv, iv);
    assert_int_equal(crypto->ops->esp_key_new(crypto, &s->suite, s->enc[i], s->auth[i], true, &job.key), L2TPSEC_OK);
    crypto->ops->esp_seal(crypto, &job, 1);
    crypto->ops->esp_key_free(crypto, job.key);
    assert_int_equal(job.result, L2TPSEC_OK);
    assert_memory_equal(k->p, k->wire, k->len);
}

static void sealed_with_its_iv_a_packet_is_the_kernels_byte_by_byte(void **state)
{
    unsigned in_udp = 0;

    (void)state;
    assert_in_range(each(seals_alike, &in_udp), 200, 400);
}

/* The same datagram under the same number: another IV, and the same inside. */
static void seals_and_opens(struct sas *s, struct packet *k)
{
    static uint8_t room[L2S_ESP_HEADROOM + PACKET_MAX + L2S_ESP_TAILROOM];
    static struct packet ours;

    opens(s, k);
    size_t n = k->rx.len + 8; /* UDP header included */
    memcpy(room + L2S_ESP_HEADROOM, k->rx.p - 8, n);
    k->rx.sa->sequence = be32(k->wire + 4) - 1;
    struct l2s_esp_tx tx = {.sa = k->rx.sa, .p = room + L2S_ESP_HEADROOM, .len = n};
    l2s_esp_seal(s->esp, &tx, 1);
    assert_int_equal(tx.reason, L2TPSEC_DROP_NONE);
    assert_int_equal(tx.len, k->len);
    assert_memory_equal(tx.p, k->wire, L2S_ESP_HEADER);
    assert_memory_not_equal(tx.p + L2S_ESP_HEADER, k->wire + L2S_ESP_HEADER, l2s_esp_iv_len(&s->suite));
    memcpy(ours.wire, tx.p, tx.len);
    ours.len = tx.len;

    struct l2s_replay *window = &k->rx.sa->window; /* as it was before this number */
    assert_int_equal(open_copy(s, &ours, SIZE_MAX), L2TPSEC_DROP_REPLAYED);
    memset(window->ring, 0, l2s_replay_words(window->size) * sizeof *window->ring);
    assert_int_equal(open_copy(s, &ours, SIZE_MAX), L2TPSEC_DROP_NONE);
    assert_int_equal(ours.rx.len, k->rx.len);
    assert_memory_equal(ours.rx.p, k->rx.p, k->rx.len);
}

static void sealed_by_us_a_packet_has_the_same_size_and_inside(void **state)
{
    unsigned in_udp = 0;

    (void)state;
    assert_in_range(each(seals_and_opens, &in_udp), 200, 400);
}

/* Packets of several SAs, as rekeying brings them, in one burst and backwards. */
static void a_burst_over_all_sas_in_any_order_opens(void **state)
{
    static struct l2s_esp_rx rx[128];
    static struct packet k;
    struct records r;
    size_t most = 0;

    (void)state;
    for (records_open(&r, "esp/captures.txt"); records_next(&r); fake_rd_free()) {
        struct sas s;
        size_t n = 0;
        if (!setup(&s, &r))
            continue;
        for (size_t i = r.n; i-- && n < L2S_COUNT_OF(rx);) {
            if (!is_packet(&r, i))
                continue;
            load(&k, r.line[i].value);
            rx[n].p = (uint8_t *)(uintptr_t)fake_rd_exact(k.wire, k.len).p;
            rx[n++].len = k.len;
        }
        l2s_esp_open(s.esp, rx, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(rx[i].reason, L2TPSEC_DROP_NONE);
            is_l2tp(&rx[i]);
        }
        most = s.n > most ? s.n : most;
        l2s_esp_free(s.esp);
    }
    assert_int_equal(most, 12);
}

/* RFC 3602, 4, cases 5 to 8, with the ICV they leave out: ICMP in transport and tunnel mode, proven and then refused. */
static void packets_of_rfc_3602_are_proven_and_then_not_wanted(void **state)
{
    static const uint8_t auth[20] = {7};
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "crypto/esp_rfc3602.txt"); records_next(&r); n++) {
        struct sas s = {.suite = {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16}};
        uint8_t enc[16], text[256], icv[L2S_HASH_MAX];
        static struct packet k;
        struct l2s_esp_sa *sa;

        assert_int_equal(l2s_esp_new(&f.sys, crypto, &s.esp), L2TPSEC_OK);
        records_hex(&r, "key", enc, sizeof enc);
        k.len = records_hex(&r, "head", k.wire, sizeof k.wire);
        k.len += records_hex(&r, "iv", k.wire + k.len, 16);
        k.len += records_hex(&r, "coded", k.wire + k.len, 1000);
        struct l2s_bytes covered = {k.wire, k.len};
        assert_int_equal(l2s_hmac(crypto, L2S_SHA1, auth, sizeof auth, &covered, 1, icv), L2TPSEC_OK);
        memcpy(k.wire + k.len, icv, 12);
        k.len += 12;
        struct l2s_esp_params p = {
            .spi_in = be32(k.wire),
            .spi_out = 0x1000,
            .suite = s.suite,
            .enc_in = enc,
            .enc_out = enc,
            .auth_in = auth,
            .auth_out = auth,
            .local_port = L2TP,
            .replay_window = 64,
        };
        assert_int_equal(l2s_esp_add(s.esp, &p, &sa), L2TPSEC_OK);
        assert_int_equal(open_copy(&s, &k, 300), L2TPSEC_DROP_FORGED);
        assert_int_equal(open_copy(&s, &k, SIZE_MAX), L2TPSEC_DROP_SELECTOR);
        assert_int_equal(l2s_esp_stats(sa)->refused, 1);
        assert_memory_equal(k.p + 24, text, records_hex(&r, "text", text, sizeof text));
        assert_int_equal(open_copy(&s, &k, SIZE_MAX), L2TPSEC_DROP_REPLAYED);
        l2s_esp_free(s.esp);
        fake_rd_free();
    }
    assert_int_equal(n, 4);
}

static int up(void **state)
{
    (void)state;
    fake_sys_init(&f);
    return l2s_crypto_mbedtls_new(&f.sys, &crypto);
}

static int down(void **state)
{
    (void)state;
    l2s_crypto_free(crypto);
    fake_sys_fini(&f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packet_opens_to_l2tp_between_the_ports_1701),
        cmocka_unit_test(no_packet_is_taken_twice),
        cmocka_unit_test(a_flipped_bit_is_refused_and_moves_no_window),
        cmocka_unit_test(sealed_with_its_iv_a_packet_is_the_kernels_byte_by_byte),
        cmocka_unit_test(sealed_by_us_a_packet_has_the_same_size_and_inside),
        cmocka_unit_test(a_burst_over_all_sas_in_any_order_opens),
        cmocka_unit_test(packets_of_rfc_3602_are_proven_and_then_not_wanted),
    };

    return cmocka_run_group_tests(tests, up, down);
}
