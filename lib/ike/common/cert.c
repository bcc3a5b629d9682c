/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/cert.h"

#include "base/errors.h"
#include "ike/common/dn.h"
#include "ike/common/header.h"
#include "ike/common/text.h"
#include "wire/der.h"

#define CONTEXT(n) (0xa0 | (n)) /* constructed */
#define GENERAL_NAME(n) (0x80 | (n))

enum { ALT_MAIL = 1, ALT_DNS = 2, ALT_IP = 7 }; /* RFC 5280, 4.2.1.6 */

static const uint8_t oid_alt_name[] = {0x55, 0x1d, 0x11};
static const uint8_t oid_common_name[] = {0x55, 0x04, 0x03};
static const uint8_t oid_signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};

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
    return list.bad ? L2TPSEC_EPROTO : L2TPSEC_OK;
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

/* ---- whom it names ---------------------------------------------------------------------------------------------- */

/* The next alternative name of this kind; false: there is none. */
static bool next_alt(struct l2s_rd *list, unsigned kind, struct l2s_rd *out)
{
    uint8_t tag;

    while (!list->bad && !l2s_rd_done(list)) {
        *out = l2s_der_any(list, &tag);
        if (!list->bad && tag == GENERAL_NAME(kind))
            return true;
    }
    return false;
}

static bool has_alt(struct l2s_rd list, unsigned kind, const struct l2s_id *id)
{
    struct l2s_id one = {.type = id->type};

    while (next_alt(&list, kind, &one.data))
        if (one.data.left && l2s_id_equal(&one, id))
            return true;
    return false;
}

bool l2s_cert_is(const struct l2s_cert_names *names, const struct l2s_id *id)
{
    switch (id->type) {
    case L2S_ID_DER_ASN1_DN:
        return l2s_dn_equal(id->data, names->subject);
    case L2S_ID_FQDN:
        return has_alt(names->alt, ALT_DNS, id);
    case L2S_ID_USER_FQDN:
        return has_alt(names->alt, ALT_MAIL, id);
    case L2S_ID_IPV4_ADDR:
    case L2S_ID_IPV6_ADDR:
        return has_alt(names->alt, ALT_IP, id);
    default:
        return false;
    }
}

/* ---- for people ------------------------------------------------------------------------------------------------- */

static void put_printable(struct l2s_text *t, struct l2s_rd words)
{
    while (!l2s_rd_done(&words)) {
        uint8_t c = l2s_rd_u8(&words);
        l2s_text_char(t, c >= 0x20 && c < 0x7f && c != '"' ? (char)c : '?');
    }
}

static bool common_name(struct l2s_rd subject, struct l2s_rd *out)
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
        found = true;
    }
    return found;
}

size_t l2s_cert_text(const struct l2s_cert_names *names, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);
    struct l2s_rd mail = names->alt, dns = names->alt, value;

    if (common_name(names->subject, &value)) {
        l2s_text_put(&t, "CN=");
        put_printable(&t, value);
    } else if (next_alt(&dns, ALT_DNS, &value) || next_alt(&mail, ALT_MAIL, &value)) {
        put_printable(&t, value);
    }
    return t.len;
}

/* ---- PKCS #7 ---------------------------------------------------------------------------------------------------- */

size_t l2s_cert_unwrap(struct l2s_rd pkcs7, struct l2s_rd *out, size_t max)
{
    struct l2s_rd content = l2s_der_take(&pkcs7, L2S_DER_SEQUENCE);
    struct l2s_rd oid = l2s_der_take(&content, L2S_DER_OID);
    struct l2s_rd wrapped = l2s_der_take(&content, CONTEXT(0));
    struct l2s_rd data = l2s_der_take(&wrapped, L2S_DER_SEQUENCE);
    size_t n = 0;

    (void)l2s_der_take(&data, L2S_DER_INTEGER);  /* version */
    (void)l2s_der_take(&data, L2S_DER_SET);      /* digests */
    (void)l2s_der_take(&data, L2S_DER_SEQUENCE); /* what is signed: nothing */
    struct l2s_rd list = l2s_der_take(&data, CONTEXT(0));
    if (pkcs7.bad || content.bad || wrapped.bad || data.bad ||
        !l2s_rd_equals(&oid, oid_signed_data, sizeof oid_signed_data))
        return 0;
    while (n < max && !l2s_rd_done(&list)) {
        struct l2s_rd one = l2s_der_whole(&list, L2S_DER_SEQUENCE);
        if (one.bad)
            return 0;
        out[n++] = one;
    }
    return n;
}

size_t l2s_certs_of(const struct l2s_payloads *s, struct l2s_rd *out, size_t max)
{
    size_t n = 0;

    for (unsigned i = 0; i < s->count[L2S_PK_CERT] && n < max; i++) {
        struct l2s_rd body = l2s_payloads_get(s, L2S_PK_CERT, i);
        uint8_t encoding = l2s_rd_u8(&body);
        if (encoding == L2S_ENC_X509_SIGNATURE && body.left)
            out[n++] = body;
        else if (encoding == L2S_ENC_PKCS7)
            n += l2s_cert_unwrap(body, out + n, max - n);
    }
    return n;
}
