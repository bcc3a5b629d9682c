/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Both ends of a PPP link, alone, and somebody between them who changes, loses, repeats and invents what one of them is told, and when.
 * Nothing of L2TP and IPsec is below it, so this is where most frames can be had. */
#include "fuzz/ppp_link.h"

#include "base/errors.h"
#include "fuzz/fuzz.h"
#include "fuzz/structure.h"
#include "ppp/ppp.h"
#include "toy/toy.h"

#define SETUP PPP_SETUP
#define RECORDS_MOST 600
#define WIRE 32
#define FRAME 1600
#define PAST 8
#define ASKED 5
#define FRAMES_MOST 64 /* that one may send in answer to one */

static const uint8_t shapes[PPP_OPS] = {
    [PPP_EDIT] = SHAPE_EDITS, [PPP_REPLAY] = SHAPE_EDITS, [PPP_REFLECT] = SHAPE_EDITS,
    [PPP_FRAME] = SHAPE_PPP,  [PPP_ANSWER] = SHAPE_EDITS,
};
static const struct grammar grammar = {.setup = SETUP, .ops = PPP_OPS, .shape = shapes};

struct frame {
    unsigned from;
    size_t n;
    uint8_t p[FRAME];
};

struct end {
    struct l2s_ppp *ppp;
    struct l2s_ppp_config cfg;
    unsigned which; /* 0 is the server */
    bool later;     /* its host answers when it likes */
    bool authenticated, over, waits;
    unsigned ups;
    struct frame asked[ASKED]; /* its last requests */
};

static struct {
    struct l2s_sys sys;
    struct l2s_crypto *crypto;
    uint64_t seed;
    size_t blocks;
    uint32_t allocs_left, randoms_left;
    struct end end[2];
    struct frame wire[WIRE], past[PAST];
    size_t first, n, n_past;
    unsigned victim, said; /* frames in this call */
} t;

static uint64_t messages;

/* ---- what lies below ---- */

static void *take(void *user, size_t n)
{
    (void)user;
    if (t.allocs_left && --t.allocs_left == 0)
        return NULL;
    t.blocks++;
    return malloc(n);
}

static void give_back(void *user, void *p)
{
    (void)user;
    t.blocks--;
    free(p);
}

static int chance(void *user, void *buf, size_t n)
{
    uint8_t *out = buf;

    (void)user;
    if (t.randoms_left && --t.randoms_left == 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)structure_chance(&t.seed);
    return 0;
}

/* ---- the port ---- */

static unsigned slot(uint16_t protocol)
{
    return protocol == 0xc021 ? 0 : protocol == 0x8021 ? 1 : protocol == 0x8057 ? 2 : protocol == 0x80fd ? 3 : 4;
}

static void emit(void *self, const uint8_t *frame, size_t n)
{
    struct end *e = self;

    FUZZ_CHECK(!e->over); /* nothing behind the end */
    FUZZ_CHECK(n > 2 && n <= 1500);
    FUZZ_CHECK(++t.said <= FRAMES_MOST);
    if (t.n == WIRE) {
        t.first = (t.first + 1) % WIRE;
        t.n--;
    }
    struct frame *f = &t.wire[(t.first + t.n++) % WIRE];
    f->from = e->which;
    f->n = n;
    memcpy(f->p, frame, n);
    if (n >= 8 && frame[0] == 0xff && frame[4] == 1) {
        struct frame *a = &e->asked[slot((uint16_t)(frame[2] << 8 | frame[3]))];
        a->n = n;
        memcpy(a->p, frame, n);
    }
}

static int secret(void *self, const struct l2s_ppp_ask *ask, uint8_t out[L2S_PPP_SECRET_MAX], size_t *len)
{
    struct end *e = self;

    if (ask->candidate || ask->expired)
        return L2TPSEC_ENOENT;
    e->waits = e->later;
    if (e->later)
        return L2S_PENDING;
    *len = 10;
    memcpy(out, "wonderland", 10);
    return L2TPSEC_OK;
}

static int keep(void *self, const uint8_t *name, size_t name_len, const uint8_t *password, size_t len)
{
    (void)self, (void)name, (void)name_len, (void)password, (void)len;
    return L2TPSEC_OK;
}

static const struct l2s_ppp_net given = {
    .local = {10, 0, 0, 1}, .peer = {10, 0, 0, 2}, .dns = {{10, 0, 0, 1}}, .mtu = 1400};

static int addresses(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    struct end *e = self;

    (void)user, (void)user_len;
    FUZZ_CHECK(!e->cfg.auth || e->authenticated);
    if (e->later)
        return L2S_PENDING;
    *net = given;
    return L2TPSEC_OK;
}

