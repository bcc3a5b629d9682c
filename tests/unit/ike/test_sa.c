/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/transform.h"
#include "unit/ike/common_rig.h"

#include <stdio.h>
#include <string.h>

static int choose1(const char *attrs, const char *policy, struct l2s_ike_choice *c)
{
    struct rig_transform t = {1, 1, attrs};
    struct l2s_ike_policy p;

    rig_policies(policy, &p, NULL, NULL);
    return l2s_ike_sa_choose(rig_ike_body(&t, 1), &p, c);
}

static const struct l2s_esp_terms plain = {.modes = L2S_MODES_PLAIN};

static void an_unacceptable_transform_is_skipped_and_never_fatal(void **state)
{
    static const struct {
        const char *attrs;
        int rc;
    } cases[] = {
        {RIG_GOOD1, L2TPSEC_OK},
        {RIG_GOOD1 " 800b0001 800c7080", L2TPSEC_OK},
        {RIG_GOOD1 " 80010007", L2TPSEC_OK},                     /* said twice, and the same */
        {RIG_GOOD1 " 80010005", L2TPSEC_ENOENT},                 /* and differently */
        {RIG_GOOD1 " 800d0001", L2TPSEC_ENOENT},                 /* PRF: none defined */
        {RIG_GOOD1 " 80050001", L2TPSEC_ENOENT},                 /* group type, of groups made by hand */
        {RIG_GOOD1 " 40000004 01020304", L2TPSEC_ENOENT},        /* Kerberos name */
        {"80010007 800e0100 80020002 80030001", L2TPSEC_ENOENT}, /* no group */
        {"80010007 800e0100 80030001 8004000e", L2TPSEC_ENOENT}, /* no hash */
        {"80010007 800e0100 80020002 8004000e", L2TPSEC_ENOENT}, /* no method */
        {"80020002 80030001 8004000e", L2TPSEC_ENOENT},          /* no cipher */
        {"", L2TPSEC_ENOENT},
        {"80010007 800e0100 80020002 80030003 8004000e", L2TPSEC_ENOENT}, /* RSA */
        {"80010007 800e0100 80020002 80030004 8004000e", L2TPSEC_ENOENT}, /* encryption with RSA */
        {"80010007 800e0100 80020002 80030005 8004000e", L2TPSEC_ENOENT},
        {"80010007 800e0100 80020002 8003fde9 8004000e", L2TPSEC_ENOENT}, /* XAUTH */
        {"80010007 800e0101 80020002 80030001 8004000e", L2TPSEC_ENOENT}, /* 257 bits */
        {"80010007 800e0080 80020002 80030001 8004000e", L2TPSEC_ENOENT}, /* 128: not in the policy */
        {"80010007 80020002 80030001 8004000e", L2TPSEC_ENOENT},          /* none: the same */
        {"80010001 80020002 80030001 8004000e", L2TPSEC_ENOENT},          /* DES */
        {"80010007 800e0100 80020003 80030001 8004000e", L2TPSEC_ENOENT}, /* Tiger */
        {"80010007 800e0100 80020002 80030001 80040401", L2TPSEC_ENOENT}, /* group 1025 */
        {"80010007 800e0100 80020002 80030001 80040000", L2TPSEC_ENOENT},
        {"80010007 800e0100 80020002 80030001 00040008 000000010000000e", L2TPSEC_ENOENT}, /* 2^32 + 14 is not 14 */
        {"00010002 0007 800e0100 80020002 80030001 8004000e", L2TPSEC_OK}, /* basic, written as variable */
    };
    struct l2s_ike_choice c;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++)
        assert_int_equal(choose1(cases[i].attrs, "aes256-sha1-modp2048", &c), cases[i].rc);
    fake_rd_free();
}

