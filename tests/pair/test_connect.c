/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "pair/pair.h"

static void a_client_gets_an_address_dns_and_traffic(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 1);
    pair_listen(&p);
    uint64_t start = p.net.now;
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_true(p.net.now - start < 2 * SECOND);
    assert_int_equal(c.address.family, 4);
    assert_memory_equal(c.address.ip, "\x0a\x4d", 2); /* of the pool */
    assert_memory_equal(c.peer_address.ip, "\x0a\x4d\x00\x01", 4);
    assert_memory_equal(c.dns[0].ip, "\x0a\x4d\x00\x01", 4);
    assert_memory_equal(c.dns[1].ip, "\x09\x09\x09\x09", 4);
    assert_memory_equal(s.peer_address.ip, c.address.ip, 4);
    assert_string_equal(c.text, "up: ESP aes256gcm16 as IP protocol 50");
    assert_string_equal(s.text, c.text);
    assert_string_equal(p.client->said[0].text, "IKE: phase 1 is up with 192.0.2.1: aes256-sha256-modp2048");
    assert_string_equal(p.client->said[1].text, "IKE: phase 2 is up: ESP aes256gcm16 as IP protocol 50");
    assert_string_equal(s.user, "alice");
    assert_true(c.mtu >= 1280 && c.mtu <= 1400);
    assert_int_equal(pair_pings(&p, p.client, &c, 50, 84), 50);
    assert_int_equal(pair_pings(&p, p.client, &c, 5, c.mtu), 5);

    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.client->ctx, c.link, &st), L2TPSEC_OK);
    assert_int_equal(st.packets_out, 55);
    assert_int_equal(st.packets_in, 55);
    net_fini(&p.net);
}

static void hmac_sha256_cut_at_96_bits_carries_traffic_when_both_cut(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 2);
    pair_set(p.cp, "esp.proposals", "aes256-sha256");
    pair_set(p.sp, "esp.proposals", "aes256-sha256");
    pair_set(p.cp, "esp.sha256_96", "always");
    pair_set(p.sp, "esp.sha256_96", "always");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 20, 84), 20);
    net_fini(&p.net);
}

static void hmac_sha256_cut_by_one_side_only_brings_no_link(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 3);
    pair_set(p.cp, "esp.proposals", "aes256-sha256");
    pair_set(p.sp, "esp.proposals", "aes256-sha256");
    pair_set(p.cp, "esp.sha256_96", "always");
    pair_set(p.sp, "esp.sha256_96", "never");
    pair_listen(&p);
    assert_int_equal(pair_fails(&p, 300 * SECOND)->layer, L2TPSEC_LAYER_L2TP);
    net_fini(&p.net);
}

/* As Sophos' server does it. */
static void a_server_that_cuts_hmac_sha256_at_96_bits_is_found_out_by_its_silence(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 24);
    pair_set(p.cp, "esp.proposals", "aes256-sha256");
    pair_set(p.cp, "esp.lifetime", "600");
    pair_set(p.sp, "esp.sha256_96", "always");
    pair_listen(&p);
    uint64_t from = p.net.now;
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_in_range(p.net.now - from, 4 * SECOND, 7 * SECOND);
    assert_int_equal(pair_pings(&p, p.client, &c, 20, 84), 20);
    net_run(&p.net, 3600 * SECOND); /* and what follows is cut like it */
    assert_non_null(net_last(p.client, L2TPSEC_EVENT_REKEYED));
    assert_null(net_last(p.client, L2TPSEC_EVENT_DOWN));
    assert_int_equal(pair_pings(&p, p.client, &c, 20, 84), 20);

    assert_int_equal(l2tpsec_close(p.server->ctx, s.link, p.net.now), L2TPSEC_OK);
    size_t said = p.client->n_said;
    int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, said, 60 * SECOND);
    assert_true(at >= 0);
    const struct said *down = net_last(p.client, L2TPSEC_EVENT_DOWN);
    assert_in_range(p.net.now - down->time, SECOND, 3 * SECOND); /* when it dials again, it knows */
    net_fini(&p.net);
}

static int32_t key_of_the_group(struct host *h, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len)
{
    const char *word = q->kind == L2TPSEC_SECRET_PSK ? "of this group alone" : "wonderland";
    bool group = q->name_len == 5 && memcmp(q->name, "sales", 5) == 0;

    (void)h;
    if (q->kind == L2TPSEC_SECRET_PSK && !group)
        return L2TPSEC_ENOENT;
    assert_true(strlen(word) <= cap);
    memcpy(secret, word, strlen(word));
    *len = strlen(word);
    return L2TPSEC_OK;
}

