/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "crypto/modp.h"
#include "unit/crypto/rig.h"

#include <string.h>

static struct vectors v;

/* Chance whose first answer is a private key of our choice; then the usual. */
struct feed {
    const uint8_t *key;
    size_t n;
    struct l2s_sys usual;
};

static int feed_random(void *user, void *buf, size_t n)
{
    struct feed *feed = user;

    if (!feed->key)
        return l2s_random(&feed->usual, buf, n);
    assert_int_equal(n, feed->n);
    memcpy(buf, feed->key, n);
    feed->key = NULL;
    return 0;
}

static bool switched_off(enum l2s_group_id id)
{
    return !L2S_WITH_LEGACY_MODP && (id == L2S_MODP1024 || id == L2S_MODP1536);
}

static void generate(struct rig *r, enum l2s_group_id id, struct l2s_dh **dh, uint8_t pub[L2S_DH_MAX])
{
    size_t len = 0;

    assert_int_equal(r->c->ops->dh_new(r->c, id, dh, pub, L2S_DH_MAX, &len), L2TPSEC_OK);
    assert_int_equal(len, l2s_group_len(id));
}

static void known_private_key(struct rig *r)
{
    uint8_t key[128], public_value[L2S_DH_MAX], peer[L2S_DH_MAX], secret[L2S_DH_MAX], got[L2S_DH_MAX];
    enum l2s_group_id id = group_named(vectors_text(&v, "group"));
    struct feed feed = {key, vectors_hex(&v, "private", key, sizeof key), r->f.sys};
    size_t public_len = vectors_hex(&v, "public", public_value, sizeof public_value);
    size_t peer_len = vectors_hex(&v, "peer", peer, sizeof peer);
    size_t secret_len = vectors_hex(&v, "secret", secret, sizeof secret), len = 0;
    struct l2s_dh *dh;

    if (switched_off(id))
        return;
    assert_int_equal(public_len, l2s_group_len(id));
    assert_int_equal(secret_len, l2s_group_secret_len(id));
    r->f.sys.random = feed_random;
    r->f.sys.random_user = &feed;
    generate(r, id, &dh, got);
    assert_memory_equal(got, public_value, public_len);
    assert_int_equal(r->c->ops->dh_agree(dh, peer, peer_len, got, sizeof got, &len), L2TPSEC_OK);
    assert_int_equal(len, secret_len);
    assert_memory_equal(got, secret, secret_len);
    r->c->ops->dh_free(dh);
    r->f.sys.random = feed.usual.random;
    r->f.sys.random_user = feed.usual.random_user;
}

static size_t known_private_keys(struct rig *r, const char *file)
{
    size_t seen = 0;

    vectors_open(&v, file);
    for (; vectors_next(&v); seen++)
        known_private_key(r);
    return seen;
}

static void modp_values_are_those_computed_elsewhere(void **state)
{
    assert_int_equal(known_private_keys(*state, "modp.txt"), 7);
}

static void ecp_values_are_those_of_rfc_5903(void **state)
{
    assert_int_equal(known_private_keys(*state, "ecp.txt"), 6);
}

static void x25519_values_are_those_of_rfc_7748(void **state)
{
    assert_int_equal(known_private_keys(*state, "x25519.txt"), 5);
}

static void two_sides_of_each_group_agree(void **state)
{
    struct rig *r = *state;

    for (size_t i = L2S_MODP1024; i < L2S_GROUP_COUNT; i++) {
        enum l2s_group_id id = (enum l2s_group_id)i;
        uint8_t pub_a[L2S_DH_MAX], pub_b[L2S_DH_MAX], a_secret[L2S_DH_MAX], b_secret[L2S_DH_MAX];
        size_t n = l2s_group_len(id), len = 0;
        struct l2s_dh *a, *b;

        assert_int_equal(r->c->ops->has_group(r->c, id), !switched_off(id));
        if (switched_off(id))
            continue;
        generate(r, id, &a, pub_a);
        generate(r, id, &b, pub_b);
        assert_memory_not_equal(pub_a, pub_b, n);
        assert_int_equal(r->c->ops->dh_agree(a, pub_b, n, a_secret, sizeof a_secret, &len), L2TPSEC_OK);
        assert_int_equal(len, l2s_group_secret_len(id));
        assert_int_equal(r->c->ops->dh_agree(b, pub_a, n, b_secret, sizeof b_secret, &len), L2TPSEC_OK);
        assert_memory_equal(a_secret, b_secret, len);
        r->c->ops->dh_free(a);
        r->c->ops->dh_free(b);
    }
}

