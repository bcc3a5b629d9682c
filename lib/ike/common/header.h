/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The ISAKMP header (RFC 2408, 3.1) and the numbers of ISAKMP, the IPsec DOI and IKE that the wire carries, each from
 * its closed table. */
#ifndef L2S_IKE_COMMON_HEADER_H
#define L2S_IKE_COMMON_HEADER_H

#include "wire/rd.h"
#include "wire/wr.h"

#include <stdbool.h>
#include <stdint.h>

#define L2S_ISAKMP_HEADER 28
#define L2S_ISAKMP_NEXT_AT 16 /* where the header names its first payload */
#define L2S_ISAKMP_VERSION 0x10
#define L2S_COOKIE 8

/* RFC 2408, 3.1; RFC 2409, appendix A */
enum l2s_exchange {
    L2S_EXCHANGE_MAIN = 2,
    L2S_EXCHANGE_AGGRESSIVE = 4,
    L2S_EXCHANGE_INFO = 5,
    L2S_EXCHANGE_TRANSACTION = 6, /* mode config and XAUTH */
    L2S_EXCHANGE_QUICK = 32,
    L2S_EXCHANGE_NEW_GROUP = 33,
};

enum l2s_isakmp_flag { L2S_FLAG_ENCRYPTED = 1, L2S_FLAG_COMMIT = 2, L2S_FLAG_AUTH_ONLY = 4 };

/* Payload types of the wire. 15 and 16 mean NAT-D and NAT-OA only where drafts 04 to 08 were negotiated. */
enum l2s_payload_type {
    L2S_PT_NONE = 0,
    L2S_PT_SA = 1,
    L2S_PT_PROPOSAL = 2,
    L2S_PT_TRANSFORM = 3,
    L2S_PT_KE = 4,
    L2S_PT_ID = 5,
    L2S_PT_CERT = 6,
    L2S_PT_CERTREQ = 7,
    L2S_PT_HASH = 8,
    L2S_PT_SIG = 9,
    L2S_PT_NONCE = 10,
    L2S_PT_NOTIFY = 11,
    L2S_PT_DELETE = 12,
    L2S_PT_VID = 13,
    L2S_PT_ATTRIBUTES = 14, /* mode config, XAUTH */
    L2S_PT_NATD_DRAFT04 = 15,
    L2S_PT_NATOA_DRAFT04 = 16,
    L2S_PT_NATD = 20, /* RFC 3947, 3.2 */
    L2S_PT_NATOA = 21,
    L2S_PT_NATD_DRAFT00 = 130,
    L2S_PT_NATOA_DRAFT00 = 131,
    L2S_PT_FRAGMENT = 132,
};

/* Which NAT traversal both sides speak; what differs is numbers only (natt.h has them). */
enum l2s_natt { L2S_NATT_NONE, L2S_NATT_RFC3947, L2S_NATT_DRAFT00, L2S_NATT_DRAFT04, L2S_NATT_COUNT };

enum l2s_doi { L2S_DOI_ISAKMP = 0, L2S_DOI_IPSEC = 1 };
enum l2s_situation { L2S_SIT_IDENTITY_ONLY = 1 };

/* RFC 2407, 4.4.1 */
enum l2s_protocol_id {
    L2S_PROTO_ISAKMP = 1,
    L2S_PROTO_AH = 2,
    L2S_PROTO_ESP = 3,
    L2S_PROTO_IPCOMP = 4,
};

/* RFC 2407, 4.6.2.1 */
enum l2s_id_type {
    L2S_ID_IPV4_ADDR = 1,
    L2S_ID_FQDN = 2,
    L2S_ID_USER_FQDN = 3,
    L2S_ID_IPV4_SUBNET = 4,
    L2S_ID_IPV6_ADDR = 5,
    L2S_ID_IPV6_SUBNET = 6,
    L2S_ID_IPV4_RANGE = 7,
    L2S_ID_IPV6_RANGE = 8,
    L2S_ID_DER_ASN1_DN = 9,
    L2S_ID_DER_ASN1_GN = 10,
    L2S_ID_KEY_ID = 11,
};

