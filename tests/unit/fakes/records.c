/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/records.h"

#include "unit/fakes/fakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void records_open(struct records *r, const char *file)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", VECTORS, file);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    assert_in_range(size, 1, 1 << 20);
    rewind(f);
    *r = (struct records){.text = malloc((size_t)size + 1)};
    assert_non_null(r->text);
    assert_int_equal(fread(r->text, 1, (size_t)size, f), size);
    r->text[size] = '\0';
    r->at = r->text;
    (void)fclose(f);
}

void records_close(struct records *r)
{
    free(r->text);
    r->text = r->at = NULL;
    r->n = 0;
}

/* The next line, cut off from the rest; NULL at the end. */
static char *next_line(struct records *r)
{
    char *line = r->at;

    if (*line == '\0')
        return NULL;
    r->at += strcspn(line, "\n");
    if (*r->at)
        *r->at++ = '\0';
    return line;
}

bool records_next(struct records *r)
{
    char *line;

    r->n = 0;
    while ((line = next_line(r))) {
        if (line[0] == '\0' && r->n)
            return true;
        if (line[0] == '\0' || line[0] == '#')
            continue;
        char *equals = strstr(line, " = ");
        assert_non_null(equals);
        assert_true(r->n < RECORD_LINES);
        *equals = '\0';
        r->line[r->n].name = line;
        r->line[r->n++].value = equals + 3;
    }
    if (r->n)
        return true;
    records_close(r);
    return false;
}

const char *records_text(const struct records *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->line[i].name, name) == 0)
            return r->line[i].value;
    return NULL;
}

size_t records_hex(const struct records *r, const char *name, uint8_t *out, size_t cap)
{
    const char *hex = records_text(r, name);

    if (!hex)
        fail_msg("no %s in the record", name);
    return hex ? fake_hex(hex, out, cap) : 0;
}
