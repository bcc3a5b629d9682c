/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* ESP as it comes in: any bytes against an SA, with the right ICV where the first byte says so, twice each (a replay). Whatever opens
 * lies within the packet, and opens once. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "esp/esp.h"
#include "toy/toy.h"
#include "unit/fakes/fakes.h"

#define SPI 0x1000u
#define SUITES 4u

static const struct l2s_esp_suite suites[SUITES] = {
    {.cipher = L2S_ESP_AES_CBC, .auth = L2S_ESP_HMAC_SHA256_128, .key_len = 16},
    {.cipher = L2S_ESP_AES_GCM16, .auth = L2S_ESP_AUTH_NONE, .key_len = 16},
    {.cipher = L2S_ESP_DES3_CBC, .auth = L2S_ESP_HMAC_SHA1_96, .key_len = 24},
    {.cipher = L2S_ESP_AES_CBC, .auth = L2S_ESP_HMAC_SHA512_256, .key_len = 32},
};
static const uint8_t key[64] = {1, 2, 3};
static struct fake_sys f;
static struct l2s_crypto *crypto;
static struct l2s_esp *esp;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fake_sys_init(&f);
    toy.in_clear = true;
    FUZZ_CHECK(l2s_crypto_new(&f.sys, 0, &crypto) == L2TPSEC_OK);
    FUZZ_CHECK(l2s_esp_new(&f.sys, crypto, &esp) == L2TPSEC_OK);
    return 0;
}

static struct l2s_esp_sa *add(unsigned suite, uint8_t how)
{
    struct l2s_esp_params p = {.spi_in = SPI + suite,
                               .spi_out = 0x2000,
                               .suite = suites[suite],
                               .enc_in = key,
                               .auth_in = key,
                               .enc_out = key,
                               .auth_out = key,
                               .local_port = how & 1 ? 1701 : 0,
                               .remote_port = how & 2 ? 1701 : 0,
                               .replay_window = 64,
                               .cut = how & 4 ? L2S_ESP_CUT_LEARN : L2S_ESP_CUT_NEVER};
    struct l2s_esp_sa *sa = NULL;

    FUZZ_CHECK(l2s_esp_add(esp, &p, &sa) == L2TPSEC_OK);
    return sa;
}

/* Two copies, the second of which cannot be anything but a replay. */
static uint32_t open(uint8_t *twice, size_t n, const struct l2s_esp_sa *sa)
{
    struct l2s_esp_rx x[2] = {{.p = twice, .len = n}, {.p = twice + n, .len = n}};

    l2s_esp_open(esp, x, 2);
    for (unsigned i = 0; i < 2; i++) {
        FUZZ_CHECK(x[i].reason < L2TPSEC_DROP_COUNT);
        if (x[i].reason != L2TPSEC_DROP_NONE || !x[i].p)
            continue;
        FUZZ_CHECK(x[i].sa == sa && x[i].p >= twice + i * n && x[i].p + x[i].len <= twice + (i + 1) * n);
        FUZZ_CHECK(x[i].len + 16 < n);
    }
    FUZZ_CHECK(x[1].reason != L2TPSEC_DROP_NONE);
    FUZZ_CHECK(x[0].reason != L2TPSEC_DROP_NONE || x[1].reason == L2TPSEC_DROP_REPLAYED);
    return x[0].reason;
}

/* Packets of "length, bytes"; bit 0 of the first byte: with our SPI; bit 1: with the right ICV. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t how = l2s_rd_u8(&r);
    unsigned suite = how >> 3 & (SUITES - 1);

    if (r.bad || size > 2000)
        return 0;
    struct l2s_esp_sa *sa = add(suite, how);
    size_t icv = l2s_esp_icv_len(&suites[suite]);
    uint64_t taken = 0;
    while (r.left) {
        uint8_t what = l2s_rd_u8(&r);
        size_t n = l2s_rd_u8(&r);
        n = n < r.left ? n : r.left;
        uint8_t *p = malloc(2 * n + 1);
        if (!p)
            break;
        l2s_rd_copy(&r, p, n);
        if (what & 1 && n >= 4)
            l2s_put32(p, SPI + suite);
        if (what & 2 && n >= icv)
            toy_icv(&suites[suite], key, key, p, n - icv, p + n - icv);
        memcpy(p + n, p, n);
        taken += open(p, n, sa) == L2TPSEC_DROP_NONE;
        free(p);
    }
    const struct l2s_esp_stats *s = l2s_esp_stats(sa);
    FUZZ_CHECK(s->packets_in <= taken);
    l2s_esp_remove(esp, sa);
    return 0;
}
