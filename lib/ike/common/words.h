/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The words of proposals, as a strongSwan user knows them, and what they mean in either phase. */
#ifndef L2S_IKE_COMMON_WORDS_H
#define L2S_IKE_COMMON_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum l2s_word_kind { L2S_WORD_CIPHER, L2S_WORD_AEAD, L2S_WORD_HASH, L2S_WORD_GROUP };

struct l2s_word {
    const char *word;
    uint8_t kind;     /* enum l2s_word_kind */
    uint8_t ike;      /* enum l2s_cipher_id, l2s_hash_id or l2s_group_id; 0: not in phase 1 */
    uint8_t esp;      /* enum l2s_esp_cipher, l2s_esp_auth or l2s_group_id */
    uint8_t key_len;  /* of ciphers, bytes; 0 of others */
    uint8_t built_in; /* 0: switched off when this library was built */
};

const struct l2s_word *l2s_word_find(const char *at, size_t n); /* NULL: there is no such word */

/* The word for a meaning; NULL without one. */
const char *l2s_word_for(enum l2s_word_kind kind, bool esp, uint8_t id, uint16_t key_len);

#endif
