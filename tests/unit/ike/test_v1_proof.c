/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What proves a peer: hashes that must fit to the last byte and have their length, and what becomes of them when our own
 * cryptography fails in the middle. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/payload.h"
#include "ike/v1/auth.h"
#include "ike/v1/dpd.h"
#include "ike/v1/fragment.h"
#include "ike/v1/half_open.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/peer.h"
#include "ike/v1/quick_mode.h"
#include "ike/v1/sa.h"
#include "wire/wr.h"

#include <string.h>

#define ID_LEN 9u

static const uint8_t id_body[ID_LEN] = {11, 0, 0, 0, 'a', 'l', 'i', 'c', 'e'};

/* ---- the hashes of phase 1 -------------------------------------------------------------------------------------- */

static void set_up(struct rig *r, bool aggressive)
{
    rig_begin(r);
    r->end[0].cfg.aggressive = r->end[1].cfg.aggressive = aggressive;
    rig_listen(r);
}

/* ID and HASH in one chain. What is cut off the hash lies behind it, where nobody may look. */
static void write_chain(uint8_t out[96], const uint8_t *hash, size_t len, size_t all, struct l2s_payloads *s)
{
    size_t n = 4 + ID_LEN + 4 + len;

    memset(out, 0, 96);
    out[0] = L2S_PT_HASH;
    out[3] = 4 + ID_LEN;
    memcpy(out + 4, id_body, ID_LEN);
    out[4 + ID_LEN + 3] = (uint8_t)(4 + len);
    memcpy(out + 4 + ID_LEN + 4, hash, all);
    assert_int_equal(l2s_payloads_collect(l2s_rd_init(out, n), L2S_PT_ID, L2S_NATT_NONE, s), L2TPSEC_OK);
}

struct proof {
    struct l2s_v1_sa *sa;       /* the responder's */
    const struct l2s_v1_sa *by; /* who knows the keys */
    uint8_t hash[L2S_HASH_MAX + 1];
};

static int check(const struct proof *p, const uint8_t *hash, size_t len, size_t all)
{
    const struct l2s_v1_keys *k = &p->by->keys;
    struct l2s_payloads s;
    struct l2s_ike_id id;
    uint8_t chain[96];

    write_chain(chain, hash, len, all, &s);
    if (p->sa->aggressive)
        return l2s_v1_auth_check_hash(p->sa, l2s_payloads_get(&s, L2S_PK_ID, 0), l2s_payloads_get(&s, L2S_PK_HASH, 0));
    int rc = l2s_v1_auth_check(p->sa, k, p->by->talk->skeyid, &s, &id);
    if (rc == L2TPSEC_OK) {
        assert_int_equal(id.type, 11);
        assert_int_equal(id.len, 5);
    }
    return rc;
}

static void only_the_whole_hash_fits(const struct proof *p)
{
    size_t n = p->by->keys.proof_len;
    uint8_t other[L2S_HASH_MAX + 1];

    assert_int_equal(check(p, p->hash, n, n), L2TPSEC_OK);
    assert_int_equal(check(p, p->hash, n - 1, n), L2TPSEC_EAUTH);
    assert_int_equal(check(p, p->hash, n + 1, n + 1), L2TPSEC_EAUTH);
    assert_int_equal(check(p, p->hash, 1, n), L2TPSEC_EAUTH);
    for (size_t i = 0; i < n; i++) {
        memcpy(other, p->hash, n);
        other[i] ^= 0x40;
        assert_int_equal(check(p, other, n, n), L2TPSEC_EAUTH);
    }
}

/* Ahead of the client's proof, while the server waits for it. */
static bool ahead_of_the_proof(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg;
    struct proof p;

    if (pkt->from || *seen || !(pkt->p[19] & L2S_FLAG_ENCRYPTED))
        return true;
    p.sa = l2s_v1_sa_find(r->end[1].e, pkt->p, pkt->p + L2S_COOKIE);
    p.by = l2s_v1_sa_find(r->end[0].e, pkt->p, pkt->p + L2S_COOKIE);
    assert_non_null(p.sa);
    assert_non_null(p.by);
    if (p.sa->aggressive)
        p.by = p.sa;
    struct l2s_v1_said said = l2s_v1_sa_said(p.sa);
    struct l2s_bytes id = {.p = id_body, .n = ID_LEN};
    memset(p.hash, 0, sizeof p.hash);
    assert_int_equal(l2s_v1_hash_phase1(&p.by->keys, p.by->talk->skeyid, p.sa->e->crypto, &said, true, id, p.hash),
                     L2TPSEC_OK);
    only_the_whole_hash_fits(&p);
    ++*seen;
    return true;
}

