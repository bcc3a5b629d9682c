/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "unit/ike/common_rig.h"

#include <string.h>

static const struct l2s_isakmp header = {.icookie = {1}, .rcookie = {2}, .exchange = L2S_EXCHANGE_MAIN};

static int collect(const char *hex, uint8_t first, enum l2s_natt natt, struct l2s_payloads *s)
{
    uint8_t bytes[512];
    size_t n = fake_hex(hex, bytes, sizeof bytes);

    return l2s_payloads_collect(fake_rd_exact(bytes, n), first, natt, s);
}

static void a_chain_is_walked_to_its_end(void **state)
{
    struct l2s_payloads s;

    (void)state;
    assert_int_equal(collect("0a000008 01020304 0d000005 aa 00ff0006 bbcc 0000000000", L2S_PT_KE, L2S_NATT_NONE, &s),
                     L2TPSEC_OK);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.count[L2S_PK_KE], 1);
    assert_int_equal(s.count[L2S_PK_NONCE], 1);
    assert_int_equal(s.count[L2S_PK_VID], 1); /* the reserved byte of its header is ignored */
    assert_int_equal(l2s_payloads_get(&s, L2S_PK_KE, 0).left, 4);
    assert_int_equal(l2s_payloads_get(&s, L2S_PK_VID, 0).p[1], 0xcc);
    assert_true(l2s_payloads_get(&s, L2S_PK_VID, 1).bad);
    assert_true(l2s_payloads_get(&s, L2S_PK_SA, 0).bad);
    assert_int_equal(s.chain.left, 19);
    assert_int_equal(s.padding.left, 5);
    struct l2s_rd rest = l2s_payloads_behind_first(&s);
    assert_int_equal(rest.left, 11);
    assert_int_equal(rest.p[0], 0x0d);
    fake_rd_free();
}

static void a_message_without_payloads_is_all_padding(void **state)
{
    struct l2s_payloads s;

    (void)state;
    assert_int_equal(collect("aabb", L2S_PT_NONE, L2S_NATT_NONE, &s), L2TPSEC_OK);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.padding.left, 2);
    assert_int_equal(l2s_payloads_behind_first(&s).left, 0);
    fake_rd_free();
}

static void every_truncation_of_a_chain_is_refused(void **state)
{
    uint8_t bytes[64];
    size_t n = fake_hex("0a000008 01020304 0d000005 aa 00000006 bbcc", bytes, sizeof bytes);
    struct l2s_payloads s;

    (void)state;
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(l2s_payloads_collect(fake_rd_exact(bytes, cut), L2S_PT_KE, L2S_NATT_NONE, &s), L2TPSEC_EPROTO);
    fake_rd_free();
}

static void lengths_below_four_end_the_walk(void **state)
{
    static const char *const bad[] = {"04000000 00000004", "04000001 00000004", "04000003 00000004"};
    struct l2s_payloads s;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(bad); i++)
        assert_int_equal(collect(bad[i], L2S_PT_KE, L2S_NATT_NONE, &s), L2TPSEC_EPROTO);
    fake_rd_free();
}

static void sixty_four_payloads_are_taken_and_sixty_five_refused(void **state)
{
    uint8_t bytes[65 * 4] = {0};
    struct l2s_payloads s;

    (void)state;
    for (unsigned known = 0; known < 2; known++) {
        uint8_t type = known ? L2S_PT_VID : 250; /* unknown ones count too */
        for (size_t n = 64; n <= 65; n++) {
            for (size_t i = 0; i < n; i++) {
                bytes[4 * i] = i + 1 < n ? type : L2S_PT_NONE;
                bytes[4 * i + 3] = 4;
            }
            int rc = l2s_payloads_collect(fake_rd_exact(bytes, 4 * n), type, L2S_NATT_NONE, &s);
            assert_int_equal(rc, n == 64 ? L2TPSEC_OK : L2TPSEC_EPROTO);
            assert_int_equal(s.n, known ? 64 : 0);
            assert_int_equal(s.unknown, known ? 0 : 64);
        }
    }
    fake_rd_free();
}

