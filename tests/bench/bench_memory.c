/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What an idle link holds, by type. Links are made, then as many again; each size of block that there are more of belongs to
 * something of known size. Tables, which belong to all links, are what is left over.
 *
 *   bench_memory [LINKS] [ESP PROPOSAL] [portable]
 */
#include "bench/links.h"
#include "core/context.h"
#include "core/history.h"
#include "core/link.h"
#include "esp/sa.h"
#include "ike/v1/child.h"
#include "l2tp/call.h"
#include "l2tp/path.h"
#include "l2tp/tunnel.h"
#include "ppp/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZES 65536u /* longer blocks are tables */
#define HEADER 16u   /* of base/mem.c, in front of every block */
#define IDLE (200 * LINKS_SECOND)

static long blocks[2][SIZES], were[2][SIZES];

static void count(bool client, size_t n, bool more)
{
    if (n < SIZES)
        blocks[!client][n] += more ? 1 : -1;
}

static const struct {
    size_t size;
    const char *name;
} types[] = {
    {sizeof(struct l2s_link), "core: link"},
    {sizeof(struct l2s_channel), "core: channel"},
    {sizeof(struct l2s_child), "core: SA pair"},
    {sizeof(struct l2s_shared_profile), "core: profile"},
    {sizeof(struct l2s_profile), "core: profile"},
    {sizeof(struct l2s_v1_peer), "ike: peer"},
    {sizeof(struct l2s_v1_sa), "ike: IKE SA"},
    {sizeof(struct l2s_v1_child), "ike: SA pair"},
    {sizeof(struct l2s_esp_sa), "esp: SA pair"},
    {sizeof(struct l2s_l2tp_path), "l2tp: path"},
    {sizeof(struct l2s_l2tp_tunnel), "l2tp: tunnel"},
    {sizeof(struct l2s_l2tp_call), "l2tp: call"},
    {sizeof(struct l2s_ppp), "ppp: link"},
    {sizeof(struct l2s_failure), "a failure"},
};

/* What has no type that is known here: strings, identities, the replay window, the history, keys of the provider. */
static const char *name_of(size_t n)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].size == n)
            return types[i].name;
    }
    return "";
}

/* Bytes of one direction's keys of the provider, counted with our own memory. */
static size_t key_bytes(struct links *l, const char *esp)
{
    struct l2tpsec *c = l->server.ctx;
    struct l2s_esp_policy policy;
    struct l2s_esp_key *key;
    uint8_t bytes[L2S_ESP_KEY_MAX + L2S_ESP_AUTH_KEY_MAX] = {1};
    size_t held = c->sys.mem.held, wrong_len;
    const char *wrong;

    if (l2s_esp_policy_parse(esp, &policy, &wrong, &wrong_len) != L2TPSEC_OK ||
        c->crypto->ops->esp_key_new(c->crypto, &policy.p[0].suite, bytes, bytes, true, &key) != L2TPSEC_OK)
        exit(1);
    held = c->sys.mem.held - held;
    c->crypto->ops->esp_key_free(c->crypto, key);
    return held;
}

static void report(const char *role, unsigned side, size_t links, uint64_t held, size_t key)
{
    double known = 0, each = (double)held / (double)links;

    (void)printf("%s, of one idle link:\n", role);
    for (size_t n = SIZES; n-- > HEADER;) {
        double more = (double)(blocks[side][n] - were[side][n]) / (double)links;
        if (more < 0.5)
            continue;
        size_t bytes = n - HEADER;
        const char *name = bytes == key ? "crypto: ESP keys" : name_of(bytes);
        (void)printf("  %6zu bytes x %.0f  %s\n", bytes, more, name);
        known += more * (double)bytes;
    }
    (void)printf("  %6.0f bytes      tables\n", each - known);
    (void)printf("  %6.0f bytes in all; %.0f without the ESP keys\n", each, each - 2 * (double)key);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 && argv[1][0] != '-' ? strtoul(argv[1], NULL, 10) : 512;
    const char *esp = argc > 2 ? argv[2] : "aes256gcm16";
    static struct links l;

    links_init(&l, 2 * n, argc > 3 ? L2TPSEC_ENGINE_PORTABLE : L2TPSEC_ENGINE_AUTO, "aes256-sha256-x25519", esp, count);
    size_t key = key_bytes(&l, esp);
    links_connect(&l, n);
    links_pass(&l, IDLE);
    uint64_t client = links_stats(&l.client).memory, server = links_stats(&l.server).memory;
    memcpy(were, blocks, sizeof were);
    links_connect(&l, n);
    links_pass(&l, IDLE);
    report("server", 1, n, links_stats(&l.server).memory - server, key);
    report("client", 0, n, links_stats(&l.client).memory - client, key);
    links_fini(&l);
    return 0;
}
