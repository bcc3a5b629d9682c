/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The border: what a host can do wrong, from where it may call, what may fail. */
#include "pair/pair.h"

static void a_wrong_setting_says_which_and_what_is_allowed(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 60);
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "ike.proposals", "aes256-sha1-modp2049"), L2TPSEC_EINVAL);
    assert_non_null(strstr(l2tpsec_profile_error(p.cp), "ike.proposals"));
    assert_non_null(strstr(l2tpsec_profile_error(p.cp), "modp2049"));
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "ike.lifetime", "1"), L2TPSEC_ERANGE);
    assert_non_null(strstr(l2tpsec_profile_error(p.cp), "604800"));
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "no.such", "1"), L2TPSEC_ENOENT);
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "esp.encap", "perhaps"), L2TPSEC_EINVAL);
    assert_non_null(strstr(l2tpsec_profile_error(p.cp), "always"));
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "server.pool", "10.0.0.0/33"), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "server.dns", "10.0.0.1, 10.0.0.256"), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_profile_set_str(p.cp, "ppp.auth", "mschapv2, eap"), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_profile_set_u64(p.cp, "ppp.mru", 1501), L2TPSEC_ERANGE);
    assert_int_equal(l2tpsec_profile_set_bytes(p.cp, "ike.psk", "\0\1\2", 3), L2TPSEC_OK);
    assert_int_equal(l2tpsec_profile_set_bytes(p.cp, "ike.psk", "", 0), L2TPSEC_ERANGE);
    net_fini(&p.net);
}

static void every_setting_takes_its_own_default(void **state)
{
    struct pair p;
    l2tpsec_setting row = {.size = sizeof row};
    uint32_t n = 0;
    (void)state;

    pair_setup(&p, 61);
    for (; l2tpsec_setting_at(n, &row) == L2TPSEC_OK; n++) {
        assert_true(*row.help != 0);
        assert_true(row.roles != 0);
        if (*row.initial)
            assert_int_equal(l2tpsec_profile_set_str(p.cp, row.name, row.initial), L2TPSEC_OK);
    }
    assert_true(n > 30);
    net_fini(&p.net);
}

static void wrong_arguments_change_nothing(void **state)
{
    struct pair p;
    l2tpsec_id id = 0;
    (void)state;

    pair_setup(&p, 62);
    l2tpsec_addr six = {.family = 6, .ip = {0x20, 1}};
    l2tpsec_addr none = {.family = 0};
    assert_int_equal(l2tpsec_connect(p.client->ctx, p.cp, &p.client->address, &six, p.net.now, &id), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_connect(p.client->ctx, p.cp, &none, &p.server->address, p.net.now, &id), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_connect(NULL, p.cp, &p.client->address, &p.server->address, p.net.now, &id),
                     L2TPSEC_EINVAL);
    l2tpsec_profile *empty;
    assert_int_equal(l2tpsec_profile_new(p.client->ctx, &empty), L2TPSEC_OK);
    assert_int_equal(l2tpsec_connect(p.client->ctx, empty, &p.client->address, &p.server->address, p.net.now, &id),
                     L2TPSEC_EINVAL);
    assert_int_equal(id, 0);
    assert_int_equal(l2tpsec_close(p.client->ctx, 12345, p.net.now), L2TPSEC_ENOENT);
    assert_int_equal(l2tpsec_input(p.client->ctx, NULL, 1, p.net.now), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_input(p.client->ctx, NULL, 0, p.net.now), L2TPSEC_OK);
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, 99, &st), L2TPSEC_ENOENT);
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, 0, &st), L2TPSEC_OK);
    assert_int_equal(st.links, 0);
    assert_true(l2tpsec_next_timeout(p.client->ctx) == L2TPSEC_NEVER);
    static const char longest[257];
    assert_int_equal(l2tpsec_answer(p.client->ctx, 1, longest, 256, p.net.now), L2TPSEC_ENOENT); /* no such question */
    assert_int_equal(l2tpsec_answer(p.client->ctx, 1, longest, 257, p.net.now), L2TPSEC_ERANGE);
    assert_int_equal(l2tpsec_answer(p.client->ctx, 1, NULL, 1, p.net.now), L2TPSEC_EINVAL);
    l2tpsec_free(NULL);
    l2tpsec_profile_free(NULL);
    net_fini(&p.net);
}

