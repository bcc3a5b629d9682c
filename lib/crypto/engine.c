/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "crypto/provider.h"

int l2s_crypto_new(struct l2s_sys *sys, uint32_t engine, struct l2s_crypto **out)
{
    struct l2s_crypto *c = NULL;
    int rc = engine < L2TPSEC_ENGINE_COUNT ? l2s_crypto_mbedtls_new(sys, &c) : L2TPSEC_EINVAL;

    if (rc == L2TPSEC_OK && engine != L2TPSEC_ENGINE_PORTABLE) {
        rc = l2s_crypto_ipsecmb_new(sys, c, &c);
        if (rc == L2TPSEC_EUNSUP && engine == L2TPSEC_ENGINE_AUTO)
            rc = L2TPSEC_OK;
    }
    if (rc == L2TPSEC_OK)
        *out = c;
    else
        l2s_crypto_free(c);
    return rc;
}

#if !L2S_WITH_IPSECMB
int l2s_crypto_ipsecmb_new(struct l2s_sys *sys, struct l2s_crypto *base, struct l2s_crypto **out)
{
    (void)sys, (void)base, (void)out;
    return L2TPSEC_EUNSUP;
}
#endif
