/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/queue.h"

#include <string.h>

static int grow(void **p, size_t *cap, size_t need, size_t unit, size_t first, struct l2s_mem *mem)
{
    size_t bigger = *cap ? *cap : first;

    if (need <= *cap)
        return L2TPSEC_OK;
    while (bigger < need)
        bigger *= 2;
    void *fresh = l2s_mem_new(mem, bigger * unit);
    if (!fresh)
        return L2TPSEC_ENOMEM;
    if (*cap)
        memcpy(fresh, *p, *cap * unit);
    l2s_mem_free(mem, *p);
    *p = fresh;
    *cap = bigger;
    return L2TPSEC_OK;
}

uint8_t *l2s_packets_add(struct l2s_packets *q, struct l2s_mem *mem, size_t headroom, size_t n, l2tpsec_packet **out)
{
    void *pkt = q->pkt, *bytes = q->bytes;
    int rc = grow(&pkt, &q->cap, q->n + 1, sizeof *q->pkt, 8, mem);

    q->pkt = pkt;
    if (rc == L2TPSEC_OK)
        rc = grow(&bytes, &q->room, q->used + headroom + n, 1, 2048, mem);
    q->bytes = bytes;
    if (rc != L2TPSEC_OK)
        return NULL;

    l2tpsec_packet *p = &q->pkt[q->n++];
    memset(p, 0, sizeof *p);
    p->reserved[0] = q->used + headroom; /* a place, until settled: the bytes may move while the queue grows */
    p->len = n;
    q->used += headroom + n;
    *out = p;
    return q->bytes + p->reserved[0];
}

void l2s_packets_settle(struct l2s_packets *q)
{
    for (size_t i = 0; i < q->n; i++) {
        q->pkt[i].data = q->bytes + q->pkt[i].reserved[0];
        q->pkt[i].reserved[0] = 0;
    }
}

void l2s_packets_clear(struct l2s_packets *q)
{
    q->n = 0;
    q->used = 0;
}

void l2s_packets_fini(struct l2s_packets *q, struct l2s_mem *mem)
{
    l2s_mem_free(mem, q->pkt);
    l2s_mem_free(mem, q->bytes);
    memset(q, 0, sizeof *q);
}
