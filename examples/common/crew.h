/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Several workers behind the same addresses: each is a thread with a context, which is a shard, sockets of its own
 * (SO_REUSEPORT), and a queue of the TUN device (IFF_MULTI_QUEUE). A packet that arrives at the wrong one is copied
 * once and handed to the right one. The first worker is the main thread, and the one that hears signals. */
#ifndef EXAMPLES_CREW_H
#define EXAMPLES_CREW_H

#include "host.h"

#include <stdatomic.h>

enum { CREW_MOST = L2TPSEC_SHARDS_MAX };

struct crew;
struct tray;
struct astray;

struct worker {
    struct host host; /* first: the callbacks get it back */
    struct crew *crew;
    unsigned index;
    bool threaded; /* its thread was started */
    bool told;     /* its statistics were, this time */
    bool done;     /* all its links are closed, or it waited long enough */
    uv_thread_t thread;
    uv_async_t wake;
    uv_mutex_t lock;           /* of the next one */
    struct tray *in;           /* what others hand it */
    struct tray *out;          /* what it is at work on */
    uint64_t handed, overflow; /* by this worker: handed on; not taken by the other one */
};

struct crew {
    const struct program *program;
    void *arg; /* the program's own */
    struct worker *worker[CREW_MOST];
    unsigned n;
    atomic_uint at_work; /* that are not done */
    atomic_bool closing, stopping;
    uv_mutex_t lock; /* of all below */
    unsigned to_tell;
    l2tpsec_stats stats;
    struct host_drops drops;
    uv_rwlock_t routes;    /* of the next one */
    struct astray *astray; /* inner addresses that are not where their number says */
    atomic_uint n_astray;
};

/* Makes the first worker, alone: all is as if there were no crew. */
int crew_init(struct crew *c, const struct program *program, void *arg, struct problem *p);
/* Makes the others, up to n in all. Settings, sockets and device are the program's to give to one worker after the other. */
int crew_grow(struct crew *c, unsigned n, struct problem *p);
void crew_fini(struct crew *c);
/* Runs all until everything is closed. */
int crew_run(struct crew *c, struct problem *p);
/* The program's "event" passes all events on: links whose address inside is another worker's by its number are remembered. */
void crew_note(struct host *h, const l2tpsec_event *ev);

#endif
