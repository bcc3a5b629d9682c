/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "secrets/papers.h"

#include "secrets/memory.h"
#include "secrets/vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

#define PAPER_MAX 8192

struct paper {
    char text[PAPER_MAX]; /* PEM */
    size_t n;
    const char *body; /* of the first one in it */
    size_t body_len;
    uint8_t der[PAPER_MAX];
    size_t der_len;
};

static unsigned value_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (unsigned)(at - digits) : 64;
}

static void decode(struct paper *p)
{
    uint32_t bits = 0;
    unsigned have = 0;

    p->body = strstr(p->text, "-----\n");
    assert_non_null(p->body);
    p->body += 6;
    p->body_len = (size_t)(strchr(p->body, '-') - p->body);
    for (size_t i = 0; i < p->body_len; i++) {
        unsigned v = value_of(p->body[i]);
        if (v == 64)
            continue;
        bits = bits << 6 | v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            p->der[p->der_len++] = (uint8_t)(bits >> have);
        }
    }
}

static void read_paper(struct paper *p, const char *name, const char *suffix)
{
    char path[512];

    memset(p, 0, sizeof *p);
    (void)snprintf(path, sizeof path, "%s/x509/%s.%s", VECTORS, name, suffix);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    p->n = fread(p->text, 1, PAPER_MAX - 1, f);
    (void)fclose(f);
    decode(p);
}

static void set(l2tpsec_profile *p, const char *wing, const char *what, const struct paper *paper)
{
    char setting[64];

    (void)snprintf(setting, sizeof setting, "%s.%s", wing, what);
    if (l2tpsec_profile_set_bytes(p, setting, paper->text, paper->n) != L2TPSEC_OK)
        fail_msg("%s", l2tpsec_profile_error(p));
}

void papers_set(l2tpsec_profile *p, const char *wing, const char *name)
{
    static struct paper certificate, key, ca;

    memory_pause(true); /* the buffers of files */
    read_paper(&certificate, name, "pem");
    read_paper(&key, name, "key");
    read_paper(&ca, "ca", "pem");
    memory_pause(false);
    vault_add_but(PAPERS_KEY, VAULT_RAW, key.body, key.body_len, certificate.text, certificate.n);
    vault_add_but(PAPERS_KEY, VAULT_RAW | VAULT_HEX | VAULT_REVERSED, key.der, key.der_len, certificate.der,
                  certificate.der_len);
    set(p, wing, "certificate", &certificate);
    set(p, wing, "key", &key);
    set(p, wing, "ca", &ca);
    memset(&key, 0, sizeof key);
}
