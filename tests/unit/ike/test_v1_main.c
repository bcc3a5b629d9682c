/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Main mode with a pre-shared key (RFC 2409, 5.4), both sides, over a network that loses, repeats and delays, through NAT, with
 * what users set wrong. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/sa.h"
#include "ike/common/vendor.h"
#include "ike/v1/half_open.h"
#include "ike/v1/peer.h"
#include "wire/wr.h"

#include <stdio.h>
#include <string.h>

#define MESSAGES 9 /* six of main mode, three of quick mode, when nothing goes wrong */

static const char psk_client_hint[] = "compare ike.psk with the server's; it may also have none for our address";
static const char psk_server_hint[] = "compare the PSK for this address with the client's";

static void begin(struct rig *r)
{
    rig_init(r);
    rig_listen(r);
}

/* For tests that need one rig: *state. */
static int set_up(void **state)
{
    static struct rig r;

    begin(&r);
    *state = &r;
    return 0;
}

static int tear_down(void **state)
{
    rig_fini(*state);
    return 0;
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void dial(struct rig *r)
{
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
}

static void allow(struct rig_end *e, const char *ike)
{
    const char *error;
    size_t len;

    assert_int_equal(l2s_ike_policy_parse(ike, &e->cfg.ike, &error, &len), L2TPSEC_OK);
}

/* Run until the client heard how it went; returns the seconds, rounded down. */
static uint64_t run_until_failed(struct rig *r)
{
    uint64_t from = r->sys.sys.now;

    while (!r->end[0].failed && r->sys.sys.now < from + 100 * L2S_SECOND)
        rig_run(r, 100 * L2S_MS);
    assert_int_equal(r->end[0].failed, 1);
    assert_ptr_equal(r->end[0].why_owner, &rig_owner);
    assert_int_equal(r->end[0].channels_up, 0);
    assert_int_equal(r->end[0].spis, 0);
    return (r->sys.sys.now - from) / L2S_SECOND;
}

/* ---- vendor IDs ------------------------------------------------------------------------------------------------ */

/* What each end's first message tells of it. */
static bool read_vendors(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct l2s_vendors *told = arg;
    struct l2s_payloads s;

    (void)r;
    if (!told[pkt->from].seen &&
        l2s_payloads_collect(l2s_rd_init(pkt->p + 28, pkt->n - 28), pkt->p[16], L2S_NATT_NONE, &s) == L2TPSEC_OK)
        l2s_vendors_read(&s, &told[pkt->from]);
    return true;
}

static void vendor_ids_are_told_as_configured_and_answered_in_kind(void **state)
{
    static const struct {
        uint64_t client, server, told, answered;
        bool nat_found;
    } t[] = {
        {0, 0, L2S_VENDORS_INITIATOR, L2S_VID_NATT_RFC3947 | L2S_VID_DPD | L2S_VID_FRAGMENTATION, true},
        {L2S_VID_NATT_RFC3947 | L2S_VID_DPD, 0, L2S_VENDORS_INITIATOR & ~(L2S_VID_NATT_RFC3947 | L2S_VID_DPD),
         L2S_VID_NATT_03 | L2S_VID_FRAGMENTATION, true},
        {0, L2S_VID_FRAGMENTATION | L2S_VID_NATT_RFC3947, L2S_VENDORS_INITIATOR, L2S_VID_NATT_03 | L2S_VID_DPD, true},
        {0, L2S_VIDS_NATT, L2S_VENDORS_INITIATOR, L2S_VID_DPD | L2S_VID_FRAGMENTATION, false},
        {~L2S_VID_NATT_RFC3947, 0, L2S_VID_NATT_RFC3947, L2S_VID_NATT_RFC3947, true},
        {~UINT64_C(0), 0, 0, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(t); i++) {
        struct l2s_vendors told[2] = {0};
        struct rig r;

        rig_begin(&r);
        r.nat = true;
        r.end[0].cfg.fragment = r.end[1].cfg.fragment = 1280;
        r.end[0].cfg.untold = t[i].client;
        r.end[1].cfg.untold = t[i].server;
        r.tap = read_vendors;
        r.tap_arg = told;
        rig_listen(&r);
        dial(&r);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(told[0].seen, t[i].told);
        assert_int_equal(told[1].seen, t[i].answered);
        assert_int_equal(r.end[0].n, 1);
        assert_int_equal(r.end[0].child[0].udp_encap, t[i].nat_found);
        rig_fini(&r);
    }
}

/* ---- algorithms ------------------------------------------------------------------------------------------------ */

/* Connect with this proposal; false: it was left out when this was built. */
static bool comes_up_with(const char *ike)
{
    struct l2s_ike_policy policy;
    const char *error;
    size_t len;
    struct rig r;

    if (l2s_ike_policy_parse(ike, &policy, &error, &len) == L2TPSEC_EUNSUP)
        return false;
    begin(&r);
    r.end[0].cfg.ike = r.end[1].cfg.ike = policy;
    dial(&r);
    rig_run(&r, L2S_SECOND);
    rig_assert_up(&r);
    assert_string_equal(r.end[0].agreed, ike);
    assert_string_equal(r.end[1].agreed, ike);
    assert_int_equal(r.end[0].child[0].legacy, l2s_ike_proposal_legacy(&policy.p[0]));
    /* What goes into the key log opens the capture on either side. */
    assert_int_equal(r.end[0].log_len, policy.p[0].key_len);
    assert_int_equal(r.end[1].log_len, policy.p[0].key_len);
    assert_memory_equal(r.end[0].log_cookie, r.end[1].log_cookie, 8);
    assert_memory_equal(r.end[0].log_key, r.end[1].log_key, r.end[0].log_len);
    rig_fini(&r);
    return true;
}

static void every_group_completes(void **state)
{
    static const char *const strong[] = {"modp2048", "modp3072", "modp4096", "modp6144", "modp8192",
                                         "ecp256",   "ecp384",   "ecp521",   "x25519"};
    static const char *const weak[] = {"modp1024", "modp1536"};
    char ike[48];

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(strong); i++) {
        snprintf(ike, sizeof ike, "aes128-sha256-%s", strong[i]);
        assert_true(comes_up_with(ike));
    }
    for (size_t i = 0; i < L2S_COUNT_OF(weak); i++) {
        snprintf(ike, sizeof ike, "aes128-sha256-%s", weak[i]);
        (void)comes_up_with(ike);
    }
}

static void every_cipher_completes_with_every_hash(void **state)
{
    static const char *const ciphers[] = {"aes128", "aes192", "aes256", "3des"};
    static const char *const hashes[] = {"md5", "sha1", "sha256", "sha384", "sha512"};
    char ike[48];

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(ciphers); i++) {
        for (size_t j = 0; j < L2S_COUNT_OF(hashes); j++) {
            snprintf(ike, sizeof ike, "%s-%s-x25519", ciphers[i], hashes[j]);
            bool built = comes_up_with(ike);
            if (i < 3 && j > 0) /* no build leaves these out */
                assert_true(built);
        }
    }
}

