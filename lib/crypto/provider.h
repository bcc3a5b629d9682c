/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The boundary to cryptography. Everything above asks a provider by these descriptors and never a crypto library.
 * Ids are our own, outside any wire numbering; wings map wire numbers through closed tables. A provider answers what it
 * has (has_*): policy AND provider together decide what is offered and accepted. Every call may fail. */
#ifndef L2S_CRYPTO_PROVIDER_H
#define L2S_CRYPTO_PROVIDER_H

#include "base/sys.h"
#include "crypto/esp_suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum l2s_hash_id { L2S_HASH_NONE, L2S_MD4, L2S_MD5, L2S_SHA1, L2S_SHA256, L2S_SHA384, L2S_SHA512, L2S_HASH_COUNT };

enum l2s_cipher_id { L2S_CIPHER_NONE, L2S_DES3_CBC, L2S_AES_CBC, L2S_CIPHER_COUNT };

enum l2s_group_id {
    L2S_GROUP_NONE,
    L2S_MODP1024, /* 2 */
    L2S_MODP1536, /* 5 */
    L2S_MODP2048, /* 14 */
    L2S_MODP3072,
    L2S_MODP4096,
    L2S_MODP6144,
    L2S_MODP8192, /* 18 */
    L2S_ECP256,   /* 19, RFC 5903: the secret is the X coordinate alone */
    L2S_ECP384,
    L2S_ECP521,
    L2S_X25519, /* 31 */
    L2S_GROUP_COUNT
};

#define L2S_HASH_MAX 64    /* bytes of the longest digest */
#define L2S_HASH_BLOCK 128 /* bytes of the longest block */
#define L2S_CIPHER_KEY_MAX 32
#define L2S_CIPHER_BLOCK_MAX 16
#define L2S_DH_MAX 1024 /* bytes of the longest public value or secret */

struct l2s_bytes {
    const void *p;
    size_t n;
};

struct l2s_crypto;
struct l2s_dh;      /* one private key; opaque */
struct l2s_esp_key; /* one direction's keys, scheduled; opaque */

/* One ESP packet (RFC 4303) for seal or open, in place. pkt points at the SPI; the layout is SPI, sequence number, IV,
 * payload..next header, ICV, with the geometry of the key's suite. seal: text_len counts from behind the IV up to and
 * including next header (padding done, a multiple of the block); the provider writes the ICV. In the place of the IV
 * stand bytes that never repeat for this key: for GCM they are the IV (RFC 4106, 3.1), for CBC the provider makes an
 * unpredictable one of them by encrypting them under the key (SP 800-38A, appendix C). open: text_len counts the same
 * bytes; result tells. Of a packet with a wrong ICV nothing is left in the clear: with CBC the ICV is checked before
 * anything is decrypted, with GCM what was decrypted on the way is wiped. */
struct l2s_esp_job {
    struct l2s_esp_key *key;
    uint8_t *pkt;
    size_t text_len;
    int32_t result; /* L2TPSEC_OK, L2TPSEC_EAUTH (ICV wrong), L2TPSEC_EINTERNAL */
};

/* ---- certificates (RFC 5280) and the signatures of IKEv1 ---- */

enum l2s_key_kind { L2S_KEY_NONE, L2S_KEY_RSA, L2S_KEY_P256, L2S_KEY_P384, L2S_KEY_P521, L2S_KEY_KIND_COUNT };

#define L2S_SIGNATURE_MAX 1024 /* bytes: RSA of 8192 bits */
#define L2S_CHAIN_MAX 8        /* certificates of one side that are looked at */

struct l2s_own;   /* our chain of certificates, and the private key unless the host keeps it; opaque */
struct l2s_trust; /* the authorities we believe, and their revocation lists; opaque */

/* What a chain is judged by. */
struct l2s_cert_terms {
    int64_t now;       /* seconds since 1970 */
    bool server;       /* its holder is the side that is dialled */
    bool crl_required; /* each certificate needs a list that is up to date */
    bool weak;         /* SHA-1 and RSA from 1024 bits on will do */
    bool tls;          /* its purpose is to be TLS, not IKE */
};

enum l2s_cert_fault {
    L2S_CERT_GOOD,
    L2S_CERT_UNREADABLE,
    L2S_CERT_UNTRUSTED, /* leads to no authority of ours */
    L2S_CERT_EXPIRED,
    L2S_CERT_NOT_YET,
    L2S_CERT_REVOKED,
    L2S_CERT_NO_CRL,
    L2S_CERT_CRL_EXPIRED,
    L2S_CERT_CRL_FORGED,
    L2S_CERT_USAGE,     /* key usage forbids signing */
    L2S_CERT_PURPOSE,   /* extended key usage forbids it */
    L2S_CERT_SHORT_KEY, /* bits says how short */
    L2S_CERT_ODD_KEY,   /* a kind of key or an exponent that is not taken */
    L2S_CERT_WEAK_HASH,
    L2S_CERT_FAULT_COUNT
};

