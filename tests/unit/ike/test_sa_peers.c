/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What stock peers offer, and what our presets choose from it. */
#include "base/errors.h"
#include "ike/common/vendor.h"
#include "unit/ike/common_rig.h"

#include <string.h>

#define LIFE4 " 800b0001 000c0004 00007080" /* 28800 s in four bytes, as Windows writes it */

/* Windows Vista to 11, main mode */
static const struct rig_transform windows_mm[] = {
    {1, 1, "80010007 800e0100 80020002 80040014 80030001" LIFE4}, /* aes256-sha1-ecp384 */
    {2, 1, "80010007 800e0080 80020002 80040013 80030001" LIFE4}, /* aes128-sha1-ecp256 */
    {3, 1, "80010007 800e0100 80020002 8004000e 80030001" LIFE4}, /* aes256-sha1-modp2048 */
    {4, 1, "80010005 80020002 8004000e 80030001" LIFE4},          {5, 1, "80010005 80020002 80040002 80030001" LIFE4},
};

/* Windows, quick mode: 3600 s and 250000 KB; behind a NAT with the UDP mode of RFC 3947 */
#define WINDOWS_LIFE " 80010001 00020004 00000e10 80010002 00020004 0003d090"
static const struct rig_transform windows_qm[] = {
    {1, 12, "80040002 80060080 80050002" WINDOWS_LIFE},
    {1, 3, "80040002 80050002" WINDOWS_LIFE},
    {1, 2, "80040002 80050002" WINDOWS_LIFE},
};
static const struct rig_transform windows_qm_nat[] = {
    {1, 12, "80040004 80060080 80050002" WINDOWS_LIFE},
    {1, 3, "80040004 80050002" WINDOWS_LIFE},
};

/* macOS and iOS, main mode: fourteen */
#define IOS_LIFE "800b0001 800c0e10 "
static const struct rig_transform ios_mm[] = {
    {1, 1, IOS_LIFE "80010007 800e0100 80030001 80020004 8004000e"},
    {2, 1, IOS_LIFE "80010007 800e0100 80030001 80020002 8004000e"},
    {3, 1, IOS_LIFE "80010007 800e0100 80030001 80020001 8004000e"},
    {4, 1, IOS_LIFE "80010007 800e0100 80030001 80020006 8004000e"},
    {5, 1, IOS_LIFE "80010007 800e0100 80030001 80020004 80040005"},
    {6, 1, IOS_LIFE "80010007 800e0100 80030001 80020002 80040005"},
    {7, 1, IOS_LIFE "80010007 800e0100 80030001 80020001 80040005"},
    {8, 1, IOS_LIFE "80010007 800e0100 80030001 80020004 80040002"},
    {9, 1, IOS_LIFE "80010007 800e0100 80030001 80020002 80040002"},
    {10, 1, IOS_LIFE "80010007 800e0100 80030001 80020001 80040002"},
    {11, 1, IOS_LIFE "80010007 800e0080 80030001 80020002 80040002"},
    {12, 1, IOS_LIFE "80010007 800e0080 80030001 80020001 80040002"},
    {13, 1, IOS_LIFE "80010005 80030001 80020002 80040002"},
    {14, 1, IOS_LIFE "80010005 80030001 80020001 80040002"},
};
static const struct rig_transform ios_qm[] = {
    {1, 12, "80010001 80020e10 80040004 80050005 80060100"}, {2, 12, "80010001 80020e10 80040004 80050002 80060100"},
    {3, 12, "80010001 80020e10 80040004 80050001 80060100"}, {4, 12, "80010001 80020e10 80040004 80050005 80060080"},
    {5, 12, "80010001 80020e10 80040004 80050002 80060080"}, {6, 3, "80010001 80020e10 80040004 80050005"},
    {7, 3, "80010001 80020e10 80040004 80050002"},
};

/* Android 7 to 11: MODP-1024 only, SHA-384 first; quick mode with SHA-512, SHA-384, and SHA-256 cut short */
#define ANDROID_LIFE "800b0001 800c7080 "
static const struct rig_transform android_mm[] = {
    {1, 1, ANDROID_LIFE "80010007 800e0100 80030001 80020005 80040002"},
    {2, 1, ANDROID_LIFE "80010007 800e0100 80030001 80020004 80040002"},
    {3, 1, ANDROID_LIFE "80010007 800e0100 80030001 80020002 80040002"},
    {4, 1, ANDROID_LIFE "80010007 800e0100 80030001 80020001 80040002"},
    {5, 1, ANDROID_LIFE "80010005 80030001 80020004 80040002"},
    {6, 1, ANDROID_LIFE "80010005 80030001 80020002 80040002"},
    {7, 1, ANDROID_LIFE "80010001 80030001 80020002 80040002"},
};
#define ANDROID_KB "80010001 80027080 80010002 00020004 7fffffff "
static const struct rig_transform android6_qm[] = {
    {1, 12, ANDROID_KB "8004f004 80060100 80050005"}, {2, 12, ANDROID_KB "8004f004 80060100 80050002"},
    {3, 12, ANDROID_KB "8004f004 80060100 80050001"}, {4, 3, ANDROID_KB "8004f004 80050002"},
    {5, 2, ANDROID_KB "8004f004 80050002"},
};

