/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IKE messages in pieces: sent, put together, and what is not to be put together. */
#include "unit/ike/v1_rig.h"

#include "ike/v1/peer.h"
#include "wire/wr.h"

#include <string.h>

#define FIRST_AT 16
#define FLAGS_AT 19
#define DATA_AT 36

struct watch {
    unsigned pieces, longest;
};

static bool is_piece(const struct rig_packet *pkt)
{
    return pkt->p[FIRST_AT] == L2S_PT_FRAGMENT;
}

static bool count(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct watch *w = arg;

    (void)r;
    if (is_piece(pkt)) {
        w->pieces++;
        if (pkt->n > w->longest)
            w->longest = (unsigned)pkt->n;
        assert_int_equal(pkt->p[FLAGS_AT], 0);
    }
    return true;
}

/* A key exchange of 512 bytes makes messages 3 and 4 too long for 576. */
static void begin(struct rig *r, uint32_t mine, uint32_t its)
{
    rig_init(r);
    rig_propose(r, "aes256-sha256-modp4096", "aes256-sha1");
    r->end[0].cfg.fragment = mine;
    r->end[1].cfg.fragment = its;
}

static void long_messages_go_in_pieces_to_whoever_takes_them(void **state)
{
    static const uint32_t sizes[][2] = {{576, 576}, {0, 576}, {576, 0}, {1500, 1500}};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(sizes); i++) {
        struct watch w = {0};
        struct rig r;
        begin(&r, sizes[i][0], sizes[i][1]);
        r.tap = count;
        r.tap_arg = &w;
        rig_up(&r);
        rig_assert_up(&r);
        assert_int_equal(w.pieces, i == 0 ? 4 : 0); /* two messages, two pieces each */
        assert_true(w.longest + 28 <= 576);
        rig_fini(&r);
    }
}

static void lost_and_repeated_pieces_delay_but_do_not_prevent(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct rig r;
        begin(&r, 576, 576);
        r.chance = seed;
        r.loss = 200;
        r.again = 200;
        r.jitter = 30000;
        rig_listen(&r);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, 60 * L2S_SECOND);
        rig_assert_up(&r);
        rig_fini(&r);
    }
}

/* ---- cut by the test, as others cut ---- */

struct knife {
    unsigned pieces;
    uint8_t flags; /* of the pieces' headers: racoon sets that of encryption */
    bool backwards;
    bool done;
};

static size_t cut(const struct rig_packet *pkt, unsigned pieces, unsigned i, uint8_t flags, uint8_t out[RIG_BYTES])
{
    size_t each = pkt->n / pieces, at = i * each, n = i + 1 < pieces ? each : pkt->n - at;
    struct l2s_wr w = l2s_wr_init(out, RIG_BYTES);

    l2s_wr_bytes(&w, pkt->p, 28);
    out[FIRST_AT] = L2S_PT_FRAGMENT;
    out[FLAGS_AT] = flags;
    l2s_put32(out + 24, (uint32_t)(DATA_AT + n));
    l2s_wr_u16(&w, 0);
    l2s_wr_u16(&w, (uint16_t)(8 + n));
    l2s_wr_u16(&w, 1);
    l2s_wr_u8(&w, (uint8_t)(i + 1));
    l2s_wr_u8(&w, i + 1 == pieces);
    l2s_wr_bytes(&w, pkt->p + at, n);
    assert_false(w.bad);
    return w.len;
}

/* The client's message 5 and its quick mode: whatever is encrypted. */
static bool cut_encrypted(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct knife *k = arg;
    uint8_t out[RIG_BYTES];

    if (pkt->from != 0 || !(pkt->p[FLAGS_AT] & L2S_FLAG_ENCRYPTED))
        return true;
    for (unsigned i = 0; i < k->pieces; i++) {
        size_t n = cut(pkt, k->pieces, k->backwards ? k->pieces - 1 - i : i, k->flags, out);
        rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    }
    k->done = true;
    return false;
}

static void up_to_thirty_two_pieces_in_any_order_make_a_message(void **state)
{
    static const struct knife knives[] = {
        {1, 0, false, false}, {2, 0, false, false}, {3, 1, true, false}, {29, 0, true, false}, {32, 1, false, false}};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(knives); i++) {
        struct knife k = knives[i];
        struct rig r;
        rig_begin(&r);
        r.tap = cut_encrypted;
        r.tap_arg = &k;
        rig_up(&r);
        rig_run(&r, L2S_SECOND);
        assert_true(k.done);
        rig_assert_up(&r);
        assert_int_equal(r.end[1].e->fragments.n, 0);
        rig_fini(&r);
    }
}

