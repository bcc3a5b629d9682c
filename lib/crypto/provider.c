/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crypto/provider.h"

#include "base/errors.h"

size_t l2s_hash_len(enum l2s_hash_id id)
{
    static const uint8_t len[L2S_HASH_COUNT] = {
        [L2S_MD4] = 16, [L2S_MD5] = 16, [L2S_SHA1] = 20, [L2S_SHA256] = 32, [L2S_SHA384] = 48, [L2S_SHA512] = 64,
    };

    return (size_t)id < L2S_COUNT_OF(len) ? len[id] : 0;
}

size_t l2s_cipher_block(enum l2s_cipher_id id)
{
    static const uint8_t len[L2S_CIPHER_COUNT] = {[L2S_DES3_CBC] = 8, [L2S_AES_CBC] = 16};

    return (size_t)id < L2S_COUNT_OF(len) ? len[id] : 0;
}

static const struct lens {
    uint16_t public_value, secret;
} group_lens[L2S_GROUP_COUNT] = {
    [L2S_MODP1024] = {128, 128},   [L2S_MODP1536] = {192, 192}, [L2S_MODP2048] = {256, 256},
    [L2S_MODP3072] = {384, 384},   [L2S_MODP4096] = {512, 512}, [L2S_MODP6144] = {768, 768},
    [L2S_MODP8192] = {1024, 1024}, [L2S_ECP256] = {64, 32},     [L2S_ECP384] = {96, 48},
    [L2S_ECP521] = {132, 66},      [L2S_X25519] = {32, 32},
};

size_t l2s_group_len(enum l2s_group_id id)
{
    return (size_t)id < L2S_COUNT_OF(group_lens) ? group_lens[id].public_value : 0;
}

size_t l2s_group_secret_len(enum l2s_group_id id)
{
    return (size_t)id < L2S_COUNT_OF(group_lens) ? group_lens[id].secret : 0;
}
