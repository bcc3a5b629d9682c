/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "unit/crypto/rig.h"

#include <string.h>

static struct vectors v;

static void digests_are_those_of_the_standards(void **state)
{
    struct rig *r = *state;
    uint8_t data[512], want[L2S_HASH_MAX], got[L2S_HASH_MAX];
    size_t seen[L2S_HASH_COUNT] = {0};

    vectors_open(&v, "hash.txt");
    while (vectors_next(&v)) {
        enum l2s_hash_id id = hash_named(vectors_text(&v, "hash"));
        struct l2s_bytes in = {data, vectors_hex(&v, "data", data, sizeof data)};
        assert_true(r->c->ops->has_hash(r->c, id));
        assert_int_equal(vectors_hex(&v, "digest", want, sizeof want), l2s_hash_len(id));
        assert_int_equal(l2s_hash(r->c, id, &in, 1, got), L2TPSEC_OK);
        assert_memory_equal(got, want, l2s_hash_len(id));
        seen[id]++;
    }
    for (size_t id = L2S_MD4; id < L2S_HASH_COUNT; id++)
        assert_true(seen[id] >= 2);
}

static void macs_are_those_of_the_standards(void **state)
{
    struct rig *r = *state;
    uint8_t key[256], data[256], want[L2S_HASH_MAX], got[L2S_HASH_MAX];
    size_t seen = 0;

    vectors_open(&v, "hmac.txt");
    while (vectors_next(&v)) {
        enum l2s_hash_id id = hash_named(vectors_text(&v, "hash"));
        size_t key_len = vectors_hex(&v, "key", key, sizeof key);
        struct l2s_bytes in = {data, vectors_hex(&v, "data", data, sizeof data)};
        size_t n = vectors_hex(&v, "digest", want, sizeof want);
        assert_true(n >= 16 && n <= l2s_hash_len(id));
        assert_int_equal(l2s_hmac(r->c, id, key, key_len, &in, 1, got), L2TPSEC_OK);
        assert_memory_equal(got, want, n);
        seen++;
    }
    assert_int_equal(seen, 2 * 7 + 3 * 7);
}

/* The same octets in one piece, in many, and with empty ones between them. */
static void pieces_add_up(void **state)
{
    struct rig *r = *state;
    uint8_t data[300], whole[L2S_HASH_MAX], parts[L2S_HASH_MAX];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (size_t id = L2S_MD4; id < L2S_HASH_COUNT; id++) {
        for (size_t cut = 0; cut <= sizeof data; cut += 13) {
            struct l2s_bytes one = {data, sizeof data};
            struct l2s_bytes many[] = {{NULL, 0}, {data, cut}, {data, 0}, {data + cut, sizeof data - cut}, {NULL, 0}};
            enum l2s_hash_id hash = (enum l2s_hash_id)id;
            assert_int_equal(l2s_hash(r->c, hash, &one, 1, whole), L2TPSEC_OK);
            assert_int_equal(l2s_hash(r->c, hash, many, L2S_COUNT_OF(many), parts), L2TPSEC_OK);
            assert_memory_equal(whole, parts, l2s_hash_len(hash));
            if (hash == L2S_MD4)
                continue;
            assert_int_equal(l2s_hmac(r->c, hash, "key", 3, &one, 1, whole), L2TPSEC_OK);
            assert_int_equal(l2s_hmac(r->c, hash, "key", 3, many, L2S_COUNT_OF(many), parts), L2TPSEC_OK);
            assert_memory_equal(whole, parts, l2s_hash_len(hash));
        }
    }
}

/* FIPS 180-2, A.3, B.3, C.3 and D.3; RFC 1320 has none of that length, OpenSSL gave MD4's. */
static void a_million_times_a(void **state)
{
    static const struct {
        enum l2s_hash_id id;
        const char *digest;
    } million[] = {
        {L2S_MD4, "bbce80cc6bb65e5c6745e30d4eeca9a4"},
        {L2S_SHA1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
        {L2S_SHA256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
        {L2S_SHA384, "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
                     "07b8b3dc38ecc4ebae97ddd87f3d8985"},
        {L2S_SHA512, "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
                     "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
    };
    struct rig *r = *state;
    struct l2s_bytes in[1000];
    uint8_t a[1000], want[L2S_HASH_MAX], got[L2S_HASH_MAX];

    memset(a, 'a', sizeof a);
    for (size_t i = 0; i < L2S_COUNT_OF(in); i++)
        in[i] = (struct l2s_bytes){a, sizeof a};
    for (size_t i = 0; i < L2S_COUNT_OF(million); i++) {
        size_t n = fake_hex(million[i].digest, want, sizeof want);
        assert_int_equal(l2s_hash(r->c, million[i].id, in, L2S_COUNT_OF(in), got), L2TPSEC_OK);
        assert_memory_equal(got, want, n);
    }
}

static void an_empty_key_is_a_key(void **state)
{
    struct rig *r = *state;
    struct l2s_bytes in = {"", 0};
    uint8_t want[32], got[L2S_HASH_MAX];

    /* HMAC_SHA256("", ""), as OpenSSL has it */
    fake_hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", want, sizeof want);
    assert_int_equal(l2s_hmac(r->c, L2S_SHA256, NULL, 0, &in, 1, got), L2TPSEC_OK);
    assert_memory_equal(got, want, sizeof want);
}

static void what_is_unknown_is_not_there(void **state)
{
    struct rig *r = *state;
    struct l2s_bytes in = {"x", 1};
    uint8_t out[L2S_HASH_MAX];

    assert_false(r->c->ops->has_hash(r->c, L2S_HASH_NONE));
    assert_false(r->c->ops->has_hash(r->c, L2S_HASH_COUNT));
    assert_int_equal(l2s_hash(r->c, L2S_HASH_NONE, &in, 1, out), L2TPSEC_EUNSUP);
    assert_int_equal(l2s_hash(r->c, L2S_HASH_COUNT, &in, 1, out), L2TPSEC_EUNSUP);
    assert_int_equal(l2s_hmac(r->c, L2S_HASH_NONE, "k", 1, &in, 1, out), L2TPSEC_EUNSUP);
    assert_int_equal(l2s_hmac(r->c, L2S_MD4, "k", 1, &in, 1, out), L2TPSEC_EUNSUP);
}

/* CHAP (RFC 1994) and hidden AVPs (RFC 2661, 4.3) are made of it, whatever is allowed in IKE and ESP. */
static void md5_stays_whatever_the_switches_say(void **state)
{
    struct rig *r = *state;

    assert_true(r->c->ops->has_hash(r->c, L2S_MD5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(digests_are_those_of_the_standards, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(macs_are_those_of_the_standards, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(pieces_add_up, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_million_times_a, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(an_empty_key_is_a_key, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(what_is_unknown_is_not_there, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(md5_stays_whatever_the_switches_say, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
