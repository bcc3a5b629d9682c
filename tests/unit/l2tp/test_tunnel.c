/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "l2tp/auth.h"
#include "l2tp/channel.h"

#include <string.h>

static void last(const struct rig *r, struct l2s_l2tp_header *h, struct l2s_l2tp_msg *m)
{
    rig_sent(r, 0, h, m);
}

static uint16_t last_type(const struct rig *r)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;

    rig_sent(r, 0, &h, &m);
    return m.type;
}

/* ---- what we send ---------------------------------------------------------------------------------------------- */

static void sccrq_has_what_the_rfc_demands_and_nothing_more(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    assert_int_equal(r.log[0].port, 1701);
    assert_true(r.log[0].channel == RIG_CHANNEL);
    last(&r, &h, &m);
    assert_int_equal(h.tunnel, 0);
    assert_int_equal(h.session, 0);
    assert_int_equal(h.ns, 0);
    assert_int_equal(h.nr, 0);
    assert_int_equal(m.type, L2S_L2TP_SCCRQ);
    assert_true(m.have == (1u << L2S_AVP_MESSAGE_TYPE | 1u << L2S_AVP_VERSION | 1u << L2S_AVP_FRAMING_CAP |
                           1u << L2S_AVP_HOST_NAME | 1u << L2S_AVP_TUNNEL_ID | 1u << L2S_AVP_WINDOW));
    assert_int_equal(m.version, 0x0100);
    assert_int_equal(m.framing, 3);
    assert_int_equal(m.window, 8);
    assert_int_not_equal(m.tunnel_id, 0);
    assert_true(l2s_rd_equals(&m.host_name, "l2tpsec", 7));
    rig_fini(&r);
}

static void every_control_message_passes_mtpds_strict_receiver(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    rig_run(&r, 200 * L2S_SECOND); /* ZLB, Hello and its repetitions */
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "bye");
    rig_fini(&r);
    assert_true(r.logged > 5);
    for (unsigned i = 0; i < r.logged; i++) {
        const uint8_t *p = r.log[i].bytes;
        assert_int_equal((p[0] << 8 | p[1]) & 0xcb0f, 0xc802 & 0xcb0f);
        assert_int_equal(p[0] << 8 | p[1], 0xc802);
        assert_int_equal(p[2] << 8 | p[3], r.log[i].n);
        if (r.log[i].n > L2S_L2TP_CONTROL_HEADER)
            assert_memory_equal(p + 12, "\x80\x08\0\0\0\0\0", 7);
    }
}

/* ---- initiator ------------------------------------------------------------------------------------------------- */

static void an_answer_opens_the_tunnel_and_the_call_follows(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    rig_lns_tunnel(&r, &l);
    rig_sent(&r, 1, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCCN);
    assert_int_equal(h.tunnel, 77);
    assert_int_equal(h.ns, 1);
    assert_int_equal(h.nr, 1);
    assert_true(m.have == 1);
    last(&r, &h, &m);
    assert_int_equal(h.tunnel, 77);
    assert_int_equal(h.ns, 2);
    rig_fini(&r);
}

static void sccrq_is_first_repeated_after_a_second_and_in_the_end_the_tunnel_is_dead(void **state)
{
    struct rig r;
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    uint64_t start = r.f.sys.now;
    rig_run(&r, 33 * L2S_SECOND);
    assert_int_equal(r.logged, 10);
    assert_true(r.log[1].at == start + L2S_SECOND);
    assert_int_equal(r.end[0].fails, 0);
    rig_run(&r, 2 * L2S_SECOND);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].why.layer, L2TPSEC_LAYER_L2TP);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_NO_ANSWER);
    assert_string_equal(r.end[0].why.step, "SCCRQ");
    assert_int_equal(r.end[0].idles, 1);
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void a_peer_that_acknowledges_and_then_says_nothing_has_vanished(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &m);
    assert_int_equal(rig_zlb(&r, m.tunnel_id, 0, 1), 0);
    rig_run(&r, 61 * L2S_SECOND);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    assert_string_equal(r.end[0].why.step, "SCCRQ");
    assert_int_equal(last_type(&r), L2S_L2TP_STOPCCN);
    rig_fini(&r);
}

static void a_refusal_is_reported_with_its_codes_and_words(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &m);
    uint16_t id = m.tunnel_id;
    m = rig_stop(77, 2, 7);
    m.words = l2s_rd_init("192.0.2.9", 9); /* RFC 3193, 4 */
    assert_int_equal(rig_say(&r, id, 0, 0, 1, &m), 0);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_L2TP_REFUSED);
    assert_string_equal(r.end[0].why.step, "StopCCN");
    assert_int_equal(r.end[0].why.peer_code, 2);
    assert_int_equal(r.end[0].why.peer_code2, 7);
    assert_string_equal(r.end[0].why.message, "192.0.2.9");
    assert_int_equal(r.end[0].idles, 1);
    last(&r, &h, &m); /* acknowledged at once, to whom it said it is */
    assert_int_equal(m.type, 0);
    assert_int_equal(h.tunnel, 77);
    assert_int_equal(h.nr, 1);
    rig_fini(&r);
}

