/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Informational exchanges (RFC 2409, 5.7): what is proven takes down what it names, what is forged does nothing. */
#include "unit/ike/v1_rig.h"

#include "ike/v1/dpd.h"
#include "ike/v1/info.h"

#include <string.h>

/* For tests that need one rig, up: *state. */
static int set_up(void **state)
{
    struct rig *r;

    rig_set_up(state);
    r = *state;
    rig_up(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    return 0;
}

/* And with a NAT in front of the client. */
static int set_up_behind_nat(void **state)
{
    struct rig *r;

    rig_set_up(state);
    r = *state;
    r->nat = true;
    rig_up(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    return 0;
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, rig_tear_down)
#define WITH_NAT(test) cmocka_unit_test_setup_teardown(test, set_up_behind_nat, rig_tear_down)

static struct l2s_v1_sa *sa_of(struct rig_end *e)
{
    struct l2s_v1_peer *p = l2s_idtab_get(&e->e->channels, e->channel);

    assert_non_null(p);
    assert_non_null(l2s_v1_peer_sa(p));
    return l2s_v1_peer_sa(p);
}

static void delete_of_a_pair_takes_down_that_pair_by_the_senders_spi_only(void **state)
{
    struct rig *r = *state;

    for (unsigned i = 0; i < 2; i++) {
        l2s_v1_info_delete_esp(sa_of(&r->end[i]), r->end[i].child[0].spi_out); /* not what the sender receives on */
        l2s_v1_info_delete_esp(sa_of(&r->end[i]), 0xdeadbeef);
    }
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    for (unsigned i = 0; i < 3; i++)
        l2s_v1_info_delete_esp(sa_of(&r->end[0]), r->end[0].child[0].spi_in);
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[1].children_down, 1);
    assert_int_equal(r->end[0].children_down, 0);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->established, 1); /* the IKE SA stays */
    assert_int_equal(r->end[1].channels_down, 0);
}

static void delete_of_the_ike_sa_leaves_the_pair(void **state)
{
    for (unsigned i = 0; i < 2; i++) {
        struct rig *r = *state;
        struct rig_end *near = &r->end[i], *far = &r->end[!i];
        l2s_v1_info_delete_ike(sa_of(near));
        l2s_v1_info_delete_ike(sa_of(near));
        rig_run(r, L2S_SECOND);
        assert_int_equal(l2s_ike_stats(far->e)->established, 0);
        assert_int_equal(l2s_ike_stats(near->e)->established, 1);
        assert_int_equal(far->n, 1);
        assert_int_equal(far->channels_down, 0);
        if (i == 0) {
            rig_fini(r);
            set_up(state);
        }
    }
}

static void delete_of_a_replaced_pair_leaves_the_new_one(void **state)
{
    struct rig *r = *state;

    l2s_ike_rekey(r->end[0].e, r->end[0].channel, r->end[0].child[0].id);
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[0].n, 2);
    uint32_t newest = rig_newest(&r->end[1])->spi_out;
    l2s_v1_info_delete_esp(sa_of(&r->end[0]), r->end[0].child[0].spi_in);
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[1].n, 1);
    assert_int_equal(r->end[1].child[0].spi_out, newest);
    rig_assert_quiet(r);
}

