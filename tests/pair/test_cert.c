/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Phase 1 with certificates, both ends ours. */
#include "pair/pair.h"
#include "unit/crypto/rig.h"
#include "unit/fakes/papers.h"

#define SUMMER_2026 1782864000 /* 2026-07-01 */

static void set_paper(l2tpsec_profile *p, const char *name, const char *file)
{
    struct paper paper = paper_open(file);

    if (l2tpsec_profile_set_bytes(p, name, paper.p, paper.n) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(p));
    paper_close(&paper);
}

/* name.pem and name.key, and the authority. */
static void prove_by(l2tpsec_profile *p, const char *name, const char *ca)
{
    char file[64];

    pair_set(p, "ike.auth", "cert");
    (void)snprintf(file, sizeof file, "%s.pem", name);
    set_paper(p, "ike.certificate", file);
    (void)snprintf(file, sizeof file, "%s.key", name);
    set_paper(p, "ike.key", file);
    set_paper(p, "ike.ca", ca);
}

static void setup(struct pair *p, uint64_t seed, const char *client, const char *server)
{
    pair_setup(p, seed);
    p->client->wall_clock = p->server->wall_clock = SUMMER_2026;
    prove_by(p->cp, client, "ca.pem");
    prove_by(p->sp, server, "ca.pem");
}

static void each_kind_of_key_proves_both_ends(void **state)
{
    static const struct {
        const char *client, *server;
    } cases[] = {{"client", "server"},
                 {"client256", "server256"},
                 {"client384", "server384"},
                 {"client521", "server521"},
                 {"client256", "deep"}};
    struct said c, s;
    struct pair p;
    (void)state;

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        setup(&p, 300 + i, cases[i].client, cases[i].server);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        assert_int_equal(pair_pings(&p, p.client, &c, 10, 84), 10);
        net_fini(&p.net);
    }
}

static void it_works_behind_nat_with_loss_and_with_names(void **state)
{
    struct said c, s;
    struct pair p;
    (void)state;

    setup(&p, 320, "client", "server");
    pair_set(p.cp, "ike.peer_id", "vpn.example");
    pair_set(p.cp, "ike.id", "alice@example.org");
    pair_set(p.sp, "ike.id", "@vpn2.example");
    p.client->behind_nat = true;
    p.net.nat = p.server->address;
    p.net.nat.ip[3] = 77;
    p.net.loss = 10;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_fini(&p.net);
}

static void a_server_is_known_by_its_distinguished_name(void **state)
{
    struct said c, s;
    struct pair p;
    (void)state;

    setup(&p, 325, "client256", "server256");
    pair_set(p.cp, "ike.peer_id", "C=xx, O=Test, CN=vpn.example");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_non_null(strstr(p.client->said[0].text, "phase 1 is up with C=XX, O=Test, CN=vpn.example: "));
    net_fini(&p.net);
    setup(&p, 326, "client256", "server256");
    pair_set(p.cp, "ike.peer_id", "C=XX, O=Test, CN=other.example");
    pair_listen(&p);
    const struct said *f = pair_fails(&p, 60 * SECOND);
    assert_non_null(strstr(f->text, "does not name C=XX, O=Test, CN=other.example"));
    net_fini(&p.net);
}

static void a_server_may_take_both_proofs(void **state)
{
    struct said c, s;
    struct pair p;
    (void)state;

    setup(&p, 330, "client", "server");
    pair_set(p.sp, "ike.auth", "psk, cert");
    pair_set(p.cp, "ike.auth", "psk, cert"); /* offers the first */
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    l2tpsec_close(p.client->ctx, 0, p.net.now);
    net_run(&p.net, 10 * SECOND);
    pair_set(p.cp, "ike.auth", "cert");
    pair_up(&p, p.client, p.cp, &c, &s);
    net_fini(&p.net);
}

static void a_renewal_is_proven_the_same_way_from_either_side(void **state)
{
    struct said c, s;
    struct pair p;
    (void)state;

    for (unsigned round = 0; round < 2; round++) {
        setup(&p, 340 + round, "client256", "server256");
        pair_set(round ? p.cp : p.sp, "ike.lifetime", "604800");
        pair_set(round ? p.sp : p.cp, "ike.lifetime", "60");
        pair_set(p.cp, "esp.lifetime", "50");
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        net_run(&p.net, 400 * SECOND);
        assert_int_equal(pair_pings(&p, p.client, &c, 10, 84), 10);
        assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
        net_fini(&p.net);
    }
}

/* ---- refusals ---- */

