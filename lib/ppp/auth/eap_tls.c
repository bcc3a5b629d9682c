/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* EAP-TLS (RFC 5216): a TLS handshake in turns, which EAP carries in fragments. The authenticator's Request takes the peer's turn out
 * of its Response and the other way round; an empty packet acknowledges a fragment, and at last the handshake. */
#include "ppp/auth/eap.h"

#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/cert.h"

enum { LENGTH = 0x80, MORE = 0x40, START = 0x20 }; /* 3.1 */

#define HEAD 6u       /* code, identifier, length, type, flags */
#define FRAGMENTS 64u /* of one turn */
#define FIRST_ROOM 4096u
#define MSK 64u
#define NAME_SHOWN 64u
#define LEAVE (3 * L2S_SECOND) /* for the server's Failure */

struct l2s_eap_tls {
    struct l2s_tls *tls;
    enum l2s_tls_state state;
    struct l2s_bytes out; /* our turn */
    size_t from, to;      /* of it: the fragment said last */
    bool speaking;        /* there is more of it */
    uint8_t *in;          /* the peer's, as far as it came */
    size_t in_len, room;
    uint32_t announced; /* its length; 0: it was not said */
    unsigned fragments;
};

void l2s_eap_tls_end(struct l2s_ppp *p)
{
    struct l2s_eap_tls *t = p->auth->tls;

    if (!t)
        return;
    p->crypto->ops->tls_free(t->tls);
    l2s_mem_free(&p->sys->mem, t->in);
    l2s_mem_free(&p->sys->mem, t);
    p->auth->tls = NULL;
}

/* ---- our turn ---------------------------------------------------------------------------------------------------- */

static size_t fragment_room(const struct l2s_ppp *p)
{
    size_t mru = p->lcp.peer_mru;

    if (p->cfg->mru < mru) /* what our side of the path takes */
        mru = p->cfg->mru;
    return (mru < L2S_PPP_FRAME_MAX - 4 ? mru : L2S_PPP_FRAME_MAX - 4) - HEAD;
}

/* The fragment that begins at from. Nothing else is kept for repeats: it is always the same. */
static void say_fragment(struct l2s_ppp *p)
{
    struct l2s_eap_tls *t = p->auth->tls;
    uint8_t packet[L2S_PPP_FRAME_MAX];
    struct l2s_wr w = l2s_wr_init(packet, sizeof packet);
    bool first = t->from == 0;
    size_t n = t->out.n - t->from, room = fragment_room(p) - (first ? 4 : 0);
    uint8_t code = p->cfg->server ? L2S_EAP_REQUEST : L2S_EAP_RESPONSE;

    t->speaking = n > room;
    n = t->speaking ? room : n;
    t->to = t->from + n;
    l2s_wr_u8(&w, code);
    l2s_wr_u8(&w, p->auth->id);
    size_t at = l2s_wr_open(&w, 2);
    l2s_wr_u8(&w, L2S_EAP_TYPE_TLS);
    l2s_wr_u8(&w, (uint8_t)((first ? LENGTH : 0) | (t->speaking ? MORE : 0)));
    if (first)
        l2s_wr_u32(&w, (uint32_t)t->out.n);
    l2s_wr_bytes(&w, (const uint8_t *)t->out.p + t->from, n);
    l2s_wr_close16_from(&w, at, 0);
    p->auth->words_len = 0;
    p->auth->words_type = L2S_EAP_TYPE_TLS;
    l2s_trace_message(&p->sys->trace, "ppp", p->terms.link, "send", "EAP", code);
    if (!w.bad)
        l2s_ppp_emit(p, L2S_PPP_PROTO_EAP, packet, w.len);
}

void l2s_eap_tls_repeat(struct l2s_ppp *p)
{
    if (p->auth->tls && p->auth->tls->out.n)
        say_fragment(p);
}

/* A packet without data: an acknowledgement, or with the flag the Start. */
static void say_empty(struct l2s_ppp *p, uint8_t flags)
{
    l2s_eap_say(p, p->cfg->server ? L2S_EAP_REQUEST : L2S_EAP_RESPONSE, L2S_EAP_TYPE_TLS, &flags, 1);
}

