/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/info.h"

#include "ike/v1/child.h"
#include "ike/v1/dpd.h"
#include "ike/v1/quick_mode.h"

#define CONTACT_TIME (30 * L2S_SECOND) /* INITIAL-CONTACT comes soon after phase 1, or it is a replay */

static const struct l2s_payload_rule rules_hash[] = {
    {L2S_PK_HASH, 1, 1}, {L2S_PK_NOTIFY, 0, 32}, {L2S_PK_DELETE, 0, 32}, {L2S_PK_VID, 0, 32}, {L2S_PK_NONE, 0, 0}};

/* ---- out ------------------------------------------------------------------------------------------------------- */

/* One exchange of one message: begun with its HASH payload, closed over what follows it. */
struct notice {
    struct l2s_wr w;
    struct l2s_chain c;
    size_t hash_at;
    uint32_t id;
};

static int begin(struct l2s_v1_sa *sa, struct notice *n)
{
    struct l2s_isakmp h;
    int rc = l2s_v1_sa_fresh_id(sa, &n->id);

    if (rc != L2TPSEC_OK)
        return rc;
    h = l2s_v1_sa_header(sa, L2S_EXCHANGE_INFO, L2S_FLAG_ENCRYPTED, n->id);
    n->w = l2s_wr_init(sa->e->buf, sizeof sa->e->buf);
    n->c = l2s_chain_begin(&n->w, &h);
    n->hash_at = l2s_chain_put_room(&n->c, L2S_PT_HASH, sa->keys.hash_len);
    return L2TPSEC_OK;
}

static int seal(struct l2s_v1_sa *sa, struct notice *n)
{
    struct l2s_crypto *c = sa->e->crypto;
    size_t from = n->hash_at + sa->keys.hash_len;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX];
    int rc;

    if (n->w.bad)
        return L2TPSEC_EINTERNAL;
    struct l2s_bytes rest = {.p = n->w.p + from, .n = n->w.len - from};
    rc = l2s_v1_hash1(&sa->keys, c, n->id, rest, n->w.p + n->hash_at);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_iv_phase2(&sa->keys, c, sa->iv, n->id, iv);
    return rc == L2TPSEC_OK ? l2s_v1_message_seal(sa, iv, &n->c) : rc;
}

static void end(struct l2s_v1_sa *sa, struct notice *n, const char *what)
{
    int rc = seal(sa, n);

    if (rc != L2TPSEC_OK)
        return;
    l2s_v1_say(sa->e, l2s_v1_sa_channel(sa), "send", what, (int64_t)n->w.len);
    l2s_v1_emit(sa->e, l2s_v1_sa_path(sa), n->w.p, n->w.len);
}

static void put_cookies(const struct l2s_v1_sa *sa, uint8_t out[2 * L2S_COOKIE])
{
    memcpy(out, sa->icookie, L2S_COOKIE);
    memcpy(out + L2S_COOKIE, sa->rcookie, L2S_COOKIE);
}

int l2s_v1_info_write_notify(struct l2s_v1_sa *sa, uint16_t notify, uint32_t spi, struct l2s_wr *out)
{
    uint8_t cookies[2 * L2S_COOKIE], name[4];
    struct notice n;
    int rc = begin(sa, &n);

    if (rc != L2TPSEC_OK)
        return rc;
    l2s_v1_use(&sa->info_ids, n.id); /* the hash has no direction: thrown back at us it must not count */
    put_cookies(sa, cookies);
    l2s_put32(name, spi);
    if (spi)
        l2s_chain_put_notify(&n.c, L2S_PROTO_ESP, notify, name, sizeof name, NULL, 0);
    else
        l2s_chain_put_notify(&n.c, L2S_PROTO_ISAKMP, notify, cookies, sizeof cookies, NULL, 0);
    rc = seal(sa, &n);
    *out = n.w;
    return rc;
}

void l2s_v1_info_notify(struct l2s_v1_sa *sa, uint16_t notify, uint32_t spi)
{
    struct l2s_wr w;

    if (l2s_v1_info_write_notify(sa, notify, spi, &w) != L2TPSEC_OK)
        return;
    l2s_v1_say(sa->e, l2s_v1_sa_channel(sa), "send", l2s_notify_name(notify), (int64_t)w.len);
    l2s_v1_emit(sa->e, l2s_v1_sa_path(sa), w.p, w.len);
}

void l2s_v1_info_delete_esp(struct l2s_v1_sa *sa, uint32_t spi_in)
{
    struct notice n;

    if (begin(sa, &n) != L2TPSEC_OK)
        return;
    l2s_chain_put_delete_esp(&n.c, spi_in);
    end(sa, &n, "DELETE ESP");
}

void l2s_v1_info_delete_ike(struct l2s_v1_sa *sa)
{
    struct notice n;

    if (begin(sa, &n) != L2TPSEC_OK)
        return;
    l2s_chain_put_delete_ike(&n.c, sa->icookie, sa->rcookie);
    end(sa, &n, "DELETE ISAKMP");
}

