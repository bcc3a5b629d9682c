/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One link of ours, and a peer written by hand or read from a file: what it says, what it hears. */
#ifndef TESTS_PPP_DESK_H
#define TESTS_PPP_DESK_H

#include "base/errors.h"
#include "ppp/ppp.h"
#include "unit/fakes/fakes.h"

#define FRAMES_MAX 128

enum { LCP = 0xc021, PAP = 0xc023, CHAP = 0xc223, IPCP = 0x8021, IPV6CP = 0x8057, CCP = 0x80fd, ACSP = 0x8235 };
enum { REQ = 1, ACK, NAK, REJ, TERM_REQ, TERM_ACK, CODE_REJ, PROTO_REJ, ECHO_REQ, ECHO_REP };

struct said { /* one frame we sent */
    uint16_t protocol;
    uint8_t code, id;
    uint8_t body[1600]; /* behind code, id and length */
    size_t n;
    uint8_t frame[1600];
    size_t frame_len;
};

struct desk {
    struct fake_sys f;
    struct l2s_crypto *crypto;
    struct l2s_ppp *ppp;
    struct l2s_ppp_config cfg;
    struct said said[FRAMES_MAX];
    size_t n;
    size_t echoed; /* of said: looked at for echo requests, which the peer answers at once */
    bool no_echo;  /* or does not */
    unsigned ups, downs, authenticated;
    uint32_t method;
    const char *password;         /* NULL: wonderland */
    bool later;                   /* the password comes with l2s_ppp_answer */
    unsigned asked;               /* for it */
    struct l2s_ppp_net net, give; /* what it came up with; what we give as a server */
    struct l2s_failure why;
    uint8_t user[64];
    size_t user_len;
    /* chance gives these, where they are set, whenever that many bytes are asked for */
    const uint8_t *random1, *random4, *random16;
    int (*chance)(void *user, void *buf, size_t n);
};

void desk_up(struct desk *d, bool server, uint32_t auth, const char *name); /* and started */
void desk_down(struct desk *d);

/* The peer says this frame; the reason it was dropped for. */
uint32_t desk_hear(struct desk *d, const uint8_t *frame, size_t n);
/* The same of parts: address and control field, protocol, code, id, length, and a body in hex. */
uint32_t desk_hear_packet(struct desk *d, uint16_t protocol, uint8_t code, uint8_t id, const char *body);

/* What we said last of this kind; NULL: nothing. */
const struct said *desk_last(const struct desk *d, uint16_t protocol, uint8_t code);
unsigned desk_count(const struct desk *d, uint16_t protocol, uint8_t code);

/* The peer asks for options and is answered with this code and these options. */
void desk_ask(struct desk *d, uint16_t protocol, uint8_t id, const char *options, uint8_t code, const char *answer);
/* The peer answers our last request: with its own options, or with these. */
void desk_ack(struct desk *d, uint16_t protocol);
void desk_reply(struct desk *d, uint16_t protocol, uint8_t code, const char *options);
/* Our last request has these options; magic numbers are written as 00000000. */
void desk_wants(const struct desk *d, uint16_t protocol, const char *options);
/* How often we said that we do not speak this protocol. */
unsigned desk_refusals(const struct desk *d, uint16_t protocol);

#endif
