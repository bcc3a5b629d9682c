/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool addr_parse(const char *text, l2tpsec_addr *out)
{
    l2tpsec_addr a;

    memset(&a, 0, sizeof a);
    if (inet_pton(AF_INET, text, a.ip) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, text, a.ip) == 1)
        a.family = 6;
    else
        return false;
    *out = a;
    return true;
}

bool subnet_parse(const char *text, struct subnet *out)
{
    char host[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    const char *slash = text[len] ? text + len : NULL;
    struct subnet s;

    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (!addr_parse(host, &s.net))
        return false;

    s.prefix = (unsigned)addr_len(&s.net) * 8;
    if (slash) {
        char *end = NULL;
        unsigned long prefix = strtoul(slash + 1, &end, 10);
        if (slash[1] < '0' || slash[1] > '9' || *end || prefix > s.prefix)
            return false;
        s.prefix = (unsigned)prefix;
    }
    for (unsigned bit = s.prefix; bit < addr_len(&s.net) * 8; bit++)
        s.net.ip[bit / 8] = (uint8_t)(s.net.ip[bit / 8] & ~(0x80u >> bit % 8));
    *out = s;
    return true;
}

const char *addr_text(const l2tpsec_addr *a, char buf[ADDR_TEXT])
{
    char ip[INET6_ADDRSTRLEN];

    buf[0] = '\0';
    if (!inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->ip, ip, sizeof ip) || a->family == 0)
        return buf;
    if (a->port == 0)
        snprintf(buf, ADDR_TEXT, "%s", ip);
    else
        snprintf(buf, ADDR_TEXT, a->family == 6 ? "[%s]:%u" : "%s:%u", ip, a->port);
    return buf;
}

bool addr_equal(const l2tpsec_addr *a, const l2tpsec_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, addr_len(a)) == 0;
}

bool addr_is_any(const l2tpsec_addr *a)
{
    static const uint8_t zero[16];

    return memcmp(a->ip, zero, addr_len(a)) == 0;
}

bool subnet_has(const struct subnet *s, const l2tpsec_addr *a)
{
    size_t whole = s->prefix / 8;
    uint8_t rest = (uint8_t)(0xff00u >> s->prefix % 8);

    if (a->family != s->net.family || memcmp(a->ip, s->net.ip, whole) != 0)
        return false;
    return s->prefix % 8 == 0 || ((a->ip[whole] ^ s->net.ip[whole]) & rest) == 0;
}

size_t addr_len(const l2tpsec_addr *a)
{
    return a->family == 6 ? 16 : 4;
}

socklen_t addr_to_sockaddr(const l2tpsec_addr *a, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (a->family == 6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(a->port);
        memcpy(&in6->sin6_addr, a->ip, 16);
        return sizeof *in6;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)out;
    in->sin_family = AF_INET;
    in->sin_port = htons(a->port);
    memcpy(&in->sin_addr, a->ip, 4);
    return sizeof *in;
}

void addr_from_sockaddr(const struct sockaddr_storage *sa, l2tpsec_addr *out)
{
    memset(out, 0, sizeof *out);
    if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
        out->family = 6;
        out->port = ntohs(in6->sin6_port);
        memcpy(out->ip, &in6->sin6_addr, 16);
    } else if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
        out->family = 4;
        out->port = ntohs(in->sin_port);
        memcpy(out->ip, &in->sin_addr, 4);
    }
}
