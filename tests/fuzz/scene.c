/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "fuzz/scene.h"

#include "toy/toy.h"

#define TICKS_MOST 512 /* of one wait: behind that the host was asleep */

uint64_t scene_messages;

/* ---- callbacks ---- */

static bool same_place(const l2tpsec_addr *a, const l2tpsec_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static void host_send(void *user, const l2tpsec_packet *pkts, size_t n)
{
    struct host *h = user;
    struct scene *s = h->scene;

    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(pkts[i].len > 0 && pkts[i].len <= SCENE_BYTES);
        FUZZ_CHECK(pkts[i].remote.family == 4 && pkts[i].local.family == 4);
        h->sent++;
        h->sent_bytes += pkts[i].len;
        if (s->n == SCENE_WIRE)
            scene_unwire(s, 0);
        struct datagram *d = &s->wire[(s->first + s->n++) % SCENE_WIRE];
        d->from = h;
        d->pkt = pkts[i];
        memcpy(d->bytes, pkts[i].data, pkts[i].len);
    }
}

static struct scene_link *link_of(struct host *h, l2tpsec_id id)
{
    for (size_t i = 0; i < h->n_links; i++)
        if (h->link[i].id == id)
            return &h->link[i];
    return NULL;
}

static void host_deliver(void *user, const l2tpsec_packet *pkts, size_t n)
{
    struct host *h = user;

    for (size_t i = 0; i < n; i++) {
        const struct scene_link *l = link_of(h, pkts[i].link);
        FUZZ_CHECK(pkts[i].len >= 20);
        FUZZ_CHECK(h->many || (l && l->up)); /* nothing before the link is up, nor after it */
    }
}

static void link_is_gone(struct host *h, l2tpsec_id id)
{
    struct scene_link *l = link_of(h, id);

    h->ended[h->n_ended++ % SCENE_ENDED] = id;
    if (l)
        *l = h->link[--h->n_links];
}

static struct scene_link *link_is_there(struct host *h, l2tpsec_id id)
{
    static struct scene_link none;
    struct scene_link *l = link_of(h, id);

    for (size_t i = 0; i < SCENE_ENDED; i++)
        FUZZ_CHECK(h->ended[i] != id);
    if (l)
        return l;
    if (h->n_links == SCENE_LINKS) {
        h->many = true;
        return &none;
    }
    l = &h->link[h->n_links++];
    *l = (struct scene_link){.id = id};
    return l;
}

static void host_event(void *user, const l2tpsec_event *ev)
{
    struct host *h = user;

    FUZZ_CHECK(ev->step && ev->text && ev->hint && ev->offered && ev->allowed && ev->message && ev->user);
    fuzz_text(ev->message, strlen(ev->message), SIZE_MAX);
    fuzz_text(ev->user, strlen(ev->user), 128);
    fuzz_text(ev->text, strlen(ev->text), SIZE_MAX);
    FUZZ_CHECK(ev->type != L2TPSEC_EVENT_UP || ev->link != 0);
    if (!ev->link)
        return;
    struct scene_link *l = link_is_there(h, ev->link);
    if (ev->type == L2TPSEC_EVENT_UP) {
        memcpy(h->inner, ev->address.ip, sizeof h->inner);
        memcpy(h->peer, ev->peer_address.ip, sizeof h->peer);
        l->up = true;
        h->ups++;
    }
    if (ev->type == L2TPSEC_EVENT_DOWN || ev->type == L2TPSEC_EVENT_FAILED) {
        l->up = false;
        if (ev->retry_in_us == 0)
            link_is_gone(h, ev->link);
    }
}

static int32_t host_random(void *user, uint8_t *buf, size_t len)
{
    struct host *h = user;
    uint64_t x = 0;

    if (h->randoms_left && --h->randoms_left == 0)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (i % sizeof x == 0)
            x = structure_chance(&h->seed);
        buf[i] = (uint8_t)(x >> 8 * (i % sizeof x));
    }
    return 0;
}

const char scene_psk[] = "a long enough test key", scene_word[] = "wonderland";

