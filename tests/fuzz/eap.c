/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* EAP in both roles: identity, notifications, Naks, MD5, MS-CHAPv2, and the fragments of EAP-TLS over a TLS that does as it is told. */
#include "fuzz/ppp_end.h"

#include "ppp/auth/eap.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ppp_end_init();
}

/* "what, type, length, data": a request or response, which the role decides, with the id that is due; what: bit 0 the next id
 * (client), bits 1 to 3 from 12 on: Success, Failure, time, any code. */
static bool step(struct ppp_end *p, struct l2s_rd *r)
{
    uint8_t packet[300], what = l2s_rd_u8(r), type = l2s_rd_u8(r);
    size_t n = l2s_rd_u8(r);
    struct l2s_wr w = l2s_wr_init(packet, sizeof packet);

    if (r->bad)
        return false;
    struct l2s_rd data = l2s_rd_sub(r, n < r->left ? n : r->left);
    uint8_t id = p->ppp->auth ? p->ppp->auth->id : 0;
    if (!p->cfg.server)
        id = (uint8_t)(id + (what & 1));
    switch (what >> 1 & 15) {
    case 12:
        ppp_end_say(p, L2S_PPP_PROTO_EAP, L2S_EAP_SUCCESS, id, data);
        return true;
    case 13:
        ppp_end_say(p, L2S_PPP_PROTO_EAP, L2S_EAP_FAILURE, id, data);
        return true;
    case 14:
        fake_advance(&p->f, (uint64_t)(type & 15) * L2S_SECOND);
        return true;
    case 15:
        ppp_end_say(p, L2S_PPP_PROTO_EAP, type, what, data);
        return true;
    default:
        l2s_wr_u8(&w, type);
        l2s_wr_bytes(&w, data.p, data.left);
        ppp_end_say(p, L2S_PPP_PROTO_EAP, p->cfg.server ? L2S_EAP_RESPONSE : L2S_EAP_REQUEST, id,
                    l2s_rd_init(packet, w.len));
        return true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t methods[] = {L2S_AUTH_EAP_MD5, L2S_AUTH_EAP_MSCHAPV2, L2S_AUTH_EAP_TLS,
                                       L2S_AUTH_EAP_TLS | L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_EAP_MD5};
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t how = l2s_rd_u8(&r);
    struct ppp_end p;

    if (r.bad)
        return 0;
    ppp_end_up(&p, how & 1, L2S_AUTH_EAP | methods[how >> 1 & 3], L2S_PPP_PROTO_EAP);
    if (how & 8)
        p.cfg.name = how & 16 ? "expired" : "pending";
    ppp_end_skip_lcp(&p, L2S_AUTH_EAP);
    while (r.left && step(&p, &r))
        continue;
    ppp_end_down(&p);
    return 0;
}
