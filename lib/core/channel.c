/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/channel.h"

#include "base/errors.h"
#include "core/events.h"
#include "core/history.h"
#include "core/host.h"
#include "core/keylog.h"
#include "core/link.h"
#include "core/tap.h"
#include "ike/common/id.h"
#include "wire/ip.h"
#include "wire/wr.h"

#include <stdio.h>
#include <string.h>

#define OUTER_MTU 1500u               /* what we size inner packets for: the path of nearly everybody */
#define SWITCH_AFTER (2 * L2S_SECOND) /* a new pair of ours is surely installed at the peer by then */
#define IDLE_START (60 * L2S_SECOND)  /* server: from phase 2 to the first call */
#define TINY (UINT64_C(1) << 20)      /* bytes: such limits are obeyed, but not as often as a peer may wish */
#define TINY_EACH L2S_SECOND
#define DES3_BYTES (UINT64_C(1) << 30)

struct l2s_link *l2s_channel_link(const struct l2s_channel *ch)
{
    return l2s_list_empty(&ch->links) ? NULL : L2S_LIST_ENTRY(ch->links.next, struct l2s_link, node);
}

struct l2s_channel *l2s_channel_find(struct l2tpsec *c, uint64_t id)
{
    uint64_t hash = l2s_hash_ours(id);

    for (struct l2s_hnode *n = l2s_hash_first(&c->channels, hash); n; n = l2s_hash_next(n)) {
        struct l2s_channel *ch = L2S_CONTAINER(n, struct l2s_channel, hnode);
        if (ch->id == id)
            return ch;
    }
    return NULL;
}

static void bury_child(struct l2tpsec *c, struct l2s_grave *g)
{
    struct l2s_child *child = L2S_CONTAINER(g, struct l2s_child, grave);

    l2s_esp_remove(c->esp, child->sa);
    l2s_mem_free(&c->sys.mem, child);
}

static void bury_channel(struct l2tpsec *c, struct l2s_grave *g)
{
    struct l2s_channel *ch = L2S_CONTAINER(g, struct l2s_channel, grave);

    l2s_shared_put(c, ch->shared);
    l2s_mem_free(&c->sys.mem, ch);
}

static struct l2s_child *child_of(struct l2s_channel *ch, uint64_t id)
{
    L2S_LIST_EACH (&ch->children, n, after) {
        struct l2s_child *child = L2S_LIST_ENTRY(n, struct l2s_child, node);
        if (child->id == id)
            return child;
    }
    return NULL;
}

/* The newest pair that both sides have; else the newest; NULL: none. */
static struct l2s_child *successor(struct l2s_channel *ch)
{
    struct l2s_child *found = NULL;

    L2S_LIST_EACH (&ch->children, n, after) {
        struct l2s_child *child = L2S_LIST_ENTRY(n, struct l2s_child, node);
        if (!found || child->announced || !found->announced)
            found = child;
    }
    return found;
}

static void remove_child(struct l2s_channel *ch, struct l2s_child *child)
{
    l2s_list_remove(&child->node);
    if (ch->next_out == child)
        ch->next_out = NULL;
    if (ch->out == child) {
        ch->out = successor(ch);
        ch->next_out = NULL;
    }
    l2s_core_doom(ch->c, &child->grave, bury_child);
}

void l2s_channel_free(struct l2s_channel *ch)
{
    struct l2tpsec *c = ch->c;

    while (!l2s_list_empty(&ch->children))
        remove_child(ch, L2S_LIST_ENTRY(ch->children.next, struct l2s_child, node));
    ch->gone = true;
    l2s_mem_free(&c->sys.mem, ch->history);
    ch->history = NULL;
    l2s_timer_cancel(&c->sys.timers, &ch->idle);
    l2s_timers_release(&c->sys.timers, 1);
    l2s_hash_remove(&c->channels, &ch->hnode);
    l2s_core_doom(c, &ch->grave, bury_channel);
}

/* End a channel: its links first, who get to know why. */
static void end(struct l2s_channel *ch, const struct l2s_failure *why)
{
    struct l2tpsec *c = ch->c;

    if (ch->gone)
        return;
    ch->gone = true; /* the links need not close it any more */
    while (!l2s_list_empty(&ch->links)) {
        struct l2s_link *l = L2S_LIST_ENTRY(ch->links.next, struct l2s_link, node);
        l2s_list_remove(&l->node);
        l2s_link_channel_down(l, why);
    }
    l2s_l2tp_channel_down(c->l2tp, ch->id);
    l2s_channel_free(ch);
}