/* The next thing of ours; a server's carries a new identifier, and is repeated until it is answered. */
static void speak(struct l2s_ppp *p, bool empty)
{
    if (p->cfg->server)
        p->auth->id++;
    if (empty)
        say_empty(p, 0);
    else
        say_fragment(p);
    if (p->cfg->server)
        l2s_auth_wait(p);
}

/* ---- the peer's turn --------------------------------------------------------------------------------------------- */

/* Grows with what came, never with what was announced. */
static bool grow(struct l2s_ppp *p, size_t need)
{
    struct l2s_eap_tls *t = p->auth->tls;
    size_t room = t->room ? t->room : FIRST_ROOM;

    if (need <= t->room)
        return true;
    while (room < need)
        room *= 2;
    uint8_t *more = l2s_mem_new(&p->sys->mem, room);
    if (!more)
        return false;
    if (t->in_len)
        memcpy(more, t->in, t->in_len);
    l2s_mem_free(&p->sys->mem, t->in);
    t->in = more;
    t->room = room;
    return true;
}

struct fragment {
    uint8_t flags;
    uint32_t announced;
    struct l2s_rd data;
};

static uint32_t read_fragment(struct l2s_rd r, struct fragment *out)
{
    out->flags = l2s_rd_u8(&r);
    out->announced = out->flags & LENGTH ? l2s_rd_u32(&r) : 0;
    out->data = r;
    if (r.bad)
        return L2TPSEC_DROP_SHORT;
    bool wrong = (out->flags & MORE) && !r.left; /* nothing, and more of it */
    return wrong ? L2TPSEC_DROP_MALFORMED : L2TPSEC_DROP_NONE;
}

/* NULL, or what is wrong with a turn that has this fragment in it (2.1.5). */
static const char *collect(struct l2s_ppp *p, struct fragment f)
{
    struct l2s_eap_tls *t = p->auth->tls;

    if (f.announced > L2S_TLS_MESSAGE_MAX || f.data.left > L2S_TLS_MESSAGE_MAX - t->in_len ||
        ++t->fragments > FRAGMENTS)
        return "a message of EAP-TLS is too long";
    if (f.announced && t->announced && f.announced != t->announced)
        return "fragments of EAP-TLS do not agree about their length";
    if (f.announced)
        t->announced = f.announced;
    if (f.data.left) {
        size_t n = f.data.left;
        if (!grow(p, t->in_len + n))
            return "";
        l2s_rd_copy(&f.data, t->in + t->in_len, n);
        t->in_len += n;
    }
    if (t->announced && (f.flags & MORE ? t->in_len >= t->announced : t->in_len != t->announced))
        return "fragments of EAP-TLS do not add up to their length";
    return NULL;
}

static void forget_turn(struct l2s_eap_tls *t)
{
    t->in_len = 0;
    t->announced = 0;
    t->fragments = 0;
}

/* ---- why it failed ----------------------------------------------------------------------------------------------- */

/* What the peer's alert says of our certificate (RFC 5246, 7.2.2); NULL: nothing. */
static const char *alert_words(uint8_t alert)
{
    static const char *const words[] = {
        [42] = "is bad",
        [43] = "is of a kind that it does not accept",
        [44] = "is revoked",
        [45] = "has expired",
        [46] = "will not do",
        [48] = "leads to no CA it trusts",
        [49] = "is not allowed in",
    };

    return alert < L2S_COUNT_OF(words) ? words[alert] : NULL;
}

static struct l2s_failure *blame(struct l2s_ppp *p, uint32_t cause, const char *hint)
{
    struct l2s_failure *f = l2s_ppp_blame(p, cause, "EAP-TLS");

    if (!f || f->cause != cause || f->detail[0]) /* the first one counts */
        return NULL;
    f->hint = hint;
    return f;
}

