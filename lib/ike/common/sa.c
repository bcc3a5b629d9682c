/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/sa.h"

#include "base/errors.h"
#include "ike/common/transform.h"

#define SPI_RESERVED_END 256u /* RFC 4303, 2.1 */

/* ---- lifetimes ---- */

static uint32_t life_s(uint64_t said)
{
    if (said == 0)
        return L2S_LIFE_DEFAULT;
    if (said < L2S_LIFE_MIN)
        return L2S_LIFE_MIN;
    return said > UINT32_MAX ? UINT32_MAX : (uint32_t)said;
}

static uint32_t life_kb(uint64_t said)
{
    return said > UINT32_MAX ? UINT32_MAX : (uint32_t)said;
}

/* ---- what a transform means ---- */

uint32_t l2s_aes_bits(uint32_t said)
{
    switch (said) {
    case 0:
    case 0x8000:
        return 128;
    case 0xc000:
        return 192;
    case 0x0001:
        return 256;
    default:
        return said;
    }
}

/* 3DES has no length, and some say it all the same. 0: not one of ours. */
static uint16_t key_bytes(const struct l2s_transform *t, bool aes)
{
    uint32_t bits = t->v[L2S_F_KEY_BITS];

    if (!aes)
        return bits == 0 || bits == 8 * 24 ? 24 : 0;
    bits = l2s_aes_bits(bits);
    return bits == 128 || bits == 192 || bits == 256 ? (uint16_t)(bits / 8) : 0;
}

static bool ike_meaning(const struct l2s_transform *t, struct l2s_ike_proposal *out)
{
    memset(out, 0, sizeof *out);
    if (t->odd || t->bundled || t->protocol != L2S_PROTO_ISAKMP || t->id != L2S_KEY_IKE)
        return false;
    out->method = l2s_method_of_ike(t->v[L2S_F_METHOD]);
    if (out->method == L2S_BY_COUNT)
        return false;
    out->cipher = l2s_cipher_of_ike(t->v[L2S_F_CIPHER]);
    out->hash = l2s_hash_of_ike(t->v[L2S_F_HASH]);
    out->group = l2s_group_of_ike(t->v[L2S_F_GROUP]);
    out->key_len = key_bytes(t, out->cipher == L2S_AES_CBC);
    return out->cipher && out->hash && out->group && out->key_len;
}

static uint32_t spi_of(const struct l2s_transform *t)
{
    struct l2s_rd r = t->spi;
    uint32_t spi = l2s_rd_u32(&r);

    return r.bad || !l2s_rd_done(&r) || spi < SPI_RESERVED_END ? 0 : spi;
}

static bool esp_meaning(const struct l2s_transform *t, struct l2s_esp_proposal *out)
{
    memset(out, 0, sizeof *out);
    if (t->odd || t->bundled || t->protocol != L2S_PROTO_ESP || spi_of(t) == 0)
        return false;
    out->suite.cipher = l2s_esp_cipher_of_id(t->id);
    out->suite.auth = l2s_esp_auth_of_ike(t->v[L2S_F_HASH]);
    out->suite.key_len = key_bytes(t, out->suite.cipher != L2S_ESP_DES3_CBC);
    out->group = l2s_group_of_ike(t->v[L2S_F_GROUP]);
    if (out->suite.auth == L2S_ESP_AUTH_NONE && t->v[L2S_F_HASH] != 0)
        return false; /* a MAC we do not know is not the same as none */
    if (out->group == L2S_GROUP_NONE && t->v[L2S_F_GROUP] != 0)
        return false;
    return l2s_esp_suite_valid(&out->suite);
}

static bool ike_equal(const struct l2s_ike_proposal *a, const struct l2s_ike_proposal *b)
{
    return a->cipher == b->cipher && a->hash == b->hash && a->group == b->group && a->key_len == b->key_len;
}

/* By a policy's word, whose proposals say nothing of methods. */
static bool method_allowed(const struct l2s_ike_policy *p, uint8_t method)
{
    return ((p->methods ? p->methods : 1u << L2S_BY_PSK) >> method & 1) != 0;
}

static bool suite_equal(const struct l2s_esp_suite *a, const struct l2s_esp_suite *b)
{
    return a->cipher == b->cipher && a->auth == b->auth && a->key_len == b->key_len;
}

static bool ike_listed(const struct l2s_ike_proposal *p, const struct l2s_ike_proposal *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ike_equal(p, &list[i]))
            return true;
    return false;
}

/* ---- phase 1 ---- */

