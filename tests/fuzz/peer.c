/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "fuzz/peer.h"

#include "fuzz/script.h"
#include "fuzz/sealed.h"

#define RECORDS_MOST 400
#define PEERS 4
#define ASKED_MAX 256
#define ASKED 4 /* protocols whose last request is remembered */

enum { ISAKMP_HEADER = 28, EXCHANGE_QUICK = 32, PT_FRAGMENT = 132, FLAG_ENCRYPTED = 1, L2TP_PORTS = 1701 << 16 | 1701 };

struct asked { /* the server's last request of a protocol: code, id, length, options */
    uint16_t protocol;
    size_t n;
    uint8_t p[ASKED_MAX];
};

struct peer {
    l2tpsec_addr at;
    uint8_t icookie[8], rcookie[8];
    uint32_t salt; /* of message ids: the same message may begin another exchange */
    bool marked;   /* it floated, whatever the script says */
    bool proven;   /* it may have been */
    size_t pieces; /* bytes of messages in pieces: the last one is answered for all */
    size_t next;   /* line of the script */
    uint32_t spi, seq;
    bool encap;
    uint16_t tunnel, session, ns, nr;
    struct asked asked[ASKED];
    struct asked given; /* what IPCP was told to ask for */
    uint8_t challenge;  /* the id of the last one */
};

struct play {
    struct scene scene;
    struct host *server;
    const struct script *script;
    struct seal seal;
    struct peer peer[PEERS];
    struct peer *now;
    struct record last;
};

static const uint8_t shapes[PEER_OPS] = {
    [PEER_SAY] = SHAPE_EDITS, [PEER_CHAIN] = SHAPE_CHAIN, [PEER_AVPS] = SHAPE_AVPS,       [PEER_FRAME] = SHAPE_PPP,
    [PEER_L2TP] = SHAPE_L2TP, [PEER_RAW] = SHAPE_ISAKMP,  [PEER_FRAGMENTS] = SHAPE_EDITS, [PEER_ANSWER] = SHAPE_EDITS,
};

const struct grammar peer_grammar = {.setup = SETUP_BYTES, .ops = PEER_OPS, .shape = shapes};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* ---- what the server says ---- */

/* The SPI of its ESP proposal. */
static void hear_quick(struct peer *p, const uint8_t *m, size_t n)
{
    uint8_t type = m[16];

    for (size_t at = ISAKMP_HEADER; type && n - at >= 4;) {
        size_t size = get16(m + at + 2);
        if (size < 4 || size > n - at)
            return;
        if (type == 1 && size >= 24 && m[at + 18] == 4) {
            p->spi = get32(m + at + 20);
            p->seq = 0;
            return;
        }
        type = m[at];
        at += size;
    }
}

static void hear_ike(struct peer *p, const uint8_t *m, size_t n)
{
    if (n < ISAKMP_HEADER || memcmp(m, p->icookie, 8) != 0)
        return;
    memcpy(p->rcookie, m + 8, 8);
    if (m[18] == EXCHANGE_QUICK)
        hear_quick(p, m, n);
}

static void hear_frame(struct peer *p, const uint8_t *f, size_t n)
{
    if (n >= 2 && f[0] == 0xff && f[1] == 3) {
        f += 2;
        n -= 2;
    }
    if (n < 6 || get16(f) < 0x8000)
        return;
    uint16_t protocol = get16(f);
    size_t size = get16(f + 4);
    if (protocol == 0xc223 || protocol == 0xc227)
        p->challenge = f[3];
    if (f[2] == 3 && protocol == 0x8021 && size <= n - 2 && size <= ASKED_MAX) {
        p->given.n = size;
        memcpy(p->given.p, f + 2, size);
    }
    if (f[2] != 1 || protocol == 0xc223 || protocol == 0xc227 || size > n - 2 || size > ASKED_MAX)
        return;
    struct asked *a = &p->asked[protocol == 0xc021 ? 0 : protocol == 0x8021 ? 1 : protocol == 0x8057 ? 2 : 3];
    a->protocol = protocol;
    a->n = size;
    memcpy(a->p, f + 2, size);
}

