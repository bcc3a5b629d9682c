/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include "common/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static l2tpsec_event event(uint32_t type)
{
    l2tpsec_event ev = {.size = sizeof ev, .type = type, .link = 7, .time = 1500000};

    ev.step = ev.text = ev.hint = ev.offered = ev.allowed = ev.message = ev.user = ev.advice = ev.fits = ev.domain = "";
    return ev;
}

/* The JSON line of an event; freed by the caller. */
static char *json_of(const l2tpsec_event *ev)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    events_json(out, ev);
    fclose(out);
    return text;
}

static void an_event_without_facts_has_the_common_fields_only(void **state)
{
    l2tpsec_event ev = event(L2TPSEC_EVENT_PROGRESS);
    char *text = json_of(&ev);
    (void)state;

    assert_string_equal(text,
                        "{\"time_us\":1500000,\"type\":\"progress\",\"link\":7,\"layer\":\"host\",\"cause\":\"none\","
                        "\"text\":\"\"}\n");
    free(text);
}

static void an_up_event_has_its_addresses(void **state)
{
    l2tpsec_event ev = event(L2TPSEC_EVENT_UP);
    (void)state;

    assert_true(addr_parse("198.51.100.2", &ev.remote));
    ev.remote.port = 4500;
    assert_true(addr_parse("10.77.0.2", &ev.address));
    assert_true(addr_parse("10.77.0.1", &ev.peer_address));
    assert_true(addr_parse("9.9.9.9", &ev.dns[1])); /* a second one without a first */
    ev.layer = L2TPSEC_LAYER_PPP;
    ev.mtu = 1358;
    assert_true(addr_parse("fe80::7", &ev.address6));
    assert_true(addr_parse("2001:db8::", &ev.prefix6));
    char *text = json_of(&ev);
    assert_string_equal(text, "{\"time_us\":1500000,\"type\":\"up\",\"link\":7,\"layer\":\"ppp\",\"cause\":\"none\","
                              "\"text\":\"\",\"remote\":\"198.51.100.2:4500\",\"address\":\"10.77.0.2\","
                              "\"peer_address\":\"10.77.0.1\",\"address6\":\"fe80::7\",\"prefix6\":\"2001:db8::\","
                              "\"dns\":[\"9.9.9.9\"],\"mtu\":1358}\n");
    free(text);
    assert_true(addr_parse("8.8.8.8", &ev.dns[0]));
    text = json_of(&ev);
    assert_non_null(strstr(text, ",\"dns\":[\"8.8.8.8\",\"9.9.9.9\"],"));
    free(text);
}

static void a_failure_says_all_it_knows(void **state)
{
    l2tpsec_event ev = event(L2TPSEC_EVENT_FAILED);
    (void)state;

    ev.cause = L2TPSEC_CAUSE_AUTH_REFUSED;
    ev.layer = L2TPSEC_LAYER_PPP;
    ev.step = "MS-CHAPv2";
    ev.text = "refused";
    ev.hint = "ppp.password";
    ev.offered = "pap";
    ev.allowed = "mschapv2";
    ev.message = "Access denied";
    ev.user = "alice";
    ev.peer_code = 691;
    ev.peer_code2 = 2;
    ev.retry_in_us = 5000000;
    ev.advice = "mind the spelling";
    ev.fits = "pap";
    ev.windows_code = 691;
    char *text = json_of(&ev);
    assert_non_null(strstr(text, ",\"text\":\"refused\",\"step\":\"MS-CHAPv2\",\"hint\":\"ppp.password\","
                                 "\"offered\":\"pap\",\"allowed\":\"mschapv2\",\"message\":\"Access denied\","
                                 "\"user\":\"alice\",\"peer_code\":691,\"peer_code2\":2,\"retry_in_us\":5000000,"
                                 "\"fits\":\"pap\",\"advice\":\"mind the spelling\",\"windows_code\":691}\n"));
    free(text);
}

