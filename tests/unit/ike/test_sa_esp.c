/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is particular to phase 2: protocols, SPIs, MACs, modes, PFS. */
#include "base/errors.h"
#include "unit/ike/common_rig.h"

#include <string.h>

static const struct l2s_esp_terms plain = {.modes = L2S_MODES_PLAIN};

static void phase_2_echoes_with_our_spi(void **state)
{
    static const struct rig_transform offer[] = {{0, 20, "80060080 80040002"},
                                                 {3, 12, RIG_GOOD2 " 80010001 80020e10 80040002"}};
    uint8_t out[256], want[128];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_esp_policy q;
    struct l2s_esp_choice c;

    (void)state;
    rig_policies(NULL, NULL, "aes256-sha1", &q);
    assert_int_equal(l2s_esp_sa_choose(rig_esp_body(offer, 2), &q, &plain, &c), L2TPSEC_OK);
    assert_int_equal(c.spi, 0x01020304);
    assert_int_equal(c.transform_no, 3);
    assert_int_equal(c.transform_id, 12);
    assert_int_equal(c.mode, L2S_MODE_TRANSPORT);
    assert_int_equal(c.life_s, 3600);
    l2s_esp_sa_put_answer(&w, &c, 0xaabbccdd);
    size_t n = fake_hex("00000001 00000001 00000028 01030401 aabbccdd 0000001c 030c0000"
                        "80060100 80050002 80010001 80020e10 80040002",
                        want, sizeof want);
    assert_int_equal(w.len, n);
    assert_memory_equal(out, want, n);
    fake_rd_free();
}

static void proposals_of_several_protocols_under_one_number_are_skipped(void **state)
{
    /* 1: AH and ESP together; 2: ESP and IPCOMP, apart in the list; 3: ESP alone */
    static const struct {
        uint8_t number, protocol;
    } all[] = {{1, 2}, {1, 3}, {2, 3}, {3, 3}, {2, 4}};
    uint8_t out[512], one[64];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct rig_transform t = {1, 12, RIG_GOOD2 " 80040002"};
    size_t n = rig_sa_body(one, sizeof one, L2S_PROTO_ESP, 0x10000000, false, &t, 1);
    struct l2s_esp_policy q;
    struct l2s_esp_choice c;

    (void)state;
    l2s_wr_bytes(&w, one, 8);
    for (size_t i = 0; i < L2S_COUNT_OF(all); i++) {
        size_t at = w.len;
        l2s_wr_bytes(&w, one + 8, n - 8);
        out[at] = i + 1 < L2S_COUNT_OF(all) ? 2 : 0;
        out[at + 4] = all[i].number;
        out[at + 5] = all[i].protocol;
    }
    rig_policies(NULL, NULL, "aes256-sha1", &q);
    assert_int_equal(l2s_esp_sa_choose(fake_rd_exact(out, w.len), &q, &plain, &c), L2TPSEC_OK);
    assert_int_equal(c.proposal_no, 3);
    fake_rd_free();
}

static void only_esp_with_a_usable_spi_is_taken(void **state)
{
    static const struct {
        uint8_t protocol;
        uint32_t spi;
        int rc;
    } cases[] = {{3, 0x100, L2TPSEC_OK},     {3, 0xffffffffu, L2TPSEC_OK}, {3, 0xff, L2TPSEC_ENOENT},
                 {3, 1, L2TPSEC_ENOENT},     {3, 0, L2TPSEC_ENOENT},       {2, 0x100, L2TPSEC_ENOENT},
                 {1, 0x100, L2TPSEC_ENOENT}, {0, 0x100, L2TPSEC_ENOENT}};
    struct rig_transform t = {1, 12, RIG_GOOD2 " 80040002"};
    struct l2s_esp_policy q;
    struct l2s_esp_choice c;
    uint8_t out[128];

    (void)state;
    rig_policies(NULL, NULL, "aes256-sha1", &q);
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        size_t n = rig_sa_body(out, sizeof out, cases[i].protocol, cases[i].spi, false, &t, 1);
        assert_int_equal(l2s_esp_sa_choose(fake_rd_exact(out, n), &q, &plain, &c), cases[i].rc);
    }
    fake_rd_free();
}

