/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/setting_words.h"

#include "base/errors.h"
#include "core/text.h"
#include "ike/common/id.h"
#include "ike/common/vendor.h"

#include <stdlib.h>
#include <string.h>

/* ---- words of a closed list ------------------------------------------------------------------------------------- */

/* The next one between commas and blanks. */
static bool next_word(const char **at, struct l2s_word *out)
{
    const char *p = *at + strspn(*at, ", ");

    out->text = p;
    out->len = strcspn(p, ", ");
    *at = p + out->len;
    return out->len > 0;
}

static bool word_is(const struct l2s_word *w, const char *text)
{
    return strlen(text) == w->len && memcmp(w->text, text, w->len) == 0;
}

struct keyword {
    const char *word;
    uint64_t bits;
};

/* What the host or the build cannot do, of what these bits ask for. */
typedef int refusal_fn(const struct l2s_profile *p, uint64_t bits);

/* The bits of all words. A word for none (0) stands alone. */
static int read_words(const struct l2s_profile *p, const char *value, const struct keyword *list, size_t n,
                      refusal_fn *refusal, uint64_t *out, struct l2s_word *bad)
{
    uint64_t bits = 0;
    unsigned words = 0;

    for (struct l2s_word w; next_word(&value, &w); words++) {
        size_t i = 0;
        while (i < n && !word_is(&w, list[i].word))
            i++;
        int rc = i == n ? L2TPSEC_EINVAL : refusal ? refusal(p, list[i].bits) : L2TPSEC_OK;
        if (rc != L2TPSEC_OK) {
            *bad = w;
            return rc;
        }
        bits |= list[i].bits;
    }
    if (!words || (bits == 0 && words != 1))
        return L2TPSEC_EINVAL;
    *out = bits;
    return L2TPSEC_OK;
}

/* One word of a list: its place; n: it is none of them. */
static unsigned choose(const char *value, const char *const *list, unsigned n)
{
    unsigned i = 0;

    while (i < n && !(list[i] && strcmp(value, list[i]) == 0))
        i++;
    return i;
}

/* ---- IKE and ESP ------------------------------------------------------------------------------------------------ */

int l2s_store_preset(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    (void)bad;
    if (l2s_policy_preset(value, &p->ike.ike, &p->ike.esp) != L2TPSEC_OK)
        return L2TPSEC_EINVAL;
    p->ike.weak_certificates = p->ppp.weak_certificates = strcmp(value, "legacy") == 0;
    return L2TPSEC_OK;
}

int l2s_store_ike_proposals(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    return l2s_ike_policy_parse(value, &p->ike.ike, &bad->text, &bad->len);
}

int l2s_store_esp_proposals(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    return l2s_esp_policy_parse(value, &p->ike.esp, &bad->text, &bad->len);
}

int l2s_store_encap(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    static const char *const words[] = {
        [L2S_ENCAP_AUTO] = "auto", [L2S_ENCAP_ALWAYS] = "always", [L2S_ENCAP_NEVER] = "never"};
    unsigned i = choose(value, words, L2S_COUNT_OF(words));

    (void)bad;
    if (i == L2S_COUNT_OF(words))
        return L2TPSEC_EINVAL;
    p->ike.encap = (enum l2s_encap)i;
    return L2TPSEC_OK;
}

int l2s_store_sha256_96(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    static const char *const words[] = {
        [L2S_ESP_CUT_NEVER] = "never", [L2S_ESP_CUT_LEARN] = "auto", [L2S_ESP_CUT_ALWAYS] = "always"};
    unsigned i = choose(value, words, L2S_COUNT_OF(words));

    (void)bad;
    if (i == L2S_COUNT_OF(words))
        return L2TPSEC_EINVAL;
    p->sha256_96 = (enum l2s_esp_cut)i;
    return L2TPSEC_OK;
}

int l2s_store_mode(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    static const char *const words[] = {"main", "aggressive"};
    unsigned i = choose(value, words, L2S_COUNT_OF(words));

    (void)bad;
    if (i == L2S_COUNT_OF(words))
        return L2TPSEC_EINVAL;
    p->ike.aggressive = i == 1;
    return L2TPSEC_OK;
}

