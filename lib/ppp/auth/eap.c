/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* EAP in PPP (RFC 3748): Identity, Notification, Nak, and the methods MD5-Challenge (5.4), MS-CHAPv2 as Windows and pppd
 * speak it (type 26), and EAP-TLS (eap_tls.c). The authenticator alone repeats; the peer answers a repetition with the same words. */
#include "ppp/auth/eap.h"

#include "base/errors.h"

enum { OP_CHALLENGE = 1, OP_RESPONSE = 2, OP_SUCCESS = 3, OP_FAILURE = 4, OP_CHANGE = 7 }; /* of MS-CHAPv2 */

#define MD5_LEN 16u

/* Strongest first. */
static const struct {
    uint32_t method;
    uint8_t type;
} methods[] = {{L2S_AUTH_EAP_TLS, L2S_EAP_TYPE_TLS},
               {L2S_AUTH_EAP_MSCHAPV2, L2S_EAP_TYPE_MSCHAPV2},
               {L2S_AUTH_EAP_MD5, L2S_EAP_TYPE_MD5}};

static uint32_t method_of(uint8_t type)
{
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        if (methods[i].type == type)
            return methods[i].method;
    }
    return 0;
}

void l2s_eap_say(struct l2s_ppp *p, uint8_t code, uint8_t type, const uint8_t *data, size_t n)
{
    struct l2s_auth *a = p->auth;
    struct l2s_wr w = l2s_wr_init(a->words, sizeof a->words);

    l2s_wr_u8(&w, code);
    l2s_wr_u8(&w, a->id);
    size_t at = l2s_wr_open(&w, 2);
    if (code == L2S_EAP_REQUEST || code == L2S_EAP_RESPONSE)
        l2s_wr_u8(&w, type);
    l2s_wr_bytes(&w, data, n);
    l2s_wr_close16_from(&w, at, 0);
    a->words_len = w.bad ? 0 : (uint16_t)w.len;
    a->words_type = type;
    l2s_trace_message(&p->sys->trace, "ppp", p->terms.link, "send", "EAP", code);
    if (a->words_len)
        l2s_ppp_emit(p, L2S_PPP_PROTO_EAP, a->words, a->words_len);
}

void l2s_eap_repeat(struct l2s_ppp *p)
{
    if (p->auth->words_len)
        l2s_ppp_emit(p, L2S_PPP_PROTO_EAP, p->auth->words, p->auth->words_len);
    else if (p->auth->words_type == L2S_EAP_TYPE_TLS)
        l2s_eap_tls_repeat(p);
}

/* MS-CHAPv2's own header: op code, identifier, length of all of it. */
static void say_ms(struct l2s_ppp *p, uint8_t code, uint8_t op, const uint8_t *value, size_t n, const char *name)
{
    uint8_t out[sizeof p->auth->words];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    l2s_wr_u8(&w, op);
    l2s_wr_u8(&w, p->auth->ms_id);
    size_t at = l2s_wr_open(&w, 2);
    if (name)
        l2s_wr_u8(&w, (uint8_t)n);
    l2s_wr_bytes(&w, value, n);
    l2s_wr_bytes(&w, name, name ? strlen(name) : 0);
    l2s_wr_close16_from(&w, at, 0);
    if (!w.bad)
        l2s_eap_say(p, code, L2S_EAP_TYPE_MSCHAPV2, out, w.len);
}

static void say_md5(struct l2s_ppp *p, uint8_t code, const uint8_t *value)
{
    uint8_t out[1 + MD5_LEN + L2S_PPP_NAME_MAX];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    l2s_wr_u8(&w, MD5_LEN);
    l2s_wr_bytes(&w, value, MD5_LEN);
    l2s_wr_bytes(&w, p->cfg->name, strlen(p->cfg->name));
    if (!w.bad)
        l2s_eap_say(p, code, L2S_EAP_TYPE_MD5, out, w.len);
}

/* ---- server: the authenticator ------------------------------------------------------------------------------------ */

/* A new request, repeated until it is answered. */
static void ask(struct l2s_ppp *p, uint8_t type)
{
    p->auth->id++;
    if (type == L2S_EAP_TYPE_IDENTITY) {
        l2s_eap_say(p, L2S_EAP_REQUEST, L2S_EAP_TYPE_IDENTITY, NULL, 0);
    } else if (type == L2S_EAP_TYPE_MD5) {
        say_md5(p, L2S_EAP_REQUEST, p->auth->challenge);
    } else if (type == L2S_EAP_TYPE_TLS) {
        l2s_eap_tls_start(p);
    } else {
        p->auth->ms_id = p->auth->id;
        say_ms(p, L2S_EAP_REQUEST, OP_CHALLENGE, p->auth->challenge, sizeof p->auth->challenge, p->cfg->name);
    }
    l2s_auth_wait(p);
}

