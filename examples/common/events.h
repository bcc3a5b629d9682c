/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What happens, told twice: a line for people on stderr, and (if asked for) one JSON object a line in a file. The key
 * log is here too: files that Wireshark reads. */
#ifndef EXAMPLES_EVENTS_H
#define EXAMPLES_EVENTS_H

#include "net.h"
#include "problem.h"

#include <stdio.h>

struct events {
    const char *program; /* begins every line on stderr */
    FILE *json;          /* NULL: not wanted */
    const char *keylog;  /* directory; NULL: not wanted */
};

/* What was dropped: by the host itself, and by the library. */
struct host_drops {
    struct net_counters net;
    uint64_t tun;
    uint64_t handed_on, overflow; /* from worker to worker; and what the other one had no room for: --workers */
    uint64_t by_reason[L2TPSEC_DROP_COUNT]; /* the library's */
};

/* Opens what is not NULL; files are appended to, a missing key log directory is made. */
int events_open(struct events *e, const char *json, const char *keylog, struct problem *p);
void events_close(struct events *e);

void events_write(struct events *e, const l2tpsec_event *ev);
void events_stats(struct events *e, uint64_t now, const l2tpsec_stats *s, const struct host_drops *d);
/* The context's callback "keylog": appends the line to DIR/file. */
void events_keylog(struct events *e, const char *file, const char *line);
/* A line of the program's own on stderr. */
void events_say(const struct events *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The parts, for other places to write to. */
void events_json(FILE *out, const l2tpsec_event *ev);
void events_json_stats(FILE *out, uint64_t now, const l2tpsec_stats *s, const struct host_drops *d);
void events_human(FILE *out, const char *program, const l2tpsec_event *ev);

#endif
