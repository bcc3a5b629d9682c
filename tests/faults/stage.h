/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One end-to-end scene, played on a stage that can be made again and again: a server, its clients, and a bystander who has links
 * with both ends and must not notice what happens to them. */
#ifndef TESTS_FAULTS_STAGE_H
#define TESTS_FAULTS_STAGE_H

#include "pair/pair.h"

#define STAGE_CLIENTS 5
#define STAGE_TRACKS 64

struct stage;

struct scene {
    const char *name;
    const char *client[14], *server[14]; /* settings: names and values in turn */
    void (*prepare)(struct stage *s);    /* before anything; everything succeeds in it */
    void (*play)(struct stage *s);       /* nothing has to succeed in it */
    const char *mend[4];                 /* settings of a client that gets in, where play's does not */
    unsigned clients;                    /* 0: one */
    uint32_t shards;                     /* of the server; 0: one context */
    bool nat;                            /* the clients are behind one */
    bool second;                         /* they dial from and to second addresses */
    bool cuts;                           /* the bystander notices what happens, and comes back */
    unsigned most;                       /* in the short form so many of a kind, of each side; 0: the usual number */
    unsigned stays_up;                   /* links that the client has up at the end of play, if all goes well */
};

/* What the events said of one link so far. */
enum track_state { TRACK_DIALLING, TRACK_UP, TRACK_WAITING, TRACK_ENDED };

struct track {
    struct host *host;
    l2tpsec_id link;
    enum track_state state;
    bool dialled; /* by us: not a server's */
    uint32_t cause;
    unsigned ups, downs;
    l2tpsec_addr address, peer_address; /* when it was up last */
};

struct stage {
    const struct scene *scene;
    struct net net;
    struct host *server; /* the first of its shards */
    uint32_t shards;
    struct host *client[STAGE_CLIENTS], *other;
    unsigned n_clients;
    l2tpsec_profile *cp[STAGE_CLIENTS], *sp[2], *of_other[2]; /* of the bystander: dialling, listening */
    struct track track[STAGE_TRACKS];
    size_t n_tracks;
    size_t bystanders;        /* of the tracks, how many are its */
    int32_t error;            /* the first that a call of play returned */
    unsigned reports;         /* events with a cause, of the links in play */
    unsigned told[NET_HOSTS]; /* of them, by whom */
    uint64_t token[4];        /* what a scene has to remember */
    char word[32];
};

/* Make it: all hosts, the links of the bystander up. */
void stage_open(struct stage *s, const struct scene *scene);
/* Everything is hung up in order, nothing is left, contexts are freed; how many bytes they held at the end. */
uint64_t stage_close(struct stage *s);

/* What scenes are made of. */
void stage_listen(struct stage *s);
l2tpsec_id stage_dial(struct stage *s, unsigned client);           /* and wait for the outcome; 0: refused at once */
l2tpsec_id stage_begin(struct stage *s, unsigned client);          /* without waiting */
void stage_wait(struct stage *s, struct host *h, uint64_t within); /* until none of its links is being dialled */
void stage_traffic(struct stage *s, unsigned packets,
                   size_t len); /* both ways, through all links of play that are up */
void stage_burst(struct stage *s, struct track *t, size_t n, size_t len, size_t room); /* in one call */
void stage_run(struct stage *s, uint64_t us);
void stage_hang_up(struct stage *s, struct host *h); /* its links of play, and wait */
void stage_error(struct stage *s, int32_t rc);

/* The play of most: a link comes up and carries something. */
void stage_connect(struct stage *s);

/* The client's link of play that was dialled first; NULL: none yet. */
struct track *stage_link(struct stage *s);
struct track *stage_track(struct stage *s, const struct host *h, l2tpsec_id link); /* NULL: none */
/* Of n packets each way, how many came through in order; the peer answers by events' addresses. */
unsigned stage_pings(struct stage *s, struct track *t, unsigned n, size_t len);

/* After play, with faults going on: every link is up and carries, waits for its next dial, or has ended, and a cause was told. */
void stage_settle(struct stage *s);
/* Without faults: what waits comes up, the bystander's links carry, the next connect works. */
void stage_recover(struct stage *s);

#endif
