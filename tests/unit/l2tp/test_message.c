/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "crypto/provider.h"
#include "hide.h"

#include <string.h>

#define XL2TPD "l2tp_xl2tpd.txt"

static struct l2s_l2tp_hiding plain; /* no secret */

static int get(const char *hex, struct l2s_l2tp_msg *m)
{
    uint8_t bytes[1024];
    size_t n = fake_hex(hex, bytes, sizeof bytes);

    return l2s_l2tp_msg_get(fake_rd_exact(bytes, n), &plain, m);
}

static struct l2s_rd body(const char *name, struct l2s_l2tp_header *h)
{
    uint8_t bytes[1024];
    size_t n = rig_vector(XL2TPD, name, bytes, sizeof bytes);
    struct l2s_rd r = fake_rd_exact(bytes, n);

    assert_int_equal(l2s_l2tp_header_get(r.p, r.left, h), 0);
    return h->body;
}

static void xl2tpds_messages_are_read(void **state)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(l2s_l2tp_msg_get(body("psk.lac.SCCRQ", &h), &plain, &m), L2TPSEC_OK);
    assert_int_equal(m.type, L2S_L2TP_SCCRQ);
    assert_int_equal(m.error, 0);
    assert_int_equal(m.version, 0x0100);
    assert_int_equal(m.framing, 3);
    assert_int_equal(m.firmware, 0x0690);
    assert_int_equal(m.tunnel_id, 0x1c7c);
    assert_int_equal(m.window, 4);
    assert_true(l2s_rd_equals(&m.host_name, "linux-client", 12));
    assert_true(l2s_rd_equals(&m.vendor_name, "xelerance.com", 13));
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_CHALLENGE));

    assert_int_equal(l2s_l2tp_msg_get(body("auth.lns.SCCRP", &h), &plain, &m), L2TPSEC_OK);
    assert_int_equal(m.type, L2S_L2TP_SCCRP);
    assert_int_equal(m.tunnel_id, 0x991f);
    assert_int_equal(m.challenge.left, 16);
    assert_int_equal(m.response.left, 16);

    assert_int_equal(l2s_l2tp_msg_get(body("psk.lac.ICRQ", &h), &plain, &m), L2TPSEC_OK);
    assert_int_equal(m.type, L2S_L2TP_ICRQ);
    assert_int_equal(m.session_id, 0x69ce);
    assert_int_equal(m.serial, 1);

    assert_int_equal(l2s_l2tp_msg_get(body("psk.lac.ICCN", &h), &plain, &m), L2TPSEC_OK);
    assert_int_equal(m.type, L2S_L2TP_ICCN);
    assert_true(l2s_l2tp_msg_has(&m, L2S_AVP_TX_SPEED));
    assert_int_equal(m.tx_speed, 0); /* as it is */
    assert_int_equal(m.framing, 1);

    assert_int_equal(l2s_l2tp_msg_get(body("wrong_password.lns.CDN", &h), &plain, &m), L2TPSEC_OK);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(m.result, 1);
    assert_int_equal(m.result_error, 0);
    assert_int_equal(m.session_id, 0xc64e);

    assert_int_equal(l2s_l2tp_msg_get(body("server_close.lns.StopCCN", &h), &plain, &m), L2TPSEC_OK);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(m.result, 1);
    assert_int_equal(m.tunnel_id, 0x148c);
    assert_true(l2s_rd_equals(&m.words, "Server closing", 14));
    fake_rd_free();
}

