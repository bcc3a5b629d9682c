/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/avp.h"

#include "base/errors.h"
#include "base/wipe.h"
#include "l2tp/message.h"

#define BIT_M 0x8000u
#define BIT_H 0x4000u
#define BITS_RESERVED 0x3c00u
#define LENGTH_MASK 0x03ffu
#define VALUE_MAX (L2S_L2TP_AVP_MAX - L2S_L2TP_AVP_HEADER)
#define MD5_LEN 16u

#define IN(type) (1u << L2S_L2TP_##type)
#define START (IN(SCCRQ) | IN(SCCRP))
#define CONNECTED (IN(ICCN) | IN(OCCN))
#define EVERY 0xffffffffu

/* RFC 2661, 4.4; lengths are those of the value. The Result Code comes in every length from 2 on (MikroTik: no error
 * code), and shorter ones still close, so its row has no minimum. */
static const struct l2s_l2tp_avp_rule rules[L2S_AVP_TYPES] = {
    [L2S_AVP_MESSAGE_TYPE] = {EVERY, 2, 2, true, true, false},
    [L2S_AVP_RESULT] = {IN(STOPCCN) | IN(CDN), 0, VALUE_MAX, true, true, false},
    [L2S_AVP_VERSION] = {START, 2, 2, true, true, false},
    [L2S_AVP_FRAMING_CAP] = {START, 4, 4, true, true, true},
    [L2S_AVP_BEARER_CAP] = {START, 4, 4, true, true, true},
    [L2S_AVP_TIE_BREAKER] = {IN(SCCRQ), 8, 8, true, false, false},
    [L2S_AVP_FIRMWARE] = {START, 2, 2, true, false, true},
    [L2S_AVP_HOST_NAME] = {START, 1, VALUE_MAX, true, true, false},
    [L2S_AVP_VENDOR_NAME] = {START, 0, VALUE_MAX, true, false, true},
    [L2S_AVP_TUNNEL_ID] = {START | IN(STOPCCN), 2, 2, true, true, true},
    [L2S_AVP_WINDOW] = {START, 2, 2, true, true, false},
    [L2S_AVP_CHALLENGE] = {START, 1, VALUE_MAX, true, true, true},
    [L2S_AVP_Q931] = {IN(CDN), 3, VALUE_MAX, true, true, false},
    [L2S_AVP_RESPONSE] = {IN(SCCRP) | IN(SCCCN), 16, 16, true, true, true},
    [L2S_AVP_SESSION_ID] = {IN(CDN) | IN(ICRP) | IN(ICRQ) | IN(OCRP) | IN(OCRQ), 2, 2, true, true, true},
    [L2S_AVP_SERIAL] = {IN(ICRQ) | IN(OCRQ), 4, 4, true, true, true},
    [L2S_AVP_MIN_BPS] = {IN(OCRQ), 4, 4, true, true, true},
    [L2S_AVP_MAX_BPS] = {IN(OCRQ), 4, 4, true, true, true},
    [L2S_AVP_BEARER_TYPE] = {IN(ICRQ) | IN(OCRQ), 4, 4, true, true, true},
    [L2S_AVP_FRAMING_TYPE] = {CONNECTED | IN(OCRQ), 4, 4, true, true, true},
    [L2S_AVP_CALLED] = {IN(ICRQ) | IN(OCRQ), 0, VALUE_MAX, true, true, true},
    [L2S_AVP_CALLING] = {IN(ICRQ), 0, VALUE_MAX, true, true, true},
    [L2S_AVP_SUB_ADDRESS] = {IN(ICRQ) | IN(OCRQ), 0, VALUE_MAX, true, true, true},
    [L2S_AVP_TX_SPEED] = {CONNECTED, 4, 4, true, true, true},
    [L2S_AVP_PHYSICAL_CHANNEL] = {IN(ICRQ) | IN(OCRP), 4, 4, true, false, true},
    [L2S_AVP_LCP_FIRST] = {IN(ICCN), 0, VALUE_MAX, true, false, true},
    [L2S_AVP_LCP_SENT] = {IN(ICCN), 0, VALUE_MAX, true, false, true},
    [L2S_AVP_LCP_RECEIVED] = {IN(ICCN), 0, VALUE_MAX, true, false, true},
    [L2S_AVP_PROXY_TYPE] = {IN(ICCN), 2, 2, true, false, true},
    [L2S_AVP_PROXY_NAME] = {IN(ICCN), 0, VALUE_MAX, true, false, true},
    [L2S_AVP_PROXY_CHALLENGE] = {IN(ICCN), 0, VALUE_MAX, true, false, true},
    [L2S_AVP_PROXY_ID] = {IN(ICCN), 2, 2, true, false, true},
    [L2S_AVP_PROXY_RESPONSE] = {IN(ICCN), 0, VALUE_MAX, true, false, true},
    [L2S_AVP_CALL_ERRORS] = {IN(WEN), 26, 26, true, true, true},
    [L2S_AVP_ACCM] = {IN(SLI), 10, 10, true, true, true},
    [L2S_AVP_RANDOM_VECTOR] = {EVERY, 0, VALUE_MAX, true, true, false},
    [L2S_AVP_PRIVATE_GROUP] = {IN(ICCN), 0, VALUE_MAX, true, false, true},
    [L2S_AVP_RX_SPEED] = {CONNECTED, 4, 4, true, false, true},
    [L2S_AVP_SEQUENCING] = {CONNECTED, 0, 0, true, true, false},
    [L2S_AVP_DISCONNECT] = {IN(CDN), 5, VALUE_MAX, true, false, true},
};