static void in_aggressive_mode_a_group_has_its_own_key(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 4);
    p.server->secret = key_of_the_group;
    pair_set(p.sp, "ike.aggressive", "1");
    pair_set(p.cp, "ike.mode", "aggressive");
    pair_set(p.cp, "ike.id", "keyid:73616c6573");
    pair_set(p.cp, "ike.psk", "of this group alone");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 20, 84), 20);
    const struct said *weak[] = {net_last(p.client, L2TPSEC_EVENT_LEGACY), net_last(p.server, L2TPSEC_EVENT_LEGACY)};
    for (unsigned i = 0; i < 2; i++) {
        assert_non_null(weak[i]);
        assert_non_null(strstr(weak[i]->text, "aggressive mode"));
        assert_null(strstr(weak[i]->text, "3DES"));
    }

    struct host *other = net_host(&p.net, "198.51.100.98"); /* no group, and the key for all */
    l2tpsec_profile *op = net_client_profile(other);
    pair_set(op, "ike.mode", "aggressive");
    pair_up(&p, other, op, &c, &s);
    net_fini(&p.net);
}

static bool is_readable(const l2tpsec_packet *p, const void *needle, size_t n)
{
    for (size_t i = 0; i + n <= p->len; i++) {
        if (memcmp(p->data + i, needle, n) == 0)
            return true;
    }
    return false;
}

static bool spy_plaintext(struct net *n, l2tpsec_packet *p)
{
    if (is_readable(p, "alice", 5) || is_readable(p, "wonderland", 10) || p->local.port == 1701)
        n->plaintext++;
    if (p->transport == L2TPSEC_TRANSPORT_ESP)
        *(unsigned *)n->test += 1;
    return true;
}

static void without_nat_raw_esp_is_used_and_nothing_is_readable(void **state)
{
    struct pair p;
    struct said c, s;
    unsigned esp = 0;
    (void)state;

    pair_setup(&p, 2);
    pair_set(p.cp, "ppp.auth", "pap");
    pair_set(p.sp, "ppp.auth", "pap");
    p.net.spy = spy_plaintext;
    p.net.test = &esp;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_true(esp > 10);
    assert_int_equal(p.net.plaintext, 0);
    net_fini(&p.net);
}

static void encapsulation_can_be_forced_without_nat(void **state)
{
    struct pair p;
    struct said c, s;
    unsigned esp = 0;
    (void)state;

    pair_setup(&p, 3);
    pair_set(p.cp, "esp.encap", "always");
    p.net.spy = spy_plaintext;
    p.net.test = &esp;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(esp, 0);
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_fini(&p.net);
}

static bool only_udp_passes(struct net *n, l2tpsec_packet *p)
{
    (void)n;
    return p->transport != L2TPSEC_TRANSPORT_ESP;
}

static void where_esp_does_not_pass_it_is_carried_in_udp(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 21);
    p.net.spy = only_udp_passes;
    pair_listen(&p);
    uint64_t from = p.net.now;
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_in_range(p.net.now - from, 8 * SECOND, 10 * SECOND);
    assert_non_null(strstr(c.text, "in UDP"));
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    assert_null(net_last(p.client, L2TPSEC_EVENT_FAILED));

    net_reboot(p.server); /* what was learned is known when it dials again */
    p.sp = net_server_profile(p.server);
    pair_listen(&p);
    int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, p.client->n_said, 120 * SECOND);
    assert_true(at >= 0);
    const struct said *down = net_last(p.client, L2TPSEC_EVENT_DOWN);
    assert_non_null(down);
    assert_in_range(p.net.now - down->time, 0, 5 * SECOND);
    net_fini(&p.net);
}

/* Nor does what begins at port 500 and goes on at 4500. */
static bool only_port_500_passes(struct net *n, l2tpsec_packet *p)
{
    const uint64_t *until = n->test;

    return n->now >= *until || (p->transport == L2TPSEC_TRANSPORT_UDP && p->local.port == 500);
}

static void where_neither_passes_the_key_is_not_blamed(void **state)
{
    uint64_t for_ever = UINT64_MAX;
    struct pair p;
    (void)state;

    pair_setup(&p, 25);
    p.net.spy = only_port_500_passes;
    p.net.test = &for_ever;
    pair_listen(&p);
    const struct said *f = pair_fails(&p, 60 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_NO_ANSWER);
    assert_non_null(strstr(f->hint, "4500"));
    net_fini(&p.net);
}

