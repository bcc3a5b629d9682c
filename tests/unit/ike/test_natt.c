/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/natt.h"
#include "unit/ike/common_rig.h"

#include <string.h>

struct bench {
    struct fake_sys f;
    struct l2s_crypto *crypto;
};

static int begin(void **state)
{
    static struct bench b;

    fake_sys_init(&b.f);
    assert_int_equal(l2s_crypto_mbedtls_new(&b.f.sys, &b.crypto), L2TPSEC_OK);
    *state = &b;
    return 0;
}

static int end(void **state)
{
    struct bench *b = *state;

    l2s_crypto_free(b->crypto);
    fake_sys_fini(&b->f);
    fake_rd_free();
    return 0;
}

static l2tpsec_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    l2tpsec_addr addr = {.family = 4, .port = port, .ip = {a, b, c, d}};

    return addr;
}

static void captured_hashes_tell_who_is_behind_a_nat(void **state)
{
    struct bench *b = *state;
    const l2tpsec_addr server = v4(10, 99, 0, 2, 500), nat = v4(10, 97, 0, 2, 25974), nat2 = v4(10, 97, 0, 2, 29500),
                       client = v4(10, 97, 0, 2, 500);
    const struct {
        const char *name;
        const l2tpsec_addr *local, *remote;
        bool local_nat, remote_nat;
    } cases[] = {
        {"strongswan nat mm3", &server, &nat, false, true}, /* as the server sees the client's */
        {"strongswan nat mm4", &nat, &server, true, false}, /* the client does not know its address outside */
        {"strongswan plain mm3", &server, &client, false, false},
        {"strongswan plain mm4", &client, &server, false, false},
        {"libreswan nat mm3", &server, &nat2, false, true},
        {"libreswan nat mm4", &server, &nat2, true, true},       /* not meant for it: nothing fits */
        {"strongswan encap mm3", &server, &client, false, true}, /* forced: it falsifies its own */
    };

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct rig_message m;
        struct l2s_isakmp h;
        struct l2s_payloads s;
        struct l2s_nat nat_found;
        rig_message("captures.txt", cases[i].name, &m);
        rig_collect(&m, &h, &s);
        struct l2s_natd n = {b->crypto, L2S_SHA256, h.icookie, h.rcookie, cases[i].local, cases[i].remote};
        if (strcmp(cases[i].name, "strongswan nat mm4") == 0) {
            static const l2tpsec_addr private_client = {.family = 4, .port = 500, .ip = {192, 168, 99, 2}};
            n.local = &private_client;
        }
        assert_int_equal(l2s_natd_check(&n, &s, &nat_found), L2TPSEC_OK);
        assert_true(nat_found.known);
        assert_int_equal(nat_found.local, cases[i].local_nat);
        assert_int_equal(nat_found.remote, cases[i].remote_nat);
    }
}

/* Two ends that exchange NAT-D payloads. */
struct end {
    l2tpsec_addr self, seen; /* what it calls itself; what the other one sees */
    struct l2s_natd_manner manner;
};

static const uint8_t icookie[8] = {1, 2}, rcookie[8] = {3};

static struct l2s_payloads say(struct bench *b, struct end *me, const l2tpsec_addr *dialled, enum l2s_natt v)
{
    struct l2s_natd n = {b->crypto, L2S_SHA1, icookie, rcookie, &me->self, dialled};
    struct l2s_isakmp h = {.icookie = {1, 2}, .exchange = L2S_EXCHANGE_MAIN};
    uint8_t out[256];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_payloads s;
    struct l2s_rd body;

    assert_int_equal(l2s_natd_put(&c, &n, v, &me->manner), L2TPSEC_OK);
    l2s_chain_end(&c);
    assert_false(w.bad);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(out, w.len), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(h.first, l2s_natt_natd(v));
    assert_int_equal(l2s_payloads_collect(body, h.first, v, &s), L2TPSEC_OK);
    assert_int_equal(s.count[L2S_PK_NATD], 2);
    return s;
}

static struct l2s_nat hear(struct bench *b, const l2tpsec_addr *self, const l2tpsec_addr *from,
                           const struct l2s_payloads *s)
{
    struct l2s_natd n = {b->crypto, L2S_SHA1, icookie, rcookie, self, from};
    struct l2s_nat nat;

    assert_int_equal(l2s_natd_check(&n, s, &nat), L2TPSEC_OK);
    assert_true(nat.known);
    return nat;
}

