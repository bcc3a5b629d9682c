/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Authentication: every packet of PAP (RFC 1334), CHAP (RFC 1994), MS-CHAPv2 (RFC 2759) and EAP (RFC 3748) in every state of either
 * role. Whoever has not proven himself is not authenticated whatever he says, and no success is believed before we have answered. */
#include "matrix/auth.h"

#include "base/errors.h"
#include "ppp/ppp.h"

/* Whatever is truncated is that, before anything else is asked. */
#define CUT [P_SHORT] = "!short", [C_SHORT] = "!short", [E_SHORT] = "!short"

/* RFC 1334, 2.2: a Request is answered by Ack or Nak; its answer may be lost, so it is answered again. */
static const struct auth_row pap_rows[] = {
    {"client, host asked", false, L2S_AUTH_PAP, THINKING, "!unexpected", {CUT}},
    {"client, request sent",
     false,
     L2S_AUTH_PAP,
     ANSWERED,
     "!unexpected",
     {CUT, [P_ACK] = "authenticated", [P_NAK] = "quit"}},
    {"client, done", false, L2S_AUTH_PAP, DONE, "!unexpected", {CUT}},
    {"server, waiting",
     true,
     L2S_AUTH_PAP,
     IDLE,
     "!unexpected",
     {CUT, [P_REQUEST] = "ask Ack authenticated", [P_WRONG] = "ask Nak quit", [P_BROKEN] = "!malformed"}},
    {"server, host asked",
     true,
     L2S_AUTH_PAP,
     THINKING,
     "!unexpected",
     {CUT, [P_REQUEST] = "!duplicate", [P_WRONG] = "!duplicate", [P_BROKEN] = "!malformed"}},
    {"server, done",
     true,
     L2S_AUTH_PAP,
     DONE,
     "!unexpected",
     {CUT, [P_REQUEST] = "Ack !duplicate", [P_WRONG] = "Ack !duplicate", [P_BROKEN] = "!malformed"}},
};

/* RFC 1994, 4: the peer answers a Challenge whenever it comes; Success and Failure are for the Response that waits. */
static const struct auth_row chap_rows[] = {
    {"client, nothing asked",
     false,
     L2S_AUTH_CHAP_MD5,
     IDLE,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "ask Response", [C_CHALLENGE_AGAIN] = "ask Response"}},
    {"client, host asked",
     false,
     L2S_AUTH_CHAP_MD5,
     THINKING,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "-", [C_CHALLENGE_AGAIN] = "-"}}, /* it will answer the newest */
    {"client, answered",
     false,
     L2S_AUTH_CHAP_MD5,
     ANSWERED,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "ask Response", [C_CHALLENGE_AGAIN] = "Response !duplicate", [C_SUCCESS] = "authenticated",
      [C_SUCCESS_FORGED] = "authenticated", /* in MD5 the words mean nothing (4.2) */
      [C_FAILURE] = "quit"}},
    {"client, done",
     false,
     L2S_AUTH_CHAP_MD5,
     DONE,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "ask Response", [C_CHALLENGE_AGAIN] = "Response !duplicate", [C_SUCCESS] = "-",
      [C_SUCCESS_FORGED] = "-",
      [C_FAILURE] = "quit"}}, /* "the authenticator should take action to terminate the link" */
    {"server, challenged",
     true,
     L2S_AUTH_CHAP_MD5,
     IDLE,
     "!unexpected",
     {CUT, [C_RESPONSE] = "ask Success authenticated", [C_WRONG] = "ask Failure quit",
      [C_REFLECTED] = "ask Failure quit"}},
    {"server, host asked", true, L2S_AUTH_CHAP_MD5, THINKING, "!unexpected", {CUT}},
    {"server, done",
     true,
     L2S_AUTH_CHAP_MD5,
     DONE,
     "!unexpected",
     {CUT, /* "any Response received ... with the current Identifier MUST return the same reply" (4.1) */
      [C_RESPONSE] = "Success !duplicate", [C_WRONG] = "Success !duplicate", [C_REFLECTED] = "Success !duplicate"}},
};

/* RFC 2759: as CHAP, but the server's Success proves that it knows the password, or is worth nothing (5); and a Failure may leave the
 * door open (6). */
