/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* MPPE inside the tunnel: agreed, refused, and under loss. */
#include "pair/pair.h"

static void up_with(struct pair *p, const char *client, const char *server, struct said *c, struct said *s)
{
    pair_set(p->cp, "ppp.mppe", client);
    pair_set(p->sp, "ppp.mppe", server);
    pair_listen(p);
    pair_up(p, p->client, p->cp, c, s);
}

static void traffic_passes_encrypted_in_every_strength_and_manner(void **state)
{
    static const char *const manners[][2] = {{"allow", "require"},
                                             {"require", "allow"},
                                             {"require, 128", "require, 128, 56, 40"},
                                             {"require, 40, 56", "require, 40"},
                                             {"allow, 56", "require, 128, 56"},
                                             {"require, stateful", "require, stateful"},
                                             {"require, stateful", "require"}};
    (void)state;

    for (unsigned i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        struct pair p;
        struct said c, s;
        pair_setup(&p, 700 + i);
        up_with(&p, manners[i][0], manners[i][1], &c, &s);
        assert_int_equal(c.mtu, s.mtu);
        assert_true(c.mtu <= 1396);
        assert_int_equal(pair_pings(&p, p.client, &c, 300, 100), 300);
        assert_int_equal(pair_pings(&p, p.client, &c, 5, c.mtu), 5);
        assert_int_equal(pair_pings(&p, p.server, &s, 5, s.mtu), 5);
        net_fini(&p.net);
    }
}

static void whoever_requires_it_does_not_do_without(void **state)
{
    static const char *const manners[][2] = {
        {"never", "require"}, {"require", "never"}, {"require, 40", "require, 128"}, {"allow, 40", "require, 128"}};
    (void)state;

    for (unsigned i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        struct pair p;
        pair_setup(&p, 720 + i);
        pair_set(p.cp, "ppp.mppe", manners[i][0]);
        pair_set(p.sp, "ppp.mppe", manners[i][1]);
        pair_listen(&p);
        const struct said *said = pair_fails(&p, 60 * SECOND);
        const struct said *who =
            strncmp(manners[i][0], "require", 7) == 0 ? said : net_last(p.server, L2TPSEC_EVENT_FAILED);
        assert_non_null(who);
        assert_int_equal(who->cause, L2TPSEC_CAUSE_PPP_OPTIONS);
        assert_string_equal(who->step, "CCP");
        assert_non_null(strstr(who->hint, "ppp.mppe"));
        net_fini(&p.net);
    }
}

static void without_mschapv2_there_are_no_keys_for_it(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 730);
    pair_set(p.cp, "ppp.mppe", "require");
    pair_set(p.sp, "ppp.mppe", "allow");
    pair_set(p.cp, "ppp.auth", "chap");
    pair_set(p.sp, "ppp.auth", "chap");
    pair_listen(&p);
    const struct said *said = pair_fails(&p, 60 * SECOND);
    assert_int_equal(said->cause, L2TPSEC_CAUSE_PPP_OPTIONS);
    assert_non_null(strstr(said->hint, "mschapv2"));
    net_fini(&p.net);
}

static void eap_mschapv2_gives_the_keys_too(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 732);
    pair_set(p.cp, "ppp.auth", "eap-mschapv2"); /* the server asks for MS-CHAPv2 at first, and is told */
    pair_set(p.sp, "ppp.auth", "mschapv2, eap-mschapv2, pap");
    up_with(&p, "require", "require", &c, &s);
    assert_string_equal(s.user, "alice");
    assert_int_equal(pair_pings(&p, p.client, &c, 20, 100), 20);
    net_fini(&p.net);
}

static void two_that_only_allow_it_do_without(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 731);
    up_with(&p, "allow", "allow", &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 20, 100), 20);
    net_fini(&p.net);
}

static void loss_is_survived_with_state_and_without(void **state)
{
    static const char *const manners[] = {"require", "require, stateful"};
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct said c, s;
        pair_setup(&p, 740 + i);
        up_with(&p, manners[i], manners[i], &c, &s);
        p.net.loss = 5;
        unsigned back = pair_pings(&p, p.client, &c, 1000, 100);
        assert_in_range(back, i ? 400 : 850, 1000);
        p.net.loss = 0;
        (void)pair_pings(&p, p.client, &c, 20, 100);
        assert_int_equal(pair_pings(&p, p.client, &c, 100, 100), 100);
        net_fini(&p.net);
    }
}

static void the_setting_takes_only_what_makes_sense(void **state)
{
    static const char *const wrong[] = {"", "128", "never, 128", "allow, require", "allow, 64", "stateful"};
    struct pair p;
    (void)state;

    pair_setup(&p, 750);
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(l2tpsec_profile_set_str(p.cp, "ppp.mppe", wrong[i]), L2TPSEC_EINVAL);
    pair_set(p.cp, "ppp.mppe", "require 40 56 128 stateful");
    pair_set(p.cp, "ppp.mppe", "never");
    net_fini(&p.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traffic_passes_encrypted_in_every_strength_and_manner),
        cmocka_unit_test(whoever_requires_it_does_not_do_without),
        cmocka_unit_test(without_mschapv2_there_are_no_keys_for_it),
        cmocka_unit_test(eap_mschapv2_gives_the_keys_too),
        cmocka_unit_test(two_that_only_allow_it_do_without),
        cmocka_unit_test(loss_is_survived_with_state_and_without),
        cmocka_unit_test(the_setting_takes_only_what_makes_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