static void aes_without_a_length_is_128_and_3des_may_have_one(void **state)
{
    struct l2s_ike_choice c;
    struct l2s_esp_choice e;

    (void)state;
    assert_int_equal(choose1("80010007 80020002 80030001 8004000e", "aes128-sha1-modp2048", &c), L2TPSEC_OK);
    assert_int_equal(c.p.key_len, 16);
    assert_int_equal(rig_choose2(12, "80050002 80040002", "aes128-sha1", &plain, &e), L2TPSEC_OK);
    assert_int_equal(e.p.suite.key_len, 16);
#if L2S_WITH_LEGACY_3DES
    assert_int_equal(choose1("80010005 80020002 80030001 8004000e", "3des-sha1-modp2048", &c), L2TPSEC_OK);
    assert_int_equal(c.p.key_len, 24);
    assert_int_equal(choose1("80010005 800e00c0 80020002 80030001 8004000e", "3des-sha1-modp2048", &c), L2TPSEC_OK);
    assert_int_equal(choose1("80010005 800e0080 80020002 80030001 8004000e", "3des-sha1-modp2048", &c), L2TPSEC_ENOENT);
    assert_int_equal(rig_choose2(3, "80050002 80040002", "3des-sha1", &plain, &e), L2TPSEC_OK);
    assert_int_equal(e.p.suite.key_len, 24);
#endif
    fake_rd_free();
}

/* Vista's beta wrote the length in the order of its machine. What it wrote it gets back. */
static void a_key_length_with_its_bytes_swapped_is_understood_and_echoed(void **state)
{
    static const struct {
        const char *bits, *policy1, *policy2;
        uint16_t bytes;
    } cases[] = {{"8000", "aes128-sha1-modp2048", "aes128-sha1", 16},
                 {"c000", "aes192-sha1-modp2048", "aes192-sha1", 24},
                 {"0001", "aes256-sha1-modp2048", "aes256-sha1", 32}};
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        char attrs[200];
        uint8_t want[100], out[200];
        struct l2s_ike_choice c;
        struct l2s_esp_choice e;
        (void)snprintf(attrs, sizeof attrs, "80010007 800e%s 80020002 80030001 8004000e", cases[i].bits);
        assert_int_equal(choose1(attrs, cases[i].policy1, &c), L2TPSEC_OK);
        assert_int_equal(c.p.key_len, cases[i].bytes);
        size_t n = fake_hex(attrs, want, sizeof want);
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        l2s_ike_sa_put_answer(&w, &c);
        assert_memory_equal(out + w.len - n, want, n);
        (void)snprintf(attrs, sizeof attrs, "80050002 8006%s 80040002", cases[i].bits);
        assert_int_equal(rig_choose2(12, attrs, cases[i].policy2, &plain, &e), L2TPSEC_OK);
        assert_int_equal(e.p.suite.key_len, cases[i].bytes);
        n = fake_hex(attrs, want, sizeof want);
        w = l2s_wr_init(out, sizeof out);
        l2s_esp_sa_put_answer(&w, &e, 0x12345678);
        assert_memory_equal(out + w.len - n, want, n);
        fake_rd_free();
    }
}

