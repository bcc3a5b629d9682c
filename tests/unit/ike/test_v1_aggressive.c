/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Aggressive mode with a pre-shared key (RFC 2409, 5.4), both sides, where it is allowed and where it is not. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/payload.h"
#include "ike/v1/half_open.h"

#include <string.h>

#define EXCHANGE 18
#define FLAGS 19

static bool is_aggressive(const struct rig_packet *pkt)
{
    return pkt->p[EXCHANGE] == L2S_EXCHANGE_AGGRESSIVE;
}

static void named(struct rig_end *e, uint8_t type, const char *name)
{
    e->cfg.local_id.type = type;
    e->cfg.local_id.len = (uint16_t)strlen(name);
    memcpy(e->cfg.local_id.data, name, strlen(name));
}

static int set_up(void **state)
{
    int rc = rig_set_up(state);
    struct rig *r = *state;

    r->end[0].cfg.aggressive = r->end[1].cfg.aggressive = true;
    named(&r->end[0], 11, "a group"); /* ID_KEY_ID, as Apple has it */
    return rc;
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, rig_tear_down)

static void three_messages_bring_an_ike_sa(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    rig_assert_joined(r);
    assert_int_equal(r->end[0].emits, 2 + 2); /* and quick mode's first and third */
    assert_int_equal(r->end[1].emits, 1 + 1);
    assert_int_equal(r->end[1].peer_id.type, 11);
    assert_memory_equal(r->end[1].peer_id.data, "a group", 7);
    assert_memory_equal(r->end[0].log_key, r->end[1].log_key, r->end[0].log_len);
    assert_true(r->end[0].child[0].aggressive); /* said in an event: the PSK can be guessed */
    assert_true(r->end[1].child[0].aggressive);
}

static void the_key_is_looked_up_by_the_identity(void **state)
{
    static const uint8_t types[] = {2, 3, 11}; /* FQDN, USER_FQDN, KEY_ID */
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(types); i++) {
        if (i) {
            rig_fini(r);
            (void)set_up(state);
        }
        named(&r->end[0], types[i], "vpn@example.org");
        rig_up(r);
        assert_int_equal(r->end[1].asked_times, 1);
        assert_false(r->end[1].asked.initiator);
        assert_int_equal(r->end[1].asked.id.type, types[i]);
        assert_int_equal(r->end[1].asked.id.len, 15);
        assert_memory_equal(r->end[1].asked.id.data, "vpn@example.org", 15);
    }
}

static void a_key_that_comes_later_goes_on(void **state)
{
    struct rig *r = *state;

    r->end[1].ask = true;
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 3 * L2S_SECOND);
    assert_int_equal(r->end[1].asked_times, 1); /* whatever is repeated */
    assert_int_equal(r->end[1].emits, 0);
    assert_int_equal(l2s_ike_psk_answer(r->end[1].e, r->end[1].token, (const uint8_t *)RIG_PSK, strlen(RIG_PSK)),
                     L2TPSEC_OK);
    rig_run(r, 3 * L2S_SECOND);
    rig_assert_up(r);
}

static void an_identity_without_a_key_is_refused(void **state)
{
    struct rig *r = *state;

    r->end[1].psk[0] = NULL;
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 20 * L2S_SECOND);
    assert_int_equal(r->end[1].refused.cause, L2TPSEC_CAUSE_NO_SECRET);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->half_open, 0);
    assert_int_equal(r->end[0].failed, 1);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_PHASE1_REFUSED);
}

static void another_key_than_the_servers_is_told_apart(void **state)
{
    struct rig *r = *state;

    r->end[1].psk[0] = "not the one";
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 40 * L2S_SECOND);
    assert_int_equal(r->end[0].failed, 1);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_PSK);
    assert_int_equal(r->end[1].channels_up, 0);
    rig_run(r, 60 * L2S_SECOND);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->half_open, 0);
}

static bool keep_first(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct rig_packet *first = arg;

    (void)r;
    if (first->n == 0)
        *first = *pkt;
    return false;
}

