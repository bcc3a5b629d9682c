/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates in IKE: whether one names an identity (RFC 4945, 3.1 and 5.1.3.6), and those that come wrapped in PKCS #7
 * (RFC 2315, 9.1). Whether it is to be believed is the crypto provider's question. */
#ifndef L2S_IKE_COMMON_CERT_H
#define L2S_IKE_COMMON_CERT_H

#include "crypto/cert.h"
#include "ike/common/id.h"
#include "ike/common/payload.h"
#include "wire/rd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Encodings of CERT and CERTREQ payloads that we take (RFC 2408, 3.9). */
enum l2s_cert_encoding { L2S_ENC_PKCS7 = 1, L2S_ENC_X509_SIGNATURE = 4 };

/* The certificate names this identity: a DN that is its subject (l2s_dn_equal); a name without regard to case, or an
 * address, that is among its alternative names. */
bool l2s_cert_is(const struct l2s_cert_names *names, const struct l2s_id *id);

/* All certificates of a message's CERT payloads, at most max of them, wrapped ones too; other encodings are passed over. */
size_t l2s_certs_of(const struct l2s_payloads *s, struct l2s_rd *out, size_t max);

/* The certificates in a SignedData, at most max of them. Returns how many; 0 when there are none or it is malformed. */
size_t l2s_cert_unwrap(struct l2s_rd pkcs7, struct l2s_rd *out, size_t max);

#endif