/* RFC 2409, 5 hashes g^xy as long as the prime: about one secret in 256 begins with a zero. */
static void short_secrets_are_padded(void **state)
{
    struct rig *r = *state;
    uint8_t pub[L2S_DH_MAX], secret[L2S_DH_MAX], again[L2S_DH_MAX];
    struct l2s_dh *fixed;
    bool seen = false;

    generate(r, L2S_ECP256, &fixed, pub);
    for (int i = 0; i < 4000 && !seen; i++) {
        uint8_t peer[L2S_DH_MAX];
        size_t len = 0;
        struct l2s_dh *dh;
        generate(r, L2S_ECP256, &dh, peer);
        assert_int_equal(r->c->ops->dh_agree(dh, pub, 64, secret, sizeof secret, &len), L2TPSEC_OK);
        assert_int_equal(len, 32);
        seen = secret[0] == 0;
        if (seen) {
            assert_int_equal(r->c->ops->dh_agree(fixed, peer, 64, again, sizeof again, &len), L2TPSEC_OK);
            assert_memory_equal(secret, again, 32);
        }
        r->c->ops->dh_free(dh);
    }
    assert_true(seen);
    r->c->ops->dh_free(fixed);
}

static void refused(struct rig *r, struct l2s_dh *dh, const uint8_t *peer, size_t n)
{
    static const uint8_t zero[L2S_DH_MAX];
    uint8_t secret[L2S_DH_MAX] = {0};
    struct l2s_rd exact = fake_rd_exact(peer, n);
    size_t len = 77;

    assert_int_equal(r->c->ops->dh_agree(dh, exact.p, n, secret, sizeof secret, &len), L2TPSEC_EPROTO);
    assert_int_equal(len, 77);
    assert_memory_equal(secret, zero, sizeof secret);
    fake_rd_free();
}

static void a_public_value_of_another_length_is_refused(void **state)
{
    struct rig *r = *state;

    for (size_t i = L2S_MODP1024; i < L2S_GROUP_COUNT; i++) {
        enum l2s_group_id id = (enum l2s_group_id)i;
        uint8_t pub[L2S_DH_MAX + 1] = {0};
        size_t n = l2s_group_len(id);
        struct l2s_dh *dh;

        if (switched_off(id))
            continue;
        generate(r, id, &dh, pub);
        for (size_t len = 0; len < n; len++)
            refused(r, dh, pub, len);
        refused(r, dh, pub, n + 1);
        r->c->ops->dh_free(dh);
    }
}

static void modp_values_outside_the_group_are_refused(void **state)
{
    struct rig *r = *state;

    for (size_t i = L2S_MODP1024; i <= L2S_MODP8192; i++) {
        enum l2s_group_id id = (enum l2s_group_id)i;
        const struct l2s_modp *g = l2s_modp_find(id);
        uint8_t y[L2S_DH_MAX], secret[L2S_DH_MAX];
        size_t n = l2s_group_len(id), len = 0;
        struct l2s_dh *dh;

        if (switched_off(id))
            continue;
        generate(r, id, &dh, y);

        memset(y, 0, n);
        refused(r, dh, y, n); /* 0 */
        y[n - 1] = 1;
        refused(r, dh, y, n); /* 1 */
        y[n - 1] = 2;
        assert_int_equal(r->c->ops->dh_agree(dh, y, n, secret, sizeof secret, &len), L2TPSEC_OK);

        l2s_modp_prime(g, y);
        refused(r, dh, y, n); /* p */
        y[n - 1]--;
        refused(r, dh, y, n); /* p - 1 */
        y[n - 1]--;
        assert_int_equal(r->c->ops->dh_agree(dh, y, n, secret, sizeof secret, &len), L2TPSEC_OK); /* p - 2 */
        memset(y, 0xff, n);
        refused(r, dh, y, n); /* above p */
        r->c->ops->dh_free(dh);
    }
}