void l2s_channel_close(struct l2s_channel *ch)
{
    uint64_t id = ch->id;
    struct l2tpsec *c = ch->c;

    if (ch->gone)
        return;
    end(ch, NULL);
    l2s_ike_close(c->ike, id);
}

static void idle_over(void *owner)
{
    struct l2s_channel *ch = owner;

    if (l2s_list_empty(&ch->links))
        l2s_channel_close(ch);
}

void l2s_channel_idle(struct l2s_channel *ch, uint64_t after)
{
    if (!ch->client && !ch->gone)
        l2s_timer_arm(&ch->c->sys.timers, &ch->idle, ch->c->sys.now + after);
}

static size_t ip_header(const struct l2s_channel *ch)
{
    return ch->remote.family == 6 ? 40 : 20;
}

void l2s_channel_text(const struct l2s_channel *ch, char *out, size_t cap)
{
    struct l2s_esp_proposal p = {.group = L2S_GROUP_NONE};
    char words[L2S_PROPOSAL_TEXT];

    if (ch->out)
        p.suite = ch->out->suite;
    (void)l2s_esp_proposal_text(&p, words, sizeof words);
    snprintf(out, cap, "ESP %s %s", words, ch->udp_encap ? "in UDP" : "as IP protocol 50");
}

uint16_t l2s_channel_mtu(const struct l2s_channel *ch)
{
    size_t room = OUTER_MTU - ip_header(ch) - (ch->udp_encap ? 8u : 0u);
    size_t inner = ch->out ? l2s_esp_room_for(&ch->out->suite, room) : 1280;
    size_t headers = 8 + 8 + 4; /* UDP, L2TP, PPP */

    return (uint16_t)(inner > headers + 576 ? inner - headers : 576);
}

void l2s_channel_address(const struct l2s_channel *ch, l2tpsec_packet *p)
{
    p->local = ch->local;
    p->remote = ch->remote;
    p->transport = ch->udp_encap ? L2TPSEC_TRANSPORT_UDP : L2TPSEC_TRANSPORT_ESP;
    if (!ch->udp_encap)
        p->local.port = p->remote.port = 0;
}

/* Links get to know of a new pair: of the first, to begin; of later ones, for the log. */
static void announce(struct l2s_channel *ch, struct l2s_child *child)
{
    bool first = ch->out == NULL;

    child->announced = true;
    if (first)
        ch->out = child;
    else
        ch->c->stats.rekeys++;
    L2S_LIST_EACH (&ch->links, n, after) {
        struct l2s_link *l = L2S_LIST_ENTRY(n, struct l2s_link, node);
        if (first) {
            l2s_link_step(l, L2S_LINK_SECURE);
        } else {
            l->stats.rekeys++;
            l2s_event_put(ch->c, L2TPSEC_EVENT_REKEYED, l, NULL);
        }
    }
}

/* Send with this pair from now on. */
static void adopt(struct l2s_channel *ch, struct l2s_child *child)
{
    if (!child->announced)
        announce(ch, child);
    ch->out = child;
    ch->c->epoch++;
    if (ch->next_out && ch->next_out->id <= child->id)
        ch->next_out = NULL;
}

struct l2s_child *l2s_channel_out(struct l2s_channel *ch)
{
    if (ch->next_out && ch->c->sys.now >= ch->next_out_at)
        adopt(ch, ch->next_out);
    return ch->out;
}

void l2s_channel_spent(struct l2s_channel *ch, struct l2s_child *by)
{
    uint64_t now = ch->c->sys.now;

    if (by->rekey_asked || by != ch->out) /* an older one has its successor */
        return;
    if (by->tiny && ch->spent_at && now < ch->spent_at + TINY_EACH)
        return; /* a later packet asks again */
    ch->spent_at = now;
    by->rekey_asked = true;
    ch->c->epoch++;
    l2s_ike_rekey(ch->c->ike, ch->id, by->id);
}

