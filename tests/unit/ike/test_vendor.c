/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/vendor.h"
#include "unit/ike/common_rig.h"

static const char *note(const char *hex, struct l2s_vendors *v)
{
    uint8_t bytes[128];
    size_t n = fake_hex(hex, bytes, sizeof bytes);

    return l2s_vendors_note(v, fake_rd_exact(bytes, n));
}

static void known_ones_are_known_with_and_without_a_tail(void **state)
{
    static const struct {
        const char *hex, *name;
        uint64_t bit;
    } cases[] = {
        {"4a131c81070358455c5728f20e95452f", "RFC 3947", L2S_VID_NATT_RFC3947},
        {"4a131c81070358455c5728f20e95452f0001", "RFC 3947", L2S_VID_NATT_RFC3947},
        {"90cb80913ebb696e086381b5ec427b1f", "nat-t-ike-02\\n", L2S_VID_NATT_02N},
        {"4df37928e9fc4fd1b3262170d515c662", "nat-t-ike", L2S_VID_NATT_APPLE},
        {"8f8d83826d246b6fc7a8a6a428c11de8", "nat-t-ike-08", L2S_VID_NATT_08},
        {"afcad71368a1f1c96b8696fc77570100", "DPD", L2S_VID_DPD},
        {"09002689dfd6b712", "XAUTH", L2S_VID_XAUTH},
        {"09002689dfd6b71200", "XAUTH", L2S_VID_XAUTH},
        {"12f5f28c457168a9702d9fe274cc0204", "Cisco Unity", L2S_VID_UNITY},
        {"4048b7d56ebce88525e7de7f00d6c2d3", "FRAGMENTATION", L2S_VID_FRAGMENTATION},
        {"fb1de3cdf341b7ea16b7e5be0855f120", "MS-Negotiation Discovery Capable", L2S_VID_MS_NEGOTIATION_DISCOVERY},
        {"5b362bc820f60007", "SonicWall", L2S_VID_SONICWALL},
        {"3e984048deadbeef", "Cisco IOS", L2S_VID_CISCO},
        {"7003cbc1097dbe9c2600ba6983bc8b35", "KAME/racoon", L2S_VID_RACOON},
        {"882fe56d6fd20dbc2251613b2ebe5beb", "strongSwan", L2S_VID_STRONGSWAN},
        {"4a131c81070358455c5728f20e9545", "unknown", 0},
        {"4a131c81070358455c5728f20e95452e", "unknown", 0},
        {"", "unknown", 0},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_vendors v = {0};
        assert_string_equal(note(cases[i].hex, &v), cases[i].name);
        assert_true(v.seen == cases[i].bit);
    }
    fake_rd_free();
}

static void tails_tell_versions_and_capabilities(void **state)
{
    struct l2s_vendors v = {0};

    (void)state;
    (void)note("1e2b516905991c7d7c96fcbfb587e461 00000009", &v);
    assert_int_equal(v.nt5, 9);
    (void)note("4048b7d56ebce88525e7de7f00d6c2d3 c0000000", &v);
    assert_int_equal(v.fragments, 0xc0000000u);
    (void)note("4048b7d56ebce88525e7de7f00d6c2d3 c000", &v);
    assert_int_equal(v.fragments, 0);
    assert_true(v.seen == (L2S_VID_MS_NT5 | L2S_VID_FRAGMENTATION));
    fake_rd_free();
}

/* Write these bits, and read back which were seen. */
static uint64_t written(uint64_t which, uint8_t *count, uint8_t first[16])
{
    uint8_t out[1024];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_isakmp h = {.icookie = {1}, .exchange = L2S_EXCHANGE_MAIN};
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_rd body;
    struct l2s_payloads s;
    struct l2s_vendors v;

    l2s_vendors_put(&c, which);
    l2s_chain_end(&c);
    assert_false(w.bad);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(out, w.len), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(l2s_payloads_collect(body, h.first, L2S_NATT_NONE, &s), L2TPSEC_OK);
    l2s_vendors_read(&s, &v);
    *count = s.count[L2S_PK_VID];
    if (*count)
        memcpy(first, l2s_payloads_get(&s, L2S_PK_VID, 0).p, 16);
    return v.seen;
}