struct l2s_cert_verdict {
    enum l2s_cert_fault fault;
    bool issuer;  /* it is not the first one, but one further up */
    int64_t when; /* EXPIRED, NOT_YET, CRL_EXPIRED: since or until when */
    unsigned bits;
};

/* ---- TLS 1.2 for EAP-TLS (RFC 5216): both sides show a certificate ---- */

struct l2s_tls; /* one handshake; opaque */

#define L2S_TLS_MESSAGE_MAX 65536u /* bytes of one side's turn (RFC 5216, 2.1.5) */

struct l2s_tls_terms {
    bool server;         /* we are */
    struct l2s_own *own; /* with its key */
    struct l2s_trust *trust;
    struct l2s_cert_terms cert; /* what the peer's chain is judged by */
    /* Is it the one we mean? Asked once, of a certificate whose chain is good; DER. */
    bool (*accept)(void *self, struct l2s_bytes cert);
    void *self;
};

enum l2s_tls_state { L2S_TLS_MORE, L2S_TLS_DONE, L2S_TLS_FAILED };

/* Why it failed. */
struct l2s_tls_why {
    int rc;                          /* ENOMEM, ERANDOM, EAUTH: about a certificate, EPROTO: the rest */
    struct l2s_cert_verdict verdict; /* of the peer's chain */
    bool refused;                    /* by accept */
    uint8_t alert;                   /* the peer's fatal one (RFC 5246, 7.2), if it could be read; 0: none */
    struct l2s_bytes cert;           /* the peer's, DER; none: it did not come */
};

struct l2s_crypto_ops {
    const char *name;
    /* Bytes of ESP opened in a millisecond on a core of today, about; each packet counts for 256 more than it has. */
    uint32_t esp_speed;
    void (*destroy)(struct l2s_crypto *c);

    bool (*has_hash)(const struct l2s_crypto *c, enum l2s_hash_id id);
    bool (*has_cipher)(const struct l2s_crypto *c, enum l2s_cipher_id id, size_t key_len);
    bool (*has_group)(const struct l2s_crypto *c, enum l2s_group_id id);
    bool (*has_esp)(const struct l2s_crypto *c, const struct l2s_esp_suite *suite);

    int (*hash)(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n_in, uint8_t *out);
    int (*hmac)(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len, const struct l2s_bytes *in,
                size_t n_in, uint8_t *out);
    /* CBC in place over whole blocks; iv is read, and left holding the last ciphertext block (IKEv1 chains it). */
    int (*cbc)(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
               uint8_t *iv, uint8_t *data, size_t len);
    /* DES of one block with a 56-bit key as MS-CHAP has it (RFC 2759, 8.6): seven bytes, parity added here. */
    int (*des_block)(struct l2s_crypto *c, const uint8_t key[7], const uint8_t in[8], uint8_t out[8]);

    /* A fresh key pair; the public value as IKE sends it (MODP: padded to the modulus; ECP: X and Y; X25519: 32 bytes). */
    int (*dh_new)(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                  size_t *len);
    /* The shared secret, padded as IKE hashes it. Refuses with L2TPSEC_EPROTO a wrong length, 0, 1, p-1, p and above, points
     * off the curve, and an all-zero X25519 result. */
    int (*dh_agree)(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap, size_t *len);
    void (*dh_free)(struct l2s_dh *dh); /* NULL allowed; wipes */

    /* enc_key holds key bytes, and for GCM the 4 salt bytes behind them (RFC 4106, 8.1). */
    int (*esp_key_new)(struct l2s_crypto *c, const struct l2s_esp_suite *suite, const uint8_t *enc_key,
                       const uint8_t *auth_key, bool seal, struct l2s_esp_key **out);
    void (*esp_key_free)(struct l2s_crypto *c, struct l2s_esp_key *key); /* NULL allowed; wipes */
    void (*esp_seal)(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n);
    void (*esp_open)(struct l2s_crypto *c, struct l2s_esp_job *jobs, size_t n);

