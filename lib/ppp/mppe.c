/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ppp/mppe.h"

#include "base/errors.h"
#include "base/wipe.h"
#include "wire/wr.h"

#include <string.h>

#define FLUSHED 0x8000u /* bit A */
#define ENCRYPTED 0x1000u
#define COUNTS 0x1000u
#define CHANGES_MAX 256u /* for one packet */
#define FLAG 0xffu       /* a packet before which the key changes, with state (7.2) */

/* SHA1(start | 40 zeros | x | 40 times f2), cut: the pads of GetNewKeyFromSHA and GetAsymmetricStartKey. */
static int derive(struct l2s_crypto *c, const void *start, size_t start_len, const void *x, size_t x_len, uint8_t *out,
                  size_t n)
{
    uint8_t digest[20], in[2 * L2S_MPPE_KEY_MAX + 80 + 84];
    struct l2s_wr w = l2s_wr_init(in, sizeof in);

    l2s_wr_bytes(&w, start, start_len);
    l2s_wr_zeros(&w, 40);
    l2s_wr_bytes(&w, x, x_len);
    for (unsigned i = 0; i < 40; i++)
        l2s_wr_u8(&w, 0xf2);
    struct l2s_bytes all = {in, w.len};
    int rc = w.bad ? L2TPSEC_EINTERNAL : l2s_hash(c, L2S_SHA1, &all, 1, digest);
    if (rc == L2TPSEC_OK)
        memcpy(out, digest, n);
    l2s_wipe(digest, sizeof digest);
    l2s_wipe(in, sizeof in);
    return rc;
}

/* RFC 3079, 3.3: the bytes everybody knows of the short keys. */
static void weaken(struct l2s_mppe *m)
{
    if (m->bits & L2S_MPPE_40)
        memcpy(m->session, "\xd1\x26\x9e", 3);
    else if (m->bits & L2S_MPPE_56)
        m->session[0] = 0xd1;
}

/* RFC 3078, 7.3. The first key is not encrypted by itself (RFC 3079, 3.3). */
static int change_key(struct l2s_mppe *m, bool first)
{
    int rc = derive(m->crypto, m->start, m->key_len, m->session, m->key_len, m->session, m->key_len);

    if (rc != L2TPSEC_OK)
        return rc;
    if (!first) {
        uint8_t interim[L2S_MPPE_KEY_MAX];
        memcpy(interim, m->session, m->key_len);
        l2s_rc4_key(&m->rc4, interim, m->key_len);
        l2s_rc4(&m->rc4, m->session, m->key_len);
        l2s_wipe(interim, sizeof interim);
    }
    weaken(m);
    l2s_rc4_key(&m->rc4, m->session, m->key_len);
    return L2TPSEC_OK;
}

int l2s_mppe_begin_at(struct l2s_mppe *m, struct l2s_crypto *crypto, const uint8_t start[L2S_MPPE_KEY_MAX],
                      uint32_t bits)
{
    memset(m, 0, sizeof *m);
    m->crypto = crypto;
    m->bits = bits;
    m->key_len = bits & L2S_MPPE_128 ? 16 : 8;
    m->count = COUNTS - 1; /* so that the first packet is number 0 */
    memcpy(m->start, start, sizeof m->start);
    memcpy(m->session, start, sizeof m->session);
    return change_key(m, true);
}

int l2s_mppe_begin(struct l2s_mppe *m, struct l2s_crypto *crypto, const uint8_t master[L2S_MPPE_KEY_MAX], uint32_t bits,
                   bool sending, bool server)
{
    static const char magic[2][85] = {
        "On the client side, this is the send key; on the server side, it is the receive key.",
        "On the client side, this is the receive key; on the server side, it is the send key."};
    uint8_t start[L2S_MPPE_KEY_MAX];

    int rc = derive(crypto, master, L2S_MPPE_KEY_MAX, magic[sending == server], 84, start, sizeof start);
    if (rc == L2TPSEC_OK)
        rc = l2s_mppe_begin_at(m, crypto, start, bits);
    l2s_wipe(start, sizeof start);
    return rc;
}

int l2s_mppe_seal(struct l2s_mppe *m, uint8_t header[L2S_MPPE_HEADER], uint8_t *data, size_t n)
{
    bool stateless = m->bits & L2S_MPPE_STATELESS;
    int rc = L2TPSEC_OK;

    m->count = (uint16_t)((m->count + 1) % COUNTS);
    if (stateless || (m->count & FLAG) == FLAG)
        rc = change_key(m, false);
    else if (m->flush) /* the same key from its beginning (8.2) */
        l2s_rc4_key(&m->rc4, m->session, m->key_len);
    if (rc != L2TPSEC_OK)
        return rc;
    bool flushed = stateless || m->flush || (m->count & FLAG) == FLAG;
    l2s_put16(header, (uint16_t)(m->count | ENCRYPTED | (flushed ? FLUSHED : 0)));
    m->flush = false;
    l2s_rc4(&m->rc4, data, n);
    return L2TPSEC_OK;
}

/* Stateless: as many key changes as packets went by (8.1). Half of the counts are ahead of us, the others behind. A gap that
 * would take long is closed over several packets. */
static enum l2s_mppe_read follow(struct l2s_mppe *m, uint16_t count)
{
    uint16_t ahead = (uint16_t)((count - m->count) % COUNTS);

    if (ahead == 0 || ahead > COUNTS / 2)
        return L2S_MPPE_LATE;
    for (unsigned n = 0; n < CHANGES_MAX && m->count != count; n++) {
        if (change_key(m, false) != L2TPSEC_OK)
            return L2S_MPPE_FAILED;
        m->count = (uint16_t)((m->count + 1) % COUNTS);
    }
    return m->count == count ? L2S_MPPE_READ : L2S_MPPE_LATE;
}

/* With state: in order, or from a packet on that begins anew (8.2). Each flag packet that went by changed the key. */
static enum l2s_mppe_read keep_up(struct l2s_mppe *m, uint16_t count, bool flushed)
{
    uint16_t ahead = (uint16_t)((count - m->count) % COUNTS);

    if (ahead == 0 || ahead > COUNTS / 2)
        return L2S_MPPE_LATE;
    if (!flushed && (m->lost || ahead != 1)) {
        bool news = !m->lost;
        m->lost = true;
        return news ? L2S_MPPE_RESET : L2S_MPPE_LATE;
    }
    while (m->count != count) {
        m->count = (uint16_t)((m->count + 1) % COUNTS);
        if ((m->count & FLAG) == FLAG && change_key(m, false) != L2TPSEC_OK)
            return L2S_MPPE_FAILED;
    }
    if (flushed)
        l2s_rc4_key(&m->rc4, m->session, m->key_len);
    m->lost = false;
    return L2S_MPPE_READ;
}

enum l2s_mppe_read l2s_mppe_open(struct l2s_mppe *m, const uint8_t header[L2S_MPPE_HEADER], uint8_t *data, size_t n)
{
    uint16_t word = (uint16_t)(header[0] << 8 | header[1]), count = word % COUNTS;
    bool flushed = word & FLUSHED, stateless = m->bits & L2S_MPPE_STATELESS;

    if (!(word & ENCRYPTED) || (stateless && !flushed))
        return L2S_MPPE_LATE;
    enum l2s_mppe_read verdict = stateless ? follow(m, count) : keep_up(m, count, flushed);
    if (verdict == L2S_MPPE_READ)
        l2s_rc4(&m->rc4, data, n);
    return verdict;
}

void l2s_mppe_reset(struct l2s_mppe *m)
{
    m->flush = true;
}
