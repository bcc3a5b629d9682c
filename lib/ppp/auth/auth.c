/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The authentication phase: one protocol, one side that proves, one that judges. */
#include "base/errors.h"
#include "base/wipe.h"
#include "ppp/link.h"

#define MUTUAL (uint32_t)(L2S_AUTH_MSCHAPV2 | L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_EAP_TLS)
#define CHALLENGE 1u /* the code of CHAP's Challenge and of EAP's Request */
#define RETRY L2S_SECOND
#define SOON 4u   /* repetitions at the rate of LCP's, which knows the line */
#define TRIES 60u /* the time for the whole negotiation usually ends first */

const char *l2s_auth_name(uint32_t method)
{
    switch (method) {
    case L2S_AUTH_MSCHAPV2:
        return "mschapv2";
    case L2S_AUTH_CHAP_MD5:
        return "chap";
    case L2S_AUTH_PAP:
        return "pap";
    case L2S_AUTH_EAP:
        return "eap";
    case L2S_AUTH_EAP_MD5:
        return "eap-md5";
    case L2S_AUTH_EAP_MSCHAPV2:
        return "eap-mschapv2";
    case L2S_AUTH_EAP_TLS:
        return "eap-tls";
    default:
        return "none";
    }
}

const char *l2s_auth_fits(uint32_t method)
{
    switch (method) {
    case L2S_AUTH_MSCHAPV2:
        return "ppp.auth=mschapv2";
    case L2S_AUTH_CHAP_MD5:
        return "ppp.auth=chap";
    case L2S_AUTH_PAP:
        return "ppp.auth=pap";
    case L2S_AUTH_EAP:
    case L2S_AUTH_EAP_MSCHAPV2:
        return "ppp.auth=eap-mschapv2";
    case L2S_AUTH_EAP_TLS:
        return "ppp.auth=eap-tls";
    case L2S_AUTH_EAP_MD5:
        return "ppp.auth=eap-md5";
    default:
        return NULL;
    }
}

const char *l2s_auth_step(uint32_t method)
{
    switch (method) {
    case L2S_AUTH_MSCHAPV2:
        return "MS-CHAPv2";
    case L2S_AUTH_CHAP_MD5:
        return "CHAP";
    case L2S_AUTH_PAP:
        return "PAP";
    case L2S_AUTH_EAP_MD5:
        return "EAP-MD5";
    case L2S_AUTH_EAP_MSCHAPV2:
        return "EAP-MSCHAPv2";
    case L2S_AUTH_EAP_TLS:
        return "EAP-TLS";
    default:
        return "EAP";
    }
}

static uint32_t method(const struct l2s_ppp *p)
{
    return p->cfg->server ? p->lcp.ask_auth : p->lcp.give_auth;
}

/* A client keeps to its second: what it repeats may have its server ask a third. */
static void arm(struct l2s_ppp *p)
{
    uint64_t wait = p->terms.restart_us;

    if (!p->cfg->server || p->auth->tries > SOON || wait > RETRY)
        wait = RETRY;
    l2s_timer_arm(&p->sys->timers, &p->auth->timer, p->sys->now + wait);
}

/* Say what waits for an answer: CHAP's Challenge or Response, PAP's request. */
static void speak(struct l2s_ppp *p)
{
    bool typing = p->auth->retry || p->auth->renew; /* the setup timer's business */

    if (p->auth->tries++ >= TRIES && !typing) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_PEER_VANISHED, l2s_auth_step(method(p)));
        l2s_ppp_quit(p);
        return;
    }
    arm(p);
    if (method(p) == L2S_AUTH_PAP)
        l2s_pap_send(p);
    else if (method(p) == L2S_AUTH_EAP)
        l2s_eap_repeat(p);
    else
        l2s_chap_send(p);
}

void l2s_auth_wait(struct l2s_ppp *p)
{
    p->auth->tries = 1;
    arm(p);
}

void l2s_auth_again(struct l2s_ppp *p)
{
    p->auth->tries = 0;
    speak(p);
}

static void timed_out(void *owner)
{
    struct l2s_auth *a = owner;
    struct l2s_ppp *p = a->ppp;

    if (p->auth->leaving)
        l2s_ppp_quit(p);
    else if (p->auth->pending) /* the host is still thinking: do not challenge anew */
        l2s_timer_arm(&p->sys->timers, &p->auth->timer, p->sys->now + RETRY);
    else
        speak(p);
}

