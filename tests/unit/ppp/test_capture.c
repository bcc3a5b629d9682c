/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* PPP as stock pppds spoke it to each other (tests/vectors/ppp/captures.txt): one side of it is said to a link of ours. What
 * answers our own requests gets our ids; chance is what it was there, so that challenges and responses are the same. */
#include "unit/fakes/records.h"
#include "unit/ppp/desk.h"
#include "wire/wr.h"

#include <string.h>

#define NAME "linux-lns"

/* A frame of the file. */
struct frame {
    uint8_t bytes[512];
    size_t n;
    uint16_t protocol;
    uint8_t *code, *id, *body;
    size_t body_len;
};

static void read_frame(const char *hex, struct frame *f)
{
    f->n = fake_hex(hex, f->bytes, sizeof f->bytes);
    size_t at = f->bytes[0] == 0xff ? 2 : 0;
    struct l2s_rd r = l2s_rd_init(f->bytes + at, f->n - at);
    f->protocol = l2s_rd_u16(&r);
    f->code = f->bytes + at + 2;
    f->id = f->bytes + at + 3;
    f->body = f->bytes + at + 6;
    l2s_rd_skip(&r, 2);
    uint16_t len = l2s_rd_u16(&r);
    assert_int_equal(len, r.left + 4);
    f->body_len = r.left;
    assert_false(r.bad);
}

/* The first frame of one side with this protocol and code; false: there is none. */
static bool find(const struct records *r, char who, uint16_t protocol, uint8_t code, struct frame *f)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->line[i].name[0] != who || r->line[i].name[1])
            continue;
        read_frame(r->line[i].value, f);
        if (f->protocol == protocol && *f->code == code)
            return true;
    }
    return false;
}

static const uint8_t *option(const struct frame *f, uint8_t type)
{
    for (size_t i = 0; i + 1 < f->body_len && f->body[i + 1] >= 2; i += f->body[i + 1])
        if (f->body[i] == type)
            return f->body + i;
    return NULL;
}

static uint32_t method_of(const struct records *r)
{
    struct frame f;

    assert_true(find(r, 'r', LCP, REQ, &f));
    const uint8_t *o = option(&f, 3);
    assert_non_null(o);
    return o[2] == 0xc0 ? L2S_AUTH_PAP : o[4] == 5 ? L2S_AUTH_CHAP_MD5 : L2S_AUTH_MSCHAPV2;
}

/* A request that was answered there in another way: again, without what we rejected. */
static void without_rejected(struct desk *d, struct frame *f)
{
    const struct said *s = desk_last(d, f->protocol, REJ);

    if (!s || s != &d->said[d->n - 1] || s->id != *f->id)
        return;
    uint8_t frame[512];
    struct l2s_wr w = l2s_wr_init(frame, sizeof frame);
    l2s_wr_bytes(&w, f->bytes, (size_t)(f->id - f->bytes));
    l2s_wr_u8(&w, (uint8_t)(*f->id + 100));
    size_t at = l2s_wr_open(&w, 2);
    struct l2s_rd no = l2s_rd_init(s->body, s->n);
    for (size_t i = 0; i + 1 < f->body_len; i += f->body[i + 1]) {
        bool rejected = no.left >= 2 && no.p[0] == f->body[i];
        if (rejected)
            l2s_rd_skip(&no, no.p[1]);
        else
            l2s_wr_bytes(&w, f->body + i, f->body[i + 1]);
    }
    l2s_wr_close16_from(&w, at, (size_t)(f->code - f->bytes));
    assert_int_equal(desk_hear(d, frame, w.len), 0);
}

static void say(struct desk *d, struct frame *f)
{
    const struct said *ours = NULL;

    if (f->protocol == LCP || f->protocol == IPCP) {
        if (*f->code >= ACK && *f->code <= REJ)
            ours = desk_last(d, f->protocol, REQ);
    } else if (f->protocol == PAP && *f->code != REQ) {
        ours = desk_last(d, PAP, REQ);
    }
    if (ours)
        *f->id = ours->id;
    if (ours && *f->code == ACK && f->protocol != PAP) { /* to exactly what we asked for */
        memcpy(f->body, ours->body, ours->n);
        f->n = (size_t)(f->body - f->bytes) + ours->n;
        l2s_put16(f->id + 1, (uint16_t)(4 + ours->n));
    }
    (void)desk_hear(d, f->bytes, f->n);
    if (*f->code == REQ && (f->protocol == LCP || f->protocol == IPCP))
        without_rejected(d, f);
}

