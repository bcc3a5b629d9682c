/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The table of SAs. */
#include "esp/sa.h"

#include "wire/wr.h"

#define SPI_MIN 256u /* 1..255 are reserved (RFC 4303, 2.1) */
#define SPI_TRIES 16u

/* An SPI promised to an exchange that is under way. */
struct reservation {
    struct l2s_hnode node;
    uint32_t spi;
};

int l2s_esp_new(struct l2s_sys *sys, struct l2s_crypto *crypto, struct l2s_esp **out)
{
    uint8_t key[16];

    if (l2s_random(sys, key, sizeof key) != 0)
        return L2TPSEC_ERANDOM;
    struct l2s_esp *e = l2s_mem_new(&sys->mem, sizeof *e);
    if (!e)
        return L2TPSEC_ENOMEM;
    e->sys = sys;
    e->crypto = crypto;
    l2s_hash_init(&e->sas, &sys->mem, key);
    l2s_hash_init(&e->reserved, &sys->mem, key);
    *out = e;
    return L2TPSEC_OK;
}

struct l2s_esp_sa *l2s_esp_find(struct l2s_esp *e, uint32_t spi)
{
    for (struct l2s_hnode *n = l2s_hash_first(&e->sas, l2s_hash_ours(spi)); n; n = l2s_hash_next(n)) {
        struct l2s_esp_sa *sa = L2S_CONTAINER(n, struct l2s_esp_sa, node);
        if (sa->spi_in == spi)
            return sa;
    }
    return NULL;
}

static struct reservation *reservation(struct l2s_esp *e, uint32_t spi)
{
    for (struct l2s_hnode *n = l2s_hash_first(&e->reserved, l2s_hash_ours(spi)); n; n = l2s_hash_next(n)) {
        struct reservation *r = L2S_CONTAINER(n, struct reservation, node);
        if (r->spi == spi)
            return r;
    }
    return NULL;
}

uint32_t l2s_esp_spi_reserve(struct l2s_esp *e)
{
    uint32_t spi;

    for (unsigned i = 0; i < SPI_TRIES; i++) {
        if (l2s_random(e->sys, &spi, sizeof spi) != 0)
            return 0;
        spi = l2s_shard_mark_32(&e->sys->shard, spi);
        if (spi < SPI_MIN || l2s_esp_find(e, spi) || reservation(e, spi))
            continue;
        struct reservation *r = l2s_mem_new(&e->sys->mem, sizeof *r);
        if (!r)
            return 0;
        r->spi = spi;
        if (l2s_hash_add(&e->reserved, &r->node, l2s_hash_ours(spi)) == L2TPSEC_OK)
            return spi;
        l2s_mem_free(&e->sys->mem, r);
        return 0;
    }
    return 0;
}

void l2s_esp_spi_release(struct l2s_esp *e, uint32_t spi)
{
    struct reservation *r = reservation(e, spi);

    if (!r)
        return;
    l2s_hash_remove(&e->reserved, &r->node);
    l2s_mem_free(&e->sys->mem, r);
}

static void sa_free(struct l2s_esp *e, struct l2s_esp_sa *sa)
{
    if (!sa)
        return;
    e->crypto->ops->esp_key_free(e->crypto, sa->key_in);
    e->crypto->ops->esp_key_free(e->crypto, sa->key_out);
    e->crypto->ops->esp_key_free(e->crypto, sa->other.key_in);
    e->crypto->ops->esp_key_free(e->crypto, sa->other.key_out);
    l2s_mem_free(&e->sys->mem, sa->window.ring);
    l2s_mem_free(&e->sys->mem, sa);
}

void l2s_esp_remove(struct l2s_esp *e, struct l2s_esp_sa *sa)
{
    if (!sa)
        return;
    l2s_hash_remove(&e->sas, &sa->node);
    sa_free(e, sa);
}

static void free_all(struct l2s_esp *e, struct l2s_hash *h, bool sas)
{
    size_t at = 0;

    for (struct l2s_hnode *n; (n = l2s_hash_pop(h, &at)) != NULL;) {
        if (sas)
            sa_free(e, L2S_CONTAINER(n, struct l2s_esp_sa, node));
        else
            l2s_mem_free(&e->sys->mem, L2S_CONTAINER(n, struct reservation, node));
    }
    l2s_hash_fini(h);
}

void l2s_esp_free(struct l2s_esp *e)
{
    if (!e)
        return;
    free_all(e, &e->sas, true);
    free_all(e, &e->reserved, false);
    l2s_mem_free(&e->sys->mem, e);
}

static int keys_new(struct l2s_esp *e, const struct l2s_esp_params *p, const struct l2s_esp_suite *suite,
                    struct l2s_esp_key **in, struct l2s_esp_key **out)
{
    const struct l2s_crypto_ops *ops = e->crypto->ops;
    int rc = ops->esp_key_new(e->crypto, suite, p->enc_in, p->auth_in, false, in);

