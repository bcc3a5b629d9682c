/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "matrix/matrix.h"

#include "base/errors.h"
#include "unit/fakes/fakes.h"

#include <stdio.h>
#include <string.h>

static const char *const drops[L2TPSEC_DROP_COUNT] = {
    [L2TPSEC_DROP_SHORT] = "short",
    [L2TPSEC_DROP_MALFORMED] = "malformed",
    [L2TPSEC_DROP_VERSION] = "version",
    [L2TPSEC_DROP_UNKNOWN_COOKIE] = "cookie",
    [L2TPSEC_DROP_UNKNOWN_TUNNEL] = "tunnel",
    [L2TPSEC_DROP_UNKNOWN_SESSION] = "session",
    [L2TPSEC_DROP_UNKNOWN_PROTOCOL] = "unknown",
    [L2TPSEC_DROP_FORGED] = "forged",
    [L2TPSEC_DROP_REPLAYED] = "replayed",
    [L2TPSEC_DROP_UNEXPECTED] = "unexpected",
    [L2TPSEC_DROP_DUPLICATE] = "duplicate",
    [L2TPSEC_DROP_NO_MEMORY] = "memory",
    [L2TPSEC_DROP_LIMIT] = "limit",
    [L2TPSEC_DROP_PHASE] = "phase",
    [L2TPSEC_DROP_INTERNAL] = "internal",
};

void outcome_add(struct outcome *o, const char *format, ...)
{
    size_t n = strlen(o->text);
    va_list args;

    if (n)
        o->text[n++] = ' ';
    va_start(args, format);
    int wrote = vsnprintf(o->text + n, sizeof o->text - n, format, args);
    va_end(args);
    assert_true(wrote > 0 && (size_t)wrote < sizeof o->text - n);
}

void outcome_moved(struct outcome *o, const char *from, const char *to)
{
    if (strcmp(from, to) != 0)
        outcome_add(o, "> %s", to);
}

void outcome_drop(struct outcome *o, uint32_t reason)
{
    if (!reason)
        return;
    assert_true(reason < L2TPSEC_DROP_COUNT && drops[reason]);
    outcome_add(o, "!%s", drops[reason]);
}

void matrix_cell(struct matrix *m, const char *row, const char *column, const char *want, const struct outcome *got)
{
    const char *text = got->text[0] ? got->text : "-";

    m->cells++;
    if (want && strcmp(want, text) == 0)
        return;
    m->faults++;
    printf("# %s: %s in %s: \"%s\", not \"%s\"\n", m->machine, column, row, text, want ? want : "(no cell)");
}

void matrix_gap(struct matrix *m, const char *what, const char *name)
{
    m->faults++;
    printf("# %s: no %s for %s\n", m->machine, what, name);
}

void matrix_end(const struct matrix *m)
{
    printf("# %s: %u cells\n", m->machine, m->cells);
    (void)fflush(stdout);
    assert_int_not_equal(m->cells, 0);
    assert_int_equal(m->faults, 0);
}
