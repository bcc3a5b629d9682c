/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "fuzz/script.h"

#include "fuzz/sealed.h"

#define SETUPS 4096 /* that make a difference to what is said */
#define STEPS 1300  /* of a session, ten a second */

static void keep(struct script *s, const struct datagram *d, const struct seal *seal)
{
    static const uint8_t marker[4];
    struct line *l = &s->line[s->n];
    bool marked = d->pkt.len >= 4 && d->pkt.remote.port == 4500 && memcmp(d->bytes, marker, 4) == 0;
    size_t at = marked ? 4 : 0, len = d->pkt.len - at;

    if (s->n == LINES_MAX || d->pkt.len < 28)
        return;
    l->ike = d->pkt.remote.port == 500 || marked;
    l->marked = marked;
    if (!l->ike && !sealed_find(seal, d->bytes, d->pkt.len, &at, &len))
        return;
    l->p = malloc(len);
    FUZZ_CHECK(l->p != NULL);
    memcpy(l->p, d->bytes + at, len);
    l->n = len;
    if (!l->ike && !s->secured)
        s->secured = s->n;
    s->n++;
}

static void exchange(struct scene *scene, struct script *s, const struct host *client, const struct seal *seal)
{
    static struct datagram d;

    while (scene->n) {
        const struct datagram *first = scene_wire(scene, 0);
        d.from = first->from;
        d.pkt = first->pkt;
        memcpy(d.bytes, first->bytes, first->pkt.len);
        scene_unwire(scene, 0);
        if (d.from == client)
            keep(s, &d, seal);
        l2tpsec_packet p = d.pkt;
        p.local = d.pkt.remote;
        p.remote = d.pkt.local;
        struct host *to = scene_host_at(scene, &d.pkt.remote);
        if (to)
            scene_input(to, &p, d.bytes, d.pkt.len);
    }
}

static struct script *record(const struct setup *setup)
{
    static struct scene scene;
    struct script *s = calloc(1, sizeof *s);
    struct setup as = *setup;
    struct seal seal = seal_of(setup->variant & 1);
    uint64_t before = scene_messages;

    FUZZ_CHECK(s != NULL);
    as.blind_macs = as.blind_digests = true;
    as.ask_psk = false;
    as.seed = 0;
    scene_begin(&scene, &as);
    struct host *server = scene_server(&scene, 0, "1"), *client = scene_client(&scene, 1);
    scene_connect(client, server);
    for (unsigned i = 0; i < STEPS; i++) {
        exchange(&scene, s, client, &seal);
        scene_advance(&scene, SCENE_SECOND / 10);
        if (i == 50)
            scene_act(client, server, 8, NULL, 0);
        if (i == STEPS - 100)
            (void)l2tpsec_close(client->ctx, 0, scene.now);
    }
    FUZZ_CHECK(client->ups == 1 && s->n > 20 && s->secured);
    scene_end(&scene);
    scene_messages = before; /* those were none of the fuzzer's */
    return s;
}

const struct script *script_of(const struct setup *t)
{
    static struct script *scripts[SETUPS];
    size_t at = (size_t)(t->variant | t->auth << 2 | t->mppe << 5 | t->ipv6 << 6 | t->tunnel_secret << 7 |
                         t->fragments << 8 | t->short_lives << 9 | t->extras << 10 | t->pfs << 11);

    if (!scripts[at])
        scripts[at] = record(t);
    return scripts[at];
}
