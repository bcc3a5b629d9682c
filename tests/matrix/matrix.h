/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A state machine's every state (row) against every message (column). A cell is what happens, in words: what is said and told, where
 * it leads ("> state", if not where it was), and how it was counted ("!duplicate", if it was dropped). "-" is nothing at all. The
 * cells are written from the RFCs; nothing of them comes from the library's own tables. */
#ifndef TESTS_MATRIX_H
#define TESTS_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#define MATRIX_TEXT 256

/* What happened, word by word. */
struct outcome {
    char text[MATRIX_TEXT];
};

void outcome_add(struct outcome *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void outcome_moved(struct outcome *o, const char *from, const char *to); /* if it did */
void outcome_drop(struct outcome *o, uint32_t reason);                   /* L2TPSEC_DROP_; NONE adds nothing */

struct matrix {
    const char *machine;
    unsigned cells, faults;
};

/* Compare a cell; all that differ are shown before the test fails. A cell that is NULL was forgotten, and fails, too. */
void matrix_cell(struct matrix *m, const char *row, const char *column, const char *want, const struct outcome *got);
/* A row or a column that is missing, or that nothing stands behind. */
void matrix_gap(struct matrix *m, const char *what, const char *name);
/* Say how many cells there were, and fail if one differed. */
void matrix_end(const struct matrix *m);

#endif
