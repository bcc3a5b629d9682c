/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "traffic.h"

#include <string.h>

static void put(uint8_t *p, uint32_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

/* RFC 1071, 1: with a carry each time. */
static uint16_t add(uint16_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t wide = sum + (uint32_t)(i % 2 ? p[i] : p[i] << 8);
        sum = (uint16_t)(wide > 0xffff ? wide - 0xffff : wide);
    }
    return sum;
}

size_t traffic_transport(const uint8_t *p)
{
    return p[0] >> 4 == 6 ? 40 : (p[0] & 15u) * 4u;
}

static uint8_t protocol(const uint8_t *p)
{
    return p[0] >> 4 == 6 ? p[6] : p[9];
}

size_t traffic_head(const uint8_t *p)
{
    size_t at = traffic_transport(p);

    return at + (protocol(p) == 17 ? 8 : (size_t)(p[at + 12] >> 4) * 4);
}

uint16_t traffic_pseudo(const uint8_t *p, size_t n)
{
    bool six = p[0] >> 4 == 6;
    uint8_t tail[4] = {0, protocol(p), 0, 0};

    put(tail + 2, (uint32_t)(n - traffic_transport(p)), 2);
    return add(add(0, p + (six ? 8 : 12), six ? 32 : 8), tail, 4);
}

static size_t field(const uint8_t *p)
{
    return traffic_transport(p) + (protocol(p) == 17 ? 6u : 16u);
}

void traffic_seal(uint8_t *p, size_t n)
{
    size_t at = traffic_transport(p);

    if (p[0] >> 4 == 4) {
        put(p + 10, 0, 2);
        put(p + 10, (uint16_t)~add(0, p, at), 2);
    }
    put(p + field(p), 0, 2);
    uint16_t sum = (uint16_t)~add(traffic_pseudo(p, n), p + at, n - at);
    put(p + field(p), sum ? sum : 0xffff, 2);
}

bool traffic_sound(const uint8_t *p, size_t n)
{
    size_t at = traffic_transport(p);

    if (p[0] >> 4 == 4 && add(0, p, at) != 0xffff)
        return false;
    return add(traffic_pseudo(p, n), p + at, n - at) == 0xffff && (p[field(p)] | p[field(p) + 1]);
}

size_t traffic_make(const struct traffic *t, uint8_t *out, size_t cap)
{
    size_t at = t->version == 6 ? 40 : 20;
    size_t head = at + (t->protocol == 17 ? 8 : 20 + t->options), n = head + t->payload;

    assert_true(n <= cap);
    memset(out, 0, head);
    if (t->version == 6) {
        out[0] = 0x60, out[6] = t->protocol, out[7] = 64, out[8] = 0x20, out[23] = 1, out[24] = 0x20, out[39] = 2;
        put(out + 4, (uint32_t)(n - 40), 2);
    } else {
        out[0] = 0x45, out[6] = t->fragmentable ? 0 : 0x40, out[8] = 64, out[9] = t->protocol;
        put(out + 2, (uint32_t)n, 2);
        put(out + 4, t->id, 2);
        memcpy(out + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
    }
    put(out + at, t->port ? t->port : 1000, 2);
    put(out + at + 2, 2000, 2);
    if (t->protocol == 17) {
        put(out + at + 4, (uint32_t)(n - at), 2);
    } else {
        put(out + at + 4, t->sequence, 4);
        put(out + at + 8, 77, 4);
        out[at + 12] = (uint8_t)((20 + t->options) / 4 << 4);
        out[at + 13] = t->flags ? t->flags : 0x10;
        put(out + at + 14, 500, 2);
        memset(out + at + 20, 1, t->options);
    }
    for (size_t i = 0; i < t->payload; i++)
        out[head + i] = (uint8_t)((t->sequence + i) * 7);
    traffic_seal(out, n);
    return n;
}
