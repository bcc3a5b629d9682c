/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Quick mode (RFC 2409, 5.5) for a transport mode ESP SA pair of L2TP (RFC 3193):
 *
 *      Initiator                                              Responder
 *      HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr [, NAT-OA] -->                                           message 1
 *                                  <--  HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr [, NAT-OA]                      2
 *      HDR*, HASH(3)                                       -->                                                   3
 */
#ifndef L2S_IKE_V1_QUICK_MODE_H
#define L2S_IKE_V1_QUICK_MODE_H

#include "ike/common/id.h"
#include "ike/v1/main_mode.h"

#define L2S_V1_L2TP_PORT 1701
#define L2S_V1_UDP 17
#define L2S_V1_PORTS_USED 1024 /* for L2TP nobody takes one below */

struct l2s_v1_quick {
    struct l2s_v1_grave grave; /* first */
    struct l2s_node node;      /* of sa->quicks */
    struct l2s_v1_sa *sa;
    struct l2s_fsm fsm;
    bool initiator, gone;
    uint32_t id; /* message id */
    uint8_t iv[L2S_CIPHER_BLOCK_MAX];
    struct l2s_v1_path path; /* responder: where the peer's messages of this exchange come from */
    struct l2s_retransmit ours;
    struct l2s_repeat theirs;
    struct l2s_timer linger; /* over: how long repetitions of the last message are known */

    uint8_t group;     /* initiator: of this offer */
    uint64_t replaces; /* initiator: pair that is to go when this one is there */
    uint32_t renew_s;  /* responder: our own lifetime, which only says when to renew; 0: the peer's */
    uint64_t child;    /* responder: pair given to core with message 2 */
    bool proven;       /* responder: message 3 came */
    bool unspent;      /* responder: we said nothing, so its message id may come again */
    uint32_t spi_in;   /* reserved; ours to give back as long as it is not 0 */
    struct l2s_esp_offer offer;
    struct l2s_esp_choice choice; /* its attrs borrow from a message: valid in its step only */
    struct l2s_v1_blob ni, nr, gx;
    struct l2s_v1_blob idci, idcr; /* bodies, as the initiator sent them */
    struct l2s_v1_blob secret;     /* with PFS */
    struct l2s_dh *dh;
    uint16_t local_port, remote_port;
    l2tpsec_addr local_inner, remote_inner;
};

enum l2s_v1_quick_state { L2S_QM_NONE, L2S_QM_I_SENT, L2S_QM_R_SENT, L2S_QM_DONE, L2S_QM_STATES };
enum l2s_v1_quick_event { L2S_QE_BEGIN, L2S_QE_SA, L2S_QE_HASH, L2S_QE_EVENTS };

/* Begin one for a new pair; group: of the offer, L2S_GROUP_COUNT for the policy's first. */
int l2s_v1_quick_begin(struct l2s_v1_sa *sa, uint8_t group);
/* The group to offer after this one was refused (L2S_GROUP_COUNT: the first); L2S_GROUP_COUNT: none. */
uint8_t l2s_v1_quick_next_group(const struct l2s_ike_config *cfg, uint8_t group);
void l2s_v1_quick_input(struct l2s_v1_sa *sa, struct l2s_v1_message *m);
struct l2s_v1_quick *l2s_v1_quick_find(const struct l2s_v1_sa *sa, uint32_t id);
unsigned l2s_v1_quick_open_ones(const struct l2s_v1_sa *sa); /* of either side, not over yet */
/* Is one of ours under way? */
bool l2s_v1_quick_busy(const struct l2s_v1_sa *sa);
/* A proven refusal of the peer's: of the exchange whose SPI it names, or of the oldest of ours. */
void l2s_v1_quick_refused(struct l2s_v1_sa *sa, uint16_t notify, struct l2s_rd spi);
void l2s_v1_quick_end(struct l2s_v1_quick *q);
/* And its peer gets to know, when it was ours. */
void l2s_v1_quick_fail(struct l2s_v1_quick *q, const struct l2s_failure *why, bool silent);

/* ---- between the files of quick mode ---- */

struct l2s_v1_quick *l2s_v1_quick_new(struct l2s_v1_sa *sa, bool initiator, uint32_t id);
int l2s_v1_quick_step(struct l2s_v1_quick *q, unsigned event, const void *arg);
int l2s_v1_quick_send_offer(void *self, const void *arg);   /* message 1 */
int l2s_v1_quick_recv_offer(void *self, const void *arg);   /* 1 */
int l2s_v1_quick_recv_answer(void *self, const void *arg);  /* 2 */
int l2s_v1_quick_recv_refusal(void *self, const void *arg); /* instead of 2 */
int l2s_v1_quick_recv_proof(void *self, const void *arg);   /* 3 */

/* A message with its HASH payload first, over which hash is computed when the rest is there. */
struct l2s_v1_sealed {
    struct l2s_wr w;
    struct l2s_chain c;
    size_t hash_at;
};
void l2s_v1_quick_open(struct l2s_v1_quick *q, struct l2s_v1_sealed *out);
int l2s_v1_quick_close(struct l2s_v1_quick *q, struct l2s_v1_sealed *s, bool first);
bool l2s_v1_quick_verify(const struct l2s_v1_sa *sa, const struct l2s_payloads *s, const uint8_t *hash);
struct l2s_bytes l2s_v1_quick_rest(const struct l2s_payloads *s);

int l2s_v1_quick_own_half(struct l2s_v1_quick *q, uint8_t group); /* nonce, and a key pair with PFS */
int l2s_v1_quick_agree(struct l2s_v1_quick *q, struct l2s_rd ke);
/* Derive the keys, hand the pair to core, begin to count its life. */
int l2s_v1_quick_install(struct l2s_v1_quick *q);
void l2s_v1_quick_done(struct l2s_v1_quick *q); /* forget all but the answer to repetitions */
/* Shorten a lifetime by what RESPONDER-LIFETIME says (RFC 2407, 4.6.3.1). */
void l2s_v1_shorten(struct l2s_rd attrs, uint32_t *life_s, uint32_t *life_kb);
/* That of the pairs we are asking for: Cisco's ASA and VPN 3000 say it ahead of message 2, in a message of its own. */
void l2s_v1_quick_shorten(struct l2s_v1_sa *sa, struct l2s_rd attrs);

#endif
