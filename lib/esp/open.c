/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Inbound (RFC 4303, 3.4): lengths, SA, window, ICV, window again, padding, selector: in this order. */
#include "esp/sa.h"
#include "wire/rd.h"

#define UDP 17u
#define DUMMY 59u /* "no next header": traffic flow confidentiality (RFC 4303, 2.6) */
#define UDP_HEADER 8u
#define OWNER_SEEN 192u /* bytes at the beginning of an owner that are looked at with every packet */
#define TRAILER 2u

/* Forged packets cost as much as true ones, and whoever sees an SA's packets can make as many as the line takes. So that the other
 * SAs have most of the processor all the same, an SA is not heard for the rest of a slice of time once forgeries have cost so much of
 * it. (One that has nobody beside it is heard as long as there is time.) */
#define SLICE (10 * L2S_MS)
#define SHARE 16u  /* of the slice */
#define ASIDE 256u /* what a packet costs beside its bytes, in bytes */
#define NEIGHBOURS 4u

static void was_forged(struct l2s_esp *e, struct l2s_esp_sa *sa, size_t len)
{
    uint32_t slice = (uint32_t)(e->sys->now / SLICE);

    if (sa->forged_in != slice)
        sa->forged = 0;
    sa->forged_in = slice;
    sa->forged += (uint32_t)len + ASIDE;
    if (sa->forged > e->crypto->ops->esp_speed / SHARE * (uint32_t)(SLICE / L2S_MS) && e->sas.n > NEIGHBOURS)
        sa->deaf_until = (e->sys->now / SLICE + 1) * SLICE;
}

static void drop(struct l2s_esp_rx *x, uint32_t reason)
{
    struct l2s_esp_stats *s = x->sa ? &x->sa->stats : NULL;

    x->reason = reason;
    if (!s)
        return;
    switch (reason) {
    case L2TPSEC_DROP_REPLAYED:
        s->replayed++;
        break;
    case L2TPSEC_DROP_FORGED:
        s->forged++;
        break;
    case L2TPSEC_DROP_SELECTOR:
        s->refused++;
        break;
    case L2TPSEC_DROP_LIMIT:
        break;
    default:
        s->malformed++;
        break;
    }
}

static bool fits(const struct l2s_esp_sa *sa, size_t n, size_t icv_len)
{
    size_t around = sa->iv_len + icv_len;

    return n >= around + sa->block && ((n - around) & (sa->block - 1u)) == 0;
}

/* The peer cuts its ICV here, and so do we from now on. That a packet fits at 128 bits settles it, for nobody else can make
 * one; at 96 a packet on its way could have been shortened by anybody, and then the next one mends it. */
static void settle(struct l2s_esp *e, struct l2s_esp_sa *sa, const struct l2s_esp_key *by)
{
    const struct l2s_crypto_ops *ops = e->crypto->ops;

    if (by == sa->other.key_in && l2s_esp_cut_elsewhere(sa))
        l2s_trace_note(&e->sys->trace, "esp", 0, "HMAC-SHA-256 is cut at this many bits", NULL, sa->icv_len * 8);
    if (l2s_esp_is_cut(sa))
        return;
    ops->esp_key_free(e->crypto, sa->other.key_in);
    ops->esp_key_free(e->crypto, sa->other.key_out);
    sa->other = (struct l2s_esp_form){.key_in = NULL};
}

/* What can be told before the ICV: fills the job, or drops. */
static bool prepare(const struct l2s_esp *e, struct l2s_esp_rx *x, struct l2s_esp_sa *sa, struct l2s_esp_job *job,
                    uint32_t *sequence)
{
    struct l2s_rd r = l2s_rd_init(x->p, x->len);

    l2s_rd_skip(&r, 4); /* the SPI */
    *sequence = l2s_rd_u32(&r);
    x->sa = NULL;
    x->owner = NULL;
    x->reason = L2TPSEC_DROP_NONE;
    x->spent = x->newest = false;
    if (L2S_RARE(r.bad)) {
        drop(x, L2TPSEC_DROP_SHORT);
        return false;
    }
    if (L2S_RARE(!sa)) {
        drop(x, L2TPSEC_DROP_UNKNOWN_SPI);
        return false;
    }
    x->sa = sa;
    x->owner = sa->owner;
    job->key = sa->key_in;
    size_t icv_len = sa->icv_len;
    if (L2S_RARE(!fits(sa, r.left, icv_len))) {
        /* The two lengths differ by half a block or less, so that only one of them fits. */
        icv_len = sa->other.icv_len;
        job->key = sa->other.key_in;
        if (!job->key || !fits(sa, r.left, icv_len)) {
            drop(x, L2TPSEC_DROP_MALFORMED);
            return false;
        }
    }
    if (L2S_RARE(!l2s_replay_fresh(&sa->window, *sequence))) {
        drop(x, L2TPSEC_DROP_REPLAYED);
        return false;
    }
    if (L2S_RARE(e->sys->now < sa->deaf_until)) {
        drop(x, L2TPSEC_DROP_LIMIT);
        return false;
    }
    job->pkt = x->p;
    job->text_len = r.left - sa->iv_len - icv_len;
    return true;
}

/* Padding is 1, 2, 3 ... (2.4); returns the payload's length, or 0 when it is not so. */
static size_t unpad(const uint8_t *text, size_t n)
{
    size_t pad = text[n - TRAILER];

    if (pad + TRAILER > n)
        return 0;
    for (size_t i = 0; i < pad; i++) {
        if (text[n - TRAILER - pad + i] != i + 1)
            return 0;
    }
    return n - TRAILER - pad;
}

