/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/id.h"

#include "base/errors.h"

/* How long identification data of each type may be (RFC 2407, 4.6.2); an index out of range finds a row that fits
 * nothing. */
static const struct {
    uint16_t min, max;
} lengths[] = {
    [L2S_ID_IPV4_ADDR] = {4, 4},
    [L2S_ID_FQDN] = {1, 255},
    [L2S_ID_USER_FQDN] = {1, 255},
    [L2S_ID_IPV4_SUBNET] = {8, 8},
    [L2S_ID_IPV6_ADDR] = {16, 16},
    [L2S_ID_IPV6_SUBNET] = {32, 32},
    [L2S_ID_IPV4_RANGE] = {8, 8},
    [L2S_ID_IPV6_RANGE] = {32, 32},
    [L2S_ID_DER_ASN1_DN] = {1, L2S_ID_DATA_MAX},
    [L2S_ID_DER_ASN1_GN] = {1, L2S_ID_DATA_MAX},
    [L2S_ID_KEY_ID] = {1, L2S_ID_DATA_MAX},
};

int l2s_id_read(struct l2s_rd body, struct l2s_id *out)
{
    out->type = l2s_rd_u8(&body);
    out->protocol = l2s_rd_u8(&body);
    out->port = l2s_rd_u16(&body);
    out->data = body;
    if (body.bad || out->type == 0 || out->type >= L2S_COUNT_OF(lengths))
        return L2TPSEC_EPROTO;
    if (body.left < lengths[out->type].min || body.left > lengths[out->type].max)
        return L2TPSEC_EPROTO;
    return L2TPSEC_OK;
}

void l2s_id_put(struct l2s_wr *w, const struct l2s_id *id)
{
    l2s_wr_u8(w, id->type);
    l2s_wr_u8(w, id->protocol);
    l2s_wr_u16(w, id->port);
    l2s_wr_bytes(w, id->data.p, id->data.left);
}

struct l2s_id l2s_id_of_addr(const l2tpsec_addr *addr, uint8_t protocol, uint16_t port)
{
    bool six = addr->family == 6;
    struct l2s_id id = {.type = six ? L2S_ID_IPV6_ADDR : L2S_ID_IPV4_ADDR, .protocol = protocol, .port = port};

    id.data = l2s_rd_init(addr->ip, six ? 16 : 4);
    return id;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool l2s_id_equal(const struct l2s_id *a, const struct l2s_id *b)
{
    struct l2s_rd x = a->data, y = b->data;
    bool name = a->type == L2S_ID_FQDN || a->type == L2S_ID_USER_FQDN;

    if (a->type != b->type || x.left != y.left || x.bad || y.bad)
        return false;
    if (!name)
        return l2s_rd_equals(&x, y.p, y.left);
    while (!l2s_rd_done(&x)) {
        uint8_t p = l2s_rd_u8(&x), q = l2s_rd_u8(&y);
        if (lower(p) != lower(q))
            return false;
    }
    return true;
}
