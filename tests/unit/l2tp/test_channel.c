/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "l2tp/channel.h"

#include <string.h>

/* One end of a control channel, and all it did. Messages are one byte long. */
struct bench {
    struct fake_sys f;
    struct l2s_l2tp_chan c;
    struct l2s_l2tp_header sent[512];
    uint8_t sent_byte[512];
    uint64_t sent_at[512];
    unsigned n_sent, n_zlb;
    uint8_t delivered[512];
    unsigned n_delivered, n_acked, n_dead;
    bool close_on_delivery;
};

static void emit(void *self, const uint8_t *p, size_t n)
{
    struct bench *b = self;

    assert_true(b->n_sent < 512);
    assert_int_equal(l2s_l2tp_header_get(p, n, &b->sent[b->n_sent]), 0);
    b->sent_byte[b->n_sent] = b->sent[b->n_sent].body.left ? b->sent[b->n_sent].body.p[0] : 0;
    b->sent_at[b->n_sent] = b->f.sys.now;
    b->n_zlb += l2s_rd_done(&b->sent[b->n_sent].body);
    b->n_sent++;
}

static void deliver(void *self, const struct l2s_l2tp_header *h)
{
    struct bench *b = self;

    b->delivered[b->n_delivered++] = h->body.p[0];
    if (b->close_on_delivery)
        l2s_l2tp_chan_fini(&b->c);
}

static void acked(void *self)
{
    ((struct bench *)self)->n_acked++;
}

static void dead(void *self)
{
    ((struct bench *)self)->n_dead++;
}

static void on_retransmit(void *self)
{
    l2s_l2tp_chan_retransmit(&((struct bench *)self)->c);
}

static void on_ack(void *self)
{
    l2s_l2tp_chan_acknowledge(&((struct bench *)self)->c);
}

static void setup(struct bench *b)
{
    static const struct l2s_l2tp_chan_ops ops = {.emit = emit, .deliver = deliver, .acked = acked, .dead = dead};

    memset(b, 0, sizeof *b);
    fake_sys_init(&b->f);
    assert_int_equal(l2s_timers_reserve(&b->f.sys.timers, L2S_L2TP_CHAN_TIMERS), L2TPSEC_OK);
    l2s_l2tp_chan_init(&b->c, &b->f.sys, &ops, b, on_retransmit, on_ack);
    b->c.peer_tunnel = 42;
}

static void done(struct bench *b)
{
    l2s_l2tp_chan_fini(&b->c);
    l2s_timers_release(&b->f.sys.timers, L2S_L2TP_CHAN_TIMERS);
    fake_rd_free();
    fake_sys_fini(&b->f);
}

static void queue(struct bench *b, uint8_t byte)
{
    assert_int_equal(l2s_l2tp_chan_send(&b->c, 9, &byte, 1, L2S_L2TP_BY_MESSAGE, NULL), L2TPSEC_OK);
}

static uint32_t recv(struct bench *b, uint16_t ns, uint16_t nr, uint8_t byte)
{
    struct l2s_l2tp_header h = {.control = true, .ns = ns, .nr = nr, .body = fake_rd_exact(&byte, 1)};

    return l2s_l2tp_chan_recv(&b->c, &h);
}