void l2s_v1_info_dpd(struct l2s_v1_sa *sa, uint16_t notify, uint32_t sequence)
{
    uint8_t cookies[2 * L2S_COOKIE], data[4];
    struct notice n;

    if (begin(sa, &n) != L2TPSEC_OK)
        return;
    put_cookies(sa, cookies);
    l2s_put32(data, sequence);
    l2s_chain_put_notify(&n.c, L2S_PROTO_ISAKMP, notify, cookies, sizeof cookies, data, sizeof data);
    end(sa, &n, l2s_notify_name(notify));
}

static void clear(struct l2s_ike *e, struct l2s_isakmp *h, const struct l2s_v1_path *to, uint16_t notify)
{
    struct l2s_wr w = l2s_wr_init(e->buf, sizeof e->buf);
    struct l2s_chain c;

    if (!l2s_v1_bucket_take(&e->notifies, e->sys->now) || l2s_v1_random_number(e, &h->message_id) != L2TPSEC_OK)
        return;
    h->exchange = L2S_EXCHANGE_INFO;
    h->flags = 0;
    c = l2s_chain_begin(&w, h);
    l2s_chain_put_notify(&c, L2S_PROTO_ISAKMP, notify, NULL, 0, NULL, 0);
    l2s_chain_end(&c);
    l2s_v1_say(e, 0, "send", l2s_notify_name(notify), (int64_t)w.len);
    l2s_v1_emit(e, to, w.p, w.len);
}

void l2s_v1_info_clear(struct l2s_ike *e, const struct l2s_v1_message *m, uint16_t notify)
{
    struct l2s_isakmp h = *m->h;

    if (l2s_cookie_zero(h.rcookie) && l2s_v1_random_cookie(e, h.rcookie) != L2TPSEC_OK)
        return;
    clear(e, &h, &m->from, notify);
}

void l2s_v1_info_clear_sa(struct l2s_v1_sa *sa, const struct l2s_v1_path *to, uint16_t notify)
{
    struct l2s_isakmp h = l2s_v1_sa_header(sa, L2S_EXCHANGE_INFO, 0, 0);

    clear(sa->e, &h, to, notify);
}

/* ---- in -------------------------------------------------------------------------------------------------------- */

static struct l2s_v1_child *child_by_spi_out(const struct l2s_v1_peer *p, uint32_t spi)
{
    L2S_LIST_EACH (&p->children, n, after) {
        struct l2s_v1_child *c = L2S_LIST_ENTRY(n, struct l2s_v1_child, node);
        if (c->spi_out == spi)
            return c;
    }
    return NULL;
}

/* The peer names what it receives on. Deletes of what we do not have are common: both sides expire alike. */
static void recv_delete(struct l2s_v1_peer *p, struct l2s_rd body)
{
    struct l2s_ike *e = p->e;
    struct l2s_delete d;

    if (l2s_delete_read(body, &d) != L2TPSEC_OK) {
        l2s_v1_drop(e, p->channel, L2TPSEC_DROP_MALFORMED, "delete");
        return;
    }
    for (unsigned i = 0; i < d.n && !p->gone; i++) {
        if (d.protocol == L2S_PROTO_ESP) {
            struct l2s_v1_child *c = child_by_spi_out(p, l2s_rd_u32(&d.spis));
            if (c)
                l2s_v1_child_down(c);
        } else if (d.protocol == L2S_PROTO_ISAKMP) {
            uint8_t cookies[2 * L2S_COOKIE];
            l2s_rd_copy(&d.spis, cookies, sizeof cookies);
            struct l2s_v1_sa *named = l2s_v1_sa_find(e, cookies, cookies + L2S_COOKIE);
            if (named && named->peer == p) /* some name other, long expired ones */
                l2s_v1_sa_end(named);
        }
    }
    if (!p->gone)
        l2s_v1_peer_check(p, L2TPSEC_CAUSE_CLOSED_BY_PEER);
}

static bool is_dpd(uint16_t notify)
{
    return notify == L2S_N_R_U_THERE || notify == L2S_N_R_U_THERE_ACK;
}

static void recv_notify(struct l2s_v1_sa *sa, const struct l2s_notify *n, const struct l2s_v1_path *from)
{
    struct l2s_ike *e = sa->e;
    uint32_t kb = 0;

    l2s_v1_say(e, sa->peer->channel, "recv", l2s_notify_name(n->type), n->type);
    if (is_dpd(n->type)) {
        l2s_v1_dpd_input(sa, n, from);
    } else if (n->type == L2S_N_INITIAL_CONTACT) {
        bool timely = e->sys->now <= sa->up_at + CONTACT_TIME;
        if (!sa->initiator && !sa->contact_over && timely)
            l2s_v1_peer_reset(sa->peer, sa);
        sa->contact_over = true;
    } else if (n->type == L2S_N_RESPONDER_LIFETIME) {
        if (n->protocol == L2S_PROTO_ISAKMP && sa->initiator && sa == l2s_v1_peer_sa(sa->peer)) {
            l2s_v1_shorten(n->data, &sa->life_s, &kb);
            l2s_v1_sa_schedule(sa);
        } else if (n->protocol == L2S_PROTO_ESP) {
            l2s_v1_quick_shorten(sa, n->data);
        }
    } else if (n->type < L2S_NOTIFY_ERRORS_END) {
        l2s_v1_quick_refused(sa, n->type, n->spi);
    }
}

