/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What happens while a link is up, with each thing that can fail failing: traffic, new keys, other networks. */
#include "faults/inject.h"

/* ---- traffic ---- */

static void bursts(struct stage *s, size_t room)
{
    stage_listen(s);
    (void)stage_dial(s, 0);
    struct track *t = stage_link(s);
    for (unsigned i = 0; t && t->state == TRACK_UP && i < 5; i++) {
        stage_burst(s, t, 16, 100 + 300 * i, room);
        stage_run(s, SECOND / 20);
    }
    stage_traffic(s, 2, 1400);
}

static void bursts_with_room(struct stage *s)
{
    bursts(s, 64);
}

static void bursts_without_room(struct stage *s)
{
    bursts(s, 0);
}

static void tiny_limits_of_bytes(struct stage *s)
{
    stage_connect(s);
    for (unsigned i = 0; i < 5; i++) {
        stage_traffic(s, 10, 1000);
        stage_run(s, SECOND);
    }
}

/* ---- new keys ---- */

static void lives_on(struct stage *s, unsigned seconds)
{
    stage_connect(s);
    for (unsigned i = 0; i < seconds; i++) {
        stage_run(s, SECOND);
        stage_traffic(s, 1, 100);
    }
}

static void new_keys(struct stage *s)
{
    lives_on(s, 75);
}

/* ---- other networks ---- */

static void roams(struct stage *s)
{
    stage_connect(s);
    struct track *t = stage_link(s);
    struct host *h = s->client[0];
    h->second = (l2tpsec_addr){.family = 4, .ip = {203, 0, 113, 9}};
    s->net.nat_shift += 7;
    if (t && t->state != TRACK_ENDED)
        stage_error(s, l2tpsec_network_changed(h->ctx, t->link, &h->second, s->net.now));
    stage_run(s, 3 * SECOND);
    stage_wait(s, h, 60 * SECOND);
    stage_traffic(s, 5, 100);
}

static void roams_on_the_way(struct stage *s)
{
    stage_listen(s);
    l2tpsec_id id = stage_begin(s, 0);
    struct host *h = s->client[0];
    stage_run(s, SECOND / 10);
    h->second = (l2tpsec_addr){.family = 4, .ip = {203, 0, 113, 9}};
    if (id && stage_link(s)->state != TRACK_ENDED)
        stage_error(s, l2tpsec_network_changed(h->ctx, id, &h->second, s->net.now));
    stage_wait(s, h, 60 * SECOND);
    stage_traffic(s, 5, 100);
}

static void sleeps(struct stage *s)
{
    stage_connect(s);
    s->client[0]->asleep = true;
    stage_run(s, 20 * SECOND);
    s->client[0]->asleep = false;
    stage_error(s, l2tpsec_resume(s->client[0]->ctx, s->net.now));
    stage_run(s, 3 * SECOND);
    stage_traffic(s, 3, 100);
}

static void sleeps_too_long(struct stage *s)
{
    stage_connect(s);
    s->client[0]->asleep = true;
    stage_run(s, 600 * SECOND);
    s->client[0]->asleep = false;
    stage_error(s, l2tpsec_resume(s->client[0]->ctx, s->net.now));
    stage_run(s, 3 * SECOND);
    stage_wait(s, s->client[0], 60 * SECOND);
    stage_traffic(s, 3, 100);
}

static void nat_forgets(struct stage *s)
{
    stage_connect(s);
    for (unsigned i = 0; i < 3; i++) {
        s->net.nat_shift += 11;
        stage_run(s, 5 * SECOND);
        stage_traffic(s, 3, 100);
    }
}

/* ---- peers that fall silent ---- */

static void server_vanishes(struct stage *s)
{
    stage_connect(s);
    s->server->off = true;
    for (unsigned i = 0; i < 30; i++) {
        stage_traffic(s, 1, 100);
        stage_run(s, SECOND);
    }
    s->server->off = false;
    stage_wait(s, s->client[0], 120 * SECOND);
    stage_traffic(s, 3, 100);
}

static void nothing_happens(struct stage *s)
{
    stage_connect(s);
    stage_run(s, 400 * SECOND);
    stage_traffic(s, 3, 100);
}

static const struct scene scenes[] = {
    {.name = "bursts with room", .play = bursts_with_room, .stays_up = 1},
    {.name = "bursts without room", .play = bursts_without_room, .stays_up = 1},
    {.name = "a limit of bytes", .client = {"esp.lifetime_kb", "20"}, .play = tiny_limits_of_bytes, .stays_up = 1},
    {.name = "the client renews phase 2",
     .client = {"esp.lifetime", "60", "ike.rekey_margin", "20"},
     .play = new_keys,
     .stays_up = 1},
    {.name = "the client renews phase 1",
     .client = {"ike.lifetime", "60", "ike.rekey_margin", "20"},
     .play = new_keys,
     .stays_up = 1},
    {.name = "the client renews both",
     .client = {"ike.lifetime", "60", "esp.lifetime", "60", "ike.rekey_margin", "20"},
     .play = new_keys,
     .stays_up = 1},
    {.name = "the server renews phase 2",
     .server = {"esp.lifetime", "60", "ike.rekey_margin", "20"},
     .play = new_keys,
     .stays_up = 1},
    {.name = "the server renews phase 1",
     .server = {"ike.lifetime", "60", "ike.rekey_margin", "20"},
     .play = new_keys,
     .stays_up = 1},
    {.name = "both renew both at once",
     .client = {"ike.lifetime", "60", "esp.lifetime", "60", "ike.rekey_margin", "20"},
     .server = {"ike.lifetime", "60", "esp.lifetime", "60", "ike.rekey_margin", "20"},
     .play = new_keys,
     .stays_up = 1},
    {.name = "another address", .play = roams, .stays_up = 1},
    {.name = "another address behind NAT", .nat = true, .play = roams, .stays_up = 1},
    {.name = "another address while dialling", .play = roams_on_the_way, .stays_up = 1},
    {.name = "a short sleep", .cuts = true, .play = sleeps, .stays_up = 1},
    {.name = "a long sleep", .cuts = true, .play = sleeps_too_long, .stays_up = 1},
    {.name = "a NAT that forgets", .nat = true, .play = nat_forgets, .stays_up = 1},
    {.name = "a server that vanishes for a while", .cuts = true, .play = server_vanishes, .stays_up = 1},
    {.name = "an idle link", .play = nothing_happens, .stays_up = 1},
};

int main(void)
{
    return faults_run("life", scenes, sizeof scenes / sizeof *scenes);
}
