/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Chains of payloads (RFC 2408, 3.2): walking them, what must, may and must not be in a message, and building them. */
#ifndef L2S_IKE_COMMON_PAYLOAD_H
#define L2S_IKE_COMMON_PAYLOAD_H

#include "ike/common/header.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define L2S_PAYLOADS_MAX 64

/* ---- reading ---- */

/* What a payload is, whatever number its NAT-T version gives it. Payloads of other types are skipped and counted. */
enum l2s_payload_kind {
    L2S_PK_NONE, /* unknown, or a type that may not stand here */
    L2S_PK_SA,
    L2S_PK_KE,
    L2S_PK_ID,
    L2S_PK_CERT,
    L2S_PK_CERTREQ,
    L2S_PK_HASH,
    L2S_PK_SIG,
    L2S_PK_NONCE,
    L2S_PK_NOTIFY,
    L2S_PK_DELETE,
    L2S_PK_VID,
    L2S_PK_ATTRIBUTES,
    L2S_PK_NATD,
    L2S_PK_NATOA,
    L2S_PK_FRAGMENT,
    L2S_PK_COUNT
};

struct l2s_payload {
    uint8_t type;       /* number on the wire */
    uint8_t next;       /* type of the one behind it */
    struct l2s_rd body; /* without the generic header; borrowed from the message */
};

/* Walk a chain: *next begins as the header's first payload. 1: *out is a payload, and *next moved on; 0: clean end
 * (*next is NONE; what is left in *chain is padding); L2TPSEC_EPROTO: a length below 4 or beyond the message. Each
 * step takes at least four bytes, so it ends. */
int l2s_payload_next(struct l2s_rd *chain, uint8_t *next, struct l2s_payload *out);

/* All payloads of one message, in order. Lives on the stack; everything is borrowed from the message. */
struct l2s_payloads {
    struct l2s_rd chain;            /* from the first payload's generic header to the end of the last one: no padding */
    struct l2s_rd padding;          /* what follows */
    uint8_t n;                      /* payloads kept */
    uint8_t unknown;                /* payloads skipped */
    uint8_t count[L2S_PK_COUNT];    /* how many of each kind */
    uint8_t kind[L2S_PAYLOADS_MAX]; /* enum l2s_payload_kind */
    struct l2s_rd body[L2S_PAYLOADS_MAX];
};

/* L2TPSEC_OK, or L2TPSEC_EPROTO for a malformed chain or more than L2S_PAYLOADS_MAX payloads (unknown ones counted; of CERTREQ
 * the first few are kept, the others neither kept nor counted).
 * natt: what was negotiated; only DRAFT04 makes types 15 and 16 NAT-D and NAT-OA, the other numbers are unambiguous
 * and always taken. Reserved bytes of generic headers are ignored. */
int l2s_payloads_collect(struct l2s_rd body, uint8_t first, enum l2s_natt natt, struct l2s_payloads *out);

/* The n-th (from 0) payload of a kind; an empty reader that is bad when there is none. */
struct l2s_rd l2s_payloads_get(const struct l2s_payloads *s, enum l2s_payload_kind kind, unsigned n);

/* What a phase 2 hash covers: the chain behind the message's first payload, generic headers included (RFC 2409,
 * 5.5). */
struct l2s_rd l2s_payloads_behind_first(const struct l2s_payloads *s);

/* Which payloads a message must (min), may (max) and must not (not in the table) have. */
struct l2s_payload_rule {
    uint8_t kind; /* enum l2s_payload_kind; L2S_PK_NONE ends the table */
    uint8_t min, max;
};

/* L2TPSEC_OK, or L2TPSEC_EPROTO with *kind (may be NULL) the first kind at fault. Kinds without a rule must not be
 * there; unknown payloads are no matter. */
int l2s_payloads_check(const struct l2s_payloads *s, const struct l2s_payload_rule *rules, uint8_t *kind);

/* ---- views of bodies ---- */

struct l2s_notify { /* RFC 2408, 3.14 */
    uint32_t doi;
    uint8_t protocol; /* enum l2s_protocol_id */
    uint16_t type;    /* enum l2s_notify_type */
    struct l2s_rd spi;
    struct l2s_rd data;
};

int l2s_notify_read(struct l2s_rd body, struct l2s_notify *out); /* L2TPSEC_OK or L2TPSEC_EPROTO */

#define L2S_DELETE_MAX 128 /* SPIs in one payload that are looked at */

struct l2s_delete { /* RFC 2408, 3.15 */
    uint32_t doi;
    uint8_t protocol;
    uint8_t spi_len;
    uint16_t n;         /* SPIs announced, all of which are there; 0 is legal and means nothing */
    struct l2s_rd spis; /* n * spi_len bytes */
};

/* EPROTO too when the SPIs do not fill the payload exactly, or there are more than L2S_DELETE_MAX, or their size is
 * not the protocol's (ISAKMP 16: both cookies, initiator's first; AH, ESP 4; IPCOMP 2 or 4). */
int l2s_delete_read(struct l2s_rd body, struct l2s_delete *out);

/* ---- building ---- */

/* A chain under construction. Payloads do not nest (proposals and transforms are sa.h's own). */
struct l2s_chain {
    struct l2s_wr *w;
    size_t next_at;   /* the byte that will name the next payload */
    size_t start;     /* of the message: padding counts from behind the header */
    size_t length_at; /* of the open payload's length; 0: none is open */
};

/* Open header and chain in one: l2s_isakmp_open, then payloads, l2s_chain_pad when it is encrypted, l2s_chain_end. */
struct l2s_chain l2s_chain_begin(struct l2s_wr *w, const struct l2s_isakmp *h);
void l2s_chain_open(struct l2s_chain *c, uint8_t type); /* the body follows by the writer's own functions */
void l2s_chain_close(struct l2s_chain *c);
void l2s_chain_put(struct l2s_chain *c, uint8_t type, const void *body, size_t n);
/* A payload of n zero bytes, to be filled later (a hash over what follows it); returns where in w->p the body
 * starts. */
size_t l2s_chain_put_room(struct l2s_chain *c, uint8_t type, size_t n);
/* Zeros until what follows the header is a multiple of the block (RFC 2409, appendix B). */
void l2s_chain_pad(struct l2s_chain *c, size_t block);
/* Fill in the message's length. Whether all went well is w->bad. */
void l2s_chain_end(struct l2s_chain *c);

/* Notify with a protocol's SPI (spi_len 0: none) and data. */
void l2s_chain_put_notify(struct l2s_chain *c, uint8_t protocol, uint16_t type, const void *spi, size_t spi_len,
                          const void *data, size_t data_len);
/* Delete one ESP SA by the SPI we receive on; or an IKE SA by its cookies. */
void l2s_chain_put_delete_esp(struct l2s_chain *c, uint32_t spi);
void l2s_chain_put_delete_ike(struct l2s_chain *c, const uint8_t icookie[L2S_COOKIE],
                              const uint8_t rcookie[L2S_COOKIE]);

#endif