/* What a message with a valid hash says, payload by payload: any of them may end the SA. */
static void process(struct l2s_v1_sa *sa, const struct l2s_v1_message *m)
{
    const struct l2s_payloads *s = &m->payloads;
    struct l2s_v1_peer *p = sa->peer;
    struct l2s_ike *e = sa->e;
    bool used = l2s_v1_used(&sa->info_ids, m->h->message_id);
    bool use = false;

    for (unsigned i = 0; i < s->n && !sa->gone && !p->gone; i++) {
        struct l2s_notify n;
        if (s->kind[i] == L2S_PK_NOTIFY && l2s_notify_read(s->body[i], &n) == L2TPSEC_OK && is_dpd(n.type)) {
            recv_notify(sa, &n, &m->from); /* has numbers of its own against replay */
            continue;
        }
        if (s->kind[i] != L2S_PK_NOTIFY && s->kind[i] != L2S_PK_DELETE)
            continue;
        if (used) {
            l2s_v1_drop(e, p->channel, L2TPSEC_DROP_REPLAYED, "message id used up");
            return;
        }
        use = true;
        if (s->kind[i] == L2S_PK_DELETE) {
            l2s_v1_say(e, p->channel, "recv", "DELETE", 0);
            recv_delete(p, s->body[i]);
        } else if (l2s_notify_read(s->body[i], &n) == L2TPSEC_OK) {
            recv_notify(sa, &n, &m->from);
        }
    }
    if (use)
        l2s_v1_use(&sa->info_ids, m->h->message_id);
}

static int verify(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_crypto *c = sa->e->crypto;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX], hash[L2S_HASH_MAX];
    int rc = l2s_v1_iv_phase2(&sa->keys, c, sa->iv, m->h->message_id, iv);

    if (rc == L2TPSEC_OK)
        rc = l2s_v1_message_open(m, sa, iv);
    if (rc == L2TPSEC_OK && m->h->first != L2S_PT_HASH)
        rc = L2TPSEC_EAUTH;
    if (rc == L2TPSEC_OK)
        rc = l2s_payloads_check(&m->payloads, rules_hash, NULL);
    if (rc == L2TPSEC_OK)
        rc = l2s_v1_hash1(&sa->keys, c, m->h->message_id, l2s_v1_quick_rest(&m->payloads), hash);
    if (rc == L2TPSEC_OK && !l2s_v1_quick_verify(sa, &m->payloads, hash))
        rc = L2TPSEC_EAUTH;
    return rc;
}

/* The first error among a message's notifies; 0: none. */
static uint16_t error_of(const struct l2s_payloads *s)
{
    struct l2s_notify n;

    for (unsigned i = 0; i < s->count[L2S_PK_NOTIFY]; i++)
        if (l2s_notify_read(l2s_payloads_get(s, L2S_PK_NOTIFY, i), &n) == L2TPSEC_OK && n.type < L2S_NOTIFY_ERRORS_END)
            return n.type;
    return 0;
}

static void encrypted(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_ike *e = sa->e;
    bool waiting = !sa->up && sa->fsm.state == L2S_MM_I_AUTH;
    int rc;

    if ((!sa->up && !waiting) || m->h->message_id == 0) {
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_UNEXPECTED, "informational before keys");
        return;
    }
    rc = verify(sa, m);
    if (rc != L2TPSEC_OK) {
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_FORGED, "informational hash does not fit");
        if (waiting) /* with another key than ours: that is how a wrong PSK looks */
            l2s_v1_main_noise(sa);
        return;
    }
    if (sa->up) {
        process(sa, m);
        return;
    }
    uint16_t error = error_of(&m->payloads);
    if (error)
        l2s_v1_main_refused(sa, error);
}

static void in_clear(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    struct l2s_rd body = l2s_rd_init(m->p + L2S_ISAKMP_HEADER, m->n - L2S_ISAKMP_HEADER);
    struct l2s_ike *e = sa->e;
    uint16_t error;

    if (sa->up || !sa->initiator) {
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_FORGED, "informational without a hash");
        return;
    }
    if (l2s_payloads_collect(body, m->h->first, sa->natt, &m->payloads) != L2TPSEC_OK) {
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_MALFORMED, "informational");
        return;
    }
    error = error_of(&m->payloads);
    if (!error) { /* nothing that could explain why it does not go on; a DELETE, say */
        l2s_v1_drop(e, l2s_v1_sa_channel(sa), L2TPSEC_DROP_FORGED, "informational without a hash");
        return;
    }
    l2s_v1_say(e, l2s_v1_sa_channel(sa), "recv", l2s_notify_name(error), error);
    l2s_v1_main_hint(sa, error);
}

void l2s_v1_info_input(struct l2s_v1_sa *sa, struct l2s_v1_message *m)
{
    if (m->h->flags & L2S_FLAG_ENCRYPTED)
        encrypted(sa, m);
    else
        in_clear(sa, m);
}
