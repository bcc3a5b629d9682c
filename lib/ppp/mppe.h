/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Microsoft Point-To-Point Encryption (RFC 3078) with keys from MS-CHAPv2 or EAP-TLS (RFC 3079, 3 and 4): one direction of
 * one link. Inside ESP it protects nothing; it is there for servers that insist. It authenticates nothing either. */
#ifndef L2S_PPP_MPPE_H
#define L2S_PPP_MPPE_H

#include "crypto/legacy/rc4.h"
#include "ppp/ppp.h"

#include <stdbool.h>

#define L2S_MPPE_KEY_MAX 16u
#define L2S_MPPE_HEADER 2u /* bits and coherency count */

struct l2s_mppe {
    struct l2s_crypto *crypto;
    struct l2s_rc4 rc4;
    uint8_t start[L2S_MPPE_KEY_MAX], session[L2S_MPPE_KEY_MAX];
    uint8_t key_len; /* 16, or 8 of which some are known (RFC 3079, 3.3) */
    uint32_t bits;   /* one strength, and whether stateless */
    uint16_t count;  /* coherency count of the last packet */
    bool flush;      /* sender: begin the tables anew with the next packet */
    bool lost;       /* receiver: nothing can be read until a packet that begins anew */
};

/* Keys for a direction, from the start key: of EAP-TLS, whose master keys are that (RFC 3079, 4). L2TPSEC_OK or the
 * provider's error. */
int l2s_mppe_begin_at(struct l2s_mppe *m, struct l2s_crypto *crypto, const uint8_t start[L2S_MPPE_KEY_MAX],
                      uint32_t bits);
/* The same from MS-CHAPv2's master key. sending: ours to send. */
int l2s_mppe_begin(struct l2s_mppe *m, struct l2s_crypto *crypto, const uint8_t master[L2S_MPPE_KEY_MAX], uint32_t bits,
                   bool sending, bool server);

/* Encrypt in place what begins with the protocol field, and write the header: the two bytes before data. */
int l2s_mppe_seal(struct l2s_mppe *m, uint8_t header[L2S_MPPE_HEADER], uint8_t *data, size_t n);

enum l2s_mppe_read {
    L2S_MPPE_READ,
    L2S_MPPE_LATE,  /* out of order in a way that cannot be read, or no MPPE at all */
    L2S_MPPE_RESET, /* packets were lost: ask the peer to begin anew (once) */
    L2S_MPPE_FAILED /* the provider */
};

/* Decrypt in place the n bytes behind the header. */
enum l2s_mppe_read l2s_mppe_open(struct l2s_mppe *m, const uint8_t header[L2S_MPPE_HEADER], uint8_t *data, size_t n);

/* The peer asks to begin anew (RFC 3078, 8.2). */
void l2s_mppe_reset(struct l2s_mppe *m);

#endif