static void every_byte_gives_a_valid_line(void **state)
{
    l2tpsec_event ev = event(L2TPSEC_EVENT_UP);
    char bytes[256];
    (void)state;

    for (unsigned i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    bytes[255] = '\0';
    ev.message = bytes;
    char *text = json_of(&ev);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
    for (const char *c = text; *c; c++)
        assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
    assert_non_null(strstr(text, "\\u0001"));
    assert_non_null(strstr(text, "\\u000a"));
    assert_non_null(strstr(text, "!\\\"#"));
    assert_non_null(strstr(text, "[\\\\]"));
    assert_non_null(strstr(text, "~\\u007f\\u0080"));
    assert_non_null(strstr(text, "\\u00ff\""));
    free(text);
}

static void statistics_name_only_the_drops_there_were(void **state)
{
    struct host_drops drops = {.net = {.truncated = 1, .unsent = 2, .no_socket = 3, .last_error = ENETUNREACH},
                               .tun = 4};
    l2tpsec_stats stats = {.size = sizeof stats, .links = 2};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    (void)state;

    drops.by_reason[L2TPSEC_DROP_FORGED] = 5;
    drops.by_reason[L2TPSEC_DROP_REPLAYED] = 6;
    events_json_stats(out, 9, &stats, &drops);
    fclose(out);
    assert_non_null(strstr(text, "{\"time_us\":9,\"type\":\"stats\",\"link\":0,"));
    assert_non_null(strstr(text, "\"links\":2,"));
    assert_non_null(strstr(text, "\"drops\":{\"forged\":5,\"replayed\":6},\"host_drops\":{\"truncated\":1,\"unsent\":2,"
                                 "\"no_socket\":3,\"tun\":4},\"send_error\":\"Network is unreachable\"}\n"));
    assert_null(strstr(text, "handed_on")); /* nor what only several workers do */
    free(text);
}

static void people_read_what_to_change(void **state)
{
    l2tpsec_event ev = event(L2TPSEC_EVENT_FAILED);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    (void)state;

    ev.text = "no common proposal";
    ev.offered = "3des-sha1-modp1024";
    ev.hint = "preset legacy";
    assert_true(addr_parse("192.0.2.1", &ev.remote));
    events_human(out, "prog", &ev);
    ev = event(L2TPSEC_EVENT_REKEYED);
    ev.text = "rekeyed"; /* begins with its type, which is not said twice */
    events_human(out, "prog", &ev);
    fclose(out);
    assert_string_equal(text, "prog: 192.0.2.1: failed: no common proposal\n"
                              "prog:   peer offered: 3des-sha1-modp1024\n"
                              "prog:   hint: preset legacy\n"
                              "prog: rekeyed\n");
    free(text);
}

static void key_log_lines_are_appended_for_the_owner_only(void **state)
{
    char dir[] = "/tmp/l2tpsec-test-XXXXXX", path[64], read[64] = "";
    struct events e = {.program = "prog"};
    struct stat st;
    struct problem p;
    (void)state;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/keys", dir);
    assert_int_equal(events_open(&e, NULL, path, &p), 0);
    events_keylog(&e, "esp_sa", "one");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/keys/esp_sa", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(chmod(path, 0644), 0); /* or it was there before, for everybody to read */
    snprintf(path, sizeof path, "%s/keys", dir);
    events_keylog(&e, "esp_sa", "two");
    snprintf(path, sizeof path, "%s/keys/esp_sa", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fread(read, 1, sizeof read - 1, f), 8);
    fclose(f);
    assert_string_equal(read, "one\ntwo\n");
    unlink(path);
    snprintf(path, sizeof path, "%s/keys", dir);
    rmdir(path);
    assert_int_equal(events_open(&e, "/nonexistent/events", NULL, &p), -1);
    assert_string_equal(p.text, "events file /nonexistent/events: No such file or directory");
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_without_facts_has_the_common_fields_only),
        cmocka_unit_test(an_up_event_has_its_addresses),
        cmocka_unit_test(a_failure_says_all_it_knows),
        cmocka_unit_test(every_byte_gives_a_valid_line),
        cmocka_unit_test(statistics_name_only_the_drops_there_were),
        cmocka_unit_test(people_read_what_to_change),
        cmocka_unit_test(key_log_lines_are_appended_for_the_owner_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
