/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* No secret is left behind: in freed blocks, in blocks that stay, on the stack, on the wire or in words. */
#include "secrets/memory.h"
#include "secrets/play.h"
#include "secrets/recorder.h"
#include "secrets/stack.h"
#include "secrets/vault.h"

static void run(const struct play *plays, size_t n)
{
    unsigned bad = 0;

    for (size_t i = 0; i < n; i++)
        bad += !play(&plays[i]);
    assert_int_equal(bad, 0);
}
#define RUN(plays) run(plays, sizeof(plays) / sizeof *(plays))

/* ---- that it can be found ---- */

static unsigned found_in_freed(void)
{
    size_t blocks = 0, bytes = 0;

    return memory_search_freed(&blocks, &bytes);
}

static void leave(const char *text, size_t n)
{
    char *volatile p = malloc(200);

    assert_non_null(p);
    memset(p, 0x11, 200);
    memcpy(p + 7, text, n);
    free(p);
}

static void a_secret_left_behind_is_found(void **state)
{
    static const char secret[] = "Bramble-Otter!4711";
    static const struct {
        const char *text;
        size_t n;
    } forms[] = {{secret, 18},        {secret + 5, 13}, {"at 4272616d626c652d", 19}, {"4272616D626C652D", 16},
                 {"B\0r\0a\0m\0", 8}, {"-elbmarB", 8}};
    size_t blocks = 0;
    (void)state;

    vault_empty();
    vault_hush(true);
    vault_add("a trial", VAULT_RAW | VAULT_HEX | VAULT_WIDE | VAULT_REVERSED, secret, sizeof secret - 1);
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        memory_watch();
        leave(forms[i].text, forms[i].n);
        assert_true(found_in_freed() > 0);
    }
    memory_watch();
    leave(secret, 7); /* less than a piece */
    assert_int_equal(found_in_freed(), 0);
    char *volatile p = malloc(100);
    assert_non_null(p);
    memcpy(p, secret, sizeof secret);
    assert_true(memory_search_live(NULL, &blocks) > 0);
    memset(p, 0, 100);
    assert_int_equal(memory_search_live(NULL, &blocks), 0);
    free(p);
    vault_hush(false);
}

#if STACK_WATCHED
static int32_t careless(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    volatile char left[16384]; /* many times, as other functions come that way */

    (void)h;
    (void)q;
    (void)cap;
    for (size_t i = 0; i < sizeof left; i++)
        left[i] = PASSWORD[i % (sizeof PASSWORD - 1)];
    memcpy(out, PASSWORD, *len = sizeof PASSWORD - 1);
    return left[0] ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

static void leaves_it(struct pair *p)
{
    p->server->secret = careless;
}

static void a_secret_left_on_the_stack_is_found(void **state)
{
    static const struct play one = {.name = "a trial", .hosts = leaves_it};
    (void)state;

    vault_hush(true);
    assert_false(play(&one));
    vault_hush(false);
    assert_true(stack_sum.found > 0);
    assert_int_equal(play_sum.found, 0);
    stack_sum.found = 0;
}
#endif

/* ---- lives that end well ---- */

static void nothing_is_left_of_a_link_by_any_authentication(void **state)
{
    static const struct play plays[] = {
        {.name = "MS-CHAPv2",
         .renewed = true,
         .client = "esp.lifetime=60; ike.lifetime=90; ike.rekey_margin=10",
         .server = "esp.lifetime=60"},
        {.name = "CHAP", .client = "ppp.auth=chap", .server = "ppp.auth=chap"},
        {.name = "PAP", .client = "ppp.auth=pap", .server = "ppp.auth=pap"},
        {.name = "EAP-MSCHAPv2", .client = "ppp.auth=eap-mschapv2", .server = "ppp.auth=eap-mschapv2"},
        {.name = "EAP-MD5", .client = "ppp.auth=eap-md5", .server = "ppp.auth=eap-md5"},
        {.name = "aggressive mode", .client = "ike.mode=aggressive; ike.id=@client", .server = "ike.aggressive=1"},
        {.name = "tunnel secret",
         .client = "l2tp.secret=" TUNNEL_SECRET "; l2tp.hide=1",
         .server = "l2tp.secret=" TUNNEL_SECRET "; l2tp.hide=1"},
        {.name = "MPPE", .client = "ppp.mppe=require", .server = "ppp.mppe=require"},
        {.name = "MPPE with state",
         .client = "ppp.mppe=require, 40, stateful",
         .server = "ppp.mppe=require, 40, stateful"},
        {.name = "freed while up",
         .abrupt = true,
         .client = "ppp.mppe=require; l2tp.secret=" TUNNEL_SECRET,
         .server = "ppp.mppe=require; l2tp.secret=" TUNNEL_SECRET},
    };
    (void)state;

    RUN(plays);
}

static void nothing_is_left_of_a_link_by_any_algorithm(void **state)
{
    static const char *const algorithms[][2] = {
        {"aes256-sha256-x25519", "aes256gcm16"},
        {"aes128-sha1-ecp256", "aes128-sha1"},
        {"3des-sha1-modp1024", "3des-sha1"},
        {"aes256-sha384-ecp384", "aes256-sha384"},
        {"aes256-sha512-modp2048", "aes256-sha512"},
        {"aes128-md5-modp1536", "aes128-md5"},
        {"aes256-sha256-modp2048", "aes256-sha256-modp2048"},
    };
    (void)state;

    for (uint32_t engine = FEW ? L2TPSEC_ENGINE_PORTABLE : L2TPSEC_ENGINE_AUTO; engine <= L2TPSEC_ENGINE_PORTABLE;
         engine++) {
        recorder_engine = engine;
        for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
            char settings[256];
            (void)snprintf(settings, sizeof settings,
                           "ike.proposals=%s; esp.proposals=%s; esp.lifetime=60; ike.lifetime=90", algorithms[i][0],
                           algorithms[i][1]);
            struct play one = {.name = algorithms[i][0], .client = settings, .server = settings, .renewed = true};
            run(&one, 1);
        }
    }
    recorder_engine = L2TPSEC_ENGINE_AUTO;
}

