/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "sim/weather.h"

#include "sim/nat.h"

/* What happens to someone again and again; the second half ends what the first began. */
enum weather {
    W_REBIND,
    W_ROAM,
    W_PARTITION,
    W_SERVER_CUT,
    W_SERVER_RESTART,
    W_CLIENT_RESTART,
    W_SLEEP,
    W_JUMP,
    W_SERVER_JUMP,
    W_MTU,
    W_COUNT,
    W_SERVER_BACK = W_COUNT,
    W_CLIENT_BACK,
    W_WAKE,
    W_MTU_BACK,
    W_CLEARED /* a partition is over */
};

/* Between a and b, short ones more often than long ones. */
static uint64_t span(struct sim *s, uint64_t a, uint64_t b)
{
    while (b > 2 * a && sim_below(s, 2))
        a *= 2;
    uint64_t end = 2 * a < b ? 2 * a : b;
    return a + sim_below(s, end - a + 1);
}

static void later(struct sim *s, uint64_t after, enum weather w, uint32_t who)
{
    (void)queue_put(&s->queue, s->now + after, K_WEATHER + (uint32_t)w, who, NULL);
}

static uint64_t every(const struct sim *s, enum weather w)
{
    const struct options *o = s->o;
    const uint64_t all[W_COUNT] = {[W_REBIND] = o->rebind,
                                   [W_ROAM] = o->roam,
                                   [W_PARTITION] = o->partition,
                                   [W_SERVER_CUT] = o->server_cut,
                                   [W_SERVER_RESTART] = o->server_restart,
                                   [W_CLIENT_RESTART] = o->client_restart,
                                   [W_SLEEP] = o->sleep,
                                   [W_JUMP] = o->jump,
                                   [W_SERVER_JUMP] = o->jump,
                                   [W_MTU] = o->mtu};

    return all[w];
}

static uint32_t whom(const struct sim *s, enum weather w)
{
    switch (w) {
    case W_REBIND:
        return s->n_nats;
    case W_SERVER_CUT:
    case W_SERVER_RESTART:
    case W_SERVER_JUMP:
        return s->n_servers;
    default:
        return s->n_clients;
    }
}

void weather_begin(struct sim *s)
{
    for (unsigned w = 0; w < W_COUNT; w++) {
        uint64_t mean = every(s, w);
        for (uint32_t i = 0; mean && i < whom(s, w); i++)
            later(s, sim_below(s, 2 * mean), w, i);
    }
}

static void disturb_all(struct sim *s, const struct host *server)
{
    for (uint32_t i = 0; i < s->n_clients; i++) {
        if (s->clients[i].server == server)
            sim_disturb(&s->clients[i]);
    }
}

static void account_all(struct sim *s, const struct host *server)
{
    for (uint32_t i = 0; i < s->n_clients; i++) {
        if (s->clients[i].server == server)
            sim_account(&s->clients[i]);
    }
}

static void restart_server(struct sim *s, struct host *h)
{
    uint64_t down = span(s, SECOND, 4 * MINUTE);

    if (!h->ctx)
        return;
    account_all(s, h);
    sim_host_stop(h);
    s->n.restarts++;
    later(s, down, W_SERVER_BACK, h->index);
}

static void restart_client(struct sim *s, struct client *c)
{
    uint64_t down = span(s, SECOND, 2 * MINUTE);

    if (!c->h.ctx || c->h.asleep)
        return;
    sim_account(c);
    sim_host_stop(&c->h);
    later(s, down, W_CLIENT_BACK, c->h.index);
}

static void cut(struct host *h, uint64_t until)
{
    if (until > h->cut_until)
        h->cut_until = until;
}

static void sleep_client(struct sim *s, struct client *c)
{
    uint64_t nap = span(s, 30 * SECOND, 2 * HOUR);

    if (!c->h.ctx || c->h.asleep)
        return;
    sim_account(c);
    c->h.asleep = true;
    later(s, nap, W_WAKE, c->h.index);
}

