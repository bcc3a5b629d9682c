/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Every way a connect can fail has one event that names the cause, soon; and the server stays up. */
#include "pair/pair.h"

static void still_serves(struct pair *p)
{
    struct host *other = net_host(&p->net, "198.51.100.99");
    struct said c, s;

    pair_up(p, other, net_client_profile(other), &c, &s);
    assert_int_equal(pair_pings(p, other, &c, 3, 100), 3);
}

static void a_wrong_psk_is_named(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 30);
    pair_listen(&p);
    pair_set(p.cp, "ike.psk", "not the key of the server");
    const struct said *f = pair_fails(&p, 30 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_PSK);
    assert_int_equal(f->layer, L2TPSEC_LAYER_IKE);
    assert_int_equal(f->windows_code, 789);
    assert_non_null(strstr(f->advice, "type the key again"));
    assert_string_equal(f->fits, "");
    const struct said *r = net_last(p.server, L2TPSEC_EVENT_REFUSED);
    assert_non_null(r);
    assert_int_equal(r->cause, L2TPSEC_CAUSE_PSK);
    still_serves(&p);
    net_fini(&p.net);
}

static void a_wrong_password_is_named(void **state)
{
    static const char *const methods[] = {"mschapv2", "chap", "pap"};
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        struct pair p;
        pair_setup(&p, 31 + i);
        pair_set(p.sp, "ppp.auth", "mschapv2, chap, pap");
        pair_listen(&p);
        pair_set(p.cp, "ppp.auth", methods[i]);
        pair_set(p.cp, "ppp.password", "guess");
        const struct said *f = pair_fails(&p, 20 * SECOND);
        assert_int_equal(f->cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        assert_int_equal(f->windows_code, 691);
        assert_int_equal(f->layer, L2TPSEC_LAYER_PPP);
        net_run(&p.net, 5 * SECOND);
        const struct said *r = net_last(p.server, L2TPSEC_EVENT_FAILED);
        assert_non_null(r);
        assert_int_equal(r->cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        still_serves(&p);
        net_fini(&p.net);
    }
}

static void no_common_phase_1_proposal_shows_both_sides(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 35);
    pair_set(p.cp, "preset", "legacy");
    pair_set(p.cp, "ike.proposals", "3des-sha1-modp1024");
    pair_listen(&p);
    const struct said *f = pair_fails(&p, 15 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_PHASE1_PROPOSAL);
    const struct said *r = net_last(p.server, L2TPSEC_EVENT_REFUSED);
    assert_non_null(r);
    assert_int_equal(r->cause, L2TPSEC_CAUSE_PHASE1_PROPOSAL);
    assert_non_null(strstr(r->offered, "3des-sha1-modp1024"));
    assert_non_null(strstr(r->allowed, "aes256"));
    assert_non_null(strstr(r->hint, "legacy"));
    assert_string_equal(r->fits, "preset=legacy");
    assert_int_equal(r->windows_code, 789);
    still_serves(&p);
    net_fini(&p.net);
}

static void no_common_phase_2_proposal_is_named(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 36);
    pair_set(p.cp, "esp.proposals", "3des-md5");
    pair_listen(&p);
    const struct said *f = pair_fails(&p, 15 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_PHASE2_PROPOSAL);
    still_serves(&p);
    net_fini(&p.net);
}

static void silence_is_named(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 37);
    p.server->off = true;
    const struct said *f = pair_fails(&p, 40 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_NO_ANSWER);
    assert_int_equal(f->windows_code, 809);
    assert_int_equal(f->layer, L2TPSEC_LAYER_IKE);
    net_fini(&p.net);
}

static void a_method_not_allowed_is_named_and_nothing_falls_back_to_pap(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 38);
    pair_set(p.sp, "ppp.auth", "pap");
    pair_listen(&p); /* the client's default is mschapv2, chap */
    const struct said *f = pair_fails(&p, 20 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_AUTH_METHOD);
    assert_string_equal(f->fits, "ppp.auth=pap");
    assert_int_equal(f->windows_code, 812);
    net_fini(&p.net);
}

static void a_server_without_addresses_says_so(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 39);
    pair_set(p.sp, "server.pool", "10.77.0.0/30"); /* one client beside us */
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    struct host *second = net_host(&p.net, "198.51.100.8");
    net_connect(second, p.server, net_client_profile(second));
    assert_true(net_wait(&p.net, second, L2TPSEC_EVENT_FAILED, 0, 20 * SECOND) >= 0);
    net_run(&p.net, 5 * SECOND);
    const struct said *f = net_last(p.server, L2TPSEC_EVENT_FAILED);
    assert_non_null(f);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_NO_ADDRESS);
    assert_int_equal(pair_pings(&p, p.client, &c, 3, 100), 3);
    net_fini(&p.net);
}

