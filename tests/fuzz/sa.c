/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The body of an SA payload: what is chosen of it in both phases, the words for it, and answers. What we choose we can answer, and
 * whoever offered it takes the answer. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/sa.h"

static struct l2s_ike_policy ike;
static struct l2s_esp_policy esp;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    FUZZ_CHECK(l2s_policy_preset("legacy", &ike, &esp) == L2TPSEC_OK);
    ike.methods = (1u << L2S_BY_COUNT) - 1;
    return 0;
}

static void words(struct l2s_rd body)
{
    char text[384], little[9];

    fuzz_text(text, l2s_ike_sa_text(body, text, sizeof text), sizeof text);
    fuzz_text(text, l2s_esp_sa_text(body, text, sizeof text), sizeof text);
    fuzz_text(little, l2s_ike_sa_text(body, little, sizeof little), sizeof little);
    fuzz_text(little, l2s_esp_sa_text(body, little, sizeof little), sizeof little);
}

static void phase1(struct l2s_rd body)
{
    struct l2s_ike_choice c, c2;
    uint8_t out[4096];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    if (l2s_ike_sa_choose(body, &ike, &c) == L2TPSEC_OK) {
        FUZZ_CHECK(c.life_s >= L2S_LIFE_MIN && c.p.method < L2S_BY_COUNT);
        l2s_ike_sa_put_answer(&w, &c);
        FUZZ_CHECK(!w.bad);
        FUZZ_CHECK(l2s_ike_sa_check_answer(l2s_rd_init(out, w.len), &c.p, 1, &c2) == L2TPSEC_OK);
        FUZZ_CHECK(memcmp(&c.p, &c2.p, sizeof c.p) == 0 && c.life_s == c2.life_s && c.life_kb == c2.life_kb);
        FUZZ_CHECK(c.proposal_no == c2.proposal_no && c.transform_no == c2.transform_no);
    }
    (void)l2s_ike_sa_check_answer(body, ike.p, ike.n, &c);
}

static void phase2(struct l2s_rd body, size_t ke)
{
    struct l2s_esp_terms terms = {
        .modes = L2S_MODES_UDP_OR_PLAIN, .ke_len = ke, .pfs_groups = l2s_ike_policy_groups(&ike)};
    struct l2s_esp_choice e, e2;
    uint8_t out[4096];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    if (l2s_esp_sa_choose(body, &esp, &terms, &e) != L2TPSEC_OK)
        return;
    FUZZ_CHECK(l2s_esp_suite_valid(&e.p.suite) && e.spi >= 256 && e.life_s >= L2S_LIFE_MIN);
    FUZZ_CHECK((e.p.group != L2S_GROUP_NONE) == (ke != 0));
    l2s_esp_sa_put_answer(&w, &e, 0x12345678);
    FUZZ_CHECK(!w.bad);
    struct l2s_esp_policy offered = {.n = 1};
    const struct l2s_esp_offer o = {.spi = 0x100, .mode = e.mode, .life_s = 3600};
    offered.p[0] = e.p;
    FUZZ_CHECK(l2s_esp_sa_check_answer(l2s_rd_init(out, w.len), &offered, &o, &e2) == L2TPSEC_OK);
    FUZZ_CHECK(memcmp(&e.p, &e2.p, sizeof e.p) == 0 && e2.spi == 0x12345678 && e.life_s == e2.life_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct l2s_esp_offer offer = {.spi = 0x12345678, .mode = L2S_MODE_UDP_TRANSPORT, .life_s = 3600};
    struct l2s_rd body = l2s_rd_init(data, size);
    struct l2s_esp_choice e;

    if (size > 3000)
        return 0;
    words(body);
    phase1(body);
    phase2(body, 0);
    phase2(body, 256);
    (void)l2s_esp_sa_check_answer(body, &esp, &offer, &e);
    return 0;
}
