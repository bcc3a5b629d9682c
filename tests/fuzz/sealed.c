/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "fuzz/sealed.h"

#include "toy/toy.h"
#include "wire/rd.h"
#include "wire/wr.h"

enum { ESP_HEADER = 8, UDP_HEADER = 8, TRAILER = 2, NEXT_UDP = 17, MARKER = 4, MESSAGE_MAX = 4096 };

struct seal seal_of(bool cbc)
{
    return cbc ? (struct seal){16, 12, 16} : (struct seal){8, 16, 4};
}

bool sealed_find(const struct seal *s, const uint8_t *esp, size_t n, size_t *at, size_t *len)
{
    size_t front = ESP_HEADER + s->iv, least = front + UDP_HEADER + TRAILER + s->icv;

    if (n < least || esp[n - s->icv - 1] != NEXT_UDP)
        return false;
    size_t pad = esp[n - s->icv - 2];
    if (pad > n - least)
        return false;
    *at = front + UDP_HEADER;
    *len = n - least - pad;
    return true;
}

size_t sealed_make(const struct seal *s, uint32_t spi, uint32_t seq, uint32_t ports, const uint8_t *msg, size_t len,
                   uint8_t *out, size_t cap)
{
    static const struct l2s_esp_suite gcm = {.cipher = L2S_ESP_AES_GCM16, .key_len = 16};
    static const struct l2s_esp_suite cbc = {.cipher = L2S_ESP_AES_CBC, .auth = L2S_ESP_HMAC_SHA1_96, .key_len = 16};
    static const uint8_t no_key[64];
    struct l2s_wr w = l2s_wr_init(out, cap);

    l2s_wr_u32(&w, spi);
    l2s_wr_u32(&w, seq);
    l2s_wr_zeros(&w, s->iv);
    l2s_wr_u32(&w, ports);
    l2s_wr_u16(&w, (uint16_t)(UDP_HEADER + len));
    l2s_wr_u16(&w, 0);
    l2s_wr_bytes(&w, msg, len);
    size_t pad = (s->block - (UDP_HEADER + len + TRAILER) % s->block) % s->block;
    for (size_t i = 1; i <= pad; i++)
        l2s_wr_u8(&w, (uint8_t)i);
    l2s_wr_u8(&w, (uint8_t)pad);
    l2s_wr_u8(&w, NEXT_UDP);
    uint8_t *icv = l2s_wr_room(&w, s->icv);
    if (!icv)
        return 0;
    toy_icv(s->block == 16 ? &cbc : &gcm, no_key, no_key, out, w.len - s->icv, icv);
    return w.len;
}

size_t sealed_edit(const struct seal *s, uint8_t *esp, size_t n, size_t cap, uint32_t seq, const uint8_t *edits,
                   size_t edits_len)
{
    static uint8_t msg[MESSAGE_MAX];
    struct l2s_rd r = l2s_rd_init(esp, n);
    size_t at, len;

    if (!sealed_find(s, esp, n, &at, &len) || len > sizeof msg)
        return n;
    uint32_t spi = l2s_rd_u32(&r);
    uint32_t as = l2s_rd_u32(&r);
    l2s_rd_skip(&r, s->iv);
    uint32_t ports = l2s_rd_u32(&r);
    memcpy(msg, esp + at, len);
    len = structure_edit(SHAPE_L2TP, msg, len, sizeof msg - 512, edits, edits_len);
    size_t made = sealed_make(s, spi, seq ? seq : as, ports, msg, len, esp, cap);
    return made ? made : n;
}

size_t sealed_edit_any(const struct seal *s, bool esp, uint8_t *p, size_t n, size_t cap, uint32_t seq,
                       const uint8_t *edits, size_t edits_len)
{
    static const uint8_t marker[MARKER];

    if (!esp && n >= MARKER && memcmp(p, marker, MARKER) == 0)
        return MARKER + structure_edit(SHAPE_ISAKMP, p + MARKER, n - MARKER, cap - MARKER, edits, edits_len);
    if (!esp)
        return structure_edit(SHAPE_ISAKMP, p, n, cap, edits, edits_len);
    return sealed_edit(s, p, n, cap, seq, edits, edits_len);
}
