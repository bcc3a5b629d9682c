/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Who is on the line, and keeps, alters or throws back what passes; and who would guess a key or a name. */
#include "pair/pair.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MOST 6000u

/* ---- recordings ------------------------------------------------------------------------------------------------ */

struct kept {
    l2tpsec_packet pkt;
    uint8_t *bytes;
};

struct recorder {
    struct kept kept[KEPT_MOST];
    unsigned n, answers;
    bool busy;
};

static bool record(struct net *n, l2tpsec_packet *p)
{
    struct recorder *r = n->test;

    if (r->busy) {
        r->answers++;
        return false;
    }
    assert_true(r->n < KEPT_MOST);
    struct kept *k = &r->kept[r->n++];
    k->pkt = *p;
    k->bytes = malloc(p->len);
    assert_non_null(k->bytes);
    memcpy(k->bytes, p->data, p->len);
    return true;
}

/* To whom it went, or back to whom it came from. */
static void play(struct net *n, const struct kept *k, bool back)
{
    uint8_t copy[NET_PAYLOAD];
    l2tpsec_packet p = k->pkt;

    memcpy(copy, k->bytes, p.len);
    p.data = copy;
    p.local = back ? k->pkt.local : k->pkt.remote;
    p.remote = back ? k->pkt.remote : k->pkt.local;
    for (size_t i = 0; i < n->n_hosts; i++)
        if (memcmp(n->host[i].address.ip, p.local.ip, 4) == 0)
            assert_int_equal(l2tpsec_input(n->host[i].ctx, &p, 1, n->now), L2TPSEC_OK);
}

static void play_all(struct pair *p)
{
    struct recorder *r = p->net.test;
    size_t got = p->server->n_inbox + p->client->n_inbox, said = p->server->n_said + p->client->n_said;

    r->busy = true;
    r->answers = 0;
    for (unsigned i = 0; i < r->n; i++) {
        play(&p->net, &r->kept[i], false);
        play(&p->net, &r->kept[i], true);
    }
    r->busy = false;
    assert_int_equal(p->server->n_inbox + p->client->n_inbox, got);
    assert_int_equal(p->server->n_said + p->client->n_said, said);
    assert_in_range(r->answers, 0, r->n); /* of two copies each: the last of an exchange may be lost again and again */
}

static void nothing_is_accepted_twice_however_old_nor_thrown_back(void **state)
{
    static struct recorder r;
    struct pair p;
    struct said c, s;

    (void)state;
    pair_setup(&p, 7101);
    pair_set(p.cp, "ike.proposals", "aes128-sha256-x25519");
    pair_set(p.sp, "ike.proposals", "aes128-sha256-x25519");
    pair_set(p.cp, "esp.lifetime", "30");
    pair_set(p.cp, "ike.lifetime", "60");
    p.net.spy = record;
    p.net.test = &r;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    for (unsigned i = 0; i < 20; i++) {
        size_t at_server = p.server->n_inbox, at_client = p.client->n_inbox;
        for (unsigned k = 0; k < 10; k++) {
            assert_int_equal(net_send(p.client, c.link, &c.address, &c.peer_address, 100, k), 0);
            assert_int_equal(net_send(p.server, s.link, &s.address, &s.peer_address, 100, k), 0);
            net_run(&p.net, SECOND);
        }
        assert_int_equal(p.server->n_inbox - at_server, 10);
        assert_int_equal(p.client->n_inbox - at_client, 10);
        play_all(&p);
    }
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, c.link, &st), L2TPSEC_OK);
    assert_in_range(st.rekeys, 5, 100);
    print_message("# %u datagrams, %llu rekeys\n", r.n, (unsigned long long)st.rekeys);
    /* And when the link is gone, its recording brings nothing back. */
    assert_int_equal(l2tpsec_close(p.client->ctx, 0, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 10 * SECOND);
    play_all(&p);
    net_run(&p.net, 60 * SECOND);
    assert_int_equal(l2tpsec_get_stats(p.server->ctx, 0, &st), L2TPSEC_OK);
    assert_int_equal(st.half_open, 0);
    assert_int_equal(st.links, 0);
    net_fini(&p.net);
    for (unsigned i = 0; i < r.n; i++)
        free(r.kept[i].bytes);
}

/* ---- downgrade ------------------------------------------------------------------------------------------------- */

/* The strongest transform of message 1 made into one that nobody takes. */
static bool weaken(struct net *n, l2tpsec_packet *p)
{
    static const uint8_t bits_256[] = {0x80, 14, 1, 0}, bits_192[] = {0x80, 14, 0, 192};
    unsigned *done = n->test;

    if (p->len < 28 || p->data[18] != 2 || p->data[16] != 1)
        return true;
    for (size_t i = 28; done && i + 4 < p->len && p->remote.ip[3] == 1; i++) {
        if (memcmp(p->data + i, bits_256, 4) == 0) {
            memcpy(p->data + i, bits_192, 4);
            (*done)++;
        }
    }
    return true;
}