static void either_side_may_close(void **state)
{
    for (unsigned i = 0; i < 2; i++) {
        struct rig *r = *state;
        struct rig_end *far = &r->end[!i];
        l2s_ike_close(r->end[i].e, r->end[i].channel);
        r->end[i].n = 0;
        rig_run(r, L2S_SECOND);
        assert_int_equal(far->n, 0);
        assert_int_equal(far->channels_down, 1);
        assert_int_equal(far->why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
        assert_int_equal(l2s_ike_stats(far->e)->established, 0);
        if (i == 0) {
            rig_fini(r);
            set_up(state);
        }
    }
}

/* First the pairs, then the IKE SA; in between the pairs still work. */
static void who_parts_before_it_closes_says_so_once(void **state)
{
    struct rig *r = *state;
    struct rig_end *client = &r->end[0], *server = &r->end[1];
    uint64_t sent = r->sent;

    l2s_ike_part(client->e, client->channel);
    l2s_ike_part(client->e, client->channel);
    assert_int_equal(r->sent, sent + 1);
    assert_int_equal(client->n, 1);
    rig_run(r, 50 * L2S_MS);
    assert_int_equal(server->children_down, 1);
    assert_int_equal(server->channels_down, 0);
    sent = r->sent;
    l2s_ike_close(client->e, client->channel);
    client->n = 0;
    assert_int_equal(r->sent, sent + 1);
    rig_run(r, 50 * L2S_MS);
    assert_int_equal(server->channels_down, 1);
    assert_int_equal(server->why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
}

/* Damages every informational in turn: where 0 to 27 a byte of the header, beyond it one of what is sealed. */
struct forger {
    size_t where;
    unsigned seen;
};

static bool forge(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct forger *f = arg;

    (void)r;
    if (pkt->p[18] == L2S_EXCHANGE_INFO && f->where < pkt->n) {
        pkt->p[f->where] ^= 1;
        f->seen++;
    }
    return true;
}

static void no_altered_informational_does_anything(void **state)
{
    struct rig *r = *state;
    struct forger f = {.where = 0};

    r->tap = forge;
    r->tap_arg = &f;
    r->end[0].cfg.dpd_s = r->end[1].cfg.dpd_s = 0;
    for (; f.where < L2S_ISAKMP_HEADER + 48; f.where++) {
        if (f.where == 17 || (f.where >= 24 && f.where < 28)) /* a minor version, a length that still may fit */
            continue;
        for (unsigned i = 0; i < 2; i++) {
            l2s_v1_info_delete_esp(sa_of(&r->end[i]), r->end[i].child[0].spi_in);
            l2s_v1_info_delete_ike(sa_of(&r->end[i]));
            l2s_v1_info_notify(sa_of(&r->end[i]), L2S_N_INITIAL_CONTACT, 0);
        }
        rig_run(r, 100 * L2S_MS);
        rig_assert_up(r);
    }
    assert_true(f.seen > 400);
    r->tap = NULL;
    l2s_v1_info_delete_esp(sa_of(&r->end[0]), r->end[0].child[0].spi_in); /* as it is, it works */
    rig_run(r, 100 * L2S_MS);
    assert_int_equal(r->end[1].children_down, 1);
}

static void a_dead_peer_is_found_in_time_and_a_live_one_stays(void **state)
{
    struct rig *r = *state;
    struct rig_end *e = &r->end[0];

    uint64_t sent = r->sent;

    l2s_ike_traffic(e->e, e->channel, false);
    rig_run(r, 60 * L2S_SECOND);
    assert_int_equal(r->sent, sent + 2);
    rig_assert_up(r); /* it was asked, and answered */
    r->cut = true;
    rig_run(r, 60 * L2S_SECOND);
    rig_assert_up(r); /* nothing sent: nobody asks */
    l2s_ike_traffic(e->e, e->channel, false);
    rig_run(r, 14 * L2S_SECOND); /* dpd_s, and dpd_retries a second apart */
    assert_int_equal(e->channels_down, 0);
    rig_run(r, 2 * L2S_SECOND);
    assert_int_equal(e->channels_down, 1);
    assert_int_equal(e->n, 0);
    assert_int_equal(e->why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    assert_string_equal(e->why.step, "dead peer detection");
}

/* ---- again, and in clear ---------------------------------------------------------------------------------------- */

static bool keep_informational(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct rig_packet *kept = arg;

    (void)r;
    if (pkt->p[18] != L2S_EXCHANGE_INFO)
        return true;
    *kept = *pkt;
    return false;
}

/* What a message id was used for once, it is used up for: what the SPI named may be another pair's by then. */
static void no_informational_counts_twice(void **state)
{
    struct rig *r = *state;
    struct rig_packet kept = {.n = 0};
    const struct l2s_ike_stats *s = l2s_ike_stats(r->end[1].e);

    r->tap = keep_informational;
    r->tap_arg = &kept;
    l2s_v1_info_notify(sa_of(&r->end[0]), L2S_N_INITIAL_CONTACT, 0);
    assert_int_not_equal(kept.n, 0);
    for (unsigned i = 0; i < 3; i++)
        rig_inject(r, 1, &kept.src, &kept.dst, kept.marker, kept.p, kept.n);
    rig_assert_up(r); /* message 5 had said so: a second time is one too many */
    assert_int_equal(s->established, 1);
    l2s_v1_info_delete_esp(sa_of(&r->end[0]), r->end[0].child[0].spi_in);
    for (unsigned i = 0; i < 3; i++)
        rig_inject(r, 1, &kept.src, &kept.dst, kept.marker, kept.p, kept.n);
    assert_int_equal(r->end[1].children_down, 1);
}

static void an_old_refusal_does_not_refuse_what_came_after(void **state)
{
    struct rig *r = *state;
    struct rig_packet kept = {.n = 0};

    r->tap = keep_informational;
    r->tap_arg = &kept;
    l2s_v1_info_notify(sa_of(&r->end[1]), L2S_N_NO_PROPOSAL_CHOSEN, 0);
    rig_inject(r, 0, &kept.src, &kept.dst, kept.marker, kept.p, kept.n);
    r->tap = NULL;
    l2s_ike_rekey(r->end[0].e, r->end[0].channel, r->end[0].child[0].id);
    rig_inject(r, 0, &kept.src, &kept.dst, kept.marker, kept.p, kept.n);
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[0].children_up, 2);
    rig_assert_joined(r);
}

static void nothing_in_clear_is_believed_of_a_peer_that_is_up(void **state)
{
    static const uint16_t errors[] = {L2S_N_INVALID_COOKIE, L2S_N_INVALID_SPI, L2S_N_NO_PROPOSAL_CHOSEN,
                                      L2S_N_AUTHENTICATION_FAILED, L2S_N_INITIAL_CONTACT};
    struct rig *r = *state;

    for (unsigned i = 0; i < 2; i++) {
        struct rig_end *near = &r->end[i], *far = &r->end[!i];
        for (size_t k = 0; k < L2S_COUNT_OF(errors); k++)
            l2s_v1_info_clear_sa(sa_of(near), &sa_of(near)->peer->path, errors[k]);
        struct l2s_isakmp h = l2s_v1_sa_header(sa_of(near), L2S_EXCHANGE_INFO, 0, 77);
        uint8_t buf[200];
        struct l2s_wr w = l2s_wr_init(buf, sizeof buf);
        struct l2s_chain c = l2s_chain_begin(&w, &h);
        l2s_chain_put_delete_esp(&c, near->child[0].spi_in);
        l2s_chain_put_delete_ike(&c, h.icookie, h.rcookie);
        l2s_chain_end(&c);
        assert_false(w.bad);
        rig_inject(r, !i, &near->at, &far->at, false, w.p, w.len);
    }
    rig_run(r, 30 * L2S_SECOND);
    rig_assert_up(r);
}

/* ---- dead peer detection (RFC 3706) ----------------------------------------------------------------------------- */

static void the_server_finds_a_dead_client_too(void **state)
{
    struct rig *r = *state;
    struct rig_end *e = &r->end[1];

    r->cut = true;
    l2s_ike_traffic(e->e, e->channel, false);
    rig_run(r, 5 * L2S_SECOND);
    l2s_ike_traffic(e->e, e->channel, true); /* something came after all */
    rig_run(r, 60 * L2S_SECOND);
    rig_assert_up(r);
    l2s_ike_traffic(e->e, e->channel, false);
    rig_run(r, 16 * L2S_SECOND);
    assert_int_equal(e->channels_down, 1);
    assert_int_equal(e->why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    assert_int_equal(e->n, 0);
}

static void an_answer_to_another_question_is_no_sign_of_life(void **state)
{
    struct rig *r = *state;
    struct rig_end *e = &r->end[0];

    r->tap = keep_informational; /* the questions of both are lost */
    r->tap_arg = &(struct rig_packet){.n = 0};
    l2s_ike_traffic(e->e, e->channel, false);
    rig_run(r, 11 * L2S_SECOND);
    r->tap = NULL;
    struct l2s_v1_peer *p = l2s_idtab_get(&e->e->channels, e->channel);
    assert_true(p->dpd_asking);
    l2s_v1_info_dpd(sa_of(&r->end[1]), L2S_N_R_U_THERE_ACK, p->dpd_seq + 1);
    l2s_v1_info_dpd(sa_of(&r->end[1]), L2S_N_R_U_THERE_ACK, p->dpd_first - 1);
    rig_run(r, 100 * L2S_MS);
    assert_true(p->dpd_asking);
    l2s_v1_info_dpd(sa_of(&r->end[1]), L2S_N_R_U_THERE_ACK, p->dpd_seq);
    rig_run(r, 100 * L2S_MS);
    assert_false(p->dpd_asking);
    rig_assert_up(r);
}

/* HASH(1) has no direction (RFC 2409, 5.7): what we said may come back from anybody on the line. */
/* RFC 2407, 4.6.3.1. Cisco's ASA and VPN 3000 send it ahead of message 2. */
static bool say_life_first(struct rig *r, struct rig_packet *pkt, void *arg)
{
    static const uint8_t attrs[] = {0x80, 1, 0, 1, 0x80, 2, 2, 0x58, 0x80, 1, 0, 2, 0x80, 2, 16, 0};
    bool *said = arg;
    struct l2s_v1_sa *near = sa_of(&r->end[0]), *far = sa_of(&r->end[1]);
    struct l2s_isakmp h = l2s_v1_sa_header(far, L2S_EXCHANGE_INFO, L2S_FLAG_ENCRYPTED, 77);
    uint8_t out[RIG_BYTES], iv[L2S_CIPHER_BLOCK_MAX], spi[4] = {0};

    if (*said || pkt->from != 1 || !rig_is_quick(pkt))
        return true;
    *said = true;
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    size_t hash_at = l2s_chain_put_room(&c, L2S_PT_HASH, far->keys.hash_len), from = hash_at + far->keys.hash_len;
    l2s_chain_put_notify(&c, L2S_PROTO_ESP, L2S_N_RESPONDER_LIFETIME, spi, sizeof spi, attrs, sizeof attrs);
    struct l2s_bytes rest = {.p = out + from, .n = w.len - from};
    assert_int_equal(l2s_v1_hash1(&far->keys, r->crypto, 77, rest, out + hash_at), L2TPSEC_OK);
    assert_int_equal(l2s_v1_iv_phase2(&far->keys, r->crypto, far->iv, 77, iv), L2TPSEC_OK);
    assert_int_equal(l2s_v1_seal(&far->keys, r->crypto, iv, &c), L2TPSEC_OK);
    rig_inject(r, 0, &near->peer->path.remote, &near->peer->path.local, near->peer->path.marker, out, w.len);
    return true;
}

static void a_life_said_ahead_of_the_answer_is_obeyed(void **state)
{
    struct rig *r = *state;
    bool said = false;

    r->tap = say_life_first;
    r->tap_arg = &said;
    l2s_ike_rekey(r->end[0].e, r->end[0].channel, rig_newest(&r->end[0])->id);
    rig_run(r, L2S_SECOND);
    r->tap = NULL;
    assert_true(said);
    assert_int_equal(rig_newest(&r->end[0])->lifetime_s, 600);
    assert_int_equal(rig_newest(&r->end[0])->lifetime_bytes, 4096 * 1024);
    rig_assert_quiet(r);
}

static void our_own_informationals_thrown_back_do_nothing(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];
    struct rig_packet kept = {.n = 0};
    l2tpsec_addr elsewhere = rig_addr(66, 4500), at = server->at;

    at.port = 4500;
    r->tap = keep_informational;
    r->tap_arg = &kept;
    l2s_v1_enter(server->e);
    l2s_v1_dpd_probe(rig_peer(server)); /* a question of the server's own */
    l2s_v1_leave(server->e);
    assert_int_not_equal(kept.n, 0);
    r->tap = NULL;
    rig_inject(r, 1, &elsewhere, &at, true, kept.p, kept.n);
    assert_int_equal(server->moves, 0);
    l2s_v1_info_dpd(sa_of(&r->end[0]), L2S_N_R_U_THERE, 1); /* the client's numbers count as before */
    rig_run(r, L2S_SECOND);
    assert_int_equal(l2s_ike_stats(server->e)->drops[L2TPSEC_DROP_REPLAYED], 1);
    r->tap = keep_informational;
    l2s_v1_info_notify(sa_of(server), L2S_N_NO_PROPOSAL_CHOSEN, 0); /* it refuses something, */
    r->tap = NULL;
    l2s_ike_rekey(server->e, server->channel, server->child[0].id);
    rig_inject(r, 1, &elsewhere, &at, true, kept.p, kept.n); /* but not what it began itself */
    rig_run(r, L2S_SECOND);
    assert_int_equal(server->children_up, 2);
    assert_int_equal(server->moves, 0);
}

/* ---- INITIAL-CONTACT --------------------------------------------------------------------------------------------- */

/* Power came back: the server drops what the old life had as soon as the new one is proven, and not before. */
static void a_client_that_begins_anew_replaces_its_old_self(void **state)
{
    struct rig *r = *state;
    uint64_t channel = r->end[1].channel;

    r->end[1].psk[0] = "not the key of the client, which has changed";
    rig_restart(r, 0);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 60 * L2S_SECOND);
    assert_int_equal(r->end[0].failed, 1);
    assert_int_equal(r->end[1].resets, 0);
    assert_int_equal(r->end[1].n, 1);
    r->end[1].psk[0] = RIG_PSK;
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 5 * L2S_SECOND);
    rig_assert_joined(r);
    assert_int_equal(r->end[1].resets, 1);
    assert_int_equal(r->end[1].n, 1);
    assert_int_equal(r->end[1].channel, channel);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->established, 1);
}

