/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/dn.h"

#include "base/errors.h"
#include "wire/der.h"
#include "wire/wr.h"

enum { UTF8_STRING = 0x0c, PRINTABLE_STRING = 0x13, T61_STRING = 0x14, IA5_STRING = 0x16 };

/* RFC 4514, 3, and what else is in use. */
static const struct attribute {
    const char *name;
    uint8_t oid_len, type; /* the string type that RFC 5280 wants */
    uint8_t oid[10];
} attributes[] = {
    {"CN", 3, UTF8_STRING, {0x55, 4, 3}},
    {"C", 3, PRINTABLE_STRING, {0x55, 4, 6}},
    {"L", 3, UTF8_STRING, {0x55, 4, 7}},
    {"ST", 3, UTF8_STRING, {0x55, 4, 8}},
    {"O", 3, UTF8_STRING, {0x55, 4, 10}},
    {"OU", 3, UTF8_STRING, {0x55, 4, 11}},
    {"E", 9, IA5_STRING, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}},
    {"DC", 10, IA5_STRING, {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25}},
    {"UID", 10, UTF8_STRING, {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1}},
};

/* One attribute of an RDN; the first of several values of one. */
struct part {
    struct l2s_rd oid, value;
    uint8_t tag;
};

/* The next attribute; false at the end, or when it is malformed (then names is bad). An RDN of several comes as several. */
static bool next(struct l2s_rd *names, struct l2s_rd *rdn, struct part *out)
{
    if (l2s_rd_done(rdn)) {
        if (l2s_rd_done(names)) /* a bad one is, too */
            return false;
        *rdn = l2s_der_take(names, L2S_DER_SET);
    }
    struct l2s_rd one = l2s_der_take(rdn, L2S_DER_SEQUENCE);
    out->oid = l2s_der_take(&one, L2S_DER_OID);
    out->value = l2s_der_any(&one, &out->tag);
    if (one.bad || !l2s_rd_done(&one)) /* a bad RDN has bad parts */
        l2s_rd_spoil(names);
    return !names->bad;
}

static bool is_string(uint8_t tag)
{
    return tag == UTF8_STRING || tag == PRINTABLE_STRING || tag == T61_STRING || tag == IA5_STRING;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool same_value(const struct part *a, const struct part *b)
{
    struct l2s_rd x = a->value, y = b->value;

    if (!is_string(a->tag) || !is_string(b->tag))
        return a->tag == b->tag && l2s_rd_equals(&x, y.p, y.left);
    if (x.left != y.left)
        return false;
    while (!l2s_rd_done(&x)) {
        uint8_t p = l2s_rd_u8(&x), q = l2s_rd_u8(&y);
        if (lower(p) != lower(q))
            return false;
    }
    return true;
}

bool l2s_dn_equal(struct l2s_rd a, struct l2s_rd b)
{
    struct l2s_rd x = l2s_der_take(&a, L2S_DER_SEQUENCE), y = l2s_der_take(&b, L2S_DER_SEQUENCE);
    struct l2s_rd rdn_x = l2s_rd_init(NULL, 0), rdn_y = rdn_x;
    bool any = false;

    if (a.bad || b.bad || !l2s_rd_done(&a) || !l2s_rd_done(&b))
        return false;
    for (;;) {
        struct part p, q;
        bool more = next(&x, &rdn_x, &p);
        if (next(&y, &rdn_y, &q) != more)
            return false;
        if (!more)
            return any && !x.bad && !y.bad;
        if (!l2s_rd_equals(&p.oid, q.oid.p, q.oid.left) || !same_value(&p, &q) ||
            l2s_rd_done(&rdn_x) != l2s_rd_done(&rdn_y))
            return false;
        any = true;
    }
}

/* ---- as text ---------------------------------------------------------------------------------------------------- */

static const struct attribute *by_oid(const struct l2s_rd *oid)
{
    for (size_t i = 0; i < L2S_COUNT_OF(attributes); i++)
        if (l2s_rd_equals(oid, attributes[i].oid, attributes[i].oid_len))
            return &attributes[i];
    return NULL;
}

static bool plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != ',' && c != '=' && c != '+' && c != '"' && c != '\\';
}