static void zlb(struct bench *b, uint16_t nr)
{
    struct l2s_l2tp_header h = {.control = true, .ns = b->c.nr, .nr = nr};

    assert_int_equal(l2s_l2tp_chan_recv(&b->c, &h), 0);
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static void slow_start_opens_the_window_with_each_acknowledgement(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    l2s_l2tp_chan_peer_window(&b.c, 4);
    for (uint8_t i = 0; i < 20; i++)
        queue(&b, i);
    assert_int_equal(b.n_sent, 1);
    zlb(&b, 1);
    assert_int_equal(b.n_sent, 3);
    zlb(&b, 2);
    zlb(&b, 3);
    assert_int_equal(b.n_sent, 7); /* four in flight: 3 to 6 */
    zlb(&b, 7);
    assert_int_equal(b.n_sent, 11);
    zlb(&b, 8);
    assert_int_equal(b.n_sent, 12); /* never more than the peer's window */
    assert_int_equal(b.c.cwnd, 4);
    for (unsigned i = 0; i < b.n_sent; i++) {
        assert_int_equal(b.sent[i].ns, i);
        assert_int_equal(b.sent[i].tunnel, 42);
        assert_int_equal(b.sent[i].session, 9);
        assert_int_equal(b.sent_byte[i], i);
    }
    assert_int_equal(b.n_acked, 5);
    for (uint16_t nr = 9; nr <= 16; nr++)
        zlb(&b, nr);
    assert_int_equal(b.c.cwnd, 4);
    done(&b);
}

static void a_window_of_zero_is_taken_for_one(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    l2s_l2tp_chan_peer_window(&b.c, 0);
    for (uint8_t i = 0; i < 5; i++)
        queue(&b, i);
    assert_int_equal(b.n_sent, 1);
    for (uint16_t nr = 1; nr < 5; nr++) {
        zlb(&b, nr);
        assert_int_equal(b.n_sent, nr + 1);
    }
    done(&b);
}

static void a_lost_message_is_repeated_with_back_off_and_an_up_to_date_nr(void **state)
{
    struct bench b;
    static const uint64_t after[] = {0,       1000000,  2250000,  3812500,  5765625,
                                     8207031, 11258788, 15073484, 19841854, 25802316}; /* in the end 8 s apart */
    (void)state;

    setup(&b);
    queue(&b, 'a');
    uint64_t start = b.f.sys.now;
    fake_advance(&b.f, 300 * L2S_MS);
    assert_int_equal(recv(&b, 0, 0, 'x'), 0);
    fake_advance(&b.f, 60 * L2S_SECOND);
    unsigned i = 0;
    for (unsigned k = 0; k < b.n_sent; k++) {
        if (!b.sent_byte[k])
            continue; /* the acknowledgement of x */
        assert_true(i < L2S_COUNT_OF(after));
        assert_true(b.sent_at[k] == start + after[i]);
        assert_int_equal(b.sent[k].ns, 0);
        assert_int_equal(b.sent[k].nr, i ? 1 : 0);
        i++;
    }
    assert_int_equal(i, L2S_COUNT_OF(after)); /* once and nine times again */
    assert_int_equal(b.n_dead, 1);
    assert_int_equal(b.f.sys.timers.n, 0);
    assert_int_equal(l2s_l2tp_chan_send(&b.c, 0, (const uint8_t *)"x", 1, L2S_L2TP_BY_MESSAGE, NULL), L2TPSEC_ERANGE);
    done(&b);
}

static void send_as(struct bench *b, uint8_t byte, enum l2s_l2tp_answer answer)
{
    assert_int_equal(l2s_l2tp_chan_send(&b->c, 9, &byte, 1, answer, NULL), L2TPSEC_OK);
}

/* RFC 2661, 5.8; Windows takes 500 ms for its acknowledgements (MaxAckDelayMs). */
static void a_mere_acknowledgement_is_waited_for_for_a_second(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    b.c.retry_first = b.c.retry = 500 * L2S_MS;
    send_as(&b, 'h', L2S_L2TP_BY_ACK);
    fake_advance(&b.f, 600 * L2S_MS);
    zlb(&b, 1);
    assert_int_equal(b.n_sent, 1);
    fake_advance(&b.f, 10 * L2S_SECOND);
    assert_int_equal(b.n_sent, 1);

    send_as(&b, 'h', L2S_L2TP_BY_ACK);
    fake_advance(&b.f, 999 * L2S_MS);
    assert_int_equal(b.n_sent, 2);
    fake_advance(&b.f, 2 * L2S_MS);
    assert_int_equal(b.n_sent, 3);
    fake_advance(&b.f, 998 * L2S_MS); /* the back-off, 889 ms by now, is not shorter */
    assert_int_equal(b.n_sent, 3);
    fake_advance(&b.f, 2 * L2S_MS);
    assert_int_equal(b.n_sent, 4);
    done(&b);
}

static void an_answer_is_waited_for_no_longer_than_is_set(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    b.c.retry_first = b.c.retry = 500 * L2S_MS;
    send_as(&b, 'q', L2S_L2TP_BY_MESSAGE);
    fake_advance(&b.f, 501 * L2S_MS);
    assert_int_equal(b.n_sent, 2);
    zlb(&b, 1);

    send_as(&b, 'c', L2S_L2TP_BY_ACK); /* SCCCN, and behind it ICRQ: ICRP acknowledges both */
    fake_advance(&b.f, 100 * L2S_MS);
    send_as(&b, 'i', L2S_L2TP_BY_MESSAGE);
    assert_int_equal(b.n_sent, 4);
    fake_advance(&b.f, 501 * L2S_MS);
    assert_int_equal(b.n_sent, 5);
    assert_int_equal(b.sent_byte[4], 'c');
    fake_advance(&b.f, 667 * L2S_MS); /* the second was sent before, too, and may wait there for the first */
    assert_int_equal(b.n_sent, 6);
    done(&b);
}

static void traffic_tells_that_the_last_message_arrived(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    b.c.retry_first = b.c.retry = 500 * L2S_MS;
    send_as(&b, 'n', L2S_L2TP_BY_DATA); /* ICCN, lost: the peer does not begin */
    fake_advance(&b.f, 501 * L2S_MS);
    assert_int_equal(b.n_sent, 2);
    zlb(&b, 1);

    b.c.traffic = true; /* of another session, before */
    send_as(&b, 'n', L2S_L2TP_BY_DATA);
    assert_false(b.c.traffic);
    fake_advance(&b.f, 20 * L2S_MS);
    b.c.traffic = true;
    fake_advance(&b.f, 500 * L2S_MS);
    assert_int_equal(b.n_sent, 3);
    fake_advance(&b.f, 481 * L2S_MS);
    assert_int_equal(b.n_sent, 4);
    done(&b);
}

static void a_timeout_shrinks_the_window_to_one_and_starts_over(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    l2s_l2tp_chan_peer_window(&b.c, 8);
    for (uint8_t i = 0; i < 12; i++)
        queue(&b, i);
    for (uint16_t nr = 1; nr <= 4; nr++)
        zlb(&b, nr);
    assert_int_equal(b.c.cwnd, 5);
    assert_int_equal(b.n_sent, 9); /* 4 to 8 in flight */
    fake_advance(&b.f, L2S_SECOND);
    assert_int_equal(b.n_sent, 10); /* only 4 again */
    assert_int_equal(b.sent[9].ns, 4);
    assert_int_equal(b.c.cwnd, 1);
    assert_int_equal(b.c.ssthresh, 2);
    zlb(&b, 5);
    assert_int_equal(b.n_sent, 12); /* 5 and 6, which were lost as well */
    assert_int_equal(b.sent[11].ns, 6);
    zlb(&b, 9); /* no: 5 to 8 had arrived */
    assert_int_equal(b.sent[12].ns, 9);
    assert_int_equal(b.c.retry, L2S_SECOND); /* the back-off is over */
    done(&b);
}

static void an_nr_for_what_was_never_sent_is_ignored(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    for (uint8_t i = 0; i < 3; i++)
        queue(&b, i);
    zlb(&b, 2); /* only 0 was sent */
    zlb(&b, 3);
    zlb(&b, 0xffff);
    assert_int_equal(b.n_acked, 0);
    assert_int_equal(b.c.queued, 3);
    zlb(&b, 1);
    assert_int_equal(b.n_acked, 1);
    zlb(&b, 1); /* again: nothing new */
    zlb(&b, 0);
    assert_int_equal(b.n_acked, 1);
    done(&b);
}

static void numbers_wrap_at_65536(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    b.c.ns = b.c.una = b.c.next = b.c.sent = 65533;
    b.c.nr = 65534;
    l2s_l2tp_chan_peer_window(&b.c, 8);
    b.c.cwnd = 8;
    for (uint8_t i = 1; i <= 6; i++)
        queue(&b, i);
    assert_int_equal(b.n_sent, 6);
    assert_int_equal(b.sent[5].ns, 2);
    zlb(&b, 1);
    assert_int_equal(b.c.queued, 2);
    assert_true(l2s_l2tp_chan_has_acked(&b.c, 65535));
    assert_true(l2s_l2tp_chan_has_acked(&b.c, 0));
    assert_false(l2s_l2tp_chan_has_acked(&b.c, 1));

    assert_int_equal(recv(&b, 0, 1, 'c'), 0); /* early, over the edge */
    assert_int_equal(recv(&b, 65534, 1, 'a'), 0);
    assert_int_equal(recv(&b, 65535, 1, 'b'), 0);
    assert_int_equal(recv(&b, 1, 1, 'd'), 0);
    assert_int_equal(b.n_delivered, 4);
    assert_memory_equal(b.delivered, "abcd", 4);
    assert_int_equal(recv(&b, 65535, 1, 'b'), L2TPSEC_DROP_DUPLICATE);
    done(&b);
}

static void the_queue_is_bounded(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    for (unsigned i = 0; i < L2S_L2TP_QUEUE_MAX; i++)
        queue(&b, 'x');
    assert_int_equal(l2s_l2tp_chan_send(&b.c, 0, (const uint8_t *)"x", 1, L2S_L2TP_BY_MESSAGE, NULL), L2TPSEC_ERANGE);
    zlb(&b, 1);
    queue(&b, 'y');
    done(&b);
}

static void a_patient_channel_does_not_die_while_the_peer_is_heard(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    b.c.patient = true;
    b.c.retries = 3;
    queue(&b, 'h');
    for (int i = 0; i < 100; i++) { /* data flows, the Hello goes unanswered: mtpd, and Apple under load */
        fake_advance(&b.f, L2S_SECOND);
        b.c.heard = b.f.sys.now;
    }
    assert_int_equal(b.n_dead, 0);
    assert_true(b.n_sent > 10);
    fake_advance(&b.f, 60 * L2S_SECOND); /* and then nothing at all */
    assert_int_equal(b.n_dead, 1);
    done(&b);
}

static void the_farewell_is_not_held_back_by_congestion(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    l2s_l2tp_chan_peer_window(&b.c, 4);
    queue(&b, 'h');
    fake_advance(&b.f, 8 * L2S_SECOND); /* the next repetition is more than two seconds off */
    unsigned before = b.n_sent;
    queue(&b, 'c');
    queue(&b, 's');
    assert_int_equal(b.n_sent, before);
    l2s_l2tp_chan_hurry(&b.c);
    assert_int_equal(b.n_sent, before + 2);
    fake_advance(&b.f, L2S_SECOND);
    assert_int_equal(b.n_sent, before + 3);
    assert_int_equal(b.sent_byte[b.n_sent - 1], 'h');
    done(&b);
}

/* ---- receiving ------------------------------------------------------------------------------------------------- */

static void a_burst_gets_one_zlb_within_a_tenth_of_a_second(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    for (uint16_t i = 0; i < 5; i++)
        assert_int_equal(recv(&b, i, 0, (uint8_t)('a' + i)), 0);
    assert_int_equal(b.n_sent, 0);
    uint64_t before = b.f.sys.now;
    fake_advance(&b.f, 100 * L2S_MS);
    assert_int_equal(b.n_sent, 1);
    assert_int_equal(b.n_zlb, 1);
    assert_int_equal(b.sent[0].nr, 5);
    assert_int_equal(b.sent[0].ns, 0);
    assert_int_equal(b.sent[0].session, 0);
    assert_true(b.sent_at[0] - before <= 100 * L2S_MS);
    fake_advance(&b.f, 10 * L2S_SECOND);
    assert_int_equal(b.n_sent, 1);
    done(&b);
}

static void a_message_carries_the_acknowledgement_instead_of_a_zlb(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    queue(&b, 'r');
    assert_int_equal(b.sent[0].nr, 1);
    fake_advance(&b.f, 500 * L2S_MS);
    assert_int_equal(b.n_zlb, 0);
    done(&b);
}

static void a_zlb_is_never_answered(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    for (uint16_t ns = 0; ns < 100; ns++) {
        struct l2s_l2tp_header h = {.control = true, .ns = ns, .nr = ns};
        assert_int_equal(l2s_l2tp_chan_recv(&b.c, &h), 0);
    }
    fake_advance(&b.f, 10 * L2S_SECOND);
    assert_int_equal(b.n_sent, 0);
    assert_int_equal(b.c.nr, 0); /* takes no number */
    done(&b);
}

static void a_zlb_has_the_number_of_the_next_message(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    for (uint8_t i = 0; i < 4; i++)
        queue(&b, i); /* one is sent, three wait for the window */
    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    fake_advance(&b.f, 100 * L2S_MS);
    assert_int_equal(b.n_zlb, 1);
    assert_int_equal(b.sent[1].ns, 1);
    done(&b);
}

static void a_duplicate_is_acknowledged_again_but_not_delivered(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    fake_advance(&b.f, 100 * L2S_MS);
    for (int i = 0; i < 20; i++)
        assert_int_equal(recv(&b, 0, 0, 'a'), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(recv(&b, 0x8001, 0, 'z'), L2TPSEC_DROP_DUPLICATE); /* the far end of the half circle (5.8) */
    fake_advance(&b.f, 100 * L2S_MS);
    assert_int_equal(b.n_zlb, 2); /* one for the storm */
    assert_int_equal(b.sent[1].nr, 1);
    assert_int_equal(b.n_delivered, 1);
    done(&b);
}

static void messages_out_of_order_are_held_and_delivered_in_order(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    assert_int_equal(recv(&b, 3, 0, 'd'), 0);
    assert_int_equal(recv(&b, 1, 0, 'b'), 0);
    assert_int_equal(recv(&b, 2, 0, 'c'), 0);
    assert_int_equal(recv(&b, 2, 0, 'c'), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(b.n_delivered, 0);
    fake_advance(&b.f, L2S_SECOND);
    assert_int_equal(b.n_sent, 0); /* nothing new to acknowledge: no storm (xl2tpd, issue 89) */
    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    assert_int_equal(b.n_delivered, 4);
    assert_memory_equal(b.delivered, "abcd", 4);
    fake_advance(&b.f, L2S_SECOND);
    assert_int_equal(b.n_zlb, 1);
    assert_int_equal(b.sent[0].nr, 4);
    done(&b);
}

static void no_more_is_held_than_our_window(void **state)
{
    struct bench b;
    uint8_t big[L2S_L2TP_HOLD_BYTES + 1] = {1};
    (void)state;

    setup(&b);
    b.c.window = 4;
    for (uint16_t ns = 1; ns < 4; ns++)
        assert_int_equal(recv(&b, ns, 0, 'x'), 0);
    assert_int_equal(recv(&b, 4, 0, 'x'), L2TPSEC_DROP_UNEXPECTED);
    assert_int_equal(recv(&b, 0x7fff, 0, 'x'), L2TPSEC_DROP_UNEXPECTED);
    size_t held = b.f.sys.mem.held;
    for (int i = 0; i < 1000; i++)
        (void)recv(&b, (uint16_t)(1 + i % 3), 0, 'x');
    assert_int_equal(b.f.sys.mem.held, held);

    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    struct l2s_l2tp_header h = {.control = true, .ns = 5, .body = fake_rd_exact(big, sizeof big)};
    assert_int_equal(l2s_l2tp_chan_recv(&b.c, &h), L2TPSEC_DROP_TOO_BIG);
    h.body = fake_rd_exact(big, sizeof big - 1);
    assert_int_equal(l2s_l2tp_chan_recv(&b.c, &h), 0);
    h.ns = 4; /* in its turn a longer one is as good as any */
    h.body = fake_rd_exact(big, sizeof big);
    assert_int_equal(l2s_l2tp_chan_recv(&b.c, &h), 0);
    assert_int_equal(b.n_delivered, 6);
    done(&b);
}

static void without_memory_to_hold_a_message_it_comes_again(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    b.f.fail_alloc_at = 1;
    assert_int_equal(recv(&b, 1, 0, 'b'), L2TPSEC_DROP_NO_MEMORY);
    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    assert_int_equal(b.n_delivered, 1);
    assert_int_equal(recv(&b, 1, 0, 'b'), 0);
    assert_int_equal(b.n_delivered, 2);
    b.f.fail_alloc_at = 1;
    assert_int_equal(l2s_l2tp_chan_send(&b.c, 0, (const uint8_t *)"x", 1, L2S_L2TP_BY_MESSAGE, NULL), L2TPSEC_ENOMEM);
    assert_int_equal(b.c.ns, 0); /* no number is lost */
    done(&b);
}

static void a_closed_channel_acknowledges_but_delivers_nothing(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    queue(&b, 'q');
    assert_int_equal(recv(&b, 1, 0, 'h'), 0);
    l2s_l2tp_chan_close(&b.c);
    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    assert_int_equal(recv(&b, 0, 0, 'a'), L2TPSEC_DROP_DUPLICATE);
    assert_int_equal(b.n_delivered, 0);
    fake_advance(&b.f, 100 * L2S_SECOND);
    assert_int_equal(b.n_zlb, 1);
    assert_int_equal(b.n_sent, 2); /* q, once, and the ZLB */
    assert_int_equal(b.n_dead, 0);
    done(&b);
}

static void a_channel_that_ends_in_a_delivery_leaves_the_rest(void **state)
{
    struct bench b;
    (void)state;

    setup(&b);
    b.close_on_delivery = true;
    assert_int_equal(recv(&b, 1, 0, 'b'), 0);
    assert_int_equal(recv(&b, 2, 0, 'c'), 0);
    assert_int_equal(recv(&b, 0, 0, 'a'), 0);
    assert_int_equal(b.n_delivered, 1);
    fake_advance(&b.f, 10 * L2S_SECOND);
    assert_int_equal(b.n_sent, 0);
    done(&b);
}

/* Appendix A: from the threshold on, one more for each window that was acknowledged. */
static void behind_the_threshold_the_window_grows_slowly(void **state)
{
    static const uint16_t windows[] = {2, 2, 3, 3, 3, 4, 4};
    struct bench b;
    (void)state;

    setup(&b);
    l2s_l2tp_chan_peer_window(&b.c, 8);
    for (uint8_t i = 0; i < 40; i++)
        queue(&b, i);
    for (uint16_t nr = 1; nr <= 4; nr++)
        zlb(&b, nr);
    fake_advance(&b.f, L2S_SECOND);
    assert_int_equal(b.c.cwnd, 1);
    for (uint16_t i = 0; i < L2S_COUNT_OF(windows); i++) {
        zlb(&b, (uint16_t)(5 + i));
        assert_int_equal(b.c.cwnd, windows[i]);
    }
    done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_start_opens_the_window_with_each_acknowledgement),
        cmocka_unit_test(a_window_of_zero_is_taken_for_one),
        cmocka_unit_test(a_lost_message_is_repeated_with_back_off_and_an_up_to_date_nr),
        cmocka_unit_test(a_mere_acknowledgement_is_waited_for_for_a_second),
        cmocka_unit_test(an_answer_is_waited_for_no_longer_than_is_set),
        cmocka_unit_test(traffic_tells_that_the_last_message_arrived),
        cmocka_unit_test(a_timeout_shrinks_the_window_to_one_and_starts_over),
        cmocka_unit_test(an_nr_for_what_was_never_sent_is_ignored),
        cmocka_unit_test(numbers_wrap_at_65536),
        cmocka_unit_test(the_queue_is_bounded),
        cmocka_unit_test(a_patient_channel_does_not_die_while_the_peer_is_heard),
        cmocka_unit_test(the_farewell_is_not_held_back_by_congestion),
        cmocka_unit_test(a_burst_gets_one_zlb_within_a_tenth_of_a_second),
        cmocka_unit_test(a_message_carries_the_acknowledgement_instead_of_a_zlb),
        cmocka_unit_test(a_zlb_is_never_answered),
        cmocka_unit_test(a_zlb_has_the_number_of_the_next_message),
        cmocka_unit_test(a_duplicate_is_acknowledged_again_but_not_delivered),
        cmocka_unit_test(messages_out_of_order_are_held_and_delivered_in_order),
        cmocka_unit_test(no_more_is_held_than_our_window),
        cmocka_unit_test(without_memory_to_hold_a_message_it_comes_again),
        cmocka_unit_test(a_closed_channel_acknowledges_but_delivers_nothing),
        cmocka_unit_test(a_channel_that_ends_in_a_delivery_leaves_the_rest),
        cmocka_unit_test(behind_the_threshold_the_window_grows_slowly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