static void hear_l2tp(struct peer *p, const uint8_t *m, size_t n)
{
    if (n < 12 || !(m[0] & 0x80)) {
        size_t head = n < 1 ? 0 : (m[0] & 0x40 ? 8u : 6u) + (m[0] & 8 ? 4u : 0);
        if (head && n > head)
            hear_frame(p, m + head, n - head);
        return;
    }
    if (n > 12)
        p->nr = (uint16_t)(get16(m + 8) + 1);
    for (size_t at = 12; n - at >= 6;) {
        size_t size = get16(m + at) & 0x3ff;
        if (size < 6 || size > n - at)
            return;
        if (size == 8 && get16(m + at + 4) == 9)
            p->tunnel = get16(m + at + 6);
        if (size == 8 && get16(m + at + 4) == 14)
            p->session = get16(m + at + 6);
        at += size;
    }
}

static void listen_all(struct play *t, bool answers)
{
    static const uint8_t marker[4];

    for (; t->scene.n; scene_unwire(&t->scene, 0)) {
        const struct datagram *d = scene_wire(&t->scene, 0);
        struct peer *p = NULL;
        size_t at, len;
        for (size_t i = 0; i < PEERS; i++)
            if (t->peer[i].at.ip[3] == d->pkt.remote.ip[3])
                p = &t->peer[i];
        if (!p)
            continue;
        FUZZ_CHECK(answers || p->proven); /* nothing is repeated for who has not shown himself */
        bool marked = d->pkt.local.port == 4500 && d->pkt.len >= 4 && memcmp(d->bytes, marker, 4) == 0;
        if (d->pkt.local.port == 500 || marked)
            hear_ike(p, d->bytes + (marked ? 4 : 0), d->pkt.len - (marked ? 4 : 0));
        else if (sealed_find(&t->seal, d->bytes, d->pkt.len, &at, &len))
            hear_l2tp(p, d->bytes + at, len);
    }
}

/* ---- what a peer says ---- */

static void send(struct play *t, bool esp, bool marked, const uint8_t *p, size_t n)
{
    l2tpsec_packet as = {.local = t->server->at, .remote = t->now->at};

    as.transport = esp && !marked ? L2TPSEC_TRANSPORT_ESP : L2TPSEC_TRANSPORT_UDP;
    as.local.port = as.transport == L2TPSEC_TRANSPORT_ESP ? 0 : marked ? 4500 : 500;
    as.remote.port = as.transport == L2TPSEC_TRANSPORT_ESP ? 0 : (uint16_t)(as.local.port + t->now->at.port);
    scene_input(t->server, &as, p, n);
    if (!t->now->proven) { /* nobody is to be flooded by us who did not ask for it */
        FUZZ_CHECK(t->server->sent <= 1);
        FUZZ_CHECK(t->server->sent_bytes <= 2 * (n + t->now->pieces));
    }
    listen_all(t, true);
}

static void send_ike(struct play *t, bool marked, const uint8_t *m, size_t n)
{
    static uint8_t whole[4 + SCENE_BYTES];

    if (n > SCENE_BYTES)
        return;
    if (n >= 20 && m[19] & FLAG_ENCRYPTED)
        t->now->proven = true;
    if (n >= 20 && m[18] == 4 && get32(m + 8))
        t->now->proven = true; /* the third of aggressive mode need not be encrypted */
    memset(whole, 0, 4);
    if (n)
        memcpy(whole + 4, m, n);
    marked = marked || t->now->marked;
    send(t, false, marked, marked ? whole : whole + 4, marked ? n + 4 : n);
}

static void send_l2tp(struct play *t, const uint8_t *m, size_t n)
{
    static uint8_t esp[SCENE_BYTES];

    if (!t->now->spi)
        return;
    n = sealed_make(&t->seal, t->now->spi, ++t->now->seq, L2TP_PORTS, m, n, esp, sizeof esp);
    if (n)
        send(t, true, t->now->encap, esp, n);
}

/* An address that is asked for is the one that was offered. */
static void fit_addresses(const struct asked *given, uint8_t *options, size_t n)
{
    static const uint8_t none[4];

    for (size_t at = 0; n - at >= 6 && options[at + 1] == 6; at += 6)
        for (size_t o = 4; o + 6 <= given->n; o += 6)
            if (given->p[o] == options[at] && memcmp(options + at + 2, none, 4) != 0)
                memcpy(options + at, given->p + o, 6);
}

