/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Control messages (RFC 2661, 3.2 and 6): one struct for what any of them says, one reader and one writer. */
#ifndef L2S_L2TP_MESSAGE_H
#define L2S_L2TP_MESSAGE_H

#include "l2tp/avp.h"

enum l2s_l2tp_type {
    L2S_L2TP_SCCRQ = 1,
    L2S_L2TP_SCCRP = 2,
    L2S_L2TP_SCCCN = 3,
    L2S_L2TP_STOPCCN = 4,
    L2S_L2TP_HELLO = 6,
    L2S_L2TP_OCRQ = 7,
    L2S_L2TP_OCRP = 8,
    L2S_L2TP_OCCN = 9,
    L2S_L2TP_ICRQ = 10,
    L2S_L2TP_ICRP = 11,
    L2S_L2TP_ICCN = 12,
    L2S_L2TP_CDN = 14,
    L2S_L2TP_WEN = 15,
    L2S_L2TP_SLI = 16,
    L2S_L2TP_TYPES = 17
};

#define L2S_L2TP_VERSION 0x0100u /* version 1, revision 0 (4.4.3) */
#define L2S_L2TP_FRAMING_SYNC 1u
#define L2S_L2TP_FRAMING_BOTH 3u

#define L2S_L2TP_WORDS_MAX 128u /* of an Error Message of ours */

/* General error codes (4.4.2) */
enum {
    L2S_L2TP_ERROR_NONE = 0,
    L2S_L2TP_ERROR_LENGTH = 2,
    L2S_L2TP_ERROR_RANGE = 3,
    L2S_L2TP_ERROR_RESOURCES = 4,
    L2S_L2TP_ERROR_VENDOR = 6,
    L2S_L2TP_ERROR_TRY_ANOTHER = 7,
    L2S_L2TP_ERROR_UNKNOWN_AVP = 8
};

/* Fields count only when their bit in have is set; strings borrow from the message or from the scratch. */
struct l2s_l2tp_msg {
    uint16_t type;
    bool type_mandatory;
    uint64_t have; /* bit 1 << AVP type */

    /* Why the message must be refused, as a general error code, and the AVP it is about; 0: nothing against it. */
    uint16_t error;
    uint16_t error_vendor, error_avp;

    uint16_t version, firmware, tunnel_id, window, session_id;
    uint32_t framing; /* Framing Capabilities and Framing Type */
    uint32_t serial, tx_speed, rx_speed;
    uint64_t tie_breaker;
    uint16_t result, result_error;
    uint16_t disconnect;   /* RFC 3145 */
    uint8_t disconnect_at; /* its direction: 1 at the peer of who sends it, 2 local to it */
    struct l2s_rd host_name, vendor_name, challenge, response;
    struct l2s_rd words; /* the error message of the Result Code, or that of AVP 46 when it has none */
};

static inline bool l2s_l2tp_msg_has(const struct l2s_l2tp_msg *m, uint16_t avp)
{
    return m->have & UINT64_C(1) << avp;
}

static inline void l2s_l2tp_msg_add(struct l2s_l2tp_msg *m, uint16_t avp)
{
    m->have |= UINT64_C(1) << avp;
}

/* "SCCRQ"; "?" for a type that is not known */
const char *l2s_l2tp_msg_name(uint16_t type);

/* Read the AVPs of a message. L2TPSEC_EPROTO only when there is no proper Message Type in front; anything else that is
 * wrong with it is in out->error. StopCCN and CDN never have one: they close whatever else they say. */
int l2s_l2tp_msg_get(struct l2s_rd avps, struct l2s_l2tp_hiding *h, struct l2s_l2tp_msg *out);

/* The general error of a message that is refused and the AVP it is about: "unknown mandatory AVP: vendor 9, type 5". */
void l2s_l2tp_msg_complaint(const struct l2s_l2tp_msg *m, char out[L2S_L2TP_WORDS_MAX]);

/* Borrow a string (or NULL) as the words of a message, cut to what they may be. */
struct l2s_rd l2s_l2tp_words(const char *text);

/* Write message type and then what have names, in the order of the AVP numbers, with the M bits of the RFC. */
void l2s_l2tp_msg_put(struct l2s_wr *w, const struct l2s_l2tp_msg *m);

/* The same, with all hidden that may be, by the secret, vector and padding in h. Not L2TPSEC_OK: the provider failed. */
int l2s_l2tp_msg_put_hidden(struct l2s_wr *w, const struct l2s_l2tp_msg *m, struct l2s_l2tp_hiding *h);

#endif
