/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "unit/crypto/rig.h"

#include <stdlib.h>
#include <string.h>

#define HDR 8
#define PACKET_MAX 2048

static struct vectors v;

static const struct l2s_esp_suite suites[] = {
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16},    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 24},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32},    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA384_192, 32},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA512_256, 32}, {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 16},
    {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32},     {L2S_ESP_AES_CBC, L2S_ESP_HMAC_MD5_96, 16},
    {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24},   {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_MD5_96, 24},
};
#define SUITES L2S_COUNT_OF(suites)

static bool switched_off(const struct l2s_esp_suite *s)
{
    return (s->cipher == L2S_ESP_DES3_CBC && !L2S_WITH_LEGACY_3DES) ||
           (s->auth == L2S_ESP_HMAC_MD5_96 && !L2S_WITH_LEGACY_MD5);
}

/* Both directions of one SA. */
struct pair {
    const struct l2s_esp_suite *suite;
    struct l2s_esp_key *seal, *open;
};

static void pair_up(struct rig *r, struct pair *p, const struct l2s_esp_suite *s)
{
    uint8_t enc[L2S_ESP_KEY_MAX], auth[L2S_ESP_AUTH_KEY_MAX];

    l2s_random(&r->f.sys, enc, sizeof enc);
    l2s_random(&r->f.sys, auth, sizeof auth);
    p->suite = s;
    assert_true(r->c->ops->has_esp(r->c, s));
    assert_int_equal(r->c->ops->esp_key_new(r->c, s, enc, auth, true, &p->seal), L2TPSEC_OK);
    assert_int_equal(r->c->ops->esp_key_new(r->c, s, enc, auth, false, &p->open), L2TPSEC_OK);
}

static void pair_down(struct rig *r, struct pair *p)
{
    r->c->ops->esp_key_free(r->c, p->seal);
    r->c->ops->esp_key_free(r->c, p->open);
}

static size_t text_at(const struct l2s_esp_suite *s)
{
    return HDR + l2s_esp_iv_len(s);
}

static size_t packet_len(const struct l2s_esp_suite *s, size_t text_len)
{
    return text_at(s) + text_len + l2s_esp_icv_len(s);
}

static void seal_one(struct rig *r, struct l2s_esp_job *job)
{
    job->result = 1;
    r->c->ops->esp_seal(r->c, job, 1);
    assert_int_equal(job->result, L2TPSEC_OK);
}

static int32_t open_one(struct rig *r, struct l2s_esp_key *key, uint8_t *pkt, size_t text_len)
{
    struct l2s_esp_job job = {.key = key, .pkt = pkt, .text_len = text_len, .result = 1};

    r->c->ops->esp_open(r->c, &job, 1);
    return job.result;
}

static uint8_t cipher_named(const char *name)
{
    if (strcmp(name, " gcm") == 0)
        return L2S_ESP_AES_GCM16;
    return strcmp(name, " aes") == 0 ? L2S_ESP_AES_CBC : L2S_ESP_DES3_CBC;
}

static uint8_t auth_of(enum l2s_hash_id hash)
{
    static const uint8_t auth[L2S_HASH_COUNT] = {
        [L2S_MD5] = L2S_ESP_HMAC_MD5_96,        [L2S_SHA1] = L2S_ESP_HMAC_SHA1_96,
        [L2S_SHA256] = L2S_ESP_HMAC_SHA256_128, [L2S_SHA384] = L2S_ESP_HMAC_SHA384_192,
        [L2S_SHA512] = L2S_ESP_HMAC_SHA512_256,
    };

    return auth[hash];
}

