/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The inside: a TUN device. Where the kernel can, a read or write carries up to 64 KiB of a TCP or UDP flow (TSO and
 * USO one way, the same as GRO the other), which the library cuts up and puts together. */
#ifndef EXAMPLES_TUN_H
#define EXAMPLES_TUN_H

#include "l2tpsec/offload.h"
#include "problem.h"

#include <net/if.h>
#include <stdbool.h>

enum {
    TUN_BURST = 64,     /* packets given to the library in one call */
    TUN_PACKET = 65536, /* the largest taken from the device */
    TUN_QUEUE = 1000,   /* packets, large ones too, that the device holds for us */
    TUN_ROOM = L2TPSEC_HEADROOM + L2TPSEC_TAILROOM,
};

struct tun {
    int fd;
    char name[IF_NAMESIZE];
    unsigned index;
    bool queued;        /* set before it is opened: several open it by one name, each has a queue of it */
    bool headers;       /* each packet has a struct virtio_net_hdr in front */
    uint32_t coalesce;  /* L2TPSEC_COALESCE_ bits: what the device takes */
    bool gone;          /* somebody removed the device */
    bool empty;         /* there was no more to read the last time */
    uint64_t unwritten; /* packets the device did not take */

    /* The large packet that is being cut up. */
    l2tpsec_packet large; /* data NULL: none */
    l2tpsec_offload offload;
    size_t done;
    uint8_t read[TUN_BURST * 2048 + TUN_PACKET + TUN_ROOM]; /* packets as they were read */
    uint8_t cut[TUN_PACKET + TUN_BURST * (TUN_ROOM + 128)]; /* those of a large one */
};

/* "%d" in the name is replaced by the first free number. The device goes away when it is closed. */
int tun_open(struct tun *tun, const char *name, struct problem *p);
void tun_close(struct tun *tun);

/* Reads at most max (up to TUN_BURST) packets, each with the room around it that l2tpsec_output() needs to seal it
 * where it lies. 0 and tun->empty: there is no more. */
size_t tun_read(struct tun *tun, l2tpsec_packet *pkts, size_t max);
/* The context's callback "deliver". */
void tun_write(struct tun *tun, const l2tpsec_packet *pkts, size_t n);

/* The largest packet the device should give for this MTU: one that, cut up and sealed, goes in one message of UDP. */
uint32_t tun_large(uint32_t mtu);

#endif