static void take_ike(struct l2s_ike_choice *out, const struct l2s_transform *t, const struct l2s_ike_proposal *p)
{
    out->p = *p;
    out->life_s = life_s(t->life_s);
    out->life_kb = life_kb(t->life_kb);
    out->proposal_no = t->proposal_no;
    out->transform_no = t->no;
    out->attrs = t->attrs;
}

int l2s_ike_sa_choose(struct l2s_rd body, const struct l2s_ike_policy *p, struct l2s_ike_choice *out)
{
    struct l2s_transforms all;
    struct l2s_transform t;
    struct l2s_ike_proposal meant;
    struct l2s_ike_choice found;
    bool any = false;
    int rc = l2s_transforms_begin(&all, L2S_PHASE1, body);

    if (rc != L2TPSEC_OK)
        return rc;
    while ((rc = l2s_transforms_next(&all, &t)) == 1) {
        if (any || !ike_meaning(&t, &meant) || !method_allowed(p, meant.method) || !ike_listed(&meant, p->p, p->n))
            continue;
        take_ike(&found, &t, &meant);
        any = true;
    }
    if (rc < 0)
        return rc;
    if (!any)
        return L2TPSEC_ENOENT;
    *out = found;
    return L2TPSEC_OK;
}

/* The only transform of an answer; more or none is malformed (RFC 2408, 4.2). */
static int only_one(enum l2s_phase phase, struct l2s_rd body, struct l2s_transform *out)
{
    struct l2s_transforms all;
    struct l2s_transform more;
    int rc = l2s_transforms_begin(&all, phase, body);

    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_transforms_next(&all, out);
    if (rc != 1)
        return L2TPSEC_EPROTO;
    rc = l2s_transforms_next(&all, &more);
    return rc == 0 ? L2TPSEC_OK : L2TPSEC_EPROTO;
}

int l2s_ike_sa_check_answer(struct l2s_rd body, const struct l2s_ike_proposal *offered, size_t n,
                            struct l2s_ike_choice *out)
{
    struct l2s_transform t;
    struct l2s_ike_proposal meant;
    int rc = only_one(L2S_PHASE1, body, &t);

    if (rc != L2TPSEC_OK)
        return rc;
    if (!ike_meaning(&t, &meant) || !n || meant.method != offered[0].method || !ike_listed(&meant, offered, n))
        return L2TPSEC_ENOENT;
    take_ike(out, &t, &meant);
    return L2TPSEC_OK;
}

/* ---- phase 2 ---- */

bool l2s_mode_udp(uint16_t mode)
{
    return mode == L2S_MODE_UDP_TUNNEL || mode == L2S_MODE_UDP_TRANSPORT || mode == L2S_MODE_UDP_TUNNEL_DRAFT ||
           mode == L2S_MODE_UDP_TRANSPORT_DRAFT;
}

uint32_t l2s_ike_policy_groups(const struct l2s_ike_policy *p)
{
    uint32_t groups = p->pfs;

    for (size_t i = 0; i < p->n; i++)
        groups |= UINT32_C(1) << p->p[i].group;
    return groups;
}

/* How well a mode will do: 0 well, 1 as a last resort, -1 not. */
static int mode_rank(uint32_t mode, enum l2s_modes wanted)
{
    bool plain = mode == L2S_MODE_TRANSPORT || mode == L2S_MODE_UNSAID;
    bool udp = mode == L2S_MODE_UDP_TRANSPORT || mode == L2S_MODE_UDP_TRANSPORT_DRAFT;

    if (wanted == L2S_MODES_PLAIN)
        return plain ? 0 : -1;
    if (udp || (mode == L2S_MODE_UNSAID && wanted == L2S_MODES_UDP))
        return 0;
    return plain && wanted == L2S_MODES_UDP_OR_PLAIN ? 1 : -1;
}

/* With a KE there is a group and it is of that length, without there is none (RFC 2409, 5.5). */
static bool group_fits(uint8_t asked, uint8_t ours, const struct l2s_esp_terms *terms)
{
    if ((asked != L2S_GROUP_NONE) != (terms->ke_len != 0))
        return false;
    if (asked != L2S_GROUP_NONE && l2s_group_len(asked) != terms->ke_len)
        return false;
    if (ours != L2S_GROUP_NONE || asked == L2S_GROUP_NONE)
        return asked == ours;
    return (terms->pfs_groups >> asked & 1) != 0;
}