/* The packet of a record is made of its parts and is taken apart again. */
static void known_packet(struct rig *r)
{
    uint8_t enc[L2S_ESP_KEY_MAX], auth[L2S_ESP_AUTH_KEY_MAX], text[PACKET_MAX], want[PACKET_MAX];
    struct l2s_esp_job job = {.result = 1};
    struct l2s_esp_suite s;
    uint8_t seed[L2S_ESP_IV_MAX];
    struct l2s_esp_key *key;

    s.cipher = cipher_named(vectors_text(&v, "cipher"));
    s.auth = auth_of(hash_named(vectors_text(&v, "auth")));
    s.key_len = (uint16_t)(vectors_hex(&v, "key", enc, sizeof enc) - (s.cipher == L2S_ESP_AES_GCM16 ? 4 : 0));
    assert_int_equal(vectors_hex(&v, "auth_key", auth, sizeof auth), l2s_esp_auth_key_len(&s));
    assert_int_equal(r->c->ops->has_esp(r->c, &s), !switched_off(&s));
    if (switched_off(&s))
        return;

    job.text_len = vectors_hex(&v, "text", text, sizeof text);
    size_t n = vectors_hex(&v, "packet", want, sizeof want);
    assert_int_equal(n, packet_len(&s, job.text_len));
    job.pkt = malloc(n); /* to the byte: a sanitizer sees one over */
    assert_non_null(job.pkt);
    vectors_hex(&v, "head", job.pkt, n);
    vectors_hex(&v, "seed", seed, sizeof seed);
    memcpy(job.pkt + HDR, seed + sizeof seed - l2s_esp_iv_len(&s), l2s_esp_iv_len(&s));
    memcpy(job.pkt + text_at(&s), text, job.text_len);

    assert_int_equal(r->c->ops->esp_key_new(r->c, &s, enc, auth, true, &job.key), L2TPSEC_OK);
    seal_one(r, &job);
    assert_memory_equal(job.pkt, want, n);
    r->c->ops->esp_key_free(r->c, job.key);

    assert_int_equal(r->c->ops->esp_key_new(r->c, &s, enc, auth, false, &key), L2TPSEC_OK);
    assert_int_equal(open_one(r, key, job.pkt, job.text_len), L2TPSEC_OK);
    assert_memory_equal(job.pkt, want, text_at(&s));
    assert_memory_equal(job.pkt + text_at(&s), text, job.text_len);
    r->c->ops->esp_key_free(r->c, key);
    free(job.pkt);
}

static void packets_are_those_made_elsewhere(void **state)
{
    size_t seen = 0;

    vectors_open(&v, "esp.txt");
    for (; vectors_next(&v); seen++)
        known_packet(*state);
    assert_int_equal(seen, 4 * 5 * 4 + 3 * 6);
}

/* RFC 3602, 4, cases 5 to 8. Those packets come with their IV: the seed which leads to it is its block deciphered.
 * Their ICV, which the RFC leaves out, is the HMAC of what it prints. */
static void packets_of_rfc_3602_come_out(void **state)
{
    static const struct l2s_esp_suite s = {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16};
    struct rig *r = *state;
    uint8_t enc[16], auth[20] = {7}, want[256], iv[16], zeros[16], icv[L2S_HASH_MAX], text[256];
    size_t seen = 0;

    vectors_open(&v, "esp_rfc3602.txt");
    for (; vectors_next(&v); seen++) {
        uint8_t pkt[256];
        struct l2s_esp_job job = {.pkt = pkt};
        struct l2s_esp_key *key;

        vectors_hex(&v, "key", enc, sizeof enc);
        vectors_hex(&v, "iv", iv, sizeof iv);
        vectors_hex(&v, "head", want, HDR);
        memcpy(want + HDR, iv, sizeof iv);
        size_t covered = HDR + 16 + vectors_hex(&v, "coded", want + HDR + 16, sizeof want - HDR - 16);
        struct l2s_bytes body = {want, covered};
        assert_int_equal(l2s_hmac(r->c, L2S_SHA1, auth, sizeof auth, &body, 1, icv), L2TPSEC_OK);
        memcpy(want + covered, icv, 12);

        vectors_hex(&v, "head", pkt, sizeof pkt);
        memcpy(pkt + HDR, iv, 16);
        memset(zeros, 0, sizeof zeros);
        assert_int_equal(r->c->ops->cbc(r->c, L2S_AES_CBC, false, enc, 16, zeros, pkt + HDR, 16), L2TPSEC_OK);
        job.text_len = vectors_hex(&v, "text", pkt + HDR + 16, sizeof pkt - HDR - 16);
        memcpy(text, pkt + HDR + 16, job.text_len);
        assert_int_equal(r->c->ops->esp_key_new(r->c, &s, enc, auth, true, &job.key), L2TPSEC_OK);
        seal_one(r, &job);
        assert_memory_equal(pkt, want, covered + 12);
        r->c->ops->esp_key_free(r->c, job.key);

        assert_int_equal(r->c->ops->esp_key_new(r->c, &s, enc, auth, false, &key), L2TPSEC_OK);
        assert_int_equal(open_one(r, key, pkt, job.text_len), L2TPSEC_OK);
        assert_memory_equal(pkt + HDR + 16, text, job.text_len);
        r->c->ops->esp_key_free(r->c, key);
    }
    assert_int_equal(seen, 4);
}

