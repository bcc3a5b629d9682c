/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IPCP and IPV6CP of a link whose LCP is open, in both roles. */
#include "fuzz/ppp_end.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ppp_end_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t how = l2s_rd_u8(&r);
    struct ppp_end p;

    if (r.bad)
        return 0;
    ppp_end_up(&p, how & 1, 0, how & 2 ? L2S_PPP_PROTO_IPV6CP : L2S_PPP_PROTO_IPCP);
    p.cfg.ipv6 = how & 2;
    ppp_end_skip_lcp(&p, 0);
    while (ppp_end_step(&p, &r))
        continue;
    if (l2s_ppp_open(p.ppp)) {
        uint8_t header[4];
        size_t n = l2s_ppp_data_header(p.ppp, header);
        FUZZ_CHECK(n >= 1 && n <= 4);
    }
    ppp_end_down(&p);
    return 0;
}
