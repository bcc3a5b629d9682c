/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Vendor IDs of a message, and what we answer. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/vendor.h"

/* What we write of it is seen again. */
static void again(uint64_t which)
{
    uint8_t out[2048];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    const struct l2s_isakmp h = {.icookie = {1}, .exchange = L2S_EXCHANGE_MAIN};
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_isakmp h2;
    struct l2s_payloads s;
    struct l2s_vendors seen;
    struct l2s_rd body;

    l2s_vendors_put(&c, which);
    l2s_chain_end(&c);
    FUZZ_CHECK(!w.bad && l2s_isakmp_read(l2s_rd_init(out, w.len), &h2, &body) == L2TPSEC_DROP_NONE);
    FUZZ_CHECK(l2s_payloads_collect(body, h2.first, L2S_NATT_NONE, &s) == L2TPSEC_OK);
    l2s_vendors_read(&s, &seen);
    FUZZ_CHECK((seen.seen & ~which) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    struct l2s_vendors v = {0};

    while (r.left) {
        uint8_t n = l2s_rd_u8(&r);
        struct l2s_rd body = l2s_rd_sub(&r, n < r.left ? n : r.left);
        struct l2s_vendors before = v;
        const char *word = l2s_vendors_note(&v, body);
        FUZZ_CHECK(word && (v.seen & before.seen) == before.seen);
    }
    uint64_t answer = l2s_vendors_answer(&v);
    FUZZ_CHECK((answer & ~(v.seen | L2S_VID_OURS)) == 0);
    FUZZ_CHECK((unsigned)l2s_vendors_natt(&v) < L2S_NATT_COUNT);
    (void)l2s_vendors_short_sha256(&v);
    again(answer);
    again(v.seen);
    return 0;
}
