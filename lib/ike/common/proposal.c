/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/common/proposal.h"

#include "base/errors.h"
#include "base/text.h"
#include "ike/common/words.h"

#include <string.h>

/* ---- text to policy ---- */

struct span {
    const char *at;
    size_t n;
};

/* The words of one proposal, by kind. */
#define WORDS_OF_A_KIND 12

struct listed {
    const struct l2s_word *w[WORDS_OF_A_KIND];
    size_t n;
};

struct parsed {
    struct span text; /* the proposal as written: to be named when it lacks something */
    struct listed ciphers, hashes, groups;
};

struct parser {
    struct l2s_ike_policy *ike; /* one of the two: where the proposals go */
    struct l2s_esp_policy *esp;
    bool lenient; /* a preset: leave out the proposals that name what is not built in */
    struct span wrong;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span trimmed(const char *at, size_t n)
{
    while (n && blank(*at)) {
        at++;
        n--;
    }
    while (n && blank(at[n - 1]))
        n--;
    return (struct span){at, n};
}

static int fail(struct parser *ps, struct span at, int rc)
{
    ps->wrong = at;
    return rc;
}

static int note_word(struct parser *ps, struct parsed *p, struct span at)
{
    const struct l2s_word *w = l2s_word_find(at.at, at.n);

    if (!w || (!ps->esp && !w->ike))
        return fail(ps, at, L2TPSEC_EINVAL);
    if (!w->built_in)
        return fail(ps, at, L2TPSEC_EUNSUP);
    struct listed *l = w->kind == L2S_WORD_HASH ? &p->hashes : w->kind == L2S_WORD_GROUP ? &p->groups : &p->ciphers;
    if (l->n == WORDS_OF_A_KIND)
        return fail(ps, at, L2TPSEC_EINVAL);
    l->w[l->n++] = w;
    return L2TPSEC_OK;
}

/* Split one proposal into words, and see that none is missing. */
static int split(struct parser *ps, struct span text, struct parsed *p)
{
    memset(p, 0, sizeof *p);
    p->text = text;
    for (size_t from = 0; from <= text.n;) {
        const char *dash = memchr(text.at + from, '-', text.n - from);
        size_t to = dash ? (size_t)(dash - text.at) : text.n;
        int rc = note_word(ps, p, (struct span){text.at + from, to - from});
        if (rc != L2TPSEC_OK)
            return rc;
        from = to + 1;
    }

    bool plain = !ps->esp;
    for (size_t i = 0; i < p->ciphers.n; i++)
        plain = plain || p->ciphers.w[i]->kind == L2S_WORD_CIPHER;
    if (p->ciphers.n == 0 || (plain && p->hashes.n == 0) || (!ps->esp && p->groups.n == 0))
        return fail(ps, text, L2TPSEC_EINVAL);
    return L2TPSEC_OK;
}

static bool ike_has(const struct l2s_ike_policy *out, const struct l2s_ike_proposal *p)
{
    for (size_t i = 0; i < out->n; i++)
        if (memcmp(&out->p[i], p, sizeof *p) == 0)
            return true;
    return false;
}

static int add_ike(struct l2s_ike_policy *out, const struct l2s_word *c, const struct l2s_word *h,
                   const struct l2s_word *g)
{
    struct l2s_ike_proposal p;

    memset(&p, 0, sizeof p);
    p.cipher = c->ike;
    p.key_len = c->key_len;
    p.hash = h->ike;
    p.group = g->ike;
    if (ike_has(out, &p))
        return L2TPSEC_OK;
    if (out->n == L2S_PROPOSALS_MAX)
        return L2TPSEC_ERANGE;
    out->p[out->n++] = p;
    return L2TPSEC_OK;
}

static bool esp_equal(const struct l2s_esp_proposal *a, const struct l2s_esp_proposal *b)
{
    return a->suite.cipher == b->suite.cipher && a->suite.auth == b->suite.auth &&
           a->suite.key_len == b->suite.key_len && a->group == b->group;
}

/* h and g may be NULL. */
static int add_esp(struct l2s_esp_policy *out, const struct l2s_word *c, const struct l2s_word *h,
                   const struct l2s_word *g)
{
    struct l2s_esp_proposal p;

    memset(&p, 0, sizeof p);
    p.suite.cipher = c->esp;
    p.suite.key_len = c->key_len;
    p.suite.auth = h && c->kind == L2S_WORD_CIPHER ? h->esp : L2S_ESP_AUTH_NONE;
    p.group = g ? g->esp : L2S_GROUP_NONE;
    for (size_t i = 0; i < out->n; i++)
        if (esp_equal(&out->p[i], &p))
            return L2TPSEC_OK;
    if (out->n == L2S_PROPOSALS_MAX)
        return L2TPSEC_ERANGE;
    out->p[out->n++] = p;
    return L2TPSEC_OK;
}

/* Words of a kind multiply out, the first ones first. Kinds that may lack count as one empty word. */
static int multiply(struct parser *ps, const struct parsed *p)
{
    size_t hashes = p->hashes.n ? p->hashes.n : 1, groups = p->groups.n ? p->groups.n : 1;

    for (size_t i = 0; i < p->ciphers.n * hashes * groups; i++) {
        const struct l2s_word *c = p->ciphers.w[i / groups / hashes];
        const struct l2s_word *h = p->hashes.w[i / groups % hashes];
        const struct l2s_word *g = p->groups.w[i % groups];
        int rc = ps->esp ? add_esp(ps->esp, c, h, g) : add_ike(ps->ike, c, h, g);
        if (rc != L2TPSEC_OK)
            return fail(ps, p->text, rc);
    }
    return L2TPSEC_OK;
}

static int parse(struct parser *ps, const char *text)
{
    struct span all = trimmed(text, strlen(text));
    struct parsed p;

    if (all.n && all.at[all.n - 1] == '!')
        all = trimmed(all.at, all.n - 1);
    for (size_t from = 0; from <= all.n;) {
        const char *comma = memchr(all.at + from, ',', all.n - from);
        size_t to = comma ? (size_t)(comma - all.at) : all.n;
        int rc = split(ps, trimmed(all.at + from, to - from), &p);
        if (rc == L2TPSEC_OK)
            rc = multiply(ps, &p);
        if (rc != L2TPSEC_OK && !(rc == L2TPSEC_EUNSUP && ps->lenient))
            return rc;
        from = to + 1;
    }
    return L2TPSEC_OK;
}

static int report(const struct parser *ps, int rc, const char **error, size_t *error_len)
{
    if (error)
        *error = ps->wrong.at;
    if (error_len)
        *error_len = ps->wrong.n;
    return rc;
}

int l2s_ike_policy_parse(const char *text, struct l2s_ike_policy *out, const char **error, size_t *error_len)
{
    struct l2s_ike_policy p;
    struct parser ps = {.ike = &p};

    memset(&p, 0, sizeof p);
    int rc = parse(&ps, text);
    if (rc != L2TPSEC_OK)
        return report(&ps, rc, error, error_len);
    *out = p;
    return L2TPSEC_OK;
}

int l2s_esp_policy_parse(const char *text, struct l2s_esp_policy *out, const char **error, size_t *error_len)
{
    struct l2s_esp_policy p;
    struct parser ps = {.esp = &p};

    memset(&p, 0, sizeof p);
    int rc = parse(&ps, text);
    if (rc != L2TPSEC_OK)
        return report(&ps, rc, error, error_len);
    *out = p;
    return L2TPSEC_OK;
}

/* ---- presets ---- */

/* Each takes in the one before it; what is said twice counts once. The order matters to us as a client only: as a server
 * the peer's order counts. What stands among the first ten (L2S_OFFER_MAX) makes the first offer, so it must suit
 * strongSwan, libreswan, Windows (SHA-1 with ECP-384, ECP-256 or MODP-2048) and the routers; MODP-2048 comes first, since it
 * is what some servers look for in the first transform. Peers for whom one asks for `legacy` by name find their own in the
 * first offer too, behind what is stronger. */
#define MODERN_IKE                                                                                                     \
    "aes256-sha256-modp2048,aes128-sha256-x25519,aes256-sha256-ecp256,aes128-sha256-ecp256,aes256-sha384-ecp384,"      \
    "aes256-sha512-ecp521,aes128-sha256-modp2048,aes256-sha384-modp2048,aes256-sha512-modp2048,"                       \
    "aes128-sha256-modp3072,aes256-sha256-x25519,aes256-sha512-x25519,aes256-sha384-ecp256,aes256-sha256-ecp384,"      \
    "aes128-sha256-ecp384,aes256-sha256-modp3072,aes256-sha384-modp3072,aes256-sha512-modp3072,"                       \
    "aes128-sha256-modp4096,aes256-sha256-modp4096,aes256-sha384-modp4096,aes256-sha512-modp4096,"                     \
    "aes256-sha512-modp6144,aes256-sha512-modp8192"
#define MODERN_ESP                                                                                                     \
    "aes256gcm16,aes128gcm16,aes256-sha256,aes128-sha256,aes256-sha512,aes256-sha384,aes128-sha512,aes128-sha384,"     \
    "aes192gcm16,aes192-sha256"

#define COMPATIBLE_IKE                                                                                                 \
    "aes256-sha256-modp2048,aes256-sha1-modp2048,aes128-sha256-modp2048,aes128-sha1-modp2048,aes256-sha1-ecp384,"      \
    "aes128-sha1-ecp256,aes256-sha256-ecp256,aes128-sha256-x25519,aes256-sha384-ecp384,aes128-sha256-"                 \
    "modp3072," MODERN_IKE ",aes128-sha384-modp2048,aes128-sha384-ecp384,aes256-sha1-ecp256,aes256-sha1-modp3072,"     \
    "aes128-sha1-modp3072,aes256-sha1-modp4096,aes192-sha256-modp2048,aes192-sha1-modp2048"
#define COMPATIBLE_ESP                                                                                                 \
    "aes256gcm16,aes128gcm16,aes256-sha256,aes128-sha256,aes256-sha1,aes128-sha1," MODERN_ESP ",aes192-sha1"

#define LEGACY_IKE                                                                                                     \
    "aes256-sha256-modp2048,aes256-sha1-modp2048,aes128-sha1-modp2048,3des-sha1-modp2048,aes256-sha1-modp1536,"        \
    "3des-sha1-modp1536,aes256-sha1-modp1024,aes128-sha1-modp1024,3des-sha1-modp1024,3des-md5-"                        \
    "modp1024," COMPATIBLE_IKE ",aes256-md5-modp2048,3des-md5-modp2048,aes256-sha256-modp1536,aes128-sha1-modp1536,"   \
    "3des-md5-modp1536,aes256-sha384-modp1024,aes256-sha512-modp1024,aes256-sha256-modp1024,aes256-md5-modp1024,"      \
    "aes128-sha256-modp1024,aes128-md5-modp1024,3des-sha256-modp1024"
#define LEGACY_ESP COMPATIBLE_ESP ",3des-sha1,3des-sha256,3des-md5,aes256-md5,aes128-md5"

/* KEYMAT is made of SKEYID_d, too (RFC 2409, 5.5): a weak group in phase 2 takes nothing from what the one of phase 1 gives, and who
 * would do without PFS loses nothing by it. RouterOS asks for MODP-1024 unless it is told otherwise. */
#define WEAK_PFS (UINT32_C(1) << L2S_MODP1024 | UINT32_C(1) << L2S_MODP1536)

static const struct preset {
    const char *name, *ike, *esp;
    uint32_t pfs;
} presets[] = {
    {"modern", MODERN_IKE, MODERN_ESP, 0},
    {"compatible", COMPATIBLE_IKE, COMPATIBLE_ESP, WEAK_PFS},
    {"legacy", LEGACY_IKE, LEGACY_ESP, WEAK_PFS},
};

int l2s_policy_preset(const char *name, struct l2s_ike_policy *ike, struct l2s_esp_policy *esp)
{
    for (size_t i = 0; i < L2S_COUNT_OF(presets); i++) {
        struct parser first = {.ike = ike, .lenient = true}, second = {.esp = esp, .lenient = true};
        if (strcmp(presets[i].name, name) != 0)
            continue;
        memset(ike, 0, sizeof *ike);
        memset(esp, 0, sizeof *esp);
        ike->pfs = presets[i].pfs;
        int rc = parse(&first, presets[i].ike);
        return rc == L2TPSEC_OK ? parse(&second, presets[i].esp) : rc;
    }
    return L2TPSEC_ENOENT;
}

/* ---- judging ---- */

void l2s_ike_policy_fit(struct l2s_ike_policy *p, const struct l2s_crypto *c)
{
    uint16_t kept = 0;

    for (size_t i = 0; i < p->n; i++)
        if (c->ops->has_cipher(c, p->p[i].cipher, p->p[i].key_len) && c->ops->has_hash(c, p->p[i].hash) &&
            c->ops->has_group(c, p->p[i].group))
            p->p[kept++] = p->p[i];
    p->n = kept;
    for (unsigned group = 1; group < L2S_GROUP_COUNT; group++)
        if (!c->ops->has_group(c, (enum l2s_group_id)group))
            p->pfs &= ~(UINT32_C(1) << group);
}

void l2s_esp_policy_fit(struct l2s_esp_policy *p, const struct l2s_crypto *c)
{
    uint16_t kept = 0;

    for (size_t i = 0; i < p->n; i++)
        if (c->ops->has_esp(c, &p->p[i].suite) &&
            (p->p[i].group == L2S_GROUP_NONE || c->ops->has_group(c, p->p[i].group)))
            p->p[kept++] = p->p[i];
    p->n = kept;
}

static bool legacy_group(uint8_t group)
{
    return group == L2S_MODP1024 || group == L2S_MODP1536;
}

bool l2s_ike_proposal_legacy(const struct l2s_ike_proposal *p)
{
    return p->cipher == L2S_DES3_CBC || p->hash == L2S_MD5 || legacy_group(p->group);
}

bool l2s_esp_proposal_legacy(const struct l2s_esp_proposal *p)
{
    return p->suite.cipher == L2S_ESP_DES3_CBC || p->suite.auth == L2S_ESP_HMAC_MD5_96 || legacy_group(p->group);
}

/* ---- policy to text ---- */

static void put_word(struct l2s_text *t, bool *first, const char *word)
{
    if (!word)
        return;
    if (!*first)
        l2s_text_char(t, '-');
    l2s_text_put(t, word);
    *first = false;
}

static void put_ike(struct l2s_text *t, const struct l2s_ike_proposal *p)
{
    bool first = true;

    put_word(t, &first, l2s_word_for(L2S_WORD_CIPHER, false, p->cipher, p->key_len));
    put_word(t, &first, l2s_word_for(L2S_WORD_HASH, false, p->hash, 0));
    put_word(t, &first, l2s_word_for(L2S_WORD_GROUP, false, p->group, 0));
}

static void put_esp(struct l2s_text *t, const struct l2s_esp_proposal *p)
{
    bool first = true;
    bool aead = p->suite.cipher == L2S_ESP_AES_GCM16;

    put_word(t, &first, l2s_word_for(aead ? L2S_WORD_AEAD : L2S_WORD_CIPHER, true, p->suite.cipher, p->suite.key_len));
    if (!aead)
        put_word(t, &first, l2s_word_for(L2S_WORD_HASH, true, p->suite.auth, 0));
    if (p->group != L2S_GROUP_NONE)
        put_word(t, &first, l2s_word_for(L2S_WORD_GROUP, true, p->group, 0));
}

size_t l2s_ike_policy_text(const struct l2s_ike_policy *p, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);

    for (size_t i = 0; i < p->n; i++) {
        if (i)
            l2s_text_char(&t, ',');
        put_ike(&t, &p->p[i]);
    }
    return t.len;
}

size_t l2s_esp_policy_text(const struct l2s_esp_policy *p, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);

    for (size_t i = 0; i < p->n; i++) {
        if (i)
            l2s_text_char(&t, ',');
        put_esp(&t, &p->p[i]);
    }
    return t.len;
}

size_t l2s_ike_proposal_text(const struct l2s_ike_proposal *p, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);

    put_ike(&t, p);
    return t.len;
}

size_t l2s_esp_proposal_text(const struct l2s_esp_proposal *p, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);

    put_esp(&t, p);
    return t.len;
}