static void a_responder_may_answer_from_another_port(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_data_header head;
    (void)state;

    rig_solo(&r);
    r.end[1].src_port = 40000; /* RFC 3193, 4 */
    rig_lns_up(&r, &l);
    assert_int_equal(r.log[0].port, 1701);
    assert_int_equal(r.log[1].port, 40000);
    assert_true(l2s_l2tp_data_header(r.end[0].e, r.end[0].session, &head));
    assert_int_equal(head.peer_port, 40000);
    r.end[1].src_port = 50000; /* static from now on (RFC 2661, 8.1) */
    struct l2s_l2tp_msg m = rig_plain(L2S_L2TP_HELLO);
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), 0);
    rig_run(&r, L2S_SECOND);
    assert_int_equal(r.log[r.logged - 1].port, 40000);
    rig_fini(&r);
}

static void bad_sccrp(struct l2s_l2tp_msg *reply, uint16_t result, uint16_t error)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &m);
    (void)rig_say(&r, m.tunnel_id, 0, 0, 1, reply);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(m.result, result);
    assert_int_equal(m.result_error, error);
    assert_int_equal(h.tunnel, reply->tunnel_id);
    assert_int_equal(r.end[0].fails, 1);
    rig_fini(&r);
}

static void an_sccrp_that_is_not_acceptable_is_answered_by_stopccn(void **state)
{
    struct l2s_l2tp_msg m = rig_sccrp(77);
    (void)state;

    m.version = 0x0200;
    bad_sccrp(&m, 5, 1); /* 0x0100 on the wire, version 1.0 */
    m = rig_sccrp(0);
    bad_sccrp(&m, 2, 3);
}

static void a_tunnel_closed_before_any_answer_goes_at_once(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, sccrq;
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &sccrq);
    l2s_l2tp_close(r.end[0].e, r.end[0].dialled, 3, "");
    assert_int_equal(r.end[0].downs, 1);
    assert_true(r.end[0].silent_down);
    assert_int_equal(r.end[0].idles, 1);
    last(&r, &h, &m); /* in case SCCRQ did reach it */
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(h.tunnel, 0);
    assert_int_equal(h.ns, 1);
    assert_int_equal(m.tunnel_id, sccrq.tunnel_id);
    assert_int_equal(r.f.sys.timers.n, 0);
    m = rig_sccrp(77); /* too late */
    assert_int_equal(rig_say(&r, sccrq.tunnel_id, 0, 0, 1, &m), L2TPSEC_DROP_UNKNOWN_TUNNEL);
    rig_fini(&r);
}

/* ---- responder ------------------------------------------------------------------------------------------------- */

static void an_acceptable_sccrq_is_answered(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);
    (void)state;

    rig_solo(&r);
    r.end[1].src_port = 49152; /* Apple: ephemeral, and new each time */
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCRP);
    assert_int_equal(h.tunnel, 77);
    assert_int_equal(h.ns, 0);
    assert_int_equal(h.nr, 1);
    assert_int_equal(r.log[0].port, 49152);
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_CHALLENGE));
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_VENDOR_NAME));
    rig_fini(&r);
}

static void only_version_and_tunnel_id_are_needed_of_an_sccrq(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_SCCRQ, .version = 0x0100, .tunnel_id = 77};
    (void)state;

    rig_solo(&r); /* Win9x MSL2TP: no Host Name; Apple, mtpd: no bearer, vendor, firmware; Windows: no window */
    l2s_l2tp_msg_add(&m, L2S_AVP_VERSION);
    l2s_l2tp_msg_add(&m, L2S_AVP_TUNNEL_ID);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    assert_int_equal(last_type(&r), L2S_L2TP_SCCRP);
    last(&r, &h, &m);
    rig_fini(&r);
}

static void declined(const struct l2s_l2tp_msg *sccrq, uint16_t result, uint16_t error, bool serves)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;

    rig_solo(&r);
    r.end[0].serves = serves;
    for (unsigned i = 1; i <= 3; i++) { /* each repetition gets one answer, and nothing is kept */
        assert_int_not_equal(rig_say(&r, 0, 0, 0, 0, sccrq), 0);
        assert_int_equal(r.logged, i);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_STOPCCN);
        assert_int_equal(h.tunnel, sccrq->tunnel_id);
        assert_int_equal(h.nr, 1);
        assert_int_equal(m.result, result);
        assert_int_equal(m.result_error, error);
        assert_int_not_equal(m.tunnel_id, 0);
    }
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void an_sccrq_that_is_not_acceptable_is_declined(void **state)
{
    struct l2s_l2tp_msg m = rig_sccrq(77);
    (void)state;

    declined(&m, 4, 0, false); /* we do not serve */
    m.version = 0x0101;
    declined(&m, 5, 1, true);
    m.have &= ~(1u << L2S_AVP_VERSION);
    declined(&m, 5, 1, true);
    m = rig_sccrq(77);
    m.challenge = l2s_rd_init("0123456789abcdef", 16);
    l2s_l2tp_msg_add(&m, L2S_AVP_CHALLENGE);
    declined(&m, 4, 0, true); /* a challenge, and no secret to answer it */
}

static void an_unknown_mandatory_avp_in_sccrq_is_declined_by_its_name(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    uint8_t avps[128];
    size_t n = fake_hex("80080000 00000001 80080000 00020100 80080000 0009004d 80080de9 00020900", avps, sizeof avps);
    (void)state;

    rig_solo(&r);
    assert_int_not_equal(rig_say_raw(&r, 0, 0, 0, 0, avps, n), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(m.result, 2);
    assert_int_equal(m.result_error, 8);
    assert_true(l2s_rd_equals(&m.words, "unknown mandatory AVP: vendor 3561, type 2", 42));
    avps[24] = 0; /* not mandatory: passed over */
    assert_int_equal(rig_say_raw(&r, 0, 0, 0, 0, avps, n), 0);
    assert_int_equal(last_type(&r), L2S_L2TP_SCCRP);
    rig_fini(&r);
}

static void an_sccrq_nobody_could_be_answered_to_is_dropped(void **state)
{
    struct rig r;
    struct l2s_l2tp_msg m = rig_sccrq(0);
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), L2TPSEC_DROP_MALFORMED);
    assert_int_equal(r.logged, 0);
    rig_fini(&r);
}

