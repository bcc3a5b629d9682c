/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "matrix/auth.h"

#include "unit/ppp/desk.h"

#include "ppp/link.h"

#include <stdio.h>
#include <string.h>

#define EAP 0xc227
#define NAME "alice"
#define SECRET "wonderland"

static const char *const names[COLUMNS] = {
    "Request",
    "Request with a wrong password",
    "broken Request",
    "Ack",
    "Ack of another id",
    "Nak",
    "code 4",
    "a truncated PAP packet",
    "Challenge",
    "the same Challenge",
    "Response",
    "wrong Response",
    "Response of another id",
    "our own challenge as the peer's",
    "Success",
    "forged Success",
    "Success of another id",
    "Failure",
    "Change-Password",
    "code 9",
    "a truncated CHAP packet",
    "Request, Identity",
    "Request, Notification",
    "Request, MD5",
    "Request, MS-CHAPv2",
    "Request, MS-CHAPv2 Success",
    "Request, forged MS-CHAPv2 Success",
    "Request, MS-CHAPv2 Failure",
    "Request, EAP-TLS",
    "Request, type 77",
    "the same Request",
    "Response, Identity",
    "Response, Nak",
    "Response, MD5",
    "Response, wrong MD5",
    "Response, MS-CHAPv2",
    "Response, wrong MS-CHAPv2",
    "Response, MS-CHAPv2 Success",
    "Response, MS-CHAPv2 Failure",
    "Response of another id",
    "EAP Success",
    "EAP Failure",
    "code 5",
    "a truncated EAP packet",
};

/* ---- what the peer says ---------------------------------------------------------------------------------------------- */

static const uint8_t challenge[16] = {0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87,
                                      0x98, 0xa9, 0xba, 0xcb, 0xdc, 0xed, 0xfe, 0x0f};

static void put(char *out, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        (void)snprintf(out + strlen(out), 3, "%02x", b[i]);
}

static bool of_ms(uint32_t auth)
{
    return auth == L2S_AUTH_MSCHAPV2 || auth == (L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2);
}

/* Sixteen bytes of MD5, or the 49 of MS-CHAPv2, to the server's challenge. */
static size_t proof(const struct desk *d, bool ms, bool right, uint8_t out[49])
{
    const struct l2s_auth *a = d->ppp->auth;
    const char *secret = right ? SECRET : "looking glass";
    struct l2s_bytes in[] = {{&a->id, 1}, {(const uint8_t *)secret, strlen(secret)}, {a->challenge, 16}};
    struct l2s_mschap m = {.crypto = d->crypto,
                           .name = (const uint8_t *)NAME,
                           .name_len = strlen(NAME),
                           .password = (const uint8_t *)secret,
                           .password_len = strlen(secret),
                           .auth_challenge = a->challenge,
                           .peer_challenge = challenge};

    memset(out, 0, 49);
    if (!ms) {
        assert_int_equal(l2s_hash(d->crypto, L2S_MD5, in, 3, out), L2TPSEC_OK);
        return 16;
    }
    memcpy(out, challenge, 16);
    assert_int_equal(l2s_mschap_response(&m, out + 24), L2TPSEC_OK);
    return 49;
}

static void put_proof(const struct desk *d, bool ms, bool right, char *body)
{
    uint8_t value[49];
    uint8_t n = (uint8_t)proof(d, ms, right, value);

    put(body, &n, 1);
    put(body, value, n);
}

static uint8_t last_id(const struct desk *d, uint16_t protocol)
{
    for (size_t i = d->n; i--;)
        if (d->said[i].protocol == protocol)
            return d->said[i].id;
    return 7;
}

