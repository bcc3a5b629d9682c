/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/order.h"

#include "base/wipe.h"

#include <string.h>

struct l2s_l2tp_order *l2s_l2tp_order_new(struct l2s_mem *mem)
{
    return l2s_mem_new(mem, sizeof(struct l2s_l2tp_order));
}

void l2s_l2tp_order_free(struct l2s_mem *mem, struct l2s_l2tp_order *o)
{
    if (o)
        l2s_wipe(o, sizeof *o);
    l2s_mem_free(mem, o);
}

/* How far b stands behind a, modulo 2^16 (RFC 2661, 5.8): negative when it stands before it. */
static int distance(uint16_t a, uint16_t b)
{
    unsigned d = (b - (unsigned)a) & 0xffffu;

    return d < 0x8000 ? (int)d : (int)d - 0x10000;
}

static enum l2s_l2tp_turn go_on_behind(struct l2s_l2tp_order *o, uint16_t number, enum l2s_l2tp_turn turn)
{
    o->next = (uint16_t)(number + 1);
    o->late = 0;
    return turn;
}

/* A peer that lost count would be silenced for half the numbers there are, were it not believed at last. */
static enum l2s_l2tp_turn late(struct l2s_l2tp_order *o, uint16_t number)
{
    o->late = o->late && distance(o->last, number) == 1 ? (uint16_t)(o->late + 1) : 1;
    o->last = number;
    if (o->late < L2S_L2TP_ORDER_RESYNC)
        return L2S_L2TP_LATE;
    for (unsigned i = 0; i < L2S_L2TP_ORDER_WINDOW; i++)
        o->slot[i].len = 0; /* numbers of the old count */
    o->held = 0;
    return go_on_behind(o, number, L2S_L2TP_NOW);
}

static enum l2s_l2tp_turn hold(struct l2s_l2tp_order *o, uint16_t number, struct l2s_rd frame)
{
    unsigned at = number % L2S_L2TP_ORDER_WINDOW;

    if (o->slot[at].len)
        return L2S_L2TP_LATE; /* within the window that is the same number */
    o->slot[at].number = number;
    o->slot[at].len = (uint16_t)frame.left;
    memcpy(o->slot[at].bytes, frame.p, frame.left);
    o->held++;
    return L2S_L2TP_WAIT;
}

enum l2s_l2tp_turn l2s_l2tp_order_take(struct l2s_l2tp_order *o, uint16_t number, struct l2s_rd frame)
{
    int ahead = distance(o->next, number);

    if (ahead < 0)
        return late(o, number);
    if (ahead == 0)
        return go_on_behind(o, number, L2S_L2TP_NOW);
    if (ahead >= (int)L2S_L2TP_ORDER_WINDOW || !frame.left || frame.left > L2S_L2TP_ORDER_FRAME)
        return go_on_behind(o, number, L2S_L2TP_AFTER);
    return hold(o, number, frame);
}

/* The slot of the lowest number that waits; there is one. */
static unsigned first(const struct l2s_l2tp_order *o)
{
    unsigned best = L2S_L2TP_ORDER_WINDOW;

    for (unsigned i = 0; i < L2S_L2TP_ORDER_WINDOW; i++) {
        if (o->slot[i].len && (best == L2S_L2TP_ORDER_WINDOW || distance(o->slot[best].number, o->slot[i].number) < 0))
            best = i;
    }
    return best;
}

size_t l2s_l2tp_order_pull(struct l2s_l2tp_order *o, uint8_t out[L2S_L2TP_ORDER_FRAME])
{
    if (!o->held)
        return 0;
    unsigned at = first(o);
    size_t n = o->slot[at].len;
    if (distance(o->next, o->slot[at].number) > 0)
        return 0;
    if (o->slot[at].number == o->next)
        o->next++;
    memcpy(out, o->slot[at].bytes, n);
    o->slot[at].len = 0;
    o->held--;
    return n;
}

void l2s_l2tp_order_give_up(struct l2s_l2tp_order *o)
{
    if (o->held)
        o->next = o->slot[first(o)].number;
}