struct refusal {
    const char *client, *server;
    const char *client_ca, *server_ca, *client_crl, *server_crl, *peer_id, *server_id, *client_id;
    bool by_server;
    const char *text;
};

static void refused(const struct refusal *r, uint64_t seed)
{
    struct pair p;

    setup(&p, seed, r->client, r->server);
    set_paper(p.cp, "ike.ca", r->client_ca ? r->client_ca : "ca.pem");
    set_paper(p.sp, "ike.ca", r->server_ca ? r->server_ca : "ca.pem");
    if (r->client_crl)
        set_paper(p.cp, "ike.crl", r->client_crl);
    if (r->server_crl)
        set_paper(p.sp, "ike.crl", r->server_crl);
    if (r->peer_id)
        pair_set(p.cp, "ike.peer_id", r->peer_id);
    if (r->server_id)
        pair_set(p.sp, "ike.id", r->server_id);
    if (r->client_id)
        pair_set(p.cp, "ike.id", r->client_id);
    pair_listen(&p);
    const struct said *s = pair_fails(&p, 60 * SECOND);
    /* told INVALID-ID-INFORMATION */
    assert_int_equal(s->cause, r->client_id ? L2TPSEC_CAUSE_IDENTITY : L2TPSEC_CAUSE_CERTIFICATE);
    assert_int_equal(s->layer, L2TPSEC_LAYER_IKE);
    assert_int_equal(s->windows_code, r->client_id ? 789 : r->by_server ? 790 : 787);
    if (r->by_server) {
        s = net_last(p.server, L2TPSEC_EVENT_REFUSED);
        assert_non_null(s);
        assert_int_equal(s->cause, L2TPSEC_CAUSE_CERTIFICATE);
        assert_int_equal(s->windows_code, 787);
    }
    if (!strstr(s->text, r->text))
        fail_msg("\"%s\" is not in \"%s\"", r->text, s->text);
    assert_string_equal(s->step, r->by_server ? "main mode, message 5" : "main mode, message 6");
    assert_null(net_last(p.server, L2TPSEC_EVENT_UP));
    net_fini(&p.net);
}

static void a_certificate_that_will_not_do_is_refused_in_words(void **state)
{
    static const struct refusal cases[] = {
        {.client = "client256",
         .server = "expired",
         .text = "the server's certificate (CN=vpn.example) expired on 2026-01-02"},
        {.client = "client256",
         .server = "revoked",
         .client_crl = "crl.pem",
         .text = "the server's certificate (CN=vpn.example) is revoked"},
        {.client = "client256",
         .server = "server256",
         .client_ca = "other-ca.pem",
         .text = "the server's certificate (CN=vpn.example) leads to no trusted CA"},
        {.client = "client256",
         .server = "stranger",
         .text = "the server's certificate (CN=vpn.example) leads to no trusted CA"},
        {.client = "client256",
         .server = "server256",
         .peer_id = "vpn.other",
         .text = "the server's certificate (CN=vpn.example) does not name @vpn.other"},
        {.client = "client256",
         .server = "server256",
         .server_id = "@vpn.other",
         .text = "the server's certificate (CN=vpn.example) does not name @vpn.other"},
        {.client = "client256", .server = "encrypt", .text = "key usage forbids signing"},
        {.client = "client256", .server = "code", .text = "extended key usage forbids IKE"},
        {.client = "client256", .server = "client256", .text = "extended key usage forbids IKE"},
        {.client = "client", .server = "short", .text = "an RSA key of 1024 bits is too short"},
        {.client = "client256", .server = "sha1", .text = "is signed with a weak hash"},
        {.client = "expired",
         .server = "server256",
         .by_server = true,
         .text = "the client's certificate (CN=vpn.example) expired on 2026-01-02"},
        {.client = "revoked",
         .server = "server256",
         .server_crl = "crl-old.pem",
         .by_server = true,
         .text = "the client's certificate (CN=vpn.example) is revoked"},
        {.client = "stranger", .server = "server256", .by_server = true, .text = "leads to no trusted CA"},
        {.client = "client256",
         .server = "server256",
         .client_id = "mallory@example.org",
         .by_server = true,
         .text = "the client's certificate (CN=Alice) does not name mallory@example.org"},
    };
    (void)state;

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(&cases[i], 400 + i);
}