static void only_a_whole_hash_proves_a_peer(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned aggressive = 0; aggressive < 2; aggressive++) {
        unsigned seen = 0;
        set_up(&r, aggressive);
        r.tap = ahead_of_the_proof;
        r.tap_arg = &seen;
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(seen, 1);
        rig_assert_up(&r);
        rig_fini(&r);
    }
}

static void only_a_whole_hash_proves_a_message_of_phase_2(void **state)
{
    static struct l2s_v1_sa sa;
    uint8_t hash[L2S_HASH_MAX + 1] = {1, 2, 3}, chain[96];
    struct l2s_payloads s;

    (void)state;
    sa.keys.hash_len = 20;
    write_chain(chain, hash, 20, 20, &s);
    assert_true(l2s_v1_quick_verify(&sa, &s, hash));
    write_chain(chain, hash, 19, 20, &s);
    assert_false(l2s_v1_quick_verify(&sa, &s, hash));
    write_chain(chain, hash, 21, 21, &s);
    assert_false(l2s_v1_quick_verify(&sa, &s, hash));
    write_chain(chain, hash, 0, 20, &s);
    assert_false(l2s_v1_quick_verify(&sa, &s, hash));
    for (size_t i = 0; i < 20; i++) {
        uint8_t other[L2S_HASH_MAX];
        memcpy(other, hash, 20);
        other[i] ^= 1;
        write_chain(chain, other, 20, 20, &s);
        assert_false(l2s_v1_quick_verify(&sa, &s, hash));
    }
}

/* ---- cryptography that fails ------------------------------------------------------------------------------------ */

static const struct l2s_crypto_ops *sound;
static unsigned left; /* calls until one fails; 0: none does */

static bool fails(void)
{
    return left && --left == 0;
}

static int hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n, uint8_t *out)
{
    return fails() ? L2TPSEC_ENOMEM : sound->hash(c, id, in, n, out);
}

static int hmac(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len, const struct l2s_bytes *in,
                size_t n, uint8_t *out)
{
    return fails() ? L2TPSEC_ENOMEM : sound->hmac(c, id, key, key_len, in, n, out);
}

static int cbc(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
               uint8_t *iv, uint8_t *data, size_t len)
{
    return fails() ? L2TPSEC_ENOMEM : sound->cbc(c, id, encrypt, key, key_len, iv, data, len);
}

static int agree(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap, size_t *len)
{
    return fails() ? L2TPSEC_ENOMEM : sound->dh_agree(dh, peer, peer_len, secret, cap, len);
}

/* Connect with the n-th call failing once. False: there were not so many. Nobody takes it for a wrong key, nothing is put up by
 * halves, and the next attempt is as good as the first. */
static bool connects_without_call(unsigned n, bool aggressive)
{
    struct l2s_crypto_ops ops;
    struct rig r;

    set_up(&r, aggressive);
    sound = r.crypto->ops;
    ops = *sound;
    ops.hash = hash;
    ops.hmac = hmac;
    ops.cbc = cbc;
    ops.dh_agree = agree;
    r.crypto->ops = &ops;
    left = n;
    int rc = rig_connect(&r);
    rig_run(&r, 40 * L2S_SECOND);
    bool reached = left == 0;
    left = 0;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_not_equal(r.end[i].why.cause, L2TPSEC_CAUSE_PSK);
        assert_int_not_equal(r.end[i].refused.cause, L2TPSEC_CAUSE_PSK);
        assert_int_equal(l2s_ike_stats(r.end[i].e)->drops[L2TPSEC_DROP_MALFORMED], 0);
        assert_int_equal(l2s_ike_stats(r.end[i].e)->drops[L2TPSEC_DROP_FORGED], 0);
    }
    if (rc != L2TPSEC_OK || r.end[0].failed || r.end[0].channels_down) {
        assert_int_equal(r.end[0].n, 0);
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, 10 * L2S_SECOND);
    }
    rig_assert_joined(&r);
    assert_int_equal(r.end[0].n, 1);
    r.crypto->ops = sound;
    rig_fini(&r);
    return reached;
}

static void a_failure_of_our_own_is_never_taken_for_a_wrong_key(void **state)
{
    (void)state;
    for (unsigned aggressive = 0; aggressive < 2; aggressive++) {
        unsigned n = 1;
        while (connects_without_call(n, aggressive))
            n++;
        assert_true(n > 30);
    }
}

