/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One PPP link as the files of this wing know it. */
#ifndef L2S_PPP_LINK_H
#define L2S_PPP_LINK_H

#include "base/errors.h"
#include "ppp/auth/mschap.h"
#include "ppp/automaton.h"
#include "ppp/mppe.h"
#include "ppp/ppp.h"
#include "wire/wr.h"

enum l2s_ppp_phase {
    L2S_PHASE_DEAD,
    L2S_PHASE_ESTABLISH,
    L2S_PHASE_AUTHENTICATE,
    L2S_PHASE_NETWORK,
    L2S_PHASE_TERMINATE,
    L2S_PHASE_OVER
};

#define L2S_PPP_TIMERS 4u   /* and one for authentication, and for each protocol that not every link has */
#define L2S_PPP_REJECTED 8u /* protocols we remember to have rejected */
#define L2S_PPP_REJECTS 10u /* of each: a Protocol-Reject may be lost */
#define L2S_CHAP_VALUE_MAX 64u

struct l2s_lcp {
    struct l2s_cp cp;
    uint32_t magic, peer_magic;
    uint32_t ask_auth;  /* server: L2S_AUTH_ bit we demand; 0: none */
    uint32_t give_auth; /* the peer demands this of us; 0: none */
    unsigned loops;     /* our own magic number came back */
    uint16_t mru;       /* ours, as asked for */
    uint16_t peer_mru;
    bool no_mru, no_magic; /* rejected by the peer */
    bool acfc, pfc;        /* the peer takes compressed headers */
};

struct l2s_ipcp {
    struct l2s_cp cp;
    struct l2s_ppp_net net;
    bool no_address, no_dns[2]; /* rejected by the peer */
    bool peer_named;            /* it told its address */
};

struct l2s_ipv6cp {
    struct l2s_cp cp;
    bool no_identifier; /* rejected by the peer */
    uint8_t local[8], peer[8];
};

struct l2s_ccp {
    struct l2s_cp cp;
    uint32_t ask, peer; /* MPPE as we ask to be sent it, as the peer does; 0: not */
};

struct l2s_mppe_pair {
    struct l2s_mppe in, out;
};

struct l2s_auth {
    struct l2s_ppp *ppp;
    struct l2s_timer timer;
    uint32_t tries;
    uint8_t id;
    uint8_t challenge[L2S_MSCHAP_CHALLENGE]; /* server: ours */
    uint8_t their_challenge[UINT8_MAX];      /* client */
    uint8_t their_len;
    uint8_t peer_challenge[L2S_MSCHAP_CHALLENGE];
    uint8_t response[L2S_CHAP_VALUE_MAX]; /* client: what we answered; server: what the peer answered */
    uint8_t response_len;
    uint8_t proof[L2S_MSCHAP_PROOF]; /* client: what the server must show */
    uint8_t name[L2S_PPP_NAME_MAX];  /* server: the peer's */
    size_t name_len;
    /* PAP. Server: the peer's, until it is judged; client: ours, until it was taken. MS-CHAPv2: the new one */
    uint8_t password[L2S_PPP_SECRET_MAX];
    size_t password_len;
    uint32_t inner;     /* the method at work: LCP's, or what runs in EAP */
    uint32_t refused;   /* EAP, server: methods that need not be offered again */
    uint8_t words[640]; /* EAP: what was said last, for repeats */
    uint16_t words_len;
    uint8_t words_type, ms_id;
    uint8_t reply[160]; /* server: Success or Failure, for repeats */
    uint8_t reply_len, reply_code;
    uint8_t master[L2S_MSCHAP_MASTER];     /* for MPPE */
    uint8_t old_hash[L2S_MSCHAP_HASH];     /* of the password proven last, for the case that it has expired */
    uint8_t *change;                       /* client: our Change-Password, for repeats; NULL: none */
    uint8_t candidate;                     /* client: passwords refused so far */
    bool expired;                          /* the password is right, and has expired */
    bool retry, renew;                     /* server: what our Failure leaves open */
    bool keeping;                          /* server: the host looks at the new password */
    struct l2s_eap_tls *tls;               /* EAP-TLS at work; NULL: not, or no more */
    uint8_t tls_keys[2][L2S_MPPE_KEY_MAX]; /* of EAP-TLS for MPPE: peer to authenticator, and back */
    bool answered, pending, done, has_master;
    bool spoke, proven; /* EAP: a request came; the password was proven, by whoever is to */
    bool leaving;       /* EAP-TLS, client: the failure is told, and its confirmation waited for */
};