static bool spoil(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct knife *k = arg;
    uint8_t a[RIG_BYTES], b[RIG_BYTES], bad[RIG_BYTES];

    if (pkt->from != 0 || k->done || !(pkt->p[FLAGS_AT] & L2S_FLAG_ENCRYPTED))
        return true;
    k->done = true;
    size_t na = cut(pkt, 2, 0, 0, a), nb = cut(pkt, 2, 1, 0, b);
    const uint64_t *drops = l2s_ike_stats(r->end[1].e)->drops;
#define INJECT(p, n) rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, p, n)
#define BAD(at, value, why)                                                                                            \
    do {                                                                                                               \
        uint64_t before = drops[why];                                                                                  \
        memcpy(bad, b, nb);                                                                                            \
        bad[at] = (value);                                                                                             \
        INJECT(bad, nb);                                                                                               \
        assert_int_equal(drops[why], before + 1);                                                                      \
    } while (0)
    BAD(34, 0, L2TPSEC_DROP_MALFORMED);    /* number 0 */
    BAD(34, 33, L2TPSEC_DROP_MALFORMED);   /* beyond the last there can be */
    BAD(31, 8, L2TPSEC_DROP_MALFORMED);    /* no bytes in it */
    BAD(31, 7, L2TPSEC_DROP_MALFORMED);    /* not even a header */
    BAD(30, 0x7f, L2TPSEC_DROP_MALFORMED); /* more than came */
    BAD(0, (uint8_t)~b[0], L2TPSEC_DROP_UNKNOWN_COOKIE);
    BAD(8, (uint8_t)~b[8], L2TPSEC_DROP_UNKNOWN_COOKIE);
    for (size_t n = 28; n < DATA_AT; n++) { /* cut short, and honest about it */
        memcpy(bad, b, n);
        l2s_put32(bad + 24, (uint32_t)n);
        INJECT(bad, n);
    }
    assert_int_equal(r->end[1].e->fragments.n, 0);
    INJECT(b, nb); /* the last is number 2 */
    BAD(35, 0, L2TPSEC_DROP_DUPLICATE);
    memcpy(bad, b, nb);
    bad[34] = 3; /* of another message, it seems: all anew */
    INJECT(bad, nb);
    assert_int_equal(r->end[1].e->fragments.n, 1);
    INJECT(b, nb);
    INJECT(a, na);
    assert_int_equal(r->end[1].e->fragments.n, 0);
    return false;
}

/* Late copies of pieces of message 3, in front of those of message 5: everybody's fragment id is 1. */
struct late {
    uint8_t piece[2][RIG_BYTES];
    size_t n[2];
    unsigned first; /* which of them come late: bits */
    bool backwards; /* message 5's pieces do */
    bool done;
};

static bool late_copies(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct late *l = arg;
    uint8_t out[RIG_BYTES];

    if (pkt->from != 0 || l->done)
        return true;
    if (!(pkt->p[FLAGS_AT] & L2S_FLAG_ENCRYPTED)) {
        for (unsigned i = 0; i < 2; i++)
            l->n[i] = cut(pkt, 2, i, 0, l->piece[i]);
        return true;
    }
    l->done = true;
    for (unsigned i = 0; i < 2; i++) {
        if (l->first & 1u << i)
            rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, l->piece[i], l->n[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        size_t n = cut(pkt, 2, l->backwards ? 1 - i : i, 0, out);
        rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    }
    return false;
}

static void late_pieces_of_one_message_do_not_spoil_the_next(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct late l = {.first = i / 2, .backwards = i % 2};
        struct rig r;
        rig_begin(&r);
        r.tap = late_copies;
        r.tap_arg = &l;
        uint64_t then = r.sys.sys.now;
        rig_up(&r);
        rig_assert_up(&r);
        assert_true(l.done);
        assert_true(r.sys.sys.now - then < L2S_SECOND); /* nothing had to be repeated */
        rig_fini(&r);
    }
}

static void a_spoiled_piece_is_dropped_and_hinders_nobody(void **state)
{
    struct rig *r = *state;
    struct knife k = {0};

    r->tap = spoil;
    r->tap_arg = &k;
    rig_up(r);
    rig_assert_up(r);
    assert_true(k.done);
}