static void where_a_link_was_up_as_protocol_50_it_is_not_tried_in_udp(void **state)
{
    uint64_t until;
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 26);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    until = p.net.now + 90 * SECOND; /* IKE is there again long before the rest */
    p.net.test = &until;
    p.net.spy = only_port_500_passes;
    net_reboot(p.server);
    p.sp = net_server_profile(p.server);
    pair_listen(&p);
    int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, p.client->n_said, 200 * SECOND);
    assert_true(at >= 0);
    assert_non_null(strstr(p.client->said[at % NET_EVENTS].text, "as IP protocol 50"));
    assert_true(p.net.now >= until);
    for (size_t i = 0; i < NET_EVENTS; i++)
        assert_null(strstr(p.client->said[i].text, "ESP in UDP"));
    net_fini(&p.net);
}

static void where_it_must_not_be_it_is_not(void **state)
{
    struct pair p;
    (void)state;

    pair_setup(&p, 22);
    p.net.spy = only_udp_passes;
    pair_set(p.cp, "esp.encap", "never");
    pair_listen(&p);
    const struct said *f = pair_fails(&p, 60 * SECOND);
    assert_int_equal(f->cause, L2TPSEC_CAUSE_NO_ANSWER);
    assert_int_equal(f->layer, L2TPSEC_LAYER_L2TP);
    net_fini(&p.net);
}

/* It answers once, and then not for a long while. */
static bool stall(struct net *n, l2tpsec_packet *p)
{
    uint64_t *until = n->test;

    return p->transport != L2TPSEC_TRANSPORT_ESP || p->len > 100 || n->now >= *until; /* SCCRQ and SCCRP pass */
}

static void a_server_that_is_slow_is_not_taken_for_one_that_esp_does_not_reach(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 23);
    uint64_t until = p.net.now + 13 * SECOND;
    p.net.spy = stall;
    p.net.test = &until;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_true(p.net.now > until);
    assert_non_null(strstr(c.text, "as IP protocol 50"));
    assert_int_equal(pair_pings(&p, p.client, &c, 5, 100), 5);
    net_fini(&p.net);
}

static void two_clients_behind_one_nat_do_not_disturb_each_other(void **state)
{
    struct pair p;
    struct said c1, c2, s1, s2;
    (void)state;

    pair_setup(&p, 4);
    p.net.nat = p.client->address;
    p.net.nat.ip[3] = 200;
    struct host *second = net_host(&p.net, "198.51.100.8");
    p.client->behind_nat = second->behind_nat = true;
    l2tpsec_profile *cp2 = net_client_profile(second);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c1, &s1);
    pair_up(&p, second, cp2, &c2, &s2);
    assert_memory_not_equal(c1.address.ip, c2.address.ip, 4);
    assert_int_equal(pair_pings(&p, p.client, &c1, 10, 100), 10);
    assert_int_equal(pair_pings(&p, second, &c2, 10, 100), 10);

    assert_int_equal(l2tpsec_close(p.client->ctx, 0, p.net.now), L2TPSEC_OK);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_DOWN, 0, 10 * SECOND) >= 0);
    assert_int_equal(pair_pings(&p, second, &c2, 10, 100), 10);
    net_fini(&p.net);
}

static void a_nat_that_changes_ports_is_followed_within_seconds(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 5);
    p.net.nat = p.client->address;
    p.net.nat.ip[3] = 200;
    p.client->behind_nat = true;
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(pair_pings(&p, p.client, &c, 3, 100), 3);
    p.net.nat_shift = 100;
    assert_int_equal(pair_pings(&p, p.client, &c, 10, 100), 10); /* the server answers to where it came from */
    assert_non_null(net_last(p.server, L2TPSEC_EVENT_MOVED));
    net_fini(&p.net);
}

/* When the client's informational messages went out. */
struct notices {
    unsigned n;
    uint64_t at[8];
};

static bool spy_notices(struct net *n, l2tpsec_packet *p)
{
    struct notices *seen = n->test;

    if (p->transport == L2TPSEC_TRANSPORT_UDP && p->local.port == 500 && p->local.ip[3] == 7 && p->data[18] == 5 &&
        seen->n < 8)
        seen->at[seen->n++] = n->now;
    return true;
}

