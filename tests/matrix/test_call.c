/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The call: incoming calls as RFC 2661 has them in 7.4.1 (LAC, our client) and 7.4.2 (LNS, our server). Outgoing ones (7.5) there are
 * none: what asks for one is refused, and of what goes on with one nothing is known. */
#include "matrix/l2tp.h"

#include "l2tp/call.h"

#include <string.h>

static const char *call_state(struct rig *r, const struct rig_lac *l)
{
    struct l2s_l2tp_call *c = l2s_l2tp_call_find(r->end[0].e, RIG_CHANNEL, l->tunnel, l->session);

    return c ? c->fsm.def->states[c->fsm.state] : "over";
}

static void another_call(struct rig *r, struct rig_lac *l)
{
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, OTHER);

    assert_int_equal(rig_say(r, l->tunnel, 0, l->ns++, l->nr++, &m), 0);
}

/* The server has another call in the same tunnel, which is of no interest but keeps it. */
static void reach_call(struct rig *r, struct rig_lac *l, const struct row *row)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;

    memset(l, 0, sizeof *l);
    rig_solo(r);
    r->end[0].serves = !row->client;
    if (row->client && strcmp(row->name, "wait-tunnel") == 0) {
        assert_int_equal(rig_dial(r), L2TPSEC_OK);
        rig_sent(r, 0, &h, &m);
        l->tunnel = m.tunnel_id;
        l->session = ((struct l2s_l2tp_call *)l2s_idtab_get(&r->end[0].e->calls, r->end[0].dialled))->id;
        l->nr = 1;
    } else if (row->client && strcmp(row->name, "wait-reply") == 0) {
        rig_lns_tunnel(r, l);
    } else if (row->client) {
        rig_lns_up(r, l);
    } else if (strcmp(row->name, "wait-connect") == 0) {
        rig_lac_tunnel(r, l);
        m = rig_session(L2S_L2TP_ICRQ, THEIRS);
        assert_int_equal(rig_say(r, l->tunnel, 0, l->ns++, l->nr++, &m), 0);
        rig_sent(r, 0, &h, &m);
        l->session = m.session_id;
        another_call(r, l);
    } else {
        rig_lac_up(r, l);
        another_call(r, l);
    }
    if (strcmp(row->name, "closing") == 0)
        l2s_l2tp_close(r->end[0].e, r->end[0].session, 3, NULL);
    if (strcmp(row->name, "over") == 0) {
        m = rig_cdn(THEIRS, 3, 0);
        assert_int_equal(rig_say(r, l->tunnel, l->session, l->ns++, l->nr, &m), 0);
    }
}

#define OUT_LAC "CDN:2.3 StopCCN:1 failed > closing !unexpected" /* with its last call goes our tunnel */
#define OUT_UP "CDN:2.3 StopCCN:1 down > closing !unexpected"
#define OUT_LNS "CDN:2.3 > closing !unexpected"
#define OUT_UP_LNS "CDN:2.3 down > closing !unexpected"
#define GONE_LAC "StopCCN:7 failed > over !unexpected" /* the tunnel goes, and the call with it */
#define GONE_UP "StopCCN:7 down > over !unexpected"
#define GONE_LNS "StopCCN:7 > over !unexpected"

