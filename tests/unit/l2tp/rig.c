/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "crypto/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the network ----------------------------------------------------------------------------------------------- */

static uint64_t chance(struct rig *r)
{
    r->seed ^= r->seed << 13;
    r->seed ^= r->seed >> 7;
    r->seed ^= r->seed << 17;
    return r->seed;
}

static void fly(struct rig *r, unsigned from, uint64_t channel, uint16_t port, const uint8_t *p, size_t n)
{
    struct rig_packet *k = malloc(sizeof *k), **at = &r->flying;

    assert_non_null(k);
    k->due = r->f.sys.now + r->delay + (r->jitter ? chance(r) % r->jitter : 0);
    k->from = from;
    k->port = port;
    k->channel = channel;
    k->n = n;
    memcpy(k->bytes, p, n);
    while (*at && (*at)->due <= k->due)
        at = &(*at)->next;
    k->next = *at;
    *at = k;
}

static void emit(void *self, uint64_t channel, uint16_t peer_port, const uint8_t *p, size_t n)
{
    struct rig_end *e = self;
    struct rig *r = e->rig;
    unsigned from = e == &r->end[1];

    assert_true(n <= RIG_MTU);
    if (r->logged < RIG_LOG) {
        r->log[r->logged].from = from;
        r->log[r->logged].port = peer_port;
        r->log[r->logged].channel = channel;
        r->log[r->logged].at = r->f.sys.now;
        r->log[r->logged].n = n;
        memcpy(r->log[r->logged].bytes, p, n);
        r->logged++;
    }
    if (r->solo || r->dark || chance(r) % 100 < r->loss)
        return;
    fly(r, from, channel, e->src_port, p, n);
    if (chance(r) % 100 < r->doubled)
        fly(r, from, channel, e->src_port, p, n);
}

static void land(struct rig *r)
{
    struct rig_packet *k = r->flying;
    struct l2s_l2tp_rx rx;

    r->flying = k->next;
    (void)l2s_l2tp_input(r->end[!k->from].e, k->channel, k->port, k->bytes, k->n, &rx);
    free(k);
}

void rig_run(struct rig *r, uint64_t us)
{
    uint64_t until = r->f.sys.now + us;

    for (;;) {
        uint64_t timer = l2s_timers_next(&r->f.sys.timers);
        uint64_t packet = r->flying ? r->flying->due : L2TPSEC_NEVER;
        uint64_t due = timer < packet ? timer : packet;
        if (due > until)
            break;
        if (due > r->f.sys.now)
            r->f.sys.now = due;
        if (packet <= timer)
            land(r);
        else
            l2s_timers_run(&r->f.sys.timers, r->f.sys.now);
    }
    r->f.sys.now = until;
}

/* ---- what core would do ---------------------------------------------------------------------------------------- */

static const struct l2s_l2tp_config *accept_tunnel(void *self, uint64_t channel)
{
    struct rig_end *e = self;

    (void)channel;
    return e->serves ? &e->cfg : NULL;
}

static int session_up(void *self, uint64_t channel, uint64_t session, bool lns, void **owner)
{
    struct rig_end *e = self;

    (void)channel;
    e->session = session;
    e->ups++;
    if (lns)
        *owner = e;
    else
        assert_ptr_equal(*owner, e);
    if (e->on_up)
        e->on_up(e);
    return e->up_rc;
}

static void note(struct rig_end *e, void *owner, const struct l2s_failure *why)
{
    assert_ptr_equal(owner, e);
    e->silent_down = !why;
    memset(&e->why, 0, sizeof e->why);
    if (why)
        e->why = *why;
}

static void session_down(void *self, void *owner, const struct l2s_failure *why)
{
    struct rig_end *e = self;

    note(e, owner, why);
    e->downs++;
    if (e->on_down)
        e->on_down(e);
}

static void failed(void *self, void *owner, const struct l2s_failure *why)
{
    struct rig_end *e = self;

    assert_non_null(why);
    note(e, owner, why);
    e->fails++;
    if (e->on_down)
        e->on_down(e);
}

static void reheaded(void *self, void *owner)
{
    struct rig_end *e = self;

    assert_ptr_equal(owner, e);
    e->reheaded++;
}

static void overdue(void *self, void *owner, uint64_t session)
{
    struct rig_end *e = self;

    assert_ptr_equal(owner, e);
    assert_true(session == e->session);
    e->overdue++;
}

