/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Passwords that are wrong at first, and such as have expired (RFC 2759, 6 and 7), through the public interface. */
#include "pair/pair.h"

struct desk { /* what the hosts know */
    unsigned asked, candidates, news;
    char stored[32]; /* server */
    bool expired, later;
    uint64_t token;
};

static int32_t give(const char *word, uint8_t *out, size_t *len)
{
    memcpy(out, word, *len = strlen(word));
    return L2TPSEC_OK;
}

static int32_t client_secret(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    struct desk *d = h->test;

    (void)cap;
    d->asked++;
    if (q->kind == L2TPSEC_SECRET_NEW_PASSWORD) {
        d->news++;
        d->token = q->token;
        return d->later ? L2TPSEC_EAGAIN : give("through", out, len);
    }
    assert_int_equal(q->kind, L2TPSEC_SECRET_PASSWORD);
    assert_true(q->link != 0 && q->remote.family == 4);
    d->candidates = q->candidate;
    return q->candidate == 2 ? give("wonderland", out, len) : give("Wonderland", out, len);
}

static int32_t server_secret(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    struct desk *d = h->test;

    (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    assert_int_equal(q->candidate, 0);
    if (d->later) {
        d->token = q->token;
        return L2TPSEC_EAGAIN;
    }
    (void)give(d->stored, out, len);
    return d->expired ? L2TPSEC_EEXPIRED : L2TPSEC_OK;
}

static int32_t store(struct host *h, const l2tpsec_query *q, const uint8_t *password, size_t len)
{
    struct desk *d = h->test;

    assert_int_equal(q->kind, L2TPSEC_SECRET_NEW_PASSWORD);
    assert_int_equal(q->name_len, 5);
    assert_memory_equal(q->name, "alice", 5);
    assert_true(len < sizeof d->stored);
    memcpy(d->stored, password, len);
    d->stored[len] = 0;
    d->expired = false;
    return L2TPSEC_OK;
}

static void begin(struct pair *p, struct desk *client, struct desk *server, const char *password)
{
    pair_setup(p, 77);
    memset(client, 0, sizeof *client);
    memset(server, 0, sizeof *server);
    strcpy(server->stored, "wonderland");
    pair_set(p->cp, "ppp.password", password);
    pair_set(p->sp, "ppp.retries", "3");
    p->client->test = client;
    p->client->secret = client_secret;
    p->server->test = server;
    p->server->secret = server_secret;
    p->server->new_password = store;
    pair_listen(p);
}

static void redials(struct pair *p)
{
    size_t ups = p->client->n_said;

    assert_int_equal(l2tpsec_close(p->server->ctx, 0, p->net.now), L2TPSEC_OK);
    net_run(&p->net, 10 * SECOND);
    assert_true(p->client->n_said > ups);
    assert_true(net_wait(&p->net, p->client, L2TPSEC_EVENT_UP, ups, 60 * SECOND) >= 0);
}

static void the_password_that_proved_right_is_the_one_to_redial_with(void **state)
{
    struct desk client, server;
    struct pair p;
    (void)state;

    begin(&p, &client, &server, "wunderland");
    net_connect(p.client, p.server, p.cp);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 20 * SECOND) >= 0);
    assert_int_equal(client.asked, 2);
    assert_int_equal(client.candidates, 2);
    redials(&p);
    assert_int_equal(client.asked, 2);
    net_fini(&p.net);
}

static void an_expired_password_is_changed_and_the_new_one_redials(void **state)
{
    (void)state;
    for (unsigned later = 0; later < 2; later++) {
        struct desk client, server;
        struct pair p;
        begin(&p, &client, &server, "wonderland");
        client.later = later;
        server.expired = true;
        net_connect(p.client, p.server, p.cp);
        if (later) {
            net_run(&p.net, 100 * SECOND);
            assert_int_equal(l2tpsec_answer_expired(p.client->ctx, client.token, NULL, 0, p.net.now), L2TPSEC_EINVAL);
            assert_int_equal(l2tpsec_answer(p.client->ctx, client.token, "through", 7, p.net.now), L2TPSEC_OK);
        }
        assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 20 * SECOND) >= 0);
        assert_string_equal(server.stored, "through");
        redials(&p);
        assert_int_equal(client.news, 1);
        net_fini(&p.net);
    }
}

static void a_server_may_find_out_later_that_it_has_expired(void **state)
{
    struct desk client, server;
    struct pair p;
    (void)state;

    begin(&p, &client, &server, "wonderland");
    server.later = true;
    net_connect(p.client, p.server, p.cp);
    for (unsigned i = 0; i < 100 && !server.token; i++)
        net_run(&p.net, SECOND / 10);
    assert_int_equal(l2tpsec_answer_expired(p.server->ctx, server.token, "wonderland", 10, p.net.now), L2TPSEC_OK);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 20 * SECOND) >= 0);
    assert_string_equal(server.stored, "through");
    net_fini(&p.net);
}

static void a_server_that_cannot_store_it_says_709(void **state)
{
    struct desk client, server;
    struct pair p;
    (void)state;

    begin(&p, &client, &server, "wonderland");
    p.server->new_password = NULL;
    server.expired = true;
    net_connect(p.client, p.server, p.cp);
    const struct said *s = pair_fails(&p, 30 * SECOND);
    assert_int_equal(s->cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    assert_int_equal(s->windows_code, 709);
    assert_string_equal(server.stored, "wonderland");
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_password_that_proved_right_is_the_one_to_redial_with),
        cmocka_unit_test(an_expired_password_is_changed_and_the_new_one_redials),
        cmocka_unit_test(a_server_may_find_out_later_that_it_has_expired),
        cmocka_unit_test(a_server_that_cannot_store_it_says_709),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
