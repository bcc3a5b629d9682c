/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Certificates, keys and lists out of tests/vectors/x509. */
#ifndef TESTS_FAKES_PAPERS_H
#define TESTS_FAKES_PAPERS_H

#include "crypto/provider.h"

struct paper {
    uint8_t *p;
    size_t n;
};

struct paper paper_open(const char *file); /* below tests/vectors/x509 */
void paper_close(struct paper *p);

static inline struct l2s_bytes paper_bytes(const struct paper *p)
{
    struct l2s_bytes b = {.p = p->p, .n = p->n};

    return b;
}

#endif
