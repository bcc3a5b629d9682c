/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Control messages in the clear, as a host's tap sees them. */
#include "pair/pair.h"

#define ROOM 96
#define BYTES 1500

struct shown {
    uint32_t kind, sent;
    l2tpsec_id link;
    l2tpsec_addr local, remote;
    size_t len;
    uint8_t data[BYTES];
};

struct reel {
    struct shown s[ROOM];
    size_t n;
};

static void keep(struct host *h, const l2tpsec_tap *t)
{
    struct reel *r = h->test;

    assert_true(r->n < ROOM);
    assert_true(t->len <= BYTES);
    struct shown *s = &r->s[r->n++];
    s->kind = t->kind;
    s->sent = t->sent;
    s->link = t->link;
    s->local = t->local;
    s->remote = t->remote;
    s->len = (size_t)t->len;
    memcpy(s->data, t->data, (size_t)t->len);
    assert_int_equal(l2tpsec_tick(h->ctx, 0), L2TPSEC_EBUSY);
}

static void begin(struct pair *p, struct reel *client, struct reel *server, uint64_t seed)
{
    memset(client, 0, sizeof *client);
    memset(server, 0, sizeof *server);
    pair_setup(p, seed);
    pair_listen(p);
    p->client->test = client;
    p->server->test = server;
    p->client->on_tap = p->server->on_tap = keep;
}

/* The next of those that went this way; NULL: none left. */
static const struct shown *next(const struct reel *r, size_t *at, uint32_t sent)
{
    while (*at < r->n)
        if (r->s[(*at)++].sent == sent)
            return &r->s[*at - 1];
    return NULL;
}

/* What one end sent is what the other received, but for padding and the length with it. */
static void assert_same(const struct reel *from, const struct reel *to)
{
    size_t i = 0, j = 0;
    const struct shown *a, *b;

    while ((a = next(from, &i, 1)) != NULL) {
        b = next(to, &j, 0);
        assert_non_null(b);
        assert_int_equal(a->kind, b->kind);
        assert_true(b->len >= a->len && b->len < a->len + 16);
        if (a->kind == L2TPSEC_TAP_IKE) {
            assert_false(a->data[19] & 1);
            assert_memory_equal(a->data, b->data, 24);
            assert_memory_equal(a->data + 28, b->data + 28, a->len - 28);
        } else {
            assert_int_equal(a->len, b->len);
            assert_memory_equal(a->data, b->data, a->len);
            assert_int_equal(a->local.port, 1701);
            assert_int_equal(b->remote.port, 1701);
        }
    }
    assert_null(next(to, &j, 0));
}

static bool holds(const struct reel *r, const char *word)
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t j = 0; j + strlen(word) <= r->s[i].len; j++)
            if (memcmp(r->s[i].data + j, word, strlen(word)) == 0)
                return true;
    return false;
}

static void both_ends_see_all_that_was_said_and_nothing_that_passes_inside(void **state)
{
    static struct reel client, server;
    struct pair p;
    struct said c, s;
    (void)state;

    begin(&p, &client, &server, 980);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_run(&p.net, SECOND);
    assert_same(&client, &server);
    assert_same(&server, &client);
    assert_int_equal(client.s[0].kind, L2TPSEC_TAP_IKE);
    assert_int_equal(client.s[0].data[18], 2); /* main mode */
    assert_int_equal(client.s[0].link, c.link);
    assert_int_equal(client.s[client.n - 1].kind, L2TPSEC_TAP_L2TP);
    assert_int_equal(client.s[client.n - 1].link, c.link);
    assert_true(holds(&client, "l2tpsec")); /* Host Name, and CHAP's */

    size_t before = client.n;
    assert_int_equal(pair_pings(&p, p.client, &c, 10, 200), 10);
    assert_int_equal(client.n, before);

    assert_int_equal(l2tpsec_close(p.client->ctx, c.link, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 10 * SECOND);
    assert_same(&client, &server);
    assert_int_equal(client.s[client.n - 1].data[18], 5); /* Delete: informational */
    net_fini(&p.net);
}

static void a_password_in_clear_is_not_shown(void **state)
{
    static struct reel client, server;
    struct pair p;
    struct said c, s;
    (void)state;

    begin(&p, &client, &server, 981);
    pair_set(p.cp, "ppp.auth", "pap");
    pair_set(p.sp, "ppp.auth", "pap");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_false(holds(&client, "wonderland") || holds(&server, "wonderland"));
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_see_all_that_was_said_and_nothing_that_passes_inside),
        cmocka_unit_test(a_password_in_clear_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
