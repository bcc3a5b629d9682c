/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "files.h"

#include "common/tapfile.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_HEADER = 24, FRAME_HEADER = 16 };

static const l2tpsec_addr here = {.family = 4, .port = 4500, .ip = {192, 0, 2, 7}};
static const l2tpsec_addr there = {.family = 4, .port = 1701, .ip = {192, 0, 2, 1}};
static const l2tpsec_addr here6 = {.family = 6, .port = 4500, .ip = {0x20, 1}};
static const l2tpsec_addr there6 = {.family = 6, .port = 4500, .ip = {0x20, 2}};

/* What a tap of this message writes, behind the file's header. */
static size_t written(const l2tpsec_tap *m, uint8_t *out, size_t cap)
{
    char path[FILE_PATH];
    struct tapfile t;
    struct problem p;
    struct stat st;

    file_make(path, "", 0);
    unlink(path);
    assert_int_equal(tapfile_open(&t, path, &p), 0);
    tapfile_write(&t, m);
    tapfile_close(&t);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(out, 1, cap, f);
    fclose(f);
    unlink(path);
    assert_in_range(n, FILE_HEADER + FRAME_HEADER, cap);
    memmove(out, out + FILE_HEADER, n - FILE_HEADER);
    return n - FILE_HEADER;
}

static void messages_stand_in_udp_packets(void **state)
{
    static const uint8_t udp[] = {0x06, 0xa5, 0x11, 0x94, 0, 11, 0, 0, 'a', 'b', 'c'};
    l2tpsec_tap m = {
        .kind = L2TPSEC_TAP_L2TP, .local = here, .remote = there, .data = (const uint8_t *)"abc", .len = 3};
    uint8_t out[256];
    uint32_t len[2];
    (void)state;

    assert_int_equal(written(&m, out, sizeof out), FRAME_HEADER + 20 + 11);
    memcpy(len, out + 8, sizeof len);
    assert_int_equal(len[0], 31);
    assert_int_equal(len[1], 31);
    assert_int_equal(out[FRAME_HEADER], 0x45);
    assert_int_equal(out[FRAME_HEADER + 3], 31);
    assert_memory_equal(out + FRAME_HEADER + 12, there.ip, 4); /* it was received */
    assert_memory_equal(out + FRAME_HEADER + 16, here.ip, 4);
    assert_memory_equal(out + FRAME_HEADER + 20, udp, sizeof udp);
}

static void ike_stands_at_port_500_whatever_it_went_by(void **state)
{
    static const uint8_t udp[] = {0x01, 0xf4, 0x01, 0xf4, 0, 11, 0, 0, 'a', 'b', 'c'};
    l2tpsec_tap m = {
        .kind = L2TPSEC_TAP_IKE, .sent = 1, .local = here6, .remote = there6, .data = (const uint8_t *)"abc", .len = 3};
    uint8_t out[256];
    (void)state;

    assert_int_equal(written(&m, out, sizeof out), FRAME_HEADER + 40 + 11);
    assert_int_equal(out[FRAME_HEADER], 0x60);
    assert_int_equal(out[FRAME_HEADER + 5], 11);
    assert_memory_equal(out + FRAME_HEADER + 8, here6.ip, 16);
    assert_memory_equal(out + FRAME_HEADER + 24, there6.ip, 16);
    assert_memory_equal(out + FRAME_HEADER + 40, udp, sizeof udp);
}

static void none_is_written_where_none_is_wanted_or_can_be(void **state)
{
    const l2tpsec_tap m = {.local = here, .remote = there, .data = (const uint8_t *)"abc", .len = 3};
    struct tapfile t;
    struct problem p;
    (void)state;

    assert_int_equal(tapfile_open(&t, NULL, &p), 0);
    tapfile_write(&t, &m);
    tapfile_close(&t);
    assert_int_equal(tapfile_open(&t, "/nowhere/at/all", &p), -1);
    assert_non_null(strstr(p.text, "/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_stand_in_udp_packets),
        cmocka_unit_test(ike_stands_at_port_500_whatever_it_went_by),
        cmocka_unit_test(none_is_written_where_none_is_wanted_or_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
