/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* CHAP (RFC 1994) with MD5, and MS-CHAPv2 (RFC 2759), which differ in what a value is and in the last word. */
#include "base/errors.h"
#include "base/wipe.h"
#include "ppp/link.h"

enum { CHALLENGE = 1, RESPONSE = 2, SUCCESS = 3, FAILURE = 4, CHANGE = 7 };

#define MD5_LEN 16u

bool l2s_chap_is_ms(const struct l2s_ppp *p)
{
    return p->auth->inner == L2S_AUTH_MSCHAPV2 || p->auth->inner == L2S_AUTH_EAP_MSCHAPV2;
}

static const char *step(const struct l2s_ppp *p)
{
    return l2s_auth_step(p->auth->inner);
}

static void send(struct l2s_ppp *p, uint8_t code, const uint8_t *value, size_t value_len, const void *name, size_t n)
{
    uint8_t out[640];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    l2s_wr_u8(&w, code);
    l2s_wr_u8(&w, p->auth->id);
    size_t at = l2s_wr_open(&w, 2);
    if (code == CHALLENGE || code == RESPONSE)
        l2s_wr_u8(&w, (uint8_t)value_len);
    l2s_wr_bytes(&w, value, value_len);
    l2s_wr_bytes(&w, name, n);
    l2s_wr_close16_from(&w, at, 0);
    if (!w.bad)
        l2s_ppp_emit(p, L2S_PPP_PROTO_CHAP, out, w.len);
}

/* ---- server ------------------------------------------------------------------------------------------------------ */

static void send_response(struct l2s_ppp *p)
{
    if (p->auth->change)
        send(p, CHANGE, p->auth->change, L2S_MSCHAP_CHANGE, NULL, 0);
    else
        send(p, RESPONSE, p->auth->response, p->auth->response_len, p->cfg->name, strlen(p->cfg->name));
}

/* What is repeated until an answer comes. A repeated Challenge is the same with the same id: a Response on its way still fits. A
 * Response is repeated because the Success may be lost (RFC 1994, 4.2). */
void l2s_chap_send(struct l2s_ppp *p)
{
    if (!p->cfg->server) {
        send_response(p);
        return;
    }
    send(p, CHALLENGE, p->auth->challenge, sizeof p->auth->challenge, p->cfg->name, strlen(p->cfg->name));
}

void l2s_chap_reply(struct l2s_ppp *p)
{
    send(p, p->auth->reply_code, p->auth->reply, p->auth->reply_len, NULL, 0);
}

static struct l2s_mschap ms_of(struct l2s_ppp *p, const uint8_t *secret, size_t len, const uint8_t *name,
                               size_t name_len)
{
    struct l2s_mschap m = {
        .crypto = p->crypto, .name = name, .name_len = name_len, .password = secret, .password_len = len};

    l2s_mschap_user(&m.name, &m.name_len);
    m.auth_challenge = p->cfg->server ? p->auth->challenge : p->auth->their_challenge;
    m.peer_challenge = p->cfg->server ? p->auth->response : p->auth->peer_challenge;
    return m;
}

static int md5_response(struct l2s_ppp *p, const uint8_t *secret, size_t len, const uint8_t *challenge, size_t n,
                        uint8_t out[MD5_LEN])
{
    struct l2s_bytes in[] = {{&p->auth->id, 1}, {secret, len}, {challenge, n}};

    return l2s_hash(p->crypto, L2S_MD5, in, 3, out);
}

/* MPPE needs it later, and the password is not kept. */
static bool keep_master(struct l2s_ppp *p, const struct l2s_mschap *m, const uint8_t response[L2S_MSCHAP_RESPONSE])
{
    if (p->cfg->mppe)
        p->auth->has_master = l2s_mschap_master(m, response, p->auth->master) == L2TPSEC_OK;
    return !p->cfg->mppe || p->auth->has_master;
}