void l2s_eap_begin(struct l2s_ppp *p)
{
    ask(p, L2S_EAP_TYPE_IDENTITY);
}

static void try_method(struct l2s_ppp *p, uint32_t allowed)
{
    l2s_eap_tls_end(p);
    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        if (!(methods[i].method & allowed & ~p->auth->refused))
            continue;
        p->auth->inner = methods[i].method;
        p->auth->refused |= methods[i].method; /* offered once */
        ask(p, methods[i].type);
        return;
    }
    l2s_eap_say(p, L2S_EAP_FAILURE, 0, NULL, 0);
    l2s_timer_cancel(&p->sys->timers, &p->auth->timer);
    (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_METHOD, "EAP");
    l2s_ppp_quit(p);
}

/* The types the peer would rather have (5.3.1). */
static void recv_nak(struct l2s_ppp *p, struct l2s_rd r)
{
    uint32_t wished = 0;

    while (r.left)
        wished |= method_of(l2s_rd_u8(&r));
    try_method(p, wished & p->cfg->auth);
}

void l2s_eap_succeed(struct l2s_ppp *p)
{
    struct l2s_auth *a = p->auth;

    l2s_timer_cancel(&p->sys->timers, &a->timer);
    l2s_eap_say(p, L2S_EAP_SUCCESS, 0, NULL, 0);
    a->done = true;
    l2s_ppp_forgive(p);
    p->port->authenticated(p->self, a->name, a->name_len, a->inner);
    l2s_ppp_auth_done(p);
}

static void fail(struct l2s_ppp *p)
{
    l2s_eap_say(p, L2S_EAP_FAILURE, 0, NULL, 0);
    l2s_auth_refuse(p, l2s_auth_step(p->auth->inner));
}

void l2s_eap_judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known)
{
    struct l2s_auth *a = p->auth;
    bool good = l2s_chap_proves(p, secret, len, known);

    if (a->inner == L2S_AUTH_EAP_MSCHAPV2) {
        l2s_eap_conclude(p, !good ? L2S_MSCHAP_REFUSED : a->expired ? L2S_MSCHAP_EXPIRED : 0);
        return;
    }
    l2s_timer_cancel(&p->sys->timers, &a->timer);
    if (good)
        l2s_eap_succeed(p);
    else
        fail(p);
}

void l2s_eap_conclude(struct l2s_ppp *p, uint32_t error)
{
    struct l2s_auth *a = p->auth;

    l2s_timer_cancel(&p->sys->timers, &a->timer);
    l2s_chap_verdict(p, error);
    a->proven = !error;
    a->id++;
    say_ms(p, L2S_EAP_REQUEST, error ? OP_FAILURE : OP_SUCCESS, a->reply, a->reply_len, NULL);
    l2s_auth_wait(p);
    (void)l2s_mschap_waits(p);
}

static uint32_t recv_ms_answer(struct l2s_ppp *p, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;
    uint8_t op = l2s_rd_u8(&r);

    if (r.bad)
        return L2TPSEC_DROP_SHORT;
    if (a->renew && op == OP_CHANGE) {
        l2s_rd_skip(&r, 3);
        return l2s_mschap_take_change(p, r);
    }
    if (a->retry && op == OP_RESPONSE) {
        a->retry = false;
        a->reply_code = 0;
    }
    if (a->reply_code) { /* our verdict is what it answers */
        if (op != (a->proven ? OP_SUCCESS : OP_FAILURE))
            return L2TPSEC_DROP_UNEXPECTED;
        if (a->proven)
            l2s_eap_succeed(p);
        else
            fail(p);
        return L2TPSEC_DROP_NONE;
    }
    (void)l2s_rd_u8(&r);
    uint16_t len = l2s_rd_u16(&r);
    uint8_t n = l2s_rd_u8(&r);
    struct l2s_rd value = l2s_rd_sub(&r, n);
    if (op != OP_RESPONSE || value.bad || n != L2S_MSCHAP_VALUE || len != 5u + n + r.left)
        return L2TPSEC_DROP_MALFORMED;
    return l2s_chap_take_response(p, value, r);
}