const struct l2s_l2tp_avp_rule *l2s_l2tp_avp_rule(uint16_t type)
{
    return type < L2S_AVP_TYPES && rules[type].known ? &rules[type] : NULL;
}

int l2s_l2tp_avp_next(struct l2s_rd *list, struct l2s_l2tp_avp *out)
{
    memset(out, 0, sizeof *out);
    if (list->bad)
        return L2TPSEC_EPROTO;
    if (l2s_rd_done(list))
        return 0;

    uint16_t head = l2s_rd_u16(list);
    if ((head & LENGTH_MASK) < L2S_L2TP_AVP_HEADER)
        return L2TPSEC_EPROTO;
    struct l2s_rd body = l2s_rd_sub(list, (head & LENGTH_MASK) - 2u);
    out->mandatory = head & BIT_M;
    out->hidden = head & BIT_H;
    out->reserved = head & BITS_RESERVED;
    out->vendor = l2s_rd_u16(&body);
    out->type = l2s_rd_u16(&body);
    out->value = body;
    return body.bad ? L2TPSEC_EPROTO : 1;
}

size_t l2s_l2tp_avp_open(struct l2s_wr *w, uint16_t type)
{
    size_t at = l2s_wr_open(w, 2);

    l2s_wr_u16(w, 0); /* vendor: IETF */
    l2s_wr_u16(w, type);
    return at;
}

void l2s_l2tp_avp_close(struct l2s_wr *w, size_t at, bool mandatory, bool hidden)
{
    l2s_wr_close16(w, at, LENGTH_MASK, (uint16_t)((mandatory ? BIT_M : 0) | (hidden ? BIT_H : 0)));
}

/* b1 = MD5(AV + S + RV), bi = MD5(S + c(i-1)), c(i) = p(i) xor b(i), in place or not. c is what goes in when it is
 * uncovered, and what comes out when it is hidden. */
static int mask(const struct l2s_l2tp_hiding *h, uint16_t type, const uint8_t *in, uint8_t *out, size_t n, bool hide)
{
    uint8_t attribute[2], b[MD5_LEN], c[MD5_LEN];
    struct l2s_bytes first[3] = {{attribute, 2}, {h->secret, h->secret_len}, {h->vector.p, h->vector.left}};
    struct l2s_bytes next[2] = {{h->secret, h->secret_len}, {c, MD5_LEN}};

    l2s_put16(attribute, type);
    int rc = l2s_hash(h->crypto, L2S_MD5, first, 3, b);
    for (size_t at = 0; rc == L2TPSEC_OK && at < n; at += MD5_LEN) {
        size_t chunk = n - at < MD5_LEN ? n - at : MD5_LEN;
        if (at)
            rc = l2s_hash(h->crypto, L2S_MD5, next, 2, b);
        if (!hide)
            memcpy(c, in + at, chunk);
        for (size_t i = 0; i < chunk; i++)
            out[at + i] = in[at + i] ^ b[i];
        if (hide)
            memcpy(c, out + at, chunk);
    }
    l2s_wipe(b, sizeof b);
    return rc;
}

int l2s_l2tp_avp_hide(const struct l2s_l2tp_hiding *h, struct l2s_wr *w, size_t at, uint16_t type)
{
    if (w->bad)
        return L2TPSEC_OK; /* as whoever writes will see */

    size_t start = at + L2S_L2TP_AVP_HEADER, n = w->len - start;
    l2s_put16(w->p + start, (uint16_t)(n - 2));
    l2s_wr_bytes(w, h->padding, (MD5_LEN - n % MD5_LEN) % MD5_LEN);
    uint8_t *p = w->p + start;
    return w->bad ? L2TPSEC_OK : mask(h, type, p, p, w->len - start, true);
}

int l2s_l2tp_avp_unhide(struct l2s_l2tp_hiding *h, struct l2s_l2tp_avp *avp)
{
    uint8_t *at = h->scratch + h->used;
    size_t n = avp->value.left;

    if (!h->secret_len)
        return L2TPSEC_ENOENT;
    if (!h->have_vector || n < 2)
        return L2TPSEC_EPROTO;
    if (n > sizeof h->scratch - h->used)
        return L2TPSEC_ENOMEM;
    int rc = mask(h, avp->type, avp->value.p, at, n, false);
    if (rc != L2TPSEC_OK)
        return rc;

    struct l2s_rd clear = l2s_rd_init(at, n);
    uint16_t original = l2s_rd_u16(&clear);
    avp->value = l2s_rd_sub(&clear, original);
    avp->hidden = false;
    h->used += n;
    return avp->value.bad ? L2TPSEC_EPROTO : L2TPSEC_OK;
}
