/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "crypto/provider.h"
#include "hide.h"

#include <string.h>

static int next(const char *hex, struct l2s_l2tp_avp *a)
{
    uint8_t bytes[256];
    struct l2s_rd r = fake_rd_exact(bytes, fake_hex(hex, bytes, sizeof bytes));

    return l2s_l2tp_avp_next(&r, a);
}

static void an_avp_is_read(void **state)
{
    struct l2s_l2tp_avp a;
    (void)state;

    assert_int_equal(next("8008 0000 0009 1234", &a), 1);
    assert_true(a.mandatory);
    assert_false(a.hidden);
    assert_false(a.reserved);
    assert_int_equal(a.vendor, 0);
    assert_int_equal(a.type, L2S_AVP_TUNNEL_ID);
    assert_true(l2s_rd_equals(&a.value, "\x12\x34", 2));

    assert_int_equal(next("4407 0de9 0002 00", &a), 1);
    assert_false(a.mandatory);
    assert_true(a.hidden);
    assert_true(a.reserved);
    assert_int_equal(a.vendor, 3561);
    fake_rd_free();
}

static void a_list_ends_clean_or_not_at_all(void **state)
{
    uint8_t bytes[64];
    struct l2s_l2tp_avp a;
    struct l2s_rd r = fake_rd_exact(bytes, fake_hex("8006 0000 0027 0007 0000 0008 41", bytes, sizeof bytes));
    (void)state;

    assert_int_equal(l2s_l2tp_avp_next(&r, &a), 1);
    assert_int_equal(a.value.left, 0);
    assert_int_equal(l2s_l2tp_avp_next(&r, &a), 1);
    assert_int_equal(l2s_l2tp_avp_next(&r, &a), 0);
    assert_int_equal(l2s_l2tp_avp_next(&r, &a), 0);
    fake_rd_free();
}

static void a_length_below_six_or_past_the_end_is_refused(void **state)
{
    struct l2s_l2tp_avp a;
    (void)state;

    assert_int_equal(next("8000 0000 0009 1234", &a), L2TPSEC_EPROTO);
    assert_int_equal(next("8005 0000 0009 1234", &a), L2TPSEC_EPROTO);
    assert_int_equal(next("8009 0000 0009 1234", &a), L2TPSEC_EPROTO);
    assert_int_equal(next("83ff 0000 0009 1234", &a), L2TPSEC_EPROTO);
    fake_rd_free();
}

static void every_truncation_of_an_avp_is_refused(void **state)
{
    static const uint8_t avp[] = {0x80, 0x08, 0, 0, 0, 9, 0x12, 0x34};
    (void)state;

    for (size_t n = 1; n < sizeof avp; n++) {
        struct l2s_rd r = fake_rd_exact(avp, n);
        struct l2s_l2tp_avp got;
        assert_int_equal(l2s_l2tp_avp_next(&r, &got), L2TPSEC_EPROTO);
        assert_int_equal(l2s_l2tp_avp_next(&r, &got), L2TPSEC_EPROTO); /* and stays so */
    }
    fake_rd_free();
}

static void an_avp_longer_than_ten_bits_can_say_is_not_written(void **state)
{
    uint8_t out[2048], value[1018] = {0};
    (void)state;

    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    size_t at = l2s_l2tp_avp_open(&w, L2S_AVP_HOST_NAME);
    l2s_wr_bytes(&w, value, 1017);
    l2s_l2tp_avp_close(&w, at, true, false);
    assert_false(w.bad);
    assert_int_equal(w.len, L2S_L2TP_AVP_MAX);

    w = l2s_wr_init(out, sizeof out);
    at = l2s_l2tp_avp_open(&w, L2S_AVP_HOST_NAME);
    l2s_wr_bytes(&w, value, 1018);
    l2s_l2tp_avp_close(&w, at, true, false);
    assert_true(w.bad);
}

