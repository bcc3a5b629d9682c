/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Long ways, hosts that take their time, and answers that come when nobody waits for them any more. */
#include "pair/pair.h"

static const char *const methods[] = {"mschapv2", "chap", "pap"};

static void pair_by(struct pair *p, uint64_t seed, const char *method)
{
    pair_setup(p, seed);
    pair_set(p->cp, "ppp.auth", method);
    pair_set(p->sp, "ppp.auth", method);
    pair_set(p->cp, "link.reconnect", "0");
}

static unsigned count(const struct host *h, uint32_t type)
{
    unsigned n = 0;

    assert_true(h->n_said <= NET_EVENTS);
    for (size_t i = 0; i < h->n_said; i++)
        n += h->said[i].type == type;
    return n;
}

/* A satellite, or two of them and a full buffer: what is repeated before the answer can be here must not take down what is
 * up already (RFC 1661, 4.1). */
static void the_longest_way_leads_up_once(void **state)
{
    static const unsigned ms[] = {1, 100, 250, 300, 500, 750, 1000, 1500};
    (void)state;

    for (unsigned i = 0; i < 3 * sizeof ms / sizeof *ms; i++) {
        struct pair p;
        pair_by(&p, i, methods[i % 3]);
        p.net.delay = ms[i / 3] * (SECOND / 1000);
        pair_listen(&p);
        net_connect(p.client, p.server, p.cp);
        assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 60 * SECOND) >= 0);
        net_run(&p.net, 90 * SECOND);
        assert_int_equal(count(p.client, L2TPSEC_EVENT_UP), 1);
        assert_int_equal(count(p.server, L2TPSEC_EVENT_UP), 1);
        assert_int_equal(count(p.client, L2TPSEC_EVENT_DOWN), 0);
        const struct said *up = net_last(p.client, L2TPSEC_EVENT_UP);
        p.server->echo = true;
        assert_int_equal(net_send(p.client, up->link, &up->address, &up->peer_address, 100, 0), L2TPSEC_DROP_NONE);
        net_run(&p.net, 4 * SECOND);
        assert_int_equal(p.client->n_inbox, 1);
        net_fini(&p.net);
    }
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static int32_t password_later(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    uint64_t *token = h->test;

    (void)out, (void)cap, (void)len;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    *token = q->token;
    return L2TPSEC_EAGAIN;
}

static uint64_t asked(struct pair *p, const uint64_t *token)
{
    for (unsigned i = 0; i < 100 && !*token; i++)
        net_run(&p->net, SECOND / 10);
    assert_true(*token != 0);
    return *token;
}

static void a_client_may_know_its_password_later(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        struct pair p;
        uint64_t token = 0;
        pair_by(&p, 20 + i, methods[i]);
        l2tpsec_profile *bare = NULL;
        assert_int_equal(l2tpsec_profile_new(p.client->ctx, &bare), L2TPSEC_OK);
        pair_set(bare, "ike.psk", "a long enough test key");
        pair_set(bare, "ppp.user", "alice");
        pair_set(bare, "ppp.auth", methods[i]);
        p.client->test = &token;
        p.client->secret = password_later;
        pair_listen(&p);
        net_connect(p.client, p.server, bare);
        (void)asked(&p, &token);
        net_run(&p.net, 15 * SECOND); /* somebody types */
        assert_int_equal(l2tpsec_answer(p.client->ctx, token, "wonderland", 10, p.net.now), L2TPSEC_OK);
        assert_int_equal(l2tpsec_answer(p.client->ctx, token, "wonderland", 10, p.net.now), L2TPSEC_ENOENT);
        assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 10 * SECOND) >= 0);
        net_fini(&p.net);
    }
}