static void a_shorter_stats_struct_is_filled_as_far_as_it_goes(void **state)
{
    struct pair p;
    struct {
        uint32_t size, reserved;
        uint64_t packets_in;
        uint64_t guard;
    } old = {16, 0, 1, 77};
    (void)state;

    pair_setup(&p, 63);
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, 0, (l2tpsec_stats *)(void *)&old), L2TPSEC_OK);
    assert_int_equal(old.packets_in, 0);
    assert_int_equal(old.guard, 77);
    net_fini(&p.net);
}

static void callbacks_from_the_future_are_refused_unless_zero(void **state)
{
    struct net n;
    struct {
        l2tpsec_callbacks cb;
        void *more;
    } longer;
    l2tpsec *ctx = NULL;
    (void)state;

    net_init(&n, 64);
    memset(&longer, 0, sizeof longer);
    longer.cb.size = sizeof longer;
    longer.more = &n;
    assert_int_equal(l2tpsec_new(&ctx, &longer.cb, NULL, 0), L2TPSEC_EVERSION);
    longer.more = NULL;
    assert_int_equal(l2tpsec_new(&ctx, &longer.cb, NULL, 0), L2TPSEC_EINVAL); /* send and the like are missing */
    assert_null(ctx);
    net_fini(&n);
}

static void no_packets(void *user, const l2tpsec_packet *pkts, size_t n)
{
    (void)user, (void)pkts, (void)n;
}

static int32_t some_bytes(void *user, uint8_t *buf, size_t len)
{
    (void)user;
    memset(buf, 0x5a, len);
    return L2TPSEC_OK;
}

static void the_host_chooses_its_engine(void **state)
{
    l2tpsec_callbacks cb = {.size = sizeof cb, .send = no_packets, .deliver = no_packets, .random = some_bytes};
    l2tpsec *ctx = NULL;
    (void)state;

    assert_string_equal(l2tpsec_engine_name(NULL), "");
    cb.engine = L2TPSEC_ENGINE_PORTABLE;
    assert_int_equal(l2tpsec_new(&ctx, &cb, NULL, 0), L2TPSEC_OK);
    assert_string_equal(l2tpsec_engine_name(ctx), "mbedtls");
    l2tpsec_free(ctx);

    cb.engine = L2TPSEC_ENGINE_IPSECMB;
    int32_t rc = l2tpsec_new(&ctx, &cb, NULL, 0);
    const char *best = rc == L2TPSEC_OK ? "ipsecmb" : "mbedtls";
    assert_int_equal(rc, rc == L2TPSEC_OK ? L2TPSEC_OK : L2TPSEC_EUNSUP);
    if (rc == L2TPSEC_OK) {
        assert_string_equal(l2tpsec_engine_name(ctx), best);
        l2tpsec_free(ctx);
    }
    cb.engine = L2TPSEC_ENGINE_AUTO;
    assert_int_equal(l2tpsec_new(&ctx, &cb, NULL, 0), L2TPSEC_OK);
    assert_string_equal(l2tpsec_engine_name(ctx), best);
    l2tpsec_free(ctx);

    ctx = NULL;
    cb.engine = L2TPSEC_ENGINE_COUNT;
    assert_int_equal(l2tpsec_new(&ctx, &cb, NULL, 0), L2TPSEC_EINVAL);
    cb.engine = 0;
    cb.reserved2 = 1;
    assert_int_equal(l2tpsec_new(&ctx, &cb, NULL, 0), L2TPSEC_EINVAL);
    assert_null(ctx);
}

static int32_t no_bytes(void *user, uint8_t *buf, size_t len)
{
    (void)user, (void)buf, (void)len;
    return L2TPSEC_OK;
}

/* As bindings of some languages do when what they call threw an exception. */
static void without_chance_there_is_no_context(void **state)
{
    l2tpsec_callbacks cb = {.size = sizeof cb, .send = no_packets, .deliver = no_packets, .random = no_bytes};
    l2tpsec *ctx = NULL;
    (void)state;

    assert_int_equal(l2tpsec_new(&ctx, &cb, NULL, 0), L2TPSEC_ERANDOM);
    assert_null(ctx);
}