static bool begin(struct l2s_ppp *p)
{
    l2s_auth_stop(p);
    if (p->auth)
        return true;
    if (l2s_timers_reserve(&p->sys->timers, 1) != L2TPSEC_OK)
        return false;
    p->auth = l2s_mem_new(&p->sys->mem, sizeof *p->auth);
    if (!p->auth) {
        l2s_timers_release(&p->sys->timers, 1);
        return false;
    }
    p->auth->ppp = p;
    l2s_timer_init(&p->auth->timer, timed_out, p->auth);
    return true;
}

void l2s_auth_start(struct l2s_ppp *p)
{
    uint32_t m = method(p);

    if (!begin(p)) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_MEMORY, l2s_auth_step(m));
        l2s_ppp_quit(p);
        return;
    }
    if (!m && !p->cfg->server && p->cfg->auth && !(p->cfg->auth & ~MUTUAL)) {
        /* Whoever allows only the method that proves the server, too, will not do without that proof. */
        struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_MUTUAL, "LCP");
        if (f)
            f->hint = "the server asks for no authentication; allow that with ppp.auth if it is meant so";
        l2s_ppp_quit(p);
        return;
    }
    if (!m) {
        p->auth->done = true;
        p->port->authenticated(p->self, NULL, 0, 0);
        l2s_ppp_auth_done(p);
        return;
    }
    p->auth->inner = m;
    if (p->cfg->server && m != L2S_AUTH_PAP) {
        if (l2s_random(p->sys, p->auth->challenge, sizeof p->auth->challenge) != 0 ||
            l2s_random(p->sys, &p->auth->id, 1) != 0) {
            (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_RANDOM, l2s_auth_step(m));
            l2s_ppp_quit(p);
            return;
        }
        if (m == L2S_AUTH_EAP)
            l2s_eap_begin(p);
        else
            speak(p);
    } else if (!p->cfg->server && m == L2S_AUTH_PAP) {
        l2s_auth_ask(p, (const uint8_t *)p->cfg->name, strlen(p->cfg->name));
    }
}

void l2s_auth_stop(struct l2s_ppp *p)
{
    if (!p->auth)
        return;
    struct l2s_timer timer = p->auth->timer;
    l2s_timer_cancel(&p->sys->timers, &p->auth->timer);
    timer.at = 0;
    l2s_mem_free(&p->sys->mem, p->auth->change);
    l2s_eap_tls_end(p);
    l2s_wipe(p->auth, sizeof *p->auth);
    p->auth->ppp = p;
    p->auth->timer = timer;
}

void l2s_auth_free(struct l2s_ppp *p)
{
    if (!p->auth)
        return;
    l2s_auth_stop(p);
    l2s_timers_release(&p->sys->timers, 1);
    l2s_mem_free(&p->sys->mem, p->auth);
    p->auth = NULL;
}

/* MPPE begins with the master key each time it is negotiated. */
void l2s_auth_rest(struct l2s_ppp *p)
{
    const struct l2s_auth *a = p->auth;

    if (!a || !a->done || a->pending || l2s_timer_armed(&a->timer) || p->cfg->mppe || p->addresses_pending)
        return; /* the last: for whom an address is wanted is known by name */
    p->auth_method = a->inner;
    p->auth_candidate = a->candidate;
    l2s_auth_free(p);
}

/* Challenged in session (RFC 1994, 2.1): the password that was right is wanted again. Anything else is an echo of what is over:
 * IPCP would not be open, had the peer not had our answer. */
static uint32_t wake(struct l2s_ppp *p, uint16_t protocol, uint8_t code)
{
    if (p->cfg->server || !method(p) || protocol == L2S_PPP_PROTO_PAP || code != CHALLENGE)
        return L2TPSEC_DROP_DUPLICATE;
    if (!begin(p))
        return L2TPSEC_DROP_NO_MEMORY;
    p->auth->inner = p->auth_method;
    p->auth->candidate = p->auth_candidate;
    p->auth->done = true;
    return L2TPSEC_DROP_NONE;
}

/* Code, identifier and length are the same in all of them (RFC 1334, 2.2; RFC 1994, 4). */
uint32_t l2s_auth_input(struct l2s_ppp *p, uint16_t protocol, struct l2s_rd packet)
{
    uint8_t code = l2s_rd_u8(&packet);
    uint8_t id = l2s_rd_u8(&packet);
    uint16_t len = l2s_rd_u16(&packet);

    if (packet.bad || len < 4)
        return L2TPSEC_DROP_SHORT;
    struct l2s_rd data = l2s_rd_sub(&packet, len - 4u);
    if (data.bad)
        return L2TPSEC_DROP_MALFORMED;
    uint32_t drop = p->auth ? L2TPSEC_DROP_NONE : wake(p, protocol, code);
    if (drop)
        return drop;
    return protocol == L2S_PPP_PROTO_PAP   ? l2s_pap_input(p, code, id, data)
           : protocol == L2S_PPP_PROTO_EAP ? l2s_eap_input(p, code, id, data)
                                           : l2s_chap_input(p, code, id, data);
}

