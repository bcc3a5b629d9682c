/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The one table of settings. The setters, the error texts, the enumeration and docs/settings.md all come from it. */
#include "core/setting_words.h"

#include "base/errors.h"
#include "base/wipe.h"

#include <stdio.h>
#include <string.h>

#define CLIENT L2TPSEC_ROLE_CLIENT
#define SERVER L2TPSEC_ROLE_SERVER
#define BOTH (CLIENT | SERVER)

struct row {
    const char *name, *unit, *preset, *allowed, *help;
    uint64_t min, max;
    uint32_t type, roles;
    size_t at, width;         /* place and size of a plain number or buffer in the profile */
    size_t len_at;            /* BYTES: place of its length */
    l2s_setting_store *store; /* texts that mean something */
    uint32_t paper;           /* BYTES that are shared: enum l2s_paper_kind, plus one */
};

#define AT(member) offsetof(struct l2s_profile, member), sizeof(((struct l2s_profile *)0)->member)
#define NUMBER(name, unit, preset, lo, hi, roles, member, help)                                                        \
    {                                                                                                                  \
        name, unit, #preset, "a number", help, lo, hi, L2TPSEC_TYPE_U64, roles, AT(member), 0, NULL, 0                 \
    }
#define TEXT(name, preset, roles, member, help)                                                                        \
    {                                                                                                                  \
        name, "", preset, "text", help, 0, sizeof(((struct l2s_profile *)0)->member) - 1, L2TPSEC_TYPE_STR, roles,     \
            AT(member), 0, NULL, 0                                                                                     \
    }
#define BYTES(name, roles, member, len_member, help)                                                                   \
    {                                                                                                                  \
        name, "", "", "bytes", help, 1, sizeof(((struct l2s_profile *)0)->member), L2TPSEC_TYPE_BYTES, roles,          \
            AT(member), offsetof(struct l2s_profile, len_member), NULL, 0                                              \
    }
#define WORDS(name, preset, allowed, roles, fn, help)                                                                  \
    {                                                                                                                  \
        name, "", preset, allowed, help, 0, 1024, L2TPSEC_TYPE_STR, roles, 0, 0, 0, fn, 0                              \
    }

#define PAPER(name, roles, member, kind, help)                                                                         \
    {                                                                                                                  \
        name, "", "", "PEM or DER", help, 0, L2S_PAPER_MAX, L2TPSEC_TYPE_BYTES, roles, AT(member), 0, NULL, (kind) + 1 \
    }