/* The ids of PPP's answers are those of the questions, and what is acknowledged is what was asked. */
static size_t fit_frame(const struct peer *p, uint8_t *f, size_t n, size_t cap)
{
    size_t at = n >= 2 && f[0] == 0xff && f[1] == 3 ? 2 : 0;

    if (n < at + 6)
        return n;
    uint16_t protocol = get16(f + at);
    if (protocol == 0x8021 && f[at + 2] == 1)
        fit_addresses(&p->given, f + at + 6, n - at - 6);
    if ((protocol == 0xc223 || protocol == 0xc227) && f[at + 2] == 2)
        f[at + 3] = p->challenge;
    for (size_t i = 0; i < ASKED && f[at + 2] == 2; i++) {
        if (p->asked[i].protocol != protocol || at + 2 + p->asked[i].n > cap)
            continue;
        memcpy(f + at + 2, p->asked[i].p, p->asked[i].n);
        f[at + 2] = 2;
        return at + 2 + p->asked[i].n;
    }
    return n;
}

static void fit_control(struct peer *p, uint8_t *m, size_t n)
{
    if (get16(m + 4))
        l2s_put16(m + 4, p->tunnel);
    if (get16(m + 6))
        l2s_put16(m + 6, p->session);
    l2s_put16(m + 8, p->ns);
    l2s_put16(m + 10, p->nr);
    if (n > 12)
        p->ns++;
}

static size_t fit_data(struct peer *p, uint8_t *m, size_t n, size_t cap)
{
    size_t ids = m[0] & 0x40 ? 4 : 2, head = ids + 4 + (m[0] & 8 ? 4u : 0);

    if (n < head)
        return n;
    l2s_put16(m + ids, p->tunnel);
    l2s_put16(m + ids + 2, p->session);
    n = head + fit_frame(p, m + head, n - head, cap - head);
    if (m[0] & 0x40)
        l2s_put16(m + 2, (uint16_t)n);
    return n;
}

static void fit_ike(const struct peer *p, uint8_t *m, size_t n)
{
    for (size_t at = ISAKMP_HEADER; at + 16 <= n; at++) { /* notifications and deletes name the SA */
        if (memcmp(m + at, m, 16) == 0) {
            memcpy(m + at, p->icookie, 8);
            memcpy(m + at + 8, p->rcookie, 8);
        }
    }
    memcpy(m, p->icookie, 8);
    if (get32(m + 8) || get32(m + 12))
        memcpy(m + 8, p->rcookie, 8);
    if (get32(m + 20))
        l2s_put32(m + 20, get32(m + 20) ^ p->salt);
}

/* A line of the script as this peer would say it, then changed; its bytes. */
static size_t prepare(struct play *t, const struct line *l, const uint8_t *edits, size_t edits_len, uint8_t *m,
                      size_t cap)
{
    size_t n = l->n;

    memcpy(m, l->p, n);
    if (l->ike)
        fit_ike(t->now, m, n);
    else if (m[0] & 0x80)
        fit_control(t->now, m, n);
    else
        n = fit_data(t->now, m, n, cap);
    return structure_edit(l->ike ? SHAPE_ISAKMP : SHAPE_L2TP, m, n, cap, edits, edits_len);
}

static void say(struct play *t, size_t which, const uint8_t *edits, size_t edits_len)
{
    static uint8_t m[SCENE_BYTES];
    const struct line *l = &t->script->line[which % t->script->n];
    size_t n = prepare(t, l, edits, edits_len, m, sizeof m - 512);

    if (l->ike)
        send_ike(t, l->marked, m, n);
    else
        send_l2tp(t, m, n);
}

static void go_on(struct play *t, size_t until)
{
    while (t->now->next < until && t->now->next < t->script->n)
        say(t, t->now->next++, NULL, 0);
}

static void say_in_pieces(struct play *t, const struct record *r)
{
    static uint8_t m[SCENE_BYTES], piece[SCENE_BYTES];
    const struct line *l = &t->script->line[r->arg % t->script->n];
    size_t n = l->ike ? prepare(t, l, r->body, r->n, m, sizeof m - 512) : 0;
    size_t each = 16 + (r->n ? r->body[0] : 0) % 128u;

    if (n < ISAKMP_HEADER)
        return;
    for (size_t at = 0, number = 1; at < n; at += each, number++) {
        struct l2s_wr w = l2s_wr_init(piece, sizeof piece);
        size_t here = n - at < each ? n - at : each;
        l2s_wr_bytes(&w, m, ISAKMP_HEADER);
        piece[16] = PT_FRAGMENT;
        piece[19] = 0;
        l2s_put32(piece + 24, (uint32_t)(ISAKMP_HEADER + 8 + here));
        l2s_wr_u16(&w, 0);
        l2s_wr_u16(&w, (uint16_t)(8 + here));
        l2s_wr_u16(&w, 1);
        l2s_wr_u8(&w, (uint8_t)number);
        l2s_wr_u8(&w, at + here == n);
        l2s_wr_bytes(&w, m + at, here);
        if (m[19] & FLAG_ENCRYPTED || m[18] == 4)
            t->now->proven = true;
        send_ike(t, l->marked, piece, w.len);
        t->now->pieces += w.len;
    }
}

