/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two IKE engines back to back over a network in virtual time: loss, repetition, reordering, a NAT in front of the client. End
 * 0 dials, end 1 listens, if a test does not say otherwise. */
#ifndef TESTS_IKE_V1_RIG_H
#define TESTS_IKE_V1_RIG_H

#include "ike/v1/ike.h"
#include "unit/fakes/fakes.h"

#define RIG_CHILDREN 64
#define RIG_BYTES 4096
#define RIG_PSK "a shared secret of 32 characters"

struct rig;

struct rig_child {
    uint64_t channel, id;
    uint32_t spi_in, spi_out;
    struct l2s_esp_suite suite;
    uint8_t enc_in[36], enc_out[36], auth_in[64], auth_out[64];
    bool initiator, udp_encap, legacy, aggressive;
    bool unconfirmed; /* as it came, and until child_confirmed */
    l2tpsec_addr local, remote, local_inner, remote_inner;
    uint16_t local_port, remote_port;
    uint32_t lifetime_s;
    uint64_t lifetime_bytes;
};

struct rig_end {
    struct rig *rig;
    struct l2s_ike *e;
    struct l2s_ike_config cfg;
    unsigned which;
    l2tpsec_addr at; /* port 500 */

    const char *psk[16]; /* candidates */
    bool ask;            /* answer later: token says for what */
    uint64_t token;
    struct l2s_psk_query asked;
    unsigned asked_times;
    int channel_rc, child_rc; /* what channel_up and child_up answer */
    bool close_on_up, close_on_child, close_on_reset;

    uint64_t channel; /* the last one */
    void *owner;
    struct l2s_ike_id peer_id;
    char agreed[48]; /* phase 1 of the last channel, in words */
    unsigned channels_up, channels_down, failed, resets, moves, keepalives, keylogs, children_up, children_down, emits;
    struct l2s_failure why;     /* of the last channel_down or failed */
    struct l2s_failure refused; /* of the last failed that was nobody's */
    void *why_owner;
    l2tpsec_addr moved_to;
    struct rig_child child[RIG_CHILDREN]; /* those that are up, oldest first */
    unsigned n;
    unsigned spis; /* reserved and not given back nor used */
    uint32_t next_spi;
    uint8_t log_cookie[8], log_key[32];
    size_t log_len;
};

struct rig_packet {
    struct rig_packet *next;
    uint64_t due;
    unsigned from;
    l2tpsec_addr src, dst;
    bool marker;
    size_t n;
    uint8_t p[RIG_BYTES];
};

struct rig {
    struct fake_sys sys;
    struct l2s_crypto *crypto;
    struct rig_end end[2];
    struct rig_packet *wire;
    uint64_t delay, jitter; /* microseconds */
    unsigned loss, again;   /* of a thousand */
    uint64_t chance;
    bool nat;          /* in front of end 0 */
    uint8_t nat_ip;    /* last byte of its address outside */
    uint16_t nat_base; /* inside port p is nat_base + p outside */
    bool cut;          /* nothing passes */
    uint64_t sent;
    bool (*tap)(struct rig *r, struct rig_packet *pkt, void *arg); /* false: drop it */
    void *tap_arg;
    unsigned tapped; /* what the tap of rig_connect_past counts */
};

extern int rig_owner; /* its address is the owner of end 0's connects */

void rig_init(struct rig *r);
void rig_fini(struct rig *r); /* asserts that nothing is held */
/* Both ends' proposals. */
void rig_propose(struct rig *r, const char *ike, const char *esp);
int rig_connect(struct rig *r);
struct l2s_v1_peer *rig_peer(const struct rig_end *e); /* of its first channel */
void rig_run(struct rig *r, uint64_t us);
/* This end lost power, and is there again with the same configuration. */
void rig_restart(struct rig *r, unsigned which);
void rig_listen(struct rig *r);
/* Listen, connect, and run until both have a pair; asserts that it is so within ten seconds. */
void rig_up(struct rig *r);
/* Each side has one channel with one pair, they fit, nothing is left over, and end 0's connect did not fail. */
void rig_assert_up(const struct rig *r);
/* In place of a Diffie-Hellman group a toy of 32 bytes that costs nothing: for sweeps (x25519 is to be proposed). */
void rig_cheap_dh(struct rig *r);
extern unsigned rig_dh_calls; /* of the toy, since rig_cheap_dh */
/* Both ends' newest pairs are one another's. */
void rig_assert_joined(const struct rig *r);
struct rig_child *rig_newest(struct rig_end *e); /* NULL: none */
struct rig_child *rig_find(struct rig_end *e, uint64_t id);

l2tpsec_addr rig_addr(uint8_t last, uint16_t port); /* 192.0.2.last */
/* Put a datagram on the wire, or at once into an end. */
void rig_send(struct rig *r, unsigned from, const l2tpsec_addr *src, const l2tpsec_addr *dst, bool marker,
              const uint8_t *p, size_t n);
void rig_inject(struct rig *r, unsigned to, const l2tpsec_addr *from, const l2tpsec_addr *at, bool marker,
                const uint8_t *p, size_t n);

/* One with the cheap group; WITH_CHEAP_RIG: one for a test, as *state. */
void rig_begin(struct rig *r);
/* The same, and end 1 listens, in main or aggressive mode. */
void rig_begin_mode(struct rig *r, bool aggressive);
/* The same, and end 0 connects, and so much time passes, under a tap whose argument is a counter: what that says in the end. */
unsigned rig_connect_past(struct rig *r, bool aggressive, bool (*tap)(struct rig *r, struct rig_packet *pkt, void *arg),
                          uint64_t us);
int rig_set_up(void **state);
int rig_tear_down(void **state);
#define WITH_CHEAP_RIG(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

void rig_allow(struct rig_end *e, const char *esp);
bool rig_is_quick(const struct rig_packet *pkt);
bool rig_mates(const struct rig_child *x, const struct rig_child *y);
unsigned rig_common(const struct rig *r); /* pairs that both ends have */
/* Run event by event: at none of them may there be no pair that both ends have. Returns the most an end had. */
unsigned rig_watch(struct rig *r, uint64_t us);
/* One channel that never went down, and nothing reserved. */
void rig_assert_quiet(const struct rig *r);
/* Every channel that was is gone, with all that it had. */
void rig_assert_empty(const struct rig *r);

#endif
