/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/papers.h"

#include "base/errors.h"

#include <string.h>

struct l2s_paper {
    size_t users, n;
    uint8_t p[];
};

static void put_down(struct l2s_papers *s, struct l2s_paper *p)
{
    if (p && --p->users == 0)
        l2s_mem_free(&s->crypto->sys->mem, p);
}

static struct l2s_bytes text_of(const struct l2s_paper *p)
{
    struct l2s_bytes b = {.p = p ? p->p : NULL, .n = p ? p->n : 0};

    return b;
}

static int open_own(const struct l2s_papers *s, struct l2s_own **out)
{
    return s->crypto->ops->own_new(s->crypto, text_of(s->p[L2S_PAPER_CERTIFICATE]), text_of(s->p[L2S_PAPER_KEY]), out);
}

static int open_trust(const struct l2s_papers *s, struct l2s_trust **out)
{
    return s->crypto->ops->trust_new(s->crypto, text_of(s->p[L2S_PAPER_CA]), text_of(s->p[L2S_PAPER_CRL]), out);
}

/* As far as it can be said before all are there. */
static int try(const struct l2s_papers *s)
{
    struct l2s_own *own = NULL;
    struct l2s_trust *trust = NULL;
    int rc = L2TPSEC_OK;

    if (!s->crypto->ops->own_new)
        return L2TPSEC_EUNSUP;
    if (s->p[L2S_PAPER_CERTIFICATE])
        rc = open_own(s, &own);
    if (rc == L2TPSEC_OK && s->p[L2S_PAPER_CA])
        rc = open_trust(s, &trust);
    if (own)
        s->crypto->ops->own_free(own);
    if (trust)
        s->crypto->ops->trust_free(trust);
    return rc == L2TPSEC_EAUTH ? L2TPSEC_EINVAL : rc;
}

int l2s_papers_set(struct l2s_papers *s, enum l2s_paper_kind kind, const void *p, size_t n)
{
    struct l2s_paper *was = s->p[kind], *now = NULL;

    if (n) {
        now = l2s_mem_new(&s->crypto->sys->mem, sizeof *now + n);
        if (!now)
            return L2TPSEC_ENOMEM;
        now->users = 1;
        now->n = n;
        memcpy(now->p, p, n);
    }
    s->p[kind] = now;
    int rc = try(s);
    if (rc != L2TPSEC_OK) {
        s->p[kind] = was;
        was = now;
    }
    put_down(s, was);
    return rc;
}

void l2s_papers_share(struct l2s_papers *s)
{
    s->own = NULL;
    s->trust = NULL;
    for (size_t i = 0; i < L2S_PAPER_COUNT; i++)
        if (s->p[i])
            s->p[i]->users++;
}

int l2s_papers_open(struct l2s_papers *s)
{
    if (!s->p[L2S_PAPER_CERTIFICATE] || !s->p[L2S_PAPER_CA])
        return L2TPSEC_EINVAL;
    int rc = open_own(s, &s->own);
    return rc == L2TPSEC_OK ? open_trust(s, &s->trust) : rc;
}

void l2s_papers_fini(struct l2s_papers *s)
{
    if (s->own)
        s->crypto->ops->own_free(s->own);
    if (s->trust)
        s->crypto->ops->trust_free(s->trust);
    s->own = NULL;
    s->trust = NULL;
    for (size_t i = 0; i < L2S_PAPER_COUNT; i++) {
        put_down(s, s->p[i]);
        s->p[i] = NULL;
    }
}