static bool showable(const struct part *p)
{
    struct l2s_rd v = p->value;
    uint8_t c = ' ';

    if (!by_oid(&p->oid) || !is_string(p->tag) || !v.left || v.p[0] == ' ')
        return false;
    while (!l2s_rd_done(&v)) {
        c = l2s_rd_u8(&v);
        if (!plain(c))
            return false;
    }
    return c != ' ';
}

bool l2s_dn_text(struct l2s_rd dn, struct l2s_text *t)
{
    struct l2s_rd list = l2s_der_take(&dn, L2S_DER_SEQUENCE), again = list, rdn = l2s_rd_init(NULL, 0);
    struct part p;
    size_t n = 0;

    while (next(&list, &rdn, &p)) {
        if (!showable(&p) || !l2s_rd_done(&rdn)) /* of one value each */
            return false;
        n++;
    }
    if (n == 0 || dn.bad || !l2s_rd_done(&dn) || list.bad)
        return false;
    for (size_t i = 0; i < n; i++) {
        (void)next(&again, &rdn, &p);
        l2s_text_put(t, i ? ", " : "");
        l2s_text_put(t, by_oid(&p.oid)->name);
        l2s_text_char(t, '=');
        while (!l2s_rd_done(&p.value))
            l2s_text_char(t, (char)l2s_rd_u8(&p.value));
    }
    return true;
}

/* ---- from text -------------------------------------------------------------------------------------------------- */

static const struct attribute *by_name(const char *name, size_t n)
{
    for (size_t i = 0; i < L2S_COUNT_OF(attributes); i++)
        if (strlen(attributes[i].name) == n && memcmp(attributes[i].name, name, n) == 0)
            return &attributes[i];
    return NULL;
}

static void put_element(struct l2s_wr *w, uint8_t tag, const void *p, size_t n)
{
    l2s_wr_u8(w, tag);
    if (n > 0x7f)
        l2s_wr_u8(w, n > 0xff ? 0x82 : 0x81);
    if (n > 0xff)
        l2s_wr_u8(w, (uint8_t)(n >> 8));
    l2s_wr_u8(w, (uint8_t)n);
    l2s_wr_bytes(w, p, n);
}

/* "CN=vpn.example" as an RDN of one. */
static bool put_rdn(struct l2s_wr *w, const char *at, size_t n)
{
    const char *equals = memchr(at, '=', n);
    const struct attribute *a = equals ? by_name(at, (size_t)(equals - at)) : NULL;
    uint8_t one[256] = {0}, set[256] = {0};
    struct l2s_wr inner = l2s_wr_init(one, sizeof one), outer = l2s_wr_init(set, sizeof set);

    if (!a || equals + 1 == at + n)
        return false;
    const char *value = equals + 1;
    size_t len = (size_t)(at + n - value);
    for (size_t i = 0; i < len; i++)
        if (!plain((uint8_t)value[i]) && (uint8_t)value[i] < 0x80) /* other scripts are UTF-8 */
            return false;
    put_element(&inner, L2S_DER_OID, a->oid, a->oid_len);
    put_element(&inner, a->type, value, len);
    put_element(&outer, L2S_DER_SEQUENCE, one, inner.len);
    put_element(w, L2S_DER_SET, set, outer.len);
    w->bad = w->bad || inner.bad || outer.bad;
    return true;
}

int l2s_dn_parse(const char *text, uint8_t *out, size_t cap, size_t *len)
{
    uint8_t body[512] = {0};
    struct l2s_wr w = l2s_wr_init(body, sizeof body), whole = l2s_wr_init(out, cap);

    while (*text) {
        text += strspn(text, " ");
        size_t n = strcspn(text, ","), used = n;
        while (used && text[used - 1] == ' ')
            used--;
        if (!put_rdn(&w, text, used))
            return L2TPSEC_EINVAL;
        text += n;
        if (*text == ',' && !*++text)
            return L2TPSEC_EINVAL;
    }
    put_element(&whole, L2S_DER_SEQUENCE, body, w.len);
    if (w.bad || whole.bad)
        return L2TPSEC_ERANGE;
    *len = whole.len;
    return w.len ? L2TPSEC_OK : L2TPSEC_EINVAL;
}
