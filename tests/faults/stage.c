/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "faults/stage.h"

static struct stage *on; /* the stage whose hosts speak */

static bool of_bystander(const struct stage *s, const struct track *t)
{
    return t < s->track + s->bystanders;
}

struct track *stage_track(struct stage *s, const struct host *h, l2tpsec_id link)
{
    for (size_t i = 0; i < s->n_tracks; i++) {
        if (s->track[i].host == h && s->track[i].link == link)
            return &s->track[i];
    }
    return NULL;
}

static struct track *track_of(struct stage *s, struct host *h, l2tpsec_id link)
{
    struct track *t = stage_track(s, h, link);

    if (t)
        return t;
    assert_true(s->n_tracks < STAGE_TRACKS);
    t = &s->track[s->n_tracks++];
    memset(t, 0, sizeof *t);
    t->host = h;
    t->link = link;
    return t;
}

static void heard(struct host *h, const l2tpsec_event *ev)
{
    struct stage *s = on;

    if (ev->link == 0) {
        s->reports += ev->cause != L2TPSEC_CAUSE_NONE;
        s->told[h - s->net.host] += ev->cause != L2TPSEC_CAUSE_NONE;
        return;
    }
    struct track *t = track_of(s, h, ev->link);
    assert_int_not_equal(t->state, TRACK_ENDED); /* one end each, and nothing after it */
    switch (ev->type) {
    case L2TPSEC_EVENT_UP:
        t->state = TRACK_UP;
        t->ups++;
        t->address = ev->address;
        t->peer_address = ev->peer_address;
        break;
    case L2TPSEC_EVENT_DOWN:
    case L2TPSEC_EVENT_FAILED:
        t->downs++;
        t->state = ev->retry_in_us ? TRACK_WAITING : TRACK_ENDED;
        t->cause = ev->cause;
        assert_int_not_equal(ev->cause, L2TPSEC_CAUSE_NONE);
        assert_true(ev->text[0] != 0);
        s->reports += !of_bystander(s, t);
        s->told[h - s->net.host] += !of_bystander(s, t);
        break;
    default:
        if (t->state == TRACK_WAITING)
            t->state = TRACK_DIALLING;
        break;
    }
}

static void set_all(l2tpsec_profile *p, const char *const *settings, size_t n)
{
    for (size_t i = 0; i + 1 < n && settings[i]; i += 2)
        pair_set(p, settings[i], settings[i + 1]);
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void set_scene(struct stage *s)
{
    for (unsigned i = 0; i < s->n_clients; i++)
        set_all(s->cp[i], s->scene->client, COUNT(s->scene->client));
    for (unsigned i = 0; i < s->shards; i++)
        set_all(s->sp[i], s->scene->server, COUNT(s->scene->server));
}

/* ---- waiting ---- */

void stage_run(struct stage *s, uint64_t us)
{
    net_run(&s->net, us);
}

static bool dialling(const struct stage *s, const struct host *h)
{
    for (size_t i = 0; i < s->n_tracks; i++) {
        const struct track *t = &s->track[i];
        if (t->host == h && t->dialled && t->state != TRACK_UP && t->state != TRACK_ENDED)
            return true;
    }
    return false;
}

void stage_wait(struct stage *s, struct host *h, uint64_t within)
{
    uint64_t until = s->net.now + within;

    while (dialling(s, h) && s->net.now < until)
        net_run(&s->net, SECOND / 20);
}

/* ---- the bystander ---- */

static l2tpsec_id connect_to(struct stage *s, struct host *h, struct host *to, l2tpsec_profile *p)
{
    l2tpsec_id id = 0;

    assert_int_equal(l2tpsec_connect(h->ctx, p, &h->address, &to->address, s->net.now, &id), L2TPSEC_OK);
    track_of(s, h, id)->dialled = true;
    return id;
}

static void meet_bystander(struct stage *s)
{
    struct host *o = s->other;

    s->of_other[0] = net_client_profile(o);
    s->of_other[1] = net_server_profile(o);
    /* So that no two links have one address inside at either end. */
    pair_set(s->of_other[1], "server.address", "10.78.0.1");
    pair_set(s->of_other[1], "server.pool", "10.78.0.0/16");
    l2tpsec_profile *plain = net_server_profile(s->server), *mine = net_client_profile(s->client[0]);
    for (uint32_t i = 0; i < s->shards; i++) {
        l2tpsec_profile *p = i ? net_server_profile(s->server + i) : plain;
        assert_int_equal(l2tpsec_listen(s->server[i].ctx, p, s->net.now), L2TPSEC_OK);
        l2tpsec_profile_free(p);
    }
    assert_int_equal(l2tpsec_listen(o->ctx, s->of_other[1], s->net.now), L2TPSEC_OK);
    (void)connect_to(s, o, s->server, s->of_other[0]);
    (void)connect_to(s, s->client[0], o, mine);
    l2tpsec_profile_free(mine);
    stage_wait(s, o, 30 * SECOND);
    stage_wait(s, s->client[0], 30 * SECOND);
    net_run(&s->net, SECOND / 2);
    s->bystanders = s->n_tracks;
    assert_int_equal(s->n_tracks, 4);
    for (uint32_t i = 0; i < s->shards; i++)
        assert_int_equal(l2tpsec_listen(s->server[i].ctx, NULL, s->net.now), L2TPSEC_OK);
    for (size_t i = 0; i < s->n_tracks; i++)
        assert_int_equal(s->track[i].state, TRACK_UP);
}

static l2tpsec_addr ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    l2tpsec_addr ip = {.family = 4, .ip = {a, b, c, d}};

    return ip;
}

