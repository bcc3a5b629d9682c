/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The instance: two managers in memory of the context, and the way to the provider below for all that is not ESP. */
#include "crypto/ipsecmb/backend.h"
#include "base/errors.h"

#define ALIGN 64u

/* ---- handed through ---- */

static bool has_hash(const struct l2s_crypto *c, enum l2s_hash_id id)
{
    const struct l2s_crypto *base = l2s_imb_of_const(c)->base;

    return base->ops->has_hash(base, id);
}

static bool has_cipher(const struct l2s_crypto *c, enum l2s_cipher_id id, size_t key_len)
{
    const struct l2s_crypto *base = l2s_imb_of_const(c)->base;

    return base->ops->has_cipher(base, id, key_len);
}

static bool has_group(const struct l2s_crypto *c, enum l2s_group_id id)
{
    const struct l2s_crypto *base = l2s_imb_of_const(c)->base;

    return base->ops->has_group(base, id);
}

static int hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in, uint8_t *out)
{
    return l2s_hash(l2s_imb_of(c)->base, id, in, n_in, out);
}

static int hmac(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len, const struct l2s_bytes *in,
                size_t n_in, uint8_t *out)
{
    return l2s_hmac(l2s_imb_of(c)->base, id, key, key_len, in, n_in, out);
}

static int cbc(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
               uint8_t *iv, uint8_t *data, size_t len)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->cbc(base, id, encrypt, key, key_len, iv, data, len);
}

static int des_block(struct l2s_crypto *c, const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->des_block(base, key, in, out);
}

static int dh_new(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                  size_t *len)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->dh_new(base, id, out, pub, cap, len);
}

#if L2S_WITH_CERTIFICATES
static int own_new(struct l2s_crypto *c, struct l2s_bytes certs, struct l2s_bytes key, struct l2s_own **out)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->own_new(base, certs, key, out);
}

static int trust_new(struct l2s_crypto *c, struct l2s_bytes cas, struct l2s_bytes crls, struct l2s_trust **out)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->trust_new(base, cas, crls, out);
}

static enum l2s_key_kind cert_kind(struct l2s_crypto *c, struct l2s_bytes cert)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->cert_kind(base, cert);
}

static int cert_verify(struct l2s_crypto *c, struct l2s_bytes cert, const uint8_t *digest, size_t n, const uint8_t *sig,
                       size_t len)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->cert_verify(base, cert, digest, n, sig, len);
}

static int cert_judge(struct l2s_crypto *c, const struct l2s_bytes *chain, size_t n, struct l2s_trust *trust,
                      const struct l2s_cert_terms *terms, struct l2s_cert_verdict *out)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->cert_judge(base, chain, n, trust, terms, out);
}
#endif

static int tls_new(struct l2s_crypto *c, const struct l2s_tls_terms *terms, struct l2s_tls **out)
{
    struct l2s_crypto *base = l2s_imb_of(c)->base;

    return base->ops->tls_new(base, terms, out);
}

/* What works on an object of the provider below is its own: the objects are. */
static void take_over(struct l2s_crypto_ops *ops)
{
#if L2S_WITH_CERTIFICATES
    ops->own_new = own_new;
    ops->trust_new = trust_new;
    ops->cert_kind = cert_kind;
    ops->cert_verify = cert_verify;
    ops->cert_judge = cert_judge;
#endif
    if (ops->tls_new) /* the provider below has it */
        ops->tls_new = tls_new;
    ops->has_hash = has_hash;
    ops->has_cipher = has_cipher;
    ops->has_group = has_group;
    ops->hash = hash;
    ops->hmac = hmac;
    ops->cbc = cbc;
    ops->des_block = des_block;
    ops->dh_new = dh_new;
}

/* ---- the managers ---- */

/* Lanes keep keys and states: the allocator wipes them. */
static IMB_MGR *manager(struct l2s_imb *mb, unsigned which)
{
    size_t n = imb_get_mb_mgr_size();

    mb->memory[which] = l2s_mem_new(&mb->crypto.sys->mem, n + ALIGN - 1);
    if (!mb->memory[which])
        return NULL;
    uint8_t *at = mb->memory[which];
    at += (ALIGN - (uintptr_t)at % ALIGN) % ALIGN;
    return imb_set_pointers_mb_mgr(at, 0, 1);
}

/* Its error is read where it lies: imb_get_errno would tell of other managers, too, on other threads. */
static bool sound(const IMB_MGR *m)
{
    bool tested = (m->features & IMB_FEATURE_SELF_TEST) == 0 || (m->features & IMB_FEATURE_SELF_TEST_PASS) != 0;

    return m->imb_errno == 0 && tested;
}

static int managers(struct l2s_imb *mb)
{
    IMB_ARCH arch = IMB_ARCH_NONE;

    mb->wide = manager(mb, 0);
    if (!mb->wide)
        return L2TPSEC_ENOMEM;
    init_mb_mgr_auto(mb->wide, &arch);
    if (arch < IMB_ARCH_SSE || !sound(mb->wide))
        return L2TPSEC_EUNSUP;
    if ((mb->wide->features & IMB_FEATURE_SHANI) != 0 && (arch == IMB_ARCH_AVX2 || arch == IMB_ARCH_AVX512)) {
        mb->narrow = manager(mb, 1);
        if (!mb->narrow)
            return L2TPSEC_ENOMEM;
        init_mb_mgr_sse(mb->narrow);
        if (!sound(mb->narrow))
            return L2TPSEC_EUNSUP;
    }
    l2s_imb_tune(mb, arch);
    return L2TPSEC_OK;
}

static void release(struct l2s_imb *mb)
{
    struct l2s_mem *mem = &mb->crypto.sys->mem;

    l2s_mem_free(mem, mb->memory[0]);
    l2s_mem_free(mem, mb->memory[1]);
    l2s_mem_free(mem, mb);
}

static void destroy(struct l2s_crypto *c)
{
    struct l2s_imb *mb = l2s_imb_of(c);

    l2s_crypto_free(mb->base);
    release(mb);
}

int l2s_crypto_ipsecmb_new(struct l2s_sys *sys, struct l2s_crypto *base, struct l2s_crypto **out)
{
    if ((imb_get_feature_flags() & IMB_CPUFLAGS_SSE) != IMB_CPUFLAGS_SSE)
        return L2TPSEC_EUNSUP;

    struct l2s_imb *mb = l2s_mem_new(&sys->mem, sizeof *mb);
    if (!mb)
        return L2TPSEC_ENOMEM;
    mb->crypto.sys = sys;
    mb->crypto.ops = &mb->ops;
    mb->base = base;
    mb->ops = *base->ops;
    take_over(&mb->ops);
    mb->ops.name = "ipsecmb";
    mb->ops.esp_speed = 3000000;
    mb->ops.destroy = destroy;
    mb->ops.has_esp = l2s_imb_has_esp;
    mb->ops.esp_key_new = l2s_imb_esp_key_new;
    mb->ops.esp_key_free = l2s_imb_esp_key_free;
    mb->ops.esp_seal = l2s_imb_esp_seal;
    mb->ops.esp_open = l2s_imb_esp_open;
    int rc = managers(mb);
    if (rc != L2TPSEC_OK) {
        release(mb);
        return rc;
    }
    *out = &mb->crypto;
    return L2TPSEC_OK;
}
