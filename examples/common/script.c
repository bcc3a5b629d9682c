/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "script.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void set(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void set(const char *name, const char *fmt, ...)
{
    char value[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(value, sizeof value, fmt, ap);
    va_end(ap);
    setenv(name, value, 1);
}

static const char *mask_text(unsigned prefix, char buf[ADDR_TEXT])
{
    l2tpsec_addr mask = {.family = 4};

    for (unsigned bit = 0; bit < prefix && bit < 32; bit++)
        mask.ip[bit / 8] = (uint8_t)(mask.ip[bit / 8] | 0x80u >> bit % 8);
    return addr_text(&mask, buf);
}

static void set_route(unsigned i, const char *what, const char *value)
{
    char name[64];

    snprintf(name, sizeof name, "CISCO_SPLIT_INC_%u_%s", i, what);
    set(name, "%s", value);
}

static void set_routes(const struct script *s)
{
    char text[ADDR_TEXT];

    if (s->n_routes)
        set("CISCO_SPLIT_INC", "%u", s->n_routes);
    for (unsigned i = 0; i < s->n_routes; i++) {
        const struct subnet *to = &s->routes[i];
        set_route(i, "ADDR", addr_text(&to->net, text));
        set_route(i, "MASK", mask_text(to->prefix, text));
        snprintf(text, sizeof text, "%u", to->prefix);
        set_route(i, "MASKLEN", text);
        set_route(i, "PROTOCOL", "0");
        set_route(i, "SPORT", "0");
        set_route(i, "DPORT", "0");
    }
}

static void set_link(const l2tpsec_event *ev)
{
    char address[ADDR_TEXT], peer[ADDR_TEXT], dns[2][ADDR_TEXT];

    set("INTERNAL_IP4_ADDRESS", "%s", addr_text(&ev->address, address));
    set("INTERNAL_IP4_NETADDR", "%s", addr_text(&ev->peer_address, peer)); /* what is surely behind the tunnel */
    set("INTERNAL_IP4_NETMASK", "255.255.255.255");
    set("INTERNAL_IP4_NETMASKLEN", "32");
    set("INTERNAL_IP4_MTU", "%u", ev->mtu);
    addr_text(&ev->dns[0], dns[0]);
    addr_text(&ev->dns[1], dns[1]);
    set("INTERNAL_IP4_DNS", "%s%s%s", dns[0], *dns[0] && *dns[1] ? " " : "", dns[1]);
}

static void set_all(const struct script *s, const char *reason, const l2tpsec_addr *server, const l2tpsec_event *ev)
{
    char text[ADDR_TEXT];
    l2tpsec_addr gateway = *server;

    gateway.port = 0;
    set("reason", "%s", reason);
    set("VPNGATEWAY", "%s", addr_text(&gateway, text));
    set("VPNPID", "%ld", (long)getpid());
    set("TUNDEV", "%s", s->device);
    set("CISCO_DEF_DOMAIN", "%s", "");
    set_routes(s);
    if (ev)
        set_link(ev);
}

int script_run(const struct script *s, const char *reason, const l2tpsec_addr *server, const l2tpsec_event *ev,
               struct problem *p)
{
    char path[PATH_MAX], *argv[] = {path, NULL};
    int status = 0;
    pid_t pid = 0;

    snprintf(path, sizeof path, "%s", s->path);
    set_all(s, reason, server, ev);
    int error = posix_spawnp(&pid, path, NULL, NULL, argv, environ);
    if (error)
        return problem(p, "script %s: %s", s->path, strerror(error));
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return problem(p, "script %s: %s", s->path, strerror(errno));
    }
    if (WIFSIGNALED(status))
        return problem(p, "script %s (%s): killed by signal %d", s->path, reason, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return problem(p, "script %s (%s): exit status %d", s->path, reason, WEXITSTATUS(status));
    return 0;
}