static uint32_t say_pap(struct desk *d, enum auth_column c)
{
    static const uint8_t frame[] = {0xff, 0x03, 0xc0, 0x23, 1, 7, 0};
    uint8_t id = last_id(d, PAP);

    switch (c) {
    case P_REQUEST:
        return desk_hear_packet(d, PAP, 1, 9, "05616c696365 0a776f6e6465726c616e64");
    case P_WRONG:
        return desk_hear_packet(d, PAP, 1, 9, "05616c696365 0a776f6e6465726c616e65");
    case P_BROKEN:
        return desk_hear_packet(d, PAP, 1, 9, "05616c696365 0b776f6e6465726c616e64");
    case P_ACK:
        return desk_hear_packet(d, PAP, 2, id, "00");
    case P_ACK_OTHER:
        return desk_hear_packet(d, PAP, 2, (uint8_t)(id + 100), "00");
    case P_NAK:
        return desk_hear_packet(d, PAP, 3, id, "00");
    case P_UNKNOWN:
        return desk_hear_packet(d, PAP, 4, id, "00");
    default:
        return desk_hear(d, frame, sizeof frame);
    }
}

static uint32_t say_chap(struct desk *d, bool ms, enum auth_column c)
{
    static const uint8_t frame[] = {0xff, 0x03, 0xc2, 0x23, 1, 7, 0};
    static const char first[] = "10 00112233445566778899aabbccddeeff 6c6e73";
    static const char next[] = "10 ffeeddccbbaa99887766554433221100 6c6e73";
    uint8_t id = last_id(d, CHAP);
    char body[400] = "";

    switch (c) {
    case C_CHALLENGE:
        return desk_hear_packet(d, CHAP, 1, 8, next);
    case C_CHALLENGE_AGAIN:
        return desk_hear_packet(d, CHAP, 1, 7, first);
    case C_RESPONSE:
    case C_WRONG:
    case C_RESPONSE_OTHER:
        if (d->ppp->auth)
            put_proof(d, ms, c != C_WRONG, body);
        put(body, NAME, strlen(NAME));
        return desk_hear_packet(d, CHAP, 2, (uint8_t)(c == C_RESPONSE_OTHER ? id + 100 : id), body);
    case C_REFLECTED:
        put(body, ms ? "\x31" : "\x10", 1);
        if (d->ppp->auth)
            put(body, d->ppp->auth->challenge, 16);
        for (unsigned i = 16; ms && i < 49; i++)
            put(body, "", 1);
        put(body, NAME, strlen(NAME));
        return desk_hear_packet(d, CHAP, 2, id, body);
    case C_SUCCESS:
    case C_SUCCESS_OTHER:
        if (ms && d->ppp->auth)
            put(body, d->ppp->auth->proof, sizeof d->ppp->auth->proof);
        return desk_hear_packet(d, CHAP, 3, (uint8_t)(c == C_SUCCESS_OTHER ? id + 100 : id), body);
    case C_SUCCESS_FORGED:
        put(body, "S=0123456789ABCDEF0123456789ABCDEF01234567", 42);
        return desk_hear_packet(d, CHAP, 3, id, body);
    case C_FAILURE:
        put(body, "E=691 R=0", 9);
        return desk_hear_packet(d, CHAP, 4, id, body);
    case C_CHANGE:
        for (unsigned i = 0; i < 400 / 2 - 1; i++)
            put(body, "", 1);
        return desk_hear_packet(d, CHAP, 7, id, body);
    case C_UNKNOWN:
        return desk_hear_packet(d, CHAP, 9, id, "00");
    default:
        return desk_hear(d, frame, sizeof frame);
    }
}

/* An MS-CHAPv2 packet in EAP: its header before the body. */
static uint32_t say_ms(struct desk *d, uint8_t code, uint8_t id, uint8_t op, const char *hex)
{
    char body[400] = "1a";
    uint8_t head[] = {op, id, 0, (uint8_t)(4 + strlen(hex) / 2)};

    put(body, head, sizeof head);
    (void)strcat(body, hex);
    return desk_hear_packet(d, EAP, code, id, body);
}

