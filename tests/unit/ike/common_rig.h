/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the tests of ike/common share: messages from files, SA payloads of peers written by hand, and mutation. */
#ifndef TESTS_IKE_COMMON_RIG_H
#define TESTS_IKE_COMMON_RIG_H

#include "ike/common/payload.h"
#include "ike/common/sa.h"
#include "unit/fakes/fakes.h"

#define RIG_MESSAGE_MAX 4096

/* Tests that need what old peers need are left out where it was not built in. */
#if L2S_WITH_LEGACY_MD5 && L2S_WITH_LEGACY_3DES && L2S_WITH_LEGACY_MODP
#define RIG_LEGACY 1
#else
#define RIG_LEGACY 0
#endif

struct rig_message {
    char name[64];
    uint8_t bytes[RIG_MESSAGE_MAX];
    size_t n;
};

/* The n-th message of tests/vectors/ike/FILE; false behind the last. */
bool rig_nth(const char *file, unsigned n, struct rig_message *out);
/* The one of this name; asserts that it is there. */
void rig_message(const char *file, const char *name, struct rig_message *out);
/* Header and payloads of a message, which must be good. */
void rig_collect(const struct rig_message *m, struct l2s_isakmp *h, struct l2s_payloads *s);
/* The body of its only SA payload. */
struct l2s_rd rig_sa(const struct rig_message *m);

/* One transform as a peer would write it; attributes with value 0 are left out. */
struct rig_transform {
    uint8_t number;
    uint8_t id;        /* KEY_IKE, or the ESP transform */
    const char *attrs; /* hex, as on the wire */
};

/* The body of an SA payload of one proposal, or of one proposal for each transform (numbers from 1). */
size_t rig_sa_body(uint8_t *out, size_t cap, uint8_t protocol, uint32_t spi, bool one_each,
                   const struct rig_transform *t, size_t n);

/* The same as exact copies, of one proposal; the ESP one with SPI 01020304. */
struct l2s_rd rig_ike_body(const struct rig_transform *t, size_t n);
struct l2s_rd rig_esp_body(const struct rig_transform *t, size_t n);
/* Policies that must parse; NULL: not wanted. */
void rig_policies(const char *ike, struct l2s_ike_policy *p, const char *esp, struct l2s_esp_policy *q);
/* What a policy chooses of an ESP offer of one transform. */
int rig_choose2(uint8_t id, const char *attrs, const char *policy, const struct l2s_esp_terms *terms,
                struct l2s_esp_choice *c);

/* Attributes of AES-256, SHA-1, MODP-2048, PSK; and of AES-256, HMAC-SHA-1. Lifetimes and more may go behind. */
#define RIG_GOOD1 "80010007 800e0100 80020002 80030001 8004000e"
#define RIG_GOOD2 "80060100 80050002"

/* Change a few bytes, or the length, of p in one of the ways that break parsers; repeatable by the seed. Returns the
 * new length, at most n. */
size_t rig_mutate(uint64_t *seed, uint8_t *p, size_t n);
uint32_t rig_random(uint64_t *seed);

#endif