/* ---- NAT --------------------------------------------------------------------------------------------------------- */

static void a_nat_that_forgot_is_followed_by_what_is_proven_only(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];
    struct rig_packet kept = {.n = 0};

    r->tap = keep_informational; /* a genuine message of before, */
    r->tap_arg = &kept;
    l2s_v1_info_dpd(sa_of(&r->end[0]), L2S_N_R_U_THERE, 1000);
    r->tap = NULL;
    rig_inject(r, 1, &kept.src, &kept.dst, kept.marker, kept.p, kept.n);
    assert_int_equal(server->moves, 0);
    l2tpsec_addr elsewhere = rig_addr(66, 4500); /* played again from elsewhere, */
    rig_inject(r, 1, &elsewhere, &kept.dst, kept.marker, kept.p, kept.n);
    kept.p[kept.n - 1] ^= 1; /* or altered */
    rig_inject(r, 1, &elsewhere, &kept.dst, kept.marker, kept.p, kept.n);
    assert_int_equal(server->moves, 0);

    r->nat_base = 40000; /* the old ports lead nowhere */
    l2s_v1_info_dpd(sa_of(&r->end[0]), L2S_N_R_U_THERE, 1001);
    rig_run(r, L2S_SECOND);
    assert_int_equal(server->moves, 1);
    assert_int_equal(server->moved_to.port, 44500);
    l2s_ike_rekey(server->e, server->channel, server->child[0].id); /* and it reaches the client there */
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[0].children_up, 2);
    rig_assert_quiet(r);
}