static void closing_says_goodbye_at_every_layer_and_takes_no_time(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 6);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    uint64_t start = p.net.now;
    struct notices deletes = {.n = 0};
    p.net.spy = spy_notices;
    p.net.test = &deletes;
    assert_int_equal(l2tpsec_close(p.client->ctx, c.link, start), L2TPSEC_OK);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_DOWN, 0, 10 * SECOND) >= 0);
    assert_true(p.net.now - start < SECOND);
    assert_int_equal(deletes.n,
                     2); /* of the pair and of the IKE SA; a peer with threads must not take up the second first */
    assert_true(deletes.at[1] - deletes.at[0] >= SECOND / 20);
    assert_int_equal(net_last(p.client, L2TPSEC_EVENT_DOWN)->cause, L2TPSEC_CAUSE_CLOSED_BY_HOST);
    assert_true(net_wait(&p.net, p.server, L2TPSEC_EVENT_DOWN, 0, SECOND) >= 0);
    assert_int_equal(net_last(p.server, L2TPSEC_EVENT_DOWN)->cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    assert_int_equal(l2tpsec_close(p.client->ctx, c.link, p.net.now), L2TPSEC_ENOENT);
    net_run(&p.net, 120 * SECOND);

    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.server->ctx, 0, &st), L2TPSEC_OK);
    assert_int_equal(st.links, 0);
    assert_true(l2tpsec_next_timeout(p.server->ctx) == L2TPSEC_NEVER);
    assert_true(l2tpsec_next_timeout(p.client->ctx) == L2TPSEC_NEVER);
    net_fini(&p.net);
}

static void the_server_can_hang_up_too(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 7);
    pair_set(p.cp, "link.reconnect", "0");
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    assert_int_equal(l2tpsec_close(p.server->ctx, 0, p.net.now), L2TPSEC_OK);
    assert_true(net_wait(&p.net, p.server, L2TPSEC_EVENT_DOWN, 0, 5 * SECOND) >= 0);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_DOWN, 0, 5 * SECOND) >= 0);
    assert_int_equal(net_last(p.client, L2TPSEC_EVENT_DOWN)->cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    net_run(&p.net, 120 * SECOND);
    assert_true(l2tpsec_next_timeout(p.client->ctx) == L2TPSEC_NEVER);
    net_fini(&p.net);
}

/* What is under way when the host hangs up may have a cause for which it would be dialled again. */
static void whatever_ends_already_a_hang_up_is_the_end(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 9);
    pair_listen(&p);
    for (unsigned i = 0; i < 8; i++) {
        p.client->n_said = p.server->n_said = 0;
        pair_up(&p, p.client, p.cp, &c, &s);
        assert_int_equal(l2tpsec_close(p.server->ctx, s.link, p.net.now), L2TPSEC_OK);
        net_run(&p.net, i * 2 * p.net.delay / 3);
        p.client->n_said = 0;
        assert_int_equal(l2tpsec_close(p.client->ctx, c.link, p.net.now), L2TPSEC_OK);
        net_run(&p.net, 120 * SECOND);
        assert_null(net_last(p.client, L2TPSEC_EVENT_UP));
        assert_true(l2tpsec_next_timeout(p.client->ctx) == L2TPSEC_NEVER);
    }
    net_fini(&p.net);
}

static void each_proposal_and_each_password_method_works(void **state)
{
    static const char *const runs[][4] = {
        {"compatible", "aes256-sha1-modp2048", "aes256-sha1", "mschapv2"},
        {"compatible", "aes128-sha256-ecp256", "aes128-sha256", "chap"},
        {"modern", "aes256-sha384-ecp384", "aes256gcm16", "mschapv2"},
        {"modern", "aes128-sha256-x25519", "aes128gcm16-modp2048", "mschapv2"},
        {"modern", "aes192-sha512-ecp521", "aes256-sha512-ecp256", "mschapv2"},
        {"modern", "aes256-sha256-modp3072", "aes256-sha384-x25519", "mschapv2"},
        {"legacy", "3des-md5-modp1024", "3des-sha1", "pap"},
        {"legacy", "3des-sha1-modp1536", "aes128-md5", "chap"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct pair p;
        struct said c, s;
        pair_setup(&p, 100 + i);
        pair_set(p.cp, "preset", runs[i][0]);
        pair_set(p.sp, "preset", runs[i][0]);
        pair_set(p.cp, "ike.proposals", runs[i][1]);
        pair_set(p.sp, "ike.proposals", runs[i][1]);
        pair_set(p.cp, "esp.proposals", runs[i][2]);
        pair_set(p.sp, "esp.proposals", runs[i][2]);
        pair_set(p.cp, "ppp.auth", runs[i][3]);
        pair_set(p.sp, "ppp.auth", runs[i][3]);
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        assert_int_equal(pair_pings(&p, p.client, &c, 3, 600), 3);
        if (strcmp(runs[i][0], "legacy") == 0)
            assert_non_null(strstr(net_last(p.client, L2TPSEC_EVENT_LEGACY)->text, "3DES"));
        net_fini(&p.net);
    }
}

static void a_client_that_crashed_and_came_back_replaces_its_old_link(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 8);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    struct host *reborn = net_host(&p.net, "198.51.100.7");
    struct host old = *p.client;
    p.client->off = true;
    p.client->address.ip[3] = 250; /* gone from there */
    (void)old;
    pair_up(&p, reborn, net_client_profile(reborn), &c, &s);
    assert_int_equal(pair_pings(&p, reborn, &c, 5, 100), 5);
    net_run(&p.net, 5 * SECOND);
    l2tpsec_stats st = {.size = sizeof st};
    assert_int_equal(l2tpsec_get_stats(p.server->ctx, 0, &st), L2TPSEC_OK);
    assert_int_equal(st.links, 1);
    net_fini(&p.net);
}