static void lifetimes_are_obeyed_within_limits(void **state)
{
    static const struct {
        const char *life1; /* phase 1 numbers: 11 type, 12 duration */
        uint32_t s, kb;
    } cases[] = {
        {"", 28800, 0},
        {"800b0001 800c0e10", 3600, 0},
        {"800b0001 000c0004 00015180", 86400, 0},
        {"800b0001 800c001e", 30, 0},
        {"800b0001 800c000a", 10, 0},
        {"800b0001 800c0001", 10, 0},
        {"800b0001 800c0000", 28800, 0},
        {"800b0001 000c0000", 28800, 0},
        {"800b0001 000c0008 ffffffffffffffff", UINT32_MAX, 0},
        {"800b0001 000c0010 ffffffffffffffffffffffffffffffff", UINT32_MAX, 0},
        {"800b0002 000c0004 0003d090", 28800, 250000},
        {"800b0001 800c0e10 800b0002 000c0004 0003d090", 3600, 250000},
        {"800b0002 000c0004 0003d090 800b0001 800c0e10", 3600, 250000},
        {"800b0002 800c0001", 28800, 1}, /* the peer's wish, however small */
        {"800b0002 800c0000", 28800, 0},
        {"800b0001 800c0e10 800b0001 800c0708", 1800, 0}, /* twice: the shorter */
        {"800c0e10", 28800, 0},                           /* of no type */
        {"800b0003 800c0e10", 28800, 0},                  /* of an unknown one */
        {"800b0001", 28800, 0},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        char attrs[256] = RIG_GOOD1;
        struct l2s_ike_choice c;
        (void)strcat(attrs, cases[i].life1);
        assert_int_equal(choose1(attrs, "aes256-sha1-modp2048", &c), L2TPSEC_OK);
        assert_int_equal(c.life_s, cases[i].s);
        assert_int_equal(c.life_kb, cases[i].kb);
    }

    struct l2s_esp_choice e;
    assert_int_equal(
        rig_choose2(12, RIG_GOOD2 " 80040002 80010001 80020e10 80010002 00020004 0003d090", "aes256-sha1", &plain, &e),
        L2TPSEC_OK);
    assert_int_equal(e.life_s, 3600);
    assert_int_equal(e.life_kb, 250000);
    assert_int_equal(rig_choose2(12, RIG_GOOD2 " 80040002", "aes256-sha1", &plain, &e), L2TPSEC_OK);
    assert_int_equal(e.life_s, 28800);
    assert_int_equal(e.life_kb, 0);
    fake_rd_free();
}

static void the_peers_first_acceptable_transform_is_taken_and_echoed(void **state)
{
    static const struct rig_transform offer[] = {
        {0, 1, "80010001 80020001 80030001 80040001"},
        {7, 9, RIG_GOOD1}, /* not KEY_IKE */
        {7, 1, "80010007 80020002 80030001 8004000e 800b0001 000c0004 00007080"},
        {200, 1, RIG_GOOD1},
    };
    struct l2s_ike_policy p;
    struct l2s_ike_choice c, again;
    uint8_t out[256];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    (void)state;
    rig_policies("aes256-sha1-modp2048,aes128-sha1-modp2048", &p, NULL, NULL);
    assert_int_equal(l2s_ike_sa_choose(rig_ike_body(offer, L2S_COUNT_OF(offer)), &p, &c), L2TPSEC_OK);
    assert_int_equal(c.transform_no, 7);
    assert_int_equal(c.proposal_no, 1);
    assert_int_equal(c.p.key_len, 16);
    assert_int_equal(c.attrs.left, 28);

    l2s_ike_sa_put_answer(&w, &c);
    uint8_t want[128];
    size_t n = fake_hex("00000001 00000001 0000002c 01010001 00000024 07010000"
                        "80010007 80020002 80030001 8004000e 800b0001 000c0004 00007080",
                        want, sizeof want);
    assert_int_equal(w.len, n);
    assert_memory_equal(out, want, n);
    assert_int_equal(l2s_ike_sa_check_answer(fake_rd_exact(out, w.len), p.p, p.n, &again), L2TPSEC_OK);
    assert_memory_equal(&again.p, &c.p, sizeof c.p);
    fake_rd_free();
}

static void the_domain_and_situation_must_be_ours(void **state)
{
    struct rig_transform t = {1, 1, RIG_GOOD1};
    uint8_t out[256];
    size_t n = rig_sa_body(out, sizeof out, L2S_PROTO_ISAKMP, 0, false, &t, 1);
    struct l2s_ike_policy p;
    struct l2s_ike_choice c;

    (void)state;
    rig_policies("aes256-sha1-modp2048", &p, NULL, NULL);
    for (unsigned i = 0; i < 256; i++) {
        out[3] = (uint8_t)i;
        assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, n), &p, &c), i == 1 ? L2TPSEC_OK : L2TPSEC_EUNSUP);
        out[3] = 1;
        out[7] = (uint8_t)i;
        assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, n), &p, &c), i == 1 ? L2TPSEC_OK : L2TPSEC_EUNSUP);
        out[7] = 1;
        out[4] = (uint8_t)i; /* unassigned bits of the situation */
        assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, n), &p, &c), i == 0 ? L2TPSEC_OK : L2TPSEC_EUNSUP);
        out[4] = 0;
    }
    fake_rd_free();
}

