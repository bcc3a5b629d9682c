/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The phases of a link (RFC 1661, 3) against the protocols, each with the packet that would profit most from being taken too early:
 * a success without proof, an address without authentication, traffic without an address, clear text where encryption is due. */
#include "matrix/matrix.h"
#include "unit/ppp/desk.h"

#include "ppp/link.h"

#include <string.h>

#define EAP 0xc227

enum column {
    C_LCP,
    C_PAP,
    C_CHAP,
    C_EAP,
    C_IPCP,
    C_IPV6CP,
    C_CCP,
    C_OTHER_CP,
    C_OTHER_DATA,
    C_IPV4,
    C_IPV6,
    C_SEALED,
    C_BROKEN,
    COLUMNS
};

static const struct {
    const char *name;
    uint16_t protocol;
    const char *client, *server; /* what is said to whom */
} columns[COLUMNS] = {
    [C_LCP] = {"LCP Echo-Request", LCP, "0907000800000000", "0907000800000000"},
    [C_PAP] = {"PAP Ack or Request", PAP, "0207000500", "0107001505616c6963650a776f6e6465726c616e64"},
    [C_CHAP] = {"CHAP Success or Response", CHAP, "03070004", "0207001a10000102030405060708090a0b0c0d0e0f616c696365"},
    [C_EAP] = {"EAP Success or Identity", EAP, "03070004", "0207000a01616c696365"},
    [C_IPCP] = {"IPCP Configure-Request", IPCP, "0107000a03060a000001", "0107000a03060a000002"},
    [C_IPV6CP] = {"IPV6CP Configure-Request", IPV6CP, "0107000e010a1122334455667788", "0107000e010a1122334455667788"},
    [C_CCP] = {"CCP Configure-Request", CCP, "0107000a120601000040", "0107000a120601000040"},
    [C_OTHER_CP] = {"a control protocol nobody knows", 0x8235, "01070004", "01070004"},
    [C_OTHER_DATA] = {"a network protocol nobody knows", 0x0031, "4500", "4500"},
    [C_IPV4] = {"IPv4", 0x0021, "45000014", "45000014"},
    [C_IPV6] = {"IPv6", 0x0057, "60000000", "60000000"},
    [C_SEALED] = {"MPPE", 0x00fd, "90000000", "90000000"},
    [C_BROKEN] = {"an even protocol", 0x0020, "45000014", "45000014"},
};

enum place {
    DEAD,
    ESTABLISH,
    AUTHENTICATE,
    ADDRESSES, /* server, network phase: the host looks for addresses */
    UNSEALED,  /* network phase, MPPE is required and not there yet */
    NETWORK,   /* network phase, IPCP under way */
    OPEN,      /* IPCP open */
    IPV6_OPEN, /* and IPV6CP */
    SEALED,    /* and MPPE */
    TERMINATE,
    OVER,
};

struct row {
    const char *name;
    bool server;
    enum place place;
    enum l2s_ppp_phase phase;
    const char *cells[COLUMNS];
};

static int think(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    (void)self, (void)user, (void)user_len, (void)net;
    return L2S_PENDING;
}

static void raise_ccp(struct desk *d)
{
    d->ppp->auth->has_master = true; /* as MS-CHAPv2 leaves it */
    (void)desk_hear_packet(d, CCP, REQ, 3, "120601000040");
    desk_ack(d, CCP);
}