    return rc == L2TPSEC_OK ? ops->esp_key_new(e->crypto, suite, p->enc_out, p->auth_out, true, out) : rc;
}

/* Keys for both lengths of HMAC-SHA-256, while it is open which one the peer means. */
static int other_form(struct l2s_esp *e, struct l2s_esp_sa *sa, const struct l2s_esp_params *p)
{
    struct l2s_esp_suite suite = sa->suite;

    if (p->suite.auth != L2S_ESP_HMAC_SHA256_128 || (p->cut != L2S_ESP_CUT_LEARN && p->cut != L2S_ESP_CUT_FOUND))
        return L2TPSEC_OK;
    suite.auth = p->cut == L2S_ESP_CUT_LEARN ? L2S_ESP_HMAC_SHA256_96 : L2S_ESP_HMAC_SHA256_128;
    sa->other.auth = suite.auth;
    sa->other.icv_len = (uint8_t)l2s_esp_icv_len(&suite);
    return keys_new(e, p, &suite, &sa->other.key_in, &sa->other.key_out);
}

static int fill(struct l2s_esp *e, struct l2s_esp_sa *sa, const struct l2s_esp_params *p)
{
    bool cut = p->cut == L2S_ESP_CUT_FOUND || p->cut == L2S_ESP_CUT_ALWAYS;

    sa->spi_in = p->spi_in;
    sa->spi_out = p->spi_out;
    sa->suite = p->suite;
    if (cut && p->suite.auth == L2S_ESP_HMAC_SHA256_128)
        sa->suite.auth = L2S_ESP_HMAC_SHA256_96;
    sa->local_port = p->local_port;
    sa->remote_port = p->remote_port;
    sa->owner = p->owner;
    sa->soft_bytes = p->soft_bytes ? p->soft_bytes : UINT64_MAX;
    sa->iv_len = (uint8_t)l2s_esp_iv_len(&sa->suite);
    sa->icv_len = (uint8_t)l2s_esp_icv_len(&sa->suite);
    sa->block = (uint8_t)l2s_esp_block(&sa->suite);
    sa->window.size = p->replay_window;
    sa->window.mask = l2s_replay_words(p->replay_window) - 1;
    sa->window.ring = l2s_mem_new(&e->sys->mem, l2s_replay_words(p->replay_window) * sizeof *sa->window.ring);
    if (!sa->window.ring)
        return L2TPSEC_ENOMEM;
    if (l2s_random(e->sys, sa->iv_salt, sizeof sa->iv_salt) != 0)
        return L2TPSEC_ERANDOM;
    int rc = keys_new(e, p, &sa->suite, &sa->key_in, &sa->key_out);
    return rc == L2TPSEC_OK ? other_form(e, sa, p) : rc;
}

int l2s_esp_add(struct l2s_esp *e, const struct l2s_esp_params *p, struct l2s_esp_sa **out)
{
    if (p->replay_window < 64 || p->replay_window > 32768 || p->replay_window % 64 || p->spi_in < SPI_MIN ||
        !l2s_esp_suite_valid(&p->suite))
        return L2TPSEC_EINVAL;
    if (l2s_esp_find(e, p->spi_in))
        return L2TPSEC_EEXIST;
    struct l2s_esp_sa *sa = l2s_mem_new(&e->sys->mem, sizeof *sa);
    if (!sa)
        return L2TPSEC_ENOMEM;
    int rc = fill(e, sa, p);
    if (rc == L2TPSEC_OK)
        rc = l2s_hash_add(&e->sas, &sa->node, l2s_hash_ours(p->spi_in));
    if (rc != L2TPSEC_OK) {
        sa_free(e, sa);
        return rc;
    }
    l2s_esp_spi_release(e, p->spi_in);
    *out = sa;
    return L2TPSEC_OK;
}

const struct l2s_esp_stats *l2s_esp_stats(const struct l2s_esp_sa *sa)
{
    return &sa->stats;
}

bool l2s_esp_cut_elsewhere(struct l2s_esp_sa *sa)
{
    struct l2s_esp_form is = {sa->key_in, sa->key_out, sa->suite.auth, sa->icv_len};

    if (!sa->other.key_in)
        return false;
    sa->key_in = sa->other.key_in;
    sa->key_out = sa->other.key_out;
    sa->suite.auth = sa->other.auth;
    sa->icv_len = sa->other.icv_len;
    sa->other = is;
    return true;
}

bool l2s_esp_is_cut(const struct l2s_esp_sa *sa)
{
    return sa->suite.auth == L2S_ESP_HMAC_SHA256_96;
}