static void nats_are_found_on_either_side_and_in_every_version(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 0; i < 4; i++)
        for (int v = L2S_NATT_RFC3947; v < L2S_NATT_COUNT; v++) {
            struct end client = {.self = v4(192, 168, 1, 2, 500), .seen = v4(192, 168, 1, 2, 500)};
            struct end server = {.self = v4(10, 0, 0, 1, 500), .seen = v4(10, 0, 0, 1, 500)};
            if (i & 1)
                client.seen = v4(198, 51, 100, 1, 4711);
            if (i & 2)
                server.seen = v4(203, 0, 113, 1, 500);
            client.manner.initiator = true;
            struct l2s_payloads s = say(b, &client, &server.seen, (enum l2s_natt)v);
            struct l2s_nat at_server = hear(b, &server.self, &client.seen, &s);
            assert_int_equal(at_server.local, (i & 2) != 0);
            assert_int_equal(at_server.remote, (i & 1) != 0);
            s = say(b, &server, &client.seen, (enum l2s_natt)v);
            struct l2s_nat at_client = hear(b, &client.self, &server.seen, &s);
            assert_int_equal(at_client.local, (i & 1) != 0);
            assert_int_equal(at_client.remote, (i & 2) != 0);
        }
}

static void to_force_encapsulation_the_clients_hash_is_falsified_by_either_side(void **state)
{
    struct bench *b = *state;
    struct end client = {.self = v4(192, 0, 2, 2, 500)}, server = {.self = v4(192, 0, 2, 1, 500)};

    client.manner = (struct l2s_natd_manner){.initiator = true, .force = true};
    struct l2s_payloads s = say(b, &client, &server.self, L2S_NATT_RFC3947);
    struct l2s_nat nat = hear(b, &server.self, &client.self, &s);
    assert_false(nat.local); /* a server that seems to be behind a NAT is one that Windows refuses */
    assert_true(nat.remote);

    server.manner = (struct l2s_natd_manner){.force = true};
    s = say(b, &server, &client.self, L2S_NATT_RFC3947);
    nat = hear(b, &client.self, &server.self, &s);
    assert_true(nat.local);
    assert_false(nat.remote);
}

static void a_server_behind_a_nat_echoes_what_windows_computed_for_it(void **state)
{
    struct bench *b = *state;
    struct end client = {.self = v4(192, 0, 2, 2, 500), .manner.initiator = true};
    struct end server = {.self = v4(10, 0, 0, 1, 500), .seen = v4(203, 0, 113, 1, 500)};
    struct l2s_vendors windows = {.seen = L2S_VID_MS_NT5}, other = {.seen = L2S_VID_DPD | L2S_VID_NATT_RFC3947};

    struct l2s_payloads from_client = say(b, &client, &server.seen, L2S_NATT_RFC3947);
    assert_true(hear(b, &server.self, &client.self, &from_client).local);
    assert_true(l2s_natd_echo(&other, &from_client).bad);

    server.manner.echo = l2s_natd_echo(&windows, &from_client);
    assert_int_equal(server.manner.echo.left, 20);
    struct l2s_payloads s = say(b, &server, &client.self, L2S_NATT_RFC3947);
    struct l2s_nat nat = hear(b, &client.self, &server.seen, &s);
    assert_false(nat.remote); /* the server is where the client dialled */
    assert_true(nat.local);   /* and still the client encapsulates: it thinks it is behind one itself */
}

static void without_a_nat_the_echo_changes_nothing(void **state)
{
    struct bench *b = *state;
    struct end client = {.self = v4(192, 0, 2, 2, 500), .manner.initiator = true};
    struct end server = {.self = v4(203, 0, 113, 1, 500)};
    struct l2s_vendors apple = {.seen = L2S_VID_FRAGMENTATION};

    struct l2s_payloads from_client = say(b, &client, &server.self, L2S_NATT_RFC3947);
    server.manner.echo = l2s_natd_echo(&apple, &from_client);
    assert_false(server.manner.echo.bad);
    struct l2s_payloads s = say(b, &server, &client.self, L2S_NATT_RFC3947);
    struct l2s_nat nat = hear(b, &client.self, &server.self, &s);
    assert_false(nat.local);
    assert_false(nat.remote);
}

static void an_echo_of_another_length_is_not_echoed(void **state)
{
    struct bench *b = *state;
    struct end server = {.self = v4(203, 0, 113, 1, 500)};
    const l2tpsec_addr client = v4(192, 0, 2, 2, 500);
    uint8_t junk[300] = {0};

    for (size_t n = 0; n < sizeof junk; n++) {
        if (n == 20)
            continue;
        server.manner.echo = l2s_rd_init(junk, n);
        struct l2s_payloads s = say(b, &server, &client, L2S_NATT_RFC3947);
        struct l2s_nat nat = hear(b, &client, &server.self, &s);
        assert_false(nat.remote || nat.local);
        fake_rd_free();
    }
}

