/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include <string.h>

static uint32_t get(const char *hex, struct l2s_l2tp_header *h)
{
    uint8_t bytes[256];
    size_t n = fake_hex(hex, bytes, sizeof bytes);
    struct l2s_rd r = fake_rd_exact(bytes, n);

    return l2s_l2tp_header_get(r.p, r.left, h);
}

static void a_control_header_is_read(void **state)
{
    struct l2s_l2tp_header h;
    (void)state;

    assert_int_equal(get("c802 0014 873c 712a 0001 ff02 8008000000000003", &h), 0);
    assert_true(h.control);
    assert_int_equal(h.tunnel, 0x873c);
    assert_int_equal(h.session, 0x712a);
    assert_int_equal(h.ns, 1);
    assert_int_equal(h.nr, 0xff02);
    assert_int_equal(h.body.left, 8);
    fake_rd_free();
}

static void data_is_read_with_and_without_length_sequence_offset_and_priority(void **state)
{
    static const char *const frames[] = {
        "0002 1111 2222 ff03c021",                            /* nothing: the Linux kernel, Meraki */
        "4002 000c 1111 2222 ff03c021",                       /* L */
        "4002 000c 1111 2222 ff03c021 0000",                  /* L, and bytes behind it */
        "0102 1111 2222 ff03c021",                            /* P */
        "0802 1111 2222 0007 0000 ff03c021",                  /* S */
        "0202 1111 2222 0000 ff03c021",                       /* O of none */
        "0202 1111 2222 0003 aabbcc ff03c021",                /* O */
        "4b02 0015 1111 2222 0007 0009 0003 aabbcc ff03c021", /* all of them */
        "74f2 000c 1111 2222 ff03c021",                       /* reserved bits */
    };
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(frames); i++) {
        struct l2s_l2tp_header h;
        assert_int_equal(get(frames[i], &h), 0);
        assert_false(h.control);
        assert_int_equal(h.tunnel, 0x1111);
        assert_int_equal(h.session, 0x2222);
        assert_true(l2s_rd_equals(&h.body, "\xff\x03\xc0\x21", 4));
    }
    fake_rd_free();
}

static void a_header_that_contradicts_itself_is_refused(void **state)
{
    struct l2s_l2tp_header h;
    (void)state;

    assert_int_equal(get("", &h), L2TPSEC_DROP_SHORT);
    assert_int_equal(get("c8", &h), L2TPSEC_DROP_SHORT);
    assert_int_equal(get("c802", &h), L2TPSEC_DROP_SHORT);
    assert_int_equal(get("c801 000c 0001 0000 0000 0000", &h), L2TPSEC_DROP_VERSION);   /* L2F */
    assert_int_equal(get("c803 000c 0001 0000 0000 0000", &h), L2TPSEC_DROP_VERSION);   /* L2TPv3 */
    assert_int_equal(get("8802 0001 0000 0000 0000", &h), L2TPSEC_DROP_MALFORMED);      /* control without L */
    assert_int_equal(get("c002 0008 0001 0000", &h), L2TPSEC_DROP_MALFORMED);           /* control without S */
    assert_int_equal(get("c802 000d 0001 0000 0000 0000", &h), L2TPSEC_DROP_MALFORMED); /* longer than the datagram */
    assert_int_equal(get("c802 000b 0001 0000 0000 0000", &h), L2TPSEC_DROP_MALFORMED); /* shorter than the header */
    assert_int_equal(get("c802 0003 0001 0000 0000 0000", &h), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(get("c802 0000 0001 0000 0000 0000", &h), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(get("0202 1111 2222 0005 aabbcc", &h), L2TPSEC_DROP_MALFORMED); /* offset past the end */
    assert_int_equal(get("0202 1111 2222 ffff aabbcc", &h), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(get("4202 000a 1111 2222 0001 ff", &h), L2TPSEC_DROP_MALFORMED); /* offset past Length */
    fake_rd_free();
}

static void every_truncation_of_a_header_is_refused(void **state)
{
    static const char *const whole[] = {"c802 000c 0001 0000 0000 0000", "0002 1111 2222", "4002 0008 1111 2222",
                                        "4b02 0011 1111 2222 0007 0009 0003 aabbcc"};
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(whole); i++) {
        uint8_t bytes[64];
        struct l2s_l2tp_header h;
        size_t len = fake_hex(whole[i], bytes, sizeof bytes);
        for (size_t n = 0; n < len; n++) {
            struct l2s_rd r = fake_rd_exact(bytes, n);
            assert_int_not_equal(l2s_l2tp_header_get(r.p, r.left, &h), 0);
        }
        struct l2s_rd r = fake_rd_exact(bytes, len);
        assert_int_equal(l2s_l2tp_header_get(r.p, r.left, &h), 0);
    }
    fake_rd_free();
}

static void what_is_written_has_the_one_form_that_mtpd_accepts(void **state)
{
    uint8_t out[32], want[32];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    (void)state;

    l2s_l2tp_header_open(&w, 0x1234, 0x5678, 9, 10);
    l2s_wr_u16(&w, 0xabcd);
    l2s_l2tp_header_close(&w);
    size_t n = fake_hex("c802 000e 1234 5678 0009 000a abcd", want, sizeof want);
    assert_int_equal(w.len, n);
    assert_memory_equal(out, want, n);

    w = l2s_wr_init(out, sizeof out);
    l2s_l2tp_header_put_data(&w, 0x1234, 0x5678, false);
    n = fake_hex("4002 0000 1234 5678", want, sizeof want);
    assert_int_equal(w.len, n);
    assert_memory_equal(out, want, n);
}

static void a_header_that_does_not_fit_makes_the_writer_bad(void **state)
{
    uint8_t out[L2S_L2TP_CONTROL_HEADER];
    (void)state;

    for (size_t cap = 0; cap < sizeof out; cap++) {
        struct l2s_wr w = l2s_wr_init(out, cap);
        l2s_l2tp_header_open(&w, 1, 2, 3, 4);
        l2s_l2tp_header_close(&w);
        assert_true(w.bad);
    }
}

static void a_length_that_is_not_the_datagrams_is_malformed(void **state)
{
    uint8_t p[16] = {0x40, 0x02, 0, 0, 0, 1, 0, 2, 'x'}; /* data, with a length */
    struct l2s_l2tp_header h;
    (void)state;

    for (uint8_t length = 0; length < 20; length++) {
        p[3] = length;
        struct l2s_rd r = fake_rd_exact(p, 9);
        uint32_t drop = l2s_l2tp_header_get(r.p, r.left, &h);
        assert_int_equal(drop, length == 8 || length == 9 ? 0 : L2TPSEC_DROP_MALFORMED);
    }
    fake_rd_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_control_header_is_read),
        cmocka_unit_test(data_is_read_with_and_without_length_sequence_offset_and_priority),
        cmocka_unit_test(a_header_that_contradicts_itself_is_refused),
        cmocka_unit_test(every_truncation_of_a_header_is_refused),
        cmocka_unit_test(what_is_written_has_the_one_form_that_mtpd_accepts),
        cmocka_unit_test(a_header_that_does_not_fit_makes_the_writer_bad),
        cmocka_unit_test(a_length_that_is_not_the_datagrams_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