struct l2s_ppp {
    struct l2s_sys *sys;
    struct l2s_crypto *crypto;
    const struct l2s_ppp_config *cfg;
    const struct l2s_ppp_port *port;
    void *self; /* of port's functions */
    struct l2s_failure *why;
    enum l2s_ppp_phase phase;
    uint8_t wish[4]; /* client: the address it had before, or zeros */
    bool closing, addresses_pending;
    uint8_t auth_candidate; /* with auth_method what is known of auth while it is not there */
    uint8_t guesses;        /* server: passwords refused in this call, however often LCP began anew */
    uint32_t auth_method;
    struct l2s_auth *auth; /* NULL: before, and while nothing of it can be asked for again */
    struct l2s_cp_terms terms;
    struct l2s_lcp lcp;
    struct l2s_ipcp ipcp;
    struct l2s_ccp *ccp; /* NULL: not in use (yet), as the next */
    struct l2s_ipv6cp *ipv6cp;
    struct l2s_mppe_pair *mppe; /* NULL: not encrypted */
    struct l2s_timer echo, setup;
    uint8_t *early; /* server: the peer's last IPCP packet while addresses are pending; NULL: none */
    uint64_t alive;
    uint16_t echoes;    /* unanswered */
    uint16_t unsettled; /* asked so often whether the peer is ready for IP; 0: not in question */
    uint16_t early_len;
    struct {
        uint16_t protocol;
        uint8_t times;
    } rejected[L2S_PPP_REJECTED];
};

extern const struct l2s_cp_ops l2s_lcp_ops, l2s_ipcp_ops, l2s_ccp_ops, l2s_ipv6cp_ops;

void l2s_ppp_emit(struct l2s_ppp *p, uint16_t protocol, const uint8_t *packet, size_t n);
/* Note the first thing that went wrong; NULL when there is no memory for it. */
struct l2s_failure *l2s_ppp_blame(struct l2s_ppp *p, uint32_t cause, const char *step);
void l2s_ppp_forgive(struct l2s_ppp *p); /* what did not fit at first did in the end */
void l2s_ppp_think(struct l2s_ppp *p);   /* a person is asked: take another while */
void l2s_ppp_quit(struct l2s_ppp *p);    /* take LCP down */
void l2s_ppp_over(struct l2s_ppp *p);    /* LCP is finished */

void l2s_ppp_open_network(struct l2s_ppp *p);
/* A control protocol that not every link has: n bytes that begin with its automaton, and its timer. NULL: no memory. */
void *l2s_ppp_extra(struct l2s_ppp *p, size_t n, const struct l2s_cp_ops *ops);
void l2s_ppp_extra_free(struct l2s_ppp *p, void *cp); /* NULL allowed */
void l2s_ppp_lcp_up(struct l2s_ppp *p);
void l2s_ppp_lcp_down(struct l2s_ppp *p);
void l2s_ppp_auth_done(struct l2s_ppp *p);
void l2s_ppp_ipcp_up(struct l2s_ppp *p);
void l2s_ppp_answered(struct l2s_ppp *p); /* our echo */
void l2s_ppp_settled(struct l2s_ppp *p);  /* the peer shows that it is ready for IP */
void l2s_ppp_ipcp_down(struct l2s_ppp *p);

#if L2S_WITH_LEGACY_RC4
void l2s_ccp_open(struct l2s_ppp *p);
void l2s_ccp_free(struct l2s_ppp *p); /* and its keys */
uint32_t l2s_ccp_input(struct l2s_ppp *p, struct l2s_rd packet);
/* Encrypt and decrypt in place while there are keys; the packet stands behind L2S_PPP_EXPANSION bytes. */
bool l2s_ccp_seal(struct l2s_ppp *p, uint16_t protocol, uint8_t *ip, size_t n);
uint32_t l2s_ccp_unseal(struct l2s_ppp *p, uint8_t *data, size_t n);
#else /* MPPE cannot be configured then */
static inline void l2s_ccp_open(struct l2s_ppp *p)
{
    (void)p;
}
static inline void l2s_ccp_free(struct l2s_ppp *p)
{
    (void)p;
}
static inline uint32_t l2s_ccp_input(struct l2s_ppp *p, struct l2s_rd packet)
{
    (void)p, (void)packet;
    return L2TPSEC_DROP_UNKNOWN_PROTOCOL;
}
static inline bool l2s_ccp_seal(struct l2s_ppp *p, uint16_t protocol, uint8_t *ip, size_t n)
{
    (void)p, (void)protocol, (void)ip, (void)n;
    return false;
}
static inline uint32_t l2s_ccp_unseal(struct l2s_ppp *p, uint8_t *data, size_t n)
{
    (void)p, (void)data, (void)n;
    return L2TPSEC_DROP_UNKNOWN_PROTOCOL;
}
#endif