static void only_who_is_behind_a_nat_keeps_it_awake_and_only_when_silent(void **state)
{
    struct rig *r = *state;
    struct rig_end *client = &r->end[0];

    rig_run(r, 201 * L2S_SECOND);
    assert_in_range(client->keepalives, 9, 10); /* every 20 s */
    assert_int_equal(r->end[1].keepalives, 0);
    client->keepalives = 0;
    for (unsigned i = 0; i < 100; i++) {
        l2s_ike_traffic(client->e, client->channel, true);
        l2s_ike_traffic(client->e, client->channel, false);
        rig_run(r, L2S_SECOND);
    }
    assert_in_range(client->keepalives, 0, 1);
}

static void without_a_nat_nobody_keeps_one_awake(void **state)
{
    struct rig *r = *state;

    rig_run(r, 300 * L2S_SECOND);
    assert_int_equal(r->end[0].keepalives + r->end[1].keepalives, 0);
    rig_assert_up(r);
}

/* ---- power cuts --------------------------------------------------------------------------------------------------- */

/* The new server knows no cookie of the old one's and says nothing: the client finds out when it has something to say. */
static void a_server_that_begins_anew_is_found_out_in_seconds(void **state)
{
    struct rig *r = *state;
    struct rig_end *client = &r->end[0];

    rig_restart(r, 1);
    rig_listen(r);
    l2s_ike_traffic(client->e, client->channel, false);
    rig_run(r, 16 * L2S_SECOND);
    assert_int_equal(client->channels_down, 1);
    assert_int_equal(client->why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    assert_int_equal(client->n, 0);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 2 * L2S_SECOND);
    rig_assert_joined(r);
}

