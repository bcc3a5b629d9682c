/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/crypto/rig.h"

#include "base/errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rig_up(void **state)
{
    struct rig *r = malloc(sizeof *r);

    assert_non_null(r);
    fake_sys_init(&r->f);
    assert_int_equal(l2s_crypto_new(&r->f.sys, PROVIDER, &r->c), L2TPSEC_OK);
    *state = r;
    return 0;
}

int rig_down(void **state)
{
    struct rig *r = *state;

    l2s_crypto_free(r->c);
    fake_sys_fini(&r->f);
    free(r);
    return 0;
}

void vectors_open(struct vectors *v, const char *file)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/crypto/%s", VECTORS, file);
    v->file = fopen(path, "r");
    assert_non_null(v->file);
    v->n_lines = 0;
}

bool vectors_next(struct vectors *v)
{
    char line[sizeof v->line[0]];

    v->n_lines = 0;
    while (fgets(line, sizeof line, v->file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        if (line[0] == '\0' && v->n_lines)
            return true;
        if (line[0] == '\0')
            continue;
        assert_true(v->n_lines < L2S_COUNT_OF(v->line));
        memcpy(v->line[v->n_lines++], line, strlen(line) + 1);
    }
    if (v->n_lines)
        return true;
    (void)fclose(v->file);
    return false;
}

const char *vectors_text(struct vectors *v, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < v->n_lines; i++)
        if (strncmp(v->line[i], name, n) == 0 && strncmp(v->line[i] + n, " =", 2) == 0)
            return v->line[i] + n + 2;
    fail_msg("no %s in the record", name);
    return "";
}

size_t vectors_hex(struct vectors *v, const char *name, uint8_t *out, size_t cap)
{
    return fake_hex(vectors_text(v, name), out, cap);
}

enum l2s_hash_id hash_named(const char *name)
{
    static const char *const names[L2S_HASH_COUNT] = {
        [L2S_MD4] = "md4",       [L2S_MD5] = "md5",       [L2S_SHA1] = "sha1",
        [L2S_SHA256] = "sha256", [L2S_SHA384] = "sha384", [L2S_SHA512] = "sha512",
    };

    name += strspn(name, " ");
    for (size_t i = L2S_MD4; i < L2S_COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum l2s_hash_id)i;
    return L2S_HASH_NONE;
}

enum l2s_group_id group_named(const char *name)
{
    static const int bits[L2S_GROUP_COUNT] = {
        [L2S_MODP1024] = 1024, [L2S_MODP1536] = 1536, [L2S_MODP2048] = 2048, [L2S_MODP3072] = 3072,
        [L2S_MODP4096] = 4096, [L2S_MODP6144] = 6144, [L2S_MODP8192] = 8192, [L2S_ECP256] = 256,
        [L2S_ECP384] = 384,    [L2S_ECP521] = 521,    [L2S_X25519] = 25519,
    };

    for (size_t i = L2S_MODP1024; i < L2S_COUNT_OF(bits); i++)
        if (strtol(name, NULL, 10) == bits[i])
            return (enum l2s_group_id)i;
    fail_msg("no group %s", name);
    return L2S_GROUP_NONE;
}