/* What a Windows machine that trusts four hundred authorities sends. */
static void requests_for_certificates_leave_room_for_the_others(void **state)
{
    enum { REQUESTS = 400 };
    uint8_t bytes[4 * (REQUESTS + 2)] = {0};
    struct l2s_payloads s;
    (void)state;

    for (size_t i = 0; i < REQUESTS + 2; i++) {
        bytes[4 * i] = i < REQUESTS - 1    ? L2S_PT_CERTREQ
                       : i == REQUESTS - 1 ? L2S_PT_SIG
                       : i == REQUESTS     ? L2S_PT_ID
                                           : 0;
        bytes[4 * i + 3] = 4;
    }
    assert_int_equal(l2s_payloads_collect(fake_rd_exact(bytes, sizeof bytes), L2S_PT_CERTREQ, L2S_NATT_NONE, &s),
                     L2TPSEC_OK);
    assert_in_range(s.count[L2S_PK_CERTREQ], 1, 60);
    assert_int_equal(s.count[L2S_PK_SIG], 1);
    assert_int_equal(s.count[L2S_PK_ID], 1);
    assert_false(l2s_payloads_get(&s, L2S_PK_ID, 0).bad);
    assert_int_equal(s.padding.left, 0);
}

static void payloads_of_the_other_version_are_skipped(void **state)
{
    struct l2s_payloads s;

    (void)state;
    for (unsigned type = 33; type <= 54; type++) {
        char hex[] = "00000006 aabb";
        assert_int_equal(collect(hex, (uint8_t)type, L2S_NATT_RFC3947, &s), L2TPSEC_OK);
        assert_int_equal(s.n, 0);
        assert_int_equal(s.unknown, 1);
    }
    assert_int_equal(collect("03000004 00000004", L2S_PT_PROPOSAL, L2S_NATT_NONE, &s), L2TPSEC_OK);
    assert_int_equal(s.unknown, 2); /* proposals and transforms live inside an SA payload only */
    fake_rd_free();
}

static void draft_numbers_count_only_where_they_were_negotiated(void **state)
{
    static const struct {
        uint8_t type, kind_plain, kind_draft04;
    } cases[] = {
        {15, L2S_PK_NONE, L2S_PK_NATD},
        {16, L2S_PK_NONE, L2S_PK_NATOA},
        {20, L2S_PK_NATD, L2S_PK_NATD},
        {21, L2S_PK_NATOA, L2S_PK_NATOA},
        {130, L2S_PK_NATD, L2S_PK_NATD},
        {131, L2S_PK_NATOA, L2S_PK_NATOA},
        {14, L2S_PK_ATTRIBUTES, L2S_PK_ATTRIBUTES},
        {132, L2S_PK_FRAGMENT, L2S_PK_FRAGMENT},
    };
    struct l2s_payloads s;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++)
        for (int v = L2S_NATT_NONE; v < L2S_NATT_COUNT; v++) {
            uint8_t kind = v == L2S_NATT_DRAFT04 ? cases[i].kind_draft04 : cases[i].kind_plain;
            assert_int_equal(collect("00000006 aabb", cases[i].type, (enum l2s_natt)v, &s), L2TPSEC_OK);
            assert_int_equal(s.count[kind], kind != L2S_PK_NONE);
            assert_int_equal(s.unknown, kind == L2S_PK_NONE);
        }
    fake_rd_free();
}

