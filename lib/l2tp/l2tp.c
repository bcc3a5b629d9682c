/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/l2tp.h"

#include "base/wipe.h"
#include "l2tp/call.h"
#include "l2tp/data.h"
#include "l2tp/path.h"
#include "l2tp/result.h"
#include "l2tp/start.h"
#include "l2tp/tunnel.h"

/* ---- life ------------------------------------------------------------------------------------------------------ */

int l2s_l2tp_new(struct l2s_sys *sys, struct l2s_crypto *crypto, const struct l2s_l2tp_port *port,
                 struct l2s_l2tp **out)
{
    uint8_t key[2][16];

    if (l2s_random(sys, key, sizeof key) != 0)
        return L2TPSEC_ERANDOM;
    struct l2s_l2tp *e = l2s_mem_new(&sys->mem, sizeof *e);
    if (!e)
        return L2TPSEC_ENOMEM;
    e->sys = sys;
    e->crypto = crypto;
    e->port = port;
    l2s_hash_init(&e->paths, &sys->mem, key[0]);
    l2s_hash_init(&e->sessions, &sys->mem, key[1]);
    l2s_wipe(key, sizeof key);
    l2s_idtab_init(&e->calls, &sys->mem);
    l2s_list_init(&e->touched);
    l2s_list_init(&e->dead_tunnels);
    l2s_list_init(&e->dead_calls);
    *out = e;
    return L2TPSEC_OK;
}

static void clear(struct l2s_l2tp_path *p)
{
    while (!l2s_list_empty(&p->tunnels))
        l2s_l2tp_tunnel_remove(L2S_LIST_ENTRY(p->tunnels.next, struct l2s_l2tp_tunnel, node));
    p->tell = false;
}

void l2s_l2tp_free(struct l2s_l2tp *e)
{
    size_t at = 0;

    if (!e)
        return;
    l2s_l2tp_enter(e);
    for (struct l2s_hnode *n; (n = l2s_hash_pop(&e->paths, &at)) != NULL;)
        clear(L2S_CONTAINER(n, struct l2s_l2tp_path, hnode));
    l2s_l2tp_leave(e);
    l2s_hash_fini(&e->paths);
    l2s_hash_fini(&e->sessions);
    l2s_idtab_fini(&e->calls);
    l2s_mem_free(&e->sys->mem, e);
}

void l2s_l2tp_channel_down(struct l2s_l2tp *e, uint64_t channel)
{
    l2s_l2tp_enter(e);
    struct l2s_l2tp_path *p = l2s_l2tp_path_find(e, channel);
    if (p)
        clear(p);
    l2s_l2tp_leave(e);
}

/* ---- calls of the host's --------------------------------------------------------------------------------------- */

static int dial(struct l2s_l2tp *e, const struct l2s_l2tp_config *cfg, uint64_t channel, void *owner, uint64_t *session)
{
    struct l2s_l2tp_path *p = l2s_l2tp_path_get(e, channel);
    int rc;

    if (!p)
        return L2TPSEC_ENOMEM;
    if (!l2s_l2tp_path_room(p))
        return L2TPSEC_ERANGE;
    struct l2s_l2tp_tunnel *t = l2s_l2tp_tunnel_new(e, p, cfg, true, &rc);
    if (!t)
        return rc;
    struct l2s_l2tp_call *c = l2s_l2tp_call_new(t, false, &rc);
    if (c) {
        l2s_l2tp_call_open(c, owner);
        rc = l2s_l2tp_tunnel_open(t);
    }
    if (!c || rc != L2TPSEC_OK) {
        l2s_l2tp_tunnel_remove(t);
        return rc;
    }
    *session = c->handle;
    return L2TPSEC_OK;
}

int l2s_l2tp_connect(struct l2s_l2tp *e, const struct l2s_l2tp_config *cfg, uint64_t channel, void *owner,
                     uint64_t *session)
{
    l2s_l2tp_enter(e);
    int rc = dial(e, cfg, channel, owner, session);
    l2s_l2tp_leave(e);
    return rc;
}