static void blame_peer_alert(struct l2s_ppp *p, uint8_t alert)
{
    const char *words = alert_words(alert);
    struct l2s_failure *f = words ? blame(p, L2TPSEC_CAUSE_CERTIFICATE, "the peer does not accept ppp.certificate")
                                  : blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, "TLS 1.2 with ECDHE must be common to both");

    if (!f)
        return;
    struct l2s_text t = l2s_text_init(f->detail, sizeof f->detail);
    l2s_text_put(&t, p->cfg->server ? "the client " : "the server ");
    if (words) {
        l2s_text_put(&t, "says that our certificate ");
        l2s_text_put(&t, words);
    } else {
        l2s_text_put(&t, "ended TLS with alert ");
        l2s_text_number(&t, alert);
    }
}

static void blame_certificate(struct l2s_ppp *p, const struct l2s_tls_why *w)
{
    static const char *const hints[L2S_CERT_FAULT_COUNT] = {
        [L2S_CERT_UNTRUSTED] = "ppp.ca holds those who are trusted",
        [L2S_CERT_EXPIRED] = "is the clock right?",
        [L2S_CERT_NOT_YET] = "is the clock right?",
        [L2S_CERT_NO_CRL] = "add its CA's list to ppp.crl, or set ppp.crl_required to 0",
        [L2S_CERT_CRL_EXPIRED] = "renew ppp.crl",
        [L2S_CERT_CRL_FORGED] = "renew ppp.crl",
    };
    struct l2s_failure *f = blame(p, L2TPSEC_CAUSE_CERTIFICATE,
                                  w->refused ? p->cfg->server ? "the user name must be in the client's certificate"
                                                              : "ppp.peer_name must be what the certificate names"
                                             : hints[w->verdict.fault]);

    if (!f)
        return;
    struct l2s_text t = l2s_text_init(f->detail, sizeof f->detail);
    if (!w->refused && w->verdict.fault != L2S_CERT_GOOD) {
        l2s_cert_complain(&t, !p->cfg->server, w->cert, &w->verdict, "TLS");
        return;
    }
    l2s_cert_mention(&t, !p->cfg->server, w->cert, false);
    if (!w->refused) {
        l2s_text_put(&t, "did not come");
        return;
    }
    l2s_text_put(&t, "does not name ");
    if (!p->cfg->server)
        l2s_text_put(&t, p->cfg->peer_name ? p->cfg->peer_name : "anybody");
    for (size_t i = 0; p->cfg->server && i < p->auth->name_len && i < NAME_SHOWN; i++) {
        uint8_t c = p->auth->name[i];
        l2s_text_char(&t, c >= 0x20 && c < 0x7f ? (char)c : '?');
    }
}

static void blame_tls(struct l2s_ppp *p)
{
    const struct l2s_tls_why *w = p->crypto->ops->tls_why(p->auth->tls->tls);
    struct l2s_failure *f;

    if (w->rc == L2TPSEC_ENOMEM) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_MEMORY, "EAP-TLS");
    } else if (w->rc == L2TPSEC_ERANDOM) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_RANDOM, "EAP-TLS");
    } else if (w->rc == L2TPSEC_EAUTH) {
        blame_certificate(p, w);
    } else if (w->alert) {
        blame_peer_alert(p, w->alert);
    } else if ((f = blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, "TLS 1.2 with ECDHE must be common to both"))) {
        struct l2s_text t = l2s_text_init(f->detail, sizeof f->detail);
        l2s_text_put(&t, "the TLS handshake failed");
    }
}

static void blame_words(struct l2s_ppp *p, const char *words)
{
    struct l2s_failure *f =
        *words ? blame(p, L2TPSEC_CAUSE_AUTH_REFUSED, NULL) : l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_MEMORY, "EAP-TLS");

    if (!f || !*words)
        return;
    struct l2s_text t = l2s_text_init(f->detail, sizeof f->detail);
    l2s_text_put(&t, words);
}

/* ---- the handshake ----------------------------------------------------------------------------------------------- */