void stage_open(struct stage *s, const struct scene *scene)
{
    memset(s, 0, sizeof *s);
    on = s;
    s->scene = scene;
    s->n_clients = scene->clients ? scene->clients : 1;
    s->shards = scene->shards ? scene->shards : 1;
    net_init(&s->net, 77);
    if (scene->shards)
        s->server = net_shards(&s->net, "192.0.2.1", scene->shards);
    else
        s->server = net_host(&s->net, "192.0.2.1");
    s->other = net_host(&s->net, "203.0.113.50");
    for (unsigned i = 0; i < s->n_clients; i++) {
        char address[20];
        snprintf(address, sizeof address, "198.51.100.%u", 7 + i);
        s->client[i] = net_host(&s->net, address);
        s->cp[i] = net_client_profile(s->client[i]);
    }
    for (uint32_t i = 0; i < s->shards; i++)
        s->sp[i] = net_server_profile(s->server + i);
    for (size_t i = 0; i < s->net.n_hosts; i++)
        s->net.host[i].on_event = heard;
    s->net.nat = ip4(192, 0, 2, 99);
    for (unsigned i = 0; scene->nat && i < s->n_clients; i++)
        s->client[i]->behind_nat = true;
    meet_bystander(s);
    if (scene->prepare)
        scene->prepare(s);
    set_scene(s);
}

/* ---- what scenes are made of ---- */

void stage_error(struct stage *s, int32_t rc)
{
    if (s->error == L2TPSEC_OK)
        s->error = rc;
}

void stage_listen(struct stage *s)
{
    for (uint32_t i = 0; i < s->shards; i++)
        stage_error(s, l2tpsec_listen(s->server[i].ctx, s->sp[i], s->net.now));
}

l2tpsec_id stage_begin(struct stage *s, unsigned client)
{
    struct host *h = s->client[client];
    l2tpsec_id id = 0;

    bool second = s->scene->second;
    int32_t rc = l2tpsec_connect(h->ctx, s->cp[client], second ? &h->second : &h->address,
                                 second ? &s->server->second : &s->server->address, s->net.now, &id);
    stage_error(s, rc);
    assert_true((rc == L2TPSEC_OK) == (id != 0));
    if (id)
        track_of(s, h, id)->dialled = true;
    return id;
}

l2tpsec_id stage_dial(struct stage *s, unsigned client)
{
    l2tpsec_id id = stage_begin(s, client);

    stage_wait(s, s->client[client], 60 * SECOND);
    return id;
}