/* 0 is best, -1 is not acceptable. */
static int esp_rank(const struct l2s_transform *t, const struct l2s_esp_proposal *meant, const struct l2s_esp_policy *p,
                    const struct l2s_esp_terms *terms)
{
    int rank = mode_rank(t->v[L2S_F_MODE], terms->modes);

    if (rank < 0)
        return -1;
    for (size_t i = 0; i < p->n; i++)
        if (suite_equal(&meant->suite, &p->p[i].suite) && group_fits(meant->group, p->p[i].group, terms))
            return 2 * rank + (terms->sha256_last && meant->suite.auth == L2S_ESP_HMAC_SHA256_128);
    return -1;
}

static void take_esp(struct l2s_esp_choice *out, const struct l2s_transform *t, const struct l2s_esp_proposal *p)
{
    out->p = *p;
    out->mode = (uint16_t)t->v[L2S_F_MODE];
    out->spi = spi_of(t);
    out->life_s = life_s(t->life_s);
    out->life_kb = life_kb(t->life_kb);
    out->proposal_no = t->proposal_no;
    out->transform_no = t->no;
    out->transform_id = t->id;
    out->attrs = t->attrs;
}

int l2s_esp_sa_choose(struct l2s_rd body, const struct l2s_esp_policy *p, const struct l2s_esp_terms *terms,
                      struct l2s_esp_choice *out)
{
    struct l2s_transforms all;
    struct l2s_transform t;
    struct l2s_esp_proposal meant;
    struct l2s_esp_choice found;
    int best = -1;
    int rc = l2s_transforms_begin(&all, L2S_PHASE2, body);

    if (rc != L2TPSEC_OK)
        return rc;
    while ((rc = l2s_transforms_next(&all, &t)) == 1) {
        if (!esp_meaning(&t, &meant))
            continue;
        int rank = esp_rank(&t, &meant, p, terms);
        if (rank < 0 || (best >= 0 && rank >= best))
            continue;
        take_esp(&found, &t, &meant);
        best = rank;
    }
    if (rc < 0)
        return rc;
    if (best < 0)
        return L2TPSEC_ENOENT;
    *out = found;
    return L2TPSEC_OK;
}

int l2s_esp_sa_check_answer(struct l2s_rd body, const struct l2s_esp_policy *offered, const struct l2s_esp_offer *o,
                            struct l2s_esp_choice *out)
{
    enum l2s_modes modes = l2s_mode_udp(o->mode) ? L2S_MODES_UDP : L2S_MODES_PLAIN;
    struct l2s_transform t;
    struct l2s_esp_proposal meant;
    int rc = only_one(L2S_PHASE2, body, &t);

    if (rc != L2TPSEC_OK)
        return rc;
    if (!esp_meaning(&t, &meant) || mode_rank(t.v[L2S_F_MODE], modes) != 0)
        return L2TPSEC_ENOENT;
    for (size_t i = 0; i < offered->n; i++) {
        if (offered->p[i].group != offered->p[0].group || meant.group != offered->p[0].group ||
            !suite_equal(&meant.suite, &offered->p[i].suite))
            continue;
        take_esp(out, &t, &meant);
        return L2TPSEC_OK;
    }
    return L2TPSEC_ENOENT;
}

/* ---- writing ---- */

/* A proposal that counts its own transforms. */
struct proposal {
    size_t start, count_at, last; /* last: where the transform before this one begins; 0: none yet */
    uint8_t n;
};

static struct proposal open_proposal(struct l2s_wr *w, uint8_t number, uint8_t protocol, const uint32_t *spi)
{
    struct proposal p = {.n = 0};

    l2s_wr_u32(w, L2S_DOI_IPSEC);
    l2s_wr_u32(w, L2S_SIT_IDENTITY_ONLY);
    p.start = w->len;
    l2s_wr_u16(w, L2S_PT_NONE);
    l2s_wr_u16(w, 0);
    l2s_wr_u8(w, number);
    l2s_wr_u8(w, protocol);
    l2s_wr_u8(w, spi ? 4 : 0);
    p.count_at = l2s_wr_open(w, 1);
    if (spi)
        l2s_wr_u32(w, *spi);
    return p;
}

static size_t open_transform(struct l2s_wr *w, struct proposal *p, uint8_t number, uint8_t id)
{
    size_t start = w->len;

    l2s_wr_u16(w, L2S_PT_NONE);
    l2s_wr_u16(w, 0);
    l2s_wr_u8(w, number);
    l2s_wr_u8(w, id);
    l2s_wr_u16(w, 0);
    if (!w->bad && p->last)
        w->p[p->last] = L2S_PT_TRANSFORM;
    p->last = start;
    p->n++;
    return start;
}