void l2s_channel_heard(struct l2s_channel *ch, struct l2s_child *by, const l2tpsec_addr *local,
                       const l2tpsec_addr *from, bool newest, bool udp)
{
    struct l2tpsec *c = ch->c;

    ch->heard = true;
    if (by->unconfirmed) {
        by->unconfirmed = false;
        l2s_ike_used(c->ike, ch->id, by->id);
    }
    if (!ch->out || by->id > ch->out->id) /* the peer uses it, so it has it */
        adopt(ch, by);
    if (newest && udp && ch->udp_encap && memcmp(from, &ch->remote, sizeof *from) != 0) {
        l2s_ike_moved(c->ike, ch->id, local, from);
        c->epoch++;
    }
    if (c->sys.now >= ch->told_in + L2S_SECOND) {
        ch->told_in = c->sys.now;
        l2s_ike_traffic(c->ike, ch->id, true);
    }
}

void l2s_channel_sent(struct l2s_channel *ch)
{
    struct l2tpsec *c = ch->c;

    if (c->sys.now >= ch->told_out + L2S_SECOND) {
        ch->told_out = c->sys.now;
        l2s_ike_traffic(c->ike, ch->id, false);
    }
}

void l2s_channel_send(struct l2s_channel *ch, uint16_t peer_port, const uint8_t *head, size_t head_len,
                      const uint8_t *p, size_t n)
{
    struct l2tpsec *c = ch->c;
    struct l2s_child *out = l2s_channel_out(ch);
    l2tpsec_packet *pkt;
    size_t inner = 8 + head_len + n;

    if (!out || inner > 0xffff)
        return;
    uint8_t *at = l2s_packets_add(&c->send, &c->sys.mem, L2S_ESP_HEADROOM, inner + L2S_ESP_TAILROOM, &pkt);
    if (!at) {
        l2s_host_drop(c, "core", NULL, L2TPSEC_DROP_NO_MEMORY);
        return;
    }
    struct l2s_wr w = l2s_wr_init(at, inner);
    l2s_wr_u16(&w, L2S_L2TP_PORT);
    l2s_wr_u16(&w, peer_port);
    l2s_wr_u16(&w, (uint16_t)inner);
    l2s_wr_u16(&w, 0);
    l2s_wr_bytes(&w, head, head_len);
    l2s_wr_bytes(&w, p, n);
    if (ch->remote.family == 6)
        l2s_put16(at + 6, l2s_udp_checksum(6, ch->local_inner.ip, ch->remote_inner.ip, at, inner));

    if (c->cb.tap)
        l2s_tap_l2tp(c, ch, NULL, peer_port, true, at + 8, inner - 8);
    struct l2s_esp_tx tx = {.sa = out->sa, .p = at, .len = inner, .reason = 0};
    l2s_esp_seal(c->esp, &tx, 1);
    if (tx.reason) {
        c->send.n--;
        l2s_host_drop(c, "esp", NULL, tx.reason);
        return;
    }
    pkt->reserved[0] = (uint64_t)(tx.p - c->send.bytes);
    pkt->len = tx.len;
    l2s_channel_address(ch, pkt);
    l2s_channel_sent(ch);
    if (tx.spent)
        l2s_channel_spent(ch, out);
}

/* ---- what IKE says --------------------------------------------------------------------------------------------- */

static void emit(void *self, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool marker, const uint8_t *p,
                 size_t n)
{
    struct l2tpsec *c = self;
    l2tpsec_packet *pkt;
    size_t head = marker ? 4 : 0;
    uint8_t *at = l2s_packets_add(&c->send, &c->sys.mem, 0, head + n, &pkt);

    if (!at) {
        l2s_host_drop(c, "ike", NULL, L2TPSEC_DROP_NO_MEMORY);
        return;
    }
    memset(at, 0, head);
    memcpy(at + head, p, n);
    pkt->local = *local;
    pkt->remote = *remote;
}

/* A host that is woken for this does not want to be woken again in ten seconds, so questions that are nearly due go instead. */
static void keepalive(void *self, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote)
{
    static const uint8_t ff = 0xff;
    struct l2s_channel *ch = l2s_channel_find(self, channel);
    bool asked = false;

    if (ch)
        L2S_LIST_EACH (&ch->links, n, after) {
            struct l2s_ppp *ppp = L2S_LIST_ENTRY(n, struct l2s_link, node)->ppp;
            asked = (ppp && l2s_ppp_ask_early(ppp)) || asked;
        }
    if (asked)
        return;
    emit(self, local, remote, false, &ff, 1);
}

