/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Files for a test, with CMocka and the headers it needs before it. */
#ifndef TESTS_EXAMPLES_FILES_H
#define TESTS_EXAMPLES_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { FILE_PATH = 64 };

/* A new file with these bytes; the caller removes it. */
void file_make(char path[FILE_PATH], const void *bytes, size_t len);

#endif