/* ---- cookies, addresses and names, to their last byte ----------------------------------------------------------- */

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
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, true);
    r.tap = without_a_cookie;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    assert_true(seen > 1);
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
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, false);
    r.tap = with_nearly_our_cookie;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, 100 * L2S_MS);
    assert_true(seen > 0);
    rig_fini(&r);
}

/* A record whose cookie is another one than its hash was made of: as if two fell on one hash. */
static void who_falls_on_the_same_hash_is_told_apart_by_each_cookie(void **state)
{
    static const uint8_t icookie[L2S_COOKIE] = {1, 2, 3, 4, 5, 6, 7, 8}, rcookie[L2S_COOKIE] = {9};
    struct rig r;

    (void)state;
    set_up(&r, false);
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
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, false);
    r.tap = behind_other_bytes;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, 100 * L2S_MS);
    assert_true(seen > 0);
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
    set_up(&r, false);
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
    set_up(&r, false);
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

/* QUIRKS 3.5: cookies in notifies may be zero. */
static void a_notify_that_names_no_sa_is_of_the_one_it_came_by(void **state)
{
    struct rig r;

    (void)state;
    set_up(&r, false);
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
    set_up(&r, false);
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

/* ---- proofs in clear, and payloads too many --------------------------------------------------------------------- */

/* A header of this message's exchange over a chain in clear. */
static size_t write_clear(const struct rig_packet *pkt, uint8_t first, const uint8_t *chain, size_t n, uint8_t out[256])
{
    memset(out, 0, 256);
    memcpy(out, pkt->p, L2S_ISAKMP_HEADER);
    out[16] = first;
    out[19] = 0;
    l2s_put32(out + 24, (uint32_t)(L2S_ISAKMP_HEADER + n));
    memcpy(out + L2S_ISAKMP_HEADER, chain, n);
    return L2S_ISAKMP_HEADER + n;
}

/* In place of the client's proof: an ID and a hash in clear, wrong, then right but with one payload too many, then right. */
static bool in_clear(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg;
    struct l2s_payloads s;
    uint8_t chain[96], out[256];

    if (pkt->from || *seen || !(pkt->p[19] & L2S_FLAG_ENCRYPTED))
        return true;
    ++*seen;
    struct rig_end *server = &r->end[1];
    struct l2s_v1_sa *sa = l2s_v1_sa_find(server->e, pkt->p, pkt->p + L2S_COOKIE);
    const struct l2s_v1_sa *by = l2s_v1_sa_find(r->end[0].e, pkt->p, pkt->p + L2S_COOKIE);
    assert_non_null(sa);
    assert_non_null(by);
    struct l2s_bytes id = {.p = id_body, .n = ID_LEN};
    struct l2s_v1_said said = l2s_v1_sa_said(sa);
    uint8_t hash[L2S_HASH_MAX] = {0};
    size_t n = by->keys.proof_len, len = 4 + ID_LEN + 4 + n;
    assert_int_equal(l2s_v1_hash_phase1(&by->keys, by->talk->skeyid, sa->e->crypto, &said, true, id, hash), L2TPSEC_OK);

    bool with_id = !sa->aggressive;
    size_t skip = with_id ? 0 : 4 + ID_LEN, all;
    uint8_t first = with_id ? L2S_PT_ID : L2S_PT_HASH;
    unsigned emits = server->emits, failed = server->failed;
    hash[n - 1] ^= 1;
    write_chain(chain, hash, n, n, &s);
    hash[n - 1] ^= 1;
    all = write_clear(pkt, first, chain + skip, len - skip, out);
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, all);
    assert_int_equal(server->failed, failed + 1); /* reported as the wrong key that it may be */
    assert_int_equal(server->refused.cause, L2TPSEC_CAUSE_PSK);
    assert_int_equal(server->channels_up, 0);
    emits = server->emits; /* main mode says so to the client, too */

    write_chain(chain, hash, n, n, &s);
    chain[4 + ID_LEN] = L2S_PT_KE; /* behind the hash */
    chain[len + 3] = 4;
    all = write_clear(pkt, first, chain + skip, len + 4 - skip, out);
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, all);
    assert_int_equal(server->emits, emits);
    assert_int_equal(server->channels_up, 0);

    write_chain(chain, hash, n, n, &s);
    all = write_clear(pkt, first, chain + skip, len - skip, out);
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, all);
    assert_int_equal(server->channels_up, 1);
    assert_int_equal(server->emits, emits + with_id);
    return false;
}

