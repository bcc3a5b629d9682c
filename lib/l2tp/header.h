/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The header common to control and data messages (RFC 2661, 3.1). Read leniently, written in one form only. */
#ifndef L2S_L2TP_HEADER_H
#define L2S_L2TP_HEADER_H

#include "wire/rd.h"
#include "wire/wr.h"

#include <stdbool.h>
#include <stdint.h>

#define L2S_L2TP_CONTROL_HEADER 12u /* flags, length, tunnel, session, Ns, Nr */
#define L2S_L2TP_DATA_HEADER 8u     /* flags, length, tunnel, session */
#define L2S_L2TP_NUMBERS 4u         /* Ns and Nr, behind it when it is numbered */
#define L2S_L2TP_NR_AT 10u          /* where Nr stands in a control header: retransmissions bring it up to date (5.8) */

struct l2s_l2tp_header {
    bool control;             /* T */
    bool numbered;            /* S */
    uint16_t tunnel, session; /* the recipient's ids */
    uint16_t ns, nr;          /* zero when S is not set */
    struct l2s_rd body;       /* AVPs, or the PPP frame; what follows Length is cut off */
};

/* 0, or the L2TPSEC_DROP_ value that says why not. */
uint32_t l2s_l2tp_header_get(const uint8_t *p, size_t n, struct l2s_l2tp_header *out);

/* A control header; its length is filled in by close, when the AVPs stand behind it. */
void l2s_l2tp_header_open(struct l2s_wr *w, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr);
void l2s_l2tp_header_close(struct l2s_wr *w);

/* A data header with L set, with S if it is to be numbered; the length and Ns are left zero. */
void l2s_l2tp_header_put_data(struct l2s_wr *w, uint16_t tunnel, uint16_t session, bool numbered);

#endif
