/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Two links back to back in virtual time, and dialogues with a peer written by hand. */
#include "unit/ppp/couple.h"

#include "wire/wr.h"

#include <stdlib.h>
#include <string.h>

static void every_method_brings_the_link_up_with_addresses(void **state)
{
    static const uint32_t methods[] = {L2S_AUTH_MSCHAPV2,     L2S_AUTH_CHAP_MD5, L2S_AUTH_PAP,
                                       L2S_AUTH_EAP_MSCHAPV2, L2S_AUTH_EAP_MD5,  0};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(methods); i++) {
        struct couple p;
        uint32_t eap = methods[i] & (L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_EAP_MD5) ? L2S_AUTH_EAP : 0;
        couple_up(&p, methods[i] | eap, methods[i] ? methods[i] | eap : L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5);
        couple_start(&p);
        couple_run(&p, L2S_SECOND);
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(p.end[k].ups, 1);
            assert_int_equal(p.end[k].downs, 0);
        }
        assert_memory_equal(p.end[1].net.local, couple_given.peer, 4);
        assert_memory_equal(p.end[1].net.peer, couple_given.local, 4);
        assert_memory_equal(p.end[1].net.dns[0], couple_given.dns[0], 4);
        assert_int_equal(p.end[1].net.dns[1][0], 0);
        assert_int_equal(p.end[1].net.mtu, 1400);
        assert_int_equal(p.end[0].user_len, methods[i] ? 5 : 0);
        assert_int_equal(l2s_ppp_auth_method(p.end[1].ppp), methods[i]);
        couple_down(&p);
    }
}

static void with_mppe_clear_packets_are_not_taken_any_more(void **state)
{
    uint8_t frame[40] = {0xff, 0x03, 0x00, 0x21, 0x45}, head[4];
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    for (unsigned i = 0; i < 2; i++)
        p.end[i].cfg.mppe = L2S_MPPE_128 | (i ? 0 : L2S_MPPE_REQUIRED);
    couple_start(&p);
    couple_run(&p, 3 * L2S_SECOND);
    assert_int_equal(p.end[0].ups, 1);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(l2s_ppp_seals(p.end[i].ppp));
        assert_int_equal(l2s_ppp_data_header(p.end[i].ppp, head), 4);
        assert_int_equal(head[3], 0xfd);
        assert_int_equal(couple_feed(&p.end[i], frame, sizeof frame), L2TPSEC_DROP_UNEXPECTED);
    }
    for (unsigned n = 0; n < 3; n++) { /* sealed by one, it is read by the other, once */
        struct l2s_rd packet;
        uint32_t reason;
        memset(frame, 0x45, sizeof frame);
        assert_true(l2s_ppp_seal(p.end[0].ppp, frame + 4, 36));
        assert_memory_not_equal(frame + 4, "\x45\x45\x45\x45\x45\x45\x45\x45", 8);
        assert_int_equal(l2s_ppp_unseal(p.end[1].ppp, frame, sizeof frame, &packet, &reason), L2S_PPP_IPV4);
        assert_int_equal(packet.left, 36);
        assert_int_equal(packet.p[35], 0x45);
        assert_int_equal(l2s_ppp_unseal(p.end[1].ppp, frame, sizeof frame, &packet, &reason), L2S_PPP_DROP);
        assert_int_equal(l2s_ppp_unseal(p.end[1].ppp, frame, 2, &packet, &reason), L2S_PPP_DROP);
        assert_int_equal(reason, L2TPSEC_DROP_SHORT);
    }
    couple_down(&p);
}

static void closing_is_answered_and_leaves_no_timer(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    l2s_ppp_close(p.end[1].ppp);
    couple_run(&p, L2S_SECOND / 10);
    assert_int_equal(p.end[1].downs, 1);
    assert_int_equal(p.end[1].why.cause, 0);
    couple_run(&p, 10 * L2S_SECOND);
    assert_int_equal(p.end[0].downs, 1);
    assert_int_equal(p.end[0].why.cause, L2TPSEC_CAUSE_CLOSED_BY_PEER);
    assert_int_equal(p.f.sys.timers.n, 0);
    couple_down(&p);
}

