/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* PPP's authentication against every packet of it: a desk (unit/ppp/desk.h) is brought to a state, and something is said to it. */
#ifndef TESTS_MATRIX_AUTH_H
#define TESTS_MATRIX_AUTH_H

#include "matrix/matrix.h"
#include "unit/fakes/fakes.h"

#include <stdbool.h>

enum auth_column {
    P_REQUEST, /* PAP */
    P_WRONG,
    P_BROKEN,
    P_ACK,
    P_ACK_OTHER,
    P_NAK,
    P_UNKNOWN,
    P_SHORT,
    C_CHALLENGE, /* CHAP */
    C_CHALLENGE_AGAIN,
    C_RESPONSE,
    C_WRONG,
    C_RESPONSE_OTHER,
    C_REFLECTED,
    C_SUCCESS,
    C_SUCCESS_FORGED,
    C_SUCCESS_OTHER,
    C_FAILURE,
    C_CHANGE,
    C_UNKNOWN,
    C_SHORT,
    E_IDENTITY, /* EAP: requests */
    E_NOTIFICATION,
    E_MD5,
    E_MS,
    E_MS_SUCCESS,
    E_MS_FORGED,
    E_MS_FAILURE,
    E_TLS,
    E_OTHER,
    E_AGAIN,
    E_R_IDENTITY, /* responses */
    E_R_NAK,
    E_R_MD5,
    E_R_MD5_WRONG,
    E_R_MS,
    E_R_MS_WRONG,
    E_R_MS_SUCCESS,
    E_R_MS_FAILURE,
    E_R_OTHER,
    E_SUCCESS,
    E_FAILURE,
    E_UNKNOWN,
    E_SHORT,
    COLUMNS
};

enum auth_state {
    IDLE,     /* LCP is open; a server has put its question */
    THINKING, /* the host is asked for the secret */
    ANSWERED, /* client: proven as far as we can */
    PROVEN,   /* client, EAP with MS-CHAPv2: the server has proven itself, too */
    ASKED,    /* server, EAP: the method's question is out */
    VERDICT,  /* server, EAP with MS-CHAPv2: Success is said, and to be answered */
    REFUSED,  /* server, MS-CHAPv2: Failure is said, another password may come */
    DONE,
};

struct auth_row {
    const char *name;
    bool server;
    uint32_t auth; /* the method */
    enum auth_state state;
    const char *otherwise; /* the cells that are not listed */
    const char *cells[COLUMNS];
};

/* All cells of these rows. */
void auth_check(const char *machine, const struct auth_row *rows, size_t n);

#endif