static void reach(struct desk *d, const struct row *row)
{
    static const uint8_t ours[4] = {10, 0, 0, 7}, theirs[4] = {10, 0, 0, 2};
    const struct l2s_ppp_line line = {.restart_ms = 1000, .wish = {10, 0, 0, 7}};
    static struct l2s_ppp_port port;

    *d = (struct desk){.n = 0};
    memcpy(d->give.local, ours, 4);
    memcpy(d->give.peer, theirs, 4);
    desk_up(d, row->server, row->server ? L2S_AUTH_PAP : L2S_AUTH_CHAP_MD5, "alice");
    d->cfg.ipv6 = true;
    d->cfg.mppe = L2S_MPPE_128 | (row->place == UNSEALED ? L2S_MPPE_REQUIRED : 0);
    port = *d->ppp->port; /* once more, with all that */
    if (row->place == ADDRESSES)
        port.addresses = think;
    l2s_ppp_free(d->ppp);
    assert_int_equal(l2s_ppp_new(&d->f.sys, d->crypto, &d->cfg, &line, &port, d, &d->ppp), L2TPSEC_OK);
    d->n = d->echoed = 0;
    if (row->place == DEAD)
        return;
    l2s_ppp_start(d->ppp);
    if (row->place == TERMINATE)
        l2s_ppp_close(d->ppp);
    if (row->place == OVER) {
        l2s_ppp_close(d->ppp);
        (void)desk_hear_packet(d, LCP, TERM_ACK, desk_last(d, LCP, TERM_REQ)->id, "");
    }
    if (row->place == ESTABLISH || row->place >= TERMINATE)
        return;
    (void)desk_hear_packet(d, LCP, REQ, 1, row->server ? "01040500" : "0305c22305");
    desk_ack(d, LCP);
    if (row->place == AUTHENTICATE)
        return;
    if (row->place == UNSEALED) { /* a master key, ahead of the end of authentication */
        d->ppp->auth->has_master = true;
    }
    if (row->server) {
        assert_int_equal(desk_hear_packet(d, PAP, 1, 7, "05616c6963650a776f6e6465726c616e64"), 0);
    } else {
        assert_int_equal(desk_hear_packet(d, CHAP, 1, 7, "10 00112233445566778899aabbccddeeff 6c6e73"), 0);
        assert_int_equal(desk_hear_packet(d, CHAP, 3, 7, ""), 0);
    }
    if (row->place < OPEN)
        return;
    (void)desk_hear_packet(d, IPCP, REQ, 2, row->server ? "03060a000002" : "03060a000001");
    desk_ack(d, IPCP);
    if (row->place >= IPV6_OPEN) {
        (void)desk_hear_packet(d, IPV6CP, REQ, 2, "010a1122334455667788");
        desk_ack(d, IPV6CP);
    }
    if (row->place == SEALED)
        raise_ccp(d);
}

static void note(const struct desk *d, size_t from, struct outcome *o)
{
    static const char *const codes[] = {"?",       "Req",     "Ack",     "Nak",     "Rej",    "TermReq",
                                        "TermAck", "CodeRej", "ProtRej", "EchoReq", "EchoRep"};

    for (size_t i = from; i < d->n; i++) {
        const struct said *s = &d->said[i];
        if (s->protocol == PAP || s->protocol == CHAP || s->protocol == EAP)
            outcome_add(o, "said%u", (unsigned)s->code);
        else if (s->protocol != LCP || s->code != ECHO_REQ)
            outcome_add(o, "%s", codes[s->code < L2S_COUNT_OF(codes) ? s->code : 0]);
    }
}

static void cell(struct matrix *m, const struct row *row, enum column c)
{
    static const char *const kinds[] = {
        [L2S_PPP_IPV4] = "passes", [L2S_PPP_IPV6] = "passes", [L2S_PPP_SEALED] = "opened"};
    static struct desk d;
    struct outcome o = {""};
    uint8_t frame[128] = {0xff, 0x03, (uint8_t)(columns[c].protocol >> 8), (uint8_t)columns[c].protocol};
    struct l2s_rd inside;
    uint32_t drop;

    reach(&d, row);
    if (d.ppp->phase != row->phase)
        matrix_gap(m, "way there", row->name);
    size_t before = d.n;
    unsigned ups = d.authenticated;
    size_t n = 4 + fake_hex(row->server ? columns[c].server : columns[c].client, frame + 4, sizeof frame - 4);
    enum l2s_ppp_kind kind = l2s_ppp_input(d.ppp, fake_rd_exact(frame, n), &inside, &drop);
    fake_rd_free();
    if (kind == L2S_PPP_IPV4 || kind == L2S_PPP_IPV6 || kind == L2S_PPP_SEALED)
        outcome_add(&o, "%s", kinds[kind]);
    note(&d, before, &o);
    if (d.authenticated > ups)
        outcome_add(&o, "authenticated");
    outcome_drop(&o, drop);
    matrix_cell(m, row->name, columns[c].name, row->cells[c], &o);
    desk_down(&d);
}

