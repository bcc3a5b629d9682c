/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/message.h"

#include "base/errors.h"
#include "l2tp/result.h"

#include <stddef.h>

static const char *const names[L2S_L2TP_TYPES] = {
    [L2S_L2TP_SCCRQ] = "SCCRQ", [L2S_L2TP_SCCRP] = "SCCRP", [L2S_L2TP_SCCCN] = "SCCCN", [L2S_L2TP_STOPCCN] = "StopCCN",
    [L2S_L2TP_HELLO] = "Hello", [L2S_L2TP_OCRQ] = "OCRQ",   [L2S_L2TP_OCRP] = "OCRP",   [L2S_L2TP_OCCN] = "OCCN",
    [L2S_L2TP_ICRQ] = "ICRQ",   [L2S_L2TP_ICRP] = "ICRP",   [L2S_L2TP_ICCN] = "ICCN",   [L2S_L2TP_CDN] = "CDN",
    [L2S_L2TP_WEN] = "WEN",     [L2S_L2TP_SLI] = "SLI",
};

static bool known(uint16_t type)
{
    return type < L2S_L2TP_TYPES && names[type];
}

const char *l2s_l2tp_msg_name(uint16_t type)
{
    return known(type) ? names[type] : "?";
}

/* Apple's Result Code lacks htons: a code is small, so one with an empty low byte is the wrong way round. */
static uint16_t upright(uint16_t code)
{
    return code & 0xff ? code : (uint16_t)(code >> 8);
}

static void get_result(struct l2s_rd v, struct l2s_l2tp_msg *m)
{
    if (v.left >= 2)
        m->result = upright(l2s_rd_u16(&v));
    if (v.left >= 2)
        m->result_error = upright(l2s_rd_u16(&v));
    if (v.left)
        m->words = v;
}

static void get_disconnect(struct l2s_rd v, struct l2s_l2tp_msg *m)
{
    m->disconnect = l2s_rd_u16(&v);
    l2s_rd_skip(&v, 2);
    m->disconnect_at = l2s_rd_u8(&v);
    if (!m->words.left)
        m->words = v;
}

/* Where a message keeps the value of an AVP, for reading and writing: of all but those of several parts, and the Message Type,
 * of which only the first one counts. */
enum form { NOWHERE, U16, U32, U64, STRING };

#define HEARD(form, member)                                                                                            \
    {                                                                                                                  \
        form, false, offsetof(struct l2s_l2tp_msg, member)                                                             \
    }
#define SAID(form, member)                                                                                             \
    {                                                                                                                  \
        form, true, offsetof(struct l2s_l2tp_msg, member)                                                              \
    }

static const struct {
    enum form form;
    bool said; /* by us, too */
    size_t at;
} fields[L2S_AVP_TYPES] = {
    [L2S_AVP_VERSION] = SAID(U16, version),
    [L2S_AVP_FRAMING_CAP] = SAID(U32, framing),
    [L2S_AVP_FRAMING_TYPE] = SAID(U32, framing),
    [L2S_AVP_TIE_BREAKER] = HEARD(U64, tie_breaker),
    [L2S_AVP_FIRMWARE] = HEARD(U16, firmware),
    [L2S_AVP_HOST_NAME] = SAID(STRING, host_name),
    [L2S_AVP_VENDOR_NAME] = SAID(STRING, vendor_name),
    [L2S_AVP_TUNNEL_ID] = SAID(U16, tunnel_id),
    [L2S_AVP_WINDOW] = SAID(U16, window),
    [L2S_AVP_CHALLENGE] = SAID(STRING, challenge),
    [L2S_AVP_RESPONSE] = SAID(STRING, response),
    [L2S_AVP_SESSION_ID] = SAID(U16, session_id),
    [L2S_AVP_SERIAL] = SAID(U32, serial),
    [L2S_AVP_TX_SPEED] = SAID(U32, tx_speed),
    [L2S_AVP_RX_SPEED] = HEARD(U32, rx_speed),
};

/* The length is checked already. What is known and has no place is of no use here: proxy LCP, telephone numbers, line
 * statistics. */