/* Texts in the arena, with the next packet right behind the last, so that a byte too far is a packet spoilt. */
static size_t lay_out(struct pair *pairs, size_t n_pairs, struct l2s_esp_job *jobs, size_t n, uint8_t *arena)
{
    static const size_t blocks[] = {1, 2, 3, 7, 22, 40, 4};
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        struct pair *p = &pairs[i % n_pairs];
        size_t text_len = blocks[i % L2S_COUNT_OF(blocks)] * l2s_esp_block(p->suite);
        jobs[i] = (struct l2s_esp_job){.key = p->seal, .pkt = arena + at, .text_len = text_len, .result = 1};
        at += packet_len(p->suite, text_len);
        for (size_t k = 0; k < packet_len(p->suite, text_len); k++)
            jobs[i].pkt[k] = (uint8_t)(i * 3 + k * 5);
    }
    return at;
}

/* A burst over several keys and suites gives what its packets give one by one, and opens to what it was. */
static void bursts_are_packets_side_by_side(void **state)
{
    static uint8_t plain[80 * PACKET_MAX], burst[sizeof plain], single[sizeof plain];
    static struct l2s_esp_job jobs[70], alone[70];
    struct rig *r = *state;
    struct pair pairs[SUITES];
    size_t n_pairs = 0;

    for (size_t i = 0; i < SUITES; i++)
        if (!switched_off(&suites[i]))
            pair_up(r, &pairs[n_pairs++], &suites[i]);
    for (size_t n = 0; n <= L2S_COUNT_OF(jobs); n++) {
        size_t len = lay_out(pairs, n_pairs, alone, n, plain);
        memcpy(single, plain, len);
        lay_out(pairs, n_pairs, jobs, n, burst);
        r->c->ops->esp_seal(r->c, jobs, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(jobs[i].result, L2TPSEC_OK);
            alone[i].pkt = single + (alone[i].pkt - plain);
            seal_one(r, &alone[i]);
        }
        assert_memory_equal(burst, single, len ? len : 1);

        for (size_t i = 0; i < n; i++)
            jobs[i].key = pairs[i % n_pairs].open;
        if (n > 2)
            jobs[2].pkt[HDR + 20] ^= 1; /* one forgery among them concerns nobody else */
        r->c->ops->esp_open(r->c, jobs, n);
        for (size_t i = 0; i < n; i++) {
            size_t from = text_at(pairs[i % n_pairs].suite);
            assert_int_equal(jobs[i].result, i == 2 ? L2TPSEC_EAUTH : L2TPSEC_OK);
            if (i != 2)
                assert_memory_equal(jobs[i].pkt + from, plain + (jobs[i].pkt - burst) + from, jobs[i].text_len);
        }
    }
    for (size_t i = 0; i < n_pairs; i++)
        pair_down(r, &pairs[i]);
}

/* Every size up to a full packet and beyond it. */
static void all_sizes_go_there_and_back(void **state)
{
    struct rig *r = *state;
    uint8_t pkt[PACKET_MAX], plain[PACKET_MAX];

    for (size_t i = 0; i < SUITES; i++) {
        struct pair p;
        if (switched_off(&suites[i]))
            continue;
        pair_up(r, &p, &suites[i]);
        l2s_random(&r->f.sys, plain, sizeof plain);
        for (size_t n = l2s_esp_block(&suites[i]); n < 1600; n += l2s_esp_block(&suites[i])) {
            struct l2s_esp_job job = {.key = p.seal, .pkt = pkt, .text_len = n};
            memcpy(pkt, plain, sizeof pkt);
            pkt[HDR] = (uint8_t)(n >> 8);
            pkt[HDR + 1] = (uint8_t)n;
            seal_one(r, &job);
            assert_memory_not_equal(pkt + text_at(&suites[i]), plain + text_at(&suites[i]), n);
            assert_int_equal(open_one(r, p.open, pkt, n), L2TPSEC_OK);
            assert_memory_equal(pkt, plain, HDR);
            assert_memory_equal(pkt + text_at(&suites[i]), plain + text_at(&suites[i]), n);
            size_t end = packet_len(&suites[i], n);
            assert_memory_equal(pkt + end, plain + end, sizeof pkt - end);
        }
        pair_down(r, &p);
    }
}

