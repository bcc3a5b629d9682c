/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The automaton against the table as RFC 1661, 4.1 prints it: what is done, and the state it leads to. */
#include "unit/fakes/fakes.h"

#include "base/errors.h"
#include "ppp/automaton.h"

#include <stdio.h>
#include <string.h>

struct bench {
    struct fake_sys f;
    struct l2s_cp cp;
    struct l2s_cp_terms terms;
    char done[64]; /* "irc" and "zrc" are seen by the counter */
};

static void note(struct bench *b, const char *what)
{
    if (b->done[0])
        strcat(b->done, ",");
    strcat(b->done, what);
}

static void forget_peer(void *self)
{
    (void)self;
}

static void begin(void *self)
{
    (void)self;
}

static void request(void *self, struct l2s_wr *w)
{
    (void)self;
    l2s_cp_option_put(w, 1, "\x05\x78", 2);
}

/* Option 1 is fine, option 2 is not. */
static enum l2s_cp_verdict judge(void *self, const struct l2s_cp_option *o, struct l2s_wr *nak)
{
    (void)self, (void)nak;
    return o->type == 1 ? L2S_CP_ACK : L2S_CP_REJECT;
}

static void missing(void *self, struct l2s_wr *nak)
{
    (void)self, (void)nak;
}

static void nak(void *self, const struct l2s_cp_option *o)
{
    (void)self, (void)o;
}

static void reject(void *self, uint8_t type)
{
    (void)self, (void)type;
}

static void up(void *self)
{
    note(self, "tlu");
}

static void down(void *self)
{
    note(self, "tld");
}

static void finished(void *self)
{
    note(self, "tlf");
}

static bool extra(void *self, uint8_t code, uint8_t id, struct l2s_rd data)
{
    (void)id, (void)data;
    if (code == L2S_CP_ECHO_REQ)
        note(self, "ser");
    return code == L2S_CP_ECHO_REQ;
}

static void emit(void *self, uint16_t protocol, const uint8_t *p, size_t n)
{
    static const char *const names[] = {"?", "scr", "sca", "scn", "scn", "str", "sta", "scj"};

    assert_int_equal(protocol, 0xc021);
    assert_true(n >= 4 && p[0] < 8);
    note(self, names[p[0]]);
}

static const struct l2s_cp_ops ops = {.name = "test",
                                      .protocol = 0xc021,
                                      .begin = begin,
                                      .forget_peer = forget_peer,
                                      .request = request,
                                      .judge = judge,
                                      .missing = missing,
                                      .nak = nak,
                                      .reject = reject,
                                      .up = up,
                                      .down = down,
                                      .finished = finished,
                                      .extra = extra,
                                      .emit = emit};

/* The RFC's rows; "-" is an empty cell, and what only core cares for (tls) is left out. irc and zrc are checked by the counter. */
static const struct {
    enum l2s_cp_event event;
    const char *cells[10];
} rfc[] = {
    {L2S_CP_UP, {"2", "scr/6", "-", "-", "-", "-", "-", "-", "-", "-"}},
    {L2S_CP_DOWN, {"-", "-", "0", "1", "0", "1", "1", "1", "1", "tld/1"}},
    {L2S_CP_OPEN, {"1", "1", "scr/6", "3", "5", "5", "6", "7", "8", "9"}},
    {L2S_CP_CLOSE, {"0", "tlf/0", "2", "2", "4", "4", "str/4", "str/4", "str/4", "tld,str/4"}},
    {L2S_CP_TO_PLUS, {"-", "-", "-", "-", "str/4", "str/5", "scr/6", "scr/6", "scr/8", "-"}},
    {L2S_CP_TO_MINUS, {"-", "-", "-", "-", "tlf/2", "tlf/3", "tlf/3", "tlf/3", "tlf/3", "-"}},
    {L2S_CP_RCR_PLUS, {"-", "-", "sta/2", "scr,sca/8", "4", "5", "sca/8", "sca,tlu/9", "sca/8", "tld,scr,sca/8"}},
    {L2S_CP_RCR_MINUS, {"-", "-", "sta/2", "scr,scn/6", "4", "5", "scn/6", "scn/7", "scn/6", "tld,scr,scn/6"}},
    {L2S_CP_RCA,
     {"-", "-", "2", "3", "4", "5", "7", "scr/6", "tlu/9", "tld,scr/6"}}, /* no sta: such an id was never sent */
    {L2S_CP_RCN, {"-", "-", "2", "3", "4", "5", "scr/6", "scr/6", "scr/8", "tld,scr/6"}},
    {L2S_CP_RTR, {"-", "-", "sta/2", "sta/3", "sta/4", "sta/5", "sta/6", "sta/6", "sta/6", "tld,sta/5"}},
    {L2S_CP_RTA, {"-", "-", "2", "3", "tlf/2", "tlf/3", "6", "6", "8", "tld,scr/6"}},
    {L2S_CP_RUC, {"-", "-", "scj/2", "scj/3", "scj/4", "scj/5", "scj/6", "scj/7", "scj/8", "scj/9"}},
    {L2S_CP_RXJ_PLUS, {"-", "-", "2", "3", "4", "5", "6", "6", "8", "9"}},
    {L2S_CP_RXJ_MINUS, {"-", "-", "tlf/2", "tlf/3", "tlf/2", "tlf/3", "tlf/3", "tlf/3", "tlf/3", "tld,str/5"}},
    {L2S_CP_RXR, {"-", "-", "2", "3", "4", "5", "6", "7", "8", "ser/9"}},
};