static void an_answer_serves_for_its_own_question_only(void **state)
{
    struct pair p;
    uint64_t token = 0;
    (void)state;

    pair_by(&p, 30, "mschapv2");
    p.server->test = &token;
    p.server->secret = password_later;
    pair_listen(&p);
    l2tpsec_id first = net_connect(p.client, p.server, p.cp);
    uint64_t old = asked(&p, &token);
    assert_int_equal(l2tpsec_close(p.client->ctx, first, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 10 * SECOND);
    assert_int_equal(l2tpsec_answer(p.server->ctx, old, "wonderland", 10, p.net.now), L2TPSEC_ENOENT);
    token = 0;
    net_connect(p.client, p.server, p.cp); /* another link, very likely in the same place */
    (void)asked(&p, &token);
    assert_true(token != old);
    assert_int_equal(l2tpsec_answer(p.server->ctx, old, "not for this one", 16, p.net.now), L2TPSEC_ENOENT);
    assert_int_equal(l2tpsec_answer(p.server->ctx, token, "wonderland", 10, p.net.now), L2TPSEC_OK);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 10 * SECOND) >= 0);
    assert_int_equal(l2tpsec_answer(p.server->ctx, token, "wonderland", 10, p.net.now), L2TPSEC_ENOENT);
    net_fini(&p.net);
}

/* ---- one address, many who want it ------------------------------------------------------------------------------ */

static int32_t known(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    memcpy(out, "wonderland", *len = 10);
    return L2TPSEC_OK;
}

static int32_t pinned(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    (void)h, (void)q;
    out->peer = (l2tpsec_addr){.family = 4, .ip = {172, 16, 5, 9}};
    return L2TPSEC_OK;
}

static uint32_t links_up(struct pair *p)
{
    l2tpsec_stats st = {.size = sizeof st};

    assert_int_equal(l2tpsec_get_stats(p->server->ctx, 0, &st), L2TPSEC_OK);
    return (uint32_t)st.links;
}

static void two_devices_of_one_user_at_once_end_with_one_that_works(void **state)
{
    struct pair p;
    (void)state;

    pair_by(&p, 40, "mschapv2");
    p.server->secret = known;
    p.server->address_cb = pinned;
    pair_listen(&p);
    struct host *tablet = net_host(&p.net, "198.51.100.8");
    l2tpsec_profile *tp = net_client_profile(tablet);
    pair_set(tp, "link.reconnect", "0");
    net_connect(p.client, p.server, p.cp);
    net_connect(tablet, p.server, tp); /* in step with the first, packet by packet */
    net_run(&p.net, 20 * SECOND);
    assert_int_equal(links_up(&p), 1);
    unsigned works = 0;
    struct host *both[] = {p.client, tablet};
    p.server->echo = true;
    for (unsigned i = 0; i < 2; i++) {
        const struct said *up = net_last(both[i], L2TPSEC_EVENT_UP);
        if (up && net_send(both[i], up->link, &up->address, &up->peer_address, 100, 0) == L2TPSEC_DROP_NONE)
            net_run(&p.net, SECOND);
        works += both[i]->n_inbox == 1;
    }
    assert_int_equal(works, 1);
    net_fini(&p.net);
}

static void an_address_of_one_user_is_not_given_to_another(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_by(&p, 41, "mschapv2");
    p.server->secret = known;
    p.server->address_cb = pinned;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    struct host *stranger = net_host(&p.net, "198.51.100.8");
    l2tpsec_profile *sp = net_client_profile(stranger);
    pair_set(sp, "ppp.user", "bob");
    net_connect(stranger, p.server, sp);
    assert_true(net_wait(&p.net, stranger, L2TPSEC_EVENT_FAILED, 0, 20 * SECOND) >= 0);
    net_run(&p.net, 5 * SECOND);
    assert_non_null(net_last(p.server, L2TPSEC_EVENT_FAILED));
    assert_int_equal(net_last(p.server, L2TPSEC_EVENT_FAILED)->cause, L2TPSEC_CAUSE_NO_ADDRESS);
    assert_int_equal(pair_pings(&p, p.client, &c, 3, 100), 3);
    assert_int_equal(links_up(&p), 1);
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_way_leads_up_once),
        cmocka_unit_test(a_client_may_know_its_password_later),
        cmocka_unit_test(an_answer_serves_for_its_own_question_only),
        cmocka_unit_test(two_devices_of_one_user_at_once_end_with_one_that_works),
        cmocka_unit_test(an_address_of_one_user_is_not_given_to_another),
    };

    return cmocka_run_group_tests_name("slow pairs", tests, NULL, NULL);
}
