/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Under memcheck alone (tests/secrets/constant-time): nothing branches on secrets or looks up by them, from the pre-shared key,
 * the password and the secret of Diffie-Hellman on. */
#include "base/wipe.h"
#include "crypto/legacy/md4.h"
#include "pair/pair.h"
#include "secrets/tainter.h"

#include <valgrind/memcheck.h>

static const char psk[] = "a long enough test key", password[] = "wonderland", tunnel[] = "under the hill";

static unsigned long errors(void)
{
    return VALGRIND_COUNT_ERRORS;
}

/* ---- that it can fail ---- */

static bool leaky(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (((const volatile uint8_t *)a)[i] != b[i])
            return false;
    }
    return true;
}

static void a_compare_that_stops_early_is_reported(void **state)
{
    uint8_t a[16] = {1, 2, 3}, b[16] = {1, 2, 4};
    unsigned long before = errors();
    (void)state;

    (void)VALGRIND_MAKE_MEM_UNDEFINED(a, sizeof a);
    bool same = leaky(a, b, sizeof a);
    (void)VALGRIND_MAKE_MEM_DEFINED(&same, sizeof same);
    assert_true(errors() > before);
}

static void a_table_that_is_read_by_a_secret_is_reported(void **state)
{
    static const uint8_t table[256] = {7, 1, 4};
    volatile uint8_t secret = 2;
    unsigned long before = errors();
    (void)state;

    (void)VALGRIND_MAKE_MEM_UNDEFINED(&secret, sizeof secret);
    volatile uint8_t got = ((const volatile uint8_t *)table)[secret];
    (void)got;
    assert_true(errors() > before);
}

/* ---- alone ---- */

static void the_compare_of_the_library_does_not_tell_where(void **state)
{
    uint8_t a[64] = {0}, b[64] = {0};
    unsigned long before = errors();
    (void)state;

    for (size_t n = 0; n <= sizeof a; n++) {
        unsigned compared = taint_sum.compared;
        (void)VALGRIND_MAKE_MEM_UNDEFINED(a, sizeof a);
        (void)l2s_ct_equal(a, b, n);
        assert_int_equal(taint_sum.compared - compared, n > 0);
    }
    assert_true(errors() == before);
}

static void md4_does_not_depend_on_what_it_hashes(void **state)
{
    uint8_t text[130] = {0}, out[L2S_MD4_LEN];
    unsigned long before = errors();
    (void)state;

    (void)VALGRIND_MAKE_MEM_UNDEFINED(text, sizeof text);
    for (size_t n = 1; n <= sizeof text; n += 3) {
        struct l2s_bytes in = {text, n};
        l2s_md4(&in, 1, out);
    }
    assert_true(errors() == before);
    assert_true(tainted(out, sizeof out));
}

/* ---- a whole client and server ---- */

static bool hidden_password;

static int32_t secret(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    const char *word = q->kind == L2TPSEC_SECRET_PSK ? psk : password;

    (void)h;
    (void)cap;
    if (q->candidate || (q->kind != L2TPSEC_SECRET_PSK && q->kind != L2TPSEC_SECRET_PASSWORD))
        return L2TPSEC_ENOENT;
    memcpy(out, word, *len = strlen(word));
    if (q->kind == L2TPSEC_SECRET_PSK || hidden_password)
        (void)VALGRIND_MAKE_MEM_UNDEFINED(out, *len);
    return L2TPSEC_OK;
}

/* Everybody sees it. */
static bool on_wire(struct net *n, l2tpsec_packet *p)
{
    (void)n;
    (void)VALGRIND_MAKE_MEM_DEFINED(p->data, p->len);
    return true;
}

static l2tpsec_profile *profile(struct host *h, bool server)
{
    l2tpsec_profile *p = NULL;

    assert_int_equal(l2tpsec_profile_new(h->ctx, &p), L2TPSEC_OK);
    if (server) {
        pair_set(p, "server.address", "10.77.0.1");
        pair_set(p, "server.pool", "10.77.0.0/16");
    } else {
        pair_set(p, "ppp.user", "alice");
    }
    h->secret = secret;
    return p;
}

