/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One life of a client and a server with secrets that are known, searched for them all the way, and after it. */
#ifndef TESTS_SECRETS_PLAY_H
#define TESTS_SECRETS_PLAY_H

#include "pair/pair.h"

#define PSK "Bramble-Otter!4711-Quartz-Vellum"
#define OTHER_PSK "Walnut=Plover?8320=Sphinx=Marble"
#define PASSWORD "Thistle~Badger%59~Juniper"
#define OTHER_PASSWORD "Cobalt&Heron@66&Lantern"
#define NEW_PASSWORD "Saffron^Magpie*73^Orchard"
#define TUNNEL_SECRET "Ferret|Indigo|2468|Pewter"

struct play {
    const char *name;
    const char *client, *server;    /* settings: "name=value; name=value" */
    const char *ike_key, *ppp_key;  /* certificates: "client256 server256" */
    void (*hosts)(struct pair *p);  /* sets callbacks */
    bool fails;                     /* to come up */
    bool abrupt;                    /* both contexts are freed while the link is up */
    bool silent;                    /* the network loses everything from some datagram on */
    bool renewed;                   /* keys are, while it is up */
    size_t lost_from;               /* that datagram; 0: none */
    size_t failing_alloc;           /* of the client; 0: none */
    void (*during)(struct pair *p); /* instead of waiting for it to come up */
};

struct play_sum { /* over all plays */
    size_t plays, freed_blocks, freed_bytes, live_blocks, pieces, texts;
    size_t datagrams; /* of the last play */
    unsigned found;
};

extern struct play_sum play_sum;

/* Whether nothing was found. */
bool play(const struct play *what);

#endif