static void every_truncation_of_an_offer_is_refused(void **state)
{
    static const struct rig_transform offer[] = {{1, 1, RIG_GOOD1 " 800b0001 000c0004 00007080"}, {2, 1, RIG_GOOD1}};
    uint8_t out[256];
    size_t n = rig_sa_body(out, sizeof out, L2S_PROTO_ISAKMP, 0, true, offer, 2);
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;
    struct l2s_ike_choice c;
    struct l2s_esp_choice e;
    char text[64];

    (void)state;
    rig_policies("aes256-sha1-modp2048", &p, "aes256-sha1", &q);
    assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, n), &p, &c), L2TPSEC_OK);
    for (size_t cut = 0; cut < n; cut++) {
        assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, cut), &p, &c), L2TPSEC_EPROTO);
        assert_int_equal(l2s_ike_sa_check_answer(fake_rd_exact(out, cut), p.p, p.n, &c), L2TPSEC_EPROTO);
        assert_int_equal(l2s_esp_sa_choose(fake_rd_exact(out, cut), &q, &plain, &e), L2TPSEC_EPROTO);
        (void)l2s_ike_sa_text(fake_rd_exact(out, cut), text, sizeof text);
        (void)l2s_esp_sa_text(fake_rd_exact(out, cut), text, sizeof text);
    }
    fake_rd_free();
}

static void payloads_that_contradict_themselves_are_malformed(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } breaks[] = {
        {8, 3},                /* the chain of proposals goes on with a transform */
        {8, 2},                /* or with a proposal that is not there */
        {10, 1},               /* proposal longer than the payload */
        {11, 7},               /* proposal shorter than its fixed fields */
        {11, 0x23}, {14, 255}, /* SPI longer than the proposal */
        {15, 0},               /* more transforms than announced */
        {15, 3},               /* fewer */
        {16, 2},               /* the chain of transforms goes on with a proposal */
        {16, 0},               /* or ends early */
        {19, 4},               /* transform shorter than its fixed fields */
        {18, 1},    {44, 3},   /* a transform behind the last */
    };
    static const struct rig_transform offer[] = {{1, 1, RIG_GOOD1}, {2, 1, RIG_GOOD1}};
    uint8_t whole[256], out[256];
    size_t n = rig_sa_body(whole, sizeof whole, L2S_PROTO_ISAKMP, 0, false, offer, 2);
    struct l2s_ike_policy p;
    struct l2s_ike_choice c;

    (void)state;
    rig_policies("aes256-sha1-modp2048", &p, NULL, NULL);
    assert_int_equal(n, 8 + 8 + 28 + 28);
    for (size_t i = 0; i < L2S_COUNT_OF(breaks); i++) {
        memcpy(out, whole, n);
        out[breaks[i].at] = breaks[i].value;
        assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, n), &p, &c), L2TPSEC_EPROTO);
    }
    memcpy(out, whole, n);
    memset(out + n, 0, 4); /* bytes behind the last proposal */
    assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, n + 4), &p, &c), L2TPSEC_EPROTO);
    fake_rd_free();
}

