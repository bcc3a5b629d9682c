/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* MPPE: what one end seals the other reads as it was, whatever is lost on the way; and what never was sealed harms nobody. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ppp/mppe.h"
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

/* What: bit 0: lost; bits 1 and 2: so many; bit 3: rubbish comes in between; bit 4: the reader asks to begin anew. */
static void step(struct l2s_mppe *out, struct l2s_mppe *in, struct l2s_rd *r, bool *honest)
{
    uint8_t packet[64], plain[62], what = l2s_rd_u8(r), n = l2s_rd_u8(r) % 40 + 1;

    for (unsigned i = 0; i < 1u + (what >> 1 & 3); i++) {
        for (size_t k = 0; k < n; k++)
            plain[k] = (uint8_t)(what + k);
        memcpy(packet + 2, plain, n);
        FUZZ_CHECK(l2s_mppe_seal(out, packet, packet + 2, n) == L2TPSEC_OK);
        if (what & 1)
            continue;
        enum l2s_mppe_read got = l2s_mppe_open(in, packet, packet + 2, n);
        FUZZ_CHECK(got != L2S_MPPE_FAILED);
        if (got == L2S_MPPE_READ && *honest)
            FUZZ_CHECK(memcmp(packet + 2, plain, n) == 0);
        FUZZ_CHECK(got == L2S_MPPE_READ || !*honest || !(out->bits & L2S_MPPE_STATELESS) || in->count != out->count);
        if (got == L2S_MPPE_RESET || what & 16)
            l2s_mppe_reset(out);
    }
    if (what & 8 && r->left >= 4) {
        *honest = false; /* it authenticates nothing: the two may be out of step from here on */
        l2s_rd_copy(r, packet, 4);
        FUZZ_CHECK(l2s_mppe_open(in, packet, packet + 2, 2) != L2S_MPPE_FAILED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t strengths[] = {L2S_MPPE_128, L2S_MPPE_56, L2S_MPPE_40};
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t how = l2s_rd_u8(&r);
    uint8_t master[L2S_MPPE_KEY_MAX] = {how};
    struct l2s_mppe in, out;
    bool honest = true;

    if (r.bad || size > 64) /* each step may cost hundreds of keys */
        return 0;
    uint32_t bits = strengths[(how & 3) % 3] | (how & 4 ? L2S_MPPE_STATELESS : 0);
    FUZZ_CHECK(l2s_mppe_begin(&out, crypto, master, bits, true, how & 8) == L2TPSEC_OK);
    FUZZ_CHECK(l2s_mppe_begin(&in, crypto, master, bits, false, !(how & 8)) == L2TPSEC_OK);
    while (r.left)
        step(&out, &in, &r, &honest);
    return 0;
}
