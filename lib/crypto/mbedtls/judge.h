/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates as the back end holds them, and the one judgement about them: x509.c asks it of a chain that is handed
 * over, tls.c of the chain that comes in a handshake. */
#ifndef L2S_CRYPTO_MBEDTLS_JUDGE_H
#define L2S_CRYPTO_MBEDTLS_JUDGE_H

#include "crypto/mbedtls/backend.h"

#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>

struct l2s_own {
    struct l2s_crypto *c;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    bool has_key;
};

struct l2s_trust {
    struct l2s_crypto *c;
    mbedtls_x509_crt cas;
    mbedtls_x509_crl crls;
    bool has_crl;
};

struct l2s_mbedtls_inquiry {
    const struct l2s_cert_terms *terms;
    const struct l2s_trust *trust;
    struct l2s_cert_verdict *out;
};

/* Algorithms and sizes that are taken in a path. */
mbedtls_x509_crt_profile l2s_mbedtls_profile(const struct l2s_cert_terms *terms);
/* For mbedTLS's verification: called for each certificate of the path, the authority first; user is the inquiry, whose
 * verdict keeps the first fault. Flags about mbedTLS's own clock are taken away. */
int l2s_mbedtls_judge_one(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags);
/* A key before anything is computed with it, and what an authority's may cost at most. */
enum l2s_cert_fault l2s_mbedtls_judge_key(const mbedtls_pk_context *pk, bool weak);
bool l2s_mbedtls_key_is_dear(const mbedtls_pk_context *pk);

#endif
