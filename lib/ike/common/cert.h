/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Whom a certificate names (RFC 5280, 4.1; RFC 4945, 3.1 and 5.1.3.6), read from its DER, and the certificates that come wrapped in
 * PKCS #7 (RFC 2315, 9.1). Whether it is to be believed is the crypto provider's question. */
#ifndef L2S_IKE_COMMON_CERT_H
#define L2S_IKE_COMMON_CERT_H

#include "ike/common/id.h"
#include "ike/common/payload.h"
#include "wire/rd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Encodings of CERT and CERTREQ payloads that we take (RFC 2408, 3.9). */
enum l2s_cert_encoding { L2S_ENC_PKCS7 = 1, L2S_ENC_X509_SIGNATURE = 4 };

struct l2s_cert_names {
    struct l2s_rd issuer, subject; /* the Names, whole */
    struct l2s_rd alt;             /* the GeneralNames, from inside their SEQUENCE; empty: there are none */
};

/* L2TPSEC_OK, or L2TPSEC_EPROTO. Everything borrows from the certificate. */
int l2s_cert_names(struct l2s_rd cert, struct l2s_cert_names *out);

/* The certificate names this identity: a DN that is its subject (l2s_dn_equal); a name without regard to case, or an address, that
 * is among its alternative names. */
bool l2s_cert_is(const struct l2s_cert_names *names, const struct l2s_id *id);

/* "CN=vpn.example", the innermost common name of the subject, or the first of its alternative names, printable ASCII, NUL ended,
 * cut where it does not fit; returns the length. */
size_t l2s_cert_text(const struct l2s_cert_names *names, char *out, size_t cap);

/* All certificates of a message's CERT payloads, at most max of them, wrapped ones too; other encodings are passed over. */
size_t l2s_certs_of(const struct l2s_payloads *s, struct l2s_rd *out, size_t max);

/* The certificates in a SignedData, at most max of them. Returns how many; 0 when there are none or it is malformed. */
size_t l2s_cert_unwrap(struct l2s_rd pkcs7, struct l2s_rd *out, size_t max);

#endif