/* ---- a bad network --------------------------------------------------------------------------------------------- */

enum trouble {
    LOSE,
    REPEAT,
    REPEAT_LATER, /* behind its successor */
    DELAY,        /* behind the answer to its repetition */
    TROUBLES
};

struct mishap {
    enum trouble kind;
    unsigned at, seen; /* of the n-th message */
    bool busy;         /* what passes is our own doing */
    struct rig_packet held;
};

static void resend(struct rig *r, struct mishap *m, const struct rig_packet *pkt)
{
    m->busy = true;
    rig_send(r, pkt->from, &pkt->src, &pkt->dst, pkt->marker, pkt->p, pkt->n);
    m->busy = false;
}

static bool meddle(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct mishap *m = arg;

    if (m->busy)
        return true;
    if (m->seen++ == m->at) {
        m->held = *pkt;
        if (m->kind == REPEAT)
            resend(r, m, pkt);
        return m->kind == REPEAT || m->kind == REPEAT_LATER;
    }
    /* The other side's next word: by now a repetition of the held one has arrived, or it itself. */
    if (m->kind >= REPEAT_LATER && m->held.n && pkt->from != m->held.from) {
        resend(r, m, pkt);
        resend(r, m, &m->held);
        m->held.n = 0;
        return false;
    }
    return true;
}

static void suffer(enum trouble kind, unsigned at)
{
    struct mishap m = {.kind = kind, .at = at};
    struct rig r;

    begin(&r);
    r.tap = meddle;
    r.tap_arg = &m;
    dial(&r);
    rig_run(&r, 5 * L2S_SECOND);
    assert_true(m.seen > at);
    if (m.kind >= REPEAT_LATER && m.held.n) /* the last word of all: nothing comes behind it */
        resend(&r, &m, &m.held);
    rig_run(&r, 20 * L2S_SECOND);
    rig_assert_up(&r);
    rig_fini(&r);
}

static void nine_messages_bring_up_a_pair(void **state)
{
    struct rig *r = *state;

    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    assert_int_equal(r->sent, MESSAGES);
    rig_run(r, 8 * L2S_SECOND);
    assert_int_equal(r->sent, MESSAGES); /* nothing is repeated any more */
}

static void any_message_may_be_lost_repeated_or_late(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TROUBLES * MESSAGES; i++)
        suffer((enum trouble)(i / MESSAGES), i % MESSAGES);
}

static void a_bad_line_takes_longer_but_works(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        begin(&r);
        r.chance = i + 1;
        r.loss = 150;
        r.again = 150;
        r.jitter = 1500 * L2S_MS; /* more than the first wait: repetitions overtake */
        r.end[0].cfg.retries = r.end[1].cfg.retries = 12;
        r.end[0].cfg.dpd_s = r.end[1].cfg.dpd_s = 0;
        dial(&r);
        rig_run(&r, 100 * L2S_SECOND);
        rig_assert_up(&r);
        rig_fini(&r);
    }
}

/* ---- nobody there, or not any more ----------------------------------------------------------------------------- */