static uint32_t recv_response(struct l2s_ppp *p, uint8_t id, uint8_t type, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    if (id != a->id || a->pending || a->done)
        return L2TPSEC_DROP_UNEXPECTED;
    if (a->words_type == L2S_EAP_TYPE_IDENTITY && type == L2S_EAP_TYPE_IDENTITY) {
        if (r.left > sizeof a->name)
            return L2TPSEC_DROP_MALFORMED;
        a->name_len = r.left;
        l2s_rd_copy(&r, a->name, r.left);
        try_method(p, p->cfg->auth);
        return L2TPSEC_DROP_NONE;
    }
    if (type == L2S_EAP_TYPE_NAK && a->words_type != L2S_EAP_TYPE_IDENTITY && !a->reply_code) {
        recv_nak(p, r);
        return L2TPSEC_DROP_NONE;
    }
    if (type != a->words_type || type == L2S_EAP_TYPE_IDENTITY)
        return L2TPSEC_DROP_UNEXPECTED;
    if (type == L2S_EAP_TYPE_MSCHAPV2)
        return recv_ms_answer(p, r);
    if (type == L2S_EAP_TYPE_TLS)
        return l2s_eap_tls_response(p, r);
    uint8_t n = l2s_rd_u8(&r);
    struct l2s_rd value = l2s_rd_sub(&r, n);
    if (value.bad || n != MD5_LEN)
        return L2TPSEC_DROP_MALFORMED;
    return l2s_chap_take_response(p, value, l2s_rd_init(a->name, a->name_len));
}

/* ---- client: the peer --------------------------------------------------------------------------------------------- */

/* What we can do instead, strongest first; a zero when there is nothing (5.3.1). */
static void answer_nak(struct l2s_ppp *p, uint8_t type)
{
    uint8_t types[L2S_COUNT_OF(methods)];
    size_t n = 0;

    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        if (p->cfg->auth & methods[i].method)
            types[n++] = methods[i].type;
    }
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_METHOD, "EAP");
    if (f && !f->offered[0]) {
        uint32_t method = method_of(type);
        const char *name = method ? l2s_auth_name(method) : type == 25 ? "eap-peap" : "another eap method";
        strncpy(f->offered, name, sizeof f->offered - 1);
        f->fits = l2s_auth_fits(method);
    }
    if (!n)
        types[n++] = 0;
    l2s_eap_say(p, L2S_EAP_RESPONSE, L2S_EAP_TYPE_NAK, types, n);
}

/* A method we have: what went before is no failure any more. */
static uint32_t recv_challenge(struct l2s_ppp *p, uint32_t method, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;
    uint8_t n = l2s_rd_u8(&r);
    struct l2s_rd value = l2s_rd_sub(&r, n);

    if (value.bad || n == 0 || (method == L2S_AUTH_EAP_MSCHAPV2 && n != L2S_MSCHAP_CHALLENGE))
        return L2TPSEC_DROP_MALFORMED;
    l2s_ppp_forgive(p);
    a->inner = method;
    a->answered = a->proven = false;
    a->their_len = n;
    l2s_rd_copy(&value, a->their_challenge, n);
    if (!a->pending)
        l2s_auth_ask(p, (const uint8_t *)p->cfg->name, strlen(p->cfg->name));
    return L2TPSEC_DROP_NONE;
}

void l2s_eap_respond(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    struct l2s_auth *a = p->auth;

    if (a->expired)
        l2s_mschap_change(p, secret, len);
    else
        a->answered = l2s_chap_compute(p, secret, len);
    if (!a->answered)
        return;
    if (a->change)
        say_ms(p, L2S_EAP_RESPONSE, OP_CHANGE, a->change, L2S_MSCHAP_CHANGE, NULL);
    else if (a->inner == L2S_AUTH_EAP_MD5)
        say_md5(p, L2S_EAP_RESPONSE, a->response);
    else
        say_ms(p, L2S_EAP_RESPONSE, OP_RESPONSE, a->response, a->response_len, p->cfg->name);
}

static uint32_t recv_ms_request(struct l2s_ppp *p, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;
    uint8_t op = l2s_rd_u8(&r), ms_id = l2s_rd_u8(&r);
    uint16_t len = l2s_rd_u16(&r);

    if (r.bad || len != 4u + r.left)
        return L2TPSEC_DROP_MALFORMED;
    if (op == OP_CHALLENGE) {
        a->ms_id = ms_id;
        return recv_challenge(p, L2S_AUTH_EAP_MSCHAPV2, r);
    }
    if (!a->answered || (op != OP_SUCCESS && op != OP_FAILURE))
        return L2TPSEC_DROP_UNEXPECTED;
    if (op == OP_FAILURE) {
        a->ms_id = (uint8_t)(ms_id + 1);
        if (!l2s_mschap_try_again(p, r))
            l2s_eap_say(p, L2S_EAP_RESPONSE, L2S_EAP_TYPE_MSCHAPV2, &op, 1);
        return L2TPSEC_DROP_NONE; /* the EAP Failure follows */
    }
    if (!l2s_chap_check_proof(p, r))
        return L2TPSEC_DROP_FORGED;
    a->proven = true;
    l2s_eap_say(p, L2S_EAP_RESPONSE, L2S_EAP_TYPE_MSCHAPV2, &op, 1);
    return L2TPSEC_DROP_NONE;
}