static int psk(void *self, const struct l2s_psk_query *q, uint64_t token, uint8_t out[L2S_PSK_MAX], size_t *len)
{
    struct l2tpsec *c = self;
    struct l2s_link *l = q->owner;
    uint32_t candidate = q->candidate;
    const struct l2s_profile *prof = NULL;

    if (l)
        prof = l->prof;
    else if (!l2s_list_empty(&c->servers))
        prof = &L2S_LIST_ENTRY(c->servers.next, struct l2s_shared_profile, node)->p;
    /* In aggressive mode the identity tells which key is meant: the host's for it, before the one for all. */
    bool claimed = !l && !q->initiator && q->id.type && c->cb.secret;
    if (prof && prof->psk_len && !claimed) {
        if (candidate == 0) {
            memcpy(out, prof->psk, prof->psk_len);
            *len = prof->psk_len;
            return L2TPSEC_OK;
        }
        candidate--;
    }
    l2tpsec_query ask = {.size = sizeof ask,
                         .kind = L2TPSEC_SECRET_PSK,
                         .candidate = candidate,
                         .token = token << 2 | L2S_TOKEN_PSK,
                         .link = l ? l->id : 0,
                         .local = q->local,
                         .remote = q->remote,
                         .name = q->id.data,
                         .name_len = q->id.type ? q->id.len : 0};
    int rc = l2s_host_secret(c, &ask, out, L2S_PSK_MAX, len);
    if (rc == L2TPSEC_ENOENT && claimed && prof && prof->psk_len) {
        memcpy(out, prof->psk, prof->psk_len);
        *len = prof->psk_len;
        return L2TPSEC_OK;
    }
    return rc;
}

static int sign(void *self, const struct l2s_sign_query *q, uint64_t token, uint8_t sig[L2S_SIGNATURE_MAX], size_t *len)
{
    struct l2tpsec *c = self;
    const struct l2s_link *l = q->owner;
    l2tpsec_sign_query ask = {.size = sizeof ask,
                              .kind = q->method == L2S_BY_RSA ? L2TPSEC_SIGN_RSA : L2TPSEC_SIGN_ECDSA,
                              .token = token << 2 | L2S_TOKEN_SIGNATURE,
                              .link = l ? l->id : 0,
                              .local = q->local,
                              .remote = q->remote,
                              .hash = q->hash.p,
                              .hash_len = q->hash.n,
                              .certificate = q->cert.p,
                              .certificate_len = q->cert.n};

    return l2s_host_sign(c, &ask, sig, L2S_SIGNATURE_MAX, len);
}

static int wall_clock(void *self, int64_t *now)
{
    return l2s_host_wall_clock(self, now);
}

static uint32_t spi_reserve(void *self)
{
    return l2s_esp_spi_reserve(((struct l2tpsec *)self)->esp);
}

static void spi_release(void *self, uint32_t spi)
{
    l2s_esp_spi_release(((struct l2tpsec *)self)->esp, spi);
}

static int channel_up(void *self, uint64_t channel, void *owner, const struct l2s_ike_id *peer_id, const char *proposal)
{
    struct l2tpsec *c = self;
    struct l2s_link *l = owner;

    if (l2s_timers_reserve(&c->sys.timers, 1) != L2TPSEC_OK)
        return L2TPSEC_ENOMEM;
    struct l2s_channel *ch = l2s_mem_new(&c->sys.mem, sizeof *ch);
    if (!ch || l2s_hash_add(&c->channels, &ch->hnode, l2s_hash_ours(channel)) != L2TPSEC_OK) {
        l2s_mem_free(&c->sys.mem, ch);
        l2s_timers_release(&c->sys.timers, 1);
        return L2TPSEC_ENOMEM;
    }
    ch->id = channel;
    ch->c = c;
    ch->client = l != NULL;
    l2s_list_init(&ch->children);
    l2s_list_init(&ch->links);
    l2s_timer_init(&ch->idle, idle_over, ch);
    if (l) {
        ch->shared = l->dial->shared;
        ch->shared->users++;
        l->channel = ch;
        l2s_list_add_tail(&ch->links, &l->node);
        char who[64], text[192];
        struct l2s_id id = {.type = peer_id->type, .data = l2s_rd_init(peer_id->data, peer_id->len)};
        (void)l2s_id_text(&id, who, sizeof who);
        snprintf(text, sizeof text, "IKE: phase 1 is up with %s: %s", who, proposal);
        l2s_event_progress(l, L2TPSEC_LAYER_IKE, "main mode", text);
    } else {
        ch->shared = L2S_LIST_ENTRY(c->servers.next, struct l2s_shared_profile, node);
        ch->shared->users++;
        ch->history = l2s_history_new(&c->sys.mem, ch->shared->p.messages);
        l2s_channel_idle(ch, IDLE_START);
    }
    return L2TPSEC_OK;
}

