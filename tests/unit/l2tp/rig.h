/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two engines on one secure channel in virtual time, over a network that may lose, double and reorder; or one engine
 * alone against datagrams made by hand (solo). */
#ifndef TESTS_L2TP_RIG_H
#define TESTS_L2TP_RIG_H

#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "l2tp/header.h"
#include "l2tp/l2tp.h"
#include "l2tp/message.h"

#define RIG_CHANNEL 7u
#define RIG_LOG 256u
#define RIG_MTU 1600u

struct rig;

struct rig_end {
    struct rig *rig;
    struct l2s_l2tp *e;
    struct l2s_l2tp_port port;
    struct l2s_l2tp_config cfg;
    bool serves; /* accepts tunnels */
    uint16_t src_port;

    uint64_t session; /* the last that came up */
    uint64_t dialled;
    unsigned ups, downs, fails, idles;
    unsigned reheaded, overdue;
    bool silent_down;       /* the last session_down had no reason */
    struct l2s_failure why; /* of the last session_down or failed */
    int up_rc;              /* what session_up answers */
    uint64_t idle_at;
    void (*on_up)(struct rig_end *e);
    void (*on_down)(struct rig_end *e);
    void (*on_idle)(struct rig_end *e);
};

struct rig_packet {
    struct rig_packet *next;
    uint64_t due;
    unsigned from;
    uint16_t port; /* the sender's */
    uint64_t channel;
    size_t n;
    uint8_t bytes[RIG_MTU];
};

struct rig {
    struct fake_sys f;
    struct l2s_crypto *crypto;
    struct rig_end end[2];
    struct rig_packet *flying;
    bool solo;              /* what end 0 sends goes nowhere but to the log */
    unsigned loss, doubled; /* per cent */
    uint64_t delay, jitter; /* microseconds */
    uint64_t seed;
    bool dark; /* everything is lost */

    struct {
        unsigned from;
        uint16_t port; /* the destination's */
        uint64_t channel, at;
        size_t n;
        uint8_t bytes[RIG_MTU];
    } log[RIG_LOG];
    unsigned logged;
};

void rig_init(struct rig *r);
void rig_solo(struct rig *r); /* init, one engine that serves */
void rig_fini(struct rig *r);

int rig_dial(struct rig *r); /* end 0 to end 1 */
void rig_run(struct rig *r, uint64_t us);
void rig_up(struct rig *r); /* dial, and both ends report a session */

/* Feed a datagram to an end, as an exact-size copy. */
enum l2s_l2tp_kind rig_input(struct rig *r, unsigned to, uint64_t channel, const void *p, size_t n,
                             struct l2s_l2tp_rx *rx);
/* Solo: a control message from the peer; returns the drop reason, 0 for none. */
uint32_t rig_say(struct rig *r, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr,
                 const struct l2s_l2tp_msg *m);
uint32_t rig_say_raw(struct rig *r, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr, const void *avps,
                     size_t n);
uint32_t rig_zlb(struct rig *r, uint16_t tunnel, uint16_t ns, uint16_t nr);

/* The n-th datagram from the end of the log (0: the last), decoded; type 0 for a ZLB. */
void rig_sent(const struct rig *r, unsigned back, struct l2s_l2tp_header *h, struct l2s_l2tp_msg *m);
unsigned rig_count(const struct rig *r, unsigned from, uint16_t type); /* of that type in the log; 0 counts ZLBs */

struct l2s_l2tp_msg rig_sccrq(uint16_t tunnel_id);
struct l2s_l2tp_msg rig_sccrp(uint16_t tunnel_id);
struct l2s_l2tp_msg rig_plain(uint16_t type);
struct l2s_l2tp_msg rig_session(uint16_t type, uint16_t session_id);
struct l2s_l2tp_msg rig_stop(uint16_t tunnel_id, uint16_t result, uint16_t error);
struct l2s_l2tp_msg rig_cdn(uint16_t session_id, uint16_t result, uint16_t error);

/* Solo: a peer that dials us, up to an established session. Its tunnel id is 77, its session id 88. */
struct rig_lac {
    uint16_t tunnel, session; /* ours */
    uint16_t ns, nr;          /* its next, and what it acknowledges */
};
void rig_lac_tunnel(struct rig *r, struct rig_lac *l);
void rig_lac_up(struct rig *r, struct rig_lac *l);

/* Solo: we dial a peer. Its tunnel id is 77, its session id 88. */
void rig_lns_tunnel(struct rig *r, struct rig_lac *l);
void rig_lns_up(struct rig *r, struct rig_lac *l);

/* Datagrams of real peers: lines of "name hex"; returns the length. */
size_t rig_vector(const char *file, const char *name, uint8_t *out, size_t cap);
unsigned rig_vectors(const char *file, void (*each)(void *arg, const uint8_t *p, size_t n), void *arg);

#endif