static void rules_say_what_must_may_and_must_not_be_there(void **state)
{
    static const struct l2s_payload_rule rules[] = {
        {L2S_PK_KE, 1, 1}, {L2S_PK_NONCE, 1, 1}, {L2S_PK_NATD, 0, 3}, {L2S_PK_NONE, 0, 0}};
    static const struct {
        const char *hex;
        uint8_t first, at_fault;
    } cases[] = {
        {"0a000004 00000004", L2S_PT_KE, 0},
        {"0a000004 f0000004 00000004", L2S_PT_KE, 0}, /* unknown ones do not matter */
        {"0a000004 14000004 14000004 14000004 00000004", L2S_PT_KE, 0},
        {"0a000004 14000004 14000004 14000004 14000004 00000004", L2S_PT_KE, L2S_PK_NATD},
        {"00000004", L2S_PT_KE, L2S_PK_NONCE},
        {"00000004", L2S_PT_NONCE, L2S_PK_KE},
        {"0a000004 04000004 00000004", L2S_PT_KE, L2S_PK_KE},
        {"0a000004 08000004 00000004", L2S_PT_KE, L2S_PK_HASH},
        {"", L2S_PT_NONE, L2S_PK_KE},
    };
    struct l2s_payloads s;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t kind = 0;
        assert_int_equal(collect(cases[i].hex, cases[i].first, L2S_NATT_NONE, &s), L2TPSEC_OK);
        assert_int_equal(l2s_payloads_check(&s, rules, &kind), cases[i].at_fault ? L2TPSEC_EPROTO : L2TPSEC_OK);
        assert_int_equal(kind, cases[i].at_fault);
        assert_int_equal(l2s_payloads_check(&s, rules, NULL), cases[i].at_fault ? L2TPSEC_EPROTO : L2TPSEC_OK);
    }
    fake_rd_free();
}

