/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The library's tap as a capture file: control messages in the clear, each in an IP packet made up for it, which Wireshark and
 * tshark read without a key. */
#ifndef EXAMPLES_TAPFILE_H
#define EXAMPLES_TAPFILE_H

#include "problem.h"

#include <l2tpsec/l2tpsec.h>
#include <stdio.h>

struct tapfile {
    FILE *f; /* NULL: not wanted */
};

/* path NULL: not wanted. A file that is there is written anew. */
int tapfile_open(struct tapfile *t, const char *path, struct problem *p);
void tapfile_close(struct tapfile *t);
/* The context's callback "tap". What cannot be written is lost. */
void tapfile_write(struct tapfile *t, const l2tpsec_tap *m);

#endif
