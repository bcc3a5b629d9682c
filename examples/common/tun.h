/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The inside: a TUN device, one IP packet a read or write. */
#ifndef EXAMPLES_TUN_H
#define EXAMPLES_TUN_H

#include "l2tpsec/l2tpsec.h"
#include "problem.h"

#include <net/if.h>
#include <stdbool.h>

enum {
    TUN_BURST = 32,    /* packets given to the library in one call */
    TUN_PACKET = 4096, /* the largest taken from the device; its MTU is set well below */
};

struct tun {
    int fd;
    char name[IF_NAMESIZE];
    unsigned index;
    bool gone;          /* somebody removed the device */
    uint64_t unwritten; /* packets the device did not take */
    uint8_t data[TUN_BURST][L2TPSEC_HEADROOM + TUN_PACKET + L2TPSEC_TAILROOM];
};

/* "%d" in the name is replaced by the first free number. The device goes away when it is closed. */
int tun_open(struct tun *tun, const char *name, struct problem *p);
void tun_close(struct tun *tun);

/* Reads at most max (up to TUN_BURST) packets, each with the room around it that l2tpsec_output() needs to seal it
 * where it lies. */
size_t tun_read(struct tun *tun, l2tpsec_packet *pkts, size_t max);
/* The context's callback "deliver". */
void tun_write(struct tun *tun, const l2tpsec_packet *pkts, size_t n);

#endif