/* A third before the end. Blocks of 64 bits collide after 32 GB, and leak before (Sweet32): those end at 1 GB at the latest. */
static uint64_t soft_bytes(const struct l2s_ike_child *k)
{
    uint64_t most = k->suite.cipher == L2S_ESP_DES3_CBC ? DES3_BYTES : 0;

    return (most && (!k->lifetime_bytes || most < k->lifetime_bytes) ? most : k->lifetime_bytes) / 3 * 2;
}

bool l2s_channel_is_cut(const struct l2s_channel *ch)
{
    return ch->out && l2s_esp_is_cut(ch->out->sa);
}

bool l2s_channel_cut_elsewhere(struct l2s_channel *ch)
{
    return ch->out && l2s_esp_cut_elsewhere(ch->out->sa);
}

/* Where a client cuts, its first packet shows, and a server's silence; the pair before has shown it already. */
static enum l2s_esp_cut cut(const struct l2s_channel *ch, const struct l2s_ike_child *k)
{
    const struct l2s_link *l = l2s_channel_link(ch);

    if (ch->shared->p.sha256_96 != L2S_ESP_CUT_LEARN)
        return ch->shared->p.sha256_96;
    if (ch->out ? l2s_channel_is_cut(ch) : l && l->dial && l->dial->cut)
        return L2S_ESP_CUT_FOUND;
    return k->sha256_96 || (ch->client && !ch->heard) ? L2S_ESP_CUT_LEARN : L2S_ESP_CUT_NEVER;
}

static struct l2s_child *install(struct l2s_channel *ch, const struct l2s_ike_child *k)
{
    struct l2tpsec *c = ch->c;
    struct l2s_child *child = l2s_mem_new(&c->sys.mem, sizeof *child);
    struct l2s_esp_params params = {.spi_in = k->spi_in,
                                    .spi_out = k->spi_out,
                                    .suite = k->suite,
                                    .enc_in = k->enc_in,
                                    .auth_in = k->auth_in,
                                    .enc_out = k->enc_out,
                                    .auth_out = k->auth_out,
                                    .local_port = k->local_port,
                                    .remote_port = k->remote_port,
                                    .replay_window = (ch->shared->p.replay_window + 63u) & ~63u,
                                    .soft_bytes = soft_bytes(k),
                                    .cut = cut(ch, k),
                                    .owner = child};

    if (!child || l2s_esp_add(c->esp, &params, &child->sa) != L2TPSEC_OK) {
        l2s_mem_free(&c->sys.mem, child);
        return NULL;
    }
    child->channel = ch;
    child->id = k->id;
    child->spi_in = k->spi_in;
    child->spi_out = k->spi_out;
    child->suite = k->suite;
    child->tiny = params.soft_bytes && params.soft_bytes < TINY;
    l2s_list_add_tail(&ch->children, &child->node);
    return child;
}

