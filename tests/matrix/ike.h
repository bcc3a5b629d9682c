/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IKEv1's machines against every message. A first connect is recorded; since all chance repeats, its messages are genuine in every
 * later run, with the same cookies, keys and IVs, and can come at any time: too early, too late, and back to who said them. */
#ifndef TESTS_MATRIX_IKE_H
#define TESTS_MATRIX_IKE_H

#include "matrix/matrix.h"
#include "unit/ike/v1_rig.h"

#include "ike/v1/main_mode.h"
#include "ike/v1/quick_mode.h"

enum ike_column {
    MM1,
    MM2,
    MM3,
    MM4,
    MM5,
    MM6,
    QM1,
    QM2,
    QM3,
    AM1, /* of a connect in aggressive mode, under the cookies of this one */
    AM2,
    AM3,
    N_CLEAR,   /* informational, unprotected: an error, */
    D_CLEAR,   /* and a DELETE */
    N_CONTACT, /* protected, by the peer: INITIAL-CONTACT, */
    N_ERROR,   /* NO-PROPOSAL-CHOSEN, */
    N_DPD,     /* R-U-THERE, */
    N_ACK,     /* R-U-THERE-ACK that nobody waits for, */
    D_ESP,     /* DELETE of the peer's ESP SA, */
    D_IKE,     /* and of the IKE SA */
    X_MAIN,    /* rubbish that says it is encrypted: main mode, */
    X_AGGRESSIVE,
    X_QUICK,
    X_INFO,
    Q_CLEAR, /* quick mode that says it is not */
    Q_ZERO,  /* quick mode without a message id */
    M_ID,    /* main mode with one */
    A_ID,
    TRANSACTION,
    NEW_GROUP,
    EXCHANGE, /* 99 */
    F_FIRST,  /* the first of two fragments */
    F_BROKEN, /* number 0 */
    F_WHOLE,  /* one that says it is the last of one, of nothing sensible */
    SHORT,
    VERSION,
    NO_COOKIE, /* the initiator's is zero */
    IKE_COLUMNS
};

extern const char *const ike_columns[IKE_COLUMNS];

struct ike_row {
    const char *name;
    uint8_t main, quick; /* enum l2s_v1_main_state and quick_state */
    unsigned end;        /* 0: who dialled, 1: who was dialled */
    enum ike_way { MAIN, SIGNED, AGGRESSIVE } way;
    unsigned pass; /* so many messages of the connect arrive */
    bool ask;      /* the host is asked for a key, or to sign */
    const char *otherwise;
    const char *cells[IKE_COLUMNS];
};

/* All cells of these rows. */
void ike_check(struct matrix *m, const struct ike_row *rows, size_t n);
/* Every state of the machine must have a row; with main mode quick mode's, too. */
void ike_complete(struct matrix *m, enum ike_way way, const struct ike_row *rows, size_t n);

/* ---- cells that many rows have in common ---- */

/* An exchange that is not spoken, a message id where none belongs, and what is no ISAKMP at all (RFC 2408, 5.2). */
#define EVERYWHERE                                                                                                     \
    [M_ID] = "!malformed", [A_ID] = "!malformed", [TRANSACTION] = "!unknown", [NEW_GROUP] = "!unknown",                \
    [EXCHANGE] = "!unknown", [F_BROKEN] = "!malformed", [SHORT] = "!short", [VERSION] = "!version",                    \
    [NO_COOKIE] = "!malformed"
/* Pieces are kept for somebody who has shown that he gets our answers. */
#define PIECES [F_FIRST] = "-", [F_WHOLE] = "!malformed"
/* Without a hash nothing is believed: not an error, nor a DELETE. */
#define PROTECTED [N_CLEAR] = "!forged", [D_CLEAR] = "!forged"

#endif