static const struct row rows[] = {
    WORDS("preset", "compatible", "modern, compatible or legacy", BOTH, l2s_store_preset,
          "algorithms to offer and accept; sets ike.proposals and esp.proposals"),
    WORDS("ike.proposals", "", "proposals such as aes256-sha256-modp2048, comma separated", BOTH,
          l2s_store_ike_proposals, "phase 1 proposals in order of preference"),
    WORDS("esp.proposals", "", "proposals such as aes256gcm16 or aes256-sha256, comma separated; a group means PFS",
          BOTH, l2s_store_esp_proposals, "phase 2 proposals in order of preference"),
    BYTES("ike.psk", BOTH, psk, psk_len, "pre-shared key; without it the secret callback is asked"),
    WORDS("ike.auth", "psk", "psk, cert", BOTH, l2s_store_ike_auth,
          "how phase 1 is proven: a server accepts all of these, a client offers the first"),
    PAPER("ike.certificate", BOTH, papers, L2S_PAPER_CERTIFICATE,
          "our certificate, followed by those between it and its authority"),
    PAPER("ike.key", BOTH, papers, L2S_PAPER_KEY,
          "private key of our certificate, without a pass phrase; without it the sign callback is asked"),
    PAPER("ike.ca", BOTH, papers, L2S_PAPER_CA, "certificates of the authorities that vouch for peers"),
    PAPER("ike.crl", BOTH, papers, L2S_PAPER_CRL, "revocation lists of those authorities; set ike.ca first"),
    NUMBER("ike.crl_required", "", 0, 0, 1, BOTH, ike.crl_required,
           "refuse certificates for which ike.crl holds no list that is up to date"),
    WORDS("ike.id", "",
          "an address, @name, user@name, keyid:HEX, dn:HEX or as C=XX, CN=name; empty for the name in our certificate "
          "or our address",
          BOTH, l2s_store_local_id, "our identity in phase 1"),
    WORDS("ike.peer_id", "", "an address, @name, user@name, keyid:HEX, dn:HEX or as C=XX, CN=name; empty for any",
          CLIENT, l2s_store_peer_id, "identity the server must show in phase 1, in its certificate if it has one"),
    NUMBER("ike.lifetime", "s", 28800, 20, 604800, BOTH, ike.ike_lifetime_s, "lifetime of the IKE SA"),
    NUMBER("esp.lifetime", "s", 3600, 10, 604800, BOTH, ike.esp_lifetime_s, "lifetime of an ESP SA pair"),
    NUMBER("esp.lifetime_kb", "KiB", 0, 0, 4294967295, BOTH, ike.esp_lifetime_kb,
           "traffic lifetime of an ESP SA pair to offer; 0 for none (the peer's is obeyed anyway)"),
    NUMBER("ike.rekey_margin", "s", 0, 0, 86400, BOTH, ike.rekey_margin_s,
           "renew this long before a lifetime ends; 0 for a tenth of it"),
    NUMBER("ike.retry_ms", "ms", 500, 50, 60000, BOTH, ike.retry_ms, "first retransmission of an IKE message"),
    NUMBER("ike.retries", "", 16, 1, 30, BOTH, ike.retries, "retransmissions before the peer counts as gone"),
    NUMBER(
        "ike.fragment", "bytes", 1280, 0, 1500, BOTH, ike.fragment,
        "longest IP packet with an IKE message, to peers that take fragments (576 at least); 0 for never fragmenting"),
    WORDS(
        "ike.vendor_ids", "rfc3947, drafts, dpd, fragmentation, name",
        "rfc3947, drafts (of NAT traversal), dpd, fragmentation, name (comma separated) or none", BOTH,
        l2s_store_vendor_ids,
        "what our vendor IDs say of us: those of a client all of it, those of a server only what the peer's say, too"),
    NUMBER("ike.dpd", "s", 10, 0, 86400, BOTH, ike.dpd_s,
           "ask for a sign of life when we send and nothing comes back for this long; 0 for never"),
    NUMBER("ike.dpd_retries", "", 4, 1, 30, BOTH, ike.dpd_retries,
           "unanswered questions, a second apart, before the link is dead; up to four times as many on a line that "
           "loses packets"),
    NUMBER("ike.keepalive", "s", 20, 0, 3600, BOTH, ike.keepalive_s, "NAT keepalive interval; 0 for none"),
    WORDS("ike.mode", "main", "main or aggressive", CLIENT, l2s_store_mode,
          "mode of phase 1; aggressive mode shows our ike.id, and a hash by which whoever listens or dials can try to "
          "guess the PSK"),
    NUMBER("ike.aggressive", "", 0, 0, 1, SERVER, ike.aggressive,
           "answer aggressive mode, with the PSK of the identity claimed; then anybody can try to guess PSKs offline"),
    NUMBER("ike.clear_proof", "", 0, 0, 1, SERVER, ike.clear_proof,
           "accept the last message of a main mode with a PSK unencrypted, as some clients send it; then whoever "
           "listens can try to guess the PSK offline"),
    NUMBER("ike.half_open", "", 1024, 1, 1000000, SERVER, ike.half_open_max,
           "initiators not yet authenticated, at a time"),
    NUMBER("ike.port", "", 500, 1, 65535, BOTH, ike_port, "our UDP port for IKE"),
    NUMBER("ike.nat_port", "", 4500, 1, 65535, BOTH, nat_port, "our UDP port for IKE and ESP behind NAT"),
    NUMBER("ike.peer_nat_port", "", 4500, 1, 65535, CLIENT, peer_nat_port,
           "the server's UDP port for IKE and ESP behind NAT"),
    WORDS("esp.encap", "auto", "auto, always or never", BOTH, l2s_store_encap,
          "carry ESP in UDP: if there is a NAT, and for a client also where nothing comes back without (auto); always "
          "or never"),
    NUMBER("esp.replay_window", "packets", 960, 64, 32768, BOTH, replay_window, "anti-replay window, rounded up to 64"),
    WORDS("esp.sha256_96", "auto", "auto, always or never", BOTH, l2s_store_sha256_96,
          "cut HMAC-SHA-256 at 96 bits instead of 128: if the peer does, as a client tells from silence, and a server "
          "from vendor IDs like old Android's (auto); always or never"),
    TEXT("l2tp.host_name", "l2tpsec", BOTH, l2tp.host_name, "our name in L2TP"),
    BYTES("l2tp.secret", BOTH, l2tp.secret, l2tp.secret_len,
          "secret for L2TP tunnel authentication; without it none is asked for"),
    NUMBER("l2tp.hide", "", 0, 0, 1, BOTH, l2tp.hide,
           "with l2tp.secret, hide the AVPs that may be hidden, for peers that demand it; ESP encrypts them anyway"),
    NUMBER("l2tp.spare_microsoft", "", 0, 0, 1, SERVER, l2tp.spare_microsoft,
           "ask for no tunnel authentication if the peer names Microsoft as its vendor: Windows knows none"),
    NUMBER("l2tp.hello", "s", 60, 0, 86400, BOTH, l2tp.hello_s,
           "Hello after this much silence of the peer; 0 for never"),
    NUMBER("l2tp.window", "", 8, 1, 64, BOTH, l2tp.window, "receive window of the L2TP control channel"),
    NUMBER(
        "l2tp.retry_ms", "ms", 500, 50, 60000, BOTH, l2tp.retry_ms,
        "first retransmission of an L2TP control message; of one that is merely acknowledged, after a second at least"),
    NUMBER("l2tp.retries", "", 14, 1, 30, BOTH, l2tp.retries, "retransmissions before the tunnel is dead"),
    TEXT("ppp.user", "", CLIENT, user, "our user name"),
    BYTES("ppp.password", CLIENT, password, password_len, "our password; without it the secret callback is asked"),
    TEXT("ppp.name", "l2tpsec", SERVER, server_name, "our name in CHAP challenges"),
    WORDS("ppp.auth", "mschapv2, chap", "mschapv2, eap-tls, eap-mschapv2, chap, eap-md5, pap (comma separated) or none",
          BOTH, l2s_store_ppp_auth, "authentication: what a server demands, what a client agrees to"),
    PAPER("ppp.certificate", BOTH, ppp_papers, L2S_PAPER_CERTIFICATE,
          "our certificate for EAP-TLS, followed by those between it and its authority"),
    PAPER("ppp.key", BOTH, ppp_papers, L2S_PAPER_KEY, "private key of that certificate, without a pass phrase"),
    PAPER("ppp.ca", BOTH, ppp_papers, L2S_PAPER_CA, "certificates of the authorities that vouch for peers in EAP-TLS"),
    PAPER("ppp.crl", BOTH, ppp_papers, L2S_PAPER_CRL, "revocation lists of those authorities; set ppp.ca first"),
    NUMBER("ppp.crl_required", "", 0, 0, 1, BOTH, ppp.crl_required,
           "refuse certificates in EAP-TLS for which ppp.crl holds no list that is up to date"),
    TEXT("ppp.peer_name", "", CLIENT, peer_name,
         "DNS name that the server's certificate must have in EAP-TLS; empty for any certificate of ppp.ca"),
    NUMBER("ppp.retries", "", 0, 0, 10, SERVER, ppp.retries,
           "how many other passwords a peer may try in the same call, by MS-CHAPv2 (Windows and Apple ask their user)"),
    WORDS("ppp.mppe", "never", "never; allow or require, with 128, 56, 40 and stateful as wished (comma separated)",
          BOTH, l2s_store_mppe,
          "MPPE inside the tunnel, for servers that insist on it; 128 bits, stateless, unless said otherwise"),
    NUMBER("ppp.mru", "bytes", 1400, 128, 1500, BOTH, ppp.mru, "largest inner packet we ask the peer to send"),
    NUMBER("ppp.mtu", "bytes", 1400, 576, 1500, BOTH, mtu, "largest inner packet we send"),
    NUMBER("ppp.echo", "s", 30, 0, 86400, BOTH, ppp.echo_s,
           "LCP echo after this much silence of the peer; 0 for never"),
    NUMBER("ppp.echo_failures", "", 4, 1, 100, BOTH, ppp.echo_failures, "unanswered echoes before the link is dead"),
    NUMBER("ppp.setup", "s", 60, 5, 600, BOTH, ppp.setup_s, "time for the whole PPP negotiation"),
    NUMBER("ppp.ipv6", "", 0, 0, 1, BOTH, ppp.ipv6,
           "negotiate IPv6 inside the tunnel, too, with peers that agree to it"),
    NUMBER("ppp.ask_dns", "", 1, 0, 1, CLIENT, ppp.ask_dns, "ask for DNS servers"),
    WORDS("server.address", "", "an IPv4 address", SERVER, l2s_store_address, "our address inside all tunnels"),
    WORDS("server.pool", "", "an IPv4 prefix such as 10.77.0.0/16, length 8 to 30", SERVER, l2s_store_pool,
          "addresses for clients"),
    WORDS("server.pool6", "", "an IPv6 prefix such as 2001:db8::/40, length 16 to 64; empty for none", SERVER,
          l2s_store_pool6,
          "IPv6 prefixes for clients, 64 bits each, chosen by the end of their IPv4 address; needs ppp.ipv6"),
    WORDS("server.dns", "", "up to two IPv4 addresses", SERVER, l2s_store_dns, "DNS servers for clients"),
    WORDS("server.routes", "", "up to 12 IPv4 prefixes such as 10.0.0.0/8; empty for none", SERVER, l2s_store_routes,
          "routes into the tunnel for clients that ask by DHCPINFORM"),
    TEXT("server.domain", "", SERVER, domain, "domain for clients that ask by DHCPINFORM"),
    NUMBER("link.inform", "", 0, 0, 1, CLIENT, inform, "ask the server for routes and domain by DHCPINFORM"),
    NUMBER("link.reconnect", "", 1, 0, 1, CLIENT, reconnect, "dial again when a link that was up goes down"),
    NUMBER("link.mss_clamp", "", 1, 0, 1, BOTH, mss_clamp, "lower the MSS of TCP connections to what the link carries"),
    NUMBER("link.messages", "", 16, 0, 256, BOTH, messages,
           "control messages to remember for each link; 48 bytes each (32 on 32 bits)"),
    NUMBER("link.max", "", 100000, 1, 10000000, SERVER, links_max, "links at a time"),
};

