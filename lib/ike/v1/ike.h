/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The face of the IKE wing: IKEv1 (RFC 2407, 2408, 2409) main mode and quick mode, initiator and responder, for transport
 * mode SAs of L2TP (RFC 3193). It gives core SA pairs by channel; it never sees L2TP.
 *
 * A channel is one peer as IKE proved it: local address, remote address and port, identity. IKE SAs come and go under it
 * (an IKE SA that is renewed, or expires while its IPsec SAs live on), and so do the SA pairs. Two clients behind one NAT
 * are two channels, since their ports differ. A channel's number is a handle of this wing (idtab): never reused. */
#ifndef L2S_IKE_V1_IKE_H
#define L2S_IKE_V1_IKE_H

#include "base/failure.h"
#include "base/sys.h"
#include "crypto/provider.h"
#include "ike/common/proposal.h"

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>
#include <stdint.h>

struct l2s_ike;

enum l2s_encap { L2S_ENCAP_AUTO, L2S_ENCAP_ALWAYS, L2S_ENCAP_NEVER };

#define L2S_ID_MAX 256

struct l2s_ike_id {
    uint8_t type; /* ID_ type of RFC 2407, 4.6.2.1; 0: our address */
    uint8_t len_reserved;
    uint16_t len;
    uint8_t data[L2S_ID_MAX];
};

struct l2s_ike_config {
    struct l2s_ike_policy ike;   /* phase 1 proposals, in order of preference */
    struct l2s_esp_policy esp;   /* phase 2 proposals */
    uint32_t ike_lifetime_s;     /* default 28800 */
    uint32_t esp_lifetime_s;     /* default 3600 */
    uint32_t esp_lifetime_kb;    /* 0: none offered; the peer's is obeyed anyway */
    uint32_t rekey_margin_s;     /* phase 1 and 2 renew this long before the end (jittered); 0: a tenth, at least 3 s */
    uint64_t untold;             /* L2S_VID_ bits of what we do not tell of us in vendor IDs */
    uint32_t fragment;           /* our longest IP packet with IKE to peers that take fragments; 0: never cut */
    uint32_t retry_ms;           /* first retransmission; each wait is longer than the last: ike/common/retransmit.h */
    uint32_t retries;            /* then the peer is gone */
    uint32_t dpd_s;              /* R-U-THERE after this long without a word while we send; default 10; 0: never */
    uint32_t dpd_retries;        /* default 4, a second apart */
    uint32_t keepalive_s;        /* NAT keepalive; default 20 */
    enum l2s_encap encap;        /* ALWAYS: make the peer believe it is behind NAT */
    struct l2s_ike_id local_id;  /* type 0: our address */
    struct l2s_ike_id remote_id; /* initiator: identity demanded of the peer; type 0: any */
    uint32_t half_open_max;      /* responder: unproven initiators at a time; default 1024 */
    bool aggressive;             /* initiator: dial in aggressive mode (PSK only); responder: answer it */
    bool clear_proof;            /* responder: take message 5 of main mode unencrypted, too */
    bool initial_contact;        /* initiator: say so in message 5; default true */
    uint16_t local_port, remote_port; /* initiator: ports inside quick mode's IDs; 1701 both */
    uint8_t method;                   /* initiator: enum l2s_auth_method on offer; a responder's are in ike.methods */
    struct l2s_own *own;              /* borrowed; our certificates: NULL: none */
    struct l2s_trust *trust;          /* borrowed; who vouches for peers; NULL: nobody */
    struct l2s_ike_id own_name;       /* the DN in our certificate: who we are when local_id has type 0 */
    bool crl_required;                /* a certificate needs a revocation list that is up to date */
    bool weak_certificates;           /* SHA-1 and RSA from 1024 bits on will do */
};

/* What a PSK is looked up by. In aggressive mode the responder asks once, with the identity the initiator claims. In main mode it
 * knows no identity before it has a key: it asks with id.type 0 at first, and then, with message 5 in hand, for further
 * candidates (1, 2, ...) until one fits or the port says ENOENT. */
struct l2s_psk_query {
    l2tpsec_addr local, remote;
    struct l2s_ike_id id; /* initiator: the configured remote_id; responder: what is claimed, or unknown (type 0) */
    bool initiator;
    uint32_t candidate;
    void *owner; /* initiator: what connect was given; responder: NULL */
};

#define L2S_PSK_MAX 256

