/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The control connection (RFC 2661, 7.2.1), either side of it. */
#include "matrix/l2tp.h"

#include "l2tp/call.h"
#include "l2tp/tunnel_table.h"

#include <string.h>

static struct l2s_l2tp_tunnel *tunnel_of(struct rig *r)
{
    struct l2s_l2tp_path *p = l2s_l2tp_path_find(r->end[0].e, RIG_CHANNEL);

    return p && !l2s_list_empty(&p->tunnels) ? L2S_LIST_ENTRY(p->tunnels.next, struct l2s_l2tp_tunnel, node) : NULL;
}

static const char *tunnel_state(struct rig *r, const struct rig_lac *l)
{
    const struct l2s_l2tp_tunnel *t = tunnel_of(r);

    (void)l;
    return t ? t->fsm.def->states[t->fsm.state] : "idle";
}

enum { NAMED, NAMELESS }; /* idle: for a tunnel id we never gave, or for none */

static void reach_tunnel(struct rig *r, struct rig_lac *l, const struct row *row)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);

    memset(l, 0, sizeof *l);
    rig_solo(r);
    r->end[0].serves = !row->client;
    if (strcmp(row->name, "idle") == 0) {
        l->tunnel = row->how == NAMED ? 4711 : 0;
        return;
    }
    bool waits = strncmp(row->name, "wait", 4) == 0;
    if (row->client && waits) {
        assert_int_equal(rig_dial(r), L2TPSEC_OK);
        l->nr = 1;
    } else if (row->client) {
        rig_lns_tunnel(r, l);
        l->session = 0;
    } else if (waits) {
        assert_int_equal(rig_say(r, 0, 0, 0, 0, &m), 0);
        l->ns = 1;
        l->nr = 1;
    } else if (strcmp(row->name, "established") == 0) {
        rig_lac_tunnel(r, l);
    } else {
        rig_lac_up(r, l);
        l->session = 0;
    }
    if (waits) {
        rig_sent(r, 0, &h, &m);
        l->tunnel = m.tunnel_id;
        return;
    }
    if (strcmp(row->name, "established") == 0)
        return;
    l2s_l2tp_close(r->end[0].e, row->client ? r->end[0].dialled : r->end[0].session, 3, NULL);
    if (strcmp(row->name, "over") == 0) {
        m = rig_stop(77, 1, 0);
        assert_int_equal(rig_say(r, l->tunnel, 0, l->ns++, l->nr, &m), 0);
    }
}

#define FSM_0 "StopCCN:7 > closing !unexpected"        /* out of turn: clean up (7.2.1) */
#define FSM_1 "StopCCN:7 failed > closing !unexpected" /* and the call of ours that waits is told */
#define BAD_0 "StopCCN:2.8 > closing !malformed"       /* general error, unknown AVP (4.1, 4.4.2) */
#define BAD_1 "StopCCN:2.8 failed > closing !malformed"
#define MUST_0 "StopCCN:2.3 > closing !malformed" /* 4.4.1 names no code: a value out of range */
#define MUST_1 "StopCCN:2.3 failed > closing !malformed"
#define MUST_0 "StopCCN:2.3 > closing !malformed" /* 4.4.1 names no code: a value out of range */
#define MUST_1 "StopCCN:2.3 failed > closing !malformed"

