/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* l2tpsec-server: an L2TP/IPsec server; all links share one TUN device, and the library routes between it and them.
 *
 *     l2tpsec-server --config l2tpsec-server.conf
 *
 * "ready" on stdout says that it listens. SIGTERM hangs up all links in order, SIGUSR1 prints statistics. Exit status:
 * 0 closed, 1 internal, 2 usage or configuration. Needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE. */
#include "common/config.h"
#include "common/host.h"
#include "common/netlink.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum { EXIT_CLOSED = 0, EXIT_INTERNAL = 1, EXIT_USAGE = 2, DEFAULT_MTU = 1400 };

struct server {
    struct host host; /* first: the callbacks get it back */
    struct config config;
    struct netlink netlink;
};

/* A link's pre-shared key or password. */
static int32_t on_secret(void *user, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    const struct server *s = user;
    const struct accounts *a = &s->config.accounts;
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
    const struct server *s = user;
    const struct user *u = accounts_user(&s->config.accounts, q->user, q->user_len);

    if (!u || !u->pin.family)
        return accounts_pinned(&s->config.accounts, &q->candidate) ? L2TPSEC_EEXIST : L2TPSEC_ENOENT;
    out->peer = u->pin;
    return L2TPSEC_OK;
}

static void on_event(struct host *h, const l2tpsec_event *ev)
{
    (void)h; /* events are written by common/host.c, and routes to clients are there for the whole pool */
    (void)ev;
}

static const struct program program = {
    .name = "l2tpsec-server", .event = on_event, .secret = on_secret, .address = on_address};

static int add_route(struct server *s, const struct subnet *to, struct problem *p)
{
    struct route r = {.to = *to, .index = s->host.tun.index};
    char text[ADDR_TEXT];

    if (netlink_route_add(&s->netlink, &r) != 0 && errno != EEXIST)
        return problem(p, "route %s/%u: %s", addr_text(&to->net, text), to->prefix, strerror(errno));
    return 0;
}

/* The device with our address, and routes to all addresses that clients can get. */
static int set_up_device(struct server *s, struct problem *p)
{
    const struct config *c = &s->config;
    unsigned index = s->host.tun.index, prefix = subnet_has(&c->pool, &c->address) ? c->pool.prefix : 32;
    struct link_size size = {.mtu = c->mtu ? c->mtu : DEFAULT_MTU, .queue = TUN_QUEUE};
    char text[ADDR_TEXT];

    size.large = tun_large(size.mtu);
    if (netlink_open(&s->netlink) != 0 || netlink_link_up(&s->netlink, index, &size) != 0)
        return problem(p, "%s up: %s", s->host.tun.name, strerror(errno));
    if (netlink_address_add(&s->netlink, index, &c->address, NULL, prefix) != 0)
        return problem(p, "address %s on %s: %s", addr_text(&c->address, text), s->host.tun.name, strerror(errno));
    if (c->address6.family && netlink_address_add(&s->netlink, index, &c->address6, NULL, 128) != 0)
        return problem(p, "address %s on %s: %s", addr_text(&c->address6, text), s->host.tun.name, strerror(errno));
    if (add_route(s, &c->pool, p) != 0 || (c->pool6.net.family && add_route(s, &c->pool6, p) != 0))
        return -1;
    for (size_t i = 0; i < c->accounts.n_users; i++) {
        const struct subnet pin = {.net = c->accounts.users[i].pin, .prefix = 32};
        if (pin.net.family && !subnet_has(&c->pool, &pin.net) && add_route(s, &pin, p) != 0)
            return -1;
    }
    return 0;
}

static int run(struct server *s, struct problem *p)
{
    struct host *h = &s->host;

    if (events_open(&h->events, s->config.events, s->config.keylog, p) != 0 ||
        tapfile_open(&h->tap, s->config.tap, p) != 0)
        return -1;
    for (unsigned i = 0; i < s->config.n_listen; i++) {
        if (net_open(&h->net, &s->config.listen[i], &h->ports, p) != 0)
            return -1;
    }
    if (tun_open(&h->tun, s->config.tun, p) != 0 || set_up_device(s, p) != 0)
        return -1;
    int32_t rc = l2tpsec_listen(h->ctx, h->profile, host_now());
    if (rc != L2TPSEC_OK)
        return problem(p, "cannot listen: %s", l2tpsec_strerror(rc));
    puts("ready");
    fflush(stdout);
    return host_run(h, p);
}

static int set_in_profile(void *arg, const char *name, const char *value, struct problem *p)
{
    return host_set(arg, name, value, p);
}

static int usage(FILE *out, int status)
{
    fputs("Usage: l2tpsec-server --config FILE [-v]\n\n"
          "  --config FILE  what to serve\n"
          "  -v             print every step of the protocols on stderr\n"
          "  --version      print the version and leave\n"
          "  --help         print this and leave\n",
          out);
    return status;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"version", no_argument, NULL, 'V'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    static struct server server; /* its buffers are too large for the stack */
    struct server *s = &server;
    const char *config = NULL;
    bool verbose = false;
    int got = 0, status = EXIT_INTERNAL;
    struct problem p;

    while ((got = getopt_long(argc, argv, "c:vh", longs, NULL)) != -1) {
        if (got == 'c')
            config = optarg;
        else if (got == 'v')
            verbose = true;
        else if (got == 'V')
            return printf("l2tpsec-server %s\n", l2tpsec_version()) < 0;
        else
            return got == 'h' ? usage(stdout, EXIT_CLOSED) : usage(stderr, EXIT_USAGE);
    }
    if (!config || optind != argc)
        return usage(stderr, EXIT_USAGE);

    int rc = host_init(&s->host, &program, &p);
    s->host.verbose = verbose;
    if (rc == 0 && config_read(&s->config, config, set_in_profile, &s->host, stderr) != 0)
        status = EXIT_USAGE;
    else if (rc == 0 && (rc = run(s, &p)) == 0)
        status = EXIT_CLOSED;
    if (rc != 0)
        events_say(&s->host.events, "%s", p.text);
    host_fini(&s->host);
    netlink_close(&s->netlink);
    config_free(&s->config);
    return status;
}