static bool half_of_it(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct knife *k = arg;
    uint8_t out[RIG_BYTES];

    if (pkt->from != 0 || k->done || !(pkt->p[FLAGS_AT] & L2S_FLAG_ENCRYPTED))
        return true;
    k->done = true;
    for (unsigned i = 0; i < 200; i++) { /* of two hundred messages a piece each: all but a few are forgotten again */
        size_t n = cut(pkt, 2, 0, 0, out);
        l2s_put32(out + 20, 1000 + i);
        rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    }
    size_t n = cut(pkt, 2, 0, 0, out); /* a nested one */
    out[DATA_AT + FIRST_AT] = L2S_PT_FRAGMENT;
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    n = cut(pkt, 2, 1, 0, out);
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    assert_in_range(r->end[1].e->fragments.n, 1, L2S_V1_FRAGMENT_SETS);
    return true;
}

static void what_is_never_completed_is_forgotten(void **state)
{
    struct rig *r = *state;
    struct knife k = {0};

    r->tap = half_of_it;
    r->tap_arg = &k;
    rig_up(r);
    rig_assert_up(r);
    assert_true(k.done);
    rig_run(r, L2S_V1_FRAGMENT_LIFE);
    assert_int_equal(r->end[1].e->fragments.n, 0);
}

/* Between the halves of message 5 somebody else brings all he can: pieces of many messages, or of few with many bytes. */
static bool crowd_between(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct knife *k = arg;
    uint8_t out[RIG_BYTES], other[DATA_AT + 1200];
    l2tpsec_addr elsewhere = rig_addr(66, 500);

    if (pkt->from != 0 || k->done || !(pkt->p[FLAGS_AT] & L2S_FLAG_ENCRYPTED))
        return true;
    k->done = true;
    size_t n = cut(pkt, 2, 0, 0, out);
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    memcpy(other, out, DATA_AT);
    memset(other + DATA_AT, 0x5a, sizeof other - DATA_AT);
    l2s_put32(other + 24, sizeof other);
    l2s_put16(other + 30, sizeof other - 28);
    for (unsigned i = 0; i < 2000; i++) {
        l2s_put32(other + 20, 1000 + i / k->pieces);
        other[34] = (uint8_t)(1 + i % k->pieces);
        rig_inject(r, 1, &elsewhere, &pkt->dst, pkt->marker, other, sizeof other);
    }
    n = cut(pkt, 2, 1, 0, out);
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    return false;
}

static void nobody_pushes_out_the_pieces_of_others(void **state)
{
    (void)state;
    for (unsigned pieces = 1; pieces <= 31; pieces += 30) {
        struct knife k = {.pieces = pieces};
        struct rig r;
        rig_begin(&r);
        r.tap = crowd_between;
        r.tap_arg = &k;
        uint64_t then = r.sys.sys.now;
        rig_up(&r);
        assert_true(k.done);
        assert_true(r.sys.sys.now - then < L2S_SECOND); /* nothing had to be repeated */
        rig_fini(&r);
    }
}

static void strangers_pieces_are_not_kept(void **state)
{
    struct rig *r = *state;
    uint8_t p[DATA_AT + 100] = {1, 2, 3};
    l2tpsec_addr from = rig_addr(77, 500);

    rig_listen(r);
    p[FIRST_AT] = L2S_PT_FRAGMENT;
    p[17] = 0x10;
    p[18] = 2;
    l2s_put32(p + 24, sizeof p);
    l2s_put16(p + 30, 108);
    p[34] = 1;
    size_t held = r->sys.sys.mem.held;
    for (unsigned i = 0; i < 100; i++) {
        p[3] = (uint8_t)i;
        rig_inject(r, 1, &from, &r->end[1].at, false, p, sizeof p);
    }
    assert_int_equal(r->sys.sys.mem.held, held);
    assert_int_equal(l2s_ike_stats(r->end[1].e)->drops[L2TPSEC_DROP_UNKNOWN_COOKIE], 100);
}

static void a_message_beyond_the_longest_is_not_put_together(void **state)
{
    struct rig *r = *state;
    uint8_t p[DATA_AT + 2000] = {0};

    rig_up(r);
    struct l2s_v1_peer *peer = rig_peer(&r->end[1]);
    const struct l2s_v1_sa *sa = l2s_v1_peer_sa(peer);
    memcpy(p, sa->icookie, 8);
    memcpy(p + 8, sa->rcookie, 8);
    p[FIRST_AT] = L2S_PT_FRAGMENT;
    p[17] = 0x10;
    p[18] = 32;
    l2s_put32(p + 24, sizeof p);
    l2s_put16(p + 30, 2008);
    for (uint8_t i = 1; i <= 32; i++) {
        p[34] = i;
        rig_inject(r, 1, &peer->path.remote, &r->end[1].at, false, p, sizeof p);
    }
    assert_true(l2s_ike_stats(r->end[1].e)->drops[L2TPSEC_DROP_LIMIT] >= 32 - L2S_V1_TAKEN_MAX / 2000);
    rig_run(r, L2S_V1_FRAGMENT_LIFE);
    rig_assert_up(r);
}

