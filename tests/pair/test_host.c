/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Hosts that err, that are older or newer than the library, and what they are promised all the same. */
#include "pair/pair.h"

/* ---- structs ---------------------------------------------------------------------------------------------------- */

static void structs_may_be_older_or_newer(void **state)
{
    struct pair p;
    struct {
        l2tpsec_setting s;
        uint64_t more;
    } row = {.more = 77};
    struct {
        l2tpsec_addresses a;
        uint64_t more;
    } answer = {.more = 0};
    (void)state;

    pair_setup(&p, 1);
    row.s.size = sizeof row;
    assert_int_equal(l2tpsec_setting_at(0, &row.s), L2TPSEC_OK);
    assert_int_equal(row.s.size, sizeof row);
    assert_int_equal(row.more, 0); /* what this library does not know */
    memset(&row, 0xee, sizeof row);
    row.s.size = offsetof(l2tpsec_setting, unit);
    assert_int_equal(l2tpsec_setting_at(0, &row.s), L2TPSEC_OK);
    assert_string_equal(row.s.name, "preset");
    assert_memory_equal(&row.s.unit, "\xee\xee\xee\xee", 4);
    row.s.size = 0;
    assert_int_equal(l2tpsec_setting_at(0, &row.s), L2TPSEC_EINVAL);

    answer.a.size = offsetof(l2tpsec_addresses, dns); /* nobody asked */
    assert_int_equal(l2tpsec_answer_address(p.server->ctx, 1, &answer.a, p.net.now), L2TPSEC_ENOENT);
    answer.a.size = sizeof answer;
    assert_int_equal(l2tpsec_answer_address(p.server->ctx, 1, &answer.a, p.net.now), L2TPSEC_ENOENT);
    answer.more = 1;
    assert_int_equal(l2tpsec_answer_address(p.server->ctx, 1, &answer.a, p.net.now), L2TPSEC_EVERSION);
    answer.a.size = 8;
    assert_int_equal(l2tpsec_answer_address(p.server->ctx, 1, &answer.a, p.net.now), L2TPSEC_EINVAL);
    net_fini(&p.net);
}

static int32_t feed(struct pair *p, const l2tpsec_packet *pkt)
{
    l2tpsec_packet copy = *pkt;

    return l2tpsec_input(p->client->ctx, &copy, 1, p->net.now);
}

/* What is ignored today could never be given a meaning. */
static void what_is_reserved_must_be_zero(void **state)
{
    struct pair p;
    uint8_t byte = 0xff;
    (void)state;

    pair_setup(&p, 2);
    l2tpsec_packet good = {.data = &byte, .len = 1, .local = p.client->address, .remote = p.server->address},
                   bad = good;
    assert_int_equal(feed(&p, &good), L2TPSEC_OK);
    bad.reserved[1] = 1;
    assert_int_equal(feed(&p, &bad), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_output(p.client->ctx, &bad, 1, p.net.now), L2TPSEC_EINVAL);
    bad = good;
    bad.local.reserved = 1;
    assert_int_equal(feed(&p, &bad), L2TPSEC_EINVAL);
    bad = good;
    bad.remote.ip[11] = 1; /* IPv4 has four bytes; SAs are found by all sixteen */
    assert_int_equal(feed(&p, &bad), L2TPSEC_EINVAL);
    bad = good;
    bad.remote.family = 2;
    assert_int_equal(feed(&p, &bad), L2TPSEC_EINVAL);
    bad = good;
    bad.remote.family = 6;
    assert_int_equal(feed(&p, &bad), L2TPSEC_EINVAL);
    l2tpsec_id id;
    l2tpsec_addr odd = p.server->address;
    odd.ip[15] = 9;
    assert_int_equal(l2tpsec_connect(p.client->ctx, p.cp, &p.client->address, &odd, p.net.now, &id), L2TPSEC_EINVAL);
    net_fini(&p.net);
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

/* Bindings of some languages return 0 when the function they call threw an exception. */
static void a_random_callback_that_wrote_nothing_has_failed(void **state)
{
    struct pair p;
    l2tpsec_id id = 0;
    (void)state;

    pair_setup(&p, 3);
    p.client->random_untouched = true;
    assert_int_equal(l2tpsec_connect(p.client->ctx, p.cp, &p.client->address, &p.server->address, p.net.now, &id),
                     L2TPSEC_ERANDOM);
    assert_int_equal(p.net.sent, 0);
    net_fini(&p.net);
}

static int32_t says_ok(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)q, (void)out, (void)cap, (void)len;
    return L2TPSEC_OK;
}

