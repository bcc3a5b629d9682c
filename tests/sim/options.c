/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "sim/options.h"

#define DAY (24 * HOUR)

struct options options_short(void)
{
    return (struct options){.seed = 1,
                            .hours = 6,
                            .clients = 50,
                            .per_server = 250,
                            .loss = 30,
                            .duplicate = 10,
                            .reorder = 20,
                            .corrupt = 1,
                            .traffic = MINUTE,
                            .rebind = 10 * MINUTE,
                            .expiry = MINUTE,
                            .roam = 2 * HOUR,
                            .partition = 6 * HOUR,
                            .server_cut = 12 * HOUR,
                            .server_restart = 8 * HOUR,
                            .client_restart = 12 * HOUR,
                            .sleep = 12 * HOUR,
                            .jump = DAY,
                            .mtu = 6 * HOUR,
                            .violations = 10};
}

void options_calm(struct options *o)
{
    o->calm = true;
    o->rebind = o->expiry = o->roam = o->partition = o->server_cut = o->server_restart = 0;
    o->client_restart = o->sleep = o->jump = o->mtu = 0;
}

void options_connects(struct options *o, uint64_t n)
{
    options_calm(o);
    o->connects = n;
    o->corrupt =
        0; /* UDP has a checksum: a changed message of a main mode, which has no proof yet, is one that is lost */
    o->traffic = 0;
    o->hours = 1000000;
}