struct times {
    unsigned n;
    uint64_t at[16];
};

static bool note_times(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct times *t = arg;

    if (pkt->from == 1 && t->n < L2S_COUNT_OF(t->at))
        t->at[t->n++] = r->sys.sys.now;
    return false;
}

/* As often as is set it is asked every second, like anybody. */
static void who_may_have_strayed_is_asked_for_longer_and_more_slowly(void **state)
{
    struct rig *r = *state;
    struct l2s_v1_peer *p = rig_peer(&r->end[1]);
    struct times t = {.n = 0};

    assert_true(p->cfg->dpd_retries > 1);
    r->tap = note_times;
    r->tap_arg = &t;
    l2s_v1_enter(r->end[1].e);
    l2s_v1_dpd_probe(p);
    l2s_v1_leave(r->end[1].e);
    rig_run(r, (p->cfg->dpd_retries + 10) * L2S_SECOND);
    assert_int_equal(t.n, 1 + p->cfg->dpd_retries + 2);
    for (unsigned i = 1; i < t.n; i++)
        assert_int_equal(t.at[i] - t.at[i - 1], i <= p->cfg->dpd_retries ? L2S_SECOND : 4 * L2S_SECOND);
    assert_int_equal(r->end[1].channels_down, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(delete_of_a_pair_takes_down_that_pair_by_the_senders_spi_only),
        WITH_RIG(delete_of_the_ike_sa_leaves_the_pair),
        WITH_RIG(delete_of_a_replaced_pair_leaves_the_new_one),
        WITH_RIG(either_side_may_close),
        WITH_RIG(who_parts_before_it_closes_says_so_once),
        WITH_RIG(no_altered_informational_does_anything),
        WITH_RIG(no_informational_counts_twice),
        WITH_RIG(an_old_refusal_does_not_refuse_what_came_after),
        WITH_RIG(nothing_in_clear_is_believed_of_a_peer_that_is_up),
        WITH_RIG(a_dead_peer_is_found_in_time_and_a_live_one_stays),
        WITH_RIG(the_server_finds_a_dead_client_too),
        WITH_RIG(an_answer_to_another_question_is_no_sign_of_life),
        WITH_RIG(a_life_said_ahead_of_the_answer_is_obeyed),
        WITH_NAT(our_own_informationals_thrown_back_do_nothing),
        WITH_RIG(a_client_that_begins_anew_replaces_its_old_self),
        WITH_NAT(a_nat_that_forgot_is_followed_by_what_is_proven_only),
        WITH_NAT(only_who_is_behind_a_nat_keeps_it_awake_and_only_when_silent),
        WITH_RIG(without_a_nat_nobody_keeps_one_awake),
        WITH_RIG(a_server_that_begins_anew_is_found_out_in_seconds),
        WITH_NAT(who_may_have_strayed_is_asked_for_longer_and_more_slowly),
    };

    return cmocka_run_group_tests_name("IKEv1 informational exchanges", tests, NULL, NULL);
}
