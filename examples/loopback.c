/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A client and a server in one process, over a network made of memory, in virtual time: no privilege, no socket, no
 * TUN. It prints the negotiation, sends pings through the tunnel, lets both phases rekey, and hangs up.
 *
 *     loopback          the events
 *     loopback -v       every state change and message too
 */
#include <l2tpsec/l2tpsec.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SECOND UINT64_C(1000000)
#define DELAY (SECOND / 100) /* ten milliseconds each way */
#define MOST 2048

/* A datagram on its way. */
struct datagram {
    struct datagram *next;
    uint64_t due;
    l2tpsec_packet packet;
    uint8_t bytes[MOST];
};

struct side {
    const char *name;
    l2tpsec *ctx;
    l2tpsec_addr address;
    l2tpsec_id link; /* that is up */
    l2tpsec_addr inner, peer;
    unsigned pongs, rekeys;
};

static struct datagram *first, **last = &first;
static uint64_t now;
static int verbose;

static void stop(const char *what, int32_t rc)
{
    fprintf(stderr, "%s: %s\n", what, l2tpsec_strerror(rc));
    exit(1);
}

static void send_datagrams(void *user, const l2tpsec_packet *pkts, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        struct datagram *d = calloc(1, sizeof *d);
        if (!d || pkts[i].len > MOST)
            stop("send", L2TPSEC_ENOMEM);
        d->due = now + DELAY;
        d->packet = pkts[i];
        memcpy(d->bytes, pkts[i].data, pkts[i].len);
        *last = d;
        last = &d->next;
    }
}

/* Build an ICMP echo request or reply as a TUN device would give it to us. */
static void ping(struct side *s, uint8_t type, uint16_t number)
{
    uint8_t room[L2TPSEC_HEADROOM + 84 + L2TPSEC_TAILROOM] = {0};
    uint8_t *ip = room + L2TPSEC_HEADROOM;
    l2tpsec_packet p = {
        .data = ip, .len = 84, .headroom = L2TPSEC_HEADROOM, .tailroom = L2TPSEC_TAILROOM, .link = s->link};

    ip[0] = 0x45;
    ip[3] = 84;
    ip[8] = 64;
    ip[9] = 1; /* ICMP; the checksums are nobody's business here */
    memcpy(ip + 12, s->inner.ip, 4);
    memcpy(ip + 16, s->peer.ip, 4);
    ip[20] = type;
    ip[26] = (uint8_t)(number >> 8);
    ip[27] = (uint8_t)number;
    int32_t rc = l2tpsec_output(s->ctx, &p, 1, now);
    if (rc != L2TPSEC_OK || p.drop)
        stop(l2tpsec_drop_name(p.drop), rc);
}

static void deliver_packets(void *user, const l2tpsec_packet *pkts, size_t n)
{
    struct side *s = user;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *ip = pkts[i].data;
        if (ip[20] == 8)
            ping(s, 0, (uint16_t)(ip[26] << 8 | ip[27]));
        else
            s->pongs++;
    }
}

static void show_event(void *user, const l2tpsec_event *ev)
{
    struct side *s = user;

    printf("%8.3f  %-6s  %-8s  %s", (double)(now % (100000 * SECOND)) / 1e6, s->name, l2tpsec_event_name(ev->type),
           ev->text);
    if (ev->type == L2TPSEC_EVENT_UP) {
        printf(": we are %u.%u.%u.%u", ev->address.ip[0], ev->address.ip[1], ev->address.ip[2], ev->address.ip[3]);
        printf(", the peer is %u.%u.%u.%u, MTU %" PRIu32, ev->peer_address.ip[0], ev->peer_address.ip[1],
               ev->peer_address.ip[2], ev->peer_address.ip[3], ev->mtu);
        s->link = ev->link;
        s->inner = ev->address;
        s->peer = ev->peer_address;
    }
    if (ev->type == L2TPSEC_EVENT_REKEYED)
        s->rekeys++;
    if (ev->type == L2TPSEC_EVENT_DOWN)
        s->link = 0;
    printf("\n");
}

static void show_log(void *user, const l2tpsec_record *rec)
{
    struct side *s = user;
    char line[256];

    if (!verbose)
        return;
    l2tpsec_format(rec, line, sizeof line);
    printf("          %-6s  %s\n", s->name, line);
}

static int32_t give_random(void *user, uint8_t *buf, size_t len)
{
    (void)user;
    return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -1;
}

static int32_t give_password(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len)
{
    static const char password[] = "wonderland";

    (void)user;
    if (q->kind != L2TPSEC_SECRET_PASSWORD || q->name_len != 5 || memcmp(q->name, "alice", 5) != 0 ||
        cap < sizeof password)
        return L2TPSEC_ENOENT;
    *len = sizeof password - 1;
    memcpy(secret, password, *len);
    return L2TPSEC_OK;
}

