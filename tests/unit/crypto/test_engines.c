/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two providers against each other: what one seals is byte for byte what the other seals, and the other opens it; whatever
 * suites, keys, sizes and forgeries come together in a burst. */
#include "base/errors.h"
#include "unit/crypto/rig.h"

#include <string.h>

#define HDR 8u
#define BURST_MAX 256u
#define ARENA (1024u * 1024u)

static const struct l2s_esp_suite suites[] = {
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16},    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 24},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32},    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 16},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 24}, {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 32},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_96, 32},  {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA384_192, 32},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA512_256, 32}, {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 16},
    {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 24},     {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_MD5_96, 32},     {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_MD5_96, 24},
    {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24},   {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA256_128, 24},
};
#define SUITES L2S_COUNT_OF(suites)

/* [0] mbedTLS, [1] the engine under test */
struct two {
    struct fake_sys f;
    struct l2s_crypto *c[2];
    struct l2s_esp_key *seal[SUITES][2], *open[SUITES][2];
    uint64_t chance;
};

static struct two t;
static uint8_t plain[ARENA], sealed[2][ARENA];
static struct l2s_esp_job jobs[2][BURST_MAX];
static size_t suite_of[BURST_MAX];

/* splitmix64: reproducible, and fast enough for the arena */
static uint64_t draw(void)
{
    uint64_t z = t.chance += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool there(size_t i)
{
    return (suites[i].cipher != L2S_ESP_DES3_CBC || L2S_WITH_LEGACY_3DES) &&
           (suites[i].auth != L2S_ESP_HMAC_MD5_96 || L2S_WITH_LEGACY_MD5);
}

static int up(void **state)
{
    uint8_t enc[L2S_ESP_KEY_MAX], auth[L2S_ESP_AUTH_KEY_MAX];

    memset(&t, 0, sizeof t);
    fake_sys_init(&t.f);
    assert_int_equal(l2s_crypto_new(&t.f.sys, L2TPSEC_ENGINE_PORTABLE, &t.c[0]), L2TPSEC_OK);
    assert_int_equal(l2s_crypto_new(&t.f.sys, L2TPSEC_ENGINE_IPSECMB, &t.c[1]), L2TPSEC_OK);
    for (size_t i = 0; i < SUITES; i++) {
        l2s_random(&t.f.sys, enc, sizeof enc);
        l2s_random(&t.f.sys, auth, sizeof auth);
        for (unsigned by = 0; by < 2 && there(i); by++) {
            const struct l2s_crypto_ops *ops = t.c[by]->ops;
            assert_int_equal(ops->esp_key_new(t.c[by], &suites[i], enc, auth, true, &t.seal[i][by]), L2TPSEC_OK);
            assert_int_equal(ops->esp_key_new(t.c[by], &suites[i], enc, auth, false, &t.open[i][by]), L2TPSEC_OK);
        }
    }
    for (size_t i = 0; i < sizeof plain; i += 8) {
        uint64_t z = draw();
        memcpy(plain + i, &z, sizeof z);
    }
    *state = NULL;
    return 0;
}

static int down(void **state)
{
    (void)state;
    for (unsigned by = 0; by < 2; by++) {
        for (size_t i = 0; i < SUITES; i++) {
            t.c[by]->ops->esp_key_free(t.c[by], t.seal[i][by]);
            t.c[by]->ops->esp_key_free(t.c[by], t.open[i][by]);
        }
        l2s_crypto_free(t.c[by]);
    }
    fake_sys_fini(&t.f);
    return 0;
}

static size_t text_at(size_t suite)
{
    return HDR + l2s_esp_iv_len(&suites[suite]);
}

static size_t packet_len(size_t suite, size_t text_len)
{
    return text_at(suite) + text_len + l2s_esp_icv_len(&suites[suite]);
}

/* A job for both, at the same place of both arenas; the place behind it. */
static size_t add(size_t i, size_t at, size_t suite, size_t text_len)
{
    suite_of[i] = suite;
    for (unsigned by = 0; by < 2; by++) {
        jobs[by][i] =
            (struct l2s_esp_job){.key = t.seal[suite][by], .pkt = sealed[by] + at, .text_len = text_len, .result = 1};
    }
    at += packet_len(suite, text_len);
    assert_true(at < ARENA);
    return at;
}

static void seal_both(size_t n, size_t len)
{
    for (unsigned by = 0; by < 2; by++) {
        memcpy(sealed[by], plain, len + 64); /* and a margin, to be left alone */
        t.c[by]->ops->esp_seal(t.c[by], jobs[by], n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(jobs[by][i].result, L2TPSEC_OK);
    }
    assert_memory_equal(sealed[0], sealed[1], len + 64);
    assert_memory_equal(sealed[1] + len, plain + len, 64);
}

/* Each opens what the other sealed; forged (a bit for each job) fails at both. */
static void open_both(size_t n, const bool *forged)
{
    for (unsigned by = 0; by < 2; by++) {
        for (size_t i = 0; i < n; i++) {
            struct l2s_esp_job *job = &jobs[by][i];
            job->pkt = sealed[1 - by] + (job->pkt - sealed[by]);
            job->key = t.open[suite_of[i]][by];
            job->result = 1;
            if (forged[i])
                job->pkt[packet_len(suite_of[i], job->text_len) - 1 - i % 12] ^= 0x20;
        }
        t.c[by]->ops->esp_open(t.c[by], jobs[by], n);
        for (size_t i = 0; i < n; i++) {
            const struct l2s_esp_job *job = &jobs[by][i];
            size_t from = text_at(suite_of[i]);
            size_t at = (size_t)(job->pkt - sealed[1 - by]);
            assert_int_equal(job->result, forged[i] ? L2TPSEC_EAUTH : L2TPSEC_OK);
            if (forged[i])
                assert_memory_not_equal(job->pkt + from, plain + at + from, 8);
            else
                assert_memory_equal(job->pkt + from, plain + at + from, job->text_len);
        }
    }
}

static void every_burst_size_of_every_suite(void **state)
{
    static const size_t step[] = {1, 5, 3, 12, 2, 7, 1, 40};
    bool forged[BURST_MAX];

    (void)state;
    for (size_t s = 0; s < SUITES; s++) {
        size_t block = l2s_esp_block(&suites[s]);
        for (size_t n = 1; there(s) && n <= BURST_MAX; n += n < 70 ? 1 : 31) {
            size_t len = 0;
            for (size_t i = 0; i < n; i++) {
                len = add(i, len, s, block * step[i * n % L2S_COUNT_OF(step)]);
                forged[i] = i % 7 == n % 7;
            }
            seal_both(n, len);
            open_both(n, forged);
        }
    }
}

static void every_size_of_every_suite(void **state)
{
    static const bool none[BURST_MAX];

    (void)state;
    for (size_t s = 0; s < SUITES; s++) {
        size_t block = l2s_esp_block(&suites[s]);
        for (size_t from = block; there(s) && from <= 2048;) {
            size_t len = 0, n = 0;
            for (; n < BURST_MAX && from <= 2048; n++, from += block)
                len = add(n, len, s, from);
            seal_both(n, len);
            open_both(n, none);
        }
        static const size_t large[] = {8992, 9008, 4096, 65264, 16};
        size_t len = 0;
        for (size_t i = 0; there(s) && i < L2S_COUNT_OF(large); i++)
            len = add(i, len, s, large[i]);
        if (len) {
            seal_both(L2S_COUNT_OF(large), len);
            open_both(L2S_COUNT_OF(large), none);
        }
    }
}

/* Suites as they come, sizes mostly small, now and then a forgery. */
static void bursts_by_chance(void **state)
{
    bool forged[BURST_MAX];

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        size_t n = 1 + draw() % (round % 4 ? 40 : BURST_MAX);
        size_t kinds = 1 + draw() % SUITES;
        size_t len = 0;
        for (size_t i = 0; i < n; i++) {
            size_t s = draw() % kinds;
            size_t block = l2s_esp_block(&suites[s]);
            size_t blocks = 1 + draw() % (draw() % 4 ? 100 / (block / 4) : 3000 / block);
            while (!there(s))
                s = (s + 1) % SUITES;
            len = add(i, len, s, blocks * 16);
            forged[i] = draw() % 16 == 0;
        }
        seal_both(n, len);
        open_both(n, forged);
    }
}

/* A mistake of ours among good packets concerns nobody else, and costs no packet of another suite its place. */
static void mistakes_in_a_burst_stay_alone(void **state)
{
    (void)state;
    for (unsigned by = 0; by < 2; by++) {
        size_t len = 0;
        for (size_t i = 0; i < 40; i++)
            len = add(i, len, i % 12, 64);
        memcpy(sealed[by], plain, len);
        jobs[by][3].key = t.open[3][by];
        jobs[by][17].text_len = 63;
        jobs[by][21].text_len = 0;
        jobs[by][30].text_len = SIZE_MAX - 15;
        if (by == 0)
            jobs[by][30].text_len = 0; /* mbedTLS has no upper end of its own */
        t.c[by]->ops->esp_seal(t.c[by], jobs[by], 40);
        for (size_t i = 0; i < 40; i++)
            assert_int_equal(jobs[by][i].result,
                             i == 3 || i == 17 || i == 21 || i == 30 ? L2TPSEC_EINTERNAL : L2TPSEC_OK);
    }
    assert_memory_equal(sealed[0], sealed[1], ARENA);
}

static void the_host_chooses(void **state)
{
    struct fake_sys f;
    struct l2s_crypto *c = NULL;

    (void)state;
    fake_sys_init(&f);
    assert_int_equal(l2s_crypto_new(&f.sys, L2TPSEC_ENGINE_AUTO, &c), L2TPSEC_OK);
    assert_string_equal(c->ops->name, "ipsecmb");
    l2s_crypto_free(c);
    assert_int_equal(l2s_crypto_new(&f.sys, L2TPSEC_ENGINE_PORTABLE, &c), L2TPSEC_OK);
    assert_string_equal(c->ops->name, "mbedtls");
    l2s_crypto_free(c);
    c = NULL;
    assert_int_equal(l2s_crypto_new(&f.sys, L2TPSEC_ENGINE_COUNT, &c), L2TPSEC_EINVAL);
    assert_null(c);
    fake_sys_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_burst_size_of_every_suite, up, down),
        cmocka_unit_test_setup_teardown(every_size_of_every_suite, up, down),
        cmocka_unit_test_setup_teardown(bursts_by_chance, up, down),
        cmocka_unit_test_setup_teardown(mistakes_in_a_burst_stay_alone, up, down),
        cmocka_unit_test(the_host_chooses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
