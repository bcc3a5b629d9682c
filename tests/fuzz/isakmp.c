/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A datagram of IKE: the header, the chain of payloads behind it, and the view of each body, whatever its payload's type says. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/cert.h"
#include "ike/common/id.h"
#include "ike/common/natt.h"
#include "ike/common/payload.h"
#include "ike/common/vendor.h"

static void views(struct l2s_rd body, const uint8_t *data, size_t size)
{
    struct l2s_notify n;
    struct l2s_delete d;
    struct l2s_id id;
    l2tpsec_addr addr;
    struct l2s_vendors v = {0};

    if (l2s_notify_read(body, &n) == L2TPSEC_OK) {
        FUZZ_CHECK(n.spi.left + n.data.left + 8 == body.left);
        fuzz_within(n.spi, data, size);
        fuzz_within(n.data, data, size);
    }
    if (l2s_delete_read(body, &d) == L2TPSEC_OK) {
        FUZZ_CHECK((size_t)d.n * d.spi_len == d.spis.left);
        FUZZ_CHECK(d.n <= L2S_DELETE_MAX);
        fuzz_within(d.spis, data, size);
    }
    if (l2s_id_read(body, &id) == L2TPSEC_OK) {
        FUZZ_CHECK(id.data.left <= L2S_ID_DATA_MAX);
        FUZZ_CHECK(l2s_id_equal(&id, &id));
    }
    if (l2s_natoa_read(body, &addr) == L2TPSEC_OK)
        FUZZ_CHECK(addr.port == 0 && (addr.family == 4 || addr.family == 6));
    (void)l2s_vendors_note(&v, body);
}

/* Walking step by step and collecting agree. */
static size_t walk(struct l2s_rd chain, uint8_t next)
{
    struct l2s_payload p;
    size_t n = 0;
    int rc;

    while ((rc = l2s_payload_next(&chain, &next, &p)) == 1)
        n++;
    return rc == 0 ? n : SIZE_MAX;
}

/* What is taken is written again, and reads the same. */
static void again(const struct l2s_isakmp *h, const struct l2s_payloads *s)
{
    static const uint8_t types[L2S_PK_COUNT] = {
        [L2S_PK_SA] = L2S_PT_SA,         [L2S_PK_KE] = L2S_PT_KE,           [L2S_PK_ID] = L2S_PT_ID,
        [L2S_PK_CERT] = L2S_PT_CERT,     [L2S_PK_CERTREQ] = L2S_PT_CERTREQ, [L2S_PK_HASH] = L2S_PT_HASH,
        [L2S_PK_SIG] = L2S_PT_SIG,       [L2S_PK_NONCE] = L2S_PT_NONCE,     [L2S_PK_NOTIFY] = L2S_PT_NOTIFY,
        [L2S_PK_DELETE] = L2S_PT_DELETE, [L2S_PK_VID] = L2S_PT_VID,         [L2S_PK_ATTRIBUTES] = L2S_PT_ATTRIBUTES,
        [L2S_PK_NATD] = L2S_PT_NATD,     [L2S_PK_NATOA] = L2S_PT_NATOA,     [L2S_PK_FRAGMENT] = L2S_PT_FRAGMENT,
    };
    static uint8_t out[8192];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_chain c = l2s_chain_begin(&w, h);
    struct l2s_isakmp h2;
    struct l2s_payloads s2;
    struct l2s_rd body;

    for (size_t i = 0; i < s->n; i++)
        l2s_chain_put(&c, types[s->kind[i]], s->body[i].p, s->body[i].left);
    l2s_chain_end(&c);
    FUZZ_CHECK(!w.bad);
    FUZZ_CHECK(l2s_isakmp_read(l2s_rd_init(out, w.len), &h2, &body) == L2TPSEC_DROP_NONE);
    FUZZ_CHECK(h2.length == w.len && h2.exchange == h->exchange && h2.message_id == h->message_id);
    FUZZ_CHECK(l2s_payloads_collect(body, h2.first, L2S_NATT_RFC3947, &s2) == L2TPSEC_OK);
    FUZZ_CHECK(s2.n == s->n && s2.unknown == 0 && s2.padding.left == 0);
    for (size_t i = 0; i < s->n; i++) {
        FUZZ_CHECK(s2.kind[i] == s->kind[i]);
        FUZZ_CHECK(fuzz_same(s2.body[i].p, s2.body[i].left, s->body[i].p, s->body[i].left));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_isakmp h;
    struct l2s_rd body;
    struct l2s_payloads s;

    if (size > 4096 || l2s_isakmp_read(l2s_rd_init(data, size), &h, &body) != L2TPSEC_DROP_NONE)
        return 0;
    FUZZ_CHECK(h.length >= L2S_ISAKMP_HEADER && h.length <= size && !l2s_cookie_zero(h.icookie));
    FUZZ_CHECK(body.left == h.length - L2S_ISAKMP_HEADER);
    for (int v = L2S_NATT_NONE; v < L2S_NATT_COUNT; v++) {
        size_t n = walk(body, h.first);
        if (l2s_payloads_collect(body, h.first, (enum l2s_natt)v, &s) != L2TPSEC_OK) {
            FUZZ_CHECK(n == SIZE_MAX || n > L2S_PAYLOADS_MAX);
            return 0;
        }
        FUZZ_CHECK(s.n + s.unknown <= L2S_PAYLOADS_MAX && n >= (size_t)s.n + s.unknown && n != SIZE_MAX);
        FUZZ_CHECK(s.chain.left + s.padding.left == body.left);
        FUZZ_CHECK(l2s_payloads_behind_first(&s).left <= s.chain.left);
        for (size_t i = 0; i < s.n; i++)
            fuzz_within(s.body[i], data, size);
        for (unsigned k = 0; k < L2S_PK_COUNT; k++) {
            FUZZ_CHECK(l2s_payloads_get(&s, (enum l2s_payload_kind)k, s.count[k]).bad);
            if (s.count[k] && k != L2S_PK_NONE)
                FUZZ_CHECK(!l2s_payloads_get(&s, (enum l2s_payload_kind)k, s.count[k] - 1u).bad);
        }
    }
    struct l2s_rd certs[4];
    FUZZ_CHECK(l2s_certs_of(&s, certs, 4) <= 4);
    again(&h, &s);
    for (size_t i = 0; i < s.n; i++)
        views(s.body[i], data, size);
    return 0;
}
