/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Quick mode (RFC 2409, 5.5), both sides: what is agreed, and what stays when it goes wrong. The group is a cheap one
 * wherever it does not matter. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/sa.h"
#include "ike/v1/child.h"
#include "ike/v1/quick_mode.h"

#include <stdio.h>
#include <string.h>

#define QUICK 3 /* messages */
#define LIFE 3600

/* ---- suites ----------------------------------------------------------------------------------------------------------- */

static bool blank(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

/* As long as the suite says, and nothing behind it. */
static void assert_filled(const uint8_t *key, size_t n, size_t cap)
{
    assert_true(n <= cap);
    assert_true(n == 0 || !blank(key + n - 4, 4));
    assert_true(blank(key + n, cap - n));
}

/* Bring up a pair with this proposal on both sides; false: it was left out when this was built. */
static bool comes_up_with(const char *esp, bool cheap)
{
    struct l2s_esp_policy policy;
    const char *error;
    size_t len;
    struct rig r;

    if (l2s_esp_policy_parse(esp, &policy, &error, &len) == L2TPSEC_EUNSUP)
        return false;
    assert_int_equal(policy.n, 1);
    rig_init(&r);
    if (cheap)
        rig_cheap_dh(&r);
    r.end[0].cfg.esp = r.end[1].cfg.esp = policy;
    rig_up(&r);
    rig_run(&r, L2S_SECOND);
    rig_assert_up(&r);
    for (unsigned i = 0; i < 2; i++) {
        const struct rig_child *c = &r.end[i].child[0];
        size_t enc = l2s_esp_enc_key_len(&policy.p[0].suite), auth = l2s_esp_auth_key_len(&policy.p[0].suite);
        assert_int_equal(c->suite.cipher, policy.p[0].suite.cipher);
        assert_int_equal(c->suite.auth, policy.p[0].suite.auth);
        assert_int_equal(c->suite.key_len, policy.p[0].suite.key_len);
        assert_int_equal(c->legacy, l2s_esp_proposal_legacy(&policy.p[0]));
        assert_filled(c->enc_in, enc, sizeof c->enc_in); /* the peer's enc_out: rig_assert_joined */
        assert_filled(c->auth_in, auth, sizeof c->auth_in);
        assert_int_equal(c->local_port, 1701);
        assert_int_equal(c->remote_port, 1701);
        assert_int_equal(c->lifetime_s, LIFE);
        assert_int_equal(c->lifetime_bytes, 0);
        assert_int_equal(c->initiator, i == 0);
        assert_false(c->unconfirmed);
    }
    if (cheap) /* of both sides, to make a key pair and to agree; twice with PFS */
        assert_int_equal(rig_dh_calls, policy.p[0].group == L2S_GROUP_NONE ? 4 : 8);
    rig_fini(&r);
    return true;
}

static void every_suite_is_agreed_with_and_without_pfs(void **state)
{
    static const char *const ciphers[] = {"aes128", "aes192", "aes256", "3des"};
    static const char *const hashes[] = {"md5", "sha1", "sha256", "sha384", "sha512"};
    static const char *const aeads[] = {"aes128gcm16", "aes192gcm16", "aes256gcm16"};
    char esp[48];

    (void)state;
    for (unsigned pfs = 0; pfs < 2; pfs++) {
        const char *group = pfs ? "-x25519" : "";
        for (size_t i = 0; i < L2S_COUNT_OF(ciphers) * L2S_COUNT_OF(hashes); i++) {
            size_t cipher = i / L2S_COUNT_OF(hashes), hash = i % L2S_COUNT_OF(hashes);
            snprintf(esp, sizeof esp, "%s-%s%s", ciphers[cipher], hashes[hash], group);
            bool built = comes_up_with(esp, true);
            if (cipher < 3 && hash > 0) /* no build leaves these out */
                assert_true(built);
        }
        for (size_t i = 0; i < L2S_COUNT_OF(aeads); i++) {
            snprintf(esp, sizeof esp, "%s%s", aeads[i], group);
            assert_true(comes_up_with(esp, true));
        }
    }
}

static void every_group_serves_for_pfs(void **state)
{
    static const char *const groups[] = {"modp2048", "modp3072", "ecp256", "ecp384", "ecp521", "x25519"};
    char esp[48];

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(groups); i++) {
        snprintf(esp, sizeof esp, "aes256-sha512-%s", groups[i]);
        assert_true(comes_up_with(esp, false));
    }
}