static void fewer_than_two_payloads_say_nothing(void **state)
{
    struct bench *b = *state;
    const l2tpsec_addr a = v4(192, 0, 2, 2, 500);
    struct l2s_natd n = {b->crypto, L2S_SHA1, icookie, rcookie, &a, &a};
    uint8_t one[24] = {0, 0, 0, 24};
    struct l2s_payloads s;
    struct l2s_nat nat;

    assert_int_equal(l2s_payloads_collect(fake_rd_exact(one, 24), L2S_PT_NATD, L2S_NATT_RFC3947, &s), L2TPSEC_OK);
    assert_int_equal(l2s_natd_check(&n, &s, &nat), L2TPSEC_OK);
    assert_false(nat.known || nat.local || nat.remote);
}

static void hashes_of_odd_lengths_fit_nothing(void **state)
{
    struct bench *b = *state;
    const l2tpsec_addr a = v4(192, 0, 2, 2, 500);
    struct l2s_natd n = {b->crypto, L2S_SHA1, icookie, rcookie, &a, &a};
    uint8_t hash[L2S_HASH_MAX];

    assert_int_equal(l2s_natd_hash(&n, &a, hash), L2TPSEC_OK);
    for (size_t len = 0; len <= 22; len++) {
        uint8_t bytes[64];
        struct l2s_wr w = l2s_wr_init(bytes, sizeof bytes);
        struct l2s_payloads s;
        struct l2s_nat nat;
        for (unsigned i = 0; i < 2; i++) {
            l2s_wr_u16(&w, i == 0 ? L2S_PT_NATD << 8 : 0);
            l2s_wr_u16(&w, (uint16_t)(4 + len));
            l2s_wr_bytes(&w, hash, len);
        }
        assert_int_equal(l2s_payloads_collect(fake_rd_exact(bytes, w.len), L2S_PT_NATD, L2S_NATT_RFC3947, &s),
                         L2TPSEC_OK);
        assert_int_equal(l2s_natd_check(&n, &s, &nat), L2TPSEC_OK);
        assert_int_equal(nat.local, len != 20);
        assert_int_equal(nat.remote, len != 20);
    }
}

static void failing_chance_stops_a_falsified_hash_only(void **state)
{
    struct bench *b = *state;
    const l2tpsec_addr a = v4(192, 0, 2, 2, 500);
    struct l2s_natd n = {b->crypto, L2S_SHA1, icookie, rcookie, &a, &a};
    struct l2s_isakmp h = {.icookie = {1}};

    for (unsigned force = 0; force < 2; force++) {
        uint8_t out[256];
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        struct l2s_chain c = l2s_chain_begin(&w, &h);
        struct l2s_natd_manner how = {.force = force != 0};
        b->f.fail_random_at = 1;
        assert_int_equal(l2s_natd_put(&c, &n, L2S_NATT_RFC3947, &how), force ? L2TPSEC_ERANDOM : L2TPSEC_OK);
        b->f.fail_random_at = 0;
    }
}

static int no_hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in, uint8_t *out)
{
    (void)c;
    (void)id;
    (void)in;
    (void)n_in;
    (void)out;
    return L2TPSEC_EINTERNAL;
}

static void a_provider_that_fails_is_told_and_nothing_is_written(void **state)
{
    struct bench *b = *state;
    const l2tpsec_addr a = v4(192, 0, 2, 2, 500);
    struct end client = {.self = a};
    struct l2s_payloads s = say(b, &client, &a, L2S_NATT_RFC3947);
    static const struct l2s_crypto_ops ops = {.hash = no_hash};
    struct l2s_crypto broken = {.ops = &ops, .sys = &b->f.sys};
    struct l2s_natd n = {&broken, L2S_SHA1, icookie, rcookie, &a, &a};
    struct l2s_natd_manner how = {.force = true};
    struct l2s_isakmp h = {.icookie = {1}};
    struct l2s_nat nat;
    uint8_t out[256];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_chain c = l2s_chain_begin(&w, &h);

    assert_int_equal(l2s_natd_check(&n, &s, &nat), L2TPSEC_EINTERNAL);
    assert_false(nat.known);
    assert_int_equal(l2s_natd_put(&c, &n, L2S_NATT_RFC3947, &how), L2TPSEC_EINTERNAL);
    assert_int_equal(w.len, L2S_ISAKMP_HEADER);
}