static void truncate(void *arg, const uint8_t *p, size_t n)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg whole, m;
    struct l2s_rd r = fake_rd_exact(p, n);
    (void)arg;

    assert_int_equal(l2s_l2tp_header_get(r.p, r.left, &h), 0);
    if (!h.control || l2s_rd_done(&h.body))
        return;
    assert_int_equal(l2s_l2tp_msg_get(h.body, &plain, &whole), L2TPSEC_OK);
    assert_int_equal(whole.error, 0);
    for (size_t cut = 0; cut < h.body.left; cut++) {
        int rc = l2s_l2tp_msg_get(fake_rd_exact(h.body.p, cut), &plain, &m);
        if (cut < 8) {
            assert_int_equal(rc, L2TPSEC_EPROTO); /* not even a type */
            continue;
        }
        assert_int_equal(rc, L2TPSEC_OK);
        assert_int_equal(m.type, whole.type);
        if (m.type == L2S_L2TP_STOPCCN || m.type == L2S_L2TP_CDN) /* close all the same */
            assert_int_equal(m.error, 0);
        else /* cut within an AVP, or whole AVPs are missing */
            assert_true(m.error == L2S_L2TP_ERROR_LENGTH || (m.error == 0 && m.have != whole.have));
    }
    fake_rd_free();
}

static void every_truncation_of_every_message_is_refused(void **state)
{
    (void)state;

    assert_true(rig_vectors(XL2TPD, truncate, NULL) > 40);
    fake_rd_free();
}

static void what_is_written_is_read_back(void **state)
{
    static const uint16_t avps[] = {L2S_AVP_RESULT,      L2S_AVP_VERSION,    L2S_AVP_FRAMING_CAP, L2S_AVP_HOST_NAME,
                                    L2S_AVP_VENDOR_NAME, L2S_AVP_TUNNEL_ID,  L2S_AVP_WINDOW,      L2S_AVP_CHALLENGE,
                                    L2S_AVP_RESPONSE,    L2S_AVP_SESSION_ID, L2S_AVP_SERIAL,      L2S_AVP_FRAMING_TYPE,
                                    L2S_AVP_TX_SPEED};
    static const uint16_t types[] = {L2S_L2TP_SCCRQ, L2S_L2TP_SCCRP, L2S_L2TP_SCCCN, L2S_L2TP_STOPCCN, L2S_L2TP_HELLO,
                                     L2S_L2TP_ICRQ,  L2S_L2TP_ICRP,  L2S_L2TP_ICCN,  L2S_L2TP_CDN};
    uint8_t out[1024];
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(types); i++) {
        struct l2s_l2tp_msg m = {.type = types[i],
                                 .version = 0x0100,
                                 .framing = 3,
                                 .tunnel_id = 5,
                                 .window = 6,
                                 .session_id = 7,
                                 .serial = 8,
                                 .tx_speed = 9,
                                 .result = 2,
                                 .result_error = 6,
                                 .host_name = l2s_rd_init("host", 4),
                                 .vendor_name = l2s_rd_init("vendor", 6),
                                 .challenge = l2s_rd_init("challenge", 9),
                                 .response = l2s_rd_init("0123456789abcdef", 16),
                                 .words = l2s_rd_init("words", 5)};
        struct l2s_l2tp_msg got;
        for (size_t k = 0; k < L2S_COUNT_OF(avps); k++) {
            if (l2s_l2tp_avp_rule(avps[k])->messages & 1u << types[i])
                l2s_l2tp_msg_add(&m, avps[k]);
        }
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        l2s_l2tp_msg_put(&w, &m);
        assert_false(w.bad);
        assert_int_equal(l2s_l2tp_msg_get(fake_rd_exact(out, w.len), &plain, &got), L2TPSEC_OK);
        assert_int_equal(got.type, types[i]);
        assert_true(got.type_mandatory);
        assert_int_equal(got.error, 0);
        assert_true(got.have == (m.have | 1));
        if (l2s_l2tp_msg_has(&m, L2S_AVP_RESULT)) {
            assert_int_equal(got.result, 2);
            assert_int_equal(got.result_error, 6);
            assert_true(l2s_rd_equals(&got.words, "words", 5));
        }
        if (l2s_l2tp_msg_has(&m, L2S_AVP_RESPONSE))
            assert_true(l2s_rd_equals(&got.response, "0123456789abcdef", 16));
        for (size_t cap = 0; cap < w.len; cap++) { /* and never written past the end */
            struct l2s_wr small = l2s_wr_init(out, cap);
            l2s_l2tp_msg_put(&small, &m);
            assert_true(small.bad);
        }
    }
    fake_rd_free();
}