/* The packet that is this event; 0 for those that are none. */
static size_t packet_of(enum l2s_cp_event ev, uint8_t id, uint8_t out[16])
{
    static const struct {
        enum l2s_cp_event event;
        uint8_t len, code, data[4];
    } packets[] = {
        {L2S_CP_RCR_PLUS, 8, 1, {1, 4, 5, 0x78}},
        {L2S_CP_RCR_MINUS, 8, 1, {2, 4, 5, 0x78}},
        {L2S_CP_RCA, 8, 2, {1, 4, 5, 0x78}},
        {L2S_CP_RCN, 8, 3, {1, 4, 5, 0x78}},
        {L2S_CP_RTR, 4, 5, {0}},
        {L2S_CP_RTA, 4, 6, {0}},
        {L2S_CP_RUC, 4, 77, {0}},
        {L2S_CP_RXJ_PLUS, 8, 7, {12, 0, 0, 4}},
        {L2S_CP_RXJ_MINUS, 8, 7, {1, 0, 0, 4}},
        {L2S_CP_RXR, 8, 9, {0, 0, 0, 0}},
    };

    for (unsigned i = 0; i < L2S_COUNT_OF(packets); i++) {
        if (packets[i].event == ev) {
            uint8_t head[4] = {packets[i].code, id, 0, packets[i].len};
            memcpy(out, head, 4);
            memcpy(out + 4, packets[i].data, 4);
            return packets[i].len;
        }
    }
    return 0;
}

static void setup(struct bench *b, enum l2s_cp_state state)
{
    memset(b, 0, sizeof *b);
    fake_sys_init(&b->f);
    assert_int_equal(l2s_timers_reserve(&b->f.sys.timers, 1), L2TPSEC_OK);
    b->terms = (struct l2s_cp_terms){.peer_mru = 1500,
                                     .sys = &b->f.sys,
                                     .restart_us = L2S_SECOND,
                                     .max_configure = 10,
                                     .max_terminate = 2,
                                     .max_failure = 5};
    l2s_cp_init(&b->cp, &ops, b, &b->terms);
    b->cp.counter = 5;
    b->cp.state = (uint8_t)state;
    b->cp.id = 42;
}

static void every_cell_of_the_table_is_as_the_rfc_prints_it(void **state)
{
    (void)state;
    for (unsigned r = 0; r < L2S_COUNT_OF(rfc); r++) {
        for (unsigned s = 0; s < 10; s++) {
            struct bench b;
            uint8_t packet[16];
            char got[80];
            if (rfc[r].cells[s][0] == '-')
                continue;
            setup(&b, (enum l2s_cp_state)s);
            size_t n = packet_of(rfc[r].event, 42, packet);
            if (n) {
                (void)l2s_cp_input(&b.cp, fake_rd_exact(packet, n));
            } else {
                l2s_cp_event(&b.cp, rfc[r].event);
            }
            snprintf(got, sizeof got, "%s%s%d", b.done, b.done[0] ? "/" : "", (int)b.cp.state);
            if (strcmp(got, rfc[r].cells[s]) != 0)
                fail_msg("event %u in state %u: %s, not %s", (unsigned)rfc[r].event, s, got, rfc[r].cells[s]);
            l2s_cp_fini(&b.cp);
            fake_sys_fini(&b.f);
            fake_rd_free();
        }
    }
}

static void requests_are_repeated_as_often_as_said_and_no_more(void **state)
{
    struct bench b;
    (void)state;

    setup(&b, L2S_CP_STARTING);
    b.terms.max_configure = 3;
    l2s_cp_event(&b.cp, L2S_CP_UP);
    uint8_t id = b.cp.id;
    fake_advance(&b.f, 60 * L2S_SECOND);
    assert_string_equal(b.done, "scr,scr,scr,tlf");
    assert_int_equal(b.cp.id, id); /* repetitions keep their id */
    assert_true(b.cp.timed_out);
    fake_sys_fini(&b.f);
}