static const struct row *find(const char *name)
{
    for (size_t i = 0; i < L2S_COUNT_OF(rows); i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

static void complain(char *error, const struct row *r, const struct l2s_word *bad, int32_t rc)
{
    if (rc == L2TPSEC_EUNSUP && bad->text)
        snprintf(error, L2S_PROFILE_ERROR, "%s: \"%.*s\" is left out of this build", r->name,
                 (int)(bad->len < 40 ? bad->len : 40), bad->text);
    else if (rc == L2TPSEC_ESTATE)
        snprintf(error, L2S_PROFILE_ERROR,
                 "%s: certificates cannot be judged without the time: the context has no wall_clock callback", r->name);
    else if (r->paper && rc == L2TPSEC_EUNSUP)
        snprintf(error, L2S_PROFILE_ERROR, "%s: %s", r->name,
                 L2S_WITH_CERTIFICATES ? "RSA, P-256, P-384 and P-521 keys only" : "left out of this build");
    else if (r->paper && rc != L2TPSEC_ERANGE)
        snprintf(error, L2S_PROFILE_ERROR,
                 "%s: not what it should be in PEM or DER, or key and certificate do not fit together", r->name);
    else if (r->type == L2TPSEC_TYPE_U64)
        snprintf(error, L2S_PROFILE_ERROR, "%s: a number from %llu to %llu is allowed%s%s", r->name,
                 (unsigned long long)r->min, (unsigned long long)r->max, *r->unit ? ", in " : "", r->unit);
    else if (bad->text)
        snprintf(error, L2S_PROFILE_ERROR, "%s: \"%.*s\" is not known; allowed: %s", r->name,
                 (int)(bad->len < 40 ? bad->len : 40), bad->text, r->allowed);
    else
        snprintf(error, L2S_PROFILE_ERROR, "%s: allowed: %s (at most %llu bytes)", r->name, r->allowed,
                 (unsigned long long)r->max);
}

static int32_t store_number(struct l2s_profile *p, const struct row *r, uint64_t v)
{
    uint8_t *at = (uint8_t *)p + r->at;

    if (v < r->min || v > r->max)
        return L2TPSEC_ERANGE;
    if (r->width == sizeof(uint32_t)) {
        uint32_t narrow = (uint32_t)v;
        memcpy(at, &narrow, sizeof narrow);
    } else if (r->width == sizeof(uint16_t)) {
        uint16_t narrow = (uint16_t)v;
        memcpy(at, &narrow, sizeof narrow);
    } else {
        bool narrow = v != 0;
        memcpy(at, &narrow, sizeof narrow);
    }
    return L2TPSEC_OK;
}

static bool parse_number(const char *text, uint64_t *out)
{
    uint64_t v = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || v > (UINT64_MAX - 9) / 10)
            return false;
        v = v * 10 + (uint64_t)(*text - '0');
    }
    *out = v;
    return true;
}

