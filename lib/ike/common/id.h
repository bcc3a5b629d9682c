/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Identification payloads (RFC 2407, 4.6.2): who a peer says it is in phase 1, what traffic it means in phase 2. */
#ifndef L2S_IKE_COMMON_ID_H
#define L2S_IKE_COMMON_ID_H

#include "ike/common/header.h"

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define L2S_ID_DATA_MAX 256 /* bytes of identification data that are taken */

/* One identity. Borrowed: data points into the message, or to what the caller keeps. */
struct l2s_id {
    uint8_t type;     /* enum l2s_id_type */
    uint8_t protocol; /* 0: any */
    uint16_t port;    /* 0: any */
    struct l2s_rd data;
};

/* L2TPSEC_OK, or L2TPSEC_EPROTO: type unknown, data of a length that type cannot have, or longer than L2S_ID_DATA_MAX. */
int l2s_id_read(struct l2s_rd body, struct l2s_id *out);

/* Write the body, with a payload open. */
void l2s_id_put(struct l2s_wr *w, const struct l2s_id *id);

/* ID_IPV4_ADDR or ID_IPV6_ADDR of an address; it borrows from addr, whose port is not looked at. */
struct l2s_id l2s_id_of_addr(const l2tpsec_addr *addr, uint8_t protocol, uint16_t port);

/* Type and data agree (protocol and port are no part of who one is). FQDN and USER_FQDN compare without regard to
 * ASCII case. */
bool l2s_id_equal(const struct l2s_id *a, const struct l2s_id *b);

/* As text for events, printable ASCII only ('?' for the rest), NUL ended, cut with "..." at cap; returns the length:
 * "192.0.2.1", "@vpn.example", "joe@vpn.example", "keyid:0a0b", "C=XX, CN=vpn.example" or "dn:3081",
 * "192.0.2.0/255.255.255.255". */
size_t l2s_id_text(const struct l2s_id *id, char *out, size_t cap);

/* From the user's words: "192.0.2.1", "2001:db8::1", "@vpn.example" (FQDN), "joe@vpn.example" (USER_FQDN), "keyid:0a0b",
 * "C=XX, CN=vpn.example" or "dn:3081" (a Name in DER), a bare name (FQDN). What l2s_id_text writes of these is read back as
 * the same, if a USER_FQDN is a mail address without '='. Fills type, data and its length; L2TPSEC_EINVAL for something
 * else, ERANGE when it is too long. */
int l2s_id_parse(const char *text, uint8_t *type, uint8_t data[L2S_ID_DATA_MAX], size_t *len);

#endif