static void a_wrong_password_is_refused_by_every_method(void **state)
{
    static const uint32_t methods[] = {L2S_AUTH_MSCHAPV2, L2S_AUTH_CHAP_MD5, L2S_AUTH_PAP};
    (void)state;

    for (unsigned i = 0; i < 6; i++) {
        struct couple p;
        couple_up(&p, methods[i / 2], methods[i / 2]);
        p.end[1].password = "guess";
        if (i % 2)
            p.end[0].password = NULL; /* no such user: the same to the peer */
        couple_start(&p);
        couple_run(&p, 10 * L2S_SECOND);
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(p.end[k].ups, 0);
            assert_int_equal(p.end[k].downs, 1);
            assert_int_equal(p.end[k].why.cause, L2TPSEC_CAUSE_AUTH_REFUSED);
        }
        if (methods[i / 2] == L2S_AUTH_MSCHAPV2) {
            assert_int_equal(p.end[1].why.peer_code, 691);
            assert_string_equal(p.end[1].why.message, "Access denied");
        }
        assert_int_equal(p.f.sys.timers.n, 0);
        couple_down(&p);
    }
}

static void methods_walk_down_only_to_what_both_allow(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5 | L2S_AUTH_PAP, L2S_AUTH_PAP);
    couple_start(&p);
    couple_run(&p, 5 * L2S_SECOND);
    assert_int_equal(p.end[0].ups, 1);
    assert_int_equal(l2s_ppp_auth_method(p.end[0].ppp), L2S_AUTH_PAP);
    couple_down(&p);

    couple_up(&p, L2S_AUTH_MSCHAPV2 | L2S_AUTH_EAP | L2S_AUTH_EAP_MD5 | L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_PAP,
              L2S_AUTH_EAP | L2S_AUTH_EAP_MD5);
    couple_start(&p);
    couple_run(&p, 5 * L2S_SECOND);
    assert_int_equal(p.end[0].ups, 1);
    assert_int_equal(l2s_ppp_auth_method(p.end[0].ppp), L2S_AUTH_EAP_MD5);
    couple_down(&p);

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_PAP);
    couple_start(&p);
    couple_run(&p, 20 * L2S_SECOND);
    for (unsigned k = 0; k < 2; k++) {
        assert_int_equal(p.end[k].ups, 0);
        assert_int_equal(p.end[k].downs, 1);
        assert_int_equal(p.end[k].why.cause, L2TPSEC_CAUSE_AUTH_METHOD);
    }
    assert_string_equal(p.end[1].why.offered, "mschapv2");
    assert_string_equal(p.end[1].why.allowed, "pap");
    couple_down(&p);
}

