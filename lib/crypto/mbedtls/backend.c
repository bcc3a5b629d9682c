/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crypto/mbedtls/backend.h"

#include "base/errors.h"

#include <mbedtls/bignum.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>

/* The value is one of the few which mbedTLS hands through from f_rng unchanged and raises nowhere on its own account.
 */
#define RANDOM_FAILED MBEDTLS_ERR_ECP_RANDOM_FAILED

int l2s_mbedtls_result(int rc)
{
    switch (rc) {
    case 0:
        return L2TPSEC_OK;
    case MBEDTLS_ERR_MPI_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED:
    case MBEDTLS_ERR_CIPHER_ALLOC_FAILED:
        return L2TPSEC_ENOMEM;
    case RANDOM_FAILED:
        return L2TPSEC_ERANDOM;
    default:
        return L2TPSEC_EINTERNAL;
    }
}

int l2s_mbedtls_random(void *crypto, unsigned char *buf, size_t n)
{
    struct l2s_crypto *c = crypto;

    return l2s_random(c->sys, buf, n) == 0 ? 0 : RANDOM_FAILED;
}

static void destroy(struct l2s_crypto *c)
{
    l2s_mem_free(&c->sys->mem, c);
}

static const struct l2s_crypto_ops ops = {
    .name = "mbedtls",
    .esp_speed = 200000,
    .destroy = destroy,
    .has_hash = l2s_mbedtls_has_hash,
    .has_cipher = l2s_mbedtls_has_cipher,
    .has_group = l2s_mbedtls_has_group,
    .has_esp = l2s_mbedtls_has_esp,
    .hash = l2s_mbedtls_hash,
    .hmac = l2s_mbedtls_hmac,
    .cbc = l2s_mbedtls_cbc,
    .des_block = l2s_mbedtls_des_block,
    .dh_new = l2s_mbedtls_dh_new,
    .dh_agree = l2s_mbedtls_dh_agree,
    .dh_free = l2s_mbedtls_dh_free,
    .esp_key_new = l2s_mbedtls_esp_key_new,
    .esp_key_free = l2s_mbedtls_esp_key_free,
    .esp_seal = l2s_mbedtls_esp_seal,
    .esp_open = l2s_mbedtls_esp_open,
#if L2S_WITH_CERTIFICATES
    .own_new = l2s_mbedtls_own_new,
    .own_free = l2s_mbedtls_own_free,
    .own_kind = l2s_mbedtls_own_kind,
    .own_has_key = l2s_mbedtls_own_has_key,
    .own_cert = l2s_mbedtls_own_cert,
    .sign = l2s_mbedtls_sign,
    .trust_new = l2s_mbedtls_trust_new,
    .trust_free = l2s_mbedtls_trust_free,
    .trust_name = l2s_mbedtls_trust_name,
    .cert_kind = l2s_mbedtls_cert_kind,
    .cert_verify = l2s_mbedtls_cert_verify,
    .cert_judge = l2s_mbedtls_cert_judge,
#endif
#if L2S_MBEDTLS_TLS
    .tls_new = l2s_mbedtls_tls_new,
    .tls_free = l2s_mbedtls_tls_free,
    .tls_step = l2s_mbedtls_tls_step,
    .tls_why = l2s_mbedtls_tls_why,
    .tls_export = l2s_mbedtls_tls_export,
#endif
};

int l2s_crypto_mbedtls_new(struct l2s_sys *sys, struct l2s_crypto **out)
{
    struct l2s_crypto *c = l2s_mem_new(&sys->mem, sizeof *c);

    if (!c)
        return L2TPSEC_ENOMEM;
    c->ops = &ops;
    c->sys = sys;
    *out = c;
    return L2TPSEC_OK;
}
