/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Serial number arithmetic: 16-bit Ns/Nr of L2TP (RFC 2661, 5.8) compare modulo 65536. */
#ifndef L2S_BASE_SERIAL_H
#define L2S_BASE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* a lies in the half of the circle before b */
static inline bool l2s_serial16_lt(uint16_t a, uint16_t b)
{
    return a != b && (uint16_t)(b - a) < 0x8000u;
}

static inline bool l2s_serial16_le(uint16_t a, uint16_t b)
{
    return a == b || l2s_serial16_lt(a, b);
}

#endif