/* The other end of it, by the addresses inside. */
static struct track *far_end(struct stage *s, const struct track *t)
{
    for (size_t i = 0; i < s->n_tracks; i++) {
        struct track *o = &s->track[i];
        if (o->host != t->host && o->state == TRACK_UP &&
            memcmp(&o->address, &t->peer_address, sizeof o->address) == 0 &&
            memcmp(&o->peer_address, &t->address, sizeof o->address) == 0)
            return o;
    }
    return NULL;
}

unsigned stage_pings(struct stage *s, struct track *t, unsigned n, size_t len)
{
    struct track *far = far_end(s, t);
    struct host *to = far ? far->host : NULL;
    size_t before = t->host->n_inbox;

    if (!to || t->state != TRACK_UP)
        return 0;
    to->echo = true;
    for (unsigned i = 0; i < n && t->state == TRACK_UP; i++) {
        (void)net_send(t->host, t->link, &t->address, &t->peer_address, len, i);
        net_run(&s->net, 2 * s->net.delay + 1);
    }
    to->echo = false;
    return (unsigned)(t->host->n_inbox - before);
}

void stage_burst(struct stage *s, struct track *t, size_t n, size_t len, size_t room)
{
    static uint8_t bytes[16][64 + 1500 + 64];
    l2tpsec_packet p[16];

    assert_true(n <= 16 && len >= 28 && len <= 1500 && room <= 64);
    memset(bytes, 0, sizeof bytes);
    memset(p, 0, sizeof p);
    for (size_t i = 0; i < n; i++) {
        uint8_t *ip = bytes[i] + 64;
        ip[0] = 0x45;
        ip[2] = (uint8_t)(len >> 8);
        ip[3] = (uint8_t)len;
        ip[8] = 64;
        ip[9] = 17;
        memcpy(ip + 12, t->address.ip, 4);
        memcpy(ip + 16, t->peer_address.ip, 4);
        p[i].data = ip;
        p[i].len = len;
        p[i].headroom = p[i].tailroom = room;
        p[i].link = t->link;
    }
    assert_int_equal(l2tpsec_output(t->host->ctx, p, n, s->net.now), L2TPSEC_OK);
}

void stage_traffic(struct stage *s, unsigned packets, size_t len)
{
    for (size_t i = s->bystanders; i < s->n_tracks; i++) {
        struct track *t = &s->track[i];
        if (t->dialled && t->state == TRACK_UP)
            (void)stage_pings(s, t, packets, len);
    }
}

void stage_hang_up(struct stage *s, struct host *h)
{
    for (size_t i = s->bystanders; i < s->n_tracks; i++) {
        struct track *t = &s->track[i];
        if (t->host == h && t->state != TRACK_ENDED)
            assert_int_equal(l2tpsec_close(h->ctx, t->link, s->net.now), L2TPSEC_OK);
    }
    uint64_t until = s->net.now + 30 * SECOND;
    for (size_t i = s->bystanders; i < s->n_tracks && s->net.now < until;) {
        if (s->track[i].host == h && s->track[i].state != TRACK_ENDED)
            net_run(&s->net, SECOND / 20);
        else
            i++;
    }
}

void stage_connect(struct stage *s)
{
    stage_listen(s);
    (void)stage_dial(s, 0);
    stage_traffic(s, 3, 100);
}

struct track *stage_link(struct stage *s)
{
    for (size_t i = s->bystanders; i < s->n_tracks; i++) {
        if (s->track[i].host == s->client[0])
            return &s->track[i];
    }
    return NULL;
}

/* ---- verdicts ---- */

static const char *const states[] = {"being dialled", "up", "waiting", "ended"};

static void there(const struct track *t)
{
    l2tpsec_stats st = {.size = sizeof st};
    int32_t rc = l2tpsec_get_stats(t->host->ctx, t->link, &st);

    if ((rc == L2TPSEC_OK) != (t->state != TRACK_ENDED))
        fail_msg("a link is %s as the events say, and the context says %d", states[t->state], rc);
}