static void pap_where_chap_was_agreed_is_not_heard(void **state)
{
    static const uint8_t pap[] = {0xff, 3,   0xc0, 0x23, 1,   1,   0,   20,  5,   'a', 'l', 'i',
                                  'c',  'e', 9,    'w',  'o', 'n', 'd', 'e', 'r', 'l', 'a', 'n'};
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    p.end[1].pending = true; /* the client thinks for a while */
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    assert_int_equal(couple_feed(&p.end[0], pap, sizeof pap), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(p.end[0].authenticated, 0);
    couple_down(&p);
}

static void answers_may_come_later(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    p.end[0].pending = p.end[1].pending = p.end[0].address_pending = true;
    couple_start(&p);
    couple_run(&p, 3 * L2S_SECOND);
    l2s_ppp_answer(p.end[1].ppp, (const uint8_t *)"wonderland", 10, false);
    couple_run(&p, 5 * L2S_SECOND);
    assert_int_equal(p.end[0].authenticated, 0);
    l2s_ppp_answer(p.end[0].ppp, (const uint8_t *)"wonderland", 10, false);
    couple_run(&p, L2S_SECOND);
    assert_int_equal(p.end[0].authenticated, 1);
    assert_int_equal(p.end[0].ups, 0);
    l2s_ppp_addresses(p.end[0].ppp, &couple_given);
    couple_run(&p, 5 * L2S_SECOND);
    assert_int_equal(p.end[0].ups, 1);
    assert_int_equal(p.end[1].ups, 1);
    couple_down(&p);
}

/* The peer is asked whether it lives while it waits for its address: who it is must still be known then. */
static void a_peer_that_waits_for_its_address_is_not_forgotten(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    p.end[0].cfg.echo_s = 1;
    p.end[0].address_pending = true;
    couple_start(&p);
    couple_run(&p, L2S_SECOND / 2);
    assert_int_equal(p.end[0].authenticated, 1);
    p.cut = true;
    couple_run(&p, 2 * L2S_SECOND);
    p.cut = p.end[0].address_pending = false;
    l2s_ppp_ask_addresses(p.end[0].ppp);
    couple_run(&p, 5 * L2S_SECOND);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(p.end[i].ups, 1);
    couple_down(&p);
}

static void a_lossy_line_still_comes_up(void **state)
{
    static const uint32_t methods[] = {L2S_AUTH_MSCHAPV2, L2S_AUTH_CHAP_MD5, L2S_AUTH_PAP,
                                       L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2, L2S_AUTH_EAP | L2S_AUTH_EAP_MD5};
    (void)state;

    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct couple p;
        couple_up(&p, methods[seed % 5], methods[seed % 5]);
        p.f.seed = seed;
        p.loss = 30;
        couple_start(&p);
        couple_run(&p, 59 * L2S_SECOND);
        if (!p.end[0].ups || !p.end[1].ups)
            fail_msg("seed %d", (int)seed);
        couple_down(&p);
    }
}

static void silence_is_questioned_and_ends_the_link(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    couple_run(&p, 3600 * L2S_SECOND); /* idle: echoes go and come */
    assert_int_equal(p.end[0].downs + p.end[1].downs, 0);
    p.loss = 100;
    couple_run(&p, 120 * L2S_SECOND);
    assert_int_equal(p.end[0].downs, 1);
    assert_int_equal(p.end[0].why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    couple_down(&p);
}

static void a_peer_that_never_answers_is_given_up(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
    p.cut = true;
    l2s_ppp_start(p.end[0].ppp);
    couple_run(&p, 60 * L2S_SECOND);
    assert_int_equal(p.end[0].downs, 1);
    assert_int_equal(p.end[0].why.cause, L2TPSEC_CAUSE_PEER_VANISHED);
    assert_true(p.end[0].sent >= 10);
    couple_down(&p);
}

/* The first request of Windows: MRU, magic, PFC, ACFC, callback, multilink, endpoint. */
static void callback_and_multilink_are_rejected_in_one_answer(void **state)
{
    static const uint8_t request[] = {0xff, 3, 0xc0, 0x21, 1, 0, 0,  28, 1, 4,    5, 0x78, 5,    6,    1, 2,
                                      3,    4, 7,    2,    8, 2, 13, 3,  6, 0x11, 4, 6,    0x4e, 0x13, 3, 0x17};
    static const uint8_t want[] = {13, 3, 6, 0x11, 4, 6, 0x4e, 0x13, 3, 0x17};
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    p.cut = true;
    l2s_ppp_start(p.end[0].ppp);
    assert_int_equal(couple_feed(&p.end[0], request, sizeof request), 0);
    const uint8_t *r = p.end[0].last;
    assert_int_equal(r[4], 4); /* Configure-Reject */
    assert_int_equal(r[5], 0);
    assert_int_equal(p.end[0].last_len, 8 + 10);
    assert_memory_equal(r + 8, want, 10);
    couple_down(&p);
}

static void unknown_protocols_are_rejected_but_not_without_end(void **state)
{
    static const uint8_t ipv6cp[] = {0xff, 3, 0x80, 0x57, 1, 1, 0, 4};
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    unsigned before = p.end[0].sent;
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(couple_feed(&p.end[0], ipv6cp, sizeof ipv6cp), L2TPSEC_DROP_UNKNOWN_PROTOCOL);
    assert_int_equal(p.end[0].sent, before + 10);
    assert_int_equal(p.end[0].last[4], 8);
    assert_memory_equal(p.end[0].last + 8, "\x80\x57", 2);
    couple_down(&p);
}

static void rejections_fit_the_peers_mru(void **state)
{
    static const struct {
        uint16_t mru;
        size_t protocol, code; /* lengths of the packets in which they come back */
    } cases[] = {{128, 128, 128}, {200, 200, 200}, {1500, 4 + 2 + 300, 4 + 300}};
    (void)state;

    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t protocol[4 + 300] = {0xff, 3, 0x80, 0x31, 1, 1, 1, 44};
        uint8_t code[4 + 300] = {0xff, 3, 0xc0, 0x21, 77, 1, 1, 44};
        struct couple p;
        couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
        p.end[1].cfg.mru = cases[i].mru;
        couple_start(&p);
        couple_run(&p, L2S_SECOND);
        couple_feed(&p.end[0], protocol, sizeof protocol);
        assert_int_equal(p.end[0].last[4], 8);
        assert_int_equal(p.end[0].last_len, 4 + cases[i].protocol);
        couple_feed(&p.end[0], code, sizeof code);
        assert_int_equal(p.end[0].last[4], 7);
        assert_int_equal(p.end[0].last_len, 4 + cases[i].code);
        couple_down(&p);
    }
}