/* docs/embedding.md: with the settings as they come, 17 tries in 27.5 s. ike/common/retransmit.h: each wait is a quarter
 * longer than the one before, up to two seconds. */
static void an_address_where_nobody_is_fails_when_the_last_wait_is_over(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r); /* end 1 does not listen */
    r.end[0].cfg.retry_ms = 500;
    r.end[0].cfg.retries = 16;
    dial(&r);
    rig_run(&r, 27500 * L2S_MS);
    assert_int_equal(r.end[0].emits, 17);
    assert_int_equal(r.end[0].failed, 0);
    rig_run(&r, 100 * L2S_MS);
    assert_int_equal(r.end[0].failed, 1);
    assert_int_equal(r.end[0].why.layer, L2TPSEC_LAYER_IKE);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_NO_ANSWER);
    assert_string_equal(r.end[0].why.step, "main mode, message 1");
    assert_non_null(strstr(r.end[0].why.hint, "500"));
    assert_int_equal(r.end[1].emits, 0);
    assert_int_equal(r.end[1].failed, 0);
    rig_run(&r, 100 * L2S_SECOND);
    assert_int_equal(r.end[0].emits, 17);
    rig_fini(&r);
}

/* Nothing passes from the n-th message on. */
static bool cut_at(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *left = arg;

    (void)pkt;
    if (*left == 0)
        r->cut = true;
    else
        (*left)--;
    return !r->cut;
}

static void a_server_that_falls_silent_is_told_from_one_that_never_spoke(void **state)
{
    static const uint32_t cause[MESSAGES] = {L2TPSEC_CAUSE_NO_ANSWER,     L2TPSEC_CAUSE_NO_ANSWER,
                                             L2TPSEC_CAUSE_PEER_VANISHED, L2TPSEC_CAUSE_PEER_VANISHED,
                                             L2TPSEC_CAUSE_PSK,           L2TPSEC_CAUSE_PSK};
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        unsigned left = i / 2;
        begin(&r);
        r.nat = i % 2;
        r.tap = cut_at;
        r.tap_arg = &left;
        dial(&r);
        assert_in_range(run_until_failed(&r), 9, 10);
        assert_int_equal(r.end[0].why.cause, cause[i / 2]);
        if (cause[i / 2] == L2TPSEC_CAUSE_PSK && r.nat)
            assert_non_null(strstr(r.end[0].why.hint, "4500")); /* nothing came from there yet */
        else if (cause[i / 2] == L2TPSEC_CAUSE_PSK)             /* servers of many makes say nothing to a wrong key */
            assert_string_equal(r.end[0].why.hint, psk_client_hint);
        rig_run(&r, 120 * L2S_SECOND); /* and the server forgets, too */
        assert_int_equal(l2s_ike_stats(r.end[1].e)->half_open, 0);
        assert_int_equal(l2s_ike_stats(r.end[1].e)->established, 0);
        assert_int_equal(r.end[1].channels_up, r.end[1].channels_down);
        rig_fini(&r);
    }
}

/* Its pair is there from message 2 of quick mode on, and goes again when message 3 never comes. */
static void a_client_that_falls_silent_in_quick_mode_is_forgotten(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 6; i <= 8; i++) {
        unsigned left = i;
        begin(&r);
        r.tap = cut_at;
        r.tap_arg = &left;
        dial(&r);
        rig_run(&r, 300 * L2S_SECOND);
        assert_int_equal(r.end[1].channels_up, 1);
        assert_int_equal(r.end[1].channels_down, 1);
        assert_int_equal(r.end[1].n, 0);
        assert_int_equal(l2s_ike_stats(r.end[1].e)->established, 0);
        rig_fini(&r);
    }
}

static void a_connect_may_be_abandoned_at_every_step(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 0; i <= MESSAGES; i++) {
        begin(&r);
        dial(&r);
        rig_run(&r, i * r.delay + r.delay / 2);
        l2s_ike_abandon(r.end[0].e, &rig_owner);
        assert_int_equal(l2s_ike_stats(r.end[0].e)->established, 0);
        r.end[0].n = 0; /* nobody is called */
        rig_run(&r, 100 * L2S_SECOND);
        assert_int_equal(r.end[0].failed, 0);
        assert_int_equal(r.end[0].channels_down, 0);
        assert_int_equal(r.end[0].spis, 0);
        assert_int_equal(r.end[1].n, 0);
        assert_int_equal(r.end[1].channels_up, r.end[1].channels_down);
        assert_int_equal(l2s_ike_stats(r.end[1].e)->half_open, 0);
        rig_fini(&r);
    }
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static void keys_that_differ_are_named_on_both_sides(void **state)
{
    struct rig *r = *state;

    r->end[1].psk[0] = "another shared secret";
    dial(r);
    assert_in_range(run_until_failed(r), 4, 6);
    assert_int_equal(r->end[0].why.layer, L2TPSEC_LAYER_IKE);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_PSK);
    assert_string_equal(r->end[0].why.step, "main mode, message 5");
    assert_string_equal(r->end[0].why.hint, psk_client_hint);
    assert_int_equal(r->end[0].why.peer_code, 24); /* AUTHENTICATION-FAILED: RFC 2408, 3.14.1 */
    assert_int_equal(r->end[1].failed, 1);         /* once, however often message 5 came */
    assert_null(r->end[1].why_owner);
    assert_int_equal(r->end[1].why.cause, L2TPSEC_CAUSE_PSK);
    assert_string_equal(r->end[1].why.hint, psk_server_hint);
    assert_int_equal(r->end[1].channels_up, 0);
    const struct l2s_ike_stats *s = l2s_ike_stats(r->end[1].e);
    assert_int_equal(s->refused, 1);
    assert_int_equal(s->drops[L2TPSEC_DROP_FORGED], 1); /* the others are recognised as the same */
    assert_int_equal(s->half_open, 1);
    rig_run(r, 30 * L2S_SECOND);
    assert_int_equal(s->half_open, 0);
}

