/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "crypto/legacy/rc4.h"
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

static void half_a_letter_is_none(void **state)
{
    uint8_t response[24], proof[42];
    (void)state;

    assert_int_equal(respond("\xc3\x28", 2, response, proof), L2TPSEC_EINVAL);
    assert_int_equal(respond("\xe2\x82\x28", 3, response, proof), L2TPSEC_EINVAL);
}

#if L2S_WITH_LEGACY_RC4
/* The block in which a password of these UTF-16 units is said to have so many bytes. */
static int uncover(const char *wide, uint32_t n, uint8_t *out, size_t cap, size_t *len)
{
    static const uint8_t hash[L2S_MSCHAP_HASH] = {1, 2, 3};
    uint8_t block[L2S_MSCHAP_BLOCK] = {0}, units[64];
    struct l2s_rc4 rc4;
    size_t have = fake_hex(wide, units, sizeof units);

    memcpy(block + 512 - have, units, have);
    block[512] = (uint8_t)n, block[513] = (uint8_t)(n >> 8);
    block[514] = (uint8_t)(n >> 16), block[515] = (uint8_t)(n >> 24);
    l2s_rc4_key(&rc4, hash, sizeof hash);
    l2s_rc4(&rc4, block, sizeof block);
    return l2s_mschap_uncover_password(hash, block, out, cap, len);
}

static void only_a_password_is_uncovered(void **state)
{
    uint8_t out[256];
    size_t n;
    (void)state;

    assert_int_equal(uncover("6100e400ac203dd81dde", 10, out, sizeof out, &n), L2TPSEC_OK);
    assert_int_equal(n, 10);
    assert_memory_equal(out, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x9d", 10);
    assert_int_equal(uncover("6100e400ac203dd81dde", 10, out, 9, &n), L2TPSEC_EPROTO); /* no room */
    assert_int_equal(n, 0);
    assert_int_equal(uncover("3dd86100", 4, out, sizeof out, &n), L2TPSEC_EPROTO); /* half a pair, */
    assert_int_equal(uncover("1dde3dd8", 4, out, sizeof out, &n), L2TPSEC_EPROTO); /* the other half, */
    assert_int_equal(uncover("61003dd8", 4, out, sizeof out, &n), L2TPSEC_EPROTO); /* and the end of it all */
    assert_int_equal(uncover("61000000", 4, out, sizeof out, &n), L2TPSEC_EPROTO); /* a NUL */
    assert_int_equal(uncover("610062", 3, out, sizeof out, &n), L2TPSEC_EPROTO);   /* half a unit */
    assert_int_equal(uncover("", 0, out, sizeof out, &n), L2TPSEC_EPROTO);
    assert_int_equal(uncover("", 513, out, sizeof out, &n), L2TPSEC_EPROTO);
    assert_int_equal(uncover("6100", 0x010002, out, sizeof out, &n), L2TPSEC_EPROTO);
    assert_int_equal(uncover("6100", 0x01000002, out, sizeof out, &n), L2TPSEC_EPROTO);
}
#endif

#if L2S_WITH_LEGACY_RC4
/* A new password of n bytes in a block of its own, as a peer would cover it that says it is so long. */
static int uncover_xs(uint32_t n, uint8_t *out, size_t cap, size_t *len)
{
    static const uint8_t key[L2S_MSCHAP_HASH] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    uint8_t clear[L2S_MSCHAP_BLOCK];
    struct l2s_rc4 rc4;

    for (size_t i = 0; i < sizeof clear; i++)
        clear[i] = i % 2 ? 0 : 'x';
    for (size_t i = 0; i < 4; i++)
        clear[512 + i] = (uint8_t)(n >> 8 * i);
    l2s_rc4_key(&rc4, key, sizeof key);
    l2s_rc4(&rc4, clear, sizeof clear);
    struct l2s_rd block = fake_rd_exact(clear, sizeof clear);
    int rc = l2s_mschap_uncover_password(key, block.p, out, cap, len);
    fake_rd_free();
    return rc;
}

static void a_new_password_is_no_longer_than_its_block(void **state)
{
    static const uint32_t wrong[] = {0, 1, 511, 513, 514, 516, 0x10002, 0x1000002, 0xfffffffe};
    uint8_t out[256];
    size_t len;
    (void)state;

    for (uint32_t n = 2; n <= 512; n += 2) {
        assert_int_equal(uncover_xs(n, out, sizeof out, &len), L2TPSEC_OK);
        assert_int_equal(len, n / 2);
        assert_int_equal(out[len - 1], 'x');
    }
    for (unsigned i = 0; i < L2S_COUNT_OF(wrong); i++) {
        assert_int_equal(uncover_xs(wrong[i], out, sizeof out, &len), L2TPSEC_EPROTO);
        assert_int_equal(len, 0);
    }
    assert_int_equal(uncover_xs(510, out, 255, &len), L2TPSEC_OK);
    assert_int_equal(uncover_xs(512, out, 255, &len), L2TPSEC_EPROTO);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_comes_out),
        cmocka_unit_test(passwords_beyond_ascii_are_utf16_and_rubbish_is_refused),
        cmocka_unit_test(a_domain_in_front_is_no_part_of_the_name),
        cmocka_unit_test(half_a_letter_is_none),
#if L2S_WITH_LEGACY_RC4
        cmocka_unit_test(a_new_password_is_no_longer_than_its_block),
        cmocka_unit_test(only_a_password_is_uncovered),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
