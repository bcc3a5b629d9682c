/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/papers.h"

#include "unit/fakes/fakes.h"

#include <stdio.h>
#include <stdlib.h>

#define PAPER_MAX 8192

struct paper paper_open(const char *file)
{
    struct paper p = {.p = malloc(PAPER_MAX)};
    char path[512];

    (void)snprintf(path, sizeof path, "%s/x509/%s", VECTORS, file);
    FILE *f = fopen(path, "rb");
    assert_non_null(p.p);
    assert_non_null(f);
    p.n = fread(p.p, 1, PAPER_MAX, f);
    assert_true(p.n > 0 && p.n < PAPER_MAX);
    (void)fclose(f);
    return p;
}

void paper_close(struct paper *p)
{
    free(p->p);
    p->p = NULL;
}
