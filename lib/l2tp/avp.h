/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Attribute value pairs (RFC 2661, 4): reading one after the other, writing, hiding and uncovering, and the table of those
 * that are known. */
#ifndef L2S_L2TP_AVP_H
#define L2S_L2TP_AVP_H

#include "crypto/provider.h"
#include "wire/rd.h"
#include "wire/wr.h"

#include <stdbool.h>
#include <stdint.h>

#define L2S_L2TP_AVP_HEADER 6u
#define L2S_L2TP_AVP_MAX 1023u /* the length field has ten bits */
#define L2S_L2TP_VECTOR 16u    /* bytes of a Random Vector of ours */

enum l2s_l2tp_avp_type {
    L2S_AVP_MESSAGE_TYPE = 0,
    L2S_AVP_RESULT = 1,
    L2S_AVP_VERSION = 2,
    L2S_AVP_FRAMING_CAP = 3,
    L2S_AVP_BEARER_CAP = 4,
    L2S_AVP_TIE_BREAKER = 5,
    L2S_AVP_FIRMWARE = 6,
    L2S_AVP_HOST_NAME = 7,
    L2S_AVP_VENDOR_NAME = 8,
    L2S_AVP_TUNNEL_ID = 9,
    L2S_AVP_WINDOW = 10,
    L2S_AVP_CHALLENGE = 11,
    L2S_AVP_Q931 = 12,
    L2S_AVP_RESPONSE = 13,
    L2S_AVP_SESSION_ID = 14,
    L2S_AVP_SERIAL = 15,
    L2S_AVP_MIN_BPS = 16,
    L2S_AVP_MAX_BPS = 17,
    L2S_AVP_BEARER_TYPE = 18,
    L2S_AVP_FRAMING_TYPE = 19,
    L2S_AVP_CALLED = 21,
    L2S_AVP_CALLING = 22,
    L2S_AVP_SUB_ADDRESS = 23,
    L2S_AVP_TX_SPEED = 24,
    L2S_AVP_PHYSICAL_CHANNEL = 25,
    L2S_AVP_LCP_FIRST = 26,
    L2S_AVP_LCP_SENT = 27,
    L2S_AVP_LCP_RECEIVED = 28,
    L2S_AVP_PROXY_TYPE = 29,
    L2S_AVP_PROXY_NAME = 30,
    L2S_AVP_PROXY_CHALLENGE = 31,
    L2S_AVP_PROXY_ID = 32,
    L2S_AVP_PROXY_RESPONSE = 33,
    L2S_AVP_CALL_ERRORS = 34,
    L2S_AVP_ACCM = 35,
    L2S_AVP_RANDOM_VECTOR = 36,
    L2S_AVP_PRIVATE_GROUP = 37,
    L2S_AVP_RX_SPEED = 38,
    L2S_AVP_SEQUENCING = 39,
    L2S_AVP_DISCONNECT = 46, /* PPP Disconnect Cause Code, RFC 3145 */
    L2S_AVP_TYPES = 47
};

struct l2s_l2tp_avp {
    bool mandatory; /* M */
    bool hidden;    /* H */
    bool reserved;  /* a reserved bit is set: to be taken for an unrecognised AVP (4.1) */
    uint16_t vendor, type;
    struct l2s_rd value; /* borrows from the message */
};

/* What the RFC says of one type: in which messages it stands, how long its value is, and its bits. */
struct l2s_l2tp_avp_rule {
    uint32_t messages; /* bit 1 << message type */
    uint16_t min, max; /* bytes of the value */
    bool known;
    bool mandatory; /* M when we send it */
    bool hideable;
};

/* Decode one AVP: 1 for an AVP, 0 at a clean end of the list, L2TPSEC_EPROTO if its length is impossible. */
int l2s_l2tp_avp_next(struct l2s_rd *list, struct l2s_l2tp_avp *out);

/* Write one in two steps: whatever is written between open and close is its value. */
size_t l2s_l2tp_avp_open(struct l2s_wr *w, uint16_t type);
void l2s_l2tp_avp_close(struct l2s_wr *w, size_t at, bool mandatory, bool hidden);

/* NULL for a type that is not known. */
const struct l2s_l2tp_avp_rule *l2s_l2tp_avp_rule(uint16_t type);

/* The tunnel's secret, the last Random Vector of the message, and a bounded place for what was hidden. */
struct l2s_l2tp_hiding {
    struct l2s_crypto *crypto;
    const uint8_t *secret;
    size_t secret_len; /* 0: hidden AVPs cannot be read */
    struct l2s_rd vector;
    const uint8_t *padding; /* writing: L2S_L2TP_VECTOR random bytes */
    bool have_vector;
    size_t used;
    uint8_t scratch[L2S_L2TP_AVP_MAX];
};

/* Replace the value of a hidden AVP by the original one, which then lies in the scratch (4.3): L2TPSEC_OK,
 * L2TPSEC_EPROTO for one whose lengths contradict each other or that has no vector before it, L2TPSEC_ENOENT without a
 * secret, L2TPSEC_ENOMEM when the scratch is full. */
int l2s_l2tp_avp_unhide(struct l2s_l2tp_hiding *h, struct l2s_l2tp_avp *avp);

/* Between open and close of an AVP whose value stands behind two bytes left for its length: fill these in, pad it to
 * whole blocks so that its size says less, and hide all that (4.3) with the vector, which is in the message already. Not
 * L2TPSEC_OK: the provider failed. */
int l2s_l2tp_avp_hide(const struct l2s_l2tp_hiding *h, struct l2s_wr *w, size_t at, uint16_t type);

#endif