static void channel_idle(void *self, uint64_t channel)
{
    struct rig_end *e = self;

    (void)channel;
    e->idles++;
    e->idle_at = e->rig->f.sys.now;
    if (e->on_idle)
        e->on_idle(e);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static void end_init(struct rig *r, struct rig_end *e)
{
    e->rig = r;
    e->port = (struct l2s_l2tp_port){.self = e,
                                     .emit = emit,
                                     .accept = accept_tunnel,
                                     .session_up = session_up,
                                     .session_down = session_down,
                                     .failed = failed,
                                     .reheaded = reheaded,
                                     .overdue = overdue,
                                     .channel_idle = channel_idle};
    e->cfg = (struct l2s_l2tp_config){
        .window = 8, .retry_ms = 1000, .retries = 9, .hello_s = 60, .setup_s = 60, .connect_speed = 100000000};
    e->src_port = 1701;
    assert_int_equal(l2s_l2tp_new(&r->f.sys, r->crypto, &e->port, &e->e), L2TPSEC_OK);
}

void rig_init(struct rig *r)
{
    memset(r, 0, sizeof *r);
    fake_sys_init(&r->f);
    assert_int_equal(l2s_crypto_mbedtls_new(&r->f.sys, &r->crypto), L2TPSEC_OK);
    end_init(r, &r->end[0]);
    end_init(r, &r->end[1]);
    r->end[1].serves = true;
    r->delay = 10 * L2S_MS;
    r->seed = 88172645463325252u;
}

void rig_solo(struct rig *r)
{
    rig_init(r);
    r->solo = true;
    r->end[0].serves = true;
}

void rig_fini(struct rig *r)
{
    while (r->flying) {
        struct rig_packet *k = r->flying;
        r->flying = k->next;
        free(k);
    }
    l2s_l2tp_free(r->end[0].e);
    l2s_l2tp_free(r->end[1].e);
    l2s_crypto_free(r->crypto);
    fake_rd_free();
    fake_sys_fini(&r->f);
}

int rig_dial(struct rig *r)
{
    return l2s_l2tp_connect(r->end[0].e, &r->end[0].cfg, RIG_CHANNEL, &r->end[0], &r->end[0].dialled);
}

void rig_up(struct rig *r)
{
    assert_int_equal(rig_dial(r), L2TPSEC_OK);
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[0].ups, 1);
    assert_int_equal(r->end[1].ups, 1);
}

/* ---- by hand --------------------------------------------------------------------------------------------------- */

enum l2s_l2tp_kind rig_input(struct rig *r, unsigned to, uint64_t channel, const void *p, size_t n,
                             struct l2s_l2tp_rx *rx)
{
    struct l2s_rd exact = fake_rd_exact(p, n);

    return l2s_l2tp_input(r->end[to].e, channel, r->end[!to].src_port, exact.p, exact.left, rx);
}

uint32_t rig_say_raw(struct rig *r, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr, const void *avps,
                     size_t n)
{
    uint8_t out[4096];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_l2tp_rx rx;

    l2s_l2tp_header_open(&w, tunnel, session, ns, nr);
    l2s_wr_bytes(&w, avps, n);
    l2s_l2tp_header_close(&w);
    assert_false(w.bad);
    enum l2s_l2tp_kind kind = rig_input(r, 0, RIG_CHANNEL, out, w.len, &rx);
    assert_int_equal(kind, rx.reason ? L2S_L2TP_DROP : L2S_L2TP_CONTROL);
    return rx.reason;
}

uint32_t rig_say(struct rig *r, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr,
                 const struct l2s_l2tp_msg *m)
{
    uint8_t avps[2048];
    struct l2s_wr w = l2s_wr_init(avps, sizeof avps);

    l2s_l2tp_msg_put(&w, m);
    assert_false(w.bad);
    return rig_say_raw(r, tunnel, session, ns, nr, avps, w.len);
}

uint32_t rig_zlb(struct rig *r, uint16_t tunnel, uint16_t ns, uint16_t nr)
{
    return rig_say_raw(r, tunnel, 0, ns, nr, "", 0);
}

void rig_sent(const struct rig *r, unsigned back, struct l2s_l2tp_header *h, struct l2s_l2tp_msg *m)
{
    struct l2s_l2tp_hiding hiding;

    memset(&hiding, 0, sizeof hiding);
    memset(m, 0, sizeof *m);
    assert_true(back < r->logged);
    unsigned at = r->logged - 1 - back;
    assert_int_equal(l2s_l2tp_header_get(r->log[at].bytes, r->log[at].n, h), 0);
    assert_true(h->control);
    if (!l2s_rd_done(&h->body))
        assert_int_equal(l2s_l2tp_msg_get(h->body, &hiding, m), L2TPSEC_OK);
    assert_int_equal(m->error, 0);
}

unsigned rig_count(const struct rig *r, unsigned from, uint16_t type)
{
    unsigned n = 0;

    for (unsigned back = 0; back < r->logged; back++) {
        struct l2s_l2tp_header h;
        struct l2s_l2tp_msg m;
        if (r->log[r->logged - 1 - back].from != from)
            continue;
        rig_sent(r, back, &h, &m);
        n += m.type == type;
    }
    return n;
}

struct l2s_l2tp_msg rig_plain(uint16_t type)
{
    struct l2s_l2tp_msg m = {.type = type};

    return m;
}

struct l2s_l2tp_msg rig_session(uint16_t type, uint16_t session_id)
{
    struct l2s_l2tp_msg m = {.type = type, .session_id = session_id};

    l2s_l2tp_msg_add(&m, L2S_AVP_SESSION_ID);
    return m;
}

static struct l2s_l2tp_msg start(uint16_t type, uint16_t tunnel_id)
{
    struct l2s_l2tp_msg m = {
        .type = type, .version = 0x0100, .framing = 3, .tunnel_id = tunnel_id, .host_name = l2s_rd_init("peer", 4)};

