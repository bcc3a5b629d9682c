/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Preloaded into the tests. L2S_TESTS=2,0,7 runs these of a program's tests, in this order; with L2S_FAULT_SEEN each is run on
 * its own, and for each a line is written: its place, the processor time it took, the numbers of the faults that it passed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* after the ones above */
#include <cmocka.h>

#define COPIES 8 /* of the library in one program: its own, and a shared one */
#define TESTS 256

typedef int run_group(const char *, const struct CMUnitTest *, size_t, CMFixtureFunction, CMFixtureFunction);

static unsigned char *seen[COPIES];
static size_t seen_n[COPIES], copies, before;

void l2s_pick_register(unsigned char *flags, size_t n);
void l2s_pick_register(unsigned char *flags, size_t n)
{
    if (copies < COPIES) {
        seen[copies] = flags;
        seen_n[copies++] = n;
    }
}

static void report(FILE *out, size_t which, double took)
{
    fprintf(out, "%zu %.6f", which, took);
    for (size_t i = 0; i < seen_n[0]; i++) {
        int any = 0;
        for (size_t c = 0; c < copies; c++)
            any |= seen[c][i];
        if (any)
            fprintf(out, " %zu", i);
    }
    fputc('\n', out);
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n, CMFixtureFunction setup,
                            CMFixtureFunction teardown)
{
    run_group *real = (run_group *)dlsym(RTLD_NEXT, "_cmocka_run_group_tests");
    const char *file = getenv("L2S_FAULT_SEEN"), *list = getenv("L2S_TESTS");
    struct CMUnitTest some[TESTS];
    size_t m = 0, first = before;
    int rc = 0;

    before += n;
    if (file) {
        FILE *out = fopen(file, "a");
        if (!out)
            return 1;
        for (size_t i = 0; i < n; i++) {
            for (size_t c = 0; c < copies; c++)
                memset(seen[c], 0, seen_n[c]);
            clock_t began = clock();
            rc |= real(name, &tests[i], 1, setup, teardown);
            report(out, first + i, (double)(clock() - began) / CLOCKS_PER_SEC);
        }
        fclose(out);
        return rc;
    }
    if (!list)
        return real(name, tests, n, setup, teardown);
    while (*list) {
        char *end;
        unsigned long which = strtoul(list, &end, 10);
        if (which >= first && which - first < n && m < TESTS)
            some[m++] = tests[which - first];
        list = *end ? end + 1 : end;
    }
    return m ? real(name, some, m, setup, teardown) : 0;
}
