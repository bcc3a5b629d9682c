/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/mbedtls/backend.h"

static const struct l2s_mbedtls_dh_kind *kind_of(enum l2s_group_id id)
{
    static const struct l2s_mbedtls_dh_kind *const kinds[] = {&l2s_mbedtls_modp, &l2s_mbedtls_ec};

    for (size_t i = 0; i < L2S_COUNT_OF(kinds); i++)
        if (kinds[i]->has(id))
            return kinds[i];
    return NULL;
}

bool l2s_mbedtls_has_group(const struct l2s_crypto *c, enum l2s_group_id id)
{
    (void)c;
    return kind_of(id) != NULL;
}

int l2s_mbedtls_dh_new(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                       size_t *len)
{
    const struct l2s_mbedtls_dh_kind *kind = kind_of(id);

    if (!kind)
        return L2TPSEC_EUNSUP;
    if (cap < l2s_group_len(id))
        return L2TPSEC_EINVAL;

    struct l2s_dh *dh = l2s_mem_new(&c->sys->mem, sizeof *dh);
    if (!dh)
        return L2TPSEC_ENOMEM;
    dh->c = c;
    dh->kind = kind;
    dh->id = id;
    int rc = kind->draw(dh);
    if (rc == L2TPSEC_OK)
        rc = kind->compute(dh, NULL, pub);
    l2s_wipe_stack(); /* limbs of large numbers that were in registers once */
    if (rc != L2TPSEC_OK) {
        l2s_mbedtls_dh_free(dh);
        return rc;
    }
    *out = dh;
    *len = l2s_group_len(id);
    return L2TPSEC_OK;
}

int l2s_mbedtls_dh_agree(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap,
                         size_t *len)
{
    size_t n = l2s_group_secret_len(dh->id);

    if (cap < n)
        return L2TPSEC_EINVAL;
    if (peer_len != l2s_group_len(dh->id))
        return L2TPSEC_EPROTO;

    int rc = dh->kind->compute(dh, peer, secret);
    l2s_wipe_stack();
    if (rc != L2TPSEC_OK) {
        l2s_wipe(secret, n);
        return rc;
    }
    *len = n;
    return L2TPSEC_OK;
}

void l2s_mbedtls_dh_free(struct l2s_dh *dh)
{
    if (dh)
        l2s_mem_free(&dh->c->sys->mem, dh);
}
