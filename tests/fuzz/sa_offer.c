/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Differential: an offer of any policy, as our writer makes it, is taken by our reader, answered, and the answer is taken. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/sa.h"

static struct l2s_ike_policy all_ike;
static struct l2s_esp_policy all_esp;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return l2s_policy_preset("legacy", &all_ike, &all_esp);
}

/* A part of all proposals, in any order. */
static void phase1(struct l2s_rd *r)
{
    struct l2s_ike_policy offered = {.n = 0}, ours = {.methods = (1u << L2S_BY_COUNT) - 1};
    uint8_t out[4096], answer[1024];
    struct l2s_wr w = l2s_wr_init(out, sizeof out), a = l2s_wr_init(answer, sizeof answer);
    uint32_t life = l2s_rd_u32(r);
    uint8_t n = l2s_rd_u8(r) % L2S_OFFER_MAX, method = l2s_rd_u8(r) % L2S_BY_COUNT, first = l2s_rd_u8(r);
    struct l2s_ike_choice c, c2;

    for (unsigned i = 0; i <= n; i++) {
        offered.p[offered.n] = all_ike.p[l2s_rd_u8(r) % all_ike.n];
        offered.p[offered.n++].method = method;
    }
    ours.p[ours.n++] = offered.p[first % offered.n];
    l2s_ike_sa_put_offer(&w, offered.p, offered.n, life);
    FUZZ_CHECK(!w.bad);
    FUZZ_CHECK(l2s_ike_sa_choose(l2s_rd_init(out, w.len), &ours, &c) == L2TPSEC_OK);
    FUZZ_CHECK(memcmp(&c.p, &ours.p[0], sizeof c.p) == 0);
    FUZZ_CHECK(life < L2S_LIFE_MIN || c.life_s == life);
    l2s_ike_sa_put_answer(&a, &c);
    FUZZ_CHECK(!a.bad);
    FUZZ_CHECK(l2s_ike_sa_check_answer(l2s_rd_init(answer, a.len), offered.p, offered.n, &c2) == L2TPSEC_OK);
    FUZZ_CHECK(memcmp(&c2.p, &c.p, sizeof c.p) == 0 && c2.life_s == c.life_s);
}

static void phase2(struct l2s_rd *r)
{
    static const uint16_t modes[] = {L2S_MODE_TRANSPORT, L2S_MODE_UDP_TRANSPORT, L2S_MODE_UDP_TRANSPORT_DRAFT};
    struct l2s_esp_policy offered = {.n = 0}, ours = {.n = 0};
    uint8_t out[4096], answer[1024];
    struct l2s_wr w = l2s_wr_init(out, sizeof out), a = l2s_wr_init(answer, sizeof answer);
    struct l2s_esp_offer o = {.spi = l2s_rd_u32(r)};
    uint8_t n = l2s_rd_u8(r) % 16, group = l2s_rd_u8(r) % L2S_GROUP_COUNT, mode = l2s_rd_u8(r) % 3;
    struct l2s_esp_choice c, c2;

    o.spi = o.spi < 256 ? o.spi + 256 : o.spi;
    o.mode = modes[mode];
    o.life_s = l2s_rd_u32(r);
    o.life_kb = l2s_rd_u32(r);
    for (unsigned i = 0; i <= n; i++) {
        offered.p[offered.n] = all_esp.p[l2s_rd_u8(r) % all_esp.n];
        offered.p[offered.n++].group = group;
    }
    ours.p[ours.n++] = offered.p[l2s_rd_u8(r) % offered.n];
    struct l2s_esp_terms t = {.modes = mode ? L2S_MODES_UDP : L2S_MODES_PLAIN,
                              .ke_len = group ? l2s_group_len((enum l2s_group_id)group) : 0};
    l2s_esp_sa_put_offer(&w, &offered, &o);
    FUZZ_CHECK(!w.bad);
    FUZZ_CHECK(l2s_esp_sa_choose(l2s_rd_init(out, w.len), &ours, &t, &c) == L2TPSEC_OK);
    FUZZ_CHECK(memcmp(&c.p, &ours.p[0], sizeof c.p) == 0 && c.spi == o.spi && c.mode == o.mode);
    FUZZ_CHECK(o.life_s < L2S_LIFE_MIN || c.life_s == o.life_s);
    l2s_esp_sa_put_answer(&a, &c, 0xcafe);
    FUZZ_CHECK(!a.bad);
    FUZZ_CHECK(l2s_esp_sa_check_answer(l2s_rd_init(answer, a.len), &offered, &o, &c2) == L2TPSEC_OK);
    FUZZ_CHECK(memcmp(&c2.p, &c.p, sizeof c.p) == 0 && c2.spi == 0xcafe && c2.life_kb == c.life_kb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);

    phase1(&r);
    phase2(&r);
    return 0;
}
