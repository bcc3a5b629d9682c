/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "secrets/memory.h"

#include "secrets/vault.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define KEPT_MAX ((size_t)1 << 27) /* reserved, not taken */
#define LIVE_MAX (1u << 16)

static uint8_t *kept; /* the blocks, each behind its length */
static size_t n_kept, n_kept_blocks;
static bool watching, paused;
static void *live[LIVE_MAX]; /* open addressing */
static size_t n_live;

/* ---- blocks that are there ---- */

static size_t slot_of(const void *p)
{
    return (size_t)(((uint64_t)(uintptr_t)p * UINT64_C(0x9e3779b97f4a7c15)) >> 48) % LIVE_MAX;
}

static void came(void *p)
{
    size_t i = slot_of(p);

    if (!p || !watching || n_live > LIVE_MAX / 2)
        return;
    while (live[i] && live[i] != p)
        i = (i + 1) % LIVE_MAX;
    n_live += !live[i];
    live[i] = p;
}

/* Those behind it that it kept from their places move up. */
static void went(const void *p)
{
    size_t hole = slot_of(p);

    while (live[hole] && live[hole] != p)
        hole = (hole + 1) % LIVE_MAX;
    if (!live[hole])
        return;
    n_live--;
    for (size_t i = (hole + 1) % LIVE_MAX; live[i]; i = (i + 1) % LIVE_MAX) {
        if ((i - slot_of(live[i])) % LIVE_MAX >= (i - hole) % LIVE_MAX) {
            live[hole] = live[i];
            hole = i;
        }
    }
    live[hole] = NULL;
}

static void keep(const void *p, size_t n)
{
    if (!watching || paused || !p)
        return;
    if (n_kept + sizeof n + n > KEPT_MAX) { /* better to fail than to miss some */
        (void)fprintf(stderr, "# too much was freed to keep it all\n");
        abort();
    }
    memcpy(kept + n_kept, &n, sizeof n);
    memcpy(kept + n_kept + sizeof n, p, n);
    n_kept += sizeof n + n;
    n_kept_blocks++;
}

/* ---- how they come and go ---- */

#if defined(__SANITIZE_ADDRESS__)
/* as <sanitizer/allocator_interface.h> has it, where that is */
extern int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *p, size_t n),
                                                     void (*on_free)(const volatile void *p));
extern size_t __sanitizer_get_allocated_size(const volatile void *p);
extern int __sanitizer_get_ownership(const volatile void *p);

static size_t size_of(void *p)
{
    return __sanitizer_get_allocated_size(p);
}

static void on_malloc(const volatile void *p, size_t n)
{
    (void)n;
    came((void *)(uintptr_t)p);
}

static void on_free(const volatile void *p)
{
    void *block = (void *)(uintptr_t)p;

    if (!block)
        return;
    if (watching && !paused && __sanitizer_get_ownership(block))
        keep(block, size_of(block));
    went(block);
}

static void begin(void)
{
    static bool installed;

    if (!installed)
        __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    installed = true;
}
#else
#include <malloc.h>

/* In place of the C library's, which are still to be had by these names. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_memalign(size_t alignment, size_t n);
extern void __libc_free(void *p);

static size_t size_of(void *p)
{
    return malloc_usable_size(p);
}

void *malloc(size_t n)
{
    void *p = __libc_malloc(n);

    came(p);
    return p;
}

void *calloc(size_t n, size_t size)
{
    void *p = __libc_calloc(n, size);

    came(p);
    return p;
}

void *aligned_alloc(size_t alignment, size_t n)
{
    void *p = __libc_memalign(alignment, n);

    came(p);
    return p;
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    void *p = aligned_alloc(alignment, n);

    if (p)
        *out = p;
    return p ? 0 : ENOMEM;
}

void free(void *p)
{
    if (!p)
        return;
    keep(p, size_of(p));
    went(p);
    __libc_free(p);
}

/* Always to another place, so that what it leaves behind is seen. */
void *realloc(void *old, size_t n)
{
    void *p = malloc(n);
    size_t had = old ? size_of(old) : 0;

    if (p && old) {
        memcpy(p, old, had < n ? had : n);
        free(old);
    }
    return p;
}

static void begin(void)
{
}
#endif

/* ---- the search ---- */

void memory_watch(void)
{
    if (!kept) {
        kept = mmap(NULL, KEPT_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (kept == MAP_FAILED)
            abort();
        begin();
    }
    n_kept = n_kept_blocks = 0;
    memset(live, 0, sizeof live);
    n_live = 0;
    paused = false;
    watching = true;
}

void memory_pause(bool on)
{
    paused = on;
}

unsigned memory_search_freed(size_t *n_blocks, size_t *n_bytes)
{
    unsigned found = 0;
    size_t n = 0;

    for (size_t at = 0; at < n_kept; at += n) {
        memcpy(&n, kept + at, sizeof n);
        at += sizeof n;
        found += vault_search(kept + at, n, "a freed block", NULL);
    }
    *n_blocks += n_kept_blocks;
    *n_bytes += n_kept;
    return found;
}

unsigned memory_search_live(bool (*allowed)(const char *name), size_t *n_blocks)
{
    unsigned found = 0;

    for (size_t i = 0; i < LIVE_MAX; i++) {
        if (live[i])
            found += vault_search(live[i], size_of(live[i]), "a block", allowed);
    }
    *n_blocks += n_live;
    return found;
}
