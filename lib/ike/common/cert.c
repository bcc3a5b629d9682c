/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/cert.h"

#include "base/errors.h"
#include "ike/common/dn.h"
#include "ike/common/header.h"
#include "wire/der.h"

#define CONTEXT(n) (0xa0 | (n)) /* constructed */

static const uint8_t oid_signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};

/* ---- whom it names ---------------------------------------------------------------------------------------------- */

static bool has_alt(struct l2s_rd list, unsigned kind, const struct l2s_id *id)
{
    struct l2s_id one = {.type = id->type};

    while (l2s_cert_next_alt(&list, kind, &one.data))
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
        return has_alt(names->alt, L2S_ALT_DNS, id);
    case L2S_ID_USER_FQDN:
        return has_alt(names->alt, L2S_ALT_MAIL, id);
    case L2S_ID_IPV4_ADDR:
    case L2S_ID_IPV6_ADDR:
        return has_alt(names->alt, L2S_ALT_IP, id);
    default:
        return false;
    }
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
