/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include <string.h>

#define XL2TPD "l2tp_xl2tpd.txt"
#define OTHER (RIG_CHANNEL + 1)

static void last(const struct rig *r, struct l2s_l2tp_header *h, struct l2s_l2tp_msg *m)
{
    rig_sent(r, 0, h, m);
}

/* ---- channels are worlds of their own -------------------------------------------------------------------------- */

static enum l2s_l2tp_kind say_on(struct rig *r, uint64_t channel, uint16_t tunnel, uint16_t ns, uint16_t nr,
                                 const struct l2s_l2tp_msg *m, struct l2s_l2tp_rx *rx)
{
    uint8_t out[1024];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    l2s_l2tp_header_open(&w, tunnel, 0, ns, nr);
    l2s_l2tp_msg_put(&w, m);
    l2s_l2tp_header_close(&w);
    return rig_input(r, 0, channel, out, w.len, rx);
}

static void ids_of_another_channel_are_noise(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    struct l2s_l2tp_msg stop = rig_stop(77, 1, 0);
    uint8_t data[7] = {0, 2};
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    unsigned n = r.logged;
    for (uint32_t id = 1; id < 0x10000; id++) { /* every id there is */
        assert_int_equal(say_on(&r, OTHER, (uint16_t)id, l.ns, l.nr, &stop, &rx), L2S_L2TP_DROP);
        assert_int_equal(rx.reason, L2TPSEC_DROP_UNKNOWN_TUNNEL);
        if (id % 256 == 0)
            fake_rd_free();
    }
    assert_int_equal(say_on(&r, OTHER, 0, l.ns, l.nr, &stop, &rx), L2S_L2TP_DROP);
    l2s_put16(data + 2, l.tunnel);
    l2s_put16(data + 4, l.session);
    assert_int_equal(rig_input(&r, 0, OTHER, data, sizeof data, &rx), L2S_L2TP_DROP);
    assert_int_equal(rx.reason, L2TPSEC_DROP_UNKNOWN_SESSION);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, data, sizeof data, &rx), L2S_L2TP_DATA);
    assert_int_equal(r.logged, n);
    assert_int_equal(r.end[0].downs, 0);
    rig_fini(&r);
}

static void two_peers_with_the_same_ids_are_two_peers(void **state)
{
    struct rig r;
    struct l2s_l2tp_rx rx;
    struct l2s_l2tp_msg m = rig_sccrq(1); /* two Windows PCs behind one NAT */
    (void)state;

    rig_solo(&r);
    assert_int_equal(say_on(&r, RIG_CHANNEL, 0, 0, 0, &m, &rx), L2S_L2TP_CONTROL);
    assert_int_equal(say_on(&r, OTHER, 0, 0, 0, &m, &rx), L2S_L2TP_CONTROL);
    assert_int_equal(rig_count(&r, 0, L2S_L2TP_SCCRP), 2);
    assert_true(r.log[0].channel == RIG_CHANNEL);
    assert_true(r.log[1].channel == OTHER);
    l2s_l2tp_channel_down(r.end[0].e, RIG_CHANNEL);
    assert_int_equal(say_on(&r, OTHER, 0, 0, 0, &m, &rx), L2S_L2TP_DROP);
    assert_int_equal(rx.reason, L2TPSEC_DROP_DUPLICATE); /* the other one lives */
    rig_fini(&r);
}

static void a_channel_that_goes_down_takes_all_without_a_word(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    uint8_t data[7] = {0, 2};
    struct l2s_l2tp_data_header head;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    unsigned n = r.logged;
    l2s_l2tp_channel_down(r.end[0].e, RIG_CHANNEL);
    l2s_l2tp_channel_down(r.end[0].e, RIG_CHANNEL);
    l2s_l2tp_channel_down(r.end[0].e, 4711);
    assert_int_equal(r.logged, n);
    assert_int_equal(r.end[0].downs + r.end[0].fails + r.end[0].idles, 0);
    assert_int_equal(r.f.sys.timers.n, 0);
    assert_int_equal(r.f.sys.timers.reserved, 0);
    assert_false(l2s_l2tp_data_header(r.end[0].e, r.end[0].session, &head));
    l2s_put16(data + 2, l.tunnel);
    l2s_put16(data + 4, l.session);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, data, sizeof data, &rx), L2S_L2TP_DROP);
    rig_fini(&r);
}