/* The first refusal is lost. */
static bool lose_one_info(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *infos = arg;

    (void)r;
    return pkt->from != 1 || pkt->p[18] != L2S_EXCHANGE_INFO || (*infos)++ > 0;
}

static void a_refused_key_is_refused_again_when_the_proof_comes_again(void **state)
{
    struct rig *r = *state;
    unsigned infos = 0;

    r->end[1].psk[0] = "another shared secret";
    r->tap = lose_one_info;
    r->tap_arg = &infos;
    dial(r);
    assert_in_range(run_until_failed(r), 5, 7); /* a wait longer; not when the last of them is over */
    assert_true(infos > 1);
    assert_int_equal(r->end[0].why.peer_code, 24);
    assert_int_equal(r->end[1].failed, 1);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->drops[L2TPSEC_DROP_FORGED], 1); /* at no more expense */
}

static void a_side_without_a_key_says_so(void **state)
{
    struct rig r;

    (void)state;
    begin(&r);
    r.end[0].psk[0] = NULL;
    dial(&r);
    assert_int_equal(run_until_failed(&r), 0);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_NO_SECRET);
    assert_int_equal(r.end[0].why.layer, L2TPSEC_LAYER_HOST);
    assert_string_equal(r.end[0].why.hint, "set ike.psk");
    assert_int_equal(r.sent, 0);
    rig_fini(&r);

    begin(&r);
    r.end[1].psk[0] = NULL;
    dial(&r);
    run_until_failed(&r);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_PSK); /* it cannot know better */
    assert_int_equal(r.end[1].failed, 1);
    assert_int_equal(r.end[1].why.cause, L2TPSEC_CAUSE_NO_SECRET);
    assert_string_equal(r.end[1].why.hint, "set a PSK for this address");
    rig_fini(&r);
}

static void the_host_is_told_whose_key_is_wanted(void **state)
{
    struct rig *r = *state;

    r->end[0].cfg.remote_id.type = 1; /* ID_IPV4_ADDR */
    r->end[0].cfg.remote_id.len = 4;
    memcpy(r->end[0].cfg.remote_id.data, r->end[1].at.ip, 4);
    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    assert_int_equal(r->end[0].asked_times, 1);
    assert_true(r->end[0].asked.initiator);
    assert_ptr_equal(r->end[0].asked.owner, &rig_owner);
    assert_int_equal(r->end[0].asked.id.type, 1);
    assert_memory_equal(&r->end[0].asked.remote, &r->end[1].at, sizeof(l2tpsec_addr));
    assert_int_equal(r->end[1].asked_times, 1);
    assert_false(r->end[1].asked.initiator);
    assert_null(r->end[1].asked.owner);
    assert_int_equal(r->end[1].asked.id.type, 0); /* RFC 2409, 5.4: only the address is known by then */
    assert_memory_equal(&r->end[1].asked.remote, &r->end[0].at, sizeof(l2tpsec_addr));
}

static int answer(struct rig_end *e, const char *psk)
{
    return l2s_ike_psk_answer(e->e, e->token, (const uint8_t *)psk, psk ? strlen(psk) : 0);
}

static void the_key_may_come_later_and_only_once(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        struct rig_end *e = &r.end[late];
        begin(&r);
        e->ask = true;
        dial(&r);
        rig_run(&r, 3 * L2S_SECOND);
        assert_int_equal(e->asked_times, 1);
        assert_int_equal(e->channels_up, 0);
        assert_int_equal(l2s_ike_psk_answer(e->e, e->token + 1000, NULL, 0), L2TPSEC_ENOENT);
        assert_int_equal(answer(e, RIG_PSK), L2TPSEC_OK);
        assert_int_equal(answer(e, RIG_PSK), L2TPSEC_ENOENT);
        rig_run(&r, L2S_SECOND);
        rig_assert_up(&r);
        assert_int_equal(answer(e, RIG_PSK), L2TPSEC_ENOENT);
        rig_fini(&r);
    }
}

