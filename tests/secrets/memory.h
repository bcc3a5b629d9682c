/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* All memory of the process, that of mbedTLS too: what every block held when it was freed, and which blocks are there. */
#ifndef TESTS_SECRETS_MEMORY_H
#define TESTS_SECRETS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* From now on what is freed is kept; forgets what was kept before. */
void memory_watch(void);
void memory_pause(bool on); /* what a test itself does with secrets */

/* Secrets in all that was freed since. Blocks it held are added to n_blocks, bytes to n_bytes. */
unsigned memory_search_freed(size_t *n_blocks, size_t *n_bytes);
/* And in all that was allocated since and is still there. */
unsigned memory_search_live(bool (*allowed)(const char *name), size_t *n_blocks);

#endif