static void a_repeated_sccrq_is_a_retransmission_whatever_its_ns(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, sccrq = rig_sccrq(77);
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), 0);
    for (uint16_t ns = 0; ns < 4; ns++)
        assert_int_equal(rig_say(&r, 0, 0, ns, 0, &sccrq), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_SCCRP), 1);
    rig_run(&r, 100 * L2S_MS);
    assert_int_equal(rig_count(&r, 0, 0), 1); /* one ZLB for them */
    last(&r, &h, &m);
    assert_int_equal(h.nr, 1);

    rig_fini(&r);
    rig_solo(&r);
    rig_lac_up(&r, &l); /* even when all is up */
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_SCCRP), 1);
    assert_int_equal(r.end[0].downs, 0);
    rig_fini(&r);
}

static void an_sccrq_long_after_is_of_a_peer_that_restarted_and_counts_anew(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, sccrq = rig_sccrq(77), stop = rig_stop(77, 1, 0);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    rig_run(&r, 10 * L2S_SECOND);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCRP);
    assert_int_equal(h.tunnel, 77);
    assert_int_not_equal(m.tunnel_id, l.tunnel);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), L2TPSEC_DROP_DUPLICATE); /* of the new one */
    assert_int_equal(rig_say(&r, 0, 0, 1, 1, &stop), 0);                       /* which it means, too */
    assert_int_equal(r.end[0].downs, 0);
    rig_fini(&r);
}

/* An acknowledgement would be the end of its SCCRQ, and no SCCRP would ever come. */
static void a_peer_that_restarts_within_seconds_may_try_until_it_is_believed(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, sccrq = rig_sccrq(77);
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        rig_solo(&r);
        if (i) {
            rig_lac_up(&r, &l);
        } else { /* it had our SCCRP, and no more */
            assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), 0);
            last(&r, &h, &m);
            l.tunnel = m.tunnel_id;
            assert_int_equal(rig_zlb(&r, l.tunnel, 1, 1), 0);
        }
        rig_run(&r, L2S_SECOND);
        unsigned before = r.logged;
        for (unsigned s = 1; s < 8; s += s) {
            assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), L2TPSEC_DROP_DUPLICATE);
            rig_run(&r, s * L2S_SECOND);
        }
        assert_int_equal(r.logged, before);
        rig_run(&r, 2 * L2S_SECOND);
        assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), 0);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_SCCRP);
        assert_int_not_equal(m.tunnel_id, l.tunnel);
        rig_fini(&r);
    }
}

static void a_half_open_tunnel_is_given_up(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(rig_zlb(&r, m.tunnel_id, 1, 1), 0);
    rig_run(&r, 59 * L2S_SECOND);
    assert_int_equal(last_type(&r), L2S_L2TP_SCCRP);
    rig_run(&r, 2 * L2S_SECOND);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_STOPCCN), 2); /* once, and again after a second */
    rig_run(&r, 120 * L2S_SECOND);
    assert_int_equal(r.end[0].idles, 1);
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void a_tunnel_without_calls_is_closed_after_a_while(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    r.end[0].cfg.hello_s = 0;
    rig_lac_tunnel(&r, &l);
    rig_run(&r, 50 * L2S_SECOND);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_STOPCCN), 0);
    rig_run(&r, 11 * L2S_SECOND);
    assert_true(rig_count(&r, 0, L2S_L2TP_STOPCCN) > 0);
    rig_fini(&r);
}

/* RFC 2661, 7.2.1: the right message at the wrong time */
static void a_message_out_of_turn_clears_the_tunnel(void **state)
{
    static const uint16_t types[] = {L2S_L2TP_SCCRQ, L2S_L2TP_SCCRP, L2S_L2TP_SCCCN};
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(types); i++) { /* established */
        rig_solo(&r);
        rig_lac_up(&r, &l);
        m = types[i] == L2S_L2TP_SCCCN ? rig_plain(types[i]) : rig_sccrq(77);
        m.type = types[i];
        assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), L2TPSEC_DROP_UNEXPECTED);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_STOPCCN);
        assert_int_equal(m.result, 7);
        assert_int_equal(r.end[0].downs, 1);
        rig_fini(&r);
    }
    for (size_t i = 0; i < 3; i++) { /* wait-ctl-conn */
        static const uint16_t wrong[] = {L2S_L2TP_SCCRQ, L2S_L2TP_SCCRP, L2S_L2TP_ICRQ};
        rig_solo(&r);
        m = rig_sccrq(77);
        assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
        last(&r, &h, &m);
        struct l2s_l2tp_msg bad = i == 2 ? rig_session(wrong[i], 88) : rig_sccrq(78);
        bad.type = wrong[i];
        assert_int_equal(rig_say(&r, m.tunnel_id, 0, 1, 1, &bad), L2TPSEC_DROP_UNEXPECTED);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_STOPCCN);
        assert_int_equal(m.result, 7);
        rig_fini(&r);
    }
    rig_solo(&r); /* wait-ctl-reply */
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &m);
    struct l2s_l2tp_msg bad = rig_plain(L2S_L2TP_SCCCN);
    assert_int_equal(rig_say(&r, m.tunnel_id, 0, 0, 1, &bad), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(last_type(&r), L2S_L2TP_STOPCCN);
    assert_int_equal(r.end[0].fails, 1);
    rig_fini(&r);
}

