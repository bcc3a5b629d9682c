/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the providers' ESP bursts cost beside the bare libraries: the same packets through esp_seal and esp_open, through mbedTLS
 * called directly, and through ipsec-mb with everything prebuilt, in the fastest of several ways for each line.
 *
 *   bench_provider [--quick] [gcm|cbc]
 */
#include "base/errors.h"
#include "bench/bench.h"
#include "bench/raw.h"
#include "crypto/provider.h"
#include "unit/fakes/fakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct suite {
    const char *name;
    struct l2s_esp_suite suite;
} suites[] = {
    {"gcm16-128", {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 16}},
    {"gcm16-256", {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32}},
    {"cbc128-sha1", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16}},
    {"cbc256-sha1", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32}},
    {"cbc256-sha256", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 32}},
    {"cbc256-sha512", {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA512_256, 32}},
};

/* One provider and its keys. */
struct side {
    struct l2s_crypto *c;
    struct l2s_esp_key *key[2]; /* to open, to seal */
    struct l2s_esp_job jobs[POOL_MAX];
    bool seal;
    struct pool *pool;
};

static void provider_run(void *arg)
{
    struct side *s = arg;

    for (size_t at = 0; at < s->pool->n; at += s->pool->burst) {
        if (s->seal)
            s->c->ops->esp_seal(s->c, s->jobs + at, s->pool->burst);
        else
            s->c->ops->esp_open(s->c, s->jobs + at, s->pool->burst);
    }
}

static void refresh(void *arg)
{
    struct side *s = arg;

    pool_refresh(s->pool);
}

static void check(const struct side *s)
{
    for (size_t i = 0; i < s->pool->n; i++) {
        if (s->jobs[i].result != L2TPSEC_OK) {
            (void)fprintf(stderr, "%s: packet %zu: %d\n", s->c->ops->name, i, (int)s->jobs[i].result);
            exit(1);
        }
    }
}

static void set_up(struct side *s, struct pool *pool, bool seal)
{
    s->pool = pool;
    s->seal = seal;
    for (size_t i = 0; i < pool->n; i++) {
        s->jobs[i] = (struct l2s_esp_job){
            .key = s->key[seal], .pkt = pool->pkt[i], .text_len = pool->text_len, .result = L2TPSEC_EINTERNAL};
    }
}

#define SIDES (RAW_WAYS + 3)

static void line(const struct bench_options *o, const struct suite *what, struct pool *pool, struct side *by,
                 size_t n_by, struct raw *raw, bool seal)
{
    struct bench_side sides[SIDES];
    size_t n = 0;

    for (size_t i = 0; i < n_by; i++) { /* real packets to open */
        set_up(&by[i], pool, true);
        provider_run(&by[i]);
        check(&by[i]);
        pool_keep(pool);
        set_up(&by[i], pool, seal);
        sides[n++] = (struct bench_side){refresh, provider_run, &by[i], pool->n, 0};
    }
    sides[n++] = (struct bench_side){raw_refresh, raw_mbedtls_run, raw_mbedtls(raw, pool, seal), pool->n, 0};
    size_t first = n;
    for (unsigned way = 0; n_by > 1 && way < RAW_WAYS; way++) {
        void *arg = raw_ipsecmb(raw, pool, seal, way);
        if (arg)
            sides[n++] = (struct bench_side){raw_refresh, raw_ipsecmb_run, arg, pool->n, 0};
    }
    bench_compare(o, sides, n);
    for (size_t i = 0; i < n_by; i++)
        check(&by[i]);

    size_t best = first;
    for (size_t i = first; i < n; i++)
        best = sides[i].ns < sides[best].ns ? i : best;
    (void)printf("%-14s %-4s %5zu %5zu ", what->name, seal ? "seal" : "open", pool->text_len, pool->burst);
    if (n > first)
        (void)printf("%9.1f %6.2f %9.1f %6.2f %5.2f  ", sides[best].ns, bench_gbit(sides[best].ns, pool->text_len),
                     sides[1].ns, bench_gbit(sides[1].ns, pool->text_len), sides[best].ns / sides[1].ns);
    const struct bench_side *mbed = &sides[n_by];
    (void)printf("%9.1f %6.2f %9.1f %6.2f %5.2f\n", mbed->ns, bench_gbit(mbed->ns, pool->text_len), sides[0].ns,
                 bench_gbit(sides[0].ns, pool->text_len), mbed->ns / sides[0].ns);
    (void)fflush(stdout);
}

/* ---- bursts of several suites ---- */

#define MIXED 4u

/* Packets of four suites in turn, as one burst; or the same packets sorted, in a call for each suite. */
struct mixed {
    struct l2s_crypto *c;
    size_t burst;
    struct l2s_esp_job together[POOL_MAX], apart[MIXED][POOL_MAX / MIXED];
};

static void together_run(void *arg)
{
    struct mixed *m = arg;

    m->c->ops->esp_seal(m->c, m->together, m->burst);
}

static void apart_run(void *arg)
{
    struct mixed *m = arg;

    for (size_t i = 0; i < MIXED; i++)
        m->c->ops->esp_seal(m->c, m->apart[i], m->burst / MIXED);
}