static int child_up(void *self, uint64_t channel, const struct l2s_ike_child *k)
{
    struct l2tpsec *c = self;
    struct l2s_channel *ch = l2s_channel_find(c, channel);

    if (!ch)
        return L2TPSEC_ENOMEM;
    struct l2s_child *child = install(ch, k);
    if (!child)
        return L2TPSEC_ENOMEM;
    ch->udp_encap = k->udp_encap;
    ch->local = k->local;
    ch->remote = k->remote;
    ch->local_inner = k->local_inner;
    ch->remote_inner = k->remote_inner;
    ch->legacy = ch->legacy || k->legacy;
    ch->aggressive = ch->aggressive || k->aggressive;
    l2s_keylog_esp(c, k);
    child->unconfirmed = k->unconfirmed;
    if (ch->out && k->initiator) {
        ch->next_out = child;
        ch->next_out_at = c->sys.now + SWITCH_AFTER;
    }
    if (!k->unconfirmed)
        announce(ch, child);
    return L2TPSEC_OK;
}

static void child_confirmed(void *self, uint64_t channel, uint64_t id)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);
    struct l2s_child *child = ch ? child_of(ch, id) : NULL;

    if (!child)
        return;
    child->unconfirmed = false;
    if (!child->announced)
        adopt(ch, child);
}

static void child_down(void *self, uint64_t channel, uint64_t id)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);

    if (!ch)
        return;
    struct l2s_child *child = child_of(ch, id);
    if (child)
        remove_child(ch, child);
    L2S_LIST_EACH (&ch->children, n, after) /* what was asked while that one was the newest may have come to nothing */
        L2S_LIST_ENTRY(n, struct l2s_child, node)->rekey_asked = false;
}

static void channel_down(void *self, uint64_t channel, void *owner, const struct l2s_failure *why)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);

    if (ch)
        end(ch, why);
    else if (owner)
        l2s_link_channel_down(owner, why);
}

void l2s_channel_refused(struct l2tpsec *c, const l2tpsec_addr *remote, const struct l2s_failure *why)
{
    c->stats.refused++;
    struct l2s_event *e = l2s_event_put(c, L2TPSEC_EVENT_REFUSED, NULL, why);
    if (e)
        e->ev.remote = *remote;
}

static void failed(void *self, void *owner, const l2tpsec_addr *remote, const struct l2s_failure *why)
{
    if (owner)
        l2s_link_channel_down(owner, why);
    else
        l2s_channel_refused(self, remote, why);
}

/* The peer says it began anew: what it had here is void, the channel itself goes on. */
static void channel_reset(void *self, uint64_t channel)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);
    struct l2s_failure why = {.layer = L2TPSEC_LAYER_IKE, .cause = L2TPSEC_CAUSE_REPLACED, .step = "INITIAL-CONTACT"};

    if (!ch || ch->client)
        return;
    while (!l2s_list_empty(&ch->links)) {
        struct l2s_link *l = L2S_LIST_ENTRY(ch->links.next, struct l2s_link, node);
        l2s_list_remove(&l->node);
        l2s_link_channel_down(l, &why);
    }
    l2s_l2tp_channel_down(ch->c->l2tp, ch->id);
    l2s_channel_idle(ch, IDLE_START);
}

static void channel_moved(void *self, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote,
                          bool udp_encap)
{
    struct l2s_channel *ch = l2s_channel_find(self, channel);

    if (!ch)
        return;
    bool moved = ch->out && (memcmp(&ch->remote, remote, sizeof *remote) != 0 ||
                             (ch->client && memcmp(ch->local.ip, local->ip, sizeof local->ip) != 0));
    ch->local = *local;
    ch->remote = *remote;
    ch->udp_encap = ch->udp_encap || udp_encap;
    if (!moved)
        return;
    L2S_LIST_EACH (&ch->links, n, after)
        l2s_event_put(ch->c, L2TPSEC_EVENT_MOVED, L2S_LIST_ENTRY(n, struct l2s_link, node), NULL);
}

static void keylog(void *self, const uint8_t icookie[8], const uint8_t *key, size_t len)
{
    l2s_keylog_ike(self, icookie, key, len);
}

const struct l2s_ike_port l2s_channel_ike_port = {
    .emit = emit,
    .keepalive = keepalive,
    .psk = psk,
    .sign = sign,
    .wall_clock = wall_clock,
    .spi_reserve = spi_reserve,
    .spi_release = spi_release,
    .channel_up = channel_up,
    .child_up = child_up,
    .child_confirmed = child_confirmed,
    .child_down = child_down,
    .channel_down = channel_down,
    .failed = failed,
    .channel_reset = channel_reset,
    .channel_moved = channel_moved,
    .keylog = keylog,
};
