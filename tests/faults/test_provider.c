/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The same with the cryptography that hosts have, whose allocations fail, too. */
#include "faults/inject.h"

static void new_keys(struct stage *s)
{
    stage_connect(s);
    for (unsigned i = 0; i < 10; i++) {
        stage_run(s, 5 * SECOND);
        stage_traffic(s, 1, 100);
    }
}

static const struct scene scenes[] = {
    {.name = "X25519 and AES-GCM",
     .client = {"preset", "modern", "ike.proposals", "aes128-sha256-x25519", "esp.proposals", "aes128gcm16"},
     .server = {"ike.proposals", "aes128-sha256-x25519", "esp.proposals", "aes128gcm16"},
     .play = stage_connect,
     .stays_up = 1,
     .most = FAULTS_MOST},
    {.name = "P-256, AES-CBC and MPPE",
     .client = {"ike.proposals", "aes256-sha1-ecp256", "esp.proposals", "aes256-sha1", "ppp.mppe", "require"},
     .server = {"ike.proposals", "aes256-sha1-ecp256", "esp.proposals", "aes256-sha1", "ppp.mppe", "require"},
     .play = stage_connect,
     .stays_up = 1,
     .most = FAULTS_MOST},
    {.name = "X25519, new keys with PFS",
     .client = {"ike.proposals", "aes128-sha256-x25519", "esp.proposals", "aes128gcm16-x25519", "ike.lifetime", "60",
                "esp.lifetime", "60", "ike.rekey_margin", "20"},
     .server = {"ike.proposals", "aes128-sha256-x25519", "esp.proposals", "aes128gcm16-x25519"},
     .play = new_keys,
     .stays_up = 1,
     .most = FAULTS_MOST},
};

int main(void)
{
    return faults_run("provider", scenes, sizeof scenes / sizeof *scenes);
}