static void a_bad_message_on_the_control_connection_clears_it(void **state)
{
    static const char *const bad[] = {
        "80080000 00000006 80080000 00630000", /* Hello with an unknown mandatory AVP */
        "80080000 00000006 80080de9 00010000", /* ... of a vendor */
        "80080000 00000006 80050000 00010000", /* ... with a length below 6 */
        "80080000 00000012",                   /* an unknown mandatory message */
        "80080000 00090001",                   /* no message type in front */
        "80",
    };
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(bad); i++) {
        struct rig r;
        struct rig_lac l;
        struct l2s_l2tp_header h;
        struct l2s_l2tp_msg m;
        uint8_t avps[64];
        rig_solo(&r);
        rig_lac_up(&r, &l);
        size_t n = fake_hex(bad[i], avps, sizeof avps);
        assert_int_not_equal(rig_say_raw(&r, l.tunnel, 0, l.ns, l.nr, avps, n), 0);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_STOPCCN);
        assert_int_equal(m.result, 2);
        assert_int_equal(m.result_error, i < 2 ? 8 : i == 2 ? 2 : 3);
        assert_int_equal(r.end[0].downs, 1);
        assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_L2TP_REFUSED);
        rig_fini(&r);
    }
}

static void an_unknown_message_that_is_not_mandatory_is_passed_over(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say_raw(&r, l.tunnel, 0, l.ns, l.nr, "\0\x08\0\0\0\0\0\x12", 8),
                     L2TPSEC_DROP_UNKNOWN_PROTOCOL);
    assert_int_equal(r.end[0].downs, 0);
    struct l2s_l2tp_msg m = rig_plain(L2S_L2TP_HELLO);
    assert_int_equal(rig_say(&r, l.tunnel, 0, (uint16_t)(l.ns + 1), l.nr, &m), 0); /* it took its number */
    rig_fini(&r);
}

/* ---- windows --------------------------------------------------------------------------------------------------- */

static unsigned answers_at_once(bool said, uint16_t window)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);

    rig_solo(&r);
    m.window = window;
    if (said)
        l2s_l2tp_msg_add(&m, L2S_AVP_WINDOW);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    uint16_t tunnel = m.tunnel_id;
    m = rig_plain(L2S_L2TP_SCCCN);
    assert_int_equal(rig_say(&r, tunnel, 0, 1, 1, &m), 0);
    for (uint16_t i = 0; i < 12; i++) { /* calls that are answered one by one, until the window is wide open */
        m = rig_session(L2S_L2TP_ICRQ, (uint16_t)(100 + i));
        assert_int_equal(rig_say(&r, tunnel, 0, (uint16_t)(2 + i), (uint16_t)(1 + i), &m), 0);
    }
    unsigned before = r.logged; /* and some that are not */
    for (uint16_t i = 12; i < 40; i++) {
        m = rig_session(L2S_L2TP_ICRQ, (uint16_t)(100 + i));
        (void)rig_say(&r, tunnel, 0, (uint16_t)(2 + i), 12, &m);
    }
    unsigned n = r.logged - before;
    rig_fini(&r);
    return n;
}

static void the_peers_window_is_respected(void **state)
{
    (void)state;

    /* one ICRP was in flight when counting began */
    assert_int_equal(answers_at_once(true, 4), 3);
    assert_int_equal(answers_at_once(false, 0), 3); /* absent: 4 (Windows with its window set to 0) */
    assert_int_equal(answers_at_once(true, 2), 1);
    assert_int_equal(answers_at_once(true, 1), 0);    /* mtpd */
    assert_int_equal(answers_at_once(true, 0), 0);    /* invalid: 1 */
    assert_int_equal(answers_at_once(true, 800), 12); /* Cisco: as far as slow start has come */
}

/* ---- tunnel authentication ------------------------------------------------------------------------------------- */

static void set_secret(struct rig_end *e, const char *secret)
{
    e->cfg.secret_len = strlen(secret);
    memcpy(e->cfg.secret, secret, e->cfg.secret_len);
}

static void both_ends_with_the_same_secret_prove_it(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    set_secret(&r.end[0], "tunnel-pw");
    set_secret(&r.end[1], "tunnel-pw");
    rig_up(&r);
    rig_fini(&r);
}

/* AVPs with the H bit that this end sent. */
static unsigned hidden_by(const struct rig *r, unsigned from)
{
    unsigned hidden = 0;

    for (unsigned i = 0; i < r->logged; i++) {
        struct l2s_l2tp_header h;
        struct l2s_l2tp_avp a;
        if (r->log[i].from != from || l2s_l2tp_header_get(r->log[i].bytes, r->log[i].n, &h) != 0)
            continue;
        while (h.control && l2s_l2tp_avp_next(&h.body, &a) == 1)
            hidden += a.hidden;
    }
    return hidden;
}

static void with_a_secret_what_may_be_hidden_is_if_that_is_wanted(void **state)
{
    (void)state;
    for (unsigned who = 0; who < 4; who++) { /* either end, or both, or none hides; each reads the other */
        struct rig r;
        rig_init(&r);
        for (unsigned i = 0; i < 2; i++) {
            set_secret(&r.end[i], "tunnel-pw");
            r.end[i].cfg.hide = who >> i & 1;
        }
        rig_up(&r);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(hidden_by(&r, i) > 2, r.end[i].cfg.hide);
        rig_fini(&r);
    }
}