/* Is it the one we mean? A server's user is known from here on by the name in the certificate (2.2, 5.2). */
static bool accept(void *self, struct l2s_bytes cert)
{
    struct l2s_ppp *p = self;
    struct l2s_auth *a = p->auth;
    struct l2s_cert_names names;
    struct l2s_rd user;

    if (l2s_cert_names(l2s_rd_init(cert.p, cert.n), &names) != L2TPSEC_OK)
        return false;
    if (!p->cfg->server)
        return !p->cfg->peer_name || !*p->cfg->peer_name || l2s_cert_is_host(&names, p->cfg->peer_name);
    if (!l2s_cert_user(&names, l2s_rd_init(a->name, a->name_len), &user) || user.left > sizeof a->name)
        return false;
    a->name_len = user.left;
    l2s_rd_copy(&user, a->name, a->name_len);
    return true;
}

static bool begin(struct l2s_ppp *p)
{
    struct l2s_tls_terms terms = {
        .server = p->cfg->server,
        .own = p->cfg->own,
        .trust = p->cfg->trust,
        .cert = {.crl_required = p->cfg->crl_required, .weak = p->cfg->weak_certificates},
        .accept = accept,
        .self = p,
    };
    struct l2s_eap_tls *t;
    int rc;

    l2s_eap_tls_end(p);
    p->auth->inner = L2S_AUTH_EAP_TLS;
    p->auth->proven = false;
    if (p->port->wall_clock(p->self, &terms.cert.now) != L2TPSEC_OK) {
        struct l2s_failure *f = blame(p, L2TPSEC_CAUSE_CERTIFICATE, NULL);
        struct l2s_text text = l2s_text_init(f ? f->detail : NULL, f ? sizeof f->detail : 0);
        l2s_text_put(&text, "certificates cannot be judged: the host does not know what time it is");
        return false;
    }
    t = p->auth->tls = l2s_mem_new(&p->sys->mem, sizeof *t);
    rc = t ? p->crypto->ops->tls_new(p->crypto, &terms, &t->tls) : L2TPSEC_ENOMEM;
    if (rc != L2TPSEC_OK) {
        (void)l2s_ppp_blame(p, rc == L2TPSEC_ENOMEM ? L2TPSEC_CAUSE_NO_MEMORY : L2TPSEC_CAUSE_INTERNAL, "EAP-TLS");
        l2s_mem_free(&p->sys->mem, t);
        p->auth->tls = NULL;
    }
    return rc == L2TPSEC_OK;
}

/* The MSK's halves are the keys of the two directions (2.3), of which MPPE takes what it needs (RFC 3079, 4). */
static bool keep_keys(struct l2s_ppp *p)
{
    struct l2s_auth *a = p->auth;
    uint8_t msk[MSK];

    a->has_master = p->crypto->ops->tls_export(a->tls->tls, "client EAP encryption", msk, sizeof msk) == L2TPSEC_OK;
    for (size_t i = 0; i < 2 && a->has_master; i++)
        memcpy(a->tls_keys[i], msk + i * MSK / 2, sizeof a->tls_keys[i]);
    l2s_wipe(msk, sizeof msk);
    if (!a->has_master)
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_INTERNAL, "EAP-TLS");
    return a->has_master;
}

/* The peer's turn is whole: what is ours to say now is in out. */
static void step(struct l2s_ppp *p)
{
    struct l2s_eap_tls *t = p->auth->tls;
    struct l2s_bytes in = {.p = t->in, .n = t->in_len};

    t->from = t->to = 0;
    t->state = p->crypto->ops->tls_step(t->tls, in, &t->out);
    forget_turn(t);
    if (t->state == L2S_TLS_FAILED)
        blame_tls(p);
}

/* ---- server: the authenticator ------------------------------------------------------------------------------------ */

static void fail(struct l2s_ppp *p)
{
    l2s_timer_cancel(&p->sys->timers, &p->auth->timer);
    l2s_eap_say(p, L2S_EAP_FAILURE, 0, NULL, 0);
    l2s_eap_tls_end(p);
    l2s_ppp_quit(p);
}

void l2s_eap_tls_start(struct l2s_ppp *p)
{
    if (begin(p))
        say_empty(p, START);
    else
        fail(p);
}