static void cleartext_l2tp_is_dropped_and_counted(void **state)
{
    struct pair p;
    uint8_t sccrq[] = {0xc8, 0x02, 0x00, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x08, 0, 0, 0, 0, 0, 1};
    (void)state;

    pair_setup(&p, 40);
    pair_listen(&p);
    l2tpsec_packet pkt = {.data = sccrq, .len = sizeof sccrq, .local = p.server->address, .remote = p.client->address};
    pkt.local.port = pkt.remote.port = 1701;
    assert_int_equal(l2tpsec_input(p.server->ctx, &pkt, 1, p.net.now), L2TPSEC_OK);
    assert_int_equal(pkt.drop, L2TPSEC_DROP_CLEARTEXT);
    uint64_t drops[L2TPSEC_DROP_COUNT];
    assert_int_equal(l2tpsec_get_drops(p.server->ctx, 0, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    assert_int_equal(drops[L2TPSEC_DROP_CLEARTEXT], 1);
    assert_int_equal(p.net.sent, 0);
    net_fini(&p.net);
}

/* ---- one cause after the other: what the event says of it ---------------------------------------------------------- */

static int32_t no_secret(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)q, (void)out, (void)cap, (void)len;
    return L2TPSEC_ENOENT;
}

static int32_t another_password(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)cap;
    if (q->kind != L2TPSEC_SECRET_PASSWORD)
        return L2TPSEC_ENOENT;
    memcpy(out, "looking-glass", *len = 13);
    return L2TPSEC_OK;
}

static int32_t address_of_another(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    (void)h, (void)q, (void)out;
    return L2TPSEC_EINVAL;
}

static void no_key(struct pair *p)
{
    p->cp = NULL;
    assert_int_equal(l2tpsec_profile_new(p->client->ctx, &p->cp), L2TPSEC_OK);
    pair_set(p->cp, "ppp.user", "alice");
    pair_set(p->cp, "ppp.password", "wonderland");
    p->client->secret = no_secret;
}

static void wrong_password(struct pair *p)
{
    p->server->secret = another_password;
}

static void no_address(struct pair *p)
{
    p->server->address_cb = address_of_another;
}

/* Main mode passes, and then nothing does. */
static bool only_main_mode(struct net *n, l2tpsec_packet *p)
{
    (void)n;
    return p->transport == L2TPSEC_TRANSPORT_UDP && p->local.port == 500 && p->data[18] == 2;
}

static bool no_esp(struct net *n, l2tpsec_packet *p)
{
    static const uint8_t marker[4];

    (void)n;
    return p->transport == L2TPSEC_TRANSPORT_UDP && (p->local.port == 500 || memcmp(p->data, marker, 4) == 0);
}

static void silent_after_main_mode(struct pair *p)
{
    p->net.spy = only_main_mode;
}

static void silent_inside(struct pair *p)
{
    p->net.spy = no_esp;
}

static void no_memory(struct pair *p)
{
    p->client->allocs_failing_at = 40;
    p->client->allocs_failing_on = true;
}

static void no_random(struct pair *p)
{
    p->client->randoms_failing_at = 5;
}

struct failing {
    uint32_t cause, layer, windows;
    const char *step, *offered, *fits; /* NULL: empty */
    const char *client[4], *server[4]; /* settings: names and values in turn */
    void (*before)(struct pair *p);
    bool at_server; /* whose event it is; the client is told less */
};

static void set_all(l2tpsec_profile *p, const char *const settings[4])
{
    for (unsigned i = 0; i < 4 && settings[i]; i += 2)
        pair_set(p, settings[i], settings[i + 1]);
}

