/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "base/errors.h"

const struct l2s_esp_suite rig_suites[] = {
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32},    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 16},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA384_192, 24}, {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA512_256, 32},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_96, 16},  {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_96, 32},
    {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 16},     {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32},
#if L2S_WITH_LEGACY_3DES
    {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24},
#endif
};
const size_t rig_n_suites = L2S_COUNT_OF(rig_suites);

void rig_set_up_ports(struct rig *t, const struct l2s_esp_suite *suite, uint32_t window, uint16_t local,
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

void rig_set_up(struct rig *t, const struct l2s_esp_suite *suite, uint32_t window)
{
    rig_set_up_ports(t, suite, window, 1701, 0);
}

void rig_tear_down(struct rig *t)
{
    l2s_esp_free(t->esp);
    l2s_crypto_free(t->crypto);
    fake_sys_fini(&t->f);
}

void rig_seal(struct rig *t, struct rig_packet *k, size_t n, uint16_t src, uint16_t dst)
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

uint32_t rig_open(struct rig *t, const struct rig_packet *k, size_t len, struct l2s_esp_rx *rx)
{
    struct l2s_rd copy = fake_rd_exact(k->p, len);

    *rx = (struct l2s_esp_rx){.p = (uint8_t *)(uintptr_t)copy.p, .len = len};
    l2s_esp_open(t->esp, rx, 1);
    return rx->reason;
}
