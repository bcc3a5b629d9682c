/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates that peers make a mess of. The engines are ours on both ends, one of them with a crypto provider that lies. */
#include "base/errors.h"
#include "ike/common/cert.h"
#include "ike/common/header.h"
#include "unit/fakes/papers.h"
#include "unit/ike/v1_rig.h"

#include <string.h>

struct cert_rig {
    struct rig r;
    struct l2s_own *own[2];
    struct l2s_trust *trust;
};

/* What is done instead of the truth. Own certificates are told apart by whose they are. */
static struct {
    const struct l2s_crypto_ops *real;
    struct l2s_own *liar;
    enum { HONEST, WRONG_SIGNATURE, NO_CERTIFICATE, JUNK, TURNED_ROUND, NO_VERDICT, NO_JUDGE, NO_PEN } lie;
    unsigned verified, judged;
    struct cert_rig *t;
} lies;

static int sign(struct l2s_own *own, const uint8_t *hash, size_t n, uint8_t sig[L2S_SIGNATURE_MAX], size_t *len)
{
    if (own == lies.liar && lies.lie == NO_PEN)
        return L2TPSEC_ENOMEM;
    int rc = lies.real->sign(own, hash, n, sig, len);

    if (own == lies.liar && lies.lie == WRONG_SIGNATURE)
        sig[7] ^= 1;
    return rc;
}

static struct l2s_bytes own_cert(const struct l2s_own *own, size_t n)
{
    static const struct l2s_bytes none = {NULL, 0}, junk = {"\x30\x03\x02\x01", 4};

    if (own != lies.liar)
        return lies.real->own_cert(own, n);
    switch (lies.lie) {
    case NO_CERTIFICATE:
        return none;
    case JUNK:
        return n ? none : junk;
    case TURNED_ROUND:
        return n < 2 ? lies.real->own_cert(own, 1 - n) : none;
    default:
        return lies.real->own_cert(own, n);
    }
}

static int cert_verify(struct l2s_crypto *c, struct l2s_bytes cert, const uint8_t *hash, size_t n, const uint8_t *sig,
                       size_t len)
{
    lies.verified++;
    int rc = lies.real->cert_verify(c, cert, hash, n, sig, len);
    return lies.lie == NO_VERDICT ? L2TPSEC_ENOMEM : rc;
}

static int cert_judge(struct l2s_crypto *c, const struct l2s_bytes *chain, size_t n, struct l2s_trust *trust,
                      const struct l2s_cert_terms *terms, struct l2s_cert_verdict *out)
{
    lies.judged++;
    int rc = lies.real->cert_judge(c, chain, n, trust, terms, out);
    return lies.lie == NO_JUDGE ? L2TPSEC_ENOMEM : rc;
}

static struct l2s_own *load(struct cert_rig *t, const char *cert, const char *key)
{
    struct paper c = paper_open(cert), k = paper_open(key);
    struct l2s_own *own = NULL;

    assert_int_equal(t->r.crypto->ops->own_new(t->r.crypto, paper_bytes(&c), paper_bytes(&k), &own), L2TPSEC_OK);
    paper_close(&c);
    paper_close(&k);
    return own;
}

