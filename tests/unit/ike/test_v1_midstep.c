/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Messages that end in their middle what they are about, and messages at the bounds of what is taken: written here with the keys of
 * an end, as no end of ours writes them. */
#include "unit/ike/v1_rig.h"

#include "ike/v1/child.h"
#include "ike/v1/info.h"
#include "ike/v1/quick_mode.h"

#include <string.h>

#define BLOCK 16     /* of the cipher in phase 1 */
#define ID_AT 20     /* message id, in the header */
#define STRANGE 1001 /* message id of an exchange written here */

static struct l2s_v1_sa *sa_of(struct rig_end *e)
{
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(rig_peer(e));

    assert_non_null(sa);
    return sa;
}

/* Up, and with one proposal for ESP, so that an offer reads like its answer. */
static int set_up(void **state)
{
    struct rig *r;

    rig_set_up(state);
    r = *state;
    rig_allow(&r->end[0], "aes128-sha256");
    rig_allow(&r->end[1], "aes128-sha256");
    rig_up(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    return 0;
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, rig_tear_down)

/* The last message of quick mode of one end is kept, and lost; the other's pass. */
struct caught {
    unsigned from;
    struct rig_packet pkt;
};

static bool catch_quick(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct caught *c = arg;

    (void)r;
    if (pkt->from != c->from || !rig_is_quick(pkt))
        return true;
    c->pkt = *pkt;
    return false;
}

static uint32_t id_of(const struct rig_packet *pkt)
{
    struct l2s_rd r = l2s_rd_init(pkt->p + ID_AT, 4);

    return l2s_rd_u32(&r);
}

/* ---- what ends in mid-step ------------------------------------------------------------------------------------------- */

/* Core closes the channel from within child_up. The dead are looked at before they are buried. */
static void an_exchange_whose_channel_core_closes_with_message_2_is_over(void **state)
{
    struct caught c = {.from = 1};
    struct rig *r = *state;
    struct rig_end *client = &r->end[0];

    r->tap = catch_quick;
    r->tap_arg = &c;
    l2s_ike_rekey(client->e, client->channel, client->child[0].id);
    rig_run(r, 100 * L2S_MS);
    assert_true(c.pkt.n > 0);
    struct l2s_v1_sa *sa = sa_of(client);
    struct l2s_v1_quick *q = l2s_v1_quick_find(sa, id_of(&c.pkt));
    assert_non_null(q);
    unsigned quick = 0;
    client->close_on_child = true;
    l2s_v1_enter(client->e);
    rig_inject(r, 0, &c.pkt.src, &c.pkt.dst, c.pkt.marker, c.pkt.p, c.pkt.n);
    assert_int_equal(client->children_up, 2);
    assert_true(q->gone);
    assert_false(l2s_timer_armed(&q->linger)); /* it would fire for what is freed by then */
    assert_null(l2s_v1_quick_find(sa, q->id));
    l2s_v1_leave(client->e);
    for (struct rig_packet *pkt = r->wire; pkt; pkt = pkt->next)
        quick += pkt->from == 0 && rig_is_quick(pkt);
    assert_int_equal(quick, 0); /* and there is no message 3 */
    r->tap = NULL;
    r->tap_arg = NULL;
}

/* An informational message of this end's, with all these in it. */
static void tell(struct rig *r, unsigned from,
                 void (*put)(struct l2s_chain *c, struct l2s_v1_sa *sa, struct rig_end *e))
{
    struct rig_end *e = &r->end[from];
    struct l2s_v1_sa *sa = sa_of(e);
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_INFO, L2S_FLAG_ENCRYPTED, STRANGE);
    struct l2s_wr w = l2s_wr_init(e->e->buf, sizeof e->e->buf);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    size_t hash_at = l2s_chain_put_room(&c, L2S_PT_HASH, sa->keys.hash_len), at = hash_at + sa->keys.hash_len;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX];

    put(&c, sa, e);
    struct l2s_bytes rest = {.p = w.p + at, .n = w.len - at};
    assert_int_equal(l2s_v1_hash1(&sa->keys, r->crypto, STRANGE, rest, w.p + hash_at), L2TPSEC_OK);
    assert_int_equal(l2s_v1_iv_phase2(&sa->keys, r->crypto, sa->iv, STRANGE, iv), L2TPSEC_OK);
    assert_int_equal(l2s_v1_message_seal(sa, iv, &c), L2TPSEC_OK);
    rig_inject(r, !from, &sa->peer->path.local, &sa->peer->path.remote, false, w.p, w.len);
}

