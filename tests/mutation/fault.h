/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Copied into the mutated tree as l2s_fault.h. L2S_FAULT in the environment wakes one fault; which were passed is told to
 * pick.c, if that is there. Weak, so that whatever is linked together shares one of each. */
#ifndef L2S_TESTS_MUTATION_FAULT_H
#define L2S_TESTS_MUTATION_FAULT_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define L2S_FAULTS_MAX 32768

#define L2S_FAULT_SHARED __attribute__((weak, visibility("hidden")))

L2S_FAULT_SHARED int l2s_fault_awake;
L2S_FAULT_SHARED unsigned char l2s_fault_seen[L2S_FAULTS_MAX];

static __attribute__((constructor)) void l2s_fault_begin(void)
{
    const char *which = getenv("L2S_FAULT");
    void (*tell)(unsigned char *, size_t);

    if (l2s_fault_awake)
        return;
    l2s_fault_awake = which ? atoi(which) : -1;
    setvbuf(stdout, NULL, _IOLBF, 0); /* the first failure is seen at once */
    *(void **)&tell = dlsym(NULL, "l2s_pick_register");
    if (tell)
        tell(l2s_fault_seen, L2S_FAULTS_MAX);
}

#define L2S_FAULT(number) (l2s_fault_seen[number] = 1, l2s_fault_awake == (number))

#endif