static void get_value(uint16_t avp, struct l2s_rd v, struct l2s_l2tp_msg *m)
{
    void *to = (uint8_t *)m + fields[avp].at;

    switch (fields[avp].form) {
    case NOWHERE:
        break;
    case U16:
        *(uint16_t *)to = l2s_rd_u16(&v);
        break;
    case U32:
        *(uint32_t *)to = l2s_rd_u32(&v);
        break;
    case U64:
        *(uint64_t *)to = l2s_rd_u64(&v);
        break;
    case STRING:
        *(struct l2s_rd *)to = v;
        break;
    }
}

static void store(uint16_t avp, struct l2s_rd v, struct l2s_l2tp_msg *m)
{
    if (avp == L2S_AVP_RESULT)
        get_result(v, m);
    else if (avp == L2S_AVP_DISCONNECT)
        get_disconnect(v, m);
    else
        get_value(avp, v, m);
    l2s_l2tp_msg_add(m, avp);
}

/* The first objection stands. What is not mandatory is passed over in silence (4.1, 7.1). */
static void object(struct l2s_l2tp_msg *m, const struct l2s_l2tp_avp *a, uint16_t error)
{
    if (!a->mandatory || m->error)
        return;
    m->error = error;
    m->error_vendor = a->vendor;
    m->error_avp = a->type;
}

static void get_one(struct l2s_l2tp_avp *a, struct l2s_l2tp_hiding *h, struct l2s_l2tp_msg *m)
{
    /* The vendor first: a number of another vendor's is not ours, whatever it is. */
    const struct l2s_l2tp_avp_rule *rule = a->vendor == 0 && !a->reserved ? l2s_l2tp_avp_rule(a->type) : NULL;

    if (!rule || (a->hidden && !rule->hideable)) {
        object(m, a, L2S_L2TP_ERROR_UNKNOWN_AVP);
        return;
    }
    if (a->hidden) {
        int rc = l2s_l2tp_avp_unhide(h, a);
        if (rc != L2TPSEC_OK) {
            object(m, a,
                   rc == L2TPSEC_EPROTO   ? L2S_L2TP_ERROR_RANGE
                   : rc == L2TPSEC_ENOENT ? L2S_L2TP_ERROR_UNKNOWN_AVP
                                          : L2S_L2TP_ERROR_RESOURCES);
            return;
        }
    }
    if (a->type == L2S_AVP_RANDOM_VECTOR) {
        h->vector = a->value;
        h->have_vector = true;
        return;
    }
    /* Known, but not of this message (mpd puts some into SCCCN); or there already. */
    if (!(rule->messages & 1u << m->type) || l2s_l2tp_msg_has(m, a->type))
        return;
    if (a->value.left < rule->min || a->value.left > rule->max)
        object(m, a, L2S_L2TP_ERROR_LENGTH);
    else
        store(a->type, a->value, m);
}

static int get_type(struct l2s_rd *avps, struct l2s_l2tp_msg *m)
{
    struct l2s_l2tp_avp a;

    if (l2s_l2tp_avp_next(avps, &a) != 1 || a.vendor != 0 || a.type != L2S_AVP_MESSAGE_TYPE || a.hidden ||
        a.value.left != 2)
        return L2TPSEC_EPROTO;
    m->type = l2s_rd_u16(&a.value);
    m->type_mandatory = a.mandatory;
    l2s_l2tp_msg_add(m, L2S_AVP_MESSAGE_TYPE);
    return L2TPSEC_OK;
}

int l2s_l2tp_msg_get(struct l2s_rd avps, struct l2s_l2tp_hiding *h, struct l2s_l2tp_msg *out)
{
    struct l2s_l2tp_avp a;
    int more;

    memset(out, 0, sizeof *out);
    h->have_vector = false;
    h->used = 0;
    if (get_type(&avps, out) != L2TPSEC_OK)
        return L2TPSEC_EPROTO;
    if (!known(out->type)) {
        if (out->type_mandatory)
            out->error = L2S_L2TP_ERROR_RANGE; /* the tunnel must be cleared (4.4.1) */
        return L2TPSEC_OK;
    }
    while ((more = l2s_l2tp_avp_next(&avps, &a)) == 1)
        get_one(&a, h, out);
    if (more < 0 && !out->error)
        out->error = L2S_L2TP_ERROR_LENGTH;
    if (out->type == L2S_L2TP_STOPCCN || out->type == L2S_L2TP_CDN)
        out->error = L2S_L2TP_ERROR_NONE;
    return L2TPSEC_OK;
}

