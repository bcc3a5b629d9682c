/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The L2TP header of control and data messages, and the short cut for plain data messages. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "l2tp/header.h"
#include "l2tp/plain.h"

static void again(const struct l2s_l2tp_header *h)
{
    uint8_t out[2048];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_l2tp_header h2;

    if (h->control)
        l2s_l2tp_header_open(&w, h->tunnel, h->session, h->ns, h->nr);
    else
        l2s_l2tp_header_put_data(&w, h->tunnel, h->session, h->numbered);
    l2s_wr_bytes(&w, h->body.p, h->body.left);
    l2s_l2tp_header_close(&w);
    FUZZ_CHECK(!w.bad && l2s_l2tp_header_get(out, w.len, &h2) == L2TPSEC_DROP_NONE);
    FUZZ_CHECK(h2.control == h->control && h2.numbered == h->numbered && h2.tunnel == h->tunnel &&
               h2.session == h->session);
    FUZZ_CHECK(!h->control || (h2.ns == h->ns && h2.nr == h->nr));
    FUZZ_CHECK(fuzz_same(h2.body.p, h2.body.left, h->body.p, h->body.left));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_l2tp_header h;
    uint8_t mask[L2S_L2TP_PLAIN_MAX];
    bool length = false;

    if (size > 1900)
        return 0;
    uint32_t drop = l2s_l2tp_header_get(data, size, &h);
    FUZZ_CHECK(drop < L2TPSEC_DROP_COUNT);
    size_t plain = l2s_l2tp_plain_mask(l2s_rd_init(data, size), mask, &length);
    FUZZ_CHECK(plain == 0 || plain == (length ? 8u : 6u));
    if (drop != L2TPSEC_DROP_NONE)
        return 0;
    fuzz_within(h.body, data, size);
    /* What is plain has its body right behind the header. */
    if (plain && !h.control)
        FUZZ_CHECK(!h.numbered && h.body.p == data + plain);
    FUZZ_CHECK(h.numbered || (h.ns == 0 && h.nr == 0));
    again(&h);
    return 0;
}