static void hiding_without_a_secret_hides_nothing(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    r.end[0].cfg.hide = r.end[1].cfg.hide = true;
    rig_up(&r);
    assert_int_equal(hidden_by(&r, 0) + hidden_by(&r, 1), 0);
    rig_fini(&r);
}

static void two_secrets(const char *lac, const char *lns)
{
    struct rig r;

    rig_init(&r);
    set_secret(&r.end[0], lac);
    set_secret(&r.end[1], lns);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    rig_run(&r, 2 * L2S_SECOND);
    assert_int_equal(r.end[0].ups + r.end[1].ups, 0);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_L2TP_AUTH);
    assert_string_equal(r.end[0].why.hint, "l2tp.secret");
    assert_int_equal(r.end[0].idles, 1);
    rig_run(&r, 60 * L2S_SECOND);
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void different_secrets_or_one_that_is_missing_disallow_the_tunnel(void **state)
{
    (void)state;

    two_secrets("right", "wrong");
    two_secrets("secret", "");
    two_secrets("", "secret");
}

static void only_the_client_proves_itself_when_only_the_server_asks(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);
    uint8_t response[16];
    (void)state;

    rig_solo(&r); /* libreswan's client and mtpd with a secret challenge us, older ones do not */
    set_secret(&r.end[0], "pw");
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.challenge.left, 16);
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_RESPONSE));
    uint16_t tunnel = m.tunnel_id;
    assert_int_equal(l2s_l2tp_auth_response(r.crypto, 3, (const uint8_t *)"pw", 2, m.challenge, response), 0);

    response[15] ^= 1;
    m = rig_plain(L2S_L2TP_SCCCN);
    m.response = l2s_rd_init(response, 16);
    l2s_l2tp_msg_add(&m, L2S_AVP_RESPONSE);
    assert_int_equal(rig_say(&r, tunnel, 0, 1, 1, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(m.result, 4);
    rig_fini(&r);
}

static void challenges_differ_from_tunnel_to_tunnel(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg a, b;
    struct l2s_l2tp_msg sccrq = rig_sccrq(77);
    (void)state;

    rig_solo(&r);
    set_secret(&r.end[0], "pw");
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), 0);
    sccrq.tunnel_id = 78;
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &sccrq), 0);
    rig_sent(&r, 1, &h, &a);
    rig_sent(&r, 0, &h, &b);
    assert_false(l2s_rd_equals(&a.challenge, b.challenge.p, b.challenge.left));
    assert_int_not_equal(a.tunnel_id, b.tunnel_id);
    rig_fini(&r);
}

static void windows_is_spared_the_challenge_when_so_configured(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);
    (void)state;

    rig_solo(&r);
    set_secret(&r.end[0], "pw");
    m.vendor_name = l2s_rd_init("Microsoft", 9);
    l2s_l2tp_msg_add(&m, L2S_AVP_VENDOR_NAME);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    assert_true(l2s_l2tp_msg_has(&m, L2S_AVP_CHALLENGE));
    rig_fini(&r);

    rig_solo(&r);
    set_secret(&r.end[0], "pw");
    r.end[0].cfg.spare_microsoft = true;
    m = rig_sccrq(77);
    m.vendor_name = l2s_rd_init("Microsoft", 9);
    l2s_l2tp_msg_add(&m, L2S_AVP_VENDOR_NAME);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    assert_false(l2s_l2tp_msg_has(&m, L2S_AVP_CHALLENGE));
    uint16_t tunnel = m.tunnel_id;
    m = rig_plain(L2S_L2TP_SCCCN);
    assert_int_equal(rig_say(&r, tunnel, 0, 1, 1, &m), 0);
    m = rig_session(L2S_L2TP_ICRQ, 88);
    assert_int_equal(rig_say(&r, tunnel, 0, 2, 1, &m), 0);
    assert_int_equal(last_type(&r), L2S_L2TP_ICRP);
    rig_fini(&r);
}

/* ---- the tie --------------------------------------------------------------------------------------------------- */

static void a_peers_tie_breaker_wins_over_our_sccrq_without(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, ours;
    uint8_t avps[256];
    struct l2s_wr w = l2s_wr_init(avps, sizeof avps);
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &ours);
    m = rig_sccrq(77);
    l2s_l2tp_msg_put(&w, &m);
    size_t at = l2s_l2tp_avp_open(&w, L2S_AVP_TIE_BREAKER);
    l2s_wr_u64(&w, 12345);
    l2s_l2tp_avp_close(&w, at, false, false);
    assert_int_equal(rig_say_raw(&r, 0, 0, 0, 0, avps, w.len), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCRP);
    uint16_t tunnel = m.tunnel_id;
    assert_int_equal(rig_zlb(&r, ours.tunnel_id, 0, 1), L2TPSEC_DROP_UNKNOWN_TUNNEL); /* ours went without a word */
    assert_int_equal(r.end[0].fails, 0);

    m = rig_plain(L2S_L2TP_SCCCN); /* our call goes by their tunnel */
    assert_int_equal(rig_say(&r, tunnel, 0, 1, 1, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRQ);
    uint16_t session = m.session_id;
    m = rig_session(L2S_L2TP_ICRP, 88);
    assert_int_equal(rig_say(&r, tunnel, session, 2, 2, &m), 0);
    assert_int_equal(r.end[0].ups, 1);
    assert_true(r.end[0].session == r.end[0].dialled);
    rig_fini(&r);
}