static void a_demanded_revocation_list_must_be_there(void **state)
{
    struct pair p;
    (void)state;

    setup(&p, 430, "client256", "server256");
    pair_set(p.cp, "ike.crl_required", "1");
    pair_listen(&p);
    const struct said *s = pair_fails(&p, 60 * SECOND);
    assert_non_null(strstr(s->text, "has no revocation list"));
    set_paper(p.cp, "ike.crl", "crl-old.pem");
    size_t from = p.client->n_said;
    net_connect(p.client, p.server, p.cp);
    int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_FAILED, from, 60 * SECOND);
    assert_true(at >= 0);
    assert_non_null(strstr(p.client->said[at % NET_EVENTS].text, "good until 2026-01-01"));
    net_fini(&p.net);
}

static void without_the_time_nothing_is_believed(void **state)
{
    struct pair p;
    (void)state;

    setup(&p, 440, "client256", "server256");
    p.client->wall_clock = 0;
    pair_listen(&p);
    const struct said *s = pair_fails(&p, 60 * SECOND);
    assert_int_equal(s->cause, L2TPSEC_CAUSE_CERTIFICATE);
    assert_non_null(strstr(s->text, "does not know what time it is"));
    net_fini(&p.net);
}

static void a_psk_client_is_refused_by_a_server_of_certificates(void **state)
{
    struct pair p;
    (void)state;

    setup(&p, 450, "client", "server");
    pair_set(p.cp, "ike.auth", "psk");
    pair_listen(&p);
    const struct said *s = pair_fails(&p, 60 * SECOND);
    assert_int_equal(s->cause, L2TPSEC_CAUSE_PHASE1_PROPOSAL);
    net_fini(&p.net);
    setup(&p, 451, "client", "server");
    pair_set(p.sp, "ike.auth", "psk");
    pair_listen(&p);
    s = pair_fails(&p, 60 * SECOND);
    assert_int_equal(s->cause, L2TPSEC_CAUSE_PHASE1_PROPOSAL);
    assert_non_null(strstr(net_last(p.server, L2TPSEC_EVENT_REFUSED)->offered, "-rsa"));
    net_fini(&p.net);
}

/* ---- settings ---- */

static void settings_say_what_is_wrong(void **state)
{
    struct paper cert = paper_open("server.pem"), key = paper_open("client.key");
    l2tpsec_id link;
    struct pair p;
    (void)state;

    pair_setup(&p, 460);
    p.client->wall_clock = SUMMER_2026;
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "ike.auth", "kerberos"), L2TPSEC_EINVAL);
    assert_non_null(strstr(l2tpsec_profile_error(p.cp), "\"kerberos\" is not known; allowed: psk, cert"));
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "ike.certificate", "rubbish"), L2TPSEC_EINVAL);
    assert_non_null(strstr(l2tpsec_profile_error(p.cp), "ike.certificate: not what it should be"));
    assert_int_equal(l2tpsec_profile_set_bytes(p.cp, "ike.certificate", cert.p, cert.n), L2TPSEC_OK);
    assert_int_equal(l2tpsec_profile_set_bytes(p.cp, "ike.key", key.p, key.n), L2TPSEC_EINVAL);
    assert_non_null(strstr(l2tpsec_profile_error(p.cp), "do not fit together"));
    pair_set(p.cp, "ike.auth", "cert");
    l2tpsec_addr to = p.server->address;
    assert_int_equal(l2tpsec_connect(p.client->ctx, p.cp, &p.client->address, &to, p.net.now, &link), L2TPSEC_EINVAL);
    set_paper(p.cp, "ike.ca", "ca.pem"); /* the key is asked of the host, who has none */
    const struct said *s = pair_fails(&p, 60 * SECOND);
    (void)s;
    paper_close(&cert);
    paper_close(&key);
    net_fini(&p.net);
}

/* ---- keys that stay outside ---- */

static struct rig *token; /* what a smart card would be */

static int32_t sign_outside(struct host *h, const l2tpsec_sign_query *q, uint8_t *out, size_t cap, size_t *len)
{
    struct paper cert = paper_open("client256.pem"), key = paper_open("client256.key");
    struct l2s_own *own = NULL;

    (void)h;
    assert_int_equal(q->kind, L2TPSEC_SIGN_ECDSA);
    assert_int_equal(q->hash_len, 32);
    assert_true(cap >= L2S_SIGNATURE_MAX);
    assert_int_equal(token->c->ops->own_new(token->c, paper_bytes(&cert), paper_bytes(&key), &own), L2TPSEC_OK);
    struct l2s_bytes der = token->c->ops->own_cert(own, 0);
    assert_int_equal(q->certificate_len, der.n);
    assert_memory_equal(q->certificate, der.p, der.n);
    assert_int_equal(token->c->ops->sign(own, q->hash, q->hash_len, out, len), L2TPSEC_OK);
    token->c->ops->own_free(own);
    paper_close(&cert);
    paper_close(&key);
    return L2TPSEC_OK;
}

