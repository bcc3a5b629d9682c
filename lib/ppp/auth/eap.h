/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the files of EAP share: the frame of a conversation (RFC 3748, 4), and EAP-TLS (RFC 5216) within it. */
#ifndef L2S_PPP_AUTH_EAP_H
#define L2S_PPP_AUTH_EAP_H

#include "base/errors.h"
#include "ppp/link.h"

enum { L2S_EAP_REQUEST = 1, L2S_EAP_RESPONSE = 2, L2S_EAP_SUCCESS = 3, L2S_EAP_FAILURE = 4 };
enum {
    L2S_EAP_TYPE_IDENTITY = 1,
    L2S_EAP_TYPE_NOTIFICATION = 2,
    L2S_EAP_TYPE_NAK = 3,
    L2S_EAP_TYPE_MD5 = 4,
    L2S_EAP_TYPE_TLS = 13,
    L2S_EAP_TYPE_MSCHAPV2 = 26
};

/* With the identifier in auth.id, and kept for repeats. */
void l2s_eap_say(struct l2s_ppp *p, uint8_t code, uint8_t type, const uint8_t *data, size_t n);
void l2s_eap_succeed(struct l2s_ppp *p); /* server */

#if L2S_WITH_EAP_TLS
void l2s_eap_tls_start(struct l2s_ppp *p); /* server: the Start */
uint32_t l2s_eap_tls_response(struct l2s_ppp *p, struct l2s_rd r);
uint32_t l2s_eap_tls_request(struct l2s_ppp *p, struct l2s_rd r);
void l2s_eap_tls_repeat(struct l2s_ppp *p);
void l2s_eap_tls_failed(struct l2s_ppp *p); /* client: a Failure came */
#else                                       /* it cannot be configured then */
static inline void l2s_eap_tls_start(struct l2s_ppp *p)
{
    (void)p;
}
static inline uint32_t l2s_eap_tls_response(struct l2s_ppp *p, struct l2s_rd r)
{
    (void)p, (void)r;
    return L2TPSEC_DROP_UNEXPECTED;
}
static inline uint32_t l2s_eap_tls_request(struct l2s_ppp *p, struct l2s_rd r)
{
    (void)p, (void)r;
    return L2TPSEC_DROP_UNEXPECTED;
}
static inline void l2s_eap_tls_repeat(struct l2s_ppp *p)
{
    (void)p;
}
static inline void l2s_eap_tls_failed(struct l2s_ppp *p)
{
    (void)p;
}
#endif

#endif
