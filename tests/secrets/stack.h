/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Every call of the library on a stack of its own, that is searched for secrets when it returns, and below the callbacks that
 * it makes. The linker leads the calls here (--wrap), those of tests/pair/net.c, too. */
#ifndef TESTS_SECRETS_STACK_H
#define TESTS_SECRETS_STACK_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) /* which has stacks of its own */
#define STACK_WATCHED 0
#else
#define STACK_WATCHED 1
#endif

struct stack_sum {
    size_t calls, looks, bytes; /* what was searched: after calls, in callbacks */
    size_t deepest;             /* bytes of stack that one call took */
    unsigned found;
};

extern struct stack_sum stack_sum;

/* Call this from another stack again: what it leaves there is not the library's. */
void stack_aside(void (*body)(const void *arg), const void *arg);

/* From a callback: what functions that have returned left on it. */
void stack_search_below(void);

#endif
