/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include "common/outcome.h"
#include "l2tpsec/l2tpsec.h"

static void each_place_has_its_exit_status(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_CLOSED_BY_HOST, L2TPSEC_LAYER_IKE), 0);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_NO_MEMORY, L2TPSEC_LAYER_IKE), 1);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_NO_ANSWER, L2TPSEC_LAYER_IKE), 3);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_PHASE1_PROPOSAL, L2TPSEC_LAYER_IKE), 4);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_PSK, L2TPSEC_LAYER_IKE), 4);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_IDENTITY, L2TPSEC_LAYER_IKE), 4);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_CERTIFICATE, L2TPSEC_LAYER_IKE), 4);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_CERTIFICATE, L2TPSEC_LAYER_PPP), 7);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_PHASE2_PROPOSAL, L2TPSEC_LAYER_IKE), 5);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_PHASE2_REFUSED, L2TPSEC_LAYER_IKE), 5);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_L2TP_REFUSED, L2TPSEC_LAYER_IKE), 6);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_L2TP_AUTH, L2TPSEC_LAYER_IKE), 6);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_AUTH_METHOD, L2TPSEC_LAYER_IKE), 7);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_AUTH_REFUSED, L2TPSEC_LAYER_IKE), 7);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_AUTH_MUTUAL, L2TPSEC_LAYER_IKE), 7);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_NO_SECRET, L2TPSEC_LAYER_IKE), 7);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_PPP_OPTIONS, L2TPSEC_LAYER_IKE), 8);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_NO_ADDRESS, L2TPSEC_LAYER_IKE), 8);
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_CLOSED_BY_PEER, L2TPSEC_LAYER_IKE), 9);
}

static void only_a_close_of_our_own_is_success(void **state)
{
    (void)state;
    for (uint32_t cause = 0; cause < L2TPSEC_CAUSE_COUNT; cause++) {
        if (cause != L2TPSEC_CAUSE_CLOSED_BY_HOST)
            assert_int_not_equal(outcome_of(cause, L2TPSEC_LAYER_PPP), OUTCOME_CLOSED);
        assert_int_not_equal(outcome_of(cause, L2TPSEC_LAYER_PPP), OUTCOME_USAGE);
    }
}

static void a_cause_of_tomorrow_is_internal(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(L2TPSEC_CAUSE_COUNT, L2TPSEC_LAYER_IKE), OUTCOME_INTERNAL);
    assert_int_equal(outcome_of(UINT32_MAX, 0), OUTCOME_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_has_its_exit_status),
        cmocka_unit_test(only_a_close_of_our_own_is_success),
        cmocka_unit_test(a_cause_of_tomorrow_is_internal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
