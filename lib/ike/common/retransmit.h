/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Messages over a network that loses them (RFC 2408, 5.1): ours is kept and repeated until an answer comes; the peer's
 * repetition is known again and given the same answer. */
#ifndef L2S_IKE_COMMON_RETRANSMIT_H
#define L2S_IKE_COMMON_RETRANSMIT_H

#include "base/sys.h"
#include "crypto/provider.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- ours: one outstanding message ---- */

#define L2S_RETRANSMIT_MAX_MS 2000u /* longest wait between two; each is a quarter longer than the one before */

struct l2s_retransmit {
    struct l2s_sys *sys;
    struct l2s_timer timer;
    void (*send)(void *self, const uint8_t *p, size_t n); /* once more; must not free the owner */
    void (*give_up)(void *self);                          /* no answer came; may free the owner */
    void *self;
    uint8_t *msg; /* NULL: nothing outstanding */
    size_t len;
    uint32_t wait_ms;
    uint32_t left; /* repetitions still to come */
    uint32_t sent; /* times sent so far */
};

/* Reserves its timer: L2TPSEC_ENOMEM when that fails, and then nothing is to be undone. */
int l2s_retransmit_init(struct l2s_retransmit *r, struct l2s_sys *sys,
                        void (*send)(void *self, const uint8_t *p, size_t n), void (*give_up)(void *self), void *self);
void l2s_retransmit_fini(struct l2s_retransmit *r); /* also of one that is all zero */

/* Keep a copy of the message, send it, and again after retry_ms, then a quarter longer each time ..., retries times; one more
 * wait and give_up. Replaces what was outstanding. ENOMEM: nothing is sent, nothing outstanding. retry_ms 0 is taken
 * as 1000. */
int l2s_retransmit_start(struct l2s_retransmit *r, const uint8_t *p, size_t n, uint32_t retry_ms, uint32_t retries);
void l2s_retransmit_stop(struct l2s_retransmit *r); /* answered */

/* ---- theirs: the last message and what we answered ---- */

struct l2s_repeat {
    struct l2s_sys *sys;
    const uint8_t *key; /* borrowed, 16 bytes: so that nobody can make another message look like a repetition */
    uint64_t mark;      /* of the last message answered */
    uint8_t *answer;    /* NULL: it had none */
    uint32_t len;
    bool set;
};

void l2s_repeat_init(struct l2s_repeat *d, struct l2s_sys *sys,
                     const uint8_t key[16]); /* secret, borrowed, of any number of these */
void l2s_repeat_fini(struct l2s_repeat *d);  /* also of one that is all zero */

/* The mark of a datagram as it came: take it before anything is decrypted in place. */
uint64_t l2s_repeat_mark(const struct l2s_repeat *d, const uint8_t *p, size_t n);
/* True when this is the last message again; *answer is what to send (n 0: nothing). */
bool l2s_repeat_find(const struct l2s_repeat *d, uint64_t mark, struct l2s_bytes *answer);
/* Remember message and answer (a copy; n 0: it has none) in place of the last. ENOMEM: remembered without its
 * answer. */
int l2s_repeat_keep(struct l2s_repeat *d, uint64_t mark, const uint8_t *p, size_t n);

#endif