/* Exchange, flags, first payload, choices; payloads. */
static void say_chain(struct play *t, const struct record *r)
{
    static uint8_t m[SCENE_BYTES];
    struct l2s_wr w = l2s_wr_init(m, sizeof m);
    static const uint8_t none[8];

    if (r->n < 4)
        return;
    uint8_t choices = r->body[3];
    l2s_wr_bytes(&w, t->now->icookie, 8);
    l2s_wr_bytes(&w, choices & 1 ? none : t->now->rcookie, 8);
    l2s_wr_u8(&w, r->body[2]);
    l2s_wr_u8(&w, 0x10);
    l2s_wr_u8(&w, r->body[0]);
    l2s_wr_u8(&w, r->body[1]);
    l2s_wr_u32(&w, choices & 2 ? (t->now->salt ^ (uint32_t)(r->arg + 1) << 8) : 0);
    l2s_wr_u32(&w, (uint32_t)(ISAKMP_HEADER + r->n - 4));
    l2s_wr_bytes(&w, r->body + 4, r->n - 4);
    if (r->body[1] & FLAG_ENCRYPTED) { /* whole blocks */
        l2s_wr_zeros(&w, (16 - (w.len - ISAKMP_HEADER) % 16) % 16);
        l2s_put32(m + 24, (uint32_t)w.len);
    }
    if (!w.bad)
        send_ike(t, choices & 4, m, w.len);
}

static void say_avps(struct play *t, const struct record *r)
{
    static uint8_t m[SCENE_BYTES];
    struct l2s_wr w = l2s_wr_init(m, sizeof m);
    struct peer *p = t->now;
    static const uint16_t off[] = {0, 0xffff, 1, 0x8000};

    l2s_wr_u16(&w, 0xc802);
    l2s_wr_u16(&w, (uint16_t)(12 + r->n));
    l2s_wr_u16(&w, r->arg & 1 ? 0 : p->tunnel);
    l2s_wr_u16(&w, r->arg & 2 ? p->session : 0);
    l2s_wr_u16(&w, (uint16_t)(p->ns + off[r->arg >> 2 & 3]));
    l2s_wr_u16(&w, (uint16_t)(p->nr + off[r->arg >> 4 & 3]));
    l2s_wr_bytes(&w, r->body, r->n);
    if (w.bad)
        return;
    if (r->n && !(r->arg >> 2 & 3))
        p->ns++;
    send_l2tp(t, m, w.len);
}

static void say_frame(struct play *t, const uint8_t *f, size_t n, uint8_t arg)
{
    static uint8_t m[SCENE_BYTES];
    struct l2s_wr w = l2s_wr_init(m, sizeof m);

    l2s_wr_u16(&w, (uint16_t)(0x0002 | (arg & 1 ? 0 : 0x4000) | (arg & 2 ? 0x0800 : 0)));
    if (!(arg & 1))
        l2s_wr_u16(&w, 0);
    l2s_wr_u16(&w, t->now->tunnel);
    l2s_wr_u16(&w, t->now->session);
    if (arg & 2)
        l2s_wr_u32(&w, (uint32_t)(arg >> 2) << 16);
    l2s_wr_bytes(&w, f, n);
    if (w.bad)
        return;
    if (!(arg & 1))
        l2s_put16(m + 2, (uint16_t)w.len);
    send_l2tp(t, m, w.len);
}

static void answer(struct play *t, const struct record *r)
{
    static uint8_t f[SCENE_BYTES];
    const struct asked *a = &t->now->asked[r->arg % ASKED];
    static const uint8_t codes[] = {2, 2, 3, 4, 1, 5, 6, 9};

    if (!a->n)
        return;
    f[0] = 0xff;
    f[1] = 3;
    l2s_put16(f + 2, a->protocol);
    memcpy(f + 4, a->p, a->n);
    f[4] = codes[r->arg >> 2 & 7];
    size_t n = structure_edit(SHAPE_PPP, f, 4 + a->n, 1024, r->body, r->n);
    say_frame(t, f, n, 0);
}

