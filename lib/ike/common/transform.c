/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/transform.h"

#include "base/errors.h"
#include "crypto/provider.h"
#include "ike/common/payload.h"
#include "ike/common/proposal.h"
#include "ike/common/sa.h"

/* ---- numbers ---- */

struct pair {
    uint16_t wire;
    uint8_t id;
};

static const struct pair hashes[] = {{1, L2S_MD5}, {2, L2S_SHA1}, {4, L2S_SHA256}, {5, L2S_SHA384}, {6, L2S_SHA512}};

static const struct pair ciphers[] = {{5, L2S_DES3_CBC}, {7, L2S_AES_CBC}};

static const struct pair groups[] = {
    {2, L2S_MODP1024},  {5, L2S_MODP1536},  {14, L2S_MODP2048}, {15, L2S_MODP3072},
    {16, L2S_MODP4096}, {17, L2S_MODP6144}, {18, L2S_MODP8192}, {19, L2S_ECP256},
    {20, L2S_ECP384},   {21, L2S_ECP521},   {31, L2S_X25519},
};

static const uint16_t methods[L2S_BY_COUNT] = {
    [L2S_BY_PSK] = L2S_METHOD_PSK,           [L2S_BY_RSA] = L2S_METHOD_RSA,
    [L2S_BY_ECDSA256] = L2S_METHOD_ECDSA256, [L2S_BY_ECDSA384] = L2S_METHOD_ECDSA384,
    [L2S_BY_ECDSA521] = L2S_METHOD_ECDSA521,
};

static const struct pair esp_ciphers[] = {
    {L2S_ESP_ID_3DES, L2S_ESP_DES3_CBC}, {L2S_ESP_ID_AES, L2S_ESP_AES_CBC}, {L2S_ESP_ID_AES_GCM16, L2S_ESP_AES_GCM16}};

/* RFC 2407, 4.5; RFC 4868, 4 */
static const struct pair esp_auths[] = {
    {1, L2S_ESP_HMAC_MD5_96},     {2, L2S_ESP_HMAC_SHA1_96},    {5, L2S_ESP_HMAC_SHA256_128},
    {6, L2S_ESP_HMAC_SHA384_192}, {7, L2S_ESP_HMAC_SHA512_256},
};

static uint8_t id_of(const struct pair *table, size_t n, uint32_t wire)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].wire == wire)
            return table[i].id;
    return 0;
}

static uint16_t wire_of(const struct pair *table, size_t n, uint8_t id)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].id == id)
            return table[i].wire;
    return 0;
}

uint8_t l2s_hash_of_ike(uint32_t wire)
{
    return id_of(hashes, L2S_COUNT_OF(hashes), wire);
}

uint16_t l2s_ike_of_hash(uint8_t id)
{
    return wire_of(hashes, L2S_COUNT_OF(hashes), id);
}

uint8_t l2s_cipher_of_ike(uint32_t wire)
{
    return id_of(ciphers, L2S_COUNT_OF(ciphers), wire);
}

uint16_t l2s_ike_of_cipher(uint8_t id)
{
    return wire_of(ciphers, L2S_COUNT_OF(ciphers), id);
}

uint8_t l2s_group_of_ike(uint32_t wire)
{
    return id_of(groups, L2S_COUNT_OF(groups), wire);
}

uint16_t l2s_ike_of_group(uint8_t id)
{
    return wire_of(groups, L2S_COUNT_OF(groups), id);
}

uint8_t l2s_method_of_ike(uint32_t wire)
{
    uint8_t id = 0;

    while (id < L2S_BY_COUNT && methods[id] != wire)
        id++;
    return id;
}

uint16_t l2s_ike_of_method(uint8_t id)
{
    return methods[id];
}

uint8_t l2s_esp_cipher_of_id(uint32_t wire)
{
    return id_of(esp_ciphers, L2S_COUNT_OF(esp_ciphers), wire);
}

uint16_t l2s_id_of_esp_cipher(uint8_t id)
{
    return wire_of(esp_ciphers, L2S_COUNT_OF(esp_ciphers), id);
}

