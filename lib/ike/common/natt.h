/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* NAT traversal in IKE: detecting NATs by hashes of addresses, original addresses, and the numbers that differ by
 * version (RFC 3947 and its drafts). */
#ifndef L2S_IKE_COMMON_NATT_H
#define L2S_IKE_COMMON_NATT_H

#include "crypto/provider.h"
#include "ike/common/header.h"
#include "ike/common/payload.h"
#include "ike/common/vendor.h"

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>
#include <stdint.h>

uint8_t l2s_natt_natd(enum l2s_natt v); /* payload type; 0 without NAT-T */
uint8_t l2s_natt_natoa(enum l2s_natt v);
/* Encapsulation mode to offer (enum l2s_encap_mode): plain transport, or the version's UDP transport. */
uint16_t l2s_natt_mode(enum l2s_natt v, bool udp);

/* What NAT detection works on. */
struct l2s_natd {
    struct l2s_crypto *crypto;
    enum l2s_hash_id hash; /* phase 1's */
    const uint8_t *icookie, *rcookie;
    const l2tpsec_addr *local, *remote; /* as the datagrams of messages 3 and 4 have them */
};

struct l2s_nat {
    bool known;         /* there were at least two NAT-D payloads: without, nothing is known and NAT-T is not used */
    bool local, remote; /* we are behind a NAT, the peer is */
};

/* HASH(CKY-I | CKY-R | IP | Port) (RFC 3947, 3.2) of hash length; L2TPSEC_OK or the provider's error. */
int l2s_natd_hash(const struct l2s_natd *n, const l2tpsec_addr *addr, uint8_t out[L2S_HASH_MAX]);

/* Compare the NAT-D payloads of a message: the first covers its receiver (us), any of the others its sender. */
int l2s_natd_check(const struct l2s_natd *n, const struct l2s_payloads *s, struct l2s_nat *out);

/* How ours are to be written. To have ESP go in UDP without a NAT, the CLIENT's hash is made not to fit, in either
 * role: every stack knows clients behind NATs, and Windows refuses servers that seem to be behind one (error 809). */
struct l2s_natd_manner {
    bool initiator;
    bool force; /* make the peer encapsulate */
    /* Responder: the hash the peer sent for us, said back instead of ours (l2s_natd_echo); empty: we say ours. Where it
     * hides that we are behind a NAT the client's is falsified, so that it still encapsulates. */
    struct l2s_rd echo;
};

/* Write two NAT-D payloads: the peer's address, then ours. ERANDOM when falsifying and chance failed. */
int l2s_natd_put(struct l2s_chain *c, const struct l2s_natd *n, enum l2s_natt v, const struct l2s_natd_manner *how);

/* Responder: the hash to echo. Peers that show FRAGMENTATION, NT5 or Vid-Initial-Contact (Windows, Apple) believe a
 * server to be behind a NAT, and refuse it, unless it says their own hash of it back; both cover the same cookies, and
 * nothing relies on NAT-D for security. Empty (and bad) for others. */
struct l2s_rd l2s_natd_echo(const struct l2s_vendors *peer, const struct l2s_payloads *s);

/* NAT-OA (RFC 3947, 5.2): an address without a port. EPROTO for other ID types or lengths. */
int l2s_natoa_read(struct l2s_rd body, l2tpsec_addr *out);
void l2s_natoa_put(struct l2s_chain *c, enum l2s_natt v, const l2tpsec_addr *addr);

#endif