/* A hash to be signed by the host, who keeps the private key of cert (DER). */
struct l2s_sign_query {
    l2tpsec_addr local, remote;
    uint8_t method; /* enum l2s_auth_method */
    void *owner;    /* of a link we dialled; else NULL */
    struct l2s_bytes cert, hash;
};

/* One SA pair for the ESP wing. Keys are borrowed for the call. */
struct l2s_ike_child {
    uint64_t id; /* of this pair, within the wing: for rekey and delete */
    uint32_t spi_in, spi_out;
    struct l2s_esp_suite suite;
    const uint8_t *enc_in, *auth_in, *enc_out, *auth_out;
    /* We began this quick mode: the peer may not have installed the pair yet, so go on sending on the old one, if there is
     * one, for a moment. */
    bool initiator;
    /* We answered, and the peer's last message is not here yet: receive with the pair now, for the peer may send at once; send
     * with it when child_confirmed, or a packet that came by it, shows that the peer has it. */
    bool unconfirmed;
    bool udp_encap;                         /* RFC 3948 in UDP 4500, or protocol 50 */
    l2tpsec_addr local, remote;             /* outer, as packets go now */
    l2tpsec_addr local_inner, remote_inner; /* what the peers call themselves (NAT-OA): for inner checksums over IPv6 */
    uint16_t local_port, remote_port;       /* selectors; 0: any */
    uint32_t lifetime_s;
    uint64_t lifetime_bytes; /* 0: none */
    bool sha256_96;          /* the peer is of a kind that may cut HMAC-SHA-256 at 96 bits */
    bool legacy;             /* 3DES, MD5, MODP-1024/1536 took part in phase 1 or 2 */
    bool aggressive;         /* phase 1 was in aggressive mode */
};

struct l2s_ike_port {
    void *self;
    /* Send an IKE message. marker: it goes between NAT-T ports, so core puts the non-ESP marker (RFC 3948, 2.2) in front; there is
     * no room for it in front of p. */
    void (*emit)(void *self, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool marker, const uint8_t *p,
                 size_t n);
    /* A message in the clear; traced: what traces call its channel (l2s_ike_owner). NULL: nobody wants to see them. */
    void (*tap)(void *self, uint64_t traced, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool sent,
                const uint8_t *p, size_t n);
    /* Nothing was sent for long: one byte FF (RFC 3948, 2.3), or anything better. */
    void (*keepalive)(void *self, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote);
    /* L2TPSEC_OK; L2S_PENDING: l2s_ike_psk_answer comes later with this token; ENOENT: none for this peer. */
    int (*psk)(void *self, const struct l2s_psk_query *q, uint64_t token, uint8_t psk[L2S_PSK_MAX], size_t *len);
    /* The same for a signature, answered by l2s_ike_signature_answer; may be NULL: no host keeps keys. */
    int (*sign)(void *self, const struct l2s_sign_query *q, uint64_t token, uint8_t sig[L2S_SIGNATURE_MAX],
                size_t *len);
    /* Seconds since 1970; not OK, or NULL: nobody knows. */
    int (*wall_clock)(void *self, int64_t *now);
    uint32_t (*spi_reserve)(void *self); /* of the ESP wing; 0: none */
    void (*spi_release)(void *self, uint32_t spi);

    /* Phase 1 is done, first time for this channel. Initiator: owner is connect's. proposal: what was agreed, in words. Not OK: the
     * peer is turned away, and failed is called for an owner. */
    int (*channel_up)(void *self, uint64_t channel, void *owner, const struct l2s_ike_id *peer_id,
                      const char *proposal);
    /* A new SA pair: install it at once. Not OK: it is deleted again. */
    int (*child_up)(void *self, uint64_t channel, const struct l2s_ike_child *child);
    /* The peer has it, too (unconfirmed ones only). */
    void (*child_confirmed)(void *self, uint64_t channel, uint64_t child);
    /* It is gone (deleted by the peer or by us, replaced, expired): take it out. */
    void (*child_down)(void *self, uint64_t channel, uint64_t child);
    /* The channel ended: dead peer, deleted with nothing left, failure, close. No child is left. */
    void (*channel_down)(void *self, uint64_t channel, void *owner, const struct l2s_failure *why);
    /* A connect that never brought up a first child, or a responder's exchange refused (owner NULL; what strangers can
     * provoke comes at most 16 times, then once a second): for the event. */
    void (*failed)(void *self, void *owner, const l2tpsec_addr *remote, const struct l2s_failure *why);
    /* The peer says it restarted (authenticated INITIAL-CONTACT): what ran on this channel is void. */
    void (*channel_reset)(void *self, uint64_t channel);
    /* The outer address or port of a channel's peer changed (float to 4500, NAT rebinding). */
    void (*channel_moved)(void *self, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote,
                          bool udp_encap);
    /* Keys for Wireshark: initiator cookie (8 bytes) and the phase 1 encryption key. ESP's are core's to log. */
    void (*keylog)(void *self, const uint8_t icookie[8], const uint8_t *key, size_t len);
};