static void mandatory_bits_are_sent_as_the_rfc_has_them(void **state)
{
    uint8_t out[128], want[128];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_SCCRQ,
                             .version = 0x0100,
                             .framing = 3,
                             .tunnel_id = 0x1234,
                             .window = 8,
                             .host_name = l2s_rd_init("h", 1),
                             .vendor_name = l2s_rd_init("v", 1)};
    (void)state;

    l2s_l2tp_msg_add(&m, L2S_AVP_VERSION);
    l2s_l2tp_msg_add(&m, L2S_AVP_FRAMING_CAP);
    l2s_l2tp_msg_add(&m, L2S_AVP_HOST_NAME);
    l2s_l2tp_msg_add(&m, L2S_AVP_VENDOR_NAME);
    l2s_l2tp_msg_add(&m, L2S_AVP_TUNNEL_ID);
    l2s_l2tp_msg_add(&m, L2S_AVP_WINDOW);
    l2s_l2tp_msg_put(&w, &m);
    size_t n = fake_hex("8008 0000 0000 0001"
                        "8008 0000 0002 0100"
                        "800a 0000 0003 00000003"
                        "8007 0000 0007 68"
                        "0007 0000 0008 76"
                        "8008 0000 0009 1234"
                        "8008 0000 000a 0008",
                        want, sizeof want);
    assert_int_equal(w.len, n);
    assert_memory_equal(out, want, n);
}

static void a_message_without_its_type_in_front_is_malformed(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(get("", &m), L2TPSEC_EPROTO);
    assert_int_equal(get("8008 0000 0009 1234 8008 0000 0000 0001", &m), L2TPSEC_EPROTO);
    assert_int_equal(get("8007 0000 0000 01", &m), L2TPSEC_EPROTO);
    assert_int_equal(get("800a 0000 0000 00000001", &m), L2TPSEC_EPROTO);
    assert_int_equal(get("8008 0009 0000 0001", &m), L2TPSEC_EPROTO); /* another vendor's type 0 */
    assert_int_equal(get("c008 0000 0000 0001", &m), L2TPSEC_EPROTO); /* hidden */
    fake_rd_free();
}

static void an_unknown_type_matters_only_with_its_mandatory_bit(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(get("8008 0000 0000 0012", &m), L2TPSEC_OK);
    assert_int_not_equal(m.error, 0);
    assert_int_equal(get("0008 0000 0000 0012", &m), L2TPSEC_OK);
    assert_int_equal(m.error, 0);
    assert_string_equal(l2s_l2tp_msg_name(0x12), "?");
    assert_string_equal(l2s_l2tp_msg_name(0xffff), "?");
    assert_string_equal(l2s_l2tp_msg_name(5), "?"); /* reserved */
    fake_rd_free();
}

#define ICRQ "8008 0000 0000 000a 8008 0000 000e 0001"
#define SCCRQ "8008 0000 0000 0001 8008 0000 0002 0100 8008 0000 0009 0001"

static void an_unknown_avp_matters_only_with_its_mandatory_bit(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(get(SCCRQ "0008 0000 0063 0000", &m), L2TPSEC_OK);
    assert_int_equal(m.error, 0);
    assert_int_equal(get(SCCRQ "8008 0000 0063 0000", &m), L2TPSEC_OK);
    assert_int_equal(m.error, L2S_L2TP_ERROR_UNKNOWN_AVP);
    assert_int_equal(m.error_vendor, 0);
    assert_int_equal(m.error_avp, 0x63);
    assert_int_equal(m.tunnel_id, 1); /* what else it says is known: there is somebody to answer to */
    assert_int_equal(get(SCCRQ "8408 0000 0004 00000000", &m), L2TPSEC_OK); /* known, but a reserved bit */
    assert_int_equal(m.error, L2S_L2TP_ERROR_UNKNOWN_AVP);
    fake_rd_free();
}

