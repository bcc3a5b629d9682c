/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The last messages of a link, as a host asks for them. */
#include "pair/pair.h"

#define ROOM 64

struct story {
    l2tpsec_record r[ROOM];
    int32_t n;
};

static void ask(struct story *s, const l2tpsec *ctx, l2tpsec_id link)
{
    s->r[0].size = sizeof s->r[0];
    s->n = l2tpsec_get_messages(ctx, link, s->r, ROOM);
}

static bool has(const struct story *s, const char *wing, const char *direction, const char *what)
{
    for (int32_t i = 0; i < s->n && i < ROOM; i++) {
        const l2tpsec_record *r = &s->r[i];
        if (strcmp(r->wing, wing) == 0 && strcmp(r->a, direction) == 0 && strcmp(r->b ? r->b : "", what) == 0)
            return true;
    }
    return false;
}

static void the_way_up_is_remembered_at_both_ends(void **state)
{
    struct pair p;
    struct said c, s;
    struct story story = {.n = 0};
    (void)state;

    pair_setup(&p, 960);
    pair_set(p.cp, "link.messages", "64");
    pair_set(p.sp, "link.messages", "64");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    ask(&story, p.client->ctx, c.link);
    assert_in_range(story.n, 20, ROOM);
    assert_string_equal(story.r[0].b, "main mode, message 1"); /* before there was anything else of the link */
    assert_int_equal(story.r[0].link, c.link);
    assert_true(has(&story, "ike", "recv", "main mode, message 6"));
    assert_true(has(&story, "l2tp", "send", "SCCRQ"));
    assert_true(has(&story, "ppp", "recv", "IPCP"));
    for (int32_t i = 1; i < story.n; i++)
        assert_true(story.r[i].time >= story.r[i - 1].time);
    ask(&story, p.server->ctx, s.link);
    assert_true(has(&story, "ike", "recv", "quick mode, message 3"));
    assert_true(has(&story, "ppp", "recv", "IPCP"));
    net_fini(&p.net);
}

static void only_the_last_are_kept_and_given(void **state)
{
    struct pair p;
    struct said c, s;
    struct story story = {.n = 0};
    struct {
        l2tpsec_record r;
        uint64_t more;
    } wide[3] = {0};
    (void)state;

    pair_setup(&p, 961);
    pair_set(p.cp, "link.messages", "5");
    pair_set(p.sp, "link.messages", "0");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    ask(&story, p.client->ctx, c.link);
    assert_int_equal(story.n, 5);
    assert_string_equal(story.r[4].wing, "ppp");
    assert_int_equal(l2tpsec_get_messages(p.client->ctx, c.link, NULL, 0), 5);
    assert_int_equal(l2tpsec_get_messages(p.server->ctx, s.link, NULL, 0), 0);

    wide[0].r.size = sizeof wide[0]; /* a newer host's */
    wide[0].more = wide[1].more = 77;
    assert_int_equal(l2tpsec_get_messages(p.client->ctx, c.link, &wide[0].r, 2), 5);
    assert_string_equal(wide[0].r.a, story.r[3].a);
    assert_int_equal(wide[1].r.time, story.r[4].time);
    assert_int_equal(wide[1].r.size, sizeof wide[1]);
    assert_int_equal(wide[0].more, 0);
    assert_int_equal(wide[2].r.size, 0);

    story.r[0].size = 4;
    assert_int_equal(l2tpsec_get_messages(p.client->ctx, c.link, story.r, ROOM), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_get_messages(p.client->ctx, c.link, NULL, 1), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_get_messages(NULL, c.link, NULL, 0), L2TPSEC_EINVAL);
    assert_int_equal(l2tpsec_get_messages(p.client->ctx, c.link + 1, NULL, 0), L2TPSEC_ENOENT);
    assert_int_equal(l2tpsec_get_messages(p.client->ctx, 0, NULL, 0), L2TPSEC_ENOENT);
    net_fini(&p.net);
}

static void ask_at_the_end(struct host *h, const l2tpsec_event *ev)
{
    if (ev->type == L2TPSEC_EVENT_FAILED || ev->type == L2TPSEC_EVENT_DOWN)
        ask(h->test, h->ctx, ev->link);
}

static void the_last_event_of_a_link_still_has_them(void **state)
{
    struct pair p;
    struct story client = {.n = 0}, server = {.n = 0};
    (void)state;

    pair_setup(&p, 962);
    p.client->on_event = p.server->on_event = ask_at_the_end;
    p.client->test = &client;
    p.server->test = &server;
    pair_listen(&p);
    pair_set(p.cp, "ppp.password", "guess");
    const struct said *f = pair_fails(&p, 20 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_AUTH_REFUSED);
    assert_true(has(&client, "ppp", "recv", "LCP"));
    assert_true(has(&server, "ppp", "send", "LCP"));
    assert_int_equal(client.r[client.n - 1].link, f->link);
    assert_int_equal(l2tpsec_get_messages(p.client->ctx, f->link, NULL, 0), L2TPSEC_ENOENT); /* now it is gone */
    net_fini(&p.net);
}

static void a_dial_that_nobody_answers_shows_what_was_sent(void **state)
{
    struct pair p;
    struct story story = {.n = 0};
    (void)state;

    pair_setup(&p, 963); /* nobody listens */
    p.client->on_event = ask_at_the_end;
    p.client->test = &story;
    (void)pair_fails(&p, 100 * SECOND);
    assert_true(has(&story, "ike", "send", "main mode, message 1"));
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_up_is_remembered_at_both_ends),
        cmocka_unit_test(only_the_last_are_kept_and_given),
        cmocka_unit_test(the_last_event_of_a_link_still_has_them),
        cmocka_unit_test(a_dial_that_nobody_answers_shows_what_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