/* Its Terminate-Request: magic, its mark, and the error its user sees */
static void say_goodbye(struct couple *p, uint32_t code)
{
    uint8_t frame[] = {0xff, 3, 0xc0, 0x21, 5, 9, 0, 16, 1, 2, 3, 4, 0x00, 0x3c, 0xcd, 0x74, 0, 0, 0, 0};

    l2s_put32(frame + sizeof frame - 4, code);
    assert_int_equal(couple_feed(&p->end[0], frame, sizeof frame), 0);
}

static void windows_reason_is_heard_at_any_time(void **state)
{
    static const uint32_t codes[] = {720, 691, 812, 0};
    (void)state;

    for (unsigned i = 0; i < 2 * L2S_COUNT_OF(codes); i++) {
        uint32_t code = codes[i / 2];
        bool early = i % 2; /* in mid-negotiation */
        struct couple p;
        couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
        p.cut = early;
        couple_start(&p);
        couple_run(&p, L2S_SECOND);
        p.cut = true;
        say_goodbye(&p, code);
        assert_int_equal(p.end[0].last[4], early && code ? 5 : 6);
        couple_run(&p, 5 * L2S_SECOND);
        bool ends = !early || code; /* a reasonless one in mid-negotiation is no end (RFC 1661, 4.1) */
        assert_int_equal(p.end[0].downs, ends);
        assert_int_equal(p.end[0].why.peer_code, code);
        assert_int_equal(p.end[0].why.cause, ends ? L2TPSEC_CAUSE_CLOSED_BY_PEER : L2TPSEC_CAUSE_NONE);
        couple_down(&p);
    }
}

struct heard {
    unsigned n;
    struct l2s_trace_record last;
};

static void hear_identification(void *user, const struct l2s_trace_record *rec)
{
    struct heard *h = user;

    if (rec->kind != L2S_TRACE_NOTE || strcmp(rec->a, "LCP Identification") != 0)
        return;
    h->n++;
    h->last = *rec;
}

