/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The face of the PPP wing: one link (RFC 1661), client or server: LCP, one authentication protocol, IPCP. */
#ifndef L2S_PPP_PPP_H
#define L2S_PPP_PPP_H

#include "base/failure.h"
#include "base/sys.h"
#include "crypto/provider.h"
#include "wire/rd.h"

#include <stdbool.h>
#include <stdint.h>

struct l2s_ppp;

#define L2S_PPP_NAME_MAX 256
#define L2S_PPP_SECRET_MAX 256

/* EAP stands for the protocol in LCP, those behind it for what may run in it. */
enum {
    L2S_AUTH_PAP = 1u << 0,
    L2S_AUTH_CHAP_MD5 = 1u << 1,
    L2S_AUTH_MSCHAPV2 = 1u << 2,
    L2S_AUTH_EAP = 1u << 3,
    L2S_AUTH_EAP_MD5 = 1u << 4,
    L2S_AUTH_EAP_MSCHAPV2 = 1u << 5,
    L2S_AUTH_EAP_TLS = 1u << 6
};

/* "MS-CHAPv2", for the step of an event */
const char *l2s_auth_step(uint32_t method);

/* MPPE: bits of the CCP option (RFC 3078, 2.1), and what we think of them. */
#define L2S_MPPE_STATELESS UINT32_C(0x01000000) /* H */
#define L2S_MPPE_56 UINT32_C(0x80)              /* M */
#define L2S_MPPE_128 UINT32_C(0x40)             /* S */
#define L2S_MPPE_40 UINT32_C(0x20)              /* L */
#define L2S_MPPE_STRENGTHS (L2S_MPPE_128 | L2S_MPPE_56 | L2S_MPPE_40)
#define L2S_MPPE_STATEFUL UINT32_C(0x40000000) /* ours: that is taken, too */
#define L2S_MPPE_REQUIRED UINT32_C(0x80000000) /* ours: no IP without it */

#define L2S_PPP_EXPANSION 4u /* bytes that MPPE puts in front of an IP packet */

struct l2s_ppp_config {
    bool server;      /* asks the peer to authenticate and gives it its address */
    uint32_t auth;    /* L2S_AUTH_ bits: server: demanded, strongest first; client: allowed to answer. Server with 0: no
                         * authentication is asked for (only when the profile says so by name) */
    uint16_t mru;     /* asked for, 128..1500; default 1400 */
    const char *name; /* borrowed; client: user name; server: our name in challenges; shorter than L2S_PPP_NAME_MAX */
    uint16_t max_configure, max_terminate, max_failure; /* RFC 1661, 4.6: 10, 2, 5 */
    uint32_t echo_s;        /* echo after this many seconds of silence; default 30, 0: never */
    uint32_t echo_failures; /* unanswered in a row until the link is dead; default 4 */
    uint32_t setup_s;       /* the whole negotiation; default 60 */
    uint32_t retries;       /* server: other passwords that a peer may try in the same call (MS-CHAPv2) */
    uint32_t mppe;          /* L2S_MPPE_ bits: strengths taken; 0: never */
    bool ipv6;              /* agree on IPv6, too, if the peer does */
    bool ask_dns;           /* client: ask for DNS (RFC 1877) */
    /* EAP-TLS: our chain and key, whom we believe, and (client) the DNS name that the server's certificate must have; borrowed.
     * No name, or "": any */
    struct l2s_own *own;
    struct l2s_trust *trust;
    const char *peer_name;
    bool crl_required, weak_certificates;
};

/* What is different for every link. */
struct l2s_ppp_line {
    uint64_t link;       /* what the trace calls it */
    uint32_t restart_ms; /* RFC 1661 restart timer: core knows the round trip */
    uint8_t wish[4];     /* client: the address it had before, or zeros */
};

struct l2s_ppp_net { /* IPCP's outcome; addresses as four bytes */
    uint8_t local[4], peer[4];
    uint8_t dns[2][4]; /* zeros: none */
    uint16_t mtu;      /* largest IP packet towards the peer: its MRU, at most 1500 */
};

/* Whose secret is asked for. */
struct l2s_ppp_ask {
    const uint8_t *name; /* bounded bytes, not NUL-ended; a server's may have DOMAIN\ in front */
    size_t name_len;
    unsigned candidate; /* client: so many were refused before */
    bool expired;       /* client: the last one was right, but has expired: a new one is to take its place */
};

