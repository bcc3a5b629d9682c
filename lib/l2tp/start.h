/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The three messages that set up a tunnel, judged and written (RFC 2661, 6.1 to 6.3). */
#ifndef L2S_L2TP_START_H
#define L2S_L2TP_START_H

#include "l2tp/tunnel.h"

/* What makes one of them not acceptable: how StopCCN says it, and how our host hears it. */
struct l2s_l2tp_objection {
    uint16_t result, error;
    const char *words;
    uint32_t cause;
    const char *hint;
};

/* The first objection to an SCCRQ, SCCRP or SCCCN, NULL when it is acceptable. challenge: ours, that it must answer;
 * NULL for none. */
const struct l2s_l2tp_objection *l2s_l2tp_start_object(struct l2s_crypto *crypto, const struct l2s_l2tp_config *cfg,
                                                       const uint8_t *challenge, const struct l2s_l2tp_msg *m);

int l2s_l2tp_start_sccrq(struct l2s_l2tp_tunnel *t);
int l2s_l2tp_start_sccrp(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *sccrq);
int l2s_l2tp_start_scccn(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *sccrp);

#endif