static void an_initiator_says_its_list_and_nothing_it_cannot_do(void **state)
{
    uint8_t count, first[16], rfc3947[16];

    (void)state;
    assert_true(written(L2S_VENDORS_INITIATOR, &count, first) == L2S_VENDORS_INITIATOR);
    assert_int_equal(count, 7);
    (void)fake_hex("4a131c81070358455c5728f20e95452f", rfc3947, 16);
    assert_memory_equal(first, rfc3947, 16);
    assert_true(written(UINT64_MAX, &count, first) == (L2S_VENDORS_INITIATOR | L2S_VIDS_DRAFTS));
    assert_true(written(L2S_VID_XAUTH | L2S_VID_MS_NT5, &count, first) == 0);
    assert_int_equal(count, 0);
    fake_rd_free();
}

static void dpd_is_said_with_its_version(void **state)
{
    uint8_t count, first[16], dpd[16];

    (void)state;
    (void)fake_hex("afcad71368a1f1c96b8696fc77570100", dpd, 16);
    assert_true(written(L2S_VID_DPD, &count, first) == L2S_VID_DPD);
    assert_memory_equal(first, dpd, 16);
    fake_rd_free();
}

static void fragments_are_said_as_apple_says_them(void **state)
{
    uint8_t out[100], want[20];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_isakmp h = {.icookie = {1}, .exchange = L2S_EXCHANGE_MAIN};
    struct l2s_chain c = l2s_chain_begin(&w, &h);

    (void)state;
    l2s_vendors_put(&c, L2S_VID_FRAGMENTATION);
    l2s_chain_end(&c);
    (void)fake_hex("4048b7d56ebce88525e7de7f00d6c2d380000000", want, 20);
    assert_int_equal(w.len, L2S_ISAKMP_HEADER + 4 + 20);
    assert_memory_equal(out + L2S_ISAKMP_HEADER + 4, want, 20);
}

static void a_responder_answers_the_best_of_what_it_was_told(void **state)
{
    static const struct {
        uint64_t seen, answer;
        enum l2s_natt natt;
    } cases[] = {
        {0, 0, L2S_NATT_NONE},
        {L2S_VID_NATT_SSH | L2S_VID_XAUTH, 0, L2S_NATT_NONE},
        /* Windows 10 */
        {L2S_VID_MS_KEY_MODULE | L2S_VID_MS_NT5 | L2S_VID_NATT_RFC3947 | L2S_VID_NATT_02N | L2S_VID_FRAGMENTATION |
             L2S_VID_MS_NEGOTIATION_DISCOVERY | L2S_VID_MS_INITIAL_CONTACT | L2S_VID_MS_CGA,
         L2S_VID_NATT_RFC3947 | L2S_VID_FRAGMENTATION, L2S_NATT_RFC3947},
        /* iOS: never one of 04 to 08 while others are there */
        {L2S_VID_NATT_RFC3947 | L2S_VIDS_DRAFTS_04_08 | L2S_VID_NATT_03 | L2S_VID_NATT_02 | L2S_VID_NATT_02N |
             L2S_VID_FRAGMENTATION | L2S_VID_DPD,
         L2S_VID_NATT_RFC3947 | L2S_VID_DPD | L2S_VID_FRAGMENTATION, L2S_NATT_RFC3947},
        {L2S_VIDS_DRAFTS_04_08 | L2S_VID_NATT_02, L2S_VID_NATT_02, L2S_NATT_DRAFT00},
        {L2S_VID_NATT_03 | L2S_VID_NATT_02N, L2S_VID_NATT_03, L2S_NATT_DRAFT00},
        {L2S_VID_NATT_00 | L2S_VID_DPD, L2S_VID_NATT_00 | L2S_VID_DPD, L2S_NATT_DRAFT00},
        {L2S_VID_NATT_APPLE, L2S_VID_NATT_APPLE, L2S_NATT_DRAFT04},
        /* of those, too, by the very one it said: it knows no other */
        {L2S_VID_NATT_04, L2S_VID_NATT_04, L2S_NATT_DRAFT04},
        {L2S_VID_NATT_07 | L2S_VID_NATT_06, L2S_VID_NATT_07, L2S_NATT_DRAFT04},
        {L2S_VIDS_DRAFTS_04_08, L2S_VID_NATT_08, L2S_NATT_DRAFT04},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_vendors v = {.seen = cases[i].seen};
        assert_true(l2s_vendors_answer(&v) == cases[i].answer);
        assert_int_equal(l2s_vendors_natt(&v), cases[i].natt);
        v.seen = cases[i].answer; /* the initiator sees this, and comes to the same */
        assert_int_equal(l2s_vendors_natt(&v), cases[i].natt);
    }
}

