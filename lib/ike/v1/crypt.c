/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/crypt.h"

#include "base/errors.h"

#include <string.h>

int l2s_v1_seal(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint8_t *iv, struct l2s_chain *chain)
{
    size_t from = chain->start + L2S_ISAKMP_HEADER;

    l2s_chain_pad(chain, k->block);
    l2s_chain_end(chain);
    if (chain->w->bad)
        return L2TPSEC_EINTERNAL;
    return c->ops->cbc(c, k->cipher, true, k->key, k->key_len, iv, chain->w->p + from, chain->w->len - from);
}

int l2s_v1_open(const struct l2s_v1_keys *k, struct l2s_crypto *c, uint8_t *iv, uint8_t *body, size_t n)
{
    uint8_t next[L2S_CIPHER_BLOCK_MAX];

    if (n == 0 || n % k->block != 0)
        return L2TPSEC_EPROTO;
    memcpy(next, iv, k->block);
    int rc = c->ops->cbc(c, k->cipher, false, k->key, k->key_len, next, body, n);
    if (rc == L2TPSEC_OK)
        memcpy(iv, next, k->block);
    return rc;
}
