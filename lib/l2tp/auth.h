/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Tunnel authentication (RFC 2661, 5.1.1 and 4.4.3): CHAP with the message type as its identifier. */
#ifndef L2S_L2TP_AUTH_H
#define L2S_L2TP_AUTH_H

#include "l2tp/l2tp.h"
#include "l2tp/message.h"

#define L2S_L2TP_RESPONSE 16u

/* MD5(type, secret, challenge) */
int l2s_l2tp_auth_response(struct l2s_crypto *crypto, uint8_t type, const uint8_t *secret, size_t secret_len,
                           struct l2s_rd challenge, uint8_t out[L2S_L2TP_RESPONSE]);

/* Whether an LNS asks the sender of this SCCRQ for a proof. */
bool l2s_l2tp_auth_demanded(const struct l2s_l2tp_config *cfg, const struct l2s_l2tp_msg *sccrq);

/* Is the answer in SCCRP or SCCCN right (challenge NULL: none was sent), and can we answer the peer's challenge?
 * L2TPSEC_EAUTH: no; L2TPSEC_ENOENT: we have no secret; anything else: the provider failed. */
int l2s_l2tp_auth_check(struct l2s_crypto *crypto, const struct l2s_l2tp_config *cfg, const uint8_t *challenge,
                        const struct l2s_l2tp_msg *m);

#endif