struct l2s_ike_stats {
    uint64_t drops[L2TPSEC_DROP_COUNT];
    uint64_t half_open, established, refused;
};

int l2s_ike_new(struct l2s_sys *sys, struct l2s_crypto *crypto, const struct l2s_ike_port *port, struct l2s_ike **out);
void l2s_ike_free(struct l2s_ike *e); /* says nothing on the wire, calls nobody */

/* Answer main modes with this configuration (borrowed until replaced); NULL: stop answering new ones. */
void l2s_ike_listen(struct l2s_ike *e, const struct l2s_ike_config *cfg);

/* Begin phase 1 and a first quick mode. Ports of local and remote are 500 (or what the host uses instead); nat_port is
 * what remote's 4500 is. cfg is borrowed until channel_down or failed. The outcome comes by the port with this owner. */
int l2s_ike_connect(struct l2s_ike *e, const struct l2s_ike_config *cfg, const l2tpsec_addr *local,
                    const l2tpsec_addr *remote, uint16_t local_nat_port, uint16_t remote_nat_port, void *owner);
/* Of a connect just begun: encapsulate as by L2S_ENCAP_ALWAYS. */
void l2s_ike_encapsulate(struct l2s_ike *e, void *owner);
/* Give up a connect that has no channel yet, or close its channel. owner is not used afterwards; nobody is called. */
void l2s_ike_abandon(struct l2s_ike *e, void *owner);
/* Of the connect that a trace speaks of, before it has a channel; NULL: of none. */
void *l2s_ike_owner(const struct l2s_ike *e, uint64_t traced);

/* One IKE message, marker stripped; nat_t: it had one. p may be decrypted in place. */
void l2s_ike_input(struct l2s_ike *e, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool nat_t, uint8_t *p,
                   size_t n);

/* NULL: none. L2TPSEC_ENOENT: nobody waits for it any more. */
int l2s_ike_psk_answer(struct l2s_ike *e, uint64_t token, const uint8_t *psk, size_t len);

int l2s_ike_signature_answer(struct l2s_ike *e, uint64_t token, const uint8_t *sig, size_t len);

/* Say to the peer that the children go, a moment before l2s_ike_close. They stay until then. */
void l2s_ike_part(struct l2s_ike *e, uint64_t channel);
/* Delete every child and IKE SA of the channel, with a word to the peer; channel_down is not called. */
void l2s_ike_close(struct l2s_ike *e, uint64_t channel);
/* Our own address is another now (client): what we send comes from there. */
void l2s_ike_roam(struct l2s_ike *e, uint64_t channel, const l2tpsec_addr *local);
/* Renew the pair now: bytes or sequence numbers run out. Nothing if that is under way. */
void l2s_ike_rekey(struct l2s_ike *e, uint64_t channel, uint64_t child);
/* A packet came in by a child that was given as unconfirmed: the peer has it. */
void l2s_ike_used(struct l2s_ike *e, uint64_t channel, uint64_t child);
/* Core saw traffic: in: an authenticated packet of the channel came in (proof of life); else: we sent and wait for a word. */
void l2s_ike_traffic(struct l2s_ike *e, uint64_t channel, bool in);
/* An authenticated, newest ESP packet of the channel came from elsewhere (RFC 3947, 4): follow, unless only we are behind
 * a NAT. */
void l2s_ike_moved(struct l2s_ike *e, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote);
/* The peers of these two channels call themselves by names that differ. Addresses are not looked at: they are the network's. */
bool l2s_ike_differ(const struct l2s_ike *e, uint64_t a, uint64_t b);

const struct l2s_ike_stats *l2s_ike_stats(const struct l2s_ike *e);

#endif
