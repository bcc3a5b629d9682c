/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The crypto libraries without us: mbedTLS called packet by packet, and ipsec-mb with jobs, IVs and nonces made beforehand. */
#ifndef TESTS_BENCH_RAW_H
#define TESTS_BENCH_RAW_H

#include "crypto/esp_suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_MAX 256u
#define POOL_PACKET 2048u /* with the headers' usual place in front of the text */

/* Packets that are worked on in bursts. 64 of them, or a whole burst: all sides find them in the same cache. */
struct pool {
    size_t n, burst, text_len, len, iv_len, icv_len;
    uint8_t *pkt[POOL_MAX];
    uint8_t bytes[POOL_MAX * POOL_PACKET];
    uint8_t kept[POOL_MAX * POOL_PACKET];
};

void pool_init(struct pool *p, const struct l2s_esp_suite *suite, size_t text_len, size_t burst);
void pool_keep(struct pool *p); /* as they are now, refresh makes them again */
void pool_refresh(struct pool *p);

struct raw;

struct raw *raw_new(const struct l2s_esp_suite *suite, const uint8_t *enc, const uint8_t *auth, bool ipsecmb);
void raw_free(struct raw *r);

/* Each returns what its run takes, as raw_refresh does. Ways of ipsec-mb: which managers, bursts or queue; NULL: none such. */
#define RAW_WAYS 5u
void *raw_mbedtls(struct raw *r, struct pool *p, bool seal);
void *raw_ipsecmb(struct raw *r, struct pool *p, bool seal, unsigned way);
void raw_mbedtls_run(void *arg);
void raw_ipsecmb_run(void *arg);
void raw_refresh(void *arg);

#endif