static bool allowed(const struct l2s_esp_sa *sa, uint16_t src, uint16_t dst)
{
    return (!sa->remote_port || src == sa->remote_port) && (!sa->local_port || dst == sa->local_port);
}

/* The inner UDP datagram. Bytes behind its own length are traffic flow padding (2.7). */
static void inside(struct l2s_esp_rx *x, uint8_t *text, size_t n)
{
    struct l2s_esp_sa *sa = x->sa;
    uint8_t next = text[n - 1];
    size_t len = unpad(text, n);
    struct l2s_rd r = l2s_rd_init(text, len);

    if (L2S_RARE(next == DUMMY)) {
        x->p = NULL;
        x->len = 0;
        return;
    }
    const uint8_t *udp = l2s_rd_take(&r, UDP_HEADER);
    size_t udp_len = 0;
    if (udp) { /* the checksum is covered by the ICV, and wrong behind NAT (RFC 3948, 3.1.2) */
        x->src_port = (uint16_t)(udp[0] << 8 | udp[1]);
        x->dst_port = (uint16_t)(udp[2] << 8 | udp[3]);
        udp_len = (size_t)(udp[4] << 8 | udp[5]);
    }
    if (L2S_RARE(next == UDP && (udp_len < UDP_HEADER || udp_len > len))) {
        drop(x, L2TPSEC_DROP_MALFORMED);
    } else if (L2S_RARE(next != UDP) || !allowed(sa, x->src_port, x->dst_port)) {
        drop(x, L2TPSEC_DROP_SELECTOR);
    } else {
        x->p = text + UDP_HEADER;
        x->len = udp_len - UDP_HEADER;
        sa->stats.packets_in++;
        sa->stats.bytes_in += udp_len;
        x->spent = l2s_esp_spent(sa);
    }
}

static void finish(struct l2s_esp *e, struct l2s_esp_rx *x, const struct l2s_esp_job *job, uint32_t sequence)
{
    struct l2s_esp_sa *sa = x->sa;

    if (L2S_RARE(job->result != L2TPSEC_OK)) {
        was_forged(e, sa, x->len);
        drop(x, job->result == L2TPSEC_EAUTH ? L2TPSEC_DROP_FORGED : L2TPSEC_DROP_INTERNAL);
        return;
    }
    if (L2S_RARE(!l2s_replay_fresh(&sa->window, sequence))) { /* its twin came in the same burst */
        drop(x, L2TPSEC_DROP_REPLAYED);
        return;
    }
    if (L2S_RARE(sa->other.key_in != NULL))
        settle(e, sa, job->key);
    x->newest = l2s_replay_accept(&sa->window, sequence);
    inside(x, job->pkt + L2S_ESP_HEADER + sa->iv_len, job->text_len);
}

static uint32_t spi_of(const struct l2s_esp_rx *x)
{
    struct l2s_rd r = l2s_rd_init(x->p, x->len);

    return l2s_rd_u32(&r);
}

/* Packets of many SAs: what is far away is fetched for all of them at once. */
static void expect(struct l2s_esp *e, const struct l2s_esp_rx *pkts, size_t n)
{
    struct l2s_esp_sa *sas[L2S_ESP_BURST];

    for (size_t i = 0; i < n; i++)
        l2s_hash_expect(&e->sas, l2s_hash_ours(spi_of(&pkts[i])));
    for (size_t i = 0; i < n; i++)
        l2s_hash_expect_first(&e->sas, l2s_hash_ours(spi_of(&pkts[i])));
    for (size_t i = 0; i < n; i++) {
        sas[i] = l2s_esp_find(e, spi_of(&pkts[i]));
        if (sas[i])
            l2s_expect_all(sas[i], sizeof *sas[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (!sas[i])
            continue;
        l2s_expect_all(sas[i]->owner, OWNER_SEEN);
        l2s_expect(sas[i]->key_in);
        l2s_expect(l2s_replay_word(&sas[i]->window, sas[i]->window.top));
    }
}

static void open_some(struct l2s_esp *e, struct l2s_esp_rx *pkts, size_t n)
{
    struct l2s_esp_job jobs[L2S_ESP_BURST];
    struct l2s_esp_rx *of[L2S_ESP_BURST];
    uint32_t sequence[L2S_ESP_BURST];
    uint32_t spi = spi_of(&pkts[0]); /* the next one is of the same SA as a rule */
    size_t m = 0;

    if (n > 1 && spi_of(&pkts[1]) != spi)
        expect(e, pkts, n);
    struct l2s_esp_sa *sa = l2s_esp_find(e, spi);
    for (size_t i = 0; i < n; i++) {
        uint32_t next = spi_of(&pkts[i]);
        if (next != spi) {
            spi = next;
            sa = l2s_esp_find(e, spi);
        }
        of[m] = &pkts[i];
        m += prepare(e, &pkts[i], sa, &jobs[m], &sequence[m]);
    }
    if (m)
        e->crypto->ops->esp_open(e->crypto, jobs, m);
    for (size_t i = 0; i < m; i++)
        finish(e, of[i], &jobs[i], sequence[i]);
}

void l2s_esp_open(struct l2s_esp *e, struct l2s_esp_rx *pkts, size_t n)
{
    for (size_t at = 0; at < n; at += L2S_ESP_BURST)
        open_some(e, pkts + at, n - at < L2S_ESP_BURST ? n - at : L2S_ESP_BURST);
}