static void two_hundred_and_fifty_six_transforms_are_looked_at(void **state)
{
    static const struct rig_transform bad = {0, 1, "80010001 80020001 80030001 80040001"};
    struct l2s_ike_policy p;
    struct l2s_ike_choice c;

    (void)state;
    rig_policies("aes256-sha1-modp2048", &p, NULL, NULL);
    for (size_t before = 250; before <= 260; before++) {
        /* five proposals of up to 255 transforms, the last of which is the good one */
        static uint8_t out[65536];
        struct rig_transform t[64];
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        size_t left = before + 1;
        l2s_wr_u32(&w, 1);
        l2s_wr_u32(&w, 1);
        while (left) {
            uint8_t part[8192];
            size_t n = left < 60 ? left : 60;
            for (size_t i = 0; i < n; i++)
                t[i] = bad;
            left -= n;
            if (left == 0)
                t[n - 1].attrs = RIG_GOOD1;
            size_t len = rig_sa_body(part, sizeof part, L2S_PROTO_ISAKMP, 0, false, t, n);
            part[8] = left ? 2 : 0;
            l2s_wr_bytes(&w, part + 8, len - 8);
        }
        assert_false(w.bad);
        assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(out, w.len), &p, &c),
                         before < L2S_TRANSFORMS_MAX ? L2TPSEC_OK : L2TPSEC_ENOENT);
    }
    fake_rd_free();
}

static void every_policy_survives_offer_choice_and_answer(void **state)
{
    static const char *const names[] = {"modern", "compatible", "legacy"};

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(names); i++) {
        struct l2s_ike_policy p;
        struct l2s_esp_policy q;
        assert_int_equal(l2s_policy_preset(names[i], &p, &q), L2TPSEC_OK);

        for (size_t k = 0; k < p.n; k++) {
            uint8_t offer[4096], answer[256];
            struct l2s_wr w = l2s_wr_init(offer, sizeof offer), v = l2s_wr_init(answer, sizeof answer);
            struct l2s_ike_policy one = {.n = 1, .p = {p.p[k]}};
            struct l2s_ike_choice c, d;
            l2s_ike_sa_put_offer(&w, p.p, p.n, k % 2 ? 86400 : 28800);
            assert_false(w.bad);
            assert_int_equal(l2s_ike_sa_choose(fake_rd_exact(offer, w.len), &one, &c), L2TPSEC_OK);
            assert_memory_equal(&c.p, &p.p[k], sizeof c.p);
            assert_int_equal(c.transform_no, k + 1);
            assert_int_equal(c.life_s, k % 2 ? 86400 : 28800);
            l2s_ike_sa_put_answer(&v, &c);
            assert_int_equal(l2s_ike_sa_check_answer(fake_rd_exact(answer, v.len), p.p, p.n, &d), L2TPSEC_OK);
            assert_memory_equal(&d.p, &p.p[k], sizeof d.p);
            assert_int_equal(l2s_ike_sa_check_answer(fake_rd_exact(answer, v.len), p.p, k, &d), L2TPSEC_ENOENT);
        }
        for (size_t k = 0; k < q.n; k++) {
            static const struct l2s_esp_offer o = {0xcafe0001, L2S_MODE_UDP_TRANSPORT_DRAFT, 3600, 250000};
            static const struct l2s_esp_terms t = {.modes = L2S_MODES_UDP};
            uint8_t offer[4096], answer[256];
            struct l2s_wr w = l2s_wr_init(offer, sizeof offer), v = l2s_wr_init(answer, sizeof answer);
            struct l2s_esp_policy one = {.n = 1, .p = {q.p[k]}};
            struct l2s_esp_choice c, d;
            l2s_esp_sa_put_offer(&w, &q, &o);
            assert_false(w.bad);
            assert_int_equal(l2s_esp_sa_choose(fake_rd_exact(offer, w.len), &one, &t, &c), L2TPSEC_OK);
            assert_memory_equal(&c.p.suite, &q.p[k].suite, sizeof c.p.suite);
            assert_int_equal(c.spi, o.spi);
            assert_int_equal(c.life_kb, 250000);
            l2s_esp_sa_put_answer(&v, &c, 0xbeef0002);
            assert_int_equal(l2s_esp_sa_check_answer(fake_rd_exact(answer, v.len), &q, &o, &d), L2TPSEC_OK);
            assert_memory_equal(&d.p.suite, &q.p[k].suite, sizeof d.p.suite);
            assert_int_equal(d.spi, 0xbeef0002);
            assert_int_equal(d.mode, o.mode);
        }
    }
    fake_rd_free();
}

