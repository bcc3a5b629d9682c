/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* AVPs of an L2TP control message, hidden ones too, and the message they make; what we write of it reads the same. */
#include "fuzz/fuzz.h"

#include "base/errors.h"
#include "l2tp/message.h"
#include "l2tp/result.h"
#include "toy/toy.h"
#include "unit/fakes/fakes.h"

static struct fake_sys f;
static struct l2s_crypto *crypto;
static const uint8_t secret[] = "hatter";

/* The AVPs that we write at all. */
#define WRITTEN                                                                                                        \
    (1u << L2S_AVP_RESULT | 1u << L2S_AVP_VERSION | 1u << L2S_AVP_FRAMING_CAP | 1u << L2S_AVP_HOST_NAME |              \
     1u << L2S_AVP_VENDOR_NAME | 1u << L2S_AVP_TUNNEL_ID | 1u << L2S_AVP_WINDOW | 1u << L2S_AVP_CHALLENGE |            \
     1u << L2S_AVP_RESPONSE | 1u << L2S_AVP_SESSION_ID | 1u << L2S_AVP_SERIAL | 1u << L2S_AVP_FRAMING_TYPE |           \
     1u << L2S_AVP_TX_SPEED | 1u << L2S_AVP_MESSAGE_TYPE)

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fake_sys_init(&f);
    return l2s_crypto_new(&f.sys, 0, &crypto);
}

static bool same(struct l2s_rd a, struct l2s_rd b)
{
    return fuzz_same(a.p, a.left, b.p, b.left);
}

static void equal(const struct l2s_l2tp_msg *a, const struct l2s_l2tp_msg *b)
{
    FUZZ_CHECK(a->type == b->type && a->have == b->have && b->error == 0);
    FUZZ_CHECK(a->version == b->version && a->tunnel_id == b->tunnel_id && a->session_id == b->session_id);
    FUZZ_CHECK(a->window == b->window && a->framing == b->framing && a->serial == b->serial &&
               a->tx_speed == b->tx_speed);
    FUZZ_CHECK(a->result == b->result && a->result_error == b->result_error);
    FUZZ_CHECK(same(a->host_name, b->host_name) && same(a->vendor_name, b->vendor_name));
    FUZZ_CHECK(same(a->challenge, b->challenge) && same(a->response, b->response) && same(a->words, b->words));
}

/* Some values have no form of ours: those are put right first. */
static void again(struct l2s_l2tp_msg m)
{
    static struct l2s_l2tp_hiding write, read;
    static const uint8_t vector[L2S_L2TP_VECTOR] = {1, 2, 3}, padding[L2S_L2TP_VECTOR] = {9, 8, 7};
    uint8_t out[8192];
    struct l2s_l2tp_msg m2;

    if (m.error || *l2s_l2tp_msg_name(m.type) == '?' || l2s_l2tp_msg_has(&m, L2S_AVP_DISCONNECT))
        return;
    m.have &= WRITTEN;
    if (!l2s_l2tp_msg_has(&m, L2S_AVP_VENDOR_NAME))
        m.vendor_name = l2s_rd_init(NULL, 0);
    m.rx_speed = 0;
    for (unsigned hide = 0; hide < 2; hide++) {
        struct l2s_wr w = l2s_wr_init(out, sizeof out);
        write = (struct l2s_l2tp_hiding){.crypto = crypto,
                                         .secret = secret,
                                         .secret_len = sizeof secret,
                                         .vector = l2s_rd_init(vector, sizeof vector),
                                         .padding = padding};
        read.crypto = crypto;
        read.secret = secret;
        read.secret_len = sizeof secret;
        if (hide)
            FUZZ_CHECK(l2s_l2tp_msg_put_hidden(&w, &m, &write) == L2TPSEC_OK);
        else
            l2s_l2tp_msg_put(&w, &m);
        if (w.bad) /* hidden it is longer, by up to 17 bytes, and an AVP has 1023 at most */
            FUZZ_CHECK(hide || m.words.left > 1000);
        if (w.bad)
            continue;
        FUZZ_CHECK(l2s_l2tp_msg_get(l2s_rd_init(out, w.len), &read, &m2) == L2TPSEC_OK);
        equal(&m, &m2);
    }
}

static void list(struct l2s_rd r, const uint8_t *data, size_t size)
{
    struct l2s_l2tp_avp a;
    size_t used = 0;
    int rc;

    while ((rc = l2s_l2tp_avp_next(&r, &a)) == 1) {
        fuzz_within(a.value, data, size);
        used += L2S_L2TP_AVP_HEADER + a.value.left;
        FUZZ_CHECK(a.value.left <= L2S_L2TP_AVP_MAX - L2S_L2TP_AVP_HEADER);
    }
    FUZZ_CHECK(rc == 0 ? used == size : rc == L2TPSEC_EPROTO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct l2s_l2tp_hiding h;
    struct l2s_l2tp_msg m;
    struct l2s_failure why;
    char words[L2S_L2TP_WORDS_MAX];

    if (size > 6000)
        return 0;
    list(l2s_rd_init(data, size), data, size);
    for (unsigned known = 0; known < 2; known++) {
        h.crypto = crypto;
        h.secret = secret;
        h.secret_len = known ? sizeof secret : 0;
        if (l2s_l2tp_msg_get(l2s_rd_init(data, size), &h, &m) != L2TPSEC_OK)
            return 0;
        FUZZ_CHECK(h.used <= sizeof h.scratch);
        l2s_l2tp_msg_complaint(&m, words);
        FUZZ_CHECK(memchr(words, 0, sizeof words));
        memset(&why, 0, sizeof why);
        if (m.type == L2S_L2TP_STOPCCN || m.type == L2S_L2TP_CDN)
            l2s_l2tp_blame_peer(&why, &m, known);
        again(m);
    }
    return 0;
}
