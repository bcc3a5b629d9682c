/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include <string.h>

static void last(const struct rig *r, struct l2s_l2tp_header *h, struct l2s_l2tp_msg *m)
{
    rig_sent(r, 0, h, m);
}

/* ---- LAC ------------------------------------------------------------------------------------------------------- */

static void a_lac_asks_and_connects(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    rig_lns_tunnel(&r, &l);
    last(&r, &h, &m);
    assert_int_equal(h.session, 0); /* the peer has none yet */
    assert_int_equal(m.type, L2S_L2TP_ICRQ);
    assert_true(m.have == (1u | 1u << L2S_AVP_SESSION_ID | 1u << L2S_AVP_SERIAL));
    assert_int_equal(m.serial, 1);
    assert_int_not_equal(m.session_id, 0);

    m = rig_session(L2S_L2TP_ICRP, 88);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICCN);
    assert_int_equal(h.session, 88);
    assert_true(m.have == (1u | 1u << L2S_AVP_TX_SPEED | 1u << L2S_AVP_FRAMING_TYPE));
    assert_int_equal(m.tx_speed, 100000000);
    assert_int_equal(m.framing, 1);
    assert_int_equal(r.end[0].ups, 1);
    assert_true(r.end[0].session == r.end[0].dialled);
    rig_fini(&r);
}

/* Windows acknowledges after 500 ms what it has no message to answer with. */
static void a_peer_that_is_slow_to_acknowledge_hears_nothing_twice(void **state)
{
    static const uint16_t types[] = {L2S_L2TP_SCCRQ, L2S_L2TP_SCCCN, L2S_L2TP_ICRQ,   L2S_L2TP_ICCN,
                                     L2S_L2TP_HELLO, L2S_L2TP_CDN,   L2S_L2TP_STOPCCN};
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRP, 88);
    struct l2s_l2tp_rx rx;
    struct rig_lac l;
    struct rig r;
    (void)state;

    rig_solo(&r);
    r.end[0].cfg.retry_ms = 500;
    rig_lns_tunnel(&r, &l);
    rig_run(&r, 20 * L2S_MS);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), 0);
    rig_run(&r, 20 * L2S_MS);
    const uint8_t lcp[] = {0,
                           2,
                           (uint8_t)(l.tunnel >> 8),
                           (uint8_t)l.tunnel,
                           (uint8_t)(l.session >> 8),
                           (uint8_t)l.session,
                           0xff,
                           0x03,
                           0xc0,
                           0x21};
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, lcp, sizeof lcp, &rx), L2S_L2TP_DATA);
    rig_run(&r, 500 * L2S_MS);
    assert_int_equal(rig_zlb(&r, l.tunnel, 2, 4), 0);

    rig_run(&r, 61 * L2S_SECOND - 500 * L2S_MS);
    assert_int_equal(rig_zlb(&r, l.tunnel, 2, 5), 0);
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "bye");
    rig_run(&r, 520 * L2S_MS);
    assert_int_equal(rig_zlb(&r, l.tunnel, 2, 7), 0);
    assert_int_equal(r.end[0].downs, 1);
    rig_run(&r, 100 * L2S_SECOND);
    for (size_t i = 0; i < L2S_COUNT_OF(types); i++)
        assert_int_equal(rig_count(&r, 0, types[i]), 1);
    rig_fini(&r);
}

static void connect_speed_is_never_zero(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRP, 88);
    (void)state;

    rig_solo(&r);
    r.end[0].cfg.connect_speed = 0;
    rig_lns_tunnel(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.tx_speed, 1000000000);
    rig_fini(&r);
}

static void a_refused_call_is_reported_and_the_tunnel_closed(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_cdn(88, 4, 0);
    (void)state;

    rig_solo(&r);
    rig_lns_tunnel(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), 0);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].downs, 0);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_L2TP_REFUSED);
    assert_string_equal(r.end[0].why.step, "CDN");
    assert_int_equal(r.end[0].why.peer_code, 4);
    assert_string_equal(r.end[0].why.message, "no facilities available at the moment");
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    assert_int_equal(m.result, 1);
    assert_int_equal(h.nr, 2); /* and the CDN acknowledged by it */
    assert_int_equal(rig_zlb(&r, l.tunnel, 2, 4), 0);
    assert_int_equal(r.end[0].idles, 1);
    rig_fini(&r);
}