static void the_vendor_is_looked_at_before_the_type(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    /* Broadband Forum 3561 type 2 is no Protocol Version; Microsoft 311 has a correlation id */
    assert_int_equal(get("8008 0000 0000 0001 0008 0de9 0002 0900 8008 0000 0009 0001 001a 0137 0001"
                         "000102030405060708090a0b0c0d0e0f10111213",
                         &m),
                     L2TPSEC_OK);
    assert_int_equal(m.error, 0);
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_VERSION));
    assert_int_equal(get(SCCRQ "8008 0de9 0002 0900", &m), L2TPSEC_OK);
    assert_int_equal(m.error, L2S_L2TP_ERROR_UNKNOWN_AVP);
    assert_int_equal(m.error_vendor, 3561);
    assert_int_equal(m.version, 0x0100);
    fake_rd_free();
}

static void a_wrong_length_matters_only_with_the_mandatory_bit(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(get("8008 0000 0000 000c 0008 0000 0026 0001", &m), L2TPSEC_OK); /* the RFC's own example, 7.1 */
    assert_int_equal(m.error, 0);
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_RX_SPEED));
    assert_int_equal(get("8008 0000 0000 000c 8008 0000 0018 0001", &m), L2TPSEC_OK);
    assert_int_equal(m.error, L2S_L2TP_ERROR_LENGTH);
    assert_int_equal(m.error_avp, L2S_AVP_TX_SPEED);
    fake_rd_free();
}

static void a_known_avp_in_the_wrong_message_is_passed_over(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    /* mpd: Host Name and more in SCCCN */
    assert_int_equal(get("8008 0000 0000 0003 800a 0000 0007 6d706435 8008 0000 0009 0001", &m), L2TPSEC_OK);
    assert_int_equal(m.error, 0);
    assert_true(m.have == 1);
    fake_rd_free();
}

static void the_first_of_two_alike_counts(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(get(ICRQ "8008 0000 000e 0002", &m), L2TPSEC_OK);
    assert_int_equal(m.session_id, 1);
    fake_rd_free();
}

static void telephone_numbers_of_any_length_do_no_harm(void **state)
{
    uint8_t bytes[2048];
    struct l2s_wr w = l2s_wr_init(bytes, sizeof bytes);
    struct l2s_l2tp_msg m;
    (void)state;

    w.len = fake_hex(ICRQ, bytes, sizeof bytes);
    size_t at = l2s_l2tp_avp_open(&w, L2S_AVP_CALLING);
    l2s_wr_zeros(&w, 1017);
    l2s_l2tp_avp_close(&w, at, true, false);
    at = l2s_l2tp_avp_open(&w, L2S_AVP_CALLED);
    l2s_l2tp_avp_close(&w, at, true, false);
    assert_false(w.bad);
    assert_int_equal(l2s_l2tp_msg_get(fake_rd_exact(bytes, w.len), &plain, &m), L2TPSEC_OK);
    assert_int_equal(m.error, 0);
    assert_int_equal(m.session_id, 1);
    fake_rd_free();
}

#define CDN "8008 0000 0000 000e 8008 0000 000e 0001"

