/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "base/errors.h"
#include "base/text.h"
#include "ike/common/dn.h"
#include "ike/common/id.h"

#include <string.h>

/* ---- addresses to text ---- */

static void put_ipv4(struct l2s_text *t, const uint8_t *ip)
{
    for (size_t i = 0; i < 4; i++) {
        if (i)
            l2s_text_char(t, '.');
        l2s_text_number(t, ip[i]);
    }
}

static uint16_t word_at(const uint8_t *ip, size_t i)
{
    return (uint16_t)(ip[2 * i] << 8 | ip[2 * i + 1]);
}

/* The longest run of two or more zero words, the first of equals (RFC 5952, 4.2). */
static size_t longest_zeros(const uint8_t *ip, size_t *len)
{
    size_t at = 8;

    *len = 1;
    for (size_t i = 0; i < 8; i++) {
        size_t n = 0;
        while (i + n < 8 && word_at(ip, i + n) == 0)
            n++;
        if (n > *len) {
            at = i;
            *len = n;
        }
    }
    return at;
}

static void put_hex16(struct l2s_text *t, uint16_t v)
{
    static const char digits[] = "0123456789abcdef";
    bool begun = false;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned d = (unsigned)v >> shift & 15u;
        begun = begun || d || shift == 0;
        if (begun)
            l2s_text_char(t, digits[d]);
    }
}

static void put_ipv6(struct l2s_text *t, const uint8_t *ip)
{
    size_t run, gap = longest_zeros(ip, &run);

    for (size_t i = 0; i < 8; i++) {
        if (i == gap) {
            l2s_text_put(t, "::");
            i += run - 1;
            continue;
        }
        if (i && !(gap < 8 && i == gap + run))
            l2s_text_char(t, ':');
        put_hex16(t, word_at(ip, i));
    }
}

static void put_name(struct l2s_text *t, struct l2s_rd name)
{
    while (!l2s_rd_done(&name)) {
        uint8_t c = l2s_rd_u8(&name);
        l2s_text_char(t, c > 0x20 && c < 0x7f ? (char)c : '?');
    }
}

/* One or two addresses, with a sign between them. */
static void put_addrs(struct l2s_text *t, struct l2s_rd data, size_t len, char sign)
{
    for (bool first = true; data.left >= len; first = false) {
        const uint8_t *ip = l2s_rd_take(&data, len);
        if (!first)
            l2s_text_char(t, sign);
        if (len == 4)
            put_ipv4(t, ip);
        else
            put_ipv6(t, ip);
    }
}

size_t l2s_id_text(const struct l2s_id *id, char *out, size_t cap)
{
    struct l2s_text t = l2s_text_init(out, cap);

    switch (id->type) {
    case L2S_ID_IPV4_ADDR:
    case L2S_ID_IPV4_SUBNET:
        put_addrs(&t, id->data, 4, '/');
        break;
    case L2S_ID_IPV4_RANGE:
        put_addrs(&t, id->data, 4, '-');
        break;
    case L2S_ID_IPV6_ADDR:
    case L2S_ID_IPV6_SUBNET:
        put_addrs(&t, id->data, 16, '/');
        break;
    case L2S_ID_IPV6_RANGE:
        put_addrs(&t, id->data, 16, '-');
        break;
    case L2S_ID_FQDN:
        l2s_text_char(&t, '@');
        put_name(&t, id->data);
        break;
    case L2S_ID_USER_FQDN:
        put_name(&t, id->data);
        break;
    default:
        if (id->type == L2S_ID_DER_ASN1_DN && l2s_dn_text(id->data, &t))
            break;
        l2s_text_put(&t, id->type == L2S_ID_KEY_ID ? "keyid:" : id->type == L2S_ID_DER_ASN1_DN ? "dn:" : "id:");
        l2s_text_hex(&t, id->data.p, id->data.left);
        break;
    }
    return t.len;
}

/* ---- text to addresses ---- */

/* Up to three digits, at most 255; returns what follows them, NULL when there is no such number. */
static const char *octet(const char *at, uint8_t *out)
{
    unsigned v = 0;
    size_t n = 0;

    for (; at[n] >= '0' && at[n] <= '9'; n++) {
        if (n == 3)
            return NULL;
        v = v * 10 + (unsigned)(at[n] - '0');
    }
    if (n == 0 || v > 255 || (n > 1 && at[0] == '0')) /* no leading zeros: they are octal elsewhere */
        return NULL;
    *out = (uint8_t)v;
    return at + n;
}

