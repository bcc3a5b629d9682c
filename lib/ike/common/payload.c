/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/payload.h"

#include "base/errors.h"

#define GENERIC_HEADER 4u

int l2s_payload_next(struct l2s_rd *chain, uint8_t *next, struct l2s_payload *out)
{
    uint16_t len;

    if (chain->bad)
        return L2TPSEC_EPROTO;
    if (*next == L2S_PT_NONE)
        return 0;

    out->type = *next;
    out->next = l2s_rd_u8(chain);
    l2s_rd_skip(chain, 1); /* reserved; some stacks put rubbish there */
    len = l2s_rd_u16(chain);
    if (len < GENERIC_HEADER)
        return L2TPSEC_EPROTO;
    out->body = l2s_rd_sub(chain, len - GENERIC_HEADER);
    *next = out->next;
    return chain->bad ? L2TPSEC_EPROTO : 1;
}

/* The closed table of what may stand in a message; proposals and transforms only live inside an SA payload. */
static const struct {
    uint8_t type;
    uint8_t kind;
} kinds[] = {
    {L2S_PT_SA, L2S_PK_SA},
    {L2S_PT_KE, L2S_PK_KE},
    {L2S_PT_ID, L2S_PK_ID},
    {L2S_PT_CERT, L2S_PK_CERT},
    {L2S_PT_CERTREQ, L2S_PK_CERTREQ},
    {L2S_PT_HASH, L2S_PK_HASH},
    {L2S_PT_SIG, L2S_PK_SIG},
    {L2S_PT_NONCE, L2S_PK_NONCE},
    {L2S_PT_NOTIFY, L2S_PK_NOTIFY},
    {L2S_PT_DELETE, L2S_PK_DELETE},
    {L2S_PT_VID, L2S_PK_VID},
    {L2S_PT_ATTRIBUTES, L2S_PK_ATTRIBUTES},
    {L2S_PT_NATD, L2S_PK_NATD},
    {L2S_PT_NATOA, L2S_PK_NATOA},
    {L2S_PT_NATD_DRAFT00, L2S_PK_NATD},
    {L2S_PT_NATOA_DRAFT00, L2S_PK_NATOA},
    {L2S_PT_FRAGMENT, L2S_PK_FRAGMENT},
};

static uint8_t kind_of(uint8_t type, enum l2s_natt natt)
{
    if (type == L2S_PT_NATD_DRAFT04 || type == L2S_PT_NATOA_DRAFT04) {
        if (natt != L2S_NATT_DRAFT04)
            return L2S_PK_NONE;
        return type == L2S_PT_NATD_DRAFT04 ? L2S_PK_NATD : L2S_PK_NATOA;
    }
    for (size_t i = 0; i < L2S_COUNT_OF(kinds); i++)
        if (kinds[i].type == type)
            return kinds[i].kind;
    return L2S_PK_NONE;
}

/* Windows asks for every authority its machine trusts, hundreds of them, and nobody reads that. */
#define REQUESTS_KEPT 8

int l2s_payloads_collect(struct l2s_rd body, uint8_t first, enum l2s_natt natt, struct l2s_payloads *out)
{
    struct l2s_rd rest = body;
    struct l2s_payload p;
    uint8_t next = first;
    int rc;

    memset(out, 0, sizeof *out);
    while ((rc = l2s_payload_next(&rest, &next, &p)) == 1) {
        uint8_t kind = kind_of(p.type, natt);
        if (kind == L2S_PK_CERTREQ && out->count[kind] == REQUESTS_KEPT)
            continue;
        if (out->n + out->unknown == L2S_PAYLOADS_MAX)
            return L2TPSEC_EPROTO;
        if (kind == L2S_PK_NONE) {
            out->unknown++;
            continue;
        }
        out->kind[out->n] = kind;
        out->body[out->n] = p.body;
        out->n++;
        out->count[kind]++;
    }
    if (rc < 0)
        return rc;
    out->chain = l2s_rd_sub(&body, body.left - rest.left);
    out->padding = rest;
    return L2TPSEC_OK;
}

struct l2s_rd l2s_payloads_get(const struct l2s_payloads *s, enum l2s_payload_kind kind, unsigned n)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->kind[i] == kind && n-- == 0)
            return s->body[i];

    struct l2s_rd none = {.p = NULL, .left = 0, .bad = true};
    return none;
}

struct l2s_rd l2s_payloads_behind_first(const struct l2s_payloads *s)
{
    struct l2s_rd r = s->chain;

    l2s_rd_skip(&r, 2);
    uint16_t len = l2s_rd_u16(&r);
    l2s_rd_skip(&r, len >= GENERIC_HEADER ? len - GENERIC_HEADER : 0);
    return r;
}

int l2s_payloads_check(const struct l2s_payloads *s, const struct l2s_payload_rule *rules, uint8_t *kind)
{
    for (unsigned k = L2S_PK_NONE + 1; k < L2S_PK_COUNT; k++) {
        const struct l2s_payload_rule *rule = rules;
        while (rule->kind != L2S_PK_NONE && rule->kind != k)
            rule++;
        uint8_t min = rule->kind == k ? rule->min : 0;
        uint8_t max = rule->kind == k ? rule->max : 0;
        if (s->count[k] < min || s->count[k] > max) {
            if (kind)
                *kind = (uint8_t)k;
            return L2TPSEC_EPROTO;
        }
    }
    return L2TPSEC_OK;
}