/* ---- tunnel id 0 ----------------------------------------------------------------------------------------------- */

static void apples_hello_triggers_are_dropped_in_silence(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_msg hello = rig_plain(L2S_L2TP_HELLO);
    (void)state;

    rig_solo(&r);
    for (uint16_t i = 0; i < 11; i++)
        assert_int_equal(rig_say(&r, 0, 0, i, 0, &hello), L2TPSEC_DROP_UNKNOWN_TUNNEL);
    assert_int_equal(r.logged, 0);
    rig_lac_up(&r, &l);
    unsigned n = r.logged;
    assert_int_equal(rig_say(&r, 0, 0, l.ns, l.nr, &hello), L2TPSEC_DROP_UNKNOWN_TUNNEL); /* a late one */
    assert_int_equal(r.logged, n);
    assert_int_equal(r.end[0].downs, 0);
    rig_fini(&r);
}

static void a_d_link_that_always_sends_tunnel_id_0_is_understood(void **state)
{
    struct rig r;
    struct l2s_l2tp_rx rx;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);
    uint8_t data[7] = {0, 2};
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    m = rig_plain(L2S_L2TP_SCCCN);
    assert_int_equal(rig_say(&r, 0, 0, 1, 1, &m), 0);
    m = rig_plain(L2S_L2TP_HELLO); /* from such a peer it is one */
    assert_int_equal(rig_say(&r, 0, 0, 2, 1, &m), 0);
    m = rig_session(L2S_L2TP_ICRQ, 88);
    assert_int_equal(rig_say(&r, 0, 0, 3, 1, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRP);
    assert_int_equal(h.nr, 4);
    uint16_t session = m.session_id;
    assert_int_equal(rig_zlb(&r, 0, 4, 2), 0);
    m = rig_plain(L2S_L2TP_ICCN);
    assert_int_equal(rig_say(&r, 0, session, 4, 2, &m), 0);
    assert_int_equal(r.end[0].ups, 1);
    l2s_put16(data + 4, session);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, data, sizeof data, &rx), L2S_L2TP_DATA);
    m = rig_sccrq(78); /* restarted: what follows is of the new tunnel */
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    m = rig_plain(L2S_L2TP_SCCCN);
    assert_int_equal(rig_say(&r, 0, 0, 1, 1, &m), 0);
    m = rig_session(L2S_L2TP_ICRQ, 88);
    assert_int_equal(rig_say(&r, 0, 0, 2, 1, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRP);
    assert_int_equal(h.tunnel, 78);
    session = m.session_id;
    m = rig_plain(L2S_L2TP_ICCN);
    assert_int_equal(rig_say(&r, 0, session, 3, 2, &m), 0);
    assert_int_equal(r.end[0].ups, 2);
    m = rig_cdn(88, 1, 0);
    assert_int_equal(rig_say(&r, 0, session, 4, 2, &m), 0);
    assert_int_equal(r.end[0].downs, 1);
    rig_fini(&r);
}

static void tunnel_id_0_means_nothing_when_there_are_two_tunnels(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_rx rx;
    struct l2s_l2tp_msg m = rig_sccrq(78);
    uint8_t data[7] = {0, 2};
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    m = rig_cdn(88, 1, 0);
    assert_int_equal(rig_say(&r, 0, l.session, l.ns, l.nr, &m), L2TPSEC_DROP_UNKNOWN_TUNNEL);
    assert_int_equal(rig_zlb(&r, 0, l.ns, l.nr), L2TPSEC_DROP_UNKNOWN_TUNNEL);
    l2s_put16(data + 4, l.session);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, data, sizeof data, &rx), L2S_L2TP_DROP);
    assert_int_equal(r.end[0].downs, 0);
    rig_fini(&r);
}

/* ---- many tunnels ---------------------------------------------------------------------------------------------- */

static void a_peer_that_restarted_gets_a_new_tunnel_on_the_same_channel(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(1234);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCRP);
    assert_int_equal(h.tunnel, 1234);
    assert_int_not_equal(m.tunnel_id, l.tunnel);
    assert_int_equal(r.end[0].downs, 0); /* the old one dies by its own timers */
    rig_fini(&r);
}