static void each_cause_has_its_layer_step_and_code(void **state)
{
    enum { HOST = L2TPSEC_LAYER_HOST, IKE = L2TPSEC_LAYER_IKE, L2TP = L2TPSEC_LAYER_L2TP, PPP = L2TPSEC_LAYER_PPP };
    static const struct failing cases[] = {
        {L2TPSEC_CAUSE_PEER_VANISHED, IKE, 792, "quick mode, message 1", .before = silent_after_main_mode},
        {L2TPSEC_CAUSE_NO_ANSWER, L2TP, 809, "SCCRQ", .before = silent_inside},
        {L2TPSEC_CAUSE_PHASE1_PROPOSAL, IKE, 789, "main mode, message 1", .client = {"preset", "modern"},
         .server = {"ike.proposals", "aes256-sha1-modp2048"}},
        {L2TPSEC_CAUSE_PHASE1_REFUSED, IKE, 789, "aggressive mode, message 1", .client = {"ike.mode", "aggressive"}},
        {L2TPSEC_CAUSE_PHASE2_PROPOSAL, IKE, 788, "quick mode, message 1", .client = {"esp.proposals", "aes256gcm16"},
         .server = {"esp.proposals", "aes128-sha1"}},
        {L2TPSEC_CAUSE_IDENTITY, IKE, 789, "main mode, message 6", .offered = "192.0.2.1",
         .client = {"ike.peer_id", "@vpn.other"}},
        {L2TPSEC_CAUSE_NO_SECRET, HOST, 789, "main mode, pre-shared key", .before = no_key},
        {L2TPSEC_CAUSE_L2TP_AUTH, L2TP, 628, "SCCRP", .server = {"l2tp.secret", "a"}},
        {L2TPSEC_CAUSE_L2TP_AUTH, L2TP, 628, "SCCRP", .client = {"l2tp.secret", "b"}, .server = {"l2tp.secret", "a"}},
        {L2TPSEC_CAUSE_PPP_OPTIONS, PPP, 732, "CCP", .server = {"ppp.mppe", "require"}, .at_server = true},
        {L2TPSEC_CAUSE_AUTH_METHOD, PPP, 812, "LCP", "pap", "ppp.auth=pap", .server = {"ppp.auth", "pap"}},
        {L2TPSEC_CAUSE_AUTH_REFUSED, PPP, 691, "MS-CHAPv2", .before = wrong_password},
        {L2TPSEC_CAUSE_AUTH_MUTUAL, PPP, 778, "LCP", .client = {"ppp.auth", "mschapv2"},
         .server = {"ppp.auth", "none"}},
        {L2TPSEC_CAUSE_NO_ADDRESS, PPP, 720, "IPCP", .before = no_address, .at_server = true},
        {L2TPSEC_CAUSE_CLOSED_BY_PEER, PPP, 629, "LCP", .before = no_address},
        {L2TPSEC_CAUSE_NO_MEMORY, HOST, 0, "", .before = no_memory},
        {L2TPSEC_CAUSE_NO_RANDOM, HOST, 0, "quick mode, message 1", .before = no_random},
    };
    (void)state;

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct failing *f = &cases[i];
        struct pair p;
        pair_setup(&p, 60 + i);
        set_all(p.sp, f->server);
        set_all(p.cp, f->client);
        pair_listen(&p);
        if (f->before)
            f->before(&p);
        const struct said *s = pair_fails(&p, 200 * SECOND);
        if (f->at_server) {
            net_run(&p.net, SECOND);
            s = net_last(p.server, L2TPSEC_EVENT_FAILED);
            assert_non_null(s);
        }
        if (s->cause != f->cause || strcmp(s->step, f->step) != 0 ||
            strcmp(s->offered, f->offered ? f->offered : "") != 0 || strcmp(s->fits, f->fits ? f->fits : "") != 0)
            fail_msg("%u: %s (offered %s, fits %s)", i, s->text, s->offered, s->fits);
        assert_int_equal(s->layer, f->layer);
        assert_int_equal(s->windows_code, f->windows);
        assert_true(f->windows == 0 || s->advice[0]);
        p.client->allocs_failing_at = 0;
        net_fini(&p.net);
    }
}

/* However little memory is left, the host is told how its dial ended. */
static void the_outcome_is_told_without_any_memory(void **state)
{
    (void)state;

    for (unsigned n = 1; n < 60; n += FEW ? 5 : 1) {
        struct pair p;
        l2tpsec_id id = 0;
        pair_setup(&p, 90);
        pair_listen(&p);
        p.client->allocs_failing_at = n;
        p.client->allocs_failing_on = true;
        int32_t rc = l2tpsec_connect(p.client->ctx, p.cp, &p.client->address, &p.server->address, p.net.now, &id);
        net_run(&p.net, 60 * SECOND);
        if (rc == L2TPSEC_OK && !net_last(p.client, L2TPSEC_EVENT_UP) && !net_last(p.client, L2TPSEC_EVENT_FAILED))
            fail_msg("with %u allocations nobody was told", n - 1);
        p.client->allocs_failing_at = 0;
        net_fini(&p.net);
    }
}