static int32_t store_bytes(struct l2s_profile *p, const struct row *r, const void *value, size_t len)
{
    if (len < r->min || len > r->max)
        return L2TPSEC_ERANGE;
    if (r->paper)
        return l2s_papers_set((struct l2s_papers *)(void *)((uint8_t *)p + r->at), (enum l2s_paper_kind)(r->paper - 1),
                              value, len);
    l2s_wipe((uint8_t *)p + r->at, r->width);
    memcpy((uint8_t *)p + r->at, value, len);
    memcpy((uint8_t *)p + r->len_at, &len, sizeof len);
    return L2TPSEC_OK;
}

static int32_t set(struct l2s_profile *p, const struct row *r, const char *value, struct l2s_word *bad)
{
    uint64_t number;
    size_t len = strlen(value);

    if (r->type == L2TPSEC_TYPE_U64)
        return parse_number(value, &number) ? store_number(p, r, number) : L2TPSEC_EINVAL;
    if (r->type == L2TPSEC_TYPE_BYTES)
        return store_bytes(p, r, value, len);
    if (len > r->max)
        return L2TPSEC_ERANGE;
    if (r->store)
        return r->store(p, value, bad);
    memset((uint8_t *)p + r->at, 0, r->width);
    memcpy((uint8_t *)p + r->at, value, len);
    return L2TPSEC_OK;
}

