/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The outside: UDP sockets for IKE (500) and NAT traversal (4500), and a raw socket for ESP (IP protocol 50).
 * Datagrams are read and written in bursts, many of them in one message where the kernel cuts them up and puts them
 * together (UDP GSO and GRO), and each goes out from the very address its peer speaks to. */
#ifndef EXAMPLES_NET_H
#define EXAMPLES_NET_H

#include "addr.h"
#include "problem.h"

#include <stdbool.h>

struct net_inbox;

enum {
    NET_BURST = 64,   /* messages in one system call, both ways */
    NET_LARGE = 8,    /* the same, when they are large: what is read together should fit a cache */
    NET_SOCKETS = 24, /* three for each address */
    /* The largest message that is read: tens of datagrams that the kernel joined, or IKE with certificates. */
    NET_DATAGRAM = 65536,
    /* How far messages lie from each other: at multiples of 64 KiB they would share the lines of a cache. */
    NET_SLOT = NET_DATAGRAM + 320,
};

struct net_socket {
    int fd;
    uint32_t transport; /* L2TPSEC_TRANSPORT_ value */
    l2tpsec_addr local; /* what it is bound to; the address may be "any" */
    bool segments;      /* the kernel cuts up what we send (UDP_SEGMENT) */
    unsigned pause;     /* bursts to go without, as it could not the last time */
};

/* Nothing is lost silently: what the host drops is counted here, what the library drops in its statistics. */
struct net_counters {
    uint64_t truncated; /* received: longer than NET_DATAGRAM, or no sensible IP header */
    uint64_t unsent;    /* the kernel refused it: no buffer, no route */
    uint64_t no_socket; /* from an address or port that is not open */
    int last_error;     /* errno of the last one unsent */
};

struct net {
    struct net_socket sockets[NET_SOCKETS];
    unsigned n;
    bool shared; /* set before they are opened: several open the same addresses and ports */
    struct net_counters counters;
    struct net_inbox *inbox;
};

struct net_ports {
    uint16_t ike, nat;
    bool esp; /* the raw socket too */
};

/* Opens the sockets of one local address (0.0.0.0 and :: stand for all); once for each address wanted. */
int net_open(struct net *net, const l2tpsec_addr *local, const struct net_ports *ports, struct problem *p);
void net_close(struct net *net);

/* Reads what has arrived, in one system call; true when there may be more. net_next() gives the packets of it to
 * l2tpsec_input(), at most max at a time; 0 when all were given. */
bool net_recv(struct net *net, const struct net_socket *s);
size_t net_next(struct net *net, l2tpsec_packet *pkts, size_t max);
/* The context's callback "send": what the kernel does not take is dropped and counted, as a network would. */
void net_send(struct net *net, const l2tpsec_packet *pkts, size_t n);

/* The address this host would use towards a peer. */
int net_local_address(const l2tpsec_addr *remote, l2tpsec_addr *out, struct problem *p);

#endif
