/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Every bit of every protected message of a connect, and of data in both directions, is flipped: the altered copy comes first, then
 * the true one. No altered copy is answered, reported or delivered, and the connect goes on as if there had been none. With the real
 * cryptography: whether a flip is noticed depends on what it does to the other bits of its block. */
#include "pair/pair.h"

#include <string.h>

#define ISAKMP 28u
#define FLAGS_AT 19u
#define EXCHANGE_AT 18u
#define MAIN_MODE 2
#define INFORMATIONAL 5
#define ENCRYPTED 1

struct flips {
    bool busy, off;
    unsigned messages, answers, refused;
    uint64_t flipped;
    size_t proof_bit,
        proof_bits; /* which one of message 5, of so many: few forged ones are looked at in one exchange */
};

static struct host *who_gets(struct net *n, const l2tpsec_packet *p)
{
    for (size_t i = 0; i < n->n_hosts; i++)
        if (memcmp(n->host[i].address.ip, p->remote.ip, 4) == 0)
            return &n->host[i];
    return NULL;
}

/* The header of an IKE message; NULL: it is ESP. */
static const uint8_t *ike_of(const l2tpsec_packet *p)
{
    size_t marker = p->len > 4 && memcmp(p->data, "\0\0\0", 4) == 0 ? 4 : 0;

    if (p->transport == L2TPSEC_TRANSPORT_ESP || (!marker && p->remote.port != 500) || p->len < marker + ISAKMP)
        return NULL;
    return p->data + marker;
}

/* No hash covers the flags of an ISAKMP header: whoever changes one that means nothing to us has sent the same message. */
static bool means_nothing(const l2tpsec_packet *p, size_t bit)
{
    const uint8_t *ike = ike_of(p);

    return ike && p->data + bit / 8 == ike + FLAGS_AT && bit % 8 != 0;
}

/* Events but those of a stranger's refusal. */
static size_t said_of(const struct host *h)
{
    size_t refused = 0;

    assert_in_range(h->n_said, 0, NET_EVENTS);
    for (size_t i = 0; i < h->n_said; i++)
        refused += h->said[i].type == L2TPSEC_EVENT_REFUSED;
    return h->n_said - refused;
}

static void send_flipped(struct net *n, const l2tpsec_packet *p, size_t bit)
{
    struct flips *f = n->test;
    struct host *to = who_gets(n, p);
    size_t said = said_of(to), got = to->n_inbox;
    unsigned answers = f->answers;
    uint8_t copy[NET_PAYLOAD];
    l2tpsec_packet bad = *p;

    memcpy(copy, p->data, p->len);
    copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    bad.data = copy;
    bad.local = p->remote;
    bad.remote = p->local;
    bad.local.port = p->remote.port;
    f->busy = true;
    assert_int_equal(l2tpsec_input(to->ctx, &bad, 1, n->now), L2TPSEC_OK);
    f->busy = false;
    f->flipped++;
    if (f->answers != answers || said_of(to) != said || to->n_inbox != got)
        fail_msg("message %u of %zu bytes, bit %zu: %u answers, %zu events, %zu packets", f->messages, p->len, bit,
                 f->answers - answers, said_of(to) - said, to->n_inbox - got);
}

/* Whether it is padding, a payload's length or the hash that does not fit, the refusal is the same: it tells nothing of what came out
 * of the decryption (Vaudenay, 2002; Bleichenbacher, 1998). */
static void is_as_always(struct flips *f, const uint8_t *body, size_t n)
{
    static uint8_t first[256];
    static size_t first_n;

    if (!first_n) {
        assert_in_range(n, 1, sizeof first);
        memcpy(first, body, first_n = n);
    }
    assert_int_equal(n, first_n);
    assert_memory_equal(body, first, n);
    f->refused++;
}