int32_t l2s_setting_set(struct l2s_profile *p, const char *name, const char *value, char *error)
{
    const struct row *r = find(name);
    struct l2s_word bad = {NULL, 0};

    error[0] = 0;
    if (!r) {
        snprintf(error, L2S_PROFILE_ERROR, "there is no setting \"%.60s\"; docs/settings.md lists them", name);
        return L2TPSEC_ENOENT;
    }
    int32_t rc = set(p, r, value, &bad);
    if (rc != L2TPSEC_OK)
        complain(error, r, &bad, rc);
    return rc;
}

int32_t l2s_setting_set_bytes(struct l2s_profile *p, const char *name, const void *value, size_t len, char *error)
{
    const struct row *r = find(name);
    struct l2s_word none = {NULL, 0};
    int32_t rc = L2TPSEC_EINVAL;

    error[0] = 0;
    if (!r)
        return l2s_setting_set(p, name, "", error);
    if (r->type == L2TPSEC_TYPE_BYTES)
        rc = store_bytes(p, r, value, len);
    if (rc != L2TPSEC_OK)
        complain(error, r, &none, rc);
    return rc;
}

int32_t l2s_setting_at(uint32_t index, l2tpsec_setting *out)
{
    if (index >= L2S_COUNT_OF(rows))
        return L2TPSEC_ENOENT;
    const struct row *r = &rows[index];
    out->name = r->name;
    out->unit = r->unit;
    out->initial = r->preset;
    out->allowed = r->allowed;
    out->help = r->help;
    out->min = r->min;
    out->max = r->max;
    out->type = r->type;
    out->roles = r->roles;
    out->reserved = 0;
    out->reserved_text = NULL;
    return L2TPSEC_OK;
}

void l2s_profile_init(struct l2s_profile *p)
{
    struct l2s_word none = {NULL, 0};

    memset(p, 0, sizeof *p);
    for (size_t i = 0; i < L2S_COUNT_OF(rows); i++) {
        if (*rows[i].preset)
            (void)set(p, &rows[i], rows[i].preset, &none);
    }
    p->ike.initial_contact = true;
    p->ike.local_port = p->ike.remote_port = L2S_L2TP_PORT;
    p->l2tp.setup_s = 60;
    p->l2tp.connect_speed = 1000000000;
    p->ppp.max_configure = 60; /* RFC 1661 says 10; a bad line needs more, and setup_s bounds it */
    p->ppp.max_terminate = 2;
    p->ppp.max_failure = 5;
}