static void tunnels_on_a_channel_are_bounded(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    uint16_t first = 0;
    (void)state;

    rig_solo(&r);
    for (uint16_t i = 1; i <= 8; i++) {
        m = rig_sccrq(i);
        assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
        last(&r, &h, &m);
        first = first ? first : m.tunnel_id;
    }
    for (uint16_t i = 0; i < 100; i++) {
        m = rig_sccrq((uint16_t)(1000 + i));
        assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), L2TPSEC_DROP_LIMIT);
        last(&r, &h, &m);
        assert_int_equal(m.type, L2S_L2TP_STOPCCN);
        assert_int_equal(h.tunnel, 1000 + i);
        assert_int_equal(m.result, 2);
        assert_int_equal(m.result_error, 4);
    }
    uint64_t session;
    assert_int_equal(l2s_l2tp_connect(r.end[0].e, &r.end[0].cfg, RIG_CHANNEL, &r.end[0], &session), L2TPSEC_ERANGE);
    m = rig_stop(1, 1, 0); /* one that merely lingers makes room */
    assert_int_equal(rig_say(&r, first, 0, 1, 1, &m), 0);
    m = rig_sccrq(2000);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCRP);
    rig_fini(&r);
}

static void a_peer_that_redials_for_hours_leaves_nothing_behind(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_msg m;
    size_t held = 0;
    (void)state;

    rig_solo(&r);
    for (unsigned i = 0; i < 500; i++) {
        r.logged = 0;
        r.end[0].ups = 0;
        rig_lac_up(&r, &l);
        m = rig_stop(77, 1, 0);
        assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), 0);
        if (i == 20)
            held = r.f.sys.mem.held;
        rig_run(&r, 100 * L2S_MS);
        fake_rd_free();
    }
    assert_true(r.f.sys.mem.held <= held);
    assert_int_equal(r.end[0].downs, 500);
    assert_int_equal(r.end[0].idles, 500);
    rig_run(&r, 40 * L2S_SECOND);
    assert_int_equal(r.f.sys.timers.n, 0);
    assert_int_equal(r.f.sys.timers.reserved, 0);
    rig_fini(&r);
}

static void idle_is_told_when_the_last_of_two_tunnels_goes(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(78);
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    last(&r, &h, &m);
    uint16_t second = m.tunnel_id;
    m = rig_stop(77, 1, 0);
    assert_int_equal(rig_say(&r, l.tunnel, 0, l.ns, l.nr, &m), 0);
    assert_int_equal(r.end[0].idles, 0);
    m = rig_stop(78, 1, 0);
    assert_int_equal(rig_say(&r, second, 0, 1, 1, &m), 0);
    assert_int_equal(r.end[0].idles, 1);
    rig_fini(&r);
}

/* ---- data ------------------------------------------------------------------------------------------------------ */

/* A data message of ours with the flags given, and with 1 where it is numbered; the offset padding is three bytes, what follows Length two. */
static size_t data(uint16_t flags, uint16_t tunnel, uint16_t session, uint8_t out[64])
{
    struct l2s_wr w = l2s_wr_init(out, 64);
    size_t length_at = 0;

    l2s_wr_u16(&w, (uint16_t)(flags | 2));
    if (flags & 0x4000)
        length_at = l2s_wr_open(&w, 2);
    l2s_wr_u16(&w, tunnel);
    l2s_wr_u16(&w, session);
    if (flags & 0x0800)
        l2s_wr_u32(&w, 0x00010002);
    if (flags & 0x0200) {
        l2s_wr_u16(&w, 3);
        l2s_wr_zeros(&w, 3);
    }
    l2s_wr_bytes(&w, "\xc0\x21\x01\x01", 4);
    if (length_at) {
        l2s_wr_close16_from(&w, length_at, 0);
        l2s_wr_u16(&w, 0xeeee);
    }
    assert_false(w.bad);
    return w.len;
}