static void an_answer_is_one_transform_that_was_offered(void **state)
{
    static const struct l2s_esp_offer o = {0xcafe0001, L2S_MODE_UDP_TRANSPORT, 3600, 0};
    static const struct {
        const char *attrs;
        int rc;
    } cases[] = {
        {RIG_GOOD2 " 80040004", L2TPSEC_OK},
        {RIG_GOOD2 " 8004f004", L2TPSEC_OK}, /* the same, in the drafts' words */
        {RIG_GOOD2, L2TPSEC_OK},
        {RIG_GOOD2 " 80040002", L2TPSEC_ENOENT}, /* we are behind a NAT, it cannot be plain */
        {RIG_GOOD2 " 80040003", L2TPSEC_ENOENT},
        {"80060080 80050002 80040004", L2TPSEC_ENOENT},
    };
    struct rig_transform two[2] = {{1, 12, RIG_GOOD2 " 80040004"}, {2, 12, RIG_GOOD2 " 80040004"}};
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;
    struct l2s_esp_choice c;
    struct l2s_ike_choice d;

    (void)state;
    rig_policies("aes256-sha1-modp2048", &p, "aes256-sha1", &q);
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct rig_transform t = {77, 12, cases[i].attrs};
        assert_int_equal(l2s_esp_sa_check_answer(rig_esp_body(&t, 1), &q, &o, &c), cases[i].rc);
    }
    assert_int_equal(l2s_esp_sa_check_answer(rig_esp_body(two, 2), &q, &o, &c), L2TPSEC_EPROTO);
    two[0].attrs = two[1].attrs = RIG_GOOD1;
    two[0].id = two[1].id = 1;
    assert_int_equal(l2s_ike_sa_check_answer(rig_ike_body(two, 2), p.p, p.n, &d), L2TPSEC_EPROTO);
    assert_int_equal(l2s_ike_sa_check_answer(rig_ike_body(two, 0), p.p, p.n, &d), L2TPSEC_EPROTO);
    assert_int_equal(l2s_ike_sa_check_answer(rig_ike_body(two, 1), p.p, p.n, &d), L2TPSEC_OK);
    fake_rd_free();
}

static void an_offer_that_does_not_fit_turns_the_writer_bad(void **state)
{
    static const struct l2s_esp_offer o = {0xcafe0001, L2S_MODE_TRANSPORT, 3600, 7};
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;
    uint8_t out[4096];

    (void)state;
    assert_int_equal(l2s_policy_preset("compatible", &p, &q), L2TPSEC_OK);
    struct l2s_wr w = l2s_wr_init(out, sizeof out), v = l2s_wr_init(out, sizeof out);
    l2s_ike_sa_put_offer(&w, p.p, p.n, 28800);
    l2s_esp_sa_put_offer(&v, &q, &o);
    for (size_t cap = 0; cap < w.len; cap++) {
        struct l2s_wr x = l2s_wr_init(out, cap);
        l2s_ike_sa_put_offer(&x, p.p, p.n, 28800);
        assert_true(x.bad);
    }
    for (size_t cap = 0; cap < v.len; cap++) {
        struct l2s_wr x = l2s_wr_init(out, cap);
        l2s_esp_sa_put_offer(&x, &q, &o);
        assert_true(x.bad);
    }
}

static void a_short_offer_makes_a_message_that_is_not_fragmented(void **state)
{
    struct l2s_ike_policy p;
    struct l2s_esp_policy q;
    uint8_t out[4096];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    (void)state;
    assert_int_equal(l2s_policy_preset("compatible", &p, &q), L2TPSEC_OK);
    l2s_ike_sa_put_offer(&w, p.p, L2S_OFFER_MAX, 28800);
    assert_in_range(w.len, 1, 400);
}

