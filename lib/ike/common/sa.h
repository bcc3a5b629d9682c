/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The SA payload: offers written, offers chosen from, answers written and answers checked (RFC 2408, 3.4 to 3.6 and
 * 4.2; RFC 2407, 4.4 and 4.5; RFC 2409, 5 and appendix A). All functions work on the body of an SA payload: from DOI
 * on.
 *
 * Choosing. Every transform of the offer is looked at, at most L2S_TRANSFORMS_MAX; unknown protocols, transforms,
 * attributes and values make that transform unacceptable, never the message. Of those which our policy lists the
 * PEER's first one is taken: its order tells what works best there, all of them are good enough for us, and both ends
 * of a retry come to the same result. Numbers of proposals and transforms may be anything, 0 included.
 *
 * Lifetimes are obeyed as the peer says (never fail on them), within limits that keep a peer from
 * making us rekey without end: none or 0 is taken as L2S_LIFE_DEFAULT seconds, less than L2S_LIFE_MIN as that. */
#ifndef L2S_IKE_COMMON_SA_H
#define L2S_IKE_COMMON_SA_H

#include "ike/common/header.h"
#include "ike/common/proposal.h"
#include "wire/rd.h"
#include "wire/wr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define L2S_TRANSFORMS_MAX 256 /* of one SA payload; the rest is not looked at */

#define L2S_LIFE_DEFAULT 28800u /* seconds; RFC 2407, 4.5 */
#define L2S_LIFE_MIN 10u        /* seconds */

/* Bits of an AES key as a transform says them: none is 128 (seen in the field), and Vista's beta had the bytes swapped. */
uint32_t l2s_aes_bits(uint32_t said);

/* Encapsulation modes of RFC 2407, 4.5; RFC 3947, 5.1 and the drafts. */
enum l2s_encap_mode {
    L2S_MODE_UNSAID = 0, /* attribute missing: host dependent, so it is ours to say transport */
    L2S_MODE_TUNNEL = 1,
    L2S_MODE_TRANSPORT = 2,
    L2S_MODE_UDP_TUNNEL = 3,
    L2S_MODE_UDP_TRANSPORT = 4,
    L2S_MODE_UDP_TUNNEL_DRAFT = 61443,
    L2S_MODE_UDP_TRANSPORT_DRAFT = 61444,
};

/* ---- phase 1 ---- */

struct l2s_ike_choice {
    struct l2s_ike_proposal p;
    uint32_t life_s;  /* within the limits above */
    uint32_t life_kb; /* 0: no limit */
    uint8_t proposal_no, transform_no;
    struct l2s_rd attrs; /* as offered: borrowed from the offer, and echoed by the answer */
};

/* Our offer: one proposal, these n transforms numbered from 1, all of one authentication method. Use with an SA
 * payload open. A slice of the policy, because offers should be short (a whole policy makes a first message that must
 * be fragmented, and some servers drop it): L2S_OFFER_MAX of them, and the next ones when these were refused. */
#define L2S_OFFER_MAX 10
void l2s_ike_sa_put_offer(struct l2s_wr *w, const struct l2s_ike_proposal *p, size_t n, uint32_t life_s);

/* Responder. L2TPSEC_OK; ENOENT: nothing acceptable in it (NO-PROPOSAL-CHOSEN); EUNSUP: another DOI or situation;
 * EPROTO: malformed. out->p.method says which of the policy's methods it is. */
int l2s_ike_sa_choose(struct l2s_rd body, const struct l2s_ike_policy *p, struct l2s_ike_choice *out);

/* The answer: exactly one transform, numbers and attributes byte by byte as offered (RFC 2409, 5). */
void l2s_ike_sa_put_answer(struct l2s_wr *w, const struct l2s_ike_choice *c);

/* Initiator: the answer must be one proposal with one transform that is one of ours, by attributes and not by numbers;
 * lifetimes may differ. Results as above, ENOENT meaning: not what we offered. */
int l2s_ike_sa_check_answer(struct l2s_rd body, const struct l2s_ike_proposal *offered, size_t n,
                            struct l2s_ike_choice *out);