    l2s_l2tp_msg_add(&m, L2S_AVP_VERSION);
    l2s_l2tp_msg_add(&m, L2S_AVP_FRAMING_CAP);
    l2s_l2tp_msg_add(&m, L2S_AVP_HOST_NAME);
    l2s_l2tp_msg_add(&m, L2S_AVP_TUNNEL_ID);
    return m;
}

struct l2s_l2tp_msg rig_sccrq(uint16_t tunnel_id)
{
    return start(L2S_L2TP_SCCRQ, tunnel_id);
}

struct l2s_l2tp_msg rig_sccrp(uint16_t tunnel_id)
{
    return start(L2S_L2TP_SCCRP, tunnel_id);
}

static struct l2s_l2tp_msg bye(uint16_t type, uint16_t result, uint16_t error)
{
    struct l2s_l2tp_msg m = {.type = type, .result = result, .result_error = error};

    l2s_l2tp_msg_add(&m, L2S_AVP_RESULT);
    return m;
}

struct l2s_l2tp_msg rig_stop(uint16_t tunnel_id, uint16_t result, uint16_t error)
{
    struct l2s_l2tp_msg m = bye(L2S_L2TP_STOPCCN, result, error);

    m.tunnel_id = tunnel_id;
    l2s_l2tp_msg_add(&m, L2S_AVP_TUNNEL_ID);
    return m;
}

struct l2s_l2tp_msg rig_cdn(uint16_t session_id, uint16_t result, uint16_t error)
{
    struct l2s_l2tp_msg m = bye(L2S_L2TP_CDN, result, error);

    m.session_id = session_id;
    l2s_l2tp_msg_add(&m, L2S_AVP_SESSION_ID);
    return m;
}

void rig_lac_tunnel(struct rig *r, struct rig_lac *l)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_sccrq(77);

    assert_int_equal(rig_say(r, 0, 0, 0, 0, &m), 0);
    rig_sent(r, 0, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCRP);
    l->tunnel = m.tunnel_id;
    m = rig_plain(L2S_L2TP_SCCCN);
    assert_int_equal(rig_say(r, l->tunnel, 0, 1, 1, &m), 0);
    l->ns = 2;
    l->nr = 1;
    l->session = 0;
}

void rig_lac_up(struct rig *r, struct rig_lac *l)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRQ, 88);

    rig_lac_tunnel(r, l);
    assert_int_equal(rig_say(r, l->tunnel, 0, 2, 1, &m), 0);
    rig_sent(r, 0, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRP);
    l->session = m.session_id;
    m = rig_plain(L2S_L2TP_ICCN);
    assert_int_equal(rig_say(r, l->tunnel, l->session, 3, 2, &m), 0);
    assert_int_equal(r->end[0].ups, 1);
    l->ns = 4;
    l->nr = 2;
}

void rig_lns_tunnel(struct rig *r, struct rig_lac *l)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;

    assert_int_equal(rig_dial(r), L2TPSEC_OK);
    rig_sent(r, 0, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_SCCRQ);
    l->tunnel = m.tunnel_id;
    m = rig_sccrp(77);
    assert_int_equal(rig_say(r, l->tunnel, 0, 0, 1, &m), 0);
    rig_sent(r, 0, &h, &m);
    assert_int_equal(m.type, L2S_L2TP_ICRQ);
    l->session = m.session_id;
    l->ns = 1;
    l->nr = 3;
}

void rig_lns_up(struct rig *r, struct rig_lac *l)
{
    struct l2s_l2tp_msg m = rig_session(L2S_L2TP_ICRP, 88);

    rig_lns_tunnel(r, l);
    assert_int_equal(rig_say(r, l->tunnel, l->session, 1, 3, &m), 0);
    assert_int_equal(r->end[0].ups, 1);
    assert_int_equal(rig_zlb(r, l->tunnel, 2, 4), 0);
    l->ns = 2;
    l->nr = 4;
}

/* ---- datagrams of real peers ----------------------------------------------------------------------------------- */

static FILE *open_vectors(const char *file)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", VECTORS, file);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    return f;
}

size_t rig_vector(const char *file, const char *name, uint8_t *out, size_t cap)
{
    char line[4096], id[64], hex[4000];
    FILE *f = open_vectors(file);
    size_t n = 0;

    while (!n && fgets(line, sizeof line, f)) {
        if (line[0] != '#' && sscanf(line, "%63s %3999s", id, hex) == 2 && strcmp(id, name) == 0)
            n = fake_hex(hex, out, cap);
    }
    (void)fclose(f);
    assert_true(n > 0);
    return n;
}

unsigned rig_vectors(const char *file, void (*each)(void *arg, const uint8_t *p, size_t n), void *arg)
{
    char line[4096], id[64], hex[4000];
    uint8_t out[2000];
    FILE *f = open_vectors(file);
    unsigned count = 0;

    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#' || sscanf(line, "%63s %3999s", id, hex) != 2)
            continue;
        each(arg, out, fake_hex(hex, out, sizeof out));
        count++;
    }
    (void)fclose(f);
    return count;
}