static void put_pair_and_sa(struct l2s_chain *c, struct l2s_v1_sa *sa, struct rig_end *e)
{
    l2s_chain_put_delete_esp(c, e->child[0].spi_in);
    l2s_chain_put_delete_ike(c, sa->icookie, sa->rcookie);
}

static void put_sa_and_pair(struct l2s_chain *c, struct l2s_v1_sa *sa, struct rig_end *e)
{
    l2s_chain_put_delete_ike(c, sa->icookie, sa->rcookie);
    l2s_chain_put_delete_esp(c, e->child[0].spi_in);
}

static void behind_the_delete_of_its_own_sa_a_message_says_nothing(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];

    tell(r, 0, put_sa_and_pair);
    assert_int_equal(l2s_ike_stats(server->e)->established, 0);
    assert_int_equal(server->n, 1);
    assert_int_equal(server->channels_down, 0);
}

static void ahead_of_the_delete_of_its_own_sa_a_message_is_heard(void **state)
{
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];

    tell(r, 0, put_pair_and_sa);
    assert_int_equal(l2s_ike_stats(server->e)->established, 0);
    assert_int_equal(server->children_down, 1);
    assert_int_equal(server->channels_down, 1);
}

/* ---- nonces: 8 to 256 bytes (RFC 2409, 5) ---------------------------------------------------------------------------- */

static const struct {
    size_t n;
    bool taken;
} nonces[] = {{7, false}, {8, true}, {9, true}, {255, true}, {256, true}, {257, false}};

static void put_id(struct l2s_chain *c, const l2tpsec_addr *a)
{
    struct l2s_id id = l2s_id_of_addr(a, L2S_V1_UDP, L2S_V1_L2TP_PORT);

    l2s_chain_open(c, L2S_PT_ID);
    l2s_id_put(c->w, &id);
    l2s_chain_close(c);
}

/* Message 1 or 2 with a nonce so long, in q's turn and by its sender's keys. */
static void say_with_nonce(struct rig *r, struct l2s_v1_quick *q, bool first, uint32_t spi, size_t nonce)
{
    static const uint8_t bytes[300] = {1, 2, 3};
    const struct l2s_v1_path *path = &q->sa->peer->path;
    const l2tpsec_addr *client = first ? &path->local : &path->remote, *server = first ? &path->remote : &path->local;
    struct l2s_esp_offer offer = {.spi = spi, .mode = l2s_natt_mode(q->sa->natt, false), .life_s = 3600};
    struct l2s_v1_sealed s;

    l2s_v1_quick_open(q, &s);
    l2s_chain_open(&s.c, L2S_PT_SA);
    l2s_esp_sa_put_offer(&s.w, &q->sa->cfg->esp, &offer);
    l2s_chain_close(&s.c);
    l2s_chain_put(&s.c, L2S_PT_NONCE, bytes, nonce);
    put_id(&s.c, client);
    put_id(&s.c, server);
    assert_int_equal(l2s_v1_quick_close(q, &s, first), L2TPSEC_OK);
    rig_inject(r, first, &path->local, &path->remote, false, s.w.p, s.w.len);
}