/* ---- phase 2 ---- */

/* Which modes will do. Transport with and without UDP only: L2TP needs nothing else (RFC 3193, 3). */
enum l2s_modes {
    L2S_MODES_PLAIN,        /* no NAT: plain transport; a peer that names only UDP modes is refused */
    L2S_MODES_UDP,          /* NAT: a UDP transport mode, of RFC or drafts */
    L2S_MODES_UDP_OR_PLAIN, /* NAT: the same first, plain transport as a last resort (encapsulated all the same) */
};

struct l2s_esp_terms { /* what a phase 2 offer is judged by */
    enum l2s_modes modes;
    size_t ke_len;       /* bytes of the peer's KE payload; 0: none, and then no transform may have a group */
    uint32_t pfs_groups; /* bits 1 << group: taken if the peer asks for PFS, and our policy has none */
    bool sha256_last; /* the peer cuts HMAC-SHA-256 short: for lack of anything else only (l2s_vendors_short_sha256) */
};

struct l2s_esp_offer {
    uint32_t spi;  /* we receive on it */
    uint16_t mode; /* enum l2s_encap_mode */
    uint32_t life_s;
    uint32_t life_kb; /* 0: no limit offered */
};

struct l2s_esp_choice {
    struct l2s_esp_proposal p; /* group: what was agreed, NONE without PFS */
    uint16_t mode;             /* enum l2s_encap_mode: TRANSPORT, a UDP transport or UNSAID */
    uint32_t spi;              /* the peer receives on it */
    uint32_t life_s, life_kb;
    uint8_t proposal_no, transform_no, transform_id;
    struct l2s_rd attrs;
};

/* Our offer: one ESP proposal with a transform for each of the policy that has the policy's first group: quick mode
 * has one KE payload, so one group for all of an offer (RFC 2409, 5.5). p->p[0].group says which, and whether a KE is
 * needed. */
void l2s_esp_sa_put_offer(struct l2s_wr *w, const struct l2s_esp_policy *p, const struct l2s_esp_offer *o);

/* Responder; results as in phase 1. Proposals of several protocols under one number (AH or IPCOMP with ESP) are
 * skipped. A policy's proposal with a group demands that group; one without takes none, or one of terms->pfs_groups.
 * Reserved SPIs (below 256) make a proposal unacceptable. */
int l2s_esp_sa_choose(struct l2s_rd body, const struct l2s_esp_policy *p, const struct l2s_esp_terms *t,
                      struct l2s_esp_choice *out);

/* The answer: as offered, with our SPI. */
void l2s_esp_sa_put_answer(struct l2s_wr *w, const struct l2s_esp_choice *c, uint32_t spi);

/* Initiator: one ESP proposal, one transform that is one of ours. The group must be the offer's, whether or not a KE
 * came is the caller's to check against out->p.group. Any transport mode value that means the same as ours will do. */
int l2s_esp_sa_check_answer(struct l2s_rd body, const struct l2s_esp_policy *offered, const struct l2s_esp_offer *o,
                            struct l2s_esp_choice *out);

/* True for modes that mean ESP in UDP. */
bool l2s_mode_udp(uint16_t mode);

/* 1 << group of every group of a phase 1 policy, and those it has for PFS alone: what a peer may ask for in phase 2. */
uint32_t l2s_ike_policy_groups(const struct l2s_ike_policy *p);

/* ---- what a peer offered, in words, for a failure's event ---- */

/* Comma separated as in policies; numbers outside our tables as "encr-9", "auth-8", "group-22"; authentication methods
 * other than PSK are added ("rsa", "method-65005"), and so are modes other than transport ("tunnel"), and "odd" where
 * attributes are unknown or contradict each other. Repeats are left out. NUL ended, cut with "..." where it does not
 * fit; returns the length. A malformed rest is left out. */
size_t l2s_ike_sa_text(struct l2s_rd body, char *out, size_t cap);
size_t l2s_esp_sa_text(struct l2s_rd body, char *out, size_t cap);

#endif