static int32_t says_nothing(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)q, (void)out, (void)cap;
    *len = 0;
    return L2TPSEC_OK;
}

static void a_secret_that_was_not_given_is_none(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        pair_setup(&p, 4);
        p.server->secret = i ? says_nothing : says_ok;
        pair_listen(&p);
        assert_int_equal(pair_fails(&p, 20 * SECOND)->cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        net_fini(&p.net);
    }
}

static void calls_in_from_the_allocator(struct host *h)
{
    if (h->ctx && h->test == NULL) {
        h->test = h;
        int32_t rc = l2tpsec_close(h->ctx, 0, h->net->now);
        assert_true(rc == L2TPSEC_EBUSY || rc == L2TPSEC_OK);
        h->test = rc == L2TPSEC_EBUSY ? h : NULL;
    }
}

static void the_allocator_is_called_in_mid_step_and_may_not_call_in(void **state)
{
    struct pair p;
    l2tpsec_id id;
    (void)state;

    pair_setup(&p, 5);
    p.client->on_call = calls_in_from_the_allocator; /* the first callback of a connect is for memory */
    assert_int_equal(l2tpsec_connect(p.client->ctx, p.cp, &p.client->address, &p.server->address, p.net.now, &id),
                     L2TPSEC_OK);
    assert_non_null(p.client->test);
    net_fini(&p.net);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void frees(struct host *h)
{
    unsigned *calls = h->test;

    if ((*calls)++ == 0)
        l2tpsec_free(h->ctx);
}

#define BURST 6

/* Packets of a link without room around them: they are sealed in two runs. */
static void fill_burst(l2tpsec_packet pkts[BURST], const struct said *up)
{
    static uint8_t ip[BURST][100];

    memset(ip, 0, sizeof ip);
    for (unsigned i = 0; i < BURST; i++) {
        ip[i][0] = 0x45;
        ip[i][3] = sizeof ip[i];
        ip[i][9] = 17;
        memcpy(ip[i] + 12, up->address.ip, 4);
        memcpy(ip[i] + 16, up->peer_address.ip, 4);
        pkts[i] = (l2tpsec_packet){.data = ip[i], .len = sizeof ip[i], .link = up->link};
    }
}

static void after_free_nobody_is_called_back(void **state)
{
    struct pair p;
    struct said c, s;
    unsigned calls = 0;
    l2tpsec_packet pkts[BURST];
    (void)state;

    pair_setup(&p, 6);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    fill_burst(pkts, &c);
    p.client->test = &calls;
    p.client->on_call = frees;
    assert_int_equal(l2tpsec_output(p.client->ctx, pkts, BURST, p.net.now), L2TPSEC_OK);
    assert_int_equal(calls, 1);
    assert_int_equal(p.client->blocks, 0);
    p.client->ctx = NULL;
    calls = 1;
    p.server->test = &calls;
    p.server->on_call = frees;
    l2tpsec_free(p.server->ctx); /* with a link, from outside: not even the log */
    assert_int_equal(calls, 1);
    p.server->ctx = NULL;
    net_fini(&p.net);
}

static int32_t the_first_at_once(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    uint64_t *token = h->test;

    out->peer = (l2tpsec_addr){.family = 4, .ip = {10, 77, 0, 9}};
    if ((*token)++ == 0)
        return L2TPSEC_OK;
    *token = q->token;
    return L2TPSEC_EAGAIN;
}

static void gives_the_address_again(struct host *h)
{
    uint64_t *token = h->test;
    l2tpsec_addresses a = {.size = sizeof a, .peer = {.family = 4, .ip = {10, 77, 0, 9}}};

    h->on_call = NULL;
    int32_t rc = l2tpsec_answer_address(h->ctx, *token, &a, h->net->now);
    if (rc == L2TPSEC_EBUSY) /* in mid-step */
        h->on_call = gives_the_address_again;
    else
        assert_int_equal(rc, L2TPSEC_OK);
}

/* The packets of a burst that follow have no link any more. */
static void a_link_may_be_taken_over_while_its_packets_are_sent(void **state)
{
    struct pair p;
    struct said c, s;
    uint64_t token = 0;
    l2tpsec_packet pkts[BURST];
    (void)state;

    pair_setup(&p, 10);
    p.server->test = &token;
    p.server->address_cb = the_first_at_once;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    struct host *tablet = net_host(&p.net, "198.51.100.8");
    net_connect(tablet, p.server, net_client_profile(tablet)); /* of the same user */
    net_run(&p.net, 2 * SECOND);
    assert_true(token > 1);
    fill_burst(pkts, &s);
    p.server->on_call = gives_the_address_again;
    (void)l2tpsec_output(p.server->ctx, pkts, BURST, p.net.now);
    assert_null(p.server->on_call);
    assert_int_equal(pkts[3].drop, L2TPSEC_DROP_NONE);
    assert_int_not_equal(pkts[5].drop, L2TPSEC_DROP_NONE);
    net_run(&p.net, 5 * SECOND);
    assert_int_equal(net_last(p.server, L2TPSEC_EVENT_DOWN)->link, s.link);
    net_fini(&p.net);
}

static unsigned ends_of(const struct host *h, l2tpsec_id link)
{
    unsigned n = 0;

    for (size_t i = 0; i < h->n_said; i++) {
        const struct said *e = &h->said[i];
        n += e->link == link && (e->type == L2TPSEC_EVENT_DOWN || e->type == L2TPSEC_EVENT_FAILED) && !e->retry_in_us;
    }
    return n;
}

static void every_close_ends_in_down(void **state)
{
    static const uint64_t after[] = {0, 30, 100, 170, 230, 400}; /* ms: at every layer on the way up, and up */
    (void)state;

    for (unsigned i = 0; i < sizeof after / sizeof *after; i++) {
        struct pair p;
        pair_setup(&p, 7);
        pair_listen(&p);
        l2tpsec_id link = net_connect(p.client, p.server, p.cp);
        net_run(&p.net, after[i] * 1000);
        assert_int_equal(l2tpsec_close(p.client->ctx, link, p.net.now), L2TPSEC_OK);
        net_run(&p.net, 20 * SECOND);
        assert_int_equal(ends_of(p.client, link), 1);
        assert_non_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
        assert_int_equal(net_last(p.client, L2TPSEC_EVENT_DOWN)->cause, L2TPSEC_CAUSE_CLOSED_BY_HOST);
        assert_null(net_last(p.client, L2TPSEC_EVENT_FAILED));
        net_fini(&p.net);
    }
}

static void a_link_that_is_dialled_again_is_down_once_and_its_tries_fail(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 8);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    p.server->off = true;
    for (unsigned i = 0; i < 200; i++) { /* somebody wants to send */
        (void)net_send(p.client, c.link, &c.address, &c.peer_address, 100, 0);
        net_run(&p.net, SECOND);
    }
    unsigned down = 0, failed = 0;
    assert_true(p.client->n_said <= NET_EVENTS);
    for (size_t i = 0; i < p.client->n_said; i++) {
        const struct said *e = &p.client->said[i];
        bool end = e->type == L2TPSEC_EVENT_DOWN || e->type == L2TPSEC_EVENT_FAILED;
        down += e->type == L2TPSEC_EVENT_DOWN;
        failed += e->type == L2TPSEC_EVENT_FAILED;
        assert_true(!end || e->retry_in_us);
    }
    assert_int_equal(down, 1);
    assert_true(failed >= 2);
    assert_int_equal(l2tpsec_close(p.client->ctx, c.link, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 20 * SECOND);
    assert_int_equal(ends_of(p.client, c.link), 1);
    net_fini(&p.net);
}

/* ---- the log ---------------------------------------------------------------------------------------------------- */

struct seen {
    l2tpsec_id link;
    unsigned drops, wings[4];
};

static void looks(struct host *h, const l2tpsec_record *rec)
{
    static const char *const wings[] = {"ike", "l2tp", "ppp", "core"};
    struct seen *seen = h->test;

    if (rec->kind == L2TPSEC_RECORD_DROP) {
        assert_true(rec->value > L2TPSEC_DROP_NONE && rec->value < L2TPSEC_DROP_COUNT);
        seen->drops++;
    }
    assert_true(rec->link == 0 || rec->link == seen->link);
    for (unsigned i = 0; i < 4; i++)
        seen->wings[i] += rec->link && strcmp(rec->wing, wings[i]) == 0;
}

static void records_name_the_link_and_the_reason(void **state)
{
    struct pair p;
    struct seen seen = {.drops = 0};
    (void)state;

    pair_setup(&p, 9);
    pair_listen(&p);
    p.net.duplicate = 100; /* each second copy is a drop */
    seen.link = net_connect(p.client, p.server, p.cp);
    p.client->test = &seen;
    p.client->on_log = looks;
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 10 * SECOND) >= 0);
    net_run(&p.net, 100 * SECOND);
    assert_true(seen.drops > 5);
    for (unsigned i = 0; i < 4; i++)
        assert_true(seen.wings[i] > 0);
    net_fini(&p.net);
}

