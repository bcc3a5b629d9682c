/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/profile.h"

#include "base/errors.h"
#include "ike/common/cert.h"

#include <string.h>

void l2s_profile_copy(struct l2s_profile *out, const struct l2s_profile *p)
{
    *out = *p;
    l2s_papers_share(&out->papers);
    l2s_papers_share(&out->ppp_papers);
}

void l2s_profile_fini(struct l2s_profile *p)
{
    l2s_papers_fini(&p->papers);
    l2s_papers_fini(&p->ppp_papers);
}

#if L2S_WITH_CERTIFICATES
static int own_name(struct l2s_ike_id *out, struct l2s_bytes cert)
{
    struct l2s_cert_names names;

    memset(out, 0, sizeof *out);
    if (l2s_cert_names(l2s_rd_init(cert.p, cert.n), &names) != L2TPSEC_OK)
        return L2TPSEC_EINVAL;
    if (names.subject.left <= 2 || names.subject.left > sizeof out->data) /* no name, or longer than we can say */
        return L2TPSEC_OK;
    out->type = L2S_ID_DER_ASN1_DN;
    out->len = (uint16_t)names.subject.left;
    memcpy(out->data, names.subject.p, names.subject.left);
    return L2TPSEC_OK;
}

static uint8_t method_of(enum l2s_key_kind kind)
{
    static const uint8_t methods[L2S_KEY_KIND_COUNT] = {[L2S_KEY_RSA] = L2S_BY_RSA,
                                                        [L2S_KEY_P256] = L2S_BY_ECDSA256,
                                                        [L2S_KEY_P384] = L2S_BY_ECDSA384,
                                                        [L2S_KEY_P521] = L2S_BY_ECDSA521};

    return methods[kind];
}

/* The kind of our key decides between RSA and ECDSA: in IKEv1 both sides sign alike. */
static int open_papers(struct l2s_profile *p, bool host_signs)
{
    const struct l2s_crypto *c = p->papers.crypto;
    int rc = l2s_papers_open(&p->papers);

    if (rc != L2TPSEC_OK)
        return rc;
    if (!c->ops->own_has_key(p->papers.own) && !host_signs)
        return L2TPSEC_EINVAL;
    p->ike.own = p->papers.own;
    p->ike.trust = p->papers.trust;
    p->ike.method = method_of(c->ops->own_kind(p->papers.own));
    return own_name(&p->ike.own_name, c->ops->own_cert(p->papers.own, 0));
}

/* Who has no user name is called as the certificate says. */
static void name_user(char name[L2S_PPP_NAME_MAX], struct l2s_bytes cert)
{
    struct l2s_cert_names names;
    struct l2s_rd user;

    if (name[0] || l2s_cert_names(l2s_rd_init(cert.p, cert.n), &names) != L2TPSEC_OK ||
        !l2s_cert_user(&names, l2s_rd_init(NULL, 0), &user) || user.left >= L2S_PPP_NAME_MAX)
        return;
    memcpy(name, user.p, user.left);
    name[user.left] = 0;
}

static int open_eap_tls(struct l2s_profile *p, bool server)
{
    const struct l2s_crypto *c = p->ppp_papers.crypto;
    int rc;

    if (!(p->ppp.auth & L2S_AUTH_EAP_TLS))
        return L2TPSEC_OK;
    rc = l2s_papers_open(&p->ppp_papers);
    if (rc != L2TPSEC_OK)
        return rc;
    if (!c->ops->own_has_key(p->ppp_papers.own))
        return L2TPSEC_EINVAL;
    p->ppp.own = p->ppp_papers.own;
    p->ppp.trust = p->ppp_papers.trust;
    p->ppp.peer_name = p->peer_name;
    if (!server)
        name_user(p->user, c->ops->own_cert(p->ppp_papers.own, 0));
    return L2TPSEC_OK;
}
#endif

int l2s_profile_open(struct l2s_profile *p, bool server, bool host_signs)
{
    bool cert = server ? (p->ike_auth & L2S_IKE_AUTH_CERT) != 0 : p->ike_auth_first == L2S_IKE_AUTH_CERT;
    bool psk = server ? (p->ike_auth & L2S_IKE_AUTH_PSK) != 0 : !cert;
    int rc = L2TPSEC_OK;

#if L2S_WITH_CERTIFICATES
    if (cert)
        rc = open_papers(p, host_signs);
    if (rc == L2TPSEC_OK)
        rc = open_eap_tls(p, server);
#else
    (void)host_signs;
    if (cert)
        rc = L2TPSEC_EUNSUP;
#endif
    p->ike.ike.methods = (uint16_t)((psk ? 1u << L2S_BY_PSK : 0) | (cert ? 1u << p->ike.method : 0));
    return rc;
}