/* Does the peer's response prove the secret? */
bool l2s_chap_matches(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    struct l2s_auth *a = p->auth;
    uint8_t want[L2S_MSCHAP_RESPONSE];
    struct l2s_mschap m = ms_of(p, secret, len, a->name, a->name_len);
    bool good;

    if (!l2s_chap_is_ms(p))
        good = a->response_len == MD5_LEN &&
               md5_response(p, secret, len, a->challenge, sizeof a->challenge, want) == L2TPSEC_OK &&
               l2s_ct_equal(want, a->response, MD5_LEN);
    else
        good = l2s_mschap_response(&m, want) == L2TPSEC_OK && l2s_ct_equal(want, a->response + 24, sizeof want) &&
               l2s_mschap_proof(&m, want, a->reply) == L2TPSEC_OK && keep_master(p, &m, want) &&
               (!a->expired || l2s_mschap_hash(p->crypto, secret, len, a->old_hash) == L2TPSEC_OK);
    l2s_wipe(want, sizeof want);
    return good;
}

static void put_success(struct l2s_ppp *p)
{
    struct l2s_wr w = l2s_wr_init(p->auth->reply, sizeof p->auth->reply);

    if (!l2s_chap_is_ms(p)) {
        l2s_wr_bytes(&w, "Access granted", 14);
    } else {
        w.len = L2S_MSCHAP_PROOF;                      /* already there */
        if (!p->auth->response[L2S_MSCHAP_VALUE - 1])  /* Windows 98, which sets flags though it must not, */
            l2s_wr_bytes(&w, " M=Access granted", 17); /* stumbles over words */
    }
    p->auth->reply_len = (uint8_t)w.len;
    p->auth->reply_code = SUCCESS;
}

bool l2s_chap_proves(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known)
{
    uint8_t nobody[16] = {0};

    if (!known) { /* the same work, with a password nobody has */
        (void)l2s_random(p->sys, nobody, sizeof nobody);
        for (unsigned i = 0; i < sizeof nobody; i++)
            nobody[i] &= 0x7f;
    }
    bool good = l2s_chap_matches(p, known ? secret : nobody, known ? len : sizeof nobody) && known;
    l2s_wipe(nobody, sizeof nobody);
    return good;
}

void l2s_chap_verdict(struct l2s_ppp *p, uint32_t error)
{
    struct l2s_auth *a = p->auth;

    if (error) {
        struct l2s_wr w = l2s_wr_init(a->reply, sizeof a->reply);
        if (l2s_chap_is_ms(p))
            l2s_mschap_put_failure(p, &w, error);
        l2s_wr_bytes(&w, "Access denied", 13);
        a->reply_len = (uint8_t)w.len;
        a->reply_code = FAILURE;
    } else {
        put_success(p);
    }
}

void l2s_chap_judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known)
{
    bool good = l2s_chap_proves(p, secret, len, known);

    l2s_chap_conclude(p, !good ? L2S_MSCHAP_REFUSED : p->auth->expired ? L2S_MSCHAP_EXPIRED : 0);
}

void l2s_chap_conclude(struct l2s_ppp *p, uint32_t error)
{
    struct l2s_auth *a = p->auth;

    l2s_timer_cancel(&p->sys->timers, &a->timer);
    l2s_chap_verdict(p, error);
    l2s_chap_reply(p);
    if (error && l2s_mschap_waits(p))
        return;
    if (error) {
        l2s_auth_refuse(p, step(p));
        return;
    }
    a->done = true;
    l2s_auth_wait(
        p); /* pppd does not repeat its Response, nor hears IPCP before it has the Success, which may be lost */
    l2s_ppp_forgive(p);
    p->port->authenticated(p->self, a->name, a->name_len, p->lcp.ask_auth);
    l2s_ppp_auth_done(p);
}

