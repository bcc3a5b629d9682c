/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/keys.h"

#include "base/errors.h"
#include "base/wipe.h"
#include "wire/wr.h"

#include <string.h>

#define NONCE_MAX 256 /* RFC 2409, 5 */

static struct l2s_bytes bytes(const void *p, size_t n)
{
    struct l2s_bytes b = {.p = p, .n = n};

    return b;
}

/* prf(key, [before |] parts...) n times over, each block fed into the next, until there are len bytes (appendix B). */
static int stretch(struct l2s_crypto *c, enum l2s_hash_id hash, const uint8_t *key, const struct l2s_bytes *parts,
                   size_t n_parts, uint8_t *out, size_t len)
{
    size_t step = l2s_hash_len(hash);
    struct l2s_bytes in[8] = {{NULL, 0}};
    uint8_t block[L2S_HASH_MAX];
    int rc = L2TPSEC_OK;

    memcpy(in + 1, parts, n_parts * sizeof *parts);
    for (size_t done = 0; rc == L2TPSEC_OK && done < len; done += step) {
        rc = l2s_hmac(c, hash, key, step, in, n_parts + 1, block);
        in[0] = bytes(block, step);
        if (rc == L2TPSEC_OK)
            memcpy(out + done, block, len - done < step ? len - done : step);
    }
    l2s_wipe(block, sizeof block);
    return rc;
}

int l2s_v1_cipher_key(struct l2s_crypto *c, enum l2s_hash_id hash, const uint8_t *skeyid_e, uint8_t *key, size_t len)
{
    static const uint8_t zero = 0;
    struct l2s_bytes seed = bytes(&zero, 1);
    size_t hash_len = l2s_hash_len(hash);
    uint8_t block[L2S_HASH_MAX];
    int rc = L2TPSEC_OK;

    if (len <= hash_len) {
        memcpy(key, skeyid_e, len);
        return L2TPSEC_OK;
    }
    for (size_t done = 0; rc == L2TPSEC_OK && done < len; done += hash_len) {
        rc = l2s_hmac(c, hash, skeyid_e, hash_len, &seed, 1, block);
        seed = bytes(block, hash_len);
        if (rc == L2TPSEC_OK)
            memcpy(key + done, block, len - done < hash_len ? len - done : hash_len);
    }
    l2s_wipe(block, sizeof block);
    return rc;
}

/* SKEYID_d, _a, _e: each of the one before (none for the first), the secret, the cookies and a number. */
static int derive(struct l2s_crypto *c, struct l2s_v1_keys *k, const uint8_t *skeyid, const struct l2s_v1_said *said,
                  struct l2s_bytes secret, uint8_t e[L2S_HASH_MAX])
{
    uint8_t *out[3];
    int rc = L2TPSEC_OK;

    out[0] = k->d;
    out[1] = k->a;
    out[2] = e;
    for (uint8_t i = 0; rc == L2TPSEC_OK && i < 3; i++) {
        struct l2s_bytes in[] = {
            {i ? out[i - 1] : NULL, i ? k->hash_len : 0},
            secret,
            {said->icookie, L2S_COOKIE},
            {said->rcookie, L2S_COOKIE},
            {&i, 1},
        };
        rc = l2s_hmac(c, k->hash, skeyid, k->hash_len, in, L2S_COUNT_OF(in), out[i]);
    }
    return rc;
}

static int make_skeyid(const struct l2s_v1_keys *k, uint8_t *skeyid, struct l2s_crypto *c,
                       const struct l2s_ike_proposal *p, const struct l2s_v1_said *said, struct l2s_bytes psk,
                       struct l2s_bytes secret)
{
    struct l2s_bytes nonces[] = {said->ni, said->nr};
    uint8_t both[2 * NONCE_MAX];

    if (p->method == L2S_BY_PSK)
        return l2s_hmac(c, k->hash, psk.p, psk.n, nonces, 2, skeyid);
    if (said->ni.n > NONCE_MAX || said->nr.n > NONCE_MAX)
        return L2TPSEC_EPROTO;
    memcpy(both, said->ni.p, said->ni.n);
    memcpy(both + said->ni.n, said->nr.p, said->nr.n);
    return l2s_hmac(c, k->hash, both, said->ni.n + said->nr.n, &secret, 1, skeyid);
}

int l2s_v1_keys_make(struct l2s_v1_keys *k, uint8_t skeyid[L2S_HASH_MAX], struct l2s_crypto *c,
                     const struct l2s_ike_proposal *p, const struct l2s_v1_said *said, struct l2s_bytes psk,
                     struct l2s_bytes secret)
{
    static const uint8_t proofs[L2S_BY_COUNT] = {
        [L2S_BY_ECDSA256] = L2S_SHA256, [L2S_BY_ECDSA384] = L2S_SHA384, [L2S_BY_ECDSA521] = L2S_SHA512};
    uint8_t e[L2S_HASH_MAX];

