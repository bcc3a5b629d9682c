/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* sweep_TARGET seed=N (seconds=N | runs=N) max=BYTES keep=FOLDER FILE-OR-FOLDER...: puts bent copies of these inputs through the target.
 * It does not see what they reach, as the fuzzers do; but it needs no instrumentation for that, and takes several times as many
 * with the same sanitizers. The corpus of the fuzzers is what it starts from. What broke the target is written to FOLDER. */
#define _POSIX_C_SOURCE 200809L /* fileno, clock_gettime */

#include "fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define INPUTS_MOST 100000u

#pragma weak LLVMFuzzerInitialize
void __sanitizer_set_death_callback(void (*f)(void));
#pragma weak __sanitizer_set_death_callback

struct input {
    uint8_t *p;
    size_t n;
};

static struct input *inputs;
static size_t n_inputs, most = 1024;
static uint64_t seed = 1;
static const char *folder = ".";
static uint8_t *now; /* what the target has */
static size_t now_len;
static uint64_t runs;

static uint32_t any(uint32_t below) /* splitmix64 */
{
    seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z >> 32) * below >> 32);
}

/* ---- what is kept when it breaks --------------------------------------------------------------------------------- */

static void keep(void)
{
    char path[1024];
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    if (!now)
        return;
    for (size_t i = 0; i < now_len; i++)
        h = (h ^ now[i]) * UINT64_C(0x100000001b3);
    (void)snprintf(path, sizeof path, "%s/sweep-%016llx", folder, (unsigned long long)h);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, now, now_len) != (ssize_t)now_len)
        (void)fprintf(stderr, "%s: not written\n", path);
    (void)fprintf(stderr, "stat::number_of_executed_units: %llu\n", (unsigned long long)runs);
    now = NULL;
}

static void aborted(int sig)
{
    keep();
    (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

static void load_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;

    if (!f || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || n_inputs == INPUTS_MOST) {
        if (f)
            (void)fclose(f);
        return;
    }
    size_t n = (size_t)st.st_size < most ? (size_t)st.st_size : most;
    uint8_t *p = malloc(n ? n : 1);
    if (p && fread(p, 1, n, f) == n)
        inputs[n_inputs++] = (struct input){p, n};
    else
        free(p);
    (void)fclose(f);
}

static void load(const char *path)
{
    DIR *d = opendir(path);
    char name[2048];

    if (!d) {
        load_file(path);
        return;
    }
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        (void)snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.')
            load_file(name);
    }
    (void)closedir(d);
}

/* ---- bending ----------------------------------------------------------------------------------------------------- */

static void put(uint8_t *p, uint32_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

/* A piece of another input, in place or in between. */
static size_t graft(uint8_t *p, size_t n, bool between)
{
    const struct input *other = &inputs[any((uint32_t)n_inputs)];
    size_t from = any((uint32_t)other->n + 1), at = any((uint32_t)n + 1);
    size_t len = any((uint32_t)(other->n - from) + 1);

    len = len < 64 || any(4) == 0 ? len : len % 64;
    if (between) {
        len = len < most - n ? len : most - n;
        memmove(p + at + len, p + at, n - at);
        n += len;
    }
    for (size_t i = 0; i < len && at + i < n; i++)
        p[at + i] = other->p[from + i];
    return n;
}

static size_t bend(uint8_t *p, size_t n)
{
    static const uint8_t nasty[] = {0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x20, 0x40, 0x7f, 0x80, 0xfe, 0xff};

    for (uint32_t edits = 1 + any(4); edits; edits--) {
        size_t at = n ? any((uint32_t)n) : 0, left = n - at;
        switch (n ? any(10) : 9) {
        case 0:
            p[at] = nasty[any(sizeof nasty)];
            break;
        case 1:
            p[at] = (uint8_t)any(256);
            break;
        case 2:
        case 3:
            p[at] ^= (uint8_t)(1u << any(8));
            break;
        case 4:
            p[at] = (uint8_t)(p[at] + any(9) - 4);
            break;
        case 5: /* a length that fits from here on, or nearly */
            if (left >= 4)
                put(p + at, (uint32_t)left + any(5) - 2, any(2) ? 2 : 4);
            break;
        case 6:
            n = any(2) ? at : n;
            break;
        case 7: { /* a piece is taken out */
            size_t len = any((uint32_t)(left < 16 ? left : 16)) + 1;
            memmove(p + at, p + at + len, left - len);
            n -= len;
            break;
        }
        default:
            n = graft(p, n, any(2));
            break;
        }
    }
    return n;
}

static void run_one(uint8_t *scratch)
{
    const struct input *from = &inputs[any((uint32_t)n_inputs)];

    memcpy(scratch, from->p, from->n);
    now_len = bend(scratch, from->n);
    uint8_t *exact = malloc(now_len ? now_len : 1); /* so that a sanitizer sees one byte over */
    if (!exact)
        abort();
    memcpy(exact, scratch, now_len);
    now = exact;
    (void)LLVMFuzzerTestOneInput(exact, now_len);
    now = NULL;
    free(exact);
    runs++;
}

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    unsigned long long runs_most = 0;
    double until = 0, began = seconds();

    inputs = calloc(INPUTS_MOST, sizeof *inputs);
    for (int i = 1; inputs && i < argc; i++) {
        unsigned long long v = 0;
        if (sscanf(argv[i], "seed=%llu", &v) == 1)
            seed = v;
        else if (sscanf(argv[i], "seconds=%llu", &v) == 1)
            until = began + (double)v;
        else if (sscanf(argv[i], "runs=%llu", &v) == 1)
            runs_most = v;
        else if (sscanf(argv[i], "max=%llu", &v) == 1)
            most = (size_t)v;
        else if (strncmp(argv[i], "keep=", 5) == 0)
            folder = argv[i] + 5;
        else
            load(argv[i]);
    }
    uint8_t *scratch = malloc(most + 1);
    if (!scratch || n_inputs == 0) {
        (void)fprintf(stderr, "nothing to begin with\n");
        return 1;
    }
    (void)signal(SIGABRT, aborted);
    (void)atexit(keep); /* CMocka's assertions, of the fakes, end the program so */
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(keep);
    if (LLVMFuzzerInitialize)
        (void)LLVMFuzzerInitialize(&argc, &argv);
    while ((runs_most == 0 || runs < runs_most) && (until == 0 || runs % 1024 != 0 || seconds() < until))
        run_one(scratch);
    (void)printf("stat::number_of_executed_units: %llu\nstat::average_exec_per_sec: %.0f\n", (unsigned long long)runs,
                 (double)runs / (seconds() - began + 1e-9));
    free(scratch);
    for (size_t i = 0; i < n_inputs; i++)
        free(inputs[i].p);
    free(inputs);
    return 0;
}