/* RouterOS asks for PFS with MODP-1024 unless it is told otherwise; whose groups are named gets those alone. */
static void a_weak_group_will_do_for_pfs_where_none_would(void **state)
{
    static const struct {
        const char *preset;
        bool named, fits;
    } cases[] = {
        {"modern", false, false}, {"compatible", false, true}, {"compatible", true, false}, {"legacy", false, true}};
    const char *error;
    size_t len;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases) && L2S_WITH_LEGACY_MODP; i++) {
        struct l2s_esp_policy esp;
        struct rig r;
        rig_init(&r);
        rig_propose(&r, "aes256-sha256-x25519", "aes256-sha256-modp1024");
        assert_int_equal(l2s_policy_preset(cases[i].preset, &r.end[1].cfg.ike, &esp), L2TPSEC_OK);
        if (cases[i].named)
            assert_int_equal(l2s_ike_policy_parse("aes256-sha256-x25519", &r.end[1].cfg.ike, &error, &len), L2TPSEC_OK);
        r.end[1].cfg.esp = esp;
        rig_listen(&r);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, 2 * L2S_SECOND);
        assert_int_equal(r.end[0].n, cases[i].fits);
        if (cases[i].fits)
            assert_true(r.end[1].child[0].legacy);
        rig_fini(&r);
    }
}

/* What quick mode agrees on comes out otherwise on both sides, as if other numbers had been drawn; all else stays. */
static bool bend;
static unsigned agreed; /* first in main mode, by both */
static int (*straight)(struct l2s_dh *dh, const uint8_t *peer, size_t n, uint8_t *secret, size_t cap, size_t *len);

static int agree_bent(struct l2s_dh *dh, const uint8_t *peer, size_t n, uint8_t *secret, size_t cap, size_t *len)
{
    int rc = straight(dh, peer, n, secret, cap, len);

    secret[0] ^= ++agreed > 2 && bend;
    return rc;
}

static struct rig_child pair_with(const char *esp, bool bent)
{
    struct l2s_crypto_ops ops;
    struct rig_child c;
    struct rig r;

    rig_begin(&r);
    ops = *r.crypto->ops;
    straight = ops.dh_agree;
    ops.dh_agree = agree_bent;
    r.crypto->ops = &ops;
    rig_propose(&r, "aes128-sha256-x25519", esp);
    bend = bent;
    agreed = 0;
    rig_up(&r);
    c = r.end[0].child[0];
    rig_fini(&r);
    return c;
}

/* RFC 2409, 5.5: g(qm)^xy is hashed into KEYMAT, and only with PFS there is one. */
static void with_pfs_and_only_then_keys_depend_on_the_second_secret(void **state)
{
    (void)state;
    for (unsigned pfs = 0; pfs < 2; pfs++) {
        const char *esp = pfs ? "aes128-sha256-x25519" : "aes128-sha256";
        struct rig_child a = pair_with(esp, false), b = pair_with(esp, false), c = pair_with(esp, true);
        assert_memory_equal(a.enc_in, b.enc_in, sizeof a.enc_in); /* the fakes' chance repeats */
        assert_int_equal(a.spi_in, c.spi_in);
        assert_int_equal(memcmp(a.enc_in, c.enc_in, 16) != 0, pfs);
        assert_int_equal(memcmp(a.enc_out, c.enc_out, 16) != 0, pfs);
        assert_int_equal(memcmp(a.auth_in, c.auth_in, 32) != 0, pfs);
    }
}

static unsigned agree_fails_at; /* the n-th of both ends */