/* Message 1 of aggressive mode can come from anybody, in anybody's name. */
static void forged_addresses_keep_their_owner_from_no_main_mode(void **state)
{
    static struct rig_packet first;
    struct rig *r = *state;

    r->end[1].cfg.half_open_max = 100;
    rig_cheap_dh(r);
    rig_listen(r);
    r->tap = keep_first;
    r->tap_arg = &first;
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    assert_int_not_equal(first.n, 0);
    l2s_ike_abandon(r->end[0].e, &rig_owner);
    for (unsigned i = 0; i < 60; i++) {
        l2tpsec_addr from = r->end[0].at;
        from.port = (uint16_t)(1000 + i);
        l2s_put32(first.p, i + 1);
        rig_inject(r, 1, &from, &r->end[1].at, false, first.p, first.n);
    }
    assert_true(l2s_ike_stats(r->end[1].e)->half_open >= L2S_HALF_OPEN_PER_SOURCE);
    r->tap = NULL;
    r->end[0].cfg.aggressive = false;
    r->end[0].cfg.local_id.type = 0;
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
}

static void nobody_answers_it_who_was_not_told_to(void **state)
{
    struct rig *r = *state;

    r->end[1].cfg.aggressive = false;
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 20 * L2S_SECOND);
    assert_int_equal(r->end[0].failed, 1);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_PHASE1_REFUSED);
    assert_int_equal(r->end[1].asked_times, 0);
    assert_int_equal(rig_dh_calls, 1); /* the client's own value */
    assert_int_equal(r->end[1].refused.cause, L2TPSEC_CAUSE_PHASE1_REFUSED);
    assert_non_null(r->end[1].refused.hint);
}

static void main_mode_is_answered_all_the_same(void **state)
{
    struct rig *r = *state;

    r->end[0].cfg.aggressive = false;
    rig_up(r);
    assert_false(r->end[1].child[0].aggressive);
}

static void a_server_with_another_name_than_wanted_is_turned_down(void **state)
{
    struct rig *r = *state;

    r->end[0].cfg.remote_id.type = 2;
    r->end[0].cfg.remote_id.len = 1;
    r->end[0].cfg.remote_id.data[0] = 'x';
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 20 * L2S_SECOND);
    assert_int_equal(r->end[0].failed, 1);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_IDENTITY);
    assert_int_equal(r->end[1].channels_up, 0);
}

/* ---- groups ---- */

struct offers {
    unsigned first;
    size_t ke[4];
};

static bool count_offers(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct offers *o = arg;
    struct l2s_isakmp h;
    struct l2s_rd body;
    struct l2s_payloads s;

    (void)r;
    if (pkt->from != 0 || !is_aggressive(pkt) || (pkt->p[FLAGS] & L2S_FLAG_ENCRYPTED))
        return true;
    assert_int_equal(l2s_isakmp_read(l2s_rd_init(pkt->p, pkt->n), &h, &body), 0);
    assert_int_equal(l2s_payloads_collect(body, h.first, L2S_NATT_NONE, &s), L2TPSEC_OK);
    if (o->first == 0 || o->ke[o->first - 1] != l2s_payloads_get(&s, L2S_PK_KE, 0).left)
        o->ke[o->first++] = l2s_payloads_get(&s, L2S_PK_KE, 0).left;
    return true;
}

static void a_refused_group_is_followed_by_the_next_one(void **state)
{
    struct offers o = {0};
    struct rig r;

    (void)state;
    rig_init(&r);
    r.end[0].cfg.aggressive = r.end[1].cfg.aggressive = true;
    rig_propose(&r, "aes256-sha256-modp2048, aes256-sha1-modp2048, aes128-sha256-ecp256", "aes128-sha256");
    const char *error;
    size_t len;
    assert_int_equal(l2s_ike_policy_parse("aes128-sha256-ecp256", &r.end[1].cfg.ike, &error, &len), L2TPSEC_OK);
    r.tap = count_offers;
    r.tap_arg = &o;
    rig_up(&r);
    assert_int_equal(o.first, 2);
    assert_int_equal(o.ke[0], 256);
    assert_int_equal(o.ke[1], 64);
    assert_string_equal(r.end[1].agreed, "aes128-sha256-ecp256");
    rig_fini(&r);
}

/* ---- a bad network ---- */

struct loss {
    unsigned from, nth; /* the nth aggressive message of this side, from 1 */
    unsigned seen, lost;
};

static bool lose_one(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct loss *l = arg;

    (void)r;
    if (!is_aggressive(pkt) || pkt->from != l->from || ++l->seen != l->nth)
        return true;
    l->lost++;
    return false;
}