static void a_nonce_in_message_1_has_8_to_256_bytes(void **state)
{
    struct caught c = {.from = 1};
    struct rig *r = *state;
    struct rig_end *server = &r->end[1];
    struct l2s_v1_sa *sa = sa_of(&r->end[0]);

    r->tap = catch_quick;
    r->tap_arg = &c;
    for (unsigned i = 0; i < L2S_COUNT_OF(nonces); i++) {
        unsigned had = server->children_up;
        uint64_t bad = l2s_ike_stats(server->e)->drops[L2TPSEC_DROP_MALFORMED];
        l2s_v1_enter(sa->e);
        struct l2s_v1_quick *q = l2s_v1_quick_new(sa, true, STRANGE + i);
        assert_non_null(q);
        assert_int_equal(l2s_v1_iv_phase2(&sa->keys, r->crypto, sa->iv, q->id, q->iv), L2TPSEC_OK);
        say_with_nonce(r, q, true, 0x5000 + i, nonces[i].n);
        l2s_v1_quick_end(q);
        l2s_v1_leave(sa->e);
        assert_int_equal(server->children_up - had, nonces[i].taken);
        assert_int_equal(l2s_ike_stats(server->e)->drops[L2TPSEC_DROP_MALFORMED] - bad, !nonces[i].taken);
    }
    r->tap = NULL;
    r->tap_arg = NULL;
}

static void a_nonce_in_message_2_has_8_to_256_bytes(void **state)
{
    for (unsigned i = 0; i < L2S_COUNT_OF(nonces); i++) {
        struct caught c = {.from = 0};
        struct rig *r = *state;
        struct rig_end *client = &r->end[0];
        r->tap = catch_quick;
        r->tap_arg = &c;
        l2s_ike_rekey(client->e, client->channel, client->child[0].id);
        assert_true(c.pkt.n > BLOCK);
        struct l2s_v1_quick *asked = l2s_v1_quick_find(sa_of(client), id_of(&c.pkt));
        assert_non_null(asked);
        struct l2s_v1_sa *sa = sa_of(&r->end[1]);
        l2s_v1_enter(sa->e);
        struct l2s_v1_quick *q = l2s_v1_quick_new(sa, false, asked->id);
        assert_non_null(q);
        memcpy(q->iv, c.pkt.p + c.pkt.n - BLOCK, BLOCK);
        assert_int_equal(l2s_v1_blob_set(sa->e, &q->ni, asked->ni.p, asked->ni.n), L2TPSEC_OK);
        say_with_nonce(r, q, false, 0x6000, nonces[i].n);
        l2s_v1_quick_end(q);
        l2s_v1_leave(sa->e);
        assert_int_equal(client->children_up, 1 + nonces[i].taken);
        r->tap = NULL;
        rig_tear_down(state);
        set_up(state);
    }
}

/* ---- numbers and numbers of them -------------------------------------------------------------------------------------- */

static uint32_t draws[4];
static unsigned drawn;

static int draw(void *user, void *buf, size_t n)
{
    (void)user;
    assert_int_equal(n, sizeof draws[0]);
    memcpy(buf, &draws[drawn++ % L2S_COUNT_OF(draws)], n);
    return 0;
}

static void a_message_id_of_ours_is_one_that_nobody_used(void **state)
{
    struct rig *r = *state;
    struct l2s_v1_sa *sa = sa_of(&r->end[0]);
    int (*chance)(void *user, void *buf, size_t n) = sa->e->sys->random;
    struct l2s_v1_quick *q;
    uint32_t id, number[L2S_COUNT_OF(draws)];

    sa->e->sys->random = draw;
    for (unsigned i = 0; i < L2S_COUNT_OF(draws); i++) {
        draws[i] = 0x11111111u * (i + 1);
        assert_int_equal(l2s_v1_sa_fresh_id(sa, &number[i]), L2TPSEC_OK); /* as it is read */
    }
    l2s_v1_use(&sa->quick_ids, number[0]);
    l2s_v1_use(&sa->info_ids, number[1]);
    l2s_v1_enter(sa->e);
    q = l2s_v1_quick_new(sa, true, number[2]);
    assert_non_null(q);
    drawn = 0;
    assert_int_equal(l2s_v1_sa_fresh_id(sa, &id), L2TPSEC_OK);
    assert_int_equal(drawn, 4);
    assert_int_equal(id, number[3]);
    l2s_v1_quick_end(q);
    assert_false(l2s_v1_used(&sa->quick_ids, number[2])); /* nothing was said under it */
    l2s_v1_leave(sa->e);
    sa->e->sys->random = chance;
}

