/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Thousands of contexts over a bad network in virtual time: clients, most of them behind NAT, and servers; each client keeps one
 * link to its server and carries a little traffic both ways. The same options give the same run, to the last datagram. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "sim/queue.h"

#include <l2tpsec/l2tpsec.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define SIM_START (1000 * SECOND)

/* After a server came back, a network came back, a host woke or began: so long a link may take to be up, and it does not count. */
#define GRACE MINUTE
/* In a network that lets packets pass, nothing that came through for so long: a link is stuck. */
#define STUCK (5 * MINUTE)

struct options {
    uint64_t seed, hours;
    uint32_t clients, per_server;
    unsigned loss, duplicate, reorder, corrupt; /* per cent */
    uint64_t traffic;                           /* a packet each way about so often */
    /* How often these things happen to each whom they can happen to, on average; 0: never. */
    uint64_t rebind, expiry, roam, partition, server_cut, server_restart, client_restart, sleep, jump, mtu;
    bool calm;         /* none of them */
    uint64_t connects; /* not a network to live in: dial so often in all, and hang up each time */
    uint64_t within;   /* longest that a connect in calm may take; 0: any time */
    uint64_t most;     /* the same of 999 in 1000 of them */
    uint32_t watch;    /* 1 + the client whose events and drops are told; 0: none */
    unsigned violations;
    struct {
        const char *name, *value;
    } set[16]; /* settings, of clients and servers */
    unsigned n_set;
};

struct sim;

/* What every host has, client or server. */
struct host {
    struct sim *s;
    l2tpsec *ctx; /* NULL: it is off */
    l2tpsec_profile *profile;
    uint32_t index; /* among the clients, or the servers */
    bool server;
    bool asleep;
    uint64_t ahead;              /* its clock, of the world's */
    uint64_t armed, armed_order; /* the item that wakes it */
    uint64_t random;
    uint64_t cut_until;                /* cut from the network */
    size_t bytes, blocks, peak, fresh; /* fresh: bytes of a context that has done nothing yet */
};

struct mapping {
    uint16_t port; /* outside; 0: none */
    uint64_t used;
};

struct nat {
    uint32_t generation; /* of its address */
    uint32_t first;      /* 1 + a client behind it; each knows the next */
    uint16_t port;       /* the last it gave */
};

enum phase { P_OFF, P_IDLE, P_DIALLING, P_UP, P_WAITING };

/* Inner packets of one direction, as their sender numbers them. */
struct flow {
    uint64_t sent;
    uint64_t top, window;            /* received: the last, and which of the 64 up to it */
    uint64_t refused, refused_since; /* in a row that arrived at the host and did not come out of the link */
};

struct client {
    struct host h;
    struct host *server;
    uint32_t nat, next_behind; /* 1 + index; 0: none */
    uint32_t generation;       /* of its own address, without NAT */
    struct mapping map[2];     /* of ports 500 and 4500 */
    uint64_t delay;
    uint32_t path_mtu;

    enum phase phase;
    l2tpsec_id link, server_link;
    l2tpsec_addr address, peer, server_address, server_peer; /* inside, as each end has them */
    uint64_t dialled_at, down_at;
    bool disturbed; /* the weather spoilt what is measured now */
    uint8_t cookie[8];

    uint64_t calm_from, since; /* accounts are settled up to since */
    uint64_t allowed, up, total, total_up;
    uint64_t last_up;
    struct flow flow[2]; /* to the server, to the client */
};

#define REASONS 12u

/* Links that went down in calm, by what was said of it. */
struct reason {
    char words[64];
    uint64_t n;
};

struct series {
    uint32_t *ms;
    size_t n, room;
};

struct counts {
    uint64_t dials, connects, failures, downs, rekeys, phase1, events, moved;
    uint64_t datagrams, bytes, lost, too_long, astray, unheard;
    uint64_t inner_sent, inner_lost, inner_delivered, inner_refused, inner_unsent;
    uint64_t ticks, items, restarts, refused_by[L2TPSEC_DROP_COUNT];
    struct reason needless[REASONS];
    size_t peak_client, peak_server, held_after_close;
};

struct invariants;

struct sim {
    const struct options *o;
    uint64_t now, random, trace;
    struct queue queue;
    struct client *clients;
    struct host *servers;
    struct nat *nats;
    uint32_t n_clients, n_servers, n_nats;
    struct host *running;   /* whose context was called */
    struct client *sending; /* whose inner packet is being sealed, and which */
    unsigned sending_flow;
    size_t sending_len;
    bool delivered;
    bool closing; /* nobody dials any more */
    struct series connect, recover;
    struct counts n;
    struct invariants *inv;
    bool over; /* too many violations, or all done */
};

enum kind { K_DATAGRAM, K_TIMER, K_TRAFFIC, K_ANSWER, K_DIAL, K_WATCH, K_WEATHER /* and all above */ };

struct sim *sim_new(const struct options *o);
void sim_run(struct sim *s); /* all the hours, and the end */
void sim_free(struct sim *s);

uint64_t sim_random(uint64_t *state);
uint64_t sim_below(struct sim *s, uint64_t n);
bool sim_dice(struct sim *s, unsigned percent);
uint64_t sim_host_now(const struct host *h);

void sim_host_start(struct host *h);
void sim_host_stop(struct host *h);  /* a power cut: frees all, says nothing */
void sim_host_woken(struct host *h); /* its time went on: do what is due */
void sim_dial(struct client *c);
void sim_account(struct client *c);       /* before anything changes that availability depends on */
bool sim_allowed(const struct client *c); /* the network lets packets pass, and both ends are there */
void sim_disturb(struct client *c);       /* the weather changed: give it time */
l2tpsec_addr sim_client_address(const struct client *c);

#endif