static void a_chain_that_was_built_is_read_back(void **state)
{
    static const uint8_t spi[4] = {0, 1, 2, 3};
    uint8_t out[256];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_isakmp h;
    struct l2s_rd body;
    struct l2s_payloads s;
    struct l2s_notify n;
    struct l2s_delete d;

    (void)state;
    l2s_wr_u32(&w, 0xeeeeeeeeu); /* something in front: offsets are relative */
    struct l2s_chain c = l2s_chain_begin(&w, &header);
    size_t hash = l2s_chain_put_room(&c, L2S_PT_HASH, 20);
    l2s_chain_put(&c, L2S_PT_NONCE, "nonce", 5);
    l2s_chain_open(&c, L2S_PT_ID);
    l2s_wr_u32(&w, 0x01020304);
    l2s_chain_close(&c);
    l2s_chain_put_notify(&c, L2S_PROTO_ESP, L2S_N_RESPONDER_LIFETIME, spi, sizeof spi, "life", 4);
    l2s_chain_put_delete_esp(&c, 0x11223344);
    l2s_chain_put_delete_ike(&c, header.icookie, header.rcookie);
    l2s_chain_pad(&c, 16);
    l2s_chain_end(&c);
    assert_false(w.bad);
    memset(w.p + hash, 0x5a, 20);

    assert_int_equal(l2s_isakmp_read(fake_rd_exact(out + 4, w.len - 4), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(h.length, w.len - 4);
    assert_int_equal((h.length - L2S_ISAKMP_HEADER) % 16, 0);
    assert_int_equal(l2s_payloads_collect(body, h.first, L2S_NATT_NONE, &s), L2TPSEC_OK);
    assert_int_equal(s.n, 6);
    assert_int_equal(l2s_payloads_get(&s, L2S_PK_HASH, 0).p[19], 0x5a);
    assert_int_equal(l2s_payloads_behind_first(&s).left, s.chain.left - 24);
    assert_true(s.padding.left < 16);

    assert_int_equal(l2s_notify_read(l2s_payloads_get(&s, L2S_PK_NOTIFY, 0), &n), L2TPSEC_OK);
    assert_int_equal(n.doi, L2S_DOI_IPSEC);
    assert_int_equal(n.protocol, L2S_PROTO_ESP);
    assert_int_equal(n.type, L2S_N_RESPONDER_LIFETIME);
    assert_true(l2s_rd_equals(&n.spi, spi, 4));
    assert_true(l2s_rd_equals(&n.data, "life", 4));

    assert_int_equal(l2s_delete_read(l2s_payloads_get(&s, L2S_PK_DELETE, 0), &d), L2TPSEC_OK);
    assert_int_equal(d.protocol, L2S_PROTO_ESP);
    assert_int_equal(d.n, 1);
    assert_int_equal(l2s_rd_u32(&d.spis), 0x11223344);
    assert_int_equal(l2s_delete_read(l2s_payloads_get(&s, L2S_PK_DELETE, 1), &d), L2TPSEC_OK);
    assert_int_equal(d.protocol, L2S_PROTO_ISAKMP);
    assert_memory_equal(d.spis.p, header.icookie, 8);
    assert_memory_equal(d.spis.p + 8, header.rcookie, 8);
    fake_rd_free();
}

static void padding_fills_the_block_and_no_more(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        uint8_t out[128], body[40] = {0};
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        struct l2s_chain c = l2s_chain_begin(&w, &header);
        l2s_chain_put(&c, L2S_PT_VID, body, n);
        size_t before = w.len;
        l2s_chain_pad(&c, 0);
        assert_int_equal(w.len, before);
        l2s_chain_pad(&c, 8);
        assert_int_equal((w.len - 28) % 8, 0);
        assert_true(w.len - before < 8);
        before = w.len;
        l2s_chain_pad(&c, 8);
        assert_int_equal(w.len, before);
    }
}

static void a_chain_that_does_not_fit_turns_the_writer_bad(void **state)
{
    uint8_t out[128];
    size_t whole = 0;

    (void)state;
    for (size_t cap = sizeof out + 1; cap-- > 0;) {
        struct l2s_wr w = l2s_wr_init(out, cap);
        struct l2s_chain c = l2s_chain_begin(&w, &header);
        l2s_chain_put_notify(&c, L2S_PROTO_ISAKMP, L2S_N_INITIAL_CONTACT, header.icookie, 8, NULL, 0);
        l2s_chain_put_delete_esp(&c, 1);
        l2s_chain_pad(&c, 16);
        l2s_chain_end(&c);
        if (cap == sizeof out)
            whole = w.len;
        assert_int_equal(w.bad, cap < whole);
        assert_true(w.len <= cap);
    }
}

static void a_notify_says_what_it_is_about(void **state)
{
    uint8_t bytes[64];
    size_t n = fake_hex("00000001 03 04 6002 aabbccdd 80010001 800270 80", bytes, sizeof bytes);
    struct l2s_notify got;

    (void)state;
    for (size_t cut = 0; cut <= n; cut++) {
        int rc = l2s_notify_read(fake_rd_exact(bytes, cut), &got);
        assert_int_equal(rc, cut < 12 ? L2TPSEC_EPROTO : L2TPSEC_OK);
    }
    assert_int_equal(got.data.left, 8);
    bytes[5] = 255; /* an SPI longer than the payload */
    assert_int_equal(l2s_notify_read(fake_rd_exact(bytes, n), &got), L2TPSEC_EPROTO);
    bytes[5] = 0;
    assert_int_equal(l2s_notify_read(fake_rd_exact(bytes, n), &got), L2TPSEC_OK);
    assert_int_equal(got.spi.left, 0);
    fake_rd_free();
}

static void a_delete_must_have_the_spis_it_announces(void **state)
{
    static const struct {
        const char *hex;
        int rc;
    } cases[] = {
        {"00000001 03 04 0002 aaaaaaaa bbbbbbbb", L2TPSEC_OK},
        {"00000001 03 04 0000", L2TPSEC_OK},
        {"00000001 03 04 0002 aaaaaaaa", L2TPSEC_EPROTO},
        {"00000001 03 04 0001 aaaaaaaa bb", L2TPSEC_EPROTO},
        {"00000001 03 04 ffff aaaaaaaa", L2TPSEC_EPROTO},
        {"00000001 03 00 ffff", L2TPSEC_EPROTO},
        {"00000001 03 10 0001 aaaaaaaabbbbbbbbccccccccdddddddd", L2TPSEC_EPROTO},
        {"00000001 01 10 0001 aaaaaaaabbbbbbbbccccccccdddddddd", L2TPSEC_OK},
        {"00000001 01 08 0001 aaaaaaaabbbbbbbb", L2TPSEC_EPROTO},
        {"00000001 02 04 0001 aaaaaaaa", L2TPSEC_OK},
        {"00000001 04 02 0001 aaaa", L2TPSEC_OK},
        {"00000001 04 04 0001 aaaaaaaa", L2TPSEC_OK},
        {"00000001 05 04 0001 aaaaaaaa", L2TPSEC_EPROTO},
        {"00000001 03 04 00", L2TPSEC_EPROTO},
        {"", L2TPSEC_EPROTO},
    };
    uint8_t bytes[1024] = {0, 0, 0, 1, 3, 4, 0, L2S_DELETE_MAX};
    struct l2s_delete d;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t b[64];
        size_t n = fake_hex(cases[i].hex, b, sizeof b);
        assert_int_equal(l2s_delete_read(fake_rd_exact(b, n), &d), cases[i].rc);
    }
    assert_int_equal(l2s_delete_read(fake_rd_exact(bytes, 8 + 4 * L2S_DELETE_MAX), &d), L2TPSEC_OK);
    bytes[7]++;
    assert_int_equal(l2s_delete_read(fake_rd_exact(bytes, 12 + 4 * L2S_DELETE_MAX), &d), L2TPSEC_EPROTO);
    fake_rd_free();
}

