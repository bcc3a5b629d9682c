/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Who is meant: cookies, addresses, names, numbers and SPIs count to their last byte. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/v1/dpd.h"
#include "ike/v1/fragment.h"
#include "ike/v1/half_open.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/peer.h"
#include "ike/v1/quick_mode.h"
#include "ike/v1/sa.h"
#include "wire/wr.h"

#include <string.h>

/* Message 2 of aggressive mode, whole but for a cookie of zeros. The hash covers the cookies, and fits. */
static bool without_a_cookie(struct rig *r, struct rig_packet *pkt, void *arg)
{
    static const uint8_t zeros[L2S_COOKIE];
    unsigned *seen = arg;
    uint8_t was[L2S_HASH_MAX], is[L2S_HASH_MAX], body[4 + L2S_ID_MAX];

    if (!pkt->from || (*seen)++)
        return true;
    const struct l2s_v1_sa *sa = l2s_v1_sa_find(r->end[1].e, pkt->p, pkt->p + L2S_COOKIE);
    assert_non_null(sa);
    struct l2s_v1_said said = l2s_v1_sa_said(sa);
    struct l2s_wr w = l2s_wr_init(body, sizeof body);
    struct l2s_id own = l2s_id_of_addr(&r->end[1].at, 0, 0);
    l2s_id_put(&w, &own);
    struct l2s_bytes id = {.p = body, .n = w.len};
    assert_int_equal(l2s_v1_hash_phase1(&sa->keys, sa->talk->skeyid, sa->e->crypto, &said, false, id, was), L2TPSEC_OK);
    said.rcookie = zeros;
    assert_int_equal(l2s_v1_hash_phase1(&sa->keys, sa->talk->skeyid, sa->e->crypto, &said, false, id, is), L2TPSEC_OK);
    struct rig_packet other = *pkt;
    size_t n = sa->keys.proof_len, at = 0;
    while (at + n < pkt->n && memcmp(pkt->p + at, was, n) != 0)
        at++;
    assert_true(at + n < pkt->n);
    memcpy(other.p + at, is, n);
    memset(other.p + L2S_COOKIE, 0, L2S_COOKIE);
    unsigned said_before = r->end[0].emits;
    rig_inject(r, 0, &other.src, &other.dst, other.marker, other.p, other.n);
    assert_int_equal(r->end[0].emits, said_before);
    return true;
}

static void a_server_without_a_cookie_is_not_answered(void **state)
{
    struct rig r;

    (void)state;
    assert_true(rig_connect_past(&r, true, without_a_cookie, L2S_SECOND) > 1);
    rig_assert_up(&r);
    rig_fini(&r);
}

/* Message 2 of main mode with a cookie that is ours but for its last byte: it may be. */
static bool with_nearly_our_cookie(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg;

    if (!pkt->from || (*seen)++)
        return true;
    memcpy(pkt->p + L2S_COOKIE, pkt->p, L2S_COOKIE);
    unsigned said_before = r->end[0].emits;
    rig_inject(r, 0, &pkt->src, &pkt->dst, pkt->marker, pkt->p, pkt->n);
    assert_int_equal(r->end[0].emits, said_before);
    pkt->p[2 * L2S_COOKIE - 1] ^= 1;
    rig_inject(r, 0, &pkt->src, &pkt->dst, pkt->marker, pkt->p, pkt->n);
    assert_int_equal(r->end[0].emits, said_before + 1);
    return false;
}

static void only_our_whole_cookie_is_our_own_word(void **state)
{
    struct rig r;

    (void)state;
    assert_true(rig_connect_past(&r, false, with_nearly_our_cookie, 100 * L2S_MS) > 0);
    rig_fini(&r);
}

/* A record whose cookie is another one than its hash was made of: as if two fell on one hash. */
static void who_falls_on_the_same_hash_is_told_apart_by_each_cookie(void **state)
{
    static const uint8_t icookie[L2S_COOKIE] = {1, 2, 3, 4, 5, 6, 7, 8}, rcookie[L2S_COOKIE] = {9};
    struct rig r;

    (void)state;
    rig_begin_mode(&r, false);
    struct l2s_ike *e = r.end[1].e;
    struct l2s_half *half = l2s_half_open_add(&e->half, icookie, &r.end[0].at, 4, 64);
    assert_non_null(half);
    assert_ptr_equal(l2s_half_open_find(&e->half, icookie, &r.end[0].at), half);
    struct l2s_v1_sa *sa = l2s_v1_sa_new(e, false, icookie, rcookie);
    assert_non_null(sa);
    assert_ptr_equal(l2s_v1_sa_find(e, icookie, rcookie), sa);
    for (unsigned i = 0; i < L2S_COOKIE; i++) {
        half->icookie[i] ^= 0x80;
        assert_null(l2s_half_open_find(&e->half, icookie, &r.end[0].at));
        half->icookie[i] ^= 0x80;
        sa->icookie[i] ^= 0x80;
        assert_null(l2s_v1_sa_find(e, icookie, rcookie));
        sa->icookie[i] ^= 0x80;
        sa->rcookie[i] ^= 0x80;
        assert_null(l2s_v1_sa_find(e, icookie, rcookie));
        sa->rcookie[i] ^= 0x80;
    }
    half->remote.port++;
    assert_null(l2s_half_open_find(&e->half, icookie, &r.end[0].at));
    half->remote.port--;
    l2s_half_open_remove(&e->half, half);
    l2s_v1_enter(e);
    l2s_v1_sa_end(sa);
    l2s_v1_leave(e);
    rig_fini(&r);
}

