/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The configuration file of l2tpsec-server, read by libConfuse. Protocol settings go straight to the library's profile,
 * whose table knows what is allowed; what is the host's own is in struct config. */
#ifndef EXAMPLES_CONFIG_H
#define EXAMPLES_CONFIG_H

#include "accounts.h"

#include <stdio.h>

enum { CONFIG_LISTEN = 8, CONFIG_WORKERS = 64 };

struct config {
    l2tpsec_addr listen[CONFIG_LISTEN];
    unsigned n_listen;
    char tun[16];
    l2tpsec_addr address; /* our end inside */
    struct subnet pool;
    l2tpsec_addr address6; /* the same for IPv6; family 0: none */
    struct subnet pool6;
    uint32_t mtu; /* of the TUN device */
    unsigned workers;
    char *events, *keylog, *tap;
    struct accounts accounts;
};

/* Where protocol settings go: 0, or -1 with the problem (host_set() in the programs). */
typedef int config_set(void *arg, const char *name, const char *value, struct problem *p);

/* Reads the file. Errors, each with file, line, key and what is allowed, are written to err: then -1. */
int config_read(struct config *c, const char *path, config_set *set, void *arg, FILE *err);
void config_free(struct config *c);

#endif
