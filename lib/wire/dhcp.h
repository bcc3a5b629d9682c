/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* DHCP messages in UDP in IPv4 (RFC 2131, 2132), as far as DHCPINFORM needs them. */
#ifndef L2S_WIRE_DHCP_H
#define L2S_WIRE_DHCP_H

#include "wire/rd.h"
#include "wire/wr.h"

#define L2S_DHCP_SERVER_PORT 67u
#define L2S_DHCP_CLIENT_PORT 68u
#define L2S_DHCP_PACKET 576u /* IP packet that every client takes (RFC 2131, 2) */
#define L2S_DHCP_ROUTES 12u  /* so many fit, twice */

enum { L2S_DHCP_REQUEST = 1, L2S_DHCP_REPLY = 2 };
enum { L2S_DHCP_ACK = 5, L2S_DHCP_INFORM = 8 };
enum l2s_dhcp_option {
    L2S_DHCP_OPT_DNS = 6,
    L2S_DHCP_OPT_DOMAIN = 15,
    L2S_DHCP_OPT_TYPE = 53,
    L2S_DHCP_OPT_SERVER = 54,
    L2S_DHCP_OPT_WANTED = 55,
    L2S_DHCP_OPT_ROUTES = 121,   /* RFC 3442 */
    L2S_DHCP_OPT_MS_ROUTES = 249 /* Microsoft's number for the same, before there was one */
};

struct l2s_dhcp_hardware {
    uint8_t type, len, addr[16];
};

struct l2s_dhcp {
    uint8_t op, type; /* type 0: no option says it */
    uint32_t xid;
    uint8_t client[4]; /* ciaddr */
    struct l2s_dhcp_hardware hardware;
    struct l2s_rd options; /* all of them */
};

struct l2s_dhcp_route {
    uint8_t net[4], gateway[4], len;
};

/* An IPv4 packet that passed l2s_ip_parse with UDP in it; false: not a whole DHCP message for this port. */
bool l2s_dhcp_get(const uint8_t *ip, size_t header_len, size_t total_len, uint16_t port, struct l2s_dhcp *out);
/* Its first option of a type; bad when there is none. */
struct l2s_rd l2s_dhcp_option(const struct l2s_dhcp *m, uint8_t type);
/* Routes of option 121 or 249 (RFC 3442); how many, those beyond most left out; 0 for a malformed list. */
unsigned l2s_dhcp_get_routes(struct l2s_rd option, struct l2s_dhcp_route *out, unsigned most);

/* Begin a packet with IP, UDP and DHCP header and the message type, add options, end it: then it has lengths and checksums.
 * Addresses have 4 bytes. */
void l2s_dhcp_begin(struct l2s_wr *w, const struct l2s_dhcp *m, const uint8_t *from, const uint8_t *to);
void l2s_dhcp_put(struct l2s_wr *w, uint8_t option, const void *p, size_t n);
void l2s_dhcp_put_routes(struct l2s_wr *w, uint8_t option, const struct l2s_dhcp_route *r, unsigned n);
void l2s_dhcp_end(struct l2s_wr *w);

#endif