static int agree_or_fail(struct l2s_dh *dh, const uint8_t *peer, size_t n, uint8_t *secret, size_t cap, size_t *len)
{
    return ++agreed == agree_fails_at ? L2TPSEC_EPROTO : straight(dh, peer, n, secret, cap, len);
}

static void without_the_second_secret_there_is_no_pair(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct l2s_crypto_ops ops;
        struct rig r;
        rig_begin(&r);
        ops = *r.crypto->ops;
        straight = ops.dh_agree;
        ops.dh_agree = agree_or_fail;
        r.crypto->ops = &ops;
        rig_propose(&r, "aes128-sha256-x25519", "aes128-sha256-x25519");
        agreed = 0;
        agree_fails_at = 4 - i; /* the client's; the server's, which is the first in phase 2 */
        rig_listen(&r);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, 500 * L2S_MS);
        assert_true(agreed >= agree_fails_at);
        assert_int_equal(r.end[i].children_up, 0);
        rig_fini(&r);
    }
}

/* ---- refusals --------------------------------------------------------------------------------------------------------- */

/* The client heard no in phase 2, the server says what it saw; and after a while neither has anything left. */
static void assert_refused(struct rig *r, const char *offered, const char *allowed, const char *hint)
{
    const struct l2s_failure *client = &r->end[0].why, *server = &r->end[1].refused;

    rig_allow(&r->end[0], offered);
    rig_allow(&r->end[1], allowed);
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[0].channels_up, 1);
    assert_int_equal(r->end[0].channels_down, 1);
    assert_ptr_equal(r->end[0].why_owner, &rig_owner);
    assert_int_equal(client->layer, L2TPSEC_LAYER_IKE);
    assert_int_equal(client->cause, L2TPSEC_CAUSE_PHASE2_PROPOSAL);
    assert_string_equal(client->step, "quick mode, message 1");
    assert_int_equal(client->peer_code, L2S_N_NO_PROPOSAL_CHOSEN);
    assert_string_equal(client->allowed, offered);
    assert_non_null(strstr(client->hint, "esp.proposals"));
    assert_int_equal(r->end[1].failed, 1);
    assert_int_equal(server->cause, L2TPSEC_CAUSE_PHASE2_PROPOSAL);
    assert_string_equal(server->step, "quick mode, message 1");
    assert_string_equal(server->offered, offered);
    assert_string_equal(server->allowed, allowed);
    assert_string_equal(server->hint, hint);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->refused, 1);
    rig_run(r, 120 * L2S_SECOND);
    rig_assert_empty(r);
}

static void without_a_common_proposal_both_sides_say_what_they_know(void **state)
{
    static const char *const p[][3] = {
        {"aes128-sha1", "aes256gcm16,aes256-sha512", "preset compatible would allow it"},
        {"aes128-sha256", "aes128-sha256-x25519", "preset modern would allow it"}, /* PFS is demanded */
        {"aes128-sha256-ecp256", "aes128-sha256", "preset modern would allow it"}, /* a group that phase 1 has not */
    };
    struct rig r;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(p); i++) {
        rig_init(&r);
        assert_refused(&r, p[i][0], p[i][1], p[i][2]);
        rig_fini(&r);
    }
}

/* ike/common/sa.h: what phase 1 allows is good enough for phase 2, and the client is the one who wants it. */
static void pfs_that_is_not_demanded_is_granted_with_a_group_of_phase_1(void **state)
{
    struct rig *r = *state;

    rig_allow(&r->end[0], "aes128-sha256-x25519");
    rig_allow(&r->end[1], "aes128-sha256");
    rig_up(r);
    assert_int_equal(rig_dh_calls, 8);
}

static void of_several_groups_each_is_offered_until_one_fits(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    rig_allow(&r.end[0], "aes128-sha256-ecp256,aes128-sha1-ecp256,aes128-sha256-ecp384,aes128-sha256-x25519");
    rig_allow(&r.end[1], "aes128-sha256-ecp521,aes128-sha256-x25519");
    rig_up(&r);
    assert_int_equal(l2s_ike_stats(r.end[1].e)->refused, 2);
    assert_int_equal(r.end[0].children_up, 1);
    assert_int_equal(r.end[0].channels_down, 0);
    assert_int_equal(r.end[0].spis + r.end[1].spis, 0);
    rig_fini(&r);
}