static void macs_must_be_there_and_must_not_be_with_an_aead(void **state)
{
    static const struct {
        uint8_t id;
        const char *attrs;
        int rc;
    } cases[] = {
        {12, "80060100 80050002 80040002", L2TPSEC_OK},
        {12, "80060100 80040002", L2TPSEC_ENOENT}, /* no MAC at all */
        {12, "80060100 80050000 80040002", L2TPSEC_ENOENT},
        {12, "80060100 80050003 80040002", L2TPSEC_ENOENT}, /* DES-MAC */
        {12, "80060100 80050009 80040002", L2TPSEC_ENOENT}, /* AES-XCBC */
        {11, "80050002 80040002", L2TPSEC_ENOENT},          /* no encryption */
        {20, "80060080 80040002", L2TPSEC_OK},
        {20, "80060080 80050002 80040002", L2TPSEC_ENOENT}, /* GCM with a MAC */
        {20, "80060080 80050009 80040002", L2TPSEC_ENOENT},
        {18, "80060080 80040002", L2TPSEC_ENOENT}, /* short tags */
        {19, "80060080 80040002", L2TPSEC_ENOENT},
        {23, "80060080 80040002", L2TPSEC_ENOENT}, /* GMAC: no encryption */
        {0, "80060080 80050002 80040002", L2TPSEC_ENOENT},
        {12, "80060100 80050002 80040002 800b0001", L2TPSEC_ENOENT}, /* extended sequence numbers */
        {12, "80060100 80050002 80040002 80070001", L2TPSEC_ENOENT}, /* key rounds */
    };
    struct l2s_esp_choice c;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++)
        assert_int_equal(rig_choose2(cases[i].id, cases[i].attrs, "aes256-sha1,aes128gcm16", &plain, &c), cases[i].rc);
    fake_rd_free();
}

static void modes_are_taken_as_the_nat_demands(void **state)
{
    static const struct {
        const char *mode;
        bool plain, udp, either;
    } cases[] = {
        {"80040001", false, false, false},
        {"80040002", true, false, true},
        {"80040003", false, false, false},
        {"80040004", false, true, true},
        {"8004f003", false, false, false},
        {"8004f004", false, true, true},
        {"80040000", true, true, true},
        {"80040005", false, false, false},
        {"", true, true, true},
        {"00040008 0000000100000004", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        char attrs[128] = RIG_GOOD2;
        struct l2s_esp_choice c;
        (void)strcat(attrs, cases[i].mode);
        for (int m = L2S_MODES_PLAIN; m <= L2S_MODES_UDP_OR_PLAIN; m++) {
            struct l2s_esp_terms t = {.modes = (enum l2s_modes)m};
            bool ok = m == L2S_MODES_PLAIN ? cases[i].plain : m == L2S_MODES_UDP ? cases[i].udp : cases[i].either;
            assert_int_equal(rig_choose2(12, attrs, "aes256-sha1", &t, &c), ok ? L2TPSEC_OK : L2TPSEC_ENOENT);
        }
    }
    fake_rd_free();
}

static void a_udp_mode_comes_before_plain_transport_wherever_it_stands(void **state)
{
    static const struct rig_transform offer[] = {{1, 12, "80060100 80050002 80040002"},
                                                 {2, 12, "80060100 80050002 8004f004"},
                                                 {3, 12, "80060100 80050002 80040004"}};
    static const struct l2s_esp_terms either = {.modes = L2S_MODES_UDP_OR_PLAIN};
    struct l2s_esp_policy q;
    struct l2s_esp_choice c;

    (void)state;
    rig_policies(NULL, NULL, "aes256-sha1", &q);
    assert_int_equal(l2s_esp_sa_choose(rig_esp_body(offer, 3), &q, &either, &c), L2TPSEC_OK);
    assert_int_equal(c.transform_no, 2);
    assert_true(l2s_mode_udp(c.mode));
    assert_int_equal(l2s_esp_sa_choose(rig_esp_body(offer, 1), &q, &either, &c), L2TPSEC_OK);
    assert_int_equal(c.transform_no, 1);
    assert_false(l2s_mode_udp(c.mode));
    fake_rd_free();
}

static void sha256_comes_last_for_peers_that_cut_it(void **state)
{
    static const struct rig_transform offer[] = {{1, 12, "80060100 80050005 80040002"},
                                                 {2, 12, "80060100 80050002 80040002"}};
    static const struct l2s_esp_terms wary = {.modes = L2S_MODES_PLAIN, .sha256_last = true};
    struct l2s_esp_policy q;
    struct l2s_esp_choice c;

    (void)state;
    rig_policies(NULL, NULL, "aes256-sha256-sha1", &q);
    assert_int_equal(l2s_esp_sa_choose(rig_esp_body(offer, 2), &q, &plain, &c), L2TPSEC_OK);
    assert_int_equal(c.transform_no, 1);
    assert_int_equal(l2s_esp_sa_choose(rig_esp_body(offer, 2), &q, &wary, &c), L2TPSEC_OK);
    assert_int_equal(c.transform_no, 2);
    assert_int_equal(l2s_esp_sa_choose(rig_esp_body(offer, 1), &q, &wary, &c), L2TPSEC_OK);
    assert_int_equal(c.transform_no, 1);
    fake_rd_free();
}

static void pfs_is_what_the_ke_payload_says(void **state)
{
    struct l2s_ike_policy groups;
    uint32_t allowed;
    struct l2s_esp_choice c;

    (void)state;
    rig_policies("aes256-sha1-modp2048-ecp256", &groups, NULL, NULL);
    allowed = l2s_ike_policy_groups(&groups);
    assert_int_equal(allowed, 1u << L2S_MODP2048 | 1u << L2S_ECP256);

    const struct {
        const char *group, *policy;
        size_t ke_len;
        uint32_t allowed;
        int rc;
    } cases[] = {
        {"", "aes256-sha1", 0, 0, L2TPSEC_OK},
        {"", "aes256-sha1", 256, allowed, L2TPSEC_ENOENT},       /* a KE without a group */
        {"8003000e", "aes256-sha1", 0, allowed, L2TPSEC_ENOENT}, /* a group without a KE */
        {"8003000e", "aes256-sha1", 256, allowed, L2TPSEC_OK},   /* more than we ask */
        {"8003000e", "aes256-sha1", 256, 0, L2TPSEC_ENOENT},
        {"8003000e", "aes256-sha1", 64, allowed, L2TPSEC_ENOENT},     /* of another length */
        {"80030002", "aes256-sha1", 128, allowed, L2TPSEC_ENOENT},    /* weaker than phase 1 would take */
        {"80030016", "aes256-sha1", 128, UINT32_MAX, L2TPSEC_ENOENT}, /* unknown */
        {"80030016", "aes256-sha1", 0, UINT32_MAX, L2TPSEC_ENOENT},
        {"8003000e", "aes256-sha1-modp2048", 256, 0, L2TPSEC_OK},
        {"", "aes256-sha1-modp2048", 0, allowed, L2TPSEC_ENOENT}, /* our policy demands it */
        {"80030013", "aes256-sha1-modp2048", 64, allowed, L2TPSEC_ENOENT},
        {"80030013", "aes256-sha1-modp2048,aes256-sha1-ecp256", 64, 0, L2TPSEC_OK},
    };
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        char attrs[128] = RIG_GOOD2 " 80040002";
        struct l2s_esp_terms t = {.modes = L2S_MODES_PLAIN, .ke_len = cases[i].ke_len, .pfs_groups = cases[i].allowed};
        (void)strcat(attrs, cases[i].group);
        assert_int_equal(rig_choose2(12, attrs, cases[i].policy, &t, &c), cases[i].rc);
        if (cases[i].rc == L2TPSEC_OK)
            assert_int_equal(c.p.group != L2S_GROUP_NONE, cases[i].ke_len != 0);
    }
    fake_rd_free();
}