static void mixed_bursts(const struct bench_options *o, struct l2s_crypto *c, struct pool *pool, const uint8_t *enc,
                         const uint8_t *auth)
{
    static const struct l2s_esp_suite of[MIXED] = {{L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 16},
                                                   {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32},
                                                   {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 32},
                                                   {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32}};
    static const size_t bursts[] = {8, 32, 64}, sizes[] = {64, 1408};
    static struct mixed m;
    struct l2s_esp_key *key[MIXED];

    for (size_t i = 0; i < MIXED; i++) {
        if (c->ops->esp_key_new(c, &of[i], enc, auth, true, &key[i]) != L2TPSEC_OK)
            exit(1);
    }
    m.c = c;
    for (size_t k = 0; k < L2S_COUNT_OF(bursts) * L2S_COUNT_OF(sizes); k++) {
        m.burst = bursts[k % L2S_COUNT_OF(bursts)];
        pool_init(pool, &of[0], sizes[k / L2S_COUNT_OF(bursts)], m.burst);
        for (size_t i = 0; i < m.burst; i++) {
            m.together[i] =
                (struct l2s_esp_job){.key = key[i % MIXED], .pkt = pool->pkt[i], .text_len = pool->text_len};
            m.apart[i % MIXED][i / MIXED] = m.together[i];
        }
        struct bench_side sides[] = {{NULL, together_run, &m, m.burst, 0}, {NULL, apart_run, &m, m.burst, 0}};
        bench_compare(o, sides, 2);
        (void)printf("%-14s %-4s %5zu %5zu %9.1f together %9.1f apart\n", "four suites", "seal", pool->text_len,
                     m.burst, sides[0].ns, sides[1].ns);
    }
    for (size_t i = 0; i < MIXED; i++)
        c->ops->esp_key_free(c, key[i]);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {64, 576, 1408}, bursts[] = {1, 8, 32, 256};
    static const uint8_t enc[L2S_ESP_KEY_MAX] = {1, 2, 3}, auth[L2S_ESP_AUTH_KEY_MAX] = {4, 5, 6};
    static struct side by[2];
    static struct pool pool;
    struct bench_options o = bench_options(argc, argv);
    struct fake_sys f;
    size_t n_by = 1;

    fake_sys_init(&f);
    if (l2s_crypto_new(&f.sys, L2TPSEC_ENGINE_PORTABLE, &by[0].c) != L2TPSEC_OK)
        return 1;
    size_t held = f.sys.mem.held;
    double from = 0;
    for (unsigned twice = 0; twice < 2; twice++) { /* the first finds the library's pages on disk */
        l2s_crypto_free(by[1].c);
        from = bench_now_ns();
        n_by = l2s_crypto_new(&f.sys, L2TPSEC_ENGINE_IPSECMB, &by[1].c) == L2TPSEC_OK ? 2 : 1;
    }
    if (n_by > 1)
        (void)printf("ipsec-mb instance: %.0f us, %zu bytes\n", (bench_now_ns() - from) / 1e3, f.sys.mem.held - held);
    (void)printf("%-20s%11s  %-31s  %s\n%-14s %-4s %5s %5s ", "", "", n_by > 1 ? "ipsec-mb: raw, provider, ratio" : "",
                 "mbedTLS: raw, provider, ratio", "suite", "", "bytes", "burst");
    for (size_t i = 2 - n_by; i < 2; i++)
        (void)printf("%9s %6s %9s %6s %5s  ", "ns", "Gbit/s", "ns", "Gbit/s", "");
    (void)printf("\n");
    for (size_t s = 0; s < L2S_COUNT_OF(suites); s++) {
        const struct suite *what = &suites[s];
        if (argc > 1 && argv[argc - 1][0] != '-' && strncmp(what->name, argv[argc - 1], strlen(argv[argc - 1])) != 0)
            continue;
        struct raw *raw = raw_new(&what->suite, enc, auth, n_by > 1);
        for (size_t i = 0; i < n_by; i++) {
            held = f.sys.mem.held;
            for (unsigned seal = 0; seal < 2; seal++) {
                if (by[i].c->ops->esp_key_new(by[i].c, &what->suite, enc, auth, seal, &by[i].key[seal]) != L2TPSEC_OK)
                    return 1;
            }
            (void)printf("%-14s %s: %zu bytes a pair of keys\n", what->name, by[i].c->ops->name, f.sys.mem.held - held);
        }
        for (unsigned seal = 2; seal-- > 0;) {
            for (size_t k = 0; k < L2S_COUNT_OF(sizes) * L2S_COUNT_OF(bursts); k++) {
                pool_init(&pool, &what->suite, sizes[k / L2S_COUNT_OF(bursts)], bursts[k % L2S_COUNT_OF(bursts)]);
                line(&o, what, &pool, by, n_by, raw, seal);
            }
        }
        for (size_t i = 0; i < n_by; i++) {
            by[i].c->ops->esp_key_free(by[i].c, by[i].key[0]);
            by[i].c->ops->esp_key_free(by[i].c, by[i].key[1]);
        }
        raw_free(raw);
    }
    mixed_bursts(&o, by[n_by - 1].c, &pool, enc, auth);
    for (size_t i = 0; i < n_by; i++)
        l2s_crypto_free(by[i].c);
    fake_sys_fini(&f);
    return 0;
}
