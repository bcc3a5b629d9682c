/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ppp/auth/mschap.h"

#include "base/errors.h"
#include "base/wipe.h"
#include "crypto/legacy/rc4.h"
#include "wire/rd.h"
#include "wire/wr.h"

#include <string.h>

#define UTF16_MAX 512u

/* One code point of UTF-8; the bytes it took, 0 when malformed (RFC 3629, 4). */
static size_t code_point(const uint8_t *p, size_t n, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;

    if (!len || len > n)
        return 0;
    uint32_t c = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *out = c;
    return len;
}

static size_t put_utf16(uint8_t *out, uint32_t unit)
{
    out[0] = (uint8_t)unit;
    out[1] = (uint8_t)(unit >> 8);
    return 2;
}

/* A password in little-endian UTF-16, of at most UTF16_MAX bytes */
static int to_wide(const uint8_t *password, size_t n, uint8_t wide[UTF16_MAX + 4], size_t *out)
{
    size_t len = 0;

    while (n) {
        uint32_t point = 0;
        size_t took = code_point(password, n, &point);
        if (!took || len + 4 > UTF16_MAX)
            return L2TPSEC_EINVAL;
        if (point >= 0x10000) {
            len += put_utf16(wide + len, 0xd800 + ((point - 0x10000) >> 10));
            len += put_utf16(wide + len, 0xdc00 + ((point - 0x10000) & 0x3ff));
        } else {
            len += put_utf16(wide + len, point);
        }
        password += took;
        n -= took;
    }
    *out = len;
    return L2TPSEC_OK;
}

int l2s_mschap_hash(struct l2s_crypto *c, const uint8_t *password, size_t n, uint8_t out[L2S_MSCHAP_HASH])
{
    uint8_t wide[UTF16_MAX + 4];
    struct l2s_bytes in = {wide, 0};
    int rc = to_wide(password, n, wide, &in.n);

    if (rc == L2TPSEC_OK)
        rc = l2s_hash(c, L2S_MD4, &in, 1, out);
    l2s_wipe(wide, sizeof wide);
    return rc;
}

/* ChallengeHash (8.2) */
static int challenge_hash(const struct l2s_mschap *m, uint8_t out[20])
{
    struct l2s_bytes in[] = {{m->peer_challenge, 16}, {m->auth_challenge, 16}, {m->name, m->name_len}};

    return l2s_hash(m->crypto, L2S_SHA1, in, 3, out);
}

int l2s_mschap_response(const struct l2s_mschap *m, uint8_t out[L2S_MSCHAP_RESPONSE])
{
    uint8_t key[21] = {0}, challenge[20];
    int rc = l2s_mschap_hash(m->crypto, m->password, m->password_len, key);

    if (rc == L2TPSEC_OK)
        rc = challenge_hash(m, challenge);
    for (unsigned i = 0; i < 3 && rc == L2TPSEC_OK; i++) /* ChallengeResponse (8.5) */
        rc = m->crypto->ops->des_block(m->crypto, key + 7 * i, challenge, out + 8 * i);
    l2s_wipe(key, sizeof key);
    return rc;
}

/* Without a table: where memory is read tells others on the machine what the proof will be. */
static uint8_t hex_digit(unsigned n)
{
    unsigned letter = (9 - n) >> 8; /* ones from 10 on */

    return (uint8_t)('0' + n + (letter & ('A' - '9' - 1)));
}

int l2s_mschap_proof(const struct l2s_mschap *m, const uint8_t response[L2S_MSCHAP_RESPONSE],
                     uint8_t out[L2S_MSCHAP_PROOF])
{
    static const char magic1[] = "Magic server to client signing constant";
    static const char magic2[] = "Pad to make it do more than one iteration";
    uint8_t hash[16], twice[16], digest[20] = {0}, challenge[20];
    struct l2s_bytes first = {hash, 16};
    struct l2s_bytes second[] = {{twice, 16}, {response, L2S_MSCHAP_RESPONSE}, {magic1, sizeof magic1 - 1}};
    struct l2s_bytes third[] = {{digest, 20}, {challenge, 8}, {magic2, sizeof magic2 - 1}};
    int rc = l2s_mschap_hash(m->crypto, m->password, m->password_len, hash);

    if (rc == L2TPSEC_OK)
        rc = l2s_hash(m->crypto, L2S_MD4, &first, 1, twice);
    if (rc == L2TPSEC_OK)
        rc = l2s_hash(m->crypto, L2S_SHA1, second, 3, digest);
    if (rc == L2TPSEC_OK)
        rc = challenge_hash(m, challenge);
    if (rc == L2TPSEC_OK)
        rc = l2s_hash(m->crypto, L2S_SHA1, third, 3, digest);
    out[0] = 'S';
    out[1] = '=';
    for (unsigned i = 0; i < 20; i++) {
        out[2 + 2 * i] = hex_digit(digest[i] >> 4);
        out[3 + 2 * i] = hex_digit(digest[i] & 15);
    }
    l2s_wipe(hash, sizeof hash);
    l2s_wipe(twice, sizeof twice);
    return rc;
}