static void an_address_is_the_same_to_its_last_byte(void **state)
{
    (void)state;
    for (uint8_t family = 4; family <= 6; family += 2) {
        l2tpsec_addr a = {.family = family, .port = 500};
        for (unsigned i = 0; i < (family == 6 ? 16 : 4); i++) {
            l2tpsec_addr b = a;
            assert_true(l2s_v1_same_addr(&a, &b));
            b.ip[i] = 1;
            assert_false(l2s_v1_same_ip(&a, &b));
            assert_false(l2s_v1_same_addr(&a, &b));
        }
        l2tpsec_addr other = a;
        other.port = 501;
        assert_true(l2s_v1_same_ip(&a, &other));
        assert_false(l2s_v1_same_addr(&a, &other));
    }
}

/* iOS sends the marker twice; four other bytes in its place are no header, and what is behind them is not looked for. */
static bool behind_other_bytes(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg;
    uint8_t other[RIG_BYTES + 4];

    if (pkt->from || (*seen)++)
        return true;
    for (unsigned i = 0; i < 5; i++) {
        memset(other, 0, 4);
        if (i < 4)
            other[i] = 1;
        memcpy(other + 4, pkt->p, pkt->n);
        unsigned said_before = r->end[1].emits;
        rig_inject(r, 1, &pkt->src, &pkt->dst, true, other, pkt->n + 4);
        assert_int_equal(r->end[1].emits, said_before + (i == 4));
    }
    return false;
}

static void only_a_second_marker_is_passed_over(void **state)
{
    struct rig r;

    (void)state;
    assert_true(rig_connect_past(&r, false, behind_other_bytes, 100 * L2S_MS) > 0);
    rig_fini(&r);
}

static void name_client(struct rig *r, const char *name)
{
    r->end[0].cfg.local_id.type = L2S_ID_FQDN;
    r->end[0].cfg.local_id.len = (uint16_t)strlen(name);
    memcpy(r->end[0].cfg.local_id.data, name, strlen(name));
}

static void two_clients_differ_by_any_part_of_their_names(void **state)
{
    static const char *const names[] = {"alice", "alicf", "blice", "alices"};
    uint64_t channel[L2S_COUNT_OF(names)];
    struct rig r;

    (void)state;
    rig_begin_mode(&r, false);
    for (unsigned i = 0; i < L2S_COUNT_OF(names); i++) {
        name_client(&r, names[i]);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, L2S_SECOND);
        channel[i] = r.end[1].channel;
    }
    for (unsigned i = 0; i < L2S_COUNT_OF(names); i++)
        for (unsigned j = 0; j < L2S_COUNT_OF(names); j++)
            assert_int_equal(l2s_ike_differ(r.end[1].e, channel[i], channel[j]), i != j);
    rig_fini(&r);
}

static void dead_peer_detection_is_of_the_sa_it_names(void **state)
{
    struct rig r;

    (void)state;
    rig_begin_mode(&r, false);
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(rig_peer(&r.end[1]));
    uint8_t cookies[2 * L2S_COOKIE], number[4] = {0, 0, 0, 1};
    memcpy(cookies, sa->icookie, L2S_COOKIE);
    memcpy(cookies + L2S_COOKIE, sa->rcookie, L2S_COOKIE);
    for (unsigned i = 0; i <= sizeof cookies; i++) {
        struct l2s_notify n = {.type = L2S_N_R_U_THERE,
                               .spi = l2s_rd_init(cookies, sizeof cookies),
                               .data = l2s_rd_init(number, sizeof number)};
        unsigned said_before = r.end[1].emits;
        if (i < sizeof cookies)
            cookies[i] ^= 1;
        l2s_v1_enter(sa->e);
        l2s_v1_dpd_input(sa, &n, l2s_v1_sa_path(sa));
        l2s_v1_leave(sa->e);
        if (i < sizeof cookies)
            cookies[i] ^= 1;
        assert_int_equal(r.end[1].emits, said_before + (i == sizeof cookies));
    }
    rig_fini(&r);
}