int l2s_store_vendor_ids(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    static const struct keyword ids[] = {
        {"rfc3947", L2S_VID_NATT_RFC3947},        {"drafts", L2S_VIDS_DRAFTS}, {"dpd", L2S_VID_DPD},
        {"fragmentation", L2S_VID_FRAGMENTATION}, {"name", L2S_VID_OURS},      {"none", 0}};
    uint64_t told;
    int rc = read_words(p, value, ids, L2S_COUNT_OF(ids), NULL, &told, bad);

    if (rc == L2TPSEC_OK)
        p->ike.untold = ~told;
    return rc;
}

static int refuse_ike_auth(const struct l2s_profile *p, uint64_t method)
{
    if (method == L2S_IKE_AUTH_PSK)
        return L2TPSEC_OK;
    if (!L2S_WITH_CERTIFICATES)
        return L2TPSEC_EUNSUP;
    return p->clock_missing ? L2TPSEC_ESTATE : L2TPSEC_OK;
}

/* A server accepts all that are named; a client offers the first. */
int l2s_store_ike_auth(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    static const struct keyword methods[] = {{"psk", L2S_IKE_AUTH_PSK}, {"cert", L2S_IKE_AUTH_CERT}};
    uint64_t all;
    struct l2s_word first;
    int rc = read_words(p, value, methods, L2S_COUNT_OF(methods), refuse_ike_auth, &all, bad);

    if (rc != L2TPSEC_OK)
        return rc;
    (void)next_word(&value, &first);
    p->ike_auth = (uint8_t)all;
    p->ike_auth_first = word_is(&first, "psk") ? L2S_IKE_AUTH_PSK : L2S_IKE_AUTH_CERT;
    return L2TPSEC_OK;
}

static int store_id(struct l2s_ike_id *out, const char *value)
{
    struct l2s_ike_id id;

    memset(&id, 0, sizeof id);
    size_t len = 0;
    if (*value && l2s_id_parse(value, &id.type, id.data, &len) != L2TPSEC_OK)
        return L2TPSEC_EINVAL;
    id.len = (uint16_t)len;
    *out = id;
    return L2TPSEC_OK;
}

int l2s_store_local_id(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    (void)bad;
    return store_id(&p->ike.local_id, value);
}

int l2s_store_peer_id(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    (void)bad;
    return store_id(&p->ike.remote_id, value);
}

/* ---- PPP -------------------------------------------------------------------------------------------------------- */

static int refuse_ppp_auth(const struct l2s_profile *p, uint64_t method)
{
    if (method & L2S_AUTH_EAP_TLS) {
        if (!p->ppp_papers.crypto->ops->tls_new)
            return L2TPSEC_EUNSUP;
        return p->clock_missing ? L2TPSEC_ESTATE : L2TPSEC_OK;
    }
    return method == L2S_AUTH_PAP && !L2S_WITH_LEGACY_PAP ? L2TPSEC_EUNSUP : L2TPSEC_OK;
}

int l2s_store_ppp_auth(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    static const struct keyword methods[] = {{"mschapv2", L2S_AUTH_MSCHAPV2},
                                             {"eap-mschapv2", L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2},
                                             {"eap-tls", L2S_AUTH_EAP | L2S_AUTH_EAP_TLS},
                                             {"chap", L2S_AUTH_CHAP_MD5},
                                             {"eap-md5", L2S_AUTH_EAP | L2S_AUTH_EAP_MD5},
                                             {"pap", L2S_AUTH_PAP},
                                             {"none", 0}};
    uint64_t auth;
    int rc = read_words(p, value, methods, L2S_COUNT_OF(methods), refuse_ppp_auth, &auth, bad);

    if (rc == L2TPSEC_OK)
        p->ppp.auth = (uint32_t)auth;
    return rc;
}

/* Words of ppp.mppe that say whether; the others say how. */
#define MPPE_NEVER (UINT64_C(1) << 32)
#define MPPE_ALLOW (UINT64_C(1) << 33)
#define MPPE_REQUIRE (UINT64_C(1) << 34)
#define MPPE_WHETHER (MPPE_NEVER | MPPE_ALLOW | MPPE_REQUIRE)

static int refuse_mppe(const struct l2s_profile *p, uint64_t bits)
{
    (void)p;
    return bits == MPPE_NEVER || L2S_WITH_LEGACY_RC4 ? L2TPSEC_OK : L2TPSEC_EUNSUP;
}