static int wall_clock(void *self, int64_t *now)
{
    (void)self, (void)now;
    return L2TPSEC_ENOENT;
}

static void authenticated(void *self, const uint8_t *user, size_t user_len, uint32_t method)
{
    struct end *e = self;

    (void)user;
    FUZZ_CHECK(user_len <= L2S_PPP_NAME_MAX);
    FUZZ_CHECK(method == 0 || method & e->cfg.auth);
    e->authenticated = e->authenticated || method;
}

static void up(void *self, const struct l2s_ppp_net *net)
{
    struct end *e = self;

    FUZZ_CHECK(!e->over && net->mtu >= 64 && net->mtu <= 1500);
    FUZZ_CHECK(!e->cfg.server || !e->cfg.auth || e->authenticated);
    e->ups++;
}

static void ipv6(void *self, const uint8_t *local, const uint8_t *peer)
{
    (void)self, (void)local, (void)peer;
}

static void reframed(void *self)
{
    struct end *e = self;
    uint8_t head[4];

    FUZZ_CHECK(l2s_ppp_data_header(e->ppp, head) <= sizeof head);
}

static void down(void *self, const struct l2s_failure *why)
{
    struct end *e = self;

    FUZZ_CHECK(!e->over);
    e->over = true;
    if (why)
        fuzz_text(why->message, strlen(why->message), sizeof why->message);
}

/* ---- two ends ---- */

static void clear_end(struct end *e)
{
    l2s_ppp_free(e->ppp);
    e->ppp = NULL;
    e->over = true;
}

static void start_end(struct end *e)
{
    static const struct l2s_ppp_port port = {.emit = emit,
                                             .secret = secret,
                                             .keep = keep,
                                             .addresses = addresses,
                                             .wall_clock = wall_clock,
                                             .authenticated = authenticated,
                                             .up = up,
                                             .reframed = reframed,
                                             .ipv6 = ipv6,
                                             .down = down};
    static const struct l2s_ppp_line line = {.restart_ms = 1000};

    clear_end(e);
    t.said = 0;
    e->authenticated = e->waits = false;
    for (size_t i = 0; i < ASKED; i++)
        e->asked[i].n = 0;
    int rc = l2s_ppp_new(&t.sys, t.crypto, &e->cfg, &line, &port, e, &e->ppp);
    FUZZ_CHECK(rc == L2TPSEC_OK || rc == L2TPSEC_ENOMEM || rc == L2TPSEC_ERANDOM);
    e->over = rc != L2TPSEC_OK;
    if (!e->over)
        l2s_ppp_start(e->ppp);
}

static void begin_all(void)
{
    t.n = t.n_past = 0;
    start_end(&t.end[0]);
    start_end(&t.end[1]);
}

static struct l2s_ppp_config config(const uint8_t *setup, bool server)
{
    static const uint32_t auth[] = {L2S_AUTH_MSCHAPV2,
                                    L2S_AUTH_CHAP_MD5,
                                    L2S_AUTH_PAP,
                                    L2S_AUTH_MSCHAPV2 | L2S_AUTH_CHAP_MD5 | L2S_AUTH_PAP,
                                    L2S_AUTH_EAP | L2S_AUTH_EAP_MD5,
                                    L2S_AUTH_EAP | L2S_AUTH_EAP_MSCHAPV2,
                                    0,
                                    L2S_AUTH_EAP | L2S_AUTH_EAP_MD5 | L2S_AUTH_EAP_MSCHAPV2 | L2S_AUTH_MSCHAPV2};
    static const uint32_t mppe[] = {0, 0, L2S_MPPE_128 | L2S_MPPE_STATELESS,
                                    L2S_MPPE_STRENGTHS | L2S_MPPE_STATEFUL | L2S_MPPE_STATELESS};
    struct l2s_ppp_config c = {.server = server,
                               .auth = auth[setup[0] & 7],
                               .mru = 1400,
                               .name = server ? "server" : "alice",
                               .max_configure = 10,
                               .max_terminate = 2,
                               .max_failure = 5,
                               .echo_s = 30,
                               .echo_failures = 4,
                               .setup_s = 60,
                               .retries = setup[1] & 3,
                               .mppe = mppe[setup[0] >> 3 & 3],
                               .ipv6 = setup[0] & 0x20,
                               .ask_dns = !server};
    return c;
}

