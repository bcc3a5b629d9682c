/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "ike/common/id.h"
#include "unit/ike/common_rig.h"

#include <string.h>

static int read_hex(const char *hex, struct l2s_id *id)
{
    uint8_t bytes[600];
    size_t n = fake_hex(hex, bytes, sizeof bytes);

    return l2s_id_read(fake_rd_exact(bytes, n), id);
}

static void each_type_has_its_lengths(void **state)
{
    static const struct {
        uint8_t type;
        size_t min, max;
    } cases[] = {{1, 4, 4}, {2, 1, 255}, {3, 1, 255}, {4, 8, 8},    {5, 16, 16}, {6, 32, 32},
                 {7, 8, 8}, {8, 32, 32}, {9, 1, 256}, {10, 1, 256}, {11, 1, 256}};
    uint8_t bytes[4 + 300] = {0, 17, 0x06, 0xa5};
    struct l2s_id id;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++)
        for (size_t n = 0; n <= 300; n++) {
            bool fits = n >= cases[i].min && n <= cases[i].max;
            bytes[0] = cases[i].type;
            assert_int_equal(l2s_id_read(fake_rd_exact(bytes, 4 + n), &id), fits ? L2TPSEC_OK : L2TPSEC_EPROTO);
            assert_int_equal(id.protocol, 17);
            assert_int_equal(id.port, 1701);
        }
    for (unsigned type = 0; type < 256; type++)
        for (size_t n = 0; n < 40; n++)
            if (type == 0 || type > 11) {
                bytes[0] = (uint8_t)type;
                assert_int_equal(l2s_id_read(fake_rd_exact(bytes, 4 + n), &id), L2TPSEC_EPROTO);
            }
    for (size_t n = 0; n < 4; n++) {
        bytes[0] = 2;
        assert_int_equal(l2s_id_read(fake_rd_exact(bytes, n), &id), L2TPSEC_EPROTO);
    }
    fake_rd_free();
}

static void what_is_written_is_read_back(void **state)
{
    static const l2tpsec_addr four = {.family = 4, .port = 99, .ip = {192, 0, 2, 1}};
    static const l2tpsec_addr six = {.family = 6, .port = 99, .ip = {0x20, 1, 0xd, 0xb8, [15] = 1}};
    const l2tpsec_addr *const addrs[] = {&four, &six};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t out[32];
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        struct l2s_id id = l2s_id_of_addr(addrs[i], 17, 1701), got;
        l2s_id_put(&w, &id);
        assert_false(w.bad);
        assert_int_equal(l2s_id_read(fake_rd_exact(out, w.len), &got), L2TPSEC_OK);
        assert_true(l2s_id_equal(&id, &got));
        assert_int_equal(got.protocol, 17);
        assert_int_equal(got.port, 1701);
        assert_memory_equal(got.data.p, addrs[i]->ip, got.data.left);
    }
    fake_rd_free();
}

static void names_compare_without_case_and_keys_with_it(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"02000000 56504e", "02000000 76706e", true}, /* "VPN", "vpn" */
        {"03000000 56504e", "03000000 76706e", true},
        {"0b000000 56504e", "0b000000 76706e", false},
        {"02000000 56504e", "03000000 56504e", false}, /* of another type */
        {"02000000 56504e", "02000000 56504e31", false},
        {"02000000 5b", "02000000 7b", false},            /* '[' and '{' are no letters */
        {"01000000 c0000201", "01110500 c0000201", true}, /* port and protocol are no part of it */
        {"01000000 c0000201", "01000000 c0000202", false},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct l2s_id a, b;
        assert_int_equal(read_hex(cases[i].a, &a), L2TPSEC_OK);
        assert_int_equal(read_hex(cases[i].b, &b), L2TPSEC_OK);
        assert_int_equal(l2s_id_equal(&a, &b), cases[i].equal);
        assert_int_equal(l2s_id_equal(&b, &a), cases[i].equal);
    }
    struct l2s_id none = {.type = L2S_ID_FQDN}, bad = none; /* what was not there equals nothing, not even itself */
    l2s_rd_spoil(&bad.data);
    assert_false(l2s_id_equal(&bad, &bad));
    assert_false(l2s_id_equal(&bad, &none));
    assert_false(l2s_id_equal(&none, &bad));
    fake_rd_free();
}

