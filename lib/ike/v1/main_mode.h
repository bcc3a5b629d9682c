/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Main mode (RFC 2409, 5, 5.1 and 5.4), here with a pre-shared key; how a proof looks is auth.h's:
 *
 *      Initiator                  Responder
 *      HDR, SA, VID       -->                       message 1
 *                         <--     HDR, SA, VID              2
 *      HDR, KE, Ni, NAT-D -->                               3
 *                         <--     HDR, KE, Nr, NAT-D        4
 *      HDR*, IDii, HASH_I -->                               5
 *                         <--     HDR*, IDir, HASH_R        6
 */
#ifndef L2S_IKE_V1_MAIN_MODE_H
#define L2S_IKE_V1_MAIN_MODE_H

#include "ike/v1/auth.h"
#include "ike/v1/peer.h"

/* A message of the exchange as its steps see it. */
struct l2s_v1_message {
    const struct l2s_isakmp *h;
    struct l2s_v1_path from;
    uint8_t *p; /* from the header on, as long as the header says; what is encrypted is decrypted in place */
    size_t n;
    uint64_t mark; /* of the datagram as it came (l2s_repeat) */
    struct l2s_payloads payloads;
};

/* Encrypt what goes out; the chain needs no end. */
int l2s_v1_message_seal(struct l2s_v1_sa *sa, uint8_t *iv, struct l2s_chain *c);
/* Open and collect an encrypted message; EPROTO: it makes no sense, very likely because the keys differ. */
int l2s_v1_message_open(struct l2s_v1_message *m, const struct l2s_v1_sa *sa, uint8_t *iv);

void l2s_v1_main_fsm(struct l2s_v1_sa *sa); /* set up sa->fsm */

/* Begin with this peer, as initiator: first is where in our policy the offer starts. Failures are told by a timer. */
int l2s_v1_main_begin(struct l2s_v1_peer *p, uint16_t first);
/* A main mode message for an SA we know. */
void l2s_v1_main_input(struct l2s_v1_sa *sa, struct l2s_v1_message *m);
/* Message 1 or 3 of somebody we do not know, or barely. */
void l2s_v1_main_knock(struct l2s_ike *e, struct l2s_v1_message *m);
/* The host's late answer. */
bool l2s_v1_main_waits_for_psk(const struct l2s_v1_sa *sa);
void l2s_v1_main_psk(struct l2s_v1_sa *sa, const uint8_t *psk, size_t len);
bool l2s_v1_main_waits_for_signature(const struct l2s_v1_sa *sa);
void l2s_v1_main_signature(struct l2s_v1_sa *sa, const uint8_t *sig, size_t len);
/* Unproven words of the peer: remembered as what it may be, and patience gets shorter. */
void l2s_v1_main_hint(struct l2s_v1_sa *sa, uint16_t notify);
/* Words that cannot be read, while message 5 waits for an answer. */
void l2s_v1_main_noise(struct l2s_v1_sa *sa);
/* A proven refusal while message 5 waits for an answer. */
void l2s_v1_main_refused(struct l2s_v1_sa *sa, uint16_t notify);
void l2s_v1_main_silence(struct l2s_v1_sa *sa);   /* the last repetition went unanswered */
void l2s_v1_main_impatient(struct l2s_v1_sa *sa); /* the SA's timer, before it is up */

/* ---- between the files of main mode ---- */

/* Aggressive mode (aggressive.h) has the same states and events. */
enum l2s_v1_main_state {
    L2S_MM_NONE,
    L2S_MM_I_KEY,  /* initiator: the host is asked for the key */
    L2S_MM_I_SA,   /* message 1 sent */
    L2S_MM_I_KE,   /* message 3 sent */
    L2S_MM_I_AUTH, /* message 5 sent */
    L2S_MM_R_KE,   /* responder: message 4 sent */
    L2S_MM_R_KEY,  /* message 5 is here, the host is asked for the key */
    L2S_MM_UP,
    L2S_MM_I_SIGN, /* initiator: the host signs message 5 */
    L2S_MM_R_SIGN, /* responder: the host signs message 6 */
    L2S_MM_STATES
};

enum l2s_v1_main_event {
    L2S_ME_BEGIN,
    L2S_ME_KEY,  /* the host has a key */
    L2S_ME_SA,   /* message 1 or 2 */
    L2S_ME_KE,   /* message 3 or 4 */
    L2S_ME_AUTH, /* message 5 or 6 */
    L2S_ME_SIGNED,
    L2S_ME_EVENTS
};

extern const struct l2s_payload_rule l2s_v1_rules_sa[], l2s_v1_rules_ke[], l2s_v1_rules_auth[];

