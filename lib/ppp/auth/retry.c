/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What follows a Failure of MS-CHAPv2 (RFC 2759, 6 and 7), bare or in EAP: another password in the same call, or a new one for
 * one that has expired. */
#include "base/errors.h"
#include "base/wipe.h"
#include "ppp/link.h"

#define CANDIDATES 5u /* a server may allow more than is good for the account */

/* ---- the Failure, written and read --------------------------------------------------------------------------------- */

static void put_text(struct l2s_wr *w, const char *text)
{
    l2s_wr_bytes(w, text, strlen(text));
}

/* Its challenge is the one for whatever may follow. Without chance there is none, and nothing may. */
void l2s_mschap_put_failure(struct l2s_ppp *p, struct l2s_wr *w, uint32_t error)
{
    static const char digits[] = "0123456789ABCDEF";
    struct l2s_auth *a = p->auth;
    bool fresh = l2s_random(p->sys, a->challenge, sizeof a->challenge) == 0;

    a->renew = fresh && error == L2S_MSCHAP_EXPIRED && L2S_WITH_LEGACY_RC4;
    a->retry = fresh && error == L2S_MSCHAP_REFUSED && p->guesses < p->cfg->retries;
    p->guesses += a->retry;
    put_text(w, error == L2S_MSCHAP_EXPIRED ? "E=648" : error == L2S_MSCHAP_NOT_CHANGED ? "E=709" : "E=691");
    put_text(w, a->retry ? " R=1 C=" : " R=0 C=");
    for (unsigned i = 0; i < sizeof a->challenge; i++) {
        l2s_wr_u8(w, (uint8_t)digits[a->challenge[i] >> 4]);
        l2s_wr_u8(w, (uint8_t)digits[a->challenge[i] & 15]);
    }
    put_text(w, " V=3 M=");
}

/* Unless something does, that was it. */
bool l2s_mschap_waits(struct l2s_ppp *p)
{
    struct l2s_auth *a = p->auth;

    if (!a->retry && !a->renew)
        return false;
    (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, l2s_auth_step(a->inner));
    l2s_ppp_think(p);
    return true;
}

struct verdict {
    uint32_t error, retry, version;
    uint8_t challenge[L2S_MSCHAP_CHALLENGE];
    size_t digits; /* of the challenge */
    struct l2s_rd words;
};

static uint32_t number(struct l2s_rd *r)
{
    uint32_t n = 0;

    while (r->left && *r->p != ' ') {
        uint8_t c = l2s_rd_u8(r);
        if (c >= '0' && c <= '9' && n < 100000)
            n = n * 10 + (uint32_t)(c - '0');
    }
    return n;
}

static int digit(uint8_t c)
{
    uint8_t low = c | 0x20;

    return c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static void read_challenge(struct l2s_rd *r, struct verdict *v)
{
    for (v->digits = 0; r->left && *r->p != ' '; v->digits++) {
        int d = digit(l2s_rd_u8(r));
        if (d < 0)
            v->digits = 2 * sizeof v->challenge; /* too many by then */
        else if (v->digits < 2 * sizeof v->challenge)
            v->challenge[v->digits / 2] = (uint8_t)(v->challenge[v->digits / 2] << 4 | d);
    }
}

/* "E=691 R=0 C=... V=3 M=..."; unknown fields are passed over. */
static struct verdict read_failure(struct l2s_rd r)
{
    struct verdict v = {0};

    while (r.left >= 2 && !v.words.p) {
        uint8_t name = l2s_rd_u8(&r);
        if (l2s_rd_u8(&r) != '=')
            name = 0;
        if (name == 'M')
            v.words = r;
        else if (name == 'C')
            read_challenge(&r, &v);
        else if (name == 'E')
            v.error = number(&r);
        else if (name == 'R')
            v.retry = number(&r);
        else if (name == 'V')
            v.version = number(&r);
        else
            (void)number(&r);
        if (!v.words.p)
            l2s_rd_skip(&r, r.left ? 1 : 0);
    }
    return v;
}

/* ---- client -------------------------------------------------------------------------------------------------------- */

bool l2s_mschap_try_again(struct l2s_ppp *p, struct l2s_rd words)
{
    struct verdict v = read_failure(words);
    struct l2s_auth *a = p->auth;
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, l2s_auth_step(a->inner));

    if (f) { /* the newest answer counts */
        f->peer_code = v.error;
        l2s_failure_say(f, v.words.p, v.words.left);
    }
    l2s_timer_cancel(&p->sys->timers, &a->timer);
    bool expired = L2S_WITH_LEGACY_RC4 && v.error == L2S_MSCHAP_EXPIRED && v.version >= 3;
    if (a->done || a->change || v.digits != 2 * sizeof v.challenge || (!expired && !v.retry) ||
        a->candidate == CANDIDATES) /* none after a Change-Password (9.1) */
        return false;
    memcpy(a->their_challenge, v.challenge, a->their_len = sizeof v.challenge);
    a->expired = expired;
    a->candidate++;
    a->answered = false;
    l2s_ppp_think(p);
    l2s_auth_ask(p, (const uint8_t *)p->cfg->name, strlen(p->cfg->name));
    return true;
}

