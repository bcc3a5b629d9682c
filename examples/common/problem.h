/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One error in words. A function that takes a struct problem returns 0, or -1 after having filled it. */
#ifndef EXAMPLES_PROBLEM_H
#define EXAMPLES_PROBLEM_H

struct problem {
    char text[512];
};

/* Always -1, so that a caller can return it. */
int problem(struct problem *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