/* The host has three minutes to answer; what comes after that has the time it always has. */
static void a_key_at_the_last_moment_is_as_good_as_an_early_one(void **state)
{
    struct rig *r = *state;

    r->end[0].ask = true;
    dial(r);
    rig_run(r, 179 * L2S_SECOND);
    r->cut = true;
    assert_int_equal(answer(&r->end[0], RIG_PSK), L2TPSEC_OK);
    rig_run(r, 2500 * L2S_MS);
    r->cut = false;
    rig_run(r, 5 * L2S_SECOND);
    assert_int_equal(r->end[0].failed, 0);
    rig_assert_up(r);
}

static void a_late_no_is_as_good_as_an_early_one(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        struct rig_end *e = &r.end[late];
        begin(&r);
        e->ask = true;
        dial(&r);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(answer(e, NULL), L2TPSEC_OK);
        run_until_failed(&r);
        assert_int_equal(e->failed, 1);
        assert_int_equal(e->why.cause, L2TPSEC_CAUSE_NO_SECRET);
        assert_int_equal(answer(e, RIG_PSK), L2TPSEC_ENOENT);
        rig_fini(&r);
    }
}

static void a_late_wrong_key_does_not_use_up_the_exchange(void **state)
{
    struct rig *r = *state;

    r->end[1].ask = true;
    dial(r);
    rig_run(r, L2S_SECOND);
    assert_int_equal(answer(&r->end[1], "wrong"), L2TPSEC_OK);
    assert_int_equal(r->end[1].asked_times, 2); /* for the next candidate */
    assert_int_equal(r->end[1].asked.candidate, 1);
    rig_run(r, L2S_SECOND);
    assert_int_equal(answer(&r->end[1], RIG_PSK), L2TPSEC_OK);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
}

static void a_question_nobody_answers_ends_with_the_half_open_exchange(void **state)
{
    struct rig *r = *state;

    r->end[1].ask = true;
    dial(r);
    assert_in_range(run_until_failed(r), 9, 10);
    rig_run(r, L2S_HALF_OPEN_LIFE + L2S_SECOND);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->half_open, 0);
    assert_int_equal(answer(&r->end[1], RIG_PSK), L2TPSEC_ENOENT);
}

static void candidates_are_tried_until_one_fits(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned n = 0; n < 8; n++) {
        begin(&r);
        for (unsigned i = 0; i < n; i++)
            r.end[1].psk[i] = "not this one";
        r.end[1].psk[n] = RIG_PSK;
        dial(&r);
        rig_run(&r, L2S_SECOND);
        rig_assert_up(&r);
        assert_int_equal(r.end[1].asked_times, n + 1);
        assert_int_equal(r.end[1].asked.candidate, n);
        rig_fini(&r);
    }
    begin(&r);
    for (unsigned i = 0; i < 8; i++)
        r.end[1].psk[i] = "not this one";
    dial(&r);
    run_until_failed(&r);
    assert_int_equal(r.end[1].why.cause, L2TPSEC_CAUSE_PSK); /* not: there was none */
    assert_int_equal(r.end[1].asked_times, 9);
    rig_fini(&r);
}

/* ---- identities ------------------------------------------------------------------------------------------------ */

static void set_id(struct l2s_ike_id *id, const char *fqdn)
{
    id->type = 2; /* ID_FQDN */
    id->len = (uint16_t)strlen(fqdn);
    memcpy(id->data, fqdn, id->len);
}

static void each_side_learns_the_other_ones_identity(void **state)
{
    struct rig *r = *state;

    set_id(&r->end[0].cfg.local_id, "client.example");
    set_id(&r->end[1].cfg.local_id, "server.example");
    set_id(&r->end[0].cfg.remote_id, "server.example");
    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    assert_int_equal(r->end[0].peer_id.type, 2);
    assert_int_equal(r->end[0].peer_id.len, 14);
    assert_memory_equal(r->end[0].peer_id.data, "server.example", 14);
    assert_memory_equal(r->end[1].peer_id.data, "client.example", 14);
}

static void another_identity_than_demanded_is_refused(void **state)
{
    struct rig *r = *state;

    set_id(&r->end[0].cfg.remote_id, "server.example");
    dial(r);
    assert_int_equal(run_until_failed(r), 0);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_IDENTITY);
    assert_non_null(strstr(r->end[0].why.offered, "192.0.2.2"));
    assert_non_null(strstr(r->end[0].why.allowed, "server.example"));
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[1].channels_up, 1); /* it has the key; the DELETE takes the channel down again */
    assert_int_equal(r->end[1].channels_down, 1);
}

/* ---- proposals ------------------------------------------------------------------------------------------------- */

static bool note_no_proposal(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg;

    (void)r;
    /* An informational exchange in clear text, and its notify type at the end of DOI, protocol and SPI size. */
    if (pkt->from == 1 && pkt->p[18] == L2S_EXCHANGE_INFO && pkt->p[19] == 0 &&
        pkt->p[L2S_ISAKMP_HEADER + 11] == L2S_N_NO_PROPOSAL_CHOSEN)
        (*seen)++;
    return true;
}

