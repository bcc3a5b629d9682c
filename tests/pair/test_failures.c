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
    assert_int_equal(r->windows_code, 788);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