static void nothing_is_left_of_private_keys(void **state)
{
    static const struct play plays[] = {
        {.name = "IKE by RSA", .ike_key = "client server"},
        {.name = "IKE by ECDSA", .ike_key = "client256 server256"},
        {.name = "IKE by ECDSA, long", .ike_key = "client384 server384"},
        {.name = "IKE by a stranger", .ike_key = "stranger server", .fails = true},
        {.name = "EAP-TLS by RSA", .ppp_key = "client server"},
        {.name = "EAP-TLS by ECDSA with MPPE",
         .ppp_key = "client256 server256",
         .client = "ppp.mppe=require",
         .server = "ppp.mppe=require"},
        {.name = "EAP-TLS by a stranger", .ppp_key = "stranger server", .fails = true},
    };
    (void)state;

    RUN(plays);
}

/* ---- and such as do not ---- */

static void nothing_is_left_of_secrets_that_do_not_fit(void **state)
{
    static const struct play plays[] = {
        {.name = "wrong PSK", .client = "ike.psk=" OTHER_PSK, .fails = true},
        {.name = "wrong PSK, aggressive",
         .client = "ike.psk=" OTHER_PSK "; ike.mode=aggressive; ike.id=@client",
         .server = "ike.aggressive=1",
         .fails = true},
        {.name = "wrong password", .client = "ppp.password=" OTHER_PASSWORD, .fails = true},
        {.name = "wrong password, CHAP",
         .client = "ppp.password=" OTHER_PASSWORD "; ppp.auth=chap",
         .server = "ppp.auth=chap",
         .fails = true},
        {.name = "wrong password, PAP",
         .client = "ppp.password=" OTHER_PASSWORD "; ppp.auth=pap",
         .server = "ppp.auth=pap",
         .fails = true},
        {.name = "wrong password, EAP",
         .client = "ppp.password=" OTHER_PASSWORD "; ppp.auth=eap-mschapv2",
         .server = "ppp.auth=eap-mschapv2",
         .fails = true},
        {.name = "wrong secret of the tunnel",
         .client = "l2tp.secret=" TUNNEL_SECRET,
         .server = "l2tp.secret=" OTHER_PSK,
         .fails = true},
    };
    (void)state;

    RUN(plays);
}

static int32_t later(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)out;
    (void)cap;
    (void)len;
    *(uint64_t *)h->test = q->token;
    return L2TPSEC_EAGAIN;
}

