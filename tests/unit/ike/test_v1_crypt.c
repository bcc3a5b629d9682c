/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/v1/crypt.h"
#include "unit/fakes/fakes.h"

#include <string.h>

static const struct l2s_isakmp header = {.icookie = {1}, .rcookie = {2}, .exchange = L2S_EXCHANGE_QUICK, .flags = 1};

static struct fake_sys f;
static struct l2s_crypto *crypto;
static struct l2s_v1_keys keys;

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&f);
    memset(&keys, 0, sizeof keys);
    keys.cipher = L2S_AES_CBC;
    keys.key_len = keys.block = 16;
    return l2s_crypto_mbedtls_new(&f.sys, &crypto);
}

static int teardown(void **state)
{
    (void)state;
    l2s_crypto_free(crypto);
    fake_sys_fini(&f);
    return 0;
}

static void what_is_sealed_is_opened_and_the_ivs_move_alike(void **state)
{
    uint8_t room[128], there[16] = {7}, back[16] = {7};
    struct l2s_wr w = l2s_wr_init(room, sizeof room);
    struct l2s_chain c = l2s_chain_begin(&w, &header);
    (void)state;

    l2s_chain_put(&c, L2S_PT_NONCE, "nonce", 5);
    assert_int_equal(l2s_v1_seal(&keys, crypto, there, &c), L2TPSEC_OK);
    assert_int_equal(w.len, 28 + 16);
    assert_memory_equal(there, room + 28, 16);
    assert_int_equal(l2s_v1_open(&keys, crypto, back, room + 28, 16), L2TPSEC_OK);
    assert_memory_equal(there, back, 16);
    assert_memory_equal(room + 28 + 4, "nonce", 5);
}

static void a_message_that_does_not_fit_is_not_sealed(void **state)
{
    uint8_t room[28 + 12], iv[16] = {7};
    struct l2s_wr w = l2s_wr_init(room, sizeof room);
    struct l2s_chain c = l2s_chain_begin(&w, &header);
    (void)state;

    l2s_chain_put(&c, L2S_PT_NONCE, "nonce", 5); /* it does, but not its padding */
    assert_int_equal(l2s_v1_seal(&keys, crypto, iv, &c), L2TPSEC_EINTERNAL);
    assert_int_equal(iv[0], 7);
}

static void what_is_no_whole_block_is_not_opened_and_moves_no_iv(void **state)
{
    uint8_t body[32] = {0}, iv[16] = {7};
    (void)state;

    for (size_t n = 0; n < 32; n++)
        if (n != 16)
            assert_int_equal(l2s_v1_open(&keys, crypto, iv, body, n), L2TPSEC_EPROTO);
    keys.key_len = 5; /* a key the provider does not take */
    assert_int_not_equal(l2s_v1_open(&keys, crypto, iv, body, 16), L2TPSEC_OK);
    assert_int_equal(iv[0], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sealed_is_opened_and_the_ivs_move_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_that_does_not_fit_is_not_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_whole_block_is_not_opened_and_moves_no_iv, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