static void without_tie_breakers_both_tunnels_open(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, ours;
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &ours);
    m = rig_sccrq(77);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    assert_int_equal(last_type(&r), L2S_L2TP_SCCRP);
    m = rig_sccrp(78);
    assert_int_equal(rig_say(&r, ours.tunnel_id, 0, 0, 1, &m), 0);
    assert_int_equal(last_type(&r), L2S_L2TP_ICRQ);
    rig_fini(&r);
}

/* ---- keepalive ------------------------------------------------------------------------------------------------- */

static void silence_is_answered_by_hello_and_hello_unanswered_by_the_end(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    rig_up(&r);
    r.logged = 0;
    rig_run(&r, 58 * L2S_SECOND);
    assert_int_equal(r.logged, 0);
    rig_run(&r, 10 * L2S_SECOND);
    assert_true(rig_count(&r, 0, L2S_L2TP_HELLO) + rig_count(&r, 1, L2S_L2TP_HELLO) >= 1);
    rig_run(&r, 600 * L2S_SECOND);
    assert_int_equal(r.end[0].downs, 0);
    assert_true(r.logged < 100);

    r.dark = true;
    rig_run(&r, 130 * L2S_SECOND);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(r.end[i].downs, 1);
        assert_int_equal(r.end[i].why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
        assert_string_equal(r.end[i].why.step, "Hello");
        assert_int_equal(r.end[i].idles, 1);
    }
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void no_hello_is_sent_while_anything_is_heard(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    uint8_t data[7] = {0, 2};
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_zlb(&r, l.tunnel, l.ns, l.nr), 0);
    l2s_put16(data + 2, l.tunnel);
    l2s_put16(data + 4, l.session);
    for (int i = 0; i < 10; i++) {
        rig_run(&r, 50 * L2S_SECOND);
        if (i % 2)
            assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, data, sizeof data, &rx), L2S_L2TP_DATA);
        else
            l2s_l2tp_alive(r.end[0].e, r.end[0].session);
    }
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_HELLO), 0);
    rig_fini(&r);
}

static void a_hello_unanswered_does_not_hang_up_while_data_flows(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    rig_run(&r, 60 * L2S_SECOND); /* silent for once: a Hello goes out */
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_HELLO), 1);
    for (int i = 0; i < 300; i++) { /* mtpd since Android 9 never answers it; Apple not under load */
        rig_run(&r, L2S_SECOND);
        l2s_l2tp_alive(r.end[0].e, r.end[0].session);
    }
    assert_int_equal(r.end[0].downs, 0);
    rig_run(&r, 170 * L2S_SECOND); /* the round that heard data, and one that heard nothing */
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    rig_fini(&r);
}

static void hello_can_be_switched_off(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    r.end[0].cfg.hello_s = 0;
    rig_lac_up(&r, &l);
    assert_int_equal(rig_zlb(&r, l.tunnel, l.ns, l.nr), 0);
    r.logged = 0;
    rig_run(&r, 3600 * L2S_SECOND);
    assert_int_equal(r.logged, 1); /* the acknowledgement of ICCN */
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

static void stopccn_is_acknowledged_at_once_and_again_for_a_full_cycle(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, stop = rig_stop(77, 6, 0);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    r.logged = 0;
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &stop), 0);
    assert_int_equal(r.logged, 1);
    last(&r, &h, &m);
    assert_int_equal(m.type, 0);
    assert_int_equal(h.tunnel, 77);
    assert_int_equal(h.nr, l.ns + 1);
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    assert_int_equal(r.end[0].why.peer_code, 6);
    assert_string_equal(r.end[0].why.message, "the peer is being shut down");
    assert_int_equal(r.end[0].idles, 1);

    for (unsigned i = 1; i <= 15; i++) {
        rig_run(&r, 2 * L2S_SECOND);
        assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &stop), L2TPSEC_DROP_DUPLICATE);
        rig_run(&r, 100 * L2S_MS);
        assert_int_equal(r.logged, 1 + i);
        if (i == 14)
            break; /* 29.4 s */
    }
    rig_run(&r, 2 * L2S_SECOND);
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &stop), L2TPSEC_DROP_UNKNOWN_TUNNEL);
    assert_int_equal(r.f.sys.timers.n, 0);
    assert_int_equal(r.end[0].idles, 1);
    rig_fini(&r);
}

static void a_stopccn_that_acknowledges_ours_is_acknowledged_before_all_is_over(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m, stop = rig_stop(77, 6, 0);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
    unsigned said = r.logged;
    assert_int_equal(r.end[0].idles, 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, (uint16_t)(h.ns + 1), &stop), 0);
    assert_int_equal(r.end[0].idles, 1); /* the host may take the channel away now */
    assert_int_equal(r.logged, said + 1);
    last(&r, &h, &m);
    assert_int_equal(m.type, 0);
    assert_int_equal(h.nr, l.ns + 1);
    rig_fini(&r);
}

static void a_stopccn_without_our_id_is_known_by_its_own(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_msg m = rig_stop(99, 1, 0);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say(&r, 0, 0, l.ns, l.nr, &m), L2TPSEC_DROP_UNKNOWN_TUNNEL);
    assert_int_equal(r.end[0].downs, 0);
    m = rig_stop(77, 1, 0);
    assert_int_equal(rig_say(&r, 0, 0, l.ns, l.nr, &m), 0);
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(rig_say(&r, 0, 0, l.ns, l.nr, &m), L2TPSEC_DROP_DUPLICATE); /* and its repetition */
    rig_fini(&r);
}