static l2tpsec_id dialled[2];

/* The host finds memory again when it hears of the first link's end, and knows that the other one could do better. */
static void first_of_two_ends(struct host *h, const l2tpsec_event *ev)
{
    if (ev->type != L2TPSEC_EVENT_DOWN || !h->allocs_failing_on)
        return;
    h->allocs_failing_at = 0;
    h->allocs_failing_on = false;
    l2tpsec_id other = dialled[ev->link == dialled[0]];
    assert_int_equal(l2tpsec_network_changed(h->ctx, other, &h->address, h->net->now), L2TPSEC_OK);
}

static void a_link_that_dials_again_before_its_end_was_told_is_not_told_to_be_gone(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 95);
    struct host *second = net_host(&p.net, "203.0.113.77");
    l2tpsec_profile *sp = net_server_profile(second);
    pair_listen(&p);
    assert_int_equal(l2tpsec_listen(second->ctx, sp, p.net.now), L2TPSEC_OK);
    dialled[0] = net_connect(p.client, p.server, p.cp);
    dialled[1] = net_connect(p.client, second, p.cp);
    net_run(&p.net, 10 * SECOND);
    size_t before = p.client->n_said;
    p.client->on_event = first_of_two_ends;
    p.client->allocs_failing_at = 1;
    p.client->allocs_failing_on = true;
    p.server->off = second->off = true;
    net_run(&p.net, 400 * SECOND);
    p.server->off = second->off = false;
    net_run(&p.net, 200 * SECOND);
    unsigned downs = 0, ups = 0;
    for (size_t i = before; i < p.client->n_said; i++) {
        const struct said *e = &p.client->said[i % NET_EVENTS];
        downs += e->type == L2TPSEC_EVENT_DOWN;
        ups += e->type == L2TPSEC_EVENT_UP;
        if (e->type == L2TPSEC_EVENT_DOWN)
            assert_int_not_equal(e->retry_in_us, 0);
    }
    assert_int_equal(downs, 2);
    assert_int_equal(ups, 2);
    net_fini(&p.net);
}

static bool counts_a_failure(const struct host *h)
{
    uint64_t drops[L2TPSEC_DROP_COUNT];

    assert_int_equal(l2tpsec_get_drops(h->ctx, 0, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    return drops[L2TPSEC_DROP_NO_MEMORY] || drops[L2TPSEC_DROP_INTERNAL];
}

static void a_server_that_turns_a_client_away_for_want_of_memory_says_so(void **state)
{
    (void)state;

    for (unsigned n = 1; n < 90; n += FEW ? 5 : 1) {
        struct pair p;
        pair_setup(&p, 93);
        pair_listen(&p);
        p.server->allocs_failing_at = n;
        net_connect(p.client, p.server, p.cp);
        net_run(&p.net, 60 * SECOND);
        if (net_last(p.client, L2TPSEC_EVENT_FAILED) && !net_last(p.server, L2TPSEC_EVENT_REFUSED) &&
            !net_last(p.server, L2TPSEC_EVENT_FAILED) && !counts_a_failure(p.server))
            fail_msg("allocation %u failed in silence", n);
        p.server->allocs_failing_at = 0;
        net_fini(&p.net);
    }
}

/* Nothing of an attempt that found no memory stands in the way of the next one, nor points to settings that are gone. */
static void who_found_a_server_without_memory_gets_in_when_it_has_some(void **state)
{
    (void)state;

    for (unsigned n = 1; n < 90; n += FEW ? 5 : 1) {
        struct pair p;
        struct said c, s;
        pair_setup(&p, 94);
        pair_listen(&p);
        p.server->allocs_failing_at = n;
        net_connect(p.client, p.server, p.cp);
        net_run(&p.net, SECOND / 2);
        p.server->allocs_failing_at = 0;
        net_reboot(p.client); /* without a word */
        p.cp = net_client_profile(p.client);
        pair_listen(&p);
        uint64_t then = p.net.now;
        pair_up(&p, p.client, p.cp, &c, &s);
        if (p.net.now - then > 5 * SECOND)
            fail_msg("after allocation %u failed it took %u s", n, (unsigned)((p.net.now - then) / SECOND));
        net_fini(&p.net);
    }
}

static int32_t never(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    (void)h, (void)q, (void)out, (void)cap, (void)len;
    return L2TPSEC_EAGAIN;
}

/* Three minutes, as for a password: then the dial is over. */
static void a_host_that_never_answers_for_its_key_is_not_waited_for_forever(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 91);
    no_key(&p);
    p.client->secret = never;
    pair_listen(&p);
    const struct said *s = pair_fails(&p, 200 * SECOND);
    assert_int_equal(s->cause, L2TPSEC_CAUSE_NO_SECRET);
    assert_int_equal(s->layer, L2TPSEC_LAYER_HOST);
    net_fini(&p.net);
}

static void a_server_that_is_full_says_so(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 80);
    pair_set(p.sp, "link.max", "1");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    struct host *second = net_host(&p.net, "198.51.100.8");
    net_connect(second, p.server, net_client_profile(second));
    assert_true(net_wait(&p.net, second, L2TPSEC_EVENT_FAILED, 0, 30 * SECOND) >= 0);
    const struct said *f = net_last(second, L2TPSEC_EVENT_FAILED);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_CLOSED_BY_PEER); /* its ICCN was the last word of the set-up */
    assert_int_equal(f->layer, L2TPSEC_LAYER_L2TP);
    assert_int_equal(f->windows_code, 633);
    assert_non_null(strstr(f->advice, "limits"));
    const struct said *r = net_last(p.server, L2TPSEC_EVENT_REFUSED);
    assert_non_null(r);
    assert_int_equal(r->cause, L2TPSEC_CAUSE_LIMIT);
    assert_string_equal(r->hint, "raise link.max");
    assert_memory_equal(r->remote.ip, second->address.ip, 4);
    assert_int_equal(pair_pings(&p, p.client, &c, 3, 100), 3);
    net_fini(&p.net);
}