/* End 0 is client256, end 1 deep.example below Test Sub CA. */
static void begin(struct cert_rig *t, unsigned liar, unsigned lie)
{
    static struct l2s_crypto_ops ops;
    struct paper ca = paper_open("ca.pem");

    memset(t, 0, sizeof *t);
    rig_begin(&t->r);
    t->own[0] = load(t, "client256.pem", "client256.key");
    t->own[1] = load(t, "deep.pem", "deep.key");
    assert_int_equal(t->r.crypto->ops->trust_new(t->r.crypto, paper_bytes(&ca), (struct l2s_bytes){NULL, 0}, &t->trust),
                     L2TPSEC_OK);
    paper_close(&ca);
    for (unsigned i = 0; i < 2; i++) {
        struct l2s_ike_config *cfg = &t->r.end[i].cfg;
        struct l2s_bytes der = t->r.crypto->ops->own_cert(t->own[i], 0);
        struct l2s_cert_names names;
        assert_int_equal(l2s_cert_names(l2s_rd_init(der.p, der.n), &names), L2TPSEC_OK);
        cfg->own = t->own[i];
        cfg->trust = t->trust;
        cfg->method = L2S_BY_ECDSA256;
        cfg->ike.methods = 1 << L2S_BY_ECDSA256;
        cfg->own_name.type = L2S_ID_DER_ASN1_DN;
        cfg->own_name.len = (uint16_t)names.subject.left;
        memcpy(cfg->own_name.data, names.subject.p, names.subject.left);
    }
    ops = *t->r.crypto->ops;
    ops.sign = sign;
    ops.own_cert = own_cert;
    ops.cert_verify = cert_verify;
    ops.cert_judge = cert_judge;
    memset(&lies, 0, sizeof lies);
    lies.real = t->r.crypto->ops;
    lies.liar = t->own[liar];
    lies.lie = lie;
    lies.t = t;
    if (lies.real != &ops)
        t->r.crypto->ops = &ops;
}

static void end(struct cert_rig *t)
{
    lies.real->own_free(t->own[0]);
    lies.real->own_free(t->own[1]);
    lies.real->trust_free(t->trust);
    rig_fini(&t->r);
}

static void a_chain_proves_both_ends_with_one_check_each(void **state)
{
    struct cert_rig t;

    (void)state;
    begin(&t, 1, HONEST);
    rig_up(&t.r);
    assert_int_equal(lies.verified, 2);
    assert_int_equal(lies.judged, 2);
    assert_int_equal(t.r.end[0].peer_id.type, L2S_ID_DER_ASN1_DN);
    end(&t);
}

static void certificates_may_come_in_any_order(void **state)
{
    struct cert_rig t;

    (void)state;
    begin(&t, 1, TURNED_ROUND);
    rig_up(&t.r);
    end(&t);
}

static void a_liar_is_refused_and_told(void **state)
{
    static const struct {
        unsigned lie;
        uint16_t notify;
        const char *text;
    } cases[] = {
        {WRONG_SIGNATURE, L2S_N_INVALID_SIGNATURE, "is not that of the key which signed"},
        {NO_CERTIFICATE, L2S_N_INVALID_CERTIFICATE, "did not come"},
        {JUNK, L2S_N_INVALID_CERTIFICATE, "cannot be read"},
    };
    struct cert_rig t;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        for (unsigned liar = 0; liar < 2; liar++) {
            begin(&t, liar, cases[i].lie);
            rig_listen(&t.r);
            assert_int_equal(rig_connect(&t.r), L2TPSEC_OK);
            rig_run(&t.r, 20 * L2S_SECOND);
            assert_int_equal(t.r.end[0].failed, 1);
            assert_int_equal(t.r.end[0].why.cause, L2TPSEC_CAUSE_CERTIFICATE);
            const struct l2s_failure *why = liar ? &t.r.end[0].why : &t.r.end[1].refused;
            assert_int_equal(why->cause, L2TPSEC_CAUSE_CERTIFICATE);
            if (!strstr(why->detail, cases[i].text))
                fail_msg("\"%s\" is not in \"%s\"", cases[i].text, why->detail);
            assert_int_equal(why->windows_code, cases[i].lie == NO_CERTIFICATE ? 766 : 0);
            if (liar == 0) /* the server's word, encrypted, so it is believed at once */
                assert_int_equal(t.r.end[0].why.peer_code, cases[i].notify);
            assert_int_equal(t.r.end[0].n + t.r.end[1].n, 0);
            assert_true(lies.judged <= 1);
            end(&t);
        }
    }
}

/* Message 5 with bits turned over on the way: thrown away unread, and the true one counts. */
static bool damage(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *left = arg;

    (void)r;
    if (pkt->from == 0 && (pkt->p[19] & L2S_FLAG_ENCRYPTED) && *left) {
        --*left;
        pkt->p[40] ^= 0x55;
    }
    return true;
}

