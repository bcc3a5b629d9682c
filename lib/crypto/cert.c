/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "crypto/cert.h"

#include "base/errors.h"
#include "wire/der.h"

#define CONTEXT(n) (0xa0 | (n)) /* constructed */
#define GENERAL_NAME(n) (0x80 | (n))
#define NAME_MAX_SHOWN 96
#define NAME_MAX_TAKEN 255

enum { UTF8_STRING = 0x0c, PRINTABLE_STRING = 0x13, IA5_STRING = 0x16 };

static const uint8_t oid_alt_name[] = {0x55, 0x1d, 0x11};
static const uint8_t oid_common_name[] = {0x55, 0x04, 0x03};
static const uint8_t oid_principal[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14, 0x02, 0x03};

/* The body of subjectAltName's SEQUENCE, out of the list of extensions. */
static int find_alt(struct l2s_rd list, struct l2s_rd *out)
{
    while (!l2s_rd_done(&list)) {
        struct l2s_rd one = l2s_der_take(&list, L2S_DER_SEQUENCE);
        struct l2s_rd oid = l2s_der_take(&one, L2S_DER_OID);
        if (l2s_der_is(&one, L2S_DER_BOOLEAN))
            (void)l2s_der_take(&one, L2S_DER_BOOLEAN);
        struct l2s_rd value = l2s_der_take(&one, L2S_DER_OCTETS);
        if (list.bad || one.bad)
            return L2TPSEC_EPROTO;
        if (!l2s_rd_equals(&oid, oid_alt_name, sizeof oid_alt_name))
            continue;
        if (out->left) /* twice: RFC 5280, 4.2 */
            return L2TPSEC_EPROTO;
        *out = l2s_der_take(&value, L2S_DER_SEQUENCE);
        if (value.bad || !l2s_rd_done(&value))
            return L2TPSEC_EPROTO;
    }
    return L2TPSEC_OK;
}

int l2s_cert_names(struct l2s_rd cert, struct l2s_cert_names *out)
{
    struct l2s_rd whole = l2s_der_take(&cert, L2S_DER_SEQUENCE);
    struct l2s_rd tbs = l2s_der_take(&whole, L2S_DER_SEQUENCE);

    out->alt = l2s_rd_init(NULL, 0);
    if (l2s_der_is(&tbs, CONTEXT(0)))
        (void)l2s_der_take(&tbs, CONTEXT(0));   /* version */
    (void)l2s_der_take(&tbs, L2S_DER_INTEGER);  /* serial number */
    (void)l2s_der_take(&tbs, L2S_DER_SEQUENCE); /* algorithm */
    out->issuer = l2s_der_whole(&tbs, L2S_DER_SEQUENCE);
    (void)l2s_der_take(&tbs, L2S_DER_SEQUENCE); /* validity */
    out->subject = l2s_der_whole(&tbs, L2S_DER_SEQUENCE);
    (void)l2s_der_take(&tbs, L2S_DER_SEQUENCE); /* key */
    if (cert.bad || !l2s_rd_done(&cert) || whole.bad || tbs.bad)
        return L2TPSEC_EPROTO;
    while (!l2s_rd_done(&tbs)) {
        uint8_t tag;
        struct l2s_rd part = l2s_der_any(&tbs, &tag);
        if (tbs.bad)
            return L2TPSEC_EPROTO;
        if (tag != CONTEXT(3))
            continue;
        struct l2s_rd list = l2s_der_take(&part, L2S_DER_SEQUENCE);
        if (part.bad || find_alt(list, &out->alt) != L2TPSEC_OK)
            return L2TPSEC_EPROTO;
    }
    return L2TPSEC_OK;
}

bool l2s_cert_next_alt(struct l2s_rd *list, unsigned kind, struct l2s_rd *out)
{
    uint8_t tag;

    while (!list->bad && !l2s_rd_done(list)) {
        *out = l2s_der_any(list, &tag);
        if (!list->bad && tag == (kind == L2S_ALT_OTHER ? CONTEXT(kind) : GENERAL_NAME(kind)))
            return true;
    }
    return false;
}

