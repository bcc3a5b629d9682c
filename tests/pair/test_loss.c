/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Bad networks: 30 % of the datagrams lost each way, some doubled, some late. */
#include "pair/pair.h"

#define LONGEST (60 * SECOND) /* half of all exchanges fail, and a connect has about nine of them */

static bool connects(uint64_t seed, uint64_t *took)
{
    struct net n;

    net_init(&n, seed);
    struct host *server = net_host(&n, "192.0.2.1");
    struct host *client = net_host(&n, "198.51.100.7");
    l2tpsec_profile *cp = net_client_profile(client), *sp = net_server_profile(server);
    /* cheap groups: this is about messages, not about arithmetic */
    assert_int_equal(l2tpsec_profile_set_str(cp, "ike.proposals", "aes128-sha256-x25519"), L2TPSEC_OK);
    n.loss = 30;
    n.duplicate = 10;
    n.reorder = 20;
    assert_int_equal(l2tpsec_listen(server->ctx, sp, n.now), L2TPSEC_OK);
    uint64_t start = n.now;
    net_connect(client, server, cp);
    int at = net_wait(&n, client, L2TPSEC_EVENT_UP, 0, LONGEST);
    *took = n.now - start;
    if (at < 0) {
        const struct said *f = net_last(client, L2TPSEC_EVENT_FAILED);
        print_message("# seed %llu: %s\n", (unsigned long long)seed, f ? f->text : "still trying");
    }
    net_fini(&n);
    return at >= 0;
}

static void a_thousand_connects_of_a_thousand_succeed_at_30_percent_loss(void **state)
{
    unsigned up = 0;
    uint64_t longest = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 1000; seed++) {
        uint64_t took;
        up += connects(seed, &took);
        if (took > longest)
            longest = took;
    }
    print_message("# longest: %llu ms\n", (unsigned long long)(longest / 1000));
    assert_int_equal(up, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_connects_of_a_thousand_succeed_at_30_percent_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
