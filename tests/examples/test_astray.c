/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "common/astray.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

static uint32_t find(const struct astray *t, const l2tpsec_addr *to, size_t len)
{
    uint8_t ip[40] = {to->family == 6 ? 0x60 : 0x45};
    const l2tpsec_packet p = {.data = ip, .len = len};

    memcpy(ip + (to->family == 6 ? 24 : 16), to->ip, to->family == 6 ? 16 : 4);
    return astray_find(t, &p, 99);
}

static void addresses_and_prefixes_are_found_where_they_were_last(void **state)
{
    struct astray *t = NULL;
    (void)state;

    for (unsigned i = 0; i < 100; i++) { /* in no order */
        l2tpsec_addr v4 = {.family = 4, .ip = {10, 77, (uint8_t)(i * 37), 9}};
        l2tpsec_addr v6 = {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, 0, 0, (uint8_t)(i * 37), 9, 1, 2, 3}};
        assert_int_equal(find(t, &v4, 20), 99);
        assert_false(astray_put(&t, &v4, 3, false)); /* where it belongs: nothing to remember */
        assert_int_equal(find(t, &v4, 20), 99);
        assert_true(astray_put(&t, &v4, i % 64, true));
        assert_true(astray_put(&t, &v6, 63 - i % 64, true));
    }
    for (unsigned i = 0; i < 100; i++) {
        l2tpsec_addr v4 = {.family = 4, .ip = {10, 77, (uint8_t)(i * 37), 9}};
        l2tpsec_addr v6 = {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, 0, 0, (uint8_t)(i * 37), 9, 7, 7}};
        assert_int_equal(find(t, &v4, 20), i % 64);
        assert_int_equal(find(t, &v6, 40), 63 - i % 64); /* the prefix alone counts */
        assert_int_equal(find(t, &v4, 19), 99);
        assert_int_equal(find(t, &v6, 39), 99);
        assert_false(astray_put(&t, &v4, 5, false)); /* it moved */
        assert_int_equal(find(t, &v4, 20), 5);
    }
    const l2tpsec_packet none = {.len = 0};
    assert_int_equal(astray_find(t, &none, 7), 7);
    astray_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_and_prefixes_are_found_where_they_were_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