static bool common_name(struct l2s_rd subject, struct l2s_rd *out, uint8_t *kind)
{
    struct l2s_rd list = l2s_der_take(&subject, L2S_DER_SEQUENCE);
    bool found = false;

    while (!list.bad && !l2s_rd_done(&list)) {
        struct l2s_rd set = l2s_der_take(&list, L2S_DER_SET);
        struct l2s_rd one = l2s_der_take(&set, L2S_DER_SEQUENCE);
        struct l2s_rd oid = l2s_der_take(&one, L2S_DER_OID);
        uint8_t tag;
        struct l2s_rd value = l2s_der_any(&one, &tag);
        if (one.bad || !l2s_rd_equals(&oid, oid_common_name, sizeof oid_common_name))
            continue;
        *out = value;
        *kind = tag;
        found = true;
    }
    return found;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool same(struct l2s_rd a, struct l2s_rd b)
{
    if (a.left != b.left || a.left == 0)
        return false;
    while (!l2s_rd_done(&a)) {
        uint8_t x = l2s_rd_u8(&a), y = l2s_rd_u8(&b);
        if (lower(x) != lower(y))
            return false;
    }
    return true;
}

/* "*.example" stands for one label more. */
static bool same_host(struct l2s_rd pattern, struct l2s_rd host)
{
    if (pattern.left > 2 && pattern.p[0] == '*' && pattern.p[1] == '.' && host.left && *host.p != '.') {
        l2s_rd_skip(&pattern, 1);
        while (host.left && *host.p != '.')
            l2s_rd_skip(&host, 1);
    }
    return same(pattern, host);
}

/* The common name, if it is text as others write it: NULs and the like are for deceiving. */
static bool plain_name(struct l2s_rd subject, struct l2s_rd *out)
{
    uint8_t kind = 0;

    return common_name(subject, out, &kind) && (kind == UTF8_STRING || kind == PRINTABLE_STRING || kind == IA5_STRING);
}

bool l2s_cert_is_host(const struct l2s_cert_names *names, const char *host)
{
    struct l2s_rd wanted = l2s_rd_init(host, strlen(host)), list = names->alt, one;
    bool found = false;

    while (l2s_cert_next_alt(&list, L2S_ALT_DNS, &one)) {
        found = true;
        if (same_host(one, wanted))
            return true;
    }
    return !found && plain_name(names->subject, &one) && same_host(one, wanted);
}

/* ---- users ------------------------------------------------------------------------------------------------------ */

struct search {
    struct l2s_rd claimed, *out;
    bool machine; /* the claim was host/NAME */
};

static bool is_user(const struct search *s, struct l2s_rd name)
{
    if (name.left == 0 || name.left > NAME_MAX_TAKEN || name.p[0] == '*') /* who is many is nobody */
        return false;
    for (size_t i = 0; i < name.left; i++)
        if (name.p[i] < 0x20 || name.p[i] == 0x7f)
            return false;
    if (s->claimed.left && !same(s->claimed, name))
        return false;
    *s->out = name;
    return true;
}

/* An otherName that is a principal name: its OID, and a string in [0]. */
static bool principal(struct l2s_rd other, struct l2s_rd *out)
{
    struct l2s_rd oid = l2s_der_take(&other, L2S_DER_OID);
    struct l2s_rd value = l2s_der_take(&other, CONTEXT(0));

    *out = l2s_der_take(&value, UTF8_STRING);
    return !out->bad && l2s_rd_equals(&oid, oid_principal, sizeof oid_principal);
}

static bool find_user(const struct search *s, const struct l2s_cert_names *names)
{
    static const uint8_t kinds[] = {L2S_ALT_OTHER, L2S_ALT_MAIL, L2S_ALT_DNS};
    struct l2s_rd one;

    for (size_t i = s->machine ? 2 : 0; i < L2S_COUNT_OF(kinds); i++) {
        struct l2s_rd list = names->alt;
        while (l2s_cert_next_alt(&list, kinds[i], &one))
            if ((kinds[i] != L2S_ALT_OTHER || principal(one, &one)) && is_user(s, one))
                return true;
    }
    return plain_name(names->subject, &one) && is_user(s, one);
}

bool l2s_cert_user(const struct l2s_cert_names *names, struct l2s_rd claimed, struct l2s_rd *out)
{
    struct search s = {.claimed = claimed, .out = out};

    if (find_user(&s, names))
        return true;
    s.machine = claimed.left > 5 && memcmp(claimed.p, "host/", 5) == 0;
    l2s_rd_skip(&s.claimed, s.machine ? 5 : 0);
    return s.machine && find_user(&s, names);
}

/* ---- for people ------------------------------------------------------------------------------------------------- */

static void put_printable(struct l2s_text *t, struct l2s_rd words)
{
    while (!l2s_rd_done(&words)) {
        uint8_t c = l2s_rd_u8(&words);
        l2s_text_char(t, c >= 0x20 && c < 0x7f && c != '"' ? (char)c : '?');
    }
}

size_t l2s_cert_text(const struct l2s_cert_names *names, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);
    struct l2s_rd mail = names->alt, dns = names->alt, value;
    uint8_t kind;

    if (common_name(names->subject, &value, &kind)) {
        l2s_text_put(&t, "CN=");
        put_printable(&t, value);
    } else if (l2s_cert_next_alt(&dns, L2S_ALT_DNS, &value) || l2s_cert_next_alt(&mail, L2S_ALT_MAIL, &value)) {
        put_printable(&t, value);
    }
    return t.len;
}

