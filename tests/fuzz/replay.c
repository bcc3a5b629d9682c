/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* replay_TARGET FILE-OR-DIRECTORY...: puts each file through the target, once, and says so as TAP. For the normal test run, on any
 * compiler and machine, and for looking at one finding. Which input broke it is the last line that was written. */
#define _POSIX_C_SOURCE 200809L /* fileno */

#include "fuzz/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

#pragma weak LLVMFuzzerInitialize

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The input lies in a block of exactly its size, so that sanitizers see one byte over. */
static bool run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;

    if (!f || fstat(fileno(f), &st) != 0) {
        perror(path);
        if (f)
            (void)fclose(f);
        return false;
    }
    size_t n = (size_t)st.st_size;
    uint8_t *data = malloc(n ? n : 1);
    bool whole = data && fread(data, 1, n, f) == n;

    (void)fclose(f);
    if (whole) {
        (void)printf("# %s\n", path);
        (void)fflush(stdout);
        (void)LLVMFuzzerTestOneInput(data, n);
    }
    free(data);
    return whole;
}

/* Files in the order of their names: the same in every run. */
static bool run_folder(const char *path, unsigned *done)
{
    char **names = NULL;
    size_t n = 0, room = 0;
    bool good = true;
    DIR *d = opendir(path);

    if (!d) {
        perror(path);
        return false;
    }
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (e->d_name[0] == '.')
            continue;
        if (n == room) {
            room = room ? 2 * room : 64;
            names = realloc(names, room * sizeof *names);
            if (!names)
                abort();
        }
        size_t len = strlen(path) + strlen(e->d_name) + 2;
        names[n] = malloc(len);
        if (!names[n])
            abort();
        (void)snprintf(names[n++], len, "%s/%s", path, e->d_name);
    }
    (void)closedir(d);
    if (n)
        qsort(names, n, sizeof *names, compare);
    for (size_t i = 0; i < n; i++) {
        if (run_file(names[i]))
            ++*done;
        else
            good = false;
        free(names[i]);
    }
    free(names);
    return good;
}

int main(int argc, char **argv)
{
    bool all_good = argc > 1;

    (void)printf("1..%d\n", argc > 1 ? argc - 1 : 1);
    if (argc < 2)
        (void)printf("not ok 1 - no file or directory given\n");
    if (LLVMFuzzerInitialize)
        (void)LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        unsigned done = 0;
        bool folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
        bool good = folder ? run_folder(argv[i], &done) : run_file(argv[i]) && ++done;

        good = good && done > 0; /* nothing to replay shows nothing */
        all_good = all_good && good;
        (void)printf("%sok %d - %u inputs of %s\n", good ? "" : "not ", i, done, argv[i]);
    }
    return all_good ? 0 : 1;
}