/* All that one side said until it hung up. */
static void play(struct desk *d, const struct records *r, char who)
{
    for (size_t i = 0; i < r->n; i++) {
        struct frame f;
        if (r->line[i].name[0] != who || r->line[i].name[1])
            continue;
        read_frame(r->line[i].value, &f);
        if (f.protocol == LCP && *f.code == TERM_REQ)
            return;
        say(d, &f);
    }
}

static void calm(const struct desk *d)
{
    assert_int_equal(desk_count(d, LCP, TERM_REQ), 0);
    assert_int_equal(desk_count(d, LCP, CODE_REJ), 0);
    assert_int_equal(desk_count(d, IPCP, CODE_REJ), 0);
    assert_in_range(desk_refusals(d, IPV6CP), 0, 10);
}

static const uint8_t server_ip[4] = {10, 55, 0, 1}, client_ip[4] = {10, 55, 0, 10};

/* Our client dials: what it says of itself is what pppd said. */
static void recorded_servers_bring_our_client_up(void **state)
{
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "ppp/captures.txt"); records_next(&r);) {
        struct desk d = {.n = 0};
        struct frame challenge, response, ours;
        uint8_t magic[4];
        uint32_t method = method_of(&r);

        if (strcmp(records_text(&r, "session"), "wrong-password") == 0)
            continue;
        assert_true(find(&r, 'i', LCP, REQ, &ours));
        memcpy(magic, option(&ours, 5) + 2, 4);
        bool chap = find(&r, 'r', CHAP, 1, &challenge) && find(&r, 'i', CHAP, 2, &response);
        if (chap && method == L2S_AUTH_MSCHAPV2)
            d.random16 = response.body + 1;
        d.random4 = magic;
        desk_up(&d, false, method, "alice");
        play(&d, &r, 'r');
        assert_int_equal(d.ups, 1);
        assert_int_equal(d.downs, 0);
        assert_int_equal(d.authenticated, 1);
        assert_int_equal(d.method, method);
        assert_memory_equal(d.net.local, client_ip, 4);
        assert_memory_equal(d.net.peer, server_ip, 4);
        assert_memory_equal(d.net.dns[0], server_ip, 4);
        assert_memory_equal(d.net.dns[1], server_ip, 4);
        assert_int_equal(d.net.mtu, 1400);
        if (chap) { /* byte by byte what pppd answered */
            const struct said *s = desk_last(&d, CHAP, 2);
            assert_non_null(s);
            assert_int_equal(s->id, *response.id);
            assert_int_equal(s->n, response.body_len);
            assert_memory_equal(s->body, response.body, s->n);
        }
        assert_true(find(&r, 'i', IPCP, REQ, &ours));
        bool vj = option(&ours, 2) != NULL;
        if (!vj) {
            struct l2s_rd first = l2s_rd_init(ours.body, ours.body_len);
            const struct said *s = NULL;
            for (size_t i = d.n; i--;)
                if (d.said[i].protocol == IPCP && d.said[i].code == REQ)
                    s = &d.said[i];
            assert_true(s && l2s_rd_equals(&first, s->body, s->n));
        }
        calm(&d);
        uint8_t header[4];
        assert_int_equal(l2s_ppp_data_header(d.ppp, header), vj ? 1 : 4);

        assert_int_equal(desk_hear_packet(&d, LCP, TERM_REQ, 2, "557365722072657175657374"), 0);
        assert_int_equal(desk_count(&d, LCP, TERM_ACK), 1);
        fake_advance(&d.f, 10 * L2S_SECOND);
        assert_int_equal(d.downs, 1);
        assert_int_equal(d.why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
        desk_down(&d);
        n++;
    }
    assert_int_equal(n, 6);
}

