/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A provider under test, the same body of tests for each: PROVIDER is its L2TPSEC_ENGINE_ value. And vectors out of files:
 * "name = value" lines, records parted by blank lines, # for comments. */
#ifndef TESTS_CRYPTO_RIG_H
#define TESTS_CRYPTO_RIG_H

#include "crypto/provider.h"
#include "unit/fakes/fakes.h"

#include <stdio.h>

struct rig {
    struct fake_sys f;
    struct l2s_crypto *c;
};

int rig_up(void **state);
int rig_down(void **state); /* asserts that nothing is held any more */

struct vectors {
    FILE *file;
    char line[16][4400]; /* of the current record */
    size_t n_lines;
};

void vectors_open(struct vectors *v, const char *file); /* below tests/vectors/crypto */
bool vectors_next(struct vectors *v);                   /* false, and closed, behind the last record */
const char *vectors_text(struct vectors *v, const char *name);
size_t vectors_hex(struct vectors *v, const char *name, uint8_t *out, size_t cap);

enum l2s_hash_id hash_named(const char *name);
enum l2s_group_id group_named(const char *name);

#endif
