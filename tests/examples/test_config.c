/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include "common/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A profile that keeps the last value of each setting, and takes anything but "bad". */
struct profile {
    char text[2048];
};

static int set(void *arg, const char *name, const char *value, struct problem *p)
{
    struct profile *profile = arg;
    size_t len = strlen(profile->text);

    if (strcmp(value, "bad") == 0)
        return problem(p, "%s: \"bad\"; allowed: good", name);
    snprintf(profile->text + len, sizeof profile->text - len, "%s=%s\n", name, value);
    return 0;
}

/* What was set in the end, after everything was checked line by line: the tail, from the preset on. */
static const char *settings_of(const struct profile *p)
{
    const char *last = p->text;

    for (const char *at = p->text; (at = strstr(at, "preset=")); at++)
        last = at;
    return last;
}

/* Reads a file with this text; the errors are put in err, with the file's name cut off. */
static int read_config(struct config *c, struct profile *profile, const char *text, char err[1024])
{
    char path[FILE_PATH], *all = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&all, &len);

    memset(profile, 0, sizeof *profile);
    file_make(path, text, strlen(text));
    int rc = config_read(c, path, set, profile, out);
    fclose(out);
    unlink(path);
    const char *from = strncmp(all, path, strlen(path)) == 0 ? all + strlen(path) : all;
    snprintf(err, 1024, "%s", from);
    free(all);
    return rc;
}

static const char whole[] = "listen  = {\"192.0.2.1\"}\n"
                            "tun     = \"l2tp0\"\n"
                            "address = \"10.77.0.1\"\n"
                            "pool    = \"10.77.0.0/16\"\n"
                            "dns     = {\"10.77.0.1\"}\n"
                            "preset  = \"compatible\"                  # ike = \"...\", esp = \"...\" override\n"
                            "auth    = {\"mschapv2\", \"chap\", \"pap\"}\n"
                            "psk \"%any\" { secret = \"testpsk\" }       # or a peer address, subnet or ID\n"
                            "user \"alice\" { password = \"wonderland\" }   # address = \"10.77.0.9\" pins it\n"
                            "events  = \"events.jsonl\"\n"
                            "keylog  = \"keys\"\n"
                            "tap     = \"tap.pcap\"\n";

static void the_file_of_the_readme_works_as_it_stands(void **state)
{
    struct config c;
    struct profile profile;
    char err[1024], text[ADDR_TEXT];
    (void)state;

    assert_int_equal(read_config(&c, &profile, whole, err), 0);
    assert_string_equal(err, "");
    assert_int_equal(c.n_listen, 1);
    assert_string_equal(addr_text(&c.listen[0], text), "192.0.2.1");
    assert_string_equal(c.tun, "l2tp0");
    assert_string_equal(addr_text(&c.address, text), "10.77.0.1");
    assert_int_equal(c.pool.prefix, 16);
    assert_string_equal(c.events, "events.jsonl");
    assert_string_equal(c.keylog, "keys");
    assert_string_equal(c.tap, "tap.pcap");
    assert_int_equal(c.accounts.n_psks, 1);
    assert_memory_equal(c.accounts.psks[0].secret.bytes, "testpsk", 7);
    assert_int_equal(c.accounts.n_users, 1);
    assert_string_equal(c.accounts.users[0].name, "alice");
    assert_string_equal(settings_of(&profile), "preset=compatible\n"
                                               "ppp.auth=mschapv2,chap,pap\n"
                                               "server.address=10.77.0.1\n"
                                               "server.pool=10.77.0.0/16\n"
                                               "server.dns=10.77.0.1\n");
    config_free(&c);
}

static const char least[] = "address = 10.77.0.1 pool = 10.77.0.0/16 psk %any { secret = x }\n";

static void all_else_has_defaults(void **state)
{
    struct config c;
    struct profile profile;
    char err[1024], text[ADDR_TEXT];
    (void)state;

    assert_int_equal(read_config(&c, &profile, least, err), 0);
    assert_int_equal(c.n_listen, 1);
    assert_string_equal(addr_text(&c.listen[0], text), "0.0.0.0");
    assert_string_equal(c.tun, "l2tp0");
    assert_null(c.events);
    assert_null(c.keylog);
    assert_null(c.tap);
    assert_int_equal(c.accounts.n_users, 0);
    config_free(&c);
}

