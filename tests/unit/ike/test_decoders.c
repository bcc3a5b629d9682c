/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Every decoder over real messages, messages made to break others, and mutations of both: nothing is read past the end,
 * every loop ends, and what a decoder lets through keeps its promises. */
#include "base/errors.h"
#include "ike/common/id.h"
#include "ike/common/natt.h"
#include "unit/ike/common_rig.h"

#include <string.h>

#define MUTATIONS 400 /* of each message */

static struct l2s_ike_policy ike;
static struct l2s_esp_policy esp;

static void printable(const char *text, size_t n, size_t cap)
{
    assert_true(n < cap);
    assert_int_equal(text[n], '\0');
    for (size_t i = 0; i < n; i++)
        assert_in_range(text[i], 0x20, 0x7e);
}

/* What we choose we can answer, and the answer is one of ours. */
static void feed_sa(struct l2s_rd body)
{
    static const struct l2s_esp_offer offer = {.spi = 0x12345678, .mode = L2S_MODE_TRANSPORT, .life_s = 3600};
    struct l2s_esp_terms terms = {.modes = L2S_MODES_UDP_OR_PLAIN, .pfs_groups = l2s_ike_policy_groups(&ike)};
    struct l2s_ike_choice c, c2;
    struct l2s_esp_choice e;
    uint8_t out[RIG_MESSAGE_MAX + 64];
    char text[384];

    printable(text, l2s_ike_sa_text(body, text, sizeof text), sizeof text);
    printable(text, l2s_esp_sa_text(body, text, sizeof text), sizeof text);
    if (l2s_ike_sa_choose(body, &ike, &c) == L2TPSEC_OK) {
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        l2s_ike_sa_put_answer(&w, &c);
        assert_false(w.bad);
        assert_int_equal(l2s_ike_sa_check_answer(fake_rd_exact(out, w.len), ike.p, ike.n, &c2), L2TPSEC_OK);
        assert_memory_equal(&c.p, &c2.p, sizeof c.p);
        assert_in_range(c.life_s, L2S_LIFE_MIN, UINT32_MAX);
    }
    for (size_t ke = 0; ke <= 256; ke += 256) {
        terms.ke_len = ke;
        if (l2s_esp_sa_choose(body, &esp, &terms, &e) != L2TPSEC_OK)
            continue;
        assert_true(l2s_esp_suite_valid(&e.p.suite));
        assert_in_range(e.spi, 256, UINT32_MAX);
        assert_int_equal(e.p.group != L2S_GROUP_NONE, ke != 0);
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        l2s_esp_sa_put_answer(&w, &e, 0x12345678);
        assert_false(w.bad);
    }
    (void)l2s_esp_sa_check_answer(body, &esp, &offer, &e);
}

static void feed_payload(uint8_t kind, struct l2s_rd body)
{
    struct l2s_notify n;
    struct l2s_delete d;
    struct l2s_id id;
    struct l2s_vendors v = {0};
    l2tpsec_addr addr;
    char text[300];

    if (kind == L2S_PK_SA)
        feed_sa(body);
    if (l2s_notify_read(body, &n) == L2TPSEC_OK)
        assert_true(n.spi.left + n.data.left + 8 == body.left);
    if (l2s_delete_read(body, &d) == L2TPSEC_OK)
        assert_true((size_t)d.n * d.spi_len == d.spis.left);
    if (l2s_id_read(body, &id) == L2TPSEC_OK) {
        printable(text, l2s_id_text(&id, text, sizeof text), sizeof text);
        assert_true(l2s_id_equal(&id, &id));
    }
    (void)l2s_vendors_note(&v, body);
    (void)l2s_natoa_read(body, &addr);
}

static uint32_t feed(const uint8_t *p, size_t n)
{
    struct l2s_isakmp h;
    struct l2s_rd body;
    uint32_t drop = l2s_isakmp_read(fake_rd_exact(p, n), &h, &body);

    for (int v = L2S_NATT_NONE; drop == L2TPSEC_DROP_NONE && v < L2S_NATT_COUNT; v++) {
        struct l2s_payloads s;
        if (l2s_payloads_collect(body, h.first, (enum l2s_natt)v, &s) != L2TPSEC_OK) {
            drop = L2TPSEC_DROP_MALFORMED;
            break;
        }
        assert_true(s.n + s.unknown <= L2S_PAYLOADS_MAX);
        assert_true(s.chain.left + s.padding.left == body.left);
        assert_true(l2s_payloads_behind_first(&s).left <= s.chain.left);
        if (v == L2S_NATT_RFC3947)
            for (size_t i = 0; i < s.n; i++)
                feed_payload(s.kind[i], s.body[i]);
    }
    fake_rd_free();
    return drop;
}

