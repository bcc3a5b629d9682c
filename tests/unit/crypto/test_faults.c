/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Every allocation and every random call fails once, ours and those the crypto library makes for itself: the call
 * fails, says why, and leaves nothing behind. */
#include "base/errors.h"
#include "base/wipe.h"
#include "unit/crypto/rig.h"

#include <stdlib.h>
#include <string.h>

static unsigned long library_allocs;
static unsigned long library_fails_at; /* the n-th from now; 0: none */

/* In place of the C library's, for the whole process: crypto libraries take their memory with it. */
void *calloc(size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        return NULL;
    library_allocs++;
    if (library_fails_at && --library_fails_at == 0)
        return NULL;
    n *= size;
    void *p = malloc(n ? n : 1);
    if (p)
        l2s_wipe(p, n); /* not memset: compilers know that malloc and memset are calloc */
    return p;
}

static const struct l2s_esp_suite suites[] = {
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA1_96, 32},
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA512_256, 16},
    {L2S_ESP_AES_GCM16, L2S_ESP_AUTH_NONE, 32},
    {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA1_96, 24},
};

/* The things which can fail, each made and given back. */
static int try_hash(struct rig *r, unsigned which)
{
    uint8_t out[L2S_HASH_MAX];
    struct l2s_bytes in = {"abc", 3};

    return l2s_hash(r->c, (enum l2s_hash_id)(L2S_MD5 + which), &in, 1, out);
}

static int try_hmac(struct rig *r, unsigned which)
{
    uint8_t out[L2S_HASH_MAX];
    struct l2s_bytes in = {"abc", 3};

    return l2s_hmac(r->c, (enum l2s_hash_id)(L2S_MD5 + which), "key", 3, &in, 1, out);
}

static int try_dh(struct rig *r, unsigned which)
{
    enum l2s_group_id id = (enum l2s_group_id)(L2S_MODP2048 + which);
    uint8_t pub[L2S_DH_MAX], secret[L2S_DH_MAX];
    size_t pub_len = 0, len = 0;
    struct l2s_dh *dh;

    int rc = r->c->ops->dh_new(r->c, id, &dh, pub, sizeof pub, &pub_len);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = r->c->ops->dh_agree(dh, pub, pub_len, secret, sizeof secret, &len);
    assert_int_equal(len, rc == L2TPSEC_OK ? l2s_group_secret_len(id) : 0);
    r->c->ops->dh_free(dh);
    return rc;
}

static int try_esp(struct rig *r, unsigned which)
{
    static const uint8_t enc[L2S_ESP_KEY_MAX] = {1, 2, 3}, auth[L2S_ESP_AUTH_KEY_MAX] = {4, 5};
    struct l2s_esp_key *key;
    int rc = L2TPSEC_OK;

    for (int seal = 0; rc == L2TPSEC_OK && seal < 2; seal++) {
        rc = r->c->ops->esp_key_new(r->c, &suites[which], enc, auth, seal, &key);
        if (rc == L2TPSEC_OK)
            r->c->ops->esp_key_free(r->c, key);
    }
    return rc;
}

static const struct {
    int (*run)(struct rig *r, unsigned which);
    unsigned n;
} tries[] = {
    {try_hash, 5},
    {try_hmac, 5},
    {try_dh, L2S_GROUP_COUNT - L2S_MODP2048},
    {try_esp, L2S_COUNT_OF(suites) - !L2S_WITH_LEGACY_3DES},
};

static void each_of_our_allocations_may_fail(void **state)
{
    struct rig *r = *state;

    for (size_t t = 0; t < L2S_COUNT_OF(tries); t++) {
        for (unsigned which = 0; which < tries[t].n; which++) {
            size_t held = r->f.sys.mem.held;
            for (uint64_t at = 1;; at++) {
                r->f.fail_alloc_at = at;
                int rc = tries[t].run(r, which);
                bool happened = r->f.fail_alloc_at == 0;
                r->f.fail_alloc_at = 0;
                assert_int_equal(rc, happened ? L2TPSEC_ENOMEM : L2TPSEC_OK);
                assert_int_equal(r->f.sys.mem.held, held);
                if (!happened)
                    break;
            }
        }
    }
}

