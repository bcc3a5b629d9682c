/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Bytes that a client's context holds with its only link up: the number that tests/bench/footprint prints. */
#include "bench/memory_net.h"

#include <stdio.h>

int main(void)
{
    static struct memory_net net;
    const char *const settings[] = {"esp.proposals=aes256-sha256", NULL};
    l2tpsec_stats s = {.size = sizeof s};

    memory_net_up(&net, 1, L2TPSEC_ENGINE_PORTABLE, settings);
    (void)l2tpsec_get_stats(net.client.ctx, 0, &s);
    (void)printf("%llu\n", (unsigned long long)s.memory);
    memory_net_down(&net);
    return 0;
}