static uint32_t recv_request(struct l2s_ppp *p, uint8_t id, uint8_t type, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    if (a->spoke && id == a->id) { /* our answer was lost (4.1); or it is still being made */
        if (!a->pending)
            l2s_eap_repeat(p);
        return L2TPSEC_DROP_DUPLICATE;
    }
    a->id = id;
    a->spoke = true;
    a->words_len = 0;
    switch (type) {
    case L2S_EAP_TYPE_IDENTITY:
        l2s_eap_say(p, L2S_EAP_RESPONSE, L2S_EAP_TYPE_IDENTITY, (const uint8_t *)p->cfg->name, strlen(p->cfg->name));
        return L2TPSEC_DROP_NONE;
    case L2S_EAP_TYPE_NOTIFICATION:
        l2s_eap_say(p, L2S_EAP_RESPONSE, L2S_EAP_TYPE_NOTIFICATION, NULL, 0);
        return L2TPSEC_DROP_NONE;
    case L2S_EAP_TYPE_TLS:
        if (p->cfg->auth & L2S_AUTH_EAP_TLS)
            return l2s_eap_tls_request(p, r);
        break;
    case L2S_EAP_TYPE_MSCHAPV2:
        if (p->cfg->auth & L2S_AUTH_EAP_MSCHAPV2)
            return recv_ms_request(p, r);
        break;
    case L2S_EAP_TYPE_MD5:
        if (p->cfg->auth & L2S_AUTH_EAP_MD5)
            return recv_challenge(p, L2S_AUTH_EAP_MD5, r);
        break;
    default:
        break;
    }
    answer_nak(p, type);
    return L2TPSEC_DROP_NONE;
}

/* Did the method run to where only the Success is missing? It is said once and may be lost: the next layer's first packet says
 * as much (4.2). */
bool l2s_eap_ripe(const struct l2s_ppp *p)
{
    const struct l2s_auth *a = p->auth;

    return a && !p->cfg->server && p->lcp.give_auth == L2S_AUTH_EAP && !a->done &&
           (a->inner == L2S_AUTH_EAP_MD5 ? a->answered : a->proven);
}

void l2s_eap_finish(struct l2s_ppp *p)
{
    l2s_eap_tls_end(p);
    l2s_auth_accepted(p, p->auth->inner);
}

static uint32_t recv_outcome(struct l2s_ppp *p, uint8_t code)
{
    if (p->auth->done) {
        l2s_eap_tls_end(p); /* perhaps of a handshake in session */
        return L2TPSEC_DROP_DUPLICATE;
    }
    if (code == L2S_EAP_FAILURE) {
        if (p->why && p->why->cause == L2TPSEC_CAUSE_AUTH_METHOD)
            l2s_ppp_quit(p);
        else if (p->auth->inner == L2S_AUTH_EAP_TLS)
            l2s_eap_tls_failed(p);
        else
            l2s_auth_refuse(p, l2s_auth_step(p->auth->inner));
        return L2TPSEC_DROP_NONE;
    }
    if (!l2s_eap_ripe(p)) { /* a success of nothing (4.2) */
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_MUTUAL, "EAP");
        l2s_ppp_quit(p);
        return L2TPSEC_DROP_FORGED;
    }
    l2s_eap_finish(p);
    return L2TPSEC_DROP_NONE;
}

uint32_t l2s_eap_input(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd data)
{
    uint32_t agreed = p->cfg->server ? p->lcp.ask_auth : p->lcp.give_auth;
    uint8_t type = 0;

    if (agreed != L2S_AUTH_EAP || code < L2S_EAP_REQUEST || code > L2S_EAP_FAILURE ||
        (code == L2S_EAP_RESPONSE) != p->cfg->server)
        return L2TPSEC_DROP_UNEXPECTED;
    l2s_trace_message(&p->sys->trace, "ppp", p->terms.link, "recv", "EAP", code);
    if (code == L2S_EAP_REQUEST || code == L2S_EAP_RESPONSE) {
        type = l2s_rd_u8(&data);
        if (data.bad)
            return L2TPSEC_DROP_SHORT;
    }
    if (code == L2S_EAP_REQUEST)
        return recv_request(p, id, type, data);
    return code == L2S_EAP_RESPONSE ? recv_response(p, id, type, data) : recv_outcome(p, code);
}