static void each_message_may_be_lost(void **state)
{
    static const struct loss cases[] = {{.from = 0, .nth = 1}, {.from = 1, .nth = 1}, {.from = 0, .nth = 2}};
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct loss l = cases[i];
        if (i) {
            rig_fini(r);
            (void)set_up(state);
        }
        r->tap = lose_one;
        r->tap_arg = &l;
        rig_up(r);
        assert_int_equal(l.lost, 1);
    }
}

static void it_comes_up_over_a_bad_line(void **state)
{
    struct rig *r = *state;

    for (unsigned seed = 1; seed <= 30; seed++) {
        if (seed > 1) {
            rig_fini(r);
            (void)set_up(state);
        }
        r->chance = seed;
        r->loss = 250;
        r->again = 250;
        r->jitter = 300 * L2S_MS;
        rig_listen(r);
        assert_int_equal(rig_connect(r), L2TPSEC_OK);
        rig_run(r, 30 * L2S_SECOND);
        assert_int_equal(r->end[0].channels_up, 1);
        assert_int_equal(r->end[0].failed, 0);
        assert_int_equal(r->end[1].channels_up, 1);
    }
}

static void behind_a_nat_it_moves_to_port_4500(void **state)
{
    struct rig *r = *state;

    r->nat = true;
    rig_up(r);
    rig_assert_joined(r);
    assert_true(r->end[0].child[0].udp_encap);
    assert_true(r->end[1].child[0].udp_encap);
    assert_int_equal(r->end[1].child[0].remote.port, 30000 + 4500);
}

static void its_ike_sa_is_renewed_like_any_other(void **state)
{
    struct rig *r = *state;

    r->end[0].cfg.ike_lifetime_s = 60;
    rig_up(r);
    rig_run(r, 300 * L2S_SECOND);
    assert_true(r->end[0].keylogs >= 5);
    rig_assert_quiet(r);
}

/* ---- message 3 ---- */

/* The encryption bit alone goes. */
static bool bare(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *done = arg;

    (void)r;
    if (pkt->from == 0 && is_aggressive(pkt) && (pkt->p[FLAGS] & L2S_FLAG_ENCRYPTED)) {
        (*done)++;
        pkt->p[FLAGS] &= (uint8_t)~L2S_FLAG_ENCRYPTED;
    }
    return true;
}

static void an_encrypted_message_3_without_its_flag_proves_nothing(void **state)
{
    struct rig *r = *state;
    unsigned done = 0;

    r->tap = bare;
    r->tap_arg = &done;
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 20 * L2S_SECOND);
    assert_true(done > 0);
    assert_int_equal(r->end[1].channels_up, 0);
}

/* What the first two messages said, for the IV of the third (RFC 2409, appendix B). */
struct halves {
    uint8_t ke[2][64];
    size_t len[2];
    unsigned bared;
    bool forged;
};

/* Message 3 as RFC 2409 draws it: in clear. */
static bool decrypt(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct halves *h = arg;
    struct l2s_payloads s;
    struct l2s_isakmp head;
    struct l2s_rd body;

    if (!is_aggressive(pkt))
        return true;
    assert_int_equal(l2s_isakmp_read(l2s_rd_init(pkt->p, pkt->n), &head, &body), 0);
    if (!(pkt->p[FLAGS] & L2S_FLAG_ENCRYPTED)) {
        assert_int_equal(l2s_payloads_collect(body, head.first, L2S_NATT_NONE, &s), L2TPSEC_OK);
        struct l2s_rd ke = l2s_payloads_get(&s, L2S_PK_KE, 0);
        h->len[pkt->from] = ke.left;
        l2s_rd_copy(&ke, h->ke[pkt->from], h->len[pkt->from]);
        return true;
    }
    struct l2s_bytes in[2] = {{h->ke[0], h->len[0]}, {h->ke[1], h->len[1]}};
    uint8_t iv[L2S_HASH_MAX];
    assert_int_equal(l2s_hash(r->crypto, L2S_SHA256, in, 2, iv), L2TPSEC_OK);
    assert_int_equal(
        r->crypto->ops->cbc(r->crypto, L2S_AES_CBC, false, r->end[0].log_key, 16, iv, pkt->p + 28, pkt->n - 28),
        L2TPSEC_OK);
    pkt->p[FLAGS] &= (uint8_t)~L2S_FLAG_ENCRYPTED;
    if (h->forged)
        pkt->p[28 + 4] ^= 1; /* of the hash */
    h->bared++;
    return true;
}

