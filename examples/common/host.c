/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "host.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { CLOSE_LIMIT_MS = 6000 };

uint64_t host_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* What the library asks of its host: the callbacks. */

static void on_send(void *user, const l2tpsec_packet *pkts, size_t n)
{
    struct host *h = user;

    net_send(&h->net, pkts, n);
}

static void on_deliver(void *user, const l2tpsec_packet *pkts, size_t n)
{
    struct host *h = user;

    tun_write(&h->tun, pkts, n);
}

static void on_event(void *user, const l2tpsec_event *ev)
{
    struct host *h = user;

    events_write(&h->events, ev);
    h->program->event(h, ev);
}

static int32_t on_random(void *user, uint8_t *buf, size_t len)
{
    (void)user;
    while (len > 0) {
        ssize_t got = getrandom(buf, len, 0);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got > 0) {
            buf += got;
            len -= (size_t)got;
        }
    }
    return 0;
}

static void on_log(void *user, const l2tpsec_record *rec)
{
    struct host *h = user;
    char text[512];

    if (!h->verbose)
        return;
    l2tpsec_format(rec, text, sizeof text);
    events_say(&h->events, "%s", text);
}

static int32_t on_wall_clock(void *user, int64_t *seconds)
{
    struct timespec now;

    (void)user;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return L2TPSEC_ENOENT;
    *seconds = now.tv_sec;
    return L2TPSEC_OK;
}

static void on_keylog(void *user, const char *file, const char *line)
{
    struct host *h = user;

    if (h->events.keylog)
        events_keylog(&h->events, file, line);
}

static void on_tap(void *user, const l2tpsec_tap *t)
{
    struct host *h = user;

    tapfile_write(&h->tap, t);
}

/* The sockets must fit what the protocol is told about ports and encapsulation. */
static void note_sockets(struct net_ports *ports, const char *name, const char *value)
{
    if (strcmp(name, "ike.port") == 0)
        ports->ike = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "ike.nat_port") == 0)
        ports->nat = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "esp.encap") == 0)
        ports->esp = strcmp(value, "always") != 0;
}

static int setting_result(struct host *h, int32_t rc, const char *name, struct problem *p)
{
    const char *why = l2tpsec_profile_error(h->profile);

    if (rc == L2TPSEC_OK)
        return 0;
    return *why ? problem(p, "%s", why) : problem(p, "%s: %s", name, l2tpsec_strerror(rc));
}