static bool count_informationals(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *count = arg;

    (void)r;
    *count += pkt->n > 18 && pkt->p[18] == L2S_EXCHANGE_INFO;
    return true;
}

static void of_too_many_pairs_the_oldest_goes_and_the_peer_is_told(void **state)
{
    struct rig *r = *state;
    struct rig_end *client = &r->end[0];
    uint64_t oldest = client->child[0].id, before = 0;
    unsigned told = 0;

    r->tap = count_informationals;
    r->tap_arg = &told;
    for (unsigned i = 1; i < L2S_V1_CHILDREN_MAX; i++) {
        before = rig_newest(client)->id;
        l2s_ike_rekey(client->e, client->channel, before);
        rig_run(r, 200 * L2S_MS);
    }
    assert_int_equal(client->n, L2S_V1_CHILDREN_MAX);
    assert_non_null(rig_find(client, oldest));
    assert_int_equal(told, 0);
    before = rig_newest(client)->id;
    l2s_ike_rekey(client->e, client->channel, before);
    rig_run(r, 200 * L2S_MS);
    assert_int_equal(client->n, L2S_V1_CHILDREN_MAX);
    assert_null(rig_find(client, oldest));
    assert_non_null(rig_find(client, before));
    assert_int_equal(told, 1);
    rig_assert_joined(r);
    r->tap = NULL;
    r->tap_arg = NULL;
}

static void a_renewal_of_what_is_not_there_is_none(void **state)
{
    struct rig *r = *state;
    struct rig_end *client = &r->end[0];
    unsigned emits = client->emits;

    l2s_ike_rekey(client->e, client->channel + 1000, client->child[0].id);
    l2s_ike_rekey(client->e, client->channel, client->child[0].id + 1000);
    l2s_v1_info_delete_esp(sa_of(&r->end[1]), r->end[1].child[0].spi_in);
    assert_int_equal(client->emits, emits);
    rig_run(r, 50 * L2S_MS); /* the channel is there, its pair is not */
    emits = client->emits;
    l2s_ike_rekey(client->e, client->channel, 1);
    assert_int_equal(client->emits, emits);
}

/* ---- what the log says ------------------------------------------------------------------------------------------------ */

struct heard {
    unsigned main_mode, others;
};

static void listen_in(void *user, const struct l2s_trace_record *rec)
{
    struct heard *h = user;

    if (rec->kind != L2S_TRACE_MESSAGE || strcmp(rec->a, "recv") != 0 || !strstr(rec->b, "mode, message"))
        return;
    if (strncmp(rec->b, "main mode", 9) == 0)
        h->main_mode |= 1u << (strrchr(rec->b, ' ')[1] - '0');
    else if (strncmp(rec->b, "quick mode", 10) != 0)
        h->others++;
}

static void the_log_calls_the_six_messages_of_main_mode_by_their_names(void **state)
{
    struct heard h = {0, 0};
    struct rig *r = *state;

    r->sys.sys.trace.sink = listen_in;
    r->sys.sys.trace.user = &h;
    rig_up(r);
    assert_int_equal(h.main_mode, 0x7e); /* 1 to 6 */
    assert_int_equal(h.others, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(an_exchange_whose_channel_core_closes_with_message_2_is_over),
        WITH_RIG(behind_the_delete_of_its_own_sa_a_message_says_nothing),
        WITH_RIG(ahead_of_the_delete_of_its_own_sa_a_message_is_heard),
        WITH_RIG(a_nonce_in_message_1_has_8_to_256_bytes),
        WITH_RIG(a_nonce_in_message_2_has_8_to_256_bytes),
        WITH_RIG(a_message_id_of_ours_is_one_that_nobody_used),
        WITH_RIG(of_too_many_pairs_the_oldest_goes_and_the_peer_is_told),
        WITH_RIG(a_renewal_of_what_is_not_there_is_none),
        WITH_CHEAP_RIG(the_log_calls_the_six_messages_of_main_mode_by_their_names),
    };

    return cmocka_run_group_tests_name("IKEv1 in mid-step", tests, NULL, NULL);
}
