/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/start.h"

#include "l2tp/auth.h"
#include "l2tp/result.h"

static const struct l2s_l2tp_objection
    version = {L2S_L2TP_STOP_VERSION, L2S_L2TP_VERSION, "", L2TPSEC_CAUSE_L2TP_REFUSED, NULL},
    no_id = {L2S_L2TP_STOP_ERROR, L2S_L2TP_ERROR_RANGE, "no Assigned Tunnel ID", L2TPSEC_CAUSE_L2TP_REFUSED, NULL},
    no_secret = {L2S_L2TP_STOP_UNAUTHORISED, 0, "no secret for tunnel authentication", L2TPSEC_CAUSE_L2TP_AUTH,
                 "l2tp.secret"},
    no_proof = {L2S_L2TP_STOP_UNAUTHORISED, 0, "tunnel authentication failed", L2TPSEC_CAUSE_L2TP_AUTH, "l2tp.secret"},
    no_digest = {L2S_L2TP_STOP_ERROR, L2S_L2TP_ERROR_RESOURCES, "", L2TPSEC_CAUSE_INTERNAL, NULL};

/* A wrong or missing answer to our challenge disallows the tunnel (5.1.1). Host Name and all the rest may be missing:
 * some peer does without each of them. */
const struct l2s_l2tp_objection *l2s_l2tp_start_object(struct l2s_crypto *crypto, const struct l2s_l2tp_config *cfg,
                                                       const uint8_t *challenge, const struct l2s_l2tp_msg *m)
{
    if (m->type != L2S_L2TP_SCCCN && m->version != L2S_L2TP_VERSION)
        return &version;
    if (m->type != L2S_L2TP_SCCCN && !m->tunnel_id)
        return &no_id;
    switch (l2s_l2tp_auth_check(crypto, cfg, challenge, m)) {
    case L2TPSEC_OK:
        return NULL;
    case L2TPSEC_ENOENT:
        return &no_secret;
    case L2TPSEC_EAUTH:
        return &no_proof;
    default:
        return &no_digest;
    }
}

/* What SCCRQ and SCCRP have in common; a Challenge only where a secret is. No AVP that is not needed: Apple's client
 * hangs up at one it does not know. */
static int put_start(struct l2s_l2tp_tunnel *t, struct l2s_l2tp_msg *m)
{
    const struct l2s_l2tp_config *cfg = t->cfg;

    m->version = L2S_L2TP_VERSION;
    l2s_l2tp_msg_add(m, L2S_AVP_VERSION);
    m->framing = L2S_L2TP_FRAMING_BOTH;
    l2s_l2tp_msg_add(m, L2S_AVP_FRAMING_CAP);
    m->host_name = l2s_l2tp_words(cfg->host_name[0] ? cfg->host_name : "l2tpsec");
    l2s_l2tp_msg_add(m, L2S_AVP_HOST_NAME);
    m->vendor_name = l2s_l2tp_words(cfg->vendor_name);
    if (m->vendor_name.left)
        l2s_l2tp_msg_add(m, L2S_AVP_VENDOR_NAME);
    m->tunnel_id = t->id;
    l2s_l2tp_msg_add(m, L2S_AVP_TUNNEL_ID);
    m->window = t->chan.window;
    l2s_l2tp_msg_add(m, L2S_AVP_WINDOW);
    if (!t->challenged)
        return L2TPSEC_OK;
    if (l2s_random(t->e->sys, t->challenge, sizeof t->challenge) != 0)
        return L2TPSEC_ERANDOM;
    m->challenge = l2s_rd_init(t->challenge, sizeof t->challenge);
    l2s_l2tp_msg_add(m, L2S_AVP_CHALLENGE);
    return L2TPSEC_OK;
}

/* Send it with the answer to the peer's challenge, if there was one. */
static int send_response(struct l2s_l2tp_tunnel *t, struct l2s_l2tp_msg *m, const struct l2s_l2tp_msg *theirs)
{
    uint8_t response[L2S_L2TP_RESPONSE];
    int rc = L2TPSEC_OK;

    if (l2s_l2tp_msg_has(theirs, L2S_AVP_CHALLENGE)) {
        m->response = l2s_rd_init(response, sizeof response);
        l2s_l2tp_msg_add(m, L2S_AVP_RESPONSE);
        rc = l2s_l2tp_auth_response(t->e->crypto, (uint8_t)m->type, t->cfg->secret, t->cfg->secret_len,
                                    theirs->challenge, response);
    }
    return rc == L2TPSEC_OK ? l2s_l2tp_tunnel_send(t, 0, m, NULL) : rc;
}

int l2s_l2tp_start_sccrq(struct l2s_l2tp_tunnel *t)
{
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_SCCRQ};

    t->challenged = t->cfg->secret_len != 0;
    t->hides = t->challenged && t->cfg->hide;
    int rc = put_start(t, &m);
    return rc == L2TPSEC_OK ? l2s_l2tp_tunnel_send(t, 0, &m, NULL) : rc;
}

int l2s_l2tp_start_sccrp(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *sccrq)
{
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_SCCRP};

    t->challenged = l2s_l2tp_auth_demanded(t->cfg, sccrq);
    t->hides = t->challenged && t->cfg->hide; /* whoever is asked for no proof knows no secret */
    int rc = put_start(t, &m);
    return rc == L2TPSEC_OK ? send_response(t, &m, sccrq) : rc;
}

int l2s_l2tp_start_scccn(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *sccrp)
{
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_SCCCN};

    return send_response(t, &m, sccrp);
}