static void an_offer_weakened_on_the_way_brings_no_link(void **state)
{
    unsigned done = 0;
    struct pair p;
    struct said c, s;

    (void)state;
    pair_setup(&p, 7102);
    pair_set(p.cp, "ike.proposals", "aes256-sha256-x25519, aes128-sha256-x25519");
    pair_set(p.sp, "ike.proposals", "aes256-sha256-x25519, aes128-sha256-x25519");
    p.net.spy = weaken;
    p.net.test = &done;
    pair_listen(&p);
    net_connect(p.client, p.server, p.cp);
    net_run(&p.net, 60 * SECOND);
    assert_in_range(done, 1, 100);
    assert_null(net_last(p.client, L2TPSEC_EVENT_UP));
    assert_null(net_last(p.server, L2TPSEC_EVENT_UP));
    assert_non_null(net_last(p.server, L2TPSEC_EVENT_REFUSED)); /* of the proof, which covers the offer */
    p.net.test = NULL;
    assert_int_equal(l2tpsec_close(p.client->ctx, 0, p.net.now), L2TPSEC_OK);
    net_run(&p.net, 60 * SECOND);
    pair_up(&p, p.client, p.cp, &c, &s);
    net_fini(&p.net);
}

/* ---- guesses --------------------------------------------------------------------------------------------------- */

static unsigned refusals(const struct host *h, uint64_t since)
{
    unsigned n = 0;

    for (size_t i = 0; i < h->n_said && i < NET_EVENTS; i++)
        n += h->said[i].type == L2TPSEC_EVENT_REFUSED && h->said[i].time >= since;
    return n;
}

static void guesses_of_the_key_are_few_and_told(void **state)
{
    static const unsigned guesses = 400;
    struct pair p;
    struct said c, s;

    (void)state;
    pair_setup(&p, 7103);
    pair_set(p.cp, "ike.proposals", "aes128-sha256-x25519");
    pair_set(p.sp, "ike.proposals", "aes128-sha256-x25519");
    pair_listen(&p);
    struct host *guesser = net_host(&p.net, "198.51.100.66");
    l2tpsec_profile *gp = net_client_profile(guesser);
    pair_set(gp, "ike.proposals", "aes128-sha256-x25519");
    pair_set(gp, "ike.psk", "is it this one, perhaps?");
    uint64_t began = p.net.now, drops[L2TPSEC_DROP_COUNT];
    for (unsigned i = 0; i < guesses; i++)
        net_connect(guesser, p.server, gp);
    net_run(&p.net, SECOND / 2);
    assert_int_equal(l2tpsec_get_drops(p.server->ctx, 0, drops, L2TPSEC_DROP_COUNT), L2TPSEC_OK);
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.server->ctx, 0, &st), L2TPSEC_OK);
    assert_int_equal(st.half_open, 1024 / 4); /* of all that there may be, a quarter for one address */
    assert_in_range(drops[L2TPSEC_DROP_LIMIT], guesses - 256, UINT64_MAX);
    assert_in_range(refusals(p.server, began), 1, 17);
    const struct said *told = net_last(p.server, L2TPSEC_EVENT_REFUSED);
    assert_int_equal(told->cause, L2TPSEC_CAUSE_PSK);
    assert_memory_equal(told->remote.ip, guesser->address.ip, 4);
    pair_up(&p, p.client, p.cp, &c, &s); /* others come in meanwhile */
    net_fini(&p.net);
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* What a client hears whose name, or whose password, is none. */
static void hears(const char *method, const char *user, struct said *said, uint64_t *sent)
{
    struct pair p;

    pair_setup(&p, 7104);
    pair_set(p.cp, "ppp.auth", method);
    pair_set(p.sp, "ppp.auth", method);
    pair_set(p.cp, "ppp.user", user);
    pair_set(p.cp, "ppp.password", "looking-glass");
    pair_listen(&p);
    *said = *pair_fails(&p, 60 * SECOND);
    *sent = p.net.sent;
    net_fini(&p.net);
}

static void a_wrong_name_is_refused_like_a_wrong_password(void **state)
{
    static const char *const methods[] = {"mschapv2", "chap", "pap", "eap-mschapv2"};
    struct said name, password;
    uint64_t sent[2];

    (void)state;
    for (unsigned i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        hears(methods[i], "alice", &password, &sent[0]);
        hears(methods[i], "nanny", &name, &sent[1]);
        assert_int_equal(name.cause, password.cause);
        assert_int_equal(name.layer, password.layer);
        assert_string_equal(name.step, password.step);
        assert_string_equal(name.offered, password.offered);
        assert_string_equal(name.hint, password.hint);
        assert_int_equal(name.windows_code, password.windows_code);
        assert_int_equal(name.time, password.time);
        assert_int_equal(sent[0], sent[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_accepted_twice_however_old_nor_thrown_back),
        cmocka_unit_test(an_offer_weakened_on_the_way_brings_no_link),
        cmocka_unit_test(guesses_of_the_key_are_few_and_told),
        cmocka_unit_test(a_wrong_name_is_refused_like_a_wrong_password),
    };

    return cmocka_run_group_tests_name("intruders", tests, NULL, NULL);
}
