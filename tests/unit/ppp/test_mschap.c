/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "ppp/auth/mschap.h"

#include <string.h>

static int respond(const char *password, size_t n, uint8_t response[24], uint8_t proof[42])
{
    struct fake_sys f;
    struct l2s_crypto *c;
    uint8_t auth[16], peer[16];

    fake_sys_init(&f);
    assert_int_equal(l2s_crypto_mbedtls_new(&f.sys, &c), L2TPSEC_OK);
    fake_hex("5B5D7C7D7B3F2F3E3C2C602132262628", auth, sizeof auth);
    fake_hex("21402324255E262A28295F2B3A337C7E", peer, sizeof peer);
    struct l2s_mschap m = {.crypto = c,
                           .auth_challenge = auth,
                           .peer_challenge = peer,
                           .name = (const uint8_t *)"User",
                           .name_len = 4,
                           .password = (const uint8_t *)password,
                           .password_len = n};
    int rc = l2s_mschap_response(&m, response);
    if (rc == L2TPSEC_OK)
        rc = l2s_mschap_proof(&m, response, proof);
    l2s_crypto_free(c);
    fake_sys_fini(&f);
    return rc;
}

static void the_example_of_the_rfc_comes_out(void **state)
{
    uint8_t response[24], proof[42], want[24];
    (void)state;

    assert_int_equal(respond("clientPass", 10, response, proof), L2TPSEC_OK); /* RFC 2759, 9.2 */
    fake_hex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF", want, sizeof want);
    assert_memory_equal(response, want, 24);
    assert_memory_equal(proof, "S=407A5589115FD0D6209F510FE9C04566932CDA56", 42);
}

static void passwords_beyond_ascii_are_utf16_and_rubbish_is_refused(void **state)
{
    static const char *const wrong[] = {"\x80", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xff"};
    uint8_t response[24], proof[42];
    (void)state;

    assert_int_equal(respond("p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x94\x91", 12, response, proof), L2TPSEC_OK);
    for (unsigned i = 0; i < L2S_COUNT_OF(wrong); i++)
        assert_int_equal(respond(wrong[i], strlen(wrong[i]), response, proof), L2TPSEC_EINVAL);
    assert_int_equal(respond("", 0, response, proof), L2TPSEC_OK);
    char longest[257];
    memset(longest, 'x', sizeof longest);
    assert_int_equal(respond(longest, 254, response, proof), L2TPSEC_OK);
    assert_int_equal(respond(longest, 257, response, proof), L2TPSEC_EINVAL);
}

static void a_domain_in_front_is_no_part_of_the_name(void **state)
{
    const uint8_t *name = (const uint8_t *)"WORK\\alice";
    size_t len = 10;
    (void)state;

    l2s_mschap_user(&name, &len);
    assert_int_equal(len, 5);
    assert_memory_equal(name, "alice", 5);
    l2s_mschap_user(&name, &len);
    assert_int_equal(len, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_comes_out),
        cmocka_unit_test(passwords_beyond_ascii_are_utf16_and_rubbish_is_refused),
        cmocka_unit_test(a_domain_in_front_is_no_part_of_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