/* Certificates and the like are files here, whose bytes are the setting. */
static bool is_file(const char *name)
{
    static const char *const names[] = {"ike.certificate", "ike.key", "ike.ca", "ike.crl",
                                        "ppp.certificate", "ppp.key", "ppp.ca", "ppp.crl"};

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static int set_file(struct host *h, const char *name, const char *path, struct problem *p)
{
    enum { FILE_MOST = 1 << 20 };
    uint8_t *bytes = malloc(FILE_MOST + 1);
    FILE *f = bytes ? fopen(path, "rb") : NULL;
    size_t len = f ? fread(bytes, 1, FILE_MOST + 1, f) : 0;
    int rc = -1;

    if (!f || ferror(f))
        (void)problem(p, "%s: %s", path, strerror(errno));
    else
        rc = setting_result(h, l2tpsec_profile_set_bytes(h->profile, name, bytes, len), name, p);
    if (f)
        fclose(f);
    if (bytes)
        explicit_bzero(bytes, FILE_MOST + 1);
    free(bytes);
    return rc;
}

int host_set(struct host *h, const char *name, const char *value, struct problem *p)
{
    if (is_file(name))
        return set_file(h, name, value, p);
    int32_t rc = l2tpsec_profile_set_str(h->profile, name, value);

    if (rc == L2TPSEC_OK)
        note_sockets(&h->ports, name, value);
    return setting_result(h, rc, name, p);
}

int host_set_secret(struct host *h, const char *name, const struct secret *s, struct problem *p)
{
    return setting_result(h, l2tpsec_profile_set_bytes(h->profile, name, s->bytes, s->len), name, p);
}

/* The loop. */

static void on_timer(uv_timer_t *timer)
{
    struct host *h = timer->data;

    l2tpsec_tick(h->ctx, host_now());
}

static void finish(struct host *h)
{
    if (h->crew)
        h->crew->finish(h);
    else
        uv_stop(&h->loop);
}

static void on_limit(uv_timer_t *timer)
{
    finish(timer->data);
}

/* Before each wait: the one place where the library's timer is armed, whatever has changed it since the last wait. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct host *h = prepare->data;
    uint64_t next = l2tpsec_next_timeout(h->ctx), now = host_now();
    l2tpsec_stats stats = {.size = sizeof stats};

    if (h->closing && l2tpsec_get_stats(h->ctx, 0, &stats) == L2TPSEC_OK && stats.links == 0)
        finish(h);
    if (next == L2TPSEC_NEVER) {
        uv_timer_stop(&h->timer);
        return;
    }
    uv_update_time(&h->loop);
    uv_timer_start(&h->timer, on_timer, next > now ? (next - now + 999) / 1000 : 0, 0);
}

static size_t ours(struct host *h, size_t n, bool inner)
{
    return h->crew ? h->crew->share(h, h->pkts, n, inner) : n;
}

/* All that is there, up to a budget: what is left wakes us again, after the others had their turn. */
static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct host *h = poll->data;
    const struct net_socket *s = &h->net.sockets[poll - h->polls];
    bool more = true;

    (void)status;
    (void)events;
    for (size_t done = 0, n = 0; more && done < HOST_BUDGET;) {
        more = net_recv(&h->net, s);
        while ((n = net_next(&h->net, h->pkts, HOST_BURST)) > 0) {
            done += n;
            l2tpsec_input(h->ctx, h->pkts, ours(h, n, false), host_now());
        }
    }
}

static void on_tun(uv_poll_t *poll, int status, int events)
{
    struct host *h = poll->data;

    (void)status;
    (void)events;
    for (size_t done = 0, n = 0; done < HOST_BUDGET; done += n) {
        n = tun_read(&h->tun, h->pkts, HOST_BURST);
        if (n > 0)
            l2tpsec_output(h->ctx, h->pkts, ours(h, n, true), host_now());
        if (h->tun.empty)
            break;
    }
    if (h->tun.gone) {
        uv_poll_stop(poll);
        host_close(h);
    }
}

void host_add_stats(const struct host *h, l2tpsec_stats *stats, struct host_drops *drops)
{
    l2tpsec_stats mine = {.size = sizeof mine};
    uint64_t by_reason[L2TPSEC_DROP_COUNT];

    l2tpsec_get_stats(h->ctx, 0, &mine);
    l2tpsec_get_drops(h->ctx, 0, by_reason, L2TPSEC_DROP_COUNT);
    stats->packets_in += mine.packets_in;
    stats->bytes_in += mine.bytes_in;
    stats->packets_out += mine.packets_out;
    stats->bytes_out += mine.bytes_out;
    stats->copied += mine.copied;
    stats->rekeys += mine.rekeys;
    stats->links += mine.links;
    stats->links_up += mine.links_up;
    stats->half_open += mine.half_open;
    stats->refused += mine.refused;
    stats->memory += mine.memory;
    stats->allocations += mine.allocations;
    for (unsigned i = 0; i < L2TPSEC_DROP_COUNT; i++)
        drops->by_reason[i] += by_reason[i];
    drops->net.truncated += h->net.counters.truncated;
    drops->net.unsent += h->net.counters.unsent;
    drops->net.no_socket += h->net.counters.no_socket;
    if (h->net.counters.last_error)
        drops->net.last_error = h->net.counters.last_error;
    drops->tun += h->tun.unwritten;
}

static void print_stats(struct host *h)
{
    l2tpsec_stats stats = {.size = sizeof stats};
    struct host_drops drops;

    memset(&drops, 0, sizeof drops);
    host_add_stats(h, &stats, &drops);
    events_stats(&h->events, host_now(), &stats, &drops);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct host *h = handle->data;

    if (h->crew)
        h->crew->signal(h, number);
    else if (number == SIGUSR1)
        print_stats(h);
    else if (h->closing) /* asked twice: at once */
        uv_stop(&h->loop);
    else
        host_close(h);
}

