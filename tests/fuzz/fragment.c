/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IKEv1 messages in pieces: any order, any claims, several messages at a time, and time that passes. Memory stays within bounds, and a
 * whole message is what its header says. */
#include "fuzz/fuzz.h"

#include "ike/v1/engine.h"
#include "toy/toy.h"
#include "unit/fakes/fakes.h"

static const l2tpsec_addr remote = {.family = 4, .port = 500, .ip = {192, 0, 2, 1}};

/* A half-open initiator, who may send pieces. */
static struct l2s_ike *engine(struct fake_sys *f, struct l2s_crypto **crypto)
{
    static const struct l2s_ike_port port = {.self = NULL};
    struct l2s_ike *e = NULL;
    const uint8_t icookie[8] = {1};

    fake_sys_init(f);
    FUZZ_CHECK(l2s_crypto_new(&f->sys, 0, crypto) == L2TPSEC_OK);
    FUZZ_CHECK(l2s_ike_new(&f->sys, *crypto, &port, &e) == L2TPSEC_OK);
    struct l2s_half *h = l2s_half_open_add(&e->half, icookie, &remote, 0, 16);
    FUZZ_CHECK(h);
    h->rcookie[0] = 2;
    return e;
}

/* "what, id, number, flags, length, bytes": bits of what: 0, 1: message id; 2: a stranger's cookie; 3: the length is true to
 * the first piece's header; 4: time passes before. */
static void piece(struct l2s_ike *e, struct fake_sys *f, struct l2s_rd *r)
{
    struct l2s_isakmp h = {.icookie = {1}, .rcookie = {2}, .exchange = L2S_EXCHANGE_MAIN};
    const struct l2s_v1_path from = {.local = {.family = 4}, .remote = remote};
    uint8_t body[512], what = l2s_rd_u8(r), id = l2s_rd_u8(r), number = l2s_rd_u8(r), flags = l2s_rd_u8(r);
    size_t n = l2s_rd_u8(r), whole = 0;
    struct l2s_wr w = l2s_wr_init(body, sizeof body);

    n = n < r->left ? n : r->left;
    h.message_id = what & 3;
    h.rcookie[7] = what & 4 ? 1 : 0;
    if (what & 16)
        f->sys.now += 7 * L2S_SECOND;
    l2s_timers_run(&f->sys.timers, f->sys.now);
    l2s_wr_u16(&w, 0);
    l2s_wr_u16(&w, (uint16_t)(8 + n + (what & 32 ? 3 : 0)));
    l2s_wr_u16(&w, id & 3);
    l2s_wr_u8(&w, number % 40);
    l2s_wr_u8(&w, flags);
    size_t at = w.len;
    l2s_wr_bytes(&w, l2s_rd_take(r, n), n);
    if (what & 8 && n >= 28)
        l2s_put32(body + at + 24, (uint32_t)(n * (1u + flags % 4)));
    uint8_t *exact = malloc(w.len);
    if (!exact)
        return;
    memcpy(exact, body, w.len);
    uint8_t *message = l2s_v1_fragments_take(e, &from, &h, l2s_rd_init(exact, w.len), &whole);
    free(exact);
    FUZZ_CHECK(e->fragments.n <= L2S_V1_FRAGMENT_SETS && e->fragments.bytes <= L2S_V1_FRAGMENT_BYTES + 512);
    if (!message)
        return;
    struct l2s_rd got = l2s_rd_init(message, whole);
    FUZZ_CHECK(whole >= 28 && whole <= L2S_V1_TAKEN_MAX && !(what & 4));
    l2s_rd_skip(&got, 24);
    FUZZ_CHECK(l2s_rd_u32(&got) == whole);
    l2s_mem_free(&e->sys->mem, message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    struct l2s_crypto *crypto;
    struct fake_sys f;
    struct l2s_ike *e = engine(&f, &crypto);

    while (r.left)
        piece(e, &f, &r);
    l2s_ike_free(e);
    l2s_crypto_free(crypto);
    fake_sys_fini(&f);
    return 0;
}
