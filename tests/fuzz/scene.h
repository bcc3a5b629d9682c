/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Where the stateful fuzz targets play: contexts with toy cryptography, made anew for every input, in virtual time; what they send
 * waits on a wire until the input says what becomes of it. Whatever happens, what must hold is checked all the time. */
#ifndef TESTS_FUZZ_SCENE_H
#define TESTS_FUZZ_SCENE_H

#include "fuzz/fuzz.h"
#include "fuzz/structure.h"

#include <l2tpsec/l2tpsec.h>

#define SCENE_SECOND UINT64_C(1000000)
#define SCENE_HOSTS 3
#define SCENE_WIRE 64        /* datagrams under way */
#define SCENE_BYTES 4096     /* of the longest */
#define SCENE_LINKS 64       /* of one host */
#define SCENE_ENDED 32       /* links that are gone, and must not be heard of again */
#define SCENE_TOKENS 16      /* questions left open */
#define SCENE_MEMORY 1048576 /* bytes that a context may hold, whatever comes */

struct scene;

struct datagram {
    struct host *from;
    l2tpsec_packet pkt; /* as its sender gave it; data points to bytes only when it is used */
    uint8_t bytes[SCENE_BYTES];
};

struct scene_link {
    l2tpsec_id id;
    bool up;
};

struct host {
    struct scene *scene;
    l2tpsec *ctx;
    l2tpsec_profile *profile;
    l2tpsec_addr at;
    bool moved; /* and may be spoken to at any address of that other network */
    uint64_t seed;
    size_t blocks;
    uint32_t allocs_left, randoms_left; /* until one fails; 0: none does */
    bool allocs_fail_on;
    bool starved;    /* an allocation failed it: events may have been lost for it */
    uint8_t secrets; /* enum secrets */
    uint64_t token[SCENE_TOKENS];
    bool of_address[SCENE_TOKENS]; /* the question is for addresses */
    size_t n_tokens;
    struct scene_link link[SCENE_LINKS];
    size_t n_links;
    l2tpsec_id ended[SCENE_ENDED];
    size_t n_ended;
    bool many;                 /* more links than are looked at one by one */
    uint8_t inner[4], peer[4]; /* addresses of the last link that came up */
    unsigned ups;
    unsigned sent; /* in this call */
    size_t sent_bytes;
};

/* How the host answers questions. */
enum secrets { SECRETS_KNOWN, SECRETS_LATER, SECRETS_NONE, SECRETS_WRONG, SECRETS_EXPIRED, SECRETS_WAYS };

/* The first bytes of an input. */
struct setup {
    bool blind_macs, blind_digests;
    uint8_t variant; /* of phase 1 and ESP: 0..3 */
    uint8_t auth;    /* of PPP: 0..7 */
    bool ask_psk, mppe, ipv6, tunnel_secret, fragments;
    bool short_lives; /* keys are to be renewed within a minute */
    bool extras;      /* hidden AVPs, DHCPINFORM, other passwords, a tap */
    bool pfs;         /* and a first proposal that the server has not */
    uint8_t seed;
};
#define SETUP_BYTES 3u

struct scene {
    uint64_t now;
    struct setup setup;
    struct host host[SCENE_HOSTS];
    struct datagram wire[SCENE_WIRE];
    size_t first, n; /* a ring */
};

struct setup setup_read(const uint8_t *data, size_t size);

void scene_begin(struct scene *s, const struct setup *setup);
void scene_end(struct scene *s); /* frees contexts; nothing may be held */

struct host *scene_server(struct scene *s, unsigned which, const char *last);
void scene_listen(struct host *h);
struct host *scene_client(struct scene *s, unsigned which);
l2tpsec_addr scene_address(uint8_t net, uint8_t last, uint16_t port);
void scene_connect(struct host *h, const struct host *server);

/* A message for a host: it is in a block of exactly its size. Counted. */
void scene_input(struct host *h, const l2tpsec_packet *as, const uint8_t *bytes, size_t n);
void scene_advance(struct scene *s, uint64_t us);
/* The same in steps that grow with the argument: microseconds to days. */
void scene_wait(struct scene *s, uint8_t arg);
/* The host does something: enum act, in the lower four bits; the others choose. */
void scene_act(struct host *h, const struct host *server, uint8_t arg, const uint8_t *body, size_t n);
/* Something fails it from now on, or no longer. */
void scene_fail(struct host *h, uint8_t arg);
void scene_no_failures(struct host *h);
void scene_check(struct host *h);

struct datagram *scene_wire(struct scene *s, size_t n); /* the n-th of those under way, NULL: none */
void scene_unwire(struct scene *s, size_t n);
/* The host at its destination; NULL: nobody's. */
struct host *scene_host_at(struct scene *s, const l2tpsec_addr *at);
/* Deliver, in order, until nothing is under way for so long. */
void scene_run(struct scene *s, uint64_t us);

/* After all that: this server takes a new client, or this client finds a new server. */
void scene_serves(struct scene *s, struct host *server);
void scene_dials(struct scene *s, struct host *client);
/* Should it be looked at for this input? */
bool scene_is_chosen(const uint8_t *data, size_t size);

extern const char scene_psk[], scene_word[]; /* the secrets: a pre-shared key, a password */
extern uint64_t scene_messages;              /* processed so far; said at exit */

#endif