static void a_cdn_with_session_id_0_is_known_by_the_peers_id(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_msg m = rig_cdn(99, 1, 0);
    (void)state;

    rig_solo(&r);
    rig_lns_up(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), L2TPSEC_DROP_UNKNOWN_SESSION);
    assert_int_equal(r.end[0].downs, 0);
    m = rig_cdn(88, 1, 0);
    assert_int_equal(rig_say(&r, l.tunnel, 0, (uint16_t)(l.ns + 1), l.nr, &m), 0);
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    rig_fini(&r);
}

static void apples_result_code_the_wrong_way_round_is_understood(void **state)
{
    struct rig r;
    struct rig_lac l;
    uint8_t avps[64];
    size_t n = fake_hex("80080000 0000000e 80080000 00010300 80080000 000e0058", avps, sizeof avps);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say_raw(&r, l.tunnel, l.session, l.ns, l.nr, avps, n), 0);
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].why.peer_code, 3);
    assert_string_equal(r.end[0].why.message, "disconnected for administrative reasons");
    rig_fini(&r);
}

static void mikrotiks_result_code_without_error_code_closes(void **state)
{
    struct rig r;
    struct rig_lac l;
    uint8_t avps[64];
    size_t n = fake_hex("80080000 0000000e 80080000 00010001 80080000 000e0058", avps, sizeof avps);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say_raw(&r, l.tunnel, l.session, l.ns, l.nr, avps, n), 0);
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].why.peer_code, 1);
    assert_int_equal(r.end[0].why.peer_code2, 0);
    rig_fini(&r);
}

static void a_call_without_an_answer_is_given_up(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    rig_lns_tunnel(&r, &l);
    assert_int_equal(rig_zlb(&r, l.tunnel, 1, 3), 0); /* acknowledged, but no ICRP */
    rig_run(&r, 59 * L2S_SECOND);
    assert_int_equal(r.end[0].fails, 0);
    rig_run(&r, 1500 * L2S_MS);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    assert_string_equal(r.end[0].why.step, "ICRQ");
    bool cdn = false, stop = false;
    for (unsigned back = 0; back < 4; back++) {
        rig_sent(&r, back, &h, &m);
        cdn = cdn || (m.type == L2S_L2TP_CDN && m.result == 10 && h.session == 0);
        stop = stop || m.type == L2S_L2TP_STOPCCN;
    }
    assert_true(cdn);
    assert_true(stop);
    rig_fini(&r);
}

static void a_peer_silent_after_icrq_has_vanished_there(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    r.end[0].cfg.retries = 3;
    rig_lns_tunnel(&r, &l);
    rig_run(&r, 30 * L2S_SECOND);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    assert_string_equal(r.end[0].why.step, "ICRQ");
    assert_int_equal(r.end[0].idles, 1);
    rig_fini(&r);
}

static void an_icrp_without_a_session_id_is_refused(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_plain(L2S_L2TP_ICRP);
    (void)state;

    rig_solo(&r);
    rig_lns_tunnel(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), 0);
    assert_int_equal(r.end[0].fails, 1);
    assert_int_equal(r.end[0].ups, 0);
    rig_sent(&r, 1, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(m.result, 2);
    rig_fini(&r);
}

static void calls_asked_of_a_client_are_refused_as_mtpd_does(void **state)
{
    static const uint16_t types[] = {L2S_L2TP_ICRQ, L2S_L2TP_OCRQ};
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(types); i++) {
        struct rig r;
        struct rig_lac l;
        struct l2s_l2tp_header h;
        struct l2s_l2tp_msg m = rig_session(types[i], 5000);
        rig_solo(&r);
        rig_lns_up(&r, &l);
        assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), L2TPSEC_DROP_UNEXPECTED);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_CDN);
        assert_int_equal(h.session, 5000);
        assert_int_not_equal(m.session_id, 0);
        assert_int_equal(m.result, 2);
        assert_int_equal(m.result_error, 6);
        assert_int_equal(r.end[0].downs, 0); /* the call that is up stays so */
        rig_fini(&r);
    }
}

