/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* L2TP in UDP in ESP as toy cryptography leaves it: in the clear, with an ICV that depends on nothing. So a packet can be opened,
 * changed and closed again by who has no key. */
#ifndef TESTS_FUZZ_SEALED_H
#define TESTS_FUZZ_SEALED_H

#include "fuzz/structure.h"

struct seal {
    size_t iv, icv, block;
};

struct seal seal_of(bool cbc);

/* Where the L2TP message stands in an ESP packet, and its bytes; false: none is there. */
bool sealed_find(const struct seal *s, const uint8_t *esp, size_t n, size_t *at, size_t *len);
/* An ESP packet of a message; its bytes, 0: no room. ports: both, as UDP has them. */
size_t sealed_make(const struct seal *s, uint32_t spi, uint32_t seq, uint32_t ports, const uint8_t *msg, size_t len,
                   uint8_t *out, size_t cap);
/* Change the message in a packet, which is in place; its new bytes. seq: 0, or its number from now on. */
size_t sealed_edit(const struct seal *s, uint8_t *esp, size_t n, size_t cap, uint32_t seq, const uint8_t *edits,
                   size_t edits_len);

/* One datagram, whatever it is: an IKE message, with or without the marker, or ESP. */
size_t sealed_edit_any(const struct seal *s, bool esp, uint8_t *p, size_t n, size_t cap, uint32_t seq,
                       const uint8_t *edits, size_t edits_len);

#endif