static void captured_messages_have_the_payloads_of_their_step(void **state)
{
    static const struct l2s_payload_rule first[] = {{L2S_PK_SA, 1, 1}, {L2S_PK_VID, 0, 30}, {0, 0, 0}};
    static const struct l2s_payload_rule third[] = {
        {L2S_PK_KE, 1, 1}, {L2S_PK_NONCE, 1, 1}, {L2S_PK_NATD, 0, 8}, {L2S_PK_VID, 0, 30}, {0, 0, 0}};
    static const struct l2s_payload_rule fifth[] = {
        {L2S_PK_ID, 1, 1}, {L2S_PK_HASH, 1, 1}, {L2S_PK_NOTIFY, 0, 4}, {0, 0, 0}};
    static const struct l2s_payload_rule quick[] = {
        {L2S_PK_HASH, 1, 1},  {L2S_PK_SA, 1, 1}, {L2S_PK_NONCE, 1, 1}, {L2S_PK_KE, 0, 1}, {L2S_PK_ID, 0, 2},
        {L2S_PK_NATOA, 0, 2}, {0, 0, 0}};
    static const struct l2s_payload_rule last[] = {{L2S_PK_HASH, 1, 1}, {0, 0, 0}};
    static const struct l2s_payload_rule info[] = {
        {L2S_PK_HASH, 0, 1}, {L2S_PK_NOTIFY, 0, 9}, {L2S_PK_DELETE, 0, 9}, {0, 0, 0}};
    static const struct l2s_payload_rule fragment[] = {{L2S_PK_FRAGMENT, 1, 1}, {0, 0, 0}};
    static const struct {
        const char *ends;
        const struct l2s_payload_rule *rules;
    } steps[] = {{"mm1", first},  {"mm2", first},  {"mm3", third},        {"mm4", third}, {"mm5", fifth},
                 {"mm6", fifth},  {"qm1", quick},  {"qm2", quick},        {"qm3", last},  {"info", info},
                 {"info1", info}, {"info2", info}, {"fragment", fragment}};
    struct rig_message m;
    unsigned seen = 0;

    (void)state;
    for (unsigned i = 0; rig_nth("captures.txt", i, &m); i++) {
        struct l2s_isakmp h;
        struct l2s_payloads s;
        uint8_t kind;
        rig_collect(&m, &h, &s);
        bool draft = strcmp(m.name, "sample mm3") == 0; /* has its NAT-D under 15 */
        assert_int_equal(s.unknown, draft ? 2 : 0);
        for (size_t k = 0; k < L2S_COUNT_OF(steps); k++)
            if (strcmp(strrchr(m.name, ' ') + 1, steps[k].ends) == 0) {
                assert_int_equal(l2s_payloads_check(&s, steps[k].rules, &kind), L2TPSEC_OK);
                seen++;
            }
    }
    assert_in_range(seen, 30, 60);
    fake_rd_free();
}

static void a_captured_draft_has_its_own_numbers(void **state)
{
    struct rig_message m;
    struct l2s_isakmp h;
    struct l2s_rd body;
    struct l2s_payloads s;

    (void)state;
    rig_message("captures.txt", "sample mm3", &m);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(m.bytes, m.n), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(l2s_payloads_collect(body, h.first, L2S_NATT_DRAFT04, &s), L2TPSEC_OK);
    assert_int_equal(s.count[L2S_PK_NATD], 2);
    assert_int_equal(s.unknown, 0);
    assert_int_equal(l2s_payloads_get(&s, L2S_PK_NATD, 1).left, 20);
    fake_rd_free();
}