static void the_table_has_the_lengths_and_bits_of_the_rfc(void **state)
{
    (void)state;

    assert_null(l2s_l2tp_avp_rule(20)); /* was Sub-Address once, now unassigned */
    assert_null(l2s_l2tp_avp_rule(40));
    assert_null(l2s_l2tp_avp_rule(L2S_AVP_TYPES));
    assert_null(l2s_l2tp_avp_rule(0xffff));
    const struct l2s_l2tp_avp_rule *r = l2s_l2tp_avp_rule(L2S_AVP_Q931);
    assert_int_equal(r->min, 3);
    r = l2s_l2tp_avp_rule(L2S_AVP_RESPONSE);
    assert_int_equal(r->min, 16);
    assert_int_equal(r->max, 16);
    assert_true(r->messages & 1u << L2S_L2TP_SCCCN);
    assert_false(r->messages & 1u << L2S_L2TP_SCCRQ);
    assert_false(l2s_l2tp_avp_rule(L2S_AVP_VENDOR_NAME)->mandatory);
    assert_false(l2s_l2tp_avp_rule(L2S_AVP_RX_SPEED)->mandatory);
    assert_true(l2s_l2tp_avp_rule(L2S_AVP_HOST_NAME)->mandatory);
    assert_false(l2s_l2tp_avp_rule(L2S_AVP_RESULT)->hideable);
}

/* ---- hiding ---------------------------------------------------------------------------------------------------- */

static const uint8_t secret[] = {'t', 'u', 'n', 'n', 'e', 'l', '-', 'p', 'w'};
static const uint8_t vector[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void setup(struct fake_sys *f, struct l2s_crypto **c, struct l2s_l2tp_hiding *h)
{
    fake_sys_init(f);
    assert_int_equal(l2s_crypto_mbedtls_new(&f->sys, c), L2TPSEC_OK);
    memset(h, 0, sizeof *h);
    h->crypto = *c;
    h->secret = secret;
    h->secret_len = sizeof secret;
    h->vector = l2s_rd_init(vector, sizeof vector);
    h->have_vector = true;
}

static void done(struct fake_sys *f, struct l2s_crypto *c)
{
    l2s_crypto_free(c);
    fake_rd_free();
    fake_sys_fini(f);
}

static void a_hidden_value_of_any_length_is_uncovered(void **state)
{
    struct fake_sys f;
    struct l2s_crypto *c;
    struct l2s_l2tp_hiding h;
    uint8_t clear[1015], hidden[1017];
    (void)state;

    setup(&f, &c, &h);
    for (size_t i = 0; i < sizeof clear; i++)
        clear[i] = (uint8_t)(i * 7);
    for (size_t i = 0, n = 0; n <= sizeof clear; i++, n = i < 140 ? i / 2 : n + 63) {
        size_t len = hide(c, secret, sizeof secret, h.vector, 11, clear, n, i < 140 && i % 2 ? 3 : 0, hidden);
        struct l2s_l2tp_avp a = {.hidden = true, .type = 11, .value = fake_rd_exact(hidden, len)};
        h.used = 0;
        assert_int_equal(l2s_l2tp_avp_unhide(&h, &a), L2TPSEC_OK);
        assert_false(a.hidden);
        assert_true(l2s_rd_equals(&a.value, clear, n));
    }
    done(&f, c);
}

static void a_hidden_value_with_an_original_longer_than_itself_is_refused(void **state)
{
    struct fake_sys f;
    struct l2s_crypto *c;
    struct l2s_l2tp_hiding h;
    uint8_t hidden[64];
    (void)state;

    setup(&f, &c, &h);
    for (size_t n = 2; n < 40; n++) {
        hide(c, secret, sizeof secret, h.vector, 11, (const uint8_t *)"0123456789012345678901234567890123456789", 40, 0,
             hidden);
        struct l2s_l2tp_avp a = {.hidden = true, .type = 11, .value = fake_rd_exact(hidden, n)};
        h.used = 0;
        assert_int_equal(l2s_l2tp_avp_unhide(&h, &a), L2TPSEC_EPROTO);
    }
    for (size_t n = 0; n < 2; n++) {
        struct l2s_l2tp_avp a = {.hidden = true, .type = 11, .value = fake_rd_exact(hidden, n)};
        assert_int_equal(l2s_l2tp_avp_unhide(&h, &a), L2TPSEC_EPROTO);
    }
    done(&f, c);
}

static void without_secret_or_vector_nothing_is_uncovered(void **state)
{
    struct fake_sys f;
    struct l2s_crypto *c;
    struct l2s_l2tp_hiding h;
    uint8_t hidden[64];
    (void)state;

    setup(&f, &c, &h);
    size_t len = hide(c, secret, sizeof secret, h.vector, 9, (const uint8_t *)"\x12\x34", 2, 0, hidden);
    struct l2s_l2tp_avp a = {.hidden = true, .type = 9, .value = fake_rd_exact(hidden, len)};
    h.have_vector = false;
    assert_int_equal(l2s_l2tp_avp_unhide(&h, &a), L2TPSEC_EPROTO);
    h.have_vector = true;
    h.secret_len = 0;
    assert_int_equal(l2s_l2tp_avp_unhide(&h, &a), L2TPSEC_ENOENT);
    done(&f, c);
}

static void the_scratch_is_bounded(void **state)
{
    struct fake_sys f;
    struct l2s_crypto *c;
    struct l2s_l2tp_hiding h;
    uint8_t clear[600] = {0}, hidden[610];
    (void)state;

    setup(&f, &c, &h);
    size_t len = hide(c, secret, sizeof secret, h.vector, 11, clear, sizeof clear, 0, hidden);
    struct l2s_l2tp_avp a = {.hidden = true, .type = 11, .value = fake_rd_exact(hidden, len)}, b = a;
    assert_int_equal(l2s_l2tp_avp_unhide(&h, &a), L2TPSEC_OK);
    assert_int_equal(l2s_l2tp_avp_unhide(&h, &b), L2TPSEC_ENOMEM);
    done(&f, c);
}

/* ---- a provider that fails ----------------------------------------------------------------------------------------- */

static const struct l2s_crypto_ops *sane;
static unsigned good_hashes; /* then they fail */

static int failing_hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in,
                        uint8_t *out)
{
    return good_hashes-- ? sane->hash(c, id, in, n_in, out) : L2TPSEC_EINTERNAL;
}

