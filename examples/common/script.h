/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The vpnc-script convention: a program which sets up interface, routes and DNS, told by its environment what to do.
 * OpenConnect and vpnc users know it. */
#ifndef EXAMPLES_SCRIPT_H
#define EXAMPLES_SCRIPT_H

#include "addr.h"
#include "problem.h"

struct script {
    const char *path;
    const char *device;
    const struct subnet *routes; /* what goes through the tunnel; none: the script decides */
    unsigned n_routes;
};

/* Runs it and waits. The reason is "pre-init", "connect", "reconnect" or "disconnect"; ev is the UP event it is about,
 * NULL for pre-init. */
int script_run(const struct script *s, const char *reason, const l2tpsec_addr *server, const l2tpsec_event *ev,
               struct problem *p);

#endif