/* A peer that has our Ack in hand, and whose own was heard, is open: only a new request would have it begin anew. */
static void a_request_that_was_acknowledged_is_repeated_as_it_was(void **state)
{
    struct bench b;
    uint8_t packet[16];
    (void)state;

    setup(&b, L2S_CP_STARTING);
    l2s_cp_event(&b.cp, L2S_CP_UP);
    uint8_t id = b.cp.id;
    size_t n = packet_of(L2S_CP_RCA, id, packet);
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), 0);
    assert_int_equal(b.cp.state, L2S_CP_ACK_RCVD);
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), L2TPSEC_DROP_UNEXPECTED); /* once is enough */
    fake_advance(&b.f, 1200 * L2S_MS);
    assert_string_equal(b.done, "scr,scr");
    assert_int_equal(b.cp.state, L2S_CP_REQ_SENT);
    assert_int_equal(b.cp.id, id);
    l2s_cp_fini(&b.cp);
    fake_rd_free();
    fake_sys_fini(&b.f);
}

static void an_answer_shortens_the_wait_to_what_the_line_takes(void **state)
{
    static const struct {
        uint32_t after_ms, restart_ms;
    } cases[] = {{0, 400},   {100, 400},  {300, 550},
                 {500, 850}, {900, 1000}, {1300, 550}}; /* the last one by a repetition */
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++) {
        struct bench b;
        uint8_t packet[16];
        setup(&b, L2S_CP_STARTING);
        l2s_cp_event(&b.cp, L2S_CP_UP);
        fake_advance(&b.f, cases[i].after_ms * L2S_MS);
        size_t n = packet_of(L2S_CP_RCA, b.cp.id, packet);
        assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), 0);
        assert_int_equal(b.terms.restart_us, cases[i].restart_ms * L2S_MS);
        l2s_cp_fini(&b.cp);
        fake_rd_free();
        fake_sys_fini(&b.f);
    }
}

static void an_answer_to_another_request_is_none(void **state)
{
    struct bench b;
    uint8_t packet[16];
    (void)state;

    setup(&b, L2S_CP_REQ_SENT);
    size_t n = packet_of(L2S_CP_RCA, 41, packet);
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), L2TPSEC_DROP_UNEXPECTED);
    n = packet_of(L2S_CP_RCA, 42, packet);
    packet[7] ^= 1; /* not what we asked for */
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(b.cp.state, L2S_CP_REQ_SENT);
    fake_rd_free();
    fake_sys_fini(&b.f);
}

static void a_repeated_request_in_opened_gets_the_same_ack(void **state)
{
    struct bench b;
    uint8_t packet[16];
    (void)state;

    setup(&b, L2S_CP_ACK_RCVD);
    size_t n = packet_of(L2S_CP_RCR_PLUS, 9, packet);
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), 0);
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), L2TPSEC_DROP_DUPLICATE);
    assert_string_equal(b.done, "sca,tlu,sca");
    packet[1]++; /* a new one does start anew */
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), 0);
    assert_string_equal(b.done, "sca,tlu,sca,tld,scr,sca");
    l2s_cp_fini(&b.cp);
    fake_rd_free();
    fake_sys_fini(&b.f);
}

static void every_truncation_is_refused(void **state)
{
    struct bench b;
    uint8_t packet[16];
    (void)state;

    setup(&b, L2S_CP_REQ_SENT);
    for (unsigned r = 0; r < L2S_COUNT_OF(rfc); r++) {
        size_t n = packet_of(rfc[r].event, 42, packet);
        for (size_t cut = 0; cut < n; cut++)
            assert_int_not_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, cut)), 0);
    }
    assert_string_equal(b.done, "");
    fake_rd_free();
    fake_sys_fini(&b.f);
}

/* A packet of this code, with these options so often that they fill n bytes. */
static uint32_t input_many(struct bench *b, uint8_t code, const char option[4], size_t n)
{
    uint8_t packet[1024] = {code, 77, (uint8_t)((4 + n) >> 8), (uint8_t)(4 + n)};

    for (size_t at = 0; at < n; at += 4)
        memcpy(packet + 4 + at, option, 4);
    return l2s_cp_input(&b->cp, fake_rd_exact(packet, 4 + n));
}

static enum l2s_cp_verdict judge_naks(void *self, const struct l2s_cp_option *o, struct l2s_wr *nak)
{
    (void)self;
    l2s_cp_option_put(nak, o->type, "\1\2", 2);
    return L2S_CP_NAK;
}