static void without_a_common_proposal_both_sides_list_theirs(void **state)
{
    struct rig *r = *state;
    unsigned seen = 0;

    allow(&r->end[0], "aes128-sha1-modp2048");
    allow(&r->end[1], "aes256-sha256-ecp256");
    r->tap = note_no_proposal;
    r->tap_arg = &seen;
    dial(r);
    assert_in_range(run_until_failed(r), 1, 3); /* in case the word was forged: a moment for a better one */
    assert_int_not_equal(seen, 0);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_PHASE1_PROPOSAL);
    assert_string_equal(r->end[0].why.step, "main mode, message 1");
    assert_int_equal(r->end[0].why.peer_code, L2S_N_NO_PROPOSAL_CHOSEN);
    assert_string_equal(r->end[0].why.allowed, "aes128-sha1-modp2048");
    assert_int_equal(r->end[1].failed, 1);
    assert_int_equal(r->end[1].why.cause, L2TPSEC_CAUSE_PHASE1_PROPOSAL);
    assert_string_equal(r->end[1].why.offered, "aes128-sha1-modp2048");
    assert_string_equal(r->end[1].why.allowed, "aes256-sha256-ecp256");
    assert_string_equal(r->end[1].why.hint, "preset compatible would allow it");
    assert_int_equal(l2s_ike_stats(r->end[1].e)->refused, 1);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->half_open, 0);
}

/* ike/common/sa.h: an offer has L2S_OFFER_MAX proposals; the next ones go out when these were refused. */
static void what_does_not_fit_into_one_offer_is_offered_next(void **state)
{
    struct rig *r = *state;

    allow(&r->end[0], "aes256-aes192-aes128-sha512-sha384-sha256-sha1-ecp256,aes128-sha256-x25519");
    assert_true(r->end[0].cfg.ike.n > L2S_OFFER_MAX);
    dial(r);
    rig_run(r, 3 * L2S_SECOND);
    assert_int_equal(r->end[0].failed, 0);
    rig_assert_joined(r);
    assert_string_equal(r->end[0].agreed, "aes128-sha256-x25519");
}

/* It is an offer like another, and comes as soon: half a second after the refusal. */
static void the_last_proposal_may_be_alone_in_its_offer(void **state)
{
    struct rig *r = *state;

    allow(&r->end[0],
          "aes256-aes192-sha512-sha384-sha256-sha1-ecp256,aes128-sha512-sha384-ecp256,aes128-sha256-x25519");
    assert_int_equal(r->end[0].cfg.ike.n, L2S_OFFER_MAX + 1);
    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_joined(r);
    assert_string_equal(r->end[0].agreed, "aes128-sha256-x25519");
}

/* What a stranger can say who knows the cookies: no proposal is allowed. */
static void forge_refusal(struct rig *r, const uint8_t cookies[2 * L2S_COOKIE], uint8_t id)
{
    uint8_t p[L2S_ISAKMP_HEADER + 12] = {0};

    memcpy(p, cookies, 2 * L2S_COOKIE);
    p[16] = L2S_PT_NOTIFY;
    p[17] = L2S_ISAKMP_VERSION;
    p[18] = L2S_EXCHANGE_INFO;
    p[23] = id;
    p[27] = sizeof p;
    p[31] = 12;
    p[35] = L2S_DOI_IPSEC;
    p[36] = L2S_PROTO_ISAKMP;
    l2s_put16(p + 38, L2S_N_NO_PROPOSAL_CHOSEN);
    rig_inject(r, 0, &r->end[1].at, &r->end[0].at, false, p, sizeof p);
}

static void a_forged_refusal_does_not_end_an_attempt(void **state)
{
    struct rig *r = *state;

    r->delay = 600 * L2S_MS; /* later than the refusal is believed */
    dial(r);
    for (unsigned i = 0; i < 5; i++)
        forge_refusal(r, r->wire->p, (uint8_t)(i + 1)); /* message 1 is still on its way */
    rig_run(r, 10 * L2S_SECOND);
    rig_assert_up(r);
}

/* Of message 3 and what follows, nothing arrives; the client's messages are looked at. */
struct stuck {
    uint8_t cookies[2 * L2S_COOKIE]; /* of message 3 */
    unsigned firsts;
};

static bool stick_at_3(struct rig *r, struct rig_packet *pkt, void *arg)
{
    static const uint8_t none[L2S_COOKIE];
    struct stuck *s = arg;

    (void)r;
    if (pkt->from == 1)
        return true;
    if (memcmp(pkt->p + L2S_COOKIE, none, sizeof none) == 0) {
        s->firsts++;
        return true;
    }
    memcpy(s->cookies, pkt->p, sizeof s->cookies);
    return false;
}

/* A proposal was chosen, so whoever says that there is none to choose is not asked for another. */
static void a_refusal_behind_message_2_brings_no_other_offer(void **state)
{
    struct rig *r = *state;
    struct stuck stuck = {.firsts = 0};

    allow(&r->end[0], "aes128-sha256-x25519,aes256-aes192-aes128-sha512-sha384-sha256-sha1-ecp256");
    assert_true(r->end[0].cfg.ike.n > L2S_OFFER_MAX);
    r->tap = stick_at_3;
    r->tap_arg = &stuck;
    dial(r);
    rig_run(r, 500 * L2S_MS);
    assert_int_equal(stuck.firsts, 1);
    forge_refusal(r, stuck.cookies, 1);
    assert_in_range(run_until_failed(r), 4, 6);
    assert_int_equal(stuck.firsts, 1);
    assert_int_equal(r->end[0].failed, 1);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_PHASE1_REFUSED);
    assert_string_equal(r->end[0].why.step, "main mode, message 3");
}

