/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* EAP-TLS inside the tunnel: a whole connect, with MPPE, with papers that will not do, and without any. */
#include "pair/pair.h"
#include "unit/fakes/papers.h"

#define SUMMER_2026 1782864000 /* 2026-07-01 */

static void set_paper(l2tpsec_profile *p, const char *name, const char *file)
{
    struct paper paper = paper_open(file);

    if (l2tpsec_profile_set_bytes(p, name, paper.p, paper.n) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(p));
    paper_close(&paper);
}

static void papers(l2tpsec_profile *p, const char *name)
{
    char file[64];

    (void)snprintf(file, sizeof file, "%s.pem", name);
    set_paper(p, "ppp.certificate", file);
    (void)snprintf(file, sizeof file, "%s.key", name);
    set_paper(p, "ppp.key", file);
    set_paper(p, "ppp.ca", "ca.pem");
}

/* With a wall clock, a profile of either end, EAP-TLS and nothing else. */
static void setup(struct pair *p, uint64_t seed, const char *client, const char *server)
{
    pair_setup(p, seed);
    p->client->wall_clock = p->server->wall_clock = SUMMER_2026;
    papers(p->cp, client);
    papers(p->sp, server);
    pair_set(p->cp, "ppp.auth", "eap-tls");
    pair_set(p->sp, "ppp.auth", "eap-tls");
}

static void a_certificate_brings_the_link_up(void **state)
{
    static const char *const kinds[][2] = {{"client", "server"}, {"client256", "deep"}, {"client521", "server521"}};
    (void)state;

    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct pair p;
        struct said c, s;
        setup(&p, 900 + i, kinds[i][0], kinds[i][1]);
        if (kinds[i][1][0] == 's')
            pair_set(p.cp, "ppp.peer_name", "vpn.example");
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        assert_string_equal(s.user, "Alice");
        assert_int_equal(pair_pings(&p, p.client, &c, 20, 100), 20);
        net_fini(&p.net);
    }
}

static void a_user_without_a_name_is_called_as_the_certificate_says(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 910, "client256", "server256");
    pair_set(p.cp, "ppp.user", "");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_string_equal(s.user, "alice@example.org");
    net_fini(&p.net);
}

static void mppe_may_be_required(void **state)
{
    static const char *const manners[] = {"require", "require, 40", "require, 56, stateful"};
    (void)state;

    for (unsigned i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        struct pair p;
        struct said c, s;
        setup(&p, 920 + i, "client256", "server256");
        pair_set(p.cp, "ppp.mppe", manners[i]);
        pair_set(p.sp, "ppp.mppe", manners[i]);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        assert_int_equal(pair_pings(&p, p.client, &c, 300, 100), 300);
        assert_int_equal(pair_pings(&p, p.server, &s, 20, 100), 20);
        net_fini(&p.net);
    }
}

static void loss_and_a_second_dial_are_survived(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 930, "client", "server");
    pair_listen(&p);
    p.net.loss = 10;
    pair_up(&p, p.client, p.cp, &c, &s);
    p.net.loss = 0;
    l2tpsec_close(p.client->ctx, 0, p.net.now);
    net_run(&p.net, 10 * SECOND);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_fini(&p.net);
}

static void a_server_may_take_passwords_beside_certificates(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    setup(&p, 940, "client256", "server256");
    pair_set(p.sp, "ppp.auth", "mschapv2, eap-tls");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s); /* asks for EAP, where the server began with MS-CHAPv2 */
    assert_string_equal(s.user, "Alice");
    l2tpsec_close(p.client->ctx, 0, p.net.now);
    net_run(&p.net, 10 * SECOND);
    pair_set(p.cp, "ppp.auth", "mschapv2");
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_string_equal(s.user, "alice");
    net_fini(&p.net);
}

