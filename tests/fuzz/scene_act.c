/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a host does of its own, and what fails it. */
#include "fuzz/scene.h"

/* Something to the other end: UDP, the SYN of a connection, or more than fits. */
static size_t some_packet(uint8_t *p, uint8_t which, const uint8_t *from, const uint8_t *to)
{
    static const uint8_t syn[] = {0x04, 0, 0,    80,   0, 0, 0, 1, 0, 0, 0,    0,
                                  0x60, 2, 0xff, 0xff, 0, 0, 0, 0, 2, 4, 0x05, 0xb4};
    size_t n = which % 3 == 2 ? 1480 : 44;

    memset(p, 0, n);
    p[0] = 0x45;
    l2s_put16(p + 2, (uint16_t)n);
    p[6] = 0x40;
    p[8] = 64;
    p[9] = which % 3 == 1 ? 6 : 17;
    memcpy(p + 12, from, 4);
    memcpy(p + 16, to, 4);
    if (which % 3 == 1)
        memcpy(p + 20, syn, sizeof syn);
    return n;
}

static void send_inner(struct host *h, uint8_t which, const uint8_t *body, size_t n)
{
    uint8_t room[L2TPSEC_HEADROOM + 2048 + L2TPSEC_TAILROOM];
    l2tpsec_packet p = {.data = room + L2TPSEC_HEADROOM, .headroom = L2TPSEC_HEADROOM, .tailroom = L2TPSEC_TAILROOM};

    p.len = n < 2048 ? n : 2048;
    memset(p.data, 0, p.len + 1);
    if (p.len)
        memcpy(p.data, body, p.len);
    if (p.len < 20)
        p.len = some_packet(p.data, which, h->inner, h->peer);
    if (h->n_links)
        p.link = h->link[which % h->n_links].id;
    FUZZ_CHECK(l2tpsec_output(h->ctx, &p, 1, h->scene->now) == L2TPSEC_OK);
}

enum act {
    ACT_CONNECT,
    ACT_CLOSE,
    ACT_CLOSE_ALL,
    ACT_MOVED,
    ACT_READDRESSED,
    ACT_RESUME,
    ACT_DEAF,
    ACT_LISTEN,
    ACT_SEND,
    ACT_ANSWER,
    ACT_ANSWER_NONE,
    ACT_ANSWER_WRONG,
    ACT_LOOK,
    ACT_CLOCK_BACK,
    ACT_EARLY_TICK,
    ACT_EXPIRED,
    ACTS
};

static void answer(struct host *h, enum act what)
{
    uint64_t now = h->scene->now, token;

    if (!h->n_tokens)
        return;
    token = h->token[--h->n_tokens];
    l2tpsec_addresses none = {.size = sizeof none};
    if (h->of_address[h->n_tokens])
        (void)l2tpsec_answer_address(h->ctx, token, what == ACT_ANSWER_NONE ? NULL : &none, now);
    else if (what == ACT_ANSWER_NONE)
        (void)l2tpsec_answer(h->ctx, token, NULL, 0, now);
    else if (what == ACT_EXPIRED)
        (void)l2tpsec_answer_expired(h->ctx, token, scene_word, strlen(scene_word), now);
    else if (what == ACT_ANSWER_WRONG)
        (void)l2tpsec_answer(h->ctx, token, "wrong", 5, now);
    else if (h->n_tokens & 1)
        (void)l2tpsec_answer(h->ctx, token, scene_psk, strlen(scene_psk), now);
    else
        (void)l2tpsec_answer(h->ctx, token, scene_word, strlen(scene_word), now);
}

static void look(struct host *h)
{
    l2tpsec_record rec[32];
    uint64_t drops[L2TPSEC_DROP_COUNT];

    memset(rec, 0, sizeof rec);
    rec[0].size = sizeof rec[0];
    FUZZ_CHECK(l2tpsec_get_drops(h->ctx, 0, drops, L2TPSEC_DROP_COUNT) == L2TPSEC_OK);
    for (size_t i = 0; i < h->n_links; i++) {
        l2tpsec_event ev = {.size = sizeof ev};
        (void)l2tpsec_get_link(h->ctx, h->link[i].id, &ev);
        (void)l2tpsec_get_messages(h->ctx, h->link[i].id, rec, 32);
    }
}

void scene_act(struct host *h, const struct host *server, uint8_t arg, const uint8_t *body, size_t n)
{
    uint64_t now = h->scene->now;
    l2tpsec_id id = h->n_links ? h->link[(arg >> 4) % h->n_links].id : 1;
    l2tpsec_addr at = scene_address(3, (uint8_t)(arg >> 4), 0);

    switch ((enum act)(arg % ACTS)) {
    case ACT_CONNECT:
        if (server != h)
            scene_connect(h, server);
        break;
    case ACT_CLOSE:
        (void)l2tpsec_close(h->ctx, id, now);
        break;
    case ACT_CLOSE_ALL:
        (void)l2tpsec_close(h->ctx, 0, now);
        break;
    case ACT_MOVED:
        (void)l2tpsec_network_changed(h->ctx, 0, NULL, now);
        break;
    case ACT_READDRESSED:
        h->moved = server != h;
        (void)l2tpsec_network_changed(h->ctx, 0, &at, now);
        if (server != h)
            h->at = at;
        break;
    case ACT_RESUME:
        (void)l2tpsec_resume(h->ctx, now);
        break;
    case ACT_DEAF:
        (void)l2tpsec_listen(h->ctx, NULL, now);
        break;
    case ACT_LISTEN:
        if (server == h)
            scene_listen(h);
        break;
    case ACT_SEND:
        send_inner(h, arg >> 4, body, n);
        break;
    case ACT_ANSWER:
    case ACT_ANSWER_NONE:
    case ACT_ANSWER_WRONG:
    case ACT_EXPIRED:
        answer(h, (enum act)(arg % ACTS));
        break;
    case ACT_LOOK:
        look(h);
        break;
    case ACT_CLOCK_BACK:
        FUZZ_CHECK(l2tpsec_tick(h->ctx, now - (uint64_t)(arg >> 4) * SCENE_SECOND) == L2TPSEC_OK);
        break;
    case ACT_EARLY_TICK:
    case ACTS:
        FUZZ_CHECK(l2tpsec_tick(h->ctx, now) == L2TPSEC_OK);
        break;
    }
    scene_check(h);
}

void scene_fail(struct host *h, uint8_t arg)
{
    switch (arg & 3) {
    case 0:
    case 1:
        h->allocs_left = 1u + (arg >> 2);
        h->allocs_fail_on = arg & 1;
        break;
    case 2:
        h->randoms_left = 1u + (arg >> 2);
        break;
    default:
        if (arg & 0x80)
            scene_no_failures(h);
        h->secrets = (arg >> 2) % SECRETS_WAYS;
        break;
    }
}

void scene_no_failures(struct host *h)
{
    h->allocs_left = h->randoms_left = 0;
    h->allocs_fail_on = false;
    h->secrets = SECRETS_KNOWN;
}