/* Every single bit of a good point flipped leaves no point of the curve, nor does X and Y exchanged. */
static void points_off_the_curve_are_refused(void **state)
{
    struct rig *r = *state;

    for (size_t i = L2S_ECP256; i <= L2S_ECP521; i++) {
        enum l2s_group_id id = (enum l2s_group_id)i;
        uint8_t pub[L2S_DH_MAX], point[L2S_DH_MAX];
        size_t n = l2s_group_len(id);
        struct l2s_dh *dh;

        generate(r, id, &dh, pub);
        for (size_t bit = 0; bit < n * 8; bit++) {
            memcpy(point, pub, n);
            point[bit / 8] = (uint8_t)(point[bit / 8] ^ (1u << (bit % 8)));
            refused(r, dh, point, n);
        }
        memcpy(point, pub + n / 2, n / 2);
        memcpy(point + n / 2, pub, n / 2);
        refused(r, dh, point, n);
        memset(point, 0, n);
        refused(r, dh, point, n);
        memset(point, 0xff, n);
        refused(r, dh, point, n);
        r->c->ops->dh_free(dh);
    }
}

/* RFC 7748, 6.1. All points of small order of the curve and its twist, and what reduces to them. */
static void x25519_values_of_small_order_are_refused(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000", /* 0 */
        "0100000000000000000000000000000000000000000000000000000000000000", /* 1 */
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", /* of order 8 */
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", /* of order 8 */
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p - 1 */
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p */
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p + 1 */
    };
    struct rig *r = *state;
    uint8_t u[L2S_DH_MAX];
    struct l2s_dh *dh;

    generate(r, L2S_X25519, &dh, u);
    for (size_t i = 0; i < L2S_COUNT_OF(points); i++) {
        fake_hex(points[i], u, sizeof u);
        refused(r, dh, u, 32);
        u[31] |= 0x80;
        refused(r, dh, u, 32);
    }
    r->c->ops->dh_free(dh);
}

/* RFC 7748, 5: values from p to 2^255 - 1 count as reduced, and the topmost bit not at all. */
static void x25519_values_need_not_be_reduced(void **state)
{
    struct rig *r = *state;
    uint8_t nine[32] = {9}, high[32] = {9}, above[32], want[32], got[L2S_DH_MAX];
    size_t len = 0;
    struct l2s_dh *dh;

    high[31] = 0x80;
    memset(above, 0xff, sizeof above);
    above[0] = 0xf6; /* p + 9 */
    above[31] = 0x7f;
    generate(r, L2S_X25519, &dh, got);
    memcpy(want, got, sizeof want); /* the public value: nine is the base point */
    assert_int_equal(r->c->ops->dh_agree(dh, nine, 32, got, sizeof got, &len), L2TPSEC_OK);
    assert_memory_equal(got, want, 32);
    assert_int_equal(r->c->ops->dh_agree(dh, high, 32, got, sizeof got, &len), L2TPSEC_OK);
    assert_memory_equal(got, want, 32);
    assert_int_equal(r->c->ops->dh_agree(dh, above, 32, got, sizeof got, &len), L2TPSEC_OK);
    assert_memory_equal(got, want, 32);
    r->c->ops->dh_free(dh);
}