static bool left_open(struct host *h, uint64_t token, bool of_address)
{
    if (h->n_tokens == SCENE_TOKENS)
        return false;
    h->of_address[h->n_tokens] = of_address;
    h->token[h->n_tokens++] = token;
    return true;
}

static int32_t host_secret(void *user, const l2tpsec_query *q, uint8_t *secret, size_t cap, size_t *len)
{
    struct host *h = user;
    const char *text = q->kind == L2TPSEC_SECRET_PSK ? scene_psk : scene_word;

    FUZZ_CHECK(cap >= strlen(text));
    if (h->secrets == SECRETS_LATER && left_open(h, q->token, false))
        return L2TPSEC_EAGAIN;
    if (h->secrets == SECRETS_NONE || q->candidate > 1)
        return L2TPSEC_ENOENT;
    *len = strlen(text) - (h->secrets == SECRETS_WRONG);
    memcpy(secret, text, *len);
    return h->secrets == SECRETS_EXPIRED && q->kind == L2TPSEC_SECRET_PASSWORD ? L2TPSEC_EEXPIRED : L2TPSEC_OK;
}

static int32_t host_new_password(void *user, const l2tpsec_query *q, const uint8_t *password, size_t len)
{
    struct host *h = user;
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + password[i]); /* all of it can be read */
    return h->secrets == SECRETS_LATER && left_open(h, q->token, false) ? L2TPSEC_EAGAIN
           : sum & 1                                                    ? L2TPSEC_ENOENT
                                                                        : L2TPSEC_OK;
}

static int32_t host_address(void *user, const l2tpsec_address_query *q, l2tpsec_addresses *out)
{
    struct host *h = user;

    (void)out;
    return h->secrets == SECRETS_LATER && left_open(h, q->token, true) ? L2TPSEC_EAGAIN : L2TPSEC_ENOENT;
}

static void host_tap(void *user, const l2tpsec_tap *tap)
{
    (void)user;
    FUZZ_CHECK(tap->len >= (tap->kind == L2TPSEC_TAP_IKE ? 28u : 6u));
}

static void host_log(void *user, const l2tpsec_record *rec)
{
    struct host *h = user;
    char line[256];

    (void)l2tpsec_format(rec, line, sizeof line);
    (void)fprintf(stderr, "# %llu.%06llu .%u %s\n", (unsigned long long)(h->scene->now / SCENE_SECOND),
                  (unsigned long long)(h->scene->now % SCENE_SECOND), h->at.ip[3], line);
}

static void *host_alloc(void *user, size_t n)
{
    struct host *h = user;

    if (h->allocs_left && --h->allocs_left == 0) {
        h->allocs_left = h->allocs_fail_on;
        h->starved = true;
        return NULL;
    }
    void *p = malloc(n);
    if (p)
        h->blocks++;
    return p;
}

static void host_release(void *user, void *p)
{
    struct host *h = user;

    FUZZ_CHECK(h->blocks > 0);
    h->blocks--;
    free(p);
}

/* ---- hosts ---- */

l2tpsec_addr scene_address(uint8_t net, uint8_t last, uint16_t port)
{
    l2tpsec_addr a = {.family = 4, .port = port, .ip = {192, 0, net, last}};

    return a;
}

static struct host *open_host(struct scene *s, unsigned which, uint8_t last)
{
    static const l2tpsec_callbacks quiet = {.size = sizeof quiet,
                                            .send = host_send,
                                            .deliver = host_deliver,
                                            .event = host_event,
                                            .secret = host_secret,
                                            .address = host_address,
                                            .new_password = host_new_password,
                                            .random = host_random,
                                            .alloc = host_alloc,
                                            .release = host_release};
    l2tpsec_callbacks callbacks = quiet;
    struct host *h = &s->host[which];

    if (s->setup.extras)
        callbacks.tap = host_tap;
    if (getenv("FUZZ_VERBOSE"))
        callbacks.log = host_log;
    memset(h, 0, sizeof *h);
    h->scene = s;
    h->at = scene_address(2, last, 0);
    h->seed = s->setup.seed + 1000u * (which + 1);
    FUZZ_CHECK(l2tpsec_new(&h->ctx, &callbacks, h, s->now) == L2TPSEC_OK);
    FUZZ_CHECK(l2tpsec_profile_new(h->ctx, &h->profile) == L2TPSEC_OK);
    return h;
}