static const struct auth_row ms_rows[] = {
    {"client, nothing asked",
     false,
     L2S_AUTH_MSCHAPV2,
     IDLE,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "ask Response", [C_CHALLENGE_AGAIN] = "ask Response"}},
    {"client, host asked",
     false,
     L2S_AUTH_MSCHAPV2,
     THINKING,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "-", [C_CHALLENGE_AGAIN] = "-"}},
    {"client, answered",
     false,
     L2S_AUTH_MSCHAPV2,
     ANSWERED,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "ask Response", [C_CHALLENGE_AGAIN] = "Response !duplicate", [C_SUCCESS] = "authenticated",
      [C_SUCCESS_FORGED] = "quit !forged", [C_FAILURE] = "quit"}},
    {"client, done",
     false,
     L2S_AUTH_MSCHAPV2,
     DONE,
     "!unexpected",
     {CUT, [C_CHALLENGE] = "ask Response", [C_CHALLENGE_AGAIN] = "Response !duplicate", [C_SUCCESS] = "-",
      [C_SUCCESS_FORGED] = "quit !forged", [C_FAILURE] = "quit"}},
    {"server, challenged",
     true,
     L2S_AUTH_MSCHAPV2,
     IDLE,
     "!unexpected",
     {CUT, [C_RESPONSE] = "ask Success authenticated", [C_WRONG] = "ask Failure quit", [C_REFLECTED] = "!forged",
      [C_CHANGE] = "!malformed"}},
    {"server, host asked", true, L2S_AUTH_MSCHAPV2, THINKING, "!unexpected", {CUT, [C_CHANGE] = "!malformed"}},
    {"server, refused, may try again",
     true,
     L2S_AUTH_MSCHAPV2,
     REFUSED,
     "!unexpected",
     {CUT, [C_RESPONSE] = "Failure !duplicate", [C_WRONG] = "Failure !duplicate", [C_REFLECTED] = "Failure !duplicate",
      [C_CHANGE] = "!malformed"}},
    {"server, done",
     true,
     L2S_AUTH_MSCHAPV2,
     DONE,
     "!unexpected",
     {CUT, [C_RESPONSE] = "Success !duplicate", [C_WRONG] = "Success !duplicate", [C_REFLECTED] = "Success !duplicate",
      [C_CHANGE] = "!malformed"}},
};

#define E_MD5_ONLY (L2S_AUTH_EAP | L2S_AUTH_EAP_MD5)
#define E_MS_ONLY (L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2)

/* What a client answers to any request (RFC 3748, 5): its identity, a notification seen, and a Nak to what it may not do. */
#define TALKS                                                                                                          \
    CUT, [E_IDENTITY] = "Response:1", [E_NOTIFICATION] = "Response:2", [E_TLS] = "Response:3", [E_OTHER] = "Response:3"
#define NO_MS                                                                                                          \
    [E_MS] = "Response:3", [E_MS_SUCCESS] = "Response:3", [E_MS_FORGED] = "Response:3", [E_MS_FAILURE] = "Response:3"