/* Meraki and many old routers */
static const struct rig_transform router_mm[] = {{1, 1, "80010005 80020002 80030001 80040002 800b0001 800c7080"}};

struct chosen {
    int rc;
    char text[64];
    uint8_t transform_no;
    uint32_t life_s, life_kb;
};

/* What `legacy` alone takes, where it was built in. */
static void assert_legacy(const struct chosen *c, const char *text)
{
    assert_int_equal(c->rc, RIG_LEGACY ? L2TPSEC_OK : L2TPSEC_ENOENT);
    assert_string_equal(c->text, RIG_LEGACY ? text : "");
}

static struct chosen mm(const char *preset, const struct rig_transform *t, size_t n)
{
    uint8_t out[2048];
    size_t len = rig_sa_body(out, sizeof out, L2S_PROTO_ISAKMP, 0, false, t, n);
    struct l2s_ike_policy p, one = {.n = 1};
    struct l2s_esp_policy q;
    struct l2s_ike_choice c = {.life_s = 0};
    struct chosen got = {.rc = 0};

    assert_int_equal(l2s_policy_preset(preset, &p, &q), L2TPSEC_OK);
    got.rc = l2s_ike_sa_choose(fake_rd_exact(out, len), &p, &c);
    if (got.rc != L2TPSEC_OK)
        return got;
    one.p[0] = c.p;
    (void)l2s_ike_policy_text(&one, got.text, sizeof got.text);
    got.transform_no = c.transform_no;
    got.life_s = c.life_s;
    got.life_kb = c.life_kb;
    return got;
}

static struct chosen qm(const char *preset, const struct l2s_esp_terms *terms, bool one_each,
                        const struct rig_transform *t, size_t n)
{
    uint8_t out[2048];
    size_t len = rig_sa_body(out, sizeof out, L2S_PROTO_ESP, 0xa1b2c3d4, one_each, t, n);
    struct l2s_ike_policy p;
    struct l2s_esp_policy q, one = {.n = 1};
    struct l2s_esp_choice c = {.life_s = 0};
    struct chosen got = {.rc = 0};

    assert_int_equal(l2s_policy_preset(preset, &p, &q), L2TPSEC_OK);
    got.rc = l2s_esp_sa_choose(fake_rd_exact(out, len), &q, terms, &c);
    if (got.rc != L2TPSEC_OK)
        return got;
    one.p[0] = c.p;
    (void)l2s_esp_policy_text(&one, got.text, sizeof got.text);
    got.transform_no = one_each ? c.proposal_no : c.transform_no;
    got.life_s = c.life_s;
    got.life_kb = c.life_kb;
    return got;
}

static const struct l2s_esp_terms no_nat = {.modes = L2S_MODES_PLAIN}, nat = {.modes = L2S_MODES_UDP_OR_PLAIN};

static void windows_gets_its_first_wish(void **state)
{
    (void)state;
    struct chosen c = mm("compatible", windows_mm, L2S_COUNT_OF(windows_mm));
    assert_int_equal(c.rc, L2TPSEC_OK);
    assert_string_equal(c.text, "aes256-sha1-ecp384");
    assert_int_equal(c.life_s, 28800);
    c = qm("compatible", &no_nat, true, windows_qm, L2S_COUNT_OF(windows_qm));
    assert_string_equal(c.text, "aes128-sha1");
    assert_int_equal(c.life_s, 3600);
    assert_int_equal(c.life_kb, 250000);
    c = qm("compatible", &nat, true, windows_qm_nat, L2S_COUNT_OF(windows_qm_nat));
    assert_string_equal(c.text, "aes128-sha1");
    assert_int_equal(qm("compatible", &no_nat, true, windows_qm + 1, 2).rc, L2TPSEC_ENOENT); /* 3DES and DES only */
    c = qm("legacy", &no_nat, true, windows_qm + 1, 2);
    assert_legacy(&c, "3des-sha1");
    assert_int_equal(mm("modern", windows_mm, L2S_COUNT_OF(windows_mm)).rc, L2TPSEC_ENOENT); /* it has SHA-1 only */
    fake_rd_free();
}

