/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Secrets from files and texts, wiped after use. */
#ifndef EXAMPLES_SECRETS_H
#define EXAMPLES_SECRETS_H

#include "problem.h"

#include <stddef.h>
#include <stdint.h>

enum { SECRET_MAX = 256 }; /* what l2tpsec_answer() takes */

struct secret {
    uint8_t bytes[SECRET_MAX];
    size_t len;
};

/* The file's bytes but one newline at the end. */
int secret_read(const char *path, struct secret *out, struct problem *p);
int secret_from_text(const char *text, struct secret *out, struct problem *p);
/* A pre-shared key that begins with 0x is hex digits, two a byte, and becomes those bytes. */
int secret_decode_psk(struct secret *s, struct problem *p);
void secret_wipe(struct secret *s);
/* What is written there is for us alone: a file that was there before may be readable to others, or theirs. 0; -1 and errno: it is not to
 * be used. */
int secret_file(int fd);

#endif
