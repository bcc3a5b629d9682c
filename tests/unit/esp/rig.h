/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The two ends of one pair of SAs, and packets between them. */
#ifndef TESTS_ESP_RIG_H
#define TESTS_ESP_RIG_H

#include "unit/fakes/fakes.h"

#include "esp/esp.h"
#include "esp/sa.h"

/* All suites that this build has. */
extern const struct l2s_esp_suite rig_suites[];
extern const size_t rig_n_suites;

/* Both are in one table: what a seals b opens. */
struct rig {
    struct fake_sys f;
    struct l2s_crypto *crypto;
    struct l2s_esp *esp;
    struct l2s_esp_sa *a, *b;
    enum l2s_esp_cut cut_a, cut_b;
};

struct rig_packet {
    uint8_t room[64 + 2048 + 64];
    uint8_t *p;
    size_t len;
};

void rig_set_up(struct rig *t, const struct l2s_esp_suite *suite, uint32_t window);
void rig_set_up_ports(struct rig *t, const struct l2s_esp_suite *suite, uint32_t window, uint16_t local,
                      uint16_t remote);
void rig_tear_down(struct rig *t);

/* Seal an inner datagram with a payload of n bytes on SA a. */
void rig_seal(struct rig *t, struct rig_packet *k, size_t n, uint16_t src, uint16_t dst);
/* Open an exact-size copy of the first len bytes of it; returns why it was dropped, 0: it was not. */
uint32_t rig_open(struct rig *t, const struct rig_packet *k, size_t len, struct l2s_esp_rx *rx);

#endif