uint32_t l2s_chap_take_response(struct l2s_ppp *p, struct l2s_rd value, struct l2s_rd name)
{
    struct l2s_auth *a = p->auth;

    if (name.left > sizeof a->name)
        return L2TPSEC_DROP_MALFORMED;
    /* Our own challenge reflected as the peer's would make our proof the peer's response. */
    if (l2s_chap_is_ms(p) && value.left >= sizeof a->challenge &&
        memcmp(value.p, a->challenge, sizeof a->challenge) == 0)
        return L2TPSEC_DROP_FORGED;
    a->response_len = (uint8_t)value.left;
    l2s_rd_copy(&value, a->response, value.left);
    a->name_len = name.left;
    if (name.left)
        memmove(a->name, name.p, name.left); /* it may be there already */
    l2s_auth_ask(p, a->name, a->name_len);
    return L2TPSEC_DROP_NONE;
}

static uint32_t recv_response(struct l2s_ppp *p, uint8_t id, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    uint8_t n = l2s_rd_u8(&r);
    struct l2s_rd value = l2s_rd_sub(&r, n);
    if (value.bad || n != (l2s_chap_is_ms(p) ? L2S_MSCHAP_VALUE : MD5_LEN))
        return L2TPSEC_DROP_MALFORMED;
    if (a->retry && id == (uint8_t)(a->id + 1)) { /* to the challenge in our Failure (RFC 2759, 6) */
        a->id = id;
        a->retry = false;
        a->reply_code = 0;
    }
    if (id != a->id || a->pending)
        return L2TPSEC_DROP_UNEXPECTED;
    if (a->reply_code) { /* our answer was lost */
        l2s_chap_reply(p);
        return L2TPSEC_DROP_DUPLICATE;
    }
    return l2s_chap_take_response(p, value, r);
}

static uint32_t recv_change(struct l2s_ppp *p, uint8_t id, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    if (r.left != L2S_MSCHAP_CHANGE)
        return L2TPSEC_DROP_MALFORMED;
    if (a->pending || (id != a->id && !(a->renew && id == (uint8_t)(a->id + 1))))
        return L2TPSEC_DROP_UNEXPECTED;
    if (id == a->id && a->reply_code) { /* our answer was lost */
        l2s_chap_reply(p);
        return L2TPSEC_DROP_DUPLICATE;
    }
    a->id = id;
    return l2s_mschap_take_change(p, r);
}

/* ---- client ------------------------------------------------------------------------------------------------------ */

bool l2s_chap_compute(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    struct l2s_auth *a = p->auth;
    int rc;

    memset(a->response, 0, sizeof a->response);
    if (!l2s_chap_is_ms(p)) {
        a->response_len = MD5_LEN;
        rc = md5_response(p, secret, len, a->their_challenge, a->their_len, a->response);
    } else {
        a->response_len = L2S_MSCHAP_VALUE;
        rc = l2s_random(p->sys, a->peer_challenge, sizeof a->peer_challenge) == 0 ? L2TPSEC_OK : L2TPSEC_ERANDOM;
        struct l2s_mschap m = ms_of(p, secret, len, (const uint8_t *)p->cfg->name, strlen(p->cfg->name));
        memcpy(a->response, a->peer_challenge, sizeof a->peer_challenge);
        if (rc == L2TPSEC_OK)
            rc = l2s_mschap_response(&m, a->response + 24);
        if (rc == L2TPSEC_OK)
            rc = l2s_mschap_proof(&m, a->response + 24, a->proof);
        if (rc == L2TPSEC_OK && !keep_master(p, &m, a->response + 24))
            rc = L2TPSEC_EINTERNAL;
        if (rc == L2TPSEC_OK)
            rc = l2s_mschap_hash(p->crypto, secret, len, a->old_hash);
    }
    if (rc != L2TPSEC_OK) {
        (void)l2s_ppp_blame(p,
                            rc == L2TPSEC_ERANDOM  ? L2TPSEC_CAUSE_NO_RANDOM
                            : rc == L2TPSEC_EINVAL ? L2TPSEC_CAUSE_NO_SECRET
                                                   : L2TPSEC_CAUSE_INTERNAL,
                            step(p));
        l2s_ppp_quit(p);
    }
    return rc == L2TPSEC_OK;
}