int l2s_notify_read(struct l2s_rd body, struct l2s_notify *out)
{
    uint8_t spi_len;

    out->doi = l2s_rd_u32(&body);
    out->protocol = l2s_rd_u8(&body);
    spi_len = l2s_rd_u8(&body);
    out->type = l2s_rd_u16(&body);
    out->spi = l2s_rd_sub(&body, spi_len);
    out->data = body;
    return body.bad ? L2TPSEC_EPROTO : L2TPSEC_OK;
}

static bool delete_spi_fits(uint8_t protocol, uint8_t spi_len)
{
    switch (protocol) {
    case L2S_PROTO_ISAKMP:
        return spi_len == 2 * L2S_COOKIE;
    case L2S_PROTO_AH:
    case L2S_PROTO_ESP:
        return spi_len == 4;
    case L2S_PROTO_IPCOMP:
        return spi_len == 2 || spi_len == 4; /* a CPI is two bytes, RFC 2407, 4.4.1 allows four */
    default:
        return false;
    }
}

int l2s_delete_read(struct l2s_rd body, struct l2s_delete *out)
{
    out->doi = l2s_rd_u32(&body);
    out->protocol = l2s_rd_u8(&body);
    out->spi_len = l2s_rd_u8(&body);
    out->n = l2s_rd_u16(&body);
    out->spis = body;
    if (body.bad || out->n > L2S_DELETE_MAX || !delete_spi_fits(out->protocol, out->spi_len))
        return L2TPSEC_EPROTO;
    return body.left == (size_t)out->n * out->spi_len ? L2TPSEC_OK : L2TPSEC_EPROTO;
}

struct l2s_chain l2s_chain_begin(struct l2s_wr *w, const struct l2s_isakmp *h)
{
    struct l2s_chain c = {.w = w};

    c.start = l2s_isakmp_open(w, h);
    c.next_at = c.start + L2S_ISAKMP_NEXT_AT;
    return c;
}

void l2s_chain_open(struct l2s_chain *c, uint8_t type)
{
    struct l2s_wr *w = c->w;
    size_t at = w->len;

    l2s_wr_u16(w, L2S_PT_NONE); /* next payload, reserved */
    c->length_at = l2s_wr_open(w, 2);
    if (w->bad)
        return;
    w->p[c->next_at] = type;
    c->next_at = at;
}

void l2s_chain_close(struct l2s_chain *c)
{
    l2s_wr_close16_from(c->w, c->length_at, c->next_at);
    c->length_at = 0;
}

void l2s_chain_put(struct l2s_chain *c, uint8_t type, const void *body, size_t n)
{
    l2s_chain_open(c, type);
    l2s_wr_bytes(c->w, body, n);
    l2s_chain_close(c);
}

size_t l2s_chain_put_room(struct l2s_chain *c, uint8_t type, size_t n)
{
    l2s_chain_open(c, type);
    size_t at = l2s_wr_open(c->w, n);
    l2s_chain_close(c);
    return at;
}

void l2s_chain_pad(struct l2s_chain *c, size_t block)
{
    size_t over = block ? (c->w->len - c->start - L2S_ISAKMP_HEADER) % block : 0;

    if (!c->w->bad && over)
        l2s_wr_zeros(c->w, block - over);
}

void l2s_chain_end(struct l2s_chain *c)
{
    l2s_isakmp_close(c->w, c->start);
}

void l2s_chain_put_notify(struct l2s_chain *c, uint8_t protocol, uint16_t type, const void *spi, size_t spi_len,
                          const void *data, size_t data_len)
{
    l2s_chain_open(c, L2S_PT_NOTIFY);
    l2s_wr_u32(c->w, L2S_DOI_IPSEC);
    l2s_wr_u8(c->w, protocol);
    l2s_wr_u8(c->w, (uint8_t)spi_len);
    l2s_wr_u16(c->w, type);
    l2s_wr_bytes(c->w, spi, spi_len);
    l2s_wr_bytes(c->w, data, data_len);
    if (spi_len > UINT8_MAX)
        c->w->bad = true;
    l2s_chain_close(c);
}

static void open_delete(struct l2s_chain *c, uint8_t protocol, uint8_t spi_len)
{
    l2s_chain_open(c, L2S_PT_DELETE);
    l2s_wr_u32(c->w, L2S_DOI_IPSEC);
    l2s_wr_u8(c->w, protocol);
    l2s_wr_u8(c->w, spi_len);
    l2s_wr_u16(c->w, 1);
}

void l2s_chain_put_delete_esp(struct l2s_chain *c, uint32_t spi)
{
    open_delete(c, L2S_PROTO_ESP, 4);
    l2s_wr_u32(c->w, spi);
    l2s_chain_close(c);
}

void l2s_chain_put_delete_ike(struct l2s_chain *c, const uint8_t icookie[L2S_COOKIE], const uint8_t rcookie[L2S_COOKIE])
{
    open_delete(c, L2S_PROTO_ISAKMP, 2 * L2S_COOKIE);
    l2s_wr_bytes(c->w, icookie, L2S_COOKIE);
    l2s_wr_bytes(c->w, rcookie, L2S_COOKIE);
    l2s_chain_close(c);
}
