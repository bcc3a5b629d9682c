/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Whom a certificate names (RFC 5280, 4.1), read from its DER, and in words why one is refused. Whether it is to be
 * believed is the provider's question. */
#ifndef L2S_CRYPTO_CERT_H
#define L2S_CRYPTO_CERT_H

#include "base/text.h"
#include "crypto/provider.h"
#include "wire/rd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum l2s_alt_kind { L2S_ALT_OTHER = 0, L2S_ALT_MAIL = 1, L2S_ALT_DNS = 2, L2S_ALT_IP = 7 }; /* RFC 5280, 4.2.1.6 */

struct l2s_cert_names {
    struct l2s_rd issuer, subject; /* the Names, whole */
    struct l2s_rd alt;             /* the GeneralNames, from inside their SEQUENCE; empty: there are none */
};

/* L2TPSEC_OK, or L2TPSEC_EPROTO. Everything borrows from the certificate. */
int l2s_cert_names(struct l2s_rd cert, struct l2s_cert_names *out);

/* The next alternative name of this kind; false: there is none. */
bool l2s_cert_next_alt(struct l2s_rd *list, unsigned kind, struct l2s_rd *out);

/* The certificate is this host's, by its DNS names or, if it has none, its common name (RFC 2818, 3.1). */
bool l2s_cert_is_host(const struct l2s_cert_names *names, const char *host);

/* The name in the certificate, as it is spelt there, by which its user claims to be known: principal name (Microsoft's UPN), mail
 * address, DNS name, also as host/NAME, or common name. Without a claim the first of these; false: there is none. */
bool l2s_cert_user(const struct l2s_cert_names *names, struct l2s_rd claimed, struct l2s_rd *out);

/* "CN=vpn.example", the innermost common name of the subject, or the first of its alternative names, printable ASCII, NUL ended,
 * cut where it does not fit; returns the length. */
size_t l2s_cert_text(const struct l2s_cert_names *names, char *out, size_t cap);

/* "the server's certificate (CN=vpn.example) ", or "an authority above ..." it; cert without bytes: it did not come. */
void l2s_cert_mention(struct l2s_text *t, bool server, struct l2s_bytes cert, bool issuer);
/* The whole sentence: that, and what is wrong. use: what its purpose forbids, "IKE". */
void l2s_cert_complain(struct l2s_text *t, bool server, struct l2s_bytes cert, const struct l2s_cert_verdict *v,
                       const char *use);

#endif
