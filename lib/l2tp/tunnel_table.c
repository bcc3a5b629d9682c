/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/tunnel_table.h"

#include <stddef.h>

static const char *const state_names[L2S_TUNNEL_COUNT] = {
    [L2S_TUNNEL_NONE] = "none",
    [L2S_TUNNEL_IDLE] = "idle",
    [L2S_TUNNEL_WAIT_REPLY] = "wait-ctl-reply",
    [L2S_TUNNEL_WAIT_CONN] = "wait-ctl-conn",
    [L2S_TUNNEL_UP] = "established",
    [L2S_TUNNEL_CLOSING] = "closing",
    [L2S_TUNNEL_OVER] = "over",
};

static const char *const event_names[L2S_TUNNEL_E_COUNT] = {
    [L2S_TUNNEL_E_OPEN] = "open",    [L2S_TUNNEL_E_SCCRQ] = "SCCRQ",
    [L2S_TUNNEL_E_SCCRP] = "SCCRP",  [L2S_TUNNEL_E_SCCCN] = "SCCCN",
    [L2S_TUNNEL_E_HELLO] = "Hello",  [L2S_TUNNEL_E_CALL] = "call",
    [L2S_TUNNEL_E_STOP] = "StopCCN", [L2S_TUNNEL_E_BAD] = "bad message",
    [L2S_TUNNEL_E_CLOSE] = "close",  [L2S_TUNNEL_E_STOP_ACKED] = "StopCCN acknowledged",
    [L2S_TUNNEL_E_TIMER] = "timer",  [L2S_TUNNEL_E_DEAD] = "no answer",
};

/* RFC 2661, 7.2.1. "Not acceptable" is found out by the actions, which then close. The RFC's idle behind a StopCCN is
 * closing, until it is acknowledged, and over, while the peer may still repeat itself (5.7). */
static const struct l2s_edge edges[L2S_TUNNEL_COUNT * L2S_TUNNEL_E_COUNT] = {
#define ON(state, event) [L2S_TUNNEL_##state * L2S_TUNNEL_E_COUNT + L2S_TUNNEL_E_##event]
    ON(IDLE, OPEN) = {L2S_TUNNEL_WAIT_REPLY, l2s_tunnel_send_sccrq},
    ON(IDLE, SCCRQ) = {L2S_TUNNEL_WAIT_CONN, l2s_tunnel_send_sccrp},

    ON(WAIT_REPLY, SCCRP) = {L2S_TUNNEL_UP, l2s_tunnel_recv_sccrp},
    ON(WAIT_REPLY, SCCRQ) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(WAIT_REPLY, SCCCN) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(WAIT_REPLY, CALL) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(WAIT_REPLY, HELLO) = {L2S_TUNNEL_WAIT_REPLY, NULL},
    ON(WAIT_REPLY, STOP) = {L2S_TUNNEL_OVER, l2s_tunnel_recv_stop},
    ON(WAIT_REPLY, BAD) = {L2S_TUNNEL_CLOSING, l2s_tunnel_bad_message},
    ON(WAIT_REPLY, CLOSE) = {L2S_TUNNEL_CLOSING, l2s_tunnel_send_stop},
    ON(WAIT_REPLY, TIMER) = {L2S_TUNNEL_CLOSING, l2s_tunnel_set_up_too_late},
    ON(WAIT_REPLY, DEAD) = {L2S_TUNNEL_OVER, l2s_tunnel_vanished},

    ON(WAIT_CONN, SCCCN) = {L2S_TUNNEL_UP, l2s_tunnel_recv_scccn},
    ON(WAIT_CONN, SCCRQ) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(WAIT_CONN, SCCRP) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(WAIT_CONN, CALL) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(WAIT_CONN, HELLO) = {L2S_TUNNEL_WAIT_CONN, NULL},
    ON(WAIT_CONN, STOP) = {L2S_TUNNEL_OVER, l2s_tunnel_recv_stop},
    ON(WAIT_CONN, BAD) = {L2S_TUNNEL_CLOSING, l2s_tunnel_bad_message},
    ON(WAIT_CONN, CLOSE) = {L2S_TUNNEL_CLOSING, l2s_tunnel_send_stop},
    ON(WAIT_CONN, TIMER) = {L2S_TUNNEL_CLOSING, l2s_tunnel_set_up_too_late},
    ON(WAIT_CONN, DEAD) = {L2S_TUNNEL_OVER, l2s_tunnel_vanished},

    ON(UP, CALL) = {L2S_TUNNEL_UP, l2s_tunnel_recv_call},
    ON(UP, HELLO) = {L2S_TUNNEL_UP, NULL},
    ON(UP, SCCRQ) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(UP, SCCRP) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(UP, SCCCN) = {L2S_TUNNEL_CLOSING, l2s_tunnel_wrong_time},
    ON(UP, STOP) = {L2S_TUNNEL_OVER, l2s_tunnel_recv_stop},
    ON(UP, BAD) = {L2S_TUNNEL_CLOSING, l2s_tunnel_bad_message},
    ON(UP, CLOSE) = {L2S_TUNNEL_CLOSING, l2s_tunnel_send_stop},
    ON(UP, TIMER) = {L2S_TUNNEL_CLOSING, l2s_tunnel_send_stop}, /* no call has come for a while */
    ON(UP, DEAD) = {L2S_TUNNEL_OVER, l2s_tunnel_vanished},

    ON(CLOSING, STOP) = {L2S_TUNNEL_OVER, l2s_tunnel_recv_stop},
    ON(CLOSING, STOP_ACKED) = {L2S_TUNNEL_OVER, l2s_tunnel_linger},
    ON(CLOSING, TIMER) = {L2S_TUNNEL_CLOSING, l2s_tunnel_waited_enough},
    ON(CLOSING, DEAD) = {L2S_TUNNEL_OVER, l2s_tunnel_vanished},

    ON(OVER, TIMER) = {L2S_TUNNEL_OVER, l2s_tunnel_forget},
#undef ON
};

const struct l2s_fsm_def l2s_l2tp_tunnel_fsm = {.wing = "l2tp",
                                                .name = "tunnel",
                                                .states = state_names,
                                                .events = event_names,
                                                .n_states = L2S_TUNNEL_COUNT,
                                                .n_events = L2S_TUNNEL_E_COUNT,
                                                .edges = edges};