static void windows_first_message_is_408_bytes_and_read_whole(void **state)
{
    static const char *const vids[] = {
        "01528bbbc00696121849ab9a1c5b2a51 00000001", "1e2b516905991c7d7c96fcbfb587e461 00000009",
        "4a131c81070358455c5728f20e95452f",          "90cb80913ebb696e086381b5ec427b1f",
        "4048b7d56ebce88525e7de7f00d6c2d3",          "fb1de3cdf341b7ea16b7e5be0855f120",
        "26244d38eddb61b3172a36e3d0cfb819",          "e3a5966a76379fe707228231e5ce8652"};
    uint8_t out[512], bytes[512];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_isakmp h = {.icookie = {1}, .exchange = L2S_EXCHANGE_MAIN};
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_rd body;
    struct l2s_payloads s;
    struct l2s_vendors v;

    (void)state;
    l2s_chain_put(&c, L2S_PT_SA, bytes,
                  rig_sa_body(bytes, sizeof bytes, L2S_PROTO_ISAKMP, 0, false, windows_mm, L2S_COUNT_OF(windows_mm)));
    for (size_t i = 0; i < L2S_COUNT_OF(vids); i++)
        l2s_chain_put(&c, L2S_PT_VID, bytes, fake_hex(vids[i], bytes, sizeof bytes));
    l2s_chain_end(&c);
    assert_int_equal(w.len, 408);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(out, w.len), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(l2s_payloads_collect(body, h.first, L2S_NATT_NONE, &s), L2TPSEC_OK);
    l2s_vendors_read(&s, &v);
    assert_int_equal(v.nt5, 9);
    assert_false(v.seen & L2S_VID_DPD);
    assert_int_equal(l2s_vendors_natt(&v), L2S_NATT_RFC3947);
    assert_true(l2s_vendors_answer(&v) == (L2S_VID_NATT_RFC3947 | L2S_VID_FRAGMENTATION));
    fake_rd_free();
}

static void apples_are_served_from_their_long_list(void **state)
{
    (void)state;
    struct chosen c = mm("compatible", ios_mm, L2S_COUNT_OF(ios_mm));
    assert_string_equal(c.text, "aes256-sha256-modp2048");
    assert_int_equal(c.transform_no, 1);
    assert_int_equal(c.life_s, 3600);
    assert_string_equal(mm("modern", ios_mm, L2S_COUNT_OF(ios_mm)).text, "aes256-sha256-modp2048");
    c = qm("compatible", &nat, false, ios_qm, L2S_COUNT_OF(ios_qm));
    assert_string_equal(c.text, "aes256-sha256");
    assert_int_equal(c.life_s, 3600);
    assert_int_equal(mm("compatible", ios_mm + 12, 2).rc, L2TPSEC_ENOENT);
    c = mm("legacy", ios_mm + 12, 2); /* number 13 was seen chosen */
    assert_legacy(&c, "3des-sha1-modp1024");
    fake_rd_free();
}

static void android_needs_legacy_and_the_event_can_say_so(void **state)
{
    static const struct l2s_esp_terms wary = {.modes = L2S_MODES_UDP_OR_PLAIN, .sha256_last = true};
    uint8_t out[2048];
    char text[384];

    (void)state;
    assert_int_equal(mm("compatible", android_mm, L2S_COUNT_OF(android_mm)).rc, L2TPSEC_ENOENT);
    struct chosen c = mm("legacy", android_mm, L2S_COUNT_OF(android_mm));
    assert_legacy(&c, "aes256-sha384-modp1024");
    size_t n = rig_sa_body(out, sizeof out, L2S_PROTO_ISAKMP, 0, false, android_mm, L2S_COUNT_OF(android_mm));
    (void)l2s_ike_sa_text(fake_rd_exact(out, n), text, sizeof text);
    assert_string_equal(text, "aes256-sha384-modp1024,aes256-sha256-modp1024,aes256-sha1-modp1024,aes256-md5-modp1024,"
                              "3des-sha256-modp1024,3des-sha1-modp1024,des-sha1-modp1024");
    c = qm("legacy", &wary, false, android6_qm, L2S_COUNT_OF(android6_qm));
    assert_string_equal(c.text, "aes256-sha1"); /* not the SHA-256 that it would cut */
    assert_int_equal(c.life_kb, 0x7fffffff);
    assert_string_equal(qm("legacy", &nat, false, android6_qm, L2S_COUNT_OF(android6_qm)).text, "aes256-sha256");
    fake_rd_free();
}