/* Another peer, or this one begins anew, from elsewhere, at the other port. */
static void turn(struct play *t, uint8_t arg)
{
    t->now = &t->peer[arg % PEERS];
    if (arg & 4) {
        t->now->icookie[7]++;
        t->now->next = 0;
    }
    if (arg & 8)
        t->now->at.port = (uint16_t)(t->now->at.port + 1 + (arg >> 6));
    if (arg & 16)
        t->now->marked = !t->now->marked;
    if (arg & 32)
        t->now->salt += 0x01010101u * (1u + (arg >> 6));
    if ((arg & 0xc0) == 0xc0)
        t->now->encap = !t->now->encap;
}

static void play(struct play *t, const struct record *r)
{
    l2tpsec_addr stranger = t->now->at;

    switch ((enum peer_op)(r->op % PEER_OPS)) {
    case PEER_SAY:
        say(t, r->arg, r->body, r->n);
        break;
    case PEER_GO_ON:
        go_on(t, r->arg & 0x80 ? r->arg & 0x7fu : t->now->next + 1 + r->arg % 64u);
        break;
    case PEER_CHAIN:
        say_chain(t, r);
        break;
    case PEER_AVPS:
        say_avps(t, r);
        break;
    case PEER_FRAME:
        say_frame(t, r->body, r->n, r->arg);
        break;
    case PEER_L2TP:
        send_l2tp(t, r->body, r->n);
        break;
    case PEER_RAW:
        t->now->proven = t->now->proven || !(r->arg & 4);
        t->now->at.ip[3] = r->arg & 4 ? (uint8_t)(200 + (r->arg >> 3)) : t->now->at.ip[3];
        send(t, r->arg & 2, r->arg & 1, r->body, r->n < SCENE_BYTES ? r->n : SCENE_BYTES);
        t->now->at = stranger;
        break;
    case PEER_WAIT:
        scene_wait(&t->scene, r->arg);
        listen_all(t, false);
        break;
    case PEER_ACT:
        scene_act(t->server, t->server, r->arg, r->body, r->n);
        listen_all(t, true); /* an answer may have waited for the host */
        break;
    case PEER_FAIL:
        scene_fail(t->server, r->arg);
        break;
    case PEER_TURN:
        turn(t, r->arg);
        break;
    case PEER_ANSWER:
        answer(t, r);
        break;
    case PEER_FRAGMENTS:
        say_in_pieces(t, r);
        break;
    case PEER_STORM:
        for (unsigned i = 0; i < 1 + r->arg % 16u && t->last.op % PEER_OPS != PEER_STORM; i++)
            play(t, &t->last);
        return;
    case PEER_OPS:
        break;
    }
    t->last = *r;
}

static void begin(struct play *t, const struct setup *setup)
{
    t->script = script_of(setup);
    scene_begin(&t->scene, setup);
    t->seal = seal_of(setup->variant & 1);
    t->server = scene_server(&t->scene, 0, "1");
    for (size_t i = 0; i < PEERS; i++) {
        struct peer *p = &t->peer[i];
        memset(p, 0, sizeof *p);
        p->at = scene_address(2, (uint8_t)(100 + i), 0);
        memset(p->icookie, (int)(0x11 * (i + 1)), sizeof p->icookie);
        p->salt = (uint32_t)i;
        p->encap = setup->variant & 1;
    }
    t->now = &t->peer[0];
    t->last = (struct record){.op = PEER_STORM};
}

void peer_play(bool secured, const uint8_t *data, size_t size)
{
    static struct play t;
    struct setup setup = setup_read(data, size);
    const uint8_t *p = data + (size < SETUP_BYTES ? size : SETUP_BYTES);
    size_t left = size - (size_t)(p - data);
    struct record r;

    begin(&t, &setup);
    if (secured)
        go_on(&t, t.script->secured);
    for (unsigned n = 0; n < RECORDS_MOST && record_next(&p, &left, &r); n++)
        play(&t, &r);
    if (scene_is_chosen(data, size))
        scene_serves(&t.scene, t.server);
    scene_end(&t.scene);
}