/* Cookies in notifies may be zero: some peers leave them so. */
static void a_notify_that_names_no_sa_is_of_the_one_it_came_by(void **state)
{
    struct rig r;

    (void)state;
    rig_begin_mode(&r, false);
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(rig_peer(&r.end[1]));
    for (uint8_t i = 0; i < 5; i++) { /* none, one, the other; another SA; no room for any */
        uint8_t spi[2 * L2S_COOKIE] = {0}, number[4] = {0, 0, 0, (uint8_t)(i + 1)}, out[128];
        struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_MAIN, 0, 0);
        struct l2s_payloads s;
        bool contact = false;
        if (i & 1)
            memcpy(spi, sa->icookie, L2S_COOKIE);
        if (i & 2)
            memcpy(spi + L2S_COOKIE, sa->rcookie, L2S_COOKIE);
        spi[L2S_COOKIE] ^= i == 3;
        size_t n = i == 4 ? 0 : sizeof spi;
        struct l2s_notify asks = {
            .type = L2S_N_R_U_THERE, .spi = l2s_rd_init(spi, n), .data = l2s_rd_init(number, sizeof number)};
        unsigned said_before = r.end[1].emits;
        l2s_v1_enter(sa->e);
        l2s_v1_dpd_input(sa, &asks, l2s_v1_sa_path(sa));
        l2s_v1_leave(sa->e);
        assert_int_equal(r.end[1].emits, said_before + (i != 3));

        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        struct l2s_chain c = l2s_chain_begin(&w, &h);
        l2s_chain_put_notify(&c, L2S_PROTO_ISAKMP, L2S_N_INITIAL_CONTACT, spi, n, NULL, 0);
        l2s_chain_end(&c);
        assert_int_equal(l2s_payloads_collect(l2s_rd_init(out + L2S_ISAKMP_HEADER, w.len - L2S_ISAKMP_HEADER),
                                              L2S_PT_NOTIFY, sa->natt, &s),
                         L2TPSEC_OK);
        assert_int_equal(l2s_v1_main_contact(sa, &s, &contact), i == 3 ? L2TPSEC_EPROTO : L2TPSEC_OK);
        assert_true(contact);
    }
    rig_fini(&r);
}

/* One piece of two, of a message under these cookies. */
static bool gives_a_message(struct rig_end *to, const struct l2s_v1_sa *sa, const l2tpsec_addr *from, uint8_t number)
{
    uint8_t piece[8 + 28] = {0, 0, 0, sizeof piece, 0, 1, number, number == 2};
    struct l2s_v1_path path = {.local = to->at, .remote = *from};
    struct l2s_isakmp h = {.first = L2S_PT_FRAGMENT, .exchange = L2S_EXCHANGE_MAIN};
    size_t n = 0;

    memcpy(h.icookie, sa->icookie, L2S_COOKIE);
    memcpy(h.rcookie, sa->rcookie, L2S_COOKIE);
    piece[8 + 27] = 56; /* what the two are together */
    uint8_t *whole = l2s_v1_fragments_take(to->e, &path, &h, l2s_rd_init(piece, sizeof piece), &n);
    l2s_mem_free(&to->e->sys->mem, whole);
    return whole != NULL;
}

static void pieces_of_different_exchanges_make_no_message(void **state)
{
    static const uint8_t cookies[3][L2S_COOKIE] = {{1}, {2}, {3}};
    static const uint8_t ways[][2] = {{0, 2}, {1, 2}, {0, 1}}; /* of the initiator and of the responder */
    struct l2s_v1_sa *sa[L2S_COUNT_OF(ways)];
    struct rig r;

    (void)state;
    rig_begin_mode(&r, false);
    for (unsigned i = 0; i < L2S_COUNT_OF(ways); i++) {
        sa[i] = l2s_v1_sa_new(r.end[1].e, false, cookies[ways[i][0]], cookies[ways[i][1]]);
        assert_non_null(sa[i]);
    }
    for (unsigned i = 0; i < L2S_COUNT_OF(ways); i++)
        assert_false(gives_a_message(&r.end[1], sa[i], &r.end[0].at, 1));
    assert_int_equal(r.end[1].e->fragments.n, L2S_COUNT_OF(ways));
    for (unsigned i = L2S_COUNT_OF(ways); i-- > 0;)
        assert_true(gives_a_message(&r.end[1], sa[i], &r.end[0].at, 2));
    l2s_v1_enter(r.end[1].e);
    for (unsigned i = 0; i < L2S_COUNT_OF(ways); i++)
        l2s_v1_sa_end(sa[i]);
    l2s_v1_leave(r.end[1].e);
    rig_fini(&r);
}

