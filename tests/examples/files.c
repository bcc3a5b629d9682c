/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include <stdlib.h>
#include <unistd.h>

void file_make(char path[FILE_PATH], const void *bytes, size_t len)
{
    snprintf(path, FILE_PATH, "/tmp/l2tpsec-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}
