/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* In place of the C library's calloc, for the whole process: cryptographic libraries take their memory with it. */
#include "base/wipe.h"
#include "faults/inject.h"

void *calloc(size_t n, size_t size)
{
    if ((size && n > SIZE_MAX / size) || faults_calloc())
        return NULL;
    n *= size;
    void *p = malloc(n ? n : 1);
    if (p)
        l2s_wipe(p, n); /* not memset: compilers know that malloc and memset are calloc */
    return p;
}
