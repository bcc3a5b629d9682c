/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a program around libl2tpsec is made of: one context, and the host's four duties - sockets, TUN device, clock and
 * randomness - on a libuv loop. l2tpsec-client and l2tpsec-server add only what they do about events. */
#ifndef EXAMPLES_HOST_H
#define EXAMPLES_HOST_H

#include "events.h"
#include "net.h"
#include "secrets.h"
#include "tapfile.h"
#include "tun.h"

#include <uv.h>

enum {
    HOST_SIGNALS = 3,
    HOST_BURST = 64,   /* packets in one call of the library, both ways */
    HOST_BUDGET = 256, /* packets of one socket or device before the others have their turn */
};

struct host;

/* What differs between programs. secret and address are as in l2tpsec_callbacks, their user is the struct host. */
struct program {
    const char *name;
    void (*event)(struct host *h, const l2tpsec_event *ev);
    int32_t (*secret)(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len);
    int32_t (*address)(void *user, const l2tpsec_address_query *q, l2tpsec_addresses *out);
};

/* What several hosts of one program do together (crew.h). */
struct host_crew {
    /* Of n packets keep those for h in front, hand the others to those whose they are; how many are left. */
    size_t (*share)(struct host *h, l2tpsec_packet *pkts, size_t n, bool inner);
    void (*signal)(struct host *h, int number);
    void (*finish)(struct host *h); /* all its links are closed */
};

struct host {
    const struct program *program;
    const struct host_crew *crew; /* NULL: alone */
    bool deaf;                    /* another one hears the signals */
    l2tpsec *ctx;
    l2tpsec_profile *profile;
    struct net net;
    struct tun tun;
    struct events events;
    struct tapfile tap;
    struct net_ports ports;
    bool verbose; /* every log record of the library on stderr */
    bool closing;
    bool loop_made;

    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_timer_t timer, limit;
    uv_signal_t signals[HOST_SIGNALS];
    uv_poll_t polls[NET_SOCKETS + 1]; /* each socket, and the TUN device last */
    l2tpsec_packet pkts[HOST_BURST];
};

/* Makes the loop, the context and its profile; sockets and TUN device are opened by the program. */
int host_init(struct host *h, const struct program *program, struct problem *p);
void host_fini(struct host *h);

/* Sets one setting of the profile; the problem is in the library's words. The value of ike.certificate, ike.key,
 * ike.ca and ike.crl, and of their like in ppp, is the name of a file. */
int host_set(struct host *h, const char *name, const char *value, struct problem *p);
int host_set_secret(struct host *h, const char *name, const struct secret *s, struct problem *p);

/* What there is to say at SIGUSR1, added to what is there. */
void host_add_stats(const struct host *h, l2tpsec_stats *stats, struct host_drops *drops);

/* Runs until everything is closed. SIGTERM and SIGINT close, SIGUSR1 prints statistics. */
int host_run(struct host *h, struct problem *p);
/* Hangs up all links in order, and ends host_run() when that is done, or after six seconds. */
void host_close(struct host *h);

/* Microseconds since boot, sleep included: it never jumps, and an SA ages while a laptop is shut. */
uint64_t host_now(void);

#endif