static void identification_is_for_the_log_alone(void **state)
{
    static const struct {
        const char *words, *meaning;
    } cases[] = {{"MSRASV5.20", "Windows Vista or later"},
                 {"MSRASV5.10", "Windows XP or Server 2003"},
                 {"MSRASV5.00", "Windows 2000"},
                 {"MSRASV4.00", "Windows 9x or NT 4"},
                 {"MSRAS-0-ALICE", "Windows, its name"},
                 {"\x01\x02%s%n", "other words"},
                 {"", "other words"}};
    struct couple p;
    struct heard h = {0};
    (void)state;

    couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    p.f.sys.trace.sink = hear_identification;
    p.f.sys.trace.user = &h;
    unsigned sent = p.end[0].sent;
    for (unsigned i = 0; i < L2S_COUNT_OF(cases); i++) {
        uint8_t frame[64] = {0xff, 3, 0xc0, 0x21, 12, 1, 0, 0, 1, 2, 3, 4};
        size_t n = strlen(cases[i].words);
        memcpy(frame + 12, cases[i].words, n);
        frame[7] = (uint8_t)(8 + n);
        assert_int_equal(couple_feed(&p.end[0], frame, 12 + n), 0);
        assert_int_equal(h.n, i + 1);
        assert_string_equal(h.last.wing, "ppp");
        assert_string_equal(h.last.b, cases[i].meaning);
        assert_int_equal(h.last.value, n);
    }
    assert_int_equal(p.end[0].sent, sent); /* never answered, least of all by a Code-Reject */
    assert_int_equal(couple_feed(&p.end[0], (const uint8_t *)"\xff\x03\xc0\x21\x0c\x01\x00\x06\x01\x02", 10), 0);
    assert_int_equal(h.n, L2S_COUNT_OF(cases)); /* no magic number: no words */
    p.f.sys.trace.sink = NULL;
    couple_down(&p);
}

static void a_terminate_request_for_a_rejected_protocol_is_acknowledged(void **state)
{
    static const uint8_t request[] = {0xff, 3, 0x80, 0xfd, 1, 4, 0, 10, 18, 6, 0, 0, 0, 1};
    static const uint8_t terminate[] = {0xff, 3, 0x80, 0xfd, 5, 6, 0, 4};
    static const uint8_t acknowledged[] = {0x80, 0xfd, 6, 6, 0, 4};
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    couple_feed(&p.end[0], request, sizeof request);
    assert_int_equal(p.end[0].last[4], 8);
    couple_feed(&p.end[0], terminate, sizeof terminate);
    assert_memory_equal(p.end[0].last + p.end[0].last_len - sizeof acknowledged, acknowledged, sizeof acknowledged);
    couple_down(&p);
}

static void nothing_of_the_network_passes_before_ipcp(void **state)
{
    static const uint8_t ip[] = {0xff, 3, 0, 0x21, 0x45}, ipcp[] = {0xff, 3, 0x80, 0x21, 1, 1, 0, 4};
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_CHAP_MD5, L2S_AUTH_CHAP_MD5);
    p.end[0].pending = true;
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    unsigned before = p.end[0].sent;
    assert_int_equal(couple_feed(&p.end[0], ip, sizeof ip), L2TPSEC_DROP_PHASE);
    assert_int_equal(couple_feed(&p.end[0], ipcp, sizeof ipcp), L2TPSEC_DROP_PHASE);
    assert_int_equal(p.end[0].sent, before); /* and nothing is said about it */
    couple_down(&p);
}