static void set(struct host *h, const char *name, const char *value)
{
    FUZZ_CHECK(l2tpsec_profile_set_str(h->profile, name, value) == L2TPSEC_OK);
}

/* What both ends have in common. */
static void settle(struct host *h)
{
    static const char *const auth[] = {"mschapv2", "chap",         "pap",  "mschapv2, chap, pap",
                                       "eap-md5",  "eap-mschapv2", "none", "mschapv2"};
    static const char *const suites[] = {"aes128gcm16", "aes128-sha1", "aes128gcm16-modp1024", "aes128-sha1-modp1024"};
    const struct setup *t = &h->scene->setup;

    set(h, "ike.proposals", "aes128-sha1-modp1024");
    set(h, "esp.proposals", suites[(t->pfs ? 2 : 0) + (t->variant & 1)]);
    set(h, "esp.encap", t->variant & 1 ? "always" : "auto");
    set(h, "ppp.auth", auth[t->auth % 8]);
    if (!t->ask_psk)
        set(h, "ike.psk", scene_psk);
    if (t->mppe)
        set(h, "ppp.mppe", "allow");
    if (t->ipv6)
        set(h, "ppp.ipv6", "1");
    if (t->tunnel_secret)
        set(h, "l2tp.secret", "between us");
    if (t->fragments)
        set(h, "ike.fragment", "576");
    if (t->short_lives) {
        set(h, "ike.lifetime", "70");
        set(h, "esp.lifetime", "40");
        set(h, "esp.lifetime_kb", "2");
    }
    if (t->extras && t->tunnel_secret)
        set(h, "l2tp.hide", "1");
}

struct host *scene_server(struct scene *s, unsigned which, const char *last)
{
    struct host *h = open_host(s, which, (uint8_t)strtoul(last, NULL, 10));

    settle(h);
    set(h, "server.address", "10.77.0.1");
    set(h, "server.pool", "10.77.0.0/16");
    set(h, "server.dns", "10.77.0.1");
    if (s->setup.ipv6)
        set(h, "server.pool6", "2001:db8::/40");
    if (s->setup.variant & 2)
        set(h, "ike.aggressive", "1");
    if (s->setup.extras) {
        set(h, "ppp.retries", "2");
        set(h, "server.routes", "10.0.0.0/8, 172.16.0.0/12");
        set(h, "server.domain", "inside.example");
    }
    scene_listen(h);
    return h;
}

void scene_listen(struct host *h)
{
    int32_t rc = l2tpsec_listen(h->ctx, h->profile, h->scene->now);

    FUZZ_CHECK(rc == L2TPSEC_OK || rc == L2TPSEC_ENOMEM);
}

struct host *scene_client(struct scene *s, unsigned which)
{
    struct host *h = open_host(s, which, (uint8_t)(70 + which));

    settle(h);
    set(h, "ppp.user", "alice");
    set(h, "ppp.password", scene_word);
    if (s->setup.extras)
        set(h, "link.inform", "1");
    if (s->setup.pfs) /* what the server does not have comes first */
        set(h, "esp.proposals",
            s->setup.variant & 1 ? "aes256-sha1-modp2048, aes128-sha1-modp1024"
                                 : "aes256gcm16-modp2048, aes128gcm16-modp1024");
    if (s->setup.variant & 2) {
        set(h, "ike.mode", "aggressive");
        set(h, "ike.id", "@alice.example");
    }
    return h;
}

void scene_connect(struct host *h, const struct host *server)
{
    l2tpsec_id id = 0;
    int32_t rc;

    if (h->n_links > 4) /* a host that goes on and on */
        return;
    rc = l2tpsec_connect(h->ctx, h->profile, &h->at, &server->at, h->scene->now, &id);
    FUZZ_CHECK(rc == L2TPSEC_OK || rc == L2TPSEC_ENOMEM || rc == L2TPSEC_ERANDOM);
    if (rc == L2TPSEC_OK &&
        l2tpsec_get_link(h->ctx, id, &(l2tpsec_event){.size = sizeof(l2tpsec_event)}) != L2TPSEC_ENOENT)
        (void)link_is_there(h, id);
}

