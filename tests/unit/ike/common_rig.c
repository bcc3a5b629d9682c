/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/ike/common_rig.h"

#include "base/errors.h"

#include <stdio.h>
#include <string.h>

bool rig_nth(const char *file, unsigned n, struct rig_message *out)
{
    char path[512], line[3 * RIG_MESSAGE_MAX];
    bool found = false;

    (void)snprintf(path, sizeof path, "%s/ike/%s", VECTORS, file);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (!found && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (line[0] == '#' || !colon || n-- != 0)
            continue;
        *colon = '\0';
        assert_in_range(colon - line, 1, (int)sizeof out->name - 1);
        memcpy(out->name, line, (size_t)(colon - line) + 1);
        out->n = fake_hex(colon + 1, out->bytes, sizeof out->bytes);
        found = true;
    }
    (void)fclose(f);
    return found;
}

void rig_message(const char *file, const char *name, struct rig_message *out)
{
    for (unsigned i = 0; rig_nth(file, i, out); i++)
        if (strcmp(out->name, name) == 0)
            return;
    fail_msg("no message %s in %s", name, file);
}

void rig_collect(const struct rig_message *m, struct l2s_isakmp *h, struct l2s_payloads *s)
{
    struct l2s_rd body;

    assert_int_equal(l2s_isakmp_read(fake_rd_exact(m->bytes, m->n), h, &body), L2TPSEC_DROP_NONE);
    assert_int_equal(l2s_payloads_collect(body, h->first, L2S_NATT_RFC3947, s), L2TPSEC_OK);
}

struct l2s_rd rig_sa(const struct rig_message *m)
{
    struct l2s_isakmp h;
    struct l2s_payloads s;

    rig_collect(m, &h, &s);
    assert_int_equal(s.count[L2S_PK_SA], 1);
    return l2s_payloads_get(&s, L2S_PK_SA, 0);
}

static void put_transform(struct l2s_wr *w, const struct rig_transform *t, bool last)
{
    uint8_t attrs[256];
    size_t n = fake_hex(t->attrs, attrs, sizeof attrs);
    size_t start = w->len;

    l2s_wr_u8(w, last ? 0 : 3);
    l2s_wr_u8(w, 0);
    size_t at = l2s_wr_open(w, 2);
    l2s_wr_u8(w, t->number);
    l2s_wr_u8(w, t->id);
    l2s_wr_u16(w, 0);
    l2s_wr_bytes(w, attrs, n);
    l2s_wr_close16_from(w, at, start);
}

static void put_proposal(struct l2s_wr *w, uint8_t number, bool last, uint8_t protocol, uint32_t spi,
                         const struct rig_transform *t, size_t n)
{
    size_t start = w->len;

    l2s_wr_u8(w, last ? 0 : 2);
    l2s_wr_u8(w, 0);
    size_t at = l2s_wr_open(w, 2);
    l2s_wr_u8(w, number);
    l2s_wr_u8(w, protocol);
    l2s_wr_u8(w, spi ? 4 : 0);
    l2s_wr_u8(w, (uint8_t)n);
    if (spi)
        l2s_wr_u32(w, spi);
    for (size_t i = 0; i < n; i++)
        put_transform(w, &t[i], i + 1 == n);
    l2s_wr_close16_from(w, at, start);
}

size_t rig_sa_body(uint8_t *out, size_t cap, uint8_t protocol, uint32_t spi, bool one_each,
                   const struct rig_transform *t, size_t n)
{
    struct l2s_wr w = l2s_wr_init(out, cap);

    l2s_wr_u32(&w, 1);
    l2s_wr_u32(&w, 1);
    if (one_each)
        for (size_t i = 0; i < n; i++)
            put_proposal(&w, (uint8_t)(i + 1), i + 1 == n, protocol, spi, &t[i], 1);
    else
        put_proposal(&w, 1, true, protocol, spi, t, n);
    assert_false(w.bad);
    return w.len;
}

void rig_policies(const char *ike, struct l2s_ike_policy *p, const char *esp, struct l2s_esp_policy *q)
{
    if (ike)
        assert_int_equal(l2s_ike_policy_parse(ike, p, NULL, NULL), L2TPSEC_OK);
    if (esp)
        assert_int_equal(l2s_esp_policy_parse(esp, q, NULL, NULL), L2TPSEC_OK);
}

int rig_choose2(uint8_t id, const char *attrs, const char *policy, const struct l2s_esp_terms *terms,
                struct l2s_esp_choice *c)
{
    struct rig_transform t = {1, id, attrs};
    struct l2s_esp_policy q;

    rig_policies(NULL, NULL, policy, &q);
    return l2s_esp_sa_choose(rig_esp_body(&t, 1), &q, terms, c);
}

struct l2s_rd rig_ike_body(const struct rig_transform *t, size_t n)
{
    uint8_t out[4096];

    return fake_rd_exact(out, rig_sa_body(out, sizeof out, L2S_PROTO_ISAKMP, 0, false, t, n));
}

struct l2s_rd rig_esp_body(const struct rig_transform *t, size_t n)
{
    uint8_t out[4096];

    return fake_rd_exact(out, rig_sa_body(out, sizeof out, L2S_PROTO_ESP, 0x01020304, false, t, n));
}

uint32_t rig_random(uint64_t *seed)
{
    *seed += 0x9e3779b97f4a7c15u;
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(z >> 32);
}

size_t rig_mutate(uint64_t *seed, uint8_t *p, size_t n)
{
    static const uint8_t nasty[] = {0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xfe, 0xff};
    unsigned edits = 1 + rig_random(seed) % 4;

    if (n == 0)
        return 0;
    while (edits--) {
        size_t at = rig_random(seed) % n;
        switch (rig_random(seed) % 5) {
        case 0:
            p[at] = nasty[rig_random(seed) % sizeof nasty];
            break;
        case 1:
            p[at] = (uint8_t)rig_random(seed);
            break;
        case 2:
            p[at] = (uint8_t)(p[at] ^ 1u << rig_random(seed) % 8);
            break;
        case 3: { /* a piece of it again elsewhere */
            size_t from = rig_random(seed) % n, len = rig_random(seed) % 16;
            for (size_t i = 0; i < len && from + i < n && at + i < n; i++)
                p[at + i] = p[from + i];
            break;
        }
        default:
            n = at + 1;
            break;
        }
    }
    return n;
}