void l2s_auth_refuse(struct l2s_ppp *p, const char *step)
{
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, step);

    if (f)
        f->hint = "check the user name and the password";
    l2s_ppp_quit(p);
}

void l2s_auth_accepted(struct l2s_ppp *p, uint32_t m)
{
    const uint8_t *name = (const uint8_t *)p->cfg->name;
    struct l2s_auth *a = p->auth;

    a->done = true;
    if (a->candidate && a->password_len)
        (void)p->port->keep(p->self, name, strlen(p->cfg->name), a->password, a->password_len);
    l2s_wipe(a->password, sizeof a->password);
    l2s_wipe(a->old_hash, sizeof a->old_hash);
    l2s_ppp_forgive(p); /* the passwords refused before */
    p->port->authenticated(p->self, name, strlen(p->cfg->name), m);
    l2s_ppp_auth_done(p);
}

/* Our password, or another one after one was refused. A host that knows no other gives the same: that would only be refused
 * again, and lock the account in the end. */
static void respond(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    struct l2s_auth *a = p->auth;
    uint8_t hash[L2S_MSCHAP_HASH];

    if (a->candidate) {
        bool same =
            l2s_mschap_hash(p->crypto, secret, len, hash) == L2TPSEC_OK && l2s_ct_equal(hash, a->old_hash, sizeof hash);
        l2s_wipe(hash, sizeof hash);
        if (same) {
            l2s_auth_refuse(p, l2s_auth_step(a->inner));
            return;
        }
        memcpy(a->password, secret, a->password_len = len);
    }
    if (method(p) == L2S_AUTH_PAP)
        l2s_pap_respond(p, secret, len);
    else if (method(p) == L2S_AUTH_EAP)
        l2s_eap_respond(p, secret, len);
    else
        l2s_chap_respond(p, secret, len);
}

void l2s_auth_conclude(struct l2s_ppp *p, uint32_t error)
{
    if (method(p) == L2S_AUTH_EAP)
        l2s_eap_conclude(p, error);
    else
        l2s_chap_conclude(p, error);
}

/* A secret for the question under way, now or later. known: there is such a user. */
static void judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known, bool expired)
{
    struct l2s_auth *a = p->auth;

    a->pending = false;
    if (!p->cfg->server && known) {
        respond(p, secret, len);
    } else if (!p->cfg->server && a->candidate) {
        l2s_auth_refuse(p, l2s_auth_step(a->inner));
    } else if (!p->cfg->server) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_SECRET, l2s_auth_step(method(p)));
        l2s_ppp_quit(p);
    } else if (a->keeping) {
        a->keeping = false;
        l2s_auth_conclude(p, known ? 0 : L2S_MSCHAP_NOT_CHANGED);
    } else {
        a->expired = expired && l2s_chap_is_ms(p);
        known = known && expired == a->expired; /* by any other method it is of no use any more */
        if (method(p) == L2S_AUTH_PAP)
            l2s_pap_judge(p, secret, len, known);
        else if (method(p) == L2S_AUTH_EAP)
            l2s_eap_judge(p, secret, len, known);
        else
            l2s_chap_judge(p, secret, len, known);
    }
}

void l2s_auth_ask(struct l2s_ppp *p, const uint8_t *name, size_t name_len)
{
    uint8_t secret[L2S_PPP_SECRET_MAX];
    struct l2s_ppp_ask ask = {.name = name, .name_len = name_len};
    size_t len = 0;

    if (!p->cfg->server) {
        ask.candidate = p->auth->candidate;
        ask.expired = p->auth->expired;
    }
    p->auth->pending = true;
    int rc = p->port->secret(p->self, &ask, secret, &len);
    bool known = rc == L2TPSEC_OK || rc == L2TPSEC_EEXPIRED;
    if (rc != L2S_PENDING)
        judge(p, secret, known ? len : 0, known, rc == L2TPSEC_EEXPIRED);
    l2s_wipe(secret, sizeof secret);
}

int l2s_ppp_answer(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool expired)
{
    /* auth_stop ends a question with its phase; one of a challenge in session may be open, too */
    if (!p->auth || !p->auth->pending)
        return L2TPSEC_ENOENT;
    judge(p, secret, len, secret != NULL, expired);
    return L2TPSEC_OK;
}