static const struct row tunnel_rows[] = {
    /* Nobody: only an SCCRQ makes a tunnel, and only at a server (7.2.1: "idle, Receive SCCRQ, acceptable"). There are no tunnels
     * without an id, so nothing else means anything: it is counted and gets no word (an answer would help to find us). */
    {"idle", false, NAMED, {"!tunnel", "SCCRP > wait-ctl-conn",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel",
                            "!tunnel", "!tunnel"}},
    {"idle",
     false,
     NAMELESS,
     {"SCCRP > wait-ctl-conn",
      "SCCRP > wait-ctl-conn",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel"}},
    /* "Not acceptable: send StopCCN" with result 4, not authorised (4.4.2). */
    {"idle",
     true,
     NAMELESS,
     {"StopCCN:4 !unexpected",
      "StopCCN:4 !unexpected",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel",
      "!tunnel"}},
    /* The answer opens it, and the call follows; nothing else may come. A keep-alive is no harm (6.5). */
    {"wait-ctl-reply",
     true,
     0,
     {[SCCRQ] = FSM_1,
      [SCCRQ0] = "StopCCN:4 !unexpected",
      [SCCRP] = "SCCCN ICRQ > established",
      [SCCCN] = FSM_1,
      [STOP] = "ZLB failed > over",
      [HELLO] = "-",
      [OCRQ] = FSM_1,
      [OCRP] = FSM_1,
      [OCCN] = FSM_1,
      [ICRQ] = FSM_1,
      [ICRP] = FSM_1,
      [ICCN] = FSM_1,
      [CDN] = FSM_1,
      [WEN] = FSM_1,
      [SLI] = FSM_1,
      [ZLB] = "-",
      [BAD] = BAD_1,
      [BADCALL] = FSM_1,
      [MUST] = MUST_1,
      [MAY] = "!unknown"}},
    /* Authentication gate: no call before SCCCN has proven the peer (5.1.1, 7.2.1). */
    {"wait-ctl-conn",
     false,
     0,
     {[SCCRQ] = FSM_0,       [SCCRQ0] = "!duplicate", [SCCRP] = FSM_0, [SCCCN] = "> established",
      [STOP] = "ZLB > over", [HELLO] = "-",           [OCRQ] = FSM_0,  [OCRP] = FSM_0,
      [OCCN] = FSM_0,        [ICRQ] = FSM_0,          [ICRP] = FSM_0,  [ICCN] = FSM_0,
      [CDN] = FSM_0,         [WEN] = FSM_0,           [SLI] = FSM_0,   [ZLB] = "-",
      [BAD] = BAD_0,         [BADCALL] = FSM_0,       [MUST] = MUST_0, [MAY] = "!unknown"}},
    /* "Receive SCCRQ, SCCRP, SCCCN: send StopCCN, clean up." Of calls there is ours that waits for ICRP; these are about others. */
    {"established",
     true,
     0,
     {[SCCRQ] = FSM_1,
      [SCCRQ0] = "StopCCN:4 !unexpected",
      [SCCRP] = FSM_1,
      [SCCCN] = FSM_1,
      [STOP] = "ZLB failed > over",
      [HELLO] = "-",
      [OCRQ] = NO_OCRQ,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = NO_OCRQ,
      [ICRP] = "!session",
      [ICCN] = "!session",
      [CDN] = "!session",
      [WEN] = "-", /* of a line; no answer is due (6.13, 6.14) */
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = BAD_1,
      [BADCALL] = "CDN:2.8 !malformed", /* of a call: the call, not the tunnel (4.1) */
      [MUST] = MUST_1,
      [MAY] = "!unknown"}},
    {"established", false, 0, {[SCCRQ] = FSM_0,       [SCCRQ0] = "!duplicate",
                               [SCCRP] = FSM_0,       [SCCCN] = FSM_0,
                               [STOP] = "ZLB > over", [HELLO] = "-",
                               [OCRQ] = NO_OCRQ,      [OCRP] = DEAF,
                               [OCCN] = DEAF,         [ICRQ] = "ICRP",
                               [ICRP] = "!session",   [ICCN] = "!session",
                               [CDN] = "!session",    [WEN] = "-",
                               [SLI] = "-",           [ZLB] = "-",
                               [BAD] = BAD_0,         [BADCALL] = "CDN:2.8 !malformed",
                               [MUST] = MUST_0,       [MAY] = "!unknown"}},
    /* Cleaned up, but our StopCCN is not acknowledged yet: nothing is taken but the peer's own. */
    {"closing",
     true,
     0,
     {[SCCRQ] = DEAF,
      [SCCRQ0] = "StopCCN:4 !unexpected",
      [SCCRP] = DEAF,
      [SCCCN] = DEAF,
      [STOP] = "ZLB down > over",
      [HELLO] = DEAF,
      [OCRQ] = DEAF,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = DEAF,
      [ICRP] = DEAF,
      [ICCN] = DEAF,
      [CDN] = DEAF,
      [WEN] = DEAF,
      [SLI] = DEAF,
      [ZLB] = "-",
      [BAD] = DEAF,
      [BADCALL] = DEAF,
      [MUST] = DEAF,
      [MAY] = "!unknown"}},
    {"closing",
     false,
     0,
     {[SCCRQ] = DEAF,
      [SCCRQ0] = "!duplicate",
      [SCCRP] = DEAF,
      [SCCCN] = DEAF,
      [STOP] = "ZLB down > over",
      [HELLO] = DEAF,
      [OCRQ] = DEAF,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = DEAF,
      [ICRP] = DEAF,
      [ICCN] = DEAF,
      [CDN] = DEAF,
      [WEN] = DEAF,
      [SLI] = DEAF,
      [ZLB] = "-",
      [BAD] = DEAF,
      [BADCALL] = DEAF,
      [MUST] = DEAF,
      [MAY] = "!unknown"}},
    /* All is said. What the peer repeats is acknowledged (5.7), and means nothing. A new SCCRQ begins anew. */
    {"over",
     true,
     0,
     {[SCCRQ0] = "StopCCN:4 !unexpected",
      [SCCRQ] = "-",
      [SCCRP] = "-",
      [SCCCN] = "-",
      [STOP] = "-",
      [HELLO] = "-",
      [OCRQ] = "-",
      [OCRP] = "-",
      [OCCN] = "-",
      [ICRQ] = "-",
      [ICRP] = "-",
      [ICCN] = "-",
      [CDN] = "-",
      [WEN] = "-",
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = "-",
      [BADCALL] = "-",
      [MUST] = "-",
      [MAY] = "-"}},
    {"over",
     false,
     0,
     {[SCCRQ0] = "SCCRP", [SCCRQ] = "-", [SCCRP] = "-", [SCCCN] = "-",   [STOP] = "-", [HELLO] = "-", [OCRQ] = "-",
      [OCRP] = "-",       [OCCN] = "-",  [ICRQ] = "-",  [ICRP] = "-",    [ICCN] = "-", [CDN] = "-",   [WEN] = "-",
      [SLI] = "-",        [ZLB] = "-",   [BAD] = "-",   [BADCALL] = "-", [MUST] = "-", [MAY] = "-"}},
};

static void every_control_message_in_every_state_of_a_tunnel(void **state)
{
    struct matrix m = {.machine = "L2TP tunnel"};
    struct rig_lac l;
    struct rig r;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(tunnel_rows); i++) {
        for (unsigned c = 0; c < COLUMNS; c++) {
            reach_tunnel(&r, &l, &tunnel_rows[i]);
            cell(&m, &r, &l, &tunnel_rows[i], c, 0, tunnel_state);
            rig_fini(&r);
        }
    }
    assert_complete(&m, &l2s_l2tp_tunnel_fsm, tunnel_rows, L2S_COUNT_OF(tunnel_rows));
    matrix_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_control_message_in_every_state_of_a_tunnel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