/* RFC 4303, 3.4.4: not one bit may differ, and of a packet which is refused no text comes out. */
static void a_flipped_bit_anywhere_is_refused(void **state)
{
    struct rig *r = *state;
    uint8_t sealed[256], pkt[256], text[64];

    for (size_t i = 0; i < SUITES; i++) {
        const struct l2s_esp_suite *s = &suites[i];
        struct l2s_esp_job job = {.pkt = sealed, .text_len = 48};
        struct pair p;
        if (switched_off(s))
            continue;
        pair_up(r, &p, s);
        l2s_random(&r->f.sys, sealed, sizeof sealed);
        memcpy(text, sealed + text_at(s), job.text_len);
        job.key = p.seal;
        seal_one(r, &job);
        for (size_t bit = 0; bit < packet_len(s, job.text_len) * 8; bit++) {
            memcpy(pkt, sealed, sizeof pkt);
            pkt[bit / 8] = (uint8_t)(pkt[bit / 8] ^ (1u << (bit % 8)));
            assert_int_equal(open_one(r, p.open, pkt, job.text_len), L2TPSEC_EAUTH);
            assert_memory_not_equal(pkt + text_at(s), text, 16);
            assert_memory_not_equal(pkt + text_at(s) + 32, text + 32, 16);
        }
        memcpy(pkt, sealed, sizeof pkt);
        assert_int_equal(open_one(r, p.open, pkt, job.text_len), L2TPSEC_OK); /* and the key is none the worse */
        assert_memory_equal(pkt + text_at(s), text, job.text_len);
        pair_down(r, &p);
    }
}

/* With encrypt-then-MAC the ICV comes first: a forged packet is not even deciphered. */
static void a_forged_cbc_packet_is_left_as_it_came(void **state)
{
    struct rig *r = *state;
    uint8_t pkt[128], came[128];
    struct pair p;

    pair_up(r, &p, &suites[0]);
    l2s_random(&r->f.sys, came, sizeof came);
    memcpy(pkt, came, sizeof pkt);
    assert_int_equal(open_one(r, p.open, pkt, 64), L2TPSEC_EAUTH);
    assert_memory_equal(pkt, came, sizeof pkt);
    pair_down(r, &p);
}

static void packets_of_another_key_or_length_are_refused(void **state)
{
    struct rig *r = *state;
    uint8_t sealed[256] = {1, 2, 3}, pkt[256];

    for (size_t i = 0; i < SUITES; i++) {
        size_t block = l2s_esp_block(&suites[i]);
        struct l2s_esp_job job = {.pkt = sealed, .text_len = 4 * block};
        struct pair p, other;
        if (switched_off(&suites[i]))
            continue;
        pair_up(r, &p, &suites[i]);
        pair_up(r, &other, &suites[i]);
        job.key = p.seal;
        seal_one(r, &job);
        memcpy(pkt, sealed, sizeof pkt);
        assert_int_equal(open_one(r, other.open, pkt, job.text_len), L2TPSEC_EAUTH);
        memcpy(pkt, sealed, sizeof pkt);
        assert_int_equal(open_one(r, p.open, pkt, job.text_len - block), L2TPSEC_EAUTH);
        memcpy(pkt, sealed, sizeof pkt);
        assert_int_equal(open_one(r, p.open, pkt, job.text_len + block), L2TPSEC_EAUTH);
        pair_down(r, &p);
        pair_down(r, &other);
    }
}

static void our_own_mistakes_are_told_apart(void **state)
{
    struct rig *r = *state;
    uint8_t pkt[256] = {0};

    for (size_t i = 0; i < SUITES; i++) {
        size_t block = l2s_esp_block(&suites[i]);
        struct l2s_esp_job job = {.pkt = pkt};
        struct pair p;
        if (switched_off(&suites[i]))
            continue;
        pair_up(r, &p, &suites[i]);
        for (size_t n = 0; n < 2 * block; n++) { /* text which is not whole blocks */
            if (n == block)
                continue;
            job.key = p.seal;
            job.text_len = n;
            r->c->ops->esp_seal(r->c, &job, 1);
            assert_int_equal(job.result, L2TPSEC_EINTERNAL);
            assert_int_equal(open_one(r, p.open, pkt, n), L2TPSEC_EINTERNAL);
        }
        job.key = p.open; /* a key of the other direction */
        job.text_len = block;
        r->c->ops->esp_seal(r->c, &job, 1);
        assert_int_equal(job.result, L2TPSEC_EINTERNAL);
        assert_int_equal(open_one(r, p.seal, pkt, block), L2TPSEC_EINTERNAL);
        pair_down(r, &p);
    }
}

