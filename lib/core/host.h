/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the host is asked and told in mid-step, when nothing of the context may be touched: c->asking says so meanwhile.
 * And what it answers later. */
#ifndef L2S_CORE_HOST_H
#define L2S_CORE_HOST_H

#include "core/context.h"

struct l2s_link;

/* For the context's sys; user is the context. */
int l2s_host_random(void *user, void *buf, size_t n);
void *l2s_host_alloc(void *user, size_t n);
void l2s_host_release(void *user, void *p);
void l2s_host_trace(void *user, const struct l2s_trace_record *r);

/* L2TPSEC_OK, L2TPSEC_EEXPIRED of a password, L2S_PENDING, or L2TPSEC_ENOENT: there is none. */
int l2s_host_secret(struct l2tpsec *c, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len);
/* A user's new password: L2TPSEC_OK, L2S_PENDING, or L2TPSEC_ENOENT: it is not taken. */
int l2s_host_new_password(struct l2tpsec *c, const l2tpsec_query *q, const uint8_t *secret, size_t len);

/* The same for a signature. */
int l2s_host_sign(struct l2tpsec *c, const l2tpsec_sign_query *q, uint8_t *sig, size_t cap, size_t *len);
/* Seconds since 1970. L2TPSEC_OK, or ENOENT: nobody knows. */
int l2s_host_wall_clock(struct l2tpsec *c, int64_t *now);

/* Tokens of open questions: what is asked for in the low two bits; above them who asks (PSK: IKE's number; else the
 * link's slot), and which question it is: an answer that comes late must never serve for another one. */
enum { L2S_TOKEN_SIGNATURE = 0, L2S_TOKEN_PSK = 1, L2S_TOKEN_SECRET = 2, L2S_TOKEN_ADDRESS = 3 };
uint64_t l2s_host_token(const struct l2s_link *l, unsigned kind);
/* What the host answers later. L2TPSEC_ENOENT: nobody waits for it any more. */
int32_t l2s_host_answer(struct l2tpsec *c, uint64_t token, const void *secret, size_t len, bool expired);
int32_t l2s_host_answer_address(struct l2tpsec *c, uint64_t token, const l2tpsec_addresses *a);
int32_t l2s_host_answer_signature(struct l2tpsec *c, uint64_t token, const void *sig, size_t len);

/* Count and trace a packet that goes no further. l: whose it is; NULL: nobody's, or not to be told. */
void l2s_host_drop(struct l2tpsec *c, const char *wing, struct l2s_link *l, uint32_t reason);

#endif