/* RFC 2408, 3.14.1; RFC 2407, 4.6.3; RFC 3706, 5.3. Below 16384 they are errors. */
enum l2s_notify_type {
    L2S_N_INVALID_PAYLOAD_TYPE = 1,
    L2S_N_DOI_NOT_SUPPORTED = 2,
    L2S_N_SITUATION_NOT_SUPPORTED = 3,
    L2S_N_INVALID_COOKIE = 4,
    L2S_N_INVALID_MAJOR_VERSION = 5,
    L2S_N_INVALID_MINOR_VERSION = 6,
    L2S_N_INVALID_EXCHANGE_TYPE = 7,
    L2S_N_INVALID_FLAGS = 8,
    L2S_N_INVALID_MESSAGE_ID = 9,
    L2S_N_INVALID_PROTOCOL_ID = 10,
    L2S_N_INVALID_SPI = 11,
    L2S_N_INVALID_TRANSFORM_ID = 12,
    L2S_N_ATTRIBUTES_NOT_SUPPORTED = 13,
    L2S_N_NO_PROPOSAL_CHOSEN = 14,
    L2S_N_BAD_PROPOSAL_SYNTAX = 15,
    L2S_N_PAYLOAD_MALFORMED = 16,
    L2S_N_INVALID_KEY_INFORMATION = 17,
    L2S_N_INVALID_ID_INFORMATION = 18,
    L2S_N_INVALID_CERT_ENCODING = 19,
    L2S_N_INVALID_CERTIFICATE = 20,
    L2S_N_CERT_TYPE_UNSUPPORTED = 21,
    L2S_N_INVALID_CERT_AUTHORITY = 22,
    L2S_N_INVALID_HASH_INFORMATION = 23,
    L2S_N_AUTHENTICATION_FAILED = 24,
    L2S_N_INVALID_SIGNATURE = 25,
    L2S_N_ADDRESS_NOTIFICATION = 26,
    L2S_N_NOTIFY_SA_LIFETIME = 27,
    L2S_N_CERTIFICATE_UNAVAILABLE = 28,
    L2S_N_UNSUPPORTED_EXCHANGE_TYPE = 29,
    L2S_N_UNEQUAL_PAYLOAD_LENGTHS = 30,
    L2S_N_CONNECTED = 16384,
    L2S_N_RESPONDER_LIFETIME = 24576,
    L2S_N_REPLAY_STATUS = 24577,
    L2S_N_INITIAL_CONTACT = 24578,
    L2S_N_R_U_THERE = 36136,
    L2S_N_R_U_THERE_ACK = 36137,
};

#define L2S_NOTIFY_ERRORS_END 16384 /* types below it say that something failed */

struct l2s_isakmp {
    uint8_t icookie[L2S_COOKIE], rcookie[L2S_COOKIE];
    uint8_t first;       /* type of the first payload */
    uint8_t exchange;    /* enum l2s_exchange, or a number nobody knows */
    uint8_t flags;       /* enum l2s_isakmp_flag */
    uint32_t message_id; /* opaque: Windows counts in little-endian */
    uint32_t length;     /* set by reading; the writer finds its own */
};

/* Read the header of one datagram (non-ESP marker stripped) and give what its length says follows it. Returns
 * L2TPSEC_DROP_NONE, or why the datagram is to be dropped: SHORT (less than a header), VERSION (not 1.0), MALFORMED (a
 * length below 28 or beyond the datagram, an initiator cookie of zero, reserved flags are ignored). Bytes behind the
 * announced length are ignored: some stacks send them. Header fields are filled in when it is MALFORMED too. */
uint32_t l2s_isakmp_read(struct l2s_rd datagram, struct l2s_isakmp *out, struct l2s_rd *body);

/* Write the header with length and first payload to come (h->first and h->length are not looked at); returns where it
 * starts, for l2s_isakmp_close and l2s_chain_begin. */
size_t l2s_isakmp_open(struct l2s_wr *w, const struct l2s_isakmp *h);
void l2s_isakmp_close(struct l2s_wr *w, size_t start); /* fill in the length, from start to here */

bool l2s_cookie_zero(const uint8_t cookie[L2S_COOKIE]);

/* Constant words for traces and failures; "unknown" for numbers outside the tables. */
const char *l2s_exchange_name(uint8_t exchange);
const char *l2s_notify_name(uint16_t type);

#endif
