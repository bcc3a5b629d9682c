/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* LCP: options read and written again, and a link that negotiates with whatever a peer says. */
#include "fuzz/ppp_end.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ppp_end_init();
}

static void options(struct l2s_rd list)
{
    const uint8_t *from = list.p;
    uint8_t out[260];
    struct l2s_cp_option o;
    int rc;

    while ((rc = l2s_cp_option_next(&list, &o)) == 1) {
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        l2s_cp_option_put(&w, o.type, o.value.p, o.value.left);
        FUZZ_CHECK(!w.bad && fuzz_same(out, w.len, from, (size_t)(list.p - from)));
        from = list.p;
    }
    FUZZ_CHECK(rc == 0 ? list.left == 0 : rc == L2TPSEC_EPROTO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t auths[] = {0, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5 | L2S_AUTH_PAP,
                                     L2S_AUTH_EAP | L2S_AUTH_EAP_MD5};
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t how = l2s_rd_u8(&r);
    struct ppp_end p;

    if (r.bad)
        return 0;
    options(r);
    ppp_end_up(&p, how & 1, auths[how >> 1 & 3], L2S_PPP_PROTO_LCP);
    while (ppp_end_step(&p, &r))
        FUZZ_CHECK(p.ppp->lcp.mru >= 128 && p.ppp->lcp.mru <= 1500 && p.ppp->lcp.cp.state < L2S_CP_STATES);
    ppp_end_down(&p);
    return 0;
}