/* ---- addresses -------------------------------------------------------------------------------------------------------- */

static void assert_at(const l2tpsec_addr *a, uint8_t last, uint16_t port)
{
    l2tpsec_addr b = rig_addr(last, port);

    assert_memory_equal(a, &b, sizeof b);
}

static void without_a_nat_it_is_plain_transport_mode(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    for (unsigned i = 0; i < 2; i++) {
        const struct rig_child *c = &r->end[i].child[0];
        assert_false(c->udp_encap);
        assert_at(&c->local, (uint8_t)(i + 1), 500);
        assert_at(&c->remote, (uint8_t)(2 - i), 500);
        assert_at(&c->local_inner, (uint8_t)(i + 1), 0);
        assert_at(&c->remote_inner, (uint8_t)(2 - i), 0);
    }
}

/* RFC 3947, 5.2: checksums inside are made with the addresses that the ends call themselves by. */
static void behind_a_nat_it_is_encapsulated_and_both_know_the_addresses_inside(void **state)
{
    struct rig *r = *state;

    r->nat = true;
    rig_up(r);
    for (unsigned round = 0; round < 2; round++) { /* and the next pair is no other */
        const struct rig_child *c = rig_newest(&r->end[0]), *s = rig_newest(&r->end[1]);
        assert_true(c->udp_encap);
        assert_true(s->udp_encap);
        assert_at(&c->local, 1, 4500);
        assert_at(&c->remote, 2, 4500);
        assert_at(&c->local_inner, 1, 0);
        assert_at(&c->remote_inner, 2, 0);
        assert_at(&s->local, 2, 4500);
        assert_at(&s->remote, r->nat_ip, (uint16_t)(r->nat_base + 4500));
        assert_at(&s->local_inner, 2, 0);
        assert_at(&s->remote_inner, 1, 0);
        l2s_ike_rekey(r->end[0].e, r->end[0].channel, c->id);
        rig_run(r, L2S_SECOND);
        assert_int_equal(r->end[0].children_up, round + 2);
    }
}

/* ---- the messages ----------------------------------------------------------------------------------------------------- */

struct tape {
    unsigned n, distinct;   /* of quick mode: all, and those that differ */
    struct rig_packet m[4]; /* the distinct ones */
    unsigned lose;          /* the n-th of all, from 1 */
    unsigned copies;
    bool busy;
};

static bool record(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct tape *t = arg;
    unsigned i = 0;

    if (!rig_is_quick(pkt) || t->busy)
        return true;
    while (i < t->distinct && (t->m[i].n != pkt->n || memcmp(t->m[i].p, pkt->p, pkt->n) != 0))
        i++;
    assert_true(i < L2S_COUNT_OF(t->m));
    if (i == t->distinct)
        t->m[t->distinct++] = *pkt;
    if (++t->n == t->lose)
        return false;
    t->busy = true;
    for (unsigned k = 0; k < t->copies; k++)
        rig_send(r, pkt->from, &pkt->src, &pkt->dst, pkt->marker, pkt->p, pkt->n);
    t->busy = false;
    return true;
}