int l2s_mschap_master(const struct l2s_mschap *m, const uint8_t response[L2S_MSCHAP_RESPONSE],
                      uint8_t out[L2S_MSCHAP_MASTER])
{
    static const char magic[] = "This is the MPPE Master Key";
    uint8_t hash[16], twice[16], digest[20];
    struct l2s_bytes first = {hash, 16};
    struct l2s_bytes second[] = {{twice, 16}, {response, L2S_MSCHAP_RESPONSE}, {magic, sizeof magic - 1}};
    int rc = l2s_mschap_hash(m->crypto, m->password, m->password_len, hash);

    if (rc == L2TPSEC_OK)
        rc = l2s_hash(m->crypto, L2S_MD4, &first, 1, twice);
    if (rc == L2TPSEC_OK)
        rc = l2s_hash(m->crypto, L2S_SHA1, second, 3, digest);
    if (rc == L2TPSEC_OK)
        memcpy(out, digest, L2S_MSCHAP_MASTER);
    l2s_wipe(hash, sizeof hash);
    l2s_wipe(twice, sizeof twice);
    l2s_wipe(digest, sizeof digest);
    return rc;
}

#if L2S_WITH_LEGACY_RC4
static void rc4_once(const uint8_t key[L2S_MSCHAP_HASH], uint8_t *data, size_t n)
{
    struct l2s_rc4 rc4;

    l2s_rc4_key(&rc4, key, L2S_MSCHAP_HASH);
    l2s_rc4(&rc4, data, n);
    l2s_wipe(&rc4, sizeof rc4);
}

/* EncryptPwBlockWithPasswordHash (8.10): the password stands at the end of its field, its length in bytes behind it. */
int l2s_mschap_cover_password(const uint8_t *password, size_t n, const uint8_t old_hash[L2S_MSCHAP_HASH],
                              uint8_t block[L2S_MSCHAP_BLOCK])
{
    uint8_t wide[UTF16_MAX + 4];
    size_t len = 0;
    int rc = to_wide(password, n, wide, &len);

    if (rc == L2TPSEC_OK) {
        memcpy(block + UTF16_MAX - len, wide, len);
        memset(block + UTF16_MAX, 0, 4);
        (void)put_utf16(block + UTF16_MAX, (uint32_t)len);
        rc4_once(old_hash, block, L2S_MSCHAP_BLOCK);
    }
    l2s_wipe(wide, sizeof wide);
    return rc;
}

static void put_utf8(struct l2s_wr *w, uint32_t point)
{
    if (point < 0x80) {
        l2s_wr_u8(w, (uint8_t)point);
        return;
    }
    unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    l2s_wr_u8(w, (uint8_t)(0xff80u >> more | point >> 6 * more));
    while (more--)
        l2s_wr_u8(w, (uint8_t)(0x80 | (point >> 6 * more & 0x3f)));
}

static uint32_t next_unit(struct l2s_rd *r)
{
    uint32_t low = l2s_rd_u8(r);
    uint32_t high = l2s_rd_u8(r);

    return high << 8 | low;
}

/* Two units make one point beyond the first plane; half a pair is an error. */
static int from_wide(struct l2s_rd r, struct l2s_wr *w)
{
    while (r.left) {
        uint32_t unit = next_unit(&r);
        if (unit >> 10 == 0xd800 >> 10) {
            uint32_t second = next_unit(&r);
            if (second >> 10 != 0xdc00 >> 10)
                return L2TPSEC_EPROTO;
            unit = 0x10000 + ((unit & 0x3ff) << 10 | (second & 0x3ff));
        } else if (unit >> 10 == 0xdc00 >> 10 || !unit) {
            return L2TPSEC_EPROTO;
        }
        put_utf8(w, unit);
    }
    return r.bad || w->bad ? L2TPSEC_EPROTO : L2TPSEC_OK;
}

int l2s_mschap_uncover_password(const uint8_t old_hash[L2S_MSCHAP_HASH], const uint8_t block[L2S_MSCHAP_BLOCK],
                                uint8_t *out, size_t cap, size_t *len)
{
    uint8_t clear[L2S_MSCHAP_BLOCK];
    struct l2s_wr w = l2s_wr_init(out, cap);

    memcpy(clear, block, sizeof clear);
    rc4_once(old_hash, clear, sizeof clear);
    uint32_t n = (uint32_t)clear[UTF16_MAX] | (uint32_t)clear[UTF16_MAX + 1] << 8;
    bool fits = n && n <= UTF16_MAX && !clear[UTF16_MAX + 2] && !clear[UTF16_MAX + 3];
    int rc = fits ? from_wide(l2s_rd_init(clear + UTF16_MAX - n, n), &w) : L2TPSEC_EPROTO;
    *len = rc == L2TPSEC_OK ? w.len : 0;
    l2s_wipe(clear, sizeof clear);
    return rc;
}

/* NtPasswordHashEncryptedWithBlock (8.13) */
int l2s_mschap_cover_hash(struct l2s_crypto *c, const uint8_t old_hash[L2S_MSCHAP_HASH],
                          const uint8_t new_hash[L2S_MSCHAP_HASH], uint8_t out[L2S_MSCHAP_HASH])
{
    int rc = c->ops->des_block(c, new_hash, old_hash, out);

    return rc == L2TPSEC_OK ? c->ops->des_block(c, new_hash + 7, old_hash + 8, out + 8) : rc;
}
#endif

void l2s_mschap_user(const uint8_t **name, size_t *len)
{
    for (size_t i = *len; i > 0; i--) {
        if ((*name)[i - 1] == '\\') {
            *name += i;
            *len -= i;
            return;
        }
    }
}