static void a_proof_in_clear_is_looked_at_as_closely(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned aggressive = 0; aggressive < 2; aggressive++) {
        unsigned seen = 0;
        set_up(&r, aggressive);
        r.end[0].cfg.local_id = (struct l2s_ike_id){.type = 11, .len = ID_LEN - 4};
        memcpy(r.end[0].cfg.local_id.data, id_body + 4, ID_LEN - 4);
        r.end[1].cfg.clear_proof = true;
        for (unsigned i = 0; i < L2S_COUNT_OF(r.end[1].psk); i++)
            r.end[1].psk[i] = RIG_PSK; /* as many candidates as are ever tried */
        if (!aggressive)
            r.end[1].psk[0] = "not the one";
        r.tap = in_clear;
        r.tap_arg = &seen;
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, 300 * L2S_MS);
        assert_int_equal(seen, 1);
        rig_fini(&r);
    }
}

static void a_proof_in_clear_is_not_taken_unless_it_is_allowed(void **state)
{
    struct rig r;
    unsigned seen = 0;

    (void)state;
    set_up(&r, false);
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, 4 * r.delay + r.delay / 2); /* message 5 is on its way */
    for (struct rig_packet *pkt = r.wire; pkt; pkt = pkt->next) {
        uint8_t out[256], chain[96], hash[32] = {0};
        struct l2s_payloads s;
        write_chain(chain, hash, sizeof hash, sizeof hash, &s);
        size_t n = write_clear(pkt, L2S_PT_ID, chain, 4 + ID_LEN + 4 + sizeof hash, out);
        rig_inject(&r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
        seen++;
    }
    assert_int_equal(seen, 1);
    assert_int_equal(r.end[1].failed, 0);
    rig_run(&r, L2S_SECOND);
    rig_assert_up(&r);
    rig_fini(&r);
}

/* Each message in clear ahead of itself, with one payload more than there may be: its own first one once again. */
static bool with_one_more(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct rig_packet other = *pkt;
    unsigned *seen = arg, to = 1 - pkt->from;
    size_t first = L2S_ISAKMP_HEADER, len = (size_t)(pkt->p[first + 2] << 8 | pkt->p[first + 3]);

    if (pkt->p[19] & L2S_FLAG_ENCRYPTED)
        return true;
    ++*seen;
    memcpy(other.p + first + len, pkt->p + first, pkt->n - first);
    other.p[first] = pkt->p[16];
    other.n = pkt->n + len;
    l2s_put32(other.p + 24, (uint32_t)other.n);
    unsigned emits = r->end[to].emits;
    rig_inject(r, to, &other.src, &other.dst, other.marker, other.p, other.n);
    assert_int_equal(r->end[to].emits, emits);
    return true;
}

static void a_payload_too_many_spoils_a_message(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned aggressive = 0; aggressive < 2; aggressive++) {
        unsigned seen = 0;
        set_up(&r, aggressive);
        r.tap = with_one_more;
        r.tap_arg = &seen;
        assert_int_equal(rig_connect(&r), L2TPSEC_OK);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(seen, aggressive ? 2 : 4);
        rig_assert_up(&r);
        rig_fini(&r);
    }
}

/* A message of quick mode that is not whole blocks cannot be read, which is not the same as forged. */
static bool cut_by_a_byte(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg, to = 1 - pkt->from;

    if (!rig_is_quick(pkt))
        return true;
    struct rig_packet other = *pkt;
    const uint64_t *drops = l2s_ike_stats(r->end[to].e)->drops;
    uint64_t forged = drops[L2TPSEC_DROP_FORGED], malformed = drops[L2TPSEC_DROP_MALFORMED];
    l2s_put32(other.p + 24, (uint32_t)--other.n);
    rig_inject(r, to, &other.src, &other.dst, other.marker, other.p, other.n);
    assert_int_equal(drops[L2TPSEC_DROP_FORGED], forged);
    assert_int_equal(drops[L2TPSEC_DROP_MALFORMED], malformed + 1);
    ++*seen;
    return true;
}

static void half_a_block_is_malformed_and_not_forged(void **state)
{
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, false);
    r.tap = cut_by_a_byte;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(seen, 3);
    rig_assert_up(&r);
    rig_fini(&r);
}

