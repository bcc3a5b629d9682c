/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the files of the mbedTLS back end share. They build against 2.28 and 3.6 alike: only calls whose signatures are
 * the same in both, no private fields, nothing that firmware builds leave out (strerror, version_get, self tests). What
 * an mbedTLS was built without is reported through has_*. */
#ifndef L2S_CRYPTO_MBEDTLS_BACKEND_H
#define L2S_CRYPTO_MBEDTLS_BACKEND_H

#include "crypto/provider.h"

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER < 0x021c0000
#error "mbedTLS 2.28 or newer is needed"
#elif MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "mbedTLS 4 has PSA only: it needs a back end of its own beside this one"
#endif

#include <mbedtls/md.h>

#if !defined(MBEDTLS_MD_C) || !defined(MBEDTLS_AES_C) || !defined(MBEDTLS_CIPHER_MODE_CBC) || !defined(MBEDTLS_BIGNUM_C)
#error "no L2TP/IPsec without digests, AES-CBC and Diffie-Hellman; the rest of mbedTLS is optional"
#endif

/* The private key is kept as bytes: groups, tables and big numbers live during an operation only. */
#define L2S_MBEDTLS_DH_PRIVATE_MAX 66

struct l2s_mbedtls_dh_kind;

struct l2s_dh {
    struct l2s_crypto *c;
    const struct l2s_mbedtls_dh_kind *kind;
    enum l2s_group_id id;
    uint8_t private_key[L2S_MBEDTLS_DH_PRIVATE_MAX];
};

/* One kind of group. Both calls may fail; compute writes the public value (peer NULL) or the shared secret. */
struct l2s_mbedtls_dh_kind {
    bool (*has)(enum l2s_group_id id);
    int (*draw)(struct l2s_dh *dh);
    int (*compute)(const struct l2s_dh *dh, const uint8_t *peer, uint8_t *out);
};

extern const struct l2s_mbedtls_dh_kind l2s_mbedtls_modp, l2s_mbedtls_ec;

int l2s_mbedtls_result(int rc);                                     /* an mbedTLS result as one of ours */
int l2s_mbedtls_random(void *crypto, unsigned char *buf, size_t n); /* f_rng; p_rng is the struct l2s_crypto */

const mbedtls_md_info_t *l2s_mbedtls_md(enum l2s_hash_id id); /* NULL: not there, and for MD4 */
bool l2s_mbedtls_has_hash(const struct l2s_crypto *c, enum l2s_hash_id id);
int l2s_mbedtls_hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in, uint8_t *out);
int l2s_mbedtls_hmac(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len,
                     const struct l2s_bytes *in, size_t n_in, uint8_t *out);

bool l2s_mbedtls_has_cipher(const struct l2s_crypto *c, enum l2s_cipher_id id, size_t key_len);
int l2s_mbedtls_cbc(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
                    uint8_t *iv, uint8_t *data, size_t len);
int l2s_mbedtls_des_block(struct l2s_crypto *c, const uint8_t key[7], const uint8_t in[8], uint8_t out[8]);

bool l2s_mbedtls_has_group(const struct l2s_crypto *c, enum l2s_group_id id);
int l2s_mbedtls_dh_new(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                       size_t *len);
int l2s_mbedtls_dh_agree(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap,
                         size_t *len);
void l2s_mbedtls_dh_free(struct l2s_dh *dh);

bool l2s_mbedtls_has_esp(const struct l2s_crypto *c, const struct l2s_esp_suite *suite);
int l2s_mbedtls_esp_key_new(struct l2s_crypto *c, const struct l2s_esp_suite *suite, const uint8_t *enc_key,
                            const uint8_t *auth_key, bool seal, struct l2s_esp_key **out);
void l2s_mbedtls_esp_key_free(struct l2s_crypto *c, struct l2s_esp_key *key);
void l2s_mbedtls_esp_seal(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n);
void l2s_mbedtls_esp_open(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n);

#if L2S_WITH_CERTIFICATES
#include <mbedtls/pk.h>