uint8_t l2s_esp_auth_of_ike(uint32_t wire)
{
    return id_of(esp_auths, L2S_COUNT_OF(esp_auths), wire);
}

uint16_t l2s_ike_of_esp_auth(uint8_t id)
{
    return wire_of(esp_auths, L2S_COUNT_OF(esp_auths), id);
}

/* ---- attributes ---- */

enum { F_LIFE_TYPE = L2S_F_COUNT, F_LIFE };

static const struct pair phase1_fields[] = {
    {L2S_A1_CIPHER, L2S_F_CIPHER}, {L2S_A1_HASH, L2S_F_HASH},         {L2S_A1_METHOD, L2S_F_METHOD},
    {L2S_A1_GROUP, L2S_F_GROUP},   {L2S_A1_KEY_BITS, L2S_F_KEY_BITS}, {L2S_A1_LIFE_TYPE, F_LIFE_TYPE},
    {L2S_A1_LIFE, F_LIFE},
};

static const struct pair phase2_fields[] = {
    {L2S_A2_AUTH, L2S_F_HASH},         {L2S_A2_GROUP, L2S_F_GROUP},     {L2S_A2_MODE, L2S_F_MODE},
    {L2S_A2_KEY_BITS, L2S_F_KEY_BITS}, {L2S_A2_LIFE_TYPE, F_LIFE_TYPE}, {L2S_A2_LIFE, F_LIFE},
};

static const struct pair *field_of(enum l2s_phase phase, uint16_t type)
{
    const struct pair *table = phase == L2S_PHASE1 ? phase1_fields : phase2_fields;
    size_t n = phase == L2S_PHASE1 ? L2S_COUNT_OF(phase1_fields) : L2S_COUNT_OF(phase2_fields);

    for (size_t i = 0; i < n; i++)
        if (table[i].wire == type)
            return &table[i];
    return NULL;
}

/* A duration counts in what the type before it said (RFC 2407, 4.5). Lifetimes never make a transform unacceptable. */
static void note_life(struct l2s_transform *out, uint64_t type, uint64_t value)
{
    uint64_t *life = type == L2S_LIFE_SECONDS ? &out->life_s : type == L2S_LIFE_KILOBYTES ? &out->life_kb : NULL;

    if (life && value && (*life == 0 || value < *life))
        *life = value;
}

static void note_field(struct l2s_transform *out, uint8_t field, const struct l2s_attr *a)
{
    uint32_t v = a->value > UINT32_MAX ? UINT32_MAX : (uint32_t)a->value;

    if (out->has[field] && out->v[field] != v)
        out->odd = true; /* RFC 2407, 4.5.2: conflicting attributes */
    out->has[field] = true;
    out->v[field] = v;
}

static int read_attrs(enum l2s_phase phase, struct l2s_transform *out)
{
    struct l2s_rd list = out->attrs;
    struct l2s_attr a;
    uint64_t life_type = 0;
    int rc;

    while ((rc = l2s_attr_next(&list, &a)) == 1) {
        const struct pair *f = field_of(phase, a.type);
        if (!f)
            out->odd = true;
        else if (f->id == F_LIFE_TYPE)
            life_type = a.value;
        else if (f->id == F_LIFE)
            note_life(out, life_type, a.value);
        else
            note_field(out, f->id, &a);
    }
    return rc;
}

/* ---- the walk ---- */

/* One proposal's fixed fields; p->body is left at its transforms. */
static int read_proposal(struct l2s_transforms *t, struct l2s_payload *p, unsigned *n)
{
    uint8_t spi_len;

    if (p->type != L2S_PT_PROPOSAL)
        return L2TPSEC_EPROTO;
    t->proposal_no = l2s_rd_u8(&p->body);
    t->protocol = l2s_rd_u8(&p->body);
    spi_len = l2s_rd_u8(&p->body);
    *n = l2s_rd_u8(&p->body);
    t->spi = l2s_rd_sub(&p->body, spi_len);
    return p->body.bad ? L2TPSEC_EPROTO : L2TPSEC_OK;
}

