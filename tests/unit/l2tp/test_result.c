/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "l2tp/result.h"

#include <string.h>

static void every_defined_code_has_words(void **state)
{
    (void)state;

    for (uint16_t i = 1; i <= 7; i++)
        assert_string_not_equal(l2s_l2tp_stop_words(i), "unknown");
    for (uint16_t i = 1; i <= 11; i++)
        assert_string_not_equal(l2s_l2tp_cdn_words(i), "unknown");
    for (uint16_t i = 0; i <= 8; i++)
        assert_string_not_equal(l2s_l2tp_error_words(i), "unknown");
    for (uint16_t i = 0; i <= 20; i++)
        assert_string_not_equal(l2s_l2tp_disconnect_words(i), "unknown");
    assert_string_equal(l2s_l2tp_stop_words(0), "unknown");
    assert_string_equal(l2s_l2tp_stop_words(8), "unknown");
    assert_string_equal(l2s_l2tp_cdn_words(12), "unknown");
    assert_string_equal(l2s_l2tp_error_words(9), "unknown");
    assert_string_equal(l2s_l2tp_disconnect_words(0xffff), "unknown");
}

static void the_peers_words_win_over_its_codes(void **state)
{
    struct l2s_l2tp_msg m = rig_cdn(1, 2, 4);
    struct l2s_failure f;
    (void)state;

    l2s_l2tp_blame_peer(&f, &m, false);
    assert_int_equal(f.layer, L2TPSEC_LAYER_L2TP);
    assert_int_equal(f.cause, L2TPSEC_CAUSE_L2TP_REFUSED);
    assert_string_equal(f.step, "CDN");
    assert_int_equal(f.peer_code, 2);
    assert_int_equal(f.peer_code2, 4);
    assert_string_equal(f.message, "insufficient resources at the moment");

    m.words = l2s_rd_init("full\x1b[2J\n", 9);
    l2s_l2tp_blame_peer(&f, &m, true);
    assert_int_equal(f.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    assert_string_equal(f.message, "full?[2J?"); /* nothing a terminal would obey */

    m = rig_cdn(1, 3, 0);
    l2s_l2tp_blame_peer(&f, &m, false);
    assert_string_equal(f.message, "disconnected for administrative reasons");
    m = rig_cdn(1, 0, 0);
    l2s_l2tp_blame_peer(&f, &m, false);
    assert_string_equal(f.message, "");
}

static void an_unauthorised_requester_is_told_of_the_secret(void **state)
{
    struct l2s_l2tp_msg m = rig_stop(1, 4, 0);
    struct l2s_failure f;
    (void)state;

    l2s_l2tp_blame_peer(&f, &m, false);
    assert_int_equal(f.cause, L2TPSEC_CAUSE_L2TP_AUTH);
    assert_string_equal(f.step, "StopCCN");
    assert_string_equal(f.hint, "l2tp.secret");
    l2s_l2tp_blame_peer(&f, &m, true); /* later it is an end like others */
    assert_int_equal(f.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    assert_null(f.hint);
}

static void a_disconnect_cause_tells_a_wrong_password(void **state)
{
    struct l2s_l2tp_msg m = rig_cdn(1, 3, 0);
    struct l2s_failure f;
    (void)state;

    l2s_l2tp_msg_add(&m, L2S_AVP_DISCONNECT);
    m.disconnect = 16;
    m.disconnect_at = 1;
    l2s_l2tp_blame_peer(&f, &m, true);
    assert_int_equal(f.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    assert_string_equal(f.message, "authentication failed");
    m.disconnect_at = 2; /* it was the sender that we did not believe */
    l2s_l2tp_blame_peer(&f, &m, true);
    assert_int_equal(f.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_defined_code_has_words),
        cmocka_unit_test(the_peers_words_win_over_its_codes),
        cmocka_unit_test(an_unauthorised_requester_is_told_of_the_secret),
        cmocka_unit_test(a_disconnect_cause_tells_a_wrong_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