static void each_random_call_may_fail(void **state)
{
    struct rig *r = *state;

    for (unsigned which = 0; which < L2S_GROUP_COUNT - L2S_MODP2048; which++) {
        size_t held = r->f.sys.mem.held;
        uint64_t at = 1;
        for (;; at++) {
            r->f.fail_random_at = at;
            int rc = try_dh(r, which);
            bool happened = r->f.fail_random_at == 0;
            r->f.fail_random_at = 0;
            assert_int_equal(rc, happened ? L2TPSEC_ERANDOM : L2TPSEC_OK);
            assert_int_equal(r->f.sys.mem.held, held);
            if (!happened)
                break;
        }
        assert_true(at > 1);
    }
}

static void each_allocation_of_the_library_may_fail(void **state)
{
    struct rig *r = *state;
    bool any = false;

    for (size_t t = 0; t < L2S_COUNT_OF(tries); t++) {
        for (unsigned which = 0; which < tries[t].n; which++) {
            size_t held = r->f.sys.mem.held;
            unsigned long before = library_allocs;
            assert_int_equal(tries[t].run(r, which), L2TPSEC_OK);
            unsigned long n = library_allocs - before;
            /* the long exponentiations take thousands: all of the first hundred, and some of the others */
            for (unsigned long at = 1; at <= n; at += 1 + at / (FEW ? 4 : 100)) {
                library_fails_at = at;
                int rc = tries[t].run(r, which);
                bool happened = library_fails_at == 0;
                library_fails_at = 0;
                any = any || happened;
                assert_int_equal(rc, happened ? L2TPSEC_ENOMEM : L2TPSEC_OK);
                assert_int_equal(r->f.sys.mem.held, held);
            }
        }
    }
    if (!any)
        skip(); /* a C library whose calloc cannot be replaced */
}

static void no_instance_without_memory(void **state)
{
    struct fake_sys f;
    struct l2s_crypto *c = NULL;

    (void)state;
    fake_sys_init(&f);
    for (uint64_t at = 1;; at++) {
        f.fail_alloc_at = at;
        int rc = l2s_crypto_new(&f.sys, PROVIDER, &c);
        if (f.fail_alloc_at)
            break;
        assert_int_equal(rc, L2TPSEC_ENOMEM);
        assert_null(c);
        assert_int_equal(f.sys.mem.held, 0);
    }
    assert_non_null(c);
    l2s_crypto_free(c);
    l2s_crypto_free(NULL);
    fake_sys_fini(&f);
}

/* The data path: nothing is taken from anybody, whatever comes. */
static void sealing_and_opening_allocate_nothing(void **state)
{
    static const uint8_t enc[L2S_ESP_KEY_MAX] = {1}, auth[L2S_ESP_AUTH_KEY_MAX] = {2};
    struct rig *r = *state;
    uint8_t pkt[1600];

    for (size_t i = 0; i < tries[3].n; i++) {
        struct l2s_esp_key *seal, *open;
        assert_int_equal(r->c->ops->esp_key_new(r->c, &suites[i], enc, auth, true, &seal), L2TPSEC_OK);
        assert_int_equal(r->c->ops->esp_key_new(r->c, &suites[i], enc, auth, false, &open), L2TPSEC_OK);
        uint64_t ours = r->f.sys.mem.allocs;
        unsigned long theirs = library_allocs;
        for (size_t n = 16; n < 1536; n += 16) {
            struct l2s_esp_job job = {.key = seal, .pkt = pkt, .text_len = n};
            memset(pkt, 3, sizeof pkt);
            r->c->ops->esp_seal(r->c, &job, 1);
            job.key = open;
            if (n % 64 == 0)
                pkt[0] ^= 1;
            r->c->ops->esp_open(r->c, &job, 1);
            assert_int_equal(job.result, n % 64 == 0 ? L2TPSEC_EAUTH : L2TPSEC_OK);
        }
        assert_int_equal(r->f.sys.mem.allocs, ours);
        assert_int_equal(library_allocs, theirs);
        r->c->ops->esp_key_free(r->c, seal);
        r->c->ops->esp_key_free(r->c, open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_of_our_allocations_may_fail, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(each_random_call_may_fail, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(each_allocation_of_the_library_may_fail, rig_up, rig_down),
        cmocka_unit_test(no_instance_without_memory),
        cmocka_unit_test_setup_teardown(sealing_and_opening_allocate_nothing, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