static int compare_iv(const void *a, const void *b)
{
    return memcmp(a, b, L2S_ESP_IV_MAX);
}

/* Seeds that count give IVs that do not repeat (RFC 4106, 3.1), and for CBC none that could be foretold by counting. */
static void ivs_do_not_repeat(void **state)
{
    static uint8_t ivs[2000][L2S_ESP_IV_MAX];
    struct rig *r = *state;
    uint8_t pkt[128];

    for (size_t i = 0; i < SUITES; i++) {
        size_t iv_len = l2s_esp_iv_len(&suites[i]);
        struct pair p;
        if (switched_off(&suites[i]))
            continue;
        pair_up(r, &p, &suites[i]);
        memset(ivs, 0, sizeof ivs);
        for (size_t k = 0; k < L2S_COUNT_OF(ivs); k++) {
            struct l2s_esp_job job = {.key = p.seal, .pkt = pkt, .text_len = 16};
            uint8_t number[L2S_ESP_IV_MAX] = {(uint8_t)(k >> 8), (uint8_t)k};
            memcpy(pkt + HDR, number, iv_len);
            seal_one(r, &job);
            memcpy(ivs[k], pkt + HDR, iv_len);
            bool counted = memcmp(ivs[k], number, iv_len) == 0;
            assert_int_equal(counted, suites[i].cipher == L2S_ESP_AES_GCM16);
        }
        qsort(ivs, L2S_COUNT_OF(ivs), sizeof ivs[0], compare_iv);
        for (size_t k = 1; k < L2S_COUNT_OF(ivs); k++)
            assert_memory_not_equal(ivs[k - 1], ivs[k], iv_len);
        pair_down(r, &p);
    }
}

static void what_makes_no_suite_gets_no_key(void **state)
{
    static const struct l2s_esp_suite wrong[] = {
        {L2S_ESP_CIPHER_NONE, L2S_ESP_HMAC_SHA1_96, 0}, /* NULL encryption */
        {L2S_ESP_AES_CBC, L2S_ESP_AUTH_NONE, 16},       /* encryption alone (RFC 4303, 3.2 and appendix) */
        {L2S_ESP_AES_GCM16, L2S_ESP_HMAC_SHA1_96, 16},  {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 0},
        {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 20},    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 64},
        {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 16},   {L2S_ESP_CIPHER_COUNT, L2S_ESP_HMAC_SHA1_96, 16},
        {L2S_ESP_AES_CBC, L2S_ESP_AUTH_COUNT, 16},      {255, 255, 65535},
    };
    struct rig *r = *state;
    uint8_t enc[L2S_ESP_KEY_MAX] = {0}, auth[L2S_ESP_AUTH_KEY_MAX] = {0};
    struct l2s_esp_key *key = NULL;

    for (size_t i = 0; i < L2S_COUNT_OF(wrong); i++) {
        assert_false(r->c->ops->has_esp(r->c, &wrong[i]));
        assert_int_equal(r->c->ops->esp_key_new(r->c, &wrong[i], enc, auth, true, &key), L2TPSEC_EUNSUP);
    }
    for (size_t i = 0; i < SUITES; i++) {
        assert_int_equal(r->c->ops->has_esp(r->c, &suites[i]), !switched_off(&suites[i]));
        if (switched_off(&suites[i]))
            assert_int_equal(r->c->ops->esp_key_new(r->c, &suites[i], enc, auth, true, &key), L2TPSEC_EUNSUP);
    }
    assert_null(key);
    r->c->ops->esp_key_free(r->c, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packets_are_those_made_elsewhere, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(packets_of_rfc_3602_come_out, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(bursts_are_packets_side_by_side, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(all_sizes_go_there_and_back, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_flipped_bit_anywhere_is_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_forged_cbc_packet_is_left_as_it_came, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(packets_of_another_key_or_length_are_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(our_own_mistakes_are_told_apart, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(ivs_do_not_repeat, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(what_makes_no_suite_gets_no_key, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
