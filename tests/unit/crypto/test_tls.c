/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A TLS handshake between two of ours: who is believed, what is refused and how the other side hears of it. */
#include "base/errors.h"
#include "unit/crypto/rig.h"
#include "unit/fakes/papers.h"

#include <stdlib.h>
#include <string.h>

#define SUMMER_2026 1782864000 /* 2026-07-01 */
#define MSK 64

enum { SERVER, CLIENT };
enum { BAD_CERTIFICATE = 42, REVOKED = 44, EXPIRED = 45, UNKNOWN_CA = 48, ACCESS_DENIED = 49, DECODE_ERROR = 50 };

struct side {
    struct l2s_own *own;
    struct l2s_trust *trust;
    struct l2s_tls *tls;
    bool refuses; /* the other's name */
    unsigned asked;
};

struct two {
    struct l2s_crypto *c;
    struct side side[2];
    enum l2s_tls_state state[2];
    unsigned turns;
};

static bool accept(void *self, struct l2s_bytes cert)
{
    struct side *s = self;

    assert_true(cert.n > 100);
    s->asked++;
    return !s->refuses;
}

static struct l2s_own *own_of(struct l2s_crypto *c, const char *name)
{
    char file[64];
    (void)snprintf(file, sizeof file, "%s.pem", name);
    struct paper cert = paper_open(file);
    (void)snprintf(file, sizeof file, "%s.key", name);
    struct paper key = paper_open(file);
    struct l2s_own *own = NULL;

    assert_int_equal(c->ops->own_new(c, paper_bytes(&cert), paper_bytes(&key), &own), L2TPSEC_OK);
    paper_close(&cert);
    paper_close(&key);
    return own;
}

static struct l2s_trust *trust_of(struct l2s_crypto *c, const char *ca, const char *crl)
{
    struct paper cas = paper_open(ca), crls = paper_open(crl ? crl : ca);
    struct l2s_trust *trust = NULL;
    struct l2s_bytes none = {NULL, 0};

    assert_int_equal(c->ops->trust_new(c, paper_bytes(&cas), crl ? paper_bytes(&crls) : none, &trust), L2TPSEC_OK);
    paper_close(&cas);
    paper_close(&crls);
    return trust;
}

static void papers(struct two *t, struct l2s_crypto *c, const char *client, const char *server)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->side[SERVER].own = own_of(c, server);
    t->side[CLIENT].own = own_of(c, client);
    for (unsigned i = 0; i < 2; i++)
        t->side[i].trust = trust_of(c, "ca.pem", NULL);
}

static int begin(struct two *t, unsigned which, int64_t now)
{
    struct side *s = &t->side[which];
    struct l2s_tls_terms terms = {
        .server = which == SERVER, .own = s->own, .trust = s->trust, .cert = {.now = now}, .accept = accept, .self = s};

    return t->c->ops->tls_new(t->c, &terms, &s->tls);
}

static void open_two(struct two *t, struct l2s_crypto *c, const char *client, const char *server)
{
    papers(t, c, client, server);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(begin(t, i, SUMMER_2026), L2TPSEC_OK);
}

/* Turn by turn, until nobody has anything to say. */
static void talk(struct two *t)
{
    struct l2s_bytes said = {NULL, 0};

    for (t->turns = 0; t->turns < 10; t->turns++) {
        unsigned who = t->turns % 2 ? SERVER : CLIENT;
        uint8_t *copy = said.n ? malloc(said.n) : NULL;
        if (said.n)
            memcpy(copy, said.p, said.n);
        struct l2s_bytes in = {copy, said.n};
        t->state[who] = t->c->ops->tls_step(t->side[who].tls, in, &said);
        free(copy);
        if (!said.n)
            return;
    }
    fail_msg("no end");
}

static void close_two(struct two *t)
{
    for (unsigned i = 0; i < 2; i++) {
        t->c->ops->tls_free(t->side[i].tls);
        t->c->ops->own_free(t->side[i].own);
        t->c->ops->trust_free(t->side[i].trust);
    }
}