/* RFC 3706, 6.2: the first number is a random one, and leaves the upper half to those which follow. */
static void the_first_question_of_dead_peer_detection_has_a_number_of_31_bits(void **state)
{
    unsigned small = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 16; seed++) {
        struct rig r;
        set_up(&r, false);
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
        set_up(&r, true);
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

/* Each message of quick mode ahead of itself, whole but for its hash: a bit of the second block turned over leaves the first, with
 * the payload's header, as it is. */
static bool with_a_wrong_hash(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg, to = 1 - pkt->from;

    if (!rig_is_quick(pkt))
        return true;
    struct rig_packet other = *pkt;
    const struct rig_end *e = &r->end[to];
    const uint64_t *drops = l2s_ike_stats(e->e)->drops;
    uint64_t forged = drops[L2TPSEC_DROP_FORGED];
    unsigned emits = e->emits, n = e->n, up = e->children_up;
    bool unconfirmed = n && e->child[0].unconfirmed;
    other.p[L2S_ISAKMP_HEADER + 16] ^= 1;
    rig_inject(r, to, &other.src, &other.dst, other.marker, other.p, other.n);
    assert_int_equal(drops[L2TPSEC_DROP_FORGED], forged + 1);
    assert_int_equal(e->emits, emits);
    assert_int_equal(e->n, n);
    assert_int_equal(e->children_up, up);
    assert_int_equal(n && e->child[0].unconfirmed, unconfirmed);
    *seen += unconfirmed ? 11 : 1;
    return true;
}

static void a_wrong_hash_confirms_nothing(void **state)
{
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, false);
    r.tap = with_a_wrong_hash;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(seen, 13); /* three messages, and ahead of the third there is a pair that it confirms */
    rig_assert_up(&r);
    assert_false(r.end[1].child[0].unconfirmed);
    rig_fini(&r);
}

static void a_public_value_and_a_nonce_have_lengths_that_are_right(void **state)
{
    static const struct {
        size_t ke, nonce;
        int rc;
    } cases[] = {{32, 8, L2TPSEC_OK},      {32, 7, L2TPSEC_EPROTO},  {32, 256, L2TPSEC_OK},   {32, 257, L2TPSEC_EPROTO},
                 {31, 16, L2TPSEC_EPROTO}, {33, 16, L2TPSEC_EPROTO}, {32, 0, L2TPSEC_EPROTO}, {0, 16, L2TPSEC_EPROTO}};
    static const uint8_t icookie[L2S_COOKIE] = {1}, rcookie[L2S_COOKIE] = {2};
    struct rig r;

    (void)state;
    set_up(&r, false);
    struct l2s_v1_sa *sa = l2s_v1_sa_new(r.end[1].e, false, icookie, rcookie);
    assert_non_null(sa);
    sa->proposal.group = L2S_X25519;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t chain[400] = {L2S_PT_NONCE, 0, 0, (uint8_t)(4 + cases[i].ke)};
        struct l2s_payloads s;
        size_t at = 4 + cases[i].ke;
        l2s_put16(chain + at + 2, (uint16_t)(4 + cases[i].nonce));
        assert_int_equal(
            l2s_payloads_collect(l2s_rd_init(chain, at + 4 + cases[i].nonce), L2S_PT_KE, L2S_NATT_NONE, &s),
            L2TPSEC_OK);
        assert_int_equal(l2s_v1_main_take_ke(sa, &s), cases[i].rc);
    }
    l2s_v1_enter(r.end[1].e);
    l2s_v1_sa_end(sa);
    l2s_v1_leave(r.end[1].e);
    rig_fini(&r);
}

static void datagrams_that_are_shorter_than_a_header_are_short(void **state)
{
    struct rig r;

    (void)state;
    set_up(&r, false);
    const uint64_t *drops = l2s_ike_stats(r.end[1].e)->drops;
    for (unsigned marker = 0; marker < 2; marker++) {
        for (size_t n = 0; n < L2S_ISAKMP_HEADER + 4 * marker; n++) {
            static const uint8_t zeros[L2S_ISAKMP_HEADER + 4];
            struct l2s_rd copy = fake_rd_exact(zeros, n);
            uint64_t before = drops[L2TPSEC_DROP_SHORT];
            l2s_ike_input(r.end[1].e, &r.end[1].at, &r.end[0].at, marker, (uint8_t *)(uintptr_t)copy.p, n);
            if (n < L2S_ISAKMP_HEADER)
                assert_int_equal(drops[L2TPSEC_DROP_SHORT], before + 1);
        }
    }
    fake_rd_free();
    rig_fini(&r);
}

