/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/text.h"

#include "base/errors.h"

#include <string.h>

#define NAME_OF(table, i) ((i) < L2S_COUNT_OF(table) && (table)[i] ? (table)[i] : "unknown")

bool l2s_text_ipv4(const char *text, size_t n, uint8_t out[4])
{
    uint8_t quad[4];
    unsigned part = 0, digits = 0, value = 0;

    for (size_t i = 0; i <= n; i++) {
        if (i < n && text[i] >= '0' && text[i] <= '9') {
            value = value * 10 + (unsigned)(text[i] - '0');
            if (++digits > 3 || value > 255)
                return false;
        } else if ((i == n || text[i] == '.') && digits && part < 4) {
            quad[part++] = (uint8_t)value;
            digits = value = 0;
        } else {
            return false;
        }
    }
    if (part != 4)
        return false;
    for (unsigned i = 0; i < 4; i++)
        out[i] = quad[i];
    return true;
}

bool l2s_text_prefix(const char *text, size_t n, uint8_t net[4], uint8_t *len)
{
    const char *slash = memchr(text, '/', n);
    size_t head = slash ? (size_t)(slash - text) : n, digits = slash ? n - head - 1 : 0;
    unsigned bits = 32;

    if (slash && (digits == 0 || digits > 2))
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (slash[1 + i] < '0' || slash[1 + i] > '9')
            return false;
        bits = (i ? bits * 10 : 0) + (unsigned)(slash[1 + i] - '0');
    }
    if (bits > 32 || !l2s_text_ipv4(text, head, net))
        return false;
    for (unsigned bit = bits; bit < 32; bit++)
        net[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    *len = (uint8_t)bits;
    return true;
}

struct cause {
    const char *name, *clause;
};

static const struct cause causes[L2TPSEC_CAUSE_COUNT] = {
    [L2TPSEC_CAUSE_NONE] = {"none", "nothing is wrong"},
    [L2TPSEC_CAUSE_CLOSED_BY_HOST] = {"closed-by-host", "closed by this side"},
    [L2TPSEC_CAUSE_CLOSED_BY_PEER] = {"closed-by-peer", "the peer hung up"},
    [L2TPSEC_CAUSE_NO_ANSWER] = {"no-answer", "no answer; address, port, firewall or NAT in the way"},
    [L2TPSEC_CAUSE_PEER_VANISHED] = {"peer-vanished", "the peer stopped answering"},
    [L2TPSEC_CAUSE_PHASE1_PROPOSAL] = {"phase1-proposal", "no common phase 1 proposal"},
    [L2TPSEC_CAUSE_PSK] = {"psk", "the pre-shared keys differ"},
    [L2TPSEC_CAUSE_IDENTITY] = {"identity", "the identity was refused"},
    [L2TPSEC_CAUSE_PHASE1_REFUSED] = {"phase1-refused", "phase 1 was refused"},
    [L2TPSEC_CAUSE_PHASE2_PROPOSAL] = {"phase2-proposal", "no common phase 2 proposal"},
    [L2TPSEC_CAUSE_PHASE2_REFUSED] = {"phase2-refused", "phase 2 was refused"},
    [L2TPSEC_CAUSE_L2TP_REFUSED] = {"l2tp-refused", "the L2TP tunnel or call was refused"},
    [L2TPSEC_CAUSE_L2TP_AUTH] = {"l2tp-auth", "L2TP tunnel authentication failed"},
    [L2TPSEC_CAUSE_PPP_OPTIONS] = {"ppp-options", "PPP options were not agreed"},
    [L2TPSEC_CAUSE_AUTH_METHOD] = {"auth-method", "no authentication method both sides allow"},
    [L2TPSEC_CAUSE_AUTH_REFUSED] = {"auth-refused", "user name or password refused"},
    [L2TPSEC_CAUSE_AUTH_MUTUAL] = {"auth-mutual", "the server could not prove that it knows the password"},
    [L2TPSEC_CAUSE_NO_ADDRESS] = {"no-address", "no address for the client"},
    [L2TPSEC_CAUSE_NO_SECRET] = {"no-secret", "no pre-shared key or password is configured for this peer"},
    [L2TPSEC_CAUSE_NO_MEMORY] = {"no-memory", "out of memory"},
    [L2TPSEC_CAUSE_NO_RANDOM] = {"no-random", "the random source failed"},
    [L2TPSEC_CAUSE_EXPIRED] = {"expired", "the IPsec SA expired and was not renewed"},
    [L2TPSEC_CAUSE_REPLACED] = {"replaced", "the same peer came back with a new link"},
    [L2TPSEC_CAUSE_LIMIT] = {"limit", "a configured limit is reached"},
    [L2TPSEC_CAUSE_INTERNAL] = {"internal", "an internal fault"},
    [L2TPSEC_CAUSE_CERTIFICATE] = {"certificate", "a certificate or signature was refused"},
};