static void an_offer_has_one_group_for_all(void **state)
{
    static const struct l2s_esp_offer o = {0xcafe0001, L2S_MODE_TRANSPORT, 3600, 0};
    uint8_t out[512];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_esp_policy q;
    struct l2s_esp_choice c;
    char text[128];

    (void)state;
    rig_policies(NULL, NULL, "aes256-sha1-ecp256,aes128-sha1,aes128gcm16-modp2048,aes128gcm16-ecp256", &q);
    l2s_esp_sa_put_offer(&w, &q, &o);
    (void)l2s_esp_sa_text(fake_rd_exact(out, w.len), text, sizeof text);
    assert_string_equal(text, "aes256-sha1-ecp256,aes128gcm16-ecp256");

    /* what was not offered is no answer, though the policy has it */
    struct rig_transform t = {1, 12, "80060080 80050002 80040002"};
    assert_int_equal(l2s_esp_sa_check_answer(rig_esp_body(&t, 1), &q, &o, &c), L2TPSEC_ENOENT);
    t.attrs = "80060100 80050002 80030013 80040002";
    assert_int_equal(l2s_esp_sa_check_answer(rig_esp_body(&t, 1), &q, &o, &c), L2TPSEC_OK);
    t.attrs = "80060100 80050002 80040002"; /* without the group */
    assert_int_equal(l2s_esp_sa_check_answer(rig_esp_body(&t, 1), &q, &o, &c), L2TPSEC_ENOENT);
    fake_rd_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phase_2_echoes_with_our_spi),
        cmocka_unit_test(proposals_of_several_protocols_under_one_number_are_skipped),
        cmocka_unit_test(only_esp_with_a_usable_spi_is_taken),
        cmocka_unit_test(macs_must_be_there_and_must_not_be_with_an_aead),
        cmocka_unit_test(modes_are_taken_as_the_nat_demands),
        cmocka_unit_test(a_udp_mode_comes_before_plain_transport_wherever_it_stands),
        cmocka_unit_test(sha256_comes_last_for_peers_that_cut_it),
        cmocka_unit_test(pfs_is_what_the_ke_payload_says),
        cmocka_unit_test(an_offer_has_one_group_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