/* ---- NAT (RFC 3947) -------------------------------------------------------------------------------------------- */

static void without_a_nat_all_stays_at_port_500(void **state)
{
    struct rig *r = *state;

    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    for (unsigned i = 0; i < 2; i++) {
        assert_false(r->end[i].child[0].udp_encap);
        assert_int_equal(r->end[i].child[0].local.port, 500);
        assert_int_equal(r->end[i].child[0].remote.port, 500);
    }
    rig_run(r, 60 * L2S_SECOND);
    assert_int_equal(r->end[0].keepalives + r->end[1].keepalives, 0);
}

/* Ports as messages pass the middle, in order. */
struct ports {
    unsigned n;
    uint16_t client[16];
    bool marker[16];
};

static bool note_ports(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct ports *p = arg;

    (void)r;
    if (p->n < L2S_COUNT_OF(p->client)) {
        p->client[p->n] = pkt->from ? pkt->dst.port : pkt->src.port;
        p->marker[p->n++] = pkt->marker;
    }
    return true;
}

/* RFC 3947, 4: both sides see it from message 4 on, and the initiator moves with message 5. */
static void behind_a_nat_the_client_moves_to_port_4500_with_message_5(void **state)
{
    struct rig *r = *state;
    struct ports ports = {0};

    r->nat = true;
    r->tap = note_ports;
    r->tap_arg = &ports;
    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    assert_int_equal(ports.n, MESSAGES);
    for (unsigned i = 0; i < MESSAGES; i++) {
        bool reply = i == 1 || i == 3 || i == 5 || i == 7; /* seen inside, the others outside */
        assert_int_equal(ports.marker[i], i >= 4);
        assert_int_equal(ports.client[i], (reply ? 0 : r->nat_base) + (i < 4 ? 500 : 4500));
    }
    assert_true(r->end[0].child[0].udp_encap);
    assert_int_equal(r->end[0].child[0].local.port, 4500);
    assert_int_equal(r->end[0].child[0].remote.port, 4500);
    assert_int_equal(r->end[1].child[0].local.port, 4500);
    assert_int_equal(r->end[1].child[0].remote.port, 34500);
    assert_int_equal(r->end[1].child[0].remote.ip[3], r->nat_ip);
    rig_run(r, 60 * L2S_SECOND); /* RFC 3948, 4: who is behind it keeps it open */
    assert_in_range(r->end[0].keepalives, 1, 3);
    assert_int_equal(r->end[1].keepalives, 0);
}

static bool stay_at_500(struct rig *r, struct rig_packet *pkt, void *arg)
{
    (void)arg;
    if (pkt->from == 0 && pkt->marker && !rig_is_quick(pkt)) {
        pkt->marker = false;
        pkt->src.port = (uint16_t)(r->nat_base + 500);
        pkt->dst.port = 500;
    }
    return true;
}

static void a_client_that_moves_with_its_quick_mode_only_is_followed(void **state)
{
    struct rig *r = *state;

    r->nat = true;
    r->tap = stay_at_500;
    dial(r);
    rig_run(r, L2S_SECOND);
    r->tap = NULL;
    rig_assert_up(r);
    assert_true(r->end[1].child[0].udp_encap);
    assert_int_equal(r->end[1].child[0].local.port, 4500);
    assert_int_equal(r->end[1].child[0].remote.port, r->nat_base + 4500);
    assert_int_equal(r->end[1].moves, 1);
}

static void encapsulation_can_be_forced_and_forbidden(void **state)
{
    struct rig r;

    (void)state;
    begin(&r);
    r.end[0].cfg.encap = L2S_ENCAP_ALWAYS;
    dial(&r);
    rig_run(&r, L2S_SECOND);
    rig_assert_up(&r);
    assert_true(r.end[1].child[0].udp_encap);
    assert_int_equal(r.end[1].child[0].remote.port, 4500);
    rig_fini(&r);

    for (unsigned i = 0; i < 2; i++) {
        begin(&r);
        r.nat = true;
        r.end[i].cfg.encap = L2S_ENCAP_NEVER;
        dial(&r);
        rig_run(&r, L2S_SECOND);
        rig_assert_up(&r);
        assert_false(r.end[1].child[0].udp_encap);
        assert_int_equal(r.end[1].child[0].remote.port, 30500);
        rig_fini(&r);
    }
}

/* Without a NAT and without a word in the configuration: a server that renews phase 1 must find one, too, or it would ask for plain
 * transport from then on. */