static void close_transform(struct l2s_wr *w, size_t start)
{
    l2s_wr_close16_from(w, start + 2, start);
}

static void close_proposal(struct l2s_wr *w, const struct proposal *p)
{
    l2s_wr_close16_from(w, p->start + 2, p->start);
    if (!w->bad)
        w->p[p->count_at] = p->n;
}

void l2s_ike_sa_put_offer(struct l2s_wr *w, const struct l2s_ike_proposal *p, size_t n, uint32_t seconds)
{
    struct proposal all = open_proposal(w, 1, L2S_PROTO_ISAKMP, NULL);

    for (size_t i = 0; i < n && i < L2S_PROPOSALS_MAX; i++) {
        size_t at = open_transform(w, &all, (uint8_t)(i + 1), L2S_KEY_IKE);
        l2s_attr_put(w, L2S_A1_CIPHER, l2s_ike_of_cipher(p[i].cipher));
        if (p[i].cipher == L2S_AES_CBC)
            l2s_attr_put(w, L2S_A1_KEY_BITS, (uint16_t)(p[i].key_len * 8));
        l2s_attr_put(w, L2S_A1_HASH, l2s_ike_of_hash(p[i].hash));
        l2s_attr_put(w, L2S_A1_GROUP, l2s_ike_of_group(p[i].group));
        l2s_attr_put(w, L2S_A1_METHOD, l2s_ike_of_method(p[i].method));
        l2s_attr_put(w, L2S_A1_LIFE_TYPE, L2S_LIFE_SECONDS);
        l2s_attr_put_number(w, L2S_A1_LIFE, seconds);
        close_transform(w, at);
    }
    close_proposal(w, &all);
}

void l2s_ike_sa_put_answer(struct l2s_wr *w, const struct l2s_ike_choice *c)
{
    struct proposal one = open_proposal(w, c->proposal_no, L2S_PROTO_ISAKMP, NULL);
    size_t at = open_transform(w, &one, c->transform_no, L2S_KEY_IKE);

    l2s_wr_bytes(w, c->attrs.p, c->attrs.left);
    close_transform(w, at);
    close_proposal(w, &one);
}

static void put_esp_attrs(struct l2s_wr *w, const struct l2s_esp_proposal *p, const struct l2s_esp_offer *o)
{
    if (p->suite.cipher != L2S_ESP_DES3_CBC)
        l2s_attr_put(w, L2S_A2_KEY_BITS, (uint16_t)(p->suite.key_len * 8));
    if (p->suite.auth != L2S_ESP_AUTH_NONE)
        l2s_attr_put(w, L2S_A2_AUTH, l2s_ike_of_esp_auth(p->suite.auth));
    if (p->group != L2S_GROUP_NONE)
        l2s_attr_put(w, L2S_A2_GROUP, l2s_ike_of_group(p->group));
    l2s_attr_put(w, L2S_A2_MODE, o->mode);
    l2s_attr_put(w, L2S_A2_LIFE_TYPE, L2S_LIFE_SECONDS);
    l2s_attr_put_number(w, L2S_A2_LIFE, o->life_s);
    if (o->life_kb) {
        l2s_attr_put(w, L2S_A2_LIFE_TYPE, L2S_LIFE_KILOBYTES);
        l2s_attr_put_number(w, L2S_A2_LIFE, o->life_kb);
    }
}

void l2s_esp_sa_put_offer(struct l2s_wr *w, const struct l2s_esp_policy *p, const struct l2s_esp_offer *o)
{
    struct proposal all = open_proposal(w, 1, L2S_PROTO_ESP, &o->spi);

    for (size_t i = 0; i < p->n; i++) {
        if (p->p[i].group != p->p[0].group)
            continue;
        size_t at = open_transform(w, &all, (uint8_t)(all.n + 1), (uint8_t)l2s_id_of_esp_cipher(p->p[i].suite.cipher));
        put_esp_attrs(w, &p->p[i], o);
        close_transform(w, at);
    }
    close_proposal(w, &all);
}

void l2s_esp_sa_put_answer(struct l2s_wr *w, const struct l2s_esp_choice *c, uint32_t spi)
{
    struct proposal one = open_proposal(w, c->proposal_no, L2S_PROTO_ESP, &spi);
    size_t at = open_transform(w, &one, c->transform_no, c->transform_id);

    l2s_wr_bytes(w, c->attrs.p, c->attrs.left);
    close_transform(w, at);
    close_proposal(w, &one);
}
