/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Passwords of MS-CHAPv2 and their changes (RFC 2759, 8.9 and 8.10): a new one covered and uncovered is the same; a block of any
 * bytes gives UTF-8 or nothing. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "crypto/legacy/rc4.h"
#include "ppp/auth/mschap.h"
#include "toy/toy.h"
#include "unit/fakes/fakes.h"

static struct fake_sys f;
static struct l2s_crypto *crypto;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fake_sys_init(&f);
    return l2s_crypto_new(&f.sys, 0, &crypto);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t old_hash[L2S_MSCHAP_HASH] = {3, 1, 4};
    uint8_t block[L2S_MSCHAP_BLOCK] = {0}, out[256], again[256], hash[L2S_MSCHAP_HASH];
    size_t len = 0, len2 = 0;
    const uint8_t *name = data;
    size_t name_len = size;

    l2s_mschap_user(&name, &name_len);
    FUZZ_CHECK(name + name_len == data + size && (name_len == 0 || !memchr(name, '\\', name_len)));
    int rc = l2s_mschap_cover_password(data, size, old_hash, block);
    FUZZ_CHECK((rc == L2TPSEC_OK) == (l2s_mschap_hash(crypto, data, size, hash) == L2TPSEC_OK));
    if (rc == L2TPSEC_OK) {
        rc = l2s_mschap_uncover_password(old_hash, block, out, sizeof out, &len);
        bool nul = size && memchr(data, 0, size);
        if (size == 0 || size > sizeof out || nul)
            FUZZ_CHECK(rc == L2TPSEC_EPROTO);
        else
            FUZZ_CHECK(rc == L2TPSEC_OK && fuzz_same(out, len, data, size));
    }
    memset(block, 0, sizeof block);
    if (size)
        memcpy(block + sizeof block - (size < sizeof block ? size : sizeof block), data,
               size < sizeof block ? size : sizeof block);
    for (unsigned round = 0; round < 2; round++) {
        if (l2s_mschap_uncover_password(old_hash, block, out, sizeof out, &len) == L2TPSEC_OK) {
            FUZZ_CHECK(len > 0 && len <= sizeof out);
            FUZZ_CHECK(l2s_mschap_cover_password(out, len, old_hash, block) == L2TPSEC_OK);
            FUZZ_CHECK(l2s_mschap_uncover_password(old_hash, block, again, sizeof again, &len2) == L2TPSEC_OK);
            FUZZ_CHECK(fuzz_same(out, len, again, len2));
        }
        /* RC4 is its own inverse: the second time the input is what is under it. */
        struct l2s_rc4 rc4;
        l2s_rc4_key(&rc4, old_hash, sizeof old_hash);
        l2s_rc4(&rc4, block, sizeof block);
    }
    return 0;
}
