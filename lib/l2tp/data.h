/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The data messages of a call (RFC 2661, 5.3 and 5.4): whose they are, and which of them bear numbers. */
#ifndef L2S_L2TP_DATA_H
#define L2S_L2TP_DATA_H

#include "l2tp/call.h"
#include "l2tp/header.h"

void l2s_l2tp_data_init(struct l2s_l2tp_call *c); /* its timer is reserved by the call */
void l2s_l2tp_data_fini(struct l2s_l2tp_call *c);

/* The call is connected and its owner knows: what came early comes as if it had been overdue. */
void l2s_l2tp_data_begin(struct l2s_l2tp_call *c);

/* The peer sent Sequencing Required (4.4.5): all our data has numbers, for good. */
void l2s_l2tp_data_demanded(struct l2s_l2tp_call *c);

enum l2s_l2tp_kind l2s_l2tp_data_recv(struct l2s_l2tp *e, uint64_t channel, const struct l2s_l2tp_header *h,
                                      struct l2s_l2tp_rx *out);

#endif