static void ipv6_is_on_when_there_are_addresses_for_it(void **state)
{
    struct config c;
    struct profile profile;
    char err[1024], text[ADDR_TEXT];
    static const char file[] = "address = 10.77.0.1 pool = 10.77.0.0/16 psk %any { secret = x }\n"
                               "pool6 = \"2001:db8:77::/48\"\naddress6 = \"2001:db8:77:ffff::1\"\n";
    (void)state;

    assert_int_equal(read_config(&c, &profile, file, err), 0);
    assert_string_equal(addr_text(&c.address6, text), "2001:db8:77:ffff::1");
    assert_int_equal(c.pool6.prefix, 48);
    assert_non_null(strstr(profile.text, "server.pool6=2001:db8:77::/48\n"));
    assert_non_null(strstr(profile.text, "ppp.ipv6=1\n"));
    config_free(&c);
}

static void the_preset_is_applied_before_what_overrides_it(void **state)
{
    struct config c;
    struct profile profile;
    char err[1024], text[2048];
    (void)state;

    snprintf(text, sizeof text,
             "set = {\"ike.dpd=30\", \"l2tp.secret=a=b\"}\nesp = \"aes256-sha1\" ike = \"aes256-sha1-modp2048\"\n"
             "preset = \"modern\"\nmtu = 1300\nlisten = {\"192.0.2.1\", \"::\"}\n%s",
             least);
    assert_int_equal(read_config(&c, &profile, text, err), 0);
    assert_string_equal(settings_of(&profile), "preset=modern\n"
                                               "ike.proposals=aes256-sha1-modp2048\n"
                                               "esp.proposals=aes256-sha1\n"
                                               "server.address=10.77.0.1\n"
                                               "server.pool=10.77.0.0/16\n"
                                               "ppp.mtu=1300\n"
                                               "ike.dpd=30\n"
                                               "l2tp.secret=a=b\n");
    assert_int_equal(c.mtu, 1300);
    assert_int_equal(c.workers, 1);
    assert_int_equal(c.n_listen, 2);
    assert_string_equal(addr_text(&c.listen[1], text), "::");
    config_free(&c);
}

static void secrets_may_stand_in_files_and_in_hex(void **state)
{
    struct config c;
    struct profile profile;
    char err[1024], text[1024], psk[FILE_PATH], users[FILE_PATH], pin[ADDR_TEXT];
    (void)state;

    file_make(psk, "0x0102\n", 7);
    file_make(users, "bob builder 10.77.0.8\n", 22);
    snprintf(text, sizeof text,
             "address = 10.77.0.1\npool = 10.77.0.0/16\npsk \"192.0.2.0/24\" { secret-file = \"%s\" }\n"
             "users-file = \"%s\"\nuser alice { password = x address = 10.77.0.9 }\n",
             psk, users);
    int rc = read_config(&c, &profile, text, err);
    unlink(psk);
    unlink(users);
    assert_int_equal(rc, 0);
    assert_int_equal(c.accounts.psks[0].secret.len, 2);
    assert_memory_equal(c.accounts.psks[0].secret.bytes, "\x01\x02", 2);
    assert_int_equal(c.accounts.n_users, 2);
    assert_string_equal(addr_text(&c.accounts.users[0].pin, pin), "10.77.0.9");
    assert_string_equal(addr_text(&c.accounts.users[1].pin, pin), "10.77.0.8");
    config_free(&c);
}

