/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Outbound (RFC 4303, 3.3): padding, sequence number, IV and ICV, where the datagram lies. */
#include "esp/sa.h"
#include "wire/wr.h"

#include <string.h>

#define UDP 17u
#define TRAILER 2u

/* block is a power of two */
static size_t padded(size_t block, size_t n)
{
    return (n + TRAILER + block - 1) & ~(block - 1);
}

size_t l2s_esp_sealed_len(const struct l2s_esp_suite *s, size_t n)
{
    return L2S_ESP_HEADER + l2s_esp_iv_len(s) + padded(l2s_esp_block(s), n) + l2s_esp_icv_len(s);
}

size_t l2s_esp_room_for(const struct l2s_esp_suite *s, size_t room)
{
    size_t around = L2S_ESP_HEADER + l2s_esp_iv_len(s) + l2s_esp_icv_len(s);
    size_t block = l2s_esp_block(s);

    if (room < around + block)
        return 0;
    return (room - around) / block * block - TRAILER;
}

static const uint8_t padding[L2S_ESP_PADDING] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; /* (2.4) */

/* What no packet of this SA repeats: the sequence number, behind a salt where there is room for one. */
static void put_iv(const struct l2s_esp_sa *sa, uint8_t *iv)
{
    if (sa->iv_len == L2S_ESP_IV_MAX) {
        memcpy(iv, sa->iv_salt, sizeof sa->iv_salt);
        iv += sizeof sa->iv_salt;
    }
    l2s_put32(iv, 0);
    l2s_put32(iv + 4, sa->sequence);
}

static bool prepare(struct l2s_esp_tx *x, struct l2s_esp_job *job)
{
    struct l2s_esp_sa *sa = x->sa;
    size_t text = padded(sa->block, x->len);
    uint8_t *at = x->p + x->len;

    x->reason = L2TPSEC_DROP_NONE;
    x->spent = l2s_esp_spent(sa);
    if (sa->sequence == UINT32_MAX) { /* a number never comes twice (3.3.3) */
        x->reason = L2TPSEC_DROP_SEQUENCE;
        return false;
    }
    sa->sequence++;
    sa->stats.packets_out++;
    sa->stats.bytes_out += x->len;

    size_t pad = text - x->len - TRAILER;
    memcpy(at, padding, sizeof padding); /* there is room for all of it */
    at[pad] = (uint8_t)pad;
    at[pad + 1] = UDP;

    job->key = sa->key_out;
    job->pkt = x->p - sa->iv_len - L2S_ESP_HEADER;
    job->text_len = text;
    l2s_put32(job->pkt, sa->spi_out);
    l2s_put32(job->pkt + 4, sa->sequence);
    put_iv(sa, job->pkt + L2S_ESP_HEADER);
    l2s_expect(job->key);
    x->p = job->pkt;
    x->len = L2S_ESP_HEADER + sa->iv_len + text + sa->icv_len;
    return true;
}

void l2s_esp_expect(const struct l2s_esp_sa *sa)
{
    l2s_expect_all(sa, sizeof *sa);
}

static void seal_some(struct l2s_esp *e, struct l2s_esp_tx *pkts, size_t n)
{
    struct l2s_esp_job jobs[L2S_ESP_BURST];
    struct l2s_esp_tx *of[L2S_ESP_BURST];
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (prepare(&pkts[i], &jobs[m]))
            of[m++] = &pkts[i];
    }
    if (m)
        e->crypto->ops->esp_seal(e->crypto, jobs, m);
    for (size_t i = 0; i < m; i++) {
        if (jobs[i].result != L2TPSEC_OK)
            of[i]->reason = L2TPSEC_DROP_INTERNAL;
    }
}

void l2s_esp_seal(struct l2s_esp *e, struct l2s_esp_tx *pkts, size_t n)
{
    for (size_t at = 0; at < n; at += L2S_ESP_BURST)
        seal_some(e, pkts + at, n - at < L2S_ESP_BURST ? n - at : L2S_ESP_BURST);
}