static size_t key_len;

static int32_t gives_a_long_key(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h;
    if (q->kind == L2TPSEC_SECRET_PASSWORD) {
        memcpy(out, "wonderland", *len = 10);
        return L2TPSEC_OK;
    }
    if (q->candidate)
        return L2TPSEC_ENOENT;
    assert_int_equal(cap, 256);
    memset(out, 'k', key_len < cap ? key_len : cap);
    *len = key_len;
    return L2TPSEC_OK;
}

static l2tpsec_profile *without_key(struct host *h)
{
    l2tpsec_profile *p;

    assert_int_equal(l2tpsec_profile_new(h->ctx, &p), L2TPSEC_OK);
    pair_set(p, "ppp.user", "alice");
    pair_set(p, "ppp.password", "wonderland");
    return p;
}

/* All the room there is may be used, and what says that it used more has written nothing. */
static void a_key_may_be_as_long_as_its_room_and_no_longer(void **state)
{
    (void)state;
    for (key_len = 256; key_len <= 257; key_len++) {
        struct pair p;
        struct said c, s;
        pair_setup(&p, 5);
        p.client->secret = p.server->secret = gives_a_long_key;
        p.cp = without_key(p.client);
        assert_int_equal(l2tpsec_profile_new(p.server->ctx, &p.sp), L2TPSEC_OK);
        pair_set(p.sp, "server.address", "10.77.0.1");
        pair_set(p.sp, "server.pool", "10.77.0.0/16");
        pair_listen(&p);
        if (key_len == 256)
            pair_up(&p, p.client, p.cp, &c, &s);
        else
            assert_int_equal(pair_fails(&p, 20 * SECOND)->cause, L2TPSEC_CAUSE_NO_SECRET);
        net_fini(&p.net);
    }
}