static const struct l2s_tls_why *why(const struct two *t, unsigned which)
{
    return t->c->ops->tls_why(t->side[which].tls);
}

static void each_kind_of_key_ends_with_the_same_keys_at_both_ends(void **state)
{
    static const char *const kinds[][2] = {
        {"client", "server"},    {"client256", "server256"}, {"client384", "server384"}, {"client521", "server521"},
        {"client256", "server"}, {"client", "deep"},         {"plain", "plain"}};
    struct rig *r = *state;

    for (unsigned i = 0; i < L2S_COUNT_OF(kinds); i++) {
        uint8_t a[MSK], b[MSK];
        struct two t;
        open_two(&t, r->c, kinds[i][0], kinds[i][1]);
        for (unsigned k = 0; k < 2; k++)
            assert_int_equal(r->c->ops->tls_export(t.side[k].tls, "client EAP encryption", a, MSK), L2TPSEC_ESTATE);
        talk(&t);
        assert_int_equal(t.turns, 4); /* hello, certificates both ways, finished */
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(t.state[k], L2S_TLS_DONE);
            assert_int_equal(t.side[k].asked, 1);
        }
        assert_int_equal(r->c->ops->tls_export(t.side[0].tls, "client EAP encryption", a, MSK), L2TPSEC_OK);
        assert_int_equal(r->c->ops->tls_export(t.side[1].tls, "client EAP encryption", b, MSK), L2TPSEC_OK);
        assert_memory_equal(a, b, MSK);
        assert_int_equal(r->c->ops->tls_export(t.side[1].tls, "another label", b, MSK), L2TPSEC_OK);
        assert_memory_not_equal(a, b, MSK);
        close_two(&t);
    }
}

static void a_chain_that_will_not_do_is_refused_and_the_other_side_hears_why(void **state)
{
    static const struct {
        const char *client, *server, *ca, *crl;
        unsigned by;
        enum l2s_cert_fault fault;
        uint8_t alert;
    } cases[] = {
        {"client", "expired", "ca.pem", NULL, CLIENT, L2S_CERT_EXPIRED, EXPIRED},
        {"client", "revoked", "ca.pem", "crl.pem", CLIENT, L2S_CERT_REVOKED, REVOKED},
        {"client", "server", "other-ca.pem", NULL, CLIENT, L2S_CERT_UNTRUSTED, UNKNOWN_CA},
        {"client", "stranger", "ca.pem", NULL, CLIENT, L2S_CERT_UNTRUSTED, UNKNOWN_CA},
        {"client", "short", "ca.pem", NULL, CLIENT, L2S_CERT_SHORT_KEY, BAD_CERTIFICATE},
        {"client", "sha1", "ca.pem", NULL, CLIENT, L2S_CERT_WEAK_HASH, 0},
        {"expired", "server", "ca.pem", NULL, SERVER, L2S_CERT_EXPIRED, 0},
        {"revoked", "server", "ca.pem", "crl-old.pem", SERVER, L2S_CERT_REVOKED, 0},
        {"stranger", "server", "ca.pem", NULL, SERVER, L2S_CERT_UNTRUSTED, 0},
        {"server256", "server", "ca.pem", NULL, SERVER, L2S_CERT_PURPOSE, 0},
    };
    struct rig *r = *state;

    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct two t;
        unsigned by = cases[i].by;
        papers(&t, r->c, cases[i].client, cases[i].server);
        r->c->ops->trust_free(t.side[by].trust);
        t.side[by].trust = trust_of(r->c, cases[i].ca, cases[i].crl);
        for (unsigned k = 0; k < 2; k++)
            assert_int_equal(begin(&t, k, SUMMER_2026), L2TPSEC_OK);
        talk(&t);
        assert_int_equal(t.state[by], L2S_TLS_FAILED);
        assert_int_equal(why(&t, by)->rc, L2TPSEC_EAUTH);
        assert_int_equal(why(&t, by)->verdict.fault, cases[i].fault);
        assert_true(why(&t, by)->cert.n > 100);
        assert_int_equal(t.side[by].asked, 0);
        assert_int_equal(t.state[1 - by], L2S_TLS_FAILED);
        assert_int_not_equal(why(&t, 1 - by)->alert, 0);
        if (cases[i].alert)
            assert_int_equal(why(&t, 1 - by)->alert, cases[i].alert);
        close_two(&t);
    }
}

