/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The library's own portable provider between marks for memcheck: secrets count as undefined bytes, and memcheck reports each
 * branch and each address that depends on such. What mbedTLS does with private keys, with DES and with AES is its own: from
 * that it sees defined bytes; its hashes and MACs go on with undefined ones. */
#ifndef TESTS_SECRETS_TAINTER_H
#define TESTS_SECRETS_TAINTER_H

#include <stdbool.h>
#include <stddef.h>

struct taint_sum {
    unsigned compared; /* calls of l2s_ct_equal with something secret */
};

extern struct taint_sum taint_sum;

bool tainted(const void *p, size_t n); /* 64 bytes at most; asks without a report */

#endif