static uint64_t late_token;
static uint8_t late[L2S_SIGNATURE_MAX];
static size_t late_len;

static int32_t sign_later(struct host *h, const l2tpsec_sign_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)out;
    (void)len;
    late_token = q->token;
    assert_int_equal(sign_outside(h, q, late, cap, &late_len), L2TPSEC_OK);
    return L2TPSEC_EAGAIN;
}

static void without_key(l2tpsec_profile *p)
{
    pair_set(p, "ike.auth", "cert");
    set_paper(p, "ike.certificate", "client256.pem");
    set_paper(p, "ike.ca", "ca.pem");
}

static void the_private_key_may_stay_outside(void **state)
{
    struct said c, s;
    struct pair p;

    token = *state;
    for (unsigned late_one = 0; late_one < 2; late_one++) {
        pair_setup(&p, 470 + late_one);
        p.client->wall_clock = p.server->wall_clock = SUMMER_2026;
        prove_by(p.sp, "server256", "ca.pem");
        without_key(p.cp);
        p.client->sign = late_one ? sign_later : sign_outside;
        pair_listen(&p);
        late_token = 0;
        if (late_one) {
            net_connect(p.client, p.server, p.cp);
            net_run(&p.net, 5 * SECOND);
            assert_true(late_token != 0);
            assert_int_equal(l2tpsec_answer_signature(p.client->ctx, late_token + 4, late, late_len, p.net.now),
                             L2TPSEC_ENOENT);
            assert_int_equal(l2tpsec_answer(p.client->ctx, late_token, late, 20, p.net.now), L2TPSEC_ENOENT);
            assert_int_equal(l2tpsec_answer_signature(p.client->ctx, late_token, late, late_len, p.net.now),
                             L2TPSEC_OK);
            assert_int_equal(l2tpsec_answer_signature(p.client->ctx, late_token, late, late_len, p.net.now),
                             L2TPSEC_ENOENT);
            assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 60 * SECOND) >= 0);
        } else {
            pair_up(&p, p.client, p.cp, &c, &s);
        }
        net_fini(&p.net);
    }
}

static void a_server_may_sign_later_too(void **state)
{
    struct pair p;

    token = *state;
    pair_setup(&p, 480);
    p.client->wall_clock = p.server->wall_clock = SUMMER_2026;
    prove_by(p.cp, "server256", "ca.pem");
    without_key(p.sp); /* a user's certificate: good enough to get as far as the refusal */
    p.server->sign = sign_later;
    pair_listen(&p);
    late_token = 0;
    net_connect(p.client, p.server, p.cp);
    net_run(&p.net, 3 * SECOND);
    assert_true(late_token != 0);
    assert_int_equal(l2tpsec_answer_signature(p.server->ctx, late_token, late, late_len, p.net.now), L2TPSEC_OK);
    int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_FAILED, 0, 60 * SECOND);
    assert_true(at >= 0);
    assert_non_null(strstr(p.client->said[at % NET_EVENTS].text, "extended key usage forbids IKE"));
    net_fini(&p.net);
}

static void without_a_signature_the_attempt_ends(void **state)
{
    struct pair p;

    token = *state;
    pair_setup(&p, 490);
    p.client->wall_clock = p.server->wall_clock = SUMMER_2026;
    prove_by(p.sp, "server256", "ca.pem");
    without_key(p.cp);
    pair_listen(&p);
    const struct said *s = pair_fails(&p, 60 * SECOND);
    assert_int_equal(s->cause, L2TPSEC_CAUSE_NO_SECRET);
    assert_int_equal(s->windows_code, 766);
    assert_non_null(strstr(s->text, "ike.key"));
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_key_proves_both_ends),
        cmocka_unit_test(it_works_behind_nat_with_loss_and_with_names),
        cmocka_unit_test(a_server_is_known_by_its_distinguished_name),
        cmocka_unit_test(a_server_may_take_both_proofs),
        cmocka_unit_test(a_renewal_is_proven_the_same_way_from_either_side),
        cmocka_unit_test(a_certificate_that_will_not_do_is_refused_in_words),
        cmocka_unit_test(a_demanded_revocation_list_must_be_there),
        cmocka_unit_test(without_the_time_nothing_is_believed),
        cmocka_unit_test(a_psk_client_is_refused_by_a_server_of_certificates),
        cmocka_unit_test(settings_say_what_is_wrong),
        cmocka_unit_test_setup_teardown(the_private_key_may_stay_outside, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_server_may_sign_later_too, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(without_a_signature_the_attempt_ends, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