static int32_t expired(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h;
    (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    memcpy(out, PASSWORD, *len = sizeof PASSWORD - 1);
    return L2TPSEC_EEXPIRED;
}

static int32_t new_one(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h;
    (void)cap;
    if (q->kind == L2TPSEC_SECRET_NEW_PASSWORD)
        memcpy(out, NEW_PASSWORD, *len = sizeof NEW_PASSWORD - 1);
    else
        memcpy(out, PASSWORD, *len = sizeof PASSWORD - 1);
    return L2TPSEC_OK;
}

static int32_t stored(struct host *h, const l2tpsec_query *q, const uint8_t *password, size_t len)
{
    (void)h;
    (void)q;
    return len == sizeof NEW_PASSWORD - 1 && memcmp(password, NEW_PASSWORD, len) == 0 ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

static int32_t not_stored(struct host *h, const l2tpsec_query *q, const uint8_t *password, size_t len)
{
    (void)h;
    (void)q;
    (void)password;
    (void)len;
    return L2TPSEC_ENOENT;
}

static void password_expires(struct pair *p)
{
    p->server->secret = expired;
    p->server->new_password = stored;
    p->client->secret = new_one;
}

static void password_stays_expired(struct pair *p)
{
    password_expires(p);
    p->server->new_password = not_stored;
}

static void nothing_is_left_of_passwords_that_change(void **state)
{
    static const struct play plays[] = {
        {.name = "an expired password", .hosts = password_expires},
        {.name = "an expired password, EAP",
         .hosts = password_expires,
         .client = "ppp.auth=eap-mschapv2",
         .server = "ppp.auth=eap-mschapv2"},
        {.name = "an expired password that cannot be changed", .hosts = password_stays_expired, .fails = true},
        {.name = "a second try",
         .hosts = password_stays_expired,
         .client = "ppp.password=" OTHER_PASSWORD,
         .server = "ppp.retries=2",
         .fails = true},
    };
    (void)state;

    RUN(plays);
}

static uint64_t token;

static void server_is_slow(struct pair *p)
{
    token = 0;
    p->server->test = &token;
    p->server->secret = later;
}

static void answer_comes(struct pair *p)
{
    for (unsigned i = 0; i < 100 && !token; i++)
        net_run(&p->net, SECOND / 10);
    assert_int_equal(l2tpsec_answer(p->server->ctx, token, PASSWORD, sizeof PASSWORD - 1, p->net.now), L2TPSEC_OK);
}

static void answer_comes_too_late(struct pair *p)
{
    for (unsigned i = 0; i < 100 && !token; i++)
        net_run(&p->net, SECOND / 10);
    assert_int_equal(l2tpsec_close(p->server->ctx, 0, p->net.now), L2TPSEC_OK);
    net_run(&p->net, 20 * SECOND);
    assert_int_equal(l2tpsec_answer(p->server->ctx, token, PASSWORD, sizeof PASSWORD - 1, p->net.now), L2TPSEC_ENOENT);
}

static void nothing_is_left_of_answers(void **state)
{
    static const struct play plays[] = {
        {.name = "an answer that comes later", .hosts = server_is_slow, .during = answer_comes},
        {.name = "an answer that nobody waits for",
         .hosts = server_is_slow,
         .during = answer_comes_too_late,
         .fails = true},
    };
    (void)state;

    RUN(plays);
}

static void nothing_is_left_wherever_the_network_goes_away(void **state)
{
    const struct play whole = {.name = "all of it", .abrupt = true};
    (void)state;

    run(&whole, 1);
    size_t n = play_sum.datagrams;
    assert_true(n > 30);
    for (size_t from = 1; from < n; from += FEW ? 9 : from < 40 ? 1 : 5) {
        struct play cut = {.name = "a network that goes away", .lost_from = from, .abrupt = from % 2};
        run(&cut, 1);
    }
}

static void nothing_is_left_wherever_memory_ends(void **state)
{
    (void)state;

    for (size_t n = 1; n < 200; n += FEW ? 60 : 6) {
        struct play one = {.name = "memory that ends", .failing_alloc = n};
        run(&one, 1);
    }
}

static void words_of_setters_do_not_repeat_secrets(void **state)
{
    static char longer[400];
    unsigned refused = 0;
    struct pair p;
    (void)state;

    vault_empty();
    vault_add("the PSK", VAULT_RAW, PSK, sizeof PSK - 1);
    pair_setup(&p, 99);
    for (size_t i = 0; i + sizeof PSK < sizeof longer; i += sizeof PSK - 1)
        memcpy(longer + i, PSK, sizeof PSK);
    static const char *const names[] = {"ike.psk", "ppp.password", "l2tp.secret", "ike.key", "ppp.key"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        int32_t rc = l2tpsec_profile_set_str(p.cp, names[i], longer);
        const char *words = l2tpsec_profile_error(p.cp);
        assert_true(rc == L2TPSEC_OK || words[0] != 0);
        refused += rc != L2TPSEC_OK;
        assert_int_equal(vault_search(words, strlen(words), "words of a setter", NULL), 0);
    }
    assert_true(refused >= 3);
    assert_int_equal(l2tpsec_profile_set_str(p.cp, PSK, "1"), L2TPSEC_ENOENT); /* the two in the wrong order */
    net_fini(&p.net);
}

static int sum(void **state)
{
    (void)state;
    printf("# %zu lives, %zu pieces of secrets; searched: %zu freed blocks of %zu bytes, %zu blocks that stayed,"
           " %zu texts, the stacks of %zu calls and below %zu callbacks (%zu bytes, at most %zu deep): %u found\n",
           play_sum.plays, play_sum.pieces, play_sum.freed_blocks, play_sum.freed_bytes, play_sum.live_blocks,
           play_sum.texts, stack_sum.calls, stack_sum.looks, stack_sum.bytes, stack_sum.deepest,
           play_sum.found + stack_sum.found);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_left_behind_is_found),
#if STACK_WATCHED
        cmocka_unit_test(a_secret_left_on_the_stack_is_found),
#endif
        cmocka_unit_test(nothing_is_left_of_a_link_by_any_authentication),
        cmocka_unit_test(nothing_is_left_of_a_link_by_any_algorithm),
        cmocka_unit_test(nothing_is_left_of_private_keys),
        cmocka_unit_test(nothing_is_left_of_secrets_that_do_not_fit),
        cmocka_unit_test(nothing_is_left_of_passwords_that_change),
        cmocka_unit_test(nothing_is_left_of_answers),
        cmocka_unit_test(nothing_is_left_wherever_the_network_goes_away),
        cmocka_unit_test(nothing_is_left_wherever_memory_ends),
        cmocka_unit_test(words_of_setters_do_not_repeat_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, sum);
}
