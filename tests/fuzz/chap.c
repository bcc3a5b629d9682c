/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* CHAP, MS-CHAPv2 with its Failures and changes of password, and PAP, in both roles. Some steps give the right answer, which the input
 * could not guess: what it says before and after is the matter. */
#include "fuzz/ppp_end.h"

#include "ppp/auth/mschap.h"

enum { CHALLENGE = 1, RESPONSE = 2, SUCCESS = 3, FAILURE = 4 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ppp_end_init();
}

/* As a server: Success with the proof the client waits for. */
static void prove(struct ppp_end *p, struct l2s_rd words)
{
    uint8_t text[L2S_MSCHAP_PROOF + 64];
    struct l2s_wr w = l2s_wr_init(text, sizeof text);

    if (!p->ppp->auth)
        return;
    l2s_wr_bytes(&w, p->ppp->auth->proof, L2S_MSCHAP_PROOF);
    l2s_wr_bytes(&w, words.p, words.left < 64 ? words.left : 64);
    ppp_end_say(p, L2S_PPP_PROTO_CHAP, SUCCESS, p->ppp->auth->id, l2s_rd_init(text, w.len));
}

/* As a client: the right response to the server's challenge, with this name. */
static void respond(struct ppp_end *p, struct l2s_rd name)
{
    static const uint8_t peer_challenge[16] = {1, 2, 3};
    const struct l2s_auth *a = p->ppp->auth;
    uint8_t value[50] = {49}, out[320];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    if (!a)
        return;
    struct l2s_mschap m = {.crypto = ppp_end_crypto,
                           .auth_challenge = a->challenge,
                           .peer_challenge = peer_challenge,
                           .name = name.p,
                           .name_len = name.left,
                           .password = p->password,
                           .password_len = sizeof p->password};
    l2s_mschap_user(&m.name, &m.name_len);
    memcpy(value + 1, peer_challenge, 16);
    FUZZ_CHECK(l2s_mschap_response(&m, value + 25) == L2TPSEC_OK);
    l2s_wr_bytes(&w, value, sizeof value);
    l2s_wr_bytes(&w, name.p, name.left);
    ppp_end_say(p, L2S_PPP_PROTO_CHAP, RESPONSE, (uint8_t)(a->id + (a->retry ? 1 : 0)), l2s_rd_init(out, w.len));
}

/* "what, ..." as in ppp_end_step; from 200 on: the right answer, a host that answers at last. */
static bool step(struct ppp_end *p, struct l2s_rd *r)
{
    if (r->left < 4 || *r->p < 200)
        return ppp_end_step(p, r);
    uint8_t what = l2s_rd_u8(r);
    size_t n = l2s_rd_u8(r);
    struct l2s_rd words = l2s_rd_sub(r, n < r->left ? n : r->left);

    if (what % 3 == 0)
        (void)l2s_ppp_answer(p->ppp, what & 4 ? p->password : NULL, sizeof p->password, what & 8);
    else if (p->cfg.server)
        respond(p, words);
    else
        prove(p, words);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t methods[] = {L2S_AUTH_MSCHAPV2, L2S_AUTH_CHAP_MD5, L2S_AUTH_MSCHAPV2, L2S_AUTH_PAP};
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t how = l2s_rd_u8(&r);
    uint32_t method = methods[how >> 1 & 3];
    struct ppp_end p;

    if (r.bad)
        return 0;
    ppp_end_up(&p, how & 1, method, method == L2S_AUTH_PAP ? L2S_PPP_PROTO_PAP : L2S_PPP_PROTO_CHAP);
    if (how & 8)
        p.cfg.name = how & 16 ? "expired" : "pending";
    p.cfg.mppe = how & 32 ? L2S_MPPE_128 : 0;
    ppp_end_skip_lcp(&p, method);
    while (step(&p, &r))
        continue;
    ppp_end_down(&p);
    return 0;
}