/* ---- pieces by hand, to a server that is up ------------------------------------------------------------------------- */

static void inject_piece_from(struct rig *r, const l2tpsec_addr *from, uint32_t message_id, uint8_t number, bool last,
                              size_t n)
{
    static uint8_t p[DATA_AT + 30000];
    struct l2s_v1_peer *peer = rig_peer(&r->end[1]);
    const struct l2s_v1_sa *sa = l2s_v1_peer_sa(peer);

    memset(p, 0, sizeof p);
    memcpy(p, sa->icookie, 8);
    memcpy(p + 8, sa->rcookie, 8);
    p[FIRST_AT] = L2S_PT_FRAGMENT;
    p[17] = 0x10;
    p[18] = 32;
    l2s_put32(p + 20, message_id);
    l2s_put32(p + 24, (uint32_t)(DATA_AT + n));
    l2s_put16(p + 30, (uint16_t)(8 + n));
    p[34] = number;
    p[35] = last;
    rig_inject(r, 1, from, &r->end[1].at, false, p, DATA_AT + n);
}

static void inject_piece(struct rig *r, uint32_t message_id, uint8_t number, bool last, size_t n)
{
    inject_piece_from(r, &rig_peer(&r->end[1])->path.remote, message_id, number, last, n);
}

static uint64_t drops(const struct rig *r, unsigned reason)
{
    return l2s_ike_stats(r->end[1].e)->drops[reason];
}

static void a_piece_that_claims_to_be_all_and_is_not_is_dropped(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    inject_piece(r, 7, 1, true, 10); /* not even a header */
    inject_piece(r, 7, 1, true, 40); /* whose length is zero */
    assert_int_equal(drops(r, L2TPSEC_DROP_MALFORMED), 2);
    assert_int_equal(r->end[1].e->fragments.n, 0);
}

static void a_last_piece_below_another_begins_anew(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    inject_piece(r, 7, 3, false, 100);
    inject_piece(r, 7, 2, true, 50);
    assert_int_equal(r->end[1].e->fragments.n, 1);
    assert_int_equal(r->end[1].e->fragments.bytes, 50);
    inject_piece(r, 7, 2, false, 50); /* the same, though it is not the last */
    assert_int_equal(drops(r, L2TPSEC_DROP_DUPLICATE), 1);
    inject_piece(r, 8, 1, false, 60); /* of another message, which comes later */
    rig_run(r, L2S_V1_FRAGMENT_LIFE - L2S_SECOND);
    assert_int_equal(r->end[1].e->fragments.n, 2);
    inject_piece(r, 9, 1, false, 60);
    rig_run(r, 2 * L2S_SECOND); /* each has its own time */
    assert_int_equal(r->end[1].e->fragments.n, 1);
}

static void pieces_are_dropped_where_there_is_no_memory_for_them(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    for (unsigned i = 1; i <= 2; i++) { /* for the message, and for the piece */
        r->sys.fail_alloc_at = i;
        inject_piece(r, 7, 1, false, 100);
        assert_int_equal(drops(r, L2TPSEC_DROP_NO_MEMORY), i);
    }
    inject_piece(r, 7, 1, false, 100);
    assert_int_equal(r->end[1].e->fragments.bytes, 100);
}

static void the_oldest_pieces_go_when_there_are_too_many_bytes(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    for (unsigned i = 0; i < 30; i++) {
        inject_piece(r, 100 + i, 1, false, 30000);
        assert_true(r->end[1].e->fragments.bytes <= L2S_V1_FRAGMENT_BYTES);
    }
    assert_int_equal(r->end[1].e->fragments.n, L2S_V1_FRAGMENT_BYTES / 30000);
}

static void who_has_just_his_share_pushes_out_his_own(void **state)
{
    enum { SHARE = L2S_V1_FRAGMENT_SETS / L2S_V1_FRAGMENT_SHARE };
    struct rig *r = *state;
    l2tpsec_addr lonely = rig_addr(100, 500), greedy = rig_addr(101, 500);

    rig_up(r);
    inject_piece_from(r, &lonely, 1, 1, false, 20);
    for (uint32_t i = 1; i < L2S_V1_FRAGMENT_SETS; i++) {
        l2tpsec_addr from = rig_addr((uint8_t)(101 + (i - 1) / SHARE), 500);
        inject_piece_from(r, &from, 100 + i, 1, false, 20);
    }
    assert_int_equal(r->end[1].e->fragments.n, L2S_V1_FRAGMENT_SETS);
    inject_piece_from(r, &greedy, 99, 1, false, 20);
    assert_int_equal(r->end[1].e->fragments.n, L2S_V1_FRAGMENT_SETS);
    uint64_t known = drops(r, L2TPSEC_DROP_DUPLICATE);
    inject_piece_from(r, &lonely, 1, 1, false, 20); /* still there */
    assert_int_equal(drops(r, L2TPSEC_DROP_DUPLICATE), known + 1);
}