static void text_and_identity_are_turned_into_each_other(void **state)
{
    static const struct {
        const char *text, *hex; /* type and data */
        const char *back;       /* NULL: the same text */
    } cases[] = {
        {"192.0.2.1", "01 c0000201", NULL},
        {"0.0.0.0", "01 00000000", NULL},
        {"255.255.255.255", "01 ffffffff", NULL},
        {"2001:db8::1", "05 20010db8000000000000000000000001", NULL},
        {"2001:DB8:0:0:0:0:0:1", "05 20010db8000000000000000000000001", "2001:db8::1"},
        {"::", "05 00000000000000000000000000000000", NULL},
        {"::1", "05 00000000000000000000000000000001", NULL},
        {"1::", "05 00010000000000000000000000000000", NULL},
        {"1:0:0:2:0:0:0:3", "05 00010000000000020000000000000003", "1:0:0:2::3"},
        {"1:0:0:2:3:0:0:4", "05 00010000000000020003000000000004", "1::2:3:0:0:4"},
        {"1:2:3:4:5:6:7:8", "05 00010002000300040005000600070008", NULL},
        {"1:2:3:4:5:6:7:0", "05 00010002000300040005000600070000", NULL},
        {"::ffff:192.0.2.1", "05 00000000000000000000ffffc0000201", "::ffff:c000:201"},
        {"1:2:3:4:5:6:192.0.2.1", "05 000100020003000400050006c0000201", "1:2:3:4:5:6:c000:201"},
        {"@vpn.example", "02 76706e2e6578616d706c65", NULL},
        {"vpn.example", "02 76706e2e6578616d706c65", "@vpn.example"},
        {"@192.0.2.1", "02 3139322e302e322e31", NULL}, /* a name that looks like an address */
        {"@a=b", "02 613d62", NULL},                   /* one that looks like a part of a DN */
        {"@C=XX", "02 433d5858", NULL},
        {"joe@vpn.example", "03 6a6f654076706e2e6578616d706c65", NULL},
        {"keyid:0a0b", "0b 0a0b", NULL},
        {"keyid:FF00", "0b ff00", "keyid:ff00"},
    };

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t type = 0, data[L2S_ID_DATA_MAX], want[64];
        char text[128];
        size_t len = 0, n = fake_hex(cases[i].hex, want, sizeof want);
        assert_int_equal(l2s_id_parse(cases[i].text, &type, data, &len), L2TPSEC_OK);
        assert_int_equal(type, want[0]);
        assert_int_equal(len, n - 1);
        assert_memory_equal(data, want + 1, len);
        struct l2s_id id = {.type = type, .data = l2s_rd_init(data, len)};
        const char *back = cases[i].back ? cases[i].back : cases[i].text;
        assert_int_equal(l2s_id_text(&id, text, sizeof text), strlen(back));
        assert_string_equal(text, back);
    }
}

static void what_is_no_identity_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "@", "keyid:", "keyid:0", "keyid:0g", "a b", "joe@a b", "vpn\texample", "caf\xc3\xa9.example", "@\x01"};
    static const char *const names[] = {
        "1.2.3",   "1.2.3.256", "1.2.3.4.5",         "01.2.3.4", "1:2:3:4:5:6:7",
        "1::2::3", ":1:2",      "1:2:3:4:5:6:7:8:9", "12345::",  "1:2:3:4:5:6:7:1.2.3.4",
        "1:"};
    uint8_t type, data[L2S_ID_DATA_MAX];
    char longest[600];
    size_t len;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(bad); i++)
        assert_int_equal(l2s_id_parse(bad[i], &type, data, &len), L2TPSEC_EINVAL);
    for (size_t i = 0; i < L2S_COUNT_OF(names); i++) { /* no addresses, so they are names */
        assert_int_equal(l2s_id_parse(names[i], &type, data, &len), L2TPSEC_OK);
        assert_int_equal(type, L2S_ID_FQDN);
    }
    memset(longest, 'a', sizeof longest);
    longest[255] = '\0';
    assert_int_equal(l2s_id_parse(longest, &type, data, &len), L2TPSEC_OK);
    assert_int_equal(len, 255);
    longest[255] = 'a';
    longest[256] = '\0';
    assert_int_equal(l2s_id_parse(longest, &type, data, &len), L2TPSEC_ERANGE);
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "keyid:", 6);
    longest[6 + 512] = '\0';
    assert_int_equal(l2s_id_parse(longest, &type, data, &len), L2TPSEC_OK);
    assert_int_equal(len, 256);
    longest[6 + 512] = 'a';
    longest[6 + 514] = '\0';
    assert_int_equal(l2s_id_parse(longest, &type, data, &len), L2TPSEC_ERANGE);
}