/* What is delivered must be within the frame, and only when IP may pass. */
static void hear(struct end *e, const uint8_t *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    struct l2s_rd packet;
    uint32_t reason = 0;

    FUZZ_CHECK(exact != NULL);
    if (n)
        memcpy(exact, p, n);
    t.said = 0;
    if (!e->over) {
        messages++;
        enum l2s_ppp_kind kind = l2s_ppp_input(e->ppp, l2s_rd_init(exact, n), &packet, &reason);
        if (kind == L2S_PPP_SEALED && !e->over) {
            fuzz_within(packet, exact, n);
            kind = l2s_ppp_unseal(e->ppp, exact + (packet.p - exact), packet.left, &packet, &reason);
        }
        if (kind == L2S_PPP_IPV4) {
            fuzz_within(packet, exact, n);
            FUZZ_CHECK(!e->over && l2s_ppp_open(e->ppp));
        }
        if (kind == L2S_PPP_DROP)
            FUZZ_CHECK(reason > L2TPSEC_DROP_NONE && reason < L2TPSEC_DROP_COUNT);
    }
    free(exact);
    FUZZ_CHECK(t.sys.mem.held < 65536);
}

static void to(struct end *e, const struct frame *f)
{
    if (e->which == t.victim) {
        struct frame *kept = &t.past[t.n_past++ % PAST];
        kept->n = f->n;
        memcpy(kept->p, f->p, f->n);
    }
    hear(e, f->p, f->n);
}

static bool next_frame(struct frame *out)
{
    if (!t.n)
        return false;
    const struct frame *f = &t.wire[t.first];
    out->from = f->from;
    out->n = f->n;
    memcpy(out->p, f->p, f->n);
    t.first = (t.first + 1) % WIRE;
    t.n--;
    return true;
}

static void pass(unsigned most)
{
    static struct frame f;

    while (most-- && next_frame(&f))
        to(&t.end[1 - f.from], &f);
}

/* The next one to, or from, the victim; others before it are delivered. */
static bool next_of(bool from, struct frame *out)
{
    for (unsigned n = 0; n < 8 && next_frame(out); n++) {
        if ((out->from == t.victim) == from)
            return true;
        to(&t.end[1 - out->from], out);
    }
    return false;
}

static void change(struct frame *f, const struct record *r)
{
    f->n = structure_edit(SHAPE_PPP, f->p, f->n, FRAME - 260, r->body, r->n);
}

static void advance(uint64_t us)
{
    uint64_t until = t.sys.now + us;

    for (unsigned n = 0; n < 256; n++) {
        uint64_t due = l2s_timers_next(&t.sys.timers);
        if (due > until)
            break;
        t.sys.now = due > t.sys.now ? due : t.sys.now;
        t.said = 0;
        l2s_timers_run(&t.sys.timers, t.sys.now);
        FUZZ_CHECK(l2s_timers_next(&t.sys.timers) > t.sys.now);
    }
    t.sys.now = until;
}

static uint64_t span_of(uint8_t arg)
{
    return (uint64_t)(16 + (arg & 15)) << (arg >> 4) * 2;
}

static void answer(struct end *e, const struct record *r)
{
    static struct frame f;
    static const uint8_t codes[] = {2, 2, 3, 4, 1, 5, 6, 9};
    const struct frame *a = &e->asked[r->arg % ASKED];

    if (!a->n)
        return;
    f.n = a->n;
    memcpy(f.p, a->p, a->n);
    f.p[4] = codes[r->arg >> 3 & 7];
    change(&f, r);
    to(e, &f);
}

static void send_data(struct end *e)
{
    static struct frame f;
    size_t n = l2s_ppp_data_header(e->ppp, f.p);

    if (!l2s_ppp_open(e->ppp))
        return;
    bool seals = l2s_ppp_seals(e->ppp);
    n += seals ? L2S_PPP_EXPANSION : 0;
    memset(f.p + n, 0x45, 60);
    if (seals && !l2s_ppp_seal(e->ppp, f.p + n, 60))
        return;
    f.n = n + 60;
    to(&t.end[1 - e->which], &f);
}

static void act(struct end *e, uint8_t arg)
{
    if (e->over)
        return;
    t.said = 0;
    switch (arg & 15) {
    case 0:
        l2s_ppp_close(e->ppp);
        break;
    case 1:
        e->later = !e->later;
        break;
    case 2:
    case 3:
    case 4:
    case 5:
        e->waits = false;
        (void)l2s_ppp_answer(e->ppp, arg & 1 ? (const uint8_t *)"wonderland" : NULL, arg & 1 ? 10 : 0, arg & 4);
        break;
    case 6:
    case 7:
        (void)l2s_ppp_addresses(e->ppp, arg & 1 ? &given : NULL);
        break;
    case 8:
        l2s_ppp_ask(e->ppp);
        break;
    case 9:
        (void)l2s_ppp_ask_early(e->ppp);
        break;
    case 10:
        l2s_ppp_ask_addresses(e->ppp);
        break;
    case 11:
        l2s_ppp_alive(e->ppp);
        break;
    case 12:
        send_data(e);
        break;
    default:
        if (!t.end[1 - e->which].over)
            send_data(&t.end[1 - e->which]);
        break;
    }
}