static void real_messages_pass(void **state)
{
    struct rig_message m;

    (void)state;
    for (unsigned i = 0; rig_nth("captures.txt", i, &m); i++)
        assert_int_equal(feed(m.bytes, m.n), L2TPSEC_DROP_NONE);
}

static void truncated_messages_do_not(void **state)
{
    struct rig_message m;

    (void)state;
    for (unsigned i = 0; rig_nth("captures.txt", i, &m); i++)
        for (size_t n = 0; n < m.n; n++) {
            if (n >= L2S_ISAKMP_HEADER)
                l2s_put32(m.bytes + 24, (uint32_t)n); /* a length that admits it */
            uint32_t drop = feed(m.bytes, n);
            bool in_padding = m.bytes[19] & 1 && n + 16 >= m.n;
            if (!in_padding)
                assert_int_not_equal(drop, L2TPSEC_DROP_NONE);
        }
}

static void messages_that_broke_others_are_refused_calmly(void **state)
{
    struct rig_message m;
    unsigned n = 0;

    (void)state;
    for (; rig_nth("malformed.txt", n, &m); n++) {
        uint32_t drop = feed(m.bytes, m.n);
        /* one is in order as a chain: an identity of 248 zeros, which is a strange name and no more */
        bool in_order = strcmp(m.name, "isakmp-identification-segfault 1") == 0;
        assert_int_equal(drop == L2TPSEC_DROP_NONE, in_order);
        /* and with a header that lets the rest through to the other decoders */
        if (m.n >= L2S_ISAKMP_HEADER) {
            m.bytes[0] = 1;
            m.bytes[17] = L2S_ISAKMP_VERSION;
            l2s_put32(m.bytes + 24, (uint32_t)m.n);
            (void)feed(m.bytes, m.n);
        }
    }
    assert_in_range(n, 10, 100);
}

static void mutated_messages_are_taken_or_refused_and_nothing_else(void **state)
{
    static const char *const files[] = {"captures.txt", "malformed.txt"};
    uint64_t seed = 20240229;
    unsigned taken = 0, refused = 0;

    (void)state;
    for (size_t f = 0; f < L2S_COUNT_OF(files); f++) {
        struct rig_message m;
        for (unsigned i = 0; rig_nth(files[f], i, &m); i++)
            for (unsigned k = 0; k < MUTATIONS; k++) {
                uint8_t p[RIG_MESSAGE_MAX];
                memcpy(p, m.bytes, m.n);
                size_t n = rig_mutate(&seed, p, m.n);
                if (n >= L2S_ISAKMP_HEADER && k % 8) { /* past the header, mostly */
                    p[17] = L2S_ISAKMP_VERSION;
                    l2s_put32(p + 24, (uint32_t)n);
                }
                if (feed(p, n) == L2TPSEC_DROP_NONE)
                    taken++;
                else
                    refused++;
            }
    }
    assert_in_range(taken, 1000, 1000000);
    assert_in_range(refused, 1000, 1000000);
}

static void mutated_offers_are_taken_or_refused_and_nothing_else(void **state)
{
    static const struct l2s_esp_offer o = {0xcafe0001, L2S_MODE_UDP_TRANSPORT, 3600, 250000};
    uint64_t seed = 4711;

    (void)state;
    for (unsigned k = 0; k < 8000; k++) {
        uint8_t out[4096];
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        if (k % 2)
            l2s_ike_sa_put_offer(&w, ike.p, 1 + k % ike.n, 28800);
        else
            l2s_esp_sa_put_offer(&w, &esp, &o);
        assert_false(w.bad);
        size_t n = rig_mutate(&seed, out + 8, w.len - 8) + 8; /* domain and situation stay */
        feed_sa(fake_rd_exact(out, n));
        fake_rd_free();
    }
}

static int begin(void **state)
{
    (void)state;
    return l2s_policy_preset("legacy", &ike, &esp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_messages_pass),
        cmocka_unit_test(truncated_messages_do_not),
        cmocka_unit_test(messages_that_broke_others_are_refused_calmly),
        cmocka_unit_test(mutated_messages_are_taken_or_refused_and_nothing_else),
        cmocka_unit_test(mutated_offers_are_taken_or_refused_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, begin, NULL);
}