static uint32_t say_eap_request(struct desk *d, enum auth_column c)
{
    char body[200] = "";

    switch (c) {
    case E_IDENTITY:
        return desk_hear_packet(d, EAP, 1, 30, "01");
    case E_NOTIFICATION:
        return desk_hear_packet(d, EAP, 1, 30, "026869");
    case E_MD5:
        return desk_hear_packet(d, EAP, 1, 30, "0410 00112233445566778899aabbccddeeff 6c6e73");
    case E_MS:
        return say_ms(d, 1, 30, 1, "1000112233445566778899aabbccddeeff6c6e73");
    case E_MS_SUCCESS:
        if (d->ppp->auth)
            put(body, d->ppp->auth->proof, sizeof d->ppp->auth->proof);
        return say_ms(d, 1, 31, 3, body);
    case E_MS_FORGED:
        put(body, "S=0123456789ABCDEF0123456789ABCDEF01234567", 42);
        return say_ms(d, 1, 31, 3, body);
    case E_MS_FAILURE:
        put(body, "E=691 R=0", 9);
        return say_ms(d, 1, 31, 4, body);
    case E_TLS:
        return desk_hear_packet(d, EAP, 1, 30, "0d20");
    case E_OTHER:
        return desk_hear_packet(d, EAP, 1, 30, "4d");
    default: /* the one before: reach() asked with 20, 21 */
        return desk_hear_packet(d, EAP, 1, d->ppp->auth ? d->ppp->auth->id : 20, "01");
    }
}

static uint32_t say_eap(struct desk *d, enum auth_column c)
{
    static const uint8_t frame[] = {0xff, 0x03, 0xc2, 0x27, 1, 7, 0};
    uint8_t id = last_id(d, EAP);
    char body[200] = "";

    switch (c) {
    case E_R_IDENTITY:
        return desk_hear_packet(d, EAP, 2, id, "01616c696365");
    case E_R_NAK:
        return desk_hear_packet(d, EAP, 2, id, "034d");
    case E_R_MD5:
    case E_R_MD5_WRONG:
        (void)strcat(body, "04");
        if (d->ppp->auth)
            put_proof(d, false, c == E_R_MD5, body);
        return desk_hear_packet(d, EAP, 2, id, body);
    case E_R_MS:
    case E_R_MS_WRONG:
        if (d->ppp->auth)
            put_proof(d, true, c == E_R_MS, body);
        put(body, NAME, strlen(NAME));
        return say_ms(d, 2, id, 2, body);
    case E_R_MS_SUCCESS:
        return desk_hear_packet(d, EAP, 2, id, "1a03");
    case E_R_MS_FAILURE:
        return desk_hear_packet(d, EAP, 2, id, "1a04");
    case E_R_OTHER:
        return desk_hear_packet(d, EAP, 2, (uint8_t)(id + 100), "01616c696365");
    case E_SUCCESS:
        return desk_hear_packet(d, EAP, 3, id, "");
    case E_FAILURE:
        return desk_hear_packet(d, EAP, 4, id, "");
    case E_UNKNOWN:
        return desk_hear_packet(d, EAP, 5, id, "01");
    case E_SHORT:
        return desk_hear(d, frame, sizeof frame);
    default:
        return say_eap_request(d, c);
    }
}

static uint32_t say(struct desk *d, const struct auth_row *row, enum auth_column c)
{
    if (c <= P_SHORT)
        return say_pap(d, c);
    return c <= C_SHORT ? say_chap(d, of_ms(row->auth), c) : say_eap(d, c);
}

/* ---- the way there ---------------------------------------------------------------------------------------------------- */

static const char *option_of(uint32_t auth)
{
    return auth & L2S_AUTH_EAP         ? "0304c227"
           : auth == L2S_AUTH_PAP      ? "0304c023"
           : auth == L2S_AUTH_CHAP_MD5 ? "0305c22305"
                                       : "0305c22381";
}

static void reach_client(struct desk *d, const struct auth_row *row)
{
    bool ms = of_ms(row->auth);

    d->later = row->state == THINKING;
    (void)desk_hear_packet(d, LCP, REQ, 1, option_of(row->auth));
    desk_ack(d, LCP);
    if (row->state == IDLE)
        return;
    if (row->auth & L2S_AUTH_EAP)
        assert_int_equal(ms ? say_ms(d, 1, 20, 1, "1000112233445566778899aabbccddeeff6c6e73")
                            : desk_hear_packet(d, EAP, 1, 20, "0410 00112233445566778899aabbccddeeff 6c6e73"),
                         0);
    else if (row->auth != L2S_AUTH_PAP)
        assert_int_equal(say_chap(d, ms, C_CHALLENGE_AGAIN), 0);
    if ((row->state == PROVEN || row->state == DONE) && row->auth == (L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2))
        assert_int_equal(say_eap(d, E_MS_SUCCESS), 0);
    if (row->state == DONE)
        assert_int_equal(row->auth & L2S_AUTH_EAP    ? say_eap(d, E_SUCCESS)
                         : row->auth == L2S_AUTH_PAP ? say_pap(d, P_ACK)
                                                     : say_chap(d, ms, C_SUCCESS),
                         0);
}

