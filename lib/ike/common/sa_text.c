/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/sa.h"

#include "base/errors.h"
#include "base/text.h"
#include "ike/common/transform.h"
#include "ike/common/words.h"

#define WORDS_MAX 96 /* of one transform */

/* What we never use and peers often offer. */
struct other {
    uint16_t number;
    const char *word;
};

static const struct other ike_ciphers[] = {{1, "des"}, {3, "blowfish"}, {6, "cast"}, {8, "camellia"}};
static const struct other esp_ciphers[] = {{2, "des"},     {6, "cast"},     {7, "blowfish"},  {11, "null"},
                                           {13, "aesctr"}, {18, "aesgcm8"}, {19, "aesgcm12"}, {22, "camellia"}};
static const struct other methods[] = {{2, "dss"},       {3, "rsa"},       {9, "ecdsa256"},
                                       {10, "ecdsa384"}, {11, "ecdsa521"}, {65001, "xauth-psk"}};
static const struct other modes[] = {
    {L2S_MODE_TUNNEL, "tunnel"}, {L2S_MODE_UDP_TUNNEL, "tunnel"}, {L2S_MODE_UDP_TUNNEL_DRAFT, "tunnel"}};
static const struct other groups[] = {{1, "modp768"}};
static const struct other protocols[] = {{L2S_PROTO_AH, "ah"}, {L2S_PROTO_IPCOMP, "ipcomp"}};

static const char *other_word(const struct other *table, size_t n, uint32_t number)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].number == number)
            return table[i].word;
    return NULL;
}

/* A word, or what kind of thing it is and its number. */
static void put_piece(struct l2s_text *t, const char *word, const char *kind, uint32_t number)
{
    if (t->len)
        l2s_text_char(t, '-');
    if (word) {
        l2s_text_put(t, word);
        return;
    }
    l2s_text_put(t, kind);
    l2s_text_char(t, '-');
    l2s_text_number(t, number);
}

static void put_aes(struct l2s_text *t, uint32_t bits)
{
    l2s_text_put(t, "aes");
    l2s_text_number(t, l2s_aes_bits(bits));
}

static void put_ike_cipher(struct l2s_text *t, const struct l2s_transform *tr)
{
    uint32_t wire = tr->v[L2S_F_CIPHER];
    uint8_t id = l2s_cipher_of_ike(wire);

    if (id == L2S_AES_CBC)
        put_aes(t, tr->v[L2S_F_KEY_BITS]);
    else if (id == L2S_DES3_CBC)
        put_piece(t, "3des", NULL, 0);
    else
        put_piece(t, other_word(ike_ciphers, L2S_COUNT_OF(ike_ciphers), wire), "encr", wire);
}

static void put_esp_cipher(struct l2s_text *t, const struct l2s_transform *tr)
{
    uint8_t id = l2s_esp_cipher_of_id(tr->id);

    if (id == L2S_ESP_AES_CBC || id == L2S_ESP_AES_GCM16)
        put_aes(t, tr->v[L2S_F_KEY_BITS]);
    if (id == L2S_ESP_AES_GCM16)
        l2s_text_put(t, "gcm16");
    if (id == L2S_ESP_DES3_CBC)
        put_piece(t, "3des", NULL, 0);
    if (id == L2S_ESP_CIPHER_NONE)
        put_piece(t, other_word(esp_ciphers, L2S_COUNT_OF(esp_ciphers), tr->id), "encr", tr->id);
}

static void put_group(struct l2s_text *t, const struct l2s_transform *tr)
{
    uint32_t wire = tr->v[L2S_F_GROUP];
    const char *word = l2s_word_for(L2S_WORD_GROUP, false, l2s_group_of_ike(wire), 0);

    put_piece(t, word ? word : other_word(groups, L2S_COUNT_OF(groups), wire), "group", wire);
}

static void put_ike_transform(struct l2s_text *t, const struct l2s_transform *tr)
{
    uint32_t hash = tr->v[L2S_F_HASH], method = tr->v[L2S_F_METHOD];

    put_ike_cipher(t, tr);
    put_piece(t, l2s_word_for(L2S_WORD_HASH, false, l2s_hash_of_ike(hash), 0), "hash", hash);
    put_group(t, tr);
    if (method != L2S_METHOD_PSK)
        put_piece(t, other_word(methods, L2S_COUNT_OF(methods), method), "method", method);
    if (tr->odd)
        put_piece(t, "odd", NULL, 0);
}

static void put_esp_transform(struct l2s_text *t, const struct l2s_transform *tr)
{
    uint32_t auth = tr->v[L2S_F_HASH], mode = tr->v[L2S_F_MODE];
    bool transport = mode == L2S_MODE_UNSAID || mode == L2S_MODE_TRANSPORT || mode == L2S_MODE_UDP_TRANSPORT ||
                     mode == L2S_MODE_UDP_TRANSPORT_DRAFT;

    if (tr->protocol != L2S_PROTO_ESP) {
        put_piece(t, other_word(protocols, L2S_COUNT_OF(protocols), tr->protocol), "protocol", tr->protocol);
        return;
    }
    put_esp_cipher(t, tr);
    if (auth)
        put_piece(t, l2s_word_for(L2S_WORD_HASH, true, l2s_esp_auth_of_ike(auth), 0), "auth", auth);
    if (tr->has[L2S_F_GROUP])
        put_group(t, tr);
    if (!transport)
        put_piece(t, other_word(modes, L2S_COUNT_OF(modes), mode), "mode", mode);
    if (tr->odd)
        put_piece(t, "odd", NULL, 0);
}

/* Is this among the comma separated ones already? */
static bool said(const struct l2s_text *t, const char *words, size_t n)
{
    for (size_t from = 0; from < t->len;) {
        const char *comma = memchr(t->out + from, ',', t->len - from);
        size_t to = comma ? (size_t)(comma - t->out) : t->len;
        if (to - from == n && memcmp(t->out + from, words, n) == 0)
            return true;
        from = to + 1;
    }
    return false;
}

static size_t sa_text(enum l2s_phase phase, struct l2s_rd body, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);
    struct l2s_transforms all;
    struct l2s_transform tr;
    char words[WORDS_MAX];

    if (l2s_transforms_begin(&all, phase, body) != L2TPSEC_OK)
        return t.len;
    while (!t.cut && l2s_transforms_next(&all, &tr) == 1) {
        struct l2s_text one = l2s_text_init(words, sizeof words);
        if (phase == L2S_PHASE1)
            put_ike_transform(&one, &tr);
        else
            put_esp_transform(&one, &tr);
        if (said(&t, words, one.len))
            continue;
        if (t.len)
            l2s_text_char(&t, ',');
        l2s_text_put(&t, words);
    }
    return t.len;
}

size_t l2s_ike_sa_text(struct l2s_rd body, char *out, size_t cap)
{
    return sa_text(L2S_PHASE1, body, out, cap);
}

size_t l2s_esp_sa_text(struct l2s_rd body, char *out, size_t cap)
{
    return sa_text(L2S_PHASE2, body, out, cap);
}