static void hang_up(struct l2s_l2tp_call *c, uint16_t result, const char *words)
{
    struct l2s_l2tp_farewell how = {.result = result, .words = words};
    struct l2s_l2tp_tunnel *t = c->tunnel;

    l2s_l2tp_call_close(c, &how);
    l2s_l2tp_tunnel_settle(t, true);
}

void l2s_l2tp_close(struct l2s_l2tp *e, uint64_t session, uint16_t result, const char *words)
{
    struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);

    if (!c)
        return;
    l2s_l2tp_enter(e);
    hang_up(c, result, words);
    l2s_l2tp_leave(e);
}

void l2s_l2tp_abandon(struct l2s_l2tp *e, uint64_t session)
{
    struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);

    if (!c)
        return;
    c->owned = false;
    l2s_l2tp_enter(e);
    hang_up(c, L2S_L2TP_CDN_ADMIN, NULL);
    l2s_l2tp_leave(e);
}

void l2s_l2tp_expect(const struct l2s_l2tp *e, uint64_t session, unsigned step)
{
    const struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);

    if (!c)
        return;
    if (step == 0)
        l2s_expect_all(c, sizeof *c);
    else if (step == 1)
        l2s_expect_all(c->tunnel, sizeof *c->tunnel);
    else
        l2s_expect(&c->tunnel->path->channel);
}

void *l2s_l2tp_owner(const struct l2s_l2tp *e, uint64_t session)
{
    const struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);

    return c && c->owned ? c->owner : NULL;
}

bool l2s_l2tp_same_tunnel(const struct l2s_l2tp *e, uint64_t a, uint64_t b)
{
    const struct l2s_l2tp_call *one = l2s_idtab_get(&e->calls, a), *other = l2s_idtab_get(&e->calls, b);

    return one && other && one->tunnel == other->tunnel;
}

uint64_t l2s_l2tp_round_trip(const struct l2s_l2tp *e, uint64_t session)
{
    const struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);

    return c ? c->tunnel->chan.round_trip : 0;
}

void l2s_l2tp_alive(struct l2s_l2tp *e, uint64_t session)
{
    struct l2s_l2tp_call *c = l2s_idtab_get(&e->calls, session);

    if (c)
        c->tunnel->chan.heard = e->sys->now;
}

/* ---- a peer that wants a tunnel -------------------------------------------------------------------------------- */

static bool never(const void *where, uint16_t id)
{
    (void)where;
    (void)id;
    return false;
}

/* An SCCRQ that is not acceptable gets a StopCCN and leaves nothing behind; when that is lost the SCCRQ comes again,
 * and gets another. The tunnel id in it is made up, for it must not be zero. */
static uint32_t decline(struct l2s_l2tp *e, uint64_t channel, uint16_t port, const struct l2s_l2tp_header *h,
                        uint16_t peer_id, const struct l2s_l2tp_farewell *how)
{
    struct l2s_l2tp_msg m = {.type = L2S_L2TP_STOPCCN,
                             .tunnel_id = l2s_l2tp_pick_tunnel(e, never, NULL),
                             .result = how->result,
                             .result_error = how->error,
                             .words = l2s_l2tp_words(how->words)};
    uint8_t out[L2S_L2TP_MESSAGE_MAX];
    struct l2s_wr w = l2s_wr_init(out, sizeof out);

    l2s_l2tp_msg_add(&m, L2S_AVP_TUNNEL_ID);
    l2s_l2tp_msg_add(&m, L2S_AVP_RESULT);
    l2s_l2tp_header_open(&w, peer_id, 0, 0, (uint16_t)(h->ns + 1));
    l2s_l2tp_msg_put(&w, &m);
    l2s_l2tp_header_close(&w);
    if (m.tunnel_id && !w.bad) {
        l2s_trace_message(&e->sys->trace, "l2tp", 0, "send", "StopCCN", how->result);
        e->port->emit(e->port->self, channel, port, out, w.len);
    }
    return L2TPSEC_DROP_UNEXPECTED;
}