/* How a link that was up ends. */
static const struct said *ends(struct pair *p, struct host *h, size_t from, uint64_t within)
{
    int at = net_wait(&p->net, h, L2TPSEC_EVENT_DOWN, from, within);

    assert_true(at >= 0);
    return &h->said[at % NET_EVENTS];
}

static bool no_ike(struct net *n, l2tpsec_packet *p)
{
    (void)n;
    return p->transport != L2TPSEC_TRANSPORT_UDP;
}

static void the_end_of_a_link_has_its_cause_at_both_ends(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    for (unsigned i = 0; i < 2; i++) { /* closed by this or that end */
        pair_setup(&p, 81 + i);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        size_t from_c = p.client->n_said, from_s = p.server->n_said;
        if (i == 0)
            assert_int_equal(l2tpsec_close(p.client->ctx, c.link, p.net.now), L2TPSEC_OK);
        else
            assert_int_equal(l2tpsec_close(p.server->ctx, s.link, p.net.now), L2TPSEC_OK);
        struct said at_c = *ends(&p, p.client, from_c, 10 * SECOND), at_s = *ends(&p, p.server, from_s, 10 * SECOND);
        const struct said *by = i == 0 ? &at_c : &at_s, *with = i == 0 ? &at_s : &at_c;
        assert_int_equal(by->cause, L2TPSEC_CAUSE_CLOSED_BY_HOST);
        assert_int_equal(by->windows_code, 0);
        assert_int_equal(with->cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
        assert_int_equal(with->layer, L2TPSEC_LAYER_PPP);
        assert_int_equal(with->windows_code, 629);
        net_fini(&p.net);
    }
    pair_setup(&p, 83);
    pair_set(p.cp, "esp.lifetime", "60");
    pair_set(p.cp, "ike.dpd", "0");
    pair_set(p.sp, "ike.dpd", "0");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    size_t from = p.server->n_said;
    p.net.spy = no_ike; /* the pair carries, and nobody can renew it */
    for (unsigned i = 0; i < 55; i++) {
        assert_int_equal(pair_pings(&p, p.server, &s, 1, 100), 1);
        net_run(&p.net, SECOND * 89 / 100);
    }
    const struct said *down = ends(&p, p.server, from, 60 * SECOND);
    assert_int_equal(down->cause, L2TPSEC_CAUSE_EXPIRED);
    assert_int_equal(down->layer, L2TPSEC_LAYER_IKE);
    assert_string_equal(down->step, "quick mode");
    assert_int_equal(down->windows_code, 629);
    net_fini(&p.net);
}

static void a_link_closed_while_it_waits_leaves_nothing_behind(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 92);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(l2tpsec_close(p.server->ctx, s.link, p.net.now), L2TPSEC_OK);
    const struct said *down = ends(&p, p.client, 0, 10 * SECOND);
    assert_true(down->retry_in_us > 0);
    assert_int_equal(l2tpsec_close(p.client->ctx, c.link, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 10 * SECOND);
    net_fini(&p.net); /* counts blocks */
}

static void what_is_too_short_for_anything_is_dropped_on_every_socket(void **state)
{
    static const uint16_t ports[] = {500, 4500};
    struct pair p;
    (void)state;

    pair_setup(&p, 41);
    pair_listen(&p);
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n < 8; n++) {
            uint8_t *bytes = calloc(1, n + 1); /* zeros: the beginning of a marker */
            l2tpsec_packet pkt = {.data = bytes, .len = n, .local = p.server->address, .remote = p.client->address};
            pkt.local.port = pkt.remote.port = ports[i];
            assert_int_equal(l2tpsec_input(p.server->ctx, &pkt, 1, p.net.now), L2TPSEC_OK);
            if (n < 4)
                assert_int_equal(pkt.drop, L2TPSEC_DROP_SHORT);
            free(bytes);
        }
    }
    assert_int_equal(p.net.sent, 0);
    net_fini(&p.net);
}

