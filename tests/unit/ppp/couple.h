/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two links back to back in virtual time: end 0 is the server, end 1 the client. */
#ifndef TESTS_PPP_COUPLE_H
#define TESTS_PPP_COUPLE_H

#include "base/errors.h"
#include "ppp/link.h"
#include "unit/fakes/fakes.h"

struct end {
    struct l2s_ppp *ppp;
    struct l2s_ppp_config cfg;
    struct couple *pair;
    unsigned index;
    const char *password; /* NULL: no such user */
    const char *next[3];  /* client: the passwords after the first */
    const char *renewed;  /* client: for an expired one; NULL: none */
    bool expired;         /* server: the password has */
    int keep;             /* server: what becomes of a new password */
    char kept[64];        /* the last one to keep */
    unsigned asked;
    bool pending, address_pending, no_address;
    unsigned ups, downs, authenticated;
    struct l2s_ppp_net net;
    struct l2s_failure why;
    uint8_t user[64];
    size_t user_len;
    uint8_t last[1600]; /* frame emitted last */
    size_t last_len;
    unsigned sent;
    int64_t wall_clock; /* 0: not known */
};

struct wire {
    struct wire *next;
    uint64_t due;
    unsigned to;
    size_t len;
    uint8_t bytes[1600];
};

struct couple {
    struct fake_sys f;
    struct l2s_crypto *crypto;
    struct end end[2];                                           /* 0: server, 1: client */
    unsigned loss, twice;                                        /* percent */
    bool (*meddle)(struct end *from, uint8_t *frame, size_t *n); /* false: that frame is lost */
    struct wire *wire;
    struct l2s_timer tick;
    bool cut; /* the client is a peer written by hand */
};

extern const struct l2s_ppp_net couple_given; /* what the server gives */

void couple_up(struct couple *p, uint32_t server_auth, uint32_t client_auth);
/* The same, with more to say about each end's configuration. */
void couple_up_with(struct couple *p, uint32_t server_auth, uint32_t client_auth,
                    void (*tune)(struct couple *p, unsigned index, struct l2s_ppp_config *cfg));
void couple_start(struct couple *p);
void couple_run(struct couple *p, uint64_t us);
void couple_down(struct couple *p);
/* One end hears a frame; the reason it was dropped for. */
uint32_t couple_feed(struct end *e, const uint8_t *frame, size_t n);

#endif