/* Both ends dialled, and only the peer's SCCRQ has a tie breaker: it wins, our tunnel goes without a word and its call
 * waits for the peer's instead (4.4.3, 7.2.1). */
static void lose_tie(struct l2s_l2tp_path *p, struct l2s_l2tp_tunnel *winner)
{
    L2S_LIST_EACH (&p->tunnels, n, after) {
        struct l2s_l2tp_tunnel *t = L2S_LIST_ENTRY(n, struct l2s_l2tp_tunnel, node);
        if (t == winner || !l2s_l2tp_tunnel_waiting(t))
            continue;
        while (!l2s_list_empty(&t->calls))
            l2s_l2tp_call_move(L2S_LIST_ENTRY(t->calls.next, struct l2s_l2tp_call, node), winner);
        l2s_l2tp_tunnel_remove(t);
        return; /* one connect, one tunnel: and the next may have gone meanwhile */
    }
}

static uint32_t accept(struct l2s_l2tp *e, uint64_t channel, uint16_t port, const struct l2s_l2tp_header *h,
                       const struct l2s_l2tp_config *cfg, const struct l2s_l2tp_msg *m)
{
    struct l2s_l2tp_path *p = l2s_l2tp_path_get(e, channel);
    struct l2s_l2tp_farewell full = {
        .result = L2S_L2TP_STOP_ERROR, .error = L2S_L2TP_ERROR_RESOURCES, .words = "too many tunnels"};
    int rc;

    if (!p)
        return L2TPSEC_DROP_NO_MEMORY;
    if (!l2s_l2tp_path_room(p)) {
        (void)decline(e, channel, port, h, m->tunnel_id, &full);
        return L2TPSEC_DROP_LIMIT;
    }
    struct l2s_l2tp_tunnel *t = l2s_l2tp_tunnel_new(e, p, cfg, false, &rc);
    if (!t)
        return L2TPSEC_DROP_NO_MEMORY;
    if (l2s_l2tp_tunnel_answer(t, m, h->ns, port) != L2TPSEC_OK) {
        l2s_l2tp_tunnel_remove(t); /* the SCCRQ will come again */
        return L2TPSEC_DROP_NO_MEMORY;
    }
    if (l2s_l2tp_msg_has(m, L2S_AVP_TIE_BREAKER))
        lose_tie(p, t);
    return L2TPSEC_DROP_NONE;
}

static uint32_t recv_sccrq(struct l2s_l2tp *e, uint64_t channel, uint16_t port, const struct l2s_l2tp_header *h,
                           struct l2s_l2tp_hiding *hiding, struct l2s_l2tp_msg *m)
{
    const struct l2s_l2tp_config *cfg = e->port->accept(e->port->self, channel);
    struct l2s_l2tp_path *p = l2s_l2tp_path_find(e, channel);
    char words[L2S_L2TP_WORDS_MAX];
    struct l2s_l2tp_farewell how = {.result = 0, .words = words};

    if (cfg && cfg->secret_len) { /* now that the secret is known */
        hiding->secret = cfg->secret;
        hiding->secret_len = cfg->secret_len;
        (void)l2s_l2tp_msg_get(h->body, hiding, m);
    }
    if (!m->tunnel_id)
        return L2TPSEC_DROP_MALFORMED; /* nobody to answer to */
    struct l2s_l2tp_tunnel *known = p ? l2s_l2tp_path_tunnel_of_peer(p, m->tunnel_id, false) : NULL;
    if (known && !known->initiator && !l2s_l2tp_tunnel_settled(known)) {
        /* Else it is very late, or the peer has restarted: an acknowledgement would end its trying. */
        if (l2s_l2tp_tunnel_asks(known))
            l2s_l2tp_chan_repeated(&known->chan);
        return L2TPSEC_DROP_DUPLICATE;
    }
    const struct l2s_l2tp_objection *o = cfg ? l2s_l2tp_start_object(e->crypto, cfg, NULL, m) : NULL;
    if (!cfg) {
        how.result = L2S_L2TP_STOP_UNAUTHORISED;
        how.words = "no tunnels from here";
    } else if (m->error) {
        how.result = L2S_L2TP_STOP_ERROR;
        how.error = m->error;
        l2s_l2tp_msg_complaint(m, words);
    } else if (o) {
        how.result = o->result;
        how.error = o->error;
        how.words = o->words;
    }
    return how.result ? decline(e, channel, port, h, m->tunnel_id, &how) : accept(e, channel, port, h, cfg, m);
}