/* "never", or "allow" or "require" with strengths; without one 128 bits are meant. */
int l2s_store_mppe(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    static const struct keyword words[] = {
        {"never", MPPE_NEVER},          {"allow", MPPE_ALLOW}, {"require", MPPE_REQUIRE | L2S_MPPE_REQUIRED},
        {"128", L2S_MPPE_128},          {"56", L2S_MPPE_56},   {"40", L2S_MPPE_40},
        {"stateful", L2S_MPPE_STATEFUL}};
    uint64_t bits;
    int rc = read_words(p, value, words, L2S_COUNT_OF(words), refuse_mppe, &bits, bad);

    if (rc != L2TPSEC_OK)
        return rc;
    uint64_t whether = bits & MPPE_WHETHER;
    uint32_t how = (uint32_t)(bits & ~MPPE_WHETHER);
    if (whether != MPPE_NEVER && whether != MPPE_ALLOW && whether != MPPE_REQUIRE)
        return L2TPSEC_EINVAL;
    if (whether == MPPE_NEVER && how)
        return L2TPSEC_EINVAL;
    p->ppp.mppe = whether == MPPE_NEVER || how & L2S_MPPE_STRENGTHS ? how : how | L2S_MPPE_128;
    return L2TPSEC_OK;
}

/* ---- the server's addresses ------------------------------------------------------------------------------------- */

int l2s_store_address(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    (void)bad;
    return l2s_text_ipv4(value, strlen(value), p->address) ? L2TPSEC_OK : L2TPSEC_EINVAL;
}

int l2s_store_pool(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    const char *slash = strchr(value, '/');
    uint8_t first[4];
    char *end;

    (void)bad;
    if (!slash || !l2s_text_ipv4(value, (size_t)(slash - value), first) || slash[1] < '0' || slash[1] > '9')
        return L2TPSEC_EINVAL;
    unsigned long len = strtoul(slash + 1, &end, 10);
    if (*end || len < 8 || len > 30)
        return L2TPSEC_EINVAL;
    uint32_t mask = 0xffffffffu << (32 - len);
    uint32_t base = ((uint32_t)first[0] << 24 | (uint32_t)first[1] << 16 | (uint32_t)first[2] << 8 | first[3]) & mask;
    l2s_put32(p->pool, base);
    p->pool_len = (uint8_t)len;
    return L2TPSEC_OK;
}

int l2s_store_pool6(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    const char *slash = strchr(value, '/');
    uint8_t type, first[L2S_ID_DATA_MAX];
    char text[64], *end;
    size_t n = 0;

    (void)bad;
    if (!*value) {
        p->pool6_len = 0;
        return L2TPSEC_OK;
    }
    if (!slash || (size_t)(slash - value) >= sizeof text || slash[1] < '0' || slash[1] > '9')
        return L2TPSEC_EINVAL;
    memcpy(text, value, (size_t)(slash - value));
    text[slash - value] = 0;
    unsigned long len = strtoul(slash + 1, &end, 10);
    if (*end || len < 16 || len > 64 || l2s_id_parse(text, &type, first, &n) != L2TPSEC_OK || n != 16)
        return L2TPSEC_EINVAL;
    memcpy(p->pool6, first, 8);
    p->pool6_len = (uint8_t)len;
    return L2TPSEC_OK;
}

int l2s_store_dns(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    uint8_t dns[2][4] = {{0}};
    unsigned n = 0;
    struct l2s_word w;

    while (next_word(&value, &w)) {
        if (n == 2 || !l2s_text_ipv4(w.text, w.len, dns[n])) {
            *bad = w;
            return L2TPSEC_EINVAL;
        }
        n++;
    }
    memcpy(p->dns, dns, sizeof dns);
    return L2TPSEC_OK;
}

int l2s_store_routes(struct l2s_profile *p, const char *value, struct l2s_word *bad)
{
    struct l2s_dhcp_route routes[L2S_DHCP_ROUTES] = {{.len = 0}};
    uint32_t n = 0;
    struct l2s_word w;

    while (next_word(&value, &w)) {
        uint8_t net[4], len;
        *bad = w;
        if (n == L2S_DHCP_ROUTES || !l2s_text_prefix(w.text, w.len, net, &len))
            return L2TPSEC_EINVAL;
        memcpy(routes[n].net, net, 4);
        routes[n++].len = len;
    }
    memcpy(p->routes, routes, sizeof routes);
    p->n_routes = n;
    return L2TPSEC_OK;
}