static void repetitions_get_the_same_answer_and_make_no_second_pair(void **state)
{
    struct rig *r = *state;
    struct tape t = {.copies = 2};

    r->tap = record;
    r->tap_arg = &t;
    rig_up(r);
    rig_run(r, 5 * L2S_SECOND);
    rig_assert_up(r);
    assert_int_equal(t.distinct, QUICK);
    assert_int_equal(t.n, 1 + 3 + 9); /* three of message 1, each of them answered; three of each answer, again */
    assert_int_equal(l2s_ike_stats(r->end[0].e)->drops[L2TPSEC_DROP_DUPLICATE], 8);
    assert_true(l2s_ike_stats(r->end[1].e)->drops[L2TPSEC_DROP_DUPLICATE] >= 2);
    for (unsigned i = 0; i < 80; i++) { /* and as long as the exchange is remembered, and longer */
        for (unsigned j = 0; j < QUICK; j++)
            rig_inject(r, !t.m[j].from, &t.m[j].src, &t.m[j].dst, t.m[j].marker, t.m[j].p, t.m[j].n);
        rig_run(r, L2S_SECOND);
    }
    assert_in_range(t.n, 13 + 50, 13 + 60); /* message 3 for message 2, which might have been lost for so long */
    assert_int_equal(t.distinct, QUICK);
    assert_true(l2s_ike_stats(r->end[1].e)->drops[L2TPSEC_DROP_REPLAYED] >= 20);
    rig_assert_up(r);
}

static void a_lost_third_message_is_repaired(void **state)
{
    struct rig *r = *state;
    struct tape t = {.lose = QUICK};

    r->tap = record;
    r->tap_arg = &t;
    rig_up(r);
    rig_run(r, 500 * L2S_MS);
    assert_false(r->end[0].child[0].unconfirmed);
    assert_true(r->end[1].child[0].unconfirmed); /* it may receive, and not send yet */
    assert_int_equal(t.n, QUICK);
    rig_run(r, L2S_SECOND); /* message 2 again, message 3 again */
    assert_false(r->end[1].child[0].unconfirmed);
    assert_int_equal(t.n, QUICK + 2);
    assert_int_equal(t.distinct, QUICK);
    rig_run(r, 30 * L2S_SECOND);
    assert_int_equal(t.n, QUICK + 2);
    rig_assert_up(r);
}

/* ---- a host that has no room ------------------------------------------------------------------------------------------ */

static void a_first_pair_that_core_refuses_leaves_nothing_behind(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        rig_begin(&r);
        r.end[i].child_rc = L2TPSEC_ENOMEM;
        rig_listen(&r);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, 120 * L2S_SECOND);
        assert_int_equal(r.end[0].channels_up, 1);
        assert_int_equal(r.end[0].channels_down, 1);
        assert_ptr_equal(r.end[0].why_owner, &rig_owner);
        assert_int_equal(r.end[0].why.cause, i ? L2TPSEC_CAUSE_PEER_VANISHED : L2TPSEC_CAUSE_NO_MEMORY);
        assert_int_equal(r.end[0].why.layer, i ? L2TPSEC_LAYER_IKE : L2TPSEC_LAYER_HOST);
        rig_assert_empty(&r);
        r.end[i].child_rc = 0;
        rig_up(&r);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(r.end[0].n + r.end[1].n, 2);
        assert_int_equal(r.end[0].spis + r.end[1].spis, 0);
        rig_fini(&r);
    }
}

static void a_channel_that_core_refuses_leaves_nothing_behind(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        rig_begin(&r);
        r.end[i].channel_rc = L2TPSEC_ENOMEM;
        rig_listen(&r);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, 5 * L2S_SECOND);
        assert_int_equal(r.end[i].channels_up + r.end[i].channels_down, 0);
        assert_int_equal(r.end[0].failed + r.end[0].channels_down, 1);
        assert_ptr_equal(r.end[0].why_owner, &rig_owner);
        assert_int_equal(r.end[0].why.cause, i ? L2TPSEC_CAUSE_CLOSED_BY_PEER : L2TPSEC_CAUSE_NO_MEMORY);
        assert_int_equal(r.end[0].children_up + r.end[1].children_up, 0);
        rig_run(&r, 120 * L2S_SECOND);
        r.end[i].channel_rc = 0;
        rig_up(&r);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(r.end[0].n + r.end[1].n, 2);
        assert_int_equal(r.end[0].spis + r.end[1].spis, 0);
        rig_fini(&r);
    }
}

