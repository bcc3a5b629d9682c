/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "secrets/stack.h"

#include "secrets/vault.h"

#include <l2tpsec/l2tpsec.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define STACK ((size_t)1 << 18)
#define PAINT UINT64_C(0xa5a5a5a5a5a5a5a5)

struct stack_sum stack_sum;

struct call { /* of any function: the arguments it has */
    int32_t (*body)(struct call *c);
    const char *name;
    l2tpsec *ctx;
    l2tpsec_profile *profile;
    const l2tpsec_profile *const_profile;
    const void *p;
    const char *text;
    const l2tpsec_addr *local, *remote;
    l2tpsec_packet *pkts;
    l2tpsec_id *out;
    size_t n;
    uint64_t token, now;
    int32_t rc;
};

static uint8_t *stack;
static bool on_it;
static struct call *current;
static ucontext_t before, during;

static void begin_call(void)
{
    current->rc = current->body(current);
}

/* From the lowest byte that was ever written. */
static void search(const uint8_t *end, const char *name)
{
    const uint64_t *at = (const void *)stack;

    while ((const uint8_t *)at < end && *at == PAINT)
        at++;
    size_t clean = (size_t)((const uint8_t *)at - stack), top = (size_t)(end - stack);
    if (clean >= top)
        return;
    stack_sum.bytes += top - clean;
    if (STACK - clean > stack_sum.deepest)
        stack_sum.deepest = STACK - clean;
    stack_sum.found += vault_search_long(stack + clean, top - clean, name);
}

void stack_search_below(void)
{
    uint8_t here[64];

    if (!on_it)
        return;
    stack_sum.looks++;
    search(here, current->name);
}

static struct {
    uint8_t stack[1 << 16];
    ucontext_t before, during;
    void (*body)(const void *arg);
    const void *arg;
} aside;

static void begin_aside(void)
{
    aside.body(aside.arg);
}

/* A context that begins with this function, and goes back to the other at its end. */
static void prepare(ucontext_t *c, void *room, size_t size, ucontext_t *back, void (*body)(void))
{
    if (getcontext(c) != 0)
        abort();
    c->uc_stack.ss_sp = room;
    c->uc_stack.ss_size = size;
    c->uc_link = back;
    makecontext(c, body, 0);
}

void stack_aside(void (*body)(const void *arg), const void *arg)
{
    if (!on_it) {
        body(arg);
        return;
    }
    aside.body = body;
    aside.arg = arg;
    prepare(&aside.during, aside.stack, sizeof aside.stack, &aside.before, begin_aside);
    if (swapcontext(&aside.before, &aside.during) != 0)
        abort();
}

static int32_t run(struct call *c)
{
    if (on_it || !STACK_WATCHED) /* from a callback */
        return c->body(c);
    if (!stack) {
        stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (stack == MAP_FAILED)
            abort();
        memset(stack, (int)(PAINT & 0xff), STACK);
    }
    prepare(&during, stack, STACK, &before, begin_call);
    on_it = true;
    current = c;
    if (swapcontext(&before, &during) != 0)
        abort();
    on_it = false;
    stack_sum.calls++;
    search(stack + STACK, c->name);
    memset(stack, (int)(PAINT & 0xff), STACK);
    return c->rc;
}

#define WRAP(result, name, ...)                                                                                        \
    extern result __real_##name(__VA_ARGS__);                                                                          \
    extern result __wrap_##name(__VA_ARGS__)

WRAP(int32_t, l2tpsec_profile_set_str, l2tpsec_profile *p, const char *name, const char *value);
WRAP(int32_t, l2tpsec_profile_set_bytes, l2tpsec_profile *p, const char *name, const void *value, size_t len);
WRAP(void, l2tpsec_profile_free, l2tpsec_profile *p);
WRAP(void, l2tpsec_free, l2tpsec *ctx);
WRAP(int32_t, l2tpsec_connect, l2tpsec *ctx, const l2tpsec_profile *p, const l2tpsec_addr *local,
     const l2tpsec_addr *remote, uint64_t now, l2tpsec_id *link);
WRAP(int32_t, l2tpsec_listen, l2tpsec *ctx, const l2tpsec_profile *p, uint64_t now);
WRAP(int32_t, l2tpsec_close, l2tpsec *ctx, l2tpsec_id link, uint64_t now);
WRAP(int32_t, l2tpsec_answer, l2tpsec *ctx, uint64_t token, const void *secret, size_t len, uint64_t now);
WRAP(int32_t, l2tpsec_answer_expired, l2tpsec *ctx, uint64_t token, const void *password, size_t len, uint64_t now);
WRAP(int32_t, l2tpsec_input, l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now);
WRAP(int32_t, l2tpsec_output, l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now);
WRAP(int32_t, l2tpsec_tick, l2tpsec *ctx, uint64_t now);