static void say_messages(void)
{
    (void)fprintf(stderr, "%llu messages\n", (unsigned long long)scene_messages);
}

struct setup setup_read(const uint8_t *data, size_t size)
{
    uint8_t b[SETUP_BYTES] = {0};

    memcpy(b, data, size < sizeof b ? size : sizeof b);
    return (struct setup){.blind_macs = !(b[0] & 1),
                          .blind_digests = !(b[0] & 2),
                          .variant = b[0] >> 2 & 3,
                          .auth = b[0] >> 4 & 7,
                          .ask_psk = b[0] & 0x80,
                          .mppe = b[1] & 1,
                          .ipv6 = b[1] & 2,
                          .tunnel_secret = b[1] & 4,
                          .fragments = b[1] & 8,
                          .short_lives = b[1] & 16,
                          .extras = b[1] & 32,
                          .pfs = b[1] & 64,
                          .seed = b[2]};
}

void scene_begin(struct scene *s, const struct setup *setup)
{
    static bool once;

    if (!once)
        (void)atexit(say_messages);
    once = true;
    s->now = 1000 * SCENE_SECOND;
    s->first = s->n = 0;
    s->setup = *setup;
    for (size_t i = 0; i < SCENE_HOSTS; i++)
        s->host[i].ctx = NULL;
    toy.in_clear = true;
    toy.blind_macs = setup->blind_macs;
    toy.blind_digests = setup->blind_digests;
}

static void close_host(struct host *h)
{
    if (!h->ctx)
        return;
    l2tpsec_free(h->ctx);
    h->ctx = NULL;
    FUZZ_CHECK(h->blocks == 0 || getenv("FUZZ_LEAKS")); /* or LeakSanitizer is to say whose they are */
}

void scene_end(struct scene *s)
{
    for (size_t i = 0; i < SCENE_HOSTS; i++)
        close_host(&s->host[i]);
}

/* ---- what happens ---- */

void scene_check(struct host *h)
{
    l2tpsec_stats st = {.size = sizeof st};

    FUZZ_CHECK(l2tpsec_get_stats(h->ctx, 0, &st) == L2TPSEC_OK);
    FUZZ_CHECK(st.memory <= SCENE_MEMORY);
    FUZZ_CHECK(st.links_up <= st.links);
    FUZZ_CHECK(h->many || st.links <= SCENE_LINKS);
}

void scene_input(struct host *h, const l2tpsec_packet *as, const uint8_t *bytes, size_t n)
{
    l2tpsec_packet p = *as;
    uint8_t *exact = malloc(n ? n : 1);

    FUZZ_CHECK(exact != NULL);
    if (n)
        memcpy(exact, bytes, n);
    p.data = exact;
    p.len = n;
    p.headroom = p.tailroom = 0;
    p.link = 0;
    p.drop = 0;
    h->sent = 0;
    h->sent_bytes = 0;
    FUZZ_CHECK(l2tpsec_input(h->ctx, &p, 1, h->scene->now) == L2TPSEC_OK);
    FUZZ_CHECK(p.drop < L2TPSEC_DROP_COUNT);
    free(exact);
    scene_messages++;
    scene_check(h);
}

static uint64_t next_stop(const struct scene *s)
{
    uint64_t stop = L2TPSEC_NEVER;

    for (size_t i = 0; i < SCENE_HOSTS; i++) {
        uint64_t due = s->host[i].ctx ? l2tpsec_next_timeout(s->host[i].ctx) : L2TPSEC_NEVER;
        stop = due < stop ? due : stop;
    }
    return stop;
}

static void tick(struct host *h)
{
    if (!h->ctx || l2tpsec_next_timeout(h->ctx) > h->scene->now)
        return;
    FUZZ_CHECK(l2tpsec_tick(h->ctx, h->scene->now) == L2TPSEC_OK);
    FUZZ_CHECK(l2tpsec_next_timeout(h->ctx) > h->scene->now); /* or the host would be called for ever */
}