    /* From here on NULL where certificates are left out. Text is PEM or DER, several in one PEM; key without bytes: the host
     * signs. EINVAL: not what it should be; EAUTH: the key is not the first certificate's; EUNSUP: a kind of key that IKEv1
     * has no method for. */
    int (*own_new)(struct l2s_crypto *c, struct l2s_bytes certs, struct l2s_bytes key, struct l2s_own **out);
    void (*own_free)(struct l2s_own *own); /* NULL allowed; wipes */
    enum l2s_key_kind (*own_kind)(const struct l2s_own *own);
    bool (*own_has_key)(const struct l2s_own *own);
    struct l2s_bytes (*own_cert)(const struct l2s_own *own, size_t n); /* DER of the n-th; p NULL: there is none */
    /* RSA: the hash itself, padded by PKCS #1 v1.5 without saying which hash it is (RFC 2409, 5.1); ECDSA: r | s (RFC 4754). */
    int (*sign)(struct l2s_own *own, const uint8_t *hash, size_t n, uint8_t sig[L2S_SIGNATURE_MAX], size_t *len);

    int (*trust_new)(struct l2s_crypto *c, struct l2s_bytes cas, struct l2s_bytes crls, struct l2s_trust **out);
    void (*trust_free)(struct l2s_trust *trust); /* NULL allowed */
    struct l2s_bytes (*trust_name)(const struct l2s_trust *trust,
                                   size_t n); /* DER of a subject; p NULL: there is none */

    /* Kind of the key in a certificate (DER); NONE when it cannot be read or is of no kind we know. */
    enum l2s_key_kind (*cert_kind)(struct l2s_crypto *c, struct l2s_bytes cert);
    /* The signature was made with this certificate's key. EAUTH: it was not; EPROTO: no such certificate. */
    int (*cert_verify)(struct l2s_crypto *c, struct l2s_bytes cert, const uint8_t *hash, size_t n, const uint8_t *sig,
                       size_t len);
    /* chain[0] is the one in question, the others (in any order) may lead from it to an authority. OK and a verdict, or what
     * else went wrong. */
    int (*cert_judge)(struct l2s_crypto *c, const struct l2s_bytes *chain, size_t n, struct l2s_trust *trust,
                      const struct l2s_cert_terms *terms, struct l2s_cert_verdict *out);

    /* NULL where TLS is left out, or is not as it is needed. EINVAL: own has no key; EUNSUP: a provider without the means. */
    int (*tls_new)(struct l2s_crypto *c, const struct l2s_tls_terms *terms, struct l2s_tls **out);
    void (*tls_free)(struct l2s_tls *t); /* NULL allowed; wipes */
    /* The peer's turn goes in, whole; ours comes out, until the next call. A client begins with an empty one. A turn may be left to
     * be said in every state: the last message of a handshake, or an alert. */
    enum l2s_tls_state (*tls_step)(struct l2s_tls *t, struct l2s_bytes in, struct l2s_bytes *out);
    const struct l2s_tls_why *(*tls_why)(const struct l2s_tls *t);
    /* After DONE: TLS-PRF(master secret, label, client random | server random) (RFC 5216, 2.3). */
    int (*tls_export)(const struct l2s_tls *t, const char *label, uint8_t *out, size_t n);
};

/* An instance: one per context. A backend's own structure begins with this. */
struct l2s_crypto {
    const struct l2s_crypto_ops *ops;
    struct l2s_sys *sys; /* memory and chance */
};

/* The complete default backend. */
int l2s_crypto_mbedtls_new(struct l2s_sys *sys, struct l2s_crypto **out);

/* ESP on Intel's ipsec-mb, all else by base, which it owns from then on. L2TPSEC_EUNSUP: not built in, or this CPU lacks AES
 * instructions, or the library's self-test failed. */
int l2s_crypto_ipsecmb_new(struct l2s_sys *sys, struct l2s_crypto *base, struct l2s_crypto **out);

/* By an L2TPSEC_ENGINE_ value. */
int l2s_crypto_new(struct l2s_sys *sys, uint32_t engine, struct l2s_crypto **out);

static inline void l2s_crypto_free(struct l2s_crypto *c)
{
    if (c)
        c->ops->destroy(c);
}

size_t l2s_hash_len(enum l2s_hash_id id);          /* digest bytes; 0 for none */
size_t l2s_cipher_block(enum l2s_cipher_id id);    /* block bytes */
size_t l2s_group_len(enum l2s_group_id id);        /* bytes of the public value on the wire */
size_t l2s_group_secret_len(enum l2s_group_id id); /* bytes of the shared secret */

static inline int l2s_hash(struct l2s_crypto *c, enum l2s_hash_id id, const struct l2s_bytes *in, size_t n,
                           uint8_t *out)
{
    return c->ops->hash(c, id, in, n, out);
}

static inline int l2s_hmac(struct l2s_crypto *c, enum l2s_hash_id id, const void *key, size_t key_len,
                           const struct l2s_bytes *in, size_t n, uint8_t *out)
{
    return c->ops->hmac(c, id, key, key_len, in, n, out);
}

#endif