static void text_of_a_peer_is_printable_and_fits(void **state)
{
    static const struct {
        const char *hex, *text;
    } cases[] = {
        {"02000000 25731b5b316d0a00ff20", "@%s?[1m????"},
        {"03000000 6140622e630a", "a@b.c?"},
        {"09000000 3081ff", "dn:3081ff"},
        {"0a000000 8200", "id:8200"},
        {"04000000 c0000200ffffff00", "192.0.2.0/255.255.255.0"},
        {"07000000 c0000200c00002ff", "192.0.2.0-192.0.2.255"},
        {"06000000 20010db8000000000000000000000000ffffffff000000000000000000000000", "2001:db8::/ffff:ffff::"},
        {"08000000 0000000000000000000000000000000120010db8000000000000000000000001", "::1-2001:db8::1"},
    };
    char out[600];
    struct l2s_id id;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        size_t whole = strlen(cases[i].text);
        assert_int_equal(read_hex(cases[i].hex, &id), L2TPSEC_OK);
        for (size_t cap = 0; cap <= whole + 1; cap++) {
            char *exact = test_malloc(cap ? cap : 1);
            size_t n = l2s_id_text(&id, exact, cap);
            assert_int_equal(n, cap == 0 ? 0 : cap > whole ? whole : cap - 1);
            if (cap)
                assert_int_equal(exact[n], '\0');
            if (cap > 3 && cap <= whole)
                assert_string_equal(exact + n - 3, "...");
            test_free(exact);
        }
        (void)l2s_id_text(&id, out, sizeof out);
        assert_string_equal(out, cases[i].text);
    }
    fake_rd_free();
}

static void captured_identities_are_what_the_peers_are(void **state)
{
    struct rig_message m;
    struct l2s_isakmp h;
    struct l2s_payloads s;
    struct l2s_id id;
    char text[64];

    (void)state;
    rig_message("captures.txt", "strongswan nat mm5", &m);
    rig_collect(&m, &h, &s);
    assert_int_equal(l2s_id_read(l2s_payloads_get(&s, L2S_PK_ID, 0), &id), L2TPSEC_OK);
    (void)l2s_id_text(&id, text, sizeof text);
    assert_string_equal(text, "192.168.99.2");

    rig_message("captures.txt", "strongswan nat qm1", &m);
    rig_collect(&m, &h, &s);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(l2s_id_read(l2s_payloads_get(&s, L2S_PK_ID, i), &id), L2TPSEC_OK);
        assert_int_equal(id.protocol, 17);
        assert_int_equal(id.port, 1701);
        (void)l2s_id_text(&id, text, sizeof text);
        assert_string_equal(text, i ? "10.99.0.2" : "192.168.99.2");
    }
    fake_rd_free();
}

static void text_that_is_nearly_an_identity_is_refused(void **state)
{
    uint8_t type, data[L2S_ID_DATA_MAX];
    size_t n;

    (void)state;
    assert_int_equal(l2s_id_parse("dn:3000", &type, data, &n), L2TPSEC_OK);
    assert_int_equal(type, L2S_ID_DER_ASN1_DN);
    assert_int_equal(n, 2);
    assert_int_equal(l2s_id_parse("dn:3g", &type, data, &n), L2TPSEC_EINVAL);
    assert_int_equal(l2s_id_parse("keyid:g3", &type, data, &n), L2TPSEC_EINVAL);
    assert_int_equal(l2s_id_parse("vpn\x7f.example", &type, data, &n), L2TPSEC_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_lengths),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(names_compare_without_case_and_keys_with_it),
        cmocka_unit_test(text_and_identity_are_turned_into_each_other),
        cmocka_unit_test(what_is_no_identity_is_refused),
        cmocka_unit_test(text_of_a_peer_is_printable_and_fits),
        cmocka_unit_test(captured_identities_are_what_the_peers_are),
        cmocka_unit_test(text_that_is_nearly_an_identity_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