static void data_of_every_shape_goes_to_its_session(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    uint8_t bytes[64];
    struct l2s_l2tp_rx rx;
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, data(0x0800, l.tunnel, l.session, bytes), &rx),
                     L2S_L2TP_HELD);
    rig_run(&r, L2S_SECOND); /* the first that is numbered makes room, and waits for 0 */
    uint64_t allocs = r.f.sys.mem.allocs;
    uint16_t ns = 1;
    for (uint16_t k = 0; k < 16; k++) {
        static const uint16_t bits[] = {0x4000, 0x0800, 0x0200, 0x0100}; /* L, S, O, P */
        uint16_t flags = 0;
        for (unsigned i = 0; i < 4; i++)
            flags = (uint16_t)(flags | (k >> i & 1 ? bits[i] : 0));
        size_t n = data(flags, l.tunnel, l.session, bytes);
        if (flags & 0x0800)
            l2s_put16(bytes + (flags & 0x4000 ? 8 : 6), ns++);
        assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_DATA);
        assert_ptr_equal(rx.owner, &r.end[0]);
        assert_true(rx.session == r.end[0].session);
        assert_true(l2s_rd_equals(&rx.frame, "\xc0\x21\x01\x01", 4));
    }
    assert_true(r.f.sys.mem.allocs == allocs); /* the data way does not allocate */
    rig_fini(&r);
}

static void real_data_frames_of_xl2tpd_are_taken(void **state)
{
    static const char *const names[] = {"psk.lns.data1", "psk.lac.data2", "userspace.lns.data1", "userspace.lac.data2"};
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    for (size_t i = 0; i < L2S_COUNT_OF(names); i++) {
        uint8_t bytes[256];
        struct l2s_l2tp_rx rx;
        size_t n = rig_vector(XL2TPD, names[i], bytes, sizeof bytes);
        size_t at = bytes[0] & 0x40 ? 4 : 2;
        l2s_put16(bytes + at, l.tunnel);
        l2s_put16(bytes + at + 2, l.session);
        assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_DATA);
        assert_int_equal(rx.frame.left, n - at - 4);
        assert_memory_equal(rx.frame.p, "\xff\x03\xc0\x21", 4);
    }
    rig_fini(&r);
}

static void data_for_a_session_not_established_is_dropped(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);
    struct l2s_l2tp_rx rx;
    uint8_t bytes[64];
    (void)state;

    rig_solo(&r);
    rig_lac_tunnel(&r, &l);
    assert_int_equal(rig_say(&r, l.tunnel, 0, 2, 1, &m), 0);
    last(&r, &h, &m);
    size_t n = data(0, l.tunnel, m.session_id, bytes);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_HELD); /* no ICCN yet */
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_DROP); /* one is enough */
    assert_int_equal(rx.reason, L2TPSEC_DROP_NOT_UP);
    n = data(0, l.tunnel, (uint16_t)(m.session_id + 1), bytes);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_DROP);
    assert_int_equal(rx.reason, L2TPSEC_DROP_UNKNOWN_SESSION);

    uint16_t session = m.session_id;
    m = rig_plain(L2S_L2TP_ICCN);
    assert_int_equal(rig_say(&r, l.tunnel, session, 3, 2, &m), 0);
    n = data(0, l.tunnel, session, bytes);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_DATA);
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, 6, &rx), L2S_L2TP_DROP); /* no frame in it */
    assert_int_equal(rx.reason, L2TPSEC_DROP_SHORT);
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
    assert_int_equal(rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_DROP);
    assert_int_equal(rx.reason, L2TPSEC_DROP_NOT_UP);
    rig_fini(&r);
}

static void a_data_header_has_the_peers_ids_and_the_length_bit(void **state)
{
    struct rig r;
    struct rig_lac l;
    struct l2s_l2tp_data_header head;
    (void)state;

    rig_solo(&r);
    r.end[1].src_port = 50123;
    rig_lac_up(&r, &l);
    assert_true(l2s_l2tp_data_header(r.end[0].e, r.end[0].session, &head));
    assert_int_equal(head.len, 8);
    assert_int_equal(head.room, 8);
    assert_memory_equal(head.bytes, "\x40\x02\0\0\0\x4d\0\x58", 8);
    assert_int_equal(head.peer_port, 50123);
    assert_int_equal(head.length_at, 2);
    assert_int_equal(head.ns_at, 0);
    assert_false(l2s_l2tp_data_header(r.end[0].e, r.end[0].session + 1, &head));
    assert_false(l2s_l2tp_data_header(r.end[0].e, 0, &head));
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
    assert_false(l2s_l2tp_data_header(r.end[0].e, r.end[0].session, &head));
    rig_fini(&r);
}

/* ---- a real peer ----------------------------------------------------------------------------------------------- */

