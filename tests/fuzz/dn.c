/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Distinguished names: two of them compared, each as text and back. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/dn.h"

static void text(struct l2s_rd dn)
{
    static char words[4096], words2[4096];
    struct l2s_text t = l2s_text_init(words, sizeof words), t2 = l2s_text_init(words2, sizeof words2);
    uint8_t again[1024];
    size_t n = 0;

    bool shown = l2s_dn_text(dn, &t);
    FUZZ_CHECK(shown || t.len == 0);
    fuzz_text(words, t.len, sizeof words);
    if (!shown)
        return;
    int rc = l2s_dn_parse(words, again, sizeof again, &n);
    if (rc == L2TPSEC_ERANGE) /* of parts that are longer than the parser takes */
        return;
    FUZZ_CHECK(rc == L2TPSEC_OK && n <= sizeof again);
    FUZZ_CHECK(l2s_dn_equal(dn, l2s_rd_init(again, n)));
    FUZZ_CHECK(l2s_dn_text(l2s_rd_init(again, n), &t2) && fuzz_same(words, t.len, words2, t2.len));
}

static void from_text(const uint8_t *data, size_t size)
{
    static char words[1024];
    uint8_t dn[256], small[40];
    size_t n = 0, m = 0;

    if (size >= sizeof words)
        return;
    memcpy(words, data, size);
    words[size] = '\0';
    int rc = l2s_dn_parse(words, dn, sizeof dn, &n), rc2 = l2s_dn_parse(words, small, sizeof small, &m);
    FUZZ_CHECK(rc != L2TPSEC_OK || (n > 0 && n <= sizeof dn && l2s_dn_equal(l2s_rd_init(dn, n), l2s_rd_init(dn, n))));
    FUZZ_CHECK(rc2 != L2TPSEC_OK || (rc == L2TPSEC_OK && m == n && m <= sizeof small));
    if (rc == L2TPSEC_OK)
        text(l2s_rd_init(dn, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    size_t split = l2s_rd_u16(&r);

    if (size < 2)
        return 0;
    if (split & 0x8000) {
        from_text(r.p, r.left);
        return 0;
    }
    struct l2s_rd a = l2s_rd_sub(&r, split % (r.left + 1)), b = r;
    FUZZ_CHECK(l2s_dn_equal(a, b) == l2s_dn_equal(b, a));
    text(a);
    text(b);
    return 0;
}