static void play(const struct record *r)
{
    static struct frame f;
    struct end *victim = &t.end[t.victim];

    switch ((enum ppp_op)(r->op % PPP_OPS)) {
    case PPP_PASS:
        pass(1 + r->arg % 32u);
        break;
    case PPP_EDIT:
        if (next_of(false, &f)) {
            change(&f, r);
            to(victim, &f);
        }
        break;
    case PPP_DROP:
        (void)next_of(false, &f);
        break;
    case PPP_REPLAY:
        if (t.n_past) {
            f = t.past[r->arg % (t.n_past < PAST ? t.n_past : PAST)];
            change(&f, r);
            to(victim, &f);
        }
        break;
    case PPP_REFLECT:
        if (next_of(true, &f)) {
            change(&f, r);
            to(victim, &f);
        }
        break;
    case PPP_FRAME:
        hear(victim, r->body, r->n < FRAME ? r->n : FRAME);
        break;
    case PPP_WAIT:
        advance(span_of(r->arg));
        break;
    case PPP_RUN:
        for (unsigned i = 0; i <= (r->arg & 15u); i++) {
            pass(WIRE);
            advance((uint64_t)(1 + (r->arg >> 4)) * (L2S_SECOND / 4));
        }
        break;
    case PPP_ANSWER:
        answer(victim, r);
        break;
    case PPP_ACT:
        act(victim, r->arg);
        break;
    case PPP_FAIL:
        if (r->arg & 1)
            t.allocs_left = 1u + (r->arg >> 1) % 32u;
        else
            t.randoms_left = 1u + (r->arg >> 1) % 32u;
        break;
    case PPP_AGAIN:
        begin_all();
        break;
    case PPP_OPS:
        break;
    }
}

static void say_messages(void)
{
    (void)fprintf(stderr, "%llu messages\n", (unsigned long long)messages);
}

static void set_up(void)
{
    t.sys.mem.alloc = take;
    t.sys.mem.release = give_back;
    t.sys.random = chance;
    toy.in_clear = true;
    FUZZ_CHECK(l2s_crypto_new(&t.sys, 0, &t.crypto) == L2TPSEC_OK);
    (void)atexit(say_messages);
}

/* After all of that, two ends that are left alone agree. */
static void agrees(void)
{
    t.allocs_left = t.randoms_left = 0;
    t.end[0].later = t.end[1].later = false;
    begin_all();
    unsigned a = t.end[0].ups, b = t.end[1].ups;
    for (unsigned i = 0; i < 60 && (t.end[0].ups == a || t.end[1].ups == b); i++) {
        pass(WIRE);
        advance(L2S_SECOND / 2);
    }
    FUZZ_CHECK(t.end[0].ups > a && t.end[1].ups > b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t setup[SETUP] = {0};
    const uint8_t *p = data + (size < SETUP ? size : SETUP);
    size_t left = size - (size_t)(p - data);
    struct record r;

    if (!t.crypto)
        set_up();
    memcpy(setup, data, size < SETUP ? size : SETUP);
    size_t blocks = t.blocks;
    toy.blind_macs = toy.blind_digests = !(setup[0] & 0x40);
    t.seed = setup[2];
    t.sys.now = 1000 * L2S_SECOND;
    t.victim = setup[0] >> 7;
    l2s_timers_init(&t.sys.timers, &t.sys.mem);
    for (unsigned i = 0; i < 2; i++)
        t.end[i] = (struct end){.cfg = config(setup, i == 0), .which = i, .over = true};
    t.allocs_left = t.randoms_left = 0;
    begin_all();
    for (unsigned n = 0; n < RECORDS_MOST && record_next(&p, &left, &r); n++)
        play(&r);
    if (size % 8 == 0)
        agrees();
    clear_end(&t.end[0]);
    clear_end(&t.end[1]);
    FUZZ_CHECK(t.sys.timers.n == 0);
    l2s_timers_fini(&t.sys.timers);
    FUZZ_CHECK(t.blocks == blocks);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return structure_mutate(&grammar, data, size, max_size, seed);
}