static void server_turn(struct l2s_ppp *p)
{
    struct l2s_eap_tls *t = p->auth->tls;
    enum l2s_tls_state was = t->state;

    if (was == L2S_TLS_DONE && t->in_len == 0) { /* it has our Finished, and nothing against it */
        if (!keep_keys(p)) {
            fail(p);
            return;
        }
        l2s_eap_tls_end(p);
        l2s_eap_succeed(p);
        return;
    }
    if (was != L2S_TLS_FAILED)
        step(p);
    if (was == L2S_TLS_MORE && t->out.n) /* an alert, too (2.1.3) */
        speak(p, false);
    else
        fail(p);
}

uint32_t l2s_eap_tls_response(struct l2s_ppp *p, struct l2s_rd r)
{
    struct l2s_eap_tls *t = p->auth->tls;
    struct fragment f;
    uint32_t drop = read_fragment(r, &f);
    const char *wrong;

    if (drop || !t)
        return drop ? drop : L2TPSEC_DROP_UNEXPECTED;
    if (t->speaking) {
        if (f.data.left)
            return L2TPSEC_DROP_UNEXPECTED; /* not what acknowledges a fragment */
        t->from = t->to;
        speak(p, false);
        return L2TPSEC_DROP_NONE;
    }
    wrong = collect(p, f);
    if (wrong) {
        blame_words(p, wrong);
        fail(p);
        return L2TPSEC_DROP_MALFORMED;
    }
    if (f.flags & MORE)
        speak(p, true);
    else
        server_turn(p);
    return L2TPSEC_DROP_NONE;
}

/* ---- client: the peer --------------------------------------------------------------------------------------------- */

/* We know that it failed; the server is to hear it, and answers with a Failure (2.1.3). */
static void leave(struct l2s_ppp *p)
{
    p->auth->leaving = true;
    p->auth->proven = false;
    l2s_timer_arm(&p->sys->timers, &p->auth->timer, p->sys->now + LEAVE);
}

static void client_turn(struct l2s_ppp *p)
{
    struct l2s_eap_tls *t = p->auth->tls;
    bool over = t->state == L2S_TLS_FAILED;

    if (!over)
        step(p);
    if (!over && t->out.n)
        speak(p, false);
    else
        speak(p, true);
    if (t->state == L2S_TLS_DONE)
        p->auth->proven = keep_keys(p);
    if (t->state == L2S_TLS_FAILED || (t->state == L2S_TLS_DONE && !p->auth->proven))
        leave(p);
}

static uint32_t give_up(struct l2s_ppp *p, const char *words)
{
    if (words)
        blame_words(p, words);
    l2s_eap_tls_end(p);
    l2s_ppp_quit(p);
    return words ? L2TPSEC_DROP_MALFORMED : L2TPSEC_DROP_NONE;
}

uint32_t l2s_eap_tls_request(struct l2s_ppp *p, struct l2s_rd r)
{
    struct l2s_auth *a = p->auth;
    struct fragment f;
    uint32_t drop = read_fragment(r, &f);

    if (!drop && (f.flags & START) && !a->leaving) { /* a method we have: what went before is no failure any more */
        l2s_ppp_forgive(p);
        if (!begin(p))
            return give_up(p, NULL);
        f.data = l2s_rd_init(NULL, 0);
        client_turn(p);
        return L2TPSEC_DROP_NONE;
    }
    if (drop || !a->tls) {
        a->spoke = false; /* the same identifier may yet bring something */
        return drop ? drop : L2TPSEC_DROP_UNEXPECTED;
    }
    if (a->tls->speaking) {
        if (f.data.left) {
            a->spoke = false;
            return L2TPSEC_DROP_UNEXPECTED; /* not what acknowledges a fragment */
        }
        a->tls->from = a->tls->to;
        speak(p, false);
        return L2TPSEC_DROP_NONE;
    }
    const char *wrong = collect(p, f);
    if (wrong)
        return give_up(p, wrong);
    if (f.flags & MORE)
        speak(p, true);
    else
        client_turn(p);
    return L2TPSEC_DROP_NONE;
}

void l2s_eap_tls_failed(struct l2s_ppp *p)
{
    blame_words(p, "the server refused us after the handshake");
    l2s_ppp_quit(p);
}
