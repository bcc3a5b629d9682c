/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "secrets/recorder.h"

#include "base/errors.h"
#include "crypto/legacy/rc4.h"
#include "crypto/provider.h"
#include "secrets/stack.h"
#include "secrets/vault.h"

uint32_t recorder_engine;

static struct l2s_crypto_ops real, mine; /* of the engine in use: one at a time */

struct note {
    const char *name;
    const void *p;
    size_t n;
    unsigned forms;
};

static void write_down(const void *arg)
{
    const struct note *n = arg;

    vault_add(n->name, n->forms, n->p, n->n);
}

static void keep(const char *name, unsigned forms, const void *p, size_t n)
{
    struct note note = {.name = name, .p = p, .n = n, .forms = forms};

    stack_aside(write_down, &note);
}

static int (*chance)(void *user, void *buf, size_t n);

static int hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n, uint8_t *out)
{
    int rc = real.hash(c, id, in, n, out);

    if (rc == L2TPSEC_OK && id == L2S_MD4) /* of passwords, and of such hashes, and of nothing else */
        keep("hash of a password", VAULT_RAW | VAULT_HEX, out, l2s_hash_len(id));
    return rc;
}

/* The key of signature mode, both nonces, is longer than a digest, and seen by all. */
static int hmac(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len, const struct l2s_bytes *in,
                size_t n, uint8_t *out)
{
    if (key_len == l2s_hash_len(id))
        keep("SKEYID", VAULT_RAW | VAULT_HEX, key, key_len);
    return real.hmac(c, id, key, key_len, in, n, out);
}

static int cbc(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
               uint8_t *iv, uint8_t *data, size_t len)
{
    keep("key of IKE", VAULT_RAW | VAULT_HEX, key, key_len);
    return real.cbc(c, id, encrypt, key, key_len, iv, data, len);
}

/* What chance gives while a key pair is made. */
static int private_value(void *user, void *buf, size_t n)
{
    int rc = chance(user, buf, n);

    if (rc == 0)
        keep("private value of Diffie-Hellman", VAULT_RAW | VAULT_HEX | VAULT_REVERSED, buf, n);
    return rc;
}

static int dh_new(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                  size_t *len)
{
    chance = c->sys->random;
    c->sys->random = private_value;
    int rc = real.dh_new(c, id, out, pub, cap, len);
    c->sys->random = chance;
    return rc;
}

static int dh_agree(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap, size_t *len)
{
    int rc = real.dh_agree(dh, peer, peer_len, secret, cap, len);

    if (rc == L2TPSEC_OK)
        keep("secret of Diffie-Hellman", VAULT_RAW | VAULT_HEX | VAULT_REVERSED, secret, *len);
    return rc;
}

static int esp_key_new(struct l2s_crypto *c, const struct l2s_esp_suite *suite, const uint8_t *enc_key,
                       const uint8_t *auth_key, bool seal, struct l2s_esp_key **out)
{
    keep("key of ESP's cipher", VAULT_RAW | VAULT_HEX, enc_key, l2s_esp_enc_key_len(suite));
    if (auth_key)
        keep("key of ESP's MAC", VAULT_RAW | VAULT_HEX, auth_key, l2s_esp_auth_key_len(suite));
    return real.esp_key_new(c, suite, enc_key, auth_key, seal, out);
}

static int tls_export(const struct l2s_tls *t, const char *label, uint8_t *out, size_t n)
{
    int rc = real.tls_export(t, label, out, n);

    if (rc == L2TPSEC_OK)
        keep("key out of TLS", VAULT_RAW | VAULT_HEX, out, n);
    return rc;
}

int l2s_crypto_new(struct l2s_sys *sys, uint32_t engine, struct l2s_crypto **out)
{
    struct l2s_crypto *c = NULL;
    int rc = l2s_crypto_mbedtls_new(sys, &c);

    (void)engine;
#if L2S_WITH_IPSECMB
    if (rc == L2TPSEC_OK && recorder_engine != L2TPSEC_ENGINE_PORTABLE) {
        rc = l2s_crypto_ipsecmb_new(sys, c, &c);
        rc = rc == L2TPSEC_EUNSUP ? L2TPSEC_OK : rc;
    }
#endif
    if (rc != L2TPSEC_OK) {
        l2s_crypto_free(c);
        return rc;
    }
    real = mine = *c->ops;
    mine.hash = hash;
    mine.hmac = hmac;
    mine.cbc = cbc;
    mine.dh_new = dh_new;
    mine.dh_agree = dh_agree;
    mine.esp_key_new = esp_key_new;
    mine.tls_export = real.tls_export ? tls_export : NULL;
    c->ops = &mine;
    *out = c;
    return rc;
}

/* ---- by the linker's --wrap ---- */

extern void __real_l2s_rc4_key(struct l2s_rc4 *r, const uint8_t *key, size_t len);
extern void __wrap_l2s_rc4_key(struct l2s_rc4 *r, const uint8_t *key, size_t len);

void __wrap_l2s_rc4_key(struct l2s_rc4 *r, const uint8_t *key, size_t len)
{
    keep("key of MPPE", VAULT_RAW | VAULT_HEX, key, len);
    __real_l2s_rc4_key(r, key, len);
}
