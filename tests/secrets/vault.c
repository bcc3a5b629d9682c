/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "secrets/vault.h"

#include <stdio.h>
#include <string.h>

#define PIECE 8u
#define PIECES_MAX 100000u
#define TEXT_MAX 4096u
#define TOLD_MAX 100u
#define DISTINCT_MIN 4u /* different bytes in a piece: the others may be anything */

struct piece {
    uint8_t bytes[PIECE];
    const char *name;
    uint32_t next; /* index of the next one that begins with the same two bytes, plus 1 */
    uint16_t at;   /* where in the secret */
    uint8_t form;
};

static struct piece pieces[PIECES_MAX];
static uint32_t n_pieces, heads[65536];
static unsigned told;
static bool hushed;

void vault_empty(void)
{
    memset(heads, 0, sizeof heads);
    memset(pieces, 0, n_pieces * sizeof *pieces);
    n_pieces = told = 0;
}

size_t vault_pieces(void)
{
    return n_pieces;
}

void vault_hush(bool on)
{
    hushed = on;
}

void vault_tell(const char *what, const char *of)
{
    if (!hushed)
        (void)fprintf(stderr, "%s: %s\n", what, of);
}

static uint32_t *head(const uint8_t *p)
{
    return &heads[p[0] | (uint32_t)p[1] << 8];
}

static const struct piece *find(const uint8_t *p)
{
    for (uint32_t i = *head(p); i; i = pieces[i - 1].next) {
        if (memcmp(pieces[i - 1].bytes, p, PIECE) == 0)
            return &pieces[i - 1];
    }
    return NULL;
}

static bool telling(const uint8_t *p)
{
    unsigned distinct = 0;

    for (unsigned i = 0; i < PIECE; i++)
        distinct += !memchr(p, p[i], i);
    return distinct >= DISTINCT_MIN;
}

static bool within(const uint8_t *piece, const uint8_t *seen, size_t n)
{
    for (size_t i = 0; i + PIECE <= n; i++) {
        if (memcmp(seen + i, piece, PIECE) == 0)
            return true;
    }
    return false;
}

static void add_piece(const char *name, unsigned form, size_t at, const uint8_t *p)
{
    if (!telling(p) || find(p) || n_pieces == PIECES_MAX)
        return;
    struct piece *one = &pieces[n_pieces++];
    memcpy(one->bytes, p, PIECE);
    one->name = name;
    one->form = (uint8_t)form;
    one->at = (uint16_t)at;
    one->next = *head(p);
    *head(p) = n_pieces;
}

/* A piece in one of its forms, which may take several. */
static void add_form(const char *name, unsigned form, size_t at, const uint8_t *p)
{
    static uint8_t out[2 * PIECE]; /* not on a stack that will be searched */

    for (unsigned upper = 0; form == VAULT_HEX && upper < 2; upper++) {
        for (unsigned i = 0; i < 2 * PIECE; i++)
            out[i] = (uint8_t)(upper ? "0123456789ABCDEF" : "0123456789abcdef")[p[i / 2] >> (i % 2 ? 0 : 4) & 15];
        add_piece(name, form, at, out);
        add_piece(name, form, at + PIECE / 2, out + PIECE);
    }
    for (unsigned i = 0; form == VAULT_REVERSED && i < PIECE; i++)
        out[i] = p[PIECE - 1 - i];
    if (form == VAULT_REVERSED)
        add_piece(name, form, at, out);
    if (form == VAULT_RAW)
        add_piece(name, form, at, p);
    if (form == VAULT_WIDE) {
        for (unsigned i = 0; i < 2 * PIECE; i++)
            out[i] = i % 2 ? 0 : p[i / 2];
        add_piece(name, form, at, out);
        add_piece(name, form, at + PIECE / 2, out + PIECE);
    }
}

void vault_add_but(const char *name, unsigned forms, const void *p, size_t n, const void *seen, size_t n_seen)
{
    const uint8_t *secret = p;

    for (size_t at = 0; n >= PIECE && at < n; at += PIECE) {
        size_t from = at + PIECE <= n ? at : n - PIECE; /* the last one may overlap the one before */
        if (within(secret + from, seen, n_seen))
            continue;
        for (unsigned form = VAULT_RAW; form <= VAULT_REVERSED; form <<= 1) {
            if (forms & form)
                add_form(name, form, from, secret + from);
        }
    }
}

void vault_add(const char *name, unsigned forms, const void *p, size_t n)
{
    vault_add_but(name, forms, p, n, NULL, 0);
}

static const char *form_name(unsigned form)
{
    return form == VAULT_RAW    ? "as it is"
           : form == VAULT_HEX  ? "in hex"
           : form == VAULT_WIDE ? "in UTF-16"
                                : "backwards";
}

unsigned vault_search(const void *p, size_t n, const char *where, bool (*allowed)(const char *name))
{
    const uint8_t *at = p;
    unsigned found = 0;

    for (size_t i = 0; i + PIECE <= n; i++) {
        const struct piece *one = *head(at + i) ? find(at + i) : NULL;
        if (!one || (allowed && allowed(one->name)))
            continue;
        found++;
        if (!hushed && told++ < TOLD_MAX)
            (void)fprintf(stderr, "# %s %s, byte %u of it, at %zu of %zu in %s\n", one->name, form_name(one->form),
                          one->at, i, n, where);
    }
    return found;
}

unsigned vault_search_long(const void *p, size_t n, const char *where)
{
    const uint8_t *at = p;
    unsigned found = 0;

    for (size_t i = 0; i + 2 * PIECE <= n; i++) {
        if (*head(at + i) && find(at + i) && find(at + i + PIECE))
            found += vault_search(at + i, 2 * PIECE, where, NULL);
    }
    return found;
}