void scene_advance(struct scene *s, uint64_t us)
{
    uint64_t until = s->now + us;

    for (unsigned n = 0; n < TICKS_MOST; n++) {
        uint64_t stop = next_stop(s);
        if (stop > until)
            break;
        s->now = stop > s->now ? stop : s->now;
        for (size_t i = 0; i < SCENE_HOSTS; i++)
            tick(&s->host[i]);
    }
    s->now = until;
    for (size_t i = 0; i < SCENE_HOSTS; i++)
        tick(&s->host[i]);
}

void scene_wait(struct scene *s, uint8_t arg)
{
    uint64_t us = (uint64_t)(16 + (arg & 15)) << (arg >> 4) * 2; /* 16 us to 9 h */

    if (arg == 0xff) { /* asleep for a week */
        s->now += 7 * 24 * 3600 * SCENE_SECOND;
        us = 1;
    }
    scene_advance(s, us);
}

/* ---- the wire ---- */

struct datagram *scene_wire(struct scene *s, size_t n)
{
    return n < s->n ? &s->wire[(s->first + n) % SCENE_WIRE] : NULL;
}

void scene_unwire(struct scene *s, size_t n)
{
    for (size_t i = n; i > 0; i--) { /* those before it move up, the first place is free */
        struct datagram *to = scene_wire(s, i);
        const struct datagram *from = scene_wire(s, i - 1);
        to->from = from->from;
        to->pkt = from->pkt;
        memcpy(to->bytes, from->bytes, from->pkt.len);
    }
    s->first = (s->first + 1) % SCENE_WIRE;
    s->n--;
}

struct host *scene_host_at(struct scene *s, const l2tpsec_addr *at)
{
    for (size_t i = 0; i < SCENE_HOSTS; i++)
        if (s->host[i].ctx && (same_place(&s->host[i].at, at) || (at->ip[2] == 3 && s->host[i].moved)))
            return &s->host[i];
    return NULL;
}

static void land(struct scene *s)
{
    static struct datagram d;
    const struct datagram *first = scene_wire(s, 0);

    d.pkt = first->pkt;
    memcpy(d.bytes, first->bytes, first->pkt.len);
    scene_unwire(s, 0);
    struct host *h = scene_host_at(s, &d.pkt.remote);
    l2tpsec_packet p = d.pkt;
    p.local = d.pkt.remote;
    p.remote = d.pkt.local;
    if (h)
        scene_input(h, &p, d.bytes, d.pkt.len);
}

void scene_run(struct scene *s, uint64_t us)
{
    uint64_t until = s->now + us;

    for (;;) {
        for (unsigned n = 0; s->n && n < 1000; n++)
            land(s);
        uint64_t stop = next_stop(s);
        if (stop > until)
            break;
        scene_advance(s, stop > s->now ? stop - s->now : 0);
    }
    s->now = until;
}

/* ---- is it still of use? ---- */

bool scene_is_chosen(const uint8_t *data, size_t size)
{
    unsigned sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    return sum % 8 == 0;
}

/* In steps, so that it is over as soon as it is up. */
static void comes_up(struct scene *s, struct host *client)
{
    unsigned before = client->ups;

    for (unsigned i = 0; i < 120 && client->ups == before; i++)
        scene_run(s, SCENE_SECOND / 2);
    FUZZ_CHECK(client->ups > before);
}

void scene_serves(struct scene *s, struct host *server)
{
    s->n = 0;
    scene_no_failures(server);
    scene_listen(server);
    struct host *client = scene_client(s, 2);
    scene_connect(client, server);
    comes_up(s, client);
}

void scene_dials(struct scene *s, struct host *client)
{
    l2tpsec_stats st = {.size = sizeof st};

    scene_no_failures(client);
    (void)l2tpsec_close(client->ctx, 0, s->now);
    scene_run(s, 60 * SCENE_SECOND);
    FUZZ_CHECK(l2tpsec_get_stats(client->ctx, 0, &st) == L2TPSEC_OK && st.links == 0);
    FUZZ_CHECK(client->many || client->starved || client->n_links == 0);
    client->n_links = 0;
    struct host *server = scene_server(s, 2, "9");
    scene_connect(client, server);
    comes_up(s, client);
}