static void old_routers_need_legacy(void **state)
{
    (void)state;
    assert_int_equal(mm("compatible", router_mm, 1).rc, L2TPSEC_ENOENT);
    struct chosen c = mm("legacy", router_mm, 1);
    assert_legacy(&c, "3des-sha1-modp1024");
    fake_rd_free();
}

/* ---- captured ---- */

static void captured_first_messages_are_accepted_by_presets_that_should(void **state)
{
    static const struct {
        const char *name, *modern, *compatible, *legacy; /* "": refused */
        uint32_t life_s;
    } cases[] = {
        /* the second transform has neither cipher nor hash */
        {"strongswan nat mm1", "aes128-sha256-x25519", "aes128-sha256-x25519", "aes128-sha256-x25519", 10800},
        /* 18 transforms from proposal 0, transform 0 on, key length last */
        {"libreswan nat mm1", "aes256-sha256-modp2048", "aes256-sha256-modp2048", "aes256-sha256-modp2048", 28800},
        {"strongswan encap mm1", "aes256-sha256-modp2048", "aes256-sha256-modp2048", "aes256-sha256-modp2048", 10800},
        {"strongswan gcm mm1", "aes256-sha384-modp3072", "aes256-sha384-modp3072", "aes256-sha384-modp3072", 10800},
        {"strongswan 3des mm1", "", "", RIG_LEGACY ? "3des-sha1-modp1024" : "", 10800},
        {"strongswan refused mm1", "", "", RIG_LEGACY ? "3des-sha1-modp1024" : "", 10800},
        {"sample mm1", "", "", "", 0},     /* MODP-768 */
        {"sample nat mm1", "", "", "", 0}, /* certificates only */
    };
    static const char *const presets[] = {"modern", "compatible", "legacy"};

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        const char *const want[] = {cases[i].modern, cases[i].compatible, cases[i].legacy};
        struct rig_message m;
        rig_message("captures.txt", cases[i].name, &m);
        for (size_t k = 0; k < 3; k++) {
            struct l2s_ike_policy p, one = {.n = 1};
            struct l2s_esp_policy q;
            struct l2s_ike_choice c;
            char text[64] = "";
            assert_int_equal(l2s_policy_preset(presets[k], &p, &q), L2TPSEC_OK);
            if (l2s_ike_sa_choose(rig_sa(&m), &p, &c) == L2TPSEC_OK) {
                one.p[0] = c.p;
                (void)l2s_ike_policy_text(&one, text, sizeof text);
                assert_int_equal(c.life_s, cases[i].life_s);
            }
            assert_string_equal(text, want[k]);
        }
    }
    fake_rd_free();
}

static void a_captured_answer_fits_the_offer_and_no_other(void **state)
{
    static const struct {
        const char *name, *offered;
        int rc;
    } cases[] = {
        {"strongswan nat mm2", "aes256-sha1-modp2048,aes128-sha256-x25519", L2TPSEC_OK},
        {"strongswan nat mm2", "aes256-sha1-modp2048", L2TPSEC_ENOENT},
        {"libreswan server mm2", "aes128-sha256-x25519", L2TPSEC_OK},
        {"libreswan nat mm1", "aes256-sha256-modp2048", L2TPSEC_EPROTO}, /* an offer is no answer */
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct rig_message m;
        struct l2s_ike_policy p;
        struct l2s_ike_choice c;
        rig_message("captures.txt", cases[i].name, &m);
        assert_int_equal(l2s_ike_policy_parse(cases[i].offered, &p, NULL, NULL), L2TPSEC_OK);
        assert_int_equal(l2s_ike_sa_check_answer(rig_sa(&m), p.p, p.n, &c), cases[i].rc);
    }
    fake_rd_free();
}

static void our_echo_is_byte_by_byte_what_strongswan_answered(void **state)
{
    struct rig_message offer, answer;
    struct l2s_ike_policy p;
    struct l2s_ike_choice c;
    uint8_t out[256];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    (void)state;
    rig_message("captures.txt", "strongswan nat mm1", &offer);
    rig_message("captures.txt", "strongswan nat mm2", &answer);
    assert_int_equal(l2s_ike_policy_parse("aes128-sha256-x25519", &p, NULL, NULL), L2TPSEC_OK);
    assert_int_equal(l2s_ike_sa_choose(rig_sa(&offer), &p, &c), L2TPSEC_OK);
    l2s_ike_sa_put_answer(&w, &c);
    struct l2s_rd theirs = rig_sa(&answer);
    assert_true(l2s_rd_equals(&theirs, out, w.len));
    fake_rd_free();
}