void host_close(struct host *h)
{
    if (h->closing)
        return;
    h->closing = true;
    l2tpsec_listen(h->ctx, NULL, host_now());
    l2tpsec_close(h->ctx, 0, host_now());
    uv_timer_start(&h->limit, on_limit, CLOSE_LIMIT_MS, 0);
}

static int init_loop(struct host *h)
{
    int rc = uv_loop_init(&h->loop);

    if (rc != 0)
        return rc;
    h->loop_made = true;
    uv_timer_init(&h->loop, &h->timer);
    uv_timer_init(&h->loop, &h->limit);
    uv_prepare_init(&h->loop, &h->prepare);
    for (unsigned i = 0; rc == 0 && i < HOST_SIGNALS; i++) {
        h->signals[i].data = h;
        rc = uv_signal_init(&h->loop, &h->signals[i]);
    }
    h->timer.data = h->limit.data = h->prepare.data = h;
    return rc;
}

int host_init(struct host *h, const struct program *program, struct problem *p)
{
    const l2tpsec_callbacks callbacks = {
        .size = sizeof callbacks,
        .send = on_send,
        .deliver = on_deliver,
        .event = on_event,
        .secret = program->secret,
        .address = program->address,
        .random = on_random,
        .log = on_log,
        .keylog = on_keylog,
        .wall_clock = on_wall_clock,
        .tap = on_tap,
    };

    memset(h, 0, sizeof *h);
    h->program = program;
    h->events.program = program->name;
    h->ports = (struct net_ports){.ike = 500, .nat = 4500, .esp = true};
    h->tun.fd = -1;
    int failed = init_loop(h);
    if (failed)
        return problem(p, "event loop: %s", uv_strerror(failed));
    signal(SIGPIPE, SIG_IGN); /* whoever read our "ready" may be gone */
    int32_t rc = l2tpsec_new(&h->ctx, &callbacks, h, host_now());
    if (rc == L2TPSEC_OK)
        rc = l2tpsec_profile_new(h->ctx, &h->profile);
    return rc == L2TPSEC_OK ? 0 : problem(p, "%s", l2tpsec_strerror(rc));
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    uv_close(handle, NULL);
}

void host_fini(struct host *h)
{
    if (h->loop_made) {
        uv_walk(&h->loop, close_handle, NULL);
        uv_run(&h->loop, UV_RUN_DEFAULT);
        uv_loop_close(&h->loop);
    }
    l2tpsec_free(h->ctx); /* and the profile */
    net_close(&h->net);
    tun_close(&h->tun);
    events_close(&h->events);
    tapfile_close(&h->tap);
}

static int start_poll(struct host *h, uv_poll_t *poll, int fd, uv_poll_cb on_readable)
{
    int rc = uv_poll_init(&h->loop, poll, fd);

    poll->data = h;
    return rc ? rc : uv_poll_start(poll, UV_READABLE, on_readable);
}

static int start(struct host *h)
{
    static const int numbers[HOST_SIGNALS] = {SIGTERM, SIGINT, SIGUSR1};
    int rc = start_poll(h, &h->polls[NET_SOCKETS], h->tun.fd, on_tun);

    for (unsigned i = 0; rc == 0 && i < h->net.n; i++)
        rc = start_poll(h, &h->polls[i], h->net.sockets[i].fd, on_socket);
    for (unsigned i = 0; rc == 0 && !h->deaf && i < HOST_SIGNALS; i++)
        rc = uv_signal_start(&h->signals[i], on_signal, numbers[i]);
    return rc ? rc : uv_prepare_start(&h->prepare, on_prepare);
}

int host_run(struct host *h, struct problem *p)
{
    int rc = start(h);

    if (rc != 0)
        return problem(p, "event loop: %s", uv_strerror(rc));
    uv_run(&h->loop, UV_RUN_DEFAULT);
    return h->tun.gone ? problem(p, "the TUN device %s is gone", h->tun.name) : 0;
}