static void a_result_code_is_read_in_every_length_seen(void **state)
{
    static const struct {
        const char *avp;
        uint16_t result, error;
        size_t words;
    } seen[] = {
        {"8006 0000 0001", 0, 0, 0},
        {"8007 0000 0001 03", 0, 0, 1},
        {"8008 0000 0001 0003", 3, 0, 0}, /* MikroTik: no error code */
        {"8009 0000 0001 0003 00", 3, 0, 1},
        {"800a 0000 0001 0002 0006", 2, 6, 0},
        {"800e 0000 0001 0002 0006 41424344", 2, 6, 4},
        {"8008 0000 0001 0300", 3, 0, 0},      /* Apple: no htons */
        {"800a 0000 0001 0200 0600", 2, 6, 0}, /* both */
        {"800a 0000 0001 0000 0000", 0, 0, 0},
        {"800a 0000 0001 0103 0000", 0x0103, 0, 0}, /* not a small number the wrong way round */
    };
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(seen); i++) {
        char hex[256] = CDN;
        struct l2s_l2tp_msg m;
        strcat(hex, seen[i].avp);
        assert_int_equal(get(hex, &m), L2TPSEC_OK);
        assert_int_equal(m.error, 0);
        assert_int_equal(m.result, seen[i].result);
        assert_int_equal(m.result_error, seen[i].error);
        assert_int_equal(m.words.left, seen[i].words);
    }
    fake_rd_free();
}

static void a_bad_stopccn_or_cdn_still_closes(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(get(CDN "8008 0000 0063 0000", &m), L2TPSEC_OK); /* unknown mandatory */
    assert_int_equal(m.error, 0);
    assert_int_equal(get(CDN "8006 0000 000c", &m), L2TPSEC_OK); /* Q.931 cause without a cause */
    assert_int_equal(m.error, 0);
    assert_int_equal(get(CDN "83ff 0000 0001 00", &m), L2TPSEC_OK); /* past the end */
    assert_int_equal(m.error, 0);
    assert_int_equal(m.session_id, 1);
    assert_int_equal(get("8008 0000 0000 0004 8008 0000 0063 0000 8008 0000 0009 0005", &m), L2TPSEC_OK);
    assert_int_equal(m.error, 0);
    assert_int_equal(m.tunnel_id, 5);
    fake_rd_free();
}

static void a_ppp_disconnect_cause_is_read(void **state)
{
    struct l2s_l2tp_msg m;
    (void)state;

    assert_int_equal(get(CDN "000e 0000 002e 0010 c223 01 6e6f 21", &m), L2TPSEC_OK);
    assert_int_equal(m.disconnect, 16);
    assert_int_equal(m.disconnect_at, 1);
    assert_true(l2s_rd_equals(&m.words, "no!", 3));
    assert_int_equal(get(CDN "000a 0000 002e 0010 c223", &m), L2TPSEC_OK); /* too short: passed over */
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_DISCONNECT));
    fake_rd_free();
}

/* ---- hidden AVPs ----------------------------------------------------------------------------------------------- */

static const uint8_t secret[] = "s3cret";
static const uint8_t vector[16] = {9, 8, 7, 6, 5, 4, 3, 2, 1};

struct hidden_test {
    struct fake_sys f;
    struct l2s_crypto *c;
    struct l2s_l2tp_hiding h;
    uint8_t bytes[2048];
    struct l2s_wr w;
};

static void hidden_setup(struct hidden_test *t)
{
    memset(t, 0, sizeof *t);
    fake_sys_init(&t->f);
    assert_int_equal(l2s_crypto_mbedtls_new(&t->f.sys, &t->c), L2TPSEC_OK);
    t->h.crypto = t->c;
    t->h.secret = secret;
    t->h.secret_len = 6;
    t->w = l2s_wr_init(t->bytes, sizeof t->bytes);
    t->w.len = fake_hex("8008 0000 0000 0001 8008 0000 0002 0100", t->bytes, sizeof t->bytes);
}

static void hidden_done(struct hidden_test *t)
{
    l2s_crypto_free(t->c);
    fake_rd_free();
    fake_sys_fini(&t->f);
}

static void put_vector(struct hidden_test *t)
{
    size_t at = l2s_l2tp_avp_open(&t->w, L2S_AVP_RANDOM_VECTOR);

    l2s_wr_bytes(&t->w, vector, sizeof vector);
    l2s_l2tp_avp_close(&t->w, at, true, false);
}