    memset(k, 0, sizeof *k);
    k->hash = p->hash;
    k->cipher = p->cipher;
    k->hash_len = (uint8_t)l2s_hash_len(k->hash);
    k->key_len = (uint8_t)p->key_len;
    k->block = (uint8_t)l2s_cipher_block(k->cipher);
    k->proof_hash = proofs[p->method] ? proofs[p->method] : k->hash;
    k->proof_len = (uint8_t)l2s_hash_len(k->proof_hash);
    if (k->block == 0 || p->key_len > sizeof k->key || k->block > k->hash_len) /* a hash we lack has no bytes */
        return L2TPSEC_EUNSUP;

    int rc = make_skeyid(k, skeyid, c, p, said, psk, secret);
    if (rc == L2TPSEC_OK)
        rc = derive(c, k, skeyid, said, secret, e);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_cipher_key(c, k->hash, e, k->key, k->key_len);
    l2s_wipe(e, sizeof e);
    if (rc != L2TPSEC_OK) {
        l2s_wipe(k, sizeof *k);
        l2s_wipe(skeyid, L2S_HASH_MAX);
    }
    return rc;
}

/* Hash of some parts, the first bytes of it being the IV. */
static int iv_of(const struct l2s_v1_keys *k, struct l2s_crypto *c, const struct l2s_bytes in[2], uint8_t *iv)
{
    uint8_t digest[L2S_HASH_MAX];
    int rc = l2s_hash(c, k->hash, in, 2, digest);

    if (rc == L2TPSEC_OK)
        memcpy(iv, digest, k->block);
    return rc;
}

int l2s_v1_iv_phase1(const struct l2s_v1_keys *k, struct l2s_crypto *c, struct l2s_bytes gxi, struct l2s_bytes gxr,
                     uint8_t *iv)
{
    struct l2s_bytes in[] = {gxi, gxr};

    return iv_of(k, c, in, iv);
}

int l2s_v1_iv_phase2(const struct l2s_v1_keys *k, struct l2s_crypto *c, const uint8_t *last_block, uint32_t message_id,
                     uint8_t *iv)
{
    uint8_t id[4];
    struct l2s_bytes in[] = {{last_block, k->block}, {id, sizeof id}};

    l2s_put32(id, message_id);
    return iv_of(k, c, in, iv);
}

int l2s_v1_hash_phase1(const struct l2s_v1_keys *k, const uint8_t *skeyid, struct l2s_crypto *c,
                       const struct l2s_v1_said *said, bool of_initiator, struct l2s_bytes id, uint8_t *out)
{
    struct l2s_bytes in[] = {
        of_initiator ? said->gxi : said->gxr,
        of_initiator ? said->gxr : said->gxi,
        {of_initiator ? said->icookie : said->rcookie, L2S_COOKIE},
        {of_initiator ? said->rcookie : said->icookie, L2S_COOKIE},
        said->sai,
        id,
    };

    return l2s_hmac(c, k->proof_hash, skeyid, k->hash_len, in, L2S_COUNT_OF(in), out);
}

int l2s_v1_hash1(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint32_t message_id, struct l2s_bytes rest,
                 uint8_t *out)
{
    return l2s_v1_hash2(k, c, message_id, bytes(NULL, 0), rest, out);
}

int l2s_v1_hash2(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint32_t message_id, struct l2s_bytes ni,
                 struct l2s_bytes rest, uint8_t *out)
{
    uint8_t id[4];
    struct l2s_bytes in[] = {{id, sizeof id}, ni, rest};

    l2s_put32(id, message_id);
    return l2s_hmac(c, k->hash, k->a, k->hash_len, in, L2S_COUNT_OF(in), out);
}

int l2s_v1_hash3(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint32_t message_id, struct l2s_bytes ni,
                 struct l2s_bytes nr, uint8_t *out)
{
    uint8_t id[5] = {0};
    struct l2s_bytes in[] = {{id, sizeof id}, ni, nr};

    l2s_put32(id + 1, message_id);
    return l2s_hmac(c, k->hash, k->a, k->hash_len, in, L2S_COUNT_OF(in), out);
}

int l2s_v1_keymat(const struct l2s_v1_keys *k, struct l2s_crypto *c, struct l2s_bytes secret, uint32_t spi,
                  struct l2s_bytes ni, struct l2s_bytes nr, uint8_t *out, size_t n)
{
    uint8_t name[5] = {L2S_PROTO_ESP};
    struct l2s_bytes in[] = {secret, {name, sizeof name}, ni, nr};

    l2s_put32(name + 1, spi);
    return stretch(c, k->hash, k->d, in, L2S_COUNT_OF(in), out, n);
}