static void androids_are_told_from_the_others(void **state)
{
    static const uint64_t android = L2S_VID_NATT_RFC3947 | L2S_VID_NATT_02 | L2S_VID_NATT_02N | L2S_VID_NATT_00 |
                                    L2S_VID_FRAGMENTATION | L2S_VID_DPD;
    static const uint64_t others[] = {android | L2S_VID_NATT_APPLE,
                                      android | L2S_VID_NATT_03,
                                      android | L2S_VID_MS_NT5,
                                      android & ~L2S_VID_NATT_00,
                                      L2S_VID_NATT_RFC3947 | L2S_VID_NATT_02N | L2S_VID_MS_NT5,
                                      L2S_VENDORS_INITIATOR,
                                      0};
    struct l2s_vendors v = {.seen = android};

    (void)state;
    assert_true(l2s_vendors_short_sha256(&v));
    for (size_t i = 0; i < L2S_COUNT_OF(others); i++) {
        v.seen = others[i];
        assert_false(l2s_vendors_short_sha256(&v));
    }
}

static void captured_peers_are_recognised(void **state)
{
    static const struct {
        const char *name;
        uint64_t seen;
    } cases[] = {
        {"strongswan nat mm1",
         L2S_VID_XAUTH | L2S_VID_DPD | L2S_VID_FRAGMENTATION | L2S_VID_NATT_RFC3947 | L2S_VID_NATT_02N},
        {"strongswan nat mm2", L2S_VID_XAUTH | L2S_VID_DPD | L2S_VID_FRAGMENTATION | L2S_VID_NATT_RFC3947},
        {"libreswan nat mm1", L2S_VID_FRAGMENTATION | L2S_VID_DPD | L2S_VID_NATT_RFC3947 | L2S_VID_NATT_03 |
                                  L2S_VID_NATT_02N | L2S_VID_NATT_02},
        {"libreswan server mm2", L2S_VID_FRAGMENTATION | L2S_VID_DPD | L2S_VID_NATT_RFC3947},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct rig_message m;
        struct l2s_isakmp h;
        struct l2s_payloads s;
        struct l2s_vendors v;
        rig_message("captures.txt", cases[i].name, &m);
        rig_collect(&m, &h, &s);
        l2s_vendors_read(&s, &v);
        assert_true(v.seen == cases[i].seen);
        assert_int_equal(l2s_vendors_natt(&v), L2S_NATT_RFC3947);
        assert_false(l2s_vendors_short_sha256(&v));
    }
    fake_rd_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_ones_are_known_with_and_without_a_tail),
        cmocka_unit_test(tails_tell_versions_and_capabilities),
        cmocka_unit_test(an_initiator_says_its_list_and_nothing_it_cannot_do),
        cmocka_unit_test(dpd_is_said_with_its_version),
        cmocka_unit_test(fragments_are_said_as_apple_says_them),
        cmocka_unit_test(a_responder_answers_the_best_of_what_it_was_told),
        cmocka_unit_test(androids_are_told_from_the_others),
        cmocka_unit_test(captured_peers_are_recognised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
