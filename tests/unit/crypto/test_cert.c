/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Whom a certificate names: hosts and users. */
#include "crypto/cert.h"

#include "base/errors.h"
#include "unit/crypto/rig.h"
#include "unit/fakes/papers.h"

#include <string.h>

struct named {
    struct l2s_own *own; /* reads the PEM */
    struct l2s_cert_names names;
};

static struct named read_names(struct l2s_crypto *c, const char *file)
{
    struct paper paper = paper_open(file);
    struct l2s_bytes none = {NULL, 0};
    struct named n = {NULL, {{NULL, 0, false}, {NULL, 0, false}, {NULL, 0, false}}};

    assert_int_equal(c->ops->own_new(c, paper_bytes(&paper), none, &n.own), L2TPSEC_OK);
    struct l2s_bytes der = c->ops->own_cert(n.own, 0);
    assert_int_equal(l2s_cert_names(l2s_rd_init(der.p, der.n), &n.names), L2TPSEC_OK);
    paper_close(&paper);
    return n;
}

static void a_host_is_its_dns_names_or_without_them_its_common_name(void **state)
{
    static const struct {
        const char *file, *host;
        bool is;
    } cases[] = {
        {"server.pem", "vpn.example", true},
        {"server.pem", "VPN2.example", true},
        {"server.pem", "vpn.example.org", false},
        {"server.pem", "example", false},
        {"server.pem", "", false},
        {"names.pem", "a.wild.example", true},
        {"names.pem", "A.Wild.Example", true},
        {"names.pem", "a.b.wild.example", false},
        {"names.pem", "wild.example", false},
        {"names.pem", ".wild.example", false},
        {"names.pem", "*.wild.example", true},
        {"names.pem", "Bob B. Builder", false},
        {"plain.pem", "plain.example", true},
        {"plain.pem", "other.example", false},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct named n = read_names(r->c, cases[i].file);
        if (l2s_cert_is_host(&n.names, cases[i].host) != cases[i].is)
            fail_msg("%s and \"%s\"", cases[i].file, cases[i].host);
        r->c->ops->own_free(n.own);
    }
}

static void a_user_is_found_by_each_name_and_spelt_as_in_the_certificate(void **state)
{
    static const struct {
        const char *file, *claimed, *is; /* NULL: nobody */
    } cases[] = {
        {"names.pem", "bob@corp.example", "bob@corp.example"},
        {"names.pem", "BOB@CORP.example", "bob@corp.example"},
        {"names.pem", "bob@mail.example", "bob@mail.example"},
        {"names.pem", "pc7.example", "pc7.example"},
        {"names.pem", "host/PC7.example", "pc7.example"},
        {"names.pem", "bob b. builder", "Bob B. Builder"},
        {"names.pem", "", "bob@corp.example"},
        {"names.pem", "bob", NULL},
        {"names.pem", "a.wild.example", NULL},
        {"names.pem", "*.wild.example", NULL},
        {"names.pem", "host/bob@corp.example", NULL},
        {"names.pem", "host/", NULL},
        {"names.pem", "bob@corp.exampl", NULL},
        {"names.pem", "CORP\\bob", NULL},
        {"client.pem", "", "alice@example.org"},
        {"client.pem", "alice", "Alice"},
        {"server.pem", "", "vpn.example"},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct named n = read_names(r->c, cases[i].file);
        struct l2s_rd user;
        bool found = l2s_cert_user(&n.names, l2s_rd_init(cases[i].claimed, strlen(cases[i].claimed)), &user);
        if (found != (cases[i].is != NULL) || (found && !l2s_rd_equals(&user, cases[i].is, strlen(cases[i].is))))
            fail_msg("%s and \"%s\"", cases[i].file, cases[i].claimed);
        r->c->ops->own_free(n.own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_host_is_its_dns_names_or_without_them_its_common_name, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_user_is_found_by_each_name_and_spelt_as_in_the_certificate, rig_up, rig_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