static void a_renewal_that_core_refuses_is_tried_again(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        rig_begin(&r);
        rig_up(&r);
        (void)rig_watch(&r, L2S_SECOND);
        r.end[i].child_rc = L2TPSEC_ENOMEM;
        l2s_ike_rekey(r.end[0].e, r.end[0].channel, r.end[0].child[0].id);
        (void)rig_watch(&r, 1500 * L2S_MS);
        assert_int_equal(r.end[i].children_up, 1);
        r.end[i].child_rc = 0;
        (void)rig_watch(&r, 80 * L2S_SECOND);
        rig_assert_joined(&r);
        for (unsigned j = 0; j < 2; j++) {
            assert_int_equal(r.end[j].n, 1);
            assert_true(r.end[j].children_up >= 2);
        }
        rig_assert_quiet(&r);
        rig_fini(&r);
    }
}

/* ---- selectors -------------------------------------------------------------------------------------------------------- */

/* RFC 3193, 4: L2TP and nothing else. */
static void other_traffic_than_l2tp_is_refused(void **state)
{
    static const uint16_t ports[][3] = {/* the client's, the server's; is it taken? */
                                        {1701, 1701, true}, {0, 1701, true},  {40000, 1701, true},
                                        {1701, 0, true},    {0, 0, false},    {40000, 53, false},
                                        {1702, 0, false},   {0, 1702, false}, {1701, 40000, true}};
    struct rig r;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(ports); i++) {
        rig_begin(&r);
        r.end[0].cfg.local_port = ports[i][0];
        r.end[0].cfg.remote_port = ports[i][1];
        rig_listen(&r);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, L2S_SECOND);
        if (ports[i][2]) {
            rig_assert_up(&r);
            for (unsigned j = 0; j < 2; j++) {
                assert_int_equal(r.end[j].child[0].local_port, ports[i][j]);
                assert_int_equal(r.end[j].child[0].remote_port, ports[i][1 - j]);
            }
        } else {
            assert_int_equal(r.end[0].channels_down, 1);
            assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_PHASE2_REFUSED);
            assert_int_equal(r.end[0].why.peer_code, L2S_N_INVALID_ID_INFORMATION);
            assert_int_equal(r.end[1].failed, 1);
            assert_non_null(strstr(r.end[1].refused.hint, "1701"));
        }
        rig_fini(&r);
    }
}

/* ---- many of them ----------------------------------------------------------------------------------------------------- */

/* Of the client's, only the first passes. */
static bool lose_the_rest(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *sent = arg;

    (void)r;
    return !rig_is_quick(pkt) || pkt->from == 1 || (*sent)++ == 0;
}

struct firsts { /* messages 1 of the client */
    struct rig_packet m[64];
    unsigned n;
    uint8_t last[4];
};

static bool keep_firsts(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct firsts *f = arg;

    (void)r;
    if (pkt->from == 0 && rig_is_quick(pkt) && memcmp(pkt->p + 20, f->last, 4) != 0 && f->n < L2S_COUNT_OF(f->m)) {
        memcpy(f->last, pkt->p + 20, 4);
        f->m[f->n++] = *pkt;
    }
    return true;
}

/* So many renewals ago that their message ids are forgotten: pairs come of it, but they are proven to nobody, and go. */
static void old_first_messages_do_not_displace_the_pair_in_use(void **state)
{
    static struct firsts f;
    struct rig *r = *state;

    f.n = 0;
    rig_up(r);
    r->tap = keep_firsts;
    r->tap_arg = &f;
    for (unsigned i = 0; i < L2S_COUNT_OF(f.m); i++) {
        l2s_ike_rekey(r->end[0].e, r->end[0].channel, rig_newest(&r->end[0])->id);
        rig_run(r, 40 * L2S_SECOND);
    }
    rig_run(r, 70 * L2S_SECOND);
    r->tap = NULL;
    uint64_t live = rig_newest(&r->end[1])->id;
    unsigned had = r->end[1].children_up;
    for (unsigned i = 0; i < f.n; i++) {
        rig_inject(r, 1, &f.m[i].src, &f.m[i].dst, f.m[i].marker, f.m[i].p, f.m[i].n);
        assert_non_null(rig_find(&r->end[1], live));
        assert_true(r->end[1].n <= L2S_V1_CHILDREN_MAX);
    }
    assert_true(r->end[1].children_up > had + 10); /* it was not for want of trying */
    (void)rig_watch(r, 90 * L2S_SECOND);
    assert_int_equal(r->end[1].n, 1);
    rig_assert_joined(r);
    rig_assert_quiet(r);
}

