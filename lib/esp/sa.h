/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the files of this wing know of an SA. */
#ifndef L2S_ESP_SA_H
#define L2S_ESP_SA_H

#include "base/errors.h"
#include "esp/esp.h"
#include "esp/replay.h"

#define L2S_ESP_HEADER 8u /* SPI and sequence number */

/* The same keys with the ICV cut elsewhere. */
struct l2s_esp_form {
    struct l2s_esp_key *key_in, *key_out;
    uint8_t auth, icv_len;
};

struct l2s_esp_sa {
    struct l2s_hnode node;
    uint32_t spi_in, spi_out;
    uint32_t sequence; /* last one sent */
    struct l2s_esp_suite suite;
    uint8_t iv_len, icv_len, block;
    uint16_t local_port, remote_port;
    uint8_t iv_salt[8]; /* with the sequence number: what no packet of this SA repeats */
    struct l2s_esp_key *key_in, *key_out;
    struct l2s_esp_form other; /* without keys: there is none */
    struct l2s_replay window;
    struct l2s_esp_stats stats;
    uint32_t forged_in; /* the slice of time in which it was forged last */
    uint32_t forged;    /* how much of it then */
    uint64_t deaf_until;
    uint64_t soft_bytes; /* UINT64_MAX: no limit */
    void *owner;
};

#define L2S_ESP_SOFT_SEQUENCE 0xf0000000u

static inline bool l2s_esp_spent(const struct l2s_esp_sa *sa)
{
    return sa->stats.bytes_in + sa->stats.bytes_out >= sa->soft_bytes || sa->sequence >= L2S_ESP_SOFT_SEQUENCE;
}

struct l2s_esp {
    struct l2s_sys *sys;
    struct l2s_crypto *crypto;
    struct l2s_hash sas, reserved;
};

#endif