static void a_server_does_not_show_what_is_not_for_servers(void **state)
{
    static const char *const servers[] = {"client256", "code", "encrypt"};
    struct rig *r = *state;

    for (unsigned i = 0; i < L2S_COUNT_OF(servers); i++) {
        struct two t;
        open_two(&t, r->c, "client", servers[i]);
        talk(&t);
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(t.state[k], L2S_TLS_FAILED);
            assert_int_equal(why(&t, k)->rc, L2TPSEC_EPROTO);
            assert_int_equal(t.side[k].asked, 0);
        }
        close_two(&t);
    }
}

static void whoever_is_not_meant_is_refused(void **state)
{
    struct rig *r = *state;

    for (unsigned by = 0; by < 2; by++) {
        uint8_t keys[MSK];
        struct two t;
        open_two(&t, r->c, "client256", "server256");
        t.side[by].refuses = true;
        talk(&t);
        assert_int_equal(t.state[by], L2S_TLS_FAILED);
        assert_true(why(&t, by)->refused);
        assert_int_equal(why(&t, by)->rc, L2TPSEC_EAUTH);
        assert_int_equal(t.state[1 - by], L2S_TLS_FAILED);
        assert_int_equal(why(&t, 1 - by)->alert, ACCESS_DENIED);
        for (unsigned k = 0; k < 2; k++)
            assert_int_equal(r->c->ops->tls_export(t.side[k].tls, "client EAP encryption", keys, MSK), L2TPSEC_ESTATE);
        close_two(&t);
    }
}

static void the_time_is_that_of_the_terms(void **state)
{
    struct rig *r = *state;
    struct two t;

    papers(&t, r->c, "client256", "expired");
    assert_int_equal(begin(&t, SERVER, SUMMER_2026), L2TPSEC_OK);
    assert_int_equal(begin(&t, CLIENT, SUMMER_2026 - 365 * 86400LL), L2TPSEC_OK); /* it was good then */
    talk(&t);
    assert_int_equal(t.state[CLIENT], L2S_TLS_DONE);
    assert_int_equal(t.state[SERVER], L2S_TLS_DONE);
    close_two(&t);
    papers(&t, r->c, "client256", "server256");
    assert_int_equal(begin(&t, SERVER, 0), L2TPSEC_OK);
    assert_int_equal(begin(&t, CLIENT, SUMMER_2026), L2TPSEC_OK);
    talk(&t);
    assert_int_equal(why(&t, SERVER)->verdict.fault, L2S_CERT_NOT_YET);
    close_two(&t);
}

/* All turns of a good handshake, kept. */
struct record {
    uint8_t turn[4][16384];
    size_t n[4];
};

static void keep_record(struct l2s_crypto *c, struct record *out)
{
    struct l2s_bytes said = {NULL, 0};
    struct two t;

    open_two(&t, c, "client256", "server256");
    for (unsigned i = 0; i < 4; i++) {
        struct l2s_bytes in = {i ? out->turn[i - 1] : NULL, i ? out->n[i - 1] : 0};
        (void)c->ops->tls_step(t.side[i % 2 ? SERVER : CLIENT].tls, in, &said);
        assert_true(said.n && said.n <= sizeof out->turn[i]);
        memcpy(out->turn[i], said.p, said.n);
        out->n[i] = said.n;
    }
    close_two(&t);
}

