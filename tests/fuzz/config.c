/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The files of l2tpsec-server: its configuration, and (first byte odd) the list of users. What is refused is said with its line, and
 * who is in the list is found by name. */
#include "fuzz/fuzz.h"

#include "common/config.h"

#include <sys/mman.h>
#include <unistd.h>

static int file = -1;
static char path[64];
static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    file = memfd_create("config", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    nowhere = fopen("/dev/null", "w");
    FUZZ_CHECK(nowhere);
    return 0;
}

/* Any setting, but for one value that is refused. */
static int set(void *arg, const char *name, const char *value, struct problem *p)
{
    unsigned *n = arg;

    ++*n;
    FUZZ_CHECK(strlen(name) < 64);
    return strcmp(value, "bad") == 0 ? problem(p, "%s: \"bad\"; allowed: good", name) : 0;
}

static void people(const struct accounts *a)
{
    const l2tpsec_addr remote = {.family = 4, .ip = {192, 0, 2, 1}};

    for (size_t i = 0; i < a->n_users; i++) {
        const struct user *u = accounts_user(a, (const uint8_t *)a->users[i].name, strlen(a->users[i].name));
        FUZZ_CHECK(u == &a->users[i]);
        FUZZ_CHECK(a->users[i].pin.family == 0 || accounts_pinned(a, &a->users[i].pin));
    }
    for (uint32_t candidate = 0; accounts_psk(a, &remote, (const uint8_t *)"x", 1, candidate); candidate++)
        FUZZ_CHECK(candidate < a->n_psks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct accounts accounts = {0};
    struct config c;
    struct problem p;
    unsigned n = 0;

    if (size == 0 || memmem(data, size, "-file", 5)) /* whatever other file that would be */
        return 0;
    FUZZ_CHECK(ftruncate(file, 0) == 0 && pwrite(file, data + 1, size - 1, 0) == (ssize_t)size - 1);
    if (data[0] & 1) {
        if (accounts_read_users(&accounts, path, &p) == 0 && accounts_sort(&accounts, &p) == 0)
            people(&accounts);
        accounts_free(&accounts);
        return 0;
    }
    if (config_read(&c, path, set, &n, nowhere) == 0) {
        FUZZ_CHECK(c.pool.net.family == 4 && c.address.family == 4 && c.workers >= 1 && c.workers <= CONFIG_WORKERS);
        FUZZ_CHECK(c.n_listen <= CONFIG_LISTEN && strlen(c.tun) < sizeof c.tun);
        people(&c.accounts);
        config_free(&c);
    }
    return 0;
}
