/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static void *take(void *user, size_t n)
{
    struct fake_sys *f = user;

    if (f->fail_alloc_at && --f->fail_alloc_at == 0)
        return NULL;
    void *p = malloc(n);
    if (p)
        f->blocks++;
    return p;
}

static void give(void *user, void *p)
{
    struct fake_sys *f = user;

    f->blocks--;
    free(p);
}

/* splitmix64: repeatable, and no two bytes in a row alike */
static int chance(void *user, void *buf, size_t n)
{
    struct fake_sys *f = user;
    uint8_t *out = buf;

    if (f->fail_random_at && --f->fail_random_at == 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        f->seed += 0x9e3779b97f4a7c15u;
        uint64_t z = f->seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        out[i] = (uint8_t)(z ^ (z >> 31));
    }
    return 0;
}

void fake_sys_init(struct fake_sys *f)
{
    memset(f, 0, sizeof *f);
    f->seed = 1;
    f->sys.mem.alloc = take;
    f->sys.mem.release = give;
    f->sys.mem.user = f;
    f->sys.random = chance;
    f->sys.random_user = f;
    f->sys.now = 1000 * L2S_SECOND;
    l2s_timers_init(&f->sys.timers, &f->sys.mem);
}

void fake_sys_fini(struct fake_sys *f)
{
    assert_int_equal(f->sys.timers.n, 0);
    l2s_timers_fini(&f->sys.timers);
    assert_int_equal(f->blocks, 0);
    assert_int_equal(f->sys.mem.held, 0);
}

void fake_advance(struct fake_sys *f, uint64_t us)
{
    uint64_t until = f->sys.now + us;

    for (;;) {
        uint64_t due = l2s_timers_next(&f->sys.timers);
        if (due > until)
            break;
        if (due > f->sys.now)
            f->sys.now = due;
        l2s_timers_run(&f->sys.timers, f->sys.now);
    }
    f->sys.now = until;
}

static struct copy {
    struct copy *next;
    uint8_t *bytes;
} * copies;

struct l2s_rd fake_rd_exact(const void *p, size_t n)
{
    struct copy *c = malloc(sizeof *c);
    assert_non_null(c);
    c->bytes = malloc(n ? n : 1);
    assert_non_null(c->bytes);
    if (n)
        memcpy(c->bytes, p, n);
    c->next = copies;
    copies = c;
    return l2s_rd_init(c->bytes, n);
}

void fake_rd_free(void)
{
    while (copies) {
        struct copy *c = copies;
        copies = c->next;
        free(c->bytes);
        free(c);
    }
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

size_t fake_hex(const char *hex, uint8_t *out, size_t cap)
{
    size_t digits = 0;

    for (; *hex; hex++) {
        int v = nibble(*hex);
        if (v < 0)
            continue;
        assert_true(digits / 2 < cap);
        if (digits % 2 == 0)
            out[digits / 2] = (uint8_t)(v << 4);
        else
            out[digits / 2] = (uint8_t)(out[digits / 2] | v);
        digits++;
    }
    assert_int_equal(digits % 2, 0);
    return digits / 2;
}