static void a_cut_or_foreign_turn_ends_it(void **state)
{
    struct rig *r = *state;
    struct record *rec = malloc(sizeof *rec);
    struct l2s_bytes said;
    struct two t;

    assert_non_null(rec);
    keep_record(r->c, rec);
    for (size_t n = 1; n < rec->n[0]; n += 7) { /* cut */
        open_two(&t, r->c, "client256", "server256");
        struct l2s_rd cut = fake_rd_exact(rec->turn[0], n);
        struct l2s_bytes in = {cut.p, cut.left};
        assert_int_equal(r->c->ops->tls_step(t.side[SERVER].tls, in, &said), L2S_TLS_FAILED);
        assert_int_equal(why(&t, SERVER)->rc, L2TPSEC_EPROTO);
        fake_rd_free();
        close_two(&t);
    }
    for (size_t n = 1; n < rec->n[1]; n += 61) {
        open_two(&t, r->c, "client256", "server256");
        struct l2s_bytes none = {NULL, 0};
        assert_int_equal(r->c->ops->tls_step(t.side[CLIENT].tls, none, &said), L2S_TLS_MORE);
        struct l2s_rd cut = fake_rd_exact(rec->turn[1], n);
        struct l2s_bytes in = {cut.p, cut.left};
        assert_int_equal(r->c->ops->tls_step(t.side[CLIENT].tls, in, &said), L2S_TLS_FAILED);
        fake_rd_free();
        close_two(&t);
    }
    open_two(&t, r->c, "client256", "server256"); /* a record of another handshake */
    struct l2s_bytes hello = {rec->turn[0], rec->n[0]}, proof = {rec->turn[2], rec->n[2]};
    assert_int_equal(r->c->ops->tls_step(t.side[SERVER].tls, hello, &said), L2S_TLS_MORE);
    assert_int_equal(r->c->ops->tls_step(t.side[SERVER].tls, proof, &said), L2S_TLS_FAILED);
    assert_int_equal(why(&t, SERVER)->rc, L2TPSEC_EPROTO);
    close_two(&t);
    free(rec);
}

static void no_flipped_bit_is_believed(void **state)
{
    struct rig *r = *state;
    struct record *rec = malloc(sizeof *rec);
    struct l2s_bytes said, none = {NULL, 0};
    struct two t;

    assert_non_null(rec);
    keep_record(r->c, rec);
    for (size_t at = 0; at < rec->n[1]; at += 23) {
        open_two(&t, r->c, "client256", "server256");
        assert_int_equal(r->c->ops->tls_step(t.side[CLIENT].tls, none, &said), L2S_TLS_MORE);
        rec->turn[1][at] ^= (uint8_t)(1u << at % 8);
        struct l2s_rd all = fake_rd_exact(rec->turn[1], rec->n[1]);
        struct l2s_bytes in = {all.p, all.left};
        assert_int_not_equal(r->c->ops->tls_step(t.side[CLIENT].tls, in, &said), L2S_TLS_DONE);
        rec->turn[1][at] ^= (uint8_t)(1u << at % 8);
        fake_rd_free();
        close_two(&t);
    }
    free(rec);
}

static void every_failed_allocation_and_draw_ends_it_in_order(void **state)
{
    struct rig *r = *state;
    unsigned failed = 0;

    for (unsigned round = 0; round < 24; round++) {
        struct two t;
        papers(&t, r->c, "client256", "server256");
        if (round % 2)
            r->f.fail_alloc_at = 1 + round / 2;
        else
            r->f.fail_random_at = 1 + round / 2;
        bool begun = begin(&t, SERVER, SUMMER_2026) == L2TPSEC_OK && begin(&t, CLIENT, SUMMER_2026) == L2TPSEC_OK;
        if (begun)
            talk(&t);
        bool done = begun && t.state[0] == L2S_TLS_DONE && t.state[1] == L2S_TLS_DONE;
        failed += !done;
        if (r->f.fail_alloc_at || r->f.fail_random_at)
            assert_true(done);
        r->f.fail_alloc_at = r->f.fail_random_at = 0;
        close_two(&t);
    }
    assert_true(failed >= 8);
}