static void a_refusal_says_why_at_both_ends(void **state)
{
    static const struct {
        const char *client, *server, *user, *peer_name, *client_says, *server_says;
    } cases[] = {
        {"client256", "expired", "alice", "", "the server's certificate (CN=vpn.example) expired on 2026-01-02",
         "the client says that our certificate has expired"},
        {"client256", "server256", "alice", "vpn.other", "does not name vpn.other", "is not allowed in"},
        {"client256", "server256", "bob", "", "the server says that our certificate is not allowed in",
         "the client's certificate (CN=Alice) does not name bob"},
        {"stranger", "server256", "alice", "", "the server says that our certificate", "leads to no trusted CA"},
    };
    (void)state;

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair p;
        setup(&p, 950 + i, cases[i].client, cases[i].server);
        pair_set(p.cp, "ppp.user", cases[i].user);
        pair_set(p.cp, "ppp.peer_name", cases[i].peer_name);
        pair_listen(&p);
        const struct said *c = pair_fails(&p, 60 * SECOND);
        const struct said *s = net_last(p.server, L2TPSEC_EVENT_FAILED);
        assert_non_null(s);
        assert_int_equal(c->cause, L2TPSEC_CAUSE_CERTIFICATE);
        assert_int_equal(s->cause, L2TPSEC_CAUSE_CERTIFICATE);
        assert_string_equal(c->step, "EAP-TLS");
        if (!strstr(c->text, cases[i].client_says))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].client_says, c->text);
        if (!strstr(s->text, cases[i].server_says))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].server_says, s->text);
        net_fini(&p.net);
    }
}

static void who_cannot_do_it_is_told_what_is_missing(void **state)
{
    struct pair p;
    (void)state;

    setup(&p, 960, "client256", "server256");
    pair_set(p.sp, "ppp.auth", "mschapv2");
    pair_listen(&p);
    const struct said *c = pair_fails(&p, 60 * SECOND);
    assert_int_equal(c->cause, L2TPSEC_CAUSE_AUTH_METHOD);
    assert_string_equal(c->allowed, "eap-tls");
    net_fini(&p.net);

    setup(&p, 961, "client256", "server256");
    pair_set(p.cp, "ppp.auth", "eap-md5");
    pair_listen(&p);
    c = pair_fails(&p, 60 * SECOND);
    assert_int_equal(c->cause, L2TPSEC_CAUSE_AUTH_METHOD);
    assert_string_equal(c->offered, "eap-tls");
    assert_string_equal(c->fits, "ppp.auth=eap-tls");
    net_fini(&p.net);
}

static void nothing_begins_without_papers(void **state)
{
    static const char *const names[] = {"ppp.certificate", "ppp.key", "ppp.ca"};
    (void)state;

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct pair p;
        l2tpsec_id link;
        setup(&p, 970 + i, "client256", "server256");
        if (i == 0) { /* the key goes with its certificate */
            assert_int_equal(l2tpsec_profile_set_bytes(p.cp, "ppp.key", "", 0), L2TPSEC_OK);
            assert_int_equal(l2tpsec_profile_set_bytes(p.sp, "ppp.key", "", 0), L2TPSEC_OK);
        }
        assert_int_equal(l2tpsec_profile_set_bytes(p.cp, names[i], "", 0), L2TPSEC_OK);
        assert_int_equal(l2tpsec_profile_set_bytes(p.sp, names[i], "", 0), L2TPSEC_OK);
        assert_int_equal(l2tpsec_connect(p.client->ctx, p.cp, &p.client->address, &p.server->address, p.net.now, &link),
                         L2TPSEC_EINVAL);
        assert_int_equal(l2tpsec_listen(p.server->ctx, p.sp, p.net.now), L2TPSEC_EINVAL);
        net_fini(&p.net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_brings_the_link_up),
        cmocka_unit_test(a_user_without_a_name_is_called_as_the_certificate_says),
        cmocka_unit_test(mppe_may_be_required),
        cmocka_unit_test(loss_and_a_second_dial_are_survived),
        cmocka_unit_test(a_server_may_take_passwords_beside_certificates),
        cmocka_unit_test(a_refusal_says_why_at_both_ends),
        cmocka_unit_test(who_cannot_do_it_is_told_what_is_missing),
        cmocka_unit_test(nothing_begins_without_papers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
