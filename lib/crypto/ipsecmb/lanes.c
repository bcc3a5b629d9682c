/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which manager does how much of a group of like packets. A wide one fills 16 lanes with AVX-512 and takes as long for one packet
 * as for 16; the SHA instructions do one or two packets four to eight times faster than a lane does. So full rounds go to the
 * wide one, and a rest that is small to the narrow one. The figures were measured (docs/crypto.md). */
#include "base/errors.h"
#include "crypto/ipsecmb/backend.h"

#include <cpuid.h>

#define ALL UINT16_MAX /* the narrow one is as fast even when all lanes are full */
#define ZEN4 0x19u     /* family of Zen 3 and 4, whose 512-bit instructions go in two halves */

static unsigned cpu_family(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;

    if (!__get_cpuid(1, &a, &b, &c, &d))
        return 0;
    return (a >> 8 & 0xf) + (a >> 20 & 0xff);
}

void l2s_imb_tune(struct l2s_imb *mb, IMB_ARCH wide)
{
    static const struct l2s_imb_lanes one = {1, 0};

    mb->cbc = one;
    for (unsigned i = 0; i < L2S_IMB_HASH_COUNT; i++)
        mb->hmac[i] = one;
    if (!mb->narrow)
        return;
    if (wide == IMB_ARCH_AVX512) {
        mb->cbc = (struct l2s_imb_lanes){16, 8};
        mb->hmac[L2S_IMB_SHA1] = (struct l2s_imb_lanes){16, 8};
        mb->hmac[L2S_IMB_SHA256] = (struct l2s_imb_lanes){16, cpu_family() == ZEN4 ? ALL : 8};
        mb->hmac[L2S_IMB_SHA384] = mb->hmac[L2S_IMB_SHA512] = (struct l2s_imb_lanes){8, 2};
    } else {
        mb->hmac[L2S_IMB_SHA1] = (struct l2s_imb_lanes){8, 6};
    }
}

/* How many of n go to the narrow manager. */
static uint32_t narrow_share(const struct l2s_imb_lanes *l, uint32_t n)
{
    if (n <= l->spare)
        return n;
    uint32_t rest = n % l->lanes;
    return rest <= l->spare ? rest : 0;
}

static bool cbc_run(IMB_MGR *m, IMB_JOB *jobs, uint32_t n, IMB_CIPHER_DIRECTION direction, IMB_KEY_SIZE_BYTES size)
{
    return n == 0 || IMB_SUBMIT_CIPHER_BURST_NOCHECK(m, jobs, n, IMB_CIPHER_CBC, direction, size) == n;
}

bool l2s_imb_cbc(struct l2s_imb *mb, uint8_t cipher, IMB_CIPHER_DIRECTION direction, uint32_t n)
{
    static const IMB_KEY_SIZE_BYTES sizes[L2S_IMB_CBC_COUNT] = {IMB_KEY_128_BYTES, IMB_KEY_192_BYTES,
                                                                IMB_KEY_256_BYTES};

    /* Decryption has its lanes within one packet. */
    uint32_t narrow = direction == IMB_DIR_ENCRYPT ? narrow_share(&mb->cbc, n) : 0;
    uint32_t wide = n - narrow;
    return cbc_run(mb->wide, mb->job, wide, direction, sizes[cipher]) &&
           cbc_run(mb->narrow, mb->job + wide, narrow, direction, sizes[cipher]);
}

static bool hmac_run(IMB_MGR *m, IMB_JOB *jobs, uint32_t n, IMB_HASH_ALG alg)
{
    return n == 0 || IMB_SUBMIT_HASH_BURST_NOCHECK(m, jobs, n, alg) == n;
}

bool l2s_imb_hmac(struct l2s_imb *mb, uint8_t hash, uint32_t n)
{
    static const IMB_HASH_ALG algs[L2S_IMB_HASH_COUNT] = {
        [L2S_IMB_SHA1] = IMB_AUTH_HMAC_SHA_1,
        [L2S_IMB_SHA256] = IMB_AUTH_HMAC_SHA_256,
        [L2S_IMB_SHA384] = IMB_AUTH_HMAC_SHA_384,
        [L2S_IMB_SHA512] = IMB_AUTH_HMAC_SHA_512,
    };

    uint32_t narrow = narrow_share(&mb->hmac[hash], n);
    uint32_t wide = n - narrow;
    return hmac_run(mb->wide, mb->job, wide, algs[hash]) && hmac_run(mb->narrow, mb->job + wide, narrow, algs[hash]);
}