static void an_outgoing_call_asked_of_a_server_is_refused(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_OCRQ, 5000);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), L2TPSEC_DROP_UNEXPECTED);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(m.result, 2);
    assert_int_equal(m.result_error, 6);
    rig_fini(&r);
}

/* ---- LNS ------------------------------------------------------------------------------------------------------- */

static void an_lns_answers_and_connects(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRP);
    assert_int_equal(h.tunnel, 77);
    assert_int_equal(h.session, 88);
    assert_true(m.have == (1u | 1u << L2S_AVP_SESSION_ID));
    rig_fini(&r);
}

static void proxy_and_line_avps_are_passed_over(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);
    uint8_t avps[256];
    (void)state;

    rig_solo(&r);
    rig_lac_tunnel(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, 0, 2, 1, &m), 0);
    last(&r, &h, &m);
    size_t n = fake_hex("80080000 0000000c 800a0000 00180000 0000 800a0000 00130000 0003"
                        "000a0000 001a0506 0102 000a0000 001b0102 0304 00080000 001d0002 00070000 001e61"
                        "000a0000 001f0102 0304 00080000 00200001 000a0000 00210102 0304 000a0000 00250102 0304"
                        "000a0000 00260000 0000",
                        avps, sizeof avps);
    assert_int_equal(rig_say_raw(&r, l.tunnel, m.session_id, 3, 2, avps, n), 0);
    assert_int_equal(r.end[0].ups, 1);
    rig_fini(&r);
}

static void wen_and_sli_are_accepted_and_of_no_effect(void **state)
{
    struct rig r;
    struct rig_lac l;
    uint8_t avps[64];
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    size_t n = fake_hex("80080000 0000000f 80200000 0022 0000 00000001 00000002 00000003 00000004 00000005 00000006",
                        avps, sizeof avps);
    assert_int_equal(rig_say_raw(&r, l.tunnel, l.session, 4, 2, avps, n), 0);
    n = fake_hex("80080000 00000010 80100000 0023 0000 ffffffff ffffffff", avps, sizeof avps); /* Meraki */
    assert_int_equal(rig_say_raw(&r, l.tunnel, l.session, 5, 2, avps, n), 0);
    assert_int_equal(r.end[0].downs, 0);
    rig_fini(&r);
}

static void an_unknown_mandatory_avp_ends_the_call_not_the_tunnel(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);
    uint8_t avps[64];
    (void)state;

    rig_solo(&r);
    rig_lac_tunnel(&r, &l); /* before it begins */
    size_t n = fake_hex("80080000 0000000a 80080000 000e0058 80080009 00010000", avps, sizeof avps);
    assert_int_equal(rig_say_raw(&r, l.tunnel, 0, 2, 1, avps, n), L2TPSEC_DROP_MALFORMED);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(h.session, 88);
    assert_int_equal(m.result, 2);
    assert_int_equal(m.result_error, 8);
    assert_true(l2s_rd_equals(&m.words, "unknown mandatory AVP: vendor 9, type 1", 39));

    m = rig_session(L2S_L2TP_ICRQ, 89); /* the tunnel still works */
    assert_int_equal(rig_say(&r, l.tunnel, 0, 3, 2, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRP);
    uint16_t session = m.session_id;
    n = fake_hex("80080000 0000000c 80080009 00010000", avps, sizeof avps); /* and after */
    assert_int_equal(rig_say_raw(&r, l.tunnel, session, 4, 3, avps, n), L2TPSEC_DROP_MALFORMED);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(h.session, 89);
    assert_int_equal(m.result_error, 8);
    assert_int_equal(r.end[0].ups, 0);
    rig_fini(&r);
}

