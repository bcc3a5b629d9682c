/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "core/text.h"

#include <string.h>

static void every_code_has_a_name(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < L2TPSEC_CAUSE_COUNT; i++) {
        assert_string_not_equal(l2s_name_cause(i), "unknown");
        assert_string_not_equal(l2s_text_cause(i), "unknown");
    }
    for (uint32_t i = 0; i < L2TPSEC_DROP_COUNT; i++)
        assert_string_not_equal(l2s_name_drop(i), "unknown");
    for (uint32_t i = L2TPSEC_EVENT_PROGRESS; i <= L2TPSEC_EVENT_LEGACY; i++)
        assert_string_not_equal(l2s_name_event(i), "unknown");
    for (uint32_t i = 0; i <= L2TPSEC_LAYER_PPP; i++)
        assert_string_not_equal(l2s_name_layer(i), "unknown");
    for (int32_t i = 0; i >= L2TPSEC_EINTERNAL; i--)
        assert_string_not_equal(l2s_text_error(i), "unknown");
}

static void codes_of_later_versions_are_called_unknown(void **state)
{
    (void)state;
    assert_string_equal(l2s_name_cause(L2TPSEC_CAUSE_COUNT), "unknown");
    assert_string_equal(l2s_text_cause(UINT32_MAX), "unknown");
    assert_string_equal(l2s_name_drop(L2TPSEC_DROP_COUNT), "unknown");
    assert_string_equal(l2s_name_event(0), "unknown");
    assert_string_equal(l2s_name_layer(99), "unknown");
    assert_string_equal(l2s_text_error(1), "unknown");
    assert_string_equal(l2s_text_error(INT32_MIN), "unknown");
}

static void dotted_quads_are_read_strictly(void **state)
{
    static const char *const wrong[] = {"",       "1",         "1.2.3",    "1.2.3.",  "1.2.3.4.5", ".1.2.3",
                                        "1..2.3", "256.1.1.1", "1.2.3.4 ", "a.b.c.d", "0001.1.1.1"};
    uint8_t a[4] = {9, 9, 9, 9};
    (void)state;

    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(l2s_text_ipv4(wrong[i], strlen(wrong[i]), a));
    assert_memory_equal(a, "\x09\x09\x09\x09", 4);
    assert_true(l2s_text_ipv4("192.0.2.255", 11, a));
    assert_memory_equal(a, "\xc0\x00\x02\xff", 4);
    assert_true(l2s_text_ipv4("0.0.0.0/0", 7, a)); /* only as many characters as said */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name),
        cmocka_unit_test(codes_of_later_versions_are_called_unknown),
        cmocka_unit_test(dotted_quads_are_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
