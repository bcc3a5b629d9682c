/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The calls of a program that dials, as README.md has them: what of the library they keep in it. */
#include <l2tpsec/l2tpsec.h>

extern const l2tpsec_callbacks callbacks;
extern const l2tpsec_addr local, server;
extern l2tpsec_packet packets[32];
extern uint64_t now(void);

int main(void)
{
    l2tpsec *ctx;
    l2tpsec_profile *p;
    l2tpsec_id link;

    if (l2tpsec_new(&ctx, &callbacks, 0, now()) != L2TPSEC_OK || l2tpsec_profile_new(ctx, &p) != L2TPSEC_OK)
        return 1;
    (void)l2tpsec_profile_set_str(p, "ike.psk", "key");
    (void)l2tpsec_connect(ctx, p, &local, &server, now(), &link);
    while (l2tpsec_next_timeout(ctx) != L2TPSEC_NEVER) {
        (void)l2tpsec_input(ctx, packets, 32, now());
        (void)l2tpsec_output(ctx, packets, 32, now());
        (void)l2tpsec_tick(ctx, now());
    }
    (void)l2tpsec_close(ctx, link, now());
    l2tpsec_free(ctx);
    return 0;
}
