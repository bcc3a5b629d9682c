/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The control connection (RFC 2661, 7.2.1) and the call (7.4.1 LAC, 7.4.2 LNS): every state, every control message. A machine is
 * driven to its state by the messages that lead there, and then gets one more, in sequence, with the right ids.
 *
 * What the RFC calls idle behind a good-bye of ours is "closing", until the peer has it, and "over" while the peer may repeat itself
 * (5.7). Out of turn is out of the FSM: StopCCN with result 7 (4.4.2), or for a call CDN with result 2, error 3. */
#ifndef TESTS_MATRIX_L2TP_H
#define TESTS_MATRIX_L2TP_H

#include "matrix/matrix.h"
#include "unit/l2tp/rig.h"

#include "base/fsm.h"

enum column {
    SCCRQ,  /* within the tunnel */
    SCCRQ0, /* the peer's again, to tunnel id 0 */
    SCCRP,
    SCCCN,
    STOP,
    HELLO,
    OCRQ,
    OCRP,
    OCCN,
    ICRQ,
    ICRP,
    ICCN,
    CDN,
    WEN,
    SLI,
    ZLB,
    BAD,     /* a Hello with a mandatory AVP nobody knows (4.1) */
    BADCALL, /* the same of an ICRQ */
    MUST,    /* a type nobody knows, M bit set (4.4.1) */
    MAY,     /* M bit clear */
    COLUMNS
};

extern const char *const column_names[COLUMNS];

struct row {
    const char *name; /* of the state, as the library calls it */
    bool client;      /* we dialled */
    unsigned how;     /* which of several ways there */
    const char *cells[COLUMNS];
};

/* Of the session that a message is about, the peer's id; and another one of its. */
#define THEIRS 88u
#define OTHER 89u

/* Where the machine is now, by the library's name for it. */
typedef const char *(*state_of)(struct rig *r, const struct rig_lac *l);

/* The peer says this, in sequence, to the tunnel and session in l; what comes of it. */
struct outcome say(struct rig *r, const struct rig_lac *l, enum column c, uint16_t session, state_of now);
/* One cell: at the state that reach led to. */
void cell(struct matrix *m, struct rig *r, const struct rig_lac *l, const struct row *row, enum column c,
          uint16_t session, state_of now);
/* Every state the library has must have its row, and every message a column. The first state is none. */
void assert_complete(struct matrix *m, const struct l2s_fsm_def *def, const struct row *rows, size_t n);

/* Cells that are alike in both machines. */
#define DEAF "!unexpected"
#define NO_OCRQ "CDN:2.6 !unexpected" /* we place no calls, and take none as a client; as mtpd says it */

#endif