/* self of each is what l2s_ppp_new was given. */
struct l2s_ppp_port {
    /* One PPP frame, address and control field included where they are due; core adds L2TP and the rest. */
    void (*emit)(void *self, const uint8_t *frame, size_t n);
    /* Client: our password for cfg.name. Server: the password of this peer name. Fill secret, set *len. L2TPSEC_OK;
     * L2TPSEC_EEXPIRED: that is it, but a new one has to take its place; L2S_PENDING: l2s_ppp_answer comes later; else: no such
     * user, and no other password. */
    int (*secret)(void *self, const struct l2s_ppp_ask *ask, uint8_t secret[L2S_PPP_SECRET_MAX], size_t *len);
    /* Server: the peer's new password (RFC 2759, 7). L2TPSEC_OK: it is the password from now on; L2S_PENDING: l2s_ppp_answer
     * tells, by any secret or none; else: refused. Client: this one was taken, and not the first that secret gave. */
    int (*keep)(void *self, const uint8_t *name, size_t name_len, const uint8_t *secret, size_t len);
    /* Server, after authentication, before IPCP: addresses for both ends and DNS (peer may be pinned by user name).
     * L2TPSEC_OK, L2S_PENDING (l2s_ppp_addresses comes later) or an error: the link is closed. */
    int (*addresses)(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net);
    /* EAP-TLS: the time, seconds since 1970; L2TPSEC_OK, or it is not known. */
    int (*wall_clock)(void *self, int64_t *now);
    /* The peer proved its name (server) or we are accepted (client). method is an L2S_AUTH_ bit other
     * than EAP, 0: none. */
    void (*authenticated)(void *self, const uint8_t *user, size_t user_len, uint32_t method);
    /* IPCP opened, and the peer shows that it is ready for IP, or had time enough to be. */
    void (*up)(void *self, const struct l2s_ppp_net *net);
    /* IPV6CP opened, with these interface identifiers of 8 bytes; or closed: NULL. */
    void (*ipv6)(void *self, const uint8_t *local, const uint8_t *peer);
    /* What l2s_ppp_data_header says is another now. */
    void (*reframed)(void *self);
    /* Finished: by our close (why NULL), by the peer, by failure. Comes exactly once; nothing is sent afterwards; core frees
     * the link after the step that called this, never inside it. */
    void (*down)(void *self, const struct l2s_failure *why);
};

/* cfg and port are borrowed. */
int l2s_ppp_new(struct l2s_sys *sys, struct l2s_crypto *crypto, const struct l2s_ppp_config *cfg,
                const struct l2s_ppp_line *line, const struct l2s_ppp_port *port, void *self, struct l2s_ppp **out);
void l2s_ppp_free(struct l2s_ppp *p); /* NULL allowed; says nothing on the wire */

void l2s_ppp_start(struct l2s_ppp *p); /* the lower layer is up */
void l2s_ppp_close(struct l2s_ppp *p); /* Terminate-Request; down() when acknowledged or given up */
/* To a pending secret (NULL: no such user) and to pending addresses (NULL: none). L2TPSEC_ENOENT: nobody waits. */
int l2s_ppp_answer(struct l2s_ppp *p, const uint8_t *secret, size_t len, bool expired);
int l2s_ppp_addresses(struct l2s_ppp *p, const struct l2s_ppp_net *net);
/* Put the question for addresses again that is still pending, if one is. */
void l2s_ppp_ask_addresses(struct l2s_ppp *p);
bool l2s_ppp_open(const struct l2s_ppp *p);   /* IP may pass */
void l2s_ppp_expect(const struct l2s_ppp *p); /* that is going to be asked */

enum l2s_ppp_kind { L2S_PPP_CONTROL, L2S_PPP_IPV4, L2S_PPP_IPV6, L2S_PPP_SEALED, L2S_PPP_DROP };

/* One frame. IPV4/IPV6 only when that protocol is open: packet is its place within the frame. Accepts address and control
 * field present or not, and the protocol field of one or two bytes. SEALED: packet is to be given to l2s_ppp_unseal. reason:
 * an L2TPSEC_DROP_ value. */
enum l2s_ppp_kind l2s_ppp_input(struct l2s_ppp *p, struct l2s_rd frame, struct l2s_rd *packet, uint32_t *reason);
/* Decrypt in place (MPPE). The kinds of l2s_ppp_input but SEALED. */
enum l2s_ppp_kind l2s_ppp_unseal(struct l2s_ppp *p, uint8_t *data, size_t n, struct l2s_rd *packet, uint32_t *reason);

/* The bytes in front of every IPv4 packet we send, as negotiated (ACFC, PFC): 1 to 4. For IPv6 the last is another, if
 * packets are not sealed. */
size_t l2s_ppp_data_header(const struct l2s_ppp *p, uint8_t out[4]);
#define L2S_PPP_IPV6_BYTE 0x57u
/* Between that header and the packet, once this is true, stand L2S_PPP_EXPANSION bytes that l2s_ppp_seal fills when it
 * encrypts the packet in place; false: it failed. */
bool l2s_ppp_seals(const struct l2s_ppp *p);
bool l2s_ppp_seal(struct l2s_ppp *p, uint8_t *ip, size_t n);

/* Have the peer answer: an echo request, now. */
void l2s_ppp_ask(struct l2s_ppp *p);
/* The same, if half of its time is over: the host is awake now, and to be left alone then. */
bool l2s_ppp_ask_early(struct l2s_ppp *p);
/* Any valid inbound packet of the link: no echo needed for a while. */
void l2s_ppp_alive(struct l2s_ppp *p);

uint32_t l2s_ppp_auth_method(const struct l2s_ppp *p);

/* What has gone wrong so far, before down() could say it; NULL: nothing. */
const struct l2s_failure *l2s_ppp_why(const struct l2s_ppp *p);

#endif
