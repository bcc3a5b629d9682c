/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a call has to say when it is done: control datagrams to send, packets of ours to deliver (ICMP), events. Filled while
 * machines step, emptied when none does. */
#ifndef L2S_CORE_QUEUE_H
#define L2S_CORE_QUEUE_H

#include "base/list.h"
#include "base/mem.h"

#include <l2tpsec/l2tpsec.h>
#include <string.h>

/* Packets with their bytes. Grows while machines step (control traffic only); what finds no memory is lost as it might be
 * on the wire, and counted by the caller. */
struct l2s_packets {
    l2tpsec_packet *pkt;
    size_t n, cap;
    uint8_t *bytes;
    size_t used, room;
};

/* Room for one packet of n bytes, headroom in front; NULL on shortage. The caller fills the bytes before the next call. */
uint8_t *l2s_packets_add(struct l2s_packets *q, struct l2s_mem *mem, size_t headroom, size_t n, l2tpsec_packet **out);
/* Resolve the places of the bytes: call before handing pkt out. */
void l2s_packets_settle(struct l2s_packets *q);
void l2s_packets_clear(struct l2s_packets *q);
void l2s_packets_fini(struct l2s_packets *q, struct l2s_mem *mem);

/* All of a packet for the host, member by member: cheaper than to clear it first. */
static inline void l2s_packet_put_inner(l2tpsec_packet *out, uint8_t *data, size_t len, l2tpsec_id link)
{
    out->data = data;
    out->len = len;
    out->headroom = 0;
    out->tailroom = 0;
    out->link = link;
    memset(&out->local, 0, sizeof out->local);
    memset(&out->remote, 0, sizeof out->remote);
    out->transport = 0;
    out->drop = 0;
    out->reserved[0] = 0;
    out->reserved[1] = 0;
}

static inline void l2s_packet_put(l2tpsec_packet *out, uint8_t *data, size_t len, l2tpsec_id link,
                                  const l2tpsec_addr *local, const l2tpsec_addr *remote, uint32_t transport)
{
    l2s_packet_put_inner(out, data, len, link);
    out->local = *local;
    out->remote = *remote;
    out->transport = transport;
}

struct l2s_history;

#define L2S_EVENT_TEXT 1280

/* An event with room for its strings. */
struct l2s_event {
    struct l2s_node node;
    struct l2s_history *history; /* of the link that is gone; NULL: none, or the link has it */
    l2tpsec_event ev;
    char text[L2S_EVENT_TEXT];
    char offered[384], allowed[384], message[128], user[128], domain[128];
};

#endif
