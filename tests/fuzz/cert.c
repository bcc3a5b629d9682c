/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates as far as we read them ourselves: whom one names, and those wrapped in PKCS #7. The first byte says which. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/cert.h"
#include "ike/common/dn.h"

static void identities(const struct l2s_cert_names *names)
{
    static const uint8_t types[] = {L2S_ID_FQDN,      L2S_ID_USER_FQDN,   L2S_ID_IPV4_ADDR,
                                    L2S_ID_IPV6_ADDR, L2S_ID_DER_ASN1_DN, L2S_ID_KEY_ID};
    static const uint8_t name[] = "vpn.example";

    for (size_t i = 0; i < sizeof types; i++) {
        struct l2s_id id = {.type = types[i], .data = l2s_rd_init(name, i == 2 ? 4 : sizeof name - 1)};
        (void)l2s_cert_is(names, &id);
    }
    struct l2s_id subject = {.type = L2S_ID_DER_ASN1_DN, .data = names->subject};
    FUZZ_CHECK(l2s_cert_is(names, &subject) == l2s_dn_equal(names->subject, names->subject));
}

static void names_of(struct l2s_rd cert)
{
    struct l2s_cert_names names;
    char text[96], little[8], line[200];
    struct l2s_rd one, user;
    const struct l2s_rd nobody = l2s_rd_init(NULL, 0), somebody = l2s_rd_init("host/pc.example", 15);
    struct l2s_text t = l2s_text_init(line, sizeof line);

    if (l2s_cert_names(cert, &names) != L2TPSEC_OK)
        return;
    fuzz_within(names.issuer, cert.p, cert.left);
    fuzz_within(names.subject, cert.p, cert.left);
    fuzz_within(names.alt, cert.p, cert.left);
    fuzz_text(text, l2s_cert_text(&names, text, sizeof text), sizeof text);
    fuzz_text(little, l2s_cert_text(&names, little, sizeof little), sizeof little);
    for (unsigned kind = 0; kind < 9; kind++) {
        struct l2s_rd list = names.alt;
        while (l2s_cert_next_alt(&list, kind, &one)) {
            fuzz_within(one, cert.p, cert.left);
            if (kind == L2S_ALT_DNS && one.left) {
                struct l2s_id id = {.type = L2S_ID_FQDN, .data = one};
                FUZZ_CHECK(l2s_cert_is(&names, &id));
            }
        }
    }
    if (l2s_cert_user(&names, nobody, &user)) {
        struct l2s_rd same;
        FUZZ_CHECK(user.left > 0 && user.left <= 255);
        fuzz_within(user, cert.p, cert.left);
        for (size_t i = 0; i < user.left; i++)
            FUZZ_CHECK(user.p[i] >= 0x20 && user.p[i] != 0x7f);
        FUZZ_CHECK(l2s_cert_user(&names, user, &same) && same.left == user.left);
    }
    (void)l2s_cert_user(&names, somebody, &user);
    (void)l2s_cert_is_host(&names, "vpn.example");
    (void)l2s_cert_is_host(&names, "");
    l2s_cert_mention(&t, true, (struct l2s_bytes){.p = cert.p, .n = cert.left}, true);
    fuzz_text(line, t.len, sizeof line);
    identities(&names);
}

static void unwrapped(struct l2s_rd pkcs7)
{
    struct l2s_rd out[5], one[1];
    size_t n = l2s_cert_unwrap(pkcs7, out, 4);

    FUZZ_CHECK(n <= 4 && l2s_cert_unwrap(pkcs7, one, 1) <= 1);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(out[i].left >= 2 && out[i].p[0] == 0x30);
        fuzz_within(out[i], pkcs7.p, pkcs7.left);
        names_of(out[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        unwrapped(l2s_rd_init(data + 1, size - 1));
    else
        names_of(l2s_rd_init(data + 1, size - 1));
    return 0;
}
