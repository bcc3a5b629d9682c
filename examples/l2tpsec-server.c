/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* l2tpsec-server: an L2TP/IPsec server; all links share one TUN device, and the library routes between it and them.
 *
 *     l2tpsec-server --config l2tpsec-server.conf [--workers N]
 *
 * "ready" on stdout says that it listens. SIGTERM hangs up all links in order, SIGUSR1 prints statistics. Exit status:
 * 0 closed, 1 internal, 2 usage or configuration. Needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE. */
#include "common/config.h"
#include "common/crew.h"
#include "common/netlink.h"
#include "common/steer.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_CLOSED = 0, EXIT_INTERNAL = 1, EXIT_USAGE = 2, DEFAULT_MTU = 1400 };

struct server {
    struct crew crew;
    struct config config; /* the workers read it, nobody writes it */
    struct netlink netlink;
};

static const struct server *server_of(void *host)
{
    const struct worker *w = host;

    return w->crew->arg;
}

/* A link's pre-shared key or password. */
static int32_t on_secret(void *user, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    const struct accounts *a = &server_of(user)->config.accounts;
    const struct secret *found = NULL;

    if (q->kind == L2TPSEC_SECRET_PSK) {
        found = accounts_psk(a, &q->remote, q->name, q->name_len, q->candidate);
    } else if (q->kind == L2TPSEC_SECRET_PASSWORD) {
        const struct user *u = accounts_user(a, q->name, q->name_len);
        found = u ? &u->password : NULL;
    }
    if (!found || found->len > cap)
        return L2TPSEC_ENOENT;
    memcpy(out, found->bytes, found->len);
    *len = found->len;
    return L2TPSEC_OK;
}

/* A user's pinned address; everybody else's comes from the pool, but for those that are pinned. */
static int32_t on_address(void *user, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    const struct server *s = server_of(user);
    const struct user *u = accounts_user(&s->config.accounts, q->user, q->user_len);

    if (!u || !u->pin.family)
        return accounts_pinned(&s->config.accounts, &q->candidate) ? L2TPSEC_EEXIST : L2TPSEC_ENOENT;
    out->peer = u->pin;
    return L2TPSEC_OK;
}

static void on_event(struct host *h, const l2tpsec_event *ev)
{
    crew_note(h, ev); /* events are written by common/host.c, and routes to clients are there for the whole pool */
}

static const struct program program = {
    .name = "l2tpsec-server", .event = on_event, .secret = on_secret, .address = on_address};

static int add_route(struct server *s, const struct subnet *to, struct problem *p)
{
    struct route r = {.to = *to, .index = s->crew.worker[0]->host.tun.index};
    char text[ADDR_TEXT];

    if (netlink_route_add(&s->netlink, &r) != 0 && errno != EEXIST)
        return problem(p, "route %s/%u: %s", addr_text(&to->net, text), to->prefix, strerror(errno));
    return 0;
}

/* The device with our address, and routes to all addresses that clients can get. */
static int set_up_device(struct server *s, struct problem *p)
{
    const struct tun *tun = &s->crew.worker[0]->host.tun;
    const struct config *c = &s->config;
    unsigned index = tun->index, prefix = subnet_has(&c->pool, &c->address) ? c->pool.prefix : 32;
    struct link_size size = {.mtu = c->mtu ? c->mtu : DEFAULT_MTU, .queue = TUN_QUEUE};
    char text[ADDR_TEXT];

    size.large = tun_large(size.mtu);
    if (netlink_open(&s->netlink) != 0 || netlink_link_up(&s->netlink, index, &size) != 0)
        return problem(p, "%s up: %s", tun->name, strerror(errno));
    if (netlink_address_add(&s->netlink, index, &c->address, NULL, prefix) != 0)
        return problem(p, "address %s on %s: %s", addr_text(&c->address, text), tun->name, strerror(errno));
    if (c->address6.family && netlink_address_add(&s->netlink, index, &c->address6, NULL, 128) != 0)
        return problem(p, "address %s on %s: %s", addr_text(&c->address6, text), tun->name, strerror(errno));
    if (add_route(s, &c->pool, p) != 0 || (c->pool6.net.family && add_route(s, &c->pool6, p) != 0))
        return -1;
    for (size_t i = 0; i < c->accounts.n_users; i++) {
        const struct subnet pin = {.net = c->accounts.users[i].pin, .prefix = 32};
        if (pin.net.family && !subnet_has(&c->pool, &pin.net) && add_route(s, &pin, p) != 0)
            return -1;
    }
    return 0;
}