static void who_asks_without_end_is_not_remembered_without_end(void **state)
{
    struct rig *r = *state;
    unsigned kept = 0;

    rig_up(r);
    rig_allow(&r->end[1], "aes256gcm16");
    struct l2s_v1_sa *ours = l2s_v1_peer_sa(rig_peer(&r->end[0]));
    struct l2s_v1_sa *theirs = l2s_v1_peer_sa(rig_peer(&r->end[1]));
    for (unsigned i = 0; i < 500; i++) {
        l2s_v1_enter(r->end[0].e);
        assert_int_equal(l2s_v1_quick_begin(ours, L2S_GROUP_COUNT), L2TPSEC_OK);
        l2s_v1_leave(r->end[0].e);
        rig_run(r, 30 * L2S_MS);
    }
    L2S_LIST_EACH (&theirs->quicks, n, after)
        kept++;
    assert_in_range(kept, 10, 20);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->refused, 500);
}

/* Message 3 never comes, but a packet by the pair does: it stays. */
static void a_packet_by_a_pair_proves_it_as_well_as_message_3(void **state)
{
    for (unsigned used = 0; used < 2; used++) {
        struct rig *r = *state;
        unsigned sent = 0;
        rig_up(r);
        rig_run(r, L2S_SECOND);
        r->tap = lose_the_rest;
        r->tap_arg = &sent;
        l2s_ike_rekey(r->end[0].e, r->end[0].channel, r->end[0].child[0].id);
        rig_run(r, L2S_SECOND);
        assert_int_equal(r->end[1].n, 2);
        assert_true(rig_newest(&r->end[1])->unconfirmed);
        if (used)
            l2s_ike_used(r->end[1].e, r->end[1].channel, rig_newest(&r->end[1])->id);
        rig_run(r, 100 * L2S_SECOND);
        assert_int_equal(rig_common(r), used);
        r->tap = NULL;
        rig_fini(r);
        rig_set_up(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_is_agreed_with_and_without_pfs),
        cmocka_unit_test(every_group_serves_for_pfs),
        cmocka_unit_test(a_weak_group_will_do_for_pfs_where_none_would),
        cmocka_unit_test(with_pfs_and_only_then_keys_depend_on_the_second_secret),
        cmocka_unit_test(without_the_second_secret_there_is_no_pair),
        cmocka_unit_test(without_a_common_proposal_both_sides_say_what_they_know),
        WITH_CHEAP_RIG(pfs_that_is_not_demanded_is_granted_with_a_group_of_phase_1),
        cmocka_unit_test(of_several_groups_each_is_offered_until_one_fits),
        WITH_CHEAP_RIG(without_a_nat_it_is_plain_transport_mode),
        WITH_CHEAP_RIG(behind_a_nat_it_is_encapsulated_and_both_know_the_addresses_inside),
        WITH_CHEAP_RIG(repetitions_get_the_same_answer_and_make_no_second_pair),
        WITH_CHEAP_RIG(a_lost_third_message_is_repaired),
        WITH_CHEAP_RIG(a_packet_by_a_pair_proves_it_as_well_as_message_3),
        WITH_CHEAP_RIG(old_first_messages_do_not_displace_the_pair_in_use),
        WITH_CHEAP_RIG(who_asks_without_end_is_not_remembered_without_end),
        cmocka_unit_test(a_first_pair_that_core_refuses_leaves_nothing_behind),
        cmocka_unit_test(a_channel_that_core_refuses_leaves_nothing_behind),
        cmocka_unit_test(a_renewal_that_core_refuses_is_tried_again),
        cmocka_unit_test(other_traffic_than_l2tp_is_refused),
    };

    return cmocka_run_group_tests_name("IKEv1 quick mode", tests, NULL, NULL);
}