static void message_3_in_clear_is_taken(void **state)
{
    struct rig *r = *state;

    for (unsigned forged = 0; forged < 2; forged++) {
        struct halves h = {.forged = forged};
        if (forged) {
            rig_fini(r);
            (void)set_up(state);
        }
        r->tap = decrypt;
        r->tap_arg = &h;
        rig_listen(r);
        assert_int_equal(rig_connect(r), L2TPSEC_OK);
        rig_run(r, 5 * L2S_SECOND);
        assert_true(h.bared > 0);
        assert_int_equal(r->end[1].channels_up, !forged);
        assert_int_equal(r->end[1].refused.cause, forged ? L2TPSEC_CAUSE_PSK : 0);
    }
}

/* ---- strangers ---- */

struct recording {
    uint8_t p[RIG_BYTES];
    size_t n;
};

static bool record_first(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct recording *rec = arg;

    (void)r;
    if (!rec->n && pkt->from == 0) {
        memcpy(rec->p, pkt->p, pkt->n);
        rec->n = pkt->n;
    }
    return true;
}

static void strangers_cost_so_much_work_a_second_and_no_more(void **state)
{
    struct rig *r = *state;
    struct recording rec = {.n = 0};
    l2tpsec_addr at = r->end[1].at;

    r->tap = record_first;
    r->tap_arg = &rec;
    rig_up(r);
    r->cut = true;
    unsigned dh = rig_dh_calls, emits = r->end[1].emits;
    for (unsigned i = 0; i < 1000; i++) {
        l2tpsec_addr from = rig_addr((uint8_t)(3 + i % 200), (uint16_t)(1000 + i));
        rec.p[0] = (uint8_t)i, rec.p[1] = (uint8_t)(i >> 8);
        rig_inject(r, 1, &from, &at, false, rec.p, rec.n);
    }
    assert_in_range(rig_dh_calls - dh, 63 * 1, 64 * 2); /* a value of ours, and the secret, each */
    assert_in_range(r->end[1].emits - emits, 63, 64);
    assert_true(l2s_ike_stats(r->end[1].e)->drops[L2TPSEC_DROP_LIMIT] >= 936);
    assert_in_range(l2s_ike_stats(r->end[1].e)->half_open, 1, 64);
    rig_run(r, 2 * L2S_SECOND);
    emits = r->end[1].emits;
    for (unsigned i = 0; i < 1000; i++) {
        l2tpsec_addr from = rig_addr((uint8_t)(3 + i % 200), (uint16_t)(1000 + i));
        rec.p[0] = (uint8_t)i, rec.p[1] = (uint8_t)(128 + (i >> 8));
        rig_inject(r, 1, &from, &at, false, rec.p, rec.n);
    }
    assert_in_range(r->end[1].emits - emits, 30, 34);
    rig_run(r, 40 * L2S_SECOND);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->half_open, 0);
}

static bool weigh(struct rig *r, struct rig_packet *pkt, void *arg)
{
    size_t *n = arg;

    (void)r;
    if (is_aggressive(pkt) && !n[pkt->from])
        n[pkt->from] = pkt->n;
    return true;
}

static void the_answer_is_not_much_longer_than_the_question(void **state)
{
    struct rig *r = *state;
    size_t n[2] = {0};

    r->tap = weigh;
    r->tap_arg = n;
    rig_up(r);
    assert_true(n[1] < n[0] + n[0] / 2);
}

static void the_same_message_1_has_the_same_answer(void **state)
{
    struct rig *r = *state;
    struct recording rec = {.n = 0};
    l2tpsec_addr at = r->end[1].at, from = rig_addr(77, 500);

    r->tap = record_first;
    r->tap_arg = &rec;
    rig_up(r);
    unsigned dh = rig_dh_calls;
    rig_inject(r, 1, &from, &at, false, rec.p, rec.n);
    unsigned one = rig_dh_calls - dh, emits = r->end[1].emits;
    for (unsigned i = 0; i < 5; i++)
        rig_inject(r, 1, &from, &at, false, rec.p, rec.n);
    assert_int_equal(rig_dh_calls - dh, one);
    assert_int_equal(r->end[1].emits - emits, 5);
    rec.p[rec.n - 1] ^= 1; /* another one under the same cookie gets none */
    rig_inject(r, 1, &from, &at, false, rec.p, rec.n);
    assert_int_equal(r->end[1].emits - emits, 5);
    assert_int_equal(rig_dh_calls - dh, one);
}