static l2tpsec_profile *profile(struct side *s, const char *const settings[][2], size_t n)
{
    l2tpsec_profile *p;
    int32_t rc = l2tpsec_profile_new(s->ctx, &p);

    if (rc != L2TPSEC_OK)
        stop("profile", rc);
    for (size_t i = 0; i < n; i++) {
        rc = l2tpsec_profile_set_str(p, settings[i][0], settings[i][1]);
        if (rc != L2TPSEC_OK)
            stop(l2tpsec_profile_error(p), rc);
    }
    return p;
}

static void land(struct side side[2])
{
    struct datagram *d = first;
    l2tpsec_packet p = d->packet;
    struct side *to = p.remote.ip[3] == side[0].address.ip[3] ? &side[0] : &side[1];

    first = d->next;
    if (!first)
        last = &first;
    p.data = d->bytes;
    p.local = d->packet.remote;
    p.remote = d->packet.local;
    l2tpsec_input(to->ctx, &p, 1, now);
    free(d);
}

/* Let time pass: datagrams land, timers fire, each at its own moment. */
static void run(struct side side[2], uint64_t us)
{
    uint64_t until = now + us;

    for (;;) {
        uint64_t next = first ? first->due : L2TPSEC_NEVER;
        for (int i = 0; i < 2; i++) {
            if (l2tpsec_next_timeout(side[i].ctx) < next)
                next = l2tpsec_next_timeout(side[i].ctx);
        }
        if (next > until)
            break;
        if (next > now)
            now = next;
        while (first && first->due <= now)
            land(side);
        for (int i = 0; i < 2; i++)
            l2tpsec_tick(side[i].ctx, now);
    }
    now = until;
}

/* Contexts and profiles for both, one listens, and the other dials it. */
static void start(struct side side[2])
{
    static const char *const client_settings[][2] = {{"ike.psk", "a key of the loopback example"},
                                                     {"ppp.user", "alice"},
                                                     {"ppp.password", "wonderland"},
                                                     {"esp.lifetime", "30"},
                                                     {"ike.lifetime", "60"}};
    static const char *const server_settings[][2] = {{"ike.psk", "a key of the loopback example"},
                                                     {"server.address", "10.77.0.1"},
                                                     {"server.pool", "10.77.0.0/16"},
                                                     {"server.dns", "10.77.0.1"}};
    const l2tpsec_callbacks callbacks = {.size = sizeof callbacks,
                                         .send = send_datagrams,
                                         .deliver = deliver_packets,
                                         .event = show_event,
                                         .secret = give_password,
                                         .random = give_random,
                                         .log = show_log};
    l2tpsec_id link;

    for (int i = 0; i < 2; i++) {
        int32_t rc = l2tpsec_new(&side[i].ctx, &callbacks, &side[i], now);
        if (rc != L2TPSEC_OK)
            stop("context", rc);
    }
    l2tpsec_profile *client = profile(&side[0], client_settings, sizeof client_settings / sizeof *client_settings);
    l2tpsec_profile *server = profile(&side[1], server_settings, sizeof server_settings / sizeof *server_settings);
    int32_t rc = l2tpsec_listen(side[1].ctx, server, now);
    if (rc == L2TPSEC_OK)
        rc = l2tpsec_connect(side[0].ctx, client, &side[0].address, &side[1].address, now, &link);
    if (rc != L2TPSEC_OK)
        stop("connect", rc);
}

/* Hang up, and give everything back. */
static void finish(struct side side[2])
{
    l2tpsec_close(side[0].ctx, 0, now);
    run(side, 10 * SECOND);
    for (int i = 0; i < 2; i++)
        l2tpsec_free(side[i].ctx);
    while (first) {
        struct datagram *d = first;
        first = d->next;
        free(d);
    }
}

int main(int argc, char **argv)
{
    struct side side[2] = {{.name = "client", .address = {.family = 4, .ip = {192, 0, 2, 10}}},
                           {.name = "server", .address = {.family = 4, .ip = {192, 0, 2, 1}}}};
    unsigned sent = 0;

    verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    start(side);
    run(side, 10 * SECOND);
    if (!side[0].link)
        stop("the link did not come up", L2TPSEC_ESTATE);
    for (; sent < 180; sent++) { /* three minutes: both phases are renewed on the way */
        ping(&side[0], 8, (uint16_t)sent);
        run(side, SECOND);
    }
    printf("%u pings sent, %u answered, %u times new ESP keys\n", sent, side[0].pongs, side[0].rekeys);
    finish(side);
    return side[0].pongs == sent && side[0].rekeys > 2 && !side[0].link && !side[1].link ? 0 : 1;
}
