/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/auth.h"

#include "base/errors.h"
#include "base/wipe.h"
#include "l2tp/tunnel.h"

int l2s_l2tp_auth_response(struct l2s_crypto *crypto, uint8_t type, const uint8_t *secret, size_t secret_len,
                           struct l2s_rd challenge, uint8_t out[L2S_L2TP_RESPONSE])
{
    struct l2s_bytes in[3] = {{&type, 1}, {secret, secret_len}, {challenge.p, challenge.left}};

    return l2s_hash(crypto, L2S_MD5, in, 3, out);
}

bool l2s_l2tp_auth_demanded(const struct l2s_l2tp_config *cfg, const struct l2s_l2tp_msg *sccrq)
{
    static const char microsoft[] = "Microsoft"; /* has no tunnel authentication, on any Windows */

    if (!cfg->secret_len)
        return false;
    return !(cfg->spare_microsoft && l2s_rd_equals(&sccrq->vendor_name, microsoft, sizeof microsoft - 1));
}

int l2s_l2tp_auth_check(struct l2s_crypto *crypto, const struct l2s_l2tp_config *cfg, const uint8_t *challenge,
                        const struct l2s_l2tp_msg *m)
{
    uint8_t expected[L2S_L2TP_RESPONSE];

    if (l2s_l2tp_msg_has(m, L2S_AVP_CHALLENGE) && !cfg->secret_len)
        return L2TPSEC_ENOENT;
    if (!challenge)
        return L2TPSEC_OK;
    if (m->response.left != sizeof expected)
        return L2TPSEC_EAUTH;
    int rc = l2s_l2tp_auth_response(crypto, (uint8_t)m->type, cfg->secret, cfg->secret_len,
                                    l2s_rd_init(challenge, L2S_L2TP_CHALLENGE), expected);
    if (rc == L2TPSEC_OK && !l2s_ct_equal(expected, m->response.p, sizeof expected))
        rc = L2TPSEC_EAUTH;
    l2s_wipe(expected, sizeof expected);
    return rc;
}