void l2s_chap_respond(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    struct l2s_auth *a = p->auth;

    if (a->expired)
        l2s_mschap_change(p, secret, len);
    else
        a->answered = l2s_chap_compute(p, secret, len);
    if (a->answered)
        l2s_auth_again(p);
}

static uint32_t recv_challenge(struct l2s_ppp *p, uint8_t id, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    uint8_t n = l2s_rd_u8(&r);
    struct l2s_rd value = l2s_rd_sub(&r, n);
    if (value.bad || n == 0 || (l2s_chap_is_ms(p) && n != L2S_MSCHAP_CHALLENGE))
        return L2TPSEC_DROP_MALFORMED;
    bool same = a->answered && id == a->id && l2s_rd_equals(&value, a->their_challenge, a->their_len);
    if (same) { /* our response was lost: the same one again */
        send_response(p);
        return L2TPSEC_DROP_DUPLICATE;
    }
    a->id = id;
    a->their_len = n;
    l2s_rd_copy(&value, a->their_challenge, n);
    if (a->pending) /* the host still looks for the password: it will answer the newest one */
        return L2TPSEC_DROP_NONE;
    l2s_auth_ask(p, (const uint8_t *)p->cfg->name, strlen(p->cfg->name));
    return L2TPSEC_DROP_NONE;
}

bool l2s_chap_check_proof(struct l2s_ppp *p, struct l2s_rd words)
{
    if (words.left >= L2S_MSCHAP_PROOF && l2s_ct_equal(words.p, p->auth->proof, L2S_MSCHAP_PROOF))
        return true;
    (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_MUTUAL, step(p));
    l2s_ppp_quit(p);
    return false;
}

static uint32_t recv_success(struct l2s_ppp *p, uint8_t id, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;

    if (!a->answered || id != a->id)
        return L2TPSEC_DROP_UNEXPECTED;
    if (l2s_chap_is_ms(p) && !l2s_chap_check_proof(p, r))
        return L2TPSEC_DROP_FORGED;
    l2s_timer_cancel(&p->sys->timers, &a->timer);
    if (a->done) { /* of a challenge in session; the next one may have the same password again */
        l2s_wipe(a->old_hash, sizeof a->old_hash);
        return L2TPSEC_DROP_NONE;
    }
    l2s_auth_accepted(p, p->lcp.give_auth);
    return L2TPSEC_DROP_NONE;
}

static uint32_t recv_failure(struct l2s_ppp *p, uint8_t id, struct l2s_rd r)
{
    if (!p->auth->answered || id != p->auth->id)
        return L2TPSEC_DROP_UNEXPECTED;
    if (l2s_chap_is_ms(p)) {
        p->auth->id++;
        if (l2s_mschap_try_again(p, r))
            return L2TPSEC_DROP_NONE;
    } else {
        struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, step(p));
        if (f)
            l2s_failure_say(f, r.p, r.left);
    }
    l2s_auth_refuse(p, step(p));
    return L2TPSEC_DROP_NONE;
}

uint32_t l2s_chap_input(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd data)
{
    uint32_t chap = L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5;

    if (p->cfg->server && code == CHANGE && p->lcp.ask_auth == L2S_AUTH_MSCHAPV2)
        return recv_change(p, id, data);
    if (p->cfg->server)
        return code == RESPONSE && (p->lcp.ask_auth & chap) ? recv_response(p, id, data) : L2TPSEC_DROP_UNEXPECTED;
    if (!(p->lcp.give_auth & chap))
        return L2TPSEC_DROP_UNEXPECTED;
    switch (code) {
    case CHALLENGE:
        return recv_challenge(p, id, data);
    case SUCCESS:
        return recv_success(p, id, data);
    case FAILURE:
        return recv_failure(p, id, data);
    default:
        return L2TPSEC_DROP_UNEXPECTED;
    }
}