static void a_captured_refusal_and_deletes_are_understood(void **state)
{
    struct rig_message m;
    struct l2s_isakmp h;
    struct l2s_payloads s;
    struct l2s_notify n;
    struct l2s_delete d;

    (void)state;
    rig_message("captures.txt", "strongswan refused info", &m);
    rig_collect(&m, &h, &s);
    assert_int_equal(h.exchange, L2S_EXCHANGE_INFO);
    assert_int_equal(l2s_notify_read(l2s_payloads_get(&s, L2S_PK_NOTIFY, 0), &n), L2TPSEC_OK);
    assert_int_equal(n.type, L2S_N_NO_PROPOSAL_CHOSEN);
    assert_int_equal(n.spi.left, 16);

    rig_message("captures.txt", "strongswan plain info1", &m);
    rig_collect(&m, &h, &s);
    assert_int_equal(l2s_delete_read(l2s_payloads_get(&s, L2S_PK_DELETE, 0), &d), L2TPSEC_OK);
    assert_int_equal(d.protocol, L2S_PROTO_ESP);
    assert_int_equal(d.n, 1);
    rig_message("captures.txt", "strongswan plain info2", &m);
    rig_collect(&m, &h, &s);
    assert_int_equal(l2s_delete_read(l2s_payloads_get(&s, L2S_PK_DELETE, 0), &d), L2TPSEC_OK);
    assert_int_equal(d.protocol, L2S_PROTO_ISAKMP);
    assert_memory_equal(d.spis.p, h.icookie, 8);
    fake_rd_free();
}

static void nothing_is_found_in_a_chain_that_is_bad(void **state)
{
    struct l2s_rd chain = l2s_rd_init("", 0);
    struct l2s_payload p;
    uint8_t next = L2S_PT_SA;

    (void)state;
    l2s_rd_spoil(&chain);
    assert_int_equal(l2s_payload_next(&chain, &next, &p), L2TPSEC_EPROTO);
}

static void an_spi_longer_than_its_length_can_say_is_not_written(void **state)
{
    static const uint8_t spi[256];
    uint8_t room[600];
    struct l2s_wr w = l2s_wr_init(room, sizeof room);
    struct l2s_chain c = l2s_chain_begin(&w, &header);

    (void)state;
    l2s_chain_put_notify(&c, L2S_PROTO_ISAKMP, L2S_N_CONNECTED, spi, 255, NULL, 0);
    assert_false(w.bad);
    l2s_chain_put_notify(&c, L2S_PROTO_ISAKMP, L2S_N_CONNECTED, spi, 256, NULL, 0);
    assert_true(w.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_walked_to_its_end),
        cmocka_unit_test(a_message_without_payloads_is_all_padding),
        cmocka_unit_test(every_truncation_of_a_chain_is_refused),
        cmocka_unit_test(lengths_below_four_end_the_walk),
        cmocka_unit_test(sixty_four_payloads_are_taken_and_sixty_five_refused),
        cmocka_unit_test(requests_for_certificates_leave_room_for_the_others),
        cmocka_unit_test(payloads_of_the_other_version_are_skipped),
        cmocka_unit_test(draft_numbers_count_only_where_they_were_negotiated),
        cmocka_unit_test(rules_say_what_must_may_and_must_not_be_there),
        cmocka_unit_test(a_chain_that_was_built_is_read_back),
        cmocka_unit_test(padding_fills_the_block_and_no_more),
        cmocka_unit_test(a_chain_that_does_not_fit_turns_the_writer_bad),
        cmocka_unit_test(a_notify_says_what_it_is_about),
        cmocka_unit_test(a_delete_must_have_the_spis_it_announces),
        cmocka_unit_test(captured_messages_have_the_payloads_of_their_step),
        cmocka_unit_test(a_captured_draft_has_its_own_numbers),
        cmocka_unit_test(a_captured_refusal_and_deletes_are_understood),
        cmocka_unit_test(nothing_is_found_in_a_chain_that_is_bad),
        cmocka_unit_test(an_spi_longer_than_its_length_can_say_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