static int32_t set_str(struct call *c)
{
    return __real_l2tpsec_profile_set_str(c->profile, c->text, c->p);
}

int32_t __wrap_l2tpsec_profile_set_str(l2tpsec_profile *p, const char *name, const char *value)
{
    struct call c = {.body = set_str, .name = "the stack of set_str", .profile = p, .text = name, .p = value};

    return run(&c);
}

static int32_t set_bytes(struct call *c)
{
    return __real_l2tpsec_profile_set_bytes(c->profile, c->text, c->p, c->n);
}

int32_t __wrap_l2tpsec_profile_set_bytes(l2tpsec_profile *p, const char *name, const void *value, size_t len)
{
    struct call c = {
        .body = set_bytes, .name = "the stack of set_bytes", .profile = p, .text = name, .p = value, .n = len};

    return run(&c);
}

static int32_t profile_free(struct call *c)
{
    __real_l2tpsec_profile_free(c->profile);
    return 0;
}

void __wrap_l2tpsec_profile_free(l2tpsec_profile *p)
{
    struct call c = {.body = profile_free, .name = "the stack of profile_free", .profile = p};

    (void)run(&c);
}

static int32_t free_context(struct call *c)
{
    __real_l2tpsec_free(c->ctx);
    return 0;
}

void __wrap_l2tpsec_free(l2tpsec *ctx)
{
    struct call c = {.body = free_context, .name = "the stack of free", .ctx = ctx};

    (void)run(&c);
}

static int32_t dial(struct call *c)
{
    return __real_l2tpsec_connect(c->ctx, c->const_profile, c->local, c->remote, c->now, c->out);
}

int32_t __wrap_l2tpsec_connect(l2tpsec *ctx, const l2tpsec_profile *p, const l2tpsec_addr *local,
                               const l2tpsec_addr *remote, uint64_t now, l2tpsec_id *link)
{
    struct call c = {.body = dial,
                     .name = "the stack of connect",
                     .ctx = ctx,
                     .const_profile = p,
                     .local = local,
                     .remote = remote,
                     .now = now,
                     .out = link};

    return run(&c);
}

static int32_t listen(struct call *c)
{
    return __real_l2tpsec_listen(c->ctx, c->const_profile, c->now);
}

int32_t __wrap_l2tpsec_listen(l2tpsec *ctx, const l2tpsec_profile *p, uint64_t now)
{
    struct call c = {.body = listen, .name = "the stack of listen", .ctx = ctx, .const_profile = p, .now = now};

    return run(&c);
}

static int32_t hang_up(struct call *c)
{
    return __real_l2tpsec_close(c->ctx, c->token, c->now);
}

int32_t __wrap_l2tpsec_close(l2tpsec *ctx, l2tpsec_id link, uint64_t now)
{
    struct call c = {.body = hang_up, .name = "the stack of close", .ctx = ctx, .token = link, .now = now};

    return run(&c);
}

static int32_t answer(struct call *c)
{
    return __real_l2tpsec_answer(c->ctx, c->token, c->p, c->n, c->now);
}

int32_t __wrap_l2tpsec_answer(l2tpsec *ctx, uint64_t token, const void *secret, size_t len, uint64_t now)
{
    struct call c = {
        .body = answer, .name = "the stack of answer", .ctx = ctx, .token = token, .p = secret, .n = len, .now = now};

    return run(&c);
}

static int32_t answer_expired(struct call *c)
{
    return __real_l2tpsec_answer_expired(c->ctx, c->token, c->p, c->n, c->now);
}

int32_t __wrap_l2tpsec_answer_expired(l2tpsec *ctx, uint64_t token, const void *password, size_t len, uint64_t now)
{
    struct call c = {.body = answer_expired,
                     .name = "the stack of answer_expired",
                     .ctx = ctx,
                     .token = token,
                     .p = password,
                     .n = len,
                     .now = now};

    return run(&c);
}

static int32_t input(struct call *c)
{
    return __real_l2tpsec_input(c->ctx, c->pkts, c->n, c->now);
}

int32_t __wrap_l2tpsec_input(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now)
{
    struct call c = {.body = input, .name = "the stack of input", .ctx = ctx, .pkts = pkts, .n = n, .now = now};

    return run(&c);
}

static int32_t output(struct call *c)
{
    return __real_l2tpsec_output(c->ctx, c->pkts, c->n, c->now);
}

int32_t __wrap_l2tpsec_output(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now)
{
    struct call c = {.body = output, .name = "the stack of output", .ctx = ctx, .pkts = pkts, .n = n, .now = now};

    return run(&c);
}

static int32_t tick(struct call *c)
{
    return __real_l2tpsec_tick(c->ctx, c->now);
}

int32_t __wrap_l2tpsec_tick(l2tpsec *ctx, uint64_t now)
{
    struct call c = {.body = tick, .name = "the stack of tick", .ctx = ctx, .now = now};

    return run(&c);
}
