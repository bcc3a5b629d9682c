/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/diagnosis.h"

#include "base/errors.h"

#include <stdbool.h>

#define ROW(c, l, code, windows, title_, meaning_, advice_, settings_)                                                 \
    {                                                                                                                  \
        .size = sizeof(l2tpsec_diagnosis), .cause = L2TPSEC_CAUSE_##c, .layer = (l), .peer_code = (code),              \
        .windows_code = (windows), .title = (title_), .meaning = (meaning_), .advice = (advice_),                      \
        .settings = (settings_)                                                                                        \
    }

enum { RAS_FIRST = 600, RAS_LAST = 999 }; /* raserror.h */
enum { ANY = UINT32_MAX, IKE = L2TPSEC_LAYER_IKE, L2TP = L2TPSEC_LAYER_L2TP, PPP = L2TPSEC_LAYER_PPP };

/* For each cause first the rows for a number the peer said, at last the one for any. Windows' codes are those of its
 * Remote Access service. */
static const l2tpsec_diagnosis rows[] = {
    ROW(NONE, ANY, 0, 0, "Nothing is wrong", "there was no failure", "nothing is to be done", ""),
    ROW(CLOSED_BY_HOST, ANY, 0, 0, "Closed by this side", "the program itself hung up", "nothing is to be done", ""),

    ROW(CLOSED_BY_PEER, PPP, 646, 646, "Not at this hour", "the server allows this user at other hours only",
        "have the server's administrator look at the account", ""),
    ROW(CLOSED_BY_PEER, PPP, 691, 691, "Windows: user name or password refused",
        "the Windows side ended PPP with error 691, after an authentication that did not succeed",
        "type both again; allow the authentication method that the account may use",
        "ppp.user, ppp.password, ppp.auth"),
    ROW(CLOSED_BY_PEER, PPP, 718, 718, "Windows: PPP got no answer",
        "the Windows side ended PPP with error 718: it waited for an answer, and none came",
        "look at the network; packets of one size or direction may be lost", "ppp.mru"),
    ROW(CLOSED_BY_PEER, PPP, 720, 720, "Windows: no network protocol was agreed",
        "the Windows side ended PPP with error 720: it got neither IPv4 nor IPv6",
        "make sure that the server has an address for it", "server.pool, server.address, ppp.ipv6"),
    ROW(CLOSED_BY_PEER, PPP, 732, 732, "Windows: PPP options were not agreed",
        "the Windows side gave up its PPP negotiation with error 732",
        "allow an authentication method that Windows has (MS-CHAPv2), and give it an address", "ppp.auth, server.pool"),
    ROW(CLOSED_BY_PEER, PPP, 734, 734, "Windows: LCP was ended",
        "the Windows side ended PPP with error 734, mostly because its settings demand an authentication method or "
        "MPPE that was not offered",
        "allow a method that it has (MS-CHAPv2); set ppp.mppe to allow if it insists on encryption in PPP",
        "ppp.auth, ppp.mppe"),
    ROW(CLOSED_BY_PEER, PPP, 742, 742, "Windows: PPP encryption is missing",
        "the Windows side ended PPP with error 742: it demands MPPE of a kind that was not agreed",
        "set ppp.mppe to allow, or drop the demand at the Windows side: ESP protects better", "ppp.mppe"),
    ROW(CLOSED_BY_PEER, PPP, 778, 778, "Windows: the server did not prove itself",
        "the Windows side ended PPP with error 778: the server did not show that it knows the password",
        "check that the server has this user's present password", "ppp.password"),
    ROW(CLOSED_BY_PEER, PPP, 812, 812, "Windows: the authentication method was not allowed",
        "the Windows side ended PPP with error 812: a policy there does not allow the method used",
        "set ppp.auth to a method of that policy", "ppp.auth"),
    ROW(CLOSED_BY_PEER, IKE, 0, 628, "The peer deleted the IPsec connection",
        "the peer deleted its security associations, before or after the link was up",
        "read the peer's log; xl2tpd servers hang up when a Hello or an echo is not answered, phones when the screen "
        "was off for long",
        "link.reconnect"),
    ROW(CLOSED_BY_PEER, L2TP, 4, 633, "The L2TP server has no room",
        "the server accepted the call and then ended it: it has no room for more",
        "try again later; look at the server's limits", "link.max"),
    ROW(CLOSED_BY_PEER, L2TP, 0, 628, "The peer ended the tunnel or the call",
        "the peer ended the L2TP tunnel or call in order; its result code says why, if it knew",
        "look at the peer's words in this event, then read its log", "link.reconnect"),
    ROW(CLOSED_BY_PEER, ANY, 0, 629, "The peer hung up", "the peer ended PPP in order",
        "the usual reason is an idle limit of the peer; if the first connect ends so, the account may have no right to "
        "dial in",
        "link.reconnect"),

    ROW(NO_ANSWER, L2TP, 0, 809, "No answer from the L2TP side",
        "IPsec is up, but the first L2TP message got no answer: xl2tpd or its like is not running behind the IPsec "
        "server, UDP 1701 is blocked inside, ESP does not get through, or packets of this size or cipher do not pass",
        "check that the L2TP server runs; have ESP (IP protocol 50, or UDP port 4500) let through; try esp.proposals "
        "with sha1, which does without HMAC-SHA-256",
        "esp.encap, esp.proposals, esp.sha256_96"),
    ROW(NO_ANSWER, ANY, 0, 809, "No answer at all",
        "nothing came back to the first message: wrong address, UDP 500 or 4500 blocked on the way, nobody listening, "
        "or a server that drops what it does not like, such as an offer that is too long or too new for it",
        "check the address; have UDP 500 and 4500 let through at both ends; if the server is known to be there, try "
        "another preset; a Windows client also shows 809 when a server of another make seems to be behind a NAT "
        "(AssumeUDPEncapsulationContextOnSendRule=2 in its registry helps); with this library as the server it does "
        "not",
        "preset, ike.retries, ike.port"),
    ROW(PEER_VANISHED, IKE, 0, 792, "The negotiation or the connection went silent",
        "the peer answered, and then no more: the network broke, UDP 4500 is blocked although 500 is not, long "
        "messages with certificates are lost, or the peer lost power",
        "have UDP 4500 let through; lower ike.fragment if certificates are in use; a wrong pre-shared key looks like "
        "this to a client, too, with servers that do not say so",
        "ike.fragment, ike.dpd, ike.psk, link.reconnect"),
    ROW(PEER_VANISHED, L2TP, 0, 718, "The L2TP side stopped answering",
        "the peer answered in L2TP, and then no more: the network broke, or the L2TP server behind IPsec did",
        "wait for the redial; check that the L2TP server runs, and read its log", "link.reconnect, l2tp.hello"),
    ROW(PEER_VANISHED, ANY, 0, 718, "The peer stopped answering",
        "PPP got no answer any more: the network broke or the peer lost power",
        "wait for the redial, or look at the network", "ppp.echo, link.reconnect"),

    ROW(PHASE1_PROPOSAL, ANY, 0, 789, "No common phase 1 proposal",
        "one side does not allow what the other offers for IKE's own encryption, hash and Diffie-Hellman group. A "
        "stock Android up to 11 offers MODP-1024 only, TP-Link and old DrayTek routers 3DES with MODP-1024: the preset "
        "compatible leaves those out, legacy allows them",
        "compare both lists in this event; choose the preset that it names, or add the missing proposal by name",
        "preset, ike.proposals"),
    ROW(PSK, ANY, 0, 789, "The pre-shared keys differ",
        "the peer's first encrypted message cannot be read, or its proof does not fit: the two ends have different "
        "keys, or the key is chosen by an identity or address that is not this peer's",
        "type the key again at both ends, without blanks before or after it; check for which address or identity the "
        "server has it",
        "ike.psk, ike.id"),
    ROW(IDENTITY, ANY, 0, 789, "An identity was refused",
        "the peer's identity is not the one that ike.peer_id demands, or it does not accept ours",
        "set ike.peer_id to the peer's identity in this event, if it is the right one, or empty it; set ike.id to what "
        "the peer expects",
        "ike.id, ike.peer_id"),
    ROW(CERTIFICATE, IKE, 20, 790, "The peer refuses our certificate",
        "the peer says INVALID-CERTIFICATE: ours is expired, revoked, or of a kind that it does not accept",
        "renew or replace the certificate; check the peer's clock and log", "ike.certificate"),
    ROW(CERTIFICATE, IKE, 22, 790, "The peer does not trust our authority",
        "the peer says INVALID-CERT-AUTHORITY: our certificate leads to no authority that it trusts",
        "give the peer our authority's certificate, or us one of an authority that it trusts", "ike.certificate"),
    ROW(CERTIFICATE, IKE, 28, 766, "There is no certificate",
        "the peer says CERTIFICATE-UNAVAILABLE: it has none, or got none",
        "give both ends a certificate with its key; on Windows it belongs in the store of the machine, not of the user",
        "ike.certificate, ike.key"),
    ROW(CERTIFICATE, PPP, 0, 798, "A certificate was refused in EAP-TLS",
        "inside the tunnel one side refused the other's certificate: it expired or is not yet valid, is revoked, leads "
        "to no trusted authority, is meant for another purpose, or does not name the user or the server; this event "
        "says which",
        "renew or replace the certificate; give both ends the right authority; the user name must be a name in the "
        "client's certificate; check the clocks",
        "ppp.ca, ppp.certificate, ppp.crl, ppp.peer_name, ppp.user"),
    ROW(CERTIFICATE, ANY, 0, 787, "A certificate or signature was refused",
        "the certificate expired or is not yet valid, is revoked, leads to no trusted authority, names somebody else, "
        "or may not sign; this event says which",
        "renew or replace the certificate; give both ends the right authority; check the clocks",
        "ike.ca, ike.certificate, ike.crl, ike.peer_id"),
    ROW(PHASE1_REFUSED, IKE, 14, 789, "The peer chose no proposal",
        "the peer says that it allows none of the phase 1 proposals offered (NO-PROPOSAL-CHOSEN)",
        "ask the peer's administrator what it allows; try preset legacy for old routers, modern for strict servers",
        "preset, ike.proposals"),
    ROW(PHASE1_REFUSED, IKE, 24, 789, "The peer refused our authentication",
        "the peer says that authentication failed (AUTHENTICATION-FAILED)",
        "check the key or certificate, and our identity", "ike.psk, ike.certificate, ike.id"),
    ROW(PHASE1_REFUSED, IKE, 18, 789, "The peer does not know our identity", "the peer says INVALID-ID-INFORMATION",
        "set ike.id to what the peer expects, often a group name or an e-mail address", "ike.id"),
    ROW(PHASE1_REFUSED, ANY, 0, 789, "Phase 1 was refused",
        "IKE's first phase ended with an error of the peer, or with an exchange that one side does not speak "
        "(aggressive mode with a group name or IPSec identifier)",
        "look at the step and the peer's words in this event; leave the group name empty on phones",
        "ike.auth, ike.id"),
    ROW(PHASE2_PROPOSAL, ANY, 0, 788, "No common phase 2 proposal",
        "one side does not allow what the other offers for ESP; Huawei and others insist on tunnel mode unless they "
        "are set to transport mode",
        "compare both lists in this event; choose the preset that it names, or add the missing proposal by name; set "
        "the peer to transport mode",
        "preset, esp.proposals"),
    ROW(PHASE2_REFUSED, IKE, 18, 789, "The peer refused the traffic selectors",
        "the peer says INVALID-ID-INFORMATION in quick mode: its policy is for other addresses or ports than UDP 1701 "
        "between these two",
        "set the peer's policy to transport mode, protocol 17, port 1701 (any port for clients)", ""),
    ROW(PHASE2_REFUSED, ANY, 0, 789, "Phase 2 was refused",
        "the peer refused the ESP pair for another reason than its algorithms: policy, mode, PFS",
        "read the peer's log; try a group in esp.proposals if the peer insists on PFS", "esp.proposals, esp.encap"),

    ROW(L2TP_REFUSED, L2TP, 4, 633, "The L2TP server has no room",
        "the server says that it lacks resources or is not willing to open a call",
        "try again later; look at the server's limits", ""),
    ROW(L2TP_REFUSED, L2TP, 6, 628, "The L2TP server is shutting down",
        "the server is being shut down, or the destination is invalid to it", "try again later", "link.reconnect"),
    ROW(L2TP_REFUSED, ANY, 0, 628, "L2TP refused the tunnel or the call",
        "the server answered SCCRQ or ICRQ with a refusal; its code and words are in this event",
        "look up the code in docs/l2tp.md, and read the server's log; a tunnel that the server still holds open ends "
        "after a minute or two",
        "l2tp.host_name"),
    ROW(L2TP_AUTH, ANY, 0, 628, "The L2TP tunnel secrets differ",
        "one side asks the other to prove a tunnel secret, and the proof does not fit or did not come; Windows and "
        "phones know no tunnel secrets",
        "set the same l2tp.secret at both ends, or at none", "l2tp.secret, l2tp.spare_microsoft"),
    ROW(PPP_OPTIONS, ANY, 0, 732, "PPP options were not agreed",
        "the two ends found no common ground in LCP, CCP or IPCP within the time for it",
        "look at the step of this event; a server that insists on MPPE needs ppp.mppe", "ppp.mppe, ppp.setup, ppp.mru"),
    ROW(AUTH_METHOD, ANY, 0, 812, "No common authentication method",
        "the server asks for a method that the client does not allow, or the client for one that the server does not; "
        "Meraki asks for PAP, RRAS perhaps for EAP",
        "add the method this event names to ppp.auth, if it is acceptable: inside ESP even PAP is not seen by others, "
        "but the server learns the password",
        "ppp.auth"),
    ROW(AUTH_REFUSED, PPP, 646, 646, "Not at this hour", "the server allows this user at other hours only",
        "have the server's administrator look at the account", ""),
    ROW(AUTH_REFUSED, PPP, 647, 647, "The account is disabled", "the server knows the user, whose account is disabled",
        "have the server's administrator look at the account", ""),
    ROW(AUTH_REFUSED, PPP, 648, 648, "The password expired", "the server wants a new password for this user",
        "have the secret callback answer L2TPSEC_SECRET_NEW_PASSWORD, or change the password in another way and use "
        "the new one",
        "ppp.password"),
    ROW(AUTH_REFUSED, PPP, 649, 649, "No right to dial in", "the server knows the user, who is not allowed to dial in",
        "have the server's administrator grant the account remote access", ""),
    ROW(AUTH_REFUSED, PPP, 709, 709, "The new password was refused", "the server did not take the new password",
        "choose one that satisfies the server's rules", "ppp.password"),
    ROW(AUTH_REFUSED, ANY, 0, 691, "User name or password refused",
        "the server does not know this user or this password; Microsoft servers say the same when the account may not "
        "use this method",
        "type both again; try the name with its domain in front (DOMAIN\\name) or without", "ppp.user, ppp.password"),
    ROW(AUTH_MUTUAL, ANY, 0, 778, "The server could not prove itself",
        "the server did not show that it knows the password, as MS-CHAPv2 demands, or asked for no authentication at "
        "all: it may be somebody else's server",
        "do not go on unless you know why; a server that asks for nothing needs ppp.auth to allow that", "ppp.auth"),
    ROW(NO_ADDRESS, ANY, 0, 720, "No address for the client",
        "the server gave no address, or has none left, or the one chosen is in use by another user",
        "make server.pool larger; on a client, ask the server's administrator", "server.pool, server.address"),
    ROW(NO_SECRET, ANY, 0, 789, "No key or password is configured",
        "the host has no pre-shared key, private key or password for this peer or user",
        "set ike.psk or ppp.password, or have the secret callback answer", "ike.psk, ppp.password, ike.key"),
    ROW(NO_MEMORY, ANY, 0, 0, "Out of memory", "the allocator returned NULL",
        "give the program more memory, or set link.max", "link.max"),
    ROW(NO_RANDOM, ANY, 0, 0, "No random numbers", "the random callback failed", "look at the host's random source",
        ""),
    ROW(EXPIRED, ANY, 0, 629, "The security association expired",
        "its lifetime ended, and the peer answered no renewal; some peers never renew phase 1 and end after 8 hours",
        "let the link be dialled again; set longer lifetimes if both ends are yours",
        "ike.lifetime, esp.lifetime, link.reconnect"),
    ROW(REPLACED, ANY, 0, 629, "The same peer came back",
        "the peer opened a new link while the old one still existed, so the old one was closed",
        "nothing is to be done, unless two devices use one account and push each other out", ""),
    ROW(LIMIT, ANY, 0, 633, "A limit is reached",
        "there are as many links or half-open negotiations as the settings allow",
        "raise the limit, or find out who opens so many", "link.max, ike.half_open"),
    ROW(INTERNAL, ANY, 0, 0, "A fault of the library",
        "something happened that should not, in the library or its crypto provider", "please report it, with the log",
        ""),
};

const l2tpsec_diagnosis *l2s_diagnosis_of(uint32_t cause, uint32_t layer, uint32_t peer_code)
{
    const l2tpsec_diagnosis *last = &rows[0];

    for (size_t i = 0; i < L2S_COUNT_OF(rows); i++) {
        if (rows[i].cause != cause)
            continue;
        last = &rows[i];
        bool layer_fits = rows[i].layer == ANY || rows[i].layer == layer;
        bool code_fits = !rows[i].peer_code || rows[i].peer_code == peer_code;
        if (layer_fits && code_fits)
            break;
    }
    return last;
}

uint32_t l2s_diagnosis_windows(const l2tpsec_diagnosis *d, uint32_t layer, uint32_t peer_code)
{
    return layer == PPP && peer_code >= RAS_FIRST && peer_code <= RAS_LAST ? peer_code : d->windows_code;
}

int32_t l2s_diagnosis_at(uint32_t index, l2tpsec_diagnosis *out)
{
    if (index >= L2S_COUNT_OF(rows))
        return L2TPSEC_ENOENT;
    *out = rows[index];
    return L2TPSEC_OK;
}
