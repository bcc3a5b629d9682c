/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* EAP-TLS (RFC 5216, 2.1): a handshake between two ends of ours is stopped where the row says, and one of them hears one packet more:
 * the genuine one that was due, or any other. Before both have proven themselves there is no success. */
#include "matrix/matrix.h"
#include "unit/fakes/papers.h"
#include "unit/ppp/couple.h"

#include <stdio.h>
#include <string.h>

#define TLS (L2S_AUTH_EAP | L2S_AUTH_EAP_TLS)

#define WHOLE 9u /* packets of EAP in a handshake without fragments */

enum { SERVER, CLIENT };

enum column {
    DUE, /* what the other end said */
    IDENTITY,
    START,
    NOTHING, /* an empty packet: it acknowledges a fragment, or the end */
    RUBBISH, /* that is no TLS */
    PIECE,   /* and more of it to come */
    LIE,     /* of a turn that is said to be longer than any is */
    NO_FLAGS,
    NAK,
    MD5,
    OTHER_ID,
    SUCCESS,
    FAILURE,
    WRONG_CODE, /* a Response to a client, a Request to a server */
    COLUMNS
};

static const struct {
    const char *name, *body; /* behind the id: "" for none */
} columns[COLUMNS] = {
    [DUE] = {"what is due", NULL},
    [IDENTITY] = {"Identity", "01616c696365"},
    [START] = {"Start", "0d20"},
    [NOTHING] = {"an empty packet", "0d00"},
    [RUBBISH] = {"rubbish", "0d00 1603030005 0102030405"},
    [PIECE] = {"a first piece of rubbish", "0dc0 00000020 16030300"},
    [LIE] = {"a turn of a gigabyte", "0dc0 40000000 16030300"},
    [NO_FLAGS] = {"a packet without flags", "0d"},
    [NAK] = {"Nak", "0304"},
    [MD5] = {"MD5", "0410000102030405060708090a0b0c0d0e0f"},
    [OTHER_ID] = {"an empty packet of another id", "0d00"},
    [SUCCESS] = {"Success", ""},
    [FAILURE] = {"Failure", ""},
    [WRONG_CODE] = {"the wrong direction", "0d00"},
};

struct row {
    const char *name;
    unsigned end;
    unsigned pass; /* so many packets of EAP arrive */
    uint16_t mru;
    const char *otherwise;
    const char *cells[COLUMNS];
};

/* ---- two ends ------------------------------------------------------------------------------------------------------- */

static struct {
    struct couple p;
    struct l2s_own *own[2];
    struct l2s_trust *trust[2];
    unsigned passed, pass;
    uint16_t mru;
    uint8_t due[2][1600]; /* the first packet to each end that did not arrive */
    size_t n_due[2];
    char said[128];
} b;

static void tune(struct couple *p, unsigned i, struct l2s_ppp_config *cfg)
{
    static const char *const files[2][2] = {{"server256.pem", "server256.key"}, {"client256.pem", "client256.key"}};
    struct paper cert = paper_open(files[i][0]), key = paper_open(files[i][1]), ca = paper_open("ca.pem");
    struct l2s_bytes none = {NULL, 0};

    assert_int_equal(p->crypto->ops->own_new(p->crypto, paper_bytes(&cert), paper_bytes(&key), &b.own[i]), L2TPSEC_OK);
    assert_int_equal(p->crypto->ops->trust_new(p->crypto, paper_bytes(&ca), none, &b.trust[i]), L2TPSEC_OK);
    paper_close(&cert);
    paper_close(&key);
    paper_close(&ca);
    cfg->own = b.own[i];
    cfg->trust = b.trust[i];
    cfg->mru = b.mru;
    cfg->name = i == CLIENT ? "" : "lns";
    p->end[i].wall_clock = 1782864000; /* 2026-07-01 */
}