static void an_error_has_its_line_its_key_and_what_is_allowed(void **state)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"\nlisten = {\"192.0.2.1\", \"here\"}\n", ":2: listen: \"here\"; allowed: addresses of this host"},
        {"address = \"::1\"\n", ":1: address: \"::1\"; allowed: an IPv4 address"},
        {"\n\n\npool = \"10.0.0.0/40\"\n", ":4: pool: \"10.0.0.0/40\"; allowed: an IPv4 subnet"},
        {"tun = \"a/b\"\n", ":1: tun: \"a/b\"; allowed: an interface name"},
        {"tun = \"abcdefghijklmnop\"\n", "allowed: an interface name of 1 to 15 letters"},
        {"ike = \"bad\"\n", ":1: ike: ike.proposals: \"bad\"; allowed: good"},
        {"\nmtu = bad\n", ":2: mtu: ppp.mtu: \"bad\"; allowed: good"},
        {"\nworkers = 0\n", ":2: workers: 0; allowed: 1 to 64 threads"},
        {"workers = 65\n", ":1: workers: 65; allowed: 1 to 64 threads"},
        {"dns = {\"bad\"}\n", ":1: dns: server.dns: \"bad\"; allowed: good"},
        {"set = {\"ike.dpd=30\",\n\"ike.dpd\"}\n", ":2: set: \"ike.dpd\"; allowed: \"name=value\""},
        {"set = {\"ike.dpd=bad\"}\n", ":1: set: ike.dpd: \"bad\"; allowed: good"},
        {"\nlisen = {\"192.0.2.1\"}\n", ":2: no such option 'lisen'; allowed: listen, tun, address, pool"},
        {"psk \"%any\" {\n secrt = \"x\"\n}\n", ":2: no such option 'secrt'; allowed: secret, secret-file"},
        {"psk \"%any\" {\n}\n", ":2: psk \"%any\": secret: missing; allowed: secret and secret-file"},
        {"psk \"%any\" { secret = x secret-file = y }\n", "secret: allowed is only one of secret and secret-file"},
        {"psk \"%any\" { secret-file = \"/nonexistent\" }\n",
         ":1: psk \"%any\": /nonexistent: No such file or directory"},
        {"psk \"10.0.0.0/99\" { secret = x }\n", ":1: psk \"10.0.0.0/99\": allowed titles: \"%any\""},
        {"psk \"%any\" { secret = \"0xx\" }\n", "secret: begins with 0x, but has other than hex digits"},
        {"psk a { secret = x }\npsk a { secret = y }\n", ":2: "},
        {"user alice { }\n", ":1: user \"alice\": password: missing; allowed: password"},
        {"user alice { password = x address = 10.0.0 }\n",
         "user \"alice\": address: \"10.0.0\"; allowed: an IPv4 address"},
        {"users-file = \"/nonexistent\"\n", ":1: users-file /nonexistent: No such file or directory"},
        {"listen = {\n", ":2: "},
        {"", ": pool: missing; allowed: an IPv4 subnet"},
        {"pool = 10.77.0.0/16\n", ": address: missing; allowed: an IPv4 address"},
        {"pool = 10.77.0.0/16 address = 10.77.0.1\n", ": psk: missing; allowed: sections as psk \"%any\""},
    };
    struct config c;
    struct profile profile;
    char err[1024];
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(read_config(&c, &profile, rows[i].text, err), -1);
        if (!strstr(err, rows[i].error))
            fail_msg("for %s\nwanted %s\ngot %s", rows[i].text, rows[i].error, err);
        assert_int_equal(c.accounts.n_psks, 0);
    }
}

static void the_sample_file_is_accepted(void **state)
{
    struct config c;
    struct profile profile = {.text = ""};
    (void)state;

    assert_int_equal(config_read(&c, SAMPLE, set, &profile, stderr), 0);
    assert_string_equal(settings_of(&profile), "preset=compatible\n"
                                               "ppp.auth=mschapv2,chap\n"
                                               "server.address=10.77.0.1\n"
                                               "server.pool=10.77.0.0/16\n"
                                               "server.dns=10.77.0.1\n");
    config_free(&c);
}

static void a_missing_file_is_named(void **state)
{
    struct config c;
    struct profile profile;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    (void)state;

    assert_int_equal(config_read(&c, "/nonexistent/server.conf", set, &profile, out), -1);
    fclose(out);
    assert_string_equal(text, "/nonexistent/server.conf: No such file or directory\n");
    free(text);
}

static void users_of_file_and_sections_do_not_clash_unseen(void **state)
{
    struct config c;
    struct profile profile;
    char err[1024], text[1024], users[FILE_PATH];
    (void)state;

    file_make(users, "alice builder\n", 14);
    snprintf(text, sizeof text, "%susers-file = \"%s\"\nuser alice { password = x }\n", least, users);
    int rc = read_config(&c, &profile, text, err);
    unlink(users);
    assert_int_equal(rc, -1);
    assert_non_null(strstr(err, "user alice is there twice"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv6_is_on_when_there_are_addresses_for_it),
        cmocka_unit_test(the_file_of_the_readme_works_as_it_stands),
        cmocka_unit_test(all_else_has_defaults),
        cmocka_unit_test(the_preset_is_applied_before_what_overrides_it),
        cmocka_unit_test(secrets_may_stand_in_files_and_in_hex),
        cmocka_unit_test(an_error_has_its_line_its_key_and_what_is_allowed),
        cmocka_unit_test(the_sample_file_is_accepted),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(users_of_file_and_sections_do_not_clash_unseen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
