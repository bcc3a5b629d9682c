/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The state table of a control connection (RFC 2661, 7.2.1), and what is done on its edges. */
#ifndef L2S_L2TP_TUNNEL_TABLE_H
#define L2S_L2TP_TUNNEL_TABLE_H

#include "base/fsm.h"

enum {
    L2S_TUNNEL_NONE,
    L2S_TUNNEL_IDLE,
    L2S_TUNNEL_WAIT_REPLY,
    L2S_TUNNEL_WAIT_CONN,
    L2S_TUNNEL_UP,
    L2S_TUNNEL_CLOSING,
    L2S_TUNNEL_OVER,
    L2S_TUNNEL_COUNT
};
enum {
    L2S_TUNNEL_E_OPEN,
    L2S_TUNNEL_E_SCCRQ,
    L2S_TUNNEL_E_SCCRP,
    L2S_TUNNEL_E_SCCCN,
    L2S_TUNNEL_E_HELLO,
    L2S_TUNNEL_E_CALL,
    L2S_TUNNEL_E_STOP,
    L2S_TUNNEL_E_BAD,
    L2S_TUNNEL_E_CLOSE,
    L2S_TUNNEL_E_STOP_ACKED,
    L2S_TUNNEL_E_TIMER,
    L2S_TUNNEL_E_DEAD,
    L2S_TUNNEL_E_COUNT
};
extern const struct l2s_fsm_def l2s_l2tp_tunnel_fsm;

/* self is a struct l2s_l2tp_tunnel, arg what came with the event; in tunnel.c. */
int l2s_tunnel_send_sccrq(void *self, const void *arg);
int l2s_tunnel_send_sccrp(void *self, const void *arg);
int l2s_tunnel_recv_sccrp(void *self, const void *arg);
int l2s_tunnel_recv_scccn(void *self, const void *arg);
int l2s_tunnel_recv_call(void *self, const void *arg);
int l2s_tunnel_recv_stop(void *self, const void *arg);
int l2s_tunnel_wrong_time(void *self, const void *arg);
int l2s_tunnel_bad_message(void *self, const void *arg);
int l2s_tunnel_send_stop(void *self, const void *arg);
int l2s_tunnel_set_up_too_late(void *self, const void *arg);
int l2s_tunnel_waited_enough(void *self, const void *arg);
int l2s_tunnel_linger(void *self, const void *arg);
int l2s_tunnel_forget(void *self, const void *arg);
int l2s_tunnel_vanished(void *self, const void *arg);

#endif