/* The chain of the client, with this one behind its own. */
static struct l2s_own *own_with(struct l2s_crypto *c, const char *name, const char *behind)
{
    struct paper own = paper_open(name), more = paper_open(behind), key = paper_open("client256.key");
    uint8_t text[16384];
    struct l2s_bytes both = {text, own.n + more.n};
    struct l2s_own *out = NULL;

    assert_true(both.n <= sizeof text);
    memcpy(text, own.p, own.n);
    memcpy(text + own.n, more.p, more.n);
    assert_int_equal(c->ops->own_new(c, both, paper_bytes(&key), &out), L2TPSEC_OK);
    paper_close(&own);
    paper_close(&more);
    paper_close(&key);
    return out;
}

static void keys_that_are_dear_are_not_computed_with(void **state)
{
    struct rig *r = *state;
    struct two t;

    open_two(&t, r->c, "dear", "server");
    talk(&t);
    assert_int_equal(t.state[SERVER], L2S_TLS_FAILED);
    assert_int_equal(why(&t, SERVER)->verdict.fault, L2S_CERT_ODD_KEY);
    assert_false(why(&t, SERVER)->verdict.issuer);
    assert_int_equal(why(&t, CLIENT)->alert, BAD_CERTIFICATE);
    close_two(&t);

    papers(&t, r->c, "client256", "server"); /* nor with that of an authority that has no part in it */
    r->c->ops->own_free(t.side[CLIENT].own);
    t.side[CLIENT].own = own_with(r->c, "client256.pem", "dear.pem");
    for (unsigned k = 0; k < 2; k++)
        assert_int_equal(begin(&t, k, SUMMER_2026), L2TPSEC_OK);
    talk(&t);
    assert_int_equal(t.state[SERVER], L2S_TLS_FAILED);
    assert_int_equal(why(&t, SERVER)->verdict.fault, L2S_CERT_ODD_KEY);
    assert_true(why(&t, SERVER)->verdict.issuer);
    close_two(&t);

    papers(&t, r->c, "client256", "server"); /* while one that costs nothing does no harm */
    r->c->ops->own_free(t.side[CLIENT].own);
    t.side[CLIENT].own = own_with(r->c, "client256.pem", "other-ca.pem");
    for (unsigned k = 0; k < 2; k++)
        assert_int_equal(begin(&t, k, SUMMER_2026), L2TPSEC_OK);
    talk(&t);
    assert_int_equal(t.state[SERVER], L2S_TLS_DONE);
    assert_int_equal(t.state[CLIENT], L2S_TLS_DONE);
    close_two(&t);
}

static void without_a_key_there_is_no_handshake(void **state)
{
    struct rig *r = *state;
    struct paper cert = paper_open("client.pem");
    struct l2s_bytes none = {NULL, 0};
    struct two t = {.c = r->c};

    assert_int_equal(r->c->ops->own_new(r->c, paper_bytes(&cert), none, &t.side[CLIENT].own), L2TPSEC_OK);
    t.side[CLIENT].trust = trust_of(r->c, "ca.pem", NULL);
    assert_int_equal(begin(&t, CLIENT, SUMMER_2026), L2TPSEC_EINVAL);
    r->c->ops->own_free(t.side[CLIENT].own);
    r->c->ops->trust_free(t.side[CLIENT].trust);
    paper_close(&cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_kind_of_key_ends_with_the_same_keys_at_both_ends, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_chain_that_will_not_do_is_refused_and_the_other_side_hears_why, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(a_server_does_not_show_what_is_not_for_servers, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(whoever_is_not_meant_is_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(the_time_is_that_of_the_terms, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_cut_or_foreign_turn_ends_it, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(no_flipped_bit_is_believed, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(every_failed_allocation_and_draw_ends_it_in_order, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(keys_that_are_dear_are_not_computed_with, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(without_a_key_there_is_no_handshake, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