static void put_hidden(struct hidden_test *t, uint16_t type, const void *value, size_t n, bool mandatory)
{
    uint8_t hidden[1100];
    size_t len = hide(t->c, secret, 6, l2s_rd_init(vector, sizeof vector), type, value, n, 5, hidden);
    size_t at = l2s_l2tp_avp_open(&t->w, type);

    l2s_wr_bytes(&t->w, hidden, len);
    l2s_l2tp_avp_close(&t->w, at, mandatory, true);
}

static void hidden_get(struct hidden_test *t, struct l2s_l2tp_msg *m)
{
    assert_int_equal(l2s_l2tp_msg_get(fake_rd_exact(t->bytes, t->w.len), &t->h, m), L2TPSEC_OK);
}

static void hidden_avps_are_read_with_the_secret(void **state)
{
    struct hidden_test t;
    struct l2s_l2tp_msg m;
    (void)state;

    hidden_setup(&t);
    put_vector(&t);
    put_hidden(&t, L2S_AVP_TUNNEL_ID, "\x12\x34", 2, true);
    put_hidden(&t, L2S_AVP_CHALLENGE, "0123456789abcdef0123456789abcdef", 32, true);
    put_hidden(&t, L2S_AVP_VENDOR_NAME, "acme", 4, false);
    hidden_get(&t, &m);
    assert_int_equal(m.error, 0);
    assert_int_equal(m.tunnel_id, 0x1234);
    assert_true(l2s_rd_equals(&m.challenge, "0123456789abcdef0123456789abcdef", 32));
    assert_true(l2s_rd_equals(&m.vendor_name, "acme", 4));
    hidden_done(&t);
}

/* Which AVPs of a message are hidden, as a set of their types. */
static uint64_t hidden_in(const uint8_t *p, size_t n)
{
    struct l2s_rd list = l2s_rd_init(p, n);
    struct l2s_l2tp_avp a;
    uint64_t set = 0;

    while (l2s_l2tp_avp_next(&list, &a) == 1)
        set |= a.hidden ? UINT64_C(1) << a.type : 0;
    return set;
}

static void what_may_be_hidden_is_and_is_read_back(void **state)
{
    static const uint8_t padding[16] = {1, 2, 3};
    struct hidden_test t;
    struct l2s_l2tp_msg m, back;
    uint8_t fresh[512], other[64];
    (void)state;

    hidden_setup(&t);
    memset(&m, 0, sizeof m);
    m.type = L2S_L2TP_SCCRP;
    m.have = UINT64_C(1) << L2S_AVP_VERSION | UINT64_C(1) << L2S_AVP_FRAMING_CAP | UINT64_C(1) << L2S_AVP_HOST_NAME |
             UINT64_C(1) << L2S_AVP_TUNNEL_ID;
    m.version = 0x0100;
    m.framing = 3;
    m.host_name = l2s_l2tp_words("lns");
    m.tunnel_id = 0x1234;
    t.h.vector = l2s_rd_init(vector, sizeof vector);
    t.h.padding = padding;
    t.w = l2s_wr_init(fresh, sizeof fresh);
    assert_int_equal(l2s_l2tp_msg_put_hidden(&t.w, &m, &t.h), L2TPSEC_OK);
    assert_false(t.w.bad);
    assert_int_equal(hidden_in(fresh, t.w.len), UINT64_C(1) << L2S_AVP_FRAMING_CAP | UINT64_C(1) << L2S_AVP_TUNNEL_ID);

    /* RFC 2661, 4.3 in another's words, with the padding that was used: 12 bytes behind the length and two of value */
    size_t n = hide(t.c, secret, 6, t.h.vector, L2S_AVP_TUNNEL_ID, (const uint8_t *)"\x12\x34", 2, 12, other);
    assert_int_equal(n, 16);
    bool found = false;
    for (size_t i = 0; i + 4 <= t.w.len; i++)
        found =
            found || memcmp(fresh + i, other, 4) == 0; /* length and value: the mask does not depend on the padding */
    assert_true(found);

    memset(&t.h.vector, 0, sizeof t.h.vector);
    t.h.used = 0;
    assert_int_equal(l2s_l2tp_msg_get(fake_rd_exact(fresh, t.w.len), &t.h, &back), L2TPSEC_OK);
    assert_int_equal(back.error, 0);
    assert_int_equal(back.tunnel_id, 0x1234);
    assert_int_equal(back.framing, 3);
    assert_true(l2s_rd_equals(&back.host_name, "lns", 3));
    hidden_done(&t);
}

