/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include "common/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_bytes(const void *bytes, size_t len, struct secret *s, struct problem *p)
{
    char path[FILE_PATH];

    file_make(path, bytes, len);
    int rc = secret_read(path, s, p);
    unlink(path);
    return rc;
}

static void one_newline_at_the_end_is_not_of_the_secret(void **state)
{
    static const struct {
        const char *file, *secret;
    } rows[] = {{"pw", "pw"},       {"pw\n", "pw"},     {"pw\r\n", "pw"},
                {"pw\n\n", "pw\n"}, {" p w ", " p w "}, {"a\nb", "a\nb"}};
    struct secret s;
    struct problem p;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(read_bytes(rows[i].file, strlen(rows[i].file), &s, &p), 0);
        assert_int_equal(s.len, strlen(rows[i].secret));
        assert_memory_equal(s.bytes, rows[i].secret, s.len);
    }
}

static void a_secret_may_have_any_byte(void **state)
{
    static const uint8_t bytes[] = {0, 1, 0xff, 0, '\n'};
    struct secret s;
    struct problem p;
    (void)state;

    assert_int_equal(read_bytes(bytes, sizeof bytes, &s, &p), 0);
    assert_int_equal(s.len, 4);
    assert_memory_equal(s.bytes, bytes, 4);
}

static void an_empty_or_too_long_file_is_refused(void **state)
{
    char bytes[SECRET_MAX + 10];
    struct secret s;
    struct problem p;
    (void)state;

    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(read_bytes(bytes, SECRET_MAX, &s, &p), 0);
    assert_int_equal(s.len, SECRET_MAX);
    assert_int_equal(read_bytes(bytes, SECRET_MAX + 1, &s, &p), -1);
    assert_non_null(strstr(p.text, "longer than 256 bytes"));
    assert_int_equal(s.len, 0);
    assert_int_equal(read_bytes(bytes, sizeof bytes, &s, &p), -1);
    assert_int_equal(read_bytes("", 0, &s, &p), -1);
    assert_non_null(strstr(p.text, "is empty"));
    assert_int_equal(read_bytes("\n", 1, &s, &p), -1);
    bytes[SECRET_MAX] = '\r';
    bytes[SECRET_MAX + 1] = '\n';
    assert_int_equal(read_bytes(bytes, SECRET_MAX + 2, &s, &p), 0);
}

static void a_missing_file_is_named(void **state)
{
    struct secret s;
    struct problem p;
    (void)state;

    assert_int_equal(secret_read("/nonexistent/psk", &s, &p), -1);
    assert_string_equal(p.text, "/nonexistent/psk: No such file or directory");
}

static void hex_becomes_bytes(void **state)
{
    struct secret s;
    struct problem p;
    (void)state;

    assert_int_equal(secret_from_text("0x00fFa9", &s, &p), 0);
    assert_int_equal(secret_decode_psk(&s, &p), 0);
    assert_int_equal(s.len, 3);
    assert_memory_equal(s.bytes, "\x00\xff\xa9", 3);
    assert_int_equal(s.bytes[3], 0); /* nothing of the digits is left */
    assert_int_equal(secret_from_text("testpsk", &s, &p), 0);
    assert_int_equal(secret_decode_psk(&s, &p), 0);
    assert_int_equal(s.len, 7);
}

static void what_begins_like_hex_must_be_hex(void **state)
{
    static const char *const bad[] = {"0x", "0x0", "0x012", "0xylophone", "0x00 00"};
    struct secret s;
    struct problem p;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(secret_from_text(bad[i], &s, &p), 0);
        assert_int_equal(secret_decode_psk(&s, &p), -1);
        assert_non_null(strstr(p.text, "hex digits"));
    }
}

static void what_is_written_is_for_us_alone(void **state)
{
    char path[FILE_PATH];
    struct stat st;
    (void)state;

    file_make(path, "", 0);
    assert_int_equal(chmod(path, 0666), 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(secret_file(fd), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    if (geteuid() == 0 &&
        fchown(fd, 65534, 65534) == 0) { /* in a file of somebody else's it is not, whoever may write there */
        assert_int_equal(secret_file(fd), -1);
        assert_int_equal(errno, EPERM);
    }
    close(fd);
    unlink(path);
    assert_int_equal(secret_file(fd), -1);
    fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_int_equal(secret_file(fd), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_newline_at_the_end_is_not_of_the_secret),
        cmocka_unit_test(a_secret_may_have_any_byte),
        cmocka_unit_test(an_empty_or_too_long_file_is_refused),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(hex_becomes_bytes),
        cmocka_unit_test(what_begins_like_hex_must_be_hex),
        cmocka_unit_test(what_is_written_is_for_us_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
