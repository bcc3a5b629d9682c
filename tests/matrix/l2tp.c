/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "matrix/l2tp.h"

#include <stdio.h>
#include <string.h>

const char *const column_names[COLUMNS] = {
    [SCCRQ] = "SCCRQ",
    [SCCRQ0] = "SCCRQ to tunnel 0",
    [SCCRP] = "SCCRP",
    [SCCCN] = "SCCCN",
    [STOP] = "StopCCN",
    [HELLO] = "Hello",
    [OCRQ] = "OCRQ",
    [OCRP] = "OCRP",
    [OCCN] = "OCCN",
    [ICRQ] = "ICRQ",
    [ICRP] = "ICRP",
    [ICCN] = "ICCN",
    [CDN] = "CDN",
    [WEN] = "WEN",
    [SLI] = "SLI",
    [ZLB] = "ZLB",
    [BAD] = "Hello with an unknown mandatory AVP",
    [BADCALL] = "ICRQ with an unknown mandatory AVP",
    [MUST] = "unknown mandatory type",
    [MAY] = "unknown type",
};

static const uint16_t types[COLUMNS] = {
    [SCCRQ] = L2S_L2TP_SCCRQ,
    [SCCRQ0] = L2S_L2TP_SCCRQ,
    [SCCRP] = L2S_L2TP_SCCRP,
    [SCCCN] = L2S_L2TP_SCCCN,
    [STOP] = L2S_L2TP_STOPCCN,
    [HELLO] = L2S_L2TP_HELLO,
    [OCRQ] = L2S_L2TP_OCRQ,
    [OCRP] = L2S_L2TP_OCRP,
    [OCCN] = L2S_L2TP_OCCN,
    [ICRQ] = L2S_L2TP_ICRQ,
    [ICRP] = L2S_L2TP_ICRP,
    [ICCN] = L2S_L2TP_ICCN,
    [CDN] = L2S_L2TP_CDN,
    [WEN] = L2S_L2TP_WEN,
    [SLI] = L2S_L2TP_SLI,
    [ZLB] = 0,
    [BAD] = L2S_L2TP_HELLO,
    [BADCALL] = L2S_L2TP_ICRQ,
    [MUST] = 99,
    [MAY] = 99,
};

static size_t avps_of(enum column c, const struct rig_lac *l, uint8_t out[256])
{
    static const uint8_t unknown[] = {0x80, 0x08, 0, 9, 0, 5, 1, 2};
    struct l2s_wr w = l2s_wr_init(out, 256);
    struct l2s_l2tp_msg m = rig_plain(types[c]);

    switch (c) {
    case SCCRQ:
    case SCCRQ0:
        m = rig_sccrq(77);
        break;
    case SCCRP:
        m = rig_sccrp(77);
        break;
    case STOP:
        m = rig_stop(77, 1, 0);
        break;
    case CDN:
        m = rig_cdn(THEIRS, 3, 0);
        break;
    case ICRQ:
    case OCRQ:
    case ICRP:
    case OCRP:
    case BADCALL:
        m = rig_session(types[c], l->session ? THEIRS : OTHER);
        break;
    case ZLB:
        return 0;
    case MUST:
    case MAY:
        l2s_wr_u16(&w, c == MUST ? 0x8008 : 0x0008);
        l2s_wr_u32(&w, 0);
        l2s_wr_u16(&w, 99);
        return w.len;
    default:
        break;
    }
    l2s_l2tp_msg_put(&w, &m);
    if (c == BAD || c == BADCALL)
        l2s_wr_bytes(&w, unknown, sizeof unknown);
    assert_false(w.bad);
    return w.len;
}

/* In the order of the log; the result codes of good-byes behind them. */
static void note_sent(const struct rig *r, unsigned before, struct outcome *o)
{
    for (unsigned at = before; at < r->logged; at++) {
        struct l2s_l2tp_header h;
        struct l2s_l2tp_msg m;
        rig_sent(r, r->logged - 1 - at, &h, &m);
        if (!m.type)
            outcome_add(o, "ZLB");
        else if (m.result_error)
            outcome_add(o, "%s:%u.%u", l2s_l2tp_msg_name(m.type), (unsigned)m.result, (unsigned)m.result_error);
        else if (m.result)
            outcome_add(o, "%s:%u", l2s_l2tp_msg_name(m.type), (unsigned)m.result);
        else
            outcome_add(o, "%s", l2s_l2tp_msg_name(m.type));
    }
}

struct outcome say(struct rig *r, const struct rig_lac *l, enum column c, uint16_t session, state_of now)
{
    const struct rig_end *e = &r->end[0];
    unsigned logged = r->logged, ups = e->ups, downs = e->downs, fails = e->fails;
    struct outcome o = {""};
    uint8_t avps[256];
    size_t n = avps_of(c, l, avps);
    char before[32];

    (void)strcpy(before, now(r, l));
    bool stranger = c == SCCRQ0;
    uint32_t drop = rig_say_raw(r, stranger ? 0 : l->tunnel, c < OCRQ || c == ZLB ? 0 : session, stranger ? 0 : l->ns,
                                stranger ? 0 : l->nr, avps, n);
    note_sent(r, logged, &o);
    if (e->ups > ups)
        outcome_add(&o, "up");
    if (e->downs > downs)
        outcome_add(&o, "down");
    if (e->fails > fails)
        outcome_add(&o, "failed");
    outcome_moved(&o, before, now(r, l));
    outcome_drop(&o, drop);
    return o;
}

void cell(struct matrix *m, struct rig *r, const struct rig_lac *l, const struct row *row, enum column c,
          uint16_t session, state_of now)
{
    char name[40];

    if (strcmp(now(r, l), row->name) != 0)
        matrix_gap(m, "way there", row->name);
    struct outcome o = say(r, l, c, session, now);
    (void)snprintf(name, sizeof name, "%s, %s", row->client ? "client" : "server", row->name);
    matrix_cell(m, name, column_names[c], row->cells[c], &o);
}

void assert_complete(struct matrix *m, const struct l2s_fsm_def *def, const struct row *rows, size_t n)
{
    for (unsigned s = 1; s < def->n_states; s++) {
        bool found = false;
        for (size_t i = 0; i < n; i++)
            found = found || strcmp(rows[i].name, def->states[s]) == 0;
        if (!found)
            matrix_gap(m, "row", def->states[s]);
    }
    for (uint16_t type = 1; type < L2S_L2TP_TYPES; type++) {
        bool found = false;
        for (unsigned c = 0; c < COLUMNS; c++)
            found = found || types[c] == type;
        if (!found && l2s_l2tp_msg_name(type)[0] != '?')
            matrix_gap(m, "column", l2s_l2tp_msg_name(type));
    }
}