static void a_refusal_to_tunnel_id_0_means_the_only_tunnel_that_waits(void **state)
{
    struct rig r;
    struct l2s_l2tp_msg m = rig_stop(77, 4, 0);
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    assert_int_equal(rig_say(&r, 0, 0, 0, 1, &m), 0);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_L2TP_AUTH);
    rig_fini(&r);
}

static void the_names_are_those_configured(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    (void)strcpy(r.end[0].cfg.host_name, "gate.example.net");
    (void)strcpy(r.end[0].cfg.vendor_name, "acme");
    r.end[0].cfg.window = 0;
    r.end[0].cfg.retry_ms = 20000;
    r.end[0].cfg.setup_s = 0;
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &m);
    assert_true(l2s_rd_equals(&m.host_name, "gate.example.net", 16));
    assert_true(l2s_rd_equals(&m.vendor_name, "acme", 4));
    assert_int_equal(m.window, 8);
    rig_run(&r, 41 * L2S_SECOND);
    assert_int_equal(r.logged, 3); /* no back-off below the first interval */
    rig_fini(&r);
}

static void a_session_that_is_there_is_not_asked_for_again(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    uint16_t tunnel = m.tunnel_id;
    m = rig_plain(L2S_L2TP_SCCCN);
    assert_int_equal(rig_say(&r, tunnel, 0, 1, 1, &m), 0);
    m = rig_session(L2S_L2TP_ICRQ, 100);
    assert_int_equal(rig_say(&r, tunnel, 0, 2, 1, &m), 0);
    assert_int_equal(rig_say(&r, tunnel, 0, 3, 2, &m), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(rig_say(&r, tunnel, 0, 4, 2, &m), L2TPSEC_DROP_UNEXPECTED); /* it is being closed for that */
    m = rig_session(L2S_L2TP_ICRQ, 101);
    assert_int_equal(rig_say(&r, tunnel, 0, 5, 2, &m), 0);
    rig_fini(&r);
}

static void a_window_is_said_as_it_is_set_up_to_the_most_there_is(void **state)
{
    static const uint16_t windows[][2] = {{1, 1},
                                          {L2S_L2TP_WINDOW_MAX - 1, L2S_L2TP_WINDOW_MAX - 1},
                                          {L2S_L2TP_WINDOW_MAX, L2S_L2TP_WINDOW_MAX},
                                          {L2S_L2TP_WINDOW_MAX + 1, L2S_L2TP_WINDOW_MAX}};
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(windows); i++) {
        struct rig r;
        struct l2s_l2tp_header h;
        struct l2s_l2tp_msg m;
        rig_solo(&r);
        r.end[0].cfg.window = windows[i][0];
        assert_int_equal(rig_dial(&r), L2TPSEC_OK);
        last(&r, &h, &m);
        assert_int_equal(m.window, windows[i][1]);
        rig_fini(&r);
    }
}

static void our_close_takes_no_longer_than_the_peers_answer(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_zlb(&r, l.tunnel, l.ns, l.nr), 0);
    r.logged = 0;
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "bye");
    assert_int_equal(r.logged, 2);
    rig_sent(&r, 1, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(h.session, 88);
    assert_int_equal(m.session_id, l.session);
    assert_int_equal(m.result, 3);
    assert_true(l2s_rd_equals(&m.words, "bye", 3));
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(m.tunnel_id, l.tunnel);
    assert_int_equal(m.result, 1);
    assert_int_equal(h.session, 0);
    assert_int_equal(r.end[0].downs, 0);

    assert_int_equal(rig_zlb(&r, l.tunnel, l.ns, (uint16_t)(l.nr + 1)), 0); /* the CDN */
    assert_int_equal(r.end[0].downs, 1);
    assert_true(r.end[0].silent_down);
    assert_int_equal(r.end[0].idles, 0);
    assert_int_equal(rig_zlb(&r, l.tunnel, l.ns, (uint16_t)(l.nr + 2)), 0); /* the StopCCN */
    assert_int_equal(r.end[0].idles, 1);
    m = rig_plain(L2S_L2TP_HELLO); /* what crossed it is acknowledged, and that is all */
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), 0);
    rig_run(&r, 200 * L2S_MS);
    assert_int_equal(r.logged, 3);
    rig_run(&r, 40 * L2S_SECOND);
    assert_int_equal(r.logged, 3);
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void our_close_takes_seconds_when_the_peer_does_not_answer(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    uint64_t before = r.f.sys.now;
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
    rig_run(&r, 5 * L2S_SECOND);
    assert_int_equal(r.end[0].downs, 1);
    assert_true(r.end[0].silent_down);
    assert_int_equal(r.end[0].idles, 1);
    assert_true(r.end[0].idle_at - before <= 3 * L2S_SECOND);
    rig_run(&r, 60 * L2S_SECOND); /* it was repeated all the same */
    assert_int_equal(r.end[0].idles, 1);
    assert_true(rig_count(&r, 0, L2S_L2TP_STOPCCN) >= 1);
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void closes_that_cross_are_both_acknowledged(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    rig_up(&r);
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
    l2s_l2tp_close(r.end[1].e, r.end[1].session, 3, "");
    rig_run(&r, L2S_SECOND);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(r.end[i].downs, 1);
        assert_true(r.end[i].silent_down);
        assert_int_equal(r.end[i].idles, 1);
    }
    rig_run(&r, 60 * L2S_SECOND);
    assert_int_equal(r.f.sys.timers.n, 0);
    rig_fini(&r);
}

