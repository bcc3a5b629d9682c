/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which of several engines a packet is for: always one of them, or any; the same each time; and what follows the message does not
 * matter. A packet's transport, ports and addresses come from the first bytes. */
#include "fuzz/fuzz.h"

#include "core/shard.h"
#include "ike/common/shard.h"

static bool sane(uint32_t shard, uint32_t count)
{
    return shard < count || shard == L2TPSEC_SHARD_ANY;
}

/* What an engine marked leads to it. */
static void marked(const l2tpsec_packet *pkt, uint32_t count, uint32_t index, const uint8_t cookie[8])
{
    const struct l2s_shard s = {.index = index, .count = count};
    uint8_t header[L2S_ISAKMP_HEADER] = {0};

    memcpy(header + 8, cookie, 8);
    l2s_ike_shard_mark_responder(&s, &pkt->local, header + 8);
    memcpy(header, cookie, 8);
    header[0] ^= 0x5a;
    /* Zeros are no cookie; with one engine nothing is marked, and all is for it. */
    if (count > 1 && !l2s_cookie_zero(header + 8))
        FUZZ_CHECK(l2s_ike_shard_of(header, &pkt->local, &pkt->remote, count) == index);
    memcpy(header, cookie, 8);
    memset(header + 8, 0, 8);
    header[18] = L2S_EXCHANGE_INFO;
    l2s_ike_shard_mark(&s, header);
    if (!l2s_cookie_zero(header))
        FUZZ_CHECK(l2s_ike_shard_of(header, &pkt->local, &pkt->remote, count) == index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct l2s_rd r = l2s_rd_init(data, size);
    uint8_t head[48];
    l2tpsec_packet pkt;

    if (size < sizeof head || size > 2000)
        return 0;
    l2s_rd_copy(&r, head, sizeof head);
    memset(&pkt, 0, sizeof pkt);
    uint8_t *copy = malloc(r.left ? r.left : 1);
    if (!copy)
        return 0;
    l2s_rd_copy(&r, copy, size - sizeof head);
    pkt.data = copy;
    pkt.len = size - sizeof head;
    pkt.transport = head[0] & 1 ? L2TPSEC_TRANSPORT_UDP : L2TPSEC_TRANSPORT_ESP;
    static const uint16_t ports[] = {500, 4500, 1701, 12345};
    pkt.local.port = ports[head[0] >> 1 & 3];
    pkt.local.family = head[0] & 8 ? 6 : 4;
    pkt.remote.family = pkt.local.family;
    memcpy(pkt.local.ip, head + 4, pkt.local.family == 6 ? 16 : 4);
    memcpy(pkt.remote.ip, head + 20, pkt.local.family == 6 ? 16 : 4);
    uint32_t count = 1 + head[1] % L2TPSEC_SHARDS_MAX;
    uint32_t a = l2tpsec_shard_of(&pkt, count), b = l2tpsec_shard_of_inner(&pkt, count);
    FUZZ_CHECK(sane(a, count) && sane(b, count) && sane(l2tpsec_shard_of_address(&pkt.remote, count), count));
    FUZZ_CHECK(l2tpsec_shard_of(&pkt, count) == a && l2tpsec_shard_of_inner(&pkt, count) == b);
    FUZZ_CHECK(l2tpsec_shard_of(&pkt, 0) == L2TPSEC_SHARD_ANY && l2tpsec_shard_of(NULL, count) == L2TPSEC_SHARD_ANY);
    marked(&pkt, count, head[2] % count, head + 36);
    free(copy);
    return 0;
}