/* One host in two tells the library that the machine slept. */
static void wake_client(struct sim *s, struct client *c)
{
    sim_account(c);
    c->h.asleep = false;
    sim_disturb(c);
    if (sim_below(s, 2)) {
        s->running = &c->h;
        (void)l2tpsec_resume(c->h.ctx, sim_host_now(&c->h));
    }
    sim_host_woken(&c->h);
}

static void jump(struct sim *s, struct host *h)
{
    if (!h->ctx || h->asleep)
        return;
    h->ahead += span(s, SECOND, 2 * HOUR);
    sim_host_woken(h);
}

/* The host is told, as NetworkManager or Android would tell it. */
static void roam(struct client *c)
{
    struct sim *s = c->h.s;

    if (c->nat || !c->h.ctx || c->h.asleep)
        return;
    sim_disturb(c);
    c->generation++;
    l2tpsec_addr to = sim_client_address(c);
    s->running = &c->h;
    (void)l2tpsec_network_changed(c->h.ctx, 0, &to, sim_host_now(&c->h));
    sim_host_woken(&c->h);
}

static void begin(struct sim *s, enum weather w, uint32_t who)
{
    struct client *c = &s->clients[who < s->n_clients ? who : 0];
    uint64_t over;

    switch (w) {
    case W_REBIND:
        nat_forget(s, who, sim_dice(s, 10));
        break;
    case W_ROAM:
        roam(c);
        break;
    case W_PARTITION:
        sim_account(c);
        over = span(s, 5 * SECOND, HOUR);
        cut(&c->h, s->now + over);
        later(s, over, W_CLEARED, who);
        break;
    case W_SERVER_CUT:
        account_all(s, &s->servers[who]);
        over = span(s, 5 * SECOND, 20 * MINUTE);
        cut(&s->servers[who], s->now + over);
        later(s, over, W_CLEARED, s->n_clients + who);
        break;
    case W_SERVER_RESTART:
        restart_server(s, &s->servers[who]);
        break;
    case W_CLIENT_RESTART:
        restart_client(s, c);
        break;
    case W_SLEEP:
        sleep_client(s, c);
        break;
    case W_JUMP:
        sim_disturb(c);
        jump(s, &c->h);
        break;
    case W_SERVER_JUMP:
        disturb_all(s, &s->servers[who]);
        jump(s, &s->servers[who]);
        break;
    default:
        c->path_mtu = 1280 + (uint32_t)sim_below(s, 221);
        later(s, span(s, MINUTE, HOUR), W_MTU_BACK, who);
        break;
    }
    uint64_t mean = every(s, w);
    /* NAT rebinds by the clock, the rest comes when it comes. */
    if (w < W_COUNT)
        later(s, w == W_REBIND ? mean : mean / 4 + sim_below(s, 3 * mean / 2), w, who);
}

static void end(struct sim *s, enum weather w, uint32_t who)
{
    switch (w) {
    case W_SERVER_BACK:
        account_all(s, &s->servers[who]);
        sim_host_start(&s->servers[who]);
        disturb_all(s, &s->servers[who]);
        break;
    case W_CLIENT_BACK:
        sim_account(&s->clients[who]);
        sim_host_start(&s->clients[who].h);
        sim_disturb(&s->clients[who]);
        if (!s->closing)
            sim_dial(&s->clients[who]);
        break;
    case W_WAKE:
        wake_client(s, &s->clients[who]);
        break;
    case W_CLEARED:
        if (who < s->n_clients)
            sim_disturb(&s->clients[who]);
        else
            disturb_all(s, &s->servers[who - s->n_clients]);
        break;
    default:
        s->clients[who].path_mtu = 1500;
        break;
    }
}

void weather_change(struct sim *s, uint32_t kind, uint32_t who)
{
    enum weather w = (enum weather)(kind - K_WEATHER);

    if (s->closing && w < W_COUNT)
        return;
    if (w < W_COUNT)
        begin(s, w, who);
    else
        end(s, w, who);
}
