/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Records out of a file below tests/vectors: "name = value" lines, records parted by blank lines, # for comments. A name
 * may stand more than once in a record, and order is kept. */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_LINES 512

struct records {
    char *text, *at; /* all of the file; behind the current record */
    struct {
        const char *name, *value;
    } line[RECORD_LINES]; /* of the current record */
    size_t n;
};

void records_open(struct records *r, const char *file);
bool records_next(struct records *r); /* false, and closed, behind the last record */
void records_close(struct records *r);

const char *records_text(const struct records *r, const char *name); /* of its first line; NULL: none */
size_t records_hex(const struct records *r, const char *name, uint8_t *out, size_t cap); /* asserts that it is there */

#endif
