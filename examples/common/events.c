/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "events.h"

#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int events_open(struct events *e, const char *json, const char *keylog, struct problem *p)
{
    if (keylog && mkdir(keylog, 0700) != 0 && errno != EEXIST)
        return problem(p, "keylog directory %s: %s", keylog, strerror(errno));
    e->keylog = keylog;
    if (json) {
        int fd = open(json, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        e->json = fd < 0 ? NULL : fdopen(fd, "a");
        if (!e->json)
            return problem(p, "events file %s: %s", json, strerror(errno));
    }
    return 0;
}

void events_close(struct events *e)
{
    if (e->json)
        fclose(e->json);
    e->json = NULL;
}

/* A JSON string: everything but plain ASCII is escaped, so any byte gives a valid line. */
static void json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *c = text; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f)
            fprintf(out, "\\u%04x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

static void put_text(FILE *out, const char *key, const char *text)
{
    if (!*text)
        return;
    fprintf(out, ",\"%s\":", key);
    json_text(out, text);
}

static void put_number(FILE *out, const char *key, uint64_t value)
{
    if (value)
        fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

static void put_address(FILE *out, const char *key, const l2tpsec_addr *a)
{
    char text[ADDR_TEXT];

    put_text(out, key, addr_text(a, text));
}

static void put_dns(FILE *out, const l2tpsec_event *ev)
{
    const char *comma = "";
    char text[ADDR_TEXT];

    if (!ev->dns[0].family && !ev->dns[1].family)
        return;
    fputs(",\"dns\":[", out);
    for (unsigned i = 0; i < 2; i++) {
        if (!ev->dns[i].family)
            continue;
        fprintf(out, "%s\"%s\"", comma, addr_text(&ev->dns[i], text));
        comma = ",";
    }
    fputc(']', out);
}

/* The fields every line has. */
static void put_head(FILE *out, uint64_t time, const char *type, l2tpsec_id link, const char *layer, const char *cause)
{
    fprintf(out, "{\"time_us\":%" PRIu64 ",\"type\":\"%s\",\"link\":%" PRIu64 ",\"layer\":\"%s\",\"cause\":\"%s\"",
            time, type, link, layer, cause);
}

void events_json(FILE *out, const l2tpsec_event *ev)
{
    put_head(out, ev->time, l2tpsec_event_name(ev->type), ev->link, l2tpsec_layer_name(ev->layer),
             l2tpsec_cause_name(ev->cause));
    fputs(",\"text\":", out);
    json_text(out, ev->text);
    put_text(out, "step", ev->step);
    put_text(out, "hint", ev->hint);
    put_text(out, "offered", ev->offered);
    put_text(out, "allowed", ev->allowed);
    put_text(out, "message", ev->message);
    put_text(out, "user", ev->user);
    put_number(out, "peer_code", ev->peer_code);
    put_number(out, "peer_code2", ev->peer_code2);
    put_number(out, "retry_in_us", ev->retry_in_us);
    put_address(out, "remote", &ev->remote);
    put_address(out, "local", &ev->local);
    put_address(out, "address", &ev->address);
    put_address(out, "peer_address", &ev->peer_address);
    put_address(out, "address6", &ev->address6);
    put_address(out, "peer_address6", &ev->peer_address6);
    put_address(out, "prefix6", &ev->prefix6);
    put_dns(out, ev);
    put_number(out, "mtu", ev->mtu);
    put_text(out, "domain", ev->domain);
    put_text(out, "fits", ev->fits);
    put_text(out, "advice", ev->advice);
    put_number(out, "windows_code", ev->windows_code);
    fputs("}\n", out);
}

void events_json_stats(FILE *out, uint64_t now, const l2tpsec_stats *s, const struct host_drops *d)
{
    const char *comma = "";

    put_head(out, now, "stats", 0, "host", "none");
    fprintf(out,
            ",\"text\":\"statistics\",\"links\":%" PRIu64 ",\"links_up\":%" PRIu64 ",\"half_open\":%" PRIu64
            ",\"refused\":%" PRIu64 ",\"packets_in\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"packets_out\":%" PRIu64
            ",\"bytes_out\":%" PRIu64 ",\"copied\":%" PRIu64 ",\"rekeys\":%" PRIu64 ",\"memory\":%" PRIu64
            ",\"allocations\":%" PRIu64 ",\"drops\":{",
            s->links, s->links_up, s->half_open, s->refused, s->packets_in, s->bytes_in, s->packets_out, s->bytes_out,
            s->copied, s->rekeys, s->memory, s->allocations);
    for (uint32_t i = 1; i < L2TPSEC_DROP_COUNT; i++) {
        if (!d->by_reason[i])
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, comma, l2tpsec_drop_name(i), d->by_reason[i]);
        comma = ",";
    }
    fprintf(out,
            "},\"host_drops\":{\"truncated\":%" PRIu64 ",\"unsent\":%" PRIu64 ",\"no_socket\":%" PRIu64
            ",\"tun\":%" PRIu64,
            d->net.truncated, d->net.unsent, d->net.no_socket, d->tun);
    put_number(out, "overflow", d->overflow);
    fputc('}', out);
    put_number(out, "handed_on", d->handed_on);
    if (d->net.last_error)
        put_text(out, "send_error", strerror(d->net.last_error));
    fputs("}\n", out);
}

static void tell(FILE *out, const char *program, const char *what, const char *text)
{
    if (*text)
        fprintf(out, "%s:   %s: %s\n", program, what, text);
}

void events_human(FILE *out, const char *program, const l2tpsec_event *ev)
{
    char remote[ADDR_TEXT], address[ADDR_TEXT], peer[ADDR_TEXT], dns[ADDR_TEXT];

    fprintf(out, "%s: ", program);
    if (ev->remote.family)
        fprintf(out, "%s: ", addr_text(&ev->remote, remote));
    const char *type = l2tpsec_event_name(ev->type);
    if (strncmp(ev->text, type, strlen(type)) == 0) /* "up: ESP ...", "rekeyed" */
        fprintf(out, "%s\n", ev->text);
    else
        fprintf(out, "%s%s%s\n", type, *ev->text ? ": " : "", ev->text);
    if (ev->type == L2TPSEC_EVENT_UP) {
        fprintf(out, "%s:   address %s, peer %s, MTU %u%s%s\n", program, addr_text(&ev->address, address),
                addr_text(&ev->peer_address, peer), ev->mtu, ev->dns[0].family ? ", DNS " : "",
                addr_text(&ev->dns[0], dns));
    }
    tell(out, program, "user", ev->user);
    tell(out, program, "peer offered", ev->offered);
    tell(out, program, "allowed here", ev->allowed);
    tell(out, program, "peer says", ev->message);
    tell(out, program, "hint", ev->hint);
    if (ev->retry_in_us)
        fprintf(out, "%s:   next try in %" PRIu64 " s\n", program, ev->retry_in_us / 1000000);
}

void events_write(struct events *e, const l2tpsec_event *ev)
{
    flockfile(stderr); /* threads of a crew write here, each a line or some that belong together */
    events_human(stderr, e->program, ev);
    funlockfile(stderr);
    if (e->json) {
        flockfile(e->json);
        events_json(e->json, ev);
        fflush(e->json);
        funlockfile(e->json);
    }
}

void events_stats(struct events *e, uint64_t now, const l2tpsec_stats *s, const struct host_drops *d)
{
    events_json_stats(stderr, now, s, d);
    if (e->json) {
        events_json_stats(e->json, now, s, d);
        fflush(e->json);
    }
}

void events_keylog(struct events *e, const char *file, const char *line)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", e->keylog, file);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); /* whoever has these can read the traffic */
    if (fd < 0 || secret_file(fd) != 0 || dprintf(fd, "%s\n", line) < 0)
        events_say(e, "key log %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

void events_say(const struct events *e, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fprintf(stderr, "%s: %s\n", e->program, text);
}
