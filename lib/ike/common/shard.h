/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which of several engines behind one address an IKE message is for. The cookie that we chose says it, in its first
 * two bytes; but IKEv1 does not tell which of the two in a header that is, and both ends see the same header. So what
 * we choose as responder also has, in its last two bytes, a sum over the rest and over the address it is spoken to at:
 * that is how we know it again. Everybody can make such a cookie; it leads what he sends to another engine, which does
 * not know it. */
#ifndef L2S_IKE_SHARD_H
#define L2S_IKE_SHARD_H

#include "base/shard.h"
#include "ike/common/header.h"

#include <l2tpsec/l2tpsec.h>

/* A random cookie of ours, made to lead here. Nothing changes when there is only one engine. */
void l2s_ike_shard_mark(const struct l2s_shard *s, uint8_t cookie[L2S_COOKIE]);
/* The same as responder, spoken to at this address. */
void l2s_ike_shard_mark_responder(const struct l2s_shard *s, const l2tpsec_addr *local, uint8_t cookie[L2S_COOKIE]);

/* The first message of an initiator, by where it comes from: without the port, since a NAT gives it one on 500 and
 * another on 4500; of IPv6 the prefix alone, for within it hosts change their address as they like (RFC 8981). */
uint32_t l2s_ike_shard_of_source(const l2tpsec_addr *remote, uint32_t count);

/* Of a message by its header, L2S_ISAKMP_HEADER bytes. */
uint32_t l2s_ike_shard_of(const uint8_t *header, const l2tpsec_addr *local, const l2tpsec_addr *remote, uint32_t count);

#endif
