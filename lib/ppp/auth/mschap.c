/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ppp/auth/mschap.h"

#include "base/errors.h"
#include "base/wipe.h"

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

/* NtPasswordHash (8.3): MD4 over the password in little-endian UTF-16 */
static int nt_hash(struct l2s_crypto *c, const uint8_t *password, size_t n, uint8_t out[16])
{
    uint8_t wide[UTF16_MAX + 4];
    size_t len = 0;
    int rc = L2TPSEC_OK;

    while (n && rc == L2TPSEC_OK) {
        uint32_t point = 0;
        size_t took = code_point(password, n, &point);
        if (!took || len + 4 > UTF16_MAX) {
            rc = L2TPSEC_EINVAL;
        } else if (point >= 0x10000) {
            len += put_utf16(wide + len, 0xd800 + ((point - 0x10000) >> 10));
            len += put_utf16(wide + len, 0xdc00 + ((point - 0x10000) & 0x3ff));
        } else {
            len += put_utf16(wide + len, point);
        }
        password += took;
        n -= took;
    }
    struct l2s_bytes in = {wide, len};
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
    int rc = nt_hash(m->crypto, m->password, m->password_len, key);

    if (rc == L2TPSEC_OK)
        rc = challenge_hash(m, challenge);
    for (unsigned i = 0; i < 3 && rc == L2TPSEC_OK; i++) /* ChallengeResponse (8.5) */
        rc = m->crypto->ops->des_block(m->crypto, key + 7 * i, challenge, out + 8 * i);
    l2s_wipe(key, sizeof key);
    return rc;
}

int l2s_mschap_proof(const struct l2s_mschap *m, const uint8_t response[L2S_MSCHAP_RESPONSE],
                     uint8_t out[L2S_MSCHAP_PROOF])
{
    static const char magic1[] = "Magic server to client signing constant";
    static const char magic2[] = "Pad to make it do more than one iteration";
    static const char digits[] = "0123456789ABCDEF";
    uint8_t hash[16], twice[16], digest[20] = {0}, challenge[20];
    struct l2s_bytes first = {hash, 16};
    struct l2s_bytes second[] = {{twice, 16}, {response, L2S_MSCHAP_RESPONSE}, {magic1, sizeof magic1 - 1}};
    struct l2s_bytes third[] = {{digest, 20}, {challenge, 8}, {magic2, sizeof magic2 - 1}};
    int rc = nt_hash(m->crypto, m->password, m->password_len, hash);

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
        out[2 + 2 * i] = (uint8_t)digits[digest[i] >> 4];
        out[3 + 2 * i] = (uint8_t)digits[digest[i] & 15];
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
    int rc = nt_hash(m->crypto, m->password, m->password_len, hash);

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