static void closing_twice_or_a_stale_session_does_nothing(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    uint64_t session = r.end[0].session;
    l2s_l2tp_close(r.end[0].e, session, 3, "");
    unsigned n = r.logged;
    l2s_l2tp_close(r.end[0].e, session, 3, "");
    assert_int_equal(r.logged, n);
    assert_int_equal(rig_zlb(&r, l.tunnel, l.ns, (uint16_t)(l.nr + 2)), 0);
    assert_int_equal(r.end[0].downs, 1);
    l2s_l2tp_close(r.end[0].e, session, 3, "");
    l2s_l2tp_abandon(r.end[0].e, session);
    l2s_l2tp_alive(r.end[0].e, session);
    assert_int_equal(r.end[0].downs, 1);
    rig_fini(&r);
}

static void an_abandoned_session_is_closed_but_its_owner_hears_nothing(void **state)
{
    struct rig r;
    (void)state;

    for (int closed_before = 0; closed_before < 2; closed_before++) {
        rig_init(&r);
        rig_up(&r);
        if (closed_before)
            l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
        l2s_l2tp_abandon(r.end[0].e, r.end[0].session);
        rig_run(&r, L2S_SECOND);
        assert_int_equal(r.end[0].downs + r.end[0].fails, 0);
        assert_int_equal(r.end[0].idles, 1);
        assert_int_equal(r.end[1].downs, 1);
        rig_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sccrq_has_what_the_rfc_demands_and_nothing_more),
        cmocka_unit_test(every_control_message_passes_mtpds_strict_receiver),
        cmocka_unit_test(an_answer_opens_the_tunnel_and_the_call_follows),
        cmocka_unit_test(sccrq_is_first_repeated_after_a_second_and_in_the_end_the_tunnel_is_dead),
        cmocka_unit_test(a_peer_that_acknowledges_and_then_says_nothing_has_vanished),
        cmocka_unit_test(a_refusal_is_reported_with_its_codes_and_words),
        cmocka_unit_test(a_responder_may_answer_from_another_port),
        cmocka_unit_test(an_sccrp_that_is_not_acceptable_is_answered_by_stopccn),
        cmocka_unit_test(a_tunnel_closed_before_any_answer_goes_at_once),
        cmocka_unit_test(an_acceptable_sccrq_is_answered),
        cmocka_unit_test(only_version_and_tunnel_id_are_needed_of_an_sccrq),
        cmocka_unit_test(an_sccrq_that_is_not_acceptable_is_declined),
        cmocka_unit_test(an_unknown_mandatory_avp_in_sccrq_is_declined_by_its_name),
        cmocka_unit_test(an_sccrq_nobody_could_be_answered_to_is_dropped),
        cmocka_unit_test(a_repeated_sccrq_is_a_retransmission_whatever_its_ns),
        cmocka_unit_test(an_sccrq_long_after_is_of_a_peer_that_restarted_and_counts_anew),
        cmocka_unit_test(a_peer_that_restarts_within_seconds_may_try_until_it_is_believed),
        cmocka_unit_test(a_half_open_tunnel_is_given_up),
        cmocka_unit_test(a_tunnel_without_calls_is_closed_after_a_while),
        cmocka_unit_test(a_message_out_of_turn_clears_the_tunnel),
        cmocka_unit_test(a_bad_message_on_the_control_connection_clears_it),
        cmocka_unit_test(an_unknown_message_that_is_not_mandatory_is_passed_over),
        cmocka_unit_test(the_peers_window_is_respected),
        cmocka_unit_test(a_window_is_said_as_it_is_set_up_to_the_most_there_is),
        cmocka_unit_test(a_session_that_is_there_is_not_asked_for_again),
        cmocka_unit_test(both_ends_with_the_same_secret_prove_it),
        cmocka_unit_test(with_a_secret_what_may_be_hidden_is_if_that_is_wanted),
        cmocka_unit_test(hiding_without_a_secret_hides_nothing),
        cmocka_unit_test(different_secrets_or_one_that_is_missing_disallow_the_tunnel),
        cmocka_unit_test(only_the_client_proves_itself_when_only_the_server_asks),
        cmocka_unit_test(challenges_differ_from_tunnel_to_tunnel),
        cmocka_unit_test(windows_is_spared_the_challenge_when_so_configured),
        cmocka_unit_test(a_peers_tie_breaker_wins_over_our_sccrq_without),
        cmocka_unit_test(without_tie_breakers_both_tunnels_open),
        cmocka_unit_test(silence_is_answered_by_hello_and_hello_unanswered_by_the_end),
        cmocka_unit_test(no_hello_is_sent_while_anything_is_heard),
        cmocka_unit_test(a_hello_unanswered_does_not_hang_up_while_data_flows),
        cmocka_unit_test(hello_can_be_switched_off),
        cmocka_unit_test(stopccn_is_acknowledged_at_once_and_again_for_a_full_cycle),
        cmocka_unit_test(a_stopccn_that_acknowledges_ours_is_acknowledged_before_all_is_over),
        cmocka_unit_test(a_stopccn_without_our_id_is_known_by_its_own),
        cmocka_unit_test(a_refusal_to_tunnel_id_0_means_the_only_tunnel_that_waits),
        cmocka_unit_test(the_names_are_those_configured),
        cmocka_unit_test(our_close_takes_no_longer_than_the_peers_answer),
        cmocka_unit_test(our_close_takes_seconds_when_the_peer_does_not_answer),
        cmocka_unit_test(closes_that_cross_are_both_acknowledged),
        cmocka_unit_test(closing_twice_or_a_stale_session_does_nothing),
        cmocka_unit_test(an_abandoned_session_is_closed_but_its_owner_hears_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
