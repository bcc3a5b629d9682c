/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include "common/addr.h"

#include <string.h>

static void addresses_are_read_and_written(void **state)
{
    char text[ADDR_TEXT];
    l2tpsec_addr a;
    (void)state;

    assert_true(addr_parse("192.0.2.1", &a));
    assert_int_equal(a.family, 4);
    assert_string_equal(addr_text(&a, text), "192.0.2.1");
    a.port = 4500;
    assert_string_equal(addr_text(&a, text), "192.0.2.1:4500");
    assert_true(addr_parse("2001:db8::1", &a));
    assert_int_equal(a.family, 6);
    a.port = 500;
    assert_string_equal(addr_text(&a, text), "[2001:db8::1]:500");
    memset(&a, 0, sizeof a);
    assert_string_equal(addr_text(&a, text), "");
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "::g", "example.org", "10.0.0.0/8"};
    l2tpsec_addr a;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(addr_parse(bad[i], &a));
}

static void a_subnet_has_its_host_bits_cleared(void **state)
{
    char text[ADDR_TEXT];
    struct subnet s;
    (void)state;

    assert_true(subnet_parse("10.77.255.9/12", &s));
    assert_string_equal(addr_text(&s.net, text), "10.64.0.0");
    assert_int_equal(s.prefix, 12);
    assert_true(subnet_parse("0.0.0.0/0", &s));
    assert_int_equal(s.prefix, 0);
    assert_true(subnet_parse("192.0.2.1", &s));
    assert_int_equal(s.prefix, 32);
    assert_true(subnet_parse("2001:db8:ffff::/33", &s));
    assert_string_equal(addr_text(&s.net, text), "2001:db8:8000::");
    assert_true(subnet_parse("::1", &s));
    assert_int_equal(s.prefix, 128);
}

static void what_is_no_subnet_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "/",
                                      "/8",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/+8",
                                      "10.0.0.0/8x",
                                      "10.0.0.0/ 8",
                                      "::/129",
                                      "10.0.0/8",
                                      "10.0.0.0/8/8",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/8"};
    struct subnet s;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(subnet_parse(bad[i], &s));
}

static bool has(const char *subnet, const char *address)
{
    struct subnet s;
    l2tpsec_addr a;

    assert_true(subnet_parse(subnet, &s));
    assert_true(addr_parse(address, &a));
    return subnet_has(&s, &a);
}

static void a_subnet_knows_its_addresses(void **state)
{
    (void)state;
    assert_true(has("10.77.0.0/16", "10.77.255.255"));
    assert_false(has("10.77.0.0/16", "10.78.0.0"));
    assert_true(has("10.64.0.0/12", "10.79.1.1"));
    assert_false(has("10.64.0.0/12", "10.80.0.0"));
    assert_true(has("0.0.0.0/0", "203.0.113.9"));
    assert_true(has("192.0.2.1", "192.0.2.1"));
    assert_false(has("192.0.2.1", "192.0.2.2"));
    assert_false(has("0.0.0.0/0", "::1"));
    assert_true(has("::/0", "::1"));
}

static void socket_addresses_go_there_and_back(void **state)
{
    static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};
    struct sockaddr_storage sa;
    l2tpsec_addr a, b;
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        assert_true(addr_parse(addresses[i], &a));
        a.port = 4500;
        assert_true(addr_to_sockaddr(&a, &sa) > 0);
        addr_from_sockaddr(&sa, &b);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),     cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_subnet_has_its_host_bits_cleared), cmocka_unit_test(what_is_no_subnet_is_refused),
        cmocka_unit_test(a_subnet_knows_its_addresses),       cmocka_unit_test(socket_addresses_go_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
