/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates in phase 1, and TLS in EAP: these are mbedTLS's own, whose allocations fail, too. */
#include "faults/inject.h"
#include "unit/crypto/rig.h"
#include "unit/fakes/papers.h"

#define SUMMER_2026 1782864000 /* 2026-07-01 */

static void set_paper(l2tpsec_profile *p, const char *name, const char *file)
{
    struct paper paper = paper_open(file);

    if (l2tpsec_profile_set_bytes(p, name, paper.p, paper.n) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(p));
    paper_close(&paper);
}

static void it_is_summer(struct stage *s)
{
    s->client[0]->wall_clock = s->server->wall_clock = SUMMER_2026;
}

static void by_certificate(struct stage *s)
{
    it_is_summer(s);
    pair_set(s->sp[0], "ike.auth", "psk, cert"); /* the bystander has none */
    pair_set(s->cp[0], "ike.auth", "cert");
    set_paper(s->cp[0], "ike.certificate", "client256.pem");
    set_paper(s->cp[0], "ike.key", "client256.key");
    set_paper(s->cp[0], "ike.ca", "ca.pem");
    set_paper(s->sp[0], "ike.certificate", "server256.pem");
    set_paper(s->sp[0], "ike.key", "server256.key");
    set_paper(s->sp[0], "ike.ca", "ca.pem");
}

static struct rig token; /* what a smart card would be */

static int32_t sign_outside(struct host *h, const l2tpsec_sign_query *q, uint8_t *out, size_t cap, size_t *len)
{
    struct paper cert = paper_open("client256.pem"), key = paper_open("client256.key");
    struct l2s_own *own = NULL;

    (void)h;
    assert_true(cap >= L2S_SIGNATURE_MAX);
    int rc = token.c->ops->own_new(token.c, paper_bytes(&cert), paper_bytes(&key), &own);
    if (rc == L2TPSEC_OK)
        rc = token.c->ops->sign(own, q->hash, q->hash_len, out, len);
    token.c->ops->own_free(own);
    paper_close(&cert);
    paper_close(&key);
    return rc == L2TPSEC_OK ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

static void key_stays_outside(struct stage *s)
{
    l2tpsec_profile *p = s->cp[0];

    by_certificate(s);
    l2tpsec_profile_free(p);
    s->cp[0] = p = net_client_profile(s->client[0]);
    pair_set(p, "ike.auth", "cert");
    set_paper(p, "ike.certificate", "client256.pem");
    set_paper(p, "ike.ca", "ca.pem");
    s->client[0]->sign = sign_outside;
}

static void by_tls(struct stage *s)
{
    it_is_summer(s);
    set_paper(s->cp[0], "ppp.certificate", "client256.pem");
    set_paper(s->cp[0], "ppp.key", "client256.key");
    set_paper(s->cp[0], "ppp.ca", "ca.pem");
    set_paper(s->sp[0], "ppp.certificate", "server256.pem");
    set_paper(s->sp[0], "ppp.key", "server256.key");
    set_paper(s->sp[0], "ppp.ca", "ca.pem");
    pair_set(s->cp[0], "ppp.auth", "eap-tls");
    pair_set(s->sp[0], "ppp.auth", "mschapv2, eap-tls");
}

static void renews(struct stage *s)
{
    stage_connect(s);
    stage_run(s, 50 * SECOND);
    stage_traffic(s, 1, 100);
}

static int32_t try_paper(l2tpsec_profile *p, const char *name, const char *file)
{
    struct paper paper = paper_open(file);
    int32_t rc = l2tpsec_profile_set_bytes(p, name, paper.p, paper.n);

    paper_close(&paper);
    return rc;
}

/* A profile that takes its papers anew, all of them or none: it is as before where it does not. */
static void papers_are_read(struct stage *s)
{
    static const char *const papers[][2] = {{"ike.certificate", "client384.pem"},
                                            {"ike.key", "client384.key"},
                                            {"ike.ca", "ca.pem"},
                                            {"ike.crl", "crl.pem"}};
    l2tpsec_profile *p = NULL;

    int32_t rc = l2tpsec_profile_new(s->client[0]->ctx, &p);
    for (size_t i = 0; rc == L2TPSEC_OK && i < sizeof papers / sizeof *papers; i++)
        rc = try_paper(p, papers[i][0], papers[i][1]);
    stage_error(s, rc);
    l2tpsec_profile_free(p);
    stage_connect(s);
}

static const struct scene scenes[] = {
    {.name = "certificates",
     .client = {"ike.fragment", "0"},
     .prepare = by_certificate,
     .play = stage_connect,
     .stays_up = 1,
     .most = FAULTS_MOST},
    {.name = "certificates in fragments",
     .client = {"ike.fragment", "576"},
     .server = {"ike.fragment", "576"},
     .prepare = by_certificate,
     .play = stage_connect,
     .stays_up = 1,
     .most = FAULTS_MOST},
    {.name = "certificates renew phase 1",
     .client = {"ike.lifetime", "60", "ike.rekey_margin", "20"},
     .prepare = by_certificate,
     .play = renews,
     .stays_up = 1,
     .most = FAULTS_MOST},
    {.name = "a key that stays outside",
     .prepare = key_stays_outside,
     .play = stage_connect,
     .stays_up = 1,
     .most = FAULTS_MOST},
    {.name = "papers are read", .prepare = by_certificate, .play = papers_are_read, .stays_up = 1, .most = FAULTS_MOST},
    {.name = "EAP-TLS", .prepare = by_tls, .play = stage_connect, .stays_up = 1, .most = FAULTS_MOST},
};

int main(void)
{
    fake_sys_init(&token.f);
    if (l2s_crypto_new(&token.f.sys, L2TPSEC_ENGINE_AUTO, &token.c) != L2TPSEC_OK)
        return 1;
    int failed = faults_run("papers", scenes, sizeof scenes / sizeof *scenes);
    l2s_crypto_free(token.c);
    fake_sys_fini(&token.f);
    return failed;
}