/* The sockets and the queue of one worker. */
static int open_worker(struct server *s, unsigned i, struct problem *p)
{
    struct host *first = &s->crew.worker[0]->host, *h = &s->crew.worker[i]->host;

    for (unsigned k = 0; k < s->config.n_listen; k++) {
        if (net_open(&h->net, &s->config.listen[k], &h->ports, p) != 0)
            return -1;
    }
    h->events = first->events;
    h->tap = first->tap;
    if (s->crew.n > 1)
        steer(&h->net, i, s->crew.n);
    return tun_open(&h->tun, i ? first->tun.name : s->config.tun, p);
}

static int run(struct server *s, struct problem *p)
{
    struct host *first = &s->crew.worker[0]->host;

    if (events_open(&first->events, s->config.events, s->config.keylog, p) != 0 ||
        tapfile_open(&first->tap, s->config.tap, p) != 0)
        return -1;
    for (unsigned i = 0; i < s->crew.n; i++) {
        if (open_worker(s, i, p) != 0 || (i == 0 && set_up_device(s, p) != 0))
            return -1;
    }
    for (unsigned i = 0; i < s->crew.n; i++) {
        int32_t rc = l2tpsec_listen(s->crew.worker[i]->host.ctx, s->crew.worker[i]->host.profile, host_now());
        if (rc != L2TPSEC_OK)
            return problem(p, "cannot listen: %s", l2tpsec_strerror(rc));
    }
    puts("ready");
    fflush(stdout);
    return crew_run(&s->crew, p);
}

static int set_in_profile(void *arg, const char *name, const char *value, struct problem *p)
{
    return host_set(arg, name, value, p);
}

/* How many workers there are stands in the file, and each has a profile of its own: so it is read again for each. -1
 * without a problem: all is said. */
static int configure(struct server *s, const char *path, unsigned workers, struct problem *p)
{
    p->text[0] = '\0';
    if (config_read(&s->config, path, set_in_profile, &s->crew.worker[0]->host, stderr) != 0)
        return -1;
    int rc = crew_grow(&s->crew, workers ? workers : s->config.workers, p);
    for (unsigned i = 1; rc == 0 && i < s->crew.n; i++) {
        struct config again;
        rc = config_read(&again, path, set_in_profile, &s->crew.worker[i]->host, stderr);
        if (rc == 0)
            config_free(&again);
    }
    return rc;
}

static int serve(struct server *s, const char *config, unsigned workers, bool verbose)
{
    struct problem p;
    int rc = crew_init(&s->crew, &program, s, &p), status = EXIT_INTERNAL;

    if (rc == 0) {
        s->crew.worker[0]->host.verbose = verbose;
        rc = configure(s, config, workers, &p);
        status = rc != 0 && !p.text[0] ? EXIT_USAGE : EXIT_INTERNAL;
    }
    if (rc == 0 && run(s, &p) == 0)
        status = EXIT_CLOSED;
    if (status == EXIT_INTERNAL)
        fprintf(stderr, "%s: %s\n", program.name, p.text);
    crew_fini(&s->crew);
    netlink_close(&s->netlink);
    config_free(&s->config);
    return status;
}

static int usage(FILE *out, int status)
{
    fputs("Usage: l2tpsec-server --config FILE [--workers N] [-v]\n\n"
          "  --config FILE  what to serve\n"
          "  --workers N    serve it with so many threads, 1 to 64, instead of those in the file\n"
          "  -v             print every step of the protocols on stderr\n"
          "  --version      print the version and leave\n"
          "  --help         print this and leave\n",
          out);
    return status;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"workers", required_argument, NULL, 'w'},
        {"verbose", no_argument, NULL, 'v'},      {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    static struct server server; /* zeroed, and large */
    const char *config = NULL;
    unsigned long workers = 0;
    bool verbose = false;
    int got = 0;

    while ((got = getopt_long(argc, argv, "c:w:vh", longs, NULL)) != -1) {
        if (got == 'c')
            config = optarg;
        else if (got == 'w' && (workers = strtoul(optarg, NULL, 10)) >= 1 && workers <= CREW_MOST)
            continue;
        else if (got == 'v')
            verbose = true;
        else if (got == 'V')
            return printf("l2tpsec-server %s\n", l2tpsec_version()) < 0;
        else
            return got == 'h' ? usage(stdout, EXIT_CLOSED) : usage(stderr, EXIT_USAGE);
    }
    if (!config || optind != argc)
        return usage(stderr, EXIT_USAGE);
    return serve(&server, config, (unsigned)workers, verbose);
}
