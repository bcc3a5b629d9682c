/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Settings as text: "name\n" and a value, several with NULs between them. What is refused changes nothing, and says why; what is
 * taken is taken again. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "core/profile.h"
#include "unit/fakes/fakes.h"

static struct fake_sys f;
static struct l2s_crypto *crypto;
static struct l2s_profile initial;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fake_sys_init(&f);
    FUZZ_CHECK(l2s_crypto_new(&f.sys, 0, &crypto) == L2TPSEC_OK);
    l2s_profile_init(&initial);
    initial.papers.crypto = initial.ppp_papers.crypto = crypto;
    return 0;
}

/* Certificates, keys and lists are mbedTLS's to read. */
static bool is_paper(const char *name)
{
    l2tpsec_setting s;

    for (uint32_t i = 0; l2s_setting_at(i, &s) == L2TPSEC_OK; i++)
        if (strcmp(s.name, name) == 0)
            return s.type == L2TPSEC_TYPE_BYTES && s.max > 100000;
    return false;
}

static void one(struct l2s_profile *p, const char *name, const char *value)
{
    static struct l2s_profile before;
    char error[L2S_PROFILE_ERROR];

    if (is_paper(name))
        return;
    before = *p;
    memset(error, 'x', sizeof error);
    int32_t rc = l2s_setting_set(p, name, value, error);
    FUZZ_CHECK(memchr(error, 0, sizeof error));
    FUZZ_CHECK(rc <= 0 && (rc == L2TPSEC_OK) == (error[0] == '\0'));
    if (rc != L2TPSEC_OK) {
        FUZZ_CHECK(memcmp(&before, p, sizeof before) == 0);
        return;
    }
    before = *p;
    FUZZ_CHECK(l2s_setting_set(p, name, value, error) == L2TPSEC_OK);
    FUZZ_CHECK(memcmp(&before, p, sizeof before) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct l2s_profile p;
    char text[1500];

    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    p = initial;
    for (char *at = text; at < text + size; at += strlen(at) + 1) {
        char *value = strchr(at, '\n');
        if (!value)
            continue;
        *value++ = '\0';
        one(&p, at, value);
        at = value;
    }
    return 0;
}