static void close_at_once(struct host *h, const l2tpsec_event *ev)
{
    if (ev->type != L2TPSEC_EVENT_UP)
        return;
    l2tpsec_packet none = {.len = 0, .local = h->address, .remote = h->address};
    assert_int_equal(l2tpsec_input(h->ctx, &none, 1, h->net->now), L2TPSEC_EBUSY);
    assert_int_equal(l2tpsec_tick(h->ctx, h->net->now), L2TPSEC_EBUSY);
    assert_int_equal(l2tpsec_close(h->ctx, ev->link, h->net->now), L2TPSEC_OK);
}

static void from_inside_an_event_a_link_may_be_closed_but_not_fed(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 65);
    pair_listen(&p);
    p.client->on_event = close_at_once;
    net_connect(p.client, p.server, p.cp);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_DOWN, 0, 20 * SECOND) >= 0);
    net_fini(&p.net);
}

static void free_at_once(struct host *h, const l2tpsec_event *ev)
{
    if (ev->type != L2TPSEC_EVENT_PROGRESS)
        return;
    l2tpsec_free(h->ctx);
    assert_int_equal(l2tpsec_close(h->ctx, 0, h->net->now),
                     L2TPSEC_EBUSY); /* still there until the outer call returns */
    h->on_event = NULL;
    h->test = h;
}

static void a_context_may_be_freed_from_inside_an_event(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 66);
    pair_listen(&p);
    p.client->on_event = free_at_once;
    net_connect(p.client, p.server, p.cp);
    for (unsigned i = 0; i < 1000 && !p.client->test; i++) {
        /* step by step: the context is gone after the step in which the event came */
        struct flight *f = p.net.flights;
        if (f && f->pkt.remote.ip[0] == 198) {
            l2tpsec_packet in = f->pkt;
            p.net.flights = f->next;
            p.net.now = f->due > p.net.now ? f->due : p.net.now;
            in.data = f->bytes;
            in.local = f->pkt.remote;
            in.remote = f->pkt.local;
            assert_int_equal(l2tpsec_input(p.client->ctx, &in, 1, p.net.now), L2TPSEC_OK);
            free(f);
        } else if (f) {
            l2tpsec_packet in = f->pkt;
            p.net.flights = f->next;
            p.net.now = f->due > p.net.now ? f->due : p.net.now;
            in.data = f->bytes;
            in.local = f->pkt.remote;
            in.remote = f->pkt.local;
            assert_int_equal(l2tpsec_input(p.server->ctx, &in, 1, p.net.now), L2TPSEC_OK);
            free(f);
        } else {
            p.net.now = l2tpsec_next_timeout(p.client->ctx);
            assert_int_equal(l2tpsec_tick(p.client->ctx, p.net.now), L2TPSEC_OK);
        }
    }
    assert_non_null(p.client->test);
    assert_int_equal(p.client->blocks, 0);
    p.client->ctx = NULL;
    net_fini(&p.net);
}

static int32_t calls_in(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)q, (void)out, (void)cap, (void)len;
    assert_int_equal(l2tpsec_close(h->ctx, 0, h->net->now), L2TPSEC_EBUSY);
    assert_int_equal(l2tpsec_output(h->ctx, NULL, 0, h->net->now), L2TPSEC_EBUSY);
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(h->ctx, 0, &st), L2TPSEC_OK);
    h->test = h;
    return L2TPSEC_ENOENT;
}

static void a_question_may_call_getters_only(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 67);
    p.server->secret = calls_in;
    pair_listen(&p);
    const struct said *f = pair_fails(&p, 20 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    assert_non_null(p.server->test);
    net_fini(&p.net);
}

static void time_going_back_does_no_harm(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 68);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(l2tpsec_tick(p.client->ctx, 1), L2TPSEC_OK);
    assert_int_equal(l2tpsec_tick(p.server->ctx, 0), L2TPSEC_OK);
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_setting_says_which_and_what_is_allowed),
        cmocka_unit_test(every_setting_takes_its_own_default),
        cmocka_unit_test(wrong_arguments_change_nothing),
        cmocka_unit_test(a_shorter_stats_struct_is_filled_as_far_as_it_goes),
        cmocka_unit_test(callbacks_from_the_future_are_refused_unless_zero),
        cmocka_unit_test(the_host_chooses_its_engine),
        cmocka_unit_test(without_chance_there_is_no_context),
        cmocka_unit_test(from_inside_an_event_a_link_may_be_closed_but_not_fed),
        cmocka_unit_test(a_context_may_be_freed_from_inside_an_event),
        cmocka_unit_test(a_question_may_call_getters_only),
        cmocka_unit_test(time_going_back_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