static const char *const drops[L2TPSEC_DROP_COUNT] = {
    [L2TPSEC_DROP_NONE] = "none",
    [L2TPSEC_DROP_SHORT] = "short",
    [L2TPSEC_DROP_MALFORMED] = "malformed",
    [L2TPSEC_DROP_VERSION] = "version",
    [L2TPSEC_DROP_UNKNOWN_SPI] = "unknown-spi",
    [L2TPSEC_DROP_UNKNOWN_COOKIE] = "unknown-cookie",
    [L2TPSEC_DROP_UNKNOWN_TUNNEL] = "unknown-tunnel",
    [L2TPSEC_DROP_UNKNOWN_SESSION] = "unknown-session",
    [L2TPSEC_DROP_UNKNOWN_PROTOCOL] = "unknown-protocol",
    [L2TPSEC_DROP_FORGED] = "forged",
    [L2TPSEC_DROP_REPLAYED] = "replayed",
    [L2TPSEC_DROP_SELECTOR] = "selector",
    [L2TPSEC_DROP_CLEARTEXT] = "cleartext",
    [L2TPSEC_DROP_UNEXPECTED] = "unexpected",
    [L2TPSEC_DROP_DUPLICATE] = "duplicate",
    [L2TPSEC_DROP_SPOOFED] = "spoofed",
    [L2TPSEC_DROP_NO_ROUTE] = "no-route",
    [L2TPSEC_DROP_NOT_UP] = "not-up",
    [L2TPSEC_DROP_TOO_BIG] = "too-big",
    [L2TPSEC_DROP_NO_MEMORY] = "no-memory",
    [L2TPSEC_DROP_SEQUENCE] = "sequence",
    [L2TPSEC_DROP_LIMIT] = "limit",
    [L2TPSEC_DROP_PHASE] = "phase",
    [L2TPSEC_DROP_INTERNAL] = "internal",
    [L2TPSEC_DROP_LATE] = "late",
};

static const char *const layers[] = {
    [L2TPSEC_LAYER_HOST] = "host", [L2TPSEC_LAYER_IKE] = "ike", [L2TPSEC_LAYER_ESP] = "esp",
    [L2TPSEC_LAYER_L2TP] = "l2tp", [L2TPSEC_LAYER_PPP] = "ppp",
};

static const char *const events[] = {
    [L2TPSEC_EVENT_PROGRESS] = "progress", [L2TPSEC_EVENT_UP] = "up",           [L2TPSEC_EVENT_DOWN] = "down",
    [L2TPSEC_EVENT_FAILED] = "failed",     [L2TPSEC_EVENT_REFUSED] = "refused", [L2TPSEC_EVENT_REKEYED] = "rekeyed",
    [L2TPSEC_EVENT_MOVED] = "moved",       [L2TPSEC_EVENT_LEGACY] = "legacy",   [L2TPSEC_EVENT_IPV6] = "ipv6",
    [L2TPSEC_EVENT_ROUTES] = "routes",
};

static const char *const errors[] = {
    [-L2TPSEC_OK] = "done",
    [-L2TPSEC_EINVAL] = "an impossible argument",
    [-L2TPSEC_ENOMEM] = "out of memory",
    [-L2TPSEC_ENOENT] = "no such thing, or not any more",
    [-L2TPSEC_EBUSY] = "not from inside this callback",
    [-L2TPSEC_EAGAIN] = "the answer comes later",
    [-L2TPSEC_EVERSION] = "a struct is newer than this library",
    [-L2TPSEC_ERANGE] = "a value is out of range",
    [-L2TPSEC_ESTATE] = "not possible in this state",
    [-L2TPSEC_EPROTO] = "the peer's message makes no sense",
    [-L2TPSEC_EAUTH] = "a proof did not fit",
    [-L2TPSEC_EUNSUP] = "not built in, or not offered by the crypto provider",
    [-L2TPSEC_ERANDOM] = "the random source failed",
    [-L2TPSEC_EEXIST] = "already there",
    [-L2TPSEC_EINTERNAL] = "an internal fault",
    [-L2TPSEC_EEXPIRED] = "a password has expired",
};

const char *l2s_text_cause(uint32_t cause)
{
    return cause < L2S_COUNT_OF(causes) ? causes[cause].clause : "unknown";
}

const char *l2s_name_cause(uint32_t cause)
{
    return cause < L2S_COUNT_OF(causes) ? causes[cause].name : "unknown";
}

const char *l2s_text_error(int32_t rc)
{
    uint32_t i = rc <= 0 ? 0u - (uint32_t)rc : UINT32_MAX;

    return NAME_OF(errors, i);
}

const char *l2s_name_drop(uint32_t drop)
{
    return NAME_OF(drops, drop);
}

const char *l2s_name_layer(uint32_t layer)
{
    return NAME_OF(layers, layer);
}

const char *l2s_name_event(uint32_t type)
{
    return NAME_OF(events, type);
}