static void encapsulation_that_was_found_out_outlasts_a_renewal_by_either_side(void **state)
{
    (void)state;
    for (unsigned by = 0; by < 2; by++) {
        struct rig r;
        begin(&r);
        r.end[by].cfg.ike_lifetime_s = 60;
        r.end[0].cfg.esp_lifetime_s = r.end[1].cfg.esp_lifetime_s = 90;
        rig_listen(&r);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        l2s_ike_encapsulate(r.end[0].e, &rig_owner);
        rig_run(&r, L2S_SECOND);
        rig_assert_joined(&r);
        assert_true(r.end[0].child[0].udp_encap && r.end[1].child[0].udp_encap);
        rig_run(&r, 600 * L2S_SECOND);
        assert_in_range(r.end[by].children_up, 5, 20);
        assert_true(rig_newest(&r.end[0])->udp_encap && rig_newest(&r.end[1])->udp_encap);
        const struct l2s_nat *nat = &rig_peer(&r.end[1])->nat;
        assert_true(nat->local || nat->remote);
        assert_true(r.end[0].keepalives > 10); /* a firewall forgets, too */
        rig_fini(&r);
    }
}

static void two_clients_behind_one_nat_are_two_channels(void **state)
{
    struct rig *r = *state;
    l2tpsec_addr second = rig_addr(1, 501);
    uint64_t channel;
    int other;

    r->nat = true;
    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    channel = r->end[1].channel;
    assert_int_equal(l2s_ike_connect(r->end[0].e, &r->end[0].cfg, &second, &r->end[1].at, 4501, 4500, &other),
                     L2TPSEC_OK);
    rig_run(r, L2S_SECOND);
    rig_assert_joined(r);
    assert_int_equal(r->end[1].channels_up, 2);
    assert_int_not_equal(r->end[1].channel, channel);
    assert_int_equal(r->end[1].n, 2); /* the second one's INITIAL-CONTACT is not about the first */
    assert_int_equal(r->end[1].resets, 0);
    assert_int_equal(r->end[1].child[0].remote.port, 34500);
    assert_int_equal(r->end[1].child[1].remote.port, 34501);
    assert_ptr_equal(r->end[0].owner, &other);
    l2s_ike_close(r->end[1].e, channel);
    r->end[1].n = 0;
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[0].channels_down, 1);
    assert_int_equal(r->end[0].n, 1);
    assert_ptr_equal(r->end[0].why_owner, &rig_owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendor_ids_are_told_as_configured_and_answered_in_kind),
        cmocka_unit_test(every_group_completes),
        cmocka_unit_test(every_cipher_completes_with_every_hash),
        WITH_RIG(nine_messages_bring_up_a_pair),
        cmocka_unit_test(any_message_may_be_lost_repeated_or_late),
        cmocka_unit_test(a_bad_line_takes_longer_but_works),
        cmocka_unit_test(an_address_where_nobody_is_fails_when_the_last_wait_is_over),
        cmocka_unit_test(a_server_that_falls_silent_is_told_from_one_that_never_spoke),
        cmocka_unit_test(a_client_that_falls_silent_in_quick_mode_is_forgotten),
        cmocka_unit_test(a_connect_may_be_abandoned_at_every_step),
        WITH_RIG(keys_that_differ_are_named_on_both_sides),
        WITH_RIG(a_refused_key_is_refused_again_when_the_proof_comes_again),
        cmocka_unit_test(a_side_without_a_key_says_so),
        WITH_RIG(the_host_is_told_whose_key_is_wanted),
        cmocka_unit_test(the_key_may_come_later_and_only_once),
        WITH_RIG(a_key_at_the_last_moment_is_as_good_as_an_early_one),
        cmocka_unit_test(a_late_no_is_as_good_as_an_early_one),
        WITH_RIG(a_late_wrong_key_does_not_use_up_the_exchange),
        WITH_RIG(a_question_nobody_answers_ends_with_the_half_open_exchange),
        cmocka_unit_test(candidates_are_tried_until_one_fits),
        WITH_RIG(each_side_learns_the_other_ones_identity),
        WITH_RIG(another_identity_than_demanded_is_refused),
        WITH_RIG(without_a_common_proposal_both_sides_list_theirs),
        WITH_RIG(what_does_not_fit_into_one_offer_is_offered_next),
        WITH_RIG(the_last_proposal_may_be_alone_in_its_offer),
        WITH_RIG(a_forged_refusal_does_not_end_an_attempt),
        WITH_RIG(a_refusal_behind_message_2_brings_no_other_offer),
        WITH_RIG(without_a_nat_all_stays_at_port_500),
        WITH_RIG(behind_a_nat_the_client_moves_to_port_4500_with_message_5),
        WITH_RIG(a_client_that_moves_with_its_quick_mode_only_is_followed),
        cmocka_unit_test(encapsulation_can_be_forced_and_forbidden),
        cmocka_unit_test(encapsulation_that_was_found_out_outlasts_a_renewal_by_either_side),
        WITH_RIG(two_clients_behind_one_nat_are_two_channels),
    };

    return cmocka_run_group_tests_name("IKEv1 main mode", tests, NULL, NULL);
}
