/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Data attributes of IKE, read one by one and written again in the same form. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/attr.h"

static void same(struct l2s_wr *w, const struct l2s_attr *a)
{
    struct l2s_rd r = l2s_rd_init(w->p, w->len);
    struct l2s_attr b;

    FUZZ_CHECK(!w->bad);
    FUZZ_CHECK(l2s_attr_next(&r, &b) == 1 && l2s_rd_done(&r));
    FUZZ_CHECK(b.type == a->type && b.value == a->value && !b.wide);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd list = l2s_rd_init(data, size);
    struct l2s_attr a;
    size_t used = 0;
    int rc;

    while ((rc = l2s_attr_next(&list, &a)) == 1) {
        uint8_t out[8];
        struct l2s_wr w = l2s_wr_init(out, sizeof out);

        used += a.basic ? 4 : 4 + a.data.left;
        FUZZ_CHECK(used + list.left == size);
        FUZZ_CHECK(a.type < 0x8000 && (!a.basic || (a.value <= 0xffff && a.data.left == 2)));
        FUZZ_CHECK(!a.wide || a.value == UINT64_MAX);
        fuzz_within(a.data, data, size);
        if (a.basic) {
            l2s_attr_put(&w, a.type, (uint16_t)a.value);
            FUZZ_CHECK(fuzz_same(out, w.len, data + used - 4, 4));
            same(&w, &a);
        } else if (a.value <= UINT32_MAX) {
            l2s_attr_put_number(&w, a.type, (uint32_t)a.value);
            same(&w, &a);
            w = l2s_wr_init(out, sizeof out);
            l2s_attr_put32(&w, a.type, (uint32_t)a.value);
            same(&w, &a);
        }
    }
    FUZZ_CHECK(rc == 0 ? list.left == 0 && used == size : rc == L2TPSEC_EPROTO);
    return 0;
}
