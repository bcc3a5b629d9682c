/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Aggressive mode (RFC 2409, 5.4) with quick mode behind it, either side. The server takes both modes. */
#include "matrix/ike.h"

#include "base/errors.h"

static const struct ike_row rows[] = {
    {"initiator, key asked",
     L2S_MM_I_KEY,
     0,
     0,
     AGGRESSIVE,
     0,
     true,
     "!unexpected",
     {EVERYWHERE, [AM3] = "!malformed", [N_CLEAR] = "-", [D_CLEAR] = "!forged", [X_AGGRESSIVE] = "!malformed",
      [F_FIRST] = "!cookie", [F_WHOLE] = "!cookie"}},
    /* Message 2 proves the server, or nothing. */
    {"initiator, SA KE ID sent",
     L2S_MM_I_SA,
     0,
     0,
     AGGRESSIVE,
     0,
     false,
     "!unexpected",
     {EVERYWHERE, [AM1] = "!malformed", [AM2] = "aggressive* quick* channel-up > up, offered", [AM3] = "!malformed",
      [N_CLEAR] = "doubts", [D_CLEAR] = "!forged", [X_AGGRESSIVE] = "!malformed", [F_FIRST] = "!cookie",
      [F_WHOLE] = "!cookie"}},
    {"initiator, up",
     L2S_MM_UP,
     L2S_QM_I_SENT,
     0,
     AGGRESSIVE,
     2,
     false,
     "!unexpected",
     {EVERYWHERE,
      PROTECTED, [MM1] = "main", [QM1] = "!malformed", [QM2] = "quick* child-up > up, done", [QM3] = "!malformed",
      [AM1] = "!unknown", [AM2] = "aggressive* !duplicate", [AM3] = "!malformed", [N_CONTACT] = "-",
      [N_ERROR] = "info* channel-down > nothing", [N_DPD] = "info*", [D_ESP] = "-", [D_IKE] = "channel-down > nothing",
      [X_AGGRESSIVE] = "!malformed", [X_QUICK] = "!malformed", [X_INFO] = "!forged", [F_FIRST] = "-"}},
    /* Main mode is answered, too, where aggressive mode is. */
    {"responder, nothing",
     L2S_MM_NONE,
     0,
     1,
     AGGRESSIVE,
     0,
     false,
     "!cookie",
     {EVERYWHERE, [MM1] = "main", [AM1] = "aggressive > KE answered"}},
    /* The identity that is claimed has no key yet. */
    {"responder, key asked",
     L2S_MM_R_KEY,
     0,
     1,
     AGGRESSIVE,
     1,
     true,
     "!unexpected",
     {EVERYWHERE, PROTECTED, [MM1] = "!duplicate", [AM1] = "!duplicate", [F_FIRST] = "-"}},
    /* Gate: quick mode ahead of message 3 is a message 3 that was lost, so message 2 is said again, and nothing is begun. */
    {"responder, answered",
     L2S_MM_R_KE,
     0,
     1,
     AGGRESSIVE,
     1,
     false,
     "!unexpected",
     {EVERYWHERE, PROTECTED, [MM1] = "!duplicate", [QM1] = "aggressive !unexpected", [QM2] = "aggressive !unexpected",
      [QM3] = "aggressive !unexpected", [AM1] = "aggressive !duplicate", [AM3] = "channel-up > up",
      [X_AGGRESSIVE] = "failed !forged", [X_QUICK] = "aggressive !unexpected", [Q_CLEAR] = "aggressive !unexpected",
      [Q_ZERO] = "aggressive !unexpected", [F_FIRST] = "-"}},
    {"responder, up",
     L2S_MM_UP,
     0,
     1,
     AGGRESSIVE,
     3,
     false,
     "!unexpected",
     {EVERYWHERE,
      PROTECTED, [MM1] = "main", [QM1] = "quick* child-up > up, answered", [QM2] = "!malformed", [QM3] = "!malformed",
      [AM1] = "aggressive", [AM3] = "!duplicate", [N_CONTACT] = "-", [N_ERROR] = "-", [N_DPD] = "info*", [D_ESP] = "-",
      [D_IKE] = "channel-down > nothing", [X_QUICK] = "!malformed", [X_INFO] = "!forged", [F_FIRST] = "-"}},
};

static void every_message_in_every_state_of_aggressive_mode(void **state)
{
    struct matrix m = {.machine = "IKE aggressive mode"};

    (void)state;
    ike_check(&m, rows, L2S_COUNT_OF(rows));
    ike_complete(&m, AGGRESSIVE, rows, L2S_COUNT_OF(rows));
    matrix_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_in_every_state_of_aggressive_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