static void reach_server(struct desk *d, const struct auth_row *row)
{
    bool ms = of_ms(row->auth);
    bool right = row->state != REFUSED;

    d->later = row->state == THINKING;
    d->cfg.retries = row->state == REFUSED;
    (void)desk_hear_packet(d, LCP, REQ, 1, "01040500");
    desk_ack(d, LCP);
    if (row->state == IDLE)
        return;
    if (row->auth & L2S_AUTH_EAP)
        assert_int_equal(say_eap(d, E_R_IDENTITY), 0);
    if (row->state == ASKED)
        return;
    if (row->auth & L2S_AUTH_EAP)
        assert_int_equal(say_eap(d, !ms ? E_R_MD5 : right ? E_R_MS : E_R_MS_WRONG), 0);
    else if (row->auth == L2S_AUTH_PAP)
        assert_int_equal(say_pap(d, P_REQUEST), 0);
    else
        assert_int_equal(say_chap(d, ms, right ? C_RESPONSE : C_WRONG), 0);
    if (row->state == DONE && ms && row->auth & L2S_AUTH_EAP)
        assert_int_equal(say_eap(d, E_R_MS_SUCCESS), 0);
}

static void reach(struct desk *d, const struct auth_row *row)
{
    static const uint8_t ours[4] = {10, 0, 0, 7}, theirs[4] = {10, 0, 0, 2};

    *d = (struct desk){.n = 0};
    memcpy(d->give.local, ours, 4);
    memcpy(d->give.peer, theirs, 4);
    desk_up(d, row->server, row->auth, NAME);
    if (row->server)
        reach_server(d, row);
    else
        reach_client(d, row);
}

/* ---- what comes of it -------------------------------------------------------------------------------------------------- */

static void note(const struct desk *d, size_t from, struct outcome *o)
{
    static const char *const pap[] = {"?", "Request", "Ack", "Nak"};
    static const char *const chap[] = {"?", "Challenge", "Response", "Success", "Failure", "?", "?", "Change"};
    static const char *const eap[] = {"?", "Request", "Response", "Success", "Failure"};

    for (size_t i = from; i < d->n; i++) {
        const struct said *s = &d->said[i];
        if (s->protocol == PAP)
            outcome_add(o, "%s", pap[s->code & 3]);
        else if (s->protocol == CHAP)
            outcome_add(o, "%s", chap[s->code & 7]);
        else if (s->protocol == EAP && s->code <= 2)
            outcome_add(o, "%s:%u", eap[s->code], (unsigned)s->body[0]);
        else if (s->protocol == EAP)
            outcome_add(o, "%s", eap[s->code <= 4 ? s->code : 0]);
        else if (s->protocol == LCP && s->code == TERM_REQ)
            outcome_add(o, "quit");
    }
}

static void cell(struct matrix *m, const struct auth_row *row, enum auth_column c)
{
    static struct desk d;
    struct outcome o = {""};

    reach(&d, row);
    size_t before = d.n;
    unsigned asked = d.asked, authenticated = d.authenticated;
    uint32_t drop = say(&d, row, c);
    if (d.asked > asked)
        outcome_add(&o, "ask");
    note(&d, before, &o);
    if (d.authenticated > authenticated)
        outcome_add(&o, "authenticated");
    outcome_drop(&o, drop);
    matrix_cell(m, row->name, names[c], row->cells[c] ? row->cells[c] : row->otherwise, &o);
    desk_down(&d);
}

void auth_check(const char *machine, const struct auth_row *rows, size_t n)
{
    struct matrix m = {.machine = machine};

    for (size_t i = 0; i < n; i++)
        for (unsigned c = 0; c < COLUMNS; c++)
            cell(&m, &rows[i], c);
    matrix_end(&m);
}
