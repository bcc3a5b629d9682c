/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Policies and proposals: what we offer and accept in phase 1 and 2, from the words a strongSwan user knows
 * ("aes256-sha1-modp2048", "aes256gcm16-ecp256") to SA payloads (RFC 2407, 4.4 and 4.5; RFC 2409, appendix A) and
 * back. */
#ifndef L2S_IKE_COMMON_PROPOSAL_H
#define L2S_IKE_COMMON_PROPOSAL_H

#include "crypto/provider.h"

#include <stdbool.h>
#include <stdint.h>

/* How phase 1 is proven (RFC 2409, appendix A; RFC 4754): no words of proposals, policies say it apart. */
enum l2s_auth_method { L2S_BY_PSK, L2S_BY_RSA, L2S_BY_ECDSA256, L2S_BY_ECDSA384, L2S_BY_ECDSA521, L2S_BY_COUNT };

struct l2s_ike_proposal { /* one phase 1 transform */
    uint8_t cipher;       /* enum l2s_cipher_id */
    uint8_t hash;         /* enum l2s_hash_id: hash and PRF */
    uint8_t group;        /* enum l2s_group_id */
    uint8_t method;       /* enum l2s_auth_method */
    uint16_t key_len;     /* bytes; 3DES: 24 */
};

struct l2s_esp_proposal { /* one phase 2 transform */
    struct l2s_esp_suite suite;
    uint8_t group; /* PFS: enum l2s_group_id; L2S_GROUP_NONE: without */
};

#define L2S_PROPOSALS_MAX 64

struct l2s_ike_policy {
    uint16_t n;
    uint16_t methods; /* responder: 1 << enum l2s_auth_method of each that will do; 0: PSK alone */
    uint32_t pfs;     /* responder: 1 << group of each that a peer may ask for in phase 2, besides those of p */
    struct l2s_ike_proposal p[L2S_PROPOSALS_MAX];
};

struct l2s_esp_policy {
    uint16_t n;
    struct l2s_esp_proposal p[L2S_PROPOSALS_MAX];
};

/* Parse a comma list of proposals. On L2TPSEC_EINVAL *error names the word that is wrong (points into text) and
 * *error_len its length; out is left alone. A proposal that lacks a word is named whole. L2TPSEC_EUNSUP: a word that
 * was switched off when this was built; L2TPSEC_ERANGE: more than L2S_PROPOSALS_MAX with this proposal; *error names
 * it too. A trailing '!' is allowed and means nothing more. Several words of a kind multiply out, as strongSwan does
 * ("aes256-aes128-sha1-modp2048"). In ESP proposals without a group there is no PFS. */
int l2s_ike_policy_parse(const char *text, struct l2s_ike_policy *out, const char **error, size_t *error_len);
int l2s_esp_policy_parse(const char *text, struct l2s_esp_policy *out, const char **error, size_t *error_len);

/* "modern", "compatible", "legacy" (docs/ike.md): L2TPSEC_ENOENT for another name. */
int l2s_policy_preset(const char *name, struct l2s_ike_policy *ike, struct l2s_esp_policy *esp);

/* Drop from a policy what the provider lacks. */
void l2s_ike_policy_fit(struct l2s_ike_policy *p, const struct l2s_crypto *c);
void l2s_esp_policy_fit(struct l2s_esp_policy *p, const struct l2s_crypto *c);

bool l2s_ike_proposal_legacy(const struct l2s_ike_proposal *p);
bool l2s_esp_proposal_legacy(const struct l2s_esp_proposal *p);

/* Render as the same words, comma separated, cut with "..." where it does not fit; returns the length written. */
size_t l2s_ike_policy_text(const struct l2s_ike_policy *p, char *out, size_t cap);
size_t l2s_esp_policy_text(const struct l2s_esp_policy *p, char *out, size_t cap);
/* One of them; L2S_PROPOSAL_TEXT holds any. */
#define L2S_PROPOSAL_TEXT 48
size_t l2s_ike_proposal_text(const struct l2s_ike_proposal *p, char *out, size_t cap);
size_t l2s_esp_proposal_text(const struct l2s_esp_proposal *p, char *out, size_t cap);

#endif
