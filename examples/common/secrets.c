/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "secrets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_length(size_t len, const char *what, struct problem *p)
{
    if (len == 0)
        return problem(p, "%s: is empty", what);
    if (len > SECRET_MAX)
        return problem(p, "%s: longer than %d bytes", what, SECRET_MAX);
    return 0;
}

int secret_read(const char *path, struct secret *out, struct problem *p)
{
    uint8_t bytes[SECRET_MAX + 3]; /* CR, LF, and one to see that it is too long */
    size_t len = 0;
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    memset(out, 0, sizeof *out);
    if (fd >= 0) {
        while (len < sizeof bytes && (got = read(fd, bytes + len, sizeof bytes - len)) > 0)
            len += (size_t)got;
    }
    if (fd < 0 || got < 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        explicit_bzero(bytes, sizeof bytes);
        return problem(p, "%s: %s", path, strerror(error));
    }
    close(fd);
    if (len > 0 && bytes[len - 1] == '\n')
        len -= len > 1 && bytes[len - 2] == '\r' ? 2 : 1;
    int rc = check_length(len, path, p);
    if (rc == 0) {
        memcpy(out->bytes, bytes, len);
        out->len = len;
    }
    explicit_bzero(bytes, sizeof bytes);
    return rc;
}

int secret_from_text(const char *text, struct secret *out, struct problem *p)
{
    size_t len = strlen(text);

    memset(out, 0, sizeof *out);
    if (check_length(len, "secret", p) != 0)
        return -1;
    memcpy(out->bytes, text, len);
    out->len = len;
    return 0;
}

static uint8_t hex_value(uint8_t digit)
{
    return (uint8_t)(isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
}

int secret_decode_psk(struct secret *s, struct problem *p)
{
    if (s->len < 2 || s->bytes[0] != '0' || s->bytes[1] != 'x')
        return 0;
    for (size_t i = 2; i < s->len; i++) {
        if (!isxdigit(s->bytes[i]))
            return problem(p, "secret: begins with 0x, but has other than hex digits after it");
    }
    if (s->len == 2 || s->len % 2 != 0)
        return problem(p, "secret: begins with 0x, but has no even number of hex digits after it");
    for (size_t i = 2; i < s->len; i += 2)
        s->bytes[i / 2 - 1] = (uint8_t)(hex_value(s->bytes[i]) << 4 | hex_value(s->bytes[i + 1]));
    s->len = s->len / 2 - 1;
    explicit_bzero(s->bytes + s->len, sizeof s->bytes - s->len);
    return 0;
}

void secret_wipe(struct secret *s)
{
    explicit_bzero(s, sizeof *s);
}

int secret_file(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return -1;
    if (!S_ISREG(st.st_mode)) /* a pipe, a terminal */
        return 0;
    if (st.st_uid != geteuid()) {
        errno = EPERM;
        return -1;
    }
    return st.st_mode & 077 ? fchmod(fd, 0600) : 0;
}
