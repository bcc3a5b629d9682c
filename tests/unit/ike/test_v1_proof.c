/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What proves a peer: hashes that must fit to the last byte and have their length, and what becomes of them when our own
 * cryptography fails in the middle. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/payload.h"
#include "ike/v1/auth.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/quick_mode.h"
#include "ike/v1/sa.h"
#include "wire/wr.h"

#include <string.h>

#define ID_LEN 9u

static const uint8_t id_body[ID_LEN] = {11, 0, 0, 0, 'a', 'l', 'i', 'c', 'e'};

/* ---- the hashes of phase 1 -------------------------------------------------------------------------------------- */

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
        assert_int_equal(rig_connect_past(&r, aggressive, ahead_of_the_proof, L2S_SECOND), 1);
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

    rig_begin_mode(&r, aggressive);
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
        rig_begin_mode(&r, aggressive);
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
    rig_begin_mode(&r, false);
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
        assert_int_equal(rig_connect_past(&r, aggressive, with_one_more, L2S_SECOND), aggressive ? 2 : 4);
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
    struct rig r;

    (void)state;
    assert_int_equal(rig_connect_past(&r, false, cut_by_a_byte, L2S_SECOND), 3);
    rig_assert_up(&r);
    rig_fini(&r);
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
    struct rig r;

    (void)state;
    unsigned seen = rig_connect_past(&r, false, with_a_wrong_hash, L2S_SECOND);
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
    rig_begin_mode(&r, false);
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
    rig_begin_mode(&r, false);
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
    struct rig r;

    (void)state;
    assert_int_equal(rig_connect_past(&r, false, before_there_are_keys, L2S_SECOND), 1);
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
    struct rig r;

    (void)state;
    assert_int_equal(rig_connect_past(&r, false, of_hardly_anything, L2S_SECOND), 1);
    rig_assert_joined(&r);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_whole_hash_proves_a_peer),
        cmocka_unit_test(only_a_whole_hash_proves_a_message_of_phase_2),
        cmocka_unit_test(a_failure_of_our_own_is_never_taken_for_a_wrong_key),
        cmocka_unit_test(a_proof_in_clear_is_looked_at_as_closely),
        cmocka_unit_test(a_proof_in_clear_is_not_taken_unless_it_is_allowed),
        cmocka_unit_test(a_payload_too_many_spoils_a_message),
        cmocka_unit_test(half_a_block_is_malformed_and_not_forged),
        cmocka_unit_test(a_wrong_hash_confirms_nothing),
        cmocka_unit_test(a_public_value_and_a_nonce_have_lengths_that_are_right),
        cmocka_unit_test(datagrams_that_are_shorter_than_a_header_are_short),
        cmocka_unit_test(nothing_encrypted_is_read_before_there_are_keys),
        cmocka_unit_test(a_header_alone_is_no_wrong_key),
    };

    return cmocka_run_group_tests_name("proofs of IKEv1", tests, NULL, NULL);
}