/* A copy with a NUL behind it, as mbedTLS wants PEM; DER as it is. NULL: no memory. Free and wipe with l2s_mem_free. */
uint8_t *l2s_mbedtls_text(struct l2s_crypto *c, struct l2s_bytes in, size_t *len);
enum l2s_key_kind l2s_mbedtls_pk_kind(const mbedtls_pk_context *pk);
int l2s_mbedtls_pk_parse(struct l2s_crypto *c, mbedtls_pk_context *pk, struct l2s_bytes text);
/* The private key is that of the public one. */
bool l2s_mbedtls_pk_fits(struct l2s_crypto *c, const mbedtls_pk_context *pub, const mbedtls_pk_context *key);
int l2s_mbedtls_pk_sign(struct l2s_crypto *c, mbedtls_pk_context *key, const uint8_t *hash, size_t n,
                        uint8_t sig[L2S_SIGNATURE_MAX], size_t *len);
int l2s_mbedtls_pk_verify(mbedtls_pk_context *pk, const uint8_t *hash, size_t n, const uint8_t *sig, size_t len);

int l2s_mbedtls_own_new(struct l2s_crypto *c, struct l2s_bytes certs, struct l2s_bytes key, struct l2s_own **out);
void l2s_mbedtls_own_free(struct l2s_own *own);
enum l2s_key_kind l2s_mbedtls_own_kind(const struct l2s_own *own);
bool l2s_mbedtls_own_has_key(const struct l2s_own *own);
struct l2s_bytes l2s_mbedtls_own_cert(const struct l2s_own *own, size_t n);
int l2s_mbedtls_sign(struct l2s_own *own, const uint8_t *hash, size_t n, uint8_t sig[L2S_SIGNATURE_MAX], size_t *len);
int l2s_mbedtls_trust_new(struct l2s_crypto *c, struct l2s_bytes cas, struct l2s_bytes crls, struct l2s_trust **out);
void l2s_mbedtls_trust_free(struct l2s_trust *trust);
struct l2s_bytes l2s_mbedtls_trust_name(const struct l2s_trust *trust, size_t n);
enum l2s_key_kind l2s_mbedtls_cert_kind(struct l2s_crypto *c, struct l2s_bytes cert);
int l2s_mbedtls_cert_verify(struct l2s_crypto *c, struct l2s_bytes cert, const uint8_t *hash, size_t n,
                            const uint8_t *sig, size_t len);
int l2s_mbedtls_cert_judge(struct l2s_crypto *c, const struct l2s_bytes *chain, size_t n, struct l2s_trust *trust,
                           const struct l2s_cert_terms *terms, struct l2s_cert_verdict *out);
#endif

/* TLS as EAP-TLS needs it: a build of mbedTLS may leave out any part of it. */
#if L2S_WITH_EAP_TLS && defined(MBEDTLS_SSL_TLS_C) && defined(MBEDTLS_SSL_CLI_C) && defined(MBEDTLS_SSL_SRV_C) &&      \
    defined(MBEDTLS_SSL_PROTO_TLS1_2) &&                                                                               \
    (defined(MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED) || defined(MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED)) &&          \
    (MBEDTLS_VERSION_NUMBER >= 0x03020000 || defined(MBEDTLS_SSL_EXPORT_KEYS))
#define L2S_MBEDTLS_TLS 1
#else
#define L2S_MBEDTLS_TLS 0
#endif

#if L2S_MBEDTLS_TLS
int l2s_mbedtls_tls_new(struct l2s_crypto *c, const struct l2s_tls_terms *terms, struct l2s_tls **out);
void l2s_mbedtls_tls_free(struct l2s_tls *t);
enum l2s_tls_state l2s_mbedtls_tls_step(struct l2s_tls *t, struct l2s_bytes in, struct l2s_bytes *out);
const struct l2s_tls_why *l2s_mbedtls_tls_why(const struct l2s_tls *t);
int l2s_mbedtls_tls_export(const struct l2s_tls *t, const char *label, uint8_t *out, size_t n);
#endif

#endif