#if L2S_WITH_LEGACY_RC4
static int put_change(struct l2s_ppp *p, const uint8_t *secret, size_t len, const uint8_t old_hash[L2S_MSCHAP_HASH])
{
    struct l2s_auth *a = p->auth;
    uint8_t out[L2S_MSCHAP_CHANGE], block[L2S_MSCHAP_BLOCK], hash[L2S_MSCHAP_HASH];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    int rc = l2s_random(p->sys, block, sizeof block) == 0 ? L2TPSEC_OK : L2TPSEC_ERANDOM;
    if (rc == L2TPSEC_OK)
        rc = l2s_mschap_cover_password(secret, len, old_hash, block);
    if (rc == L2TPSEC_OK)
        rc = l2s_mschap_cover_hash(p->crypto, old_hash, a->old_hash, hash);
    if (rc == L2TPSEC_OK) {
        l2s_wr_bytes(&w, block, sizeof block);
        l2s_wr_bytes(&w, hash, sizeof hash);
        l2s_wr_bytes(&w, a->response, L2S_MSCHAP_VALUE - 1);
        l2s_wr_u16(&w, 0);
        memcpy(a->change, out, sizeof out);
    }
    l2s_wipe(block, sizeof block);
    l2s_wipe(hash, sizeof hash);
    return rc;
}

/* The proof in it is of the new password, to the challenge in the Failure. */
void l2s_mschap_change(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    struct l2s_auth *a = p->auth;
    uint8_t old_hash[L2S_MSCHAP_HASH];

    memcpy(old_hash, a->old_hash, sizeof old_hash);
    if (!l2s_chap_compute(p, secret, len)) {
        l2s_wipe(old_hash, sizeof old_hash);
        return;
    }
    if (!a->change) /* or it is challenged anew, behind one that was not answered */
        a->change = l2s_mem_new(&p->sys->mem, L2S_MSCHAP_CHANGE);
    int rc = a->change ? put_change(p, secret, len, old_hash) : L2TPSEC_ENOMEM;
    l2s_wipe(old_hash, sizeof old_hash);
    a->answered = rc == L2TPSEC_OK;
    if (!a->answered) {
        l2s_ppp_forgive(p);
        (void)l2s_ppp_blame(p,
                            rc == L2TPSEC_ERANDOM  ? L2TPSEC_CAUSE_NO_RANDOM
                            : rc == L2TPSEC_ENOMEM ? L2TPSEC_CAUSE_NO_MEMORY
                                                   : L2TPSEC_CAUSE_NO_SECRET,
                            l2s_auth_step(a->inner));
        l2s_ppp_quit(p);
    }
}

/* ---- server -------------------------------------------------------------------------------------------------------- */

static bool change_fits(struct l2s_ppp *p, const uint8_t *block, const uint8_t *covered, uint8_t *secret, size_t *len)
{
    uint8_t hash[L2S_MSCHAP_HASH], want[L2S_MSCHAP_HASH];
    const uint8_t *old_hash = p->auth->old_hash;
    bool fits = l2s_mschap_uncover_password(old_hash, block, secret, L2S_PPP_SECRET_MAX, len) == L2TPSEC_OK &&
                l2s_mschap_hash(p->crypto, secret, *len, hash) == L2TPSEC_OK &&
                l2s_mschap_cover_hash(p->crypto, old_hash, hash, want) == L2TPSEC_OK &&
                l2s_ct_equal(want, covered, sizeof want) && l2s_chap_matches(p, secret, *len);

    l2s_wipe(hash, sizeof hash);
    l2s_wipe(want, sizeof want);
    return fits;
}

uint32_t l2s_mschap_take_change(struct l2s_ppp *p, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;
    uint8_t secret[L2S_PPP_SECRET_MAX];
    size_t len = 0;

    const uint8_t *block = l2s_rd_take(&r, L2S_MSCHAP_BLOCK);
    const uint8_t *covered = l2s_rd_take(&r, L2S_MSCHAP_HASH);
    l2s_rd_copy(&r, a->response, L2S_MSCHAP_VALUE);
    if (r.bad || !block || !covered || !a->renew)
        return L2TPSEC_DROP_MALFORMED;
    a->response_len = L2S_MSCHAP_VALUE;
    a->renew = a->expired = false;
    int rc = L2TPSEC_EAUTH;
    if (memcmp(a->response, a->challenge, sizeof a->challenge) != 0 && change_fits(p, block, covered, secret, &len))
        rc = p->port->keep(p->self, a->name, a->name_len, secret, len);
    l2s_wipe(secret, sizeof secret);
    l2s_wipe(a->old_hash, sizeof a->old_hash);
    a->pending = a->keeping = rc == L2S_PENDING;
    if (!a->pending)
        l2s_auth_conclude(p, rc == L2TPSEC_OK ? 0 : L2S_MSCHAP_NOT_CHANGED);
    return L2TPSEC_DROP_NONE;
}
#endif