static void original_addresses_are_written_and_read(void **state)
{
    static const l2tpsec_addr addrs[] = {{.family = 4, .ip = {192, 0, 2, 1}}, {.family = 6, .ip = {0x20, 1, [15] = 9}}};
    uint8_t out[128];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_isakmp h = {.icookie = {1}};
    struct l2s_payloads s;
    struct l2s_rd body;

    (void)state;
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    for (size_t i = 0; i < 2; i++)
        l2s_natoa_put(&c, L2S_NATT_DRAFT00, &addrs[i]);
    l2s_chain_end(&c);
    assert_int_equal(l2s_isakmp_read(fake_rd_exact(out, w.len), &h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(l2s_payloads_collect(body, h.first, L2S_NATT_DRAFT00, &s), L2TPSEC_OK);
    for (unsigned i = 0; i < 2; i++) {
        l2tpsec_addr got;
        struct l2s_rd oa = l2s_payloads_get(&s, L2S_PK_NATOA, i);
        assert_int_equal(l2s_natoa_read(oa, &got), L2TPSEC_OK);
        assert_memory_equal(&got, &addrs[i], sizeof got);
        for (size_t cut = 0; cut < oa.left; cut++)
            assert_int_equal(l2s_natoa_read(fake_rd_exact(oa.p, cut), &got), L2TPSEC_EPROTO);
    }
    for (unsigned type = 0; type < 256; type++) {
        uint8_t bytes[8] = {(uint8_t)type};
        l2tpsec_addr got;
        assert_int_equal(l2s_natoa_read(fake_rd_exact(bytes, 8), &got), type == 1 ? L2TPSEC_OK : L2TPSEC_EPROTO);
    }
}

static void numbers_are_those_of_the_version(void **state)
{
    (void)state;
    assert_int_equal(l2s_natt_natd(L2S_NATT_RFC3947), 20);
    assert_int_equal(l2s_natt_natoa(L2S_NATT_RFC3947), 21);
    assert_int_equal(l2s_natt_mode(L2S_NATT_RFC3947, true), 4);
    assert_int_equal(l2s_natt_natd(L2S_NATT_DRAFT00), 130);
    assert_int_equal(l2s_natt_natoa(L2S_NATT_DRAFT00), 131);
    assert_int_equal(l2s_natt_mode(L2S_NATT_DRAFT00, true), 61444);
    assert_int_equal(l2s_natt_natd(L2S_NATT_DRAFT04), 15);
    assert_int_equal(l2s_natt_natoa(L2S_NATT_DRAFT04), 16);
    assert_int_equal(l2s_natt_mode(L2S_NATT_DRAFT04, true), 4);
    for (int v = L2S_NATT_NONE; v < L2S_NATT_COUNT; v++)
        assert_int_equal(l2s_natt_mode((enum l2s_natt)v, false), 2);
    assert_int_equal(l2s_natt_natd(L2S_NATT_NONE), 0);
}

static void a_version_that_is_none_has_no_numbers(void **state)
{
    (void)state;
    assert_int_equal(l2s_natt_natd(L2S_NATT_COUNT), 0);
    assert_int_equal(l2s_natt_natoa(L2S_NATT_COUNT), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(captured_hashes_tell_who_is_behind_a_nat, begin, end),
        cmocka_unit_test_setup_teardown(nats_are_found_on_either_side_and_in_every_version, begin, end),
        cmocka_unit_test_setup_teardown(to_force_encapsulation_the_clients_hash_is_falsified_by_either_side, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_server_behind_a_nat_echoes_what_windows_computed_for_it, begin, end),
        cmocka_unit_test_setup_teardown(without_a_nat_the_echo_changes_nothing, begin, end),
        cmocka_unit_test_setup_teardown(an_echo_of_another_length_is_not_echoed, begin, end),
        cmocka_unit_test_setup_teardown(fewer_than_two_payloads_say_nothing, begin, end),
        cmocka_unit_test_setup_teardown(hashes_of_odd_lengths_fit_nothing, begin, end),
        cmocka_unit_test_setup_teardown(failing_chance_stops_a_falsified_hash_only, begin, end),
        cmocka_unit_test_setup_teardown(a_provider_that_fails_is_told_and_nothing_is_written, begin, end),
        cmocka_unit_test_setup_teardown(original_addresses_are_written_and_read, begin, end),
        cmocka_unit_test_setup_teardown(numbers_are_those_of_the_version, begin, end),
        cmocka_unit_test_setup_teardown(a_version_that_is_none_has_no_numbers, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