/* ---- what we send ------------------------------------------------------------------------------------------------------ */

/* A message of n bytes under the server's SA; how many datagrams it goes in, 0: none, it is to go whole. */
static unsigned sent_in_pieces(struct rig *r, uint8_t family, uint8_t exchange, size_t n)
{
    static uint8_t p[30000];
    struct l2s_v1_peer *peer = rig_peer(&r->end[1]);
    const struct l2s_v1_sa *sa = l2s_v1_peer_sa(peer);
    struct l2s_v1_path to = peer->path;
    unsigned before = r->end[1].emits;

    to.remote.family = family;
    memcpy(p, sa->icookie, 8);
    memcpy(p + 8, sa->rcookie, 8);
    p[17] = exchange ? 0x10 : 0x20;
    p[18] = exchange;
    l2s_put32(p + 24, (uint32_t)n);
    bool cut_up = l2s_v1_fragments_emit(r->end[1].e, &to, p, n);
    assert_int_equal(cut_up, r->end[1].emits > before);
    return r->end[1].emits - before;
}

static void pieces_fit_the_network_and_what_the_peer_takes(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(rig_peer(&r->end[1]));
    r->cut = true;
    r->end[1].cfg.fragment = 576;
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_MAIN, 1024), 0); /* it never said that it takes them */
    sa->vendors.seen |= L2S_VID_FRAGMENTATION;
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_MAIN, 548), 0);
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_MAIN, 1024), 2); /* 512 bytes each */
    assert_int_equal(sent_in_pieces(r, 6, L2S_EXCHANGE_MAIN, 1024), 3); /* 20 less */
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_MAIN, 32 * 512), 32);
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_MAIN, 32 * 512 + 1), 0); /* more than any takes */
    assert_int_equal(sent_in_pieces(r, 4, 0, 1024), 0);                         /* no message */
    r->end[1].cfg.fragment = 100;                                               /* every network takes 576 */
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_QUICK, 1024), 2);
    r->end[1].cfg.fragment = 3000; /* and what we build has its end */
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_QUICK, 4000), 0);
    r->end[1].cfg.fragment = 576;
    sa->vendors.seen |= L2S_VID_MS_NT5; /* Windows takes pieces of main mode alone */
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_MAIN, 1024), 2);
    assert_int_equal(sent_in_pieces(r, 4, L2S_EXCHANGE_QUICK, 1024), 0);
    uint8_t stranger[1024] = {1}; /* for nobody we know */
    stranger[17] = 0x10;
    l2s_put32(stranger + 24, sizeof stranger);
    assert_false(l2s_v1_fragments_emit(r->end[1].e, &rig_peer(&r->end[1])->path, stranger, sizeof stranger));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_messages_go_in_pieces_to_whoever_takes_them),
        cmocka_unit_test(lost_and_repeated_pieces_delay_but_do_not_prevent),
        cmocka_unit_test(up_to_thirty_two_pieces_in_any_order_make_a_message),
        cmocka_unit_test(late_pieces_of_one_message_do_not_spoil_the_next),
        WITH_CHEAP_RIG(a_spoiled_piece_is_dropped_and_hinders_nobody),
        WITH_CHEAP_RIG(what_is_never_completed_is_forgotten),
        cmocka_unit_test(nobody_pushes_out_the_pieces_of_others),
        WITH_CHEAP_RIG(strangers_pieces_are_not_kept),
        WITH_CHEAP_RIG(a_message_beyond_the_longest_is_not_put_together),
        WITH_CHEAP_RIG(a_piece_that_claims_to_be_all_and_is_not_is_dropped),
        WITH_CHEAP_RIG(a_last_piece_below_another_begins_anew),
        WITH_CHEAP_RIG(pieces_are_dropped_where_there_is_no_memory_for_them),
        WITH_CHEAP_RIG(the_oldest_pieces_go_when_there_are_too_many_bytes),
        WITH_CHEAP_RIG(who_has_just_his_share_pushes_out_his_own),
        WITH_CHEAP_RIG(pieces_fit_the_network_and_what_the_peer_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