/* auth/ */
const char *l2s_auth_name(uint32_t method);
const char *l2s_auth_fits(uint32_t method); /* the setting that would allow it */
void l2s_auth_start(struct l2s_ppp *p);
void l2s_auth_stop(struct l2s_ppp *p);
void l2s_auth_free(struct l2s_ppp *p);
/* The peer is through with it: its memory is not needed, until it is challenged anew. Not to be called in mid-step. */
void l2s_auth_rest(struct l2s_ppp *p);
void l2s_auth_again(struct l2s_ppp *p); /* say it, and repeat it until it is answered */
void l2s_auth_wait(struct l2s_ppp *p);  /* it is said: repeat it until it is answered */
uint32_t l2s_auth_input(struct l2s_ppp *p, uint16_t protocol, struct l2s_rd packet);
/* Ask for the secret of a name; the judgement follows, at once or later. */
void l2s_auth_ask(struct l2s_ppp *p, const uint8_t *name, size_t name_len);
void l2s_auth_refuse(struct l2s_ppp *p, const char *step);
void l2s_auth_accepted(struct l2s_ppp *p, uint32_t method); /* client */
void l2s_auth_conclude(struct l2s_ppp *p, uint32_t error);  /* server, MS-CHAPv2: the verdict is this error; 0: good */
#if L2S_WITH_LEGACY_PAP
uint32_t l2s_pap_input(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd data);
void l2s_pap_send(struct l2s_ppp *p);
void l2s_pap_respond(struct l2s_ppp *p, const uint8_t *secret, size_t len);
void l2s_pap_judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known);
#else /* nobody agrees on PAP then */
static inline uint32_t l2s_pap_input(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd data)
{
    (void)p, (void)code, (void)id, (void)data;
    return L2TPSEC_DROP_UNKNOWN_PROTOCOL;
}
static inline void l2s_pap_send(struct l2s_ppp *p)
{
    (void)p;
}
static inline void l2s_pap_respond(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    (void)p, (void)secret, (void)len;
}
static inline void l2s_pap_judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known)
{
    (void)p, (void)secret, (void)len, (void)known;
}
#endif
/* What CHAP and EAP do alike, by auth->inner. */
bool l2s_chap_proves(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known);
void l2s_chap_verdict(struct l2s_ppp *p, uint32_t error); /* into auth->reply; 0: good */
bool l2s_chap_is_ms(const struct l2s_ppp *p);
uint32_t l2s_chap_take_response(struct l2s_ppp *p, struct l2s_rd value, struct l2s_rd name);
bool l2s_chap_compute(struct l2s_ppp *p, const uint8_t *secret, size_t len); /* the response; false: it has failed */
bool l2s_chap_check_proof(struct l2s_ppp *p, struct l2s_rd words);           /* false: it has failed */
bool l2s_chap_matches(struct l2s_ppp *p, const uint8_t *secret, size_t len); /* the response was made with it */
void l2s_chap_conclude(struct l2s_ppp *p, uint32_t error);
void l2s_eap_conclude(struct l2s_ppp *p, uint32_t error);
/* What follows a Failure of MS-CHAPv2 (RFC 2759, 6 and 7): another password, or a new one. */
enum { L2S_MSCHAP_EXPIRED = 648, L2S_MSCHAP_REFUSED = 691, L2S_MSCHAP_NOT_CHANGED = 709 };
#define L2S_MSCHAP_CHANGE 582u /* bytes of a Change-Password behind its header */
#define L2S_MSCHAP_VALUE 49u   /* peer challenge 16, zeros 8, response 24, flags 1 (4) */
void l2s_mschap_put_failure(struct l2s_ppp *p, struct l2s_wr *w, uint32_t error);
bool l2s_mschap_waits(struct l2s_ppp *p);                          /* server: something may follow the Failure */
bool l2s_mschap_try_again(struct l2s_ppp *p, struct l2s_rd words); /* client; false: that was all */
#if L2S_WITH_LEGACY_RC4
void l2s_mschap_change(struct l2s_ppp *p, const uint8_t *secret, size_t len); /* client: into auth->change */
uint32_t l2s_mschap_take_change(struct l2s_ppp *p, struct l2s_rd r);          /* server */
#else /* a Change-Password is not offered then */
static inline void l2s_mschap_change(struct l2s_ppp *p, const uint8_t *secret, size_t len)
{
    (void)p, (void)secret, (void)len;
}
static inline uint32_t l2s_mschap_take_change(struct l2s_ppp *p, struct l2s_rd r)
{
    (void)p, (void)r;
    return L2TPSEC_DROP_UNEXPECTED;
}
#endif

void l2s_eap_begin(struct l2s_ppp *p);
void l2s_eap_repeat(struct l2s_ppp *p);
uint32_t l2s_eap_input(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd data);
void l2s_eap_judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known);
void l2s_eap_respond(struct l2s_ppp *p, const uint8_t *secret, size_t len);
bool l2s_eap_ripe(const struct l2s_ppp *p);
void l2s_eap_finish(struct l2s_ppp *p);

#if L2S_WITH_EAP_TLS
void l2s_eap_tls_end(struct l2s_ppp *p);
#else
static inline void l2s_eap_tls_end(struct l2s_ppp *p)
{
    (void)p;
}
#endif

uint32_t l2s_chap_input(struct l2s_ppp *p, uint8_t code, uint8_t id, struct l2s_rd data);
void l2s_chap_send(struct l2s_ppp *p);
void l2s_chap_judge(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool known);
void l2s_chap_respond(struct l2s_ppp *p, const uint8_t *secret, size_t len);

#endif