static void a_restarted_server_is_found_again_without_help(void **state)
{
    struct pair p;
    struct said c, s;
    (void)state;

    pair_setup(&p, 9);
    pair_listen(&p);
    pair_up(&p, p.client, p.cp, &c, &s);
    /* the server is gone and a new one has its address */
    struct host *reborn = net_host(&p.net, "192.0.2.1");
    p.server->address.ip[3] = 250;
    p.server->off = true;
    l2tpsec_profile *sp = net_server_profile(reborn);
    assert_int_equal(l2tpsec_listen(reborn->ctx, sp, p.net.now), L2TPSEC_OK);
    uint64_t start = p.net.now;
    size_t from = p.client->n_said;
    int at = -1;
    while (at < 0 && p.net.now - start < 60 * SECOND) { /* somebody wants to send */
        (void)net_send(p.client, c.link, &c.address, &c.peer_address, 100, 0);
        at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, from, SECOND);
    }
    assert_true(at >= 0);
    assert_true(p.net.now - start < 30 * SECOND);
    net_fini(&p.net);
}

static int32_t later(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    uint64_t *token = h->test;

    (void)out, (void)cap, (void)len;
    token[q->kind] = q->token;
    return L2TPSEC_EAGAIN;
}

static int32_t address_later(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    uint64_t *token = h->test;

    (void)out;
    token[3] = q->token;
    return L2TPSEC_EAGAIN;
}

static void every_question_may_be_answered_later(void **state)
{
    struct pair p;
    uint64_t token[4] = {0};
    l2tpsec_profile *bare = NULL;
    (void)state;

    pair_setup(&p, 10);
    assert_int_equal(l2tpsec_profile_new(p.server->ctx, &bare), L2TPSEC_OK);
    pair_set(bare, "server.address", "10.77.0.1");
    p.server->test = token;
    p.server->secret = later;
    p.server->address_cb = address_later;
    assert_int_equal(l2tpsec_listen(p.server->ctx, bare, p.net.now), L2TPSEC_OK);
    net_connect(p.client, p.server, p.cp);
    for (unsigned i = 0; i < 100 && !token[L2TPSEC_SECRET_PSK]; i++)
        net_run(&p.net, SECOND / 10);
    assert_true(token[L2TPSEC_SECRET_PSK] != 0);
    assert_int_equal(l2tpsec_answer(p.server->ctx, token[L2TPSEC_SECRET_PSK], "a long enough test key", 22, p.net.now),
                     L2TPSEC_OK);
    for (unsigned i = 0; i < 100 && !token[L2TPSEC_SECRET_PASSWORD]; i++)
        net_run(&p.net, SECOND / 10);
    assert_true(token[L2TPSEC_SECRET_PASSWORD] != 0);
    assert_int_equal(l2tpsec_answer(p.server->ctx, token[L2TPSEC_SECRET_PASSWORD], "wonderland", 10, p.net.now),
                     L2TPSEC_OK);
    for (unsigned i = 0; i < 100 && !token[3]; i++)
        net_run(&p.net, SECOND / 10);
    assert_true(token[3] != 0);
    l2tpsec_addresses a = {.size = sizeof a, .peer = {.family = 4, .ip = {172, 16, 5, 9}}};
    assert_int_equal(l2tpsec_answer_address(p.server->ctx, token[3], &a, p.net.now), L2TPSEC_OK);
    int at = net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 10 * SECOND);
    assert_true(at >= 0);
    assert_memory_equal(p.client->said[at].address.ip, "\xac\x10\x05\x09", 4);
    assert_int_equal(l2tpsec_answer(p.server->ctx, token[L2TPSEC_SECRET_PASSWORD] + 4, "x", 1, p.net.now),
                     L2TPSEC_ENOENT);
    net_fini(&p.net);
}

