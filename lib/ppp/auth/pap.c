/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Password Authentication Protocol (RFC 1334, 2), inside ESP only and only when it is allowed by name. */
#include "base/errors.h"
#include "base/wipe.h"
#include "ppp/link.h"

enum { REQUEST = 1, ACK = 2, NAK = 3 };

void l2s_pap_send(struct l2s_ppp *p)
{
    uint8_t out[4 + 2 * (1 + 255)];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    size_t name = strlen(p->cfg->name);

    l2s_wr_u8(&w, REQUEST);
    l2s_wr_u8(&w, ++p->auth->id);
    size_t at = l2s_wr_open(&w, 2);
    l2s_wr_u8(&w, (uint8_t)name);
    l2s_wr_bytes(&w, p->cfg->name, name);
    l2s_wr_u8(&w, (uint8_t)p->auth->password_len);
    l2s_wr_bytes(&w, p->auth->password, p->auth->password_len);
    l2s_wr_close16_from(&w, at, 0);
    l2s_ppp_emit(p, L2S_PPP_PROTO_PAP, out, w.len);
    l2s_wipe(out, sizeof out);
}

void l2s_pap_respond(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    if (len > 255) { /* no name is as long */
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_SECRET, "PAP");
        l2s_ppp_quit(p);
        return;
    }
    memcpy(p->auth->password, secret, len);
    p->auth->password_len = len;
    p->auth->answered = true;
    l2s_auth_again(p);
}

static void reply(struct l2s_ppp *p)
{
    uint8_t out[5] = {p->auth->reply_code, p->auth->id, 0, 5, 0};

    l2s_ppp_emit(p, L2S_PPP_PROTO_PAP, out, sizeof out);
}

void l2s_pap_judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known)
{
    struct l2s_auth *a = p->auth;
    uint8_t mine[L2S_PPP_SECRET_MAX] = {0};

    if (known && len <= sizeof mine)
        memcpy(mine, secret, len);
    bool same = l2s_ct_equal(mine, a->password, sizeof mine) && len == a->password_len && known;
    l2s_wipe(mine, sizeof mine);
    l2s_wipe(a->password, sizeof a->password);
    a->reply_code = same ? ACK : NAK;
    reply(p);
    if (same) {
        a->done = true;
        p->port->authenticated(p->self, a->name, a->name_len, L2S_AUTH_PAP);
        l2s_ppp_auth_done(p);
    } else {
        l2s_auth_refuse(p, "PAP");
    }
}

static uint32_t recv_request(struct l2s_ppp *p, uint8_t id, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    uint8_t name_len = l2s_rd_u8(&r);
    struct l2s_rd name = l2s_rd_sub(&r, name_len);
    uint8_t password_len = l2s_rd_u8(&r);
    struct l2s_rd password = l2s_rd_sub(&r, password_len);
    if (name.bad || password.bad)
        return L2TPSEC_DROP_MALFORMED;
    if (a->pending)
        return L2TPSEC_DROP_DUPLICATE;
    a->id = id;
    if (a->reply_code) { /* our answer was lost */
        reply(p);
        return L2TPSEC_DROP_DUPLICATE;
    }
    l2s_rd_copy(&name, a->name, a->name_len = name.left);
    l2s_rd_copy(&password, a->password, a->password_len = password.left);
    l2s_auth_ask(p, a->name, a->name_len);
    return L2TPSEC_DROP_NONE;
}

static uint32_t recv_verdict(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    /* each repetition has an id of its own (RFC 1334, 2.2.1), and any of them may be the one that is answered */
    if (!a->answered || a->done || (uint8_t)(a->id - id) >= a->tries)
        return L2TPSEC_DROP_UNEXPECTED;
    l2s_timer_cancel(&p->sys->timers, &a->timer);
    l2s_wipe(a->password, sizeof a->password);
    if (code == ACK) {
        a->done = true;
        p->port->authenticated(p->self, (const uint8_t *)p->cfg->name, strlen(p->cfg->name), L2S_AUTH_PAP);
        l2s_ppp_auth_done(p);
        return L2TPSEC_DROP_NONE;
    }
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, "PAP");
    uint8_t n = l2s_rd_u8(&r);
    struct l2s_rd words = l2s_rd_sub(&r, n);
    if (f && !words.bad)
        l2s_failure_say(f, words.p, words.left);
    l2s_auth_refuse(p, "PAP");
    return L2TPSEC_DROP_NONE;
}

uint32_t l2s_pap_input(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd data)
{
    if (p->cfg->server && p->lcp.ask_auth == L2S_AUTH_PAP && code == REQUEST)
        return recv_request(p, id, data);
    if (!p->cfg->server && p->lcp.give_auth == L2S_AUTH_PAP && (code == ACK || code == NAK))
        return recv_verdict(p, code, id, data);
    return L2TPSEC_DROP_UNEXPECTED;
}
