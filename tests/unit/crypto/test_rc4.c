/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crypto/legacy/rc4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *key, size_t key_len, size_t skip, const char *stream, size_t n)
{
    uint8_t data[300] = {0};
    struct l2s_rc4 r;

    l2s_rc4_key(&r, (const uint8_t *)key, key_len);
    l2s_rc4(&r, data, skip);
    memset(data, 0, sizeof data);
    l2s_rc4(&r, data, n);
    assert_memory_equal(data, stream, n);
}

static void key_streams_are_those_of_rfc_6229(void **state)
{
    (void)state;
    check("\1\2\3\4\5", 5, 0, "\xb2\x39\x63\x05\xf0\x3d\xc0\x27\xcc\xc3\x52\x4a\x0a\x11\x18\xa8", 16);
    check("\1\2\3\4\5", 5, 240, "\x28\xcb\x11\x32\xc9\x6c\xe2\x86\x42\x1d\xca\xad\xb8\xb6\x9e\xae", 16);
    check("\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10", 16, 0,
          "\x9a\xc7\xcc\x9a\x60\x9d\x1e\xf7\xb2\x93\x28\x99\xcd\xe4\x1b\x97", 16);
}

static void pieces_make_the_same_stream_as_the_whole(void **state)
{
    uint8_t whole[100] = {0}, parts[100] = {0};
    struct l2s_rc4 a, b;

    (void)state;
    l2s_rc4_key(&a, (const uint8_t *)"key", 3);
    b = a;
    l2s_rc4(&a, whole, 100);
    for (size_t i = 0; i < 100; i += 4)
        l2s_rc4(&b, parts + i, 4);
    assert_memory_equal(whole, parts, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(key_streams_are_those_of_rfc_6229),
                                       cmocka_unit_test(pieces_make_the_same_stream_as_the_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