void l2s_cert_mention(struct l2s_text *t, bool server, struct l2s_bytes cert, bool issuer)
{
    char name[NAME_MAX_SHOWN];
    struct l2s_cert_names names;

    l2s_text_put(t, issuer ? "an authority above " : "");
    l2s_text_put(t, server ? "the server's certificate " : "the client's certificate ");
    if (cert.n && l2s_cert_names(l2s_rd_init(cert.p, cert.n), &names) == L2TPSEC_OK &&
        l2s_cert_text(&names, name, sizeof name)) {
        l2s_text_char(t, '(');
        l2s_text_put(t, name);
        l2s_text_put(t, ") ");
    }
}

/* 2026-01-02 */
static void put_date(struct l2s_text *t, int64_t seconds)
{
    int64_t days = seconds / 86400 + 719468; /* since 0000-03-01 */
    int64_t era = days / 146097, of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* from March */
    int64_t day = of_year - (153 * month + 2) / 5 + 1;

    month = month < 10 ? month + 3 : month - 9;
    l2s_text_number(t, (uint32_t)(year + era * 400 + (month <= 2)));
    l2s_text_put(t, month < 10 ? "-0" : "-");
    l2s_text_number(t, (uint32_t)month);
    l2s_text_put(t, day < 10 ? "-0" : "-");
    l2s_text_number(t, (uint32_t)day);
}

void l2s_cert_complain(struct l2s_text *t, bool server, struct l2s_bytes cert, const struct l2s_cert_verdict *v,
                       const char *use)
{
    static const char *const words[L2S_CERT_FAULT_COUNT] = {
        [L2S_CERT_GOOD] = "",
        [L2S_CERT_UNREADABLE] = "cannot be read",
        [L2S_CERT_UNTRUSTED] = "leads to no trusted CA",
        [L2S_CERT_EXPIRED] = "expired on ",
        [L2S_CERT_NOT_YET] = "is not valid before ",
        [L2S_CERT_REVOKED] = "is revoked",
        [L2S_CERT_NO_CRL] = "has no revocation list",
        [L2S_CERT_CRL_EXPIRED] = "has a revocation list that was good until ",
        [L2S_CERT_CRL_FORGED] = "has a revocation list that is not its CA's",
        [L2S_CERT_USAGE] = "may not be used: key usage forbids signing",
        [L2S_CERT_PURPOSE] = "may not be used: extended key usage forbids ",
        [L2S_CERT_SHORT_KEY] = "is too weak: an RSA key of ",
        [L2S_CERT_ODD_KEY] = "has a key of a kind that is not taken",
        [L2S_CERT_WEAK_HASH] = "is signed with a weak hash",
    };

    l2s_cert_mention(t, server, cert, v->issuer);
    l2s_text_put(t, words[v->fault]);
    if (v->fault == L2S_CERT_EXPIRED || v->fault == L2S_CERT_NOT_YET || v->fault == L2S_CERT_CRL_EXPIRED)
        put_date(t, v->when);
    if (v->fault == L2S_CERT_PURPOSE)
        l2s_text_put(t, use);
    if (v->fault == L2S_CERT_SHORT_KEY) {
        l2s_text_number(t, v->bits);
        l2s_text_put(t, " bits is too short");
    }
}