static const struct auth_row eap_rows[] = {
    /* A success of nothing is believed by nobody (4.2). */
    {"client, MD5, nothing asked",
     false,
     E_MD5_ONLY,
     IDLE,
     "!unexpected",
     {TALKS,
      NO_MS, [E_MD5] = "ask Response:4", [E_AGAIN] = "Response:1", [E_SUCCESS] = "quit !forged", [E_FAILURE] = "quit"}},
    {"client, MD5, host asked",
     false,
     E_MD5_ONLY,
     THINKING,
     "!unexpected",
     {TALKS, NO_MS, [E_MD5] = "-", [E_AGAIN] = "!duplicate", [E_SUCCESS] = "quit !forged", [E_FAILURE] = "quit"}},
    {"client, MD5, answered",
     false,
     E_MD5_ONLY,
     ANSWERED,
     "!unexpected",
     {TALKS, NO_MS, [E_MD5] = "ask Response:4", [E_AGAIN] = "Response:4 !duplicate", [E_SUCCESS] = "authenticated",
      [E_FAILURE] = "quit"}},
    {"client, MD5, done",
     false,
     E_MD5_ONLY,
     DONE,
     "!unexpected",
     {TALKS, NO_MS, [E_MD5] = "ask Response:4", [E_AGAIN] = "Response:4 !duplicate", [E_SUCCESS] = "!duplicate",
      [E_FAILURE] = "!duplicate"}},
    {"client, MS-CHAPv2, nothing asked",
     false,
     E_MS_ONLY,
     IDLE,
     "!unexpected",
     {TALKS, [E_MD5] = "Response:3", [E_MS] = "ask Response:26", [E_AGAIN] = "Response:1", [E_SUCCESS] = "quit !forged",
      [E_FAILURE] = "quit"}},
    {"client, MS-CHAPv2, host asked",
     false,
     E_MS_ONLY,
     THINKING,
     "!unexpected",
     {TALKS, [E_MD5] = "Response:3", [E_MS] = "-", [E_AGAIN] = "!duplicate", [E_SUCCESS] = "quit !forged",
      [E_FAILURE] = "quit"}},
    /* Answered, but the server has not proven itself. */
    {"client, MS-CHAPv2, answered",
     false,
     E_MS_ONLY,
     ANSWERED,
     "!unexpected",
     {TALKS, [E_MD5] = "Response:3", [E_MS] = "ask Response:26", [E_MS_SUCCESS] = "Response:26",
      [E_MS_FORGED] = "quit !forged", [E_MS_FAILURE] = "Response:26", [E_AGAIN] = "Response:26 !duplicate",
      [E_SUCCESS] = "quit !forged", [E_FAILURE] = "quit"}},
    {"client, MS-CHAPv2, the server has proven itself",
     false,
     E_MS_ONLY,
     PROVEN,
     "!unexpected",
     {TALKS, [E_MD5] = "Response:3", [E_MS] = "ask Response:26", [E_MS_SUCCESS] = "Response:26 !duplicate",
      [E_MS_FORGED] = "Response:26 !duplicate", /* of the same id: not looked at */
      [E_MS_FAILURE] = "Response:26 !duplicate", [E_AGAIN] = "Response:26 !duplicate", [E_SUCCESS] = "authenticated",
      [E_FAILURE] = "quit"}},
    {"client, MS-CHAPv2, done",
     false,
     E_MS_ONLY,
     DONE,
     "!unexpected",
     {TALKS, [E_MD5] = "Response:3", [E_MS] = "ask Response:26", [E_MS_SUCCESS] = "Response:26 !duplicate",
      [E_MS_FORGED] = "Response:26 !duplicate", [E_MS_FAILURE] = "Response:26 !duplicate",
      [E_AGAIN] = "Response:26 !duplicate", [E_SUCCESS] = "!duplicate", [E_FAILURE] = "!duplicate"}},
    /* The server: a response is to the request that waits, by its id and its type (4.1). */
    {"server, MD5, identity asked", true, E_MD5_ONLY, IDLE, "!unexpected", {CUT, [E_R_IDENTITY] = "Request:4"}},
    {"server, MD5, asked",
     true,
     E_MD5_ONLY,
     ASKED,
     "!unexpected",
     {CUT, [E_R_NAK] = "Failure quit", [E_R_MD5] = "ask Success authenticated", [E_R_MD5_WRONG] = "ask Failure quit"}},
    {"server, MD5, host asked", true, E_MD5_ONLY, THINKING, "!unexpected", {CUT}},
    {"server, MD5, done", true, E_MD5_ONLY, DONE, "!unexpected", {CUT}},
    {"server, MS-CHAPv2, identity asked", true, E_MS_ONLY, IDLE, "!unexpected", {CUT, [E_R_IDENTITY] = "Request:26"}},
    {"server, MS-CHAPv2, asked",
     true,
     E_MS_ONLY,
     ASKED,
     "!unexpected",
     {CUT, [E_R_NAK] = "Failure quit", [E_R_MS] = "ask Request:26", [E_R_MS_WRONG] = "ask Request:26",
      [E_R_MS_SUCCESS] = "!malformed", /* success before proof */
      [E_R_MS_FAILURE] = "!malformed"}},
    {"server, MS-CHAPv2, host asked", true, E_MS_ONLY, THINKING, "!unexpected", {CUT}},
    {"server, MS-CHAPv2, Success said",
     true,
     E_MS_ONLY,
     VERDICT,
     "!unexpected",
     {CUT, [E_R_MS_SUCCESS] = "Success authenticated"}},
    {"server, MS-CHAPv2, Failure said, may try again",
     true,
     E_MS_ONLY,
     REFUSED,
     "!unexpected",
     {CUT, [E_R_MS] = "ask Request:26", [E_R_MS_WRONG] = "ask Request:26", [E_R_MS_FAILURE] = "Failure quit"}},
    {"server, MS-CHAPv2, done", true, E_MS_ONLY, DONE, "!unexpected", {CUT}},
};

static void every_packet_in_every_state_of_pap(void **state)
{
    (void)state;
    auth_check("PAP", pap_rows, L2S_COUNT_OF(pap_rows));
}

static void every_packet_in_every_state_of_chap(void **state)
{
    (void)state;
    auth_check("CHAP", chap_rows, L2S_COUNT_OF(chap_rows));
}

static void every_packet_in_every_state_of_mschap(void **state)
{
    (void)state;
    auth_check("MS-CHAPv2", ms_rows, L2S_COUNT_OF(ms_rows));
}

static void every_packet_in_every_state_of_eap(void **state)
{
    (void)state;
    auth_check("EAP", eap_rows, L2S_COUNT_OF(eap_rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packet_in_every_state_of_pap),
        cmocka_unit_test(every_packet_in_every_state_of_chap),
        cmocka_unit_test(every_packet_in_every_state_of_mschap),
        cmocka_unit_test(every_packet_in_every_state_of_eap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
