/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Identities: from the wire to text and back again; from text (first byte odd) to the wire and back. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "ike/common/id.h"

/* Which of them parsing makes, and so must read back as they were. */
static bool speaks(const struct l2s_id *id)
{
    return id->type == L2S_ID_IPV4_ADDR || id->type == L2S_ID_IPV6_ADDR || id->type == L2S_ID_KEY_ID ||
           id->type == L2S_ID_DER_ASN1_DN || id->type == L2S_ID_FQDN || id->type == L2S_ID_USER_FQDN;
}

/* Not a name that is shown with '?', nor a USER_FQDN which is no mail address and reads as something else. */
static bool plain_name(const struct l2s_id *id)
{
    bool at = false;

    for (size_t i = 0; i < id->data.left; i++) {
        uint8_t c = id->data.p[i];
        at = at || (c == '@' && i > 0);
        if (c == '=' && id->type == L2S_ID_USER_FQDN)
            return false;
        if (c <= 0x20 || c >= 0x7f)
            return false;
    }
    bool prefixed = id->data.left >= 3 && (memcmp(id->data.p, "dn:", 3) == 0 || memcmp(id->data.p, "key", 3) == 0);
    return id->data.left < L2S_ID_DATA_MAX && (id->type == L2S_ID_FQDN || (at && id->data.p[0] != '@' && !prefixed));
}

static void to_text(const struct l2s_id *id)
{
    static char text[4 * L2S_ID_DATA_MAX], little[12];
    uint8_t data[L2S_ID_DATA_MAX];
    struct l2s_id again = {.protocol = id->protocol};
    size_t len = 0;

    fuzz_text(little, l2s_id_text(id, little, sizeof little), sizeof little);
    fuzz_text(text, l2s_id_text(id, text, sizeof text), sizeof text);
    bool name = id->type == L2S_ID_FQDN || id->type == L2S_ID_USER_FQDN;
    if (!speaks(id) || id->data.left == 0 || (name && !plain_name(id)))
        return;
    FUZZ_CHECK(l2s_id_parse(text, &again.type, data, &len) == L2TPSEC_OK);
    again.data = l2s_rd_init(data, len);
    FUZZ_CHECK(again.type == id->type);
    FUZZ_CHECK(id->type == L2S_ID_DER_ASN1_DN ? len > 0 : fuzz_same(data, len, id->data.p, id->data.left));
}

static void from_wire(struct l2s_rd body)
{
    struct l2s_id id, id2;
    uint8_t out[L2S_ID_DATA_MAX + 8];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    if (l2s_id_read(body, &id) != L2TPSEC_OK)
        return;
    FUZZ_CHECK(id.data.left + 4 == body.left && id.data.left <= L2S_ID_DATA_MAX && l2s_id_equal(&id, &id));
    l2s_id_put(&w, &id);
    FUZZ_CHECK(!w.bad && l2s_id_read(l2s_rd_init(out, w.len), &id2) == L2TPSEC_OK);
    FUZZ_CHECK(l2s_id_equal(&id, &id2) && id.protocol == id2.protocol && id.port == id2.port);
    to_text(&id);
}

static void from_text(const uint8_t *data, size_t size)
{
    char text[1024];
    uint8_t wire[L2S_ID_DATA_MAX];
    struct l2s_id id = {0};
    size_t len = 0;

    if (size >= sizeof text)
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    if (l2s_id_parse(text, &id.type, wire, &len) != L2TPSEC_OK)
        return;
    FUZZ_CHECK(len > 0 && len <= sizeof wire && speaks(&id));
    id.data = l2s_rd_init(wire, len);
    to_text(&id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        from_text(data + 1, size - 1);
    else
        from_wire(l2s_rd_init(data + 1, size - 1));
    return 0;
}