static bool gate(struct end *from, uint8_t *frame, size_t *n)
{
    static const char *const names[] = {"?", "Request", "Response", "Success", "Failure"};
    unsigned to = 1 - from->index;
    char word[24];

    if (frame[2] == 0xc0 && frame[3] == 0x21 && frame[4] == L2S_CP_TERM_REQ && b.passed >= b.pass)
        (void)strcat(b.said, b.said[0] ? " quit" : "quit");
    if (frame[2] != 0xc2 || frame[3] != 0x27)
        return frame[2] == 0xc0; /* IPCP waits */
    if (b.passed++ < b.pass)
        return true;
    if (!b.n_due[to])
        memcpy(b.due[to], frame, b.n_due[to] = *n);
    (void)snprintf(word, sizeof word, frame[4] <= 2 ? "%s%s:%u" : "%s%s", b.said[0] ? " " : "", names[frame[4] % 5],
                   (unsigned)frame[8]);
    (void)strcat(b.said, word);
    return false;
}

static void reach(const struct row *row)
{
    memset(&b, 0, sizeof b);
    b.pass = row->pass;
    b.mru = row->mru;
    couple_up_with(&b.p, TLS, TLS, tune);
    b.p.meddle = gate;
    couple_start(&b.p);
    couple_run(&b.p, 400 * L2S_MS); /* before anything is repeated */
    b.said[0] = 0;
}

static void leave(void)
{
    for (unsigned i = 0; i < 2; i++) { /* the links borrow them */
        l2s_ppp_free(b.p.end[i].ppp);
        b.p.end[i].ppp = NULL;
        b.p.crypto->ops->own_free(b.own[i]);
        b.p.crypto->ops->trust_free(b.trust[i]);
    }
    couple_down(&b.p);
}

/* ---- one packet more ---------------------------------------------------------------------------------------------------- */

/* Of the id that is expected: a server's question's; a client's next one. */
static uint32_t say(const struct row *row, enum column c)
{
    struct end *e = &b.p.end[row->end];
    const struct l2s_auth *a = e->ppp->auth;
    uint8_t body[64], frame[80] = {0xff, 0x03, 0xc2, 0x27};
    uint8_t id = row->end == SERVER ? a->id : (uint8_t)(a->id + 1);
    uint8_t code = row->end == SERVER ? 2 : 1;

    if (c == DUE && !b.n_due[row->end])
        return 0; /* nothing is, any more */
    if (c == DUE)
        return couple_feed(e, b.due[row->end], b.n_due[row->end]);
    if (c == WRONG_CODE)
        code = 3 - code;
    if (c == OTHER_ID)
        id = (uint8_t)(id + 100);
    if (c == SUCCESS || c == FAILURE)
        code = c == SUCCESS ? 3 : 4;
    size_t n = fake_hex(columns[c].body, body, sizeof body);
    frame[4] = code;
    frame[5] = id;
    frame[7] = (uint8_t)(4 + n);
    memcpy(frame + 8, body, n);
    return couple_feed(e, frame, 8 + n);
}

static void cell(struct matrix *m, const struct row *row, enum column c)
{
    struct outcome o = {""};

    reach(row);
    struct end *e = &b.p.end[row->end];
    if (c == DUE && !b.n_due[row->end] && row->pass < WHOLE)
        matrix_gap(m, "packet that is due", row->name);
    unsigned before = e->authenticated;
    uint32_t drop = say(row, c);
    if (b.said[0])
        outcome_add(&o, "%s", b.said);
    if (e->authenticated > before)
        outcome_add(&o, "authenticated");
    outcome_drop(&o, drop);
    matrix_cell(m, row->name, columns[c].name, row->cells[c] ? row->cells[c] : row->otherwise, &o);
    leave();
}