static bool parse_ipv4(const char *at, uint8_t out[4])
{
    for (size_t i = 0; i < 4; i++) {
        if (i && *at++ != '.')
            return false;
        at = octet(at, &out[i]);
        if (!at)
            return false;
    }
    return *at == '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static const char *hex_word(const char *at, uint8_t out[2])
{
    unsigned v = 0;
    size_t n = 0;

    for (; hex_digit(at[n]) >= 0; n++) {
        if (n == 4)
            return NULL;
        v = v << 4 | (unsigned)hex_digit(at[n]);
    }
    if (n == 0)
        return NULL;
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
    return at + n;
}

/* RFC 4291, 2.2: words, at most one "::", an IPv4 address for the last two words. */
static bool parse_ipv6(const char *at, uint8_t out[16])
{
    uint8_t ip[16];
    size_t n = 0, gap = SIZE_MAX;

    if (at[0] == ':' && at[1] == ':') {
        gap = 0;
        at += 2;
    }
    while (*at) {
        if (n + 4 <= sizeof ip && parse_ipv4(at, ip + n)) {
            n += 4;
            break;
        }
        if (n == sizeof ip || !(at = hex_word(at, ip + n)))
            return false;
        n += 2;
        if (*at == '\0')
            break;
        if (*at++ != ':' || *at == '\0')
            return false;
        if (*at == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = n;
            at++;
        }
    }
    if (gap == SIZE_MAX ? n != sizeof ip : n == sizeof ip)
        return false;
    if (gap == SIZE_MAX)
        gap = n;
    memset(out, 0, sizeof ip);
    memcpy(out, ip, gap);
    memcpy(out + sizeof ip - (n - gap), ip + gap, n - gap);
    return true;
}

/* ---- text to identity ---- */

static int parse_hex(const char *at, uint8_t data[L2S_ID_DATA_MAX], size_t *len)
{
    size_t n = strlen(at);

    if (n == 0 || n % 2)
        return L2TPSEC_EINVAL;
    if (n / 2 > L2S_ID_DATA_MAX)
        return L2TPSEC_ERANGE;
    for (size_t i = 0; i < n; i += 2) {
        int high = hex_digit(at[i]), low = hex_digit(at[i + 1]);
        if (high < 0 || low < 0)
            return L2TPSEC_EINVAL;
        data[i / 2] = (uint8_t)(high << 4 | low);
    }
    *len = n / 2;
    return L2TPSEC_OK;
}

static int parse_name(const char *at, uint8_t data[L2S_ID_DATA_MAX], size_t *len)
{
    size_t n = strlen(at);

    if (n == 0)
        return L2TPSEC_EINVAL;
    if (n >= L2S_ID_DATA_MAX)
        return L2TPSEC_ERANGE;
    for (size_t i = 0; i < n; i++) {
        if (at[i] <= 0x20 || at[i] >= 0x7f)
            return L2TPSEC_EINVAL;
        data[i] = (uint8_t)at[i];
    }
    *len = n;
    return L2TPSEC_OK;
}

int l2s_id_parse(const char *text, uint8_t *type, uint8_t data[L2S_ID_DATA_MAX], size_t *len)
{
    static const char key_id[] = "keyid:", dn[] = "dn:";
    uint8_t ip[16];

    if (strncmp(text, key_id, sizeof key_id - 1) == 0) {
        *type = L2S_ID_KEY_ID;
        return parse_hex(text + sizeof key_id - 1, data, len);
    }
    if (strncmp(text, dn, sizeof dn - 1) == 0) {
        *type = L2S_ID_DER_ASN1_DN;
        return parse_hex(text + sizeof dn - 1, data, len);
    }
    if (*text != '@' && strchr(text, '=')) {
        *type = L2S_ID_DER_ASN1_DN;
        return l2s_dn_parse(text, data, L2S_ID_DATA_MAX, len);
    }
    if (parse_ipv4(text, ip)) {
        *type = L2S_ID_IPV4_ADDR;
        *len = 4;
        memcpy(data, ip, 4);
        return L2TPSEC_OK;
    }
    if (parse_ipv6(text, ip)) {
        *type = L2S_ID_IPV6_ADDR;
        *len = 16;
        memcpy(data, ip, 16);
        return L2TPSEC_OK;
    }
    const char *sign = strchr(text, '@');
    *type = sign && sign != text ? L2S_ID_USER_FQDN : L2S_ID_FQDN;
    return parse_name(sign == text ? text + 1 : text, data, len);
}