/* RFC 2661, 7.4.1 and 7.4.2 */
static void a_message_of_the_call_out_of_turn_ends_it(void **state)
{
    static const uint16_t up[] = {L2S_L2TP_ICRP, L2S_L2TP_ICCN, L2S_L2TP_ICRQ};
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    for (size_t i = 0; i < L2S_COUNT_OF(up); i++) {
        rig_solo(&r);
        rig_lac_up(&r, &l);
        m = rig_session(up[i], 88);
        if (up[i] == L2S_L2TP_ICCN)
            m = rig_plain(up[i]);
        assert_int_equal(rig_say(&r, l.tunnel, up[i] == L2S_L2TP_ICRQ ? 0 : l.session, 4, 2, &m),
                         L2TPSEC_DROP_UNEXPECTED);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_CDN);
        assert_int_equal(h.session, 88);
        assert_int_equal(r.end[0].downs, 1);
        assert_false(r.end[0].silent_down);
        assert_string_equal(r.end[0].why.step, l2s_l2tp_msg_name(up[i]));
        rig_fini(&r);
    }
    rig_solo(&r); /* wait-reply: ICCN */
    rig_lns_tunnel(&r, &l);
    m = rig_plain(L2S_L2TP_ICCN);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(r.end[0].fails, 1);
    rig_fini(&r);
    rig_solo(&r); /* idle: ICRP, ICCN, CDN of nobody */
    rig_lac_tunnel(&r, &l);
    for (uint16_t i = 0; i < 3; i++) {
        static const uint16_t types[] = {L2S_L2TP_ICRP, L2S_L2TP_ICCN, L2S_L2TP_CDN};
        m = rig_plain(types[i]);
        assert_int_equal(rig_say(&r, l.tunnel, 4711, (uint16_t)(2 + i), 1, &m), L2TPSEC_DROP_UNKNOWN_SESSION);
    }
    rig_fini(&r);
}

static void several_calls_share_a_tunnel_up_to_a_bound(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    uint16_t sessions[16], ns, nr;
    (void)state;

    rig_solo(&r);
    rig_lac_tunnel(&r, &l);
    ns = l.ns;
    nr = l.nr;
    for (uint16_t i = 0; i < 16; i++) {
        m = rig_session(L2S_L2TP_ICRQ, (uint16_t)(100 + i));
        assert_int_equal(rig_say(&r, l.tunnel, 0, ns++, nr++, &m), 0);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_ICRP);
        assert_int_equal(h.session, 100 + i);
        sessions[i] = m.session_id;
        for (uint16_t k = 0; k < i; k++)
            assert_int_not_equal(sessions[k], sessions[i]);
        m = rig_plain(L2S_L2TP_ICCN);
        assert_int_equal(rig_say(&r, l.tunnel, sessions[i], ns++, nr, &m), 0);
    }
    assert_int_equal(r.end[0].ups, 16);
    m = rig_session(L2S_L2TP_ICRQ, 200);
    assert_int_equal(rig_say(&r, l.tunnel, 0, ns++, nr++, &m), L2TPSEC_DROP_LIMIT);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(h.session, 200);
    assert_int_equal(m.result, 4);

    m = rig_cdn(103, 1, 0); /* one goes, the others stay, and there is room again */
    assert_int_equal(rig_say(&r, l.tunnel, sessions[3], ns++, nr, &m), 0);
    assert_int_equal(r.end[0].downs, 1);
    m = rig_session(L2S_L2TP_ICRQ, 201);
    assert_int_equal(rig_say(&r, l.tunnel, 0, ns++, nr, &m), 0);
    m = rig_stop(77, 1, 0); /* and all go with the tunnel */
    assert_int_equal(rig_say(&r, l.tunnel, 0, ns, nr, &m), 0);
    assert_int_equal(r.end[0].downs, 16);
    assert_int_equal(r.end[0].idles, 1);
    rig_fini(&r);
}