void stage_settle(struct stage *s)
{
    for (unsigned i = 0; i < s->n_clients; i++)
        stage_wait(s, s->client[i], 240 * SECOND); /* a question is open for three minutes at most */
    for (size_t i = 0; i < s->n_tracks; i++) {
        struct track *t = &s->track[i];
        there(t);
        if (t->dialled && t->state == TRACK_DIALLING && !t->downs)
            fail_msg("a link is neither up nor given up");
        uint64_t until = s->net.now + 300 * SECOND;
        while (t->dialled && t->state == TRACK_UP && stage_pings(s, t, 1, 100) == 0) {
            if (s->net.now > until)
                fail_msg("a link is up and carries nothing");
            net_run(&s->net, SECOND);
        }
    }
    for (unsigned i = 0; i < s->n_clients; i++)
        stage_wait(s, s->client[i], 240 * SECOND);
}

static void carries(struct stage *s, struct track *t, const char *who)
{
    if (t->state != TRACK_UP)
        fail_msg("%s is %s (cause %u)", who, states[t->state], t->cause);
    unsigned n = stage_pings(s, t, 3, 100);
    if (n != 3)
        fail_msg("of 3 pings through %s %u came back", who, n);
}

static void connect_again(struct stage *s)
{
    const struct scene *scene = s->scene;

    set_all(s->cp[0], scene->mend, COUNT(scene->mend));
    uint64_t began = s->net.now;
    l2tpsec_id id = stage_dial(s, 0);
    assert_int_equal(s->error, L2TPSEC_OK);
    struct track *t = stage_track(s, s->client[0], id);
    assert_non_null(t);
    if (t->state != TRACK_UP || s->net.now - began > 15 * SECOND)
        fail_msg("the next connect is %s after %llu ms (cause %u)", states[t->state],
                 (unsigned long long)(s->net.now - began) / 1000, t->cause);
    net_run(&s->net, SECOND / 2);
    carries(s, t, "the next connect");
}

void stage_recover(struct stage *s)
{
    s->error = L2TPSEC_OK;
    stage_listen(s);
    assert_int_equal(s->error, L2TPSEC_OK);
    for (unsigned i = 0; i < s->n_clients; i++)
        stage_wait(s, s->client[i], 120 * SECOND);
    stage_wait(s, s->other, 120 * SECOND);
    for (size_t i = 0; i < s->bystanders; i++) {
        struct track *t = &s->track[i];
        if (t->dialled)
            carries(s, t, "the bystander");
        if (t->dialled && t->downs && !s->scene->cuts)
            fail_msg("the bystander was down (cause %u)", t->cause);
    }
    for (unsigned i = 0; i < s->n_clients; i++)
        stage_hang_up(s, s->client[i]);
    connect_again(s);
}

static uint64_t nothing_left(struct host *h)
{
    l2tpsec_stats st = {.size = sizeof st};

    assert_int_equal(l2tpsec_get_stats(h->ctx, 0, &st), L2TPSEC_OK);
    if (st.links || st.links_up || st.half_open)
        fail_msg(".%u still has %llu links, %llu half-open", h->address.ip[3], (unsigned long long)st.links,
                 (unsigned long long)st.half_open);
    return st.memory;
}

uint64_t stage_close(struct stage *s)
{
    uint64_t held = 0;

    for (size_t i = 0; i < s->net.n_hosts; i++)
        assert_int_equal(l2tpsec_close(s->net.host[i].ctx, 0, s->net.now), L2TPSEC_OK);
    for (uint32_t i = 0; i < s->shards; i++)
        assert_int_equal(l2tpsec_listen(s->server[i].ctx, NULL, s->net.now), L2TPSEC_OK);
    net_run(&s->net, 60 * SECOND);
    for (size_t i = 0; i < s->net.n_hosts; i++)
        held += nothing_left(&s->net.host[i]);
    for (size_t i = 0; i < s->n_tracks; i++) {
        if (s->track[i].state != TRACK_ENDED)
            fail_msg("of a link the end was never told");
    }
    net_fini(&s->net);
    on = NULL;
    return held;
}