/* Ahead of message 5: an informational that claims to be encrypted, though there are no keys yet. */
static bool before_there_are_keys(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg;
    const uint64_t *drops = l2s_ike_stats(r->end[1].e)->drops;
    uint8_t chain[64] = {0}, out[256];

    if (pkt->from || *seen || !(pkt->p[19] & L2S_FLAG_ENCRYPTED))
        return true;
    ++*seen;
    size_t n = write_clear(pkt, L2S_PT_HASH, chain, sizeof chain, out);
    out[18] = L2S_EXCHANGE_INFO;
    out[19] = L2S_FLAG_ENCRYPTED;
    out[20] = 1;
    uint64_t unexpected = drops[L2TPSEC_DROP_UNEXPECTED];
    unsigned emits = r->end[1].emits;
    rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, n);
    assert_int_equal(drops[L2TPSEC_DROP_UNEXPECTED], unexpected + 1);
    assert_int_equal(r->end[1].emits, emits);
    return true;
}

static void nothing_encrypted_is_read_before_there_are_keys(void **state)
{
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, false);
    r.tap = before_there_are_keys;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(seen, 1);
    rig_assert_up(&r);
    rig_fini(&r);
}

/* A header alone is no proof, and nobody's wrong key; a byte behind it is one that does not fit. */
static bool of_hardly_anything(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *seen = arg, failed = r->end[1].failed;
    uint8_t out[256], byte = 7;

    if (pkt->from || *seen || !(pkt->p[19] & L2S_FLAG_ENCRYPTED))
        return true;
    ++*seen;
    for (size_t n = 0; n < 2; n++) {
        size_t all = write_clear(pkt, L2S_PT_ID, &byte, n, out);
        out[19] = L2S_FLAG_ENCRYPTED;
        rig_inject(r, 1, &pkt->src, &pkt->dst, pkt->marker, out, all);
        assert_int_equal(r->end[1].failed, failed + n);
    }
    return true;
}

static void a_header_alone_is_no_wrong_key(void **state)
{
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, false);
    r.tap = of_hardly_anything;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(seen, 1);
    rig_assert_joined(&r);
    rig_fini(&r);
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
    unsigned seen = 0;
    struct rig r;

    (void)state;
    set_up(&r, false);
    r.tap = refused_by_its_spi;
    r.tap_arg = &seen;
    assert_int_equal(rig_connect(&r), L2TPSEC_OK);
    rig_run(&r, L2S_SECOND);
    assert_true(seen > 0);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_whole_hash_proves_a_peer),
        cmocka_unit_test(only_a_whole_hash_proves_a_message_of_phase_2),
        cmocka_unit_test(a_failure_of_our_own_is_never_taken_for_a_wrong_key),
        cmocka_unit_test(a_server_without_a_cookie_is_not_answered),
        cmocka_unit_test(only_our_whole_cookie_is_our_own_word),
        cmocka_unit_test(who_falls_on_the_same_hash_is_told_apart_by_each_cookie),
        cmocka_unit_test(an_address_is_the_same_to_its_last_byte),
        cmocka_unit_test(only_a_second_marker_is_passed_over),
        cmocka_unit_test(two_clients_differ_by_any_part_of_their_names),
        cmocka_unit_test(dead_peer_detection_is_of_the_sa_it_names),
        cmocka_unit_test(a_notify_that_names_no_sa_is_of_the_one_it_came_by),
        cmocka_unit_test(pieces_of_different_exchanges_make_no_message),
        cmocka_unit_test(a_proof_in_clear_is_looked_at_as_closely),
        cmocka_unit_test(a_proof_in_clear_is_not_taken_unless_it_is_allowed),
        cmocka_unit_test(a_payload_too_many_spoils_a_message),
        cmocka_unit_test(half_a_block_is_malformed_and_not_forged),
        cmocka_unit_test(the_first_question_of_dead_peer_detection_has_a_number_of_31_bits),
        cmocka_unit_test(a_nat_is_found_in_aggressive_mode_by_both),
        cmocka_unit_test(a_wrong_hash_confirms_nothing),
        cmocka_unit_test(a_public_value_and_a_nonce_have_lengths_that_are_right),
        cmocka_unit_test(datagrams_that_are_shorter_than_a_header_are_short),
        cmocka_unit_test(nothing_encrypted_is_read_before_there_are_keys),
        cmocka_unit_test(a_header_alone_is_no_wrong_key),
        cmocka_unit_test(an_spi_that_is_refused_is_that_of_the_pair),
    };

    return cmocka_run_group_tests_name("proofs of IKEv1", tests, NULL, NULL);
}