static void every_truncation_and_much_rubbish_is_survived(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    couple_start(&p);
    couple_run(&p, L2S_SECOND);
    static const uint16_t protocols[] = {0xc021, 0x8021, 0xc023, 0xc223, 0x0021, 0x0057, 0x80fd};
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t frame[80], n;
        assert_int_equal(l2s_random(&p.f.sys, frame, sizeof frame), 0);
        n = frame[79] % 79;
        frame[0] = 0xff, frame[1] = 3;
        l2s_put16(frame + 2, protocols[frame[78] % 7]);
        frame[4] = frame[4] % 15;
        if (frame[77] & 1)
            l2s_put16(frame + 6, n > 4 ? (uint16_t)(n - 4) : 4);
        struct end *e = &p.end[frame[76] & 1];
        if (!e->downs)
            (void)couple_feed(e, frame, n);
        if (p.end[0].downs || p.end[1].downs) {
            couple_down(&p);
            couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
            p.f.seed = i;
            couple_start(&p);
            couple_run(&p, i % 2 * L2S_SECOND);
        }
    }
    couple_down(&p);
}

static void any_allocation_or_random_number_may_fail(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 40; n++) {
        struct couple p;
        couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
        p.f.fail_random_at = n % 2 ? n / 2 + 1 : 0;
        p.f.fail_alloc_at = n % 2 ? 0 : n / 2;
        p.end[1].password = n % 3 ? "wonderland" : "guess";
        couple_start(&p);
        couple_run(&p, 90 * L2S_SECOND);
        assert_true((p.end[0].ups && p.end[1].ups) || (p.end[0].downs == 1 && p.end[1].downs == 1));
        couple_down(&p);
    }
}

/* A server that hangs up while addresses are looked for looks for none any more. */
static void who_hangs_up_asks_for_no_addresses(void **state)
{
    struct couple p;
    (void)state;

    couple_up(&p, L2S_AUTH_MSCHAPV2, L2S_AUTH_MSCHAPV2);
    p.end[0].address_pending = true;
    couple_start(&p);
    couple_run(&p, 3 * L2S_SECOND);
    assert_int_equal(p.end[0].authenticated, 1);
    p.end[0].address_pending = false;
    p.cut = true;
    l2s_ppp_close(p.end[0].ppp);
    unsigned sent = p.end[0].sent;
    l2s_ppp_ask_addresses(p.end[0].ppp);
    assert_int_equal(p.end[0].sent, sent);
    assert_int_equal(l2s_ppp_addresses(p.end[0].ppp, &couple_given), L2TPSEC_ENOENT);
    assert_int_equal(p.end[0].sent, sent);
    couple_run(&p, 30 * L2S_SECOND);
    assert_int_equal(p.end[0].ups, 0);
    assert_int_equal(p.end[0].downs, 1);
    couple_down(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_brings_the_link_up_with_addresses),
        cmocka_unit_test(with_mppe_clear_packets_are_not_taken_any_more),
        cmocka_unit_test(closing_is_answered_and_leaves_no_timer),
        cmocka_unit_test(a_wrong_password_is_refused_by_every_method),
        cmocka_unit_test(methods_walk_down_only_to_what_both_allow),
        cmocka_unit_test(pap_where_chap_was_agreed_is_not_heard),
        cmocka_unit_test(answers_may_come_later),
        cmocka_unit_test(a_peer_that_waits_for_its_address_is_not_forgotten),
        cmocka_unit_test(a_lossy_line_still_comes_up),
        cmocka_unit_test(silence_is_questioned_and_ends_the_link),
        cmocka_unit_test(a_peer_that_never_answers_is_given_up),
        cmocka_unit_test(callback_and_multilink_are_rejected_in_one_answer),
        cmocka_unit_test(unknown_protocols_are_rejected_but_not_without_end),
        cmocka_unit_test(rejections_fit_the_peers_mru),
        cmocka_unit_test(windows_reason_is_heard_at_any_time),
        cmocka_unit_test(identification_is_for_the_log_alone),
        cmocka_unit_test(a_terminate_request_for_a_rejected_protocol_is_acknowledged),
        cmocka_unit_test(nothing_of_the_network_passes_before_ipcp),
        cmocka_unit_test(every_truncation_and_much_rubbish_is_survived),
        cmocka_unit_test(any_allocation_or_random_number_may_fail),
        cmocka_unit_test(who_hangs_up_asks_for_no_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
