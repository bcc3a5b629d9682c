/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What must not be found anywhere, and the search for it. A secret is kept in pieces of eight bytes, in every form it could
 * be left behind in, so that a half of one is found, too. Nothing here allocates. */
#ifndef TESTS_SECRETS_VAULT_H
#define TESTS_SECRETS_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vault_forms {
    VAULT_RAW = 1,
    VAULT_HEX = 2,      /* of either case */
    VAULT_WIDE = 4,     /* UTF-16, as MS-CHAP has passwords */
    VAULT_REVERSED = 8, /* as large numbers lie in memory */
};

void vault_empty(void);

/* Names are constants: who is told of a finding. Shorter than eight bytes is not taken; what is there already is not twice. */
void vault_add(const char *name, unsigned forms, const void *p, size_t n);
/* Without the pieces of it that others may see. */
void vault_add_but(const char *name, unsigned forms, const void *p, size_t n, const void *seen, size_t n_seen);
size_t vault_pieces(void);
void vault_hush(bool on); /* a trial: nothing is told */
void vault_tell(const char *what, const char *of);

/* How many pieces of secrets are in there; the first ones are told of on stderr. allowed: which may be there; NULL: none. */
unsigned vault_search(const void *p, size_t n, const char *where, bool (*allowed)(const char *name));
/* The same, of two pieces in a row or more: where registers are saved, eight bytes of a large number may lie anywhere. */
unsigned vault_search_long(const void *p, size_t n, const char *where);

#endif
