/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* CCP with MPPE, of a link that has keys; then what comes in under them. */
#include "fuzz/ppp_end.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ppp_end_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t wishes[] = {L2S_MPPE_128, L2S_MPPE_STRENGTHS, L2S_MPPE_STRENGTHS | L2S_MPPE_STATEFUL,
                                      L2S_MPPE_40 | L2S_MPPE_STATEFUL};
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t how = l2s_rd_u8(&r);
    struct ppp_end p;

    if (r.bad)
        return 0;
    ppp_end_up(&p, how & 1, 0, L2S_PPP_PROTO_CCP);
    p.cfg.mppe = wishes[how >> 1 & 3];
    ppp_end_skip_lcp(&p, 0);
    p.ppp->auth->has_master = true;
    p.ppp->auth->inner = how & 16 ? L2S_AUTH_EAP_TLS : L2S_AUTH_MSCHAPV2;
    if (how & 8)
        p.cfg.mppe |= L2S_MPPE_REQUIRED;
    if (how & 32)
        l2s_ppp_open_network(p.ppp);
    while (ppp_end_step(&p, &r)) {
        if (!l2s_ppp_seals(p.ppp))
            continue;
        uint8_t room[64] = {0}, *ip = room + 8;
        ip[0] = 0x45;
        FUZZ_CHECK(l2s_ppp_seal(p.ppp, ip, 20));
    }
    FUZZ_CHECK(!(p.cfg.mppe & L2S_MPPE_REQUIRED) || !l2s_ppp_open(p.ppp) || l2s_ppp_seals(p.ppp));
    ppp_end_down(&p);
    return 0;
}
