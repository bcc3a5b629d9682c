/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A host: what a program that embeds the library does for it. */
#ifndef TESTS_SIM_HOST_H
#define TESTS_SIM_HOST_H

#include "sim/sim.h"

struct datagram {          /* on its way */
    struct client *client; /* whom it comes from, or goes to; NULL: nobody has this address */
    l2tpsec_addr from, to;
    uint32_t transport;
    uint8_t flow; /* of the inner packet in it; 2: none, or nothing can be said of it */
    bool to_server;
    size_t len;
    uint8_t bytes[];
};

l2tpsec_addr host_server_address(const struct host *h);
/* The library said something: a datagram leaves this host. */
void net_send(struct host *h, const l2tpsec_packet *p);
void host_arm(struct host *h); /* after each call into its context */
void host_input(struct host *h, struct datagram *d, l2tpsec_addr local);
void host_output(struct client *c, unsigned flow);
bool client_up(const struct client *c); /* at both ends */

#endif