static void what_was_offered_is_put_into_words(void **state)
{
    static const struct rig_transform ike[] = {
        {1, 1, "80010007 800e0100 80020004 80030001 80040002"}, {2, 1, "80010001 80020001 80030001 80040001"},
        {3, 1, "80010009 80020003 80030003 80040016"},          {4, 1, "80010007 800e0100 80020004 80030001 80040002"},
        {5, 1, "80010005 80020002 8003fde9 8004000e"},          {6, 1, "80030001 8004001f"},
        {7, 1, "80010007 80020002 8003fded 8004000e"},          {8, 1, RIG_GOOD1 " 800d0001"},
    };
    static const struct rig_transform esp[] = {
        {1, 12, "80060100 80050002 80040002"}, {2, 2, "80050001 80040001"},  {3, 20, "80060080 80040004 80030013"},
        {4, 11, "80050009 80040002"},          {5, 99, "80040007 80030001"}, {6, 12, "80050008 8004f003"},
    };
    static const char ike_text[] =
        "aes256-sha256-modp1024,des-md5-modp768,encr-9-hash-3-group-22-rsa,"
        "3des-sha1-modp2048-xauth-psk,encr-0-hash-0-x25519,aes128-sha1-modp2048-method-65005,"
        "aes256-sha1-modp2048-odd";
    static const char esp_text[] =
        "aes256-sha1,des-md5-tunnel,aes128gcm16-ecp256,null-auth-9,encr-99-modp768-mode-7,aes128-auth-8-tunnel";
    char text[512];

    (void)state;
    struct l2s_rd body = rig_ike_body(ike, L2S_COUNT_OF(ike));
    assert_int_equal(l2s_ike_sa_text(body, text, sizeof text), sizeof ike_text - 1);
    assert_string_equal(text, ike_text);
    for (size_t cap = 0; cap <= sizeof ike_text; cap++) {
        char *out = test_malloc(cap ? cap : 1);
        size_t n = l2s_ike_sa_text(body, out, cap);
        assert_true(cap == 0 ? n == 0 : n < cap && strlen(out) == n);
        test_free(out);
    }
    assert_int_equal(l2s_esp_sa_text(rig_esp_body(esp, L2S_COUNT_OF(esp)), text, sizeof text), sizeof esp_text - 1);
    assert_string_equal(text, esp_text);

    uint8_t out[128];
    size_t n = rig_sa_body(out, sizeof out, L2S_PROTO_AH, 0x100, false, esp, 1);
    (void)l2s_esp_sa_text(fake_rd_exact(out, n), text, sizeof text);
    assert_string_equal(text, "ah");
    out[3] = 9; /* not our domain of interpretation: nothing to say */
    assert_int_equal(l2s_esp_sa_text(fake_rd_exact(out, n), text, sizeof text), 0);
    assert_string_equal(text, "");
    fake_rd_free();
}

static void what_ike_has_no_number_for_has_none(void **state)
{
    (void)state;
    assert_int_equal(l2s_ike_of_hash(0), 0);
    assert_int_equal(l2s_ike_of_cipher(99), 0);
    assert_int_equal(l2s_ike_of_group(99), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unacceptable_transform_is_skipped_and_never_fatal),
        cmocka_unit_test(aes_without_a_length_is_128_and_3des_may_have_one),
        cmocka_unit_test(a_key_length_with_its_bytes_swapped_is_understood_and_echoed),
        cmocka_unit_test(lifetimes_are_obeyed_within_limits),
        cmocka_unit_test(the_peers_first_acceptable_transform_is_taken_and_echoed),
        cmocka_unit_test(the_domain_and_situation_must_be_ours),
        cmocka_unit_test(every_truncation_of_an_offer_is_refused),
        cmocka_unit_test(payloads_that_contradict_themselves_are_malformed),
        cmocka_unit_test(two_hundred_and_fifty_six_transforms_are_looked_at),
        cmocka_unit_test(every_policy_survives_offer_choice_and_answer),
        cmocka_unit_test(an_answer_is_one_transform_that_was_offered),
        cmocka_unit_test(an_offer_that_does_not_fit_turns_the_writer_bad),
        cmocka_unit_test(a_short_offer_makes_a_message_that_is_not_fragmented),
        cmocka_unit_test(what_was_offered_is_put_into_words),
        cmocka_unit_test(what_ike_has_no_number_for_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