static const struct row call_rows[] = {
    /* The tunnel is not there yet (7.4.1: wait-tunnel): there is nobody who could know of the call. */
    {"wait-tunnel",
     true,
     0,
     {[SCCRQ] = GONE_LAC,
      [SCCRQ0] = "StopCCN:4 !unexpected",
      [SCCRP] = "SCCCN ICRQ > wait-reply",
      [SCCCN] = GONE_LAC,
      [STOP] = "ZLB failed > over",
      [HELLO] = "-",
      [OCRQ] = GONE_LAC,
      [OCRP] = GONE_LAC,
      [OCCN] = GONE_LAC,
      [ICRQ] = GONE_LAC,
      [ICRP] = GONE_LAC,
      [ICCN] = GONE_LAC,
      [CDN] = GONE_LAC,
      [WEN] = GONE_LAC,
      [SLI] = GONE_LAC,
      [ZLB] = "-",
      [BAD] = "StopCCN:2.8 failed > over !malformed",
      [BADCALL] = GONE_LAC,
      [MUST] = "StopCCN:2.3 failed > over !malformed",
      [MAY] = "!unknown"}},
    /* 7.4.1: ICRP leads on; CDN ends it; "ICRQ, ICCN: send CDN, clean up". */
    {"wait-reply",
     true,
     0,
     {[SCCRQ] = GONE_LAC,
      [SCCRQ0] = "StopCCN:4 !unexpected",
      [SCCRP] = GONE_LAC,
      [SCCCN] = GONE_LAC,
      [STOP] = "ZLB failed > over",
      [HELLO] = "-",
      [OCRQ] = NO_OCRQ,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = NO_OCRQ, /* with an id that is nobody's: another call */
      [ICRP] = "ICCN up > established",
      [ICCN] = OUT_LAC,
      [CDN] = "StopCCN:1 failed > over",
      [WEN] = "-",
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = "StopCCN:2.8 failed > over !malformed",
      [BADCALL] = "CDN:2.8 StopCCN:1 failed > closing !malformed",
      [MUST] = "StopCCN:2.3 failed > over !malformed",
      [MAY] = "!unknown"}},
    {"established",
     true,
     0,
     {[SCCRQ] = GONE_UP,
      [SCCRQ0] = "StopCCN:4 !unexpected",
      [SCCRP] = GONE_UP,
      [SCCCN] = GONE_UP,
      [STOP] = "ZLB down > over",
      [HELLO] = "-",
      [OCRQ] = NO_OCRQ,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = OUT_UP,
      [ICRP] = OUT_UP,
      [ICCN] = OUT_UP,
      [CDN] = "StopCCN:1 down > over",
      [WEN] = "-",
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = "StopCCN:2.8 down > over !malformed",
      [BADCALL] = "CDN:2.8 StopCCN:1 down > closing !malformed",
      [MUST] = "StopCCN:2.3 down > over !malformed",
      [MAY] = "!unknown"}},
    /* With its only call a client closes the tunnel, too, and that is deaf. */
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
    /* 7.4.2: "wait-connect, ICRQ, ICRP: send CDN, clean up"; no session before ICCN. */
    {"wait-connect",
     false,
     0,
     {[SCCRQ] = GONE_LNS,
      [SCCRQ0] = "!duplicate",
      [SCCRP] = GONE_LNS,
      [SCCCN] = GONE_LNS,
      [STOP] = "ZLB > over",
      [HELLO] = "-",
      [OCRQ] = NO_OCRQ,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = OUT_LNS,
      [ICRP] = OUT_LNS,
      [ICCN] = "up > established",
      [CDN] = "> over",
      [WEN] = "-",
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = "StopCCN:2.8 > over !malformed",
      [BADCALL] = "CDN:2.8 > closing !malformed",
      [MUST] = "StopCCN:2.3 > over !malformed",
      [MAY] = "!unknown"}},
    {"established",
     false,
     0,
     {[SCCRQ] = GONE_UP,
      [SCCRQ0] = "!duplicate",
      [SCCRP] = GONE_UP,
      [SCCCN] = GONE_UP,
      [STOP] = "ZLB down > over",
      [HELLO] = "-",
      [OCRQ] = NO_OCRQ,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = OUT_UP_LNS,
      [ICRP] = OUT_UP_LNS,
      [ICCN] = OUT_UP_LNS,
      [CDN] = "down > over",
      [WEN] = "-",
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = "StopCCN:2.8 down > over !malformed",
      [BADCALL] = "CDN:2.8 down > closing !malformed",
      [MUST] = "StopCCN:2.3 down > over !malformed",
      [MAY] = "!unknown"}},
    /* Its CDN is not acknowledged: only the peer's own ends it sooner. */
    {"closing",
     false,
     0,
     {[SCCRQ] = GONE_UP,
      [SCCRQ0] = "!duplicate",
      [SCCRP] = GONE_UP,
      [SCCCN] = GONE_UP,
      [STOP] = "ZLB down > over",
      [HELLO] = "-",
      [OCRQ] = NO_OCRQ,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = DEAF,
      [ICRP] = DEAF,
      [ICCN] = DEAF,
      [CDN] = "down > over",
      [WEN] = "-",
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = "StopCCN:2.8 down > over !malformed",
      [BADCALL] = "!malformed",
      [MUST] = "StopCCN:2.3 down > over !malformed",
      [MAY] = "!unknown"}},
    /* Its ids are nobody's (7.4.2, idle): an ICRQ is a new call's. */
    {"over",
     false,
     0,
     {[SCCRQ] = "StopCCN:7 !unexpected",
      [SCCRQ0] = "!duplicate",
      [SCCRP] = "StopCCN:7 !unexpected",
      [SCCCN] = "StopCCN:7 !unexpected",
      [STOP] = "ZLB",
      [HELLO] = "-",
      [OCRQ] = NO_OCRQ,
      [OCRP] = DEAF,
      [OCCN] = DEAF,
      [ICRQ] = "ICRP",
      [ICRP] = "!session",
      [ICCN] = "!session",
      [CDN] = "!session",
      [WEN] = "-",
      [SLI] = "-",
      [ZLB] = "-",
      [BAD] = "StopCCN:2.8 !malformed",
      [BADCALL] = "CDN:2.8 !malformed",
      [MUST] = "StopCCN:2.3 !malformed",
      [MAY] = "!unknown"}},
};

/* A call is in idle only within the step that makes it: the rows of the tunnel's idle, and of over here, are its idle, too. */
static const struct row never_seen = {.name = "idle"};

static void every_control_message_in_every_state_of_a_call(void **state)
{
    struct row all[L2S_COUNT_OF(call_rows) + 1];
    struct matrix m = {.machine = "L2TP call"};
    const struct l2s_fsm_def *def = NULL;
    struct rig_lac l;
    struct rig r;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(call_rows); i++) {
        for (unsigned c = 0; c < COLUMNS; c++) {
            reach_call(&r, &l, &call_rows[i]);
            const struct l2s_l2tp_call *call = l2s_l2tp_call_find(r.end[0].e, RIG_CHANNEL, l.tunnel, l.session);
            def = call ? call->fsm.def : def;
            cell(&m, &r, &l, &call_rows[i], c, l.session, call_state);
            rig_fini(&r);
        }
    }
    memcpy(all, call_rows, sizeof call_rows);
    all[L2S_COUNT_OF(call_rows)] = never_seen;
    assert_non_null(def);
    assert_complete(&m, def, all, L2S_COUNT_OF(all));
    matrix_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_control_message_in_every_state_of_a_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