static void what_cannot_be_masked_is_neither_hidden_nor_uncovered(void **state)
{
    static const uint8_t key[] = "secret", value[40], padding[16];
    struct l2s_crypto_ops failing;
    uint8_t out[200];
    struct rig r;
    (void)state;

    rig_solo(&r);
    sane = r.crypto->ops;
    failing = *sane;
    failing.hash = failing_hash;
    r.crypto->ops = &failing;
    for (unsigned good = 0; good < 3; good++) { /* of three blocks */
        struct l2s_l2tp_hiding h = {.crypto = r.crypto,
                                    .secret = key,
                                    .secret_len = 6,
                                    .vector = l2s_rd_init(vector, sizeof vector),
                                    .padding = padding,
                                    .have_vector = true};
        struct l2s_l2tp_avp avp = {
            .hidden = true, .type = L2S_AVP_CHALLENGE, .value = l2s_rd_init(value, sizeof value)};
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        size_t at = l2s_l2tp_avp_open(&w, L2S_AVP_CHALLENGE);
        l2s_wr_bytes(&w, value, sizeof value);
        good_hashes = good;
        assert_int_equal(l2s_l2tp_avp_hide(&h, &w, at, L2S_AVP_CHALLENGE), L2TPSEC_EINTERNAL);
        good_hashes = good;
        assert_int_equal(l2s_l2tp_avp_unhide(&h, &avp), L2TPSEC_EINTERNAL);
    }
    r.crypto->ops = sane;
    rig_fini(&r);
}

static void what_does_not_fit_is_not_hidden(void **state)
{
    static const uint8_t key[] = "secret", padding[16];
    uint8_t out[20];
    struct rig r;
    (void)state;

    rig_solo(&r);
    struct l2s_l2tp_hiding h = {.crypto = r.crypto,
                                .secret = key,
                                .secret_len = 6,
                                .vector = l2s_rd_init(vector, sizeof vector),
                                .padding = padding};
    for (size_t n = 2; n < 40; n++) {
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        size_t at = l2s_l2tp_avp_open(&w, L2S_AVP_CHALLENGE);
        l2s_wr_zeros(&w, n);
        assert_int_equal(l2s_l2tp_avp_hide(&h, &w, at, L2S_AVP_CHALLENGE), L2TPSEC_OK);
        assert_true(w.bad); /* whole blocks would pass its end */
    }
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_avp_is_read),
        cmocka_unit_test(a_list_ends_clean_or_not_at_all),
        cmocka_unit_test(a_length_below_six_or_past_the_end_is_refused),
        cmocka_unit_test(every_truncation_of_an_avp_is_refused),
        cmocka_unit_test(an_avp_longer_than_ten_bits_can_say_is_not_written),
        cmocka_unit_test(the_table_has_the_lengths_and_bits_of_the_rfc),
        cmocka_unit_test(a_hidden_value_of_any_length_is_uncovered),
        cmocka_unit_test(a_hidden_value_with_an_original_longer_than_itself_is_refused),
        cmocka_unit_test(without_secret_or_vector_nothing_is_uncovered),
        cmocka_unit_test(the_scratch_is_bounded),
        cmocka_unit_test(what_cannot_be_masked_is_neither_hidden_nor_uncovered),
        cmocka_unit_test(what_does_not_fit_is_not_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
