/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A channel: what IKE proved about one peer, and the SA pairs that carry its datagrams. Its number is IKE's. */
#ifndef L2S_CORE_CHANNEL_H
#define L2S_CORE_CHANNEL_H

#include "core/shared.h"
#include "core/way.h"

struct l2s_link;

/* An SA pair as core sees it; owner of its ESP SA. */
struct l2s_child {
    struct l2s_grave grave; /* first */
    struct l2s_channel *channel;
    struct l2s_way_in way; /* so far it is looked at with every packet */
    struct l2s_node node;  /* of channel->children, newest last */
    struct l2s_esp_sa *sa;
    uint64_t id; /* IKE's */
    uint32_t spi_in, spi_out;
    struct l2s_esp_suite suite;
    bool rekey_asked, announced;
    bool tiny;        /* its limit of bytes is: no renewal for every packet */
    bool unconfirmed; /* the peer's last word is not here yet, nor a packet by it */
};

struct l2s_channel {
    struct l2s_grave grave; /* first */
    struct l2s_hnode hnode;
    uint64_t id;
    struct l2tpsec *c;
    struct l2s_shared_profile *shared; /* the link's, or the server's when it came up */
    struct l2s_node children, links;
    struct l2s_child *out;      /* pair we send on */
    struct l2s_child *next_out; /* newer pair of ours that the peer may not have yet */
    uint64_t next_out_at;
    uint64_t spent_at;                      /* when a renewal was last asked for by bytes */
    l2tpsec_addr local, remote;             /* outer */
    l2tpsec_addr local_inner, remote_inner; /* what the ends call themselves */
    uint64_t told_in, told_out;             /* when IKE last heard of traffic: at most once a second */
    bool udp_encap, legacy, aggressive, client, gone;
    bool heard;                  /* something came by an SA pair of it */
    struct l2s_timer idle;       /* server: nothing runs over it */
    struct l2s_history *history; /* server: until there is a link for it */
};

struct l2s_link *l2s_channel_link(const struct l2s_channel *ch); /* its first; NULL: it has none */
struct l2s_channel *l2s_channel_find(struct l2tpsec *c, uint64_t id);

/* A UDP payload for the peer's port inside, in two pieces; sealed at once and queued. */
void l2s_channel_send(struct l2s_channel *ch, uint16_t peer_port, const uint8_t *head, size_t head_len,
                      const uint8_t *p, size_t n);
/* HMAC-SHA-256 at 96 bits on the pair that we send on, as things stand; and at the other length from now on, for nothing comes back
 * (false: the length is not open). */
bool l2s_channel_is_cut(const struct l2s_channel *ch);
bool l2s_channel_cut_elsewhere(struct l2s_channel *ch);
/* Choose the pair to send on now. NULL: none. */
struct l2s_child *l2s_channel_out(struct l2s_channel *ch);
/* A packet came in by this pair; from says where. */
void l2s_channel_heard(struct l2s_channel *ch, struct l2s_child *by, const l2tpsec_addr *local,
                       const l2tpsec_addr *from, bool newest, bool udp);
/* A packet goes out, the first of this second at least. */
void l2s_channel_sent(struct l2s_channel *ch);
/* In time for a new pair, by what went through this one. */
void l2s_channel_spent(struct l2s_channel *ch, struct l2s_child *by);
void l2s_channel_address(const struct l2s_channel *ch, l2tpsec_packet *p); /* local, remote, transport */

/* "ESP aes256-sha256 in UDP" */
void l2s_channel_text(const struct l2s_channel *ch, char *out, size_t cap);

/* Largest IP packet inside, so that nothing is fragmented outside on an ordinary path. */
uint16_t l2s_channel_mtu(const struct l2s_channel *ch);

/* Nothing runs over it any more (or not yet): close it after a while, unless it is a client's. */
void l2s_channel_idle(struct l2s_channel *ch, uint64_t after);
void l2s_channel_close(struct l2s_channel *ch); /* says DELETE */
void l2s_channel_free(struct l2s_channel *ch);  /* says nothing; its links are gone already */

/* Tell the host that this peer, who has no link, was turned away. */
void l2s_channel_refused(struct l2tpsec *c, const l2tpsec_addr *remote, const struct l2s_failure *why);

extern const struct l2s_ike_port l2s_channel_ike_port; /* self is filled in by the context */

#endif
