/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How phase 1 is proven: by a pre-shared key or by signatures with certificates (RFC 2409, 5.1 and 5.4; RFC 4945). The exchanges,
 * main mode or another, only know that there is a proof to write and one to check:
 *
 *      HDR*, IDii, HASH_I                     pre-shared key
 *      HDR*, IDii, [CERT...,] SIG_I [, CERTREQ...]     signatures
 */
#ifndef L2S_IKE_V1_AUTH_H
#define L2S_IKE_V1_AUTH_H

#include "ike/common/id.h"
#include "ike/v1/sa.h"

static inline bool l2s_v1_auth_signed(const struct l2s_v1_sa *sa)
{
    return sa->proposal.method != L2S_BY_PSK;
}

/* Initiator: the slice of its policy on offer, in the method its peer is to be proven by. Returns how many. */
size_t l2s_v1_auth_offer(const struct l2s_v1_sa *sa, struct l2s_ike_proposal out[L2S_OFFER_MAX]);

/* Payloads that ask for certificates of our authorities, one each (RFC 2408, 3.10). None with a pre-shared key. */
void l2s_v1_auth_put_requests(const struct l2s_v1_sa *sa, struct l2s_chain *c);

/* Make our signature, before l2s_v1_auth_put; nothing to do with a pre-shared key. L2TPSEC_OK; L2S_PENDING: the host will sign,
 * and says so by l2s_v1_auth_signature; else why not. Once is enough. */
int l2s_v1_auth_sign(struct l2s_v1_sa *sa);
void l2s_v1_auth_signature(struct l2s_v1_sa *sa, const uint8_t *sig, size_t len); /* NULL: none */

/* The parts of a proof with a pre-shared key, for aggressive mode, which has them apart. */
int l2s_v1_auth_put_id(struct l2s_v1_sa *sa, struct l2s_chain *c);
int l2s_v1_auth_put_hash(struct l2s_v1_sa *sa, struct l2s_chain *c);
int l2s_v1_auth_read_id(struct l2s_rd body, struct l2s_ike_id *id); /* L2TPSEC_EPROTO: it is none */
/* HASH_I or HASH_R of the peer, over the body of its ID payload: L2TPSEC_EAUTH if it does not fit. */
int l2s_v1_auth_check_hash(struct l2s_v1_sa *sa, struct l2s_rd id, struct l2s_rd proof);

/* ID and proof. */
int l2s_v1_auth_put(struct l2s_v1_sa *sa, struct l2s_chain *c);
/* The peer's. L2TPSEC_EPROTO: not even the right payloads (very likely other keys than ours); L2TPSEC_EAUTH: it does not fit, and
 * if sa->talk->refused is set, this is why, once and for all, and refused_notify what the peer is
 * to be told. */
int l2s_v1_auth_check(struct l2s_v1_sa *sa, const struct l2s_v1_keys *k, const uint8_t *skeyid,
                      const struct l2s_payloads *s, struct l2s_ike_id *id);
/* The signed half of these, in auth_cert.c; not there when certificates are left out. */
int l2s_v1_cert_sign(struct l2s_v1_sa *sa, const uint8_t *hash);
void l2s_v1_cert_put(struct l2s_v1_sa *sa, struct l2s_chain *c);
int l2s_v1_cert_check(struct l2s_v1_sa *sa, const struct l2s_payloads *s, const struct l2s_id *who,
                      struct l2s_bytes hash);

#endif
