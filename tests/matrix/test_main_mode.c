/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Main mode with quick mode behind it (RFC 2409, 5.4, 5.1 and 5.5), informational exchanges (5.7) and fragments, either side; proven
 * by a key and, where the host has to sign, by certificates. */
#include "matrix/ike.h"

#include "base/errors.h"

static const struct ike_row rows[] = {
    /* Nothing is said yet, and nothing is listened to. (Not even an unprotected error is remembered.) */
    {"initiator, key asked",
     L2S_MM_I_KEY,
     0,
     0,
     MAIN,
     0,
     true,
     "!unexpected",
     {EVERYWHERE, [N_CLEAR] = "-", [D_CLEAR] = "!forged", [F_FIRST] = "!cookie", [F_WHOLE] = "!cookie"}},
    /* Message 2 and nothing else leads on; our own message 1 thrown back has no cookie of a responder. What an unproven word says is a
     * doubt, for when all fails: it ends nothing. */
    {"initiator, SA sent",
     L2S_MM_I_SA,
     0,
     0,
     MAIN,
     0,
     false,
     "!unexpected",
     {EVERYWHERE, [MM1] = "!malformed", [MM2] = "main > KE sent", [N_CLEAR] = "doubts", [D_CLEAR] = "!forged",
      [F_FIRST] = "!cookie", [F_WHOLE] = "!cookie"}},
    {"initiator, KE sent",
     L2S_MM_I_KE,
     0,
     0,
     MAIN,
     2,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES, [MM1] = "!cookie", [MM2] = "!duplicate", [MM3] = "!malformed", [MM4] = "main* > proof sent",
      [AM1] = "!unknown", [N_CLEAR] = "doubts", [D_CLEAR] = "!forged"}},
    /* There are keys now, but nobody has proven to have the same: quick mode and DELETE count for nothing before message 6. */
    {"initiator, proof sent",
     L2S_MM_I_AUTH,
     0,
     0,
     MAIN,
     4,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES, [MM1] = "!cookie", [MM4] = "!duplicate", [MM5] = "doubts !forged",
      [MM6] = "quick* channel-up > up, offered", [AM1] = "!unknown", [N_CLEAR] = "doubts", [D_CLEAR] = "!forged",
      [N_CONTACT] = "doubts !forged", [N_ERROR] = "doubts !forged", [N_DPD] = "doubts !forged",
      [N_ACK] = "doubts !forged", [D_ESP] = "doubts !forged", [D_IKE] = "doubts !forged", [X_MAIN] = "doubts !forged",
      [X_INFO] = "doubts !forged"}},
    /* Up. A server that we dialled may dial us, too, so message 1 is answered as anybody's. What the peer refuses or deletes under
     * protection counts, and there is nothing else to keep. */
    {"initiator, up, quick mode offered",
     L2S_MM_UP,
     L2S_QM_I_SENT,
     0,
     MAIN,
     6,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES, PROTECTED, [MM1] = "main", [MM6] = "!duplicate", [QM1] = "!malformed",
      [QM2] = "quick* child-up > up, done", [QM3] = "!malformed", [AM1] = "!unknown", [N_CONTACT] = "-",
      [N_ERROR] = "info* channel-down > nothing", [N_DPD] = "info*", [D_ESP] = "-", [D_IKE] = "channel-down > nothing",
      [X_QUICK] = "!malformed", [X_INFO] = "!forged"}},
    /* With a pair up the IKE SA may go (RFC 2408, 2.1: they live without it), and the pair, which is renewed then or closed. */
    {"initiator, up, quick mode done",
     L2S_MM_UP,
     L2S_QM_DONE,
     0,
     MAIN,
     8,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES,
      PROTECTED, [MM1] = "main", [MM6] = "!duplicate", [QM1] = "!malformed", [QM2] = "quick* !duplicate",
      [QM3] = "!malformed", [AM1] = "!unknown", [N_CONTACT] = "-", [N_ERROR] = "-", [N_DPD] = "info*",
      [D_ESP] = "child-down", [D_IKE] = "> nothing", [X_QUICK] = "!malformed", [X_INFO] = "!forged"}},
    /* Only message 1 means anything to somebody who knows nobody. Aggressive mode is refused by name, which is all that is said unasked. */
    {"responder, nothing",
     L2S_MM_NONE,
     0,
     1,
     MAIN,
     0,
     false,
     "!cookie",
     {EVERYWHERE, [MM1] = "main", [AM1] = "info failed !unknown", [AM2] = "!unknown", [AM3] = "!unknown",
      [X_AGGRESSIVE] = "!unknown"}},
    /* Message 1 is answered, as often as it comes, and nothing is kept of it; what makes the next step is the cookie in message 3 (RFC
     * 2408, 2.5.3), and messages 3 and 4 look the same. */
    {"responder, message 1 answered",
     L2S_MM_NONE,
     0,
     1,
     MAIN,
     1,
     false,
     "!cookie",
     {EVERYWHERE,
      PIECES, [MM1] = "main", [MM2] = "!malformed", [MM3] = "main > KE answered", [MM4] = "main > KE answered",
      [AM1] = "info failed !unknown", [AM2] = "!unknown", [AM3] = "!unknown", [X_AGGRESSIVE] = "!unknown"}},
    /* Gate: whatever is encrypted may be message 5, and is not until its hash fits; the first that does not fit is complained about, once. */
    {"responder, KE answered",
     L2S_MM_R_KE,
     0,
     1,
     MAIN,
     3,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES, PROTECTED, [MM1] = "!duplicate", [MM3] = "main !duplicate", [MM5] = "main* channel-up > up",
      [MM6] = "info failed !forged", [AM1] = "info failed !unknown", [X_MAIN] = "info failed !forged"}},
    /* The host looks for the key. The same repeats are answered, nothing new is taken. */
    {"responder, key asked",
     L2S_MM_R_KEY,
     0,
     1,
     MAIN,
     5,
     true,
     "!unexpected",
     {EVERYWHERE, PIECES, PROTECTED, [MM1] = "!duplicate", [MM3] = "main !duplicate", [AM1] = "info failed !unknown"}},
    /* Phase 1 done: quick mode begins here and not earlier. INITIAL-CONTACT was said in message 5, and counts once. */
    {"responder, up",
     L2S_MM_UP,
     0,
     1,
     MAIN,
     5,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES, PROTECTED, [MM1] = "main", [MM5] = "main* !duplicate",
      [QM1] = "quick* child-up > up, answered", [QM2] = "!malformed", [QM3] = "!malformed",
      [AM1] = "info failed !unknown", [N_CONTACT] = "-", [N_ERROR] = "-", [N_DPD] = "info*", [D_ESP] = "-",
      [D_IKE] = "channel-down > nothing", [X_QUICK] = "!malformed", [X_INFO] = "!forged"}},
    {"responder, up, quick mode answered",
     L2S_MM_UP,
     L2S_QM_R_SENT,
     1,
     MAIN,
     7,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES, PROTECTED, [MM1] = "main", [MM5] = "!duplicate", [QM1] = "quick* !duplicate",
      [QM2] = "!malformed", [QM3] = "> up, done", [AM1] = "info failed !unknown", [N_CONTACT] = "-", [N_ERROR] = "-",
      [N_DPD] = "info*", [D_ESP] = "child-down", [D_IKE] = "child-down channel-down > nothing",
      [X_QUICK] = "!malformed", [X_INFO] = "!forged"}},
    {"responder, up, quick mode done",
     L2S_MM_UP,
     L2S_QM_DONE,
     1,
     MAIN,
     9,
     false,
     "!unexpected",
     {EVERYWHERE, PIECES, PROTECTED, [MM1] = "main", [MM5] = "!duplicate", [QM1] = "!malformed", [QM2] = "!malformed",
      [QM3] = "!duplicate", [AM1] = "info failed !unknown", [N_CONTACT] = "-", [N_ERROR] = "-", [N_DPD] = "info*",
      [D_ESP] = "child-down", [D_IKE] = "> nothing", [X_QUICK] = "!malformed", [X_INFO] = "!forged"}},
    {"initiator, signature asked",
     L2S_MM_I_SIGN,
     0,
     0,
     SIGNED,
     4,
     true,
     "!unexpected",
     {EVERYWHERE,
      PIECES, [MM1] = "!cookie", [MM4] = "!duplicate", [AM1] = "!unknown", [N_CLEAR] = "-", [D_CLEAR] = "!forged"}},
    {"responder, signature asked",
     L2S_MM_R_SIGN,
     0,
     1,
     SIGNED,
     5,
     true,
     "!unexpected",
     {EVERYWHERE, PIECES, PROTECTED, [MM1] = "!duplicate", [MM3] = "main !duplicate", [AM1] = "info failed !unknown"}},
};

static void every_message_in_every_state_of_main_and_quick_mode(void **state)
{
    struct matrix m = {.machine = "IKE main and quick mode"};

    (void)state;
    ike_check(&m, rows, L2S_COUNT_OF(rows));
    ike_complete(&m, MAIN, rows, L2S_COUNT_OF(rows));
    matrix_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_in_every_state_of_main_and_quick_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