static void captured_quick_modes_are_chosen_from(void **state)
{
    static const struct {
        const char *name, *text;
        enum l2s_modes modes;
        size_t ke_len;
        uint32_t life_s;
        uint16_t mode;
    } cases[] = {
        {"strongswan nat qm1", "aes128-sha256", L2S_MODES_UDP, 0, 3600, 4},
        {"strongswan plain qm1", "aes128-sha256", L2S_MODES_PLAIN, 0, 3600, 2},
        {"libreswan nat qm1", "aes128-sha1", L2S_MODES_UDP, 0, 28800, 4},
        {"strongswan gcm qm1", "aes128gcm16-modp2048", L2S_MODES_PLAIN, 256, 3600, 2},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct rig_message m;
        struct l2s_isakmp h;
        struct l2s_payloads s;
        struct l2s_ike_policy p;
        struct l2s_esp_policy q, one = {.n = 1};
        struct l2s_esp_choice c;
        char text[64];
        rig_message("captures.txt", cases[i].name, &m);
        rig_collect(&m, &h, &s);
        assert_int_equal(l2s_policy_preset("compatible", &p, &q), L2TPSEC_OK);
        struct l2s_rd ke = l2s_payloads_get(&s, L2S_PK_KE, 0);
        struct l2s_esp_terms t = {.modes = cases[i].modes, .ke_len = ke.left, .pfs_groups = l2s_ike_policy_groups(&p)};
        assert_int_equal(ke.left, cases[i].ke_len);
        assert_int_equal(l2s_esp_sa_choose(l2s_payloads_get(&s, L2S_PK_SA, 0), &q, &t, &c), L2TPSEC_OK);
        one.p[0] = c.p;
        (void)l2s_esp_policy_text(&one, text, sizeof text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(c.life_s, cases[i].life_s);
        assert_int_equal(c.mode, cases[i].mode);
        assert_in_range(c.spi, 256, UINT32_MAX);
    }
    fake_rd_free();
}

static void captured_quick_mode_answers_fit_what_was_offered(void **state)
{
    static const struct {
        const char *name, *offered;
        uint16_t mode;
        int rc;
    } cases[] = {
        {"strongswan nat qm2", "aes128gcm16,aes128-sha256", L2S_MODE_UDP_TRANSPORT, L2TPSEC_OK},
        {"strongswan nat qm2", "aes128gcm16,aes128-sha256", L2S_MODE_TRANSPORT, L2TPSEC_ENOENT},
        {"strongswan nat qm2", "aes128gcm16,aes256-sha256", L2S_MODE_UDP_TRANSPORT, L2TPSEC_ENOENT},
        {"strongswan plain qm2", "aes128-sha256", L2S_MODE_TRANSPORT, L2TPSEC_OK},
        {"libreswan server qm2", "aes128-sha256", L2S_MODE_TRANSPORT, L2TPSEC_OK},
        {"strongswan gcm qm2", "aes128gcm16-modp2048", L2S_MODE_TRANSPORT, L2TPSEC_OK},
        {"strongswan gcm qm2", "aes128gcm16", L2S_MODE_TRANSPORT, L2TPSEC_ENOENT},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_esp_offer o = {.spi = 0x10000, .mode = cases[i].mode, .life_s = 3600};
        struct rig_message m;
        struct l2s_esp_policy q;
        struct l2s_esp_choice c;
        rig_message("captures.txt", cases[i].name, &m);
        assert_int_equal(l2s_esp_policy_parse(cases[i].offered, &q, NULL, NULL), L2TPSEC_OK);
        assert_int_equal(l2s_esp_sa_check_answer(rig_sa(&m), &q, &o, &c), cases[i].rc);
    }
    fake_rd_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_gets_its_first_wish),
        cmocka_unit_test(windows_first_message_is_408_bytes_and_read_whole),
        cmocka_unit_test(apples_are_served_from_their_long_list),
        cmocka_unit_test(android_needs_legacy_and_the_event_can_say_so),
        cmocka_unit_test(old_routers_need_legacy),
        cmocka_unit_test(captured_first_messages_are_accepted_by_presets_that_should),
        cmocka_unit_test(a_captured_answer_fits_the_offer_and_no_other),
        cmocka_unit_test(our_echo_is_byte_by_byte_what_strongswan_answered),
        cmocka_unit_test(captured_quick_modes_are_chosen_from),
        cmocka_unit_test(captured_quick_mode_answers_fit_what_was_offered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