struct life {
    const char *setting, *value; /* of both */
    bool hidden_password, tunnel;
    unsigned compares; /* of secrets, at least */
};

static void live(const struct life *life)
{
    static struct pair p;
    struct said c, s;
    char hidden[sizeof tunnel];
    unsigned long before = errors();
    unsigned compared = taint_sum.compared;

    net_init(&p.net, 700);
    p.net.bare = true;
    p.net.spy = on_wire;
    p.server = net_host(&p.net, "192.0.2.1");
    p.client = net_host(&p.net, "198.51.100.7");
    p.cp = profile(p.client, false);
    p.sp = profile(p.server, true);
    hidden_password = life->hidden_password;
    l2tpsec_profile *both[] = {p.cp, p.sp};
    for (unsigned i = 0; i < 2; i++) {
        pair_set(both[i], life->setting, life->value);
        memcpy(hidden, tunnel, sizeof tunnel);
        (void)VALGRIND_MAKE_MEM_UNDEFINED(hidden, sizeof tunnel - 1);
        if (life->tunnel)
            assert_int_equal(l2tpsec_profile_set_bytes(both[i], "l2tp.secret", hidden, sizeof tunnel - 1), L2TPSEC_OK);
    }
    pair_set(p.cp, "esp.lifetime", "60");
    pair_set(p.cp, "ike.lifetime", "90");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_run(&p.net, 150 * SECOND);
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    (void)l2tpsec_close(p.client->ctx, 0, p.net.now);
    net_run(&p.net, 10 * SECOND);
    net_fini(&p.net);
    if (errors() != before)
        fail_msg("%s=%s: %lu reports", life->setting, life->value, errors() - before);
    printf("# %s=%s: %u compares of secrets\n", life->setting, life->value, taint_sum.compared - compared);
    assert_true(taint_sum.compared - compared >= life->compares);
}

static void no_proof_of_ike_or_esp_depends_on_keys(void **state)
{
    static const struct life lives[] = {
        {.setting = "ike.proposals", .value = "aes256-sha256-ecp256", .compares = 15},
        {.setting = "ike.proposals", .value = "3des-sha1-modp1024", .compares = 15},
        {.setting = "esp.proposals", .value = "aes128-sha1", .compares = 15},
        {.setting = "esp.proposals", .value = "aes256-sha512", .compares = 15},
    };
    (void)state;

    for (unsigned i = 0; i < sizeof lives / sizeof *lives; i++)
        live(&lives[i]);
}

static void no_proof_of_ppp_depends_on_passwords(void **state)
{
    static const struct life lives[] = {
        {.setting = "ppp.auth", .value = "mschapv2", .compares = 15},
        {.setting = "ppp.auth", .value = "eap-mschapv2", .compares = 15},
        {.setting = "ppp.auth", .value = "chap", .hidden_password = true, .compares = 15},
        {.setting = "ppp.auth", .value = "eap-md5", .hidden_password = true, .compares = 15},
        {.setting = "ppp.auth", .value = "pap", .hidden_password = true, .compares = 15},
    };
    (void)state;

    for (unsigned i = 0; i < sizeof lives / sizeof *lives; i++)
        live(&lives[i]);
}

/* Not hidden: what comes out of hidden AVPs would count as secret. */
static void no_proof_of_a_tunnel_depends_on_its_secret(void **state)
{
    static const struct life one = {.setting = "l2tp.hide", .value = "0", .tunnel = true, .compares = 20};
    (void)state;

    live(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compare_that_stops_early_is_reported),
        cmocka_unit_test(a_table_that_is_read_by_a_secret_is_reported),
        cmocka_unit_test(the_compare_of_the_library_does_not_tell_where),
        cmocka_unit_test(md4_does_not_depend_on_what_it_hashes),
        cmocka_unit_test(no_proof_of_ike_or_esp_depends_on_keys),
        cmocka_unit_test(no_proof_of_ppp_depends_on_passwords),
        cmocka_unit_test(no_proof_of_a_tunnel_depends_on_its_secret),
    };

    if (!RUNNING_ON_VALGRIND) {
        (void)fprintf(stderr, "this says nothing but under valgrind: tests/secrets/constant-time\n");
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