struct order {
    const l2tpsec_addr *closer;
    unsigned inside, ike, late; /* datagrams of the closer: ESP; IKE; ESP behind IKE */
};

static bool watch_order(struct net *n, l2tpsec_packet *p)
{
    struct order *o = n->test;
    static const uint8_t marker[4];

    if (!o || memcmp(p->local.ip, o->closer->ip, 4) != 0)
        return true;
    if (p->local.port == 500 || (p->len > 4 && memcmp(p->data, marker, 4) == 0)) {
        o->ike++;
    } else {
        o->inside++;
        o->late += o->ike != 0;
    }
    return true;
}

/* Whoever hangs up: PPP, the call and the tunnel end inside the SAs, and only then do these. */
static void the_sas_go_last_whoever_hangs_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct said c, s;
        pair_setup(&p, 85 + i);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        struct host *closer = i ? p.server : p.client;
        struct order o = {.closer = &closer->address};
        p.net.test = &o;
        p.net.spy = watch_order;
        size_t from = closer->n_said;
        assert_int_equal(l2tpsec_close(closer->ctx, i ? s.link : c.link, p.net.now), L2TPSEC_OK);
        assert_true(net_wait(&p.net, closer, L2TPSEC_EVENT_DOWN, from, 10 * SECOND) >= 0);
        assert_int_equal(o.inside,
                         i ? 4 : 3); /* Terminate-Request, CDN, StopCCN; and the peer's own farewell is acknowledged */
        assert_true(o.ike >= 1);
        assert_int_equal(o.late, 0);
        net_fini(&p.net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_psk_is_named),
        cmocka_unit_test(a_wrong_password_is_named),
        cmocka_unit_test(no_common_phase_1_proposal_shows_both_sides),
        cmocka_unit_test(no_common_phase_2_proposal_is_named),
        cmocka_unit_test(silence_is_named),
        cmocka_unit_test(a_method_not_allowed_is_named_and_nothing_falls_back_to_pap),
        cmocka_unit_test(a_server_without_addresses_says_so),
        cmocka_unit_test(cleartext_l2tp_is_dropped_and_counted),
        cmocka_unit_test(each_cause_has_its_layer_step_and_code),
        cmocka_unit_test(the_outcome_is_told_without_any_memory),
        cmocka_unit_test(a_link_that_dials_again_before_its_end_was_told_is_not_told_to_be_gone),
        cmocka_unit_test(a_server_that_turns_a_client_away_for_want_of_memory_says_so),
        cmocka_unit_test(who_found_a_server_without_memory_gets_in_when_it_has_some),
        cmocka_unit_test(a_host_that_never_answers_for_its_key_is_not_waited_for_forever),
        cmocka_unit_test(a_server_that_is_full_says_so),
        cmocka_unit_test(the_end_of_a_link_has_its_cause_at_both_ends),
        cmocka_unit_test(a_link_closed_while_it_waits_leaves_nothing_behind),
        cmocka_unit_test(what_is_too_short_for_anything_is_dropped_on_every_socket),
        cmocka_unit_test(the_sas_go_last_whoever_hangs_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
