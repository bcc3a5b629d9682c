/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Proposals as text: parsed, written, and parsed again. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/proposal.h"

static void named(const char *text, int rc, const char *error, size_t len)
{
    if (rc == L2TPSEC_OK)
        return;
    FUZZ_CHECK(rc == L2TPSEC_EINVAL || rc == L2TPSEC_EUNSUP || rc == L2TPSEC_ERANGE);
    if (error)
        FUZZ_CHECK(error >= text && error + len <= text + strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[1200], out[8192];
    static struct l2s_ike_policy ike, ike2;
    static struct l2s_esp_policy esp, esp2;
    const char *error = NULL;
    size_t len = 0;

    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    memset(&ike, 0, sizeof ike);
    int rc = l2s_ike_policy_parse(text, &ike, &error, &len);
    named(text, rc, error, len);
    FUZZ_CHECK(rc == L2TPSEC_OK ? ike.n > 0 && ike.n <= L2S_PROPOSALS_MAX : ike.n == 0);
    if (rc == L2TPSEC_OK) {
        fuzz_text(out, l2s_ike_policy_text(&ike, out, sizeof out), sizeof out);
        FUZZ_CHECK(l2s_ike_policy_parse(out, &ike2, NULL, NULL) == L2TPSEC_OK);
        FUZZ_CHECK(ike.n == ike2.n && memcmp(ike.p, ike2.p, ike.n * sizeof ike.p[0]) == 0);
        fuzz_text(out, l2s_ike_policy_text(&ike, out, 20), 20);
        for (unsigned i = 0; i < ike.n; i++)
            fuzz_text(out, l2s_ike_proposal_text(&ike.p[i], out, L2S_PROPOSAL_TEXT), L2S_PROPOSAL_TEXT);
    }
    error = NULL;
    memset(&esp, 0, sizeof esp);
    rc = l2s_esp_policy_parse(text, &esp, &error, &len);
    named(text, rc, error, len);
    FUZZ_CHECK(rc == L2TPSEC_OK ? esp.n > 0 && esp.n <= L2S_PROPOSALS_MAX : esp.n == 0);
    if (rc == L2TPSEC_OK) {
        for (unsigned i = 0; i < esp.n; i++)
            FUZZ_CHECK(l2s_esp_suite_valid(&esp.p[i].suite));
        fuzz_text(out, l2s_esp_policy_text(&esp, out, sizeof out), sizeof out);
        FUZZ_CHECK(l2s_esp_policy_parse(out, &esp2, NULL, NULL) == L2TPSEC_OK);
        FUZZ_CHECK(esp.n == esp2.n && memcmp(esp.p, esp2.p, esp.n * sizeof esp.p[0]) == 0);
    }
    return 0;
}
