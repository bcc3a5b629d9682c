/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A context: the wings it drives, the links and channels between them, and what it has to tell the host. */
#ifndef L2S_CORE_CONTEXT_H
#define L2S_CORE_CONTEXT_H

#include "base/hash.h"
#include "base/idtab.h"
#include "base/list.h"
#include "base/sys.h"
#include "core/pool.h"
#include "core/profile.h"
#include "core/queue.h"
#include "crypto/provider.h"
#include "esp/esp.h"
#include "ike/v1/ike.h"
#include "l2tp/l2tp.h"

#include <l2tpsec/l2tpsec.h>

#define L2S_SCRATCH_PACKETS 4u
#define L2S_SCRATCH_BYTES 2048u

/* How many were given in the second that began at since. */
struct l2s_ration {
    uint64_t since;
    uint32_t given;
};

struct l2tpsec {
    struct l2s_sys sys;
    l2tpsec_callbacks cb;
    void *user;
    struct l2s_crypto *crypto;
    struct l2s_ike *ike;
    struct l2s_esp *esp;
    struct l2s_l2tp *l2tp;
    struct l2s_ike_port ike_port;
    struct l2s_l2tp_port l2tp_port;

    struct l2s_idtab links;   /* struct l2s_link */
    struct l2s_hash channels; /* struct l2s_channel, by the number IKE gave it */
    struct l2s_hash routes;   /* server links by inner address */
    struct l2s_hash routes6;  /* the same by IPv6 prefix */
    struct l2s_hash users;    /* those whose user is proven, by that */
    struct l2s_pool pool;
    struct l2s_node profiles; /* of the host: struct l2tpsec_profile */
    struct l2s_node servers;  /* struct l2s_shared_profile: the one in force first, then those links may still use */
    bool listening;
    bool begun; /* connect or listen was called: the shard is settled */
    uint32_t links_up, links_server;
    uint64_t client_hint; /* where the only client was last found */

    uint64_t epoch, epoch_end; /* of the ways (core/way.h); the clock ends it, too */
    unsigned depth;            /* calls of the host inside each other */
    uint32_t questions;        /* serial number of the last question put to the host about a link */
    unsigned asking;           /* inside a question: getters only */
    bool doomed;               /* freed from inside a callback */

    struct l2s_packets send, deliver;
    struct l2s_node events;  /* struct l2s_event */
    struct l2s_event *spare; /* for what must be told in a shortage */
    struct l2s_node untold;  /* struct l2s_link: ended while spare was in use, told when it is back */
    struct l2s_event *told;  /* while the host hears it; else NULL */
    struct l2s_node graves;  /* struct l2s_grave: freed when nothing points to it any more */

    uint8_t (*scratch)[L2S_SCRATCH_BYTES];
    unsigned scratch_used;
    l2tpsec_stats stats;
    uint64_t drops[L2TPSEC_DROP_COUNT];                             /* the wings' own not counted */
    struct l2s_ration log_drops[L2TPSEC_DROP_COUNT], log_strangers; /* of records */
    uint64_t log_left_out;
    struct l2s_ration refusals; /* events of who has a key and finds no place */
    struct l2s_event *shown;    /* of l2tpsec_get_link */
};

/* First member of what must outlive the step that ended it. */
struct l2s_grave {
    struct l2s_node node;
    void (*bury)(struct l2tpsec *c, struct l2s_grave *g);
};

void l2s_core_doom(struct l2tpsec *c, struct l2s_grave *g, void (*bury)(struct l2tpsec *c, struct l2s_grave *g));

int32_t l2s_core_new(struct l2tpsec **out, const l2tpsec_callbacks *cb, void *user, uint64_t now);
void l2s_core_free(struct l2tpsec *c); /* at once, or on the way out when inside a callback */

/* Every call of the host runs between these two. outer: it may not come from inside a callback. */
int32_t l2s_core_enter(struct l2tpsec *c, uint64_t now, bool outer);
/* The same for what brings packets only. */
int32_t l2s_core_enter_data(struct l2tpsec *c, uint64_t now, bool outer);
void l2s_core_leave(struct l2tpsec *c);
void l2s_core_flush_sends(struct l2tpsec *c);
void l2s_core_flush_events(struct l2tpsec *c); /* not in mid-step */

/* The data path (data_in.c, data_out.c). */
void l2s_core_input(struct l2tpsec *c, l2tpsec_packet *pkts, size_t n);
void l2s_core_overdue(struct l2tpsec *c, uint64_t session); /* frames of this L2TP session wait no longer */
void l2s_core_output(struct l2tpsec *c, l2tpsec_packet *pkts, size_t n);

#define L2S_CORE_BURST 64u

#endif