static void a_hidden_avp_needs_a_vector_before_it(void **state)
{
    struct hidden_test t;
    struct l2s_l2tp_msg m;
    (void)state;

    hidden_setup(&t);
    put_hidden(&t, L2S_AVP_TUNNEL_ID, "\x12\x34", 2, true);
    put_vector(&t);
    hidden_get(&t, &m);
    assert_int_equal(m.error, L2S_L2TP_ERROR_RANGE);
    assert_int_equal(m.tunnel_id, 0);
    hidden_get(&t, &m); /* nothing is left of the vector of an earlier message */
    assert_int_equal(m.error, L2S_L2TP_ERROR_RANGE);
    hidden_done(&t);
}

static void without_a_secret_only_mandatory_hidden_avps_matter(void **state)
{
    struct hidden_test t;
    struct l2s_l2tp_msg m;
    (void)state;

    hidden_setup(&t);
    t.h.secret_len = 0;
    put_vector(&t);
    put_hidden(&t, L2S_AVP_VENDOR_NAME, "acme", 4, false);
    hidden_get(&t, &m);
    assert_int_equal(m.error, 0);
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_VENDOR_NAME));
    put_hidden(&t, L2S_AVP_TUNNEL_ID, "\x12\x34", 2, true);
    hidden_get(&t, &m);
    assert_int_equal(m.error, L2S_L2TP_ERROR_UNKNOWN_AVP);
    hidden_done(&t);
}

static void what_must_not_be_hidden_is_not_uncovered(void **state)
{
    struct hidden_test t;
    struct l2s_l2tp_msg m;
    (void)state;

    hidden_setup(&t);
    put_vector(&t);
    put_hidden(&t, L2S_AVP_HOST_NAME, "host", 4, true);
    hidden_get(&t, &m);
    assert_int_equal(m.error, L2S_L2TP_ERROR_UNKNOWN_AVP);
    assert_int_equal(m.error_avp, L2S_AVP_HOST_NAME);
    hidden_done(&t);
}

static void more_hidden_bytes_than_fit_are_refused(void **state)
{
    struct hidden_test t;
    struct l2s_l2tp_msg m;
    uint8_t big[600] = {1};
    (void)state;

    hidden_setup(&t);
    put_vector(&t);
    put_hidden(&t, L2S_AVP_VENDOR_NAME, big, sizeof big, false);
    put_hidden(&t, L2S_AVP_CHALLENGE, big, sizeof big, true);
    hidden_get(&t, &m);
    assert_int_equal(m.error, L2S_L2TP_ERROR_RESOURCES);
    hidden_done(&t);
}

static void the_complaint_names_the_avp(void **state)
{
    struct l2s_l2tp_msg m = {.error = L2S_L2TP_ERROR_UNKNOWN_AVP, .error_vendor = 65535, .error_avp = 10};
    char text[L2S_L2TP_WORDS_MAX];
    (void)state;

    l2s_l2tp_msg_complaint(&m, text);
    assert_string_equal(text, "unknown mandatory AVP: vendor 65535, type 10");
    m = (struct l2s_l2tp_msg){.error = L2S_L2TP_ERROR_LENGTH};
    l2s_l2tp_msg_complaint(&m, text);
    assert_string_equal(text, "a length is wrong");
}

