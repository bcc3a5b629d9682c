/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Cryptography that protects nothing and costs next to nothing, for tests that take millions of messages: the whole library,
 * with this in place of its providers. Digests and MACs are sums that depend on every byte and on the key, so what does not fit
 * is refused as ever; certificates and TLS are mbedTLS's own. */
#ifndef TESTS_TOY_H
#define TESTS_TOY_H

#include "crypto/provider.h"

#include <stdbool.h>

struct toy {
    bool in_clear; /* ciphers leave the text as it is, so that a mutator can work on it */
    /* MACs, or digests, depend on nothing but their length: whatever is changed behind them, they fit. */
    bool blind_macs, blind_digests;
    /* Sees each packet that was sealed, and each that opened. */
    void (*sealed)(const struct l2s_esp_job *job);
    void (*opened)(const struct l2s_esp_job *job);
};

/* Of the whole process; set before the first context. */
extern struct toy toy;

/* What the sum of such a MAC is, for who makes messages of their own. */
void toy_mac(const void *key, size_t key_len, const struct l2s_bytes *in, size_t n, uint8_t *out, size_t len);

/* The secret of two public values' owners, where one of them is ours: private is the value that toy_public was made of. */
void toy_public(uint64_t private, uint8_t *pub, size_t len);
void toy_secret(uint64_t private, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t len);

/* A number that is this key's alone, and the bytes of IV behind the sequence number of its packets. */
uint64_t toy_key_of(const struct l2s_esp_key *key, size_t *iv_len);

/* The ICV of an ESP packet under a key made of these bytes (enc_key with GCM's salt, then auth_key). */
void toy_icv(const struct l2s_esp_suite *suite, const uint8_t *enc_key, const uint8_t *auth_key, const uint8_t *pkt,
             size_t len, uint8_t *icv);

#endif