/* RFC 3706, 6.2: the first number is a random one, and leaves the upper half to those which follow. */
static void the_first_question_of_dead_peer_detection_has_a_number_of_31_bits(void **state)
{
    unsigned small = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 16; seed++) {
        struct rig r;
        rig_begin_mode(&r, false);
        r.sys.seed = seed;
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, L2S_SECOND);
        struct l2s_v1_peer *p = rig_peer(&r.end[0]);
        assert_true(p->dpd_able);
        l2s_v1_enter(r.end[0].e);
        l2s_v1_dpd_probe(p);
        l2s_v1_leave(r.end[0].e);
        assert_true(p->dpd_asking);
        assert_true(p->dpd_first <= 0x80000000u);
        small += p->dpd_first < 0x1000000;
        rig_fini(&r);
    }
    assert_true(small < 4);
}

static void a_nat_is_found_in_aggressive_mode_by_both(void **state)
{
    (void)state;
    for (unsigned nat = 0; nat < 2; nat++) {
        struct rig r;
        rig_begin_mode(&r, true);
        r.nat = nat;
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, L2S_SECOND);
        rig_assert_up(&r);
        for (unsigned i = 0; i < 2; i++) {
            const struct l2s_v1_sa *sa = l2s_v1_peer_sa(rig_peer(&r.end[i]));
            assert_int_equal(r.end[i].child[0].udp_encap, nat);
            assert_int_equal(i ? sa->nat.remote : sa->nat.local, nat);
            assert_false(i ? sa->nat.local : sa->nat.remote);
        }
        rig_fini(&r);
    }
}

/* While message 1 is on its way: the peer says that there is no such SA, and names the pair that is asked for by all of its SPI. */
static bool refused_by_its_spi(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg;
    uint8_t spi[4];

    if (!rig_is_quick(pkt) || pkt->from || (*seen)++)
        return true;
    struct l2s_v1_sa *sa = l2s_v1_sa_find(r->end[0].e, pkt->p, pkt->p + L2S_COOKIE);
    assert_non_null(sa);
    assert_false(l2s_list_empty(&sa->quicks));
    l2s_put32(spi, L2S_LIST_ENTRY(sa->quicks.next, struct l2s_v1_quick, node)->spi_in + 1);
    l2s_v1_enter(sa->e);
    l2s_v1_quick_refused(sa, L2S_N_INVALID_SPI, l2s_rd_init(spi, 4)); /* another one's */
    assert_false(l2s_list_empty(&sa->quicks));
    spi[3]--;
    l2s_v1_quick_refused(sa, L2S_N_INVALID_SPI, l2s_rd_init(spi, 3));
    assert_false(l2s_list_empty(&sa->quicks));
    l2s_put32(spi, L2S_LIST_ENTRY(sa->quicks.next, struct l2s_v1_quick, node)->spi_in);
    l2s_v1_quick_refused(sa, L2S_N_INVALID_SPI, l2s_rd_init(spi, 4));
    assert_true(l2s_list_empty(&sa->quicks));
    l2s_v1_leave(r->end[0].e);
    return false;
}

static void an_spi_that_is_refused_is_that_of_the_pair(void **state)
{
    struct rig r;

    (void)state;
    assert_true(rig_connect_past(&r, false, refused_by_its_spi, L2S_SECOND) > 0);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_a_cookie_is_not_answered),
        cmocka_unit_test(only_our_whole_cookie_is_our_own_word),
        cmocka_unit_test(who_falls_on_the_same_hash_is_told_apart_by_each_cookie),
        cmocka_unit_test(an_address_is_the_same_to_its_last_byte),
        cmocka_unit_test(only_a_second_marker_is_passed_over),
        cmocka_unit_test(two_clients_differ_by_any_part_of_their_names),
        cmocka_unit_test(dead_peer_detection_is_of_the_sa_it_names),
        cmocka_unit_test(a_notify_that_names_no_sa_is_of_the_one_it_came_by),
        cmocka_unit_test(pieces_of_different_exchanges_make_no_message),
        cmocka_unit_test(an_spi_that_is_refused_is_that_of_the_pair),
        cmocka_unit_test(the_first_question_of_dead_peer_detection_has_a_number_of_31_bits),
        cmocka_unit_test(a_nat_is_found_in_aggressive_mode_by_both),
    };

    return cmocka_run_group_tests_name("whom IKEv1 means", tests, NULL, NULL);
}
