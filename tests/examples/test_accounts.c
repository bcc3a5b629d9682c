/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include "common/accounts.h"

#include <string.h>
#include <unistd.h>

static void add_psk(struct accounts *a, const char *title, const char *text)
{
    struct secret s;
    struct problem p;

    assert_int_equal(secret_from_text(text, &s, &p), 0);
    assert_int_equal(accounts_add_psk(a, title, &s, &p), 0);
}

/* The candidates for a peer, in order, with blanks between. */
static const char *candidates(const struct accounts *a, const char *remote, const char *name)
{
    static char text[256];
    const struct secret *s = NULL;
    size_t len = 0;
    l2tpsec_addr from;

    assert_true(addr_parse(remote, &from));
    text[0] = '\0';
    for (uint32_t i = 0; (s = accounts_psk(a, &from, (const uint8_t *)name, strlen(name), i)); i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", i ? " " : "", (int)s->len,
                                (const char *)s->bytes);
    return text;
}

static void the_most_specific_key_comes_first(void **state)
{
    struct accounts a = {.n_psks = 0};
    struct problem p;
    (void)state;

    add_psk(&a, "%any", "any");
    add_psk(&a, "vpn.example", "id");
    add_psk(&a, "10.0.0.0/8", "wide");
    add_psk(&a, "10.1.0.0/16", "narrow");
    add_psk(&a, "10.1.2.3", "exact");
    add_psk(&a, "2001:db8::/32", "six");
    assert_int_equal(accounts_sort(&a, &p), 0);
    assert_string_equal(candidates(&a, "10.1.2.3", ""), "exact narrow wide id any");
    assert_string_equal(candidates(&a, "10.1.9.9", "vpn.example"), "narrow wide id any");
    assert_string_equal(candidates(&a, "10.9.9.9", "other"), "wide any");
    assert_string_equal(candidates(&a, "192.0.2.1", "other"), "any");
    assert_string_equal(candidates(&a, "2001:db8::9", "vpn.exampl"), "six any");
    accounts_free(&a);
}

static void without_any_a_stranger_gets_no_key(void **state)
{
    struct accounts a = {.n_psks = 0};
    struct problem p;
    (void)state;

    add_psk(&a, "10.1.2.3", "exact");
    assert_int_equal(accounts_sort(&a, &p), 0);
    assert_string_equal(candidates(&a, "10.1.2.4", ""), "");
    accounts_free(&a);
}

static void a_key_for_nobody_is_refused(void **state)
{
    static const char *const bad[] = {"", "10.0.0.0/33", "10.0.0.0/x", "2001:db8::/129"};
    struct accounts a = {.n_psks = 0};
    struct secret s;
    struct problem p;
    (void)state;

    assert_int_equal(secret_from_text("x", &s, &p), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(accounts_add_psk(&a, bad[i], &s, &p), -1);
        assert_non_null(strstr(p.text, "allowed titles: \"%any\", an address"));
    }
    assert_int_equal(a.n_psks, 0);
}

static int read_users(struct accounts *a, const char *text, struct problem *p)
{
    char path[FILE_PATH];

    file_make(path, text, strlen(text));
    int rc = accounts_read_users(a, path, p);
    unlink(path);
    return rc == 0 ? accounts_sort(a, p) : rc;
}

static const struct user *find(const struct accounts *a, const char *name)
{
    return accounts_user(a, (const uint8_t *)name, strlen(name));
}

static void a_users_file_may_quote_and_comment(void **state)
{
    struct accounts a = {.n_users = 0};
    char text[ADDR_TEXT];
    struct problem p;
    (void)state;

    assert_int_equal(read_users(&a,
                                "# people\n"
                                "\n"
                                "carol  pass#word   # a comment\n"
                                "\"al ice\" 'won \"der\" land' 10.77.0.9\n"
                                "  bob\tbuilder\r\n"
                                "dave last",
                                &p),
                     0);
    assert_int_equal(a.n_users, 4);
    assert_int_equal(find(&a, "carol")->password.len, 9);
    assert_memory_equal(find(&a, "al ice")->password.bytes, "won \"der\" land", 14);
    assert_string_equal(addr_text(&find(&a, "al ice")->pin, text), "10.77.0.9");
    assert_int_equal(find(&a, "bob")->password.len, 7);
    assert_int_equal(find(&a, "dave")->password.len, 4);
    assert_null(find(&a, "eve"));
    accounts_free(&a);
}

static void a_bad_users_file_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"alice x\nbob\n", ":2: allowed: user password [address]"},
        {"alice x 10.0.0.1 more\n", ":1: allowed: user password [address]"},
        {"alice \"x\n", ":1: a quote does not end"},
        {"alice x 10.0.0\n", ":1: address: \"10.0.0\"; allowed: an IPv4 address"},
        {"alice x ::1\n", ":1: address: \"::1\"; allowed: an IPv4 address"},
        {"alice ''\n", ":1: secret: is empty"},
        {"'' x\n", ":1: a user needs a name"},
        {"alice x\nbob y\nalice z\n", "user alice is there twice"},
        {"alice x 10.0.0.1\nbob y 10.0.0.1\n", "address 10.0.0.1 is pinned by two users"},
    };
    struct problem p;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct accounts a = {.n_users = 0};
        assert_int_equal(read_users(&a, rows[i].text, &p), -1);
        assert_non_null(strstr(p.text, rows[i].error));
        accounts_free(&a);
    }
}

static void a_windows_domain_is_looked_through(void **state)
{
    struct accounts a = {.n_users = 0};
    struct problem p;
    (void)state;

    assert_int_equal(read_users(&a, "alice one\nCORP\\bob two\nbob three\n", &p), 0);
    assert_memory_equal(find(&a, "CORP\\alice")->password.bytes, "one", 3);
    assert_memory_equal(find(&a, "CORP\\bob")->password.bytes, "two", 3);
    assert_memory_equal(find(&a, "OTHER\\bob")->password.bytes, "three", 5);
    assert_null(find(&a, "CORP\\"));
    assert_null(find(&a, "\\"));
    assert_null(find(&a, ""));
    assert_null(accounts_user(&a, NULL, 0));
    assert_null(accounts_user(&a, (const uint8_t *)"alice\0x", 7));
    accounts_free(&a);
}

static void many_users_are_found(void **state)
{
    struct accounts a = {.n_users = 0};
    struct secret s;
    struct problem p;
    char name[32];
    (void)state;

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "user%u", i * 7919 % 1000);
        assert_int_equal(secret_from_text(name, &s, &p), 0);
        assert_int_equal(accounts_add_user(&a, name, &s, NULL, &p), 0);
    }
    assert_int_equal(accounts_sort(&a, &p), 0);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "user%u", i);
        assert_memory_equal(find(&a, name)->password.bytes, name, strlen(name));
    }
    accounts_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_specific_key_comes_first),
        cmocka_unit_test(without_any_a_stranger_gets_no_key),
        cmocka_unit_test(a_key_for_nobody_is_refused),
        cmocka_unit_test(a_users_file_may_quote_and_comment),
        cmocka_unit_test(a_bad_users_file_is_refused_with_its_line),
        cmocka_unit_test(a_windows_domain_is_looked_through),
        cmocka_unit_test(many_users_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