/* ---- receiving ------------------------------------------------------------------------------------------------- */

/* Whom a StopCCN means that names only its sender's id; one that never had the chance to tell it means the only one. */
static struct l2s_l2tp_tunnel *stopped(struct l2s_l2tp_path *p, struct l2s_l2tp_tunnel *only, uint16_t peer_id)
{
    struct l2s_l2tp_tunnel *t = l2s_l2tp_path_tunnel_of_peer(p, peer_id, false);

    if (!t)
        t = l2s_l2tp_path_tunnel_of_peer(p, peer_id, true);
    if (!t && only && !only->chan.peer_tunnel)
        t = only;
    return t;
}

/* Tunnel id 0: an SCCRQ; a StopCCN of a peer that does not know our id yet (4.4.3); anything of a D-Link, which sends
 * nothing else, if there is but one tunnel it can mean. Apple's Hellos that are to trigger IPsec are dropped. */
static uint32_t recv_nameless(struct l2s_l2tp *e, uint64_t channel, uint16_t port, const struct l2s_l2tp_header *h)
{
    struct l2s_l2tp_path *p = l2s_l2tp_path_find(e, channel);
    struct l2s_l2tp_tunnel *t = p ? l2s_l2tp_path_only(p) : NULL;
    struct l2s_l2tp_hiding hiding = {.crypto = e->crypto};
    struct l2s_l2tp_msg m = {.type = 0};
    uint32_t drop = L2TPSEC_DROP_UNKNOWN_TUNNEL;

    if (!l2s_rd_done(&h->body) && l2s_l2tp_msg_get(h->body, &hiding, &m) != L2TPSEC_OK)
        return L2TPSEC_DROP_MALFORMED;
    if (m.type == L2S_L2TP_STOPCCN && p && m.tunnel_id)
        t = stopped(p, t, m.tunnel_id);
    if (m.type == L2S_L2TP_SCCRQ)
        drop = recv_sccrq(e, channel, port, h, &hiding, &m);
    else if (t && (m.type != L2S_L2TP_HELLO || t->nameless))
        drop = l2s_l2tp_tunnel_recv(t, h, port);
    if (t && m.type == L2S_L2TP_SCCCN) /* a peer that never learns our id; Apple's triggers are Hellos alone */
        t->nameless = true;
    l2s_wipe(&hiding, sizeof hiding);
    return drop;
}

static uint32_t recv_control(struct l2s_l2tp *e, uint64_t channel, uint16_t port, const struct l2s_l2tp_header *h)
{
    if (!h->tunnel)
        return recv_nameless(e, channel, port, h);

    struct l2s_l2tp_path *p = l2s_l2tp_path_find(e, channel);
    struct l2s_l2tp_tunnel *t = p ? l2s_l2tp_path_tunnel(p, h->tunnel) : NULL;
    return t ? l2s_l2tp_tunnel_recv(t, h, port) : L2TPSEC_DROP_UNKNOWN_TUNNEL;
}

enum l2s_l2tp_kind l2s_l2tp_input(struct l2s_l2tp *e, uint64_t channel, uint16_t src_port, const uint8_t *p, size_t n,
                                  struct l2s_l2tp_rx *out)
{
    struct l2s_l2tp_header h;

    memset(out, 0, sizeof *out);
    out->reason = l2s_l2tp_header_get(p, n, &h);
    if (out->reason)
        return L2S_L2TP_DROP;
    if (!h.control)
        return l2s_l2tp_data_recv(e, channel, &h, out);
    l2s_l2tp_enter(e);
    out->reason = recv_control(e, channel, src_port, &h);
    l2s_l2tp_leave(e);
    return out->reason ? L2S_L2TP_DROP : L2S_L2TP_CONTROL;
}