static void closing_one_of_two_calls_leaves_the_other(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    uint64_t first = r.end[0].session;
    m = rig_session(L2S_L2TP_ICRQ, 89);
    assert_int_equal(rig_say(&r, l.tunnel, 0, 4, 2, &m), 0);
    last(&r, &h, &m);
    m = rig_plain(L2S_L2TP_ICCN);
    struct l2s_l2tp_msg icrp;
    last(&r, &h, &icrp);
    assert_int_equal(rig_say(&r, l.tunnel, icrp.session_id, 5, 3, &m), 0);
    l2s_l2tp_close(r.end[0].e, first, 3, "");
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_STOPCCN), 0);
    rig_run(&r, 4 * L2S_SECOND); /* unanswered: its owner does not wait for ever */
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].idles, 0);
    assert_int_equal(rig_zlb(&r, l.tunnel, 6, 4), 0);
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    rig_fini(&r);
}

static void a_call_never_connected_is_given_up(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);
    (void)state;

    rig_solo(&r);
    r.end[0].cfg.hello_s = 0;
    rig_lac_tunnel(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, 0, 2, 1, &m), 0);
    assert_int_equal(rig_zlb(&r, l.tunnel, 3, 2), 0);
    rig_run(&r, 60 * L2S_SECOND + 500 * L2S_MS);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(h.session, 88);
    assert_int_equal(m.result, 10);
    assert_int_equal(r.end[0].ups + r.end[0].downs + r.end[0].fails, 0); /* nobody knew of it */
    rig_fini(&r);
}

static void a_host_that_refuses_the_session_ends_the_call(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);
    (void)state;

    rig_solo(&r);
    r.end[0].up_rc = L2TPSEC_ENOMEM;
    rig_lac_tunnel(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, 0, 2, 1, &m), 0);
    last(&r, &h, &m);
    uint16_t session = m.session_id;
    m = rig_plain(L2S_L2TP_ICCN);
    (void)rig_say(&r, l.tunnel, session, 3, 2, &m);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_CDN);
    assert_int_equal(m.result, 4);
    assert_int_equal(rig_zlb(&r, l.tunnel, 4, 3), 0);
    assert_int_equal(r.end[0].downs + r.end[0].fails, 0);
    rig_fini(&r);

    rig_solo(&r); /* a client's: it is told, for it knows of it */
    r.end[0].up_rc = L2TPSEC_ENOMEM;
    rig_lns_tunnel(&r, &l);
    m = rig_session(L2S_L2TP_ICRP, 88);
    assert_int_equal(rig_say(&r, l.tunnel, l.session, 1, 3, &m), 0);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_CDN), 1);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_STOPCCN), 1);
    assert_int_equal(rig_zlb(&r, l.tunnel, 2, 6), 0);
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].idles, 1);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lac_asks_and_connects),
        cmocka_unit_test(a_peer_that_is_slow_to_acknowledge_hears_nothing_twice),
        cmocka_unit_test(connect_speed_is_never_zero),
        cmocka_unit_test(a_refused_call_is_reported_and_the_tunnel_closed),
        cmocka_unit_test(a_cdn_with_session_id_0_is_known_by_the_peers_id),
        cmocka_unit_test(apples_result_code_the_wrong_way_round_is_understood),
        cmocka_unit_test(mikrotiks_result_code_without_error_code_closes),
        cmocka_unit_test(a_call_without_an_answer_is_given_up),
        cmocka_unit_test(a_peer_silent_after_icrq_has_vanished_there),
        cmocka_unit_test(an_icrp_without_a_session_id_is_refused),
        cmocka_unit_test(calls_asked_of_a_client_are_refused_as_mtpd_does),
        cmocka_unit_test(an_outgoing_call_asked_of_a_server_is_refused),
        cmocka_unit_test(an_lns_answers_and_connects),
        cmocka_unit_test(proxy_and_line_avps_are_passed_over),
        cmocka_unit_test(wen_and_sli_are_accepted_and_of_no_effect),
        cmocka_unit_test(an_unknown_mandatory_avp_ends_the_call_not_the_tunnel),
        cmocka_unit_test(a_message_of_the_call_out_of_turn_ends_it),
        cmocka_unit_test(several_calls_share_a_tunnel_up_to_a_bound),
        cmocka_unit_test(closing_one_of_two_calls_leaves_the_other),
        cmocka_unit_test(a_call_never_connected_is_given_up),
        cmocka_unit_test(a_host_that_refuses_the_session_ends_the_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
