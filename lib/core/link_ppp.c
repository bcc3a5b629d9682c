/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What PPP asks and tells its link. */
#include "base/errors.h"
#include "core/events.h"
#include "core/former.h"
#include "core/host.h"
#include "core/ipv6.h"
#include "core/lease.h"
#include "wire/wr.h"

#include <string.h>

static void ppp_emit(void *self, const uint8_t *frame, size_t n)
{
    struct l2s_link *l = self;
    struct l2s_l2tp_data_header h;

    if (!l->channel || !l->session || !l2s_l2tp_data_header(l->c->l2tp, l->session, &h))
        return;
    if (h.length_at)
        l2s_put16(h.bytes + h.length_at, (uint16_t)(h.len + n));
    if (h.ns_at)
        l2s_put16(h.bytes + h.ns_at, l->data_ns++);
    l2s_channel_send(l->channel, h.peer_port, h.bytes, h.len, frame, n);
}

#define OWN_PACKET 576u

void l2s_link_send_ip(struct l2s_link *l, uint8_t *ip, size_t n)
{
    uint8_t frame[4 + L2S_PPP_EXPANSION + OWN_PACKET];
    size_t head = l2s_ppp_data_header(l->ppp, frame);
    bool sealed = l2s_ppp_seals(l->ppp);

    if (n > OWN_PACKET)
        return;
    if (!sealed && ip[0] >> 4 == 6)
        frame[head - 1] = L2S_PPP_IPV6_BYTE;
    head += sealed ? L2S_PPP_EXPANSION : 0;
    memcpy(frame + head, ip, n);
    if (!sealed || l2s_ppp_seal(l->ppp, frame + head, n))
        ppp_emit(l, frame, head + n);
}

static l2tpsec_query query(const struct l2s_link *l, uint32_t kind, const uint8_t *name, size_t name_len)
{
    l2tpsec_query q = {.size = sizeof q,
                       .kind = kind,
                       .token = l2s_host_token(l, L2S_TOKEN_SECRET),
                       .link = l->id,
                       .name = name,
                       .name_len = name_len};

    if (l->channel) {
        q.local = l->channel->local;
        q.remote = l->channel->remote;
    }
    return q;
}

static int ppp_secret(void *self, const struct l2s_ppp_ask *ask, uint8_t secret[L2S_PPP_SECRET_MAX], size_t *len)
{
    struct l2s_link *l = self;

    if (l->client && l->prof->password_len && !ask->candidate) {
        *len = l->dial->password ? l->dial->password->n : l->prof->password_len;
        memcpy(secret, l->dial->password ? l->dial->password->p : l->prof->password, *len);
        return L2TPSEC_OK;
    }
    l2tpsec_query q =
        query(l, ask->expired ? L2TPSEC_SECRET_NEW_PASSWORD : L2TPSEC_SECRET_PASSWORD, ask->name, ask->name_len);
    q.candidate = ask->candidate;
    int rc = l2s_host_secret(l->c, &q, secret, L2S_PPP_SECRET_MAX, len);
    l->token = rc == L2S_PENDING ? q.token : 0;
    return rc;
}

/* A client that holds a password dials with the right one from now on. (Without memory for it, that is found out again.) */
static void remember(struct l2s_link *l, const uint8_t *password, size_t len)
{
    struct l2s_mem *mem = &l->c->sys.mem;
    struct l2s_secret *s = l2s_mem_new(mem, sizeof *s + len);

    if (!s)
        return;
    s->n = len;
    memcpy(s->p, password, len);
    l2s_mem_free(mem, l->dial->password);
    l->dial->password = s;
}

static int ppp_keep(void *self, const uint8_t *name, size_t name_len, const uint8_t *secret, size_t len)
{
    struct l2s_link *l = self;

    if (l->client) {
        if (l->prof->password_len)
            remember(l, secret, len);
        return L2TPSEC_OK;
    }
    l2tpsec_query q = query(l, L2TPSEC_SECRET_NEW_PASSWORD, name, name_len);
    int rc = l2s_host_new_password(l->c, &q, secret, len);
    l->token = rc == L2S_PENDING ? q.token : 0;
    return rc;
}

static int ppp_addresses(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    return l2s_lease_ask(self, user, user_len, net);
}

static int ppp_wall_clock(void *self, int64_t *now)
{
    struct l2s_link *l = self;

    return l2s_host_wall_clock(l->c, now);
}

#define USER_SHOWN 127u

static void show_user(struct l2s_link *l, const uint8_t *user, size_t n)
{
    l2s_mem_free(&l->c->sys.mem, l->user);
    l->user = n ? l2s_mem_new(&l->c->sys.mem, n + 1) : NULL;
    for (size_t i = 0; l->user && i < n; i++)
        l->user[i] = user[i] >= 0x20 && user[i] < 0x7f ? (char)user[i] : '?';
}

static void ppp_authenticated(void *self, const uint8_t *user, size_t user_len, uint32_t method)
{
    struct l2s_link *l = self;

    show_user(l, user, user_len < USER_SHOWN ? user_len : USER_SHOWN);
    l->proven = method != 0;
    l->same_user.hash = l2s_hash_of(&l->c->routes, user, user_len);
    if (method)
        l2s_event_progress(l, L2TPSEC_LAYER_PPP, l2s_auth_step(method), "PPP: authenticated");
    if (method && !l->client)
        l2s_former_ask(l);
}

static void ppp_up(void *self, const struct l2s_ppp_net *net)
{
    struct l2s_link *l = self;

    l->net = *net;
    l2s_link_step(l, L2S_LINK_PPP_UP);
}

static void ppp_ipv6(void *self, const uint8_t *local, const uint8_t *peer)
{
    l2s_ipv6_identifiers(self, local, peer);
}

static void ppp_reframed(void *self)
{
    struct l2s_link *l = self;

    if (l->has_head && l->session)
        (void)l2s_link_template(l);
}

static void ppp_down(void *self, const struct l2s_failure *why)
{
    struct l2s_link *l = self;

    l2s_link_blame(l, why);
    l2s_link_step(l, L2S_LINK_PPP_DOWN);
}

const struct l2s_ppp_port l2s_link_ppp_port = {.emit = ppp_emit,
                                               .secret = ppp_secret,
                                               .keep = ppp_keep,
                                               .addresses = ppp_addresses,
                                               .wall_clock = ppp_wall_clock,
                                               .authenticated = ppp_authenticated,
                                               .up = ppp_up,
                                               .ipv6 = ppp_ipv6,
                                               .reframed = ppp_reframed,
                                               .down = ppp_down};
