/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* NAT detection and original addresses, with the hashes of the toy provider: what one end writes the other reads as it is. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/natt.h"
#include "toy/toy.h"
#include "unit/fakes/fakes.h"

static struct fake_sys f;
static struct l2s_crypto *crypto;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fake_sys_init(&f);
    return l2s_crypto_new(&f.sys, 0, &crypto);
}

static l2tpsec_addr address(struct l2s_rd *r)
{
    l2tpsec_addr a;

    memset(&a, 0, sizeof a);
    a.family = l2s_rd_u8(r) & 1 ? 6 : 4;
    l2s_rd_copy(r, a.ip, a.family == 6 ? 16 : 4);
    a.port = l2s_rd_u16(r);
    return a;
}

/* A message with payloads of these. */
static bool message(const uint8_t *out, size_t n, enum l2s_natt v, struct l2s_payloads *s)
{
    struct l2s_isakmp h;
    struct l2s_rd body;

    return l2s_isakmp_read(l2s_rd_init(out, n), &h, &body) == L2TPSEC_DROP_NONE &&
           l2s_payloads_collect(body, h.first, v, s) == L2TPSEC_OK;
}

static void detect(struct l2s_rd *r, enum l2s_natt v)
{
    static const enum l2s_hash_id hashes[] = {L2S_MD5, L2S_SHA1, L2S_SHA256, L2S_SHA512};
    uint8_t icookie[8], rcookie[8], out[1024];
    l2s_rd_copy(r, icookie, 8);
    l2s_rd_copy(r, rcookie, 8);
    icookie[0] |= 1;
    l2tpsec_addr a = address(r), b = address(r), nat_a = address(r), nat_b = address(r);
    uint8_t how = l2s_rd_u8(r);
    /* The initiator knows itself as a and the peer as nat_b; the responder knows itself as b and the peer as nat_a. */
    if (how & 1)
        nat_a = a;
    if (how & 2)
        nat_b = b;
    struct l2s_natd n = {crypto, hashes[how >> 2 & 3], icookie, rcookie, &a, &nat_b}, m = n;
    m.local = &b;
    m.remote = &nat_a;
    const struct l2s_isakmp h = {.icookie = {1}, .exchange = L2S_EXCHANGE_MAIN};
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    struct l2s_natd_manner manner = {.initiator = true, .force = how & 16};
    struct l2s_payloads s;
    struct l2s_nat got;
    bool same_a = memcmp(&a, &nat_a, sizeof a) == 0, same_b = memcmp(&b, &nat_b, sizeof b) == 0;

    FUZZ_CHECK(l2s_natd_put(&c, &n, v, &manner) == L2TPSEC_OK);
    l2s_natoa_put(&c, v, &a);
    l2s_chain_end(&c);
    FUZZ_CHECK(!w.bad && message(out, w.len, v, &s));
    FUZZ_CHECK(s.count[L2S_PK_NATD] == 2 && s.count[L2S_PK_NATOA] == 1);
    FUZZ_CHECK(l2s_natd_check(&m, &s, &got) == L2TPSEC_OK && got.known);
    FUZZ_CHECK(got.local == !same_b && got.remote == (!same_a || manner.force));
    l2tpsec_addr back;
    FUZZ_CHECK(l2s_natoa_read(l2s_payloads_get(&s, L2S_PK_NATOA, 0), &back) == L2TPSEC_OK);
    FUZZ_CHECK(back.family == a.family && memcmp(back.ip, a.ip, 16) == 0 && back.port == 0);
    struct l2s_vendors peer = {.seen = L2S_VID_MS_NT5};
    FUZZ_CHECK(l2s_natd_echo(&peer, &s).left == l2s_hash_len(n.hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    enum l2s_natt v = (enum l2s_natt)(1 + l2s_rd_u8(&r) % (L2S_NATT_COUNT - 1));
    struct l2s_payloads s;
    struct l2s_nat got;
    l2tpsec_addr addr;

    if (r.bad)
        return 0;
    /* Whatever a peer may send of them. */
    if (l2s_payloads_collect(r, (uint8_t)(v == L2S_NATT_DRAFT04 ? 15 : 20), v, &s) == L2TPSEC_OK) {
        const uint8_t cookie[8] = {1};
        const l2tpsec_addr me = {.family = 4};
        struct l2s_natd n = {crypto, L2S_SHA1, cookie, cookie, &me, &me};
        FUZZ_CHECK(l2s_natd_check(&n, &s, &got) == L2TPSEC_OK && got.known == (s.count[L2S_PK_NATD] >= 2));
        for (unsigned i = 0; i < s.n; i++)
            if (l2s_natoa_read(s.body[i], &addr) == L2TPSEC_OK)
                FUZZ_CHECK((addr.family == 4 || addr.family == 6) && addr.port == 0);
    }
    detect(&r, v);
    return 0;
}