/* Feed one of xl2tpd's datagrams with the ids it would have put there. */
static void replay(struct rig *r, const char *name, uint16_t tunnel, uint16_t session)
{
    uint8_t bytes[512];
    struct l2s_l2tp_rx rx;
    size_t n = rig_vector(XL2TPD, name, bytes, sizeof bytes);

    l2s_put16(bytes + 4, tunnel);
    l2s_put16(bytes + 6, session);
    assert_int_equal(rig_input(r, 0, RIG_CHANNEL, bytes, n, &rx), L2S_L2TP_CONTROL);
}

static void a_recorded_xl2tpd_client_is_served(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    replay(&r, "psk.lac.SCCRQ", 0, 0);
    last(&r, &h, &m);
    uint16_t tunnel = m.tunnel_id;
    assert_int_equal(h.tunnel, 0x1c7c);
    replay(&r, "psk.lac.SCCCN", tunnel, 0);
    replay(&r, "psk.lac.ICRQ", tunnel, 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRP);
    assert_int_equal(h.session, 0x69ce);
    replay(&r, "psk.lac.ICCN", tunnel, m.session_id);
    assert_int_equal(r.end[0].ups, 1);
    replay(&r, "psk.lac.StopCCN", tunnel, 0); /* StopCCN first, no CDN */
    assert_int_equal(r.end[0].downs, 1);
    assert_string_equal(r.end[0].why.message, "Goodbye!");
    assert_int_equal(r.end[0].idles, 1);
    rig_fini(&r);
}

static void a_recorded_xl2tpd_server_is_called(void **state)
{
    struct rig r;
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;
    (void)state;

    rig_solo(&r);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    last(&r, &h, &m);
    uint16_t tunnel = m.tunnel_id;
    replay(&r, "wrong_password.lns.SCCRP", tunnel, 0);
    replay(&r, "wrong_password.lns.ZLB", tunnel, 0);
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRQ);
    uint16_t session = m.session_id;
    replay(&r, "wrong_password.lns.ICRP", tunnel, session);
    replay(&r, "wrong_password.lns.ZLB.2", tunnel, 0);
    replay(&r, "wrong_password.lns.ZLB.3", tunnel, session);
    assert_int_equal(r.end[0].ups, 1);
    replay(&r, "wrong_password.lns.CDN", tunnel, session);
    assert_int_equal(r.end[0].downs, 1);
    assert_int_equal(r.end[0].why.peer_code, 1);
    assert_string_equal(r.end[0].why.message, "loss of carrier");
    last(&r, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_STOPCCN);
    replay(&r, "wrong_password.lns.ZLB.5", tunnel, 0);
    assert_int_equal(r.end[0].idles, 0); /* that one acknowledges 5, our StopCCN is number 4 of ours */
    rig_fini(&r);
}

/* ---- a host that calls back in from its callbacks --------------------------------------------------------------- */

static void close_now(struct rig_end *e)
{
    l2s_l2tp_close(e->e, e->session, 3, "");
}

static void channel_down_now(struct rig_end *e)
{
    l2s_l2tp_channel_down(e->e, RIG_CHANNEL);
}

static void abandon_now(struct rig_end *e)
{
    l2s_l2tp_abandon(e->e, e->session);
}

static void dial_now(struct rig_end *e)
{
    e->on_up = e->on_down = e->on_idle = NULL;
    assert_int_equal(l2s_l2tp_connect(e->e, &e->cfg, RIG_CHANNEL, e, &e->dialled), L2TPSEC_OK);
}

static void a_host_may_call_back_in_from_any_callback(void **state)
{
    static void (*const acts[])(struct rig_end * e) = {close_now, channel_down_now, abandon_now, dial_now};
    (void)state;

    for (size_t a = 0; a < L2S_COUNT_OF(acts); a++) {
        for (int who = 0; who < 2; who++) {
            for (int when = 0; when < 3; when++) {
                for (int rc = 0; rc < 2; rc++) {
                    struct rig r;
                    rig_init(&r);
                    r.end[0].serves = true;
                    struct rig_end *e = &r.end[who];
                    e->on_up = when == 0 ? acts[a] : NULL;
                    e->on_down = when == 1 ? acts[a] : NULL;
                    e->on_idle = when == 2 ? acts[a] : NULL;
                    e->up_rc = rc ? L2TPSEC_ENOMEM : L2TPSEC_OK;
                    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
                    rig_run(&r, L2S_SECOND);
                    l2s_l2tp_close(r.end[!who].e, r.end[!who].session, 3, "");
                    rig_run(&r, 5 * L2S_SECOND);
                    l2s_l2tp_close(r.end[0].e, r.end[0].dialled, 3, "");
                    l2s_l2tp_close(r.end[1].e, r.end[1].dialled, 3, "");
                    rig_run(&r, 300 * L2S_SECOND);
                    rig_fini(&r); /* nothing leaked, nothing freed twice */
                }
            }
        }
    }
}

