/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two or more contexts over a simulated network in virtual time: loss, duplication, reordering, NAT, rebinding. Each host has
 * one address; the network delivers by destination address; a NAT translates between the hosts behind it and the rest. */
#ifndef TESTS_PAIR_NET_H
#define TESTS_PAIR_NET_H

#include <l2tpsec/l2tpsec.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_HOSTS 10
#define NET_PAYLOAD 4096
#define NET_EVENTS 64
#define NET_INBOX 256

struct net;
struct host;

enum net_call { /* what a host does for its context that may fail */
                NET_ALLOC,
                NET_RANDOM,
                NET_SECRET,
                NET_ADDRESS,
                NET_SIGN,
                NET_NEW_PASSWORD,
                NET_WALL_CLOCK,
                NET_SEND, /* one datagram: it is lost */
                NET_CALLS
};

struct inner { /* an IP packet that came out of a tunnel */
    l2tpsec_id link;
    size_t len;
    uint8_t bytes[NET_PAYLOAD];
};

struct said { /* an event, with the strings that tests look at */
    uint32_t type, cause, layer, mtu, windows_code;
    l2tpsec_id link;
    uint64_t time, retry_in_us;
    l2tpsec_addr address, peer_address, remote;
    l2tpsec_addr dns[2];
    l2tpsec_addr address6, peer_address6, prefix6;
    char step[64], text[512], offered[384], allowed[384], user[64], hint[256], fits[64], advice[1024], domain[128];
};

struct host {
    struct net *net;
    l2tpsec *ctx;
    l2tpsec_addr address; /* its own, without port */
    l2tpsec_addr second;  /* another address of it; family 0: none */
    bool behind_nat;      /* reaches the others through net->nat only */
    uint32_t shards;      /* the first of so many that have this address, and share what comes to it */
    bool off;             /* cut from the network */
    bool asleep;          /* cut from it, and from the clock */
    uint64_t woken;       /* when its clock rang last */
    unsigned wakes;       /* how often that was, a second or more after the time before */
    struct said said[NET_EVENTS];
    size_t n_said;
    struct inner *inbox;
    size_t n_inbox;           /* all that came; the last NET_INBOX are kept */
    size_t allocs_failing_at; /* the n-th allocation from now fails; 0: none */
    bool allocs_failing_on;   /* and all later ones */
    size_t allocs, blocks;
    uint64_t randoms_failing_at;
    /* Asked at each of them: true, and it fails; the questions say fails_with, and give no answer. */
    bool (*fails)(struct host *h, enum net_call what);
    int32_t fails_with;
    const l2tpsec_packet *sending; /* which datagram */
    bool echo;                     /* answers each inner packet by swapping addresses, as a ping would be */
    int32_t (*secret)(struct host *h, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len);
    int32_t (*new_password)(struct host *h, const l2tpsec_query *q, const uint8_t *password, size_t len);
    int32_t (*address_cb)(struct host *h, const l2tpsec_address_query *q, l2tpsec_addresses *out);
    int64_t wall_clock; /* seconds since 1970; 0: it does not know */
    int32_t (*sign)(struct host *h, const l2tpsec_sign_query *q, uint8_t *out, size_t cap, size_t *len);
    void (*on_event)(struct host *h, const l2tpsec_event *ev);
    void (*on_log)(struct host *h, const l2tpsec_record *rec);
    void (*on_tap)(struct host *h, const l2tpsec_tap *t);
    void (*on_call)(struct host *h); /* of any callback, before it does its work */
    bool random_untouched;           /* the random callback says that it is done, and did nothing */
    char keylog[4096];
    bool verbose;
    uint64_t seed;
    void *test;
};

struct flight { /* a datagram on its way */
    struct flight *next;
    uint64_t due, order;
    l2tpsec_packet pkt;
    uint8_t bytes[NET_PAYLOAD];
};

struct net {
    uint64_t now, order, seed;
    unsigned loss, duplicate, reorder, corrupt; /* per cent */
    uint64_t delay;                             /* one way, microseconds */
    bool bare;                                  /* hosts made from now on have no tap and no key log */
    uint64_t step; /* wake every host this often instead of at its deadline; 0: at the deadline */
    struct host host[NET_HOSTS];
    size_t n_hosts;
    struct flight *flights;
    l2tpsec_addr nat;   /* outer address of the NAT; family 0: none */
    uint16_t nat_shift; /* added to every source port: change it and all mappings are new */
    uint64_t sent, lost, plaintext;
    uint64_t trace_hash;                           /* over everything sent: to compare two ways of waking */
    bool (*spy)(struct net *n, l2tpsec_packet *p); /* sees, and may change, each datagram; false: lost */
    void *test;
};

void net_init(struct net *n, uint64_t seed);
void net_fini(struct net *n); /* frees contexts; asserts that nothing is held */

struct host *net_host(struct net *n, const char *ipv4);
/* So many hosts, one behind the other, that share an address: shards of it. */
struct host *net_shards(struct net *n, const char *ipv4, uint32_t count);
/* Another context of this host, for what its callbacks do. */
int32_t net_context(struct host *h, l2tpsec **out);
/* Its power is cut: the context goes without a word, all that it held with it, and a new one begins. */
void net_reboot(struct host *h);
l2tpsec_profile *net_client_profile(struct host *h);
l2tpsec_profile *net_server_profile(struct host *h);
l2tpsec_id net_connect(struct host *h, struct host *server, l2tpsec_profile *p);

void net_run(struct net *n, uint64_t us);
/* Run until an event of this type came to the host after from, at most us; its index, or -1. */
int net_wait(struct net *n, struct host *h, uint32_t type, size_t from, uint64_t us);
const struct said *net_last(const struct host *h, uint32_t type);

/* Send an inner UDP packet of len bytes in all through a link (0: routed). */
int32_t net_send(struct host *h, l2tpsec_id link, const l2tpsec_addr *src, const l2tpsec_addr *dst, size_t len,
                 uint32_t mark);

#endif
