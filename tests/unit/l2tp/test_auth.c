/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "l2tp/auth.h"

#include <string.h>

#define XL2TPD "l2tp_xl2tpd.txt"

static uint8_t datagrams[3][256];

static void read_from(const char *name, unsigned slot, struct l2s_l2tp_msg *m)
{
    struct l2s_l2tp_hiding plain;
    struct l2s_l2tp_header h;
    size_t n = rig_vector(XL2TPD, name, datagrams[slot], sizeof datagrams[slot]);

    memset(&plain, 0, sizeof plain);
    assert_int_equal(l2s_l2tp_header_get(datagrams[slot], n, &h), 0);
    assert_int_equal(l2s_l2tp_msg_get(h.body, &plain, m), L2TPSEC_OK);
}

static void the_response_is_the_one_xl2tpd_computes(void **state)
{
    struct rig r;
    struct l2s_l2tp_msg sccrq, sccrp, scccn;
    uint8_t out[16];
    (void)state;

    rig_init(&r);
    read_from("auth.lac.SCCRQ", 0, &sccrq);
    read_from("auth.lns.SCCRP", 1, &sccrp);
    read_from("auth.lac.SCCCN", 2, &scccn);
    assert_int_equal(l2s_l2tp_auth_response(r.crypto, 2, (const uint8_t *)"tunnel-pw", 9, sccrq.challenge, out),
                     L2TPSEC_OK);
    assert_true(l2s_rd_equals(&sccrp.response, out, 16));
    assert_int_equal(l2s_l2tp_auth_response(r.crypto, 3, (const uint8_t *)"tunnel-pw", 9, sccrp.challenge, out),
                     L2TPSEC_OK);
    assert_true(l2s_rd_equals(&scccn.response, out, 16));
    rig_fini(&r);
}

static void a_proof_is_checked_to_the_last_bit(void **state)
{
    struct rig r;
    struct l2s_l2tp_msg sccrq, sccrp;
    struct l2s_l2tp_config cfg = {.secret = "tunnel-pw", .secret_len = 9};
    uint8_t wrong[16];
    (void)state;

    rig_init(&r);
    read_from("auth.lac.SCCRQ", 0, &sccrq);
    read_from("auth.lns.SCCRP", 1, &sccrp);
    const uint8_t *challenge = sccrq.challenge.p;
    assert_int_equal(l2s_l2tp_auth_check(r.crypto, &cfg, challenge, &sccrp), L2TPSEC_OK);
    memcpy(wrong, sccrp.response.p, 16);
    sccrp.response.p = wrong;
    for (unsigned bit = 0; bit < 128; bit++) {
        wrong[bit / 8] = (uint8_t)(wrong[bit / 8] ^ 1u << bit % 8);
        assert_int_equal(l2s_l2tp_auth_check(r.crypto, &cfg, challenge, &sccrp), L2TPSEC_EAUTH);
        wrong[bit / 8] = (uint8_t)(wrong[bit / 8] ^ 1u << bit % 8);
    }
    cfg.secret_len = 8;
    assert_int_equal(l2s_l2tp_auth_check(r.crypto, &cfg, challenge, &sccrp), L2TPSEC_EAUTH);
    cfg.secret_len = 9;
    sccrp.response = l2s_rd_init("", 0);
    assert_int_equal(l2s_l2tp_auth_check(r.crypto, &cfg, challenge, &sccrp), L2TPSEC_EAUTH); /* missing */
    assert_int_equal(l2s_l2tp_auth_check(r.crypto, &cfg, NULL, &sccrp), L2TPSEC_OK);         /* not asked for */
    cfg.secret_len = 0;
    assert_int_equal(l2s_l2tp_auth_check(r.crypto, &cfg, NULL, &sccrp),
                     L2TPSEC_ENOENT); /* cannot answer its challenge */
    rig_fini(&r);
}

static void a_peer_named_microsoft_is_spared_only_on_demand(void **state)
{
    struct l2s_l2tp_config cfg = {.secret = "x", .secret_len = 1};
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_SCCRQ, .vendor_name = l2s_rd_init("Microsoft", 9)};
    (void)state;

    assert_true(l2s_l2tp_auth_demanded(&cfg, &m));
    cfg.spare_microsoft = true;
    assert_false(l2s_l2tp_auth_demanded(&cfg, &m));
    m.vendor_name = l2s_rd_init("Microsofty", 10);
    assert_true(l2s_l2tp_auth_demanded(&cfg, &m));
    cfg.secret_len = 0;
    assert_false(l2s_l2tp_auth_demanded(&cfg, &m));
}

static const struct l2s_crypto_ops *sound;
static unsigned left; /* hashes until one fails; 0: none does */

static int hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n, uint8_t *out)
{
    return left && --left == 0 ? L2TPSEC_ENOMEM : sound->hash(c, id, in, n, out);
}

/* No hash, no proof: nothing is taken for one, nothing is said in its place, and nobody is blamed for it. */
static void a_hash_that_fails_is_nobodys_wrong_secret(void **state)
{
    struct l2s_l2tp_config cfg = {.secret = "tunnel-pw", .secret_len = 9};
    struct l2s_l2tp_msg sccrq, sccrp;
    struct l2s_crypto_ops ops;
    (void)state;

    for (unsigned n = 0; n <= 4; n++) { /* two responses, each made and checked */
        struct rig r;
        rig_init(&r);
        sound = r.crypto->ops;
        ops = *sound;
        ops.hash = hash;
        r.crypto->ops = &ops;
        read_from("auth.lac.SCCRQ", 0, &sccrq);
        read_from("auth.lns.SCCRP", 1, &sccrp);
        left = 1;
        assert_int_equal(l2s_l2tp_auth_check(r.crypto, &cfg, sccrq.challenge.p, &sccrp), L2TPSEC_ENOMEM);
        for (unsigned i = 0; i < 2; i++) {
            r.end[i].cfg.secret_len = 9;
            memcpy(r.end[i].cfg.secret, "tunnel-pw", 9);
        }
        left = n;
        assert_int_equal(rig_dial(&r), L2TPSEC_OK);
        rig_run(&r, 60 * L2S_SECOND);
        assert_int_equal(left, 0);
        for (unsigned i = 0; i < 2; i++) {
            assert_true(n || r.end[i].ups == 1); /* or when it comes again */
            assert_int_not_equal(r.end[i].why.cause, L2TPSEC_CAUSE_L2TP_AUTH);
        }
        r.crypto->ops = sound;
        rig_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_response_is_the_one_xl2tpd_computes),
        cmocka_unit_test(a_proof_is_checked_to_the_last_bit),
        cmocka_unit_test(a_peer_named_microsoft_is_spared_only_on_demand),
        cmocka_unit_test(a_hash_that_fails_is_nobodys_wrong_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