static void put_number(struct l2s_wr *w, uint16_t v)
{
    char digits[5];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v = (uint16_t)(v / 10);
    } while (v);
    while (n)
        l2s_wr_u8(w, (uint8_t)digits[--n]);
}

static void put_text(struct l2s_wr *w, const char *text)
{
    l2s_wr_bytes(w, text, strlen(text));
}

void l2s_l2tp_msg_complaint(const struct l2s_l2tp_msg *m, char out[L2S_L2TP_WORDS_MAX])
{
    struct l2s_wr w = l2s_wr_init(out, L2S_L2TP_WORDS_MAX - 1);

    put_text(&w, l2s_l2tp_error_words(m->error));
    if (m->error_vendor || m->error_avp) {
        put_text(&w, ": vendor ");
        put_number(&w, m->error_vendor);
        put_text(&w, ", type ");
        put_number(&w, m->error_avp);
    }
    out[w.len] = 0;
}

struct l2s_rd l2s_l2tp_words(const char *text)
{
    size_t n = 0;

    while (text && text[n] && n < L2S_L2TP_WORDS_MAX)
        n++;
    return l2s_rd_init(text, n);
}

static void put_rd(struct l2s_wr *w, struct l2s_rd v)
{
    l2s_wr_bytes(w, v.p, v.left);
}

static void put_result(struct l2s_wr *w, const struct l2s_l2tp_msg *m)
{
    l2s_wr_u16(w, m->result);
    if (m->result_error || m->words.left)
        l2s_wr_u16(w, m->result_error);
    put_rd(w, m->words);
}

static void put_value(struct l2s_wr *w, uint16_t avp, const struct l2s_l2tp_msg *m)
{
    const void *from = (const uint8_t *)m + fields[avp].at;

    if (avp == L2S_AVP_MESSAGE_TYPE)
        l2s_wr_u16(w, m->type);
    else if (avp == L2S_AVP_RESULT)
        put_result(w, m);
    else if (!fields[avp].said)
        w->bad = true;
    else if (fields[avp].form == U16)
        l2s_wr_u16(w, *(const uint16_t *)from);
    else if (fields[avp].form == U32)
        l2s_wr_u32(w, *(const uint32_t *)from);
    else
        put_rd(w, *(const struct l2s_rd *)from);
}

static void put_vector(struct l2s_wr *w, struct l2s_rd vector)
{
    size_t at = l2s_l2tp_avp_open(w, L2S_AVP_RANDOM_VECTOR);

    put_rd(w, vector);
    l2s_l2tp_avp_close(w, at, true, false);
}

/* The Random Vector must stand before the first AVP hidden with it (4.3). h: NULL for hiding nothing. */
static int put_one(struct l2s_wr *w, uint16_t avp, const struct l2s_l2tp_msg *m, struct l2s_l2tp_hiding *h)
{
    const struct l2s_l2tp_avp_rule *rule = l2s_l2tp_avp_rule(avp);
    bool hidden = h && rule && rule->hideable;
    int rc = L2TPSEC_OK;

    if (hidden && !h->have_vector) {
        put_vector(w, h->vector);
        h->have_vector = true;
    }
    size_t at = l2s_l2tp_avp_open(w, avp);
    if (hidden)
        l2s_wr_u16(w, 0);
    put_value(w, avp, m);
    if (hidden)
        rc = l2s_l2tp_avp_hide(h, w, at, avp);
    l2s_l2tp_avp_close(w, at, rule && rule->mandatory, hidden);
    return rc;
}

static int put(struct l2s_wr *w, const struct l2s_l2tp_msg *m, struct l2s_l2tp_hiding *h)
{
    uint64_t have = m->have | UINT64_C(1) << L2S_AVP_MESSAGE_TYPE;
    int rc = L2TPSEC_OK;

    for (uint16_t avp = 0; rc == L2TPSEC_OK && avp < (uint16_t)L2S_AVP_TYPES; avp++) {
        if (have & UINT64_C(1) << avp)
            rc = put_one(w, avp, m, h);
    }
    return rc;
}

void l2s_l2tp_msg_put(struct l2s_wr *w, const struct l2s_l2tp_msg *m)
{
    (void)put(w, m, NULL);
}

int l2s_l2tp_msg_put_hidden(struct l2s_wr *w, const struct l2s_l2tp_msg *m, struct l2s_l2tp_hiding *h)
{
    h->have_vector = false;
    return put(w, m, h);
}