static bool flip(struct net *n, l2tpsec_packet *p)
{
    struct flips *f = n->test;
    const uint8_t *ike = ike_of(p);

    if (f->busy) { /* an answer to an altered copy: a refusal of message 5 in clear text takes nothing for true */
        f->answers += !ike || ike[EXCHANGE_AT] != INFORMATIONAL || (ike[FLAGS_AT] & ENCRYPTED);
        if (f->proof_bit >= 8 * (ISAKMP + 4u) && ike)
            is_as_always(f, ike + ISAKMP, (size_t)(p->data + p->len - ike) - ISAKMP);
        return false;
    }
    if (f->off || (ike && !(ike[FLAGS_AT] & ENCRYPTED)))
        return true;
    f->messages++;
    if (ike && ike[EXCHANGE_AT] == MAIN_MODE && f->messages == 1) {
        f->proof_bits = 8 * p->len;
        if (f->proof_bit < f->proof_bits && !means_nothing(p, f->proof_bit))
            send_flipped(n, p, f->proof_bit);
        return true;
    }
    if (f->proof_bit) /* the others had their turn in the first connect */
        return true;
    for (size_t bit = 0; bit < 8 * p->len; bit++)
        if (!means_nothing(p, bit))
            send_flipped(n, p, bit);
    return true;
}

static void set_up(struct pair *p, struct flips *f, const char *ike, const char *encap)
{
    pair_setup(p, 7001);
    pair_set(p->cp, "ike.proposals", ike);
    pair_set(p->sp, "ike.proposals", ike);
    pair_set(p->cp, "esp.encap", encap);
    pair_listen(p);
    p->net.spy = flip;
    p->net.test = f;
}

static void send_both_ways(struct pair *p, const struct said *cs, const struct said *ss, unsigned n)
{
    size_t at_server = p->server->n_inbox, at_client = p->client->n_inbox;

    for (unsigned i = 0; i < n; i++) {
        (void)net_send(p->client, cs->link, &cs->address, &cs->peer_address, 60 + i, i);
        (void)net_send(p->server, ss->link, &ss->address, &ss->peer_address, 60 + i, i);
        net_run(&p->net, SECOND / 10);
    }
    assert_int_equal(p->server->n_inbox - at_server, n);
    assert_int_equal(p->client->n_inbox - at_client, n);
}

/* Message 5 is altered in one bit in this connect; in the first one all that follows is altered in all bits. */
static void connect_under(struct flips *f, const char *ike, const char *encap, bool data)
{
    struct said cs, ss;
    struct pair p;

    set_up(&p, f, ike, encap);
    uint64_t began = p.net.now;
    pair_up(&p, p.client, p.cp, &cs, &ss);
    if (p.net.now > began + 2 * SECOND)
        fail_msg("message 5, bit %zu: it took %llu ms", f->proof_bit, (unsigned long long)(p.net.now - began) / 1000);
    if (data)
        send_both_ways(&p, &cs, &ss, 10);
    f->off = true; /* the good-byes */
    net_fini(&p.net);
}

static void no_flipped_bit(const char *ike, const char *encap, bool every_proof)
{
    struct flips f = {0};
    uint64_t flipped = 0;
    unsigned refused = 0;

    connect_under(&f, ike, encap, true);
    assert_in_range(f.messages, 6 + 20, 200);
    flipped = f.flipped;
    for (size_t bit = 1; bit < f.proof_bits; bit += every_proof ? 1 : 37) {
        struct flips next = {.proof_bit = bit};
        connect_under(&next, ike, encap, false);
        f.proof_bits = next.proof_bits;
        flipped += next.flipped;
        refused += next.refused;
    }
    assert_true(refused > f.proof_bits / (every_proof ? 2 : 100));
    print_message("# %s: %llu bits, of %u messages\n", ike, (unsigned long long)flipped, f.messages);
}

static void no_flipped_bit_is_accepted_with_sha256(void **state)
{
    (void)state;
    no_flipped_bit("aes256-sha256-x25519", "auto", EVERY_PROOF);
}

static void no_flipped_bit_is_accepted_in_udp_with_sha1(void **state)
{
    (void)state;
    no_flipped_bit("aes128-sha1-x25519", "always", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_flipped_bit_is_accepted_with_sha256),
        cmocka_unit_test(no_flipped_bit_is_accepted_in_udp_with_sha1),
    };

    return cmocka_run_group_tests_name("flipped bits", tests, NULL, NULL);
}
