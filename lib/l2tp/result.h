/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the codes of StopCCN and CDN mean (RFC 2661, 4.4.2; RFC 3145): in words, and as a cause. */
#ifndef L2S_L2TP_RESULT_H
#define L2S_L2TP_RESULT_H

#include "base/failure.h"
#include "l2tp/message.h"

/* Result codes of StopCCN */
enum {
    L2S_L2TP_STOP_CLEAR = 1,
    L2S_L2TP_STOP_ERROR = 2,
    L2S_L2TP_STOP_UNAUTHORISED = 4,
    L2S_L2TP_STOP_VERSION = 5,
    L2S_L2TP_STOP_SHUTDOWN = 6,
    L2S_L2TP_STOP_FSM = 7
};

/* Result codes of CDN */
enum {
    L2S_L2TP_CDN_CARRIER = 1,
    L2S_L2TP_CDN_ERROR = 2,
    L2S_L2TP_CDN_ADMIN = 3,
    L2S_L2TP_CDN_RESOURCES = 4,
    L2S_L2TP_CDN_TIME = 10
};

#define L2S_L2TP_DISCONNECT_AUTH 16u /* RFC 3145, 3.3 */

/* Constant strings; "unknown" for numbers the RFCs do not define. */
const char *l2s_l2tp_stop_words(uint16_t result);
const char *l2s_l2tp_cdn_words(uint16_t result);
const char *l2s_l2tp_error_words(uint16_t error);
const char *l2s_l2tp_disconnect_words(uint16_t code);

/* A StopCCN or CDN of the peer as a failure: an orderly end when the call was up, a refusal when it was not. The
 * message is the peer's words, or ours for its codes when it has none. */
void l2s_l2tp_blame_peer(struct l2s_failure *f, const struct l2s_l2tp_msg *m, bool was_up);

/* A failure seen at this end. */
void l2s_l2tp_blame(struct l2s_failure *f, uint32_t cause, const char *step, const char *hint);

#endif
