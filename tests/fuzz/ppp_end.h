/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One PPP link with toy cryptography, and a peer that says what the input has. Everything the link says is looked at. */
#ifndef TESTS_FUZZ_PPP_END_H
#define TESTS_FUZZ_PPP_END_H

#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ppp/link.h"
#include "unit/fakes/fakes.h"

struct ppp_end {
    struct fake_sys f;
    struct l2s_ppp_config cfg;
    struct l2s_ppp *ppp;
    unsigned ups, downs, authenticated;
    uint64_t links;                     /* messages the link said */
    uint16_t protocol;                  /* whose requests are remembered */
    uint8_t request[L2S_PPP_FRAME_MAX]; /* the link's last one: code, id, length, options */
    size_t request_len;
    uint8_t password[8];
};

extern struct l2s_crypto *ppp_end_crypto; /* made once; TLS in it is a stub */
int ppp_end_init(void);

/* A link of this role, started. auth: L2S_AUTH_ bits. */
void ppp_end_up(struct ppp_end *p, bool server, uint32_t auth, uint16_t protocol);
/* Go on as if LCP was agreed on, with this method (0: none): into authentication, or the network phase. */
void ppp_end_skip_lcp(struct ppp_end *p, uint32_t method);
void ppp_end_down(struct ppp_end *p);

/* The peer says a packet of its protocol: code, id and data. */
void ppp_end_say(struct ppp_end *p, uint16_t protocol, uint8_t code, uint8_t id, struct l2s_rd data);
/* One step out of the input: "what, ...". What: 0 a packet with any code and id; 1 the same with the id of the link's last request;
 * 2 the link's own request acknowledged; 3 time passes; 4 any frame; 5 a request of the peer; the rest as 1. False: no more. */
bool ppp_end_step(struct ppp_end *p, struct l2s_rd *r);

#endif