static void a_request_whose_answer_would_be_too_long_is_dropped(void **state)
{
    struct l2s_cp_ops picky = ops;
    struct bench b;
    (void)state;

    setup(&b, L2S_CP_REQ_SENT);
    assert_int_equal(input_many(&b, L2S_CP_CONF_REQ, "\1\4\5\x78", 508), 0);
    assert_int_equal(input_many(&b, L2S_CP_CONF_REQ, "\1\4\5\x78", 512), L2TPSEC_DROP_MALFORMED); /* an Ack */
    assert_int_equal(input_many(&b, L2S_CP_CONF_REQ, "\2\4\5\x78", 516), L2TPSEC_DROP_MALFORMED); /* a Reject */
    picky.judge = judge_naks;
    b.cp.ops = &picky;
    assert_int_equal(input_many(&b, L2S_CP_CONF_REQ, "\1\4\5\x78", 516), L2TPSEC_DROP_MALFORMED); /* a Nak */
    assert_string_equal(b.done, "sca");
    l2s_cp_fini(&b.cp);
    fake_rd_free();
    fake_sys_fini(&b.f);
}

static void a_packet_longer_than_a_frame_is_not_sent(void **state)
{
    static uint8_t data[L2S_PPP_FRAME_MAX];
    struct bench b;
    (void)state;

    setup(&b, L2S_CP_OPENED);
    l2s_cp_send(&b.cp, L2S_CP_ECHO_REQ, 1, data, sizeof data);
    assert_string_equal(b.done, "");
    fake_sys_fini(&b.f);
}

static void without_patience_there_is_one_request_and_one_farewell(void **state)
{
    struct bench b;
    (void)state;

    setup(&b, L2S_CP_STARTING);
    b.terms.max_configure = b.terms.max_terminate = 0;
    l2s_cp_event(&b.cp, L2S_CP_UP);
    l2s_cp_event(&b.cp, L2S_CP_CLOSE);
    fake_advance(&b.f, 60 * L2S_SECOND);
    assert_string_equal(b.done, "scr,str,tlf");
    fake_sys_fini(&b.f);
}

static void another_request_of_the_same_id_is_not_the_one_that_was_acknowledged(void **state)
{
    struct bench b;
    uint8_t packet[16];
    (void)state;

    setup(&b, L2S_CP_ACK_RCVD);
    size_t n = packet_of(L2S_CP_RCR_PLUS, 9, packet);
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), 0);
    packet[7]++;
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), 0);
    assert_string_equal(b.done, "sca,tlu,tld,scr,sca");
    l2s_cp_fini(&b.cp);
    fake_rd_free();
    fake_sys_fini(&b.f);
}

static void nothing_is_heard_before_the_lower_layer_is_up(void **state)
{
    static const uint8_t no_header[] = {L2S_CP_TERM_REQ, 1, 0, 3};
    struct l2s_rd spoiled = l2s_rd_init("", 0);
    struct l2s_cp_option o;
    struct bench b;
    uint8_t packet[16];
    (void)state;

    setup(&b, L2S_CP_STARTING);
    size_t n = packet_of(L2S_CP_RTR, 9, packet);
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(packet, n)), L2TPSEC_DROP_PHASE);
    b.cp.state = L2S_CP_STOPPED;
    assert_int_equal(l2s_cp_input(&b.cp, fake_rd_exact(no_header, sizeof no_header)), L2TPSEC_DROP_MALFORMED);
    l2s_rd_spoil(&spoiled);
    assert_int_equal(l2s_cp_option_next(&spoiled, &o), L2TPSEC_EPROTO);
    assert_string_equal(b.done, "");
    fake_rd_free();
    fake_sys_fini(&b.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_the_table_is_as_the_rfc_prints_it),
        cmocka_unit_test(requests_are_repeated_as_often_as_said_and_no_more),
        cmocka_unit_test(a_request_that_was_acknowledged_is_repeated_as_it_was),
        cmocka_unit_test(an_answer_shortens_the_wait_to_what_the_line_takes),
        cmocka_unit_test(an_answer_to_another_request_is_none),
        cmocka_unit_test(a_repeated_request_in_opened_gets_the_same_ack),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_request_whose_answer_would_be_too_long_is_dropped),
        cmocka_unit_test(a_packet_longer_than_a_frame_is_not_sent),
        cmocka_unit_test(without_patience_there_is_one_request_and_one_farewell),
        cmocka_unit_test(another_request_of_the_same_id_is_not_the_one_that_was_acknowledged),
        cmocka_unit_test(nothing_is_heard_before_the_lower_layer_is_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