/* Wireshark's table: the initiator's cookie and the key, and nothing more. */
static void the_key_log_has_a_cookie_and_a_key_to_a_line(void **state)
{
    static const char table[] = "ikev1_decryption_table:", digits[] = "0123456789abcdef";
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 6);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    const char *at = strstr(p.client->keylog, table);
    assert_non_null(at);
    at += sizeof table - 1;
    assert_int_equal(strspn(at, digits), 16);
    assert_int_equal(at[16], ',');
    size_t n = strspn(at + 17, digits);
    assert_true(n == 32 || n == 48 || n == 64);
    assert_int_equal(at[17 + n], '\n');
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structs_may_be_older_or_newer),
        cmocka_unit_test(what_is_reserved_must_be_zero),
        cmocka_unit_test(a_random_callback_that_wrote_nothing_has_failed),
        cmocka_unit_test(a_secret_that_was_not_given_is_none),
        cmocka_unit_test(the_allocator_is_called_in_mid_step_and_may_not_call_in),
        cmocka_unit_test(after_free_nobody_is_called_back),
        cmocka_unit_test(a_link_may_be_taken_over_while_its_packets_are_sent),
        cmocka_unit_test(every_close_ends_in_down),
        cmocka_unit_test(a_link_that_is_dialled_again_is_down_once_and_its_tries_fail),
        cmocka_unit_test(records_name_the_link_and_the_reason),
        cmocka_unit_test(a_key_may_be_as_long_as_its_room_and_no_longer),
        cmocka_unit_test(the_key_log_has_a_cookie_and_a_key_to_a_line),
    };

    return cmocka_run_group_tests_name("hosts", tests, NULL, NULL);
}