static void an_engine_freed_with_all_in_flight_leaves_nothing(void **state)
{
    struct rig r;
    struct l2s_l2tp_msg m = rig_sccrq(5);
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_say(&r, 0, 0, 0, 0, &m), 0);
    assert_int_equal(rig_dial(&r), L2TPSEC_OK);
    m = rig_plain(L2S_L2TP_HELLO);
    assert_int_equal(rig_say(&r, l.tunnel, 0, 6, 2, &m), 0); /* held */
    l2s_l2tp_close(r.end[0].e, r.end[0].session, 3, "");
    rig_fini(&r);
    l2s_l2tp_free(NULL);
}

static void ids_are_random_and_none_is_zero_or_taken_twice(void **state)
{
    struct rig r;
    uint16_t seen[64];
    (void)state;

    rig_solo(&r);
    r.f.fail_random_at = 1;
    uint64_t session;
    assert_int_equal(l2s_l2tp_connect(r.end[0].e, &r.end[0].cfg, 1, &r.end[0], &session), L2TPSEC_ERANDOM);
    r.f.fail_random_at = 2; /* the session's id */
    assert_int_equal(l2s_l2tp_connect(r.end[0].e, &r.end[0].cfg, 1, &r.end[0], &session), L2TPSEC_ERANDOM);
    assert_int_equal(r.logged, 0);
    assert_int_equal(r.f.sys.timers.n, 0);
    for (unsigned i = 0; i < 64; i++) {
        struct l2s_l2tp_header h;
        struct l2s_l2tp_msg m;
        assert_int_equal(l2s_l2tp_connect(r.end[0].e, &r.end[0].cfg, i / 8, &r.end[0], &session), L2TPSEC_OK);
        last(&r, &h, &m);
        assert_int_not_equal(m.tunnel_id, 0);
        seen[i] = m.tunnel_id;
        unsigned near = 0;
        for (unsigned k = 0; k < i; k++) {
            assert_false(k / 8 == i / 8 && seen[k] == seen[i]);
            near += (uint16_t)(seen[k] - seen[i] + 4) < 8;
        }
        assert_true(near < 3); /* not counted up */
    }
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_another_channel_are_noise),
        cmocka_unit_test(two_peers_with_the_same_ids_are_two_peers),
        cmocka_unit_test(a_channel_that_goes_down_takes_all_without_a_word),
        cmocka_unit_test(apples_hello_triggers_are_dropped_in_silence),
        cmocka_unit_test(a_d_link_that_always_sends_tunnel_id_0_is_understood),
        cmocka_unit_test(tunnel_id_0_means_nothing_when_there_are_two_tunnels),
        cmocka_unit_test(a_peer_that_restarted_gets_a_new_tunnel_on_the_same_channel),
        cmocka_unit_test(tunnels_on_a_channel_are_bounded),
        cmocka_unit_test(a_peer_that_redials_for_hours_leaves_nothing_behind),
        cmocka_unit_test(idle_is_told_when_the_last_of_two_tunnels_goes),
        cmocka_unit_test(data_of_every_shape_goes_to_its_session),
        cmocka_unit_test(real_data_frames_of_xl2tpd_are_taken),
        cmocka_unit_test(data_for_a_session_not_established_is_dropped),
        cmocka_unit_test(a_data_header_has_the_peers_ids_and_the_length_bit),
        cmocka_unit_test(a_recorded_xl2tpd_client_is_served),
        cmocka_unit_test(a_recorded_xl2tpd_server_is_called),
        cmocka_unit_test(a_host_may_call_back_in_from_any_callback),
        cmocka_unit_test(an_engine_freed_with_all_in_flight_leaves_nothing),
        cmocka_unit_test(ids_are_random_and_none_is_zero_or_taken_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