static int32_t third_key(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    static const char *const keys[] = {"wrong key number one", "wrong key number two", "a long enough test key"};

    (void)h, (void)cap;
    if (q->kind == L2TPSEC_SECRET_PASSWORD) {
        memcpy(out, "wonderland", *len = 10);
        return L2TPSEC_OK;
    }
    if (q->candidate >= 3)
        return L2TPSEC_ENOENT;
    memcpy(out, keys[q->candidate], *len = strlen(keys[q->candidate]));
    return L2TPSEC_OK;
}

static void several_psks_are_tried_until_one_fits(void **state)
{
    struct pair p;
    l2tpsec_profile *bare = NULL;
    (void)state;

    pair_setup(&p, 11);
    assert_int_equal(l2tpsec_profile_new(p.server->ctx, &bare), L2TPSEC_OK);
    pair_set(bare, "server.address", "10.77.0.1");
    pair_set(bare, "server.pool", "10.77.0.0/24");
    p.server->secret = third_key;
    assert_int_equal(l2tpsec_listen(p.server->ctx, bare, p.net.now), L2TPSEC_OK);
    net_connect(p.client, p.server, p.cp);
    assert_true(net_wait(&p.net, p.client, L2TPSEC_EVENT_UP, 0, 10 * SECOND) >= 0);
    net_fini(&p.net);
}

static void the_trace_is_the_same_however_often_the_host_wakes(void **state)
{
    uint64_t hash[2];
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct said c, s;
        pair_setup(&p, 12);
        p.net.step = i ? 1000 : 0;
        p.net.loss = 10;
        pair_listen(&p);
        pair_up(&p, p.client, p.cp, &c, &s);
        (void)pair_pings(&p, p.client, &c, 10, 100);
        net_run(&p.net, 100 * SECOND);
        l2tpsec_close(p.client->ctx, 0, p.net.now);
        net_run(&p.net, 20 * SECOND);
        hash[i] = p.net.trace_hash;
        net_fini(&p.net);
    }
    assert_true(hash[0] == hash[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_gets_an_address_dns_and_traffic),
        cmocka_unit_test(hmac_sha256_cut_at_96_bits_carries_traffic_when_both_cut),
        cmocka_unit_test(in_aggressive_mode_a_group_has_its_own_key),
        cmocka_unit_test(hmac_sha256_cut_by_one_side_only_brings_no_link),
        cmocka_unit_test(a_server_that_cuts_hmac_sha256_at_96_bits_is_found_out_by_its_silence),
        cmocka_unit_test(without_nat_raw_esp_is_used_and_nothing_is_readable),
        cmocka_unit_test(encapsulation_can_be_forced_without_nat),
        cmocka_unit_test(where_esp_does_not_pass_it_is_carried_in_udp),
        cmocka_unit_test(where_neither_passes_the_key_is_not_blamed),
        cmocka_unit_test(where_a_link_was_up_as_protocol_50_it_is_not_tried_in_udp),
        cmocka_unit_test(where_it_must_not_be_it_is_not),
        cmocka_unit_test(a_server_that_is_slow_is_not_taken_for_one_that_esp_does_not_reach),
        cmocka_unit_test(two_clients_behind_one_nat_do_not_disturb_each_other),
        cmocka_unit_test(a_nat_that_changes_ports_is_followed_within_seconds),
        cmocka_unit_test(closing_says_goodbye_at_every_layer_and_takes_no_time),
        cmocka_unit_test(the_server_can_hang_up_too),
        cmocka_unit_test(whatever_ends_already_a_hang_up_is_the_end),
        cmocka_unit_test(each_proposal_and_each_password_method_works),
        cmocka_unit_test(a_client_that_crashed_and_came_back_replaces_its_old_link),
        cmocka_unit_test(a_restarted_server_is_found_again_without_help),
        cmocka_unit_test(every_question_may_be_answered_later),
        cmocka_unit_test(several_psks_are_tried_until_one_fits),
        cmocka_unit_test(the_trace_is_the_same_however_often_the_host_wakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