/* Our server is called: it says Success and the addresses as pppd did. CHAP's challenge has another length there. */
static void recorded_clients_bring_our_server_up(void **state)
{
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "ppp/captures.txt"); records_next(&r);) {
        struct desk d = {.n = 0};
        struct frame challenge, theirs, ours;
        uint8_t magic[4];
        uint32_t method = method_of(&r);

        if (method == L2S_AUTH_CHAP_MD5 || strcmp(records_text(&r, "session"), "wrong-password") == 0)
            continue;
        assert_true(find(&r, 'r', LCP, REQ, &ours));
        memcpy(magic, option(&ours, 5) + 2, 4);
        d.random4 = magic;
        if (find(&r, 'r', CHAP, 1, &challenge)) {
            d.random16 = challenge.body + 1;
            d.random1 = challenge.id;
        }
        memcpy(d.give.local, server_ip, 4);
        memcpy(d.give.peer, client_ip, 4);
        memcpy(d.give.dns[0], server_ip, 4);
        memcpy(d.give.dns[1], server_ip, 4);
        desk_up(&d, true, method, NAME);
        play(&d, &r, 'i');
        assert_int_equal(d.ups, 1);
        assert_int_equal(d.downs, 0);
        assert_int_equal(d.method, method);
        assert_int_equal(d.user_len, 5);
        assert_memory_equal(d.user, "alice", 5);
        assert_memory_equal(d.net.peer, client_ip, 4);
        assert_int_equal(d.net.mtu, 1400);
        if (d.random16) { /* the whole challenge, and the proof, as pppd said them */
            const struct said *s = desk_last(&d, CHAP, 1);
            assert_non_null(s);
            assert_int_equal(s->frame_len, challenge.n + (challenge.bytes[0] == 0xff ? 0 : 2));
            assert_memory_equal(s->body, challenge.body, s->n);
            s = desk_last(&d, CHAP, 3);
            assert_non_null(s);
            assert_true(find(&r, 'r', CHAP, 3, &theirs));
            assert_int_equal(s->id, *theirs.id);
            assert_int_equal(s->n, theirs.body_len);
            assert_memory_equal(s->body, theirs.body, s->n);
        }
        const struct said *nak = desk_last(&d, IPCP, NAK);
        assert_non_null(nak);
        assert_true(find(&r, 'r', IPCP, NAK, &theirs));
        assert_int_equal(nak->n, theirs.body_len);
        assert_memory_equal(nak->body, theirs.body, nak->n);
        calm(&d);
        desk_down(&d);
        n++;
    }
    assert_int_equal(n, 5);
}

static void a_recorded_refusal_is_told_in_the_servers_words(void **state)
{
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "ppp/captures.txt"); records_next(&r);) {
        struct desk d = {.n = 0};
        if (strcmp(records_text(&r, "session"), "wrong-password"))
            continue;
        desk_up(&d, false, L2S_AUTH_MSCHAPV2, "alice");
        play(&d, &r, 'r');
        assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
        desk_reply(&d, LCP, TERM_ACK, ""); /* with another id: not ours */
        (void)desk_hear_packet(&d, LCP, TERM_ACK, desk_last(&d, LCP, TERM_REQ)->id, "");
        fake_advance(&d.f, 10 * L2S_SECOND);
        assert_int_equal(d.ups, 0);
        assert_int_equal(d.downs, 1);
        assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        assert_int_equal(d.why.peer_code, 691);
        desk_down(&d);
        n++;
    }
    assert_int_equal(n, 1);
}

static void a_recorded_wrong_password_is_refused(void **state)
{
    struct records r;
    unsigned n = 0;

    (void)state;
    for (records_open(&r, "ppp/captures.txt"); records_next(&r);) {
        struct desk d = {.n = 0};
        struct frame challenge;
        if (strcmp(records_text(&r, "session"), "wrong-password"))
            continue;
        assert_true(find(&r, 'r', CHAP, 1, &challenge));
        d.random16 = challenge.body + 1;
        d.random1 = challenge.id;
        d.password = "other";
        desk_up(&d, true, L2S_AUTH_MSCHAPV2, NAME);
        play(&d, &r, 'i');
        assert_int_equal(d.authenticated, 0);
        const struct said *s = desk_last(&d, CHAP, 4);
        assert_non_null(s);
        assert_memory_equal(s->body, "E=691 R=0 C=", 12);
        assert_int_equal(desk_count(&d, LCP, TERM_REQ), 1);
        fake_advance(&d.f, 10 * L2S_SECOND);
        assert_int_equal(d.downs, 1);
        assert_int_equal(d.why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        desk_down(&d);
        n++;
    }
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_servers_bring_our_client_up),
        cmocka_unit_test(recorded_clients_bring_our_server_up),
        cmocka_unit_test(a_recorded_refusal_is_told_in_the_servers_words),
        cmocka_unit_test(a_recorded_wrong_password_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