/* What a client says to any request (RFC 3748, 5); and the end, which is believed as far as RFC 3748, 4.2 lets it. */
#define TALKS [IDENTITY] = "Response:1", [NAK] = "Response:3", [MD5] = "Response:3", [NO_FLAGS] = "!short"
#define UNPROVEN [SUCCESS] = "quit !forged", [FAILURE] = "quit"
/* Whatever it is, it goes to TLS, whose word (an alert, if nothing else) is what comes back. */
#define TO_TLS(code)                                                                                                   \
    [DUE] = code, [START] = code, [NOTHING] = code, [RUBBISH] = code, [PIECE] = code, [NAK] = "Failure quit",          \
    [LIE] = "Failure quit !malformed", [NO_FLAGS] = "!short"

static const struct row rows[] = {
    {"server, identity asked", SERVER, 1, 1400, "!unexpected", {[DUE] = "Request:13", [IDENTITY] = "Request:13"}},
    {"server, Start said", SERVER, 3, 1400, "!unexpected", {TO_TLS("Request:13")}},
    /* Only an empty packet acknowledges a piece (RFC 5216, 2.1.5). */
    {"server, first of several pieces said",
     SERVER,
     5,
     500,
     "!unexpected",
     {[DUE] = "Request:13",
      [START] = "Request:13",
      [NOTHING] = "Request:13",
      [NO_FLAGS] = "!short",
      [NAK] = "Failure quit"}},
    {"server, flight said", SERVER, 5, 1400, "!unexpected", {TO_TLS("Request:13")}},
    /* The client's Finished was right: it has proven itself, and says with an empty packet that we have, too. */
    {"server, Finished said",
     SERVER,
     7,
     1400,
     "!unexpected",
     {[DUE] = "Success authenticated",
      [START] = "Success authenticated",
      [NOTHING] = "Success authenticated",
      [RUBBISH] = "Failure quit",
      [PIECE] = "Request:13",
      [LIE] = "Failure quit !malformed",
      [NO_FLAGS] = "!short",
      [NAK] = "Failure quit"}},
    {"server, done", SERVER, WHOLE, 1400, "!unexpected", {[DUE] = "-"}},
    {"client, nothing asked",
     CLIENT,
     0,
     1400,
     "!unexpected",
     {TALKS, UNPROVEN, [DUE] = "Response:1", [START] = "Response:13"}},
    {"client, identity told",
     CLIENT,
     2,
     1400,
     "!unexpected",
     {TALKS, UNPROVEN, [DUE] = "Response:13", [START] = "Response:13"}},
    {"client, hello said",
     CLIENT,
     4,
     1400,
     "Response:13",
     {TALKS, UNPROVEN, [LIE] = "quit !malformed", [WRONG_CODE] = "!unexpected"}},
    /* What does not continue the turn that was announced ends it. A Start begins anew. */
    {"client, a first piece heard",
     CLIENT,
     6,
     500,
     "quit !malformed",
     {TALKS, UNPROVEN, [DUE] = "Response:13", [START] = "Response:13", [WRONG_CODE] = "!unexpected"}},
    {"client, flight said",
     CLIENT,
     6,
     1400,
     "Response:13",
     {TALKS, UNPROVEN, [LIE] = "quit !malformed", [WRONG_CODE] = "!unexpected"}},
    /* The server's Finished was right: from here on, and not earlier, its Success counts. */
    {"client, Finished heard",
     CLIENT,
     8,
     1400,
     "Response:13",
     {TALKS, [DUE] = "authenticated", [LIE] = "quit !malformed", [SUCCESS] = "authenticated", [FAILURE] = "quit",
      [WRONG_CODE] = "!unexpected"}},
    {"client, done",
     CLIENT,
     WHOLE,
     1400,
     "!unexpected",
     {TALKS, [DUE] = "-", [START] = "Response:13", [SUCCESS] = "!duplicate", [FAILURE] = "!duplicate"}},
};

static void every_packet_in_every_state_of_eap_tls(void **state)
{
    struct matrix m = {.machine = "EAP-TLS"};

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(rows); i++)
        for (unsigned c = 0; c < COLUMNS; c++)
            cell(&m, &rows[i], c);
    matrix_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packet_in_every_state_of_eap_tls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