static void a_buffer_too_small_is_refused(void **state)
{
    struct rig *r = *state;

    for (size_t i = L2S_MODP2048; i < L2S_GROUP_COUNT; i++) {
        enum l2s_group_id id = (enum l2s_group_id)i;
        uint8_t pub[L2S_DH_MAX], secret[L2S_DH_MAX];
        size_t n = l2s_group_len(id), len = 0;
        struct l2s_dh *dh = NULL;

        assert_int_equal(r->c->ops->dh_new(r->c, id, &dh, pub, n - 1, &len), L2TPSEC_EINVAL);
        assert_null(dh);
        generate(r, id, &dh, pub);
        len = l2s_group_secret_len(id) - 1;
        assert_int_equal(r->c->ops->dh_agree(dh, pub, n, secret, len, &len), L2TPSEC_EINVAL);
        r->c->ops->dh_free(dh);
    }
}

static void groups_that_do_not_exist_are_not_there(void **state)
{
    static const enum l2s_group_id ids[] = {L2S_GROUP_NONE, L2S_GROUP_COUNT, (enum l2s_group_id)1000};
    struct rig *r = *state;
    uint8_t pub[L2S_DH_MAX];
    size_t len;
    struct l2s_dh *dh;

    for (size_t i = 0; i < L2S_COUNT_OF(ids); i++) {
        assert_false(r->c->ops->has_group(r->c, ids[i]));
        assert_int_equal(r->c->ops->dh_new(r->c, ids[i], &dh, pub, sizeof pub, &len), L2TPSEC_EUNSUP);
    }
    r->c->ops->dh_free(NULL);
}

static int stuck_random(void *user, void *buf, size_t n)
{
    memset(buf, *(const uint8_t *)user, n);
    return 0;
}

/* Such a generator never gives a scalar below the order (or above 0); the search for one must end. */
static void a_stuck_generator_is_noticed(void **state)
{
    struct rig *r = *state;
    int (*usual)(void *, void *, size_t) = r->f.sys.random;
    uint8_t stuck_at[] = {0x00, 0xff}, pub[L2S_DH_MAX];
    size_t len;
    struct l2s_dh *dh;

    r->f.sys.random = stuck_random;
    for (size_t i = 0; i < L2S_COUNT_OF(stuck_at); i++) {
        r->f.sys.random_user = &stuck_at[i];
        for (size_t id = L2S_ECP256; id <= L2S_ECP521; id++)
            assert_int_equal(r->c->ops->dh_new(r->c, (enum l2s_group_id)id, &dh, pub, sizeof pub, &len),
                             L2TPSEC_ERANDOM);
    }
    r->f.sys.random = usual;
    r->f.sys.random_user = &r->f;
}

/* Also before the first of them: whether a value is sane must not depend on luck. */
static void modp_keys_are_of_full_length(void **state)
{
    struct rig *r = *state;
    int (*usual)(void *, void *, size_t) = r->f.sys.random;
    uint8_t zero = 0, pub[L2S_DH_MAX], small[L2S_DH_MAX] = {0};
    struct l2s_dh *dh;

    r->f.sys.random = stuck_random;
    r->f.sys.random_user = &zero;
    generate(r, L2S_MODP2048, &dh, pub);
    small[255] = 1;
    assert_memory_not_equal(pub, small, 256); /* not 2^0 */
    r->c->ops->dh_free(dh);
    r->f.sys.random = usual;
    r->f.sys.random_user = &r->f;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(modp_values_are_those_computed_elsewhere, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(ecp_values_are_those_of_rfc_5903, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(x25519_values_are_those_of_rfc_7748, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(two_sides_of_each_group_agree, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(short_secrets_are_padded, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_public_value_of_another_length_is_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(modp_values_outside_the_group_are_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(points_off_the_curve_are_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(x25519_values_of_small_order_are_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(x25519_values_need_not_be_reduced, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_buffer_too_small_is_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(groups_that_do_not_exist_are_not_there, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_stuck_generator_is_noticed, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(modp_keys_are_of_full_length, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
