/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "crypto/legacy/md4.h"
#include "crypto/mbedtls/backend.h"

#include <mbedtls/sha1.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#define SHA1 mbedtls_sha1
#else
#define SHA1 mbedtls_sha1_ret
#endif

const mbedtls_md_info_t *l2s_mbedtls_md(enum l2s_hash_id id)
{
    switch (id) {
    case L2S_MD5:
        return mbedtls_md_info_from_type(MBEDTLS_MD_MD5);
    case L2S_SHA1:
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
    case L2S_SHA256:
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    case L2S_SHA384:
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
    case L2S_SHA512:
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
    default:
        return NULL;
    }
}

/* MD5 is there with legacy_md5 off too: CHAP and hidden L2TP AVPs are made of it. What that switch forbids, IKE and
 * has_esp forbid. */
bool l2s_mbedtls_has_hash(const struct l2s_crypto *c, enum l2s_hash_id id)
{
    (void)c;
    return id == L2S_MD4 || l2s_mbedtls_md(id) != NULL;
}

int l2s_mbedtls_hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in, uint8_t *out)
{
    const mbedtls_md_info_t *info = l2s_mbedtls_md(id);
    mbedtls_md_context_t md;

    (void)c;
    if (id == L2S_MD4) {
        l2s_md4(in, n_in, out);
        return L2TPSEC_OK;
    }
    if (!info)
        return L2TPSEC_EUNSUP;
    if (id == L2S_SHA1 && n_in == 1) /* MPPE changes its key by it for every packet: without memory from the heap */
        return l2s_mbedtls_result(SHA1(in->p, in->n, out));

    mbedtls_md_init(&md);
    int rc = mbedtls_md_setup(&md, info, 0);
    if (rc == 0)
        rc = mbedtls_md_starts(&md);
    for (size_t i = 0; rc == 0 && i < n_in; i++)
        if (in[i].n)
            rc = mbedtls_md_update(&md, in[i].p, in[i].n);
    if (rc == 0)
        rc = mbedtls_md_finish(&md, out);
    mbedtls_md_free(&md);
    return l2s_mbedtls_result(rc);
}

int l2s_mbedtls_hmac(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len,
                     const struct l2s_bytes *in, size_t n_in, uint8_t *out)
{
    const mbedtls_md_info_t *info = l2s_mbedtls_md(id);
    mbedtls_md_context_t md;

    (void)c;
    if (!info)
        return L2TPSEC_EUNSUP;

    mbedtls_md_init(&md);
    int rc = mbedtls_md_setup(&md, info, 1);
    if (rc == 0)
        rc = mbedtls_md_hmac_starts(&md, key_len ? key : "", key_len);
    for (size_t i = 0; rc == 0 && i < n_in; i++)
        if (in[i].n)
            rc = mbedtls_md_hmac_update(&md, in[i].p, in[i].n);
    if (rc == 0)
        rc = mbedtls_md_hmac_finish(&md, out);
    mbedtls_md_free(&md);
    return l2s_mbedtls_result(rc);
}
