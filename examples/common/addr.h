/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Addresses: the library's form, the socket layer's form, and text. */
#ifndef EXAMPLES_ADDR_H
#define EXAMPLES_ADDR_H

#include "l2tpsec/l2tpsec.h"

#include <stdbool.h>
#include <sys/socket.h>

enum { ADDR_TEXT = 64 }; /* enough for "[IPv6]:port" */

/* An address with a prefix length: a subnet, a pool, a route's destination. */
struct subnet {
    l2tpsec_addr net; /* host bits zero, port 0 */
    unsigned prefix;
};

/* "192.0.2.1" or "2001:db8::1"; no port. */
bool addr_parse(const char *text, l2tpsec_addr *out);
/* "10.77.0.0/16"; without a slash it is the one address. Host bits are cleared. */
bool subnet_parse(const char *text, struct subnet *out);

/* With the port if there is one: "192.0.2.1:500", "[2001:db8::1]:500". Returns buf; "" for no address. */
const char *addr_text(const l2tpsec_addr *a, char buf[ADDR_TEXT]);

/* Without the port, as these two. */
bool addr_equal(const l2tpsec_addr *a, const l2tpsec_addr *b);
bool addr_is_any(const l2tpsec_addr *a);
bool subnet_has(const struct subnet *s, const l2tpsec_addr *a);

/* 4 or 16 bytes. */
size_t addr_len(const l2tpsec_addr *a);
socklen_t addr_to_sockaddr(const l2tpsec_addr *a, struct sockaddr_storage *out);
void addr_from_sockaddr(const struct sockaddr_storage *sa, l2tpsec_addr *out);

#endif