/* Proposals of one number belong together: all of them or none (RFC 2408, 4.2). */
static int find_bundles(struct l2s_transforms *t)
{
    struct l2s_rd chain = t->proposals;
    uint8_t next = L2S_PT_PROPOSAL;
    struct l2s_payload p;
    unsigned n;
    int rc;

    while ((rc = l2s_payload_next(&chain, &next, &p)) == 1) {
        rc = read_proposal(t, &p, &n);
        if (rc != L2TPSEC_OK)
            return rc;
        uint16_t *first = &t->first_of[t->proposal_no];
        if (*first && *first != t->protocol + 1)
            t->mixed[t->proposal_no] = true;
        *first = (uint16_t)(t->protocol + 1);
    }
    return rc == 0 && l2s_rd_done(&chain) ? L2TPSEC_OK : L2TPSEC_EPROTO;
}

int l2s_transforms_begin(struct l2s_transforms *t, enum l2s_phase phase, struct l2s_rd body)
{
    uint32_t doi, situation;

    memset(t, 0, sizeof *t);
    doi = l2s_rd_u32(&body);
    if (body.bad)
        return L2TPSEC_EPROTO;
    if (doi != L2S_DOI_IPSEC)
        return L2TPSEC_EUNSUP;
    situation = l2s_rd_u32(&body);
    if (body.bad)
        return L2TPSEC_EPROTO;
    if (situation != L2S_SIT_IDENTITY_ONLY) /* the others bring labels with them, and RFC 2407, 4.2 leaves us free */
        return L2TPSEC_EUNSUP;
    t->phase = phase;
    t->proposals = body;
    t->budget = L2S_TRANSFORMS_MAX;
    t->next_proposal = L2S_PT_PROPOSAL;
    t->next_transform = L2S_PT_NONE;
    return find_bundles(t);
}

/* 1: at a proposal's first transform; 0: none is left. */
static int next_proposal(struct l2s_transforms *t)
{
    struct l2s_payload p;
    int rc = l2s_payload_next(&t->proposals, &t->next_proposal, &p);

    if (rc != 1)
        return rc;
    (void)read_proposal(t, &p, &t->left); /* find_bundles has looked at all of them */
    t->transforms = p.body;
    t->next_transform = t->left ? L2S_PT_TRANSFORM : L2S_PT_NONE;
    return 1;
}

/* 1: *out has its body; 0: the proposal is over, as it should be. */
static int next_transform(struct l2s_transforms *t, struct l2s_payload *out)
{
    int rc = l2s_payload_next(&t->transforms, &t->next_transform, out);

    if (rc == 0)
        return t->left == 0 && l2s_rd_done(&t->transforms) ? 0 : L2TPSEC_EPROTO;
    if (rc < 0 || out->type != L2S_PT_TRANSFORM || t->left == 0)
        return L2TPSEC_EPROTO;
    t->left--;
    return 1;
}

int l2s_transforms_next(struct l2s_transforms *t, struct l2s_transform *out)
{
    struct l2s_payload p;
    int rc;

    if (t->budget == 0)
        return 0;
    while ((rc = next_transform(t, &p)) == 0) {
        rc = next_proposal(t);
        if (rc != 1)
            return rc;
    }
    if (rc < 0)
        return rc;
    t->budget--;

    memset(out, 0, sizeof *out);
    out->proposal_no = t->proposal_no;
    out->protocol = t->protocol;
    out->spi = t->spi;
    out->bundled = t->mixed[t->proposal_no];
    out->no = l2s_rd_u8(&p.body);
    out->id = l2s_rd_u8(&p.body);
    l2s_rd_skip(&p.body, 2); /* reserved */
    out->attrs = p.body;
    if (p.body.bad)
        return L2TPSEC_EPROTO;
    rc = read_attrs(t->phase, out);
    return rc < 0 ? rc : 1;
}