#define SHUT "!phase"
#define AUTH_SHUT [C_PAP] = SHUT, [C_CHAP] = SHUT, [C_EAP] = SHUT
#define NET_SHUT [C_IPCP] = SHUT, [C_IPV6CP] = SHUT, [C_CCP] = SHUT
#define IP_SHUT [C_IPV4] = SHUT, [C_IPV6] = SHUT
#define UNKNOWN [C_OTHER_CP] = "!unknown", [C_OTHER_DATA] = "!unknown", [C_SEALED] = "!unknown"
#define REJECTED [C_OTHER_CP] = "ProtRej !unknown", [C_OTHER_DATA] = "ProtRej !unknown", [C_SEALED] = "ProtRej !unknown"
#define BROKEN [C_BROKEN] = "!malformed"
#define NO_WAY                                                                                                         \
    [C_LCP] = SHUT, AUTH_SHUT, NET_SHUT, IP_SHUT, [C_OTHER_CP] = SHUT, [C_OTHER_DATA] = SHUT, [C_SEALED] = SHUT, BROKEN
/* Of a protocol that was not agreed on; or of the one that was, when it is not its turn. */
#define NOT_ASKED "!unexpected"

static const struct row rows[] = {
    {"client, dead", false, DEAD, L2S_PHASE_DEAD, {NO_WAY}},
    {"server, dead", true, DEAD, L2S_PHASE_DEAD, {NO_WAY}},
    /* 3.4: "any non-LCP packets received during this phase MUST be silently discarded" */
    {"client, establish",
     false,
     ESTABLISH,
     L2S_PHASE_ESTABLISH,
     {[C_LCP] = "-", AUTH_SHUT, NET_SHUT, IP_SHUT, UNKNOWN, BROKEN}},
    {"server, establish",
     true,
     ESTABLISH,
     L2S_PHASE_ESTABLISH,
     {[C_LCP] = "-", AUTH_SHUT, NET_SHUT, IP_SHUT, UNKNOWN, BROKEN}},
    /* 3.5: only LCP, authentication, and link quality; "advancement to the network phase MUST NOT occur" before it has succeeded.
     * The client agreed on CHAP, and has not been challenged; the server on PAP. */
    {"client, authenticate",
     false,
     AUTHENTICATE,
     L2S_PHASE_AUTHENTICATE,
     {[C_LCP] = "EchoRep",
      [C_PAP] = NOT_ASKED,
      [C_CHAP] = NOT_ASKED,
      [C_EAP] = NOT_ASKED,
      NET_SHUT,
      IP_SHUT,
      UNKNOWN,
      BROKEN}},
    {"server, authenticate",
     true,
     AUTHENTICATE,
     L2S_PHASE_AUTHENTICATE,
     {[C_LCP] = "EchoRep",
      [C_PAP] = "said2 Req Req authenticated", /* the proof itself: and both network protocols begin */
      [C_CHAP] = NOT_ASKED,
      [C_EAP] = NOT_ASKED,
      NET_SHUT,
      IP_SHUT,
      UNKNOWN,
      BROKEN}},
    /* Authenticated, but there is no address to give yet: IPCP is kept for then. */
    {"server, addresses looked for",
     true,
     ADDRESSES,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = "said2 !duplicate",
      [C_CHAP] = NOT_ASKED,
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "-",
      [C_IPV6CP] = SHUT,
      [C_CCP] = "ProtRej !unknown", /* PAP leaves no key for MPPE */
      IP_SHUT,
      REJECTED,
      BROKEN}},
    /* MPPE is required (RFC 3078): nothing in the clear, no addresses either. */
    {"client, MPPE required",
     false,
     UNSEALED,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = NOT_ASKED,
      [C_CHAP] = "-",
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "-", /* kept for then */
      [C_IPV6CP] = SHUT,
      [C_CCP] = "Ack",
      IP_SHUT,
      REJECTED,
      BROKEN}},
    {"client, network",
     false,
     NETWORK,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = NOT_ASKED,
      [C_CHAP] = "-",
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "Ack",
      [C_IPV6CP] = "Ack",
      [C_CCP] = "ProtRej !unknown", /* nor does MD5 */
      IP_SHUT,
      REJECTED,
      BROKEN}},
    {"server, network",
     true,
     NETWORK,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = "said2 !duplicate",
      [C_CHAP] = NOT_ASKED,
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "Ack",
      [C_IPV6CP] = "Ack",
      [C_CCP] = "ProtRej !unknown",
      IP_SHUT,
      REJECTED,
      BROKEN}},
    {"client, IPCP open",
     false,
     OPEN,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = NOT_ASKED,
      [C_CHAP] = "-",
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "Req Ack", /* anew */
      [C_IPV6CP] = "Ack",
      [C_CCP] = "ProtRej !unknown",
      [C_IPV4] = "passes",
      [C_IPV6] = SHUT,
      REJECTED,
      BROKEN}},
    {"server, IPCP open",
     true,
     OPEN,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = "said2 !duplicate",
      [C_CHAP] = NOT_ASKED,
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "Req Ack",
      [C_IPV6CP] = "Ack",
      [C_CCP] = "ProtRej !unknown",
      [C_IPV4] = "passes",
      [C_IPV6] = SHUT,
      REJECTED,
      BROKEN}},
    {"client, IPV6CP open, too",
     false,
     IPV6_OPEN,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = NOT_ASKED,
      [C_CHAP] = "-",
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "Req Ack",
      [C_IPV6CP] = "Req Ack",
      [C_CCP] = "ProtRej !unknown",
      [C_IPV4] = "passes",
      [C_IPV6] = "passes",
      REJECTED,
      BROKEN}},
    /* Once it was agreed that all is encrypted, nothing in the clear passes. */
    {"client, MPPE open, too",
     false,
     SEALED,
     L2S_PHASE_NETWORK,
     {[C_LCP] = "EchoRep",
      [C_PAP] = NOT_ASKED,
      [C_CHAP] = "-",
      [C_EAP] = NOT_ASKED,
      [C_IPCP] = "Req Ack",
      [C_IPV6CP] = "Req Ack",
      [C_CCP] = "Req Ack",
      [C_OTHER_CP] = "ProtRej !unknown",
      [C_OTHER_DATA] = "ProtRej !unknown",
      [C_IPV4] = "!unexpected",
      [C_IPV6] = "!unexpected",
      [C_SEALED] = "opened",
      BROKEN}},
    /* 3.7 */
    {"client, terminate",
     false,
     TERMINATE,
     L2S_PHASE_TERMINATE,
     {[C_LCP] = "-", AUTH_SHUT, NET_SHUT, IP_SHUT, UNKNOWN, BROKEN}},
    {"server, terminate",
     true,
     TERMINATE,
     L2S_PHASE_TERMINATE,
     {[C_LCP] = "-", AUTH_SHUT, NET_SHUT, IP_SHUT, UNKNOWN, BROKEN}},
    {"client, over", false, OVER, L2S_PHASE_OVER, {NO_WAY}},
    {"server, over", true, OVER, L2S_PHASE_OVER, {NO_WAY}},
};

static void every_protocol_in_every_phase_of_a_link(void **state)
{
    struct matrix m = {.machine = "PPP phases"};

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(rows); i++)
        for (unsigned c = 0; c < COLUMNS; c++)
            cell(&m, &rows[i], c);
    for (unsigned phase = 0; phase <= L2S_PHASE_OVER; phase++) {
        bool found = false;
        for (size_t i = 0; i < L2S_COUNT_OF(rows); i++)
            found = found || rows[i].phase == phase;
        if (!found)
            matrix_gap(&m, "row", "a phase");
    }
    matrix_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_protocol_in_every_phase_of_a_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