static void what_is_never_said_turns_the_writer_bad(void **state)
{
    static const uint16_t avps[] = {L2S_AVP_FIRMWARE, L2S_AVP_Q931, 20};
    uint8_t out[200];
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(avps); i++) {
        struct l2s_l2tp_msg m = rig_plain(L2S_L2TP_SCCRQ);
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        l2s_l2tp_msg_add(&m, avps[i]);
        l2s_l2tp_msg_put(&w, &m);
        assert_true(w.bad);
    }
}

/* One AVP of this type and length in a message that may have it, with the mandatory bit. */
static uint32_t error_of(uint16_t type, unsigned in, size_t n)
{
    uint8_t bytes[1100] = {0x80, 8, 0, 0, 0, 0, 0, (uint8_t)in};
    struct l2s_l2tp_msg m;

    l2s_put16(bytes + 8, (uint16_t)(0x8000 | (6 + n)));
    l2s_put16(bytes + 12, type);
    assert_int_equal(l2s_l2tp_msg_get(fake_rd_exact(bytes, 14 + n), &plain, &m), L2TPSEC_OK);
    fake_rd_free();
    return m.error;
}

static void an_avp_may_be_as_long_as_the_rfc_says_and_no_longer(void **state)
{
    (void)state;

    for (uint16_t type = L2S_AVP_RESULT + 1; type < L2S_AVP_TYPES; type++) {
        const struct l2s_l2tp_avp_rule *rule = l2s_l2tp_avp_rule(type);
        if (!rule || rule->messages == 0xffffffffu)
            continue;
        unsigned in = 0;
        while (!(rule->messages >> in & 1))
            in++;
        if (in == L2S_L2TP_CDN) /* which closes whatever is wrong with it */
            continue;
        assert_int_equal(error_of(type, in, rule->min), 0);
        assert_int_equal(error_of(type, in, rule->max), 0);
        if (rule->min > 0 && error_of(type, in, rule->min - 1u) != L2S_L2TP_ERROR_LENGTH)
            fail_msg("AVP %u, too short", type);
        if (rule->max < 1017 && error_of(type, in, rule->max + 1u) != L2S_L2TP_ERROR_LENGTH)
            fail_msg("AVP %u, too long", type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xl2tpds_messages_are_read),
        cmocka_unit_test(every_truncation_of_every_message_is_refused),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(mandatory_bits_are_sent_as_the_rfc_has_them),
        cmocka_unit_test(a_message_without_its_type_in_front_is_malformed),
        cmocka_unit_test(an_unknown_type_matters_only_with_its_mandatory_bit),
        cmocka_unit_test(an_unknown_avp_matters_only_with_its_mandatory_bit),
        cmocka_unit_test(the_vendor_is_looked_at_before_the_type),
        cmocka_unit_test(a_wrong_length_matters_only_with_the_mandatory_bit),
        cmocka_unit_test(a_known_avp_in_the_wrong_message_is_passed_over),
        cmocka_unit_test(the_first_of_two_alike_counts),
        cmocka_unit_test(telephone_numbers_of_any_length_do_no_harm),
        cmocka_unit_test(a_result_code_is_read_in_every_length_seen),
        cmocka_unit_test(a_bad_stopccn_or_cdn_still_closes),
        cmocka_unit_test(a_ppp_disconnect_cause_is_read),
        cmocka_unit_test(hidden_avps_are_read_with_the_secret),
        cmocka_unit_test(what_may_be_hidden_is_and_is_read_back),
        cmocka_unit_test(a_hidden_avp_needs_a_vector_before_it),
        cmocka_unit_test(without_a_secret_only_mandatory_hidden_avps_matter),
        cmocka_unit_test(what_must_not_be_hidden_is_not_uncovered),
        cmocka_unit_test(more_hidden_bytes_than_fit_are_refused),
        cmocka_unit_test(the_complaint_names_the_avp),
        cmocka_unit_test(an_avp_may_be_as_long_as_the_rfc_says_and_no_longer),
        cmocka_unit_test(what_is_never_said_turns_the_writer_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
