/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The receiving side of data that bears sequence numbers (RFC 2661, 5.4): a small window in which frames that overtook
 * others wait for them. It knows numbers and bytes, nothing of sessions and clocks. */
#ifndef L2S_L2TP_ORDER_H
#define L2S_L2TP_ORDER_H

#include "base/mem.h"
#include "l2tp/l2tp.h"

#include <stdbool.h>
#include <stdint.h>

#define L2S_L2TP_ORDER_WINDOW 8u
#define L2S_L2TP_ORDER_FRAME L2S_L2TP_FRAME_MAX /* a longer frame does not wait, and nothing waits for it */
#define L2S_L2TP_ORDER_RESYNC                                                                                          \
    4u /* so many late frames in a row, each the next of the one before: the peer counts anew */

struct l2s_l2tp_order {
    uint16_t next; /* the number that is due */
    uint16_t last; /* the late frame before */
    uint16_t late; /* late frames in a row */
    unsigned held; /* frames that wait */
    struct {
        uint16_t number, len; /* len 0: none */
        uint8_t bytes[L2S_L2TP_ORDER_FRAME];
    } slot[L2S_L2TP_ORDER_WINDOW];
};

enum l2s_l2tp_turn {
    L2S_L2TP_NOW,   /* it is due: to be handed on, and then what l2s_l2tp_order_pull has */
    L2S_L2TP_AFTER, /* what l2s_l2tp_order_pull has, and then this: those before it are given up */
    L2S_L2TP_WAIT,  /* copied: it will come by l2s_l2tp_order_pull */
    L2S_L2TP_LATE   /* its place was given up, or it came before */
};

struct l2s_l2tp_order *l2s_l2tp_order_new(struct l2s_mem *mem);
void l2s_l2tp_order_free(struct l2s_mem *mem, struct l2s_l2tp_order *o); /* NULL: nothing */

enum l2s_l2tp_turn l2s_l2tp_order_take(struct l2s_l2tp_order *o, uint16_t number, struct l2s_rd frame);

/* The first frame that waits no longer, and how long it is; 0: none. To be asked, until there is none, after each take
 * and give_up. */
size_t l2s_l2tp_order_pull(struct l2s_l2tp_order *o, uint8_t out[L2S_L2TP_ORDER_FRAME]);

/* The time is up: nothing is waited for any more up to the first frame that is there. */
void l2s_l2tp_order_give_up(struct l2s_l2tp_order *o);

#endif
