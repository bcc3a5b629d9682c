/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Walking the transforms of an SA payload (RFC 2408, 3.4 to 3.6), each with its attributes as numbers: what sa.c
 * chooses from and sa_text.c puts into words. Nothing outside these two needs it. */
#ifndef L2S_IKE_COMMON_TRANSFORM_H
#define L2S_IKE_COMMON_TRANSFORM_H

#include "ike/common/attr.h"
#include "ike/common/header.h"
#include "wire/rd.h"

#include <stdbool.h>
#include <stdint.h>

enum l2s_phase { L2S_PHASE1, L2S_PHASE2 };

/* What attributes say, whatever their numbers are in either phase. */
enum l2s_field {
    L2S_F_CIPHER, /* phase 1; in phase 2 it is the transform's id */
    L2S_F_HASH,   /* phase 1: hash; phase 2: authentication algorithm */
    L2S_F_METHOD, /* phase 1 */
    L2S_F_GROUP,
    L2S_F_KEY_BITS,
    L2S_F_MODE, /* phase 2 */
    L2S_F_COUNT
};

/* Attribute types of phase 1 (RFC 2409, appendix A) and 2 (RFC 2407, 4.5), and what else has numbers in an SA payload
 * (RFC 2407, 4.4.2 and 4.4.4; RFC 3602; RFC 4106, 8.3). */
enum {
    L2S_A1_CIPHER = 1,
    L2S_A1_HASH = 2,
    L2S_A1_METHOD = 3,
    L2S_A1_GROUP = 4,
    L2S_A1_LIFE_TYPE = 11,
    L2S_A1_LIFE = 12,
    L2S_A1_KEY_BITS = 14,

    L2S_A2_LIFE_TYPE = 1,
    L2S_A2_LIFE = 2,
    L2S_A2_GROUP = 3,
    L2S_A2_MODE = 4,
    L2S_A2_AUTH = 5,
    L2S_A2_KEY_BITS = 6,

    L2S_LIFE_SECONDS = 1,
    L2S_LIFE_KILOBYTES = 2,

    L2S_METHOD_PSK = 1,
    L2S_METHOD_RSA = 3,
    L2S_METHOD_ECDSA256 = 9, /* RFC 4754, 6 */
    L2S_METHOD_ECDSA384 = 10,
    L2S_METHOD_ECDSA521 = 11,

    L2S_KEY_IKE = 1,
    L2S_ESP_ID_3DES = 3,
    L2S_ESP_ID_AES = 12,
    L2S_ESP_ID_AES_GCM16 = 20,
};

struct l2s_transform {
    uint8_t proposal_no, protocol, no, id;
    struct l2s_rd spi, attrs;
    bool bundled; /* its proposal's number stands for several protocols at once */
    bool odd;     /* an attribute we do not know, or one said twice and differently */
    bool has[L2S_F_COUNT];
    uint32_t v[L2S_F_COUNT];  /* 0 when not said */
    uint64_t life_s, life_kb; /* the shortest said; 0: none */
};

struct l2s_transforms {
    enum l2s_phase phase;
    struct l2s_rd proposals, transforms; /* still to come; the latter of the proposal at hand */
    uint8_t next_proposal, next_transform;
    uint8_t proposal_no, protocol;
    struct l2s_rd spi;
    unsigned left;          /* of this proposal, as it announced */
    unsigned budget;        /* of the payload */
    uint16_t first_of[256]; /* protocol that was first seen under a proposal number, plus one */
    bool mixed[256];        /* and whether there was another */
};

/* Begin at the body of an SA payload. EUNSUP: a DOI other than IPsec, a situation other than identity only; EPROTO. */
int l2s_transforms_begin(struct l2s_transforms *t, enum l2s_phase phase, struct l2s_rd body);
/* 1: *out is one; 0: end, or enough of them; EPROTO: malformed (a chain that is not proposals of transforms, a count
 * that is not theirs, bytes left over, an attribute cut off). */
int l2s_transforms_next(struct l2s_transforms *t, struct l2s_transform *out);

/* Closed tables between wire numbers and our ids; 0 (the NONE of each) for what we do not know, or have no number
 * for. */
uint8_t l2s_hash_of_ike(uint32_t wire);
uint16_t l2s_ike_of_hash(uint8_t id);
uint8_t l2s_cipher_of_ike(uint32_t wire);
uint16_t l2s_ike_of_cipher(uint8_t id);
uint8_t l2s_group_of_ike(uint32_t wire);
uint16_t l2s_ike_of_group(uint8_t id);
/* L2S_BY_COUNT for what we do not know. */
uint8_t l2s_method_of_ike(uint32_t wire);
uint16_t l2s_ike_of_method(uint8_t id);
uint8_t l2s_esp_cipher_of_id(uint32_t wire);
uint16_t l2s_id_of_esp_cipher(uint8_t id);
uint8_t l2s_esp_auth_of_ike(uint32_t wire);
uint16_t l2s_ike_of_esp_auth(uint8_t id);

#endif