static void damaged_proofs_cost_no_signature_check(void **state)
{
    struct cert_rig t;
    unsigned left = 3;

    (void)state;
    begin(&t, 1, HONEST);
    t.r.tap = damage;
    t.r.tap_arg = &left;
    rig_up(&t.r);
    assert_int_equal(left, 0);
    assert_int_equal(lies.verified, 2);
    end(&t);
}

/* RFC 4945, 3.2.7: the responder asks in message 4, for what leads to its authority. */
static bool see_request(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct l2s_bytes name = lies.real->trust_name(lies.t->trust, 0);

    (void)r;
    if (pkt->from == 1 && pkt->p[18] == L2S_EXCHANGE_MAIN && !(pkt->p[19] & L2S_FLAG_ENCRYPTED))
        for (size_t i = 28; i + 5 + name.n <= pkt->n; i++)
            if (pkt->p[i + 4] == L2S_ENC_X509_SIGNATURE && pkt->p[i + 2] == 0 && pkt->p[i + 3] == 5 + name.n &&
                memcmp(pkt->p + i + 5, name.p, name.n) == 0)
                *(unsigned *)arg += 1;
    return true;
}

static void the_server_asks_for_its_authorities(void **state)
{
    struct cert_rig t;
    unsigned seen = 0;

    (void)state;
    begin(&t, 1, HONEST);
    t.r.tap = see_request;
    t.r.tap_arg = &seen;
    rig_up(&t.r);
    assert_int_equal(seen, 1);
    end(&t);
}

static bool connects_short_of(uint64_t nth)
{
    struct cert_rig t;

    begin(&t, 1, HONEST);
    rig_listen(&t.r);
    t.r.sys.fail_alloc_at = nth;
    int rc = rig_connect(&t.r);
    rig_run(&t.r, 40 * L2S_SECOND);
    bool reached = t.r.sys.fail_alloc_at == 0;
    t.r.sys.fail_alloc_at = 0;
    if (rc != L2TPSEC_OK || t.r.end[0].failed || t.r.end[0].channels_down) {
        assert_true(reached);
        assert_int_equal(rig_connect(&t.r), L2TPSEC_OK);
        rig_run(&t.r, 10 * L2S_SECOND);
    }
    rig_assert_joined(&t.r);
    end(&t);
    return reached;
}

static void any_allocation_may_fail_once(void **state)
{
    uint64_t n = 1;

    (void)state;
    while (connects_short_of(n))
        n += FEW ? 5 : 1;
    assert_true(n > 40);
}

/* What could not be looked at to the end is not good, whatever was written meanwhile. */
static void a_judge_that_fails_lets_nobody_in(void **state)
{
    static const unsigned failures[] = {NO_VERDICT, NO_JUDGE, NO_PEN};
    struct cert_rig t;

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(failures); i++) {
        begin(&t, 1, failures[i]);
        rig_listen(&t.r);
        assert_int_equal(rig_connect(&t.r), L2TPSEC_OK);
        rig_run(&t.r, 20 * L2S_SECOND);
        assert_int_equal(t.r.end[0].channels_up + t.r.end[1].channels_up, 0);
        assert_int_equal(t.r.end[0].n + t.r.end[1].n, 0);
        assert_int_not_equal(t.r.end[1].refused.cause, L2TPSEC_CAUSE_CERTIFICATE);
        end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_proves_both_ends_with_one_check_each),
        cmocka_unit_test(certificates_may_come_in_any_order),
        cmocka_unit_test(a_liar_is_refused_and_told),
        cmocka_unit_test(damaged_proofs_cost_no_signature_check),
        cmocka_unit_test(the_server_asks_for_its_authorities),
        cmocka_unit_test(any_allocation_may_fail_once),
        cmocka_unit_test(a_judge_that_fails_lets_nobody_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