/* Initiator. */
int l2s_v1_main_begin_sa(void *self, const void *arg);     /* ask for the key */
int l2s_v1_main_send_offer(void *self, const void *arg);   /* message 1 */
int l2s_v1_main_recv_answer(void *self, const void *arg);  /* 2 */
int l2s_v1_main_recv_ke_i(void *self, const void *arg);    /* 4 */
int l2s_v1_main_send_proof(void *self, const void *arg);   /* 5 */
int l2s_v1_main_recv_proof_i(void *self, const void *arg); /* 6 */
/* Responder. */
int l2s_v1_main_recv_ke_r(void *self, const void *arg);    /* 3 */
int l2s_v1_main_recv_proof_r(void *self, const void *arg); /* 5 */
int l2s_v1_main_try_key(void *self, const void *arg);
int l2s_v1_main_send_proof_r(void *self, const void *arg); /* 6 */

/* What aggressive mode shares: the initiator's suppositions of what went wrong, and the end of its patience; */
void l2s_v1_main_suppose(struct l2s_v1_sa *sa, uint32_t cause, const char *step, const char *hint, uint16_t notify);
void l2s_v1_main_lose_patience(struct l2s_v1_sa *sa, uint64_t after);
void l2s_v1_main_go_on(struct l2s_v1_sa *sa); /* an answer came after all */
void l2s_v1_main_move_ports(struct l2s_v1_sa *sa);
/* false: it is proven, but not to be whom we want, and the attempt is over. */
bool l2s_v1_main_welcome(struct l2s_v1_sa *sa, const struct l2s_ike_id *id);
/* ... and the responder's half-open ones and refusals. */
int l2s_v1_main_adopt(struct l2s_v1_sa *sa, const struct l2s_half *half);
void l2s_v1_main_refuse(struct l2s_ike *e, const struct l2tpsec_addr *remote, const struct l2s_failure *why);
void l2s_v1_main_refuse_offer(struct l2s_ike *e, const struct l2s_v1_message *m, const struct l2s_ike_config *cfg,
                              int rc);
bool l2s_v1_main_says(const struct l2s_payloads *s, uint16_t notify);
int l2s_v1_main_contact(const struct l2s_v1_sa *sa, const struct l2s_payloads *s, bool *said);

/* To be tried when an offer was refused, and what to say when one would have taken it. */
#define L2S_V1_PRESETS 3u
extern const struct l2s_v1_preset {
    const char *name, *hint, *fits;
} l2s_v1_presets[L2S_V1_PRESETS];

/* Both: vendor IDs, as far as the configuration lets us say them: an initiator's, or (theirs) the answer to an initiator's. And the
 * NAT traversal to speak with a peer that sent these. */
void l2s_v1_main_put_vendors(struct l2s_chain *c, const struct l2s_ike_config *cfg, const struct l2s_vendors *theirs);
enum l2s_natt l2s_v1_main_natt(const struct l2s_ike_config *cfg, const struct l2s_vendors *theirs);
int l2s_v1_main_put_half(struct l2s_v1_sa *sa, struct l2s_chain *c); /* our public value and nonce */
bool l2s_v1_main_forces(const struct l2s_v1_sa *sa);                 /* encapsulation, NAT or not */
int l2s_v1_main_put_natd(struct l2s_v1_sa *sa, struct l2s_chain *c, const struct l2s_v1_path *path,
                         const struct l2s_payloads *theirs);
int l2s_v1_main_put_ke(struct l2s_v1_sa *sa, struct l2s_chain *c, const struct l2s_v1_path *path,
                       const struct l2s_payloads *theirs);
int l2s_v1_main_take_ke(struct l2s_v1_sa *sa, const struct l2s_payloads *s);
int l2s_v1_main_agree(struct l2s_v1_sa *sa);
int l2s_v1_main_check_nat(struct l2s_v1_sa *sa, const struct l2s_payloads *s, const struct l2s_v1_path *path);
void l2s_v1_main_put_contact(const struct l2s_v1_sa *sa, struct l2s_chain *c); /* INITIAL-CONTACT, if it is due */
void l2s_v1_main_log_key(const struct l2s_v1_sa *sa);                          /* for Wireshark */
/* The question to the host, for an SA in either role. */
int l2s_v1_main_ask(struct l2s_v1_sa *sa, uint32_t candidate);
/* The offered and the allowed of a phase 1 refusal. */
void l2s_v1_main_offers(struct l2s_ike *e, const struct l2s_ike_config *cfg, struct l2s_rd sa_body,
                        struct l2s_failure *f);
void l2s_v1_main_fail(struct l2s_v1_sa *sa, const struct l2s_failure *why);
/* Responder: the exchange is over, and the host is told. */
void l2s_v1_main_turn_away(struct l2s_v1_sa *sa, const struct l2s_failure *why);

#endif
