/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Vendor IDs: who the peer is and what it can do (RFC 2408, 3.16). Matched by prefix: many carry a version behind
 * it. */
#ifndef L2S_IKE_COMMON_VENDOR_H
#define L2S_IKE_COMMON_VENDOR_H

#include "ike/common/payload.h"

#include <stdint.h>

/* Bits of l2s_vendors.seen. */
#define L2S_VID_NATT_RFC3947 (UINT64_C(1) << 0)
#define L2S_VID_NATT_03 (UINT64_C(1) << 1)
#define L2S_VID_NATT_02N (UINT64_C(1) << 2) /* with a newline in the hash */
#define L2S_VID_NATT_02 (UINT64_C(1) << 3)
#define L2S_VID_NATT_01 (UINT64_C(1) << 4)
#define L2S_VID_NATT_00 (UINT64_C(1) << 5)
#define L2S_VID_NATT_08 (UINT64_C(1) << 6)
#define L2S_VID_NATT_07 (UINT64_C(1) << 7)
#define L2S_VID_NATT_06 (UINT64_C(1) << 8)
#define L2S_VID_NATT_05 (UINT64_C(1) << 9)
#define L2S_VID_NATT_04 (UINT64_C(1) << 10)
#define L2S_VID_NATT_APPLE (UINT64_C(1) << 11) /* the draft without a number */
#define L2S_VID_NATT_SSH (UINT64_C(1) << 12)   /* "stenberg", ancient: seen, not spoken */
#define L2S_VID_DPD (UINT64_C(1) << 13)
#define L2S_VID_XAUTH (UINT64_C(1) << 14)
#define L2S_VID_UNITY (UINT64_C(1) << 15)
#define L2S_VID_FRAGMENTATION (UINT64_C(1) << 16)
#define L2S_VID_MS_NT5 (UINT64_C(1) << 17)
#define L2S_VID_MS_KEY_MODULE (UINT64_C(1) << 18)
#define L2S_VID_MS_NEGOTIATION_DISCOVERY (UINT64_C(1) << 19)
#define L2S_VID_MS_INITIAL_CONTACT (UINT64_C(1) << 20)
#define L2S_VID_MS_CGA (UINT64_C(1) << 21)
#define L2S_VID_MS_OTHER (UINT64_C(1) << 22) /* AuthIP, GSSAPI, load balancing */
#define L2S_VID_RACOON (UINT64_C(1) << 23)
#define L2S_VID_STRONGSWAN (UINT64_C(1) << 24)
#define L2S_VID_CISCO (UINT64_C(1) << 25)
#define L2S_VID_FORTIGATE (UINT64_C(1) << 26)
#define L2S_VID_SONICWALL (UINT64_C(1) << 27)
#define L2S_VID_JUNIPER (UINT64_C(1) << 28)
#define L2S_VID_CHECKPOINT (UINT64_C(1) << 29)
#define L2S_VID_NETGEAR (UINT64_C(1) << 30)
#define L2S_VID_ZYXEL (UINT64_C(1) << 31)
#define L2S_VID_OURS (UINT64_C(1) << 32) /* libl2tpsec */

struct l2s_vendors {
    uint64_t seen;      /* L2S_VID_ bits */
    uint32_t nt5;       /* version behind MS NT5 ISAKMPOAKLEY; 9: Windows 8 and later; 0: none */
    uint32_t fragments; /* capability word behind FRAGMENTATION; 0: none */
};

#define L2S_VIDS_DRAFTS_04_08                                                                                          \
    (L2S_VID_NATT_08 | L2S_VID_NATT_07 | L2S_VID_NATT_06 | L2S_VID_NATT_05 | L2S_VID_NATT_04 | L2S_VID_NATT_APPLE)
#define L2S_VIDS_DRAFTS                                                                                                \
    (L2S_VID_NATT_03 | L2S_VID_NATT_02N | L2S_VID_NATT_02 | L2S_VID_NATT_01 | L2S_VID_NATT_00 | L2S_VIDS_DRAFTS_04_08)
#define L2S_VIDS_NATT (L2S_VID_NATT_RFC3947 | L2S_VIDS_DRAFTS)

/* What we say as initiator, in this order: NAT-T of RFC 3947 and drafts 03, 02 with newline, 02; DPD; FRAGMENTATION; our own. */
#define L2S_VENDORS_INITIATOR                                                                                          \
    (L2S_VID_NATT_RFC3947 | L2S_VID_NATT_03 | L2S_VID_NATT_02N | L2S_VID_NATT_02 | L2S_VID_DPD |                       \
     L2S_VID_FRAGMENTATION | L2S_VID_OURS)

/* Note one VID payload; returns a constant word for the trace, "unknown" for others. */
const char *l2s_vendors_note(struct l2s_vendors *v, struct l2s_rd body);
void l2s_vendors_read(const struct l2s_payloads *s, struct l2s_vendors *out); /* all of a message */

/* What we answer as responder: the best NAT-T both have, DPD and FRAGMENTATION, if the peer sent them. */
uint64_t l2s_vendors_answer(const struct l2s_vendors *peer);

/* Write VID payloads for these bits (only those we can speak are written), in the table's order. */
void l2s_vendors_put(struct l2s_chain *c, uint64_t which);

/* The NAT traversal to speak with a peer that sent these: RFC 3947 first, then drafts 03 to 00, and 04 to 08 only for
 * lack of anything else. The initiator passes the responder's answer. */
enum l2s_natt l2s_vendors_natt(const struct l2s_vendors *peer);

/* The look of Android's racoon, many kernels under which cut HMAC-SHA-256 at 96 bits instead of 128: the SA comes up
 * and no packet gets through. For l2s_esp_terms.sha256_last. */
bool l2s_vendors_short_sha256(const struct l2s_vendors *peer);

#endif