static void every_truncation_of_message_1_is_dropped(void **state)
{
    struct rig *r = *state;
    struct recording rec = {.n = 0};
    l2tpsec_addr at = r->end[1].at, from = rig_addr(77, 500);

    r->tap = record_first;
    r->tap_arg = &rec;
    rig_up(r);
    unsigned emits = r->end[1].emits;
    for (size_t n = 0; n < rec.n; n++) {
        if (n >= 28) { /* the header says so, too */
            rec.p[26] = (uint8_t)(n >> 8);
            rec.p[27] = (uint8_t)n;
        }
        rig_inject(r, 1, &from, &at, false, rec.p, n);
    }
    assert_int_equal(r->end[1].emits, emits);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->half_open, 0);
}

/* Forged second messages before the right one. */
static bool forge(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *count = arg;

    if (pkt->from != 1 || !is_aggressive(pkt) || *count)
        return true;
    *count = 1;
    for (unsigned i = 0; i < 6; i++) {
        struct rig_packet bad = *pkt;
        bad.p[8 + i] ^= 0x55; /* another responder's cookie: its hash does not fit */
        rig_inject(r, 0, &bad.src, &bad.dst, bad.marker, bad.p, bad.n);
    }
    return true;
}

static void forged_answers_do_not_keep_the_right_one_out(void **state)
{
    struct rig *r = *state;
    unsigned count = 0;

    r->tap = forge;
    r->tap_arg = &count;
    rig_up(r);
    assert_int_equal(count, 1);
    assert_true(l2s_ike_stats(r->end[0].e)->drops[L2TPSEC_DROP_FORGED] >= 6);
}

static void memory_may_fail_anywhere(void **state)
{
    struct rig *r = *state;
    bool done = false;

    for (uint64_t n = 1; !done; n++) {
        rig_fini(r);
        (void)set_up(state);
        rig_listen(r);
        r->sys.fail_alloc_at = n;
        int rc = rig_connect(r);
        if (rc == L2TPSEC_OK)
            rig_run(r, 60 * L2S_SECOND);
        done = r->sys.fail_alloc_at != 0;
        r->sys.fail_alloc_at = 0;
        assert_true(n < 500);
    }
    rig_assert_up(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(three_messages_bring_an_ike_sa),
        WITH_RIG(the_key_is_looked_up_by_the_identity),
        WITH_RIG(a_key_that_comes_later_goes_on),
        WITH_RIG(an_identity_without_a_key_is_refused),
        WITH_RIG(another_key_than_the_servers_is_told_apart),
        WITH_RIG(forged_addresses_keep_their_owner_from_no_main_mode),
        WITH_RIG(nobody_answers_it_who_was_not_told_to),
        WITH_RIG(main_mode_is_answered_all_the_same),
        WITH_RIG(a_server_with_another_name_than_wanted_is_turned_down),
        cmocka_unit_test(a_refused_group_is_followed_by_the_next_one),
        WITH_RIG(each_message_may_be_lost),
        WITH_RIG(it_comes_up_over_a_bad_line),
        WITH_RIG(behind_a_nat_it_moves_to_port_4500),
        WITH_RIG(its_ike_sa_is_renewed_like_any_other),
        WITH_RIG(an_encrypted_message_3_without_its_flag_proves_nothing),
        WITH_RIG(message_3_in_clear_is_taken),
        WITH_RIG(strangers_cost_so_much_work_a_second_and_no_more),
        WITH_RIG(the_answer_is_not_much_longer_than_the_question),
        WITH_RIG(the_same_message_1_has_the_same_answer),
        WITH_RIG(every_truncation_of_message_1_is_dropped),
        WITH_RIG(forged_answers_do_not_keep_the_right_one_out),
        WITH_RIG(memory_may_fail_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
